"""Every line of every file, read through its feed: normalised, with the reason where it cannot be used.

Lines are independent of each other and of the day, so they are kept per feed and batch of files and read again only
when a file is new or its feed's policy changed.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation
from sqlglot import exp, parse_one

from assets.engine import Engine
from assets.intake.agreed_columns import column_types
from assets.intake.canonical import canonical_rows
from assets.intake.column_orders import DateOrder, column_orders
from assets.intake.distinct_values import (
    with_company_codes,
    with_countries,
    with_domain,
    with_emails,
    with_names,
    with_phones,
)
from assets.intake.fields import type_of
from assets.intake.instants import AMBIGUOUS, DOUBTFUL, LATER, NONEXISTENT, Clocks
from assets.intake.interpret import typed_rows
from assets.intake.row_rules import (
    MAPPED_FIELDS,
    answers,
    currency_repairs,
    kept_text,
    kept_value,
    mapped_repairs,
    multiplied_repairs,
    repairs,
    revenue_repairs,
    typed_fields,
)
from assets.intake.said_nothing import without_nothing
from policy.feeds import CANONICAL_FIELDS, ClockChanges, Feed
from policy.model import Policy
from sources.feed_columns import KEYED_KINDS, missing_headers, repeated_headers
from sources.native_numbers import native_numbers
from sources.raw import RawFile
from sources.readers.reading import fold_header
from sources.row_codes import NO_RECORDS, SUPPRESSED

if TYPE_CHECKING:
    import pyarrow as pa

#: Raised when this module reads the same bytes differently than before: kept lines are then read again.
LINES_VERSION = "10"

#: What a feed says of whole files, and not of how lines are read.
NOT_OF_LINES = {"max_bytes", "max_rows", "max_rejected_share", "new_version", "expected"}


#: Files read in one query; more are read in several. Of small ones more at once: to plan a query costs as much as to
#: read some hundred of them.
BATCH_FILES, BATCH_ROWS, MOST_BATCH_FILES = 64, 50_000, 512

#: Up to so many rows are computed once and held; more flow through every step.
SETTLED_ROWS = 1_000_000


@dataclass(frozen=True)
class FileLines:
    """What one feed made of one file.

    Attributes:
        file_id: the file.
        source_name: the feed.
        rows_read: lines found.
        rows_usable: lines that can be used, repeated ones among them.
        rows_faulty: lines that cannot be used and ought to be: tests, totals and the like are not among them.
        worst: field and code that most of those have, and how many; null where there are none.
        code: why the file does not fit the feed, null when it does.
        about: what the code is about: missing headers, a doubtful date.
        types: what each column holds, by folded header.
    """

    file_id: str
    source_name: str
    rows_read: int
    rows_usable: int = 0
    rows_faulty: int = 0
    worst: tuple[str | None, str, int] | None = None
    code: str | None = None
    about: str | None = None
    types: dict[str, str] = field(default_factory=dict)


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
    ]
    return hashlib.sha256("\x1e".join(content).encode()).hexdigest()[:12]


def lines_folder(lake: Path, kind: str) -> Path:
    """Where the lines of a kind are kept, one folder per feed below it."""
    return lake / "intake" / "lines" / kind


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
        kept = _kept(folder, {file.file_id + file.reading for file in files})
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
        _keep_empty(folder / "_empty", kind)
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


def forget_lines(lake: Path, file_ids: Set[str]) -> None:
    """Takes out the kept lines of files, so that the next run reads them again."""
    for index in (lake / "intake" / "lines").glob("*/*/*.json"):
        entries = json.loads(index.read_text(encoding="utf-8"))
        if any(entry["file_id"] in file_ids for entry in entries.values()):
            index.unlink()
            index.with_suffix(".parquet").unlink(missing_ok=True)


def _kept(folder: Path, asked: set[str]) -> dict[str, FileLines]:
    """What earlier runs kept for these files; a batch that holds a file no longer asked for is dropped whole."""
    kept: dict[str, FileLines] = {}
    for index in sorted(folder.glob("*.json")):
        entries = json.loads(index.read_text(encoding="utf-8"))
        fits = any(entry["code"] is None for entry in entries.values())
        if not set(entries) <= asked or (fits and not index.with_suffix(".parquet").exists()):
            index.unlink()
            index.with_suffix(".parquet").unlink(missing_ok=True)
            continue
        kept.update({key: FileLines(**entry) for key, entry in entries.items()})
    for left in [*folder.glob("*.parquet"), *folder.glob(".*.tmp")]:
        if left.suffix == ".tmp" or not left.with_suffix(".json").exists():
            left.unlink()
    return kept


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
    settled = _Settled(engine)
    parts: list[DuckDBPyRelation] = []
    if alike:
        headers, raw_rows = _raw_rows(alike, feed, engine)
        fitting = [file for group in alike.values() for file in group]
        rows = settled(canonical_rows(raw_rows, headers, feed), sum(file.rows for file in fitting))
        by_id = {file.file_id: file for file in fitting}
        orders = column_orders(rows, feed, lambda file_id: native_numbers(by_id[file_id]))
        for file in fitting:
            doubtful = [
                found for found in sorted(orders.get(file.file_id, {}).items(), key=itemgetter(0)) if found[1].doubt
            ]
            if doubtful:
                entries[file.file_id] = replace(entries[file.file_id], code="doubtful-date", about=_doubt(*doubtful[0]))
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
        _write(normalised(whole.project(", ".join([*constants, "*"])), feed, policy, engine), target)
        for file_id, counts in _counts(engine.relation(target)).items():
            entries[file_id] = replace(entries[file_id], **counts)
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


def _raw_rows(
    alike: Mapping[tuple[str, ...], Sequence[RawFile]], feed: Feed, engine: Engine
) -> tuple[list[str], DuckDBPyRelation]:
    """The raw rows of files, whatever the order of their columns.

    Args:
        alike: headers -> files that have them in this order.
        feed: headers that it maps are the same column in all files, however each file writes them.
        engine: where they are read.

    Returns:
        All headers, and line_no, problem, detail, c0..cN in their order (null where a file has no such column), with
        the file_id, reading and received_at of each row.
    """
    import pyarrow as pa

    nothing = ConstantExpression(None).cast("VARCHAR")
    mapped = {fold_header(header) for headers in (*feed.columns.values(), feed.key) for header in headers}
    numbered = {headers: _numbered(headers, mapped) for headers in alike}
    known = list(dict.fromkeys(header for headers in numbered.values() for header in headers))
    parts = []
    for headers, files in alike.items():
        position = {header: at for at, header in enumerate(numbered[headers])}
        rows = engine.connection.read_parquet([str(file.rows_path) for file in files], filename=True)
        cells = [ColumnExpression(f"c{position[header]}") if header in position else nothing for header in known]
        parts.append(
            rows.select(
                *[ColumnExpression(name) for name in ("filename", "line_no", "problem", "detail")],
                *[value.alias(f"c{at}") for at, value in enumerate(cells)],
            )
        )
    told = [file for files in alike.values() for file in files]
    facts = pa.table(
        {
            "filename": [str(file.rows_path) for file in told],
            "file_id": [file.file_id for file in told],
            "reading": [file.reading for file in told],
            "received_at": pa.array([file.received_at.replace(tzinfo=None) for file in told], pa.timestamp("us")),
        }
    )
    rows = reduce(DuckDBPyRelation.union, parts)
    return [header for header, _ in known], rows.join(engine.connection.from_arrow(facts), "filename")


def _numbered(headers: Sequence[str], mapped: Set[str]) -> list[tuple[str, int]]:
    """Headers with how often each stood before, since a file may repeat them; folded where the feed maps them."""
    seen: Counter[str] = Counter()
    numbered = []
    for header in headers:
        name = folded if (folded := fold_header(header)) in mapped else header
        numbered.append((name, seen[name]))
        seen[name] += 1
    return numbered


class _Settled:
    """Rows computed once, where they are few: planning a long chain again costs more than they do.

    They are tables of the engine, inside its memory limit, and gone when the batch is done.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.names: list[str] = []
        self.made = itertools.count()

    def __call__(self, rows: DuckDBPyRelation, count: int) -> DuckDBPyRelation:
        if count > SETTLED_ROWS:
            return rows
        name = f"settled_{os.getpid()}_{next(self.made)}"
        rows.create(name)
        self.drop()  # what it was made of
        self.names.append(name)
        return self.engine.connection.table(name)

    def drop(self) -> None:
        for name in self.names:
            statement = parse_one("DROP TABLE settled", read="duckdb")
            named = statement.find(exp.Table)
            if named is not None:
                named.replace(exp.to_table(name))
            self.engine.connection.execute(statement.sql("duckdb"))
        self.names = []


