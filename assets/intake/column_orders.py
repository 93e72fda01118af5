"""How a file writes its dates and numbers, decided for each column from all its values.

Day and month order is never guessed: the feed says it, or the values of the whole file do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass, replace
from functools import reduce
from operator import add

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.expressions import call, literals, narrow, sql
from assets.intake.fields import MONEY_FIELDS, REAL_FIELDS, WHOLE_FIELDS, first_year_of
from assets.intake.instants import (
    DAY_MARKS,
    DAY_ORDERS,
    EPOCHS,
    FIRST_YEAR,
    SERIAL,
    UTC_ZONES,
    YEAR_FIRST_DAY_SECOND,
    ClockChange,
    clock_changes,
    in_order,
    naive_instant,
    names_zone,
    plain_time,
    plausible,
    too_far_ahead,
    usual_text,
    with_century,
)
from assets.intake.numbers import (
    COMMA_SHAPES,
    GROUP_BY_COMMA,
    GROUP_BY_POINT,
    POINT_CURRENCIES,
    POINT_SHAPES,
    TELLING_COMMA_SHAPES,
    TELLING_POINT_SHAPES,
    UNIT,
    bare_number,
)
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed

#: Orders that both read many values are told apart by values that fit one only; a few odd ones are mistakes.
_ODD_SHARE = 0.05

#: The words of a column whose numbers have a decimal comma, a decimal point, or of which nobody can tell where a point
#: could group; and of one with a decimal comma in which nobody can tell where a comma could group.
COMMA, POINT, EITHER, COMMA_OR_GROUPS = "comma", "point", "either", "comma-or-groups"

#: Codes of files whose dates nobody can be sure of: values fit two orders; they do not fit the one that is said.
DOUBTFUL_DATE, OTHER_ORDER = "doubtful-date", "other-date-order"

#: Orders that both read most dates, as different days.
_ALIKE = (("dmy", "mdy"), (YEAR_FIRST_DAY_SECOND, "ymd"))
#: An order that the name of a column says -> the one that its values may show instead.
_OTHER_ORDER = {"dmy": "mdy", "mdy": "dmy", YEAR_FIRST_DAY_SECOND: "ymd"}

_MONTH_NAME = r"[A-Za-z]{3}"
#: A day in digits with a year of two, and the mark between its parts.
_SHORT_YEAR = r"^\d{1,2}([/.-])\d{1,2}[/.-]\d{1,2}(?:\D|$)"
#: Days after a file was received that a year of two digits is not read as, where policy says nothing of them.
_DAYS_AHEAD = 366

#: Points that a decimal comma, or a doubt, could explain.
_POINTS_THAT_GROUP = rf"\..*\.|^\D*{GROUP_BY_POINT}\D*$"


@dataclass(frozen=True)
class DateOrder:
    """How the values of one column write their dates, or their numbers.

    Attributes:
        word: a feed's format word (dmy, mdy, ymd, epoch_s, ...), :data:`SERIAL` or a strptime pattern; ``iso`` when
            that is enough; of numbers :data:`COMMA`, :data:`EITHER` or :data:`COMMA_OR_GROUPS`.
        doubt: a value that fits two orders which disagree, when nothing decides between them, or one that the order
            does not read which the name of its column says.
        unread_marks: marks between digits, as in 26-03-05, for which neither a date with a year of four digits shows
            the order nor one with a year of two that can be in one order only: values of another shape do not.
        doubt_code: of the doubt, if there is one.
    """

    word: str = "iso"
    doubt: str | None = None
    unread_marks: str = ""
    doubt_code: str = DOUBTFUL_DATE


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
        contradicted; a doubt when two orders read the same values as different days. Where the name of the column says
        the order (`<field>_order` of the rows), values that it does not read are what puts it in doubt.
    """
    filled = {*feed.columns, *feed.constants}
    fields = [
        field
        for field in CANONICAL_FIELDS[feed.kind]
        if (field in TIME_FIELDS or field in DATE_FIELDS) and field in filled and format_word(feed, field) is None
    ]
    if not fields:
        return {}
    rows = _usual(rows, fields)
    days_ahead = {field: feed.days_ahead.get(field, _DAYS_AHEAD) for field in fields}
    missing = [exp.func("COUNT_IF", _may_be_no_iso(rows, field)) for field in fields]
    listed = exp.select(exp.column("file_id"), *missing).from_("rows").group_by("file_id")
    orders: dict[str, dict[str, DateOrder]] = {}
    counts = rows.query("rows", sql(listed)).fetchall()
    for at, field in enumerate(fields, 1):
        doubtful = [count[0] for count in counts if count[at]]
        for file_id, order in _orders_of(rows, field, doubtful, days_ahead[field]).items() if doubtful else ():
            if order.word != "iso" or order.doubt:
                orders.setdefault(file_id, {})[field] = order
    return orders


