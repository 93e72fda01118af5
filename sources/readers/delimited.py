"""Delimited text (CSV, TSV, any single character): the exact reader, and a fast one for files without surprises.

The fast reader answers only where it must equal the exact one: UTF-8, one kind of line end, no NUL, no blank line,
as many records as physical lines, every record as wide as the header, quotes strictly as RFC 4180 has them. At the
first doubt it raises NotCleanError and the exact reader starts over.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.dialects import Dialect, decide_dialect
from sources.encodings import Encoding
from sources.errors import RefusedFileError
from sources.readers import reading
from sources.readers.lines import BadLine, TextProfile, chunks, text_lines
from sources.readers.reading import (
    LONGEST_CELL,
    Columns,
    NotCleanError,
    Reading,
    ReadOptions,
    RowBuffer,
    name_columns,
    row_schema,
)

SAMPLE_LINES = 2_000
FAST_BATCH_ROWS = 122_880
LONGEST_FAST_LINE = 32_000  # below LONGEST_CELL, so that no cell of a fast file can be too long

# The module's default of 128 KiB would cut records; an unclosed quote still ends at this.
csv.field_size_limit(1 << 27)


def read_delimited(path: Path, encoding: Encoding, profile: TextProfile, options: ReadOptions, exact: bool) -> Reading:
    """Read delimited text; `exact` forbids the fast reader."""
    lines = list(itertools.islice(text_lines(path, encoding.name, encoding.mark), SAMPLE_LINES))
    dialect = decide_dialect(lines, options.delimiter, options.header_row)
    header, header_end = _header(lines, dialect)
    columns = name_columns(header)
    if not exact and _may_be_fast(encoding, profile, dialect, columns, header_end):
        batches = _fast_batches(path, dialect, columns, header_end, profile)
    else:
        batches = _exact_batches(path, encoding, dialect, columns)
    return Reading(
        headers=columns.headers,
        ignored_headers=columns.ignored,
        batches=batches,
        encoding=encoding.name,
        dialect={
            "kind": "delimited",
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "skip_space": dialect.skip_space,
            "line_end": profile.line_end,
            "bom": encoding.mark > 0,
            "header_line": dialect.header_line,
            "header_end_line": header_end,
        },
    )


def _header(lines: list[str], dialect: Dialect) -> tuple[list[str], int]:
    reader = csv.reader(iter(lines[dialect.header_line - 1 :]), strict=True, **dialect.parameters())  # type: ignore[arg-type]
    try:
        for cells in reader:
            if cells:
                return cells, dialect.header_line + reader.line_num - 1
    except csv.Error as error:
        raise RefusedFileError("unbalanced-quote", line=dialect.header_line) from error
    raise RefusedFileError("header-not-found", detail=f"line {dialect.header_line} is blank")


# --- exact ---------------------------------------------------------------------------------------------------


class _Tape:
    """Feeds lines to the parser and remembers those of the record being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        """Take the lines left to read."""
        self.lines = lines
        self.record: list[str] = []
        self.bad = False

    def __iter__(self) -> Iterator[str]:
        """One line after the other."""
        for line in self.lines:
            self.record.append(line)
            if type(line) is BadLine:
                self.bad = True
            yield line

    def forget(self) -> None:
        """Begin a new record."""
        self.record = []
        self.bad = False


def _exact_batches(path: Path, encoding: Encoding, dialect: Dialect, columns: Columns) -> Iterator[pa.RecordBatch]:
    lines = text_lines(path, encoding.name, encoding.mark)
    tape = _Tape(itertools.islice(lines, dialect.header_line - 1, None))
    reader = csv.reader(iter(tape), strict=True, **dialect.parameters())  # type: ignore[arg-type]
    buffer = RowBuffer(len(columns.headers))
    everything = columns.kept == list(range(columns.width))
    start = dialect.header_line - 1
    header_seen = False
    while True:
        tape.forget()
        first = start + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            start = dialect.header_line - 1 + reader.line_num
            if start > first or "unexpected end of data" in str(error):
                raise RefusedFileError("unbalanced-quote", line=first) from error
            buffer.add_problem(first, "bad-quote", {}, _raw(tape))
            continue
        start = dialect.header_line - 1 + reader.line_num
        if not cells:
            continue
        if not header_seen:
            header_seen = True
            continue
        _add_record(buffer, tape, first, cells, columns, everything, dialect, encoding)
        if buffer.full():
            yield buffer.take()
    yield buffer.take()


