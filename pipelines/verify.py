"""Proves the invariants on what is published: reads readers' tables back, and for determinism runs it all again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from assets.lake import table_path
from assets.scope import Scope
from pipelines.erasure_proof import erasure_findings
from pipelines.errors import UsageError
from pipelines.homes import checked_home
from pipelines.run_scope import opened_scope
from policy.load import load_policy
from quality.verify import PROOFS, Finding, verify
from serving.catalogue import published_tables
from serving.journaled import frozen_table
from serving.publish_hash import content_hash
from serving.published import URL_VARIABLE, Published, ledger_state, opened
from serving.receipt_proofs import receipt_findings
from serving.warehouse_rows import read_published
from sources.erasures import erased_records
from sources.retractions import heirs

SAME_AGAIN = "A run made now from the same raw input gives the same tables."
ALL = (*PROOFS, "receipts", "erasure", "determinism")


def verified(home: Path, what: str = "all") -> dict[str, Any]:
    """Proves the invariants of a home's newest publication.

    Args:
        home: the deployment.
        what: one of `ALL`, or ``all``.

    Returns:
        Whether all hold, and a finding for each statement; one about what landed since breaks none.

    Raises:
        UsageError: there is no such proof, or nothing was published.
    """
    home = checked_home(home)
    if what not in {*ALL, "all"}:
        raise UsageError(f"there is no proof {what!r}; expected {', '.join(ALL)} or all")
    published = Published(home)
    if published.current is None:
        raise UsageError(f"nothing was published from {home} yet; run `sluice run` first")
    wanted = list(ALL) if what == "all" else [what]
    as_of: datetime = published.current["as_of"].to_pydatetime()
    with opened_scope(home, "verify", as_of, None) as scope:
        findings = _read_back(scope, [name for name in wanted if name in PROOFS])
        if "receipts" in wanted:
            findings += receipt_findings(scope, _published_files(scope))
    if "erasure" in wanted:
        findings += erasure_findings(home)
    if "determinism" in wanted:
        findings += _waiting(home, published) or _run_again(home, published, as_of)
    holds = all(finding.passed or finding.waits for finding in findings)
    return {"holds": holds, "findings": [asdict(finding) for finding in findings]}


@contextmanager
def _reader(scope: Scope) -> Iterator[Callable[[str], duckdb.DuckDBPyRelation]]:
    """What reads a table as readers have it, each once."""
    folder = Path(tempfile.mkdtemp(prefix="verify-", dir=scope.lake))
    read_before: dict[str, duckdb.DuckDBPyRelation] = {}
    try:
        with opened(scope.home) as warehouse:

            def read(name: str) -> duckdb.DuckDBPyRelation:
                if name not in read_before:
                    target = folder / f"{name}.parquet"
                    read_before[name] = read_published(
                        warehouse, published_tables()[name], scope.engine.connection, target
                    )
                return read_before[name]

            yield read
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_back(scope: Scope, proofs: list[str]) -> list[Finding]:
    if not proofs:
        return []
    with _reader(scope) as read:
        today = duckdb.ColumnExpression("date") == duckdb.ConstantExpression(scope.day)
        quarters = read("dates").filter(today).project("quarter").fetchall()
        ids = scope.engine.connection.from_arrow(_ids_to_resolve(scope.raw))
        return verify(
            proofs,
            read,
            scope.engine,
            {"run_scope": scope.given("run_scope")},
            ids_published=ids,
            forecast_period=str(quarters[0][0]) if quarters and scope.policy.forecast.period == "quarter" else None,
        )


def _published_files(scope: Scope) -> set[tuple[str, str]]:
    """Path and sha256 of the files that readers know of; the lake may know of more, from a run that broke off."""
    with _reader(scope) as read:
        return {(str(path), str(sha256)) for path, sha256 in read("source_files").project("path, sha256").fetchall()}


def _waiting(home: Path, published: Published) -> list[Finding]:
    """Nothing where a run made now has the input of the newest publication; else that it cannot be compared yet."""
    policy = load_policy(home)
    entry = published.entries[str(published.newest_id())]
    why = []
    if published.current is not None and published.current["policy_version"] != policy.version:
        why.append("the policy was changed")
    if entry.payload.get("ledger_state") != ledger_state(home, policy):
        why.append("files landed or are read in another way")
    if not why:
        return []
    said = f"since the newest publication {' and '.join(why)}; run `sluice run`, then this proof again"
    return [Finding("determinism", SAME_AGAIN, None, said, waits=True)]


def _ids_to_resolve(raw: Path) -> pa.Table:
    """Every lead id ever published, but those of leads that were erased or existed only through retracted files."""
    ids = frozen_table(raw, "frozen_lead_ids", datetime.now(UTC))
    gone = heirs(raw)
    gone = gone.filter(pc.is_null(gone["heir_id"]))
    lost = pa.chunked_array([*gone["record_id"].chunks, *erased_records(raw)["record_id"].chunks], pa.string())
    return ids.filter(pc.invert(pc.is_in(ids["lead_id"], value_set=lost.combine_chunks())))


def _run_again(home: Path, published: Published, as_of: datetime) -> list[Finding]:
    """Runs from raw input, journal and policy alone, elsewhere, and compares the hash of every table."""
    from pipelines.run import run_once

    entry = published.entries[str(published.newest_id())]
    hashes: Mapping[str, str] = entry.payload["hashes"]
    with tempfile.TemporaryDirectory(prefix="sluice-again-") as folder:
        copy = Path(folder) / "home"
        (copy / "landing").mkdir(parents=True)
        shutil.copytree(home / "policy", copy / "policy")
        later = _later_entries(published)
        shutil.copytree(
            home / "lake" / "raw",
            copy / "lake" / "raw",
            copy_function=_link_or_copy,
            ignore=lambda _, names: [name for name in names if name.startswith(later)],
        )
        with _own_warehouse():
            result = run_once(copy, as_of.isoformat(), quiet=True, even_if_nothing_new=True)
        if result["status"] != "published":
            return [Finding("determinism", "A run from raw input publishes.", False, result["status"], 1)]
        with opened_scope(copy, "verify", as_of, None) as scope:
            again = {
                name: content_hash(table_path(scope.lake, table, str(scope.day)), table, scope.engine.connection)
                for name, table in published_tables().items()
                if name in hashes
            }
    return [
        Finding(
            "determinism",
            f"A run made now from the same raw input gives the same {name}.",
            again[name] == expected,
            "holds" if again[name] == expected else f"published {expected}, now {again[name]}",
            int(again[name] != expected),
        )
        for name, expected in sorted(hashes.items())
    ]


def _later_entries(published: Published) -> tuple[str, ...]:
    """How files of the journal begin that are of later publications than readers have: past days were run since.

    To the run that is proven they were not there to be compared with.
    """
    names = [entry.name for entry in published.entries.values()]
    newest = published.entries[str(published.newest_id())].name
    return tuple(f"{name}." for name in names if name > newest)


def _link_or_copy(source: str, target: str) -> None:
    """Raw files never change, so a link will do where one can be made."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextmanager
def _own_warehouse() -> Iterator[None]:
    """The second run publishes into a warehouse of its own."""
    kept = os.environ.pop(URL_VARIABLE, None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ[URL_VARIABLE] = kept


def verification_text(found: dict[str, Any]) -> str:
    """The same for a person: one line a statement."""
    lines = [
        f"{_verdict(item)}  {item['proof']}: "
        f"{item['statement']}" + ("" if item["passed"] else f" -> {item['observed']}")
        for item in found["findings"]
    ]
    waiting = sum(item["waits"] for item in found["findings"])
    last = "every invariant holds" if found["holds"] else "an invariant does not hold"
    return "\n".join([*lines, f"{last}; {waiting} could not be looked at before the next run" if waiting else last])


def _verdict(item: dict[str, Any]) -> str:
    if item["passed"] is None:
        return "waits " if item["waits"] else "?     "
    return "holds " if item["passed"] else "BROKEN"
