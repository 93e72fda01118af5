"""A wrong drop is taken back and given back, and what was refused is read again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import pipelines.second_chances
from pipelines.errors import UsageError
from pipelines.explain import explained, explanation_text
from pipelines.second_chances import reprocess_files, reprocess_text, retract_file
from pipelines.verify import verified
from sources.errors import RefusedFileError
from sources.retractions import heirs
from tests.house.conftest import published_hashes
from tests.serving.whole import Whole

#: Whoever names a budget is promoted.
GATE = """\
conditions:
  - {condition: budget, fact: {field: budget_amount, gte: 1000}, action: confirm the budget}
criteria:
  - {criterion: budget, label: can pay, any_of: [budget]}
reject_when: []
review: {max_failed: 1, min_score: 40}
episode_days: 180
"""
HEADER = "Ref,Name,Mail,Company,Budget\n"
RICH = HEADER + "9,Ida Quist,ida@quist.example,Quist GmbH,90000\n"
POOR = HEADER + "1,Olaf Berg,olaf@berg.example,Berg AG,\n"
COLUMNS = {"full_name": "Name", "email": "Mail", "company": "Company", "budget_amount": "Budget"}


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A home with one partner, in which whoever names a budget is promoted."""
    made = Whole.made(tmp_path / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS)
    (made.path / "policy" / "promotion.yaml").write_text(GATE, encoding="utf-8")
    return made


def identity_holds(whole: Whole) -> bool:
    return all(verified(whole.path, proof)["holds"] for proof in ("identity", "receipts"))


def test_a_retracted_file_leaves_every_table_and_undoing_it_gives_them_back(whole: Whole) -> None:
    whole.drop("partners/acme/right.csv", POOR)
    whole.drop("partners/acme/wrong.csv", RICH)
    whole.run(received_at="2026-06-01")
    before, state = published_hashes(whole.path), whole.state()
    (opportunity,) = whole.table("opportunities", "opportunity_id", "lead_id")
    file_id = whole.file_id("partners/acme/wrong.csv")

    said = retract_file(whole.path, file_id, "meant for another company")
    assert (said["paths"], said["leads"]) == (["partners/acme/wrong.csv"], 1)
    assert whole.state() != state
    whole.drop("partners/acme/again.csv", RICH)
    whole.run(received_at="2026-06-02")
    assert whole.table("opportunities", "opportunity_id") == []
    assert whole.table("lead_aliases", "old_lead_id") == []
    assert len(whole.table("leads", "lead_id")) == 1
    told = whole.table("source_files", "path", "status", "rows_read", "reason")
    assert [row[:3] for row in told] == [
        ("partners/acme/again.csv", "retracted", 0),
        ("partners/acme/right.csv", "accepted", 1),
        ("partners/acme/wrong.csv", "retracted", 0),
    ]
    assert "meant for another company" in told[0][3]
    for name in ("wrong", "again"):
        assert b"suppressed,retracted," in whole.receipt(f"partners/acme/{name}.csv")
    assert identity_holds(whole)
    for row in published_hashes(whole.path)["leads"]:
        assert opportunity[1] not in row

    (whole.path / "landing/partners/acme/again.csv").unlink()
    retract_file(whole.path, "partners/acme/wrong.csv", undo=True)
    whole.run(received_at="2026-06-03")
    after = published_hashes(whole.path)
    seen_again = {"source_files", "balances", "publications"}  # the second path of the bytes stays on record
    assert {name: rows for name, rows in after.items() if name not in seen_again} == {
        name: rows for name, rows in before.items() if name not in seen_again
    }
    assert set(before["source_files"]) < set(after["source_files"])
    assert whole.table("opportunities", "opportunity_id", "lead_id") == [opportunity]


def states(whole: Whole) -> dict[str, list[str]]:
    """Feed and status of every file, by its path."""
    return {path: told for path, *told in whole.table("source_files", "path", "source_name", "status")}


