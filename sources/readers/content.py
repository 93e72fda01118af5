"""What a file is, told from its bytes and never from its name; then the reader that answers for it."""

from __future__ import annotations

import codecs
import gzip
import itertools
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sources.archives import kind_of_zip
from sources.encodings import SAMPLE_BYTES, Encoding, decide_encoding
from sources.errors import RefusedFileError, StorageError
from sources.mojibake import with_text_mended
from sources.readers.columnar import read_parquet
from sources.readers.delimited import read_delimited
from sources.readers.form_posts import is_form_posts, read_form_posts
from sources.readers.json_documents import read_json_document
from sources.readers.json_lines import read_json_lines
from sources.readers.json_records import split_path
from sources.readers.lines import CHUNK, SHIFT_MARKS, TextProfile, chunks, line_blocks, profile_text, text_lines
from sources.readers.reading import Reading, ReadOptions
from sources.readers.workbooks import read_workbook

FREE_INFLATED = 256 << 20  # below this no ratio is looked at
MOST_RATIO = 300
LINES_NAMES = (".jsonl", ".ndjson", ".jsonlines")
_ZIP, _OLE, _GZIP, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b", b"PAR1"
_ORC = b"ORC"
_ARCHIVES = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
}
_STRANGERS = {
    b"%PDF": "PDF",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"SQLite format 3": "SQLite database",
    b"{\\rtf": "RTF document",
    b"ARROW1": "Feather or Arrow",
    b"FEA1": "Feather",
    b"\xff\xff\xff\xff": "Arrow stream",
    b"\x89HDF": "HDF5",
    b"\0\x01\0\0Standard ": "Access database",
    b"Obj\x01": "Avro",
    b"\x7fELF": "program",
    b"MZ\x90": "program",
}
_MARKUP = re.compile(r"\s*(?:<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|meta|div|style)\b", re.I | re.S)
_SQL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:(?:insert|replace)\s+into|(?:create|drop)\s+(?:table|database))\s+[\w.\"`\[\]]+[\s(;]",
    re.I | re.S,
)
_XML = re.compile(r"\s*<\?xml\b", re.I)


def read(
    path: Path,
    options: ReadOptions,
    name: str,
    scratch: Path,
    exact: bool = False,
    hints: Sequence[str] = (),
) -> Reading:
    """Read the file at `path` (a name that is safe for any parser).

    Args:
        path: the bytes.
        options: what the feed says about how it is written.
        name: what its sender called it; only a hint where content leaves a choice.
        scratch: an existing folder for unpacked or transcoded copies; its owner removes it.
        exact: forbid fast readers.
        hints: what an earlier NotCleanError learned.

    Returns:
        The reading; its batches may still raise RefusedFileError or NotCleanError.

    Raises:
        RefusedFileError: the file as a whole cannot be answered for.
    """
    head = _head(path)
    if not head:
        raise RefusedFileError("empty-file")
    if head.startswith(_GZIP):
        path = _inflated(path, scratch)
        reading = _read_plain(path, options, name.removesuffix(".gz"), scratch, exact, hints)
        reading.dialect["compression"] = "gzip"
    else:
        reading = _read_plain(path, options, name, scratch, exact, hints)
    return reading if options.repair_mojibake is False else with_text_mended(reading)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(SAMPLE_BYTES)


def _inflated(path: Path, scratch: Path) -> Path:
    """The file inside a gzip file. Raises truncated-archive, broken-archive or zip-bomb."""
    target = scratch / "inflated"
    packed, size = path.stat().st_size, 0
    try:
        with gzip.open(path) as stream, target.open("wb") as copy:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > FREE_INFLATED and size > MOST_RATIO * packed:
                    raise RefusedFileError("zip-bomb", packed=packed, unpacked=f"more than {size}")
                _write(copy, chunk, target)
    except EOFError as error:
        raise RefusedFileError("truncated-archive") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RefusedFileError("broken-archive", detail=str(error)) from error
    return target


def _write(copy: BinaryIO, chunk: bytes, target: Path) -> None:
    try:
        copy.write(chunk)
    except OSError as error:
        raise StorageError(target, "write", error) from error


def _read_plain(
    path: Path, options: ReadOptions, name: str, scratch: Path, exact: bool, hints: Sequence[str]
) -> Reading:
    head = _head(path)
    if not head:
        raise RefusedFileError("empty-file")
    if head.startswith(_PARQUET):
        return read_parquet(path)
    if head.startswith(_ZIP):
        kind = kind_of_zip(path)
        if kind == "zip":  # archives are opened where files are taken; here is one inside another
            raise RefusedFileError("nested-archive")
        return read_workbook(path, kind, options)
    if head.startswith(_OLE):
        if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in path.read_bytes():
            raise RefusedFileError("password-protected")
        return read_workbook(path, "xls", options)
    if head.startswith(_GZIP):
        raise RefusedFileError("unsupported-archive", kind="gzip inside gzip")
    for mark, kind in _ARCHIVES.items():
        if head.startswith(mark):
            raise RefusedFileError("unsupported-archive", kind=kind)
    for mark, kind in _STRANGERS.items():
        if head.startswith(mark):
            raise RefusedFileError("unreadable-content", kind=kind)
    if head.startswith(_ORC) and _ends_as_orc(path):
        raise RefusedFileError("unreadable-content", kind="ORC")
    return _read_text(path, head, options, name, scratch, exact, hints)


