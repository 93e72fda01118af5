"""Which feed reads a file, by the path it was dropped under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from bracex import expand
from wcmatch import glob

from sources.archives import matched_paths
from sources.errors import FeedConflictError
from sources.readers.reading import ReadOptions

PACKED_ENDINGS = (".gz", ".zip")


@lru_cache(maxsize=2048)
def _matcher(pattern: str) -> Any:
    return glob.compile(pattern, flags=glob.GLOBSTAR | glob.BRACE | glob.EXTGLOB | glob.CASE)


@lru_cache(maxsize=2048)
def _folder(pattern: str) -> str | None:
    """The top folder that a pattern names in full, with its slash; None where it names none."""
    first, slash, _ = pattern.partition("/")
    return first + slash if slash and not set(first) & set("*?[]{}()!@+|\\") else None


def _matches(path: str, pattern: str) -> bool:
    folder = _folder(pattern)
    if folder is not None and not path.startswith(folder):  # most feeds, and a glance costs far less than a match
        return False
    compiled = _matcher(pattern)
    if compiled.match(path):
        return True
    stripped = path
    while stripped.lower().endswith(PACKED_ENDINGS):
        stripped = stripped.rsplit(".", 1)[0]
        if compiled.match(stripped):
            return True
    return False


@lru_cache(maxsize=8192)
def _matches_folder(folder: str, pattern: str) -> bool:
    return bool(_matcher(pattern).match(folder))


def feeds_for(path: str, feeds: Iterable[Any]) -> list[Any]:
    """The feeds that read a file, by its path under landing/.

    A feed with `fallback` steps back where another of its kind matches, and of several such the one that says less.
    A guessing feed reads only what no other feed matches, and nothing in a folder that another feed describes: a file
    that does not fit is a question for that feed. Of the ways to name a member of an archive the first counts that a
    feed which is no fallback matches, else the first that any matches. Raises FeedConflictError naming both when two
    feeds of one kind remain.
    """
    listed = list(feeds)
    told = [feed for feed in listed if not is_guessing(feed)]
    ways = [[feed for feed in told if _matches(way, feed.match)] for way in matched_paths(path)]
    if not any(ways) and not _is_described(path, listed):
        ways = [[feed for feed in listed if _matches(way, feed.match)] for way in matched_paths(path)]
    firm = next((found for found in ways if not all(map(_is_fallback, found))), [])
    fallbacks = next((found for found in ways if found), [])
    by_kind: dict[str, Any] = {}
    for feed in [feed for feed in firm if not _is_fallback(feed)]:
        if feed.kind in by_kind:
            raise _conflict(path, by_kind[feed.kind], feed)
        by_kind[feed.kind] = feed
    settled = set(by_kind)
    for feed in [feed for feed in fallbacks if _is_fallback(feed) and feed.kind not in settled]:
        other = by_kind.get(feed.kind, feed)
        if other is not feed and _words(other.match) == _words(feed.match):
            raise _conflict(path, other, feed)
        by_kind[feed.kind] = max(other, feed, key=lambda found: _words(found.match))
    chosen = {feed.feed for feed in by_kind.values()}
    return [feed for feed in listed if feed.feed in chosen]


def _is_fallback(feed: Any) -> bool:
    return bool(getattr(feed, "fallback", False))


@lru_cache(maxsize=2048)
def _words(pattern: str) -> int:
    """How much a pattern says: its characters that stand for themselves, the longest of its alternatives counting."""
    return max(sum(char not in "*?[]" for char in way) for way in expand(pattern))


def _conflict(path: str, first: Any, second: Any) -> FeedConflictError:
    return FeedConflictError(
        f"feeds {first.feed} and {second.feed} (both of kind {first.kind}) read {path!r}: "
        "narrow the match of one of them"
    )


def is_guessing(feed: Any) -> bool:
    """Whether a feed stands for files that no feed describes, and is made for each from its columns."""
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
        if is_guessing(feed) or len(begins) < 2:
            continue
        if feed.feed == name or (begins[1].strip("*") and _matches_folder(folder, "/".join(begins))):
            return True
    return False


def readings_for(path: str, feeds: Iterable[Any]) -> list[ReadOptions]:
    """The different ways in which the feeds of a file want it read; the default when there is no feed."""
    options = {option.reading: option for option in (ReadOptions.of(feed) for feed in feeds_for(path, feeds))}
    return list(options.values()) or [ReadOptions()]
