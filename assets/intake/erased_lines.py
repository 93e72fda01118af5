"""The lines of people who were erased, told by their tombstones: what they are reached by, wherever it stands.

A line about a person goes as a whole. Of a line about a deal what names the person goes, and the deal stays. Anywhere
else an address or a number is taken out of the text that it stands in.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.intake.canonical import headers_of_fields
from assets.intake.kept_lines import forget_lines, lines_folder
from assets.intake.lines import read_lines
from assets.scope import Scope
from policy.feeds import CANONICAL_FIELDS, Feed
from sources.durable import write_bytes
from sources.erased_files import clean_files
from sources.erased_names import names_that_go
from sources.erased_rows import ERASED
from sources.erasures import ARRIVAL, Lines, Touched, decide, tombstones
from sources.feed_files import FeedFile, files_of_feeds
from sources.raw import RawFile
from sources.readers.lines import line_blocks
from sources.tombstones import (
    ANONYMOUS_ID,
    CONTENT,
    EMAIL,
    EXTENSION,
    NAMED,
    PHONE,
    RECORD_KEY,
    Tombstones,
    in_any_order,
    named,
    of_source,
    phone_forms,
)

#: Lines of these kinds are about a person; one of another kind that names a person is about something else.
OF_PERSONS = ("leads", "events", "activities", "outcomes", "stakeholders", "reviews")
#: What names the person in a line about something else.
NAMING = ("full_name", "first_name", "last_name", "email", "phone", "lead_id", "record_key")
#: The columns of a key: of a person's own row, and of another that a row is about.
_OWN_KEY, _KEY_OF_ANOTHER = ("source_name", "source_key"), ("record_source", "record_key")
CHECKED = Path("intake") / "erasures_checked.json"


def add_row(touched: Touched, file: RawFile, line_no: int) -> None:
    """Notes a line that goes as a whole."""
    touched.setdefault(file.sha256, {}).setdefault(file.reading, Lines()).rows.add(line_no)


def add_cells(touched: Touched, file: RawFile, line_no: int, columns: Collection[int]) -> None:
    """Notes cells, by their place, that go of a line."""
    lines = touched.setdefault(file.sha256, {}).setdefault(file.reading, Lines())
    lines.cells.setdefault(line_no, set()).update(columns)


def naming_columns(feed: Feed, file: RawFile) -> list[int]:
    """The places of the columns by which a file names a person."""
    called = headers_of_fields(feed, file.headers)
    names = {called[field] for field in NAMING if field in called}
    return [at for at, header in enumerate(file.headers) if header in names]


def add_line(touched: Touched, file: RawFile, feed: Feed, line_no: int) -> None:
    """Notes what goes of a line that names a person who is erased."""
    if feed.kind in OF_PERSONS:
        add_row(touched, file, line_no)
    else:
        add_cells(touched, file, line_no, naming_columns(feed, file))


def kept_lines(lake: Path, kind: str) -> list[Path]:
    """The batches of lines of a kind that are kept."""
    return sorted(lines_folder(lake, kind).glob("*/*.parquet"))


def add_lines_of(
    touched: Touched,
    files: Sequence[FeedFile],
    batches: Sequence[Path],
    kind: str,
    erased: Tombstones,
    nobodys: Collection[str],
) -> None:
    """Notes the lines of a kind, usable or not, that have an identifier which was erased.

    A key or a browser tells who a line is about only where the line itself says nothing else, or says the same name;
    so does an address that others have as well. A line with the content of one that was erased is that line.

    Args:
        touched: what was noted so far.
        files: of which lines may go.
        batches: the lines of the kind.
        kind: of the feeds.
        erased: by what they are told.
        nobodys: what stands where no browser is known, in small letters: it tells nobody, whoever was erased with it.
    """
    fields = CANONICAL_FIELDS[kind]
    feeds = {(file.raw_file.file_id, file.feed.feed): file for file in files if file.feed}
    ids = {file_id for file_id, _ in feeds}
    batches = [path for path in batches if ids & _files_in(path)] if "email" in fields else []
    if not batches:
        return
    wanted = ("email", "phone", "anonymous_id", "record_key", "record_source", "full_name")
    columns = [name for name in wanted if name in fields]
    with duckdb.connect() as connection:
        lines = connection.read_parquet([str(path) for path in batches], union_by_name=True)
        keys = ["file_id", "source_name", "line_no", "source_key", "content_hash"]
        table = lines.select(*[*keys, *columns]).to_arrow_table()
    nothing: list[str | None] = [None] * table.num_rows
    column = dict.fromkeys(wanted, nothing) | {name: table[name].to_pylist() for name in table.column_names}
    emails = {address for address in set(column["email"]) if address and erased.has_address(address)}
    phones = {number for number in set(column["phone"]) if number and is_erased_number(number, erased)}
    column["anonymous_id"] = _somebodys(column["anonymous_id"], nobodys)
    browsers = erased.of(ANONYMOUS_ID, set(column["anonymous_id"]))
    is_lead = kind == "leads"
    told = zip(*(column[name] for name in (_OWN_KEY if is_lead else _KEY_OF_ANOTHER)), strict=True)
    pairs = [of_source(source, key) if source and key else None for source, key in told]
    record_keys = erased.of(RECORD_KEY, set(pairs))
    reached_by = {
        RECORD_KEY: pairs,
        **{which: column[which] for which in (EMAIL, PHONE, ANONYMOUS_ID)},
    }
    said_before = zip(
        _named_before(erased, reached_by, column["full_name"]),
        _said_before(erased, column["source_name"], column["content_hash"]) if is_lead else nothing,
        strict=True,
    )
    for file_id, source, line_no, email, phone, name, browser, key, before in zip(
        *(
            column[name]
            for name in ("file_id", "source_name", "line_no", "email", "phone", "full_name", "anonymous_id")
        ),
        pairs,
        said_before,
        strict=True,
    ):
        reached = email in emails or phone in phones or any(before)
        silent = email is None and phone is None
        if reached or (silent and (key in record_keys or (name is None and browser in browsers))):
            file = feeds.get((file_id, source))
            if file is not None and file.feed is not None:
                add_line(touched, file.raw_file, file.feed, line_no)


def _somebodys(browsers: Sequence[str | None], nobodys: Collection[str]) -> list[str | None]:
    """The browsers of lines, and none where a text stands that is nobody's."""
    known = {browser: None if is_nobodys(browser, nobodys) else browser for browser in set(browsers) if browser}
    return [known.get(browser) if browser else None for browser in browsers]


