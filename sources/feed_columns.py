"""Whether the columns of a file are those that a feed needs: what it lacks, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sources.raw import RawFile
from sources.readers.reading import fold_header

#: Kinds of files that name the value rather than the column: keys that differ in case only fill each other's gaps.
KEYED_KINDS = ("json", "jsonl", "form")


def missing_headers(feed: Any, headers: Sequence[str]) -> list[str]:
    """What the feed needs and the file lacks: its key, and every way to fill a group of required fields.

    A fallback feed is a guess at files that nobody described, so it does without its key: rows are then known by
    their content.

    Returns:
        The headers as the feed names them, empty when the file fits the feed.
    """
    present = {fold_header(header) for header in headers}
    key = [] if feed.fallback else feed.key
    missing = [header for header in key if fold_header(header) not in present]
    for group in feed.require:
        ways = [header for name in group for header in feed.columns.get(name, [])]
        given = any(name in feed.constants for name in group)
        if not given and not any(fold_header(header) in present for header in ways):
            missing.append(" or ".join(ways) if ways else " or ".join(group))
    return missing


def repeated_headers(feed: Any, headers: Sequence[str]) -> list[str]:
    """Headers that the feed reads and that stand more than once, with where: which of them is meant cannot be told.

    Headers that the feed does not read may repeat: each column becomes an attribute of its own.
    """
    read = {fold_header(header) for wanted in (*feed.columns.values(), feed.key) for header in wanted}
    places: dict[str, list[int]] = {}
    for index, header in enumerate(headers, 1):
        places.setdefault(fold_header(header), []).append(index)
    return [
        f"{' / '.join(dict.fromkeys(headers[index - 1] for index in found))} ({', '.join(map(str, found))})"
        for header, found in places.items()
        if header in read and len(found) > 1
    ]


def is_refused_for_columns(feed: Any, file: RawFile) -> bool:
    """Whether a feed sets a file aside for its columns: some are missing, or stand twice."""
    if file.headers and missing_headers(feed, file.headers):
        return True
    return file.dialect.get("kind") not in KEYED_KINDS and bool(repeated_headers(feed, file.headers))