@pytest.mark.parametrize("lay_there", [True, False], ids=["lay there already", "dropped afterwards"])
def test_what_is_retracted_from_one_source_is_taken_from_another(whole: Whole, lay_there: bool) -> None:
    right = ["partners/berg/a.csv", "partners/berg/again.csv"]
    whole.feed("berg", key=["Ref"], columns=COLUMNS)
    whole.drop("partners/acme/a.csv", RICH)
    whole.answer(received_at="2026-06-01")
    if lay_there:
        whole.drop(right[0], RICH)
        whole.answer(received_at="2026-06-02")
        assert states(whole)[right[0]] == ["berg", "unchanged"]
    file_id = whole.file_id("partners/acme/a.csv")
    assert retract_file(whole.path, file_id, "meant for Berg")["paths"] == ["partners/acme/a.csv"]
    whole.drop(right[0], RICH)
    whole.drop("partners/acme/b.csv", RICH)
    whole.answer(received_at="2026-06-03")
    taken = {
        "partners/acme/a.csv": ["acme", "retracted"],
        "partners/acme/b.csv": ["acme", "retracted"],
        "partners/berg/a.csv": ["berg", "accepted"],
    }
    assert states(whole) == taken
    assert whole.table("lead_records", "source_name", "email") == [("berg", "ida@quist.example")]
    assert b"suppressed,retracted," in whole.receipt("partners/acme/b.csv")
    assert b"retracted" not in whole.receipt("partners/berg/a.csv")

    shutil.rmtree(whole.path / "lake" / "lines", ignore_errors=True)
    whole.answer(received_at="2026-06-03")
    assert states(whole) == taken

    (whole.path / "policy" / "feeds" / "acme.yaml").unlink()  # it is still the file of that folder
    whole.answer(received_at="2026-06-04")
    assert states(whole)["partners/acme/a.csv"][1] == "retracted"
    assert states(whole)["partners/berg/a.csv"] == ["berg", "accepted"]


def test_every_source_of_the_same_bytes_is_retracted_and_given_back_by_itself(whole: Whole) -> None:
    whole.feed("berg", key=["Ref"], columns=COLUMNS)
    for path in ("partners/acme/a.csv", "partners/berg/a.csv"):
        whole.drop(path, RICH)
    whole.answer(received_at="2026-06-01")
    file_id = whole.file_id("partners/acme/a.csv")
    retract_file(whole.path, file_id)
    retract_file(whole.path, "partners/berg/a.csv")
    assert "already" in retract_file(whole.path, file_id)["said"]
    whole.answer(received_at="2026-06-02")
    assert set(map(tuple, states(whole).values())) == {("acme", "retracted"), ("berg", "retracted")}
    retract_file(whole.path, "partners/berg/a.csv", undo=True)
    whole.answer(received_at="2026-06-03")
    assert set(map(tuple, states(whole).values())) == {("acme", "retracted"), ("berg", "accepted")}
    assert retract_file(whole.path, file_id, undo=True)["paths"] == ["partners/acme/a.csv"]
    whole.answer(received_at="2026-06-04")
    assert set(map(tuple, states(whole).values())) == {("acme", "accepted"), ("berg", "unchanged")}


@pytest.mark.slow
def test_of_a_lead_that_other_files_know_the_promotion_and_the_id_stay(whole: Whole) -> None:
    whole.drop("partners/acme/wrong.csv", RICH)
    whole.run(received_at="2026-06-01")
    whole.drop("partners/acme/right.csv", RICH.replace("9,Ida", "77,Ida"))
    whole.run(received_at="2026-06-02")
    (first,) = whole.table("leads", "lead_id")
    (opportunity,) = whole.table("opportunities", "opportunity_id")
    retract_file(whole.path, "partners/acme/wrong.csv")
    assert heirs(whole.path / "lake" / "raw").num_rows == 1
    whole.run(received_at="2026-06-03")
    (second,) = whole.table("leads", "lead_id")
    assert first != second
    assert whole.table("lead_aliases", "old_lead_id", "lead_id") == [(first, second)]
    assert whole.table("opportunities", "opportunity_id", "lead_id") == [(opportunity, second)]
    keys = whole.table("lead_keys", "key_type", "key_value", "lead_id")
    assert ("lead_id", first, second) in keys
    assert identity_holds(whole)


