"""The front door: everything Dagster shows and runs."""

from __future__ import annotations

import dagster as dg

from assets.forecast import tables as forecast
from assets.funnel import tables as funnel
from assets.identity import tables as identity
from assets.intake import tables as intake
from assets.lake import lake_io_manager
from assets.opportunities import tables as opportunities
from assets.scoring import tables as scoring
from pipelines.jobs import refresh_leads
from pipelines.run_scope import scope_resource
from pipelines.schedules import every_morning
from pipelines.sensors import source_file_landed
from serving import tables as serving_tables

defs = dg.Definitions(
    assets=dg.load_assets_from_modules([intake, identity, scoring, opportunities, funnel, forecast, serving_tables]),
    asset_checks=dg.load_asset_checks_from_modules([serving_tables]),
    jobs=[refresh_leads],
    schedules=[every_morning],
    sensors=[source_file_landed],
    resources={"scope": scope_resource, "lake": lake_io_manager},
    executor=dg.in_process_executor,
)
