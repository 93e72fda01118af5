"""Every file ever seen as its feeds read it: accepted, refused, the same bytes as another, or taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sources import journal
from sources.admission import (
    CUT_SHORT,
    NEW_VERSION,
    REPLACED,
    allowed_files,
    cut_files,
    is_version,
    refusal,
    within_limits,
)
from sources.feed_columns import is_refused_for_columns
from sources.feed_match import feeds_for, is_guessing
from sources.raw import RawFile, instant, read_ledger
from sources.readers.reading import ReadOptions
from sources.retractions import Retraction, retraction_of, retractions
from sources.set_aside import set_aside_at

if TYPE_CHECKING:
    from sources.mapping.guess import Guess

SEEN = "seen-"
BACK = "back-"


#: How bytes are read under one path: by each of its feeds, or by none; with the guess where no feed describes them.
Ways = list[tuple[RawFile, Any | None, "Guess | None"]]


@dataclass(frozen=True)
class FeedFile:
    """A file ever seen as one feed reads it (or none): what a row of `source_files` is about."""

    raw_file: RawFile
    path: str
    feed: Any | None
    status: str  # accepted, quarantined, unchanged, retracted
    guess: Guess | None = None  # how its columns were matched, where no feed describes it
    counted_at: str | None = None  # the path under which these bytes count
    counted_as: str | None = None  # the feed under whose name the rows of these bytes count, read in the same way
    retraction: Retraction | None = None  # by which it was retracted as the file of this feed

    @property
    def note(self) -> str | None:
        """Which columns were taken for what, where that was told from the file itself."""
        return self.guess.note or None if self.guess else None


def files_of_feeds(raw_dir: Path, feeds: Sequence[Any]) -> list[FeedFile]:
    """Every file ever seen, once for each feed that reads it and each path it was seen under.

    The first path whose feed can read it and finds its columns is the one accepted (else one is quarantined), so that
    a file moved to where it belongs is read, and one that was moved after all its feeds had set it aside for what is
    in it; the others are `unchanged`. A file that was retracted is `retracted` wherever the same feed reads it: what
    lies there for another counts as if it had come alone. A file that only a guessing feed reads comes with a feed
    made for it, named after its folder, or refused where too few of its columns are sure; one that is larger than its
    feed allows is refused as well, and what a new version of a known name means its feed says. Raises
    FeedConflictError.
    """
    gone = retractions(raw_dir)
    allowed = allowed_files(raw_dir)
    by_hash: dict[str, dict[str, RawFile]] = {}
    for file in read_ledger(raw_dir):
        by_hash.setdefault(file.sha256, {})[file.reading] = file
    seen = _seen_at(raw_dir)
    aside = set_aside_at(raw_dir) if seen else {}
    rows: list[FeedFile] = []
    for sha256, readings in by_hash.items():
        first = next(iter(readings.values()))
        later = sorted((at, path) for path, at in seen.get(sha256, {}).items() if path != first.path)
        paths = [first.path, *(path for _, path in later)]
        ways: dict[str, Ways] = {}
        for path in paths:
            ways[path] = []
            for feed in feeds_for(path, feeds) or [None]:
                raw_file = readings.get(ReadOptions.of(feed).reading) or first
                raw_file = within_limits(raw_file, feed, allowed)
                ways[path].append(_guessed(raw_file, path, feed) if is_guessing(feed) else (raw_file, feed, None))
        retracted = _retracted(ways, gone.get(first.file_id, []))
        left = {path: [way for way in ways[path] if (path, _name(way)) not in retracted] for path in paths}
        left = {path: found for path, found in left.items() if found} or ways
        chosen = _chosen(left, {path: at for at, path in later if path in left}, aside) if later else first.path
        for path in paths:
            for way in ways[path]:
                raw_file, feed, guess = way
                retraction = retracted.get((path, _name(way)))
                status = "quarantined" if raw_file.refused else "accepted"
                status = "retracted" if retraction else status if path == chosen else "unchanged"
                counted_as = _counted_as(raw_file, feed, left[chosen])
                rows.append(FeedFile(raw_file, path, feed, status, guess, chosen, counted_as, retraction))
    return _as_versions(_without_cut(rows, cut_files(raw_dir)), came_back(raw_dir))


def _name(way: tuple[RawFile, Any | None, Guess | None]) -> str | None:
    """The feed that reads a file in one way."""
    return None if way[1] is None else way[1].feed


def _retracted(ways: Mapping[str, Ways], retracted: Sequence[Retraction]) -> dict[tuple[str, str | None], Retraction]:
    """By path and feed, what was retracted of the bytes that are read in these ways."""
    if not retracted:
        return {}
    sources = {name for found in ways.values() for way in found if (name := _name(way)) is not None}
    found: dict[tuple[str, str | None], Retraction] = {}
    for path, its_ways in ways.items():
        for name in map(_name, its_ways):
            if one := retraction_of(retracted, name, str(PurePosixPath(path).parent), sources):
                found[path, name] = one
    return found


def _chosen(ways: Mapping[str, Ways], later: Mapping[str, datetime], aside: Mapping[tuple[str, str], datetime]) -> str:
    """The path under which bytes count that were seen under several.

    Args:
        ways: how they are read, by path, the first path first.
        later: when they were met under each path but the first, in this order.
        aside: when a feed set them aside for what is in them, by sha256 and feed.
    """
    chosen = min(ways, key=lambda path: _hindrance(ways[path]))
    for path, at in later.items():
        set_aside = [aside.get((file.sha256, feed.feed)) for file, feed, _ in ways[chosen] if feed is not None]
        if set_aside and all(told is not None and told < at for told in set_aside) and not _hindrance(ways[path]):
            chosen = path
    return chosen


def _counted_as(raw_file: RawFile, feed: Any | None, chosen: Ways) -> str | None:
    """The feed under whose name the rows of a file count: its own where that is read, or another of its kind."""
    kind = "leads" if feed is None else feed.kind
    names = [
        other.feed
        for other_file, other, _ in chosen
        if other is not None and other.kind == kind and other_file.reading == raw_file.reading
    ]
    return feed.feed if feed is not None and feed.feed in names else next(iter(names), None)


def _without_cut(rows: list[FeedFile], whole_of: Mapping[str, str]) -> list[FeedFile]:
    """The same, with files taken back that were broken off, where what they then were is accepted by the feed."""
    accepted = {
        (row.raw_file.sha256, row.feed.feed): row.raw_file for row in rows if row.feed and row.status == "accepted"
    }
    told = []
    for row in rows:
        whole = accepted.get((whole_of.get(row.raw_file.sha256, ""), row.feed.feed)) if row.feed else None
        if whole and row.status == "accepted":
            refused = refusal(CUT_SHORT, on=f"{whole.received_at:%Y-%m-%d}", file_id=whole.file_id)
            row = replace(row, status="retracted", raw_file=replace(row.raw_file, refused=refused))
        told.append(row)
    return told


def _as_versions(rows: list[FeedFile], back: Mapping[tuple[str, str], datetime]) -> list[FeedFile]:
    """The same, with the versions of one name retracted or set aside as their feeds say."""

    def dropped_at(file: RawFile, path: str) -> tuple[datetime, int, str]:
        """When it was last dropped under a path; of two at one instant the one that came back is later."""
        again = back.get((file.sha256, path))
        return (file.received_at, 0, file.sha256) if again is None else (again, 1, file.sha256)

    versions: dict[tuple[str, str], list[RawFile]] = {}
    for row in rows:
        rule = getattr(row.feed, "new_version", "append")
        if rule != "append" and row.feed and row.status == "accepted" and is_version(row.raw_file):
            versions.setdefault((row.path, row.feed.feed), []).append(row.raw_file)
    answers: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
    for row in rows:
        if not row.feed or len(found := versions.get((row.path, row.feed.feed), [])) < 2:
            continue
        ordered = sorted(found, key=lambda file: (file.received_at, file.sha256))
        first, its = ordered[0], (row.path, row.feed.feed)
        if row.feed.new_version == "replace":
            ordered.sort(key=lambda file: dropped_at(file, row.path))
            newest = ordered[-1]
            for file in ordered[:-1]:
                values = {"on": f"{dropped_at(newest, row.path)[0]:%Y-%m-%d}", "file_id": newest.file_id}
                answers[*its, file.file_id] = "retracted", refusal(REPLACED, **values)
        else:
            for file in ordered[1:]:
                values = {"on": f"{first.received_at:%Y-%m-%d}", "file_id": first.file_id}
                answers[*its, file.file_id] = "quarantined", refusal(NEW_VERSION, **values)
    told = []
    for row in rows:
        answer = answers.get((row.path, row.feed.feed if row.feed else "", row.raw_file.file_id))
        if answer and row.status == "accepted":
            row = replace(row, status=answer[0], raw_file=replace(row.raw_file, refused=answer[1]))
        told.append(row)
    return told


def _hindrance(ways: Ways) -> int:
    """How little a path is read: 0 by a feed, 1 by a feed or a guess that refuses the file, 2 by none."""
    if any(guess is not None and raw_file.refused for raw_file, _, guess in ways):
        return 1
    if any(
        feed is not None and not raw_file.refused and not is_refused_for_columns(feed, raw_file)
        for raw_file, feed, _ in ways
    ):
        return 0
    return 1 if any(feed is not None for _, feed, _ in ways) else 2


def _guessed(raw_file: RawFile, path: str, template: Any) -> tuple[RawFile, Any | None, Guess | None]:
    """A file with the feed made for it; refused where it has columns and they are not sure enough."""
    from sources.mapping.guess import guessed

    if raw_file.refused:
        return raw_file, None, None
    guess = guessed(raw_file, path, template)
    if not guess.proposal.is_enough and (raw_file.rows or raw_file.headers):  # of nothing there is nothing to ask
        raw_file = replace(raw_file, refused=guess.refusal())
    return raw_file, guess.feed, guess


def came_back(raw_dir: Path) -> dict[tuple[str, str], datetime]:
    """When known bytes were last dropped again in the place of others, by sha256 and path."""
    found: dict[tuple[str, str], datetime] = {}
    for entry in journal.read_entries(raw_dir, BACK):
        key = entry.payload["sha256"], entry.payload["path"]
        found[key] = max(instant(entry.payload["seen_at"]), found.get(key, datetime.min.replace(tzinfo=UTC)))
    return found


def seen_paths(raw_dir: Path) -> dict[str, set[str]]:
    """The other paths that known bytes were met under, by sha256."""
    return {sha256: set(paths) for sha256, paths in _seen_at(raw_dir).items()}


def _seen_at(raw_dir: Path) -> dict[str, dict[str, datetime]]:
    """When known bytes were first met under each other path, by sha256."""
    paths: dict[str, dict[str, datetime]] = {}
    for entry in journal.read_entries(raw_dir, SEEN):
        at, told = instant(entry.payload["seen_at"]), paths.setdefault(entry.payload["sha256"], {})
        told[entry.payload["path"]] = min(at, told.get(entry.payload["path"], at))
    return paths
