from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from policy.scoring import BehaviourRule, Scoring
from tests.scoring.worlds import AS_OF, Run, behaviour, event, fit, scoring

TODAY = datetime(2026, 3, 31, 8)


def lines(ledger: pd.DataFrame, lead_id: str = "l1") -> dict[tuple[str, str], float]:
    own = ledger[ledger["lead_id"] == lead_id]
    return {
        (rule, kind): float(points)
        for rule, kind, points in zip(own["rule_id"], own["kind"], own["points"], strict=True)
    }


def test_a_fit_rule_gives_its_points_once_where_every_clause_holds(run: Run) -> None:
    rules = scoring(
        [
            fit("industry", 15, {"field": "industry", "in": ["Healthcare", "医疗"]}),
            fit("size", 10, {"field": "employee_count", "between": [100, 500]}),
            fit("both", 5, {"field": "industry", "in": ["healthcare"]}, {"field": "need", "present": True}),
            fit(
                "either",
                3,
                {
                    "any": [
                        {"field": "title", "contains": ["chief"]},
                        {"field": "title", "matches": "(?i)officer$"},
                    ]
                },
            ),
            fit("not_retail", 2, {"field": "industry", "not_in": ["retail"]}),
            fit("nameless", 1, {"field": "full_name", "present": False}),
            fit("soon", 4, {"field": "purchase_date", "within_days": 30}),
            fit("student", -8, {"field": "title", "contains": ["student"]}),
        ]
    )
    leads: list[dict[str, Any]] = [
        {
            "lead_id": "l1",
            "industry": "HEALTHCARE",
            "employee_count": 100,
            "need": "x",
            "title": "Chief Officer",
            "full_name": "A",
        },
        {"lead_id": "l2", "industry": "retail", "employee_count": 99, "purchase_date": date(2026, 4, 30)},
        {"lead_id": "l3", "purchase_date": date(2026, 3, 30), "full_name": "B", "title": "Student"},
        {"lead_id": "l4", "purchase_date": date(2026, 5, 1), "full_name": "C", "industry": "(none)"},
    ]
    ledger = run(leads, scoring=rules)["score_ledger"]
    assert lines(ledger, "l1") == {
        ("industry", "points"): 15,
        ("size", "points"): 10,
        ("both", "points"): 5,
        ("either", "points"): 3,
        ("not_retail", "points"): 2,
    }
    assert lines(ledger, "l2") == {("nameless", "points"): 1, ("soon", "points"): 4}
    assert lines(ledger, "l3") == {("student", "points"): -8, ("floor.total", "floor"): 8}
    assert lines(ledger, "l4") == {}


def test_attributes_of_the_source_can_be_scored_whatever_their_name(run: Run) -> None:
    rules = scoring(
        [
            fit("level", 20, {"field": "attributes.医院等级", "contains": ["三级"]}),
            fit("quoted", 7, {"field": 'attributes.it\'s "odd"', "in": ["yes"]}),
        ]
    )
    odd = json.dumps({"医院等级": "三级甲等", 'it\'s "odd"': "Yes", "x": 1}, ensure_ascii=False)
    made = run(
        [{"lead_id": "l1", "attributes": odd}, {"lead_id": "l2", "attributes": '{"医院等级": null}'}],
        scoring=rules,
    )
    assert lines(made["score_ledger"]) == {("level", "points"): 20, ("quoted", "points"): 7}
    assert lines(made["score_ledger"], "l2") == {}


def test_a_pack_counts_for_its_industry_only(run: Run) -> None:
    size = fit("plant", 10, {"field": "employee_count", "gte": 500})
    rules = scoring(
        packs=[
            {
                "pack": "manufacturing",
                "when": [{"field": "industry", "in": ["manufacturing"]}],
                "rules": [size],
            }
        ]
    )
    leads = [
        {"lead_id": "l1", "industry": "manufacturing", "employee_count": 500},
        {"lead_id": "l2", "industry": "retail", "employee_count": 5000},
    ]
    ledger = run(leads, scoring=rules)["score_ledger"]
    assert lines(ledger) == {("plant", "points"): 10}
    assert lines(ledger, "l2") == {}
    evidence = json.loads(ledger["evidence"].iloc[0])
    assert evidence == {"industry": "manufacturing", "employee_count": "500"}


