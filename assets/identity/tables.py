"""Contracts and assets of the identity group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import frame_table, sql_table
from assets.identity.attributes import lead_attributes
from assets.identity.blocks import match_blocks
from assets.identity.charts import model_charts
from assets.identity.clusters import lead_identities
from assets.identity.matches import record_matches
from assets.identity.names import name_keys, value_keys
from assets.identity.training import match_model

NAME_KEYS = Table(
    name="name_keys",
    description="One row per name of a person or company as given, with the keys it is compared by.",
    group="identity",
    key=("kind", "name"),
    columns=(
        "kind", "name", "name_key", "name_latin", "first_name", "last_name", "name_order", "name_brand",
    ),
    required=("name_key",),
    words={"kind": words("person", "company"), "name_order": words("family_first", "given_first")},
)  # fmt: skip

VALUE_KEYS = Table(
    name="value_keys",
    description="One row per e-mail address, postal address or postcode that is compared by another writing of it.",
    group="identity",
    key=("kind", "name"),
    columns=("kind", "name", "name_key"),
    required=("name_key",),
    words={"kind": words("email", "address", "postcode")},
)

MATCH_RECORDS = Table(
    name="match_records",
    description="One row per lead record, with its values as they are compared.",
    group="identity",
    key=("record_id",),
    columns=(
        "record_id", "record_no", "record_kind", "source_name", "source_key", "known_at", "name_key",
        "first_name",
        "last_name", "name_latin", "name_pair", "first_name_start", "last_name_start", "name_starts", "salutation",
        "birth_date", "birth_year", "email", "email_name", "phone", "company_key", "company_brand", "company_start",
        "company_code", "domain", "country", "city",
        "postcode",
        "address", "address_start", "anonymous_id", "has_shared_email", "has_shared_phone", "shared_email",
        "shared_phone",
    ),
    required=("record_no", "record_kind", "source_name", "known_at"),
    words={"record_kind": words("person", "organisation", "unnamed"), "salutation": words("mr", "ms")},
)  # fmt: skip

MATCH_BLOCKS = Table(
    name="match_blocks",
    description="One row per blocking rule, with what it looks at and what it leaves out as too large.",
    question="Which records did matching not compare, and why?",
    group="identity",
    key=("rule",),
    columns=(
        "rule", "block_count", "pair_count", "used_block_size", "largest_block_count", "left_out_block_count",
        "left_out_record_count",
    ),
    required=(
        "block_count", "pair_count", "used_block_size", "largest_block_count", "left_out_block_count",
        "left_out_record_count",
    ),
)  # fmt: skip

MATCH_MODEL = Table(
    name="match_model",
    description="One row per level of a comparison, with what the model takes it to be worth.",
    group="identity",
    key=("comparison", "level_no"),
    columns=(
        "comparison", "level_no", "comparison_level", "m_probability", "u_probability", "match_weight", "is_trained",
        "training_record_count", "trained_until",
    ),
    required=(
        "comparison_level", "m_probability", "u_probability", "match_weight", "is_trained", "training_record_count",
    ),
)  # fmt: skip

MATCH_MODEL_EVALUATION = Table(
    name="match_model_evaluation",
    description="One row per whole bit of evidence, with how the pairs that the model gives it were decided.",
    group="identity",
    key=("weight_from",),
    columns=("weight_from", "rule_pair_count", "model_pair_count", "review_pair_count", "decided_pair_count"),
    required=("rule_pair_count", "model_pair_count", "review_pair_count", "decided_pair_count"),
)

RECORD_MATCHES = Table(
    name="record_matches",
    description="One row per pair of records judged to be the same person, or possibly so.",
    question="Why are two records one lead, or why might they be?",
    group="identity",
    key=("record_id_l", "record_id_r"),
    columns=(
        "record_id_l", "record_id_r", "match_weight", "match_probability", "decision", "rule", "evidence",
    ),
    required=("match_weight", "match_probability", "decision", "rule", "evidence"),
    words={"decision": words("same", "review", "different")},
    published=True,
)  # fmt: skip

IDENTITY_DECISIONS = Table(
    name="identity_decisions",
    description="One row per pair of records that a person told to be the same or different.",
    question="What did people decide about doubtful pairs, who, and when?",
    group="identity",
    key=("record_id_l", "record_id_r"),
    columns=(
        "record_id_l", "record_id_r", "decision", "decided_at", "reviewer", "file_id", "line_no", "overruled_count",
    ),
    required=("decision", "decided_at", "file_id", "line_no", "overruled_count"),
    words={"decision": words("same", "different")},
    published=True,
)  # fmt: skip

LEAD_IDENTITIES = Table(
    name="lead_identities",
    description="One row per record, with the lead it belongs to.",
    question="Which lead does a record belong to?",
    group="identity",
    key=("record_id",),
    columns=("record_id", "lead_id"),
    required=("lead_id",),
    published=True,
)

LEAD_ALIASES = Table(
    name="lead_aliases",
    description="One row per lead id that was published once and is no longer current.",
    question="Which lead is meant by an id from an earlier publication?",
    group="identity",
    key=("old_lead_id",),
    columns=("old_lead_id", "lead_id"),
    required=("lead_id",),
    published=True,
)

IDENTITY_CHANGES = Table(
    name="identity_changes",
    description="One row per record whose lead is another than at the previous publication.",
    group="identity",
    key=("record_id",),
    columns=("record_id", "previous_lead_id", "lead_id"),
)

IDENTITY_EVENTS = Table(
    name="identity_events",
    description="One row per change of identity since the previous publication.",
    question="Which leads are new, which ids retired, and where do they lead?",
    group="identity",
    key=("event", "lead_id"),
    columns=("event", "lead_id", "other_lead_id", "happened_at", "reason", "reason_zh"),
    required=("happened_at", "reason", "reason_zh"),
    words={"event": words("created", "merged", "split", "erased")},
    published=True,
)

LEAD_PROVENANCE = Table(
    name="lead_provenance",
    description="One row per lead and field that its records fill, with the record whose value the lead shows.",
    question="From which record, of which source, is what a lead shows, and by which rule?",
    group="identity",
    key=("lead_id", "field"),
    columns=("lead_id", "field", "record_id", "source_name", "known_at", "rule"),
    required=("record_id", "source_name", "known_at", "rule"),
    words={
        "rule": words("newest", "oldest", "longest", "most_frequent", "first_source", "refusal", "only_record"),
    },
    published=True,
)

GOLDEN_RECORDS = Table(
    name="golden_records",
    description="One row per lead, with the value of each field that survived.",
    group="identity",
    key=("lead_id",),
    columns=(
        "lead_id", "lead_kind", "full_name", "first_name", "last_name", "birth_date", "email", "phone",
        "company",
        "company_code", "domain", "account_id", "account_matched_by", "website", "title", "department", "industry",
        "employee_count",
        "annual_revenue", "country", "region", "city", "postcode", "address", "need", "product",
        "budget_amount",
        "budget_amount_base", "currency", "purchase_date", "message", "language", "consent",
        "has_refused_consent", "source_name",
        "channel",
        "medium", "campaign", "referrer", "landing_page", "owner", "attributes", "first_seen_at",
        "last_seen_at",
        "record_count",
    ),
    required=(
        "lead_kind", "source_name", "channel", "first_seen_at", "last_seen_at", "record_count", "attributes",
    ),
    words={
        "lead_kind": words("person", "organisation"),
        "account_matched_by": words("company_code", "domain", "company_and_country", "company"),
    },
)  # fmt: skip

COMPANY_RECORDS = Table(
    name="company_records",
    description="One row per company that a lead, a deal or the account list names.",
    group="identity",
    key=("account_id",),
    columns=(
        "account_id", "company", "company_key", "domain", "company_code", "parent", "industry", "country",
        "employee_count", "annual_revenue",
    ),
    required=("company_key",),
)  # fmt: skip

ACCOUNT_KEYS = Table(
    name="account_keys",
    description="One row per registry number, domain or company name by which a company is found.",
    group="identity",
    key=("key_type", "key_source", "key_value"),
    columns=("key_type", "key_source", "key_value", "account_id"),
    required=("account_id",),
    words={"key_type": words("company_code", "domain", "company_key")},
)

COMPANY_NAMES = Table(
    name="company_names",
    description="One row per company name as given, with the company it stands for by itself.",
    group="identity",
    key=("company",),
    columns=("company", "account_id"),
    required=("account_id",),
)

LEAD_ATTRIBUTES = Table(
    name="lead_attributes",
    description="One row per lead, with the newest filled value of every attribute of its records.",
    group="identity",
    key=("lead_id",),
    columns=("lead_id", "attributes"),
    required=("attributes",),
)

LEAD_KEYS = Table(
    name="lead_keys",
    description="One row per key by which a row of another kind finds its lead.",
    group="identity",
    key=("key_type", "key_source", "key_value"),
    columns=("key_type", "key_source", "key_value", "lead_id"),
    required=("lead_id",),
    words={"key_type": words("lead_id", "email", "phone", "record_key", "user_id", "anonymous_id", "shared_device")},
)

LEADS = Table(
    name="leads",
    description="One row per person, or per organisation where no person is named: the golden record.",
    question="Who are our leads, how good are they, where do they stand?",
    group="identity",
    key=("lead_id",),
    columns=(
        "lead_id", "lead_kind", "full_name", "email", "phone", "company", "account_id", "account_matched_by",
        "title", "industry", "country",
        "region", "city", "source_name", "channel", "medium", "campaign", "first_seen_at", "last_activity_at",
        "record_count", "lifecycle", "grade", "owner", "consent", "has_refused_consent",
    ),
    required=(
        "lead_kind", "industry", "country", "source_name", "channel", "medium", "campaign", "first_seen_at",
        "last_activity_at", "record_count", "lifecycle", "owner",
    ),
    words={
        "lead_kind": words("person", "organisation"),
        "account_matched_by": words("company_code", "domain", "company_and_country", "company"),
        "lifecycle": words("raw", "engaged", "mql", "sql", "opportunity", "customer", "disqualified"),
    },
    published=True,
)  # fmt: skip

ACCOUNTS = Table(
    name="accounts",
    description="One row per company.",
    question="Which companies do we deal with, and what are they worth to us?",
    group="identity",
    key=("account_id",),
    columns=(
        "account_id", "company", "domain", "company_code", "parent", "parent_account_id", "industry", "country",
        "employee_count", "lead_count", "open_opportunity_count", "won_amount_base",
    ),
    required=("company", "lead_count", "open_opportunity_count", "won_amount_base", "industry", "country"),
    published=True,
)  # fmt: skip

name_keys_asset = frame_table(NAME_KEYS, name_keys)
value_keys_asset = frame_table(VALUE_KEYS, value_keys)
match_records_asset = sql_table(MATCH_RECORDS, __file__)
match_blocks_asset = frame_table(MATCH_BLOCKS, match_blocks)
identity_decisions_asset = sql_table(IDENTITY_DECISIONS, __file__)
match_model_asset = frame_table(MATCH_MODEL, match_model, model_charts)
record_matches_asset = frame_table(RECORD_MATCHES, record_matches)
match_model_evaluation_asset = sql_table(MATCH_MODEL_EVALUATION, __file__)
lead_identities_asset = frame_table(LEAD_IDENTITIES, lead_identities)
lead_aliases_asset = sql_table(LEAD_ALIASES, __file__)
identity_changes_asset = sql_table(IDENTITY_CHANGES, __file__)
identity_events_asset = sql_table(IDENTITY_EVENTS, __file__)
account_keys_asset = sql_table(ACCOUNT_KEYS, __file__)
company_names_asset = sql_table(COMPANY_NAMES, __file__)
company_records_asset = sql_table(COMPANY_RECORDS, __file__)
lead_attributes_asset = frame_table(LEAD_ATTRIBUTES, lead_attributes)
lead_provenance_asset = sql_table(LEAD_PROVENANCE, __file__)
golden_records_asset = sql_table(GOLDEN_RECORDS, __file__)
lead_keys_asset = sql_table(LEAD_KEYS, __file__)
leads_asset = sql_table(LEADS, __file__)
accounts_asset = sql_table(ACCOUNTS, __file__)
