"""Rows of a file of which something was erased: what they say of it, however often the file is read again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources.readers.reading import Reading

#: The problem of a record that was erased: nothing else is left of it.
ERASED = "erased"
#: Noted, among what was put right, of a record of which a part was erased; with the hash that it is known by.
PART_ERASED, HASH_MARK = "part-erased", '"hash": "'


def with_erased(reading: Reading, erased: Mapping[int, str | None]) -> Reading:
    """The same, with lines that were erased said to be so; one that is not even there any more is put in its place.

    Where a record stands in a JSON document depends on the reading, so of those only what is empty is known by that.
    """
    if not erased:
        return reading
    is_document = reading.dialect.get("kind") == "json"

    def batches() -> Iterator[pa.RecordBatch]:
        left, schema = {line_no for line_no, known_by in erased.items() if known_by is None}, None
        for batch in reading.batches:
            schema = batch.schema
            rows = {row["line_no"]: row for row in batch.to_pylist()}
            last = max(rows, default=0)
            ours = set(rows) if is_document else {line_no for line_no in left if line_no <= last}
            left -= ours
            for line_no in ours:
                if not any(value for name, value in rows.get(line_no, {}).items() if name != "line_no"):
                    rows[line_no] = {"line_no": line_no, "problem": ERASED}
            for line_no in rows.keys() & erased.keys():
                rows[line_no]["detail"] = with_hash(rows[line_no].get("detail"), erased[line_no])
            yield pa.RecordBatch.from_pylist([rows[line_no] for line_no in sorted(rows)], schema=schema)
        if left and schema is not None and not is_document:
            behind = [{"line_no": line_no, "problem": ERASED} for line_no in sorted(left)]
            yield pa.RecordBatch.from_pylist(behind, schema=schema)

    return replace(reading, batches=batches())


def with_hash(detail: str | None, known_by: str | None) -> str | None:
    """What was put right in a record, and that a part of it was erased, with the hash that it stays known by."""
    text = detail or "[]"
    if known_by is None or not text.startswith("[") or HASH_MARK in text:
        return detail
    said = {"field": None, "code": PART_ERASED, "was": None, "hash": known_by}
    return json.dumps([*json.loads(text), said], ensure_ascii=False)


def erased_line_nos(rows_path: Path) -> set[int]:
    """line_no of the records of a file, under one reading, that were erased."""
    table = pq.read_table(rows_path, columns=["line_no"], filters=[("problem", "=", ERASED)])
    return set(table.column("line_no").to_pylist())
