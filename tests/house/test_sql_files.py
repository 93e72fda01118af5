"""What holds for every SQL file: readable, free of the clock, and the same on Spark."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

ROOT = Path(__file__).parents[2]
ROOMS = ("assets", "quality", "serving")
SQL_FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.sql"))

#: What would make a table depend on when, where or in which order it is computed.
UNREPEATABLE = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Rand)
UNREPEATABLE_NAMES = {"NOW", "TODAY", "RANDOM", "UUID", "GEN_RANDOM_UUID", "GET_CURRENT_TIMESTAMP", "NEXTVAL"}

every_sql_file = pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(ROOT)))


def test_there_are_sql_files():
    assert len(SQL_FILES) > 10


@every_sql_file
def test_begins_with_a_comment_that_describes_it(path: Path):
    assert path.read_text(encoding="utf-8").startswith("-- ")


@every_sql_file
def test_is_one_select_that_spark_understands(path: Path):
    translated = sqlglot.transpile(
        path.read_text(encoding="utf-8"),
        read="duckdb",
        write="spark",
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    assert len(translated) == 1
    (again,) = sqlglot.parse(translated[0], read="spark")
    assert isinstance(again, exp.Query)


@every_sql_file
def test_asks_neither_the_clock_nor_chance(path: Path):
    tree = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
    called = {node.sql(dialect="duckdb") for node in tree.find_all(*UNREPEATABLE)}
    called |= {node.name for node in tree.find_all(exp.Anonymous) if node.name.upper() in UNREPEATABLE_NAMES}
    assert not called


@every_sql_file
def test_its_result_names_its_columns(path: Path):
    tree = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
    assert not [column for column in tree.selects if column.is_star], "lineage cannot be read through a star"
