"""What a home holds: last publications, files, tables, failed checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.homes import checked_home
from serving.published import Published

LAST_PUBLICATIONS = 10


def home_status(home: Path) -> dict[str, Any]:
    """Last publications, files by status, tables with row counts, failed checks.

    Args:
        home: the deployment.
    """
    home = checked_home(home)
    published = Published(home)
    files = published.table("source_files")
    by_status = files.groupby("status").size().to_dict() if len(files) else {}
    last = published.publications.tail(LAST_PUBLICATIONS)
    return {
        "home": str(home),
        "warehouse": published.place,
        "publications": [
            {
                "publication_id": row["publication_id"],
                "as_of": row["as_of"].isoformat(),
                "published_at": row["published_at"].isoformat(),
                "policy_version": row["policy_version"],
                "is_current": bool(row["is_current"]),
            }
            for row in last.to_dict("records")
        ],
        "files": {str(name): int(count) for name, count in by_status.items()},
        "tables": published.tables(),
        "checks": published.checks(),
    }


def status_text(status: dict[str, Any]) -> str:
    """The same for a person."""
    if not status["publications"]:
        return f"{status['home']}: nothing was published yet; run `sluice run`"
    lines = [f"{status['home']} -> {status['warehouse']}", "publications"]
    lines += [
        f"  {item['publication_id']}  as of {item['as_of']}  published {item['published_at']}"
        + ("  current" if item["is_current"] else "")
        for item in status["publications"]
    ]
    lines.append("files       " + ", ".join(f"{count} {name}" for name, count in sorted(status["files"].items())))
    width = max((len(name) for name in status["tables"]), default=0)
    lines.append("tables")
    lines += [f"  {name:<{width}}  {count:>10}" for name, count in sorted(status["tables"].items())]
    checks = status["checks"]
    lines.append(f"checks      {checks['passed']} passed, {checks['failed']} failed")
    lines += [
        f"  {item['severity']}: {item['check_name']} on {item['table_name']}: {item['observed']}"
        for item in checks["failures"]
    ]
    return "\n".join(lines)
