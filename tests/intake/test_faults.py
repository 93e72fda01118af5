"""What people and programs do to files, and what becomes of it: faults that no other test of this room shows."""

from __future__ import annotations

import io
import json
import os
import re
import time
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from assets.identity.companies import company_names
from sources.landing import take_landing
from sources.raw import raw_dir_of, read_ledger
from sources.retractions import decide
from tests.intake.conftest import Home, Reading
from tests.sources.test_shapes import ods

LEADS: dict[str, Any] = {"columns": {"email": "Email", "full_name": "Name"}}


def book(*rows: list[Any], title: str = "Leads", in_1904: bool = False) -> bytes:
    made = openpyxl.Workbook()
    if in_1904:
        made.epoch = CALENDAR_MAC_1904
    made.active.title = title
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def with_shared_texts(rows: list[list[str]]) -> bytes:
    """A workbook as Excel writes it: its texts stand in a part of their own."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        page = made.add_worksheet("Leads")
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return stream.getvalue()


def changed(data: bytes, member: str, pattern: bytes, into: bytes) -> bytes:
    """A ZIP archive with the text of one member replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        assert member in before.namelist()
        for entry in before.infolist():
            text = before.read(entry)
            if entry.filename == member:
                text, count = re.subn(pattern, lambda _: into, text, count=1)
                assert count == 1
            after.writestr(entry, text)
    return target.getvalue()


def put(home: Home, path: str, data: bytes) -> Path:
    target = home.path / "landing" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


# --- files -----------------------------------------------------------------------------------------------------


def test_a_corrected_file_under_its_old_name_is_another_version_beside_the_first(home: Home) -> None:
    home.feed("acme", **LEADS, key=["Ref"])
    home.drop("partners/acme/a.csv", "Ref,Email,Name", "1,a@x.example,Ana")
    home.run("2026-06-01")
    home.drop("partners/acme/a.csv", "Ref,Email,Name", "1,a@x.example,Anna")
    said = home.run("2026-06-02")
    assert [(row["path"], row["status"]) for row in said.landed] == [("partners/acme/a.csv", "accepted")] * 2
    assert {(line["source_key"], line["full_name"]) for line in home.lines()} == {("1", "Ana"), ("1", "Anna")}


def test_a_file_that_was_only_touched_is_nothing_new(home: Home) -> None:
    home.feed("acme", **LEADS)
    place = home.drop("partners/acme/a.csv", "Email,Name", "a@x.example,Anna")
    home.run("2026-06-01")
    os.utime(place, (1, 1))
    again = home.run("2026-06-02")
    assert (len(again.landed), again.read_again) == (1, [])


def test_names_that_are_equal_but_for_their_writing_are_two_files(home: Home) -> None:
    home.feed("acme", **LEADS)
    names = [unicodedata.normalize(form, "partners/acme/Müller.csv") for form in ("NFC", "NFD")]
    for at, name in enumerate([*names, "partners/acme/MÜLLER.csv"]):
        home.drop(name, "Email,Name", f"{at}@x.example,Anna")
    assert [row["status"] for row in home.run().landed] == ["accepted"] * 3
    assert sorted(line["email"] for line in home.lines()) == ["0@x.example", "1@x.example", "2@x.example"]


# --- content ---------------------------------------------------------------------------------------------------


DEEP = '{"Email":"deep@x.example","a":' + "[" * 10_000 + "]" * 10_000 + "}"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (DEEP, "too-deep"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "too-deep"),
        ('{"Email":"a@x.example","Email":"b@x.example"}', "duplicate-key"),
        ('{"Email":"a@x.example","n":NaN}', "json-number"),
        ('{"Email":"a@x.example","n":-Infinity}', "json-number"),
        ("[1, 2]", "json-not-object"),
        ("null", "json-not-object"),
    ],
    ids=["deep array", "deep object", "duplicate key", "NaN", "Infinity", "array", "null"],
)
@pytest.mark.parametrize("form", ["array", "records", "lines"])
def test_of_json_a_bad_record_is_refused_alone_with_its_place(home: Home, form: str, bad: str, code: str) -> None:
    home.feed("acme", columns={"email": "Email"}, **({"records": "$.rows"} if form == "records" else {}))
    records = ['{"Email":"one@x.example"}', bad, '{"Email":"three@x.example","n":12345678901234567890}']
    data = {
        "array": f"[{', '.join(records)}]",
        "records": f'{{"rows": [{", ".join(records)}], "next": null}}',
        "lines": "\n".join(records),
    }[form]
    put(home, "partners/acme/a.json", data.encode())
    said = home.run()
    assert [(row["line_no"], row["code"]) for row in said.rejected] == [(2, code)]
    assert [(line["line_no"], line["email"]) for line in home.lines() if line["code"] is None] == [
        (1, "one@x.example"),
        (3, "three@x.example"),
    ]
    assert json.loads(home.lines()[2]["attributes"])["n"] == "12345678901234567890"


@pytest.mark.parametrize("text", ["[" * 100_000, f"[{DEEP}", f"[{DEEP[:-1]}]", '[{"a":"' + "[" * 100_000])
def test_brackets_without_an_end_refuse_the_file(home: Home, text: str) -> None:
    home.feed("acme", columns={"email": "Email"})
    put(home, "partners/acme/a.json", text.encode())
    began = time.process_time()
    (row,) = home.run().landed
    assert (row["status"], row["code"]) == ("quarantined", "broken-json")
    assert time.process_time() - began < 5


