"""The order of day, month and year that the name of a column says: ``Created (DD.MM.YYYY)``, ``date_dmy``."""

from __future__ import annotations

import re

from sources.mapping.headers import folded

#: How the parts of a date are called in patterns: days (English, German, Italian, French), months, years.
_DAY, _MONTH, _YEAR = r"(?:d{1,2}|t{1,2}|g{2}|j{2}|日|day)", r"(?:m{1,2}|月|month)", r"(?:y{2,4}|j{2,4}|a{2,4}|年|year)"
_MARK = r"[\s./_\-]*"
_ORDERS = {
    "dmy": (_DAY, _MONTH, _YEAR), "mdy": (_MONTH, _DAY, _YEAR), "ymd": (_YEAR, _MONTH, _DAY),
    "ydm": (_YEAR, _DAY, _MONTH),
}  # fmt: skip
_SAID = re.compile(
    "(?<![a-z])(?:"
    + "|".join(f"(?P<{order}>{order}|{_MARK.join(parts)})" for order, parts in _ORDERS.items())
    + ")(?![a-z])"
)


def day_order_of(header: str) -> str | None:
    """`dmy`, `mdy`, `ymd` or `ydm` as the name of a column says it; None where it says none, or several."""
    found = {said.lastgroup for said in _SAID.finditer(folded(header))}
    return found.pop() if len(found) == 1 else None