def column_orders(
    rows: DuckDBPyRelation, feed: Feed, native: Callable[[str], Set[str]] = lambda _: frozenset()
) -> dict[str, dict[str, DateOrder]]:
    """How each file writes its dates, see :func:`date_orders`, and its numbers.

    A feed that names a mark is believed. Else the values of a column show its decimal mark, where hardly any shows the
    other one; of amounts that only have values such as 1.200, those of the other columns may show that they are
    thousands (never that they are not: a workbook's numbers have points whatever its texts have).
    A count has no decimals, so that 1.200 is a thousand there. Beside 0.5 or 1,234.50 it has decimals. Where nothing
    decides, such values are in doubt, and so are those that outnumber the ones that show the mark, unless one of these
    has both marks or as many decimals; those that the file holds as numbers rather than text never are.

    Args:
        rows: canonical rows of files with the same headers, with file_id.
        feed: its formats.
        native: of a file_id, the numbers such as 1.125 that the file holds as numbers; asked only where it matters.
    """
    orders = date_orders(rows, feed)
    filled = {*feed.columns, *feed.constants}
    numbers = (*MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS)
    fields = [field for field in CANONICAL_FIELDS[feed.kind] if field in numbers and field in filled]
    if not fields or {"decimal", "thousands"} & set(feed.formats):
        return orders
    for file_id, found in _marks(rows, fields).items():
        for field, marks in found.items():
            others = reduce(add, (other for name, other in found.items() if name != field), Marks())
            word = marks.decimal
            if word is None and not marks.in_doubt and marks.commas > marks.points:
                word = COMMA
            if word is None and marks.in_doubt and field not in REAL_FIELDS:
                is_told = not (marks.commas or marks.points) and others.decimal == marks.if_thousands
                word = marks.if_thousands if is_told else EITHER
            if word in {COMMA, POINT} and field not in REAL_FIELDS and marks.outnumber_their_proof(word):
                word = COMMA_OR_GROUPS if word == COMMA else EITHER
            told = word in {COMMA, EITHER, COMMA_OR_GROUPS}
            if word and told and not (marks.by_point and _are_native(rows, file_id, field, native)):
                orders.setdefault(file_id, {})[field] = DateOrder(word)
    return orders


def _may_be_no_iso(rows: DuckDBPyRelation, field: str) -> exp.Expr:
    """Whether ISO does not read a value, or reads one of which the name of the column says another order like ISO's."""
    iso = naive_instant(_plain(field), "iso")
    unread: exp.Expr = plausible(iso, first_year_of(field)).is_(exp.null())
    if f"{field}_order" in rows.columns:
        said = exp.column(f"{field}_order")
        unread = exp.or_(unread, exp.EQ(this=said, expression=exp.Literal.string(YEAR_FIRST_DAY_SECOND)))
    return exp.and_(exp.column(field).is_(exp.null()).not_(), unread)


