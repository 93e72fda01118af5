"""Erasures that were decided and not done: done by whoever holds the home next, before anything else."""

from __future__ import annotations

import shutil
from pathlib import Path

from assets.intake.kept_lines import forget_lines
from sources.erased_files import clean_files
from sources.erasures import ARRIVAL, Erasure

#: Where the proofs of erasures are, which name nobody.
PROOFS = "erasures"


def finish_erasures(home: Path) -> None:
    """Cleans files, and takes out what was made of them; only the holder of the home may call this.

    Args:
        home: the deployment.
    """
    clean_files(home, lambda erasure: _forget(home, erasure))


def _forget(home: Path, erasure: Erasure) -> None:
    """Takes out what was made of cleaned files: everything but for new ones, since anything may name the person."""
    if erasure.kind == ARRIVAL:
        forget_lines(home / "lake", {sha256[:16] for sha256 in erasure.files})
        return
    for top, kept in ((home / "lake", "raw"), (home / "out", PROOFS)):
        for path in top.iterdir() if top.is_dir() else ():
            if path.name == kept:
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
