"""Times of day in a column of their own: read behind the day that stands beside them."""

from __future__ import annotations

from duckdb import CaseExpression, CoalesceOperator, Expression

from assets.intake.cells import NO, function, text
from sources.mapping.zones import OFFSETS, SHARED

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
#: Full-width digits and marks, and spaces that no keyboard has.
_WIDE, _NARROW = "０１２３４５６７８９：．\u202f\u00a0\u2009\u3000", "0123456789:.    "
#: Times of day as people write them, and as they are read.
_SPOKEN_CLOCKS = (
    # the day on which databases count the hours of those that have no day
    (r"^(?:1899-12-3[01]|12/3[01]/1899|3[01][./]12[./]1899)[ T]+", ""),
    # 10h30; 10:00 Uhr, 9.30 Uhr, 10:00 h; 10 Uhr
    (r"(?i)^(\d{1,2})\s?(?:h|uhr)\s?([0-5]\d)(?:\s?(?:min|m))?$", r"\1:\2"),
    (r"(?i)^(\d{1,2})[:.]([0-5]\d)(:[0-5]\d)?\s?(?:uhr|hrs|h)$", r"\1:\2\3"),
    (r"(?i)^(\d{1,2})\s?(?:uhr|h)$", r"\1:00"),
    # 14时30分05秒, 下午2点, 午後2時半, 오후 2시 5분
    (r"^(\D*\d{1,2})\s*[点點时時시]\s*(\d{1,2})\s*[分분]\s*(\d{1,2})\s*[秒초]?$", r"\1:\2:\3"),
    (r"^(\D*\d{1,2})\s*[点點时時시]\s*(\d{1,2})\s*[分분]?$", r"\1:\2"),
    (r"^(\D*\d{1,2})\s*[点點时時시]半$", r"\1:30"),
    (r"^(\D*\d{1,2})\s*[点點时時시]整?$", r"\1:00"),
    (r":(\d)(:|$)", r":0\1\2"),
    (r":(\d)$", r":0\1"),
    (r"^(上午|下午|午前|午後|오전|오후)\s*0?0:", r"\1 12:"),
    (r"^(?:上午|午前|오전)\s*([\d:]+)$", r"\1 AM"),
    (r"^(?:下午|午後|오후)\s*([\d:]+)$", r"\1 PM"),
    # 9:05 p.m., 9:05PM, 9pm
    (r"(?i)(\d)\s*a\.?\s?m\b\.?", r"\1 AM"),
    (r"(?i)(\d)\s*p\.?\s?m\b\.?", r"\1 PM"),
    (r"^(\d{1,2}) ([AP]M)", r"\1:00 \2"),
    # 14.30, 14.30.05; 0.50 may be half of a day
    (r"^(0\d|[1-9]\d?)\.([0-5]\d)(?:\.([0-5]\d))$", r"\1:\2:\3"),
    (r"^(0\d|[1-9]\d?)\.([0-5]\d)( [AP]M)?$", r"\1:\2\3"),
    # 0905, 090500
    (r"^([01]\d|2[0-3])([0-5]\d)([0-5]\d)$", r"\1:\2:\3"),
    (r"^([01]\d|2[0-3])([0-5]\d)$", r"\1:\2"),
)
#: A part of a day, as spreadsheets keep times of day: two decimals could be minutes.
_PART_OF_DAY = r"^0?\.(?:\d|\d{3,})$"
_SECONDS_OF_DAY = 86_400


def with_clock(day: Expression, clock: Expression) -> Expression:
    """A day with its time of day; as it is where it has one, or where that is none that is read."""
    is_read, both = _read(day, clock)
    return CaseExpression(is_read, both).otherwise(day)


def with_unread_clock(day: Expression, clock: Expression) -> Expression:
    """A day with a time of day that is not read behind it, as they are written; null for all others."""
    is_read, _ = _read(day, clock)
    is_unread = _has_none(day) & clock.isnotnull() & ~CoalesceOperator(is_read, NO)
    return CaseExpression(is_unread, function("concat", day, text(" "), clock)).otherwise(text(None))


def _read(day: Expression, clock: Expression) -> tuple[Expression, Expression]:
    """Whether a time of day is read behind a day, and both."""
    usual = _usual(clock)
    bare = function("regexp_replace", day, text(_MIDNIGHT), text(""))
    has_offset = function("regexp_full_match", usual, text(_CLOCK_WITH_OFFSET))
    takes_offset = has_offset & function("regexp_full_match", bare, text(_ISO_DAY))
    has_clock = function("regexp_full_match", usual, text(_CLOCK)) | takes_offset
    return _has_none(day) & has_clock, function("concat", bare, text(" "), usual)


def _has_none(day: Expression) -> Expression:
    """Whether there is no time of day behind a day."""
    return ~function("contains", function("regexp_replace", day, text(_MIDNIGHT), text("")), text(":"))


def _usual(clock: Expression) -> Expression:
    """A time of day as it is read, however it is written; as it is where it is none."""
    usual = function("translate", clock, text(_WIDE), text(_NARROW))
    for spoken, written in _SPOKEN_CLOCKS:
        usual = function("regexp_replace", usual, text(spoken), text(written))
    plain = function("regexp_full_match", clock, text(_OF_24_HOURS))
    part = function("nullif", function("regexp_extract", clock, text(_PART_OF_DAY)), text("")).cast("DOUBLE")
    whole = text(str(_SECONDS_OF_DAY)).cast("DOUBLE")
    seconds = function("nullif", function("round", part * whole), whole)  # the end of a day is none of its times
    moment = function("make_timestamp", (seconds * text("1000000").cast("DOUBLE")).cast("BIGINT"))
    of_part = function("strftime", moment, text("%H:%M:%S"))
    return CaseExpression(plain, clock).otherwise(CoalesceOperator(of_part, usual))
