"""What a canonical field is taken from: a constant, or the first of its columns that says something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase

from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ConstantExpression,
    Expression,
)

from assets.intake.cells import cell, one_value, text
from assets.intake.consent import strictest
from assets.intake.times_of_day import with_clock, with_unread_clock
from policy.feeds import TIME_FIELDS, Feed
from sources.mapping.headers import is_of_a_subscription, names_what_is_refused
from sources.mapping.time_columns import clock_column, only_clock_column
from sources.readers.reading import fold_header

#: The field that is read by the strictest of its columns, and of some that no field is taken from.
CONSENT = "consent"


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
        test, value = translated(one_value(index), words).isnotnull(), ConstantExpression(said).cast(type_)
        taken = CaseExpression(test, value) if taken is None else taken.when(test, value)
    return taken


def field_value(name: str, feed: Feed, position: dict[str, list[int]], no: Collection[str] = ()) -> Expression:
    """One canonical field: constant, or the first of its columns that says something, its words translated.

    Of consent the strictest of its columns, and of those in which it is refused.

    Args:
        name: canonical field.
        feed: its columns, constants and words.
        position: folded header -> positions.
        no: words of policy that are a refusal of consent, in small letters.
    """
    words = feed.values.get(name, {})
    if name in feed.constants:
        values = [translated(text(feed.constants[name]), words)]
    else:
        values = _of_columns(name, feed, position)
    if name != CONSENT:
        return first_of(values)
    refusals, states = (_cells_of(headers, position) for headers in (feed.refusals, feed.states))
    refused = [value for header, value in refusals if names_what_is_refused(header)]
    others = [value for header, value in refusals if not names_what_is_refused(header)]
    subscriptions = [value for header, value in states if is_of_a_subscription(header)]
    return strictest(values, others, refused, [value for _, value in states], subscriptions, no)


def _of_columns(name: str, feed: Feed, position: dict[str, list[int]]) -> list[Expression]:
    """What each column of a field says, days with the time of day beside them."""
    words = feed.values.get(name, {})
    values = [translated(one_value(index), words) for _, index in columns_of(name, feed, position)]
    clocks = [clock_beside(name, header, feed, position) for header, _ in columns_of(name, feed, position)]
    return [
        value if clock is None else with_clock(value, cell(position[clock][0]))
        for value, clock in zip(values, clocks, strict=True)
    ]


def _cells_of(headers: Sequence[str], position: dict[str, list[int]]) -> list[tuple[str, Expression]]:
    """The cells of columns that are called so, where `*` stands for anything, with their folded names."""
    wanted = [fold_header(header) for header in headers]
    found = [name for name in position if any(name == one or ("*" in one and fnmatchcase(name, one)) for one in wanted)]
    return [(name, one_value(index)) for name in found for index in position[name]]


def clock_beside(name: str, header: str, feed: Feed, position: dict[str, list[int]]) -> str | None:
    """The column, folded, with the times of day of a field's column of days; None where the feed maps it or knows more.

    A column that is called Time and no more tells of the only column with times that the feed maps. A pattern is read
    as it is written: what it says of a time of day is all there is.
    """
    if name not in TIME_FIELDS or "%" in (feed.formats.get(name) or feed.formats.get("timestamp") or ""):
        return None
    mapped = {fold_header(wanted) for columns in (*feed.columns.values(), feed.key) for wanted in columns}
    others = [other for other in position if other not in mapped]
    timed = {fold_header(wanted) for field in TIME_FIELDS for wanted in feed.columns.get(field, [])} & position.keys()
    return clock_column(header, others) or (only_clock_column(others) if len(timed) == 1 else None)


def unread_clock(name: str, feed: Feed, position: dict[str, list[int]]) -> Expression | None:
    """The day and the time of day that was not read beside it; null where there is none, None where no row has one."""
    words = feed.values.get(name, {})
    columns = columns_of(name, feed, position)
    clocks = [clock_beside(name, header, feed, position) for header, _ in columns]
    if name in feed.constants or not any(clocks):
        return None
    taken: Expression | None = None
    for (_, index), clock in zip(columns, clocks, strict=True):
        day = translated(one_value(index), words)
        both = text(None) if clock is None else with_unread_clock(day, cell(position[clock][0]))
        taken = CaseExpression(day.isnotnull(), both) if taken is None else taken.when(day.isnotnull(), both)
    return taken


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
