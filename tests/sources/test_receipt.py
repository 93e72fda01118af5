"""Receipts: strip what was appended and the original is back; nothing in them runs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from python_calamine import CalamineWorkbook

from sources.original_text import record_spans
from sources.raw import RawFile
from sources.receipt import write_receipt, write_rejects
from tests.sources.rows import rows, take
from tests.sources.test_readers import CHINESE, TABLE, workbook
from tests.sources.test_shapes import ods


def answers(file: RawFile, reason: str = "", english: str = "") -> pd.DataFrame:
    numbers = record_spans(file)
    return pd.DataFrame(
        {
            "line_no": numbers,
            "sluice_verdict": [f"v{number}" for number in numbers],
            "sluice_reason": [reason] * len(numbers),
            "sluice_reason_en": [english] * len(numbers),
        }
    )


def receipt(
    tmp_path: Path, data: bytes, name: str = "x.csv", reason: str = "", english: str = "", **options: Any
) -> bytes:
    file = take(tmp_path, data, name, **options)
    return write_receipt(file, answers(file, reason, english), tmp_path / "out" / name).read_bytes()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"id,name\r\n1,Anna\r\n2,Bob", b"id,name,sluice_verdict,sluice_reason\r\n1,Anna,v2,\r\n2,Bob,v3,"),
        (b'id;n\n1;"a\nb"\n\n2;c\n', b'id;n;sluice_verdict;sluice_reason\n1;"a\nb";v2;\n\n2;c;v5;\n'),
        (b"Title\n\nid,n,m\n1,2,3\n", b"Title\n\nid,n,m,sluice_verdict,sluice_reason\n1,2,3,v4,\n"),
        (b"a,b\r1,2\r", b"a,b,sluice_verdict,sluice_reason\r1,2,v2,\r"),
        (
            b"a,b\n1\n2,3\n3,,\n",
            b"a,b,sluice_field_3,sluice_verdict,sluice_reason,sluice_fields\n1,,,v2,,1\n2,3,,v3,,\n3,,,v4,,\n",
        ),
        (
            b'id;name\n1;"2;2";3;4\n2\n3;c\n',
            b"id;name;sluice_field_3;sluice_field_4;sluice_verdict;sluice_reason;sluice_fields\n"
            b'1;"2;2";3;4;v2;;4\n2;;;;v3;;1\n3;c;;;v4;;\n',
        ),
        (b"a,b\n", b"a,b,sluice_verdict,sluice_reason\n"),
        (b"a,b\r\n1,2\r\n\x1a", b"a,b,sluice_verdict,sluice_reason\r\n1,2,v2,\r\n\x1a"),
    ],
)
def test_lines_are_unchanged_and_columns_stand_behind_them(tmp_path: Path, data: bytes, expected: bytes) -> None:
    assert receipt(tmp_path, data) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030"])
def test_a_receipt_keeps_the_encoding(tmp_path: Path, encoding: str) -> None:
    answered = receipt(tmp_path, CHINESE.encode(encoding), reason="邮箱无效", english="bad e-mail")
    lines = answered.decode(encoding).splitlines()
    assert lines[0].lstrip("\ufeff") == "编号,姓名,邮箱,sluice_verdict,sluice_reason"
    assert lines[2] == '002,"李明,经理",li@example.cn,v3,邮箱无效'


def test_a_reason_the_encoding_cannot_write_falls_back_to_english(tmp_path: Path) -> None:
    data = "id,name\n1,Müller\n".encode("cp1252")
    assert receipt(tmp_path, data, reason="邮箱无效", english="bad e-mail", encoding="cp1252").endswith(
        b"v2,bad e-mail\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@x", "\t=1", "\r=1", "\n=1", "=1"])
def test_no_appended_text_runs_as_a_formula(tmp_path: Path, text: str) -> None:
    answered = receipt(tmp_path, b"id,n\n1,2\n", reason=text)
    cell = next(iter(csv.reader(io.StringIO(answered.decode()[answered.index(b"\n") + 1 :]))))[-1]
    assert cell[0] in "' "
    assert not cell.strip().startswith(("=", "+", "-", "@", "="))


def test_a_gzipped_file_gets_a_gzipped_receipt(tmp_path: Path) -> None:
    assert gzip.decompress(receipt(tmp_path, gzip.compress(b"a,b\n1,2\n"), "x.csv.gz")).endswith(b"1,2,v2,\n")


FIELD = st.text(st.sampled_from('ab ",;\n\r王é='), max_size=6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-16", "gb18030", "utf-8-sig"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_stripping_the_answer_gives_the_original_bytes(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], encoding: str, delimiter: str, line_end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("k", "编号", "值"), *(("k", *row) for row in cells)])
    data = text.getvalue().encode(encoding)
    folder = tmp_path_factory.mktemp("receipt")
    file = take(folder, data, delimiter=delimiter, encoding=None if encoding != "gb18030" else encoding)
    assert file.refused is None
    assert file.rows == len(cells)
    answered = write_receipt(file, answers(file, "ok"), folder / "x.csv").read_bytes().decode(encoding)
    for number in record_spans(file):
        answered = answered.replace(f"{delimiter}v{number}{delimiter}ok", "", 1)
    answered = answered.replace(f"{delimiter}sluice_verdict{delimiter}sluice_reason", "", 1)
    assert answered.encode(encoding) == data


@pytest.mark.parametrize("note", ["Exported on 2026-05-31", "Exported on 2026-05-31,,", "Only by phone", "Page: 1,,"])
@pytest.mark.parametrize("fast_from", [0, 1 << 30])
def test_notes_below_a_table_are_answered_unchanged_and_are_notes_in_the_receipt_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: str, fast_from: int
) -> None:
    monkeypatch.setattr("sources.readers.reading.FAST_FROM_BYTES", fast_from)
    table = "name,email,city\nAnna,a@x.de,Ulm\nBob,b@x.de,Bonn\n"
    file = take(tmp_path, f"{table}\n{note}\n".encode())
    assert rows(file)[-1] == (5, "note-row")
    answered = write_receipt(file, answers(file, "r"), tmp_path / "receipt.csv")
    whole, number = (note, "") if "," in note else (f"{note},,", ",1")
    assert answered.read_text(encoding="utf-8").splitlines()[3:] == ["", f"{whole},v5,r{number}"]
    again = take(tmp_path / "again", answered.read_bytes())
    assert rows(again) == rows(file)
    assert again.dialect["footer_lines"] == [5, 1]


def test_json_records_gain_an_object_and_keep_their_text(tmp_path: Path) -> None:
    data = b'{"data": {"rows": [ {"a": 1.10 }, {} ]}, "x": 1}'
    answered = receipt(tmp_path, data, "x.json", reason="r", records="$.data.rows").decode()
    assert answered == (
        '{"data": {"rows": [ {"a": 1.10,"sluice":{"verdict": "v1", "reason": "r"}}, '
        '{"sluice":{"verdict": "v2", "reason": "r"}} ]}, "x": 1}'
    )


def test_json_lines_gain_an_object_each_even_where_they_are_broken(tmp_path: Path) -> None:
    answered = receipt(tmp_path, b'{"a":1}\n\n{oops\n{"a":"\xe7\x8e\x8b"}', "x.jsonl").decode().split("\n")
    assert answered[0] == '{"a":1,"sluice":{"verdict": "v1", "reason": null}}'
    assert json.loads(answered[2]) == {"line": "{oops", "sluice": {"verdict": "v3", "reason": None}}
    assert json.loads(answered[3])["a"] == "王"


@pytest.mark.parametrize("looks_kept", [True, False])
def test_workbook_values_are_equal_and_answered_beside(
    tmp_path: Path, looks_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looks_kept:
        monkeypatch.setattr("sources.receipt_workbooks.FORMATTED_CELLS", 0)
    data = workbook(("Notes", [["=not a formula?"], [1]]), ("Leads", [["May"], *TABLE]))
    file = take(tmp_path, data, "x.xlsx", sheet="Leads")
    path = write_receipt(file, answers(file, "=1+1"), tmp_path / "x.xlsx")
    before, after = (CalamineWorkbook.from_filelike(io.BytesIO(b)) for b in (data, path.read_bytes()))
    assert after.sheet_names == before.sheet_names
    old = before.get_sheet_by_name("Leads").to_python(skip_empty_area=False)
    new = after.get_sheet_by_name("Leads").to_python(skip_empty_area=False)
    assert [row[:4] for row in new] == [(row + [""] * 4)[:4] for row in old]
    assert [row[4:] for row in new[1:]] == [["sluice_verdict", "sluice_reason"], ["v3", "'=1+1"], ["v4", "'=1+1"]]
    cell = openpyxl.load_workbook(path)["Leads"]["F3"]
    assert (cell.data_type, cell.value) == ("s", "'=1+1")


@pytest.mark.parametrize(
    ("name", "data", "options", "expected"),
    [
        (
            "x.csv",
            b'Title\r\nid;n\r\n1;"a\r\nb"\r\n\r\n2;c\r\n3;d',
            {},
            b'Title\r\nid;n;sluice_code;sluice_reason\r\n1;"a\r\nb";bad;why\r\n3;d;bad;why',
        ),
        ("x.jsonl", b'{"a":1}\n{"a":2}\n{oops\n', {}, b'{"a":1,"sluice":{"code": "bad", "reason": "why"}}\n'
         b'{"line":"{oops","sluice":{"code": "bad", "reason": "why"}}\n'),
        ("x.json", b'{"d":{"rows":[{"a":1},{"a":2},7]},"n":3}', {"records": "$.d.rows"},
         b'{"d":{"rows":[{"a":1,"sluice":{"code": "bad", "reason": "why"}},'
         b'{"line":"7","sluice":{"code": "bad", "reason": "why"}}]}}'),
        ("x.json", b'{"n":3,"rows":[{"a":1},{"a":2},{"a":3}]}', {"records": ("$.d.rows", "$.rows", "$")},
         b'{"rows":[{"a":1,"sluice":{"code": "bad", "reason": "why"}},'
         b'{"a":3,"sluice":{"code": "bad", "reason": "why"}}]}'),
        ("x.json", b'{"d":{"a":1}}\n{"d":{"a":2}}\n{"a":3}\n', {"records": ("$.d", "$")},
         b'{"d":[{"a":1,"sluice":{"code": "bad", "reason": "why"}}]}\n'
         b'[{"a":3,"sluice":{"code": "bad", "reason": "why"}}]'),
    ],
)  # fmt: skip
def test_rejects_hold_the_rejected_lines_only_and_can_be_read_as_the_file_was(
    tmp_path: Path, name: str, data: bytes, options: dict[str, Any], expected: bytes
) -> None:
    file = take(tmp_path, data, name, **options)
    numbers = [record_spans(file)[at] for at in (0, 2)]
    told = pd.DataFrame({"line_no": numbers, "sluice_code": ["bad"] * 2, "sluice_reason": ["why"] * 2})
    written = write_rejects(file, told, tmp_path / "out" / name).read_bytes()
    assert written == expected
    back = take(tmp_path / "back", written, name, **options)
    assert (back.refused, back.headers, back.rows) == (None, file.headers, 2)
    assert back.ignored_headers
    before, after = rows(file), rows(back)
    assert [row[1:] for row in after] == [before[at][1:] for at in (0, 2)]


def test_a_workbook_whose_list_of_parts_is_damaged_is_answered_by_its_values(tmp_path: Path) -> None:
    """Calamine finds the sheet without the list; openpyxl raises an OSError, which is no trouble of the disk."""
    damaged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("Leads", TABLE)))) as book, zipfile.ZipFile(damaged, "w") as copy:
        for name in book.namelist():
            part = book.read(name)
            copy.writestr(name, part.replace(b"sheet.main+xml", b"shoot.main+xml") if "Content_Types" in name else part)
    with pytest.raises(OSError, match="no valid workbook part"):
        openpyxl.load_workbook(io.BytesIO(damaged.getvalue()))
    file = take(tmp_path, damaged.getvalue(), "x.xlsx")
    path = write_receipt(file, answers(file), tmp_path / "out" / "x.xlsx")
    page = CalamineWorkbook.from_path(path).get_sheet_by_name("Leads").to_python()
    assert [row[-2] for row in page] == ["sluice_verdict", *(f"v{number}" for number in record_spans(file))]


LONG_NAME = "Everybody who came to our stand in Hall 4 on Friday"


def test_a_sheet_whose_name_is_too_long_for_excel_is_answered_under_its_beginning(tmp_path: Path) -> None:
    file = take(tmp_path, ods([["id", "name"], ["1", "Ann"], ["2", "Bo"]], LONG_NAME), "x.ods")
    path = write_receipt(file, answers(file), tmp_path / "out" / "x.ods")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Everybody who came to our stand"]
    assert [[cell.value for cell in row][:3] for row in book.active] == [
        ["id", "name", "sluice_verdict"], ["1", "Ann", "v2"], ["2", "Bo", "v3"]
    ]  # fmt: skip


@pytest.mark.parametrize("small", [True, False])
def test_of_two_sheets_of_one_name_the_one_that_was_read_is_answered(
    tmp_path: Path, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small:
        monkeypatch.setattr("sources.receipt_workbooks.FORMATTED_CELLS", 0)
    broken = io.BytesIO()
    sheets = [("Leads", [["id", "name"], ["1", "Ann"]]), ("Leadz", [["x", "y"], ["3", "Cy"]])]
    with zipfile.ZipFile(io.BytesIO(workbook(*sheets))) as book, zipfile.ZipFile(broken, "w") as copy:
        for name in book.namelist():
            copy.writestr(name, book.read(name).replace(b"Leadz", b"Leads"))
    file = take(tmp_path, broken.getvalue(), "x.xlsx")
    path = write_receipt(file, answers(file), tmp_path / "out" / "x.xlsx")
    first, *others = openpyxl.load_workbook(path).worksheets
    assert [cell.value for cell in first["2"]][:3] == ["1", "Ann", "v2"]
    assert [[page["A2"].value, page["C2"].value] for page in others] in ([], [["3", None]])


def test_rows_that_a_workbook_hides_are_answered_and_the_answers_are_not_hidden(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(("Leads", TABLE))))
    page, width = book["Leads"], len(TABLE[0])
    page.freeze_panes, page.auto_filter.ref = "B2", "A1:C3"
    page.row_dimensions[2].hidden = True
    page.column_dimensions["B"].hidden = True
    beyond = get_column_letter(width)  # the last column of the table, and all that are empty
    page.column_dimensions[beyond] = ColumnDimension(page, beyond, hidden=True, min=width, max=16_384)
    data = io.BytesIO()
    book.save(data)
    file = take(tmp_path, data.getvalue(), "x.xlsx")
    assert file.rows == len(TABLE) - 1
    path = write_receipt(file, answers(file, "r"), tmp_path / "out" / "x.xlsx")
    page = openpyxl.load_workbook(path)["Leads"]
    assert [page.cell(row, width + 1).value for row in (1, 2, 3)] == ["sluice_verdict", "v2", "v3"]
    hidden = {at for one in page.column_dimensions.values() if one.hidden for at in range(one.min, one.max + 1)}
    assert hidden == {2, width, *range(width + 3, 16_385)}
    assert (page.row_dimensions[2].hidden, page.freeze_panes, page.auto_filter.ref) == (True, "B2", "A1:C3")


@pytest.mark.parametrize("looks_kept", [True, False])
def test_a_formula_that_was_never_computed_stays_in_its_cell(
    tmp_path: Path, looks_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looks_kept:
        monkeypatch.setattr("sources.receipt_workbooks.FORMATTED_CELLS", 0)
    data = workbook(("Leads", [["id", "score", "note"], ["1", 5, "=B2*2"], ["2", 6, "x"]]), ("Sums", [["=1+1", "x"]]))
    file = take(tmp_path, data, "x.xlsx", sheet="Leads")
    book = openpyxl.load_workbook(write_receipt(file, answers(file), tmp_path / "out" / "x.xlsx"))
    assert [[cell.value for cell in row[:4]] for row in book["Leads"].rows] == [
        ["id", "score", "note", "sluice_verdict"], ["1", 5, "=B2*2", "v2"], ["2", 6, "x", "v3"],
    ]  # fmt: skip
    assert book["Sums"]["A1"].value == "=1+1"


def test_rejects_of_a_workbook_are_a_small_workbook_of_the_same_sheet(tmp_path: Path) -> None:
    data = workbook(("Notes", [["x"]]), ("Leads", [["May"], *TABLE]))
    file = take(tmp_path, data, "x.xlsx", sheet="Leads", header_row=2)
    told = pd.DataFrame({"line_no": [4], "sluice_code": ["bad"], "sluice_reason": ["=why"]})
    path = write_rejects(file, told, tmp_path / "out" / "x.xlsx")
    assert CalamineWorkbook.from_path(str(path)).sheet_names == ["Leads"]
    back = take(tmp_path / "back", path.read_bytes(), "x.xlsx", sheet="Leads", header_row=2)
    assert (back.headers, back.ignored_headers) == (file.headers, ["sluice_code", "sluice_reason"])
    assert [row[1:] for row in rows(back)] == [row[1:] for row in rows(file) if row[0] == 4]


def test_the_receipt_of_lines_that_were_quoted_whole_comes_back_as_they_are(tmp_path: Path) -> None:
    lines = ['"id,name,city"', '"1,Anna,Ulm"', '"2,Bo,""Bonn, DE"""', '"3,Cy,Kiel"', "5,Ed,Rom"]
    file = take(tmp_path, "\r\n".join(lines).encode())
    assert [row[1] for row in rows(file)] == ["1", "2", "3", "5"]
    told = answers(file, "a, b").assign(sluice_verdict="accepted")
    back = take(tmp_path / "again", write_receipt(file, told, tmp_path / "r.csv").read_bytes())
    assert (back.headers, back.ignored_headers[-2:]) == (file.headers, ["sluice_verdict", "sluice_reason"])
    assert rows(back) == rows(file)
    twice = write_receipt(back, told, tmp_path / "twice.csv").read_text(encoding="utf-8").splitlines()
    widths = [len(next(csv.reader([line]))) for line in twice]
    assert len(set(widths)) == 1


