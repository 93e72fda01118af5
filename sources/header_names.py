"""Whether text is what columns are called: evidence that it is a header, and that it was decoded right.

What a column means is not said here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from policy.feeds import KINDS
from sources.mapping.headers import QUESTION
from sources.mapping.tables import field_names, key_names, other_names, simplified, words

_UNIT = re.compile(r"[(\[（].*?[)\]）]")
_MARKS = re.compile(r"[\s_\-*:.·#]+")


def plain(text: str) -> str:
    """A name in lower case, simplified, without what stands in brackets, marks and white space."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return simplified(_MARKS.sub("", _UNIT.sub("", folded)))


@cache
def _names() -> frozenset[str]:
    listed = [name for kind in KINDS for names in field_names(kind).values() for name in names]
    return frozenset(filter(None, map(plain, [*listed, *key_names(), *other_names()])))


def is_header_name(text: str) -> bool:
    """Whether columns are often called so."""
    return len(text) < 60 and (plain(text) in _names() or plain(QUESTION.sub("", text)) in _names())


def says_little(text: str) -> bool:
    """Whether it is a word such as name or number, of which one has to know whose it is."""
    return plain(text) in words("generic")
