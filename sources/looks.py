"""What is in the landing zone: one look at every file, a second at the new ones, and the hashes of what is still.

Nothing here follows a link, opens a device, or changes the landing zone.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sources.codes import reason
from sources.durable import write_bytes
from sources.errors import LandingMissingError, SourceError
from sources.raw import RawFile

STILL_SECONDS = 0.2
#: A file whose last change is younger than this when hashed may change again within one tick of its clock.
RACY_NS = 2_000_000_000
DONE = ".done"
IGNORED_ENDINGS = (".part", ".tmp", ".filepart", ".crdownload", ".partial", DONE)
IGNORED_NAMES = {"thumbs.db", "desktop.ini"}
_KINDS = (
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


@dataclass(frozen=True)
class LeftOut:
    """A path that was not taken this time, and why."""

    path: str
    code: str
    en: str
    zh: str


@dataclass
class Intake:
    """What one pass over the landing zone did.

    `unchanged` counts the files whose bytes were known before, under whatever name.
    """

    received_at: datetime
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    left_growing: int = 0
    ignored: int = 0
    files: list[RawFile] = field(default_factory=list)
    read_again: list[RawFile] = field(default_factory=list)
    new_paths: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the raw layer has something it did not have before."""
        return bool(self.files or self.read_again or self.new_paths)


@dataclass(frozen=True)
class Look:
    """A regular file as one look found it; `path` is data, `place` is for the operating system.

    A path object costs more than the rest of a look, so it is made of the location when asked for. `is_done` is what
    its writer says by a file of that name with `.done` behind it.
    """

    path: str
    location: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    is_done: bool = False

    @property
    def place(self) -> Path:
        """Where the file is."""
        return Path(self.location)

    @property
    def state(self) -> tuple[int, int, int, int]:
        """What must not change between two looks."""
        return self.size, self.mtime_ns, self.inode, self.device


def shown_path(relative: str) -> str:
    """A path as text that every table can keep: bytes that are not UTF-8 are shown escaped."""
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


def _is_ignored(name: str) -> bool:
    lower = name.lower()
    return name.startswith((".", "~$")) or lower.endswith(IGNORED_ENDINGS) or lower in IGNORED_NAMES


def left_out(path: str, code: str, **values: object) -> LeftOut:
    """A path that is not taken, with its reason in both languages."""
    return LeftOut(path, code, reason(code, "en", values, "left"), reason(code, "zh", values, "left"))


