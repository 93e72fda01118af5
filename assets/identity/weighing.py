"""What each pair weighs, and what follows from it: the same, to be reviewed, or nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

from assets.identity.comparisons import COMPARISONS
from assets.identity.kept import Kept
from assets.identity.model import Model
from assets.identity.training import content_of
from policy.identity import Identity

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker


#: Splink makes some sixty columns for each pair that it weighs.
WEIGHED_AT_ONCE = 500_000

VALUED_RECORDS = """
CREATE OR REPLACE TEMP TABLE keyed_pairs AS
SELECT
    pairs.record_no_l, pairs.record_no_r, hash(l.value_hash, r.value_hash) AS pair_hash
FROM pairs_to_weigh AS pairs
JOIN valued_records AS l ON pairs.record_no_l = l.record_no
JOIN valued_records AS r ON pairs.record_no_r = r.record_no
"""

EARLIER_WEIGHTS = """
CREATE OR REPLACE TEMP TABLE kept_weights AS
SELECT earlier_weights.*
FROM earlier_weights
SEMI JOIN keyed_pairs USING (record_no_l, record_no_r, pair_hash)
"""

FRESH_PAIRS = """
CREATE OR REPLACE TEMP TABLE fresh_pairs AS
SELECT row_number() OVER () - 1 AS place, keyed_pairs.*
FROM keyed_pairs
ANTI JOIN kept_weights USING (record_no_l, record_no_r, pair_hash)
"""

SLICE = """
CREATE OR REPLACE TEMP TABLE pairs_slice AS
SELECT '0' AS match_key, record_no_l AS join_key_l, record_no_r AS join_key_r, pair_hash
FROM fresh_pairs
WHERE place >= $first AND place < $first + $at_once
"""

WEIGHED_SLICE = """
INSERT INTO kept_weights BY NAME
SELECT weighed_slice.*, pairs_slice.pair_hash
FROM weighed_slice
JOIN pairs_slice
    ON weighed_slice.record_no_l = pairs_slice.join_key_l AND weighed_slice.record_no_r = pairs_slice.join_key_r
"""

#: How often a value was seen; one that was not seen yet counts as seen once, so that what two records weigh does not
#: change when others come.
FREQUENCIES = """
CREATE OR REPLACE TEMP TABLE value_frequencies AS
SELECT current_values.value, coalesce(seen.times, 1) / $total AS frequency
FROM (SELECT DISTINCT value FROM current_values_view WHERE value IS NOT NULL) AS current_values
LEFT JOIN (SELECT value, count(*) AS times FROM seen_values_view GROUP BY value) AS seen
    ON current_values.value = seen.value
"""

WEIGHED_AWAY = (
    "DROP TABLE keyed_pairs",
    "DROP TABLE fresh_pairs",
    "DROP TABLE IF EXISTS pairs_slice",
    "DROP TABLE IF EXISTS value_frequencies",
    "DROP VIEW valued_records",
    "DROP VIEW earlier_weights",
    "DROP VIEW counted_view",
)

JUDGED_PAIRS = """
CREATE OR REPLACE TEMP TABLE judged_pairs AS
SELECT
    summed.record_no_l,
    summed.record_no_r,
    round(summed.evidence_weight + $prior, 2) AS model_weight,
    decided_pairs.rule_no,
    CASE
        WHEN decided_pairs.rule_no IS NOT NULL THEN rule_names.decision
        WHEN round(summed.evidence_weight + $prior, 2) >= $same THEN 'same'
        ELSE 'review'
    END AS decision
FROM summed_weights AS summed
LEFT JOIN decided_pairs
    ON summed.record_no_l = decided_pairs.record_no_l AND summed.record_no_r = decided_pairs.record_no_r
