"""From promotions and deals to opportunities: ids, states, money, stays, what is published."""

import json
from typing import Any

import pytest

from policy.model import Policy
from tests.literal import Row, flags, pick, policy_with, run

EPISODE_DAYS = 180


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_with(promotion={"episode_days": EPISODE_DAYS})


def gate(lead_id: str, verdict: str = "promote", product: str | None = None) -> Row:
    return {
        "lead_id": lead_id, "verdict": verdict, "failed_criteria": "[]", "shortest_path": "[]", "product": product,
    }  # fmt: skip


def promotion(opportunity_id: str, lead_id: str, decided_at: str, **values: Any) -> Row:
    return {
        "opportunity_id": opportunity_id, "lead_id": lead_id, "decided_at": decided_at, "episode": 1, "is_new": False,
        **values,
    }  # fmt: skip


def deal(opportunity_ref: str, **values: Any) -> Row:
    return {
        "opportunity_ref": opportunity_ref, "source_name": "crm", "process": "standard", "stage": "validation",
        "stage_order": 1, "status": "open", "created_at": "2026-05-01", "has_unknown_stage": False,
        "is_created_assumed": False, "is_closed_first": False, "is_reopened": False, "is_backwards": False, **values,
    }  # fmt: skip


def lead(lead_id: str, **values: Any) -> Row:
    return {
        "lead_id": lead_id, "lead_kind": "person", "source_name": "forms", "channel": "form", "record_count": 1,
        "first_seen_at": "2026-01-01", "last_seen_at": "2026-01-01", "attributes": "{}", **values,
    }  # fmt: skip


def state(opportunity_id: str, **values: Any) -> Row:
    return {
        "opportunity_id": opportunity_id, "origin": "crm", "process": "standard", "stage": "validation",
        "stage_order": 1, "status": "open", "created_at": "2026-05-01", "flags": "[]", **values,
    }  # fmt: skip


# --- promotions ------------------------------------------------------------------------------------------------


def promotions(policy: Policy, as_of: str = "2026-06-30", **tables: list[Row]) -> list[dict[str, Any]]:
    frozen = tables.get("frozen_promotions", [])
    known = {row["lead_id"] for row in [*frozen, *tables.get("lead_gates", [])]}
    tables.setdefault("lead_identities", [{"record_id": lead, "lead_id": lead} for lead in sorted(known)])
    return run("opportunities/promotions", as_of, policy, **tables)


def frozen(row: Row) -> Row:
    return {name: row[name] for name in ("opportunity_id", "lead_id", "product", "episode", "decided_at")}


def test_only_leads_that_pass_the_gate_are_promoted(policy: Policy):
    gates = [gate("r1"), gate("r2", "nurture"), gate("r3", "review"), gate("r4", "reject")]
    rows = promotions(policy, lead_gates=gates)
    assert pick(rows, "lead_id", "episode", "is_new") == [("r1", 1, True)]


def test_a_promotion_taken_is_not_taken_again(policy: Policy):
    (first,) = promotions(policy, lead_gates=[gate("r1", product="GTX")])
    for as_of in ("2026-06-30", "2026-07-30"):
        again = promotions(policy, as_of, lead_gates=[gate("r1", product="GTX")], frozen_promotions=[frozen(first)])
        assert pick(again, "opportunity_id", "episode", "is_new") == [(first["opportunity_id"], 1, False)]


def test_a_promotion_stays_when_the_gate_has_closed_again(policy: Policy):
    (first,) = promotions(policy, lead_gates=[gate("r1")])
    later = promotions(policy, "2026-09-30", lead_gates=[gate("r1", "nurture")], frozen_promotions=[frozen(first)])
    assert pick(later, "opportunity_id", "is_new") == [(first["opportunity_id"], False)]


def test_after_the_interval_a_lead_can_be_promoted_once_more(policy: Policy):
    (first,) = promotions(policy, "2026-01-01", lead_gates=[gate("r1")])
    within = promotions(policy, "2026-06-30", lead_gates=[gate("r1")], frozen_promotions=[frozen(first)])
    after = promotions(policy, "2026-07-01", lead_gates=[gate("r1")], frozen_promotions=[frozen(first)])
    assert pick(within, "is_new") == [False]
    assert sorted(pick(after, "episode", "is_new")) == [(1, False), (2, True)]
    assert len(set(pick(after, "opportunity_id"))) == 2


