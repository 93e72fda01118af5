"""The forecast: probabilities of deals, the exact distribution of their sum, and what is promised of the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.contract import Table
from assets.engine import Engine
from assets.forecast.closing import outlooks, stage_priors, win_curve
from assets.forecast.distribution import sum_distribution
from assets.forecast.forecasts import forecast_quantiles, forecasts, target_cents
from assets.forecast.opportunity_forecasts import close_probabilities, opportunity_forecasts
from assets.forecast.tables import CLOSE_PROBABILITIES, FORECASTS, OPPORTUNITY_FORECASTS
from assets.lake import Made, keep
from policy.business import ExchangeRates
from policy.load import load_policy
from policy.model import Policy

ROOT = Path(__file__).parents[2]
AS_OF = datetime(2026, 2, 15, 12)
STAGES = ["validation", "solution_exchange", "negotiation"]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    home = tmp_path_factory.mktemp("home")
    copytree(ROOT / "policy" / "defaults", home / "policy")
    return load_policy(home)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "spill", threads=2)
    yield engine
    engine.close()


def calendar() -> pd.DataFrame:
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(3650)]
    return pd.DataFrame(
        {
            "date": days,
            "month": [f"{day:%Y-%m}" for day in days],
            "quarter": [f"{day.year}-Q{(day.month + 2) // 3}" for day in days],
            "starts_at": pd.Series(pd.to_datetime(days)).astype("datetime64[us]"),
        }
    )


def deals(*rows: dict[str, object]) -> pd.DataFrame:
    """Deals; what a row does not say is taken from a usual one."""
    usual = {
        "process": "standard", "product": "p1", "owner": "ann", "source_name": "crm", "stage": "validation",
        "status": "open", "amount_base": 1000.0, "created_at": datetime(2026, 1, 10), "closed_at": None,
        "expected_close_date": None,
    }  # fmt: skip
    listed = [{"opportunity_id": f"o{n:03d}", **usual, **row} for n, row in enumerate(rows)]
    frame = pd.DataFrame(listed, columns=["opportunity_id", *usual])
    for name in ("created_at", "closed_at"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame


def stays_of(states: pd.DataFrame) -> pd.DataFrame:
    """Each deal was in the first stage from its beginning, and open ones in their present stage as well."""
    first = states.assign(stage="validation")
    now = states[states["status"] == "open"]
    stays = pd.concat([first, now])[["opportunity_id", "process", "stage", "created_at"]]
    return stays.drop_duplicates(["opportunity_id", "stage"]).rename(columns={"created_at": "entered_at"})


def history(count: int, won: int, days: int = 20, begins: datetime = datetime(2025, 1, 3)) -> list[dict[str, object]]:
    """Closed deals, of which so many were won, spread over a year."""
    return [
        {
            "opportunity_id": f"h{n:04d}",
            "stage": "won" if n * won % count < won else "lost",
            "status": "won" if n * won % count < won else "lost",
            "created_at": begins + timedelta(days=n * 370 / count),
            "closed_at": begins + timedelta(days=n * 370 / count + days),
        }
        for n in np.random.default_rng(3).permutation(count).tolist()
    ]


def made(
    states: pd.DataFrame, policy: Policy, as_of: datetime = AS_OF, targets: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The three tables of the group."""
    stays, days = stays_of(states), calendar()
    by_deal = opportunity_forecasts(states, stays, days, policy, as_of)
    chances = close_probabilities(states, stays, days, policy, as_of)
    reps = pd.DataFrame({"owner": ["ann", "bo", "(none)"], "team": ["t1", "t2", None], "region": [None, None, None]})
    products = pd.DataFrame({"product": ["p1", "p2", "(none)"], "line": ["a", "b", None]})
    rates = pd.DataFrame({"date": [date(2026, 2, 1)], "currency": ["EUR"], "rate_to_base": [1.1]})
    rows = no_targets() if targets is None else targets
    return by_deal, chances, forecasts(states, by_deal, chances, days, reps, products, rows, rates, policy, as_of)


def no_targets() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": pd.Series([], dtype="object"),
            "owner": pd.Series([], dtype="object"),
            "team": pd.Series([], dtype="object"),
            "amount": pd.Series([], dtype="float64"),
            "currency": pd.Series([], dtype="object"),
            "known_at": pd.Series([], dtype="datetime64[us]"),
        }
    )


def current(table: pd.DataFrame) -> pd.Series:
    return table[(table["segment_type"] == "all") & (table["period"] == "2026-Q1")].iloc[0]