LEFT JOIN rule_names ON decided_pairs.rule_no = rule_names.rule_no
WHERE decided_pairs.rule_no IS NOT NULL OR round(summed.evidence_weight + $prior, 2) >= $review
"""


def weigh(
    connection: duckdb.DuckDBPyConnection,
    policy: Identity,
    model: Model,
    known: int,
    count: int,
    kept: Kept,
) -> float:
    """Makes summed_weights and judged_pairs of pairs_to_weigh.

    Args:
        connection: where the tables are, frequency_view among them: the records in which values are counted.
        policy: thresholds.
        model: what each level of a comparison is worth.
        known: pairs that rules decided.
        count: records in all.
        kept: what was weighed before.

    Returns:
        The prior weight, in bits.
    """
    weights = connection.table("pairs_to_weigh")
    total = Constant(0.0).cast("DOUBLE")
    if model.names:
        weights = weighed_pairs(connection, model, "compared_records", "frequency_view", kept)
        total = Column(model.names[0])
        for name in model.names[1:]:
            total = total + Column(name)
    weights.select(
        Column("record_no_l"),
        Column("record_no_r"),
        Function("round", total, Constant(2)).alias("evidence_weight"),
    ).create_view("weights_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE summed_weights AS SELECT * FROM weights_view")
    seen = connection.execute(
        "SELECT evidence_weight AS weight, count(*) AS pair_count FROM summed_weights "
        "ANTI JOIN decided_pairs USING (record_no_l, record_no_r) "
        "GROUP BY evidence_weight ORDER BY evidence_weight"
    ).fetchnumpy()
    prior = round(bits(policy.thresholds.untrained_chance), 2)
    if model.is_trained:
        prior = prior_weight(np.asarray(seen["weight"]), np.asarray(seen["pair_count"], dtype=float), known, count)
    connection.execute(
        JUDGED_PAIRS,
        {
            "prior": prior,
            "same": bits(policy.thresholds.same),
            "review": bits(policy.thresholds.review),
        },
    )
    _keep_evidence(connection, weights, model.names)
    return prior


def _keep_evidence(connection: duckdb.DuckDBPyConnection, weights: DuckDBPyRelation, names: Sequence[str]) -> None:
    """Makes pair_evidence, for the pairs that were judged: most pairs looked at are not worth a word."""
    weights.create_view("weights_view", replace=True)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE judged_weights AS "
        "SELECT * FROM weights_view SEMI JOIN judged_pairs USING (record_no_l, record_no_r)"
    )
    evidence = Constant("{}").cast("JSON")
    if names:
        parts = [part for name in names for part in (Constant(name), Function("nullif", Column(name), Constant(0.0)))]
        evidence = Function("json_object", *parts).cast("JSON")
    connection.table("judged_weights").select(
        Column("record_no_l"), Column("record_no_r"), evidence.alias("evidence")
    ).create_view("pair_evidence", replace=True)


def bits(probability: float) -> float:
    """A probability as a weight of evidence: log2 of its odds, within +-40 bits."""
    bounded = min(max(probability, 2.0**-40), 1 - 2.0**-40)
    return float(np.log2(bounded / (1 - bounded)))


def weighed_pairs(
    connection: duckdb.DuckDBPyConnection, model: Model, records: str, frequency_records: str, kept: Kept
) -> duckdb.DuckDBPyRelation:
    """Each of pairs_to_weigh with the weight of each comparison.

    What a pair weighs depends on the values of its two records, on the model and on how often values were seen when
    the model was trained. So a pair that was weighed before is not weighed again. Splink weighs so many at a time that
    its many columns stay small.

    Args:
        connection: where the tables are.
        model: of :func:`fitted_model`.
        records: table with record_no and the compared fields.
        frequency_records: table with the compared fields of the records in which values are counted.
        kept: what was weighed before.

    Returns:
        record_no_l, record_no_r, and per comparison its weight in bits, to two places, under its name.
    """
    import splink
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    column, function = duckdb.ColumnExpression, duckdb.FunctionExpression
    compared = sorted({comparison.column for comparison in COMPARISONS})
    connection.table(records).select(
        column("record_no"), function("hash", *[column(name) for name in compared]).alias("value_hash")
    ).create_view("valued_records", replace=True)
    connection.execute(VALUED_RECORDS)
    rare = _rare_columns(model)
    connection.table(frequency_records).select(*[column(name) for name in rare or compared]).create_view(
        "counted_view", replace=True
    )
    made_from = json.dumps(
        [
            splink.__version__,
            duckdb.__version__,
            hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            model.told(),
            content_of(connection, "counted_view") if rare else [],
        ]
    )
    earlier = kept.rows(connection, "weights", made_from)
    if earlier is None:
        import pyarrow as pa

        numbers = {"record_no_l": pa.int64(), "record_no_r": pa.int64(), "pair_hash": pa.uint64()}
        schema = pa.schema([*numbers.items(), *[(name, pa.float64()) for name in model.names]])
        earlier = connection.from_arrow(schema.empty_table())
    earlier.create_view("earlier_weights", replace=True)
    connection.execute(EARLIER_WEIGHTS)
    connection.execute(FRESH_PAIRS)
    count = connection.table("fresh_pairs").count("*").fetchall()[0][0]
    if count:
        database = DuckDBAPI(connection)
        linker = Linker(database.register(records), dict(model.settings), log_level=None, validate_settings=False)
        for name in rare:
            _register_frequencies(connection, linker, database, records, frequency_records, name)
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
        kept.keep_rows(connection.table("kept_weights"), "weights", made_from)
    for statement in WEIGHED_AWAY:
        connection.execute(statement)
    return connection.table("kept_weights")


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


def _register_frequencies(
    connection: duckdb.DuckDBPyConnection,
    linker: Linker,
    database: DuckDBAPI,
    records: str,
    frequency_records: str,
    name: str,
) -> None:
    """Gives Splink the frequencies of one column's values."""
    column = duckdb.ColumnExpression
    seen = connection.table(frequency_records).select(column(name).alias("value")).filter(column("value").isnotnull())
    seen.create_view("seen_values_view", replace=True)
    connection.table(records).select(column(name).alias("value")).create_view("current_values_view", replace=True)
    total = seen.count("*").fetchall()[0][0]
    connection.execute(FREQUENCIES, {"total": float(max(total, 1))})
    table = f"frequencies_of_{name}"
    connection.register(
        table,
        connection.table("value_frequencies")
        .select(column("value").alias(name), column("frequency").alias(f"tf_{name}"))
        .to_arrow_table(),
    )
    linker.table_management.register_term_frequency_lookup(database.register(table), name)


