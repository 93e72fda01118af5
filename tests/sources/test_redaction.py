"""What is taken out of a file leaves every other line where it was, and nothing of itself."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from sources.erasures import Lines
from sources.original_text import record_spans
from sources.raw import FileFacts, RawFile, commit_file
from sources.readers.reading import ReadOptions
from sources.redaction import Wanted, redacted, redacted_archive, wanted
from sources.tombstones import EMAIL, PHONE, Key, Tombstones
from tests.sources.test_shapes import ods

KEY = Key("k", b"a key")
NOTHING = Tombstones((KEY,), {})
ERASED = Tombstones(
    (KEY,),
    {
        EMAIL: frozenset({KEY.of(EMAIL, "ida@x.example")}),
        PHONE: frozenset({KEY.of(PHONE, "491701234567"), KEY.of(PHONE, "1701234567")}),
    },
)


def read(tmp_path: Path, data: bytes, **options: Any) -> RawFile:
    """The file as the raw layer keeps it."""
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    source.write_bytes(data)
    scratch.mkdir(exist_ok=True)
    facts = FileFacts("ab" * 32, "a", len(data), datetime(2026, 1, 1, tzinfo=UTC))
    return commit_file(tmp_path / "raw", facts, ReadOptions(**options), source, scratch)


def cells(file: RawFile) -> dict[int, list[str | None]]:
    """The cells of each line."""
    return {row.pop("line_no"): list(row.values())[3:] for row in pq.read_table(file.rows_path).to_pylist()}


TEXTS = {
    "lines keep their ends": (b"a,b\r\n1,2\r\n3,4\r\n5,6", 3, b"a,b\r\n1,2\r\n,\r\n5,6"),
    "the last line has none": (b"a,b\n1,2\n3,4", 3, b"a,b\n1,2\n,"),
    "a record of three lines": (b'a,b\n1,"x\n\ny"\n3,4\n', 2, b"a,b\n,\n\n\n3,4\n"),
    "blank lines behind": (b"a;b\n1;2\n\n\n3;4\n", 2, b"a;b\n;\n\n\n3;4\n"),
    "a line of JSON": (b'{"a":1}\n{"a":2}\n{"a":3}\n', 2, b'{"a":1}\n{}\n{"a":3}\n'),
    "the first line of JSON with a mark": (b'\xef\xbb\xbf{"a":1}\n{"a":2}\n', 1, b'\xef\xbb\xbf{}\n{"a":2}\n'),
    "a form post": (b"a=1&b=2\na=3&b=4\n", 1, b"\na=3&b=4\n"),
    "a document": (b'{"rows": [{"a": 1},\n {"a": 2}], "n": 2}', 2, b'{"rows": [{"a": 1},\n {}], "n": 2}'),
    "UTF-32": ("a\tb\r\n1\t2\r\n3\t4\r\n".encode("utf-32"), 2, "a\tb\r\n\t\r\n3\t4\r\n".encode("utf-32")),
    "UTF-16": ("a\tb\r\n1\t2\r\n3\t4\r\n".encode("utf-16"), 2, "a\tb\r\n\t\r\n3\t4\r\n".encode("utf-16")),
    "GB18030": (
        "姓名,城市\n王伟,北京\n李娜,上海\n".encode("gb18030"),
        2,
        "姓名,城市\n,\n李娜,上海\n".encode("gb18030"),
    ),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_record_goes_and_all_others_stay_where_they_are(what: str, tmp_path: Path) -> None:
    data, line_no, expected = TEXTS[what]
    file = read(tmp_path, data, records="$.rows" if what == "a document" else None)
    assert line_no in record_spans(file)
    one = Wanted(file, frozenset({line_no}), {})
    assert redacted(data, [one], NOTHING) == (expected, None)
    assert redacted(expected, [one], NOTHING) == (expected, None), "done twice it is the same"
    before = cells(file)
    after = cells(read(tmp_path, expected, records="$.rows" if what == "a document" else None))
    assert {at: row for at, row in after.items() if at != line_no} == {
        at: row for at, row in before.items() if at != line_no
    }


CLEARED = {
    "a field": (b"a,b,c\n1,Ida,2\n", 2, [1], b"a,b,c\n1,,2\n"),
    "a quoted field": (b'a,b,c\n1,"Quist, Ida",2\n', 2, [1], b"a,b,c\n1,,2\n"),
    "a field of two lines": (b'a,b,c\n1,"Ida\nQuist",2\n3,4,5\n', 2, [1], b"a,b,c\n1,,2\n\n3,4,5\n"),
    "a value in JSON": (b'{"a":"1","b":"Ida","c":2}\n', 1, [1], b'{"a":"1","b":null,"c":2}\n'),
    "a number in JSON": (b'{"a":"1","b":1701234567,"c":2}\n', 1, [1], b'{"a":"1","b":null,"c":2}\n'),
    "a value of a form post": (b"a=1&b=Ida+Quist&c=2\na=1&b=2&c=3\n", 1, [1], b"a=1&b=&c=2\na=1&b=2&c=3\n"),
}


@pytest.mark.parametrize("what", CLEARED)
def test_of_a_line_about_something_else_only_what_names_the_person_goes(what: str, tmp_path: Path) -> None:
    data, line_no, columns, expected = CLEARED[what]
    file = read(tmp_path, data)
    assert redacted(data, [wanted(file, Lines(cells={line_no: set(columns)}))], NOTHING) == (expected, None)


SCRUBBED = {
    "text": (b"a,note\n1,ask Ida@X.example about it\n", b"a,note\n1,ask  about it\n"),
    "a longer address is another one": (b"a,note\n1,nida@x.example\n", b"a,note\n1,nida@x.example\n"),
    "numbers": (b"a,b\n1,0170 123 45 67 or +49 (170) 1234567\n", b"a,b\n1,0000 000 00 00 or +00 (000) 0000000\n"),
    "another number": (b"a,note\n1,call 0170 123 45 68\n", b"a,note\n1,call 0170 123 45 68\n"),
    "a date before it": (b"a,note\n1,2026-01-01 01701234567\n", b"a,note\n1,2026-01-01 00000000000\n"),
    "a form post": (b"a=1&b=ida%40x.example\na=2&b=c\n", b"a=1&b=\na=2&b=c\n"),
    "above the table": (b"made by ida@x.example\n\na,b\n1,2\n3,4\n5,6\n", b"made by \n\na,b\n1,2\n3,4\n5,6\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", SCRUBBED)
def test_an_address_or_a_number_goes_out_of_any_text(what: str, tmp_path: Path) -> None:
    data, expected = SCRUBBED[what]
    assert redacted(data, [Wanted(read(tmp_path, data), frozenset(), {})], ERASED) == (expected, None)


def test_what_was_packed_is_packed_again(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n1,ida@x.example\n2,3\n")
    made, _ = redacted(data, [Wanted(read(tmp_path, data), frozenset({2}), {})], ERASED)
    assert gzip.decompress(made) == b"a,b\n,\n2,3\n"
    untouched = gzip.compress(b"a,b\n1,2\n")
    assert redacted(untouched, [Wanted(read(tmp_path, data), frozenset(), {})], ERASED)[0] is untouched


def test_a_row_of_a_workbook_is_emptied_and_its_looks_stay(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    for row in (["Name", "Mail", "Size"], ["Ida", "ida@x.example", 1.5], ["Bo", "bo@x.example", 2], [None, "", None]):
        page.append(row)
    page["A1"].font = openpyxl.styles.Font(bold=True)
    page["B2"].hyperlink = "mailto:ida@x.example"
    book.create_sheet("Notes")["A1"] = "ask ida@x.example"
    stream = io.BytesIO()
    book.save(stream)
    file = read(tmp_path, stream.getvalue())
    made, kind = redacted(stream.getvalue(), [Wanted(file, frozenset({2}), {})], ERASED)
    assert kind is None
    assert b"ida@x" not in b"".join(
        zipfile.ZipFile(io.BytesIO(made)).read(name) for name in zipfile.ZipFile(io.BytesIO(made)).namelist()
    )
    after = openpyxl.load_workbook(io.BytesIO(made))
    assert after.active["A1"].font.bold
    rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows == [["Name", "Mail", "Size"], ["", "", ""], ["Bo", "bo@x.example", 2.0]]


def test_a_sheet_whose_name_is_too_long_for_excel_keeps_it(tmp_path: Path) -> None:
    name = "Everybody who came to our stand in Hall 4 on Friday"
    data = ods([["Name", "Mail"], ["Ida", "ida@x.example"], ["Bo", "bo@x.example"]], name)
    file = read(tmp_path, data)
    made, kind = redacted(data, [Wanted(file, frozenset({2}), {})], ERASED)
    assert kind == "xlsx"
    after = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_name(file.dialect["sheet"])
    assert after.to_python(skip_empty_area=False) == [["Name", "Mail"], ["", ""], ["Bo", "bo@x.example"]]


def test_a_row_of_a_parquet_file_has_no_values_any_more(tmp_path: Path) -> None:
    table = pa.table({"mail": ["ida@x.example", "bo@x.example"], "size": [1, 2], "tags": [["x"], ["y"]]})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    file = read(tmp_path, stream.getvalue())
    made, _ = redacted(stream.getvalue(), [Wanted(file, frozenset({1}), {})], ERASED)
    rows = pq.read_table(pa.BufferReader(made)).to_pylist()
    assert rows == [{"mail": None, "size": None, "tags": None}, {"mail": "bo@x.example", "size": 2, "tags": ["y"]}]


def test_members_of_an_archive_stay_at_their_places() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("folder/", "a.csv", "b.csv"):
            archive.writestr(name, "" if name.endswith("/") else name)
    made = redacted_archive(stream.getvalue(), {1: b"other"})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == [
            ("folder/", b""),
            ("a.csv", b"other"),
            ("b.csv", b"b.csv"),
        ]


def test_a_record_that_was_erased_is_said_to_be_so_under_any_other_reading(tmp_path: Path) -> None:
    data = b'{"rows": [{}, {"a": "2"}]}'
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    source.write_bytes(data)
    scratch.mkdir()
    facts = FileFacts("cd" * 32, "a", len(data), datetime(2026, 1, 1, tzinfo=UTC))
    file = commit_file(tmp_path / "raw", facts, ReadOptions(records="$.rows"), source, scratch, erased={1: None})
    assert pq.read_table(file.rows_path).column("problem").to_pylist() == ["erased", None]
    source.write_bytes(b"a=1&b=2\n\na=3&b=4\n\n")
    again = FileFacts("ef" * 32, "b", len(data), datetime(2026, 1, 1, tzinfo=UTC))
    file = commit_file(tmp_path / "raw", again, ReadOptions(), source, scratch, erased={2: None, 4: None})
    told = pq.read_table(file.rows_path).to_pydict()
    assert (told["line_no"], told["problem"]) == ([1, 2, 3, 4], [None, "erased", None, "erased"])
    assert json.loads(json.dumps(told["c0"])) == ["1", None, "3", None]
