"""What an interrupted run had made is taken over by the next run of the same input, and by no other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import assets.unfinished
from assets.unfinished import Unfinished

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a file taken and a table made by a run that did not come to its end."""
    (tmp_path / "raw" / "files").mkdir(parents=True)
    (tmp_path / "raw" / "files" / "a.parquet").write_text("taken", encoding="utf-8")
    (tmp_path / "scoring").mkdir()
    run = Unfinished(tmp_path, "policy 1", AS_OF)
    run.settle()
    table(tmp_path).write_text("made", encoding="utf-8")
    run.note(table(tmp_path))
    return tmp_path


def table(lake: Path) -> Path:
    return lake / "scoring" / "lead_scores.parquet"


def again(lake: Path, policy: str = "policy 1", as_of: datetime = AS_OF) -> Unfinished:
    run = Unfinished(lake, policy, as_of)
    run.settle()
    return run


def test_the_next_run_of_the_same_input_takes_over_what_was_made(lake: Path):
    run = again(lake)
    assert run.has(table(lake))
    assert not run.has(lake / "scoring" / "other.parquet")


def test_nothing_is_taken_over_before_the_input_is_known(lake: Path):
    assert not Unfinished(lake, "policy 1", AS_OF).has(table(lake))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lake: (lake / "raw" / "files" / "b.parquet").write_text("new"), id="a file was taken"),
        pytest.param(lambda lake: (lake / "raw" / "files" / "a.parquet").unlink(), id="a file is gone"),
        pytest.param(lambda lake: os.utime(lake / "raw" / "files" / "a.parquet", ns=(1, 1)), id="a file is another"),
        pytest.param(lambda lake: (lake / "unfinished.json").write_text("{"), id="the note is broken"),
        pytest.param(lambda lake: (lake / "unfinished.json").unlink(), id="there is no note"),
        pytest.param(lambda lake: table(lake).write_text("cut"), id="the table is another"),
        pytest.param(lambda lake: table(lake).unlink(), id="the table is gone"),
    ],
)
def test_what_depends_on_something_else_is_made_anew(lake: Path, change: Callable[[Path], object]):
    change(lake)
    assert not again(lake).has(table(lake))


def test_another_policy_or_another_instant_takes_nothing_over(lake: Path):
    assert not again(lake, policy="policy 2").has(table(lake))
    # and what the first run made is forgotten by then
    assert not again(lake).has(table(lake))


def test_another_day_takes_nothing_over(lake: Path):
    assert not again(lake, as_of=datetime(2026, 6, 2, tzinfo=UTC)).has(table(lake))


@pytest.mark.parametrize("what", ["_code", "_boot_id"])
def test_other_code_or_another_start_of_the_machine_takes_nothing_over(
    lake: Path, monkeypatch: pytest.MonkeyPatch, what: str
):
    monkeypatch.setattr(assets.unfinished, what, lambda: "other")
    assert not again(lake).has(table(lake))


def test_a_run_that_came_to_its_end_leaves_nothing_to_take_over(lake: Path):
    run = again(lake)
    run.finish()
    assert not (lake / "unfinished.json").exists()
    assert not again(lake).has(table(lake))


def test_the_note_says_what_the_interrupted_run_spoke_for(lake: Path):
    assert Unfinished.interrupted(lake) == AS_OF
    again(lake).finish()
    assert Unfinished.interrupted(lake) is None


def test_what_is_half_written_says_nothing_about_the_input(lake: Path):
    (lake / "raw" / ".a.partial-1").write_text("half", encoding="utf-8")
    assert again(lake).has(table(lake))


def test_the_note_names_every_table_that_was_made(lake: Path):
    run = again(lake)
    other = lake / "scoring" / "score_ledger.parquet"
    other.write_text("made", encoding="utf-8")
    run.note(other)
    assert sorted(json.loads((lake / "unfinished.json").read_text(encoding="utf-8"))["tables"]) == [
        "scoring/lead_scores.parquet",
        "scoring/score_ledger.parquet",
    ]
    assert [again(lake).has(path) for path in (table(lake), other)] == [True, True]
