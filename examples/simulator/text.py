"""Whole columns of text at once: every function takes and returns arrays, none loops over rows."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.int64]
Column: TypeAlias = pa.Array | str

DAY = 86_400
_FIRST_DAY = dt.date(2010, 1, 1)
_FIRST_DAY_NUMBER = (_FIRST_DAY - dt.date(1970, 1, 1)).days
_DAYS_KNOWN = 365 * 30
_HEX_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), "u1").reshape(256, 2)


def pick(pool: Sequence[str] | pa.Array, index: npt.NDArray[Any]) -> pa.Array:
    """One text of the pool for each index."""
    texts = pool if isinstance(pool, pa.Array) else pa.array(list(pool), pa.string())
    return texts.take(pa.array(index))


def join(*parts: Column) -> pa.Array:
    """The parts one after the other; null where any part is null."""
    return pc.binary_join_element_wise(*parts, "")


def where(mask: npt.NDArray[np.bool_], text: Column) -> pa.Array:
    """The text where the mask holds, else null."""
    return pc.if_else(pa.array(mask), text, pa.scalar(None, pa.string()))


def choose(mask: npt.NDArray[np.bool_], yes: Column, no: Column) -> pa.Array:
    """The first text where the mask holds, else the second."""
    return pc.if_else(pa.array(mask), yes, no)


def number(values: npt.NDArray[Any]) -> pa.Array:
    """Whole numbers as text."""
    return pc.cast(pa.array(values), pa.string())


def padded(values: npt.NDArray[Any], width: int) -> pa.Array:
    """Whole numbers as text of at least this width, zeros in front."""
    return pc.utf8_lpad(number(values), width, "0")


def cents(values: Ints, sign: str = ".") -> pa.Array:
    """Amounts counted in hundredths, as text with two decimals."""
    return join(number(values // 100), sign, padded(values % 100, 2))


def mixed(values: npt.NDArray[Any], salt: int) -> npt.NDArray[np.uint64]:
    """A scrambled, still unique number for each number (splitmix64)."""
    x = values.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def hex_id(values: npt.NDArray[Any], salt: int) -> pa.Array:
    """16 hexadecimal digits for each number, unique under one salt."""
    count = len(values)
    digits = _HEX_PAIRS[mixed(values, salt).astype(">u8").view("u1").reshape(count, 8)].tobytes()
    offsets = np.arange(count + 1, dtype=np.int32) * 16
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(digits))


@cache
def _day_texts(pattern: str) -> pa.Array:
    return pa.array([(_FIRST_DAY + dt.timedelta(days=n)).strftime(pattern) for n in range(_DAYS_KNOWN)])


@cache
def _clock_texts(seconds: bool) -> pa.Array:
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    return pa.array([f"{minute}:{n:02}" if seconds else minute for minute in minutes for n in range(60)])


@cache
def _berlin_offsets() -> Ints:
    """Hours ahead of UTC by day: summer time from the last Sunday of March to the last one of October."""
    days = [_FIRST_DAY + dt.timedelta(days=n) for n in range(_DAYS_KNOWN)]
    hours = []
    for day in days:
        starts, ends = (
            last - dt.timedelta(days=(last.weekday() + 1) % 7)
            for last in (dt.date(day.year, 3, 31), dt.date(day.year, 10, 31))
        )
        hours.append(2 if starts <= day < ends else 1)
    return np.array(hours, np.int64)


def date_text(seconds: Ints, pattern: str = "%Y-%m-%d") -> pa.Array:
    """The day of each instant (UTC) in this pattern."""
    return pick(_day_texts(pattern), seconds // DAY - _FIRST_DAY_NUMBER)


def time_text(
    instants: Ints, day: str = "%Y-%m-%d", middle: str = "T", end: str = "Z", *, seconds: bool = True
) -> pa.Array:
    """Each instant (seconds since 1970, UTC) written out, with or without seconds."""
    return join(date_text(instants, day), middle, pick(_clock_texts(seconds), instants % DAY), end)


def berlin(seconds: Ints) -> Ints:
    """The wall clock of Berlin, as if it were UTC; exact for instants between 01:00 and 22:00 UTC."""
    return seconds + 3600 * _berlin_offsets()[seconds // DAY - _FIRST_DAY_NUMBER]


def json_text(text: pa.Array) -> pa.Array:
    """Free text with what JSON needs escaped."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = pc.replace_substring(text, plain, escaped)
    return text


def json_member(name: str, value: pa.Array, *, quoted: bool = True) -> pa.Array:
    """`,"name":"value"`, and nothing where the value is null."""
    quote = '"' if quoted else ""
    return pc.fill_null(join(f',"{name}":{quote}', value, quote), "")


def csv_text(text: pa.Array, delimiter: str) -> pa.Array:
    """Free text, quoted where the delimiter, a quote or a line end stands in it."""
    quoted = join('"', pc.replace_substring(text, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(text, f'["\\n\\r{delimiter}]'), quoted, text)


def csv_line(columns: Sequence[pa.Array], delimiter: str = ",", free: Sequence[int] = ()) -> pa.Array:
    """One line per row; `free` says which columns may hold anything and are quoted where needed."""
    cells = [csv_text(column, delimiter) if place in free else column for place, column in enumerate(columns)]
    return pc.binary_join_element_wise(*(pc.fill_null(cell, "") for cell in cells), delimiter)
