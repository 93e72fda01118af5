"""How much will be won in a period, and how sure that is: the table `forecasts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.forecast.closing import WinCurve, days_between, places_by, win_curve
from assets.forecast.distribution import sum_distribution
from assets.forecast.periods import Period, closed_periods, forecast_periods
from policy.model import Policy

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MILLION = 1_000_000

#: The total gets the whole grid, each of its segments this part of it.
SEGMENT_GRID_PART = 8

MONEY = [
    "weighted_amount_base", "commit_amount_base", "best_case_amount_base", "p10", "p50", "p90", "mean", "won_to_date",
    "new_business_mean", "target",
]  # fmt: skip

COLUMNS = ["as_of", "period", "segment_type", "segment", *MONEY, "probability_of_target", "skill_label"]

Targets = Mapping[tuple[str, str, str], int]


def forecasts(
    opportunity_states: pd.DataFrame,
    opportunity_forecasts: pd.DataFrame,
    close_probabilities: pd.DataFrame,
    dates: pd.DataFrame,
    reps: pd.DataFrame,
    products: pd.DataFrame,
    target_rows: pd.DataFrame,
    fx_rates: pd.DataFrame,
    policy: Policy,
    as_of: datetime,
) -> pd.DataFrame:
    """The table `forecasts`: each period that is open, for the total and each segment of the policy.

    The deals of a period are taken as independent; what is won to date is added as certain; deals that do not exist
    yet as a Poisson number of deals with the amounts of own history. The mean is the sum of its three parts, exact
    to the cent: won to date, probability times amount of each open deal, new business.

    Args:
        opportunity_states: deals as they stand at as_of; a deal without an amount in base currency adds nothing.
        opportunity_forecasts: win probability and expected date by open deal.
        close_probabilities: by open deal and period.
        dates: the calendar.
        reps: team and region by owner.
        products: line by product.
        target_rows: targets from files; the newest statement known at as_of counts, and counts before the policy's.
        fx_rates: to bring targets to the base currency.
        policy: segments, grid, new business, targets.
        as_of: naive, UTC.

    Returns:
        Money as decimals. One row per period and segment that has an open deal, a win in the period, new business
        or a target.
    """
    deals = _segmented(opportunity_states, reps, products)
    deals["cents"] = cents(deals["amount_base"])
    open_deals = deals.merge(
        opportunity_forecasts[["opportunity_id", "win_probability", "expected_close_date_model"]],
        on="opportunity_id",
        validate="one_to_one",
    )
    due = pd.to_datetime(open_deals["expected_close_date"]).fillna(
        pd.to_datetime(open_deals["expected_close_date_model"])
    )
    open_deals["due"] = due.astype("datetime64[us]")
    open_deals["is_last_stage"] = _in_last_stage(open_deals, policy)
    open_deals["micro"] = np.rint(open_deals["win_probability"].to_numpy("float64") * MILLION).astype("int64")
    won = deals.loc[(deals["status"] == "won") & (deals["closed_at"].fillna(deals["created_at"]) <= as_of)]
    won = won.assign(at=won["closed_at"].fillna(won["created_at"]))
    arrivals = _arrivals(deals, dates, policy, as_of)
    label = _skill_label(deals, policy, as_of)

    rows: list[dict[str, object]] = []
    segment_types = ["all", *dict.fromkeys(policy.forecast.segments)]
    days = dates.assign(day=pd.to_datetime(dates["date"]).astype("datetime64[us]"))
    for period in forecast_periods(dates, policy, as_of):
        chances = close_probabilities.loc[close_probabilities["period"] == period.name]
        in_period = open_deals.merge(
            chances[["opportunity_id", "close_probability"]], on="opportunity_id", validate="one_to_one"
        )
        in_period["close_micro"] = np.rint(in_period["close_probability"].to_numpy("float64") * MILLION).astype("int64")
        first, last = _days_of(period, days)
        overdue = (in_period["due"] < first) & (period.starts_at <= pd.Timestamp(as_of))
        in_period["is_due"] = in_period["due"].between(first, last) | overdue
        won_here = won.loc[(won["at"] >= period.starts_at) & (won["at"] < period.ends_at)]
        targets = target_cents(target_rows, fx_rates, policy, as_of, period.name)
        in_period = in_period[["cents", "micro", "close_micro", "is_due", "is_last_stage", *segment_types]]
        won_here = won_here[["cents", *segment_types]]
        for segment_type in segment_types:
            open_by, won_by, new_by = (
                {segment: rows for (segment,), rows in places_by(frame, [segment_type]).items()}
                for frame in (in_period, won_here, arrivals.wins)
            )
            named = {segment for type_, segment in targets if type_ == segment_type}
            for segment in sorted(set(open_by) | set(won_by) | set(new_by) | named):
                rows.append(
                    {
                        "period": period.name,
                        "segment_type": segment_type,
                        "segment": segment,
                        **_forecast(
                            in_period.iloc[open_by.get(segment, [])],
                            int(won_here.iloc[won_by.get(segment, [])]["cents"].sum()),
                            arrivals.of(period, as_of, new_by.get(segment)),
                            targets.get((segment_type, segment)),
                            policy.forecast.grid_points // (1 if segment_type == "all" else SEGMENT_GRID_PART),
                        ),
                        "skill_label": label,
                    }
                )
    found = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "as_of"])
    found["probability_of_target"] = found["probability_of_target"].astype("float64")
    found.insert(0, "as_of", pd.Series(as_of, index=found.index, dtype="datetime64[us]"))
    return found


def forecast_quantiles(
    opportunity_states: pd.DataFrame,
    close_probabilities: pd.DataFrame,
    dates: pd.DataFrame,
    policy: Policy,
    as_of: datetime,
) -> pd.DataFrame:
    """The distribution behind each period's total, as the amounts reached with each of a hundred probabilities.

    Args:
        opportunity_states: deals as they stand at as_of.
        close_probabilities: by open deal and period.
        dates: the calendar.
        policy: grid, new business.
        as_of: naive, UTC.

    Returns:
        One row per period and probability, from .01 to .99.
    """
    deals = opportunity_states.sort_values("opportunity_id", kind="stable").reset_index(drop=True).assign(all="all")
    deals["cents"] = cents(deals["amount_base"])
    ended_at = deals["closed_at"].fillna(deals["created_at"])
    arrivals = _arrivals(deals, dates, policy, as_of)
    every = np.arange(len(arrivals.wins), dtype=np.int64)
    shares = [percent / 100 for percent in range(1, 100)]
    frames = []
    for period in forecast_periods(dates, policy, as_of):
        chances = close_probabilities.loc[close_probabilities["period"] == period.name]
        chances = deals[["opportunity_id", "cents"]].merge(chances, on="opportunity_id", validate="one_to_one")
        here = (deals["status"] == "won") & (ended_at >= period.starts_at) & (ended_at < period.ends_at)
        won = int(deals.loc[here & (ended_at <= as_of), "cents"].sum())
        expected, amounts, _ = arrivals.of(period, as_of, every)
        sums = sum_distribution(
            chances["cents"].to_numpy("int64"),
            np.round(chances["close_probability"].to_numpy("float64"), 6),
            policy.forecast.grid_points,
            expected,
            amounts,
        )
        amounts_reached = [money(won + sums.reached(share)) for share in shares]
        frames.append(pd.DataFrame({"period": period.name, "reached_rate": shares, "amount_base": amounts_reached}))
    return pd.concat(frames, ignore_index=True)


def cents(amounts: pd.Series) -> pd.Series:
    """Amounts of money as whole cents; null counts as 0."""
    return pd.Series(np.rint(amounts.astype("float64").fillna(0).to_numpy() * 100).astype("int64"), index=amounts.index)


def money(value: int) -> Decimal:
    """Cents as an amount."""
    return Decimal(value).scaleb(-2)


def weighted_sum(amounts: pd.Series, micro: pd.Series) -> Decimal:
    """Sum of cents times millionths, in cents, exact."""
    return Decimal(sum(a * p for a, p in zip(amounts.tolist(), micro.tolist(), strict=True))).scaleb(-6)


def rounded(value: Decimal) -> int:
    """To the nearest whole cent, halves to the even one."""
    return int(value.quantize(Decimal(1), ROUND_HALF_EVEN))


def _segmented(opportunity_states: pd.DataFrame, reps: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Deals with every column that a segment may divide by; `(none)` for what is not known."""
    deals = opportunity_states[
        [
            "opportunity_id", "process", "product", "owner", "source_name", "stage", "status", "amount_base",
            "created_at", "closed_at", "expected_close_date",
        ]
    ]  # fmt: skip
    deals = deals.sort_values("opportunity_id", kind="stable").reset_index(drop=True)
    deals = deals.merge(reps[["owner", "team", "region"]], on="owner", how="left", validate="many_to_one")
    deals = deals.merge(products[["product", "line"]], on="product", how="left", validate="many_to_one")
    for name in ("owner", "team", "region", "product", "line", "process", "source_name"):
        deals[name] = deals[name].astype("object").where(deals[name].notna(), "(none)")
    return deals.assign(all="all")


