"""What stood in a file where a record was read: its text, its bytes, and where it ends."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.archives import opened_member
from sources.erased_rows import erased_line_nos
from sources.raw import RawFile
from sources.readers.json_records import record_slices
from sources.readers.lines import byte_lines, chunks, unit_of
from sources.readers.reading import distinct_names, storable

SPOOLED_BYTES = 32 << 20


def record_texts(raw_file: RawFile, line_nos: set[int]) -> dict[int, str]:
    """The original text of records by line_no, without their last line end.

    Records of workbooks and Parquet files, which have no text, come as JSON of header and value.
    """
    if not line_nos or raw_file.refused:
        return {}
    line_nos = line_nos - erased_line_nos(raw_file.rows_path)
    kind = raw_file.dialect.get("kind")
    if kind == "json":
        return _document_texts(raw_file, line_nos)
    if kind in {"delimited", "jsonl", "form"}:
        return _line_texts(raw_file, line_nos)
    return _cell_texts(raw_file, line_nos)


@contextmanager
def open_original(raw_file: RawFile) -> Iterator[BinaryIO]:
    """The original bytes, unpacked also where the sender had packed them."""
    with ExitStack() as stack:
        stream = cast(BinaryIO, stack.enter_context(gzip.open(raw_file.bytes_path)))
        if raw_file.archive is not None:
            whole = stack.enter_context(tempfile.SpooledTemporaryFile(SPOOLED_BYTES))  # a directory stands at the end
            shutil.copyfileobj(stream, whole)
            stream = cast(BinaryIO, stack.enter_context(opened_member(cast(BinaryIO, whole), raw_file.archive.index)))
        if raw_file.dialect.get("compression") == "gzip":
            stream = cast(BinaryIO, stack.enter_context(gzip.open(stream)))
        yield stream


def record_spans(raw_file: RawFile) -> list[int]:
    """line_no of every record, in order; a record ends before the next one begins."""
    with pq.ParquetFile(raw_file.rows_path) as rows:  # reading it as a table costs small files three times as much
        numbers: list[int] = rows.read(["line_no"]).column(0).to_numpy().tolist()
    return numbers


def problem_lines(raw_file: RawFile) -> set[int]:
    """line_no of the records that could not be read."""
    table = pq.read_table(raw_file.rows_path, columns=["line_no", "problem"])
    return set(table.filter(pc.is_valid(table.column("problem"))).column("line_no").to_pylist())


def line_encoding(raw_file: RawFile) -> tuple[str, int, bool]:
    """Encoding, bytes per unit and byte order of the file's lines."""
    encoding = raw_file.encoding or "utf-8"
    return encoding, unit_of(encoding), encoding.endswith("be")


def split_end(line: bytes, encoding: str) -> tuple[bytes, bytes]:
    """A line without its end, and its end."""
    for end in ("\r\n", "\n", "\r"):
        mark = end.encode(encoding)
        if line.endswith(mark):
            return line[: -len(mark)], mark
    return line, b""


def _line_texts(raw_file: RawFile, line_nos: set[int]) -> dict[int, str]:
    starts = record_spans(raw_file)
    ends = {
        start: starts[at] - 1 if (at := bisect_right(starts, start)) < len(starts) else None
        for start in line_nos
        if starts and start >= starts[0]
    }
    encoding, unit, big_endian = line_encoding(raw_file)
    found: dict[int, list[bytes]] = {start: [] for start in ends}
    last = max((end if end is not None else 1 << 62 for end in ends.values()), default=0)
    with open_original(raw_file) as stream:
        current: int | None = None
        for number, line in enumerate(byte_lines(chunks(stream), unit, big_endian), 1):
            if number > last:
                break
            if number in ends:
                current = number
            if current is not None:
                end = ends[current]
                if end is not None and number > end:
                    current = None
                else:
                    found[current].append(line)
    return {
        start: storable(b"".join(lines).decode(encoding, "backslashreplace").lstrip("\ufeff").rstrip("\r\n"))
        for start, lines in found.items()
        if lines
    }


def _document_texts(raw_file: RawFile, line_nos: set[int]) -> dict[int, str]:
    with open_original(raw_file) as stream:
        text = original_text(raw_file, stream)
    wanted: dict[int, str] = {}
    for line_no, record in enumerate(record_slices(text, raw_file.dialect.get("records")), 1):
        if line_no in line_nos:
            wanted[line_no] = storable(text[record.start : record.end])
    return wanted


def original_text(raw_file: RawFile, stream: BinaryIO) -> str:
    """The whole text of a file."""
    text = stream.read().decode(raw_file.encoding or "utf-8")
    return text.lstrip("\ufeff")


def _cell_texts(raw_file: RawFile, line_nos: Sequence[int] | set[int]) -> dict[int, str]:
    table = pq.read_table(raw_file.rows_path, filters=[("line_no", "in", sorted(line_nos))])
    texts: dict[int, str] = {}
    names = distinct_names(raw_file.headers)
    for row in table.to_pylist():
        cells = {name: row[f"c{at}"] for at, name in enumerate(names) if row[f"c{at}"] is not None}
        texts[row["line_no"]] = row["raw"] or json.dumps(cells, ensure_ascii=False)
    return texts
