"""Other paths under which known bytes were met, and when they took the place of others again, kept in the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sources import journal
from sources.archives import member_path
from sources.feed_files import BACK, SEEN, came_back
from sources.raw import RawFile, instant_text


def remember(raw_dir: Path, sha256: str, path: str, moment: datetime) -> None:
    """Remember another path of known bytes."""
    name = f"{SEEN}{sha256[:16]}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"
    journal.write_entry(raw_dir, name, {"sha256": sha256, "path": path, "seen_at": instant_text(moment)})


def remember_copy(
    raw_dir: Path,
    sha256: str,
    path: str,
    archives: Mapping[str, RawFile],
    seen: dict[str, set[str]],
    moment: datetime,
) -> None:
    """Remember another path of known bytes, and of an archive those of the files in it; adds them to `seen`."""
    members = archives[sha256].dialect["members"] if sha256 in archives else ()
    for inner, its_path in [*((inner, member_path(path, name)) for name, inner in members), (sha256, path)]:
        remember(raw_dir, inner, its_path, moment)
        seen.setdefault(inner, set()).add(its_path)


def remember_back(raw_dir: Path, sha256: str, path: str, moment: datetime) -> None:
    """Remember that known bytes were dropped again in the place of others."""
    at = instant_text(moment)
    name = f"{BACK}{sha256[:16]}-{hashlib.sha256(f'{path} {at}'.encode()).hexdigest()[:12]}"
    journal.write_entry(raw_dir, name, {"sha256": sha256, "path": path, "seen_at": at})


def last_at(raw_dir: Path, ledger: list[RawFile]) -> dict[str, str]:
    """The bytes that were last dropped under each path, of those files that were taken there."""
    at = [(file.received_at, 0, file.sha256, file.path) for file in ledger]
    at += [(moment, 1, sha256, path) for (sha256, path), moment in came_back(raw_dir).items()]
    return {path: sha256 for _, _, sha256, path in sorted(at)}