def test_of_a_file_whose_delimiter_changes_half_way_every_line_is_answered(home: Home) -> None:
    home.feed("acme", **LEADS)
    lines = [f"{at}@x.example,N{at}" if at < 30 else f"{at}@x.example;N{at}" for at in range(40)]
    home.drop("partners/acme/a.csv", "Email,Name", *lines)
    said = home.run()
    (reading,) = said.readings
    assert (reading["rows_read"], reading["rows_usable"]) == (40, 30)
    assert [row["line_no"] for row in said.rejected] == list(range(32, 42))
    assert {row["code"] for row in said.rejected} == {"ragged-row"}


def test_a_workbook_with_macros_is_data_and_nothing_of_it_runs(home: Home) -> None:
    home.feed("acme", **LEADS)
    macro = b'application/vnd.ms-excel.sheet.macroEnabled.main+xml"/><Default Extension="bin" ContentType="x/vba'
    plain = rb"application/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet\.main\+xml"
    data = changed(book(["Email", "Name"], ["a@x.example", "Anna"]), "[Content_Types].xml", plain, macro)
    with zipfile.ZipFile(stream := io.BytesIO(data), "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not a program")
    put(home, "partners/acme/a.xlsm", stream.getvalue())
    (landed,) = home.run().landed
    assert [line["full_name"] for line in home.lines()] == ["Anna"]
    assert "macros" in landed["note"]
    assert "宏" in landed["note_zh"]


PARTS_OF_OTHERS = {
    "xl/externalLinks/externalLink1.xml": "(1 links)",
    "xl/connections.xml": "(1 links)",
    "xl/macrosheets/sheet1.xml": "macros",
    "Basic/Standard/Module1.xml": "macros",
}


@pytest.mark.parametrize("part", PARTS_OF_OTHERS)
def test_what_a_workbook_refers_to_or_would_run_is_left_alone_and_noted(home: Home, part: str) -> None:
    home.feed("acme", **LEADS)
    rows = [["Email", "Name"], ["a@x.example", "Anna"]]
    data = ods(rows) if part.startswith("Basic") else book(*rows)
    with zipfile.ZipFile(stream := io.BytesIO(data), "a") as archive:
        archive.writestr(part, b'<externalLink><externalBook id="file:///etc/passwd"/></externalLink>')
    put(home, f"partners/acme/a.{'ods' if part.startswith('Basic') else 'xlsx'}", stream.getvalue())
    (landed,) = home.run().landed
    assert [line["full_name"] for line in home.lines()] == ["Anna"]
    assert PARTS_OF_OTHERS[part] in landed["note"]


#: Parts of workbooks whose XML is read: where the entities are declared, and what becomes a reference to one.
PARTS = {
    "texts": ("a.xlsx", "xl/sharedStrings.xml", rb"<sst", rb"HERE", b"[&e;]"),
    "sheet": ("b.xlsx", "xl/worksheets/sheet1.xml", rb"<worksheet", rb"HERE", b"[&e;]"),
    "workbook": ("b.xlsx", "xl/workbook.xml", rb"<workbook", rb'name="Leads"', b'name="&e;"'),
    "ods": ("a.ods", "content.xml", rb"<office:document-content", rb"HERE", b"[&e;]"),
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "entities",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
        b'<!DOCTYPE x [<!ENTITY a "lol">' + b"".join(
            b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(9)
        ) + b'<!ENTITY e "&j;">]>',
    ],
    ids=["a file", "an address", "a billion laughs"],
)  # fmt: skip
def test_entities_in_the_xml_of_a_workbook_are_never_followed(home: Home, entities: bytes, part: str) -> None:
    home.feed("acme", match="partners/acme/*", **LEADS)
    name, member, root, text, reference = PARTS[part]
    rows = [["Email", "Name"], ["a@x.example", "HERE"]]
    made = {"a.ods": ods, "a.xlsx": with_shared_texts, "b.xlsx": lambda rows: book(*rows)}[name](rows)
    plain = changed(made, member, text, reference)
    put(home, f"partners/acme/{name}", changed(plain, member, root, entities + root))
    home.drop("partners/acme/b.csv", "Email,Name", "b@x.example,Bo")
    said = home.run()
    names = [line["full_name"] or "" for line in home.lines()]
    assert "Bo" in names
    assert all(len(name) < 20 and "root" not in name and "lol" not in name for name in names)
    assert len(said.landed) == 2


def test_dates_of_a_workbook_are_those_of_its_calendar(home: Home) -> None:
    home.feed("acme", columns={"email": "Email", "purchase_date": "Day"})
    for in_1904 in (False, True):
        day = date(2026, 5, 1)
        data = book(["Email", "Day"], [f"{in_1904}@x.example", day], in_1904=in_1904)
        put(home, f"partners/acme/{in_1904}.xlsx", data)
    home.run()
    assert [line["purchase_date"] for line in home.lines()] == [date(2026, 5, 1)] * 2


SQL = 'x"); DROP TABLE leads; --'


