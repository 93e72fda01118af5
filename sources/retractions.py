"""Files that were dropped by mistake: what was taken back, kept in the journal, and what it means for ids.

A retraction is a decision, and so is taking it back: the newest entry of a file counts. A record that is gone with
its file has an heir, the first other record of its lead, to which ids and promotions of the lead then belong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from sources import journal
from sources.raw import instant, instant_text

PREFIX = "retraction-"
#: Journal entries of files whose place a newer version took: whether they count is the policy's to say, not theirs.
REPLACED_PREFIX = "replaced-"
#: The records of a retracted file: `heir_id` is null where the lead existed only through the file.
HEIRS = pa.schema([("record_id", pa.string()), ("heir_id", pa.string())])


@dataclass(frozen=True)
class Retraction:
    """One decision about a file.

    Attributes:
        file_id: the file.
        retracted: False where a retraction was taken back.
        at: when it was decided, aware, UTC.
        why: in the words of whoever decided it; may be empty.
        name: of its entry in the journal.
    """

    file_id: str
    retracted: bool
    at: datetime
    why: str
    name: str


def decide(
    raw_dir: Path, file_id: str, at: datetime, why: str, *, retracted: bool, heirs: Mapping[str, str | None]
) -> str:
    """Journal a retraction, or that it is taken back; the caller holds the home.

    Args:
        raw_dir: the raw layer.
        file_id: the file.
        at: now.
        why: a reason for those who read the receipt.
        retracted: False takes an earlier retraction back.
        heirs: each record of the file -> the first other record of its lead, or None.

    Returns:
        The name of the entry.
    """
    name = journal.next_name(raw_dir, PREFIX)
    if heirs:  # before the entry that counts: without it they mean nothing
        _write_heirs(raw_dir, name, heirs)
    journal.write_entry(raw_dir, name, {"file_id": file_id, "retracted": retracted, "at": instant_text(at), "why": why})
    return name


def retractions(raw_dir: Path) -> dict[str, Retraction]:
    """The files that are retracted now, by file_id."""
    newest: dict[str, Retraction] = {}
    for entry in journal.read_entries(raw_dir, PREFIX):
        if entry.payload:
            said = entry.payload
            newest[said["file_id"]] = Retraction(
                said["file_id"], said["retracted"], instant(said["at"]), said["why"], entry.name
            )
    return {file_id: found for file_id, found in newest.items() if found.retracted}


def keep_heirs(raw_dir: Path, file_id: str, heirs: Mapping[str, str | None]) -> None:
    """Journal who stands for the records of a file whose place a newer version took; the caller holds the home."""
    name = journal.next_name(raw_dir, REPLACED_PREFIX)
    if heirs:
        _write_heirs(raw_dir, name, heirs)
    journal.write_entry(raw_dir, name, {"file_id": file_id})


def _write_heirs(raw_dir: Path, name: str, heirs: Mapping[str, str | None]) -> None:
    pairs = sorted(heirs.items())
    columns = [pa.array([pair[at_] for pair in pairs], pa.string()) for at_ in (0, 1)]
    journal.write_entry(raw_dir, name, pa.table(columns, schema=HEIRS))


def kept_heirs(raw_dir: Path) -> set[str]:
    """The files whose place a newer version took and whose heirs are known."""
    return {entry.payload["file_id"] for entry in journal.read_entries(raw_dir, REPLACED_PREFIX) if entry.payload}


def heirs(raw_dir: Path) -> pa.Table:
    """The records of retracted and replaced files, each with the record that stands for it now.

    Returns:
        record_id, heir_id (null where nothing of the lead is left); an heir that was itself retracted later is
        followed to its own.
    """
    names = {found.name for found in retractions(raw_dir).values()}
    left: dict[str, str | None] = {}
    entries = [entry for entry in journal.read_entries(raw_dir, PREFIX) if entry.name in names]
    for entry in [*entries, *journal.read_entries(raw_dir, REPLACED_PREFIX)]:
        if entry.table_paths:
            columns = entry.table().to_pydict()
            left.update(zip(columns["record_id"], columns["heir_id"], strict=True))
    settled: dict[str, str | None] = {}
    for record_id, first in left.items():
        heir, seen = first, {record_id}
        while heir is not None and heir in left and heir not in seen:
            seen.add(heir)
            heir = left[heir]
        settled[record_id] = None if heir in seen else heir
    pairs = sorted(settled.items())
    return pa.table([pa.array([pair[at] for pair in pairs], pa.string()) for at in (0, 1)], schema=HEIRS)
