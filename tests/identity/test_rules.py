"""The ladder of rules, and what they must not join."""

import json

import duckdb
import pytest

from assets.identity.comparisons import COMPARISONS
from policy.identity import NameSlips, Rule
from tests.identity.conftest import Bench, date, record


def test_a_row_of_the_same_source_and_key_is_an_update_of_the_same_lead(bench: Bench):
    assert bench.leads(
        [
            record("r1", source_key="7", full_name="Ada Lovelace", email="ada@old.org"),
            record("r2", source_key="7", full_name="Ada King", email="king@new.org", day=2),
            record("r3", source_key="7", full_name="Ada Lovelace", source_name="other", day=3),
        ]
    ) == [["r1", "r2"], ["r3"]]


@pytest.mark.parametrize("other", ["Ada Lovelace", "A. Lovelace", "Lovelace Ada", "Ada Lovelase", "Ada", None])
def test_one_email_and_a_name_that_can_be_the_same_is_one_lead(bench: Bench, other):
    assert bench.leads(
        [
            record("r1", email="ada@acme.org", full_name="Ada Lovelace"),
            record("r2", email="ada@acme.org", full_name=other, day=2),
        ]
    ) == [["r1", "r2"]]


def one_address(field: str) -> dict[str, str]:
    return {"email": "ab@home.org"} if field == "email" else {"phone": "+447911123456"}


@pytest.mark.parametrize("field", ["email", "phone"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("J. Smith", "K. Smith"),
        ("J. A. Smith-Jones", "K. A. Smith-Jones"),
        ("Nguyễn Văn An", "Nguyễn Văn Bình"),
        ("Trần Minh Anh", "Trần Minh Quân"),
        ("Sunita Patel", "Sunil Patel"),
        ("Kim Min-su", "Kim Min-ji"),
        ("김민수", "김민지"),
        ("陈建国", "陈建军"),
        ("Wang Xiaoming", "Wang Xiaohong"),
        ("Li Wei", "Li Wen"),
        ("Mohammed Ali", "Mahmoud Ali"),
        ("María García López", "Juan García López"),
    ],
)
def test_a_family_at_one_mailbox_or_telephone_is_told_apart(bench: Bench, field: str, one: str, other: str):
    shared = one_address(field)
    assert bench.leads([record("r1", full_name=one, **shared), record("r2", full_name=other, **shared)]) == [
        ["r1"], ["r2"]
    ]  # fmt: skip


@pytest.mark.parametrize("field", ["email", "phone"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("João da Silva Santos", "João Santos"),
        ("Gabriel García Márquez", "Gabriel García"),
        ("Jan van der Berg", "Jan v.d. Berg"),
        ("Nguyễn Thị Minh Khai", "Minh Khai Nguyen"),
        ("歐陽娜娜", "Ou Yang Nana"),
        ("David Wang (王大伟)", "王大伟"),
        ("David Wang (王大伟)", "David Wang"),
        ("Szabó-Tóth Erzsébet", "Erzsebet Szabo"),
        ("Fatima bint Khalid Al Saud", "Fatima Al Saud"),
        ("Петров Иван Сергеевич", "Ivan Petrov"),
        ("Rajesh Kumar Sharma", "R. K. Sharma"),
        ("Hans-Peter Groß", "Hanspeter Gross"),
        ("Christopher Hill", "Kristopher Hill"),
        ("Lovelase Ada", "Ada Lovelace"),
        ("R.Feldman", "Ruth Feldman"),
        ("R.M. Feldman", "Ruth Feldman"),
        ("Uschi Kantor", "Ursula Kantor"),
        ("Müller", "Max Müller"),
        ("Dijk", "Mia van Dijk"),
        ("Åström Erik", "Erik Aastroem"),
        ("Jan de Vries", "J. Vries"),
        ("Jan de Vries", "Vries, Jan de"),
        ("Jan de Vries", "Vries, J. de"),
    ],
)
def test_a_name_written_shorter_or_otherwise_is_one_at_one_mailbox_or_telephone(
    bench: Bench, field: str, one: str, other: str
):
    shared = one_address(field)
    assert bench.leads([record("r1", full_name=one, **shared), record("r2", full_name=other, **shared)]) == [
        ["r1", "r2"]
    ]  # fmt: skip