def test_names_that_look_like_sql_are_only_names(home: Home) -> None:
    header = f"{SQL} ' name"
    for partner in ("acme'; DROP TABLE leads; --", "plain"):
        home.feed(
            "quoted" if partner != "plain" else "plain", match=f"partners/{partner}/*",
            columns={"email": "Email", "full_name": header}, key=[f"{SQL} key"],
            sheet=SQL[:20] if partner == "plain" else None,
        )  # fmt: skip
    rows = [["Email", header, f"{SQL} key", SQL], ["a@x.example", SQL, "1", SQL]]
    home.drop(
        "partners/acme'; DROP TABLE leads; --/a.csv",
        *(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows),
    )
    put(home, "partners/plain/a.xlsx", book(*rows, title=SQL[:20]))
    said = home.run()
    assert [row["status"] for row in said.landed] == ["accepted", "accepted"]
    lines = home.lines()
    assert [(line["full_name"], line["source_key"]) for line in lines] == [(SQL, "1")] * 2
    assert all(SQL.replace('"', '\\"') in line["attributes"] for line in lines)


def test_what_would_write_into_a_terminal_is_shown_escaped(home: Home) -> None:
    home.feed("acme", columns={"email": "Email", "phone": "Phone"})
    home.drop("partners/acme/a.csv", "Email,Phone", '"no\x1b[31m mail\nat all",')
    (row,) = home.run().rejected
    assert row["code"] == "bad-email"
    for text in (row["reason"], row["reason_zh"]):
        assert text.isprintable()
        assert "\\x1b[31m" in text


@pytest.mark.parametrize(
    "value",
    ["a@" + "a." * 16_000, "1" + ",1" * 16_000, "a" * 30_000 + "!", " " * 30_000 + "x", "<" * 15_000 + "@" * 15_000],
    ids=["dots", "groups", "letters", "spaces", "brackets"],
)
def test_no_value_makes_a_rule_think_for_long(home: Home, value: str) -> None:
    columns = {"email": "v1", "phone": "v2", "submitted_at": "v3", "budget_amount": "v4", "company_code": "v5"}
    home.feed("acme", columns={**columns, "website": "v6", "country": "v7"}, require=[], tests={"v1": ["*a*a*a*b"]})
    home.drop("partners/acme/a.csv", "v1,v2,v3,v4,v5,v6,v7", *[",".join([f'"{at}{value}"'] * 7) for at in range(5)])
    began = time.process_time()
    (reading,) = home.run().readings
    assert reading["rows_read"] == 5
    assert time.process_time() - began < 10


# --- meaning ---------------------------------------------------------------------------------------------------


def test_a_bare_dollar_sign_is_no_currency_that_anybody_guessed(home: Home) -> None:
    columns = {"opportunity_ref": "Id", "amount": "Amount", "currency": "Cur"}
    home.feed("crm", kind="opportunities", columns=columns)
    home.drop("partners/crm/a.csv", "Id,Amount,Cur", "1,5,$", "2,5,", "3,5,eur", "4,$5,", "5,¥5,", "6,$5,CAD")
    home.run()
    assert [line["currency"] for line in home.lines("opportunities")] == ["$", None, "EUR", "$", "¥", "CAD"]


# --- files that are let in or not ------------------------------------------------------------------------------


def states(said: Reading) -> list[tuple[str, str | None]]:
    """Status and code of each file."""
    return [(row["status"], row["code"]) for row in said.landed]


PEOPLE = ("Email,Name", "a@x.example,Anna", "b@x.example,Bo", "c@x.example,Cy")


@pytest.mark.parametrize(("limit", "code"), [("max_bytes", "file-too-large"), ("max_rows", "too-many-rows")])
def test_a_file_over_its_limit_waits_until_its_feed_or_somebody_allows_it(home: Home, limit: str, code: str) -> None:
    home.feed("acme", **LEADS, **{limit: 2})
    home.feed("berg", **LEADS)
    place = home.drop("partners/acme/a.csv", *PEOPLE)
    home.drop("partners/berg/b.csv", *PEOPLE[:2])
    said = home.run()
    assert states(said) == [("quarantined", code), ("accepted", None)]
    refused = said.landed[0]
    found = place.stat().st_size if limit == "max_bytes" else 3
    for text in (refused["reason"], refused["reason_zh"]):
        assert f"{found} " in text
        assert f"`{limit}`" in text or limit in text
        assert "sluice run --allow-large" in text
    assert len(home.lines()) == 1
    home.feed("acme", **LEADS, **{limit: 1_000})
    assert states(home.run("2026-06-02")) == [("accepted", None)] * 2
    assert len(home.lines()) == 4


@pytest.mark.parametrize("limit", ["max_bytes", "max_rows"])
def test_a_large_file_that_was_allowed_once_stays_allowed(home: Home, limit: str) -> None:
    home.business = {"timezone": "UTC", "limits": {limit: 2}}
    home.feed("acme", **LEADS)
    home.drop("partners/acme/a.csv", *PEOPLE)
    assert [status for status, _ in states(home.run())] == ["quarantined"]
    home.drop("partners/acme/new.csv", *PEOPLE[:3], "d@x.example,Di")
    scope = home.scope("2026-06-02")
    take_landing(home.path, scope.policy, allow_large=True)
    assert states(home.run("2026-06-02")) == [("accepted", None)] * 2
    home.drop("partners/acme/later.csv", *PEOPLE[:3], "e@x.example,El")
    assert sorted(status for status, _ in states(home.run("2026-06-03"))) == ["accepted", "accepted", "quarantined"]


