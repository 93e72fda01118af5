"""One JSON object becomes one flat row: dotted paths as headers, every value as text, numbers as they were written.

Nested objects are flattened; arrays stay JSON text; null and an empty object are null. What a row may not be
(a key twice, NaN, half characters, NUL) is a problem of that row alone.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from sources.errors import RefusedFileError
from sources.readers.json_pairs import Pairs, paired
from sources.readers.json_text import Number, scalar_text
from sources.readers.reading import LONGEST_CELL, MOST_COLUMNS, OWN_PREFIX, fold_header

HEAD_RECORDS = 1_000
#: How deeply a record may be nested: well below what the interpreter itself allows, which depends on who calls.
MOST_DEPTH = 400
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.S)
_CLOSING = {"[": "]", "{": "}"}
OWN_OBJECT = "sluice"
QUOTED_LINE = "line"
Path = tuple[str, ...]


class RecordProblemError(Exception):
    """A record that cannot be used; `code` is a row code of `sources.codes`."""

    def __init__(self, code: str, **values: object) -> None:
        """Keep the code and the values of its text."""
        self.code = code
        self.values = values
        super().__init__(code)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs if key != OWN_OBJECT]  # a receipt of a receipt has two of ours
        if len(set(keys)) == len(keys):
            return made
        raise RecordProblemError("duplicate-key", field=next(k for k in keys if keys.count(k) > 1))
    return made


def _no_number(name: str) -> Any:
    raise RecordProblemError("json-number", value=name)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_no_number)
_KIND = {str: "text", Number: "a number", bool: "true or false", list: "an array", type(None): "null"}


def parse_record(text: str, pairs: Sequence[Pairs] = ()) -> dict[str, str | None]:
    """One record from its text. Raises RecordProblemError."""
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise RecordProblemError("too-deep") from None
    except ValueError as error:
        detail = f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else str(error)
        if text.rstrip().endswith("},") and detail.startswith("Extra data"):
            detail = "a comma behind the object; each line is an object of its own, with nothing between them"
        raise RecordProblemError("broken-json", detail=detail) from None
    if _is_too_deep(text, 0, len(text)):
        raise RecordProblemError("too-deep")
    return flatten(value, pairs)


def _is_too_deep(text: str, start: int, end: int) -> bool:
    """Whether a value is nested more deeply than :data:`MOST_DEPTH`; nearly all have fewer brackets than that."""
    if text.count("[", start, end) + text.count("{", start, end) <= MOST_DEPTH:
        return False
    depth = deepest = 0
    for mark in _MARKS.finditer(text, start, end):
        opening = mark.group()
        depth += 1 if opening in _CLOSING else -1 if opening in {"]", "}"} else 0
        deepest = max(deepest, depth)
    return deepest > MOST_DEPTH


def flatten(value: Any, pairs: Sequence[Pairs] = ()) -> dict[str, str | None]:
    """A decoded record as dotted path -> text. Raises RecordProblemError."""
    if not isinstance(value, dict):
        raise RecordProblemError("json-not-object", found=_KIND.get(type(value), "?"))
    if is_quoted(value):
        return parse_record(value[QUOTED_LINE])
    row: dict[str, str | None] = {}
    try:
        _flatten_into(row, paired(value, pairs) if pairs else value, "")
    except RecursionError:
        raise RecordProblemError("too-deep") from None
    must_be_storable(row)
    return row


def is_quoted(value: Any) -> bool:
    """Whether a receipt of ours quotes a line that was no object, and so could not be added to."""
    return (
        isinstance(value, dict)
        and value.keys() == {QUOTED_LINE, OWN_OBJECT}
        and isinstance(value[QUOTED_LINE], str)
        and isinstance(value[OWN_OBJECT], dict)
    )


def _flatten_into(row: dict[str, str | None], value: dict[str, Any], prefix: str) -> None:
    for key, item in value.items():
        name = prefix + key
        if isinstance(item, dict) and item:
            if prefix == "" and key == OWN_OBJECT:
                row[name] = None  # left out, but seen: this is a receipt of ours
            else:
                _flatten_into(row, item, name + ".")
            continue
        if name in row:  # {"a.b": 1, "a": {"b": 2}}
            raise RecordProblemError("duplicate-key", field=name)
        row[name] = scalar_text(item)


def must_be_storable(row: dict[str, str | None]) -> None:
    """Raises RecordProblemError for what no table can keep: nul-byte, lone-surrogate, cell-too-long."""
    whole = "".join([*row, *(text for text in row.values() if text)])
    if whole.isascii() and "\0" not in whole:
        if len(whole) <= LONGEST_CELL:
            return
    elif "\0" in whole:
        raise RecordProblemError("nul-byte")
    else:
        try:
            whole.encode()
        except UnicodeEncodeError:
            raise RecordProblemError("lone-surrogate") from None
    longest = max((len(text) for text in row.values() if text), default=0)
    if longest > LONGEST_CELL:
        raise RecordProblemError("cell-too-long", found=longest, limit=LONGEST_CELL)


@dataclass
class Headers:
    """Collects headers: in order of appearance over the first records, any later ones by name.

    A path that was only ever null disappears where elsewhere an object stands in its place.
    """

    head: dict[str, bool] = field(default_factory=dict)
    later: dict[str, bool] = field(default_factory=dict)
    records: int = 0

    def see(self, row: dict[str, str | None]) -> None:
        """Take note of the paths of a record of the file's beginning, then of any further one."""
        self.records += 1
        if self.records <= HEAD_RECORDS:
            for name, text in row.items():
                if text is not None:
                    self.head[name] = True
                elif name not in self.head:
                    self.head[name] = False
        else:
            self.see_later(row)

    def see_later(self, row: dict[str, str | None]) -> None:
        """Take note of the paths of a record from anywhere behind the beginning."""
        for name, text in row.items():
            known = self.head if name in self.head else self.later
            known[name] = known.get(name, False) or text is not None

    def names(self) -> tuple[list[str], list[str]]:
        """Headers kept, and those of our own receipts. Raises RefusedFileError too-many-columns."""
        names = [*self.head, *sorted(self.later)]
        filled = self.head | self.later
        inner = {name[:at] for name in names for at in _dots(name)}
        names = [name for name in names if filled[name] or name not in inner]
        if len(names) > MOST_COLUMNS:
            raise RefusedFileError("too-many-columns", columns=len(names), limit=MOST_COLUMNS)
        own = [name for name in names if is_own(name)]
        return [name for name in names if not is_own(name)], own


