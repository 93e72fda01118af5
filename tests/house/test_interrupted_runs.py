"""A run for now goes on where an interrupted run of the day stopped."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets.unfinished import Unfinished
from pipelines.run import now_of
from sources.looks import Intake

STOPPED, NOW = datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 6, 1, 15, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose run of nine o'clock was stopped."""
    (tmp_path / "lake" / "raw").mkdir(parents=True)
    Unfinished(tmp_path / "lake", "policy", STOPPED).settle()
    return tmp_path


def took(*files: object, received_at: datetime = NOW) -> Intake:
    return Intake(files=list(files), unchanged=0, received_at=received_at)  # type: ignore[arg-type]


def test_it_speaks_for_the_instant_of_the_interrupted_run(home: Path):
    assert now_of(home, "UTC", NOW, took()) == STOPPED


def test_it_speaks_for_now_where_a_file_was_taken_since(home: Path):
    later = NOW + timedelta(seconds=1)
    assert now_of(home, "UTC", NOW, took("a file", received_at=later)) == later


def test_it_speaks_for_now_on_another_day_of_the_business(home: Path):
    late = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    assert now_of(home, "UTC", late, took(received_at=late)) == STOPPED
    assert now_of(home, "Europe/Berlin", late, took(received_at=late)) == late


def test_it_speaks_for_now_where_every_run_came_to_its_end(home: Path):
    Unfinished(home / "lake", "policy", STOPPED).finish()
    assert now_of(home, "UTC", NOW, took()) == NOW
