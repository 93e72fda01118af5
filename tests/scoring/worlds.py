"""Rows, rules and events of small worlds, with only what matters written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

import assets
from policy.scoring import Scoring

AS_OF = datetime(2026, 3, 31, 23, 59, 59)
SQL_FILES = [
    *("scoring/lead_facts.sql", "scoring/lead_activity.sql", "scoring/score_ledger.sql"),
    *("scoring/lead_scores.sql", "opportunities/lead_gates.sql"),
]

Rows = list[dict[str, Any]]
Run = Callable[..., dict[str, pd.DataFrame]]

BEFORE = datetime(2025, 1, 1)
LEAD = {
    "lead_kind": "person",
    "source_name": "forms",
    "channel": "form",
    "record_count": 1,
    "attributes": "{}",
}
EVENT = {"file_id": "f", "line_no": 1, "source_name": "events"}

GRADES = {
    "fit_grades": [{"grade": "A", "min_points": 40}, {"grade": "B"}],
    "engagement_grades": [{"grade": 1, "min_points": 20}, {"grade": 2}],
    "bands": [{"band": "hot", "min_score": 60}, {"band": "warm", "min_score": 30}, {"band": "cold"}],
    "lifecycle": [{"lifecycle": "raw"}],
}


def sql_of(name: str) -> str:
    return (Path(assets.__file__).parent / name).read_text(encoding="utf-8")


def fit(rule: str, points: float, *when: dict[str, Any]) -> dict[str, Any]:
    return {"rule": rule, "points": points, "reason": rule, "when": list(when)}


def behaviour(rule: str, points: float, *event_types: str, **further: Any) -> dict[str, Any]:
    return {"rule": rule, "points": points, "reason": rule, "event_type": list(event_types), **further}


def scoring(
    fit_rules: Rows | None = None,
    behaviour_rules: Rows | None = None,
    packs: Rows | None = None,
    **further: Any,
) -> Scoring:
    caps = {"fit": further.pop("fit_cap", 60), "behaviour": further.pop("behaviour_cap", 60)}
    return Scoring.model_validate(
        {
            **GRADES,
            "fit": {"cap": caps["fit"], "rules": fit_rules or [], "packs": packs or []},
            "behaviour": {"cap": caps["behaviour"], "rules": behaviour_rules or []},
            **further,
        }
    )


def event(lead_id: str | None, event_type: str, at: datetime, number: int = 0, **further: Any) -> dict[str, Any]:
    given = {"event_id": f"e{number}-{event_type}-{at.isoformat()}-{lead_id}", "known_at": at}
    return {**EVENT, **given, "lead_id": lead_id, "event_type": event_type, "occurred_at": at, **further}
