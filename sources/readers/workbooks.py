"""Workbooks (XLSX, XLS, ODS) through calamine: values only, nothing in them is ever executed or fetched.

`line_no` is the row of the sheet. A file is weighed by its zip directory before it is opened.
"""

from __future__ import annotations

import datetime
import html
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from sources.dialects import header_rows, joined_header
from sources.errors import RefusedFileError
from sources.header_names import is_header_name
from sources.readers.answered_rows import cells_of_sender, repeats_header
from sources.readers.reading import (
    LAST_ROWS,
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
SHEET_SAMPLE = 200
MOST_HEADER_ROWS = 8
EXACT_BELOW = 1e15
#: Parts that hold programs (of Excel, of its oldest macros, of LibreOffice), and parts that refer elsewhere.
_PROGRAM = re.compile(r"vbaproject\.bin$|^xl/macrosheets/|^(basic|scripts)/.+")
_LINK = re.compile(r"xl/(externallinks/[^/]+|connections)\.(xml|bin)")
_VBA_PROJECT = "_VBA_PROJECT".encode("utf-16-le")


def read_workbook(path: Path, kind: str, options: ReadOptions) -> Reading:
    """Read one sheet of a workbook: the one named, else the visible one that looks most like a list of people."""
    from python_calamine import CalamineWorkbook

    if kind in {"xlsx", "ods"}:
        weigh_zip(path)
    try:
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
            name, others, sheet = _chosen_sheet(book, options.sheet)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
            merged = [Merged(*first, *last) for first, last in getattr(sheet, "merged_cell_ranges", None) or []]
    except RefusedFileError:
        raise
    except Exception as error:
        raise _refusal(error) from error
    first, last, columns = _header(rows, options, merged)
    _fill_down(rows, merged, last)
    lost = lost_values(path, name) if kind == "xlsx" else {}
    closing: dict[str, Any] = {}
    return Reading(
        headers=columns.headers,
        ignored_headers=columns.ignored,
        batches=_batches(rows, last, columns, lost, closing),
        closing=closing,
        dialect={
            "kind": kind,
            "sheet": name,
            "header_line": last + 1,
            **({"header_first_line": first + 1} if first < last else {}),
            **({"other_sheets": others} if others else {}),
            **_never_run(path, kind),
        },
    )


def _never_run(path: Path, kind: str) -> dict[str, Any]:
    """What a workbook brings along and nobody runs or opens.

    Returns:
        macros: whether it has programs; links: to how many other workbooks or data sources it refers. Neither where
        there is none.
    """
    if kind == "xls":  # a compound document, whose parts are named in UTF-16
        return {"macros": True} if _VBA_PROJECT in path.read_bytes() else {}
    with zipfile.ZipFile(path) as archive:
        names = [name.lower() for name in archive.namelist()]
    macros = any(_PROGRAM.search(name) for name in names)
    links = sum(bool(_LINK.fullmatch(name)) for name in names)
    return {**({"macros": True} if macros else {}), **({"links": links} if links else {})}


def _refusal(error: Exception) -> RefusedFileError:
    text = f"{type(error).__name__} {error}".lower()
    if "password" in text or "encrypt" in text:
        return RefusedFileError("password-protected")
    return RefusedFileError("broken-workbook", detail=str(error)[:120])


def _chosen_sheet(book: Any, wanted: str | None) -> tuple[str, dict[str, int], Any]:
    """The sheet to read by name, the rows of every other that has any (they are left, and said to be), and the sheet.

    To open a sheet is to parse all of it, so each is opened once, and only the best so far is kept. Raises
    RefusedFileError sheet-not-found, or sheets-alike where visible ones are parts of one list, such as its months.
    """
    names: list[str] = list(book.sheet_names)
    chosen = None if wanted is None else _named_sheet(names, wanted)
    visible = [
        sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible") and sheet.name in names
    ] or names
    if not visible:
        raise RefusedFileError("header-not-found", detail="the workbook has no sheet")
    sizes: dict[str, int] = {}
    tables: dict[str, frozenset[str]] = {}
    best, kept = -1.0, None
    for name in names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False, nrows=SHEET_SAMPLE)
        filled = any(_filled(cell) for row in (*rows, *sheet.to_python(nrows=SHEET_SAMPLE)) for cell in row)
        sizes[name] = int(sheet.height) if filled else 0
        if wanted is None and name in visible:
            likeness = _likeness(rows) if filled else 0.0
            tables[name] = _column_names(rows) if filled else frozenset()
            if likeness > best:
                best, chosen, kept = likeness, name, sheet
        elif name == chosen:
            kept = sheet
    assert chosen is not None
    alike = [name for name, columns in tables.items() if columns and _are_alike(columns, tables[chosen])]
    if len(alike) > 1:
        raise RefusedFileError("sheets-alike", sheets=", ".join(alike))
    return chosen, {name: size for name, size in sizes.items() if size and name != chosen}, kept


