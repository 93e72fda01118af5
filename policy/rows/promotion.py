"""Promotion gates as tables."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from policy.model import Policy
from policy.rows.conditions import TEST, field_tests
from policy.rows.rows import table


def gate_tables(policy: Policy) -> dict[str, pa.Table]:
    """Tests: alternative of a condition. Criteria: alternative of a criterion. Rejections, steps, limits.

    Each condition is one bit of a number, so that leads with the same answers are decided once.
    """
    promotion, language = policy.promotion, policy.business.language
    bits = {condition.condition: 1 << place for place, condition in enumerate(promotion.conditions)}
    by_name = {condition.condition: condition for condition in promotion.conditions}
    tests: list[dict[str, Any]] = []
    for condition in promotion.conditions:
        row: dict[str, Any] = {
            "condition_id": condition.condition,
            "bit": bits[condition.condition],
            "kind": condition.kind,
        }
        empty = dict.fromkeys(TEST)
        if condition.fact is not None:
            tests += [{**row, **test} for test in field_tests(condition.fact)]
        elif condition.activity is not None:
            distinct = condition.activity.distinct
            tests.append(
                {
                    **row,
                    **empty,
                    "field": f"gate.{condition.condition}",
                    "operator": distinct,
                    "low": condition.activity.at_least,
                }
            )
        elif condition.score is not None:
            tests.append(
                {
                    **row,
                    **empty,
                    "field": condition.score.of,
                    "operator": "between",
                    "low": condition.score.gte,
                }
            )
    criteria = [
        {
            "criterion": criterion.criterion,
            "criterion_order": order,
            "label": criterion.label.in_language(language),
            "on_fail": criterion.on_fail,
            "mask": sum(bits[name] for name in set(alternative)),
        }
        for order, criterion in enumerate(promotion.criteria, start=1)
        for alternative in criterion.alternatives()
    ]
    steps = [
        {
            "path": number,
            "bit": bits[name],
            "cost": by_name[name].cost,
            "step": json.dumps(
                {"condition": name, "action": by_name[name].action.in_language(language)}, ensure_ascii=False
            ),
        }
        for number, path in enumerate(promotion.paths(), start=1)
        for name in path
    ]
    return {
        "policy_gate_tests": table(tests, condition_id="text", bit="integer", kind="text", **TEST),
        "policy_gate_criteria": table(
            criteria,
            criterion="text",
            criterion_order="integer",
            label="text",
            on_fail="text",
            mask="integer",
        ),
        "policy_gate_rejections": table(
            (
                {"reason": item.reason, "reason_order": order, "bit": bits[item.condition]}
                for order, item in enumerate(promotion.reject_when, start=1)
            ),
            reason="text",
            reason_order="integer",
            bit="integer",
        ),
        "policy_gate_steps": table(steps, path="integer", bit="integer", cost="double", step="text"),
        "policy_gate_limits": table(
            [
                {
                    "max_failed": promotion.review.max_failed,
                    "min_score": promotion.review.min_score,
                    "episode_days": promotion.episode_days,
                }
            ],
            max_failed="integer",
            min_score="double",
            episode_days="integer",
        ),
    }
