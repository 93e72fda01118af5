"""Partners that nobody described, dropped into a new home and run with no word about time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from serving.published import published_rows


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undescribed") / "home"
    assert CliRunner().invoke(app, ["init", str(home)]).exit_code == 0
    for path, text in {
        "partners/messe/stand.csv": "Name,E-Mail,Telefon\nAnn Arbor,ann@acme.example,+49 30 1234567\n",
        "partners/messe/tag2.csv": "邮箱;姓名\nwang@huaxin.example;王伟\n",
        "partners/app/export.json": '{"rows": [{"name": "Bo Li", "email": "bo@huaxin.example"}, 7]}',
        "partners/web/export.json": '{"page": 1, "data": {"rows": [{"name": "Bo Li", "email": "bo@huaxin.example"}]}}',
        "partners/odd/x.csv": "q1,q2\n1,2\n3,4\n",
    }.items():
        target = home / "landing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    ran = CliRunner().invoke(app, ["run", "--home", str(home), "--json", "--quiet"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["rows"] == {"read": 3, "accepted": 3, "rejected": 0, "duplicate": 0}
    return home


def test_what_was_dropped_is_published_by_the_same_run(home: Path) -> None:
    found = sorted((row["source_name"], row["full_name"]) for row in published_rows(home, "lead_records"))
    assert found == [("messe", "Ann Arbor"), ("messe", "王伟"), ("web", "Bo Li")]


def test_records_in_an_envelope_are_answered_in_it(home: Path) -> None:
    receipt = json.loads((home / "out" / "receipts" / "partners" / "web" / "export.json").read_text(encoding="utf-8"))
    (row,) = receipt["data"]["rows"]
    assert (receipt["page"], row["name"], row["sluice"]["verdict"]) == (1, "Bo Li", "accepted")


def test_what_cannot_be_told_waits_with_the_proposed_feed_beside_it(home: Path) -> None:
    waiting = {file["path"]: file["code"] for file in published_rows(home, "source_files", status="quarantined")}
    assert waiting == dict.fromkeys(("partners/app/export.json", "partners/odd/x.csv"), "mapping-doubtful")
    assert "match:" in (home / "out" / "rejects" / "partners" / "odd" / "x.csv.feed.yaml").read_text(encoding="utf-8")


def test_nothing_is_new_afterwards(home: Path) -> None:
    ran = CliRunner().invoke(app, ["run", "--home", str(home), "--json", "--quiet"])
    assert json.loads(ran.stdout)["status"] == "nothing_new"
