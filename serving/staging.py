"""Staging: what will change in the warehouse is put beside it, so that it can be audited before readers get it.

What is published is compared with the lake in DuckDB; only rows that are new or changed, and the keys of rows that
are gone, are staged. On PostgreSQL they go into unlogged tables of schema ``sluice_stage``, on SQLite into a database
file of its own, both by the bulk driver in batches. The names carry the epoch of the run, so that a run that was
overtaken cannot touch what its successor staged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa

from assets.contract import ENGINE_TYPES, Table
from quality.suites import KeptTable, StagedTable
from serving.errors import FencedOut
from serving.publish_hash import content_hash, key_match, same_row
from serving.warehouse import EPOCH_KEY, Warehouse, read_note, read_notes, retrying, write_note
from serving.warehouse_rows import BATCH_ROWS, INSTANT_FORMAT, adbc_connection, read_published
from serving.warehouse_schema import STAGE_SCHEMA, staging_table

_C = duckdb.ColumnExpression
_F = duckdb.FunctionExpression


@dataclass
class Change:
    """What a publication will do to one table.

    Attributes:
        kept: the table in the lake.
        content: its content hash.
        rows: the staged rows to insert or to replace; None when there are none.
        gone: the staged keys of rows to delete; None when there are none.
        fills: whether the published table is empty, so that rows need no comparison.
        rows_staged: how many rows are staged.
        gone_staged: how many keys are staged.
    """

    kept: KeptTable
    content: str
    rows: sa.Table | None = None
    gone: sa.Table | None = None
    fills: bool = False
    rows_staged: int = 0
    gone_staged: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether readers already have it."""
        return self.rows is None and self.gone is None


