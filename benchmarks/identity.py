"""Who is the same person, beside plain Splink on the same files: pair precision, recall and F1.

Usage: ``python -m benchmarks.identity [SET ...] [--data FOLDER] [--json FILE]``. FOLDER holds ``fake_1000/`` and
``febrl/`` as they are published; by default it is the one that SLUICE_ACCEPTANCE_DATA names, and without it the
made-up sets of :mod:`benchmarks.people` are left. Sluice runs whole (``sluice run`` on a home of its own, the shipped
policy, one feed per file); nothing is tuned to a set but what its feed says the columns are. Splink gets comparisons
from its own library as its documentation uses them, and is also given the best of its thresholds, which it could not
know without the truth.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import logging
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.people import company_writings, customers, people_with_gaps
from pipelines.homes import make_home
from pipelines.run import run_once

#: (feed, key) of a record.
Key = tuple[str, str]
THRESHOLD = 0.95
SEED = 20260301


@dataclass(frozen=True)
class Case:
    """A set of records with its truth.

    Attributes:
        name: of the set.
        tables: rows by feed, as text, each with its key in `key`.
        key: header of the key.
        person: from a row to the person it is of.
        columns: canonical field -> header, as the feed says it.
        kinds: header -> what plain Splink compares it as: name, date, email, exact, text.
        blocks: what plain Splink blocks on.
        formats: of the feed.
        only_across: only pairs of two tables count, since a table holds nobody twice.
        bar: F1 that is to be reached; None where there is none.
    """

    name: str
    tables: Mapping[str, list[dict[str, str]]]
    key: str
    person: Callable[[dict[str, str]], str]
    columns: Mapping[str, str]
    kinds: Mapping[str, str]
    blocks: tuple[tuple[str, ...], ...]
    formats: Mapping[str, str] = field(default_factory=dict)
    only_across: bool = False
    bar: float | None = None

    def truth(self) -> dict[Key, str]:
        """The person of each record."""
        return {(feed, row[self.key]): self.person(row) for feed, rows in self.tables.items() for row in rows}


@dataclass(frozen=True)
class Score:
    """How well pairs were found."""

    precision: float
    recall: float
    f1: float


def pairs_of(groups: Mapping[Key, str], only_across: bool) -> set[tuple[Key, Key]]:
    """The pairs of records that are in one group."""
    members: dict[str, list[Key]] = defaultdict(list)
    for key, group in groups.items():
        members[group].append(key)
    return {
        pair
        for keys in members.values()
        for pair in itertools.combinations(sorted(keys), 2)
        if not only_across or pair[0][0] != pair[1][0]
    }


def score(found: set[tuple[Key, Key]], true: set[tuple[Key, Key]]) -> Score:
    """Precision, recall and their harmonic mean over pairs."""
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return Score(precision, recall, 2 * precision * recall / max(precision + recall, 1e-12))


# --- both sides ------------------------------------------------------------------------------------------------


def ours(case: Case, work: Path) -> dict[Key, str]:
    """The lead of each record, by a whole run on a home with the shipped policy."""
    home = work / case.name
    make_home(home)
    feeds = home / "policy" / "feeds"
    shutil.rmtree(feeds)
    feeds.mkdir()
    for feed, rows in case.tables.items():
        said = {
            "feed": feed,
            "kind": "leads",
            "match": f"{feed}.csv",
            "channel": "partner",
            "key": [case.key],
            "columns": dict(case.columns),
            "formats": dict(case.formats),
            "require": [],
        }
        (feeds / f"{feed}.yaml").write_text(json.dumps(said), encoding="utf-8")  # JSON is YAML
        pd.DataFrame(rows).to_csv(home / "landing" / f"{feed}.csv", index=False)
    run_once(home, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", quiet=True)
    with sqlite3.connect(home / "warehouse.db") as connection:
        leads = connection.execute(
            "SELECT source_name, source_key, lead_id FROM lead_records JOIN lead_identities USING (record_id)"
        ).fetchall()
    shutil.rmtree(home)
    found = {(feed, key): lead for feed, key, lead in leads}
    return {key: found.get(key, f"none of {key}") for key in case.truth()}


def splinks(case: Case) -> tuple[pd.DataFrame, list[Key]]:
    """Pairs that plain Splink finds, with their probability, by position; and the records."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    made: dict[str, Callable[[str], Any]] = {
        "name": library.NameComparison,
        "date": lambda header: library.DateOfBirthComparison(header, input_is_string=True),
        "email": library.EmailComparison,
        "exact": lambda header: library.ExactMatch(header).configure(term_frequency_adjustments=True),
        "text": lambda header: library.JaroWinklerAtThresholds(header, [0.92, 0.8]),
    }
    frames = [pd.DataFrame(rows).assign(feed=feed) for feed, rows in case.tables.items()]
    frame = pd.concat(frames, ignore_index=True).replace("", None)
    keys = [(str(feed), str(key)) for feed, key in zip(frame["feed"], frame[case.key], strict=True)]
    frame["number"] = range(len(frame))
    api = DuckDBAPI()
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="number",
        comparisons=[made[kind](header) for header, kind in case.kinds.items()],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in case.blocks],
    )
    linker = Linker(api.register(frame[["number", *case.kinds]]), settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for block in case.blocks[:2] if len(case.kinds) > 1 else ():  # one comparison alone cannot be trained
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    found = linker.inference.predict(threshold_match_probability=0.01, warning_mode="never").as_pandas_dataframe()  # type: ignore[no-untyped-call]
    return found[["number_l", "number_r", "match_probability"]], keys


def grouped(pairs: Iterable[tuple[int, int]], keys: list[Key]) -> dict[Key, str]:
    """Connected components."""
    group = list(range(len(keys)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for left, right in pairs:
        group[root(left)] = root(right)
    return {key: str(root(at)) for at, key in enumerate(keys)}


def compared(case: Case, work: Path) -> dict[str, Any]:
    """Both sides on one set."""
    true = pairs_of(case.truth(), case.only_across)
    started = time.perf_counter()
    mine = score(pairs_of(ours(case, work), case.only_across), true)
    seconds = time.perf_counter() - started
    found, keys = splinks(case)

    def at(threshold: float) -> Score:
        kept = found[found["match_probability"] >= threshold]
        groups = grouped(zip(kept["number_l"], kept["number_r"], strict=True), keys)
        return score(pairs_of(groups, case.only_across), true)

    best = max((at(threshold) for threshold in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)), key=lambda s: s.f1)
    return {
        "set": case.name,
        "records": len(keys),
        "pairs": len(true),
        "sluice": asdict(mine),
        "splink": asdict(at(THRESHOLD)),
        "splink_best": asdict(best),
        "bar": case.bar,
        "seconds": seconds,
    }


# --- sets ------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name.strip(): (value or "").strip() for name, value in row.items()} for row in csv.DictReader(stream)]


def _febrl(name: str, tables: dict[str, Path], bar: float | None) -> Case:
    return Case(
        name,
        {feed: _rows(path) for feed, path in tables.items()},
        "rec_id",
        lambda row: row["rec_id"].split("-")[1],
        {
            "first_name": "given_name",
            "last_name": "surname",
            "birth_date": "date_of_birth",
            "address": "address_1",
            "city": "suburb",
            "postcode": "postcode",
        },
        {
            "given_name": "name",
            "surname": "name",
            "date_of_birth": "text",
            "postcode": "exact",
            "suburb": "text",
            "address_1": "text",
        },
        (("date_of_birth",), ("given_name", "surname"), ("postcode", "given_name"), ("postcode", "surname")),
        {"birth_date": "%Y%m%d"},
        only_across=len(tables) > 1,
        bar=bar,
    )


def cases(data: Path | None) -> dict[str, Case]:
    """The sets by name; those of `data` only where it is given."""
    made = {
        "people_with_gaps": Case(
            "people_with_gaps",
            {"people": people_with_gaps(5_000, SEED)},
            "id",
            lambda row: row["cluster"],
            {
                "first_name": "first_name",
                "last_name": "surname",
                "birth_date": "dob",
                "city": "birth_place",
                "postcode": "postcode",
                "title": "occupation",
            },
            {
                "first_name": "name",
                "surname": "name",
                "dob": "date",
                "birth_place": "exact",
                "postcode": "exact",
                "occupation": "exact",
            },
            (("first_name", "surname"), ("dob",), ("postcode", "surname"), ("postcode", "first_name")),
        ),
        "customers": Case(
            "customers",
            {"crm": customers(20_000, SEED)},
            "id",
            lambda row: row["cluster"],
            {name: name for name in ("first_name", "last_name", "email", "phone", "company", "city")},
            {
                "first_name": "name",
                "last_name": "name",
                "email": "email",
                "phone": "exact",
                "company": "text",
                "city": "exact",
            },
            (("email",), ("first_name", "last_name"), ("phone",)),
        ),
        "company_writings": Case(
            "company_writings",
            {"firms": company_writings(2_000, SEED)},
            "id",
            lambda row: row["cluster"],
            {"company": "company"},
            {"company": "name"},
            (("company",), ("substr(company, 1, 4)",)),
        ),
    }
    if data is None:
        return made
    fake = Case(
        "fake_1000",
        {"fake": _rows(data / "fake_1000" / "fake_1000.csv")},
        "unique_id",
        lambda row: row["cluster"],
        {"first_name": "first_name", "last_name": "surname", "birth_date": "dob", "city": "city", "email": "email"},
        {"first_name": "name", "surname": "name", "dob": "date", "city": "exact", "email": "email"},
        (("first_name",), ("surname",), ("dob",), ("email",)),
        bar=0.93,
    )
    febrl = data / "febrl"
    return {
        "fake_1000": fake,
        "febrl3": _febrl("febrl3", {"febrl": febrl / "dataset3.csv"}, 0.9985),
        "febrl4": _febrl("febrl4", {"a": febrl / "dataset4a.csv", "b": febrl / "dataset4b.csv"}, 0.99),
        **made,
    }


def main() -> int:
    """Runs the sets that are asked for and prints both sides beside each other; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help="names of sets; all by default")
    parser.add_argument("--data", type=Path, default=os.environ.get("SLUICE_ACCEPTANCE_DATA"), help="the folder")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    asked = parser.parse_args()
    known = cases(Path(asked.data) if asked.data else None)
    if unknown := set(asked.sets) - set(known):
        parser.error(f"no set named {', '.join(sorted(unknown))}; expected {', '.join(known)}")
    results = []
    print(
        f"{'set':18}{'records':>8}{'pairs':>8}   {'sluice P / R / F1':22} {'splink .95':22} {'its best':8} {'bar':>6}"
    )
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as work:
        for name in asked.sets or known:
            result = compared(known[name], Path(work))
            results.append(result)
            told = [
                " ".join(f"{result[side][part]:.4f}" for part in Score.__annotations__) for side in ("sluice", "splink")
            ]
            bar = "" if result["bar"] is None else f"{result['bar']:.4f}"
            print(
                f"{name:18}{result['records']:>8,}{result['pairs']:>8,}   {told[0]:22} {told[1]:22} "
                f"{result['splink_best']['f1']:.4f}   {bar:>6}",
                flush=True,
            )
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return int(any(result["bar"] is not None and result["sluice"]["f1"] < result["bar"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
