"""How a file writes its dates and numbers, decided for each column from all its values.

Day and month order is never guessed: the feed says it, or the values of the whole file do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.expressions import call, literals, narrow, sql
from assets.intake.fields import MONEY_FIELDS, REAL_FIELDS, WHOLE_FIELDS, first_year_of
from assets.intake.instants import (
    DAY_ORDERS,
    EPOCHS,
    UTC_ZONES,
    ClockChange,
    clock_changes,
    naive_instant,
    names_zone,
    plausible,
)
from assets.intake.numbers import COMMA_SHAPES, POINT_SHAPES, UNIT, bare_number
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed

#: Orders that both read many values are told apart by values that fit one only; a few odd ones are mistakes.
_ODD_SHARE = 0.05

#: The word of a column whose numbers have a decimal comma.
COMMA = "comma"


@dataclass(frozen=True)
class DateOrder:
    """How the values of one column write their dates, or their numbers.

    Attributes:
        word: a feed's format word (dmy, mdy, ymd, epoch_s, ...) or a strptime pattern; ``iso`` when that is enough;
            of numbers :data:`COMMA`.
        doubt: a value that fits two orders which disagree, when nothing decides between them.
    """

    word: str = "iso"
    doubt: str | None = None


def format_word(feed: Feed, field: str) -> str | None:
    """What the feed says about the format of a date or time field, most specific first."""
    return feed.formats.get(field) or feed.formats.get("timestamp" if field in TIME_FIELDS else "date")


def date_orders(rows: DuckDBPyRelation, feed: Feed) -> dict[str, dict[str, DateOrder]]:
    """Decides how each file writes its date columns, of all that the feed names no format for, from all its values.

    Args:
        rows: canonical rows of files with the same headers, with file_id.
        feed: its formats.

    Returns:
        file_id -> field -> order, where it is not plain ISO. ISO stands when it reads all values, or most: those that
        no order decides are then refused one by one; else the one order that reads the most values and is not
        contradicted; a doubt when two orders read the same values as different days.
    """
    filled = {*feed.columns, *feed.constants}
    fields = [
        field
        for field in CANONICAL_FIELDS[feed.kind]
        if (field in TIME_FIELDS or field in DATE_FIELDS) and field in filled and format_word(feed, field) is None
    ]
    if not fields:
        return {}
    missing = [
        exp.func("COUNT_IF", exp.and_(exp.column(field).is_(exp.null()).not_(), _reads(field)["iso"].is_(exp.null())))
        for field in fields
    ]
    listed = exp.select(exp.column("file_id"), *missing).from_("rows").group_by("file_id")
    orders: dict[str, dict[str, DateOrder]] = {}
    counts = rows.query("rows", sql(listed)).fetchall()
    for at, field in enumerate(fields, 1):
        doubtful = [count[0] for count in counts if count[at]]
        for file_id, order in _orders_of(rows, field, doubtful).items() if doubtful else ():
            if order.word != "iso" or order.doubt:
                orders.setdefault(file_id, {})[field] = order
    return orders


def column_orders(rows: DuckDBPyRelation, feed: Feed) -> dict[str, dict[str, DateOrder]]:
    """How each file writes its dates, see :func:`date_orders`, and which of its columns have a decimal comma.

    A decimal comma stands where the values show it and hardly any shows a decimal point; a feed that names a mark is
    believed.
    """
    orders = date_orders(rows, feed)
    filled = {*feed.columns, *feed.constants}
    numbers = (*MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS)
    fields = [field for field in CANONICAL_FIELDS[feed.kind] if field in numbers and field in filled]
    if not fields or {"decimal", "thousands"} & set(feed.formats):
        return orders
    bare = [
        call("regexp_replace", bare_number(exp.column(field)), *literals(rf"^[+-]|({UNIT})$", "", "g")).as_(field)
        for field in fields
    ]
    counted = [
        exp.func("COUNT_IF", call("regexp_full_match", exp.column(field), exp.Literal.string(shapes)))
        for field in fields
        for shapes in (COMMA_SHAPES, POINT_SHAPES)
    ]
    groups = [call("regexp_matches", exp.column(field), exp.Literal.string(r"\..*\.")) for field in fields]
    marked = exp.or_(
        *[call("contains", narrow(exp.column(field)), exp.Literal.string(",")) for field in fields], *groups
    )
    inner = exp.select(exp.column("file_id"), *bare).from_("rows")
    some = rows.query("rows", sql(exp.select(exp.Literal.number(1)).from_("rows").where(marked).limit(1))).fetchall()
    if not some:  # nothing that a decimal comma could explain
        return orders
    counts = exp.select(exp.column("file_id"), *counted).from_(inner.subquery("bare")).group_by("file_id")
    for file_id, *found in rows.query("rows", sql(counts)).fetchall():
        for field, commas, points in zip(fields, found[::2], found[1::2], strict=True):
            if commas and (points or 0) <= _ODD_SHARE * commas:
                orders.setdefault(file_id, {})[field] = DateOrder(COMMA)
    return orders


def _reads(field: str) -> dict[str, exp.Expr]:
    """The value of a column under each format word."""
    first_year = first_year_of(field)
    column = exp.column(field)
    reads = {word: plausible(naive_instant(column, word), first_year) for word in ("iso", *DAY_ORDERS)}
    return reads | {word: plausible(naive_instant(column, word)) for word in EPOCHS}


def _orders_of(rows: DuckDBPyRelation, field: str, file_ids: Sequence[str]) -> dict[str, DateOrder]:
    """The order of one column by file, for files in which ISO does not read every value."""
    reads = _reads(field)
    both = exp.and_(*[reads[word].is_(exp.null()).not_() for word in ("dmy", "mdy")])
    apart = exp.NEQ(this=reads["dmy"].copy(), expression=reads["mdy"].copy())
    first_apart = exp.Filter(this=exp.func("MIN", exp.column(field)), expression=exp.Where(this=apart))
    counts = (
        exp.select(
            exp.column("file_id"),
            first_apart.as_("first_apart"),
            *[exp.Count(this=read.copy()).as_(word) for word, read in reads.items()],
            exp.func("COUNT_IF", both).as_("both"),
            exp.Count(this=exp.Star()).as_("n"),
        )
        .from_("rows")
        .where(exp.column(field).is_(exp.null()).not_(), exp.column("file_id").isin(*file_ids))
        .group_by("file_id")
    )
    names = [*reads, "both", "n"]
    return {
        file_id: _decided(dict(zip(names, found, strict=True)), first_apart)
        for file_id, first_apart, *found in rows.query("rows", sql(counts)).fetchall()
    }


def _decided(found: dict[str, int], first_apart: str | None) -> DateOrder:
    """The order that a column's counts decide.

    Args:
        found: how many values each word reads, `both` day orders read, and `n` there are.
        first_apart: the first value that the day orders read as different days.
    """
    best = max(("ymd", *EPOCHS, "dmy", "mdy"), key=lambda word: found[word])
    if found[best] <= found["iso"]:
        return DateOrder()
    if best not in {"dmy", "mdy"}:
        return DateOrder(best)
    fewer, more = sorted((found["dmy"] - found["both"], found["mdy"] - found["both"]))
    if more > 0 and fewer <= _ODD_SHARE * more:
        return DateOrder(best)
    if first_apart is not None and 2 * found["iso"] >= found["n"]:
        return DateOrder()
    return DateOrder(best, first_apart)


def clock_changes_in(rows: DuckDBPyRelation, field: str, word: str, zone: str) -> tuple[ClockChange, ...]:
    """The changes of clocks in the zone that local times of a column can fall into.

    Nothing is looked at where the zone's clocks do not change; else one pass finds the years of the values, so that
    each is compared with the few changes of those years only.
    """
    if zone in UTC_ZONES or word in EPOCHS or names_zone(word):
        return ()
    changes = clock_changes(zone)
    if not changes:
        return ()
    naive = plausible(naive_instant(exp.column(field), word))
    listed = exp.select(call("year", naive)).from_("rows").distinct()
    years = {year for (year,) in rows.query("rows", listed.sql("duckdb")).fetchall()}
    return tuple(change for change in changes if {change.start.year, change.end.year} & years)
