"""Files that are named after somebody who was erased: what they are called from then on, wherever their names stand.

Of a name only what says who it was goes, and a keyed hash of the whole name stands there: two files stay two, the same
name dropped again is the same path again, and nothing says whose it was. Folders keep their names, since feeds and
sources are called by them; so does a file that another feed would read under another name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sources import journal
from sources.crashpoint import crashpoint
from sources.durable import replacing, sync_folder
from sources.erased_bytes import keep_bytes, stored_bytes
from sources.erasures import PATH, Erasure, erasures
from sources.errors import StorageError
from sources.feed_files import BACK, SEEN, seen_paths
from sources.feed_match import feeds_for
from sources.looks import Intake, Look, scan
from sources.raw import (
    METADATA_KEY,
    RawFile,
    bytes_path,
    facts_of_bytes,
    raw_dir_of,
    read_archives,
    read_ledger,
    rename_bytes,
)
from sources.redaction import redacted_archive
from sources.tombstones import Key, erasure_keys

#: Start and end of what says who somebody is, in the name of a file.
Spans = Callable[[str], Iterable[tuple[int, int]]]
_MEMBER = re.compile(r"[^/]*\.zip(?=/)", re.IGNORECASE)


def known_paths(raw_dir: Path) -> set[str]:
    """Every path under which a file, an archive or one in it was ever met."""
    files = [*read_ledger(raw_dir), *read_archives(raw_dir)]
    return {file.path for file in files}.union(*seen_paths(raw_dir).values())


def names_that_go(paths: Iterable[str], spans: Spans, key: Key, feeds: Sequence[Any]) -> dict[str, str]:
    """Paths of which the name says who somebody is -> what they are called from then on."""
    found: dict[str, str] = {}
    for path in paths:
        renamed = _redacted(path, spans, key)
        if renamed != path and _readers(renamed, feeds) == _readers(path, feeds):
            found[path] = renamed
    return found


def _readers(path: str, feeds: Sequence[Any]) -> list[str]:
    return [feed.feed for feed in feeds_for(path, feeds)]


def _redacted(path: str, spans: Spans, key: Key) -> str:
    archive = _MEMBER.search(path)
    start = archive.start() if archive else path.rfind("/") + 1
    folder, names = path[:start], path[start:].split("/")
    return folder + "/".join(_redacted_name(name, spans, key) for name in names)


def _redacted_name(name: str, spans: Spans, key: Key) -> str:
    parts, done = [], 0
    for begin, end in sorted(spans(name)):
        if end > done:
            parts += [name[done : max(begin, done)], "" if begin < done else f"erased-{key.of(PATH, name)[:8]}"]
            done = end
    return "".join([*parts, name[done:]])


def renamed_of(raw_dir: Path) -> Callable[[str], str]:
    """What a path is called since somebody was erased; the same path for nearly all."""
    renamed = {hashed: path for erasure in erasures(raw_dir) for hashed, path in erasure.renamed.items()}
    keys = erasure_keys(raw_dir) if renamed else []

    def known_as(path: str) -> str:
        return next((renamed[hashed] for key in keys if (hashed := key.of(PATH, path)) in renamed), path)

    return known_as


def known_looks(raw_dir: Path, looks: Sequence[Look]) -> list[Look]:
    """Files of the landing zone under the paths that they are known by."""
    known_as = renamed_of(raw_dir)
    return [replace(look, path=known_as(look.path)) for look in looks]


def clean_names(raw_dir: Path, erasure: Erasure) -> None:
    """Renames what the raw layer and the journal say of files; may be done twice."""
    if not erasure.renamed:
        return
    known_as = renamed_of(raw_dir)
    for archive in read_archives(raw_dir):
        _rename_members(raw_dir, archive, known_as)
    for file in [*read_ledger(raw_dir), *read_archives(raw_dir)]:
        stored = bytes_path(raw_dir, file.sha256)
        facts = facts_of_bytes(stored) if stored.exists() else None
        if facts and known_as(facts.path) != facts.path:
            rename_bytes(stored, known_as(facts.path))
        _rename_rows(file, known_as)
        crashpoint("erase.after_names")
    for entry in [*journal.read_entries(raw_dir, SEEN), *journal.read_entries(raw_dir, BACK)]:
        path = known_as(entry.payload["path"])
        if path != entry.payload["path"]:
            _rename_entry(raw_dir, entry, path)


def landed_by_name(home: Path) -> list[tuple[Look, str]]:
    """Files of the landing zone whose path says who was erased, each with what it is called since."""
    known_as = renamed_of(raw_dir_of(home))
    looks = scan(home / "landing", Intake(received_at=datetime.now(UTC))) if (home / "landing").is_dir() else []
    return [(look, path) for look in looks if (path := known_as(look.path)) != look.path]


def rename_landed(home: Path) -> None:
    """Renames them; one that may not be renamed, or whose name is taken, keeps it, and the proof tells."""
    for look, path in landed_by_name(home):
        target = home / "landing" / path
        if not target.exists():
            try:
                look.place.rename(target)
                sync_folder(target.parent)
            except OSError:
                continue


def _rename_rows(file: RawFile, known_as: Callable[[str], str]) -> None:
    said: dict[str, Any] = json.loads(pq.read_metadata(file.rows_path).metadata[METADATA_KEY])
    members = said["dialect"].get("members")
    told = said | {"path": known_as(said["path"])}
    if members:
        told["dialect"] = said["dialect"] | {"members": _members(file, known_as)}
    if told == said:
        return
    table = pq.read_table(file.rows_path)
    metadata = {**(table.schema.metadata or {}), METADATA_KEY: json.dumps(told).encode()}
    with replacing(file.rows_path) as partial:
        pq.write_table(
            table.replace_schema_metadata(metadata), partial, compression="zstd", write_statistics=["line_no"]
        )


def _members(archive: RawFile, known_as: Callable[[str], str]) -> list[list[str]]:
    from sources.archives import member_path

    told = []
    for name, sha256 in archive.dialect["members"]:
        path = member_path(archive.path, name)
        told.append([known_as(path)[len(known_as(archive.path)) + 1 :] if known_as(path) != path else name, sha256])
    return told


def _rename_members(raw_dir: Path, archive: RawFile, known_as: Callable[[str], str]) -> None:
    """Renames members inside the stored bytes of an archive."""
    names = {
        before: after
        for (before, _), (after, _) in zip(archive.dialect["members"], _members(archive, known_as), strict=True)
        if before != after
    }
    if not names:
        return
    before = stored_bytes(archive.bytes_path)
    keep_bytes(raw_dir, archive.bytes_path, archive.sha256, before, redacted_archive(before, {}, names))


def _rename_entry(raw_dir: Path, entry: journal.Entry, path: str) -> None:
    said = entry.payload | {"path": path}
    digest = hashlib.sha256(f"{path} {said['seen_at']}".encode()).hexdigest()[:12]
    journal.write_entry(raw_dir, f"{entry.name.rsplit('-', 1)[0]}-{digest}", said)
    old = journal.journal_dir(raw_dir) / f"{entry.name}.json"
    try:
        old.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(old, "remove", error) from error
