r"""Physical lines: what an editor numbers. A line ends with \n, \r\n or \r; nothing else ends one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

CHUNK = 1 << 20
#: What encodings that have all their characters in seven bits write before those that are not ASCII.
SHIFT_MARKS = (b"\x1b$", b"~{")
_LINE_BYTES = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")
_LINE_TEXT = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


@dataclass
class TextProfile:
    """What one pass over a file's bytes tells about its lines and its encoding."""

    size: int = 0
    lf: int = 0
    crlf: int = 0
    cr: int = 0
    nul: bool = False
    ends_with_newline: bool = False
    is_utf8: bool = True
    is_ascii: bool = True
    shifts: bool = False

    @property
    def uniform(self) -> bool:
        """One kind of line end only, that fast readers split at too: LF alone or CRLF alone."""
        return self.cr == 0 or self.cr == self.crlf == self.lf

    @property
    def lines(self) -> int:
        """Physical lines, where line ends are uniform."""
        return self.lf + (0 if self.ends_with_newline or not self.size else 1)

    @property
    def line_end(self) -> str:
        """The line end most lines have."""
        counts = {"\r\n": self.crlf, "\n": self.lf - self.crlf, "\r": self.cr - self.crlf}
        return max(counts, key=lambda end: counts[end]) if any(counts.values()) else "\n"


def profile_text(stream: BinaryIO) -> TextProfile:
    """Count line ends, and look for NUL bytes, shifts and bytes that are not UTF-8, in one pass."""
    profile = TextProfile()
    last, rest = b"", b""
    while chunk := stream.read(CHUNK * 4):
        profile.size += len(chunk)
        profile.nul = profile.nul or b"\0" in chunk
        # a single byte is found ten times as fast as two, and hardly any text has one of these
        profile.shifts = profile.shifts or any(mark[:1] in chunk and mark in chunk for mark in SHIFT_MARKS)
        profile.lf += count_of(b"\n", chunk)
        if b"\r" in chunk:
            profile.cr += count_of(b"\r", chunk)
            profile.crlf += chunk.count(b"\r\n")
        if last == b"\r" and chunk.startswith(b"\n"):
            profile.crlf += 1
        last = chunk[-1:]
        if profile.is_utf8 and not (profile.is_ascii and chunk.isascii()):
            profile.is_ascii = False
            text = rest + chunk
            end = _last_start(text)
            profile.is_utf8, rest = _is_utf8(text[:end]), text[end:]
    profile.is_utf8 = profile.is_utf8 and _is_utf8(rest)
    profile.ends_with_newline = last in {b"\n", b"\r"}
    return profile


def count_of(mark: bytes, text: bytes) -> int:
    """How often a byte stands in a text; where it stands often, counting by numpy takes a tenth of `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == mark[0]))


def _last_start(text: bytes) -> int:
    """Where the last character of UTF-8 begins: what is before it is whole."""
    for end in range(len(text) - 1, max(len(text) - 5, -1), -1):
        if text[end] & 0xC0 != 0x80:
            return end
    return len(text)


def _is_utf8(text: bytes) -> bool:
    """Whether bytes are UTF-8, told without making a string of them."""
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


class BadLine(str):
    """A physical line whose bytes are not of the encoding; they are shown escaped."""


def unit_of(encoding: str) -> int:
    """How many bytes a line end has at least: 2 in UTF-16, 4 in UTF-32."""
    return 2 if encoding.startswith("utf-16") else 4 if encoding.startswith("utf-32") else 1


def byte_lines(stream: Iterable[bytes], unit: int = 1, big_endian: bool = False) -> Iterator[bytes]:
    """Physical lines of bytes with their ends, each `unit` bytes long: see `unit_of`."""
    if unit > 1:
        yield from _wide_lines(stream, unit, big_endian)
        return
    for block, is_rest in _blocks(stream):
        if is_rest:
            yield block
        elif b"\r" in block:
            yield from _LINE_BYTES.findall(block)
        else:
            yield from (line + b"\n" for line in block[:-1].split(b"\n"))


def _blocks(stream: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Bytes in pieces of whole lines; the last piece may be the rest of a file, a line whose end is missing or a CR."""
    rest = b""
    for chunk in stream:
        data = rest + chunk
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        if end:
            yield data[:end], False
        rest = data[end:]
    if rest:
        yield rest, True


def line_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in pieces of whole lines, or of what is between line ends where there are none for long."""
    for block, _ in _blocks(chunks(stream)):
        yield block


def _wide_lines(stream: Iterable[bytes], unit: int, big_endian: bool) -> Iterator[bytes]:
    encoding = f"utf-{8 * unit}-{'be' if big_endian else 'le'}"
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    rest, left = "", b""
    for chunk in stream:
        data = left + chunk
        whole = len(data) - len(data) % unit
        left = data[whole:]
        text = rest + decoder.decode(data[:whole])
        end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        for line in _LINE_TEXT.findall(text[:end]):
            yield line.encode(encoding, "surrogatepass")
        rest = text[end:]
    last = rest.encode(encoding, "surrogatepass") + left
    if last:
        yield last


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in pieces of about a megabyte."""
    while chunk := stream.read(CHUNK):
        yield chunk


def text_lines(path: Path, encoding: str, skip_bytes: int = 0) -> Iterator[str]:
    """Physical lines of a file with their ends, `skip_bytes` (a byte order mark) left out.

    A line with bytes that are not of the encoding comes as `BadLine`.
    """
    with path.open("rb") as stream:
        stream.seek(skip_bytes)
        if encoding == "utf-8":
            yield from _utf8_lines(stream)
            return
        for line in byte_lines(chunks(stream), unit_of(encoding), encoding.endswith("be")):
            try:
                yield line.decode(encoding)
            except UnicodeDecodeError:
                yield BadLine(line.decode(encoding, "backslashreplace"))


def _utf8_lines(stream: BinaryIO) -> Iterator[str]:
    """The same for UTF-8, in which a piece can be decoded as a whole: no other byte than a line end gives one."""
    for block, is_rest in _blocks(chunks(stream)):
        try:
            text = block.decode()
        except UnicodeDecodeError:
            for line in [block] if is_rest else _LINE_BYTES.findall(block):
                try:
                    yield line.decode()
                except UnicodeDecodeError:
                    yield BadLine(line.decode("utf-8", "backslashreplace"))
            continue
        if is_rest:
            yield text
        elif "\r" in text:
            yield from _LINE_TEXT.findall(text)
        else:
            yield from (line + "\n" for line in text[:-1].split("\n"))
