"""Form posts as browsers encode them: `name=Jane+Doe&email=jane%40example.com`, one a line.

Every name is a column; values of a name that stands several times are joined. `line_no` is the physical line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pyarrow as pa

from sources.encodings import SAMPLE_BYTES, Encoding, decide_encoding
from sources.errors import RefusedFileError
from sources.readers.json_records import Headers, RecordProblemError, must_be_storable
from sources.readers.lines import BadLine, TextProfile, profile_text, text_lines
from sources.readers.reading import Reading, ReadOptions, RowBuffer

BLANK = " \t\r\n\0\ufeff"
#: What a line of form posts looks like: names without marks of other formats, at least two of them or all encoded.
_NAME = r"[^\s=&,;:|\"'<>{}/?#\x00-\x1f]{1,200}"
_POST = re.compile(rf"\??{_NAME}=[^&\t]*(?:&(?:{_NAME}(?:=[^&\t]*)?)?)*")
_TWO = re.compile(rf"&{_NAME}=")
_ENCODED = re.compile(r"[A-Za-z0-9*._~%+$!'()@:/,\[\]-]*")
Row = dict[str, str | None]


def is_form_posts(lines: Sequence[str]) -> bool:
    """Whether these first lines of a text are form posts: most of them, and the first."""
    told = [line.strip(BLANK) for line in lines if line.strip(BLANK)]
    if not told or not _is_post(told[0]):
        return False
    return sum(map(_is_post, told)) > len(told) / 2


def _is_post(line: str) -> bool:
    if not _POST.fullmatch(line):
        return False
    return bool(_TWO.search(line)) or bool(_ENCODED.fullmatch(line.split("=", 1)[1]))


def read_form_posts(path: Path, encoding: Encoding, profile: TextProfile, options: ReadOptions) -> Reading:
    """Read form posts."""
    inner = _inner_encoding(path, encoding, options)
    seen = Headers()
    for _, _, row in _records(path, encoding, inner):
        if not isinstance(row, RecordProblemError):
            seen.see(row)
    headers, ignored = seen.names()
    return Reading(
        headers=headers,
        ignored_headers=ignored,
        batches=_batches(path, encoding, inner, headers),
        encoding=encoding.name,
        dialect={"kind": "form", "line_end": profile.line_end, "bom": encoding.mark > 0, "inner_encoding": inner},
    )


def _inner_encoding(path: Path, encoding: Encoding, options: ReadOptions) -> str:
    """What percent-encoded bytes are where they are not UTF-8: what the feed says or the text looks like."""
    data = bytearray()
    for line in text_lines(path, encoding.name, encoding.mark):
        if "%" in line:
            data += _unquoted(line) + b"\n"
        if len(data) > SAMPLE_BYTES:
            break
    sample = bytes(data)
    try:
        return decide_encoding(sample, profile_text(io.BytesIO(sample)), options.encoding).name if sample else "utf-8"
    except RefusedFileError:
        return "utf-8"  # what is not UTF-8 then is the problem of its line; the others are certain


def _unquoted(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogatepass"))


def _records(path: Path, encoding: Encoding, inner: str) -> Iterator[tuple[int, str, Row | RecordProblemError]]:
    for line_no, line in enumerate(text_lines(path, encoding.name, encoding.mark), 1):
        if not line.strip(BLANK):
            continue
        try:
            row: Row | RecordProblemError = _row(line, encoding.name, inner)
        except RecordProblemError as problem:
            row = problem
        yield line_no, line, row


def _row(line: str, encoding: str, inner: str) -> Row:
    if type(line) is BadLine:
        raise RecordProblemError("bad-bytes", encoding=encoding)
    found: dict[str, list[str]] = {}
    for field in line.strip(BLANK).removeprefix("?").split("&"):
        if not field:
            continue
        name, mark, value = field.partition("=")
        if not mark and not found:
            raise RecordProblemError("broken-form")
        given = found.setdefault(_decoded(name, inner).strip(), [])
        text = _decoded(value, inner)
        if text.strip() and text not in given:
            given.append(text)
    row: Row = {name: ", ".join(values) or None for name, values in found.items() if name}
    if not row:
        raise RecordProblemError("broken-form")
    must_be_storable(row)
    return row


def _decoded(text: str, inner: str) -> str:
    if "%" not in text:
        return text.replace("+", " ")
    data = _unquoted(text)
    for encoding in dict.fromkeys(("utf-8", inner)):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RecordProblemError("bad-bytes", encoding=inner)


def _batches(path: Path, encoding: Encoding, inner: str, headers: list[str]) -> Iterator[pa.RecordBatch]:
    buffer = RowBuffer(len(headers))
    for line_no, line, row in _records(path, encoding, inner):
        if isinstance(row, RecordProblemError):
            buffer.add_problem(line_no, row.code, row.values, line.rstrip("\r\n"))
        else:
            buffer.add(line_no, [row.get(name) for name in headers])
        if buffer.full():
            yield buffer.take()
    yield buffer.take()
