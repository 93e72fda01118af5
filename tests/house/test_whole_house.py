"""The house as a house: the sample through every room, twice, from raw alone, and killed on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.homes import make_home
from pipelines.run import run_once
from pipelines.verify import verified
from tests.house.conftest import AS_OF, RECEIVED_AT, published_hashes

#: Tables that need more than the sample has: ids that merged, or pairs that are in doubt.
MAY_BE_EMPTY = {"lead_aliases"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The sample home after its first run."""
    home = tmp_path_factory.mktemp("sample") / "home"
    make_home(home, from_example=True)
    return home, run_once(home, AS_OF, RECEIVED_AT, quiet=True)


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


def test_all_but_the_raw_layer_can_be_deleted(ran, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    before = published_hashes(home)
    for path in (home / "lake").iterdir():
        if path.name != "raw":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run_once(home, AS_OF, RECEIVED_AT, quiet=True, even_if_nothing_new=True)["status"] == "published"
    assert published_hashes(home) == before
    (home / "warehouse.db").unlink()
    assert run_once(home, AS_OF, RECEIVED_AT, quiet=True)["status"] == "published"
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


def test_a_new_file_is_picked_up_and_known_ids_stay(ran, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(ran[0], home)
    with sqlite3.connect(home / "warehouse.db") as connection:
        before = {row[0] for row in connection.execute("SELECT lead_id FROM leads")}
    new = {"submission_id": "WEB-9001", "submitted_at": "2026-11-20T08:00:00Z", "name": "Nova Newcomer",
           "email": "nova@newcomer.example"}  # fmt: skip
    (home / "landing" / "forms" / "website_2026-H3.jsonl").write_text(json.dumps(new) + "\n", encoding="utf-8")
    result = run_once(home, AS_OF, "2026-11-22T07:00:00Z", quiet=True)
    assert result["files"]["accepted"] == 1
    with sqlite3.connect(home / "warehouse.db") as connection:
        after = {row[0] for row in connection.execute("SELECT lead_id FROM leads")}
    assert before < after
    assert len(after) == len(before) + 1


CRASH_POINTS = ["landing.after_bytes", "publish.before_commit", "publish.after_commit"]


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_run_killed_at_a_crash_point_is_made_good_by_the_next(ran, sample_home, sluice, point):
    killed = sluice(
        "run",
        "--home",
        str(sample_home),
        "--as-of",
        AS_OF,
        "--received-at",
        RECEIVED_AT,
        "--quiet",
        SLUICE_CRASHPOINT=point,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run_once(sample_home, AS_OF, RECEIVED_AT, quiet=True)
    assert published_hashes(sample_home) == published_hashes(ran[0])


@pytest.mark.postgres
def test_a_run_killed_after_the_commit_is_made_good_on_postgresql(ran, sample_home, sluice, postgres_url, monkeypatch):
    killed = sluice(
        "run", "--home", str(sample_home), "--as-of", AS_OF, "--received-at", RECEIVED_AT, "--quiet",
        SLUICE_CRASHPOINT="publish.after_commit", SLUICE_WAREHOUSE_URL=postgres_url,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    monkeypatch.setenv("SLUICE_WAREHOUSE_URL", postgres_url)
    result = run_once(sample_home, AS_OF, RECEIVED_AT, quiet=True)
    assert result["status"] in {"published", "nothing_new"}
    rows = published_hashes(sample_home, postgres_url)
    assert {name: len(found) for name, found in rows.items()} == {
        name: len(found) for name, found in published_hashes(ran[0]).items()
    }
    for proof in ("balance", "identity", "ledger", "forecast", "receipts"):
        assert verified(sample_home, proof)["holds"], proof


def test_runs_killed_at_random_moments_are_made_good(ran, sample_home):
    seed = int(os.environ.get("SLUICE_TEST_SEED", "20261122"))
    kills = int(os.environ.get("SLUICE_TEST_KILLS", "1"))
    print(f"seed {seed}, {kills} kills")
    chance = random.Random(seed)
    command = [sys.executable, "-m", "pipelines.cli", "run", "--home", str(sample_home), "--as-of", AS_OF,
               "--received-at", RECEIVED_AT, "--quiet"]  # fmt: skip
    for _ in range(kills):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(chance.uniform(1, 15))
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
    run_once(sample_home, AS_OF, RECEIVED_AT, quiet=True)
    assert published_hashes(sample_home) == published_hashes(ran[0])
