"""The column with the key that a source gives its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sources.mapping.columns import ColumnGuess
from sources.mapping.evidence import Profile, numbers_of
from sources.mapping.headers import folded, likeness, named
from sources.mapping.tables import key_names

#: A key may come again with a changed row, but not often.
_MOSTLY = 0.9
_COUNTERS = re.compile(r"^(?:#|no|nr|s no|sr no|sl no|序号|行号|row|row number|line|line number|lfd nr|index)$")


def key_column(headers: Sequence[str], columns: Sequence[ColumnGuess], profiles: Sequence[Profile]) -> str | None:
    """The column that is named like a key, differs in nearly every row, and does not merely count the rows."""
    known = [named(name) for name in key_names()]
    best: tuple[float, str] | None = None
    for header, column, values in zip(headers, columns, profiles, strict=True):
        if column.field not in {None, "anonymous_id"} or values.distinct_share < _MOSTLY or len(values.values) < 2:
            continue
        name = named(header)
        alike = max(likeness(name, other) for other in known)
        if alike < 0.93 or _counts_rows(name.plain, values) or values.share("date") > 0.5:
            continue
        if best is None or (-alike, header) < best:
            best = (-alike, header)
    return best[1] if best else None


def _counts_rows(plain: str, values: Profile) -> bool:
    if _COUNTERS.match(folded(plain)):
        return True
    numbers = numbers_of(values.values)
    return len(numbers) == len(values.values) and numbers[0] <= 1 and numbers[-1] - numbers[0] == len(numbers) - 1
