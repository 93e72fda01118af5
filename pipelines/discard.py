"""Discarding a file that no erasure can rewrite or search: its bytes and rows go, the file stays on record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.erase import publish_without, residual_lines
from pipelines.erased_lake import finish_erasures
from pipelines.erasure_proof import prove_erasures
from pipelines.errors import UsageError
from pipelines.heirs import heirs_of
from pipelines.homes import checked_home
from pipelines.run_scope import held
from pipelines.second_chances import files_named
from pipelines.sought import Erased
from pipelines.traces import find_traces
from serving.published import settle_pending
from sources import retractions
from sources.erased_files import replace_copies
from sources.erasures import DISCARD, decide, discarded_files, tombstones
from sources.raw import RawFile, raw_dir_of, read_archives, read_ledger

#: What the receipt of a discarded file says.
WHY = "its content was discarded by `sluice erase --discard`"


def discard_file(
    home: Path, name: str, *, as_of: str | None = None, dry_run: bool = False, quiet: bool = False
) -> dict[str, Any]:
    """Retracts a file for good: its bytes leave the raw layer and the landing zone, its rows every table.

    Args:
        home: the deployment.
        name: a file_id, the beginning of one, or a path under landing/; an archive means all that came in it.
        as_of: as for a run.
        dry_run: only says what would go.
        quiet: without progress.

    Returns:
        request, file_ids, paths, dry_run, residual (of everything ever erased), places, unsearched and said.

    Raises:
        UsageError: there is no such file.
        HomeBusyError: a run is at work.
    """
    home = checked_home(home)
    raw_dir = raw_dir_of(home)
    with held(home):
        settle_pending(home)
        tombstones(raw_dir)  # nothing is decided where their key is missing
        archive, files = _meant(home, name)
        file_ids = sorted({file.file_id for file in files})
        paths = sorted({file.path for file in [*files, *([archive] if archive else [])]})
        sha256s = {file.sha256 for file in files} | ({archive.sha256} if archive else set())
        told: dict[str, Any] = {"request": None, "file_ids": file_ids, "paths": paths, "dry_run": dry_run}
        listed = ", ".join(paths)
        if dry_run:
            said = f"would discard {listed}: bytes, rows and copies in the landing zone"
            return {**told, "residual": 0, "places": [], "unsearched": [], "said": said}
        if not sha256s <= discarded_files(raw_dir):
            now = datetime.now(UTC)
            known = retractions.retractions(raw_dir)
            whole = {one.file_id for found in known.values() for one in found if one.sources is None}
            for file_id in [one for one in file_ids if one not in whole]:
                retractions.decide(raw_dir, file_id, now, WHY, retracted=True, heirs=heirs_of(home, file_id))
            told["request"] = decide(raw_dir, now, {sha256: {} for sha256 in sha256s}, kind=DISCARD).request
            finish_erasures(home)
        replace_copies(home)  # also of what was dropped again since
        blocked = publish_without(home, as_of, quiet=quiet)
        if blocked:  # whoever publishes next proves it
            (left,) = find_traces(home, Erased(tombstones(raw_dir)))
        else:
            left = (prove_erasures(home) or find_traces(home, Erased(tombstones(raw_dir))))[0]
    said = f"discarded {listed}"
    if blocked:
        said += f"; the tables were not published: {'; '.join(blocked)}"
    unsearched = [asdict(one) for one in left.unsearched]
    return {**told, "residual": left.total, "places": left.places, "unsearched": unsearched, "said": said}


def _meant(home: Path, name: str) -> tuple[RawFile | None, list[RawFile]]:
    """The archive that a name means, if it does, and the files of the ledger that go."""
    raw_dir = raw_dir_of(home)
    path = name.removeprefix("landing/")
    found = [
        archive
        for archive in read_archives(raw_dir)
        if archive.path == path or (len(name) >= 6 and archive.sha256.startswith(name.lower()))
    ]
    if len({archive.sha256 for archive in found}) > 1:
        raise UsageError(f"{name!r} means {len(found)} archives; write the file_id in full")
    if found:
        inside = [file for file in read_ledger(raw_dir) if file.archive and file.archive.sha256 == found[0].sha256]
        return found[0], inside
    return None, [file.raw_file for file in files_named(home, name)]


def discard_text(found: dict[str, Any]) -> str:
    """The same for a person at a terminal."""
    return "\n".join([found["said"], *residual_lines(found)])