@dataclass(frozen=True)
class Marks:
    """How many numbers of a column show their decimal mark, and how many could have either.

    Attributes:
        commas: those that only a decimal comma explains.
        points: those that only a decimal point explains.
        by_point: such as 1.200.
        by_comma: such as 1,200.
        telling_commas: those of the commas with three decimals or more, or both marks.
        telling_points: those of the points with three decimals or more, or both marks.
    """

    commas: int = 0
    points: int = 0
    by_point: int = 0
    by_comma: int = 0
    telling_commas: int = 0
    telling_points: int = 0

    def __add__(self, other: Marks) -> Marks:
        """The marks of both columns."""
        return Marks(*map(add, astuple(self), astuple(other)))

    @property
    def in_doubt(self) -> int:
        """Numbers whose mark can be told from others only."""
        return self.by_point + self.by_comma

    def outnumber_their_proof(self, decimal: str) -> bool:
        """Whether more numbers could have either mark than show this one, and hardly any shows it beyond doubt."""
        odd, shown, telling = (
            (self.by_comma, self.commas, self.telling_commas)
            if decimal == COMMA
            else (self.by_point, self.points, self.telling_points)
        )
        return odd > shown and (telling == 0 or telling < _ODD_SHARE * odd)

    @property
    def if_thousands(self) -> str:
        """The decimal mark if all numbers that could have either are thousands."""
        return {(True, False): COMMA, (False, True): POINT}.get((self.by_point > 0, self.by_comma > 0), EITHER)

    @property
    def decimal(self) -> str | None:
        """The mark that the values show, if they agree; a few odd ones decide neither against it nor over many."""
        if self.commas and self.points <= _ODD_SHARE * self.commas and _ODD_SHARE * self.by_comma <= self.commas:
            return COMMA
        if self.points and self.commas <= _ODD_SHARE * self.points and _ODD_SHARE * self.by_point <= self.points:
            return POINT
        return None


def _marks(rows: DuckDBPyRelation, fields: Sequence[str]) -> dict[str, dict[str, Marks]]:
    """The marks of each number column by file; nothing where no value could have a decimal comma."""
    marked = exp.or_(
        *[call("contains", narrow(exp.column(field)), exp.Literal.string(",")) for field in fields],
        *[call("regexp_matches", exp.column(field), exp.Literal.string(_POINTS_THAT_GROUP)) for field in fields],
    )
    some = rows.query("rows", sql(exp.select(exp.Literal.number(1)).from_("rows").where(marked).limit(1))).fetchall()
    if not some:
        return {}
    bare = [
        call("regexp_replace", bare_number(exp.column(field)), *literals(rf"^[+-]|({UNIT})$", "", "g")).as_(field)
        for field in fields
    ]
    told = [
        call("regexp_matches", narrow(exp.column(field)), *literals(POINT_CURRENCIES, "i")).as_(f"{field}_currency")
        for field in fields
    ]
    counted: list[exp.Expr] = []
    for field in fields:
        commas, points, by_point, by_comma, *telling = (
            call("regexp_full_match", exp.column(field), exp.Literal.string(shapes))
            for shapes in (
                COMMA_SHAPES, POINT_SHAPES, GROUP_BY_POINT, GROUP_BY_COMMA, TELLING_COMMA_SHAPES,
                TELLING_POINT_SHAPES,
            )
        )  # fmt: skip
        points = exp.or_(points, exp.and_(by_comma.copy(), exp.column(f"{field}_currency")))
        if field in WHOLE_FIELDS:
            commas, points = exp.or_(commas, by_point.copy()), exp.or_(points, by_comma.copy())
        counted += [exp.func("COUNT_IF", test) for test in (commas, points, by_point, by_comma, *telling)]
    inner = exp.select(exp.column("file_id"), *bare, *told).from_("rows")
    counts = exp.select(exp.column("file_id"), *counted).from_(inner.subquery("bare")).group_by("file_id")
    of_each = len(counted) // len(fields)
    return {
        file_id: {
            field: Marks(*[count or 0 for count in found[of_each * at : of_each * (at + 1)]])
            for at, field in enumerate(fields)
        }
        for file_id, *found in rows.query("rows", sql(counts)).fetchall()
    }