def _ends_as_orc(path: Path) -> bool:
    """Whether the letters of the format stand at the end, too: a header such as ORCID only begins with them."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - len(_ORC) - 1))
        return stream.read(len(_ORC)) == _ORC


def _read_text(
    path: Path,
    head: bytes,
    options: ReadOptions,
    name: str,
    scratch: Path,
    exact: bool,
    hints: Sequence[str],
) -> Reading:
    with path.open("rb") as stream:
        profile = profile_text(stream)
    sample = head if profile.is_utf8 or not head.isascii() else head[:65_536] + _first_foreign(path)
    if profile.is_utf8 and profile.shifts and not any(mark in head for mark in SHIFT_MARKS):
        sample = _first_shift(path)
    encoding = decide_encoding(sample, profile, options.encoding)
    start = head[encoding.mark : encoding.mark + 65_536].decode(encoding.name, "replace")
    if encoding.name == "utf-8" and head.count(0) > 0.3 * len(head):
        raise RefusedFileError("unreadable-content", kind="binary data")
    if _MARKUP.match(start):
        raise RefusedFileError("html-not-a-workbook")
    if _XML.match(start):
        raise RefusedFileError("html-not-a-workbook" if "<html" in start.lower() else "xml-not-a-workbook")
    if _SQL.match(start):
        raise RefusedFileError("unreadable-content", kind="SQL script")
    original = encoding
    if encoding.name != "utf-8":
        path, encoding, profile = _transcoded(path, encoding, profile, scratch)
    kind = _kind_of_text(path, encoding, start, name, options)
    if kind == "jsonl":
        reading = read_json_lines(path, encoding, profile, exact, hints, options.pairs or ())
    elif kind == "json":
        reading = read_json_document(path, encoding, options)
    elif kind == "form":
        reading = read_form_posts(path, encoding, profile, options)
    else:
        reading = read_delimited(path, encoding, profile, options, exact)
    reading.encoding = original.name
    reading.dialect["bom"] = original.mark > 0
    return reading


def _first_foreign(path: Path) -> bytes:
    """The first piece of a long file that has bytes outside ASCII."""
    with path.open("rb") as stream:
        return next((chunk for chunk in chunks(stream) if not chunk.isascii()), b"")


def _first_shift(path: Path) -> bytes:
    """The whole lines of the first piece of a long file that may be in an encoding of seven bits."""
    with path.open("rb") as stream:
        return next((block for block in line_blocks(stream) if any(mark in block for mark in SHIFT_MARKS)), b"")


def _transcoded(
    path: Path, encoding: Encoding, profile: TextProfile, scratch: Path
) -> tuple[Path, Encoding, TextProfile]:
    """A UTF-8 copy with the same lines, or the file itself where some of its bytes are not of its encoding."""
    target = scratch / "transcoded"
    try:
        with path.open("rb") as stream, target.open("wb") as copy:
            stream.seek(encoding.mark)
            decoder = codecs.getincrementaldecoder(encoding.name)("strict")
            for chunk in chunks(stream):
                _write(copy, decoder.decode(chunk).encode(), target)
            _write(copy, decoder.decode(b"", final=True).encode(), target)
    except UnicodeError:
        return path, encoding, profile
    with target.open("rb") as stream:
        return target, Encoding("utf-8"), profile_text(stream)


def _kind_of_text(path: Path, encoding: Encoding, start: str, name: str, options: ReadOptions) -> str:
    opening = start.lstrip("\ufeff \t\r\n")[:1]
    if opening not in {"{", "["}:
        if "=" in start and options.delimiter is None and options.header_row is None:
            lines = itertools.islice(text_lines(path, encoding.name, encoding.mark), 20)
            return "form" if is_form_posts(list(lines)) else "delimited"
        return "delimited"
    if options.records and not _stand_at_the_top(path, encoding, options.records):
        return "json"
    if name.lower().endswith(LINES_NAMES):
        return "jsonl"
    lines = itertools.islice(text_lines(path, encoding.name, encoding.mark), 200)
    first = [line for line in lines if line.strip()][:20]
    objects = sum(_is_object(line) for line in first)
    if len(first) > 1 and objects > len(first) / 2:
        return "jsonl"
    if opening == "[" and not re.match(r"\s*\[\s*(?:[\[{\"\d\-\]tfn]|$)", start):
        return "delimited"
    return "json"


def _stand_at_the_top(path: Path, encoding: Encoding, records: str | tuple[str, ...]) -> bool:
    """Whether the first lines are objects which have none of the places but `$`, so that lines need no document."""
    if isinstance(records, str) or split_path(records[-1]):
        return False
    keys = {keys[0] for place in records if (keys := split_path(place))}
    lines = itertools.islice(text_lines(path, encoding.name, encoding.mark), 200)
    first = [line for line in lines if line.strip()][:20]
    return len(first) > 1 and all(_is_object(line) and not keys & set(json.loads(line)) for line in first)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
