"""The answer to a file: what it says of each line, and that it can be mended and dropped back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from serving.receipt_proofs import receipt_findings
from tests.serving.whole import Whole

KEYED = {"columns": {"full_name": "Name", "email": "E-Mail", "company": "Firma"}, "key": ["Nr"]}
ROWS = [
    ["Nr", "Name", "E-Mail", "Firma"],
    ["1", "Anna Berg", "ANNA@berg.example", "Berg; Söhne"],
    ["2", "Bo\nLind", "bo@lind.example", "Lind AB"],
    ["3", "Cy Nobody", "", "=HYPERLINK(1)"],
]
FIXED = "cy@nobody.example"


@pytest.fixture(autouse=True, scope="module")
def files_that_are_still_at_once() -> Iterator[None]:
    """A run looks at each file twice; these are written before it looks at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.landing.STILL_SECONDS", 0)
        yield


def delimited(delimiter: str, encoding: str, line_end: str = "\r\n") -> Callable[[list[list[str]]], bytes]:
    def write(rows: list[list[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
        return text.getvalue().encode(encoding)

    return write


def read_delimited(delimiter: str, encoding: str) -> Callable[[bytes], list[list[str]]]:
    return lambda data: list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Leads"
    for row in rows:
        page.append(row)
        for cell in page[page.max_row]:
            cell.data_type = "s" if cell.value else cell.data_type
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_workbook(data: bytes) -> list[list[str]]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [[str(cell) for cell in row] for row in rows]


def document(rows: list[list[str]]) -> bytes:
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return json.dumps({"data": {"rows": records}}, ensure_ascii=False, indent=1).encode()


def lines(rows: list[list[str]]) -> bytes:
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def flat(records: list[dict[str, Any]]) -> list[list[str]]:
    """Records with their object `sluice` as rows with a header, as the readers of tables give them."""
    told = [{**record, **{f"sluice_{k}": v or "" for k, v in record.pop("sluice").items()}} for record in records]
    return [list(told[0]), *[list(record.values()) for record in told]]


KINDS: dict[str, tuple[str, Callable[..., bytes], Callable[[bytes], list[list[str]]], dict[str, Any]]] = {
    "gb18030": ("a.csv", delimited(";", "gb18030"), read_delimited(";", "gb18030"), {"encoding": "gb18030"}),
    "utf16": ("a.tsv", delimited("\t", "utf-16"), read_delimited("\t", "utf-16"), {}),
    "xlsx": ("a.xlsx", workbook, read_workbook, {}),
    "json": (
        "a.json",
        document,
        lambda data: flat(json.loads(data)["data"]["rows"]),
        {"records": "$.data.rows"},
    ),
    "jsonl": ("a.jsonl", lines, lambda data: flat([json.loads(line) for line in data.splitlines()]), {}),
}


def mended(kind: str, data: bytes) -> bytes:
    """A receipt with the missing address of the third line filled in, all else as it is."""
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        book["Leads"].cell(4, 3).value = FIXED
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()
    encoding = {"gb18030": "gb18030", "utf16": "utf-16"}.get(kind, "utf-8")
    text = data.decode(encoding)
    for before, after in (
        ("Cy Nobody;;", f"Cy Nobody;{FIXED};"),
        ("Cy Nobody\t\t", f"Cy Nobody\t{FIXED}\t"),
        ('"Cy Nobody", "E-Mail": ""', f'"Cy Nobody", "E-Mail": "{FIXED}"'),
        ('"Cy Nobody",\n    "E-Mail": ""', f'"Cy Nobody",\n    "E-Mail": "{FIXED}"'),
    ):
        text = text.replace(before, after)
    return text.encode(encoding)


def column(rows: list[list[str]], name: str) -> list[str]:
    at = max(place for place, header in enumerate(rows[0]) if header == name)  # the last is the newest answer
    return [str(row[at]) for row in rows[1:]]


def holds(whole: Whole) -> None:
    with whole.scope() as scope:
        findings = receipt_findings(scope)
    assert all(finding.passed for finding in findings), findings


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("identical", ["keyed", "duplicate", "keep"])
def test_of_a_mended_receipt_only_what_was_mended_counts(tmp_path: Path, kind: str, identical: str) -> None:
    name, write, read, reading = KINDS[kind]
    whole = Whole.made(tmp_path / "home")
    feed = KEYED | reading | ({} if identical == "keyed" else {"key": [], "identical": identical})
    whole.feed("acme", **feed)
    whole.drop(f"partners/acme/{name}", write(ROWS))
    assert whole.answer(received_at="2026-06-01") == [f"partners/acme/{name}"]
    first = whole.receipt(f"partners/acme/{name}")
    rows = read(first)
    assert [row[:4] for row in rows] == ROWS
    assert column(rows, "sluice_verdict") == ["accepted", "accepted", "rejected"]
    assert column(rows, "sluice_code")[2] == "no-contact"
    assert column(rows, "sluice_repairs")[0] == "E-Mail: written as one address (was ANNA@berg.example)"
    leads = whole.table("lead_identities", "lead_id")
    assert sorted(filter(None, column(rows, "sluice_lead_id"))) == leads
    whole.drop(f"partners/acme/back_{name}", mended(kind, first))
    whole.answer(received_at="2026-06-02")
    again = read(whole.receipt(f"partners/acme/back_{name}")) if "json" not in kind else None
    if again is not None:
        assert column(again, "sluice_verdict") == ["duplicate", "duplicate", "accepted"]
        assert (
            column(again, "sluice_reason")[0]
            == f"The same row came before (partners/acme/{name}, line 2); it counts once."
        )
    told = dict(whole.table("source_files", "path", "rows_accepted"))
    assert told == {f"partners/acme/{name}": 2, f"partners/acme/back_{name}": 1}
    assert len(whole.table("lead_identities", "lead_id")) == 3
    assert set(leads) < set(whole.table("lead_identities", "lead_id"))
    holds(whole)


def test_equal_rows_of_a_feed_that_keeps_them_do_not_count_again_in_a_receipt(tmp_path: Path) -> None:
    whole = Whole.made(tmp_path / "home")
    whole.feed("fair", columns={"full_name": "Name"}, require=[], identical="keep")
    whole.drop("partners/fair/a.csv", "Name,Ort\nAnna,Ulm\nAnna,Ulm\nBo,Bonn\n")
    whole.answer(received_at="2026-06-01")
    receipt = whole.receipt("partners/fair/a.csv").decode().splitlines()
    whole.drop("partners/fair/b.csv", "\n".join([*receipt, receipt[1]]))
    whole.answer(received_at="2026-06-02")
    verdicts = column(read_delimited(",", "utf-8")(whole.receipt("partners/fair/b.csv")), "sluice_verdict")
    assert verdicts == ["duplicate", "duplicate", "duplicate", "accepted"]
    assert dict(whole.table("source_files", "path", "rows_accepted")) == {
        "partners/fair/a.csv": 3,
        "partners/fair/b.csv": 1,
    }
    assert len(set(whole.table("lead_records", "record_id"))) == 4
    holds(whole)
