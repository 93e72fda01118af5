"""What people decided about pairs of records: which answer counts, and what becomes of answers that contradict."""

import json
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from assets.identity.matches import record_matches
from assets.identity.tables import IDENTITY_DECISIONS
from assets.intake.tables import LANDED_FILES, LEAD_RECORDS, REVIEW_ROWS
from tests.identity.conftest import AS_OF, Bench, record


def _line(line_no: int, decision: str, day: int, file_id: str) -> dict[str, Any]:
    return {
        "file_id": file_id,
        "line_no": line_no,
        "known_at": datetime(2026, 1, day),
        "record_id_l": "r1",
        "record_id_r": "r2",
        "decision": decision,
    }


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([("same", 2, "f"), ("different", 2, "f")], "different"),
        ([("same", 2, "f"), ("different", 2, "g")], "different"),
        ([("same", 2, "f"), ("same", 2, "f"), ("different", 2, "f")], "different"),
        ([("same", 3, "f"), ("different", 2, "f")], "same"),
        ([("same", 2, "f"), ("different", 3, "g")], "different"),
    ],
)
def test_of_two_answers_the_newer_counts_and_at_the_same_time_different_in_any_order_of_lines(
    bench: Bench, said: list[tuple[str, int, str]], counts: str
):
    for lines in permutations(said):
        rows = [_line(at, *line) for at, line in enumerate(lines, 2)]
        made = bench.sql(
            "identity_decisions",
            frozen_decisions=bench.table(IDENTITY_DECISIONS, []),
            landed_files=bench.table(LANDED_FILES, []),
            review_rows=bench.table(REVIEW_ROWS, rows),
            lead_records=bench.table(LEAD_RECORDS, [record("r1"), record("r2")]),
        )
        overruled = sum(decision != counts for decision, _, _ in said)
        assert made.select("decision", "overruled_count").fetchall() == [(counts, overruled)]


def _matches(bench: Bench, records: list[dict[str, Any]], *decided: str) -> dict[str, tuple[str, str, float, Any]]:
    """Decision, rule, probability and contradiction of each pair; a decision is written as `12 same`."""
    tables = bench.identified(records)
    rows = [
        {"record_id_l": f"r{pair[0]}", "record_id_r": f"r{pair[1]}", "decision": decision}
        for pair, decision in map(str.split, decided)
    ]
    learned = tables["match_model"].df()
    decisions = bench.table(IDENTITY_DECISIONS, rows)
    made = record_matches(tables["match_records"], tables["match_blocks"], learned, AS_OF, bench, decisions)
    return {
        left[1:] + right[1:]: (decision, rule, probability, json.loads(why).get("contradiction"))
        for left, right, decision, rule, probability, why in made.select(
            "record_id_l", "record_id_r", "decision", "rule", "match_probability", "evidence"
        ).fetchall()
    }


def test_decisions_that_contradict_each_other_are_asked_about_again(bench: Bench):
    records = [record(f"r{n}", full_name="Ute Lang", city=f"City {n}", day=n) for n in (1, 2, 3)]
    found = _matches(bench, records, "12 same", "23 same", "13 different")
    assert {pair: (decision, rule, why) for pair, (decision, rule, _, why) in found.items()} == {
        "12": ("same", "decision", None),
        "23": ("review", "decision", "decision"),
        "13": ("different", "decision", None),
    }
    assert found["12"][2] > 0.99 > 0.01 > found["13"][2]


def test_what_a_rule_would_join_and_people_told_apart_is_different_and_improbable(bench: Bench):
    records = [
        record("r1", full_name="Ute Lang", email="ute@lang.org"),
        record("r2", full_name="Ute Lang", email="ute@lang.org", phone="+493012345678", day=2),
        record("r3", full_name="Ute Lang", phone="+493012345678", day=3),
    ]
    found = _matches(bench, records, "13 different")
    assert {pair: (decision, rule, why) for pair, (decision, rule, _, why) in found.items()} == {
        "12": ("same", "same_email_and_name", None),
        "23": ("different", "same_phone_and_name", "decision"),
        "13": ("different", "decision", None),
    }
    assert found["12"][2] > 0.99 > 0.01 > max(found["13"][2], found["23"][2])
