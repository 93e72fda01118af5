"""What a run speaks for: the home, the policy, the instant - and the inputs that come from none of the tables.

A transform never asks the clock. It reads ``run_scope``, the policy tables and what the journal froze, all of
which are settled here once, before the first step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from assets.engine import Engine, Source
from assets.unfinished import Unfinished
from policy.model import Policy

#: Inputs that are given to a run rather than made by it.
GIVEN_PREFIXES = ("policy_", "frozen_", "previous_", "lines_")


def is_given(name: str) -> bool:
    """Whether an input is given to the run: its scope, its policy, lines read, what was frozen or published before."""
    return name == "run_scope" or name.startswith(GIVEN_PREFIXES)


@dataclass
class Scope:
    """One run's scope.

    Attributes:
        home: the deployment's directory.
        run_id: as Dagster shows it.
        as_of: the business instant, aware, UTC.
        day: the partition, the day of as_of in the business zone.
        received_at: when this run's files count as accepted, aware, UTC.
        policy: the validated policy.
        engine: where SQL runs.
        frozen: reads a ``frozen_`` or ``previous_`` input from the journal, up to as_of.
        started: told the name of each step that begins.
        noted: told what a step is at, where it takes long.
        landed: called once new files are taken, while readers still have the tables of the publication before.
        pinned_received_at: received_at where the caller fixed it, else None: an interrupted run's is taken up again.
        unfinished: what an interrupted run of the same input had made; None where everything is made anew.
        unanswered: why the receipt of a file could not be written, by its path under landing/.
    """

    home: Path
    run_id: str
    as_of: datetime
    day: date
    received_at: datetime
    policy: Policy
    engine: Engine
    frozen: Callable[[str, Scope], pa.Table]
    started: Callable[[str], None] = lambda _: None
    noted: Callable[[str], None] = lambda _: None
    landed: Callable[[], None] = lambda: None
    pinned_received_at: datetime | None = None
    unfinished: Unfinished | None = None
    unanswered: dict[str, Exception] = field(default_factory=dict)
    _given: dict[str, Source] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        """The folder of tables that can be rebuilt."""
        return self.home / "lake"

    @property
    def raw(self) -> Path:
        """The only state: files taken, and the journal."""
        return self.home / "lake" / "raw"

    def given(self, name: str) -> Source:
        """An input that no asset makes.

        Raises:
            KeyError: no such input.
        """
        if name not in self._given:
            if name == "run_scope":
                self._given[name] = pd.DataFrame(
                    {
                        "as_of": pd.Series([self.as_of.replace(tzinfo=None)], dtype="datetime64[us]"),
                        "as_of_date": [self.day],
                        "timezone": [self.policy.business.timezone],
                        "base_currency": [self.policy.business.base_currency],
                        "policy_version": [self.policy.version],
                    }
                )
            elif name.startswith("policy_"):
                from policy.tables import policy_tables

                self._given.update(policy_tables(self.policy))
            elif name.startswith("lines_"):
                folder = self.lake / "intake" / "lines" / name.removeprefix("lines_")
                self._given[name] = self.engine.connection.read_parquet(str(folder / "*" / "*.parquet"))
            else:
                self._given[name] = self.engine.connection.from_arrow(self.frozen(name, self))
        return self._given[name]