def test_a_member_of_an_archive_is_as_large_as_it_is_unpacked(home: Home) -> None:
    home.feed("acme", **LEADS, max_bytes=5_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large.csv", "\n".join([*PEOPLE, *("x@x.example,Xa" for _ in range(1_000))]))
        archive.writestr("small.csv", "\n".join(PEOPLE))
    assert len(stream.getvalue()) < 5_000
    put(home, "partners/acme/a.zip", stream.getvalue())
    assert states(home.run()) == [("quarantined", "file-too-large"), ("accepted", None)]


def test_a_new_version_takes_the_place_of_the_old_one_where_the_feed_says_so(home: Home) -> None:
    home.feed("acme", **LEADS, key=["Ref"], new_version="replace")
    for day, name in enumerate(("Ana", "Anna", "Anne"), 1):
        home.drop("partners/acme/a.csv", "Ref,Email,Name", f"1,a@x.example,{name}", f"2{day},b@x.example,Bo")
        said = home.run(f"2026-06-0{day}")
    assert sorted(states(said)) == [("accepted", None), ("retracted", "replaced"), ("retracted", "replaced")]
    assert {"2026-06-03" in row["reason"] for row in said.landed if row["code"]} == {True}
    (reading,) = [reading for reading in said.readings if reading["code"] is None]
    assert {line["full_name"] for line in home.lines() if line["file_id"] == reading["file_id"]} == {"Anne", "Bo"}


def test_an_earlier_version_that_is_dropped_again_takes_the_place_of_the_later_one(home: Home) -> None:
    home.feed("acme", **LEADS, key=["Ref"], new_version="replace")
    names = {1: "Ana", 2: "Anna", 3: "Ana", 4: "Ana", 5: "Anna"}
    for day, name in names.items():
        home.drop("partners/acme/a.csv", "Ref,Email,Name", f"1,a@x.example,{name}")
        said = home.run(f"2026-06-0{day}")
        counts = [reading for reading in said.readings if reading["code"] is None]
        ids = {reading["file_id"] for reading in counts}
        assert [line["full_name"] for line in home.lines() if line["file_id"] in ids] == [name], day
        since = {1: [], 2: [2], 3: [3], 4: [3], 5: [5]}[day]
        on = [row["reason"] for row in said.landed if row["code"] == "replaced"]
        assert [f"2026-06-0{at}" in reason for at, reason in zip(since, on, strict=True)] == [True] * len(since)


def test_of_a_file_that_was_taken_before_it_was_written_to_its_end_nothing_is_left(home: Home) -> None:
    home.feed("acme", **LEADS, key=["Ref"])
    whole = b"Ref,Email,Name\n1,a@x.example,Anna\n2,b@x.example,Bo Berg\n3,c@x.example,Cy\n"
    put(home, "partners/acme/a.csv", whole[: whole.index(b" Berg")])
    (first,) = home.run().landed
    assert {line["full_name"] for line in home.lines()} == {"Anna", "Bo"}
    put(home, "partners/acme/a.csv", whole)
    said = home.run("2026-06-02")
    assert sorted(states(said)) == [("accepted", None), ("retracted", "cut-short")]
    (old,) = [row for row in said.landed if row["code"]]
    assert old["file_id"] == first["file_id"]
    assert "2026-06-02" in old["reason"]
    (reading,) = said.readings
    assert [line["full_name"] for line in home.lines() if line["file_id"] == reading["file_id"]] == [
        "Anna",
        "Bo Berg",
        "Cy",
    ]


@pytest.mark.parametrize("first", [b"Email,Name\na@x.example,Anna\n", b"Email,Name\na@x.example,Anna"])
def test_a_file_to_which_rows_are_added_counts_beside_what_it_was(home: Home, first: bytes) -> None:
    home.feed("acme", **LEADS)
    put(home, "partners/acme/a.csv", first)
    home.run()
    put(home, "partners/acme/a.csv", first.rstrip() + b"\nb@x.example,Bo\n")
    assert states(home.run("2026-06-02")) == [("accepted", None)] * 2


def test_a_file_cut_short_counts_again_when_what_it_became_is_retracted(home: Home) -> None:
    home.feed("acme", **LEADS)
    put(home, "partners/acme/a.csv", b"Email,Name\na@x.example,An")
    home.run()
    put(home, "partners/acme/a.csv", b"Email,Name\na@x.example,Anna\n")
    whole = home.run("2026-06-02").readings[0]["file_id"]
    decide(raw_dir_of(home.path), whole, datetime(2026, 6, 3, tzinfo=UTC), "", retracted=True, heirs={})
    assert sorted(states(home.run("2026-06-03"))) == [("accepted", None), ("retracted", "retracted")]


def test_a_new_version_waits_for_somebody_where_the_feed_says_so(home: Home) -> None:
    home.feed("acme", **LEADS, new_version="review")
    home.drop("partners/acme/a.csv", *PEOPLE[:2])
    home.drop("partners/acme/other.csv", *PEOPLE[:3])
    (first, _) = home.run().landed
    home.drop("partners/acme/a.csv", *PEOPLE)
    said = home.run("2026-06-02")
    waiting = {row["code"]: row for row in said.landed}["new-version"]
    assert (waiting["path"], waiting["status"]) == ("partners/acme/a.csv", "quarantined")
    for text in (waiting["reason"], waiting["reason_zh"]):
        assert "2026-06-01" in text
        assert f"sluice retract {first['file_id']}" in text
    decide(raw_dir_of(home.path), first["file_id"], waiting["received_at"], "", retracted=True, heirs={})
    assert sorted(status for status, _ in states(home.run("2026-06-03"))) == ["accepted", "accepted", "retracted"]


@pytest.mark.parametrize("rule", ["review", "replace"])
def test_rejects_that_were_mended_are_no_version_of_their_file(home: Home, rule: str) -> None:
    home.feed("acme", **LEADS, new_version=rule)
    home.drop("partners/acme/a.csv", *PEOPLE[:3], "nobody,Di")
    home.run()
    home.drop("partners/acme/a.csv", "Email,Name,sluice_verdict,sluice_code", "d@x.example,Di,rejected,bad-email")
    said = home.run("2026-06-02")
    assert states(said) == [("accepted", None)] * 2


# --- times that cannot be ---------------------------------------------------------------------------------------

SENTINELS = ("1970-01-01", "0001-01-01", "9999-12-31", "2099-12-31T00:00:00Z")


def test_placeholder_times_are_left_out_and_listed_and_their_rows_are_there(home: Home) -> None:
    columns = {"email": "Mail", "submitted_at": "At", "purchase_date": "Buys", "birth_date": "Born"}
    home.feed("acme", columns=columns, received="submitted_at")
    rows = [f"{at}@x.example,{text},{text[:10]},1970-01-01" for at, text in enumerate(SENTINELS[:3])]
    home.drop("partners/acme/a.csv", "Mail,At,Buys,Born", *rows, "3@x.example,2099-12-31T00:00:00Z,,")
    (reading,) = home.run().readings
    assert reading["rows_usable"] == 4
    for line, text in zip(home.lines(), SENTINELS, strict=True):
        assert (line["submitted_at"], line["purchase_date"], line["known_at"]) == (None, None, datetime(2026, 6, 1))
        told = {item["field"]: (item["code"], item["was"]) for item in json.loads(line["repairs"])}
        code = "future-date" if text.startswith("2099") else "bad-date"
        assert told["submitted_at"] == (code, text)
        assert ("purchase_date" in told) is (line["line_no"] < 5)
    assert [line["birth_date"] for line in home.lines()] == [date(1970, 1, 1)] * 3 + [None]


def test_a_time_too_far_ahead_rejects_its_row_where_the_row_rests_on_it(home: Home) -> None:
    home.business = {"timezone": "UTC", "limits": {"max_days_ahead": 2}}
    home.feed("web", kind="events", columns={"event_type": "type", "occurred_at": "at", "email": "mail"})
    home.drop("partners/web/a.csv", "type,at,mail", "visit,2026-06-02,a@x.example", "visit,2026-06-04,a@x.example")
    (row,) = home.run().rejected
    assert (row["line_no"], row["code"], row["field"]) == (3, "future-date", "occurred_at")
    assert "2026-06-04" in row["reason"]
    assert "(at)" in row["reason"]


@pytest.mark.parametrize("text", ["0026-05-01", "26-05-01", "0026-05-01T10:00", "1970-01-01 00:00", "9999-12-31"])
@pytest.mark.parametrize("field", ["submitted_at", "purchase_date"])
def test_a_date_that_stands_for_none_is_none_and_says_so(home: Home, field: str, text: str) -> None:
    home.feed("acme", columns={"email": "Mail", field: "At"})
    home.drop("partners/acme/a.csv", "Mail,At", f"a@x.example,{text}", "b@x.example,2026-05-01")
    home.run()
    first, second = home.lines()
    assert (first[field], second[field] is not None) == (None, True)
    assert [(item["field"], item["code"], item["was"]) for item in json.loads(first["repairs"])] == [
        (field, "bad-date", text)
    ]


AHEAD = {
    "leads": {
        "submitted_at": ("2026-06-02T23:00Z", "2026-06-03T01:00Z"),
        "birth_date": ("2026-06-03", "2026-06-04"),
        "purchase_date": ("2031-05-31", "2031-06-02"),
    },
    "stakeholders": {"last_contact_at": ("2026-06-03", "2026-06-04")},
    "assessments": {"assessed_at": ("2026-06-02", "2026-06-03T01:00")},
    "reps": {"hired_on": ("2027-06-01", "2027-06-03")},
    "opportunities": {"expected_close_date": ("2031-05-31", "2031-06-02")},
}


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in AHEAD.items() for field in fields])
def test_a_date_of_the_past_may_not_lie_ahead_and_one_that_looks_ahead_may_for_years(
    home: Home, kind: str, field: str
) -> None:
    named = {"leads": "email", "stakeholders": "company", "assessments": "dimension", "reps": "owner"}
    home.feed("acme", kind=kind, columns={named.get(kind, "opportunity_ref"): "Id", field: "At"}, require=[])
    home.drop("partners/acme/a.csv", "Id,At", *(f"{at}@x.example,{text}" for at, text in enumerate(AHEAD[kind][field])))
    home.run()
    taken, left = home.lines(kind)
    assert (taken[field] is not None, json.loads(taken["repairs"])) == (True, [])
    assert (left[field], left["code"]) == (None, None)
    (listed,) = json.loads(left["repairs"])
    assert listed == {"field": field, "code": "future-date", "was": AHEAD[kind][field][1]}


