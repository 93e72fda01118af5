"""The journal: append-only, whole entries only, publications settled or forgotten."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from sources import journal
from sources.errors import JournalError

FORECASTS = pa.table({"period": ["2024-Q1"], "p50": [1.5]})


def test_an_entry_is_written_once_and_never_changed(tmp_path: Path) -> None:
    journal.write_entry(tmp_path, "seen-1", {"path": "a"})
    journal.write_entry(tmp_path, "seen-1", {"path": "a"})
    with pytest.raises(JournalError, match="cannot change"):
        journal.write_entry(tmp_path, "seen-1", {"path": "b"})
    assert [entry.payload for entry in journal.read_entries(tmp_path, "seen-")] == [{"path": "a"}]


def test_entries_come_in_order_of_name_with_their_tables(tmp_path: Path) -> None:
    for number in (1, 2):
        name = journal.next_name(tmp_path, "review-")
        assert name == f"review-0000000{number}"
        journal.write_entry(tmp_path, name, {"n": number})
    journal.write_entry(tmp_path, "review-00000003", FORECASTS)
    entries = journal.read_entries(tmp_path, "review-")
    assert [entry.name[-1] for entry in entries] == ["1", "2", "3"]
    assert entries[2].table().equals(FORECASTS)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\nb", "x" * 200])
def test_a_name_cannot_leave_the_journal(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalError):
        journal.write_entry(tmp_path, name, {})


def test_a_publication_is_pending_until_settled(tmp_path: Path) -> None:
    journal.prepare_publication(tmp_path, "p1", {"as_of": "2024-05-01"}, {"forecasts": FORECASTS})
    assert [entry.payload["publication_id"] for entry in journal.pending_publications(tmp_path)] == ["p1"]
    assert journal.publications(tmp_path) == []
    journal.settle_publication(tmp_path, "p1")
    journal.settle_publication(tmp_path, "p1")
    journal.prepare_publication(tmp_path, "p2", {"as_of": "2024-05-02"}, {})
    journal.settle_publication(tmp_path, "p2")
    settled = journal.publications(tmp_path)
    assert [entry.payload["publication_id"] for entry in settled] == ["p1", "p2"]
    assert settled[0].table("forecasts").equals(FORECASTS)
    assert journal.pending_publications(tmp_path) == []
    with pytest.raises(JournalError, match="already settled"):
        journal.prepare_publication(tmp_path, "p1", {}, {})


def test_a_discarded_publication_leaves_nothing(tmp_path: Path) -> None:
    journal.prepare_publication(tmp_path, "p1", {}, {"forecasts": FORECASTS})
    journal.discard_publication(tmp_path, "p1")
    assert list(journal.journal_dir(tmp_path).iterdir()) == []
    with pytest.raises(JournalError, match="never prepared"):
        journal.settle_publication(tmp_path, "p1")


def test_preparing_again_replaces_what_was_pending(tmp_path: Path) -> None:
    journal.prepare_publication(tmp_path, "p1", {"try": 1}, {"forecasts": FORECASTS})
    journal.prepare_publication(tmp_path, "p1", {"try": 2}, {})
    assert [entry.payload["try"] for entry in journal.pending_publications(tmp_path)] == [2]


def test_tables_without_a_record_are_ignored_and_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "crashpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        journal.prepare_publication(tmp_path, "p1", {}, {"forecasts": FORECASTS})
    assert journal.pending_publications(tmp_path) == []
    assert journal.collect_unfinished(tmp_path) == 1
    assert list(journal.journal_dir(tmp_path).iterdir()) == []
