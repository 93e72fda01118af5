r"""What the text of plain JSON Lines shows without being parsed: where its keys stand, and how its numbers are written.

In lines without `\"` every key shows as a quotation mark followed by a colon, perhaps with one space between. A text
value that begins with a colon shows as one, too, so these marks are never fewer than the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Places = npt.NDArray[np.int64]
_PAD = b"\0\0\0\0"  # so that a look at a neighbour never leaves the text
LONGEST_WHOLE = 18  # digits that DuckDB writes as they stand


def _marked(characters: bytes) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[list(characters)] = True
    return table


_SPACES, _DIGITS, _NUMBER = _marked(b"\t\r "), _marked(b"0123456789"), _marked(b"0123456789.eE+-")
_NO_WORD = _marked(b'"{0123456789-tf')


@dataclass(frozen=True)
class KeyMarks:
    """Keys of a text: `text` with four NUL bytes around it; places in it of closing quotation marks and of values.

    `first` is what each value begins with, `closed` where braces close.
    """

    text: npt.NDArray[np.uint8]
    ends: Places
    values: Places
    first: npt.NDArray[np.uint8]
    closed: Places

    @property
    def count(self) -> int:
        """How many marks there are: at least the number of keys."""
        return len(self.ends)

    @property
    def objects(self) -> int:
        """How many of the values are objects."""
        return int(np.count_nonzero(self.first == ord("{")))

    def has_braces_in_texts(self, lines: int) -> bool:
        """Whether of so many lines of objects not every brace is the begin or the end of an object."""
        opened = np.count_nonzero(self.text == ord("{"))
        return not opened == len(self.closed) == lines + self.objects

    def depth(self, places: Places, lines: Places) -> Places:
        """In how many objects each of some places of some lines is, where no text holds a brace."""
        opened = self.values[self.first == ord("{")]
        inner = np.searchsorted(opened, places) + lines if len(opened) else lines
        return 1 + inner - np.searchsorted(self.closed, places)


@dataclass(frozen=True)
class Values:
    """Values of keys: places of their keys' ends, and where they start."""

    text: npt.NDArray[np.uint8]
    keys: Places
    starts: Places

    def of_key(self, key: str) -> Places:
        """Which of the values stand behind a key."""
        sought = b'"' + key.encode() + b'"'
        begins = np.maximum(self.keys - (len(sought) - 1), 0)
        found = np.arange(len(begins))
        for at, byte in enumerate(sought):
            found = found[self.text[begins[found] + at] == byte]
        return found

    def places(self, which: Places) -> Places:
        """Where values start in the text as it was given."""
        return self.starts[which] - len(_PAD)


@dataclass(frozen=True)
class Numbers(Values):
    """Numbers that are values of keys, with their ends; which of them DuckDB may rewrite."""

    ends: Places
    rewritten: npt.NDArray[np.bool_]

    def texts(self, which: Places) -> pa.StringArray:
        """Numbers as their sender wrote them."""
        starts = self.starts[which]
        lengths = self.ends[which] - starts
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        bytes_of_all = self.text[np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])]
        buffers = pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(bytes_of_all)
        return pa.StringArray.from_buffers(len(which), *buffers)


def key_marks(packed: bytes) -> KeyMarks | None:
    """The keys of lines; None where something in them needs a closer look.

    Looked at more closely are: escapes that hide quotation marks or NUL, arrays, `-0`, white space that is not one
    space, and what may be a trailing comma or an empty object.
    """
    if b"[" in packed or (b"\\" in packed and (b'\\"' in packed or b"\\u0000" in packed)):
        return None
    text = np.frombuffer(b"".join((_PAD, packed, _PAD)), np.uint8)
    closed = np.flatnonzero(text == ord("}"))
    before = text[closed - 1]
    if (_SPACES[before] | (before == ord(",")) | (before == ord("{"))).any():
        return None
    colons = np.flatnonzero(text == ord(":"))
    before, after = text[colons - 1], text[colons + 1]
    values = colons + 1
    ends = colons - 1
    spaces_before, spaces_after = _SPACES[before], _SPACES[after]
    if spaces_after.any():
        if (spaces_after & (after != ord(" "))).any():
            return None
        values = values + spaces_after
        after = text[values]
        if _SPACES[after].any():
            return None
    if spaces_before.any():
        ends = ends - spaces_before
        earlier = text[ends]
        if (spaces_before & ((before != ord(" ")) | _SPACES[earlier])).any():
            return None
        before = earlier
    minus = values[after == ord("-")]
    if (text[minus + 1] == ord("0")).any():
        return None
    is_key = before == ord('"')
    return KeyMarks(text, ends[is_key], values[is_key], after[is_key], closed)


def numbers_of(marks: KeyMarks) -> Numbers | None:
    """The numbers among the values; None where a value is neither text, object, number, true, false nor null."""
    text, first = marks.text, marks.first
    words = marks.values[~_NO_WORD[first]]
    if (text[words] != ord("n")).any() or (text[words + 1] != ord("u")).any():  # NaN, Infinity
        return None
    is_minus = first == ord("-")
    is_number = _DIGITS[first] | is_minus
    if not _DIGITS[text[marks.values[is_minus] + 1]].all():
        return None
    starts = marks.values[is_number]
    ends = _run(text, starts + 1, _DIGITS)
    stops = text[ends]
    odd = (stops == ord(".")) | (stops == ord("e")) | (stops == ord("E"))
    ends[odd] = _run(text, ends[odd], _NUMBER)
    return Numbers(text, marks.ends[is_number], starts, ends, odd | (ends - starts > LONGEST_WHOLE))


def nulls_of(marks: KeyMarks) -> Values:
    """The values that begin as a null does."""
    is_null = marks.first == ord("n")
    return Values(marks.text, marks.ends[is_null], marks.values[is_null])


def _run(text: npt.NDArray[np.uint8], places: Places, allowed: npt.NDArray[np.bool_]) -> Any:
    """Where from each of some places the characters that are allowed end."""
    ends, left = places.copy(), np.arange(len(places))
    while len(left):
        left = left[allowed[text[ends[left]]]]
        ends[left] += 1
    return ends
