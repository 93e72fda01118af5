"""The feed of a file that nobody described: made from its own columns, the same whenever it is made again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from policy.feeds import Feed
from sources.admission import refusal
from sources.mapping.feed_text import feed_text
from sources.mapping.proposal import SAMPLE_ROWS, Proposal, propose
from sources.raw import RawFile

CODE = "mapping-doubtful"
_LONGEST_NAME = 80
_SIGNS = r"[*?\[\]{}!()|@+\\~]"


@dataclass(frozen=True)
class Guess:
    """How an undescribed file is read.

    Attributes:
        feed: named after the folder; without the columns that are not sure enough.
        proposal: what it rests on.
        path: of the file under landing/.
        dialect: how the file was read.
    """

    feed: Feed
    proposal: Proposal
    path: str
    dialect: Mapping[str, Any]

    @property
    def note(self) -> str:
        """Which columns were taken for what, and how sure that is; empty where none were."""
        taken = {column.header: column for column in self.proposal.columns if column.field}
        said = [
            f"{name} = {' / '.join(f'{header} ({taken[header].confidence:.2f})' for header in headers)}"
            for name, headers in self.proposal.mapping.items()
        ]
        also = (("refusals", self.proposal.refusals), ("states", self.proposal.states))
        return "; ".join([*said, *[f"{name} = {' / '.join(headers)}" for name, headers in also if headers]])

    @property
    def about(self) -> str:
        """What is missing and what is doubtful, in words of no language."""
        missing = [" | ".join(group) for group in self.proposal.missing]
        doubtful = [f"{c.header} ~ {c.maybe} ({c.confidence:.2f})" for c in self.proposal.columns if c.maybe]
        return "; ".join([*missing, *doubtful]) or "0"

    @property
    def proposal_path(self) -> str:
        """Where the proposed feed of a refused file is written, under the home."""
        return f"out/rejects/{self.path}.feed.yaml"

    @property
    def text(self) -> str:
        """The proposed feed as YAML."""
        named = {"feed": self.feed.feed, "match": self.feed.match, "channel": self.feed.channel}
        return feed_text(self.proposal, **named, dialect=self.dialect)

    def refusal(self) -> dict[str, Any]:
        """Code and reasons, as the ledger keeps those of files that readers refuse."""
        return refusal(CODE, about=self.about, proposal=self.proposal_path)


def folder_of(path: str) -> str:
    """The folder below the top one, whose name a guessed feed takes; empty where there is none."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def source_name_of(path: str) -> str:
    """The name of a guessed feed: its folder's, with ``-`` for what a name of a feed cannot have."""
    name = re.sub(r"[^\w.\-]+", "-", folder_of(path)).strip("-.")[:_LONGEST_NAME]
    return name or "partner"


def match_of(path: str) -> str:
    """The pattern of all files of a file's folder; ``?`` stands for letters that mean something in patterns."""
    return f"{path.split('/')[0]}/{re.sub(_SIGNS, '?', folder_of(path))}/**/*"


def guessed(raw_file: RawFile, path: str, template: Feed) -> Guess:
    """How a file is read that only a guessing feed matches.

    Args:
        raw_file: the file as its reader understood it.
        path: under landing/, where it was seen.
        template: the guessing feed: floor, kind, and what it says beside columns.
    """
    told = (str(raw_file.rows_path), raw_file.rows, tuple(raw_file.headers))
    feed, proposal = _guessed(*told, path, template.model_dump_json(exclude_none=True))
    return Guess(feed, proposal, path, raw_file.dialect)


@lru_cache(maxsize=10_000)
def _guessed(rows_path: str, rows: int, headers: tuple[str, ...], path: str, template: str) -> tuple[Feed, Proposal]:
    feed = Feed.model_validate(json.loads(template))
    sample = sample_rows(Path(rows_path), len(headers)) if rows else []
    floor = 1.0 if feed.guess is None else feed.guess
    top = path.split("/")[0]
    proposal = propose(headers, sample, feed.kind, floor=floor, require=feed.require, folder=top)
    given = {name for group in proposal.missing for name in group} & set(feed.constants)
    if given:
        left = tuple(group for group in proposal.missing if not set(group) & set(feed.constants))
        proposal = replace(proposal, missing=left)
    told = json.loads(template)
    told |= {
        "feed": source_name_of(path),
        "match": match_of(path),
        "guess": None,
        "fallback": True,
        "columns": {name: found for name, found in proposal.mapping.items() if name not in feed.constants},
        "key": [proposal.key] if proposal.key and not proposal.key_repeats else [],
        "constants": {**_constants(proposal), **feed.constants},
        "refusals": [*feed.refusals, *proposal.refusals],
        "states": [*feed.states, *proposal.states],
        "language": proposal.language if proposal.language == "zh" else feed.language,
        "phone_region": feed.phone_region or proposal.phone_region,
        "phone_region_needs": feed.phone_region_needs if feed.phone_region else proposal.phone_region_needs,
    }
    # how days and numbers are written is decided later, column by column and from all values
    return Feed.model_validate(told), proposal


def _constants(proposal: Proposal) -> dict[str, str]:
    return {name: value for name, value in proposal.constants.items() if name not in proposal.mapping}


def sample_rows(rows_path: Path, columns: int) -> Sequence[Sequence[str | None]]:
    """The first rows of a raw file that could be read."""
    names = [f"c{at}" for at in range(columns)]
    with pq.ParquetFile(rows_path) as file:
        for batch in file.iter_batches(batch_size=SAMPLE_ROWS, columns=["problem", *names]):
            cells = [batch.column(name).to_pylist() for name in names]
            fine = [at for at, problem in enumerate(batch.column("problem").to_pylist()) if problem is None]
            if fine:
                return [[column[at] for column in cells] for at in fine]
    return []
