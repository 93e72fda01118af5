"""One pass through the job, in this process, and what it came to."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.unfinished import Unfinished
from pipelines.erasure_proof import prove_erasures
from pipelines.errors import BLOCKED, UNEXPECTED, UnreachableError, UsageError, exit_code_of, told
from pipelines.homes import checked_home
from pipelines.policies import usable_policy
from pipelines.progress import Progress
from pipelines.run_scope import AS_OF_TAG, PROGRESS, RECEIVED_AT_TAG, day_of, held, instant_of
from policy.model import Policy
from serving.published import Published, ledger_state, published_file_ids, settle_pending
from sources import journal
from sources.landing import take_landing
from sources.looks import Intake, LeftOut
from sources.raw import RawFile, raw_dir_of, read_ledger

if TYPE_CHECKING:
    import dagster as dg

DAGSTER_YAML = Path(__file__).resolve().parent.parent / "dagster.yaml"


def run_once(
    home: Path,
    as_of: str | None = None,
    received_at: str | None = None,
    *,
    engine: str = "duckdb",
    quiet: bool = False,
    even_if_nothing_new: bool = False,
    allow_large: bool = False,
    prove: bool = True,
) -> dict[str, Any]:
    """Takes what landed and publishes, unless nothing is new.

    Args:
        home: the deployment.
        as_of: ISO text of the instant to speak for; None for now.
        received_at: ISO text of when files count as accepted; None for now, or for an interrupted run's instant.
        engine: where SQL runs; ``duckdb``.
        quiet: without progress.
        even_if_nothing_new: publishes although nothing changed, for backfills.
        allow_large: lets files in that are larger than their feeds allow.
        prove: proves erasures that are not proven yet; the command that erases does so itself.

    Returns:
        What `sluice run --json` prints.

    Raises:
        UsageError: an option is wrong or the directory is no home.
        HomeBusyError: another run is at work.
        PolicyError: the policy is broken.
        SourceError, ServingError: a component is unreachable or full.
    """
    home = checked_home(home)
    if engine != "duckdb":
        raise UsageError(f"there is no engine {engine!r} in this version; expected duckdb")
    policy = usable_policy(home)
    zone = policy.business.timezone
    received = instant_of(received_at, zone)
    started = datetime.now(UTC)
    with held(home), Progress(quiet=quiet) as progress:
        progress.step("landing")
        settle_pending(home)
        intake = take_landing(home, policy, received, progress=progress.file, allow_large=allow_large)
        took = (datetime.now(UTC) - started).total_seconds()
        moment = instant_of(as_of, zone) or now_of(home, zone, started, intake)
        published = Published(home)
        if not even_if_nothing_new and published.says(ledger_state(home, policy), policy, day_of(moment, zone)):
            prove_erasures(home)
            return _result(home, policy, moment, intake, "nothing_new", {"landing": took}, published)
        # what lands while a run for now is at work is known to it, also where it goes on for an earlier instant
        known = {file.file_id for file in read_ledger(raw_dir_of(home))}
        at = intake.received_at if as_of else min(intake.received_at, moment)
        before = published_file_ids(home) if published.current is not None else set()
        run_id, steps, failure = _execute(home, moment, at, day_of(moment, zone), progress)
        ledger = read_ledger(raw_dir_of(home))
        intake.files += [file for file in ledger if file.file_id not in known]
        if failure is None:
            new = published_file_ids(home) - before
            _count_taken_before(home, intake, [file for file in ledger if file.file_id in new])
        if failure is None and prove:
            prove_erasures(home)
    if failure is not None and not failure.blocked:
        raise _told_with_its_publication(home, run_id, failure.error, f"the step {progress.at}")
    published = Published(home)
    status = "published" if failure is None else "blocked"
    result = _result(home, policy, moment, intake, status, {"landing": took, **steps}, published, run_id)
    if failure is not None:
        result["checks"] = {"passed": 0, "failed": len(failure.messages), "failures": failure.messages}
    return result


def _count_taken_before(home: Path, intake: Intake, published: Sequence[RawFile]) -> None:
    """Counts files that a run before took and did not publish among those that are new: to readers they are."""
    counted = {file.file_id for file in intake.files}
    late = [file for file in published if file.file_id not in counted]
    intake.files += late
    for path in {file.path for file in late}:
        with suppress(OSError):  # a name inside an archive may be longer than a file's may be
            intake.unchanged -= (home / "landing" / path).exists()


def now_of(home: Path, zone: str, started: datetime, intake: Intake) -> datetime:
    """The instant that a run for now speaks for: that of an interrupted run of the day, whose tables it can take over.

    Where files were taken since, it speaks for now, and for them too.
    """
    interrupted = Unfinished.interrupted(home / "lake")
    is_changed = bool(intake.files or intake.read_again or intake.new_paths)
    if interrupted and not is_changed and interrupted <= started and day_of(interrupted, zone) == day_of(started, zone):
        return interrupted
    return max(started, intake.received_at)


def failed_result(error: BaseException, as_of: str | None) -> dict[str, Any]:
    """What `sluice run --json` prints of a run that could not go on.

    Args:
        error: why.
        as_of: as it was asked for; None for now.
    """
    return {
        "run_id": None,
        "as_of": as_of,
        "status": "failed",
        "files": {"accepted": 0, "unchanged": 0, "quarantined": 0},
        "not_taken": [],
        "rows": {"read": 0, "accepted": 0, "rejected": 0, "duplicate": 0},
        "tables": {},
        "checks": {"passed": 0, "failed": 0, "failures": []},
        "seconds": {},
        "published_at": None,
        "warehouse": None,
        "error": str(told(error)),
        "exit_code": exit_code_of(error),
    }


def _told_with_its_publication(home: Path, run_id: str, error: BaseException, step: str) -> BaseException:
    """The error of a run; one that came after readers got the tables says so."""
    known = told(error, step)
    publications = journal.publications(raw_dir_of(home))
    if getattr(known, "exit_code", UNEXPECTED) == UNEXPECTED or all(
        entry.payload.get("run_id") != run_id for entry in publications
    ):
        return known
    return UnreachableError(
        f"{known} - the tables of this run were published before that; the next run writes the receipts and the "
        "report that are missing"
    )


class Failure:
    """Why a run did not publish.

    Attributes:
        error: the error as it was raised.
        blocked: whether the data failed a blocking check, rather than a part of the machinery.
        messages: one sentence a check that failed.
    """

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.blocked = exit_code_of(error) == BLOCKED
        self.messages = str(error).removeprefix("nothing was published: ").split(" | ")


def _execute(
    home: Path, as_of: datetime, received_at: datetime, day: date, progress: Progress
) -> tuple[str, dict[str, float], Failure | None]:
    """Runs the job; returns run id, seconds by step, and the failure if there was one."""
    import dagster as dg

    from pipelines.definitions import defs
    from pipelines.jobs import JOB

    job = defs.resolve_job_def(JOB)
    # Modules are never garbage, and looking through them for some takes half a second of a run. Once: whatever else
    # is there is left out from then on as well.
    if not gc.get_freeze_count():
        gc.freeze()
    # one received_at for all files of a run, those too that land while it is at work
    tags = {AS_OF_TAG: as_of.isoformat(), RECEIVED_AT_TAG: received_at.isoformat()}
    failure: Failure | None = None
    run_id = _run_id()
    with dagster_instance() as (instance, seconds_of):
        token = PROGRESS.set(progress)
        progress.expect(len(job.all_node_defs) + 1)
        try:
            job.execute_in_process(
                run_config={
                    "resources": {"scope": {"config": {"home": str(home)}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                instance=instance,
                partition_key=day.isoformat(),
                run_id=run_id,
                tags=tags,
                raise_on_error=True,
            )
        except dg.DagsterUserCodeExecutionError as error:
            failure = Failure(error.user_exception)
        except dg.DagsterError as error:
            failure = Failure(error.__cause__ or error)
        except Exception as error:  # Dagster hands on what a step raised as it is
            failure = Failure(error)
        finally:
            PROGRESS.reset(token)
        seconds = seconds_of(run_id)
    return run_id, seconds, failure


def _run_id() -> str:
    import uuid

    return str(uuid.uuid4())


@contextmanager
def dagster_instance() -> Iterator[tuple[dg.DagsterInstance, Callable[[str], dict[str, float]]]]:
    """The instance that DAGSTER_HOME names, so that the UI shows the run; without it one that is forgotten.

    Yields:
        The instance, and what gives the seconds of each step of a run.
    """
    import os

    import dagster as dg

    if not os.environ.get("DAGSTER_HOME"):
        from pipelines.step_times import unseen_instance

        with unseen_instance() as (unseen, times):
            yield unseen, lambda _: times.seconds
        return
    folder = Path(os.environ["DAGSTER_HOME"])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        shutil.copyfile(DAGSTER_YAML, folder / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(folder)) as instance:

        def seconds_of(run_id: str) -> dict[str, float]:
            return {
                stats.step_key: round(stats.end_time - stats.start_time, 3)
                for stats in instance.get_run_step_stats(run_id)
                if stats.start_time and stats.end_time
            }

        yield instance, seconds_of


def _result(
    home: Path,
    policy: Policy,
    as_of: datetime,
    intake: Intake,
    status: str,
    seconds: dict[str, float],
    published: Published,
    run_id: str | None = None,
) -> dict[str, Any]:
    del policy
    new = {file.file_id for file in intake.files}
    files, rows = published.counts_of(new)
    return {
        "run_id": run_id,
        "as_of": as_of.isoformat(),
        "status": status,
        "files": {"accepted": files["accepted"], "unchanged": intake.unchanged, "quarantined": files["quarantined"]},
        "not_taken": [{"path": left.path, "code": left.code, "reason": left.en} for left in not_taken(intake)],
        "rows": rows,
        "tables": published.tables(),
        "checks": published.checks(),
        "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
        "published_at": published.newest_at(),
        "publication_id": published.newest_id(),
        "warehouse": published.place,
        "home": str(home),
    }


def not_taken(intake: Intake) -> list[LeftOut]:
    """What a run left in the landing zone, but for files that still grew at its first look and not when it ended."""
    taken = [f"{file.path}/" for file in intake.files]  # an archive is the folder of its files
    return [left for left in intake.left_out if not any(path.startswith(f"{left.path}/") for path in taken)]


def dates_between(first: str, last: str, every: str) -> list[date]:
    """Every day, the last day of every week (Sunday) or of every month from first to last, the last day included.

    Raises:
        UsageError: a date is no date, they are in the wrong order, or `every` is no known step.
    """
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise UsageError(f"{error}; expected dates such as 2026-06-30") from error
    if start > end:
        raise UsageError(f"--from {first} is after --to {last}")
    if every not in {"day", "week", "month"}:
        raise UsageError(f"--every {every!r} is not known; expected day, week or month")
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    if every == "week":
        days = [day for day in days if day.isoweekday() == 7 or day == end]
    if every == "month":
        days = [day for day in days if (day + timedelta(days=1)).day == 1 or day == end]
    return days
