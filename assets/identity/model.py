"""The probabilistic model: trained without labels, or stated priors where there is little to learn."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from assets.identity.comparisons import COMPARISONS, Comparison, comparisons
from policy.identity import Training

if TYPE_CHECKING:
    from splink import Linker

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
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule,
            estimate_without_term_frequencies=True,
            max_pairs=training.max_pairs / 4 if total > SAMPLED_FROM else None,
        )


def fitted_model(
    connection: duckdb.DuckDBPyConnection, records: str, training_records: str, training: Training
) -> Model:
    """The model for a table of records.

    Args:
        connection: where the tables are.
        records: table to be matched; says which fields are filled.
        training_records: sorted table to learn from, with a column ``training_<field>`` for each field that
            pairs are trained on: its value, or null where too many records share it.
        training: seed, sizes, priors and similarities of the ladders.

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

    from splink import DuckDBAPI, Linker

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
    for comparison, ladder, found in zip(settings["comparisons"], taking_part, learned["comparisons"], strict=True):
        _take_over(comparison, ladder, found)
    return Model(settings, names, is_trained=True)


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


def weighed_pairs(
    connection: duckdb.DuckDBPyConnection, model: Model, records: str, pairs: str
) -> duckdb.DuckDBPyRelation:
    """Each pair with the weight of each comparison.

    Args:
        connection: where the tables are.
        model: of :func:`fitted_model`.
        records: table with record_no and the compared fields.
        pairs: table of record_no_l, record_no_r.

    Returns:
        record_no_l, record_no_r, and per comparison its weight in bits, to two places, under its name.
    """
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    column, constant, function = duckdb.ColumnExpression, duckdb.ConstantExpression, duckdb.FunctionExpression
    blocked = connection.table(pairs).select(
        constant("0").alias("match_key"),
        column("record_no_l").alias("join_key_l"),
        column("record_no_r").alias("join_key_r"),
    )
    blocked.create_view("blocked_pairs", replace=True)
    database = DuckDBAPI(connection)
    linker = Linker(database.register(records), dict(model.settings), log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(database.register("blocked_pairs"))
    predicted = linker.inference.predict(warning_mode="never").as_duckdbpyrelation()
    weights = []
    for comparison in model.settings["comparisons"]:
        name = comparison["output_column_name"]
        weight = column(f"mw_{name}")
        if f"mw_tf_adj_{name}" in predicted.columns:
            weight = weight + column(f"mw_tf_adj_{name}")
        weights.append(function("round", weight, constant(2)).alias(name))
    predicted.select(column("record_no_l"), column("record_no_r"), *weights).create_view("weighed_pairs", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE kept_weights AS SELECT * FROM weighed_pairs")
    connection.execute("DROP VIEW weighed_pairs")
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return connection.table("kept_weights")


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