def _are_native(rows: DuckDBPyRelation, file_id: str, field: str, native: Callable[[str], Set[str]]) -> bool:
    """Whether the file holds all values of a column such as 1.125 as numbers, which have a point for decimals."""
    bare = bare_number(exp.column(field))
    shaped = call("regexp_full_match", bare, exp.Literal.string(f"[+-]?{GROUP_BY_POINT}"))
    mine = exp.EQ(this=exp.column("file_id"), expression=exp.Literal.string(file_id))
    listed = exp.select(call("ltrim", bare.copy(), exp.Literal.string("+-"))).from_("rows").where(mine, shaped)
    written = {text for (text,) in rows.query("rows", sql(listed.distinct())).fetchall()}
    return bool(written) and written <= native(file_id)


def _usual(rows: DuckDBPyRelation, fields: Sequence[str]) -> DuckDBPyRelation:
    """The rows with the texts of dates and times as they are read, as ``<field>_usual``."""
    usual = [usual_text(exp.column(field), "iso").as_(f"{field}_usual") for field in fields]
    return rows.project(", ".join(["*", *map(sql, usual)]))


def _plain(field: str) -> exp.Expr:
    return plain_time(exp.column(f"{field}_usual"), "iso")


def _naive(field: str, words: Iterable[str]) -> list[exp.Expr]:
    """What each format word makes of the plain text of a column, as ``naive_<word>``."""
    return [naive_instant(exp.column(f"{field}_bare"), word).as_(f"naive_{word}") for word in words]


def _reads(field: str, words: Iterable[str]) -> dict[str, exp.Expr]:
    """The value of a column under each format word, from the columns of :func:`_naive`."""
    reads: dict[str, exp.Expr] = {}
    for word in words:
        # of years of two digits only a month's name tells which part is the day
        first_year = FIRST_YEAR if word in {*EPOCHS, YEAR_FIRST_DAY_SECOND} else first_year_of(field)
        naive = exp.column(f"naive_{word}")
        reads[word] = plausible(naive, first_year)
        if word in {"dmy", "mdy"}:
            named = call("regexp_matches", exp.column(f"{field}_usual"), exp.Literal.string(_MONTH_NAME))
            short = plausible(with_century(naive, word, field), first_year)
            reads[word] = exp.Case(ifs=[exp.If(this=named, true=short)], default=reads[word])
    return reads


