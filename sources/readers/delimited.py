"""Delimited text (CSV, TSV, any single character): the exact reader, and a fast one for files without surprises.

The fast reader answers only where it must equal the exact one: UTF-8, no line end that is a CR alone, no NUL, no
blank line, every physical line part of a record, every record as wide as the header, quotes strictly as RFC 4180 has
them. At the first doubt it raises NotCleanError and the exact reader starts over.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.dialects import (
    Dialect,
    decide_dialect,
    fields_of,
    is_note,
    is_total,
    joined_header,
    sample_records,
    unwrapped,
)
from sources.encodings import Encoding
from sources.errors import RefusedFileError
from sources.readers import reading
from sources.readers.answered_rows import cells_of_sender, repeats_header
from sources.readers.lines import BadLine, TextProfile, chunks, count_of, text_lines
from sources.readers.reading import (
    LAST_ROWS,
    LONGEST_CELL,
    Columns,
    NotCleanError,
    Reading,
    ReadOptions,
    RowBuffer,
    name_columns,
    row_schema,
    text_of,
)

SAMPLE_LINES = 2_000
MARK = "\ufeff"
#: What systems of old set behind the last line.
END_MARK = "\x1a"
#: Of a file with stray quotation marks so many lines at most may be no records.
MOST_ODD_LINES = 0.05
FAST_BATCH_ROWS = 50_000
#: What DuckDB may have read or parsed ahead: by default both grow with the file up to 96 MiB, for no gain in time.
READ_AHEAD_BYTES, PARSED_AHEAD = 1 << 20, "8MB"
LONGEST_FAST_LINE = 32_000  # below LONGEST_CELL, so that no cell of a fast file can be too long

# The module's default of 128 KiB would cut records; an unclosed quote still ends at this.
csv.field_size_limit(1 << 27)


def read_delimited(path: Path, encoding: Encoding, profile: TextProfile, options: ReadOptions, exact: bool) -> Reading:
    """Read delimited text; `exact` forbids the fast reader."""
    lines = list(itertools.islice(text_lines(path, encoding.name, encoding.mark), SAMPLE_LINES))
    dialect = decide_dialect(lines, options.delimiter, options.header_row)
    header, header_end = _header(lines, dialect)
    columns = name_columns(header)
    loose = False
    closing: dict[str, Any] = {}
    if (
        not exact
        and _may_be_fast(encoding, profile, dialect, columns, header_end)
        and not _ends_beside_table(path, dialect, columns)
    ):
        batches = _fast_batches(path, dialect, columns, header_end, profile)
    else:
        loose = _has_stray_quotes(path, encoding, dialect, columns.width, header_end)
        read_batches = _loose_batches if loose else _exact_batches
        batches = read_batches(path, encoding, dialect, columns, header_end, closing)
    return Reading(
        headers=columns.headers,
        ignored_headers=columns.ignored,
        batches=batches,
        encoding=encoding.name,
        closing=closing,
        dialect={
            "kind": "delimited",
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "skip_space": dialect.skip_space,
            "line_end": profile.line_end,
            "bom": encoding.mark > 0,
            "header_line": dialect.header_line,
            "header_end_line": header_end,
            **({"wrapped": True} if dialect.wrapped else {}),
            **({"stray_quotes": True} if loose else {}),
        },
    )


def _header(lines: list[str], dialect: Dialect) -> tuple[list[str], int]:
    """The names of the columns, and the last line that the header takes."""
    below = lines[dialect.header_line - 1 :]
    if dialect.wrapped:
        below = [unwrapped(line) or line for line in below]
    reader = csv.reader(iter(below), strict=True, **dialect.parameters())  # type: ignore[arg-type]
    rows: list[list[str]] = []
    try:
        for cells in reader:
            if cells:
                rows.append(cells)
            if len(rows) == dialect.header_records:
                return joined_header(rows), dialect.header_line + reader.line_num - 1
    except csv.Error as error:
        raise RefusedFileError("unbalanced-quote", line=dialect.header_line) from error
    raise RefusedFileError("header-not-found", detail=f"line {dialect.header_line} is blank")


# --- exact ---------------------------------------------------------------------------------------------------


def _unmarked(line: str) -> str:
    """A record without the byte order mark before it, which stands there where files were put one behind the other."""
    return line[1:] if line.startswith(MARK) and line.strip() != MARK else line


class _Tape:
    """Feeds lines to the parser and remembers those of the record being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        """Take the lines left to read."""
        self.lines = lines
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """One line after the other."""
        record = self.record
        for line in self.lines:
            begins = not record
            record.append(line)
            yield _unmarked(line) if begins else line

    @property
    def bad(self) -> bool:
        """Whether a line of the record has bytes that are not of the encoding."""
        return BadLine in map(type, self.record)


