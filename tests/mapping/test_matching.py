"""Columns of two tables, matched one to one."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.matching import confidences, matched_tables

PEOPLE = {
    "customer_id": [str(1000 + n) for n in range(40)],
    "first_name": ["Alice", "Bob", "Carol", "Dave"] * 10,
    "e_mail": [f"p{n}@acme.com" for n in range(40)],
    "signup_date": [f"2026-03-{1 + n % 28:02}" for n in range(40)],
    "annual_income": [str(30_000 + 1_111 * n) for n in range(40)],
    "city": ["Springfield", "Shelbyville", "Ogdenville"] * 13 + ["North Haverbrook"],
}


def pairs(source: dict[str, list[str]], target: dict[str, list[str]]) -> dict[str, str]:
    return {pair.source: pair.target for pair in matched_tables(source, target)}


def shortened(name: str, how: str) -> str:
    words = name.split("_")
    if how == "vowels":
        return "".join(letter for letter in "".join(words) if letter not in "aeiouy")
    if how == "beginnings":
        return "".join(word[:3].title() for word in words)
    if how == "capitals":
        return "".join(words).upper()
    return "tbl_" + "".join(word.title() for word in words)


def test_columns_are_found_however_their_names_are_shortened() -> None:
    for how in ("vowels", "beginnings", "capitals", "prefix"):
        target = {shortened(name, how): values for name, values in PEOPLE.items()}
        assert pairs(PEOPLE, target) == {name: shortened(name, how) for name in PEOPLE}, how


def test_values_refuse_what_names_suggest() -> None:
    source = {"Gender": ["m", "f"] * 20, "Age": [str(20 + n) for n in range(40)]}
    target = {"g": [str(25 + n) for n in range(40)], "other": ["x"] * 40}
    assert pairs(source, target) == {"Age": "g"}


def test_columns_that_nothing_connects_are_no_pair() -> None:
    source = {"Gender": ["m", "f"] * 10, "Zip": [str(10_000 + n) for n in range(20)]}
    target = {"email": [f"a{n}@b.com" for n in range(20)], "created": ["2026-01-01"] * 20}
    assert pairs(source, target) == {}


def test_the_order_of_columns_decides_nothing() -> None:
    target = {shortened(name, "beginnings"): values for name, values in PEOPLE.items()}
    for seed in range(10):
        a, b = list(PEOPLE), list(target)
        random.Random(seed).shuffle(a)
        random.Random(seed + 100).shuffle(b)
        found = matched_tables({name: PEOPLE[name] for name in a}, {name: target[name] for name in b})
        assert [pair.source for pair in found] == a
        assert {(pair.source, pair.target, pair.confidence) for pair in found} == {
            (pair.source, pair.target, pair.confidence) for pair in matched_tables(PEOPLE, target)
        }


def test_rivals_make_a_pair_less_sure() -> None:
    alone = matched_tables({"city": []}, {"city name": []}, floor=0.0)[0].confidence
    rivals = matched_tables({"city": []}, {"city name": [], "city code": []}, floor=0.0)[0].confidence
    assert rivals < alone


@given(st.lists(st.lists(st.floats(-9, 9), min_size=3, max_size=3), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_confidences_of_a_row_or_column_never_exceed_certainty(odds: list[list[float]]) -> None:
    found = confidences(odds)
    assert all(sum(row) <= 1.001 for row in found)
    assert all(sum(row[at] for row in found) <= 1.001 for at in range(3))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_each_column_is_in_one_pair_at_most(data: st.DataObject) -> None:
    names = st.lists(st.text(alphabet="abcdeXYZ_ 名电", min_size=1, max_size=8), min_size=1, max_size=6, unique=True)
    values = st.lists(st.sampled_from(["a@b.com", "12", "2026-01-01", "x y", "", "李伟"]), max_size=6)
    tables = [{name: data.draw(values) for name in data.draw(names)} for _ in range(2)]
    found = matched_tables(*tables, floor=0.0)
    assert len({pair.source for pair in found}) == len({pair.target for pair in found}) == len(found)