# --- the distribution of a sum ---------------------------------------------------------------------------------

DEALS = st.lists(st.tuples(st.integers(-10_000_00, 5_000_000_00), st.integers(0, 1_000_000)), max_size=12)


def enumerated(amounts: list[int], chances: list[float]) -> dict[int, float]:
    found: dict[int, float] = {}
    for wins in product([False, True], repeat=len(amounts)):
        total = sum(amount for amount, won in zip(amounts, wins, strict=True) if won)
        share = float(np.prod([p if won else 1 - p for p, won in zip(chances, wins, strict=True)]))
        found[total] = found.get(total, 0.0) + share
    return found


@given(DEALS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_distribution_of_a_few_deals_equals_brute_force(drawn: list[tuple[int, int]]) -> None:
    amounts, chances = [amount for amount, _ in drawn], [micro / 1_000_000 for _, micro in drawn]
    found = sum_distribution(np.array(amounts, dtype=np.int64), np.array(chances), 4096)
    truth = {total: share for total, share in enumerated(amounts, chances).items() if share > 1e-15}
    shown = {int(a): p for a, p in zip(found.amounts, found.probabilities, strict=True) if p > 1e-15}
    assert shown.keys() == truth.keys()
    assert all(shown[total] == pytest.approx(truth[total], abs=1e-12) for total in truth)


def test_equal_amounts_are_exact_however_many() -> None:
    found = sum_distribution(np.full(500, 4821_00, dtype=np.int64), np.full(500, 0.3), 4096)
    k = np.arange(501)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 501)))])
    binomial = np.exp(logs[500] - logs[k] - logs[500 - k] + k * np.log(0.3) + (500 - k) * np.log(0.7))
    shown = np.zeros(501)
    shown[found.amounts // 4821_00] = found.probabilities
    assert np.abs(shown - binomial).max() < 1e-12


@pytest.mark.parametrize("count", [40, 1000, 20000])
def test_mean_and_variance_of_many_deals_are_those_of_the_deals(count: int) -> None:
    rng = np.random.default_rng(count)
    amounts = (np.exp(rng.normal(9, 1.2, count)) * 100).astype(np.int64)
    chances = rng.random(count) * 0.4
    found = sum_distribution(amounts, chances, 16384)
    spread = float(((found.amounts - found.mean()) ** 2) @ found.probabilities)
    assert found.mean() == pytest.approx(float(amounts @ chances), rel=1e-7)
    assert spread == pytest.approx(float((amounts.astype(float) ** 2) @ (chances * (1 - chances))), rel=2e-3)


def test_quantiles_of_many_deals_agree_with_simulation() -> None:
    rng = np.random.default_rng(11)
    amounts, chances = rng.integers(100, 10_000_00, 300), rng.random(300) * 0.5
    found = sum_distribution(amounts, chances, 16384)
    drawn = np.sort((rng.random((4000, 300)) < chances) @ amounts)
    for share in (0.9, 0.5, 0.1):
        place = int((1 - share) * 4000)
        assert found.reached(share) == pytest.approx(drawn[place], rel=0.01)


def test_the_order_of_deals_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    amounts, chances = rng.integers(100, 10_000_00, 200), rng.random(200)
    order = rng.permutation(200)
    left, right = sum_distribution(amounts, chances, 4096), sum_distribution(amounts[order], chances[order], 4096)
    assert (left.amounts == right.amounts).all()
    assert (left.probabilities == right.probabilities).all()


def test_new_deals_add_a_poisson_number_of_amounts() -> None:
    later = np.array([100_00, 300_00], dtype=np.int64)
    found = sum_distribution(np.zeros(0, dtype=np.int64), np.zeros(0), 16384, 2.0, later)
    assert found.mean() == pytest.approx(2.0 * 200_00, rel=1e-9)
    assert float(found.probabilities[0]) == pytest.approx(np.exp(-2.0), rel=1e-9)


def test_an_amount_reached_nine_times_in_ten_is_the_lower_one() -> None:
    found = sum_distribution(np.array([100, 50]), np.array([0.95, 0.4]), 64)
    assert (found.reached(0.9), found.reached(0.5), found.reached(0.1)) == (100, 100, 150)
    assert found.probability_of(100) == pytest.approx(0.95)


# --- probabilities of deals ------------------------------------------------------------------------------------


def test_open_deals_are_censored_and_lost_ones_compete() -> None:
    curve = win_curve(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1, 2, 0, 1]), np.ones(4), 20.0)
    assert curve.days.tolist() == [1.0, 2.0, 3.0]
    assert curve.won.tolist() == pytest.approx([0.25, 0.25, 0.75])
    assert curve.left.tolist() == pytest.approx([0.75, 0.5, 0.0])


