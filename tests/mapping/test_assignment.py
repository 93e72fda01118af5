"""The one-to-one assignment, beside trying everything."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.assignment import best_assignment

GAINS = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(-3, 9).map(float), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


def total(gains: list[list[float]], chosen: list[int | None]) -> float:
    return sum(gains[row][column] for row, column in enumerate(chosen) if column is not None)


@given(GAINS)
@settings(deadline=None)
def test_no_other_assignment_gains_more(gains: list[list[float]]) -> None:
    chosen = best_assignment(gains)
    taken = [column for column in chosen if column is not None]
    assert len(set(taken)) == len(taken)
    rows, columns = len(gains), len(gains[0])
    padded = [[max(0.0, gain) for gain in row] + [0.0] * rows for row in gains]
    best = max(
        sum(padded[row][column] for row, column in enumerate(order))
        for order in set(permutations([*range(columns), *range(columns, columns + rows)], rows))
    ) if rows + columns <= 7 else None  # fmt: skip
    if best is not None:
        assert total(gains, chosen) == best


@given(GAINS)
@settings(deadline=None)
def test_nothing_is_taken_that_gains_nothing(gains: list[list[float]]) -> None:
    assert all(gains[row][column] > 0 for row, column in enumerate(best_assignment(gains)) if column is not None)


def test_a_row_gives_way_where_the_total_gains() -> None:
    assert best_assignment([[0.9, 0.8], [0.7, 0.0]]) == [1, 0]


def test_empty_sides_match_nothing() -> None:
    assert best_assignment([]) == []
    assert best_assignment([[], []]) == [None, None]
