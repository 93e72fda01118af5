"""The command line. Heavy imports are inside the commands, so that `sluice --help` answers at once."""

from __future__ import annotations

import json as json_module
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import BLOCKED, UNEXPECTED, UNREACHABLE, exit_code_of, told

app = typer.Typer(
    name="sluice",
    help="Raw sales leads in; opportunities, funnel and forecast out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
policy_app = typer.Typer(help="The policy of a home.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

Home = Annotated[
    Path, typer.Option("--home", envvar="SLUICE_HOME", help="The deployment's directory.", show_default="./home")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="ISO", help="The instant to speak for; a date means its end. Default: now."),
]
ReceivedAt = Annotated[
    str | None, typer.Option("--received-at", metavar="ISO", help="When the files count as accepted. Default: now.")
]
DEFAULT_HOME = Path("home")


def _say(text: str) -> None:
    with suppress(OSError):  # where stderr goes may be full as well, and the exit code still tells
        print(text, file=sys.stderr, flush=True)


def _show(text: str) -> None:
    """Prints text in which values and names of files stand: what a terminal would obey is shown escaped."""
    print("".join(char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text))


def _print_json(value: Any) -> None:
    print(json_module.dumps(value, ensure_ascii=False, indent=2, default=str))


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        stack = ["sluice-leads", "dagster", "duckdb", "pandas", "sqlalchemy", "great-expectations", "splink"]
        print("\n".join(f"{name} {version(name)}" for name in stack))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version, and that of its parts.")
    ] = False,
) -> None:
    del version


@app.command()
def init(
    home: Annotated[Path, typer.Argument(help="The directory to make.", show_default=False)],
    from_example: Annotated[bool, typer.Option("--from-example", help="With the sample policy and files.")] = False,
    json: Json = False,
) -> None:
    """Make a home with the default policy."""
    from pipelines.homes import make_home

    made = make_home(home, from_example=from_example)
    _print_json(made) if json else _show(f"{made['home']} is ready; drop files into {made['landing']}")


