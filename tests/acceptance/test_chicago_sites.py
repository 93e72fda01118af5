"""Organisations of real life: centres for children in Chicago, told by nine lists, whose agencies share telephones.

Who is who is not known here; what must hold is that what was found does not contradict itself.
"""

from __future__ import annotations

import csv
import itertools
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.acceptance.conftest import World

pytestmark = pytest.mark.acceptance
FILE = "chicago_sites/csv_example_messy_input.csv"
FEED = """
feed: sites
kind: leads
match: "sites/*.csv"
channel: partner
key: Id
require: []
columns: {company: Site name, address: Address, postcode: Zip, phone: Phone}
"""
SEED = 20_260_101
Pair = tuple[str, str]


@pytest.fixture(scope="module")
def rows(acceptance_data: Path) -> list[dict[str, str]]:
    with (acceptance_data / FILE).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def leads(world: Callable[..., World]) -> dict[str, str]:
    return _leads(world([(FILE, "sites/sites.csv")], [FEED], "2026-01-02"))


def _leads(world: World) -> dict[str, str]:
    """The lead of each row, by its Id."""
    return dict(world.rows("SELECT source_key, lead_id FROM lead_records JOIN lead_identities USING (record_id)"))


def _pairs(groups: Iterable[list[str]]) -> set[Pair]:
    return {(min(pair), max(pair)) for group in groups for pair in itertools.combinations(group, 2)}


def _alike(rows: list[dict[str, str]], *headers: str) -> set[Pair]:
    """Pairs of rows that are equal in these columns."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows:
        told = tuple(row[header].strip().lower() for header in headers)
        if all(told):
            groups[told].append(row["Id"])
    return _pairs(groups.values())


def _together(leads: dict[str, str]) -> set[Pair]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row, lead in leads.items():
        groups[lead].append(row)
    return _pairs(groups.values())


def test_every_row_is_a_record_of_a_lead(rows: list[dict[str, str]], leads: dict[str, str]) -> None:
    assert set(leads) == {row["Id"] for row in rows}


def test_one_name_at_one_address_is_one_organisation(rows: list[dict[str, str]], leads: dict[str, str]) -> None:
    same = _alike(rows, "Site name", "Address")
    assert len(same & _together(leads)) >= 0.995 * len(same)


def test_a_telephone_alone_is_no_organisation(rows: list[dict[str, str]], leads: dict[str, str]) -> None:
    """As published for this file, .842 of the pairs with one telephone are the same, .766 of all that are."""
    one_phone, found = _alike(rows, "Phone"), _together(leads)
    assert 0.79 <= len(one_phone & found) / len(one_phone) <= 0.88
    assert 0.72 <= len(one_phone & found) / len(found) <= 0.83


def test_hardly_any_organisation_stands_in_two_houses(rows: list[dict[str, str]], leads: dict[str, str]) -> None:
    houses: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if number := re.match(r"\s*(\d+)", row["Address"]):
            houses[leads[row["Id"]]].add(number[1])
    assert sum(len(found) > 1 for found in houses.values()) <= 0.005 * len(houses)


def test_the_order_of_the_rows_changes_nobody(
    rows: list[dict[str, str]], leads: dict[str, str], world: Callable[..., World], tmp_path: Path
) -> None:
    shuffled = rows.copy()
    random.Random(SEED).shuffle(shuffled)
    path = tmp_path / "sites.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(shuffled)
    assert _leads(world([(str(path), "sites/sites.csv")], [FEED], "2026-01-02")) == leads
