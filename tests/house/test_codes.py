"""Every code there is, shown by the smallest thing that is answered with it."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import socket
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import sources.raw
from pipelines.second_chances import retract_file
from sources.archives import MOST_MEMBERS
from sources.codes import CODES
from sources.erasures import ARRIVAL, decide
from sources.landing import take_landing
from sources.raw import raw_dir_of
from sources.readers.reading import LONGEST_CELL
from sources.row_codes import SUPPRESSED
from tests.serving.whole import Whole
from tests.sources.rows import policy


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    """A symbolic link inside an archive."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def marked_encrypted(data: bytes) -> bytes:
    """An archive of one member, with the mark of encryption before its bytes and in its directory."""
    changed = bytearray(data)
    changed[data.find(b"PK\x03\x04") + 6] |= 1
    changed[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def workbook(*rows: list[Any], merged: str | None = None) -> bytes:
    """A workbook of one sheet, Leads."""
    book = openpyxl.Workbook()
    book.active.title = "Leads"
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_sheet(name: str, rows: list[list[Any]]) -> bytes:
    """A workbook of leads with another sheet beside them."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(["id", "email"], ["1", "sheet@x.example"])))
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_macros() -> bytes:
    """A workbook of leads with a program."""
    stream = io.BytesIO(workbook(["id", "email"], ["1", "macro@x.example"]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 a program")
    return stream.getvalue()


def with_links() -> bytes:
    """A workbook of leads that refers to another one."""
    stream = io.BytesIO(workbook(["id", "email"], ["1", "links@x.example"]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    return stream.getvalue()


def with_cell(cell: str) -> bytes:
    """A workbook whose one row has this XML in the place of its company."""
    data = workbook(["id", "email", "firm"], [str(len(cell)), "cell@x.example", "Berg AG"])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(target, "w") as after:
        for entry in before.infolist():
            text = before.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                text, count = re.subn(rb'<c r="C2".*?</c>', cell.encode(), text)
                assert count == 1
            after.writestr(entry, text)
    return target.getvalue()


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
GZIPPED = gzip.compress(b"id,email\n" + b"1,a@x.example\n" * 1000, mtime=0)
PEOPLE = "id,name,email,phone,firm\n"
ONE = PEOPLE + "1,Anna,a@x.example,,Berg AG\n"
FEED: dict[str, Any] = {"columns": {"full_name": "name", "email": "email", "phone": "phone", "company": "firm"}}
DEALS: dict[str, Any] = {
    "kind": "opportunities",
    "columns": {"opportunity_ref": "id", "changed_at": "at", "amount": "amount"},
}
DAMAGED = bytearray(GZIPPED)
DAMAGED[-6] ^= 0xFF


@dataclass(frozen=True)
class Case:
    """A file, and what its feed says beside :data:`FEED`, if anything; `before` came first to the same feed."""

    data: bytes | str
    name: str = "a.csv"
    feed: dict[str, Any] | None = None
    before: str | None = None


#: A deal whose times may not be doubtful.
QUARANTINED: dict[str, Any] = {
    **DEALS, "formats": {"timezone": "Europe/Berlin"}, "clock_changes": {"repeated": "quarantine"}
}  # fmt: skip

FILES = {
    "empty-file": Case(b""),
    "unreadable-content": Case(b"%PDF-1.7 ..."),
    "reader-failed": Case("id,email\n1,stumbles@x.example\n"),
    "html-not-a-workbook": Case("<html><table><tr><td>id</td></tr></table></html>", "a.xls"),
    "xml-not-a-workbook": Case('<?xml version="1.0"?><Workbook/>', "a.xls"),
    "truncated-archive": Case(GZIPPED[:-20], "a.csv.gz"),
    "broken-archive": Case(bytes(DAMAGED), "a.csv.gz"),
    "unsupported-archive": Case(b"Rar!\x1a\x07...", "a.rar"),
    "empty-archive": Case(packed(("folder/", b"")), "a.zip"),
    "too-many-members": Case(packed(*((f"{at}.csv", b"") for at in range(MOST_MEMBERS + 1))), "a.zip"),
    "nested-archive": Case(packed(("inner.zip", packed(("deep.csv", b"id\n")))), "a.zip"),
    "member-path": Case(packed(("../../x.csv", b"id\n")), "a.zip"),
    "member-not-a-file": Case(packed((link("x.csv"), b"/etc/passwd")), "a.zip"),
    "member-encrypted": Case(marked_encrypted(packed(("x.csv", b"id\n1\n"))), "a.zip"),
    "member-name-twice": Case(packed(("x.csv", b"id\n1\n"), ("X.csv", b"id\n2\n")), "a.zip"),
    "zip-bomb": Case(packed(("xl/workbook.xml", b" " * (80 << 20))), "a.xlsx"),
    "password-protected": Case(LOCKED, "a.xlsx"),
    "broken-workbook": Case(packed(("xl/workbook.xml", b"<workbook")), "a.xlsx"),
    "sheet-not-found": Case(workbook(["id", "email"], ["1", "a@x.example"]), "a.xlsx", {"sheet": "Contacts"}),
    "sheets-alike": Case(with_sheet("March", [["email", "id"], ["march@x.example", "2"]]), "a.xlsx"),
    "broken-parquet": Case(b"PAR1 and then nothing", "a.parquet"),
    "broken-json": Case('[{"id": 1}', "a.json"),
    "records-not-found": Case('{"data": {"rows": []}}', "a.json", {"records": "$.data.submissions"}),
    "json-of-columns": Case('{"name": ["Anna", "Bo"], "email": ["anna@x.example", "bo@x.example"]}', "a.json"),
    "unknown-encoding": Case(b"id,email\n1,\xe1\xe2\n2,\xcc\xdc\n"),
    "header-not-found": Case("\n \n"),
    "no-column-names": Case("1,Anna,anna@x.example\n2,Bo,bo@x.example\n"),
    "duplicate-header": Case("id,email,phone,email\n1,a@x.example,,b@x.example\n"),
    "merged-header": Case(workbook(["id", "email", None], ["1", "a@x.example", "b"], merged="B1:C1"), "a.xlsx"),
    "too-many-columns": Case(",".join(f"c{at}" for at in range(3000))),
    "unbalanced-quote": Case('id,email\n1,"open\n2,b@x.example\n3,c@x.example\n'),
    "mapping-doubtful": Case("q1,q2\n1,2\n3,4\n"),
    "same-bytes": Case(ONE, "again.csv", before=ONE),
    "missing-column": Case("id,name\n1,Anna\n"),
    "contract-changed": Case("id,email,new\n1,a@x.example,x\n", "b.csv", {"contract": "freeze"}, before=ONE),
    "contract-evolved": Case("id,email,new\n2,a@x.example,x\n", "b.csv", before=ONE),
    "values-left-out": Case(
        "product,price\nscanner,1.250\n", feed={"kind": "products", "columns": {"product": "product", "price": "price"}}
    ),
    "file-too-large": Case(PEOPLE + "1,Large,a@x.example,,\n", feed={"max_bytes": 10}),
    "too-many-rows": Case(ONE + "2,Many,b@x.example,,\n", feed={"max_rows": 1}),
    "new-version": Case(ONE + "2,Newer,b@x.example,,\n", "0.csv", {"new_version": "review"}, before=ONE),
    "replaced": Case(ONE + "2,Instead,b@x.example,,\n", "0.csv", {"new_version": "replace"}, before=ONE),
    "cut-short": Case(PEOPLE + "1,Cut,b@x.example,,\n", "0.csv", before=PEOPLE + "1,Cut,b@x.exam"),
    "retracted": Case("id,email\n77,wrong@x.example\n"),
    "too-many-rejected": Case(
        PEOPLE + "".join(f"{at},N{at},n{at}@x.example,,\n" for at in range(18)) + "18,No,nobody,,\n19,No,nothing,,\n",
        feed={"max_rejected_share": 0.05},
    ),
    "other-date-order": Case(
        "email,at (DD.MM.YYYY)\na@x.example,03/14/2026\n",
        feed={"columns": {"email": "email", "submitted_at": "at (DD.MM.YYYY)"}},
    ),
    "doubtful-date": Case(
        "id,email,at\n1,a@x.example,03/04/2026\n", feed={"columns": {"email": "email", "submitted_at": "at"}}
    ),
}
ROWS = {
    "ragged-row": Case(ONE + "2,b@x.example\n"),
    "open-quote": Case(ONE + '2,Bo,bo@x.example,,"open\n'),
    "bad-quote": Case(ONE + '2,Bo,"b"@x.example,,\n'),
    "bad-bytes": Case((PEOPLE + "1,Jürgen,j@x.example,,Müller\n" * 3).encode() + b"2,Bo\xff,b@x.example,,\n"),
    "nul-byte": Case(ONE + "2,B\0o,b@x.example,,\n"),
    "lone-surrogate": Case('{"id":1,"email":"a@x.example","name":"\\ud800"}\n', "a.jsonl"),
    "cell-too-long": Case(ONE + f"2,{'x' * (LONGEST_CELL + 1)},b@x.example,,\n"),
    "broken-json": Case('{"id":1,"email":"a@x.example"}\n{oops\n', "a.jsonl"),
    "json-not-object": Case('{"id":1,"email":"a@x.example"}\n[1]\n', "a.jsonl"),
    "duplicate-key": Case('{"id":1,"email":"a@x.example"}\n{"id":2,"id":3}\n', "a.jsonl"),
    "json-number": Case('{"id":1,"email":"a@x.example"}\n{"id":NaN}\n', "a.jsonl"),
    "records-not-found": Case(
        '{"data":{"id":1,"email":"a@x.example"}}\n{"else":1}\n', "a.jsonl", {"records": "$.data"}
    ),
    "broken-form": Case("email=a%40x.example&phone=\nno post at all\nemail=b%40x.example&phone=\n", "a.txt"),
    "total-row": Case(ONE + "Total,,,,2\n"),
    "note-row": Case(ONE + "Exported on 2026-05-31 by Anna,,,,\n"),
    "repeated-header": Case(ONE + PEOPLE + "2,Bo,b@x.example,,\n"),
    "too-deep": Case('{"id":1,"email":"a@x.example"}\n{"id":' + "[" * 1000 + "]" * 1000 + "}\n", "a.jsonl"),
    "erased": Case(PEOPLE + "1,Ida,erased@x.example,,\n"),
    "no-contact": Case(PEOPLE + "1,Anna,,,\n"),
    "bad-email": Case(PEOPLE + "1,Anna,anna(at)x,,\n"),
    "bad-phone": Case(PEOPLE + "1,Anna,,12,\n"),
    "digits-lost": Case(PEOPLE + "1,Anna,,1.38E+10,\n"),
    "bad-company-code": Case(
        "email,code\nb@x.example,91350100M000100Y44\n",
        feed={"columns": {"email": "email", "company_code": "code"}, "repairs": {"company_code": "reject"}},
    ),
    "missing-value": Case(PEOPLE + "1,,a@x.example,,\n", feed={"require": [["full_name"]]}),
    "bad-date": Case("id,at,amount\n1,soon,5\n", feed=DEALS),
    "future-date": Case("id,at,amount\n1,2099-12-31,5\n", feed=DEALS),
    "bad-number": Case("id,at,amount\n1,2026-01-01,12 apples\n", feed=DEALS),
    "doubtful-number": Case("id,at,amount\n1,2026-01-01,1.200\n", feed=DEALS),
    "not-whole": Case(
        "email,staff\na@x.example,2.5\n",
        feed={"columns": {"email": "email", "employee_count": "staff"}, "repairs": {"employee_count": "reject"}},
    ),
    "negative-number": Case("id,at,amount\n1,2026-01-01,-5\n", feed=DEALS),
    "number-too-large": Case("id,at,amount\n1,2026-01-01,20260101123456\n", feed=DEALS),
    "doubtful-local-time": Case("id,at,amount\n1,2025-10-26 02:30,5\n", feed=QUARANTINED),
    "test-row": Case(PEOPLE + "1,Anna,test@x.example,,\n"),
    "unknown-outcome": Case(
        "email,result\na@x.example,maybe\n",
        feed={"kind": "outcomes", "columns": {"email": "email", "outcome": "result"}},
    ),
}
ANSWERS = {
    "repeated-row": Case(ONE + ONE.splitlines()[1] + "\n"),
    "changed-row": Case(ONE + "1,Anna Berg,a@x.example,,Berg AG\n", feed={"key": ["id"]}),
    "same-person": Case(ONE + "2,Anna,anna@y.example,,\n", feed={"key": ["id"]}),
    "do-not-contact": Case(ONE + "2,Dora,dora@y.example,,\n", feed={"key": ["id"]}),
    "not-yet-known": Case(
        "email,at\na@x.example,2026-12-24\n",
        feed={"columns": {"email": "email", "submitted_at": "at"}, "received": "submitted_at"},
    ),
    "possible-same-person": Case(ONE + "2,Ann,ann@y.example,,\n", feed={"key": ["id"]}),
}
BERLIN: dict[str, Any] = {"formats": {"timezone": "Europe/Berlin"}, "columns": {"email": "email", "submitted_at": "at"}}
TYPED: dict[str, Any] = {
    "columns": {"email": "email", "submitted_at": "at", "budget_amount": "budget", "company_code": "code"}
}
REPAIRS = {
    "email-normalised": Case(PEOPLE + "1,Anna,mailto:A@x.example,,\n"),
    "phone-normalised": Case(PEOPLE + "1,Anna,,030 1234567,\n", feed={"phone_region": "DE"}),
    "phone-without-country": Case(PEOPLE + "1,Anna,,030 7654321,\n"),
    "extension-unused": Case(
        "email,phone,ext\na@x.example,+49 170 1234567,12\n",
        feed={"columns": {"email": "email", "phone": "phone", "phone_extension": "ext"}},
    ),
    "name-split": Case(PEOPLE + '1,"Lee, Anna",a@x.example,,\n'),
    "bad-email": Case(PEOPLE + "1,Anna,anna(at)x,+49 30 1234567,\n"),
    "bad-phone": Case(PEOPLE + "1,Anna,a@x.example,12,\n"),
    "digits-lost": Case(PEOPLE + "1,Anna,a@x.example,1.38E+10,\n"),
    "not-mended": Case(PEOPLE + "1,Anna,a@x.example,030 1234567,\n", feed={"repairs": {"phone": None}}),
    "bad-date": Case("email,at\na@x.example,soon\n", feed=TYPED),
    "future-date": Case("email,at\na@x.example,2099-12-31\n", feed=TYPED),
    "bad-number": Case("email,budget\na@x.example,a lot\n", feed=TYPED),
    "doubtful-number": Case("email,budget\na@x.example,1.200\n", feed=TYPED),
    "not-whole": Case(
        "email,staff\na@x.example,1.5\n", feed={"columns": {"email": "email", "employee_count": "staff"}}
    ),
    "negative-number": Case("email,budget\na@x.example,-5\n", feed=TYPED),
    "currency-dropped": Case(
        "email,revenue\na@x.example,GBP 90\n", feed={"columns": {"email": "email", "annual_revenue": "revenue"}}
    ),
    "says-nothing": Case(PEOPLE + "1,Anna,a@x.example,,n/a\n"),
    "excel-text": Case(PEOPLE + '1,"=""Anna""",a@x.example,,\n'),
    "text-mark": Case(PEOPLE + "1,'Anna,'a@x.example,,\n"),
    "number-normalised": Case("email,budget\na@x.example,10k\n", feed=TYPED),
    "unit-of-column": Case(
        "email,预算(万元)\na@x.example,50\n", feed={"columns": {"email": "email", "budget_amount": "预算(万元)"}}
    ),
    "number-too-large": Case("email,budget\na@x.example,20260101123456\n", feed=TYPED),
    "currency-normalised": Case("email,cur\na@x.example,€\n", feed={"columns": {"email": "email", "currency": "cur"}}),
    "unknown-currency": Case("email,cur\na@x.example,$\n", feed={"columns": {"email": "email", "currency": "cur"}}),
    "company-code-normalised": Case("email,code\na@x.example,91350100m000100y43\n", feed=TYPED),
    "bad-company-code": Case("email,code\na@x.example,91350100M000100Y44\n", feed=TYPED),
    "ambiguous-local-time": Case("email,at\na@x.example,2025-10-26 02:30\n", feed=BERLIN),
    "nonexistent-local-time": Case("email,at\na@x.example,2026-03-29 02:30\n", feed=BERLIN),
    "later-local-time": Case(
        "email,at\nlater@x.example,2025-10-26 02:30\n", feed={**BERLIN, "clock_changes": {"repeated": "later"}}
    ),
    "doubtful-local-time": Case(
        "email,at\ndoubt@x.example,2025-10-26 02:30\n", feed={**BERLIN, "clock_changes": {"repeated": "quarantine"}}
    ),
    "unclear-zone": Case("email,at\na@x.example,2026-02-28 02:30 CST\n", feed=BERLIN),
    "zone-of-row": Case("email,at,Time Zone\na@x.example,2026-02-28 02:30,America/New_York\n", feed=BERLIN),
    "unread-time": Case(
        "email,date,time\na@x.example,2026-01-31,noon\n", feed={"columns": {"email": "email", "submitted_at": "date"}}
    ),
    "serial-date": Case("email,at\na@x.example,46086\n", feed=TYPED),
    "line-unwrapped": Case(ONE + '"2,Bo,b@x.example,,""Lind, AB"""\n'),
    "quote-escaped": Case(ONE + '2,Bo,b@x.example,,"Lind \\"North\\", AB"\n'),
    "cell-error": Case(with_cell('<c r="C2" t="e"><v>#REF!</v></c>'), "a.xlsx"),
    "formula-without-value": Case(with_cell('<c r="C2"><f>A1&amp;B1</f></c>'), "a.xlsx"),
    "part-erased": Case("email,firm\na@x.example,sister of Erased@x.example\n", feed={"columns": {"email": "email"}}),
    "text-decoded": Case(PEOPLE + "1,Anna MÃ¼ller,a@x.example,,\n"),
    "text-garbled": Case(PEOPLE + "1,Anna MÃ¼llerÃ¼\ufffd,a@x.example,,\n"),
}
SCORED = "id,email,score\n1,a@x.example,5\n"
COLUMNS = {
    "new-column": Case("id,email,score,new\n1,b@x.example,6,x\n", "b.csv", before=SCORED),
    "gone-column": Case("id,email\n1,b@x.example\n", "b.csv", before=SCORED),
    "changed-type": Case("id,email,score\n1,b@x.example,high\n", "b.csv", before=SCORED),
    "needed-column": Case("id,mail adress\n1,a@x.example\n"),
}
NOTES = {
    "guessed-columns": Case("E-Mail,Name\nguessed@x.example,Anna\n"),
    "other-sheets": Case(with_sheet("Old", [["id"], ["1"]]), "a.xlsx"),
    "links-ignored": Case(with_links(), "a.xlsx"),
    "macros-ignored": Case(with_macros(), "a.xlsm"),
    "notes-below": Case(ONE + "\nSource: spring fair\n"),
}
#: Whose folder no feed describes.
UNDESCRIBED = {"mapping-doubtful", "guessed-columns"}
#: What several cases say of their feed: they share one.
SHARED: dict[str, dict[str, Any]] = {"deals": DEALS, "typed": TYPED, "berlin": BERLIN}
CASES = {"file": FILES, "row": ROWS, "answer": ANSWERS, "repair": REPAIRS, "column": COLUMNS, "note": NOTES}
#: Shown by tests of their own: a path that no feed reads, and what is left in the landing zone.
#: What is said of review files needs records that are known: test_reviews.
REVIEWED = {
    *(("answer", code) for code in ("decided-same", "decided-different", "decided-otherwise", "still-open")),
    *(("row", code) for code in ("unknown-decision", "unknown-record")),
}
NEAREST = {
    ("file", "no-feed"),
    ("column", "nearest-feed"),
    ("column", "fitting-feed"),
}  # in tests/intake/test_faults.py
#: What is said where a receipt cannot be written needs a failure: test_receipts.
ELSEWHERE = {("file", "receipt-failed"), *NEAREST, *REVIEWED, *(("left", code) for code in CODES["left"])}
LISTED = [(place, code) for place, cases in CASES.items() for code in cases]


