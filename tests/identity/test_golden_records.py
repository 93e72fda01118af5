"""Which value of each field a lead shows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from assets.identity.attributes import merged
from assets.opportunities.tables import OPPORTUNITIES
from policy.business import ExchangeRates
from tests.identity.conftest import Bench, record, rows

ADA = {"full_name": "Ada Lovelace", "email": "ada@acme.org"}


def _one(bench: Bench, records, *columns, **others):
    (row,) = bench.golden(records, **others)["golden_records"].select(*columns).fetchall()
    return row


def test_the_newest_filled_value_survives_and_the_first_touch_stays(bench: Bench):
    assert _one(
        bench,
        [
            record(
                "r2",
                **ADA,
                day=3,
                title="CTO",
                source_name="crm",
                channel="crm",
                campaign="expo",
                city="Paris",
            ),
            record("r1", **ADA, day=1, title="Analyst", campaign="spring", medium="organic", phone="+14155550100"),
            record("r3", **ADA, day=5, source_name="partner", channel="partner"),
        ],
        "lead_id",
        "title",
        "city",
        "phone",
        "source_name",
        "channel",
        "campaign",
        "medium",
        "record_count",
    ) == ("r1", "CTO", "Paris", "+14155550100", "form", "form", "spring", "organic", 3)


def test_the_most_frequent_writing_of_a_name_survives(bench: Bench):
    records = [
        record(f"r{n}", email="ada@acme.org", full_name=name, day=n + 1)
        for n, name in enumerate(["Ada Lovelace", "Ada Lovelace", "A. Lovelace"])
    ]
    assert _one(bench, records, "full_name") == ("Ada Lovelace",)


def test_every_cell_of_a_lead_names_the_record_it_is_from_and_the_rule(bench: Bench):
    tables = bench.golden(
        [
            record("r1", **ADA, title="Analyst", consent="no", company="Acme Ltd", domain="acme.org"),
            record("r2", email="ada@acme.org", full_name="Ada Lovelace", day=2, title="CTO", consent="yes"),
            record("r3", full_name="A. Lovelace", email="ada@acme.org", day=3, source_name="crm", company="Babbage"),
            record("r4", full_name="Somebody Else", email="else@babbage.org", day=4),
        ]
    )
    assert rows(tables["lead_provenance"], "lead_id", "field", "record_id", "source_name", "rule") == [
        ("r1", "channel", "r1", "form", "oldest"),
        ("r1", "company", "r3", "crm", "most_frequent"),
        ("r1", "consent", "r1", "form", "refusal"),
        ("r1", "email", "r3", "crm", "newest"),
        ("r1", "full_name", "r2", "form", "most_frequent"),
        ("r1", "source_name", "r1", "form", "oldest"),
        ("r1", "title", "r2", "form", "newest"),
        ("r4", "(all)", "r4", "form", "only_record"),
    ]
    (known,) = tables["lead_provenance"].filter("field = 'company'").select("known_at").fetchall()[0]
    assert known == datetime(2026, 1, 3)


def test_one_refusal_outranks_every_consent(bench: Bench):
    assert _one(
        bench,
        [
            record("r1", **ADA, consent="Opt-Out"),
            record("r2", **ADA, consent="yes", day=2),
        ],
        "consent",
        "has_refused_consent",
    ) == ("Opt-Out", True)
    assert _one(bench, [record("r1", **ADA, consent="yes")], "has_refused_consent") == (False,)
    assert _one(bench, [record("r1", **ADA, consent="No ")], "has_refused_consent") == (True,)


def test_a_refusal_is_understood_with_words_behind_it_and_in_the_languages_of_the_list(bench: Bench):
    refusals = [
        "nein", "Non", "nie", "нет", "いいえ", "아니오", "não", "ne", "nej", "hayır", "όχι",
        "不接受", "不订阅", "不需要",
        "No, thanks", "no thanks", "withdrawn 2026-01-01", "0.0", "No.", "No (by phone)", "unchecked", "Do Not Allow",
        "Unsubscribed", "Denied", "FALSCH", "Faux", "FAŁSZ", "ЛОЖЬ", "YANLIŞ", "Yanlış", "ΨΕΥΔΗΣ",
    ]  # fmt: skip
    others = [
        "WAHR",
        "VRAI",
        "DOĞRU",
        "yes",
        "ja",
        "n/a",
        "N.A.",
        "1.0",
        "yes, but no calls",
        "given 2026-01-01",
        "同意",
        "nobody asked",
        "-",
    ]
    given = {text: f"r{number}" for number, text in enumerate([*refusals, *others])}
    records = [
        record(name, full_name=f"Ada {name}", email=f"{name}@acme.org", consent=text) for text, name in given.items()
    ]
    found = dict(rows(bench.golden(records)["golden_records"], "lead_id", "has_refused_consent"))
    assert [text for text, name in given.items() if found[name]] == refusals


def test_a_refusal_with_words_behind_it_outranks_consent(bench: Bench):
    records = [record("r1", **ADA, consent="withdrawn 2026-01-01"), record("r2", **ADA, consent="yes", day=2)]
    assert _one(bench, records, "consent", "has_refused_consent") == ("withdrawn 2026-01-01", True)


def test_policy_may_trust_a_source_or_prefer_the_longest(bench: Bench):
    identity = bench.policy.identity.model_copy(
        update={
            "survivorship": {"city": "first_source", "need": "longest", "title": "oldest"},
            "source_order": ["crm", "form"],
        }
    )
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    assert _one(
        bench,
        [
            record("r1", **ADA, city="Paris", need="a long story", title="CTO", source_name="crm"),
            record("r2", **ADA, city="Rome", need="short", title="CEO", day=2),
        ],
        "city",
        "need",
        "title",
    ) == ("Paris", "a long story", "CTO")


def test_a_budget_keeps_its_currency_and_takes_the_rate_of_its_day(bench: Bench):
    records = [
        record("r1", **ADA, budget_amount=Decimal("1000.00"), currency="EUR", day=10),
        record("r2", **ADA, currency="GBP", day=11),
    ]
    rates = [
        {"date": date(2026, 1, 5), "currency": "EUR", "rate_to_base": Decimal("1.10")},
        {"date": date(2026, 1, 9), "currency": "EUR", "rate_to_base": Decimal("1.25")},
        {"date": date(2026, 1, 12), "currency": "EUR", "rate_to_base": Decimal("9.99")},
    ]
    columns = ("budget_amount", "currency", "budget_amount_base")
    assert _one(bench, records, *columns, rates=rates) == (Decimal("1000.00"), "EUR", Decimal("1250.00"))
    assert _one(bench, records, *columns) == (Decimal("1000.00"), "EUR", None)
    records[0]["currency"] = "USD"
    assert _one(bench, records, *columns) == (Decimal("1000.00"), "USD", Decimal("1000.00"))


def test_a_rate_that_policy_finds_too_old_turns_no_budget_into_base_currency(bench: Bench):
    records = [record("r1", **ADA, budget_amount=Decimal("1000.00"), currency="EUR", day=10)]
    rates = [{"date": date(2026, 1, 6), "currency": "EUR", "rate_to_base": Decimal("1.10")}]
    found = []
    for max_age in (4, 3, None):
        _set_business(bench, exchange_rates=ExchangeRates(max_age_days=max_age))
        found.append(_one(bench, records, "budget_amount_base", rates=rates))
    assert found == [(Decimal("1100.00"),), (None,), (Decimal("1100.00"),)]


def test_a_budget_takes_the_rate_of_the_business_day_on_which_it_became_known(bench: Bench):
    known = {"known_at": datetime(2026, 1, 9, 16)}  # the 10th in Shanghai
    records = [record("r1", **ADA, budget_amount=Decimal("1000.00"), currency="EUR", **known)]
    rates = [
        {"date": date(2026, 1, 9), "currency": "EUR", "rate_to_base": Decimal("1.25")},
        {"date": date(2026, 1, 10), "currency": "EUR", "rate_to_base": Decimal("1.50")},
    ]
    found = []
    for zone in ("UTC", "Asia/Shanghai"):
        _set_business(bench, timezone=zone)
        found.append(_one(bench, records, "budget_amount_base", rates=rates))
    assert found == [(Decimal("1250.00"),), (Decimal("1500.00"),)]


def _set_business(bench: Bench, **changed: Any) -> None:
    business = bench.policy.business.model_copy(update=changed)
    bench.policy = bench.policy.model_copy(update={"business": business})


def test_somebody_who_changed_company_does_not_keep_the_old_ones_domain(bench: Bench):
    columns = ("company", "domain", "company_code")
    assert _one(
        bench,
        [
            record("r1", **ADA, company="Acme Ltd", domain="acme.org", company_code="HRB1"),
            record("r2", **ADA, company="Babbage Works", day=2),
        ],
        *columns,
    ) == ("Babbage Works", None, None)


def test_a_lead_is_first_seen_when_it_was_submitted_and_an_organisation_without_a_person(bench: Bench):
    columns = ("lead_kind", "first_seen_at", "last_seen_at")
    assert _one(bench, [record("r1", company="Acme", submitted_at=datetime(2025, 3, 1), day=2)], *columns) == (
        "organisation",
        datetime(2025, 3, 1),
        datetime(2026, 1, 2),
    )
    assert _one(bench, [record("r1", email="a@b.org", submitted_at=datetime(2099, 3, 1))], *columns)[:2] == (
        "person",
        datetime(2026, 1, 1),
    )


def test_who_says_to_have_no_company_is_of_none(bench: Bench):
    records = [
        record("r1", company="N/A", phone="+49301234500"),
        record("r2", full_name="Li Na", company="个体", phone="+8613700000001"),
        record("r3", full_name="Ada Lovelace", company="Self-employed", email="ada@acme.org", domain="acme.org"),
    ]
    tables = bench.golden(records)
    kinds = rows(tables["golden_records"], "lead_id", "lead_kind", "company")
    assert sorted(kinds) == [("r1", "person", "N/A"), ("r2", "person", "个体"), ("r3", "person", "Self-employed")]
    assert rows(tables["company_records"], "company", "domain") == [("acme.org", "acme.org")]


def test_attributes_are_merged_and_the_newest_filled_one_wins(bench: Bench):
    assert _one(
        bench,
        [
            record("r1", **ADA, attributes='{"b":"old","a":1}'),
            record("r2", **ADA, attributes='{"b":"new","c":null}', day=2),
            record("r3", **ADA, day=3),
        ],
        "attributes",
    ) == ('{"a":1,"b":"new"}',)
    assert merged(['{"a":"x"}', '{"a":""}']) == '{"a":"x"}'


def test_nothing_in_nothing_out(bench: Bench):
    tables = bench.golden([])
    for name in ("match_records", "record_matches", "lead_identities", "golden_records", "company_records"):
        assert tables[name].fetchall() == []


def test_companies_are_found_by_code_then_domain_then_name_in_a_country(bench: Bench):
    tables = bench.golden(
        [
            record(
                "r1",
                full_name="A A",
                company="Acme Ltd",
                company_code="HRB1",
                domain="acme.org",
                country="DE",
            ),
            record("r2", full_name="B B", company="ACME Europe", domain="acme.org"),
            record("r3", full_name="C C", company="Acme GmbH", country="DE"),
            record("r4", full_name="D D", company="Acme Inc", country="US"),
            record("r5", full_name="E E", domain="babbage.com"),
            record("r6", full_name="F F"),
        ]
    )
    account = dict(rows(tables["golden_records"], "lead_id", "account_id"))
    assert account["r1"] == account["r2"] == account["r3"]
    assert len({account["r1"], account["r4"], account["r5"]}) == 3
    assert account["r6"] is None
    assert dict(rows(tables["golden_records"], "lead_id", "account_matched_by")) == {
        "r1": "company_code",
        "r2": "domain",
        "r3": "company_and_country",
        "r4": "company_and_country",
        "r5": "domain",
        "r6": None,
    }
    assert account["r1"].startswith("a")
    assert len(account["r1"]) == 21
    assert {(name, code) for name, code in rows(tables["company_records"], "company", "company_code")} == {
        ("Acme GmbH", "HRB1"),
        ("Acme Inc", None),
        ("babbage.com", None),
    }


def test_companies_of_two_places_are_two_accounts_and_two_leads(bench: Bench):
    tables = bench.golden(
        [
            record("r1", full_name="王六", company="上海东方贸易有限公司"),
            record("r2", full_name="王七", company="北京东方贸易有限公司"),
            record("r3", company="上海东方贸易有限公司"),
            record("r4", company="北京市东方贸易公司"),
            record("r5", full_name="李一", company="北京小米科技有限公司"),
            record("r6", full_name="李二", company="小米科技"),
        ]
    )
    account = dict(rows(tables["golden_records"], "lead_id", "account_id"))
    assert account["r1"] == account["r3"] != account["r2"] == account["r4"]
    assert account["r5"] == account["r6"]
    assert None not in account.values()


def test_the_account_list_comes_before_what_leads_say_and_deals_name_companies_too(bench: Bench):
    line = {
        "file_id": "f",
        "source_name": "erp",
        "channel": "crm",
        "line_no": 1,
        "content_hash": "h",
        "received_at": datetime(2026, 1, 1),
        "known_at": datetime(2026, 1, 1),
    }
    tables = bench.golden(
        [record("r1", full_name="A A", company="acme ltd", domain="acme.org", industry="Toys", day=9)],
        accounts=[
            {
                **line,
                "company": "ACME Ltd",
                "domain": "acme.org",
                "industry": "Machines",
                "employee_count": 40,
            }
        ],
        deals=[
            {**line, "opportunity_ref": "1", "company": "Babbage Works"},
            {**line, "opportunity_ref": "2", "company": "Acme"},
        ],
    )
    assert rows(tables["company_records"], "company", "industry", "employee_count") == [
        ("ACME Ltd", "Machines", 40),
        ("Babbage Works", None, None),
    ]
    names = dict(rows(tables["company_names"], "company", "account_id"))
    assert names["Acme"] == names["acme ltd"] == tables["golden_records"].select("account_id").fetchall()[0][0]


def test_a_parent_is_found_by_name_in_the_companys_country_by_domain_or_not_at_all(bench: Bench):
    listed = [
        ("Acme Holding AG", "DE", None, None),
        ("Acme Holding Inc", "US", "acme.com", None),
        ("Acme Pumps GmbH", "DE", "pumps.de", "ACME Holding"),
        ("Acme Valves Inc", "US", "valves.com", "ACME.com"),
        ("Babbage Works", "GB", "babbage.co.uk", "Somebody Unknown"),
        ("Countess Ltd", "GB", "countess.co.uk", "Countess"),
    ]
    tables = bench.golden(
        [record("r1", full_name="A A", company="Acme Pumps GmbH", country="DE")],
        accounts=[
            {
                "file_id": "f", "source_name": "erp", "channel": "crm", "line_no": n, "content_hash": f"h{n}",
                "received_at": datetime(2026, 1, 1), "known_at": datetime(2026, 1, 1),
                "company": company, "country": country, "domain": domain, "parent": parent,
            }
            for n, (company, country, domain, parent) in enumerate(listed)
        ],
    )  # fmt: skip
    tables["accounts"] = bench.sql("accounts", **tables, opportunities=bench.table(OPPORTUNITIES, []))
    found = rows(tables["accounts"], "company", "account_id", "parent_account_id", "lead_count")
    name = {account: company for company, account, _, _ in found}
    assert [(company, name.get(parent), leads) for company, _, parent, leads in found] == [
        ("Acme Holding AG", None, 0),
        ("Acme Holding Inc", None, 0),
        ("Acme Pumps GmbH", "Acme Holding AG", 1),
        ("Acme Valves Inc", "Acme Holding Inc", 0),
        ("Babbage Works", None, 0),
        ("Countess Ltd", None, 0),
    ]


@pytest.mark.parametrize("stray_day", [1, 9])
@pytest.mark.parametrize("stray_country", [None, "US"])
def test_one_stray_lead_takes_no_listed_company_apart(bench: Bench, stray_day: int, stray_country: str | None):
    listed = [
        ("Siemens AG", "siemens.com", "DE", None),
        ("Siemens Healthineers AG", "siemens-healthineers.com", "DE", "Siemens AG"),
    ]
    tables = bench.golden(
        [
            record("r1", full_name="Conf Lict", company="Siemens AG", domain="otherdomain.com", country=stray_country,
                   day=stray_day),
            record("r2", full_name="Ann One", domain="siemens.com", day=5),
            record("r3", full_name="Bee Bee", company="SIEMENS Aktiengesellschaft", day=6),
        ],
        accounts=[
            {
                "file_id": "f", "source_name": "erp", "channel": "crm", "line_no": n, "content_hash": f"h{n}",
                "received_at": datetime(2026, 1, 7), "known_at": datetime(2026, 1, 7),
                "company": company, "domain": domain, "country": country, "parent": parent,
            }
            for n, (company, domain, country, parent) in enumerate(listed)
        ],
    )  # fmt: skip
    tables["accounts"] = bench.sql("accounts", **tables, opportunities=bench.table(OPPORTUNITIES, []))
    account = dict(rows(tables["golden_records"], "lead_id", "account_id"))
    assert account["r1"] != account["r2"] == account["r3"]
    found = {domain: (id_, parent) for domain, id_, parent in rows(
        tables["accounts"], "domain", "account_id", "parent_account_id"
    )}  # fmt: skip
    assert found.keys() == {"siemens.com", "siemens-healthineers.com", "otherdomain.com"}
    assert found["siemens.com"][0] == account["r2"] == found["siemens-healthineers.com"][1]


@pytest.mark.parametrize(("stray", "of_acme"), [(1, True), (2, False)])
def test_a_name_is_of_the_domain_that_most_records_say_and_of_none_where_there_is_no_majority(
    bench: Bench, stray: int, of_acme: bool
):
    records = [record(f"r{n}", full_name=f"P{n} Q{n}", company="Acme", domain="acme.org", day=5) for n in range(2)]
    records += [record(f"s{n}", full_name=f"S{n} T{n}", company="Acme", domain=f"x{n}.com") for n in range(stray)]
    records.append(record("named", full_name="A B", company="Acme Ltd", day=3))
    account = dict(rows(bench.golden(records)["golden_records"], "lead_id", "account_id"))
    assert (account["named"] == account["r0"]) is of_acme
    assert account["named"] != account["s0"]


def test_a_domain_of_too_many_companies_is_nobodys(bench: Bench):
    shops = [record(f"r{n:02d}", full_name=f"P{n} Q{n}", company=f"Shop {n}", domain="market.com") for n in range(25)]
    accounts = bench.golden(shops)["golden_records"].select("account_id").fetchall()
    assert len(set(accounts)) == 25