def _exact_batches(
    path: Path, encoding: Encoding, dialect: Dialect, columns: Columns, header_end: int, closing: dict[str, Any]
) -> Iterator[pa.RecordBatch]:
    del header_end  # the parser finds it once more
    lines = text_lines(path, encoding.name, encoding.mark)
    tape = _Tape(itertools.islice(lines, dialect.header_line - 1, None))
    reader = csv.reader(iter(tape), strict=True, **dialect.parameters())  # type: ignore[arg-type]
    buffer = RowBuffer(len(columns.headers))
    everything = columns.kept == list(range(columns.width))
    start = dialect.header_line - 1
    header_left = dialect.header_records
    while True:
        tape.record.clear()
        first = start + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            start = dialect.header_line - 1 + reader.line_num
            if start > first or "unexpected end of data" in str(error):
                raise RefusedFileError("unbalanced-quote", line=first) from error
            mended, repair = _refitted([], tape.record, columns.width, dialect)
            if repair and not tape.bad and "\0" not in tape.record[0]:
                buffer.add(first, mended if everything else [mended[i] for i in columns.kept], _repairs(repair))
            else:
                buffer.add_problem(first, "bad-quote", {}, _raw(tape))
            continue
        start = dialect.header_line - 1 + reader.line_num
        if not cells:
            buffer.add_blank()
            continue
        if header_left:
            header_left -= 1
            continue
        line = tape.record[0]
        if (
            len(cells) == columns.width
            and len(tape.record) == 1 < columns.width
            and len(line) <= LONGEST_CELL
            and type(line) is not BadLine
            and "\0" not in line
            and cells[0] != columns.first
            and not columns.ignored
            and not dialect.wrapped
        ):  # as most records are
            buffer.add(first, cells)
        else:
            _add_record(buffer, tape, first, cells, columns, dialect, encoding)
        if buffer.full():
            yield buffer.take(keep=LAST_ROWS)
    closing.update(buffer.set_aside_last())
    yield buffer.take()


def _add_record(
    buffer: RowBuffer,
    tape: _Tape,
    first: int,
    cells: list[str],
    columns: Columns,
    dialect: Dialect,
    encoding: Encoding,
) -> None:
    record = tape.record
    if len(cells) == 1 and len(record) == 1 and not record[0].replace(END_MARK, "").strip():
        buffer.add_blank()
        return  # a line of white space is no record
    if _is_quoted_whole(cells, record, dialect):
        cells = cells[:1]
    whole, repair, width = cells, None, len(columns.headers)
    if columns.ignored:
        if len(cells) < columns.width:
            cells, repair = _refitted(cells, record, columns.width, dialect)
        cells = cells_of_sender(cells, columns)
    is_answered = len(cells) < len(whole)
    if len(cells) != width:
        cells, repair = _refitted(cells, record, width, dialect)
    if len(cells) != width:
        if not is_answered and any(line.count(dialect.delimiter) >= columns.width - 1 > 0 for line in record[1:]):
            # a field that swallowed whole records: its quotation mark was never meant to open
            raise RefusedFileError("unbalanced-quote", line=first)
        inner = fields_of(cells[0], dialect) if dialect.wrapped and len(cells) == 1 else None
        found: dict[str, object] = {"found": len(inner or cells), "expected": width}
        buffer.add_problem(first, "ragged-row", found, _raw(tape), () if tape.bad else cells)
    elif tape.bad:
        buffer.add_problem(first, "bad-bytes", {"encoding": encoding.name}, _raw(tape))
    elif any("\0" in line for line in record):
        buffer.add_problem(first, "nul-byte", {}, _raw(tape))
    elif sum(map(len, record)) > LONGEST_CELL and (longest := max(map(len, cells))) > LONGEST_CELL:
        buffer.add_problem(first, "cell-too-long", {"found": longest, "limit": LONGEST_CELL}, _raw(tape))
    elif cells[0] == columns.first and (repeats_header(whole, columns) or repeats_header(cells, columns)):
        buffer.add_problem(first, "repeated-header", {}, _raw(tape))
    else:
        buffer.add(first, cells, _repairs(repair) if repair else ())


def _is_quoted_whole(cells: Sequence[str], record: Sequence[str], dialect: Dialect) -> bool:
    """Whether delimiters follow a record that was quoted whole: they hold nothing, and are no fields of it."""
    return (
        dialect.wrapped
        and len(cells) > 1
        and record[0].startswith('"')
        and dialect.delimiter in cells[0]
        and not any(cell.strip() for cell in cells[1:])
    )