def is_nobodys(identifier: str, nobodys: Collection[str]) -> bool:
    """Whether a text stands where no browser or device is known, as identity has it."""
    return identifier.strip().lower() in nobodys


def _named_before(
    erased: Tombstones, reached_by: Mapping[str, Sequence[str | None]], names: Sequence[str | None]
) -> list[bool]:
    """Which lines have a name and, with it, something that was erased together with that name.

    With an address or a number the name is known in any order as well, and those short for it.
    """
    told = [False] * len(names)
    if not erased.hashes.get(NAMED):
        return told
    turned = {name: in_any_order(name) for name in set(names) if name}
    in_order = [turned[name] if name else None for name in names]
    for kind, values in reached_by.items():
        for called in (names, in_order) if kind in (EMAIL, PHONE) else (names,):
            pairs = zip(values, called, strict=True)
            both = [named(kind, value, name) if value and name else None for value, name in pairs]
            found = erased.of(NAMED, set(both))
            told = [known or one in found for known, one in zip(told, both, strict=True)]
    return told


def _said_before(erased: Tombstones, sources: Sequence[str | None], contents: Sequence[str | None]) -> list[bool]:
    """Which lines say what a line said that was erased."""
    if not erased.hashes.get(CONTENT):
        return [False] * len(contents)
    said = [
        of_source(source, content) if source and content else None
        for source, content in zip(sources, contents, strict=True)
    ]
    found = erased.of(CONTENT, set(said))
    return [one in found for one in said]


def _files_in(batch: Path) -> set[str]:
    """The files whose lines a batch holds."""
    index = batch.with_suffix(".json")
    if not index.exists():  # a batch without rows
        return set()
    return {entry["file_id"] for entry in json.loads(index.read_bytes()).values()}


def is_erased_number(number: str, erased: Tombstones) -> bool:
    """Whether a number as intake keeps it was erased: in full, or where its country is not known in any form."""
    full, mark, extension = number.partition(EXTENSION)
    digits = "".join(char for char in full if char.isdigit())
    forms = {f"{digits}{mark}{extension}"} if number.startswith("+") else phone_forms(number)
    return any(erased.has(PHONE, form) for form in forms)


def add_texts(touched: Touched, files: Sequence[FeedFile], erased: Tombstones) -> None:
    """Notes every file in whose cells, or bytes where it could not be read, something stands that was erased.

    Lines that could not be read, and those of files that no feed reads, go as a whole.
    """
    unread = {file.raw_file.rows_path for file in files if file.feed is None or file.raw_file.refused}
    seen: set[Path] = set()
    for file in (file.raw_file for file in files):
        if file.rows_path in seen:
            continue
        seen.add(file.rows_path)
        if not file.rows:
            if file.archive is None and file.bytes_path.exists() and _bytes_name(file.bytes_path, erased):
                touched.setdefault(file.sha256, {})
            continue
        table = pq.read_table(file.rows_path)
        numbers = table["line_no"].to_pylist()
        broken = pc.is_valid(table["problem"]).to_pylist()
        for name in table.column_names[1:]:
            for at in erased.rows(table[name]):
                if broken[at] or file.rows_path in unread:
                    add_row(touched, file, numbers[at])
                else:
                    add_cells(touched, file, numbers[at], [])


