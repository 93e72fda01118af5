"""The lines of files that earlier runs read, kept per feed and batch of files: where they are, and what was said."""

from __future__ import annotations

import json
import os
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from duckdb import DuckDBPyRelation

from assets.intake.fields import type_of
from policy.feeds import CANONICAL_FIELDS

if TYPE_CHECKING:
    import pyarrow as pa


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
        left_out: how many values were left out of usable rows whose repairs stand in no table, by field and code.
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
    left_out: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)


def lines_folder(lake: Path, kind: str) -> Path:
    """Where the lines of a kind are kept, one folder per feed below it."""
    return lake / "intake" / "lines" / kind


def forget_lines(lake: Path, file_ids: Set[str]) -> None:
    """Takes out the kept lines of files, so that the next run reads them again."""
    for index in (lake / "intake" / "lines").glob("*/*/*.json"):
        entries = json.loads(index.read_text(encoding="utf-8"))
        if any(entry["file_id"] in file_ids for entry in entries.values()):
            index.unlink()
            index.with_suffix(".parquet").unlink(missing_ok=True)


def kept_lines(folder: Path, asked: set[str]) -> dict[str, FileLines]:
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


def keep_empty(folder: Path, kind: str, version: str) -> None:
    """A batch without rows, so that a kind nobody delivers is an empty table rather than a missing one."""
    import pyarrow.parquet as pq

    target = folder / f"empty-{version}.parquet"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    pq.write_table(lines_schema(kind).empty_table(), fresh)
    fresh.replace(target)


def lines_schema(kind: str) -> pa.Schema:
    """The columns of the lines of a kind, as `normalised` makes them."""
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


def write_rows(rows: DuckDBPyRelation, target: Path) -> None:
    """Write the lines of a batch, whole or not at all."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        rows.write_parquet(str(fresh), compression="zstd")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
