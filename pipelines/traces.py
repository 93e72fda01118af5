"""How often somebody is found, in everything that a home keeps: the measure of an erasure."""

from __future__ import annotations

import gzip
import io
import os
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol, cast
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from serving.published import opened
from sources.journal import FOLDER
from sources.readers.lines import line_blocks
from sources.tombstones import Tombstones

#: Where traces may be, as the proof names it.
STORES = ("landing", "raw", "journal", "lake", "out", "warehouse", "dagster")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TEXT_IN_ZIP = (".xml", ".rels", ".vml", ".txt")


class Looked(Protocol):
    """What is looked for."""

    def count(self, text: str) -> int:
        """How often it stands in a text."""

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Those values of a column that may have it."""


@dataclass(frozen=True)
class Erased:
    """Whatever was erased, by its tombstones."""

    tombstones: Tombstones

    def count(self, text: str) -> int:
        """How often something that was erased stands in a text."""
        return sum(1 for _ in self.tombstones.places(text))

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Values with anything like an address or a number."""
        return column.take(pa.array(self.tombstones.rows(column), pa.int64()))


@dataclass(frozen=True)
class Words:
    """Texts as they were written: addresses, numbers and names, whole and in any case.

    Attributes:
        texts: what is looked for.
    """

    texts: frozenset[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        listed = "|".join(re.escape(text) for text in sorted(self.texts, key=lambda text: (-len(text), text)))
        return re.compile(rf"(?<![\w+@.%-])(?:{listed})(?![\w@]|\.\w)" if listed else r"(?!)", re.IGNORECASE)

    @cached_property
    def _wide(self) -> str:
        return "|".join(re.escape(text) for text in sorted(self.texts)) or "$^"

    @cached_property
    def _lowered(self) -> tuple[str, ...]:
        return tuple(sorted({text.lower() for text in self.texts}))

    def count(self, text: str) -> int:
        """How often they stand in a text."""
        lowered = text.lower()
        if not any(word in lowered for word in self._lowered):  # ten times as fast as the pattern, and so mostly
            return 0
        return sum(1 for _ in self._pattern.finditer(text))

    def maybe(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Values that have one of them somewhere."""
        found = pc.match_substring_regex(column, _re2(self._wide), ignore_case=True)
        return column.filter(pc.fill_null(found, False))


def _re2(pattern: str) -> str:
    """A pattern of escaped texts as the other engine wants it."""
    return pattern.replace("\\ ", " ").replace("\\#", "#").replace("\\&", "&").replace("\\~", "~")


@dataclass
class Traces:
    """What was found.

    Attributes:
        hits: how often, by store.
        places: the first few places, as `store: file or table`.
    """

    hits: dict[str, int]
    places: list[str]

    @property
    def total(self) -> int:
        """How often in all."""
        return sum(self.hits.values())


def find_traces(home: Path, looked: Looked, *, without: str | None = None) -> Traces:
    """Looks through everything: files whatever they are packed in, every table of the warehouse, Dagster's storage.

    Args:
        home: the deployment.
        looked: what for.
        without: a store that is not looked into.
    """
    hits = dict.fromkeys(STORES, 0)
    places: list[str] = []

    def note(store: str, place: str, count: int) -> None:
        hits[store] += count
        if count and len(places) < 20:
            places.append(f"{store}: {place}")

    for store, path in _files(home):
        if store == without:
            continue
        note(store, path.name if store == "dagster" else _shown(path, home), _in_file(path, looked))
    for table, count in _in_warehouse(home, looked):
        note("warehouse", table, count)
    return Traces(hits, places)


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


def _in_file(path: Path, looked: Looked) -> int:
    try:
        if path.suffix == ".parquet":
            return _in_parquet(path, looked)
        with path.open("rb") as stream:
            return _in_stream(stream, looked)
    except OSError:
        return 0


def _in_stream(stream: BinaryIO, looked: Looked, depth: int = 0) -> int:
    """Counts in text piece by piece, whatever its length; only archives are held as a whole."""
    if depth > 3:
        return 0
    head = stream.read(4)
    stream.seek(0)
    if head.startswith(b"\x1f\x8b"):
        comment = looked.count(stream.read(500)[10:].partition(b"\0")[0].decode("latin-1"))
        stream.seek(0)
        try:
            with gzip.open(stream) as inner:
                return comment + _in_stream(cast(BinaryIO, inner), looked, depth + 1)
        except (OSError, EOFError, zlib.error):
            return comment
    if head == b"PK\x03\x04":
        return _in_zip(stream.read(), looked, depth)
    if head == b"PAR1":
        return _in_parquet(pa.BufferReader(stream.read()), looked)
    return sum(looked.count(text) for block in line_blocks(stream) for text in _texts(block))


def _in_parquet(source: Path | pa.BufferReader, looked: Looked) -> int:
    try:
        table = pq.read_table(source)
    except (pa.ArrowException, OSError):
        return 0
    found = 0
    for column in table.columns:
        if pa.types.is_nested(column.type):
            column = pa.chunked_array([pa.array([str(value) for value in column.to_pylist()], pa.string())])
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            found += sum(looked.count(text) for text in looked.maybe(column).to_pylist())
    metadata = table.schema.metadata or {}
    return found + sum(looked.count(value.decode("utf-8", "replace")) for value in metadata.values())


def _in_zip(data: bytes, looked: Looked, depth: int) -> int:
    found = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names or "content.xml" in names:
                parts = [name for name in names if name.endswith(_TEXT_IN_ZIP)]
                return sum(looked.count(_unmarked(archive.read(name))) for name in parts)
            for name in names:
                found += looked.count(name) + _in_stream(io.BytesIO(archive.read(name)), looked, depth + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error, ValueError):
        return found
    return found


def _unmarked(data: bytes) -> str:
    """The text of XML without its marks, and the values of its attributes."""
    import html

    text = data.decode("utf-8", "replace")
    links = " ".join(value for value in re.findall(r'"([^"<>]*)"', text) if "@" in value) if "@" in text else ""
    return html.unescape(re.sub(r"<[^>]*>", " ", text) + " " + links)


def _texts(data: bytes) -> Iterable[str]:
    """What bytes may say as text, in the encodings and escapes that files come in."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if data.count(b"\0") * 4 > len(data):
            yield from (data.decode(name, "replace") for name in ("utf-16-le", "utf-16-be"))
            return
        text = data.decode("gb18030", "replace")
    if "%40" in text or re.search(r"%[0-9A-F]{2}.*&", text):
        text = unquote_plus(text)
    if "\\u" in text:
        text = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    yield text


def _in_warehouse(home: Path, looked: Looked) -> Iterator[tuple[str, int]]:
    """Every text of every table, and what a SQLite file still holds of rows that are gone."""
    with opened(home) as warehouse:
        if not warehouse.is_postgresql and not warehouse.path.exists():
            return
        schema = warehouse.schema.meta.schema
        with warehouse.reading() as connection:
            inspector = sa.inspect(connection)
            for name in inspector.get_table_names(schema=schema):
                table = sa.Table(name, sa.MetaData(schema=schema), autoload_with=connection)
                texts = [column for column in table.columns if isinstance(column.type, sa.String | sa.JSON)]
                found = 0
                if texts:
                    rows = connection.execution_options(yield_per=10_000).execute(sa.select(*texts))
                    for part in rows.partitions():
                        for values in zip(*part, strict=True):
                            column = pa.chunked_array([pa.array(map(_text, values), pa.string())])
                            found += sum(looked.count(text) for text in looked.maybe(column).to_pylist())
                yield name, found
        if warehouse.is_postgresql:
            return
        place = warehouse.path
    for path in (place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-journal")):
        if path.exists():
            yield path.name, looked.count(path.read_bytes().decode("latin-1"))
    with closing(sqlite3.connect(place)) as raw:
        left = raw.execute("PRAGMA freelist_count").fetchone()[0]
    if left:  # pages that nothing uses: there the words stand side by side, so only the file as a whole can be asked
        yield f"{left} free pages of {place.name}", looked.count(place.read_bytes().decode("latin-1"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
