"""Rates of the funnel, how sure they are, and whether they differ from the benchmark.

A rate is said to be below or above its benchmark only when chance is ruled out, for all steps that stand in one
section of the table together (Holm 1979): in a world where every step runs exactly at its benchmark, at most one
section in twenty shows any verdict. Tests are exact binomial ones up to some size, since Wilson's interval is
liberal for small numbers; intervals are Wilson's (1927).
"""

from __future__ import annotations

from datetime import datetime
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from policy.model import Policy

Floats = npt.NDArray[np.float64]

#: Up to so many trials the exact test is used; beyond, its normal approximation is as good.
EXACT_TRIALS = 2000

#: Logarithm of k! for k from 0 to EXACT_TRIALS.
_LOG_FACTORIALS: Floats = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, EXACT_TRIALS + 1)))])

SECTION = ["basis", "period", "segment_type", "segment", "process"]

COLUMNS = [
    "as_of", *SECTION, "from_stage", "to_stage", "entered", "advanced", "lost", "still_open", "conversion_rate",
    "conversion_low", "conversion_high", "benchmark_rate", "verdict", "is_comparable", "median_days", "p90_days",
    "is_bottleneck",
]  # fmt: skip


def funnel_stages(funnel_counts: pd.DataFrame, policy: Policy, as_of: datetime) -> pd.DataFrame:
    """The table `funnel_stages`.

    Args:
        funnel_counts: counts by basis, period, segment and step.
        policy: benchmarks, confidence, smallest cohort that gets a verdict.
        as_of: naive, UTC.

    Returns:
        One row per row of ``funnel_counts``. A row that is not comparable has no verdict but
        `not_distinguishable` (or `no_benchmark`).
    """
    confidence = policy.forecast.funnel_confidence
    rows = funnel_counts.copy()
    rows["as_of"] = pd.Series(as_of, index=rows.index, dtype="datetime64[us]")
    counts = ["entered", "advanced", "lost", "still_open", "seen_count", "truncated_count", "young_count"]
    rows[counts] = rows[counts].astype("int64")
    of_leads = rows["from_stage"] == "lead"
    trials = rows["entered"].where(of_leads, rows["advanced"] + rows["lost"]).to_numpy("int64")
    successes = rows["advanced"].to_numpy("int64")
    with np.errstate(invalid="ignore", divide="ignore"):
        rows["conversion_rate"] = np.where(trials > 0, successes / np.maximum(trials, 1), np.nan)
    rows["conversion_low"], rows["conversion_high"] = wilson_interval(successes, trials, confidence)

    benchmarks = _benchmarks(policy)
    steps = zip(rows["process"], rows["from_stage"], rows["to_stage"], strict=True)
    rows["benchmark_rate"] = np.array([benchmarks.get(step, np.nan) for step in steps], dtype="float64")

    allowed = policy.forecast.cohort_doubtful_share * rows["entered"]
    whole = rows["period"] == "all"
    rows["is_comparable"] = (
        (2 * rows["seen_count"] >= rows["entered"])
        & (rows["young_count"] <= allowed)
        & np.where(whole, rows["truncated_count"] <= allowed, ~rows["is_left_truncated"].astype(bool))
        & ~((rows["basis"] == "period") & rows["is_unfinished"].astype(bool))
    ).astype(bool)
    tested = rows["is_comparable"] & rows["benchmark_rate"].notna() & (trials >= policy.forecast.cohort_min_entered)
    rows["verdict"] = verdicts(
        successes, trials, rows["benchmark_rate"].to_numpy("float64"), tested.to_numpy(bool),
        np.asarray(rows.groupby(SECTION, sort=False).ngroup(), dtype=np.int64), 1 - confidence,
    )  # fmt: skip

    shortfall = (rows["benchmark_rate"] - rows["conversion_rate"]).where(rows["verdict"] == "below")
    worst = shortfall.groupby([rows[name] for name in SECTION], sort=False).transform("max")
    rows["is_bottleneck"] = (shortfall.notna() & (shortfall == worst)).astype(bool)
    order = [*SECTION, "stage_order", "to_stage"]
    return rows.sort_values(order, kind="stable").reset_index(drop=True)[COLUMNS]


