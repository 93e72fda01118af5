"""Every line that says something of a person, wherever it came in: by what identity knows, by keys, and by its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.intake.canonical import headers_of_fields
from assets.intake.erased_lines import (
    add_cells,
    add_line,
    add_lines_of,
    add_row,
    add_texts,
    kept_lines,
    settle_lines,
)
from assets.intake.lines import read_lines
from assets.scope import Scope
from pipelines.person import Person, is_address, is_number, telling_names
from policy.feeds import CANONICAL_FIELDS
from sources.erasures import Touched
from sources.feed_files import FeedFile, files_of_feeds
from sources.tombstones import EMAIL, PHONE, RECORD_KEY, SHORTEST_PHONE, Tombstones, phone_forms


def lines_of_person(scope: Scope, person: Person, erased: Tombstones) -> Touched:
    """Which lines of which files go, and which cells of lines about something else.

    Args:
        scope: where the files and the lines read from them are.
        person: whom it is about.
        erased: tombstones of what is the person's alone.
    """
    files = files_of_feeds(scope.raw, scope.policy.feeds)
    accepted = [(file.raw_file, file.feed) for file in files if file.status == "accepted" and file.feed]
    read_lines(accepted, scope.lake, scope.policy, scope.engine, scope.noted)
    touched: Touched = {}
    nobodys = scope.policy.identity.nobodys_identifiers
    with duckdb.connect() as connection:
        for kind in CANONICAL_FIELDS:
            batches = kept_lines(scope.lake, kind)
            add_lines_of(touched, files, batches, kind, erased, nobodys)
            if person.lead_id is not None and batches:
                _add_known(connection, touched, files, batches, kind, person)
    add_texts(touched, files, erased)
    if person.lead_id is not None:
        _add_names(touched, files, telling_names(person.names))
    settle_lines(touched, files, scope.lake)
    return touched


def _add_known(
    connection: duckdb.DuckDBPyConnection,
    touched: Touched,
    files: Sequence[FeedFile],
    batches: Sequence[Path],
    kind: str,
    person: Person,
) -> None:
    """Notes the lines that identity found to be the person's, those that repeat them, and those that name its ids."""
    lines = connection.read_parquet([str(path) for path in batches], union_by_name=True)
    there = set(lines.columns)
    tests: list[tuple[str, pa.Table]] = []

    def by(columns: Sequence[str], rows: set[tuple[Any, ...]]) -> None:
        if rows and set(columns) <= there:
            listed = list(zip(*rows, strict=True))
            types = [pa.int64() if name == "line_no" else pa.string() for name in columns]
            arrays = [pa.array(values, type_) for values, type_ in zip(listed, types, strict=True)]
            tests.append((" AND ".join(f"l.{name} = t.{name}" for name in columns), pa.table(arrays, list(columns))))

    if kind == "leads":
        place = ("file_id", "source_name", "line_no")
        by(place, {tuple(row[name] for name in place) for row in person.records})
        by(("source_name", "content_hash"), {(row["source_name"], row["content_hash"]) for row in person.records})
    if kind == "events":
        place = ("file_id", "source_name", "line_no")
        by(place, {tuple(row[name] for name in place) for row in person.events})
        by(("source_name", "event_id"), {(row["source_name"], row["event_id"]) for row in person.events})
    if kind == "opportunities":
        by(("opportunity_ref",), {(ref,) for ref in person.deals})
    if kind == "stakeholders":
        by(("full_name",), {(name,) for name in person.names})
    by(("lead_id",), {(record_id,) for record_id in person.record_ids})
    for side in ("record_id_l", "record_id_r"):
        by((side,), {(record_id,) for record_id in person.record_ids})
    keys = {tuple(key.split("\x1f", 1)) for key in person.identifiers.get(RECORD_KEY, ())}
    by(("record_source", "record_key"), keys)
    named = {(file.raw_file.file_id, file.feed.feed): file for file in files if file.feed}
    for test, rows in tests:
        given = connection.from_arrow(rows)
        found = lines.set_alias("l").join(given.set_alias("t"), test)
        for file_id, source, line_no in found.select("l.file_id", "l.source_name", "l.line_no").distinct().fetchall():
            file = named.get((file_id, source))
            if file is not None and file.feed is not None:
                add_line(touched, file.raw_file, file.feed, line_no)


def _add_names(touched: Touched, files: Sequence[FeedFile], names: set[str]) -> None:
    """Notes the cells in which a name stands that nobody else has: also in what was said of others, or of deals."""
    if not names:
        return
    exact = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names)), re.IGNORECASE)
    wide = "|".join(sorted(re.sub(r"([^\w\s])", r"\\\1", name) for name in names))
    seen: set[Path] = set()
    for file in files:
        raw = file.raw_file
        if raw.rows_path in seen or not raw.rows:
            continue
        seen.add(raw.rows_path)
        table = pq.read_table(raw.rows_path)
        numbers = table["line_no"].to_pylist()
        problems = table["problem"].to_pylist()
        for name in table.column_names[2:]:
            maybe = pc.fill_null(pc.match_substring_regex(table[name], wide, ignore_case=True), False)
            for at in pc.indices_nonzero(maybe).to_pylist():
                if not exact.search(table[name][at].as_py()):
                    continue
                if problems[at] is not None or file.feed is None or raw.refused:
                    add_row(touched, raw, numbers[at])
                else:
                    add_cells(touched, raw, numbers[at], [int(name[1:])] if name[0] == "c" else [])


def words_of_person(scope: Scope, person: Person, touched: Touched) -> frozenset[str]:
    """What the person is measured by: addresses, numbers and names, as intake keeps them and as they were written."""
    words: set[str] = set(person.identifiers.get("email", ()))
    for number in person.identifiers.get("phone", ()):
        words |= {number, *phone_forms(number)}
    words |= telling_names(person.names)
    shared = {value.casefold() for values in person.shared.values() for value in values}
    shared_forms = {form for number in person.shared.get("phone", ()) for form in phone_forms(number)}
    for file in files_of_feeds(scope.raw, scope.policy.feeds):
        raw, feed = file.raw_file, file.feed
        if feed is None or feed.kind not in {"leads", "events", "activities", "outcomes"} or raw.refused:
            continue
        lines = touched.get(raw.sha256, {}).get(raw.reading)
        if lines is None or not lines.rows:
            continue
        called = headers_of_fields(feed, raw.headers)
        columns = {
            f"c{raw.headers.index(called[name])}": read
            for name, read in ((EMAIL, is_address), (PHONE, is_number))
            if name in called
        }
        table = pq.read_table(raw.rows_path, columns=["line_no", *columns])
        table = table.filter(pc.is_in(table["line_no"], value_set=pa.array(sorted(lines.rows), pa.int64())))
        for name, read in columns.items():
            for text in table[name].drop_null().unique().to_pylist():
                is_shared = text.strip().casefold() in shared or phone_forms(text) & shared_forms
                if len(text.strip()) >= SHORTEST_PHONE and not is_shared and read(text):
                    words.add(text.strip())
    return frozenset(words)
