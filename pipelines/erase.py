"""Erasing a person everywhere: decided once, done file by file, published, and proven by looking for what is left."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.intake.erased_lines import note_checked
from pipelines.erased_lake import PROOFS, finish_erasures
from pipelines.erasure_proof import prove_erasures
from pipelines.errors import UsageError
from pipelines.homes import checked_home
from pipelines.person import Person, find_person
from pipelines.persons_lines import lines_of_person, words_of_person
from pipelines.run import run_once
from pipelines.run_scope import held, opened_scope
from pipelines.sought import Erased, Words, words_in_names
from pipelines.traces import Traces, Unsearched, find_traces
from policy.load import load_policy
from serving.published import Published, settle_pending
from sources.durable import write_bytes
from sources.erased_files import replace_copies
from sources.erased_names import known_paths, names_that_go, rename_landed
from sources.erasures import PERSON, Erasure, Touched, decide, erasures, tombstones
from sources.feed_files import files_of_feeds
from sources.looks import Intake, scan
from sources.raw import instant_text, raw_dir_of
from sources.tombstones import EMAIL, PHONE, Key, Tombstones, erasure_keys


def erase_person(
    home: Path,
    *,
    email: str | None = None,
    phone: str | None = None,
    lead_id: str | None = None,
    as_of: str | None = None,
    dry_run: bool = False,
    quiet: bool = False,
) -> dict[str, Any]:
    """Removes a person from everything that a home keeps, and proves it.

    Args:
        home: the deployment.
        email: an address of the person, alone or
        phone: a number, alone or
        lead_id: the lead.
        as_of: as for a run; by default now, or the newest publication where that speaks for a later instant.
        dry_run: only says what would go.
        quiet: without progress.

    Returns:
        request, lead_id, records, lines, cells, files, stores (hits before and after), residual, places, unsearched
        (store, path, reason, remedy), said and whether it was only tried.

    Raises:
        UsageError: not exactly one of them is given, it is none, or it means several people.
        HomeBusyError: a run is at work.
    """
    home = checked_home(home)
    if sum(value is not None for value in (email, phone, lead_id)) != 1:
        raise UsageError("say whom to erase by one of --email, --phone and --lead-id")
    raw_dir = raw_dir_of(home)
    with held(home):
        settle_pending(home)
        tombstones(raw_dir)  # nobody is added where the key of those before is missing
        before_this = _erased_before(raw_dir, lead_id)
        if before_this is not None:
            return _again(home, before_this)
        person = find_person(home, email=email, phone=phone, lead_id=lead_id)
        key = erasure_keys(raw_dir, create=not dry_run) or [Key("", b"only to look")]
        hashes = {
            kind: frozenset(key[-1].of(kind, value) for value in values) for kind, values in person.hashed().items()
        }
        with opened_scope(home, "erase", datetime.now(UTC), None) as scope:
            touched = lines_of_person(scope, person, Tombstones((key[-1],), hashes))
            said = words_of_person(scope, person, touched)
            renamed = _names_of(home, said, Tombstones((key[-1],), hashes), key[-1])
            words = Words(said | {old.rsplit("/", 1)[-1] for old in renamed})
        (before,) = find_traces(home, words)
        if dry_run:
            return _told(None, person, touched, before, before, dry_run=True)
        erasure = decide(
            raw_dir,
            datetime.now(UTC),
            touched,
            kind=PERSON,
            identifiers=person.hashed(),
            before=before.hits,
            lead_id=person.lead_id,
            record_ids=person.record_ids,
            renamed=renamed,
        )
        blocked: list[str] = []
        if person.lead_id is not None or touched or renamed or before.total:
            finish_erasures(home)
            note_checked(home / "lake", tombstones(raw_dir), files_of_feeds(raw_dir, load_policy(home).feeds))
            blocked = publish_without(home, as_of, quiet=quiet)
        if blocked:  # whoever publishes next proves it
            (after,) = find_traces(home, words)
        else:
            _, after = prove_erasures(home, words)
        told = _told(erasure, person, touched, before, after, dry_run=False)
        if blocked:
            told["said"] += f"; the tables were not published: {'; '.join(blocked)}"
        return _written(home, told)


def _names_of(home: Path, words: frozenset[str], erased: Tombstones, key: Key) -> dict[str, str]:
    """Files that are named after the person -> what they are called from then on."""
    pattern = words_in_names(words)

    def spans(name: str) -> list[tuple[int, int]]:
        return [match.span() for match in pattern.finditer(name)] + [place[:2] for place in erased.places_in_name(name)]

    landed = scan(home / "landing", Intake(received_at=datetime.now(UTC)))
    paths = known_paths(raw_dir_of(home)) | {look.path for look in landed}
    return names_that_go(sorted(paths), spans, key, load_policy(home).feeds)


def publish_without(home: Path, as_of: str | None, *, quiet: bool) -> list[str]:
    """Publishes what is left where readers have had anything, for the caller to prove; returns why not, if so."""
    current = Published(home).current
    if current is None:
        return []
    newest = current["as_of"].to_pydatetime()
    if as_of is None and newest > datetime.now(UTC):
        as_of = newest.isoformat()
    result = run_once(home, as_of, quiet=quiet, even_if_nothing_new=True, prove=False)
    return list(map(str, result["checks"]["failures"])) if result["status"] == "blocked" else []


def _erased_before(raw_dir: Path, lead_id: str | None) -> Erasure | None:
    return next((one for one in erasures(raw_dir) if lead_id is not None and lead_id in one.record_ids), None)


def _again(home: Path, erasure: Erasure) -> dict[str, Any]:
    """What is to be said of a lead that was erased before."""
    rename_landed(home)
    replace_copies(home)  # of what was dropped again since
    left = next(iter(prove_erasures(home)), None)
    if left is None:
        (left,) = find_traces(home, Erased(tombstones(raw_dir_of(home))))
    return {
        **_told(erasure, Person(erasure.lead_id), {}, Traces(dict(erasure.before)), left, dry_run=False),
        "said": f"{erasure.lead_id} was erased on {erasure.at:%Y-%m-%d} already; {left.total} traces are left",
    }


def _told(
    erasure: Erasure | None, person: Person, touched: Touched, before: Traces, after: Traces, *, dry_run: bool
) -> dict[str, Any]:
    lines = sum(len(one.rows) for readings in touched.values() for one in readings.values())
    cells = sum(
        len(columns) for readings in touched.values() for one in readings.values() for columns in one.cells.values()
    )
    residual = before.total if dry_run else after.total
    who = f"lead {person.lead_id}" if person.lead_id else "nobody here; what comes later is refused"
    what = f"{lines} lines and {cells} cells of {len(touched)} files"
    if dry_run:
        said = f"would erase {who}: {what}; found {before.total} times"
    else:
        said = f"erased {who}: {what}; found {before.total} times before, {after.total} times now"
    if any(person.shared.get(kind) for kind in (EMAIL, PHONE)):
        said += "; others are reached by one of the addresses or numbers too, and that one stays"
    return {
        "request": erasure.request if erasure else None,
        "erased_at": instant_text(erasure.at) if erasure else None,
        "dry_run": dry_run,
        "lead_id": person.lead_id,
        "records": len(person.records),
        "lines": lines,
        "cells": cells,
        "files": sorted(sha256[:16] for sha256 in touched),
        "stores": {store: {"before": before.hits[store], "after": after.hits[store]} for store in before.hits},
        "residual": residual,
        "places": after.places,
        "unsearched": [asdict(one) for one in after.unsearched],
        "said": said,
    }


def _written(home: Path, told: dict[str, Any]) -> dict[str, Any]:
    """The same, kept where people look; it says nobody's name."""
    path = home / "out" / PROOFS / f"{told['request']}.json"
    write_bytes(path, json.dumps(told, indent=1).encode())
    return {**told, "proof": str(path.relative_to(home))}


def residual_lines(found: dict[str, Any]) -> list[str]:
    """What is left and where, what could not be searched, and what to do about that."""
    gaps = len(found["unsearched"])
    return [
        *[f"  {'found' if found['dry_run'] else 'left'} in {place}" for place in found["places"]],
        *[f"  not searched: {Unsearched(**one)}" for one in found["unsearched"]],
        "nothing was changed"
        if found["dry_run"]
        else f"residual {found['residual']}" + (f", and {gaps} could not be searched" if gaps else ""),
    ]


def erasure_text(found: dict[str, Any]) -> str:
    """The same for a person at a terminal."""
    lines = [f"  {store:<10} {hits['before']:>6} {hits['after']:>6}" for store, hits in found["stores"].items()]
    return "\n".join(
        [
            found["said"],
            f"  {'found in':<10} {'before':>6} {'after':>6}",
            *lines,
            *residual_lines(found),
        ]
    )
