"""Opening, stamping, migrating and guarding a warehouse."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from quality.tables import PUBLICATIONS
from serving.errors import BadWarehouse, ForeignHome, WarehouseUnavailable
from serving.warehouse import open_warehouse, place_of, wait_before
from serving.warehouse_rows import read_publications, table_counts
from tests.serving.publishing import ACCOUNTS, CONTRACTS, FUNNEL, HOME, LEADS, World, lead

SECRET = "hunter2-not-to-be-seen"


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


# --- reaching it ----------------------------------------------------------------------------------------------


def test_an_unreachable_database_is_tried_again_and_ends_in_one_sentence_without_the_password() -> None:
    waits: list[float] = []
    with pytest.raises(WarehouseUnavailable) as caught:
        open_warehouse(
            f"postgresql+psycopg://boss:{SECRET}@127.0.0.1:1/sales", HOME, CONTRACTS, attempts=4, sleep=waits.append
        )
    assert caught.value.exit_code == 3
    assert len(waits) == 3
    assert waits[0] < waits[1] < waits[2]
    assert "127.0.0.1:1/sales" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "boss" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_wrong_password_is_not_tried_again(postgres_server: str, postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    folder = Path(str(url.query["host"]))
    rules = folder / "pg_hba.conf"
    before = rules.read_text(encoding="utf-8")
    waits: list[float] = []
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guarded")
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        rules.write_text("local all guarded scram-sha-256\n" + before, encoding="utf-8")
        connection.execute("SELECT pg_reload_conf()")
        try:
            with pytest.raises(WarehouseUnavailable, match="refused the user or password") as caught:
                open_warehouse(
                    url.set(username="guarded", password=SECRET).render_as_string(hide_password=False),
                    HOME,
                    CONTRACTS,
                    sleep=waits.append,
                )
        finally:
            rules.write_text(before, encoding="utf-8")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("DROP ROLE guarded")
    assert waits == []
    assert SECRET not in str(caught.value)


def test_a_database_that_does_not_exist_is_said_to_be_missing(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(database="nowhere")
    with pytest.raises(WarehouseUnavailable, match="there is no such database"):
        open_warehouse(url.render_as_string(hide_password=False), HOME, CONTRACTS, sleep=lambda _: None)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.db"
    path.write_text("this is not a database, it is a letter of more than a hundred bytes " * 4, encoding="utf-8")
    with pytest.raises(WarehouseUnavailable, match="not a SQLite database"):
        open_warehouse(f"sqlite:///{path}", HOME, CONTRACTS, sleep=lambda _: None)


def test_a_folder_that_is_missing_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match="its folder is missing or not writable"):
        open_warehouse(f"sqlite:///{tmp_path / 'no' / 'w.db'}", HOME, CONTRACTS, sleep=lambda _: None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("not a url", "not a SQLAlchemy URL"),
        ("postgresql+psycopg2://boss@host/sales", "must name its driver"),
        ("sqlite://", "is a file"),
        ("mysql+pymysql://host/sales", "SQLite or PostgreSQL"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained(url: str, reason: str) -> None:
    with pytest.raises(BadWarehouse, match=reason) as caught:
        open_warehouse(url, HOME, CONTRACTS)
    assert caught.value.exit_code == 2


def test_the_place_of_a_warehouse_has_neither_user_nor_password() -> None:
    assert place_of(sa.make_url(f"postgresql+psycopg://boss:{SECRET}@db.example:5433/sales")) == "db.example:5433/sales"


def test_waits_double_and_differ() -> None:
    waits = {wait_before(3, 1.0) for _ in range(20)}
    assert len(waits) > 10
    assert all(2.8 <= wait <= 5.2 for wait in waits)


# --- its tables -----------------------------------------------------------------------------------------------


def test_a_warehouse_that_nobody_published_to_says_so(warehouse_url: str) -> None:
    warehouse = open_warehouse(warehouse_url, HOME, CONTRACTS, prepare=False)
    assert table_counts(warehouse) == {}
    assert read_publications(warehouse).empty


def test_the_stamp_of_another_home_is_refused_for_readers_too(warehouse_url: str) -> None:
    open_warehouse(warehouse_url, HOME, CONTRACTS).close()
    with pytest.raises(ForeignHome):
        open_warehouse(warehouse_url, "home-2", CONTRACTS, prepare=False)


def test_keys_and_references_are_declared(tmp_path: Path, warehouse_url: str) -> None:
    world = World(tmp_path, warehouse_url)
    world.publish()
    warehouse = world.open()
    schema = "sluice_data" if warehouse.is_postgresql else None
    inspector = sa.inspect(warehouse.engine)
    assert inspector.get_pk_constraint("leads", schema=schema)["constrained_columns"] == ["lead_id"]
    [foreign] = inspector.get_foreign_keys("leads", schema=schema)
    assert (foreign["constrained_columns"], foreign["referred_table"]) == (["account_id"], "accounts")
    assert "ix_leads_account_id" in {index["name"] for index in inspector.get_indexes("leads", schema=schema)}
    if warehouse.is_postgresql:
        assert foreign["options"] == {"deferrable": True, "initially": "DEFERRED"}


def test_a_contract_that_gains_a_column_keeps_the_rows_and_fills_the_column(
    tmp_path: Path, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.serving import publishing

    world = World(tmp_path, warehouse_url)
    narrow = dataclasses.replace(LEADS, columns=tuple(name for name in LEADS.columns if name != "win_probability"))
    narrow_contracts = (ACCOUNTS, narrow, FUNNEL, PUBLICATIONS)
    monkeypatch.setattr(publishing, "CONTRACTS", narrow_contracts)
    monkeypatch.setattr(publishing, "LEADS", narrow)
    rows = world.rows["leads"]
    world.rows["leads"] = [{k: v for k, v in row.items() if k != "win_probability"} for row in rows]
    world.publish()
    monkeypatch.setattr(publishing, "CONTRACTS", CONTRACTS)
    monkeypatch.setattr(publishing, "LEADS", LEADS)
    opened = world.open()
    assert [row["win_probability"] for row in world.published(LEADS)] == [None] * 6
    opened.close()
    world.rows["leads"] = rows
    assert world.publish().written["leads"] == (6, 0)
    assert [row["win_probability"] for row in world.published(LEADS)] == [n / 7 for n in range(6)]
    if world.url.startswith("postgresql"):
        with psycopg.connect(plain(world.url)) as connection:
            assert connection.execute("SELECT win_probability FROM sluice.leads LIMIT 1").fetchone() is not None


def test_a_column_that_may_be_null_from_now_on_is_relaxed(warehouse_url: str, tmp_path: Path) -> None:
    strict = dataclasses.replace(LEADS, required=("first_seen_at", "full_name"))
    open_warehouse(warehouse_url, HOME, (ACCOUNTS, strict, FUNNEL, PUBLICATIONS)).close()
    world = World(tmp_path, warehouse_url)
    world.rows["leads"] = [lead(1, full_name=None)]
    world.publish()
    assert world.published(LEADS)[0]["full_name"] is None


def test_another_key_is_refused(warehouse_url: str) -> None:
    other = dataclasses.replace(ACCOUNTS, key=("company",), required=("account_id",))
    open_warehouse(warehouse_url, HOME, (other, PUBLICATIONS)).close()
    with pytest.raises(BadWarehouse, match="has the key"):
        open_warehouse(warehouse_url, HOME, (ACCOUNTS, PUBLICATIONS))


# --- readers on PostgreSQL ------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path, postgres_url: str) -> World:
    world = World(tmp_path, postgres_url)
    world.publish()
    return world


def test_the_reading_role_sees_masked_views_and_no_table(world: World) -> None:
    with psycopg.connect(plain(world.url)) as connection:
        connection.execute("SET ROLE sluice_reader")
        row = connection.execute(
            "SELECT lead_id, full_name, email, birth_date, attributes, win_probability FROM sluice.leads "
            "ORDER BY lead_id OFFSET 1 LIMIT 1"
        ).fetchone()
        assert row == ("r00000000000000000001", "***", "***", None, "{}", 1 / 7)
        missing = connection.execute("SELECT count(*) FROM sluice.leads WHERE email IS NULL").fetchone()
        assert missing == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT 1 FROM sluice_data.leads")
    with psycopg.connect(plain(world.url)) as connection:
        connection.execute("SET ROLE sluice_reader")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM sluice.leads")


def test_a_reader_cannot_look_past_the_mask_with_a_function_of_their_own(world: World) -> None:
    with psycopg.connect(plain(world.url)) as connection:
        [options] = connection.execute(
            "SELECT reloptions FROM pg_class WHERE oid = 'sluice.leads'::regclass"
        ).fetchone() or [None]
    assert options == ["security_barrier=true"]


def test_views_grants_comments_and_what_others_built_survive_a_publish(world: World) -> None:
    with psycopg.connect(plain(world.url), autocommit=True) as connection:
        connection.execute("CREATE VIEW public.dashboard AS SELECT count(*) AS leads FROM sluice.leads")
        connection.execute("DROP ROLE IF EXISTS bi")
        connection.execute("CREATE ROLE bi")
        connection.execute("GRANT USAGE ON SCHEMA sluice TO bi")
        connection.execute("GRANT SELECT ON sluice.leads TO bi")
        before = connection.execute("SELECT 'sluice_data.leads'::regclass::oid").fetchone()
        world.rows["leads"] = [lead(n) for n in range(3)]
        world.publish()
        assert connection.execute("SELECT leads FROM public.dashboard").fetchone() == (3,)
        assert connection.execute("SELECT 'sluice_data.leads'::regclass::oid").fetchone() == before
        connection.execute("SET ROLE bi")
        assert connection.execute("SELECT count(*) FROM sluice.leads").fetchone() == (3,)
        connection.execute("RESET ROLE")
        connection.execute("DROP OWNED BY bi")
        connection.execute("DROP ROLE bi")


def test_every_table_view_and_column_has_a_comment(world: World) -> None:
    with psycopg.connect(plain(world.url)) as connection:
        bare = connection.execute(
            """
            SELECT c.relname, a.attname
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('sluice', 'sluice_data')
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relkind IN ('r', 'v')
              AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
            """
        ).fetchall()
        percent = connection.execute(
            "SELECT obj_description('sluice.leads'::regclass, 'pg_class'), "
            "obj_description('sluice_data.leads'::regclass, 'pg_class')"
        ).fetchone()
    assert bare == []
    assert percent == ("One row per person.", "One row per person.")


def test_a_percent_sign_in_a_comment_stays_one(postgres_url: str) -> None:
    percent = dataclasses.replace(ACCOUNTS, description="One row per company; 95 % of it's them.")
    open_warehouse(postgres_url, HOME, (percent, PUBLICATIONS)).close()
    with psycopg.connect(plain(postgres_url)) as connection:
        found = connection.execute(
            "SELECT obj_description('sluice.accounts'::regclass, 'pg_class'), "
            "obj_description('sluice_data.accounts'::regclass, 'pg_class')"
        ).fetchone()
    assert found == (percent.description, percent.description)


def test_a_user_who_may_not_create_roles_gets_a_warning_and_a_warehouse(
    postgres_server: str, postgres_url: str
) -> None:
    url = sa.make_url(postgres_url)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS plain_user")
        connection.execute("CREATE ROLE plain_user LOGIN")
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} OWNER TO plain_user").format(psycopg.sql.Identifier(str(url.database)))
        )
        reader = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'sluice_reader'").fetchone()
    with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
        if reader:
            connection.execute("DROP OWNED BY sluice_reader")
    mine = url.set(username="plain_user").render_as_string(hide_password=False)
    warehouse = open_warehouse(mine, HOME, CONTRACTS)
    if not reader:
        assert "sluice_reader" in warehouse.warnings[0]
    assert table_counts(warehouse, exact=True)["leads"] == 0
    warehouse.close()
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(psycopg.sql.Identifier(str(url.database)))
        )
    with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
        connection.execute("DROP OWNED BY plain_user CASCADE")
        connection.execute("DROP ROLE plain_user")
