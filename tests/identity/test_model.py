"""The probabilistic model: repeatable, bounded, honest about what it was not taught."""

import json
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.engine import Engine
from assets.identity.blocks import used_blocks
from assets.identity.charts import model_charts
from assets.identity.comparisons import COMPARISONS, make_compared_records
from assets.identity.model import levels_of, model_of
from assets.identity.training import (
    choose_training_records,
    content_of,
    counted_records,
    make_training_records,
    settled_count,
    training_cutoff,
)
from assets.identity.weighing import bits, prior_weight
from policy.identity import Blocking, Training
from policy.load import load_policy
from policy.model import Policy
from tests.identity.conftest import AS_OF, Bench, record, rows

FIRST = [
    "ada",
    "grace",
    "alan",
    "edsger",
    "barbara",
    "donald",
    "john",
    "mary",
    "peter",
    "susan",
    "li",
    "wei",
    "ana",
    "omar",
]
LAST = [
    "lovelace",
    "hopper",
    "turing",
    "dijkstra",
    "liskov",
    "knuth",
    "smith",
    "jones",
    "novak",
    "chen",
    "garcia",
    "haddad",
]


def _world(count: int, seed: int = 7) -> tuple[list[dict], dict[str, int]]:
    """Records of made-up people, some of them twice with a slip, and which person each is of."""
    chance = random.Random(seed)
    records, truth = [], {}
    for person in range(count):
        first, last = (
            chance.choice(FIRST),
            chance.choice(LAST) + chance.choice("aeiou") + chance.choice("bdklmn"),
        )
        company, city = (
            f"Firm {chance.randrange(count // 4)} Ltd",
            chance.choice(["Leeds", "Bath", "York", "Hull"]),
        )
        phone = f"+4420{chance.randrange(10**8):08d}"
        for copy in range(1 + (person % 3 == 0)):
            slip = last[:2] + "x" + last[3:] if copy else last
            name = f"r{len(records):05d}"
            truth[name] = person
            records.append(
                record(
                    name,
                    day=1 + copy,
                    full_name=f"{first} {slip}",
                    company=company,
                    city=city,
                    phone=None if copy else phone,
                    email=f"{first}.{last}{person}@{'work' if copy else 'home'}.org",
                )
            )
    return records, truth


@dataclass(frozen=True)
class Learned:
    """A world, and what a model that was trained on it makes of it; tests only read it."""

    records: list[dict]
    truth: dict[str, int]
    policy: Policy
    matches: list[tuple]
    model: pd.DataFrame


COLUMNS = ("record_id_l", "record_id_r", "match_weight", "decision", "evidence")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    folder = tmp_path_factory.mktemp("learned")
    (folder / "policy").mkdir()
    policy = load_policy(folder)
    engine = Engine(folder / "spill", threads=1)
    records, truth = _world(700)
    tables = Bench(engine, policy).identified(records)
    found = Learned(records, truth, policy, rows(tables["record_matches"], *COLUMNS), tables["match_model"].df())
    engine.close()
    return found


def test_a_trained_model_finds_people_whose_records_share_no_value_that_a_rule_asks_for(learned: Learned):
    pairs = [pair for pair in learned.matches if pair[3] == "same"]
    right = sum(learned.truth[pair[0]] == learned.truth[pair[1]] for pair in pairs)
    assert right >= 0.95 * len(pairs)
    assert right >= 0.8 * 233


def test_the_same_records_give_the_same_weights(bench: Bench, learned: Learned):
    records = random.Random(1).sample(learned.records, len(learned.records))
    assert rows(bench.identified(records)["record_matches"], *COLUMNS) == learned.matches


def test_with_too_few_records_the_stated_parameters_are_used(bench: Bench):
    tables = bench.identified(
        [
            record("r1", full_name="Ada Lovelace", company="Analytical Engines Ltd", city="London"),
            record("r2", full_name="Ada Lovelase", company="Analytical Engines", city="London", day=2),
            record("r3", full_name="Ada Lovelace", company="Royal Society", city="London", day=3),
        ]
    )
    decisions = {row[:2]: row[4] for row in tables["record_matches"].fetchall()}
    assert decisions[("r1", "r2")] == "same"
    assert decisions.get(("r1", "r3"), "different") != "same"


