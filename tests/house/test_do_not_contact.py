"""Who asked not to be contacted is left alone, whichever of their rows says so and whichever came first."""

import csv
import io
from pathlib import Path

import pytest

from tests.serving.whole import Whole

HEAD = "Ref,Name,Email,Phone,Consent,Need\n"
COLUMNS = {"full_name": "Name", "email": "Email", "phone": "Phone", "consent": "Consent", "need": "Need"}
DAYS = ("2026-06-28", "2026-06-29", "2026-06-30")


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A home with two partners."""
    made = Whole.made(tmp_path / "home")
    for partner in ("acme", "babbage"):
        made.feed(partner, key=["Ref"], columns=COLUMNS, language="en")
    return made


def answers(whole: Whole, path: str) -> list[tuple[str, str, str]]:
    """Verdict, code and reason of each line."""
    rows = csv.DictReader(io.StringIO(whole.receipt(path).decode("utf-8-sig")))
    return [(row["sluice_verdict"], row["sluice_code"], row["sluice_reason"]) for row in rows]


def people(whole: Whole, day: str) -> list[tuple[str, bool, str]]:
    """Name, whether they refuse, and the verdict of the gate."""
    verdicts = dict(whole.table("promotion_decisions", "lead_id", "verdict", as_of=day))
    leads = whole.table("leads", "full_name", "has_refused_consent", "lead_id", as_of=day)
    return [(name, refused, verdicts[lead]) for name, refused, lead in leads]


@pytest.mark.slow
def test_a_refusal_holds_for_later_rows_of_other_sources_and_for_leads_merged_later(whole: Whole) -> None:
    said = "The person asked not to be contacted, in partners/acme/first.csv, line 2; that holds for all their rows."
    whole.drop(
        "partners/acme/first.csv",
        HEAD + "1,Ada Lovelace,ada@engines.example,,unsubscribed,\n2,Mary Shelley,mary@novels.example,,yes,\n",
    )
    whole.drop("partners/babbage/apart.csv", HEAD + "1,Ada Lovelace,,+14155550100,yes,an engine\n")
    whole.run(DAYS[0])
    assert [row[:2] for row in answers(whole, "partners/acme/first.csv")] == [
        ("accepted", "do-not-contact"),
        ("accepted", ""),
    ]
    assert answers(whole, "partners/babbage/apart.csv") == [("accepted", "", "")]
    refused = [row[:2] for row in people(whole, DAYS[0])]
    assert refused == [("Ada Lovelace", False), ("Ada Lovelace", True), ("Mary Shelley", False)]

    # a later row of another source, and a consent that is newer
    whole.drop("partners/babbage/later.csv", HEAD + "2,Ada Lovelace,ada@engines.example,,yes,\n")
    whole.run(DAYS[1])
    assert answers(whole, "partners/babbage/later.csv") == [("merged", "do-not-contact", said)]

    # a row that has both the address and the telephone makes one lead of two: what it reached only through another
    # row refuses as well
    whole.drop("partners/acme/bridge.csv", HEAD + "3,Ada Lovelace,ada@engines.example,+14155550100,,\n")
    written = whole.run(DAYS[2])
    assert people(whole, DAYS[2]) == [("Ada Lovelace", True, "reject"), ("Mary Shelley", False, "nurture")]
    assert answers(whole, "partners/acme/bridge.csv") == [("merged", "do-not-contact", said)]
    assert "partners/babbage/apart.csv" in written
    ((verdict, *rest),) = answers(whole, "partners/babbage/apart.csv")
    assert verdict in {"accepted", "merged"}
    assert rest == ["do-not-contact", said]
