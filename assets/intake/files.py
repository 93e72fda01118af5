"""The files of the landing zone: taken once, matched with the feeds that read them, read line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from assets.intake.agreed_columns import Agreed, Difference, described, differences, needed_columns
from assets.intake.canonical import headers_of_fields
from assets.intake.erased_lines import erase_arrivals
from assets.intake.kept_lines import FileLines, lines_folder
from assets.intake.left_out import in_words
from assets.intake.lines import read_lines
from assets.scope import Scope
from policy.feeds import Feed
from sources.blanked_texts import blanked_texts
from sources.codes import Composed, reason
from sources.feed_columns import missing_headers
from sources.feed_files import FeedFile, files_of_feeds
from sources.landing import take_landing
from sources.original_text import record_texts
from sources.raw import RawFile
from sources.set_aside import note_set_aside

#: Where a file that no feed reads is shown.
NO_FEED = "(none)"

#: Why a file is set aside for its columns, which are looked at again whenever it is asked where it counts.
OF_COLUMNS = ("missing-column", "duplicate-header")

#: What is wrong with a file as a whole, or to be noted of it: its code, and the values of its text.
Trouble = tuple[str, list[Difference] | dict[str, Any]]


def _answer(code: str | None, place: str, values: dict[str, Any]) -> dict[str, Any]:
    """Code and reason in both languages."""
    if code is None:
        return {"code": None, "reason": None, "reason_zh": None}
    return {
        "code": code,
        "reason": reason(code, "en", values, place),
        "reason_zh": reason(code, "zh", values, place),
    }


def landed_files(scope: Scope) -> pd.DataFrame:
    """One row per file ever seen (path and content) and feed that reads it.

    Takes what is new in the landing zone first: each content once, under whatever name it came.

    Args:
        scope: home, policy and received_at.
    """
    take_landing(scope.home, scope.policy, scope.pinned_received_at, otherwise=scope.received_at)
    erase_arrivals(scope, scope.received_at)
    scope.landed()
    rows = [_landed_row(file, scope.policy.feeds) for file in files_of_feeds(scope.raw, scope.policy.feeds)]
    columns = [
        "file_id", "path", "source_name", "kind", "channel", "sha256", "received_at", "status", "reading",
        "rows_read", "encoding", "dialect", "code", "reason", "reason_zh", "note", "note_zh",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["received_at"] = pd.to_datetime(frame["received_at"], utc=True).dt.tz_localize(None).astype("datetime64[us]")
    frame["rows_read"] = frame["rows_read"].astype("int64")
    return frame


def nearest_feed(file: RawFile, feeds: Sequence[Feed]) -> Difference | None:
    """The feed that would find most of its fields in a file that none reads, and the columns it would miss.

    Returns:
        What is said of it; None where no feed would find any.
    """

    def found(feed: Feed) -> tuple[int, float]:
        there = len(headers_of_fields(feed, file.headers))
        return there, there / max(1, len(feed.columns))

    nearest = max(feeds, key=found, default=None)
    if nearest is None or not found(nearest)[0]:
        return None
    missing = ", ".join(missing_headers(nearest, file.headers))
    return ("nearest-feed" if missing else "fitting-feed"), {"feed": nearest.feed, "missing": missing}


def _no_feed_answer(path: str, nearest: Difference | None) -> dict[str, Any]:
    """That no feed reads a file, and which one comes nearest."""
    told = {
        language: Composed(f"{space}{reason(nearest[0], language, nearest[1], 'column')}" if nearest else "")
        for language, space in (("en", " "), ("zh", ""))
    }
    return {
        "code": "no-feed",
        "reason": reason("no-feed", "en", {"path": path, "nearest": told["en"]}, "file"),
        "reason_zh": reason("no-feed", "zh", {"path": path, "nearest": told["zh"]}, "file"),
    }


def _landed_row(file: FeedFile, feeds: Sequence[Feed]) -> dict[str, Any]:
    raw = file.raw_file
    status, answer = file.status, _answer(None, "file", {})
    if file.retraction:
        values = {"on": f"{file.retraction.at:%Y-%m-%d}", "why": file.retraction.why or "-", "file_id": raw.file_id}
        answer = _answer("retracted", "file", values)
    elif raw.refused and status != "unchanged":
        answer = {"code": raw.refused["code"], "reason": raw.refused["en"], "reason_zh": raw.refused["zh"]}
    elif status == "unchanged":
        answer = _answer("same-bytes", "file", {"path": file.counted_at})
    elif file.feed is None:
        status, answer = "quarantined", _no_feed_answer(file.path, nearest_feed(raw, feeds))
    return {
        "file_id": raw.file_id,
        "path": file.path,
        "source_name": file.feed.feed if file.feed else NO_FEED,
        "kind": file.feed.kind if file.feed else None,
        "channel": file.feed.channel if file.feed else None,
        "sha256": raw.sha256,
        "received_at": raw.received_at,
        "status": status,
        "reading": raw.reading,
        "rows_read": raw.rows,
        "encoding": raw.encoding,
        "dialect": json.dumps(raw.dialect, sort_keys=True, ensure_ascii=False),
        **answer,
        **_notes(file),
    }


def _notes(file: FeedFile) -> dict[str, str | None]:
    """What is to be known of how the file was read: columns that were guessed, what was left."""
    said: list[tuple[str, dict[str, Any]]] = []
    if file.note is not None and file.status == "accepted":
        said.append(("guessed-columns", {"columns": Composed(file.note)}))
    others = file.raw_file.dialect.get("other_sheets")
    if others:
        left = ", ".join(f"{name} ({rows})" for name, rows in others.items())
        said.append(("other-sheets", {"sheet": file.raw_file.dialect["sheet"], "others": left}))
    if file.raw_file.dialect.get("macros"):
        said.append(("macros-ignored", {}))
    if links := file.raw_file.dialect.get("links"):
        said.append(("links-ignored", {"count": links}))
    footer = file.raw_file.dialect.get("footer_lines")
    if footer:
        said.append(("notes-below", {"line": footer[0], "lines": footer[1]}))
    return {
        name: " ".join(reason(code, language, values, "note") for code, values in said) or None
        for name, language in (("note", "en"), ("note_zh", "zh"))
    }


def file_readings(landed_files: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """One row per accepted file and feed that reads it, with what the feed made of the file.

    Reads the lines of files that are new, or whose feed changed, into the lake on the way.

    Args:
        landed_files: which files and feeds there are.
        scope: where the raw files are, and the policy.
    """
    accepted = landed_files[landed_files["status"] == "accepted"]
    wanted = set(zip(accepted["sha256"], accepted["source_name"], strict=True))
    pairs = [
        (file.raw_file, file.feed)
        for file in files_of_feeds(scope.raw, scope.policy.feeds)
        if file.status == "accepted" and file.feed and (file.raw_file.sha256, file.feed.feed) in wanted
    ]
    feeds = {feed.feed: feed for _, feed in pairs}
    files = {(file.file_id, feed.feed): file for file, feed in pairs}
    listed = read_lines(pairs, scope.lake, scope.policy, scope.engine, scope.noted)
    small = scope.policy.business.quality.small_file_rows
    troubles = _troubles(listed, feeds, files, small)
    for (file_id, source), (code, _) in troubles.items():
        if code not in {*OF_COLUMNS, "contract-evolved"}:
            note_set_aside(scope.raw, files[file_id, source].sha256, source, scope.received_at)
    rows = [
        {
            "file_id": lines.file_id,
            "source_name": lines.source_name,
            "kind": feeds[lines.source_name].kind,
            "identical": feeds[lines.source_name].identical,
            "is_receipt": bool(files[lines.file_id, lines.source_name].ignored_headers),
            "rows_read": lines.rows_read,
            "rows_usable": lines.rows_usable,
            **_reading_answer(troubles.get((lines.file_id, lines.source_name)), lines.left_out),
        }
        for lines in listed
    ]
    columns = [
        "file_id", "source_name", "kind", "identical", "is_receipt", "rows_read", "rows_usable", "code", "reason",
        "reason_zh", "note_code", "note", "note_zh",
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=columns)
    found.loc[found["code"].notna(), ["rows_read", "rows_usable"]] = 0
    return found.astype({"rows_read": "int64", "rows_usable": "int64", "is_receipt": "bool"})


def _troubles(
    listed: Sequence[FileLines], feeds: Mapping[str, Feed], files: Mapping[tuple[str, str], RawFile], small: int
) -> dict[tuple[str, str], Trouble]:
    """What is wrong with files as their feeds read them, in the order of the ledger: each agrees with those before it.

    Args:
        listed: what became of the lines of each file.
        feeds: by name.
        files: by file_id and name of the feed.
        small: files with fewer rows are not judged by the share of rows that cannot be used.

    Returns:
        (file_id, source_name) -> trouble; files without any are left out.
    """
    agreed: dict[str, Agreed] = {}
    found: dict[tuple[str, str], Trouble] = {}

    def place(lines: FileLines) -> tuple[Any, ...]:
        file = files[lines.file_id, lines.source_name]
        return file.received_at, file.path, file.sha256

    for lines in sorted(listed, key=place):
        its = lines.file_id, lines.source_name
        feed, file = feeds[lines.source_name], files[its]
        if lines.code == "missing-column":
            found[its] = lines.code, needed_columns((lines.about or "").split("\n"), file.headers)
        elif lines.code is not None:
            found[its] = lines.code, {"about": lines.about}
        elif values := _too_many_rejected(lines, feed, file, small):
            found[its] = "too-many-rejected", values
        elif file.headers:  # where nothing is told of columns, as in an empty list of JSON, none are missing
            before = agreed.get(lines.source_name, Agreed(file.headers))
            changed = differences(before, file.headers, lines.types)
            if changed:
                found[its] = "contract-changed" if feed.contract == "freeze" else "contract-evolved", changed
            if not changed or feed.contract != "freeze":
                agreed[lines.source_name] = before.and_then(lines.types)
    return found


def _too_many_rejected(lines: FileLines, feed: Feed, file: RawFile, small: int) -> dict[str, Any]:
    """The values of the reason why a file is set aside for its rejected rows; none where it is not."""
    judged = lines.rows_usable + lines.rows_faulty
    limit = 1.0 if feed.max_rejected_share is None else feed.max_rejected_share
    if lines.worst is None or judged < small or lines.rows_faulty <= limit * judged:
        return {}
    name, code, count = lines.worst
    called = headers_of_fields(feed, file.headers)
    column = " | ".join(called.get(part, part) for part in name.split("|")) if name else "-"
    share, most = f"{lines.rows_faulty / judged:.1%}", f"{limit:.1%}"
    values = {"found": lines.rows_faulty, "rows": judged, "share": share, "limit": most}
    return {**values, "column": column, "count": count, "code": code}


def _reading_answer(trouble: Trouble | None, left: Mapping[str, int]) -> dict[str, Any]:
    """Why the file does not fit its feed, or what is to be noted of it: other columns, values that were left out."""
    noted: list[dict[str, Any]] = []
    if trouble is not None:
        code, values = trouble
        said = _columns_answer(code, values) if isinstance(values, list) else _answer(code, "file", values)
        if code != "contract-evolved":
            return said | {"note_code": None, "note": None, "note_zh": None}
        noted.append(said)
    if left:
        noted.append(_answer("values-left-out", "file", {"about": in_words(left)}))
    return _answer(None, "file", {}) | {
        "note_code": noted[0]["code"] if noted else None,
        "note": " ".join(said["reason"] for said in noted) or None,
        "note_zh": "".join(said["reason_zh"] for said in noted) or None,
    }


def _columns_answer(code: str, found: list[Difference]) -> dict[str, Any]:
    return {
        "code": code,
        "reason": reason(code, "en", {"about": described(found, "en")}, "file"),
        "reason_zh": reason(code, "zh", {"about": described(found, "zh")}, "file"),
    }


def rejected_rows(
    file_readings: pd.DataFrame, landed_files: pd.DataFrame, review_rows: pd.DataFrame, scope: Scope
) -> pd.DataFrame:
    """One row per line that could not be used, with the reason in both languages and the original text.

    Args:
        file_readings: files whose lines count.
        landed_files: their paths, to find the original text.
        review_rows: of which those about records that nobody knows are no use either.
        scope: where lines and raw files are.
    """
    del landed_files
    counted = file_readings[file_readings["code"].isna()]
    parts: list[pd.DataFrame] = []
    for kind in sorted(set(counted["kind"])):
        lines = scope.engine.connection.read_parquet(str(lines_folder(scope.lake, kind) / "*" / "*.parquet"))
        parts.append(
            lines.filter("code IS NOT NULL")
            .select("file_id", "source_name", "line_no", "code", "field", "offending")
            .df()
        )
    unknown = review_rows[review_rows["code"].notna()]
    pairs = unknown["record_id_l"].astype(str) + ", " + unknown["record_id_r"].astype(str)
    parts.append(
        unknown[["file_id", "source_name", "line_no", "code"]].assign(field="record_id_l|record_id_r", offending=pairs)
    )
    columns = ["file_id", "source_name", "line_no", "code", "reason", "reason_zh", "field", "raw"]
    refused = pd.concat(parts)
    refused = refused.merge(counted[["file_id", "source_name"]], on=["file_id", "source_name"])
    if refused.empty:
        return pd.DataFrame(columns=columns).astype({"line_no": "int64"})
    originals: dict[tuple[str, str], RawFile] = {}
    called: dict[tuple[str, str], dict[str, str]] = {}
    ignored: dict[str, list[str]] = {}
    for file in files_of_feeds(scope.raw, scope.policy.feeds):
        if file.feed and file.status == "accepted":
            its = file.raw_file.file_id, file.feed.feed
            originals[its] = file.raw_file
            ignored[file.feed.feed] = file.feed.ignored
            called[its] = headers_of_fields(file.feed, file.raw_file.headers)
    texts: dict[tuple[str, str, int], str] = {}
    for (file_id, source), group in refused.groupby(["file_id", "source_name"]):
        numbers = {int(number) for number in group["line_no"]}
        original = originals[str(file_id), str(source)]
        found = blanked_texts(original, record_texts(original, numbers), ignored[str(source)])
        texts.update({(str(file_id), str(source), number): text for number, text in found.items()})
    listed = zip(*(refused[name] for name in ("file_id", "source_name", "field", "offending")), strict=True)
    values = [_values(field, offending, called[file_id, source]) for file_id, source, field, offending in listed]
    refused["reason"] = [reason(c, "en", v, "row") for c, v in zip(refused["code"], values, strict=True)]
    refused["reason_zh"] = [reason(c, "zh", v, "row") for c, v in zip(refused["code"], values, strict=True)]
    keys = zip(refused["file_id"], refused["source_name"], refused["line_no"], strict=True)
    refused["raw"] = [texts.get((str(f), str(s), int(n))) for f, s, n in keys]
    return refused[columns].sort_values(["file_id", "source_name", "line_no"]).reset_index(drop=True)


def _values(field: object, offending: object, called: Mapping[str, str]) -> dict[str, Any]:
    """What the reason's template may name; a line that could not be read brings its own values as JSON.

    Fields are called as their file calls them.
    """
    text = offending if isinstance(offending, str) else ""
    if not isinstance(field, str) and text.startswith("{"):
        found = json.loads(text)
        if isinstance(found, dict):
            return found
    names = field.split("|") if isinstance(field, str) else []
    return {"field": " | ".join(called.get(name, name) for name in names), "value": text, "detail": text}
