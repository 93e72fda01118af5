"""Since when the files of an intake count as accepted, also where it was interrupted and goes on later."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

from sources import journal
from sources.durable import write_bytes
from sources.errors import StorageError
from sources.raw import instant, instant_text

OPEN_INTAKE = "intake-open.json"


def moment_of(raw_dir: Path, received_at: datetime | None, otherwise: datetime | None) -> datetime:
    """When the files of this intake count as accepted: as told, as an interrupted one did, as told else, or now."""
    if received_at is not None:
        return instant(instant_text(received_at))
    path = journal.journal_dir(raw_dir) / OPEN_INTAKE
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return instant(json.loads(path.read_bytes())["received_at"])
    return otherwise or datetime.now(UTC)


class OpenIntake:
    """The note that an intake began, with its received_at, so that an interrupted one goes on with the same."""

    def __init__(self, raw_dir: Path, moment: datetime) -> None:
        """Take the raw layer, and the instant to note."""
        self.path = journal.journal_dir(raw_dir) / OPEN_INTAKE
        self.moment = moment
        self.begun = False

    def begin(self) -> None:
        """Note that the intake began, once."""
        if not self.begun:
            write_bytes(self.path, json.dumps({"received_at": instant_text(self.moment)}).encode())
            self.begun = True

    def end(self) -> None:
        """Take the note away. Raises StorageError."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(self.path, "remove", error) from error