@pytest.mark.parametrize("kind", ["events", "activities", "opportunities", "outcomes"])
def test_what_has_not_happened_yet_is_no_event_and_no_change_of_a_deal(home: Home, kind: str) -> None:
    columns = {
        "events": {"event_type": "what", "occurred_at": "at"},
        "activities": {"activity_type": "what", "occurred_at": "at"},
        "opportunities": {"opportunity_ref": "what", "changed_at": "at"},
        "outcomes": {"reason": "what", "decided_at": "at"},
    }
    home.feed("acme", kind=kind, columns=columns[kind])
    home.drop("partners/acme/a.csv", "what,at", "1,2026-06-01", "2,2026-06-20")
    assert [(row["line_no"], row["code"]) for row in home.run().rejected] == [(3, "future-date")]


def test_policy_says_how_far_ahead_a_field_may_lie_and_a_feed_may_say_otherwise(home: Home) -> None:
    columns = {"activity_type": "what", "occurred_at": "at"}
    home.feed("acme", kind="activities", columns=columns)
    home.feed("plans", kind="activities", columns=columns, days_ahead={"occurred_at": 90})
    for name in ("acme", "plans"):
        home.drop(f"partners/{name}/a.csv", "what,at", f"{name},2026-06-20")
    assert [row["source_name"] for row in home.run().rejected] == ["acme"]
    home.business = {"timezone": "UTC", "limits": {"days_ahead": {"occurred_at": 30}}}
    assert home.run("2026-06-02").rejected == []


