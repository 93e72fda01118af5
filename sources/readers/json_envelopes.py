"""Where the records of a document are that no feed describes: in an array somewhere inside an envelope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from sources.header_names import is_header_name, plain
from sources.mapping.tables import field_names

#: How many objects may stand around the array.
MOST_AROUND = 4
#: Elements whose names are looked at, and how many of them must be objects and say how somebody is reached.
ELEMENTS, MOSTLY = 100, 0.8
#: So many known names make an object a record; a single one may stand anywhere.
LEAST_NAMES = 2
_PLAIN = re.compile(r"[^\W\d]\w*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def records_in(text: str) -> str | None:
    """The path of the longest array of objects with an e-mail address or a telephone each, which nothing around it has.

    Args:
        text: of a JSON document.

    Returns:
        Such as ``$.data.submissions``; None where the document is no single object, or is a record itself.
    """
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return None
    try:
        document = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    if _reaches(document):
        return None
    found = [(len(array), path) for path, array in _arrays(document, "$", MOST_AROUND) if _are_records(array)]
    return max(found, key=lambda one: one[0])[1] if found else None


def _arrays(value: dict[str, Any], path: str, around: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Arrays of objects and hardly anything else, each with its path, and the objects."""
    for key, inner in value.items():
        if "'" in key or not key:
            continue
        place = f"{path}.{key}" if _PLAIN.fullmatch(key) else f"{path}['{key}']"
        if isinstance(inner, list):
            objects = [element for element in inner if isinstance(element, dict)]
            if objects and len(objects) >= MOSTLY * len(inner):
                yield place, objects
        elif isinstance(inner, dict) and around > 1:
            yield from _arrays(inner, place, around - 1)


def _are_records(array: list[dict[str, Any]]) -> bool:
    first = array[:ELEMENTS]
    known = {name for element in first for name in _names(element) if is_header_name(name)}
    return len(known) >= LEAST_NAMES and sum(map(_reaches, first)) >= MOSTLY * len(first)


def _reaches(value: dict[str, Any]) -> bool:
    """Whether an object, or one inside it, names an e-mail address or a telephone."""
    return any(plain(name) in _ways() for name in _names(value))


def _names(value: dict[str, Any]) -> Iterator[str]:
    """The names of the values in an object and in objects inside it; arrays are not looked into."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _names(inner)
        elif not isinstance(inner, list):
            yield key


@cache
def _ways() -> frozenset[str]:
    names = field_names("leads")
    return frozenset(plain(name) for field in ("email", "phone") for name in names[field])
