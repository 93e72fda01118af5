"""Times of which each row, or the name of their column, says the zone: each zone's are read by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.column_orders import clock_changes_in
from assets.intake.expressions import sql
from assets.intake.instants import Clocks, clock_mark, instant, zone_mark
from sources.mapping.zones import may_be, zone_named


@dataclass(frozen=True)
class Timed:
    """The times of a field.

    Attributes:
        moment: the instants in UTC.
        mark: what is doubtful about the local times they were read from; null where nothing is.
    """

    moment: exp.Expr
    mark: exp.Expr


def timed(rows: DuckDBPyRelation, field: str, word: str, zone: str, clocks: Clocks) -> Timed:
    """How the times of a field are read: by the zone in the value, beside it, in the name of its column, else `zone`.

    Args:
        rows: have the field, `<field>_naive` and, where rows or names of columns say zones, `<field>_zone`.
        field: canonical field.
        word: format word or strptime pattern.
        zone: IANA name; of the feed or the business.
        clocks: how local times are read that a change of clocks makes doubtful.
    """
    text, naive = exp.column(field), exp.column(f"{field}_naive")
    named = _zones_in(rows, f"{field}_zone", zone)
    changes = {name: clock_changes_in(rows, field, word, name) for name in {zone, *named.values()}}
    unclear: exp.Expr | None = None
    if f"{field}_zone" in rows.columns:
        beside = exp.column(f"{field}_zone")
        unclear = exp.not_(beside.is_(exp.null()))
        if named:
            unclear = exp.and_(unclear, exp.not_(beside.copy().isin(*sorted(named))))
    moment = instant(text, naive, word, zone, changes[zone], clocks)
    mark = clock_mark(text, naive, word, changes[zone], clocks)
    for name in sorted(set(named.values()) - {zone}):
        mine = exp.column(f"{field}_zone").isin(*[told for told in sorted(named) if named[told] == name])
        there = instant(text, naive, word, name, changes[name], clocks)
        moment = exp.Case(ifs=[exp.If(this=mine, true=there)], default=moment)
        its_mark = clock_mark(text, naive, word, changes[name], clocks)
        mark = exp.Case(ifs=[exp.If(this=mine.copy(), true=its_mark)], default=mark)
    return Timed(moment, exp.func("COALESCE", mark, zone_mark(text, naive, word, zone, unclear)))


def _zones_in(rows: DuckDBPyRelation, column: str, zone: str) -> dict[str, str]:
    """The zone that each text of a column names; those are left out that name none."""
    if column not in rows.columns:
        return {}
    texts = exp.select(exp.column(column)).distinct().from_("rows")
    listed = [text for (text,) in rows.query("rows", sql(texts)).fetchall() if text is not None]
    found = {text: zone if may_be(text, zone) else zone_named(text) for text in listed}
    return {text: name for text, name in found.items() if name is not None}