def test_in_a_history_that_is_played_through_times_are_measured_from_when_a_row_is_known(home: Home) -> None:
    columns = {"opportunity_ref": "Id", "changed_at": "At", "created_at": "Made"}
    home.feed("crm", match="partners/crm/*", kind="opportunities", columns=columns, received="changed_at")
    rows = ["1,2027-03-01,2027-02-01", "2,2027-03-01,2027-04-01", "3,2099-12-31,2027-02-01"]
    home.drop("partners/crm/a.csv", "Id,At,Made", *rows)
    rejected = [(row["line_no"], row["code"], row["field"]) for row in home.run().rejected]
    assert rejected == [(3, "future-date", "created_at"), (4, "future-date", "changed_at")]
    (line,) = [line for line in home.lines("opportunities") if line["code"] is None]
    assert (line["known_at"], line["created_at"]) == (datetime(2027, 3, 1), datetime(2027, 2, 1))


# --- times that the clocks make doubtful ------------------------------------------------------------------------

CLOCKS = [
    ({}, ["2026-10-25 00:30:00", "2026-03-29 01:30:00"], ["ambiguous-local-time", "nonexistent-local-time"]),
    (
        {"repeated": "later"},
        ["2026-10-25 01:30:00", "2026-03-29 01:30:00"],
        ["later-local-time", "nonexistent-local-time"],
    ),
    ({"repeated": "quarantine"}, ["None", "2026-03-29 01:30:00"], ["doubtful-local-time", "nonexistent-local-time"]),
    ({"skipped": "quarantine"}, ["2026-10-25 00:30:00", "None"], ["ambiguous-local-time", "doubtful-local-time"]),
]


@pytest.mark.parametrize(("said", "read", "codes"), CLOCKS)
@pytest.mark.parametrize("by", ["feed", "business"])
def test_policy_says_how_a_doubtful_local_time_is_read_or_that_it_is_not(
    home: Home, by: str, said: dict[str, str], read: list[str], codes: list[str]
) -> None:
    home.business = {"timezone": "Europe/Berlin", **({"clock_changes": said} if by == "business" else {})}
    home.feed(
        "acme",
        columns={"email": "Mail", "submitted_at": "At"},
        **({"clock_changes": said} if by == "feed" and said else {}),
    )
    home.drop("partners/acme/a.csv", "Mail,At", "a@x.example,2026-10-25 02:30", "b@x.example,2026-03-29 02:30")
    home.run("2026-12-01")
    lines = home.lines()
    assert [str(line["submitted_at"]) for line in lines] == read
    assert [item["code"] for line in lines for item in json.loads(line["repairs"])] == codes
    assert [line["code"] for line in lines] == [None, None]


def test_a_row_that_rests_on_a_time_is_rejected_where_policy_takes_no_doubtful_ones(home: Home) -> None:
    home.business = {"timezone": "Europe/Berlin", "clock_changes": {"repeated": "quarantine", "skipped": "quarantine"}}
    home.feed("acme", columns={"email": "Mail", "submitted_at": "At"}, repairs={"submitted_at": "reject"})
    times = ["2026-10-25 02:30", "2026-03-29 02:30", "2026-10-25T02:30+02:00", "2026-10-25 03:30"]
    home.drop("partners/acme/a.csv", "Mail,At", *(f"{at}@x.example,{text}" for at, text in enumerate(times)))
    rejected = home.run("2026-12-01").rejected
    assert [(row["line_no"], row["code"], row["field"]) for row in rejected] == [
        (2, "doubtful-local-time", "submitted_at"),
        (3, "doubtful-local-time", "submitted_at"),
    ]
    assert [text in row["reason"] for text, row in zip(times, rejected, strict=False)] == [True, True]


# --- numbers that cannot be -------------------------------------------------------------------------------------


def test_a_number_above_what_policy_says_a_field_may_be_is_left_out_or_rejects_its_row(home: Home) -> None:
    home.business = {"timezone": "UTC", "limits": {"max_values": {"budget_amount": 500}}}
    columns = {"email": "Mail", "budget_amount": "Budget", "annual_revenue": "Revenue"}
    home.feed("acme", columns=columns)
    home.feed("berg", columns=columns, repairs={"budget_amount": "reject"})
    home.feed("carl", columns=columns, max_values={"budget_amount": 1000})
    for name in ("acme", "berg", "carl"):
        home.drop(f"partners/{name}/a.csv", "Mail,Budget,Revenue", f"{name}@x.example,500.01,300000000000000")
    said = home.run()
    assert [(row["source_name"], row["code"], row["field"]) for row in said.rejected] == [
        ("berg", "number-too-large", "budget_amount")
    ]
    budgets = {line["source_name"]: line["budget_amount"] for line in home.lines()}
    assert {name: value and float(value) for name, value in budgets.items()} == {
        "acme": None, "berg": None, "carl": 500.01,
    }  # fmt: skip
    assert {float(line["annual_revenue"]) for line in home.lines()} == {3e14}
    told = {line["source_name"]: json.loads(line["repairs"]) for line in home.lines()}
    assert told["acme"] == [{"field": "budget_amount", "code": "number-too-large", "was": "500.01"}]
    assert told["carl"] == []


