"""What an interrupted run had made: the next run of the same input takes it over instead of making it again.

A run that is killed, blocked by a check or stopped by a full disk leaves its tables in the lake. They are what the
next run would make where everything they depend on is the same: files and journal, policy, as_of, the code and the
libraries. `lake/unfinished.json` names all of that in one hash, and each table with its size and time. It is gone
once a run has come to its end, and it is not believed after the machine was started anew, since tables are not
synced to the disk one by one.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Made anew by every run: they take what landed, and keep lines beside their table.
MADE_ANEW = frozenset({"landed_files", "file_readings"})

NAME = "unfinished.json"
_ROOMS = ("policy", "sources", "assets")
_LIBRARIES = ("duckdb", "pandas", "numpy", "pyarrow", "splink", "phonenumbers", "scipy", "sqlglot")
_ROOT = Path(__file__).resolve().parent.parent


class Unfinished:
    """The tables that an interrupted run had made, and those that this one has.

    Nothing is taken over or noted before :meth:`settle`.

    Args:
        lake: the lake's folder.
        policy_version: hash of the policy.
        as_of: what the run speaks for.
    """

    def __init__(self, lake: Path, policy_version: str, as_of: datetime) -> None:
        self.lake = lake
        self.path = lake / NAME
        self._run = [policy_version, as_of.isoformat()]
        self._key: str | None = None
        self._tables: dict[str, list[int]] = {}

    def settle(self) -> None:
        """Fixes what the tables depend on, once this run has taken what landed."""
        content = [*self._run, _boot_id(), _code(), *_listing(self.lake / "raw")]
        self._key = hashlib.sha256(json.dumps(content).encode("utf-8", "surrogatepass")).hexdigest()
        known = _read(self.path)
        if known.get("key") == self._key:
            self._tables = dict(known["tables"])
        else:
            self._write()  # before the first table is replaced

    def has(self, path: Path) -> bool:
        """Whether this table was made of the very same input, and is as it was left."""
        noted = self._tables.get(self._name(path))
        return noted is not None and path.exists() and noted == _mark(path)

    def note(self, path: Path) -> None:
        """Notes a table that was kept."""
        if self._key is not None:
            self._tables[self._name(path)] = _mark(path)
            self._write()

    @staticmethod
    def interrupted(lake: Path) -> datetime | None:
        """The instant that an interrupted run spoke for; None where every run came to its end."""
        as_of = _read(lake / NAME).get("as_of")
        return datetime.fromisoformat(as_of) if as_of else None

    def finish(self) -> None:
        """The run has come to its end; the next one makes everything anew."""
        self.path.unlink(missing_ok=True)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.lake).as_posix()

    def _write(self) -> None:
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            told = {"as_of": self._run[1], "key": self._key, "tables": self._tables}
            fresh.write_text(json.dumps(told), encoding="utf-8")
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _mark(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _listing(folder: Path) -> list[list[str | int]]:
    """Every file below a folder with its size and time, sorted; what is half written is left out."""
    found: list[list[str | int]] = []
    for top, _, names in os.walk(folder):
        for name in names:
            if not name.startswith("."):
                found.append([str(Path(top, name).relative_to(folder)), *_mark(Path(top, name))])
    return sorted(found)


@functools.cache
def _code() -> str:
    """Hash of the code that tables are made by, and of the libraries under it."""
    said = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((_ROOT / room).rglob("*")):
            if path.suffix in {".py", ".sql", ".yaml"}:
                said.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    said.update(" ".join(f"{name}={version(name)}" for name in _LIBRARIES).encode())
    return said.hexdigest()


def _boot_id() -> str:
    """Which start of the machine this is; empty where it cannot be told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
