"""Rows into files: encodings, compression, workbooks, and the line on which each row stands."""

import datetime as dt
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter

from examples.simulator.mess import Insertions
from examples.simulator.text import join, number

Array = npt.NDArray[Any]


@dataclass
class Landing:
    """The landing zone being written, and what is known about its lines."""

    root: Path
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[str, Array, Array]] = field(default_factory=list)  # path, line_no, person
    mess: list[tuple[str, int | None, str]] = field(default_factory=list)  # path, line_no, kind

    def open(self, path: str) -> BinaryIO:
        """A new file at this path under the landing zone."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        return target.open("wb")

    def count(self, kind: str, rows: int) -> None:
        """Remember that so many rows of this kind were written."""
        self.rows[kind] = self.rows.get(kind, 0) + rows

    def write_lines(
        self,
        path: str,
        kind: str,
        chunks: Iterable[tuple[pa.Array, Array | None]],
        *,
        head: Sequence[str] = (),
        tail: bytes = b"",
        between: str = "",
        line_end: str = "\n",
        encoding: str = "utf-8",
        mess: Insertions | None = None,
        array: bool = False,
    ) -> None:
        """Chunks of (rows, person of each row) as lines; `.gz` paths are compressed.

        `array`: the rows are items of one JSON array, known by their position rather than their line.
        """
        written = 0
        line = 1 + (0 if array else sum(text.count("\n") + 1 for text in head))
        with self.open(path) as raw, _sink(raw, path) as file:
            file.write(_bom(encoding) + "".join(text + line_end for text in head).encode(_plain(encoding)))
            for rows, person in chunks:
                self.count(kind, len(rows))
                if mess is not None:
                    rows, person, said = mess.into(rows, person)
                heights = np.ones(len(rows), np.int64) if array else 1 + pc.count_substring(rows, "\n").to_numpy()
                starts = line + np.cumsum(heights) - heights
                line += int(heights.sum())
                if between and written:
                    file.write(between.encode())
                text = _one_text(rows, between) if between else join(rows, line_end)
                file.write(_encoded(text, encoding))
                written += len(rows)
                if person is not None:
                    known = person >= 0
                    self.lines.append((path, starts[known], person[known]))
                if mess is not None:
                    self.mess += [(path, int(starts[place]), what) for place, what in said]
            file.write(tail)

    def write_table(self, path: str, header: str, lines: pa.Array, kind: str, mess: Insertions | None = None) -> None:
        """A plain CSV file in UTF-8."""
        self.write_lines(path, kind, [(lines, None)], head=[header], mess=mess)

    def write_parquet(self, path: str, kind: str, tables: Iterable[pa.Table]) -> None:
        """A Parquet file, one row group per table."""
        writer = None
        with self.open(path) as file:
            for table in tables:
                writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
                writer.write_table(table)
                self.count(kind, table.num_rows)
            if writer is not None:
                writer.close()

    def write_workbook(
        self,
        path: str,
        kind: str,
        sheet: str,
        above: Sequence[str],
        header: Sequence[str],
        rows: Iterable[Sequence[str | None]],
        person: Array,
    ) -> None:
        """A workbook whose table starts below some lines of prose, beside a second sheet with notes."""
        memory = io.BytesIO()
        book = xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - workbooks know no zones
        page = book.add_worksheet(sheet)
        for place, text in enumerate(above):
            page.write_string(place, 0, text)
        page.write_row(len(above), 0, header, book.add_format({"bold": True}))
        place = len(above)
        for row in rows:
            place += 1
            for column, cell in enumerate(row):
                if cell is not None:
                    page.write_string(place, column, cell)
        notes = book.add_worksheet("Notes")
        notes.write_string(0, 0, "Rating A: wants an offer, B: wants a call, C: took a brochure")
        book.close()
        with self.open(path) as file:
            file.write(memory.getvalue())
        self.count(kind, len(person))
        numbers = np.arange(len(person)) + len(above) + 2
        self.lines.append((path, numbers[person >= 0], person[person >= 0]))

    def truth_of_lines(self) -> pa.Table:
        """Whose line is whose: (path, line_no, person_id)."""
        paths = [
            pa.DictionaryArray.from_arrays(np.zeros(len(lines), np.int32), [path]).cast(pa.string())
            for path, lines, _ in self.lines
        ]
        return pa.table(
            {
                "path": pa.concat_arrays(paths) if paths else pa.array([], pa.string()),
                "line_no": np.concatenate([np.zeros(0, np.int64), *(lines for _, lines, _ in self.lines)]),
                "person_id": person_ids(np.concatenate([np.zeros(0, np.int64), *(who for _, _, who in self.lines)])),
            }
        )

    def truth_of_mess(self) -> pa.Table:
        """What was broken on purpose: (path, line_no, kind); line_no is null for whole files."""
        path, line, kind = zip(*self.mess, strict=True) if self.mess else ((), (), ())
        columns = [pa.array(path, pa.string()), pa.array(line, pa.int64()), pa.array(kind, pa.string())]
        return pa.table(columns, ["path", "line_no", "kind"])


def person_ids(persons: Array) -> pa.Array:
    """`p17`, and null for nobody."""
    return pc.if_else(pa.array(persons >= 0), join("p", number(persons)), pa.scalar(None, pa.string()))


class _Zipped(gzip.GzipFile):
    """A compressed stream without name and time, so that equal rows are equal bytes."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0)


def _one_text(rows: pa.Array, between: str) -> pa.Array:
    return pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows), between)


def _sink(raw: BinaryIO, path: str) -> Any:
    return _Zipped(raw) if path.endswith(".gz") else io.BufferedWriter(raw, 1 << 20)


def _plain(encoding: str) -> str:
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)


def _bom(encoding: str) -> bytes:
    return {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}.get(encoding, b"")


def _encoded(texts: pa.Array, encoding: str) -> bytes | memoryview:
    """The texts without anything between them: Arrow keeps them so already."""
    if len(texts) == 0:
        return b""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    whole = memoryview(data)[int(ends[0]) : int(ends[-1])]
    return whole if _plain(encoding) == "utf-8" else bytes(whole).decode().encode(_plain(encoding))
