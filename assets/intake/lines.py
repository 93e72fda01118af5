"""Every line of every file, read through its feed: normalised, with the reason where it cannot be used.

Lines are independent of each other and of the day, so they are kept per feed and batch of files and read again only
when a file is new or its feed's policy changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import itemgetter
from pathlib import Path
from typing import Any

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation
from sqlglot import exp

from assets.engine import Engine
from assets.intake.agreed_columns import column_types
from assets.intake.canonical import canonical_rows
from assets.intake.column_orders import DateOrder, column_orders
from assets.intake.instants import AMBIGUOUS, DOUBTFUL, LATER, NONEXISTENT, Clocks
from assets.intake.interpret import typed_rows
from assets.intake.kept_lines import FileLines, keep_empty, kept_lines, lines_folder, write_rows
from assets.intake.left_out import in_words, left_out
from assets.intake.normalised_lines import normalised
from assets.intake.raw_rows import raw_rows
from assets.intake.settled import Settled
from policy.feeds import CANONICAL_FIELDS, ClockChanges, Feed
from policy.model import Policy
from sources.feed_columns import KEYED_KINDS, missing_headers, repeated_headers
from sources.native_numbers import native_numbers
from sources.raw import RawFile
from sources.row_codes import NO_RECORDS, SUPPRESSED

LOG = logging.getLogger(__name__)

#: Raised when this module reads the same bytes differently than before: kept lines are then read again.
LINES_VERSION = "14"

#: What a feed says of whole files, and not of how lines are read.
NOT_OF_LINES = {"max_bytes", "max_rows", "max_rejected_share", "new_version", "expected"}

#: Files read in one query; more are read in several. Of small ones more at once: to plan a query costs as much as to
#: read some hundred of them.
BATCH_FILES, BATCH_ROWS, MOST_BATCH_FILES = 64, 50_000, 512


def feed_version(feed: Feed, policy: Policy) -> str:
    """Hash of everything in policy that decides how a feed's lines are read."""
    content = [
        LINES_VERSION,
        feed.model_dump_json(exclude=NOT_OF_LINES),
        policy.business.timezone,
        policy.business.base_currency,
        json.dumps(sorted(policy.identity.free_mail_domains)),
        json.dumps(sorted(policy.identity.hosting_domains)),
        json.dumps(sorted(policy.business.no_given_names)),
        json.dumps(sorted(policy.business.says_nothing)),
        json.dumps(policy.business.says_nothing_but_in, sort_keys=True),
        json.dumps(sorted(policy.identity.refusing_words) if feed.kind == "leads" else []),
    ]
    return hashlib.sha256("\x1e".join(content).encode()).hexdigest()[:12]


def read_lines(
    pairs: Sequence[tuple[RawFile, Feed]],
    lake: Path,
    policy: Policy,
    engine: Engine,
    progress: Callable[[str], None] = lambda _: None,
) -> list[FileLines]:
    """Reads what is new through its feed and keeps it; takes out what is no longer asked for.

    Args:
        pairs: accepted files and the feeds that read them.
        lake: the lake's folder.
        policy: the policy.
        engine: where SQL runs.
        progress: told the name of each feed at work.

    Returns:
        One entry per pair.
    """
    by_feed: dict[tuple[str, str], tuple[Feed, list[RawFile]]] = {}
    for file, feed in pairs:  # where columns are told from the file itself, feeds of one name differ
        by_feed.setdefault((feed.feed, feed_version(feed, policy)), (feed, []))[1].append(file)
    found: list[FileLines] = []
    wanted: set[Path] = set()
    for name, version in sorted(by_feed):
        feed, files = by_feed[name, version]
        folder = lines_folder(lake, feed.kind) / f"{name}-{version}"
        wanted.add(folder)
        kept = kept_lines(folder, {file.file_id + file.reading for file in files})
        missing = [file for file in files if file.file_id + file.reading not in kept]
        if missing:
            progress(f"{name}: {len(missing)} file{'s' if len(missing) > 1 else ''}")
        missing.sort(key=lambda file: file.sha256)
        with engine.passing_files():
            for batch in _batches(missing):
                kept.update(_keep_batch(folder, feed, batch, policy, engine))
        found += [kept[file.file_id + file.reading] for file in files]
    for kind in CANONICAL_FIELDS:
        folder = lines_folder(lake, kind)
        keep_empty(folder / "_empty", kind, LINES_VERSION)
        for stale in folder.iterdir():
            if stale not in wanted and stale.name != "_empty":
                shutil.rmtree(stale)
    return found


def _batches(files: Sequence[RawFile]) -> Iterator[list[RawFile]]:
    """Files in the batches in which they are read: more at once where they are small and have the same columns."""
    batch: list[RawFile] = []
    rows, written = 0, set[tuple[str, ...]]()
    for file in files:
        is_much = rows + file.rows > BATCH_ROWS or len(written | {tuple(file.headers)}) > BATCH_FILES
        if len(batch) >= MOST_BATCH_FILES or (len(batch) >= BATCH_FILES and is_much):
            yield batch
            batch, rows, written = [], 0, set()
        batch.append(file)
        rows += file.rows
        written.add(tuple(file.headers))
    if batch:
        yield batch