def test_a_promotion_follows_its_lead_when_leads_are_merged(policy: Policy):
    taken = {"opportunity_id": "o1", "lead_id": "r9", "episode": 1, "decided_at": "2026-06-01"}
    rows = promotions(
        policy,
        lead_gates=[gate("r1")],
        frozen_promotions=[taken],
        lead_identities=[{"record_id": "r9", "lead_id": "r1"}, {"record_id": "r1", "lead_id": "r1"}],
    )
    assert pick(rows, "opportunity_id", "lead_id", "is_new") == [("o1", "r1", False)]


@pytest.mark.parametrize(
    ("deals", "promoted"),
    [
        ([deal("D1", lead_id="r1")], False),
        ([deal("D1", lead_id="r1", status="lost", closed_at="2026-05-01")], False),
        ([deal("D1", lead_id="r1", status="won", closed_at="2025-05-01")], True),
        ([deal("D1", lead_id="r2")], True),
        ([deal("D1")], True),
    ],
)
def test_a_lead_with_a_deal_that_is_open_or_closed_of_late_gets_no_other(
    policy: Policy, deals: list[Row], promoted: bool
):
    assert bool(promotions(policy, lead_gates=[gate("r1")], deals=deals)) is promoted


def test_promotion_decisions_say_what_was_decided_and_where_it_led():
    rows = run(
        "opportunities/promotion_decisions",
        lead_gates=[gate("r1"), gate("r2", "nurture"), gate("r3"), gate("r4", "reject")],
        promotions=[
            promotion("o1", "r1", "2026-06-30", is_new=True),
            promotion("o2", "r2", "2025-01-01"),
            promotion("o3", "r2", "2026-02-01", episode=2),
        ],
        opportunity_states=[state("o9", lead_id="r3"), state("o8", lead_id="r4")],
    )
    assert pick(rows, "lead_id", "verdict", "opportunity_id") == [
        ("r1", "promote", "o1"),
        ("r2", "promote", "o3"),
        ("r3", "promote", "o9"),
        ("r4", "reject", None),
    ]
    assert pick(rows, "reason")[1:] == [
        "promoted here; the decision stands",
        "passes the gate; the CRM has the deal already",
        "gate says reject",
    ]


# --- states ----------------------------------------------------------------------------------------------------

NAMES = [
    {"name_key": "gtxpro", "product": "GTX Pro", "name": "GTX Pro", "line": "GTX", "price": 4821, "currency": "USD"},
    {"name_key": "mg", "product": "MG", "name": "MG", "line": "Services"},
]


def states(policy: Policy, as_of: str = "2026-06-30", **tables: list[Row]) -> list[dict[str, Any]]:
    return run("opportunities/opportunity_states", as_of, policy, product_names=NAMES, **tables)


def test_a_deal_of_the_crm_has_an_id_made_of_its_reference(policy: Policy):
    first, second = states(policy, deals=[deal("D1"), deal("D2")])
    assert first["origin"] == second["origin"] == "crm"
    assert first["opportunity_id"] != second["opportunity_id"]
    (again,) = states(policy, deals=[deal("D1", amount=5, currency="USD", status="won", closed_at="2026-06-01")])
    assert again["opportunity_id"] in pick([first, second], "opportunity_id")


def test_a_deal_for_a_promoted_lead_and_product_is_the_promoted_opportunity(policy: Policy):
    rows = states(
        policy,
        promotions=[promotion("o1", "r1", "2026-04-01", product="GTXPro")],
        deals=[deal("D1", lead_id="r1", product="GTX Pro", created_at="2026-05-01")],
    )
    assert pick(rows, "opportunity_id", "opportunity_ref", "origin") == [("o1", "D1", "promoted")]
    assert f"{rows[0]['created_at']:%m-%d}" == "04-01"