def test_evidence_is_json_and_shows_no_free_text(run: Run) -> None:
    rules = scoring(
        [
            fit("has_email", 5, {"field": "email", "present": True}),
            fit("says", 5, {"field": "message", "contains": ["price"]}),
            fit("named", 5, {"field": "need", "in": ['a "b" \\ c']}),
        ]
    )
    lead = {"lead_id": "l1", "email": "someone@acme.io", "message": "What price?", "need": 'A "b" \\ c'}
    ledger = run([lead], scoring=rules)["score_ledger"]
    evidence = {rule: json.loads(text) for rule, text in zip(ledger["rule_id"], ledger["evidence"], strict=True)}
    assert evidence == {
        "has_email": {"email": True},
        "says": {"message": True},
        "named": {"need": 'A "b" \\ c'},
    }


def test_daily_limit_then_decay_then_cap_each_on_a_line_of_its_own(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 8, "download", max_per_day=2, half_life_days=10, cap=15)])
    events = [event("l1", "download", TODAY - timedelta(minutes=n), n) for n in range(3)]
    events += [event("l1", "Download", TODAY - timedelta(days=10))]
    made = run([{"lead_id": "l1"}], events, rules)
    # 4 x 8 = 32; the third of the day does not count: 24; the old one halves: 20; the cap leaves 15
    assert lines(made["score_ledger"]) == {
        ("paper", "points"): 32,
        ("paper", "decay"): -4,
        ("paper", "cap"): -13,
    }
    assert float(made["lead_scores"]["score"].iloc[0]) == 15
    evidence = {
        kind: json.loads(text)
        for kind, text in zip(made["score_ledger"]["kind"], made["score_ledger"]["evidence"], strict=True)
    }
    assert evidence["points"]["events"] == 4
    assert evidence["cap"] == {"over_daily_limit": 8, "over_cap": 5}
    assert evidence["decay"] == {"before": 24, "after": 20}


#: 23:30, 00:30 and 22:30 in Shanghai: two business days, on each side of midnight, and two days in UTC.
ABOUT_MIDNIGHT = [datetime(2026, 3, 30, 15, 30), datetime(2026, 3, 30, 16, 30), datetime(2026, 3, 31, 14, 30)]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", {("paper", "points"): 24, ("paper", "cap"): -8}),
        ("Asia/Shanghai", {("paper", "points"): 24, ("paper", "cap"): -8}),
        ("Asia/Kathmandu", {("paper", "points"): 24, ("paper", "cap"): -8}),
        ("Asia/Tokyo", {("paper", "points"): 24, ("paper", "cap"): -16}),  # all three on the 31st
    ],
)
def test_the_daily_limit_counts_days_of_the_business_zone(
    run: Run, zone: str, expected: dict[tuple[str, str], float]
) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 8, "download", max_per_day=1)])
    events = [event("l1", "download", at) for at in ABOUT_MIDNIGHT]
    as_of = datetime(2026, 3, 31, 14, 59, 59)  # everywhere the 31st
    made = run([{"lead_id": "l1"}], events, rules, as_of=as_of, timezone=zone)
    assert lines(made["score_ledger"]) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", {("paper", "points"): 16, ("paper", "cap"): -8, ("paper", "decay"): -4}),
        ("Asia/Shanghai", {("paper", "points"): 16, ("paper", "decay"): -4}),
    ],
)
def test_two_events_on_either_side_of_midnight_are_of_two_days(
    run: Run, zone: str, expected: dict[tuple[str, str], float]
) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 8, "download", max_per_day=1, half_life_days=1)])
    events = [event("l1", "download", at) for at in ABOUT_MIDNIGHT[:2]]
    as_of = datetime(2026, 3, 31, 14, 59, 59)
    made = run([{"lead_id": "l1"}], events, rules, as_of=as_of, timezone=zone)
    assert lines(made["score_ledger"]) == expected


