"""A small house for identity: literal rows in, the group's tables out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import assets.identity
from assets.contract import Table, arrow_schema
from assets.engine import Engine, table_names
from assets.identity.attributes import lead_attributes
from assets.identity.blocks import match_blocks
from assets.identity.clusters import lead_identities
from assets.identity.matches import record_matches
from assets.identity.names import name_keys, value_keys
from assets.identity.training import match_model
from assets.intake import tables as intake
from policy.load import load_policy
from policy.model import Policy
from policy.tables import policy_tables
from sources.erasures import ERASED_RECORDS
from sources.retractions import HEIRS

AS_OF = datetime(2026, 6, 30, 12)
Rows = list[dict[str, Any]]


def texts(*values: str | None) -> pa.ChunkedArray:
    """Texts as the functions that fold them take them."""
    return pa.chunked_array([pa.array(values, pa.string())])


#: The policy of the last query, as tables: making them takes as long as a query over a few rows.
_LAST: list[tuple[Policy, dict[str, pa.Table]]] = []


def tables_of(policy: Policy) -> dict[str, pa.Table]:
    """The tables of a policy; made once for many queries."""
    if not _LAST or _LAST[0][0] is not policy:
        _LAST[:] = [(policy, policy_tables(policy))]
    return _LAST[0][1]


@dataclass
class Bench:
    """What the functions need of a scope, and where tables are made by name; without a lake nothing is kept."""

    engine: Engine
    policy: Policy
    lake: Path | None = None

    def table(self, contract: Table, rows: Rows) -> duckdb.DuckDBPyRelation:
        """Rows as a table of the contract; what a row leaves out is null."""
        schema = pa.schema([field.with_nullable(True) for field in arrow_schema(contract)])
        filled = [{name: row.get(name) for name in schema.names} for row in rows]
        self.engine.connection.register(f"given_{contract.name}", pa.Table.from_pylist(filled, schema=schema))
        return self.engine.connection.table(f"given_{contract.name}")

    def sql(self, name: str, group: str = "identity", **tables: Any) -> duckdb.DuckDBPyRelation:
        """What `<group>/<name>.sql` makes of the tables; policy and run scope are there."""
        sql = (Path(assets.identity.__file__).parents[1] / group / f"{name}.sql").read_text(encoding="utf-8")
        given = {
            **tables_of(self.policy),
            "frozen_heirs": HEIRS.empty_table().to_pandas().astype("string"),
            "frozen_erased_records": ERASED_RECORDS.empty_table().to_pandas().astype({"record_id": "string"}),
            "run_scope": pd.DataFrame(
                {
                    "as_of": pd.Series([AS_OF], dtype="datetime64[us]"),
                    "as_of_date": [AS_OF.date()],
                    "timezone": ["UTC"],
                    "base_currency": ["USD"],
                }
            ),
        }
        inputs = {table: tables.get(table, given.get(table)) for table in table_names(sql)}
        assert all(value is not None for value in inputs.values()), inputs
        made = self.engine.query(sql, inputs).to_arrow_table()
        self.engine.connection.register(f"made_{name}", made)
        return self.engine.connection.table(f"made_{name}")

    def identified(self, records: Rows, *, accounts: Rows = (), deals: Rows = ()) -> dict[str, duckdb.DuckDBPyRelation]:
        """The tables of the group up to lead_identities, and those they are made from."""
        given = {
            "lead_records": self.table(intake.LEAD_RECORDS, records),
            "account_rows": self.table(intake.ACCOUNT_ROWS, list(accounts)),
            "opportunity_rows": self.table(intake.OPPORTUNITY_ROWS, list(deals)),
        }
        keys = name_keys(**given, scope=self)
        self.engine.connection.register("made_name_keys", keys)
        tables = {**given, "name_keys": self.engine.connection.table("made_name_keys")}
        tables |= self.with_value_keys(lead_records=given["lead_records"], opportunity_rows=given["opportunity_rows"])
        tables["match_records"] = self.sql("match_records", **tables)
        tables["match_blocks"] = match_blocks(tables["match_records"], self)
        learned = match_model(tables["match_records"], AS_OF, self)
        self.engine.connection.register("made_match_model", learned)
        tables["match_model"] = self.engine.connection.table("made_match_model")
        matches = record_matches(tables["match_records"], tables["match_blocks"], learned, AS_OF, self).to_arrow_table()
        self.engine.connection.register("kept_record_matches", matches)
        tables["record_matches"] = self.engine.connection.table("kept_record_matches")
        identities = lead_identities(tables["lead_records"], tables["record_matches"], self).to_arrow_table()
        self.engine.connection.register("kept_lead_identities", identities)
        tables["lead_identities"] = self.engine.connection.table("kept_lead_identities")
        return tables

    def with_value_keys(self, **tables: duckdb.DuckDBPyRelation) -> dict[str, duckdb.DuckDBPyRelation]:
        """The tables, those that addresses are read from and that are not given without rows, and value_keys."""
        mailed = (intake.EVENT_ROWS, intake.ACTIVITY_ROWS, intake.OUTCOME_ROWS, intake.OPPORTUNITY_ROWS)
        tables = {**{table.name: self.table(table, []) for table in mailed if table.name not in tables}, **tables}
        made = value_keys(**{name: tables[name] for name in ("lead_records", *[t.name for t in mailed])}, scope=self)
        self.engine.connection.register("made_value_keys", made)
        return {**tables, "value_keys": self.engine.connection.table("made_value_keys")}

    def golden(self, records: Rows, *, rates: Rows = (), **others: Rows) -> dict[str, duckdb.DuckDBPyRelation]:
        """The tables of the group up to golden_records."""
        tables = self.identified(records, **others)
        tables["fx_rates"] = self.table(intake.FX_RATES, list(rates))
        attributes = lead_attributes(tables["lead_records"], tables["lead_identities"], self).to_arrow_table()
        self.engine.connection.register("kept_lead_attributes", attributes)
        tables["lead_attributes"] = self.engine.connection.table("kept_lead_attributes")
        for name in ("account_keys", "company_names", "company_records", "lead_provenance", "golden_records"):
            tables[name] = self.sql(name, **tables)
        return tables

    def leads(self, records: Rows) -> list[list[str]]:
        """Which records are one lead: groups of record ids, the first being the lead's id."""
        rows = self.identified(records)["lead_identities"].fetchall()
        groups: dict[str, list[str]] = {}
        for record, lead in sorted(rows):
            groups.setdefault(lead, []).append(record)
        return [[lead, *[record for record in group if record != lead]] for lead, group in sorted(groups.items())]


def record(record_id: str, *, day: int = 1, **fields: Any) -> dict[str, Any]:
    """A lead record that arrived on a day of January 2026; `r1`, `r2`, ... sort as they are numbered."""
    return {
        "record_id": record_id,
        "file_id": "f",
        "line_no": 1,
        "source_name": "form",
        "channel": "form",
        "content_hash": record_id,
        "received_at": datetime(2026, 1, day),
        "known_at": datetime(2026, 1, day),
        "attributes": "{}",
        "repairs": "[]",
        **fields,
    }


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """The shipped policy."""
    (tmp_path / "home" / "policy").mkdir(parents=True)
    return load_policy(tmp_path / "home")


@pytest.fixture
def bench(tmp_path: Path, policy: Policy) -> Iterator[Bench]:
    """A bench with the shipped policy."""
    engine = Engine(tmp_path / "spill", "1GB", 2)
    yield Bench(engine, policy)
    engine.close()


def rows(relation: duckdb.DuckDBPyRelation, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table, sorted, of some columns."""
    return sorted(relation.select(*columns).fetchall(), key=str)


__all__ = ["AS_OF", "Bench", "date", "record", "rows"]
