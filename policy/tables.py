"""The policy as small tables, so that SQL reads thresholds and rules as it reads everything else.

Each function below makes one or two tables; the row each stands for is said in its docstring.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from policy.conditions import ATTRIBUTE_PREFIX, AnyOf, Condition, EventFilter
from policy.model import Policy
from policy.scoring import BehaviourRule

#: Types of columns: an empty table keeps them, and a missing number stays null.
_TYPES = {"text": "string", "integer": "Int64", "double": "Float64", "boolean": "boolean"}

Rows = Iterable[Mapping[str, Any]]


def policy_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Every policy table by its name.

    Args:
        policy: the validated policy.
    """
    return {
        **_feed_tables(policy),
        **_score_tables(policy),
        **_activity_tables(policy),
        **_grade_tables(policy),
        **_gate_tables(policy),
        **_stage_tables(policy),
        **_followup_tables(policy),
        **_target_tables(policy),
        **_funnel_tables(policy),
        **_identity_tables(policy),
    }


def _frame(rows: Rows, **types: str) -> pd.DataFrame:
    """A frame with exactly these columns and types."""
    listed = list(rows)
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in listed], dtype=_TYPES[type_]) for name, type_ in types.items()}
    )


#: Columns of a test of one field; see `_tests`.
_TEST = {"field": "text", "operator": "text", "word": "text", "low": "double", "high": "double"}


def _tests(condition: Condition) -> list[dict[str, Any]]:
    """A condition as rows of which one must hold: field, operator, word, low, high.

    Operators: equals, excludes (`word` is a list between unit separators), contains, matches, between (low
    and high, either may be null), within_days (high), present, absent. Words are lower case, patterns not.
    """

    def row(
        operator: str, word: str | None = None, low: float | None = None, high: float | None = None
    ) -> dict[str, Any]:
        return {"field": condition.field, "operator": operator, "word": word, "low": low, "high": high}

    match condition.operator:
        case "in":
            return [row("equals", word) for word in sorted({word.lower() for word in condition.in_ or []})]
        case "not_in":
            return [row("excludes", "\x1f" + "\x1f".join(word.lower() for word in condition.not_in or []) + "\x1f")]
        case "contains":
            return [row("contains", word) for word in sorted({word.lower() for word in condition.contains or []})]
        case "matches":
            return [row("matches", condition.matches)]
        case "gte":
            return [row("between", low=condition.gte)]
        case "lte":
            return [row("between", high=condition.lte)]
        case "between":
            pair = condition.between or []
            return [row("between", low=pair[0], high=pair[-1])]
        case "within_days":
            return [row("within_days", high=condition.within_days)]
        case _:
            return [row("present" if condition.present else "absent")]


def _attribute_path(field: str) -> str | None:
    """The JSON path of a source's own column in `attributes`; None for a field of the lead."""
    if not field.startswith(ATTRIBUTE_PREFIX):
        return None
    return f"$.{json.dumps(field.removeprefix(ATTRIBUTE_PREFIX), ensure_ascii=False)}"


def _conditions(policy: Policy) -> list[Condition]:
    """Every condition on a lead's fields that scoring and promotion use."""
    clauses = [clause for rule, _ in policy.scoring.fit_rules() for clause in rule.when]
    clauses += [clause for pack in policy.scoring.fit.packs for clause in pack.when]
    found = [item for clause in clauses for item in (clause.any if isinstance(clause, AnyOf) else [clause])]
    return found + [condition.fact for condition in policy.promotion.conditions if condition.fact is not None]


def _score_tables(policy: Policy) -> dict[str, pd.DataFrame]:
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
            tests += [{"rule_id": fit.rule, "clause": number, **row} for item in alternatives for row in _tests(item)]
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
        "policy_fact_fields": _frame(
            (
                {
                    "field": field,
                    "attribute_path": _attribute_path(field),
                    "keeps_absent": field in absent,
                }
                for field in fields
            ),
            field="text",
            attribute_path="text",
            keeps_absent="boolean",
        ),
        "policy_score_rules": _frame(
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
        "policy_score_conditions": _frame(tests, rule_id="text", clause="integer", **_TEST),
        "policy_score_limits": _frame(
            [limits],
            **{name: "double" if isinstance(value, float) else "text" for name, value in limits.items()},
        ),
    }


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


