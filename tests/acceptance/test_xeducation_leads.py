"""One file read by a leads feed and an outcomes feed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

LEADS = """
feed: xeducation
kind: leads
match: "forms/Lead_Scoring.csv"
key: [Prospect ID]
columns: {medium: Lead Source, country: Country, city: City}
values: {city: {Select: null}}
require: []
"""
OUTCOMES = """
feed: xeducation_outcomes
kind: outcomes
match: "forms/Lead_Scoring.csv"
columns: {record_key: Prospect ID, outcome: Converted}
constants: {record_source: xeducation}
values: {outcome: {"1": converted, "0": null}}
others: drop
"""


@pytest.fixture(scope="module")
def xeducation(world: Callable):
    return world([("xeducation_leads/Lead_Scoring.csv", "forms/Lead_Scoring.csv")], [LEADS, OUTCOMES], "2026-01-02")


def test_one_file_gives_leads_and_outcomes(xeducation):
    assert xeducation.value("SELECT count(*) FROM leads") == 9240
    assert xeducation.value("SELECT sum(won) FROM source_performance") == 3561
    files = dict(xeducation.rows("SELECT source_name, rows_accepted FROM source_files"))
    assert files == {"xeducation": 9240, "xeducation_outcomes": 9240}


def test_columns_that_no_field_knows_are_kept_as_attributes(xeducation):
    attributes = [json.loads(text) for (text,) in xeducation.rows("SELECT attributes FROM lead_records LIMIT 200")]
    assert all("Lead Number" in row and "Do Not Email" in row for row in attributes)
    assert not any("Lead Source" in row for row in attributes)