def test_a_lead_that_went_with_its_file_can_still_be_asked_for(whole: Whole) -> None:
    whole.drop("partners/acme/right.csv", POOR)
    whole.drop("partners/acme/wrong.csv", RICH)
    whole.run(received_at="2026-06-01")
    lead = dict(whole.table("leads", "full_name", "lead_id"))["Ida Quist"]
    file_id = whole.file_id("partners/acme/wrong.csv")
    retract_file(whole.path, "partners/acme/wrong.csv", "meant for Berg")
    whole.run()
    told = explained(whole.path, lead)
    assert (told["file_id"], told["path"], told["why"]) == (file_id, "partners/acme/wrong.csv", "meant for Berg")
    assert f"sluice retract {file_id} --undo" in explanation_text(told)
    retract_file(whole.path, file_id, undo=True)
    whole.run()
    assert explained(whole.path, lead)["lead"]["full_name"] == "Ida Quist"


def test_of_a_version_that_was_replaced_the_id_says_so(whole: Whole) -> None:
    whole.feed("acme", key=["Ref"], columns=COLUMNS, new_version="replace")
    whole.drop("partners/acme/list.csv", RICH)
    whole.run(received_at="2026-06-01")
    (lead,) = whole.table("leads", "lead_id")
    whole.drop("partners/acme/list.csv", POOR)
    whole.run(received_at="2026-06-02")
    assert "which a newer version replaced" in explanation_text(explained(whole.path, lead))


def test_where_the_newest_version_is_retracted_the_one_before_is_answered(whole: Whole) -> None:
    whole.drop("partners/acme/list.csv", POOR)
    whole.run(received_at="2026-06-01")
    first = whole.file_id("partners/acme/list.csv")
    whole.drop("partners/acme/list.csv", RICH)
    whole.run(received_at="2026-06-02")
    assert b"Ida Quist" in whole.receipt("partners/acme/list.csv")
    retract_file(whole.path, "partners/acme/list.csv")
    whole.run()
    receipt = whole.receipt("partners/acme/list.csv")
    assert b"Olaf Berg" in receipt
    assert b"accepted" in receipt
    assert f"what counts under this path is {first}" in retract_file(whole.path, "partners/acme/list.csv")["said"]
    retract_file(whole.path, "partners/acme/list.csv", undo=True)
    whole.run()
    assert b"Ida Quist" in whole.receipt("partners/acme/list.csv")
    assert identity_holds(whole)


def test_what_cannot_be_retracted_is_said(whole: Whole) -> None:
    whole.drop("partners/acme/right.csv", POOR)
    whole.answer()
    with pytest.raises(UsageError, match="no file was taken"):
        retract_file(whole.path, "partners/acme/nothing.csv")
    with pytest.raises(UsageError, match="nothing to undo"):
        retract_file(whole.path, "landing/partners/acme/right.csv", undo=True)
    retract_file(whole.path, whole.file_id("partners/acme/right.csv")[:8])
    assert "already" in retract_file(whole.path, "partners/acme/right.csv")["said"]


