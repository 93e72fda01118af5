"""Ids over publications: leads come into being, merge and part again; and a year replayed is the year as it was."""

import shutil
from pathlib import Path

import pytest

from pipelines.second_chances import retract_file
from pipelines.verify import verified
from tests.serving.whole import Whole

COLUMNS = {"full_name": "Name", "email": "Email", "phone": "Phone"}
APART = "Ref,Name,Email,Phone\n1,Ada Lovelace,ada@engines.example,\n2,Ada Lovelace,,+14155550100\n"
BRIDGE = "Ref,Name,Email,Phone\n3,Ada Lovelace,ada@engines.example,+14155550100\n"


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A home with one partner."""
    made = Whole.made(tmp_path / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS)
    return made


@pytest.mark.slow
def test_leads_are_created_merged_by_a_bridging_record_and_split_again(whole: Whole) -> None:
    def events(day: str) -> list[tuple[str, str, str | None]]:
        assert verified(whole.path, "identity")["holds"]
        return sorted(whole.table("identity_events", "event", "lead_id", "other_lead_id", as_of=day))

    whole.drop("partners/acme/apart.csv", APART)
    whole.run("2026-06-28")
    older, younger = sorted(whole.table("leads", "lead_id", as_of="2026-06-28"))
    assert events("2026-06-28") == [("created", older, None), ("created", younger, None)]

    whole.drop("partners/acme/bridge.csv", BRIDGE)
    whole.run("2026-06-29")
    (survivor,) = whole.table("leads", "lead_id", as_of="2026-06-29")
    (retired,) = {older, younger} - {survivor}
    assert events("2026-06-29") == [("merged", retired, survivor)]
    assert whole.table("lead_aliases", "old_lead_id", "lead_id", as_of="2026-06-29") == [(retired, survivor)]
    (reason,) = whole.table("identity_events", "reason", as_of="2026-06-29")
    assert reason.endswith(("same_email_and_name", "same_phone_and_name"))
    said = whole.table("identity_events", "event", "lead_id", "reason", as_of="2026-06-29")
    whole.run("2026-06-29")  # the same instant again says the same
    assert whole.table("identity_events", "event", "lead_id", "reason", as_of="2026-06-29") == said

    retract_file(whole.path, "partners/acme/bridge.csv", "a mistake")
    whole.run("2026-06-30")
    assert events("2026-06-30") == [("split", retired, survivor)]
    assert whole.table("lead_aliases", "old_lead_id", as_of="2026-06-30") == []


def test_a_lead_whose_first_record_is_taken_back_goes_on_under_the_next_and_that_is_one_event(whole: Whole) -> None:
    whole.drop("partners/acme/first.csv", BRIDGE)
    whole.run("2026-06-28", received_at="2026-06-28")
    whole.drop("partners/acme/next.csv", "Ref,Name,Email,Phone\n4,Ada Lovelace,ada@engines.example,\n")
    whole.drop("partners/acme/third.csv", "Ref,Name,Email,Phone\n5,Ada Lovelace,,+14155550100\n")
    whole.run("2026-06-29", received_at="2026-06-29")
    (old,) = whole.table("leads", "lead_id", as_of="2026-06-29")
    retract_file(whole.path, "partners/acme/first.csv", "a mistake")
    whole.run("2026-06-30")
    events = whole.table("identity_events", "event", "lead_id", "other_lead_id", "reason", as_of="2026-06-30")
    ((_, heir),) = whole.table("lead_aliases", "old_lead_id", "lead_id", as_of="2026-06-30")
    (other,) = set(whole.table("leads", "lead_id", as_of="2026-06-30")) - {heir}
    assert sorted(events) == [
        ("merged", old, heir, "its first record was taken back; the lead goes on under its next one"),
        ("split", other, heir, "nothing joins its records to the other lead any more"),
    ]
    assert verified(whole.path, "identity")["holds"]


#: When, reference, name, e-mail, telephone: two persons of whom one is met twice before a row bridges the two leads.
YEAR = (
    ("2026-01-10", "1", "Ada Lovelace", "ada@engines.example", ""),
    ("2026-01-20", "2", "Mary Shelley", "mary@novels.example", "+14155550199"),
    ("2026-03-05", "3", "Ada Lovelace", "", "+14155550100"),
    ("2026-03-06", "4", "Ada Lovelace", "", "+14155550100"),
    ("2026-06-07", "5", "Ada Lovelace", "ada@engines.example", "+14155550100"),
    ("2026-06-08", "6", "Mary Shelley", "mary@novels.example", ""),
)


def history(whole: Whole, files: dict[str, list[int]]) -> None:
    """Drops the rows of the year, spread over files; each counts from the day it tells."""
    whole.feed("acme", key=["Ref"], columns={**COLUMNS, "submitted_at": "At"}, received="submitted_at")
    for name, places in files.items():
        lines = [",".join(YEAR[place]) for place in places]
        whole.drop(f"partners/acme/{name}.csv", "\n".join(["At,Ref,Name,Email,Phone", *lines, ""]))


@pytest.mark.slow
def test_a_year_replayed_step_by_step_in_one_go_or_from_raw_alone_has_the_same_ids(tmp_path: Path) -> None:
    received = "2026-06-30"
    steps, once = Whole.made(tmp_path / "steps"), Whole.made(tmp_path / "once")
    history(steps, {"a": [0, 1, 2], "b": [3, 4, 5]})
    history(once, {"a": [5, 3], "b": [1], "c": [4, 2, 0]})
    counts = []
    for day in ("2026-04-01", "2026-06-30"):
        steps.run(day, received_at=received)
        counts.append(len(steps.table("leads", "lead_id", as_of=day)))
    assert counts == [3, 2]
    once.identify("2026-06-30", received_at=received)
    ids = steps.table("lead_identities", "record_id", "lead_id")
    assert once.table("lead_identities", "record_id", "lead_id") == ids
    assert len({lead for _, lead in ids}) == 2

    for path in (steps.path / "lake").iterdir():
        if path.name != "raw":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(steps.path / "out")
    (steps.path / "warehouse.db").unlink()
    steps.identify("2026-06-30")
    assert steps.table("lead_identities", "record_id", "lead_id") == ids
    assert len(steps.table("lead_aliases", "old_lead_id")) == 1
