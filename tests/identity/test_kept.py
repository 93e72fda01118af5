"""What is kept from run to run saves work and changes nothing."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.identity import names as folding
from assets.identity import pair_weights
from assets.identity import training as trainings
from assets.identity.kept import Kept
from tests.identity.conftest import Bench, record, rows
from tests.identity.test_model import _world

MATCHES = ("record_id_l", "record_id_r", "match_weight", "decision", "rule", "evidence")
#: Records of the world that are known when the quarter begins that the model is trained for, and later ones.
BEFORE, ALL = 320, 360


def people(count: int, *, ending: str = "") -> list[dict]:
    """So many records of a made-up world; the later ones with another ending to their names."""
    found = []
    for number, entry in enumerate(_world(300)[0][:count]):
        known = entry["known_at"].replace(month=1 if number < BEFORE else 5)
        name = entry["full_name"] + (ending if number >= BEFORE else "")
        found.append(entry | {"full_name": name, "known_at": known, "received_at": known})
    return found


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The bench, with a model that so few are enough for."""
    training = bench.policy.identity.training.model_copy(update={"min_records": 300, "max_pairs": 20_000})
    identity = bench.policy.identity.model_copy(update={"training": training})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    return bench


@pytest.fixture
def weighed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were weighed each time that Splink was asked."""
    counts: list[int] = []
    plain = pair_weights._weights

    def counted(predicted, model):
        counts.append(predicted.count("*").fetchall()[0][0])
        return plain(predicted, model)

    monkeypatch.setattr(pair_weights, "_weights", counted)
    return counts


def made(bench: Bench, records: list[dict], lake: Path | None) -> list[tuple]:
    """record_matches of the records."""
    bench.lake = lake
    return rows(bench.identified(records)["record_matches"], *MATCHES)


@pytest.mark.slow
def test_new_and_changed_records_alone_are_weighed_and_the_result_is_that_of_weighing_all(
    bench: Bench, tmp_path: Path, weighed: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pair_weights, "LOOKED_AT_FROM", 0)
    learned: list[int] = []
    train = trainings.train
    monkeypatch.setattr(trainings, "train", lambda *given: learned.append(1) or train(*given))
    lake = tmp_path / "lake"
    first = made(bench, people(BEFORE), lake)
    in_all = sum(weighed)
    weighed.clear()
    assert made(bench, people(BEFORE), lake) == first
    assert not weighed, "nothing is new"
    more = people(ALL)
    added = made(bench, more, lake)
    assert 0 < sum(weighed) < in_all / 2
    changed = people(ALL, ending="ova")
    again = made(bench, changed, lake)
    assert len(learned) == 1, "the model is that of the quarter"
    assert again != added
    shutil.rmtree(lake / "identity")
    assert made(bench, changed, lake) == again
    assert made(bench, changed, None) == again
    assert made(bench, more, None) == added


@pytest.mark.slow
def test_slices_and_the_order_of_the_records_change_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, weighed: list[int]
):
    whole = made(bench, people(BEFORE), None)
    assert len(weighed) == 1
    monkeypatch.setattr(pair_weights, "WEIGHED_AT_ONCE", weighed[0] // 2 + 1)
    assert made(bench, people(BEFORE)[::-1], None) == whole
    assert len(weighed) == 3


def test_names_are_folded_once_and_those_that_are_gone_are_not_kept(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folded: list[str] = []
    plain = folding.person_names

    def noted(names: pa.ChunkedArray, words: Any) -> pa.Table:
        folded.extend(names.to_pylist())
        return plain(names, words)

    monkeypatch.setattr(folding, "person_names", noted)
    bench.lake = tmp_path / "lake"
    ada, grace = record("r1", full_name="Ada Lovelace"), record("r2", full_name="Grace Hopper", day=2)
    first = rows(bench.identified([ada])["name_keys"], "name", "name_key", "name_latin")
    bench.identified([ada, grace])
    assert folded == ["Ada Lovelace", "Grace Hopper"]
    assert rows(bench.identified([ada])["name_keys"], "name", "name_key", "name_latin") == first
    (kept,) = (bench.lake / "identity" / "kept").glob("names-*")
    assert bench.engine.relation(kept).select("name").fetchall() == [("Ada Lovelace",)]


def test_what_was_made_from_something_else_is_not_found_and_goes(tmp_path: Path):
    kept = Kept(tmp_path)
    kept.keep_text("model", "one policy", "{}")
    assert kept.text("model", "one policy") == "{}"
    assert kept.text("model", "another") is None
    kept.keep_text("model", "another", "[]")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["[]"]
