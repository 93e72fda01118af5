"""Which links glue strangers, and are refused."""

import json
import random
from datetime import date

import networkx as nx
import pytest

from assets.identity.joins import BY_DECISION, BY_GROUP, BY_SIZE, Groups, Link, characters_apart, refusals
from tests.identity.conftest import Bench, record


def grouped(links, *, weighed=(), values=None, apart=(), most=200, contradictions=None):
    """Why links were refused, by place, and the groups of more than one record that are left."""
    groups = Groups(weighed, values or {}, apart, contradictions or {"birth_date": 3, "company_code": 1}, most=most)
    refused = refusals(links, groups)
    joined = {}
    for number in sorted(groups.of):
        joined.setdefault(groups.root(number), []).append(number)
    return refused, sorted(group for group in joined.values() if len(group) > 1)


def model(left, right):
    return Link(left, right, False, frozenset({"company_code"}), frozenset({"birth_date"}))


def rule(left, right, *heeds):
    return Link(left, right, True, frozenset(heeds))


@pytest.mark.parametrize("seed", range(20))
def test_without_contradictions_groups_are_the_components_that_networkx_finds(seed):
    print("seed", seed)
    chance = random.Random(seed)
    edges = [(chance.randrange(60), chance.randrange(60)) for _ in range(chance.randrange(90))]
    edges = [(left, right) for left, right in edges if left != right]
    refused, groups = grouped(
        [model(*edge) for edge in edges],
        weighed=[(*edge, 5.0, True) for edge in sorted({(min(edge), max(edge)) for edge in edges})],
    )
    expected = sorted(sorted(part) for part in nx.connected_components(nx.Graph(edges)))
    assert (refused, groups) == ({}, expected)


def test_a_link_between_two_dates_of_birth_is_refused_where_neither_record_of_it_knows_both():
    born = {"birth_date": {1: "1980-05-01", 3: "1991-12-24"}}
    assert grouped([model(1, 2), model(2, 3)], values=born) == ({1: "birth_date"}, [[1, 2]])


def test_a_pair_that_was_judged_knowing_both_dates_of_birth_is_joined():
    born = {"birth_date": {1: "1980-05-01", 2: "1991-12-24"}}
    assert grouped([model(1, 2)], values=born) == ({}, [[1, 2]])


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ("8022|shelcott|60605", "house"),
        ("8022|shelcott|", "house"),
        ("8022|hartley|60605", "house"),
        ("8612|shelcott|60605", None),
        ("8022|hartley|60603", None),
        ("8022||", None),
        (None, None),
    ],
)
def test_an_organisation_without_a_house_glues_no_two_of_them(other, refused):
    houses = {"house": {1: "8612|hartley|60603"} | ({3: other} if other else {})}
    groups = Groups([], houses, [], {"house": 1}, most=200)
    groups.join(Link(1, 2, is_firm=False))
    assert groups.refusal(Link(2, 3, is_firm=False, weighed=frozenset({"house"}))) == refused


def test_a_slip_of_the_pen_in_a_date_of_birth_contradicts_nothing():
    born = {"birth_date": {1: "1980-05-01", 3: "1980-05-11"}}
    assert grouped([model(1, 2), model(2, 3)], values=born) == ({}, [[1, 2, 3]])


def test_two_registry_codes_are_two_companies_even_by_a_rule_that_heeds_them():
    codes = {"company_code": {1: "HRB 1", 2: "HRB 2"}}
    assert grouped([rule(1, 2, "company_code")], values=codes)[0] == {0: "company_code"}
    assert grouped([rule(1, 2)], values=codes)[0] == {}


def test_what_a_person_told_apart_stays_apart_also_through_a_third_record():
    assert grouped([rule(1, 2), rule(2, 3)], apart=[(1, 3)]) == ({1: BY_DECISION}, [[1, 2]])


