"""What is said of two records that were compared: what both have, and what speaks against joining them."""

from typing import Any

import pytest

from pipelines.explained_pairs import refusal_words, shared_values, shared_words
from policy.identity import Rule


def row(record_id: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"record_id": record_id, "full_name": name, **fields}


ANNA = row("r1", "Anna Berg", email="anna@alpen.de", phone="+4930755001")
BERG = row("r2", "A. Berg", phone="+4930755001", birth_date="1980-04-02")
ANTON = row("r3", "Anton Berg", email="anton@alpen.de", birth_date="1991-07-09")
SEVERAL = "the other records of the two leads speak against it"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"same": ["phone"], "alike": ["full_name"]},
            ["both have phone +4930755001", "compared: name Anna Berg and A. Berg"],
        ),
        ({"same": ["phone"], "unless_differ": ["birth_date"]}, ["both have phone +4930755001"]),
        ({"same": ["anonymous_id"]}, []),
    ],
)
def test_what_a_rule_compared_is_told_with_the_values_of_both(fields: dict[str, Any], words: list[str]):
    assert shared_words(shared_values(Rule(rule="any", **fields), ANNA, BERG)) == words


def test_where_no_rule_decided_no_value_is_told():
    assert shared_values(None, ANNA, BERG) == {}


@pytest.mark.parametrize(
    ("why", "pair", "leads", "words"),
    [
        (
            "group",
            (BERG, ANTON),
            ([ANNA, BERG], [ANTON]),
            f"not joined: {SEVERAL} (2 and 1 records): date of birth: 1980-04-02 (r2) against 1991-07-09 (r3)"
            "; name: Anna Berg (r1) against Anton Berg (r3); e-mail: anna@alpen.de (r1) against anton@alpen.de (r3)",
        ),
        (
            "birth_date",
            (ANNA, ANTON),
            ([ANNA, BERG], [ANTON]),
            "not joined: the two leads contradict each other in the "
            "date of birth: 1980-04-02 (r2) against 1991-07-09 (r3)",
        ),
        (
            "full_name",
            (BERG, ANTON),
            ([BERG], [ANTON]),
            "not joined, a person is asked: it may be two who have the name: A. Berg (r2) against Anton Berg (r3)",
        ),
        (
            "email",
            (ANNA, ANTON),
            ([ANNA, ANTON], [ANNA, ANTON]),
            "not joined by this pair alone, a person is asked: "
            "it may be two who have the e-mail: anna@alpen.de (r1) against anton@alpen.de (r3)",
        ),
        (
            "decision",
            (BERG, ANTON),
            ([ANNA, BERG], [ANTON]),
            "not joined: a person told records of the two leads apart (r1 - r3)",
        ),
        (
            "size",
            (BERG, ANTON),
            ([ANNA, BERG], [ANTON]),
            "not joined: one doubtful link would join two large groups (2 and 1 records)",
        ),
    ],
)
def test_what_speaks_against_a_pair_is_told_with_records_and_values(why: str, pair: tuple, leads: tuple, words: str):
    assert refusal_words(why, pair, leads, [("r1", "r3"), ("r4", "r5")]) == words
