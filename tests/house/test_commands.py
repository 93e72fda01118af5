"""The command line as its users meet it: one clear message, the documented exit code, nothing half-done."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipelines.cli import main
from pipelines.progress import Progress
from pipelines.run import run_once
from pipelines.run_scope import held
from sources.landing import take_landing
from sources.looks import Intake, left_out
from tests.house.conftest import AS_OF


@pytest.fixture(scope="module")
def ran(ran: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample home after its first run: a copy, because commands run on it."""
    home = tmp_path_factory.mktemp("commands") / "home"
    shutil.copytree(ran[0], home)
    return home


def command(*arguments: str) -> int:
    """The exit code of a command."""
    codes: list[int] = []
    main(list(arguments), codes.append)
    return codes[-1]


def test_run_prints_one_json_object_and_nothing_else(ran, capsys):
    assert command("run", "--home", str(ran), "--as-of", AS_OF, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["status"] == "nothing_new"
    assert {"run_id", "as_of", "files", "rows", "tables", "checks", "seconds", "published_at", "warehouse"} <= set(
        result
    )


def test_init_makes_the_home_that_the_sample_runs_in(ran, tmp_path):
    assert command("init", str(tmp_path / "home"), "--from-example") == 0
    for folder in ("policy", "landing"):
        made, run = tmp_path / "home" / folder, ran / folder
        names = sorted(path.relative_to(made) for path in made.rglob("*"))
        assert names
        assert names == sorted(path.relative_to(run) for path in run.rglob("*"))
        assert all((made / name).is_dir() or (made / name).read_bytes() == (run / name).read_bytes() for name in names)


def test_init_refuses_a_directory_that_holds_something_else(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert command("init", str(tmp_path)) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--as-of", "31.12.2026"], "expected ISO 8601"),
        (["run", "--engine", "abacus"], "no engine 'abacus'"),
        (["verify", "everything"], "no proof 'everything'"),
        (["explain", "r00000000000000000000"], "no lead has the id"),
        (["backfill", "--from", "2026-02-01", "--to", "2026-01-01"], "is after"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_was_expected(ran, capsys, arguments, said):
    assert command(*arguments, "--home", str(ran)) == 2
    assert said in capsys.readouterr().err


def test_no_home_is_bad_usage(tmp_path, capsys):
    assert command("run", "--home", str(tmp_path / "nowhere")) == 2
    assert "sluice init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "--home", "{0}"], "sluice init"),
        (["run", "--home", "{0}"], "sluice init"),
        (["map", "{0}/missing.csv"], "missing.csv"),
        (["verify", "--home", "{0}/home"], "nothing was published"),
        (["explain", "x", "--home", "{0}/home"], "nothing was published"),
        (["reprocess", "--as-of", "soon", "--home", "{0}/home"], "expected ISO 8601"),
        (["retract", "no/such.csv", "--home", "{0}/home"], "no/such.csv"),
        (["verify", "--wrong", "--home", "{0}/home"], "No such option"),
    ],
)
def test_with_json_an_error_is_one_object_too(tmp_path, capsys, arguments, said):
    assert command("init", str(tmp_path / "home")) == 0
    capsys.readouterr()
    code = command(*(word.format(tmp_path) for word in arguments), "--json")
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert (found["status"], found["exit_code"], code) == ("failed", 2, 2)
    assert said in found["error"]
    assert said in told.err


def test_what_nobody_expected_is_told_with_json_too(tmp_path, capsys, monkeypatch):
    def broken(home: Path) -> dict[str, Any]:
        raise KeyError(home.name)

    monkeypatch.setattr("pipelines.status.home_status", broken)
    assert command("status", "--home", str(tmp_path), "--json") == 70
    assert json.loads(capsys.readouterr().out)["error"] == f"unexpected KeyError: {tmp_path.name!r}"


def test_a_broken_policy_names_file_line_key_and_the_nearest_known_one(ran, tmp_path, capsys):
    home = tmp_path / "home"
    shutil.copytree(ran, home)
    (home / "policy" / "business.yaml").write_text("timezone: UTC\nbase_curency: EUR\n", encoding="utf-8")
    for arguments in (["policy", "check"], ["run"]):
        assert command(*arguments, "--home", str(home)) == 2
        said = capsys.readouterr().err
        assert "policy/business.yaml:2" in said
        assert "base_curency" in said
        assert "base_currency" in said


def test_a_constant_that_is_no_value_of_its_field_is_refused_by_file_line_and_key(ran, tmp_path, capsys):
    home = tmp_path / "home"
    shutil.copytree(ran, home)
    text = "feed: lost\nkind: leads\nmatch: partners/lost/*\ncolumns: {email: Mail}\nconstants:\n  country: Atlantis\n"
    (home / "policy" / "feeds" / "lost.yaml").write_text(text, encoding="utf-8")
    for arguments in (["policy", "check"], ["run"]):
        assert command(*arguments, "--home", str(home)) == 2
        said = capsys.readouterr().err
        assert "policy/feeds/lost.yaml:6: constants.country: 'Atlantis' is no country; expected an ISO code" in said


def test_two_feeds_of_one_kind_on_one_file_are_refused_by_name(ran, tmp_path, capsys):
    home = tmp_path / "home"
    shutil.copytree(ran, home)
    feed = (
        (home / "policy" / "feeds" / "huaxin.yaml").read_text(encoding="utf-8").replace("feed: huaxin", "feed: other")
    )
    (home / "policy" / "feeds" / "other.yaml").write_text(feed, encoding="utf-8")
    assert command("run", "--home", str(home), "--quiet") == 2
    said = capsys.readouterr().err
    assert "huaxin" in said
    assert "other" in said


def test_an_unreachable_warehouse_exits_with_3_and_never_shows_the_password(ran, tmp_path, capsys, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(ran, home)
    monkeypatch.setenv("SLUICE_WAREHOUSE_URL", "postgresql+psycopg://sluice:s3cret@127.0.0.1:9/leads")
    assert command("run", "--home", str(home), "--quiet") == 3
    said = capsys.readouterr().err
    assert "127.0.0.1:9" in said
    assert "s3cret" not in said


def test_a_second_run_at_the_same_time_exits_with_4_and_says_who_holds_the_home(ran):
    import subprocess
    import sys

    with held(ran):
        found = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "run", "--home", str(ran), "--quiet"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode == 4
    assert "is held by process" in found.stderr


def test_a_failed_blocking_check_publishes_nothing_and_names_the_rows(ran, tmp_path, capsys, monkeypatch):
    import quality.audit

    home = tmp_path / "home"
    shutil.copytree(ran, home)
    with sqlite3.connect(home / "warehouse.db") as connection:
        before = connection.execute("SELECT publication_id FROM publications").fetchall()
    real = quality.audit.check_truth

    def broken(truth, engine, inputs):
        if truth.name != "ledger_sums_to_score":
            return real(truth, engine, inputs)
        scores = engine.relation(inputs["lead_scores"])
        wrong = scores.project(", ".join("score + 1 AS score" if name == "score" else name for name in scores.columns))
        return real(truth, engine, {**inputs, "lead_scores": wrong})

    monkeypatch.setattr(quality.audit, "check_truth", broken)
    assert command("run", "--home", str(home), "--as-of", "2026-11-23", "--quiet") == 1
    said = capsys.readouterr().err
    assert "ledger_sums_to_score" in said
    assert "first: r" in said
    with sqlite3.connect(home / "warehouse.db") as connection:
        assert connection.execute("SELECT publication_id FROM publications").fetchall() == before


def test_explain_shows_points_that_add_up(ran, capsys):
    with sqlite3.connect(ran / "warehouse.db") as connection:
        lead_id, score = connection.execute("SELECT lead_id, score FROM lead_scores ORDER BY score DESC").fetchone()
    assert command("explain", lead_id, "--home", str(ran), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert round(sum(float(row["points"]) for row in found["ledger"]), 2) == round(score, 2)
    assert {row["record_id"] for row in found["provenance"]} <= {row["record_id"] for row in found["records"]}
    assert {row["field"] for row in found["provenance"]} & {"source_name", "(all)"}
    assert command("explain", lead_id, "--home", str(ran)) == 0
    assert "score" in capsys.readouterr().out


def test_explain_shows_what_the_rule_that_joined_two_records_found_in_both(ran, capsys):
    with sqlite3.connect(ran / "warehouse.db") as connection:
        query = """
            SELECT l.email, matches.record_id_l
            FROM record_matches AS matches
            JOIN lead_records AS l ON matches.record_id_l = l.record_id
            JOIN lead_records AS r ON matches.record_id_r = r.record_id
            WHERE matches.rule = 'same_email_and_name' AND l.email = r.email
        """
        email, record_id = connection.execute(query).fetchone()
    assert command("explain", record_id, "--home", str(ran)) == 0
    assert f"    both have e-mail {email}" in capsys.readouterr().out.splitlines()
    assert command("explain", record_id, "--home", str(ran), "--json") == 0
    assert {"email": [email, email]} in [pair["shared"] for pair in json.loads(capsys.readouterr().out)["matches"]]


def test_explain_takes_the_id_of_a_record_for_its_lead(ran, capsys):
    with sqlite3.connect(ran / "warehouse.db") as connection:
        query = "SELECT record_id, lead_id FROM lead_identities WHERE record_id <> lead_id"
        record_id, lead_id = connection.execute(query).fetchone()
    assert command("explain", record_id, "--home", str(ran)) == 0
    said = capsys.readouterr().out
    assert f"{record_id} is a record of this lead" in said
    assert said.splitlines()[1].startswith(lead_id)


def test_status_and_doctor_speak_to_people_and_to_programs(ran, capsys):
    assert command("status", "--home", str(ran), "--json") == 0
    assert json.loads(capsys.readouterr().out)["tables"]["leads"] == 55
    assert command("status", "--home", str(ran)) == 0
    assert "leads" in capsys.readouterr().out
    assert command("doctor", "--home", str(ran), "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"]
    assert command("doctor", "--home", str(ran)) == 0


def test_what_lies_in_the_landing_zone_and_cannot_be_taken_is_told(ran, tmp_path, capsys):
    home = tmp_path / "home"
    shutil.copytree(ran, home)
    os.mkfifo(home / "landing" / "partners" / "pipe\x1b[31m.csv")
    assert command("run", "--home", str(home), "--as-of", AS_OF, "--json") == 0
    (left,) = json.loads(capsys.readouterr().out)["not_taken"]
    assert (left["path"], left["code"]) == ("partners/pipe\x1b[31m.csv", "not-a-file")
    assert command("run", "--home", str(home), "--as-of", AS_OF) == 0
    said = capsys.readouterr().out
    assert "not taken partners/pipe\\x1b[31m.csv (not-a-file)" in said
    assert "\x1b" not in said
    assert command("doctor", "--home", str(home)) == 0
    assert "is not taken (not-a-file)" in capsys.readouterr().out


def test_a_file_that_was_whole_before_the_run_ended_is_not_said_to_be_left(ran, tmp_path, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(ran, home)

    def too_early(*given: Any, **named: Any) -> Intake:
        intake = take_landing(*given, **named)
        for name in ("late.csv", "never.csv"):
            intake.left_out.append(left_out(f"partners/{name}", "still-growing"))
        (home / "landing" / "partners" / "late.csv").write_text("Name,Email\nAnna Late,late@x.example\n")
        return intake

    monkeypatch.setattr("pipelines.run.take_landing", too_early)
    result = run_once(home, AS_OF, quiet=True, even_if_nothing_new=True)
    assert [left["path"] for left in result["not_taken"]] == ["partners/never.csv"]
    assert sum(result["files"][name] for name in ("accepted", "quarantined")) == 1


def test_a_name_is_never_taken_for_markup_of_the_progress_bar(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr("pipelines.progress.Console", lambda **_: Console(file=shown, force_terminal=True, width=120))
    with Progress() as progress:
        progress.file("partners/ac[/red]\x1b[2J.csv", 1, 2)
        progress.bar.refresh()
    assert "partners/ac[/red]\\x1b[2J.csv" in shown.getvalue()


def test_version_names_the_stack(capsys):
    assert command("--version") == 0
    assert "duckdb" in capsys.readouterr().out
