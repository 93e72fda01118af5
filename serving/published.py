"""What readers have, and bringing it to them: one run's tables, journal and warehouse kept in step.

A publication is written to the journal as pending before the warehouse commits and settled after. A run that was
killed between the two is settled, or forgotten, by the next one: the warehouse knows whether readers got it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from assets.contract import arrow_schema
from assets.lake import table_path
from assets.scope import Scope
from policy.model import Policy
from quality.suites import KeptTable
from serving.catalogue import published_tables, tables
from serving.journaled import FROZEN
from serving.publish import Draft, Journal, Publication, publish
from serving.staging import Staging, take_epoch
from serving.warehouse import Warehouse, default_url, open_warehouse
from serving.warehouse_rows import read_publications, table_counts
from sources import journal
from sources.crashpoint import crashpoint
from sources.durable import write_bytes
from sources.feed_files import files_of_feeds
from sources.raw import raw_dir_of

#: Made by the audit and the publication itself, not kept by an asset before them.
AUDITED = ("quality_results", "balances")
PUBLICATIONS = "publications"
URL_VARIABLE = "SLUICE_WAREHOUSE_URL"

Audit = Callable[[Staging], Sequence[KeptTable]]


def warehouse_url(home: Path) -> str:
    """The warehouse of a home: SLUICE_WAREHOUSE_URL, else the embedded one."""
    return os.environ.get(URL_VARIABLE) or default_url(home)


def home_id(raw: Path) -> str:
    """The id of the home that this raw layer belongs to."""
    found = [entry for entry in journal.read_entries(raw, "home") if entry.name == "home"]
    if not found:
        # a home put together by hand; its first publication gives it its id
        import uuid

        journal.write_entry(raw, "home", {"home_id": uuid.uuid4().hex})
        return home_id(raw)
    return str(found[0].payload["home_id"])


@contextmanager
def opened(home: Path, *, prepare: bool = False) -> Iterator[Warehouse]:
    """The warehouse of a home."""
    warehouse = open_warehouse(
        warehouse_url(home), home_id(raw_dir_of(home)), published_tables().values(), prepare=prepare
    )
    try:
        yield warehouse
    finally:
        warehouse.close()


def ledger_state(home: Path, policy: Policy) -> str:
    """Hash of every file ever taken and how it is read: equal when there is nothing new to read."""
    files = sorted(
        [file.raw_file.sha256, file.raw_file.reading, file.path, file.feed.feed if file.feed else "", file.status]
        for file in files_of_feeds(raw_dir_of(home), policy.feeds)
    )
    return hashlib.sha256(json.dumps(files).encode("utf-8", "surrogatepass")).hexdigest()


def _served_path(home: Path) -> Path:
    return home / "lake" / "served.json"


def mark_served(scope: Scope) -> None:
    """Notes that receipts and report of the newest publication are written, the last step of a run."""
    published = Published(scope.home)
    write_bytes(_served_path(scope.home), json.dumps({"publication_id": published.newest_id()}).encode())
    if scope.unfinished is not None:
        scope.unfinished.finish()


def is_newest(scope: Scope) -> bool:
    """Whether readers have nothing of a later instant than this run speaks for."""
    current = Published(scope.home).current
    return current is None or current["as_of"].to_pydatetime() <= scope.as_of


def settle_pending(home: Path) -> None:
    """Settles or forgets publications that an interrupted run left open, by asking the warehouse."""
    raw = raw_dir_of(home)
    pending = journal.pending_publications(raw)
    if not pending:
        return
    with opened(home) as warehouse:
        known = set(read_publications(warehouse)["publication_id"])
    for entry in pending:
        publication_id = str(entry.payload["publication_id"])
        if publication_id in known:
            journal.settle_publication(raw, publication_id)
        else:
            journal.discard_publication(raw, publication_id)


class Published:
    """What readers of a home have now.

    Args:
        home: the deployment.

    Raises:
        WarehouseUnavailable: it cannot be asked.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.entries = {str(entry.payload["publication_id"]): entry for entry in journal.publications(raw_dir_of(home))}
        with opened(home) as warehouse:
            self.publications = read_publications(warehouse)
            self.counts = table_counts(warehouse)
            self.place = warehouse.place
        current = self.publications[self.publications["is_current"].astype(bool)]
        self.current: dict[str, Any] | None = (
            None if current.empty else {str(name): value for name, value in current.iloc[-1].to_dict().items()}
        )

    def says(self, ledger: str, policy: Policy, day: date) -> bool:
        """Whether a run for this day would find nothing new: same files, same policy, same day."""
        if self.current is None:
            return False
        entry = self.entries.get(str(self.current["publication_id"]))
        served = _served_path(self.home)
        if not served.exists() or json.loads(served.read_bytes()).get("publication_id") != self.newest_id():
            return False  # a run was killed between the switch and its receipts
        zone = ZoneInfo(policy.business.timezone)
        return (
            entry is not None
            and entry.payload.get("ledger_state") == ledger
            and self.current["policy_version"] == policy.version
            and self.current["as_of"].astimezone(zone).date() == day
        )

    def newest_at(self) -> str | None:
        """When readers got what they have."""
        return None if self.current is None else self.current["published_at"].isoformat()

    def newest_id(self) -> str | None:
        """The publication readers have."""
        return None if self.current is None else str(self.current["publication_id"])

    def tables(self) -> dict[str, int]:
        """Rows of each table."""
        return {**self.counts, PUBLICATIONS: len(self.publications)} if self.current is not None else {}

    def table(self, name: str) -> pd.DataFrame:
        """A table of the newest publication from the lake; empty when the lake was deleted."""
        if self.current is None:
            return pd.DataFrame()
        entry = self.entries.get(str(self.current["publication_id"]))
        day = entry.payload.get("day") if entry else None
        path = table_path(self.home / "lake", tables()[name], day)
        return pd.read_parquet(path) if path.exists() else pd.DataFrame()

    def checks(self) -> dict[str, Any]:
        """How the checks of the newest publication went."""
        results = self.table("quality_results")
        if results.empty:
            return {"passed": 0, "failed": 0, "failures": []}
        failed = results[results["passed"].fillna(False).astype(bool).eq(False)]
        names = ["check_name", "table_name", "severity", "observed", "expected", "rows_affected"]
        return {
            "passed": int(len(results) - len(failed)),
            "failed": len(failed),
            "failures": failed[names].to_dict("records"),
        }

    def counts_of(self, new: set[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Files and rows of these files, as the newest publication tells them."""
        files, rows = {"accepted": 0, "quarantined": 0}, {"read": 0, "accepted": 0, "rejected": 0, "duplicate": 0}
        told = self.table("source_files") if new else pd.DataFrame()
        if told.empty:
            return files, rows
        told = told[told["file_id"].isin(new) & (told["status"] != "unchanged")]
        accepted = set(told.loc[told["status"] == "accepted", "file_id"])
        files = {"accepted": len(accepted), "quarantined": len(set(told["file_id"]) - accepted)}
        return files, {name: int(told[f"rows_{name}"].sum()) for name in rows}


def published_file_ids(home: Path) -> set[str]:
    """The files that readers know of, whatever became of them."""
    with opened(home) as warehouse, warehouse.reading() as connection:
        column = warehouse.schema.tables["source_files"].c["file_id"]
        return {str(file_id) for file_id in connection.execute(sa.select(column).distinct()).scalars()}


def published_rows(home: Path, name: str, **where: Any) -> list[dict[str, Any]]:
    """Rows of a published table that have these values, as readers see them.

    Args:
        home: the deployment.
        name: the table.
        where: column -> value, or a list of values of which it has one.
    """
    with opened(home) as warehouse, warehouse.reading() as connection:
        table = warehouse.schema.tables[name]
        asked = [
            table.c[column].in_(value) if isinstance(value, list) else table.c[column] == value
            for column, value in where.items()
        ]
        query = sa.select(table).where(*asked)
        return [dict(row._mapping) for row in connection.execute(query)]


def kept_tables(scope: Scope) -> list[KeptTable]:
    """The published tables of a run as the lake keeps them, but those that the audit makes."""
    return [
        KeptTable(table, table_path(scope.lake, table, str(scope.day)))
        for name, table in published_tables().items()
        if name not in {*AUDITED, PUBLICATIONS}
    ]


def rows_of_an_earlier_day(scope: Scope) -> dict[str, int] | None:
    """Rows by table of the newest publication of an earlier day; None when there is none."""
    earlier = [entry for entry in journal.publications(scope.raw) if str(entry.payload["day"]) < str(scope.day)]
    newest = max(earlier, key=lambda entry: str(entry.payload["as_of"]), default=None)
    return None if newest is None else dict(newest.payload.get("rows", {}))


def publish_run(scope: Scope, audit: Audit, now: Callable[[], datetime]) -> Publication:
    """Stages, audits and publishes the tables of a run, and writes it down.

    Args:
        scope: the run.
        audit: audits what is staged and keeps its results; raises when readers must not get it.
        now: the clock, for ``published_at``.
    """
    with opened(scope.home, prepare=True) as warehouse:
        draft = Draft(scope.run_id, scope.as_of, scope.day, scope.policy.business.timezone, scope.policy.version)
        scratch = scope.lake / ".spill" / f"publish-{os.getpid()}"
        scratch.mkdir(parents=True, exist_ok=True)
        publication = publish(
            warehouse,
            kept_tables(scope),
            draft,
            scope.engine.connection,
            epoch=take_epoch(warehouse),
            audit=audit,
            scratch=scratch,
            kept_folder=scope.lake / ".published",
            now=now,
            restored=_restored(scope, warehouse, scratch),
            journal=_journal(scope),
        )
    _remove_old_days(scope)
    return publication


def _journal(scope: Scope) -> Journal:
    """Writes the publication down at the right moments."""

    def prepare(publication: Publication) -> None:
        if any(
            entry.payload["publication_id"] == publication.publication_id for entry in journal.publications(scope.raw)
        ):
            return  # readers lost it, the journal did not
        payload = {
            "run_id": publication.run_id,
            "as_of": publication.as_of.isoformat(),
            "day": str(scope.day),
            "published_at": publication.published_at.isoformat(),
            "policy_version": publication.policy_version,
            "content_hash": publication.content_hash,
            "is_current": publication.is_current,
            "hashes": dict(publication.hashes),
            "rows": dict(publication.rows),
            "ledger_state": ledger_state(scope.home, scope.policy),
        }
        # once for all publications under it: a home has thousands of them, and every run reads them all
        journal.write_entry(scope.raw, f"policy-{scope.policy.version}", json.loads(scope.policy.model_dump_json()))
        journal.prepare_publication(scope.raw, publication.publication_id, payload, _decisions(scope, publication))
        crashpoint("publish.after_prepare")

    def settle(publication: Publication) -> None:
        known = {str(entry.payload["publication_id"]) for entry in journal.pending_publications(scope.raw)}
        if publication.publication_id in known:
            journal.settle_publication(scope.raw, publication.publication_id)
        crashpoint("publish.after_settle")

    def discard(publication: Publication) -> None:
        journal.discard_publication(scope.raw, publication.publication_id)

    return Journal(prepare, settle, discard)


def _decisions(scope: Scope, publication: Publication) -> dict[str, pa.Table]:
    """What this publication decides and freezes: promotions taken, ids readers see, rows of tables of history."""

    def lake(name: str) -> pa.Table:
        return pq.read_table(table_path(scope.lake, tables()[name], str(scope.day)))

    promotions = lake("promotions")
    found = {"promotions": promotions.filter(promotions["is_new"]).select(FROZEN["promotions"][0].names)}
    found["decisions"] = _new_rows(lake("identity_decisions"), "decisions", scope)
    if publication.is_current:
        schema = FROZEN["lead_ids"][0]
        earlier = scope.frozen("frozen_lead_ids", scope)["lead_id"]
        ids = lake("lead_identities")["lead_id"].unique()
        new = ids.filter(pc.invert(pc.is_in(ids, value_set=earlier.combine_chunks())))
        as_of = pa.scalar(publication.as_of.astimezone(UTC).replace(tzinfo=None), pa.timestamp("us"))
        found["lead_ids"] = pa.table([new, pa.repeat(as_of, len(new))], schema=schema)
        changed = lake("identity_changes").select(["record_id", "lead_id"])
        # a new lead is among the ids already
        is_new_lead = pc.fill_null(pc.equal(changed["record_id"], changed["lead_id"]), fill_value=False)
        is_new_lead = pc.and_(is_new_lead, pc.is_null(lake("identity_changes")["previous_lead_id"]))
        is_new_lead = pc.and_(is_new_lead, pc.is_in(changed["lead_id"], value_set=new))
        moved = changed.filter(pc.invert(is_new_lead))
        moved = moved.append_column("published_at", pa.repeat(as_of, moved.num_rows))
        found["identities"] = moved.cast(FROZEN["identities"][0])
    for name, table in published_tables().items():
        if table.history:
            found[name] = lake(name)
    return found


def _new_rows(rows: pa.Table, name: str, scope: Scope) -> pa.Table:
    """The rows that no earlier publication froze."""
    schema, _, key = FROZEN[name]
    told = rows.select(schema.names).cast(schema)
    known = set(zip(*(scope.frozen(f"frozen_{name}", scope)[column].to_pylist() for column in key), strict=True))
    keys = zip(*(told[column].to_pylist() for column in key), strict=True)
    return told.filter(pa.array([its not in known for its in keys], pa.bool_()))


def _restored(scope: Scope, warehouse: Warehouse, scratch: Path) -> list[KeptTable]:
    """Publications and rows of tables of history that the journal has and a new warehouse lacks."""
    known = set(read_publications(warehouse)["publication_id"])
    zone = ZoneInfo(scope.policy.business.timezone)
    missing = [
        entry
        for entry in journal.publications(scope.raw)
        if str(entry.payload["publication_id"]) not in known
        and datetime.fromisoformat(entry.payload["as_of"]).astimezone(zone).date() != scope.day
    ]
    if not missing:
        return []
    by_day = {entry.payload["day"]: entry for entry in missing}  # the last one of a day replaced the others
    parts: dict[str, list[pa.Table]] = {}
    for entry in by_day.values():
        for name, table in published_tables().items():
            if table.history and name in entry.table_paths:
                parts.setdefault(name, []).append(entry.table(name).select(list(table.columns)))
    names = ("publication_id", "run_id", "policy_version", "content_hash")
    rows = [
        {
            **{name: entry.payload[name] for name in names},
            **{
                name: datetime.fromisoformat(entry.payload[name]).astimezone(UTC).replace(tzinfo=None)
                for name in ("as_of", "published_at")
            },
            "is_current": False,
        }
        for entry in missing
    ]
    parts[PUBLICATIONS] = [pa.Table.from_pylist(rows, schema=arrow_schema(published_tables()[PUBLICATIONS]))]
    restored = []
    for name, listed in parts.items():
        path = scratch / f"restored-{name}.parquet"
        pq.write_table(pa.concat_tables(listed, promote_options="permissive"), path)
        restored.append(KeptTable(published_tables()[name], path))
    return restored


def _remove_old_days(scope: Scope) -> None:
    """Keeps of each dated table the day of this run and the newest one; all others can be made again."""
    for table in tables().values():
        if not table.dated:
            continue
        folder = table_path(scope.lake, table, str(scope.day)).parent
        days = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
        keep = {f"{scope.day}.parquet", *(path.name for path in days[-1:])}
        for path in days:
            if path.name not in keep:
                path.unlink(missing_ok=True)
