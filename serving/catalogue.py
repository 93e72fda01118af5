"""Every table there is, by name: those of the groups, of quality, and the publications."""

from __future__ import annotations

from functools import cache

from assets.contract import Table


@cache
def tables() -> dict[str, Table]:
    """Every contract by table name, in the order of the rooms."""
    from assets.forecast import tables as forecast
    from assets.funnel import tables as funnel
    from assets.identity import tables as identity
    from assets.intake import tables as intake
    from assets.opportunities import tables as opportunities
    from assets.scoring import tables as scoring
    from quality import tables as quality

    modules = (intake, identity, scoring, opportunities, funnel, forecast, quality)
    return {item.name: item for module in modules for item in vars(module).values() if isinstance(item, Table)}


@cache
def published_tables() -> dict[str, Table]:
    """The contracts of what readers get."""
    return {name: table for name, table in tables().items() if table.published}
