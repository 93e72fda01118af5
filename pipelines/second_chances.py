"""Second chances: taking a wrong drop back, and reading again what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from assets.intake.kept_lines import forget_lines
from pipelines.errors import UsageError
from pipelines.heirs import heirs_of
from pipelines.homes import checked_home
from pipelines.run import run_once
from pipelines.run_scope import held
from policy.load import load_policy
from serving.published import Published
from sources.erasures import discarded_files
from sources.feed_files import FeedFile, files_of_feeds
from sources.landing import take_landing
from sources.original_text import problem_lines
from sources.raw import RawFile, raw_dir_of
from sources.retractions import decide

#: What is told of a file before and after it was read again.
COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "rows_duplicate")


def files_named(home: Path, name: str) -> list[FeedFile]:
    """The files that an id, the beginning of one, or a path means; of a path, the bytes under whatever path.

    Raises:
        UsageError: none, or several.
    """
    files = files_of_feeds(raw_dir_of(home), load_policy(home).feeds)
    path = name.removeprefix("landing/")
    by_path = [file for file in files if file.path == path]
    if by_path:  # of the versions of a path the newest is meant
        newest = by_path[-1].raw_file.file_id
        return [file for file in files if file.raw_file.file_id == newest]
    found = [file for file in files if len(name) >= 6 and file.raw_file.sha256.startswith(name.lower())]
    ids = {file.raw_file.file_id for file in found}
    if len(ids) == 1:
        return found
    if ids:
        raise UsageError(f"{name!r} is the beginning of {len(ids)} files: {', '.join(sorted(ids))}; write one in full")
    raise UsageError(
        f"no file was taken under {name!r}; expected a file_id of the table source_files, or a path under landing/"
    )


def retract_file(home: Path, name: str, why: str = "", *, undo: bool = False) -> dict[str, Any]:
    """Journals that a file was dropped by mistake, or that it was not.

    The same bytes that lie there for another source stay: they are taken in from the next run on.

    Args:
        home: the deployment.
        name: a file_id, which means the file that counts, or a path under landing/.
        why: in words.
        undo: takes an earlier retraction back.

    Returns:
        file_id, paths, retracted, leads (how many exist only through this file) and what is to be said.

    Raises:
        UsageError: there is no such file, or nothing to undo.
        HomeBusyError: a run is at work.
    """
    home = checked_home(home)
    raw_dir = raw_dir_of(home)
    with held(home):
        files = files_named(home, name)
        file_id = files[0].raw_file.file_id
        meant = _meant(files, name, undo=undo)
        paths = sorted({file.path for file in meant})
        known = [file.retraction for file in meant if file.retraction]
        told = {"file_id": file_id, "paths": paths, "retracted": not undo}
        if undo and not known:
            raise UsageError(f"{paths[0]} ({file_id}) is not retracted, so there is nothing to undo")
        if not undo and len(known) == len(meant):
            on = f"{known[0].at:%Y-%m-%d}"
            said = f"{paths[0]} ({file_id}) was retracted on {on} already{_of_earlier(home, paths, file_id)}"
            return {**told, "leads": 0, "said": said}
        if undo and files[0].raw_file.sha256 in discarded_files(raw_dir):
            raise UsageError(f"{paths[0]} ({file_id}) was discarded: its content is gone and cannot be given back")
        sources = {file.feed.feed for file in meant if file.feed}
        heirs = {} if undo else heirs_of(home, file_id, sources)
        decide(
            raw_dir,
            file_id,
            datetime.now(UTC),
            why,
            retracted=not undo,
            heirs=heirs,
            of=None if undo else (sources, {str(PurePosixPath(path).parent) for path in paths}),
            undone={one.name for one in known} if undo else None,
        )
    alone = sum(heir is None for heir in heirs.values())
    verb = "is taken in again" if undo else f"is retracted ({len(heirs)} records, {alone} of them without another)"
    return {**told, "leads": alone, "said": f"{paths[0]} ({file_id}) {verb}; the next `sluice run` publishes it"}


def _of_earlier(home: Path, paths: Sequence[str], file_id: str) -> str:
    """That earlier versions of a path count, which its name does not mean; empty where none do."""
    files = files_of_feeds(raw_dir_of(home), load_policy(home).feeds)
    ids = [file.raw_file.file_id for file in files if file.path in paths and file.status == "accepted"]
    left = sorted({one for one in ids if one != file_id})
    return f"; what counts under this path is {', '.join(left)}: to retract that too, write its id" if left else ""


def _meant(files: Sequence[FeedFile], name: str, *, undo: bool) -> list[FeedFile]:
    """Of the paths of the same bytes, those that are retracted, or given back, together.

    A path means itself. An id means the path that counts, or to be given back whatever is retracted.
    """
    path = name.removeprefix("landing/")
    if any(file.path == path for file in files):
        return [file for file in files if file.path == path]
    left = [
        file for file in files if (file.retraction if undo else not file.retraction and file.path == file.counted_at)
    ]
    return left or list(files)


def reprocess_files(home: Path, name: str | None, as_of: str | None = None, *, quiet: bool = False) -> dict[str, Any]:
    """Reads refused files and rejected rows again, whatever the automatic rules say, and publishes.

    Args:
        home: the deployment.
        name: a file_id or a path under landing/; None for all that have something refused.
        as_of: as for a run.
        quiet: without progress.

    Returns:
        files (each with what it was and what it is now) and run (what `sluice run --json` prints).

    Raises:
        UsageError: there is no such file.
        HomeBusyError: another run is at work.
    """
    home = checked_home(home)
    policy = load_policy(home)
    with held(home):
        named = {file.raw_file.file_id for file in files_named(home, name)} if name else None
        before = _told(home, named)
        tried = {key[0] for key, row in before.items() if row["status"] == "quarantined" or row["rows_rejected"]}
        if named is not None:
            tried = named

        def once_more(file: RawFile) -> bool:
            return file.file_id in tried and (file.refused is not None or bool(problem_lines(file)))

        take_landing(home, policy, once_more=once_more)
        forget_lines(home / "lake", tried)
        run = run_once(home, as_of, quiet=quiet, even_if_nothing_new=True)
        after = _told(home, tried)
    files = []
    for key in sorted({*before, *after}, key=lambda key: (key[1], key[2], key[0])):
        if key[0] not in tried:
            continue
        was, now = before.get(key), after.get(key)
        path = (now or was or {}).get("path")
        files.append({"file_id": key[0], "path": path, "source_name": key[2], "before": was, "after": now})
    return {"files": files, "run": run}


def _told(home: Path, file_ids: set[str] | None) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What the newest publication says of files, by file, path and feed."""
    table = Published(home).table("source_files")
    if table.empty:
        return {}
    if file_ids is not None:
        table = table[table["file_id"].isin(file_ids)]
    columns = ["path", "status", *COUNTS, "code", "reason"]
    shown = table[columns].astype(object).where(table[columns].notna(), None)
    keys = zip(table["file_id"], table["path"], table["source_name"], strict=True)
    return {
        key: dict(zip(columns, row, strict=True)) for key, row in zip(keys, shown.itertuples(index=False), strict=True)
    }


def reprocess_text(found: dict[str, Any]) -> str:
    """The same for a person: one line a file."""
    lines = []
    for file in found["files"]:
        was, now = file["before"], file["after"]
        lines.append(f"{file['path']}: {_state(was)} -> {_state(now)}")
    said = "\n".join(lines) or "nothing was refused"
    return f"{said}\n{found['run']['status']}"


def _state(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not known"
    if row["status"] == "quarantined":
        return f"refused ({row['code']})"
    return f"{row['status']}, {row['rows_accepted']} of {row['rows_read']} rows used, {row['rows_rejected']} rejected"
