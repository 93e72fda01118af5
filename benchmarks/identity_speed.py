"""How long recognition takes, and how much memory, beside bare Splink on the same records.

Usage: ``python -m benchmarks.identity_speed [--records 100000 1000000] [--large 20000] [--json FILE]``. Made-up
customers (:mod:`benchmarks.people`) stand in a lake of their own, already taken in. One process makes the tables
from name_keys to lead_identities, as a run does; a second process is bare Splink on the records that the first one
prepared: it trains, predicts and clusters with the same comparisons, blocks on the same values and draws as many random
pairs. Blocks that our policy leaves out as too large are left out there as well: without that bound Splink would not
end. A third process is Splink that samples the pairs of its training blocks too, which it does not by itself and we do.
Then a hundredth of the records is added, half of them new people and half people known already, and the tables are made
again: what that costs of the first time is printed. `--large` says how many of the records have one and the same name;
what matching left out of them is printed.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.contract import Table, arrow_schema
from assets.engine import Engine, table_names
from assets.identity import tables as identity
from assets.identity.blocks import BLOCK_SIZES, block_keys, match_blocks, pair_budget, used_blocks
from assets.identity.clusters import lead_identities
from assets.identity.comparisons import make_compared_records
from assets.identity.matches import record_matches
from assets.identity.model import settings_of
from assets.identity.names import name_keys, value_keys
from assets.identity.training import (
    SAMPLED_FROM,
    choose_training_records,
    comparisons_taking_part,
    make_training_records,
    match_model,
    to_train,
)
from assets.intake import tables as intake
from assets.lake import Made, keep, table_path
from benchmarks.people import Row, customers
from benchmarks.run import measured
from pipelines.run_scope import MEMORY_LIMIT
from policy.load import load_policy
from policy.model import Policy
from policy.tables import policy_tables

SEED = 20260301
AS_OF = datetime(2026, 6, 30)  # noqa: DTZ001 - the lake's instants are naive, in UTC
DAY = "2026-06-30"
#: All within one quarter, as when a home is new: what is learned is learned from the same records that are matched.
BEGINNING, LATER = AS_OF - timedelta(days=60), AS_OF - timedelta(days=30)
#: The bars: times the seconds of bare Splink at the largest size, GiB at most, times the seconds for ten times the
#: records, and for a hundredth more.
MOST_RATIO, MOST_MEMORY, MOST_GROWTH, MOST_MORE = 1.5, 2.0, 12.0, 0.35
#: Rows of a group in the files of the lake: a file of one group is read by one thread.
ROW_GROUP = 122_880
#: What else has names and addresses; there is none of it here.
NAMED_ROWS = (intake.ACCOUNT_ROWS, intake.OPPORTUNITY_ROWS)
MAILED_ROWS = (intake.EVENT_ROWS, intake.ACTIVITY_ROWS, intake.OUTCOME_ROWS, intake.OPPORTUNITY_ROWS)
#: The name of the records that make one large block.
SHARED_NAME = {"first_name": "alex", "last_name": "doe"}


@dataclass
class Bench:
    """What the functions that make tables need of a run."""

    home: Path
    engine: Engine
    policy: Policy
    begun: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        """The folder of tables that can be rebuilt."""
        return self.home / "lake"

    def read(self, table: Table) -> Any:
        """A table of the lake."""
        return self.engine.relation(table_path(self.lake, table, DAY))

    def make(self, table: Table, rows: Any) -> None:
        """Keeps a table as the lake keeps it, and remembers how long it took since `begin`."""
        keep(Made(table, rows), table_path(self.lake, table, DAY), self.engine)
        now = time.process_time()
        self.seconds[table.name] = round(now - self.begun, 2)
        self.begun = now

    def begin(self) -> None:
        """Starts the clock."""
        self.begun = time.process_time()


# --- records ---------------------------------------------------------------------------------------------------


def lead_records(rows: list[Row], first: datetime, start: int = 0) -> pa.Table:
    """Rows of customers as lead records, as intake leaves them; the n-th arrived n seconds after the first."""
    at = [first + timedelta(seconds=start + number) for number in range(len(rows))]
    none = [None] * len(rows)

    def values(name: str) -> list[str | None]:
        return [row[name] or None for row in rows]

    emails = [email if email and "@" in email else None for email in values("email")]
    known: dict[str, list[Any]] = {
        "record_id": [f"r{start + number:08d}" for number in range(len(rows))],
        "file_id": ["f"] * len(rows),
        "line_no": list(range(1, len(rows) + 1)),
        "source_name": ["crm"] * len(rows),
        "channel": ["crm"] * len(rows),
        "source_key": [f"k{start + number}" for number in range(len(rows))],
        "content_hash": [f"{start + number:08d}" for number in range(len(rows))],
        "received_at": at,
        "known_at": at,
        "full_name": [f"{row['first_name']} {row['last_name']}".title() for row in rows],
        "email": emails,
        "domain": [
            email.partition("@")[2] if email and not email.endswith(("gmail.com", "outlook.com")) else None
            for email in emails
        ],
        "phone": values("phone"),
        "company": values("company"),
        "city": values("city"),
        "attributes": ["{}"] * len(rows),
        "repairs": ["[]"] * len(rows),
    }
    schema = pa.schema([entry.with_nullable(True) for entry in arrow_schema(intake.LEAD_RECORDS)])
    return pa.table({name: pa.array(known.get(name, none), schema.field(name).type) for name in schema.names})


def prepare(home: Path, count: int, large: int) -> None:
    """Writes a home whose lake holds `count` lead records, `large` of which share one name."""
    (home / "policy").mkdir(parents=True)
    rows = customers(count, SEED, syllables=3)
    for row in rows[:large]:
        row.update(SHARED_NAME)
    path = table_path(home / "lake", intake.LEAD_RECORDS, DAY)
    path.parent.mkdir(parents=True)
    pq.write_table(lead_records(rows, BEGINNING), path, row_group_size=ROW_GROUP)


def add(home: Path, count: int) -> None:
    """Adds a hundredth to the lead records."""
    path = table_path(home / "lake", intake.LEAD_RECORDS, DAY)
    again = customers(count, SEED, syllables=3)[::200]
    for row in again:
        row["last_name"] += "e"
    more = [*again, *customers(max(count // 200, 1), SEED + 1, syllables=3)]
    grown = pa.concat_tables([pq.read_table(path), lead_records(more, LATER, count)])
    pq.write_table(grown, path, row_group_size=ROW_GROUP)


# --- the two sides ---------------------------------------------------------------------------------------------


def opened(home: Path) -> Bench:
    """The home with an engine as a run has it."""
    bench = Bench(home, Engine(home / "spill", MEMORY_LIMIT), load_policy(home))
    bench.begin()
    return bench


def ours(home: Path) -> dict[str, Any]:
    """Makes the tables of identity up to who is which lead, and says what it took."""
    bench = opened(home)
    engine, policy = bench.engine, bench.policy
    started, spent = time.perf_counter(), time.process_time()
    records = bench.read(intake.LEAD_RECORDS)
    nothing = {
        table.name: engine.connection.from_arrow(arrow_schema(table).empty_table())
        for table in (*NAMED_ROWS, *MAILED_ROWS)
    }
    named, mailed = ({table.name: nothing[table.name] for table in tables} for tables in (NAMED_ROWS, MAILED_ROWS))
    bench.make(identity.NAME_KEYS, name_keys(records, **named, scope=bench))  # type: ignore[arg-type]
    bench.make(identity.VALUE_KEYS, value_keys(records, **mailed, scope=bench))  # type: ignore[arg-type]
    sql = (Path(identity.__file__).parent / "match_records.sql").read_text(encoding="utf-8")
    given = {
        **policy_tables(policy),
        "lead_records": records,
        "name_keys": bench.read(identity.NAME_KEYS),
        "value_keys": bench.read(identity.VALUE_KEYS),
    }
    bench.make(identity.MATCH_RECORDS, engine.query(sql, {name: given[name] for name in table_names(sql)}))
    prepared = bench.read(identity.MATCH_RECORDS)
    bench.make(identity.MATCH_BLOCKS, match_blocks(prepared, bench))  # type: ignore[arg-type]
    learned = match_model(prepared, AS_OF, bench)  # type: ignore[arg-type]
    bench.make(identity.MATCH_MODEL, learned)
    blocks = bench.read(identity.MATCH_BLOCKS)
    bench.make(identity.RECORD_MATCHES, record_matches(prepared, blocks, learned, AS_OF, bench))  # type: ignore[arg-type]
    matches = bench.read(identity.RECORD_MATCHES)
    bench.make(identity.LEAD_IDENTITIES, lead_identities(records, matches, bench))  # type: ignore[arg-type]
    leads = bench.read(identity.LEAD_IDENTITIES).aggregate("count(DISTINCT lead_id)").fetchall()[0][0]
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - spent,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "tables": bench.seconds,
        "leads": leads,
        "matches": matches.count("*").fetchall()[0][0],
        "blocks": blocks.select(
            "rule", "largest_block_count", "left_out_block_count", "left_out_record_count"
        ).fetchall(),
    }
    engine.close()
    return told


def splink(home: Path, *, samples: bool = False) -> dict[str, Any]:
    """Splink on the records that the other side prepared; reading and blocking keys are not counted.

    Args:
        home: where they are.
        samples: whether it learns from a sample of the pairs of its training blocks, as we do; bare Splink takes all.
    """
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    bench = opened(home)
    connection, identity_policy = bench.engine.connection, bench.policy.identity
    blocking, training = identity_policy.blocking, identity_policy.training
    prepared = bench.read(identity.MATCH_RECORDS)
    count = make_compared_records(connection, prepared.order("record_no"))
    choose_training_records(connection, training, AS_OF)
    make_training_records(connection, blocking)
    budget, blocks = pair_budget(blocking, count), 0
    connection.execute(
        "CREATE TABLE splink_records AS SELECT compared_records.*, training_records.* EXCLUDE (record_no, first_name, "
        "last_name, name_latin, mailbox_name, birth_date, email, phone, company_key, city, postcode, address) "
        "FROM compared_records LEFT JOIN training_records USING (record_no)"
    )
    for columns in blocking.rules:
        block_keys(connection.table("splink_records"), columns).create_view("keys", replace=True)
        connection.execute("CREATE OR REPLACE TABLE block_keys AS SELECT * FROM keys")
        sizes = connection.execute(BLOCK_SIZES).fetchnumpy()
        most, pairs = used_blocks(np.asarray(sizes["block_size"]), np.asarray(sizes["block_count"]), blocking, budget)
        budget -= pairs
        if most > 1:
            connection.execute(
                f"CREATE OR REPLACE TABLE splink_records AS SELECT records.*, block_key AS block_{blocks} "
                "FROM splink_records AS records LEFT JOIN (SELECT * FROM block_keys "
                "QUALIFY count(*) OVER (PARTITION BY block_key) BETWEEN 2 AND ?) USING (record_no)",
                [most],
            )
            blocks += 1
    started, spent = time.perf_counter(), time.process_time()
    taking_part = comparisons_taking_part(connection, training)
    rules = to_train(connection, taking_part, training)
    settings = settings_of(taking_part, 1 / count, weigh_rare=True)
    settings["blocking_rules_to_generate_predictions"] = [block_on(f"block_{number}") for number in range(blocks)]
    linker = Linker(DuckDBAPI(connection).register("splink_records"), settings, log_level=None, validate_settings=False)
    linker.training.estimate_u_using_random_sampling(max_pairs=training.max_pairs, seed=training.seed)
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule,
            estimate_without_term_frequencies=True,
            max_pairs=training.max_pairs / 4 if samples and count > SAMPLED_FROM else None,
        )
    predicted = linker.inference.predict(
        threshold_match_probability=identity_policy.thresholds.review, warning_mode="never"
    )
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=identity_policy.thresholds.same
    )
    leads = clusters.as_duckdbpyrelation().aggregate("count(DISTINCT cluster_id)").fetchall()[0][0]
    told = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - spent,
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "leads": leads,
        "matches": predicted.as_duckdbpyrelation().count("*").fetchall()[0][0],
    }
    bench.engine.close()
    return told


#: What one process does.
SIDES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "ours": ours,
    "splink": splink,
    "splink-samples": partial(splink, samples=True),
}


def compared(count: int, large: int, work: Path) -> dict[str, Any]:
    """All sides on so many records, each in a process of its own."""
    home = work / str(count)
    prepare(home, count, min(large, count))
    sides: dict[str, Any] = {"records": count}
    for side in (*SIDES, "more"):
        if side == "more":
            add(home, count)
        asked = side if side in SIDES else "ours"
        run = measured([sys.executable, "-m", "benchmarks.identity_speed", "--side", asked, "--home", str(home)])
        sides[side] = run.said
        print(
            f"{count:>10,}  {side:15} {run.said['seconds']:8.1f} s {run.said['cpu_seconds']:8.1f} CPU-s "
            f"{run.said['peak_gib']:6.2f} GiB  {run.said['leads']:>9,} leads",
            flush=True,
        )
    for table, seconds in sides["ours"]["tables"].items():
        print(f"{'':12}{table:18}{seconds:8.1f} CPU-s, a hundredth more {sides['more']['tables'][table]:.1f}")
    return sides


def main() -> int:
    """Runs the sizes and prints all sides, ratios and growth; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--large", type=int, default=20_000, help="records that share one name")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps(SIDES[asked.side](asked.home), default=str))
        return 0
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as work:
        results = [compared(count, asked.large, Path(work)) for count in asked.records]
    missed = False
    for result in results:
        mine = result["ours"]
        for side in ("splink", "splink-samples"):
            ratio, cpu = (mine[what] / result[side][what] for what in ("seconds", "cpu_seconds"))
            print(f"{result['records']:>10,}  {side}: {ratio:.2f} times its seconds, {cpu:.2f} times its CPU seconds")
        more = result["more"]["cpu_seconds"] / mine["cpu_seconds"]
        missed |= more > MOST_MORE
        print(f"{'':12}a hundredth more records: {more:.2f} of the CPU seconds (bar {MOST_MORE})")
        left_out = [(rule, largest, records) for rule, largest, left, records in mine["blocks"] if left]
        for rule, largest, records in left_out:
            print(f"{'':12}{rule}: blocks of up to {largest:,} left out, {records:,} records")
    mine, theirs = results[-1]["ours"], results[-1]["splink"]
    missed |= mine["seconds"] > MOST_RATIO * theirs["seconds"] or mine["peak_gib"] > MOST_MEMORY
    print(
        f"bars: {MOST_RATIO} times the seconds of bare Splink at the largest size, {MOST_MEMORY} GiB "
        f"({mine['peak_gib']:.2f})"
    )
    if len(results) > 1:
        growth = mine["cpu_seconds"] / results[0]["ours"]["cpu_seconds"]
        times = results[-1]["records"] / results[0]["records"]
        print(f"growth for {times:.0f} times the records: {growth:.1f} (bar {MOST_GROWTH} for 10)")
        missed |= growth > MOST_GROWTH * times / 10
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1, default=str), encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
