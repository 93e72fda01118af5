"""What the machine refuses, from end to end: one clear message, the documented exit code, nothing published or lost.

Each chain puts one obstacle after the other in the way of a run, takes the last away, and compares what the next run
makes with what an undisturbed one does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.run_scope import held
from tests.house.forked import Answer, Forked
from tests.house.polling import reading
from tests.house.small import FIRST, SECOND, House, World

# chains of runs, on a machine that may have other things to do
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def house(sqlite_world: World) -> Iterator[House]:
    """A house that was published once, with a file landed since."""
    house = sqlite_world.copied("published")
    yield house
    shutil.rmtree(house.home, ignore_errors=True)


def run(forked: Forked, house: House, *, largest_file: int | None = None, received_at: str = SECOND) -> Answer:
    return forked(*house.command(received_at), as_anyone=True, largest_file=largest_file, **house.environment)


def assert_refused(answer: Answer, *said: str, at: str) -> None:
    """Exit code 3, one line that says these words, at this step, and no traceback."""
    assert answer.code == 3, answer
    assert answer.out == ""
    assert len(answer.message.splitlines()) == 1, answer.message
    assert answer.message.startswith("sluice: ")
    assert [word for word in said if word not in answer.message] == [], answer.message
    assert answer.step == at


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A file, or a folder with everything below it, that may not be written."""
    places = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    modes = {place: place.stat().st_mode for place in places}
    for place in places:
        place.chmod(modes[place] & 0o555)
    try:
        yield
    finally:
        for place in places:
            place.chmod(modes[place])


@pytest.mark.slow
def test_a_place_that_may_not_be_written_stops_a_run_and_nothing_is_lost(
    sqlite_world: World, house: House, forked: Forked
):
    before = sqlite_world.published(house)
    obstacles = [
        (".", [".lock.json", "Permission denied"], None),
        ("lake/raw", ["lake/raw/", "Permission denied"], "landing"),
        ("lake/scoring", ["lake/scoring/", "Permission denied"], "lead_activity"),
        ("warehouse.db", ["warehouse.db: it may not be written by this user"], "audit and publish"),
        ("out", ["out/", "Permission denied"], "audit and publish"),
    ]
    for place, said, step in obstacles:
        with unwritable(house.home / place):
            answer = run(forked, house)
        assert_refused(answer, *said, at=step)
        assert "published before" not in answer.message
        assert sqlite_world.published(house) == before, place
    shutil.rmtree(house.home / "out" / "receipts")
    (house.home / "out" / "receipts").mkdir()
    with unwritable(house.home / "out" / "receipts"):
        assert_refused(run(forked, house), "out/receipts/", "the tables of this run were published", at="receipts")
    assert run(forked, house).code == 0
    assert sqlite_world.made(house) == sqlite_world.undisturbed["published"]


@pytest.mark.slow
def test_a_disk_that_fills_at_any_step_stops_a_run_and_nothing_is_lost(
    sqlite_world: World, house: House, forked: Forked
):
    """No file may grow beyond a limit; it is raised from step to step. This needs no rights and no disk of its own."""
    before = sqlite_world.published(house)
    elsewhere = [house.home / "lake" / name for name in ("raw", ".published")]
    files = (house.home / "lake").rglob("*.parquet")
    kept = [path for path in files if not any(path.is_relative_to(other) for other in elsewhere)]
    largest = max(kept, key=lambda path: path.stat().st_size)
    full = "File too large"
    limits = [
        (1_000, ["lake/raw/", full], "landing"),
        (largest.stat().st_size - 1, ["lake/", full], largest.parent.name),
        # what meets this one first, the warehouse or a page, depends on how much of its log SQLite may use again
        (largest.stat().st_size + 4_096, [], "audit and publish"),
        (300_000, [full], "audit and publish"),  # the pages about the checks have pictures
    ]
    # a dashboard has the warehouse open, else SQLite would stop at its index of the log, before the run has begun
    with reading(house.url, "leads", every=0.1) as dashboard:
        for limit, said, step in limits:
            answer = run(forked, house, largest_file=limit)
            assert_refused(answer, *said, at=step)
            assert sqlite_world.published(house) == before, limit
    assert len(dashboard.answers) == 1
    shutil.rmtree(house.home / "out" / "receipts")
    answer = run(forked, house, largest_file=3_000_000)
    assert_refused(answer, "out/receipts/forms/", full, "the tables of this run were published", at="receipts")
    assert run(forked, house).code == 0
    assert sqlite_world.made(house) == sqlite_world.undisturbed["published"]


#: Bytes left free, enough for ever more of a run, and the step that they do not suffice for.
FREE = {0: None, 32_768: "landing", 300_000: "a table", 1_500_000: "audit and publish"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that may be filled, and made read-only."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("mounting a file system takes root on Linux; the other tests of full disks need neither")
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(mounted)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def leave_free(disk: Path, size: int) -> None:
    """Fills a disk but for so many bytes."""
    found = os.statvfs(disk)
    with (disk / "filler").open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, found.f_bavail * found.f_frsize - size)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.mark.slow
