"""What is quick to compare leaves strangers out, and nobody else."""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.identity import pair_weights
from assets.identity.comparisons import make_compared_records
from assets.identity.kept import Kept
from assets.identity.model import model_of
from assets.identity.pair_weights import weighed_pairs
from tests.identity.conftest import Bench, record, rows

FIRST = ["Ada", "Ana", "Anna", "Grace", "Gracie", "Mary", "Maria", "Bob", "Robert", "Li", None]
LAST = ["Hopper", "Hoper", "Lovelace", "Lovelase", "Shelley", "Ada", "Smith", "Smyth", None]
MAIL = [
    "bob@acme.org",
    "robert@acme.org",
    "ada@acme.org",
    "ada@acme.com",
    "adda@acme.org",
    "grace@acme.org",
    "mary.shelley@novels.org",
    "x1@a.org",
    None,
]
PHONES = ["+442079460001", "+442079460002", "+442079460010", "+14155550100", None]
COMPANIES = ["Acme Widgets", "Acme Widget", "Acme Widgets Bonn", "Novels", "Novel", "Analytical Engines", None]
PLACES = ["Leeds", "Leed", "Bath", "York", None]
CODES = ["3023", "3024", "3203", "90210", None]
ROADS = ["7 Edmondson Street", "7 Edmondson St", "9 Edmondson Street", "1 Elm St", None]
#: Nothing is kept.
NOTHING = Kept(None)
DATES = [date(1946, 4, 13), date(1946, 4, 14), date(1946, 5, 13), date(1964, 4, 13), date(1990, 12, 1), None]


def anybody(count: int, seed: int) -> list[dict]:
    """Records of few values, so that every level of every comparison is met."""
    chance, found = random.Random(seed), []
    for number in range(count):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        known = {
            "first_name": first,
            "last_name": last,
            "full_name": " ".join(name for name in (first, last) if name) or None,
            "email": chance.choice(MAIL),
            "phone": chance.choice(PHONES),
            "company": chance.choice(COMPANIES),
            "city": chance.choice(PLACES),
            "postcode": chance.choice(CODES),
            "address": chance.choice(ROADS),
            "birth_date": chance.choice(DATES),
        }
        found.append(record(f"r{number:04d}", **known))
    return found


def weights(
    bench: Bench, tables: dict[str, Any], least: float, decided: Sequence[tuple] = (), kept: Kept = NOTHING
) -> dict[tuple, float]:
    """What every pair of the records weighs, without prior, of those that may weigh so much."""
    connection = bench.engine.connection
    model = model_of(tables["match_model"].df(), bench.policy.identity.training)
    make_compared_records(connection, tables["match_records"])
    connection.table("compared_records").create_view("frequency_view", replace=True)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE pairs_to_weigh AS SELECT l.record_no AS record_no_l, r.record_no AS record_no_r "
        "FROM compared_records AS l JOIN compared_records AS r ON l.record_no < r.record_no"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE decided_pairs (record_no_l BIGINT, record_no_r BIGINT, rule_no INTEGER)"
    )
    for left, right in decided:
        connection.execute("INSERT INTO decided_pairs VALUES (?, ?, 0)", [left, right])
    found = rows(weighed_pairs(connection, model, least, kept), "record_no_l", "record_no_r", *model.names)
    connection.execute("DROP TABLE compared_records")
    return {row[:2]: sum(row[2:]) for row in found}


@pytest.mark.parametrize("rare", [True, False], ids=["rare values weigh more", "all values alike"])
def test_no_pair_that_weighs_enough_is_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch, rare: bool):
    monkeypatch.setattr(pair_weights, "LOOKED_AT_FROM", 0)
    training = bench.policy.identity.training.model_copy(update={"min_records": 20 if rare else 10_000})
    identity = bench.policy.identity.model_copy(update={"training": training})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    tables = bench.identified(anybody(120, 20261123))
    every = weights(bench, tables, -1000.0)
    assert len(every) == 120 * 119 / 2
    for least in (0.0, 5.0, 15.0):
        found = weights(bench, tables, least)
        assert {pair: weight for pair, weight in every.items() if weight >= least}.items() <= found.items()
        assert len(found) < len(every)
    (lightest,) = [pair for pair, weight in every.items() if weight == min(every.values())][:1]
    assert lightest not in found
    assert weights(bench, tables, 15.0, [lightest]) == {**found, lightest: every[lightest]}


def test_what_was_looked_at_is_kept_and_gives_what_looking_again_gives(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(pair_weights, "LOOKED_AT_FROM", 0)
    asked: list[int] = []
    plain = pair_weights.look_at

    def counted(connection, model, least):
        asked.append(connection.table("fresh_pairs").count("*").fetchall()[0][0])
        plain(connection, model, least)

    monkeypatch.setattr(pair_weights, "look_at", counted)
    kept, records = Kept(tmp_path), anybody(60, 20261123)
    tables = bench.identified(records)
    learned = bench.engine.connection.from_df(tables["match_model"].df())
    asked.clear()
    first = weights(bench, tables, 5.0, kept=kept)
    assert asked == [60 * 59 / 2]
    assert weights(bench, tables, 5.0, kept=kept) == first
    assert len(asked) == 1, "nothing is new"
    every = weights(bench, tables, -1000.0)
    light = next(pair for pair in sorted(every) if pair not in first)
    assert weights(bench, tables, 5.0, [light], kept) == {**first, light: every[light]}
    assert asked[-1] == 1, "the one that a person or a rule decided about"
    assert weights(bench, tables, 5.0, kept=kept) == first, "and decides no more"
    changed = [*records[:-1], records[-1] | {"phone": "+14155550199"}, record("r9999", full_name="Ada Hopper")]
    tables = bench.identified(changed) | {"match_model": learned}
    again = weights(bench, tables, 5.0, kept=kept)
    assert asked[-1] == 59 + 60
    assert again == weights(bench, tables, 5.0)