@pytest.mark.parametrize(
    ("zone", "events_a_day"),
    [
        ("UTC", {"2026-03-30": 2, "2026-03-31": 1}),
        ("Asia/Shanghai", {"2026-03-30": 1, "2026-03-31": 2}),
        ("America/New_York", {"2026-03-30": 2, "2026-03-31": 1}),
    ],
)
def test_a_window_of_one_day_is_the_business_day_of_as_of(run: Run, zone: str, events_a_day: dict[str, int]) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 1, "download", window_days=1)])
    events = [event("l1", "download", at) for at in ABOUT_MIDNIGHT]
    for day, count in events_a_day.items():
        end = datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=ZoneInfo(zone))
        as_of = end.astimezone(UTC).replace(tzinfo=None)
        made = run([{"lead_id": "l1"}], events, rules, as_of=as_of, timezone=zone)
        assert lines(made["score_ledger"]) == {("paper", "points"): count}, day


def test_decay_halves_at_midnight_of_the_business_zone(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 8, "download", half_life_days=1)])
    events = [event("l1", "download", datetime(2026, 3, 30, 16, 30))]  # the 31st, 00:30 in Shanghai

    def kept(as_of: datetime, zone: str) -> float:
        made = run([{"lead_id": "l1"}], events, rules, as_of=as_of, timezone=zone)
        return float(made["lead_scores"]["score"].iloc[0])

    last, first = datetime(2026, 3, 31, 15, 59, 59), datetime(2026, 3, 31, 16)
    assert [kept(last, "Asia/Shanghai"), kept(first, "Asia/Shanghai"), kept(last, "UTC")] == [8, 4, 4]


def test_an_event_of_a_time_that_no_calendar_has_counts_by_its_day_in_utc(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("paper", 8, "download", window_days=3650)])
    events = [event("l1", "download", datetime(1969, 12, 31)), event("l1", "download", TODAY)]
    made = run([{"lead_id": "l1"}], events, rules, timezone="Asia/Shanghai", as_of=datetime(2026, 3, 31, 15))
    assert lines(made["score_ledger"]) == {("paper", "points"): 8}


def test_minutes_and_things_done_often_enough_count(run: Run) -> None:
    rules = scoring(
        behaviour_rules=[
            behaviour("dwell", 0.5, "page_view", per="minute", max_per_day=20),
            behaviour("docs", 15, "doc_view", per="once", distinct="asset", at_least=3, half_life_days=45),
        ]
    )
    events = [event("l1", "page_view", TODAY, dwell_seconds=seconds) for seconds in (90.0, None, -5.0, 1e12)]
    events += [event(lead, "doc_view", TODAY, n, asset=asset) for lead in ("l1", "l2") for n, asset in enumerate("aab")]
    events += [event("l1", "doc_view", TODAY - timedelta(days=45), asset="c")]
    ledger = run([{"lead_id": "l1"}, {"lead_id": "l2"}], events, rules)["score_ledger"]
    # 1.5 minutes and one visit counted as a day at most; 20 minutes of a day count
    assert lines(ledger) == {("dwell", "points"): 720.75, ("dwell", "cap"): -710.75, ("docs", "points"): 15}
    assert lines(ledger, "l2") == {}


def test_events_after_as_of_unknown_then_too_old_or_of_nobody_do_not_count(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("visit", 1, "visit", window_days=30)])
    events = [
        event("l1", "visit", AS_OF),
        event("l1", "visit", AS_OF + timedelta(seconds=1)),
        {**event("l1", "visit", TODAY), "known_at": AS_OF + timedelta(days=1)},
        event("l1", "visit", TODAY - timedelta(days=29)),
        event("l1", "visit", TODAY - timedelta(days=30)),
        event(None, "visit", TODAY),
    ]
    assert lines(run([{"lead_id": "l1"}], events, rules)["score_ledger"]) == {("visit", "points"): 2}