@dataclass
class Staging:
    """What one run has staged.

    Attributes:
        warehouse: where.
        epoch: the run's fencing epoch.
        connection: DuckDB, session time zone UTC.
        scratch: a folder for files that are needed only now.
        kept_folder: where links to the lake files of the newest publication are kept, to compare with; without
            them the published tables are read from the warehouse.
        as_of: the instant the run speaks for.
        day: first and last instant (excluded) of the run's day, for tables of history.
        trusts: whether the notes of the warehouse are believed; otherwise every table is compared with its rows.
        stages_all: whether rows that readers have already are staged too, because the checks have changed.
    """

    warehouse: Warehouse
    epoch: int
    connection: duckdb.DuckDBPyConnection
    scratch: Path
    kept_folder: Path
    as_of: datetime
    day: tuple[datetime, datetime]
    trusts: bool = True
    stages_all: bool = False
    changes: dict[str, Change] = field(default_factory=dict)
    restored: dict[str, tuple[sa.Table, int]] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The staging file beside a SQLite warehouse."""
        return staging_path(self.warehouse, self.epoch)

    def audited(self) -> list[StagedTable]:
        """The staged tables, as the audit names them."""
        return [
            StagedTable(
                table=change.kept.table,
                name=None if change.rows is None else change.rows.name,
                rows_staged=change.rows_staged,
                rows=change.kept.rows,
            )
            for change in self.changes.values()
        ]

    def audit_url(self) -> tuple[str, str | None]:
        """SQLAlchemy URL and schema by which the audit reaches the staged tables."""
        if self.warehouse.is_postgresql:
            return self.warehouse.url.render_as_string(hide_password=False), STAGE_SCHEMA
        return sa.URL.create("sqlite", database=str(self.path)).render_as_string(hide_password=False), None


def day_of(day: date, timezone: str) -> tuple[datetime, datetime]:
    """The first instant of a day in a zone, and the first of the next."""
    zone = ZoneInfo(timezone)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


# --- the epoch ------------------------------------------------------------------------------------------------


def take_epoch(warehouse: Warehouse) -> int:
    """Takes the next fencing epoch: whoever holds an earlier one cannot publish any more.

    Also removes what earlier epochs left staged.
    """

    def take() -> int:
        with warehouse.writing() as connection:
            held = int(read_note(connection, warehouse.schema, EPOCH_KEY, lock=True) or 0)
            write_note(connection, warehouse.schema, EPOCH_KEY, str(held + 1))
            return held + 1

    epoch = int(retrying(take, warehouse))
    sweep(warehouse, before=epoch)
    return epoch


def check_epoch(connection: sa.Connection, warehouse: Warehouse, epoch: int) -> None:
    """Makes sure that the epoch still holds, and keeps it so until the transaction ends.

    Raises:
        FencedOut: a later run has taken over.
    """
    held = read_note(connection, warehouse.schema, EPOCH_KEY, lock=True)
    if held != str(epoch):
        raise FencedOut(
            f"a later run has taken over the warehouse {warehouse.place} (epoch {held}, this run has {epoch}): "
            "this run publishes nothing"
        )


def staging_path(warehouse: Warehouse, epoch: int) -> Path:
    """The staging file of an epoch, beside a SQLite warehouse."""
    return warehouse.path.with_name(f"{warehouse.path.name}.staging-{epoch}")


def sweep(warehouse: Warehouse, *, before: int) -> None:
    """Removes what epochs before this one left staged; what is still in use is left for the next time."""
    if warehouse.is_postgresql:
        with warehouse.engine.connect() as connection:
            names = sa.inspect(connection).get_table_names(schema=STAGE_SCHEMA)
        for name in names:
            epoch = name.rpartition("__")[2]
            if epoch.isdigit() and int(epoch) < before:
                table = sa.Table(name, sa.MetaData(schema=STAGE_SCHEMA))
                with suppress(sa.exc.DBAPIError), warehouse.writing() as connection:
                    table.drop(connection, checkfirst=True)
        return
    for path in warehouse.path.parent.glob(f"{warehouse.path.name}.staging-*"):
        epoch = path.name.rpartition("-")[2]
        if not epoch.isdigit() or int(epoch) < before:
            path.unlink(missing_ok=True)


# --- staging --------------------------------------------------------------------------------------------------


def stage(staging: Staging, tables: Sequence[KeptTable], *, progress: Callable[[str, int], None] | None = None) -> None:
    """Stages what will change in these tables.

    Args:
        staging: this run's staging; the changes are added to it.
        tables: tables as the lake keeps them.
        progress: told each table's name and how many rows were staged.

    Raises:
        FencedOut: a later run has taken over and removed what was staged.
    """
    warehouse = staging.warehouse
    staging.scratch.mkdir(parents=True, exist_ok=True)
    with warehouse.reading() as connection:
        notes = read_notes(connection, warehouse.schema)
        if notes.get(EPOCH_KEY) != str(staging.epoch):
            check_epoch(connection, warehouse, staging.epoch)
    for kept in tables:
        change = _change(staging, kept, notes)
        staging.changes[kept.table.name] = change
        if progress is not None:
            progress(kept.table.name, change.rows_staged)


def stage_restored(staging: Staging, rows: Sequence[KeptTable]) -> None:
    """Stages rows of history that a new warehouse must get back; rows of the run's own day are left out."""
    for kept in rows:
        source = staging.connection.read_parquet(str(kept.path))
        if "as_of" in kept.table.columns and kept.table.name != "publications":
            source = source.filter(~_within(staging.day))
        name = f"{kept.table.name}__restored__{staging.epoch}"
        staging.restored[kept.table.name] = (
            _target(staging, kept.table, name),
            _load(staging, source, kept.table, name),
        )