@pytest.mark.parametrize(
    "other",
    [
        {"product": "MG"},
        {"created_at": "2026-10-01"},
        {"lead_id": "r2"},
        {"lead_id": None},
    ],
)
def test_a_deal_for_another_product_lead_or_time_is_another_opportunity(policy: Policy, other: Row):
    told: dict[str, Any] = {"lead_id": "r1", "product": "GTX Pro", "created_at": "2026-05-01", **other}
    rows = states(
        policy,
        "2026-12-31",
        promotions=[promotion("o1", "r1", "2026-04-01", product="GTX Pro")],
        deals=[deal("D1", **told)],
    )
    assert sorted(pick(rows, "origin")) == ["crm", "promoted"]


def test_one_promotion_is_adopted_by_one_deal_the_nearest(policy: Policy):
    rows = states(
        policy,
        promotions=[promotion("o1", "r1", "2026-04-01")],
        deals=[deal("D1", lead_id="r1", created_at="2026-04-03"), deal("D2", lead_id="r1", created_at="2026-05-01")],
    )
    assert sorted(pick(rows, "opportunity_ref", "origin")) == [("D1", "promoted"), ("D2", "crm")]


def test_a_promoted_lead_waits_in_the_first_stage_with_its_budget_or_the_price(policy: Policy):
    rows = states(
        policy,
        promotions=[
            promotion("o1", "r1", "2026-04-01", product="gtx pro"),
            promotion("o2", "r2", "2026-04-01", product="GTXPro"),
            promotion("o3", "r3", "2026-04-01"),
        ],
        golden_records=[
            lead("r1", budget_amount=9000, currency="EUR", company="Acme", owner="ann", account_id="a1"),
            lead("r2"),
            lead("r3"),
        ],
        fx_rates=[{"date": "2026-06-30", "currency": "EUR", "rate_to_base": "1.1"}],
    )
    assert pick(rows, "stage", "status", "amount", "currency", "amount_base", "name") == [
        ("validation", "open", 9000, "EUR", 9900, "Acme - GTX Pro"),
        ("validation", "open", 4821, "USD", 4821, "GTX Pro"),
        ("validation", "open", None, None, None, None),
    ]
    assert pick(rows, "account_id", "owner")[0] == ("a1", "ann")


@pytest.mark.parametrize(
    ("outcome", "reason", "status", "stage", "lost_reason"),
    [
        ("junk", "bot", "lost", "lost", "withdrawn"),
        ("unreachable", None, "lost", "lost", "withdrawn"),
        ("lost", "price", "lost", "lost", "price"),
        ("lost", None, "lost", "lost", "(none)"),
        ("won", None, "won", "won", None),
        ("converted", None, "won", "won", None),
    ],
)
def test_an_outcome_after_the_promotion_closes_it_and_never_deletes_it(
    policy: Policy, outcome: str, reason: str | None, status: str, stage: str, lost_reason: str | None
):
    said = {"lead_id": "r1", "outcome": outcome, "reason": reason, "decided_at": "2026-05-01"}
    rows = states(policy, promotions=[promotion("o1", "r1", "2026-04-01")], lead_outcomes=[said])
    assert pick(rows, "opportunity_id", "status", "stage", "lost_reason", "last_stage") == [
        ("o1", status, stage, lost_reason, "validation")
    ]
    assert f"{rows[0]['closed_at']:%m-%d}" == "05-01"


def test_an_outcome_before_the_promotion_says_nothing_about_it(policy: Policy):
    said = {"lead_id": "r1", "outcome": "junk", "decided_at": "2026-03-01"}
    rows = states(policy, promotions=[promotion("o1", "r1", "2026-04-01")], lead_outcomes=[said])
    assert pick(rows, "status") == ["open"]


RATES = [
    {"date": "2026-01-01", "currency": "EUR", "rate_to_base": "1.10"},
    {"date": "2026-05-10", "currency": "EUR", "rate_to_base": "1.20"},
    {"date": "2026-06-01", "currency": "EUR", "rate_to_base": "1.333333"},
    {"date": "2026-08-01", "currency": "EUR", "rate_to_base": "2"},
]


def rates_policy(zone: str = "UTC", **limits: int | None) -> Policy:
    return policy_with(business={"timezone": zone, "exchange_rates": {"flag_after_days": 0, **limits}})


