"""What is promised to readers is there, and the pages that list it are fresh."""

import pytest

from assets.contract import Table
from docs.generate import ROOT, contracts, pages

#: Tables and columns that dashboards and scripts rely on. Columns may be added; none may go.
PROMISED = {
    "publications": "publication_id run_id as_of published_at policy_version content_hash is_current",
    "source_files": (
        "file_id path source_name channel sha256 received_at status rows_read rows_accepted "
        "rows_rejected rows_duplicate encoding dialect reason"
    ),
    "rejected_rows": "file_id line_no code reason field raw",
    "lead_records": (
        "record_id file_id line_no source_name channel source_key received_at known_at submitted_at "
        "full_name email phone company domain country attributes repairs"
    ),
    "lead_events": "event_id file_id line_no event_type occurred_at known_at lead_id anonymous_id",
    "record_matches": "record_id_l record_id_r match_weight match_probability decision evidence",
    "lead_identities": "record_id lead_id",
    "lead_aliases": "old_lead_id lead_id",
    "identity_events": "event lead_id other_lead_id happened_at reason",
    "leads": (
        "lead_id lead_kind full_name email phone company account_id title industry country region city "
        "source_name channel medium campaign first_seen_at last_activity_at record_count lifecycle "
        "grade owner consent"
    ),
    "accounts": "account_id company domain company_code lead_count open_opportunity_count won_amount_base",
    "score_ledger": "lead_id component rule_id kind evidence points reason policy_version",
    "lead_scores": (
        "lead_id fit_points behaviour_points learned_points score conversion_probability grade band "
        "status policy_version model_version"
    ),
    "promotion_decisions": "lead_id verdict failed_criteria shortest_path opportunity_id",
    "opportunities": (
        "opportunity_id opportunity_ref origin lead_id account_id name process product stage status "
        "amount currency amount_base win_probability expected_amount_base expected_close_date owner "
        "created_at closed_at last_stage lost_reason competitor priority value_index tier flags"
    ),
    "stage_intervals": ("opportunity_id stage stage_order entered_at left_at days next_stage is_current overdue"),
    "funnel_stages": (
        "as_of basis period segment_type segment process from_stage to_stage entered advanced lost "
        "still_open conversion_rate conversion_low conversion_high benchmark_rate verdict is_comparable "
        "median_days p90_days is_bottleneck"
    ),
    "source_performance": (
        "source_name medium campaign leads qualified opportunities won won_amount_base "
        "lead_to_opportunity_rate lead_to_won_rate rate_low rate_high"
    ),
    "forecasts": (
        "as_of period segment_type segment weighted_amount_base commit_amount_base "
        "best_case_amount_base p10 p50 p90 mean won_to_date new_business_mean target "
        "probability_of_target skill_label"
    ),
    "opportunity_forecasts": ("opportunity_id win_probability p_close_by_period_end expected_close_date_model drivers"),
    "quality_results": ("check_name table_name severity passed observed expected rows_affected amount_at_risk_base"),
    "balances": "equation scope left_side right_side difference",
    "dates": "date",
    "stages": "process stage",
    "reps": "owner",
    "products": "product",
    "campaigns": "campaign",
}

TABLES = {table.name: table for table in contracts()}


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_table_is_published_with_its_columns(name: str):
    assert name in TABLES, "no contract"
    assert TABLES[name].published
    assert [column for column in PROMISED[name].split() if column not in TABLES[name].columns] == []


@pytest.mark.parametrize("table", [t for t in TABLES.values() if t.published], ids=lambda table: table.name)
def test_every_published_table_answers_a_question(table: Table):
    assert table.question.endswith("?")


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_references_point_at_single_column_keys(table: Table):
    for column, target in table.references.items():
        assert target in TABLES, f"{table.name}.{column} points at {target}"
        assert len(TABLES[target].key) == 1


def test_generated_pages_are_fresh():
    stale = [str(path.relative_to(ROOT)) for path, text in pages().items() if path.read_text("utf-8") != text]
    assert not stale, "run `make docs`"
