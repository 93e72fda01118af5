"""From canonical text to typed values: instants in UTC, dates, decimals - and how a file writes its dates.

A value that cannot be read becomes null here; its text stays beside it (`<field>_text`), so that the row rules can
say what was wrong. Day and month order is never guessed: the feed says it, or the values of the whole file do.

A local time that a change of clocks repeats (autumn) is read as the earlier of the two; one that it skips (spring)
is shifted forward by as much as the clocks were. Both are marked, by :data:`AMBIGUOUS` and :data:`NONEXISTENT`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.canonical import FILE_COLUMNS
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed

#: Day part of a date by the order of its parts, as strptime patterns.
_DAY_ORDERS: dict[str, tuple[str, ...]] = {
    "dmy": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    "mdy": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y", "%b %d, %Y", "%B %d, %Y"),
    "ymd": ("%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y%m%d"),
}
_CLOCKS = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")

#: A zone behind a time of day: Z, UTC, +08, +0800, +08:00.
_ZONE = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"

#: Outside of these years an instant or a date is a placeholder (1970-01-01, 0001-01-01, 9999-12-31), not a fact.
#: People were born before computers counted seconds, so dates may be older than instants.
FIRST_YEAR, FIRST_DATE_YEAR, LAST_YEAR = 1971, 1901, 2199

#: Marks on local times that a change of clocks makes doubtful.
AMBIGUOUS, NONEXISTENT = "ambiguous-local-time", "nonexistent-local-time"

MONEY_FIELDS = ("annual_revenue", "budget_amount", "amount", "price")
WHOLE_FIELDS = ("employee_count", "capacity")
REAL_FIELDS = ("dwell_seconds", "duration_minutes", "influence", "stance", "margin_rate", "rate_to_base")

#: Orders that both read many values are told apart by values that fit one only; a few odd ones are mistakes.
_ODD_SHARE = 0.05

#: Currencies as they stand in cells; a sign that several currencies share names none.
_CURRENCY_WORDS: dict[str, str | None] = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND", "฿": "THB", "₱": "PHP",
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD",
    "R$": "BRL", "NZ$": "NZD", "zł": "PLN", "Kč": "CZK", "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "歐元": "EUR", "港币": "HKD", "港元": "HKD", "港幣": "HKD",
    "日元": "JPY", "日圓": "JPY", "円": "JPY", "英镑": "GBP", "英鎊": "GBP", "新台币": "TWD", "新台幣": "TWD",
    "$": None, "¥": None, "元": None, "圆": None, "圓": None, "块": None, "kr": None,
    **{
        code: code
        for line in (
            "AED ARS AUD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW KZT MXN MYR NGN NOK",
            "NZD PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR",
        )
        for code in line.split()
    },
}  # fmt: skip
_CURRENCY = "|".join(word.replace("$", r"\$") for word in sorted(_CURRENCY_WORDS, key=lambda word: (-len(word), word)))
#: The money field that the currency of a row is about.
_PRICED_FIELDS = ("budget_amount", "amount", "price")

#: Units behind numbers, the longer first.
_UNITS = {
    "百万": 10**6,
    "百萬": 10**6,
    "千万": 10**7,
    "千萬": 10**7,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
}
_UNIT = "|".join(_UNITS)


def _shapes(decimal: str, groups: str) -> str:
    """What only a number with this decimal mark looks like."""
    part, group = "\\" + decimal, "\\" + groups
    return "|".join(
        [
            rf"\d+{part}\d{{1,2}}",
            rf"\d*{part}\d{{4,}}",
            rf"0*{part}\d+",
            rf"\d{{4,}}{part}\d+",
            rf"\d{{1,3}}({group}\d{{3}})+{part}\d+",
            rf"\d{{1,3}}({group}\d{{3}}){{2,}}",
        ]
    )


_COMMA_SHAPES, _POINT_SHAPES = _shapes(",", "."), _shapes(".", ",")
#: The word of a column whose numbers have a decimal comma.
COMMA = "comma"

#: Digits and marks as Chinese and Japanese keyboards write them, and as numbers are read.
_WIDE, _NARROW = "０１２３４５６７８９．，－＋：／年月日￥＄", "0123456789.,-+:/年月日¥$"

_UTC_ZONES = ("UTC", "Etc/UTC", "GMT")
_EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
_EXCEL_DAY_ZERO, _EXCEL_LAST_DAY = datetime(1899, 12, 30, tzinfo=UTC), 2_958_465


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


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _try_cast(value: exp.Expr, type_: str) -> exp.Expr:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(type_, dialect="duckdb"))


def patterns_of(word: str) -> tuple[str, ...]:
    """The strptime patterns of a format word or pattern; none for ISO 8601, which needs no pattern."""
    if word in _DAY_ORDERS:
        return tuple(day + clock for day in _DAY_ORDERS[word] for clock in _CLOCKS)
    return () if word == "iso" or word in _EPOCHS or word == "excel" else (word,)


def naive_instant(text: exp.Expr, word: str) -> exp.Expr:
    """The instant that a text without a zone names, zone left open.

    Args:
        text: a text column.
        word: format word or strptime pattern; ISO 8601 is read beside a word, but not beside a pattern.

    Returns:
        A TIMESTAMP; of epochs and of patterns with a zone (%z) it is in UTC.
    """
    if word in _EPOCHS:
        micros = exp.Mul(this=_try_cast(text, "DOUBLE"), expression=exp.Literal.number(_EPOCHS[word]))
        return _call("make_timestamp", _try_cast(micros, "BIGINT"))
    if word == "excel":
        # to the second: a day is kept as a fraction, in which a second has no exact value
        days = _try_cast(text, "DOUBLE")
        seconds = exp.cast(exp.func("ROUND", exp.Mul(this=days, expression=exp.Literal.number(86_400))), "BIGINT")
        zero = int((_EXCEL_DAY_ZERO - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        since = exp.Paren(this=exp.Add(this=seconds, expression=exp.Literal.number(zero)))
        moment = _call("make_timestamp", exp.Mul(this=since, expression=exp.Literal.number(1_000_000)))
        within = exp.Between(this=days.copy(), low=exp.Literal.number(0), high=exp.Literal.number(_EXCEL_LAST_DAY))
        return exp.Case(ifs=[exp.If(this=within, true=moment)])
    iso = _try_cast(text, "TIMESTAMP")
    patterns = patterns_of(word)
    if not patterns:
        return iso
    listed = exp.Array(expressions=[exp.Literal.string(pattern) for pattern in patterns])
    parsed = _call("try_strptime", _narrow(text), listed)
    if _names_zone(word):
        return _call("timezone", exp.Literal.string("UTC"), parsed)
    return parsed if word not in _DAY_ORDERS else _call("coalesce", iso, parsed)


def _names_zone(word: str) -> bool:
    return "%z" in word or "%Z" in word


def _narrow(text: exp.Expr) -> exp.Expr:
    return _call("translate", text.copy(), exp.Literal.string(_WIDE), exp.Literal.string(_NARROW))


def _has_zone(text: exp.Expr) -> exp.Expr:
    return _call("regexp_matches", text.copy(), exp.Literal.string(_ZONE))


def _aware(text: exp.Expr) -> exp.Expr:
    """The instant of a value with a zone, also where it stands behind a space, or behind hours and minutes only."""
    written = text
    for pattern, replacement in (
        (r"\s*([Zz]|UTC|GMT)$", "+00"),
        (r"\s+([+-]\d{2}(:?\d{2})?)$", r"\1"),
        (r"([T\s]\d{1,2}:\d{2})([+-]\d{2}(:?\d{2})?)$", r"\1:00\2"),
    ):
        written = _call("regexp_replace", written.copy(), *_literals(pattern, replacement))
    return _call("coalesce", _try_cast(text, "TIMESTAMPTZ"), _try_cast(written, "TIMESTAMPTZ"))


def _in_utc(moment: exp.Expr) -> exp.Expr:
    return _call("timezone", exp.Literal.string("UTC"), moment)


def instant(text: exp.Expr, naive: exp.Expr, word: str, zone: str, changes: Sequence[ClockChange] = ()) -> exp.Expr:
    """The instant in UTC (TIMESTAMP): by the zone in the value, else by `zone`; null for placeholder years.

    Args:
        text: a text column.
        naive: what :func:`naive_instant` makes of it.
        word: format word or strptime pattern.
        zone: IANA name.
        changes: of clocks, that values can fall into; the engine takes repeated times as the later ones, we as the
            earlier.
    """
    if word in _EPOCHS or _names_zone(word):
        return _plausible(naive)
    local = naive
    if zone not in _UTC_ZONES:
        local = _in_utc(_call("timezone", exp.Literal.string(zone), naive))
        repeated = [change for change in changes if change.mark == AMBIGUOUS]
        if repeated:
            earlier = exp.Case(default=local)
            for change in repeated:
                seconds = int((change.end - change.start).total_seconds())
                shift = _call("to_seconds", exp.Literal.number(seconds))
                earlier = earlier.when(_within(naive, change), exp.Sub(this=local.copy(), expression=shift))
            local = earlier
    return _plausible(exp.Case(ifs=[exp.If(this=_has_zone(text), true=_in_utc(_aware(text)))], default=local))


def clock_mark(text: exp.Expr, naive: exp.Expr, word: str, changes: Sequence[ClockChange]) -> exp.Expr:
    """The mark of a local time that a change of clocks repeats or skips; null for all others."""
    if not changes or word in _EPOCHS or _names_zone(word):
        return exp.cast(exp.null(), "VARCHAR")
    marked = exp.Case()
    for change in changes:
        marked = marked.when(_within(naive, change), exp.Literal.string(change.mark))
    return exp.Case(ifs=[exp.If(this=exp.not_(_has_zone(text)), true=marked)])


def _within(naive: exp.Expr, change: ClockChange) -> exp.Expr:
    start, end = (exp.cast(exp.Literal.string(at.isoformat(sep=" ")), "TIMESTAMP") for at in (change.start, change.end))
    return exp.and_(exp.GTE(this=naive.copy(), expression=start), exp.LT(this=naive.copy(), expression=end), copy=False)


def day(text: exp.Expr, word: str, zone: str) -> exp.Expr:
    """The date as written; of an instant in UTC (``...Z``, epochs) the day it was in `zone`."""
    naive = naive_instant(text, word)
    if zone not in _UTC_ZONES:
        utc = _call("timezone", exp.Literal.string("UTC"), naive.copy())
        there = _call("timezone", exp.Literal.string(zone), utc)
        if word in _EPOCHS:
            naive = there
        elif not patterns_of(word):
            is_utc = _call("regexp_matches", text.copy(), exp.Literal.string(r":\d{2}(\.\d+)?[Zz]$"))
            naive = exp.Case(ifs=[exp.If(this=is_utc, true=there)], default=naive)
    return exp.cast(_plausible(naive, FIRST_DATE_YEAR), "DATE")


def _plausible(moment: exp.Expr, first_year: int = FIRST_YEAR) -> exp.Expr:
    year = _call("year", moment)
    within = exp.Between(this=year, low=exp.Literal.number(first_year), high=exp.Literal.number(LAST_YEAR))
    return exp.Case(ifs=[exp.If(this=within, true=moment.copy())])


#: Numbers as most are written: nothing has to be taken off, and seeing that costs a fraction of trying.
_PLAIN_NUMBER = r"-?\d+(\.\d+)?"


def bare_number(text: exp.Expr) -> exp.Expr:
    """A number's text in ASCII digits, without white space, apostrophes and the currency before or behind it."""
    plain = _call("regexp_replace", _narrow(text), *_literals("[\\s\u00a0\u202f'’]", "", "g"))
    front = _call("regexp_replace", plain, *_literals(rf"^([+-]?)(?:{_CURRENCY})([+-]?\d)", r"\1\2", "i"))
    bare = _call("regexp_replace", front, *_literals(rf"([\d.,]|{_UNIT})(?:{_CURRENCY})$", r"\1", "i"))
    is_plain = _call("regexp_full_match", text.copy(), exp.Literal.string(_PLAIN_NUMBER))
    return exp.Case(ifs=[exp.If(this=is_plain, true=text.copy())], default=bare)