def _weights(predicted: duckdb.DuckDBPyRelation, model: Model) -> duckdb.DuckDBPyRelation:
    column, constant, function = duckdb.ColumnExpression, duckdb.ConstantExpression, duckdb.FunctionExpression
    weights = []
    for name in model.names:
        weight = column(f"mw_{name}")
        if f"mw_tf_adj_{name}" in predicted.columns:
            weight = weight + column(f"mw_tf_adj_{name}")
        weights.append(function("round", weight, constant(2)).alias(name))
    return predicted.select(column("record_no_l"), column("record_no_r"), *weights)


def prior_weight(weights: np.ndarray, counts: np.ndarray, known_matches: int, record_count: int) -> float:
    """Weight of the chance that two records taken at random are the same.

    The share is moved until it equals what it implies: expectation maximisation with everything else fixed.

    Args:
        weights: distinct sums of evidence, in bits, without prior.
        counts: how many pairs have each.
        known_matches: pairs that rules decided.
        record_count: records in all.

    Returns:
        The weight in bits, to two places; never more than if every record had two doubles.
    """
    pairs = max(record_count * (record_count - 1) / 2, 1.0)
    most = min(2 * record_count / pairs, 0.1)
    share = min(1 / max(record_count, 2), most)
    for _ in range(500):
        odds = np.log2(share / (1 - share))
        expected = float(np.sum(counts / (1 + np.exp2(-np.clip(weights + odds, -500, 500)))))
        moved = min(max((expected + known_matches) / pairs, 0.1 / pairs), most)
        if abs(moved - share) <= 1e-6 * share:
            break
        share = moved
    return round(math.log2(share / (1 - share)), 2)