@pytest.mark.parametrize("behind", [("", ",,"), (",,", ",,"), (",,", ""), (",,", ",,,,")])
def test_delimiters_behind_lines_that_were_quoted_whole_part_no_answer_from_its_name(
    tmp_path: Path, behind: tuple[str, str]
) -> None:
    lines = [f'"Email,Name,City"{behind[0]}', *[f'"p{n}@x.de,Ann {n},Ulm"{behind[1]}' for n in range(5)]]
    file = take(tmp_path, "\r\n".join(lines).encode())
    assert (file.headers, rows(file)[0]) == (["Email", "Name", "City"], (2, "p0@x.de", "Ann 0", "Ulm"))
    told = answers(file, "a, b").assign(sluice_verdict="accepted")
    receipt = write_receipt(file, told, tmp_path / "r.csv")
    table = list(csv.reader(receipt.read_text(encoding="utf-8").splitlines()))
    assert {line[table[0].index("sluice_verdict")] for line in table[1:]} == {"accepted"}
    back = take(tmp_path / "again", receipt.read_bytes())
    assert (back.headers, rows(back)) == (file.headers, rows(file))


def test_a_receipt_dropped_back_has_the_same_content(tmp_path: Path) -> None:
    file = take(tmp_path, b"id,name\n1,Anna\n")
    back = take(tmp_path / "again", write_receipt(file, answers(file), tmp_path / "r.csv").read_bytes())
    assert (back.headers, back.ignored_headers) == (file.headers, ["sluice_verdict", "sluice_reason"])


