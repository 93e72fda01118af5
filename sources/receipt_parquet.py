"""The answer to a Parquet file: columns of text behind its own."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources.durable import replacing
from sources.original_text import open_original
from sources.raw import RawFile
from sources.readers.json_records import is_own
from sources.receipt_answers import Answers


def write_parquet(raw_file: RawFile, answers: Answers, target: Path) -> Path:
    """Write a Parquet file of the same rows with the answers as its last columns."""
    with open_original(raw_file) as stream:
        file = pq.ParquetFile(pa.BufferReader(stream.read()))
        # as the reader reads it: of a damaged file another way of reading may see other rows, or none
        table = pa.Table.from_batches(file.iter_batches(), schema=file.schema_arrow)
    mine = [at for at, name in enumerate(table.column_names) if not is_own(name)]  # it may be a receipt of a receipt
    table = table.select(mine)  # by their places: a name may stand twice
    numbers = [number for number in range(1, table.num_rows + 1) if answers.has(number)]
    rows = [answers.of(number) for number in numbers]
    table = table.take(pa.array([number - 1 for number in numbers], pa.int64()))
    columns = zip(*rows, strict=True) if rows else ([] for _ in answers.columns)
    for name, texts in zip(answers.columns, columns, strict=True):
        table = table.append_column(name, pa.array([text or None for text in texts], pa.string()))
    with replacing(target) as partial, partial.open("wb") as outer:
        if raw_file.dialect.get("compression") == "gzip":
            with gzip.GzipFile("", "wb", 6, outer, mtime=0) as inner:
                pq.write_table(table, inner)
        else:
            pq.write_table(table, outer)
    return target
