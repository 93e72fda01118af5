"""What was written in any dialect and encoding is read back to the same cells."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sources.readers.content import read
from sources.readers.reading import ReadOptions
from tests.sources.rows import table_rows

#: Encoding -> (byte order mark, words that people write in it); the words and nothing else make the text likely.
ENCODINGS: dict[str, tuple[bytes, str]] = {
    "utf-8": (b"", "Zoë Müller|王小红|Łódź|Ωμέγα|東京都|서울|Иванов|Ña|Straße 5"),
    "utf-8-sig": (b"", "Zoë Müller|王小红|Łódź|Ωμέγα|東京都|서울|Иванов|Ña|Straße 5"),
    "utf-16-le": (b"\xff\xfe", "Zoë Müller|王小红|Łódź|東京都|서울|Иванов|Anna"),
    "utf-16-be": (b"\xfe\xff", "Zoë Müller|王小红|Łódź|東京都|서울|Иванов|Anna"),
    "gb18030": (b"", "上海贸易有限公司|王小红|北京市朝阳区|销售经理|广州医疗器械|请尽快联系|深圳科技"),
    "gbk": (b"", "上海贸易有限公司|王小红|北京市朝阳区|销售经理|广州医疗器械|请尽快联系|深圳科技"),
    "big5": (b"", "臺灣貿易有限公司|陳美玲|臺北市信義區|業務經理|國泰金融控股|請儘快聯絡|高雄"),
    "shift_jis": (b"", "株式会社ひまわり|山田太郎|東京都新宿区|営業部の担当|お問い合わせ|カタログ|さくら商店"),
    "euc_kr": (b"", "주식회사 한빛|김영희|서울특별시 강남구|영업부 과장|부산|연락 부탁드립니다|대한민국"),
    "cp1250": (b"", "Dvořák|Żółkiewski|Kovács Gyöngyi|Třebíč|Łódź|Příjmení|Wrocław"),
    "cp1251": (b"", "Иванов Сергей|Москва|Компания Ромашка|директор|Санкт-Петербург|Екатерина"),
    "cp1252": (b"", "Müller|François|Señor Núñez|Straße|São Paulo|Société Générale|Jürgen"),
    "latin-1": (b"", "Müller|François|Señor Núñez|Straße|São Paulo|Société Générale|Jürgen"),
}
QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]
DELIMITERS = [",", ";", "\t", "|", "^", "~"]
#: What else stands in cells: all that a dialect has to hide.
ODD = [
    "",
    "a,b",
    "x;y",
    'say "hi"',
    "two\nlines",
    "tab\there",
    "p|q",
    "007",
    "-1.5",
    "a@x.de",
    " both ",
    "'",
    "=1+1",
    "#",
]
HEADER = ["id", "Name", "Note", "Email"]


def written(table: list[list[str]], encoding: str, delimiter: str, quoting: int, end: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)  # type: ignore[arg-type]
    return ENCODINGS[encoding][0] + text.getvalue().encode(encoding)


def cells(data: bytes) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Headers, and the cells of each row; a problem in the place of cells."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        reading = read(path, ReadOptions(), "file.csv", Path(folder), exact=True)
        return reading.headers, [row[1:] for row in table_rows(pa.Table.from_batches(list(reading.batches)))]


@st.composite
def tables(draw: st.DrawFn, encoding: str) -> list[list[str]]:
    """A header, and a row for each word of the language: a number, the word, any cell, an address.

    One word alone is no evidence of an encoding: such files are refused.
    """
    words = draw(st.permutations(ENCODINGS[encoding][1].split("|")))
    notes = draw(st.lists(st.sampled_from([*words, *ODD]), min_size=len(words), max_size=len(words)))
    lines = zip(words, notes, strict=True)
    return [HEADER, *[[str(n), name, note, f"p{n}@x.example"] for n, (name, note) in enumerate(lines)]]


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_table_is_read_back_as_it_was_written(encoding: str, data: st.DataObject) -> None:
    table = data.draw(tables(encoding))
    delimiter, quoting = data.draw(st.sampled_from(DELIMITERS)), data.draw(st.sampled_from(QUOTING))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    headers, found = cells(written(table, encoding, delimiter, quoting, end))
    assert headers == HEADER
    assert found == [tuple(cell or None for cell in line) for line in table[1:]]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(tables("utf-8"), st.permutations(range(4)), st.sampled_from(DELIMITERS))
def test_the_order_of_columns_does_not_matter(table: list[list[str]], order: list[int], delimiter: str) -> None:
    def named(columns: list[int] | range) -> list[dict[str, Any]]:
        chosen = [[line[at] for at in columns] for line in table]
        headers, found = cells(written(chosen, "utf-8", delimiter, csv.QUOTE_MINIMAL, "\n"))
        return [dict(zip(headers, row, strict=True)) for row in found]

    assert named(order) == named(range(4))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8),
                         min_size=3, max_size=3), min_size=2, max_size=8))  # fmt: skip
def test_any_text_in_quotes_is_kept(lines: list[list[str]]) -> None:
    assume(all(line[0].strip() for line in lines))
    table = [["id", "Name", "Note"], *[[f"k{n}", *line[1:]] for n, line in enumerate(lines)]]
    headers, found = cells(written(table, "utf-8", ",", csv.QUOTE_ALL, "\n"))
    assert headers == table[0]
    assert found == [tuple(cell or None for cell in line) for line in table[1:]]