def test_a_table_of_nothing_but_names_of_companies_has_nothing_to_learn_from(bench: Bench):
    records = [record(f"r{at:03d}", company=f"{LAST[at % 12]} {FIRST[at % 14]} Ltd") for at in range(520)]
    assert len(bench.leads(records)) == 84, "every twelfth family name, every fourteenth given name"


def test_evidence_adds_up_for_pairs_of_the_model_too(learned: Learned):
    assert learned.matches
    for _, _, weight, _, evidence in learned.matches:
        assert sum(json.loads(evidence).values()) == pytest.approx(weight, abs=0.005)


def test_colleagues_and_their_company_are_not_one(bench: Bench):
    assert bench.leads(
        [
            record(
                "r1",
                full_name="Ada Lovelace",
                company="Acme",
                city="London",
                address="1 High St",
                domain="acme.org",
            ),
            record(
                "r2",
                full_name="Alan Turing",
                company="Acme",
                city="London",
                address="1 High St",
                domain="acme.org",
            ),
            record("r3", company="Acme", city="London", address="1 High St", domain="acme.org"),
        ]
    ) == [["r1"], ["r2"], ["r3"]]


def test_organisations_are_recognised_by_name_and_place(bench: Bench):
    assert bench.leads(
        [
            record(
                "r1",
                company="Salvation Army Temple",
                address="1 N Ogden Ave",
                city="Chicago",
                postcode="60607",
            ),
            record(
                "r2",
                company="Salvation Army  Temple Inc",
                address="1 N. Ogden Ave",
                city="Chicago",
                postcode="60607",
            ),
            record(
                "r3",
                company="National Louis University",
                address="10 S Kedzie Ave",
                city="Chicago",
                postcode="60612",
            ),
        ]
    ) == [["r1", "r2"], ["r3"]]


def test_a_group_larger_than_policy_expects_is_one_lead_where_its_records_agree(bench: Bench):
    bench.policy = bench.policy.model_copy(
        update={"identity": bench.policy.identity.model_copy(update={"max_records_per_lead": 2, "rules": []})}
    )
    tables = bench.identified(
        [
            record(f"r{n}", full_name="Ada Lovelace", company="Analytical Engines", city="London", day=n + 1)
            for n in range(3)
        ]
    )
    assert {decision for (decision,) in tables["record_matches"].select("decision").fetchall()} == {"same"}


def test_policy_tunes_what_the_model_starts_from(bench: Bench):
    pair = [
        record("r1", full_name="Ada Lovelace", company="Analytical Engines Ltd", city="London"),
        record("r2", full_name="Ada Lovelase", company="Analytical Engines", city="London", day=2),
    ]

    def weight_of_the_city(ladders: dict) -> float:
        training = bench.policy.identity.training.model_validate({"ladders": ladders})
        identity = bench.policy.identity.model_copy(update={"training": training})
        bench.policy = bench.policy.model_copy(update={"identity": identity})
        ((evidence,),) = bench.identified(pair)["record_matches"].select("evidence").fetchall()
        return json.loads(evidence)["city"]

    assert weight_of_the_city({}) == pytest.approx(np.log2(0.75 / 0.02), abs=0.005)
    rarer = {"city": {"same": {"u": 0.01}, "different": {"u": 0.985}}}
    assert weight_of_the_city(rarer) == pytest.approx(np.log2(0.75 / 0.01), abs=0.005)


def test_every_ladder_begins_with_the_same_and_its_shares_are_shares():
    for comparison in COMPARISONS:
        assert comparison.levels[0].name == "same"
        assert comparison.levels[-1].condition == "ELSE"
        assert sum(level.m for level in comparison.levels) == pytest.approx(1, abs=0.011)
        assert sum(level.u for level in comparison.levels) == pytest.approx(1, abs=0.011)