def _has_stray_quotes(path: Path, encoding: Encoding, dialect: Dialect, width: int, header_end: int) -> bool:
    """Whether some quotation marks pair with none, while every line with such a mark has the delimiters of a record.

    Then no field can hold a line end, and each line is read for itself; nearly all others are records, too.
    """
    if dialect.quote is None or dialect.wrapped or width < 3:
        return False
    stray, odd, lines = False, 0, 0
    for number, line in enumerate(text_lines(path, encoding.name, encoding.mark), 1):
        if number <= header_end or not line.strip():
            continue
        unpaired = line.count(dialect.quote) % 2 == 1
        lines += 1
        if line.count(dialect.delimiter) != width - 1:
            if unpaired:
                return False
            odd += 1
        stray = stray or unpaired
    return stray and odd <= MOST_ODD_LINES * lines


def _loose_batches(
    path: Path, encoding: Encoding, dialect: Dialect, columns: Columns, header_end: int, closing: dict[str, Any]
) -> Iterator[pa.RecordBatch]:
    """Every line is a record; quotation marks that pair with none are part of their value.

    In the last line one that opens a field may as well have lost what it was to enclose.
    """
    buffer = RowBuffer(len(columns.headers))
    for number, line, is_last in _last_told(text_lines(path, encoding.name, encoding.mark)):
        if number <= header_end:
            continue
        if not line.strip():
            buffer.add_blank()
            continue
        tape = _Tape(iter([line]))
        tape.record.append(line)
        text = _unmarked(line.rstrip("\r\n"))
        cells = fields_of(text, dialect)
        if cells is None or len(cells) != columns.width:
            cells = [_unquoted(cell, dialect) for cell in text.split(dialect.delimiter)]
        if is_last and any(_is_open(cell, dialect) for cell in cells):
            buffer.add_problem(number, "open-quote", {}, _raw(tape))
        else:
            _add_record(buffer, tape, number, cells, columns, dialect, encoding)
        if buffer.full():
            yield buffer.take(keep=LAST_ROWS)
    closing.update(buffer.set_aside_last())
    yield buffer.take()


def _last_told(lines: Iterator[str]) -> Iterator[tuple[int, str, bool]]:
    """Lines with their numbers, and whether one is the last that is not blank."""
    held: list[tuple[int, str]] = []  # a line that is not blank, and the blank ones behind it
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from ((at, text, False) for at, text in held)
            held.clear()
        held.append((number, line))
    yield from ((at, text, bool(text.strip())) for at, text in held)


def _is_open(cell: str, dialect: Dialect) -> bool:
    """Whether a field begins with a quotation mark that nothing closes."""
    return dialect.quote is not None and cell.startswith(dialect.quote) and cell.count(dialect.quote) % 2 == 1


def _unquoted(cell: str, dialect: Dialect) -> str:
    """A field that is quoted properly, without its quotation marks; any other as it is."""
    found = fields_of(cell, dialect) if dialect.quote and cell.startswith(dialect.quote) else None
    return found[0] if found and len(found) == 1 else cell


def _repairs(code: str | None) -> list[dict[str, object]]:
    return [{"field": None, "code": code, "was": None}] if code else []


def _refitted(cells: list[str], record: list[str], width: int, dialect: Dialect) -> tuple[list[str], str | None]:
    """The fields of a record of another width than the header, where nothing but their writing is amiss.

    Returns:
        The fields as they are meant, and the code of the repair; the fields as found where it cannot be told.
    """
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width], None  # delimiters behind the last field hold nothing
    text = "".join(record)
    if len(cells) < width and dialect.quote and text.startswith(dialect.quote):
        inner = fields_of(cells[0], dialect) if cells else None
        whole = [*inner, *cells[1:]] if inner else []
        if len(whole) > width and not any(cell.strip() for cell in whole[width:]):
            whole = whole[:width]
        if len(whole) == width:
            return whole, "line-unwrapped"
    if dialect.quote and len(record) == 1 and "\\" + dialect.quote in text:
        escaped = fields_of(text.rstrip("\r\n"), dialect, escape="\\")
        if escaped and len(escaped) == width:
            return escaped, "quote-escaped"
    return cells, None


def _raw(tape: _Tape) -> str:
    return "".join(tape.record).rstrip("\r\n")


# --- fast ----------------------------------------------------------------------------------------------------


def _may_be_fast(encoding: Encoding, profile: TextProfile, dialect: Dialect, columns: Columns, header_end: int) -> bool:
    return (
        encoding.name == "utf-8"
        and profile.size >= reading.FAST_FROM_BYTES
        and profile.is_utf8
        and profile.cr == profile.crlf
        and not profile.nul
        and header_end == dialect.header_line
        and not dialect.wrapped
        and columns.width > 1
        and not columns.ignored
        and dialect.quote in {'"', None}
        and not dialect.skip_space
        and len(dialect.delimiter.encode()) == 1
        and profile.lines > header_end
    )


