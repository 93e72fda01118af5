"""A home with feeds and files, read as a run reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from assets.contract import arrow_schema
from assets.engine import Engine
from assets.intake.files import file_readings, landed_files, rejected_rows
from assets.intake.kept_lines import lines_folder, lines_schema
from assets.intake.tables import REVIEW_ROWS
from assets.scope import Scope
from policy.load import load_policy


@dataclass
class Reading:
    """What one run made of the landing zone."""

    landed: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    read_again: list[str]


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, missing values as None."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@dataclass
class Home:
    """A deployment's directory."""

    path: Path
    engine: Engine
    business: dict[str, Any]

    def feed(self, feed: str, **values: Any) -> None:
        """Writes a feed; leads of a partner where nothing else is said."""
        told = {"feed": feed, "kind": "leads", "match": f"partners/{feed}/*", **values}
        target = self.path / "policy" / "feeds" / f"{feed}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")

    def drop(self, path: str, *lines: str) -> Path:
        """Drops a file into the landing zone."""
        target = self.path / "landing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return target

    def scope(self, received_at: str) -> Scope:
        """The scope of a run."""
        (self.path / "policy").mkdir(exist_ok=True)
        (self.path / "policy" / "business.yaml").write_text(yaml.safe_dump(self.business), encoding="utf-8")
        moment = datetime.fromisoformat(received_at).replace(tzinfo=UTC)

        def nothing(name: str, scope: Scope) -> Any:
            raise KeyError(name, scope.run_id)

        return Scope(
            home=self.path,
            run_id="test",
            as_of=moment,
            day=date(2026, 6, 1),
            received_at=moment,
            policy=load_policy(self.path),
            engine=self.engine,
            frozen=nothing,
            pinned_received_at=moment,
        )

    def run(self, received_at: str = "2026-06-01") -> Reading:
        """Takes the landing zone and reads every line."""
        scope, read_again = self.scope(received_at), list[str]()
        scope.noted = read_again.append
        landed = landed_files(scope)
        readings = file_readings(landed, scope)
        rejected = rejected_rows(readings, landed, arrow_schema(REVIEW_ROWS).empty_table().to_pandas(), scope)
        return Reading(rows(landed), rows(readings), rows(rejected), read_again)

    def lines(self, kind: str = "leads") -> list[dict[str, Any]]:
        """Every line kept of a kind, by file and line."""
        folder = lines_folder(self.path / "lake", kind)
        found = self.engine.connection.read_parquet(str(folder / "*" / "*.parquet")).to_arrow_table()
        assert found.schema.equals(lines_schema(kind))
        return found.sort_by([("file_id", "ascending"), ("line_no", "ascending")]).to_pylist()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home without feeds or files."""
    engine = Engine(tmp_path / "spill", threads=1)
    (tmp_path / "home" / "landing").mkdir(parents=True)
    yield Home(tmp_path / "home", engine, {"timezone": "UTC"})
    engine.close()
