"""What each pair weighs, comparison by comparison. Pairs that were weighed before are not weighed again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

from assets.identity import first_look
from assets.identity.comparisons import COMPARED_COLUMNS
from assets.identity.first_look import look_at
from assets.identity.kept import Kept
from assets.identity.model import Model
from assets.identity.training import content_of

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker

#: Splink makes some sixty columns for each pair that it weighs.
WEIGHED_AT_ONCE = 250_000
#: Of so few pairs each is weighed; to look at them first would take as long.
LOOKED_AT_FROM = 20_000

#: A record whose values are not those that it was weighed with.
CHANGED_RECORDS = """
CREATE OR REPLACE TEMP TABLE changed_records AS
SELECT record_no FROM valued_records ANTI JOIN earlier_records USING (record_no, value_hash)
"""

#: Pairs with whether they were weighed before; null where they were not met, or one of their records has changed.
PAIRS_MET = """
CREATE OR REPLACE TEMP TABLE pairs_met AS
SELECT pairs.record_no_l, pairs.record_no_r, earlier.is_weighed, decided_pairs.rule_no IS NOT NULL AS is_decided
FROM pairs_to_weigh AS pairs
LEFT JOIN (
    SELECT record_no_l, record_no_r, is_weighed
    FROM earlier_weights
    ANTI JOIN changed_records AS l ON record_no_l = l.record_no
    ANTI JOIN changed_records AS r ON record_no_r = r.record_no
) AS earlier USING (record_no_l, record_no_r)
LEFT JOIN decided_pairs USING (record_no_l, record_no_r)
"""

KEPT_WEIGHTS = """
CREATE OR REPLACE TEMP TABLE kept_weights AS
SELECT * EXCLUDE (is_weighed)
FROM earlier_weights
SEMI JOIN (FROM pairs_met WHERE is_weighed) AS met USING (record_no_l, record_no_r)
WHERE is_weighed
"""

#: Of a pair that was looked at and found too light nothing more is known; who decides about it wants its weight.
LIGHT_PAIRS = """
CREATE OR REPLACE TEMP TABLE light_pairs AS
SELECT record_no_l, record_no_r FROM pairs_met WHERE NOT is_weighed AND NOT is_decided
"""

FRESH_PAIRS = """
CREATE OR REPLACE TEMP TABLE fresh_pairs AS
SELECT record_no_l, record_no_r, is_decided FROM pairs_met WHERE is_weighed IS NULL OR NOT is_weighed AND is_decided
"""

FRESH_RECORDS = """
CREATE OR REPLACE TEMP TABLE fresh_records AS
SELECT * FROM fields_view
SEMI JOIN (SELECT record_no_l AS record_no FROM fresh_pairs UNION SELECT record_no_r FROM fresh_pairs) AS pairs
    USING (record_no)
"""

PLACED_PAIRS = """
CREATE OR REPLACE TEMP TABLE placed_pairs AS
SELECT row_number() OVER () - 1 AS place, * FROM looked_pairs WHERE is_promising OR is_decided
"""

SLICE = """
CREATE OR REPLACE TEMP TABLE pairs_slice AS
SELECT '0' AS match_key, record_no_l AS join_key_l, record_no_r AS join_key_r, is_promising
FROM placed_pairs
WHERE place >= $first AND place < $first + $at_once
"""

WEIGHED_SLICE = """
INSERT INTO kept_weights BY NAME
SELECT weighed_slice.*, pairs_slice.is_promising
FROM weighed_slice
JOIN pairs_slice
    ON weighed_slice.record_no_l = pairs_slice.join_key_l AND weighed_slice.record_no_r = pairs_slice.join_key_r