def number(bare: exp.Expr, type_: str, decimal: str = ".", thousands: str | None = None) -> exp.Expr:
    """A number written with the feed's decimal mark; grouping is accepted only where it groups by three.

    Args:
        bare: a column of what :func:`bare_number` makes of a text.
        type_: DuckDB type of the result.
        decimal: the decimal mark, ``.`` or ``,``.
        thousands: the grouping mark when the feed names one; otherwise the other one of the two marks.
    """
    groups = thousands or ("," if decimal == "." else ".")
    unit = _call("regexp_extract", bare.copy(), *_literals(f"({_UNIT})$"))
    plain = _call("regexp_replace", bare.copy(), *_literals(f"({_UNIT})$", ""))
    mark, point = "\\" + groups, "\\" + decimal
    grouped = _call("regexp_full_match", plain, exp.Literal.string(rf"[+-]?\d{{1,3}}({mark}\d{{3}})+({point}\d+)?"))
    joined = _call("replace", plain.copy(), *_literals(groups, ""))
    digits: exp.Expr = exp.Case(ifs=[exp.If(this=grouped, true=joined)], default=plain.copy())
    shape = rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d{{1,2}})?"
    shaped = _call("regexp_full_match", digits.copy(), exp.Literal.string(shape))
    if decimal != ".":
        digits = _call("replace", digits.copy(), *_literals(decimal, "."))
    factor = exp.Case()
    for word, times in _UNITS.items():
        factor = factor.when(exp.EQ(this=unit.copy(), expression=exp.Literal.string(word)), exp.Literal.number(times))
    scaled = exp.Mul(this=_try_cast(digits, "DOUBLE"), expression=factor)
    no_unit = exp.EQ(this=unit.copy(), expression=exp.Literal.string(""))
    value = exp.Case(ifs=[exp.If(this=no_unit, true=_try_cast(digits, type_))], default=_try_cast(scaled, type_))
    careful = exp.Case(ifs=[exp.If(this=shaped, true=value)])
    # most numbers are written plainly, and seeing that costs a fraction of the above
    fraction = r"(\.\d+)?" if decimal == "." and groups != "." else ""
    is_plain = _call("regexp_full_match", bare.copy(), exp.Literal.string(rf"-?\d+{fraction}"))
    return exp.Case(ifs=[exp.If(this=is_plain, true=_try_cast(bare, type_))], default=careful)


