"""The apostrophe by which a spreadsheet is told that a cell is text, where an export wrote it in front of the value.

Names begin with an apostrophe of their own ('t Hart, 's-Gravenhage), addresses and telephone numbers never do: what a
row has is only taken for marked where its way to reach somebody is, and all of its names are.
"""

from __future__ import annotations

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.expressions import call, sql
from assets.intake.said_nothing import TEXT_FIELDS
from policy.feeds import CANONICAL_FIELDS, Feed

#: What is put in front of the text.
_MARK = "'"
#: Fields that never begin with an apostrophe; their own readers take it off.
_CONTACTS = ("email", "phone")
#: Fields that may, but not all of them in a row that has a marked contact.
_NAMES = ("full_name", "first_name", "last_name", "company")
#: Whether a row is marked.
_IS_MARKED = "is_marked"

#: The repair of such a value.
CODE = "text-mark"


def without_text_marks(
    rows: DuckDBPyRelation, feed: Feed
) -> tuple[DuckDBPyRelation, list[tuple[exp.Expr, str, str, str]]]:
    """Texts without the mark of a spreadsheet in rows in which the contact and every name have it.

    Args:
        rows: with the text fields of the feed's kind, as given.
        feed: only fields that it fills are looked at.

    Returns:
        The rows, with ``<field>_marked`` (as given, where a mark was taken off), and the repairs as
        :func:`assets.intake.row_rules.repairs` takes them; none where no row is marked.
    """
    filled = [field for field in CANONICAL_FIELDS[feed.kind] if field in {*feed.columns, *feed.constants}]
    contacts = [field for field in _CONTACTS if field in filled]
    if not contacts:
        return rows, []
    begins = _begins(exp.func("COALESCE", *map(exp.column, contacts)))
    names = [exp.func("COALESCE", _begins(exp.column(name)), exp.true()) for name in _NAMES if name in filled]
    is_marked = exp.func("COALESCE", exp.and_(begins, *names), exp.false())
    # few columns are read for this, and hardly any file goes on from here
    if not rows.filter(sql(is_marked)).limit(1).fetchall():
        return rows, []
    rows = rows.project(", ".join(["*", sql(is_marked.as_(_IS_MARKED))]))
    fields = [field for field in (*TEXT_FIELDS, "consent") if field in filled]
    was = [_where_marked(field, exp.column(field), exp.null()).as_(f"{field}_marked") for field in fields]
    kept = [_where_marked(field, _unmarked(field), exp.column(field)).as_(field) for field in fields]
    changed = exp.Star(**{"replace": kept, "except_": [exp.column(_IS_MARKED)]})
    found = rows.project(", ".join([sql(changed), *map(sql, was)]))
    return found, [
        (exp.not_(exp.column(f"{field}_marked").is_(exp.null())), field, CODE, f"{field}_marked") for field in fields
    ]


def _begins(value: exp.Expr) -> exp.Expr:
    return call("starts_with", value, exp.Literal.string(_MARK))


def _where_marked(field: str, value: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    """The value where the row and the field's own text are marked."""
    test = exp.and_(exp.column(_IS_MARKED), _begins(exp.column(field)))
    return exp.Case(ifs=[exp.If(this=test, true=value)], default=otherwise)


def _unmarked(field: str) -> exp.Expr:
    """The text behind its mark; null where there is none."""
    behind = call("substr", exp.column(field), exp.Literal.number(len(_MARK) + 1))
    return exp.func("NULLIF", call("trim", behind), exp.Literal.string(""))
