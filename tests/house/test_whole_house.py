"""The house as a house: the sample through every room, twice, and from raw alone."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.homes import make_home
from pipelines.run import run_once
from pipelines.run_scope import held
from pipelines.verify import verified
from policy.load import load_policy
from sources.landing import take_landing
from tests.house.conftest import AS_OF, RECEIVED_AT, published_hashes

#: Tables that need more than the sample has: ids that merged, or pairs that a person decided.
MAY_BE_EMPTY = {"lead_aliases", "identity_decisions"}


@pytest.fixture(scope="module")
def ran(ran, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The sample home after its first run: a copy, because some tests run it again."""
    home = tmp_path_factory.mktemp("sample") / "home"
    shutil.copytree(ran[0], home)
    return home, ran[1]


def test_the_sample_is_published_with_every_table_filled(ran):
    _, result = ran
    assert result["status"] == "published"
    assert result["checks"]["failed"] == sum(item["severity"] == "warning" for item in result["checks"]["failures"])
    assert {name for name, rows in result["tables"].items() if not rows} <= MAY_BE_EMPTY
    rows = result["rows"]
    assert rows["read"] == rows["accepted"] + rows["rejected"] + rows["duplicate"]
    assert rows["rejected"] > 0


def test_every_invariant_holds(ran):
    found = verified(ran[0], "all")
    assert found["holds"], found


def test_a_second_run_finds_nothing_new(ran):
    home, _ = ran
    before = published_hashes(home)
    assert run_once(home, AS_OF, RECEIVED_AT, quiet=True)["status"] == "nothing_new"
    assert published_hashes(home) == before


def delete_all_but_raw(home: Path) -> None:
    for path in (home / "lake").iterdir():
        if path.name != "raw":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_all_but_the_raw_layer_can_be_deleted(ran, tmp_path, monkeypatch):
    monkeypatch.setenv("SLUICE_THREADS", "2")  # the first run had one; their number changes nothing
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    before = published_hashes(home)
    delete_all_but_raw(home)
    (home / "warehouse.db").unlink()
    assert run_once(home, AS_OF, RECEIVED_AT, quiet=True)["status"] == "published"
    assert published_hashes(home) == before


@pytest.mark.slow
def test_what_is_rebuilt_beside_a_warehouse_changes_nothing_in_it(ran, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    before = published_hashes(home)
    delete_all_but_raw(home)
    assert run_once(home, AS_OF, RECEIVED_AT, quiet=True, even_if_nothing_new=True)["status"] == "published"
    assert published_hashes(home) == before


def test_an_earlier_as_of_adds_history_and_leaves_the_current_tables(ran, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    before = published_hashes(home)
    result = run_once(home, "2026-06-30", RECEIVED_AT, quiet=True)
    assert result["status"] == "published"
    after = published_hashes(home)
    history = {"funnel_stages", "forecasts", "publications"}
    assert {name: rows for name, rows in after.items() if name not in history} == {
        name: rows for name, rows in before.items() if name not in history
    }
    with sqlite3.connect(home / "warehouse.db") as connection:
        assert connection.execute("SELECT count(DISTINCT as_of) FROM forecasts").fetchone() == (2,)
        current = connection.execute("SELECT as_of FROM publications WHERE is_current = 1").fetchall()
    assert [row[0][:10] for row in current] == [AS_OF]
    assert verified(home, "determinism")["holds"], "what was published since is no part of it"


@pytest.mark.slow
def test_the_order_of_files_and_lines_changes_no_lead_id(ran, tmp_path):
    home = tmp_path / "home"
    make_home(home, from_example=True)
    for path in (home / "landing" / "forms").glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        random.Random(7).shuffle(lines)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run_once(home, AS_OF, RECEIVED_AT, quiet=True)
    one, other = published_hashes(ran[0]), published_hashes(home)
    assert one["lead_identities"] == other["lead_identities"]
    assert one["leads"] == other["leads"]


def test_new_files_are_picked_up_and_counted_also_those_of_a_run_that_broke_off_and_known_ids_stay(ran, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    with sqlite3.connect(home / "warehouse.db") as connection:
        before = {row[0] for row in connection.execute("SELECT lead_id FROM leads")}
    new = {"submission_id": "WEB-9001", "submitted_at": "2026-11-20T08:00:00Z", "name": "Nova Newcomer",
           "email": "nova@newcomer.example"}  # fmt: skip
    newer = {**new, "submission_id": "WEB-9002", "name": "Otto Second", "email": "otto@second.example"}
    (home / "landing" / "forms" / "website_2026-H3.jsonl").write_text(json.dumps(new) + "\n", encoding="utf-8")
    with held(home):  # what a run does before it is killed
        take_landing(home, load_policy(home), datetime(2026, 11, 22, 7, tzinfo=UTC))
    (home / "landing" / "forms" / "website_2026-H4.jsonl").write_text(json.dumps(newer) + "\n", encoding="utf-8")
    result = run_once(home, AS_OF, "2026-11-22T07:00:00Z", quiet=True)
    assert result["files"] == {"accepted": 2, "unchanged": ran[1]["files"]["accepted"], "quarantined": 0}
    assert result["rows"] == {"read": 2, "accepted": 2, "rejected": 0, "duplicate": 0}
    with sqlite3.connect(home / "warehouse.db") as connection:
        after = {row[0] for row in connection.execute("SELECT lead_id FROM leads")}
    assert before < after
    assert len(after) == len(before) + 2
