"""Reading published tables back, typed by their contracts, whatever the database keeps them as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from assets.contract import ENGINE_TYPES, Table
from serving.warehouse import Warehouse, is_prepared, read_notes

BATCH_ROWS = 65536
#: Instants in a SQLite warehouse: fixed width, so that they sort as text.
INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def adbc_connection(warehouse: Warehouse) -> Any:
    """A connection of the bulk driver to the warehouse."""
    if warehouse.is_postgresql:
        import adbc_driver_postgresql.dbapi as driver

        url = warehouse.url.set(drivername="postgresql")
        return driver.connect(url.render_as_string(hide_password=False))
    import adbc_driver_sqlite.dbapi as sqlite_driver

    return sqlite_driver.connect(str(warehouse.path))


def typed(rows: duckdb.DuckDBPyRelation, contract: Table, *, postgresql: bool) -> duckdb.DuckDBPyRelation:
    """Rows as a warehouse driver gives them, with the types of the contract."""
    columns = []
    for column in contract.fields():
        value: duckdb.Expression = duckdb.ColumnExpression(column.name)
        if column.type == "timestamp" and not postgresql:
            value = duckdb.FunctionExpression("strptime", value, duckdb.ConstantExpression(INSTANT_FORMAT))
        columns.append(value.cast(ENGINE_TYPES[column.type]).alias(column.name))
    return rows.project(*columns)


def read_published(
    warehouse: Warehouse,
    contract: Table,
    connection: duckdb.DuckDBPyConnection,
    target: Path,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> duckdb.DuckDBPyRelation:
    """A published table as it is in the warehouse, through a Parquet file so that its size does not matter.

    Args:
        warehouse: where from.
        contract: which table; a column that the warehouse does not have yet is null.
        connection: where the rows are typed; its session time zone is UTC.
        target: the Parquet file to write.
        between: only rows of a table of history with an as_of from the first instant up to before the second.
    """
    table = warehouse.schema.tables[contract.name]
    query = sa.select(*[table.c[name] for name in contract.columns])
    if between is not None:
        start, end = (warehouse.instant(value) for value in between)
        query = query.where(table.c.as_of >= start, table.c.as_of < end)
    if not warehouse.is_postgresql:
        # The driver takes a column's type from the first rows, where a null says nothing: a typed row goes first.
        samples = {"integer": 0, "boolean": 0, "double": 0.5, "money": 0.5, "points": 0.5, "rate6": 0.5}
        first = [sa.literal(samples.get(column.type, "")).label(column.name) for column in contract.fields()]
        query = sa.union_all(sa.select(*first), query)  # type: ignore[assignment]
    sql = str(query.compile(warehouse.engine, compile_kwargs={"literal_binds": True}))
    target.parent.mkdir(parents=True, exist_ok=True)
    with adbc_connection(warehouse) as source, source.cursor() as cursor:
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        batches = (
            reader
            if warehouse.is_postgresql
            else pa.RecordBatchReader.from_batches(reader.schema, _after_first(reader))
        )
        rows = connection.from_arrow(batches)
        typed(rows, contract, postgresql=warehouse.is_postgresql).write_parquet(str(target), compression="snappy")
    return connection.read_parquet(str(target))


def published_reader(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, scratch: Path
) -> Callable[[str], duckdb.DuckDBPyRelation]:
    """Reads published tables by name, each once, through files in a scratch folder that the caller removes."""
    found: dict[str, duckdb.DuckDBPyRelation] = {}

    def read(name: str) -> duckdb.DuckDBPyRelation:
        if name not in found:
            contract = warehouse.schema.contracts[name]
            found[name] = read_published(warehouse, contract, connection, scratch / f"published-{name}.parquet")
        return found[name]

    return read


def _after_first(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    skip = 1
    for batch in reader:
        if skip and batch.num_rows:
            batch, skip = batch.slice(1), 0
        yield batch


def read_publications(warehouse: Warehouse) -> pd.DataFrame:
    """The publications, oldest as_of first; none when nothing was ever published here."""
    table = warehouse.schema.tables["publications"]
    names = [column.name for column in table.columns]
    if not is_prepared(warehouse):
        return pd.DataFrame(columns=names)
    with warehouse.reading() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.as_of, table.c.published_at)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
    for name in ("as_of", "published_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame.assign(is_current=frame["is_current"].astype(bool))


def table_counts(warehouse: Warehouse, *, exact: bool = False) -> dict[str, int]:
    """How many rows readers see, by table; from the notes of the last publication, or counted."""
    if not is_prepared(warehouse):
        return {}
    with warehouse.reading() as connection:
        notes: Mapping[str, str] = {} if exact else read_notes(connection, warehouse.schema)
        return {
            name: int(notes[f"rows:{name}"])
            if f"rows:{name}" in notes
            else int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for name, table in warehouse.schema.tables.items()
        }