def cell_currency(text: exp.Expr) -> exp.Expr:
    """The currency that stands in the cell of an amount, as an ISO 4217 code; null where it names none or several."""
    plain = _call("upper", _call("regexp_replace", _narrow(text), *_literals("[\\s\u00a0\u202f'’]", "", "g")))
    around = rf"^[+-]?([^\d.,+-]*)[+-]?[\d.,]*\d[\d.,]*(?:{_UNIT})?([^\d.,+-]*)$"
    signs = [_call("regexp_extract", plain.copy(), *_literals(around), exp.Literal.number(at)) for at in (1, 2)]
    words = exp.Array(expressions=_literals(*[word.upper() for word in _CURRENCY_WORDS]))
    codes = exp.Array(expressions=_literals(*[code or "" for code in _CURRENCY_WORDS.values()]))
    found = _call("list_extract", codes, _call("list_position", words, _call("concat", *signs)))
    is_plain = _call("regexp_full_match", text.copy(), exp.Literal.string(_PLAIN_NUMBER))
    return exp.Case(ifs=[exp.If(this=exp.not_(is_plain), true=exp.func("NULLIF", found, exp.Literal.string("")))])


def _literals(*values: str) -> list[exp.Expr]:
    return [exp.Literal.string(value) for value in values]


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
    counts = rows.query("rows", _sql(listed)).fetchall()
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
        _call("regexp_replace", bare_number(exp.column(field)), *_literals(rf"^[+-]|({_UNIT})$", "", "g")).as_(field)
        for field in fields
    ]
    counted = [
        exp.func("COUNT_IF", _call("regexp_full_match", exp.column(field), exp.Literal.string(shapes)))
        for field in fields
        for shapes in (_COMMA_SHAPES, _POINT_SHAPES)
    ]
    groups = [_call("regexp_matches", exp.column(field), exp.Literal.string(r"\..*\.")) for field in fields]
    marked = exp.or_(
        *[_call("contains", _narrow(exp.column(field)), exp.Literal.string(",")) for field in fields], *groups
    )
    inner = exp.select(exp.column("file_id"), *bare).from_("rows")
    some = rows.query("rows", _sql(exp.select(exp.Literal.number(1)).from_("rows").where(marked).limit(1))).fetchall()
    if not some:  # nothing that a decimal comma could explain
        return orders
    counts = exp.select(exp.column("file_id"), *counted).from_(inner.subquery("bare")).group_by("file_id")
    for file_id, *found in rows.query("rows", _sql(counts)).fetchall():
        for field, commas, points in zip(fields, found[::2], found[1::2], strict=True):
            if commas and (points or 0) <= _ODD_SHARE * commas:
                orders.setdefault(file_id, {})[field] = DateOrder(COMMA)
    return orders


