"""What is counted of a lead's behaviour, for scoring and for gates, as tables."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from policy.conditions import EventFilter
from policy.model import Policy
from policy.rows.conditions import word_list
from policy.rows.rows import table


def activity_tables(policy: Policy) -> dict[str, pa.Table]:
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
            "products": word_list(events.product),
            "campaigns": word_list(events.campaign),
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
        "policy_activities": table(
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
        "policy_activity_assets": table(assets, rule_no="integer", event_type="text", word="text"),
    }
