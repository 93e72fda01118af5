"""A file that comes after its month was published: the month is counted anew, and what was said stays to be read."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.lake import table_path
from pipelines.run_scope import held
from pipelines.verify import verified
from policy.load import load_policy
from quality.audit import lake_inputs
from quality.truths import check_truth, truths_named
from serving.catalogue import tables
from sources import journal
from sources.landing import take_landing
from sources.raw import raw_dir_of
from tests.serving.whole import Whole

HEAD = "Ref,Name,Mail,At\n"
COLUMNS = {"full_name": "Name", "email": "Mail", "submitted_at": "At"}
JUNE, JULY = "2026-06-30", "2026-07-31"


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    made = Whole.made(tmp_path / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS)
    return made


def restated(whole: Whole, day: str) -> tuple[bool | None, str]:
    """Whether periods that were over are as they were published before."""
    with whole.scope(day) as scope:
        found = check_truth(truths_named(["closed_periods_are_as_published"])[0], scope.engine, lake_inputs(scope))
    return found.passed, found.observed


def leads_of_june(rows: list[dict]) -> set[int]:
    return {
        row["entered"]
        for row in rows
        if (row["basis"], row["period"], row["segment_type"], row["from_stage"]) == ("period", "2026-06", "all", "lead")
    }


def test_a_late_file_restates_its_month_and_says_so_and_what_was_published_stays(whole: Whole) -> None:
    whole.drop(
        "partners/acme/june.csv",
        HEAD + "1,Ada Lovelace,ada@x.example,2026-05-10\n4,Mary Jackson,jackson@x.example,2026-06-05\n",
    )
    whole.run(JUNE)
    assert restated(whole, JUNE) == (True, "holds"), "nothing was published before"
    whole.drop(
        "partners/acme/july.csv",
        HEAD + "2,Mary Shelley,mary@x.example,2026-07-10\n3,Grace Hopper,grace@x.example,2026-06-11\n",
    )
    whole.run(JULY)
    passed, observed = restated(whole, JULY)
    assert passed is False
    assert "2026-06" in observed
    assert "2026-05" not in observed, "who was there stays as he was"
    assert "2026-07" not in observed, "a month that is not over is restated by nothing"

    path = table_path(whole.path / "lake", tables()["funnel_stages"], JULY)
    assert leads_of_june(pq.read_table(path).to_pylist()) == {3}
    frozen = {entry.payload["day"]: entry for entry in journal.publications(raw_dir_of(whole.path))}
    assert leads_of_june(frozen[JUNE].table("funnel_stages").to_pylist()) == {2}


def test_what_landed_since_the_publication_waits_and_breaks_no_proof(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,Ann,ann@ann.example,2026-06-03\n")
    whole.run(JUNE)
    whole.drop("partners/acme/b.csv", HEAD + "2,Bob,bob@bob.example,2026-06-04\n")
    with held(whole.path):
        take_landing(whole.path, load_policy(whole.path))
    found = [verified(whole.path, proof) for proof in ("balance", "receipts", "determinism")]
    assert all(proof["holds"] for proof in found), found
    waiting = [finding for proof in found for finding in proof["findings"] if finding["waits"]]
    assert [(finding["proof"], finding["passed"]) for finding in waiting] == [("receipts", None), ("determinism", None)]
    assert "partners/acme/b.csv" in waiting[0]["observed"]
    (whole.path / "out/receipts/partners/acme/a.csv").unlink()
    assert not verified(whole.path, "receipts")["holds"]
