"""Which pairs of records are the same lead: named rules first, the model for what they leave open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

from assets.identity.clusters import arrow_table, components
from assets.identity.comparisons import COMPARISONS
from assets.identity.joins import refuse_links
from assets.identity.kept import Kept, kept_of
from assets.identity.model import fitted_model, prior_weight, weighed_pairs
from assets.scope import Scope
from policy.identity import Blocking, Identity, Rule, Training

LOG = logging.getLogger(__name__)

#: Fields of a rule -> columns of the records prepared for matching.
RULE_COLUMNS: dict[str, tuple[str, ...]] = {
    "source_key": ("source_name", "source_key"),
    "email": ("email",),
    "phone": ("phone",),
    "full_name": ("name_key",),
    "company": ("company_key",),
    "company_code": ("company_code",),
    "domain": ("domain",),
    "birth_date": ("birth_date",),
    "address": ("address",),
    "postcode": ("postcode",),
    "city": ("city",),
    "country": ("country",),
    "anonymous_id": ("anonymous_id",),
}
#: Fields other than the name that a rule may want not to differ.
OTHER_FIELDS = tuple(field for field in RULE_COLUMNS if field not in {"source_key", "full_name"})

#: A rule's pairs weigh at least this much, in bits: one in a thousand is wrong.
RULE_WEIGHT = 9.97
#: What a person decided, by the number it has in the ladder: before every rule.
DECIDED = {-2: "same", -1: "different"}
#: Weight of the chance that two records are the same where nothing could be learned: one pair in a hundred
#: thousand,
#: so that a name alone is not enough, and a name with its company is.
STATED_PRIOR = -16.61
#: A blocking rule made of these alone finds companies; of people it would pair all colleagues.
COMPANY_FIELDS = frozenset({"company_key", "company_start", "company_code", "domain", "country", "city", "postcode"})
#: A large group of the same records adds no more to the estimate of how many pairs match than so many would.
COUNTED_GROUP = 20

#: Two names are alike when an abbreviation, the order of words or a slip of the pen explains the difference.
RULE_PAIRS = """
WITH variants AS (
    SELECT
        group_key, variant_key, min(record_no) AS record_no,
        any_value(name) AS name, any_value(name_pair) AS name_pair, any_value(name_latin) AS name_latin,
        any_value(first_name) AS first_name, any_value(last_name) AS last_name,
        any_value(others) AS others
    FROM keyed_records
    GROUP BY group_key, variant_key
),

sized AS (SELECT *, count(*) OVER (PARTITION BY group_key) AS variant_count FROM variants),

compared AS (
    SELECT
        l.group_key,
        l.record_no AS l,
        r.record_no AS r,
        l.name IS NULL OR r.name IS NULL AS is_unnamed,
        coalesce(NOT (
            l.name = r.name
            OR l.name_pair = r.name_pair
            OR coalesce(l.name_latin = r.name_latin, false)
            OR jaro_winkler_similarity(l.name, r.name) >= 0.93
            OR (
                coalesce(l.last_name = r.last_name OR jaro_winkler_similarity(l.last_name, r.last_name) >=
                0.9, true)
                AND coalesce(
                    starts_with(l.first_name, r.first_name)
                    OR starts_with(r.first_name, l.first_name)
                    OR jaro_winkler_similarity(l.first_name, r.first_name) >= 0.85,
                    true
                )
                AND (l.last_name IS NOT NULL AND r.last_name IS NOT NULL
                    OR l.first_name IS NOT NULL AND r.first_name IS NOT NULL)
            )
        ), false) AS names_differ,
        coalesce(list_bool_or(
            list_transform(list_zip(l.others, r.others), lambda pair: coalesce(pair[1] <> pair[2], false))
        ), false) AS others_differ,
        coalesce(list_bool_or(
            list_transform(list_zip(l.others, r.others), lambda pair: coalesce(pair[1] = pair[2], false))
        ), false) AS others_agree
    FROM sized AS l
    JOIN sized AS r ON l.group_key = r.group_key AND l.record_no < r.record_no
    WHERE l.variant_count <= $most
),

