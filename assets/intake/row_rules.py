"""Which rows can be used, and what was put right on those that can: the rules of every kind, as expressions.

The answer to a row is its first failing rule: what is wrong with the line itself, a value it cannot do without, a
value that would be wrong in the sums, a group of required fields with none filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlglot import exp

from assets.intake.fields import MONEY_FIELDS, REAL_FIELDS, REVENUE, WHOLE_FIELDS
from assets.intake.instants import DOUBTFUL, FUTURE, NOT_TAKEN, ZONE_OF_ROW
from assets.intake.numbers import DOLLARS, DOUBTFUL_NUMBER, NOT_WHOLE
from assets.intake.said_nothing import NOTHING_SAID
from assets.intake.telephones import NO_AREA_CODE, NO_COUNTRY
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed, Rule
from sources.currencies import CURRENCIES

#: What a row of each kind cannot do without, beside what its feed requires.
NEEDED: dict[str, tuple[str, ...]] = {
    "leads": (),
    "events": ("event_type", "occurred_at"),
    "opportunities": ("opportunity_ref",),
    "activities": ("activity_type", "occurred_at"),
    "outcomes": (),
    "accounts": ("company",),
    "stakeholders": (),
    "assessments": ("dimension",),
    "reps": ("owner",),
    "products": ("product",),
    "targets": ("period", "amount"),
    "fx_rates": ("date", "currency", "rate_to_base"),
    "reviews": ("record_id_l", "record_id_r"),
}

#: Numbers that make no sense below zero.
NOT_NEGATIVE = (*MONEY_FIELDS, *WHOLE_FIELDS, "dwell_seconds", "duration_minutes", "rate_to_base")

#: Numbers that may be read in two ways, and then are not.
DOUBTED = (*MONEY_FIELDS, *WHOLE_FIELDS)

#: The code of a number above what policy says a field may be.
TOO_LARGE = "number-too-large"

#: Fields that are normalised through a map of distinct values and may be refused by it.
MAPPED_FIELDS = ("email", "phone", "company_code")

#: What the maps of telephones and registry numbers find in numbers such as 1.38E+10.
DIGITS_LOST = "scientific-notation"

REVIEW_DECISIONS = ("same", "different")
OUTCOME_WORDS = ("converted", "won", "lost", "junk", "unreachable")


def _lost(field: str) -> exp.Expr:
    return exp.EQ(this=exp.column(f"{field}_problem"), expression=exp.Literal.string(DIGITS_LOST))


def _bad_code(field: str) -> str:
    return f"bad-{field.replace('_', '-')}"


def mapped_repairs(field: str, rule: Rule) -> list[tuple[exp.Expr, str, str, str]]:
    """The repairs of a field normalised through a map: put right, or left out and why.

    Args:
        field: has `<field>_repair`, `<field>_problem` and `<field>_text` beside it.
        rule: what policy says of it.

    Returns:
        (test, field, code, column of the text) as :func:`repairs` takes them.
    """
    text, problem = f"{field}_text", exp.column(f"{field}_problem")
    other = exp.NEQ(this=problem, expression=exp.Literal.string(DIGITS_LOST))
    mended = "not-mended" if rule == "null" else f"{field.replace('_', '-')}-normalised"
    put_right = [(_filled(f"{field}_repair"), field, mended, text)]
    if field == "phone" and rule != "null":
        part = exp.func("SPLIT_PART", exp.column("phone_repair"), exp.Literal.string("+"), exp.Literal.number(-1))
        is_part = part.isin(NO_COUNTRY, NO_AREA_CODE)
        put_right = [
            (exp.not_(is_part), field, mended, text),
            (is_part.copy(), field, "phone-without-country", text),
        ]
    return [
        *put_right,
        (_lost(field), field, "digits-lost", text),
        (other, field, _bad_code(field), text),
    ]


def currency_repairs() -> list[tuple[exp.Expr, str, str, str]]:
    """The repairs of currencies: written as a code, or kept though no currency is known by it.

    It is kept since an amount without a currency counts as one in that of the business.
    """
    known = exp.column("currency").isin(*sorted(CURRENCIES))
    changed = exp.NEQ(this=exp.column("currency"), expression=exp.func("UPPER", exp.column("currency_text")))
    return [
        (exp.and_(changed, known), "currency", "currency-normalised", "currency_text"),
        (exp.not_(known.copy()), "currency", "unknown-currency", "currency"),
    ]


def revenue_repairs(columns: Sequence[str], base_currency: str) -> list[tuple[exp.Expr, str, str, str]]:
    """The repair of a revenue whose cell names another currency than the row's: its number is kept without it.

    Args:
        columns: of the rows; `annual_revenue_currency` tells what its cell names, where there may be one.
        base_currency: of the business, which is that of rows that name none.
    """
    if f"{REVENUE}_currency" not in columns:
        return []
    named = exp.column(f"{REVENUE}_currency")
    told: exp.Expr = exp.Literal.string(base_currency)
    if "currency" in columns:
        told = exp.func("COALESCE", exp.column("currency"), told)
    dollars = exp.and_(exp.EQ(this=named, expression=exp.Literal.string("$")), told.copy().isin(*DOLLARS))
    other = exp.and_(exp.NEQ(this=named.copy(), expression=told), exp.not_(dollars), _filled(REVENUE))
    return [(other, REVENUE, "currency-dropped", f"{REVENUE}_text")]


def multiplied_repairs(columns: Sequence[str], feed: Feed) -> list[tuple[exp.Expr, str, str, str]]:
    """The repairs of amounts and counts that were multiplied as the name of their column, or a unit behind them says.

    Args:
        columns: of the rows; `<field>_multiplied` and `<field>_normalised` tell which fields may have been.
        feed: says which numbers are kept.
    """
    told = (("unit-of-column", "multiplied"), ("number-normalised", "normalised"))
    return [
        (
            exp.and_(exp.column(f"{field}_{test}"), exp.not_(kept_value(field, feed).is_(exp.null()))),
            field,
            code,
            f"{field}_text",
        )
        for field in (*MONEY_FIELDS, *WHOLE_FIELDS)
        for code, test in told
        if f"{field}_{test}" in columns
    ]


def kept_text(field: str, rule: Rule) -> exp.Expr:
    """The value of a field normalised through a map; null where it was put right and policy would rather have none."""
    if rule != "null":
        return exp.column(field)
    return exp.Case(ifs=[exp.If(this=exp.not_(_filled(f"{field}_repair")), true=exp.column(field))])


def typed_fields(kind: str) -> list[str]:
    """Fields of the kind that are not text, and so have their text beside them."""
    types = {*TIME_FIELDS, *DATE_FIELDS, *MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS}
    return [field for field in CANONICAL_FIELDS[kind] if field in types]


def unreadable_code(field: str) -> str:
    """The code of a value that could not be read, by what it should have been."""
    return "bad-date" if field in TIME_FIELDS or field in DATE_FIELDS else "bad-number"


def _is_dated(field: str) -> bool:
    return field in TIME_FIELDS or field in DATE_FIELDS


def _unreadable(field: str) -> exp.Expr:
    unread = exp.and_(exp.column(field).is_(exp.null()), _filled(f"{field}_text"))
    if field in DOUBTED:
        return exp.and_(unread, exp.column(f"{field}_doubt").is_(exp.null()))
    return exp.and_(unread, exp.not_(_is_marked(field, *NOT_TAKEN))) if _is_dated(field) else unread


def _is_marked(field: str, *marks: str) -> exp.Expr:
    """Whether a date or time has one of these marks."""
    mark = exp.func("COALESCE", exp.column(f"{field}_clock"), exp.Literal.string(""))
    return mark.isin(*marks)


def _excess(field: str, most: Decimal) -> exp.Expr:
    return exp.GT(this=exp.column(field), expression=exp.Literal.number(f"{most:f}"))


def _faults(field: str, feed: Feed) -> list[tuple[exp.Expr, str]]:
    """What can be wrong with a number, date or time: (test, code) for each; none of them can be put right."""
    found: list[tuple[exp.Expr, str]] = []
    if _is_dated(field):
        found += [(_is_marked(field, FUTURE), FUTURE)]
    if field in TIME_FIELDS:
        found += [(_is_marked(field, DOUBTFUL), DOUBTFUL)]
    doubts = (DOUBTFUL_NUMBER, NOT_WHOLE) if field in WHOLE_FIELDS else (DOUBTFUL_NUMBER,)
    for code in doubts if field in DOUBTED else ():
        found.append((exp.EQ(this=exp.column(f"{field}_doubt"), expression=exp.Literal.string(code)), code))
    found.append((_unreadable(field), unreadable_code(field)))
    if field in NOT_NEGATIVE:
        found.append((_negative(field), "negative-number"))
    if field in feed.max_values:
        found.append((_excess(field, feed.max_values[field]), TOO_LARGE))
    return found


def _filled(name: str) -> exp.Expr:
    return exp.column(name).is_(exp.null()).not_()


def _negative(field: str) -> exp.Expr:
    return exp.LT(this=exp.column(field), expression=exp.Literal.number(0))


def kept_value(field: str, feed: Feed) -> exp.Expr:
    """The number, date or time, or null where it makes no sense or policy would rather have none than one put right.

    The row then says so in its repairs.
    """
    value: exp.Expr = exp.column(field)
    wrong = [_negative(field)] if field in NOT_NEGATIVE else []
    if field in feed.max_values:
        wrong.append(_excess(field, feed.max_values[field]))
    if wrong:
        value = exp.Case(ifs=[exp.If(this=exp.not_(exp.or_(*wrong)), true=value)])
    if feed.rule(field) == "null" and _is_dated(field):
        is_as_written = exp.or_(exp.not_(_filled(f"{field}_clock")), _is_marked(field, ZONE_OF_ROW))
        value = exp.Case(ifs=[exp.If(this=is_as_written, true=value)])
    return value


def refusals(feed: Feed) -> list[tuple[exp.Expr, str, str, str | None]]:
    """The rules a row can fail, in the order in which the first one answers.

    Returns:
        (test, code, field, column that holds the offending text) for each rule.
    """
    kind = feed.kind
    typed = set(typed_fields(kind))
    rules: list[tuple[exp.Expr, str, str, str | None]] = []
    filled = {*feed.columns, *feed.constants}
    decisive = [field for field in CANONICAL_FIELDS[kind] if field in filled and feed.rule(field) == "reject"]
    for field in dict.fromkeys((*NEEDED[kind], *decisive)):
        if field in MAPPED_FIELDS and field in decisive:
            rules.append((_lost(field), "digits-lost", field, f"{field}_text"))
            rules.append((_filled(f"{field}_problem"), _bad_code(field), field, f"{field}_text"))
        if field in typed:
            rules += [(test, code, field, f"{field}_text") for test, code in _faults(field, feed)]
        if field in NEEDED[kind]:
            rules.append((exp.column(field).is_(exp.null()), "missing-value", field, None))
    if kind == "outcomes":
        known = exp.func("LOWER", exp.column("outcome")).isin(*OUTCOME_WORDS)
        rules.append((exp.and_(_filled("outcome"), exp.not_(known)), "unknown-outcome", "outcome", "outcome"))
    if kind == "reviews":
        known = exp.func("LOWER", exp.column("decision")).isin(*REVIEW_DECISIONS)
        rules.append((exp.and_(_filled("decision"), exp.not_(known)), "unknown-decision", "decision", "decision"))
    for group in feed.require:
        empty = exp.and_(
            *[(kept_value(field, feed) if field in typed else exp.column(field)).is_(exp.null()) for field in group]
        )
        for field in (name for name in group if name in MAPPED_FIELDS):
            rules.append((exp.and_(empty.copy(), _lost(field)), "digits-lost", field, f"{field}_text"))
            wrong = exp.or_(_filled(f"{field}_problem"), _filled(f"{field}_repair"))  # put right, and then left out
            rules.append((exp.and_(empty.copy(), wrong), _bad_code(field), field, f"{field}_text"))
        for field in (name for name in group if name in typed):
            rules += [
                (exp.and_(empty.copy(), test), code, field, f"{field}_text") for test, code in _faults(field, feed)
            ]
            put_right = exp.and_(empty.copy(), _filled(f"{field}_text"))  # and then left out
            rules.append((put_right, unreadable_code(field), field, f"{field}_text"))
        code = "no-contact" if set(group) == {"email", "phone"} else "missing-value"
        rules.append((empty, code, "|".join(group), None))
    return rules


def answers(feed: Feed) -> list[exp.Expr]:
    """The columns `code`, `field` and `offending`: null where the row can be used."""
    rules = refusals(feed)
    broken = _filled("problem")
    tested = exp.EQ(this=exp.column("problem"), expression=exp.Literal.string("test-row"))
    told = [
        exp.Anonymous(this="json_extract_string", expressions=[exp.column("detail"), exp.Literal.string(f"$.{name}")])
        for name in ("field", "value")
    ]
    code = exp.Case(ifs=[exp.If(this=broken, true=exp.column("problem"))])
    field = exp.Case(ifs=[exp.If(this=tested, true=told[0])])
    field = field.when(broken.copy(), exp.cast(exp.null(), "VARCHAR"))
    offending = exp.Case(ifs=[exp.If(this=tested.copy(), true=told[1])]).when(broken.copy(), exp.column("detail"))
    for test, word, name, text in rules:
        code = code.when(test, exp.Literal.string(word))
        field = field.when(test.copy(), exp.Literal.string(name))
        offending = offending.when(test.copy(), exp.column(text) if text else exp.cast(exp.null(), "VARCHAR"))
    return [
        exp.cast(code, "VARCHAR").as_("code"),
        exp.cast(field, "VARCHAR").as_("field"),
        exp.cast(offending, "VARCHAR").as_("offending"),
    ]


def repairs(feed: Feed, extra: list[tuple[exp.Expr, str, str, str]]) -> exp.Expr:
    """The column `repairs`: a JSON array of {field, code, was}, in the order of the fields.

    Args:
        feed: its kind says which fields there are, the feed which are filled.
        extra: further (test, field, code, column of the text) such as e-mails put right.
    """
    filled = {*feed.columns, *feed.constants}
    listed: list[tuple[exp.Expr, str, exp.Expr, str]] = [
        (test, field, exp.Literal.string(code), text) for test, field, code, text in extra
    ]
    for field in (name for name in typed_fields(feed.kind) if name in filled):
        listed += [
            (test, field, exp.Literal.string(fault), f"{field}_text")
            for test, fault in _faults(field, feed)
            if fault not in NOT_TAKEN
        ]
        if _is_dated(field):
            mark: exp.Expr = exp.column(f"{field}_clock")
            if feed.rule(field) == "null":
                kept = exp.If(this=_is_marked(field, *NOT_TAKEN, ZONE_OF_ROW), true=mark)
                mark = exp.Case(ifs=[kept], default=exp.Literal.string("not-mended"))
            listed.append((_filled(f"{field}_clock"), field, mark, f"{field}_text"))
    items: list[exp.Expr] = []
    for test, field, code, text in listed:
        entry = exp.Anonymous(
            this="json_object",
            expressions=[
                exp.Literal.string("field"), exp.Literal.string(field),
                exp.Literal.string("code"), code,
                exp.Literal.string("was"), exp.column(text),
            ],
        )  # fmt: skip
        items.append(exp.Case(ifs=[exp.If(this=test, true=exp.cast(entry, "VARCHAR"))]))
    # what the reader put right stands in the detail of a row without a problem, a JSON array
    inner = exp.Substring(
        this=exp.column("detail"),
        start=exp.Literal.number(2),
        length=exp.Sub(this=exp.func("LENGTH", exp.column("detail")), expression=exp.Literal.number(2)),
    )
    items.insert(0, exp.Case(ifs=[exp.If(this=exp.not_(_filled("problem")), true=inner)]))
    items.append(exp.column(NOTHING_SAID))
    joined = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(","), *items])
    return exp.Anonymous(this="concat", expressions=[exp.Literal.string("["), joined, exp.Literal.string("]")]).as_(
        "repairs"
    )
