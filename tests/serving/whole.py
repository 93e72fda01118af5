"""A home run from its landing zone to its receipts: every table, every truth, a real publication.

What is left out is what takes the time of a run and is tested elsewhere: Dagster, and Great Expectations on top of the
truths. A truth that blocks fails the test.
"""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from assets.contract import arrow_schema
from assets.engine import table_names
from assets.lake import Made, keep, table_path
from assets.scope import Scope, is_given
from pipelines.homes import make_home
from pipelines.run_scope import day_of, held, instant_of, opened_scope
from policy.load import load_policy
from quality.audit import lake_inputs
from quality.suites import KeptTable
from quality.tables import BALANCES, QUALITY_RESULTS
from quality.truths import check_truth, load_truths
from serving.catalogue import tables
from serving.published import ledger_state, mark_served, publish_run
from serving.receipts import write_receipts
from serving.review_file import write_review_file
from tests.literal import table as literal_table

ROOT = Path(__file__).parents[2]


@cache
def steps() -> list[tuple[str, list[str], str | Callable[..., Any]]]:
    """Every table before the audit, after those it is made from: name, inputs, and its SQL or function."""
    made: dict[str, tuple[list[str], str | Callable[..., Any]]] = {}
    for name, table in tables().items():
        if table.group in {"quality", "serving"}:
            continue
        path = ROOT / "assets" / table.group / f"{name}.sql"
        if path.exists():
            sql = path.read_text(encoding="utf-8")
            made[name] = (table_names(sql), sql)
        else:
            function = getattr(import_module(f"assets.{table.group}.tables"), name)
            made[name] = (list(inspect.signature(function).parameters), function)
    ordered: list[tuple[str, list[str], str | Callable[..., Any]]] = []
    done: set[str] = set()
    while len(done) < len(made):
        ready = [name for name, (inputs, _) in made.items() if name not in done and {*inputs} & {*made} <= done]
        ordered += [(name, *made[name]) for name in ready]
        done |= set(ready)
    return ordered


#: What makes the tables that say what became of each line, without who the people are.
INTAKE_STEPS = (
    *("landed_files", "file_readings", "lead_rows", "lead_records", "event_rows", "opportunity_rows"),
    *("activity_rows", "outcome_rows", "account_rows", "rep_rows", "product_rows", "target_rows", "review_rows"),
    *("rejected_rows", "source_files"),
)

#: What makes the leads out of those.
IDENTITY_STEPS = (
    *INTAKE_STEPS,
    *("name_keys", "value_keys", "match_records", "match_blocks", "match_model", "identity_decisions"),
    *("record_matches", "lead_identities", "lead_aliases"),
)


