"""Whether an open deal is won, and by when: prior stage weights moved by own history.

Own history gives, for each stage, the share of deals won by the time since they entered it. Deals still open are
censored and lost ones compete (Aalen and Johansen 1978), so that slow deals are not forgotten because they are
not won yet, and deals that have been open for longer than any took to close count for what they are: stuck.

Whether: the policy's win weight of the stage is a prior worth ``prior_strength`` deals; it is blended with the share
won among own deals that were still open at the deal's age in the stage, by how many of those there were.

When: of the deals that are won, the share won within the days ahead, blended in the same way with an exponential
prior (to the expected close date, else the stage's usual days). So a deal older than all of history falls back to
the prior, and so does everything while history is short.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from policy.model import Policy
from policy.stages import Stage

Floats = npt.NDArray[np.float64]

Integers = npt.NDArray[np.int64]

DAY_MICROSECONDS = 86_400_000_000.0

#: Probabilities are kept to so many decimals, so that sums over them are exact.
DECIMALS = 6

#: The model looks no further ahead than this.
FURTHEST_DAYS = 3650.0


def days_between(start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp] | pd.Timestamp) -> Floats:
    """Days from one instant to another; NaN where one is null."""
    starts = pd.to_datetime(start).to_numpy("datetime64[us]")
    ends = pd.Series(end, index=start.index) if isinstance(end, pd.Timestamp) else end
    span = pd.to_datetime(ends).to_numpy("datetime64[us]") - starts
    return np.where(np.isnat(span), np.nan, span.astype("int64") / DAY_MICROSECONDS)


def places_by(frame: pd.DataFrame, columns: list[str]) -> dict[tuple[str, ...], Integers]:
    """Positions of the rows by their values in these columns, groups in order of their values."""
    numbers = frame.groupby(columns, sort=True, dropna=False).ngroup().to_numpy("int64")
    order = np.argsort(numbers, kind="stable")
    bounds = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    values = [frame[name].to_numpy("object") for name in columns]
    return {tuple(str(value[rows[0]]) for value in values): rows for rows in np.split(order, bounds[1:]) if rows.size}


@dataclass(frozen=True)
class WinCurve:
    """What became of a group of deals by the time since they began; weighted by how recent they are.

    Attributes:
        days: at which deals closed, rising.
        won: share won by then.
        left: share not closed by then.
        closed: weight of the deals closed by then.
        stuck: weight of the deals that are open for longer than any took to close.
        later: share expected to be won later than any so far.
    """

    days: Floats
    won: Floats
    left: Floats
    closed: Floats
    stuck: float
    later: float

    def _at(self, values: Floats, days: Floats, first: float) -> Floats:
        known: Floats = np.concatenate([[first], values])
        found: Floats = known[np.searchsorted(self.days, days, side="right")]
        return found

    def weight_after(self, days: Floats) -> Floats:
        """Weight of the deals that closed later than so many days, or are stuck."""
        whole = float(self.closed[-1]) if self.closed.size else 0.0
        return whole - self._at(self.closed, days, 0.0) + self.stuck

    def still_won(self, days: Floats) -> Floats:
        """Of deals open after so many days, the share that is won in the end."""
        coming = (float(self.won[-1]) if self.won.size else 0.0) + self.later - self._at(self.won, days, 0.0)
        found: Floats = np.clip(coming / np.maximum(self._at(self.left, days, 1.0), 1e-9), 0, 1)
        return found

    def wins_within(self, elapsed: Floats, ahead: Floats, later: Floats) -> Floats:
        """Of deals won later than `elapsed`, the share won within `ahead` days more.

        Args:
            elapsed: days since they began.
            ahead: days from now.
            later: share within those days of the wins that come later than any so far.
        """
        before = self._at(self.won, elapsed, 0.0)
        coming = (float(self.won[-1]) if self.won.size else 0.0) + self.later - before
        soon = self._at(self.won, elapsed + ahead, 0.0) - before + self.later * later
        return np.where(coming > 1e-9, soon / np.maximum(coming, 1e-9), later)

    def mean_won_days(self, days: float) -> float:
        """Integral of the share won from 0 to so many days."""
        within = self.days < days
        return float(((days - self.days[within]) * np.diff(self.won[within], prepend=0.0)).sum())


def win_curve(days: Floats, outcomes: Integers, weights: Floats, strength: float) -> WinCurve:
    """The curve of a group of deals.

    Args:
        days: from the beginning to the close, or to now for those still open; negative ones count as 0.
        outcomes: 1 won, 2 lost, 0 still open.
        weights: of each deal.
        strength: so many stuck deals halve the belief that what is open is still decided like the rest.

    Source: O. O. Aalen and S. Johansen, An empirical transition matrix for non-homogeneous Markov chains based
    on censored observations, Scandinavian Journal of Statistics 5 (1978).
    """
    at, places = np.unique(np.maximum(days, 0), return_inverse=True)

    def at_each(chosen: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(places[chosen], weights=weights[chosen], minlength=at.size).astype(np.float64)

    won, closed, all_ = at_each(outcomes == 1), at_each(outcomes > 0), at_each(outcomes >= 0)
    at_risk = np.maximum(np.cumsum(all_[::-1])[::-1], 1e-300)
    left = np.cumprod(np.clip(1 - closed / at_risk, 0, 1)).astype(np.float64)
    shares = np.cumsum(np.concatenate([[1.0], left[:-1]])[: at.size] * won / at_risk)
    kept = closed > 0
    if not kept.any():
        nothing = np.zeros(0)
        return WinCurve(nothing, nothing, nothing, nothing, 0.0, 0.0)
    last = int(np.flatnonzero(kept)[-1])
    stuck = float(all_[last + 1 :].sum())
    undecided = float(left[last]) * strength / (strength + stuck)
    later = undecided * float(won.sum() / closed.sum())
    return WinCurve(at[kept], shares[kept], left[kept], np.cumsum(closed)[kept], stuck, later)


@dataclass(frozen=True)
class History:
    """What own deals taught up to as_of.

    Attributes:
        closed_count: closed deals by process.
        evidence: by (process, stage): wins and losses.
        curves: by (process, stage), from entering the stage.
    """

    closed_count: dict[str, int]
    evidence: dict[tuple[str, str], tuple[int, int]]
    curves: dict[tuple[str, str], WinCurve]


def closing_history(
    opportunity_states: pd.DataFrame, stage_intervals: pd.DataFrame, policy: Policy, as_of: datetime
) -> History:
    """Wins, losses and times by stage, of deals as they stood at as_of.

    Args:
        opportunity_states: opportunity_id, process, status, created_at, closed_at.
        stage_intervals: opportunity_id, stage, entered_at.
        policy: half-life of a closed deal's weight.
        as_of: naive, UTC.
    """
    deals = opportunity_states[["opportunity_id", "process", "status", "created_at", "closed_at"]]
    outcome = deals["status"].map({"won": 1, "lost": 2}).fillna(0).astype("int64")
    closed_at = deals["closed_at"].fillna(deals["created_at"])
    outcome = outcome.where(closed_at <= as_of, 0)
    deals = deals.assign(outcome=outcome, ended_at=closed_at.where(outcome > 0, pd.Timestamp(as_of)))
    counts = deals.loc[deals["outcome"] > 0].groupby("process").size()

    stays = stage_intervals.groupby(["opportunity_id", "stage"], as_index=False, sort=False)["entered_at"].min()
    stays = stays.merge(
        deals[["opportunity_id", "process", "outcome", "ended_at"]],
        on="opportunity_id",
        validate="many_to_one",
    )
    stays["days"] = days_between(stays["entered_at"], stays["ended_at"])
    half_life = policy.forecast.half_life_days
    age = np.maximum(days_between(stays["entered_at"], pd.Timestamp(as_of)), 0)
    stays["weight"] = 0.5 ** (age / half_life) if half_life else 1.0
    stays = stays.sort_values(["process", "stage", "days", "outcome", "weight", "opportunity_id"], kind="stable")

    evidence: dict[tuple[str, str], tuple[int, int]] = {}
    curves: dict[tuple[str, str], WinCurve] = {}
    outcomes, weights = stays["outcome"].to_numpy("int64"), stays["weight"].to_numpy("float64")
    days = stays["days"].to_numpy("float64")
    for (process, stage), rows in places_by(stays, ["process", "stage"]).items():
        evidence[process, stage] = (int((outcomes[rows] == 1).sum()), int((outcomes[rows] == 2).sum()))
        curves[process, stage] = win_curve(days[rows], outcomes[rows], weights[rows], policy.forecast.prior_strength)
    return History({str(k): int(v) for k, v in counts.items()}, evidence, curves)


def stage_priors(policy: Policy) -> dict[tuple[str, str], tuple[float, float]]:
    """By (process, stage): prior win weight, and usual days from entering the stage to the end of the process."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for process in policy.stages.processes:
        stages: list[Stage] = [s for s in policy.stages.stages_of(process.process) if s.status == "open"]
        usual = [stage.expected_days for stage in stages]
        for place, stage in enumerate(stages):
            left = len(stages) - place
            listed = [float(days) for days in usual[place:] if days is not None]
            days = sum(listed) if len(listed) == left else 0.0
            default = policy.forecast.default_cycle_days * left / len(stages)
            found[process.process, stage.stage] = (float(stage.win_weight), days or default)
    return found


