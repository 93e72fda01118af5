"""Files that were dropped by mistake: what was taken back, kept in the journal, and what it means for ids.

A retraction is a decision, and so is taking it back. It is of a file as some sources have it: the same bytes dropped
for another source are a file of their own. A record that is gone with its file has an heir, the first other record of
its lead, to which ids and promotions of the lead then belong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
        at: when it was decided, aware, UTC.
        why: in the words of whoever decided it; may be empty.
        name: of its entry in the journal.
        sources: the feeds as whose file it was retracted; None where it was retracted whatever feed reads it.
        folders: those that it lay in, by which it is known again where none of its sources reads it any more.
    """

    file_id: str
    at: datetime
    why: str
    name: str
    sources: frozenset[str] | None = None
    folders: frozenset[str] = frozenset()


def decide(
    raw_dir: Path,
    file_id: str,
    at: datetime,
    why: str,
    *,
    retracted: bool,
    heirs: Mapping[str, str | None],
    of: tuple[Collection[str], Collection[str]] | None = None,
    undone: Collection[str] | None = None,
) -> str:
    """Journal a retraction, or that some are taken back; the caller holds the home.

    Args:
        raw_dir: the raw layer.
        file_id: the file.
        at: now.
        why: a reason for those who read the receipt.
        retracted: False takes earlier retractions back.
        heirs: each record of the file -> the first other record of its lead, or None.
        of: the sources as whose file it is retracted, and the folders that it lies in; by default it is whatever
            feed reads it.
        undone: the names of the retractions that are taken back; by default all of the file.

    Returns:
        The name of the entry.
    """
    name = journal.next_name(raw_dir, PREFIX)
    if heirs:  # before the entry that counts: without it they mean nothing
        _write_heirs(raw_dir, name, heirs)
    said: dict[str, object] = {"file_id": file_id, "retracted": retracted, "at": instant_text(at), "why": why}
    if of is not None:
        said |= {"sources": sorted(of[0]), "folders": sorted(of[1])}
    if undone is not None:
        said["undone"] = sorted(undone)
    journal.write_entry(raw_dir, name, said)
    return name


def retractions(raw_dir: Path) -> dict[str, list[Retraction]]:
    """The retractions that stand now, the oldest first, by file_id."""
    standing: dict[str, list[Retraction]] = {}
    for entry in journal.read_entries(raw_dir, PREFIX):
        said = entry.payload
        if not said:
            continue
        found = standing.setdefault(said["file_id"], [])
        if said["retracted"]:
            sources, folders = said.get("sources"), frozenset(said.get("folders", ()))
            named = None if sources is None else frozenset(sources)
            found.append(Retraction(said["file_id"], instant(said["at"]), said["why"], entry.name, named, folders))
        else:
            undone = said.get("undone")
            found[:] = [one for one in found if undone is not None and one.name not in undone]
    return {file_id: found for file_id, found in standing.items() if found}


def retraction_of(
    retracted: Sequence[Retraction], source: str | None, folder: str, sources: Collection[str]
) -> Retraction | None:
    """The retraction of a file as one source has it, if there is any.

    Args:
        retracted: those of the file that stand.
        source: the feed that reads it; None where none does.
        folder: that it lies in.
        sources: all feeds that read these bytes, under whatever path.
    """
    for one in reversed(retracted):
        is_known = one.sources is not None and not one.sources.isdisjoint(sources)
        if one.sources is None or (source in one.sources if is_known else folder in one.folders):
            return one
    return None


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


def gone_with(raw_dir: Path, record_id: str) -> Retraction | str | None:
    """What a record is gone with: a retraction that stands, the file_id that a newer version replaced, or None."""
    causes: dict[str, Retraction | str] = {
        entry.name: str(entry.payload["file_id"])
        for entry in journal.read_entries(raw_dir, REPLACED_PREFIX)
        if entry.payload
    }
    causes |= {one.name: one for found in retractions(raw_dir).values() for one in found}
    tables = [entry for prefix in (PREFIX, REPLACED_PREFIX) for entry in journal.read_entries(raw_dir, prefix)]
    lists = (entry for entry in tables if entry.table_paths and entry.name in causes)
    return next((causes[entry.name] for entry in lists if record_id in entry.table()["record_id"].to_pylist()), None)


def heirs(raw_dir: Path) -> pa.Table:
    """The records of retracted and replaced files, each with the record that stands for it now.

    Returns:
        record_id, heir_id (null where nothing of the lead is left); an heir that was itself retracted later is
        followed to its own.
    """
    names = {one.name for found in retractions(raw_dir).values() for one in found}
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