HEADER, TOO_LONG, TOO_SHORT = ["id", "name", "city", "note"], ["2", "Bo", "Ulm", "x", "y", "z"], ["3", "Cy", "Bonn"]
RAGGED = [HEADER, ["1", "Anna", "Kiel", ""], TOO_LONG, TOO_SHORT, ["4", "Di", "Rom", "n", "", ""]]
VERY_SHORT = [HEADER, ["1", "Anna", "Kiel", ""], ["2", "Bo", "Ulm", "x", "y"], ["3", "Cy"]]
LAST_ARE_RAGGED = [(2, "1", "Anna", "Kiel", None), (3, "ragged-row"), (4, "ragged-row"), (5, "4", "Di", "Rom", "n")]


def written(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def answered_table(tmp_path: Path, table: list[list[str]]) -> list[list[str]]:
    """The receipt of a table as a spreadsheet shows it, each ragged line answered as it is in a run."""
    file = take(tmp_path, written(table), "first.csv")
    codes = ["ragged-row" if row[1] == "ragged-row" else "" for row in rows(file)]
    told = pd.DataFrame({"line_no": record_spans(file), "sluice_code": codes})
    told.insert(1, "sluice_verdict", ["rejected" if code else "accepted" for code in codes])
    data = write_receipt(file, told, tmp_path / "receipt.csv").read_bytes()
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_the_answers_to_lines_of_any_width_stand_under_their_names(tmp_path: Path) -> None:
    header, *lines = answered_table(tmp_path, RAGGED)
    at = header.index("sluice_verdict")
    assert {len(line) for line in lines} == {len(header)}
    assert [line[at : at + 3] for line in lines] == [
        ["accepted", "", ""], ["rejected", "ragged-row", "6"], ["rejected", "ragged-row", "3"], ["accepted", "", ""],
    ]  # fmt: skip


#: What becomes of the receipt of a ragged table -> how its lines are read then; a line of cells is one of the receipt.
MENDED: dict[str, tuple[int, Any, Any]] = {
    "nothing": (1, lambda line: line, (2, "1", "Anna", "Kiel", None)),
    "the missing field is filled": (3, lambda line: [*line[:3], "hello", *line[4:]], (4, "3", "Cy", "Bonn", "hello")),
    "fields are moved": (3, lambda line: ["3", "", *line[1:3], *line[4:]], (4, "3", None, "Cy", "Bonn")),
    "a field is inserted": (3, lambda line: ["3", "", *line[1:]], (4, "3", None, "Cy", "Bonn")),
    "a delimiter is added behind": (3, lambda line: [*line[:3], "", *line[3:]], (4, "3", "Cy", "Bonn", None)),
    "the number is taken away": (3, lambda line: [*line[:-1], ""], (4, "3", "Cy", "Bonn", None)),
    "fields too many are emptied": (2, lambda line: [*line[:4], "", "", *line[6:]], (3, "2", "Bo", "Ulm", "x")),
    "fields too many are deleted": (2, lambda line: [*line[:4], *line[6:]], (3, "2", "Bo", "Ulm", "x")),
    "cells are deleted": (2, lambda line: [*line[:4], *line[6:], "", ""], (3, "2", "Bo", "Ulm", "x")),
    "a field in the middle is deleted": (2, lambda line: ["2", *line[3:6], *line[6:]], (3, "2", "x", "y", "z")),
    "too few are deleted": (2, lambda line: [*line[:4], *line[5:]], (3, "ragged-row")),
    "the answer is taken away": (2, lambda line: line[:4], (3, "2", "Bo", "Ulm", "x")),
    "a field is put into a whole line": (4, lambda line: ["4", *line], (5, "ragged-row")),
}


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("how", MENDED)
def test_of_ragged_lines_that_come_back_those_that_were_mended_are_whole(
    tmp_path: Path, how: str, padded: bool
) -> None:
    number, mend, expected = MENDED[how]
    table = answered_table(tmp_path, RAGGED)
    table[number] = mend(table[number])
    if padded:  # as a spreadsheet saves it
        table = [[*line, *[""] * (max(map(len, table)) - len(line))] for line in table]
    back = take(tmp_path / "back", written(table), "back.csv")
    assert (back.refused, back.headers) == (None, HEADER)
    assert rows(back) == [expected if row[0] == expected[0] else row for row in LAST_ARE_RAGGED]
    if padded:
        book = take(tmp_path / "book", workbook(("Leads", table)), "back.xlsx")
        assert rows(book) == [expected if row[0] == expected[0] else row for row in LAST_ARE_RAGGED]


@pytest.mark.parametrize(
    ("mend", "expected"),
    [
        (lambda line: line, (4, "ragged-row")),
        (lambda line: [*line[:2], "Bonn", *line[3:]], (4, "3", "Cy", "Bonn", None)),
        (lambda line: [line[0], "", "Bonn", *line[3:]], (4, "3", None, "Bonn", None)),
        (lambda line: [*line[:2], "Bonn", "hello", *line[4:]], (4, "3", "Cy", "Bonn", "hello")),
        (lambda line: [*line[:-1], ""], (4, "3", "Cy", None, None)),
    ],
)
def test_of_a_line_that_somebody_went_on_with_the_last_fields_may_stay_empty(
    tmp_path: Path, mend: Callable[[list[str]], list[str]], expected: tuple[Any, ...]
) -> None:
    table = answered_table(tmp_path, VERY_SHORT)
    table[3] = mend(table[3])
    back = take(tmp_path / "back", written(table), "back.csv")
    assert rows(back)[-1] == expected
    book = take(tmp_path / "book", workbook(("Leads", table)), "back.xlsx")
    assert rows(book)[-1] == expected


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.text(st.sampled_from('ab ",\n王=')), max_size=7), min_size=1, max_size=6))
def test_the_receipt_of_any_ragged_table_is_the_file_with_columns_behind_and_is_read_as_the_file(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("ragged")
    table = [HEADER, *(["k", *cells] for cells in lines), ["k", "a", "b", "c"]]
    first = take(folder, written(table), "first.csv")
    assume(first.refused is None)  # as where a field holds what looks like records
    header, *answered = answered_table(folder, table)
    at = header.index("sluice_verdict")
    assert [line[at] for line in answered] == ["rejected" if len(row) == 2 else "accepted" for row in rows(first)]
    for line, cells in zip(answered, table[1:], strict=True):
        assert line[:at] == [*cells, *[""] * (at - len(cells))]
    assert rows(take(folder / "back", (folder / "receipt.csv").read_bytes(), "back.csv")) == rows(first)