def test_a_small_disk_that_is_full_or_read_only_stops_a_first_run_and_nothing_is_lost(
    sqlite_world: World, forked: Forked, small_disk: Path
):
    home = small_disk / "home"
    shutil.copytree(sqlite_world.copied("new").home, home)
    house = House(home, f"sqlite:///{home / 'warehouse.db'}")
    remount(small_disk, "ro")
    assert_refused(run(forked, house, received_at=FIRST), "Read-only file system", at=None)
    remount(small_disk, "rw")
    for free, step in FREE.items():
        leave_free(small_disk, free)
        answer = run(forked, house, received_at=FIRST)
        at = answer.step
        assert_refused(answer, at=at)
        assert (at if at in FREE.values() else "a table") == step
        assert "No space left on device" in answer.message or "its disk is full" in answer.message
        (small_disk / "filler").unlink()
        assert sqlite_world.published(house)["publications"] == []
    assert run(forked, house, received_at=FIRST).code == 0
    assert sqlite_world.made(house) == sqlite_world.undisturbed["new"]


@pytest.mark.slow
def test_a_signal_ends_a_run_at_once_and_nothing_is_half_done(sqlite_world: World, house: House, forked: Forked):
    before = sqlite_world.published(house)
    for number, code, step in [
        (signal.SIGTERM, 143, "landing"),
        (signal.SIGINT, 130, "lead_rows"),
        (signal.SIGINT, 130, "record_matches"),
        (signal.SIGTERM, 143, "audit and publish"),
    ]:
        running = forked.start(*house.command(), **house.environment)
        running.wait_until(step)
        running.send(number)
        sent = time.monotonic()
        answer = running.wait()
        assert answer.code == code, answer
        assert answer.message == "stopped; nothing is half-done, run again to go on"
        assert time.monotonic() - sent < 120
        assert sqlite_world.published(house) == before
        with held(house.home):
            pass  # the next run need not wait
    assert run(forked, house).code == 0
    assert sqlite_world.made(house) == sqlite_world.undisturbed["published"]


def test_a_landing_zone_that_is_not_there_is_not_an_empty_one(sqlite_world: World, house: House, forked: Forked):
    before = sqlite_world.published(house)
    landing = house.home / "landing"
    landing.rename(house.home / "elsewhere")
    assert_refused(run(forked, house), str(landing), "not the same as an empty one", at="landing")
    assert sqlite_world.published(house) == before
    (house.home / "elsewhere").rename(landing)


def test_a_broken_policy_stops_a_run_before_it_begins(sqlite_world: World, house: House, forked: Forked):
    before = sqlite_world.published(house)
    policy = house.home / "policy" / "scoring.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + "\ntresholds: {mql: 40}\n", encoding="utf-8")
    line = len(policy.read_text(encoding="utf-8").splitlines())
    answer = forked(*house.command(), **house.environment)
    assert (answer.code, answer.out) == (2, "")
    assert f"policy/scoring.yaml:{line}: tresholds: " in answer.message
    assert len(answer.message.splitlines()) == 1
    assert sqlite_world.published(house) == before


def test_a_setting_that_is_no_number_is_refused_with_what_is_expected(house: House, forked: Forked):
    answer = forked(*house.command(), SLUICE_THREADS="many", **house.environment)
    assert (answer.code, answer.out) == (2, ""), answer
    assert "SLUICE_THREADS is 'many'; expected how many processors" in answer.message
    assert len(answer.message.splitlines()) == 1


def test_a_database_that_is_not_there_is_said_soon_and_without_its_password(house: House, forked: Forked):
    begun = time.monotonic()
    answer = forked(
        *house.command(), "--json", SLUICE_WAREHOUSE_URL="postgresql+psycopg://sluice:s3cret@127.0.0.1:9/leads"
    )
    assert time.monotonic() - begun < 300
    assert answer.code == 3
    assert "127.0.0.1:9/leads" in answer.message
    assert len(answer.message.splitlines()) == 1
    assert "s3cret" not in answer.err + answer.out
    said = json.loads(answer.out)
    assert (said["status"], said["exit_code"], said["tables"]) == ("failed", 3, {})
    assert said["error"] in answer.message


def test_a_home_at_work_turns_a_second_run_away_and_the_first_goes_on(house: House, forked: Forked):
    first = forked.start(*house.command(), **house.environment)
    first.wait_until("landed_files")
    second = run(forked, house)
    assert second.code == 4
    assert f"is held by process {first.pid}" in second.message
    assert len(second.message.splitlines()) == 1
    first.send(signal.SIGTERM)
    assert first.wait().code == 143
    assert forked("policy", "check", "--home", str(house.home)).code == 0
