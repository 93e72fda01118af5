"""More than a machine or a tick has room for: files by the ten thousand, and no memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines import sensors
from pipelines.cli import main
from pipelines.errors import UNREACHABLE
from pipelines.homes import make_home
from sources.raw import raw_dir_of, read_ledger

#: What Dagster gives a tick before it ends it.
TICK_SECONDS = 60
#: A tenth of what a tick must be able to look at.
FILES = 10_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the policy that every home begins with."""
    made = tmp_path / "home"
    make_home(made)
    (made / "landing" / "partners" / "acme").mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("SLUICE_HOME", str(made))
    return made


def test_a_tick_over_a_hundred_thousand_files_ends_in_time_and_asks_for_one_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "STILL_SECONDS", 0)
    folder = home / "landing" / "partners" / "acme"
    for at in range(FILES):
        (folder / f"{at}.csv").touch()
    with dg.DagsterInstance.ephemeral() as instance:
        began = time.process_time()
        first = sensors.source_file_landed(dg.build_sensor_context(instance=instance))
        assert time.process_time() - began < TICK_SECONDS / 10
        assert isinstance(first, dg.SensorResult)
        assert len(first.run_requests or []) == 1
        assert len(first.cursor or "") < 100
        again = sensors.source_file_landed(dg.build_sensor_context(instance=instance, cursor=first.cursor))
        assert isinstance(again, dg.SkipReason)


def test_the_sensor_waits_for_a_young_file_unless_its_writer_says_that_it_is_done(home: Path) -> None:
    folder = home / "landing" / "partners" / "acme"
    with dg.DagsterInstance.ephemeral() as instance:

        def tick() -> object:
            return sensors.source_file_landed(dg.build_sensor_context(instance=instance))

        (folder / "young.csv").write_text("Email\na@x.example\n")
        assert isinstance(tick(), dg.SkipReason)
        (folder / "young.csv.done").touch()
        assert isinstance(tick(), dg.SensorResult)
        (folder / "young.csv.done").unlink()
        assert isinstance(tick(), dg.SkipReason)
        ahead = time.time() + 3600  # as a clock elsewhere has it
        os.utime(folder / "young.csv", (ahead, ahead))
        assert isinstance(tick(), dg.SensorResult)


@pytest.mark.parametrize("error", [MemoryError, "duckdb"], ids=["python", "engine"])
def test_too_little_memory_is_one_clear_message_and_the_file_waits(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[Exception] | str
) -> None:
    import duckdb

    raised = duckdb.OutOfMemoryException("no room") if error == "duckdb" else MemoryError()

    def too_much(*_: object, **__: object) -> None:
        raise raised

    (home / "landing" / "partners" / "acme" / "a.csv").write_text("Email\na@x.example\n", encoding="utf-8")
    monkeypatch.setattr("sources.taking.commit_file", too_much)
    codes: list[int] = []
    main(["run", "--home", str(home), "--quiet"], exit_=codes.append)
    said = capsys.readouterr()
    assert codes == [UNREACHABLE]
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert "needs more memory than there is" in said.err
    assert read_ledger(raw_dir_of(home)) == []
