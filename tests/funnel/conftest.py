"""Small worlds for the funnel: literal rows in, rows of the tables out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

from assets.engine import Engine
from assets.funnel.dates import calendar_days
from assets.funnel.funnel_stages import funnel_stages
from policy.load import load_policy
from policy.model import Policy
from policy.tables import policy_tables

ROOT = Path(__file__).parents[2]
FUNNEL = ROOT / "assets" / "funnel"

STAGES = pd.DataFrame(
    [
        ("standard", "validation", 1, False, False),
        ("standard", "solution_exchange", 2, False, False),
        ("standard", "negotiation", 3, False, False),
        ("standard", "won", 4, True, False),
        ("standard", "lost", 5, False, True),
    ],
    columns=["process", "stage", "stage_order", "is_won", "is_lost"],
)

LEAD = {
    "lead_id": "text", "source_name": "text", "medium": "text", "channel": "text", "campaign": "text",
    "country": "text", "industry": "text", "product": "text", "owner": "text", "first_seen_at": "instant",
}  # fmt: skip
DEAL = {
    "opportunity_id": "text", "lead_id": "text", "source_name": "text", "process": "text", "product": "text",
    "owner": "text", "status": "text", "amount_base": "money", "created_at": "instant", "closed_at": "instant",
}  # fmt: skip
STAY = {
    "opportunity_id": "text", "process": "text", "stage": "text", "entered_at": "instant", "is_assumed": "boolean",
}  # fmt: skip
DECISION = {"lead_id": "text", "verdict": "text", "decided_at": "instant"}
OUTCOME = {"lead_id": "text", "outcome": "text", "decided_at": "instant"}

TYPES = {"text": "string", "instant": "datetime64[us]", "money": "float64", "boolean": "boolean"}


def frame(rows: list[dict[str, object]], columns: dict[str, str]) -> pd.DataFrame:
    """A frame of these columns; a column that a row does not name is null."""
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=TYPES[type_]) for name, type_ in columns.items()}
    )


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The shipped policy."""
    home = tmp_path_factory.mktemp("home")
    copytree(ROOT / "policy" / "defaults", home / "policy")
    return load_policy(home)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine of the test's own."""
    engine = Engine(tmp_path / "spill", threads=2)
    yield engine
    engine.close()


Funnel = Callable[..., pd.DataFrame]


@pytest.fixture
def inputs(policy: Policy) -> Callable[..., dict[str, pd.DataFrame]]:
    """Makes the inputs of the funnel's SQL from literal rows."""

    def made(
        as_of: datetime,
        leads: list[dict[str, object]] | pd.DataFrame = (),  # type: ignore[assignment]
        deals: list[dict[str, object]] | pd.DataFrame = (),  # type: ignore[assignment]
        stays: list[dict[str, object]] | pd.DataFrame = (),  # type: ignore[assignment]
        decisions: list[dict[str, object]] | pd.DataFrame = (),  # type: ignore[assignment]
        outcomes: list[dict[str, object]] | pd.DataFrame = (),  # type: ignore[assignment]
    ) -> dict[str, pd.DataFrame]:
        def as_frame(rows: object, columns: dict[str, str]) -> pd.DataFrame:
            return rows if isinstance(rows, pd.DataFrame) else frame(list(rows), columns)  # type: ignore[call-overload]

        tables = policy_tables(policy)
        return {
            "golden_records": as_frame(leads, LEAD),
            "opportunity_states": as_frame(deals, DEAL),
            "stage_intervals": as_frame(stays, STAY),
            "promotion_decisions": as_frame(decisions, DECISION),
            "lead_outcomes": as_frame(outcomes, OUTCOME),
            "stages": STAGES,
            "dates": calendar_days(date(2015, 1, 1), date(as_of.year + 2, 12, 31), policy.business),
            "run_scope": pd.DataFrame({"as_of": pd.Series([as_of], dtype="datetime64[us]")}),
            "policy_funnel_segments": tables["policy_funnel_segments"],
            "policy_funnel_limits": tables["policy_funnel_limits"],
        }

    return made


@pytest.fixture
def funnel(engine: Engine, policy: Policy, inputs: Callable[..., dict[str, pd.DataFrame]]) -> Funnel:
    """Makes `funnel_stages` from literal rows; the key is the index, without as_of."""

    def made(as_of: datetime, **tables: object) -> pd.DataFrame:
        sql = (FUNNEL / "funnel_counts.sql").read_text(encoding="utf-8")
        counts = engine.query(sql, inputs(as_of, **tables)).df()
        stages = funnel_stages(counts, policy, as_of)
        return stages.set_index(["basis", "period", "segment_type", "segment", "process", "from_stage", "to_stage"])

    return made
