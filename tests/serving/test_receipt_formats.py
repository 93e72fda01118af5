"""A receipt in the format of its file, for every format there is: issued, checked, mended, dropped back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from python_calamine import CalamineWorkbook

from serving.receipt_proofs import receipt_findings
from tests.serving.old_workbook import old_workbook
from tests.serving.whole import Whole

HEADER = ["编号", "姓名", "邮箱", "公司"]
FORMULA = "=HYPERLINK(1)"
Rows = list[list[str]]


def rows_of(kind: str) -> Rows:
    """Two lines that can be used and one that cannot; keys differ from format to format."""
    return [
        HEADER,
        [f"{kind}1", "王小红", f"A.{kind}@berg.example", "北京华信; 科技有限公司"],
        [f"{kind}2", "Bo Lind", f"bo.{kind}@lind.example", FORMULA],
        [f"{kind}3", "Cy Nobody", "", "-2+3 AG"],
    ]


def delimited(delimiter: str, encoding: str, line_end: str) -> Callable[[Rows], bytes]:
    def write(rows: Rows) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
        return (("Leads\n\n" if delimiter == "|" else "") + text.getvalue()).encode(encoding)

    return write


def read_delimited(delimiter: str, encoding: str) -> Callable[[bytes], Rows]:
    def read(data: bytes) -> Rows:
        text = data.decode(encoding).removeprefix("Leads\n\n")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))

    return read


def packed(write: Callable[[Rows], bytes]) -> Callable[[Rows], bytes]:
    def zipped(rows: Rows) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("May/leads.csv", write(rows))
        return stream.getvalue()

    return zipped


def records(rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def flat(found: list[dict[str, Any]]) -> Rows:
    """Records with their object `sluice` as rows with a header, as the readers of tables give them."""
    told = [({f"sluice_{name}": text or "" for name, text in one.pop("sluice").items()}, one) for one in found]
    rows = [{**one, **answer} for answer, one in told]
    return [list(rows[0]), *[list(row.values()) for row in rows]]


def workbook(rows: Rows) -> bytes:
    """A workbook with looks: bold coloured header, wide column, frozen pane, filter, comment, a second sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Leads"
    for row in rows:
        page.append(row)
        for cell in page[page.max_row]:
            cell.data_type = "s" if cell.value else cell.data_type
    for cell in page[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFCC00")
    page.column_dimensions["B"].width = 33
    page.freeze_panes = "A2"
    page.auto_filter.ref = "A1:D4"
    page["B2"].comment = Comment("met at the fair", "Ida")
    book.create_sheet("Notes")["A1"] = "kept"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def open_document(rows: Rows) -> bytes:
    """A spreadsheet as OpenOffice writes it."""
    from xml.sax.saxutils import escape

    cells = [
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        for row in rows
    ]
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Leads">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return stream.getvalue()


def read_workbook(data: bytes) -> Rows:
    found = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Leads").to_python(skip_empty_area=False)
    return [[str(cell) for cell in row] for row in found]


def parquet(rows: Rows) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records(rows)), stream)
    return stream.getvalue()


def read_parquet(data: bytes) -> Rows:
    table = pq.read_table(pa.BufferReader(data))
    return [table.column_names, *[[cell or "" for cell in row.values()] for row in table.to_pylist()]]


def posts(rows: Rows) -> bytes:
    return "".join(urlencode(record) + "\n" for record in records(rows)).encode()


def read_posts(data: bytes) -> Rows:
    found = [dict(parse_qsl(line, keep_blank_values=True)) for line in data.decode().splitlines()]
    return [list(found[0]), *[list(one.values()) for one in found]]


@dataclass(frozen=True)
class Kind:
    """A format: the name a file is dropped under, that of its receipt, and how both are written and read."""

    name: str
    write: Callable[[Rows], bytes]
    read: Callable[[bytes], Rows]
    receipt: str = ""

    @property
    def answered(self) -> str:
        return self.receipt or self.name


