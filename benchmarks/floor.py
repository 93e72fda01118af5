"""The least that a run could cost: DuckDB reads the same landing files and loads a warehouse as large.

Between reading and loading there is no logic at all. Tables have the names, columns, types and row counts of
the published ones; their text comes from the rows read, over and over, their numbers and times from the row
number. There are no keys and no comments. So a run divided by this floor is the price of what Sluice does.

Usage: ``python -m benchmarks.floor LANDING SIZES.json WAREHOUSE_URL`` (``sqlite:///file`` or ``postgresql://...``).
"""

from __future__ import annotations

import argparse
import codecs
import gzip
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import duckdb

#: Tried in this order on the first megabyte of a file that is not UTF-8.
OTHER_ENCODINGS = ("gb18030", "latin-1")
#: Suffix -> how DuckDB is told to read it.
KINDS = {
    "parquet": "parquet",
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
}
SNIFFED_ROWS = 2000
PROBE_BYTES = 1 << 20
BATCH_ROWS = 100_000


@dataclass
class Read:
    """What was read: relations with text columns ``c0`` to ``cN``, and what was left out and why."""

    rows: list[tuple[int, duckdb.DuckDBPyRelation]] = field(default_factory=list)
    files: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    def enough_for(self, wanted: int) -> tuple[int, duckdb.DuckDBPyRelation]:
        """The smallest input that has as many rows, else the largest."""
        enough = [item for item in self.rows if item[0] >= wanted]
        return min(enough, key=_first) if enough else max(self.rows, key=_first)


def _first(item: tuple[int, Any]) -> int:
    return item[0]


def read_landing(connection: duckdb.DuckDBPyConnection, landing: Path, scratch: Path) -> Read:
    """Reads every file that DuckDB reads without an extension as text, files that are alike at once."""
    read = Read()
    alike: dict[tuple[str, Path, bytes], list[Path]] = {}
    for path in sorted(path for path in landing.rglob("*") if path.is_file() and not path.name.startswith(".")):
        kind = KINDS.get(path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower())
        try:
            if kind is None or is_zipfile(path):
                read.left_out[str(path.relative_to(landing))] = "needs an extension"
                continue
            readable, header = _in_utf8(path, scratch) if kind != "parquet" else (path, b"")
        except (EOFError, OSError) as error:
            read.left_out[str(path.relative_to(landing))] = str(error)
            continue
        alike.setdefault((kind, path.parent, header if kind == "csv" else b""), []).append(readable)
    for (kind, folder, _), paths in alike.items():
        try:
            read.rows.append(_kept(connection, kind, paths, f"input_{len(read.rows)}"))
            read.files += len(paths)
        except duckdb.Error as error:
            read.left_out[f"{folder.relative_to(landing)}: {len(paths)} x {kind}"] = str(error).splitlines()[0]
    if not read.rows:
        sys.exit(f"nothing to read in {landing}: {read.left_out}")
    return read


def _rows(
    connection: duckdb.DuckDBPyConnection, kind: str, paths: list[Path], lenient: bool
) -> duckdb.DuckDBPyRelation:
    files: Any = [str(path) for path in paths]
    if kind == "parquet":
        return connection.read_parquet(files)
    if kind == "csv":
        return connection.read_csv(
            files,
            all_varchar=True,
            sample_size=SNIFFED_ROWS,
            ignore_errors=lenient,
            null_padding=lenient,
            strict_mode=not lenient,
        )
    return connection.read_json(files, ignore_errors=lenient and kind == "json")


