"""JSON values as the text of one cell: numbers as their sender wrote them, arrays as compact JSON."""

from __future__ import annotations

import json
from typing import Any


class Number(str):
    """A JSON number as its sender wrote it: 1.10 stays 1.10."""


def scalar_text(item: Any) -> str | None:
    """A value that is no object with content, as text."""
    if isinstance(item, str):
        return item
    if item is None or item == {}:
        return None
    if isinstance(item, bool):
        return "true" if item else "false"
    return json_text(item)


def json_text(item: Any) -> str:
    """Compact JSON with numbers as they were written."""
    if isinstance(item, Number):
        return str(item)
    if isinstance(item, list):
        return "[" + ",".join(map(json_text, item)) + "]"
    if isinstance(item, dict):
        return "{" + ",".join(f"{json_text(key)}:{json_text(entry)}" for key, entry in item.items()) + "}"
    return json.dumps(item, ensure_ascii=False)
