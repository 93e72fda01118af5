"""What is expected of each open deal: the tables `opportunity_forecasts` and `close_probabilities`."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from assets.forecast.closing import Outlooks, outlooks
from assets.forecast.periods import forecast_periods
from policy.model import Policy


def opportunity_forecasts(
    opportunity_states: pd.DataFrame,
    stage_intervals: pd.DataFrame,
    dates: pd.DataFrame,
    policy: Policy,
    as_of: datetime,
) -> pd.DataFrame:
    """One row per open deal: prior and posterior win probability, the current period's, the expected date, and why.

    Args:
        opportunity_states: deals as they stand at as_of.
        stage_intervals: their stays in stages.
        dates: the calendar.
        policy: prior weights and their strength.
        as_of: naive, UTC.
    """
    expected = outlooks(opportunity_states, stage_intervals, policy, as_of)
    deals = expected.deals
    days = forecast_periods(dates, policy, as_of)[0].days_from(as_of)[1]
    by_end = expected.won_by(days)
    zone = ZoneInfo(policy.business.timezone)
    moments = pd.DatetimeIndex(
        pd.Timestamp(as_of) + pd.to_timedelta(np.round(expected.median_days()), unit="D"), tz="UTC"
    )
    return pd.DataFrame(
        {
            "opportunity_id": deals["opportunity_id"],
            "prior_win_probability": deals["prior_win_probability"],
            "win_probability": deals["win_probability"],
            "p_close_by_period_end": by_end,
            "expected_close_date_model": pd.Series(moments.tz_convert(zone).date, dtype="object"),
            "drivers": _drivers(expected, by_end),
        }
    )


def _drivers(expected: Outlooks, by_end: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[str]:
    """What each probability rests on, as JSON."""
    deals = expected.deals
    columns = [
        deals[name].tolist()
        for name in (
            "prior_win_probability", "win_probability", "own_wins", "own_losses", "own_weight",
            "days_in_stage", "timing",
        )
    ]  # fmt: skip
    found = []
    for row in zip(*columns, by_end.tolist(), strict=True):
        prior, posterior, wins, losses, weight, days, timing, won = row
        own_share = weight / (weight + expected.strength)
        found.append(
            json.dumps(
                {
                    "prior": prior,
                    "prior_strength": expected.strength,
                    "own_wins": wins,
                    "own_losses": losses,
                    "own_weight": weight,
                    "own_share": round(own_share, 4),
                    "posterior": posterior,
                    "days_in_stage": round(days, 2),
                    "timing_prior": timing,
                    "share_by_period_end": round(won / posterior, 4) if posterior else 0.0,
                }
            )
        )
    return found


def close_probabilities(
    opportunity_states: pd.DataFrame,
    stage_intervals: pd.DataFrame,
    dates: pd.DataFrame,
    policy: Policy,
    as_of: datetime,
) -> pd.DataFrame:
    """One row per open deal and period that is forecast: the probability that the deal is won within the period.

    Args:
        opportunity_states: deals as they stand at as_of.
        stage_intervals: their stays in stages.
        dates: the calendar.
        policy: prior weights, periods.
        as_of: naive, UTC.
    """
    expected = outlooks(opportunity_states, stage_intervals, policy, as_of)
    frames = []
    for period in forecast_periods(dates, policy, as_of):
        start, end = period.days_from(as_of)
        probability = np.round(expected.won_by(end) - expected.won_by(start), 6)
        frames.append(
            pd.DataFrame(
                {
                    "opportunity_id": expected.deals["opportunity_id"],
                    "period": period.name,
                    "close_probability": np.clip(probability, 0, 1),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
