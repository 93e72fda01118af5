"""How often somebody is found, in everything that a home keeps: the measure of an erasure.

Each file is opened once for all that is looked for, and every byte of it is: engines look for what may be a trace, and
only there the exact count is taken. What cannot be opened was not searched, and that is said.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from pipelines.file_texts import Met, Piece, file_texts
from pipelines.sought import Sought
from serving.published import opened
from serving.warehouse_rows import BATCH_ROWS, adbc_connection
from sources.journal import FOLDER

#: Where traces may be, as the proof names it.
STORES = ("landing", "raw", "journal", "lake", "out", "warehouse", "dagster")
#: So many places are named.
MOST_PLACES = 20
#: More threads would hold more pieces of files at a time than they gain.
MOST_THREADS = 4
_REMEDIES = {
    "landing": "remove it; where it is on record, sluice erase --discard {}",
    "raw": "look at it by other means, or take its bytes out: sluice erase --discard {}",
    "journal": "restore it from the backup",
    "lake": "delete it; the next run makes it again",
    "out": "delete it; the next run makes it again",
    "warehouse": "make it readable, then repeat",
    "dagster": "delete the runs that it is about in Dagster",
}


@dataclass(frozen=True)
class Unsearched:
    """Something that could not be searched, so that nothing is known of it.

    Attributes:
        store: one of `STORES`.
        path: of the file, under the home, and of the part inside of it.
        reason: why, as a sentence about "it".
        remedy: what to do.
    """

    store: str
    path: str
    reason: str
    remedy: str

    @classmethod
    def of(cls, store: str, path: Path, shown: str, inside: str, reason: str) -> Unsearched:
        """What is to be said of a file, or of a part inside of it."""
        place = f"{shown} ({inside})" if inside else shown
        return cls(store, place, reason, _REMEDIES[store].format(_file_id(store, path)))

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.store}: {self.path}: {self.reason} -> {self.remedy}"


@dataclass
class Traces:
    """What was found.

    Attributes:
        hits: how often, by store.
        places: the first few places, as `store: file or table`.
        unsearched: what could not be searched.
    """

    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STORES, 0))
    places: list[str] = field(default_factory=list)
    unsearched: list[Unsearched] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How often in all."""
        return sum(self.hits.values())

    @property
    def is_clean(self) -> bool:
        """Whether all was searched and nothing found."""
        return not self.total and not self.unsearched

    def note(self, store: str, place: str, count: int) -> None:
        """Adds what was found in one place."""
        self.hits[store] += count
        if count and len(self.places) < MOST_PLACES:
            self.places.append(f"{store}: {place}")


def find_traces(home: Path, *sought: Sought, without: str | None = None) -> list[Traces]:
    """Looks through everything: files whatever they are packed in, every table of the warehouse, Dagster's storage.

    Args:
        home: the deployment.
        sought: what for.
        without: a store that is not looked into.

    Returns:
        What was found, of each that was looked for; all name the same that could not be searched.
    """
    found = [Traces() for _ in sought]
    files = sorted((store, path) for store, path in _files(home) if store != without)
    bytes_of = {path: _same_bytes(path) for _, path in files}
    first = {key: path for path, key in reversed(bytes_of.items())}  # of several names of the same bytes one is read
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        looked = {key: pool.submit(_in_file, path, sought) for key, path in first.items()}
        for store, path in files:
            counts, met = looked[bytes_of[path]].result()
            place = path.name if store == "dagster" else _shown(path, home)
            gaps = [Unsearched.of(store, path, place, *closed) for closed in met.closed]
            for traces, one, count in zip(found, sought, counts, strict=True):
                traces.note(store, place, count)
                traces.note(store, f"{place} (in a name)", _in_names([path.name, *met.names], one))
                traces.unsearched += gaps
    for table, counts in _in_warehouse(home, sought):
        for traces, count in zip(found, counts, strict=True):
            traces.note("warehouse", table, count)
    return found


def _same_bytes(path: Path) -> Hashable:
    """Equal for names of one file on the disk."""
    try:
        status = path.stat()
    except OSError:  # whoever opens it is told
        return path
    return status.st_dev, status.st_ino


