"""Writing so that a kill or a full disk leaves either the whole file or nothing."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from sources.errors import StorageError

PARTIAL = ".partial-"


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a file system that cannot is left alone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create a folder and make its name durable in its parent."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise StorageError(folder, "create", error) from error


@contextlib.contextmanager
def replacing(path: Path, before_rename: Callable[[], None] | None = None) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success sync it and rename it to `path`, else remove it.

    Raises StorageError, naming `path`, for any OSError on the way.
    """
    make_folder(path.parent)
    partial = path.with_name(f".{path.name[:80]}{PARTIAL}{secrets.token_hex(6)}")
    try:
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        if before_rename is not None:
            before_rename()
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(path, "write", error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file atomically and durably."""
    with replacing(path) as partial:
        partial.write_bytes(data)


def collect_partials(folder: Path) -> int:
    """Remove what killed writers left in a folder; only the holder of the home may call this."""
    removed = 0
    for partial in folder.glob(f".*{PARTIAL}*"):
        with contextlib.suppress(OSError):
            partial.unlink()
            removed += 1
    return removed
