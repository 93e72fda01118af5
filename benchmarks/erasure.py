"""Erasing one person of a simulated home: how long looking for what is left takes, and the whole command.

Usage: ``python -m benchmarks.erasure [--leads N] [--events-per-lead K] [--home HOME]``. A home that is there is copied,
never changed; without one a world is simulated and run. Prints seconds, of the clock and of the processor, of one look
for a person by words, by tombstones, and by both at once, then of `sluice erase`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.run import ROOT, SLUICE, UNTIL, measured
from pipelines.sought import Erased, Sought, Words
from pipelines.traces import find_traces
from serving.published import opened
from sources.tombstones import EMAIL, PHONE, Key, Tombstones, phone_forms


def made_home(folder: Path, leads: int, events_per_lead: float) -> Path:
    """A simulated world, published once."""
    home = folder / "made"
    for command in (
        ["simulate", str(home), "--leads", str(leads), "--events-per-lead", str(events_per_lead), "--until", UNTIL],
        ["run", "--home", str(home), "--as-of", UNTIL],
    ):
        subprocess.run([SLUICE, *command, "--quiet"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return home


def somebody(home: Path) -> tuple[str, str, str]:
    """Name, address and number of a lead with several records."""
    with opened(home) as warehouse, warehouse.reading() as connection:
        leads = warehouse.schema.tables["leads"]
        query = sa.select(leads.c.full_name, leads.c.email, leads.c.phone).order_by(leads.c.lead_id).limit(1)
        told = [column.is_not(None) for column in (leads.c.full_name, leads.c.email, leads.c.phone)]
        row = connection.execute(query.where(*told, leads.c.record_count >= 3)).one()
    return row[0], row[1], row[2]


def look(home: Path, name: str, *sought: Sought) -> None:
    """Prints the seconds of one look."""
    wall, processor = time.perf_counter(), time.process_time()
    found = find_traces(home, *sought)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    hits = ", ".join(str(traces.total) for traces in found)
    print(f"{name:<12} {wall:7.1f} s {processor:7.1f} s of the processor   found {hits}", flush=True)


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=30_000)
    parser.add_argument("--events-per-lead", type=float, default=20)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        home = Path(folder) / "home"
        shutil.copytree(asked.home or made_home(Path(folder), asked.leads, asked.events_per_lead), home)
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        name, email, phone = somebody(home)
        words = Words(frozenset({name, email, phone, *phone_forms(phone)}))
        key = Key("bench", b"secret")
        numbers = frozenset(key.of(PHONE, form) for form in phone_forms(phone))
        erased = Erased(Tombstones((key,), {EMAIL: frozenset({key.of(EMAIL, email)}), PHONE: numbers}))
        print(f"{size / 1e6:,.0f} MB in files", flush=True)
        look(home, "words", words)
        look(home, "tombstones", erased)
        look(home, "both at once", words, erased)
        told = measured([str(SLUICE), "erase", "--home", str(home), "--email", email, "--as-of", UNTIL, "--json"])
        print(f"sluice erase {told.seconds:7.1f} s, {told.peak_gib:.2f} GiB; residual {told.said['residual']}")
        sys.exit(bool(told.said["residual"] or told.said["unsearched"]))


if __name__ == "__main__":
    main()
