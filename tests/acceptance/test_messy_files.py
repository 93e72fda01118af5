"""Small files of every oddity, collected by two projects that read tables for a living: each is answered.

The files are no leads, so the reader alone answers: what it takes the table to be, and every line that is no row of it.
What a feed needs of the columns comes later; a file whose header is no header then lacks its columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyarrow import parquet as pq

from sources.file_codes import FILE_CODES
from sources.raw import RawFile
from sources.row_codes import ROW_CODES
from tests.sources.rows import rows, take

pytestmark = pytest.mark.acceptance


@dataclass(frozen=True)
class Answer:
    """What a file is answered with.

    Attributes:
        rows: how many rows are read.
        why: of lines that are no rows, or of the whole file, in words.
        columns: how many columns it has.
        header: the line that the column names end in.
        read_as: encoding of a text, sheet of a workbook.
        refused: the code of the file.
        left: line -> code of lines that are no rows.
        mended: lines that were put right.
    """

    rows: int = 0
    columns: int = 0
    why: str = ""
    header: int = 1
    read_as: str = "utf-8"
    refused: str | None = None
    left: dict[int, str] = field(default_factory=dict)
    mended: tuple[int, ...] = ()


RAGGED, TOTAL, NOTE, NUL = "ragged-row", "total-row", "note-row", "nul-byte"

ANSWERS: dict[str, Answer] = {
    "csvkit/Datagov_FY10_EDU_recp_by_State.csv": Answer(
        53, 9, "two title lines above; two notes below", header=3, left={57: NOTE, 58: NOTE}
    ),
    "csvkit/FY09_EDU_Recipients_by_State.csv": Answer(53, 10, "the last column has no name, the last row no value"),
    "csvkit/bad.csv": Answer(1, 3, "four fields, then two", left={2: RAGGED, 3: RAGGED}),
    "csvkit/bad_skip_lines.csv": Answer(1, 3, "notes above; four fields, two", header=4, left={5: RAGGED, 6: RAGGED}),
    "csvkit/blanks.csv": Answer(1, 6),
    "csvkit/date_like_number.csv": Answer(1, 1),
    "csvkit/dummy_col_shuffled_ragged.csv": Answer(1, 4),
    "csvkit/join_short.csv": Answer(2, 5),
    "csvkit/mac_newlines.csv": Answer(2, 3, "lines end in CR, one also inside a field"),
    "csvkit/no_header_row3.csv": Answer(1, 3, "no header, so the first line is taken for it"),
    "csvkit/null_byte.csv": Answer(0, 3, "a NUL byte in its only row", left={2: NUL}),
    "csvkit/optional_quote_characters.csv": Answer(1, 3),
    "csvkit/sheets.xls": Answer(5, 8, "the sheet that looks like a table of things", read_as="data"),
    "csvkit/sheets.xlsx": Answer(5, 8, "the sheet that looks like a table of things", read_as="data"),
    "csvkit/test_empty_columns_long_row.csv": Answer(1, 3, "what is too many is empty"),
    "csvkit/test_empty_columns_short_row.csv": Answer(0, 3, "a field is missing", left={2: RAGGED}),
    "csvkit/test_extra_header.csv": Answer(0, 4, "a field is missing", left={2: RAGGED}),
    "csvkit/test_header_newline.csv": Answer(1, 3, "a name over seven lines", header=7),
    "csvkit/test_latin1.csv": Answer(why="one byte: © in one encoding, Š in another", refused="unknown-encoding"),
    "csvkit/test_locale.csv": Answer(1, 3),
    "csvkit/test_no_leading_zeroes.csv": Answer(1, 3),
    "csvkit/test_numeric_date_format.csv": Answer(2, 1),
    "csvkit/test_skip_lines.csv": Answer(1, 3, "blank lines above", header=4),
    "csvkit/test_skip_lines.xls": Answer(5, 8, "notes above", header=4, read_as="testfixed_converted.csv"),
    "csvkit/test_skip_lines.xlsx": Answer(5, 8, "notes above", header=4, read_as="Sheet1"),
    "csvkit/test_utf16_big.csv": Answer(2, 3, read_as="utf-16-be"),
    "csvkit/test_utf16_little.csv": Answer(2, 3, read_as="utf-16-le"),
    "csvkit/test_utf8.csv": Answer(2, 3),
    "csvkit/test_utf8_bom.csv": Answer(2, 3),
    "frictionless/accent.csv": Answer(2, 17),
    "frictionless/ascii-notvalid.csv": Answer(1, 3),
    "frictionless/blank-cells.csv": Answer(5, 2),
    "frictionless/blank-headers.csv": Answer(2, 3),
    "frictionless/blank-rows-multiple.csv": Answer(13, 3, "rows of empty fields are rows"),
    "frictionless/blank-rows.csv": Answer(3, 3, "a row of empty fields is a row"),
    "frictionless/bom.csv": Answer(2, 2),
    "frictionless/cast-int-to-string-issue-1251.xlsx": Answer(2, 5, read_as="Feuille1"),
    "frictionless/countries-truefalsevalues.csv": Answer(2, 2),
    "frictionless/defective-rows.csv": Answer(0, 3, "two fields, then four", left={2: RAGGED, 3: RAGGED}),
    "frictionless/delimiter.csv": Answer(2, 2),
    "frictionless/doublequote.csv": Answer(5, 17),
    "frictionless/duplicate-column.csv": Answer(1, 4),
    "frictionless/duplicate-headers.csv": Answer(2, 5),
    "frictionless/duplicate-rows.csv": Answer(3, 3, "equal rows are for the feed to count"),
    "frictionless/empty.csv": Answer(why="0 bytes", refused="empty-file"),
    "frictionless/encoding-issue-274.csv": Answer(507, 17),
    "frictionless/escaping.csv": Answer(3, 2, "a backslash before a quotation mark", mended=(4,)),
    "frictionless/invalid.csv": Answer(0, 4, "two, two, five fields", left={2: RAGGED, 3: RAGGED, 5: RAGGED}),
    "frictionless/issue-1009-semicolon.csv": Answer(1, 2),
    "frictionless/issue-1024.xlsx": Answer(
        46, 55, "a header of three rows; two notes below", 12, "IPC", left={62: NOTE, 64: NOTE}
    ),
    "frictionless/issue-1066.csv": Answer(21691, 10, "a stray quotation mark; a delimiter too many", left={36: RAGGED}),
    "frictionless/issue-312.xlsx": Answer(4, 5, "a blank row is none", read_as="invalid"),
    "frictionless/issue-313.xlsx": Answer(2, 5, read_as="Sheet1"),
    "frictionless/issue-320.xlsx": Answer(
        46, 54, "a header of three rows; two notes below", 12, "IPC", left={62: NOTE, 64: NOTE}
    ),
    "frictionless/issue-811.csv": Answer(7904, 26, "names over three lines", header=3, read_as="cp1252"),
    "frictionless/issue-833.csv": Answer(3, 2),
    "frictionless/issue-870.xlsx": Answer(9, 8, read_as="Sheet1"),
    "frictionless/latin1.csv": Answer(why="one byte: © in one encoding, Š in another", refused="unknown-encoding"),
    "frictionless/leading-zeros.csv": Answer(3, 1),
    "frictionless/matrix-with-comment.csv": Answer(4, 4, "a comment above", header=2),
    "frictionless/merged-cells.xls": Answer(why="one cell over all columns", refused="merged-header"),
    "frictionless/merged-cells.xlsx": Answer(why="one cell over all columns", refused="merged-header"),
    "frictionless/multiline-headers.xlsx": Answer(1, 4, "a header of five rows, merged", header=5, read_as="Лист1"),
    "frictionless/number-format-multicode.xlsx": Answer(3, 1, read_as="Sheet1"),
    "frictionless/preserve-formatting.xlsx": Answer(1, 11, read_as="Sheet1"),
    "frictionless/sheets.xlsx": Answer(why="three sheets of one list", refused="sheets-alike"),
    "frictionless/skip-blank-at-the-end.csv": Answer(1, 2, "a comment below the header", left={2: RAGGED}),
    "frictionless/skip-rows-before-headers.csv": Answer(2, 2, "a comment above", header=2),
    "frictionless/skip-rows.xlsx": Answer(1, 2, "a title, a total", header=2, read_as="Sheet 1", left={4: TOTAL}),
    "frictionless/structure-errors.csv": Answer(3, 3, "six fields; a row of empty ones is a row", left={5: RAGGED}),
    "frictionless/table-infer-iso-8859-7.csv": Answer(4, 3, read_as="cp1253"),
    "frictionless/table-unicode-headers.csv": Answer(2, 2),
    "frictionless/table-with-accents.csv": Answer(638, 8, read_as="cp1252"),
    "frictionless/table-with-booleans.xls": Answer(2, 2, read_as="Лист1"),
    "frictionless/table-with-ints-floats-dates.xls": Answer(3, 3, read_as="Лист1"),
    "frictionless/timezone-with-id.csv": Answer(4, 3),
    "frictionless/timezone.csv": Answer(4, 2),
    "frictionless/without-headers.csv": Answer(2, 2, "no header, so the first line is taken for it"),
    "frictionless/without-rows.csv": Answer(0, 2),
    "frictionless/Таблица.csv": Answer(2, 2),
}


def answered(file: RawFile, why: str) -> Answer:
    """What the reader says of a file."""
    if file.refused:
        return Answer(why=why, refused=file.refused["code"])
    table = pq.read_table(file.rows_path, columns=["line_no", "problem", "detail"]).to_pylist()
    left = {row["line_no"]: row["problem"] for row in table if row["problem"]}
    return Answer(
        rows=len(table) - len(left),
        columns=len(file.headers),
        why=why,
        header=file.dialect.get("header_end_line", file.dialect["header_line"]),
        read_as=file.encoding or file.dialect["sheet"],
        left=left,
        mended=tuple(row["line_no"] for row in table if row["detail"] and not row["problem"]),
    )


def read(acceptance_data: Path, folder: Path, name: str) -> RawFile:
    return take(folder, (acceptance_data / "messy_files" / name).read_bytes(), Path(name).name)


def test_no_file_is_left_out(acceptance_data: Path) -> None:
    folder = acceptance_data / "messy_files"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(ANSWERS)
    assert all(answer.why for answer in ANSWERS.values() if answer.refused or answer.left or answer.mended)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_file_is_answered(acceptance_data: Path, tmp_path: Path, name: str) -> None:
    file = read(acceptance_data, tmp_path, name)
    assert answered(file, ANSWERS[name].why) == ANSWERS[name]
    if file.refused:
        assert file.refused["code"] in FILE_CODES
        assert "?" not in file.refused["en"] + file.refused["zh"]
    assert set(ANSWERS[name].left.values()) <= set(ROW_CODES)


@pytest.mark.parametrize(
    ("name", "headers", "first"),
    [
        ("csvkit/mac_newlines.csv", ["a", "b", "c"], (2, "1", "2", "3")),
        ("csvkit/blanks.csv", ["a", "b", "c", "d", "e", "f"], (2, None, "NA", "N/A", "NONE", "NULL", ".")),
        ("csvkit/test_no_leading_zeroes.csv", ["a", "b", "c"], (2, "01", "00.11", "0.1")),
        ("frictionless/issue-833.csv", ["id", "value"], (2, "1", '["a"]')),
        ("frictionless/leading-zeros.csv", ["value"], (2, "01")),
        ("frictionless/escaping.csv", ["ID", "Test"], (2, "1", "Test line 1")),
        ("frictionless/table-infer-iso-8859-7.csv", ["id", "age", "name"], (2, "1", "39", "Λεωνιδας")),
        ("frictionless/table-with-booleans.xls", ["id", "boolean"], (2, "1", "true")),
        ("frictionless/table-with-ints-floats-dates.xls", ["Int", "Float", "Date"], (2, "2013", "3.3", "2009-08-16")),
        ("frictionless/invalid.csv", ["id", "name", "column 3", "name"], (2, "ragged-row")),
        (
            "frictionless/multiline-headers.xlsx",
            ["Region", "Caloric contribution (%)", "from previous quarter", "from baseline (%)"],
            (6, "A", "B", "C", "D"),
        ),
    ],
)
def test_cells_are_what_a_reader_of_the_file_sees(
    acceptance_data: Path, tmp_path: Path, name: str, headers: list[str], first: tuple[object, ...]
) -> None:
    file = read(acceptance_data, tmp_path, name)
    assert (file.headers, rows(file)[0]) == (headers, first)


def test_sheets_that_were_left_are_named(acceptance_data: Path, tmp_path: Path) -> None:
    assert read(acceptance_data, tmp_path, "csvkit/sheets.xlsx").dialect["other_sheets"] == {"ʤ": 2}
