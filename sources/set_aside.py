"""Files that a feed set aside for what is in them, kept in the journal.

Only their lines tell, so that it is known after a file was taken. Whoever moves such a file to another feed means it
to be read there: the same bytes count where they were dropped after that.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sources import journal
from sources.raw import instant, instant_text

PREFIX = "aside-"


def note_set_aside(raw_dir: Path, sha256: str, feed: str, at: datetime) -> None:
    """Journal that a feed set a file aside, unless it is known; the caller holds the home."""
    name = f"{PREFIX}{sha256[:16]}-{hashlib.sha256(feed.encode()).hexdigest()[:12]}"
    if not (journal.journal_dir(raw_dir) / f"{name}.json").exists():
        journal.write_entry(raw_dir, name, {"sha256": sha256, "feed": feed, "at": instant_text(at)})


def set_aside_at(raw_dir: Path) -> dict[tuple[str, str], datetime]:
    """When files were first set aside, by sha256 and feed."""
    entries = journal.read_entries(raw_dir, PREFIX)
    return {(entry.payload["sha256"], entry.payload["feed"]): instant(entry.payload["at"]) for entry in entries}
