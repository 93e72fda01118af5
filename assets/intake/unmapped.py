"""What a feed does not map, or passes over: kept beside the fields, so that nothing is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from duckdb import (
    CaseExpression,
    CoalesceOperator,
    Expression,
)

from assets.intake.cells import NO, cell, function, one_value, text
from assets.intake.field_values import CONSENT, columns_of, field_value, first_of, translated
from policy.feeds import CANONICAL_FIELDS, Feed
from sources.readers.reading import OWN_PREFIX, distinct_names, fold_header


def attributes(
    feed: Feed, headers: Sequence[str], position: dict[str, list[int]], no: Collection[str] = ()
) -> Expression:
    """JSON of every filled cell that the feed does not map, and of those that it passes over, by header."""
    if feed.others != "keep":
        return text("{}")
    mapped = {fold_header(header) for wanted in (*feed.columns.values(), feed.key) for header in wanted}
    left_out = mapped | {fold_header(header) for header in feed.ignored}
    names = distinct_names(headers)
    others = sorted(
        (folded, header, index)
        for index, header in enumerate(headers)
        if not (folded := fold_header(header)).startswith(OWN_PREFIX) and folded not in left_out and header.strip()
    )
    kept = [*((names[index], cell(index)) for _, _, index in others), *passed_over(feed, position, no).items()]
    if not kept:
        return text("{}")
    pairs = [part for header, value in kept for part in (text(header.strip()), value)]
    # a merge patch takes out members that are null, so that only filled cells are kept
    return function("json_merge_patch", text("{}").cast("JSON"), function("json_object", *pairs)).cast("VARCHAR")


def passed_over(feed: Feed, position: dict[str, list[int]], no: Collection[str] = ()) -> dict[str, Expression]:
    """By column as the feed writes it: what it holds where a column before it gave its only field another value.

    Of columns that the feed maps, files that write them otherwise are read together.
    """
    fields = [name for name in feed.columns if name in CANONICAL_FIELDS[feed.kind] and name not in feed.constants]
    columns = {name: columns_of(name, feed, position) for name in fields}
    uses = Counter(map(fold_header, feed.key)) + Counter(
        fold_header(header) for found in columns.values() for header, _ in found
    )
    lost: dict[str, Expression] = {}
    for name, found in columns.items():
        words = feed.values.get(name, {})
        strictly = field_value(name, feed, position, no) if name == CONSENT else None
        for at, (header, index) in enumerate(found):
            if (at or strictly is not None) and uses[fold_header(header)] == 1:
                before = [translated(one_value(earlier), words) for _, earlier in found[:at]]
                taken = first_of(before) if strictly is None else strictly
                is_other = taken.isnotnull() & (taken != translated(one_value(index), words))
                lost[header] = CaseExpression(CoalesceOperator(is_other, NO), one_value(index)).otherwise(text(None))
    return lost
