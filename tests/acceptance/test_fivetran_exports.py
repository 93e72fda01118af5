"""Salesforce tables as a data engineer has them, read by feed YAML alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

LEADS = """
feed: sf_leads
kind: leads
match: "crm/sf_lead_data.csv"
channel: crm
key: [id]
columns:
  full_name: name
  first_name: first_name
  last_name: last_name
  email: email
  company: company
  industry: industry
  annual_revenue: annual_revenue
  submitted_at: created_date
  owner: owner_id
received: submitted_at
"""
OPPORTUNITIES = """
feed: sf_opportunities
kind: opportunities
match: "crm/sf_opportunity_data.csv"
columns:
  opportunity_ref: id
  name: name
  stage: stage_name
  status: is_won
  created_at: created_date
  closed_at: close_date
  expected_close_date: close_date
  amount: amount
  owner: owner_id
values: {status: {"true": won, "false": open}}
"""
HISTORY = """
feed: sf_opportunity_history
kind: opportunities
match: "crm/sf_opportunity_history_data.csv"
columns:
  opportunity_ref: id
  stage: stage_name
  status: is_won
  changed_at: _fivetran_start
  created_at: created_date
  expected_close_date: close_date
  amount: amount
values: {status: {"true": won, "false": open}}
"""


@pytest.fixture(scope="module")
def salesforce(world: Callable):
    names = ["sf_lead_data.csv", "sf_opportunity_data.csv", "sf_opportunity_history_data.csv"]
    return world([(f"fivetran/{name}", f"crm/{name}") for name in names], [LEADS, OPPORTUNITIES, HISTORY], "2026-01-02")


def test_leads_opportunities_and_history_load(salesforce):
    assert salesforce.result["status"] == "published"
    assert salesforce.result["rows"]["rejected"] == 0
    assert salesforce.value("SELECT count(*) FROM leads") == 1
    assert salesforce.value("SELECT count(*) FROM opportunities") == 10
    assert salesforce.value("SELECT count(*) FROM opportunities WHERE status = 'won'") == 5
    assert salesforce.value("SELECT sum(amount_base) FROM opportunities") == 24_530_001


def test_stages_that_policy_does_not_know_are_flagged(salesforce):
    assert salesforce.value("SELECT count(*) FROM opportunities WHERE flags LIKE '%unknown_stage%'") == 10
