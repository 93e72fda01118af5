"""Truths across tables: each is one SQL file whose SELECT gives the rows that offend it; none means it holds.

A file begins with comment lines: what should be true, then ``severity:`` and ``table:``. It returns ``offender``
(ids, never a personal value) and ``amount_base`` (the money that rests on the row, or null). Its FROM clauses are its
inputs. They run on DuckDB over the lake before a publication, and over what is published for ``sluice verify``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import duckdb

from assets.engine import Engine, Source, table_names

FOLDER = Path(__file__).with_name("truths")
#: How many offenders a result names.
NAMED_ROWS = 5


@dataclass(frozen=True)
class Truth:
    """One statement that must hold.

    Attributes:
        name: the file's name; says what is true.
        expected: the same in a sentence.
        table: the table it is mostly about.
        sql: the SELECT of offending rows.
        inputs: the tables it reads.
    """

    name: str
    expected: str
    severity: Literal["blocking", "warning"]
    table: str
    sql: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class TruthResult:
    """What became of a truth.

    Attributes:
        passed: None when it could not be looked at.
        observed: how many rows offend it, and the first of them.
        rows_affected: how many rows offend it.
        amount_at_risk_base: the money that rests on them; None where none is known.
    """

    truth: Truth
    passed: bool | None
    observed: str
    rows_affected: int = 0
    amount_at_risk_base: Decimal | None = None


@cache
def load_truths() -> tuple[Truth, ...]:
    """Every truth, by name."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.sql")))


def truths_named(names: Iterable[str]) -> list[Truth]:
    """Some truths, in the order named."""
    known = {truth.name: truth for truth in load_truths()}
    return [known[name] for name in names]


def _read(path: Path) -> Truth:
    sql = path.read_text(encoding="utf-8")
    said, notes = [], {}
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").strip()
        key, colon, value = text.partition(": ")
        if colon and key in {"severity", "table"}:
            notes[key] = value
        else:
            said.append(text)
    severity = notes["severity"]
    if severity not in {"blocking", "warning"}:
        raise ValueError(f"{path.name}: severity is blocking or warning, not {severity!r}")
    return Truth(
        path.stem,
        " ".join(said),
        "blocking" if severity == "blocking" else "warning",
        notes["table"],
        sql,
        tuple(table_names(sql)),
    )


def check_truth(truth: Truth, engine: Engine, inputs: Mapping[str, Source]) -> TruthResult:
    """Looks for rows that offend a truth.

    Args:
        truth: the truth.
        engine: where it runs.
        inputs: the tables by name; more than it reads is fine.

    Returns:
        The result. A table that is missing, or an error of the engine, is neither passed nor failed.
    """
    missing = [name for name in truth.inputs if name not in inputs]
    if missing:
        return TruthResult(truth, None, f"could not be looked at: no table {', '.join(missing)}")
    column, function = duckdb.ColumnExpression, duckdb.FunctionExpression
    try:
        offenders = engine.query(truth.sql, {name: inputs[name] for name in truth.inputs})
        # One pass: the truth itself may be dear.
        found = offenders.aggregate(
            [
                function("count_star").alias("lines"),
                function("sum", column("amount_base")).alias("amount"),
                function("min", column("offender").cast("VARCHAR"), duckdb.ConstantExpression(NAMED_ROWS)).alias(
                    "first"
                ),
            ]
        ).fetchall()[0]
    except duckdb.Error as error:
        return TruthResult(truth, None, f"could not be looked at: {type(error).__name__}")
    rows, amount, first = int(found[0]), found[1], found[2] or []
    if not rows:
        return TruthResult(truth, True, "holds")
    said = f"{rows} rows, first: {'; '.join(first)}"
    return TruthResult(
        truth, False, said, rows, None if amount is None else Decimal(str(amount)).quantize(Decimal("0.01"))
    )