def test_blocks_are_used_smallest_first_up_to_both_bounds():
    sizes, counts = np.array([2, 5, 50, 400]), np.array([10, 10, 1, 1])
    assert used_blocks(sizes, counts, Blocking(max_records=100), 10_000) == (50, 10 + 100 + 1225)
    assert used_blocks(sizes, counts, Blocking(max_records=100), 200) == (5, 110)
    assert used_blocks(sizes, counts, Blocking(max_records=100), 5) == (0, 0)


def test_the_prior_is_the_share_that_the_pairs_imply():
    weight = prior_weight(np.array([-20.0, 30.0]), np.array([1000.0, 50.0]), 0, 1000)
    assert weight == pytest.approx(np.log2(50 / 499_500), abs=0.02)


def test_a_model_changes_at_the_beginning_of_its_period_only():
    assert training_cutoff(AS_OF, "quarter").isoformat() == "2026-04-01T00:00:00"
    assert training_cutoff(AS_OF, "month").isoformat() == "2026-06-01T00:00:00"
    assert training_cutoff(AS_OF, "year").isoformat() == "2026-01-01T00:00:00"


def test_bits_of_a_probability():
    assert bits(0.5) == 0
    assert bits(0.95) == pytest.approx(4.248, abs=0.001)
    assert bits(1.0) == pytest.approx(40)


@pytest.mark.slow
def test_records_too_regular_to_learn_from_are_matched_with_what_can_be_learned(
    bench: Bench, caplog: pytest.LogCaptureFixture
):
    records = []
    for number in range(560):
        first, last = FIRST[number % 14], LAST[number % 11] + "abcdefghij"[number % 10] + "klmnopq"[number % 7]
        for copy in range(2):
            records.append(
                record(
                    f"r{number:04d}{copy}",
                    full_name=f"{first} {last[:2]}x{last[3:]}" if copy else f"{first} {last}",
                    email=f"{first}.{last}{number}@{'work' if copy else 'home'}.org",
                    phone=None if copy else f"+4420{number:08d}",
                    city=["Leeds", "Bath", "York"][number % 3],
                    company=f"Firm {number % 97} Ltd",
                )
            )
    assert bench.leads(records)
    assert "nothing was learned" in caplog.text


def test_the_model_is_a_table_from_which_it_is_made_again(learned: Learned):
    table, training = learned.model, learned.policy.identity.training
    assert table["is_trained"].all()
    assert set(table["training_record_count"]) == {len(learned.records)}
    weights = table.groupby("comparison")["match_weight"]
    assert (weights.first() > 0).all()
    assert (weights.last() <= 0).all()
    again = levels_of(model_of(table, training), len(learned.records), None)
    assert again.drop(columns="trained_until").equals(table.drop(columns="trained_until")[list(again.columns)[:-1]])


def test_what_old_records_teach_stays_when_new_ones_show_their_values_to_be_shared(bench: Bench):
    training = bench.policy.identity.training.model_copy(update={"min_records": 10})
    identity = bench.policy.identity.model_copy(update={"training": training})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    connection = bench.engine.connection

    def taught(records: list[dict]) -> list[str]:
        connection.execute("DROP TABLE IF EXISTS compared_records")
        make_compared_records(connection, bench.identified(records)["match_records"])
        choose_training_records(connection, training, AS_OF)
        make_training_records(connection, identity.blocking)
        counted = counted_records(connection, training, AS_OF)[0]
        counted.select(*sorted({comparison.column for comparison in COMPARISONS})).create_view("counted", replace=True)
        return [*content_of(connection, "training_records"), *content_of(connection, "counted")]

    names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Donald Knuth", "Barbara Liskov"]
    names += ["John Backus", "Tony Hoare", "Niklaus Wirth", "Ken Thompson", "Frances Allen", "Leslie Lamport"]
    shared = {"email": "desk@acme.org", "phone": "+14155550100"}
    old = [
        record(f"r{place:02}", day=1 + place, full_name=name, **(shared if place == 0 else {}))
        for place, name in enumerate(names)
    ]
    later = datetime(2026, 5, 1)
    new = [
        record(f"s{place:02}", full_name=f"{name[::-1].title()}", **shared) | {"known_at": later, "received_at": later}
        for place, name in enumerate(names)
    ]
    first = taught(old)
    assert taught([*old, *new]) == first
    (known,) = connection.sql("SELECT email, shared_email FROM compared_records WHERE record_id = 'r00'").fetchall()
    assert known == (None, "desk@acme.org"), "which is how the new ones are compared"


