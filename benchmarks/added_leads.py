"""What a hundredth more leads costs a whole run, table by table: the second run beside the first.

Usage: ``python -m benchmarks.added_leads [--leads N] [--json FILE]``. A simulated world is taken in by ``sluice run``;
then form and partner files of another world, a hundredth as large, are dropped over the same months, and it runs again.
The bar is for the tables of identity together.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from assets.contract import Table
from assets.identity import tables as identity
from benchmarks.run import SLUICE, UNTIL, measured

#: At most so much of the seconds of the first run, for the tables of identity.
MOST = 0.35
FIRST, SECOND = "2026-06-30T00:00:00Z", "2026-06-30T01:00:00Z"
OTHER_SEED = 77
#: Tables of identity in the order of a run.
TABLES = tuple(found.name for found in vars(identity).values() if isinstance(found, Table))


def simulate(home: Path, leads: int, seed: int) -> None:
    """A world of so many people."""
    made = [str(SLUICE), "simulate", str(home), "--leads", str(leads), "--events-per-lead", "5", "--until", UNTIL]
    measured([*made, "--seed", str(seed), "--json"])


def add(landing: Path, other: Path) -> int:
    """Drops the leads of another world beside those that are there, under names of their own; says how many files."""
    files = [path for folder in ("forms", "partners") for path in (other / folder).rglob("*") if path.is_file()]
    for path in files:
        name, dot, ending = path.name.partition(".")
        target = landing / path.relative_to(other).with_name(f"{name}_more{dot}{ending}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return len(files)


def bench(leads: int, work: Path) -> dict[str, Any]:
    """Both runs.

    Returns:
        Seconds of each table of identity, and of the whole, in the first run and in the second.
    """
    home, other = work / "home", work / "other"
    simulate(home, leads, 1)
    simulate(other, max(leads // 100, 1), OTHER_SEED)
    command = [str(SLUICE), "run", "--home", str(home), "--as-of", UNTIL, "--json", "--received-at"]
    first = measured([*command, FIRST]).said
    files = add(home / "landing", other / "landing")
    second = measured([*command, SECOND]).said
    assert (first["status"], second["status"]) == ("published", "published"), (first["status"], second["status"])
    assert 0 < second["files"]["accepted"] <= files, second["files"]
    return {
        "leads": leads,
        "rows": [first["rows"], second["rows"]],
        "tables": {name: [first["seconds"][name], second["seconds"][name]] for name in TABLES},
        "total": [first["seconds"]["total"], second["seconds"]["total"]],
    }


def main() -> int:
    """Runs it and prints both runs beside each other; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as work:
        result = bench(asked.leads, Path(work))
    for name, (first, second) in result["tables"].items():
        print(f"{name:24}{first:8.2f} s{second:8.2f} s")
    first, second = (sum(seconds[at] for seconds in result["tables"].values()) for at in (0, 1))
    print(f"{'identity':24}{first:8.2f} s{second:8.2f} s   {second / first:.2f}x; bar {MOST}x")
    whole = result["total"]
    print(f"{'the whole run':24}{whole[0]:8.2f} s{whole[1]:8.2f} s   {whole[1] / whole[0]:.2f}x")
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return int(second > MOST * first)


if __name__ == "__main__":
    sys.exit(main())
