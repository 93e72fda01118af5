"""What is written in each encoding: its letters by how often people use them, and its signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

_LETTERS = Path(__file__).with_name("letters.txt")


@cache
def _tables() -> dict[str, list[str]]:
    """Characters, or pairs of letters, from the most frequent down, by the name of what writes them."""
    tables: dict[str, list[str]] = {}
    for line in _LETTERS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("["):
            current = tables.setdefault(line.strip("[]"), [])
        else:
            current.extend(line.split() if " " in line else line)
    return tables


@cache
def ranks(name: str) -> dict[str, int]:
    """Places of the characters of a table, the most frequent first."""
    return {text: rank for rank, text in enumerate(_tables()[name])}


@cache
def frequencies(name: str, flat: int) -> dict[str, float]:
    """Probability by rank, 1 / (rank + flat): how characters and pairs of them are distributed in any language."""
    ranked = ranks(name)
    total = sum(1 / (rank + flat) for rank in ranked.values())
    return {text: 1 / (rank + flat) / total for text, rank in ranked.items()}


def _in_level_one(char: str, codec: str, first: int, last: int) -> bool:
    try:
        code = char.encode(codec)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


#: Punctuation and signs, by how often they stand in tables.
EAST_SIGNS = "()、,。:;·—/-“”-《》【】!?「」『』…~*％&+.〒№①②③④⑤℃　"
WEST_SIGNS = "’–€°“”—…«»‘®§©£™·º²ª½³´¿¡•„"
BEHIND_WORDS = "’–—”»®™©…·"


@dataclass(frozen=True)
class Script:
    """What is written in an encoding.

    Attributes:
        tables: name of a table, its share of the letters, how flat its distribution is.
        rest: share of letters of the repertoire that no table has, and how many there are.
        repertoire: whether such a letter is one of a well-known set.
        signs: its punctuation.
        pairs: for alphabets with few letters outside ASCII, the table of pairs of letters that they stand in.
    """

    tables: tuple[tuple[str, float, int], ...] = ()
    rest: float = 1e-3
    repertoire: Callable[[str], bool] = field(default=lambda _: False)
    repertoire_size: int = 5_000
    signs: str = EAST_SIGNS
    pairs: str | None = None


_CHINESE = partial(_in_level_one, codec="gb2312", first=0xB0, last=0xF7)
_TAIWANESE = partial(_in_level_one, codec="big5", first=0xA4, last=0xC6)
_JAPANESE = partial(_in_level_one, codec="shift_jis", first=0x88, last=0x98)
_KOREAN = partial(_in_level_one, codec="euc_kr", first=0xB0, last=0xC8)
_JAPAN = Script((("kana", 0.5, 8), ("kanji", 0.47, 30)), 0.03, _JAPANESE, 2_965)
_RUSSIA = Script((("cyrillic", 0.99, 5),), signs=WEST_SIGNS + "№")

_GREECE = Script((("greek", 0.99, 5),), signs=WEST_SIGNS)

#: Python codecs in the order in which one text that several give is named, and what is written in them.
CANDIDATES: Mapping[str, Script] = {
    "gb18030": Script((("simplified", 0.95, 30), ("traditional", 0.03, 30)), 0.01, _CHINESE, 6_763),
    "big5": Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "cp950": Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "big5hkscs": Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "cp932": _JAPAN,
    "euc_jp": _JAPAN,
    "cp949": Script((("hangul", 0.97, 20),), 0.03, _KOREAN, 2_350),
    "cp1252": Script(pairs="western", signs=WEST_SIGNS),
    "latin-1": Script(pairs="western", signs=WEST_SIGNS),
    "cp1250": Script(pairs="central", signs=WEST_SIGNS),
    "iso8859-2": Script(pairs="central", signs=WEST_SIGNS),
    "cp1254": Script(pairs="turkish", signs=WEST_SIGNS),
    "cp1257": Script(pairs="baltic", signs=WEST_SIGNS),
    "cp1251": _RUSSIA,
    "koi8-r": _RUSSIA,
    "cp1253": _GREECE,
    "iso8859-7": _GREECE,
    "cp866": _RUSSIA,
    "mac-cyrillic": _RUSSIA,
    "cp1255": Script((("hebrew", 0.99, 5),), signs=WEST_SIGNS),
    "cp1256": Script((("arabic", 0.99, 5),), signs=WEST_SIGNS),
    "cp874": Script((("thai", 0.99, 8),), signs=WEST_SIGNS),
    "mac-roman": Script(pairs="western", signs=WEST_SIGNS),
    "cp850": Script(pairs="western", signs=WEST_SIGNS),
    "cp437": Script(pairs="western", signs=WEST_SIGNS),
    "cp857": Script(pairs="turkish", signs=WEST_SIGNS),
    "cp852": Script(pairs="central", signs=WEST_SIGNS),
    "mac-latin2": Script(pairs="central", signs=WEST_SIGNS),
}

#: Seldom met, but each would pass for another if it were not weighed.
SELDOM = {
    "euc_jp",
    "koi8-r",
    "cp866",
    "mac-cyrillic",
    "mac-roman",
    "cp850",
    "cp437",
    "cp857",
    "cp852",
    "mac-latin2",
    "cp1257",
    "cp874",
}
