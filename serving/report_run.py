"""The report of one run, from the tables it published."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from assets.engine import table_names
from assets.lake import table_path
from assets.scope import Scope
from serving.catalogue import published_tables, tables
from serving.report import ReportScope, write_report

#: What the report is made from; of opportunities only what carries no personal data.
SHOWN: dict[str, tuple[str, ...] | None] = {
    "funnel_stages": None,
    "forecasts": None,
    "forecast_quantiles": None,
    "source_performance": None,
    "source_files": None,
    "rejected_rows": ("file_id", "source_name", "line_no", "code", "field"),
    "quality_results": None,
    "balances": None,
    "stages": None,
    "opportunities": ("status", "amount_base"),
}

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def write_run_report(scope: Scope) -> Path:
    """Writes out/report/index.html for a run.

    Args:
        scope: the run whose tables are shown.
    """
    frames: dict[str, pd.DataFrame] = {}
    counts: dict[str, int] = {}
    for name, table in tables().items():
        path = table_path(scope.lake, table, str(scope.day))
        if not path.exists():
            continue
        rows = scope.engine.relation(path)
        counts[name] = int(rows.aggregate("count(*)").fetchall()[0][0])
        if name in SHOWN:
            columns = SHOWN[name]
            frames[name] = (rows.select(*columns) if columns else rows).df()
    shown = set(published_tables()) - {"publications"}
    facts = ReportScope(
        as_of=scope.as_of,
        timezone=scope.policy.business.timezone,
        base_currency=scope.policy.business.base_currency,
        policy_version=scope.policy.version,
        run_id=scope.run_id,
        row_counts=counts,
        groups={name: tables()[name].group for name in sorted(shown)},
        edges=lineage_edges(shown),
    )
    target = scope.home / "out" / "report" / "index.html"
    return write_report(frames, facts, target, scope.policy.business.language)


def lineage_edges(shown: set[str]) -> list[tuple[str, str]]:
    """Which of these tables each of them is made from, tables between them passed through.

    Args:
        shown: names of tables.
    """
    upstream = direct_upstream()
    edges: set[tuple[str, str]] = set()
    for name in sorted(shown):
        seen: set[str] = set()
        waiting = list(upstream.get(name, ()))
        while waiting:
            source = waiting.pop()
            if source in seen:
                continue
            seen.add(source)
            if source in shown:
                edges.add((source, name))
            else:
                waiting += upstream.get(source, ())
    return sorted(edges)


def direct_upstream() -> dict[str, list[str]]:
    """The tables each table is made from, read from its SQL or its function's parameters."""
    import inspect

    from assets.forecast import tables as forecast
    from assets.funnel import tables as funnel
    from assets.identity import tables as identity
    from assets.intake import tables as intake

    known = tables()
    found: dict[str, list[str]] = {}
    for name, table in known.items():
        path = ASSETS / table.group / f"{name}.sql"
        if path.exists():
            found[name] = [source for source in table_names(path.read_text(encoding="utf-8")) if source in known]
            continue
        for module in (intake, identity, funnel, forecast):
            function = getattr(module, name, None)
            if function is not None and inspect.isfunction(function):
                found[name] = [parameter for parameter in inspect.signature(function).parameters if parameter in known]
    return found
