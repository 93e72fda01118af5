"""What a reader hands over: headers, how the file was written, and its rows in batches of text."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.dialects import is_note, is_total
from sources.errors import RefusedFileError
from sources.readers.json_pairs import Pairs

LONGEST_CELL = 32_767  # what Excel can hold; longer cells are files pasted into a field
MOST_COLUMNS = 2_000
BATCH_ROWS = 50_000
#: Below this a fast reader costs more to start than it saves.
FAST_FROM_BYTES = 4 << 20
#: Where totals may stand: this many records at the end, notes below them aside.
MOST_TOTALS = 3
#: Totals and notes below a table take so many records at most.
LAST_ROWS = 12
DEFAULT_READING = "00000000"
OWN_PREFIX = "sluice_"
ROW_FIELDS = (
    pa.field("line_no", pa.int64(), nullable=False),
    pa.field("problem", pa.string()),
    pa.field("detail", pa.string()),
    pa.field("raw", pa.string()),
)
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"), None)
#: What no column is called: an e-mail address, a telephone number with its country, or a Chinese one without.
_CONTACT = re.compile(
    r"(?:mailto:)?[^\s@<>:]+@[^\s@<>]+\.[^\s@<>.]{2,}|[^@<>]*<[^\s@<>]+@[^\s@<>]+>|"
    r"(?:tel:)?\+(?:[\s()./-]*\d){7,15}|1[3-9]\d{9}",
    re.I,
)


class NotCleanError(Exception):
    """A fast reader met something it may not answer for; nothing it gave counts.

    With `hints` (records it did not expect) it is worth trying again, otherwise the exact reader takes over.
    """

    def __init__(self, why: str, hints: Sequence[str] = ()) -> None:
        """Keep why, and the records to learn from."""
        self.hints = tuple(hints)
        super().__init__(why)


@dataclass(frozen=True)
class ReadOptions:
    """What a feed may say about how a file is written and read; everything else is found out."""

    sheet: str | None = None
    records: str | tuple[str, ...] | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    pairs: tuple[Pairs, ...] | None = None
    #: False where text decoded in the wrong encoding stays as it came; None where it is put right.
    repair_mojibake: bool | None = None

    @classmethod
    def of(cls, feed: object) -> ReadOptions:
        """The options of a feed (anything with these attributes)."""
        said = {name: getattr(feed, name, None) for name in cls.__dataclass_fields__}
        records = said["records"]
        if isinstance(records, list | tuple):
            said["records"] = tuple(records) if len(records) > 1 else next(iter(records), None)
        said["pairs"] = tuple(map(Pairs.of, said["pairs"])) if said["pairs"] else None
        said["repair_mojibake"] = False if said["repair_mojibake"] is False else None
        return cls(**said)

    @property
    def said(self) -> dict[str, Any]:
        """What the feed says, as JSON can hold it."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def reading(self) -> str:
        """8 hex digits that name this way of reading; a fixed value when the feed says nothing."""
        if self == ReadOptions():  # asked for every file at every run
            return DEFAULT_READING
        return hashlib.sha256(json.dumps(self.said, sort_keys=True).encode()).hexdigest()[:8]


@dataclass
class Reading:
    """A file read: `batches` have `row_schema(headers)` and may raise NotCleanError or RefusedFileError."""

    headers: list[str]
    batches: Iterator[pa.RecordBatch]
    dialect: dict[str, Any]
    encoding: str | None = None
    ignored_headers: list[str] = field(default_factory=list)
    #: What only the last batch tells of how the file was written; part of the dialect once all are taken.
    closing: dict[str, Any] = field(default_factory=dict)


class Progress(Protocol):
    """Told how many rows were read so far."""

    def __call__(self, rows: int) -> None:
        """Take note."""


def row_schema(column_count: int) -> pa.Schema:
    """The columns of raw rows: line_no, problem, detail, raw, then the cells c0, c1, ..."""
    return pa.schema([*ROW_FIELDS, *(pa.field(f"c{i}", pa.string()) for i in range(column_count))])


def fold_header(name: str) -> str:
    """Two headers equal after this are the same column to a person reading them."""
    if name.isascii():
        return "".join(name.split()).lower()
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name.translate(_INVISIBLE))).casefold()