def test_an_initial_in_the_field_of_given_names_is_that_of_a_name(bench: Bench):
    home = {"email": "jan@devries.nl"}
    assert bench.leads(
        [
            record("r1", full_name="Jan de Vries", **home),
            record("r2", full_name="J. de Vries", first_name="J. de", last_name="Vries", **home),
        ]
    ) == [["r1", "r2"]]


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("Herr Rothbart", "Frau Rothbart", False),
        ("Mr. Whitcomb", "Mrs. Whitcomb", False),
        ("陈先生", "陈女士", False),
        ("Herr Rothbart", "Herrn Dr. Rothbart", True),
        ("Frau Rothbart", "Rothbart", True),
        ("Frau Rothbart", "Eva Rothbart", True),
        ("王小明先生", "王小明", True),
    ],
)
@pytest.mark.parametrize("field", ["email", "phone"])
def test_a_salutation_is_all_that_tells_two_family_names_apart(
    bench: Bench, field: str, one: str, other: str, are_one: bool
):
    shared = one_address(field)
    records = [record("r1", full_name=one, **shared), record("r2", full_name=other, **shared)]
    assert bench.leads(records) == ([["r1", "r2"]] if are_one else [["r1"], ["r2"]])


def test_a_family_name_alone_is_nobody_where_two_of_the_family_write(bench: Bench):
    home = {"email": "post@mueller.de"}
    names = ["Müller", "Max Müller", "Eva Müller"]
    assert bench.leads([record(f"r{place}", full_name=name, **home) for place, name in enumerate(names)]) == [
        ["r0"],
        ["r1"],
        ["r2"],
    ]


@pytest.mark.parametrize("field", ["email", "phone"])
@pytest.mark.parametrize(
    ("one", "other", "is_asked"),
    [
        ("Sofia Kowalska", "Sofia Nowak", True),
        ("王大伟", "David Wang", True),
        ("山本太郎", "Yamamoto Taro", True),
        ("田中花子", "Hanako Tanaka", True),
        ("김민수", "David Gim", True),
        ("Sofia Kowalska", "Maria Kowalska", False),
        ("王大伟", "David Li", False),
        ("山本健", "Kevin Yamamoto", True),
        ("山本 健", "Yamamoto Kevin", True),
        ("山本健", "Kevin Tanaka", False),
        ("S. Kowalska", "S. Nowak", False),
    ],
)
def test_a_part_of_a_name_at_one_mailbox_or_telephone_is_asked_about(
    bench: Bench, field: str, one: str, other: str, is_asked: bool
):
    shared = one_address(field)
    matches = bench.identified([record("r1", full_name=one, **shared), record("r2", full_name=other, **shared)])
    found = matches["record_matches"].select("decision", "rule").fetchall()
    assert found == ([("review", f"same_{field}_and_part_of_name")] if is_asked else [])


def test_a_rule_of_parts_of_names_asks():
    with pytest.raises(ValueError, match="its decision is review"):
        Rule(rule="parts", same=["email"], partly=["full_name"])


def test_one_email_with_two_names_is_two_leads_and_a_nameless_row_joins_neither(bench: Bench):
    assert bench.leads(
        [
            record("r1", email="home@acme.org", full_name="John Smith"),
            record("r2", email="home@acme.org", full_name="Jane Smith", day=2),
            record("r3", email="home@acme.org", day=3),
            record("r4", email="home@acme.org", day=4),
        ]
    ) == [["r1"], ["r2"], ["r3", "r4"]]


def test_a_phone_alone_is_nobody_and_with_a_name_somebody(bench: Bench):
    assert bench.leads(
        [
            record("r1", phone="+14155550100", full_name="Ada Lovelace"),
            record("r2", phone="+14155550100", full_name="Grace Hopper", day=2),
            record("r3", phone="+14155550100", full_name="G. Hopper", day=3),
            record("r4", phone="+14155550100", day=4),
        ]
    ) == [["r1"], ["r2", "r3"], ["r4"]]


def test_a_switchboard_is_recognised_from_the_data_and_loses_its_weight(bench: Bench):
    names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"]
    records = [
        record(f"r{n}", phone="+14155550100", email="office2@acme.org", full_name=name) for n, name in enumerate(names)
    ]
    records.append(record("r9", phone="+14155550100", email="office2@acme.org", full_name="Linus Torvalds", day=2))
    tables = bench.identified(records)
    assert set(tables["match_records"].select("email", "phone", "has_shared_email", "has_shared_phone").fetchall()) == {
        (None, None, True, True)
    }
    assert not [rule for (rule,) in tables["record_matches"].select("rule").fetchall() if rule != "model"]


