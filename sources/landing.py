"""Taking the landing zone into the raw layer: each file once, whole or not at all.

A name is only data: a file is what its bytes are. Each is accepted once whatever it is called; another path with
the same bytes is remembered as seen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sources.admission import TOO_LARGE, allow, allowed_files, most_bytes, over_limit
from sources.durable import collect_partials, make_folder
from sources.erased_files import ErasedCopies
from sources.erased_names import known_looks
from sources.erasures import erased_lines
from sources.errors import StorageError
from sources.feed_files import seen_paths
from sources.feed_match import feeds_for, readings_for
from sources.looks import HashCache, Intake, Look, scan, still_files
from sources.open_intake import OpenIntake, moment_of
from sources.other_paths import last_at, remember_back, remember_copy
from sources.raw import (
    READER_VERSION,
    FileFacts,
    RawFile,
    raw_dir_of,
    read_archives,
    read_ledger,
    stored_hashes,
)
from sources.readers.reading import ReadOptions
from sources.taking import Progress, Taking


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
    moment = moment_of(raw_dir, received_at, otherwise)
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
    opened = OpenIntake(raw_dir, moment)
    stands = last_at(raw_dir, ledger)
    for look, found in hashed:
        sha256 = copies.known_as(found, look.path, paths, seen)
        if sha256 not in paths and sha256 not in new:
            new[sha256] = look
            continue
        intake.unchanged += 1
        if stands.get(look.path, sha256) != sha256:  # dropped again where others took its place
            opened.begin()
            remember_back(raw_dir, sha256, look.path, moment)
        if sha256 in new:  # which may be an archive: what is in it is known once it is taken
            again_new.append((sha256, look.path))
        elif look.path not in paths[sha256] | seen.get(sha256, set()):
            opened.begin()
            remember_copy(raw_dir, sha256, look.path, archives, seen, moment)
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
        work = Taking(
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
