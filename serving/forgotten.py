"""What a warehouse deleted, made unreadable: rows that are gone stay in its files until something overwrites them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement

from serving.warehouse import BUSY_SECONDS, Warehouse, retrying

#: How long PostgreSQL waits for readers of a table before it gives up.
WAIT = "30s"


class Rewrite(DDLElement):
    """Writes a table anew, without its dead rows."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


@compiles(Rewrite, "postgresql")
def _rewrite(element: Rewrite, compiler: Any, **_: Any) -> str:
    return f"VACUUM (FULL) {compiler.preparer.format_table(element.table)}"


def forget_deleted(warehouse: Warehouse) -> None:
    """Writes the files of a warehouse anew, so that nothing deleted is left in them.

    Raises:
        WarehouseUnavailable: a reader holds a table for too long; safe to do again.
    """
    retrying(lambda: _forget(warehouse), warehouse)


def _forget(warehouse: Warehouse) -> None:
    if not warehouse.is_postgresql:
        if not warehouse.path.exists():
            return
        try:
            with closing(sqlite3.connect(warehouse.path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("VACUUM")
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise sa.exc.OperationalError("VACUUM", None, error) from None
        if busy:
            raise sa.exc.OperationalError("VACUUM", None, sqlite3.OperationalError("database is locked"))
        return
    with warehouse.reading() as connection:
        present = set(sa.inspect(connection).get_table_names(schema=warehouse.schema.meta.schema))
    with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, false)", (WAIT,))
        for name, table in warehouse.schema.tables.items():
            if name in present:
                connection.execute(Rewrite(table))
        connection.exec_driver_sql("SELECT set_config('lock_timeout', '0', false)")
