"""Contracts and assets of the scoring group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import sql_table

LEAD_FACTS = Table(
    name="lead_facts",
    description="One row per lead and field that a rule or a gate asks about, where the field is filled.",
    group="scoring",
    key=("lead_id", "field"),
    columns=("lead_id", "field", "value"),
    required=("value",),
)

LEAD_ACTIVITY = Table(
    name="lead_activity",
    description="One row per lead and thing counted: a behaviour rule, or an activity that a gate asks about.",
    group="scoring",
    key=("lead_id", "rule_id"),
    columns=(
        "lead_id", "rule_id", "event_count", "distinct_count", "quantity", "counted_quantity", "decayed_quantity",
        "first_occurred_at", "last_occurred_at",
    ),
    required=(
        "event_count", "distinct_count", "quantity", "counted_quantity", "decayed_quantity", "first_occurred_at",
        "last_occurred_at",
    ),
)  # fmt: skip

SCORE_LEDGER = Table(
    name="score_ledger",
    description="One row per entry of points given to or taken from a lead that counts at as_of.",
    question="Where do a lead's points come from, to the last hundredth?",
    group="scoring",
    key=("lead_id", "component", "rule_id", "kind"),
    columns=("lead_id", "component", "rule_id", "kind", "evidence", "points", "reason", "policy_version"),
    required=("evidence", "points", "reason", "policy_version"),
    words={
        "component": words("fit", "behaviour", "learned"),
        "kind": words("points", "cap", "decay", "floor"),
    },
    published=True,
)

LEAD_SCORES = Table(
    name="lead_scores",
    description="One row per lead, with its score.",
    question="How good is a lead, and how warm?",
    group="scoring",
    key=("lead_id",),
    columns=(
        "lead_id", "fit_points", "behaviour_points", "learned_points", "score", "conversion_probability", "grade",
        "band", "status", "policy_version", "model_version",
    ),
    required=("fit_points", "behaviour_points", "learned_points", "score", "status", "policy_version"),
    words={"status": words("scored", "insufficient_data"), "band": words("hot", "warm", "cold")},
    published=True,
)  # fmt: skip

lead_facts_asset = sql_table(LEAD_FACTS, __file__)
lead_activity_asset = sql_table(LEAD_ACTIVITY, __file__)
score_ledger_asset = sql_table(SCORE_LEDGER, __file__)
lead_scores_asset = sql_table(LEAD_SCORES, __file__)