def _orders_of(rows: DuckDBPyRelation, field: str, file_ids: Sequence[str], days_ahead: int) -> dict[str, DateOrder]:
    """The order of one column by file, for files in which ISO does not read every value."""
    words = ["iso", SERIAL, *DAY_ORDERS, *EPOCHS]
    if f"{field}_order" in rows.columns:
        words.append(YEAR_FIRST_DAY_SECOND)
    mine = exp.and_(exp.column(field).is_(exp.null()).not_(), exp.column("file_id").isin(*file_ids))
    all_filled = filled = rows.filter(sql(mine))
    is_short = call("regexp_matches", exp.column(f"{field}_usual"), exp.Literal.string(_SHORT_YEAR))
    # step by step: the engine would read a value again wherever it is asked for
    for columns in (
        [_plain(field).as_(f"{field}_bare")],
        _naive(field, words),
        [read.as_(f"read_{word}") for word, read in _reads(field, words).items()],
    ):
        filled = filled.project(", ".join(["*", *map(sql, columns)]))
    reads = {word: exp.column(f"read_{word}") for word in words}
    apart = exp.NEQ(this=reads["dmy"], expression=reads["mdy"])
    pairs = [(one, other) for one, other in _ALIKE if one in reads]
    only = {
        word: exp.and_(exp.not_(reads[word].is_(exp.null())), reads[than].is_(exp.null()))
        for one, other in pairs
        for word, than in ((one, other), (other, one))
    }
    firsts = {"apart": apart, **only}
    counts = (
        exp.select(
            exp.column("file_id"),
            _said_of_all(rows, field).as_("said"),
            *[_first(field, test).as_(f"first_{name}") for name, test in firsts.items()],
            *[exp.Count(this=read.copy()).as_(word) for word, read in reads.items()],
            *[exp.func("COUNT_IF", test.copy()).as_(f"only_{word}") for word, test in only.items()],
            *[_long_years(field, mark).as_(f"long_{at}") for at, mark in enumerate(DAY_MARKS)],
            exp.func("COUNT_IF", is_short).as_("short"),
            exp.Count(this=exp.Star()).as_("n"),
        )
        .from_("rows")
        .group_by("file_id")
    )
    names = [*reads, *[f"only_{word}" for word in only], *DAY_MARKS, "short", "n"]
    orders: dict[str, DateOrder] = {}
    shortened: set[str] = set()
    for file_id, said, *found in filled.query("rows", sql(counts)).fetchall():
        texts, numbers = dict(zip(firsts, found, strict=False)), dict(zip(names, found[len(firsts) :], strict=True))
        order = orders[file_id] = _decided(numbers, texts, said)
        is_open = order.word == "iso" and texts["apart"] is None
        if numbers["short"] and order.doubt is None and (is_open or order.unread_marks):
            shortened.add(file_id)
    if shortened:
        is_one = exp.column("file_id").isin(*sorted(shortened))
        few = all_filled.filter(sql(exp.and_(is_one, is_short)))
        for file_id, said_by_marks in _orders_of_short_years(few, field, days_ahead).items():
            orders[file_id] = _with_short_years(orders[file_id], said_by_marks)
    return orders


def _orders_of_short_years(rows: DuckDBPyRelation, field: str, days_ahead: int) -> dict[str, dict[str, str]]:
    """By file and mark the one order in which its dates with years of two digits can be; undecided ones are left out.

    In three orders most of them are days of some year: one that none of the others allows decides, unless some values
    allow another order only. What lies too far ahead is no reading of a date.
    """
    reads: dict[str, exp.Expr] = {}
    for word in DAY_ORDERS:
        day = plausible(with_century(exp.column(f"naive_{word}"), word, field), first_year_of(field))
        reads[word] = exp.and_(
            exp.not_(exp.Paren(this=day).is_(exp.null())),
            exp.not_(too_far_ahead(day, exp.column("received_at"), days_ahead)),
        )
    for columns in (
        [_plain(field).as_(f"{field}_bare")],
        [in_order(exp.column(f"{field}_bare"), word).as_(f"naive_{word}") for word in DAY_ORDERS],
        [read.as_(f"reads_{word}") for word, read in reads.items()],
    ):
        rows = rows.project(", ".join(["*", *map(sql, columns)]))
    pairs = [(one, other) for one in DAY_ORDERS for other in DAY_ORDERS if one != other]
    only = [
        exp.func("COUNT_IF", exp.and_(exp.column(f"reads_{one}"), exp.not_(exp.column(f"reads_{other}"))))
        for one, other in pairs
    ]
    mark = call("regexp_extract", exp.column(f"{field}_usual"), exp.Literal.string(_SHORT_YEAR), exp.Literal.number(1))
    counts = exp.select(exp.column("file_id"), mark.as_("mark"), *only).from_("rows").group_by("file_id", "mark")
    decided: dict[str, dict[str, str]] = {}
    for file_id, sign, *found in rows.query("rows", sql(counts)).fetchall():
        more = dict(zip(pairs, found, strict=True))
        for word in DAY_ORDERS:
            others = [other for other in DAY_ORDERS if other != word]
            if all(more[word, other] and more[other, word] <= _ODD_SHARE * more[word, other] for other in others):
                decided.setdefault(file_id, {})[sign] = word
    return decided