@dataclass(frozen=True)
class Columns:
    """Which cells of a row are kept, under which headers.

    Attributes:
        headers: of the cells that are kept.
        kept: the places of these.
        ignored: headers of our own, from a receipt.
        width: how many columns there are.
        first: the first cell of the header as written.
        folded: all headers, as they are compared.
    """

    headers: list[str]
    kept: list[int]
    ignored: list[str]
    width: int
    first: str = ""
    folded: tuple[str, ...] = ()


def name_columns(cells: Sequence[str]) -> Columns:
    """Headers as written but for white space around them; columns of our own receipts are left out.

    A blank header is named after its position. Headers may repeat: both columns are kept under the one name, and
    who needs one of them has to refuse. Raises RefusedFileError too-many-columns, or no-column-names where the first
    record stands in their place.
    """
    if len(cells) > MOST_COLUMNS:
        raise RefusedFileError("too-many-columns", columns=len(cells), limit=MOST_COLUMNS)
    shown = [cell.translate(_INVISIBLE).strip() for cell in cells]
    contact = next((i for i, name in enumerate(shown, 1) if _CONTACT.fullmatch(name)), None)
    if contact is not None:
        raise RefusedFileError("no-column-names", column=contact)
    named = [name or f"column {i + 1}" for i, name in enumerate(shown)]
    folded = tuple(map(fold_header, shown))
    own = [i for i, name in enumerate(folded) if name.startswith(OWN_PREFIX)]
    last = own[-1] if own else len(cells)  # a column without a name behind it is one that a spreadsheet has added
    ignored = {*own, *(i for i in range(last, len(cells)) if not folded[i])}
    kept = [i for i in range(len(cells)) if i not in ignored]
    names = [named[i] for i in sorted(ignored)]
    return Columns([named[i] for i in kept], kept, names, len(cells), cells[0] if cells else "", folded)


def distinct_names(headers: Sequence[str]) -> list[str]:
    """Headers such that no two are equal: a repeated one says which column it is."""
    seen: set[str] = set()
    names = []
    for at, header in enumerate(headers):
        names.append(f"{header} (column {at + 1})" if header in seen else header)
        seen.add(header)
    return names