def _reads(field: str) -> dict[str, exp.Expr]:
    """The value of a column under each format word."""
    first_year = FIRST_DATE_YEAR if field in DATE_FIELDS else FIRST_YEAR
    column = exp.column(field)
    reads = {word: _plausible(naive_instant(column, word), first_year) for word in ("iso", *_DAY_ORDERS)}
    return reads | {word: _plausible(naive_instant(column, word)) for word in _EPOCHS}


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
        for file_id, first_apart, *found in rows.query("rows", _sql(counts)).fetchall()
    }


def _decided(found: dict[str, int], first_apart: str | None) -> DateOrder:
    """The order that a column's counts decide.

    Args:
        found: how many values each word reads, `both` day orders read, and `n` there are.
        first_apart: the first value that the day orders read as different days.
    """
    best = max(("ymd", *_EPOCHS, "dmy", "mdy"), key=lambda word: found[word])
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
    if zone in _UTC_ZONES or word in _EPOCHS or _names_zone(word):
        return ()
    changes = clock_changes(zone)
    if not changes:
        return ()
    naive = _plausible(naive_instant(exp.column(field), word))
    listed = exp.select(_call("year", naive)).from_("rows").distinct()
    years = {year for (year,) in rows.query("rows", listed.sql("duckdb")).fetchall()}
    return tuple(change for change in changes if {change.start.year, change.end.year} & years)