@pytest.mark.parametrize("shared", [{"email": "desk@plaza.de"}, {"phone": "+493012345678"}])
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada Stern", "ADA STERN", True),
        ("Bob Smith", "Robert Smith", True),
        ("Анна Петрова", "Anna Petrova", True),
        ("王小明", "王小明", True),
        ("Ada Stern", "Eva Stern", False),
        ("Ada Stern", "A. Stern", False),
        ("J. Smith", "K. Smith", False),
        ("王小明", "汪晓明", False),
        ("Ada", "Ada", False),
    ],
)
def test_a_mailbox_that_became_shared_still_means_the_same_person_by_the_same_name(
    bench: Bench, shared: dict[str, str], one: str, other: str, same: bool
):
    names = ["Bert Wolle", "Cora Umland", "Dirk Tanne", "Edda Sorge", "Finn Rabe"]
    records = [record("r1", full_name=one, **shared), record("r2", full_name=other, day=2, **shared)]
    records += [record(f"s{n}", full_name=name, day=3, **shared) for n, name in enumerate(names)]
    tables = bench.identified(records)
    found = dict(tables["lead_identities"].select("record_id", "lead_id").fetchall())
    assert (found["r1"] == found["r2"]) is same
    assert len(set(found.values())) == (6 if same else 7)


def test_two_people_of_one_name_at_one_switchboard_are_told_apart_and_who_says_less_is_neither(bench: Bench):
    board = {"phone": "+493012345678"}
    names = ["Bert Wolle", "Cora Umland", "Dirk Tanne", "Edda Sorge", "Finn Rabe"]
    records = [record(f"s{n}", full_name=name, **board) for n, name in enumerate(names)]
    records += [
        record("r1", full_name="Wei Wang", email="wei@acme.org", **board, day=2),
        record("r2", full_name="Wei Wang", email="wang2@acme.org", **board, day=3),
        record("r3", full_name="Wei Wang", **board, day=4),
        record("r4", full_name="Wei Wang", email="wei@acme.org", **board, day=5),
    ]
    tables = bench.identified(records)
    rules = tables["record_matches"].filter("rule <> 'model'").select("record_id_l", "record_id_r").fetchall()
    assert rules == [("r1", "r4")]


def test_a_browser_of_many_names_is_a_tablet_at_a_stand_and_joins_nobody(bench: Bench):
    kiosk = {"anonymous_id": "kiosk-1"}
    twins = [
        record(
            "r1", full_name="Li Wei", email="liwei@aquacorp.com", phone="+8613800000011", company="Aqua Corp", **kiosk
        ),
        record(
            "r2", full_name="Li Wei", email="liwei@boracorp.com", phone="+8613900000099", company="Bora Corp", **kiosk
        ),
    ]
    assert bench.leads(twins) == [["r1", "r2"]], "so far it is one person's"
    names = ["Bert Wolle", "Cora Umland", "Dirk Tanne", "Edda Sorge"]
    others = [record(f"s{n}", full_name=name, **kiosk) for n, name in enumerate(names)]
    assert bench.leads([*twins, *others]) == [[row["record_id"]] for row in [*twins, *others]]


@pytest.mark.parametrize(
    ("browser", "same"), [("b7", True), ("undefined", False), ("(not set)", False), ("None", False)]
)
def test_a_word_in_the_place_of_a_browsers_id_joins_nobody(bench: Bench, browser: str, same: bool):
    records = [record(id_, full_name="Li Wei", anonymous_id=browser) for id_ in ("r1", "r2")]
    assert (len(bench.leads(records)) == 1) is same


def test_father_and_son_of_one_name_share_a_browser(bench: Bench):
    home = {"anonymous_id": "b7", "full_name": "John Smith"}
    old, young = date(1950, 3, 1), date(1979, 8, 20)
    assert bench.leads([record("r1", birth_date=old, **home), record("r2", birth_date=young, **home)]) == [
        ["r1"],
        ["r2"],
    ]


