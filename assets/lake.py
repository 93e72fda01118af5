"""One asset, one Parquet table: the IO manager, and the check of the contract before a table is kept.

A table that is made once is ``lake/<group>/<table>.parquet``; one that speaks for a day is
``lake/<group>/<table>/<day>.parquet``. A file appears by one rename, or not at all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from assets.contract import ENGINE_TYPES, Table, arrow_schema
from assets.engine import Engine, Select
from assets.scope import Scope

#: How many offending rows an error names.
NAMED_ROWS = 5


class ContractError(Exception):
    """A table does not keep its contract; the message names the table, the promise and the rows."""


@dataclass(frozen=True)
class Made:
    """A table as an asset made it, not yet kept; `rows` is None where an interrupted run has made and kept it."""

    table: Table
    rows: Select | duckdb.DuckDBPyRelation | pd.DataFrame | pa.Table | None


def table_path(lake: Path, table: Table, day: str | None) -> Path:
    """Where the table of a day is kept; `day` is ignored for tables that are made once."""
    folder = lake / table.group
    return folder / table.name / f"{day}.parquet" if table.dated else folder / f"{table.name}.parquet"


def keep(made: Made, path: Path, engine: Engine) -> int:
    """Checks a table against its contract and keeps it as Parquet.

    Args:
        made: the table and its contract; one that is kept already is left as it is.
        path: where it will be; replaced in one rename.
        engine: where the check runs.

    Returns:
        The number of rows.

    Raises:
        ContractError: a column is missing, too many, not of its type, null where it must not be, outside its
            list of words, or the key is not unique. Nothing is kept then.
    """
    table, rows = made.table, made.rows
    if rows is None:
        return pq.ParquetFile(path).metadata.num_rows
    if isinstance(rows, pd.DataFrame):
        rows = engine.connection.from_arrow(_arrow(rows, table))
    elif isinstance(rows, pa.Table):
        rows = engine.connection.from_arrow(rows)
    found = rows.columns  # asked once: each time the engine makes a new list
    missing = [name for name in table.columns if name not in found]
    extra = [name for name in found if name not in table.columns]
    if missing or extra:
        raise ContractError(f"{table.name}: columns missing {missing}, not in the contract {extra}")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            casts = {column.name: ENGINE_TYPES[column.type] for column in table.fields()}
            engine.write(rows, casts, fresh)
        except duckdb.ConversionException as error:
            raise ContractError(f"{table.name}: a value is not of its column's type: {error}") from error
        kept = engine.relation(fresh)
        check_contract(table, kept)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return pq.ParquetFile(path).metadata.num_rows


def _arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """The frame as Arrow, typed by the contract where it has the column, so that empty frames keep their types."""
    schema = arrow_schema(table)
    named = [schema.field(name).with_nullable(True) for name in frame.columns if name in schema.names]
    rest = [name for name in frame.columns if name not in schema.names]
    if rest:
        raise ContractError(f"{table.name}: columns not in the contract {rest}")
    try:
        return pa.Table.from_pandas(frame, schema=pa.schema(named), preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ContractError(f"{table.name}: a value is not of its column's type: {error}") from error


def check_contract(table: Table, rows: duckdb.DuckDBPyRelation) -> None:
    """Nulls, words and key of a table, in one pass; in further ones the rows that a broken promise is told by.

    Raises:
        ContractError: names the rows.
    """
    column, constant = duckdb.ColumnExpression, duckdb.ConstantExpression
    required = [name for name in table.columns if table.is_required(name)]
    broken = None
    for name in required:
        test = ~column(name).isnotnull()
        broken = test if broken is None else broken | test
    for name, allowed in table.words.items():
        test = column(name).isnotnull() & ~column(name).isin(*[constant(word) for word in allowed])
        broken = test if broken is None else broken | test
    # two equal keys have equal hashes, and counting hashes takes a third of the time and of the memory
    hashed = duckdb.FunctionExpression("hash", *[column(name) for name in table.key])
    is_broken = constant(False) if broken is None else broken
    counted = rows.aggregate(f"count(*), count(DISTINCT {hashed}), count_if({is_broken})")
    [(lines, keys_found, broken_found)] = counted.fetchall()
    if broken is not None and broken_found:
        found = rows.filter(broken).limit(NAMED_ROWS).fetchall()
        raise ContractError(
            f"{table.name}: null in a required column {required}, or a word outside {table.words}: "
            + "; ".join(_named(table, rows.columns, row) for row in found)
        )
    if keys_found == lines:
        return
    keys = ", ".join(f'"{name}"' for name in table.key)
    doubles = rows.aggregate(f"{keys}, count(*) AS times", keys).filter("times > 1").limit(NAMED_ROWS).fetchall()
    if doubles:
        raise ContractError(
            f"{table.name}: the key ({', '.join(table.key)}) is not unique: "
            + "; ".join(f"{row[:-1]} x{row[-1]}" for row in doubles)
        )


def _named(table: Table, columns: list[str], row: tuple[object, ...]) -> str:
    """A row by its key and by what a promise is made about; who it is about stays out of messages."""
    personal = {column.name for column in table.fields() if column.personal}
    told = [name for name in columns if table.is_required(name) or name in table.words]
    values = dict(zip(columns, row, strict=True))
    hidden = {name for name in told if name in personal and values[name] is not None}
    return ", ".join(f"{name}={'•••' if name in hidden else repr(values[name])}" for name in told)


class LakeIOManager(dg.IOManager):
    """Keeps what an asset made and gives it to the next one as a lazy relation; never a pickle."""

    def handle_output(self, context: dg.OutputContext, obj: Made) -> None:
        """Checks the contract, keeps the table, tells Dagster how much there is and shows a masked preview."""
        scope: Scope = context.resources.scope
        path = table_path(scope.lake, obj.table, str(scope.day))
        rows = keep(obj, path, scope.engine)
        if scope.unfinished is not None and obj.rows is not None:
            scope.unfinished.note(path)
        context.add_output_metadata(
            {
                "dagster/row_count": rows,
                "path": dg.MetadataValue.text(str(path.relative_to(scope.home))),
                "bytes": path.stat().st_size,
                "preview": dg.MetadataValue.md(preview(obj.table, scope.engine.relation(path))),
            }
        )

    def load_input(self, context: dg.InputContext) -> duckdb.DuckDBPyRelation:
        """The table as a lazy relation."""
        scope: Scope = context.resources.scope
        upstream = context.upstream_output
        if upstream is None or upstream.definition_metadata is None:
            raise ValueError(f"{context.asset_key}: not a table of this lake")
        name, group = context.asset_key.path[-1], upstream.definition_metadata["group"]
        folder = scope.lake / str(group)
        dated = folder / name / f"{scope.day}.parquet"
        return scope.engine.relation(dated if dated.exists() else folder / f"{name}.parquet")


def preview(table: Table, rows: duckdb.DuckDBPyRelation, limit: int = 5) -> str:
    """The first rows as a Markdown table; personal values are masked, markup is escaped."""
    personal = {column.name for column in table.fields() if column.personal}
    masked = table.name in {"rejected_rows"}

    def cell(name: str, value: object) -> str:
        if value is None:
            return ""
        if name in personal or name in {"attributes", "evidence", "repairs", "raw"} or (masked and name == "reason"):
            return "•••"
        text = str(value)[:60]
        for mark in "\\`|<>[]*_":
            text = text.replace(mark, f"&#{ord(mark)};")
        return text.replace("\n", " ").replace("\r", " ")

    names = list(table.columns)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows.limit(limit).fetchall():
        lines.append("| " + " | ".join(cell(name, value) for name, value in zip(rows.columns, row, strict=True)) + " |")
    return "\n".join(lines)


@dg.io_manager(required_resource_keys={"scope"})
def lake_io_manager(_: dg.InitResourceContext) -> LakeIOManager:
    """The lake, as Dagster's IO manager."""
    return LakeIOManager()
