"""From text to instants in UTC and to dates; which local times a change of clocks makes doubtful.

A local time that a change of clocks repeats (autumn) is read as the earlier of the two, or as the later one; one that
it skips (spring) is shifted forward by as much as the clocks were. All are marked, and policy may want none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlglot import exp

from assets.intake.expressions import call, literals, narrow, try_cast
from assets.intake.usual_times import usual_time
from sources.mapping.zones import OFFSETS, SHARED, may_be

#: Day part of a date by the order of its parts, as strptime patterns.
DAY_ORDERS: dict[str, tuple[str, ...]] = {
    "dmy": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    "mdy": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y", "%b %d, %Y", "%B %d, %Y"),
    "ymd": (
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y-%m-%d",
        "%Y年%m月%d日",
        "%Y%m%d",
        "%Y%m%d%H%M%S",
        "%Y%m%dT%H%M%S",
        "%Y%m%dT%H%M%SZ",
    ),
}
#: The order that hardly anybody writes and ISO dates look like: read where the name of a column says it, only then.
YEAR_FIRST_DAY_SECOND = "ydm"
_ORDERS = DAY_ORDERS | {YEAR_FIRST_DAY_SECOND: ("%Y-%d-%m", "%Y/%d/%m", "%Y.%d.%m")}
#: Marks between day, month and year in digits.
DAY_MARKS = "/.-"
_CLOCKS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")

#: An abbreviation of a zone behind a time of day, as 10:00 CET or 10:00 (CEST).
_TIME_AND_WORD = r"(:\d{{2}}(?:[.,]\d+)?(?:\s*[ap]m\b)?)\s*\(?({words})\)?$"
_OWN_WORD = _TIME_AND_WORD.format(words="|".join(OFFSETS))
#: The name of a zone, as in 10:00 Europe/Berlin.
_NAME_OF_ZONE = r"[A-Za-z]+(?:/[A-Za-z_-]+)+"
_ANY_NAME = _TIME_AND_WORD.format(words=_NAME_OF_ZONE)
_ANY_WORD = _TIME_AND_WORD.format(words="|".join((*OFFSETS, *SHARED, _NAME_OF_ZONE)))
#: How far a time is from UTC, as people write it behind: 10:00 UTC+8, 10:00 (GMT-05:00).
_FROM_UTC = r"(:\d{2}(?:[.,]\d+)?(?:\s*[AaPp][Mm])?)\s*\(?(?:UTC|GMT)\s?([+-])(0?\d|1[0-4])(?::?([0-5]\d))?\)?$"

#: A zone behind a time of day: Z, UTC, +08, +0800, +08:00.
_ZONE = r"(\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?|T\d{6})\s*([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"

#: Years of two digits are those up to so many ahead of when the file was received, else a century earlier.
_YEARS_AHEAD = 20
#: Of dates of birth they are those before this one, else a century earlier, as spreadsheets have it.
_FIRST_OF_LAST_CENTURY = 30

BIRTH_DATE = "birth_date"

#: Outside of these years an instant or a date is a placeholder (1970-01-01, 0001-01-01, 9999-12-31), not a fact.
#: People were born before computers counted seconds, so dates may be older than instants: registers of persons go back
#: for centuries. The days from which programs count stand for none.
FIRST_YEAR, FIRST_DATE_YEAR, LAST_YEAR = 1971, 1701, 2199
_DAYS_ZERO = ("1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01")

#: Mark on times that lie too far ahead of the file that tells of them.
FUTURE = "future-date"
#: Marks on local times that a change of clocks makes doubtful: read as the earlier one, as the later one, shifted.
AMBIGUOUS, LATER, NONEXISTENT = "ambiguous-local-time", "later-local-time", "nonexistent-local-time"
#: Mark on such times where policy wants none of them.
DOUBTFUL = "doubtful-local-time"
#: Mark on times beside whose zone several have its name, or none has: read as if it did not stand there.
UNCLEAR_ZONE = "unclear-zone"
#: Mark on times that were read in the zone that their row says, and not in the usual one.
ZONE_OF_ROW = "zone-of-row"
#: Mark on days beside which a time of day stands that is not read: they begin at midnight.
UNREAD_CLOCK = "unread-time"
#: Times with these marks are not taken.
NOT_TAKEN = (FUTURE, DOUBTFUL)

UTC_ZONES = ("UTC", "Etc/UTC", "GMT")
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
#: The word of a column with days as a spreadsheet counts them, beside ISO dates; the mark on such values.
SERIAL, SERIAL_MARK = "serial", "serial-date"
#: Days from 1954 to 2064 as a spreadsheet counts them: nothing else in a column of dates looks so.
_SERIAL_SHAPE = r"([2-5]\d{4}(\.\d+)?|60000)(\.0+)?"
_EXCEL_DAY_ZERO, _EXCEL_LAST_DAY = datetime(1899, 12, 30, tzinfo=UTC), 2_958_465


@dataclass(frozen=True)
class Clocks:
    """How doubtful local times are read.

    Attributes:
        repeated: the mark of those that come twice: :data:`AMBIGUOUS`, :data:`LATER` or :data:`DOUBTFUL`.
        skipped: the mark of those that never come: :data:`NONEXISTENT` or :data:`DOUBTFUL`.
    """

    repeated: str = AMBIGUOUS
    skipped: str = NONEXISTENT

    def mark(self, change: ClockChange) -> str:
        """The mark of local times in a change of clocks."""
        return self.repeated if change.mark == AMBIGUOUS else self.skipped


@dataclass(frozen=True)
class ClockChange:
    """Local times that a change of clocks repeats or skips.

    Attributes:
        start: naive local time.
        end: naive local time, excluded.
        mark: :data:`AMBIGUOUS` or :data:`NONEXISTENT`.
    """

    start: datetime
    end: datetime
    mark: str


def patterns_of(word: str) -> tuple[str, ...]:
    """The strptime patterns of a format word or pattern; none for ISO 8601, which needs no pattern."""
    if word in _ORDERS:
        return tuple(day + clock for day in _ORDERS[word] for clock in _CLOCKS)
    return () if word in {"iso", "excel", SERIAL} or word in EPOCHS else (word,)


def usual_text(text: exp.Expr, word: str) -> exp.Expr:
    """A text as its word reads it, with the zone behind it; best a column, since it is looked at several times.

    The pattern of a feed reads all of a text itself.
    """
    return narrow(text) if word not in _ORDERS and patterns_of(word) else usual_time(text)


def plain_time(text: exp.Expr, word: str) -> exp.Expr:
    """What :func:`usual_text` makes of a text as :func:`naive_instant` reads it: without the zone behind it."""
    return text if word not in _ORDERS and patterns_of(word) else _without_word(text)


def naive_instant(text: exp.Expr, word: str) -> exp.Expr:
    """The instant that a text without a zone names, zone left open.

    Args:
        text: what :func:`plain_time` makes of a text; best a column, since it is looked at several times.
        word: format word or strptime pattern; ISO 8601 is read beside a word, but not beside a pattern.

    Returns:
        A TIMESTAMP; of epochs and of patterns with a zone (%z) it is in UTC.
    """
    if word in EPOCHS:
        micros = exp.Mul(this=try_cast(text, "DOUBLE"), expression=exp.Literal.number(EPOCHS[word]))
        return call("make_timestamp", try_cast(micros, "BIGINT"))
    if word == "excel":
        # to the second: a day is kept as a fraction, in which a second has no exact value
        days = try_cast(text, "DOUBLE")
        seconds = exp.cast(exp.func("ROUND", exp.Mul(this=days, expression=exp.Literal.number(86_400))), "BIGINT")
        zero = int((_EXCEL_DAY_ZERO - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        since = exp.Paren(this=exp.Add(this=seconds, expression=exp.Literal.number(zero)))
        moment = call("make_timestamp", exp.Mul(this=since, expression=exp.Literal.number(1_000_000)))
        within = exp.Between(this=days.copy(), low=exp.Literal.number(0), high=exp.Literal.number(_EXCEL_LAST_DAY))
        return exp.Case(ifs=[exp.If(this=within, true=moment)])
    iso = try_cast(text, "TIMESTAMP")
    if word == SERIAL:
        return exp.Case(ifs=[exp.If(this=_is_serial(text), true=naive_instant(text, "excel"))], default=iso)
    patterns = patterns_of(word)
    if not patterns:
        return iso
    if word not in _ORDERS:
        parsed = _parsed(text, patterns)
        return call("timezone", exp.Literal.string("UTC"), parsed) if names_zone(word) else parsed
    return in_order(text, word) if word not in DAY_ORDERS else call("coalesce", in_order(text, word), iso)


def in_order(text: exp.Expr, order: str) -> exp.Expr:
    """The same of an order of day, month and year alone, without ISO beside it, which has its own."""
    return _parsed_by_marks(text, patterns_of(order))


#: What a text is asked for, one after the other, before it is tried with the patterns that it can fit.
_MARKS = ("/", "-", ".", "年", ":")


def _parsed(text: exp.Expr, patterns: Sequence[str]) -> exp.Expr:
    """What the first of some patterns that reads a text makes of it."""
    if not patterns:
        return exp.cast(exp.null(), "TIMESTAMP")
    return call("try_strptime", text.copy(), exp.Array(expressions=literals(*patterns)))


def _parsed_by_marks(text: exp.Expr, patterns: Sequence[str], marks: Sequence[str] = _MARKS) -> exp.Expr:
    """The same, where a text is tried with those patterns only that have the same marks as it has.

    A pattern reads no text that lacks one of its marks, nor one with a mark that it lacks; to try it costs half a
    microsecond, and there are dozens. (%f, a fraction, stands behind a point in all of them.)
    """
    if not marks or len(patterns) < 2:
        return _parsed(text, patterns)
    mark, *others = marks
    has_it = call("contains", text.copy(), exp.Literal.string(mark))
    those = [pattern for pattern in patterns if mark in pattern]
    return exp.Case(
        ifs=[exp.If(this=has_it, true=_parsed_by_marks(text, those, others))],
        default=_parsed_by_marks(text, [pattern for pattern in patterns if mark not in pattern], others),
    )


def zone_behind(text: exp.Expr) -> exp.Expr:
    """The name of a zone behind a time of day, as Europe/Berlin; null behind all others."""
    may_have_one = exp.and_(call("contains", text.copy(), exp.Literal.string("/")), exp.not_(_ends_in_digit(text)))
    name = call("regexp_extract", text.copy(), *literals(_ANY_NAME), exp.Literal.number(2), *literals("i"))
    named = exp.func("NULLIF", name, exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=may_have_one, true=named)])


def _without_word(text: exp.Expr) -> exp.Expr:
    """A text without the zone behind it: its name, its abbreviation, or its distance from UTC."""
    stem = call("regexp_replace", text.copy(), *literals(_ANY_WORD, r"\1", "i"))
    counted = call("regexp_replace", text.copy(), *literals(_FROM_UTC, r"\1"))
    return exp.Case(default=stem).when(_is_from_utc(text), counted).when(_ends_in_digit(text), text.copy())


def with_century(
    moment: exp.Expr, word: str, field: str, text: exp.Expr | None = None, unread_marks: str = ""
) -> exp.Expr:
    """A moment read by a known order, with the century of a year of two digits; the rows have received_at.

    Args:
        moment: what :func:`naive_instant` makes of a text; best a column, since it is looked at several times.
        word: format word or strptime pattern.
        field: canonical field; nobody is born in times to come.
        text: the text, asked where there are unread marks.
        unread_marks: between digits: a year of two digits is not read beside one of them.
    """
    if word not in DAY_ORDERS:
        return moment
    year, latest = call("year", moment), call("year", exp.column("received_at"))
    ahead: exp.Expr = exp.GT(
        this=exp.Add(this=year, expression=exp.Literal.number(2000 - _YEARS_AHEAD)), expression=latest
    )
    if field == BIRTH_DATE:
        ahead = exp.GTE(this=year.copy(), expression=exp.Literal.number(_FIRST_OF_LAST_CENTURY))
    century = exp.Case(ifs=[exp.If(this=ahead, true=exp.Literal.number(1900))], default=exp.Literal.number(2000))
    full: exp.Expr = exp.Add(this=moment.copy(), expression=call("to_years", century))
    is_short = exp.LT(this=year.copy(), expression=exp.Literal.number(100))
    if unread_marks and text is not None:
        shape = exp.Literal.string(rf"^\d{{1,2}}[{unread_marks}]\d{{1,2}}[{unread_marks}]\d{{1,2}}(\D|$)")
        full = exp.Case(ifs=[exp.If(this=exp.not_(call("regexp_matches", text, shape)), true=full)])
    return exp.Case(ifs=[exp.If(this=is_short, true=full)], default=moment.copy())


def _is_serial(text: exp.Expr) -> exp.Expr:
    return call("regexp_full_match", text.copy(), exp.Literal.string(_SERIAL_SHAPE))


def serial_mark(text: exp.Expr, naive: exp.Expr, first_year: int) -> exp.Expr:
    """The mark of a value that was read as a day of a spreadsheet; null for all others."""
    is_read = exp.and_(_is_serial(text), plausible(naive, first_year).is_(exp.null()).not_())
    return exp.Case(ifs=[exp.If(this=is_read, true=exp.Literal.string(SERIAL_MARK))])


def names_zone(word: str) -> bool:
    """Whether a pattern reads a zone."""
    return "%z" in word or "%Z" in word


def _has_zone(text: exp.Expr) -> exp.Expr:
    return exp.or_(call("regexp_matches", text.copy(), exp.Literal.string(_ZONE)), _has_word(text))


def _has_word(text: exp.Expr) -> exp.Expr:
    named = call("regexp_matches", text.copy(), *literals(_OWN_WORD, "i"))
    return exp.or_(exp.and_(exp.not_(_ends_in_digit(text)), named), _is_from_utc(text))


def _is_from_utc(text: exp.Expr) -> exp.Expr:
    """Whether a time says how far it is from UTC; the pattern is asked of the few that have one of the words."""
    has_word = exp.or_(*[call("contains", text.copy(), word) for word in literals("UTC", "GMT")])
    return exp.and_(has_word, call("regexp_matches", text.copy(), *literals(_FROM_UTC)))


def _ends_in_digit(text: exp.Expr) -> exp.Expr:
    """Whether there is nothing behind the digits of a time, as in most of them: seeing that costs little."""
    last = call("right", text.copy(), exp.Literal.number(1))
    return exp.Between(this=last, low=exp.Literal.string("0"), high=exp.Literal.string("9"))


def _by_word(text: exp.Expr, naive: exp.Expr) -> exp.Expr:
    """The instant in UTC of a value with the abbreviation of a zone, or its distance from UTC."""
    told = call("regexp_extract", text.copy(), *literals(_OWN_WORD), exp.Literal.number(2), *literals("i"))
    words, offsets = (
        exp.Array(expressions=listed)
        for listed in (literals(*OFFSETS), [exp.Literal.number(_seconds(offset)) for offset in OFFSETS.values()])
    )
    seconds: exp.Expr = call("list_extract", offsets, call("list_position", words, call("upper", told)))
    seconds = exp.Case(default=seconds).when(_is_from_utc(text), _seconds_from_utc(text))
    return exp.Sub(this=naive.copy(), expression=call("to_seconds", seconds))


def _seconds_from_utc(text: exp.Expr) -> exp.Expr:
    """Of 10:00 UTC+8, 28,800."""
    sign, hours, minutes = (
        call("regexp_extract", text.copy(), *literals(_FROM_UTC), exp.Literal.number(group)) for group in (2, 3, 4)
    )
    one = exp.Case(default=exp.Literal.number(1)).when(sign.eq("-"), exp.Literal.number(-1))
    whole = exp.Mul(this=try_cast(hours, "BIGINT"), expression=exp.Literal.number(3_600))
    part = exp.Mul(
        this=exp.func("COALESCE", try_cast(minutes, "BIGINT"), exp.Literal.number(0)),
        expression=exp.Literal.number(60),
    )
    return exp.Mul(this=one, expression=exp.Paren(this=exp.Add(this=whole, expression=part)))


def _seconds(offset: str) -> int:
    """Of +05:30, 19,800."""
    hours, minutes = offset[1:].split(":")
    return (-1 if offset[0] == "-" else 1) * (3_600 * int(hours) + 60 * int(minutes))


def _aware(text: exp.Expr) -> exp.Expr:
    """The instant of a value with a zone, also where it stands behind a space, or behind hours and minutes only."""
    written = text
    for pattern, replacement in (
        (r"^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})", r"\1-\2-\3T\4:\5:\6"),
        (r"\s*([Zz]|UTC|GMT)$", "+00"),
        (r"\s+([+-]\d{2}(:?\d{2})?)$", r"\1"),
        (r"([T\s]\d{1,2}:\d{2})([+-]\d{2}(:?\d{2})?)$", r"\1:00\2"),
    ):
        written = call("regexp_replace", written.copy(), *literals(pattern, replacement))
    return call("coalesce", try_cast(text, "TIMESTAMPTZ"), try_cast(written, "TIMESTAMPTZ"))


def in_utc(moment: exp.Expr) -> exp.Expr:
    """An instant with a zone as its time in UTC."""
    return call("timezone", exp.Literal.string("UTC"), moment)


def instant(
    text: exp.Expr,
    naive: exp.Expr,
    word: str,
    zone: str,
    changes: Sequence[ClockChange] = (),
    clocks: Clocks = Clocks(),
) -> exp.Expr:
    """The instant in UTC (TIMESTAMP): by the zone in the value, else by `zone`; null for placeholder years.

    Args:
        text: a text column.
        naive: what :func:`naive_instant` makes of it, see :func:`with_century`.
        word: format word or strptime pattern.
        zone: IANA name.
        changes: of clocks, that values can fall into.
        clocks: how those are read; the engine takes repeated times as the later ones.
    """
    if word in EPOCHS or names_zone(word):
        return plausible(naive)
    local = naive
    if zone not in UTC_ZONES:
        local = in_utc(call("timezone", exp.Literal.string(zone), naive))
        repeated = [change for change in changes if change.mark == AMBIGUOUS]
        if repeated and clocks.repeated == AMBIGUOUS:
            earlier = exp.Case(default=local)
            for change in repeated:
                seconds = int((change.end - change.start).total_seconds())
                shift = call("to_seconds", exp.Literal.number(seconds))
                earlier = earlier.when(_within(naive, change), exp.Sub(this=local.copy(), expression=shift))
            local = earlier
    told = exp.Case(default=local).when(_has_word(text), _by_word(text, naive))
    aware = in_utc(_aware(text)) if word != YEAR_FIRST_DAY_SECOND else exp.cast(exp.null(), "TIMESTAMP")
    return plausible(told.when(_has_zone(text), aware))


def clock_mark(
    text: exp.Expr,
    naive: exp.Expr,
    word: str,
    changes: Sequence[ClockChange],
    clocks: Clocks = Clocks(),
) -> exp.Expr:
    """The mark of a local time that a change of clocks repeats or skips; null for all others."""
    if not changes or word in EPOCHS or names_zone(word):
        return exp.cast(exp.null(), "VARCHAR")
    marked = exp.Case()
    for change in changes:
        marked = marked.when(_within(naive, change), exp.Literal.string(clocks.mark(change)))
    return exp.Case(ifs=[exp.If(this=exp.not_(_has_zone(text)), true=marked)])


def zone_mark(text: exp.Expr, naive: exp.Expr, word: str, zone: str, unclear: exp.Expr | None = None) -> exp.Expr:
    """The mark of a time with a zone that several have the name of, or none has; null where the zone is one of them.

    Args:
        text: a text column.
        naive: what :func:`naive_instant` makes of it.
        word: format word or strptime pattern.
        zone: that it is read in.
        unclear: whether what stands beside it names no zone.
    """
    if word in EPOCHS or names_zone(word):
        return exp.cast(exp.null(), "VARCHAR")
    shared = [name for name in SHARED if not may_be(name, zone)]
    behind = _TIME_AND_WORD.format(words="|".join(shared))
    named = call("regexp_matches", text.copy(), *literals(behind, "i"))
    tests: list[exp.Expr] = [exp.and_(exp.not_(_ends_in_digit(text)), named)]
    if unclear is not None:
        tests.append(exp.and_(unclear, exp.not_(_has_zone(text))))
    is_read = exp.not_(naive.copy().is_(exp.null()))
    return exp.Case(ifs=[exp.If(this=exp.and_(is_read, exp.or_(*tests)), true=exp.Literal.string(UNCLEAR_ZONE))])


def _within(naive: exp.Expr, change: ClockChange) -> exp.Expr:
    start, end = (exp.cast(exp.Literal.string(at.isoformat(sep=" ")), "TIMESTAMP") for at in (change.start, change.end))
    return exp.and_(exp.GTE(this=naive.copy(), expression=start), exp.LT(this=naive.copy(), expression=end), copy=False)


def too_far_ahead(moment: exp.Expr, since: exp.Expr, days: int) -> exp.Expr:
    """Whether a date or time lies more than so many days ahead of an instant; false where there is none."""
    latest = exp.Add(this=since.copy(), expression=call("to_days", exp.Literal.number(days)))
    return exp.func("COALESCE", exp.GT(this=exp.Paren(this=moment.copy()), expression=latest), exp.false())


def day(text: exp.Expr, naive: exp.Expr, word: str, zone: str, first_year: int = FIRST_DATE_YEAR) -> exp.Expr:
    """The date as written; of an instant in UTC (``...Z``, epochs) the day it was in `zone`; null before a year.

    Args:
        text: a text column.
        naive: what :func:`naive_instant` makes of it, see :func:`with_century`.
        word: format word or strptime pattern.
        zone: IANA name.
        first_year: the first that is no placeholder.
    """
    if zone not in UTC_ZONES:
        utc = call("timezone", exp.Literal.string("UTC"), naive.copy())
        there = call("timezone", exp.Literal.string(zone), utc)
        if word in EPOCHS:
            naive = there
        elif not patterns_of(word):
            is_utc = call("regexp_matches", text.copy(), exp.Literal.string(r":\d{2}(\.\d+)?[Zz]$"))
            naive = exp.Case(ifs=[exp.If(this=is_utc, true=there)], default=naive)
    return exp.cast(plausible(naive, first_year), "DATE")


def plausible(moment: exp.Expr, first_year: int = FIRST_YEAR) -> exp.Expr:
    """An instant or a date; null for placeholder years and days."""
    year = call("year", moment)
    within: exp.Expr = exp.Between(this=year, low=exp.Literal.number(first_year), high=exp.Literal.number(LAST_YEAR))
    if first_year < FIRST_YEAR:
        zero = [exp.cast(exp.Literal.string(day), "DATE") for day in _DAYS_ZERO]
        within = exp.and_(within, exp.cast(moment.copy(), "DATE").isin(*zero).not_(), copy=False)
    return exp.Case(ifs=[exp.If(this=within, true=moment.copy())])


@cache
def clock_changes(zone: str) -> tuple[ClockChange, ...]:
    """When clocks change in a zone, as far as dates are read; none in a zone of fixed offset."""
    info = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(info).utcoffset() or timedelta()

    changes: list[ClockChange] = []
    at, last = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
    while at < last:
        until = at + timedelta(days=7)
        before, after = offset(at), offset(until)
        if before != after:
            low, high = at, until
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            moment = high.replace(tzinfo=None)
            first, second = sorted((moment + before, moment + after))
            changes.append(ClockChange(first, second, NONEXISTENT if after > before else AMBIGUOUS))
        at = until
    return tuple(changes)