def stand_in(scope: Scope, known: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Each record a lead of its own, and of those only what is told here is known."""
    for name in (
        "record_matches",
        "identity_decisions",
        "lead_scores",
        "promotion_decisions",
        "opportunities",
        "deal_rows",
        "leads",
        "lead_provenance",
    ):
        # not through `keep`: a test names only the columns it is about
        path = table_path(scope.lake, tables()[name], str(scope.day))
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(literal_table(name, known.get(name, ())), path)
    table = tables()["lead_identities"]
    records = scope.engine.relation(table_path(scope.lake, tables()["lead_records"], str(scope.day)))
    told = {row["record_id"]: row["lead_id"] for row in known.get("lead_identities", ())}
    rows = pa.Table.from_pylist(
        [
            {"record_id": record, "lead_id": told.get(record, record)}
            for (record,) in records.select("record_id").fetchall()
        ],
        schema=arrow_schema(table),
    )
    keep(Made(table, rows), table_path(scope.lake, table, str(scope.day)), scope.engine)


def make_tables(scope: Scope, only: tuple[str, ...] | None = None) -> None:
    """Makes and keeps every table before the audit, or only some."""
    for name, inputs, how in steps():
        if only is not None and name not in only:
            continue
        table = tables()[name]

        def place(wanted: str) -> Any:
            if is_given(wanted):
                return scope.given(wanted)
            return table_path(scope.lake, tables()[wanted], str(scope.day))

        def source(wanted: str) -> Any:
            return scope.engine.relation(place(wanted))

        if isinstance(how, str):
            rows = scope.engine.select(how, {wanted: place(wanted) for wanted in inputs})
        else:
            given = {"as_of": scope.as_of.replace(tzinfo=None), "policy": scope.policy, "scope": scope}
            annotated = inspect.signature(how, eval_str=True).parameters
            arguments = {
                wanted: given[wanted]
                if wanted in given
                else source(wanted).df()
                if annotated[wanted].annotation is pd.DataFrame
                else source(wanted)
                for wanted in inputs
            }
            rows = how(**arguments)
        keep(Made(table, rows), table_path(scope.lake, table, str(scope.day)), scope.engine)


def _audit(scope: Scope) -> Callable[[Any], list[KeptTable]]:
    def audit(_: Any) -> list[KeptTable]:
        balances = (ROOT / "quality" / "balances.sql").read_text(encoding="utf-8")
        path = table_path(scope.lake, BALANCES, str(scope.day))
        keep(Made(BALANCES, scope.engine.query(balances, lake_inputs(scope))), path, scope.engine)
        broken = [
            f"{truth.name}: {result.observed}"
            for truth in load_truths()
            if truth.severity == "blocking"
            for result in [check_truth(truth, scope.engine, lake_inputs(scope))]
            if not result.passed
        ]
        assert not broken, broken
        empty = table_path(scope.lake, QUALITY_RESULTS, str(scope.day))
        keep(Made(QUALITY_RESULTS, pd.DataFrame(columns=list(QUALITY_RESULTS.columns))), empty, scope.engine)
        return [KeptTable(QUALITY_RESULTS, empty), KeptTable(BALANCES, path)]

    return audit


@dataclass
class Whole:
    """A home, and what its last run made."""

    path: Path
    runs: int = 0

    @classmethod
    def made(cls, path: Path, **business: Any) -> Whole:
        """A home with the shipped policy and nothing in it."""
        make_home(path)
        (path / "policy" / "business.yaml").write_text(yaml.safe_dump({"timezone": "UTC", **business}), "utf-8")
        return cls(path)

    def feed(self, feed: str, **values: Any) -> None:
        """Writes a feed; leads of a partner where nothing else is said."""
        told = {"feed": feed, "kind": "leads", "match": f"partners/{feed}/*", **values}
        text = yaml.safe_dump(told, allow_unicode=True)
        (self.path / "policy" / "feeds" / f"{feed}.yaml").write_text(text, encoding="utf-8")

    def drop(self, path: str, data: bytes | str) -> None:
        """Drops a file."""
        target = self.path / "landing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)

    def run(self, as_of: str = "2026-06-30", received_at: str | None = None) -> list[str]:
        """One run; returns the receipts written, by their paths under out/receipts."""
        self.runs += 1
        moment = instant_of(as_of, "UTC")
        assert moment is not None
        received = instant_of(received_at, "UTC") or moment
        with held(self.path), opened_scope(self.path, f"run-{self.runs}", moment, received) as scope:
            make_tables(scope)
            publish_run(scope, _audit(scope), now=lambda: datetime.now(UTC))
            written = write_receipts(scope)
            write_review_file(scope)
            mark_served(scope)
        shutil.rmtree(self.path / "lake" / ".published", ignore_errors=True)
        return sorted(str(path.relative_to(self.path / "out" / "receipts")) for path in written)

    def answer(self, as_of: str = "2026-06-30", received_at: str | None = None, **known: Any) -> list[str]:
        """Takes the landing zone and answers each line, without looking at who the people are."""
        moment = instant_of(as_of, "UTC")
        assert moment is not None
        received = instant_of(received_at, "UTC") or moment
        with held(self.path), opened_scope(self.path, "answer", moment, received) as scope:
            make_tables(scope, INTAKE_STEPS)
            stand_in(scope, known)
            written = write_receipts(scope)
        return sorted(str(path.relative_to(self.path / "out" / "receipts")) for path in written)

    def identify(self, as_of: str = "2026-06-30", received_at: str | None = None) -> None:
        """Takes the landing zone and makes the leads, without publishing them."""
        moment = instant_of(as_of, "UTC")
        assert moment is not None
        received = instant_of(received_at, "UTC") or moment
        with held(self.path), opened_scope(self.path, "identify", moment, received) as scope:
            make_tables(scope, IDENTITY_STEPS)

    def state(self) -> str:
        """What a run compares to see whether there is anything new."""
        return ledger_state(self.path, load_policy(self.path))

    def file_id(self, path: str) -> str:
        """The id of a file on record."""
        return next(found for found, its_path in self.table("source_files", "file_id", "path") if its_path == path)

    def table(self, name: str, *columns: str, as_of: str = "2026-06-30") -> list[Any]:
        """Rows of a table of a day, sorted: tuples, or plain values of one column."""
        moment = instant_of(as_of, "UTC")
        assert moment is not None
        path = table_path(self.path / "lake", tables()[name], str(day_of(moment, "UTC")))
        rows = duckdb.read_parquet(str(path), connection=duckdb.connect()).select(*columns).fetchall()
        return sorted((row[0] if len(columns) == 1 else row for row in rows), key=repr)

    def receipt(self, path: str) -> bytes:
        """The bytes of a receipt."""
        return (self.path / "out" / "receipts" / path).read_bytes()

    def rejects(self) -> list[str]:
        """The files of rejected lines there are."""
        folder = self.path / "out" / "rejects"
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    @contextmanager
    def scope(self, as_of: str = "2026-06-30") -> Any:
        """The scope of a run, to look at what it made."""
        with opened_scope(self.path, "look", instant_of(as_of, "UTC"), None) as scope:
            yield scope