def _benchmarks(policy: Policy) -> dict[tuple[str, str, str], float]:
    """Benchmark by process and step; the last step of each process ends in `won`."""
    found: dict[tuple[str, str, str], float] = {}
    first = policy.stages.lead_to_opportunity_benchmark
    if first is not None:
        found["all", "lead", "opportunity"] = first
    for process in policy.stages.processes:
        stages = [stage for stage in policy.stages.stages_of(process.process) if stage.status == "open"]
        following = [*(stage.stage for stage in stages[1:]), "won"]
        for stage, to_stage in zip(stages, following, strict=True):
            if stage.step_benchmark is not None:
                found[process.process, stage.stage, to_stage] = stage.step_benchmark
    return found


def wilson_interval(successes: npt.ArrayLike, trials: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The score interval of a share.

    Args:
        successes: how many.
        trials: of how many; NaN comes out where it is 0.
        confidence: such as 0.95.

    Returns:
        Lower and upper ends, within 0 to 1.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    x, n = np.asarray(successes, dtype="float64"), np.asarray(trials, dtype="float64")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(n > 0, n, np.nan)
        centre = x / n + z * z / (2 * n)
        half = z * np.sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n))
        denominator = 1 + z * z / n
        low, high = (centre - half) / denominator, (centre + half) / denominator
    low = np.where(x == 0, np.where(np.isnan(low), np.nan, 0.0), low)
    high = np.where(x == n, 1.0, high)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def verdicts(
    successes: npt.NDArray[np.int64],
    trials: npt.NDArray[np.int64],
    benchmarks: Floats,
    tested: npt.NDArray[np.bool_],
    families: npt.NDArray[np.int64],
    error_rate: float,
) -> list[str]:
    """What each rate is, measured against its benchmark.

    Args:
        successes: how many went on.
        trials: of how many.
        benchmarks: rate to compare with; NaN for none.
        tested: rows that may be compared.
        families: rows with the same number share one error rate (Holm's step-down procedure).
        error_rate: probability that a family in which nothing differs shows any difference.

    Returns:
        below, above, not_distinguishable or no_benchmark.
    """
    found = ["no_benchmark" if missing else "not_distinguishable" for missing in np.isnan(benchmarks).tolist()]
    rows = np.flatnonzero(tested)
    p_values = np.array(
        [_two_sided(int(successes[i]), int(trials[i]), float(benchmarks[i])) for i in rows], dtype="float64"
    )
    order = np.lexsort((rows, p_values, families[rows]))
    family_sizes = dict(zip(*np.unique(families[rows], return_counts=True), strict=True))
    current, left, holds = -1, 0, False
    for place in order:
        row = int(rows[place])
        if families[row] != current:
            current, holds = int(families[row]), True
            left = int(family_sizes[families[row]])
        holds = holds and bool(p_values[place] * left <= error_rate)
        left -= 1
        if holds:
            found[row] = "below" if successes[row] < trials[row] * benchmarks[row] else "above"
    return found


def _two_sided(x: int, n: int, rate: float) -> float:
    """Twice the smaller tail of the binomial distribution, at most 1."""
    if rate <= 0 or rate >= 1:
        return 1.0 if x == n * rate else 0.0
    if n > EXACT_TRIALS:
        z = (x - n * rate) / float(np.sqrt(n * rate * (1 - rate)))
        return 2 * NormalDist().cdf(-abs(z))
    low = x <= n * rate
    k = np.arange(0, x + 1) if low else np.arange(x, n + 1)
    logs = (
        _LOG_FACTORIALS[n] - _LOG_FACTORIALS[k] - _LOG_FACTORIALS[n - k] + k * np.log(rate) + (n - k) * np.log1p(-rate)
    )
    return min(1.0, 2 * float(np.exp(logs).sum()))
