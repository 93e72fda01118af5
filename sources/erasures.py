"""Erasures: who was erased, which lines went with it, and what the files that held them became; kept in the journal.

An erasure is a decision and is journaled before anything is done: keyed hashes of what the person was reached by, ids
of records, and places in files - nothing that says who it was. What was decided and is not done yet is done by whoever
holds the home next, before anything else. Lines of the person that arrive later are erased in the same way.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources import journal
from sources.raw import instant, instant_text
from sources.tombstones import ErasureKeyMissingError, Tombstones, erasure_keys

#: The decision; that all files are clean; that readers have nothing any more; what a file became.
DECIDED, CLEANED, PROVEN, BECAME = "erasure-", "erased_files-", "erasure_proof-", "became-"
PERSON, ARRIVAL, DISCARD = "person", "arrival", "discard"
#: The kind of identifier that the path of a file named after somebody is.
PATH = "path"
#: Records that were erased, as an input of tables.
ERASED_RECORDS = pa.schema([("record_id", pa.string()), ("erased_at", pa.timestamp("us"))])


@dataclass
class Lines:
    """What goes of a file under one reading.

    Attributes:
        rows: lines that go as a whole.
        cells: lines of which something goes -> columns, by their place, that are emptied; none where only an address or
            a number goes out of a text.
        hashes: the content hash of those lines as it was before: who others are, and what repeats what, stays.
    """

    rows: set[int] = field(default_factory=set)
    cells: dict[int, set[int]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)


#: What goes of a file: its lines by reading; none where only addresses and numbers in its text are to go.
Touched = dict[str, dict[str, Lines]]


@dataclass(frozen=True)
class Erasure:
    """One decision.

    Attributes:
        name: of its entry in the journal.
        request: a random id, by which it is spoken of.
        kind: person; arrival: lines of somebody erased earlier; or discard: files of which nothing stays.
        at: when it was decided, aware, UTC.
        lead_id: whose, and the records that were this lead; None and nothing where nobody was known.
        files: what goes, by sha256 and reading.
        renamed: keyed hashes of paths that said who it was -> what those files are called since.
    """

    name: str
    request: str
    kind: str
    at: datetime
    lead_id: str | None
    record_ids: tuple[str, ...]
    tombstones: Mapping[str, list[str]]
    key_id: str | None
    before: Mapping[str, int]
    files: Touched
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """What its further entries are named after."""
        return self.name.removeprefix(DECIDED)


def decide(
    raw_dir: Path,
    at: datetime,
    touched: Touched,
    *,
    kind: str,
    identifiers: Mapping[str, Iterable[str]] | None = None,
    before: Mapping[str, int] | None = None,
    lead_id: str | None = None,
    record_ids: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> Erasure:
    """Journal an erasure; the caller holds the home and has it done next.

    Args:
        raw_dir: the raw layer.
        at: now.
        touched: which lines go.
        kind: person, arrival or discard.
        identifiers: in their one form, by kind: only their keyed hashes are kept.
        before: how often the person was found, by store.
        lead_id: whose.
        record_ids: the records that were this lead.
        renamed: paths that say who it was -> what they are called from then on; of those before only hashes are kept.
    """
    key = erasure_keys(raw_dir, create=True)[-1]
    name = journal.next_name(raw_dir, DECIDED)
    payload = {
        "request": secrets.token_hex(8),
        "kind": kind,
        "at": instant_text(at),
        "key_id": key.key_id,
        "before": dict(before or {}),
        "lead_id": lead_id,
        "record_ids": sorted(record_ids),
        "tombstones": {
            which: sorted({key.of(which, value) for value in values}) for which, values in (identifiers or {}).items()
        },
        "files": {
            sha256: {
                reading: {
                    "rows": sorted(lines.rows),
                    "cells": {str(line_no): sorted(columns) for line_no, columns in sorted(lines.cells.items())},
                    "hashes": {str(line_no): text for line_no, text in sorted(lines.hashes.items())},
                }
                for reading, lines in readings.items()
            }
            for sha256, readings in touched.items()
        },
        "renamed": {key.of(PATH, path): called for path, called in (renamed or {}).items()},
    }
    journal.write_entry(raw_dir, name, payload)
    return _erasure(name, payload)


def _erasure(name: str, said: Mapping[str, Any]) -> Erasure:
    files = {
        sha256: {
            reading: Lines(
                set(lines["rows"]),
                {int(line_no): set(columns) for line_no, columns in lines["cells"].items()},
                {int(line_no): text for line_no, text in lines["hashes"].items()},
            )
            for reading, lines in readings.items()
        }
        for sha256, readings in said["files"].items()
    }
    return Erasure(
        name,
        said["request"],
        said["kind"],
        instant(said["at"]),
        said["lead_id"],
        tuple(said["record_ids"]),
        said["tombstones"],
        said["key_id"],
        said["before"],
        files,
        said.get("renamed", {}),
    )


def erasures(raw_dir: Path) -> list[Erasure]:
    """Every erasure ever decided, oldest first."""
    return [_erasure(entry.name, entry.payload) for entry in journal.read_entries(raw_dir, DECIDED)]


def not_cleaned(raw_dir: Path) -> list[Erasure]:
    """Erasures of which a file may still hold lines."""
    return _without(raw_dir, CLEANED)


def not_proven(raw_dir: Path) -> list[Erasure]:
    """Erasures of which readers may still have something; of what arrives later they never have anything."""
    return [erasure for erasure in _without(raw_dir, PROVEN) if erasure.kind != ARRIVAL]


def discarded_files(raw_dir: Path) -> set[str]:
    """The sha256 of files that were discarded."""
    return {sha256 for erasure in erasures(raw_dir) if erasure.kind == DISCARD for sha256 in erasure.files}


def _without(raw_dir: Path, prefix: str) -> list[Erasure]:
    folder = journal.journal_dir(raw_dir)
    if next(folder.glob(f"{DECIDED}*.json"), None) is None:
        return []
    done = {path.stem.removeprefix(prefix) for path in folder.glob(f"{prefix}*.json")}
    return [
        _erasure(entry.name, entry.payload)
        for entry in journal.read_entries(raw_dir, DECIDED)
        if entry.name.removeprefix(DECIDED) not in done
    ]


def note_cleaned(raw_dir: Path, erasure: Erasure, at: datetime) -> None:
    """Journal that no file holds any of it any more."""
    journal.write_entry(raw_dir, f"{CLEANED}{erasure.number}", {"request": erasure.request, "at": instant_text(at)})


def note_proven(raw_dir: Path, erasure: Erasure, proof: Mapping[str, Any]) -> None:
    """Journal what was found of the person before and after; nothing in it says who it was."""
    journal.write_entry(raw_dir, f"{PROVEN}{erasure.number}", {"request": erasure.request, **proof})


def tombstones(raw_dir: Path) -> Tombstones:
    """Everything that was erased.

    Raises:
        ErasureKeyMissingError: the key that tombstones were made with is gone; who was erased could come back.
    """
    found = erasures(raw_dir)
    hashes: dict[str, set[str]] = {}
    for erasure in found:
        for kind, its in erasure.tombstones.items():
            hashes.setdefault(kind, set()).update(its)
    keys = erasure_keys(raw_dir) if hashes else []
    missing = {erasure.key_id for erasure in found if erasure.tombstones} - {key.key_id for key in keys}
    if missing:
        raise ErasureKeyMissingError(
            f"the erasure key {', '.join(sorted(map(str, missing)))} is missing: people who were erased would come "
            f"back unseen, so nothing was done; restore lake/raw/erasure.key or SLUICE_ERASURE_KEY and run again"
        )
    return Tombstones(tuple(keys), {kind: frozenset(its) for kind, its in hashes.items()})


def erased_lines(raw_dir: Path) -> Touched:
    """What was erased of every file, by sha256 of the file as it first came, and by reading."""
    found: Touched = {}
    for erasure in erasures(raw_dir):
        for sha256, readings in erasure.files.items():
            for reading, lines in readings.items():
                known = found.setdefault(sha256, {}).setdefault(reading, Lines())
                known.rows |= lines.rows
                known.hashes = {**lines.hashes, **known.hashes}
    return found


def lines_of_reading(touched: Touched, sha256: str, reading: str) -> dict[int, str | None]:
    """What is to be said of lines when a file is read again: None of one that is gone, else its hash.

    Lines stand at the same place under nearly every reading, so what is gone is gone under all of them.
    """
    readings = touched.get(sha256, {})
    own: dict[int, str | None] = dict(readings[reading].hashes) if reading in readings else {}
    return own | {line_no: None for lines in readings.values() for line_no in lines.rows}


def erased_records(raw_dir: Path) -> pa.Table:
    """The records of people who were erased, with when: an erasure counts at every instant, also in the past."""
    rows = sorted({(record, erasure.at) for erasure in erasures(raw_dir) for record in erasure.record_ids})
    columns = [[row[0] for row in rows], [row[1].replace(tzinfo=None) for row in rows]]
    arrays = [pa.array(values, one.type) for values, one in zip(columns, ERASED_RECORDS, strict=True)]
    return pa.table(arrays, schema=ERASED_RECORDS)


def note_became(raw_dir: Path, sha256: str, became: str, at: datetime) -> None:
    """Journal the bytes that stand for a file since lines of it were erased; once is enough."""
    name = f"{BECAME}{sha256[:16]}-{became[:16]}"
    if not (journal.journal_dir(raw_dir) / f"{name}.json").exists():
        journal.write_entry(raw_dir, name, {"sha256": sha256, "became": became, "at": instant_text(at)})


def became_of(raw_dir: Path) -> dict[str, list[str]]:
    """The sha256 of files of which lines were erased -> those of the bytes that then stood for them, the last now."""
    found: dict[str, list[str]] = {}
    entries = [entry.payload for entry in journal.read_entries(raw_dir, BECAME)]
    for said in sorted(entries, key=lambda said: instant(said["at"])):
        found.setdefault(said["sha256"], []).append(said["became"])
    return found
