"""Receipts and rejects: what became of each line of each partner and form file, in the file's own dialect.

A receipt is written when what it says is not what it said last, and again with outcomes so many days after the file
was received. What may be lost: the note of what was said last; then all are written again and say the same. A grade
that decays from day to day is no reason to write; it is that of the day on which the receipt was written.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from assets.intake.agreed_columns import needed_columns
from assets.intake.canonical import headers_of_fields
from assets.lake import table_path
from assets.scope import Scope
from serving.catalogue import tables
from sources.codes import CODES, reason
from sources.durable import write_bytes
from sources.erased_rows import ERASED
from sources.errors import StorageError
from sources.feed_columns import missing_headers
from sources.feed_files import FeedFile, files_of_feeds
from sources.mapping.waiting import write_proposals
from sources.original_text import record_spans
from sources.receipt import words_path, write_receipt, write_rejects, write_words
from sources.receipt_answers import REASON, REASON_EN, REPAIRS, REPAIRS_EN
from sources.row_codes import SUPPRESSED

#: Who gets an answer: people who drop files and forms, not logs and systems.
ANSWERED_CHANNELS = ("partner", "form")

#: The columns appended, in order.
ANSWER_COLUMNS = (
    "sluice_verdict",
    "sluice_code",
    REASON,
    REPAIRS,
    "sluice_lead_id",
    "sluice_grade",
    "sluice_promoted",
)

LOG = logging.getLogger(__name__)

#: The columns appended behind those once a file is old enough for outcomes.
OUTCOME_COLUMNS = (
    "sluice_opportunity_id",
    "sluice_outcome",
    "sluice_amount",
    "sluice_currency",
    "sluice_outcome_date",
)

#: The columns appended to rejected lines.
REJECT_COLUMNS = ("sluice_code", REASON)

#: The lines of so many files, or so many lines, are fetched at once.
GROUP_FILES, GROUP_ROWS = 512, 200_000

#: What is said of a file whose lines cannot be answered one by one, whatever stands in the way.
RECEIPT_FAILED = "receipt-failed"

#: What the machine refuses one file it refuses the next: the run stops there, and is safe to run again.
_OF_THE_MACHINE = (StorageError, OSError, MemoryError)

#: What is looked at to see whether a receipt says something new.
_TELLING = (
    *("sluice_verdict", "sluice_code", "reason", "reason_zh", "repairs", "sluice_lead_id", "sluice_promoted"),
    *OUTCOME_COLUMNS[:-1],
)
_INPUTS = (
    *("lead_rows", "rejected_rows", "lead_identities", "lead_scores", "promotion_decisions", "record_matches"),
    *("source_files", "opportunities", "deal_rows", "review_rows", "identity_decisions", "leads", "lead_provenance"),
)


def receipts_folder(home: Path) -> Path:
    """Where the receipts of a home are."""
    return home / "out" / "receipts"


def rejects_folder(home: Path) -> Path:
    """Where the rejected lines of a home are, ready to be mended."""
    return home / "out" / "rejects"


@dataclass
class _Given:
    """What was written for a path last: a hash of what it says, and the files."""

    receipt: str = ""
    rejects: str = ""
    files: list[str] = field(default_factory=list)

    def is_there(self, home: Path) -> bool:
        return bool(self.files) and all((home / name).exists() for name in self.files)


@dataclass(frozen=True)
class FileAnswer:
    """What is to be said of a file as a whole.

    Attributes:
        file: the file.
        verdict: of all its lines, where they are not answered one by one.
        code: of the file, if any.
        en: why.
        zh: the same in Chinese.
        outcome_at: the instant whose outcomes the receipt tells, aware, UTC; None before the first.
        outcome_date: its day in the business zone, as text.
    """

    file: FeedFile
    verdict: str | None
    code: str | None
    en: str | None
    zh: str | None
    outcome_at: datetime | None
    outcome_date: str | None


def write_receipts(scope: Scope) -> list[Path]:
    """Writes every receipt, every file of rejected lines, and every proposed feed that says something new.

    A file whose answer cannot be written keeps nobody else from theirs: it is answered in words, and the next run
    tries it again.

    Args:
        scope: the run whose tables answer.

    Returns:
        The paths of receipts written.

    Raises:
        StorageError: the machine refused one of them; all others are written.
    """
    index_path = scope.lake / "receipts.json"
    given = _read_index(index_path)
    asked = [_file_answer(scope, file, said) for file, said in _with_what_is_said(scope, answered_files(scope))]
    written: list[Path] = []
    now: dict[str, _Given] = {}
    refused: Exception | None = None
    with _answers_of(scope, asked) as answers:
        hashes = _hashes(answers)
        for answer in asked:
            now[answer.file.path] = _says(scope, answer, hashes.get(_lines_of(answer), ("", "")))
        told = [answer for answer in asked if _is_news(scope, now[answer.file.path], given.get(answer.file.path))]
        for group in _together(told):
            lines = _lines(answers, group)
            for answer in group:
                path = answer.file.path
                last = given.get(path, _Given())
                try:
                    _write_one(scope, answer, lines, now[path], last, written)
                except _OF_THE_MACHINE as error:
                    refused = refused or error
                    now[path] = _Given(files=last.files)
                except Exception as error:  # whatever a library makes of a strange file
                    _answer_in_words(scope, answer, now[path], last, written, error)
    for path, entry in now.items():
        entry.files = entry.files or given.get(path, _Given()).files
    for path in given.keys() - now.keys():  # a path that is no longer answered, such as one whose feed is gone
        _remove(scope.home, given[path].files)
    write_proposals(scope.home, files_of_feeds(scope.raw, scope.policy.feeds))
    said = {path: vars(entry) for path, entry in sorted(now.items())}
    write_bytes(index_path, json.dumps(said).encode())
    if refused is not None:
        raise refused
    return written


def _read_index(path: Path) -> dict[str, _Given]:
    try:
        return {name: _Given(**entry) for name, entry in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError):
        return {}


def _remove(home: Path, names: Sequence[str]) -> None:
    for name in names:
        (home / name).unlink(missing_ok=True)


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:32]


def _says(scope: Scope, answer: FileAnswer, hashes: tuple[str, str]) -> _Given:
    """What is to be written for a path, by its hashes: of the answers to its lines, and of the rejected ones."""
    raw = answer.file.raw_file
    language = _language(scope, answer.file)
    said = (raw.sha256, raw.reading, raw.reader_version, language, answer.verdict, answer.code, answer.en)
    return _Given(_hash(*said, answer.outcome_at, hashes[0]), _hash(*said[:4], hashes[1]) if hashes[1] else "")


def _is_news(scope: Scope, now: _Given, last: _Given | None) -> bool:
    """Whether something else is to be written than what is there."""
    return last is None or now != _Given(last.receipt, last.rejects) or not last.is_there(scope.home)


def _together(asked: Sequence[FileAnswer]) -> Iterator[list[FileAnswer]]:
    """The answers in groups whose lines are fetched at once: to ask for each file costs more than to write it."""
    group: list[FileAnswer] = []
    rows = 0
    for answer in asked:
        if group and (len(group) >= GROUP_FILES or rows + answer.file.raw_file.rows > GROUP_ROWS):
            yield group
            group, rows = [], 0
        group.append(answer)
        rows += answer.file.raw_file.rows
    if group:
        yield group


def _write_one(
    scope: Scope,
    answer: FileAnswer,
    lines: Mapping[tuple[str, str], pd.DataFrame],
    now: _Given,
    last: _Given,
    written: list[Path],
) -> None:
    """Writes the receipt and the rejects of one path, and notes their names in `now`."""
    file, language = answer.file, _language(scope, answer.file)
    raw = file.raw_file
    rows: pd.DataFrame | None = None
    target = receipt_path(scope.home, file.path)
    made: list[Path] = []
    if raw.refused is None:
        rows = _of_file(lines, answer, language)
        made.append(write_receipt(raw, rows, target))
        written.append(made[0])
    if raw.refused is not None or (answer.verdict is not None and answer.verdict != "duplicate"):
        made.append(write_words(target, _words(answer)))
        written.append(made[-1])
    if now.rejects and rows is not None:
        rejected = rows[rows["sluice_verdict"] == "rejected"]
        made.append(write_rejects(raw, rejected[["line_no", *REJECT_COLUMNS, REASON_EN]], rejects_path(scope, file)))
    now.files = [str(path.relative_to(scope.home)) for path in made]
    _remove(scope.home, [name for name in last.files if name not in now.files])
    if raw.refused is None and answer.verdict is None:  # what an earlier run said where the index was lost
        words_path(target).unlink(missing_ok=True)


def _answer_in_words(
    scope: Scope, answer: FileAnswer, now: _Given, last: _Given, written: list[Path], error: Exception
) -> None:
    """Says in words that the lines of a file could not be answered; the next run tries it again."""
    # what an error says may hold what a cell says: that is for the sender alone
    LOG.warning(
        "no receipt could be written for %r (%s); the next run tries again", answer.file.path, type(error).__name__
    )
    detail = f"{type(error).__name__}: {error}"[:160]
    told = [reason(RECEIPT_FAILED, language, {"detail": detail}, "file") for language in ("en", "zh")]
    text = "\n".join([_words(answer), RECEIPT_FAILED, *told, ""])
    made = write_words(receipt_path(scope.home, answer.file.path), text)
    written.append(made)
    now.receipt, now.files = "", [str(made.relative_to(scope.home))]
    _remove(scope.home, [name for name in last.files if name not in now.files])


def rejects_path(scope: Scope, file: FeedFile) -> Path:
    """Where the rejected lines of a file belong."""
    return rejects_folder(scope.home) / receipt_path(scope.home, file.path).relative_to(receipts_folder(scope.home))


def _columns(answer: FileAnswer) -> list[str]:
    outcomes = OUTCOME_COLUMNS if answer.outcome_at else ()
    return ["line_no", *ANSWER_COLUMNS, *outcomes, REASON_EN, REPAIRS_EN]


def _words(answer: FileAnswer) -> str:
    """What is said of a file as a whole, in both languages, with a table where columns are missing."""
    file = answer.file
    lines = [file.path, "", answer.code or "", answer.en or "", answer.zh or ""]
    refused = file.raw_file.refused
    if refused and refused["code"] != answer.code:
        lines += ["", refused["code"], refused["en"], refused["zh"]]
    if answer.code == "missing-column" and file.feed is not None:
        headers = file.raw_file.headers
        lines += ["", "column\texpected\tfound\tnearest"]
        for _, values in needed_columns(missing_headers(file.feed, headers), headers):
            lines.append("\t".join(values[name] for name in ("column", "expected", "found", "nearest")))
    return "\n".join([*lines, ""])


def answered_files(scope: Scope) -> list[FeedFile]:
    """Files that are to be answered: the newest bytes of each path that a leads feed, or none, reads, and reviews.

    Bytes that were taken back are answered only where no others lie behind them: the receipt is of those that count.
    Of a path that several feeds of leads read the first one answers.
    """
    found: dict[str, FeedFile] = {}
    for file in files_of_feeds(scope.raw, scope.policy.feeds):
        channel = file.feed.channel if file.feed else file.path.split("/", 1)[0].removesuffix("s")
        kind = file.feed.kind if file.feed else "leads"
        if kind != "reviews" and (channel not in ANSWERED_CHANNELS or kind != "leads"):
            continue
        before = found.get(file.path)
        is_other = before is None or before.raw_file.sha256 != file.raw_file.sha256
        if is_other and (before is None or file.status != "retracted" or before.status == "retracted"):
            found[file.path] = file
    return list(found.values())


def receipt_path(home: Path, path: str) -> Path:
    """Where the receipt of a file belongs; a path is data, and never leaves the folder."""
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    return receipts_folder(home).joinpath(*[part.replace("\0", "_") for part in parts])


def _relation(scope: Scope, name: str) -> duckdb.DuckDBPyRelation:
    return scope.engine.relation(table_path(scope.lake, tables()[name], str(scope.day)))


def _language(scope: Scope, file: FeedFile) -> str:
    return (file.feed.language if file.feed else None) or scope.policy.business.language


def _with_what_is_said(scope: Scope, files: Sequence[FeedFile]) -> Iterator[tuple[FeedFile, dict[str, Any]]]:
    """Each file with its row of `source_files`."""
    names = ("path", "sha256", "source_name", "status", "code", "reason", "reason_zh")
    rows = _relation(scope, "source_files").select(*names).fetchall()
    said = {tuple(row[:3]): dict(zip(names, row, strict=True)) for row in rows}
    for file in files:
        source = file.feed.feed if file.feed else "(none)"
        yield file, said.get((file.path, file.raw_file.sha256, source), {})


def _file_answer(scope: Scope, file: FeedFile, said: dict[str, Any]) -> FileAnswer:
    verdicts = {"quarantined": "rejected", "retracted": "suppressed", "unchanged": "duplicate"}
    verdict = verdicts.get(str(said.get("status", file.status)))
    received = file.raw_file.received_at
    due = [received + timedelta(days=days) for days in scope.policy.business.receipts.outcomes_after_days]
    reached = [at for at in due if at <= scope.as_of]
    outcome_at = max(reached, default=None) if verdict in {None, "duplicate"} else None
    code, en, zh = (None if verdict is None else said.get(name) for name in ("code", "reason", "reason_zh"))
    zone = ZoneInfo(scope.policy.business.timezone)
    day = outcome_at.astimezone(zone).date().isoformat() if outcome_at else None
    return FileAnswer(file, verdict, code, en, zh, outcome_at, day)


def _lines_of(answer: FileAnswer) -> tuple[str, str]:
    """Whose lines answer a file: its own, or those that count where the same bytes came under another path."""
    return answer.file.raw_file.file_id, answer.file.counted_as or ""


@contextmanager
def _answers_of(scope: Scope, asked: Sequence[FileAnswer]) -> Iterator[duckdb.DuckDBPyRelation]:
    """The answers to all lines of all files, computed once, in the order of files and lines."""
    files = {
        _lines_of(answer): None if answer.outcome_at is None else answer.outcome_at.astimezone(UTC).replace(tzinfo=None)
        for answer in asked
        if answer.file.counted_as and answer.verdict in {None, "duplicate"}
    }
    sql = (Path(__file__).parent / "receipt_answers.sql").read_text(encoding="utf-8")
    inputs: dict[str, Any] = {name: _relation(scope, name) for name in _INPUTS}
    listed = pd.DataFrame(sorted(files), columns=["file_id", "source_name"], dtype="string")
    listed["outcome_at"] = pd.Series([files[key] for key in sorted(files)], dtype="datetime64[us]")
    inputs["answered_files"] = listed
    texts = [(code.code, code.en, code.zh) for code in CODES["answer"].values()]
    inputs["answer_texts"] = pd.DataFrame(texts, columns=["code", "en", "zh"], dtype="string")
    inputs["suppressed_codes"] = pd.DataFrame({"code": pd.Series(sorted(SUPPRESSED), dtype="string")})
    connection = scope.engine.connection
    scope.engine.query(sql, inputs).create_view("receipt_answers_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE receipt_answers AS SELECT * FROM receipt_answers_view")
    try:
        yield connection.table("receipt_answers")
    finally:
        connection.execute("DROP TABLE receipt_answers")
        connection.execute("DROP VIEW receipt_answers_view")


def _hashes(answers: duckdb.DuckDBPyRelation) -> dict[tuple[str, str], tuple[str, str]]:
    """Hash of the answers to each file, and of its rejected lines ('' without any), by file and feed."""
    column, function = duckdb.ColumnExpression, duckdb.FunctionExpression
    keys = ("file_id", "source_name")
    text = function("json_array", column("line_no"), *[column(name) for name in _TELLING]).cast("VARCHAR")
    lines = answers.select(
        *[column(name) for name in (*keys, "line_no", "sluice_verdict")], function("md5", text).alias("line")
    )
    joined = duckdb.SQLExpression("string_agg(line, '' ORDER BY line_no)")
    rejected = duckdb.SQLExpression(
        "coalesce(string_agg(line, '' ORDER BY line_no) FILTER (WHERE sluice_verdict = 'rejected'), '')"
    )
    hashed = lines.aggregate([*[column(name) for name in keys], joined.alias("all_lines"), rejected.alias("rejected")])
    return {
        (file_id, source_name): (_hash(told), _hash(refused) if refused else "")
        for file_id, source_name, told, refused in hashed.fetchall()
    }


def _lines(answers: duckdb.DuckDBPyRelation, group: Sequence[FileAnswer]) -> dict[tuple[str, str], pd.DataFrame]:
    """The answers to the lines of each of these files, by file and feed, in the order of the lines."""
    asked = sorted({_lines_of(answer)[0] for answer in group if answer.verdict in {None, "duplicate"}})
    if not asked:
        return {}
    column = duckdb.ColumnExpression
    mine = answers.filter(column("file_id").isin(*map(duckdb.ConstantExpression, asked)))
    found = mine.order("file_id, source_name, line_no").df()
    return {
        (str(file_id), str(source)): lines.reset_index(drop=True)
        for (file_id, source), lines in found.groupby(["file_id", "source_name"], sort=False)
    }


def _of_file(lines: Mapping[tuple[str, str], pd.DataFrame], answer: FileAnswer, language: str) -> pd.DataFrame:
    """One row a line: its number, the columns to append, and what stands in for those an encoding cannot write."""
    columns = _columns(answer)
    found = lines.get(_lines_of(answer))
    if answer.verdict not in {None, "duplicate"} or (found is None and answer.verdict == "duplicate"):
        return _one_answer(answer, columns, language)
    if found is None:  # a file without lines
        return pd.DataFrame(columns=columns, dtype=object)
    told = {name: found[name] for name in columns if name in found.columns}
    told[REASON_EN] = found["reason"]
    told[REASON] = found["reason_zh"] if language == "zh" else found["reason"]
    if answer.verdict == "duplicate":  # the same bytes as before: nothing in them counts again
        again = found["sluice_verdict"].ne("rejected") & found["sluice_code"].ne(ERASED).fillna(True)
        text = answer.zh if language == "zh" else answer.en
        for name, value in (
            ("sluice_verdict", "duplicate"), ("sluice_code", answer.code), (REASON, text), (REASON_EN, answer.en),
        ):  # fmt: skip
            told[name] = told[name].mask(again, value)
    told[REPAIRS] = _repairs_in_words(found["repairs"], answer.file, language)
    told[REPAIRS_EN] = told[REPAIRS] if language == "en" else _repairs_in_words(found["repairs"], answer.file, "en")
    if "sluice_outcome_date" in columns:
        told["sluice_outcome_date"] = pd.Series(answer.outcome_date, index=found.index, dtype=object)
    return pd.DataFrame({name: told[name] for name in columns}, copy=False)  # made at once: to add each costs more


def _one_answer(answer: FileAnswer, columns: Sequence[str], language: str) -> pd.DataFrame:
    """The same answer to every line."""
    numbers = record_spans(answer.file.raw_file)
    lines = pd.DataFrame(index=range(len(numbers)), columns=list(columns), dtype=object).assign(line_no=numbers)
    return lines.assign(
        sluice_verdict=answer.verdict,
        sluice_code=answer.code,
        sluice_promoted="no",
        **{REASON: answer.zh if language == "zh" else answer.en, REASON_EN: answer.en},
    )


def _repairs_in_words(repairs: pd.Series[Any], file: FeedFile, language: str) -> pd.Series[Any]:
    """Repairs as people read them, fields called as their file calls them."""
    called = headers_of_fields(file.feed, file.raw_file.headers) if file.feed else {}
    mark = ";" if language == "zh" else "; "

    def in_words(text: str) -> str:
        told = []
        for item in json.loads(text):
            values = {"field": called.get(item["field"], item["field"]), "was": item.get("was")}
            code = item["code"]
            known = code in CODES["repair"]
            told.append(reason(code, language, values, "repair") if known else f"{values['field']}: {code}")
        return mark.join(told)

    return repairs.map(in_words, na_action="ignore")
