"""Each check of each suite passes on sound rows and fails on one bad row, seen natively and by counts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assets.columns import COLUMNS
from assets.contract import Table, sqlalchemy_table, words
from quality.suites import Check, CheckResult, StagedTable, checks_of, run_suites
from serving.catalogue import published_tables

CANARY = "canary@example.com"
SMALL = Table(
    name="forecasts",
    description="One row per as_of and segment.",
    group="forecast",
    key=("as_of", "segment"),
    columns=("as_of", "segment", "email", "p10", "p50", "p90", "probability_of_target", "skill_label", "is_current"),
    required=("p10", "email"),
    words={"skill_label": words("baseline", "skilled")},
    published=True,
    history=True,
)


def sound_row(table: Table, number: int) -> dict[str, Any]:
    """A row that keeps every check; rows differ in every key column."""
    values: dict[str, Any] = {}
    for column in table.fields():
        kind, name = column.type, column.name
        if name in table.words:
            values[name] = table.words[name][number % len(table.words[name])]
        elif kind in {"text", "json"}:
            values[name] = f"{name[0]}{number:020d}"
        elif kind == "boolean":
            values[name] = True
        elif kind == "timestamp":
            values[name] = datetime(2026, 1, 1, 0, 0, number % 60, tzinfo=UTC)
        elif kind == "date":
            values[name] = date(2026, 1, 1 + number % 28)
        elif kind == "integer":
            values[name] = 1
        elif kind == "double":
            values[name] = 0.5
        else:
            values[name] = Decimal("1.00")
    if table.key == ("date",):
        values["date"] = date(2026, 1, 1) + timedelta(days=number)
    return values


def breaking(check: Check) -> dict[str, Any]:
    """What to change on a sound row so that it breaks this check."""
    column = check.columns[0]
    kind = COLUMNS[column].type
    if check.kind == "not_null":
        return {column: None}
    if check.kind == "words":
        return {column: "not a word"}
    if check.kind == "length":
        return {column: "short"}
    if check.kind == "ordered":
        low, high = check.columns
        if kind == "timestamp":
            return {low: datetime(2027, 1, 1, tzinfo=UTC), high: datetime(2026, 1, 1, tzinfo=UTC)}
        return {low: 1, high: 0}
    value = check.low - 1 if check.low is not None else (check.high or 0) + 1
    return {column: int(value) if kind == "integer" else Decimal(int(value)) if kind == "points" else float(value)}


def as_kept(rows: list[dict[str, Any]], *, sqlite: bool) -> list[dict[str, Any]]:
    if not sqlite:
        return rows

    def value(v: Any) -> Any:
        if isinstance(v, datetime):
            return v.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if isinstance(v, bool):
            return int(v)
        return v.isoformat() if isinstance(v, date) else v

    return [{name: value(v) for name, v in row.items()} for row in rows]


def stage(url: str, table: Table, rows: list[dict[str, Any]], *, said: int | None = None) -> StagedTable:
    engine = sa.create_engine(url)
    target = sqlalchemy_table(table, sa.MetaData(), name=f"{table.name}__3", keys=False)
    with engine.begin() as connection:
        target.drop(connection, checkfirst=True)
        target.create(connection)
        connection.execute(sa.insert(target), as_kept(rows, sqlite=url.startswith("sqlite")))
    engine.dispose()
    return StagedTable(table, target.name, len(rows) if said is None else said, len(rows))


def bad_rows(table: Table) -> tuple[list[dict[str, Any]], list[Check]]:
    """One row for each check that it breaks, among sound ones, and a doubled key."""
    checks = [check for check in checks_of(table) if check.kind not in {"row_count", "unique"}]
    # a key column of a closed list of words, or of a date, is the same check on another row
    rows = [{**sound_row(table, n), **breaking(check)} for n, check in enumerate(checks)]
    sound = sound_row(table, 59)
    return [*rows, sound, dict(sound)], checks


def failures(results: list[CheckResult]) -> set[tuple[str, str]]:
    return {(result.check.table, result.check.name) for result in results if result.passed is False}


@pytest.fixture(scope="module")
def every_table() -> list[Table]:
    return [t for t in published_tables().values() if t.name not in {"publications", "balances", "quality_results"}]


@pytest.mark.parametrize("native_rows", [1000, 0], ids=["natively", "by counts"])
def test_every_check_of_every_table_can_fail(tmp_path: Path, every_table: list[Table], native_rows: int) -> None:
    url = f"sqlite:///{tmp_path / 'staged.db'}"
    staged, expected = [], set()
    for table in every_table:
        rows, checks = bad_rows(table)
        staged.append(stage(url, table, rows, said=len(rows) + 1))
        expected |= {(table.name, check.name) for check in checks} | {(table.name, "every_staged_row_arrived")}
        if native_rows:
            expected.add((table.name, "key_is_unique"))
    found = run_suites(staged, url, None, None, native_rows=native_rows)
    assert expected - failures(found) == set()
    assert [result for result in found if result.passed is None] == []


@pytest.mark.parametrize("native_rows", [1000, 0], ids=["natively", "by counts"])
def test_every_check_of_every_table_can_pass(tmp_path: Path, every_table: list[Table], native_rows: int) -> None:
    url = f"sqlite:///{tmp_path / 'staged.db'}"
    staged = [stage(url, table, [sound_row(table, number) for number in range(2)]) for table in every_table]
    found = run_suites(staged, url, None, None, native_rows=native_rows)
    assert failures(found) == set()
    assert [result for result in found if result.passed is None] == []


@pytest.mark.parametrize("native_rows", [1000, 0], ids=["natively", "by counts"])
def test_a_failure_names_rows_by_their_key_on_either_database(warehouse_url: str, native_rows: int) -> None:
    rows, _ = bad_rows(SMALL)
    found = {
        r.check.name: r
        for r in run_suites([stage(warehouse_url, SMALL, rows)], warehouse_url, None, None, native_rows=native_rows)
    }
    failed = {name for name, result in found.items() if result.passed is False}
    assert {"p10_is_never_null", "skill_label_is_a_known_word", "p10_is_at_most_p50"} <= failed
    word = found["skill_label_is_a_known_word"]
    assert word.rows_affected == 1
    assert "segment=s000" in word.observed
    assert found["every_staged_row_arrived"].passed


def test_no_personal_value_is_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'staged.db'}"
    rows = [{**sound_row(SMALL, n), "email": CANARY, "skill_label": "not a word"} for n in range(3)]
    docs = tmp_path / "docs"
    found = run_suites([stage(url, SMALL, rows)], url, None, docs)
    assert CANARY not in "".join(result.observed for result in found)
    pages = [path.read_text(encoding="utf-8") for path in docs.rglob("*.html")]
    assert len(pages) >= 3
    assert not any(CANARY in page for page in pages)


def test_the_data_docs_open_without_a_network(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'staged.db'}"
    docs = tmp_path / "docs"
    run_suites([stage(url, SMALL, [sound_row(SMALL, 1)])], url, None, docs)
    assert (docs / "index.html").exists()
    for path in docs.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=.https?://[^>]*>|url\(.?https?://[^)]*\)", page)
        assert fetched == [], path


def test_a_check_that_cannot_run_has_neither_passed_nor_failed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'staged.db'}"
    place = stage(url, SMALL, [sound_row(SMALL, 1)])
    missing = StagedTable(SMALL, "not_there__3", 1, 1)
    assert {result.passed for result in run_suites([missing], url, None, None)} == {None}
    assert {result.passed for result in run_suites([missing], url, None, None, native_rows=0)} == {None}
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE forecasts__3 DROP COLUMN p90")
    found = {result.check.name: result.passed for result in run_suites([place], url, None, None)}
    assert found["p50_is_at_most_p90"] is None


def test_a_table_that_readers_have_already_is_not_looked_at_again(tmp_path: Path) -> None:
    place = StagedTable(SMALL, None, 0, 7)
    found = run_suites([place], f"sqlite:///{tmp_path / 'none.db'}", None, None)
    assert {result.passed for result in found} == {True}
