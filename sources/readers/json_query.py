"""The SQL by which DuckDB cuts JSON Lines into columns; imported only when it is run, sqlglot being heavy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlglot import exp

from sources.readers.json_plan import Plan
from sources.readers.reading import LONGEST_CELL


def _path_text(place: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in place)


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _texts(values: Iterable[str]) -> exp.Expression:
    return exp.Array(expressions=[exp.Literal.string(value) for value in values])


def _structure(places: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """What `from_json` is to cut out of a line, as nested objects of "VARCHAR"."""
    tree: dict[str, Any] = {}
    for place in places:
        branch = tree
        for key in place[:-1]:
            branch = branch.setdefault(key, {})
        branch[place[-1]] = "VARCHAR"
    return tree


def cut_query(plan: Plan, asked: Sequence[tuple[str, ...]]) -> str:
    """SQL over `lines(line)`: cut, a struct of texts, then there: for each place asked about whether it exists.

    A line that is no JSON is an error.
    """
    line = exp.column("line")
    structure = exp.Literal.string(json.dumps(_structure(plan.places.values()), ensure_ascii=False))
    there = [_call("json_exists", line.copy(), _texts(map(_path_text, asked)))] if asked else []
    query = exp.select(_call("from_json", line, structure).as_("cut"), *(exp.alias_(one, "there") for one in there))
    return query.from_("lines").sql(dialect="duckdb")


def json_query(plan: Plan, headers: list[str]) -> str:
    """SQL over `lines(line)`: line, is_plain, known_paths, then one column for each header."""
    leaves = [*plan.whole, *plan.fractions]
    line, types, cut = exp.column("line"), exp.column("types"), exp.column("cut")
    # numbers with fractions last, so that the place of the first DOUBLE tells whether one is where none should be
    paths = [*(_path_text(plan.places[name]) for name in leaves), *map(_path_text, plan.objects)]
    structure = exp.Literal.string(json.dumps(_structure(plan.places.values()), ensure_ascii=False))
    calls = {"types": _call("json_type", line, _texts(paths)), "cut": _call("from_json", line, structure)}
    numbers = [
        _call(
            "regexp_extract",
            line,
            exp.Literal.string(_number_at(plan.places[name][-1])),
            exp.Literal.number(1),
        )
        for name in plan.fractions
    ]
    # TRY makes null of a line that is no JSON; unlike CASE it costs nothing where there is none
    parsed = exp.select(
        "line",
        *(exp.alias_(_call("try", call), name) for name, call in calls.items()),
        *(exp.alias_(call, f"n{at}") for at, call in enumerate(numbers)),
    ).from_("lines")

    first_fraction = _call(
        "coalesce", _call("list_position", types, exp.Literal.string("DOUBLE")), exp.Literal.number(0)
    )
    is_plain: Any = exp.and_(
        exp.not_(exp.Is(this=types, expression=exp.null())),
        _call("starts_with", line, exp.Literal.string("{")),
        exp.LTE(this=_call("strlen", line), expression=exp.Literal.number(LONGEST_CELL)),
        exp.or_(
            exp.EQ(this=first_fraction, expression=exp.Literal.number(0)),
            exp.GT(this=first_fraction.copy(), expression=exp.Literal.number(len(plan.whole))),
        ),
    )
    for at in range(len(leaves), len(paths)):
        kind = _call("list_extract", types, exp.Literal.number(at + 1))
        known = _call("coalesce", kind, exp.Literal.string("NULL"))
        is_plain = exp.and_(is_plain, exp.In(this=known, expressions=_texts(["OBJECT", "NULL"]).expressions))
    cells: dict[str, exp.Expression] = {}
    for name, place in plan.places.items():
        cells[name] = cut
        for key in place:
            cells[name] = _call("struct_extract", cells[name], exp.Literal.string(key))
    for at, name in enumerate(plan.fractions):
        number = exp.column(f"n{at}")
        is_text = exp.EQ(this=number, expression=exp.Literal.string(""))
        odd = exp.In(this=cells[name], expressions=_texts(["NaN", "Infinity", "-Infinity"]).expressions)
        is_plain = exp.and_(is_plain, exp.not_(exp.and_(is_text, _call("coalesce", odd, exp.false()))))
        cells[name] = exp.Case().when(is_text.copy(), cells[name].copy()).else_(number)
    query = exp.select(
        "line",
        exp.alias_(_call("coalesce", is_plain, exp.false()), "is_plain"),
        exp.alias_(_call("coalesce", _call("list_count", types), exp.Literal.number(0)), "known_paths"),
        *(exp.alias_(cells[name], f"c{at}") for at, name in enumerate(headers)),
    ).from_(parsed.subquery("parsed"))
    return query.sql(dialect="duckdb")


def _number_at(key: str) -> str:
    """A pattern for the number behind a key."""
    return '"' + key + r'"[ \t\r]*:[ \t\r]*(-?[0-9][0-9.eE+-]*)'
