"""Rows taken out of a workbook: emptied where they stand, with the looks of the rest kept where that can be done."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Mapping, Set
from typing import Any

from sources.readers.workbooks import cell_text
from sources.tombstones import Tombstones

FORMATTED_CELLS = 300_000  # up to here a workbook keeps its looks; above, its values only


def redacted_workbook(
    data: bytes,
    kind: str,
    rows: Mapping[str, Set[int]],
    texts: Mapping[str, Mapping[int, frozenset[str]]],
    erased: Tombstones,
) -> tuple[bytes, str | None]:
    """A workbook without some rows and values.

    Args:
        data: the workbook.
        kind: xlsx, xls or ods; the last two come back as xlsx.
        rows: by sheet, the rows to be emptied.
        texts: by sheet and row, the values to be taken out.
        erased: cells that hold something of it are emptied in every sheet.

    Returns:
        The workbook, the same object where nothing had to go, and its kind where that changed.
    """
    pages = _values(data)
    gone = {name: _cells_to_empty(page, rows.get(name, set()), texts.get(name, {}), erased) for name, page in pages}
    if not any(gone.values()) and (kind != "xlsx" or _is_clean(data, erased)):
        return data, None
    if kind == "xlsx" and sum(len(row) for _, page in pages for row in page) <= FORMATTED_CELLS:
        made = _emptied_by_openpyxl(data, gone)
        if made is not None and _is_clean(made, erased):
            return made, None
    return _written_anew(pages, gone), None if kind == "xlsx" else "xlsx"


def _values(data: bytes) -> list[tuple[str, list[list[Any]]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = dict.fromkeys(book.sheet_names)  # of two of one name the first alone can be read
    return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]


def _cells_to_empty(
    page: list[list[Any]], rows: Set[int], texts: Mapping[int, frozenset[str]], erased: Tombstones
) -> set[tuple[int, int]]:
    """Row and column, from 1, of the cells that go."""
    found: set[tuple[int, int]] = set()
    for number, row in enumerate(page, 1):
        for at, cell in enumerate(row, 1):
            if cell is None or cell == "":
                continue
            text = cell_text(cell) or ""
            if number in rows or text in texts.get(number, ()) or erased.names(text):
                found.add((number, at))
    return found


def _emptied_by_openpyxl(data: bytes, gone: Mapping[str, set[tuple[int, int]]]) -> bytes | None:
    """The workbook with its looks; None where openpyxl cannot open it."""
    import openpyxl
    from openpyxl.cell.cell import MergedCell

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        for page in book.worksheets:
            cells = gone.get(page.title, set())
            numbers = {number for number, _ in cells}
            for merged in list(page.merged_cells.ranges):
                if numbers & set(range(merged.min_row, merged.max_row + 1)):
                    value = page.cell(merged.min_row, merged.min_col).value
                    page.unmerge_cells(str(merged))
                    if merged.min_col == merged.max_col:  # one value for several rows: the others keep it
                        for number in range(merged.min_row + 1, merged.max_row + 1):
                            page.cell(number, merged.min_col).value = value
            for number, at in cells:
                cell = page.cell(number, at)
                if not isinstance(cell, MergedCell):
                    cell.value = None
            for row in page.iter_rows():
                for cell in row:
                    if cell.row in numbers and not isinstance(cell, MergedCell):
                        cell.comment = None
            links = [link for link in page._hyperlinks if not _is_in(str(link.ref), numbers)]
            page._hyperlinks = links
            page._pivots = []  # they keep copies of rows
        target = io.BytesIO()
        book.save(target)
    except Exception:  # openpyxl raises whatever a strange workbook makes it stumble over
        return None
    return target.getvalue()


def _is_in(reference: str, numbers: Set[int]) -> bool:
    digits = "".join(char for char in reference.split(":", 1)[0] if char.isdigit())
    return digits.isdigit() and int(digits) in numbers


def _is_clean(data: bytes, erased: Tombstones) -> bool:
    """Whether no part of a workbook, comments and links among them, has what was erased."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return not any(
            erased.names(archive.read(info).decode("utf-8", "replace"))
            for info in archive.infolist()
            if info.filename.endswith((".xml", ".rels", ".vml", ".txt"))
        )


def _written_anew(pages: list[tuple[str, list[list[Any]]]], gone: Mapping[str, set[tuple[int, int]]]) -> bytes:
    """The values of every sheet, without looks."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        formats = {
            datetime.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            datetime.date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime.time: book.add_format({"num_format": "hh:mm:ss"}),
            datetime.timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
        }
        for name, page in pages:
            sheet = book.add_worksheet()
            sheet.name = name  # also one that Excel would not take, of an OpenDocument sheet: the file is read by it
            for number, row in enumerate(page, 1):
                for at, value in enumerate(row, 1):
                    if value is None or value == "" or (number, at) in gone[name]:
                        continue
                    if isinstance(value, bool):
                        sheet.write_boolean(number - 1, at - 1, value)
                    elif isinstance(value, int | float):
                        sheet.write_number(number - 1, at - 1, value)
                    elif type(value) in formats:
                        sheet.write_datetime(number - 1, at - 1, value, formats[type(value)])
                    else:
                        sheet.write_string(number - 1, at - 1, str(value))
    return target.getvalue()
