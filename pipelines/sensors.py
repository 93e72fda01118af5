"""When it runs by what happened."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime

import dagster as dg

from pipelines.jobs import refresh_leads
from pipelines.run_scope import business_zone, day_of, default_home
from sources.looks import Intake, scan

#: A file that changed more recently may still be written.
STILL_SECONDS = 30


@dg.sensor(
    job=refresh_leads,
    minimum_interval_seconds=30,
    description="Starts a run when a file landed and has been still for half a minute, or has a .done file beside it. "
    "The run key is the state of the "
    "files, never the time: a restarted daemon asks for the same run again, and Dagster starts it once. What is new is "
    "decided by the raw layer, not here.",
)
def source_file_landed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run for each new state of the landing zone."""
    home = default_home()
    if not (home / "landing").is_dir():
        return dg.SkipReason(f"there is no landing zone at {home / 'landing'}; make the home with `sluice init`")
    now = time.time()
    # a clock that goes ahead elsewhere must not keep a file waiting for ever
    still = sorted(
        (file.path, file.size, file.mtime_ns)
        for file in scan(home / "landing", Intake(datetime.now(UTC)))
        if file.is_done or abs(now - file.mtime_ns / 1e9) >= STILL_SECONDS
    )
    state = hashlib.sha256(json.dumps(still).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    if not still:
        return dg.SkipReason("no file in the landing zone has been still for half a minute")
    if state == context.cursor:
        return dg.SkipReason("nothing new landed")
    day = day_of(datetime.now(UTC), business_zone()).isoformat()
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=state, partition_key=day)], cursor=state)
