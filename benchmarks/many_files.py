"""A folder with very many small files: seconds of a whole run, of a run that finds nothing new, and how both grow.

Usage: ``python -m benchmarks.many_files [--files N ...] [--rows N] [--json FILE]``. Each run is a process of its own,
start-up included, into SQLite. With several sizes it prints how seconds per file change: where they grow, something
looks at every file for every file.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.run import SLUICE, measured

#: Seconds per file may grow by so much from one size to the next: fixed costs count less and less in it.
MOST_GROWTH = 1.1
AS_OF = "2026-06-30"
_FIRST = ("Anna", "Bo", "Ema", "Hugo", "Ines", "Jun", "Lea")
_LAST = ("Berg", "Lind", "Silva", "Rossi", "Wang")
_FEED = {
    "feed": "bench",
    "kind": "leads",
    "match": "partners/bench/*",
    "key": ["Ref"],
    "columns": {"email": "Email", "full_name": "Name", "company": "Company"},
}


def write_files(folder: Path, files: int, rows: int) -> None:
    """Small CSV files of one partner, each of other people."""
    folder.mkdir(parents=True)
    for at in range(files):
        lines = ["Ref,Email,Name,Company"]
        for number in range(at * rows, (at + 1) * rows):
            name = f"{_FIRST[number % 7]} {_LAST[number // 7 % 5]}"
            lines.append(f"{number},user{number}@firm{number % 50_021}.example,{name},Firm {number % 50_021}")
        (folder / f"drop_{at:06}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


def bench(files: int, rows: int, work: Path) -> dict[str, Any]:
    """Two runs over so many files, the second of which finds nothing new.

    Returns:
        seconds, peak memory and steps of the first, seconds of the second.
    """
    home = work / f"home-{files}"
    measured([str(SLUICE), "init", str(home), "--json"])
    (home / "policy" / "feeds" / "bench.yaml").write_text(json.dumps(_FEED), encoding="utf-8")
    write_files(home / "landing" / "partners" / "bench", files, rows)
    time.sleep(2.5)  # a file that changed a moment ago is hashed again by the next run
    command = [str(SLUICE), "run", "--home", str(home), "--as-of", AS_OF, "--json"]
    first, second = measured(command), measured(command)
    assert (first.said["files"]["accepted"], first.said["rows"]["accepted"]) == (files, files * rows), first.said
    assert second.said["status"] == "nothing_new", second.said
    said = {"files": files, "rows": files * rows, "seconds": first.seconds, "peak_gib": first.peak_gib}
    said |= {"steps": first.said["seconds"], "again_seconds": second.seconds, "again_peak_gib": second.peak_gib}
    print(
        f"\n{files:,} files of {rows} rows: {first.seconds:.1f} s ({first.seconds / files * 1000:.1f} ms each), "
        f"{first.peak_gib:.2f} GiB; again, with nothing new: {second.seconds:.1f} s, {second.peak_gib:.2f} GiB"
    )
    steps = {step: seconds for step, seconds in first.said["seconds"].items() if step != "total"}
    for step, seconds in sorted(steps.items(), key=lambda item: -item[1])[:6]:
        print(f"  {step:20}{seconds:8.1f} s{seconds / files * 1000:8.2f} ms a file", flush=True)
    return said


def main(arguments: Sequence[str]) -> int:
    """Measures each number of files.

    Returns:
        0 where seconds per file do not grow with the number of files, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[2_000, 10_000])
    parser.add_argument("--rows", type=int, default=3, help="of each file")
    parser.add_argument("--work", type=Path, help="where to put homes; default: a temporary folder")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir=asked.work) as folder:
        found = [bench(files, asked.rows, Path(folder)) for files in sorted(asked.files)]
    kept = True
    for smaller, larger in itertools.pairwise(found):
        growth = (larger["seconds"] / larger["files"]) / (smaller["seconds"] / smaller["files"])
        kept = kept and growth <= MOST_GROWTH
        print(
            f"\nfrom {smaller['files']:,} to {larger['files']:,} files the time of each grows {growth:.2f}x "
            f"(bar {MOST_GROWTH}: {'kept' if growth <= MOST_GROWTH else 'NOT KEPT'})"
        )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