def scan(landing: Path, intake: Intake) -> list[Look]:
    """Every regular file under the landing folder, ordered by path; everything else is noted in `intake`.

    Raises LandingMissingError.
    """
    if not landing.is_dir():
        raise LandingMissingError(
            f"the landing folder {landing} is not there (unmounted?): this is not the same as an empty one, "
            "so nothing was done; make or mount it and run again"
        )
    looks: list[Look] = []
    folders = [(landing, "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            intake.left_out.append(left_out(shown_path(prefix), "vanished"))
            continue
        except OSError as error:
            if not prefix:
                raise LandingMissingError(f"the landing folder {landing} cannot be listed: {error.strerror}") from error
            intake.left_out.append(left_out(shown_path(prefix), "no-permission", detail=error.strerror))
            continue
        done = {entry.name.removesuffix(DONE) for entry in entries if entry.name.endswith(DONE)}
        for entry in entries:
            relative = f"{prefix}{entry.name}"
            if _is_ignored(entry.name):
                intake.ignored += 1
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                intake.left_out.append(left_out(shown_path(relative), "vanished"))
                continue
            if stat.S_ISDIR(found.st_mode):
                folders.append((Path(entry.path), f"{relative}/"))
            elif stat.S_ISREG(found.st_mode):
                looks.append(_look(shown_path(relative), entry.path, found, is_done=entry.name in done))
            else:
                kind = next((name for test, name in _KINDS if test(found.st_mode)), "special file")
                intake.left_out.append(left_out(shown_path(relative), "not-a-file", kind=kind))
    return sorted(looks, key=lambda look: (look.path, os.fsencode(look.location)))


def _look(path: str, location: str, found: os.stat_result, *, is_done: bool = False) -> Look:
    state = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    return Look(path, location, *state, is_done=is_done)


def open_file(look: Look) -> int:
    """A descriptor of a regular file; never follows a link, never waits for a pipe."""
    handle = os.open(look.location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ELOOP, "not a regular file")
    return handle


def is_still(handle: int, look: Look) -> bool:
    """Whether an open file is as the look found it."""
    found = os.fstat(handle)
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns) == (look.size, look.mtime_ns, look.ctime_ns)


def _hash(look: Look, intake: Intake) -> str | None:
    """The sha256 of a file; None, and a note, when it cannot be read or changes meanwhile."""
    try:
        handle = open_file(look)
    except FileNotFoundError:
        intake.left_out.append(left_out(look.path, "vanished"))
        return None
    except OSError as error:
        code = "not-a-file" if error.errno == errno.ELOOP else "no-permission"
        intake.left_out.append(left_out(look.path, code, kind="symbolic link", detail=error.strerror))
        return None
    try:
        with os.fdopen(handle, "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if is_still(handle, look):
                return digest
    except OSError as error:
        intake.left_out.append(left_out(look.path, "no-permission", detail=error.strerror))
        return None
    note_growth(look, intake)
    return None


def note_growth(look: Look, intake: Intake) -> None:
    """Leave a file that changes for the next run."""
    intake.left_growing += 1
    intake.left_out.append(left_out(look.path, "still-growing"))


class HashCache:
    """Hashes of files that did not change since; a file of the lake that may be deleted at any time."""

    def __init__(self, path: Path) -> None:
        """Read what earlier runs left; a broken cache is an empty one."""
        self.path = path
        self.known: dict[str, list[Any]] = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(path.read_bytes())
            if isinstance(found, dict):
                self.known = found
        self.used: dict[str, list[Any]] = {}

    def get(self, look: Look) -> str | None:
        """The hash of a file that is as it was."""
        found = self.known.get(look.path)
        if found and found[1:] == self._key(look):
            self.used[look.path] = found
            return str(found[0])
        return None

    def put(self, look: Look, sha256: str) -> None:
        """Remember a hash, unless the file is so young that a change could go unseen."""
        if time.time_ns() - max(look.mtime_ns, look.ctime_ns) > RACY_NS:
            self.used[look.path] = [sha256, *self._key(look)]

    @staticmethod
    def _key(look: Look) -> list[int]:
        return [look.size, look.mtime_ns, look.ctime_ns, look.inode, look.device]

    def save(self) -> None:
        """Keep what this run used; a cache that cannot be written is no loss."""
        if self.used != self.known:
            with contextlib.suppress(SourceError):
                write_bytes(self.path, json.dumps(self.used).encode())


def still_files(looks: list[Look], cache: HashCache, intake: Intake) -> Iterator[tuple[Look, str]]:
    """Files with their hashes; those not in the cache are looked at twice, with one pause for all."""
    known = {look.path: sha256 for look in looks if (sha256 := cache.get(look))}
    fresh = [look for look in looks if look.path not in known]
    still = set()
    if fresh:
        time.sleep(STILL_SECONDS)
        still = {look.location for look in _look_again(fresh, intake)}
    for look in looks:
        if look.path in known:
            yield look, known[look.path]
        elif look.location in still:
            sha256 = _hash(look, intake)
            if sha256:
                cache.put(look, sha256)
                yield look, sha256


def _look_again(looks: list[Look], intake: Intake) -> Iterator[Look]:
    for look in looks:
        try:
            found = look.place.lstat()
        except OSError:
            intake.left_out.append(left_out(look.path, "vanished"))
            continue
        if _look(look.path, look.location, found).state == look.state:
            yield look
        else:
            note_growth(look, intake)
