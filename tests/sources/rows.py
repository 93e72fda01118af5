"""Small ways to read bytes and to look at rows, shared by the tests of this room."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sources.raw import FileFacts, RawFile, commit_file, store_bytes
from sources.readers.content import read
from sources.readers.reading import NotCleanError, Reading, ReadOptions

MOMENT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def feed(name: str, match: str, **more: Any) -> SimpleNamespace:
    nothing = dict.fromkeys(("sheet", "records", "header_row", "encoding", "delimiter"))
    columns: dict[str, Any] = {"key": [], "require": [], "columns": {}, "constants": {}}
    said = {"feed": name, "kind": "leads", "match": match, "fallback": False, **columns, **nothing, **more}
    return SimpleNamespace(**said)


def policy(*feeds: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(feeds=list(feeds))


def take(folder: Path, data: bytes, name: str = "file.csv", **options: Any) -> RawFile:
    """Commit bytes to a raw layer in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "source"
    source.write_bytes(data)
    facts = FileFacts(hashlib.sha256(data).hexdigest(), name, len(data), MOMENT)
    with source.open("rb") as stream:
        assert store_bytes(folder / "raw", stream, facts)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return commit_file(folder / "raw", facts, ReadOptions(**options), source, Path(scratch))


def rows(raw_file: RawFile) -> list[tuple[Any, ...]]:
    """(line_no, cells...) of every row, with the problem's code in the place of cells."""
    return table_rows(pq.read_table(raw_file.rows_path))


def table_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    found = []
    for row in table.to_pylist():
        cells = tuple(value for name, value in row.items() if name[0] == "c" and name[1:].isdigit())
        found.append((row["line_no"], row["problem"]) if row["problem"] else (row["line_no"], *cells))
    return found


def read_both(data: bytes, name: str, **options: Any) -> tuple[Any, Any]:
    """What the fast and the exact reader say: (headers, every column of every row), or the refusal's code.

    The fast one is None where it declines.
    """
    said = []
    for exact in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.write_bytes(data)
            said.append(_said(path, ReadOptions(**options), name, Path(folder), exact))
    return said[0], said[1]


def _said(path: Path, options: ReadOptions, name: str, scratch: Path, exact: bool) -> Any:
    from sources.errors import RefusedFileError

    hints: tuple[str, ...] = ()
    for _ in range(4):
        try:
            reading: Reading = read(path, options, name, scratch, exact=exact, hints=hints)
            table = pa.Table.from_batches(list(reading.batches))
            return reading.headers, reading.ignored_headers, table.to_pylist()
        except RefusedFileError as refusal:
            return refusal.code, refusal.values
        except NotCleanError as doubt:
            if not doubt.hints:
                return None
            hints += doubt.hints
    return None
