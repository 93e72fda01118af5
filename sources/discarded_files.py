"""Files whose bytes go as a whole, because nothing else takes a person out of them; the file stays on record.

What is left is what an empty file leaves: no bytes, no rows, and the reading of a file of 0 bytes. Nothing of the file
has to be readable for that, and it may be done twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from sources.admission import refusal
from sources.crashpoint import crashpoint
from sources.durable import replacing
from sources.erased_bytes import replace_members
from sources.erasures import note_became
from sources.raw import METADATA_KEY, RawFile, bytes_path, read_archives, read_ledger, rewrite_bytes
from sources.readers.reading import row_schema

#: The hash of no bytes.
EMPTY = hashlib.sha256(b"").hexdigest()


def discard_files(raw_dir: Path, sha256s: Collection[str]) -> None:
    """Takes the bytes and the rows of files out of the raw layer; the caller holds the home.

    Args:
        raw_dir: the raw layer.
        sha256s: of the files; of an archive all that came in it must be named as well.

    Raises:
        StorageError: a file cannot be written; the next call goes on.
    """
    now = datetime.now(UTC)
    for sha256 in sorted(sha256s):
        note_became(raw_dir, sha256, EMPTY, now)  # first: nobody may meet bytes that are not known
    files = [file for file in read_ledger(raw_dir) if file.sha256 in sha256s]
    archives = read_archives(raw_dir)
    inside = {file.sha256 for file in files if file.archive}
    for sha256 in sorted(sha256s):
        stored = bytes_path(raw_dir, sha256)
        if stored.exists() or sha256 not in inside:  # also where somebody removed them by hand
            rewrite_bytes(stored, b"")
            crashpoint("erase.after_bytes")
    for archive in archives:
        members = archive.dialect["members"]
        if archive.sha256 not in sha256s and any(sha256 in sha256s for _, sha256 in members):
            replace_members(raw_dir, archive.sha256, members, lambda _, inner: inner, sha256s)
            crashpoint("erase.after_bytes")
    for file in files:
        _empty_rows(file)
        crashpoint("erase.after_rows")


def _empty_rows(file: RawFile) -> None:
    """The rows of a file under one reading, as of a file of 0 bytes; what was noted of its arrival stays."""
    said = json.loads(pq.read_metadata(file.rows_path).metadata[METADATA_KEY])
    said |= {"refused": refusal("empty-file"), "encoding": None, "dialect": {}, "headers": [], "ignored_headers": []}
    schema = row_schema(0).with_metadata({METADATA_KEY: json.dumps(said).encode()})
    with replacing(file.rows_path) as partial:
        pq.write_table(schema.empty_table(), partial)
