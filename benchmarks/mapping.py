"""Matching of columns beside difflib, on tables whose true matches are known: F1, and whether confidence tells.

Usage: ``python -m benchmarks.mapping [FOLDER]``, FOLDER with ``column_mapping/`` in it; by default the one that
SLUICE_ACCEPTANCE_DATA names. A case is a folder with source.csv, target.csv and expected.json, or an entry of
``cases`` in a JSON file. Both sides see the same cases in one run; difflib is given the best of its thresholds.
"""

from __future__ import annotations

import csv
import difflib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.mapping.assignment import best_assignment
from sources.mapping.matching import matched_tables

Table = Mapping[str, Sequence[str | None]]
Matches = Mapping[tuple[str, str], float]

#: What the matcher is held to, by set.
BARS = {"tpch": 0.92, "synthetic": 0.95}
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Case:
    """Two tables and the pairs of columns that are the same.

    Attributes:
        group: the set it belongs to.
        name: of the case.
        source: sample of cells by header.
        target: sample of cells by header.
        truth: pairs of headers.
    """

    group: str
    name: str
    source: Table
    target: Table
    truth: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Score:
    """How well a matcher did on a set.

    Attributes:
        f1: over all pairs of the set.
        mean_f1: mean of the cases' own.
        right: pairs found.
        wrong: pairs found that are none.
        missed: pairs not found.
    """

    f1: float
    mean_f1: float
    right: int
    wrong: int
    missed: int


def cases(folder: Path) -> Iterator[Case]:
    """Every case under a folder, by path."""
    for path in sorted(folder.rglob("expected.json")):
        place = path.parent
        source, target = (_read_table(place / f"{side}.csv") for side in ("source", "target"))
        truth = json.loads(path.read_text(encoding="utf-8"))["mappings"]
        yield Case(place.parent.name, place.name, source, target, _pairs(truth))
    for path in sorted(folder.rglob("*.json")):
        listed = json.loads(path.read_text(encoding="utf-8"))
        for case in listed.get("cases", []) if isinstance(listed, dict) else []:
            source, target = (_samples(case[f"{side}_fields"]) for side in ("source", "target"))
            yield Case(path.parent.name, case["id"], source, target, _pairs(case["expected"]["mappings"]))


def _samples(columns: Sequence[Mapping[str, Any]]) -> Table:
    return {column["name"]: column["samples"] for column in columns}


def _pairs(mappings: Sequence[Mapping[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((pair["source"], pair["target"]) for pair in mappings)


def _read_table(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        headers, *rows = csv.reader(stream)
    return {header: [row[at] if at < len(row) else None for row in rows] for at, header in enumerate(headers)}


def ours(case: Case) -> Matches:
    """By names and values."""
    return {(pair.source, pair.target): pair.confidence for pair in matched_tables(case.source, case.target)}


def ours_by_names(case: Case) -> Matches:
    """By names alone."""
    source, target = (dict.fromkeys(table, ()) for table in (case.source, case.target))
    return {(pair.source, pair.target): pair.confidence for pair in matched_tables(source, target)}


def difflib_at(threshold: float) -> Callable[[Case], Matches]:
    """The ratio of names in lower case that difflib finds, the best one-to-one assignment, from a threshold on."""

    def matcher(case: Case) -> Matches:
        source, target = list(case.source), list(case.target)
        ratios = [
            [difflib.SequenceMatcher(None, a.lower(), b.lower()).ratio() for b in target] for a in source
        ]  # fmt: skip
        return {
            (source[row], target[column]): ratios[row][column]
            for row, column in enumerate(best_assignment(ratios))
            if column is not None and ratios[row][column] >= threshold
        }

    return matcher


def score(matcher: Callable[[Case], Matches], of: Sequence[Case]) -> Score:
    """F1 of a matcher on cases."""
    counts = []
    for case in of:
        found = set(matcher(case))
        counts.append((len(found & case.truth), len(found - case.truth), len(case.truth - found)))
    right, wrong, missed = (sum(count[at] for count in counts) for at in range(3))
    return Score(_f1(right, wrong, missed), sum(_f1(*count) for count in counts) / len(counts), right, wrong, missed)


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def reliability(matcher: Callable[[Case], Matches], of: Sequence[Case]) -> list[tuple[float, int, float]]:
    """Per tenth of confidence from 0.5 on: its lower end, pairs found, share of them that are right."""
    tenths: dict[int, list[bool]] = {}
    for case in of:
        for pair, confidence in matcher(case).items():
            tenths.setdefault(min(9, int(confidence * 10)), []).append(pair in case.truth)
    return [(tenth / 10, len(found), sum(found) / len(found)) for tenth, found in sorted(tenths.items())]


def main(arguments: Sequence[str]) -> int:
    """Prints both sides, set by set.

    Returns:
        0 when every bar is kept, else 1.
    """
    given = arguments[0] if arguments else os.environ.get("SLUICE_ACCEPTANCE_DATA", "")
    folder = Path(given) / "column_mapping"
    if not given or not folder.is_dir():
        print("name the folder that has column_mapping/ in it, or set SLUICE_ACCEPTANCE_DATA", file=sys.stderr)
        return 2
    kept = True
    print(f"{'set':12}{'matcher':26}{'F1':>7}{'mean F1':>9}{'right':>7}{'wrong':>7}{'missed':>8}{'seconds':>9}")
    for group, members in itertools.groupby(sorted(cases(folder), key=lambda case: case.group), lambda c: c.group):
        of = list(members)
        tried = {threshold: score(difflib_at(threshold), of) for threshold in THRESHOLDS}
        best = max(tried, key=lambda threshold: tried[threshold].f1)
        started = time.perf_counter()
        mine = score(ours, of)
        seconds = time.perf_counter() - started
        _print(group, "sluice", mine, seconds)
        _print(group, "sluice, names alone", score(ours_by_names, of))
        _print(group, f"difflib, best ({best:.1f})", tried[best])
        _print(group, "difflib, its default (0.6)", tried[0.6])
        for low, count, share in reliability(ours, of):
            print(f"{'':12}confidence from {low:.1f}: {count:5} pairs, {share:.0%} right")
        bar = BARS.get(group)
        if bar is not None:
            kept = kept and mine.f1 > bar
            print(f"{'':12}bar {bar}: {'kept' if mine.f1 > bar else 'NOT KEPT'}")
    return 0 if kept else 1


def _print(group: str, name: str, found: Score, seconds: float | None = None) -> None:
    took = f"{seconds:9.2f}" if seconds is not None else ""
    numbers = f"{found.f1:7.3f}{found.mean_f1:9.3f}{found.right:7}{found.wrong:7}{found.missed:8}"
    print(f"{group:12}{name:26}{numbers}{took}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