def _change(staging: Staging, kept: KeptTable, notes: dict[str, str]) -> Change:
    table, duck = kept.table, staging.connection
    content = content_hash(kept.path, table, duck)
    before = notes.get(f"hash:{table.name}")
    change = Change(kept, content)
    if not table.history and staging.trusts and not staging.stages_all and before == content:
        return change
    rows = duck.read_parquet(str(kept.path)).project(*[_C(name) for name in table.columns])
    published = _published(staging, table, before)
    if published is None:
        change.fills = True
        upserts = rows
    elif table.history and _is_overtaken(staging, published):
        return change
    else:
        columns = list(table.columns)
        new = rows.project(*[_C(name) for name in columns], same_row(columns).alias("row_hash")).set_alias("new")
        old = published.project(*[_C(name) for name in table.key], same_row(columns).alias("row_hash")).set_alias("old")
        differ = new.join(old, key_match("new", "old", (*table.key, "row_hash")), how="anti")
        upserts = new if staging.stages_all else differ
        gone = old.join(new, key_match("old", "new", table.key), how="anti")
        gone_path = staging.scratch / f"{table.name}.gone.parquet"
        gone.project(*[_C("old", name).alias(name) for name in table.key]).write_parquet(str(gone_path))
        if pq.ParquetFile(gone_path).metadata.num_rows:
            name = f"{table.name}__gone__{staging.epoch}"
            change.gone = _target(staging, table, name, key_only=True)
            change.gone_staged = _load(staging, duck.read_parquet(str(gone_path)), table, name, key_only=True)
        # The difference is computed once: counting it and loading it must see the same rows.
        upserts_path = staging.scratch / f"{table.name}.rows.parquet"
        upserts.project(*[_C("new", name).alias(name) for name in columns]).write_parquet(
            str(upserts_path), compression="snappy"
        )
        if not pq.ParquetFile(upserts_path).metadata.num_rows:
            return change
        upserts = duck.read_parquet(str(upserts_path))
    name = f"{table.name}__{staging.epoch}"
    change.rows = _target(staging, table, name)
    change.rows_staged = _load(staging, upserts, table, name)
    return change


def _published(staging: Staging, table: Table, before: str | None) -> duckdb.DuckDBPyRelation | None:
    """What readers have of a table, from the kept lake file or from the warehouse; None when it is nothing."""
    warehouse = staging.warehouse
    target = warehouse.schema.tables[table.name]
    with warehouse.reading() as connection:
        if connection.execute(sa.select(sa.literal(1)).select_from(target).limit(1)).first() is None:
            return None
    if table.history:
        path = staging.scratch / f"{table.name}.published.parquet"
        return read_published(warehouse, table, staging.connection, path, between=staging.day)
    kept = kept_path(staging.kept_folder, table.name, before) if before else None
    if staging.trusts and kept is not None and kept.exists():
        rows = staging.connection.read_parquet(str(kept))
        return rows.project(*[_or_null(rows, name, table) for name in table.columns])
    path = staging.scratch / f"{table.name}.published.parquet"
    return read_published(warehouse, table, staging.connection, path)


def _is_overtaken(staging: Staging, published: duckdb.DuckDBPyRelation) -> bool:
    """Whether the day has rows of a later instant: those stay, whoever comes last."""
    newest = published.aggregate([_F("max", _C("as_of")).alias("newest")]).fetchall()[0][0]
    return newest is not None and newest > staging.as_of.astimezone(UTC).replace(tzinfo=None)


def _or_null(rows: duckdb.DuckDBPyRelation, name: str, table: Table) -> duckdb.Expression:
    types = {column.name: ENGINE_TYPES[column.type] for column in table.fields()}
    value = _C(name) if name in rows.columns else duckdb.ConstantExpression(None)
    return value.cast(types[name]).alias(name)


def _within(day: tuple[datetime, datetime]) -> duckdb.Expression:
    start, end = (duckdb.ConstantExpression(at.astimezone(UTC).replace(tzinfo=None)) for at in day)
    return (_C("as_of") >= start) & (_C("as_of") < end)


def _target(staging: Staging, table: Table, name: str, *, key_only: bool = False) -> sa.Table:
    return staging_table(table, name, postgresql=staging.warehouse.is_postgresql, key_only=key_only)


def _load(staging: Staging, rows: duckdb.DuckDBPyRelation, table: Table, name: str, *, key_only: bool = False) -> int:
    """Loads rows into a new staging table, sorted by key: a sorted load is sequential all the way down."""
    warehouse = staging.warehouse
    target = _target(staging, table, name, key_only=key_only)
    wanted = [column for column in table.fields() if not key_only or column.name in table.key]
    typed = rows.sort(*[_C(column) for column in table.key]).project(
        *[_as_stored(column.name, column.type, postgresql=warehouse.is_postgresql) for column in wanted]
    )

    def load() -> int:
        if warehouse.is_postgresql:
            return _load_postgresql(staging, typed, target)
        return _load_sqlite(staging, typed, target)

    try:
        return int(retrying(load, warehouse))
    except sa.exc.ProgrammingError:
        with warehouse.writing() as connection:
            check_epoch(connection, warehouse, staging.epoch)
        raise


