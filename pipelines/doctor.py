"""Looks at everything a run depends on, and says what to do."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipelines.homes import checked_home
from policy.errors import PolicyError
from policy.load import load_policy
from policy.model import Policy
from serving.errors import ServingError
from serving.published import opened
from serving.warehouse_rows import read_publications
from sources import journal
from sources.erased_files import copies_with_more
from sources.erased_names import landed_by_name
from sources.errors import SourceError
from sources.feed_match import feeds_for
from sources.looks import Intake, scan
from sources.raw import raw_dir_of

#: Less free space than this is worth a word.
FREE_BYTES = 2_000_000_000
STALE_DAYS = 2


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        about: what.
        state: ok, warning or broken.
        message: what was found.
        remedy: what to do; empty when there is nothing to do.
        exit_code: what a run would exit with because of it; 0 when it would run.
    """

    about: str
    state: str
    message: str
    remedy: str = ""
    exit_code: int = 0


def diagnosis(home: Path) -> dict[str, Any]:
    """Policy, disk, lock, warehouse, open publications, feeds and files.

    Args:
        home: the deployment.
    """
    home = checked_home(home)
    findings = [*_policy(home), _disk(home), _writable(home), _lock(home), *_journal(home), *_warehouse(home)]
    return {"home": str(home), "findings": [asdict(finding) for finding in findings]}


def _policy(home: Path) -> list[Finding]:
    try:
        policy = load_policy(home)
    except PolicyError as error:
        return [
            Finding("policy", "broken", str(problem), "mend the file; `sluice policy check` says when it is right", 2)
            for problem in error.problems
        ]
    return [Finding("policy", "ok", f"version {policy.version}, {len(policy.feeds)} feeds"), *_feeds(home, policy)]


def _feeds(home: Path, policy: Policy) -> list[Finding]:
    try:
        intake = Intake(received_at=datetime.now(UTC))
        looks = scan(home / "landing", intake)
        matched = {look.path: feeds_for(look.path, policy.feeds) for look in looks}
    except SourceError as error:
        return [Finding("landing", "broken", str(error), exit_code=error.exit_code)]
    findings = [Finding("landing", "ok", f"{len(looks)} files, {intake.ignored} ignored by their names")]
    findings += [
        Finding("landing", "warning", f"{left.path!a} is not taken ({left.code})", left.en) for left in intake.left_out
    ]
    findings += [
        Finding(
            "erasure",
            "warning",
            f"{look.path!a} brings back people who were erased",
            "remove the file, or repeat `sluice erase`, which takes them out of it",
        )
        for look, *_ in copies_with_more(home)
    ]
    findings += [
        Finding(
            "erasure",
            "warning",
            f"{look.path!a} is named after somebody who was erased",
            f"remove it: {path!a}, as it is called since, is there too"
            if (home / "landing" / path).exists()
            else f"rename it to {path!a}",
        )
        for look, path in landed_by_name(home)
    ]
    used = {feed.feed for feeds in matched.values() for feed in feeds}
    findings += [
        Finding("feed", "warning", f"{feed.feed} matches no file ({feed.match})", "drop a file, or mend its `match`")
        for feed in policy.feeds
        if feed.feed not in used and not feed.fallback
    ]
    findings += [
        Finding("file", "warning", f"no feed reads {path!a}", "add a feed whose `match` covers it")
        for path, feeds in matched.items()
        if not feeds
    ]
    return findings


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    said = f"{free / 1e9:.1f} GB free"
    if free < FREE_BYTES:
        return Finding("disk", "warning", said, "make room: a run needs about three times the size of what landed")
    return Finding("disk", "ok", said)


def _writable(home: Path) -> Finding:
    for folder in (home, home / "lake", home / "out"):
        if folder.exists() and not os.access(folder, os.W_OK):
            return Finding("home", "broken", f"{folder} is read-only", "give the pipeline write permission", 3)
    return Finding("home", "ok", "writable")


def _lock(home: Path) -> Finding:
    lock = FileLock(str(home / ".lock"))
    try:
        with lock.acquire(timeout=0):
            return Finding("lock", "ok", "no run is at work")
    except Timeout:
        return Finding("lock", "warning", "a run is at work on this home", "wait for it, or stop it")
    except OSError as error:
        return Finding("lock", "broken", f"the lock cannot be taken: {error.strerror}", "give write permission", 3)


def _journal(home: Path) -> list[Finding]:
    pending = journal.pending_publications(raw_dir_of(home))
    return [
        Finding(
            "publication",
            "warning",
            f"{entry.payload['publication_id']} was interrupted",
            "the next run settles or forgets it, whichever readers say",
        )
        for entry in pending
    ]


def _warehouse(home: Path) -> list[Finding]:
    try:
        with opened(home) as warehouse:
            publications = read_publications(warehouse)
            place, warnings = warehouse.place, warehouse.warnings
    except ServingError as error:
        return [Finding("warehouse", "broken", str(error), "start it, or mend SLUICE_WAREHOUSE_URL", error.exit_code)]
    findings = [Finding("warehouse", "ok", place), *[Finding("grants", "warning", text) for text in warnings]]
    if publications.empty:
        return [*findings, Finding("publications", "warning", "nothing was published yet", "run `sluice run`")]
    newest = publications["published_at"].max()
    age = (datetime.now(UTC) - newest.to_pydatetime()).days
    state = "warning" if age >= STALE_DAYS else "ok"
    remedy = "run `sluice run`, and see that the schedule is on" if state == "warning" else ""
    return [*findings, Finding("publications", state, f"the newest is {age} days old", remedy)]


def diagnosis_text(found: dict[str, Any]) -> str:
    """The same for a person: one line a finding, what to do behind it."""
    marks = {"ok": "ok     ", "warning": "WARNING", "broken": "BROKEN "}
    return "\n".join(
        f"{marks[item['state']]}  {item['about']}: {item['message']}"
        + (f" -> {item['remedy']}" if item["remedy"] else "")
        for item in found["findings"]
    )
