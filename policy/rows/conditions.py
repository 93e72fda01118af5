"""Conditions on a lead's fields, and lists of words, as SQL compares with them."""

from __future__ import annotations

import json
from typing import Any

from policy.conditions import ATTRIBUTE_PREFIX, Condition

#: Columns of a test of one field; see :func:`field_tests`.
TEST = {"field": "text", "operator": "text", "word": "text", "low": "double", "high": "double"}


def field_tests(condition: Condition) -> list[dict[str, Any]]:
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


def attribute_path(field: str) -> str | None:
    """The JSON path of a source's own column in `attributes`; None for a field of the lead."""
    if not field.startswith(ATTRIBUTE_PREFIX):
        return None
    return f"$.{json.dumps(field.removeprefix(ATTRIBUTE_PREFIX), ensure_ascii=False)}"


def word_list(words: list[str] | None) -> str | None:
    """Words between unit separators, lower case; None for any."""
    return None if words is None else "\x1f" + "\x1f".join(word.lower() for word in words) + "\x1f"
