"""Real lead files, written again as other people's programs would: the table is the same."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter

from sources.readers.content import read
from sources.readers.reading import ReadOptions
from tests.sources.rows import table_rows

pytestmark = pytest.mark.acceptance
ROWS = 1_500
FILES = [
    "olist_funnel/olist_marketing_qualified_leads_dataset.csv",
    "olist_funnel/olist_closed_deals_dataset.csv",
    "xeducation_leads/Lead_Scoring.csv",
]

Table = list[list[str]]


def _csv(table: Table, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)  # type: ignore[arg-type]
    return text.getvalue()


def _workbook(table: Table) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        book.add_worksheet("Read me").write(0, 0, "Leads of the marketplace")
        sheet = book.add_worksheet("Leads")
        for row, line in enumerate(table):
            for column, cell in enumerate(line):
                sheet.write_string(row, column, cell)
    return packed.getvalue()


def _wrapped(table: Table) -> str:
    """Every third line quoted whole, as spreadsheets save lines that they did not split."""
    lines = _csv(table, end="\n").splitlines()
    return "\n".join(
        '"' + line.replace('"', '""') + '"' if number and number % 3 == 0 else line for number, line in enumerate(lines)
    )


#: What Chinese, French and German offices make of a table; a column of their own says in which language.
WRITERS: dict[str, Callable[[Table], bytes]] = {
    "gb18030": lambda table: _csv(_with(table, "备注", "请尽快联系上海贸易有限公司")).encode("gb18030"),
    "big5": lambda table: _csv(_with(table, "備註", "請儘快聯絡臺灣貿易有限公司")).encode("big5"),
    "cp1252": lambda table: _csv(_with(table, "Bemerkung", "Bitte Herrn Müller zurückrufen"), ";").encode("cp1252"),
    "utf-16": lambda table: _csv(table, "\t").encode("utf-16"),
    "semicolons with a mark": lambda table: _csv(table, ";", csv.QUOTE_ALL).encode("utf-8-sig"),
    "wrapped lines": lambda table: _wrapped(table).encode(),
    "old Macintosh": lambda table: _csv(table, end="\r").encode(),
    "title above": lambda table: ("Leads of May;;\r\n\r\n" + _csv(table, ";")).encode(),
    "gzip": lambda table: gzip.compress(_csv(table, "|").encode(), mtime=0),
    "workbook": _workbook,
}


def _with(table: Table, header: str, note: str) -> Table:
    return [[*table[0], header], *[[*line, note] for line in table[1:]]]


def _read(data: bytes) -> tuple[list[str], list[tuple[Any, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        reading = read(path, ReadOptions(), "file", Path(folder), exact=True)
        return reading.headers, [row[1:] for row in table_rows(pa.Table.from_batches(list(reading.batches)))]


@pytest.fixture(scope="module", params=FILES)
def table(request: pytest.FixtureRequest, acceptance_data: Path) -> Table:
    with (acceptance_data / request.param).open(encoding="utf-8-sig", newline="") as stream:
        return [line for line, _ in zip(csv.reader(stream), range(ROWS), strict=False)]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_written_another_way_is_the_same_table(table: Table, writer: str) -> None:
    headers, found = _read(WRITERS[writer](table))
    width = len(table[0])
    assert headers[:width] == table[0]
    assert [row[:width] for row in found] == [tuple(cell or None for cell in line) for line in table[1:]]
