"""Runs SQL over tables: DuckDB here, Spark on a cluster.

An adapter, not a query engine: name the inputs, run the query, write Parquet. The SQL is written in the DuckDB
dialect and kept to what sqlglot can translate, so that the same files run on another engine.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import sqlglot
from sqlglot import exp

#: Of row groups that are read together. Snappy and the encodings of Parquet's second version take two thirds of the
#: processor's time that zstd takes to write and three quarters to read, for half as many bytes more; a dictionary of a
#: column whose values are mostly different only takes time.
PARQUET = "FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, ROW_GROUP_SIZE 122880, DICTIONARY_SIZE_LIMIT 2000"

Source: TypeAlias = Path | pd.DataFrame | pa.Table | duckdb.DuckDBPyRelation


@dataclass(frozen=True)
class Select:
    """One SELECT whose tables are open; it has not been planned yet.

    Attributes:
        sql: the SELECT, in the DuckDB dialect.
        columns: what it gives, in order.
    """

    sql: str
    columns: tuple[str, ...]


def write_parquet(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """Writes what a SELECT gives to a Parquet file."""
    target = exp.Literal.string(str(path)).sql("duckdb")
    connection.execute(f"COPY ({select}) TO {target} ({PARQUET})")


class Engine:
    """One DuckDB connection with the session settled: UTC, bounded memory, spilling to a folder of its own.

    Args:
        temp_dir: where to spill what does not fit into memory.
        memory_limit: as DuckDB writes it, e.g. ``2GB``.
        threads: how many threads to use.
    """

    def __init__(self, temp_dir: Path, memory_limit: str = "2GB", threads: int | None = None) -> None:
        temp_dir.mkdir(parents=True, exist_ok=True)
        self.connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(temp_dir),
                "preserve_insertion_order": False,
                **({"threads": threads} if threads else {}),
            }
        )
        self.connection.execute("SET TimeZone = 'UTC'")
        # so that a query goes on while what it found is being loaded elsewhere
        self.connection.execute("SET streaming_buffer_size = '64MB'")
        self._views: dict[str, tuple[Path, int, int]] = {}

    @contextmanager
    def passing_files(self) -> Iterator[None]:
        """While files are read that are not read again: their bytes are not kept, 16 KiB at least for each."""
        self.connection.execute("SET enable_external_file_cache = false")
        try:
            yield
        finally:
            self.connection.execute("SET enable_external_file_cache = true")

    def relation(self, source: Source) -> duckdb.DuckDBPyRelation:
        """A lazy relation over a Parquet file or a folder of them, a frame, an Arrow table or another relation."""
        if isinstance(source, duckdb.DuckDBPyRelation):
            return source
        if isinstance(source, pd.DataFrame):
            return self.connection.from_df(source)
        if isinstance(source, pa.Table):
            return self.connection.from_arrow(source)
        pattern = source / "*.parquet" if source.is_dir() else source
        return self.connection.read_parquet(str(pattern))

    def query(self, sql: str, inputs: Mapping[str, Source]) -> duckdb.DuckDBPyRelation:
        """The result of one SELECT over named tables, not yet computed.

        Args:
            sql: one SELECT in the DuckDB dialect.
            inputs: every table the SELECT reads, by the name it reads it by.
        """
        self._name(inputs)
        return self.connection.sql(sql)

    def select(self, sql: str, inputs: Mapping[str, Source]) -> Select:
        """The same, to be written as it is: as a relation it would be planned anew for everything that is done to it.

        Raises:
            ValueError: a column of the SELECT has no name of its own.
        """
        self._name(inputs)
        return Select(sql, output_names(sql))

    def write(self, rows: Select | duckdb.DuckDBPyRelation, casts: Mapping[str, str], path: Path) -> None:
        """Computes rows and writes them as Parquet, their columns in the order and of the types of `casts`."""
        columns = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in casts.items())
        if isinstance(rows, Select):
            write_parquet(self.connection, f"SELECT {columns} FROM (\n{rows.sql}\n)", path)
            return
        rows.create_view("written_rows", replace=True)
        write_parquet(self.connection, f"SELECT {columns} FROM written_rows", path)
        self.connection.execute("DROP VIEW written_rows")

    def _name(self, inputs: Mapping[str, Source]) -> None:
        """Makes tables known by the names that a query reads them by."""
        for name, source in inputs.items():
            if isinstance(source, Path) and source.is_file():
                found = source.stat()
                seen = (source, found.st_size, found.st_mtime_ns)
                if self._views.get(name) == seen:
                    continue  # most tables are read by several queries, and opening one costs as much as a small query
                self._open(name, source)
                self._views[name] = seen
                continue
            self._views.pop(name, None)
            if isinstance(source, (pd.DataFrame, pa.Table)):
                self.connection.register(name, source)
            else:
                self.relation(source).create_view(name, replace=True)

    def _open(self, name: str, path: Path) -> None:
        """A Parquet file as a view; made from a relation, the engine would open the file twice."""
        reading = exp.select("*").from_(exp.func("read_parquet", exp.Literal.string(str(path))))
        view = exp.Create(this=exp.to_table(name), kind="VIEW", replace=True, expression=reading)
        self.connection.execute(view.sql("duckdb"))

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()


# what it reads and where its columns come from are asked of each query in turn; nobody changes the tree
@functools.lru_cache(maxsize=4)
def parsed(sql: str) -> exp.Query:
    """The syntax tree of one SELECT, to be read only."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(tree, exp.Query):
        raise ValueError("a SQL file holds exactly one SELECT")
    return tree


def table_names(sql: str) -> list[str]:
    """The tables that a SELECT reads, sorted, names of its own WITH clauses left out."""
    return list(_table_names(sql))


# declared once, asked for again by the report of every run; the longest queries take a tenth of a second to parse
@functools.cache
def _table_names(sql: str) -> tuple[str, ...]:
    tree = parsed(sql)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return tuple(sorted({table.name for table in tree.find_all(exp.Table)} - own))


@functools.cache
def output_names(sql: str) -> tuple[str, ...]:
    """The columns that a SELECT gives, in order.

    Raises:
        ValueError: one of them stands under ``*`` or has no name.
    """
    names = tuple(parsed(sql).named_selects)
    if not all(names) or "*" in names:
        raise ValueError(f"a column is not named: {', '.join(name or '(none)' for name in names)}")
    return names
