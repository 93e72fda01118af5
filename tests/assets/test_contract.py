"""What a contract promises, and how it is rendered."""

from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from assets.columns import COLUMNS
from assets.contract import ENGINE_TYPES, Table, arrow_schema, dagster_schema, dictionary_lines, sqlalchemy_table, words

DEALS = Table(
    name="deals",
    description="One row per deal.",
    question="Which deals are there?",
    group="opportunities",
    key=("opportunity_id",),
    columns=("opportunity_id", "owner", "status", "amount", "rate_to_base", "points", "win_probability", "is_closed",
             "created_at", "expected_close_date", "record_count", "flags", "email", "passed"),
    required=("status", "flags"),
    words={"status": words("open", "won")},
)  # fmt: skip


def changed(**values: Any) -> Table:
    return Table(**{name: getattr(DEALS, name) for name in Table.__dataclass_fields__} | values)


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"columns": ("opportunity_id", "colour", "status", "flags")}, "colour"),
        ({"key": ("lead_id",)}, "lead_id"),
        ({"required": ("lead_id",)}, "lead_id"),
        ({"columns": (*DEALS.columns, "owner")}, "twice"),
        ({"description": "All deals."}, "One row per"),
        ({"group": "sales"}, "sales"),
        ({"history": True}, "as_of"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(values: dict[str, Any], about: str):
    with pytest.raises(ValueError, match="contract of deals") as refused:
        changed(**values)
    assert about in str(refused.value)


def test_keys_required_columns_and_booleans_are_never_null_but_passed_may_be():
    required = [name for name in DEALS.columns if DEALS.is_required(name)]
    assert required == ["opportunity_id", "status", "is_closed", "flags"]


def test_the_parquet_schema_has_the_types_and_meanings():
    schema = arrow_schema(DEALS)
    assert schema.names == list(DEALS.columns)
    assert schema.field("amount").type == pa.decimal128(18, 2)
    assert schema.field("points").type == pa.decimal128(9, 2)
    assert schema.field("rate_to_base").type == pa.decimal128(18, 6)
    assert schema.field("created_at").type == pa.timestamp("us")
    assert not schema.field("status").nullable
    assert schema.field("owner").nullable
    assert schema.field("owner").metadata == {b"meaning": COLUMNS["owner"].meaning.encode()}
    assert schema.metadata == {b"description": b"One row per deal."}


@pytest.mark.parametrize("type_", sorted({column.type for column in COLUMNS.values()}))
def test_parquet_and_engine_mean_the_same_type(type_: str):
    name = next(column.name for column in COLUMNS.values() if column.type == type_)
    table = changed(columns=(name,), key=(name,), required=(), words={})
    empty = duckdb.connect().from_arrow(arrow_schema(table).empty_table())
    assert [str(found) for found in empty.types] == [ENGINE_TYPES[type_]]


def test_dagster_shows_types_meanings_constraints_and_what_is_personal():
    shown = {column.name: column for column in dagster_schema(DEALS).columns}
    assert list(shown) == list(DEALS.columns)
    assert shown["amount"].type == "decimal(18,2)"
    assert shown["opportunity_id"].constraints == dg.TableColumnConstraints(nullable=False, unique=True)
    assert shown["owner"].constraints == dg.TableColumnConstraints(nullable=True, unique=False)
    assert [name for name, column in shown.items() if "personal" in column.tags] == ["email"]
    assert shown["owner"].description == COLUMNS["owner"].meaning


def ddl(dialect: Any, **options: Any) -> str:
    table = sqlalchemy_table(DEALS, sa.MetaData(schema=options.pop("schema", None)), **options)
    return " ".join(str(CreateTable(table).compile(dialect=dialect)).split())


def test_postgresql_gets_exact_money_instants_with_a_zone_and_a_primary_key():
    text = ddl(postgresql.dialect(), schema="sluice_data")
    assert text.startswith("CREATE TABLE sluice_data.deals (")
    for part in (
        "opportunity_id TEXT NOT NULL", "owner TEXT,", "amount NUMERIC(18, 2)", "is_closed BOOLEAN NOT NULL",
        "created_at TIMESTAMP WITH TIME ZONE", "expected_close_date DATE", "record_count BIGINT",
        "win_probability DOUBLE PRECISION", "PRIMARY KEY (opportunity_id)",
    ):  # fmt: skip
        assert part in text


def test_sqlite_gets_iso_text_and_numbers():
    text = ddl(sqlite.dialect())
    for part in ("is_closed INTEGER NOT NULL", "created_at TEXT", "expected_close_date TEXT", "win_probability REAL"):
        assert part in text


def test_a_staging_copy_has_another_name_and_takes_doubles_and_nulls():
    text = ddl(sqlite.dialect(), name="deals_staged", keys=False)
    assert text.startswith("CREATE TABLE deals_staged (")
    assert "NOT NULL" not in text
    assert "PRIMARY KEY" not in text


def test_tables_and_columns_carry_comments():
    table = sqlalchemy_table(DEALS, sa.MetaData())
    assert table.comment == "One row per deal."
    assert table.c.owner.comment == COLUMNS["owner"].meaning
    assert all(column.comment for column in table.columns)


def test_the_dictionary_names_keys_types_words_and_personal_columns():
    lines = dictionary_lines(DEALS)
    text = "\n".join(lines)
    assert lines[0] == "### `deals`"
    assert "*Answers:* Which deals are there?" in text
    assert "| `opportunity_id` **key** | varchar | no |" in text
    assert "One of: open, won." in text
    assert "| `email` *personal* |" in text
    assert len([line for line in lines if line.startswith("| `")]) == len(DEALS.columns)


def test_every_column_has_a_meaning_that_fits_one_line():
    for column in COLUMNS.values():
        assert column.meaning.endswith("."), column.name
        assert "\n" not in column.meaning, column.name
        assert "|" not in column.meaning, column.name
