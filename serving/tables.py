"""The Dagster assets of what readers get: audit and publication in one step, then receipts and the report."""

# no `from __future__ import annotations` here: Dagster compares the annotation of `context` with the class itself
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from assets.contract import dagster_schema
from assets.declare import DAYS, OWNERS
from assets.lake import preview, table_path
from assets.scope import Scope
from quality.audit import Audit, check_names
from quality.errors import AuditError
from serving.catalogue import published_tables, tables
from serving.published import (
    AUDITED,
    PUBLICATIONS,
    is_newest,
    mark_served,
    publish_run,
    rows_of_an_earlier_day,
)
from serving.receipts import must_all_be_answered, receipts_folder, write_receipts
from serving.report_run import write_run_report
from serving.review_file import exports_folder, write_review_file

_BEFORE = [name for name in published_tables() if name not in {*AUDITED, PUBLICATIONS}]
_NAMES = check_names([tables()[name] for name in _BEFORE])


@dataclass(frozen=True)
class _ShownCheck:
    """What Dagster shows as one check: a truth, or the whole suite of a table; hundreds of them would help nobody."""

    key: str
    severity: str
    description: str
    members: tuple[str, ...]
    table: str
    is_truth: bool


def _shown_checks() -> list[_ShownCheck]:
    truths = [
        _ShownCheck(check.key, check.severity, check.description, (check.key,), check.table, True)
        for check in _NAMES
        if check.is_truth
    ]
    suites = [
        _ShownCheck(
            f"{name}__suite",
            "blocking",
            f"Every expectation of the contract of {name} holds where it is staged.",
            tuple(check.key for check in _NAMES if not check.is_truth and check.table == name),
            name,
            False,
        )
        for name in _BEFORE
    ]
    return [*truths, *suites]


_CHECKS = _shown_checks()


def _spec(name: str) -> dg.AssetSpec:
    table = tables()[name]
    return dg.AssetSpec(
        name,
        deps=[*_BEFORE, "promotions"],
        group_name=table.group,
        description=table.description + (f"\n\n{table.question}" if table.question else ""),
        metadata={"dagster/column_schema": dagster_schema(table), "dagster/table_name": name},
        kinds={"greatexpectations" if name in AUDITED else "sql"},
        owners=OWNERS,
        partitions_def=DAYS,
    )


