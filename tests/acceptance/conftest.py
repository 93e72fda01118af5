"""Real data that is not part of the project: where SLUICE_ACCEPTANCE_DATA says, and skipped without it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.homes import make_home
from pipelines.run import run_once


@dataclass
class World:
    """A home that was run once.

    Attributes:
        home: the deployment.
        result: what `sluice run --json` prints.
    """

    home: Path
    result: dict[str, Any]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of a query on the published tables."""
        with sqlite3.connect(self.home / "warehouse.db") as connection:
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """The one value of a query."""
        return self.rows(query, *values)[0][0]


@pytest.fixture(scope="session")
def acceptance_data() -> Path:
    """The folder of data sets."""
    named = os.environ.get("SLUICE_ACCEPTANCE_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("set SLUICE_ACCEPTANCE_DATA to the folder of acceptance data sets to run this test")
    return Path(named)


@pytest.fixture(scope="module")
def world(acceptance_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Makes a home of its own from files and feeds, and runs it.

    Each file is (path in the data folder, path under landing/); each feed is YAML text.
    """

    def make(files: list[tuple[str, str]], feeds: list[str], as_of: str, business: str = "") -> World:
        home = tmp_path_factory.mktemp("world") / "home"
        make_home(home)
        shutil.rmtree(home / "policy" / "feeds")
        (home / "policy" / "feeds").mkdir()
        for number, feed in enumerate(feeds):
            (home / "policy" / "feeds" / f"feed{number}.yaml").write_text(feed, encoding="utf-8")
        if business:
            (home / "policy" / "business.yaml").write_text(business, encoding="utf-8")
        for source, target in files:
            path = home / "landing" / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(acceptance_data / source, path)
        return World(home, run_once(home, as_of, "2026-01-01T00:00:00Z", quiet=True))

    return make