@dataclass(frozen=True)
class Outlooks:
    """What is expected of each open deal.

    Attributes:
        deals: opportunity_id, process, stage, prior_win_probability, win_probability, own_wins, own_losses,
            own_weight (of the own deals that were open at that age), days_in_stage,
            prior_days (mean of the prior time to win), timing (its basis).
        curves: by (process, stage); empty where the prior stands alone.
        strength: of the prior, in closed deals.
    """

    deals: pd.DataFrame
    curves: dict[tuple[str, str], WinCurve]
    strength: float

    @cached_property
    def _groups(self) -> dict[tuple[str, ...], Integers]:
        """Positions of the deals that have a curve, by process and stage: asked for with each number of days."""
        groups = places_by(self.deals, ["process", "stage"]) if self.curves else {}
        return {key: rows for key, rows in groups.items() if key in self.curves}

    def share_by(self, days: Floats) -> Floats:
        """Of each deal, if it is won: the probability that it is won within so many days from as_of."""
        days = np.maximum(days, 0)
        mean = self.deals["prior_days"].to_numpy("float64")
        elapsed = self.deals["days_in_stage"].to_numpy("float64")
        shares = -np.expm1(-days / mean)
        for (process, stage), rows in self._groups.items():
            curve = self.curves[process, stage]
            own = curve.wins_within(elapsed[rows], days[rows], shares[rows])
            weight = curve.weight_after(elapsed[rows])
            shares[rows] = (self.strength * shares[rows] + weight * own) / (self.strength + weight)
        found: Floats = np.clip(shares, 0, 1)
        return found

    def won_by(self, days: float) -> Floats:
        """Of each deal: the probability that it is won within so many days from as_of, to `DECIMALS` decimals."""
        if days <= 0:
            return np.zeros(len(self.deals))
        share = self.share_by(np.full(len(self.deals), days))
        probability: Floats = np.round(self.deals["win_probability"].to_numpy("float64") * share, DECIMALS)
        return probability

    def median_days(self) -> Floats:
        """Of each deal, if it is won: days from as_of within which it is won one time in two."""
        low, high = np.zeros(len(self.deals)), np.full(len(self.deals), FURTHEST_DAYS)
        for _ in range(24):
            middle = (low + high) / 2
            reached = self.share_by(middle) >= 0.5
            high, low = np.where(reached, middle, high), np.where(reached, low, middle)
        return high