def test_asset_product_and_campaign_narrow_a_rule(run: Run) -> None:
    rules = scoring(
        behaviour_rules=[
            behaviour("asset", 1, "view", asset=["Pricing", "price"]),
            behaviour("product", 10, "view", product=["GTX"]),
            behaviour("campaign", 20, "view", campaign=["expo", "fair"], cap=20),
        ]
    )
    events = [
        event("l1", "view", TODAY, 1, asset="/PRICING.html"),
        event("l1", "view", TODAY, 2, asset="/home", product="gtx", campaign="exp"),
        event("l1", "view", TODAY, 3, product="gt", campaign="Fair"),
    ]
    assert lines(run([{"lead_id": "l1"}], events, rules)["score_ledger"]) == {
        ("asset", "points"): 1,
        ("product", "points"): 10,
        ("campaign", "points"): 20,
    }


def test_component_caps_and_the_overall_cap_fall_on_the_components_pro_rata(run: Run) -> None:
    rules = scoring(
        [fit("a", 50, {"field": "need", "present": True}), fit("b", 20, {"field": "need", "present": True})],
        [behaviour("c", 60, "visit")],
        behaviour_cap=80,
    )
    made = run([{"lead_id": "l1", "need": "x"}], [event("l1", "visit", TODAY)], rules)
    assert lines(made["score_ledger"]) == {
        ("a", "points"): 50,
        ("b", "points"): 20,
        ("c", "points"): 60,
        ("cap.fit", "cap"): -10,
        ("cap.total", "cap"): -10,
    }
    total = made["score_ledger"][made["score_ledger"]["rule_id"] == "cap.total"]
    assert total.groupby("component")["points"].sum().astype(float).to_dict() == {
        "fit": -10.0,
        "behaviour": -10.0,
    }
    (score,) = made["lead_scores"].to_dict("records")
    assert (float(score["score"]), score["grade"], score["band"], score["status"]) == (
        100.0,
        "A1",
        "hot",
        "scored",
    )


def test_a_lead_without_a_line_has_insufficient_data_and_no_band(run: Run) -> None:
    made = run([{"lead_id": "l1"}], scoring=scoring([fit("a", 5, {"field": "need", "present": True})]))
    (score,) = made["lead_scores"].to_dict("records")
    assert (score["status"], float(score["score"])) == ("insufficient_data", 0.0)
    assert all(pd.isna(score[name]) for name in ("band", "grade", "conversion_probability", "model_version"))


def test_no_lead_at_all_makes_empty_tables(run: Run) -> None:
    assert {name: len(frame) for name, frame in run([]).items()} == dict.fromkeys(
        ("lead_facts", "lead_activity", "score_ledger", "lead_scores", "lead_gates"), 0
    )


def test_a_robots_million_visits_do_not_overflow(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("visit", 1000, "visit", cap=10)])
    made = run([{"lead_id": "l1"}], [event("l1", "visit", TODAY, n) for n in range(1500)], rules)
    assert lines(made["score_ledger"]) == {("visit", "points"): 1_000_000, ("visit", "cap"): -999_990}


# --- the ledger adds up, against plain Python ---


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def expected_rule(rule: BehaviourRule, events: list[tuple[int, str | None]]) -> Decimal:
    """What a rule keeps of (age in days, asset) pairs."""
    counted = [(age, asset) for age, asset in events if age < rule.window_days]
    if not counted:
        return Decimal(0)

    def weight(age: int, quantity: Decimal) -> Decimal:
        value = float(quantity) * 0.5 ** (age / rule.half_life_days) if rule.half_life_days else float(quantity)
        return Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP)

    if rule.per == "once":
        things = len({asset for _, asset in counted if asset is not None})
        amount = weight(min(age for age, _ in counted), Decimal(1)) if things >= rule.at_least else Decimal(0)
    else:
        days: dict[int, int] = defaultdict(int)
        for age, _ in counted:
            days[age] += 1
        amount = sum((weight(age, Decimal(min(n, rule.max_per_day or n))) for age, n in days.items()), Decimal(0))
    kept = cents(Decimal(rule.points) * amount)
    return max(min(kept, rule.cap), -rule.cap) if rule.cap is not None else kept


