"""A house of a few dozen rows in which everything happens, and all that a run leaves behind, to be compared."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa

from pipelines.homes import make_home
from serving.catalogue import published_tables
from serving.publish_hash import content_hash
from serving.warehouse import Warehouse, open_warehouse
from serving.warehouse_rows import published_reader, read_publications
from serving.warehouse_schema import STAGE_SCHEMA
from sources import journal
from sources.raw import raw_dir_of, read_ledger

#: What the small house keeps of the sample: leads of two sources, deals, events, and what they are measured by.
KEPT = {
    "crm/activities_2026.csv",
    "crm/stage_changes_2026.csv",
    "events/web_2026-H2.csv.gz",
    "forms/landing_pages.csv",
    "forms/website_2026-H1.jsonl",
    "partners/huaxin/leads_2026.csv",
    "reference/fx_rates.csv",
    "reference/products.csv",
    "reference/reps.csv",
    "reference/targets.csv",
}
AS_OF, FIRST, SECOND = "2026-11-22", "2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z"

#: Longer than any other file of the house: its receipt is the only one that a limit between the two stops.
LONG_MESSAGE = 4_000_000


def make_small_home(home: Path) -> None:
    """A home with its first files, not yet run."""
    make_home(home, from_example=True)
    landing = home / "landing"
    for path in landing.rglob("*"):
        if path.is_file() and path.relative_to(landing).as_posix() not in KEPT:
            path.unlink()
    form = landing / "forms" / "website_2026-H1.jsonl"
    lines = form.read_text(encoding="utf-8").splitlines()
    lines[0] = json.dumps(json.loads(lines[0]) | {"message": "x" * LONG_MESSAGE})
    form.write_text("\n".join(lines) + "\n", encoding="utf-8")


def drop_second_file(home: Path) -> None:
    """What lands after the first run: a known lead comes back, so that its score and its grade are other ones."""
    visits = [
        {"event_id": f"late-{day}", "event_type": "pricing_view", "occurred_at": f"2026-11-{day}T10:00:00Z",
         "anonymous_id": "v-late", "email": "anna.becker@nordwind-maschinenbau.example"}
        for day in (20, 21)
    ]  # fmt: skip
    text = "".join(json.dumps(visit) + "\n" for visit in visits)
    with zipfile.ZipFile(home / "landing" / "events" / "late.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("web_2026-11.jsonl"), text)


@dataclass(frozen=True)
class House:
    """A home and the warehouse it publishes to."""

    home: Path
    url: str

    def command(self, received_at: str = SECOND) -> list[str]:
        """The run whose result is compared."""
        return ["run", "--home", str(self.home), "--as-of", AS_OF, "--received-at", received_at]

    @property
    def is_sqlite(self) -> bool:
        """Whether the warehouse is a file."""
        return self.url.startswith("sqlite")

    @property
    def environment(self) -> dict[str, str]:
        """Names the warehouse."""
        return {"SLUICE_WAREHOUSE_URL": self.url}

    def open(self) -> Warehouse:
        """The warehouse as its readers open it."""
        entry = next(entry for entry in journal.read_entries(raw_dir_of(self.home), "home") if entry.name == "home")
        return open_warehouse(self.url, entry.payload["home_id"], published_tables().values(), prepare=False)

    def publication_ids(self) -> list[str]:
        """The publications that readers have."""
        warehouse = self.open()
        try:
            found = read_publications(warehouse)
            return [] if found.empty else sorted(found["publication_id"].astype(str))
        finally:
            warehouse.close()

    def published(self, scratch: Path) -> dict[str, Any]:
        """What readers have: each publication, and the content hash of each table as it is read back."""
        warehouse = self.open()
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        try:
            publications = read_publications(warehouse)
            if publications.empty:
                return {"publications": [], "tables": {}}
            names = ["publication_id", "as_of", "policy_version", "content_hash", "is_current"]
            read = published_reader(warehouse, connection, scratch)
            return {
                "publications": sorted(publications[names].astype(str).to_dict("records"), key=repr),
                "tables": {
                    name: content_hash(read(name), table)
                    for name, table in published_tables().items()
                    if name != "publications"
                },
            }
        finally:
            connection.close()
            warehouse.close()
            shutil.rmtree(scratch, ignore_errors=True)

    def made(self, scratch: Path) -> dict[str, Any]:
        """Everything a run leaves behind but the instants of its own clock and its run id."""
        raw = raw_dir_of(self.home)
        return {
            **self.published(scratch),
            "journal": [_entry(entry) for entry in journal.publications(raw)],
            "raw": [(file.path, file.sha256, file.received_at, file.refused) for file in read_ledger(raw)],
            "receipts": _hashes(self.home / "out" / "receipts"),
            "left": self.left_behind(),
        }

    def left_behind(self) -> list[str]:
        """What must not be there after a run: files half written, publications not settled, tables staged."""
        names = [path.relative_to(self.home).as_posix() for path in self.home.rglob("*")]
        marks = (".partial-", ".tmp", ".staging-", ".pending.json", "intake-open", ".lock.json", ".spill/", "/scratch")
        left = [name for name in names if any(mark in name for mark in marks)]
        if not self.is_sqlite:
            warehouse = self.open()
            with warehouse.reading() as connection:
                left += sa.inspect(connection).get_table_names(schema=STAGE_SCHEMA)
            warehouse.close()
        return sorted(left)


@dataclass
class World:
    """A house before its first run, after it, and what undisturbed runs make of it.

    Attributes:
        copied: a new house that is as it was ``new``, or ``published`` once with a second file landed since.
        undisturbed: by the same words, everything that a run leaves behind.
        progress: by the same words, the second and the text of each line of progress, the end as the last.
        folder: for files that are needed only now.
    """

    copied: Callable[[str], House]
    undisturbed: dict[str, Any]
    progress: dict[str, list[tuple[float, str]]]
    folder: Path

    def published(self, house: House) -> dict[str, Any]:
        """What readers of a house have."""
        return house.published(self.folder / "scratch")

    def made(self, house: House) -> dict[str, Any]:
        """Everything that runs left behind in a house."""
        made: dict[str, Any] = json.loads(json.dumps(house.made(self.folder / "scratch"), default=str))
        return made


def _entry(entry: journal.Entry) -> dict[str, Any]:
    """A publication as the journal has it, without its run id, its clock and its place in the order."""
    payload = {name: value for name, value in entry.payload.items() if name not in {"run_id", "published_at", "tables"}}
    frozen = {name: pq.read_table(path).to_pylist() for name, path in entry.table_paths.items()}
    return {**payload, "frozen": {name: sorted(map(repr, rows)) for name, rows in frozen.items()}}


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
