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
from sources.mapping.headers import is_of_a_subscription, names_what_is_refused
from sources.mapping.time_columns import clock_column, only_clock_column
from sources.mapping.zones import OFFSETS, SHARED
from sources.readers.reading import fold_header

#: The field that is read by the strictest of its columns, and of some that no field is taken from.
CONSENT = "consent"

#: Midnight behind a day, which workbooks write where they have no time.
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
#: Times of day that are read behind a day, with or without their zone. With another the day would be lost as well.
_ABBREVIATION = rf"\s*\(?({'|'.join((*OFFSETS, *SHARED))}|(?-i:UTC|GMT)\s?[+-](0?\d|1[0-4])(:?[0-5]\d)?)\)?"
_OFFSET = r"\s*(Z|[+-]\d{2}:?\d{2})"
_OF_24_HOURS = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_OF_12_HOURS = r"(0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d)?\s*[AP]M"
_CLOCK = rf"(?i)({_OF_24_HOURS}|{_OF_12_HOURS})({_ABBREVIATION})?"
_CLOCK_WITH_OFFSET = rf"{_OF_24_HOURS}{_OFFSET}"
#: A day behind which an offset is read.
_ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
#: Behind a day in Chinese these are not read.
_ENGLISH_HALF_OF_CHINESE_DAY = r"(?i).*日.*[AP]M.*"
#: Times of day with a word for the hour, and as they are read: 10h30; 10:00 Uhr, 9.30 Uhr, 10:00 h; 10 Uhr; 9:05PM.
_SPOKEN_CLOCKS = (
    (r"(?i)^(\d{1,2})\s?(?:h|uhr)\s?([0-5]\d)(?:\s?(?:min|m))?$", r"\1:\2"),
    (r"(?i)^(\d{1,2})[:.]([0-5]\d)(:[0-5]\d)?\s?(?:uhr|hrs|h)$", r"\1:\2\3"),
    (r"(?i)^(\d{1,2})\s?(?:uhr|h)$", r"\1:00"),
    (r"(?i)(\d)([ap]m)\b", r"\1 \2"),
)


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
        value if clock is None else _with_clock(value, cell(position[clock][0]))
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


def _with_clock(day: Expression, clock: Expression) -> Expression:
    """A day with its time of day; as it is where it has one, or where that is none that is read."""
    for spoken, written in _SPOKEN_CLOCKS:
        clock = function("regexp_replace", clock, text(spoken), text(written))
    bare = function("regexp_replace", day, text(_MIDNIGHT), text(""))
    has_offset = function("regexp_full_match", clock, text(_CLOCK_WITH_OFFSET))
    takes_offset = has_offset & function("regexp_full_match", bare, text(_ISO_DAY))
    has_clock = function("regexp_full_match", clock, text(_CLOCK)) | takes_offset
    both = function("concat", bare, text(" "), clock)
    has_none = ~function("contains", bare, text(":")) & has_clock
    is_read = has_none & ~function("regexp_full_match", both, text(_ENGLISH_HALF_OF_CHINESE_DAY))
    return CaseExpression(is_read, both).otherwise(day)


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
