"""The word lists as they are looked up, from the YAML tables beside this file and the policy's additions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from assets.identity.folding import folded_text, latin_letters, simplified
from policy.identity import NameWords

# The C parser is 20 times as fast, and not built everywhere.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _table(name: str) -> dict[str, Any]:
    """One of the tables, as YAML reads it."""
    text = (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=_LOADER)
    return found


def _listed(value: Any) -> list[str]:
    """Words of a list, of a text with spaces between them, or of lists by language."""
    if isinstance(value, dict):
        return [word for words in value.values() for word in _listed(words)]
    return value.split() if isinstance(value, str) else [str(word) for word in value]


def _folded(value: Any) -> list[str]:
    return [folded_text(word).replace("_", " ").strip() for word in _listed(value)]


def letters_only(text: str) -> str:
    """Letters and digits of a folded text, in one."""
    return re.sub(r"[\W_]+", "", text)


def alternatives(words: list[str]) -> str:
    """A pattern that matches one of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted({*words} - {""}, key=lambda word: (-len(word), word)))


@dataclass(frozen=True)
class PersonWords:
    """Words of people's names.

    Attributes:
        titles: in front of a name, no part of it.
        pointed_titles: the same only with a point behind them.
        faculties: behind a title, no part of the name either.
        doubtful_faculties: the same where two more words follow.
        suffixes: behind a name, no part of it.
        unspaced_suffixes: behind a name in Chinese, Japanese or Korean letters.
        korean_positions: behind a whole Korean name.
        particles: in front of a family name, part of it.
        formal_names: short form -> given name it stands for; given names stand for themselves.
        female_forms: a man's given name and a woman's that is made of it.
        chinese: family name in pinyin -> place by frequency.
        chinese_characters: the same in characters.
        chinese_compound: those of two and more characters.
        chinese_readings: family name -> pinyin, where it is not read as elsewhere.
        korean: family name in Hangul -> Latin letters.
        korean_latin: writing in Latin letters -> the one taken for it.
        vietnamese: family name -> place by frequency.
        vietnamese_plain: those that are nothing else.
        vietnamese_middle: words between family and given name.
        japanese: family name in characters -> Latin letters.
        hungarian: family names.
        hungarian_given: given names.
    """

    titles: frozenset[str]
    pointed_titles: frozenset[str]
    faculties: frozenset[str]
    doubtful_faculties: frozenset[str]
    suffixes: frozenset[str]
    unspaced_suffixes: tuple[str, ...]
    korean_positions: tuple[str, ...]
    particles: frozenset[str]
    formal_names: dict[str, str]
    female_forms: frozenset[tuple[str, str]]
    chinese: dict[str, int]
    chinese_characters: frozenset[str]
    chinese_compound: frozenset[str]
    chinese_readings: dict[str, str]
    korean: dict[str, str]
    korean_latin: dict[str, str]
    vietnamese: dict[str, int]
    vietnamese_plain: frozenset[str]
    vietnamese_middle: frozenset[str]
    japanese: dict[str, str]
    hungarian: frozenset[str]
    hungarian_given: frozenset[str]

    @cached_property
    def around(self) -> frozenset[str]:
        """All that stands in Latin letters around a name and is no part of it."""
        return self.titles | self.pointed_titles | self.faculties | self.doubtful_faculties | self.suffixes

    @cached_property
    def japanese_latin(self) -> frozenset[str]:
        """Japanese family names in Latin letters."""
        return frozenset(self.japanese.values())

    @cached_property
    def chinese_compound_latin(self) -> frozenset[str]:
        """Chinese family names of two and more characters in Latin letters."""
        return frozenset(self.chinese_readings.get(name) or latin_letters(name) for name in self.chinese_compound)

    @cached_property
    def family_readings(self) -> frozenset[tuple[str, str]]:
        """Family names in Chinese, Japanese and Korean letters with each of their readings in Latin letters."""
        chinese = ((name, self.chinese_readings.get(name) or latin_letters(name)) for name in self.chinese_characters)
        hangul = {latin: name for name, latin in self.korean.items()}
        korean = ((hangul[first], latin) for latin, first in self.korean_latin.items() if first in hangul)
        return frozenset([*chinese, *self.japanese.items(), *korean])

    @cached_property
    def names_of_another_order(self) -> frozenset[str]:
        """Names in Latin letters that tell, or may tell, that the family name stands in front."""
        tables = (self.chinese, self.korean_latin, self.vietnamese, self.japanese_latin, self.hungarian)
        return frozenset().union(*tables, self.hungarian_given)


def person_words(added: NameWords | None = None) -> PersonWords:
    """The words of people's names, with what policy adds."""
    return _person_words((added or NameWords()).model_dump_json())