def is_own(name: str) -> bool:
    """Whether a header comes from a receipt of ours that was dropped back."""
    return name == OWN_OBJECT or fold_header(name).startswith(OWN_PREFIX)


def _dots(name: str) -> Iterable[int]:
    return (found.start() for found in re.finditer(r"\.", name))


# --- documents: where the records are ------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Slice:
    """A record of a document: its place in the text, its value or why it has none, and the path it stands at."""

    start: int
    end: int
    value: Any
    problem: RecordProblemError | None = None
    path: str = "$"


#: Every member of an object, under whatever key it stands, or every element of an array.
MEMBERS = ".*"


def split_path(records: str | None) -> list[str]:
    """`$.data.submissions` or `$['data'][*].rows[*]` as keys; `[*]` goes into every element, `.*` into every member."""
    if not records or records.strip() in {"$", "."}:
        return []
    found = re.findall(
        r"""\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]|\[\s*(\*)\s*\]|(\.\*)(?![^.\[])|([^.\[\]$]+)""", records
    )
    return [next(filter(None, parts), "") for parts in found]


def record_slices(text: str, records: str | Sequence[str] | None) -> Iterator[Slice]:
    """The records of a JSON document, each with its place in the text.

    Without `records` they are the elements of the array at the top, or the one object there; of several paths the
    first counts that leads to an object. Documents may stand one behind the other, as logs of deliveries have them:
    then, and only then, a line that is none is a problem of that record alone. Raises RefusedFileError broken-json or
    records-not-found.
    """
    paths = [records] if records is None or isinstance(records, str) else list(records)
    start = _SPACE.match(text, 1 if text.startswith("\ufeff") else 0).end()  # type: ignore[union-attr]
    if _is_lines(text):
        yield from _of_lines(text, paths)
        return
    try:
        while True:
            yield from _first_that_is_there(text, start, paths)
            start = _SPACE.match(text, _skip(text, start)).end()  # type: ignore[union-attr]
            if start == len(text):
                return
            if text[start] not in "{[":
                raise json.JSONDecodeError("Extra data", text, start)
    except json.JSONDecodeError as error:
        raise RefusedFileError("broken-json", line=error.lineno, detail=error.msg) from None
    except RecursionError:
        raise RefusedFileError("broken-json", line=1, detail="nested too deeply") from None


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every line that is not blank."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if text[at:end].strip("\ufeff \t\r"):
            yield at, end
        at = end + 1


def _is_lines(text: str) -> bool:
    """Whether most of the first lines are documents of their own."""
    first = list(itertools.islice(_lines(text), 20))
    return len(first) > 1 and sum(_is_document(text[at:end]) for at, end in first) > len(first) / 2


def _is_document(line: str) -> bool:
    try:
        return isinstance(_LENIENT.decode(line.strip("\ufeff \t\r")), dict | list)
    except (ValueError, RecursionError):
        return False


