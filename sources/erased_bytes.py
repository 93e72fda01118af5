"""Stored bytes that an erasure replaces: read, journaled as what they become, and kept in the place of those before."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sources.archives import members_of
from sources.erasures import note_became
from sources.errors import StorageError
from sources.raw import bytes_path, restore_bytes, rewrite_bytes
from sources.redaction import redacted_archive


def stored_bytes(path: Path) -> bytes:
    """The bytes of a file as they are kept."""
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise StorageError(path, "read", error) from error


def keep_bytes(raw_dir: Path, path: Path, sha256: str, before: bytes, after: bytes) -> None:
    """Keeps other bytes in the place of those before; nothing where they are the same."""
    if after == before:
        return
    note_bytes(raw_dir, sha256, after)  # first: nobody may meet bytes that are not known
    rewrite_bytes(path, after)


def note_bytes(raw_dir: Path, sha256: str, after: bytes) -> None:
    """Journals the bytes that stand for a file from now on."""
    note_became(raw_dir, sha256, hashlib.sha256(after).hexdigest(), datetime.now(UTC))


def replace_members(
    raw_dir: Path,
    sha256: str,
    members: Sequence[Sequence[str]],
    cleaned: Callable[[str, bytes], bytes],
    emptied: Collection[str] = (),
) -> None:
    """Replaces members of a stored archive by what is left of them.

    Args:
        raw_dir: the raw layer.
        sha256: of the archive.
        members: name and sha256 of its files, in their order.
        cleaned: what is left of a member that can be read.
        emptied: sha256 of members of which nothing is left, whether they can be read or not.
    """
    path = bytes_path(raw_dir, sha256)
    before = stored_bytes(path)
    scratch = path.with_name(f".{path.name}.partial-archive")  # a name that is collected with what killed runs leave
    changed: dict[int, bytes] = {}
    try:
        restore_bytes(path, scratch)
        places = members_of(scratch)
    finally:
        scratch.unlink(missing_ok=True)
    with zipfile.ZipFile(io.BytesIO(before)) as packed:
        infos = packed.infolist()
        for member, (_, its) in zip(places, members, strict=True):
            if its in emptied:
                changed[member.index] = b""
            elif member.refusal is None:
                inner = packed.read(infos[member.index])
                after = cleaned(its, inner)
                if after != inner:
                    changed[member.index] = after
    if changed:
        keep_bytes(raw_dir, path, sha256, before, redacted_archive(before, changed))
