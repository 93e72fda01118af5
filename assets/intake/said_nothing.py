"""Texts that stand where nothing was said: n/a, 无, -- Please select --. They are left out, and listed.

Where a number is asked for, a dash says no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.expressions import call, literals, sql
from assets.intake.fields import MONEY_FIELDS, REAL_FIELDS, WHOLE_FIELDS
from policy.feeds import CANONICAL_FIELDS, Feed

#: Fields in which such words say nothing: not those of keys, codes and stages, which have words of their own.
TEXT_FIELDS = (
    "full_name", "first_name", "last_name", "company", "website", "title", "department", "industry", "country",
    "phone_extension", "region", "city", "postcode", "address", "need", "product", "message", "language", "owner",
    "parent", "role", "lost_reason", "competitor", "notes",
)  # fmt: skip

#: The column of what was left out, as members of a JSON array; null where nothing was.
NOTHING_SAID = "nothing_said"

#: Between texts that are looked at together: never part of what people write.
_APART = "\x1e"
#: Whether any text of a row may say nothing.
_SUSPECT = "may_say_nothing"
_MARKS = r"[\p{P}\s=+|~<>^`]"


def without_nothing(
    rows: DuckDBPyRelation, feed: Feed, words: Collection[str], but_in: Mapping[str, Collection[str]]
) -> DuckDBPyRelation:
    """Canonical rows without texts that say nothing: one of the words, with marks around it, or marks alone.

    A given or family name such as Null stays, unless both parts of the name say nothing.

    Args:
        rows: with the text fields of the feed's kind, and the text of its numbers.
        feed: only fields that it fills are looked at.
        words: in lower case.
        but_in: field -> those of the words that are a value there.

    Returns:
        The rows, with :data:`NOTHING_SAID`.
    """
    filled = {*feed.columns, *feed.constants}
    fields = [field for field in TEXT_FIELDS if field in CANONICAL_FIELDS[feed.kind] and field in filled]
    numbers = (*MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS)
    columns = {field: field for field in fields} | {
        field: f"{field}_text" for field in numbers if field in CANONICAL_FIELDS[feed.kind] and field in filled
    }
    if not columns:
        return rows.project(", ".join(["*", sql(exp.cast(exp.null(), "VARCHAR").as_(NOTHING_SAID))]))
    # one look at all texts of a row costs a fraction of a look at each, and hardly any row has one
    joined = call("concat_ws", exp.Literal.string(_APART), *map(exp.column, columns.values()))
    shape = exp.Literal.string(f"(?i)(^|{_APART}){_shape(words)}({_APART}|$)")
    rows = rows.project(", ".join(["*", sql(call("regexp_matches", joined, shape).as_(_SUSPECT))]))
    tests = {field: _says_nothing(column, {*words} - {*but_in.get(field, ())}) for field, column in columns.items()}
    if {"first_name", "last_name"} <= set(fields):
        both = exp.and_(*[_says_nothing(part, words) for part in ("first_name", "last_name")])
        tests |= {part: exp.or_(tests[part], both.copy()) for part in ("first_name", "last_name")}
    kept = [
        _if_suspect(exp.Case(ifs=[exp.If(this=test.copy(), true=exp.null())], default=exp.column(column)), column)
        for test, column in zip(tests.values(), columns.values(), strict=True)
    ]
    entries = [
        exp.Case(ifs=[exp.If(this=test.copy(), true=_entry(field, columns[field]))]) for field, test in tests.items()
    ]
    listed = exp.func("NULLIF", call("concat_ws", exp.Literal.string(","), *entries), exp.Literal.string(""))
    said = exp.Case(ifs=[exp.If(this=exp.column(_SUSPECT), true=listed)]).as_(NOTHING_SAID)
    changed = exp.Star(**{"replace": kept, "except_": [exp.column(_SUSPECT)]})
    return rows.project(", ".join([changed.sql("duckdb"), sql(said)]))


def _if_suspect(value: exp.Expr, column: str) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=exp.column(_SUSPECT), true=value)], default=exp.column(column)).as_(column)


def _entry(field: str, column: str) -> exp.Expr:
    told = [*literals("field", field, "code", "says-nothing", "was"), exp.column(column)]
    return exp.cast(call("json_object", *told), "VARCHAR")


def _shape(words: Collection[str]) -> str:
    known = "".join(f"{re.escape(word)}|" for word in sorted(words))
    return f"{_MARKS}*(?:{known}{_MARKS}){_MARKS}*"


def _says_nothing(column: str, words: Collection[str]) -> exp.Expr:
    test = call("regexp_full_match", exp.column(column), exp.Literal.string(f"(?i){_shape(words)}"))
    return exp.func("COALESCE", test, exp.false())