def _named_sheet(names: Sequence[str], wanted: str) -> str:
    for same in (lambda name: name == wanted, lambda name: fold_header(name) == fold_header(wanted)):
        for name in names:
            if same(name):
                return name
    raise RefusedFileError("sheet-not-found", sheet=wanted, found=", ".join(names))


def _likeness(rows: list[list[Any]]) -> float:
    """How much a sheet looks like a list of people, companies or deals: by its header, its addresses, its length."""
    texts = [[cell_text(cell) for cell in row] for row in rows if any(map(_filled, row))]
    first, last = header_rows(texts)
    known = {name for row in texts[first : last + 1] for name in row if name and is_header_name(name)}
    addresses = any(cell and "@" in cell for row in texts[last + 1 :] for cell in row)
    return 3 * min(len(known), 8) + 4 * addresses + len(texts) / (2 * SHEET_SAMPLE)


def _column_names(rows: list[list[Any]]) -> frozenset[str]:
    """The names of a sheet's columns; none where it is no table of several with a row below them."""
    texts = [[cell_text(cell) for cell in row] for row in rows if any(map(_filled, row))]
    first, last = header_rows(texts)
    names = frozenset(fold_header(name) for name in joined_header(texts[first : last + 1]) if name)
    return names if len(names) > 1 and last + 1 < len(texts) else frozenset()


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sheets have the same columns, or one of them a few more: of the years of a list, or of its refused.

    A short one with some columns of the other may be anything, such as the list of its owners and their addresses.
    """
    small, large = sorted((one, other), key=len)
    return one == other or (small < large and len(small) >= max(3, 0.6 * len(large)))


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


@dataclass(frozen=True)
class Merged:
    """A range of cells that were made one; 0-based, ends included."""

    top: int
    left: int
    bottom: int
    right: int


def _header(rows: list[list[Any]], options: ReadOptions, merged: Sequence[Merged]) -> tuple[int, int, Columns]:
    """First and last row of the header, and the columns it names."""
    if not any(_filled(cell) for row in rows for cell in row):
        raise RefusedFileError("header-not-found", detail="the sheet is empty")
    if options.header_row is not None:
        first = last = options.header_row - 1
        if first >= len(rows):
            raise RefusedFileError("header-not-found", detail=f"the sheet has no row {options.header_row}")
    else:
        first, last = _find_header(rows, merged)
    for cells in merged:
        if cells.top <= last <= cells.bottom and cells.right > cells.left:
            where = f"{_cell_name(cells.top, cells.left)}:{_cell_name(cells.bottom, cells.right)}"
            raise RefusedFileError("merged-header", cells=where)
    header = [[cell_text(cell) for cell in row] for row in rows[first : last + 1]]
    for cells in merged:
        if first <= cells.top and cells.bottom <= last:
            for row in range(cells.top, cells.bottom + 1):
                for column in range(cells.left, min(cells.right + 1, len(header[0]))):
                    header[row - first][column] = header[cells.top - first][cells.left]
    names = joined_header(header)
    width = 0
    for cells_of_row in itertools.islice(rows, last, None):
        at = len(cells_of_row)
        while len(names) >= at > width and not _filled(cells_of_row[at - 1]):
            at -= 1
        width = max(width, at)
    while len(names) > max(width, 1) and not names[-1]:
        names.pop()
    return first, last, name_columns(names)


def _find_header(rows: list[list[Any]], merged: Sequence[Merged]) -> tuple[int, int]:
    """The header among the rows that are not empty; merged cells tell how far down it goes."""
    places = [i for i, row in enumerate(rows[:500]) if any(_filled(cell) for cell in row)]
    if not places:
        return 0, 0
    texts = [[cell_text(cell) for cell in rows[i]] for i in places]
    first, last = (places[at] for at in header_rows(texts)) if max(map(len, texts)) > 1 else (places[0], places[0])
    if first and any(cells.top == first - 1 and cells.bottom >= first for cells in merged):
        first -= 1  # a name merged into the header from the row above
    while last - first < MOST_HEADER_ROWS:
        within = [cells for cells in merged if first <= cells.top <= last]
        lower = max((cells.bottom for cells in within), default=last)
        groups = [cells for cells in within if cells.right > cells.left and cells.bottom == last]
        if lower == last and groups and _named_below(rows, groups, last, within):
            lower = last + 1
        if lower <= last:
            break
        last = lower
    return first, min(last, len(rows) - 1)


def _named_below(rows: list[list[Any]], groups: Sequence[Merged], last: int, within: Sequence[Merged]) -> bool:
    """Whether the row below merged names holds names of the single columns, and nothing of a record."""
    if last + 1 >= len(rows):
        return False
    below = [cell_text(cell) or "" for cell in rows[last + 1]]
    grouped = {column for cells in groups for column in range(cells.left, cells.right + 1)}
    deep = {column for cells in within if cells.bottom > last for column in range(cells.left, cells.right + 1)}
    single = [text for column, text in enumerate(below) if column not in grouped | deep]
    names = [below[column] for column in grouped if column < len(below)]
    return (
        all(names)
        and not any(isinstance(rows[last + 1][column], int | float) for column in grouped if column < len(below))
        and (not any(single) or sum(map(is_header_name, names)) >= 0.5 * len(names))
    )


def _fill_down(rows: list[list[Any]], merged: Sequence[Merged], last: int) -> None:
    """Give every row of a record that shares a merged cell its value; cells merged across columns stay as they are."""
    for cells in merged:
        if cells.top > last and cells.bottom > cells.top and cells.left == cells.right:
            for row in range(cells.top + 1, min(cells.bottom + 1, len(rows))):
                if cells.left < len(rows[row]) and any(map(_filled, rows[row])):
                    rows[row][cells.left] = rows[cells.top][cells.left]


def _cell_name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _batches(
    rows: list[list[Any]],
    last: int,
    columns: Columns,
    lost: Mapping[int, Mapping[int, Lost]],
    closing: dict[str, Any],
) -> Iterator[pa.RecordBatch]:
    buffer = RowBuffer(len(columns.headers), empty_is_null=False)  # cell_text says so of every cell
    everything = columns.kept == list(range(columns.width))
    names = dict(zip(columns.kept, columns.headers, strict=True))
    for line_no, row in enumerate(rows[last + 1 :], last + 2):
        gone = lost.get(line_no, {})
        texts = [(cell or None) if type(cell) is str else cell_text(cell) for cell in row]
        whole = "".join(filter(None, texts))
        if not gone and not whole:
            buffer.add_blank()
            continue
        if len(whole) > LONGEST_CELL and (longest := max(len(text) for text in texts if text)) > LONGEST_CELL:
            values: dict[str, object] = {"found": longest, "limit": LONGEST_CELL}
            buffer.add_problem(line_no, "cell-too-long", values, storable(" | ".join(text or "" for text in texts)))
        elif "\0" in whole:
            buffer.add_problem(line_no, "nul-byte", {}, " | ".join(text or "" for text in texts))
        elif repeats_header(texts[: columns.width], columns):
            buffer.add_problem(line_no, "repeated-header", {}, " | ".join(text or "" for text in texts))
        elif columns.ignored and (count := _count_of_sender(texts, columns)) != len(columns.headers):
            found: dict[str, object] = {"found": count, "expected": len(columns.headers)}
            buffer.add_problem(line_no, "ragged-row", found, " | ".join(text or "" for text in texts))
        else:
            repairs = (
                [
                    {"field": names[column], "code": one.code, "was": one.text}
                    for column, one in sorted(gone.items())
                    if column in names
                ]
                if gone
                else ()
            )
            if everything and len(texts) == columns.width:
                cells = texts
            else:
                cells = [texts[i] if i < len(texts) else None for i in columns.kept]
            buffer.add(line_no, cells, repairs)
        if buffer.full():
            yield buffer.take(keep=LAST_ROWS)
    closing.update(buffer.set_aside_last())
    yield buffer.take()


def _count_of_sender(texts: Sequence[str | None], columns: Columns) -> int:
    """How many cells the sender wrote of a row of a receipt that is a workbook now; empty ones behind do not count."""
    width = len(columns.headers)
    cells = cells_of_sender([*texts, *[None] * (columns.width - len(texts))], columns)
    return len(cells) if any(cells[width:]) else min(len(cells), width)


def cell_text(cell: Any) -> str | None:
    """A cell's value as text: whole numbers without a fraction, dates and times in ISO form."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if abs(cell) >= EXACT_BELOW:
            return f"{cell:.14E}"  # a spreadsheet keeps 15 digits: those behind are not what was typed
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


