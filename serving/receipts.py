"""Receipts: what became of each line of each partner and form file, in the file's own dialect.

A receipt is written when the answers differ from those it gave last; the comparison is a hash that may be lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from assets.lake import table_path
from assets.scope import Scope
from serving.catalogue import tables
from sources.durable import write_bytes
from sources.landing import FeedFile, files_of_feeds
from sources.mapping.waiting import write_proposals
from sources.receipt import write_receipt

#: Who gets an answer: people who drop files and forms, not logs and systems.
ANSWERED_CHANNELS = ("partner", "form")

#: The columns appended, in order.
ANSWER_COLUMNS = (
    "sluice_verdict",
    "sluice_code",
    "sluice_reason",
    "sluice_repairs",
    "sluice_lead_id",
    "sluice_grade",
    "sluice_promoted",
)


def receipts_folder(home: Path) -> Path:
    """Where the receipts of a home are."""
    return home / "out" / "receipts"


def write_receipts(scope: Scope) -> list[Path]:
    """Writes every receipt whose answers are new, and the proposed feeds of files that wait for one.

    Args:
        scope: the run whose tables answer.

    Returns:
        The paths written.
    """
    index_path = scope.lake / "receipts.json"
    given: dict[str, str] = json.loads(index_path.read_text(encoding="utf-8")) if index_path.exists() else {}
    files = answered_files(scope)
    written: list[Path] = []
    now: dict[str, str] = {}
    with _answers_of(scope, files) as answers:
        said = _hashes(answers)
        for file in files:
            target = receipt_path(scope.home, file.path)
            language = _language(scope, file)
            content = said.get((file.raw_file.file_id, file.feed.feed), "") if file.feed else ""
            now[file.path] = hashlib.sha256(f"{file.raw_file.sha256} {language} {content}".encode()).hexdigest()[:32]
            exists = target.exists() or any(target.parent.glob(f"{_escaped(target.stem)}*"))
            if given.get(file.path) != now[file.path] or not exists:
                written.append(write_receipt(file.raw_file, _of_file(answers, file, language), target))
    write_proposals(scope.home, files_of_feeds(scope.raw, scope.policy.feeds))
    write_bytes(index_path, json.dumps(now, sort_keys=True).encode())
    return written


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name[:100])


def answered_files(scope: Scope) -> list[FeedFile]:
    """Partner and form files that are to be answered: those read by a leads feed, and those nobody could read."""
    found: dict[str, FeedFile] = {}
    for file in files_of_feeds(scope.raw, scope.policy.feeds):
        channel = file.feed.channel if file.feed else file.path.split("/", 1)[0].removesuffix("s")
        kind = file.feed.kind if file.feed else "leads"
        if channel in ANSWERED_CHANNELS and kind == "leads" and file.status != "unchanged":
            found.setdefault(file.path, file)
    return list(found.values())


def receipt_path(home: Path, path: str) -> Path:
    """Where the receipt of a file belongs; a path is data, and never leaves the folder."""
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    return receipts_folder(home).joinpath(*[part.replace("\0", "_") for part in parts])


def _relation(scope: Scope, name: str) -> duckdb.DuckDBPyRelation:
    return scope.engine.relation(table_path(scope.lake, tables()[name], str(scope.day)))


def _language(scope: Scope, file: FeedFile) -> str:
    return (file.feed.language if file.feed else None) or scope.policy.business.language


@contextmanager
def _answers_of(scope: Scope, files: Sequence[FeedFile]) -> Iterator[duckdb.DuckDBPyRelation]:
    """The answers to all lines of all files, computed once, in the order of files and lines."""
    asked = [(file.raw_file.file_id, file.feed.feed) for file in files if file.feed and not file.raw_file.refused]
    sql = (Path(__file__).parent / "receipt_answers.sql").read_text(encoding="utf-8")
    names = ("lead_rows", "rejected_rows", "lead_identities", "lead_scores", "promotion_decisions", "record_matches")
    inputs: dict[str, Any] = {name: _relation(scope, name) for name in names}
    inputs["answered_files"] = pd.DataFrame(sorted(set(asked)), columns=["file_id", "source_name"], dtype="string")
    connection = scope.engine.connection
    scope.engine.query(sql, inputs).create_view("receipt_answers_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE receipt_answers AS SELECT * FROM receipt_answers_view")
    try:
        yield connection.table("receipt_answers")
    finally:
        connection.execute("DROP TABLE receipt_answers")
        connection.execute("DROP VIEW receipt_answers_view")


def _hashes(answers: duckdb.DuckDBPyRelation) -> dict[tuple[str, str], str]:
    """Hash of the answers to each file, by file and feed, in the order of the lines."""
    column, function = duckdb.ColumnExpression, duckdb.FunctionExpression
    keys = ("file_id", "source_name")
    told = [name for name in answers.columns if name not in keys]
    text = function("json_array", *[column(name) for name in told]).cast("VARCHAR")
    lines = answers.select(*[column(name) for name in keys], column("line_no"), function("md5", text).alias("line"))
    joined = duckdb.SQLExpression("string_agg(line, '' ORDER BY line_no)")
    hashed = lines.aggregate([*[column(name) for name in keys], function("md5", joined)])
    return {(file_id, source_name): content for file_id, source_name, content in hashed.fetchall()}


def _of_file(answers: duckdb.DuckDBPyRelation, file: FeedFile, language: str) -> pd.DataFrame:
    """One row a line: its number and the columns to append."""
    columns = ["line_no", *ANSWER_COLUMNS, "sluice_reason_en"]
    if file.feed is None or file.raw_file.refused:
        return pd.DataFrame(columns=columns)
    column, constant = duckdb.ColumnExpression, duckdb.ConstantExpression
    mine = (column("file_id") == constant(file.raw_file.file_id)) & (column("source_name") == constant(file.feed.feed))
    found = answers.filter(mine).order("line_no").df()
    found["sluice_reason"] = found["reason_zh"] if language == "zh" else found["reason"]
    found["sluice_reason_en"] = found["reason"]
    return found[columns]
