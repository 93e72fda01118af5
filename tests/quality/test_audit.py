"""The audit as a whole: what blocks, what only warns, and results that rest on the tables alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.engine import Engine
from assets.lake import Made, keep
from policy.business import Quality
from quality.audit import AuditReport, audit, check_names
from quality.errors import AuditFailed, CheckCouldNotRun
from quality.suites import StagedTable
from quality.tables import BALANCES, QUALITY_RESULTS
from serving.catalogue import published_tables
from tests.quality.test_suites import SMALL, sound_row, stage
from tests.quality.test_truths import Rows, inputs, put, sound_world


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Audits a world beside one staged table."""
    engine = Engine(tmp_path / "spill", threads=1)
    url = f"sqlite:///{tmp_path / 'staged.db'}"

    def run(
        change: Callable[[Rows], Any] | None = None,
        *,
        without: str | None = None,
        staged: StagedTable | None = None,
        **options: Any,
    ) -> AuditReport:
        world = sound_world()
        if change is not None:
            change(world)
        tables = inputs(engine, world)
        if without is not None:
            del tables[without]
        place = staged or stage(url, SMALL, [sound_row(SMALL, 1), sound_row(SMALL, 2)])
        return audit([place], url, None, engine, tables, **options)

    yield run
    engine.close()


def test_a_sound_world_passes_and_its_results_keep_their_contract(run: Any, tmp_path: Path) -> None:
    report = run()
    report.raise_if_blocked()
    assert (report.failed, report.unanswered, report.warned) == ((), (), ())
    assert report.quality_results["passed"].all()
    engine = Engine(tmp_path / "other", threads=1)
    assert keep(Made(QUALITY_RESULTS, report.quality_results), tmp_path / "q.parquet", engine) > 30
    assert keep(Made(BALANCES, report.balances), tmp_path / "b.parquet", engine) > 10


def test_a_blocking_truth_stops_the_publication_and_names_the_rows(run: Any) -> None:
    report = run(put("score_ledger", 0, points=Decimal("11.00")))
    with pytest.raises(AuditFailed, match=r"ledger_sums_to_score: 1 rows, first: r1") as caught:
        report.raise_if_blocked()
    assert caught.value.exit_code == 1


def test_an_uneven_balance_stops_the_publication(run: Any) -> None:
    with pytest.raises(AuditFailed, match="every_balance_is_even"):
        run(put("source_files", 0, rows_duplicate=0)).raise_if_blocked()
    with pytest.raises(AuditFailed, match="every_balance_is_even"):
        run(put("opportunity_states", 0, amount_base=Decimal("1.00"))).raise_if_blocked()


def test_a_warning_lets_the_publication_pass_and_says_what_it_costs(run: Any) -> None:
    report = run(put("opportunities", 1, expected_close_date=None))
    report.raise_if_blocked()
    row = report.quality_results.set_index("check_name").loc["open_opportunities_have_a_close_date"]
    assert (row["severity"], row["passed"], row["rows_affected"]) == ("warning", False, 1)
    assert row["amount_at_risk_base"] == Decimal("50.00")
    assert len(report.warned) == 1


def test_a_check_that_cannot_run_is_not_bad_data(run: Any) -> None:
    report = run(without="close_probabilities")
    with pytest.raises(CheckCouldNotRun, match="forecast_mean_is_as_defined") as caught:
        report.raise_if_blocked()
    assert caught.value.exit_code == 3
    assert report.quality_results["passed"].isna().sum() == 1
    with pytest.raises(CheckCouldNotRun, match="the balances need the tables lead_rows"):
        run(without="lead_rows")
    gone = run(staged=StagedTable(SMALL, "gone__3", 1, 1))
    with pytest.raises(CheckCouldNotRun, match="the check could not run"):
        gone.raise_if_blocked()


def test_the_results_say_the_same_however_much_had_to_be_staged(run: Any) -> None:
    whole = run().quality_results
    nothing = run(staged=StagedTable(SMALL, None, 0, 2)).quality_results
    assert whole.equals(nothing)


def test_a_table_that_shrinks_or_grows_is_worth_a_warning(run: Any) -> None:
    def steady(rows: int, before: int) -> bool:
        report = run(staged=StagedTable(SMALL, None, 0, rows), previous_rows={"forecasts": before})
        report.raise_if_blocked()
        return bool(report.quality_results.set_index("check_name").loc["row_count_is_like_before", "passed"])

    assert steady(1000, 501)
    assert not steady(1000, 499)
    assert not steady(499, 1000)
    assert steady(1, 60)


def test_policy_says_how_much_a_table_may_grow(run: Any) -> None:
    def found(rows: int, limits: Quality) -> dict[str, Any]:
        report = run(staged=StagedTable(SMALL, None, 0, rows), previous_rows={"forecasts": 10}, limits=limits)
        results = report.quality_results.set_index("check_name")
        row: dict[str, Any] = results.loc["row_count_is_like_before"].to_dict()
        return row

    limits = Quality(max_row_ratio=3, small_table_rows=20)
    assert found(30, limits)["passed"]
    assert not found(31, limits)["passed"]
    assert found(31, Quality(max_row_ratio=3, small_table_rows=32))["passed"]
    assert found(31, limits)["expected"].startswith("not more than 3 times")


def test_every_check_is_known_by_name_before_it_runs(run: Any) -> None:
    names = check_names(published_tables().values())
    keys = [name.key for name in names]
    assert len(set(keys)) == len(keys)
    assert all(key.replace("_", "").isalnum() for key in keys)
    rows = run(put("run_scope", 0, as_of=datetime(2026, 3, 2))).quality_results
    known = {name.key for name in check_names([SMALL])}
    assert {f"{row['table_name']}__{row['check_name']}" for row in rows.to_dict("records")} == known
