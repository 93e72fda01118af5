"""What a canonical field is taken from: a constant, or the first of its columns that says something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ConstantExpression,
    Expression,
)

from assets.intake.cells import cell, text
from policy.feeds import Feed
from sources.readers.reading import fold_header


def told_by_name(
    name: str,
    feed: Feed,
    headers: Sequence[str],
    position: dict[str, list[int]],
    told: Callable[[str], str | int | None],
) -> Expression | None:
    """What the name of the column says from which a value is taken; None where no name says anything.

    Args:
        name: canonical field.
        feed: its columns and words.
        headers: header of each position.
        position: folded header -> positions.
        told: what a header says.
    """
    words = feed.values.get(name, {})
    columns = [(index, told(headers[index])) for _, index in columns_of(name, feed, position)]
    if name in feed.constants or not any(said for _, said in columns):
        return None
    type_ = "BIGINT" if any(isinstance(said, int) for _, said in columns) else "VARCHAR"
    taken: Expression | None = None
    for index, said in columns:
        test, value = translated(cell(index), words).isnotnull(), ConstantExpression(said).cast(type_)
        taken = CaseExpression(test, value) if taken is None else taken.when(test, value)
    return taken


def field_value(name: str, feed: Feed, position: dict[str, list[int]]) -> Expression:
    """One canonical field: constant, or the first of its columns that says something, its words translated."""
    words = feed.values.get(name, {})
    if name in feed.constants:
        return translated(text(feed.constants[name]), words)
    return first_of([translated(cell(index), words) for _, index in columns_of(name, feed, position)])


def columns_of(name: str, feed: Feed, position: dict[str, list[int]]) -> list[tuple[str, int]]:
    """The columns that a field is taken from, as the feed writes them, with their places; the first filled one wins."""
    wanted = {fold_header(header): header for header in reversed(feed.columns.get(name, []))}
    folded = dict.fromkeys(map(fold_header, feed.columns.get(name, [])))
    return [(wanted[header].strip(), index) for header in folded for index in position.get(header, [])]


def first_of(values: Sequence[Expression]) -> Expression:
    """The first value that there is."""
    return text(None) if not values else values[0] if len(values) == 1 else CoalesceOperator(*values)


def translated(value: Expression, words: Mapping[str, str | None]) -> Expression:
    """A value in the words of this project; null where its word means nothing."""
    if not words:
        return value
    said = None
    for word, ours in words.items():
        test = value == text(word)
        said = CaseExpression(test, text(ours)) if said is None else said.when(test, text(ours))
    assert said is not None
    return said.otherwise(value)