COMMA = (delimited(",", "utf-8", "\n"), read_delimited(",", "utf-8"))
KINDS = {
    "comma": Kind("a.csv", *COMMA),
    "bom": Kind("bom.csv", delimited(",", "utf-8-sig", "\r\n"), read_delimited(",", "utf-8-sig")),
    "gb18030": Kind("gb.csv", delimited(";", "gb18030", "\r\n"), read_delimited(";", "gb18030")),
    "hz": Kind("hz.csv", delimited(",", "hz", "\n"), read_delimited(",", "hz")),
    "utf16": Kind("u.tsv", delimited("\t", "utf-16", "\r\n"), read_delimited("\t", "utf-16")),
    "titled": Kind("t.txt", delimited("|", "utf-8", "\n"), read_delimited("|", "utf-8")),
    "gzip": Kind(
        "g.csv.gz", lambda rows: gzip.compress(COMMA[0](rows), mtime=0), lambda data: COMMA[1](gzip.decompress(data))
    ),
    "zip": Kind("z.zip", packed(COMMA[0]), COMMA[1], "z.zip/May/leads.csv"),
    "jsonl": Kind(
        "l.jsonl",
        lambda rows: "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records(rows)).encode(),
        lambda data: flat([json.loads(line) for line in data.splitlines()]),
    ),
    "json": Kind(
        "d.json",
        lambda rows: json.dumps(records(rows), ensure_ascii=False, indent=1).encode(),
        lambda data: flat(json.loads(data)),
    ),
    "xlsx": Kind("b.xlsx", workbook, read_workbook),
    "xls": Kind("x.xls", old_workbook, read_workbook, "x.xlsx"),
    "ods": Kind("o.ods", open_document, read_workbook, "o.xlsx"),
    "parquet": Kind("p.parquet", parquet, read_parquet),
    "form": Kind("f.txt", posts, read_posts),
}


@dataclass
class World:
    """One home into which a file of every format was dropped, each receipt with its third line mended, and the receipt
    of that as it is.
    """

    whole: Whole
    first: dict[str, bytes]
    second: dict[str, bytes]
    third: dict[str, bytes]


def column(rows: Rows, name: str) -> list[str]:
    at = max(place for place, header in enumerate(rows[0]) if header == name)
    return [row[at] if at < len(row) else "" for row in rows[1:]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    whole = Whole.made(tmp_path_factory.mktemp("formats") / "home")
    columns = {"full_name": "姓名", "email": "邮箱", "company": "公司"}
    whole.feed("fair", match="partners/fair/**", language="zh", columns=columns, key=["编号"])
    receipts = whole.path / "out" / "receipts" / "partners" / "fair"

    def dropped(folder: str, files: dict[str, bytes], received_at: str) -> dict[str, bytes]:
        """The receipts of files, by format."""
        flat_names = {kind: one.answered.replace("/", "_") if folder else one.name for kind, one in KINDS.items()}
        for kind, data in files.items():
            whole.drop(f"partners/fair/{folder}{flat_names[kind]}", data)
        whole.answer(received_at=received_at)
        answered = {kind: flat_names[kind] if folder else one.answered for kind, one in KINDS.items()}
        return {kind: (receipts / f"{folder}{name}").read_bytes() for kind, name in answered.items()}

    first = dropped("", {kind: one.write(rows_of(kind)) for kind, one in KINDS.items()}, "2026-06-01")
    assert whole.rejects() == sorted(f"partners/fair/{one.answered}" for one in KINDS.values())
    second = dropped("back/", {kind: mended(kind, data) for kind, data in first.items()}, "2026-06-02")
    third = dropped("again/", second, "2026-06-03")
    return World(whole, first, second, third)


def mended(kind: str, data: bytes) -> bytes:
    """A receipt with the missing address of the third line filled in, all else as it is."""
    address = f"cy.{kind}@nobody.example"
    if kind in {"xlsx", "xls", "ods"}:
        book = openpyxl.load_workbook(io.BytesIO(data))
        book["Leads"]["C4"] = address
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
    if kind == "parquet":
        rows = pq.read_table(pa.BufferReader(data)).to_pylist()
        rows[2]["邮箱"] = address
        stream = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), stream)
        return stream.getvalue()
    plain = gzip.decompress(data) if kind == "gzip" else data
    encoding = {"gb18030": "gb18030", "utf16": "utf-16"}.get(kind, "utf-8")
    text = plain.decode(encoding)
    changed = text
    for before, after in (
        ('"Cy Nobody"{d}""', '"Cy Nobody"{d}"{address}"'),
        ('"Cy Nobody", "邮箱": ""', '"Cy Nobody", "邮箱": "{address}"'),
        ('"Cy Nobody",\n  "邮箱": ""', '"Cy Nobody",\n  "邮箱": "{address}"'),
        ("=Cy+Nobody&%E9%82%AE%E7%AE%B1=&", "=Cy+Nobody&%E9%82%AE%E7%AE%B1={address}&"),
    ):
        for delimiter in ",;\t|":
            told = {"d": delimiter, "address": address}
            changed = changed.replace(before.replace("{d}", delimiter), after.format(**told))
    assert changed != text
    raw = changed.encode(encoding)
    return gzip.compress(raw, mtime=0) if kind == "gzip" else raw


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_answered_in_the_format_of_the_file_and_stays_as_it_was(world: World, kind: str) -> None:
    rows = KINDS[kind].read(world.first[kind])
    assert [row[:4] for row in rows] == rows_of(kind)
    assert rows[0][4:11] == [
        *("sluice_verdict", "sluice_code", "sluice_reason", "sluice_repairs", "sluice_lead_id", "sluice_grade"),
        "sluice_promoted",
    ]
    assert column(rows, "sluice_verdict") == ["accepted", "accepted", "rejected"]
    assert column(rows, "sluice_code") == ["", "", "no-contact"]
    assert column(rows, "sluice_reason") == ["", "", "没有电子邮箱,也没有电话号码,无法联系此人。请至少填写一项。"]
    assert column(rows, "sluice_repairs") == [f"邮箱:已规范为标准邮箱(原为 A.{kind}@berg.example)", "", ""]
    assert [bool(lead) for lead in column(rows, "sluice_lead_id")] == [True, True, False]
    assert column(rows, "sluice_promoted") == ["no", "no", "no"]


