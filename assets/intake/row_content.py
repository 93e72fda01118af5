"""What tells a row from others: the key of its source, and the hash of what it says."""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import (
    CaseExpression,
    ColumnExpression,
    Expression,
)

from assets.intake.cells import cell, function, text
from assets.intake.field_values import field_value
from policy.feeds import Feed
from sources.erased_rows import HASH_MARK
from sources.readers.reading import OWN_PREFIX, fold_header

#: Separates header and value, and cell and cell, where content is hashed: never part of text that people write.
UNIT, RECORD = "\x1f", "\x1e"


def source_key(feed: Feed, position: dict[str, list[int]]) -> Expression:
    """The source's own key, of all its columns; null where one of them is blank or missing."""
    keys = [position[fold_header(header)][0] for header in feed.key if fold_header(header) in position]
    whole = None
    for index in keys:
        test = cell(index).isnotnull()
        whole = test if whole is None else whole & test
    if whole is None or len(keys) != len(feed.key):
        return text(None)
    joined = cell(keys[0]) if len(keys) == 1 else function("concat_ws", text(UNIT), *[cell(i) for i in keys])
    return CaseExpression(whole, joined).otherwise(text(None))


def content_hash(feed: Feed, headers: Sequence[str], position: dict[str, list[int]]) -> Expression:
    """The hash of all filled cells by header, in whatever order the columns stand; null for events that have an id."""
    left_out = {fold_header(header) for header in (*feed.ignored, *feed.volatile)}
    hashed = sorted(
        (folded, header, index)
        for index, header in enumerate(headers)
        if not (folded := fold_header(header)).startswith(OWN_PREFIX) and folded not in left_out
    )
    cells = [
        function("||", text(name + UNIT), cell(index, is_read=False)) for name, _, index in hashed
    ]  # null where blank
    hashed_cells = function("md5", function("concat_ws", text(RECORD), *cells) if cells else text(""))
    hash_kept = function("json_extract_string", ColumnExpression("detail"), text("$[#-1].hash"))
    has_kept = function("contains", ColumnExpression("detail"), text(HASH_MARK))  # a part of it was erased
    found = CaseExpression(has_kept, hash_kept).otherwise(hashed_cells)
    if feed.kind == "events":  # the id of an event that has none; the others do without
        named = field_value("event_id", feed, position).isnotnull()
        found = CaseExpression(named, text(None)).otherwise(found)
    return found
