"""Settles what a run speaks for: home, policy, as_of, received_at, the lock, the journal read up to as_of."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pyarrow as pa
from filelock import FileLock, Timeout

from assets.engine import Engine
from assets.scope import Scope
from assets.unfinished import Unfinished
from pipelines.erased_lake import finish_erasures
from pipelines.errors import HomeBusyError, UsageError
from pipelines.heirs import keep_heirs_of_replaced
from pipelines.leftovers import sweep
from pipelines.progress import Progress
from policy.load import load_policy
from serving.catalogue import tables
from serving.journaled import frozen_table, previous_table
from sources.errors import StorageError

#: Told of each step that begins, and of what it is at, by the command line that runs the job in its own process.
PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)

#: Set while this process already holds the home, so that the job it starts does not wait for itself.
HELD_HOME: ContextVar[Path | None] = ContextVar("held_home", default=None)

AS_OF_TAG, RECEIVED_AT_TAG = "sluice/as_of", "sluice/received_at"

#: What DuckDB may use before it spills; the rest of the process stays well below a gigabyte.
MEMORY_LIMIT = os.environ.get("SLUICE_MEMORY_LIMIT", "2GB")


def instant_of(text: str | None, zone: str) -> datetime | None:
    """The instant that an ISO text names; a date means the end of that day.

    Args:
        text: ISO 8601, e.g. ``2026-06-30``, ``2026-06-30T12:00``, ``2026-06-30T12:00:00Z``.
        zone: the business zone, for texts without one.

    Raises:
        UsageError: the text is no ISO date or time.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2026-06-30"):
            local = datetime.combine(date.fromisoformat(text), time.max)
        else:
            local = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no date or time; expected ISO 8601 such as 2026-06-30 or 2026-06-30T12:00:00Z"
        ) from error
    return (local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def day_of(instant: datetime, zone: str) -> date:
    """The business day of an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def default_home() -> Path:
    """The home that SLUICE_HOME names, else ./home."""
    return Path(os.environ.get("SLUICE_HOME", "home")).resolve()


def business_zone(home: Path | None = None) -> str:
    """The business zone of a home."""
    return load_policy(home or default_home()).business.timezone


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Holds the home for one run; a second run stops at once and says who holds it.

    Raises:
        HomeBusyError: another run is at work on this home.
    """
    if HELD_HOME.get() == home.resolve():
        yield
        return
    lock_path = home / ".lock"
    holder_path = home / ".lock.json"
    lock = FileLock(str(lock_path))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        try:
            holder = json.loads(holder_path.read_text(encoding="utf-8"))
            who = f"process {holder['pid']} on {holder['host']} since {holder['since']}"
        except (OSError, ValueError, KeyError):
            who = "another process"
        raise HomeBusyError(f"{home} is held by {who}; wait for it, or stop it, then run again") from error
    token = HELD_HOME.set(home.resolve())
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        try:
            holder_path.write_text(json.dumps(holder), encoding="utf-8")
        except OSError as error:
            raise StorageError(holder_path, "write", error) from error
        sweep(home)
        finish_erasures(home)
        yield
    finally:
        HELD_HOME.reset(token)
        with suppress(OSError):  # a home that may not be written has told so already
            holder_path.unlink(missing_ok=True)
        lock.release()


@contextmanager
def opened_scope(home: Path, run_id: str, as_of: datetime | None, received_at: datetime | None) -> Iterator[Scope]:
    """The scope of one run; its engine and its spill folder are gone afterwards."""
    policy = load_policy(home)
    now = datetime.now(UTC)
    as_of = as_of or now
    # a run that speaks for now speaks for the files that it takes, so they are received no later
    received = received_at or (as_of if abs(now - as_of) < timedelta(minutes=1) else now)
    spill = home / "lake" / ".spill" / str(os.getpid())
    engine = Engine(spill, MEMORY_LIMIT, _threads())
    progress = PROGRESS.get()
    unfinished = Unfinished(home / "lake", policy.version, as_of)

    def landed() -> None:
        keep_heirs_of_replaced(home, policy)
        unfinished.settle()

    try:
        yield Scope(
            home=home,
            run_id=run_id,
            as_of=as_of,
            day=day_of(as_of, policy.business.timezone),
            received_at=received,
            pinned_received_at=received_at,
            policy=policy,
            engine=engine,
            frozen=_frozen,
            started=progress.step if progress else _silent,
            noted=progress.note if progress else _silent,
            landed=landed,
            unfinished=unfinished,
        )
    finally:
        engine.close()
        for folder in (spill, spill.with_name(f"publish-{os.getpid()}")):
            shutil.rmtree(folder, ignore_errors=True)


def _threads() -> int | None:
    """Processors that one query may use; every one where nothing is said."""
    said = os.environ.get("SLUICE_THREADS", "")
    if said and not (said.isdecimal() and 0 < int(said) < 1024):
        raise UsageError(f"SLUICE_THREADS is {said!r}; expected how many processors a query may use, such as 2")
    return int(said) if said else None


def _silent(_: str) -> None:
    return None


def _frozen(name: str, scope: Scope) -> pa.Table:
    if name.startswith("previous_"):
        return previous_table(scope.raw, tables()[name.removeprefix("previous_")], scope.day)
    return frozen_table(scope.raw, name, scope.as_of)


@dg.resource(
    config_schema={
        "home": dg.Field(
            dg.StringSource, default_value="", description="The deployment's directory; SLUICE_HOME when left empty."
        )
    },
    description="What the run speaks for: home, policy, as_of, received_at.",
)
@contextmanager
def scope_resource(context: dg.InitResourceContext) -> Iterator[Scope]:
    """The run's scope, from the run's tags and its partition; holds the home while the run is at work."""
    given = context.resource_config["home"]
    home = Path(given).resolve() if given else default_home()
    run = context.run
    tags = dict(run.tags) if run else {}
    zone = load_policy(home).business.timezone
    as_of = instant_of(tags.get(AS_OF_TAG), zone)
    partition = tags.get("dagster/partition")
    if as_of is None and partition:
        # a partition speaks for the end of its day; today's speaks for now
        now = datetime.now(UTC)
        as_of = now if day_of(now, zone).isoformat() == partition else instant_of(partition, zone)
    received_at = instant_of(tags.get(RECEIVED_AT_TAG), zone)
    with held(home), opened_scope(home, run.run_id if run else "ephemeral", as_of, received_at) as scope:
        yield scope
