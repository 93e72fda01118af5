"""The words of this room, read from the YAML beside it once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
LANGUAGES = ("english", "chinese", "european", "further_european", "japanese_korean")
#: Columns that look like a field and are none.
ELSEWHERE = "elsewhere"
#: Names that count for every kind that has the field.
ANY = "any"

# Every scalar is text: `no` is a word here. The C parser is 20 times as fast, and not built everywhere.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=_LOADER)
    return found


def named_in(language: str) -> dict[str, Any]:
    """What one file of names says: kind, or :data:`ANY` -> field -> names; and :data:`ELSEWHERE`."""
    return _read(f"names/{language}.yaml")


@cache
def field_names(kind: str) -> dict[str, tuple[str, ...]]:
    """The names of every canonical field of a kind that the tables know, the likeliest first.

    What a kind says of its own comes before what counts for any kind: a name that it gives to one field is no name
    of another.
    """
    own: dict[str, list[str]] = {}
    general: dict[str, list[str]] = {}
    for found, part in ((own, kind), (general, ANY)):
        for language in LANGUAGES:
            for field, names in named_in(language).get(part, {}).items():
                found.setdefault(field, []).extend(names)
    taken = {name.casefold(): field for field, names in own.items() for name in names}
    return {
        field: tuple(
            dict.fromkeys(
                [*own.get(field, []), *[n for n in general.get(field, []) if taken.get(n.casefold(), field) == field]]
            )
        )
        for field in {**own, **general}
    }


@cache
def other_names() -> tuple[str, ...]:
    """Names of columns that look like a field and are none."""
    return tuple(name for language in LANGUAGES for name in named_in(language).get(ELSEWHERE, []))


@cache
def key_names() -> tuple[str, ...]:
    """Names of the key that a source gives its rows."""
    return tuple(_read("words.yaml")["keys"])


@cache
def abbreviations() -> dict[str, str]:
    """Short forms in column names, and what they stand for."""
    found: dict[str, str] = _read("words.yaml")["abbreviations"]
    return found


@cache
def passing_words() -> frozenset[str]:
    """Words in column names that say whose the value is, or please."""
    return frozenset(_read("words.yaml")["said_in_passing"]["words"])


@cache
def passing_chinese() -> tuple[str, ...]:
    """The same in Chinese, the longest first."""
    return tuple(sorted(set(_read("words.yaml")["said_in_passing"]["chinese"]), key=lambda word: (-len(word), word)))


@cache
def passing_endings() -> tuple[str, ...]:
    """Words that close a question, the longest first."""
    return tuple(sorted(_read("words.yaml")["said_in_passing"]["at_end"], key=lambda word: (-len(word), word)))


@cache
def words(about: str) -> frozenset[str]:
    """The words of a list of ``words.yaml``, in lower case, and those of the lists that it holds."""
    found = _read("words.yaml")[about]
    listed = found if isinstance(found, list) else [*found["words"], *found["chinese"]]
    each = (entry if isinstance(entry, list) else [entry] for entry in listed)
    return frozenset(word.casefold() for entry in each for word in entry)


@cache
def area_or_dialling_codes() -> dict[str, frozenset[str]]:
    """Names of columns of area codes or dialling codes, with the dialling codes that count there without a sign."""
    return {name: frozenset(codes) for name, codes in _read("words.yaml")["area_or_dialling_codes"].items()}


@cache
def letters(about: str) -> frozenset[str]:
    """The characters of a text of ``words.yaml``."""
    return frozenset(letter for letter in _read("words.yaml")[about] if not letter.isspace())


@cache
def country_names() -> dict[str, str]:
    """ISO 3166-1 alpha-2 code by every code and name of a country, in lower case."""
    found: dict[str, str] = {}
    for code, names in _read("countries.yaml").items():
        found |= {name.casefold(): code for name in (code, *names)}
    return found


@cache
def _twins() -> dict[int, str]:
    pairs = _read("names/characters.yaml")["traditional"].split()
    return {ord(pair[0]): pair[1] for pair in pairs}


def simplified(text: str) -> str:
    """Text with its traditional characters replaced by their simplified twins, as far as the table goes."""
    return text if text.isascii() else text.translate(_twins())
