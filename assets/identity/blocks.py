"""Which pairs are worth weighing: records that are equal in the fields of a blocking rule."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

from assets.scope import Scope
from policy.identity import Blocking

#: A blocking rule made of these alone finds companies; of people it would pair all colleagues.
COMPANY_FIELDS = frozenset({"company_key", "company_start", "company_code", "domain", "country", "city", "postcode"})

BLOCK_PAIRS = """
INSERT INTO candidate_pairs
SELECT l.record_no, r.record_no
FROM block_keys AS l
JOIN block_keys AS r ON l.block_key = r.block_key AND l.record_no < r.record_no
SEMI JOIN (
    SELECT block_key FROM block_keys GROUP BY block_key HAVING count(*) BETWEEN 2 AND $most
) AS kept ON l.block_key = kept.block_key
"""

BLOCK_SIZES = """
SELECT
    block_size, count(*) AS block_count
FROM (SELECT block_key, count(*) AS block_size FROM block_keys GROUP BY block_key)
WHERE block_size > 1
GROUP BY block_size
ORDER BY block_size
"""


def filled_columns(records: DuckDBPyRelation) -> frozenset[str]:
    """The columns that a record fills: a rule that asks for another one finds nothing."""
    counts = records.aggregate([Function("count", Column(name)).alias(name) for name in records.columns]).fetchall()[0]
    return frozenset(name for name, count in zip(records.columns, counts, strict=True) if count)


def block_keys(records: DuckDBPyRelation, columns: Sequence[str]) -> DuckDBPyRelation:
    """Records with the key of one blocking rule; those that lack one of its columns are left out."""
    filled = Column(columns[0]).isnotnull()
    for column in columns[1:]:
        filled = filled & Column(column).isnotnull()
    is_organisation = Column("record_kind") == Constant("organisation")
    if COMPANY_FIELDS.issuperset(columns):
        filled = filled & is_organisation
    return records.filter(filled).select(
        Column("record_no"),
        Function("hash", is_organisation, *[Column(column) for column in columns]).alias("block_key"),
    )


def pair_budget(blocking: Blocking, record_count: int) -> int:
    """How many pairs the blocking rules may make together; small tables may be looked at more closely."""
    return max(int(blocking.pairs_per_record * record_count), blocking.least_pairs)


def used_blocks(sizes: np.ndarray, counts: np.ndarray, blocking: Blocking, budget: int) -> tuple[int, int]:
    """The size up to which a rule's blocks are used, and the pairs they make.

    Args:
        sizes: block sizes, ascending.
        counts: how many blocks have each.
        blocking: the bound on the size.
        budget: pairs left.

    Returns:
        The size, 0 when no block is used, and the pairs that the blocks up to it make.
    """
    pairs = np.cumsum(counts * (sizes * (sizes - 1) // 2))
    used = np.flatnonzero((sizes <= blocking.max_records) & (pairs <= budget))
    return (int(sizes[used[-1]]), int(pairs[used[-1]])) if len(used) else (0, 0)


def rule_name(columns: Sequence[str]) -> str:
    """What a blocking rule is called in the table match_blocks."""
    return " + ".join(columns)


def add_blocks(connection: duckdb.DuckDBPyConnection, blocking: Blocking, used: DuckDBPyRelation) -> None:
    """Adds to candidate_pairs the pairs of compared_records that each blocking rule makes.

    Args:
        connection: where the tables are.
        blocking: the rules.
        used: the table match_blocks.
    """
    sizes = dict(used.select("rule", "used_block_size").fetchall())
    for columns in blocking.rules:
        most = sizes[rule_name(columns)]
        if most > 1:
            block_keys(connection.table("compared_records"), columns).create_view("block_keys_view", replace=True)
            connection.execute("CREATE OR REPLACE TEMP TABLE block_keys AS SELECT * FROM block_keys_view")
            connection.execute(BLOCK_PAIRS, {"most": most})


def match_blocks(match_records: DuckDBPyRelation, scope: Scope) -> DuckDBPyRelation:
    """What each blocking rule looks at, and what it leaves out because it is too large.

    Returns:
        One row per rule: rule, block_count, pair_count, used_block_size, largest_block_count, left_out_block_count,
        left_out_record_count.
    """
    connection = scope.engine.connection
    blocking = scope.policy.identity.blocking
    count = match_records.count("*").fetchall()[0][0]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE made_match_blocks (rule VARCHAR, block_count BIGINT, "
        "pair_count BIGINT, used_block_size BIGINT, largest_block_count BIGINT, left_out_block_count BIGINT, "
        "left_out_record_count BIGINT)"
    )
    budget = pair_budget(blocking, count)
    filled = filled_columns(match_records)
    for columns in blocking.rules:
        if not filled.issuperset(columns):
            connection.execute("INSERT INTO made_match_blocks VALUES (?, 0, 0, 0, 0, 0, 0)", [rule_name(columns)])
            continue
        block_keys(match_records, columns).create_view("block_keys_view", replace=True)
        found = connection.execute(BLOCK_SIZES.replace("block_keys", "block_keys_view")).fetchnumpy()
        sizes = np.asarray(found["block_size"], dtype=np.int64)
        blocks = np.asarray(found["block_count"], dtype=np.int64)
        most, pairs = used_blocks(sizes, blocks, blocking, budget)
        budget -= pairs
        used, left = sizes <= most, sizes > most
        connection.execute(
            "INSERT INTO made_match_blocks VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                rule_name(columns),
                int(blocks[used].sum()),
                pairs,
                most,
                int(sizes.max(initial=0)),
                int(blocks[left].sum()),
                int((blocks * sizes)[left].sum()),
            ],
        )
    return connection.table("made_match_blocks")
