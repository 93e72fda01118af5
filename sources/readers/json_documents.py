"""JSON documents: one value in the file, the rows in it at the feed's `records` path, or where they are found.

`line_no` is the position of the record in its array, from 1, or in all documents of the file where several stand one
behind the other. The document is held in memory; large data comes as JSON Lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from sources.encodings import Encoding
from sources.errors import RefusedFileError
from sources.readers.json_envelopes import records_in
from sources.readers.json_pairs import Pairs
from sources.readers.json_records import Headers, RecordProblemError, Slice, flatten, record_slices
from sources.readers.reading import BATCH_ROWS, Reading, ReadOptions, RowBuffer


def document_text(path: Path, encoding: Encoding) -> str:
    """The text of a document. Raises RefusedFileError broken-json where its bytes are not of the encoding."""
    data = path.read_bytes()[encoding.mark :]
    try:
        return codecs.decode(data, encoding.name, "strict")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RefusedFileError("broken-json", line=line, detail=f"bytes that are not {encoding.name}") from None


def _row(record: Slice, pairs: Sequence[Pairs]) -> dict[str, str | None]:
    if record.problem is not None:
        raise record.problem
    return flatten(record.value, pairs)


def read_json_document(path: Path, encoding: Encoding, options: ReadOptions) -> Reading:
    """Read a JSON document."""
    text = document_text(path, encoding)
    records = options.records or (None if options.pairs else records_in(text))
    seen = Headers()
    rows: list[tuple[Slice, dict[str, str | None] | RecordProblemError]] = []
    for record in record_slices(text, records):
        try:
            row = _row(record, options.pairs or ())
        except RecordProblemError as problem:
            rows.append((record, problem))
            continue
        seen.see(row)
        rows.append((record, row))
    headers, ignored = seen.names()

    def batches() -> Iterator[pa.RecordBatch]:
        buffer = RowBuffer(len(headers), empty_is_null=False)
        for line_no, (record, row) in enumerate(rows, 1):
            if isinstance(row, RecordProblemError):
                buffer.add_problem(line_no, row.code, row.values, text[record.start : record.end])
            else:
                buffer.add(line_no, [row.get(name) for name in headers])
            if len(buffer.line_nos) >= BATCH_ROWS:
                yield buffer.take()
        yield buffer.take()

    return Reading(
        headers=headers,
        ignored_headers=ignored,
        batches=batches(),
        encoding=encoding.name,
        dialect={"kind": "json", "records": records, "bom": encoding.mark > 0},
    )
