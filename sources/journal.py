"""The journal in `lake/raw/_journal/`: append-only, one atomic file per entry.

It holds what cannot be computed again because it was a decision or a publication. A plain entry is
`<name>.json` or `<name>.parquet`. A publication is a group: its tables first, then its record `....pending.json`,
which is renamed to `....json` once readers have it. Tables without a record never happened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sources.crashpoint import crashpoint
from sources.durable import collect_partials, make_folder, replacing, sync_folder, write_bytes
from sources.errors import JournalError, StorageError

FOLDER = "_journal"
PENDING = ".pending.json"
PUBLICATION = "publication-"
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


@dataclass(frozen=True)
class Entry:
    """One entry: its JSON payload (empty for a plain table) and the paths of its tables by name."""

    name: str
    payload: dict[str, Any]
    table_paths: dict[str, Path] = field(default_factory=dict)

    def table(self, name: str = "rows") -> pa.Table:
        """Read one table of the entry."""
        try:
            return pq.read_table(self.table_paths[name])
        except OSError as error:
            raise StorageError(self.table_paths[name], "read", error) from error


def journal_dir(raw_dir: Path) -> Path:
    """Where the journal of a raw layer is."""
    return raw_dir / FOLDER


def _checked(name: str) -> str:
    if not SAFE_NAME.fullmatch(name):
        raise JournalError(f"{name!r} cannot name a journal entry: letters, digits, '.', '_' and '-' only")
    return name


def _write_table(path: Path, table: pa.Table) -> None:
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        payload = json.loads(path.read_bytes())
    except OSError as error:
        raise StorageError(path, "read", error) from error
    except ValueError as error:
        raise JournalError(f"{path} is not the JSON this journal wrote: {error}") from error
    if not isinstance(payload, dict):
        raise JournalError(f"{path} is not the JSON object this journal wrote")
    return payload


def _json_bytes(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, sort_keys=True, indent=1, default=str).encode()


def write_entry(raw_dir: Path, name: str, payload: Mapping[str, Any] | pa.Table) -> Path:
    """Append one entry; writing the same entry again is nothing, another content under its name an error."""
    folder = journal_dir(raw_dir)
    if isinstance(payload, pa.Table):
        path = folder / f"{_checked(name)}.parquet"
        if path.exists():
            if not pq.read_table(path).equals(payload):
                raise JournalError(f"journal entry {name} is already written and cannot change")
            return path
        _write_table(path, payload)
        return path
    path = folder / f"{_checked(name)}.json"
    data = _json_bytes(payload)
    if path.exists():
        if _read_json(path) != json.loads(data):
            raise JournalError(f"journal entry {name} is already written and cannot change")
        return path
    write_bytes(path, data)
    return path


def next_name(raw_dir: Path, prefix: str) -> str:
    """The next free name `prefix00000001`, `prefix00000002`, ...; the caller holds the home."""
    return f"{prefix}{_next_number(raw_dir, prefix):08d}"


def _next_number(raw_dir: Path, prefix: str) -> int:
    numbers = [0]
    for path in journal_dir(raw_dir).glob(f"{prefix}*"):
        found = re.match(r"\d+", path.name[len(prefix) :])
        if found:
            numbers.append(int(found.group()))
    return max(numbers) + 1


def read_entries(raw_dir: Path, prefix: str) -> list[Entry]:
    """Plain entries and settled publications whose name starts with `prefix`, in order of name."""
    entries: list[Entry] = []
    folder = journal_dir(raw_dir)
    records = {p.name for p in folder.glob(f"{prefix}*.json") if not p.name.endswith(PENDING)}
    for name in sorted(records):
        stem = name.removesuffix(".json")
        entries.append(_entry(folder, stem, folder / name))
    if not prefix.startswith(PUBLICATION):
        for path in sorted(folder.glob(f"{prefix}*.parquet")):
            if not path.name.startswith(PUBLICATION):
                entries.append(Entry(path.name.removesuffix(".parquet"), {}, {"rows": path}))
    return sorted(entries, key=lambda entry: entry.name)


def _entry(folder: Path, stem: str, record: Path) -> Entry:
    payload = _read_json(record)
    tables = payload.get("tables", {}) if stem.startswith(PUBLICATION) else {}
    return Entry(stem, payload, {table: folder / file for table, file in tables.items()})


def _stem_of(raw_dir: Path, publication_id: str, suffix: str) -> str | None:
    ending = f"-{_checked(publication_id)}{suffix}"
    for path in journal_dir(raw_dir).glob(f"{PUBLICATION}*{suffix}"):
        if path.name.endswith(PENDING) == (suffix == PENDING) and path.name[len(PUBLICATION) + 8 :] == ending:
            return path.name.removesuffix(suffix)
    return None


def prepare_publication(
    raw_dir: Path, publication_id: str, payload: Mapping[str, Any], tables: Mapping[str, pa.Table]
) -> Entry:
    """Write a publication as pending: its tables, then its record. Preparing the same id again replaces it."""
    if _stem_of(raw_dir, publication_id, ".json"):
        raise JournalError(f"publication {publication_id} is already settled")
    discard_publication(raw_dir, publication_id)
    collect_unfinished(raw_dir)
    folder = journal_dir(raw_dir)
    make_folder(folder)
    stem = f"{PUBLICATION}{_next_number(raw_dir, PUBLICATION):08d}-{_checked(publication_id)}"
    files = {name: f"{stem}.{_checked(name)}.parquet" for name in tables}
    for name, table in tables.items():
        _write_table(folder / files[name], table)
    crashpoint("journal.before_record")
    record = {**payload, "publication_id": publication_id, "tables": files}
    write_bytes(folder / f"{stem}{PENDING}", _json_bytes(record))
    return _entry(folder, stem, folder / f"{stem}{PENDING}")


def settle_publication(raw_dir: Path, publication_id: str) -> None:
    """Say for ever that readers have this publication; settling it twice is nothing."""
    if _stem_of(raw_dir, publication_id, ".json"):
        return
    stem = _stem_of(raw_dir, publication_id, PENDING)
    if stem is None:
        raise JournalError(f"publication {publication_id} was never prepared")
    folder = journal_dir(raw_dir)
    pending = folder / f"{stem}{PENDING}"
    try:
        pending.replace(folder / f"{stem}.json")
        sync_folder(folder)
    except OSError as error:
        raise StorageError(pending, "settle", error) from error


def discard_publication(raw_dir: Path, publication_id: str) -> None:
    """Forget a pending publication that never reached readers: the record first, then its tables."""
    stem = _stem_of(raw_dir, publication_id, PENDING)
    if stem is None:
        return
    folder = journal_dir(raw_dir)
    try:
        (folder / f"{stem}{PENDING}").unlink()
        sync_folder(folder)
        for table in folder.glob(f"{stem}.*.parquet"):
            table.unlink()
    except OSError as error:
        raise StorageError(folder / stem, "discard", error) from error


def pending_publications(raw_dir: Path) -> list[Entry]:
    """Publications prepared but neither settled nor discarded, oldest first."""
    folder = journal_dir(raw_dir)
    return [
        _entry(folder, path.name.removesuffix(PENDING), path)
        for path in sorted(folder.glob(f"{PUBLICATION}*{PENDING}"))
    ]


def publications(raw_dir: Path) -> list[Entry]:
    """Settled publications, oldest first."""
    return read_entries(raw_dir, PUBLICATION)


def collect_unfinished(raw_dir: Path) -> int:
    """Remove tables whose publication never got its record, and partial files; returns how many."""
    folder = journal_dir(raw_dir)
    if not folder.is_dir():
        return 0
    stems = {path.name.removesuffix(PENDING).removesuffix(".json") for path in folder.glob(f"{PUBLICATION}*.json")}
    removed = collect_partials(folder)
    for table in folder.glob(f"{PUBLICATION}*.parquet"):
        if not any(table.name.startswith(f"{stem}.") for stem in stems):
            table.unlink(missing_ok=True)
            removed += 1
    return removed
