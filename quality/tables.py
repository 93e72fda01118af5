"""Contracts of the quality tables."""

from __future__ import annotations

from assets.contract import Table, words

QUALITY_RESULTS = Table(
    name="quality_results",
    description="One row per check.",
    question="Can the tables be trusted, and what does bad data cost?",
    group="quality",
    key=("check_name", "table_name"),
    columns=(
        "check_name", "table_name", "severity", "passed", "observed", "expected", "rows_affected",
        "amount_at_risk_base",
    ),
    required=("severity", "observed", "expected", "rows_affected"),
    words={"severity": words("blocking", "warning")},
    published=True,
)  # fmt: skip

BALANCES = Table(
    name="balances",
    description="One row per conservation equation and scope.",
    question="Did anything get lost on the way?",
    group="quality",
    key=("equation", "scope"),
    columns=("equation", "scope", "left_side", "right_side", "difference"),
    required=("left_side", "right_side", "difference"),
    published=True,
)

PUBLICATIONS = Table(
    name="publications",
    description="One row per publication.",
    question="Which run do the tables come from?",
    group="serving",
    key=("publication_id",),
    columns=("publication_id", "run_id", "as_of", "published_at", "policy_version", "content_hash", "is_current"),
    required=("run_id", "as_of", "published_at", "policy_version", "content_hash"),
    published=True,
)
