"""Whether a file that could be read is let in: how large it may be, and what a new version of a known name means.

Both are asked of the policy each time anew, so that a file waits only as long as the policy says so. Letting a large
file in although it is over its limit is a decision, and kept in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sources import journal
from sources.codes import reason
from sources.raw import RawFile, instant_text

#: Journal entries that let large files in.
ALLOWED = "allowed-"
TOO_LARGE, TOO_MANY_ROWS = "file-too-large", "too-many-rows"
NEW_VERSION, REPLACED = "new-version", "replaced"
#: Journal entries of files that were taken before the last of them was written, and of what they then were.
CUT = "cut-"
CUT_SHORT = "cut-short"


def refusal(code: str, **values: object) -> dict[str, Any]:
    """Code and reasons, as the ledger keeps those of files that readers refuse."""
    return {
        "code": code,
        "en": reason(code, "en", values, "file"),
        "zh": reason(code, "zh", values, "file"),
        "values": values,
    }


def allow(raw_dir: Path, sha256: str, at: datetime) -> None:
    """Journal that a file may be as large as it is; the caller holds the home."""
    journal.write_entry(raw_dir, f"{ALLOWED}{sha256[:32]}", {"sha256": sha256, "at": instant_text(at)})


def allowed_files(raw_dir: Path) -> set[str]:
    """The sha256 of the files that were let in whatever their size."""
    return {entry.payload["sha256"] for entry in journal.read_entries(raw_dir, ALLOWED)}


def most_bytes(feeds: Iterable[Any]) -> int | None:
    """The size beyond which no feed of a file wants it; None where one of them sets no limit, or there is none."""
    limits: list[int | None] = [getattr(feed, "max_bytes", None) for feed in feeds]
    known = [limit for limit in limits if limit is not None]
    return max(known) if known and len(known) == len(limits) else None


def over_limit(size: int, rows: int, feed: Any) -> dict[str, Any] | None:
    """Why a file of so many bytes and rows is larger than its feed allows; None where it is not."""
    bytes_limit, rows_limit = getattr(feed, "max_bytes", None), getattr(feed, "max_rows", None)
    if bytes_limit is not None and size > bytes_limit:
        return refusal(TOO_LARGE, found=size, limit=bytes_limit)
    if rows_limit is not None and rows > rows_limit:
        return refusal(TOO_MANY_ROWS, found=rows, limit=rows_limit)
    return None


def within_limits(file: RawFile, feed: Any, allowed: set[str]) -> RawFile:
    """The file, refused where it is larger than its feed allows and nobody let it in."""
    if file.refused or file.sha256 in allowed:
        return file
    refused = over_limit(file.size, file.rows, feed)
    return replace(file, refused=refused) if refused else file


def note_cut(raw_dir: Path, sha256: str, whole: str) -> None:
    """Journal that a file is the beginning of another, broken off within a line; the caller holds the home."""
    journal.write_entry(raw_dir, f"{CUT}{sha256[:32]}", {"sha256": sha256, "whole": whole})


def cut_files(raw_dir: Path) -> dict[str, str]:
    """The sha256 of files that were broken off within a line -> that of the file they then were."""
    return {entry.payload["sha256"]: entry.payload["whole"] for entry in journal.read_entries(raw_dir, CUT)}


def is_version(file: RawFile) -> bool:
    """Whether a file stands for itself: a receipt or rejects that were mended answer for lines, not for the file."""
    return not file.ignored_headers and not file.refused
