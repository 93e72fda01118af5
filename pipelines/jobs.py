"""The jobs: what is run together."""

from __future__ import annotations

import dagster as dg

JOB = "refresh_leads"

refresh_leads = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all(),
    description="Files land, every line is answered, people are recognised, scored and promoted, and a consistent set "
    "of tables is published. One process; a partition speaks for the end of its day, today's for now.",
    # a run that was killed is tried again; the raw layer makes that safe
    tags={"dagster/max_retries": "1"},
    executor_def=dg.in_process_executor,
)
