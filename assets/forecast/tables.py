"""Contracts and assets of the forecast group."""

from __future__ import annotations

from assets.contract import Table, words
from assets.declare import frame_table
from assets.forecast.forecasts import forecast_quantiles, forecasts
from assets.forecast.opportunity_forecasts import close_probabilities, opportunity_forecasts

CLOSE_PROBABILITIES = Table(
    name="close_probabilities",
    description="One row per open opportunity and period that is forecast.",
    group="forecast",
    key=("opportunity_id", "period"),
    columns=("opportunity_id", "period", "close_probability"),
    required=("close_probability",),
)

OPPORTUNITY_FORECASTS = Table(
    name="opportunity_forecasts",
    description="One row per open opportunity.",
    question="How likely is a deal to be won, and by when?",
    group="forecast",
    key=("opportunity_id",),
    columns=(
        "opportunity_id", "prior_win_probability", "win_probability", "p_close_by_period_end",
        "expected_close_date_model", "drivers",
    ),
    required=("prior_win_probability", "win_probability", "p_close_by_period_end", "drivers"),
    references={"opportunity_id": "opportunities"},
    published=True,
)  # fmt: skip

FORECASTS = Table(
    name="forecasts",
    description="One row per as_of, period and segment; frozen with its publication.",
    question="How much will be won in the period, and how sure is that?",
    group="forecast",
    key=("as_of", "period", "segment_type", "segment"),
    columns=(
        "as_of", "period", "segment_type", "segment", "weighted_amount_base", "commit_amount_base",
        "best_case_amount_base", "p10", "p50", "p90", "mean", "won_to_date", "new_business_mean", "target",
        "probability_of_target", "skill_label",
    ),
    required=(
        "weighted_amount_base", "commit_amount_base", "best_case_amount_base", "p10", "p50", "p90", "mean",
        "won_to_date", "new_business_mean", "skill_label",
    ),
    words={
        "skill_label": words("no_history", "baseline", "no_skill", "skilled"),
    },
    published=True,
    history=True,
)  # fmt: skip

FORECAST_QUANTILES = Table(
    name="forecast_quantiles",
    description="One row per period that is forecast and probability, with the amount that is reached with it.",
    group="forecast",
    key=("period", "reached_rate"),
    columns=("period", "reached_rate", "amount_base"),
    required=("amount_base",),
)

close_probabilities_asset = frame_table(CLOSE_PROBABILITIES, close_probabilities)
opportunity_forecasts_asset = frame_table(OPPORTUNITY_FORECASTS, opportunity_forecasts)
forecasts_asset = frame_table(FORECASTS, forecasts)
forecast_quantiles_asset = frame_table(FORECAST_QUANTILES, forecast_quantiles)
