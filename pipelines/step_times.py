"""The Dagster instance of a run that nobody looks at in the UI: it keeps how long each step took, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.instance.types import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage

BEGUN = dg.DagsterEventType.STEP_START
ENDED = {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}


class StepTimes(InMemoryEventLogStorage):
    """An event log that writes nothing down.

    Storing every event and looking up the newest record of each input take as long as the run of a small home.
    Nothing can be known of earlier runs here, so both are answered without a database.

    Attributes:
        begun: the second at which each step began.
        seconds: by step, how long it took.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Keeps the seconds of a step; other events are forgotten."""
        if event.step_key is None:
            return
        if event.dagster_event_type is BEGUN:
            self.begun[event.step_key] = event.timestamp
        elif event.dagster_event_type in ENDED and event.step_key in self.begun:
            self.seconds[event.step_key] = round(event.timestamp - self.begun[event.step_key], 3)

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[AssetRecord]:
        """None: this log knows no earlier run."""
        del asset_keys
        return []

    def fetch_observations(self, *_: Any, **__: Any) -> dg.EventRecordsResult:
        """None, for the same reason."""
        return dg.EventRecordsResult(records=[], cursor="", has_more=False)

    def fetch_materializations(self, *_: Any, **__: Any) -> dg.EventRecordsResult:
        """None, for the same reason."""
        return dg.EventRecordsResult(records=[], cursor="", has_more=False)


@contextmanager
def unseen_instance() -> Iterator[tuple[dg.DagsterInstance, StepTimes]]:
    """An instance that is forgotten after the run, and its step times."""
    times = StepTimes()
    with dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),  # type: ignore[no-untyped-call]
        run_storage=InMemoryRunStorage(),
        event_storage=times,
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    ) as instance:
        yield instance, times
