"""The follow-up plan as tables."""

from __future__ import annotations

import json

import pyarrow as pa

from policy.model import Policy
from policy.rows.rows import table


def followup_tables(policy: Policy) -> dict[str, pa.Table]:
    """Steps: step of the plan. Tasks: key task; activity that ends it. Escalation: level. Cadence: stage."""
    followup, language = policy.followup, policy.business.language
    done_by = [(step.step, word) for step in followup.plan for word in step.done_by]
    done_by += [(task.task, word) for task in followup.stage_tasks for word in task.done_by]
    return {
        "policy_followup_steps": table(
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
        "policy_stage_tasks": table(
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
        "policy_task_activities": table(
            ({"task": task, "activity_type": word.lower()} for task, word in done_by),
            task="text",
            activity_type="text",
        ),
        "policy_escalation": table(
            (
                {"level": item.level, "level_order": order, "after_days": item.after_days}
                for order, item in enumerate(followup.escalation, start=1)
            ),
            level="text",
            level_order="integer",
            after_days="double",
        ),
        "policy_cadence": table(
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
