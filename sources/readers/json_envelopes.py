"""Where the records of a document are that no feed describes: in an array or under keys, somewhere in an envelope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from functools import cache
from typing import Any

from sources.errors import RefusedFileError
from sources.header_names import is_header_name, plain
from sources.mapping.tables import field_names
from sources.readers.json_records import MEMBERS

#: How many objects may stand around the records.
MOST_AROUND = 4
#: Elements whose names are looked at, and how many of them must be objects and say how somebody is reached.
ELEMENTS, MOSTLY = 100, 0.8
#: So many known names make an object a record; a single one may stand anywhere.
LEAST_NAMES = 2
#: What a service says beside what it lists.
SUCCEEDED = frozenset({"", "ok", "success", "succeeded", "done"})
#: A number too short for a telephone's; numbers are texts here.
_COUNT = re.compile(r"\d{1,6}")
_PLAIN = re.compile(r"[^\W\d]\w*")
_OF_AN_ID = re.compile(r"[\d@-]")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def records_in(text: str) -> str | None:
    """The path of the most objects with an e-mail address or a telephone each, which nothing around them has.

    They are the elements of an array, or stand each under a key of its own, as some databases export them.

    Args:
        text: of a JSON document.

    Returns:
        Such as ``$.data.submissions`` or ``$.leads.*``, also where it holds none and nothing else is there; None where
        the document is no single object, or is a record itself.

    Raises:
        RefusedFileError: json-of-columns where no records but columns are there, or keys that may be addresses, which
            no reader keeps.
    """
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return None
    try:
        document = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    objects = list(_objects(document, "$", MOST_AROUND))
    keyed = {id(value) for value, _ in objects if _are_keyed(value)}
    if _reaches(document, keyed):
        return None
    found = [(len(array), place) for place, array in _arrays(objects) if _are_records(array)]
    found += [(len(value), f"{place}{MEMBERS}") for value, place in objects if id(value) in keyed]
    best = max(found, key=lambda one: one[0])[1] if found else None
    for value, place in objects:
        if (best is None and _are_columns(value)) or (f"{place}{MEMBERS}" == best and any("@" in key for key in value)):
            raise RefusedFileError("json-of-columns", records=place)
    return best or _empty_array(objects)


def _empty_array(objects: list[tuple[dict[str, Any], str]]) -> str | None:
    """The first empty array of a document that has nothing else but counts and whether the answer succeeded."""
    empty: list[str | None] = []
    for value, place in objects:
        for key, inner in value.items():
            if inner == []:
                empty.append(_inside(place, key))
            elif not isinstance(inner, dict) and not _is_of_the_answer(inner):
                return None
    return next((path for path in empty if path), None)


def _is_of_the_answer(value: Any) -> bool:
    """Whether a value tells of the answer as a whole, such as how many follow, and of nobody."""
    if isinstance(value, list):
        return False
    return value is None or isinstance(value, bool) or bool(_COUNT.fullmatch(value)) or value.casefold() in SUCCEEDED


def _objects(value: dict[str, Any], place: str, around: int) -> Iterator[tuple[dict[str, Any], str]]:
    """An object and those inside it that can be reached by a path, each with it; records are not looked into."""
    yield value, place
    if around > 1 and not _are_keyed(value):
        for key, inner in value.items():
            if isinstance(inner, dict) and (path := _inside(place, key)):
                yield from _objects(inner, path, around - 1)


def _inside(place: str, key: str) -> str | None:
    if "'" in key or not key:
        return None
    return f"{place}.{key}" if _PLAIN.fullmatch(key) else f"{place}['{key}']"


def _arrays(objects: list[tuple[dict[str, Any], str]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Arrays of objects and hardly anything else, each with its path, and the objects."""
    for value, place in objects:
        for key, inner in value.items():
            if isinstance(inner, list) and (path := _inside(place, key)):
                elements = [element for element in inner if isinstance(element, dict)]
                if elements and len(elements) >= MOSTLY * len(inner):
                    yield path, elements


def _are_keyed(value: dict[str, Any]) -> bool:
    """Whether an object holds nothing but records, under keys that are no names of columns.

    Two with words for their keys may as well be the customer and the agent of one record.
    """
    inner = list(value.values())
    return (
        len(inner) > (1 if all(map(_OF_AN_ID.search, value)) else 2)
        and all(isinstance(element, dict) for element in inner)
        and not any(map(is_header_name, value))
        and _are_records(inner)
    )


def _are_columns(value: dict[str, Any]) -> bool:
    """Whether an object holds nothing but columns, of e-mail addresses or telephones among others, with several cells.

    They are arrays, or objects that number their cells.
    """
    if len(value) < LEAST_NAMES or not any(plain(name) in _ways() for name in value):
        return False
    lengths = set()
    for column in value.values():
        if isinstance(column, dict) and all(map(str.isdecimal, column)):
            column = list(column.values())
        if not isinstance(column, list) or any(isinstance(cell, dict | list) for cell in column):
            return False
        lengths.add(len(column))
    return len(lengths) == 1 and lengths != {0} and lengths != {1}


def _are_records(array: list[dict[str, Any]]) -> bool:
    first = array[:ELEMENTS]
    known = {name for element in first for name in _names(element) if is_header_name(name)}
    return len(known) >= LEAST_NAMES and sum(map(_reaches, first)) >= MOSTLY * len(first)


def _reaches(value: dict[str, Any], left_out: Set[int] = frozenset()) -> bool:
    """Whether an object, or one inside it, names an e-mail address or a telephone."""
    return any(plain(name) in _ways() for name in _names(value, left_out))


def _names(value: dict[str, Any], left_out: Set[int] = frozenset()) -> Iterator[str]:
    """The names of the values in an object and in objects inside it, some left out; arrays are not looked into."""
    if id(value) in left_out:
        return
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _names(inner, left_out)
        elif not isinstance(inner, list):
            yield key


@cache
def _ways() -> frozenset[str]:
    names = field_names("leads")
    return frozenset(plain(name) for field in ("email", "phone") for name in names[field])
