"""Contracts and assets of the intake group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import frame_table, sql_table
from assets.intake.files import file_readings, landed_files, rejected_rows

_LINE = ("file_id", "source_name", "channel", "line_no", "received_at", "known_at")
_LEAD_REFERENCES = ("lead_id", "record_key", "record_source", "email", "phone")

LANDED_FILES = Table(
    name="landed_files",
    description="One row per file ever seen (path and content) and feed that reads it, as it was taken.",
    group="intake",
    key=("path", "sha256", "source_name"),
    columns=(
        "file_id", "path", "source_name", "kind", "channel", "sha256", "received_at", "status", "reading", "rows_read",
        "encoding", "dialect", "code", "reason", "reason_zh", "note", "note_zh",
    ),
    required=("file_id", "received_at", "status", "rows_read"),
    words={"status": words("accepted", "quarantined", "unchanged", "retracted")},
    dated=False,
)  # fmt: skip

FILE_READINGS = Table(
    name="file_readings",
    description="One row per file and feed that reads it, with what the feed made of the file.",
    group="intake",
    key=("file_id", "source_name"),
    columns=(
        "file_id", "source_name", "kind", "identical", "is_receipt", "rows_read", "rows_usable", "code", "reason",
        "reason_zh", "note_code", "note", "note_zh",
    ),
    required=("kind", "identical", "is_receipt", "rows_read", "rows_usable"),
    dated=False,
)  # fmt: skip

LEAD_ROWS = Table(
    name="lead_rows",
    description="One row per line of a leads feed that could be read, with its answer.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(
        "record_id", *_LINE, "source_key", "content_hash", "verdict", "submitted_at", "full_name", "first_name",
        "last_name", "birth_date", "email", "phone", "company", "company_code", "domain", "website", "title",
        "department", "industry", "employee_count", "annual_revenue", "country", "region", "city", "postcode",
        "address", "need", "product", "budget_amount", "currency", "purchase_date", "message", "language", "consent",
        "anonymous_id", "campaign", "medium", "referrer", "landing_page", "owner", "attributes", "repairs",
    ),
    required=("record_id", "channel", "received_at", "known_at", "content_hash", "verdict", "attributes", "repairs"),
    words={"verdict": words("accepted", "updated", "duplicate")},
    dated=False,
)  # fmt: skip

EVENT_ROWS = Table(
    name="event_rows",
    description="One row per behavioural event, the first of those delivered more than once.",
    group="intake",
    key=("event_id",),
    columns=(
        "event_id", *_LINE, "event_type", "occurred_at", "record_key", "record_source", "lead_id", "email", "phone",
        "anonymous_id", "user_id", "session_id", "asset", "product", "dwell_seconds", "campaign", "event_value",
    ),
    required=(*_LINE, "event_type", "occurred_at"),
    dated=False,
)  # fmt: skip

OPPORTUNITY_ROWS = Table(
    name="opportunity_rows",
    description="One row per statement of a CRM about a deal: a stage change, or its present state.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(
        *_LINE, "content_hash", "opportunity_ref", *_LEAD_REFERENCES, "full_name", "company", "name", "product",
        "process", "stage", "changed_at", "created_at", "closed_at", "status", "amount", "currency",
        "expected_close_date", "owner", "lost_reason", "competitor", "need", "budget_amount",
    ),
    required=(*_LINE, "opportunity_ref"),
    dated=False,
)  # fmt: skip

ACTIVITY_ROWS = Table(
    name="activity_rows",
    description="One row per statement about a sales activity; the newest known statement about an id counts.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(
        "activity_id", *_LINE, "content_hash", "opportunity_ref", *_LEAD_REFERENCES, "activity_type", "occurred_at",
        "owner", "outcome", "duration_minutes", "notes",
    ),
    required=("activity_id", *_LINE, "activity_type", "occurred_at"),
    dated=False,
)  # fmt: skip

OUTCOME_ROWS = Table(
    name="outcome_rows",
    description="One row per statement about what became of a lead.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(*_LINE, "content_hash", *_LEAD_REFERENCES, "outcome", "decided_at", "reason"),
    required=_LINE,
    dated=False,
)

ACCOUNT_ROWS = Table(
    name="account_rows",
    description="One row per statement about a company.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(
        *_LINE, "content_hash", "company", "company_code", "domain", "parent", "industry", "country",
        "employee_count", "annual_revenue",
    ),
    required=(*_LINE, "company"),
    dated=False,
)  # fmt: skip

REP_ROWS = Table(
    name="rep_rows",
    description="One row per statement about a salesperson.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(*_LINE, "content_hash", "owner", "name", "level", "skills", "region", "capacity", "hired_on", "team"),
    required=(*_LINE, "owner"),
    dated=False,
)

PRODUCT_ROWS = Table(
    name="product_rows",
    description="One row per statement about a product.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(*_LINE, "content_hash", "product", "name", "line", "price", "currency", "margin_rate"),
    required=(*_LINE, "product"),
    dated=False,
)

TARGET_ROWS = Table(
    name="target_rows",
    description="One row per statement about a target.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(*_LINE, "content_hash", "period", "owner", "team", "amount", "currency"),
    required=(*_LINE, "period", "amount"),
    dated=False,
)

REVIEW_ROWS = Table(
    name="review_rows",
    description="One row per line of a review file that could be read: two records, and what was said of them.",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=(*_LINE, "content_hash", "record_id_l", "record_id_r", "decision", "reviewer", "code"),
    required=(*_LINE, "record_id_l", "record_id_r"),
    words={"decision": words("same", "different")},
    dated=False,
)

FX_RATES = Table(
    name="fx_rates",
    description="One row per day and currency with a rate to the base currency; the newest statement counts.",
    group="intake",
    key=("date", "currency"),
    columns=("date", "currency", "rate_to_base"),
    required=("rate_to_base",),
)

SOURCE_FILES = Table(
    name="source_files",
    description="One row per file ever seen (path and content) and feed that reads it.",
    question="What became of each file that was dropped?",
    group="intake",
    key=("path", "sha256", "source_name"),
    columns=(
        "file_id", "path", "source_name", "kind", "channel", "sha256", "received_at", "status", "rows_read",
        "rows_accepted", "rows_rejected", "rows_duplicate", "encoding", "dialect", "code", "reason", "reason_zh",
        "note", "note_zh",
    ),
    required=("file_id", "status", "rows_read", "rows_accepted", "rows_rejected", "rows_duplicate", "received_at"),
    words={"status": words("accepted", "quarantined", "unchanged", "retracted")},
    published=True,
)  # fmt: skip

REJECTED_ROWS = Table(
    name="rejected_rows",
    description="One row per line that could not be used, with the reason.",
    question="Which lines were refused, why, and what did they say?",
    group="intake",
    key=("file_id", "source_name", "line_no"),
    columns=("file_id", "source_name", "line_no", "code", "reason", "reason_zh", "field", "raw"),
    required=("code", "reason", "reason_zh"),
    references={},
    published=True,
)

LEAD_RECORDS = Table(
    name="lead_records",
    description="One row per usable lead row from any source, normalised.",
    question="What did each source say about a person, line by line?",
    group="intake",
    key=("record_id",),
    columns=(
        "record_id", "file_id", "line_no", "source_name", "channel", "source_key", "content_hash",
        "received_at", "known_at", "submitted_at", "full_name", "first_name", "last_name", "birth_date",
        "email", "phone", "phone_extension", "company", "company_code", "domain", "website", "title",
        "department", "industry", "employee_count", "annual_revenue", "country", "region", "city", "postcode",
        "address", "need", "product", "budget_amount", "currency", "purchase_date", "message", "language",
        "consent", "anonymous_id", "campaign", "medium", "referrer", "landing_page", "owner", "attributes",
        "repairs",
    ),
    required=(
        "file_id", "line_no", "source_name", "channel", "content_hash", "received_at", "known_at", "attributes",
        "repairs",
    ),
    published=True,
)  # fmt: skip

LEAD_EVENTS = Table(
    name="lead_events",
    description="One row per behavioural event, with its lead where known.",
    question="What did a lead do, and when?",
    group="intake",
    key=("event_id",),
    columns=(
        "event_id", "file_id", "line_no", "source_name", "event_type", "occurred_at", "known_at", "lead_id",
        "anonymous_id", "session_id", "asset", "product", "dwell_seconds", "campaign", "event_value",
    ),
    required=("file_id", "line_no", "source_name", "event_type", "occurred_at", "known_at"),
    published=True,
)  # fmt: skip

CAMPAIGNS = Table(
    name="campaigns",
    description="One row per campaign; `(none)` stands for leads without one.",
    question="Which campaigns are there?",
    group="intake",
    key=("campaign",),
    columns=("campaign", "lead_count"),
    required=("lead_count",),
    published=True,
)

landed_files_asset = frame_table(LANDED_FILES, landed_files)
file_readings_asset = frame_table(FILE_READINGS, file_readings)
lead_rows_asset = sql_table(LEAD_ROWS, __file__)
event_rows_asset = sql_table(EVENT_ROWS, __file__)
opportunity_rows_asset = sql_table(OPPORTUNITY_ROWS, __file__)
activity_rows_asset = sql_table(ACTIVITY_ROWS, __file__)
outcome_rows_asset = sql_table(OUTCOME_ROWS, __file__)
account_rows_asset = sql_table(ACCOUNT_ROWS, __file__)
rep_rows_asset = sql_table(REP_ROWS, __file__)
product_rows_asset = sql_table(PRODUCT_ROWS, __file__)
target_rows_asset = sql_table(TARGET_ROWS, __file__)
review_rows_asset = sql_table(REVIEW_ROWS, __file__)
fx_rates_asset = sql_table(FX_RATES, __file__)
source_files_asset = sql_table(SOURCE_FILES, __file__)
rejected_rows_asset = frame_table(REJECTED_ROWS, rejected_rows)
lead_records_asset = sql_table(LEAD_RECORDS, __file__)
lead_events_asset = sql_table(LEAD_EVENTS, __file__)
campaigns_asset = sql_table(CAMPAIGNS, __file__)
