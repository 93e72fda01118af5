from __future__ import annotations

import itertools
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from policy.promotion import Promotion
from tests.scoring.worlds import Rows, Run, behaviour, event, fit, scoring

TODAY = datetime(2026, 3, 31, 8)
SCORING = scoring([fit("need", 40, {"field": "need", "present": True})], [behaviour("visit", 10, "visit", cap=50)])


def condition(name: str, cost: float = 1, **what: Any) -> dict[str, Any]:
    return {"condition": name, "action": f"do {name}", "cost": cost, **what}


def gates(**further: Any) -> Promotion:
    return Promotion.model_validate(
        {
            "conditions": [
                condition("email", fact={"field": "email", "present": True}),
                condition("phone", 2, fact={"field": "phone", "present": True}),
                condition("demo", 3, activity={"event_type": ["demo"], "window_days": 30}),
                condition("docs", 2, activity={"event_type": ["doc"], "distinct": "asset", "at_least": 3}),
                condition("score", 5, score={"of": "score", "gte": 60}),
                condition("budget", 2, fact={"field": "budget_amount_base", "gte": 10000}),
                condition("soon", 2, fact={"field": "purchase_date", "within_days": 90}),
                condition("student", fact={"field": "title", "contains": ["student"]}),
                condition("no_consent", fact={"field": "consent", "present": False}),
            ],
            "criteria": [
                {
                    "criterion": "contactable",
                    "label": "c",
                    "any_of": ["email", "phone"],
                    "on_fail": "nurture",
                },
                {"criterion": "intent", "label": "i", "any_of": [["demo", "phone"], "docs", "score"]},
                {"criterion": "budget", "label": "b", "any_of": ["budget"]},
                {"criterion": "timing", "label": "t", "any_of": ["soon", "demo"]},
            ],
            "reject_when": [{"reason": "student", "condition": "student"}],
            "review": {"max_failed": 1, "min_score": 30},
            **further,
        }
    )


def decided(
    run: Run, lead: dict[str, Any], events: Rows | None = None, promotion: Promotion | None = None
) -> dict[str, Any]:
    made = run([{"lead_id": "l1", **lead}], events, SCORING, promotion or gates())
    (row,) = made["lead_gates"].to_dict("records")
    row["failed"] = json.loads(row["failed_criteria"])
    row["path"] = [step["condition"] for step in json.loads(row["shortest_path"])]
    return row


GOOD = {"email": "a@b.io", "budget_amount_base": 10000, "purchase_date": date(2026, 4, 1), "product": "GTX"}


def test_a_lead_that_meets_every_criterion_is_promoted(run: Run) -> None:
    docs = [event("l1", "doc", TODAY, n, asset=asset) for n, asset in enumerate("abc")]
    row = decided(run, GOOD, docs)
    assert (row["verdict"], row["failed"], row["path"], row["product"]) == ("promote", [], [], "GTX")


@pytest.mark.parametrize(
    ("lead", "verdict", "failed", "path"),
    [
        (GOOD, "nurture", ["intent"], ["docs"]),
        ({**GOOD, "need": "x"}, "review", ["intent"], ["docs"]),
        ({**GOOD, "email": None}, "nurture", ["contactable", "intent"], ["email", "docs"]),
        # calling for a demo serves intent and timing at once, and the phone serves contact as well
        ({"budget_amount_base": 10000}, "nurture", ["contactable", "intent", "timing"], ["phone", "demo"]),
        ({"budget_amount_base": 10000, "phone": "+491"}, "nurture", ["intent", "timing"], ["demo"]),
        ({**GOOD, "title": "Student"}, "reject", ["student", "intent"], []),
        ({}, "nurture", ["contactable", "intent", "budget", "timing"], ["phone", "demo", "budget"]),
    ],
)
def test_what_failed_and_the_cheapest_way_out(
    run: Run, lead: dict[str, Any], verdict: str, failed: list[str], path: list[str]
) -> None:
    row = decided(run, lead)
    assert (row["verdict"], row["failed"], row["path"]) == (verdict, failed, path)


def test_a_criterion_may_reject(run: Run) -> None:
    promotion = gates().model_dump(mode="json", by_alias=True, exclude_none=True)
    promotion["criteria"][0]["on_fail"] = "reject"
    row = decided(run, {**GOOD, "email": None}, promotion=Promotion.model_validate(promotion))
    assert row["verdict"] == "reject"


def test_activity_counts_inside_its_window_and_different_things_only(run: Run) -> None:
    old = [event("l1", "demo", TODAY - timedelta(days=30))]
    assert decided(run, {**GOOD, "phone": "1"}, old)["failed"] == ["intent"]
    fresh = [event("l1", "demo", TODAY - timedelta(days=29))]
    assert decided(run, {**GOOD, "phone": "1"}, fresh)["verdict"] == "promote"
    same = [event("l1", "doc", TODAY, n, asset="a") for n in range(5)]
    assert decided(run, GOOD, same)["failed"] == ["intent"]


def test_a_missing_fact_can_be_a_condition_and_a_date_gone_by_is_none(run: Run) -> None:
    promotion = gates(reject_when=[{"reason": "unasked", "condition": "no_consent"}])
    assert decided(run, GOOD, promotion=promotion)["failed"] == ["unasked", "intent"]
    assert decided(run, {**GOOD, "consent": "yes"}, promotion=promotion)["failed"] == ["intent"]
    assert decided(run, {**GOOD, "purchase_date": date(2026, 3, 30)})["failed"] == ["intent", "timing"]


def test_every_shortest_path_promotes_and_none_of_its_steps_can_be_left_out(run: Run) -> None:
    facts: dict[str, dict[str, Any]] = {
        "email": {"email": "a@b.io"},
        "phone": {"phone": "+491"},
        "budget": {"budget_amount_base": 20000},
        "soon": {"purchase_date": date(2026, 4, 1)},
    }
    deeds: dict[str, Rows] = {
        "demo": [{"event_type": "demo"}],
        "docs": [{"event_type": "doc", "asset": asset} for asset in "abc"],
    }
    names = [*facts, *deeds]

    def world(states: list[set[str]]) -> list[tuple[str, list[str]]]:
        leads, events = [], []
        for number, state in enumerate(states):
            lead: dict[str, Any] = {"lead_id": f"l{number}"}
            for name in state & set(facts):
                lead |= facts[name]
            leads.append(lead)
            for name in state & set(deeds):
                events += [event(f"l{number}", at=TODAY, number=n, **deed) for n, deed in enumerate(deeds[name])]
        made = run(leads, events, SCORING, gates())["lead_gates"].set_index("lead_id")
        rows = [made.loc[f"l{number}"] for number in range(len(states))]
        return [(row["verdict"], [step["condition"] for step in json.loads(row["shortest_path"])]) for row in rows]

    states = [set(chosen) for size in range(len(names) + 1) for chosen in itertools.combinations(names, size)]
    answers = world(states)
    trials: list[set[str]] = []
    expected: list[bool] = []
    for state, (verdict, path) in zip(states, answers, strict=True):
        assert (verdict == "promote") == (path == [])
        trials.append(state | set(path))
        expected.append(True)
        for left_out in path:
            trials.append(state | (set(path) - {left_out}))
            expected.append(False)
    assert [verdict == "promote" for verdict, _ in world(trials)] == expected
