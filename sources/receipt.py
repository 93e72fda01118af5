"""The answer to a file, in the file's own dialect: every original line unchanged, our columns behind it.

Pure: it is handed a frame of answers, one a record, and knows nothing of leads.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, cast

import pandas as pd

from sources.durable import replacing, write_bytes
from sources.original_text import line_encoding, open_original
from sources.raw import RawFile
from sources.readers.lines import byte_lines, chunks
from sources.receipt_answers import Answers
from sources.receipt_lines import write_delimited
from sources.receipt_parquet import write_parquet
from sources.receipt_records import write_document, write_form_posts, write_json_lines
from sources.receipt_workbooks import write_workbook


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
    return _write(raw_file, Answers(answers, whole=True), target)


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
    return _write(raw_file, Answers(answers, whole=False), target)


def words_path(target: Path) -> Path:
    """Where the answer in words belongs, for a file that could not be read or used as a whole."""
    return target.with_name(f"{target.name[:200]}.receipt.txt")


def write_words(target: Path, text: str) -> Path:
    """Write the answer in words beside where the receipt of a file belongs; returns its path."""
    path = words_path(target)
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
    return path


def _write(raw_file: RawFile, answers: Answers, target: Path) -> Path:
    kind = raw_file.dialect.get("kind")
    if kind in {"xlsx", "xls", "ods"}:
        return write_workbook(raw_file, answers, target)
    if kind == "parquet":
        return write_parquet(raw_file, answers, target)
    with replacing(target) as partial:
        if raw_file.dialect.get("compression") == "gzip":
            with partial.open("wb") as outer, gzip.GzipFile("", "wb", 6, outer, mtime=0) as inner:
                _write_text(raw_file, answers, cast(IO[bytes], inner))
        else:
            with partial.open("wb") as plain:
                _write_text(raw_file, answers, plain)
    return target


def _write_text(raw_file: RawFile, given: Answers, target: IO[bytes]) -> None:
    kind = raw_file.dialect.get("kind")
    encoding, unit, big_endian = line_encoding(raw_file)
    if kind == "delimited":
        write_delimited(raw_file, given, encoding, target)
        return
    with open_original(raw_file) as stream:
        if kind == "json":
            write_document(raw_file, given, stream, target)
            return
        lines = byte_lines(chunks(stream), unit, big_endian)
        if kind == "jsonl":
            write_json_lines(raw_file, given, lines, encoding, target)
        else:
            write_form_posts(raw_file, given, lines, encoding, target)