def outlooks(
    opportunity_states: pd.DataFrame, stage_intervals: pd.DataFrame, policy: Policy, as_of: datetime
) -> Outlooks:
    """What is expected of each open deal, sorted by opportunity_id.

    Args:
        opportunity_states: deals as they stand at as_of.
        stage_intervals: their stays in stages.
        policy: prior weights, their strength, usual days.
        as_of: naive, UTC.
    """
    rules = policy.forecast
    history = closing_history(opportunity_states, stage_intervals, policy, as_of)
    priors = stage_priors(policy)
    fallback = priors[
        policy.stages.default_process, policy.stages.by_canonical(policy.stages.default_process, "validation")
    ]
    now = pd.Timestamp(as_of)

    deals = opportunity_states.loc[opportunity_states["status"] == "open"].sort_values("opportunity_id", kind="stable")
    deals = deals[["opportunity_id", "process", "stage", "created_at", "expected_close_date"]].reset_index(drop=True)
    current = stage_intervals.groupby(["opportunity_id", "stage"], as_index=False, sort=False)["entered_at"].min()
    deals = deals.merge(current, on=["opportunity_id", "stage"], how="left", validate="one_to_one")
    since = deals["entered_at"].fillna(deals["created_at"])
    deals["days_in_stage"] = np.maximum(days_between(since, now), 0)

    keys = list(zip(deals["process"].astype(str), deals["stage"].astype(str), strict=True))
    learned = {key for key in set(keys) if history.closed_count.get(key[0], 0) >= rules.min_closed_deals}
    curves = {key: history.curves[key] for key in sorted(learned) if key in history.curves}
    weights = np.array([priors.get(key, fallback)[0] for key in keys], dtype="float64")
    own, evidence = weights.copy(), np.zeros(len(deals))
    for key, rows in places_by(deals, ["process", "stage"]).items():
        curve = curves.get((key[0], key[1]))
        if curve is not None:
            elapsed = deals["days_in_stage"].to_numpy("float64")[rows]
            own[rows], evidence[rows] = curve.still_won(elapsed), curve.weight_after(elapsed)
    posterior = (rules.prior_strength * weights + evidence * own) / (rules.prior_strength + evidence)
    deals["prior_win_probability"] = weights
    deals["win_probability"] = np.round(posterior, DECIMALS)
    deals["own_weight"] = np.round(evidence, DECIMALS)
    counts = [history.evidence.get(key, (0, 0)) if key in learned else (0, 0) for key in keys]
    deals["own_wins"] = np.array([wins for wins, _ in counts], dtype="int64")
    deals["own_losses"] = np.array([losses for _, losses in counts], dtype="int64")

    to_due = -days_between(_day_ends(deals["expected_close_date"], policy.business.timezone), now)
    dated = np.nan_to_num(to_due, nan=-1) > 0
    usual = np.array([priors.get(key, fallback)[1] for key in keys], dtype="float64")
    slip = min(max(rules.slip_probability, 0.01), 0.95)
    deals["prior_days"] = np.where(dated, np.maximum(np.nan_to_num(to_due, nan=1.0), 1.0) / -np.log(slip), usual)
    deals["timing"] = np.where(dated, "expected_close_date", "usual_days")
    return Outlooks(deals, curves, rules.prior_strength)


def _day_ends(days: pd.Series[Any], zone: str) -> pd.Series[pd.Timestamp]:
    """The last instant of each day in a zone, naive, UTC."""
    ends = pd.to_datetime(days).astype("datetime64[us]") + pd.Timedelta(days=1)
    local = ends.dt.tz_localize(zone, ambiguous=np.ones(len(ends), dtype=bool), nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").dt.tz_localize(None)
