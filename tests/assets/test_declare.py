"""Dependencies and column lineage, read from the SQL and from the signatures."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlglot

from assets.contract import Table
from assets.declare import column_lineage, frame_table, sql_table
from assets.engine import table_names
from docs.generate import ROOT, contracts

TABLES = {table.name: table for table in contracts()}


@pytest.fixture(autouse=True)
def declared_elsewhere(monkeypatch: pytest.MonkeyPatch):
    """What is declared here is not of the house."""
    monkeypatch.setattr("assets.declare.DECLARED", {})


@pytest.mark.parametrize(
    ("sql", "lineage"),
    [
        ("SELECT a.x AS y FROM a", {"y": [("a", "x")]}),
        ("SELECT a.x + b.z AS y FROM a JOIN b ON a.id = b.id", {"y": [("a", "x"), ("b", "z")]}),
        ("WITH c AS (SELECT a.x AS u FROM a) SELECT c.u AS y FROM c", {"y": [("a", "x")]}),
        ("WITH c AS (SELECT a.* FROM a) SELECT c.x AS y FROM c", {"y": [("a", "x")]}),
        ("WITH c AS (SELECT * FROM a) SELECT d.x AS y FROM (SELECT * FROM c) AS d", {"y": [("a", "x")]}),
        ("SELECT a.x AS y FROM a UNION ALL SELECT b.z AS y FROM b", {"y": [("a", "x"), ("b", "z")]}),
        (
            "WITH c AS (SELECT a.x AS u, a.k FROM a UNION ALL SELECT b.z AS w, b.k FROM b) SELECT c.u AS y FROM c",
            {"y": [("a", "x"), ("b", "z")]},
        ),
        ("SELECT (SELECT MAX(b.z) FROM b) AS y FROM a", {"y": [("b", "z")]}),
        ("SELECT (SELECT MAX(b.z) FROM b WHERE b.k = a.k) AS y FROM a", {"y": [("a", "k"), ("b", "k"), ("b", "z")]}),
        ("SELECT x AS y FROM a", {"y": [("a", "x")]}),
        (
            "SELECT SUM(a.x) FILTER (WHERE a.w > 0) OVER (PARTITION BY a.g) AS y FROM a",
            {"y": [("a", "g"), ("a", "w"), ("a", "x")]},
        ),
        ("SELECT 1 AS y, run_scope.as_of AS at FROM a CROSS JOIN run_scope", {"y": [], "at": []}),
        ("SELECT a.x AS y FROM a LEFT JOIN policy_stages AS p ON a.s = p.stage", {"y": [("a", "x")]}),
        ("SELECT a.x AS y, p.label AS z FROM a JOIN policy_stages AS p ON a.s = p.stage", {"y": [("a", "x")], "z": []}),
    ],
)
def test_a_column_is_traced_to_the_columns_it_is_made_of(sql: str, lineage: dict[str, list[tuple[str, str]]]):
    assert column_lineage(sql) == lineage


def test_the_tables_that_a_select_reads_are_its_dependencies():
    sql = (
        "WITH c AS (SELECT * FROM a) "
        "SELECT c.x, (SELECT MAX(d.y) FROM d) AS y FROM c JOIN b ON c.k = b.k CROSS JOIN run_scope"
    )
    assert table_names(sql) == ["a", "b", "d", "run_scope"]


def test_a_file_with_two_statements_or_none_is_refused():
    for sql in ("SELECT 1 AS x; SELECT 2 AS x", "DELETE FROM a"):
        with pytest.raises((ValueError, sqlglot.ParseError)):
            table_names(sql)


THINGS = Table(
    name="campaigns",
    description="One row per campaign.",
    question="Which?",
    group="intake",
    key=("campaign",),
    columns=("campaign", "lead_count"),
)


def test_an_sql_asset_depends_on_its_tables_and_not_on_what_a_run_is_given(tmp_path: Path):
    (tmp_path / "campaigns.sql").write_text(
        "-- One row per campaign.\n"
        "SELECT l.campaign, count(*) AS lead_count FROM leads AS l CROSS JOIN run_scope\n"
        "JOIN policy_feeds USING (source_name) JOIN frozen_things USING (campaign) GROUP BY l.campaign\n"
    )
    asset = sql_table(THINGS, str(tmp_path / "tables.py"))
    assert {key.path[-1] for key in asset.dependency_keys} == {"leads"}
    metadata = asset.metadata_by_key[asset.key]
    lineage = metadata["dagster/column_lineage"]
    deps = getattr(lineage, "value", lineage).deps_by_column
    assert [(d.asset_key.path[-1], d.column_name) for d in deps["campaign"]] == [("leads", "campaign")]
    assert "SELECT l.campaign" in str(metadata["sql"])


def test_a_function_depends_on_its_parameters():
    def campaigns(
        leads: pd.DataFrame, lead_events: duckdb.DuckDBPyRelation, policy_feeds: pd.DataFrame, as_of: object
    ) -> pd.DataFrame:
        del leads, lead_events, policy_feeds, as_of
        return pd.DataFrame()

    asset = frame_table(THINGS, campaigns)
    assert {key.path[-1] for key in asset.dependency_keys} == {"leads", "lead_events"}


SQL_FILES = {path.stem: path for path in sorted((ROOT / "assets").rglob("*.sql"))}
PUBLISHED = [name for name in SQL_FILES if name in TABLES and TABLES[name].published]

#: Published columns that come from no table's column: from the policy or the journal, words of the SQL's own, and
#: counts of rows.
FROM_NO_COLUMN = {
    "accounts": {"lead_count"},
    "campaigns": {"lead_count"},
    "identity_events": {"happened_at"},
    "lead_aliases": {"old_lead_id"},
    "lead_provenance": {"field"},
    "lead_scores": {"conversion_probability", "model_version", "policy_version"},
    "score_ledger": {"component", "kind", "policy_version", "reason"},
    "source_performance": {"lead_to_opportunity_rate", "leads", "opportunities"},
    "stages": set(TABLES["stages"].columns),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_column_made_by_sql_is_traced_to_a_table(name: str):
    lineage = column_lineage(SQL_FILES[name].read_text(encoding="utf-8"))
    assert set(lineage) == set(TABLES[name].columns)
    untraced = {column for column, sources in lineage.items() if not sources}
    assert untraced == FROM_NO_COLUMN.get(name, set())


@pytest.mark.parametrize("name", SQL_FILES)
def test_lineage_names_columns_that_the_tables_have(name: str):
    for column, sources in column_lineage(SQL_FILES[name].read_text(encoding="utf-8")).items():
        for table, source in sources:
            assert table in TABLES, f"{column} comes from {table}"
            assert source in TABLES[table].columns, f"{column} comes from {table}.{source}"