def test_deals_open_for_longer_than_any_took_to_close_are_not_counted_on() -> None:
    days, outcomes = np.array([10.0] * 50 + [300.0] * 1000), np.array([1] * 50 + [0] * 1000)
    stuck = win_curve(days, outcomes, np.ones(1050), 20.0)
    assert float(stuck.still_won(np.array([200.0]))[0]) < 0.05
    young = win_curve(np.array([10.0] * 50 + [5.0] * 1000), outcomes, np.ones(1050), 20.0)
    assert float(young.still_won(np.array([0.0]))[0]) > 0.9


def test_without_history_the_prior_stands_alone(policy: Policy) -> None:
    by_deal, _, table = made(
        deals({"stage": "validation"}, {"stage": "solution_exchange"}, {"stage": "negotiation"}), policy
    )
    assert by_deal["win_probability"].tolist() == [0.072, 0.12, 0.30]
    assert by_deal["prior_win_probability"].tolist() == [0.072, 0.12, 0.30]
    assert (by_deal["p_close_by_period_end"] < by_deal["win_probability"]).all()
    assert (by_deal["p_close_by_period_end"] > 0).all()
    assert set(table["skill_label"]) == {"no_history"}
    assert (table["new_business_mean"] == 0).all()


def test_own_history_moves_the_prior(policy: Policy) -> None:
    by_deal, _, table = made(deals(*history(400, 200), {"created_at": AS_OF}), policy)
    drivers = json.loads(by_deal["drivers"][0])
    assert (drivers["own_wins"], drivers["own_losses"], drivers["prior"]) == (200, 200, 0.072)
    assert 0.4 < by_deal["win_probability"][0] < 0.5
    assert set(table["skill_label"]) == {"baseline"}


def test_nothing_known_later_than_as_of_is_used(policy: Policy) -> None:
    past = history(100, 50)
    early = datetime(2025, 7, 1)
    then = deals(*past, {"created_at": datetime(2025, 6, 1)})
    later = then["closed_at"] > early
    unknown = then.assign(closed_at=then["closed_at"].mask(later), status=then["status"].mask(later, "open"))
    unknown["stage"] = unknown["stage"].mask(later, "validation")
    kept = then["created_at"] <= early
    peeking = opportunity_forecasts(then[kept], stays_of(then[kept]), calendar(), policy, early).set_index(
        "opportunity_id"
    )
    honest = opportunity_forecasts(unknown[kept], stays_of(unknown[kept]), calendar(), policy, early)
    own = honest.set_index("opportunity_id").loc[["o100"]]
    assert peeking.loc[["o100"], "win_probability"].tolist() == own["win_probability"].tolist()


def test_a_deal_expected_soon_is_likelier_to_close_in_the_period(policy: Policy) -> None:
    soon, late = {"expected_close_date": date(2026, 3, 1)}, {"expected_close_date": date(2026, 12, 1)}
    by_deal, _, _ = made(deals(soon, late), policy)
    assert by_deal["p_close_by_period_end"][0] > 2 * by_deal["p_close_by_period_end"][1]
    assert by_deal["expected_close_date_model"][0] < by_deal["expected_close_date_model"][1]


@pytest.mark.parametrize(
    ("zone", "timing"),
    [("UTC", "expected_close_date"), ("Asia/Shanghai", "usual_days"), ("America/New_York", "expected_close_date")],
)
def test_a_close_day_ends_when_the_business_day_does(policy: Policy, zone: str, timing: str) -> None:
    local = policy.model_copy(update={"business": policy.business.model_copy(update={"timezone": zone})})
    states = deals({"expected_close_date": date(2026, 2, 15)}, {})
    seen = outlooks(states, stays_of(states), local, datetime(2026, 2, 15, 20)).deals
    assert seen["timing"].tolist() == [timing, "usual_days"]


def test_every_open_stage_has_a_prior(policy: Policy) -> None:
    priors = stage_priors(policy)
    assert [priors["standard", stage][0] for stage in STAGES] == [0.072, 0.12, 0.30]
    assert [priors["standard", stage][1] for stage in STAGES] == [49.0, 42.0, 21.0]


# --- the table ---------------------------------------------------------------------------------------------------


