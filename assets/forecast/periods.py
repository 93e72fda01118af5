"""The periods that are forecast, and the closed ones before them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from policy.model import Policy


@dataclass(frozen=True)
class Period:
    """A month or quarter.

    Attributes:
        name: 2026-03 or 2026-Q1.
        starts_at: its first instant, naive, UTC.
        ends_at: the first instant after it, naive, UTC.
    """

    name: str
    starts_at: pd.Timestamp
    ends_at: pd.Timestamp

    def days_from(self, as_of: datetime) -> tuple[float, float]:
        """Days from as_of to its start and to its end; 0 for what is past."""
        now = pd.Timestamp(as_of)
        day = pd.Timedelta(days=1)
        return max((self.starts_at - now) / day, 0.0), max((self.ends_at - now) / day, 0.0)


def all_periods(dates: pd.DataFrame, kind: str) -> list[Period]:
    """Every whole month or quarter of the calendar but the last, in order."""
    starts = dates.groupby(kind)["starts_at"].min().sort_values()
    return [
        Period(str(name), starts.iloc[place], starts.iloc[place + 1]) for place, name in enumerate(starts.index[:-1])
    ]


def forecast_periods(dates: pd.DataFrame, policy: Policy, as_of: datetime) -> list[Period]:
    """The current period first, those of the horizon, then the current one of the other kind (month, quarter).

    Args:
        dates: the calendar.
        policy: kind of period and horizon.
        as_of: naive, UTC.
    """
    kind = policy.forecast.period
    now = pd.Timestamp(as_of)
    ahead = [period for period in all_periods(dates, kind) if period.ends_at > now]
    other = [
        period for period in all_periods(dates, "month" if kind == "quarter" else "quarter") if period.ends_at > now
    ]
    return ahead[: policy.forecast.horizon_periods + 1] + other[:1]


def closed_periods(dates: pd.DataFrame, policy: Policy, as_of: datetime, since: pd.Timestamp) -> list[Period]:
    """The newest whole periods between an instant and the current period, at most as many as policy looks back."""
    now = pd.Timestamp(as_of)
    found = [p for p in all_periods(dates, policy.forecast.period) if p.ends_at <= now and p.starts_at >= since]
    return found[-policy.forecast.new_business.history_periods :]
