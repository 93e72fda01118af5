"""Which rows get which columns, each at most one, so that the total is the greatest there is."""

from __future__ import annotations

from collections.abc import Sequence


def best_assignment(gains: Sequence[Sequence[float]]) -> list[int | None]:
    """The one-to-one assignment of rows to columns with the greatest total gain.

    Solves the assignment problem by shortest augmenting paths (Kuhn 1955, in the form of Jonker and Volgenant 1987).
    A row is left out where taking it gains nothing: gains of zero and below are never taken.

    Args:
        gains: rows x columns, rectangular.

    Returns:
        The column of each row, or None.
    """
    rows = len(gains)
    columns = len(gains[0]) if rows else 0
    if not rows or not columns:
        return [None] * rows
    # Each row also has a column of its own that gains nothing: to stay out.
    width = columns + rows
    cost = [[-max(0.0, gain) for gain in row] + [0.0] * rows for row in gains]
    infinity = float("inf")
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (width + 1)
    row_of = [0] * (width + 1)
    for row in range(1, rows + 1):
        row_of[0], at = row, 0
        least, before, done = [infinity] * (width + 1), [0] * (width + 1), [False] * (width + 1)
        while row_of[at]:
            done[at] = True
            current, step, following = row_of[at], infinity, 0
            for column in range(1, width + 1):
                if done[column]:
                    continue
                reduced = cost[current - 1][column - 1] - row_price[current] - column_price[column]
                if reduced < least[column]:
                    least[column], before[column] = reduced, at
                if least[column] < step:
                    step, following = least[column], column
            for column in range(width + 1):
                if done[column]:
                    row_price[row_of[column]] += step
                    column_price[column] -= step
                else:
                    least[column] -= step
            at = following
        while at:
            row_of[at] = row_of[before[at]]
            at = before[at]
    found: list[int | None] = [None] * rows
    for column in range(1, columns + 1):
        row = row_of[column]
        if row and gains[row - 1][column - 1] > 0:
            found[row - 1] = column - 1
    return found
