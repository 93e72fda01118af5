"""What columns about people, companies and deals are called, in the languages that files come in.

Evidence only: such names tell a header from a record, and text from garbled text. What a column means is said by its
feed.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path


@cache
def header_names() -> frozenset[str]:
    """The names, in lower case."""
    return frozenset(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines())


def is_header_name(text: str) -> bool:
    """Whether columns are often called so, units in brackets and marks of required fields aside."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    folded = " ".join(plain.split("(")[0].replace("_", " ").replace("*", " ").strip(" :.").split())
    return folded in header_names() or plain in header_names()
