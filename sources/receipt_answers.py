"""What a receipt says of each record, in the order of its columns, such that nothing of it runs as a formula.

A text that the encoding of a file cannot write falls back to English.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

LINE_NO = "line_no"
REASON = "sluice_reason"
REPAIRS = "sluice_repairs"
#: The same in English, used where the encoding cannot write the other; never columns of their own.
REASON_EN, REPAIRS_EN = "sluice_reason_en", "sluice_repairs_en"
_ENGLISH = {REASON: REASON_EN, REPAIRS: REPAIRS_EN}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


class Answers:
    """Answers by line_no, as tuples of text in the order of their columns; `whole` keeps records without one."""

    def __init__(self, frame: pd.DataFrame, *, whole: bool) -> None:
        """Take the frame of answers; `whole` where records without one are to be written as well."""
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
        if encoding is None or all(can_write(text, encoding) for text in row):
            return row
        mended = list(row)
        for at, english in self.english.items():
            if not can_write(row[at], encoding):
                mended[at] = english.get(line_no) or row[at]
        return [_writable(text, encoding) for text in mended]


def _texts(values: pd.Series[Any]) -> list[str]:
    texts: list[str] = pa.Array.from_pandas(values).cast(pa.string()).fill_null("").to_pylist()
    return texts


def can_write(text: str, encoding: str) -> bool:
    """Whether an encoding has every character of a text."""
    if text.isascii():
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _writable(text: str, encoding: str) -> str:
    return text if can_write(text, encoding) else text.encode("ascii", "backslashreplace").decode()
