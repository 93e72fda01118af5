"""Receipts: what became of each line of each partner and form file, in the file's own dialect.

A receipt is written when the answers differ from those it gave last; the comparison is a hash that may be lost.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from assets.lake import table_path
from assets.scope import Scope
from serving.catalogue import tables
from sources.durable import write_bytes
from sources.landing import FeedFile, files_of_feeds
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
    """Writes every receipt whose answers are new.

    Args:
        scope: the run whose tables answer.

    Returns:
        The paths written.
    """
    index_path = scope.lake / "receipts.json"
    given: dict[str, str] = json.loads(index_path.read_text(encoding="utf-8")) if index_path.exists() else {}
    written: list[Path] = []
    now: dict[str, str] = {}
    for file in answered_files(scope):
        target = receipt_path(scope.home, file.path)
        answers = _answers(scope, file)
        key, state = file.path, _state(file, answers)
        now[key] = state
        exists = target.exists() or any(target.parent.glob(f"{_escaped(target.stem)}*"))
        if given.get(key) != state or not exists:
            written.append(write_receipt(file.raw_file, answers, target))
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


def _answers(scope: Scope, file: FeedFile) -> pd.DataFrame:
    """One row a line: its number and the columns to append."""
    columns = ["line_no", *ANSWER_COLUMNS, "sluice_reason_en"]
    if file.feed is None or file.raw_file.refused:
        return pd.DataFrame(columns=columns)
    sql = (Path(__file__).parent / "receipt_answers.sql").read_text(encoding="utf-8")
    names = ("lead_rows", "rejected_rows", "lead_identities", "lead_scores", "promotion_decisions", "record_matches")
    inputs: dict[str, Any] = {name: _relation(scope, name) for name in names}
    inputs["answered_file"] = pd.DataFrame({"file_id": [file.raw_file.file_id], "source_name": [file.feed.feed]})
    answers = scope.engine.query(sql, inputs).df()
    language = file.feed.language or scope.policy.business.language
    answers["sluice_reason"] = answers["reason_zh"] if language == "zh" else answers["reason"]
    answers["sluice_reason_en"] = answers["reason"]
    return answers[columns]


def _state(file: FeedFile, answers: pd.DataFrame) -> str:
    """Hash of the answers, in the order of the lines."""
    ordered = answers.sort_values("line_no") if len(answers) else answers
    hashed = pd.util.hash_pandas_object(ordered.astype("string"), index=False).to_numpy().tobytes()
    return hashlib.sha256(file.raw_file.sha256.encode() + hashed).hexdigest()[:32]