def _ends_beside_table(path: Path, dialect: Dialect, columns: Columns) -> bool:
    """Whether one of the last records looks like a total or a note, which are for the exact reader to set aside."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (LAST_ROWS + 1) * LONGEST_FAST_LINE))
        lines = stream.read().decode(errors="replace").splitlines(keepends=True)
    last = [line for line in lines if line.strip()][-LAST_ROWS:]
    return bool(last) and any(
        _is_beside([cells[at] for at in columns.kept if at < len(cells)], len(columns.headers))
        for _, cells in sample_records(last, dialect)
    )


def _is_beside(cells: Sequence[str | None], width: int) -> bool:
    return is_total(cells) or is_note(cells, width, set_off=True)


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
        "buffer_size": READ_AHEAD_BYTES,
        "encoding": "utf-8",
    }
    schema = row_schema(len(columns.headers))
    line = header_end
    quote = dialect.quote.encode() if dialect.quote else None
    delimiters, quoted = _marks_after(path, header_end, dialect.delimiter.encode(), quote)
    folded, proven = False, False
    last_rows: list[list[str | None]] = []
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET threads TO 2")
        engine.execute("SET streaming_buffer_size = ?", [PARSED_AHEAD])  # it reads on while the rows before are kept
        try:
            rows = engine.read_csv(str(path), **settings)
            for batch in rows.to_arrow_reader(FAST_BATCH_ROWS):
                count = batch.num_rows
                if count == 0:
                    continue
                if pc.any(pc.equal(batch.column(0), columns.first)).as_py():
                    raise NotCleanError("a value equals its header")
                if pc.any(pc.starts_with(batch.column(0), MARK)).as_py():
                    raise NotCleanError("a byte order mark before a record")
                delimiters -= count * (columns.width - 1)
                inside = _marks_inside(batch, dialect.delimiter) if quoted else None
                if inside is not None:
                    delimiters -= int(inside.sum())
                ends = _marks_inside(batch, "\n") if quoted else None
                takes = np.ones(count, dtype=np.int64)
                if ends is not None:
                    folded = True
                    takes += ends
                    # of a record of two lines one lacks delimiters: its quotation marks are no stray ones
                    within = inside if inside is not None else np.zeros(count, dtype=np.int64)
                    proven = proven or bool(((ends == 1) & (within < columns.width - 1)).any())
                    if any((pc.max(pc.utf8_length(column)).as_py() or 0) > LONGEST_CELL for column in batch.columns):
                        raise NotCleanError("a cell is too long")
                numbers = pa.array(line + 1 + np.cumsum(takes) - takes)
                line += int(takes.sum())
                nothing = pa.nulls(count, pa.string())
                cells = [batch.column(i) for i in columns.kept]
                tail = [column.slice(max(0, count - LAST_ROWS)).to_pylist() for column in cells]
                last_rows = [*last_rows, *map(list, zip(*tail, strict=True))][-LAST_ROWS:]
                yield pa.RecordBatch.from_arrays([numbers, nothing, nothing, nothing, *cells], schema=schema)
        except (duckdb.Error, OSError) as error:  # newer engines tell of it as Arrow does
            raise NotCleanError(str(error)[:200]) from error
    if line != profile.lines:
        raise NotCleanError("lines that no record accounts for")
    if delimiters:  # DuckDB overlooks an empty field too many at the end of a line
        raise NotCleanError("delimiters that no field accounts for")
    if folded and not proven:
        raise NotCleanError("quotation marks that may be stray ones")
    if folded and any(_is_beside(cells, len(columns.headers)) for cells in last_rows):
        raise NotCleanError("the last rows sum up the others, or tell of them")


def _marks_after(path: Path, lines: int, mark: bytes, quote: bytes | None) -> tuple[int, bool]:
    """How often a byte stands in a file behind its first lines, and whether another stands there or in them."""
    with path.open("rb") as stream:
        head = b"".join(stream.readline() for _ in range(lines))
        count, quoted = 0, quote is not None and quote in head
        for chunk in chunks(stream):
            count += count_of(mark, chunk)
            quoted = quoted or (quote is not None and quote in chunk)
    return count, quoted


def _marks_inside(batch: pa.RecordBatch, mark: str) -> npt.NDArray[np.int64] | None:
    """How often a mark, one byte, stands in the cells of each row; None where it stands in none."""
    found: npt.NDArray[np.int64] | None = None
    for column in batch.columns:
        if mark.encode() in text_of(column):
            counts = pc.count_substring(column, mark)
            own = pc.fill_null(counts, 0).to_numpy(zero_copy_only=False).astype(np.int64)
            found = own if found is None else found + own
    return found