def expected_score(rules: Scoring, has_need: bool, events: list[tuple[str, int, str | None]]) -> Decimal:
    gained = sum((rule.points for rule in rules.fit.rules if has_need), Decimal(0))
    done = sum(
        (
            expected_rule(rule, [(age, asset) for kind, age, asset in events if kind in rule.event_type])
            for rule in rules.behaviour.rules
        ),
        Decimal(0),
    )
    return max(min(min(gained, rules.fit.cap) + min(done, rules.behaviour.cap), rules.cap), Decimal(0))


points = st.decimals(-30, 60, places=2, allow_nan=False)
caps = st.decimals("0.5", 80, places=2, allow_nan=False)
ages = st.integers(0, 40)
behaviours = st.builds(
    lambda number, value, kinds, per, further: behaviour(
        f"rule_{number}",
        value,
        *sorted(kinds),
        window_days=further[0],
        half_life_days=further[1],
        cap=further[2],
        **(
            {"per": "once", "distinct": "asset", "at_least": further[4]}
            if per == "once"
            else {"max_per_day": further[3]}
        ),
    ),
    st.integers(0, 10**9),
    points,
    st.sets(st.sampled_from(["a", "b", "c"]), min_size=1),
    st.sampled_from(["event", "once"]),
    st.tuples(
        st.integers(1, 45),
        st.none() | st.sampled_from([0.5, 3.0, 7.0, 30.0]),
        st.none() | caps,
        st.none() | st.integers(1, 3),
        st.integers(1, 3),
    ),
)
worlds = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(st.tuples(st.sampled_from("abcd"), ages, st.none() | st.sampled_from("xyz")), max_size=25),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    world=worlds,
    fit_points=st.lists(points, max_size=3),
    behaviour_rules=st.lists(behaviours, max_size=4, unique_by=lambda rule: rule["rule"]),
    limits=st.tuples(caps, caps, st.integers(1, 100)),
)
def test_the_lines_of_every_lead_add_up_to_its_score_within_0_and_the_cap(
    run: Run,
    world: list[tuple[bool, list[tuple[str, int, str | None]]]],
    fit_points: list[Decimal],
    behaviour_rules: list[dict[str, Any]],
    limits: tuple[Decimal, Decimal, int],
) -> None:
    rules = scoring(
        [fit(f"fit_{n}", float(value), {"field": "need", "present": True}) for n, value in enumerate(fit_points)],
        behaviour_rules,
        fit_cap=limits[0],
        behaviour_cap=limits[1],
        cap=limits[2],
    )
    leads = [{"lead_id": f"l{n}", "need": "x" if has_need else None} for n, (has_need, _) in enumerate(world)]
    events = [
        event(f"l{n}", kind, TODAY - timedelta(days=age), number, asset=asset)
        for n, (_, listed) in enumerate(world)
        for number, (kind, age, asset) in enumerate(listed)
    ]
    made = run(leads, events, rules)
    ledger, scores = made["score_ledger"], made["lead_scores"].set_index("lead_id")
    assert not (ledger["points"] == 0).any()
    assert not ledger.duplicated(["lead_id", "component", "rule_id", "kind"]).any()
    assert (ledger[ledger["kind"] == "floor"]["points"] > 0).all()
    for number, (has_need, listed) in enumerate(world):
        own = ledger[ledger["lead_id"] == f"l{number}"]
        total = sum(own["points"], Decimal(0))
        row = scores.loc[f"l{number}"]
        assert total == row["score"] == row["fit_points"] + row["behaviour_points"] + row["learned_points"]
        assert Decimal(0) <= total <= rules.cap
        assert total == expected_score(rules, has_need, listed)


def test_the_order_of_rows_does_not_matter(run: Run) -> None:
    rules = scoring(behaviour_rules=[behaviour("visit", 0.37, "visit", max_per_day=2, half_life_days=3)])
    events = [event("l1", "visit", TODAY - timedelta(hours=7 * n), n) for n in range(40)]
    ages = [(TODAY.date() - row["occurred_at"].date()).days for row in events]
    forwards, backwards = (run([{"lead_id": "l1"}], rows, rules)["score_ledger"] for rows in (events, events[::-1]))
    assert lines(forwards) == lines(backwards)
    assert sum(forwards["points"], Decimal(0)) == expected_rule(rules.behaviour.rules[0], [(age, None) for age in ages])
