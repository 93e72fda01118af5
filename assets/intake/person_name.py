"""The name of a person as a file gives it: whole, in two parts, or with the family name first and a comma behind it."""

from __future__ import annotations

import re

import pandas as pd

#: One to three words of letters, a comma, one to three words of letters.
_WORDS = r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,2}"
_REVERSED = re.compile(rf"\s*({_WORDS})\s*[,，]\s*({_WORDS})\s*")
_DIGIT = re.compile(r"\d")
_HAN = re.compile("[\u4e00-\u9fff]")
#: What stands behind a comma and is no given name: generations, degrees, titles, legal forms.
_NO_GIVEN_NAME = re.compile(
    r"jr|sr|ii|iii|iv|phd|md|mba|esq|cpa|cfa|pmp|msc|bsc|ma|ba|rn|dds|jd|dr|prof|mr|mrs|ms|"
    r"inc|ltd|llc|llp|lp|co|corp|limited|gmbh|ag|kg|se|sa|sas|sarl|srl|spa|bv|nv|ab|as|oy|plc|pty|pte",
    re.IGNORECASE,
)


def split_names(values: pd.Series) -> pd.DataFrame:
    """Names such as "Lee, Ann", taken apart.

    Args:
        values: names as given; distinct.

    Returns:
        value, full_name ("Ann Lee"; unspaced and family name first in Chinese characters), first_name, last_name, of
        those values only that are written so.
    """
    rows = [(value, *parts) for value in values if (parts := _split(value))]
    return pd.DataFrame(rows, columns=["value", "full_name", "first_name", "last_name"], dtype=object)


def _split(value: str) -> tuple[str, str, str] | None:
    found = _REVERSED.fullmatch(value)
    if found is None or _DIGIT.search(value):
        return None
    last, first = (" ".join(part.split()) for part in found.groups())
    if _NO_GIVEN_NAME.fullmatch(first.replace(".", "")):
        return None
    return (last + first if _HAN.search(value) else f"{first} {last}"), first, last