@dataclass
class RowBuffer:
    """Collects rows and gives them out as record batches; empty cells become null."""

    columns: int
    empty_is_null: bool = True
    line_nos: list[int] = field(default_factory=list)
    rows: list[Sequence[str | None]] = field(default_factory=list)
    problems: dict[int, tuple[str | None, str, str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A row of nothing stands in for the cells of a row with a problem."""
        self._nothing: tuple[None, ...] = (None,) * self.columns
        self._blank = False
        self._gaps: set[int] = set()  # rows by line_no that a blank line parts from one above
        self._gaps_taken = 0
        self._ragged: dict[
            int, Sequence[str | None]
        ] = {}  # the fields of rows that have too few or too many, by line_no
        self._begun = False

    def add_blank(self) -> None:
        """Note that a line without anything in it comes next."""
        self._blank = self._begun

    def _begin(self, line_no: int) -> None:
        if self._blank:
            self._gaps.add(line_no)
            self._blank = False
        self._begun = True
        self.line_nos.append(line_no)

    def add(self, line_no: int, cells: Sequence[str | None], repairs: Sequence[Mapping[str, object]] = ()) -> None:
        """Add a row that is fine, or that was put right: `repairs` say how, each {field, code, was}.

        They become the detail of a row without a problem, a JSON array.
        """
        if repairs:
            self.problems[len(self.line_nos)] = (None, storable(json.dumps(list(repairs), ensure_ascii=False)), None)
        if self._blank or not self._begun:  # asked here, since most rows need no more than this
            self._begin(line_no)
        else:
            self.line_nos.append(line_no)
        self.rows.append(cells)

    def add_problem(
        self,
        line_no: int,
        code: str,
        values: dict[str, object],
        raw: str,
        ragged: Sequence[str] = (),
    ) -> None:
        """Add a row that could not be read; `values` fill the code's text, `ragged` are fields that are not as many."""
        self.problems[len(self.line_nos)] = (code, detail_text(values), storable(raw))
        if ragged:
            self._ragged[line_no] = ragged
        self._begin(line_no)
        self.rows.append(self._nothing)

    def set_aside_last(self) -> dict[str, Any]:
        """Make problems of the last rows that sum up the rows above them, and of notes below the table.

        Returns:
            footer_lines: [line_no of the first note, how many there are]; nothing where there is none.
        """
        first = self._first_note()
        for at in range(max(0, first - MOST_TOTALS), first):
            if self._is_total(at):
                self._set_aside(at, "total-row")
        notes = [at for at in range(first, len(self.line_nos)) if not self._is_empty(at)]
        for at in notes:
            self._set_aside(at, "note-row")
        return {"footer_lines": [self.line_nos[notes[0]], len(notes)]} if notes else {}

    def _first_note(self) -> int:
        """Where the notes below the table begin; behind the last row where there are none."""
        end = len(self.line_nos)
        top = end
        while top > max(0, end - LAST_ROWS) and (self._is_empty(top - 1) or self._is_note(top - 1, True)):
            top -= 1
        above = self._gaps_taken + sum(line_no in self._gaps for line_no in self.line_nos[:top])
        for at in range(top, end):
            # where blank lines stand between records, too, they set nothing off
            parted = self.line_nos[at] in self._gaps and not above
            if parted or self._is_note(at, False) or (at > 0 and (self._is_total(at - 1) or self._is_empty(at - 1))):
                return at
        return end

    def _is_empty(self, at: int) -> bool:
        return at not in self.problems and not any(cell and cell.strip() for cell in self.rows[at])

    def _is_total(self, at: int) -> bool:
        return self.problems.get(at, (None,))[0] is None and is_total(self.rows[at])

    def _is_note(self, at: int, set_off: bool) -> bool:
        cells = self._ragged.get(self.line_nos[at])
        if cells is None and self.problems.get(at, (None,))[0] is not None:
            return False
        return is_note(self.rows[at] if cells is None else cells, self.columns, set_off)

    def _set_aside(self, at: int, code: str) -> None:
        cells = self._ragged.get(self.line_nos[at], self.rows[at])
        raw = " | ".join(cell or "" for cell in cells).strip(" |")
        self.problems[at] = (code, detail_text({}), storable(raw))
        self.rows[at] = self._nothing

    def full(self) -> bool:
        """Whether a batch should be taken."""
        return len(self.line_nos) >= BATCH_ROWS

    def take(self, keep: int = 0) -> pa.RecordBatch:
        """The rows so far as one batch but for the last `keep`, which stay in the buffer."""
        count = max(0, len(self.line_nos) - keep)
        if self._gaps or self._ragged:
            taken = self.line_nos[count - 1] if count else 0
            left = {line_no for line_no in self._gaps if line_no > taken}
            self._gaps_taken += len(self._gaps) - len(left)
            self._gaps = left
            self._ragged = {line_no: cells for line_no, cells in self._ragged.items() if line_no > taken}
        later = (
            self.line_nos[count:],
            self.rows[count:],
            {at - count: problem for at, problem in self.problems.items() if at >= count},
        )
        self.line_nos, self.rows = self.line_nos[:count], self.rows[:count]
        self.problems = {at: problem for at, problem in self.problems.items() if at < count}
        arrays: list[pa.Array] = [pa.array(self.line_nos, pa.int64())]
        for part in range(3):
            if self.problems:
                values: list[str | None] = [None] * count
                for at, problem in self.problems.items():
                    values[at] = problem[part]
                arrays.append(pa.array(values, pa.string()))
            else:
                arrays.append(pa.nulls(count, pa.string()))
        cells = zip(*self.rows, strict=True) if count else ([] for _ in range(self.columns))
        for column in cells:
            cells_of_column = pa.array(column, pa.string())
            if self.empty_is_null and "" in column:
                cells_of_column = pc.if_else(
                    pc.equal(cells_of_column, ""), pa.scalar(None, pa.string()), cells_of_column
                )
            arrays.append(cells_of_column)
        self.line_nos, self.rows, self.problems = later
        return pa.RecordBatch.from_arrays(arrays, schema=row_schema(self.columns))


def text_of(column: pa.Array) -> bytes:
    """The text of all cells of a column in one piece, without anything between them."""
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1]
    return memoryview(data)[ends[0] : ends[-1]].tobytes() if data is not None else b""


def detail_text(values: dict[str, object]) -> str:
    """The values of a problem as JSON, to fill the code's text in any language."""
    return storable(json.dumps(values, ensure_ascii=False, default=str))


def storable(text: str) -> str:
    """Text that any database can keep: NUL is shown as a symbol, half characters as their escape."""
    text = text.replace("\0", "\u2400")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text