@app.command()
def simulate(
    home: Annotated[Path, typer.Argument(help="A home; made when it does not exist.", show_default=False)],
    leads: Annotated[int, typer.Option(min=1, help="How many people.")] = 2000,
    months: Annotated[int, typer.Option(min=1, max=120, help="How many months of history.")] = 12,
    events_per_lead: Annotated[float, typer.Option(min=0, help="Behavioural events per lead, on average.")] = 10,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day.")] = None,
    messy: Annotated[bool, typer.Option("--messy", help="With the mess that real files have.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Drop a generated, realistic world into the landing zone, with its truth beside it."""
    from datetime import date

    from pipelines.errors import UsageError
    from pipelines.homes import make_home_if_missing

    try:
        last = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise UsageError(f"--until {until!r} is no date; expected one such as 2026-06-30") from error
    from examples.simulator.simulate import simulate as generate

    make_home_if_missing(home)
    progress = None if quiet or json else lambda what, share: _say(f"{share:4.0%}  {what}")
    found = generate(
        home,
        leads=leads,
        months=months,
        events_per_lead=events_per_lead,
        seed=seed,
        until=last,
        messy=messy,
        progress=progress,
    )
    _print_json(found) if json else _show(f"{home}: {leads} people over {months} months, seed {seed}")


@app.command()
def run(
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    received_at: ReceivedAt = None,
    engine: Annotated[str, typer.Option(help="Where SQL runs.")] = "duckdb",
    allow_large: Annotated[
        bool, typer.Option("--allow-large", help="Let files in that are larger than their feeds allow.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One pass: intake, identity, scoring, opportunities, funnel, forecast, audit, publish, receipts."""
    import logging

    from pipelines.run import failed_result, run_once

    # it writes tracebacks of errors that it hands on to us as well
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    try:
        result = run_once(home, as_of, received_at, engine=engine, quiet=quiet or json, allow_large=allow_large)
    except Exception as error:
        raise _RunFailed(failed_result(error, as_of)) from error
    if json:
        _print_json(result)
    elif not quiet:
        from pipelines.summary import run_summary

        _show(run_summary(result))
    if result["status"] == "blocked":
        _say("\n".join(["nothing was published; blocking checks failed:", *map(str, result["checks"]["failures"])]))
        raise typer.Exit(BLOCKED)


@app.command()
def backfill(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    every: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    home: Home = DEFAULT_HOME,
    received_at: ReceivedAt = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One run per date, oldest first."""
    from pipelines.run import dates_between, run_once

    results = []
    for day in dates_between(first, last, every):
        if not quiet and not json:
            _say(f"as of {day}")
        result = run_once(home, day.isoformat(), received_at, quiet=True, even_if_nothing_new=True)
        results.append(result)
        if result["status"] == "blocked":
            break
    if json:
        _print_json(results)
    else:
        for result in results:
            print(f"{result['as_of'][:10]}  {result['status']}")
    if results and results[-1]["status"] == "blocked":
        raise typer.Exit(BLOCKED)


@app.command()
def retract(
    file_id: Annotated[
        str, typer.Argument(help="A file id, or the path of a file under landing/.", show_default=False)
    ],
    home: Home = DEFAULT_HOME,
    why: Annotated[str, typer.Option("--reason", help="Why, for those who read the receipt.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the file in again.")] = False,
    json: Json = False,
) -> None:
    """Undo a wrong drop: its rows leave every table at the next run; the file stays on record."""
    from pipelines.second_chances import retract_file

    found = retract_file(home, file_id, why, undo=undo)
    _print_json(found) if json else _show(found["said"])


@app.command()
def reprocess(
    file: Annotated[
        str | None, typer.Argument(help="A file id, or a path under landing/; all when left out.", show_default=False)
    ] = None,
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read refused files and rejected rows again after policy was mended, and publish."""
    from pipelines.second_chances import reprocess_files, reprocess_text

    found = reprocess_files(home, file, as_of, quiet=quiet or json)
    _print_json(found) if json else _show(reprocess_text(found))
    if found["run"]["status"] == "blocked":
        raise typer.Exit(BLOCKED)


@app.command()
def erase(
    email: Annotated[str | None, typer.Option("--email", help="An address of the person.")] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", help="A number of the person, with its country: +49 30 1234567.")
    ] = None,
    lead_id: Annotated[str | None, typer.Option("--lead-id", help="The lead, where several share an address.")] = None,
    discard: Annotated[
        str | None,
        typer.Option("--discard", metavar="FILE_ID", help="A file that nobody can be taken out of: all of it goes."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove a person everywhere, publish without them, and count what is left: 0 and all searched, or exit 1."""
    if discard is not None:
        from pipelines.discard import discard_file, discard_text
        from pipelines.errors import UsageError

        if any(value is not None for value in (email, phone, lead_id)):
            raise UsageError("--discard is about a file and goes alone; erase the person before or after")
        found = discard_file(home, discard, as_of=as_of, dry_run=dry_run, quiet=quiet or json)
        text = discard_text
    else:
        from pipelines.erase import erase_person, erasure_text

        found = erase_person(
            home, email=email, phone=phone, lead_id=lead_id, as_of=as_of, dry_run=dry_run, quiet=quiet or json
        )
        text = erasure_text
    _print_json(found) if json else _show(text(found))
    if (found["residual"] or found["unsearched"]) and not dry_run:
        raise typer.Exit(BLOCKED)


@app.command()
def status(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """Last runs, files, tables with row counts, failed checks."""
    from pipelines.status import home_status, status_text

    found = home_status(home)
    _print_json(found) if json else _show(status_text(found))


@app.command()
def explain(
    lead_id: Annotated[
        str, typer.Argument(help="A lead id, also an old one, or the id of a record.", show_default=False)
    ],
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Who a lead is, how its score adds up, why it was promoted or not and what is missing."""
    from pipelines.explain import explained, explanation_text

    found = explained(home, lead_id)
    _print_json(found) if json else _show(explanation_text(found))


@app.command()
def verify(
    what: Annotated[
        str, typer.Argument(help="balance, identity, ledger, forecast, receipts, erasure, determinism or all.")
    ] = "all",
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Prove the invariants on what is published."""
    from pipelines.verify import verification_text, verified

    found = verified(home, what)
    _print_json(found) if json else _show(verification_text(found))
    if not found["holds"]:
        raise typer.Exit(BLOCKED)


@app.command("map")
def map_file(
    file: Annotated[Path, typer.Argument(help="A file that no feed describes.", show_default=False)],
    write: Annotated[bool, typer.Option("--write", help="Write HOME/policy/feeds/<feed>.yaml.")] = False,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of row. Default: told from the columns.")] = None,
    home: Home = DEFAULT_HOME,
    json: Json = False,
) -> None:
    """Look at a file and propose its feed: which column is which field, how sure that is, and what is open."""
    from pipelines.map import proposal_text, proposed_feed

    found = proposed_feed(file, home, kind=kind, write=write)
    _print_json(found) if json else _show(proposal_text(found))
    if not json:
        _say("\n".join([*found["warnings"], *([f"written: {found['written']}"] if found["written"] else [])]))


@app.command()
def doctor(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """Look at database, grants, disk, locks, stale runs, feeds and files, and say what to do."""
    from pipelines.doctor import diagnosis, diagnosis_text

    found = diagnosis(home)
    _print_json(found) if json else _show(diagnosis_text(found))
    worst = max((item["exit_code"] for item in found["findings"]), default=0)
    if worst:
        raise typer.Exit(worst)


@policy_app.command("check")
def policy_check(home: Home = DEFAULT_HOME, json: Json = False) -> None:
    """Validate the policy as a whole; errors name file, line, key and what was expected."""
    from pipelines.errors import USAGE
    from pipelines.homes import policy_problems

    problems = policy_problems(home)
    if json:
        _print_json({"valid": not problems, "problems": [vars(problem) for problem in problems]})
    elif problems:
        _say("\n".join(map(str, problems)))
    else:
        print(f"{home / 'policy'} is valid")
    if problems:
        raise typer.Exit(USAGE)


class _RunFailed(Exception):
    """A run could not go on; the cause says why, `result` is what `--json` prints of it."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result["error"])
        self.result = result


class _Stopped(BaseException):
    """A signal asked to stop."""


@contextmanager
def _stop_signals() -> Iterator[Callable[[], int | None]]:
    """SIGTERM ends a run as Ctrl-C does, so that what is open is rolled back; a second one ends it at once.

    Dagster puts handlers of its own in place of ours while a step is at work, and DuckDB makes an error of its own of
    a query that was interrupted. The wake-up descriptor is told of a signal whoever handles it.

    Yields:
        Which signal arrived, if one did.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def stop(_number: int, _frame: object) -> None:
        for each in stopping:
            signal.signal(each, signal.SIG_DFL)
        raise _Stopped

    stopping = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in stopping}
    told, tells = os.pipe()
    os.set_blocking(told, False)
    os.set_blocking(tells, False)

    def arrived() -> int | None:
        with suppress(BlockingIOError):
            return next((number for number in os.read(told, 512) if number in stopping), None)
        return None

    woken = signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    try:
        for number in stopping:
            signal.signal(number, stop)
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(told)
        os.close(tells)


def main(arguments: list[str] | None = None, exit_: Callable[[int], Any] = sys.exit) -> None:
    """Runs a command; every error is one clear message and its exit code, never a traceback.

    `SLUICE_DEBUG=1` shows the traceback of an unexpected error.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    code = _exit_code(arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the interpreter would try again on its way out, and make another exit code of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or (UNREACHABLE if stream is sys.stdout else 0)
    exit_(code)


def _exit_code(arguments: list[str] | None) -> int:
    with _stop_signals() as arrived:
        try:
            code = app(args=arguments, standalone_mode=False)
        except BaseException as error:
            number = arrived()
            if number is not None:
                _say("stopped; nothing is half-done, run again to go on")
                return 128 + number
            if isinstance(error, typer.Exit):
                return error.exit_code
            if isinstance(error, Exception):
                return _answer(error, "--json" in (sys.argv[1:] if arguments is None else arguments))
            raise
    return code if isinstance(code, int) else 0


def _answer(error: BaseException, json: bool) -> int:
    """The exit code of an error, after its message was printed, and what `--json` prints of it."""
    from click.exceptions import ClickException

    result: dict[str, Any] = {}
    if isinstance(error, _RunFailed) and error.__cause__ is not None:
        result, error = error.result, error.__cause__
    if isinstance(error, ClickException):
        code, said = error.exit_code, error.format_message()
        error.show()
    else:
        code = exit_code_of(error)
        said = str(told(error)) if code != UNEXPECTED else f"unexpected {type(error).__name__}: {error}"
    if json:
        _print_json(result or {"status": "failed", "error": said, "exit_code": code})
    if code == UNEXPECTED and os.environ.get("SLUICE_DEBUG"):
        raise error
    if not isinstance(error, ClickException):
        _say(f"sluice: {said}{' (SLUICE_DEBUG=1 shows where)' if code == UNEXPECTED else ''}")
    return code


if __name__ == "__main__":
    main()
