"""The proofs of ``sluice verify``: the invariants, on the tables that readers have rather than on those of the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import duckdb

from assets.engine import Engine, Source
from quality.truths import Truth, check_truth, truths_named

#: The truths that each proof rests on; all of them read published tables only.
PROOFS: dict[str, tuple[str, ...]] = {
    "balance": (
        "every_balance_is_even",
        "every_line_is_answered",
        "every_row_traces_to_its_file",
        "every_lead_counts_its_records",
        "every_lead_is_counted_by_its_source",
        "won_amounts_add_up",
        "stage_intervals_follow_each_other",
        "funnel_accounts_for_everyone_who_entered",
        "every_reference_is_found",
    ),
    "identity": (
        "every_record_has_one_lead",
        "lead_id_is_id_of_first_record",
        "every_alias_resolves",
        "identity_events_are_seen_in_leads",
        "every_cell_of_a_lead_names_its_record",
    ),
    "ledger": ("every_lead_has_a_score", "ledger_sums_to_score"),
    "forecast": (
        "forecast_quantiles_are_ordered",
        "every_open_opportunity_has_a_forecast",
        "expected_amount_is_amount_times_probability",
        "nothing_is_known_from_the_future",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was to be proven.

    Attributes:
        proof: balance, identity, ledger, forecast, receipts or determinism.
        statement: what should be true.
        passed: None when it could not be looked at.
        observed: what was found; offending rows by their ids.
        rows_affected: how many rows offend it.
        waits: what it is about is no part of the newest publication yet: nothing is claimed, and nothing is broken.
    """

    proof: str
    statement: str
    passed: bool | None
    observed: str
    rows_affected: int = 0
    waits: bool = False


def verify(
    proofs: Iterable[str],
    read: Callable[[str], duckdb.DuckDBPyRelation],
    engine: Engine,
    given: Mapping[str, Source],
    *,
    ids_published: Source | None = None,
    frozen_forecasts: Source | None = None,
    forecast_period: str | None = None,
    rehashed: Callable[[], Mapping[str, tuple[str, str]]] | None = None,
) -> list[Finding]:
    """Proves invariants on what is published.

    Args:
        proofs: names of :data:`PROOFS`, or ``determinism``.
        read: a published table by name, typed by its contract, as it is in the warehouse.
        engine: where the proofs run.
        given: ``run_scope`` of the newest publication.
        ids_published: column ``lead_id``: every lead id ever published, from the journal.
        frozen_forecasts: the forecasts that the journal froze, to compare with those that readers have.
        forecast_period: the period that ``p_close_by_period_end`` ends with, e.g. 2026-Q1.
        rehashed: by table, the hash that was published and the hash of a run made now from the same raw input.

    Returns:
        A finding for each statement, in order.
    """
    tables: dict[str, Source] = dict(given)

    def inputs_of(truth: Truth) -> dict[str, Source]:
        for name in truth.inputs:
            if name not in tables:
                tables[name] = read(name)
        return tables

    found: list[Finding] = []
    for proof in proofs:
        for truth in truths_named(PROOFS.get(proof, ())):
            result = check_truth(truth, engine, inputs_of(truth))
            found.append(Finding(proof, truth.expected, result.passed, result.observed, result.rows_affected))
        if proof == "identity" and ids_published is not None:
            found.append(_ids_resolve(engine, read, ids_published))
        if proof == "forecast" and forecast_period is not None:
            found.append(_mean_is_as_defined(read, forecast_period))
        if proof == "forecast" and frozen_forecasts is not None:
            found.append(_forecasts_are_frozen(engine, read, frozen_forecasts))
        if proof == "determinism" and rehashed is not None:
            found += _hashes_are_equal(rehashed())
    return found


def _finding(proof: str, statement: str, offenders: list[str]) -> Finding:
    if not offenders:
        return Finding(proof, statement, True, "holds")
    said = f"{len(offenders)} rows, first: {'; '.join(sorted(offenders)[:5])}"
    return Finding(proof, statement, False, said, len(offenders))


def _ids_resolve(engine: Engine, read: Callable[[str], duckdb.DuckDBPyRelation], ids: Source) -> Finding:
    known = read("leads").project(duckdb.ColumnExpression("lead_id"))
    retired = read("lead_aliases").project(duckdb.ColumnExpression("old_lead_id").alias("lead_id"))
    ever = engine.relation(ids).project(duckdb.ColumnExpression("lead_id"))
    lost = ever.except_(known).except_(retired).fetchall()
    statement = "Every lead id that was ever published is current or leads to a current one."
    return _finding("identity", statement, [str(row[0]) for row in lost])


def _mean_is_as_defined(read: Callable[[str], duckdb.DuckDBPyRelation], period: str) -> Finding:
    column, constant = duckdb.ColumnExpression, duckdb.ConstantExpression
    forecasts = read("forecasts")
    newest = forecasts.aggregate([duckdb.FunctionExpression("max", column("as_of")).alias("as_of")]).fetchall()[0][0]
    row = (
        forecasts.filter(
            (column("as_of") == constant(newest))
            & (column("period") == constant(period))
            & (column("segment_type") == constant("all"))
        )
        .project(*[column(name) for name in ("mean", "won_to_date", "new_business_mean")])
        .fetchall()
    )
    deals = read("opportunities").set_alias("deals")
    chances = read("opportunity_forecasts").set_alias("chances")
    joined = deals.join(chances, column("deals", "opportunity_id") == column("chances", "opportunity_id"))
    pairs = joined.project(column("amount_base"), column("p_close_by_period_end")).fetchall()
    # In integers, as it was made: cents times millionths.
    expected = sum(int(amount * 100) * round(chance * 1_000_000) for amount, chance in pairs if amount is not None)
    statement = f"The mean of {period} is won to date + sum of probability x amount + new business."
    offenders = [
        f"mean {mean}, its parts make {won + new} + {expected / 1e8:.2f}"
        for mean, won, new in row
        if abs(int((mean - won - new) * 100) * 1_000_000 - expected) > 1_000_001
    ]
    return _finding("forecast", statement, offenders)


def _forecasts_are_frozen(engine: Engine, read: Callable[[str], duckdb.DuckDBPyRelation], frozen: Source) -> Finding:
    published = read("forecasts")
    columns = [duckdb.ColumnExpression(name) for name in published.columns]
    kept = engine.relation(frozen).project(*columns)
    changed = kept.except_(published.project(*columns))
    offenders = [f"{row[0]:%Y-%m-%d} {row[1]} {row[2]} {row[3]}" for row in changed.fetchall()]
    return _finding("forecast", "Forecasts stay as they were frozen with their publication.", offenders)


def _hashes_are_equal(hashes: Mapping[str, tuple[str, str]]) -> list[Finding]:
    return [
        Finding(
            "determinism",
            f"A run made now from the same raw input gives the same {name}.",
            published == now,
            "holds" if published == now else f"published {published}, now {now}",
            int(published != now),
        )
        for name, (published, now) in sorted(hashes.items())
    ]
