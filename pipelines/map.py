"""Looks at a file that nobody described, and proposes the feed that would read it."""

from __future__ import annotations

import tempfile
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UsageError
from policy.feeds import FOLDER_CHANNELS, KINDS
from policy.suggest import nearest
from sources.archives import is_archive, members_of, unpack
from sources.errors import RefusedFileError
from sources.mapping.feed_text import feed_text
from sources.mapping.guess import match_of, source_name_of
from sources.mapping.proposal import FLOOR, SAMPLE_ROWS, Proposal, propose
from sources.readers.content import read
from sources.readers.reading import NotCleanError, Reading, ReadOptions, fold_header

if TYPE_CHECKING:
    from policy.model import Policy

#: Learned from records that a fast reader did not expect, as often as the raw layer does.
_TRIES = 3
#: Where files of a kind lie in the landing zone, by habit; all others are reference data.
_FOLDER_OF_KIND = {
    "leads": "partners",
    "events": "events",
    **dict.fromkeys(("opportunities", "activities", "outcomes", "stakeholders", "assessments"), "crm"),
}


def proposed_feed(file: Path, home: Path, *, kind: str | None = None, write: bool = False) -> dict[str, Any]:
    """What `sluice map FILE` says about a file.

    Args:
        file: anywhere; under HOME/landing its folder names the feed, else the file itself does.
        home: its policy says how sure is sure enough; not needed where nothing is written.
        kind: kind of row; told from the columns when None.
        write: also write HOME/policy/feeds/<feed>.yaml; never over a file that says something else.

    Returns:
        file, feed, kind, match, encoding, dialect, rows_looked_at, enough, columns, key, formats, constants, refusals,
        states, phone_region, language, questions, missing, yaml, written (path or None), warnings.

    Raises:
        UsageError: the file is none or cannot be read, the kind is not known, or the feed may not be written.
        PolicyError: the policy of the home is broken.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}; {nearest(kind, KINDS)}")
    if not file.is_file():
        raise UsageError(f"{file} is a folder; name a file" if file.is_dir() else f"there is no file {file}")
    policy = _policy(home, needed=write)
    path = _path_under_landing(file, home)
    sample = _sample(file)
    headers, rows, reading = sample.headers, sample.rows, sample.reading
    if not headers:
        raise UsageError(f"{file} has no columns")
    floor = policy.business.mapping.floor if policy else FLOOR
    proposal = propose(headers, rows, kind, floor=floor, folder=path.split("/")[0] if path else "")
    target = path or f"{_FOLDER_OF_KIND.get(proposal.kind, 'reference')}/{_stem(file.name)}/{file.name}"
    feed, match = source_name_of(target), _match(target, path, file)
    text = feed_text(
        proposal,
        feed=feed,
        match=match,
        channel=FOLDER_CHANNELS.get(target.split("/")[0]),
        encoding=reading.encoding,
        dialect=reading.dialect,
    )
    written = _written(home, policy, target, feed, proposal.kind, text) if write and policy else None
    return {
        "file": str(file),
        "feed": feed,
        "kind": proposal.kind,
        "match": match,
        "encoding": reading.encoding,
        "dialect": reading.dialect,
        "rows_looked_at": len(rows),
        "enough": proposal.is_enough,
        "columns": [asdict(column) for column in proposal.columns],
        "key": proposal.key,
        "formats": proposal.formats,
        "constants": proposal.constants,
        "refusals": list(proposal.refusals),
        "states": list(proposal.states),
        "phone_region": proposal.phone_region,
        "language": proposal.language,
        "questions": list(proposal.questions),
        "missing": [list(group) for group in proposal.missing],
        "yaml": text,
        "written": str(written) if written else None,
        "warnings": _warnings(proposal, home, None if path else target, sample.member),
    }


def _policy(home: Path, *, needed: bool) -> Policy | None:
    from policy.load import load_policy

    if (home / "policy").is_dir():
        return load_policy(home)
    if needed:
        raise UsageError(f"{home} is no home (no policy/ in it); make one with `sluice init {home}`")
    return None


def _path_under_landing(file: Path, home: Path) -> str | None:
    """The path of a file under landing/, its folder named after the file where it has none; None elsewhere."""
    try:
        inside = file.resolve().relative_to((home / "landing").resolve())
    except ValueError:
        return None
    if len(inside.parts) == 2:  # landing/crm/deals.csv: the file names its feed
        return f"{inside.parts[0]}/{_stem(file.name)}/{file.name}"
    return inside.as_posix() if len(inside.parts) > 2 else None


def _match(target: str, path: str | None, file: Path) -> str:
    """All files of the folder; only files of this name where the folder is shared with other feeds."""
    if path is None or file.parent.name == target.split("/")[1]:
        return match_of(target)
    return f"{target.split('/')[0]}/{_stem(file.name)}*"


def _stem(name: str) -> str:
    return name.split(".", 1)[0] or "file"


@dataclass(frozen=True)
class _Sample:
    """The beginning of a file, read as the raw layer reads it.

    Attributes:
        headers: one a column.
        rows: the first ones that could be read.
        reading: how it was read.
        member: the file in the archive that was read; empty where the file is no archive.
    """

    headers: list[str]
    rows: Sequence[Sequence[str | None]]
    reading: Reading
    member: str = ""


def _sample(file: Path) -> _Sample:
    """The first rows of a file, or of a file in an archive.

    Raises:
        UsageError: it cannot be read, and why.
    """
    from sources.codes import reason

    with tempfile.TemporaryDirectory() as scratch:
        try:
            return (
                _sample_of_archive(file, Path(scratch)) if is_archive(file) else _read(file, file.name, Path(scratch))
            )
        except RefusedFileError as refusal:
            raise UsageError(f"{file}: {reason(refusal.code, 'en', refusal.values, 'file')}") from refusal


def _sample_of_archive(file: Path, scratch: Path) -> _Sample:
    """The first file in the archive that has several columns, else the first that can be read; a note has one."""
    found: _Sample | None = None
    refused: RefusedFileError | None = None
    for member in members_of(file):
        try:
            unpack(file, member, scratch / "member")
            sample = replace(_read(scratch / "member", member.name, scratch), member=member.name)
        except RefusedFileError as refusal:
            refused = refused or refusal
            continue
        if len(sample.headers) > 1:
            return sample
        found = found or sample
    if found is None:
        raise refused or RefusedFileError("empty-archive")
    return found


def _read(file: Path, name: str, scratch: Path) -> _Sample:
    hints: tuple[str, ...] = ()
    for attempt in range(_TRIES + 1):
        try:
            reading = read(file, ReadOptions(), name, scratch, exact=attempt == _TRIES, hints=hints)
            return _Sample(reading.headers, _first_rows(reading), reading)
        except NotCleanError as doubt:
            hints += doubt.hints
    raise UsageError(f"{name} cannot be read")


def _first_rows(reading: Reading) -> Sequence[Sequence[str | None]]:
    rows: list[Sequence[str | None]] = []
    for batch in reading.batches:
        cells = [batch.column(f"c{at}").to_pylist() for at in range(len(reading.headers))]
        problems = batch.column("problem").to_pylist()
        rows += [[column[at] for column in cells] for at, problem in enumerate(problems) if problem is None]
        if len(rows) >= SAMPLE_ROWS:
            break
    return rows[:SAMPLE_ROWS]


def _written(home: Path, policy: Policy, path: str, feed: str, kind: str, text: str) -> Path:
    """Writes the feed where nothing stands in its way.

    Raises:
        UsageError: a feed of this name, or another feed of the kind for the same file, is there already.
    """
    from policy.load import check_policy
    from sources.durable import write_bytes
    from sources.feed_match import feeds_for

    target = home / "policy" / "feeds" / f"{feed}.yaml"
    if target.exists():
        if target.read_bytes() == text.encode():
            return target
        raise UsageError(f"{target} is there already and says something else; move it away, or take over what you like")
    if any(other.feed == feed for other in policy.feeds):
        raise UsageError(f"there is a feed {feed} already; give the folder another name, or mend that feed")
    others = [other.feed for other in feeds_for(path, policy.feeds) if other.kind == kind and not other.fallback]
    if others:
        raise UsageError(f"the feed {others[0]} reads this file already; mend it, or narrow its match")
    write_bytes(target, text.encode())
    problems = check_policy(home)
    if problems:
        target.unlink()
        raise UsageError(f"the proposal is no valid feed, so it was not kept: {problems[0]}")
    return target


def _warnings(proposal: Proposal, home: Path, elsewhere: str | None, member: str) -> list[str]:
    said = [f"the columns are those of {member} in the archive; its other files were not looked at"] if member else []
    said += [f"no column is sure enough for {' or '.join(group)}" for group in proposal.missing]
    taken = Counter(fold_header(column.header) for column in proposal.columns if column.field)
    twice = {fold_header(c.header): c.header for c in proposal.columns if taken[fold_header(c.header)] > 1}
    said += [
        f"several columns are named {name}: a run refuses the file until each has its own" for name in twice.values()
    ]
    if elsewhere:
        said.append(f"the file is not in the landing zone; drop it into {home}/landing/{elsewhere.rsplit('/', 1)[0]}/")
    return said


def proposal_text(found: dict[str, Any]) -> str:
    """The same for a person: a table of columns, then the YAML."""
    rows = [("column", "field", "confidence", "why")]
    for column in found["columns"]:
        likely = column["field"] or (f"{column['maybe']}?" if column["maybe"] else "-")
        sure = f"{column['confidence']:.2f}" if column["field"] or column["maybe"] else ""
        why = f"{column['why']}; the key" if column["header"] == found["key"] else column["why"]
        rows.append((_shown(column["header"]), likely, sure, why))
    widths = [max(_width(row[at]) for row in rows) for at in range(3)]
    table = [
        "  ".join([cell + " " * (width - _width(cell)) for cell, width in zip(row, [*widths, 0], strict=True)]).rstrip()
        for row in rows
    ]
    return "\n".join([*table, "", found["yaml"].rstrip()])


def _shown(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= 40 else shown[:39] + "…"


def _width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
