"""The probabilistic model: trained without labels, or stated priors where there is little to learn."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from assets.identity.comparisons import COMPARISONS, Comparison, comparisons
from assets.identity.kept import Kept
from policy.identity import Training

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker

LOG = logging.getLogger(__name__)

#: A comparison takes part when at least this share of the records has its field.
FILLED = 0.01
#: A field is trained on when at least this share of the records has it, and this many pairs share a value.
TRAINING_FILLED = 0.05
TRAINING_PAIRS = 50
#: What training says is kept between these, so that no single field can decide alone, and rounded.
M_RANGE = (0.001, 0.999)
U_RANGE = (0.000001, 0.9999)
DIGITS = 6
#: A value seen in one record of a small table would weigh nothing by its frequency alone.
LEAST_FREQUENCY = 0.00001
#: Above so many records each round of expectation maximisation works on a sample of pairs, a quarter of
#: max_pairs.
SAMPLED_FROM = 50_000
#: Splink makes some sixty columns for each pair that it weighs.
WEIGHED_AT_ONCE = 500_000


@dataclass(frozen=True)
class Model:
    """What the model needs to weigh a pair.

    Attributes:
        settings: as Splink takes them, every level with its m and u.
        names: the comparisons that take part.
        is_trained: False when the stated priors stand.
    """

    settings: dict[str, Any]
    names: tuple[str, ...]
    is_trained: bool

    def told(self) -> str:
        """As text, from which it can be made again."""
        return json.dumps(
            {"settings": self.settings, "names": self.names, "is_trained": self.is_trained}, sort_keys=True
        )

    @staticmethod
    def read(text: str) -> Model:
        """From what :meth:`told` gave."""
        told = json.loads(text)
        return Model(told["settings"], tuple(told["names"]), told["is_trained"])


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Sums and samples in one order: in parallel they differ in the last digits from run to run."""
    kept = connection.execute(
        "SELECT current_setting('threads'), current_setting('preserve_insertion_order')"
    ).fetchall()[0]
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute("SET threads = ?", [kept[0]])
        connection.execute("SET preserve_insertion_order = ?", [kept[1]])


def _filled(connection: duckdb.DuckDBPyConnection, records: str) -> dict[str, float]:
    """Share of the records that have each field."""
    relation = connection.table(records)
    columns = [comparison.column for comparison in COMPARISONS]
    counts = relation.aggregate(
        [duckdb.FunctionExpression("count", duckdb.ColumnExpression(column)) for column in columns]
    ).fetchall()[0]
    total = relation.count("*").fetchall()[0][0]
    return {column: number / total if total else 0.0 for column, number in zip(columns, counts, strict=True)}


