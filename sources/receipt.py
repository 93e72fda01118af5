"""The answer to a file, in the file's own dialect: every original line unchanged, our columns behind it.

Pure: it is handed a frame of answers, one a record, and knows nothing of leads. Text that a spreadsheet would run
as a formula is made harmless; a reason the encoding cannot write falls back to English.
"""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote_plus

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sources.durable import replacing, write_bytes
from sources.original_text import line_encoding, open_original, original_text, problem_lines, record_spans
from sources.raw import RawFile
from sources.readers.json_records import MEMBERS, OWN_OBJECT, QUOTED_LINE, is_own, record_slices, split_path
from sources.readers.lines import byte_lines, chunks
from sources.readers.workbooks import FORMULA, lost_values

LINE_NO = "line_no"
REASON = "sluice_reason"
REPAIRS = "sluice_repairs"
#: The same in English, used where the encoding cannot write the other; never columns of their own.
REASON_EN, REPAIRS_EN = "sluice_reason_en", "sluice_repairs_en"
_ENGLISH = {REASON: REASON_EN, REPAIRS: REPAIRS_EN}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMATTED_CELLS = 300_000  # up to here a workbook keeps its looks; above, its values only
JSON_SPACE = " \t\r\n"
_LINE_ENDS = re.compile(r"[\r\n]+")


def write_receipt(raw_file: RawFile, answers: pd.DataFrame, target: Path) -> Path:
    """Write the receipt of a file.

    Args:
        raw_file: the file under the reading that was answered.
        answers: `line_no`, then the columns to append (text; missing is empty), one row a record;
            `sluice_reason_en` and `sluice_repairs_en`, if there, are only the fallbacks of their columns.
        target: where the receipt belongs by the file's name.

    Returns:
        The path written: `target`, or beside it `.xlsx` for XLS and ODS.

    Raises:
        StorageError: the receipt cannot be written.
    """
    return _write(raw_file, _Answers(answers, whole=True), target)


def write_rejects(raw_file: RawFile, answers: pd.DataFrame, target: Path) -> Path:
    """Write the answered records only, as a file that can be mended and dropped.

    What stands above the records is kept; a JSON document keeps the keys that lead to its records, and of a workbook
    the values of the sheet that was read.

    Args:
        raw_file: the file under the reading that was answered.
        answers: as for :func:`write_receipt`; records that are not in it are left out.
        target: where it belongs by the file's name.

    Returns:
        The path written, as for :func:`write_receipt`.

    Raises:
        StorageError: it cannot be written.
    """
    return _write(raw_file, _Answers(answers, whole=False), target)


def words_path(target: Path) -> Path:
    """Where the answer in words belongs, for a file that could not be read or used as a whole."""
    return target.with_name(f"{target.name[:200]}.receipt.txt")


def write_words(target: Path, text: str) -> Path:
    """Write the answer in words beside where the receipt of a file belongs; returns its path."""
    path = words_path(target)
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
    return path


def _write(raw_file: RawFile, answers: _Answers, target: Path) -> Path:
    kind = raw_file.dialect.get("kind")
    if kind in {"xlsx", "xls", "ods"}:
        return _write_workbook(raw_file, answers, target)
    if kind == "parquet":
        return _write_parquet(raw_file, answers, target)
    with replacing(target) as partial:
        if raw_file.dialect.get("compression") == "gzip":
            with partial.open("wb") as outer, gzip.GzipFile("", "wb", 6, outer, mtime=0) as inner:
                _write_text(raw_file, answers, cast(IO[bytes], inner))
        else:
            with partial.open("wb") as plain:
                _write_text(raw_file, answers, plain)
    return target


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


class _Answers:
    """Answers by line_no, as tuples of text in the order of their columns; `whole` keeps records without one."""

    def __init__(self, frame: pd.DataFrame, *, whole: bool) -> None:
        self.whole = whole
        self.columns = [str(name) for name in frame.columns if name not in {LINE_NO, *_ENGLISH.values()}]
        texts = [_texts(frame[name]) for name in self.columns]
        numbers = [int(number) for number in frame[LINE_NO]]
        self.rows = dict(zip(numbers, zip(*texts, strict=True), strict=True)) if texts else {}
        self.english = {
            self.columns.index(name): dict(zip(numbers, _texts(frame[english]), strict=True))
            for name, english in _ENGLISH.items()
            if name in self.columns and english in frame.columns
        }
        self.nothing = ("",) * len(self.columns)

    def has(self, line_no: int) -> bool:
        """Whether a record is to be written."""
        return self.whole or line_no in self.rows

    def of(self, line_no: int, encoding: str | None = None) -> Sequence[str]:
        """The answer to a record, such that `encoding` can write it."""
        row = self.rows.get(line_no, self.nothing)
        if encoding is None or all(_can_write(text, encoding) for text in row):
            return row
        mended = list(row)
        for at, english in self.english.items():
            if not _can_write(row[at], encoding):
                mended[at] = english.get(line_no) or row[at]
        return [_writable(text, encoding) for text in mended]


