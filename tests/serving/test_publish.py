"""Write, audit, publish: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy as sa

from quality.errors import AuditFailed
from quality.tables import PUBLICATIONS
from serving.errors import ConstraintBroken, FencedOut, ForeignHome, StagingLost, WarehouseUnavailable
from serving.publish import Journal, Patience, publication_ids
from serving.publish_hash import content_hash
from serving.staging import take_epoch
from serving.warehouse import WRITES, Warehouse, read_notes
from serving.warehouse_rows import published_reader, read_publications, table_counts
from tests.serving.publishing import ACCOUNTS, FUNNEL, LEADS, World, account, lead

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path, warehouse_url: str) -> World:
    return World(tmp_path, warehouse_url)


def notes(warehouse: Warehouse) -> dict[str, str]:
    with warehouse.reading() as connection:
        return read_notes(connection, warehouse.schema)


def test_readers_get_every_table_and_one_current_publication(world: World) -> None:
    publication = world.publish()
    assert len(world.published(LEADS)) == 6
    assert len(world.published(ACCOUNTS)) == 2
    assert [row["entered"] for row in world.published(FUNNEL)] == [6]
    [row] = world.published(PUBLICATIONS)
    assert row["publication_id"] == publication.publication_id
    assert row["content_hash"] == publication.content_hash
    assert bool(row["is_current"])
    warehouse = world.open()
    assert table_counts(warehouse) == table_counts(warehouse, exact=True)
    assert table_counts(warehouse) == {"accounts": 2, "leads": 6, "funnel_stages": 1, "publications": 1}
    assert read_publications(warehouse)["as_of"].tolist() == [world.as_of]


def test_values_are_kept_as_the_contract_says(world: World) -> None:
    world.publish()
    row = world.published(LEADS)[1]
    money = {found["account_id"]: found["won_amount_base"] for found in world.published(ACCOUNTS)}
    assert row["email"] == "person1@example.com"
    assert row["win_probability"] == 1 / 7
    assert row["attributes"] == '{"note": "50 % off \\u00e9"}'
    if world.url.startswith("sqlite"):
        assert row["first_seen_at"] == "2026-01-01T10:00:01.123456Z"
        assert row["birth_date"] == "1980-01-02"
        assert (row["overdue"], world.published(LEADS)[2]["overdue"]) == (0, 1)
        assert money["a2"] == pytest.approx(Decimal("-0.1"))
    else:
        assert row["first_seen_at"] == datetime(2026, 1, 1, 10, 0, 1, 123456, tzinfo=UTC)
        assert row["birth_date"] == date(1980, 1, 2)
        assert row["overdue"] is False
        assert money == {"a1": Decimal("10.25"), "a2": Decimal("-0.10")}


def test_what_is_read_back_has_the_hash_of_the_lake(world: World, tmp_path: Path) -> None:
    world.rows["leads"].append(lead(7, email=None, birth_date=None, account_id=None, win_probability=None))
    publication = world.publish()
    warehouse = world.open()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    read = published_reader(warehouse, connection, tmp_path)
    for table in (LEADS, ACCOUNTS, FUNNEL):
        assert content_hash(read(table.name), table) == publication.hashes[table.name]


@pytest.mark.parametrize("keeps_links", [True, False])
def test_only_what_changed_is_written(world: World, keeps_links: bool) -> None:
    world.publish()
    if not keeps_links:
        for path in (world.folder / "published").iterdir():
            path.unlink()
    world.rows["leads"] = [lead(0), lead(1, full_name="Changed"), *[lead(n) for n in (3, 4, 5, 9)]]
    publication = world.publish()
    assert publication.written["leads"] == (2, 1)
    assert publication.written["accounts"] == (0, 0)
    assert [row["lead_id"][-1] for row in world.published(LEADS)] == ["0", "1", "3", "4", "5", "9"]
    assert world.published(LEADS)[1]["full_name"] == "Changed"


def test_the_same_again_is_recognised_and_nothing_is_written(world: World) -> None:
    first = world.publish()
    world.run_id = "run-2"
    second = world.publish()
    assert second.was_there
    assert (second.publication_id, second.run_id) == (first.publication_id, "run-1")
    assert len(world.published(PUBLICATIONS)) == 1


def test_going_back_to_what_was_published_before_makes_it_current_again(world: World) -> None:
    first = world.publish()
    world.rows["leads"].append(lead(8))
    world.publish()
    world.rows["leads"].pop()
    third = world.publish()
    assert (third.publication_id, third.was_there) == (first.publication_id, False)
    assert len(world.published(LEADS)) == 6
    current = [row["publication_id"] for row in world.published(PUBLICATIONS) if row["is_current"]]
    assert current == [first.publication_id]


def test_a_failed_audit_publishes_nothing(world: World) -> None:
    world.publish()
    before = (world.published(LEADS), world.published(PUBLICATIONS))
    world.rows["leads"] = []

    def refuse(_: object) -> list[object]:
        raise AuditFailed("a check does not hold")

    with pytest.raises(AuditFailed):
        world.publish(audit=refuse)
    assert (world.published(LEADS), world.published(PUBLICATIONS)) == before


def test_a_run_that_was_overtaken_publishes_nothing(world: World) -> None:
    warehouse = world.open()
    mine = take_epoch(warehouse)
    take_epoch(warehouse)
    with pytest.raises(FencedOut) as caught:
        world.publish(epoch=mine)
    assert caught.value.exit_code == 4
    assert world.published(LEADS) == []


def test_a_run_that_is_overtaken_after_its_audit_publishes_nothing(world: World) -> None:
    warehouse = world.open()
    moments: list[str] = []
    journal = Journal(
        prepare=lambda _: moments.append(f"prepared, overtaken by {take_epoch(warehouse)}"),
        settle=lambda _: moments.append("settled"),
        discard=lambda _: moments.append("discarded"),
    )
    with pytest.raises(FencedOut):
        world.publish(journal=journal)
    assert world.published(LEADS) == []
    assert moments == ["prepared, overtaken by 2", "discarded"]


def test_an_earlier_run_adds_to_history_only(world: World) -> None:
    world.publish()
    world.as_of, world.day = datetime(2026, 2, 1, 12, tzinfo=UTC), date(2026, 2, 1)
    world.rows["leads"], world.rows["funnel_stages"] = [], [{"segment": "all", "entered": 2}]
    publication = world.publish()
    assert not publication.is_current
    assert len(world.published(LEADS)) == 6
    assert [row["entered"] for row in world.published(FUNNEL)] == [2, 6]
    assert [
        bool(row["is_current"]) for row in sorted(world.published(PUBLICATIONS), key=lambda r: str(r["as_of"]))
    ] == [
        False,
        True,
    ]
    assert world.publish().was_there


def test_the_last_run_of_a_day_replaces_the_days_rows_of_history(world: World) -> None:
    world.publish()
    world.as_of = datetime(2026, 3, 1, 18, tzinfo=UTC)
    world.rows["funnel_stages"] = [{"segment": "all", "entered": 7}]
    world.publish()
    assert [row["entered"] for row in world.published(FUNNEL)] == [7]
    world.as_of = datetime(2026, 3, 1, 9, tzinfo=UTC)
    world.rows["funnel_stages"] = [{"segment": "all", "entered": 1}]
    world.publish()
    assert [row["entered"] for row in world.published(FUNNEL)] == [7], "a later instant of the day stays"


def test_a_row_that_points_at_nothing_is_refused_by_postgresql(tmp_path: Path, postgres_url: str) -> None:
    world = World(tmp_path, postgres_url)
    world.rows["leads"].append(lead(8, account_id="nobody"))
    with pytest.raises(ConstraintBroken, match="fk_leads_account_id"):
        world.publish()
    assert world.published(LEADS) == []
    world.rows["leads"].pop()
    world.publish()
    world.rows["leads"].append(lead(8, account_id="nobody"))
    with pytest.raises(ConstraintBroken):
        world.publish()
    assert len(world.published(LEADS)) == 6


def test_a_key_that_is_not_unique_is_refused(world: World) -> None:
    world.rows["leads"].append(lead(0))
    with pytest.raises(ConstraintBroken):
        world.publish()
    assert world.published(PUBLICATIONS) == []


def test_a_table_that_was_changed_by_hand_is_put_right_when_it_is_next_written(world: World) -> None:
    world.publish()
    warehouse = world.open()
    table = warehouse.schema.tables["leads"]
    with warehouse.writing() as connection:
        connection.execute(sa.delete(table).where(table.c.lead_id == lead(3)["lead_id"]))
    world.rows["leads"].append(lead(8))
    world.publish()
    assert len(world.published(LEADS)) == 7


def test_a_table_that_was_dropped_by_hand_is_filled_again(world: World) -> None:
    world.publish()
    warehouse = world.open()
    with warehouse.engine.begin() as connection:
        if warehouse.is_postgresql:
            connection.exec_driver_sql("DROP VIEW sluice.leads")
        warehouse.schema.tables["leads"].drop(connection)
    world.run_id = "run-2"
    world.publish()
    assert len(world.published(LEADS)) == 6


def test_a_new_warehouse_gets_its_history_back(tmp_path: Path, warehouse_url: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from assets.contract import arrow_schema
    from quality.suites import KeptTable

    world = World(tmp_path, warehouse_url)
    old = [
        {"as_of": datetime(2026, 1, 31, 12), "segment": "all", "entered": 1},
        {"as_of": datetime(2026, 3, 1, 8), "segment": "all", "entered": 5},
    ]
    past = {
        "publication_id": "p-old", "run_id": "run-0", "as_of": datetime(2026, 1, 31, 12),
        "published_at": datetime(2026, 2, 1), "policy_version": "x", "content_hash": "y", "is_current": True,
    }  # fmt: skip
    world.restored = []
    for table, rows in ((FUNNEL, old), (PUBLICATIONS, [past])):
        path = tmp_path / f"restored-{table.name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path)
        world.restored = [*world.restored, KeptTable(table, path)]
    world.publish()
    assert [row["entered"] for row in world.published(FUNNEL)] == [1, 6], "rows of the run's own day are its own"
    assert [bool(r["is_current"]) for r in sorted(world.published(PUBLICATIONS), key=lambda r: str(r["as_of"]))] == [
        False,
        True,
    ]


def test_another_home_is_refused(world: World) -> None:
    world.publish()
    with pytest.raises(ForeignHome) as caught:
        World(world.folder, world.url, home_id="home-2").publish()
    assert caught.value.exit_code == 2


# --- readers --------------------------------------------------------------------------------------------------


def test_a_reader_never_sees_tables_of_two_runs(tmp_path: Path, polled_url: str) -> None:
    world = World(tmp_path, polled_url)
    """Every publication writes the same number into all tables; one transaction must see one number."""
    rounds = 12

    def number(value: int) -> None:
        world.rows["accounts"] = [account(1, str(value)), account(2, str(value))]
        world.rows["leads"] = [lead(n, full_name=str(value)) for n in range(20)]
        world.rows["funnel_stages"] = [{"segment": "all", "entered": value}]

    number(0)
    world.publish()
    seen: list[set[int]] = []
    stop = threading.Event()
    reader = world.open()

    def poll() -> None:
        tables = reader.schema.tables
        while not stop.is_set():
            with reader.reading() as connection:
                amounts = connection.execute(sa.select(tables["accounts"].c.won_amount_base)).scalars().all()
                names = connection.execute(sa.select(tables["leads"].c.full_name)).scalars().all()
                entered = connection.execute(sa.select(tables["funnel_stages"].c.entered)).scalars().all()
                current = connection.execute(
                    sa.select(sa.func.count()).where(tables["publications"].c.is_current == sa.true())
                    if reader.is_postgresql
                    else sa.select(sa.func.count()).where(tables["publications"].c.is_current == 1)
                ).scalar_one()
            assert (len(amounts), len(names), len(entered), current) == (2, 20, 1, 1)
            seen.append({int(v) for v in [*amounts, *names, *entered]})

    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            poll()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        for value in range(1, rounds):
            number(value)
            world.publish()
    finally:
        stop.set()
        thread.join()
    assert not failures
    assert [numbers for numbers in seen if len(numbers) != 1] == []
    assert len({value for numbers in seen for value in numbers}) > 2, "the reader saw the publications pass by"


def test_a_reader_in_a_long_transaction_keeps_its_publication(world: World) -> None:
    world.publish()
    warehouse = world.open()
    table = warehouse.schema.tables["leads"]
    with warehouse.reading() as connection:
        before = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        world.rows["leads"] = [lead(1)]
        world.publish()
        after = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    assert (before, after) == (6, 6)
    assert len(world.published(LEADS)) == 1


def test_a_publish_waits_for_a_lock_without_queueing_readers(world: World) -> None:
    world.publish()
    world.rows["leads"] = [lead(1)]
    warehouse = world.open()
    holder = warehouse.engine.connect().execution_options(**{WRITES: True})
    transaction = holder.begin()
    if warehouse.is_postgresql:
        holder.exec_driver_sql("LOCK TABLE sluice_data.leads IN SHARE MODE")
    waits: list[float] = []

    def let_go(seconds: float) -> None:
        waits.append(seconds)
        assert len(world.published(LEADS)) == 6
        transaction.rollback()
        holder.close()

    if warehouse.is_postgresql:
        world.publish(patience=Patience(sleep=let_go))
        assert len(waits) == 1
    else:
        # SQLite waits by itself, and a reader goes on meanwhile.
        threading.Timer(0.5, lambda: let_go(0)).start()
        world.publish()
    assert len(world.published(LEADS)) == 1


def test_a_lock_that_is_never_released_ends_in_one_sentence(tmp_path: Path, postgres_url: str) -> None:
    world = World(tmp_path, postgres_url)
    world.publish()
    world.rows["leads"] = [lead(1)]
    holder = world.open().engine.connect()
    holder.exec_driver_sql("LOCK TABLE sluice_data.leads IN SHARE MODE")
    with pytest.raises(WarehouseUnavailable, match="another process holds a lock"):
        world.publish(patience=Patience(attempts=2, sleep=lambda _: None))
    holder.close()
    assert len(world.published(LEADS)) == 6


# --- crashes --------------------------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from tests.serving.publishing import World, lead
world = World(Path(sys.argv[1]), sys.argv[2])
world.rows["leads"] = [lead(n, full_name="after") for n in range(4)]
world.publish()
"""


