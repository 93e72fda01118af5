"""The landing zone: what is there, what of it is new and still, and taking it into the raw layer.

A name is only data: a file is what its bytes are. Each is accepted once whatever it is called; another path with
the same bytes is remembered as seen. Nothing here follows a link, opens a device, or changes the landing zone.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wcmatch import glob

from sources import journal
from sources.codes import reason
from sources.crashpoint import crashpoint
from sources.durable import collect_partials, make_folder, write_bytes
from sources.errors import FeedConflictError, LandingMissingError, SourceError, StorageError
from sources.raw import (
    READER_VERSION,
    FileFacts,
    RawFile,
    bytes_path,
    commit_file,
    facts_of_bytes,
    instant,
    instant_text,
    raw_dir_of,
    read_ledger,
    restore_bytes,
    store_bytes,
    stored_hashes,
)
from sources.readers.reading import ReadOptions

if TYPE_CHECKING:
    from sources.mapping.guess import Guess

STILL_SECONDS = 0.2
#: A file whose last change is younger than this when hashed may change again within one tick of its clock.
RACY_NS = 2_000_000_000
OPEN_INTAKE = "intake-open.json"
SEEN = "seen-"
DONE = ".done"
IGNORED_ENDINGS = (".part", ".tmp", ".filepart", ".crdownload", ".partial", DONE)
IGNORED_NAMES = {"thumbs.db", "desktop.ini"}
PACKED_ENDINGS = (".gz", ".zip")
_KINDS = (
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


class FeedLike(Protocol):
    """What this room needs to know of a feed."""

    feed: str
    kind: str
    match: str


class PolicyLike(Protocol):
    """What this room needs to know of a policy."""

    @property
    def feeds(self) -> Sequence[Any]:
        """The feeds."""


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
class FeedFile:
    """A file ever seen as one feed reads it (or none): what a row of `source_files` is about."""

    raw_file: RawFile
    path: str
    feed: Any | None
    status: str  # accepted, quarantined, unchanged
    guess: Guess | None = None  # how its columns were matched, where no feed describes it

    @property
    def note(self) -> str | None:
        """Which columns were taken for what, where that was told from the file itself."""
        return self.guess.note if self.guess else None


# --- which feed reads a file ---------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _matcher(pattern: str) -> Any:
    return glob.compile(pattern, flags=glob.GLOBSTAR | glob.BRACE | glob.EXTGLOB | glob.CASE)


def _matches(path: str, pattern: str) -> bool:
    compiled = _matcher(pattern)
    if compiled.match(path):
        return True
    stripped = path
    while stripped.lower().endswith(PACKED_ENDINGS):
        stripped = stripped.rsplit(".", 1)[0]
        if compiled.match(stripped):
            return True
    return False


def feeds_for(path: str, feeds: Iterable[Any]) -> list[Any]:
    """The feeds that read a file, by its path under landing/.

    A feed with `fallback` steps back where another of its kind matches. A guessing feed reads only what no other feed
    matches, and nothing in a folder that another feed describes: a file that does not fit is a question for that
    feed. Raises FeedConflictError naming both when two feeds of one kind remain.
    """
    listed = list(feeds)
    matching = [feed for feed in listed if _matches(path, feed.match)]
    told = [feed for feed in matching if not _guesses(feed)]
    matching = told or [feed for feed in matching if not _is_described(path, listed)]
    firm = {feed.kind for feed in matching if not getattr(feed, "fallback", False)}
    chosen = [feed for feed in matching if not (getattr(feed, "fallback", False) and feed.kind in firm)]
    by_kind: dict[str, Any] = {}
    for feed in chosen:
        if feed.kind in by_kind:
            raise FeedConflictError(
                f"feeds {by_kind[feed.kind].feed} and {feed.feed} (both of kind {feed.kind}) read {path!r}: "
                "narrow the match of one of them"
            )
        by_kind[feed.kind] = feed
    return chosen


def _guesses(feed: Any) -> bool:
    return getattr(feed, "guess", None) is not None


def _is_described(path: str, feeds: Sequence[Any]) -> bool:
    """Whether the folder below the top one has a feed of its own, by its name or by its match."""
    parts = path.split("/")
    if len(parts) < 3:
        return True
    from sources.mapping.guess import source_name_of

    folder, name = "/".join(parts[:2]), source_name_of(path)
    for feed in feeds:
        begins = feed.match.split("/")[:2]
        if _guesses(feed) or len(begins) < 2:
            continue
        if feed.feed == name or (begins[1].strip("*") and _matcher("/".join(begins)).match(folder)):
            return True
    return False


def readings_for(path: str, feeds: Iterable[Any]) -> list[ReadOptions]:
    """The different ways in which the feeds of a file want it read; the default when there is no feed."""
    options = {option.reading: option for option in (ReadOptions.of(feed) for feed in feeds_for(path, feeds))}
    return list(options.values()) or [ReadOptions()]


def files_of_feeds(raw_dir: Path, feeds: Sequence[Any]) -> list[FeedFile]:
    """Every file ever seen, once for each feed that reads it and each path it was seen under.

    The first path that a feed reads is the one accepted (or quarantined), so that a file moved to where it belongs is
    read; the others are `unchanged`. A file that only a guessing feed reads comes with a feed made for it, named
    after its folder, or refused where too few of its columns are sure. Raises FeedConflictError.
    """
    by_hash: dict[str, dict[str, RawFile]] = {}
    for file in read_ledger(raw_dir):
        by_hash.setdefault(file.sha256, {})[file.reading] = file
    seen = _seen_paths(raw_dir)
    rows: list[FeedFile] = []
    for sha256, readings in by_hash.items():
        first = next(iter(readings.values()))
        paths = [first.path, *sorted(seen.get(sha256, set()) - {first.path})]
        ways: dict[str, list[tuple[RawFile, Any | None, Guess | None]]] = {}
        for path in paths:
            ways[path] = []
            for feed in feeds_for(path, feeds) or [None]:
                raw_file = readings.get(ReadOptions.of(feed).reading) or first
                ways[path].append(_guessed(raw_file, path, feed) if _guesses(feed) else (raw_file, feed, None))
        chosen = min(paths, key=lambda path: _hindrance(ways[path]))
        for path in paths:
            for raw_file, feed, guess in ways[path]:
                status = "quarantined" if raw_file.refused else "accepted"
                rows.append(FeedFile(raw_file, path, feed, status if path == chosen else "unchanged", guess))
    return rows


def _hindrance(ways: list[tuple[RawFile, Any | None, Guess | None]]) -> int:
    """How little a path is read: 0 by a feed, 1 by a guess that is not sure enough, 2 by none."""
    if any(guess is not None and raw_file.refused for raw_file, _, guess in ways):
        return 1
    return 0 if any(feed is not None for _, feed, _ in ways) else 2


def _guessed(raw_file: RawFile, path: str, template: Any) -> tuple[RawFile, Any | None, Guess | None]:
    """A file with the feed made for it; refused where its columns are not sure enough."""
    from sources.mapping.guess import guessed

    if raw_file.refused:
        return raw_file, None, None
    guess = guessed(raw_file, path, template)
    if not guess.proposal.is_enough:
        raw_file = replace(raw_file, refused=guess.refusal())
    return raw_file, guess.feed, guess


def _seen_paths(raw_dir: Path) -> dict[str, set[str]]:
    paths: dict[str, set[str]] = {}
    for entry in journal.read_entries(raw_dir, SEEN):
        paths.setdefault(entry.payload["sha256"], set()).add(entry.payload["path"])
    return paths


# --- what is there -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """A regular file as one look found it; `path` is data, `place` is for the operating system."""

    path: str
    place: Path
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

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


def _left(path: str, code: str, **values: object) -> LeftOut:
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
            intake.left_out.append(_left(shown_path(prefix), "vanished"))
            continue
        except OSError as error:
            if not prefix:
                raise LandingMissingError(f"the landing folder {landing} cannot be listed: {error.strerror}") from error
            intake.left_out.append(_left(shown_path(prefix), "no-permission", detail=error.strerror))
            continue
        for entry in entries:
            relative = f"{prefix}{entry.name}"
            if _is_ignored(entry.name):
                intake.ignored += 1
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                intake.left_out.append(_left(shown_path(relative), "vanished"))
                continue
            if stat.S_ISDIR(found.st_mode):
                folders.append((Path(entry.path), f"{relative}/"))
            elif stat.S_ISREG(found.st_mode):
                looks.append(_look(shown_path(relative), Path(entry.path), found))
            else:
                kind = next((name for test, name in _KINDS if test(found.st_mode)), "special file")
                intake.left_out.append(_left(shown_path(relative), "not-a-file", kind=kind))
    return sorted(looks, key=lambda look: (look.path, os.fsencode(look.place)))


def _look(path: str, place: Path, found: os.stat_result) -> Look:
    return Look(path, place, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def _open_file(look: Look) -> int:
    """A descriptor of a regular file; never follows a link, never waits for a pipe."""
    handle = os.open(look.place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ELOOP, "not a regular file")
    return handle


def _is_still(handle: int, look: Look) -> bool:
    found = os.fstat(handle)
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns) == (look.size, look.mtime_ns, look.ctime_ns)


def _hash(look: Look, intake: Intake) -> str | None:
    """The sha256 of a file; None, and a note, when it cannot be read or changes meanwhile."""
    try:
        handle = _open_file(look)
    except FileNotFoundError:
        intake.left_out.append(_left(look.path, "vanished"))
        return None
    except OSError as error:
        code = "not-a-file" if error.errno == errno.ELOOP else "no-permission"
        intake.left_out.append(_left(look.path, code, kind="symbolic link", detail=error.strerror))
        return None
    try:
        with os.fdopen(handle, "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if _is_still(handle, look):
                return digest
    except OSError as error:
        intake.left_out.append(_left(look.path, "no-permission", detail=error.strerror))
        return None
    _grows(look, intake)
    return None


def _grows(look: Look, intake: Intake) -> None:
    intake.left_growing += 1
    intake.left_out.append(_left(look.path, "still-growing"))


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


# --- taking it -----------------------------------------------------------------------------------------------

Progress = Callable[[str, int, int], None]


def take_landing(
    home: Path,
    policy: PolicyLike,
    received_at: datetime | None = None,
    progress: Progress | None = None,
    otherwise: datetime | None = None,
) -> Intake:
    """Take every new and still file of HOME/landing into the raw layer; the caller holds the home.

    Also finishes what an interrupted run began, reads stored bytes again where the policy now asks for another
    reading, and tries refused files again when readers have learnt something.

    Args:
        home: the deployment.
        policy: its feeds say how files are read.
        received_at: the instant all files of this run are accepted at; by default that of an interrupted run,
            else now.
        progress: called with path, files done, files to do.
        otherwise: the instant when none is given and no run was interrupted; now when left out.

    Returns:
        Counts and the new lines of the ledger.

    Raises:
        LandingMissingError: there is no landing folder.
        FeedConflictError: two feeds of one kind match a file; nothing was taken.
        StorageError: the lake cannot be written; what was committed stays, the rest is taken by the next run.
    """
    raw_dir = raw_dir_of(home)
    moment = _moment(raw_dir, received_at, otherwise)
    intake = Intake(received_at=moment)
    looks = scan(home / "landing", intake)
    for look in looks:
        feeds_for(look.path, policy.feeds)
    _collect(raw_dir)
    scratch_root = home / "lake" / "scratch"
    shutil.rmtree(scratch_root, ignore_errors=True)
    cache = HashCache(home / "lake" / "landing_hashes.json")
    ledger = read_ledger(raw_dir)
    paths: dict[str, set[str]] = {}
    for file in ledger:
        paths.setdefault(file.sha256, set()).add(file.path)
    seen = _seen_paths(raw_dir)
    hashed = _hash_still_files(looks, cache, intake)
    new: dict[str, Look] = {}
    opened = _OpenIntake(raw_dir, moment)
    for look, sha256 in hashed:
        if sha256 not in paths and sha256 not in new:
            new[sha256] = look
            continue
        intake.unchanged += 1
        first = {new[sha256].path} if sha256 in new else paths[sha256]
        if look.path not in first | seen.get(sha256, set()):
            opened.begin()
            _remember(raw_dir, sha256, look.path, moment)
            seen.setdefault(sha256, set()).add(look.path)
            intake.new_paths += 1
    orphans = {h: p for h, p in stored_hashes(raw_dir).items() if h not in paths and h not in new}
    again = _readings_missing(ledger, seen, policy.feeds)
    total = len(new) + len(orphans) + len(again)
    if total:
        opened.begin()
        _make_scratch(scratch_root)
        work = _Work(raw_dir, scratch_root, policy.feeds, intake, progress, total)
        with ThreadPoolExecutor(max_workers=1) as packer:
            for sha256, look in new.items():
                work.take(look, sha256, moment, packer)
        for sha256, stored in orphans.items():
            work.adopt(sha256, stored, received_at, moment)
        for facts, options in again:
            work.read_again(facts, options)
        shutil.rmtree(scratch_root, ignore_errors=True)
    cache.save()
    opened.end()
    return intake


def _moment(raw_dir: Path, received_at: datetime | None, otherwise: datetime | None) -> datetime:
    if received_at is not None:
        return instant(instant_text(received_at))
    path = journal.journal_dir(raw_dir) / OPEN_INTAKE
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return instant(json.loads(path.read_bytes())["received_at"])
    return otherwise or datetime.now(UTC)


class _OpenIntake:
    """The note that an intake began, with its received_at, so that an interrupted one goes on with the same."""

    def __init__(self, raw_dir: Path, moment: datetime) -> None:
        self.path = journal.journal_dir(raw_dir) / OPEN_INTAKE
        self.moment = moment
        self.begun = False

    def begin(self) -> None:
        if not self.begun:
            write_bytes(self.path, json.dumps({"received_at": instant_text(self.moment)}).encode())
            self.begun = True

    def end(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(self.path, "remove", error) from error


def _collect(raw_dir: Path) -> None:
    """Remove what a killed run left half written."""
    if raw_dir.is_dir():
        for folder in raw_dir.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                collect_partials(folder)


def _make_scratch(folder: Path) -> None:
    make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StorageError(folder, "create", error) from error


def _remember(raw_dir: Path, sha256: str, path: str, moment: datetime) -> None:
    name = f"{SEEN}{sha256[:16]}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"
    journal.write_entry(raw_dir, name, {"sha256": sha256, "path": path, "seen_at": instant_text(moment)})


def _hash_still_files(looks: list[Look], cache: HashCache, intake: Intake) -> Iterator[tuple[Look, str]]:
    """Files with their hashes; those not in the cache are looked at twice, with one pause for all."""
    known = {look.path: sha256 for look in looks if (sha256 := cache.get(look))}
    fresh = [look for look in looks if look.path not in known]
    still = set()
    if fresh:
        time.sleep(STILL_SECONDS)
        still = {look.place for look in _look_again(fresh, intake)}
    for look in looks:
        if look.path in known:
            yield look, known[look.path]
        elif look.place in still:
            sha256 = _hash(look, intake)
            if sha256:
                cache.put(look, sha256)
                yield look, sha256


def _look_again(looks: list[Look], intake: Intake) -> Iterator[Look]:
    for look in looks:
        try:
            found = look.place.lstat()
        except OSError:
            intake.left_out.append(_left(look.path, "vanished"))
            continue
        if _look(look.path, look.place, found).state == look.state:
            yield look
        else:
            _grows(look, intake)


def _readings_missing(
    ledger: list[RawFile], seen: dict[str, set[str]], feeds: Sequence[Any]
) -> list[tuple[FileFacts, ReadOptions]]:
    """Readings of stored files that the feeds ask for and the ledger lacks, or that an older reader refused."""
    by_hash: dict[str, list[RawFile]] = {}
    for file in ledger:
        by_hash.setdefault(file.sha256, []).append(file)
    missing: list[tuple[FileFacts, ReadOptions]] = []
    for sha256, files in by_hash.items():
        done = {f.reading for f in files if not f.refused or f.reader_version >= READER_VERSION}
        first = files[0]
        facts = FileFacts(sha256, first.path, first.size, first.received_at)
        wanted: dict[str, ReadOptions] = {}
        for path in {first.path, *seen.get(sha256, set())}:
            wanted |= {option.reading: option for option in readings_for(path, feeds)}
        missing += [(facts, option) for reading, option in sorted(wanted.items()) if reading not in done]
    return missing


class _ChangedMeanwhileError(Exception):
    """A file changed while it was read; nothing of it may be committed."""


@dataclass
class _Work:
    """Reads files one after the other into the raw layer."""

    raw_dir: Path
    scratch_root: Path
    feeds: Sequence[Any]
    intake: Intake
    progress: Progress | None
    total: int
    done: int = 0

    def take(self, look: Look, sha256: str, moment: datetime, packer: ThreadPoolExecutor) -> None:
        """Take a new file: its bytes first, then each reading of it."""
        facts = FileFacts(sha256, look.path, look.size, moment)
        try:
            handle = _open_file(look)
        except OSError:
            self.intake.left_out.append(_left(look.path, "vanished"))
            self._step(look.path)
            return
        try:
            self._take_open(handle, look, facts, packer)
        finally:
            os.close(handle)
        self._step(look.path)

    def _take_open(self, handle: int, look: Look, facts: FileFacts, packer: ThreadPoolExecutor) -> None:
        options = readings_for(look.path, self.feeds)
        stored = bytes_path(self.raw_dir, facts.sha256)
        place = Path(f"/proc/self/fd/{handle}")
        if stored.exists() or not place.exists():  # without /proc, read the copy: a name is not a safe path
            if not stored.exists() and not self._pack(handle, facts):
                _grows(look, self.intake)
                return
            crashpoint("landing.after_bytes")
            self._commit(facts, options, stored, self.intake.files)
            return
        packed = packer.submit(self._pack, handle, facts)

        def when_ready() -> None:
            if not packed.result() or not _is_still(handle, look):
                raise _ChangedMeanwhileError
            crashpoint("landing.after_bytes")

        try:
            with tempfile.TemporaryDirectory(dir=self.scratch_root) as folder:
                made = [commit_file(self.raw_dir, facts, option, place, Path(folder), when_ready) for option in options]
        except _ChangedMeanwhileError:
            _grows(look, self.intake)
        else:
            self._count(made, self.intake.files)
        finally:
            packed.exception()  # never leave the descriptor to a thread that still reads it

    def _pack(self, handle: int, facts: FileFacts) -> bool:
        with os.fdopen(os.dup(handle), "rb") as stream:
            stream.seek(0)
            return store_bytes(self.raw_dir, stream, facts)

    def adopt(self, sha256: str, stored: Path, pinned: datetime | None, moment: datetime) -> None:
        """Read bytes that an interrupted run had kept but not yet read, though their file is gone."""
        said = facts_of_bytes(stored)
        if said is None:
            said = FileFacts(sha256, f"adopted/{sha256[:16]}", 0, moment)
        facts = FileFacts(sha256, said.path, said.size, moment if pinned else said.received_at)
        self._commit(facts, readings_for(facts.path, self.feeds), stored, self.intake.files)
        self._step(facts.path)

    def read_again(self, facts: FileFacts, options: ReadOptions) -> None:
        """Read stored bytes under another reading; received_at stays the original's."""
        self._commit(facts, [options], bytes_path(self.raw_dir, facts.sha256), self.intake.read_again)
        self._step(facts.path)

    def _commit(self, facts: FileFacts, options: list[ReadOptions], stored: Path, into: list[RawFile]) -> None:
        with tempfile.TemporaryDirectory(dir=self.scratch_root) as folder:
            source = restore_bytes(stored, Path(folder) / "original")
            made = [commit_file(self.raw_dir, facts, option, source, Path(folder)) for option in options]
        self._count(made, into)

    def _count(self, made: list[RawFile], into: list[RawFile]) -> None:
        into += made
        if into is not self.intake.files:
            return
        if all(file.refused for file in made):
            self.intake.quarantined += 1
        else:
            self.intake.accepted += 1

    def _step(self, path: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(path, self.done, self.total)
