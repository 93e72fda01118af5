"""Runs the scoring SQL and the gates over a handful of literal rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from assets.contract import arrow_schema
from assets.engine import Engine, table_names
from assets.identity.tables import GOLDEN_RECORDS
from assets.intake.tables import LEAD_EVENTS
from policy.load import DEFAULTS, load_policy
from policy.model import Policy
from policy.promotion import Promotion
from policy.scoring import Scoring
from policy.tables import policy_tables
from tests.scoring.worlds import AS_OF, BEFORE, LEAD, SQL_FILES, Rows, Run, sql_of


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(DEFAULTS, home / "policy")
    return load_policy(home)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("spill"), memory_limit="500MB", threads=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def run(shipped: Policy, engine: Engine) -> Run:
    """Runs the five SQL files; leads and events are rows of which only what matters is given."""

    def made(
        leads: Rows,
        events: Rows | None = None,
        scoring: Scoring | None = None,
        promotion: Promotion | None = None,
        as_of: datetime = AS_OF,
        timezone: str = "UTC",
    ) -> dict[str, pd.DataFrame]:
        policy = Policy(
            **{
                **{name: getattr(shipped, name) for name in Policy.model_fields},
                "scoring": scoring or shipped.scoring,
                "promotion": promotion or shipped.promotion,
                "business": shipped.business.model_copy(update={"timezone": timezone}),
            }
        )
        seen = {"first_seen_at": BEFORE, "last_seen_at": BEFORE}
        tables: dict[str, Any] = {
            **policy_tables(policy),
            "run_scope": pd.DataFrame(
                {
                    "as_of": pd.Series([as_of], dtype="datetime64[us]"),
                    "as_of_date": [as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()],
                }
            ),
            "golden_records": pa.Table.from_pylist(
                [{**LEAD, **seen, **lead} for lead in leads], schema=arrow_schema(GOLDEN_RECORDS)
            ),
            "lead_events": pa.Table.from_pylist(events or [], schema=arrow_schema(LEAD_EVENTS)),
        }
        frames = {}
        for name in SQL_FILES:
            table, sql = Path(name).stem, sql_of(name)
            inputs = {
                source: engine.connection.from_arrow(tables[source])
                if isinstance(tables[source], pa.Table)
                else tables[source]
                for source in table_names(sql)
            }
            result = engine.query(sql, inputs).to_arrow_table()
            tables[table] = result
            frames[table] = result.to_pandas()
        return frames

    return made
