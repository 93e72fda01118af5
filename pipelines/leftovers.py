"""What killed runs left: files half written, and what they had spilled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sources.durable import PARTIAL


def sweep(home: Path) -> int:
    """Removes what killed runs left in lake and out; only the holder of the home may call this.

    The raw layer is left alone: the next intake goes on with what it finds there.

    Args:
        home: the deployment.

    Returns:
        How many files and folders were removed.
    """
    removed = 0
    spilled = home / "lake" / ".spill"
    if spilled.is_dir():
        for folder in spilled.iterdir():
            if not _is_alive(folder.name.rpartition("-")[2]):
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    for path in _half_written(home):
        with suppress(OSError):
            path.unlink()
            removed += 1
    return removed


def _half_written(home: Path) -> Iterator[Path]:
    """Files that a writer names in full only once they are whole."""
    left_alone = {home / "lake" / "raw", home / "lake" / ".spill", home / "lake" / "scratch"}
    for top in ("lake", "out"):
        for folder, folders, names in os.walk(home / top):
            folders[:] = [name for name in folders if Path(folder, name) not in left_alone]
            for name in names:
                if name.startswith(".") and (name.endswith(".tmp") or PARTIAL in name):
                    yield Path(folder, name)


def _is_alive(process_id: str) -> bool:
    """Whether a process of this machine has the id; one that may not be asked is alive."""
    if not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
