"""Plain JSON Lines by DuckDB, a piece of the file at a time, each with a proof that nothing of it is lost.

Every key of a piece shows as a mark in its text, and DuckDB tells how many of the known places are filled in it. Nulls,
which it does not tell from what is missing, show in the text as well: each must stand behind a known key, as deep as
that, once in a line, where DuckDB found nothing; where that cannot be seen, it is asked which places exist. No place
counts twice, so when there are as many filled places and nulls as marks, every key is known and none stands twice.
Then, too, objects stand only where places lead through them when there are as many objects in the text as in those
places, and a number whose writing DuckDB may change (1.10) is cut out of the text at the one key that has such numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.readers.json_marks import KeyMarks, Numbers, Places, key_marks, nulls_of, numbers_of
from sources.readers.json_plan import Plan
from sources.readers.reading import BATCH_ROWS, LONGEST_CELL, NotCleanError, row_schema

PIECE_BYTES = 4 << 20
AT_ONCE = 2
Place = tuple[str, ...]


class _NotPlainError(Exception):
    """A piece that the proof does not cover."""


def quick_batches(path: Path, plan: Plan, headers: list[str], otherwise: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Rows of all lines, proven.

    Args:
        path: UTF-8 with uniform line ends, without NUL.
        plan: the places of the cells.
        headers: names of the columns to give out, in order.
        otherwise: hints for the next attempt.

    Raises:
        NotCleanError: some line needs a closer look.
    """
    import duckdb

    schema = row_schema(len(headers))
    line_no, waiting = 0, []
    with ExitStack() as opened:
        engines: SimpleQueue[Any] = SimpleQueue()
        for _ in range(AT_ONCE):
            engine = opened.enter_context(duckdb.connect(":memory:"))
            engine.execute("SET threads TO 1")  # each piece has its thread already
            engines.put(engine)
        pool = opened.enter_context(ThreadPoolExecutor(AT_ONCE))
        cutter = _Cutter(engines, plan, headers)
        try:
            for cells in _in_turn(pool, cutter, _pieces(path)):
                count = len(cells[0])
                numbers = pa.array(np.arange(line_no + 1, line_no + count + 1, dtype=np.int64))
                nothing = pa.nulls(count, pa.string())
                waiting.append(pa.RecordBatch.from_arrays([numbers, nothing, nothing, nothing, *cells], schema=schema))
                line_no += count
                if sum(map(len, waiting)) >= BATCH_ROWS // 2:
                    yield pa.concat_batches(waiting)
                    waiting = []
        except (_NotPlainError, duckdb.Error) as error:
            raise NotCleanError(str(error)[:200], otherwise) from error
    if waiting:
        yield pa.concat_batches(waiting)


def _pieces(path: Path) -> Iterator[bytes]:
    """A file in pieces of whole lines."""
    rest = b""
    with path.open("rb") as stream:
        while chunk := stream.read(PIECE_BYTES):
            end = chunk.rfind(b"\n") + 1
            if not end:
                raise _NotPlainError("a line longer than any cell")
            yield rest + chunk[:end]
            rest = chunk[end:]
    if rest:
        yield rest


def _in_turn(pool: ThreadPoolExecutor, cutter: _Cutter, pieces: Iterable[bytes]) -> Iterator[list[pa.Array]]:
    """What becomes of each piece, in their order, while the next ones are worked on."""
    begun: deque[Future[list[pa.Array]]] = deque()
    for piece in pieces:
        begun.append(pool.submit(cutter.cells, piece))
        if len(begun) > AT_ONCE:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


