"""Times of which each row, or the name of their column, says the zone: each zone's are read by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.intake.column_orders import clock_changes_in
from assets.intake.expressions import sql
from assets.intake.instants import ZONE_OF_ROW, Clocks, clock_mark, instant, zone_behind, zone_mark
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
        rows: have the text of the field as `<field>_usual`, `<field>_naive`, `<field>_zone` where names of columns say
            zones, and :data:`ROW_ZONE` where rows do.
        field: canonical field.
        word: format word or strptime pattern.
        zone: IANA name; of the feed or the business.
        clocks: how local times are read that a change of clocks makes doubtful.
    """
    text, naive = exp.column(f"{field}_usual"), exp.column(f"{field}_naive")
    beside = [exp.column(column) for column in (f"{field}_zone", ROW_ZONE) if column in rows.columns]
    # what is nearer to the value comes later, and wins
    said = [Said(place, found) for place in (*beside, zone_behind(text)) if (found := _zones_in(rows, place, zone))]
    named = {name for one in said for name in one.zones}
    changes = {name: clock_changes_in(rows, field, word, name) for name in {zone, *named}}
    moment = instant(text, naive, word, zone, changes[zone], clocks)
    mark = clock_mark(text, naive, word, changes[zone], clocks)
    of_row: exp.Expr = exp.cast(exp.null(), "VARCHAR")
    for one in said:
        usual = moment
        for name in one.zones:
            mine = one.names(name)
            there = instant(text, naive, word, name, changes[name], clocks)
            moment = exp.Case(ifs=[exp.If(this=mine, true=there)], default=moment)
            its_mark = clock_mark(text, naive, word, changes[name], clocks)
            mark = exp.Case(ifs=[exp.If(this=mine.copy(), true=its_mark)], default=mark)
        moved = exp.NEQ(this=exp.Paren(this=moment.copy()), expression=exp.Paren(this=usual.copy()))
        if one.place.name == ROW_ZONE:
            of_row = exp.Case(ifs=[exp.If(this=moved, true=exp.Literal.string(ZONE_OF_ROW))])
        elif one.zones:
            of_row = exp.Case(ifs=[exp.If(this=one.place.is_(exp.null()), true=of_row)])
    return Timed(moment, exp.func("COALESCE", mark, zone_mark(text, naive, word, zone, _unclear(said)), of_row))


@dataclass(frozen=True)
class Said:
    """Zones as rows, columns or values say them.

    Attributes:
        place: where they stand; null where nothing does.
        found: what stands there -> the zone that it names, None where it names none.
    """

    place: exp.Expr
    found: Mapping[str, str | None]

    @property
    def zones(self) -> list[str]:
        """The zones that are named."""
        return sorted({name for name in self.found.values() if name})

    def names(self, zone: str) -> exp.Expr:
        """Whether this zone is named."""
        return self.place.copy().isin(*sorted(told for told, name in self.found.items() if name == zone))


def _unclear(said: Sequence[Said]) -> exp.Expr | None:
    """Whether what stands nearest to a value names no zone; None where nothing stands beside any, or all name one."""
    unknown = sorted({told for one in said for told, name in one.found.items() if name is None})
    if not unknown:
        return None
    return exp.func("COALESCE", *[one.place.copy() for one in reversed(said)]).isin(*unknown)


def _zones_in(rows: DuckDBPyRelation, place: exp.Expr, zone: str) -> dict[str, str | None]:
    """The zone that each text names which stands in a place; None of those that name none."""
    is_there = exp.not_(place.is_(exp.null()))
    texts = exp.select(place.copy()).distinct().from_("rows").where(is_there)
    listed = rows.query("rows", sql(texts)).fetchall()
    return {text: zone if may_be(text, zone) else zone_named(text) for (text,) in listed}
