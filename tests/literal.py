"""Small tables: literal rows in, literal rows out, typed by the contracts.

A test names only the tables and columns that it is about. Tables it does not name are empty, columns it does not
name are null, the policy is the shipped one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyRelation

from assets.contract import GROUPS, Table, arrow_schema
from assets.engine import Engine, table_names
from assets.intake.kept_lines import lines_schema
from policy.load import load_policy
from policy.model import Policy
from policy.tables import policy_tables
from sources.erasures import ERASED_RECORDS
from sources.retractions import HEIRS

Row = Mapping[str, Any]

ROOT = Path(__file__).parents[1]

_SPILL = TemporaryDirectory(prefix="sluice-tests-")

#: What the journal gives back has the columns of the table it froze.
FROZEN = {"frozen_promotions": ("opportunity_id", "lead_id", "product", "episode", "decided_at")}


@cache
def shipped_policy() -> Policy:
    """The shipped policy, without a home."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "policy").mkdir()
        return load_policy(Path(folder))


def policy_with(**parts: dict[str, Any]) -> Policy:
    """The shipped policy with parts of it replaced, e.g. ``stages={"processes": [...]}``."""
    shipped = shipped_policy()
    told = {name: getattr(shipped, name) for name in Policy.model_fields}
    for name, new in parts.items():
        told[name] = type(told[name]).model_validate({**told[name].model_dump(by_alias=True), **new})
    return Policy(**told)


@cache
def contract(name: str) -> Table:
    """The contract of a table."""
    for group in ("intake", "opportunities", *GROUPS):
        module = "quality.tables" if group == "quality" else f"assets.{group}.tables"
        for value in vars(import_module(module)).values():
            if isinstance(value, Table) and value.name == name:
                return value
    raise KeyError(name)


def schema_of(name: str) -> pa.Schema:
    """The columns of an input that rows are given for."""
    if name in FROZEN:
        promised = arrow_schema(contract(name.removeprefix("frozen_")))
        return pa.schema([promised.field(column) for column in FROZEN[name]])
    if name == "frozen_heirs":
        return HEIRS
    if name == "frozen_erased_records":
        return ERASED_RECORDS
    if name.startswith("lines_"):
        return lines_schema(name.removeprefix("lines_"))
    promised = arrow_schema(contract(name))
    return pa.schema([field.with_nullable(True) for field in promised])


def table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of the contract's types; instants and dates may be ISO text, money a number."""
    schema, listed = schema_of(name), list(rows)
    unknown = {column for row in listed for column in row} - set(schema.names)
    assert not unknown, f"{name} has no column {sorted(unknown)}"
    return pa.table(
        [pa.array([_typed(row.get(field.name), field.type) for row in listed], field.type) for field in schema],
        schema=schema,
    )


def _typed(value: Any, type_: pa.DataType) -> Any:
    if isinstance(value, str) and pa.types.is_timestamp(type_):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and pa.types.is_date(type_):
        return date.fromisoformat(value)
    if value is not None and pa.types.is_decimal(type_):
        return Decimal(str(value))
    return value


def run_scope(as_of: str, timezone: str = "UTC", base_currency: str = "USD") -> pd.DataFrame:
    """The one row that says what a run speaks for."""
    instant = datetime.fromisoformat(as_of)
    return pd.DataFrame(
        {
            "as_of": pd.Series([instant], dtype="datetime64[us]"),
            "as_of_date": [instant.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()],
            "timezone": [timezone],
            "base_currency": [base_currency],
            "policy_version": ["test"],
        }
    )


@cache
def engine() -> Engine:
    """One engine for all small tables of this test process."""
    return Engine(Path(_SPILL.name), threads=1)


@cache
def _query(path: str) -> tuple[str, list[str]]:
    sql = (ROOT / "assets" / f"{path}.sql").read_text(encoding="utf-8")
    return sql, table_names(sql)


_POLICY_TABLES: dict[str, dict[str, DuckDBPyRelation]] = {}


def _policy_tables(policy: Policy) -> dict[str, DuckDBPyRelation]:
    if policy.version not in _POLICY_TABLES:
        _POLICY_TABLES[policy.version] = {
            name: engine().connection.from_arrow(rows) for name, rows in policy_tables(policy).items()
        }
    return _POLICY_TABLES[policy.version]


def run(
    path: str,
    as_of: str = "2026-06-30",
    policy: Policy | None = None,
    base_currency: str = "USD",
    **tables: Iterable[Row],
) -> list[dict[str, Any]]:
    """The rows that one SQL file makes of literal tables.

    Args:
        path: ``<group>/<table>`` under assets/.
        as_of: the instant the run speaks for.
        policy: instead of the shipped one.
        base_currency: of the run.
        **tables: rows of the tables the file reads; those left out are empty.

    Returns:
        The rows, by the table's key; instants, dates and money as Python has them, JSON still as text.
    """
    sql, names = _query(path)
    assert set(tables) <= set(names), f"{path} does not read {sorted(set(tables) - set(names))}"
    given = _policy_tables(policy or shipped_policy())
    inputs: dict[str, Any] = {}
    for name in names:
        if name == "run_scope":
            zone = (policy or shipped_policy()).business.timezone
            inputs[name] = run_scope(as_of, zone, base_currency)
        elif name in given:
            inputs[name] = given[name]
        else:
            inputs[name] = engine().connection.from_arrow(table(name, tables.get(name, ())))
    promise = contract(path.split("/")[1])
    made = engine().query(sql, inputs)
    assert sorted(made.columns) == sorted(promise.columns), "the columns of the contract"
    rows: list[dict[str, Any]] = made.select(*promise.columns).to_arrow_table().to_pylist()
    keys = [tuple(row[column] for column in promise.key) for row in rows]
    assert len(set(keys)) == len(keys), f"the key {promise.key} is unique"
    for column in promise.columns:
        if promise.is_required(column):
            assert all(row[column] is not None for row in rows), f"{column} is never null"
    return [row for _, row in sorted(zip(map(repr, keys), rows, strict=True), key=lambda pair: pair[0])]


def pick(rows: Iterable[Row], *columns: str) -> list[Any]:
    """These columns of each row: tuples, or plain values of one column."""
    if len(columns) == 1:
        return [row[columns[0]] for row in rows]
    return [tuple(row[column] for column in columns) for row in rows]


def flags(row: Row) -> list[str]:
    """The codes in a row's `flags`."""
    found: list[str] = json.loads(row["flags"])
    return found
