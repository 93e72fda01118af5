"""Taking files in, beside other readers of the same files in the same session: seconds, processor seconds, memory.

Usage: ``python -m benchmarks.intake [--rows N] [--events N] [--messy N] [--sheet N] [--rounds N] [--json FILE]
[--no-lines] [--no-memory]``. Every measurement is a process of its own. What counts is the time from the landing
zone to the committed raw layer, without what starting a process costs; beside it DuckDB writes the same file to
Parquet as text, and pandas or calamine reads it. Normalisation and receipts have lines of their own.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.run import ROOT, SLUICE, Measured, measured

#: The bars: seconds beside the other reader, and memory at ten times the rows beside memory.
MOST_RATIO, MOST_GROWTH = 3.0, 1.3
#: The steps of a run from committed raw to lead records.
NORMALISATION = ("landed_files", "file_readings", "lead_rows", "lead_records", "rejected_rows", "source_files")
SEED = 20260301
PARTNER = ("id", "created", "first name", "last name", "email", "phone", "company", "city", "country", "budget", "note")
_FIRST = ("Anna", "Bo", "Chloé", "Dmitri", "Ema", "Farid", "Grace", "Hugo", "Ines", "Jun")
_LAST = ("Berg", "Lind", "Müller", "Rossi", "Novák", "Silva", "Smith", "Wang", "Kowalski", "Haddad")
_CITIES = ("Wuhan", "Berlin", "Lyon", "Porto", "Brno", "Turin", "Leeds", "Graz")
_SAYS = ("asked for a demo", "met at the fair", "", "wants a quote, soon", "call back in May")
_CHINESE = ("王小红", "李明", "张伟", "刘洋", "陈静")
_COMPANIES = ("华信科技有限公司", "东方贸易", "长江电子", "北方重工集团")
_PAGES = ("/", "/pricing", "/docs/start", "/blog/why", "/contact")
_KINDS = ("page_view", "download", "form_start", "video")


# --- files -----------------------------------------------------------------------------------------------------


def write_partner(path: Path, rows: int) -> None:
    """A clean CSV of a partner: UTF-8, one record a line."""
    chance = random.Random(SEED)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(PARTNER)
        for at in range(rows):
            first, last = chance.choice(_FIRST), chance.choice(_LAST)
            writer.writerow(
                (
                    f"P-{at:08}",
                    f"2026-0{1 + at % 6}-{1 + at % 28:02} {at % 24:02}:{at % 60:02}:00",
                    first,
                    last,
                    f"user{at}@firm{chance.randrange(50_000)}.example",
                    f"+49 30 {chance.randrange(10**7):07}",
                    f"{last} & Co {chance.randrange(50_000)}",
                    chance.choice(_CITIES),
                    "DE",
                    chance.randrange(100, 90_000),
                    chance.choice(_SAYS),
                )
            )


def write_events(path: Path, rows: int) -> None:
    """Events of a web site, one JSON object a line."""
    chance = random.Random(SEED)
    with path.open("w", encoding="utf-8") as stream:
        for at in range(rows):
            event = {
                "event_id": f"{chance.getrandbits(64):016x}",
                "type": chance.choice(_KINDS),
                "occurred_at": f"2026-0{1 + at % 6}-{1 + at % 28:02}T{at % 24:02}:{at % 60:02}:{at % 60:02}Z",
                "email": f"user{chance.randrange(1_000_000)}@firm.example" if at % 3 == 0 else None,
                "page": {"path": chance.choice(_PAGES), "seconds": chance.randrange(600)},
                "value": round(chance.random() * 100, 2),
            }
            stream.write(json.dumps(event) + "\n")


def write_messy(path: Path, rows: int) -> None:
    """A CSV as Excel in China writes it: GB18030, every field quoted, quotes and line ends inside."""
    chance = random.Random(SEED)
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(("编号", "姓名", "邮箱", "手机", "公司", "备注"))
        for at in range(rows):
            said = ('他说"可以"', "第一行\n第二行", "展会, 二号馆", "")[at % 4]
            writer.writerow(
                (
                    at,
                    chance.choice(_CHINESE),
                    f"user{at}@firm.example",
                    f"138{at:08}",
                    f"{chance.choice(_COMPANIES)}{chance.randrange(9_999)}",
                    said,
                )
            )


def write_sheet(path: Path, rows: int) -> None:
    """A workbook of one sheet."""
    import xlsxwriter

    chance = random.Random(SEED)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet("Leads")
        page.write_row(0, 0, PARTNER)
        for at in range(1, rows + 1):
            last = chance.choice(_LAST)
            page.write_row(
                at,
                0,
                (
                    f"P-{at:08}",
                    "2026-03-01",
                    chance.choice(_FIRST),
                    last,
                    f"user{at}@firm.example",
                    f"+49 30 {chance.randrange(10**7):07}",
                    f"{last} & Co",
                    chance.choice(_CITIES),
                    "DE",
                    chance.randrange(100, 90_000),
                    chance.choice(_SAYS),
                ),
            )


# --- the sides: each prints {"seconds": .., "processor": ..} ------------------------------------------------------


def _land(file: Path, work: Path) -> Callable[[], None]:
    from policy.feeds import Feed
    from sources import looks
    from sources.landing import take_landing

    for library in (
        "duckdb",
        "pandas",
        "sources.readers.json_query",
    ):  # loading them is the start of a process, not the way
        import_module(library)
    home = work / "home"
    folder = home / "landing" / "partners" / "bench"
    folder.mkdir(parents=True)
    os.link(file, folder / file.name)
    looks.STILL_SECONDS = 0.0  # a file is looked at twice with a pause that is no work
    columns = {"email": ["email", "邮箱"]}
    feed = Feed.model_validate({"feed": "bench", "kind": "leads", "match": "partners/bench/*", "columns": columns})
    policy = SimpleNamespace(feeds=[feed])

    def work_of_it() -> None:
        taken = take_landing(home, policy)
        assert [file.refused for file in taken.files] == [None], taken

    return work_of_it


def _duckdb(file: Path, work: Path) -> Callable[[], None]:
    import duckdb

    def work_of_it() -> None:
        with duckdb.connect() as engine:
            engine.execute("SET threads TO 2")
            if file.suffix == ".jsonl":
                keys = dict.fromkeys(json.loads(file.open(encoding="utf-8").readline()), "VARCHAR")
                rows = engine.read_json(str(file), format="newline_delimited", columns=keys)
            else:
                rows = engine.read_csv(str(file), all_varchar=True)
            rows.write_parquet(str(work / "rows.parquet"))

    return work_of_it


def _pandas(file: Path, _: Path) -> Callable[[], None]:
    import pandas as pd

    return lambda: _used(pd.read_csv(file, encoding="gb18030", dtype=str, keep_default_na=False))


def _calamine(file: Path, _: Path) -> Callable[[], None]:
    from python_calamine import CalamineWorkbook

    return lambda: _used(CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python())


def _used(rows: Any) -> None:
    assert len(rows) > 0


SIDES: dict[str, Callable[[Path, Path], Callable[[], None]]] = {
    "sluice": _land,
    "duckdb": _duckdb,
    "pandas": _pandas,
    "calamine": _calamine,
}


def _side(name: str, file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=file.parent) as work:
        do = SIDES[name](file, Path(work))
        started, used = time.perf_counter(), _processor_seconds()
        do()
        print(json.dumps({"seconds": time.perf_counter() - started, "processor": _processor_seconds() - used}))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return float(used.ru_utime + used.ru_stime)


# --- measuring -----------------------------------------------------------------------------------------------


def _beside(file: Path, others: Sequence[str], rounds: int) -> dict[str, list[Measured]]:
    """All sides in turn, so that a busy moment meets all of them."""
    found: dict[str, list[Measured]] = {name: [] for name in ("sluice", *others)}
    for _, name in itertools.product(range(rounds), found):
        found[name].append(measured([sys.executable, "-m", "benchmarks.intake", "--side", name, str(file)]))
    return found


def _middle(found: Sequence[Measured], what: str) -> float:
    return float(statistics.median(one.said[what] for one in found))


def _compare(title: str, file: Path, rows: int, others: Sequence[str], rounds: int) -> dict[str, Any]:
    found = _beside(file, others, rounds)
    print(f"\n{title}: {rows:,} rows, {file.stat().st_size / 2**20:,.0f} MiB")
    said: dict[str, Any] = {"rows": rows, "bytes": file.stat().st_size}
    for name, ones in found.items():
        seconds, processor = _middle(ones, "seconds"), _middle(ones, "processor")
        peak = max(one.peak_gib for one in ones) * 1024
        said[name] = {"seconds": seconds, "processor": processor, "peak_mib": peak}
        against = ""
        if name != "sluice":
            ratio, of_processor = (said["sluice"][what] / said[name][what] for what in ("seconds", "processor"))
            said[name] |= {"ratio": ratio, "processor_ratio": of_processor, "kept": ratio <= MOST_RATIO}
            against = f"   sluice takes {ratio:.2f}x ({of_processor:.2f}x of the processor); bar {MOST_RATIO:.0f}x"
        print(f"  {name:9}{seconds:8.2f} s{processor:8.2f} s of the processor{peak:8.0f} MiB{against}", flush=True)
    return said


def _steps(file: Path, rows: int) -> dict[str, Any]:
    """Normalisation and receipts of a partner file, from a whole run: seconds, and seconds per million rows."""
    home = file.parent / "whole"
    _sluice("init", str(home))
    feed = {
        "feed": "bench",
        "kind": "leads",
        "match": "partners/bench/*",
        "key": ["id"],
        "columns": {
            "first_name": "first name",
            "last_name": "last name",
            **{name: name for name in ("email", "phone", "company", "city", "country")},
        },
    }
    (home / "policy" / "feeds" / "bench.yaml").write_text(json.dumps(feed), encoding="utf-8")
    folder = home / "landing" / "partners" / "bench"
    folder.mkdir(parents=True)
    os.link(file, folder / file.name)
    took = json.loads(_sluice("run", "--home", str(home), "--as-of", "2026-06-30", "--json"))["seconds"]
    shutil.rmtree(home)
    said: dict[str, Any] = {}
    print("\nsteps of a run on the partner CSV")
    for title, steps in (("normalisation", NORMALISATION), ("receipts", ("receipts",))):
        seconds = sum(took[step] for step in steps)
        said[title] = {"seconds": seconds, "per_million_rows": seconds * 1e6 / rows}
        print(f"  {title:14}{seconds:8.2f} s{seconds * 1e6 / rows:8.1f} s per million rows", flush=True)
    return said


def _sluice(*words: str) -> str:
    done = subprocess.run([SLUICE, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"sluice {' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def _memory(title: str, write: Callable[[Path, int], None], name: str, rows: int, work: Path) -> dict[str, Any]:
    """Peak memory at a tenth of the rows and at all of them."""
    peaks = []
    for count in (rows // 10, rows):
        file = work / f"{count}-{name}"
        write(file, count)
        one = measured([sys.executable, "-m", "benchmarks.intake", "--side", "sluice", str(file)])
        peaks.append(one.peak_gib * 1024)
        file.unlink()
    growth = peaks[1] / peaks[0]
    print(
        f"\nmemory, {title}: {peaks[0]:.0f} MiB at {rows // 10:,} rows, {peaks[1]:.0f} MiB at {rows:,}: "
        f"{growth:.2f}x; bar {MOST_GROWTH}x",
        flush=True,
    )
    return {"rows": rows, "peak_mib": peaks, "growth": growth, "kept": growth < MOST_GROWTH}


def _kept(said: Any) -> Iterator[bool]:
    if isinstance(said, dict):
        for key, value in said.items():
            yield from [value] if key == "kept" else _kept(value)


def main(arguments: Sequence[str]) -> int:
    """Prints every comparison.

    Returns:
        0 when every bar is kept, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the clean partner CSV")
    parser.add_argument("--events", type=int, help="lines of the event file; five times the rows by default")
    parser.add_argument("--messy", type=int, help="rows of the messy CSV; a fifth of the rows by default")
    parser.add_argument("--sheet", type=int, help="rows of the workbook; a tenth of the rows by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--no-lines", action="store_true", help="leave out normalisation and receipts")
    parser.add_argument("--no-memory", action="store_true", help="leave out how memory grows")
    parser.add_argument("--side", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.side:
        _side(asked.side[0], Path(asked.side[1]))
        return 0
    rows = asked.rows
    events, messy, sheet = asked.events or 5 * rows, asked.messy or rows // 5, asked.sheet or rows // 10
    said: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        work = Path(folder)
        for title, name, write, count, others in (
            ("partner CSV", "partner.csv", write_partner, rows, ["duckdb"]),
            ("event JSONL", "events.jsonl", write_events, events, ["duckdb"]),
            ("messy CSV", "messy.csv", write_messy, messy, ["pandas"]),
            ("workbook", "sheet.xlsx", write_sheet, sheet, ["calamine"]),
        ):
            write(work / name, count)
            said[title] = _compare(title, work / name, count, others, asked.rounds)
            if name == "partner.csv" and not asked.no_lines:
                said["steps"] = _steps(work / name, count)
            (work / name).unlink()
        if not asked.no_memory:
            said["memory"] = {
                "CSV": _memory("partner CSV", write_partner, "partner.csv", rows, work),
                "JSONL": _memory("event JSONL", write_events, "events.jsonl", events, work),
            }
    if asked.json:
        asked.json.write_text(json.dumps(said, indent=1), encoding="utf-8")
    return 0 if all(_kept(said)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
