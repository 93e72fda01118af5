"""What hangs together, and which record names it."""

import random

import networkx as nx
import numpy as np
import pytest

from assets.identity.clusters import components, lead_identities
from assets.identity.tables import RECORD_MATCHES
from assets.intake.tables import LEAD_RECORDS
from tests.identity.conftest import Bench, record, rows


@pytest.mark.parametrize("seed", range(30))
def test_components_are_those_that_networkx_finds(seed):
    print("seed", seed)
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 300))
    edges = chance.integers(0, count, size=(int(chance.integers(0, 2 * count)), 2))
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges.tolist())
    expected = np.empty(count, dtype=np.int64)
    for part in nx.connected_components(graph):
        expected[list(part)] = min(part)
    assert components(count, edges[:, 0], edges[:, 1]).tolist() == expected.tolist()


def test_a_long_chain_is_one_component():
    ends = np.random.default_rng(1).permutation(100_000)
    assert not components(100_000, ends[:-1], ends[1:]).any()


def _pair(left, right, decision="same"):
    return {
        "record_id_l": left, "record_id_r": right, "match_weight": 1.0, "match_probability": 0.9,
        "decision": decision, "rule": "model", "evidence": "{}",
    }  # fmt: skip


def test_a_lead_is_named_after_the_record_accepted_first_whatever_happened_first(bench: Bench):
    early, late = record("ra", day=5), {**record("rb", day=2), "known_at": record("x", day=28)["known_at"]}
    made = lead_identities(
        bench.table(LEAD_RECORDS, [early, late, record("rc", day=1)]),
        bench.table(RECORD_MATCHES, [_pair("ra", "rb"), _pair("rb", "rc", "review")]),
        bench,
    )
    assert rows(made, "record_id", "lead_id") == [("ra", "rb"), ("rb", "rb"), ("rc", "rc")]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_no_id(bench: Bench, seed):
    print("seed", seed)
    chance = random.Random(seed)
    people = [("Ada Lovelace", "ada@acme.org"), ("Grace Hopper", "grace@navy.mil"), ("Alan Turing", None)]
    records = [
        record(
            f"r{n:02d}",
            day=1 + n % 4,
            full_name=name,
            email=email,
            phone=f"+1415555010{n % 3}",
            company="Acme",
        )
        for n, (name, email) in enumerate(chance.choice(people) for _ in range(40))
    ]
    expected = rows(bench.identified(records)["lead_identities"], "record_id", "lead_id")
    chance.shuffle(records)
    assert rows(bench.identified(records)["lead_identities"], "record_id", "lead_id") == expected