@pytest.mark.parametrize("kind", ["leads", "opportunities", "targets", "products"])
def test_no_amount_of_any_kind_of_row_may_be_below_zero(home: Home, kind: str) -> None:
    field = {"leads": "budget_amount", "products": "price"}.get(kind, "amount")
    home.feed("acme", kind=kind, columns={field: "Amount"}, require=[[field]])
    home.drop("partners/acme/a.csv", "Amount,X", "-5,1", "0,1")
    rejected = {row["line_no"]: row["code"] for row in home.run().rejected}
    assert rejected[2] in {"negative-number", "missing-value"}
    assert home.lines(kind)[0]["code"] is not None


# --- files too wrong --------------------------------------------------------------------------------------------

WRONG = ("Mail,Budget", *(f"{at}@x.example,{at}" for at in range(27)), *(f"no{at},1" for at in range(3)), "Total,354")


def test_a_file_with_too_large_a_share_of_wrong_rows_is_set_aside_and_taken_when_policy_allows_it(home: Home) -> None:
    acme = {"columns": {"email": "Mail", "budget_amount": "Budget"}}
    home.feed("acme", **acme, max_rejected_share=0.09)
    home.drop("partners/acme/a.csv", *WRONG)
    (reading,) = home.run().readings
    assert (reading["code"], reading["rows_read"], reading["rows_usable"]) == ("too-many-rejected", 0, 0)
    for text in (reading["reason"], reading["reason_zh"]):
        for told in ("3 ", "30 ", "10.0%", "9.0%", "Mail", "bad-email", "max_rejected_share"):
            assert told in text
    assert home.run("2026-06-02").rejected == []
    home.feed("acme", **acme, max_rejected_share=0.1)
    said = home.run("2026-06-03")
    assert (said.readings[0]["code"], said.readings[0]["rows_usable"], len(said.rejected)) == (None, 27, 4)
    assert said.read_again == [], "nothing is read again for it"


def test_the_share_of_wrong_rows_is_the_businesss_to_say_where_a_feed_says_nothing(home: Home) -> None:
    home.feed("acme", columns={"email": "Mail"})
    home.drop("partners/acme/a.csv", *WRONG)
    assert [row["code"] for row in home.run().readings] == [None]
    home.business = {"timezone": "UTC", "limits": {"max_rejected_share": 0.05}}
    assert [row["code"] for row in home.run("2026-06-02").readings] == ["too-many-rejected"]
    home.business["quality"] = {"small_file_rows": 31}
    assert [row["code"] for row in home.run("2026-06-03").readings] == [None]


def test_a_file_that_was_set_aside_for_its_rows_is_not_what_others_agree_with(home: Home) -> None:
    home.feed("acme", columns={"email": "Mail"}, max_rejected_share=0.05, contract="freeze")
    home.drop("partners/acme/a.csv", *WRONG)
    home.run()
    home.drop("partners/acme/b.csv", "Mail,Other", "a@x.example,1")
    assert {row["code"] for row in home.run("2026-06-02").readings} == {"too-many-rejected", None}


# --- text that was decoded in the wrong encoding ----------------------------------------------------------------


def test_text_decoded_in_the_wrong_encoding_is_put_right_unless_policy_wants_it_as_it_came(home: Home) -> None:
    home.feed("acme", columns={"email": "Mail", "full_name": "Näme"})
    home.feed("berg", columns={"email": "Mail", "full_name": "NÃ¤me"}, repair_mojibake=False)
    for name in ("acme", "berg"):
        home.drop(f"partners/{name}/a.csv", "Mail,NÃ¤me", f"{name}@x.example,MÃ¼ller")
    home.run()
    found = {line["source_name"]: line for line in home.lines()}
    assert {name: line["full_name"] for name, line in found.items()} == {"acme": "Müller", "berg": "MÃ¼ller"}
    assert [item["was"] for item in json.loads(found["acme"]["repairs"])] == ["MÃ¼ller"]
    assert json.loads(found["berg"]["repairs"]) == []


def test_a_file_is_read_again_when_policy_no_longer_wants_text_put_right(home: Home) -> None:
    home.feed("acme", columns={"email": "Mail", "full_name": "Name"})
    home.drop("partners/acme/a.csv", "Mail,Name", "a@x.example,MÃ¼ller")
    names = []
    for day, mends in enumerate((True, False, True), 1):
        home.business = {"timezone": "UTC", "repair_mojibake": mends}
        home.run(f"2026-06-0{day}")
        names += [line["full_name"] for line in home.lines()]
    assert names == ["Müller", "MÃ¼ller", "Müller"]


def test_a_reason_calls_a_field_as_its_file_does(home: Home) -> None:
    home.feed("acme", columns={"phone": ["Telefon", "Mobil"], "full_name": "Name"})
    home.drop("partners/acme/a.csv", "Name,Mobil", "Anna,1.38E+10", "Bo,call me")
    lost, _ = home.run().rejected
    assert (lost["code"], lost["field"]) == ("digits-lost", "phone")
    for text in (lost["reason"], lost["reason_zh"]):
        assert "1.38E+10" in text
        assert "Mobil" in text
        assert "phone" not in text


