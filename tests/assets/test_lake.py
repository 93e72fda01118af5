"""What is kept in the lake, and what is refused before it is."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.contract import Table, arrow_schema, words
from assets.engine import Engine
from assets.lake import ContractError, Made, keep, preview, table_path

DEALS = Table(
    name="deals",
    description="One row per deal.",
    group="opportunities",
    key=("opportunity_id", "stage"),
    columns=("opportunity_id", "stage", "status", "amount", "created_at", "is_closed", "full_name"),
    required=("status",),
    words={"status": words("open", "won")},
)
GOOD = {
    "opportunity_id": "o1", "stage": "validation", "status": "open", "amount": Decimal("1.50"),
    "created_at": datetime(2026, 1, 2), "is_closed": False, "full_name": "Ann",
}  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "spill", threads=1)
    yield engine
    engine.close()


def kept(engine: Engine, path: Path, *rows: dict[str, Any], **overrides: Any) -> int:
    frame = pd.DataFrame([{**GOOD, **row} for row in rows])
    return keep(Made(DEALS, frame.assign(**overrides)), path, engine)


def test_a_table_is_kept_with_the_types_of_its_contract(engine: Engine, tmp_path: Path):
    path = tmp_path / "lake" / "deals.parquet"
    assert kept(engine, path, {}, {"opportunity_id": "o2", "amount": None, "full_name": None}) == 2
    assert pq.read_schema(path).types == [field.type for field in arrow_schema(DEALS)]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("rows", [pd.DataFrame(columns=list(DEALS.columns)), arrow_schema(DEALS).empty_table()])
def test_an_empty_table_keeps_its_types(engine: Engine, tmp_path: Path, rows: Any):
    path = tmp_path / "deals.parquet"
    assert keep(Made(DEALS, rows), path, engine) == 0
    assert pq.read_schema(path).types == [field.type for field in arrow_schema(DEALS)]


def test_columns_stand_in_the_order_of_the_contract(engine: Engine, tmp_path: Path):
    frame = pd.DataFrame([GOOD])[list(reversed(DEALS.columns))]
    keep(Made(DEALS, frame), tmp_path / "deals.parquet", engine)
    assert pq.read_schema(tmp_path / "deals.parquet").names == list(DEALS.columns)


BROKEN: list[tuple[list[dict[str, Any]], str]] = [
    ([{"status": None}], "status=None"),
    ([{"opportunity_id": None}], "opportunity_id=None"),
    ([{"is_closed": None}], "is_closed=None"),
    ([{"status": "stalled"}], "status='stalled'"),
    ([{}, {}], "('o1', 'validation') x2"),
    ([{"amount": Decimal("1e17")}], "amount"),
    ([{"amount": "twelve"}], "twelve"),
    ([{"created_at": "soon"}], "soon"),
]


@pytest.mark.parametrize(("rows", "named"), BROKEN, ids=[named for _, named in BROKEN])
def test_a_broken_promise_names_the_rows_and_keeps_nothing(
    engine: Engine, tmp_path: Path, rows: list[dict[str, Any]], named: str
):
    path = tmp_path / "deals.parquet"
    with pytest.raises(ContractError, match=r"^deals: ") as refused:
        kept(engine, path, *rows)
    assert named in str(refused.value)
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == []


@pytest.mark.parametrize("rows", [rows for rows, _ in BROKEN])
def test_a_broken_promise_of_sql_is_refused_alike(engine: Engine, tmp_path: Path, rows: list[dict[str, Any]]):
    texts = [{name: None if value is None else str(value) for name, value in {**GOOD, **row}.items()} for row in rows]
    given = pa.Table.from_pylist(texts)
    select = engine.select(f"SELECT {', '.join(DEALS.columns)} FROM given_deals", {"given_deals": given})
    for made in (engine.connection.from_arrow(given), select):
        with pytest.raises(ContractError, match=r"^deals: "):
            keep(Made(DEALS, made), tmp_path / "deals.parquet", engine)
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == []


def test_what_a_query_gives_is_kept_as_its_contract_says(engine: Engine, tmp_path: Path):
    given = {"given_deals": pa.Table.from_pylist([GOOD | {"amount": "1.505", "full_name": "O'Hara"}])}
    columns, path = ", ".join(reversed(DEALS.columns)), tmp_path / "it's kept" / "deals.parquet"
    assert keep(Made(DEALS, engine.select(f"SELECT {columns} FROM given_deals -- all", given)), path, engine) == 1
    assert pq.read_schema(path).names == list(DEALS.columns)
    assert pq.read_schema(path).types == [field.type for field in arrow_schema(DEALS)]
    assert pq.read_table(path).to_pylist()[0]["full_name"] == "O'Hara"
    for sql, named in (
        (f"SELECT {columns}, 1 AS colour FROM given_deals", "colour"),
        (f"SELECT {columns.replace('amount, ', '')} FROM given_deals", "amount"),
    ):
        with pytest.raises(ContractError, match=named):
            keep(Made(DEALS, engine.select(sql, given)), path, engine)
    with pytest.raises(ValueError, match="not named"):
        engine.select("SELECT * FROM given_deals", given)


def test_a_missing_column_and_one_too_many_are_named(engine: Engine, tmp_path: Path):
    for rows in (pd.DataFrame([GOOD]), engine.connection.from_df(pd.DataFrame([GOOD]))):
        without = rows.drop(columns="amount") if isinstance(rows, pd.DataFrame) else rows.project("* EXCLUDE (amount)")
        with pytest.raises(ContractError, match="amount"):
            keep(Made(DEALS, without), tmp_path / "deals.parquet", engine)
    with pytest.raises(ContractError, match="colour"):
        kept(engine, tmp_path / "deals.parquet", {}, colour="red")


def test_what_was_kept_before_stays_when_the_new_table_is_refused(engine: Engine, tmp_path: Path):
    path = tmp_path / "deals.parquet"
    kept(engine, path, {})
    before = path.read_bytes()
    with pytest.raises(ContractError):
        kept(engine, path, {"status": "stalled"})
    assert path.read_bytes() == before


def test_an_error_names_a_few_rows_not_all(engine: Engine, tmp_path: Path):
    with pytest.raises(ContractError) as refused:
        kept(engine, tmp_path / "deals.parquet", *[{"opportunity_id": f"o{n}", "status": None} for n in range(99)])
    assert str(refused.value).count("opportunity_id=") == 5


def test_an_error_shows_no_personal_value(engine: Engine, tmp_path: Path):
    with pytest.raises(ContractError) as refused:
        kept(engine, tmp_path / "deals.parquet", {"status": "stalled", "full_name": "Ann Canary"})
    assert "Canary" not in str(refused.value)


def test_tables_of_a_day_and_tables_made_once_have_their_places():
    once = Table(**{n: getattr(DEALS, n) for n in Table.__dataclass_fields__} | {"dated": False})
    assert table_path(Path("lake"), DEALS, "2026-01-02") == Path("lake/opportunities/deals/2026-01-02.parquet")
    assert table_path(Path("lake"), once, "2026-01-02") == Path("lake/opportunities/deals.parquet")


def test_a_preview_hides_who_people_are_and_escapes_markup(engine: Engine):
    row = {**GOOD, "stage": "a|b <b>`x`</b>\n# [y](z)", "full_name": "Ann Canary"}
    text = preview(DEALS, engine.connection.from_df(pd.DataFrame([row])))
    head, _, cells = text.splitlines()
    assert head.count("|") == cells.count("|") == len(DEALS.columns) + 1
    assert "Canary" not in text
    assert not {"<", ">", "`", "["} & set(cells)
