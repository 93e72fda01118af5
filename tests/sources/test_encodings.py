"""Encodings are decided by what the text looks like: generated files in many languages, counted."""

from __future__ import annotations

import io
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import sources.encodings
from sources.encodings import FIRST_WORDS, decide_encoding
from sources.errors import RefusedFileError
from sources.likelihood import Weighed, weighed
from sources.readers.lines import profile_text

LANGUAGES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("foreign_names.yaml").read_text(encoding="utf-8"))
EAST = ("simplified", "traditional", "japanese", "korean")
SEED = 20_260_101


def tables(language: str, count: int, known_header: bool) -> Iterator[tuple[int, str]]:
    """Tables of 1 to 20 rows: (rows with foreign text, text); headers in English, in the language, or unknown words."""
    draw = random.Random(f"{SEED} {language} {known_header}")
    spoken = LANGUAGES[language]
    for _ in range(count):
        delimiter = draw.choice(",;\t")
        rows = draw.choice([1, 2, 3, 5, 5, 10, 20])
        header = ["id", *(spoken["header"] if known_header else ("who", "where", "what")), "email"]
        lines = [delimiter.join(header)]
        for number in range(rows):
            names = [draw.choice(spoken["people"]), draw.choice(spoken["companies"]), draw.choice(spoken["companies"])]
            lines.append(delimiter.join([str(number), *names, f"a{number}@example.com"]))
        yield rows, "\n".join(lines) + "\n"


def decided(data: bytes) -> str | None:
    try:
        return decide_encoding(data, profile_text(io.BytesIO(data))).name
    except RefusedFileError:
        return None


def counted(language: str, known_header: bool) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    wrong = []
    for encoding in LANGUAGES[language]["encodings"]:
        for rows, text in tables(language, 15, known_header):
            data = text.encode(encoding)
            if data.isascii():
                continue
            found = decided(data)
            size = "short" if rows < 3 else "long"
            if found is None:
                counts[f"refused {size}"] += 1
            elif data.decode(found, "replace") != text:
                counts["wrong"] += 1
                wrong.append(f"{encoding} as {found}: {text[:60]!r}")
            counts[size] += 1
    return counts, wrong


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("known_header", [True, False])
def test_no_file_is_read_in_a_wrong_encoding(language: str, known_header: bool) -> None:
    counts, wrong = counted(language, known_header)
    assert not wrong
    refused = counts["refused long"] / counts["long"]
    if language in EAST:
        assert (refused, counts["refused short"] <= 0.1 * counts["short"]) == (0, True)
    assert refused <= 0.25


