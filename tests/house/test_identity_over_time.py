"""Ids over three publications: leads come into being, a record bridges two of them, and they part again."""

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
