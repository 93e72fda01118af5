"""Rows that name several people: which of their columns are the lead's, and which are those of further contacts.

What is told of a person behind a number (``Contact 2 Name``, ``Contact 2 Email``) belongs together. Numbers count only
where names are numbered: a second address beside one name is still an address of that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policy.feeds import CANONICAL_FIELDS
from sources.mapping.fields import IN_THE_TABLES, name_index
from sources.mapping.headers import named

_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)(?:\s?(?:st|nd|rd|th)\b)?")
#: Of people without a number; they come before all that have one.
_NO_NUMBER = 0
_ORDINALS = {"primary": _NO_NUMBER, "main": _NO_NUMBER, "secondary": 2, "alternate": 2, "alternative": 2, "tertiary": 3}
_NAMES = frozenset({"full_name", "first_name", "last_name"})


@dataclass(frozen=True)
class Contacts:
    """The columns of a file by whose they are.

    Attributes:
        headers: by what name each column is judged: without the number of the lead where people are numbered.
        of_others: places of the columns that tell of further contacts.
    """

    headers: tuple[str, ...]
    of_others: frozenset[int]


def contacts_of(kind: str, headers: Sequence[str]) -> Contacts:
    """Which columns tell of the lead where several people have a number; all of them where not several have."""
    if "full_name" not in CANONICAL_FIELDS[kind]:
        return Contacts(tuple(headers), frozenset())
    numbers = [_number_of(header) for header in headers]
    bare = [
        _NUMBER.sub("", header, count=1) if number else header for header, number in zip(headers, numbers, strict=True)
    ]
    people = {number for text, number in zip(bare, numbers, strict=True) if _is_name_of_a_person(kind, text)}
    if len(people) < 2:
        return Contacts(tuple(headers), frozenset())
    lead = min(people)
    return Contacts(
        tuple(text if number == lead else header for header, text, number in zip(headers, bare, numbers, strict=True)),
        frozenset(at for at, number in enumerate(numbers) if number in people - {lead}),
    )


def _number_of(header: str) -> int:
    """The one number in a name, in digits or as a word; 0 where there is none, or several."""
    found = _NUMBER.findall(header)
    if found:
        return int(found[0]) if len(found) == 1 else _NO_NUMBER
    return next((_ORDINALS[word] for word in named(header).words if word in _ORDINALS), _NO_NUMBER)


def _is_name_of_a_person(kind: str, header: str) -> bool:
    name = named(header)
    without_ordinal = named(" ".join(word for word in name.words if word not in _ORDINALS))
    alike = name_index(kind).alike(without_ordinal)
    best = max(alike.items(), key=lambda found: found[1][0], default=None)
    return best is not None and best[0] in _NAMES and best[1][0] >= IN_THE_TABLES
