"""Where a lead stands, and what a company is worth."""

from datetime import datetime
from decimal import Decimal

import pytest

from assets.identity.tables import ACCOUNT_KEYS, COMPANY_RECORDS, GOLDEN_RECORDS, LEAD_KEYS, NAME_KEYS
from assets.intake.tables import ACTIVITY_ROWS, LEAD_EVENTS
from assets.opportunities.tables import LEAD_OUTCOMES, OPPORTUNITIES, PROMOTION_DECISIONS
from assets.scoring.tables import LEAD_SCORES
from tests.identity.conftest import Bench, rows

SEEN = {"first_seen_at": datetime(2026, 1, 1), "last_seen_at": datetime(2026, 1, 2), "record_count": 1}


def _leads(bench: Bench, golden=(), scores=(), decisions=(), deals=(), events=(), activities=(), outcomes=()):
    return bench.sql(
        "leads",
        golden_records=bench.table(
            GOLDEN_RECORDS,
            [{"lead_kind": "person", "source_name": "form", "channel": "form", **SEEN, **g} for g in golden],
        ),
        lead_scores=bench.table(LEAD_SCORES, list(scores)),
        promotion_decisions=bench.table(PROMOTION_DECISIONS, list(decisions)),
        opportunities=bench.table(OPPORTUNITIES, list(deals)),
        lead_events=bench.table(LEAD_EVENTS, list(events)),
        activity_rows=bench.table(ACTIVITY_ROWS, list(activities)),
        lead_outcomes=bench.table(LEAD_OUTCOMES, list(outcomes)),
        lead_keys=bench.table(
            LEAD_KEYS, [{"key_type": "email", "key_source": "", "key_value": "a@b.org", "lead_id": "r1"}]
        ),
    )


@pytest.mark.parametrize(
    ("score", "behaviour", "verdict", "deal", "outcome", "lifecycle"),
    [
        (0, 0, None, None, None, "raw"),
        (10, 5, "nurture", None, None, "engaged"),
        (50, 5, "nurture", None, None, "mql"),
        (50, 5, "promote", None, None, "sql"),
        (50, 5, "promote", "open", None, "opportunity"),
        (50, 5, "promote", "won", None, "customer"),
        (50, 5, "promote", "lost", None, "sql"),
        (50, 5, "nurture", None, "junk", "disqualified"),
        (50, 5, "nurture", "open", "junk", "opportunity"),
        (50, 5, "nurture", None, "won", "customer"),
        (10, 5, "nurture", None, "converted", "customer"),
    ],
)
def test_a_lead_stands_at_the_last_step_it_reached(bench: Bench, score, behaviour, verdict, deal, outcome, lifecycle):
    made = _leads(
        bench,
        golden=[{"lead_id": "r1"}],
        scores=[{"lead_id": "r1", "score": Decimal(score), "behaviour_points": Decimal(behaviour), "grade": "A1"}],
        decisions=[{"lead_id": "r1", "verdict": verdict}] if verdict else [],
        deals=[{"opportunity_id": "o1", "lead_id": "r1", "status": deal, "owner": "kim"}] if deal else [],
        outcomes=[{"lead_id": "r1", "outcome": outcome}] if outcome else [],
    )
    assert rows(made, "lead_id", "lifecycle", "grade") == [("r1", lifecycle, "A1")]


def test_what_is_not_known_is_the_member_none_and_the_last_activity_is_the_latest(bench: Bench):
    made = _leads(
        bench,
        golden=[{"lead_id": "r1"}, {"lead_id": "r2", "owner": "lee", "country": "DE"}],
        events=[{"event_id": "e", "lead_id": "r1", "occurred_at": datetime(2026, 1, 3)}],
        activities=[
            {
                "activity_id": "1",
                "email": "a@b.org",
                "occurred_at": datetime(2026, 1, 4),
                "known_at": datetime(2026, 1, 4),
            }
        ],
    )
    assert rows(made, "lead_id", "industry", "country", "medium", "campaign", "owner", "last_activity_at") == [
        ("r1", "(none)", "(none)", "(none)", "(none)", "(none)", datetime(2026, 1, 4)),
        ("r2", "(none)", "DE", "(none)", "(none)", "lee", datetime(2026, 1, 2)),
    ]


def test_many_events_and_deals_do_not_multiply_a_lead(bench: Bench):
    made = _leads(
        bench,
        golden=[{"lead_id": "r1"}],
        events=[{"event_id": f"e{n}", "lead_id": "r1", "occurred_at": datetime(2026, 1, n + 1)} for n in range(5)],
        deals=[{"opportunity_id": f"o{n}", "lead_id": "r1", "status": "open", "owner": "(none)"} for n in range(3)],
    )
    assert made.count("*").fetchall() == [(1,)]


def test_a_company_counts_its_leads_open_deals_and_money_won(bench: Bench):
    made = bench.sql(
        "accounts",
        company_records=bench.table(
            COMPANY_RECORDS,
            [
                {"account_id": "a1", "company": "Acme"},
                {"account_id": "a2", "company": "Babbage", "country": "GB"},
            ],
        ),
        name_keys=bench.table(NAME_KEYS, []),
        account_keys=bench.table(ACCOUNT_KEYS, []),
        golden_records=bench.table(
            GOLDEN_RECORDS, [{"lead_id": "r1", "account_id": "a1"}, {"lead_id": "r2", "account_id": "a1"}]
        ),
        opportunities=bench.table(
            OPPORTUNITIES,
            [
                {
                    "opportunity_id": "o1",
                    "account_id": "a1",
                    "status": "won",
                    "amount_base": Decimal("10.10"),
                },
                {"opportunity_id": "o2", "account_id": "a1", "status": "won", "amount_base": Decimal("0.20")},
                {
                    "opportunity_id": "o3",
                    "account_id": "a1",
                    "status": "open",
                    "amount_base": Decimal("5.00"),
                },
            ],
        ),
    )
    columns = ("account_id", "country", "lead_count", "open_opportunity_count", "won_amount_base")
    assert rows(made, *columns) == [
        ("a1", "(none)", 2, 1, Decimal("10.30")),
        ("a2", "GB", 0, 0, Decimal("0.00")),
    ]
