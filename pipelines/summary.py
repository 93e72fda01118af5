"""What a run came to, for a person at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def run_summary(result: dict[str, Any]) -> str:
    """A few lines: what was read, what is published, where it is."""
    home = Path(result["home"])
    if result["status"] == "nothing_new":
        said = f"nothing new since {result['published_at']}: same files, same policy, same day"
        return "\n".join([said, *_not_taken(result)])
    files, rows, checks = result["files"], result["rows"], result["checks"]
    lines = [
        f"{result['status']} as of {result['as_of']} in {result['seconds']['total']:.1f} s",
        f"  files     {files['accepted']} accepted, {files['unchanged']} unchanged, {files['quarantined']} quarantined",
        f"  rows      {rows['read']} read = {rows['accepted']} accepted + {rows['rejected']} rejected "
        f"+ {rows['duplicate']} duplicate",
        *_not_taken(result),
        f"  checks    {checks['passed']} passed, {checks['failed']} failed",
    ]
    warnings = [item for item in checks["failures"] if isinstance(item, dict)]
    lines += [
        f"            {item['severity']}: {item['check_name']} on {item['table_name']}: {item['observed']}"
        for item in warnings
    ]
    if result["tables"]:
        lines.append("  tables    " + ", ".join(f"{name} {count}" for name, count in sorted(result["tables"].items())))
    lines += [
        f"  warehouse {result['warehouse']}",
        f"  receipts  {home / 'out' / 'receipts'}",
        f"  report    {home / 'out' / 'report' / 'index.html'}",
    ]
    return "\n".join(lines)


def _not_taken(result: dict[str, Any]) -> list[str]:
    """What lies in the landing zone and is no file that could be taken, each with its reason."""
    return [f"  not taken {left['path']} ({left['code']}): {left['reason']}" for left in result["not_taken"]]
