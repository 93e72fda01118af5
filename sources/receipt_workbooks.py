"""The answer to a workbook: cells behind every row, with its looks where it is small, else with its values."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sources.durable import replacing
from sources.original_text import open_original
from sources.raw import RawFile
from sources.readers.workbooks import FORMULA, lost_values
from sources.receipt_answers import Answers, harmless

FORMATTED_CELLS = 300_000  # up to here a workbook keeps its looks; above, its values only

#: What Excel takes for the name of a sheet; OpenDocument takes longer ones, and broken workbooks have any.
LONGEST_NAME = 31
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def write_workbook(raw_file: RawFile, answers: Answers, target: Path) -> Path:
    """Write an XLSX workbook with the answers behind the rows of the sheet that was read; returns its path."""
    if target.suffix.lower() not in {".xlsx", ".xlsm"} or raw_file.dialect["kind"] != "xlsx":
        target = target.with_name(f"{target.name.removesuffix('.gz').rsplit('.', 1)[0]}.xlsx")
    elif target.suffix.lower() == ".xlsm":
        target = target.with_suffix(".xlsx")
    with open_original(raw_file) as stream:
        data = stream.read()
    header_line, sheet = raw_file.dialect["header_line"], raw_file.dialect["sheet"]
    width = len(raw_file.headers) + len(raw_file.ignored_headers)
    with replacing(target) as partial:
        small = raw_file.rows * width <= FORMATTED_CELLS
        if not (
            raw_file.dialect["kind"] == "xlsx"
            and small
            and answers.whole
            and _append_by_openpyxl(data, sheet, header_line, width, answers, partial)
        ):
            _append_to_values(data, sheet, header_line, width, answers, partial)
    return target


def _append_by_openpyxl(data: bytes, sheet: str, header_line: int, width: int, answers: Answers, partial: Path) -> bool:
    """Keep the workbook's looks; False where openpyxl cannot open what calamine could."""
    import io
    import warnings

    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
            except OSError:  # what openpyxl raises for a file that it misses a part in: nothing is read from a disk
                return False
        if any("outside the limits for dates" in str(warning.message) for warning in told):
            _restore_numbers(book, data)
        _restore_formulas(book, data)
        page = book[sheet]
        for number, texts in [(header_line, answers.columns), *answers.rows.items()]:
            for at, text in enumerate(texts, width + 1):
                if text:
                    cell = page.cell(number, at)
                    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", harmless(text))
                    cell.data_type = "s"
        _show_columns(page, width + 1, width + len(answers.columns))
        with partial.open("wb") as stream:
            book.save(stream)
    except OSError:
        raise
    except Exception:  # openpyxl raises whatever a strange workbook makes it stumble over
        return False
    return True


def _show_columns(page: Any, first: int, last: int) -> None:
    """Show the columns of the answers also where the sender had hidden all that were empty."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.dimensions import ColumnDimension

    for letter, group in list(page.column_dimensions.items()):
        begin, end = group.min or 0, group.max or 0
        if not group.hidden or end < first or begin > last:
            continue
        del page.column_dimensions[letter]
        for start, stop in ((begin, min(end, first - 1)), (max(begin, last + 1), end)):
            if start <= stop:
                key = get_column_letter(start)
                page.column_dimensions[key] = ColumnDimension(page, key, hidden=True, min=start, max=stop)


def _restore_numbers(book: Any, data: bytes) -> None:
    """Put back numbers that are no date, such as telephone numbers, though their cells are formatted as one.

    openpyxl has made an error of each; cells that were an error before hold no number.
    """
    import io

    from python_calamine import CalamineWorkbook

    source = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for page in book.worksheets:
        values = source.get_sheet_by_name(page.title).to_python(skip_empty_area=False)
        for cell in itertools.chain.from_iterable(page.iter_rows(max_row=len(values))):
            if cell.data_type == "e" and cell.column <= len(values[cell.row - 1]):
                value = values[cell.row - 1][cell.column - 1]
                if isinstance(value, int | float):
                    cell.value = value


def _formulas(data: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row (1-based), column (0-based) and text of formulas of an XLSX sheet that were never computed."""
    import io

    for row, cells in lost_values(io.BytesIO(data), sheet).items():
        for column, lost in cells.items():
            if lost.code == FORMULA:
                yield row, column, lost.text


def _restore_formulas(book: Any, data: bytes) -> None:
    """Put back formulas without a value, of which nothing is left where only values were read."""
    import io

    import openpyxl

    places = [(page, row, column + 1) for page in book.worksheets for row, column, _ in _formulas(data, page.title)]
    if places:
        written = openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
        for page, row, column in places:
            page.cell(row, column).value = written[page.title].cell(row, column).value


def _append_to_values(data: bytes, sheet: str, header_line: int, width: int, answers: Answers, partial: Path) -> None:
    """Write the values of every sheet anew; of records that are chosen, only those of their sheet."""
    import io

    import xlsxwriter
    from python_calamine import CalamineWorkbook

    source = CalamineWorkbook.from_filelike(io.BytesIO(data))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(partial), options) as book:
        formats = {
            datetime.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            datetime.date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime.time: book.add_format({"num_format": "hh:mm:ss"}),
            datetime.timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
        }
        # of two sheets of one name, which no program writes, the first alone can be read
        names = list(dict.fromkeys(source.sheet_names)) if answers.whole else [sheet]
        for name, title in zip(names, sheet_titles(names), strict=True):
            page = book.add_worksheet(title)
            rows = source.get_sheet_by_name(name).to_python(skip_empty_area=False)
            place = 0
            formulas = {(row, column): text for row, column, text in _formulas(data, name) if text != "="}
            for number, row in enumerate(rows, 1):
                if name == sheet and number > header_line and not answers.has(number):
                    continue
                for at, value in enumerate(row):
                    if (number, at) in formulas:
                        page.write_formula(place, at, formulas[number, at], value="")
                    else:
                        _write_cell(page, place, at, value, formats)
                place += 1
                if name != sheet or number < header_line:
                    continue
                added = answers.columns if number == header_line else answers.rows.get(number, answers.nothing)
                for at, text in enumerate(added, width):
                    if text:
                        page.write_string(place - 1, at, harmless(text))


def sheet_titles(names: Sequence[str]) -> list[str]:
    """The names of a workbook's sheets as Excel takes them: short enough, of its characters and each another.

    >>> sheet_titles(["Leads", "leads", "2026/03", "Everybody who came to our stand in Hall 4"])
    ['Leads', 'leads 2', '2026 03', 'Everybody who came to our stand']
    """
    titles: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = NOT_IN_NAMES.sub(" ", name).strip("' ") or "Sheet"
        for number in itertools.count(1):
            mark = f" {number}" if number > 1 else ""
            title = _cut(plain, LONGEST_NAME - len(mark)) + mark
            if title.lower() not in taken:
                break
        titles.append(title)
        taken.add(title.lower())
    return titles


def _cut(text: str, units: int) -> str:
    """The beginning of a text in so many UTF-16 units, which is how Excel counts."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").strip("' ")


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    elif type(value) in formats:
        page.write_datetime(row, column, value, formats[type(value)])
    else:
        page.write_string(row, column, str(value))
