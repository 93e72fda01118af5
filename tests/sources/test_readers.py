"""What each kind of file becomes, cell by cell, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.original_text import record_texts
from sources.readers.lines import profile_text
from sources.scripts import CANDIDATES
from tests.sources.rows import rows, take

HEADER = "编号,姓名,邮箱\r\n"
CHINESE = HEADER + '001,王小红,wang@example.cn\r\n002,"李明,经理",li@example.cn\r\n'
CHINESE_ROWS = [(2, "001", "王小红", "wang@example.cn"), (3, "002", "李明,经理", "li@example.cn")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (b"\xff\xfe" + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe\0\0" + CHINESE.encode("utf-32-le"), "utf-32-le"),
        (b"\0\0\xfe\xff" + CHINESE.encode("utf-32-be"), "utf-32-be"),
        (CHINESE.encode("utf-16-le"), "utf-16-le"),
        (CHINESE.encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (CHINESE.replace("经理", "經理").encode("big5", "ignore"), None),
    ],
)
def test_every_encoding_of_one_table_reads_the_same(tmp_path: Path, data: bytes, encoding: str | None) -> None:
    file = take(tmp_path, data)
    if encoding is None:
        assert file.refused is None or file.refused["code"] == "unknown-encoding"
        return
    assert (file.encoding, file.headers) == (encoding, ["编号", "姓名", "邮箱"])
    assert rows(file) == CHINESE_ROWS
    assert record_texts(file, {2, 3}) == {2: "001,王小红,wang@example.cn", 3: '002,"李明,经理",li@example.cn'}


def test_long_gb18030_and_big5_files_are_told_apart() -> None:
    from sources.encodings import decide_encoding

    simplified = "姓名,公司\n" + "\n".join(
        ["王小红,上海贸易有限公司", "张伟,北京科技发展公司", "刘洋,广州医疗器械厂"] * 5
    )
    traditional = "姓名,公司\n" + "\n".join(
        ["王小紅,臺灣貿易有限公司", "張偉,香港科技發展公司", "劉洋,臺北醫療器材廠"] * 5
    )

    def decided(data: bytes) -> str:
        return decide_encoding(data, profile_text(io.BytesIO(data))).name

    assert decided(simplified.encode("gb18030")) == "gb18030"
    assert decided(traditional.encode("big5")) == "big5"


@given(
    st.lists(
        st.sampled_from([b"a", b"\n", b"\r\n", "é".encode(), "王".encode(), "😀".encode(), b"\xff", b"\xe7\x8e"])
        | st.binary(max_size=3),
        max_size=12,
    ).map(b"".join)
)
def test_utf_8_is_told_wherever_pieces_of_the_file_end(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.readers.lines.CHUNK", 1)  # four bytes a piece
        profile = profile_text(io.BytesIO(data))
    try:
        data.decode()
        is_utf8 = True
    except UnicodeDecodeError:
        is_utf8 = False
    assert (profile.is_utf8, profile.is_ascii) == (is_utf8, data.isascii())
    assert (profile.lf, profile.cr, profile.crlf) == tuple(map(data.count, (b"\n", b"\r", b"\r\n")))


@pytest.mark.parametrize("data", [b"id,name\n1,\xa9\n", b"id,x\n1,\xe1\xe2\n2,\xcc\xdc\n"])
def test_an_encoding_without_evidence_is_refused_with_its_candidates(tmp_path: Path, data: bytes) -> None:
    file = take(tmp_path, data)
    assert file.refused is not None
    assert file.refused["code"] == "unknown-encoding"
    assert sum(name in file.refused["en"] for name in CANDIDATES) >= 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ['"id, no","email"\n"1","a@x.de"\n', '{"id, no":1,"email":"a@x.de"}\n', '[{"id, no":1,"email":"a@x.de"}]']
)
def test_byte_order_marks_that_were_set_twice_are_no_text(tmp_path: Path, text: str, encoding: str) -> None:
    file = take(tmp_path, ("\ufeff\ufeff" + text).encode(encoding))
    assert (file.encoding, file.headers) == (encoding, ["id, no", "email"])
    assert [row[1:] for row in rows(file)] == [("1", "a@x.de")]


def test_a_declared_encoding_is_believed(tmp_path: Path) -> None:
    file = take(tmp_path, "id,name\n1,M\xfcller\n".encode("cp1252"), encoding="cp1252")
    assert rows(file) == [(2, "1", "Müller")]


def test_bad_bytes_in_utf8_are_a_problem_of_their_row_alone(tmp_path: Path) -> None:
    file = take(tmp_path, "id,name\n1,Zoë\n2,Müller\n3,王小红\n".encode() + b"4,bad\xff\n5,fine\n")
    assert rows(file) == [(2, "1", "Zoë"), (3, "2", "Müller"), (4, "3", "王小红"), (5, "bad-bytes"), (6, "5", "fine")]
    assert pq.read_table(file.rows_path)["raw"].to_pylist()[3] == "4,bad\\xff"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^", "\x1f", "~"])
def test_any_usual_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "id,name,city\n1,Anna,Berlin\n2,Bob,Köln\n".replace(",", delimiter)
    file = take(tmp_path, text.encode())
    assert (file.dialect["delimiter"], file.headers) == (delimiter, ["id", "name", "city"])
    assert rows(file) == [(2, "1", "Anna", "Berlin"), (3, "2", "Bob", "Köln")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\r1,2\r3,4\r", [(2, "1", "2"), (3, "3", "4")]),
        ("a,b\r\n1,2\n3,4\r5,6", [(2, "1", "2"), (3, "3", "4"), (4, "5", "6")]),
        ('a,b\n1,"x\ny"\n2,z\n', [(2, "1", "x\ny"), (4, "2", "z")]),
        ('a,b\n"x\r\n\r\ny",1\n2,z\n', [(2, "x\r\n\r\ny", "1"), (5, "2", "z")]),
        ("a,b\n\n1,2\n\n\n3,4\n\n", [(3, "1", "2"), (6, "3", "4")]),
        ("a,b\n1,2\n\ufeffa,b\n\ufeff3,4\n", [(2, "1", "2"), (3, "repeated-header"), (4, "3", "4")]),
        ('"a","b"\n1,2\n\ufeff"a","b"\n\ufeff"3",4\n', [(2, "1", "2"), (3, "repeated-header"), (4, "3", "4")]),
        ("a,b\n1,2,3\n4\n5,6\n", [(2, "ragged-row"), (3, "ragged-row"), (4, "5", "6")]),
        ("a,b\n1,x\0y\n2,z\n", [(2, "nul-byte"), (3, "2", "z")]),
        ('a,b\n1,"x"y\n2,z\n', [(2, "bad-quote"), (3, "2", "z")]),
        ('a,b,c\n1,x,y\n2,"x,y\n3,x,"y\n\n', [(2, "1", "x", "y"), (3, "2", '"x', "y"), (4, "open-quote")]),
        ("a,b\n007,1.23E+11\n,\n", [(2, "007", "1.23E+11"), (3, None, None)]),
        ("a;b\n1,5;2,5\n", [(2, "1,5", "2,5")]),
        ("a,b\n1,=HYPERLINK(1)\n", [(2, "1", "=HYPERLINK(1)")]),
        ("a, b\n1, 2\n", [(2, "1", " 2")]),
        ('a, b\n1, "x, y"\n', [(2, "1", "x, y")]),
        ("a,b\n1," + "x" * 40_000 + "\n2,y\n", [(2, "cell-too-long"), (3, "2", "y")]),
        ("name\nAnna\n  \nBob\n", [(2, "Anna"), (4, "Bob")]),
        ("a,b\n", []),
    ],
)
def test_records_are_split_as_their_sender_meant(tmp_path: Path, text: str, expected: list[Any]) -> None:
    assert rows(take(tmp_path, text.encode())) == expected


@pytest.mark.parametrize(
    ("text", "header_line", "headers"),
    [
        ("Leads of May\n\nid,name,email\n1,A,a@x.de\n2,B,b@x.de\n", 3, ["id", "name", "email"]),
        ("Report,,\nMade by,Anna,\nid,name,email\n1,A,a@x.de\n", 3, ["id", "name", "email"]),
        ("# comment\nid,name\n1,A\n2,B\n", 2, ["id", "name"]),
        ("id,,name\n1,,A\n", 1, ["id", "column 2", "name"]),
        ("\ufeff id , name \n1,A\n", 1, ["id", "name"]),
        ("id,name,sluice_verdict,sluice_code\n1,A,accepted,\n", 1, ["id", "name"]),
    ],
)
def test_the_header_is_found_below_titles(tmp_path: Path, text: str, header_line: int, headers: list[str]) -> None:
    file = take(tmp_path, text.encode())
    assert (file.dialect["header_line"], file.headers) == (header_line, headers)


@pytest.mark.parametrize(
    "rows_below",
    [
        [("Ann,aa@y.com,+493012300102,Acme", "Ann"), ("Cy,cc@y.com,1,2,3,4,5,6,7,8", "ragged-row")],
        [("Cy,cc@y.com,1,2,3,4,5,6,7,8", "ragged-row"), ("Ann,aa@y.com,+493012300102,Acme", "Ann")],
        [("Ann,aa@y.com,1,Acme", "Ann"), ("Bo,bo@y.com", "ragged-row"), ("Cy,cc@y.com,1,2,3,4,5,6,7", "ragged-row")],
    ],
)
def test_one_long_line_does_not_hide_the_header(tmp_path: Path, rows_below: list[tuple[str, str]]) -> None:
    file = take(tmp_path, "\n".join(["Name,Email,Phone,Company", *(line for line, _ in rows_below), ""]).encode())
    assert [row[1] for row in rows(file)] == [first for _, first in rows_below]


def test_a_declared_header_row_wins(tmp_path: Path) -> None:
    file = take(tmp_path, b"x,y\nid,name\n1,A\n", header_row=2)
    assert (file.headers, rows(file)) == (["id", "name"], [(3, "1", "A")])


def test_columns_of_a_receipt_dropped_back_are_left_out(tmp_path: Path) -> None:
    file = take(tmp_path, b"id,sluice_verdict,name\n1,accepted,A\n")
    assert (file.headers, file.ignored_headers, rows(file)) == (["id", "name"], ["sluice_verdict"], [(2, "1", "A")])


def _zip(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return packed.getvalue()


GZIPPED = gzip.compress(b"id,name\n" + b"1,Anna\n" * 1000, mtime=0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (gzip.compress(b"", mtime=0), "empty-file"),
        (b"\n \n", "header-not-found"),
        (GZIPPED[:-20], "truncated-archive"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "html-not-a-workbook"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>", "html-not-a-workbook"),
        (b'<?xml version="1.0"?><Workbook/>', "xml-not-a-workbook"),
        (b"%PDF-1.7 ...", "unreadable-content"),
        (b"ARROW1\0\0 and then columns", "unreadable-content"),
        (b"ORC\x11 and then columns \x08\x03ORC\x17", "unreadable-content"),
        (b"Obj\x01\x04\x16avro.schema", "unreadable-content"),
        (
            b"-- leads\nINSERT INTO leads (name,email) VALUES ('A','a@x.example'),('B','b@x.example');\n",
            "unreadable-content",
        ),
        (b'{"a": 1},\n{"a": 2},\n', "broken-json"),
        (b"Rar!\x1a\x07...", "unsupported-archive"),
        (b'id,name\n1,"open\n2,x\n3,y\n', "unbalanced-quote"),
        (b'id,name\n1,"open\n2,"x"\n3,y\n', "unbalanced-quote"),
        (b'{"a": 1,\n "b": }', "broken-json"),
        (b'[{"a": 1}', "broken-json"),
        (b"PAR1 and then nothing", "broken-parquet"),
        (b"PK\x03\x04 and then nothing", "truncated-archive"),
        (gzip.compress(_zip(x=b"1")), "nested-archive"),
        (",".join(f"c{i}" for i in range(3000)).encode(), "too-many-columns"),
        (_zip(**{"xl/workbook.xml": b" " * (80 << 20)}), "zip-bomb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # archives hold the time they were made at
)
def test_what_cannot_be_read_is_refused_with_a_remedy(tmp_path: Path, data: bytes, code: str) -> None:
    file = take(tmp_path, data)
    assert file.refused is not None
    assert (file.refused["code"], file.rows) == (code, 0)
    assert file.refused["en"] != file.refused["zh"]
    assert "?" not in file.refused["en"]


def test_lines_of_json_with_commas_behind_them_say_so(tmp_path: Path) -> None:
    refused = take(tmp_path, b'{"a": 1},\n{"a": 2},\n', "x.jsonl").refused
    assert refused is not None
    assert (refused["code"], "a comma behind the object" in refused["en"]) == ("broken-json", True)


def test_a_header_may_begin_as_a_format_does(tmp_path: Path) -> None:
    assert take(tmp_path, b"ORCID,name\n1,Anna\n").headers == ["ORCID", "name"]


def test_an_unbalanced_quote_is_named_by_its_line(tmp_path: Path) -> None:
    refused = take(tmp_path, b'id,name\n1,a\n2,"open\n3,x\n').refused
    assert refused is not None
    assert "line 3" in refused["en"]


def test_repeated_headers_keep_every_value(tmp_path: Path) -> None:
    file = take(tmp_path, b"Note,id,Note,,\n1,2,3,4,5\n")
    assert (file.headers, rows(file)) == (
        ["Note", "id", "Note", "column 4", "column 5"],
        [(2, "1", "2", "3", "4", "5")],
    )


def test_a_gzipped_file_reads_as_what_it_holds(tmp_path: Path) -> None:
    file = take(tmp_path, gzip.compress(CHINESE.encode("gb18030")), "a.csv.gz")
    assert (file.encoding, file.dialect["compression"], rows(file)) == ("gb18030", "gzip", CHINESE_ROWS)
    assert record_texts(file, {3}) == {3: '002,"李明,经理",li@example.cn'}


# --- JSON ----------------------------------------------------------------------------------------------------


def test_json_lines_keep_numbers_as_written_and_answer_every_line(tmp_path: Path) -> None:
    lines = [
        '{"id":1,"v":1.10,"p":{"x":true}}',
        "{oops",
        '{"id":2,"id":3}',
        "[1]",
        '{"id":"\\ud800"}',
        "",
        '{"id":null,"v":NaN}',
        '{"id":12345678901234567890,"tags":[1.0,"a"]}',
        '{"id":"a\\u0000"}',
    ]
    file = take(tmp_path, "\n".join(lines).encode(), "e.jsonl")
    assert file.headers == ["id", "v", "p.x", "tags"]
    assert rows(file) == [
        (1, "1", "1.10", "true", None),
        (2, "broken-json"),
        (3, "duplicate-key"),
        (4, "json-not-object"),
        (5, "lone-surrogate"),
        (7, "json-number"),
        (8, "12345678901234567890", None, None, '[1.0,"a"]'),
        (9, "nul-byte"),
    ]
    assert record_texts(file, {2, 8}) == {2: "{oops", 8: lines[7]}


@pytest.mark.parametrize(
    ("text", "records", "expected"),
    [
        ('[{"a":1.50},{"a":"x"}]', None, [(1, "1.50"), (2, "x")]),
        ('{"a":{"b":1}}', None, [(1, "1")]),
        ('{"data":{"submissions":[{"a":1},{"a":2}]}}', "$.data.submissions", [(1, "1"), (2, "2")]),
        (
            '{"entry":[{"changes":[{"a":1}]},{"changes":[{"a":2},{"a":3}]}]}',
            "$.entry[*].changes[*]",
            [(1, "1"), (2, "2"), (3, "3")],
        ),
        ('{"rows":{"x":{"a":1},"y":{"a":2}}}', "$.rows.*", [(1, "1"), (2, "2")]),
        ('{"rows":[{"a":1},{"a":2}]}', "$.rows.*", [(1, "1"), (2, "2")]),
        ('{"x":{"in":{"a":1}},"y":{"in":[{"a":2}]}}', "$.*.in", [(1, "1"), (2, "2")]),
        ('[{"a":1},{"a":1,"a":2},7]', None, [(1, "1"), (2, "duplicate-key"), (3, "json-not-object")]),
        ("[]", None, []),
        ('[\n{"a":1},\n{"a":2}\n]', None, [(1, "1"), (2, "2")]),
        ('{"a":1}\n{"a":2}\n', None, [(1, "1"), (2, "2")]),
    ],
)
def test_json_records_are_found_where_the_feed_says(
    tmp_path: Path, text: str, records: str | None, expected: list[Any]
) -> None:
    assert rows(take(tmp_path, text.encode(), "x.json", records=records)) == expected


def test_missing_records_are_refused_with_what_is_there(tmp_path: Path) -> None:
    refused = take(tmp_path, b'{"data":{"rows":[]}}', "x.json", records="$.data.submissions").refused
    assert refused is not None
    assert refused["code"] == "records-not-found"
    assert "rows" in refused["en"]


def test_a_null_where_elsewhere_an_object_stands_makes_no_column(tmp_path: Path) -> None:
    file = take(tmp_path, b'{"p":null}\n{"p":{"x":1}}\n', "x.jsonl")
    assert (file.headers, rows(file)) == (["p.x"], [(1, None), (2, "1")])


def test_nesting_beyond_reason_is_a_problem_of_its_line(tmp_path: Path) -> None:
    file = take(tmp_path, b'{"a":1}\n{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "x.jsonl")
    assert rows(file) == [(1, "1"), (2, "too-deep")]


# --- workbooks and Parquet -----------------------------------------------------------------------------------


def workbook(*sheets: tuple[str, list[list[Any]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


TABLE = [["编号", "Name", "Budget", "Date"], ["007", "Anna", 12.5, date(2024, 5, 1)], ["008", None, 3, None]]


def test_workbook_cells_become_text_with_their_sheet_rows(tmp_path: Path) -> None:
    cells = [["Leads of May"], [], *TABLE, [], ["009", "Bob", True, datetime(2024, 5, 1, 10, 30)]]
    file = take(tmp_path, workbook(("Old", [["x"], [1]]), ("Leads", cells), hidden="Old"), "x.csv")
    assert (file.dialect["sheet"], file.headers) == ("Leads", ["编号", "Name", "Budget", "Date"])
    assert rows(file) == [
        (4, "007", "Anna", "12.5", "2024-05-01"),
        (5, "008", None, "3", None),
        (7, "009", "Bob", "true", "2024-05-01 10:30:00"),
    ]
    assert json.loads(record_texts(file, {5})[5]) == {"编号": "008", "Budget": "3"}


def test_a_sheet_is_chosen_by_name_or_refused_by_name(tmp_path: Path) -> None:
    data = workbook(("A", [["x"], [1]]), ("Leads", TABLE))
    assert take(tmp_path, data, sheet="leads").headers[1] == "Name"
    refused = take(tmp_path, data, sheet="Contacts").refused
    assert refused is not None
    assert "A, Leads" in refused["en"]


def test_a_merged_header_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["id", "name", None], [1, "a", "b"]]:
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    packed = io.BytesIO()
    book.save(packed)
    refused = take(tmp_path, packed.getvalue()).refused
    assert refused is not None
    assert (refused["code"], "B1:C1" in refused["en"]) == ("merged-header", True)


def test_a_locked_workbook_is_refused(tmp_path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    refused = take(tmp_path, locked, "x.xlsx").refused
    assert refused is not None
    assert refused["code"] == "password-protected"


def test_parquet_text_that_is_not_utf_8_is_a_problem_of_its_row(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2], "name": pa.array([b"Anna", b"M\xfcller"], pa.binary()).view(pa.string())})
    packed = io.BytesIO()
    pq.write_table(table, packed)
    file = take(tmp_path, packed.getvalue(), "x.parquet")
    assert rows(file) == [(1, "1", "Anna"), (2, "bad-bytes")]
    assert pq.read_table(file.rows_path).column("raw").to_pylist() == [None, "2 | M\\xfcller"]


def test_parquet_values_become_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "at": pa.array([datetime(2024, 5, 1, 10, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "n": [1, None],
            "f": [1.5, 2.0],
            "d": [Decimal("1.10"), None],
            "s": [{"x": 1}, {"x": 2}],
            "l": [[1, 2], None],
            "b": [True, False],
        }
    )
    packed = io.BytesIO()
    pq.write_table(table, packed)
    file = take(tmp_path, packed.getvalue(), "x.parquet")
    assert file.headers == ["at", "n", "f", "d", "s.x", "l", "b"]
    assert rows(file) == [
        (1, "2024-05-01 10:00:00Z", "1", "1.5", "1.10", "1", "[1,2]", "true"),
        (2, None, None, "2", None, "2", None, "false"),
    ]