def _as_stored(name: str, type_: str, *, postgresql: bool) -> duckdb.Expression:
    value: duckdb.Expression = _C(name)
    if type_ == "timestamp":
        if postgresql:
            return value.cast("TIMESTAMPTZ").alias(name)
        return _F("strftime", value, duckdb.ConstantExpression(INSTANT_FORMAT)).alias(name)
    if postgresql:
        return value.alias(name)
    if type_ in {"money", "points", "rate6"}:
        return value.cast("DOUBLE").alias(name)
    if type_ == "date":
        return value.cast("VARCHAR").alias(name)
    if type_ == "boolean":
        return value.cast("INTEGER").alias(name)
    return value.alias(name)


def _load_postgresql(staging: Staging, rows: duckdb.DuckDBPyRelation, target: sa.Table) -> int:
    import adbc_driver_manager

    warehouse = staging.warehouse
    with warehouse.writing() as connection:
        check_epoch(connection, warehouse, staging.epoch)
        target.drop(connection, checkfirst=True)
        target.create(connection)
    try:
        with adbc_connection(warehouse) as bulk, bulk.cursor() as cursor:
            loaded = cursor.adbc_ingest(
                target.name, rows.to_arrow_reader(BATCH_ROWS), mode="append", db_schema_name=STAGE_SCHEMA
            )
            bulk.commit()
    except adbc_driver_manager.Error as error:
        raise _as_sqlalchemy(error) from None
    return int(loaded)


def _load_sqlite(staging: Staging, rows: duckdb.DuckDBPyRelation, target: sa.Table) -> int:
    import adbc_driver_manager
    import adbc_driver_sqlite.dbapi as driver

    # The declaration gives each column its affinity. The file is opened by itself here, so without the schema name
    # that it is attached under.
    dialect = staging.warehouse.engine
    own = sa.Table(target.name, sa.MetaData(), *[sa.Column(c.name, c.type) for c in target.columns])
    drop = str(sa.schema.DropTable(own, if_exists=True).compile(dialect))
    ddl = str(sa.schema.CreateTable(own).compile(dialect))
    try:
        with driver.connect(str(staging.path), autocommit=True) as bulk, bulk.cursor() as cursor:
            # Nobody reads this file after a crash: no journal, no waiting for the disk.
            for pragma in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"):
                cursor.execute(pragma)
                cursor.fetchall()
            cursor.execute(drop)
            cursor.execute(ddl)
            loaded = cursor.adbc_ingest(target.name, rows.to_arrow_reader(BATCH_ROWS), mode="append")
    except adbc_driver_manager.Error as error:
        raise _as_sqlalchemy(error) from None
    return int(loaded)


def _as_sqlalchemy(error: Any) -> sa.exc.DBAPIError:
    """The bulk driver's error as one that the retries understand; its text stays inside."""
    state = str(getattr(error, "sqlstate", "") or "")
    kind = sa.exc.ProgrammingError if state.startswith("42") else sa.exc.OperationalError
    return kind("bulk load", None, error)


# --- lake files of the newest publication, to compare with next time -------------------------------------------


def kept_path(folder: Path, table: str, content: str) -> Path:
    """Where the lake file with this content is kept."""
    return folder / f"{table}-{content}.parquet"


def keep_published(staging: Staging) -> None:
    """Links the lake files that readers now have; a link costs nothing, and without it all still works."""
    folder = staging.kept_folder
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for change in staging.changes.values():
            table = change.kept.table
            if table.history:
                continue
            path = kept_path(folder, table.name, change.content)
            if not path.exists():
                os.link(change.kept.path, path)
            for other in folder.glob(f"{table.name}-*.parquet"):
                if other != path:
                    other.unlink(missing_ok=True)


def clear(staging: Staging) -> None:
    """Removes what this run has staged, and its scratch files."""
    with suppress(sa.exc.DBAPIError):
        sweep(staging.warehouse, before=staging.epoch + 1)
    for path in staging.scratch.glob("*.parquet"):
        path.unlink(missing_ok=True)
