"""8,800 deals of a CRM that tells only their present state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

DEALS = """
feed: maven_deals
kind: opportunities
match: "crm/sales_pipeline.csv"
columns:
  opportunity_ref: opportunity_id
  owner: sales_agent
  product: product
  company: account
  stage: deal_stage
  created_at: engage_date
  closed_at: close_date
  amount: close_value
"""
PRODUCTS = """
feed: maven_products
kind: products
match: "reference/products.csv"
columns: {product: product, line: series, price: sales_price}
"""
REPS = """
feed: maven_reps
kind: reps
match: "reference/sales_teams.csv"
columns: {owner: sales_agent, team: manager, region: regional_office}
"""
ACCOUNTS = """
feed: maven_accounts
kind: accounts
match: "reference/accounts.csv"
columns:
  company: account
  industry: sector
  employee_count: employees
  country: office_location
  parent: subsidiary_of
"""


@pytest.fixture(scope="module")
def maven(world: Callable):
    files = [
        ("maven_crm/sales_pipeline.csv", "crm/sales_pipeline.csv"),
        ("maven_crm/products.csv", "reference/products.csv"),
        ("maven_crm/sales_teams.csv", "reference/sales_teams.csv"),
        ("maven_crm/accounts.csv", "reference/accounts.csv"),
    ]
    return world(files, [DEALS, PRODUCTS, REPS, ACCOUNTS], "2026-01-02")


def test_won_lost_and_win_rate_are_the_known_ones(maven):
    counts = dict(maven.rows("SELECT status, count(*) FROM opportunities GROUP BY status"))
    assert counts == {"won": 4238, "lost": 2473, "open": 2089}
    assert round(100 * counts["won"] / (counts["won"] + counts["lost"]), 2) == 63.15


def test_the_amount_won_is_exact_in_all_and_by_quarter(maven):
    assert maven.value("SELECT sum(amount_base) FROM opportunities WHERE status = 'won'") == 10_005_534
    by_quarter = dict(
        maven.rows(
            "SELECT dates.quarter, sum(amount_base) FROM opportunities "
            "JOIN dates ON dates.date = substr(opportunities.closed_at, 1, 10) "
            "WHERE status = 'won' GROUP BY dates.quarter"
        )
    )
    assert by_quarter == {"2017-Q1": 1_134_672, "2017-Q2": 3_086_111, "2017-Q3": 2_982_255, "2017-Q4": 2_802_496}


def test_a_product_written_without_its_space_is_found(maven):
    products = {name for (name,) in maven.rows("SELECT DISTINCT product FROM opportunities")}
    assert "GTX Pro" in products
    assert "GTXPro" not in products
    assert maven.value("SELECT count(*) FROM products") == 8  # seven, and (none)