@dg.multi_asset(
    name="publication",
    specs=[_spec(name) for name in (*AUDITED, PUBLICATIONS)],
    check_specs=[
        dg.AssetCheckSpec(
            check.key,
            asset="quality_results",
            blocking=check.severity == "blocking",
            description=check.description,
        )
        for check in _CHECKS
    ],
    required_resource_keys={"scope"},
)
def publication(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Stages the tables, audits them where they are staged, and switches readers in one transaction.

    A blocking check that fails, or gives no answer, stops the switch: it is evaluated before it, in this same step.
    """
    scope: Scope = context.resources.scope
    scope.started("audit and publish")
    audit = Audit(scope, rows_of_an_earlier_day(scope))
    try:
        published = publish_run(scope, audit, now=lambda: datetime.now(UTC))
    except AuditError:
        yield from check_results(audit)
        raise
    yield from check_results(audit)
    for name in AUDITED:
        path = table_path(scope.lake, tables()[name], str(scope.day))
        yield dg.MaterializeResult(
            asset_key=name,
            metadata={
                "dagster/row_count": published.rows.get(name, 0),
                "preview": dg.MetadataValue.md(preview(tables()[name], scope.engine.relation(path))),
            },
        )
    yield dg.MaterializeResult(
        asset_key=PUBLICATIONS,
        metadata={
            "publication_id": published.publication_id,
            "content_hash": published.content_hash,
            "is_current": published.is_current,
            "was_there": published.was_there,
            "rows": dg.MetadataValue.json(dict(published.rows)),
            "written": dg.MetadataValue.json({name: list(counts) for name, counts in published.written.items()}),
        },
    )


def check_results(audit: Audit) -> Iterator[dg.AssetCheckResult]:
    """The outcome of each check that Dagster shows.

    A run of an earlier as_of stages tables of history only. Dagster knows no check that was skipped, so the suites of
    all other tables are shown as warnings that passed, and say that nobody looked.
    """
    results = audit.results_by_key()
    for check in _CHECKS:
        found = [results.get(member) for member in check.members]
        if audit.report is not None and not check.is_truth and check.table not in audit.looked_at:
            not_looked_at = (
                f"not looked at: this run did not stage {check.table}; what readers have of it was audited by the run "
                "that published it"
            )
            yield dg.AssetCheckResult(
                asset_key="quality_results",
                check_name=check.key,
                passed=True,
                severity=dg.AssetCheckSeverity.WARN,
                description=not_looked_at,
                metadata={"observed": not_looked_at, "looked_at": False, "rows_affected": 0, "checks": 0},
            )
            continue
        broken = [outcome for outcome in found if outcome is not None and outcome.passed is not True]
        # no answer counts as a failure: a blocking check that stays silent would let everything pass
        silent = sum(outcome is None for outcome in found)
        said = [f"{outcome.observed} (expected: {outcome.expected})" for outcome in broken]
        yield dg.AssetCheckResult(
            asset_key="quality_results",
            check_name=check.key,
            passed=not broken and not silent,
            severity=dg.AssetCheckSeverity.ERROR if check.severity == "blocking" else dg.AssetCheckSeverity.WARN,
            metadata={
                "observed": "; ".join([*said, *([f"{silent} checks could not run"] if silent else [])]) or "holds",
                "looked_at": True,
                "rows_affected": sum(outcome.rows_affected for outcome in broken),
                "checks": len(found),
            },
        )


@dg.asset(
    deps=[PUBLICATIONS],
    group_name="serving",
    partitions_def=DAYS,
    kinds={"file"},
    owners=OWNERS,
    required_resource_keys={"scope"},
    description="The answer to each partner and form file, line by line, in the file's own format and language.",
)
def receipts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Writes every receipt whose answers are new; a run of an earlier day leaves them to the newest."""
    scope: Scope = context.resources.scope
    scope.started("receipts")
    written = write_receipts(scope) if is_newest(scope) else []
    return dg.MaterializeResult(
        metadata={"folder": str(receipts_folder(scope.home).relative_to(scope.home)), "written": len(written)}
    )


@dg.asset(
    deps=[PUBLICATIONS],
    group_name="serving",
    partitions_def=DAYS,
    kinds={"file"},
    owners=OWNERS,
    required_resource_keys={"scope"},
    description="Pairs of records that may be the same person, for somebody to decide: filled in, it is dropped into "
    "`landing/reviews/`.",
)
def identity_review(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Writes the review file; a run of an earlier day leaves it to the newest."""
    scope: Scope = context.resources.scope
    scope.started("review file")
    told = write_review_file(scope) if is_newest(scope) else {"asked": 0, "left_out": 0}
    return dg.MaterializeResult(metadata={"folder": str(exports_folder(scope.home).relative_to(scope.home)), **told})


@dg.asset(
    deps=[PUBLICATIONS, "receipts", "identity_review"],
    group_name="serving",
    partitions_def=DAYS,
    kinds={"html"},
    owners=OWNERS,
    required_resource_keys={"scope"},
    freshness_policy=dg.FreshnessPolicy.cron(deadline_cron="0 9 * * *", lower_bound_delta=timedelta(hours=5)),
    description="One self-contained HTML page: funnel, forecast, sources, files, checks.",
)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Writes the report of the run, and says which receipts are missing."""
    scope: Scope = context.resources.scope
    scope.started("report")
    path = write_run_report(scope)
    must_all_be_answered(scope)
    mark_served(scope)
    return dg.MaterializeResult(metadata={"path": str(path.relative_to(scope.home)), "bytes": path.stat().st_size})