def _texts(values: pd.Series[Any]) -> list[str]:
    texts: list[str] = pa.Array.from_pandas(values).cast(pa.string()).fill_null("").to_pylist()
    return texts


def _can_write(text: str, encoding: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _writable(text: str, encoding: str) -> str:
    return text if _can_write(text, encoding) else text.encode("ascii", "backslashreplace").decode()


# --- text ----------------------------------------------------------------------------------------------------


def _write_text(raw_file: RawFile, given: _Answers, target: IO[bytes]) -> None:
    kind = raw_file.dialect.get("kind")
    with open_original(raw_file) as stream:
        if kind == "json":
            _write_document(raw_file, given, stream, target)
            return
        encoding, unit, big_endian = line_encoding(raw_file)
        lines = byte_lines(chunks(stream), unit, big_endian)
        if kind == "jsonl":
            _write_json_lines(raw_file, given, lines, encoding, target)
        elif kind == "form":
            _write_form_posts(raw_file, given, lines, encoding, target)
        else:
            _write_delimited(raw_file, given, lines, encoding, target)


@dataclass(frozen=True)
class _Style:
    """How an appended field is written."""

    delimiter: str
    quote: str | None

    def field(self, text: str) -> str:
        if text.isalnum() and text.isascii():  # most are: ids, words, grades
            return text
        text = harmless(_LINE_ENDS.sub(" ", text).replace("\0", "").strip())
        if self.quote is None:
            return text.replace(self.delimiter, " ")
        if self.delimiter in text or self.quote in text:
            return self.quote + text.replace(self.quote, self.quote * 2) + self.quote
        return text

    def fields(self, texts: Sequence[str]) -> str:
        return "".join(self.delimiter + self.field(text) for text in texts)


def _split_end(line: bytes, encoding: str) -> tuple[bytes, bytes]:
    for end in ("\r\n", "\n", "\r"):
        mark = end.encode(encoding)
        if line.endswith(mark):
            return line[: -len(mark)], mark
    return line, b""


def _write_delimited(
    raw_file: RawFile, answers: _Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    """Append behind the last line of every record; a record ends before the blank lines and the next record."""
    style = _Style(raw_file.dialect["delimiter"], raw_file.dialect.get("quote"))
    starts = iter(record_spans(raw_file))
    header_end = raw_file.dialect["header_end_line"]
    next_start = next(starts, None)
    current: int | None = None
    held: list[bytes] = []  # the lines of the record being read

    def finish() -> None:
        blanks: list[bytes] = []
        while len(held) > 1 and not held[-1].strip(b"\r\n\t \0\x1a"):
            blanks.append(held.pop())
        if current is not None and not answers.has(current):
            held.clear()
            return
        if current is not None and held:
            body, end = _split_end(held[-1], encoding)
            appended = style.fields(answers.of(current, encoding)).encode(encoding, "replace")
            target.write(b"".join(held[:-1]) + body + appended + end)
        elif answers.whole:
            target.write(b"".join(held))
        if answers.whole:
            target.write(b"".join(reversed(blanks)))
        held.clear()

    for number, line in enumerate(lines, 1):
        if number <= header_end:
            if number == header_end:
                body, end = _split_end(line, encoding)
                target.write(body + style.fields(answers.columns).encode(encoding, "replace") + end)
            else:
                target.write(line)
            continue
        if number == next_start:
            finish()
            current, next_start = number, next(starts, None)
        held.append(line)
        if current is None:
            finish()
    finish()


def _object_text(answers: _Answers, line_no: int, encoding: str) -> str:
    prefix = "sluice_"
    row = dict(zip(answers.columns, answers.of(line_no), strict=True))
    said = {name.removeprefix(prefix): text or None for name, text in row.items()}
    text = json.dumps(said, ensure_ascii=False)
    return text if _can_write(text, encoding) else json.dumps(said)


def _with_object(record: str, answers: _Answers, line_no: int, encoding: str) -> str:
    """The text of a JSON object with an object `sluice` as its last member."""
    if not record.lstrip(JSON_SPACE).startswith("{"):  # nothing can be added to what is no object
        return _quoted(record, answers, line_no, encoding)
    body = record.rstrip(JSON_SPACE)
    inner = body[:-1].rstrip(JSON_SPACE)
    comma = "" if inner.endswith("{") else ","
    return f'{inner}{comma}"sluice":{_object_text(answers, line_no, encoding)}}}{record[len(body) :]}'


def _quoted(text: str, answers: _Answers, line_no: int, encoding: str) -> str:
    """An object that quotes a line which is none."""
    return f'{{"{QUOTED_LINE}":{json.dumps(text)},"{OWN_OBJECT}":{_object_text(answers, line_no, encoding)}}}'


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _answered_lines(
    raw_file: RawFile, answers: _Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, text and end of each line that is to be answered; the lines between records are written as they are."""
    starts = set(record_spans(raw_file))
    for number, line in enumerate(lines, 1):
        if number not in starts:
            if answers.whole:
                target.write(line)
        elif answers.has(number):
            yield number, *_split_end(line, encoding)


def _write_json_lines(
    raw_file: RawFile, answers: _Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    doubtful = problem_lines(raw_file)
    for number, body, end in _answered_lines(raw_file, answers, lines, encoding, target):
        text = body.decode(encoding, "backslashreplace")
        mark = text[: len(text) - len(text.lstrip("\ufeff"))]
        text = text.lstrip("\ufeff")
        if number not in doubtful or _is_object(text):
            answer = mark + _with_object(text, answers, number, encoding)
        else:
            answer = mark + _quoted(text, answers, number, encoding)
        target.write(answer.encode(encoding, "backslashreplace") + end)


def _write_form_posts(
    raw_file: RawFile, answers: _Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    """Append our names and values as a browser would; the percent-encoded bytes are of the file's inner encoding."""
    inner = raw_file.dialect.get("inner_encoding", "utf-8")
    for number, body, end in _answered_lines(raw_file, answers, lines, encoding, target):
        given = zip(answers.columns, answers.of(number, inner), strict=True)
        fields = (f"&{name}={quote_plus(harmless(text) if text else '', encoding=inner)}" for name, text in given)
        target.write(body + "".join(fields).encode(encoding) + end)


def _write_document(raw_file: RawFile, answers: _Answers, stream: Any, target: IO[bytes]) -> None:
    text = original_text(raw_file, stream)
    encoding = raw_file.encoding or "utf-8"
    parts = ["\ufeff"] if raw_file.dialect.get("bom") else []
    records = raw_file.dialect.get("records")
    done = 0
    chosen: list[tuple[str, str]] = []  # the path it stands at, and the answered record
    for line_no, record in enumerate(record_slices(text, records), 1):
        piece = text[record.start : record.end]
        if not answers.has(line_no):
            continue
        whole = record.problem is None or _is_object(piece)
        answered = (_with_object if whole else _quoted)(piece, answers, line_no, encoding)
        if answers.whole:
            parts += [text[done : record.start], answered]
            done = record.end
        else:
            chosen.append((record.path, answered))
    if answers.whole:
        parts.append(text[done:])
    else:  # a document for each stretch of records of one place, so that the feed finds them where they were
        stretches = itertools.groupby(chosen, key=lambda one: one[0])
        parts.append("\n".join(_document_of(path, [answered for _, answered in some]) for path, some in stretches))
    target.write("".join(parts).encode(encoding, "backslashreplace"))


def _document_of(path: str, records: Sequence[str]) -> str:
    """A document in which the same keys lead to these records."""
    opened, closed = "", ""
    for key in split_path(path):
        opened, closed = (
            (opened + "[", "]" + closed) if key in {"*", MEMBERS} else (opened + f"{{{json.dumps(key)}:", "}" + closed)
        )
    array = ",".join(records) if opened.endswith("[") else f"[{','.join(records)}]"
    return f"{opened}{array}{closed}"


# --- workbooks and Parquet -----------------------------------------------------------------------------------


def _write_workbook(raw_file: RawFile, answers: _Answers, target: Path) -> Path:
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


def _append_by_openpyxl(
    data: bytes, sheet: str, header_line: int, width: int, answers: _Answers, partial: Path
) -> bool:
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
        with partial.open("wb") as stream:
            book.save(stream)
    except OSError:
        raise
    except Exception:  # openpyxl raises whatever a strange workbook makes it stumble over
        return False
    return True


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


def _append_to_values(data: bytes, sheet: str, header_line: int, width: int, answers: _Answers, partial: Path) -> None:
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
        for name in source.sheet_names if answers.whole else [sheet]:
            page = book.add_worksheet(name)
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


def _write_parquet(raw_file: RawFile, answers: _Answers, target: Path) -> Path:
    with open_original(raw_file) as stream:
        file = pq.ParquetFile(pa.BufferReader(stream.read()))
        # as the reader reads it: of a damaged file another way of reading may see other rows, or none
        table = pa.Table.from_batches(file.iter_batches(), schema=file.schema_arrow)
    mine = [at for at, name in enumerate(table.column_names) if not is_own(name)]  # it may be a receipt of a receipt
    table = table.select(mine)  # by their places: a name may stand twice
    numbers = [number for number in range(1, table.num_rows + 1) if answers.has(number)]
    rows = [answers.of(number) for number in numbers]
    table = table.take(pa.array([number - 1 for number in numbers], pa.int64()))
    columns = zip(*rows, strict=True) if rows else ([] for _ in answers.columns)
    for name, texts in zip(answers.columns, columns, strict=True):
        table = table.append_column(name, pa.array([text or None for text in texts], pa.string()))
    with replacing(target) as partial, partial.open("wb") as outer:
        if raw_file.dialect.get("compression") == "gzip":
            with gzip.GzipFile("", "wb", 6, outer, mtime=0) as inner:
                pq.write_table(table, inner)
        else:
            pq.write_table(table, outer)
    return target
