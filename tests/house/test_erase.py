"""A person is erased from everything there is, nobody else is, and whoever drops the person again is told so."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines.erase
from pipelines.erase import erase_person, erasure_text
from pipelines.explain import explained, explanation_text
from pipelines.verify import verified
from tests.serving.whole import Whole

IDA = ("ida.quist@quist.example", "+491701234567", "Ida Quist")
#: What must not be found anywhere; the last two are the number as it was written.
GONE = (*IDA, "1701234567", "0170 123 45 67", "0170-1234567")
HEADER = "Ref;Name;Mail;Tel;Company;Note\r\n"
LIST = (
    HEADER
    + "1;Olaf Berg;olaf@berg.example;+49 30 1111111;Berg AG;knows ida.quist@quist.example well\r\n"
    + '9;Ida Quist;IDA.Quist@quist.example;0170 123 45 67;Quist GmbH;"two\r\nlines"\r\n'
    + "2;Eva Lund;eva@lund.example;+49 30 2222222;Lund AB;x\r\n"
    + "3;Nobody;;;;\r\n"
    + "4;Ida Quist;ida.quist(at)quist.example;0170-1234567;;no use\r\n"
)
FORM = "".join(
    json.dumps(row) + "\n"
    for row in (
        {"id": "f1", "name": "Bo Ek", "email": "bo@ek.example", "message": "hello"},
        {"id": "f2", "name": "Ida Quist", "email": "ida.quist@quist.example", "cookie": "c-ida", "message": "price?"},
    )
)
EVENTS = "id,type,at,mail,cookie\n" + "".join(
    f"{row}\n"
    for row in (
        "e1,pricing_view,2026-05-01T10:00:00Z,,c-ida",
        "e2,pricing_view,2026-05-02T10:00:00Z,ida.quist@quist.example,c-ida",
        "e3,pricing_view,2026-05-03T10:00:00Z,bo@ek.example,c-bo",
    )
)
DEALS = (
    "Ref,Name,Contact,Mail,Stage,Created,Amount,Currency\n"
    "D1,Ida Quist - machines,Ida Quist,ida.quist@quist.example,qualification,2026-05-10,50000,EUR\n"
    "D2,Lund line,Eva Lund,eva@lund.example,qualification,2026-05-11,7000,EUR\n"
)
PROOFS = ("balance", "identity", "ledger", "forecast", "receipts", "erasure")
COLUMNS = {"full_name": "Name", "email": "Mail", "phone": "Tel", "company": "Company", "message": "Note"}


def workbook() -> bytes:
    """A list with the person in its third row, a comment and a link beside, and the person in another sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Leads"
    page.append(["Ref", "Name", "Mail", "Tel", "Company", "Note"])
    page.append(["21", "Kim Holm", "kim@holm.example", "+49 30 3333333", "Holm AS", ""])
    page.append(["22", "Ida Quist", "ida.quist@quist.example", "+49 170 1234567", "Quist GmbH", "met at the fair"])
    page["C3"].hyperlink = "mailto:ida.quist@quist.example"
    page["B3"].comment = openpyxl.comments.Comment("Ida Quist said so", "rep")
    page.append(["23", "Ada Moe", "ada@moe.example", "+49 30 4444444", "Moe AS", ""])
    book.create_sheet("Old").append(["ida.quist@quist.example"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed() -> bytes:
    """An archive of two lists, of which one has the person."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "Ref;Name;Mail\n31;Ida Quist;ida.quist@quist.example\n32;Lea Lie;lea@lie.example\n")
        archive.writestr("b.csv", "Ref;Name;Mail\n41;Uma Vik;uma@vik.example\n")
    return stream.getvalue()


def columnar() -> bytes:
    """A Parquet file with the person in its second row."""
    stream = io.BytesIO()
    rows = {
        "Ref": ["51", "52"],
        "Name": ["Per Dal", "Ida Quist"],
        "Mail": ["per@dal.example", "ida.quist@quist.example"],
        "Size": [3, 4],
    }
    pq.write_table(pa.table(rows), stream)
    return stream.getvalue()


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A home whose feeds read all kinds of files."""
    made = Whole.made(tmp_path / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS, phone_region="DE")
    made.feed(
        "web",
        match="forms/*",
        channel="form",
        key=["id"],
        columns={"full_name": "name", "email": "email", "message": "message", "anonymous_id": "cookie"},
    )
    made.feed(
        "clicks",
        kind="events",
        match="events/*",
        channel="event",
        columns={
            "event_id": "id",
            "event_type": "type",
            "occurred_at": "at",
            "email": "mail",
            "anonymous_id": "cookie",
        },
    )
    made.feed(
        "crm",
        kind="opportunities",
        match="crm/*",
        channel="crm",
        columns={
            "opportunity_ref": "Ref", "name": "Name", "full_name": "Contact", "email": "Mail", "stage": "Stage",
            "created_at": "Created", "amount": "Amount", "currency": "Currency",
        },
    )  # fmt: skip
    return made


def drop_all(whole: Whole) -> None:
    """Drops the person in every kind of file, among others."""
    whole.drop("partners/acme/list.csv", LIST)
    whole.drop("partners/acme/copy of list.csv", LIST)
    whole.drop("partners/acme/list.xlsx", workbook())
    whole.drop("partners/acme/lists.zip", packed())
    whole.drop("partners/acme/list.parquet", columnar())
    whole.drop("forms/web.jsonl", FORM)
    whole.drop("events/clicks.csv.gz", gzip.compress(EVENTS.encode(), mtime=0))
    whole.drop("crm/deals.csv", DEALS)
    whole.drop("partners/nobody/list.csv", "What,Else\nIda Quist,0170 1234567\nOlaf Berg,x\n")


def run_here(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets an erasure publish by the run of these tests, which leaves Dagster and its like out."""

    def run(*_: Any, **__: Any) -> dict[str, Any]:
        whole.run()
        return {"status": "published"}

    monkeypatch.setattr(pipelines.erase, "run_once", run)


def opened_up(data: bytes) -> list[bytes]:
    """Bytes, and whatever is packed in them."""
    if data.startswith(b"\x1f\x8b"):
        return [data[:200], *opened_up(gzip.decompress(data))]
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [part for name in archive.namelist() for part in [name.encode(), *opened_up(archive.read(name))]]
    if data.startswith(b"PAR1"):
        table = pq.read_table(pa.BufferReader(data))
        return [repr(table.to_pylist()).encode(), repr(table.schema.metadata).encode()]
    return [data]


def found(home: Path, *words: str) -> list[str]:
    """The files in which any of the words stands, in any case, packed or not."""
    pattern = re.compile("|".join(map(re.escape, words)).encode(), re.IGNORECASE)
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and any(pattern.search(part) for part in opened_up(path.read_bytes()))
    )


@pytest.mark.timeout(600)
def test_a_person_is_gone_from_everything_and_all_others_stay(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_all(whole)
    whole.run()
    run_here(whole, monkeypatch)
    assert len(found(whole.path, *GONE)) > 20
    leads = dict(whole.table("leads", "full_name", "lead_id"))
    ida = leads.pop("Ida Quist")
    files = whole.table("source_files", "path", "file_id", "sha256", "rows_read")
    amounts = whole.table("opportunities", "opportunity_ref", "amount")
    tried = erase_person(whole.path, email=IDA[0], dry_run=True)
    assert (tried["lead_id"], tried["dry_run"], len(found(whole.path, *GONE)) > 20) == (ida, True, True)

    told = erase_person(whole.path, email="Ida.Quist@quist.example", quiet=True)

    assert (told["residual"], told["places"]) == (0, [])
    assert told["stores"]["raw"]["before"] > 5
    assert "residual 0" in erasure_text(told)
    assert found(whole.path, *GONE) == []
    assert dict(whole.table("leads", "full_name", "lead_id")) == leads
    assert whole.table("source_files", "path", "file_id", "sha256", "rows_read") == files
    assert whole.table("opportunities", "opportunity_ref", "amount") == amounts
    assert whole.table("lead_events", "event_id") == ["e3"]
    erased = [row[:2] for row in whole.table("rejected_rows", "code", "line_no", "raw") if row[0] == "erased"]
    assert len(erased) == 8
    assert "knows  well" in str(whole.table("lead_records", "full_name", "attributes", "message"))
    assert all(verified(whole.path, proof)["holds"] for proof in PROOFS)
    assert "was erased on" in explanation_text(explained(whole.path, ida))
    receipt = whole.receipt("partners/acme/list.csv").decode()
    assert receipt.count(";suppressed;erased;") == 2
    assert receipt.startswith("Ref;Name;Mail;Tel;Company;Note;sluice_verdict;")

    landed = whole.path / "landing/partners/acme/list.csv"
    left = landed.read_bytes()
    assert left.count(b"\r\n") == LIST.count("\r\n")
    landed.write_bytes(LIST.encode())
    whole.drop("partners/acme/third.csv", LIST)
    whole.drop(
        "partners/acme/new.csv",
        HEADER + "61;Ida Q.;;+49 (170) 123-4567;;back again\r\n62;Tor Fos;tor@fos.example;;;\r\n",
    )
    whole.run()
    assert landed.read_bytes() == left == (whole.path / "landing/partners/acme/third.csv").read_bytes()
    assert found(whole.path, *GONE, "back again", "(170)") == []
    assert b"suppressed;erased;" in whole.receipt("partners/acme/third.csv")
    assert b"suppressed;erased;" in whole.receipt("partners/acme/new.csv")
    assert dict(whole.table("leads", "full_name", "lead_id")).keys() == {*leads, "Tor Fos"}
    assert verified(whole.path, "erasure")["holds"]
    again = erase_person(whole.path, lead_id=ida)
    assert "already" in again["said"]
    assert again["residual"] == 0
