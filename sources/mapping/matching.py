"""Columns of one table matched with those of another: by names, by values, one to one.

Evidence is added up as log odds, that of names and that of values; a pair's confidence is its odds against all its
rivals and against being no pair at all. The same engine matches columns with canonical fields (`fields.py`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sources.mapping.assignment import best_assignment
from sources.mapping.evidence import Profile, numbers_of, profile
from sources.mapping.headers import names_of, similarity

#: Confidence below which two columns are not called a pair.
FLOOR = 0.5

#: Log odds that two names mean the same, by their similarity; straight lines between.
_NAME_ODDS = ((0.0, -6.0), (0.45, -4.0), (0.6, -1.2), (0.7, 0.2), (0.8, 1.5), (0.88, 2.6), (0.95, 4.2), (1.0, 5.5))

#: Kinds of values that exclude each other: a column that is mostly one cannot be one that is mostly another.
_HARD = ("email", "url", "date", "number", "uuid", "phone", "json")
#: Fewer distinct values than this say less, since slips and chance weigh more.
_MANY_VALUES = 30
#: Up to so many distinct values in at least so many rows are a list of choices.
_FEW_CHOICES, _ROWS_FOR_CHOICES = 12, 20


@dataclass(frozen=True)
class Pair:
    """Two columns that are likely the same.

    Attributes:
        source: header.
        target: header.
        confidence: 0 to 1.
    """

    source: str
    target: str
    confidence: float


def name_odds(likeness: float) -> float:
    """Log odds that two names mean the same, from how much they look like one."""
    for (low, at_low), (high, at_high) in itertools.pairwise(_NAME_ODDS):
        if likeness <= high:
            return at_low + (at_high - at_low) * (likeness - low) / (high - low)
    return _NAME_ODDS[-1][1]


def matched_tables(
    source: Mapping[str, Sequence[str | None]], target: Mapping[str, Sequence[str | None]], floor: float = FLOOR
) -> list[Pair]:
    """The pairs of columns of two tables that are likely the same, each column in at most one.

    Args:
        source: sample of cells by header.
        target: sample of cells by header.
        floor: pairs of less confidence are left out.

    Returns:
        The pairs in the order of the source; the same whatever the order of columns.
    """
    left, right = sorted(source), sorted(target)
    names, other_names = names_of(left), names_of(right)
    profiles = [profile(source[header]) for header in left]
    others = [profile(target[header]) for header in right]
    odds = [
        [name_odds(similarity(a, b)) + value_odds(p, q) for b, q in zip(other_names, others, strict=True)]
        for a, p in zip(names, profiles, strict=True)
    ]
    sure = confidences(odds)
    chosen = best_assignment(sure)
    found = {
        left[row]: Pair(left[row], right[column], sure[row][column])
        for row, column in enumerate(chosen)
        if column is not None and sure[row][column] >= floor
    }
    return [found[header] for header in source if header in found]


def confidences(odds: Sequence[Sequence[float]]) -> list[list[float]]:
    """Probability of each pair against its rivals in row and column and against no pair, rounded to 4 places."""
    weights = [[math.exp(min(value, 30.0)) for value in row] for row in odds]
    row_sums = [sum(row) for row in weights]
    column_sums = [sum(row[column] for row in weights) for column in range(len(weights[0]) if weights else 0)]
    return [
        [
            round(weight / (1 + row_sums[i] + column_sums[j] - weight), 4)
            for j, weight in enumerate(row)
        ]
        for i, row in enumerate(weights)
    ]  # fmt: skip


def value_odds(one: Profile, other: Profile) -> float:
    """Log odds that two columns hold the same thing, from their values; 0 where there are too few to tell."""
    if len(one.values) < 2 or len(other.values) < 2:
        return 0.0
    known = math.sqrt(min(1.0, min(len(one.values), len(other.values)) / _MANY_VALUES))
    apart = max(abs(one.share(kind) - other.share(kind)) for kind in _HARD)
    if apart > 0.6:
        return -6.0 * apart * known
    numeric = min(one.share("number"), other.share("number")) > 0.6
    odds = _numbers(one, other) if numeric else _texts(one, other)
    return known * (odds - 2.0 * max(0.0, apart - 0.2))


def _numbers(one: Profile, other: Profile) -> float:
    """Numbers of one quantity lie in one range."""
    a, b = numbers_of(one.values), numbers_of(other.values)
    if not a or not b:
        return 0.0
    if set(a) == set(b):
        return 1.5
    inside = (_share_inside(a, b) + _share_inside(b, a)) / 2
    return 3.0 * inside - 2.2


def _share_inside(values: Sequence[float], others: Sequence[float]) -> float:
    """Share of values within the range of the others, a tenth wider on each side."""
    slack = 0.1 * (others[-1] - others[0])
    return sum(others[0] - slack <= value <= others[-1] + slack for value in values) / len(values)


def _texts(one: Profile, other: Profile) -> float:
    """Texts of one thing share values, or look alike."""
    a, b = {value.casefold() for value in one.values}, {value.casefold() for value in other.values}
    common = len(a & b) / min(len(a), len(b))
    choices = [
        len(p.values) <= _FEW_CHOICES and p.filled >= max(_ROWS_FOR_CHOICES, 2 * len(p.values)) for p in (one, other)
    ]
    if all(choices):
        return 4.0 * common - 1.5
    odds = 3.5 * common
    kinds = (one.shares.keys() | other.shares.keys()) - {"word", "two_words", "phrase", "reference"}
    odds += 0.8 * sum(min(one.share(kind), other.share(kind)) for kind in sorted(kinds)) / math.sqrt(max(1, len(kinds)))
    alike = sum(min(share, other.shapes.get(shape, 0.0)) for shape, share in one.shapes.items())
    odds += 1.2 * alike - 0.4
    if choices[0] != choices[1] and common < 0.2:
        odds -= 1.0
    return odds
