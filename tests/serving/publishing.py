"""A small world for the tests of publishing: three literal tables, and a way to publish them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from assets.contract import Table, arrow_schema
from quality.suites import KeptTable
from quality.tables import PUBLICATIONS
from serving.publish import Draft, Publication, publish
from serving.staging import Staging, take_epoch
from serving.warehouse import Warehouse, open_warehouse

ACCOUNTS = Table(
    name="accounts",
    description="One row per company.",
    group="identity",
    key=("account_id",),
    columns=("account_id", "company", "won_amount_base"),
    required=("company",),
    published=True,
)
LEADS = Table(
    name="leads",
    description="One row per person.",
    group="identity",
    key=("lead_id",),
    columns=(
        "lead_id", "full_name", "email", "birth_date", "account_id", "first_seen_at", "win_probability", "overdue",
        "attributes",
    ),
    required=("first_seen_at",),
    references={"account_id": "accounts"},
    published=True,
)  # fmt: skip
FUNNEL = Table(
    name="funnel_stages",
    description="One row per as_of and segment.",
    group="funnel",
    key=("as_of", "segment"),
    columns=("as_of", "segment", "entered"),
    published=True,
    history=True,
)
CONTRACTS = (ACCOUNTS, LEADS, FUNNEL, PUBLICATIONS)
HOME = "home-1"


def lead(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "lead_id": f"r{number:020d}",
        "full_name": f"Person {number}",
        "email": f"person{number}@example.com" if number % 3 else None,
        "birth_date": date(1980, 1, 1 + number % 28),
        "account_id": "a1" if number % 2 else None,
        "first_seen_at": datetime(2026, 1, 1, 10, 0, number % 60, 123456),
        "win_probability": number / 7,
        "overdue": number % 2 == 0,
        "attributes": '{"note": "50 % off \\u00e9"}',
    }
    return {**row, **changes}


def account(number: int, amount: str = "10.25") -> dict[str, Any]:
    return {"account_id": f"a{number}", "company": f"Company {number}", "won_amount_base": Decimal(amount)}


@dataclass
class World:
    """A home's lake, as far as publishing looks at it."""

    folder: Path
    url: str
    home_id: str = HOME
    day: date = date(2026, 3, 1)
    as_of: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    run_id: str = "run-1"
    restored: Sequence[KeptTable] = ()
    calls: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "accounts": [account(1), account(2, "-0.10")],
            "leads": [lead(number) for number in range(6)],
            "funnel_stages": [{"segment": "all", "entered": 6}],
        }
    )

    def open(self) -> Warehouse:
        return open_warehouse(self.url, self.home_id, CONTRACTS, attempts=2, first_wait=0.01)

    def keep(self, table: Table) -> KeptTable:
        at = self.as_of.astimezone(UTC).replace(tzinfo=None)
        rows = [{**row, "as_of": at} if table.history else row for row in self.rows[table.name]]
        path = self.folder / "lake" / f"{table.name}-{len(self.calls)}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # As the lake does: a file appears by a rename, it is never written over.
        fresh = path.with_suffix(".tmp")
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(table)), fresh)
        fresh.replace(path)
        return KeptTable(table, path)

    def audit(self, staging: Staging) -> list[KeptTable]:
        self.calls.append(f"audit of {sum(table.rows_staged for table in staging.audited())} rows")
        return []

    def publish(self, warehouse: Warehouse | None = None, *, epoch: int | None = None, **options: Any) -> Publication:
        own = warehouse is None
        warehouse = warehouse or self.open()
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        try:
            return publish(
                warehouse,
                [self.keep(table) for table in (LEADS, ACCOUNTS, FUNNEL)],
                Draft(self.run_id, self.as_of, self.day, "UTC", "policy-1"),
                connection,
                epoch=take_epoch(warehouse) if epoch is None else epoch,
                scratch=self.folder / "scratch",
                kept_folder=self.folder / "published",
                now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
                restored=self.restored,
                **{"audit": self.audit, **options},
            )
        finally:
            connection.close()
            if own:
                warehouse.close()

    def published(self, table: Table) -> list[dict[str, Any]]:
        """What readers have, straight from the database."""
        warehouse = self.open()
        target = warehouse.schema.tables[table.name]
        with warehouse.reading() as connection:
            rows = connection.execute(sa.select(target).order_by(*[target.c[name] for name in table.key])).mappings()
            found = [dict(row) for row in rows]
        warehouse.close()
        return found
