"""The funnel: who entered a step, who went on, and whether that differs from the benchmark."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.engine import Engine
from assets.funnel.dates import calendar_days, dates, working_days
from assets.funnel.funnel_stages import funnel_stages, verdicts, wilson_interval
from policy.business import Business, Calendar
from policy.model import Policy
from policy.tables import policy_tables

FUNNEL = Path(__file__).parents[2] / "assets" / "funnel"
AS_OF = datetime(2026, 6, 30)
STAGES = ["validation", "solution_exchange", "negotiation"]


def deal(name: str, status: str, stages: list[str], begins: datetime = datetime(2026, 1, 5)) -> tuple[dict, list[dict]]:
    """A deal that stays ten days in each of its stages."""
    closed = None if status == "open" else begins + timedelta(days=10 * len(stages))
    state = {"opportunity_id": name, "process": "standard", "status": status, "created_at": begins, "closed_at": closed}
    stays = [
        {"opportunity_id": name, "process": "standard", "stage": stage, "entered_at": begins + timedelta(days=10 * n)}
        for n, stage in enumerate(stages)
    ]
    return state, stays


def world(*deals: tuple[dict, list[dict]]) -> dict[str, list[dict]]:
    return {"deals": [state for state, _ in deals], "stays": [stay for _, stays in deals for stay in stays]}


def total(funnel: pd.DataFrame, from_stage: str, to_stage: str, process: str = "standard") -> pd.Series:
    return funnel.loc["cohort", "all", "all", "all", process, from_stage, to_stage]


@pytest.mark.parametrize("name", ["funnel_counts", "source_performance"])
def test_the_sql_translates_to_spark(name: str) -> None:
    sql = (FUNNEL / f"{name}.sql").read_text(encoding="utf-8")
    for statement in sqlglot.transpile(sql, read="duckdb", write="spark"):
        sqlglot.parse_one(statement, read="spark")


def test_deals_still_in_a_stage_are_not_failures(funnel: Callable[..., pd.DataFrame]) -> None:
    found = funnel(
        AS_OF,
        **world(
            deal("a", "won", STAGES),
            deal("b", "lost", STAGES[:2]),
            deal("c", "open", STAGES[:2]),
            deal("d", "lost", STAGES[:1]),
        ),
    )
    first, second, third = (total(found, a, b) for a, b in pairwise([*STAGES, "won"]))
    assert first[["entered", "advanced", "lost", "still_open"]].tolist() == [4, 3, 1, 0]
    assert second[["entered", "advanced", "lost", "still_open"]].tolist() == [3, 1, 1, 1]
    assert third[["entered", "advanced", "lost", "still_open"]].tolist() == [1, 1, 0, 0]
    assert second["conversion_rate"] == 0.5
    assert first["median_days"] == 10.0


def test_a_skipped_stage_counts_as_reached_and_has_no_duration(funnel: Callable[..., pd.DataFrame]) -> None:
    found = funnel(AS_OF, **world(deal("a", "won", ["validation", "negotiation"])))
    skipped = total(found, "solution_exchange", "negotiation")
    assert skipped[["entered", "advanced"]].tolist() == [1, 1]
    assert pd.isna(skipped["median_days"])
    assert not skipped["is_comparable"]
    assert total(found, "negotiation", "won")["median_days"] == 10.0


def test_going_back_does_not_undo_what_was_reached(funnel: Callable[..., pd.DataFrame]) -> None:
    found = funnel(AS_OF, **world(deal("a", "open", ["validation", "negotiation", "validation"])))
    assert total(found, "validation", "solution_exchange")["advanced"] == 1
    assert total(found, "negotiation", "won")["still_open"] == 1


def test_leads_are_counted_over_all_entered_and_a_win_before_first_contact_took_no_time(
    funnel: Callable[..., pd.DataFrame],
) -> None:
    seen = datetime(2026, 1, 10)
    leads = [{"lead_id": f"l{n}", "source_name": "web", "first_seen_at": seen} for n in range(4)]
    deals = [
        {"opportunity_id": "x", "lead_id": "l0", "process": "standard", "status": "won", "created_at": seen,
         "closed_at": datetime(2026, 2, 9)},
        {"opportunity_id": "y", "lead_id": "l1", "process": "standard", "status": "won",
         "created_at": datetime(2026, 1, 1), "closed_at": datetime(2026, 1, 2)},
    ]  # fmt: skip
    decisions = [{"lead_id": "l2", "verdict": "reject", "decided_at": datetime(2026, 1, 11)}]
    found = funnel(AS_OF, leads=leads, deals=deals, decisions=decisions)
    won = total(found, "lead", "won", "all")
    assert won[["entered", "advanced", "lost", "still_open"]].tolist() == [4, 2, 1, 1]
    assert won["conversion_rate"] == 0.5
    assert won["median_days"] == 15.0
    assert found.loc["cohort", "all", "source_name", "web", "all", "lead", "won"]["advanced"] == 2
    assert found.loc["cohort", "all", "medium", "(none)", "all", "lead", "won"]["advanced"] == 2


def test_the_period_basis_balances_from_month_to_month(funnel: Callable[..., pd.DataFrame]) -> None:
    rng = np.random.default_rng(7)
    deals = [
        deal(f"d{n}", str(rng.choice(["won", "lost", "open"])), STAGES[: int(rng.integers(1, 4))],
             datetime(2025, 1, 1) + timedelta(days=int(rng.integers(0, 400))))
        for n in range(120)
    ]  # fmt: skip
    found = funnel(AS_OF, **world(*deals)).reset_index()
    months = found[
        (found["basis"] == "period") & found["period"].str.match(r"\d{4}-\d{2}$") & (found["segment"] == "all")
    ]
    entered = found[
        (found["basis"] == "cohort") & found["period"].str.match(r"\d{4}-\d{2}$") & (found["segment"] == "all")
    ]
    news = entered.set_index(["from_stage", "period"])["entered"]
    for step, rows in months.groupby("from_stage"):
        left = 0
        for row in rows.sort_values("period").itertuples():
            assert row.entered == left + news.get((step, row.period), 0)
            left = row.still_open
    sums = found["advanced"] + found["lost"] + found["still_open"]
    assert (sums == found["entered"]).all()


def many(count: int, share: float, begins: datetime) -> list[tuple[dict, list[dict]]]:
    """Deals of which a share goes on from solution exchange, the others are lost there; one begins each hour."""
    return [
        deal(f"d{begins:%m}{n}", "lost", STAGES if n < count * share else STAGES[:2], begins + timedelta(hours=n))
        for n in range(count)
    ]


def test_20_percent_of_200_is_below_a_benchmark_of_40_percent_and_a_bottleneck(
    funnel: Callable[..., pd.DataFrame],
) -> None:
    found = funnel(AS_OF, **world(*many(200, 0.2, datetime(2026, 1, 2))))
    step = total(found, "solution_exchange", "negotiation")
    assert step["verdict"] == "below"
    assert step["conversion_high"] < step["benchmark_rate"] == 0.4
    assert total(found, "negotiation", "won")["is_bottleneck"] or step["is_bottleneck"]


def test_35_percent_of_20_is_not_distinguishable_from_40_percent(funnel: Callable[..., pd.DataFrame]) -> None:
    found = funnel(AS_OF, **world(*many(20, 0.35, datetime(2026, 1, 2))))
    assert total(found, "solution_exchange", "negotiation")["verdict"] == "not_distinguishable"


def comparable_months(found: pd.DataFrame) -> pd.Series:
    wins = found.loc["cohort"].xs("won", level="to_stage").xs("lead", level="from_stage")["is_comparable"]
    return wins.xs(("all", "all", "all"), level=("segment_type", "segment", "process"))


def leads_of(*months: int) -> list[dict]:
    return [
        {"lead_id": f"l{month}-{n}", "source_name": "web", "first_seen_at": datetime(2026, month, 2 + n)}
        for month in months
        for n in range(20)
    ]


def wins_after(days: int, *months: int) -> list[dict]:
    """Half of the leads of these months are won."""
    return [
        {"opportunity_id": f"o{lead['lead_id']}", "lead_id": lead["lead_id"], "process": "standard", "status": "won",
         "created_at": lead["first_seen_at"], "closed_at": lead["first_seen_at"] + timedelta(days=days)}
        for lead in leads_of(*months)[::2]
    ]  # fmt: skip


def test_cohorts_from_before_the_records_began_are_not_comparable(funnel: Callable[..., pd.DataFrame]) -> None:
    found = comparable_months(funnel(AS_OF, leads=leads_of(1, 2, 3, 4), deals=wins_after(10, 3, 4)))
    assert found[["2026-01", "2026-02", "2026-03", "2026-04", "all"]].tolist() == [False, False, False, True, False]


def test_the_time_that_a_first_win_takes_is_no_sign_of_missing_records(funnel: Callable[..., pd.DataFrame]) -> None:
    found = comparable_months(funnel(AS_OF, leads=leads_of(1, 2, 3, 4), deals=wins_after(40, 1, 2, 3, 4)))
    assert found[["2026-01", "2026-02", "2026-03", "all"]].all()


def test_cohorts_too_young_are_not_comparable(funnel: Callable[..., pd.DataFrame]) -> None:
    found = comparable_months(funnel(AS_OF, leads=leads_of(1, 2, 6), deals=wins_after(30, 1, 2)))
    assert found[["2026-01", "2026-02", "2026-06"]].tolist() == [True, True, False]


def test_a_stay_that_is_only_assumed_measures_no_time_and_is_compared_with_nothing(
    funnel: Callable[..., pd.DataFrame],
) -> None:
    begun, ended = datetime(2026, 1, 5), datetime(2026, 1, 25)
    deals = [
        {"opportunity_id": f"o{n}", "process": "standard", "status": "won" if n < 3 else "lost", "created_at": begun,
         "closed_at": ended}
        for n in range(10)
    ]  # fmt: skip
    stays = [
        {"opportunity_id": deal["opportunity_id"], "process": "standard", "stage": "validation", "entered_at": begun}
        for deal in deals
    ]
    step = ("cohort", "all", "all", "all", "standard", "validation", "solution_exchange")
    told = funnel(AS_OF, deals=deals, stays=stays).loc[step]
    assumed = funnel(AS_OF, deals=deals, stays=[{**stay, "is_assumed": True} for stay in stays]).loc[step]
    assert [told["advanced"], told["lost"], told["is_comparable"], told["median_days"]] == [3, 7, True, 20]
    assert [assumed["advanced"], assumed["lost"], assumed["is_comparable"]] == [3, 7, False]
    assert pd.isna(assumed["median_days"])
    assert assumed["verdict"] == "not_distinguishable"


@pytest.mark.parametrize(("share", "comparable"), [(0.0, False), (0.19, False), (0.2, True), (0.5, True)])
def test_policy_says_how_many_may_be_doubtful_in_a_comparable_cohort(
    engine: Engine, policy: Policy, inputs: Callable[..., dict[str, pd.DataFrame]], share: float, comparable: bool
) -> None:
    tables = inputs(AS_OF, leads=leads_of(1, 2), deals=wins_after(30, 1, 2))
    counts = engine.query((FUNNEL / "funnel_counts.sql").read_text(encoding="utf-8"), tables).df()
    counts = counts[(counts["basis"] == "cohort") & (counts["period"] == "2026-01")]
    counts = counts.assign(young_count=(counts["entered"] // 5).astype("int64"))
    assert (counts["entered"] == 5 * counts["young_count"]).all()
    forecast = policy.forecast.model_copy(update={"cohort_doubtful_share": share})
    stages = funnel_stages(counts, policy.model_copy(update={"forecast": forecast}), AS_OF)
    assert set(stages["is_comparable"]) == {comparable}


def test_no_rows_make_no_rows(funnel: Callable[..., pd.DataFrame]) -> None:
    assert funnel(AS_OF).empty


def test_months_are_cut_in_the_business_zone(
    engine: Engine, policy: Policy, inputs: Callable[..., dict[str, pd.DataFrame]]
) -> None:
    lead = {"lead_id": "l", "source_name": "web", "first_seen_at": datetime(2026, 1, 31, 17, 0)}
    tables = inputs(AS_OF, leads=[lead])
    business = policy.business.model_copy(update={"timezone": "Asia/Shanghai"})
    tables["dates"] = calendar_days(date(2024, 1, 1), date(2028, 12, 31), business)
    counts = engine.query((FUNNEL / "funnel_counts.sql").read_text(encoding="utf-8"), tables).df()
    assert {"2026-02", "2026-Q1"} <= set(counts["period"])
    assert "2026-01" not in set(counts["period"])


# --- intervals and verdicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(10, 100, 0.0552, 0.1744), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson_interval([successes], [trials])
    assert [round(float(end[0]), 4) for end in found] == [low, high]


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_wilson_holds_the_rate_and_stays_within_0_and_1(pair: tuple[int, int]) -> None:
    low, high = wilson_interval([pair[0]], [pair[1]])
    assert 0 <= low[0] <= pair[0] / pair[1] <= high[0] <= 1


def test_a_false_alarm_is_raised_in_at_most_one_section_of_twenty() -> None:
    rng = np.random.default_rng(20260630)
    worlds, rates = 1000, np.array([0.6, 0.4, 0.3])
    trials = rng.integers(5, 250, (worlds, 3))
    found = verdicts(
        rng.binomial(trials, rates).ravel(),
        trials.ravel(),
        np.tile(rates, worlds),
        np.ones(worlds * 3, dtype=bool),
        np.repeat(np.arange(worlds), 3),
        0.05,
    )
    alarms = (np.array(found).reshape(worlds, 3) != "not_distinguishable").any(axis=1)
    assert alarms.mean() <= 0.05


def test_verdicts_do_not_depend_on_the_order_of_rows() -> None:
    x, n, b = np.array([10, 30, 90, 5]), np.array([100, 100, 100, 100]), np.array([0.3, 0.3, 0.3, np.nan])
    families = np.zeros(4, dtype="int64")
    straight = verdicts(x, n, b, ~np.isnan(b), families, 0.05)
    turned = verdicts(x[::-1], n[::-1], b[::-1], ~np.isnan(b)[::-1], families, 0.05)
    assert straight == ["below", "not_distinguishable", "above", "no_benchmark"]
    assert turned == straight[::-1]


# --- the calendar ----------------------------------------------------------------------------------------------


def test_the_fiscal_year_begins_where_policy_says() -> None:
    days = calendar_days(date(2026, 3, 31), date(2026, 4, 1), Business(fiscal_year_start_month=4))
    assert days["quarter"].tolist() == ["2025-Q4", "2026-Q1"]
    assert days["fiscal_year"].tolist() == [2025, 2026]
    assert days["month"].tolist() == ["2026-03", "2026-04"]


def test_a_day_begins_at_midnight_of_the_business_zone() -> None:
    days = calendar_days(date(2026, 3, 1), date(2026, 3, 1), Business(timezone="Asia/Shanghai"))
    assert days["starts_at"][0] == datetime(2026, 2, 28, 16)


def test_make_up_days_are_worked_and_holidays_are_not() -> None:
    # 2025-01-26 is a Sunday worked for the spring festival, 2025-01-28 a Tuesday of it
    days = [date(2025, 1, 26), date(2025, 1, 28), date(2025, 2, 10), date(2025, 2, 15)]
    assert working_days(days, Calendar(country="CN")) == [True, False, True, False]
    assert working_days(days, Calendar(extra_holidays=[days[2]], extra_workdays=[days[3]])) == [
        False,
        True,
        False,
        True,
    ]


def test_the_calendar_covers_two_years_on_either_side_without_cutting_a_quarter(engine: Engine, policy: Policy) -> None:
    leads = engine.connection.from_df(pd.DataFrame({"first_seen_at": pd.to_datetime(["2024-02-10"])}))
    deals = engine.connection.from_df(pd.DataFrame({"created_at": pd.to_datetime(["1900-01-01"])[:0]}))
    found = dates(leads, deals, policy, AS_OF)
    assert found["date"].min() <= date(2022, 2, 10)
    assert found["date"].max() >= date(2028, 6, 30)
    assert (found.groupby("quarter")["month"].nunique() == 3).all()
    assert found["date"].is_unique


# --- real input ------------------------------------------------------------------------------------------------


def test_olist_converts_10_525_percent_and_its_2017_cohorts_are_not_comparable(
    funnel: Callable[..., pd.DataFrame],
) -> None:
    root = Path(os.environ.get("SLUICE_ACCEPTANCE_DATA", "")) / "olist_funnel"
    if "SLUICE_ACCEPTANCE_DATA" not in os.environ or not root.is_dir():
        pytest.skip("SLUICE_ACCEPTANCE_DATA names no folder with olist_funnel")
    mql = pd.read_csv(root / "olist_marketing_qualified_leads_dataset.csv")
    closed = pd.read_csv(root / "olist_closed_deals_dataset.csv")
    leads = pd.DataFrame(
        {
            "lead_id": mql["mql_id"].astype("string"),
            "source_name": pd.Series("olist", index=mql.index, dtype="string"),
            "medium": mql["origin"].astype("string"),
            "first_seen_at": pd.to_datetime(mql["first_contact_date"]).astype("datetime64[us]"),
        }
    )
    for name in ("channel", "campaign", "country", "industry", "product", "owner"):
        leads[name] = pd.Series(None, index=leads.index, dtype="string")
    won_at = pd.to_datetime(closed["won_date"]).astype("datetime64[us]")
    deals = [
        {"opportunity_id": f"o{n}", "lead_id": lead, "process": "standard", "status": "won", "created_at": at,
         "closed_at": at}
        for n, (lead, at) in enumerate(zip(closed["mql_id"], won_at, strict=True))
    ]  # fmt: skip
    found = funnel(datetime(2019, 6, 30), leads=leads, deals=deals)
    won = total(found, "lead", "won", "all")
    assert (won["entered"], won["advanced"]) == (8000, 842)
    assert round(won["conversion_rate"], 5) == 0.10525
    assert round(won["median_days"], 2) == 14.65
    assert round(won["p90_days"], 1) == 162.6
    by_origin = found.loc["cohort", "all", "medium"].xs("won", level="to_stage").xs("lead", level="from_stage")
    rates = (by_origin["conversion_rate"].droplevel("process") * 100).round(1)
    published = {"unknown": 16.3, "paid_search": 12.3, "organic_search": 11.8, "direct_traffic": 11.2, "referral": 8.5}
    published |= {"social": 5.6, "display": 5.1, "email": 3.0}
    assert {name: rates[name] for name in published} == published
    cohorts = found.loc["cohort"].xs("lead", level="from_stage").xs("won", level="to_stage").reset_index()
    months = cohorts[(cohorts["segment"] == "all") & cohorts["period"].str.match(r"\d{4}-(\d{2}|Q\d)$")]
    assert not months.loc[months["period"] < "2018", "is_comparable"].any()
    assert months.loc[months["period"] > "2018", "is_comparable"].all()
    assert "below" not in set(months.loc[months["period"] < "2018", "verdict"])


def test_sources_are_counted_once_per_lead_and_the_unknown_has_a_name(
    engine: Engine, inputs: Callable[..., dict[str, pd.DataFrame]]
) -> None:
    seen = datetime(2026, 1, 10)
    leads = [
        {"lead_id": f"l{n}", "source_name": "web", "medium": "cpc" if n else None, "first_seen_at": seen}
        for n in range(11)
    ]
    deals = [
        {"opportunity_id": f"o{n}", "lead_id": "l1", "process": "standard", "status": "won", "created_at": seen,
         "closed_at": seen, "amount_base": 10.10}
        for n in range(2)
    ]  # fmt: skip
    tables = inputs(AS_OF, leads=leads, deals=deals, decisions=[{"lead_id": "l1", "verdict": "promote"}])
    sql = (FUNNEL / "source_performance.sql").read_text(encoding="utf-8")
    found = engine.query(sql, tables).df().set_index(["medium", "campaign"])
    row = found.loc["cpc", "(none)"]
    assert row[["leads", "qualified", "opportunities", "won"]].tolist() == [10, 1, 1, 1]
    assert float(row["won_amount_base"]) == 20.2
    assert row["lead_to_won_rate"] == 0.1
    low, high = wilson_interval([1], [10])
    assert (row["rate_low"], row["rate_high"]) == (pytest.approx(low[0], abs=1e-6), pytest.approx(high[0], abs=1e-6))
    assert found.loc["(none)", "(none)"]["leads"] == 1


def test_the_rates_of_sources_are_as_sure_as_policy_asks(
    engine: Engine, policy: Policy, inputs: Callable[..., dict[str, pd.DataFrame]]
) -> None:
    seen = datetime(2026, 1, 10)
    leads = [{"lead_id": f"l{n}", "source_name": "web", "first_seen_at": seen} for n in range(10)]
    won = {"opportunity_id": "o", "lead_id": "l1", "process": "standard", "status": "won", "created_at": seen}
    tables = inputs(AS_OF, leads=leads, deals=[{**won, "closed_at": seen}])
    sql = (FUNNEL / "source_performance.sql").read_text(encoding="utf-8")
    for confidence in (0.8, 0.99):
        forecast = policy.forecast.model_copy(update={"funnel_confidence": confidence})
        limits = policy_tables(policy.model_copy(update={"forecast": forecast}))["policy_funnel_limits"]
        (row,) = engine.query(sql, {**tables, "policy_funnel_limits": limits}).df().to_dict("records")
        low, high = wilson_interval([1], [10], confidence)
        assert (row["rate_low"], row["rate_high"]) == (pytest.approx(low[0]), pytest.approx(high[0]))


def test_a_lead_converted_without_a_deal_is_won_and_one_lost_is_lost(funnel):
    rows = funnel(
        AS_OF,
        leads=[{"lead_id": name, "first_seen_at": datetime(2026, 1, 5)} for name in ("a", "b", "c")],
        outcomes=[
            {"lead_id": "a", "outcome": "converted", "decided_at": datetime(2026, 1, 15)},
            {"lead_id": "b", "outcome": "junk", "decided_at": datetime(2026, 1, 20)},
        ],
    )
    step = rows.loc[("cohort", "all", "all", "all", "all", "lead", "won")]
    assert (step["entered"], step["advanced"], step["lost"], step["still_open"]) == (3, 1, 1, 1)
    assert step["median_days"] == 10
