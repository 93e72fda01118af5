"""Times of which each row, or the name of their column, says the zone: each zone's are read by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.column_orders import clock_changes_in
from assets.intake.expressions import sql
from assets.intake.instants import ZONE_OF_ROW, Clocks, clock_mark, instant, zone_mark
from sources.mapping.zones import may_be, zone_named

#: The zone that a row says of all its times, as it is written there.
ROW_ZONE = "row_zone"


@dataclass(frozen=True)
class Timed:
    """The times of a field.

    Attributes:
        moment: the instants in UTC.
        mark: what is doubtful about the local times they were read from, else that their row moved them into another
            zone; null where neither is so.
    """

    moment: exp.Expr
    mark: exp.Expr


def timed(rows: DuckDBPyRelation, field: str, word: str, zone: str, clocks: Clocks) -> Timed:
    """How the times of a field are read: by the zone in the value, beside it, in the name of its column, else `zone`.

    Args:
        rows: have the field, `<field>_naive`, `<field>_zone` where names of columns say zones, and :data:`ROW_ZONE`
            where rows do.
        field: canonical field.
        word: format word or strptime pattern.
        zone: IANA name; of the feed or the business.
        clocks: how local times are read that a change of clocks makes doubtful.
    """
    text, naive = exp.column(field), exp.column(f"{field}_naive")
    # what is nearer to the value comes later, and wins
    said = {column: _zones_in(rows, column, zone) for column in (f"{field}_zone", ROW_ZONE) if column in rows.columns}
    named = {name for found in said.values() for name in found.values()}
    changes = {name: clock_changes_in(rows, field, word, name) for name in {zone, *named}}
    moment = usual = instant(text, naive, word, zone, changes[zone], clocks)
    mark = clock_mark(text, naive, word, changes[zone], clocks)
    for column, found in said.items():
        usual = moment
        for name in sorted(set(found.values())):
            mine = exp.column(column).isin(*[told for told in sorted(found) if found[told] == name])
            there = instant(text, naive, word, name, changes[name], clocks)
            moment = exp.Case(ifs=[exp.If(this=mine, true=there)], default=moment)
            its_mark = clock_mark(text, naive, word, changes[name], clocks)
            mark = exp.Case(ifs=[exp.If(this=mine.copy(), true=its_mark)], default=mark)
    marks = [mark, zone_mark(text, naive, word, zone, _unclear(said))]
    if said.get(ROW_ZONE):
        moved = exp.NEQ(this=exp.Paren(this=moment.copy()), expression=exp.Paren(this=usual.copy()))
        marks.append(exp.Case(ifs=[exp.If(this=moved, true=exp.Literal.string(ZONE_OF_ROW))]))
    return Timed(moment, exp.func("COALESCE", *marks))


def _unclear(said: Mapping[str, Mapping[str, str]]) -> exp.Expr | None:
    """Whether what stands nearest to a value names no zone; None where nothing stands beside any."""
    if not said:
        return None
    beside = exp.func("COALESCE", *[exp.column(column) for column in reversed([*said])])
    unclear: exp.Expr = exp.not_(beside.is_(exp.null()))
    named = {told for found in said.values() for told in found}
    return exp.and_(unclear, exp.not_(beside.copy().isin(*sorted(named)))) if named else unclear


def _zones_in(rows: DuckDBPyRelation, column: str, zone: str) -> dict[str, str]:
    """The zone that each text of a column names; those are left out that name none."""
    texts = exp.select(exp.column(column)).distinct().from_("rows")
    listed = [text for (text,) in rows.query("rows", sql(texts)).fetchall() if text is not None]
    found = {text: zone if may_be(text, zone) else zone_named(text) for text in listed}
    return {text: name for text, name in found.items() if name is not None}
