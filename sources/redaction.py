"""Lines taken out of the bytes of a file so that every other line stays where it is, whatever kind of file it is.

In the place of a record stays one without values: its delimiters, an empty object, an empty row, and as many line ends
as it had. Then addresses and numbers that were erased are taken out of what is left, whatever line they stand in.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.archives import opened_member
from sources.erasures import Lines
from sources.errors import RefusedFileError
from sources.original_text import line_encoding, record_spans
from sources.raw import RawFile
from sources.readers.columnar import as_text
from sources.readers.json_records import record_slices
from sources.readers.lines import byte_lines
from sources.redacted_workbook import redacted_workbook
from sources.tombstones import Tombstones

WORKBOOKS = {"xlsx", "xls", "ods"}
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Wanted:
    """What goes of a file under one reading.

    Attributes:
        file: the file under that reading.
        rows: line_no of records that go as a whole.
        texts: line_no of records -> values of theirs that go; the rest of them stays.
    """

    file: RawFile
    rows: frozenset[int]
    texts: Mapping[int, frozenset[str]]


def wanted(file: RawFile, lines: Lines) -> Wanted:
    """What goes, with the values that stand in the cells to be cleared; none where they were cleared before."""
    texts: dict[int, frozenset[str]] = {}
    if lines.cells:
        columns = sorted({f"c{at}" for its in lines.cells.values() for at in its})
        table = pq.read_table(file.rows_path, columns=["line_no", *columns])
        table = table.filter(pc.is_in(table["line_no"], value_set=pa.array(sorted(lines.cells), pa.int64())))
        for row in table.to_pylist():
            values = [row[f"c{at}"] for at in sorted(lines.cells[row["line_no"]])]
            texts[row["line_no"]] = frozenset(value for value in values if value)
    return Wanted(file, frozenset(lines.rows), texts)


def redacted(data: bytes, readings: Sequence[Wanted], erased: Tombstones) -> tuple[bytes, str | None]:
    """The bytes of a file without what goes.

    Args:
        data: as they were dropped, or as an earlier erasure left them.
        readings: what goes under each reading of the file.
        erased: taken out of what is left.

    Returns:
        The bytes, the same object where nothing had to go, and the kind of file that they are where that changed.
    """
    first = readings[0].file
    kind = first.dialect.get("kind")
    if first.dialect.get("compression") == "gzip":
        inner, changed = _redacted(gzip.decompress(data), readings, kind, erased)
        same = inner == gzip.decompress(data)
        return (data if same else gzip.compress(inner, 6, mtime=0)), changed
    return _redacted(data, readings, kind, erased)


def _redacted(
    data: bytes, readings: Sequence[Wanted], kind: str | None, erased: Tombstones
) -> tuple[bytes, str | None]:
    if kind in WORKBOOKS:
        by_sheet: dict[str, set[int]] = {}
        texts: dict[str, dict[int, frozenset[str]]] = {}
        for one in readings:
            sheet = one.file.dialect["sheet"]
            by_sheet.setdefault(sheet, set()).update(one.rows)
            texts.setdefault(sheet, {}).update(one.texts)
        return redacted_workbook(data, str(kind), by_sheet, texts, erased)
    if kind == "parquet":
        return _redacted_parquet(data, readings, erased), None
    if kind == "json":
        for one in readings:
            data = _redacted_document(data, one)
        return _scrubbed(data, readings[0].file.encoding, erased), None
    if kind in {"delimited", "jsonl", "form"}:
        for one in readings:
            data = _redacted_lines(data, one)
        data = _scrubbed(data, readings[0].file.encoding, erased)
        return (_scrubbed_posts(data, readings[0].file, erased) if kind == "form" else data), None
    return _scrubbed(data, None, erased), None


def _scrubbed(data: bytes, encoding: str | None, erased: Tombstones) -> bytes:
    """Text without addresses and numbers that were erased; bytes of no known encoding are looked at as they are."""
    for name in [encoding] if encoding else ["utf-8", "latin-1"]:
        text = data.decode(name, "surrogateescape")
        found = erased.scrubbed(text)
        if found != text:
            data = found.encode(name, "surrogateescape")
    return data


# --- lines ---------------------------------------------------------------------------------------------------


def _redacted_lines(data: bytes, one: Wanted) -> bytes:
    if not one.rows and not one.texts:
        return data
    encoding, unit, big_endian = line_encoding(one.file)
    lines = [line.decode(encoding, "surrogateescape") for line in byte_lines([data], unit, big_endian)]
    starts = record_spans(one.file)
    for start in sorted(one.rows | set(one.texts)):
        following = bisect_right(starts, start)
        end = starts[following] - 1 if following < len(starts) else len(lines)
        if start > len(lines):
            continue
        record = "".join(lines[start - 1 : end])
        body = _nothing(one.file) if start in one.rows else _without(record, one.texts[start], one.file)
        mark = "\ufeff" if record.startswith("\ufeff") else ""
        lines[start - 1 : end] = _as_many_lines(mark + body.removeprefix("\ufeff"), lines[start - 1 : end])
    return "".join(lines).encode(encoding, "surrogateescape")


def _nothing(file: RawFile) -> str:
    """What stays of a record: as many fields as there are, and nothing in them."""
    if file.dialect["kind"] == "delimited":
        width = len(file.headers) + len(file.ignored_headers)
        return str(file.dialect["delimiter"]) * (width - 1)
    return "{}" if file.dialect["kind"] == "jsonl" else ""


def _as_many_lines(record: str, before: Sequence[str]) -> list[str]:
    """A record on as many physical lines as it was before, blank ones behind it."""
    pieces = _LINE_END.split(record)
    pieces[len(before) - 1 :] = ["".join(pieces[len(before) - 1 :])]
    ends = [line[len(line.rstrip("\r\n")) :] for line in before]
    return [(pieces[at] if at < len(pieces) else "") + end for at, end in enumerate(ends)]


def _without(record: str, values: frozenset[str], file: RawFile) -> str:
    """A record without some of its values."""
    if file.dialect["kind"] == "jsonl":
        return _json_without(record.rstrip("\r\n"), values)
    if file.dialect["kind"] == "form":
        return "&".join(
            name + "=" if mark and unquote_plus(value).strip() in values else name + mark + value
            for name, mark, value in (field.partition("=") for field in record.rstrip("\r\n").split("&"))
        )
    delimiter, quote = file.dialect["delimiter"], file.dialect.get("quote")
    how: dict[str, Any] = {"delimiter": delimiter, "quoting": csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE}
    how |= {"quotechar": quote} if quote else {"escapechar": None}
    how |= {"skipinitialspace": bool(file.dialect.get("skip_space"))}
    body = record.rstrip("\r\n")
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), strict=True, **how))
        written = io.StringIO()
        kept = ["" if cell in values or cell.strip() in values else cell for cell in rows[0]]
        csv.writer(written, lineterminator="", **how).writerow(kept)
        body = written.getvalue() if len(rows) == 1 else body
    except (csv.Error, IndexError):
        pass
    for value in sorted(values, key=len, reverse=True):  # what was mended when it was read
        body = body.replace(value, "") if len(value) > 2 else body
    return body


def _json_without(record: str, values: frozenset[str]) -> str:
    """A JSON record with null in the place of values; without anything where one cannot be found."""
    for value in sorted(values, key=len, reverse=True):
        forms = {json.dumps(value), json.dumps(value, ensure_ascii=False)}
        if re.fullmatch(r"[-+0-9.eE]+", value):
            forms.add(value)
        for form in forms:
            record = re.sub(rf"(?<![\w.\"\\]){re.escape(form)}(?![\w.])(?!\s*:)", "null", record)
    return record


# --- documents -----------------------------------------------------------------------------------------------


def _redacted_document(data: bytes, one: Wanted) -> bytes:
    if not one.rows and not one.texts:
        return data
    encoding = one.file.encoding or "utf-8"
    text = data.decode(encoding)
    parts, done = [], 0
    try:
        for line_no, record in enumerate(record_slices(text, one.file.dialect.get("records")), 1):
            if line_no not in one.rows and line_no not in one.texts:
                continue
            piece = text[record.start : record.end]
            ends = "".join(_LINE_END.findall(piece))  # lines below keep their numbers for those who look at the file
            parts += [
                text[done : record.start],
                "{" + ends + "}" if line_no in one.rows else _json_without(piece, one.texts[line_no]),
            ]
            done = record.end
    except RefusedFileError:  # another reading's records held this one's, and are gone
        return data
    return "".join([*parts, text[done:]]).encode(encoding)


def _scrubbed_posts(data: bytes, file: RawFile, erased: Tombstones) -> bytes:
    """Form posts without encoded addresses and numbers that were erased."""
    encoding = file.encoding or "utf-8"
    inner = file.dialect.get("inner_encoding", "utf-8")

    def told(line: str) -> str:
        fields = line.split("&")
        return "&".join(
            name + "=" if mark and erased.names(unquote_plus(value, inner, "replace")) else name + mark + value
            for name, mark, value in (field.partition("=") for field in fields)
        )

    text = data.decode(encoding, "surrogateescape")
    found = "".join(told(part) if at % 2 == 0 else part for at, part in enumerate(re.split(r"(\r\n|\n|\r)", text)))
    return data if found == text else found.encode(encoding, "surrogateescape")


# --- Parquet -------------------------------------------------------------------------------------------------


def _redacted_parquet(data: bytes, readings: Sequence[Wanted], erased: Tombstones) -> bytes:
    file = pq.ParquetFile(pa.BufferReader(data))
    table = pa.Table.from_batches(file.iter_batches(), schema=file.schema_arrow)  # as the reader reads it
    rows = {line_no for one in readings for line_no in one.rows}
    texts: dict[int, set[str]] = {}
    for one in readings:
        for line_no, values in one.texts.items():
            texts.setdefault(line_no, set()).update(values)
    gone = pa.array([number in rows for number in range(1, table.num_rows + 1)], pa.bool_())
    columns, changed = [], bool(rows)
    for field in table.schema:
        column = table[field.name]
        clear = {line_no - 1 for line_no, values in texts.items() if _holds(column, line_no - 1, values)}
        clear |= set(erased.rows(pa.chunked_array([as_text(column)])))
        mask = pc.or_(gone, pa.array([at in clear for at in range(table.num_rows)], pa.bool_())) if clear else gone
        changed = changed or bool(clear)
        kept = column.to_pylist()  # of any type, nested ones among them, which no other function takes
        left = [None if hide else value for value, hide in zip(kept, mask.to_pylist(), strict=True)]
        columns.append(pa.array(left, field.type) if rows or clear else column)
    if not changed:
        return data
    schema = pa.schema([field.with_nullable(True) for field in table.schema], metadata=table.schema.metadata)
    target = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), target)
    return target.getvalue()


def _holds(column: pa.ChunkedArray, at: int, values: set[str]) -> bool:
    if at >= len(column):
        return False
    return as_text(column.slice(at, 1))[0].as_py() in values


# --- archives ------------------------------------------------------------------------------------------------


def redacted_archive(
    data: bytes, changed: Mapping[int, bytes], names: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """A ZIP archive with other bytes or names for some members, at their places; what nobody can read is empty then."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(target, "w") as after:
        for at, info in enumerate(before.infolist()):
            fresh = zipfile.ZipInfo(names.get(info.filename, info.filename), info.date_time)
            fresh.external_attr, fresh.create_system = info.external_attr, info.create_system
            fresh.compress_type = zipfile.ZIP_STORED if info.is_dir() else zipfile.ZIP_DEFLATED
            try:
                with opened_member(io.BytesIO(data), at) as stream:
                    payload = changed[at] if at in changed else stream.read()
            except (RefusedFileError, zipfile.BadZipFile, OSError, ValueError, EOFError):
                payload = b""
            after.writestr(fresh, payload)
    return target.getvalue()