def _with_short_years(order: DateOrder, by_marks: Mapping[str, str]) -> DateOrder:
    """An order, by which years of two digits are read as well where they are in the same one."""
    words = sorted(set(by_marks.values()))
    if order.word == "iso" and len(words) == 1:
        return DateOrder(words[0], unread_marks="".join(mark for mark in DAY_MARKS if mark not in by_marks))
    unread = "".join(mark for mark in order.unread_marks if by_marks.get(mark) != order.word)
    return replace(order, unread_marks=unread)


def _first(field: str, test: exp.Expr) -> exp.Expr:
    """The first value of a column of which something is so."""
    return exp.Filter(this=exp.func("MIN", exp.column(field)), expression=exp.Where(this=test.copy()))


def _said_of_all(rows: DuckDBPyRelation, field: str) -> exp.Expr:
    """The order that the names say of the columns from which the values of a file are taken, if all say the same."""
    if f"{field}_order" not in rows.columns:
        return exp.cast(exp.null(), "VARCHAR")
    order = exp.column(f"{field}_order")
    least, most = exp.func("MIN", order), exp.func("MAX", order.copy())
    is_said = exp.EQ(this=exp.Count(this=order.copy()), expression=exp.Count(this=exp.Star()))
    agreed = exp.and_(is_said, exp.EQ(this=least, expression=most))
    return exp.Case(ifs=[exp.If(this=agreed, true=least.copy())])


def _long_years(field: str, mark: str) -> exp.Expr:
    """How many dates have a year of four digits and this mark between their parts."""
    shape = rf"(\d{{1,2}}\{mark}\d{{1,2}}\{mark}\d{{4}}|\d{{4}}\{mark}\d{{1,2}}\{mark}\d{{1,2}})(\D|$)"
    return exp.func("COUNT_IF", call("regexp_matches", exp.column(f"{field}_usual"), exp.Literal.string(f"^{shape}")))


def _decided(found: dict[str, int], firsts: Mapping[str, str | None], said: str | None) -> DateOrder:
    """The order that a column's counts decide, else its name.

    Args:
        found: how many values each word reads, which of two orders it alone reads (`only_dmy`), have a year of four
            digits by their mark, and `n` there are.
        firsts: the first value that the day orders read as different days (`apart`), and the first that only one reads.
        said: the order that the name of the column says.
    """
    unread = "".join(mark for mark in DAY_MARKS if not found[mark])
    best = max((SERIAL, "ymd", *EPOCHS, "dmy", "mdy"), key=lambda word: found[word])
    if said in _OTHER_ORDER:
        other = _OTHER_ORDER[said]
        if found[f"only_{other}"] > _ODD_SHARE * found[f"only_{said}"]:
            return DateOrder(said, firsts[other], doubt_code=OTHER_ORDER)
    if said is not None and found[said] >= found[best]:
        return DateOrder(said)
    if found[best] <= found["iso"]:
        return DateOrder()
    if best not in {"dmy", "mdy"}:
        return DateOrder(best, unread_marks=unread if best == "ymd" else "")
    fewer, more = sorted((found["only_dmy"], found["only_mdy"]))
    if more > 0 and fewer <= _ODD_SHARE * more:
        return DateOrder(best, unread_marks=unread)
    if firsts["apart"] is not None and 2 * found["iso"] >= found["n"]:
        return DateOrder()
    return DateOrder(best, firsts["apart"], unread)


def clock_changes_in(rows: DuckDBPyRelation, field: str, word: str, zone: str) -> tuple[ClockChange, ...]:
    """The changes of clocks in the zone that local times of a column, its ``<field>_naive``, can fall into.

    Nothing is looked at where the zone's clocks do not change; else one pass finds the years of the values, so that
    each is compared with the few changes of those years only.
    """
    if zone in UTC_ZONES or word in EPOCHS or names_zone(word):
        return ()
    changes = clock_changes(zone)
    if not changes:
        return ()
    naive = plausible(exp.column(f"{field}_naive"))
    listed = exp.select(call("year", naive)).from_("rows").distinct()
    years = {year for (year,) in rows.query("rows", listed.sql("duckdb")).fetchall()}
    return tuple(change for change in changes if {change.start.year, change.end.year} & years)