def lively(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "stage": str(rng.choice(STAGES)),
            "amount_base": float(np.round(rng.random() * 99999, 2)),
            "owner": str(rng.choice(["ann", "bo"])),
            "product": str(rng.choice(["p1", "p2"])),
            "created_at": AS_OF - timedelta(days=float(rng.random() * 90)),
            "expected_close_date": (AS_OF + timedelta(days=int(rng.integers(-20, 120)))).date(),
        }
        for _ in range(60)
    ]
    won = [
        {"status": "won", "stage": "won", "amount_base": 1234.56, "owner": owner, "closed_at": datetime(2026, 1, 20)}
        for owner in ("ann", "bo")
    ]
    return deals(*history(300, 120, begins=datetime(2024, 11, 15)), *rows, *won)


def test_the_mean_is_the_sum_of_its_parts_to_the_cent(policy: Policy) -> None:
    states = lively(1)
    by_deal, _, table = made(states, policy)
    joined = by_deal.merge(states, on="opportunity_id")
    pairs = zip(joined["p_close_by_period_end"], joined["amount_base"], strict=True)
    parts = sum((Decimal(repr(p)) * Decimal(str(amount)) for p, amount in pairs), Decimal(0))
    row = current(table)
    assert row["new_business_mean"] > 0
    assert row["won_to_date"] == Decimal("2469.12")
    assert row["mean"] == row["won_to_date"] + parts.quantize(Decimal("0.01")) + row["new_business_mean"]


def test_quantiles_rise_and_so_do_the_cautious_sums(policy: Policy) -> None:
    _, _, table = made(lively(2), policy)
    assert (table["p10"] <= table["p50"]).all()
    assert (table["p50"] <= table["p90"]).all()
    assert (table["won_to_date"] <= table["commit_amount_base"]).all()
    assert (table["commit_amount_base"] <= table["best_case_amount_base"]).all()
    assert (table["p10"] >= table["won_to_date"]).all()


def test_segments_add_up_to_the_total(policy: Policy) -> None:
    _, _, table = made(lively(3), policy)
    names = ["weighted_amount_base", "commit_amount_base", "best_case_amount_base", "won_to_date", "mean"]
    for period, rows in table.groupby("period"):
        total = rows[rows["segment_type"] == "all"].iloc[0]
        for segment_type in ("owner", "product"):
            parts = rows[rows["segment_type"] == segment_type]
            for name in names:
                assert abs(parts[name].sum() - total[name]) <= Decimal("0.02") * len(parts), (
                    period,
                    segment_type,
                    name,
                )


def test_a_few_deals_are_forecast_as_brute_force_says(policy: Policy) -> None:
    states = deals(*({"amount_base": 1000.0 + 17 * n, "stage": STAGES[n % 3]} for n in range(9)))
    by_deal, _, table = made(states, policy)
    cents = [round(amount * 100) for amount in states["amount_base"]]
    truth = enumerated(cents, by_deal["p_close_by_period_end"].tolist())
    row = current(table)
    for name, share in (("p10", 0.9), ("p50", 0.5), ("p90", 0.1)):
        reached = max(total for total in truth if sum(p for t, p in truth.items() if t >= total) >= share - 1e-9)
        assert row[name] == Decimal(reached) / 100


def test_periods_are_the_current_one_those_ahead_and_the_current_month(policy: Policy) -> None:
    _, chances, table = made(lively(4), policy)
    periods = ["2026-Q1", "2026-Q2", "2026-Q3", "2026-02"]
    assert list(dict.fromkeys(table["period"])) == periods
    by_period = chances.pivot_table(index="opportunity_id", columns="period", values="close_probability")
    assert (by_period["2026-02"] <= by_period["2026-Q1"]).all()
    assert (by_period[["2026-Q1", "2026-Q2", "2026-Q3"]].sum(axis=1) <= 1).all()