# --- what calamine shows as an empty cell --------------------------------------------------------------------


#: The code of a formula that was never computed.
FORMULA = "formula-without-value"


@dataclass(frozen=True)
class Lost:
    """A cell whose value is not in the file: an error, or a formula that was never computed."""

    code: str
    text: str


_SHEETS = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATIONS = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)=\"([^\"]*)\"")
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_VALUE = re.compile(rb"<v>([^<]*)</v>")
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>([^<]*)</f>)")


def lost_values(workbook: Path | BinaryIO, sheet: str) -> dict[int, dict[int, Lost]]:
    """Cells of an XLSX sheet that show an error or hold a formula without its result.

    Returns:
        Row (1-based) -> column (0-based) -> what stands there; nothing is computed.
    """
    found: dict[int, dict[int, Lost]] = {}
    try:
        with zipfile.ZipFile(workbook) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return {}
            with archive.open(part) as stream:
                for piece in _rows_of_xml(stream):
                    if b"<f" not in piece and b't="e"' not in piece:
                        continue
                    for cell in _CELL.finditer(piece):
                        lost = _lost(cell)
                        if lost:
                            row, column, value = lost
                            found.setdefault(row, {})[column] = value
    except (zipfile.BadZipFile, OSError, KeyError, RuntimeError, NotImplementedError, zlib.error):
        return {}  # calamine read it, so nothing is known to be lost
    return found


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): html.unescape(value.decode(errors="replace")) for name, value in _ATTRIBUTE.findall(tag)}


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The member that holds a sheet."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    told = [_attributes(tag) for tag in _SHEETS.findall(archive.read("xl/workbook.xml"))]
    wanted = next((one.get("r:id") for one in told if one.get("name") == sheet), None)
    for tag in _RELATIONS.findall(archive.read("xl/_rels/workbook.xml.rels")):
        relation = _attributes(tag)
        if wanted and relation.get("Id") == wanted:
            target = relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in names else None
    return None


def _rows_of_xml(stream: Any) -> Iterator[bytes]:
    """A sheet's XML in pieces that end with a row."""
    rest = b""
    while chunk := stream.read(1 << 22):
        data = rest + chunk
        end = data.rfind(b"</row>") + 1
        if end:
            yield data[:end]
        rest = data[end:]
    yield rest


def _lost(cell: re.Match[bytes]) -> tuple[int, int, Lost] | None:
    attributes, inside = _attributes(cell[1]), cell[2] or b""
    place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", attributes.get("r", ""))
    if not place:
        return None
    value = _VALUE.search(inside)
    row, column = int(place[2]), _column_of(place[1])
    if attributes.get("t") == "e":
        shown = value[1].decode(errors="replace") if value else ""
        return row, column, Lost("cell-error", html.unescape(shown))
    formula = _FORMULA.search(inside)
    if formula and attributes.get("t") != "str" and not (value and value[1]):
        return (
            row,
            column,
            Lost(FORMULA, "=" + html.unescape((formula[1] or b"").decode(errors="replace"))),
        )
    return None


def _column_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


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
    if entry.header_offset < 0:  # what stands before the directory is shorter than it says
        raise RefusedFileError("truncated-archive")
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
