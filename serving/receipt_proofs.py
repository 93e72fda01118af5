"""Proves that every partner and form file has its receipt, answering every line, and that it still is the file."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.parquet as pq

from assets.scope import Scope
from quality.verify import Finding
from serving.receipts import ANSWER_COLUMNS, answered_files, receipt_path
from sources.feed_files import FeedFile
from sources.field_counts import FieldCounter, stretches
from sources.original_text import line_encoding, open_original, record_spans, split_end
from sources.raw import RawFile
from sources.readers.answered_rows import OWN_BEYOND, VERDICTS
from sources.readers.json_records import OWN_OBJECT, QUOTED_LINE, is_own, record_slices
from sources.readers.lines import byte_lines, chunks
from sources.receipt import words_path

HAS_RECEIPT = "Every partner and form file has a receipt."
NEW_WAIT = "Files that landed since the newest publication are answered."
ANSWERS_ALL = "A receipt answers every line, and without the added columns it is the file."
#: Stands in for the quotation mark of files without one.
NEVER = "\x00"


def receipt_findings(scope: Scope, published: Set[tuple[str, str]] | None = None) -> list[Finding]:
    """Compares every receipt with the original bytes, and counts its answers.

    Args:
        scope: the home whose receipts are looked at.
        published: path and sha256 of the files that readers know of; the others wait for the run that publishes
            them. All of them when left out.
    """
    missing: list[str] = []
    different: list[str] = []
    new: list[str] = []
    for file in answered_files(scope):
        if published is not None and (file.path, file.raw_file.sha256) not in published:
            new.append(file.path)
            continue
        found = _receipt_of(scope.home, file)
        if found is None:
            missing.append(file.path)
        elif not file.raw_file.refused:
            trouble = _difference(file.raw_file, found)
            if trouble:
                different.append(f"{file.path}: {trouble}")
    waiting = f"{len(new)} files landed since, first: {'; '.join(map(ascii, new[:5]))}; `sluice run` answers them"
    return [
        _finding(HAS_RECEIPT, missing),
        _finding(ANSWERS_ALL, different),
        *([Finding("receipts", NEW_WAIT, None, waiting, len(new), waits=True)] if new else []),
    ]


def _finding(statement: str, offenders: list[str]) -> Finding:
    said = "holds" if not offenders else "; ".join(ascii(name) for name in offenders[:5])
    return Finding("receipts", statement, not offenders, said, len(offenders))


def _receipt_of(home: Path, file: FeedFile) -> Path | None:
    target = receipt_path(home, file.path)
    name = f"{target.name.removesuffix('.gz').rsplit('.', 1)[0]}.xlsx"
    ways = (words_path(target),) if file.raw_file.refused else (target, target.with_name(name))
    return next((path for path in ways if path.exists()), None)


def _difference(raw: RawFile, receipt: Path) -> str | None:
    kind = raw.dialect.get("kind")
    try:
        if kind == "delimited":
            return _lines_differ(raw, receipt)
        if kind == "form":
            return _posts_differ(raw, receipt)
        if kind in {"json", "jsonl"}:
            return _records_differ(raw, receipt, lines=kind == "jsonl")
        if kind in {"xlsx", "xls", "ods"}:
            return _cells_differ(raw, receipt)
        return _columns_differ(raw, receipt)
    except Exception as error:  # a receipt that somebody changed makes each reader stumble in its own way
        return f"the receipt cannot be read ({type(error).__name__})"


def _opened(raw: RawFile, receipt: Path) -> Any:
    return gzip.open(receipt) if raw.dialect.get("compression") == "gzip" else receipt.open("rb")


def _unanswered(cells: Sequence[str], width: int) -> str | None:
    """What is wrong with the cells appended to one record."""
    if len(cells) != width:
        return f"has {len(cells)} answers instead of {width}"
    return None if cells[0] in VERDICTS else f"is answered {cells[0]!r}"


def _lines_differ(raw: RawFile, receipt: Path) -> str | None:
    """Header and last line of every record have the answer before their line end; all other lines are the original."""
    encoding, unit, big_endian = line_encoding(raw)
    counter = FieldCounter(raw)
    delimiter, quote = counter.dialect.delimiter, counter.dialect.quote
    names: list[str] = []
    place = answers = 0  # where the answers begin, and how many there are
    width = counter.width  # of the header with the delimiters behind it

    def appended(line: bytes, found: bytes) -> list[str] | None:
        (body, end), (told, told_end) = split_end(line, encoding), split_end(found, encoding)
        if end != told_end or not told.startswith(body):
            return None
        text = io.StringIO(told[len(body) :].decode(encoding))
        return next(csv.reader(text, delimiter=delimiter, quotechar=quote or NEVER), [])[1:]

    with _opened(raw, receipt) as answered:
        after = byte_lines(chunks(answered), unit, big_endian)
        number = 0
        for stretch in stretches(raw):
            *before, last = stretch.lines
            found = list(itertools.islice(after, len(stretch.lines) + len(stretch.blanks)))
            number += len(stretch.lines)
            if len(found) < len(stretch.lines) + len(stretch.blanks):
                return f"the receipt ends before line {number + len(stretch.blanks)}"
            cells = appended(last, found[len(before)])
            if cells is None or [*before, *stretch.blanks] != found[: len(before)] + found[len(before) + 1 :]:
                return f"line {number} is not the original"
            if stretch.place == "header":
                own = counter.of_header(stretch.lines)
                width, names = max(width, own), cells[max(0, width - own) :]
                place = next((at for at, name in enumerate(names) if not name.startswith(OWN_BEYOND)), len(names))
                if names[place : place + len(ANSWER_COLUMNS)] != list(ANSWER_COLUMNS):
                    return "the header lacks the columns of answers"
            elif stretch.place == "record":
                missing = max(0, width + place - counter.of_record(stretch.lines).number)
                if any(cells[:missing]):
                    return f"line {number} is not answered under the names of the answers"
                if trouble := _unanswered(cells[missing:], len(names) - place):
                    return f"line {number} {trouble}"
                answers += 1
            elif cells:
                return f"line {number} is answered, and is no record"
            number += len(stretch.blanks)
        if next(after, None) is not None:
            return "the receipt has more lines"
        return None if answers == raw.rows else f"{raw.rows} records, {answers} answers"


def _posts_differ(raw: RawFile, receipt: Path) -> str | None:
    """Every record is the original with our names and values behind it; all other lines are the original."""
    encoding, unit, big_endian = line_encoding(raw)
    starts = set(record_spans(raw))
    with open_original(raw) as stream, _opened(raw, receipt) as answered:
        before = byte_lines(chunks(stream), unit, big_endian)
        after = byte_lines(chunks(answered), unit, big_endian)
        for number, (line, found) in enumerate(itertools.zip_longest(before, after), 1):
            if line is None or found is None:
                return "the number of lines differs"
            if number not in starts:
                if found != line:
                    return f"line {number} is answered, and is no record"
                continue
            body, told = (text.decode(encoding, "backslashreplace").rstrip("\r\n") for text in (line, found))
            if not told.startswith(f"{body}&"):
                return f"line {number} is not the original"
            answer = parse_qsl(told[len(body) + 1 :], keep_blank_values=True)
            if [name for name, _ in answer[: len(ANSWER_COLUMNS)]] != list(ANSWER_COLUMNS):
                return f"line {number} lacks the answers"
            if trouble := _unanswered([text for _, text in answer], len(answer)):
                return f"line {number} {trouble}"
    return None


def _texts(raw: RawFile, receipt: Path) -> tuple[str, str]:
    encoding = raw.encoding or "utf-8"
    with open_original(raw) as stream, _opened(raw, receipt) as answered:
        before, after = (
            s.read().decode(encoding, "backslashreplace").removeprefix("\ufeff") for s in (stream, answered)
        )
    return before, after


def _pairs(raw: RawFile, before: str, after: str, *, lines: bool) -> Iterator[tuple[str | None, str | None]]:
    """Original and answered records, side by side."""
    if lines:
        one, other = ([line for line in text.split("\n") if line.strip()] for text in (before, after))
    else:
        where = raw.dialect.get("records")
        one, other = ([text[r.start : r.end] for r in record_slices(text, where)] for text in (before, after))
    for at in range(max(len(one), len(other))):
        yield (one[at] if at < len(one) else None), (other[at] if at < len(other) else None)


def _records_differ(raw: RawFile, receipt: Path, *, lines: bool) -> str | None:
    """Every record is the original with a member `sluice` behind it, or quotes the original beside it."""
    before, after = _texts(raw, receipt)
    count = 0
    for number, (original, found) in enumerate(_pairs(raw, before, after, lines=lines), 1):
        if original is None or found is None:
            return "the number of records differs"
        bare, text = original.strip(" \t\r\n"), found.strip(" \t\r\n")
        try:
            members: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
            name, told = members[-1]
            answer = dict(told)
        except (ValueError, IndexError, TypeError):
            return f"record {number} is not answered"
        if name != OWN_OBJECT or answer.get("verdict") not in VERDICTS:
            return f"record {number} is not answered"
        quoted = len(members) == 2 and (members[0][0], str(members[0][1]).strip(" \t\r\n")) == (QUOTED_LINE, bare)
        begun = bare[:-1].rstrip(" \t\r\n")
        if not quoted and not (bare.endswith("}") and text.startswith(begun)):
            return f"record {number} is not the original"
        if not quoted and text[len(begun) :].lstrip(",")[: len(OWN_OBJECT) + 2] != f'"{OWN_OBJECT}"':
            return f"record {number} is not the original"
        count += 1
    return None if count == raw.rows else f"{raw.rows} records, {count} answers"


def _cells_differ(raw: RawFile, receipt: Path) -> str | None:
    """Every cell of the sheet that was read is as it was, and every record has its answer behind it."""
    from python_calamine import CalamineWorkbook

    with open_original(raw) as stream:
        original = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
    sheet = raw.dialect.get("sheet") or original.sheet_names[0]
    before = original.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    after = CalamineWorkbook.from_path(str(receipt)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for number, row in enumerate(before, 1):
        found = after[number - 1] if number <= len(after) else []
        if [*found, *[""] * len(row)][: len(row)] != list(row):
            return f"row {number} is not the original"
    width = len(raw.headers) + len(raw.ignored_headers)
    header = after[raw.dialect["header_line"] - 1][width:]
    if header[: len(ANSWER_COLUMNS)] != list(ANSWER_COLUMNS):
        return "the header lacks the columns of answers"
    for number in record_spans(raw):
        trouble = _unanswered([str(cell) for cell in after[number - 1][width : width + len(header)]], len(header))
        if trouble:
            return f"row {number} {trouble}"
    return None


def _columns_differ(raw: RawFile, receipt: Path) -> str | None:
    """Every column of a Parquet file is as it was, and every row has its answer."""
    with open_original(raw) as stream:
        before = pq.ParquetFile(pa.BufferReader(stream.read())).read()
    with _opened(raw, receipt) as answered:
        after = pq.ParquetFile(pa.BufferReader(answered.read())).read()
    mine = [at for at, name in enumerate(before.column_names) if not is_own(name)]
    if not after.select(range(len(mine))).equals(before.select(mine)):
        return "the columns are not the original"
    wrong = [word for word in after.column(ANSWER_COLUMNS[0]).to_pylist() if word not in VERDICTS]
    return f"{len(wrong)} rows are answered {wrong[0]!r}" if wrong else None