def _activity_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Activities: what is counted x event type. Assets: text that an asset must contain."""
    counted: list[tuple[str, EventFilter, dict[str, Any]]] = [
        (
            rule.rule,
            rule,
            {
                "per": rule.per,
                "distinct_of": rule.distinct,
                "at_least": rule.at_least,
                "max_per_day": rule.max_per_day,
                "half_life_days": rule.half_life_days,
            },
        )
        for rule in policy.scoring.behaviour.rules
    ]
    for condition in policy.promotion.conditions:
        if condition.activity is not None:
            activity = condition.activity
            how: dict[str, Any] = {"distinct_of": activity.distinct, "at_least": activity.at_least}
            how |= {"per": "once", "max_per_day": None, "half_life_days": None}
            counted.append((f"gate.{condition.condition}", activity, how))
    rows = [
        {
            "rule_no": number,
            "rule_id": name,
            "event_type": event_type,
            "products": _word_list(events.product),
            "campaigns": _word_list(events.campaign),
            "has_assets": events.asset is not None,
            "window_days": events.window_days,
            **how,
        }
        for number, (name, events, how) in enumerate(counted, start=1)
        for event_type in sorted({word.lower() for word in events.event_type})
    ]
    assets = [
        {"rule_no": row["rule_no"], "event_type": row["event_type"], "word": word.lower()}
        for row in rows
        for word in counted[row["rule_no"] - 1][1].asset or []
    ]
    return {
        "policy_activities": _frame(
            rows,
            rule_no="integer",
            rule_id="text",
            event_type="text",
            products="text",
            campaigns="text",
            has_assets="boolean",
            window_days="integer",
            per="text",
            distinct_of="text",
            at_least="integer",
            max_per_day="integer",
            half_life_days="double",
        ),
        "policy_activity_assets": _frame(assets, rule_no="integer", event_type="text", word="text"),
    }


def _word_list(words: list[str] | None) -> str | None:
    """Words between unit separators, lower case; None for any."""
    return None if words is None else "\x1f" + "\x1f".join(word.lower() for word in words) + "\x1f"


def _grade_tables(policy: Policy) -> dict[str, pd.DataFrame]:
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
        "policy_grades": _frame(grades, axis="text", label="text", from_points="double", below_points="double"),
        "policy_lifecycle": _frame(
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


def _gate_tables(policy: Policy) -> dict[str, pd.DataFrame]:
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
        empty = dict.fromkeys(_TEST)
        if condition.fact is not None:
            tests += [{**row, **test} for test in _tests(condition.fact)]
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
        "policy_gate_tests": _frame(tests, condition_id="text", bit="integer", kind="text", **_TEST),
        "policy_gate_criteria": _frame(
            criteria,
            criterion="text",
            criterion_order="integer",
            label="text",
            on_fail="text",
            mask="integer",
        ),
        "policy_gate_rejections": _frame(
            (
                {"reason": item.reason, "reason_order": order, "bit": bits[item.condition]}
                for order, item in enumerate(promotion.reject_when, start=1)
            ),
            reason="text",
            reason_order="integer",
            bit="integer",
        ),
        "policy_gate_steps": _frame(steps, path="integer", bit="integer", cost="double", step="text"),
        "policy_gate_limits": _frame(
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


def _stage_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Stages: stage of a process. Aliases: name of it. Matches: what leads to a process. Benchmarks: step."""
    stages = policy.stages
    rows: list[dict[str, Any]] = []
    aliases: list[dict[str, Any]] = []
    benchmarks: list[dict[str, Any]] = []
    matches: dict[tuple[str, str], str] = {}
    for process in stages.processes:
        name, listed = process.process, stages.stages_of(process.process)
        following = [stage for stage in listed if stage.status != "lost"]
        after = {a.stage: b.stage for a, b in itertools.pairwise(following)}
        rows += [
            {
                "process": name,
                "stage": stage.stage,
                "stage_order": order,
                "canonical_stage": stage.canonical,
                "segment": stage.segment,
                "label": stage.en,
                "label_zh": stage.zh,
                "status": stage.status,
                "is_won": stage.status == "won",
                "is_lost": stage.status == "lost",
                "win_weight": stage.win_weight,
                "step_benchmark": stage.step_benchmark,
                "next_stage": after.get(stage.stage),
                "expected_days": stage.expected_days,
                "limit_days": stage.limit_days,
            }
            for order, stage in enumerate(listed, start=1)
        ]
        aliases += [
            {"process": name, "alias": alias, "stage": stage}
            for alias, stage in sorted(stages.alias_keys(name).items())
        ]
        first = {
            "from_stage": "lead",
            "to_stage": listed[0].stage,
            "benchmark_rate": stages.lead_to_opportunity_benchmark,
        }
        steps = [first] + [
            {
                "from_stage": stage.stage,
                "to_stage": after[stage.stage],
                "benchmark_rate": stage.step_benchmark,
            }
            for stage in listed
            if stage.stage in after
        ]
        benchmarks += [{"process": name, "step_order": order, **step} for order, step in enumerate(steps)]
        named = {"name": [name, *process.names], "product": process.products, "line": process.product_lines}
        for basis, words in named.items():
            for word in words:  # each word leads to one process, however often it is written
                matches.setdefault((basis, word.lower()), name)
    return {
        "policy_stages": _frame(
            rows,
            process="text",
            stage="text",
            stage_order="integer",
            canonical_stage="text",
            segment="text",
            label="text",
            label_zh="text",
            status="text",
            is_won="boolean",
            is_lost="boolean",
            win_weight="double",
            step_benchmark="double",
            next_stage="text",
            expected_days="integer",
            limit_days="integer",
        ),
        "policy_stage_aliases": _frame(aliases, process="text", alias="text", stage="text"),
        "policy_processes": _frame(
            (
                {
                    "process": process.process,
                    "is_default": process.process == stages.default_process,
                    "unknown_stage": stages.by_canonical(process.process, stages.unknown_stage),
                }
                for process in stages.processes
            ),
            process="text",
            is_default="boolean",
            unknown_stage="text",
        ),
        "policy_process_matches": _frame(
            ({"process": process, "basis": basis, "word": word} for (basis, word), process in matches.items()),
            process="text",
            basis="text",
            word="text",
        ),
        "policy_benchmarks": _frame(
            benchmarks,
            process="text",
            step_order="integer",
            from_stage="text",
            to_stage="text",
            benchmark_rate="double",
        ),
    }