"""

TOO_LIGHT = """
INSERT INTO light_pairs
SELECT record_no_l, record_no_r FROM looked_pairs WHERE NOT is_promising AND NOT is_decided
"""

KNOWN_PAIRS = """
CREATE OR REPLACE TEMP VIEW known_pairs AS
SELECT *, true AS is_weighed FROM kept_weights
UNION ALL BY NAME
SELECT *, false AS is_weighed FROM light_pairs
"""

#: How often a value was seen; one that was not seen yet counts as seen once, so that what two records weigh does not
#: change when others come.
FREQUENCIES = """
CREATE OR REPLACE TEMP TABLE made_frequencies AS
SELECT fresh.value, greatest(count(seen.value), 1) / $total AS frequency
FROM (SELECT DISTINCT value FROM fresh_values_view WHERE value IS NOT NULL) AS fresh
LEFT JOIN seen_values_view AS seen ON fresh.value = seen.value
GROUP BY fresh.value
"""

DROPPED = (
    "DROP VIEW earlier_records",
    "DROP VIEW earlier_weights",
    "DROP VIEW counted_view",
    "DROP VIEW IF EXISTS fields_view",
    "DROP TABLE valued_records",
    "DROP TABLE changed_records",
    "DROP TABLE light_pairs",
    "DROP TABLE IF EXISTS fresh_pairs",
    "DROP TABLE IF EXISTS fresh_records",
    "DROP TABLE IF EXISTS looked_pairs",
    "DROP TABLE IF EXISTS placed_pairs",
    "DROP TABLE IF EXISTS pairs_slice",
)


def weighed_pairs(connection: duckdb.DuckDBPyConnection, model: Model, least: float, kept: Kept) -> DuckDBPyRelation:
    """Those of pairs_to_weigh that may weigh enough, and all of decided_pairs, with the weight of each comparison.

    What a pair weighs depends on the values of its two records, on the model and on how often values were seen when
    the model was trained. So a pair of which neither record changed is not weighed again.

    Args:
        connection: where the tables are: compared_records, pairs_to_weigh, decided_pairs, and frequency_view, the
            records in which values are counted.
        model: what each level of a comparison is worth.
        least: what a pair weighs, in bits and without prior, that is worth a word.
        kept: what was weighed before.

    Returns:
        record_no_l, record_no_r, and per comparison its weight in bits, to two places, under its name.
    """
    rare = _rare_columns(model)
    looked_at = connection.table("pairs_to_weigh").count("*").fetchall()[0][0] >= LOOKED_AT_FROM
    connection.table("frequency_view").select(*[Column(name) for name in rare or COMPARED_COLUMNS]).create_view(
        "counted_view", replace=True
    )
    made_from = [
        *_code(),
        model.told(),
        content_of(connection, "counted_view") if rare else [],
        least if looked_at else None,
    ]
    connection.table("compared_records").select(
        Column("record_no"), Function("hash", *[Column(name) for name in COMPARED_COLUMNS]).alias("value_hash")
    ).create_view("valued_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE valued_records AS SELECT * FROM valued_view")
    _open_earlier(connection, model, made_from, kept)
    for statement in (CHANGED_RECORDS, PAIRS_MET, KEPT_WEIGHTS, LIGHT_PAIRS, FRESH_PAIRS, "DROP TABLE pairs_met"):
        connection.execute(statement)
    if connection.table("fresh_pairs").count("*").fetchall()[0][0]:
        connection.table("compared_records").select("record_no", *COMPARED_COLUMNS).create_view(
            "fields_view", replace=True
        )
        connection.execute(FRESH_RECORDS)
        for name in rare:
            _count_values(connection, name)
        look_at(connection, model, least if looked_at else None)
        connection.execute("DROP TABLE fresh_pairs")  # memory is scarce from here on
        connection.execute(TOO_LIGHT)
        _weigh_fresh(connection, model, rare)
        for name in rare:
            connection.execute(f"DROP TABLE frequencies_{name}")
        _keep(connection, made_from, kept)
    connection.execute("DROP VIEW valued_view")
    for statement in DROPPED:
        connection.execute(statement)
    is_wanted = Column("is_promising") | Column("rule_no").isnotnull()
    decided = connection.table("decided_pairs")
    weighed = connection.table("kept_weights").join(decided, "record_no_l, record_no_r", how="left").filter(is_wanted)
    return weighed.select("record_no_l", "record_no_r", *model.names)


def _code() -> list[str]:
    """Everything but records and model that a weight depends on."""
    import splink

    files = [Path(__file__), Path(first_look.__file__)]
    code = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return [splink.__version__, duckdb.__version__, code]


def _open_earlier(connection: duckdb.DuckDBPyConnection, model: Model, made_from: Sequence[object], kept: Kept) -> None:
    """Makes earlier_records, with the values they had, and earlier_weights of pairs of them."""
    records = kept.rows(connection, "weighed-records", json.dumps(made_from))
    weights = None
    if records is not None:
        records.create_view("earlier_records", replace=True)
        weights = kept.rows(connection, "weights", json.dumps([*made_from, content_of(connection, "earlier_records")]))
    if records is None or weights is None:
        numbers = {"record_no": pa.int64(), "value_hash": pa.uint64()}
        records = connection.from_arrow(pa.schema([*numbers.items()]).empty_table())
        pair = {"record_no_l": pa.int64(), "record_no_r": pa.int64()}
        pair |= {"is_promising": pa.bool_(), "is_weighed": pa.bool_()}
        schema = pa.schema([*pair.items(), *[(name, pa.float64()) for name in model.names]])
        weights = connection.from_arrow(schema.empty_table())
    records.create_view("earlier_records", replace=True)
    weights.create_view("earlier_weights", replace=True)


def _keep(connection: duckdb.DuckDBPyConnection, made_from: Sequence[object], kept: Kept) -> None:
    """Keeps what is known now. The weights first: records that have none are taken for changed."""
    weighed_for = json.dumps([*made_from, content_of(connection, "valued_records")])
    connection.execute(KNOWN_PAIRS)
    kept.keep_rows(connection, connection.table("known_pairs"), "weights", weighed_for)
    connection.execute("DROP VIEW known_pairs")
    kept.keep_rows(connection, connection.table("valued_records"), "weighed-records", json.dumps(made_from))


def _weigh_fresh(connection: duckdb.DuckDBPyConnection, model: Model, rare: Sequence[str]) -> None:
    """Adds to kept_weights what the promising and the decided of looked_pairs weigh.

    Splink weighs so many at a time that its many columns stay small.
    """
    connection.execute(PLACED_PAIRS)
    connection.execute("DROP TABLE looked_pairs")
    count = connection.table("placed_pairs").count("*").fetchall()[0][0]
    if not count:
        return
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection)
    linker = Linker(database.register("fresh_records"), dict(model.settings), log_level=None, validate_settings=False)
    for name in rare:
        _register_frequencies(connection, linker, database, name)
    for first in range(0, count, WEIGHED_AT_ONCE):
        connection.execute(SLICE, {"first": first, "at_once": WEIGHED_AT_ONCE})
        # a name of its own: Splink takes what is named alike for what it has computed before
        name = f"blocked_pairs_{first}"
        connection.table("pairs_slice").select("match_key", "join_key_l", "join_key_r").create_view(name)
        linker.table_management.register_blocked_pairs_for_predict(database.register(name))
        predicted = linker.inference.predict(warning_mode="never")
        _weights(predicted.as_duckdbpyrelation(), model).create_view("weighed_slice", replace=True)
        connection.execute(WEIGHED_SLICE)
        connection.execute("DROP VIEW weighed_slice")
        predicted.drop_table_from_database_and_remove_from_cache()
        connection.unregister(name)
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


def _rare_columns(model: Model) -> list[str]:
    """The columns whose rare values weigh more."""
    return sorted(
        {
            level["tf_adjustment_column"]
            for comparison in model.settings["comparisons"]
            for level in comparison["comparison_levels"]
            if "tf_adjustment_column" in level
        }
    )


def _count_values(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Makes frequencies_<name>: how often each value that a column has in fresh_records is seen."""
    seen = connection.table("frequency_view").select(Column(name).alias("value")).filter(Column("value").isnotnull())
    seen.create_view("seen_values_view", replace=True)
    connection.table("fresh_records").select(Column(name).alias("value")).create_view("fresh_values_view", replace=True)
    total = seen.count("*").fetchall()[0][0]
    connection.execute(FREQUENCIES, {"total": float(max(total, 1))})
    for statement in ("DROP TABLE IF EXISTS frequencies_{}", "ALTER TABLE made_frequencies RENAME TO frequencies_{}"):
        connection.execute(statement.format(name))


def _register_frequencies(
    connection: duckdb.DuckDBPyConnection, linker: Linker, database: DuckDBAPI, name: str
) -> None:
    """Gives Splink the frequencies of one column's values."""
    table = f"frequencies_of_{name}"
    connection.register(
        table,
        connection.table(f"frequencies_{name}")
        .select(Column("value").alias(name), Column("frequency").alias(f"tf_{name}"))
        .to_arrow_table(),
    )
    linker.table_management.register_term_frequency_lookup(database.register(table), name)


def _weights(predicted: DuckDBPyRelation, model: Model) -> DuckDBPyRelation:
    weights = []
    for name in model.names:
        weight = Column(f"mw_{name}")
        if f"mw_tf_adj_{name}" in predicted.columns:
            weight = weight + Column(f"mw_tf_adj_{name}")
        weights.append(Function("round", weight, Constant(2)).alias(name))
    return predicted.select(Column("record_no_l"), Column("record_no_r"), *weights)