-- Where a value has two different names, a record without a name could be either of them; where organisations of one
-- name have two different addresses, one that agrees with neither in anything else could be at either.
ambiguous AS (SELECT group_key FROM compared GROUP BY group_key HAVING bool_or(names_differ)),

divided AS (SELECT group_key FROM compared GROUP BY group_key HAVING bool_or(others_differ)),

alike AS (
    SELECT l, r
    FROM compared
    WHERE
        NOT names_differ AND NOT others_differ
        AND NOT (is_unnamed AND group_key IN (SELECT group_key FROM ambiguous))
        AND (others_agree OR NOT $is_divided OR group_key NOT IN (SELECT group_key FROM divided))
),

equal AS (
    SELECT min(record_no) OVER (PARTITION BY group_key, variant_key) AS l, record_no AS r FROM keyed_records
)

SELECT CAST($rule_no AS INTEGER) AS rule_no, least(l, r) AS record_no_l, greatest(l, r) AS record_no_r
FROM (SELECT l, r FROM alike UNION ALL SELECT l, r FROM equal)
WHERE l <> r
"""

RULE_GROUPS_LEFT_OUT = """
SELECT count(*), coalesce(max(variant_count), 0)
FROM (SELECT group_key, count(DISTINCT variant_key) AS variant_count FROM keyed_records GROUP BY group_key)
WHERE variant_count > $most
"""

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

#: The rule that comes first in the ladder decides a pair.
DECIDED_PAIRS = """
CREATE OR REPLACE TEMP TABLE decided_pairs AS
SELECT record_no_l, record_no_r, min(rule_no) AS rule_no
FROM rule_pairs
GROUP BY record_no_l, record_no_r
"""

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

#: The evidence adds up to the weight: prior, one entry for each field compared, and what the rule adds.
MATCHES = """
SELECT
    least(l.record_id, r.record_id) AS record_id_l,
    greatest(l.record_id, r.record_id) AS record_id_r,
    judged.match_weight,
    1 / (1 + power(2, -judged.match_weight)) AS match_probability,
    CASE
        WHEN judged.refusal = 'decision' THEN 'different'
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
        CASE
            WHEN pairs.rule_no IS NULL THEN pairs.model_weight
            WHEN pairs.decision = 'different' THEN least(pairs.model_weight, -$rule_weight)
            ELSE greatest(pairs.model_weight, $rule_weight)
        END AS match_weight,
        refused.reason AS refusal,
        kept.evidence
    FROM judged_pairs AS pairs
    JOIN pair_evidence AS kept
        ON pairs.record_no_l = kept.record_no_l AND pairs.record_no_r = kept.record_no_r
    LEFT JOIN refused_pairs AS refused
        ON pairs.record_no_l = refused.record_no_l AND pairs.record_no_r = refused.record_no_r
) AS judged
JOIN compared_records AS l ON judged.record_no_l = l.record_no
JOIN compared_records AS r ON judged.record_no_r = r.record_no
LEFT JOIN rule_names ON judged.rule_no = rule_names.rule_no
"""


DECISION_PAIRS = """
INSERT INTO rule_pairs
SELECT
    CASE decisions.decision WHEN 'same' THEN -2 ELSE -1 END AS rule_no,
    least(l.record_no, r.record_no) AS record_no_l,
    greatest(l.record_no, r.record_no) AS record_no_r
