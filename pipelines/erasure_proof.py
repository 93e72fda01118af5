"""Proving erasures: what the warehouse deleted is made unreadable, and everything is searched for what is left."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipelines.sought import Erased, Sought
from pipelines.traces import Traces, find_traces
from quality.verify import Finding
from serving.forgotten import forget_deleted
from serving.published import Published, opened
from sources.erasures import erasures, not_cleaned, not_proven, note_proven, tombstones
from sources.raw import instant_text, raw_dir_of


def prove_erasures(home: Path, *sought: Sought) -> list[Traces]:
    """Makes unreadable what the warehouse deleted, looks for everything that was erased, and journals what is left.

    Args:
        home: the deployment; the caller holds it.
        sought: what else is looked for at the same time.

    Returns:
        What is left of all that was erased, then of each that was looked for beside; nothing where nothing was
        looked for and all erasures are proven.
    """
    raw_dir = raw_dir_of(home)
    open_ = not_proven(raw_dir)
    if not open_ and not sought:
        return []
    if any(erasure.lead_id or erasure.files for erasure in open_) and Published(home).current is not None:
        with opened(home) as warehouse:
            forget_deleted(warehouse)
    left, *others = find_traces(home, Erased(tombstones(raw_dir)), *sought)
    for erasure in open_:
        note_proven(
            raw_dir,
            erasure,
            {
                "at": instant_text(datetime.now(UTC)),
                "residual": left.total,
                "unsearched": len(left.unsearched),
                "before": dict(erasure.before),
                "after": left.hits,
            },
        )
    return [left, *others]


def erasure_findings(home: Path) -> list[Finding]:
    """Looks for everything that was erased, in every file and table that is made here.

    What people drop again is suppressed, and theirs: it stays in the landing zone until somebody is erased again.

    Args:
        home: the deployment.
    """
    raw_dir = raw_dir_of(home)
    statement = "Nothing that was erased is found in any table, or any file but what was dropped since."
    if not erasures(raw_dir):
        return [Finding("erasure", statement, True, "holds")]
    (left,) = find_traces(home, Erased(tombstones(raw_dir)), without="landing")
    said = "holds" if not left.total else f"{left.total} traces, first: {'; '.join(map(ascii, left.places[:5]))}"
    waiting = [erasure.request for erasure in not_cleaned(raw_dir)]
    return [
        Finding("erasure", statement, not left.total, said, left.total),
        Finding(
            "erasure",
            "Every file could be searched.",
            not left.unsearched,
            "; ".join(map(ascii, map(str, left.unsearched))) or "holds",
            len(left.unsearched),
        ),
        Finding(
            "erasure",
            "Every erasure that was decided is done.",
            not waiting,
            "holds" if not waiting else ", ".join(waiting),
            len(waiting),
        ),
    ]
