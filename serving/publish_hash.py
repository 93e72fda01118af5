"""Content hashes: equal rows, equal hash - in any order, from the lake or read back from any warehouse.

A row is hashed over contract-typed values, floats to 9 significant digits; the table's hash is over the number of
rows and the sum of the rows' hashes, which knows no order but every multiplicity. DuckDB's own 64-bit row hash takes
a second for ten million rows where MD5 over a text of the row takes twelve; it is the same for one version of DuckDB
and one processor architecture, which is what is promised of these hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import duckdb

from assets.columns import Column
from assets.contract import ENGINE_TYPES, Table

_C = duckdb.ColumnExpression
_F = duckdb.FunctionExpression
_K = duckdb.ConstantExpression


def content_hash(
    rows: Path | duckdb.DuckDBPyRelation, table: Table, connection: duckdb.DuckDBPyConnection | None = None
) -> str:
    """The hash of a table's content.

    Args:
        rows: its Parquet file, or a relation with the contract's columns and types.
        table: the contract.
        connection: where a Parquet file is read; one of its own when left out.

    Returns:
        32 hexadecimal digits.
    """
    if isinstance(rows, Path):
        rows = (connection or duckdb.connect()).read_parquet(str(rows))
    row = _F("hash", *[_canonical(column) for column in table.fields()]).alias("row")
    sums = rows.project(row).aggregate([_F("count_star").alias("rows"), _F("sum", _C("row")).alias("sum")])
    count, total = sums.fetchall()[0]
    said = json.dumps([table.name, list(table.columns), int(count), str(total or 0)])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _canonical(column: Column) -> duckdb.Expression:
    value: duckdb.Expression = _C(column.name).cast(ENGINE_TYPES[column.type])
    if column.type == "double":
        return _F("format", _K("{:.8e}"), value + _K(0.0))  # adding zero makes -0.0 the same as 0.0
    return value


def same_row(columns: list[str]) -> duckdb.Expression:
    """A number per row, equal for equal rows within one session: what comparing needs."""
    return _F("hash", *[_C(name) for name in columns])


def publication_hash(hashes: Mapping[str, str]) -> str:
    """The hash of a publication's content: of the hashes of its tables, `publications` aside."""
    said = json.dumps(sorted((name, value) for name, value in hashes.items() if name != "publications"))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def publication_id_of(home_id: str, as_of: str, policy_version: str, content: str) -> str:
    """The id of a publication: the same content for the same instant, home and policy has the same id."""
    said = json.dumps([home_id, as_of, policy_version, content])
    return "p" + hashlib.sha256(said.encode()).hexdigest()[:20]


def key_match(left: str, right: str, columns: tuple[str, ...]) -> duckdb.Expression:
    """Equality of never-null columns of two aliased relations."""
    return reduce(lambda a, b: a & b, [_C(left, name) == _C(right, name) for name in columns])