def test_told_apart_goes_with_a_record_wherever_its_group_moves():
    links = [rule(1, 2), rule(3, 4), rule(4, 5), rule(2, 5)]
    assert grouped(links, apart=[(1, 3)]) == ({3: BY_DECISION}, [[1, 2], [3, 4, 5]])


def test_two_groups_are_not_joined_by_one_link_that_all_other_pairs_speak_against():
    weighed = [(1, 2, 30.0, True), (3, 4, 30.0, True), (2, 3, 6.0, True), (1, 3, -9.0, False), (2, 4, -9.0, False)]
    assert grouped([model(1, 2), model(3, 4), model(2, 3)], weighed=weighed) == ({2: BY_GROUP}, [[1, 2], [3, 4]])
    assert grouped([model(1, 2), model(3, 4), rule(2, 3)], weighed=weighed) == ({}, [[1, 2, 3, 4]])


def test_a_single_record_needs_only_its_link():
    weighed = [(1, 2, 30.0, True), (2, 3, 6.0, True), (1, 3, -9.0, False)]
    assert grouped([model(1, 2), model(2, 3)], weighed=weighed) == ({}, [[1, 2, 3]])


def test_a_long_chain_breaks_and_a_large_group_that_hangs_together_does_not():
    chain = [(n, n + 1) for n in range(0, 40)]
    random.Random(3).shuffle(chain)
    refused, groups = grouped([model(*pair) for pair in chain], weighed=[(*pair, 6.0, True) for pair in chain], most=10)
    assert set(refused.values()) == {BY_SIZE}
    assert len(groups) > 1
    everyone = [(left, right) for left in range(40) for right in range(left + 1, 40)]
    dense = grouped([model(*pair) for pair in everyone], weighed=[(*pair, 6.0, True) for pair in everyone], most=10)
    assert dense == ({}, [list(range(40))])


def test_a_refused_link_whose_records_came_together_otherwise_is_not_refused():
    weighed = [(1, 2, 9.0, True), (3, 4, 9.0, True), (1, 3, 5.0, True), (1, 4, -9.0, False), (2, 3, -9.0, False)]
    links = [model(1, 2), model(3, 4), model(1, 3), rule(2, 4)]
    assert grouped(links, weighed=weighed) == ({}, [[1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("left", "right", "places"),
    [
        ("1985-03-30", "1985-03-30", 0),
        ("1985-03-12", "1985-12-03", 0),
        ("1985-03-30", "1958-10-07", 6),
        ("HRB 1", "HRB 12", 1),
    ],
)
def test_values_differ_in_so_many_places_either_way(left, right, places):
    assert characters_apart(left, right) == characters_apart(right, left) == places


def test_two_registry_codes_keep_organisations_apart_and_the_pair_says_why(bench: Bench):
    records = [
        record("r1", company="Acme GmbH", email="info@acme.org", company_code="HRB 1001"),
        record("r2", company="Acme GmbH", email="info@acme.org", company_code="HRB 2002", day=2),
        record("r3", company="Acme GmbH", email="info@acme.org", company_code="HRB 1001", day=3),
    ]
    assert bench.leads(records) == [["r1", "r3"], ["r2"]]
    found = bench.identified(records)["record_matches"].select("record_id_l", "record_id_r", "decision", "evidence")
    told = {(left, right): (decision, json.loads(why)) for left, right, decision, why in found.fetchall()}
    decision, why = told[("r1", "r2")]
    assert (decision, why["contradiction"]) == ("review", "company_code")
    assert "contradiction" not in told[("r1", "r3")][1]


def test_a_rule_that_heeds_the_date_of_birth_heeds_it_of_groups_too(bench: Bench):
    records = [
        record("r1", phone="+14155550100", full_name="Ada Lovelace", birth_date=date(1980, 5, 1)),
        record("r2", phone="+14155550100", full_name="Ada Lovelace", day=2),
        record("r3", phone="+14155550100", full_name="Ada Lovelace", birth_date=date(1991, 12, 24), day=3),
    ]
    assert bench.leads(records) == [["r1", "r2"], ["r3"]]