@pytest.mark.parametrize("point", ["publish.after_stage", "publish.before_commit", "publish.after_commit"])
def test_a_killed_publish_is_all_or_nothing_and_the_next_is_as_if_undisturbed(world: World, point: str) -> None:
    world.publish()
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(world.folder), world.url],
        env={**os.environ, "SLUICE_CRASHPOINT": point},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    names = {row["full_name"] for row in world.published(LEADS)}
    assert names == ({"after"} if point == "publish.after_commit" else {f"Person {n}" for n in range(6)})
    world.rows["leads"] = [lead(n, full_name="after") for n in range(4)]
    again = world.publish()
    assert again.was_there == (point == "publish.after_commit")
    assert {row["full_name"] for row in world.published(LEADS)} == {"after"}
    undisturbed = World(world.folder / "other", f"sqlite:///{world.folder / 'other.db'}")
    undisturbed.rows = world.rows
    assert undisturbed.publish().publication_id == again.publication_id
    assert not list(world.folder.glob("warehouse.db.staging-*"))


def test_a_commit_whose_answer_is_lost_is_looked_up_before_anything_is_tried_again(
    tmp_path: Path, postgres_url: str
) -> None:
    world = World(tmp_path, postgres_url)
    warehouse = world.open()
    commits: list[int] = []

    @sa.event.listens_for(warehouse.engine, "commit")
    def cut(connection: sa.Connection) -> None:
        held = connection.exec_driver_sql("SELECT count(*) FROM sluice_data.publications").scalar_one()
        if held and not commits:
            commits.append(1)
            raw = connection.connection.dbapi_connection
            raw.commit()  # the server has it ...
            raise sa.exc.OperationalError("COMMIT", None, psycopg.OperationalError("server closed the connection"))

    publication = world.publish(warehouse, patience=Patience(sleep=lambda _: None))
    assert commits == [1]
    assert not publication.was_there
    assert publication_ids(warehouse) == {publication.publication_id}
    assert len(world.published(LEADS)) == 6


