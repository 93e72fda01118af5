"""Every code a file or a row can be answered with, and the reason that a code gives.

Templates name their values in braces: `{field}`, `{value}`, `{line}`, ... A value that is not given is left out
rather than raising: an answer with a gap is better than no answer.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from sources.code import Code
from sources.file_codes import COLUMN_CODES, FILE_CODES, LEFT_CODES, NOTE_CODES
from sources.row_codes import ANSWER_CODES, REPAIR_CODES, ROW_CODES, USE_CODES

LANGUAGES = ("en", "zh")
LONGEST_VALUE = 200

#: File and row codes that share a name (broken-json) differ in place, so each answer says which it is.
CODES: dict[str, dict[str, Code]] = {
    "file": FILE_CODES,
    "row": ROW_CODES | USE_CODES,
    "answer": ANSWER_CODES,
    "repair": REPAIR_CODES,
    "column": COLUMN_CODES,
    "note": NOTE_CODES,
    "left": LEFT_CODES,
}


class Composed(str):
    """A value made of texts that are printable and short already, however many they are."""


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _shown(value: object) -> str:
    if isinstance(value, Composed):
        return str(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(value))
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def reason(code: str, language: str, values: Mapping[str, object] | None = None, place: str = "row") -> str:
    """The text of a code in a language; values are made printable and short, an unknown code is its own text.

    `place` is a key of :data:`CODES`.
    """
    found = CODES[place].get(code)
    if found is None:
        return code
    template = found.zh if language == "zh" else found.en
    given = {name: _shown(value) for name, value in (values or {}).items()}
    return string.Formatter().vformat(template, (), _Gaps(given))