def _add_record(
    buffer: RowBuffer,
    tape: _Tape,
    first: int,
    cells: list[str],
    columns: Columns,
    everything: bool,
    dialect: Dialect,
    encoding: Encoding,
) -> None:
    record = tape.record
    if len(cells) == 1 and len(record) == 1 and not record[0].strip():
        return  # a line of white space is no record
    if len(cells) != columns.width:
        if any(line.count(dialect.delimiter) >= columns.width - 1 > 0 for line in record[1:]):
            # a field that swallowed whole records: its quotation mark was never meant to open
            raise RefusedFileError("unbalanced-quote", line=first)
        found: dict[str, object] = {"found": len(cells), "expected": columns.width}
        buffer.add_problem(first, "ragged-row", found, _raw(tape))
    elif tape.bad:
        buffer.add_problem(first, "bad-bytes", {"encoding": encoding.name}, _raw(tape))
    elif any("\0" in line for line in record):
        buffer.add_problem(first, "nul-byte", {}, _raw(tape))
    elif sum(map(len, record)) > LONGEST_CELL and (longest := max(map(len, cells))) > LONGEST_CELL:
        buffer.add_problem(first, "cell-too-long", {"found": longest, "limit": LONGEST_CELL}, _raw(tape))
    else:
        buffer.add(first, cells if everything else [cells[i] for i in columns.kept])


def _raw(tape: _Tape) -> str:
    return "".join(tape.record).rstrip("\r\n")


# --- fast ----------------------------------------------------------------------------------------------------


def _may_be_fast(encoding: Encoding, profile: TextProfile, dialect: Dialect, columns: Columns, header_end: int) -> bool:
    return (
        encoding.name == "utf-8"
        and profile.size >= reading.FAST_FROM_BYTES
        and profile.is_utf8
        and profile.uniform
        and not profile.nul
        and header_end == dialect.header_line
        and columns.width > 1
        and dialect.quote in {'"', None}
        and not dialect.skip_space
        and len(dialect.delimiter.encode()) == 1
        and profile.lines > header_end
    )


def _fast_batches(
    path: Path, dialect: Dialect, columns: Columns, header_end: int, profile: TextProfile
) -> Iterator[pa.RecordBatch]:
    import duckdb

    names = [f"c{i}" for i in range(columns.width)]
    settings: dict[str, Any] = {
        "header": False,
        "skiprows": header_end,
        "sep": dialect.delimiter,
        "quotechar": dialect.quote or "",
        "escapechar": dialect.quote or "",
        "columns": dict.fromkeys(names, "VARCHAR"),
        "auto_detect": False,
        "strict_mode": True,
        "max_line_size": LONGEST_FAST_LINE,
        "encoding": "utf-8",
    }
    schema = row_schema(len(columns.headers))
    line_no = header_end
    delimiters = _count_after(path, header_end, dialect.delimiter.encode())
    quoted = dialect.quote is not None and _contains(path, dialect.quote.encode())
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET threads TO 2")
        try:
            rows = engine.read_csv(str(path), **settings)
            for batch in rows.to_arrow_reader(FAST_BATCH_ROWS):
                count = batch.num_rows
                if count == 0:
                    continue
                numbers = pa.array(np.arange(line_no + 1, line_no + count + 1, dtype=np.int64))
                line_no += count
                delimiters -= count * (columns.width - 1)
                if quoted:
                    delimiters -= sum(_count_inside(batch.column(i), dialect.delimiter) for i in range(columns.width))
                nothing = pa.nulls(count, pa.string())
                cells = [batch.column(i) for i in columns.kept]
                yield pa.RecordBatch.from_arrays([numbers, nothing, nothing, nothing, *cells], schema=schema)
        except duckdb.Error as error:
            raise NotCleanError(str(error)[:200]) from error
    if line_no != profile.lines:
        raise NotCleanError("a record is not a line")
    if delimiters:  # DuckDB overlooks an empty field too many at the end of a line
        raise NotCleanError("delimiters that no field accounts for")


def _count_after(path: Path, lines: int, mark: bytes) -> int:
    """How often a byte stands in a file behind its first lines."""
    with path.open("rb") as stream:
        for _ in range(lines):
            stream.readline()
        return sum(chunk.count(mark) for chunk in chunks(stream))


def _contains(path: Path, mark: bytes) -> bool:
    with path.open("rb") as stream:
        return any(mark in chunk for chunk in chunks(stream))


def _count_inside(column: pa.Array, mark: str) -> int:
    return int(pc.sum(pc.count_substring(column, mark)).as_py() or 0)
