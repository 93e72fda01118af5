"""Opening the warehouse: SQLite beside the home by default, PostgreSQL by URL, both through SQLAlchemy.

A warehouse is stamped with the home it belongs to. Connection troubles that may pass are tried again with growing,
jittered waits; what remains is one sentence that names host and database and never a password.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

from assets.contract import Table
from serving.errors import BadWarehouse, ForeignHome, WarehouseUnavailable
from serving.warehouse_schema import META, Schema, create_schema, schema_of

#: Execution option of connections that will write, so that SQLite takes its write lock at once.
WRITES = "sluice_writes"
BUSY_SECONDS = 30
LOCK_TIMEOUT = "2s"

HOME_KEY, SCHEMA_KEY, EPOCH_KEY, FINISHED_KEY = "home", "schema", "epoch", "finished"

#: SQLSTATEs after which the same statement may succeed: lock not available, deadlock, serialization, start-up,
#: shut-down, too many connections.
PASSING_STATES = {"55P03", "40P01", "40001", "57P01", "57P02", "57P03", "53300", "25P03"}
FULL_STATES = {"53100", "53200", "53400", "54000"}


@dataclass
class Warehouse:
    """An open warehouse.

    Attributes:
        engine: for reading and writing.
        schema: the tables as the contracts say they are.
        home_id: the home it belongs to.
        warnings: what the database user may not do.
    """

    engine: sa.Engine
    schema: Schema
    home_id: str
    warnings: list[str] = field(default_factory=list)

    @property
    def url(self) -> sa.URL:
        """The URL it was opened by, its password hidden when printed."""
        return self.engine.url

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL; otherwise it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    @property
    def path(self) -> Path:
        """The file of a SQLite warehouse."""
        return Path(str(self.url.database))

    @property
    def place(self) -> str:
        """Where it is, for messages: host and database, or the file."""
        return place_of(self.url)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that sees one publication throughout."""
        with self.engine.connect() as connection:
            if self.is_postgresql:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction that writes; on PostgreSQL it gives up a lock it cannot have soon."""
        with self.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            if self.is_postgresql:
                connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
            yield connection

    def instant(self, value: datetime) -> datetime | str:
        """An instant as this warehouse keeps it."""
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware if self.is_postgresql else aware.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def boolean(self, value: bool) -> bool | int:
        """A truth value as this warehouse keeps it."""
        return value if self.is_postgresql else int(value)

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


def default_url(home: Path) -> str:
    """The URL of the embedded warehouse of a home."""
    return sa.URL.create("sqlite", database=str(home / "warehouse.db")).render_as_string(hide_password=False)


def place_of(url: sa.URL) -> str:
    """Host and database of a URL, or its file; never user or password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def open_warehouse(
    url: str,
    home_id: str,
    contracts: Iterable[Table],
    *,
    prepare: bool = True,
    attempts: int = 5,
    first_wait: float = 0.2,
    sleep: Callable[[float], None] = time.sleep,
) -> Warehouse:
    """Opens a warehouse, makes or mends its tables, and stamps it with the home.

    Args:
        url: a SQLAlchemy URL with its driver: ``sqlite:///...`` or ``postgresql+psycopg://...``.
        home_id: the id of the home that publishes; with ``prepare=False`` a warehouse without stamp is accepted.
        contracts: the published tables.
        prepare: whether to create and migrate tables; readers leave it out.
        attempts: how often to try to connect.
        first_wait: seconds before the second attempt; doubled each time, with jitter.
        sleep: waits.

    Raises:
        BadWarehouse: the URL cannot be used.
        WarehouseUnavailable: it cannot be reached.
        ForeignHome: it belongs to another home.
    """
    engine = _engine(url)
    schema = schema_of(contracts, postgresql=engine.dialect.name == "postgresql")
    warehouse = Warehouse(engine, schema, home_id)
    try:
        retrying(lambda: _connect(warehouse), warehouse, attempts=attempts, first_wait=first_wait, sleep=sleep)
        check_home(warehouse)
        if prepare:
            retrying(lambda: _prepare(warehouse), warehouse, attempts=attempts, first_wait=first_wait, sleep=sleep)
    except BaseException:
        engine.dispose()
        raise
    return warehouse


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise BadWarehouse(
            "SLUICE_WAREHOUSE_URL is not a SQLAlchemy URL such as postgresql+psycopg://user@host/database"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise BadWarehouse("a SQLite warehouse is a file: sqlite:////path/to/warehouse.db")
        engine = sa.create_engine(
            parsed,
            poolclass=sa.pool.NullPool,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "connect", _settle_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        if parsed.get_driver_name() != "psycopg":
            raise BadWarehouse(f"the warehouse URL must name its driver: postgresql+psycopg://{place_of(parsed)}")
        return sa.create_engine(
            parsed, pool_pre_ping=True, pool_size=2, connect_args={"connect_timeout": 10}, hide_parameters=True
        )
    raise BadWarehouse(f"a warehouse is SQLite or PostgreSQL, not {backend}")


def _settle_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -131072")
    connection.execute("PRAGMA temp_store = FILE")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connect(warehouse: Warehouse) -> None:
    with warehouse.engine.connect() as connection:
        connection.execute(sa.select(1))
        if not warehouse.is_postgresql:
            connection.execute(sa.select(sa.func.count()).select_from(sa.table("sqlite_master")))


def _prepare(warehouse: Warehouse) -> None:
    schema = warehouse.schema
    with warehouse.reading() as connection:
        if _is_up_to_date(connection, schema):
            return
    if not warehouse.is_postgresql:
        # A change of journal mode cannot be part of a transaction; it is kept in the file.
        try:
            with closing(sqlite3.connect(warehouse.path, timeout=BUSY_SECONDS)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise sa.exc.OperationalError("PRAGMA journal_mode", None, error) from None
    with warehouse.writing() as connection:
        if _is_up_to_date(connection, schema):
            return
        made, warehouse.warnings = create_schema(connection, schema)
        # A table that was dropped by hand must be filled again, whatever the notes say.
        notes = [f"{kind}:{name}" for name in made for kind in ("hash", "rows")]
        connection.execute(sa.delete(schema.meta).where(schema.meta.c.key.in_(notes)))
        connection.execute(sa.delete(schema.meta).where(schema.meta.c.key == FINISHED_KEY))
        write_note(connection, schema, SCHEMA_KEY, schema.fingerprint)
        if read_note(connection, schema, HOME_KEY) is None:
            write_note(connection, schema, HOME_KEY, warehouse.home_id)
        if read_note(connection, schema, EPOCH_KEY) is None:
            write_note(connection, schema, EPOCH_KEY, "0")
    check_home(warehouse)


def _has_meta(connection: sa.Connection, schema: Schema) -> bool:
    return sa.inspect(connection).has_table(META, schema=schema.meta.schema)


def _is_up_to_date(connection: sa.Connection, schema: Schema) -> bool:
    present = set(sa.inspect(connection).get_table_names(schema=schema.meta.schema))
    if META not in present or not set(schema.tables) <= present:
        return False
    return read_note(connection, schema, SCHEMA_KEY) == schema.fingerprint


def check_home(warehouse: Warehouse) -> None:
    """Refuses the warehouse of another home.

    Raises:
        ForeignHome: it carries another home's stamp.
    """
    with warehouse.reading() as connection:
        if not _has_meta(connection, warehouse.schema):
            return
        stamped = read_note(connection, warehouse.schema, HOME_KEY)
    if stamped is not None and stamped != warehouse.home_id:
        raise ForeignHome(
            f"the warehouse {warehouse.place} belongs to home {stamped}, this is home {warehouse.home_id}: "
            "nothing was published; use a database of its own for each home"
        )


def is_prepared(warehouse: Warehouse) -> bool:
    """Whether the tables are there; a warehouse that nobody published to yet has none."""
    with warehouse.reading() as connection:
        return _has_meta(connection, warehouse.schema)


# --- notes ----------------------------------------------------------------------------------------------------


def read_note(connection: sa.Connection, schema: Schema, key: str, *, lock: bool = False) -> str | None:
    """A note of the warehouse; `lock` keeps others from changing it until the transaction ends."""
    query = sa.select(schema.meta.c.value).where(schema.meta.c.key == key)
    return connection.execute(query.with_for_update() if lock else query).scalar()


def read_notes(connection: sa.Connection, schema: Schema) -> dict[str, str]:
    """Every note."""
    return {row.key: row.value for row in connection.execute(sa.select(schema.meta))}


def write_note(connection: sa.Connection, schema: Schema, key: str, value: str) -> None:
    """Writes a note over the one before."""
    connection.execute(upsert(schema.meta, connection.dialect.name).values(key=key, value=value))


def upsert(table: sa.Table, dialect: str, *, update: bool = True, source: Sequence[Any] | None = None) -> Any:
    """INSERT that replaces the row with the same primary key, or leaves it when `update` is false.

    Args:
        table: the target.
        dialect: ``sqlite`` or ``postgresql``.
        update: whether a row that is there is replaced.
        source: column names and a SELECT to insert from; without it, values are given later.
    """
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    if source is not None:
        statement = statement.from_select(*source)
    key = [column.name for column in table.primary_key.columns]
    names = source[0] if source is not None else [column.name for column in table.columns]
    others = {name: statement.excluded[name] for name in names if name not in key}
    if not update or not others:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(index_elements=key, set_=others)


# --- trouble --------------------------------------------------------------------------------------------------


def retrying(
    action: Callable[[], Any],
    warehouse: Warehouse,
    *,
    attempts: int = 5,
    first_wait: float = 0.2,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """Does something with the database, again when the trouble may pass.

    Raises:
        WarehouseUnavailable: it did not pass, or never will.
    """
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except sa.exc.DBAPIError as error:
            if not is_trouble(error):
                raise
            if attempt == attempts or not may_pass(error):
                raise unavailable(error, warehouse.place) from None
            sleep(wait_before(attempt, first_wait))
    raise AssertionError("unreachable: the loop returns or raises")


def wait_before(attempt: int, first_wait: float) -> float:
    """Seconds to wait before the next attempt: doubled each time, jittered so that runs do not march in step."""
    return first_wait * 2.0 ** (attempt - 1) * random.uniform(0.7, 1.3)


def state_of(error: BaseException) -> str:
    """The SQLSTATE of a database error, or an empty text."""
    cause = getattr(error, "orig", None) or error
    return str(getattr(cause, "sqlstate", None) or "")


def is_trouble(error: sa.exc.DBAPIError) -> bool:
    """Whether the database does not serve, rather than refusing a statement of ours."""
    trouble = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated
    trouble = trouble or bool(re.search(r"not a database|malformed", str(error.orig)))
    return trouble or state_of(error) in PASSING_STATES | FULL_STATES | {"25006", "42501"}


def may_pass(error: sa.exc.DBAPIError) -> bool:
    """Whether the same may succeed a moment later."""
    state, text = state_of(error), str(error.orig)
    if state in PASSING_STATES or error.connection_invalidated or state.startswith("08"):
        return True
    if re.search(r"database is locked|database table is locked", text):
        return True
    if re.search(r"password authentication failed|no password supplied|does not exist|no pg_hba", text):
        return False
    lost = r"connection (failed|refused|timeout|is bad|is lost|was closed)|server closed|terminat|starting up|timed out"
    return isinstance(error, sa.exc.OperationalError) and bool(re.search(lost, text, re.IGNORECASE))


def unavailable(error: BaseException, place: str) -> WarehouseUnavailable:
    """The one sentence about a database that does not serve; the driver's own text may name users, so it stays out.

    Args:
        error: as the driver or SQLAlchemy raised it.
        place: where the warehouse is.
    """
    state, text = state_of(error), str(getattr(error, "orig", error))
    if "password" in text:
        reason = "it refused the user or password; check SLUICE_WAREHOUSE_URL"
    elif re.search(r'database "[^"]*" does not exist', text):
        reason = "there is no such database; create it first"
    elif "no pg_hba" in text:
        reason = "it does not accept connections from this host or without encryption (pg_hba.conf)"
    # The bulk driver rolls back what SQLite has rolled back by itself, and tells of that failure only.
    elif state in FULL_STATES or re.search(r"disk is full|disk I/O error|cannot rollback", text):
        reason = "its disk is full or its memory is used up"
    elif "readonly" in text or "read-only" in text or state in {"25006", "42501"}:
        reason = "it may not be written by this user"
    elif "unable to open" in text:
        reason = "the file cannot be opened; its folder is missing or not writable"
    elif "not a database" in text or "malformed" in text:
        reason = "the file is not a SQLite database, or it is damaged"
    elif state == "55P03" or "locked" in text:
        reason = "another process holds a lock on its tables"
    else:
        reason = "it cannot be reached, or the connection was lost"
    return WarehouseUnavailable(f"the warehouse {place}: {reason}; nothing was published")