def _keep_batch(
    folder: Path, feed: Feed, files: Sequence[RawFile], policy: Policy, engine: Engine
) -> dict[str, FileLines]:
    """Reads files through a feed and keeps their lines as one Parquet, with what is to be said of each file beside it.

    All files are read by one query: planning one for each would cost more than reading most files.
    """
    entries = {file.file_id: FileLines(file.file_id, feed.feed, file.rows) for file in files}
    alike: dict[tuple[str, ...], list[RawFile]] = {}
    for file in files:
        missing = missing_headers(feed, file.headers)
        if missing and file.headers:
            entries[file.file_id] = replace(entries[file.file_id], code="missing-column", about="\n".join(missing))
            continue
        repeated = [] if file.dialect.get("kind") in KEYED_KINDS else repeated_headers(feed, file.headers)
        if repeated:
            entries[file.file_id] = replace(entries[file.file_id], code="duplicate-header", about="; ".join(repeated))
            continue
        alike.setdefault(tuple(file.headers), []).append(file)
    for group in alike.values():
        for file_id, types in column_types(group, feed, engine).items():
            entries[file_id] = replace(entries[file_id], types=types)
    settled = Settled(engine)
    parts: list[DuckDBPyRelation] = []
    if alike:
        headers, found = raw_rows(alike, feed, engine)
        fitting = [file for group in alike.values() for file in group]
        rows = settled(
            canonical_rows(found, headers, feed, policy.identity.refusing_words), sum(file.rows for file in fitting)
        )
        by_id = {file.file_id: file for file in fitting}
        orders = column_orders(rows, feed, lambda file_id: native_numbers(by_id[file_id]))
        for file in fitting:
            doubtful = [
                found for found in sorted(orders.get(file.file_id, {}).items(), key=itemgetter(0)) if found[1].doubt
            ]
            if doubtful:
                name, order = doubtful[0]
                entries[file.file_id] = replace(
                    entries[file.file_id], code=order.doubt_code, about=f"{name} = {order.doubt}"
                )
        business, clocks = policy.business, _clocks(feed)
        parts = [
            typed_rows(
                _of_files(rows, file_ids, len(fitting)),
                feed,
                business.timezone,
                dict(decided),
                business.base_currency,
                clocks,
            )
            for decided, file_ids in _by_orders(entries, orders).items()
        ]
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("".join(file.file_id + file.reading for file in files).encode()).hexdigest()[:16]
    if parts:
        target = folder / f"{name}.parquet"
        whole = settled(reduce(DuckDBPyRelation.union, parts), sum(file.rows for file in files))
        constants = [
            exp.cast(exp.Literal.string(value), "VARCHAR").as_(column).sql("duckdb")
            for column, value in (("source_name", feed.feed), ("channel", feed.channel))
        ]
        write_rows(normalised(whole.project(", ".join([*constants, "*"])), feed, policy, engine), target)
        for file_id, counts in _counts(engine.relation(target)).items():
            entries[file_id] = replace(entries[file_id], **counts)
        for file_id, counted in left_out(engine.relation(target), feed.kind).items():
            entries[file_id] = replace(entries[file_id], left_out=counted)
            LOG.warning("%r has values that were left out: %s", by_id[file_id].path, in_words(counted))
    kept = {file.file_id + file.reading: entries[file.file_id] for file in files}
    index = folder / f"{name}.json"
    fresh = index.with_name(f".{index.name}.{os.getpid()}.tmp")
    fresh.write_text(json.dumps({key: vars(entry) for key, entry in kept.items()}), encoding="utf-8")
    fresh.replace(index)
    settled.drop()
    return kept


def _clocks(feed: Feed) -> Clocks:
    said = feed.clock_changes or ClockChanges()
    repeated = {"earlier": AMBIGUOUS, "later": LATER, "quarantine": DOUBTFUL}
    return Clocks(repeated[said.repeated], {"shift": NONEXISTENT, "quarantine": DOUBTFUL}[said.skipped])


def _counts(lines: DuckDBPyRelation) -> dict[str, dict[str, Any]]:
    """How many lines of each file can be used, how many cannot, and what most of those have."""
    counted = lines.aggregate('file_id, code, "field", count(*) AS n', 'file_id, code, "field"').fetchall()
    found: dict[str, dict[str, Any]] = {}
    faults: dict[str, Counter[str | None]] = {}
    codes: dict[tuple[str, str | None], Counter[str]] = {}
    for file_id, code, name, count in sorted(counted, key=repr):
        mine = found.setdefault(file_id, {"rows_usable": 0, "rows_faulty": 0, "worst": None})
        if code is None:
            mine["rows_usable"] += count
        elif code not in SUPPRESSED and code not in NO_RECORDS:
            mine["rows_faulty"] += count
            faults.setdefault(file_id, Counter())[name] += count
            codes.setdefault((file_id, name), Counter())[code] += count
    for file_id, fields in faults.items():
        name, count = fields.most_common(1)[0]
        found[file_id]["worst"] = (name, codes[file_id, name].most_common(1)[0][0], count)
    return found


def _by_orders(
    entries: Mapping[str, FileLines], orders: Mapping[str, Mapping[str, DateOrder]]
) -> dict[tuple[tuple[str, DateOrder], ...], list[str]]:
    """The files that fit, by how they write their dates."""
    found: dict[tuple[tuple[str, DateOrder], ...], list[str]] = {}
    for file_id, entry in entries.items():
        if entry.code is None:
            found.setdefault(tuple(sorted(orders.get(file_id, {}).items(), key=itemgetter(0))), []).append(file_id)
    return found


def _of_files(rows: DuckDBPyRelation, file_ids: Sequence[str], of: int) -> DuckDBPyRelation:
    """The rows of these files; all of them where nothing is left out."""
    if len(file_ids) == of:
        return rows
    return rows.filter(ColumnExpression("file_id").isin(*[ConstantExpression(file_id) for file_id in file_ids]))
