"""The text that a file may hold, whatever it is packed in, piece by piece; what cannot be opened says why.

Pieces come as columns of Arrow, so that engines look through them; a piece whose encoding is not known comes under each
that it may have.
"""

from __future__ import annotations

import bz2
import html
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote_plus

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from isal import igzip, isal_zlib

from sources.readers.lines import line_blocks
from sources.readers.workbooks import cell_text

#: One piece under each reading that it may have; what is found in it is the most that one of them says.
Piece = Sequence[pa.ChunkedArray]

BATCH_BYTES, BATCH_ROWS = 8 << 20, 65_536
MOST_PACKED = 4
#: What a machine or a library raises at bytes that are not what their beginning says, or that end too early.
DAMAGED: tuple[Any, ...] = (
    OSError,
    EOFError,
    zlib.error,
    isal_zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowException,
    ValueError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
#: Kinds of files that hide their text and that nothing here opens.
_CLOSED = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x04\x22\x4d\x18": "packed by LZ4",
}
_PICTURES = (b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"wOF", b"OTTO", b"\x00\x01\x00\x00\x00")
_JSON_ESCAPES, _JSON_SPACES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+"), re.compile(r"\\[nrt]")
_PERCENT = re.compile(rb"%40|%[0-9A-F]{2}[^\r\n]*&")
_TEXT_IN_ZIP = (".xml", ".rels", ".vml", ".txt")
_ENCODINGS = ("gb18030", "cp1252", "big5")
_WIDE, _WIDER = ("utf-16-le", "utf-16-be"), ("utf-32-le", "utf-32-be")


@dataclass
class Met:
    """What was met on the way through a file beside its text.

    Attributes:
        names: of files, and whatever may hold one: names in archives, comments and notes of the formats.
        closed: what could not be opened: the place inside the file ("" for all of it), and why.
    """

    names: list[str] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)


def file_texts(path: Path, met: Met) -> Iterator[Piece]:
    """The text of a file.

    Args:
        path: the file.
        met: gains what is met on the way.

    Yields:
        Columns of text, `string` or `large_string`.
    """
    try:
        with path.open("rb") as stream:
            yield from _of_stream(stream, met, "", 0)
    except FileNotFoundError:  # it went between being listed and being opened, and what it held with it
        return
    except OSError as error:
        met.closed.append(("", f"it cannot be read: {error.strerror or error}"))


def _of_stream(stream: BinaryIO, met: Met, inside: str, depth: int) -> Iterator[Piece]:
    """Text of a stream that can be sought in; only archives in archives are held as a whole."""
    if depth > MOST_PACKED:
        met.closed.append((inside, f"it is packed more than {MOST_PACKED} times"))
        return
    head = stream.read(1 << 16)
    stream.seek(0)
    for mark, kind in _STREAMS.items():
        if head.startswith(mark):
            if kind == "gzip":
                met.names.append(head[10:].partition(b"\0")[0].decode("latin-1"))  # or its comment, if it has one
            try:
                with _unpacked(stream, kind) as packed:
                    yield from _of_stream(_seekable(packed), met, inside, depth + 1)
            except DAMAGED as error:
                met.closed.append((inside, f"it is packed by {kind} and damaged: {_said(error)}"))
            return
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        yield from _of_zip(stream, met, inside, depth)
    elif head.startswith((b"PAR1", b"PARE")):
        yield from _of_parquet(stream, met, inside)
    elif head.startswith(_OLE):
        yield from _of_office(stream.read(), met, inside)
    elif closed := next((said for mark, said in _CLOSED.items() if head.startswith(mark)), None):
        met.closed.append((inside, f"it is {closed}, which is not opened"))
    elif head.startswith(_PICTURES):  # what is written beside a picture
        yield [_column([stream.read().decode("latin-1")])]
    else:
        is_pdf = head.startswith(b"%PDF-")
        for blocks in _batches(stream):
            if is_pdf and any(b"/FlateDecode" in block or b"/Encrypt" in block for block in blocks):
                is_pdf = False
                met.closed.append((inside, "it is a PDF with packed text, which is not opened"))
            yield _decoded(blocks)


def _unpacked(stream: BinaryIO, kind: str) -> BinaryIO:
    if kind == "gzip":
        return cast(BinaryIO, igzip.open(stream))  # type: ignore[no-untyped-call]
    if kind == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    if kind == "xz":
        return cast(BinaryIO, lzma.LZMAFile(stream))
    return cast(BinaryIO, pa.CompressedInputStream(stream, kind))


def _seekable(stream: BinaryIO) -> BinaryIO:
    """A stream whose beginning can be looked at: one that cannot go back is held as a whole."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


def _batches(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines in blocks of a megabyte, several blocks at a time."""
    blocks: list[bytes] = []
    size = 0
    for block in line_blocks(stream):
        blocks.append(block)
        size += len(block)
        if size >= BATCH_BYTES:
            yield blocks
            blocks, size = [], 0
    if blocks:
        yield blocks


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:120] if str(error) else type(error).__name__


# --- what is packed ------------------------------------------------------------------------------------------


def _of_parquet(stream: BinaryIO, met: Met, inside: str) -> Iterator[Piece]:
    try:
        with pq.ParquetFile(stream) as file:
            schema = file.schema_arrow
            met.names += schema.names
            met.names += [value.decode("utf-8", "replace") for value in (schema.metadata or {}).values()]
            names = [field.name for field in schema if _may_be_text(field.type)]
            for batch in file.iter_batches(BATCH_ROWS, columns=names) if names else ():
                for column in batch.columns:
                    yield [_text_of(column)]
    except DAMAGED as error:
        met.closed.append((inside, f"it is Parquet that cannot be opened: {_said(error)}"))


