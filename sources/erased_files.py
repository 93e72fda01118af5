"""Doing an erasure: the stored bytes, the rows read from them, and every copy in the landing zone lose what goes.

Each file is replaced by one rename, and each may be done twice, so that whatever was interrupted is done again from
the beginning. The rows come last: they say which lines a record has, and which values stand in its cells.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.crashpoint import crashpoint
from sources.discarded_files import EMPTY, discard_files
from sources.durable import replacing
from sources.erased_bytes import keep_bytes, note_bytes, replace_members, stored_bytes
from sources.erased_names import clean_names, rename_landed
from sources.erased_rows import ERASED, with_hash
from sources.erasures import (
    DISCARD,
    PERSON,
    Erasure,
    Lines,
    became_of,
    discarded_files,
    not_cleaned,
    note_cleaned,
    tombstones,
)
from sources.errors import StorageError
from sources.looks import Intake, Look, open_file, scan
from sources.original_text import open_original
from sources.raw import (
    CLOSING_KEY,
    METADATA_KEY,
    RawFile,
    bytes_path,
    raw_dir_of,
    read_archives,
    read_ledger,
)
from sources.redaction import Wanted, redacted, wanted
from sources.tombstones import Tombstones

LOG = logging.getLogger(__name__)


def clean_files(home: Path, derived: Callable[[Erasure], None] = lambda _: None) -> list[Erasure]:
    """Does what was decided and is not done; the caller holds the home.

    Args:
        home: the deployment.
        derived: takes out what was made of the files, once they are clean; may be asked twice.

    Returns:
        The erasures that were done.

    Raises:
        StorageError: a file cannot be written; the next call goes on.
    """
    raw_dir = raw_dir_of(home)
    todo = not_cleaned(raw_dir)
    if not todo:
        return []
    erased = tombstones(raw_dir)
    for erasure in todo:
        if erasure.kind == DISCARD:
            discard_files(raw_dir, erasure.files)
            replace_copies(home)
            crashpoint("erase.after_landing")
        else:
            _clean(home, raw_dir, erasure, erased)
        clean_names(raw_dir, erasure)
        if erasure.kind == PERSON and erasure.renamed:
            rename_landed(home)
            replace_copies(home)  # of archives, for the names in them
            crashpoint("erase.after_renaming")
        derived(erasure)
        crashpoint("erase.before_cleaned")
        note_cleaned(raw_dir, erasure, datetime.now(UTC))
    return todo


def _clean(home: Path, raw_dir: Path, erasure: Erasure, erased: Tombstones) -> None:
    ledger: dict[str, list[RawFile]] = {}
    for file in read_ledger(raw_dir):
        if file.sha256 in erasure.files:
            ledger.setdefault(file.sha256, []).append(file)
    archives = {archive.sha256: archive for archive in read_archives(raw_dir)}
    inside: dict[str, set[str]] = {}
    for archive in archives.values():
        for _, sha256 in archive.dialect["members"]:
            if sha256 in ledger:
                inside.setdefault(archive.sha256, set()).add(sha256)
    readings = {
        sha256: [wanted(file, erasure.files[sha256].get(file.reading, Lines())) for file in files]
        for sha256, files in ledger.items()
    }
    kinds: dict[str, str] = {}
    for sha256 in sorted(readings):
        stored = bytes_path(raw_dir, sha256)
        if stored.exists():
            _clean_bytes(raw_dir, sha256, readings[sha256], erased, kinds)
            crashpoint("erase.after_bytes")
    for archive_sha, members in sorted(inside.items()):
        _clean_archive(raw_dir, archives[archive_sha], {sha: readings[sha] for sha in members}, erased, kinds)
        crashpoint("erase.after_bytes")
    if erasure.kind == PERSON:  # what comes later only a further erasure may take out of there
        replace_copies(home)
    crashpoint("erase.after_landing")
    for sha256, files in sorted(ledger.items()):
        for file in files:
            lines = erasure.files[sha256].get(file.reading, Lines())
            _clean_rows(file, lines, erased, kinds.get(sha256))
            crashpoint("erase.after_rows")


def _clean_bytes(raw_dir: Path, sha256: str, readings: list[Wanted], erased: Tombstones, kinds: dict[str, str]) -> None:
    path = bytes_path(raw_dir, sha256)
    before = stored_bytes(path)
    after, kind = _redacted(before, readings, erased)
    if kind:
        kinds[sha256] = kind
    keep_bytes(raw_dir, path, sha256, before, after)


def _redacted(before: bytes, readings: list[Wanted], erased: Tombstones) -> tuple[bytes, str | None]:
    """The bytes without what goes; as they were where that fails: one file must not stop the others, nor every run."""
    try:
        return redacted(before, readings, erased)
    except MemoryError:
        raise
    except Exception as error:
        LOG.warning("%s keeps its bytes, which cannot be rewritten: %s", readings[0].file.file_id, type(error).__name__)
        return before, None


def _clean_archive(
    raw_dir: Path,
    archive: RawFile,
    readings: Mapping[str, list[Wanted]],
    erased: Tombstones,
    kinds: dict[str, str],
) -> None:
    def cleaned(sha256: str, inner: bytes) -> bytes:
        if sha256 not in readings or all(one.file.refused for one in readings[sha256]):
            return inner
        path = bytes_path(raw_dir, sha256)
        if path.exists():  # the same bytes came by themselves as well
            return stored_bytes(path)
        after, kind = _redacted(inner, readings[sha256], erased)
        if kind:
            kinds[sha256] = kind
        if after != inner:
            note_bytes(raw_dir, sha256, after)
        return after

    replace_members(raw_dir, archive.sha256, archive.dialect["members"], cleaned)


def clean_new_archive(raw_dir: Path, sha256: str, members: Sequence[Sequence[str]]) -> None:
    """Puts what is left of files into the stored bytes of an archive that came later and has them as they were.

    Args:
        raw_dir: the raw layer.
        sha256: of the archive, whose bytes are stored.
        members: name and sha256 of its files, in their order.
    """
    copies = ErasedCopies.of(raw_dir)
    if not copies.now.keys() & {one for _, one in members}:
        return

    def cleaned(its: str, inner: bytes) -> bytes:
        return (inner if (left := copies.left(raw_dir, its)) is None else left) if its in copies.now else inner

    replace_members(raw_dir, sha256, members, cleaned)


def _clean_rows(file: RawFile, lines: Lines, erased: Tombstones, kind: str | None) -> None:
    """The rows of a file under one reading, without what goes; the metadata stays but for what is in its texts."""
    table = pq.read_table(file.rows_path)
    gone = pc.is_in(table["line_no"], value_set=pa.array(sorted(lines.rows), pa.int64()))
    columns: list[pa.ChunkedArray] = []
    nothing = pa.scalar(None, pa.string())
    for name in table.column_names:
        column = table[name]
        if name != "line_no":
            clear = [
                line_no for line_no, at in lines.cells.items() if name[:1] == "c" and name[1:] in set(map(str, at))
            ]
            column = pc.if_else(
                pc.is_in(table["line_no"], value_set=pa.array(sorted({*clear, *lines.rows}), pa.int64())),
                nothing,
                column,
            )
            told = erased.rows(column)
            if told:
                values = column.to_pylist()
                for at in told:
                    values[at] = erased.scrubbed(values[at]) or None
                column = pa.chunked_array([pa.array(values, pa.string())])
            if name == "detail":
                column = _with_hashes(column, table["line_no"], lines)
            if name == "problem":
                column = pc.if_else(gone, pa.scalar(ERASED, pa.string()), column)
        columns.append(column)
    footer = pq.read_metadata(file.rows_path).metadata
    said: dict[str, Any] = json.loads(footer[METADATA_KEY])
    if kind:
        said["dialect"]["kind"] = kind
    told = json.loads(erased.scrubbed(json.dumps(said, ensure_ascii=False)))
    told["path"] = said["path"]  # names of files are journaled and changed on their own
    metadata = {METADATA_KEY: json.dumps(told).encode()}
    if CLOSING_KEY in footer:
        metadata[CLOSING_KEY] = footer[CLOSING_KEY]
    schema = pa.schema(list(table.schema), metadata=metadata)
    with replacing(file.rows_path) as partial:
        pq.write_table(pa.table(columns, schema=schema), partial, compression="zstd", write_statistics=["line_no"])


def _with_hashes(details: pa.ChunkedArray, line_nos: pa.ChunkedArray, lines: Lines) -> pa.ChunkedArray:
    """What was put right in each row, and of those of which a part went, that it did and what they were known by."""
    if not lines.hashes:
        return details
    told = [
        detail if line_no in lines.rows else with_hash(detail, lines.hashes.get(line_no))
        for detail, line_no in zip(details.to_pylist(), line_nos.to_pylist(), strict=True)
    ]
    return pa.chunked_array([pa.array(told, pa.string())])


# --- the landing zone ----------------------------------------------------------------------------------------


@dataclass
class ErasedCopies:
    """Files of which lines were erased, and what stands for each of them now.

    Attributes:
        now: sha256 as the file first came -> that of the bytes that stand for it.
        discarded: sha256 of files of which nothing stands there any more, and no copy is to stay.
        first: sha256 of bytes that ever stood for a file -> what it first was; several where nothing is left of them.
    """

    now: dict[str, str] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)
    discarded: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, raw_dir: Path) -> ErasedCopies:
        """Those of a home."""
        made = cls(discarded=discarded_files(raw_dir))
        for sha256, became in became_of(raw_dir).items():
            made.now[sha256] = became[-1]
            for one in became:
                if one == EMPTY and sha256 in made.discarded:  # whoever drops an empty file does not mean this one
                    continue
                if sha256 not in made.first.setdefault(one, []):
                    made.first[one].append(sha256)
        return made

    def known_as(self, sha256: str, path: str, *paths: Mapping[str, Container[str]]) -> str:
        """What the bytes met under a path first were: their own hash, but for what an erasure left of a file."""
        found = self.first.get(sha256, [])
        if not found or sha256 in self.now:
            return sha256
        there = [one for one in (sha256, *found) for known in paths if path in known.get(one, ())]
        # what is left of several files may be the same nothing, and somebody may have dropped just that
        return there[0] if there else sha256 if any(sha256 in known for known in paths) else found[0]

    def put_back(self, raw_dir: Path, look: Look, sha256: str, first: str) -> bool:
        """Puts what is left of a file in the place of a copy that has more, if anything; returns whether it did.

        A landing zone that may not be written is left as it is: the proof of the erasure tells.
        """
        if first not in self.now or self.now[first] == sha256:
            return False
        data = self.left(raw_dir, first)
        if data is None:
            return False
        try:
            if first in self.discarded:
                look.place.unlink(missing_ok=True)
                return True
            mode = stat.S_IMODE(look.place.stat().st_mode)
            with replacing(look.place) as partial:
                partial.write_bytes(data)
                partial.chmod(mode)
        except (OSError, StorageError):
            return False
        return True

    def left(self, raw_dir: Path, first: str) -> bytes | None:
        """What is left of a file, also of one that was kept with the archive it came in."""
        path = bytes_path(raw_dir, first)
        if path.exists():
            return stored_bytes(path)
        file = next((file for file in read_ledger(raw_dir) if file.sha256 == first), None)
        if file is None or file.archive is None:
            return None
        file.dialect.pop("compression", None)  # as it came, packed or not
        with open_original(file) as stream:
            return stream.read()


def copies_with_more(home: Path) -> list[tuple[Look, str, str]]:
    """Copies in the landing zone that hold lines which were erased: each with its sha256 and that of the file."""
    raw_dir = raw_dir_of(home)
    copies = ErasedCopies.of(raw_dir)
    found: list[tuple[Look, str, str]] = []
    if not copies.now or not (home / "landing").is_dir():
        return found
    for look in scan(home / "landing", Intake(received_at=datetime.now(UTC))):
        try:
            handle = open_file(look)
        except OSError:
            continue
        with os.fdopen(handle, "rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        first = sha256 if sha256 in copies.now else next(iter(copies.first.get(sha256, [])), sha256)
        if len(copies.first.get(sha256, [])) > 1:  # nothing is left of any of them
            continue
        if first in copies.now and copies.now[first] != sha256:
            found.append((look, sha256, first))
    return found


def replace_copies(home: Path) -> int:
    """Replaces every such copy by what is left of the file; returns how many."""
    raw_dir = raw_dir_of(home)
    copies = ErasedCopies.of(raw_dir)
    return sum(copies.put_back(raw_dir, look, sha256, first) for look, sha256, first in copies_with_more(home))
