r"""JSON Lines: one object a line, read exactly, or fast by DuckDB with a proof that nothing is lost.

Why the fast reader equals the exact one, row by row: in a row without `\"` every key shows as a quotation mark
followed by a colon, so the count of those marks is at least the count of its keys. When it equals the count of known
paths that DuckDB finds in the row, every key is known and none stands twice. Numbers with a fraction, which DuckDB
writes its own way, are cut out of the line as they stand. Whatever is not so plain (escaped quotes, arrays, NaN,
trailing commas, ...) is parsed by the exact parser, row by row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.encodings import Encoding
from sources.errors import RefusedFileError
from sources.readers import reading
from sources.readers.json_marks import key_marks
from sources.readers.json_pairs import Pairs
from sources.readers.json_plan import Plan
from sources.readers.json_quick import quick_batches
from sources.readers.json_records import (
    DECODER,
    HEAD_RECORDS,
    Headers,
    RecordProblemError,
    parse_record,
)
from sources.readers.json_text import Number
from sources.readers.lines import BadLine, TextProfile, text_lines
from sources.readers.reading import (
    NotCleanError,
    Reading,
    RowBuffer,
    detail_text,
    row_schema,
    storable,
    text_of,
)

FAST_BATCH_ROWS = 122_880
SAMPLE_SPOTS = 24
SAMPLE_SPOT_BYTES = 1 << 14
MOST_HINTS = 5_000
#: The hint that only says: try again, looking at every line.
LOOK_AT_LINES = ("",)
JSON_SPACE = " \t\r\n"
_PLAIN_KEY = re.compile(r'[^"\\*\x00-\x1f]+')
_SMALL_WHOLE = re.compile(r"-?\d{1,18}")
_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_ -]+")
_TOKEN = r'"[ \t\r]*:'
_TRAILING_COMMA = r",[ \t\r]*[}\]]"
_EMPTY_OBJECT = r"\{[ \t\r]*\}"
_MINUS_ZERO = r":[ \t\r]*-0[ \t\r]*[,}]"


def read_json_lines(
    path: Path,
    encoding: Encoding,
    profile: TextProfile,
    exact: bool,
    hints: Iterable[str] = (),
    pairs: Sequence[Pairs] = (),
) -> Reading:
    """Read JSON Lines; `hints` are lines whose keys a first attempt did not know.

    The first attempt is for files whose lines are all plain; with hints rows that are not are looked at one by one.
    Named values (`pairs`) are only read exactly: the fast reader works where the sample has none.
    """
    batches: Iterator[pa.RecordBatch] | None = None
    exact = exact or profile.size < reading.FAST_FROM_BYTES
    if not exact and encoding.name == "utf-8" and profile.is_utf8 and profile.uniform:
        if profile.nul or encoding.mark:
            exact = True
        else:
            sample = _sample(path, profile, hints, pairs)
            headers, ignored = sample.headers.names()
            named = {name for name in headers for one in pairs if name == one.at or name.startswith(f"{one.at}.")}
            wanted = [name for name in [*headers, *ignored] if name in sample.places]
            plan = None if named else _plan(sample, wanted)
            if plan is not None:
                if hints:
                    batches = _careful_batches(path, plan, headers, ignored, profile, pairs)
                else:
                    batches = quick_batches(path, plan, headers, LOOK_AT_LINES)
    if batches is None:
        seen = Headers()
        first_problem: tuple[int, RecordProblemError] | None = None
        for line_no, _, row in _records(path, encoding, pairs):
            if not isinstance(row, RecordProblemError):
                seen.see(row)
            elif first_problem is None:
                first_problem = line_no, row
        if not seen.records and first_problem and first_problem[1].code == "broken-json":  # no line is any good
            raise RefusedFileError("broken-json", line=first_problem[0], **first_problem[1].values)
        headers, ignored = seen.names()
        batches = _exact_batches(path, encoding, headers, pairs)
    return Reading(
        headers=headers,
        ignored_headers=ignored,
        batches=batches,
        encoding=encoding.name,
        dialect={"kind": "jsonl", "line_end": profile.line_end, "bom": encoding.mark > 0},
    )


# --- exact ---------------------------------------------------------------------------------------------------

Row = dict[str, str | None]


def _parsed(line: str, encoding: str, pairs: Sequence[Pairs] = ()) -> Row | RecordProblemError:
    if type(line) is BadLine:
        return RecordProblemError("bad-bytes", encoding=encoding)
    if "\0" in line:
        return RecordProblemError("nul-byte")
    try:
        return parse_record(line.rstrip("\r\n"), pairs)
    except RecordProblemError as problem:
        return problem


def _records(
    path: Path, encoding: Encoding, pairs: Sequence[Pairs]
) -> Iterator[tuple[int, str, Row | RecordProblemError]]:
    for line_no, line in enumerate(text_lines(path, encoding.name, encoding.mark), 1):
        if line.strip(JSON_SPACE):
            yield line_no, line, _parsed(line, encoding.name, pairs)


def _exact_batches(
    path: Path, encoding: Encoding, headers: list[str], pairs: Sequence[Pairs]
) -> Iterator[pa.RecordBatch]:
    buffer = RowBuffer(len(headers), empty_is_null=False)
    for line_no, line, row in _records(path, encoding, pairs):
        if isinstance(row, RecordProblemError):
            buffer.add_problem(line_no, row.code, row.values, line.rstrip("\r\n"))
        else:
            buffer.add(line_no, [row.get(name) for name in headers])
        if buffer.full():
            yield buffer.take()
    yield buffer.take()


# --- what the beginning and some spots of the file tell ------------------------------------------------------


@dataclass
class _Sample:
    headers: Headers = field(default_factory=Headers)
    places: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    fractions: set[str] = field(default_factory=set)
    pairs: Sequence[Pairs] = ()

    def see(self, line: str, head: bool) -> None:
        row = _parsed(line, "utf-8", self.pairs)
        if isinstance(row, RecordProblemError):
            return
        if head:
            self.headers.see(row)
        else:
            self.headers.see_later(row)
        for place, value in _places(DECODER.decode(line), ()):
            self.places.setdefault(".".join(place), set()).add(place)
            if isinstance(value, Number) and not _SMALL_WHOLE.fullmatch(value):
                self.fractions.add(place[-1])


def _places(value: dict[str, Any], prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield from _places(item, (*prefix, key))
        else:
            yield (*prefix, key), item


def _sample(path: Path, profile: TextProfile, hints: Iterable[str], pairs: Sequence[Pairs]) -> _Sample:
    sample = _Sample(pairs=pairs)
    for line in itertools.islice(text_lines(path, "utf-8"), HEAD_RECORDS * 2):
        if sample.headers.records == HEAD_RECORDS:
            break
        if line.strip(JSON_SPACE):
            sample.see(line, head=True)
    with path.open("rb") as stream:
        for spot in range(SAMPLE_SPOTS if profile.size > SAMPLE_SPOTS * SAMPLE_SPOT_BYTES else 0):
            stream.seek(profile.size * spot // SAMPLE_SPOTS)
            for piece in stream.read(SAMPLE_SPOT_BYTES).split(b"\n")[1:-1]:
                if piece.strip():
                    sample.see(piece.decode(), head=False)
    for line in hints:
        sample.see(line, head=False)
    return sample


# --- fast ----------------------------------------------------------------------------------------------------


def _plan(sample: _Sample, names: list[str]) -> Plan | None:
    if not names or any(len(sample.places[name]) != 1 for name in names):
        return None
    places = {name: next(iter(sample.places[name])) for name in names}
    objects = sorted({place[:i] for place in places.values() for i in range(1, len(place))})
    if set(places.values()) & set(objects):
        return None
    nodes = [*places.values(), *objects]
    if not all(_PLAIN_KEY.fullmatch(key) for place in nodes for key in place):
        return None
    if len({tuple(map(str.casefold, place)) for place in nodes}) != len(nodes):  # DuckDB folds names of fields
        return None
    keys = [place[-1] for place in nodes]
    cut = [
        name
        for name, place in places.items()
        if place[-1] in sample.fractions and keys.count(place[-1]) == 1 and _SIMPLE_KEY.fullmatch(place[-1])
    ]
    return Plan([name for name in names if name not in cut], cut, objects, places)


def _careful_batches(
    path: Path,
    plan: Plan,
    headers: list[str],
    ignored: list[str],
    profile: TextProfile,
    pairs: Sequence[Pairs],
) -> Iterator[pa.RecordBatch]:
    """Rows by DuckDB, those that are not plain by the exact parser."""
    import duckdb

    from sources.readers.json_query import json_query

    line_no = 0
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET threads TO 2")
        engine.execute("SET streaming_buffer_size = '64MB'")  # it reads on while the rows before are kept
        try:
            lines = engine.read_csv(
                str(path),
                header=False,
                columns={"line": "VARCHAR"},
                sep="\x01",
                quotechar="",
                escapechar="",
                auto_detect=False,
                strict_mode=True,
                encoding="utf-8",
            )
            rows = lines.query("lines", json_query(plan, headers))
            for batch in rows.to_arrow_reader(FAST_BATCH_ROWS):
                if batch.num_rows:
                    yield _proven(batch, line_no, headers, ignored, pairs)
                    line_no += batch.num_rows
        except (duckdb.Error, OSError) as error:  # newer engines tell of it as Arrow does
            raise NotCleanError(str(error)[:200]) from error
    if line_no != profile.lines:
        raise NotCleanError("a line was left out")


def _proven(
    batch: pa.RecordBatch, before: int, headers: list[str], ignored: list[str], pairs: Sequence[Pairs]
) -> pa.RecordBatch:
    count = batch.num_rows
    lines = batch.column(0)
    numbers = pa.array(np.arange(before + 1, before + count + 1, dtype=np.int64))
    nothing = pa.nulls(count, pa.string())
    cells = [batch.column(3 + i) for i in range(len(headers))]
    schema = row_schema(len(headers))
    doubtful = _doubtful(batch)
    if not doubtful.any():
        return pa.RecordBatch.from_arrays([numbers, nothing, nothing, nothing, *cells], schema=schema)
    at = np.flatnonzero(doubtful)
    texts = lines.take(pa.array(at)).to_pylist()
    if not all(text and text.strip(JSON_SPACE) for text in texts):
        raise NotCleanError("a line of white space")
    parsed = [_parsed(text, "utf-8", pairs) for text in texts]
    known = {*headers, *ignored}
    unknown = [
        text
        for text, row in zip(texts, parsed, strict=True)
        if not isinstance(row, RecordProblemError)
        and any(name not in known and not (value is None and _is_inner(name, headers)) for name, value in row.items())
    ]
    if unknown:
        raise NotCleanError("keys that the sample did not show", unknown[:MOST_HINTS])
    mask = pa.array(doubtful)
    problem: list[tuple[str, str, str] | None] = [
        (row.code, detail_text(row.values), storable(text.rstrip("\r\n")))
        if isinstance(row, RecordProblemError)
        else None
        for row, text in zip(parsed, texts, strict=True)
    ]
    texts_of_problem = [
        pc.replace_with_mask(nothing, mask, pa.array([p and p[part] for p in problem], pa.string()))
        for part in range(3)
    ]
    mended = [
        pc.replace_with_mask(
            column,
            mask,
            pa.array(
                [None if isinstance(row, RecordProblemError) else row.get(name) for row in parsed],
                pa.string(),
            ),
        )
        for name, column in zip(headers, cells, strict=True)
    ]
    return pa.RecordBatch.from_arrays([numbers, *texts_of_problem, *mended], schema=schema)


def _is_inner(name: str, headers: list[str]) -> bool:
    return any(header.startswith(name + ".") for header in headers)


def _doubtful(batch: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows for the exact parser. A batch whose counts agree as a whole needs no look at its rows."""
    lines, plain, known = batch.column(0), batch.column(1), batch.column(2)
    whole = text_of(lines)
    marks = key_marks(whole) if pc.all(plain).as_py() else None
    if marks is not None and marks.count == pc.sum(known).as_py():
        return np.zeros(batch.num_rows, dtype=np.bool_)
    keys = pc.count_substring_regex(lines, _TOKEN)
    doubts = pc.or_(pc.invert(plain), pc.not_equal(keys.cast(pa.int64()), known.cast(pa.int64())))
    for text in ('\\"', "\\u0000", "["):
        doubts = pc.or_(doubts, pc.match_substring(lines, text))
    for pattern in (_TRAILING_COMMA, _MINUS_ZERO, _EMPTY_OBJECT):
        doubts = pc.or_(doubts, pc.match_substring_regex(lines, pattern))
    found: np.ndarray[Any, np.dtype[np.bool_]] = pc.fill_null(doubts, True).to_numpy(zero_copy_only=False)
    return found
