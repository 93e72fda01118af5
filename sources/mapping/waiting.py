"""The proposed feeds of files that wait in quarantine, written where people look for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sources.durable import write_bytes
from sources.errors import StorageError
from sources.feed_files import FeedFile

ENDING = ".feed.yaml"
_LONGEST = 240  # bytes of a file's name, the ending included


def write_proposals(home: Path, files: Sequence[FeedFile]) -> list[Path]:
    """Writes the proposed feed of each file that waits for one, and takes away those no longer waited for.

    Args:
        home: the deployment.
        files: from :func:`sources.feed_files.files_of_feeds`, all of them.

    Returns:
        The paths under ``out/rejects/`` that were written because they are new or say something new.

    Raises:
        StorageError: a proposal cannot be written or taken away.
    """
    folder = home / "out" / "rejects"
    wanted = {
        proposal_path(home, file.path): file.guess.text.encode()
        for file in files
        if file.guess is not None and file.status == "quarantined"
    }
    written = []
    for path, text in sorted(wanted.items()):
        if not path.exists() or path.read_bytes() != text:
            write_bytes(path, text)
            written.append(path)
    for left in sorted(folder.rglob(f"*{ENDING}")) if folder.is_dir() else []:
        if left not in wanted:
            try:
                left.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(left, "remove", error) from error
    return written


def proposal_path(home: Path, path: str) -> Path:
    """Where the proposed feed of a file belongs; a path is data, and never leaves the folder."""
    *folders, name = [part.replace("\0", "_") for part in path.split("/") if part not in {"", ".", ".."}]
    if len(name.encode()) + len(ENDING) > _LONGEST:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = name.encode()[: _LONGEST - len(ENDING) - len(mark) - 1].decode("utf-8", "ignore") + "-" + mark
    return (home / "out" / "rejects").joinpath(*folders, name + ENDING)