def settings_of(comparisons: list[Comparison], prior: float, *, weigh_rare: bool) -> dict[str, Any]:
    """Settings as Splink takes them, with the stated priors."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_no",
        "probability_two_random_records_match": prior,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_comparison(comparison, weigh_rare) for comparison in comparisons],
    }


def _comparison(comparison: Comparison, weigh_rare: bool) -> dict[str, Any]:
    missing = (
        duckdb.ColumnExpression(f"{comparison.column}_l").isnull()
        | duckdb.ColumnExpression(f"{comparison.column}_r").isnull()
    )
    levels: list[dict[str, Any]] = [
        {"sql_condition": str(missing), "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        rare = {
            "tf_adjustment_column": level.rare,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": LEAST_FREQUENCY,
        }
        levels.append(
            {
                "sql_condition": level.condition,
                "label_for_charts": level.name,
                "m_probability": level.m,
                "u_probability": level.u,
                **(rare if level.rare and weigh_rare else {}),
            }
        )
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def to_train(
    connection: duckdb.DuckDBPyConnection, records: str, training_records: str, training: Training
) -> tuple[list[Comparison], list[str]]:
    """The comparisons that take part, and the blocking rules to train them with; none where there is too little."""
    filled = _filled(connection, records)
    taking_part = [comparison for comparison in comparisons(training) if filled[comparison.column] >= FILLED]
    total = connection.table(training_records).count("*").fetchall()[0][0]
    fields = {comparison.column for comparison in taking_part}
    return taking_part, _training_rules(connection, training_records, fields) if total >= training.min_records else []


def train(linker: Linker, rules: Sequence[str], training: Training, total: int) -> None:
    """Teaches a linker, without labels: chance agreement from a sample of pairs, the rest by expectation maximisation.

    Args:
        linker: with the comparisons and the records to learn from.
        rules: pairs to learn from, in turn.
        training: seed and sizes.
        total: records to learn from.
    """
    linker.training.estimate_u_using_random_sampling(max_pairs=training.max_pairs, seed=training.seed)
    for rule in rules:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule,
                estimate_without_term_frequencies=True,
                max_pairs=training.max_pairs / 4 if total > SAMPLED_FROM else None,
            )
        except ValueError as error:  # pairs all alike: a level's share becomes smaller than a number can be
            LOG.warning("nothing was learned from pairs with %s: %s", rule, error)


def fitted_model(
    connection: duckdb.DuckDBPyConnection, records: str, training_records: str, training: Training, kept: Kept
) -> Model:
    """The model for a table of records.

    Args:
        connection: where the tables are.
        records: table to be matched; says which fields are filled.
        training_records: sorted table to learn from, with a column ``training_<field>`` for each field that
            pairs are trained on: its value, or null where too many records share it.
        training: seed, sizes, priors and similarities of the ladders.
        kept: what was learned before; from the same records the same is learned.

    Returns:
        The model; with the stated priors when there are fewer records than policy asks for, and for each
        comparison about which training had nothing to say or something that cannot be.
    """
    taking_part, rules = to_train(connection, records, training_records, training)
    names = tuple(comparison.name for comparison in taking_part)
    total = connection.table(training_records).count("*").fetchall()[0][0]
    start = 1 / max(total, 2)
    if not rules:
        return Model(settings_of(taking_part, start, weigh_rare=total >= training.min_records), names, is_trained=False)

    import splink
    from splink import DuckDBAPI, Linker

    made_from = json.dumps(
        [
            splink.__version__,
            duckdb.__version__,
            hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            settings_of(taking_part, start, weigh_rare=False),
            rules,
            training.model_dump(mode="json"),
            content_of(connection, training_records),
        ]
    )
    known = kept.text("model", made_from)
    if known is not None:
        return Model.read(known)
    logging.getLogger("splink").setLevel(logging.ERROR)  # it reports progress; what matters is in the model
    with _one_thread(connection):
        database = DuckDBAPI(connection)
        linker = Linker(
            database.register(training_records),
            # rare values are weighed when pairs are; training does without, and without their joins
            settings_of(taking_part, start, weigh_rare=False),
            log_level=None,
            validate_settings=False,
        )
        train(linker, rules, training, total)
        learned = linker.misc.save_model_to_json()
        database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    settings = settings_of(taking_part, start, weigh_rare=True)
    # of a comparison that could not be trained on its rule Splink says nothing: the stated priors stand
    by_name = {comparison["output_column_name"]: comparison for comparison in learned["comparisons"]}
    for comparison, ladder in zip(settings["comparisons"], taking_part, strict=True):
        if ladder.name in by_name:
            _take_over(comparison, ladder, by_name[ladder.name])
    model = Model(settings, names, is_trained=True)
    kept.keep_text("model", made_from, model.told())
    return model


def content_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The number of rows of a table and the sum of their hashes: equal for equal rows in any order."""
    relation = connection.table(table)
    hashed = duckdb.FunctionExpression("hash", *[duckdb.ColumnExpression(name) for name in relation.columns])
    counted = relation.select(hashed.cast("HUGEINT").alias("row_hash")).aggregate("count(*), sum(row_hash)")
    return [str(value) for value in counted.fetchall()[0]]


def _training_rules(connection: duckdb.DuckDBPyConnection, training_records: str, fields: set[str]) -> list[str]:
    """Blocking rules for expectation maximisation: fields that enough records have and share.

    A rule says nothing about its own fields, so that one without any other field to learn about is none.
    """
    rules = []
    relation = connection.table(training_records)
    total = relation.count("*").fetchall()[0][0]
    for names in (*((c.column,) for c in COMPARISONS if c.trained_on), ("first_name", "last_name")):
        if fields <= set(names):
            continue
        column = "training_" + "_".join(names)
        value = duckdb.ColumnExpression(column)
        groups = relation.filter(value.isnotnull()).aggregate(
            [value, duckdb.FunctionExpression("count", value).alias("group_size")], column
        )
        records, pairs = groups.aggregate("sum(group_size), sum(group_size * (group_size - 1)) / 2").fetchall()[0]
        if (records or 0) >= TRAINING_FILLED * total and (pairs or 0) >= TRAINING_PAIRS:
            # the field itself stands in the rule too, so that Splink does not train it on its own agreement
            rules.append(" AND ".join(_equal(name) for name in (column, *names)))
    return rules


def _equal(column: str) -> str:
    return str(duckdb.ColumnExpression("l", column) == duckdb.ColumnExpression("r", column))


def _take_over(comparison: dict[str, Any], ladder: Comparison, learned: dict[str, Any]) -> None:
    """Replaces priors by what was learned, unless the same then spoke against, or different for."""
    levels = comparison["comparison_levels"][1:]
    found = [
        (
            _within(new.get("m_probability", old["m_probability"]), M_RANGE),
            _within(max(new.get("u_probability", old["u_probability"]), stated.least_u), U_RANGE),
        )
        for old, stated, new in zip(levels, ladder.levels, learned["comparison_levels"][1:], strict=True)
    ]
    weights = [math.log2(m / u) for m, u in found]
    if weights[0] <= 0 or weights[-1] >= 0 or weights[0] <= weights[-1]:
        return
    for level, (m, u) in zip(levels, found, strict=True):
        level["m_probability"], level["u_probability"] = m, u


def _within(value: float, limits: tuple[float, float]) -> float:
    return round(min(max(value, limits[0]), limits[1]), DIGITS)


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
