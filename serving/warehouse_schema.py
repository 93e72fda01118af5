"""The warehouse's tables, views, keys, comments and grants, all rendered from the contracts.

PostgreSQL: tables in schema ``sluice_data``, masked views in schema ``sluice`` for the role ``sluice_reader``.
SQLite: plain tables, clustered by their key so that a sorted load is one sequential write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateSchema, DDLElement

from assets.contract import Table, sqlalchemy_table
from serving.errors import BadWarehouse

DATA_SCHEMA = "sluice_data"
VIEW_SCHEMA = "sluice"
STAGE_SCHEMA = "sluice_stage"
READER_ROLE = "sluice_reader"
META = "sluice_meta"

#: Changes when the rendering below changes, so that old warehouses are looked at again.
RENDERING = "1"

#: Columns that are not personal by themselves but may quote what a person wrote or was called.
QUOTING = {"attributes", "raw", "repairs", "evidence"}
QUOTING_IN = {"rejected_rows": {"reason", "reason_zh"}}
MASK = "***"

#: Further indexes, beside one for each reference, for the joins that readers make.
INDEXED = {"lead_identities": ("lead_id",), "opportunities": ("status",)}
#: Only where building it is parallel: on SQLite it doubles the time to load ten million events.
INDEXED_POSTGRESQL = {"lead_events": ("lead_id",)}


@dataclass
class Schema:
    """Every warehouse object of a set of contracts."""

    contracts: dict[str, Table]
    tables: dict[str, sa.Table]
    meta: sa.Table
    foreign_keys: dict[str, list[sa.ForeignKeyConstraint]]
    indexes: dict[str, list[sa.Index]]
    fingerprint: str

    def metadata_tables(self) -> list[sa.Table]:
        """The tables to create."""
        return [self.meta, *self.tables.values()]


def schema_of(contracts: Iterable[Table], *, postgresql: bool) -> Schema:
    """Renders contracts for one kind of database."""
    named = {table.name: table for table in contracts}
    metadata = sa.MetaData(schema=DATA_SCHEMA if postgresql else None)
    tables = {name: sqlalchemy_table(table, metadata) for name, table in named.items()}
    meta = sa.Table(
        META,
        metadata,
        sa.Column("key", sa.Text(), primary_key=True, comment="What is noted."),
        sa.Column("value", sa.Text(), nullable=False, comment="The note."),
        comment="One row per note that Sluice keeps about this warehouse.",
    )
    foreign: dict[str, list[sa.ForeignKeyConstraint]] = {}
    indexes: dict[str, list[sa.Index]] = {}
    for name, contract in named.items():
        table = tables[name]
        if not postgresql:
            table.dialect_options["sqlite"]["with_rowid"] = False
        foreign[name] = []
        for column, parent in contract.references.items():
            if parent not in tables:
                continue
            constraint = sa.ForeignKeyConstraint(
                [column],  # by name: given the column itself, it would attach itself to the table at once
                [tables[parent].c[named[parent].key[0]]],
                name=f"fk_{name}_{column}",
                deferrable=True,
                initially="DEFERRED",
            )
            foreign[name].append(constraint)
            # On PostgreSQL they are added after the first load: checking a join once, not row by row.
            if not postgresql:
                table.append_constraint(constraint)
        further = INDEXED.get(name, ()) + (INDEXED_POSTGRESQL.get(name, ()) if postgresql else ())
        wanted = [c for c in (*contract.references, *further) if c != contract.key[0] and c in table.c]
        indexes[name] = [sa.Index(f"ix_{name}_{column}", table.c[column]) for column in dict.fromkeys(wanted)]
        table.indexes.clear()
    digest = hashlib.sha256(RENDERING.encode())
    for contract in named.values():
        digest.update(repr((contract, contract.fields())).encode())
    return Schema(named, tables, meta, foreign, indexes, digest.hexdigest()[:16])


def staging_table(contract: Table, name: str, *, postgresql: bool, key_only: bool = False) -> sa.Table:
    """An unlogged table without keys for staged rows, or for the keys of rows that are gone."""
    table = sqlalchemy_table(contract, sa.MetaData(schema=STAGE_SCHEMA), name=name, keys=False)
    if key_only:
        columns = [sa.Column(column, table.c[column].type) for column in contract.key]
        table = sa.Table(name, sa.MetaData(schema=STAGE_SCHEMA), *columns)
    table.comment = None
    for column in table.columns:
        column.comment = None
    if postgresql:
        table._prefixes = ["UNLOGGED"]
    return table


# --- creating and migrating -----------------------------------------------------------------------------------


def create_schema(connection: sa.Connection, schema: Schema) -> tuple[list[str], list[str]]:
    """Creates what is missing and brings older tables up to their contracts.

    Returns:
        Names of tables that were made new, and warnings about what the database user may not do.

    Raises:
        BadWarehouse: a published table has another key than its contract; only its owner can decide about that.
    """
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        for name in (DATA_SCHEMA, VIEW_SCHEMA, STAGE_SCHEMA):
            connection.execute(CreateSchema(name, if_not_exists=True))
    data_schema = DATA_SCHEMA if postgresql else None
    present = set(sa.inspect(connection).get_table_names(schema=data_schema))
    fresh = [table for table in schema.metadata_tables() if table.name not in present]
    if fresh:
        fresh[0].metadata.create_all(connection, tables=fresh)
    for name, table in schema.tables.items():
        if name in present:
            _migrate(connection, schema.contracts[name], table)
    warnings = _create_views(connection, schema) if postgresql else []
    return [table.name for table in fresh if table.name in schema.tables], warnings


def _migrate(connection: sa.Connection, contract: Table, table: sa.Table) -> None:
    inspector = sa.inspect(connection)
    found = {column["name"]: column for column in inspector.get_columns(table.name, schema=table.schema)}
    key = inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
    if sorted(key) != sorted(contract.key):
        raise BadWarehouse(
            f"table {table.name} of this warehouse has the key ({', '.join(key)}), its contract says "
            f"({', '.join(contract.key)}): drop the table, the next run fills it again"
        )
    for column in table.columns:
        if column.name not in found:
            connection.execute(AddColumn(table, column))
            if connection.dialect.name == "postgresql":
                connection.execute(sa.schema.SetColumnComment(column))
    relaxed = [c.name for c in table.columns if c.name in found and c.nullable and not found[c.name]["nullable"]]
    if not relaxed:
        return
    if connection.dialect.name == "postgresql":
        for name in relaxed:
            connection.execute(DropNotNull(table, table.c[name]))
    else:
        _rebuild(connection, table, [name for name in found if name in table.c])


def _rebuild(connection: sa.Connection, table: sa.Table, columns: list[str]) -> None:
    """SQLite cannot relax a column: copy the table under its new declaration."""
    old = sa.Table(f"{table.name}__old", sa.MetaData(), *[sa.Column(c.name, c.type) for c in table.columns])
    connection.execute(RenameTable(table, old.name))
    table.create(connection)
    rows = sa.select(*[old.c[name] for name in columns])
    connection.execute(sa.insert(table).from_select(columns, rows))
    old.drop(connection)


def finish_schema(connection: sa.Connection, schema: Schema) -> None:
    """Adds the indexes and foreign keys that are still missing, in the transaction that loaded the rows.

    Raises:
        sqlalchemy.exc.IntegrityError: a row points at nothing.
    """
    for indexes in schema.indexes.values():
        for index in indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    for name, constraints in schema.foreign_keys.items():
        if not constraints:
            continue
        present = {found["name"] for found in inspector.get_foreign_keys(name, schema=DATA_SCHEMA)}
        for constraint in constraints:
            if constraint.name not in present:
                schema.tables[name].append_constraint(constraint)
                connection.execute(AddConstraint(constraint))


# --- views for readers ----------------------------------------------------------------------------------------


def masked_columns(contract: Table) -> set[str]:
    """Columns whose values the read-only role does not see."""
    personal = {column.name for column in contract.fields() if column.personal}
    quoting = (QUOTING | QUOTING_IN.get(contract.name, set())) & set(contract.columns)
    return personal | quoting


def reader_view(contract: Table, table: sa.Table, order: Sequence[str]) -> sa.Select[Any]:
    """What the read-only role sees of a table: personal values show only whether there is one."""
    types = {column.name: column.type for column in contract.fields()}
    masked = masked_columns(contract)

    def shown(name: str) -> sa.ColumnElement[Any]:
        column = table.c[name]
        if name not in masked:
            return column
        if types[name] == "json":
            return sa.case((column.is_(None), None), (column.like("[%"), "[]"), else_="{}").label(name)
        if types[name] == "text":
            return sa.case((column.is_(None), None), else_=MASK).label(name)
        return sa.cast(sa.null(), column.type).label(name)

    return sa.select(*[shown(name) for name in order])


def _create_views(connection: sa.Connection, schema: Schema) -> list[str]:
    inspector = sa.inspect(connection)
    present = set(inspector.get_view_names(schema=VIEW_SCHEMA))
    for name, contract in schema.contracts.items():
        # A view may only gain columns at its end; replacing keeps the grants and what others built on it.
        before = [c["name"] for c in inspector.get_columns(name, schema=VIEW_SCHEMA)] if name in present else []
        before = [column for column in before if column in contract.columns]
        order = [*before, *[column for column in contract.columns if column not in before]]
        connection.execute(CreateReaderView(name, reader_view(contract, schema.tables[name], order)))
        connection.execute(CommentOn("VIEW", (VIEW_SCHEMA, name), contract.description))
        for column in contract.fields():
            comment = schema.tables[name].c[column.name].comment or ""
            connection.execute(CommentOn("COLUMN", (VIEW_SCHEMA, name, column.name), comment))
    return _grant(connection)


def _grant(connection: sa.Connection) -> list[str]:
    roles = sa.table("pg_roles", sa.column("rolname"), schema="pg_catalog")
    exists = connection.execute(sa.select(roles.c.rolname).where(roles.c.rolname == READER_ROLE)).first()
    try:
        with connection.begin_nested():
            if exists is None:
                connection.execute(RoleStatement("CREATE ROLE", READER_ROLE, "NOLOGIN"))
            connection.execute(RoleStatement("GRANT USAGE ON SCHEMA sluice TO", READER_ROLE))
            connection.execute(RoleStatement("GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO", READER_ROLE))
    except sa.exc.DBAPIError:
        return [
            f"the database user may not create or grant to the role {READER_ROLE}: have an administrator run "
            f"CREATE ROLE {READER_ROLE} NOLOGIN; GRANT USAGE ON SCHEMA sluice TO {READER_ROLE}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO {READER_ROLE};"
        ]
    return []


# --- statements that SQLAlchemy has no construct for; names are quoted by its own preparer --------------------


class AddColumn(DDLElement):
    """ALTER TABLE ... ADD COLUMN, always nullable: rows that are there have no value yet."""

    inherit_cache = False

    def __init__(self, table: sa.Table, column: sa.Column[Any]) -> None:
        self.table, self.column = table, column


class DropNotNull(DDLElement):
    """ALTER TABLE ... ALTER COLUMN ... DROP NOT NULL."""

    inherit_cache = False

    def __init__(self, table: sa.Table, column: sa.Column[Any]) -> None:
        self.table, self.column = table, column


class RenameTable(DDLElement):
    """ALTER TABLE ... RENAME TO ..."""

    inherit_cache = False

    def __init__(self, table: sa.Table, name: str) -> None:
        self.table, self.name = table, name


class CreateReaderView(DDLElement):
    """CREATE OR REPLACE VIEW in the readers' schema; the barrier keeps functions of a reader off hidden rows."""

    inherit_cache = False

    def __init__(self, name: str, query: sa.Select[Any]) -> None:
        self.name, self.query = name, query