# folding the tables takes longer than folding a few hundred names
@lru_cache(maxsize=8)
def _person_words(told: str) -> PersonWords:
    added = NameWords.model_validate_json(told)
    around, family = _table("person_words"), _table("family_names")
    formal: dict[str, str] = {}
    for names in (_table("nicknames"), added.nicknames):
        for name, forms in names.items():
            formal.update({folded_text(form): folded_text(name) for form in forms})
            formal[folded_text(name)] = folded_text(name)
    readings = {simplified(name): reading for name, reading in family["chinese_readings"].items()}
    compounds = [simplified(name) for name in _listed(family["chinese_compound"])]
    characters = [*map(simplified, [*added.family_names, *_listed(family["chinese"])]), *compounds]
    korean: dict[str, str] = {}
    korean_latin: dict[str, str] = {}
    for name, writings in family["korean"].items():
        for writing in writings:
            korean_latin.setdefault(writing, writings[0])
        # a writing that two names share stands for both, so that either is found by it
        korean[name] = korean_latin[writings[0]]
    chinese: dict[str, int] = {}
    for place, name in enumerate(characters):
        chinese.setdefault(readings.get(name, latin_letters(name)), place)
    japanese = {simplified(name): latin for name, latin in family["japanese"].items()}
    return PersonWords(
        titles=frozenset(_folded(around["titles"]) + _folded(added.titles)),
        pointed_titles=frozenset(_folded(around["pointed_titles"])),
        faculties=frozenset(_folded(around["faculties"])),
        doubtful_faculties=frozenset(_folded(around["doubtful_faculties"])),
        suffixes=frozenset(_folded(around["suffixes"]) + _folded(added.suffixes)),
        unspaced_suffixes=tuple(simplified(word) for word in around["unspaced_suffixes"]),
        korean_positions=tuple(around["korean_positions"]),
        particles=frozenset(_folded(around["particles"]) + _folded(added.particles)),
        formal_names=formal,
        female_forms=frozenset(
            (folded_text(name), folded_text(form))
            for names in (_table("female_forms"), added.female_forms)
            for name, forms in names.items()
            for form in forms
        ),
        chinese=chinese,
        chinese_characters=frozenset(characters),
        chinese_compound=frozenset(compounds),
        chinese_readings=readings,
        korean=korean,
        korean_latin=korean_latin,
        vietnamese={name: place for place, name in enumerate(_listed(family["vietnamese"]))},
        vietnamese_plain=frozenset(_listed(family["vietnamese_plain"])),
        vietnamese_middle=frozenset(_listed(family["vietnamese_middle"])),
        japanese=japanese,
        hungarian=frozenset(_listed(family["hungarian"])),
        hungarian_given=frozenset(_listed(family["hungarian_given"])),
    )


@dataclass(frozen=True)
class CompanyWords:
    """Words of companies' names.

    Attributes:
        legal_forms: behind a name, of one word or several.
        doubtful_forms: those of them that are a word or a name as often.
        legal_fronts: in front of a name.
        other_writings: a word as it is compared, and behind it what else is written for it.
        unspaced_forms: behind a name in Chinese, Japanese or Korean letters.
        unspaced_fronts: in front of one.
        bracketed_forms: their first letter, in brackets.
        places: in front of, or in brackets in, a Chinese name.
        keep_place_before: endings of Chinese names that only the place tells apart.
        unspaced_trades: lines of business behind a Chinese brand.
        trades: lines of business behind a brand in Latin letters.
        regions: countries and regions behind a brand in Latin letters.
        weak_words: that are no brand by themselves.
        host_endings: what the name of a host ends with.
        and_words: words for "and".
        no_company: what those say who have none, as it is written and without spaces and marks.
    """

    legal_forms: tuple[str, ...]
    doubtful_forms: tuple[str, ...]
    legal_fronts: tuple[str, ...]
    other_writings: tuple[str, ...]
    unspaced_forms: tuple[str, ...]
    unspaced_fronts: tuple[str, ...]
    bracketed_forms: tuple[str, ...]
    places: tuple[str, ...]
    keep_place_before: tuple[str, ...]
    unspaced_trades: tuple[str, ...]
    trades: frozenset[str]
    regions: tuple[str, ...]
    weak_words: frozenset[str]
    host_endings: tuple[str, ...]
    and_words: tuple[str, ...]
    no_company: tuple[str, ...]


def company_words(added: NameWords | None = None) -> CompanyWords:
    """The words of companies' names, with what policy adds."""
    return _company_words((added or NameWords()).model_dump_json())


# folding the tables takes longer than folding a few hundred names
@lru_cache(maxsize=8)
def _company_words(told: str) -> CompanyWords:
    added = NameWords.model_validate_json(told)
    table = _table("company_words")

    def spaced(name: str, more: list[str] | None = None) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*_folded(table[name]), *_folded(more or [])]))

    def unspaced(name: str, more: list[str] | None = None) -> tuple[str, ...]:
        words = [simplified(folded_text(word)) for word in [*_listed(table[name]), *(more or [])]]
        return tuple(dict.fromkeys(words))

    return CompanyWords(
        legal_forms=spaced("legal_forms", added.legal_forms),
        doubtful_forms=spaced("doubtful_forms"),
        legal_fronts=spaced("legal_fronts"),
        other_writings=tuple(table["other_writings"]),
        unspaced_forms=unspaced("unspaced_forms", added.legal_forms),
        unspaced_fronts=unspaced("unspaced_fronts"),
        bracketed_forms=unspaced("bracketed_forms"),
        places=unspaced("places", added.places),
        keep_place_before=unspaced("keep_place_before"),
        unspaced_trades=unspaced("unspaced_trades", added.trades),
        trades=frozenset(spaced("trades", added.trades)),
        regions=spaced("regions"),
        weak_words=frozenset(spaced("weak_words")),
        host_endings=tuple(_listed(table["host_endings"])),
        and_words=spaced("and_words"),
        no_company=tuple(
            writing for word in unspaced("no_company", added.no_company) for writing in (word, letters_only(word))
        ),
    )


def address_words(added: NameWords | None = None) -> dict[str, str]:
    """Word in an address -> the short form it is compared by."""
    added = added or NameWords()
    found: dict[str, str] = {}
    for words in (_table("address_words"), added.address_words):
        for short, forms in words.items():
            found.update({folded_text(form): folded_text(short) for form in forms})
    return found
