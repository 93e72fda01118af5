"""Write, audit, publish: readers get all tables of a run in one transaction, or none of them.

The tables are staged, audited where they are staged, and one transaction then applies the differences, adds the row
of ``publications`` and moves ``is_current``. A fencing epoch taken at the start must still hold when it commits.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from quality.suites import KeptTable, suites_fingerprint
from serving.errors import ConstraintBroken, FencedOut, StagingLost, WarehouseUnavailable
from serving.publish_hash import content_hash, publication_hash, publication_id_of
from serving.staging import (
    Change,
    Staging,
    check_epoch,
    clear,
    day_of,
    keep_published,
    stage,
    stage_restored,
)
from serving.warehouse import (
    FINISHED_KEY,
    LOCK_TIMEOUT,
    WRITES,
    Warehouse,
    is_trouble,
    may_pass,
    read_note,
    read_notes,
    unavailable,
    upsert,
    wait_before,
    write_note,
)
from serving.warehouse_schema import Analyse, finish_schema
from sources.crashpoint import crashpoint

#: Note of the last commit: which publication, by which epoch. It answers "did the COMMIT arrive?".
COMMIT_KEY = "commit"
#: Note of the checks that the published rows have passed.
CHECKS_KEY = "checks"
PUBLICATIONS = "publications"


@dataclass(frozen=True)
class Draft:
    """What a publication is about, before it has an id.

    Attributes:
        run_id: as Dagster shows it.
        as_of: the business instant, aware.
        day: its day in the business zone; the rows of a table of history for this day are replaced.
        timezone: the business zone.
        policy_version: the policy in force.
    """

    run_id: str
    as_of: datetime
    day: date
    timezone: str
    policy_version: str


@dataclass(frozen=True)
class Publication:
    """What readers got.

    Attributes:
        publication_id: the same for the same home, instant, policy and content.
        is_current: whether the current tables are its own; otherwise it only added to tables of history.
        was_there: whether readers had it already, so that nothing was written.
        hashes: content hash by table.
        rows: rows of each table of this run.
        written: rows inserted or replaced, and rows deleted, by table.
    """

    publication_id: str
    run_id: str
    as_of: datetime
    published_at: datetime
    policy_version: str
    content_hash: str
    is_current: bool
    was_there: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, tuple[int, int]] = field(default_factory=dict)


#: Audits what is staged. Returns further tables to publish with it (the results of the audit), or raises.
Audit = Callable[[Staging], Sequence[KeptTable]]


def _nothing(_: Publication) -> None:
    return None


@dataclass(frozen=True)
class Journal:
    """The moments at which a publication is written down.

    Attributes:
        prepare: before the transaction; afterwards the publication may or may not reach readers.
        settle: readers have it.
        discard: it is certain that readers will not get it.
    """

    prepare: Callable[[Publication], None] = _nothing
    settle: Callable[[Publication], None] = _nothing
    discard: Callable[[Publication], None] = _nothing


@dataclass(frozen=True)
class Patience:
    """How long a publish tries against locks and lost connections."""

    attempts: int = 8
    first_wait: float = 0.2
    sleep: Callable[[float], None] = time.sleep


def publish(
    warehouse: Warehouse,
    tables: Sequence[KeptTable],
    draft: Draft,
    connection: duckdb.DuckDBPyConnection,
    *,
    epoch: int,
    audit: Audit,
    scratch: Path,
    kept_folder: Path,
    now: Callable[[], datetime],
    restored: Sequence[KeptTable] = (),
    journal: Journal | None = None,
    patience: Patience | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Publication:
    """Stages, audits and publishes the tables of one run.

    Args:
        warehouse: an open warehouse, its tables prepared.
        tables: the published tables as the lake keeps them, `publications` not among them.
        draft: what the publication is about.
        connection: DuckDB, session time zone UTC.
        epoch: taken by :func:`serving.staging.take_epoch` when the run began.
        audit: sees what is staged; its error stops the publication.
        scratch: a folder for files that are needed only meanwhile.
        kept_folder: where links to published lake files are kept, to compare with next time.
        now: the clock, for ``published_at``.
        restored: rows of tables of history and of `publications` that a new warehouse gets back.
        journal: called at the moments of a publication's life.
        patience: how long to try.
        progress: told each table's name and how many rows were staged.

    Returns:
        What readers have now.

    Raises:
        FencedOut: a later run has taken over.
        ConstraintBroken: the rows contradict a declared key.
        WarehouseUnavailable: the database does not serve; safe to run again.
    """
    journal, patience = journal or Journal(), patience or Patience()
    is_current, known, checks = _standing(warehouse, draft)
    wanted = [kept for kept in tables if is_current or kept.table.history]
    day = day_of(draft.day, draft.timezone)
    staging = Staging(warehouse, epoch, connection, scratch, kept_folder, draft.as_of, day)
    staging.stages_all = checks != suites_fingerprint(warehouse.schema.contracts.values())
    for trusts in (True, False):
        staging.trusts = trusts
        stage(staging, wanted, progress=progress)
        crashpoint("publish.after_stage")
        results = audit(staging)
        stage(staging, [kept for kept in results if is_current or kept.table.history], progress=progress)
        stage_restored(staging, restored)
        publication = replace(
            _publication(warehouse, draft, staging, [*tables, *results], is_current), published_at=now()
        )
        there = known.get(publication.publication_id)
        nothing_changes = not staging.restored and all(change.is_empty for change in staging.changes.values())
        if there is not None and (there or not is_current) and nothing_changes:
            clear(staging)
            publication = _as_published(warehouse, publication)
            journal.settle(publication)
            return publication
        journal.prepare(publication)
        try:
            _commit(staging, publication, patience)
        except StagingLost:
            if not trusts:
                journal.discard(publication)
                raise
            continue  # once more, believing nothing but the rows themselves
        except (FencedOut, ConstraintBroken):
            journal.discard(publication)
            raise
        break
    crashpoint("publish.after_commit")
    journal.settle(publication)
    if is_current:
        keep_published(staging)
    _after(staging)
    clear(staging)
    return publication


def _standing(warehouse: Warehouse, draft: Draft) -> tuple[bool, dict[str, bool], str | None]:
    """Whether the run becomes the current one, the publications that are there, and the checks they passed."""
    table = warehouse.schema.tables[PUBLICATIONS]
    with warehouse.reading() as connection:
        known = {
            row.publication_id: bool(row.is_current)
            for row in connection.execute(sa.select(table.c.publication_id, table.c.is_current))
        }
        newest = connection.execute(sa.select(sa.func.max(table.c.as_of))).scalar()
        checks = read_note(connection, warehouse.schema, CHECKS_KEY)
    return newest is None or warehouse.instant(draft.as_of) >= newest, known, checks


def _publication(
    warehouse: Warehouse, draft: Draft, staging: Staging, tables: Sequence[KeptTable], is_current: bool
) -> Publication:
    hashes = {name: change.content for name, change in staging.changes.items()}
    for kept in tables:
        if kept.table.name not in hashes:
            hashes[kept.table.name] = content_hash(kept.path, kept.table, staging.connection)
    content = publication_hash(hashes)
    as_of = draft.as_of.astimezone(UTC)
    return Publication(
        publication_id_of(warehouse.home_id, as_of.isoformat(), draft.policy_version, content),
        draft.run_id,
        as_of,
        as_of,
        draft.policy_version,
        content,
        is_current,
        hashes=hashes,
        rows={name: change.kept.rows for name, change in staging.changes.items()},
        written={name: (c.rows_staged, c.gone_staged) for name, c in staging.changes.items()},
    )


def _as_published(warehouse: Warehouse, publication: Publication) -> Publication:
    """The publication as readers have had it before."""
    table = warehouse.schema.tables[PUBLICATIONS]
    query = sa.select(table).where(table.c.publication_id == publication.publication_id)
    with warehouse.reading() as connection:
        row = connection.execute(query).one()
    at = row.published_at if isinstance(row.published_at, datetime) else datetime.fromisoformat(row.published_at)
    return replace(publication, run_id=row.run_id, published_at=at, was_there=True)


def publication_ids(warehouse: Warehouse) -> set[str]:
    """Every publication that readers got; a pending one among them has to be settled, any other discarded."""
    table = warehouse.schema.tables[PUBLICATIONS]
    with warehouse.reading() as connection:
        return set(connection.execute(sa.select(table.c.publication_id)).scalars())


# --- the transaction ------------------------------------------------------------------------------------------


def _commit(staging: Staging, publication: Publication, patience: Patience) -> None:
    """Applies what is staged in one transaction; tries again while the trouble may pass."""
    warehouse = staging.warehouse
    for attempt in range(1, patience.attempts + 1):
        try:
            if attempt > 1 and _has_arrived(staging, publication):
                return
            _transaction(staging, publication)
            return
        except sa.exc.IntegrityError as error:
            raise ConstraintBroken(
                f"the tables of this run contradict a key that the database declares ({_constraint(error)}); "
                "nothing was published"
            ) from None
        except sa.exc.DBAPIError as error:
            if isinstance(error, sa.exc.ProgrammingError):
                # What a later run removed cannot be found any more.
                with warehouse.reading() as connection:
                    check_epoch_quietly(connection, staging)
                raise
            if not is_trouble(error):
                raise
            if attempt == patience.attempts or not may_pass(error):
                raise unavailable(error, warehouse.place) from None
            patience.sleep(wait_before(attempt, patience.first_wait))
    raise WarehouseUnavailable(f"the warehouse {warehouse.place} could not be written; nothing was published")


def check_epoch_quietly(connection: sa.Connection, staging: Staging) -> None:
    """Says that the run was overtaken when that explains why something staged is missing."""
    held = read_note(connection, staging.warehouse.schema, "epoch")
    if held != str(staging.epoch):
        raise FencedOut(f"a later run has taken over (epoch {held}, this run has {staging.epoch})")


def _constraint(error: sa.exc.IntegrityError) -> str:
    """The constraint's name; the database's own text would quote values."""
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    return str(name) if name else str(error.orig).partition("\n")[0]


def _has_arrived(staging: Staging, publication: Publication) -> bool:
    """Whether a COMMIT whose answer was lost did its work."""
    with staging.warehouse.reading() as connection:
        return read_note(connection, staging.warehouse.schema, COMMIT_KEY) == _commit_note(staging, publication)


def _commit_note(staging: Staging, publication: Publication) -> str:
    return f"{publication.publication_id}:{staging.epoch}"


def _transaction(staging: Staging, publication: Publication) -> None:
    warehouse = staging.warehouse
    with warehouse.engine.connect() as connection:
        if warehouse.is_postgresql:
            _apply(connection, staging, publication)
            return
        # Attached on the driver's own connection: a statement through SQLAlchemy would begin a transaction.
        raw = connection.connection.dbapi_connection
        try:
            raw.execute("ATTACH DATABASE ? AS sluice_stage", (str(staging.path),))  # type: ignore[union-attr]
        except sqlite3.Error as error:
            raise sa.exc.OperationalError("ATTACH", None, error) from None
        _apply(connection, staging, publication)


def _apply(connection: sa.Connection, staging: Staging, publication: Publication) -> None:
    warehouse, schema = staging.warehouse, staging.warehouse.schema
    connection = connection.execution_options(**{WRITES: True})
    with connection.begin():
        if warehouse.is_postgresql:
            connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
        check_epoch(connection, warehouse, staging.epoch)
        notes = read_notes(connection, schema)
        for change in staging.changes.values():
            _apply_change(connection, warehouse, change)
        for name, (source, expected) in staging.restored.items():
            _apply_restored(connection, warehouse, name, source, expected)
        _apply_publication(connection, warehouse, publication)
        if notes.get(FINISHED_KEY) != schema.fingerprint:
            finish_schema(connection, schema)
            write_note(connection, schema, FINISHED_KEY, schema.fingerprint)
        write_note(connection, schema, COMMIT_KEY, _commit_note(staging, publication))
        if publication.is_current:
            write_note(connection, schema, CHECKS_KEY, suites_fingerprint(schema.contracts.values()))
        _note_rows(connection, warehouse, publication)
        crashpoint("publish.before_commit")


def _apply_change(connection: sa.Connection, warehouse: Warehouse, change: Change) -> None:
    """Deletes what is gone, inserts what is new, replaces what changed.

    Raises:
        StagingLost: the numbers are not those of the comparison: unlogged staging tables are empty after a crash of
            the server, and somebody may have written to the published table by hand.
    """
    name, dialect = change.kept.table.name, connection.dialect.name
    target = warehouse.schema.tables[name]
    if change.gone is not None:
        key = [target.c[column] for column in change.kept.table.key]
        gone = sa.select(*[change.gone.c[column] for column in change.kept.table.key])
        matches = key[0].in_(gone) if len(key) == 1 else sa.tuple_(*key).in_(gone)
        _expect(connection.execute(sa.delete(target).where(matches)).rowcount, change.gone_staged, name)
    if change.rows is not None:
        columns = list(change.kept.table.columns)
        rows = sa.select(*[change.rows.c[column] for column in columns])
        drops_indexes = change.fills and dialect == "sqlite"
        if drops_indexes:
            for index in warehouse.schema.indexes[name]:
                connection.execute(sa.schema.DropIndex(index, if_exists=True))
        if change.fills:
            statement: Any = sa.insert(target).from_select(columns, rows)
        else:
            statement = upsert(target, dialect, source=(columns, rows.where(sa.true())))
        done = connection.execute(statement, execution_options={"preserve_rowcount": True})
        _expect(done.rowcount, change.rows_staged, name)
        if drops_indexes:
            for index in warehouse.schema.indexes[name]:
                connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    if not change.is_empty and not change.kept.table.history:
        counted = connection.execute(sa.select(sa.func.count()).select_from(target)).scalar_one()
        _expect(int(counted), change.kept.rows, name)
    if not change.kept.table.history:
        write_note(connection, warehouse.schema, f"hash:{name}", change.content)


def _expect(found: int, expected: int, table: str) -> None:
    if found != expected:
        raise StagingLost(
            f"table {table}: {found} rows where the comparison found {expected}; what was staged or published has "
            "changed meanwhile; nothing was published"
        )


def _apply_restored(
    connection: sa.Connection, warehouse: Warehouse, name: str, source: sa.Table, expected: int
) -> None:
    staged = connection.execute(sa.select(sa.func.count()).select_from(source)).scalar_one()
    _expect(int(staged), expected, name)
    target = warehouse.schema.tables[name]
    columns = [column.name for column in source.columns]
    values: list[sa.ColumnElement[Any]] = [source.c[column] for column in columns]
    if name == PUBLICATIONS:
        none_is_current = sa.literal(warehouse.boolean(False)).label("is_current")
        values = [none_is_current if column == "is_current" else source.c[column] for column in columns]
    rows = sa.select(*values).where(sa.true())
    connection.execute(upsert(target, connection.dialect.name, update=False, source=(columns, rows)))


def _apply_publication(connection: sa.Connection, warehouse: Warehouse, publication: Publication) -> None:
    table = warehouse.schema.tables[PUBLICATIONS]
    if publication.is_current:
        connection.execute(
            sa.update(table)
            .where(table.c.is_current == sa.literal(warehouse.boolean(True)))
            .values(is_current=warehouse.boolean(False))
        )
    connection.execute(
        upsert(table, connection.dialect.name).values(
            publication_id=publication.publication_id,
            run_id=publication.run_id,
            as_of=warehouse.instant(publication.as_of),
            published_at=warehouse.instant(publication.published_at),
            policy_version=publication.policy_version,
            content_hash=publication.content_hash,
            is_current=warehouse.boolean(publication.is_current),
        )
    )


def _note_rows(connection: sa.Connection, warehouse: Warehouse, publication: Publication) -> None:
    """How many rows readers have of each table, so that nobody has to count ten million."""
    contracts = warehouse.schema.contracts
    for name, table in warehouse.schema.tables.items():
        if name in publication.rows and not contracts[name].history:
            rows = publication.rows[name]
        elif contracts[name].history or name == PUBLICATIONS:
            rows = int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        else:
            continue
        write_note(connection, warehouse.schema, f"rows:{name}", str(rows))


def _after(staging: Staging) -> None:
    """What helps readers but is no part of the publication: statistics, and an empty write-ahead log."""
    warehouse = staging.warehouse
    try:
        with warehouse.engine.connect() as connection:
            if not warehouse.is_postgresql:
                raw = connection.connection.dbapi_connection
                raw.execute("PRAGMA busy_timeout = 1000")  # type: ignore[union-attr]
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
                return
            filled = [change for change in staging.changes.values() if change.fills and change.rows is not None]
            autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
            for change in filled:
                table = warehouse.schema.tables[change.kept.table.name]
                autocommit.execute(Analyse(table))
    except (sa.exc.DBAPIError, sqlite3.Error):
        return
