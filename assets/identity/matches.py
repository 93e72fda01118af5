"""Which pairs of records are the same lead: named rules first, the model for what they leave open."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from duckdb import DuckDBPyRelation

from assets.identity.blocks import add_blocks
from assets.identity.comparisons import COMPARISONS, make_compared_records
from assets.identity.doubts import doubt_pairs
from assets.identity.joins import refuse_links
from assets.identity.kept import kept_of
from assets.identity.model import model_of
from assets.identity.rules import apply_rules, join_by_rules
from assets.identity.training import counted_records
from assets.identity.weighing import bits, weigh
from assets.scope import Scope

#: A rule's pairs weigh at least this much, in bits: one in a thousand is wrong.
RULE_WEIGHT = 9.97

PAIRS_TO_WEIGH = """
CREATE OR REPLACE TEMP TABLE pairs_to_weigh AS
SELECT record_no_l, record_no_r FROM decided_pairs
UNION
SELECT pairs.record_no_l, pairs.record_no_r
FROM candidate_pairs AS pairs
LEFT JOIN joined_records AS l ON pairs.record_no_l = l.position + 1
LEFT JOIN joined_records AS r ON pairs.record_no_r = r.position + 1
-- what the rules joined needs no more evidence
WHERE coalesce(l.first_position + 1, pairs.record_no_l) <> coalesce(r.first_position + 1, pairs.record_no_r)
"""

#: The evidence adds up to the weight: prior, one entry for each field compared, and what the rule adds.
MATCHES = """
SELECT
    least(l.record_id, r.record_id) AS record_id_l,
    greatest(l.record_id, r.record_id) AS record_id_r,
    judged.match_weight,
    1 / (1 + power(2, -judged.match_weight)) AS match_probability,
    CASE
        WHEN judged.is_told_apart THEN 'different'
        WHEN judged.refusal IS NOT NULL THEN 'review'
        ELSE judged.decision
    END AS decision,
    coalesce(rule_names.rule, 'model') AS rule,
    CAST(json_merge_patch('{}', CAST(json_object(
        'rule', nullif(round(judged.match_weight - judged.model_weight, 2), 0),
        'prior', CAST($prior AS DOUBLE),
        'contradiction', judged.refusal
    ) AS JSON), judged.evidence) AS VARCHAR) AS evidence
FROM (
    SELECT
        pairs.*,
        -- two decisions that contradict each other are asked about again; what people told apart else is different
        coalesce(refused.reason = 'decision' AND coalesce(pairs.rule_no, 0) >= 0, false) AS is_told_apart,
        CASE
            WHEN pairs.decision = 'different' OR is_told_apart THEN least(pairs.model_weight, -$rule_weight)
            WHEN pairs.rule_no IS NULL THEN pairs.model_weight
            WHEN ladder.decision = 'review' THEN greatest(pairs.model_weight, $review_weight)
            ELSE greatest(pairs.model_weight, $rule_weight)
        END AS match_weight,
        refused.reason AS refusal,
        kept.evidence
    FROM judged_pairs AS pairs
    LEFT JOIN rule_names AS ladder ON pairs.rule_no = ladder.rule_no
    JOIN pair_evidence AS kept
        ON pairs.record_no_l = kept.record_no_l AND pairs.record_no_r = kept.record_no_r
    LEFT JOIN refused_pairs AS refused
        ON pairs.record_no_l = refused.record_no_l AND pairs.record_no_r = refused.record_no_r
) AS judged
JOIN compared_records AS l ON judged.record_no_l = l.record_no
JOIN compared_records AS r ON judged.record_no_r = r.record_no
LEFT JOIN rule_names ON judged.rule_no = rule_names.rule_no
"""


def record_matches(
    match_records: DuckDBPyRelation,
    match_blocks: DuckDBPyRelation,
    match_model: pd.DataFrame,
    as_of: datetime,
    scope: Scope,
    identity_decisions: DuckDBPyRelation | None = None,
) -> DuckDBPyRelation:
    """Every pair of records that is the same lead, or might be.

    Args:
        match_records: the records as they are compared.
        match_blocks: up to which size each blocking rule's groups are looked at.
        match_model: what each level of each comparison is worth.
        as_of: says which records values are counted in.
        scope: engine and policy.
        identity_decisions: record_id_l, record_id_r and decision of the pairs that a person decided about; they
            come before every rule.

    Returns:
        record_id_l, record_id_r, match_weight (bits), match_probability, decision, rule, evidence.
        Records that equal an earlier one in everything a rule looks at are paired with the first of them
        only, so that a thousand equal rows make a thousand pairs and not half a million.
    """
    policy = scope.policy.identity
    connection = scope.engine.connection
    count = make_compared_records(connection, match_records)
    apply_rules(connection, policy, identity_decisions)
    known = join_by_rules(connection, count)
    connection.execute("CREATE OR REPLACE TEMP TABLE candidate_pairs (record_no_l BIGINT, record_no_r BIGINT)")
    if policy.use_model:
        add_blocks(connection, policy.blocking, match_blocks)
    connection.execute(PAIRS_TO_WEIGH)
    connection.execute("DROP TABLE candidate_pairs")  # memory is scarce from here on
    counted_records(connection, policy.training, as_of)[0].create_view("frequency_view", replace=True)
    model = model_of(match_model, policy.training)
    prior = weigh(connection, policy, model, known, count, kept_of(scope))
    doubt_pairs(connection, policy, model.names)
    refuse_links(connection, policy, count, prior)
    connection.execute(
        "INSERT INTO refused_pairs SELECT record_no_l, record_no_r, min(reason) FROM doubted_pairs GROUP BY ALL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE made_record_matches AS " + MATCHES,
        {"prior": prior, "rule_weight": RULE_WEIGHT, "review_weight": round(bits(policy.thresholds.review), 2)},
    )
    for statement in DROPPED:
        connection.execute(statement)
    return connection.table("made_record_matches")


#: What is not needed once the matches are made.
DROPPED = (
    "DROP TABLE compared_records",
    "DROP TABLE decided_pairs",
    "DROP TABLE pairs_to_weigh",
    "DROP TABLE judged_pairs",
    "DROP TABLE summed_weights",
    "DROP VIEW pair_evidence",
    "DROP TABLE judged_weights",
    "DROP TABLE IF EXISTS strangers",
    "DROP TABLE IF EXISTS kept_weights",
    "DROP TABLE IF EXISTS block_keys",
    "DROP TABLE rule_pairs",
    "DROP TABLE IF EXISTS keyed_records",
    "DROP TABLE IF EXISTS near_names",
    "DROP TABLE refused_pairs",
    "DROP TABLE doubted_pairs",
    "DROP TABLE either_pairs",
    "DROP TABLE IF EXISTS compared_pairs",
)

#: The comparisons whose names may stand in the evidence, beside `prior`, `rule` and why a link was refused.
EVIDENCE = ("prior", "rule", "contradiction", *(comparison.name for comparison in COMPARISONS))
