"""Workbooks (XLSX, XLS, ODS) through calamine: values only, nothing in them is ever executed or fetched.

`line_no` is the row of the sheet. A file is weighed by its zip directory before it is opened.
"""

from __future__ import annotations

import datetime
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources.dialects import header_index
from sources.errors import RefusedFileError
from sources.readers.reading import (
    BATCH_ROWS,
    LONGEST_CELL,
    Columns,
    Reading,
    ReadOptions,
    RowBuffer,
    fold_header,
    name_columns,
    storable,
)

MOST_UNPACKED = 2 << 30
FREE_UNPACKED = 64 << 20  # below this no ratio is looked at
MOST_RATIO = 100
MOST_ENTRIES = 10_000


def read_workbook(path: Path, kind: str, options: ReadOptions) -> Reading:
    """Read one sheet of a workbook."""
    from python_calamine import CalamineWorkbook

    if kind in {"xlsx", "ods"}:
        weigh_zip(path)
    try:
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
        name = _sheet_name(book, options.sheet)
        sheet = book.get_sheet_by_name(name)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        merged = list(getattr(sheet, "merged_cell_ranges", None) or [])
    except RefusedFileError:
        raise
    except Exception as error:
        raise _refusal(error) from error
    at, columns = _header(rows, options, merged)
    return Reading(
        headers=columns.headers,
        ignored_headers=columns.ignored,
        batches=_batches(rows, at, columns),
        dialect={"kind": kind, "sheet": name, "header_line": at + 1},
    )


def _refusal(error: Exception) -> RefusedFileError:
    text = f"{type(error).__name__} {error}".lower()
    if "password" in text or "encrypt" in text:
        return RefusedFileError("password-protected")
    return RefusedFileError("broken-workbook", detail=str(error)[:120])


def _sheet_name(book: Any, wanted: str | None) -> str:
    names: list[str] = list(book.sheet_names)
    if wanted is not None:
        for same in (lambda name: name == wanted, lambda name: fold_header(name) == fold_header(wanted)):
            for name in names:
                if same(name):
                    return name
        raise RefusedFileError("sheet-not-found", sheet=wanted, found=", ".join(names))
    visible = [
        sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible") and sheet.name in names
    ] or names
    for name in visible:
        if any(any(_filled(cell) for cell in row) for row in book.get_sheet_by_name(name).to_python(nrows=200)):
            return name
    if not visible:
        raise RefusedFileError("header-not-found", detail="the workbook has no sheet")
    return visible[0]


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _header(rows: list[list[Any]], options: ReadOptions, merged: Sequence[Any]) -> tuple[int, Columns]:
    if not any(_filled(cell) for row in rows for cell in row):
        raise RefusedFileError("header-not-found", detail="the sheet is empty")
    if options.header_row is not None:
        at = options.header_row - 1
        if at >= len(rows):
            raise RefusedFileError("header-not-found", detail=f"the sheet has no row {options.header_row}")
    else:
        at = _find_header(rows)
    for (top, left), (bottom, right) in merged:
        if top <= at <= bottom and right > left:
            raise RefusedFileError("merged-header", cells=f"{_cell_name(top, left)}:{_cell_name(bottom, right)}")
    names = [cell_text(cell) or "" for cell in rows[at]]
    width = max(
        (i + 1 for row in rows[at:] for i, cell in enumerate(row) if i >= len(names) or _filled(cell)),
        default=0,
    )
    while len(names) > max(width, 1) and not names[-1]:
        names.pop()
    return at, name_columns(names)


def _find_header(rows: list[list[Any]]) -> int:
    """The header among the rows that are not empty, each cut after its last filled cell."""
    places = [i for i, row in enumerate(rows[:500]) if any(_filled(cell) for cell in row)]
    if not places:
        return 0
    width = max(len(rows[i]) for i in places)
    found = header_index([[cell_text(cell) for cell in rows[i]] for i in places]) if width > 1 else 0
    return places[found]


def _cell_name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _batches(rows: list[list[Any]], at: int, columns: Columns) -> Iterator[pa.RecordBatch]:
    buffer = RowBuffer(len(columns.headers))
    for line_no, row in enumerate(rows[at + 1 :], at + 2):
        if not any(_filled(cell) for cell in row):
            continue
        texts = [cell_text(cell) for cell in row]
        longest = max(len(text) for text in texts if text)
        if longest > LONGEST_CELL:
            values: dict[str, object] = {"found": longest, "limit": LONGEST_CELL}
            buffer.add_problem(line_no, "cell-too-long", values, storable(" | ".join(text or "" for text in texts)))
        elif any(text and "\0" in text for text in texts):
            buffer.add_problem(line_no, "nul-byte", {}, " | ".join(text or "" for text in texts))
        else:
            buffer.add(line_no, [texts[i] if i < len(texts) else None for i in columns.kept])
        if len(buffer.line_nos) >= BATCH_ROWS:
            yield buffer.take()
    yield buffer.take()


def cell_text(cell: Any) -> str | None:
    """A cell's value as text: whole numbers without a fraction, dates and times in ISO form."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def weigh_zip(path: Path) -> None:
    """Refuse a zip that is damaged, locked, or would grow beyond measure, before anything opens it.

    The directory may lie, so every entry is inflated and counted against what it says of itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedFileError("truncated-archive") from error
    packed, unpacked = max(1, path.stat().st_size), sum(entry.file_size for entry in entries)
    bomb = RefusedFileError("zip-bomb", packed=packed, unpacked=unpacked)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise bomb
    if unpacked > FREE_UNPACKED and unpacked > MOST_RATIO * packed:
        raise bomb
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedFileError("password-protected")
    with path.open("rb") as stream:
        for entry in entries:
            if entry.compress_type == zipfile.ZIP_DEFLATED and _inflated_size(stream, entry) > entry.file_size:
                raise bomb


def _inflated_size(stream: Any, entry: zipfile.ZipInfo) -> int:
    """Bytes an entry really inflates to, counted up to one more than it declares."""
    stream.seek(entry.header_offset)
    local = stream.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise RefusedFileError("truncated-archive")
    name_length, extra_length = struct.unpack("<HH", local[26:30])
    stream.seek(name_length + extra_length, 1)
    inflater = zlib.decompressobj(-15)
    size, left = 0, entry.compress_size
    try:
        while left > 0 and not inflater.eof and size <= entry.file_size:
            packed = stream.read(min(left, 1 << 16))
            if not packed:
                break
            left -= len(packed)
            while packed and size <= entry.file_size:
                size += len(inflater.decompress(packed, 1 << 20))
                packed = inflater.unconsumed_tail
    except zlib.error as error:
        raise RefusedFileError("broken-archive", detail=str(error)) from error
    return size
