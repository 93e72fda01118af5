"""Content hashes: equal rows, equal hash; anything else, another."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.contract import arrow_schema
from serving.publish_hash import content_hash, publication_hash, publication_id_of
from tests.serving.publishing import ACCOUNTS, LEADS, account, lead


def hashed(tmp_path: Path, rows: list[dict[str, Any]], table: Any = LEADS, *, group: int = 1000) -> str:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path, row_group_size=group)
    return content_hash(path, table)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.integers(1, 7))
def test_the_order_of_rows_does_not_matter(tmp_path: Path, seed: int, group: int) -> None:
    rows = [lead(n) for n in range(20)]
    random.Random(seed).shuffle(rows)
    assert hashed(tmp_path, rows, group=group) == hashed(tmp_path, [lead(n) for n in range(20)])


def test_how_often_a_row_is_there_matters(tmp_path: Path) -> None:
    assert hashed(tmp_path, [lead(1)]) != hashed(tmp_path, [lead(1), lead(1)])
    assert hashed(tmp_path, []) != hashed(tmp_path, [lead(1)])
    assert hashed(tmp_path, [lead(1)] * 2 + [lead(2)]) != hashed(tmp_path, [lead(1)] + [lead(2)] * 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Person 1 "}, {"full_name": None}, {"full_name": ""}, {"overdue": True}, {"birth_date": None},
        {"first_seen_at": datetime(2026, 1, 1, 10, 0, 1, 123457)}, {"win_probability": 0.142857144},
        {"email": "Person 1", "full_name": "person1@example.com"}, {"win_probability": None},
    ],
)  # fmt: skip
def test_every_value_matters(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert hashed(tmp_path, [lead(1, **changes)]) != hashed(tmp_path, [lead(1)])


def test_floats_count_to_nine_significant_digits(tmp_path: Path) -> None:
    assert hashed(tmp_path, [lead(1, win_probability=0.1234567891)]) == hashed(
        tmp_path, [lead(1, win_probability=0.1234567892)]
    )
    assert hashed(tmp_path, [lead(1, win_probability=0.123456789)]) != hashed(
        tmp_path, [lead(1, win_probability=0.123456788)]
    )
    assert hashed(tmp_path, [lead(1, win_probability=-0.0)]) == hashed(tmp_path, [lead(1, win_probability=0.0)])


def test_money_counts_to_the_cent(tmp_path: Path) -> None:
    one, other = account(1, "999999999999.99"), account(1, "999999999999.98")
    assert hashed(tmp_path, [one], ACCOUNTS) != hashed(tmp_path, [other], ACCOUNTS)
    assert hashed(tmp_path, [account(1, "1.1")], ACCOUNTS) == hashed(
        tmp_path, [{**account(1), "won_amount_base": Decimal("1.10")}], ACCOUNTS
    )


def test_the_id_of_a_publication_rests_on_home_instant_policy_and_content() -> None:
    base = ("home", "2026-01-01", "policy", "content")
    ids = {publication_id_of(*base)}
    for place in range(4):
        changed = list(base)
        changed[place] += "x"
        ids.add(publication_id_of(*changed))
    assert len(ids) == 5
    assert publication_id_of(*base) in ids


def test_publications_are_no_part_of_their_own_hash() -> None:
    assert publication_hash({"leads": "a", "publications": "b"}) == publication_hash({"leads": "a"})
    assert publication_hash({"leads": "a"}) != publication_hash({"leads": "b"})