def _followup_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Steps: step of the plan. Tasks: key task; activity that ends it. Escalation: level. Cadence: stage."""
    followup, language = policy.followup, policy.business.language
    done_by = [(step.step, word) for step in followup.plan for word in step.done_by]
    done_by += [(task.task, word) for task in followup.stage_tasks for word in task.done_by]
    return {
        "policy_followup_steps": _frame(
            (
                {
                    "task": step.step,
                    "step_order": order,
                    "label": step.label.in_language(language),
                    "after": step.after,
                    "opens_hours": step.opens_hours,
                    "closes_hours": step.closes_hours,
                    "clock": followup.clock,
                }
                for order, step in enumerate(followup.plan, start=1)
            ),
            task="text",
            step_order="integer",
            label="text",
            after="text",
            opens_hours="double",
            closes_hours="double",
            clock="text",
        ),
        "policy_stage_tasks": _frame(
            (
                {
                    "task": task.task,
                    "label": task.label.in_language(language),
                    "canonical_stage": task.stage,
                    "since": task.since,
                    "due_days": task.due_days,
                    "requires": json.dumps([item.in_language(language) for item in task.requires], ensure_ascii=False),
                }
                for task in followup.stage_tasks
            ),
            task="text",
            label="text",
            canonical_stage="text",
            since="text",
            due_days="double",
            requires="text",
        ),
        "policy_task_activities": _frame(
            ({"task": task, "activity_type": word.lower()} for task, word in done_by),
            task="text",
            activity_type="text",
        ),
        "policy_escalation": _frame(
            (
                {"level": item.level, "level_order": order, "after_days": item.after_days}
                for order, item in enumerate(followup.escalation, start=1)
            ),
            level="text",
            level_order="integer",
            after_days="double",
        ),
        "policy_cadence": _frame(
            (
                {
                    "canonical_stage": stage,
                    "shortest_days": days[0],
                    "longest_days": days[1],
                    "stale_days": followup.stale_days,
                }
                for stage, days in sorted(followup.cadence_days.items())
            ),
            canonical_stage="text",
            shortest_days="double",
            longest_days="double",
            stale_days="integer",
        ),
    }


def _target_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Targets: period x owner x team. KPIs: measure."""
    return {
        "policy_targets": _frame(
            (
                {
                    "period": target.period,
                    "owner": target.owner,
                    "team": target.team,
                    "amount": f"{target.amount:.2f}",
                    "currency": target.currency or policy.business.base_currency,
                }
                for target in policy.targets.targets
            ),
            period="text",
            owner="text",
            team="text",
            amount="text",
            currency="text",
        ),
        "policy_kpis": _frame(
            (item.model_dump() for item in policy.targets.kpis),
            kpi="text",
            unit="text",
            baseline="double",
            target="double",
        ),
    }