def _in_last_stage(deals: pd.DataFrame, policy: Policy) -> pd.Series:
    last = {
        (
            process.process,
            [s.stage for s in policy.stages.stages_of(process.process) if s.status == "open"][-1],
        )
        for process in policy.stages.processes
    }
    keys = zip(deals["process"], deals["stage"], strict=True)
    return pd.Series([key in last for key in keys], index=deals.index, dtype=bool)


def _days_of(period: Period, days: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of a period."""
    within = days.loc[(days["starts_at"] >= period.starts_at) & (days["starts_at"] < period.ends_at), "day"]
    return within.min(), within.max()


def _skill_label(deals: pd.DataFrame, policy: Policy, as_of: datetime) -> str:
    """Whether there is history enough to have learned anything from."""
    closed = deals.loc[(deals["status"] != "open") & (deals["closed_at"].fillna(deals["created_at"]) <= as_of)]
    enough = len(closed) >= policy.forecast.min_closed_deals and bool((closed["status"] == "won").any())
    return "baseline" if enough else "no_history"


def _forecast(
    deals: pd.DataFrame, won: int, arrivals: tuple[float, Integers, int], target: int | None, grid_points: int
) -> dict[str, object]:
    """One row's numbers."""
    expected, amounts, new_business = arrivals
    open_mean = weighted_sum(deals["cents"], deals["close_micro"])
    due = deals.loc[deals["is_due"]]
    sums = sum_distribution(
        deals["cents"].to_numpy("int64"),
        deals["close_micro"].to_numpy("int64") / MILLION,
        grid_points,
        expected,
        amounts,
    )
    return {
        "weighted_amount_base": money(rounded(weighted_sum(due["cents"], due["micro"]))),
        "commit_amount_base": money(won + int(due.loc[due["is_last_stage"], "cents"].sum())),
        "best_case_amount_base": money(won + int(due["cents"].sum())),
        "p10": money(won + sums.reached(0.9)),
        "p50": money(won + sums.reached(0.5)),
        "p90": money(won + sums.reached(0.1)),
        "mean": money(won + rounded(open_mean) + new_business),
        "won_to_date": money(won),
        "new_business_mean": money(new_business),
        "target": None if target is None else money(target),
        "probability_of_target": None if target is None else round(sums.probability_of(target - won), 6),
    }


@dataclass(frozen=True)
class Arrivals:
    """Deals that do not exist yet, from those that came in closed periods.

    Attributes:
        wins: deals that came since then and were won, with their segments and amounts.
        a_day: deals that came, by day.
        curve: share won by time since creation.
    """

    wins: pd.DataFrame
    a_day: float
    curve: WinCurve

    def of(self, period: Period, as_of: datetime, rows: Integers | None) -> tuple[float, Integers, int]:
        """Expected number of deals yet to come that are won in the period, their possible amounts, and the mean sum.

        A segment's share is its share of the wins, so that segments add up to the total.
        """
        if rows is None or not len(rows):
            return 0.0, np.zeros(0, dtype=np.int64), 0
        start, end = period.days_from(as_of)
        number = round(self.a_day * (self.curve.mean_won_days(end) - self.curve.mean_won_days(start)), 9)
        amounts = self.wins["cents"].to_numpy("int64")[rows]
        mean = rounded(Decimal(str(number)) * int(amounts.sum()) / len(self.wins))
        positive = amounts[amounts > 0]
        return number * positive.size / len(self.wins), positive, mean


def _arrivals(deals: pd.DataFrame, dates: pd.DataFrame, policy: Policy, as_of: datetime) -> Arrivals:
    """How deals came and were won in the closed periods that policy looks at; none while those are too few."""
    rules = policy.forecast.new_business
    none = np.zeros(0)
    nothing = Arrivals(deals.iloc[:0], 0.0, win_curve(none, none.astype(np.int64), none, 1.0))
    known = deals.loc[deals["created_at"] <= as_of]
    if not rules.use or known.empty:
        return nothing
    closed = closed_periods(dates, policy, as_of, known["created_at"].min())
    if len(closed) < rules.min_periods:
        return nothing
    came = known.loc[known["created_at"] >= closed[0].starts_at]
    ended_at = came["closed_at"].fillna(came["created_at"])
    outcome = came["status"].map({"won": 1, "lost": 2}).fillna(0).astype("int64").where(ended_at <= as_of, 0)
    if int((outcome > 0).sum()) < policy.forecast.min_closed_deals or not (outcome == 1).any():
        return nothing
    span = days_between(came["created_at"], ended_at.where(outcome > 0, pd.Timestamp(as_of)))
    since = (pd.Timestamp(as_of) - closed[0].starts_at) / pd.Timedelta(days=1)
    return Arrivals(
        came.loc[outcome == 1].reset_index(drop=True),
        len(came) / since,
        win_curve(span, np.asarray(outcome, dtype=np.int64), np.ones(len(came)), policy.forecast.prior_strength),
    )


def target_cents(
    target_rows: pd.DataFrame, fx_rates: pd.DataFrame, policy: Policy, as_of: datetime, period: str
) -> dict[tuple[str, str], int]:
    """Targets of a period by (segment_type, segment), in cents of the base currency.

    The total is its own target where one is named, else the sum of the teams', else of the owners'. A target in a
    currency without a rate that policy finds fresh enough on the business day of as_of is left out.
    """
    today = pd.Timestamp(as_of, tz="UTC").tz_convert(policy.business.timezone).date()
    max_age = policy.business.exchange_rates.max_age_days
    stated: dict[tuple[str | None, str | None], tuple[Decimal, str]] = {
        (target.owner, target.team): (target.amount, target.currency or policy.business.base_currency)
        for target in policy.targets.targets
        if target.period == period
    }
    rows = target_rows.loc[(target_rows["period"] == period) & (target_rows["known_at"] <= as_of)]
    order = [name for name in ("known_at", "received_at", "content_hash", "file_id", "line_no") if name in rows]
    for row in rows.sort_values(order, kind="stable").to_dict("records"):
        who = (_text(row["owner"]), _text(row["team"]))
        stated[who] = (Decimal(str(row["amount"])), _text(row["currency"]) or policy.business.base_currency)
    found: dict[tuple[str, str], int] = {}
    for (owner, team), (amount, currency) in stated.items():
        is_base = currency == policy.business.base_currency
        rate = Decimal(1) if is_base else _rate(fx_rates, currency, today, max_age)
        if rate is not None:
            key = ("owner", owner) if owner else ("team", team) if team else ("all", "all")
            found[key[0], str(key[1])] = rounded(amount * rate * 100)
    for kind in ("team", "owner"):
        parts = [value for (type_, _), value in found.items() if type_ == kind]
        if ("all", "all") not in found and parts:
            found["all", "all"] = sum(parts)
    return found


def _text(value: object) -> str | None:
    """Text of a cell; None for null or empty."""
    return str(value) if isinstance(value, str) and value else None


def _rate(fx_rates: pd.DataFrame, currency: str, day: date, max_age: int | None) -> Decimal | None:
    """The newest rate of a currency up to a day, and at most so many days older."""
    ages = (pd.Timestamp(day) - pd.to_datetime(fx_rates["date"])).dt.days
    rows = fx_rates.loc[(fx_rates["currency"] == currency) & (ages >= 0) & (max_age is None or ages <= max_age)]
    if rows.empty:
        return None
    newest = rows["rate_to_base"].iloc[int(np.argmax(pd.to_datetime(rows["date"]).to_numpy("datetime64[us]")))]
    return round(Decimal(str(newest)), 6)
