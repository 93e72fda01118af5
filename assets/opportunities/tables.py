"""Contracts and assets of the opportunities group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import sql_table

PRODUCT_NAMES = Table(
    name="product_names",
    description="One row per product name that anything mentions, folded, with the product it means.",
    group="opportunities",
    key=("name_key",),
    columns=("name_key", "product", "name", "line", "price", "currency", "margin_rate"),
    required=("product", "name"),
)

DEAL_ROWS = Table(
    name="deal_rows",
    description="One row per statement of a CRM about a deal, with its lead, product, process and stage found.",
    group="opportunities",
    key=("file_id", "source_name", "line_no"),
    columns=(
        "file_id", "source_name", "line_no", "received_at", "known_at", "content_hash", "opportunity_ref", "lead_id",
        "company", "name", "product", "process", "stage", "source_stage", "told_stage", "is_unknown_stage",
        "changed_at", "created_at", "closed_at", "amount", "currency", "expected_close_date", "owner", "lost_reason",
        "competitor",
    ),
    required=("opportunity_ref", "process"),
)  # fmt: skip

DEAL_CHANGES = Table(
    name="deal_changes",
    description="One row per change of a CRM deal to another stage, up to as_of, in order.",
    group="opportunities",
    key=("opportunity_ref", "change_no"),
    columns=(
        "opportunity_ref", "process", "stage", "stage_order", "status", "told_stage", "is_assumed", "changed_at",
        "change_no",
    ),
    required=("process", "stage", "stage_order", "status", "changed_at"),
)  # fmt: skip

DEALS = Table(
    name="deals",
    description="One row per deal of a CRM, as it stands at as_of.",
    group="opportunities",
    key=("opportunity_ref",),
    columns=(
        "opportunity_ref", "source_name", "lead_id", "company", "name", "process", "product", "stage", "stage_order",
        "status", "amount", "currency", "expected_close_date", "owner", "created_at", "closed_at", "last_stage",
        "lost_reason", "competitor", "has_unknown_stage", "is_created_assumed", "is_closed_first",
        "is_reopened", "is_backwards",
    ),
    required=("process", "stage", "status", "created_at"),
    words={"status": words("open", "won", "lost")},
)  # fmt: skip

LEAD_OUTCOMES = Table(
    name="lead_outcomes",
    description="One row per lead whose outcome is stated: the newest statement known at as_of.",
    group="opportunities",
    key=("lead_id",),
    columns=("lead_id", "outcome", "decided_at", "reason"),
    required=("outcome", "decided_at"),
    words={"outcome": words("converted", "won", "lost", "junk", "unreachable")},
)

PROMOTIONS = Table(
    name="promotions",
    description="One row per promotion taken: earlier ones from the journal, and those of this run.",
    group="opportunities",
    key=("opportunity_id",),
    columns=("opportunity_id", "lead_id", "product", "episode", "decided_at", "is_new"),
    required=("lead_id", "episode", "decided_at"),
)

LEAD_GATES = Table(
    name="lead_gates",
    description="One row per lead evaluated by the promotion gate.",
    group="opportunities",
    key=("lead_id",),
    columns=("lead_id", "verdict", "failed_criteria", "shortest_path", "product"),
    required=("verdict", "failed_criteria", "shortest_path"),
    words={"verdict": words("promote", "nurture", "review", "reject")},
)

PROMOTION_DECISIONS = Table(
    name="promotion_decisions",
    description="One row per lead evaluated, with what was decided and the opportunity it led to.",
    question="Which leads became opportunities, and what do the others still lack?",
    group="opportunities",
    key=("lead_id",),
    columns=("lead_id", "verdict", "failed_criteria", "shortest_path", "opportunity_id", "decided_at", "reason"),
    required=("verdict", "failed_criteria", "shortest_path"),
    words={"verdict": words("promote", "nurture", "review", "reject")},
    references={"lead_id": "leads"},
    published=True,
)

OPPORTUNITY_STATES = Table(
    name="opportunity_states",
    description="One row per opportunity, as it stands at as_of, before anything is predicted.",
    group="opportunities",
    key=("opportunity_id",),
    columns=(
        "opportunity_id", "opportunity_ref", "source_name", "origin", "lead_id", "account_id", "company", "name",
        "process", "product", "stage", "stage_order", "status", "amount", "currency", "amount_base",
        "expected_close_date", "owner", "created_at", "closed_at", "last_stage", "lost_reason", "competitor", "flags",
    ),
    required=("origin", "process", "stage", "status", "created_at", "flags"),
    words={"origin": words("promoted", "crm"), "status": words("open", "won", "lost")},
)  # fmt: skip

STAGE_INTERVALS = Table(
    name="stage_intervals",
    description="One row per stay of an opportunity in a stage.",
    question="How long did deals stay in each stage, and what came next?",
    group="opportunities",
    key=("opportunity_id", "stage", "entered_at"),
    columns=(
        "opportunity_id", "process", "stage", "stage_order", "entered_at", "left_at", "days", "next_stage",
        "is_current", "is_assumed", "overdue",
    ),
    required=("process", "days"),
    references={"opportunity_id": "opportunities"},
    published=True,
)  # fmt: skip

OPPORTUNITIES = Table(
    name="opportunities",
    description="One row per opportunity, promoted here or native to the CRM.",
    question="Which deals are there, where do they stand, what are they worth?",
    group="opportunities",
    key=("opportunity_id",),
    columns=(
        "opportunity_id", "opportunity_ref", "origin", "lead_id", "account_id", "name", "process", "product", "stage",
        "status", "amount", "currency", "amount_base", "win_probability", "expected_amount_base",
        "expected_close_date", "owner", "created_at", "closed_at", "last_stage", "lost_reason", "competitor",
        "priority", "value_index", "tier", "flags",
    ),
    required=("origin", "process", "product", "stage", "status", "win_probability", "owner", "created_at", "flags"),
    words={"origin": words("promoted", "crm"), "status": words("open", "won", "lost")},
    references={"lead_id": "leads", "account_id": "accounts", "owner": "reps", "product": "products"},
    published=True,
)  # fmt: skip

STAGES = Table(
    name="stages",
    description="One row per stage of a sales process.",
    question="Which stages does each process have, with which prior win weight and time limit?",
    group="opportunities",
    key=("process", "stage"),
    columns=(
        "process", "stage", "stage_order", "label", "label_zh", "prior_win_probability", "benchmark_rate",
        "limit_days", "is_won", "is_lost",
    ),
    required=("stage_order", "label", "label_zh", "prior_win_probability"),
    published=True,
)  # fmt: skip

REPS = Table(
    name="reps",
    description="One row per salesperson; `(none)` stands for deals without one.",
    question="Who sells?",
    group="opportunities",
    key=("owner",),
    columns=("owner", "name", "level", "skills", "region", "capacity", "hired_on", "team"),
    required=("name", "skills"),
    published=True,
)

PRODUCTS = Table(
    name="products",
    description="One row per product; `(none)` stands for what is not known.",
    question="What do we sell?",
    group="opportunities",
    key=("product",),
    columns=("product", "name", "line", "price", "currency", "margin_rate"),
    required=("name",),
    published=True,
)


product_names_asset = sql_table(PRODUCT_NAMES, __file__)
lead_gates_asset = sql_table(LEAD_GATES, __file__)
deal_rows_asset = sql_table(DEAL_ROWS, __file__)
deal_changes_asset = sql_table(DEAL_CHANGES, __file__)
deals_asset = sql_table(DEALS, __file__)
lead_outcomes_asset = sql_table(LEAD_OUTCOMES, __file__)
promotions_asset = sql_table(PROMOTIONS, __file__)
opportunity_states_asset = sql_table(OPPORTUNITY_STATES, __file__)
stage_intervals_asset = sql_table(STAGE_INTERVALS, __file__)
promotion_decisions_asset = sql_table(PROMOTION_DECISIONS, __file__)
opportunities_asset = sql_table(OPPORTUNITIES, __file__)
stages_asset = sql_table(STAGES, __file__)
reps_asset = sql_table(REPS, __file__)
products_asset = sql_table(PRODUCTS, __file__)