@pytest.mark.parametrize("kind", ["comma", "bom", "gb18030", "utf16", "titled", "zip"])
def test_lines_of_text_begin_with_the_original_bytes(world: World, kind: str) -> None:
    write = COMMA[0] if kind == "zip" else KINDS[kind].write
    encoding = {"gb18030": "gb18030", "utf16": "utf-16-le", "bom": "utf-8-sig"}.get(kind, "utf-8")
    mark = "\n".encode(encoding.removesuffix("-sig"))
    before, after = write(rows_of(kind)).split(mark), world.first[kind].split(mark)
    assert len(before) == len(after)
    for original, answered in zip(before, after, strict=True):
        assert answered.startswith(original.removesuffix("\r".encode(encoding.removesuffix("-sig"))))


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_mended_receipt_only_the_mended_line_counts(world: World, kind: str) -> None:
    name = KINDS[kind].answered.replace("/", "_")
    told = dict(world.whole.table("source_files", "path", "rows_accepted"))
    assert [told[f"partners/fair/{folder}/{name}"] for folder in ("back", "again")] == [1, 0]
    second, third = (
        column(KINDS[kind].read(data), "sluice_verdict") for data in (world.second[kind], world.third[kind])
    )
    assert second == ["duplicate", "duplicate", "accepted"]
    assert third == ["duplicate"] * 3


def test_the_proof_holds_for_every_format(world: World) -> None:
    with world.whole.scope() as scope:
        findings = receipt_findings(scope)
    assert all(finding.passed for finding in findings), findings


def test_rejects_hold_the_rejected_line_alone_in_every_format(world: World) -> None:
    folder = world.whole.path / "out" / "rejects" / "partners" / "fair"
    for kind, one in KINDS.items():
        data = (folder / one.answered).read_bytes()
        rows = one.read(data)
        assert [row[:4] for row in rows[1:]] == rows_of(kind)[3:], kind
        assert column(rows, "sluice_code") == ["no-contact"]


def test_a_workbook_keeps_its_looks(world: World) -> None:
    book = openpyxl.load_workbook(io.BytesIO(world.first["xlsx"]))
    page = book["Leads"]
    assert book.sheetnames == ["Leads", "Notes"]
    assert book["Notes"]["A1"].value == "kept"
    assert [(cell.font.bold, cell.fill.fgColor.rgb) for cell in page[1][:4]] == [(True, "00FFCC00")] * 4
    assert (page.column_dimensions["B"].width, page.freeze_panes, page.auto_filter.ref) == (33, "A2", "A1:D4")
    assert page["B2"].comment.text == "met at the fair"
    assert (page["D3"].value, page["D3"].data_type) == (FORMULA, "s")
    assert all(cell.data_type in {"s", "n"} for row in page.rows for cell in row)