@pytest.mark.parametrize("language", LANGUAGES)
def test_encodings_left_out_after_the_first_words_would_not_have_won(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files with more words than are weighed at first, in one language or half English: the answer is that of all."""
    spoken = LANGUAGES[language]
    draw = random.Random(f"{SEED} {language}")
    hopeless, weigh_all = sources.encodings.HOPELESS, 1e9
    left_out = 0
    for encoding, share in itertools.product(spoken["encodings"], (1.0, 0.5, 0.02)):
        lines = ["id,who,where,email"]
        for number in range(3 * FIRST_WORDS):
            names = [draw.choice(spoken[kind]) for kind in ("people", "companies")]
            foreign = [f"{name}{number}" if draw.random() < share else "Acme Ltd" for name in names]
            lines.append(",".join([str(number), *foreign, f"a{number}@example.com"]))
        data = "\n".join(lines).encode(encoding)
        if data.isascii():
            continue
        answers = []
        for hopelessly_behind in (hopeless, weigh_all):
            counts: list[int] = []
            monkeypatch.setattr(sources.encodings, "HOPELESS", hopelessly_behind)
            monkeypatch.setattr(sources.encodings, "weighed", _counting(counts))
            answers.append(decided(data))
            monkeypatch.undo()
            left_out += len(set(counts)) > 1 and hopelessly_behind == hopeless
        assert answers[0] == answers[1], f"{encoding}, share {share}"
    assert left_out, "the short-cut was never taken"


def _counting(into: list[int]) -> Callable[..., list[Weighed]]:
    def counting(*arguments: Any, **named: Any) -> list[Weighed]:
        found = weighed(*arguments, **named)
        into.append(len(found))
        return found

    return counting


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("编号,姓名,公司名称,邮箱", "gb18030"),
        ("編號,姓名,公司名稱,電子郵件", "big5"),
        ("番号,氏名,会社名,メールアドレス", "cp932"),
        ("번호,이름,회사명,이메일", "cp949"),
        ("№,Имя,Компания,Телефон", "cp1251"),
    ],
)
def test_a_header_alone_decides(header: str, encoding: str) -> None:
    data = (header + "\n" + "1,Anna Smith,Acme Ltd,anna@acme.com\n" * 5).encode(encoding)
    assert decided(data) == encoding


@pytest.mark.parametrize(
    ("cell", "encoding", "read_as"),
    [
        ("Cœur", "iso8859-15", "iso8859-15"),
        ("5000 €", "iso8859-15", "iso8859-15"),
        ("Škoda & Bœuf; 12 €", "iso8859-15", "iso8859-15"),
        ("Été", "iso8859-15", "cp1252"),
        ("5000 €", "cp1252", "cp1252"),
        ("2½ Zimmer", "cp1252", "cp1252"),
        ("½ Tag, 1½h", "cp1252", "cp1252"),
        ("Ecole d´été", "cp1252", "cp1252"),
    ],
)
def test_latin_9_is_told_from_latin_1_by_the_signs_that_are_its_own(cell: str, encoding: str, read_as: str) -> None:
    rows = f"François Lefèvre,Société Générale\nZoé Petit,{cell}\nNoël,Besançon\n"
    text = "name,note\n" + rows.replace(";", " ") * 2
    assert decided(text.encode(encoding)) == read_as


def test_cut_characters_do_not_change_the_encoding() -> None:
    """Systems that cut text at a number of bytes leave half a character behind."""
    lines = [f"{n},上海云帆贸易有限公司,北京启明科技发展公司".encode("gb18030") for n in range(200)]
    lines[77] = lines[77][:-1]
    assert decided("编号,甲方,乙方\n".encode("gb18030") + b"\n".join(lines)) == "gb18030"


def test_what_nobody_writes_is_refused() -> None:
    draw = random.Random(SEED)
    noise = [bytes(draw.choice([10, 44, *range(128, 256)]) for _ in range(400)) for _ in range(40)]
    assert [decided(b"id,name\n" + data) for data in noise] == [None] * 40


@pytest.mark.parametrize("bad", ["Müller", "Café Zürich", "Sjöberg & Åkesson"])
@pytest.mark.parametrize("good", ["Grün", "José", "王小红", "Łódź", "Иванов"])
@pytest.mark.parametrize("plain", [0, 60])
def test_one_line_in_another_encoding_does_not_make_utf_8_another(good: str, bad: str, plain: int) -> None:
    lines = [f"{number},Anna Smith,anna@acme.com" for number in range(plain)]
    lines += [f"{number},{good},a@acme.com" for number in range(1 if plain else 2)]
    data = "\n".join(["id,name,email", *lines]).encode() + f"\n99,{bad},b@acme.com\n".encode("cp1252")
    assert decided(data) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("cell", ["王", "王小红", "很长的留言" * 60, "Anna", "김철수", "Иван"])
def test_unmarked_utf_16_is_told_by_its_zero_bytes(encoding: str, cell: str) -> None:
    text = "id,note\n" + f"1,{cell}\n" * 4
    assert decided(text.encode(encoding)) == encoding


def said_once(word: str, encoding: str) -> bytes:
    """A table in which one cell alone is not ASCII."""
    text = f"Ref,Name,Email,Company\n1,Anna Berg,a@x.example,Dupont SA\n2,Jo Petit,j@x.example,{word}\n"
    return text.encode(encoding)


WESTERN = """
    Clinique du cœur|Sœur Marie|Œuvre sociale|Sacré-Cœur|5000 €|€ 5000|Budget (€)|L’atelier|d’Artagnan SA|O’Neil|Anna’s
    Preis – netto|„Anna“ GmbH|“Big” Corp|Straße 5|Weißbach GmbH|Café Paris|René|20 °C|Acme™|5 m²|£5
"""
OTHERS = {
    "cp1250": "Ł. Kowalski|Świat|Wałbrzych|Paweł|Łukasz 5000 €|Ľ 5 – 7",
    "iso8859-2": "Š. Novak",
    "cp1254": "Şahin",
    "cp1251": "ООО|“Привет”",
    "mac-roman": "Díaz|país|Ríos|baúl",
    "cp850": "hôtel börse|café",
    "cp857": "Ç. Demir",
}


@pytest.mark.parametrize("word", [word.strip() for line in WESTERN.strip().splitlines() for word in line.split("|")])
def test_one_word_of_western_windows_is_enough_where_no_other_text_makes_sense(word: str) -> None:
    assert decided(said_once(word, "cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("word", "encoding"), [(word, name) for name, words in OTHERS.items() for word in words.split("|")]
)
def test_one_word_of_another_encoding_is_never_taken_for_western_windows(word: str, encoding: str) -> None:
    data = said_once(word, encoding)
    found = decided(data)
    assert found is None or data.decode(found) == data.decode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("氏名,Email\n田中太郎,tanaka@corp.jp\n", "iso2022_jp"),
        ("氏名,Email\nﾀﾅｶ,tanaka@corp.jp\n", "iso2022_jp_ext"),
        ("姓名,Email\n王小红,wang@corp.cn\n", "hz"),
    ],
)
def test_encodings_of_seven_bits_are_told_by_their_shifts(text: str, encoding: str) -> None:
    assert decided(text.encode(encoding)) == encoding


@pytest.mark.parametrize(
    "data",
    [
        "이름,Email\n김철수,kim@corp.kr\n".encode("iso2022_kr"),
        "氏名,Email\n田中太郎,tanaka@corp.jp\n".encode("iso2022_jp") + b"\x1b$B\x21,b@corp.jp\n",
        b"\x1b$B;aL>\nno way back,a@corp.jp\n",
        "姓名,Email\n王小红,wang@corp.cn\n".encode("hz") + b"home ~wang,b@corp.cn\n",
    ],
)
def test_shifts_that_cannot_be_followed_on_every_line_are_refused(data: bytes) -> None:
    assert decided(data) is None


@pytest.mark.parametrize(
    "text", ["id,note\n1,\x1b[31mred\x1b[0m\n", "id,home\n1,~{user}\n", "id,note\n1,~anna ~{a~}\n"]
)
def test_other_escapes_and_tildes_are_plain_text(text: str) -> None:
    assert decided(text.encode()) == "utf-8"
