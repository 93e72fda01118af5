"""The report: one self-contained HTML file, readable on a phone, on paper and by a screen reader.

It is made from published tables alone, holds no script, loads nothing from the network and shows no personal data:
lines that were refused appear as codes, counts and remedies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import pandas as pd
from markupsafe import Markup

from serving.report_charts import (
    Cohort,
    cohort_chart,
    exceedance_chart,
    interval,
    lineage_chart,
    range_bar,
    shares_bar,
)
from serving.report_texts import Language, amount, count, moment, number, percent, text
from sources.codes import reason

#: Rows shown of tables that can be long.
SHOWN = 15

GROUPS = ("intake", "identity", "scoring", "opportunities", "funnel", "forecast", "quality", "serving")

Row = dict[str, Any]


@dataclass(frozen=True)
class ReportScope:
    """What the report speaks for.

    Attributes:
        as_of: aware, or naive and UTC.
        timezone: of the business.
        base_currency: of every amount.
        policy_version: in force.
        run_id: as Dagster shows it.
        row_counts: rows by table, for the headline and the lineage.
        groups: group by table; the tables that the lineage shows.
        edges: upstream and downstream table.
    """

    as_of: datetime
    timezone: str
    base_currency: str
    policy_version: str
    run_id: str = ""
    row_counts: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    edges: Sequence[tuple[str, str]] = ()


def write_report(
    tables: Mapping[str, pd.DataFrame], scope: ReportScope, target: Path, language: Language = "en"
) -> Path:
    """Writes the report, in one rename.

    Args:
        tables: of funnel_stages, forecasts, forecast_quantiles, source_performance, source_files, rejected_rows,
            quality_results, balances, stages and opportunities (only status and amount_base of the last) those
            that there are; tables of history may hold earlier as_of, the newest counts.
        scope: what the report speaks for.
        target: the file; its folder is made.
        language: of the words.

    Returns:
        The file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(report_html(tables, scope, language), encoding="utf-8")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def report_html(tables: Mapping[str, pd.DataFrame], scope: ReportScope, language: Language = "en") -> str:
    """The report as HTML; see :func:`write_report`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    as_of = scope.as_of if scope.as_of.tzinfo else scope.as_of.replace(tzinfo=UTC)

    def words(key: str, **values: object) -> str:
        return text(key, language, **values)

    def written(value: Any) -> str:
        return amount(value, language)

    given = {name: _newest(table) for name, table in tables.items()}
    funnel = given.get("funnel_stages", pd.DataFrame())
    return environment.get_template("report.html.j2").render(
        t=words,
        language=language,
        scope=scope,
        as_of=moment(as_of.astimezone(ZoneInfo(scope.timezone))),
        tiles=_tiles(given, scope, words, written),
        badge=_badge(given.get("quality_results"), words),
        funnel_blocks=_funnel_blocks(funnel, given.get("stages"), language, words),
        cohorts=_cohorts(funnel, words),
        forecast=_forecast(given, words, written),
        sources=_sources(given.get("source_performance"), written),
        files=_files(given.get("source_files"), given.get("rejected_rows"), language, words),
        checks=_checks(given.get("quality_results"), words, written),
        balances=_balances(given.get("balances"), words),
        lineage=_lineage(scope, words),
    )


Words = Callable[..., str]


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the newest as_of, of tables of history."""
    return table[table["as_of"] == table["as_of"].max()] if "as_of" in table and len(table) else table


