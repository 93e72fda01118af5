"""Taking the landing zone into the raw layer: each file once, whole or not at all.

A name is only data: a file is what its bytes are. Each is accepted once whatever it is called; another path with
the same bytes is remembered as seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sources import journal
from sources.admission import TOO_LARGE, allow, allowed_files, most_bytes, note_cut, over_limit
from sources.archives import ArchivedAt, is_archive, member_path, members_of, unpack
from sources.crashpoint import crashpoint
from sources.durable import collect_partials, make_folder, write_bytes
from sources.erased_files import ErasedCopies, clean_new_archive
from sources.erased_names import known_looks
from sources.erasures import Touched, erased_lines, lines_of_reading
from sources.errors import RefusedFileError, StorageError
from sources.feed_files import BACK, SEEN, came_back, seen_paths
from sources.feed_match import feeds_for, readings_for
from sources.looks import HashCache, Intake, Look, is_still, left_out, note_growth, open_file, scan, still_files
from sources.raw import (
    READER_VERSION,
    FileFacts,
    RawFile,
    bytes_path,
    commit_archive,
    commit_file,
    facts_of_bytes,
    instant,
    instant_text,
    raw_dir_of,
    read_archives,
    read_ledger,
    refuse_file,
    restore_bytes,
    store_bytes,
    stored_hashes,
)
from sources.readers.reading import ReadOptions

OPEN_INTAKE = "intake-open.json"
Progress = Callable[[str, int, int], None]


class PolicyLike(Protocol):
    """What this room needs to know of a policy."""

    @property
    def feeds(self) -> Sequence[Any]:
        """The feeds."""


def take_landing(
    home: Path,
    policy: PolicyLike,
    received_at: datetime | None = None,
    progress: Progress | None = None,
    otherwise: datetime | None = None,
    once_more: Callable[[RawFile], bool] = lambda _: False,
    *,
    allow_large: bool = False,
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
        once_more: which files of the ledger are read again although nothing asks for it.
        allow_large: lets files in that are larger than their feeds allow, and journals that.

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
    looks = known_looks(raw_dir, scan(home / "landing", intake))
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
    archives = {archive.sha256: archive for archive in read_archives(raw_dir)}
    for archive in archives.values():
        paths.setdefault(archive.sha256, set()).add(archive.path)
    seen = seen_paths(raw_dir)
    hashed = still_files(looks, cache, intake)
    copies = ErasedCopies.of(raw_dir)
    new: dict[str, Look] = {}
    again_new: list[tuple[str, str]] = []  # other paths of those
    opened = _OpenIntake(raw_dir, moment)
    stands = _last_at(raw_dir, ledger)
    for look, found in hashed:
        sha256 = copies.known_as(found, look.path, paths, seen)
        if sha256 not in paths and sha256 not in new:
            new[sha256] = look
            continue
        intake.unchanged += 1
        if stands.get(look.path, sha256) != sha256:  # dropped again where others took its place
            opened.begin()
            _remember_back(raw_dir, sha256, look.path, moment)
        if sha256 in new:  # which may be an archive: what is in it is known once it is taken
            again_new.append((sha256, look.path))
        elif look.path not in paths[sha256] | seen.get(sha256, set()):
            opened.begin()
            _remember_copy(raw_dir, sha256, look.path, archives, seen, moment)
            intake.new_paths += 1
    orphans = {h: p for h, p in stored_hashes(raw_dir).items() if h not in paths and h not in new}
    if allow_large:
        _allow_large(raw_dir, ledger, seen, policy.feeds, moment)
    allowed = allowed_files(raw_dir)
    again = _readings_missing(ledger, seen, policy.feeds, once_more, allowed)
    total = len(new) + len(orphans) + len(again)
    if total:
        opened.begin()
        _make_scratch(scratch_root)
        known = {sha256: paths[sha256] | seen.get(sha256, set()) for sha256 in paths}
        newest = {file.path: file for file in ledger if not file.refused and not file.archive}
        erased = erased_lines(raw_dir)
        work = _Work(
            raw_dir, scratch_root, policy.feeds, intake, progress, total, known, allowed, newest, erased, allow_large
        )
        with ThreadPoolExecutor(max_workers=1) as packer:
            for sha256, look in new.items():
                work.take(look, sha256, moment, packer)
        for sha256, stored in orphans.items():
            work.adopt(sha256, stored, received_at, moment)
        for facts, options in again:
            work.read_again(facts, options)
        work.remember_copies(again_new, seen, moment)
        if work.met_again:  # under a path that may ask for another reading
            for facts, options in _readings_missing(read_ledger(raw_dir), seen_paths(raw_dir), policy.feeds):
                work.read_again(facts, options)
        shutil.rmtree(scratch_root, ignore_errors=True)
    if allow_large:  # of new files the rows are known only now
        _allow_large(raw_dir, [*intake.files, *intake.read_again], seen, policy.feeds, moment)
    cache.save()
    opened.end()
    return intake


def _allow_large(
    raw_dir: Path, files: Iterable[RawFile], seen: Mapping[str, set[str]], feeds: Sequence[Any], moment: datetime
) -> None:
    """Journal of every file that is over a limit of its feeds that it is let in."""
    known = allowed_files(raw_dir)
    for file in files:
        asked = [feed for path in {file.path, *seen.get(file.sha256, set())} for feed in feeds_for(path, feeds)]
        if file.sha256 not in known and any(over_limit(file.size, file.rows, feed) for feed in asked):
            allow(raw_dir, file.sha256, moment)
            known.add(file.sha256)


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


def _remember_copy(
    raw_dir: Path,
    sha256: str,
    path: str,
    archives: Mapping[str, RawFile],
    seen: dict[str, set[str]],
    moment: datetime,
) -> None:
    """Remember another path of known bytes, and of an archive those of the files in it; adds them to `seen`."""
    members = archives[sha256].dialect["members"] if sha256 in archives else ()
    for inner, its_path in [*((inner, member_path(path, name)) for name, inner in members), (sha256, path)]:
        _remember(raw_dir, inner, its_path, moment)
        seen.setdefault(inner, set()).add(its_path)


def _remember_back(raw_dir: Path, sha256: str, path: str, moment: datetime) -> None:
    at = instant_text(moment)
    name = f"{BACK}{sha256[:16]}-{hashlib.sha256(f'{path} {at}'.encode()).hexdigest()[:12]}"
    journal.write_entry(raw_dir, name, {"sha256": sha256, "path": path, "seen_at": at})


def _last_at(raw_dir: Path, ledger: list[RawFile]) -> dict[str, str]:
    """The bytes that were last dropped under each path, of those files that were taken there."""
    at = [(file.received_at, 0, file.sha256, file.path) for file in ledger]
    at += [(moment, 1, sha256, path) for (sha256, path), moment in came_back(raw_dir).items()]
    return {path: sha256 for _, _, sha256, path in sorted(at)}


def _readings_missing(
    ledger: list[RawFile],
    seen: dict[str, set[str]],
    feeds: Sequence[Any],
    once_more: Callable[[RawFile], bool] = lambda _: False,
    allowed: Set[str] = frozenset(),
) -> list[tuple[FileFacts, ReadOptions]]:
    """Readings of stored files that the feeds ask for and the ledger lacks, or that may be read now.

    What an older reader refused is tried again, and what was too large once the policy or somebody allows it.
    """

    def is_done(file: RawFile) -> bool:
        if once_more(file):
            return False
        if file.refused and file.refused["code"] == TOO_LARGE:
            limit = most_bytes(feeds_for(file.path, feeds))
            return file.sha256 not in allowed and limit is not None and file.size > limit
        return not file.refused or file.reader_version >= READER_VERSION

    by_hash: dict[str, list[RawFile]] = {}
    for file in ledger:
        by_hash.setdefault(file.sha256, []).append(file)
    missing: list[tuple[FileFacts, ReadOptions]] = []
    for sha256, files in by_hash.items():
        done = {file.reading for file in files if is_done(file)}
        first = files[0]
        facts = FileFacts(sha256, first.path, first.size, first.received_at, first.archive)
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
    known: dict[str, set[str]]
    allowed: set[str]
    newest: dict[str, RawFile]
    erased: Touched
    allow_large: bool = False
    done: int = 0
    met_again: bool = False

    def take(self, look: Look, sha256: str, moment: datetime, packer: ThreadPoolExecutor) -> None:
        """Take a new file: its bytes first, then each reading of it."""
        facts = FileFacts(sha256, look.path, look.size, moment)
        if self._was_taken(facts):  # a moment ago, out of an archive
            self._step(look.path)
            return
        try:
            handle = open_file(look)
        except OSError:
            self.intake.left_out.append(left_out(look.path, "vanished"))
            self._step(look.path)
            return
        try:
            self._take_open(handle, look, facts, packer)
        finally:
            os.close(handle)
        self._step(look.path)

    def _take_open(self, handle: int, look: Look, facts: FileFacts, packer: ThreadPoolExecutor) -> None:
        self._note_if_it_grew(handle, facts)
        options = readings_for(look.path, self.feeds)
        stored = bytes_path(self.raw_dir, facts.sha256)
        place = Path(f"/proc/self/fd/{handle}")
        too_large = self._too_large(facts)
        if too_large and not is_archive(place):
            if not stored.exists() and not self._pack(handle, facts):
                note_growth(look, self.intake)
                return
            self._count([refuse_file(self.raw_dir, facts, option, too_large) for option in options], self.intake.files)
            return
        # without /proc, read the copy: a name is not a safe path; of an archive the bytes are what its files rest on
        if stored.exists() or not place.exists() or is_archive(place):
            if not stored.exists() and not self._pack(handle, facts):
                note_growth(look, self.intake)
                return
            crashpoint("landing.after_bytes")
            self._commit(facts, options, stored, self.intake.files)
            return
        packed = packer.submit(self._pack, handle, facts)

        def when_ready() -> None:
            if not packed.result() or not is_still(handle, look):
                raise _ChangedMeanwhileError
            crashpoint("landing.after_bytes")

        try:
            with tempfile.TemporaryDirectory(dir=self.scratch_root) as folder:
                made = [commit_file(self.raw_dir, facts, option, place, Path(folder), when_ready) for option in options]
        except _ChangedMeanwhileError:
            note_growth(look, self.intake)
        else:
            self._count(made, self.intake.files)
        finally:
            packed.exception()  # never leave the descriptor to a thread that still reads it

    def _note_if_it_grew(self, handle: int, facts: FileFacts) -> None:
        """Journal, before the file counts, that the one of its name was taken while its writer had paused."""
        before = self.newest.get(facts.path)
        if before is None or not 0 < before.size < facts.size:
            return
        if set(os.pread(handle, 2, before.size - 1)) & {10, 13}:
            return  # it ended with a line: rows were added, and those it has are right
        with os.fdopen(os.dup(handle), "rb") as stream:
            stream.seek(0)
            digest, left = hashlib.sha256(), before.size
            while left and (chunk := stream.read(min(left, 1 << 20))):
                digest.update(chunk)
                left -= len(chunk)
        if digest.hexdigest() == before.sha256:
            note_cut(self.raw_dir, before.sha256, facts.sha256)

    def _too_large(self, facts: FileFacts) -> RefusedFileError | None:
        """Why a file is not even read; the limit is that of the feed which allows most."""
        limit = most_bytes(feeds_for(facts.path, self.feeds))
        if self.allow_large or limit is None or facts.size <= limit or facts.sha256 in self.allowed:
            return None
        return RefusedFileError(TOO_LARGE, found=facts.size, limit=limit)

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
        whose = facts.archive.sha256 if facts.archive else facts.sha256
        self._commit(facts, [options], bytes_path(self.raw_dir, whose), self.intake.read_again)
        self._step(facts.path)

    def _commit(self, facts: FileFacts, options: list[ReadOptions], stored: Path, into: list[RawFile]) -> None:
        with tempfile.TemporaryDirectory(dir=self.scratch_root) as folder:
            source = restore_bytes(stored, Path(folder) / "original")
            try:
                if facts.archive is not None:
                    source = self._member_again(source, facts.archive)
                elif is_archive(source):
                    self._open_archive(facts, source, Path(folder))
                    return
                made = [
                    commit_file(
                        self.raw_dir,
                        facts,
                        option,
                        source,
                        Path(folder),
                        erased=lines_of_reading(self.erased, facts.sha256, option.reading),
                    )
                    for option in options
                ]
            except RefusedFileError as refusal:
                made = [refuse_file(self.raw_dir, facts, option, refusal) for option in options]
        self._count(made, into)

    def _member_again(self, source: Path, archived: ArchivedAt) -> Path:
        member = next(member for member in members_of(source) if member.index == archived.index)
        target = source.with_name("member")
        unpack(source, member, target)
        return target

    def _open_archive(self, facts: FileFacts, source: Path, folder: Path) -> None:
        """Take every file of an archive whose bytes are stored. Raises RefusedFileError, and nothing was taken."""
        members = members_of(source)
        for member in members:
            feeds_for(member_path(facts.path, member.name), self.feeds)
        listed: list[tuple[str, str]] = []
        for member in members:
            target = folder / "member"
            archived, path = ArchivedAt(facts.sha256, member.index), member_path(facts.path, member.name)
            refusal: RefusedFileError | None = None
            try:
                sha256 = unpack(source, member, target)
                if is_archive(target):  # never opened here, but the same bytes may come on their own
                    raise RefusedFileError("nested-archive")
            except RefusedFileError as refused:  # what has no bytes of its own is known by its place
                refusal = refused
                sha256 = hashlib.sha256(f"{facts.sha256} {member.index}".encode()).hexdigest()
            inner = FileFacts(sha256, path, member.size, facts.received_at, archived)
            refusal = refusal or self._too_large(inner)
            listed.append((member.name, sha256))
            if not self._was_taken(inner):
                made = [
                    refuse_file(self.raw_dir, inner, option, refusal)
                    if refusal
                    else commit_file(self.raw_dir, inner, option, target, folder)
                    for option in readings_for(path, self.feeds)
                ]
                self._count(made, self.intake.files)
            target.unlink(missing_ok=True)
        clean_new_archive(self.raw_dir, facts.sha256, listed)
        commit_archive(self.raw_dir, facts, listed)
        self.known.setdefault(facts.sha256, set()).add(facts.path)

    def remember_copies(self, copies: Sequence[tuple[str, str]], seen: dict[str, set[str]], moment: datetime) -> None:
        """Remember the other paths (sha256, path) of files that were new a moment ago, unless they were not taken."""
        archives = {archive.sha256: archive for archive in read_archives(self.raw_dir)} if copies else {}
        for sha256, path in copies:
            if path not in self.known.get(sha256, {path}) | seen.get(sha256, set()):
                _remember_copy(self.raw_dir, sha256, path, archives, seen, moment)
                self.intake.new_paths += 1
                self.met_again = True

    def _was_taken(self, facts: FileFacts) -> bool:
        """Whether these bytes were committed before; another path they came under is then remembered."""
        paths = self.known.get(facts.sha256)
        if paths is None:
            return False
        self.intake.unchanged += 1
        if facts.path not in paths:
            _remember(self.raw_dir, facts.sha256, facts.path, facts.received_at)
            paths.add(facts.path)
            self.intake.new_paths += 1
            self.met_again = True
        return True

    def _count(self, made: list[RawFile], into: list[RawFile]) -> None:
        into += made
        for file in made:
            self.known.setdefault(file.sha256, set()).add(file.path)
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
