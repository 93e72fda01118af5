"""What each pair weighs, and what follows from it: the same, to be reviewed, or nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import duckdb
import numpy as np
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

from assets.identity.kept import Kept
from assets.identity.model import Model
from assets.identity.pair_weights import weighed_pairs
from assets.identity.strangers import without_common_ground
from assets.identity.words.lists import person_words
from policy.identity import Identity

#: Pairs that weigh so many bits less than what is worth a word take part in finding how many pairs are the same.
MARGIN = 0.5

JUDGED_PAIRS = """
CREATE OR REPLACE TEMP TABLE judged_pairs AS
SELECT
    summed.record_no_l,
    summed.record_no_r,
    round(summed.evidence_weight + $prior, 2) AS model_weight,
    decided_pairs.rule_no,
    CASE
        WHEN rule_names.decision <> 'review' THEN rule_names.decision
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
        # as few steps as may be, so that one more record does not mean to look at all pairs again
        prior = math.ceil(largest_prior(count)) if model.is_trained else bits(policy.thresholds.untrained_chance)
        least = bits(policy.thresholds.review) - prior - MARGIN
        weights = weighed_pairs(connection, model, least, kept)
        forms = person_words(policy.words).female_forms
        weights = without_common_ground(
            connection, weights, model.names, policy.of_a_place, least, forms, policy.name_slips
        )
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


def largest_prior(record_count: int) -> float:
    """More than this, in bits, no chance that two of so many records are the same is taken to be worth."""
    return bits(_largest_share(record_count))


def _pairs(record_count: int) -> float:
    return max(record_count * (record_count - 1) / 2, 1.0)


def _largest_share(record_count: int) -> float:
    """As if every record had two doubles."""
    return min(2 * record_count / _pairs(record_count), 0.1)


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
    pairs = _pairs(record_count)
    most = _largest_share(record_count)
    share = min(1 / max(record_count, 2), most)
    for _ in range(500):
        odds = np.log2(share / (1 - share))
        expected = float(np.sum(counts / (1 + np.exp2(-np.clip(weights + odds, -500, 500)))))
        moved = min(max((expected + known_matches) / pairs, 0.1 / pairs), most)
        if abs(moved - share) <= 1e-6 * share:
            break
        share = moved
    return round(math.log2(share / (1 - share)), 2)