def _funnel_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Segments: what the funnel is counted by. Limits: one row."""
    segments = ["all", *dict.fromkeys(policy.forecast.funnel_segments)]
    return {
        "policy_funnel_segments": _frame(({"segment_type": item} for item in segments), segment_type="text"),
        "policy_funnel_limits": _frame(
            [{"maturity_quantile": policy.forecast.cohort_maturity_quantile}], maturity_quantile="double"
        ),
    }


def _identity_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Free-mail domain; mailbox of a role; survivorship; feed by trust; refusal of consent; limits."""
    identity = policy.identity
    return {
        "policy_free_mail_domains": _frame(
            ({"domain": domain} for domain in sorted(set(identity.free_mail_domains))), domain="text"
        ),
        "policy_role_mailboxes": _frame(
            ({"mailbox": name} for name in sorted({name.lower() for name in identity.shared_values.role_mailboxes})),
            mailbox="text",
        ),
        "policy_survivorship": _frame(
            ({"field": field, "keeps": keeps} for field, keeps in sorted(identity.survivorship.items())),
            field="text",
            keeps="text",
        ),
        "policy_source_order": _frame(
            ({"source_name": name, "trust_order": place} for place, name in enumerate(identity.source_order, start=1)),
            source_name="text",
            trust_order="integer",
        ),
        "policy_consent_refusals": _frame(
            ({"word": word} for word in sorted({word.lower() for word in identity.consent_refusals})),
            word="text",
        ),
        "policy_identity": _frame(
            [
                {
                    "max_names_per_email": identity.shared_values.max_names_per_email,
                    "max_names_per_phone": identity.shared_values.max_names_per_phone,
                    "max_companies_per_domain": identity.shared_values.max_companies_per_domain,
                    "max_leads_per_device": identity.shared_values.max_leads_per_device,
                    "survivorship_default": identity.survivorship_default,
                }
            ],
            max_names_per_email="integer",
            max_names_per_phone="integer",
            max_companies_per_domain="integer",
            max_leads_per_device="integer",
            survivorship_default="text",
        ),
    }


def _feed_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Feed."""
    return {
        "policy_feeds": _frame(
            (
                {
                    "source_name": feed.feed,
                    "kind": feed.kind,
                    "channel": feed.channel,
                    "language": feed.language,
                }
                for feed in policy.feeds
            ),
            source_name="text",
            kind="text",
            channel="text",
            language="text",
        )
    }
