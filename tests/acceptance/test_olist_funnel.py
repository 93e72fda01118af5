"""8,000 qualified leads and 842 closed deals of a real marketplace, through two feeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

LEADS = """
feed: olist_leads
kind: leads
match: "forms/olist_leads.csv"
key: [mql_id]
columns: {submitted_at: first_contact_date, landing_page: landing_page_id, medium: origin}
received: submitted_at
require: []
"""
DEALS = """
feed: olist_deals
kind: opportunities
match: "crm/olist_deals.csv"
columns:
  opportunity_ref: mql_id
  record_key: mql_id
  closed_at: won_date
  owner: sr_id
constants: {status: won, record_source: olist_leads}
received: closed_at
"""
BY_ORIGIN = {
    "unknown": 16.3, "paid_search": 12.3, "organic_search": 11.8, "direct_traffic": 11.2, "referral": 8.5,
    "social": 5.6, "display": 5.1, "email": 3.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def olist(world: Callable):
    files = [
        ("olist_funnel/olist_marketing_qualified_leads_dataset.csv", "forms/olist_leads.csv"),
        ("olist_funnel/olist_closed_deals_dataset.csv", "crm/olist_deals.csv"),
    ]
    return world(files, [LEADS, DEALS], "2019-01-31")


def test_every_lead_and_every_deal_arrives(olist):
    assert olist.result["status"] == "published"
    assert olist.value("SELECT count(*) FROM lead_records") == 8000
    assert olist.value("SELECT count(*) FROM leads") == 8000
    assert olist.value("SELECT count(*) FROM opportunities WHERE status = 'won' AND origin = 'crm'") == 842


def test_conversion_and_time_to_close_are_the_known_ones(olist):
    entered, advanced, rate, days = olist.rows(
        "SELECT entered, advanced, conversion_rate, median_days FROM funnel_stages WHERE basis = 'cohort' "
        "AND period = 'all' AND segment_type = 'all' AND from_stage = 'lead' AND to_stage = 'won'"
    )[0]
    assert (entered, advanced) == (8000, 842)
    assert round(100 * rate, 3) == 10.525
    assert round(days, 2) == 14.65


def test_conversion_by_origin_is_the_known_one(olist):
    found = {
        medium: round(100 * won / leads, 1)
        for medium, leads, won in olist.rows(
            "SELECT medium, sum(leads), sum(won) FROM source_performance GROUP BY medium"
        )
    }
    assert {medium: found[medium] for medium in BY_ORIGIN} == BY_ORIGIN


def test_the_deal_won_before_first_contact_is_kept_and_flagged(olist):
    assert olist.value("SELECT count(*) FROM opportunities WHERE flags LIKE '%impossible_order%'") == 1


def test_cohorts_of_2017_are_not_comparable_rather_than_poor(olist):
    cohorts = olist.rows(
        "SELECT period, is_comparable, is_bottleneck FROM funnel_stages WHERE basis = 'cohort' "
        "AND segment_type = 'all' AND from_stage = 'lead' AND to_stage = 'won' AND period LIKE '2017-Q%'"
    )
    assert cohorts
    assert all(not comparable and not bottleneck for _, comparable, bottleneck in cohorts)
    later = olist.rows(
        "SELECT is_comparable FROM funnel_stages WHERE basis = 'cohort' AND segment_type = 'all' "
        "AND from_stage = 'lead' AND to_stage = 'won' AND period = '2018-Q1'"
    )
    assert later == [(1,)]