def test_staged_rows_that_a_server_crash_emptied_are_staged_again(tmp_path: Path, postgres_url: str) -> None:
    world = World(tmp_path, postgres_url)
    emptied: list[str] = []

    def crash(_: object) -> list[object]:
        if not emptied:
            with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("TRUNCATE sluice_stage.leads__1")
            emptied.append("leads")
        return []

    world.publish(audit=crash)
    assert len(world.published(LEADS)) == 6


def test_staged_rows_that_stay_lost_publish_nothing(tmp_path: Path, postgres_url: str) -> None:
    world = World(tmp_path, postgres_url)

    def crash(_: object) -> list[object]:
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("TRUNCATE sluice_stage.leads__1")
        return []

    with pytest.raises(StagingLost):
        world.publish(audit=crash)
    assert world.published(LEADS) == []


def test_a_connection_that_is_cut_in_the_transaction_is_made_again(tmp_path: Path, postgres_url: str) -> None:
    world = World(tmp_path, postgres_url)
    warehouse = world.open()
    cut: list[int] = []

    @sa.event.listens_for(warehouse.engine, "before_cursor_execute")
    def kill(_c: object, cursor: psycopg.Cursor, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO sluice_data.leads") and not cut:
            cut.append(1)
            with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (cursor.connection.info.backend_pid,))
            time.sleep(0.1)

    world.publish(warehouse, patience=Patience(sleep=lambda _: None))
    assert cut == [1]
    assert len(world.published(LEADS)) == 6
    assert notes(warehouse)["epoch"] == "1"