def typed_rows(
    rows: DuckDBPyRelation, feed: Feed, zone: str, orders: Mapping[str, DateOrder] | None = None
) -> DuckDBPyRelation:
    """Canonical rows with their dates, times and numbers typed.

    Args:
        rows: from :func:`assets.intake.canonical.canonical_rows`.
        feed: formats, and which field says since when a row is known.
        zone: the business zone, for values that name none when the feed names none either.
        orders: how the columns without a format write their dates, where it is not ISO.

    Returns:
        The rows, each typed field with its text beside it as ``<field>_text``, each time with ``<field>_clock`` (the
        mark of a doubtful local time, else null), and ``known_time`` (null when the feed names no such field).
    """
    orders = orders or {}
    # read once, and named: the engine would read a value again wherever it stands in a CASE
    naive_times = [
        naive_instant(exp.column(field), format_word(feed, field) or orders.get(field, DateOrder()).word).as_(
            f"{field}_naive"
        )
        for field in CANONICAL_FIELDS[feed.kind]
        if field in TIME_FIELDS
    ]
    filled = {*feed.columns, *feed.constants}
    bare = [
        bare_number(exp.column(field)).as_(f"{field}_bare")
        for field in CANONICAL_FIELDS[feed.kind]
        if field in filled and field in (*MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS)
    ]
    priced = [field for field in _PRICED_FIELDS if field in CANONICAL_FIELDS[feed.kind] and field in filled]
    within = [cell_currency(exp.column(field)).as_(f"{field}_currency") for field in priced]
    rows = rows.project(", ".join(["*", *map(_sql, [*naive_times, *bare, *within])]))
    zone = feed.formats.get("timezone", zone)
    said, thousands = feed.formats.get("decimal", "."), feed.formats.get("thousands")
    selects: list[exp.Expr] = [exp.column(name) for name in FILE_COLUMNS if name in rows.columns]
    selects += [
        exp.column(name) for name in ("line_no", "problem", "detail", "attributes", "source_key", "content_hash")
    ]
    for field in CANONICAL_FIELDS[feed.kind]:
        column: exp.Expr = exp.column(field)
        mark: exp.Expr = exp.cast(exp.null(), "VARCHAR")
        typed: exp.Expr | None = None
        decimal = "," if orders.get(field, DateOrder()).word == COMMA else said
        if field in TIME_FIELDS or field in DATE_FIELDS:
            word = format_word(feed, field) or orders.get(field, DateOrder()).word
            if field in TIME_FIELDS:
                changes = clock_changes_in(rows, field, word, zone) if field in filled else ()
                naive = exp.column(f"{field}_naive")
                typed = instant(column, naive, word, zone, changes)
                mark = clock_mark(column, naive, word, changes)
            else:
                typed = day(column, word, zone)
        elif type_of(field) != "VARCHAR" and field not in filled:
            typed = exp.cast(exp.null(), type_of(field))
        elif field in MONEY_FIELDS:
            typed = number(exp.column(f"{field}_bare"), "DECIMAL(18,2)", decimal, thousands)
            if field in priced and "currency" in filled:  # another currency than the one beside it: which is meant?
                beside, inside = exp.func("UPPER", exp.column("currency")), exp.column(f"{field}_currency")
                typed = exp.Case(
                    ifs=[
                        exp.If(this=exp.NEQ(this=beside, expression=inside), true=exp.cast(exp.null(), "DECIMAL(18,2)"))
                    ],
                    default=typed,
                )
        elif field in WHOLE_FIELDS:
            typed = exp.TryCast(
                this=exp.func("ROUND", number(exp.column(f"{field}_bare"), "DOUBLE", decimal, thousands)),
                to=exp.DataType.build("BIGINT"),
            )
        elif field in REAL_FIELDS:
            type_ = "DECIMAL(18,6)" if field == "rate_to_base" else "DOUBLE"
            typed = number(exp.column(f"{field}_bare"), type_, decimal, thousands)
        if typed is None:
            if field == "currency" and priced:
                column = exp.func("COALESCE", column, *[exp.column(f"{name}_currency") for name in priced])
            selects.append(column.as_(field))
            continue
        if field not in filled:  # nothing to read: spare the engine the work
            typed = exp.cast(exp.null(), type_of(field))
        selects += [typed.as_(field), column.copy().as_(f"{field}_text")]
        if field in TIME_FIELDS:
            selects.append(mark.as_(f"{field}_clock"))
    received = feed.received
    known: exp.Expr = exp.cast(exp.column(received) if received else exp.null(), "TIMESTAMP")
    if received in DATE_FIELDS and zone not in _UTC_ZONES:  # known from when the day begins there
        known = _in_utc(_call("timezone", exp.Literal.string(zone), known))
    selected = rows.project(", ".join(_sql(select) for select in selects))
    return selected.project(", ".join(["*", _sql(known.as_("known_time"))]))


def _sql(expression: exp.Expr) -> str:
    return expression.sql("duckdb")


def type_of(field: str) -> str:
    """The DuckDB type of a canonical field."""
    if field in TIME_FIELDS:
        return "TIMESTAMP"
    if field in DATE_FIELDS:
        return "DATE"
    if field in MONEY_FIELDS:
        return "DECIMAL(18,2)"
    if field in WHOLE_FIELDS:
        return "BIGINT"
    if field in REAL_FIELDS:
        return "DECIMAL(18,6)" if field == "rate_to_base" else "DOUBLE"
    return "VARCHAR"


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
