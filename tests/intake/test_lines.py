"""Files read line by line: what is kept, what is read again, what is refused."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from assets.engine import Engine
from sources.row_codes import USE_CODES
from tests.intake.conftest import Home, Reading
from tests.literal import pick

PEOPLE = ("Ref,Email,Phone", "1,ann@acme.com,", "2,bob@acme.com,")


def acme(home: Home, **values: Any) -> None:
    home.feed("acme", **{"key": ["Ref"], "columns": {"email": "Email", "phone": "Phone"}, **values})


def kept_files(home: Home) -> dict[str, int]:
    """The lines kept, by file name, with the time they were written."""
    folder = home.path / "lake" / "intake" / "lines" / "leads"
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "_empty"
    }


# --- what is kept ----------------------------------------------------------------------------------------------


def test_nothing_is_read_again_when_nothing_changed(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    first = home.run("2026-06-01")
    before = kept_files(home)
    second = home.run("2026-06-02")
    assert first.read_again == ["acme: 1 file"]
    assert second.read_again == []
    assert kept_files(home) == before
    assert second.readings == first.readings


def test_a_new_file_is_read_and_the_others_are_not(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    home.run("2026-06-01")
    before = kept_files(home)
    home.drop("partners/acme/b.csv", "Ref,Email,Phone", "3,cyd@acme.com,")
    home.run("2026-06-02")
    assert before.items() < kept_files(home).items()
    assert sorted(pick(home.lines(), "source_key")) == ["1", "2", "3"]


def test_what_was_left_out_of_rows_without_a_receipt_is_said_of_their_file(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.feed("list", kind="products", match="reference/*", columns={"product": "product", "price": "price"})
    home.drop("reference/a.csv", "product,price", "scanner,1.250", "gate,12.500", "tag,on request", "rack,")
    (read,) = home.run().readings
    left = "price (bad-number): 1; price (doubtful-number): 2"
    assert (read["code"], read["rows_usable"], read["note_code"]) == (None, 4, "values-left-out")
    assert left in read["note"]
    assert left in read["note_zh"]
    assert caplog.messages == [f"'reference/a.csv' has values that were left out: {left}"]
    assert [row["price"] for row in home.lines("products")] == [None] * 4
    home.drop("reference/b.csv", "product,price,new", "scanner,1.250,", "gate,0.500,")
    (_, other) = home.run().readings
    assert other["note_code"] == "contract-evolved"
    home.drop("reference/c.csv", "product,price", "scanner,1.250", "gate,0.500")
    home.run()
    assert [str(row["price"]) for row in home.lines("products")][-2:] == ["1.25", "0.50"]


def test_where_the_web_site_is_a_page_at_a_host_the_mailbox_tells_the_domain(home: Home):
    acme(home, columns={"email": "Email", "website": "Site"})
    home.drop(
        "partners/acme/a.csv", "Ref,Email,Site", "1,ann@acme.com,https://acme.wixsite.com/", "2,bob@acme.com,bob.de",
        "3,cyd@gmial.com,facebook.com/cyd", "4,,shop123.1688.com", "5,dan@uol.com.br,", "6,eve@eve.de,",
    )  # fmt: skip
    home.run("2026-06-01")
    domains = dict(zip(pick(home.lines(), "source_key"), pick(home.lines(), "domain"), strict=True))
    assert domains == {"1": "acme.com", "2": "bob.de", "3": None, "4": None, "5": None, "6": "eve.de"}


def test_files_are_read_again_when_their_feed_changes_and_the_old_reading_goes(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    home.run("2026-06-01")
    before = kept_files(home)
    acme(home, constants={"country": "DE"})
    home.run("2026-06-02")
    assert not set(before) & set(kept_files(home))
    assert pick(home.lines(), "country") == ["DE", "DE"]


def test_files_are_read_again_when_the_business_zone_changes(home: Home):
    acme(home, columns={"email": "Email", "submitted_at": "At"})
    home.drop("partners/acme/a.csv", "Ref,Email,At", "1,ann@acme.com,2026-01-15 10:00")
    home.run("2026-06-01")
    assert str(home.lines()[0]["submitted_at"]) == "2026-01-15 10:00:00"
    home.business = {"timezone": "Asia/Shanghai"}
    home.run("2026-06-02")
    assert str(home.lines()[0]["submitted_at"]) == "2026-01-15 02:00:00"


def test_lines_of_a_feed_that_is_gone_are_gone(home: Home):
    home.business["mapping"] = {"floor": 1}
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    home.run("2026-06-01")
    (home.path / "policy" / "feeds" / "acme.yaml").unlink()
    run = home.run("2026-06-02")
    assert kept_files(home) == {}
    assert home.lines() == []
    assert pick(run.landed, "status", "code") == [("quarantined", "mapping-doubtful")]


@pytest.mark.parametrize("lost", ["*.json", "*.parquet"])
def test_lines_half_kept_when_a_run_was_killed_are_read_again(home: Home, lost: str):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    first = home.run("2026-06-01")
    folder = home.path / "lake" / "intake" / "lines" / "leads"
    (gone,) = folder.glob(f"acme-*/{lost}")
    gone.unlink()
    (gone.parent / f".{gone.name}.1.tmp").write_bytes(b"half")
    again = home.run("2026-06-02")
    assert again.read_again == ["acme: 1 file"]
    assert again.readings == first.readings
    assert len(home.lines()) == 2
    assert not list(folder.rglob("*.tmp"))


def test_a_kind_that_nobody_delivers_is_an_empty_table(home: Home):
    home.run()
    for kind in ("leads", "events", "opportunities", "activities", "outcomes", "accounts", "fx_rates", "targets"):
        assert home.lines(kind) == []


def test_many_files_are_read_in_batches_and_each_is_counted(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("assets.intake.lines.MOST_BATCH_FILES", 2)
    acme(home)
    for number in range(5):
        home.drop(f"partners/acme/{number}.csv", "Ref,Email,Phone", f"{number},p{number}@acme.com,", f"{number}x,,")
    run = home.run()
    assert len(kept_files(home)) == 6
    assert pick(run.readings, "rows_read", "rows_usable") == [(2, 1)] * 5


def test_many_rows_are_read_as_few_are(home: Home, monkeypatch: pytest.MonkeyPatch):
    acme(home, columns={"email": "Email", "phone": "Phone", "country": "Country"}, phone_region="DE")
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,Phone,Country",
        "1,Ann@Acme.com,030 123456,Germany",
        "2,x,030 99,",
        "3,b@b.de,,",
    )
    home.run("2026-06-01")
    few = home.lines()
    monkeypatch.setattr("assets.intake.settled.SETTLED_ROWS", 0)
    acme(home, columns={"email": ["Email"], "phone": "Phone", "country": "Country"}, phone_region="DE", language="zh")
    home.run("2026-06-02")
    assert home.lines() == few


def test_files_read_together_give_what_each_gives_alone(home: Home, monkeypatch: pytest.MonkeyPatch):
    files = {
        "a": ("Ref,Email,Date,Note", "1,Ann@Acme.com,13/04/2026,y", "2,bob@acme.com,05/04/2026,z"),
        "b": ("email,REF,Note,Date", "cyd@acme.com,3,n,04/13/2026", "dee@acme.com,4,,04/05/2026"),
        "c": ("Date,Ref,note,Email,Extra", "2026-04-05,5,m,eve@acme.com,e"),
        "d": ("Ref,Email,Date", "6,fay@acme.com,03/04/2026"),  # no telling which is the day
        "e": ("Email,Date", "gus@acme.com,2026-04-05"),  # no key
    }
    acme(home, columns={"email": "Email", "submitted_at": "Date"})
    for name, lines in files.items():
        home.drop(f"partners/acme/{name}.csv", *lines)
    together = home.run()
    lines = home.lines()
    monkeypatch.setattr("assets.intake.lines.MOST_BATCH_FILES", 1)
    acme(home, columns={"email": ["Email"], "submitted_at": "Date"}, language="zh")
    alone = home.run()
    assert home.lines() == lines
    assert pick(alone.readings, "rows_usable", "code") == pick(together.readings, "rows_usable", "code")
    assert sorted(pick(lines, "source_key", "submitted_at", "attributes")) == [
        ("1", datetime(2026, 4, 13), '{"Note":"y"}'),
        ("2", datetime(2026, 4, 5), '{"Note":"z"}'),
        ("3", datetime(2026, 4, 13), '{"Note":"n"}'),
        ("4", datetime(2026, 4, 5), "{}"),
        ("5", datetime(2026, 4, 5), '{"Extra":"e","note":"m"}'),
    ]


# --- what does not fit -----------------------------------------------------------------------------------------


def test_files_of_a_partner_without_a_feed_are_read_by_their_own_columns(home: Home):
    home.drop("partners/who/a.csv", "Name,Email,Phone", "Ann Arbor,ann@acme.com,+49 30 123456")
    home.drop("partners/who/b.csv", "电子邮箱,姓名", "wang@huaxin.cn,王伟")
    run = home.run()
    assert pick(run.landed, "source_name", "status") == [("who", "accepted")] * 2
    assert sorted(pick(home.lines(), "full_name", "email", "code")) == [
        ("Ann Arbor", "ann@acme.com", None),
        ("王伟", "wang@huaxin.cn", None),
    ]


def test_a_file_that_no_feed_reads_is_set_aside(home: Home):
    home.drop("crm/who/a.csv", *PEOPLE)
    run = home.run()
    assert pick(run.landed, "source_name", "status", "code") == [("(none)", "quarantined", "no-feed")]
    assert "crm/who/a.csv" in run.landed[0]["reason"]
    assert run.readings == run.rejected == []


def test_a_file_that_lacks_a_column_is_set_aside_with_the_list(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", "Number,Name", "1,Ann")
    home.drop("partners/acme/b.csv", *PEOPLE)
    run = home.run()
    found = sorted(run.readings, key=lambda row: row["rows_usable"])
    assert [row["code"] for row in found] == ["missing-column", None]
    assert "Ref" in found[0]["reason"]
    assert "Email or Phone" in found[0]["reason"]
    assert "Email or Phone" in found[0]["reason_zh"]
    assert [row["rows_usable"] for row in found] == [0, 2]
    assert run.rejected == []
    assert len(home.lines()) == 2


def test_it_is_tried_again_when_the_feed_changes(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", "Number,Mail", "1,ann@acme.com")
    home.run("2026-06-01")
    acme(home, key=["Number"], columns={"email": "Mail"})
    run = home.run("2026-06-02")
    assert pick(run.readings, "code", "rows_usable") == [(None, 1)]


def test_a_file_whose_dates_can_be_read_two_ways_is_set_aside(home: Home):
    acme(home, columns={"email": "Email", "submitted_at": "Date"})
    home.drop("partners/acme/a.csv", "Ref,Email,Date", "1,ann@acme.com,03/04/2026")
    (row,) = home.run().readings
    assert row["code"] == "doubtful-date"
    assert "03/04/2026" in row["reason"]


def test_a_file_with_only_a_header_has_no_lines(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", "Ref,Email,Phone")
    (row,) = home.run().readings
    assert (row["code"], row["rows_read"], row["rows_usable"]) == (None, 0, 0)


def test_one_file_read_by_two_feeds_is_read_twice(home: Home):
    acme(home)
    home.feed("results", kind="outcomes", match="partners/acme/*", columns={"email": "Email", "outcome": "Converted"})
    home.drop("partners/acme/a.csv", "Ref,Email,Phone,Converted", "1,ann@acme.com,,Won")
    run = home.run()
    assert sorted(pick(run.readings, "source_name")) == ["acme", "results"]
    assert pick(home.lines("outcomes"), "outcome") == ["won"]
    assert json.loads(home.lines()[0]["attributes"]) == {"Converted": "Won"}


# --- what a line becomes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["leads", "accounts"])
def test_a_registry_number_has_one_form_and_a_wrong_one_is_left_out_and_said(home: Home, kind: str):
    columns = {"company": "Firm", "company_code": "Code"}
    acme(home, kind=kind, columns=columns, require=[["company"]])
    home.drop(
        "partners/acme/a.csv",
        "Ref,Firm,Code",
        "1,甲,91350100m000100y43",
        "2,乙,91350100M000100Y44",
        "3,Bau GmbH,HRB12345",
        "4,丙,",
    )
    home.run()
    rows = home.lines(kind)
    assert pick(rows, "company_code") == ["91350100M000100Y43", None, "HRB12345", None]
    assert pick(rows, "code") == [None] * 4
    assert [[tuple(item.values()) for item in json.loads(row["repairs"])] for row in rows] == [
        [("company_code", "company-code-normalised", "91350100m000100y43")],
        [("company_code", "bad-company-code", "91350100M000100Y44")],
        [],
        [],
    ]


def test_a_line_is_normalised_and_says_what_was_put_right(home: Home):
    columns = {
        "email": "Email", "phone": "Tel", "country": "Land", "first_name": "Vorname", "last_name": "Name",
        "currency": "Cur", "budget_amount": "Budget", "employee_count": "Size", "website": "Web",
    }  # fmt: skip
    acme(home, columns=columns, phone_region="DE")
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,Tel,Land,Vorname,Name,Cur,Budget,Size,Web",
        "1,Ann@Acme.COM,030 1234567,Germany,Ann,Lee,eur,-5,lots,https://www.acme.de/x",
        "2,bo@gmail.com,,,小明,王,,,,",
    )
    home.run()
    ann, bo = home.lines()
    assert (ann["email"], ann["phone"], ann["country"], ann["currency"]) == (
        "ann@acme.com",
        "+49301234567",
        "DE",
        "EUR",
    )
    assert (ann["full_name"], ann["domain"]) == ("Ann Lee", "acme.de")
    assert (bo["full_name"], bo["domain"]) == ("王小明", None)
    assert ann["budget_amount"] is ann["employee_count"] is None
    found = {(item["field"], item["code"], item["was"]) for item in json.loads(ann["repairs"])}
    assert {
        ("email", "email-normalised", "Ann@Acme.COM"),
        ("phone", "phone-normalised", "030 1234567"),
        ("budget_amount", "negative-number", "-5"),
        ("employee_count", "bad-number", "lots"),
    } <= found
    assert json.loads(bo["repairs"]) == []
    assert pick([ann, bo], "code") == [None, None]


def test_the_apostrophe_of_a_spreadsheet_is_taken_off_where_the_contact_and_every_name_have_it(home: Home):
    columns = {"email": "Email", "full_name": "Name", "company": "Firm", "phone": "Tel", "consent": "Opt-in"}
    acme(home, columns=columns, refusals=["Unsubscribed"])
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,Name,Firm,Tel,Opt-in,Unsubscribed",
        "1,'a@acme.com,'Ann Lee,'Acme,'+1 212 555 0123,'no,",
        "2,b@acme.com,'t Hart,'s-Gravenhage BV,+12125550124,yes,",
        "3,'c@acme.com,Cy Dorn,'t Lam BV,,yes,'yes",
        "4,,''t Hart,,'+12125550125,yes,",
        "5,,'t Lam,'Ndrangheta,+12125550126,,",
    )
    home.run()
    rows = home.lines()
    assert pick(rows, "email", "full_name", "company", "phone", "consent") == [
        ("a@acme.com", "Ann Lee", "Acme", "+12125550123", "no"),
        ("b@acme.com", "'t Hart", "'s-Gravenhage BV", "+12125550124", "yes"),
        ("c@acme.com", "Cy Dorn", "'t Lam BV", None, "no"),
        (None, "'t Hart", None, "+12125550125", "yes"),
        (None, "'t Lam", "'Ndrangheta", "+12125550126", None),
    ]
    told = [{(entry["field"], entry["code"], entry["was"]) for entry in json.loads(row["repairs"])} for row in rows]
    assert told == [
        {
            ("email", "email-normalised", "'a@acme.com"),
            ("phone", "phone-normalised", "'+1 212 555 0123"),
            ("full_name", "text-mark", "'Ann Lee"),
            ("company", "text-mark", "'Acme"),
            ("consent", "text-mark", "'no"),
        },
        set(),
        {("email", "email-normalised", "'c@acme.com")},
        {("phone", "phone-normalised", "'+12125550125"), ("full_name", "text-mark", "''t Hart")},
        set(),
    ]


@pytest.mark.parametrize("header", ["Phone code", "Country code", "Dial code", "Vorwahl", "区号"])
def test_a_dialling_code_in_a_column_of_its_own_completes_the_telephone(home: Home, header: str):
    acme(home, columns={"email": "Email", "phone": "Tel"})
    home.drop(
        "partners/acme/a.csv", f"Ref,Email,{header},Tel", "1,a@acme.com,+49,151 2345678", "2,b@acme.com,,151 2345678"
    )
    home.run()
    first, second = home.lines()
    assert pick([first, second], "phone") == ["+491512345678", "1512345678"]
    assert [json.loads(row["repairs"]) for row in (first, second)] == [
        [{"field": "phone", "code": "phone-normalised", "was": "151 2345678"}],
        [{"field": "phone", "code": "phone-without-country", "was": "151 2345678"}],
    ]
    assert json.loads(first["attributes"]) == {header: "+49"}


def test_an_extension_in_a_column_of_its_own_is_one_of_the_telephone(home: Home):
    columns = {"email": "Email", "phone": "Tel", "phone_extension": "Ext."}
    acme(home, columns=columns, phone_region="DE")
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,Tel,Ext.",
        "1,a@acme.com,030 888777,12",
        "2,b@acme.com,030 888777,x13.0",
        "3,c@acme.com,030 888777 DW 14,15",
        "4,d@acme.com,0170 1234567,16",
        "5,e@acme.com,,17",
        "6,f@acme.com,030 888777,Sales",
        "7,g@acme.com,030 888777,",
    )
    home.run()
    lines = home.lines()
    assert pick(lines, "phone") == [
        "+4930888777;ext=12",
        "+4930888777;ext=13",
        "+4930888777;ext=14",
        "+491701234567",
        None,
        "+4930888777",
        "+4930888777",
    ]
    unused = [
        [item["was"] for item in json.loads(line["repairs"]) if item["code"] == "extension-unused"] for line in lines
    ]
    assert unused == [[], [], ["15"], ["16"], ["17"], ["Sales"], []]


def test_georgia_is_the_state_where_the_row_tells_of_the_united_states(home: Home):
    columns = {"email": "Email", "phone": "Tel", "country": "Country", "region": "State"}
    acme(home, columns=columns)
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,Tel,Country,State",
        "1,a@acme.com,,Georgia,",
        "2,b@acme.com,(404) 555-0188,Georgia,GA",
        "3,c@acme.com,+1 404 555 0189,Georgia,",
        "4,d@acme.com,+995 322 123456,Georgia,Tbilisi",
        "5,e@acme.com,,Namibia,",
    )
    home.run()
    assert pick(home.lines(), "country", "region", "phone") == [
        ("GE", None, None),
        ("US", "GA", "+14045550188"),
        ("US", "Georgia", "+14045550189"),
        ("GE", "Tbilisi", "+995322123456"),
        ("NA", None, None),
    ]


@pytest.mark.parametrize(
    ("first", "last", "full_name"),
    [("Ann", "Lee", "Ann Lee"), ("小明", "王", "王小明"), ("철수", "김", "김철수"), ("마이클", "잭슨", "마이클 잭슨")],
)
def test_given_and_family_name_are_put_together_as_their_language_does(
    home: Home, first: str, last: str, full_name: str
):
    acme(home, columns={"email": "Email", "first_name": "Vorname", "last_name": "Name"})
    home.drop("partners/acme/a.csv", "Ref,Email,Vorname,Name", f"1,ann@acme.com,{first},{last}")
    home.run()
    assert pick(home.lines(), "full_name") == [full_name]


@pytest.mark.parametrize(
    ("written", "full_name", "first_name", "last_name", "is_split"),
    [
        ("Lee, Ann", "Ann Lee", "Ann", "Lee", True),
        ("van der Berg,  Jan Peter", "Jan Peter van der Berg", "Jan Peter", "van der Berg", True),
        ("O’Neil-Kovács, Zoë", "Zoë O’Neil-Kovács", "Zoë", "O’Neil-Kovács", True),
        ("王,小明", "王小明", "小明", "王", True),
        ("Ann Lee", "Ann Lee", None, None, False),
        ("Ann Lee, PhD", "Ann Lee, PhD", None, None, False),
        ("Robert Smith, Jr.", "Robert Smith, Jr.", None, None, False),
        ("Berg Bau, GmbH", "Berg Bau, GmbH", None, None, False),
        ("Lee, Ann, Bo", "Lee, Ann, Bo", None, None, False),
        ("Hall 3, Stand 12", "Hall 3, Stand 12", None, None, False),
        ("our new sales team, Berlin", "our new sales team, Berlin", None, None, False),
    ],
)
def test_a_name_with_the_family_name_first_and_a_comma_is_taken_apart(
    home: Home, written: str, full_name: str, first_name: str | None, last_name: str | None, is_split: bool
):
    acme(home, columns={"full_name": "Name", "email": "Mail"})
    home.drop("partners/acme/a.csv", "Ref,Name,Mail", f'1,"{written}",a@x.example')
    home.run()
    (row,) = home.lines()
    assert (row["full_name"], row["first_name"], row["last_name"]) == (full_name, first_name, last_name)
    said = [("full_name", "name-split", written)] if is_split else []
    assert [tuple(item.values()) for item in json.loads(row["repairs"])] == said


def test_a_name_that_stands_beside_its_parts_is_left_as_it_is(home: Home):
    acme(home, columns={"full_name": "Name", "last_name": "Family"}, require=[["full_name"]])
    home.drop("partners/acme/a.csv", "Ref,Name,Family", '1,"Lee, Ann",Lee')
    home.run()
    assert (home.lines()[0]["full_name"], home.lines()[0]["first_name"]) == ("Lee, Ann", None)


def test_a_name_that_policy_wants_as_it_is_or_not_at_all_is_left_out(home: Home):
    acme(home, columns={"full_name": "Name", "email": "Mail"}, repairs={"full_name": None})
    home.drop("partners/acme/a.csv", "Ref,Name,Mail", '1,"Lee, Ann",a@x.example', "2,Bo Lund,b@x.example")
    home.run()
    assert pick(home.lines(), "full_name") == [None, "Bo Lund"]
    assert json.loads(home.lines()[0]["repairs"]) == [{"field": "full_name", "code": "not-mended", "was": "Lee, Ann"}]


def test_a_revenue_in_another_currency_than_the_row_is_listed(home: Home):
    home.feed("acme", columns={"email": "Email", "annual_revenue": "Revenue", "currency": "Cur"})
    revenues = [
        ('"GBP 1,250,000.00"', "", True), ("$5000", "", False), ("$5000", "EUR", True), ("€5000", "EUR", False),
        ("€5000", "", True), ("5000", "EUR", False), ("CA$5000", "USD", True), ("a lot", "EUR", False),
    ]  # fmt: skip
    lines = [f"a{at}@x.de,{revenue},{currency}" for at, (revenue, currency, _) in enumerate(revenues)]
    home.drop("partners/acme/a.csv", "Email,Revenue,Cur", *lines)
    home.run()
    found = home.lines()
    assert found[0]["annual_revenue"] == 1_250_000
    told = [[entry["code"] for entry in json.loads(line["repairs"])] for line in found]
    assert ["currency-dropped" in codes for codes in told] == [listed for _, _, listed in revenues]


def test_texts_that_say_nothing_are_left_out_and_listed(home: Home):
    columns = {"email": "Email", "full_name": "Name", "company": "Firm", "title": "Title", "country": "Country"}
    home.feed("acme", columns={**columns, "industry": "Industry"})
    nothing = ["n/a", "NULL", "无", "-", "undefined", "#N/A", "-- Please select --", "[object Object]", "暂无", "same"]
    said = ["Null Island", "Na Li", "unknown", "Nothing", "C++", "3", "K/A", "Selecta"]
    lines = [f"a{at}@x.de,{text},{text},{text},nan,{text}" for at, text in enumerate([*nothing, *said])]
    home.drop("partners/acme/a.csv", "Email,Name,Firm,Title,Country,Industry", *lines, "na@x.de,,,,NA,")
    home.run()
    found = home.lines()
    whole = (
        [(None,) * 5] * len(nothing) + [(text, text, text, None, text) for text in said] + [(None,) * 3 + ("NA", None)]
    )
    assert pick(found, "full_name", "company", "title", "country", "industry") == whole
    told = [(entry["field"], entry["code"], entry["was"]) for entry in json.loads(found[0]["repairs"])]
    fields = [("full_name", "n/a"), ("company", "n/a"), ("title", "n/a"), ("industry", "n/a"), ("country", "nan")]
    assert told == [(field, "says-nothing", was) for field, was in fields]
    assert [json.loads(line["repairs"]) for line in found[-1:]] == [[]]


def test_which_words_are_a_value_where_is_the_businesss_to_say(home: Home):
    home.business = {"timezone": "UTC", "says_nothing_but_in": {"company": ["same"], "country": []}}
    columns = {"email": "Email", "company": "Firm", "country": "Country", "city": "City", "industry": "Industry"}
    home.feed("acme", columns=columns)
    home.drop("partners/acme/a.csv", "Email,Firm,Country,City,Industry", "a@x.de,Same,NA,None,Same")
    home.run()
    assert pick(home.lines(), "company", "country", "city", "industry") == [("Same", None, "None", None)]


def test_a_dash_in_the_place_of_a_number_says_nothing(home: Home):
    home.feed("acme", columns={"email": "Email", "budget_amount": "Budget", "employee_count": "Staff"})
    cells = ["-", "–", "n/a", "--", "500", "-500", "many"]
    home.drop("partners/acme/a.csv", "Email,Budget,Staff", *[f"a{at}@x.de,{cell}," for at, cell in enumerate(cells)])
    home.run()
    assert pick(home.lines(), "budget_amount") == [None] * 4 + [500] + [None] * 2
    told = [[entry["code"] for entry in json.loads(line["repairs"])] for line in home.lines()]
    assert told == [["says-nothing"]] * 4 + [[], ["negative-number"], ["bad-number"]]


def test_a_dash_does_not_reject_the_row_of_a_deal(home: Home):
    home.feed("crm", **DEALS)
    home.drop("partners/crm/a.csv", "Id,At,Amount,Closed", "1,2026-01-01,-,", "2,2026-01-01,12 pears,")
    home.run()
    assert [line["code"] for line in home.lines("opportunities")] == [None, "bad-number"]


def test_a_part_of_a_name_is_no_placeholder_unless_the_other_part_is_one_too(home: Home):
    home.feed("acme", columns={"email": "Email", "first_name": "First", "last_name": "Last"})
    home.drop("partners/acme/a.csv", "Email,First,Last", "a@x.de,Ann,Null", "b@x.de,NULL,NULL", "c@x.de,Na,n/a")
    home.run()
    assert pick(home.lines(), "first_name", "last_name", "full_name") == [
        ("Ann", "Null", "Ann Null"), (None, None, None), (None, None, None),
    ]  # fmt: skip


def test_numbers_are_multiplied_by_the_unit_in_the_name_of_their_column(home: Home):
    columns = {
        "email": "Email", "budget_amount": ["预算（万元）", "Budget"], "annual_revenue": "Revenue (USD millions)",
        "employee_count": "Employees (thousands)",
    }  # fmt: skip
    home.feed("acme", columns=columns)
    home.drop(
        "partners/acme/a.csv",
        "Email,预算(万元),Budget,Revenue (USD millions),Employees (thousands)",
        "a@x.cn,50,7,12.5,1.5",
        "b@x.cn,50万,,0.125,",
        "c@x.cn,,7,,2",
        "d@x.cn,many,,-1,",
    )
    home.run()
    lines = home.lines()
    assert pick(lines, "budget_amount", "annual_revenue", "employee_count") == [
        (500_000, 12_500_000, 1_500), (500_000, 125_000, None), (7, None, 2_000), (None, None, None),
    ]  # fmt: skip
    told = [[(entry["field"], entry["code"], entry["was"]) for entry in json.loads(line["repairs"])] for line in lines]
    times = "unit-of-column"
    assert told == [
        [("annual_revenue", times, "12.5"), ("budget_amount", times, "50"), ("employee_count", times, "1.5")],
        [("annual_revenue", times, "0.125"), ("budget_amount", "number-normalised", "50万")],
        [("employee_count", times, "2")],
        [("annual_revenue", "negative-number", "-1"), ("budget_amount", "bad-number", "many")],
    ]


@pytest.mark.parametrize(
    ("header", "times", "currency"),
    [
        ("Budget (in 1.000 €)", 1_000, "EUR"),
        ("Budget (000's)", 1_000, None),
        ("Annual Revenue (M)", 1_000_000, None),
        ("Budget (approved)", 1, None),
    ],
)
def test_without_a_feed_file_the_unit_in_the_brackets_of_a_name_counts_as_well(
    home: Home, header: str, times: int, currency: str | None
):
    home.drop("partners/new/a.csv", f"Email,Name,{header}", "a@x.example,Ann Bell,120", "b@x.example,Bob Cole,15")
    home.run()
    amounts = [line["budget_amount"] or line["annual_revenue"] for line in home.lines()]
    assert amounts == [120 * times, 15 * times]
    assert {line["currency"] for line in home.lines()} == {currency}


def test_a_local_time_that_the_clocks_make_doubtful_is_among_the_repairs(home: Home):
    acme(home, columns={"email": "Email", "submitted_at": "At"}, formats={"timezone": "Europe/Berlin"})
    home.drop(
        "partners/acme/a.csv",
        "Ref,Email,At",
        "1,a@acme.com,2026-10-25 02:30",
        "2,b@acme.com,2026-03-29 02:30",
        "3,c@acme.com,2026-03-29",
    )
    home.run("2026-12-01")
    rows = home.lines()
    assert [json.loads(row["repairs"]) for row in rows] == [
        [{"field": "submitted_at", "code": "ambiguous-local-time", "was": "2026-10-25 02:30"}],
        [{"field": "submitted_at", "code": "nonexistent-local-time", "was": "2026-03-29 02:30"}],
        [],
    ]
    assert [str(row["submitted_at"]) for row in rows][:2] == ["2026-10-25 00:30:00", "2026-03-29 01:30:00"]


@pytest.mark.parametrize("rule", ["repair", None])
def test_a_time_that_its_row_moves_into_another_zone_is_kept_whatever_is_mended(home: Home, rule: str | None):
    acme(home, columns={"email": "Email", "submitted_at": "At"}, repairs={"submitted_at": rule})
    home.drop("partners/acme/a.csv", "Ref,Email,At,Time Zone", "1,a@acme.com,2026-03-01 10:00,America/New_York")
    home.run("2026-06-01")
    (row,) = home.lines()
    assert str(row["submitted_at"]) == "2026-03-01 15:00:00"
    assert json.loads(row["repairs"]) == [{"field": "submitted_at", "code": "zone-of-row", "was": "2026-03-01 10:00"}]


@pytest.mark.parametrize("name", ["Created (PT)", "Created (Pacific Time)"])
def test_the_zone_in_the_name_of_a_column_counts_as_the_file_spells_it(home: Home, name: str):
    acme(home, columns={"email": "Email", "submitted_at": name})
    home.drop("partners/acme/a.csv", f"Ref,Email,{name}", "1,a@acme.com,2026-01-31 10:05")
    home.run("2026-06-01")
    assert [str(at) for at in pick(home.lines(), "submitted_at")] == ["2026-01-31 18:05:00"]


def test_a_row_is_known_from_the_time_its_feed_names_else_from_when_it_was_received(home: Home):
    acme(home, columns={"email": "Email", "submitted_at": "At"}, received="submitted_at")
    home.drop("partners/acme/a.csv", "Ref,Email,At", "1,a@acme.com,2026-01-15", "2,b@acme.com,", "3,c@acme.com,soon")
    home.run("2026-06-01")
    assert [f"{at:%m-%d}" for at in pick(home.lines(), "known_at")] == ["01-15", "06-01", "06-01"]


# --- rows that cannot be used ----------------------------------------------------------------------------------

LEADS = {"columns": {"email": "Email", "phone": "Phone", "company": "Firm"}, "phone_region": "DE"}
DEALS = {
    "kind": "opportunities",
    "columns": {"opportunity_ref": "Id", "changed_at": "At", "amount": "Amount", "closed_at": "Closed"},
}
REFUSED = [
    ("no-contact", "email|phone", None, LEADS, "Email,Phone,Firm", ",,Acme"),
    ("bad-email", "email", "ann(at)acme", LEADS, "Email,Phone,Firm", "ann(at)acme,,Acme"),
    ("bad-phone", "phone", "12", LEADS, "Email,Phone,Firm", ",12,Acme"),
    ("digits-lost", "phone", "1.38E+10", LEADS, "Email,Phone,Firm", ",1.38E+10,Acme"),
    (
        "bad-company-code", "company_code", "91350100M000100Y44",
        {
            "columns": {"email": "Email", "company_code": "Code"}, "repairs": {"company_code": "reject"},
        },
        "Email,Code", "a@b.com,91350100M000100Y44",
    ),
    ("test-row", "email", "Test@acme.com", LEADS, "Email,Phone,Firm", "Test@acme.com,,Acme"),
    ("test-row", "is_test", "TRUE", {**LEADS, "tests": {"is_test": "true"}}, "Email,is_test", "a@b.com,TRUE"),
    ("missing-value", "company", None, {**LEADS, "require": [["company"]]}, "Email,Phone,Firm", "a@b.com,,"),
    (
        "missing-value", "company|need", None,
        {"columns": {"company": "Firm", "need": "Need"}, "require": [["company", "need"]]}, "Firm,Need,X", ",,1",
    ),
    ("missing-value", "opportunity_ref", None, DEALS, "Id,At,Amount,Closed", ",2026-01-01,5,"),
    ("bad-date", "changed_at", "soon", DEALS, "Id,At,Amount,Closed", "1,soon,5,"),
    ("bad-date", "closed_at", "n/a", DEALS, "Id,At,Amount,Closed", "1,2026-01-01,5,n/a"),
    ("future-date", "changed_at", "2099-12-31", DEALS, "Id,At,Amount,Closed", "1,2099-12-31,5,"),
    (
        "unknown-decision", "decision", "perhaps",
        {"kind": "reviews", "columns": {"record_id_l": "A", "record_id_r": "B", "decision": "Same"}}, "A,B,Same",
        "r1,r2,perhaps",
    ),
    (
        "doubtful-local-time", "changed_at", "2025-10-26 02:30",
        {**DEALS, "formats": {"timezone": "Europe/Berlin"}, "clock_changes": {"repeated": "quarantine"}},
        "Id,At,Amount,Closed", "1,2025-10-26 02:30,5,",
    ),
    (
        "doubtful-local-time", "closed_at", "2026-03-29 02:30",
        {**DEALS, "formats": {"timezone": "Europe/Berlin"}, "clock_changes": {"skipped": "quarantine"}},
        "Id,At,Amount,Closed", "1,2026-01-01,5,2026-03-29 02:30",
    ),
    ("number-too-large", "amount", "1000000000000.01", DEALS, "Id,At,Amount,Closed", "1,2026-01-01,1000000000000.01,"),
    ("number-too-large", "amount", "9" * 20, DEALS, "Id,At,Amount,Closed", f"1,2026-01-01,{'9' * 20},"),
    (
        "number-too-large", "employee_count", "13800138000",
        {"columns": {"email": "Email", "employee_count": "Staff"}, "repairs": {"employee_count": "reject"}},
        "Email,Staff", "a@b.com,13800138000",
    ),
    (
        "number-too-large", "budget_amount", "1e15",
        {"columns": {"budget_amount": "Budget", "company": "Firm"}, "require": [["budget_amount"]]}, "Budget,Firm",
        "1e15,Acme",
    ),
    ("bad-number", "amount", "12 pears", DEALS, "Id,At,Amount,Closed", "1,2026-01-01,12 pears,"),
    ("doubtful-number", "amount", "1.200", DEALS, "Id,At,Amount,Closed", "1,2026-01-01,1.200,"),
    (
        "not-whole", "employee_count", "1.5",
        {"columns": {"email": "Email", "employee_count": "Staff"}, "repairs": {"employee_count": "reject"}},
        "Email,Staff", "a@b.com,1.5",
    ),
    ("negative-number", "amount", "-5", DEALS, "Id,At,Amount,Closed", "1,2026-01-01,-5,"),
    (
        "unknown-outcome", "outcome", "maybe",
        {"kind": "outcomes", "columns": {"email": "Email", "outcome": "Result"}}, "Email,Result", "a@b.com,maybe",
    ),
    (
        "bad-date", "occurred_at", "later",
        {"kind": "events", "columns": {"event_type": "Type", "occurred_at": "At"}}, "Type,At", "view,later",
    ),
    (
        "missing-value", "event_type", None,
        {"kind": "events", "columns": {"event_type": "Type", "occurred_at": "At"}}, "Type,At", ",2026-01-01",
    ),
    (
        "missing-value", "occurred_at", None,
        {"kind": "activities", "columns": {"activity_type": "Type", "occurred_at": "At"}}, "Type,At", "call,",
    ),
    (
        "bad-number", "rate_to_base", "x",
        {"kind": "fx_rates", "columns": {"date": "Day", "currency": "Cur", "rate_to_base": "Rate"}},
        "Day,Cur,Rate", "2026-01-01,EUR,x",
    ),
    (
        "negative-number", "rate_to_base", "-1.1",
        {"kind": "fx_rates", "columns": {"date": "Day", "currency": "Cur", "rate_to_base": "Rate"}},
        "Day,Cur,Rate", "2026-01-01,EUR,-1.1",
    ),
    (
        "missing-value", "amount", None,
        {"kind": "targets", "columns": {"period": "Period", "amount": "Amount"}}, "Period,Amount", "2026-Q1,",
    ),
    ("missing-value", "owner", None, {"kind": "reps", "columns": {"owner": "Id", "name": "Name"}}, "Id,Name", ",Ann"),
    ("missing-value", "company", None, {"kind": "accounts", "columns": {"company": "A", "country": "B"}}, "A,B", ",DE"),
    ("missing-value", "product", None, {"kind": "products", "columns": {"product": "A", "line": "B"}}, "A,B", ",x"),
    (
        "missing-value", "dimension", None,
        {"kind": "assessments", "columns": {"dimension": "A", "value": "B"}}, "A,B", ",high",
    ),
]  # fmt: skip


def test_every_code_for_a_row_that_cannot_be_used_is_shown_below():
    # which records there are is known only later: tests/house/test_reviews.py
    assert {code for code, *_ in REFUSED} == set(USE_CODES) - {"unknown-record"}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """One home with a feed and a file of one row for each of the above."""
    folder = tmp_path_factory.mktemp("refused")
    engine = Engine(folder / "spill", threads=1)
    (folder / "home" / "landing").mkdir(parents=True)
    home = Home(folder / "home", engine, {"timezone": "UTC"})
    for number, (*_, feed, header, line) in enumerate(REFUSED):
        home.feed(f"refused{number}", **feed)
        home.drop(f"partners/refused{number}/a.csv", header, line)
    yield home.run()
    engine.close()


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[f"{code}-{field}" for code, field, *_ in REFUSED])
def test_a_row_that_cannot_be_used_says_why(refused: Reading, number: int):
    code, field, value, _, _, line = REFUSED[number]
    (row,) = [row for row in refused.rejected if row["source_name"] == f"refused{number}"]
    assert (row["line_no"], row["code"], row["field"], row["raw"]) == (2, code, field, line)
    assert value is None or value in row["reason"]
    assert value is None or value in row["reason_zh"]
    (reading,) = [row for row in refused.readings if row["source_name"] == f"refused{number}"]
    assert (reading["rows_read"], reading["rows_usable"]) == (1, 0)


@pytest.mark.parametrize(
    ("rules", "email", "phone", "repairs", "refused"),
    [
        ({}, "a@b.com", None, ["email-normalised", "bad-phone"], None),
        ({"email": None}, None, None, ["not-mended", "bad-phone"], None),
        ({"email": "reject"}, "a@b.com", None, ["email-normalised", "bad-phone"], None),
        ({"phone": "reject"}, "a@b.com", None, ["email-normalised", "bad-phone"], "bad-phone"),
    ],
)
@pytest.mark.parametrize("by", ["feed", "business"])
def test_what_becomes_of_a_value_is_policy(
    home: Home,
    by: str,
    rules: dict[str, Any],
    email: str | None,
    phone: str | None,
    repairs: list[str],
    refused: str | None,
):
    acme = {"columns": {"email": "Email", "phone": "Phone"}, "require": []}
    home.feed("acme", **acme, **({"repairs": rules} if by == "feed" else {}))
    home.business = {**home.business, **({"repairs": rules} if by == "business" else {})}
    home.drop("partners/acme/a.csv", "Email,Phone", "A@b.com,12")
    home.run()
    (line,) = home.lines()
    assert (line["email"], line["phone"], line["code"]) == (email, phone, refused)
    assert [entry["code"] for entry in json.loads(line["repairs"])] == repairs


def test_a_date_that_is_decisive_by_policy_refuses_its_row(home: Home):
    home.feed("acme", columns={"email": "Email", "submitted_at": "At"}, repairs={"submitted_at": "reject"})
    home.drop("partners/acme/a.csv", "Email,At", "a@b.com,soon", "b@b.com,2026-05-01", "c@b.com,")
    assert [(row["line_no"], row["code"]) for row in home.run().rejected] == [(2, "bad-date")]


def test_a_feed_may_do_without_what_the_business_thinks_decisive(home: Home):
    home.feed(
        "acme",
        kind="opportunities",
        columns={"opportunity_ref": "Id", "amount": "Amount"},
        repairs={"amount": "repair"},
    )
    home.drop("partners/acme/a.csv", "Id,Amount", "1,much", "2,-5")
    assert home.run().rejected == []
    assert [line["amount"] for line in home.lines("opportunities")] == [None, None]


def test_a_line_that_could_not_be_read_keeps_its_own_reason(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE, "3,c@acme.com,1,too,many", "4,d@acme.com,")
    run = home.run()
    (row,) = run.rejected
    assert (row["line_no"], row["code"], row["raw"]) == (4, "ragged-row", "3,c@acme.com,1,too,many")
    assert pick(run.readings, "rows_read", "rows_usable") == [(4, 3)]


def test_one_way_to_reach_a_person_is_enough(home: Home):
    acme(home, **LEADS)
    home.drop("partners/acme/a.csv", "Ref,Email,Phone,Firm", "1,bad,030 1234567,", "2,a@b.com,12,")
    run = home.run()
    assert run.rejected == []
    codes = [[item["code"] for item in json.loads(text)] for text in pick(home.lines(), "repairs")]
    assert codes == [["bad-email", "phone-normalised"], ["bad-phone"]]


def test_a_feed_that_requires_nothing_takes_rows_without_anything(home: Home):
    acme(home, require=[])
    home.drop("partners/acme/a.csv", "Ref,Email,Phone", "1,,")
    assert home.run().rejected == []


def test_outcomes_are_known_whatever_their_case_and_may_be_open(home: Home):
    home.feed("acme", kind="outcomes", columns={"email": "Email", "outcome": "Result"})
    words = ["Won", "LOST", "converted", "junk", "unreachable", ""]
    home.drop("partners/acme/a.csv", "Email,Result", *[f"a{n}@b.com,{word}" for n, word in enumerate(words)])
    assert home.run().rejected == []
    assert pick(home.lines("outcomes"), "outcome") == [word.lower() or None for word in words]


def test_a_refused_value_never_leaves_the_rest_of_its_reason_out(home: Home):
    acme(home)
    home.drop("partners/acme/a.csv", "Ref,Email,Phone", "1,{value} %s {0},")
    (row,) = home.run().rejected
    assert "{value} %s {0}" in row["reason"]


def test_the_lines_are_the_same_wherever_the_home_stands(home: Home, tmp_path: Path):
    acme(home)
    home.drop("partners/acme/a.csv", *PEOPLE)
    home.run()
    other = Home(tmp_path / "other", home.engine, home.business)
    (other.path / "landing").mkdir(parents=True)
    acme(other)
    other.drop("partners/acme/renamed.csv", *PEOPLE)
    other.run()
    assert other.lines() == home.lines()


def test_what_of_a_workbook_was_not_read_is_said_of_the_file(home: Home):
    import io
    import zipfile

    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Leads"
    for row in (["Name", "Email"], ["Bo", "bo@acme.example"]):
        book.active.append(row)
    book.create_sheet("Notes").append(["call", "back"])
    packed = io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"a program")
    home.feed("acme", columns={"full_name": ["Name"], "email": ["Email"]}, require=["email"])
    home.drop("partners/acme/a.xlsm").write_bytes(packed.getvalue())
    said = home.run()
    (landed,), (reading,) = said.landed, said.readings
    assert (landed["code"], reading["code"], reading["rows_usable"]) == (None, None, 1)
    assert all(word in landed["note"] for word in ("Leads", "Notes (1)", "macros"))
    assert all(word in landed["note_zh"] for word in ("Leads", "Notes (1)", "宏"))


def test_numbers_that_a_file_holds_as_numbers_are_never_in_doubt(home: Home):
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    told: dict[str, tuple[Any, Any]] = {"number": (1.125, 2.375), "text": ("1.125", "2.375"), "both": (1.125, "2.375")}
    home.feed("acme", columns={"email": ["email"], "budget_amount": ["budget"]})
    for name, budgets in told.items():
        records = [{"email": f"{name}{at}@acme.com", "budget": budget} for at, budget in enumerate(budgets)]
        home.drop(f"partners/acme/{name}.json", json.dumps(records, indent=1))
        home.drop(f"partners/acme/{name}.jsonl", *(json.dumps({**record, "kind": name}) for record in records))
        book = openpyxl.Workbook()
        for row in (["email", "budget"], *(list(record.values()) for record in records)):
            book.active.append(row)
        book.save(home.drop(f"partners/acme/{name}.xlsx"))
        if name != "both":
            pq.write_table(pa.Table.from_pylist(records), home.drop(f"partners/acme/{name}.parquet"))
    said = home.run()
    kinds = {row["file_id"]: row["path"].split("/")[-1] for row in said.landed}
    found: dict[str, list[str]] = {}
    for line in home.lines():
        found.setdefault(kinds[line["file_id"]], []).append(str(line["budget_amount"]))
    for kind in ("json", "jsonl", "xlsx", "parquet"):
        assert found[f"number.{kind}"] == ["1.13", "2.38"]
        assert found[f"text.{kind}"] == ["None", "None"]
        assert kind == "parquet" or found[f"both.{kind}"] == ["None", "None"]
