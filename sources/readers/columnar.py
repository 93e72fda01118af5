"""Parquet: typed values as text. Instants in ISO form, structs flattened by dotted paths, lists as JSON text.

`line_no` is the position of the row, from 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.errors import RefusedFileError
from sources.readers.reading import LONGEST_CELL, Reading, detail_text, name_columns, row_schema, storable

FAST_BATCH_ROWS = 122_880


def read_parquet(path: Path) -> Reading:
    """Read a Parquet file."""
    try:
        file = pq.ParquetFile(path)
        columns = name_columns(flat(file.schema_arrow.empty_table()).column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RefusedFileError("broken-parquet", detail=str(error)[:120]) from error

    def batches() -> Iterator[pa.RecordBatch]:
        schema = row_schema(len(columns.headers))
        before = 0
        try:
            for batch in file.iter_batches(batch_size=FAST_BATCH_ROWS):
                members = flat(pa.Table.from_batches([batch]))
                texts = [as_text(members.column(i).combine_chunks()) for i in columns.kept]
                yield _checked(texts, before, schema)
                before += batch.num_rows
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: of text inside a list
            raise RefusedFileError("broken-parquet", detail=str(error)[:120]) from error

    return Reading(
        headers=columns.headers,
        ignored_headers=columns.ignored,
        batches=batches(),
        dialect={"kind": "parquet", "compression": None},
    )


def flat(table: pa.Table) -> pa.Table:
    """A table with the members of its structs as columns."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def as_text(values: Any) -> pa.Array:
    """A column of any type as text."""
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_timestamp(kind):
        return _instants(values)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else _readable(v) for v in values.to_pylist()], pa.string())
    if pa.types.is_nested(kind) or pa.types.is_duration(kind):
        given = values.to_pylist()
        return pa.array([None if v is None else _nested(v) for v in given], pa.string())
    if pa.types.is_floating(kind):
        return _numbers(values)
    return values.cast(pa.string())


def _instants(values: pa.Array) -> pa.Array:
    """`2024-05-01 10:00:00`, with `Z` where the file says the instant is absolute; no zeros behind the second."""
    text = pc.cast(values, pa.string())
    return pc.replace_substring_regex(text, pattern=r"\.0+(Z?)$", replacement=r"\1")


def _numbers(values: pa.Array) -> pa.Array:
    text = pc.cast(values.cast(pa.float64()), pa.string())
    return pc.replace_substring_regex(text, pattern=r"\.0$", replacement="")


def _readable(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _nested(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _shown(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Text with bytes that are not UTF-8 shown escaped, and which cells have such; nothing else keeps them out."""
    try:
        column.validate(full=True)
        return column, pa.array([], pa.bool_())
    except pa.ArrowInvalid:
        cells = column.cast(pa.binary()).to_pylist()
    texts = [None if cell is None else cell.decode(errors="backslashreplace") for cell in cells]
    bad = [text is not None and text.encode() != cell for cell, text in zip(cells, texts, strict=True)]
    return pa.array(texts, pa.string()), pa.array(bad, pa.bool_())


def _checked(texts: list[pa.Array], before: int, schema: pa.Schema) -> pa.RecordBatch:
    """A batch whose rows with text that cannot be kept are problems."""
    count = len(texts[0]) if texts else 0
    numbers = pa.array(np.arange(before + 1, before + count + 1, dtype=np.int64))
    parts: list[list[str | None]] | None = None
    shown = [_shown(column) for column in texts]
    texts = [column for column, _ in shown]
    for column, badly_encoded in shown:
        for code, doubts in (
            ("bad-bytes", badly_encoded),
            ("nul-byte", pc.match_substring(column, "\0")),
            ("cell-too-long", pc.greater(pc.utf8_length(column), LONGEST_CELL)),
        ):
            if not pc.any(doubts).as_py():
                continue
            parts = parts or [[None] * count, [None] * count, [None] * count]
            for row in np.flatnonzero(pc.fill_null(doubts, False).to_numpy(zero_copy_only=False)):
                values: dict[str, object] = {"encoding": "utf-8"} if code == "bad-bytes" else {}
                if code == "cell-too-long":
                    values = {"limit": LONGEST_CELL, "found": len(column[int(row)].as_py())}
                parts[0][row] = code
                parts[1][row] = detail_text(values)
                parts[2][row] = storable(" | ".join(str(c[int(row)].as_py() or "") for c in texts))
    if parts is None:
        nothing = pa.nulls(count, pa.string())
        return pa.RecordBatch.from_arrays([numbers, nothing, nothing, nothing, *texts], schema=schema)
    problem = [pa.array(part, pa.string()) for part in parts]
    fine = pc.is_null(problem[0])
    kept = [pc.if_else(fine, column, pa.scalar(None, pa.string())) for column in texts]
    return pa.RecordBatch.from_arrays([numbers, *problem, *kept], schema=schema)