def _of_lines(text: str, paths: Sequence[str | None]) -> Iterator[Slice]:
    for begin, end in _lines(text):
        line = text[begin:end]
        at = begin + len(line) - len(line.lstrip("\ufeff \t\r"))
        stop = begin + len(line.rstrip(" \t\r"))
        try:
            _LENIENT.decode(text[at:stop])
            found = list(_first_that_is_there(text, at, paths))
        except json.JSONDecodeError as error:
            detail = f"{error.msg} at character {error.pos + 1}"
            yield Slice(at, stop, None, RecordProblemError("broken-json", detail=detail), paths[-1] or "$")
        except RecursionError:
            yield Slice(at, stop, None, RecordProblemError("too-deep"), paths[-1] or "$")
        except RefusedFileError as refusal:
            yield Slice(at, stop, None, RecordProblemError(refusal.code, **refusal.values), paths[-1] or "$")
        else:
            yield from found


def _first_that_is_there(text: str, at: int, paths: Sequence[str | None]) -> Iterator[Slice]:
    """The records at the first path that leads to an object (or to an array without elements), else at the last."""
    for path in paths[:-1]:
        found = _at(text, at, split_path(path), path or "$")
        try:
            first = next(found, None)
        except RefusedFileError as refusal:
            if refusal.code != "records-not-found":
                raise
            continue
        if first is None:
            return
        if text[first.start] == "{":
            yield first
            yield from found
            return
    yield from _at(text, at, split_path(paths[-1]), paths[-1] or "$")


def _skip(text: str, at: int) -> int:
    """Where the value at `at` ends."""
    try:
        return _LENIENT.raw_decode(text, at)[1]
    except RecursionError:
        return _skip_deep(text, at)


_LENIENT = json.JSONDecoder(parse_float=str, parse_int=str)


def _skip_deep(text: str, at: int) -> int:
    """Where a value ends that is nested too deeply to be decoded: by its brackets, without going into it."""
    awaited: list[str] = []
    for mark in _MARKS.finditer(text, at):
        opening = mark.group()
        if opening in _CLOSING:
            awaited.append(_CLOSING[opening])
        elif opening in {"]", "}"}:
            if awaited.pop() != opening:  # the first mark opens the value, so there is always one
                raise json.JSONDecodeError("Brackets do not match", text, mark.start())
            if not awaited:
                return mark.end()
    raise json.JSONDecodeError("A bracket is never closed", text, at)


def _at(text: str, at: int, path: list[str], records: str) -> Iterator[Slice]:
    opening = text[at : at + 1]
    if not path or path == ["*"]:
        if opening == "[":
            for element in _elements(text, at):
                yield _slice(text, element, records)
        else:
            yield _slice(text, at, records)
        return
    key, rest = path[0], path[1:]
    if key == MEMBERS and opening == "{":
        for _, place in _members(text, at):
            yield from _at(text, place, rest, records)
        return
    if opening == "[":
        inside = rest if key in {"*", MEMBERS} else path
        for element in _elements(text, at):
            yield from _at(text, element, inside, records)
        return
    members = list(_members(text, at)) if opening == "{" else []
    wanted = [place for name, place in members if name == key]
    if not wanted:
        shown = ", ".join(name for name, _ in members[:20]) or _kind_of(opening)
        raise RefusedFileError("records-not-found", records=records, found=shown)
    yield from _at(text, wanted[0], rest, records)


def _kind_of(opening: str) -> str:
    return {"[": "an array", "{": "an empty object", '"': "text", "": "nothing"}.get(opening, "a value")


def _slice(text: str, at: int, path: str) -> Slice:
    try:
        value, end = DECODER.raw_decode(text, at)
    except RecordProblemError as problem:
        return Slice(at, _skip(text, at), None, problem, path)
    except RecursionError:
        return Slice(at, _skip(text, at), None, RecordProblemError("too-deep"), path)
    if _is_too_deep(text, at, end):
        return Slice(at, end, None, RecordProblemError("too-deep"), path)
    return Slice(at, end, value, path=path)


def _elements(text: str, at: int) -> Iterator[int]:
    """Where the elements of the array at `at` begin."""
    place = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    if text[place : place + 1] == "]":
        return
    while True:
        yield place
        place = _SPACE.match(text, _skip(text, place)).end()  # type: ignore[union-attr]
        mark = text[place : place + 1]
        if mark == "]":
            return
        if mark != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, place)
        place = _SPACE.match(text, place + 1).end()  # type: ignore[union-attr]


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Keys of the object at `at`, and where their values begin."""
    place = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    if text[place : place + 1] == "}":
        return
    while True:
        if text[place : place + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, place)
        key, place = scanstring(text, place + 1, True)
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        if text[place : place + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, place)
        place = _SPACE.match(text, place + 1).end()  # type: ignore[union-attr]
        yield key, place
        place = _SPACE.match(text, _skip(text, place)).end()  # type: ignore[union-attr]
        mark = text[place : place + 1]
        if mark == "}":
            return
        if mark != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, place)
        place = _SPACE.match(text, place + 1).end()  # type: ignore[union-attr]
