"""The probabilistic model: comparisons with what each level of them is worth."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pandas as pd

from assets.identity.comparisons import Comparison, comparisons
from policy.identity import Training

#: A value seen in one record of a small table would weigh nothing by its frequency alone.
LEAST_FREQUENCY = 0.00001


@dataclass(frozen=True)
class Model:
    """What the model needs to weigh a pair.

    Attributes:
        settings: as Splink takes them, every level with its m and u.
        names: the comparisons that take part.
        is_trained: False when the stated priors stand.
    """

    settings: dict[str, Any]
    names: tuple[str, ...]
    is_trained: bool

    def told(self) -> str:
        """As text, from which it can be made again."""
        return json.dumps(
            {"settings": self.settings, "names": self.names, "is_trained": self.is_trained}, sort_keys=True
        )

    @staticmethod
    def read(text: str) -> Model:
        """From what :meth:`told` gave."""
        told = json.loads(text)
        return Model(told["settings"], tuple(told["names"]), told["is_trained"])


def bits_of(level: Mapping[str, Any]) -> float:
    """What a level is worth: log2 of how much more often it is seen in pairs that are the same."""
    return math.log2(level["m_probability"] / level["u_probability"])


def levels_of(model: Model, record_count: int, trained_until: datetime | None) -> pd.DataFrame:
    """The model as a table.

    Args:
        model: what was learned, or the stated priors.
        record_count: records that it was to learn from.
        trained_until: when they were known at the latest; None for all there are.

    Returns:
        One row per comparison and level: comparison, level_no (from 1, the most alike first), comparison_level,
        m_probability, u_probability, match_weight (bits), is_trained, training_record_count, trained_until.
    """
    rows = [
        {
            "comparison": comparison["output_column_name"],
            "level_no": number,
            "comparison_level": level["label_for_charts"],
            "m_probability": level["m_probability"],
            "u_probability": level["u_probability"],
            "match_weight": round(bits_of(level), 2),
            "is_trained": model.is_trained,
            "training_record_count": record_count,
            "trained_until": trained_until,
        }
        for comparison in model.settings["comparisons"]
        for number, level in enumerate(comparison["comparison_levels"][1:], start=1)
    ]
    columns = [
        "comparison", "level_no", "comparison_level", "m_probability", "u_probability", "match_weight", "is_trained",
        "training_record_count", "trained_until",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def model_of(levels: pd.DataFrame, training: Training) -> Model:
    """The model that :func:`levels_of` told."""
    told = {(row["comparison"], int(row["level_no"])): row for row in levels.to_dict("records")}
    taking_part = [found for found in comparisons(training) if (found.name, 1) in told]
    names = tuple(comparison.name for comparison in taking_part)
    count = int(levels["training_record_count"].max()) if names else 0
    is_trained = bool(levels["is_trained"].any())
    settings = settings_of(taking_part, 1 / max(count, 2), weigh_rare=is_trained or count >= training.min_records)
    for comparison in settings["comparisons"]:
        for number, level in enumerate(comparison["comparison_levels"][1:], start=1):
            row = told[comparison["output_column_name"], number]
            level["m_probability"], level["u_probability"] = float(row["m_probability"]), float(row["u_probability"])
    return Model(settings, names, is_trained)


def settings_of(comparisons: Sequence[Comparison], prior: float, *, weigh_rare: bool) -> dict[str, Any]:
    """Settings as Splink takes them, with the stated priors."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_no",
        "probability_two_random_records_match": prior,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_comparison(comparison, weigh_rare) for comparison in comparisons],
    }


def _comparison(comparison: Comparison, weigh_rare: bool) -> dict[str, Any]:
    missing = (
        ~duckdb.ColumnExpression(f"{comparison.column}_l").isnotnull()
        | ~duckdb.ColumnExpression(f"{comparison.column}_r").isnotnull()
    )
    levels: list[dict[str, Any]] = [
        {"sql_condition": str(missing), "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        rare = {
            "tf_adjustment_column": level.rare,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": LEAST_FREQUENCY,
        }
        levels.append(
            {
                "sql_condition": level.condition,
                "label_for_charts": level.name,
                "m_probability": level.m,
                "u_probability": level.u,
                **(rare if level.rare and weigh_rare else {}),
            }
        )
    return {"output_column_name": comparison.name, "comparison_levels": levels}