def _records(table: pd.DataFrame | None) -> list[Row]:
    """Rows as dictionaries, every kind of null as None."""
    if table is None:
        return []
    return [
        {str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _totals(funnel: pd.DataFrame, basis: str = "cohort") -> pd.DataFrame:
    """Rows of the total."""
    return funnel[(funnel["basis"] == basis) & (funnel["segment_type"] == "all")] if len(funnel) else funnel


def _tiles(tables: Mapping[str, pd.DataFrame], scope: ReportScope, words: Words, written: Words) -> list[Row]:
    """The headline numbers: words, value and a line below."""
    tiles: list[Row] = []
    whole = _totals(tables.get("funnel_stages", pd.DataFrame()))
    steps = {row["to_stage"]: row for row in _records(whole) if row["from_stage"] == "lead" and row["period"] == "all"}
    if "leads" in scope.row_counts:
        tiles.append({"name": words("leads"), "value": count(scope.row_counts["leads"]), "note": ""})
    deals = tables.get("opportunities")
    if deals is not None:
        open_deals = deals[deals["status"] == "open"]
        tiles.append(
            {
                "name": words("opportunities"),
                "value": count(len(deals)),
                "note": f"{count(len(open_deals))} {words('open_now')}",
            }
        )
        open_amount = float(pd.to_numeric(open_deals["amount_base"]).fillna(0).sum())
        tiles.append({"name": words("pipeline"), "value": written(open_amount), "note": scope.base_currency})
    for to_stage, name in (("opportunity", "lead_to_opportunity"), ("won", "lead_to_won")):
        if to_stage in steps:
            row = steps[to_stage]
            note = f"{percent(row['conversion_low'])} – {percent(row['conversion_high'])}"
            if not row["is_comparable"]:
                note += f" · {words('not_comparable')}"
            tiles.append({"name": words(name), "value": percent(row["conversion_rate"], 2), "note": note})
    forecast = _period_totals(tables.get("forecasts"))
    if forecast:
        row = forecast[0]
        tiles.append(
            {
                "name": f"{words('forecast_for')} {row['period']}",
                "value": written(row["p50"]),
                "note": f"{words('nine_in_ten')} {written(row['p10'])} – {written(row['p90'])}",
                "strong": True,
            }
        )
        if row["target"] is not None:
            tiles.append(
                {
                    "name": f"{words('probability_of_target')} {row['period']}",
                    "value": percent(row["probability_of_target"], 0),
                    "note": f"{words('target')} {written(row['target'])}",
                }
            )
    files = tables.get("source_files")
    if files is not None and len(files):
        tiles.append(
            {
                "name": words("rejected_lines"),
                "value": count(int(files["rows_rejected"].sum())),
                "note": words("of_read", read=count(int(files["rows_read"].sum()))),
            }
        )
    return sorted(tiles, key=lambda tile: "strong" not in tile)


def _badge(results: pd.DataFrame | None, words: Words) -> Row:
    """Whether the checks passed, in a word."""
    if results is None or results.empty:
        return {"css": "neutral", "words": words("checks_none")}
    failed = sum(row["passed"] is not None and not row["passed"] for row in _records(results))
    if failed:
        return {"css": "bad", "words": words("checks_bad", count=failed)}
    return {"css": "good", "words": words("checks_ok", count=len(results))}


def _funnel_blocks(funnel: pd.DataFrame, stages: pd.DataFrame | None, language: Language, words: Words) -> list[Row]:
    """A block for the steps of leads and one for each process, over all time."""
    labels = {
        (row["process"], row["stage"]): str(row["label_zh" if language == "zh" else "label"] or row["stage"])
        for row in _records(stages)
    }
    order = {(row["process"], row["stage"]): row["stage_order"] for row in _records(stages)}
    whole = _totals(funnel)
    rows = _records(whole[whole["period"] == "all"]) if len(whole) else []

    def label(process: str, stage: str) -> str:
        if stage in {"lead", "opportunity", "won"}:
            return words(stage)
        return labels.get((process, stage), stage)

    blocks = []
    for process in sorted({row["process"] for row in rows}, key=lambda name: (name != "all", name)):
        steps = [row for row in rows if row["process"] == process]
        steps.sort(key=lambda row: (order.get((process, row["from_stage"]), 0), row["to_stage"]))
        most = max(row["entered"] for row in steps)
        scale = max([row[name] or 0 for row in steps for name in ("conversion_high", "benchmark_rate")] + [0.01])
        scale = min(1.0, max(scale * 1.08, 0.05))
        for row in steps:
            hollow = not row["is_comparable"]
            row["label"] = f"{label(process, row['from_stage'])} → {label(process, row['to_stage'])}"
            row["bar"] = shares_bar(
                [(row["advanced"], "advanced"), (row["lost"], "lost"), (row["still_open"], "open")], most
            )
            row["whisker"] = interval(
                row["conversion_rate"],
                row["conversion_low"],
                row["conversion_high"],
                row["benchmark_rate"],
                hollow,
                scale,
            )
            row["rate"] = percent(row["conversion_rate"])
            row["range"] = f"{percent(row['conversion_low'])} – {percent(row['conversion_high'])}"
            row["benchmark"] = percent(row["benchmark_rate"], 0)
            row["days"] = number(row["median_days"])
            row["counts"] = [count(row[name]) for name in ("entered", "advanced", "lost", "still_open")]
        name = words("leads_block") if process == "all" else f"{words('process_block')} {process}"
        blocks.append({"name": name, "steps": steps, "scale": percent(scale, 0)})
    return blocks


def _cohorts(funnel: pd.DataFrame, words: Words) -> Markup | None:
    """Won leads by the quarter in which they came."""
    whole = _totals(funnel)
    if not len(whole):
        return None
    rows = whole[(whole["from_stage"] == "lead") & (whole["to_stage"] == "won")]
    rows = rows[rows["period"].str.contains("Q", regex=False)].sort_values("period").tail(16)
    cohorts = [
        Cohort(
            row["period"],
            row["conversion_rate"],
            row["conversion_low"],
            row["conversion_high"],
            not row["is_comparable"],
        )
        for row in _records(rows)
        if row["conversion_rate"] is not None
    ]
    return cohort_chart(cohorts, words("cohorts")) if len(cohorts) > 1 else None


def _period_totals(forecasts: pd.DataFrame | None) -> list[Row]:
    """The total of each period: quarters first, in order."""
    if forecasts is None or forecasts.empty:
        return []
    rows = _records(forecasts[forecasts["segment_type"] == "all"])
    return sorted(rows, key=lambda row: ("Q" not in str(row["period"]), row["period"]))


def _forecast(tables: Mapping[str, pd.DataFrame], words: Words, written: Words) -> Row | None:
    """Ranges of all periods, and the distribution of the first."""
    rows = _period_totals(tables.get("forecasts"))
    if not rows:
        return None
    scale = max(float(row[name] or 0) for row in rows for name in ("p90", "won_to_date", "target")) * 1.05 or 1.0
    for row in rows:
        target = None if row["target"] is None else float(row["target"])
        row["chart"] = range_bar(
            float(row["won_to_date"]), float(row["p10"]), float(row["p50"]), float(row["p90"]), target, scale
        )
        for name in ("won_to_date", "p10", "p50", "p90", "mean", "new_business_mean", "weighted_amount_base", "target"):
            row[f"{name}_written"] = written(row[name])
        row["target_rate"] = percent(row["probability_of_target"], 0)
    first = rows[0]
    chart = None
    quantiles = tables.get("forecast_quantiles")
    if quantiles is not None and len(quantiles):
        here = quantiles[quantiles["period"] == first["period"]].sort_values("reached_rate", ascending=False)
        amounts, shares = [float(a) for a in here["amount_base"]], [float(s) for s in here["reached_rate"]]
        if len(amounts) > 1 and amounts[-1] > amounts[0]:
            marks = [(float(first["p50"]), f"{words('p50')} {written(first['p50'])}", "median")]
            if first["target"] is not None:
                marks.append((float(first["target"]), f"{words('target')} {written(first['target'])}", "benchmark"))
            chart = exceedance_chart(
                amounts,
                shares,
                marks,
                written,
                words("distribution_axis"),
                words("distribution", period=first["period"]),
            )
    return {
        "rows": rows,
        "note": words(f"skill_{first['skill_label']}"),
        "chart": chart,
        "title": words("distribution", period=first["period"]),
    }


def _sources(performance: pd.DataFrame | None, written: Words) -> Row | None:
    """Sources with the most leads first."""
    if performance is None or performance.empty:
        return None
    ranked = performance.sort_values(
        ["leads", "source_name", "medium", "campaign"], ascending=[False, True, True, True]
    )
    rows = _records(ranked.head(SHOWN))
    scale = min(1.0, max(max(row["rate_high"] or 0 for row in rows), 0.02))
    for row in rows:
        row["whisker"] = interval(
            row["lead_to_won_rate"], row["rate_low"], row["rate_high"], None, row["leads"] < 30, scale
        )
        row["rate"] = percent(row["lead_to_won_rate"])
        row["opportunity_rate"] = percent(row["lead_to_opportunity_rate"])
        row["amount"] = written(row["won_amount_base"])
        row["counts"] = [count(row[name]) for name in ("leads", "qualified", "opportunities", "won")]
    return {"rows": rows, "more": max(len(ranked) - SHOWN, 0)}


def _files(files: pd.DataFrame | None, rejected: pd.DataFrame | None, language: Language, words: Words) -> Row | None:
    """Files by source, lines not used by code, and files set aside."""
    if files is None or files.empty:
        return None
    kept = files[files["status"] != "unchanged"]
    names = ["rows_read", "rows_accepted", "rows_duplicate", "rows_rejected"]
    by_source = kept.groupby("source_name", dropna=False)[names].sum().reset_index()
    by_source["files"] = kept.groupby("source_name", dropna=False)["path"].nunique().to_numpy()
    aside = kept[kept["status"] == "quarantined"]
    by_source["set_aside"] = (
        by_source["source_name"].map(aside.groupby("source_name")["path"].nunique()).fillna(0).astype("int64")
    )
    by_source = by_source.sort_values(["rows_read", "source_name"], ascending=[False, True])
    sources = _records(by_source.head(SHOWN))
    most = max((row["rows_read"] for row in sources), default=0)
    for row in sources:
        row["counts"] = [count(row[name]) for name in ("files", *names, "set_aside")]
        row["bar"] = shares_bar(
            [(row["rows_accepted"], "advanced"), (row["rows_duplicate"], "open"), (row["rows_rejected"], "lost")], most
        )
        row["source_name"] = row["source_name"] or words("unknown")
    codes: list[Row] = []
    if rejected is not None and len(rejected):
        for code, lines in rejected.groupby("code").size().sort_values(ascending=False, kind="stable").items():
            codes.append({"code": code, "lines": count(lines), "remedy": _remedy(str(code), language, "row")})
    quarantined = [
        {"path": row["path"], "code": row.get("code") or "", "remedy": _remedy(row.get("code") or "", language, "file")}
        for row in _records(aside.sort_values("path").head(SHOWN))
    ]
    return {
        "sources": sources,
        "more": max(len(by_source) - SHOWN, 0),
        "codes": codes,
        "quarantined": quarantined,
        "quarantined_more": max(len(aside) - SHOWN, 0),
    }


def _remedy(code: str, language: Language, place: str) -> str:
    """What to do about a code, without the values of any one line: those may be personal."""
    return reason(code, language, {}, place) if code else ""


def _checks(results: pd.DataFrame | None, words: Words, written: Words) -> Row | None:
    """Checks that failed or could not run in full, those that passed by name."""
    if results is None or results.empty:
        return None
    rows = _records(results.sort_values(["table_name", "check_name"]))
    for row in rows:
        outcome = "could_not_run" if row["passed"] is None else "passed" if row["passed"] else "failed"
        row["outcome"], row["result"] = outcome, words(outcome)
        row["weight"] = words(str(row["severity"]))
        row["rows"] = count(row["rows_affected"])
        row["risk"] = written(row.get("amount_at_risk_base"))
    return {
        "bad": [row for row in rows if row["outcome"] != "passed"],
        "passed": [row for row in rows if row["outcome"] == "passed"],
    }


def _balances(balances: pd.DataFrame | None, words: Words) -> list[Row]:
    """Each equation, over all its scopes."""
    if balances is None or balances.empty:
        return []
    found = []
    for equation, rows in balances.groupby("equation", sort=True):
        off = pd.to_numeric(rows["difference"]).abs()
        worst = float(off.max())
        found.append(
            {
                "equation": equation,
                "scopes": count(len(rows)),
                "good": worst == 0,
                "result": words("balanced") if worst == 0 else f"{words('off_by')} {number(float(off.sum()), 2)}",
            }
        )
    return found


def _lineage(scope: ReportScope, words: Words) -> Markup | None:
    """The tables by group, upstream first within each."""
    if not scope.groups:
        return None
    upstream: dict[str, set[str]] = {table: set() for table in scope.groups}
    for source, made in scope.edges:
        if source in upstream and made in upstream:
            upstream[made].add(source)
    depth: dict[str, int] = {}

    def level(table: str, above: tuple[str, ...] = ()) -> int:
        if table not in depth:
            own = [
                other for other in upstream[table] if scope.groups[other] == scope.groups[table] and other not in above
            ]
            depth[table] = 1 + max((level(other, (*above, table)) for other in own), default=-1)
        return depth[table]

    columns = [
        (f"group-{group}", words(f"group_{group}"), sorted(tables, key=lambda table: (level(table), table)))
        for group in GROUPS
        if (tables := [table for table, of in scope.groups.items() if of == group])
    ]
    notes = {table: f"{count(rows)} {words('rows')}" for table, rows in scope.row_counts.items()}
    return lineage_chart(columns, scope.edges, notes, words("lineage"))