class CommentOn(DDLElement):
    """COMMENT ON VIEW or COLUMN."""

    inherit_cache = False

    def __init__(self, kind: str, path: tuple[str, ...], comment: str) -> None:
        self.kind, self.path, self.comment = kind, path, comment


class RoleStatement(DDLElement):
    """A fixed statement about a role."""

    inherit_cache = False

    def __init__(self, before: str, role: str, after: str = "") -> None:
        self.before, self.role, self.after = before, role, after


class Analyse(DDLElement):
    """ANALYZE of one table."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: Any, **_: Any) -> str:
    quote, column = compiler.preparer, element.column
    parts = ["ALTER TABLE", quote.format_table(element.table), "ADD COLUMN", quote.format_column(column)]
    return " ".join([*parts, compiler.type_compiler.process(column.type)])


@compiles(DropNotNull)
def _drop_not_null(element: DropNotNull, compiler: Any, **_: Any) -> str:
    quote = compiler.preparer
    parts = ["ALTER TABLE", quote.format_table(element.table), "ALTER COLUMN"]
    return " ".join([*parts, quote.format_column(element.column), "DROP NOT NULL"])


@compiles(RenameTable)
def _rename_table(element: RenameTable, compiler: Any, **_: Any) -> str:
    quote = compiler.preparer
    return " ".join(["ALTER TABLE", quote.format_table(element.table), "RENAME TO", quote.quote(element.name)])


@compiles(CreateReaderView)
def _create_reader_view(element: CreateReaderView, compiler: Any, **_: Any) -> str:
    quote = compiler.preparer
    name = ".".join([quote.quote(VIEW_SCHEMA), quote.quote(element.name)])
    query = compiler.sql_compiler.process(element.query, literal_binds=True)
    return " ".join(["CREATE OR REPLACE VIEW", name, "WITH (security_barrier = true) AS", query])


@compiles(CommentOn)
def _comment_on(element: CommentOn, compiler: Any, **_: Any) -> str:
    path = ".".join(compiler.preparer.quote(part) for part in element.path)
    comment = compiler.sql_compiler.render_literal_value(element.comment, sa.String())
    return " ".join(["COMMENT ON", element.kind, path, "IS", comment])


@compiles(RoleStatement)
def _role_statement(element: RoleStatement, compiler: Any, **_: Any) -> str:
    return " ".join(filter(None, [element.before, compiler.preparer.quote(element.role), element.after]))


@compiles(Analyse)
def _analyse(element: Analyse, compiler: Any, **_: Any) -> str:
    return " ".join(["ANALYZE", compiler.preparer.format_table(element.table)])