def _doubt(field: str, order: DateOrder) -> str:
    return f"{field} = {order.doubt}"


def _keep_empty(folder: Path, kind: str) -> None:
    """A batch without rows, so that a kind nobody delivers is an empty table rather than a missing one."""
    import pyarrow.parquet as pq

    target = folder / f"empty-{LINES_VERSION}.parquet"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    pq.write_table(lines_schema(kind).empty_table(), fresh)
    fresh.replace(target)


def lines_schema(kind: str) -> pa.Schema:
    """The columns of the lines of a kind, as :func:`normalised` makes them."""
    import pyarrow as pa

    types = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "DECIMAL(18,2)": pa.decimal128(18, 2),
        "DECIMAL(18,6)": pa.decimal128(18, 6),
    }
    columns = {
        **dict.fromkeys(("file_id", "source_name", "channel", "reading"), "VARCHAR"),
        "line_no": "BIGINT",
        **dict.fromkeys(("received_at", "known_at"), "TIMESTAMP"),
        **dict.fromkeys(("source_key", "content_hash", "attributes"), "VARCHAR"),
        **{field: type_of(field) for field in CANONICAL_FIELDS[kind]},
        **({"domain": "VARCHAR"} if kind == "leads" else {}),
        **dict.fromkeys(("repairs", "code", "field", "offending"), "VARCHAR"),
    }
    return pa.schema([(name, types[type_]) for name, type_ in columns.items()])