def test_an_amount_is_converted_at_the_newest_rate_of_the_day_it_was_closed_or_of_as_of():
    closed = {"status": "won", "stage": "won", "amount": 100, "currency": "EUR"}
    rows = states(
        rates_policy(max_age_days=None),
        deals=[
            deal("D1", amount=100, currency="EUR"),
            deal("D2", closed_at="2026-05-10T12:00", **closed),
            deal("D3", closed_at="2026-05-09T12:00", **closed),
            deal("D4", amount=100, currency="USD"),
            deal("D5", amount=100),
        ],
        fx_rates=RATES,
    )
    found = {row["opportunity_ref"]: row for row in rows}
    assert {name: str(row["amount_base"]) for name, row in found.items()} == {
        "D1": "133.33", "D2": "120.00", "D3": "110.00", "D4": "100.00", "D5": "100.00",
    }  # fmt: skip
    assert pick([found["D5"]], "currency") == ["USD"]
    assert {name: flags(row) for name, row in found.items()} == {
        "D1": ["fx_rate_carried"], "D2": [], "D3": ["fx_rate_carried"], "D4": [], "D5": ["currency_assumed"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("closed_at", "limits", "base", "flagged"),
    [
        ("2026-06-01T12:00", {}, "133.33", []),
        ("2026-06-05T12:00", {"flag_after_days": 4}, "133.33", []),
        ("2026-06-05T12:00", {"flag_after_days": 3}, "133.33", ["fx_rate_carried"]),
        ("2026-06-05T12:00", {"max_age_days": 4}, "133.33", ["fx_rate_carried"]),
        ("2026-06-05T12:00", {"max_age_days": 3}, "None", ["fx_rate_missing"]),
        ("2026-06-05T12:00", {"max_age_days": 0}, "None", ["fx_rate_missing"]),
        ("2026-06-29T12:00", {"max_age_days": None, "flag_after_days": 28}, "133.33", []),
    ],
)
def test_a_rate_of_an_earlier_day_is_flagged_and_one_too_old_is_not_used(
    closed_at: str, limits: dict[str, int | None], base: str, flagged: list[str]
):
    told = {"status": "won", "stage": "won", "amount": 100, "currency": "EUR", "closed_at": closed_at}
    (row,) = states(rates_policy(**limits), deals=[deal("D1", **told)], fx_rates=RATES)
    assert (str(row["amount_base"]), flags(row)) == (base, flagged)


@pytest.mark.parametrize(
    ("zone", "closed_at", "base"),
    [
        ("UTC", "2026-05-31T23:00", "120.00"),
        ("Asia/Shanghai", "2026-05-31T15:59:59", "120.00"),
        ("Asia/Shanghai", "2026-05-31T16:00", "133.33"),
        ("America/New_York", "2026-06-01T03:59:59", "120.00"),
        ("America/New_York", "2026-06-01T04:00", "133.33"),
    ],
)
def test_the_day_of_a_rate_is_that_of_the_business_zone(zone: str, closed_at: str, base: str):
    told = {"status": "won", "stage": "won", "amount": 100, "currency": "EUR", "closed_at": closed_at}
    (row,) = states(rates_policy(zone), deals=[deal("D1", **told)], fx_rates=RATES)
    assert str(row["amount_base"]) == base


def test_an_open_deal_is_converted_at_the_rate_of_the_business_day_of_as_of():
    open_deal = deal("D1", amount=100, currency="EUR")
    found = [
        str(states(rates_policy(zone), "2026-07-31T20:00", deals=[open_deal], fx_rates=RATES)[0]["amount_base"])
        for zone in ("UTC", "Asia/Shanghai")
    ]
    assert found == ["None", "200.00"]


def test_without_a_rate_there_is_no_base_amount_but_a_flag(policy: Policy):
    before_any = {"status": "won", "closed_at": "2025-12-31", "created_at": "2025-12-01"}
    rows = states(
        policy,
        deals=[deal("D1", amount=5, currency="JPY"), deal("D2", amount=5, currency="EUR", **before_any)],
        fx_rates=RATES,
    )
    assert pick(rows, "amount", "amount_base") == [(5, None), (5, None)]
    assert [flags(row) for row in rows] == [["fx_rate_missing"], ["fx_rate_missing"]]


def test_what_is_odd_about_a_deal_is_flagged(policy: Policy):
    odd = dict.fromkeys(
        ("has_unknown_stage", "is_created_assumed", "is_closed_first", "is_reopened", "is_backwards"), True
    )
    (row,) = states(policy, deals=[deal("D1", **odd)])
    assert flags(row) == ["created_at_assumed", "impossible_order", "reopened", "stage_backwards", "unknown_stage"]


def test_a_deal_won_before_its_lead_was_known_is_kept_and_flagged(policy: Policy):
    won = {"status": "won", "stage": "won", "created_at": "2018-03-06T19:38", "closed_at": "2018-03-06T19:38"}
    rows = states(
        policy,
        deals=[deal("D1", lead_id="r1", **won), deal("D2", lead_id="r2", **won)],
        golden_records=[lead("r1", first_seen_at="2018-03-08"), lead("r2", first_seen_at="2018-03-06T23:00")],
    )
    assert {row["opportunity_ref"]: flags(row) for row in rows} == {"D1": ["impossible_order"], "D2": []}


def test_a_deal_without_a_lead_finds_its_company_by_name(policy: Policy):
    (row,) = states(
        policy,
        deals=[deal("D1", company="Acme GmbH")],
        company_names=[{"company": "Acme GmbH", "account_id": "a7"}],
    )
    assert pick([row], "account_id", "lead_id", "name") == [("a7", None, "Acme GmbH")]


# --- stays -----------------------------------------------------------------------------------------------------


def change(change_no: int, stage: str, changed_at: str) -> Row:
    order = {"validation": 1, "solution_exchange": 2, "negotiation": 3, "won": 4, "lost": 5}[stage]
    return {
        "opportunity_ref": "D1", "process": "standard", "stage": stage, "stage_order": order, "change_no": change_no,
        "changed_at": changed_at, "status": stage if stage in {"won", "lost"} else "open", "is_assumed": False,
    }  # fmt: skip


def stays(*changes: Row, as_of: str = "2026-06-30", **state_values: Any) -> list[dict[str, Any]]:
    opportunity = state("o1", opportunity_ref="D1", **state_values)
    rows = run("opportunities/stage_intervals", as_of, opportunity_states=[opportunity], deal_changes=changes)
    return sorted(rows, key=lambda row: row["entered_at"])


def test_stays_follow_each_other_without_gap_or_overlap():
    rows = stays(
        change(1, "validation", "2026-03-01"),
        change(2, "negotiation", "2026-03-11T12:00"),
        change(3, "solution_exchange", "2026-03-12"),
        change(4, "won", "2026-04-01"),
    )
    assert pick(rows, "stage", "next_stage", "days", "is_current") == [
        ("validation", "negotiation", 10.5, False),
        ("negotiation", "solution_exchange", 0.5, False),
        ("solution_exchange", "won", 20.0, False),
    ]
    assert pick(rows, "left_at")[:-1] == pick(rows, "entered_at")[1:]


def test_the_current_stay_lasts_to_as_of_and_is_overdue_past_its_limit():
    within = stays(change(1, "validation", "2026-06-09"))
    past = stays(change(1, "validation", "2026-06-08"), as_of="2026-06-29T00:00:01")
    assert pick(within, "days", "left_at", "is_current", "overdue") == [(21.0, None, True, False)]
    assert pick(past, "is_current", "overdue") == [(True, True)]


def test_a_stay_that_has_ended_is_not_overdue_however_long_it_was():
    rows = stays(change(1, "validation", "2024-06-09"), change(2, "lost", "2026-06-01"))
    assert pick(rows, "days", "overdue", "next_stage") == [(722.0, False, "lost")]


def test_a_stage_entered_twice_is_two_stays():
    rows = stays(
        change(1, "validation", "2026-03-01"),
        change(2, "negotiation", "2026-03-02"),
        change(3, "validation", "2026-03-05"),
    )
    assert pick(rows, "stage", "days") == [("validation", 1.0), ("negotiation", 3.0), ("validation", 117.0)]


def test_a_stay_that_nobody_tells_of_is_marked_as_assumed():
    rows = stays(
        {**change(1, "validation", "2026-03-01"), "is_assumed": True}, change(2, "won", "2026-04-01"), status="won"
    )
    assert pick(rows, "stage", "days", "is_assumed") == [("validation", 31.0, True)]


def test_an_opportunity_that_is_only_promoted_stays_in_the_first_stage():
    waiting = state("o1", origin="promoted", created_at="2026-06-20")
    withdrawn = state(
        "o2", origin="promoted", created_at="2026-06-01", status="lost", stage="lost", stage_order=5,
        closed_at="2026-06-05", last_stage="validation",
    )  # fmt: skip
    rows = run("opportunities/stage_intervals", opportunity_states=[waiting, withdrawn])
    assert pick(rows, "opportunity_id", "stage", "days", "next_stage", "is_current") == [
        ("o1", "validation", 10.0, None, True),
        ("o2", "validation", 4.0, "lost", False),
    ]


# --- what is published -----------------------------------------------------------------------------------------


def opportunities(*states: Row, policy: Policy | None = None, **forecasts: float) -> dict[str, dict[str, Any]]:
    predicted = [{"opportunity_id": name, "win_probability": p} for name, p in forecasts.items()]
    rows = run("opportunities/opportunities", policy=policy, opportunity_states=states, opportunity_forecasts=predicted)
    return {row["opportunity_id"]: row for row in rows}


def test_the_expected_amount_is_the_amount_times_the_probability_to_the_cent():
    found = opportunities(
        state("o1", amount_base="1000.01"),
        state("o2", amount_base="0.05"),
        state("o3", amount_base="333.33", status="won", closed_at="2026-06-01"),
        state("o4", amount_base="333.33", status="lost", closed_at="2026-06-01"),
        state("o5"),
        o1=0.125, o2=0.5, o5=0.3,
    )  # fmt: skip
    assert {name: str(row["expected_amount_base"]) for name, row in found.items()} == {
        "o1": "125.00", "o2": "0.03", "o3": "333.33", "o4": "0.00", "o5": "None",
    }  # fmt: skip
    assert [found[name]["win_probability"] for name in ("o3", "o4")] == [1.0, 0.0]


def test_open_deals_are_numbered_once_each_by_what_they_are_expected_to_bring():
    found = opportunities(
        state("o1", amount_base=100),
        state("o2", amount_base=900),
        state("o3", amount_base=100, created_at="2026-04-01"),
        state("o4"),
        state("o5", amount_base=9999, status="won", closed_at="2026-06-01"),
        o1=0.5, o2=0.5, o3=0.5, o4=0.9,
    )  # fmt: skip
    assert {name: row["priority"] for name, row in found.items()} == {
        "o1": 3, "o2": 1, "o3": 2, "o4": 4, "o5": None,
    }  # fmt: skip
    assert found["o5"]["tier"] is None
    assert found["o2"]["value_index"] > found["o1"]["value_index"]


#: Places by amount: 0, 1/3, 2/3, 1; by win probability: 1, 1/3, 2/3, 0.
RANKED = [state(name, amount_base=amount) for name, amount in (("o1", 10), ("o2", 20), ("o3", 30), ("o4", 40))]
CHANCES = {"o1": 0.8, "o2": 0.2, "o3": 0.4, "o4": 0.1}


@pytest.mark.parametrize(
    ("value_index", "indices", "tiers"),
    [
        ({}, [50.0, 33.33, 66.67, 50.0], "2212"),
        ({"amount_weight": 3, "win_probability_weight": 1}, [25.0, 33.33, 66.67, 75.0], "3211"),
        ({"amount_weight": 0, "win_probability_weight": 7}, [100.0, 33.33, 66.67, 0.0], "1213"),
        ({"tier_1_from": 50, "tier_2_from": 40}, [50.0, 33.33, 66.67, 50.0], "1311"),
    ],
)
def test_policy_weighs_the_value_index_and_cuts_the_tiers(value_index: Row, indices: list[float], tiers: str):
    found = opportunities(*RANKED, policy=policy_with(stages={"value_index": value_index}), **CHANCES)
    assert [row["value_index"] for row in found.values()] == indices
    assert "".join(row["tier"] for row in found.values()) == tiers


def test_what_is_not_known_points_at_the_member_none():
    (row,) = opportunities(state("o1"), o1=0.1).values()
    assert (row["product"], row["owner"]) == ("(none)", "(none)")


# --- dimensions ------------------------------------------------------------------------------------------------

LISTED = {
    "file_id": "f", "source_name": "ref", "channel": "manual", "received_at": "2026-01-01", "known_at": "2026-01-01",
}  # fmt: skip


def product_names(
    listed: list[Row] = (), mentioned: list[Row] = (), gates: list[Row] = (), as_of: str = "2026-06-30"
) -> list[dict[str, Any]]:
    return run(
        "opportunities/product_names",
        as_of,
        product_rows=[{**LISTED, "line_no": n, "content_hash": f"h{n}", **row} for n, row in enumerate(listed, 1)],
        opportunity_rows=[
            {**LISTED, "line_no": n, "content_hash": f"h{n}", "opportunity_ref": "D", **row}
            for n, row in enumerate(mentioned, 1)
        ],
        lead_gates=gates,
    )


def test_gtxpro_finds_gtx_pro():
    rows = product_names([{"product": "GTX Pro", "price": 4821}], [{"product": "GTXPro"}, {"product": "gtx-pro"}])
    assert pick(rows, "name_key", "product", "price") == [("gtxpro", "GTX Pro", 4821)]


def test_a_product_is_found_by_its_code_and_by_its_name():
    listed = [{"product": "P-1", "name": "GTX Pro", "line": "GTX"}]
    rows = product_names(listed, [{"product": "gtxpro"}, {"product": "p1"}])
    assert pick(rows, "name_key", "product", "name", "line") == [
        ("gtxpro", "P-1", "GTX Pro", "GTX"),
        ("p1", "P-1", "GTX Pro", "GTX"),
    ]


def test_a_product_that_no_list_has_is_kept_as_it_is_called():
    rows = product_names(mentioned=[{"product": "Mystery"}], gates=[gate("r1", product="mystery")])
    assert pick(rows, "name_key", "product", "name") == [("mystery", "Mystery", "Mystery")]


def test_the_newest_known_statement_about_a_product_counts():
    listed = [
        {"product": "MG", "price": 5},
        {"product": "MG", "price": 6, "known_at": "2026-03-01"},
        {"product": "MG", "price": 7, "known_at": "2026-12-01"},
    ]
    assert pick(product_names(listed), "price") == [6]


def test_products_have_a_member_for_what_is_not_known_and_only_one():
    rows = run("opportunities/products", product_names=[*NAMES, {"name_key": "none", "product": "(none)", "name": "x"}])
    assert pick(rows, "product", "name") == [("(none)", "(none)"), ("GTX Pro", "GTX Pro"), ("MG", "MG")]


def test_reps_are_all_who_own_anything_and_a_member_for_nobody():
    rows = run(
        "opportunities/reps",
        rep_rows=[
            {
                **LISTED,
                "line_no": 1,
                "content_hash": "a",
                "owner": "ann",
                "name": "Ann",
                "skills": 'EU, "big"; 制造、云',
            },
            {**LISTED, "line_no": 2, "content_hash": "b", "owner": "ann", "name": "Ann B.", "known_at": "2026-09-01"},
            {**LISTED, "line_no": 3, "content_hash": "c", "owner": "cyd", "name": "Cyd", "skills": '["a\\\\b"]'},
        ],
        opportunity_states=[state("o1", owner="bob"), state("o2", owner="ann"), state("o3")],
        golden_records=[lead("r1", owner="dan")],
    )
    assert pick(rows, "owner", "name") == [
        ("(none)", "(none)"), ("ann", "Ann"), ("bob", "bob"), ("cyd", "Cyd"), ("dan", "dan"),
    ]  # fmt: skip
    assert [json.loads(row["skills"]) for row in rows] == [[], ["EU", "big", "制造", "云"], [], ["a\\b"], []]


def test_stages_are_those_of_the_policy():
    rows = run("opportunities/stages")
    in_order = sorted(rows, key=lambda row: row["stage_order"])
    assert pick(in_order, "stage", "prior_win_probability", "is_won", "is_lost") == [
        ("validation", 0.072, False, False),
        ("solution_exchange", 0.12, False, False),
        ("negotiation", 0.3, False, False),
        ("won", 1.0, True, False),
        ("lost", 0.0, False, True),
    ]
