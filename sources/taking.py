"""Taking one file after the other into the raw layer: its bytes first, then each reading of it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sources.admission import TOO_LARGE, most_bytes, note_cut
from sources.archives import ArchivedAt, is_archive, member_path, members_of, unpack
from sources.crashpoint import crashpoint
from sources.erased_files import clean_new_archive
from sources.erasures import Touched, lines_of_reading
from sources.errors import RefusedFileError
from sources.feed_match import feeds_for, readings_for
from sources.looks import Intake, Look, is_still, left_out, note_growth, open_file
from sources.other_paths import remember, remember_copy
from sources.raw import (
    FileFacts,
    RawFile,
    bytes_path,
    commit_archive,
    commit_file,
    facts_of_bytes,
    read_archives,
    refuse_file,
    restore_bytes,
    store_bytes,
)
from sources.readers.reading import ReadOptions

Progress = Callable[[str, int, int], None]


class _ChangedMeanwhileError(Exception):
    """A file changed while it was read; nothing of it may be committed."""


@dataclass
class Taking:
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
                remember_copy(self.raw_dir, sha256, path, archives, seen, moment)
                self.intake.new_paths += 1
                self.met_again = True

    def _was_taken(self, facts: FileFacts) -> bool:
        """Whether these bytes were committed before; another path they came under is then remembered."""
        paths = self.known.get(facts.sha256)
        if paths is None:
            return False
        self.intake.unchanged += 1
        if facts.path not in paths:
            remember(self.raw_dir, facts.sha256, facts.path, facts.received_at)
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