def folder_of(place: str, code: str) -> str:
    """Where a case is dropped: those that need nothing of their own share a feed, which is read in one go."""
    case, name = CASES[place][code], f"{place}_{code}"
    for shared, feed in SHARED.items():
        if case.feed is feed:
            return f"partners/{shared}/{name}"
    if case.feed is None and case.before is None and code not in UNDESCRIBED:
        return f"partners/shared/{name}"
    return f"partners/{name}"


def test_every_code_has_a_case_and_every_case_a_code():
    assert {*LISTED, *ELSEWHERE} == {(place, code) for place, codes in CODES.items() for code in codes}


def test_codes_that_suppress_are_codes():
    assert {*CODES["row"], *CODES["file"]} >= SUPPRESSED


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One home into which all cases were dropped: a folder and a feed for each."""
    whole = Whole.made(tmp_path_factory.mktemp("codes") / "home")
    read = sources.raw.read

    def stumbling(source: Path, *arguments: Any, **named: Any) -> Any:
        if b"stumbles@" in source.read_bytes()[:100]:
            raise IndexError("out of range")
        return read(source, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.raw.read", stumbling)
        for shared, feed in {"shared": {}, **SHARED}.items():
            whole.feed(shared, match=f"partners/{shared}/**", **{**FEED, **feed})
        for place, code in LISTED:
            case, folder = CASES[place][code], folder_of(place, code)
            if (case.feed is not None and case.feed not in SHARED.values()) or case.before is not None:
                whole.feed(f"{place}_{code}", match=f"{folder}/**", **{**FEED, **(case.feed or {})})
            if case.before is not None:
                whole.drop(f"{folder}/0.csv", case.before.replace("a@x.example", f"{place}.{code}@x.example"))
            if place == "answer" or code == "retracted":
                whole.drop(f"{folder}/{case.name}", case.data)
        whole.answer(received_at="2026-06-01")
        retract_file(whole.path, f"{folder_of('file', 'retracted')}/a.csv")
        at = datetime(2026, 6, 1, tzinfo=UTC)
        decide(raw_dir_of(whole.path), at, {}, kind=ARRIVAL, identifiers={"email": ["erased@x.example"]})
        rows = whole.table("lead_rows", "source_name", "line_no", "record_id")
        first, second = [record for source, _, record in rows if source == "answer_same-person"]
        silent = [record for source, _, record in rows if source == "answer_do-not-contact"]
        third, fourth = [record for source, _, record in rows if source == "answer_possible-same-person"]
        for place, code in LISTED:
            whole.drop(f"{folder_of(place, code)}/{CASES[place][code].name}", CASES[place][code].data)
        folder = whole.path / "landing" / "partners" / "file_same-bytes"
        (folder / "again.csv").write_bytes((folder / "0.csv").read_bytes())
        whole.drop("sundry/a.csv", ONE)
        whole.answer(
            received_at="2026-06-02",
            lead_identities=[{"record_id": second, "lead_id": first}],
            leads=[{"lead_id": record, "has_refused_consent": True} for record in silent],
            lead_provenance=[{"lead_id": record, "field": "(all)", "record_id": record} for record in silent],
            record_matches=[{"record_id_l": third, "record_id_r": fourth, "decision": "review"}],
        )
        yield whole


def said_of_files(whole: Whole, folder: str) -> dict[str, tuple[str, str]]:
    """Code -> its texts, of the files of a folder."""
    rows = whole.table("source_files", "path", "code", "reason", "reason_zh")
    return {code: (en, zh) for path, code, en, zh in rows if path.startswith(f"{folder}/") and code}


@pytest.mark.parametrize(("place", "code"), LISTED, ids=[f"{place}-{code}" for place, code in LISTED])
def test_a_code_is_what_its_case_is_answered_with(told: Whole, place: str, code: str) -> None:
    folder = folder_of(place, code)
    path = f"{folder}/{CASES[place][code].name}"
    texts: tuple[str, str] | None = None
    if place == "file":
        texts = said_of_files(told, folder).get(code)
    elif place == "row":
        asked = (told.file_id(path), code)
        rows = told.table("rejected_rows", "file_id", "code", "reason", "reason_zh")
        texts = next(((en, zh) for *found, en, zh in rows if (*found,) == asked), None)
    elif place == "column":
        ((en, zh),) = said_of_files(told, folder).values()
        begins = [getattr(CODES["column"][code], language).split("{")[0] for language in ("en", "zh")]
        texts = (en, zh) if begins[0] in en and begins[1] in zh else None
    elif place == "note":
        ((en, zh),) = [row[1:] for row in told.table("source_files", "path", "note", "note_zh") if row[0] == path]
        begins = [getattr(CODES["note"][code], language).split("{")[0] for language in ("en", "zh")]
        texts = (en, zh) if en.startswith(begins[0]) and zh.startswith(begins[1]) else None
    elif place == "repair":
        file_id = told.file_id(path)
        rows = [repairs for its, repairs in told.table("lead_records", "file_id", "repairs") if its == file_id]
        codes = {entry["code"] for repairs in rows for entry in json.loads(repairs)}
        texts = ("-", "-") if code in codes else None
    else:
        texts = ("-", "-") if f",{code}," in told.receipt(path).decode() else None
    assert texts is not None, said_of_files(told, folder)
    assert not any("?" in text for text in texts), "a value is missing in the text"


def test_a_file_that_nobody_reads_says_so(told: Whole) -> None:
    assert ("sundry/a.csv", "no-feed") in told.table("source_files", "path", "code")


# --- what is left in the landing zone ------------------------------------------------------------------------


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A landing zone with one file."""
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / "a.csv").write_text("id\n1\n", encoding="utf-8")
    return folder


