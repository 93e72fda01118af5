"""From canonical text to typed values: instants in UTC, dates, decimals.

A value that cannot be read becomes null here; its text stays beside it (`<field>_text`), so that the row rules can
say what was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.canonical import FILE_COLUMNS
from assets.intake.column_orders import COMMA, COMMA_OR_GROUPS, EITHER, DateOrder, format_word
from assets.intake.expressions import call, sql, try_cast
from assets.intake.fields import MONEY_FIELDS, PRICED_FIELDS, REAL_FIELDS, REVENUE, WHOLE_FIELDS, first_year_of, type_of
from assets.intake.instants import (
    DAY_ORDERS,
    DOUBTFUL,
    FUTURE,
    SERIAL,
    UNREAD_CLOCK,
    UTC_ZONES,
    Clocks,
    day,
    in_utc,
    naive_instant,
    plain_time,
    serial_mark,
    too_far_ahead,
    usual_text,
    with_century,
)
from assets.intake.numbers import (
    DOUBTFUL_NUMBER,
    NOT_WHOLE,
    bare_number,
    cell_currency,
    currency_code,
    held,
    is_multiplied,
    is_normalised,
    may_be_thousands,
    number,
)
from assets.intake.row_zones import timed
from assets.intake.telephones import DIALLING_CODE
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed


def typed_rows(
    rows: DuckDBPyRelation,
    feed: Feed,
    zone: str,
    orders: Mapping[str, DateOrder] | None = None,
    base_currency: str = "",
    clocks: Clocks = Clocks(),  # noqa: B008 - immutable
) -> DuckDBPyRelation:
    """Canonical rows with their dates, times and numbers typed.

    Args:
        rows: from :func:`assets.intake.canonical.canonical_rows`.
        feed: formats, how far ahead a date or time may lie, and which field says since when a row is known.
        zone: the business zone, for values of which neither the row, the column's name nor the feed says one.
        orders: how the columns without a format write their dates, where it is not ISO.
        base_currency: of the business, for signs that several currencies share.
        clocks: how local times are read that a change of clocks makes doubtful.

    Returns:
        The rows, each typed field with its text beside it as ``<field>_text``, each date and time with
        ``<field>_clock`` (the mark of a doubtful local time, of one too far ahead or of a spreadsheet's day, else
        null), each amount and count with ``<field>_doubt`` (the code of one that can be read in two ways, or that is no
        whole number, else null), with ``<field>_normalised`` (whether a unit or a dash stood behind it) and, where the
        rows have ``<field>_times``, with ``<field>_multiplied``, the revenue
        with ``annual_revenue_currency`` (as its cell names it), the currency as its code with ``currency_text``, and
        ``known_time`` (null when the feed names no such field).
    """
    orders = orders or {}
    # read once, and named: the engine would read a value again wherever it stands in a CASE
    words = {
        field: format_word(feed, field) or orders.get(field, DateOrder()).word
        for field in CANONICAL_FIELDS[feed.kind]
        if field in TIME_FIELDS or field in DATE_FIELDS
    }
    usual = [usual_text(exp.column(field), word).as_(f"{field}_usual") for field, word in words.items()]
    plain = [plain_time(exp.column(f"{field}_usual"), word).as_(f"{field}_bare") for field, word in words.items()]
    moments = [naive_instant(exp.column(f"{field}_bare"), word).as_(f"{field}_naive") for field, word in words.items()]
    filled = {*feed.columns, *feed.constants}
    bare = [
        bare_number(exp.column(field)).as_(f"{field}_bare")
        for field in CANONICAL_FIELDS[feed.kind]
        if field in filled and field in (*MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS)
    ]
    priced = [field for field in PRICED_FIELDS if field in CANONICAL_FIELDS[feed.kind] and field in filled]
    named = [*priced, *([REVENUE] if REVENUE in CANONICAL_FIELDS[feed.kind] and REVENUE in filled else [])]
    within = [cell_currency(exp.column(field), base_currency).as_(f"{field}_currency") for field in named]
    times = {
        field: exp.column(f"{field}_times")
        for field in (*MONEY_FIELDS, *WHOLE_FIELDS)
        if f"{field}_times" in rows.columns
    }
    rows = rows.project(", ".join(["*", *map(sql, [*usual, *bare, *within])]))
    rows = rows.project(", ".join(["*", *map(sql, plain)]))
    rows = rows.project(", ".join(["*", *map(sql, moments)]))
    zone = feed.formats.get("timezone", zone)
    said, thousands = feed.formats.get("decimal", "."), feed.formats.get("thousands")
    exact = [
        number(exp.column(f"{field}_bare"), "DOUBLE", _decimal(orders, field, said), thousands, times.get(field)).as_(
            f"{field}_exact"
        )
        for field in WHOLE_FIELDS
        if field in CANONICAL_FIELDS[feed.kind] and field in filled
    ]
    centuries = [
        with_century(
            exp.column(f"{field}_naive"),
            word,
            field,
            exp.column(f"{field}_usual"),
            orders.get(field, DateOrder()).unread_marks,
        ).as_(f"{field}_naive")
        for field, word in words.items()
        if word in DAY_ORDERS
    ]
    rows = rows.project(", ".join([exp.Star(**{"replace": centuries}).sql("duckdb"), *map(sql, exact)]))
    currency = currency_code(exp.column("currency"), feed.constants.get("country"), base_currency)
    selects: list[exp.Expr] = [exp.column(name) for name in FILE_COLUMNS if name in rows.columns]
    selects += [exp.column(DIALLING_CODE)] if DIALLING_CODE in rows.columns else []
    selects += [
        exp.column(name) for name in ("line_no", "problem", "detail", "attributes", "source_key", "content_hash")
    ]
    for field in CANONICAL_FIELDS[feed.kind]:
        column: exp.Expr = exp.column(field)
        mark: exp.Expr = exp.cast(exp.null(), "VARCHAR")
        typed: exp.Expr | None = None
        decimal = _decimal(orders, field, said)
        if type_of(field) != "VARCHAR" and field not in filled:  # nothing to read: spare the engine the work
            typed = exp.cast(exp.null(), type_of(field))
        elif field in TIME_FIELDS or field in DATE_FIELDS:
            word, naive = words[field], exp.column(f"{field}_naive")
            if field in TIME_FIELDS:
                times_of_field = timed(rows, field, word, zone, clocks)
                typed, mark = times_of_field.moment, times_of_field.mark
            else:
                typed = day(exp.column(f"{field}_usual"), naive, word, zone, first_year_of(field))
            if f"{field}_with_clock" in rows.columns:
                with_clock = exp.column(f"{field}_with_clock")
                is_known = exp.not_(exp.or_(with_clock.is_(exp.null()), typed.copy().is_(exp.null())))
                mark = exp.func(
                    "COALESCE", mark, exp.Case(ifs=[exp.If(this=is_known, true=exp.Literal.string(UNREAD_CLOCK))])
                )
                column = exp.func("COALESCE", with_clock.copy(), column)
            if word == SERIAL:
                mark = exp.func("COALESCE", mark, serial_mark(column, naive, first_year_of(field)))
        elif field in MONEY_FIELDS:
            typed = number(exp.column(f"{field}_bare"), "DECIMAL(18,2)", decimal, thousands, times.get(field))
            if field in feed.max_values:
                typed = held(typed, exp.column(f"{field}_bare"), "DECIMAL(18,2)")
            if field in priced and "currency" in filled:  # another currency than the one beside it: which is meant?
                beside, inside = currency.copy(), exp.column(f"{field}_currency")
                is_code = exp.EQ(this=exp.Length(this=inside.copy()), expression=exp.Literal.number(3))
                other = exp.and_(exp.NEQ(this=beside, expression=inside), is_code)
                typed = exp.Case(
                    ifs=[exp.If(this=other, true=exp.cast(exp.null(), "DECIMAL(18,2)"))],
                    default=typed,
                )
        elif field in WHOLE_FIELDS:
            typed = try_cast(exp.func("ROUND", exp.column(f"{field}_exact")), "BIGINT")
            if field in feed.max_values:
                typed = held(typed, exp.column(f"{field}_bare"), "BIGINT")
        elif field in REAL_FIELDS:
            type_ = "DECIMAL(18,6)" if field == "rate_to_base" else "DOUBLE"
            typed = number(exp.column(f"{field}_bare"), type_, decimal, thousands, has_units=False)
        if typed is None:
            if field == "currency":
                selects.append(column.copy().as_("currency_text"))
                column = exp.func("COALESCE", currency, *[exp.column(f"{name}_currency") for name in priced])
            selects.append(column.as_(field))
            continue
        if field in filled and field in (*MONEY_FIELDS, *WHOLE_FIELDS):
            doubt = _doubt(field, orders.get(field, DateOrder()).word)
            selects.append(doubt.as_(f"{field}_doubt"))
            typed = exp.Case(ifs=[exp.If(this=doubt.copy().is_(exp.null()), true=typed)])
        selects += [typed.as_(field), column.copy().as_(f"{field}_text")]
        if field == REVENUE and field in named:
            selects.append(exp.column(f"{field}_currency"))
        if field in filled and field in (*MONEY_FIELDS, *WHOLE_FIELDS):
            selects.append(is_normalised(column, exp.column(f"{field}_bare")).as_(f"{field}_normalised"))
        if field in times:
            selects.append(is_multiplied(exp.column(f"{field}_bare"), times[field].copy()).as_(f"{field}_multiplied"))
        if field in TIME_FIELDS or field in DATE_FIELDS:
            selects.append(mark.as_(f"{field}_clock"))
    selected = rows.project(", ".join(sql(select) for select in selects))
    dated = [
        field for field in CANONICAL_FIELDS[feed.kind] if field in filled and field in (*TIME_FIELDS, *DATE_FIELDS)
    ]
    taken = _taken(selected, feed, dated, zone)
    return taken.project(", ".join(["*", sql(_known_time(feed, zone).as_("known_time"))]))


def _decimal(orders: Mapping[str, DateOrder], field: str, said: str) -> str:
    """The decimal mark of a column: what its values show, else what the feed says."""
    return "," if orders.get(field, DateOrder()).word in {COMMA, COMMA_OR_GROUPS} else said


def _doubt(field: str, word: str) -> exp.Expr:
    """The code of an amount or count that is not taken: it can be read in two ways, or is not whole; else null."""
    found = exp.Case()
    if word in {EITHER, COMMA_OR_GROUPS}:
        either = may_be_thousands(exp.column(f"{field}_bare"), "," if word == COMMA_OR_GROUPS else ".")
        found = found.when(either, exp.Literal.string(DOUBTFUL_NUMBER))
    if field in WHOLE_FIELDS:
        value = exp.column(f"{field}_exact")
        beside = exp.func("ABS", exp.Sub(this=value, expression=exp.func("ROUND", value.copy())))
        found = found.when(exp.GT(this=beside, expression=exp.Literal.number("1e-6")), exp.Literal.string(NOT_WHOLE))
    return exp.cast(found if found.args.get("ifs") else exp.null(), "VARCHAR")


def _unread_clock(field: str, typed: exp.Expr) -> exp.Expr:
    """The mark of a day beside which a time of day stands that is not read; null for all others."""
    with_clock = exp.column(f"{field}_with_clock")
    is_day = exp.and_(exp.not_(with_clock.is_(exp.null())), exp.not_(exp.Paren(this=typed.copy()).is_(exp.null())))
    return exp.Case(ifs=[exp.If(this=is_day, true=exp.Literal.string(UNREAD_CLOCK))])


def _known_time(feed: Feed, zone: str) -> exp.Expr:
    """Since when a row is known, by the field that its feed names; null where it names none."""
    received = feed.received
    known: exp.Expr = exp.cast(exp.column(received) if received else exp.null(), "TIMESTAMP")
    if received in DATE_FIELDS and zone not in UTC_ZONES:  # known from when the day begins there
        known = in_utc(call("timezone", exp.Literal.string(zone), known))
    return known


def _taken(rows: DuckDBPyRelation, feed: Feed, dated: Sequence[str], zone: str) -> DuckDBPyRelation:
    """The rows without the dates and times that are not taken, which keep their marks.

    How far ahead they lie is measured from when the row was received or known, whichever is later: in a history that
    is played through, all of a row happened before the row was known.
    """
    told: exp.Expr = exp.column("received_at")
    if feed.received in feed.days_ahead:
        known = _known_time(feed, zone)
        ahead = too_far_ahead(known, told, feed.days_ahead[feed.received])
        told = exp.func("GREATEST", told, exp.Case(ifs=[exp.If(this=exp.not_(ahead), true=known.copy())]))
    changed: list[exp.Expr] = []
    for field in dated:
        value, mark = exp.column(field), exp.column(f"{field}_clock")
        not_taken: exp.Expr = exp.EQ(this=mark.copy(), expression=exp.Literal.string(DOUBTFUL))
        if field in feed.days_ahead:
            since = exp.column("received_at") if field == feed.received else told
            ahead = too_far_ahead(value, since, feed.days_ahead[field])
            mark_of = exp.Case(ifs=[exp.If(this=ahead, true=exp.Literal.string(FUTURE))], default=mark)
            changed.append(mark_of.as_(f"{field}_clock"))
            not_taken = exp.or_(ahead.copy(), not_taken)
        elif field in DATE_FIELDS:
            continue
        doubted = exp.func("COALESCE", not_taken, exp.false())
        changed.append(exp.Case(ifs=[exp.If(this=exp.not_(doubted), true=value)]).as_(field))
    return rows.project(exp.Star(**{"replace": changed}).sql("duckdb")) if changed else rows