FROM given_decisions AS decisions
JOIN compared_records AS l ON decisions.record_id_l = l.record_id
JOIN compared_records AS r ON decisions.record_id_r = r.record_id
"""


def record_matches(
    match_records: DuckDBPyRelation,
    as_of: datetime,
    scope: Scope,
    identity_decisions: DuckDBPyRelation | None = None,
) -> DuckDBPyRelation:
    """Every pair of records that is the same lead, or might be.

    Args:
        match_records: the records as they are compared.
        as_of: says as of when the model is trained.
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
    match_records.create_view("given_match_records", replace=True)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE compared_records AS "
        "SELECT * REPLACE (CAST(birth_date AS VARCHAR) AS birth_date) "
        "FROM given_match_records ORDER BY record_no"
    )
    count = connection.execute("SELECT count(*) FROM compared_records").fetchall()[0][0]
    _apply_rules(connection, policy, identity_decisions)
    known = _join_by_rules(connection, count)
    connection.execute("CREATE OR REPLACE TEMP TABLE candidate_pairs (record_no_l BIGINT, record_no_r BIGINT)")
    if policy.use_model:
        budget = pair_budget(policy.blocking, count)
        for columns in policy.blocking.rules:
            budget -= _block(connection, columns, policy.blocking, budget)
    connection.execute(PAIRS_TO_WEIGH)
    prior = _weigh(connection, policy, as_of, known, count, kept_of(scope))
    refuse_links(connection, policy, count, prior)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE made_record_matches AS " + MATCHES,
        {"prior": prior, "rule_weight": RULE_WEIGHT},
    )
    for statement in DROPPED:
        connection.execute(statement)
    return connection.table("made_record_matches")


def rule_columns(fields: Sequence[str]) -> list[str]:
    """The columns of the records that fields of a rule stand for."""
    return [column for field in fields for column in RULE_COLUMNS[field]]


def _apply_rules(connection: duckdb.DuckDBPyConnection, policy: Identity, decisions: DuckDBPyRelation | None) -> None:
    """Fills decided_pairs and rule_names from what people decided and from the ladder."""
    connection.execute("CREATE OR REPLACE TEMP TABLE rule_names (rule_no INTEGER, rule VARCHAR, decision VARCHAR)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rule_pairs (rule_no INTEGER, record_no_l BIGINT, record_no_r BIGINT)"
    )
    for number, decision in DECIDED.items():
        connection.execute("INSERT INTO rule_names VALUES (?, 'decision', ?)", [number, decision])
    if decisions is not None:
        decisions.create_view("given_decisions", replace=True)
        connection.execute(DECISION_PAIRS)
    for number, rule in enumerate(policy.rules):
        connection.execute("INSERT INTO rule_names VALUES (?, ?, ?)", [number, rule.rule, rule.decision])
        keyed_records(connection, rule).create_view("keyed_records", replace=True)
        most = policy.blocking.max_records
        groups, largest = connection.execute(RULE_GROUPS_LEFT_OUT, {"most": most}).fetchall()[0]
        if groups:
            LOG.warning(
                "rule %s: %d values stand with more than %d different names (the largest with %d); "
                "only equal records were joined there",
                rule.rule, groups, most, largest,
            )  # fmt: skip
        connection.execute(
            "INSERT INTO rule_pairs " + RULE_PAIRS,
            {"most": most, "rule_no": number, "is_divided": rule.of == "organisation"},
        )
    connection.execute(DECIDED_PAIRS)


def keyed_records(connection: duckdb.DuckDBPyConnection, rule: Rule) -> DuckDBPyRelation:
    """The records a rule is about.

    Returns:
        record_no, group_key (equal where `same` is equal), variant_key (equal where nothing the rule looks at
        differs), the name where the rule looks at it, and the other fields that must not differ.
    """
    must = rule_columns([*rule.same, *rule.alike])
    asked = None
    for column in must:
        test = Column(column).isnotnull()
        asked = test if asked is None else asked & test
    if rule.of == "organisation":
        asked = (asked if asked is not None else Constant(True)) & (Column("record_kind") == Constant("organisation"))
    compared = [*rule.alike, *rule.unless_differ]
    nothing = Constant(None).cast("VARCHAR")
    looks_at_name = "full_name" in compared
    name = {
        alias: (Column(column) if looks_at_name else nothing).alias(alias)
        for alias, column in {
            "name": "name_key", "name_pair": "name_pair", "name_latin": "name_latin", "first_name": "first_name",
            "last_name": "last_name",
        }.items()
    }  # fmt: skip
    others = [Column(*RULE_COLUMNS[field]) for field in OTHER_FIELDS if field in compared]
    columns = rule_columns(rule.same)
    seen = [Column(column) for column in rule_columns(compared)]
    records = connection.table("compared_records")
    return (records if asked is None else records.filter(asked)).select(
        Column("record_no"),
        Function("hash", *[Column(column) for column in columns]).alias("group_key"),
        Function("hash", *[Column(column) for column in columns], *seen).alias("variant_key"),
        *name.values(),
        Function("list_value", *others).cast("VARCHAR[]").alias("others"),
    )


