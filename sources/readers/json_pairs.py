"""Arrays of named values become columns: what form builders send instead of one member for each question.

`[{"name": "email", "values": ["a@b.c"]}]` is read as `{"email": "a@b.c"}`, at the place where the array stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.readers.json_text import scalar_text


@dataclass(frozen=True)
class Titles:
    """Where the names of named values are written out: an array of objects with ids and a title."""

    at: str
    id: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Pairs:
    """One array (or object) of named values.

    Attributes:
        at: dotted path of it in the record.
        name: dotted paths inside each entry that name it, the first filled wins; without any it is the entry's key.
        value: dotted paths inside each entry that hold its value, the first that is there wins.
        titles: where names are looked up to be replaced by titles.
        lift: put them into the record itself, but for those whose name is taken there.
    """

    at: str
    name: tuple[str, ...]
    value: tuple[str, ...]
    titles: Titles | None = None
    lift: bool = False

    @classmethod
    def of(cls, said: Any) -> Pairs:
        """From anything with these attributes, as a feed has them."""
        titles = said.titles and Titles(said.titles.at, tuple(said.titles.id), said.titles.title)
        return cls(said.at, tuple(said.name), tuple(said.value), titles, said.lift)


def paired(record: dict[str, Any], pairs: Sequence[Pairs]) -> dict[str, Any]:
    """The record with each array of named values as an object; what is no such array stays as it is.

    A name that stands a second time with another value gets a number behind it. Arrays that only hold titles are
    left out: they describe the form, not the answer.
    """
    whole = record
    read: set[str] = set()
    for at in dict.fromkeys(wanted.at for wanted in pairs):
        wanted = [one for one in pairs if one.at == at]
        entries = _entries(_at(record, at))
        if entries is None:
            continue
        read.add(at)
        named = _named(entries, wanted, whole)
        lifted: dict[str, Any] = {}
        if any(one.lift for one in wanted):
            lifted = {name: value for name, value in named.items() if record.get(name) is None}
        rest = {name: value for name, value in named.items() if name not in lifted}
        record = {**_with(record, at.split("."), None if lifted and not rest else rest), **lifted}
    for one in pairs:
        if one.titles and one.at in read and _at(record, one.titles.at) is not None:
            record = _with(record, one.titles.at.split("."), None)
    return record


def _named(entries: Sequence[tuple[str, Any]], pairs: Sequence[Pairs], record: dict[str, Any]) -> dict[str, Any]:
    """Name -> value of the entries of one place, as each of its descriptions reads them."""
    named: dict[str, Any] = {}
    for wanted in pairs:
        titles = _titles(record, wanted.titles) if wanted.titles else {}
        for number, (key, entry) in enumerate(entries, 1):
            value = _first(entry, wanted.value) if isinstance(entry, dict) else entry
            if value is None and wanted is not pairs[-1]:
                continue  # an entry of another shape, which the next of them reads
            if value is None and isinstance(entry, dict) and not _has_any(entry, wanted.value):
                value = entry  # of a shape that nobody described: kept as it is
            name = (scalar_text(_first(entry, wanted.name)) if wanted.name else key) or key or str(number)
            _add(named, titles.get(name, name), value)
    return named


def _has_any(entry: dict[str, Any], paths: Sequence[str]) -> bool:
    return any(path.split(".")[0] in entry for path in paths)


def _entries(found: Any) -> list[tuple[str, Any]] | None:
    """Key and entry of each; None where this is neither an array of objects nor an object."""
    if isinstance(found, list) and all(isinstance(entry, dict) for entry in found):
        return [("", entry) for entry in found]
    return list(found.items()) if isinstance(found, dict) else None


def _titles(record: dict[str, Any], titles: Titles) -> dict[str, str]:
    found = _at(record, titles.at)
    entries = [entry for entry in _nested(found) if isinstance(entry, dict)] if isinstance(found, list) else []
    named = [
        (scalar_text(_at(entry, path)), scalar_text(_at(entry, titles.title)))
        for path in reversed(titles.id)
        for entry in entries
    ]
    return {name: title for name, title in named if name and title}


def _nested(found: list[Any]) -> Iterator[Any]:
    """Questions, and those inside groups of questions."""
    for entry in found:
        yield entry
        inner = _at(entry, "properties.fields") if isinstance(entry, dict) else None
        if isinstance(inner, list):
            yield from inner


def _add(named: dict[str, Any], name: str, value: Any) -> None:
    given = _joined(value)
    number, free = 1, name
    while free in named and named[free] is not None and given is not None and named[free] != given:
        number += 1
        free = f"{name} {number}"
    if given is not None or free not in named:
        named[free] = given


def _joined(value: Any) -> Any:
    """A list of plain values as one text; what is no list as it is."""
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(text for item in value if (text := scalar_text(item))) or None
    return value


def _first(entry: Any, paths: Sequence[str]) -> Any:
    return next((found for path in paths if (found := _at(entry, path)) not in (None, "", [])), None)


def _at(value: Any, path: str) -> Any:
    """What stands at a dotted path; through an array, the list of what stands in each of its elements."""
    for number, key in enumerate(parts := path.split(".")):
        if isinstance(value, list):
            rest = ".".join(parts[number:])
            return [found for item in value if (found := _at(item, rest)) is not None]
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def _with(record: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy with another value at a path that is there; without it where the value is None."""
    if len(path) > 1:
        return {**record, path[0]: _with(record[path[0]], path[1:], value)}
    copy = dict(record)
    if value is None:
        copy.pop(path[0], None)
    else:
        copy[path[0]] = value
    return copy
