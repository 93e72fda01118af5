"""What recognition learned and weighed before, kept beside its tables: nothing is computed twice.

Each file is named for everything that it was computed from, so that another policy, another release or another record
to learn from finds nothing, and what is found is what would be computed. The files can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.engine import write_parquet
from assets.scope import Scope


@dataclass(frozen=True)
class Kept:
    """A folder of derived files.

    Attributes:
        folder: where they are; None where nothing is kept.
    """

    folder: Path | None

    def path(self, kind: str, made_from: str, ending: str) -> Path | None:
        """Where what was made from this is kept."""
        if self.folder is None:
            return None
        name = hashlib.sha256(made_from.encode()).hexdigest()[:32]
        return self.folder / f"{kind}-{name}{ending}"

    def text(self, kind: str, made_from: str) -> str | None:
        """What was kept as text; None where nothing was."""
        path = self.path(kind, made_from, ".json")
        return path.read_text(encoding="utf-8") if path is not None and path.exists() else None

    def keep_text(self, kind: str, made_from: str, text: str) -> None:
        """Keeps a text instead of what was kept of its kind."""
        path = self.path(kind, made_from, ".json")
        if path is not None:
            fresh = self._fresh(path)
            fresh.write_text(text, encoding="utf-8")
            self._replace(kind, fresh, path)

    def rows(self, connection: duckdb.DuckDBPyConnection, kind: str, made_from: str) -> duckdb.DuckDBPyRelation | None:
        """What was kept as a table; None where nothing was."""
        path = self.path(kind, made_from, ".parquet")
        return connection.read_parquet(str(path)) if path is not None and path.exists() else None

    def keep_rows(
        self, connection: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation, kind: str, made_from: str
    ) -> None:
        """Keeps a table instead of what was kept of its kind."""
        path = self.path(kind, made_from, ".parquet")
        if path is not None:
            fresh = self._fresh(path)
            rows.create_view("kept_rows", replace=True)
            write_parquet(connection, "FROM kept_rows", fresh)
            connection.execute("DROP VIEW kept_rows")
            self._replace(kind, fresh, path)

    @staticmethod
    def _fresh(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{path.name}.{os.getpid()}.tmp")

    @staticmethod
    def _replace(kind: str, fresh: Path, path: Path) -> None:
        fresh.replace(path)
        for old in path.parent.glob(f"{kind}-*"):
            if old != path:
                old.unlink(missing_ok=True)


def kept_of(scope: Scope) -> Kept:
    """The folder of a run's home; where there is no home, nothing is kept."""
    lake = getattr(scope, "lake", None)
    return Kept(lake / "identity" / "kept" if lake else None)
