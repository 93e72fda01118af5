"""Scoring rules, limits, grades and the lifecycle as tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

from policy.conditions import AnyOf, Condition
from policy.model import Policy
from policy.rows.conditions import TEST, attribute_path, field_tests
from policy.rows.rows import table
from policy.scoring import BehaviourRule


def score_tables(policy: Policy) -> dict[str, pa.Table]:
    """Facts: field looked at. Rules: scoring rule. Conditions: alternative of a clause. Limits: one row."""
    scoring, language = policy.scoring, policy.business.language
    zh = language == "zh"
    conditions = _conditions(policy)
    fields = sorted({condition.field for condition in conditions} | {"product"})
    absent = {condition.field for condition in conditions if condition.present is False}
    rules: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    for fit, pack in scoring.fit_rules():
        clauses = [*(pack.when if pack else []), *fit.when]
        asked = {item.field for clause in clauses for item in (clause.any if isinstance(clause, AnyOf) else [clause])}
        rules.append(
            {
                "rule_id": fit.rule,
                "component": "fit",
                "pack": pack.pack if pack else None,
                "points": float(fit.points),
                "clause_count": len(clauses),
                "is_simple": len(clauses) == 1 and len(asked) == 1,
                "cap": None,
                "reason": fit.reason.in_language(language),
                "cap_reason": None,
                "decay_reason": None,
            }
        )
        for number, clause in enumerate(clauses, start=1):
            alternatives = clause.any if isinstance(clause, AnyOf) else [clause]
            tests += [
                {"rule_id": fit.rule, "clause": number, **row} for item in alternatives for row in field_tests(item)
            ]
    rules += [_behaviour_row(rule, language) for rule in scoring.behaviour.rules]
    limits = {
        "fit_cap": float(scoring.fit.cap),
        "behaviour_cap": float(scoring.behaviour.cap),
        "total_cap": float(scoring.cap),
        "fit_cap_reason": f"属性分最高 {scoring.fit.cap}" if zh else f"fit gives at most {scoring.fit.cap}",
        "behaviour_cap_reason": f"行为分最高 {scoring.behaviour.cap}"
        if zh
        else f"behaviour gives at most {scoring.behaviour.cap}",
        "total_cap_reason": f"总分最高 {scoring.cap}" if zh else f"a score is at most {scoring.cap}",
        "floor_reason": "总分最低 0" if zh else "a score is at least 0",
        "policy_version": policy.version,
    }
    return {
        "policy_fact_fields": table(
            (
                {
                    "field": field,
                    "attribute_path": attribute_path(field),
                    "keeps_absent": field in absent,
                }
                for field in fields
            ),
            field="text",
            attribute_path="text",
            keeps_absent="boolean",
        ),
        "policy_score_rules": table(
            rules,
            rule_id="text",
            component="text",
            pack="text",
            points="double",
            clause_count="integer",
            is_simple="boolean",
            cap="double",
            reason="text",
            cap_reason="text",
            decay_reason="text",
        ),
        "policy_score_conditions": table(tests, rule_id="text", clause="integer", **TEST),
        "policy_score_limits": table(
            [limits],
            **{name: "double" if isinstance(value, float) else "text" for name, value in limits.items()},
        ),
    }


def _conditions(policy: Policy) -> list[Condition]:
    """Every condition on a lead's fields that scoring and promotion use."""
    clauses = [clause for rule, _ in policy.scoring.fit_rules() for clause in rule.when]
    clauses += [clause for pack in policy.scoring.fit.packs for clause in pack.when]
    found = [item for clause in clauses for item in (clause.any if isinstance(clause, AnyOf) else [clause])]
    return found + [condition.fact for condition in policy.promotion.conditions if condition.fact is not None]


def _behaviour_row(rule: BehaviourRule, language: str) -> dict[str, Any]:
    zh = language == "zh"
    limits = []
    if rule.max_per_day is not None:
        unit = {"minute": ("minutes", "分钟")}.get(rule.per, ("events", "次"))
        limits.append(f"每日最多 {rule.max_per_day} {unit[1]}" if zh else f"at most {rule.max_per_day} {unit[0]} a day")
    if rule.cap is not None:
        limits.append(f"最多 {rule.cap} 分" if zh else f"at most {rule.cap} points")
    days = f"{rule.half_life_days:g}" if rule.half_life_days else ""
    return {
        "rule_id": rule.rule,
        "component": "behaviour",
        "pack": None,
        "points": float(rule.points),
        "clause_count": 0,
        "is_simple": False,
        "cap": float(rule.cap) if rule.cap is not None else None,
        "reason": rule.reason.in_language("zh" if zh else "en"),
        "cap_reason": ("，" if zh else ", ").join(limits) or None,
        "decay_reason": (f"每 {days} 天减半" if zh else f"halves every {days} days") if days else None,
    }


def grade_tables(policy: Policy) -> dict[str, pa.Table]:
    """Grades: label of an axis (fit, engagement, band) from points on. Lifecycle: step."""
    scoring = policy.scoring
    axes: dict[str, list[tuple[str, Decimal | None]]] = {
        "fit": [(item.grade, item.min_points) for item in scoring.fit_grades],
        "engagement": [(str(item.grade), item.min_points) for item in scoring.engagement_grades],
        "band": [(item.band, item.min_score) for item in scoring.bands],
    }
    grades = []
    for axis, labels in axes.items():
        above: float | None = None
        for label, threshold in labels:
            low = None if threshold is None else float(threshold)
            grades.append({"axis": axis, "label": label, "from_points": low, "below_points": above})
            above = low
    return {
        "policy_grades": table(grades, axis="text", label="text", from_points="double", below_points="double"),
        "policy_lifecycle": table(
            (
                {
                    "lifecycle": step.lifecycle,
                    "lifecycle_order": order,
                    "min_score": None if step.min_score is None else float(step.min_score),
                    "min_behaviour_points": None
                    if step.min_behaviour_points is None
                    else float(step.min_behaviour_points),
                    "verdict": step.verdict,
                }
                for order, step in enumerate(scoring.lifecycle, start=1)
            ),
            lifecycle="text",
            lifecycle_order="integer",
            min_score="double",
            min_behaviour_points="double",
            verdict="text",
        ),
    }