def _may_be_text(kind: pa.DataType) -> bool:
    return not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_null(kind)
    )


def _text_of(column: pa.Array) -> pa.ChunkedArray:
    """A column as text, each value once where it says so itself."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pa.chunked_array([column])
    values = (value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in column.to_pylist())
    return _column([None if value is None else str(value) for value in values])


def _of_zip(stream: BinaryIO, met: Met, inside: str, depth: int) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            is_office = "[Content_Types].xml" in names or "content.xml" in names
            if not is_office:
                met.names += [*names, archive.comment.decode("utf-8", "replace")]
            for info in archive.infolist():
                place = inside if is_office else f"{inside}/{info.filename}".lstrip("/")
                try:
                    if not is_office:
                        with archive.open(info) as member:
                            yield from _of_stream(cast(BinaryIO, member), met, place, depth + 1)
                    elif info.filename.endswith(_TEXT_IN_ZIP):
                        data = archive.read(info)
                        if info.filename == "META-INF/manifest.xml" and b"encryption-data" in data:
                            met.closed.append((place, "it is protected by a password"))
                        yield [_column([_unmarked(data)])]
                except NotImplementedError as error:
                    met.closed.append((place, f"it is packed in a way that is not known here: {_said(error)}"))
                except RuntimeError:  # how zipfile says that a password is asked for
                    met.closed.append((place, "it is protected by a password"))
                except DAMAGED as error:
                    met.closed.append((place, f"it is damaged: {_said(error)}"))
    except DAMAGED as error:
        met.closed.append((inside, f"it is a damaged ZIP archive: {_said(error)}"))


def _of_office(data: bytes, met: Met, inside: str) -> Iterator[Piece]:
    """Text of the files of older office programs: the cells of a workbook, and whatever stands there as plain text."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    views = _views(data)
    if "EncryptedPackage".encode("utf-16-le") in data:
        met.closed.append((inside, "it is protected by a password"))
        return
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        pages = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
        views.append("\n".join(cell_text(cell) or "" for page in pages for row in page for cell in row))
    except PasswordError:
        met.closed.append((inside, "it is protected by a password"))
        return
    except (CalamineError, OSError, ValueError):  # a letter or a mail, which keep their text as it is
        pass
    yield [_column([view]) for view in views]


def _unmarked(data: bytes) -> str:
    """The text of XML without its marks, and the values of its attributes."""
    text = data.decode("utf-8", "replace")
    links = " ".join(value for value in re.findall(r'"([^"<>]*)"', text) if "@" in value) if "@" in text else ""
    return html.unescape(re.sub(r"<[^>]*>", " ", text) + " " + links)


# --- what is text --------------------------------------------------------------------------------------------


def _column(texts: Sequence[str | None]) -> pa.ChunkedArray:
    told = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]
    return pa.chunked_array([pa.array(told, pa.large_string())])


def _decoded(blocks: Sequence[bytes]) -> Piece:
    """Blocks of bytes as text, in the encodings and escapes that files come in."""
    plain = _as_utf8(blocks)
    if plain is not None and not any(_is_escaped(block) for block in blocks):
        return [plain]
    views = [_views(block) for block in blocks]
    most = max(map(len, views))
    return [_column([view[min(at, len(view) - 1)] for view in views]) for at in range(most)]


def _as_utf8(blocks: Sequence[bytes]) -> pa.ChunkedArray | None:
    """Blocks of UTF-8 as they are, without copies; None where one is something else."""
    data = b"".join(blocks)
    ends = np.cumsum([0, *map(len, blocks)], dtype=np.int64)
    texts = pa.LargeStringArray.from_buffers(len(blocks), pa.py_buffer(ends), pa.py_buffer(data))
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return None
    return None if b"\0" in data else pa.chunked_array([texts])


def _is_escaped(data: bytes) -> bool:
    if any(mark in data for mark in (b"\\u", b"\\n", b"\\r", b"\\t", b"&#")):
        return True
    return b"%" in data and _PERCENT.search(data) is not None


def _views(data: bytes) -> list[str]:
    """What bytes may say."""
    if b"\0" in data:  # of two bytes a character, and a line may begin in the middle of one; or no text at all
        texts = [part.decode(name, "replace") for name in _WIDE for part in (data, data[1:])]
        if b"\0\0" in data:
            texts += [data[at:].decode(name, "replace") for name in _WIDER for at in range(4)]
        return [data.decode("utf-8", "replace"), data.decode("latin-1"), *texts]
    try:
        texts = [data.decode()]
    except UnicodeDecodeError:
        texts = [data.decode(name, "replace") for name in _ENCODINGS]
    return [*texts, *[unescaped for text in texts if (unescaped := _unescaped(text)) != text]]


def _unescaped(text: str) -> str:
    """A text without the escapes of form posts, JSON and HTML."""
    if "%" in text:
        text = unquote_plus(text)
    if "\\u" in text:
        text = _JSON_ESCAPES.sub(_from_json, text)
    if "\\" in text:  # the letter of a line end would be the first of the word behind it
        text = _JSON_SPACES.sub(" ", text)
    return html.unescape(text) if "&#" in text else text


def _from_json(found: re.Match[str]) -> str:
    units = bytes.fromhex(found.group().replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
