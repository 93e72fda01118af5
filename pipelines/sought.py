"""What is looked for where a person may have left traces: keyed hashes of whoever was erased, or words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sources.tombstones import NOTHING, Tombstones, re2_literal


class Sought(Protocol):
    """What is looked for."""

    def count(self, text: str) -> int:
        """How often it stands in a text."""

    def count_in_name(self, name: str) -> int:
        """How often it stands in the name of a file, where an ending follows an address and anything goes before it."""

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Those values of a column that may have it: all that do, and few others."""


@dataclass(frozen=True)
class Erased:
    """Whatever was erased, by its tombstones."""

    tombstones: Tombstones

    def count(self, text: str) -> int:
        """How often something that was erased stands in a text."""
        return sum(1 for _ in self.tombstones.places(text))

    def count_in_name(self, name: str) -> int:
        """How often an address or a number that was erased stands in the name of a file."""
        return sum(1 for _ in self.tombstones.places_in_name(name))

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Values in which an address or a number stands that was erased."""
        return column.filter(self.tombstones.mask(column))


@dataclass(frozen=True)
class Words:
    """Texts as they were written: addresses, numbers and names, whole and in any case.

    Attributes:
        texts: what is looked for.
    """

    texts: frozenset[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        listed = "|".join(re.escape(text) for text in sorted(self.texts, key=lambda text: (-len(text), text)))
        return re.compile(rf"(?<![\w+@.%-])(?:{listed})(?![\w@]|\.\w)" if listed else r"(?!)", re.IGNORECASE)

    @cached_property
    def _pattern_in_names(self) -> re.Pattern[str]:
        return words_in_names(self.texts)

    @cached_property
    def _wide(self) -> str:
        return "|".join(re2_literal(text) for text in sorted(self.texts)) or NOTHING

    @cached_property
    def _lowered(self) -> tuple[str, ...]:
        return tuple(sorted({text.lower() for text in self.texts}))

    def count(self, text: str) -> int:
        """How often they stand in a text."""
        lowered = text.lower()
        if not any(word in lowered for word in self._lowered):  # ten times as fast as the pattern, and so mostly
            return 0
        return sum(1 for _ in self._pattern.finditer(text))

    def count_in_name(self, name: str) -> int:
        """How often they stand in the name of a file, their words joined as names of files join them."""
        return sum(1 for _ in self._pattern_in_names.finditer(name))

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Values that have one of them somewhere: one automaton for all words, a gigabyte in two seconds."""
        found = pc.match_substring_regex(column, self._wide, ignore_case=True)
        return column.filter(pc.fill_null(found, False))


def words_in_names(texts: Iterable[str]) -> re.Pattern[str]:
    """What finds texts in names of files: there `Ida_Quist.csv` says Ida Quist, and an ending follows an address."""
    listed = [
        "[ _.-]*".join(re.escape(part) for part in text.split())
        for text in sorted(texts, key=lambda text: (-len(text), text))
        if text.strip()
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(listed)})(?![^\W_])" if listed else r"(?!)", re.IGNORECASE)
