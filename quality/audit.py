"""The audit between staging and publishing: suites on the staged tables, truths across the lake, balances.

Its results are published with the tables. They say the same for the same tables, however much of them had to be
staged: a run after everything derived was deleted publishes the very same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from assets.contract import GROUPS, Table
from assets.engine import Engine, Source, table_names
from assets.lake import Made, keep, table_path
from assets.scope import Scope
from policy.business import Quality
from quality.errors import AuditFailed, CheckCouldNotRun
from quality.suites import NATIVE_ROWS, KeptTable, StagedTable, checks_of, run_suites
from quality.tables import BALANCES, QUALITY_RESULTS
from quality.truths import check_truth, load_truths

BALANCES_SQL = Path(__file__).with_name("balances.sql")


class StagedPlace(Protocol):
    """What a publication has staged, as far as the audit looks at it."""

    def audited(self) -> list[StagedTable]:
        """The staged tables."""
        ...

    def audit_url(self) -> tuple[str, str | None]:
        """SQLAlchemy URL and schema by which they are reached."""
        ...


@dataclass(frozen=True)
class CheckName:
    """A check that every audit makes, known before it runs.

    Attributes:
        key: table and check, fit for a Dagster check.
        table: the table it is about.
        is_truth: whether it looks across tables; otherwise it belongs to the suite of its table.
        severity: blocking or warning.
        description: what should be true.
    """

    key: str
    table: str
    severity: str
    description: str
    is_truth: bool


@dataclass(frozen=True)
class CheckOutcome:
    """What became of a check; `passed` is None when it could not run."""

    severity: str
    passed: bool | None
    observed: str
    expected: str
    rows_affected: int


def check_names(tables: Iterable[Table]) -> list[CheckName]:
    """Every check of an audit of these tables: their suites and all truths."""
    truths = [
        CheckName(_key(truth.table, truth.name), truth.table, truth.severity, truth.expected, True)
        for truth in load_truths()
    ]
    suites = [
        CheckName(
            _key(table.name, check.name),
            table.name,
            "blocking",
            f"{check.name.replace('_', ' ')}: {check.expected}",
            False,
        )
        for table in tables
        for check in checks_of(table)
    ]
    return [*truths, *suites]


def _key(table: str, check: str) -> str:
    return f"{table}__{check}"


class Audit:
    """The audit of one run: called between staging and publishing, it keeps its results in the lake.

    Args:
        scope: the run.
        previous_rows: rows by table of the newest publication of an earlier day, from the journal.

    Attributes:
        looked_at: tables that were staged, and so audited where they are; empty before the audit.
    """

    def __init__(self, scope: Scope, previous_rows: Mapping[str, int] | None = None) -> None:
        self.scope = scope
        self.previous_rows = previous_rows
        self.report: AuditReport | None = None
        self.looked_at: frozenset[str] = frozenset()

    def __call__(self, staging: StagedPlace) -> list[KeptTable]:
        """Audits what is staged.

        Returns:
            The results, kept in the lake, to be published with the rest.

        Raises:
            AuditFailed: a blocking check does not hold.
            CheckCouldNotRun: a blocking check gave no answer.
        """
        scope = self.scope
        url, schema = staging.audit_url()
        staged = staging.audited()
        self.looked_at = frozenset(place.table.name for place in staged)
        self.report = audit(
            staged,
            url,
            schema,
            scope.engine,
            lake_inputs(scope),
            docs_folder=scope.home / "out" / "data_docs",
            previous_rows=self.previous_rows,
            limits=scope.policy.business.quality,
        )
        self.report.raise_if_blocked()
        kept = []
        for table, frame in ((QUALITY_RESULTS, self.report.quality_results), (BALANCES, self.report.balances)):
            path = table_path(scope.lake, table, str(scope.day))
            keep(Made(table, frame), path, scope.engine)
            kept.append(KeptTable(table, path))
        return kept

    def results_by_key(self) -> dict[str, CheckOutcome]:
        """The outcome of each check that ran, by the key of its name."""
        if self.report is None:
            return {}
        return {
            _key(row["table_name"], row["check_name"]): CheckOutcome(
                row["severity"],
                None if pd.isna(row["passed"]) else bool(row["passed"]),
                row["observed"],
                row["expected"],
                int(row["rows_affected"]),
            )
            for row in self.report.quality_results.to_dict("records")
        }


def lake_inputs(scope: Scope) -> dict[str, Source]:
    """Every table that the lake has for this run, by name, and what is given to it."""
    given = ("run_scope", "policy_feeds", "policy_quality", "previous_funnel_stages")
    found: dict[str, Source] = {name: scope.given(name) for name in given}
    for group in GROUPS:
        folder = scope.lake / group
        found.update({path.stem: path for path in folder.glob("*.parquet")})
        found.update({path.parent.name: path for path in folder.glob(f"*/{scope.day}.parquet")})
    return found


@dataclass(frozen=True)
class AuditReport:
    """What the audit found.

    Attributes:
        quality_results: a row per check, as its contract says.
        balances: a row per equation, as its contract says.
        failed: blocking checks that do not hold, one sentence each.
        unanswered: blocking checks that could not run, one sentence each.
        warned: checks that only warn and do not hold, one sentence each.
    """

    quality_results: pd.DataFrame
    balances: pd.DataFrame
    failed: tuple[str, ...]
    unanswered: tuple[str, ...]
    warned: tuple[str, ...]

    def raise_if_blocked(self) -> None:
        """Stops the publication when a blocking check does not hold or gave no answer.

        Raises:
            AuditFailed: the data is bad.
            CheckCouldNotRun: nothing is known about the data.
        """
        if self.failed:
            raise AuditFailed("nothing was published: " + " | ".join(self.failed))
        if self.unanswered:
            raise CheckCouldNotRun("nothing was published, a check could not run: " + " | ".join(self.unanswered))


def audit(
    staged: Sequence[StagedTable],
    url: str,
    schema: str | None,
    engine: Engine,
    inputs: Mapping[str, Source],
    *,
    docs_folder: Path | None = None,
    previous_rows: Mapping[str, int] | None = None,
    limits: Quality | None = None,
    native_rows: int = NATIVE_ROWS,
    progress: Callable[[str], None] | None = None,
) -> AuditReport:
    """Audits what is staged and how it fits together.

    Args:
        staged: the staged tables.
        url: the SQLAlchemy URL by which they are reached.
        schema: the schema they are in, if any.
        engine: where truths and balances run.
        inputs: every table of the lake for this run by name, and ``run_scope``.
        docs_folder: where the Data Docs go.
        previous_rows: rows by table of the newest publication of an earlier day, from the journal.
        limits: what policy finds odd; its defaults when None.
        native_rows: tables with more staged rows are counted in one pass.
        progress: told what is looked at.
    """
    tell = progress or (lambda _: None)
    tell("balances")
    sums = balances(engine, inputs)
    rows: list[dict[str, Any]] = []
    with_balances = {**inputs, "balances": sums}
    for truth in load_truths():
        tell(truth.name)
        found = check_truth(truth, engine, with_balances)
        rows.append(
            _row(
                truth.name,
                truth.table,
                truth.severity,
                found.passed,
                found.observed,
                truth.expected,
                found.rows_affected,
                found.amount_at_risk_base,
            )
        )
    tell("suites")
    for result in run_suites(staged, url, schema, docs_folder, native_rows=native_rows):
        check = result.check
        rows.append(
            _row(
                check.name,
                check.table,
                "blocking",
                result.passed,
                result.observed,
                check.expected,
                result.rows_affected,
            )
        )
    for place in staged:
        before = (previous_rows or {}).get(place.table.name)
        if before is not None:
            rows.append(_steady(place, before, limits or Quality()))
    results = pd.DataFrame(rows).sort_values(["table_name", "check_name"], ignore_index=True)
    results["passed"] = results["passed"].astype("boolean")
    return AuditReport(
        results,
        sums,
        _said(rows, "blocking", passed=False),
        _said(rows, "blocking", passed=None),
        _said(rows, "warning", passed=False),
    )


def balances(engine: Engine, inputs: Mapping[str, Source]) -> pd.DataFrame:
    """The conservation equations, each with both its sides.

    Raises:
        CheckCouldNotRun: a table is missing.
    """
    sql = BALANCES_SQL.read_text(encoding="utf-8")
    missing = [name for name in table_names(sql) if name not in inputs]
    if missing:
        raise CheckCouldNotRun(f"nothing was published: the balances need the tables {', '.join(missing)}")
    frame = engine.query(sql, {name: inputs[name] for name in table_names(sql)}).df()
    return frame.sort_values(["equation", "scope"], ignore_index=True)


def _steady(place: StagedTable, before: int, limits: Quality) -> dict[str, Any]:
    less, more = sorted((before, place.rows))
    steady = more < limits.small_table_rows or more <= less * limits.max_row_ratio
    return _row(
        "row_count_is_like_before",
        place.table.name,
        "warning",
        steady,
        f"{place.rows} rows, {before} before",
        f"not more than {limits.max_row_ratio:g} times more or fewer rows than in the publication of an earlier day",
        0 if steady else abs(place.rows - before),
    )


def _row(
    check_name: str,
    table_name: str,
    severity: str,
    passed: bool | None,
    observed: str,
    expected: str,
    rows_affected: int,
    amount: Decimal | None = None,
) -> dict[str, Any]:
    return {
        "check_name": check_name,
        "table_name": table_name,
        "severity": severity,
        "passed": passed,
        "observed": observed,
        "expected": expected,
        "rows_affected": rows_affected,
        "amount_at_risk_base": amount,
    }


def _said(rows: list[dict[str, Any]], severity: str, *, passed: bool | None) -> tuple[str, ...]:
    return tuple(
        f"{row['table_name']}.{row['check_name']}: {row['observed']} (expected: {row['expected']})"
        for row in rows
        if row["severity"] == severity and row["passed"] is passed
    )
