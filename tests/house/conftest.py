"""A home made from the sample, run as users run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock

from pipelines.homes import make_home
from pipelines.run import run_once
from tests.house.forked import Forked
from tests.house.small import FIRST, SECOND, House, World, drop_second_file, make_small_home

AS_OF, RECEIVED_AT = "2026-11-22", "2026-11-22T06:00:00Z"


@pytest.fixture
def sample_home(tmp_path: Path) -> Path:
    """A home with the sample policy and files, not yet run."""
    home = tmp_path / "home"
    make_home(home, from_example=True)
    return home


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The sample home after its first run, and what the run said; tests only read it. Made once for all workers."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "ran"
    shared.mkdir(exist_ok=True)
    home, said = shared / "home", shared / "said.json"
    with FileLock(shared / "lock"):
        if not said.exists():
            make_home(home, from_example=True)
            result = run_once(home, AS_OF, RECEIVED_AT, quiet=True)
            said.write_text(json.dumps(result, default=str), encoding="utf-8")
    return home, json.loads(said.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sluice() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in a process of its own."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """Runs the command line in processes of their own that have imported everything already."""
    server = Forked(tmp_path_factory.mktemp("forked"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_world(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world on SQLite, made once for all processes of the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small_house"
    folder = tmp_path_factory.mktemp("sqlite")

    def copied(what: str) -> House:
        home = folder / f"{what}-{uuid.uuid4().hex[:8]}"
        shutil.copytree(shared / what, home)
        return House(home, f"sqlite:///{home / 'warehouse.db'}")

    world = World(copied, {}, {}, folder)
    with FileLock(f"{shared}.lock"):
        if not (shared / "undisturbed.json").exists():
            make_small_home(shared / "new")
            house, progress = copied("new"), {}
            progress["new"] = _progress(forked, house, FIRST)
            told = {"new": world.made(house)}
            shutil.copytree(house.home, shared / "published")
            drop_second_file(shared / "published")
            house = copied("published")
            progress["published"] = _progress(forked, house, SECOND)
            told |= {"published": world.made(house), "progress": progress}
            (shared / "undisturbed.json").write_text(json.dumps(told), encoding="utf-8")
        told = json.loads((shared / "undisturbed.json").read_text(encoding="utf-8"))
    world.progress = told.pop("progress")
    world.undisturbed = told
    return world


def _progress(forked: Forked, house: House, received_at: str) -> list[tuple[float, str]]:
    """Runs, and gives each line of progress with the second it was said at; the last one is the end."""
    begun = time.monotonic()
    ran = forked(*house.command(received_at), **house.environment)
    assert ran.code == 0, ran.err
    lines = [line.split(" s  ", 1) for line in ran.err.splitlines()]
    return [*[(float(at), said) for at, said in lines], (time.monotonic() - begun, "")]


def published_hashes(home: Path, url: str | None = None) -> dict[str, Any]:
    """Every published row, canonical, by table: what readers would compare."""
    from serving.catalogue import published_tables

    engine = sa.create_engine(url or f"sqlite:///{home / 'warehouse.db'}")
    schema = "sluice_data" if url and url.startswith("postgresql") else None
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for name, contract in published_tables().items():
            table = sa.Table(name, sa.MetaData(schema=schema), *[sa.Column(column) for column in contract.columns])
            rows = [
                [
                    value
                    for column, value in row._mapping.items()
                    if column not in {"run_id", "published_at", "publication_id"}
                ]
                for row in connection.execute(sa.select(table))
            ]
            found[name] = sorted(json.dumps(row, default=str) for row in rows)
    engine.dispose()
    return found