def _join_by_rules(connection: duckdb.DuckDBPyConnection, count: int) -> int:
    """Makes joined_records, what the rules join to which record; returns how many pairs that is."""
    pairs = connection.execute(
        "SELECT record_no_l - 1 AS l, record_no_r - 1 AS r "
        "FROM decided_pairs JOIN rule_names USING (rule_no) WHERE decision = 'same'"
    ).fetchnumpy()
    first = components(count, np.asarray(pairs["l"], dtype=np.int64), np.asarray(pairs["r"], dtype=np.int64))
    joined = np.flatnonzero(first != np.arange(count))
    connection.register("joined_records", arrow_table(position=joined, first_position=first[joined]))
    sizes = np.minimum(np.bincount(first, minlength=1), COUNTED_GROUP) if count else np.zeros(1, dtype=np.int64)
    return int(np.sum(sizes * (sizes - 1) // 2))


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


def _block(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], blocking: Blocking, budget: int) -> int:
    """Adds the pairs of one blocking rule to candidate_pairs; what is left out is in the table match_blocks.

    Returns:
        How many pairs of the budget it took.
    """
    block_keys(connection.table("compared_records"), columns).create_view("block_keys_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE block_keys AS SELECT * FROM block_keys_view")
    sizes = connection.execute(BLOCK_SIZES).fetchnumpy()
    most, pairs = used_blocks(np.asarray(sizes["block_size"]), np.asarray(sizes["block_count"]), blocking, budget)
    if most > 1:
        connection.execute(BLOCK_PAIRS, {"most": most})
    return pairs


def _weigh(
    connection: duckdb.DuckDBPyConnection, policy: Identity, as_of: datetime, known: int, count: int, kept: Kept
) -> float:
    """Makes summed_weights and judged_pairs; returns the prior weight."""
    _training_records(connection, policy.training, policy.blocking.max_records, as_of)
    model = fitted_model(connection, "compared_records", "training_records", policy.training, kept)
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
    prior = STATED_PRIOR
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


def training_cutoff(as_of: datetime, every: str) -> datetime:
    """The start of the period that as_of lies in: what the model has learned does not change within it."""
    start = as_of.replace(hour=0, minute=0, second=0, microsecond=0, day=1)
    if every == "quarter":
        return start.replace(month=(start.month - 1) // 3 * 3 + 1)
    if every == "year":
        return start.replace(month=1)
    return start


def _training_records(connection: duckdb.DuckDBPyConnection, training: Training, most: int, as_of: datetime) -> None:
    """Makes training_records and frequency_view: what was known at the cutoff or, where too little, is known now."""
    records = connection.table("compared_records")
    is_named = Column("record_kind") != Constant("unnamed")
    early = records.filter(Column("known_at") < Constant(training_cutoff(as_of, training.every)))
    enough = early.filter(is_named).count("*").fetchall()[0][0] >= training.min_records
    chosen = early if enough and training.every != "never" else records
    chosen.create_view("frequency_view", replace=True)
    chosen = chosen.filter(is_named)
    if training.every == "never":
        chosen = chosen.limit(0)
    chosen.create_view("training_view", replace=True)
    connection.execute(TRAINING_RECORDS, {"most": most})


#: Splink's expectation maximisation has no bound on blocks of its own: values of too many records train
#: nothing.
TRAINING_RECORDS = """
CREATE OR REPLACE TEMP TABLE training_records AS
WITH emails AS (SELECT email FROM training_view GROUP BY email HAVING count(*) > $most),
phones AS (SELECT phone FROM training_view GROUP BY phone HAVING count(*) > $most),
birth_dates AS (SELECT birth_date FROM training_view GROUP BY birth_date HAVING count(*) > $most),
company_keys AS (SELECT company_key FROM training_view GROUP BY company_key HAVING count(*) > $most),
postcodes AS (SELECT postcode FROM training_view GROUP BY postcode HAVING count(*) > $most),
names AS (
    SELECT first_name, last_name FROM training_view GROUP BY first_name, last_name HAVING count(*) > $most
)

SELECT
    records.record_no, records.first_name, records.last_name, records.birth_date, records.email,
    records.phone,
    records.company_key, records.city, records.postcode, records.address,
    CASE WHEN emails.email IS NULL THEN records.email END AS training_email,
    CASE WHEN phones.phone IS NULL THEN records.phone END AS training_phone,
    CASE WHEN birth_dates.birth_date IS NULL THEN records.birth_date END AS training_birth_date,
    CASE WHEN company_keys.company_key IS NULL THEN records.company_key END AS training_company_key,
    CASE WHEN postcodes.postcode IS NULL THEN records.postcode END AS training_postcode,
    CASE WHEN names.first_name IS NULL THEN records.first_name || ' ' || records.last_name END
        AS training_first_name_last_name
FROM training_view AS records
LEFT JOIN emails ON records.email = emails.email
LEFT JOIN phones ON records.phone = phones.phone
LEFT JOIN birth_dates ON records.birth_date = birth_dates.birth_date
LEFT JOIN company_keys ON records.company_key = company_keys.company_key
LEFT JOIN postcodes ON records.postcode = postcodes.postcode
LEFT JOIN names ON records.first_name = names.first_name AND records.last_name = names.last_name
ORDER BY records.record_no
"""


def match_blocks(match_records: DuckDBPyRelation, scope: Scope) -> DuckDBPyRelation:
    """What each blocking rule looks at, and what it leaves out because it is too large.

    Returns:
        One row per rule: rule, block_count, pair_count, largest_block_count, left_out_block_count,
        left_out_record_count.
    """
    connection = scope.engine.connection
    blocking = scope.policy.identity.blocking
    count = match_records.count("*").fetchall()[0][0]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE made_match_blocks (rule VARCHAR, block_count BIGINT, "
        "pair_count BIGINT, largest_block_count BIGINT, left_out_block_count BIGINT, "
        "left_out_record_count BIGINT)"
    )
    budget = pair_budget(blocking, count)
    for columns in blocking.rules:
        block_keys(match_records, columns).create_view("block_keys_view", replace=True)
        found = connection.execute(BLOCK_SIZES.replace("block_keys", "block_keys_view")).fetchnumpy()
        sizes = np.asarray(found["block_size"], dtype=np.int64)
        blocks = np.asarray(found["block_count"], dtype=np.int64)
        most, pairs = used_blocks(sizes, blocks, blocking, budget)
        budget -= pairs
        used, left = sizes <= most, sizes > most
        connection.execute(
            "INSERT INTO made_match_blocks VALUES (?, ?, ?, ?, ?, ?)",
            [
                " + ".join(columns),
                int(blocks[used].sum()),
                pairs,
                int(sizes.max(initial=0)),
                int(blocks[left].sum()),
                int((blocks * sizes)[left].sum()),
            ],
        )
    return connection.table("made_match_blocks")


#: What is not needed once the matches are made.
DROPPED = (
    "DROP TABLE compared_records",
    "DROP TABLE decided_pairs",
    "DROP TABLE candidate_pairs",
    "DROP TABLE pairs_to_weigh",
    "DROP TABLE judged_pairs",
    "DROP TABLE summed_weights",
    "DROP VIEW pair_evidence",
    "DROP TABLE judged_weights",
    "DROP TABLE IF EXISTS kept_weights",
    "DROP TABLE IF EXISTS block_keys",
    "DROP TABLE training_records",
    "DROP TABLE rule_pairs",
    "DROP TABLE refused_pairs",
)

#: The comparisons whose names may stand in the evidence, beside `prior`, `rule` and why a link was refused.
EVIDENCE = ("prior", "rule", "contradiction", *(comparison.name for comparison in COMPARISONS))
