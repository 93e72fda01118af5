"""The name of a person as a file gives it: whole, in two parts, or with the family name first and a comma behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

#: One to three words of letters, a comma, one to three words of letters.
_WORDS = r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,2}"
_REVERSED = re.compile(rf"\s*({_WORDS})\s*[,，]\s*({_WORDS})\s*")
_DIGIT = re.compile(r"\d")
_HAN = re.compile("[\u4e00-\u9fff]")


def split_names(values: pd.Series, no_given_names: Iterable[str]) -> pd.DataFrame:
    """Names such as "Lee, Ann", taken apart.

    Args:
        values: names as given; distinct.
        no_given_names: what stands behind a comma and is no given name (titles, degrees, legal forms), in lower case
            and without points.

    Returns:
        value, full_name ("Ann Lee"; unspaced and family name first in Chinese characters), first_name, last_name, of
        those values only that are written so.
    """
    never = frozenset(no_given_names)
    rows = [(value, *parts) for value in values if (parts := _split(value, never))]
    return pd.DataFrame(rows, columns=["value", "full_name", "first_name", "last_name"], dtype=object)


def _split(value: str, never: frozenset[str]) -> tuple[str, str, str] | None:
    found = _REVERSED.fullmatch(value)
    if found is None or _DIGIT.search(value):
        return None
    last, first = (" ".join(part.split()) for part in found.groups())
    if first.replace(".", "").lower() in never:
        return None
    return (last + first if _HAN.search(value) else f"{first} {last}"), first, last