class _Cutter:
    """Cuts pieces into columns; learns on the way of which places only DuckDB can tell whether they are null."""

    def __init__(self, engines: SimpleQueue[Any], plan: Plan, headers: list[str]) -> None:
        self.engines = engines
        self.plan = plan
        self.headers = headers
        self.nodes: list[Place] = [*plan.places.values(), *plan.objects]
        self.names = [node[-1] for node in self.nodes]
        self.deep = [len(place) for place in plan.objects]
        self.asked: frozenset[Place] = frozenset()

    def cells(self, packed: bytes) -> list[pa.Array]:
        """One array for each header. Raises _NotPlainError and duckdb.Error."""
        lines = _lines(packed)
        marks = key_marks(packed)
        numbers = numbers_of(marks) if marks else None
        if marks is None or numbers is None:
            raise _NotPlainError("text that needs a closer look")
        asked = self.asked
        found, filled = self._cut(lines, asked)
        if not asked and filled != marks.count and self._has_nulls(marks, filled, found, lines):
            filled = marks.count
        elif filled != marks.count:  # perhaps only nulls where none were known
            found, filled = self._cut(lines, frozenset(self.nodes))
        if filled != marks.count or self._objects(found) != marks.objects:
            raise _NotPlainError("keys that no place accounts for")
        texts = self._numbers_as_written(numbers, found, lines)
        return [texts.get(name, found[self.plan.places[name]]) for name in self.headers]

    def _cut(self, lines: pa.StringArray, asked: frozenset[Place]) -> tuple[dict[Place, pa.Array], int]:
        """What stands at each place, and how many places of all lines are there, nulls where they are asked about."""
        from sources.readers.json_query import cut_query

        in_order = [node for node in self.nodes if node in asked]
        query = cut_query(self.plan, in_order)
        engine = self.engines.get()
        try:
            made = engine.from_arrow(pa.table({"line": lines})).query("lines", query).to_arrow_table()
        finally:
            self.engines.put(engine)
        if len(made) != len(lines):
            raise _NotPlainError("a line was left out")
        found: dict[Place, pa.Array] = {}
        _flatten(_whole(made.column(0)), (), found)
        filled = sum(len(lines) - found[node].null_count for node in self.nodes if node not in asked)
        if in_order:
            there = _whole(made.column(1)).flatten().to_numpy(zero_copy_only=False).reshape(len(lines), len(in_order))
            counts = there.sum(axis=0).tolist()
            filled += sum(counts)
            nulls = {node for node, n in zip(in_order, counts, strict=True) if n > len(lines) - found[node].null_count}
            self.asked |= nulls
        return found, filled

    def _objects(self, found: dict[Place, pa.Array]) -> int:
        return sum(len(found[place]) - found[place].null_count for place in self.plan.objects)

    def _has_nulls(self, marks: KeyMarks, filled: int, found: dict[Place, pa.Array], lines: pa.StringArray) -> bool:
        """Whether all that is not filled is null, at known places, and the text shows it."""
        nulls = nulls_of(marks)
        if filled + len(nulls.keys) != marks.count or self._objects(found) != marks.objects:
            return False
        if marks.has_braces_in_texts(len(lines)):
            return False
        unexplained = len(nulls.keys)
        for node in self.nodes:
            if not unexplained:
                break
            which = nulls.of_key(node[-1])
            if not len(which):
                continue
            if self.names.count(node[-1]) > 1 or self.deep.count(len(node) - 1) > 1:
                return False
            at = _lines_at(lines, nulls.places(which))
            if self.plan.objects and (marks.depth(nulls.starts[which], at) != len(node)).any():
                return False
            if (np.diff(at) == 0).any() or not found[node].is_null().to_numpy(zero_copy_only=False)[at].all():
                return False
            unexplained -= len(which)
        return not unexplained

    def _numbers_as_written(
        self, numbers: Numbers, found: dict[Place, pa.Array], lines: pa.StringArray
    ) -> dict[str, pa.Array]:
        covered = np.zeros(len(numbers.starts), dtype=np.bool_)
        texts: dict[str, pa.Array] = {}
        for name in self.plan.fractions:
            place = self.plan.places[name]
            which = numbers.of_key(place[-1])
            covered[which] = True
            if len(which) == len(lines):
                texts[name] = numbers.texts(which)
            elif len(which):
                mask = np.zeros(len(lines), dtype=np.bool_)
                mask[_lines_at(lines, numbers.places(which))] = True
                texts[name] = pc.replace_with_mask(found[place], pa.array(mask), numbers.texts(which))
        if (numbers.rewritten & ~covered).any():
            raise _NotPlainError("a number with a fraction where none was known")
        return texts


def _lines(packed: bytes) -> pa.StringArray:
    """The lines of a piece. Raises _NotPlainError where one is no object or longer than a cell."""
    text = np.frombuffer(packed, np.uint8)
    ends = np.flatnonzero(text == ord("\n")) + 1
    if not len(ends) or ends[-1] != len(text):
        ends = np.append(ends, len(text))
    begins = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    if (text[begins] != ord("{")).any() or (ends - begins).max() > LONGEST_CELL:
        raise _NotPlainError("a line that is no object")
    offsets = np.append(begins, len(text)).astype(np.int32)
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(packed))


def _lines_at(lines: pa.StringArray, places: Places) -> Places:
    """In which line each of some places of the text is."""
    begins = np.frombuffer(lines.buffers()[1], np.int32)[: len(lines)]
    return np.searchsorted(begins, places, "right") - 1


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _flatten(cut: pa.StructArray, prefix: Place, into: dict[Place, pa.Array]) -> None:
    """Every field of a struct by its place, the structs inside it too."""
    for member, column in zip(cut.type, cut.flatten(), strict=True):
        place = (*prefix, member.name)
        into[place] = column
        if pa.types.is_struct(column.type):
            _flatten(column, place, into)
