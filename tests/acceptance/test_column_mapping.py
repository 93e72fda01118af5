"""True maps between tables, and real exports whose feeds were written by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.mapping import BARS, cases, difflib_at, ours, score
from sources.mapping.proposal import propose


@pytest.mark.parametrize("group", BARS)
def test_matches_are_found_better_than_the_bar_and_than_difflib(acceptance_data: Path, group: str) -> None:
    members = [case for case in cases(acceptance_data / "column_mapping") if case.group == group]
    assert members, f"the acceptance data have no cases of {group}"
    mine = score(ours, members)
    assert mine.f1 > BARS[group], mine
    assert mine.f1 > score(difflib_at(0.6), members).f1


@pytest.mark.parametrize(
    ("file", "kind", "expected"),
    [
        (
            "maven_crm/sales_pipeline.csv",
            "opportunities",
            {
                "opportunity_ref": "opportunity_id",
                "owner": "sales_agent",
                "product": "product",
                "company": "account",
                "stage": "deal_stage",
                "created_at": "engage_date",
                "closed_at": "close_date",
                "amount": "close_value",
            },
        ),
        (
            "maven_crm/accounts.csv",
            "accounts",
            {
                "company": "account",
                "industry": "sector",
                "annual_revenue": "revenue",
                "employee_count": "employees",
                "parent": "subsidiary_of",
            },
        ),
        ("maven_crm/products.csv", "products", {"product": "product", "line": "series", "price": "sales_price"}),
        (
            "fivetran/sf_opportunity_data.csv",
            "opportunities",
            {
                "opportunity_ref": "id",
                "name": "name",
                "stage": "stage_name",
                "status": "is_won",
                "created_at": "created_date",
                "amount": "amount",
                "owner": "owner_id",
            },
        ),
        (
            "fivetran/sf_lead_data.csv",
            "leads",
            {
                "full_name": "name",
                "first_name": "first_name",
                "last_name": "last_name",
                "company": "company",
                "industry": "industry",
                "annual_revenue": "annual_revenue",
                "submitted_at": "created_date",
                "owner": "owner_id",
            },
        ),
        ("xeducation_leads/Lead_Scoring.csv", "leads", {"medium": "Lead Source", "country": "Country", "city": "City"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_real_exports_are_mapped_as_their_feeds_were_written(
    acceptance_data: Path, file: str, kind: str, expected: dict[str, str]
) -> None:
    with (acceptance_data / file).open(encoding="utf-8-sig", newline="") as stream:
        headers, *rows = csv.reader(stream)
    found = propose(headers, rows, kind)
    assert {field: headers[0] for field, headers in found.mapping.items() if field in expected} == expected