def left_out(landing: Path) -> list[tuple[str, str]]:
    return [(left.path, left.code) for left in take_landing(landing.parent, policy()).left_out]


def test_a_file_that_grows_is_left(landing: Path, monkeypatch: pytest.MonkeyPatch):
    def written_meanwhile(_: float) -> None:
        with (landing / "a.csv").open("a", encoding="utf-8") as stream:
            stream.write("2\n")

    monkeypatch.setattr("sources.looks.time.sleep", written_meanwhile)
    assert left_out(landing) == [("a.csv", "still-growing")]


def test_a_file_that_is_gone_before_it_is_opened_is_left(landing: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sources.looks.time.sleep", lambda _: (landing / "a.csv").unlink(missing_ok=True))
    assert left_out(landing) == [("a.csv", "vanished")]


def test_what_is_no_file_is_left(landing: Path):
    (landing / "link.csv").symlink_to("a.csv")
    os.mkfifo(landing / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(landing)  # a path of a socket may not be long
        try:
            server.bind("socket.csv")
        finally:
            os.chdir(before)
        found = left_out(landing)
    assert sorted(found) == [(f"{name}.csv", "not-a-file") for name in ("link", "pipe", "socket")]


def test_a_file_that_may_not_be_read_is_left(landing: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.open

    def refuse(path: object, *arguments: int, **named: int) -> int:
        if str(path).endswith("a.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("sources.looks.os.open", refuse)
    assert left_out(landing) == [("a.csv", "no-permission")]
