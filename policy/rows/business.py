"""The company, its days and rates, its feeds, its targets and how its funnel is read, as tables."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
import pandas as pd
import pyarrow as pa

from policy.model import Policy
from policy.rows.rows import table


def business_tables(policy: Policy) -> dict[str, pa.Table]:
    """Days: day in UTC, with the business days it is part of. Exchange rates, and what the audit finds odd: one row."""
    rates = policy.business.exchange_rates
    return {
        "policy_days": _days(policy.business.timezone),
        "policy_exchange_rates": table(
            [rates.model_dump()],
            max_age_days="integer",
            flag_after_days="integer",
        ),
        "policy_quality": table(
            [policy.business.quality.model_dump()],
            max_unused_share="double",
            small_file_rows="integer",
        ),
    }


@cache
def _days(zone: str) -> pa.Table:
    """By day in UTC, from 1970 to 2099: which business day an instant belongs to, without asking for each instant.

    Args:
        zone: IANA name of the business zone.

    Returns:
        utc_date; date_before, the business day in which it begins; date_after, the business day that begins within it
        or with the next; turns_at, the first instant of date_after (naive, UTC).
    """
    starts = pd.date_range("1970-01-01", "2100-01-01", freq="D", unit="us", tz="UTC")
    local_days = starts.tz_convert(zone).tz_localize(None).normalize()
    before, after = local_days[:-1], local_days[1:]
    # where clocks change at midnight, a day begins with its first hour that exists
    turns = after.tz_localize(zone, nonexistent="shift_forward", ambiguous=np.ones(len(after), dtype=bool))
    return pa.table(
        {
            "utc_date": pa.array(starts[:-1].date),
            "date_before": pa.array(before.date),
            "date_after": pa.array(after.date),
            "turns_at": pa.array(turns.tz_convert("UTC").tz_localize(None).to_numpy()),
        }
    )


def feed_tables(policy: Policy) -> dict[str, pa.Table]:
    """Feed."""
    return {
        "policy_feeds": table(
            (
                {
                    "source_name": feed.feed,
                    "kind": feed.kind,
                    "channel": feed.channel,
                    "language": feed.language,
                    "expected_within_days": feed.expected.within_days if feed.expected else None,
                    "owner": feed.expected.owner if feed.expected else None,
                }
                for feed in policy.feeds
            ),
            source_name="text",
            kind="text",
            channel="text",
            language="text",
            expected_within_days="integer",
            owner="text",
        )
    }


def target_tables(policy: Policy) -> dict[str, pa.Table]:
    """Targets: period x owner x team. KPIs: measure."""
    return {
        "policy_targets": table(
            (
                {
                    "period": target.period,
                    "owner": target.owner,
                    "team": target.team,
                    "amount": f"{target.amount:.2f}",
                    "currency": target.currency or policy.business.base_currency,
                }
                for target in policy.targets.targets
            ),
            period="text",
            owner="text",
            team="text",
            amount="text",
            currency="text",
        ),
        "policy_kpis": table(
            (item.model_dump() for item in policy.targets.kpis),
            kpi="text",
            unit="text",
            baseline="double",
            target="double",
        ),
    }


def funnel_tables(policy: Policy) -> dict[str, pa.Table]:
    """Segments: what the funnel is counted by. Limits: one row, confidence as a quantile of the normal distribution."""
    segments = ["all", *dict.fromkeys(policy.forecast.funnel_segments)]
    return {
        "policy_funnel_segments": table(({"segment_type": item} for item in segments), segment_type="text"),
        "policy_funnel_limits": table(
            [
                {
                    "maturity_quantile": policy.forecast.cohort_maturity_quantile,
                    "confidence_z": NormalDist().inv_cdf((1 + policy.forecast.funnel_confidence) / 2),
                }
            ],
            maturity_quantile="double",
            confidence_z="double",
        ),
    }
