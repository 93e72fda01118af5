"""Rows that name several people: which of their columns are the lead's, and which are those of further contacts.

What is told of a person behind a number (``Contact 2 Name``, ``Contact 2 Email``) belongs together. Numbers count only
where names are numbered: a second address beside one name is still an address of that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy.feeds import CANONICAL_FIELDS
from sources.mapping.fields import IN_THE_TABLES, name_index
from sources.mapping.headers import named, number_of, without_number, without_ordinal

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
    numbers = [number_of(header) for header in headers]
    bare = [without_number(header) for header in headers]
    people = {number for text, number in zip(bare, numbers, strict=True) if _is_name_of_a_person(kind, text)}
    if len(people) < 2:
        return Contacts(tuple(headers), frozenset())
    lead = min(people)
    return Contacts(
        tuple(text if number == lead else header for header, text, number in zip(headers, bare, numbers, strict=True)),
        frozenset(at for at, number in enumerate(numbers) if number in people - {lead}),
    )


def _is_name_of_a_person(kind: str, header: str) -> bool:
    alike = name_index(kind).alike(named(without_ordinal(header)))
    best = max(alike.items(), key=lambda found: found[1][0], default=None)
    return best is not None and best[0] in _NAMES and best[1][0] >= IN_THE_TABLES
