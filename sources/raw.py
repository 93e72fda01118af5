"""The raw layer: the only state. Original bytes, and one immutable Parquet per file and way of reading it.

`<sha[:2]>/<sha>.bytes.gz` is written first, `<sha[:2]>/<sha>.<reading>.parquet` second; the rename of the second is
the commit. The ledger is the metadata of these Parquet files and nothing else: nothing can disagree with it. A file
that was refused is a Parquet without rows whose metadata says why.

Of a ZIP archive the bytes are kept once, as they came; its members are files of their own, each with its Parquet,
which says in which archive and where its bytes are. When all are committed `<sha>.archive.parquet` says that the
archive was opened; a run killed before that opens it again and takes what is missing.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from isal import isal_zlib

from sources.archives import ArchivedAt
from sources.codes import reason
from sources.crashpoint import crashpoint
from sources.durable import replacing
from sources.erased_rows import with_erased
from sources.errors import RefusedFileError, SourceError, StorageError
from sources.readers.content import read
from sources.readers.lines import chunks
from sources.readers.reading import (
    NotCleanError,
    Reading,
    ReadOptions,
    row_schema,
    storable,
)

METADATA_KEY = b"sluice"
#: What the dialect gained when the last row was read: the metadata proper is written before the first.
CLOSING_KEY = b"sluice.closing"
#: Raised when readers learn something, so that files refused by an older one are tried again.
READER_VERSION = 8
#: The reading under which an archive that was opened stands in the raw layer; it has no rows of its own.
OPENED = "archive"
RETRIES = 3
#: Troubles of the machine, never of a file: disk full, quota, read-only, input/output, too many files open.
OUR_OWN_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EACCES}
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class FileFacts:
    """A file that landed: what it was called, its bytes by hash, when it was accepted."""

    sha256: str
    path: str
    size: int
    received_at: datetime
    archive: ArchivedAt | None = None


@dataclass(frozen=True)
class RawFile:
    """One line of the ledger: a file under one reading.

    The bytes of a file that came in an archive are the archive's: `archive` says where in it.
    """

    file_id: str
    sha256: str
    path: str
    size: int
    received_at: datetime
    reading: str
    encoding: str | None
    dialect: dict[str, Any]
    headers: list[str]
    ignored_headers: list[str]
    rows: int
    refused: dict[str, Any] | None
    reader_version: int
    rows_path: Path
    bytes_path: Path
    archive: ArchivedAt | None = None


def raw_dir_of(home: Path) -> Path:
    """Where the raw layer of a home is."""
    return home / "lake" / "raw"


def bytes_path(raw_dir: Path, sha256: str) -> Path:
    """Where the original bytes of a file are."""
    return raw_dir / sha256[:2] / f"{sha256}.bytes.gz"


def rows_path(raw_dir: Path, sha256: str, reading: str) -> Path:
    """Where the rows of a file under a reading are."""
    return raw_dir / sha256[:2] / f"{sha256}.{reading}.parquet"


# --- original bytes ------------------------------------------------------------------------------------------


def store_bytes(raw_dir: Path, stream: BinaryIO, facts: FileFacts) -> bool:
    """Keep the original bytes, compressed, with path and received_at in the gzip comment.

    Returns False, and keeps nothing, when the stream no longer has the bytes of `facts.sha256`.
    """
    try:
        _store_bytes(bytes_path(raw_dir, facts.sha256), stream, facts)
    except _ChangedError:
        return False
    return True


def rewrite_bytes(stored: Path, data: bytes) -> None:
    """Keep other bytes in the place of those of a file, under its name, with what was noted of it.

    Only an erasure does this: whoever drops the first bytes again drops a file that is known.
    """
    facts = facts_of_bytes(stored) if stored.exists() else None
    if facts is None:
        facts = FileFacts(stored.name.split(".", 1)[0], "", len(data), datetime.fromtimestamp(0, UTC))
    _store_bytes(stored, io.BytesIO(data), facts, hashlib.sha256(data).hexdigest())


def rename_bytes(stored: Path, path: str) -> None:
    """Keep the bytes of a file under another path: an erasure does this where the path says who somebody was."""
    facts = facts_of_bytes(stored)
    if facts is not None:
        try:
            data = gzip.decompress(stored.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise StorageError(stored, "read", error) from error
        _store_bytes(stored, io.BytesIO(data), replace(facts, path=path), hashlib.sha256(data).hexdigest())


def _store_bytes(target: Path, stream: BinaryIO, facts: FileFacts, expected: str | None = None) -> None:
    comment = json.dumps({"path": facts.path, "received_at": instant_text(facts.received_at), "size": facts.size})
    digest, checksum, size = hashlib.sha256(), 0, 0
    with replacing(target) as partial, partial.open("wb") as copy:
        chunk = stream.read(1 << 20)
        packed = chunk.startswith(_PACKED)  # what is packed already is only wrapped; for the rest isal takes a fifth
        packer = zlib.compressobj(0, zlib.DEFLATED, -15) if packed else isal_zlib.compressobj(1, zlib.DEFLATED, -15)
        copy.write(b"\x1f\x8b\x08\x10\0\0\0\0\0\xff" + comment.encode("ascii") + b"\0")
        while chunk:
            digest.update(chunk)
            checksum = isal_zlib.crc32(chunk, checksum)
            size += len(chunk)
            copy.write(packer.compress(chunk))
            chunk = stream.read(1 << 20)
        copy.write(packer.flush() + struct.pack("<II", checksum, size & 0xFFFFFFFF))
        copy.flush()
        if digest.hexdigest() != (expected or facts.sha256):
            raise _ChangedError


class _ChangedError(Exception):
    """The file is no longer what was hashed."""


def facts_of_bytes(path: Path) -> FileFacts | None:
    """What the gzip comment of stored bytes says; None where there is none."""
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if head[:4] != b"\x1f\x8b\x08\x10":
        return None
    try:
        said = json.loads(head[10 : head.index(b"\0", 10)])
        received_at = instant(said["received_at"])
        return FileFacts(path.name.split(".", 1)[0], str(said["path"]), int(said["size"]), received_at)
    except (ValueError, KeyError, TypeError):
        return None


def restore_bytes(stored: Path, target: Path) -> Path:
    """Write the original bytes of a file to `target`."""
    try:
        with gzip.open(stored) as stream, target.open("wb") as copy:
            for chunk in chunks(stream):  # type: ignore[arg-type]
                copy.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise StorageError(stored, "restore", error) from error
    return target


# --- rows ----------------------------------------------------------------------------------------------------


def _nothing_to_wait_for() -> None:
    """The bytes are stored already."""


def commit_file(
    raw_dir: Path,
    facts: FileFacts,
    options: ReadOptions,
    source: Path,
    scratch: Path,
    when_ready: Callable[[], None] = _nothing_to_wait_for,
    erased: Mapping[int, str | None] = MappingProxyType({}),
) -> RawFile:
    """Read `source` and commit its rows, or why it was refused, as one Parquet.

    Args:
        raw_dir: the raw layer.
        facts: whose bytes these are.
        options: the reading.
        source: a readable path with exactly those bytes and a name safe for any parser.
        scratch: an existing folder for temporary copies, owned by the caller.
        when_ready: called just before the commit; returns once the bytes are stored, or raises to stop it.
        erased: line_no of records that were erased from these bytes -> None, or the hash where only a part was.

    Returns:
        The new line of the ledger.
    """
    hints: tuple[str, ...] = ()
    for attempt in range(RETRIES + 1):
        exact = attempt == RETRIES
        try:
            reading = _read_guarded(source, options, facts.path, scratch, exact=exact, hints=hints)
            return _write_rows(raw_dir, facts, options, with_erased(reading, erased), when_ready)
        except NotCleanError as doubt:
            if not doubt.hints:
                break
            hints += doubt.hints
        except RefusedFileError as refusal:
            return _write_refusal(raw_dir, facts, options, refusal, when_ready)
    try:
        reading = _read_guarded(source, options, facts.path, scratch, exact=True)
        return _write_rows(raw_dir, facts, options, with_erased(reading, erased), when_ready)
    except RefusedFileError as refusal:
        return _write_refusal(raw_dir, facts, options, refusal, when_ready)


def _read_guarded(
    source: Path, options: ReadOptions, name: str, scratch: Path, *, exact: bool, hints: Sequence[str] = ()
) -> Reading:
    """What the reader says; whatever else goes wrong inside it is a refusal, one file must not stop the others."""
    with _guarded():
        reading = read(source, options, name, scratch, exact=exact, hints=hints)
    return replace(reading, batches=_batches_guarded(reading.batches))


def _batches_guarded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while True:
        with _guarded():
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except (SourceError, NotCleanError, MemoryError):  # memory is the machine's trouble: the next run tries again
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OUR_OWN_TROUBLE:
            raise
        detail = f"{type(error).__name__}: {error}"[:160]
        raise RefusedFileError("reader-failed", detail=detail) from error


def _metadata(
    facts: FileFacts, options: ReadOptions, reading: Reading | None, refused: dict[str, Any] | None
) -> dict[bytes, bytes]:
    said = {
        "file_id": facts.sha256[:16],
        "sha256": facts.sha256,
        "path": facts.path,
        "size": facts.size,
        "received_at": instant_text(facts.received_at),
        "reading": options.reading,
        "options": options.said,
        "encoding": reading.encoding if reading else None,
        "dialect": reading.dialect if reading else {},
        "headers": [storable(name) for name in reading.headers] if reading else [],
        "ignored_headers": [storable(name) for name in reading.ignored_headers] if reading else [],
        "refused": refused,
        "reader_version": READER_VERSION,
        **({"archive": [facts.archive.sha256, facts.archive.index]} if facts.archive else {}),
    }
    return {METADATA_KEY: json.dumps(said).encode()}


def _before_commit(when_ready: Callable[[], None]) -> None:
    when_ready()
    crashpoint("landing.before_commit")


def refuse_file(raw_dir: Path, facts: FileFacts, options: ReadOptions, refusal: RefusedFileError) -> RawFile:
    """Commit why a file is not read, without looking at it."""
    return _write_refusal(raw_dir, facts, options, refusal, _nothing_to_wait_for)


def commit_archive(raw_dir: Path, facts: FileFacts, members: Sequence[tuple[str, str]]) -> None:
    """Commit that an archive was opened, once all its members (name, sha256) are committed."""
    target = rows_path(raw_dir, facts.sha256, OPENED)
    reading = Reading([], iter(()), {"kind": OPENED, "members": [list(member) for member in members]})
    said = json.loads(_metadata(facts, ReadOptions(), reading, None)[METADATA_KEY]) | {"reading": OPENED}
    schema = row_schema(0).with_metadata({METADATA_KEY: json.dumps(said).encode()})
    with replacing(target) as partial:
        pq.write_table(schema.empty_table(), partial)
    crashpoint("landing.after_archive")


def _write_rows(
    raw_dir: Path, facts: FileFacts, options: ReadOptions, reading: Reading, when_ready: Callable[[], None]
) -> RawFile:
    target = rows_path(raw_dir, facts.sha256, options.reading)
    schema = row_schema(len(reading.headers)).with_metadata(_metadata(facts, options, reading, None))
    with replacing(target, lambda: _before_commit(when_ready)) as partial:
        writer: pq.ParquetWriter | None = None
        try:
            for batch in reading.batches:
                if writer is None:
                    writer = pq.ParquetWriter(
                        partial,
                        schema,
                        compression="zstd",
                        compression_level=1,
                        use_dictionary=_repetitive(batch),
                        write_statistics=["line_no"],
                    )
                writer.write_batch(batch.cast(schema) if batch.schema != schema else batch)
            if writer is None:
                writer = pq.ParquetWriter(partial, schema)
            if reading.closing:
                writer.add_key_value_metadata({CLOSING_KEY.decode(): json.dumps(reading.closing)})
        finally:
            if writer is not None:
                writer.close()
    crashpoint("landing.after_commit")
    return read_raw_file(target)


def _write_refusal(
    raw_dir: Path,
    facts: FileFacts,
    options: ReadOptions,
    refusal: RefusedFileError,
    when_ready: Callable[[], None],
) -> RawFile:
    target = rows_path(raw_dir, facts.sha256, options.reading)
    refused = {
        "code": refusal.code,
        "en": reason(refusal.code, "en", refusal.values, "file"),
        "zh": reason(refusal.code, "zh", refusal.values, "file"),
        "values": {name: storable(str(value)) for name, value in refusal.values.items()},
    }
    schema = row_schema(0).with_metadata(_metadata(facts, options, None, refused))
    with replacing(target, lambda: _before_commit(when_ready)) as partial:
        pq.write_table(schema.empty_table(), partial)
    crashpoint("landing.after_commit")
    return read_raw_file(target)


def _repetitive(batch: pa.RecordBatch) -> list[str]:
    """Columns worth a dictionary: building one for names or ids costs more than it saves."""
    head = batch.slice(0, 20_000)
    if head.num_rows == 0:
        return []
    return [
        name
        for name, column in zip(head.schema.names, head.columns, strict=True)
        if name != "line_no" and pc.count_distinct(column, mode="all").as_py() <= 0.2 * head.num_rows
    ]


# --- ledger --------------------------------------------------------------------------------------------------


def read_raw_file(path: Path) -> RawFile:
    """One line of the ledger, from the metadata of its Parquet."""
    try:
        footer = pq.read_metadata(path)
        said = json.loads(footer.metadata[METADATA_KEY])
        closing = json.loads(footer.metadata.get(CLOSING_KEY, b"{}"))
        archive = ArchivedAt(*said["archive"]) if "archive" in said else None
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise StorageError(path, "read the ledger from", error) from error
    return RawFile(
        file_id=said["file_id"],
        sha256=said["sha256"],
        path=said["path"],
        size=said["size"],
        received_at=instant(said["received_at"]),
        reading=said["reading"],
        encoding=said["encoding"],
        dialect=said["dialect"] | closing,
        headers=said["headers"],
        ignored_headers=said["ignored_headers"],
        rows=footer.num_rows,
        refused=said["refused"],
        reader_version=said["reader_version"],
        rows_path=path,
        bytes_path=bytes_path(path.parents[1], archive.sha256 if archive else said["sha256"]),
        archive=archive,
    )


def read_ledger(raw_dir: Path) -> list[RawFile]:
    """Every file under every reading, ordered by received_at, path, sha256 and reading; archives aside."""
    return _ledger_and_archives(raw_dir)[0]


def read_archives(raw_dir: Path) -> list[RawFile]:
    """Every archive that was opened, in the same order; `dialect["members"]` lists [name, sha256] of its files."""
    return _ledger_and_archives(raw_dir)[1]


def _ledger_and_archives(raw_dir: Path) -> tuple[list[RawFile], list[RawFile]]:
    found = [_known_file(path, *_state(path)) for path in _shard_files(raw_dir, ".parquet")]
    found.sort(key=lambda file: (file.received_at, file.path, file.sha256, file.reading))
    archives = [file for file in found if file.reading == OPENED]
    opened = {file.sha256 for file in archives}  # an older reader may have refused one of them
    return [file for file in found if file.sha256 not in opened], archives


def _state(path: Path) -> tuple[int, int, int]:
    """What differs once a file was replaced."""
    try:
        found = path.stat()
    except OSError as error:
        raise StorageError(path, "read the ledger from", error) from error
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1 << 18)
def _known_file(path: Path, *_: int) -> RawFile:
    """One line of the ledger, which a run asks for many times: to open a file costs far more than to look at it."""
    return read_raw_file(path)


def stored_hashes(raw_dir: Path) -> dict[str, Path]:
    """The stored bytes by sha256, committed or not."""
    return {path.name.split(".", 1)[0]: path for path in _shard_files(raw_dir, ".bytes.gz")}


def _shard_files(raw_dir: Path, suffix: str) -> Iterator[Path]:
    if not raw_dir.is_dir():
        return
    for shard in sorted(os.scandir(raw_dir), key=lambda entry: entry.name):
        if len(shard.name) == 2 and shard.is_dir(follow_symlinks=False):
            for entry in sorted(os.scandir(shard.path), key=lambda entry: entry.name):
                if entry.name.endswith(suffix) and not entry.name.startswith("."):
                    yield Path(entry.path)


def instant(text: str) -> datetime:
    """An aware UTC instant from its ISO text."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant_text(moment: datetime) -> str:
    """ISO text of an instant in UTC, with `Z`; a moment without a zone is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")
