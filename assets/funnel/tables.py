"""Contracts and assets of the funnel group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import frame_table, sql_table
from assets.funnel.dates import dates
from assets.funnel.funnel_stages import funnel_stages

DATES = Table(
    name="dates",
    description="One row per day.",
    question="Which month, quarter and fiscal year does a day belong to?",
    group="funnel",
    key=("date",),
    columns=(
        "date", "month", "quarter", "fiscal_year", "fiscal_quarter", "month_of_year", "iso_week", "day_of_week",
        "day_name", "is_working_day", "starts_at",
    ),
    required=(
        "month", "quarter", "fiscal_year", "fiscal_quarter", "month_of_year", "iso_week", "day_of_week", "starts_at",
    ),
    published=True,
)  # fmt: skip

FUNNEL_COUNTS = Table(
    name="funnel_counts",
    description="One row per basis, period, segment and step from one stage to the next, counted.",
    group="funnel",
    key=("basis", "period", "segment_type", "segment", "process", "from_stage", "to_stage"),
    columns=(
        "basis", "period", "segment_type", "segment", "process", "from_stage", "to_stage", "stage_order", "entered",
        "advanced", "lost", "still_open", "seen_count", "truncated_count", "young_count", "is_left_truncated",
        "is_unfinished", "median_days", "p90_days",
    ),
    required=("entered", "advanced", "lost", "still_open", "seen_count", "truncated_count", "young_count"),
    words={"basis": words("cohort", "period")},
)  # fmt: skip

FUNNEL_STAGES = Table(
    name="funnel_stages",
    description="One row per as_of, basis, period, segment and step from one stage to the next.",
    question="How many go on from step to step, and is that below the benchmark?",
    group="funnel",
    key=("as_of", "basis", "period", "segment_type", "segment", "process", "from_stage", "to_stage"),
    columns=(
        "as_of", "basis", "period", "segment_type", "segment", "process", "from_stage", "to_stage", "entered",
        "advanced", "lost", "still_open", "conversion_rate", "conversion_low", "conversion_high", "benchmark_rate",
        "verdict", "is_comparable", "median_days", "p90_days", "is_bottleneck",
    ),
    required=("entered", "advanced", "lost", "still_open", "verdict"),
    words={
        "basis": words("cohort", "period"),
        "verdict": words("below", "above", "not_distinguishable", "no_benchmark"),
    },
    published=True,
    history=True,
)  # fmt: skip

SOURCE_PERFORMANCE = Table(
    name="source_performance",
    description="One row per source, medium and campaign.",
    question="Which sources bring leads that are won?",
    group="funnel",
    key=("source_name", "medium", "campaign"),
    columns=(
        "source_name", "medium", "campaign", "leads", "qualified", "opportunities", "won", "won_amount_base",
        "lead_to_opportunity_rate", "lead_to_won_rate", "rate_low", "rate_high",
    ),
    required=("leads", "qualified", "opportunities", "won", "won_amount_base"),
    published=True,
)  # fmt: skip

dates_asset = frame_table(DATES, dates)
funnel_counts_asset = sql_table(FUNNEL_COUNTS, __file__)
funnel_stages_asset = frame_table(FUNNEL_STAGES, funnel_stages)
source_performance_asset = sql_table(SOURCE_PERFORMANCE, __file__)
