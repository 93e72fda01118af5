"""From pairs to leads: what hangs together, and which record names it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from duckdb import DuckDBPyRelation

from assets.scope import Scope

Numbers = npt.NDArray[np.int64]

#: Records in the order that names a lead: by when they were accepted, so that a record that happened early
#: but is
#: loaded late does not rename a lead.
ORDER_RECORDS = """
CREATE OR REPLACE TEMP TABLE ordered_records AS
SELECT record_id, row_number() OVER (ORDER BY received_at, known_at, content_hash, record_id) - 1 AS position
FROM lead_records
"""

SAME_PAIRS = """
SELECT l.position AS l, r.position AS r
FROM record_matches
JOIN ordered_records AS l ON record_matches.record_id_l = l.record_id
JOIN ordered_records AS r ON record_matches.record_id_r = r.record_id
WHERE record_matches.decision = 'same'
"""

#: Only records that joined an earlier one are looked up; the others are their own first record.
NAME_RECORDS = """
SELECT ordered_records.record_id, coalesce(firsts.record_id, ordered_records.record_id) AS lead_id
FROM ordered_records
LEFT JOIN joined_records ON ordered_records.position = joined_records.position
LEFT JOIN ordered_records AS firsts ON joined_records.first_position = firsts.position
"""


def components(count: int, left: Numbers, right: Numbers) -> Numbers:
    """For each of `count` nodes, the smallest node of its connected component.

    Smaller labels run along the edges while every node looks up the label of its label, so that a chain of n
    edges takes about log n rounds (Shiloach and Vishkin 1982; Zhang, Azad and Hu, FastSV, 2020).

    Args:
        count: number of nodes, 0 .. count-1.
        left: one end of each edge.
        right: the other end.
    """
    label = np.arange(count, dtype=np.int64)
    while len(left):
        before = label.copy()
        near = np.minimum(before[left], before[right])
        for reached in (before[left], before[right], left, right):
            np.minimum.at(label, reached, near)
        label = label[label]
        if np.array_equal(label, before):
            break
    return label


def lead_identities(lead_records: DuckDBPyRelation, record_matches: DuckDBPyRelation, scope: Scope) -> DuckDBPyRelation:
    """Each record's lead: the first record, in the order of arrival, of all that hang together.

    Args:
        lead_records: record_id, received_at, known_at, content_hash.
        record_matches: record_id_l, record_id_r, decision.
        scope: for the engine.

    Returns:
        record_id, lead_id.
    """
    connection = scope.engine.connection
    lead_records.create_view("lead_records", replace=True)
    record_matches.create_view("record_matches", replace=True)
    connection.execute(ORDER_RECORDS)
    count = connection.execute("SELECT count(*) FROM ordered_records").fetchall()[0][0]
    pairs = connection.execute(SAME_PAIRS).fetchnumpy()
    first = components(count, np.asarray(pairs["l"], dtype=np.int64), np.asarray(pairs["r"], dtype=np.int64))
    joined = np.flatnonzero(first != np.arange(count))
    connection.register("joined_records", arrow_table(position=joined, first_position=first[joined]))
    return connection.sql(NAME_RECORDS)


def arrow_table(**columns: Numbers) -> object:
    """Number columns as an Arrow table, which DuckDB reads in place."""
    import pyarrow as pa

    return pa.table({name: pa.array(values) for name, values in columns.items()})