def _write(rows: DuckDBPyRelation, target: Path) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        rows.write_parquet(str(fresh), compression="zstd")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def normalised(rows: DuckDBPyRelation, feed: Feed, policy: Policy, engine: Engine) -> DuckDBPyRelation:
    """Lines with e-mails, phones, countries, names and currencies in their one form, and the answer to each row.

    Args:
        rows: typed rows of one feed, with file_id, source_name, channel, reading and received_at.
        feed: the feed.
        policy: the policy.
        engine: where SQL runs.

    Returns:
        file_id, source_name, channel, reading, line_no, received_at, known_at, source_key, content_hash, every
        canonical field of the kind, attributes, repairs, code, field, offending; for leads also `domain`.
    """
    fields = CANONICAL_FIELDS[feed.kind]
    extra: list[tuple[exp.Expr, str, str, str]] = []
    rows = without_nothing(rows, feed, policy.business.says_nothing)
    if "country" in fields:
        rows = with_countries(engine, rows)
    if "email" in fields:
        rows = with_emails(engine, rows)
    if "phone" in fields:
        rows = with_phones(engine, rows, feed)
    if "phone_extension" in fields:
        unused = exp.not_(exp.column("phone_extension").is_(exp.null()))
        extra.append((unused, "phone_extension", "extension-unused", "phone_extension"))
    if "company_code" in fields:
        rows = with_company_codes(engine, rows)
    has_parts = {"full_name", "first_name", "last_name"} <= set(fields)
    if has_parts:
        rows, split = with_names(engine, rows, feed.rule("full_name"), policy.business.no_given_names)
        extra += split
    for name in (name for name in MAPPED_FIELDS if name in fields):
        extra += mapped_repairs(name, feed.rule(name))
        if feed.rule(name) == "null":
            kept = kept_text(name, "null").as_(name)
            rows = rows.project(exp.Star(**{"replace": [kept]}).sql("duckdb"))
    if "currency" in fields:
        extra += currency_repairs()
    extra += multiplied_repairs(rows.columns, feed)
    extra += revenue_repairs(rows.columns, policy.business.base_currency)
    changed: dict[str, exp.Expr] = {
        **{field: kept_value(field, feed) for field in typed_fields(feed.kind)},
        "currency": exp.func("UPPER", exp.column("currency")),
        "full_name": exp.func("COALESCE", exp.column("full_name"), _together())
        if has_parts
        else exp.column("full_name"),
        "outcome": exp.func("LOWER", exp.column("outcome")),
    }
    if feed.kind == "leads":
        rows = with_domain(engine, rows, policy)
    selects: list[exp.Expr] = [
        *[exp.column(n) for n in ("file_id", "source_name", "channel", "reading", "line_no", "received_at")],
        exp.func("COALESCE", exp.column("known_time"), exp.column("received_at")).as_("known_at"),
        *[exp.column(n) for n in ("source_key", "content_hash", "attributes")],
        *[(changed[field] if field in changed else exp.column(field)).as_(field) for field in fields],
        *([exp.column("domain")] if feed.kind == "leads" else []),
        repairs(feed, extra),
        *answers(feed),
    ]
    return rows.project(", ".join(select.sql("duckdb") for select in selects))


#: Names of which the parts are written in one, the family name in front.
_UNSPACED = "[\u4e00-\u9fff]|^[\uac00-\ud7a3]{2,4}$"


def _together() -> exp.Expr:
    """Given and family name in one: family name first and unspaced in Chinese and Korean; null without any.

    A name of more than four Korean syllables is one of another language, written by its sound.
    """
    first, last = exp.column("first_name"), exp.column("last_name")
    both = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(""), last, first])
    chinese = exp.Anonymous(this="regexp_matches", expressions=[both, exp.Literal.string(_UNSPACED)])
    spaced = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), first.copy(), last.copy()])
    together = exp.Case(ifs=[exp.If(this=chinese, true=both.copy())], default=spaced)
    return exp.func("NULLIF", together, exp.Literal.string(""))