def test_slips_in_one_persons_name_do_not_make_a_value_shared(bench: Bench):
    writings = ["Ada Lovelace", "Ada Lovlace", "Ada Lovelase", "Adda Lovelace", "A Lovelace", "Lovelace Ada"]
    assert len(bench.leads([record(f"r{n}", email="ada@acme.org", full_name=w) for n, w in enumerate(writings)])) == 1


def test_a_role_mailbox_is_an_organisations_and_no_persons(bench: Bench):
    assert bench.leads(
        [
            record("r1", email="info@acme.org", company="Acme Inc"),
            record("r2", email="info@acme.org", company="ACME", day=2),
            record("r3", email="info@acme.org", full_name="Ada Lovelace", day=3),
        ]
    ) == [["r1", "r2"], ["r3"]]


def test_one_registry_number_joins_people_of_one_name_and_organisations(bench: Bench):
    assert bench.leads(
        [
            record("r1", company_code="91350100M000100Y43", full_name="王小明", phone="+8613800138000"),
            record("r2", company_code="91350100M000100Y43", full_name="王 小明", day=2),
            record("r3", company_code="91350100M000100Y43", full_name="李雷", day=3),
            record("r4", company_code="91350100M000100Y43", company="小米科技有限公司", day=4),
            record("r5", company_code="91350100M000100Y43", company="小米", day=5),
        ]
    ) == [["r1", "r2"], ["r3"], ["r4", "r5"]]


def test_two_extensions_of_one_switchboard_are_two_telephones(bench: Bench):
    """Whether somebody tells the extension or not, it is one telephone with a slip; two extensions are different."""
    desks = [("r1", "Ada Lovelace", "12"), ("r2", "Ada Lovelace", "34"), ("r3", "Ada Lovelace", "12")]
    records = [
        record(id_, full_name=name, phone="+4930123450", phone_extension=extension) for id_, name, extension in desks
    ]
    records.append(record("r4", full_name="Ada Lovelace", phone="+4930123450", day=2))
    tables = bench.identified(records)
    assert tables["match_records"].order("record_id").select("phone").fetchall() == [
        ("+4930123450;ext=12",), ("+4930123450;ext=34",), ("+4930123450;ext=12",), ("+4930123450",)
    ]  # fmt: skip
    same, close, _ = next(comparison for comparison in COMPARISONS if comparison.name == "phone").levels
    values = "(VALUES ('a', '+861062345678901;ext=12'), ('b', '+861062345678901;ext=34'), ('c', '+861062345678901'),"
    values += " ('d', '+861062345678902;ext=12'))"
    sides = [
        f"(SELECT *, 'ada' AS first_name_{side}, 'lovelace' AS last_name_{side}, NULL AS email_{side}"
        f" FROM {values} AS {side} (who, phone_{side})) AS {side}"
        for side in "lr"
    ]
    found = duckdb.sql(
        f"SELECT l.who || r.who, CASE WHEN {same.condition} THEN 'same' WHEN {close.condition} THEN 'close'"
        f" ELSE 'different' END FROM {sides[0]} JOIN {sides[1]} ON l.who < r.who"
    )
    assert dict(found.fetchall()) == {
        "ab": "different", "ac": "close", "ad": "close", "bc": "close", "bd": "different", "cd": "different"
    }  # fmt: skip


def test_a_telephone_of_several_houses_does_not_say_which_of_them_is_meant(bench: Bench):
    sites = [("Albany Park Kimball", "5121 N Kimball"), ("Albany Park Ainslie", "3401 W Ainslie")]
    records = [record(f"r{n}", company=name, address=at, phone="+17735095657") for n, (name, at) in enumerate(sites)]
    records.append(record("r9", full_name="Ada Lovelace", address="1 Elm St", phone="+14155550100"))
    records.append(record("r10", full_name="Ada Lovelace", address="2 Oak St", phone="+14155550100"))
    shown = bench.identified(records)["match_records"].select("record_id", "phone", "has_shared_phone").fetchall()
    assert sorted(shown) == [
        ("r0", None, True),
        ("r1", None, True),
        ("r10", "+14155550100", False),
        ("r9", "+14155550100", False),
    ]