def _bytes_name(path: Path, erased: Tombstones) -> bool:
    with gzip.open(path) as stream:
        blocks = line_blocks(cast(BinaryIO, stream))
        return any(erased.names(block.decode("utf-8", "surrogateescape")) for block in blocks)


def erase_arrivals(scope: Scope, now: datetime) -> bool:
    """Erases what came in since of people who were erased: at once, before anything is made of it.

    Args:
        scope: the run, which has taken what landed.
        now: when that is decided.

    Returns:
        Whether anything had to go.
    """
    erased = tombstones(scope.raw)
    if not erased:
        return False
    files = files_of_feeds(scope.raw, scope.policy.feeds)
    checked = _checked(scope.lake, erased)
    fresh = [file for file in files if file.raw_file.rows_path.name not in checked]
    if not fresh:
        return False
    accepted = [(file.raw_file, file.feed) for file in files if file.status == "accepted" and file.feed]
    read_lines(accepted, scope.lake, scope.policy, scope.engine, scope.noted)
    touched: Touched = {}
    nobodys = scope.policy.identity.nobodys_identifiers
    for kind in CANONICAL_FIELDS:
        add_lines_of(touched, fresh, kept_lines(scope.lake, kind), kind, erased, nobodys)
    add_texts(touched, fresh, erased)
    settle_lines(touched, files, scope.lake)
    renamed = names_that_go(
        sorted({file.path for file in fresh}),
        lambda name: [place[:2] for place in erased.places_in_name(name)],
        erased.keys[-1],
        scope.policy.feeds,
    )
    if touched or renamed:
        decide(scope.raw, now, touched, kind=ARRIVAL, renamed=renamed)
        clean_files(scope.home, lambda erasure: forget_lines(scope.lake, {sha256[:16] for sha256 in erasure.files}))
    note_checked(scope.lake, erased, files)
    return bool(touched or renamed)


def note_checked(lake: Path, erased: Tombstones, files: Sequence[FeedFile]) -> None:
    """Notes that nothing which was erased is in these files; what may be lost is only the time to look again."""
    names = sorted({file.raw_file.rows_path.name for file in files})
    write_bytes(lake / CHECKED, json.dumps({"state": _state(erased), "checked": names}).encode())


def settle_lines(touched: Touched, files: Sequence[FeedFile], lake: Path) -> None:
    """Takes out lines that were erased before, and notes the hash of those of which only a part goes."""
    paths = {(file.raw_file.sha256, file.raw_file.reading): file.raw_file.rows_path for file in files}
    for sha256, readings in touched.items():
        for reading, lines in readings.items():
            table = pq.read_table(paths[sha256, reading], columns=["line_no"], filters=[("problem", "=", ERASED)])
            lines.rows -= set(table["line_no"].to_pylist())
            for line_no in lines.rows & set(lines.cells):
                del lines.cells[line_no]
    wanted = {
        (sha256[:16], reading, line_no): lines
        for sha256, readings in touched.items()
        for reading, lines in readings.items()
        for line_no in lines.cells
    }
    batches = [str(path) for kind in CANONICAL_FIELDS for path in kept_lines(lake, kind)] if wanted else []
    if not batches:
        return
    keys = pa.table({"file_id": pa.array(sorted({key[0] for key in wanted}), pa.string())})
    with duckdb.connect() as connection:
        kept = connection.read_parquet(batches, union_by_name=True)
        mine = kept.set_alias("l").join(connection.from_arrow(keys).set_alias("k"), "l.file_id = k.file_id")
        columns = [f"l.{name}" for name in ("file_id", "reading", "line_no", "content_hash")]
        for file_id, reading, line_no, content_hash in mine.select(*columns).fetchall():
            known = wanted.get((file_id, reading, line_no))
            if known is not None and content_hash:
                known.hashes[line_no] = content_hash


def _state(erased: Tombstones) -> str:
    return hashlib.sha256(json.dumps(sorted(map(sorted, erased.hashes.values()))).encode()).hexdigest()


def _checked(lake: Path, erased: Tombstones) -> set[str]:
    try:
        said = json.loads((lake / CHECKED).read_bytes())
    except (OSError, ValueError):
        return set()
    return set(said["checked"]) if said.get("state") == _state(erased) else set()
