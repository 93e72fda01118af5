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

from assets.intake.cells import cell, function, one_value, text
from assets.intake.consent import strictest
from policy.feeds import TIME_FIELDS, Feed
from sources.mapping.time_columns import clock_column
from sources.readers.reading import fold_header

#: The field that is read by the strictest of its columns, and of some that no field is taken from.
CONSENT = "consent"

#: Midnight behind a day, which workbooks write where they have no time; a time of day, with or without its zone.
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[AaPp][Mm])?(\s*(Z|[+-]\d{2}:?\d{2}|\(?[A-Za-z]{3,4}\)?))?"


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
    return strictest(values, refusals, states, no)


def _of_columns(name: str, feed: Feed, position: dict[str, list[int]]) -> list[Expression]:
    """What each column of a field says, days with the time of day beside them."""
    words = feed.values.get(name, {})
    values = [translated(one_value(index), words) for _, index in columns_of(name, feed, position)]
    clocks = [clock_beside(name, header, feed, position) for header, _ in columns_of(name, feed, position)]
    return [
        value if clock is None else _with_clock(value, cell(position[clock][0]))
        for value, clock in zip(values, clocks, strict=True)
    ]


def _cells_of(headers: Sequence[str], position: dict[str, list[int]]) -> list[Expression]:
    """The cells of columns that are called so, where `*` stands for anything."""
    wanted = [fold_header(header) for header in headers]
    found = [name for name in position if any(name == one or ("*" in one and fnmatchcase(name, one)) for one in wanted)]
    return [one_value(index) for name in found for index in position[name]]


def clock_beside(name: str, header: str, feed: Feed, position: dict[str, list[int]]) -> str | None:
    """The column, folded, with the times of day of a field's column of days; None where the feed maps it or knows more.

    A pattern is read as it is written: what it says of a time of day is all there is.
    """
    if name not in TIME_FIELDS or "%" in (feed.formats.get(name) or feed.formats.get("timestamp") or ""):
        return None
    mapped = {fold_header(wanted) for columns in (*feed.columns.values(), feed.key) for wanted in columns}
    return clock_column(header, [other for other in position if other not in mapped])


def _with_clock(day: Expression, clock: Expression) -> Expression:
    """A day with its time of day; as it is where it has one, or where that is none."""
    bare = function("regexp_replace", day, text(_MIDNIGHT), text(""))
    has_none = ~function("contains", bare, text(":")) & function("regexp_full_match", clock, text(_CLOCK))
    return CaseExpression(has_none, function("concat", bare, text(" "), clock)).otherwise(day)


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