def test_the_model_of_a_quarter_says_what_it_learned_from(bench: Bench):
    records, _ = _world(700)
    for number, entry in enumerate(records):
        entry["known_at"] = entry["known_at"].replace(month=1 if number < 600 else 5)
    table = bench.identified(records)["match_model"].df()
    assert set(table["training_record_count"]) == {600}
    assert set(table["trained_until"].astype(str)) == {"2026-04-01"}


def test_how_many_teach_changes_in_steps_only():
    assert settled_count(399, Training(settled_from=100, steps=2)) == 200
    counts = {1: 1, 10_000: 10_000, 12_499: 10_000, 12_500: 12_500, 1_000_000: 867_361, 1_080_000: 867_361}
    assert {count: settled_count(count, Training()) for count in counts} == counts


@pytest.mark.parametrize(
    "known_at", [datetime(2026, 1, 3), datetime(2026, 5, 3)], ids=["of last quarter", "of this quarter"]
)
def test_a_few_more_records_teach_nothing_new_on_whatever_day_they_were_known(bench: Bench, known_at: datetime):
    training = bench.policy.identity.training.model_copy(update={"settled_from": 500})
    identity = bench.policy.identity.model_copy(update={"training": training})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    records = _world(640)[0][:640]
    for entry in records:
        entry["known_at"] = known_at
    before = bench.identified(records)
    later = [record(f"x{place}", full_name=f"New Comer{place}") for place in range(10)]
    for entry in later:
        entry |= {"known_at": known_at - timedelta(days=1), "received_at": datetime(2026, 6, 20)}
    after = bench.identified([*records, *later])
    assert set(before["match_model"].df()["training_record_count"]) == {625}
    assert after["match_model"].df().equals(before["match_model"].df())


def test_a_model_that_learned_nothing_says_so_and_draws_no_charts(bench: Bench, tmp_path: Path):
    table = bench.identified([record("r1", full_name="Ada Lovelace"), record("r2", full_name="Grace Hopper")])
    levels = table["match_model"].df()
    assert not levels["is_trained"].any()
    bench.home = tmp_path
    assert model_charts(bench, levels) == {}


def test_the_charts_of_a_trained_model_are_pages_that_need_no_network(bench: Bench, learned: Learned, tmp_path: Path):
    bench.home = tmp_path
    metadata = model_charts(bench, learned.model)
    for name in ("match_weights_chart", "m_u_parameters_chart"):
        page = (tmp_path / "out" / "identity_model" / f"{name}.html").read_text(encoding="utf-8")
        assert "last_name" in page
        assert re.search(r"<script[^>]+src=", page) is None
        assert "last_name" in json.dumps(metadata[name])


def test_the_pairs_of_rules_say_how_many_the_model_would_have_found(bench: Bench):
    tables = bench.identified(_world(300)[0])
    matches = tables["record_matches"]
    bins = bench.sql("match_model_evaluation", record_matches=matches).df().set_index("weight_from")
    counted = {
        name: matches.filter(test).count("*").fetchall()[0][0]
        for name, test in {
            "rule_pair_count": "rule NOT IN ('model', 'decision') AND decision = 'same'",
            "model_pair_count": "rule = 'model' AND decision = 'same'",
            "review_pair_count": "decision = 'review'",
        }.items()
    }
    assert {name: int(bins[name].sum()) for name in counted} == counted
    assert counted["model_pair_count"] > 0
    same = bench.policy.identity.thresholds.same
    assert bins[bins["model_pair_count"] > 0].index.min() >= int(np.floor(bits(same)))