def _shown(path: Path, home: Path) -> str:
    return os.fsencode(path.relative_to(home)).decode("utf-8", "backslashreplace")


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    raw, journal = home / "lake" / "raw", home / "lake" / "raw" / FOLDER
    for top, store in ((home / "landing", "landing"), (home / "lake", "lake"), (home / "out", "out")):
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder, name)
                if path.is_symlink():
                    continue
                if store == "lake" and path.is_relative_to(raw):
                    yield ("journal" if path.is_relative_to(journal) else "raw"), path
                else:
                    yield store, path
    storage = os.environ.get("DAGSTER_HOME")
    if storage:
        for folder, _, names in os.walk(storage):
            for name in names:
                yield "dagster", Path(folder, name)


def _in_file(path: Path, sought: Sequence[Sought]) -> tuple[list[int], Met]:
    """How often each stands in the text of a file, and what was met beside it."""
    met = Met()
    return _counted(file_texts(path, met), sought), met


def _in_names(names: Iterable[str], sought: Sought) -> int:
    return sum(max(sought.count(name), sought.count_in_name(name)) for name in names)


def _file_id(store: str, path: Path) -> str:
    """The id under which a stored file or one in the landing zone is, or would be, on record."""
    if store != "landing":
        return path.name[:16]
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    except OSError:  # what cannot be read is on no record
        return "FILE_ID"


def _counted(pieces: Iterable[Piece], sought: Sequence[Sought]) -> list[int]:
    counts = [0] * len(sought)
    for piece in pieces:
        for at, one in enumerate(sought):
            counts[at] += max(_in_column(view, one) for view in piece)
    return counts


def _in_column(column: pa.ChunkedArray, sought: Sought) -> int:
    return sum(sought.count(text) for text in sought.maybe(column).to_pylist())


def _in_warehouse(home: Path, sought: Sequence[Sought]) -> Iterator[tuple[str, list[int]]]:
    """Every text of every table, and what a SQLite file still holds of rows that are gone."""
    with opened(home) as warehouse:
        if not warehouse.is_postgresql and not warehouse.path.exists():
            return
        schema = warehouse.schema.meta.schema
        queries: dict[str, str] = {}
        with warehouse.reading() as connection:
            inspector = sa.inspect(connection)
            for name in inspector.get_table_names(schema=schema):
                table = sa.Table(name, sa.MetaData(schema=schema), autoload_with=connection)
                # never null: the bulk driver takes a column's type from its first rows
                texts = [
                    sa.func.coalesce(sa.cast(column, sa.Text), "").label(f"c{at}")
                    for at, column in enumerate(table.columns)
                    if isinstance(column.type, sa.String | sa.JSON)
                ]
                query = sa.select(*texts) if texts else None
                queries[name] = (
                    ""
                    if query is None
                    else str(query.compile(warehouse.engine, compile_kwargs={"literal_binds": True}))
                )
        for name, sql in queries.items():
            counts = [0] * len(sought)
            if sql:
                with adbc_connection(warehouse) as source, source.cursor() as cursor:
                    if not warehouse.is_postgresql:  # it hands out a thousand rows at a time otherwise
                        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": BATCH_ROWS})
                    cursor.execute(sql)
                    for batch in cursor.fetch_record_batch():
                        columns = ([pa.chunked_array([column])] for column in batch.columns)
                        counts = [sum(pair) for pair in zip(counts, _counted(columns, sought), strict=True)]
            yield name, counts
        if warehouse.is_postgresql:
            return
        place = warehouse.path
    for path in (place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-journal")):
        if path.exists():
            yield path.name, _in_bytes(path, sought)
    with closing(sqlite3.connect(place)) as raw:
        left = raw.execute("PRAGMA freelist_count").fetchone()[0]
    if left:  # pages that nothing uses: there the words stand side by side, so only the file as a whole can be asked
        yield f"{left} free pages of {place.name}", _in_bytes(place, sought)


def _in_bytes(path: Path, sought: Sequence[Sought]) -> list[int]:
    text = path.read_bytes().decode("latin-1")
    return [one.count(text) for one in sought]