def test_refused_files_and_rejected_rows_are_read_again_when_asked(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sources.raw

    real = sources.raw.read

    def not_yet(*_: Any, **__: Any) -> Any:
        raise RefusedFileError("broken-workbook", detail="a reader that does not know better")

    whole.drop("partners/acme/good.csv", POOR + "2,Nobody,,,\n")
    whole.answer(received_at="2026-06-01")
    whole.drop("partners/acme/bad.csv", RICH)
    monkeypatch.setattr(sources.raw, "read", not_yet)
    whole.answer(received_at="2026-06-02")
    monkeypatch.setattr(sources.raw, "read", real)
    whole.run(received_at="2026-06-03")
    assert ("partners/acme/bad.csv", "quarantined") in whole.table("source_files", "path", "status")

    def run_here(*_: Any, **__: Any) -> dict[str, Any]:
        whole.run(received_at="2026-06-04")
        return {"status": "published"}

    monkeypatch.setattr(pipelines.second_chances, "run_once", run_here)
    found = reprocess_files(whole.path, None, quiet=True)
    assert reprocess_text(found).splitlines() == [
        "partners/acme/bad.csv: refused (broken-workbook) -> accepted, 1 of 1 rows used, 0 rejected",
        "partners/acme/good.csv: accepted, 1 of 2 rows used, 1 rejected -> accepted, 1 of 2 rows used, 1 rejected",
        "published",
    ]
    assert not (whole.path / "out/receipts/partners/acme/bad.csv.receipt.txt").exists()
    assert b"accepted" in whole.receipt("partners/acme/bad.csv")
    received = dict(whole.table("source_files", "path", "received_at"))
    assert f"{received['partners/acme/bad.csv']:%Y-%m-%d}" == "2026-06-02"


def test_a_file_set_aside_for_its_rejected_rows_is_answered_whole_and_taken_once_policy_allows_it(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = "".join(f"{at},Person {at},person{at}@x.example,Firm {at},\n" for at in range(30))
    whole.feed("acme", key=["Ref"], columns=COLUMNS, max_rejected_share=0.05)
    whole.drop("partners/acme/list.csv", HEADER + people + "98,Nobody,,,\n99,Nobody,no mail,,\n")
    whole.run(received_at="2026-06-01")
    ((status, code, read, reason),) = whole.table("source_files", "status", "code", "rows_read", "reason")
    assert (status, code, read) == ("quarantined", "too-many-rejected", 0)
    assert "2 of 32 rows cannot be used (6.2%), and more than 5.0%" in reason
    lines = whole.receipt("partners/acme/list.csv").decode().splitlines()
    assert len(lines) == 33
    assert all(",rejected,too-many-rejected," in line for line in lines[1:])
    assert identity_holds(whole)

    def run_here(*_: Any, **__: Any) -> dict[str, Any]:
        whole.run(received_at="2026-06-02")
        return {"status": "published"}

    monkeypatch.setattr(pipelines.second_chances, "run_once", run_here)
    whole.feed("acme", key=["Ref"], columns=COLUMNS, max_rejected_share=0.1)
    found = reprocess_files(whole.path, None, quiet=True)
    assert reprocess_text(found).splitlines() == [
        "partners/acme/list.csv: refused (too-many-rejected) -> accepted, 30 of 32 rows used, 2 rejected",
        "published",
    ]
    lines = whole.receipt("partners/acme/list.csv").decode().splitlines()
    assert [line.split(",")[6] for line in lines[-2:]] == ["no-contact", "bad-email"]
    assert whole.path.joinpath("out/rejects/partners/acme/list.csv").read_text("utf-8").count("Nobody") == 2
    assert identity_holds(whole)


@pytest.mark.slow
def test_of_a_version_that_took_the_place_of_another_ids_and_proofs_hold(whole: Whole) -> None:
    whole.feed("acme", key=["Ref"], columns=COLUMNS, new_version="replace")
    whole.drop("partners/acme/other.csv", RICH.replace("9,Ida", "77,Ida"))
    whole.drop("partners/acme/list.csv", POOR + "2,Eva Lund,eva@lund.example,Lund AB,\n")
    whole.run(received_at="2026-06-01")
    whole.drop("partners/acme/list.csv", RICH)
    whole.run(received_at="2026-06-02")
    before = whole.table("leads", "full_name")
    whole.drop("partners/acme/list.csv", POOR)
    whole.run(received_at="2026-06-03")
    assert before == ["Ida Quist"]
    assert sorted(whole.table("leads", "full_name")) == ["Ida Quist", "Olaf Berg"]
    told = whole.table("source_files", "path", "code")
    assert [code for path, code in sorted(told, key=str) if path.endswith("list.csv")].count("replaced") == 2
    kept = heirs(whole.path / "lake" / "raw").to_pydict()["heir_id"]
    assert sorted(heir is None for heir in kept) == [False, True, True], "Ida is known elsewhere, Olaf and Eva were not"
    assert identity_holds(whole)