def test_organisations_of_one_name_are_one_unless_something_differs(bench: Bench):
    assert bench.leads([record("r1", company="Acme GmbH"), record("r2", company="ACME", day=2)]) == [["r1", "r2"]]
    sites = [record("r1", company="Acme", city="Bonn"), record("r2", company="Acme", city="Kiel", day=2)]
    assert bench.leads(sites) == [["r1"], ["r2"]]
    nowhere = record("r3", company="Acme", day=3)
    assert bench.leads([*sites, nowhere]) == [["r1"], ["r2"], ["r3"]], "it could be either"
    somewhere = record("r3", company="Acme", city="Kiel", country="DE", day=3)
    assert bench.leads([*sites, somewhere]) == [["r1"], ["r2", "r3"]]
    shared = [{**site, "country": "DE"} for site in [*sites, nowhere]]
    assert bench.leads(shared) == [["r1"], ["r2"], ["r3"]], "their country is nothing to agree in"


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ({}, {}, True),
        ({}, {"phone": "+4973175501"}, True),
        ({"city": "Ulm"}, {"city": "Kiel"}, False),
        ({"phone": "+4973175502"}, {"phone": "+4973175501"}, False),
        ({}, {"domain": "hainbuche.at"}, False),
        ({"domain": None}, {"domain": None}, False),
    ],
)
def test_two_mailboxes_of_one_domain_are_one_organisation(bench: Bench, one: dict, other: dict, are_one: bool):
    shared = {"company": "Hainbuche GmbH", "domain": "hainbuche.de"}
    records = [
        record("r1", email="info@hainbuche.de", **{**shared, **one}),
        record("r2", email="vertrieb@hainbuche.de", **{**shared, **other}),
    ]
    assert bench.leads(records) == ([["r1", "r2"]] if are_one else [["r1"], ["r2"]])


def test_a_record_without_a_name_is_recognised_by_what_else_it_says(bench: Bench):
    told = {"birth_date": date(1946, 4, 13), "postcode": "3023", "city": "Gorokan", "country": "AU"}
    assert bench.leads(
        [
            record("r1", full_name="Leslie Ball", address="7 Edmondson Street", **told),
            record("r2", address="7 Edmondson Street", day=2, **told),
            record("r3", address="9 Edmondson Street", birth_date=date(1950, 1, 1), postcode="3023", day=3),
        ]
    ) == [["r1", "r2"], ["r3"]]


def test_records_without_any_identifier_stand_alone(bench: Bench):
    assert bench.leads([record("r1"), record("r2", message="hello"), record("r3")]) == [
        ["r1"],
        ["r2"],
        ["r3"],
    ]


def test_evidence_names_the_rule_and_adds_up_to_the_weight(bench: Bench):
    tables = bench.identified(
        [
            record("r1", email="ada@acme.org", full_name="Ada Lovelace", city="London"),
            record("r2", email="ada@acme.org", full_name="Ada Lovelace", city="Paris", day=2),
            record("r3", email="grace@acme.org", full_name="Grace Hopper", phone="+14155550100", day=3),
        ]
    )
    ((left, right, weight, probability, decision, rule, evidence),) = tables["record_matches"].fetchall()
    assert (left, right, decision, rule) == ("r1", "r2", "same", "same_email_and_name")
    assert sum(json.loads(evidence).values()) == pytest.approx(weight, abs=0.005)
    assert probability > 0.999


def test_twenty_thousand_equal_rows_make_as_many_pairs_and_are_reported(bench: Bench):
    many = [record(f"r{n:05d}", email="x@acme.org", full_name="Ada Lovelace", city="London") for n in range(20_000)]
    many.append(record("r99999", full_name="Ada Lovelace", city="London", day=2))
    tables = bench.identified(many)
    assert tables["lead_identities"].select("lead_id").distinct().count("*").fetchall()[0][0] <= 2
    assert tables["record_matches"].count("*").fetchall()[0][0] < 21_000
    left_out = dict(tables["match_blocks"].select("rule", "left_out_record_count").fetchall())
    assert left_out["email"] == 20_000
    assert left_out["name_pair"] == 20_001


def test_policy_says_how_long_a_name_is_in_which_a_letter_is_a_slip(bench: Bench):
    home = {"email": "home@acme.org"}
    people = [record("r1", full_name="Anna Berg", **home), record("r2", full_name="Anja Berg", **home)]
    assert bench.leads(people) == [["r1", "r2"]]
    identity = bench.policy.identity.model_copy(update={"name_slips": NameSlips(one_from=5)})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    assert bench.leads(people) == [["r1"], ["r2"]]
