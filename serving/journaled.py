"""What earlier publications decided and froze, read back from the journal up to an instant.

A decision counts from when it was taken; the first entry that speaks of it wins, since a decision is taken once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets.contract import Table, arrow_schema
from sources.erasures import erased_records
from sources.journal import publications
from sources.retractions import heirs

_INSTANT = pa.timestamp("us")

#: What a publication freezes: table of the journal entry, its columns, the column that says since when, its key.
FROZEN: dict[str, tuple[pa.Schema, str, tuple[str, ...]]] = {
    "promotions": (
        pa.schema(
            [
                ("opportunity_id", pa.string()),
                ("lead_id", pa.string()),
                ("product", pa.string()),
                ("episode", pa.int64()),
                ("decided_at", _INSTANT),
            ]
        ),
        "decided_at",
        ("opportunity_id",),
    ),
    "lead_ids": (
        pa.schema([("lead_id", pa.string()), ("published_at", _INSTANT)]),
        "published_at",
        ("lead_id",),
    ),
    "decisions": (
        pa.schema(
            [
                ("record_id_l", pa.string()),
                ("record_id_r", pa.string()),
                ("decision", pa.string()),
                ("decided_at", _INSTANT),
                ("reviewer", pa.string()),
                ("file_id", pa.string()),
                ("line_no", pa.int64()),
            ]
        ),
        "decided_at",
        ("record_id_l", "record_id_r", "decided_at", "file_id", "line_no"),
    ),
    "identities": (
        pa.schema([("record_id", pa.string()), ("lead_id", pa.string()), ("published_at", _INSTANT)]),
        "published_at",
        ("record_id", "published_at"),
    ),
}
#: The newest publication for an instant replaces the others of it, also in what it does not speak of any more.
REPLACED = {"identities"}


def previous_table(raw: Path, table: Table, day: date) -> pa.Table:
    """A ``previous_...`` input: rows of a table of history as the newest publication of an earlier day had them.

    Args:
        raw: the raw layer.
        table: the contract.
        day: publications of this day and of later ones are left out.
    """
    schema = arrow_schema(table)
    earlier = [
        entry
        for entry in publications(raw)
        if table.name in entry.table_paths and str(entry.payload["day"]) < day.isoformat()
    ]
    newest = max(earlier, key=lambda entry: str(entry.payload["as_of"]), default=None)
    if newest is None:
        return schema.empty_table()
    rows = newest.table(table.name)
    # a column that a newer version of the table has and that publication had not
    missing = [field for field in schema if field.name not in rows.column_names]
    for field in missing:
        rows = rows.append_column(field.name, pa.nulls(rows.num_rows, field.type))
    return rows.select(schema.names)


def frozen_table(raw: Path, name: str, as_of: datetime) -> pa.Table:
    """A ``frozen_...`` input: rows of every settled publication up to as_of, each key once, the first entry's.

    ``frozen_heirs`` and ``frozen_erased_records`` are of no publication: a file taken back, or a person erased, is
    gone from the past as well.

    Args:
        raw: the raw layer.
        name: ``frozen_`` and the name of what is frozen.
        as_of: aware; later decisions are not known yet.

    Raises:
        KeyError: nothing of that name is ever frozen.
    """
    if name == "frozen_heirs":
        return heirs(raw)
    if name == "frozen_erased_records":
        return erased_records(raw)
    frozen = name.removeprefix("frozen_")
    schema, since, key = FROZEN[frozen]
    entries = [entry for entry in publications(raw) if frozen in entry.table_paths]
    if frozen in REPLACED:
        entries = list({entry.payload["as_of"]: entry for entry in entries}.values())
    parts = [entry.table(frozen).select(schema.names).cast(schema) for entry in entries]
    rows = pa.concat_tables(parts) if parts else schema.empty_table()
    limit = pa.scalar(as_of.astimezone(UTC).replace(tzinfo=None), _INSTANT)
    rows = rows.filter(pc.less_equal(rows[since], limit))
    if not rows.num_rows:
        return rows
    numbered = rows.append_column("entry_no", pa.array(range(rows.num_rows), pa.int64()))
    first = numbered.group_by(list(key)).aggregate([("entry_no", "min")])["entry_no_min"].combine_chunks()
    return rows.take(first.take(pc.array_sort_indices(first)))