def test_of_a_file_that_nobody_reads_the_nearest_feed_and_what_it_would_lack_are_named(home: Home) -> None:
    home.feed("acme", columns={"email": "E-Mail", "full_name": "Name", "company": "Firma"}, key=["Ref"])
    home.feed("berg", columns={"email": "Mail"})
    home.drop("elsewhere/a.csv", "Name,Firma,Mail", "Anna,Berg AG,a@x.example")
    home.drop("elsewhere/b.csv", "q1,q2", "1,2")
    home.drop("elsewhere/c.csv", "Mail,Telefon", "a@x.example,1")
    near, far, fits = home.run().landed
    for text in (near["reason"], near["reason_zh"]):
        assert "elsewhere/a.csv" in text
        assert "acme" in text
        assert "Ref, E-Mail" in text
    assert (near["code"], far["code"], fits["code"]) == ("no-feed", "no-feed", "no-feed")
    assert far["reason"].startswith("No feed reads elsewhere/b.csv. Write one")
    assert far["reason_zh"].startswith("没有来源配置(feed)读取 elsewhere/b.csv。请为其")
    assert "c.csv. Its columns are those of berg. Write one" in fits["reason"]


# --- one value, one column, many writings ----------------------------------------------------------------------

WRITINGS = {
    "plain": ("anna@x.example", "+49 30 1234567", "Müller AG"),
    "wide": ("ａｎｎａ＠x．example", "＋４９ ３０ １２３４５６７", "Ｍüller　ＡＧ"),
    "invisible": ("an\u200bna@x.example\u2060", "\ufeff+49\u200b30 1234567", "Mül\u200bler\u00a0AG"),
    "unbroken": ("\u00a0anna@x.example\u00a0", "+49\u00a030\u202f1234567", "Müller\u00a0AG"),
    "composed": ("anna@x.example", "+49 30 1234567", unicodedata.normalize("NFD", "Müller AG")),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_however_a_value_is_written_it_is_matched_as_one_and_kept_as_it_came(home: Home, writing: str) -> None:
    home.feed("acme", columns={"email": "E-Mail", "phone": "Größe", "company": "Firma"})
    header = [unicodedata.normalize("NFD", name) for name in ("\ufeffＥ-Mail", "Größe", "Fir\u200bma")]
    home.drop("partners/acme/a.csv", ",".join(header), ",".join(WRITINGS[writing]))
    home.run()
    (line,) = home.lines()
    assert (line["email"], line["phone"]) == ("anna@x.example", "+49301234567")
    same = company_names(pa.chunked_array([[line["company"], "Müller AG"]]))["name_key"]
    assert same[0] == same[1]
    (raw,) = read_ledger(raw_dir_of(home.path))
    (row,) = pq.read_table(raw.rows_path).to_pylist()
    assert (row["c0"], row["c1"], row["c2"]) == WRITINGS[writing]


@pytest.mark.parametrize(
    "lines",
    [
        ("Email,Name,Phone", "a@x.example,Anna,+49 30 1234567"),
        ("Phone,Email,Name", "+49 30 1234567,a@x.example,Anna"),
        ("电话,姓名,邮箱", "+49 30 1234567,Anna,a@x.example"),
        ("FULL NAME,e-mail,Mobile", "Anna,a@x.example,+49 30 1234567"),
    ],
    ids=["agreed", "reordered", "translated", "renamed"],
)
def test_columns_are_found_by_any_of_their_names_wherever_they_stand(home: Home, lines: tuple[str, ...]) -> None:
    columns = {"email": ["Email", "E-Mail", "邮箱"], "full_name": ["Name", "Full name", "姓名"]}
    home.feed("acme", columns={**columns, "phone": ["Phone", "Mobile", "电话"]})
    home.drop("partners/acme/a.csv", *lines)
    assert states(home.run()) == [("accepted", None)]
    (line,) = home.lines()
    assert (line["email"], line["full_name"], line["phone"]) == ("a@x.example", "Anna", "+49301234567")


def test_a_name_that_the_feed_does_not_know_is_suggested(home: Home) -> None:
    home.feed("acme", columns={"email": "Email", "full_name": "Name"}, require=[["email"]])
    home.drop("partners/acme/a.csv", "Name,Work email", "Anna,a@x.example")
    (said,) = home.run().readings
    assert said["code"] == "missing-column"
    assert "Email (expected Email; nearest in the file: Work email)" in said["reason"]


# --- what people see of personal data --------------------------------------------------------------------------


def test_no_message_of_a_run_names_a_person(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.feed("acme", **LEADS, key=["Ref"])
    home.drop("partners/acme/a.csv", "Ref,Email,Name", "1,canary@x.example,Canary Bird", "2,canary(at)x,Canary Bird")
    home.drop("partners/acme/b.csv", "canary@x.example,Canary Bird", "canary2@x.example,Canary Wing")
    home.drop("partners/other/c.csv", "q1,q2", "canary@x.example,Canary Bird")
    home.drop("partners/acme/d.jsonl", '{"Ref": 1, "Email": "canary@x.example", "Name": "Canary Bird"', "{}")
    with caplog.at_level("DEBUG"):
        said = home.run()
    assert said.rejected
    assert not [text for text in (*caplog.messages, *said.read_again) if "canary" in text.lower()]
