"""Rows that are computed once where they are few."""

from __future__ import annotations

import itertools
import os

from duckdb import DuckDBPyRelation
from sqlglot import exp, parse_one

from assets.engine import Engine

#: Up to so many rows are computed once and held; more flow through every step.
SETTLED_ROWS = 1_000_000


class Settled:
    """Rows computed once, where they are few: planning a long chain again costs more than they do.

    They are tables of the engine, inside its memory limit, and gone when the batch is done.
    """

    def __init__(self, engine: Engine) -> None:
        """Take the engine that holds them."""
        self.engine = engine
        self.names: list[str] = []
        self.made = itertools.count()

    def __call__(self, rows: DuckDBPyRelation, count: int) -> DuckDBPyRelation:
        """The rows, computed where they are `count` and that is few; what was computed before is dropped."""
        if count > SETTLED_ROWS:
            return rows
        name = f"settled_{os.getpid()}_{next(self.made)}"
        rows.create(name)
        self.drop()  # what it was made of
        self.names.append(name)
        return self.engine.connection.table(name)

    def drop(self) -> None:
        """Drop what was computed last."""
        for name in self.names:
            statement = parse_one("DROP TABLE settled", read="duckdb")
            named = statement.find(exp.Table)
            if named is not None:
                named.replace(exp.to_table(name))
            self.engine.connection.execute(statement.sql("duckdb"))
        self.names = []
