"""What Dagster shows of the audit: each check with what was found, and plainly where nobody looked."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pandas as pd
import pytest

from quality.audit import Audit, AuditReport, check_names
from serving.catalogue import published_tables
from serving.published import AUDITED, PUBLICATIONS
from serving.tables import check_results

STAGED = [name for name in published_tables() if name not in {*AUDITED, PUBLICATIONS}]
HISTORY = {name for name in STAGED if published_tables()[name].history}


def audited(looked_at: set[str], **outcomes: bool | None) -> Audit:
    """An audit that looked at these tables; every check holds but those whose outcome is given by key."""
    rows = [
        {
            "check_name": name.key.removeprefix(f"{name.table}__"),
            "table_name": name.table,
            "severity": name.severity,
            "passed": outcomes.get(name.key, True),
            "observed": "2 rows" if outcomes.get(name.key, True) is not True else "0 rows",
            "expected": name.description,
            "rows_affected": 0 if outcomes.get(name.key, True) else 2,
        }
        for name in check_names([published_tables()[name] for name in STAGED])
        if name.is_truth or name.table in looked_at
    ]
    audit = Audit(None)  # the run does not matter to what the results say
    audit.looked_at = frozenset(looked_at)
    audit.report = AuditReport(pd.DataFrame(rows).astype({"passed": "boolean"}), pd.DataFrame(), (), (), ())
    return audit


def shown(audit: Audit) -> dict[str, dg.AssetCheckResult]:
    """The results by the name of the check."""
    return {str(result.check_name): result for result in check_results(audit)}


def said(result: dg.AssetCheckResult, name: str) -> Any:
    """One value of a result's metadata."""
    return result.metadata[name].value


def test_every_check_of_a_run_that_stages_everything_holds():
    found = shown(audited(set(STAGED)))
    assert all(result.passed for result in found.values())
    assert {said(result, "observed") for result in found.values()} == {"holds"}
    assert all(said(result, "looked_at") for result in found.values())


def test_a_suite_of_a_table_that_was_not_staged_says_that_nobody_looked():
    found = shown(audited(HISTORY))
    assert HISTORY
    for name in STAGED:
        result = found[f"{name}__suite"]
        assert result.passed
        assert bool(said(result, "looked_at")) is (name in HISTORY)
        if name not in HISTORY:
            assert result.severity == dg.AssetCheckSeverity.WARN
            assert (result.description or "").startswith(f"not looked at: this run did not stage {name};")
            assert said(result, "observed") == result.description
            assert said(result, "checks") == 0
    truths = [result for name, result in found.items() if not name.endswith("__suite")]
    assert truths
    assert all(said(result, "looked_at") for result in truths)


@pytest.mark.parametrize("outcome", [False, None])
def test_a_check_that_fails_or_cannot_run_fails_its_suite(outcome: bool | None):
    found = shown(audited(set(STAGED), leads__key_is_unique=outcome))
    result = found["leads__suite"]
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.ERROR
    assert said(result, "observed").startswith("2 rows (expected: ")
    assert sum(not result.passed for result in found.values()) == 1


def test_a_check_of_a_staged_table_without_an_answer_counts_as_failed():
    audit = audited(set(STAGED))
    assert audit.report is not None
    results = audit.report.quality_results
    audit.report = AuditReport(results[results["table_name"] != "leads"], pd.DataFrame(), (), (), ())
    result = shown(audit)["leads__suite"]
    assert not result.passed
    assert "could not run" in said(result, "observed")


@pytest.mark.parametrize("looked_at", [set(STAGED), set()])
def test_an_audit_that_broke_off_before_it_had_any_answer_holds_nothing(looked_at: set[str]):
    audit = Audit(None)
    audit.looked_at = frozenset(looked_at)
    assert not any(result.passed for result in shown(audit).values())