def test_a_target_has_a_probability_and_without_one_there_is_none(policy: Policy) -> None:
    stated = no_targets()
    stated.loc[0] = ["2026-Q1", None, "t1", 100.0, "EUR", pd.Timestamp("2026-01-01")]
    stated.loc[1] = ["2026-Q1", None, "t2", 50.0, None, pd.Timestamp("2026-01-01")]
    stated.loc[2] = ["2026-Q1", None, "t2", 60.0, None, pd.Timestamp("2026-02-01")]
    stated.loc[3] = ["2026-Q1", None, "t2", 9999.0, None, pd.Timestamp("2026-03-01")]
    stated["known_at"] = pd.to_datetime(stated["known_at"])
    rates = pd.DataFrame({"date": [date(2026, 2, 1)], "currency": ["EUR"], "rate_to_base": [1.1]})
    assert target_cents(stated, rates, policy, AS_OF, "2026-Q1") == {
        ("team", "t1"): 11000,
        ("team", "t2"): 6000,
        ("all", "all"): 17000,
    }
    _, _, table = made(deals({"amount_base": 500.0}), policy, targets=stated)
    row = current(table)
    assert row["target"] == Decimal("170.00")
    assert 0 < row["probability_of_target"] < 0.072
    assert table.loc[table["period"] == "2026-Q2", "target"].isna().all()


@pytest.mark.parametrize(
    ("zone", "max_age", "target"),
    [
        ("UTC", 14, 11000),
        ("UTC", 13, None),
        ("UTC", None, 11000),
        ("Asia/Shanghai", 14, 12000),  # the 16th there already
        ("America/Los_Angeles", 14, 11000),
    ],
)
def test_a_target_takes_the_rate_of_the_business_day_of_as_of_unless_it_is_too_old(
    policy: Policy, zone: str, max_age: int | None, target: int | None
) -> None:
    stated = no_targets()
    stated.loc[0] = ["2026-Q1", None, None, 100.0, "EUR", pd.Timestamp("2026-01-01")]
    stated["known_at"] = pd.to_datetime(stated["known_at"])
    days = [date(2026, 2, 1), date(2026, 2, 16)]
    rates = pd.DataFrame({"date": days, "currency": ["EUR"] * 2, "rate_to_base": [1.1, 1.2]})
    limits = ExchangeRates(max_age_days=max_age)
    business = policy.business.model_copy(update={"timezone": zone, "exchange_rates": limits})
    as_of = datetime(2026, 2, 15, 20)
    found = target_cents(stated, rates, policy.model_copy(update={"business": business}), as_of, "2026-Q1")
    assert found.get(("all", "all")) == target


def test_a_deal_without_an_amount_in_base_currency_adds_nothing(policy: Policy) -> None:
    _, _, table = made(deals({"amount_base": None}, {"amount_base": 100.0}), policy)
    assert current(table)["best_case_amount_base"] == Decimal("100.00")


def test_zero_wins_and_two_weeks_of_history_fall_back_to_the_prior(policy: Policy) -> None:
    lost = history(20, 0, days=1, begins=AS_OF - timedelta(days=400))
    by_deal, _, table = made(deals(*lost, {}), policy)
    assert by_deal["win_probability"].tolist() == [0.072]
    assert set(table["skill_label"]) == {"no_history"}


def test_the_quantiles_table_agrees_with_the_forecast(policy: Policy) -> None:
    states = lively(9)
    _, chances, table = made(states, policy)
    found = forecast_quantiles(states, chances, calendar(), policy, AS_OF).set_index(["period", "reached_rate"])[
        "amount_base"
    ]
    for row in table[table["segment_type"] == "all"].itertuples():
        assert [found[row.period, share] for share in (0.9, 0.5, 0.1)] == [row.p10, row.p50, row.p90]


def test_empty_frames_keep_the_contracts(policy: Policy, engine: Engine, tmp_path: Path) -> None:
    tables: list[Table] = [OPPORTUNITY_FORECASTS, CLOSE_PROBABILITIES, FORECASTS]
    for table, rows in zip(tables, made(deals(), policy), strict=True):
        assert keep(Made(table, rows), tmp_path / f"{table.name}.parquet", engine) == len(rows)


def test_lively_frames_keep_the_contracts(policy: Policy, engine: Engine, tmp_path: Path) -> None:
    tables: list[Table] = [OPPORTUNITY_FORECASTS, CLOSE_PROBABILITIES, FORECASTS]
    for table, rows in zip(tables, made(lively(6), policy), strict=True):
        assert keep(Made(table, rows), tmp_path / f"{table.name}.parquet", engine) == len(rows) > 0


def test_shuffled_rows_make_the_same_tables(policy: Policy) -> None:
    states = lively(8)
    straight, turned = made(states, policy), made(states.sample(frac=1, random_state=1), policy)
    for left, right in zip(straight, turned, strict=True):
        keys = [name for name in ("period", "segment_type", "segment", "opportunity_id") if name in left]
        pd.testing.assert_frame_equal(
            left.sort_values(keys).reset_index(drop=True), right.sort_values(keys).reset_index(drop=True)
        )