def _in_utf8(path: Path, scratch: Path) -> tuple[Path, bytes]:
    """The file itself where it is UTF-8, else a copy of it in UTF-8; and its first line."""
    with _opened(path) as file:
        probe = file.read(PROBE_BYTES)
    if not probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and _decodes(probe, "utf-8"):
        return path, probe.partition(b"\n")[0]
    is_utf16 = probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_utf16 else next(name for name in OTHER_ENCODINGS if _decodes(probe, name))
    copy = scratch / f"{len(list(scratch.iterdir()))}-{path.name.removesuffix('.gz')}"
    with (
        _opened(path) as file,
        io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        shutil.copyfileobj(text, target, PROBE_BYTES)
    return copy, probe.partition(b"\n")[0]


def _opened(path: Path) -> Any:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _decodes(probe: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(probe)
    except UnicodeDecodeError:
        return False
    return True


def _kept(
    connection: duckdb.DuckDBPyConnection, kind: str, paths: list[Path], name: str
) -> tuple[int, duckdb.DuckDBPyRelation]:
    """The rows as a table of text, and how many they are.

    Looking for the dialect with errors ignored takes DuckDB six times as long, so it is only the second try.
    """
    for lenient in (False, True):
        try:
            rows = _rows(connection, kind, paths, lenient)
            rows.project(
                *[
                    duckdb.ColumnExpression(column).cast(duckdb.sqltypes.VARCHAR).alias(f"c{position}")
                    for position, column in enumerate(rows.columns)
                ]
            ).create(name)
            break
        except duckdb.Error:
            if lenient:
                raise
    table = connection.table(name)
    return table.shape[0], table


def rows_like(
    connection: duckdb.DuckDBPyConnection, read: Read, columns: dict[str, str], wanted: int, exact: bool
) -> duckdb.DuckDBPyRelation:
    """As many rows as wanted with the columns wanted.

    Args:
        connection: where the input is.
        read: the input.
        columns: name -> type as contracts name them.
        wanted: how many rows.
        exact: whether the target takes decimals, booleans and instants as such, or numbers and text.
    """
    count, source = read.enough_for(wanted)
    width = len(source.columns)
    if wanted > count > 0:
        source = source.cross(
            connection.sql("SELECT i FROM range($times) AS t (i)", params={"times": -(-wanted // count)})
        )
    numbered = source.limit(wanted).project("*, row_number() OVER () AS row_no")
    made = []
    for position, (name, type_) in enumerate(columns.items()):
        text = duckdb.ColumnExpression(f"c{position % width}")
        value = duckdb.SQLExpression(NUMBERED[type_][exact]) if type_ in NUMBERED else text
        made.append(value.alias(name))
    return numbered.project(*made)


#: What is made of the row number, for a target that takes (text and plain numbers only, every type).
NUMBERED = {
    "integer": ("row_no", "row_no"),
    "double": ("row_no / 1000.0", "row_no / 1000.0"),
    "money": ("CAST(row_no AS DOUBLE)", "CAST(row_no AS DECIMAL(18, 2))"),
    "points": ("CAST(row_no % 100 AS DOUBLE)", "CAST(row_no % 100 AS DECIMAL(9, 2))"),
    "rate6": ("CAST(row_no AS DOUBLE)", "CAST(row_no AS DECIMAL(18, 6))"),
    "boolean": ("row_no % 2", "row_no % 2 = 0"),
    "timestamp": (
        "strftime(TIMESTAMP '2026-01-01' + to_seconds(row_no), '%Y-%m-%d %H:%M:%S')",
        "TIMESTAMP '2026-01-01' + to_seconds(row_no)",
    ),
    "date": (
        "strftime(DATE '2000-01-01' + CAST(row_no % 10000 AS INTEGER), '%Y-%m-%d')",
        "DATE '2000-01-01' + CAST(row_no % 10000 AS INTEGER)",
    ),
}


def load(
    connection: duckdb.DuckDBPyConnection, read: Read, sizes: dict[str, dict[str, Any]], url: str
) -> Iterator[tuple[str, int]]:
    """Loads a table of each size in one transaction; yields each table's name and rows."""
    with _warehouse(url) as warehouse, warehouse.cursor() as cursor:
        exact = not url.startswith("sqlite")
        if exact:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS sluice_floor")
        for name, size in sizes.items():
            rows = rows_like(connection, read, size["columns"], size["rows"], exact)
            place = {"db_schema_name": "sluice_floor"} if exact else {}
            cursor.adbc_ingest(name, rows.to_arrow_reader(BATCH_ROWS), mode="create", **place)
            yield name, size["rows"]
        warehouse.commit()


def _warehouse(url: str) -> Any:
    if url.startswith("sqlite"):
        from adbc_driver_sqlite import dbapi as sqlite

        return sqlite.connect(url.removeprefix("sqlite:///"))
    from adbc_driver_postgresql import dbapi as postgresql

    return postgresql.connect(url.replace("postgresql+psycopg://", "postgresql://"))


def main(arguments: list[str]) -> None:
    """Reads, loads, and prints one JSON object: seconds per step, files and rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("landing", type=Path)
    parser.add_argument("sizes", type=Path, help="JSON: table -> {rows, columns: {name: type}}")
    parser.add_argument("warehouse", help="sqlite:///file or postgresql://...")
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(scratch / "spilled")})
        read = read_landing(connection, asked.landing, scratch)
        seconds = {"read": time.perf_counter() - started}
        sizes = json.loads(asked.sizes.read_text(encoding="utf-8"))
        tables = dict(load(connection, read, sizes, asked.warehouse))
        seconds["load"] = time.perf_counter() - started - seconds["read"]
        connection.close()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "files": read.files,
                "rows_read": sum(count for count, _ in read.rows),
                "left_out": read.left_out,
                "tables": tables,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
