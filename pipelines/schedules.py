"""When it runs by the clock."""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import refresh_leads
from pipelines.run_scope import business_zone, day_of


@dg.schedule(
    job=refresh_leads,
    cron_schedule="0 5 * * *",
    description="Every morning, whether or not something landed: scores decay and deals age by themselves.",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def every_morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """One run for the day of the tick in the business zone."""
    day = day_of(context.scheduled_execution_time, business_zone()).isoformat()
    return dg.RunRequest(run_key=f"morning-{day}", partition_key=day)
