"""Text that was decoded in the wrong encoding before it came."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mojibake import eastern, garbled_as, western
from tests.sources.rows import rows, take

NAMES = [
    "台積電股份有限公司",
    "鴻海精密工業",
    "聯發科技",
    "國泰金融控股",
    "統一企業",
    "臺灣大學醫院",
    "長榮海運",
    "中華電信",
    "和碩聯合科技",
    "廣達電腦",
]


def wrong(text: str, written_as: str, read_as: str) -> str:
    return text.encode(written_as).decode(read_as)


@pytest.mark.parametrize(
    "text", ["Müller", "Café – “Zoë”", "Łódź", "Ångström", "Иванов", "Παπαδόπουλος", "5 €", "王小红"]
)
@pytest.mark.parametrize("times", [1, 2])
def test_utf8_that_was_read_as_latin_1_is_put_right(text: str, times: int) -> None:
    garbled = text
    for _ in range(times):
        garbled = wrong(garbled, "utf-8", "latin-1")
    assert western(garbled) == text


@pytest.mark.parametrize("text", ["MÃ¼ller", "donâ€™t", "CafÃ©", "FranÃ§ois", "5 â‚¬"])
def test_utf8_that_was_read_as_cp1252_is_put_right(text: str) -> None:
    assert western(text) == text.encode("cp1252").decode()


@pytest.mark.parametrize(
    "text",
    ["Müller", "SÃO PAULO", "NESCAFÉ®", "«CAFÉ»", "IRMÃ®", "Ä", "Åse", "naïve", "Ãlvaro", "10 °C", "王小红", "Â", "£5",
     "São João – “Zoë”", "Ñandú", "ÅÄÖ", "Müller MÃ¼ller"],
)  # fmt: skip
def test_text_that_is_right_stays(text: str) -> None:
    assert western(text) is None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1, max_size=12))
def test_what_was_put_right_comes_back_to_what_it_was(text: str) -> None:
    garbled = wrong(text, "utf-8", "latin-1")
    found = western(garbled)
    while found is not None and found != text and len(found) > len(text):
        found = western(found)
    assert found in {None, text} or wrong(found, "utf-8", "latin-1") in {garbled, text}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.characters(codec="big5", min_codepoint=0x4E00), min_size=1, max_size=12))
def test_a_chinese_repair_is_exact(text: str) -> None:
    try:
        garbled = wrong(text, "big5", "gb18030")
    except UnicodeDecodeError:
        return
    found = eastern(garbled, "gb18030", "big5")
    assert found is None or wrong(found, "big5", "gb18030") == garbled


def test_big5_that_was_read_as_gbk_is_put_right_by_column_and_the_rest_is_listed(tmp_path: Path) -> None:
    garbled = [wrong(name, "big5", "gb18030") for name in NAMES]
    cut = garbled[0][:-1] + "𠀀"
    lines = [f"{n},{name},Zoë" for n, name in enumerate([*garbled, *garbled[:4], cut])]
    file = take(tmp_path, "\n".join(["id,company,name", *lines]).encode())
    read = rows(file)
    assert [row[2] for row in read[:10]] == NAMES
    assert read[-1][2] == cut
    told = [json.loads(detail)[0] for detail in pq.read_table(file.rows_path)["detail"].to_pylist()]
    assert told[0] == {"field": "company", "code": "text-decoded", "was": garbled[0]}
    assert [entry["code"] for entry in told] == ["text-decoded"] * 14 + ["text-garbled"]


@pytest.mark.parametrize(
    "names",
    [NAMES, ["上海贸易有限公司", "北京科技发展公司", "王小红"], ["株式会社日立", "東京電力"], ["삼성전자", "현대"]],
)
def test_a_column_that_is_right_stays(names: list[str]) -> None:
    assert garbled_as(names) is None


def test_cells_and_headers_are_put_right_and_the_row_says_so(tmp_path: Path) -> None:
    text = "Name,StraÃŸe,Ort\nMÃ¼ller,Weg 1,KÃ¶ln\nSchmidt,Allee 2,Köln\nMÃ¼llerÃ¼\ufffd,,Ulm\n"
    file = take(tmp_path, text.encode())
    assert (file.headers, file.dialect["decoded_headers"]) == (["Name", "Straße", "Ort"], {"Straße": "StraÃŸe"})
    assert rows(file) == [
        (2, "Müller", "Weg 1", "Köln"),
        (3, "Schmidt", "Allee 2", "Köln"),
        (4, "MÃ¼llerÃ¼\ufffd", None, "Ulm"),
    ]
    assert [json.loads(detail or "[]") for detail in pq.read_table(file.rows_path)["detail"].to_pylist()] == [
        [
            {"field": "Name", "code": "text-decoded", "was": "MÃ¼ller"},
            {"field": "Ort", "code": "text-decoded", "was": "KÃ¶ln"},
        ],
        [],
        [{"field": "Name", "code": "text-garbled", "was": "MÃ¼llerÃ¼\ufffd"}],
    ]
