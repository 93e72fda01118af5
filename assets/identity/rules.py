"""Pairs that named rules, and people, decide about: the ladder of policy, first rule first."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import duckdb
import numpy as np
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation, Expression, SQLExpression
from duckdb import FunctionExpression as Function

from assets.identity.alike_names import NAMES_DIFFER, asked_with
from assets.identity.blocks import filled_columns
from assets.identity.clusters import arrow_table, components
from assets.identity.near_names import find_near_names
from assets.identity.part_names import add_part_named
from assets.identity.words.lists import person_words
from policy.identity import Identity, Rule

LOG = logging.getLogger(__name__)

#: Fields of a rule -> columns of the records prepared for matching.
RULE_COLUMNS: dict[str, tuple[str, ...]] = {
    "source_key": ("source_name", "source_key"),
    "email": ("email",),
    "phone": ("phone",),
    "full_name": ("name_key",),
    "salutation": ("salutation",),
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

#: Where a rule's address or number is shared: the field it is asked for by, and its column. It says nothing alone, and
#: whoever writes from it under the very same name is the same.
SHARED_COLUMNS = {"email": "shared_email", "phone": "shared_phone"}

#: What two people of one name at a shared address or number are told apart by.
TELLING_APART = ("birth_date", "email")

#: A name of several words as it is compared there: letters of another script and short forms are the same name, but two
#: names in Chinese characters that only sound alike are not.
WHOLE_NAME = """
CASE
    WHEN first_name IS NULL OR last_name IS NULL THEN NULL
    WHEN contains(name_latin, ' ') AND NOT regexp_matches(name_key, '[\u3040-\u9fff\uac00-\ud7af]') THEN name_latin
    ELSE name_key
END
"""

#: What a person decided, by the number it has in the ladder: before every rule.
DECIDED = {-2: "same", -1: "different"}

#: A large group of the same records adds no more to the estimate of how many pairs match than so many would.
COUNTED_GROUP = 20

#: A name of one word, or of which a word is an initial, may be short for several.
IS_SHORT = "NOT contains({side}.name, ' ') OR regexp_matches({side}.name, '^[^ ] | [^ ]$')"

#: Two names are alike when an abbreviation, the order of words or a slip of the pen explains the difference.
COMPARED_PAIRS = f"""
CREATE OR REPLACE TEMP TABLE compared_pairs AS
WITH variants AS (
    SELECT
        group_key, variant_key, min(record_no) AS record_no,
        any_value(name) AS name, any_value(name_pair) AS name_pair, any_value(name_latin) AS name_latin,
        any_value(first_name) AS first_name, any_value(last_name) AS last_name,
        any_value(others) AS others
    FROM keyed_records
    GROUP BY group_key, variant_key
),

sized AS (SELECT *, count(*) OVER (PARTITION BY group_key) AS variant_count FROM variants)

SELECT
    l.group_key,
    l.record_no AS l,
    r.record_no AS r,
    l.name IS NULL OR r.name IS NULL AS is_unnamed,
    coalesce({IS_SHORT.format(side="l")}, false) AS is_short_l,
    coalesce({IS_SHORT.format(side="r")}, false) AS is_short_r,
    {NAMES_DIFFER} AS names_differ,
    coalesce(l.last_name = r.last_name, false) AS are_of_one_family,
    coalesce(list_bool_or(
        list_transform(list_zip(l.others, r.others), lambda pair: coalesce(pair[1] <> pair[2], false))
    ), false) AS others_differ,
    l.others AS others_l,
    r.others AS others_r
FROM sized AS l
JOIN sized AS r ON l.group_key = r.group_key AND l.record_no < r.record_no
WHERE l.variant_count <= $most
"""

#: A short name that could be either of two of a family, as J. Smith where John and Jane write from, is neither.
EITHER_PAIRS = """
INSERT INTO either_pairs
WITH differing AS (SELECT group_key, l, r FROM compared_pairs WHERE names_differ AND are_of_one_family),

alike AS (
    SELECT *
    FROM (FROM compared_pairs WHERE NOT names_differ AND NOT others_differ AND NOT is_unnamed)
    SEMI JOIN differing USING (group_key)
),

shortened AS (
    SELECT group_key, l AS short, r AS longer FROM alike WHERE is_short_l
    UNION ALL
    SELECT group_key, r AS short, l AS longer FROM alike WHERE is_short_r
),

either AS (
    SELECT pairs.group_key, one.short, unnest([pairs.l, pairs.r]) AS longer
    FROM differing AS pairs
    JOIN shortened AS one ON pairs.group_key = one.group_key AND pairs.l = one.longer
    JOIN shortened AS other ON pairs.group_key = other.group_key AND pairs.r = other.longer AND one.short = other.short
)

SELECT DISTINCT group_key, least(short, longer) AS record_no_l, greatest(short, longer) AS record_no_r FROM either
"""

RULE_PAIRS = """
-- Where a value has two different names, a record without a name could be either of them; where organisations of one
-- name have two different addresses, one that agrees with neither in anything else could be at either; and what all of
-- them have in common, as a country, is nothing to agree in.
WITH ambiguous AS (SELECT group_key FROM compared_pairs GROUP BY group_key HAVING bool_or(names_differ)),

divided AS (SELECT group_key FROM compared_pairs WHERE $is_divided GROUP BY group_key HAVING bool_or(others_differ)),

telling AS (
    SELECT group_key, list(place) AS places
    FROM (
        SELECT group_key, place
        FROM
            (FROM keyed_records SEMI JOIN divided USING (group_key)),
            unnest(range(1, len(others) + 1)) AS places(place)
        GROUP BY group_key, place
        HAVING count(DISTINCT others[place]) > 1
    )
    GROUP BY group_key
),

alike AS (
    SELECT l, r
    FROM compared_pairs AS compared
    LEFT JOIN telling USING (group_key)
    ANTI JOIN either_pairs AS either
        ON compared.group_key = either.group_key
        AND compared.l = either.record_no_l AND compared.r = either.record_no_r
    WHERE
        NOT names_differ AND NOT others_differ
        AND NOT (is_unnamed AND group_key IN (SELECT group_key FROM ambiguous))
        AND (places IS NULL OR list_bool_or(
            list_transform(places, lambda place: coalesce(others_l[place] = others_r[place], false))
        ))
),

equal AS (
    SELECT min(record_no) OVER (PARTITION BY group_key, variant_key) AS l, record_no AS r FROM keyed_records
)

SELECT CAST($rule_no AS INTEGER) AS rule_no, least(l, r) AS record_no_l, greatest(l, r) AS record_no_r
FROM (SELECT l, r FROM alike UNION ALL SELECT l, r FROM equal)
WHERE l <> r
"""

#: Most values are of one record only, and those say nothing.
KEYED_RECORDS = """
CREATE OR REPLACE TEMP TABLE keyed_records AS
SELECT keyed.*
FROM keyed_view AS keyed
SEMI JOIN (SELECT group_key FROM keyed_view GROUP BY group_key HAVING count(*) > 1) AS several USING (group_key)
"""

RULE_GROUPS_LEFT_OUT = """
SELECT count(*), coalesce(max(variant_count), 0)
FROM (SELECT group_key, count(DISTINCT variant_key) AS variant_count FROM keyed_records GROUP BY group_key)
WHERE variant_count > $most
"""

#: The rule that comes first in the ladder decides a pair.
DECIDED_PAIRS = """
CREATE OR REPLACE TEMP TABLE decided_pairs AS
SELECT record_no_l, record_no_r, min(rule_no) AS rule_no
FROM rule_pairs
GROUP BY record_no_l, record_no_r
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


def rule_columns(fields: Sequence[str]) -> list[str]:
    """The columns of the records that fields of a rule stand for."""
    return [column for field in fields for column in RULE_COLUMNS[field]]


def apply_rules(connection: duckdb.DuckDBPyConnection, policy: Identity, decisions: DuckDBPyRelation | None) -> None:
    """Fills decided_pairs and rule_names from what people decided and from the ladder, and either_pairs with doubts."""
    connection.execute("CREATE OR REPLACE TEMP TABLE rule_names (rule_no INTEGER, rule VARCHAR, decision VARCHAR)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rule_pairs (rule_no INTEGER, record_no_l BIGINT, record_no_r BIGINT)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE either_pairs (group_key UBIGINT, record_no_l BIGINT, record_no_r BIGINT)"
    )
    for number, decision in DECIDED.items():
        connection.execute("INSERT INTO rule_names VALUES (?, 'decision', ?)", [number, decision])
    if decisions is not None:
        decisions.create_view("given_decisions", replace=True)
        connection.execute(DECISION_PAIRS)
    filled = filled_columns(connection.table("compared_records"))
    if any(rule.nearly for rule in policy.rules):
        find_near_names(connection, _organisations(connection), policy.slips)
    for number, rule in enumerate(policy.rules):
        connection.execute("INSERT INTO rule_names VALUES (?, ?, ?)", [number, rule.rule, rule.decision])
        if rule.partly and filled.issuperset(rule_columns([*rule.same, *rule.partly])):
            _key_records(connection, policy, number, keyed_records(connection, rule))
            add_part_named(connection, number, policy.blocking.max_records, person_words(policy.words).family_readings)
        elif filled.issuperset(rule_columns([*rule.same, *rule.nearly, *rule.alike])):
            keyed = keyed_by_near_names if rule.nearly else keyed_records
            _add_pairs(connection, policy, number, keyed(connection, rule), is_divided=rule.of != "anyone")
        if is_of_names(rule) and filled.issuperset(shared_columns(rule)):
            _add_pairs(connection, policy, number, keyed_by_shared(connection, rule), is_divided=True)
    connection.execute(DECIDED_PAIRS)


def _add_pairs(
    connection: duckdb.DuckDBPyConnection, policy: Identity, number: int, keyed: DuckDBPyRelation, *, is_divided: bool
) -> None:
    """Adds what a rule joins; where a group is divided, only what agrees in something else."""
    _key_records(connection, policy, number, keyed)
    connection.execute(
        COMPARED_PAIRS, {"most": policy.blocking.max_records, **asked_with(COMPARED_PAIRS, policy.name_slips)}
    )
    connection.execute(EITHER_PAIRS)
    connection.execute("INSERT INTO rule_pairs " + RULE_PAIRS, {"rule_no": number, "is_divided": is_divided})


def _key_records(connection: duckdb.DuckDBPyConnection, policy: Identity, number: int, keyed: DuckDBPyRelation) -> None:
    """Makes keyed_records of those that are not alone with their value, and says of how many names too many are."""
    keyed.create_view("keyed_view", replace=True)
    connection.execute(KEYED_RECORDS)
    most = policy.blocking.max_records
    groups, largest = connection.execute(RULE_GROUPS_LEFT_OUT, {"most": most}).fetchall()[0]
    if groups:
        LOG.warning(
            "rule %s: %d values stand with more than %d different names (the largest with %d); "
            "only equal records were joined there",
            policy.rules[number].rule, groups, most, largest,
        )  # fmt: skip


def is_of_names(rule: Rule) -> bool:
    """Whether a rule joins people by an address or a number together with their name."""
    return (
        rule.of == "anyone"
        and any(field in SHARED_COLUMNS for field in rule.same)
        and "full_name" in (*rule.same, *rule.alike, *rule.unless_differ)
    )


def shared_columns(rule: Rule) -> list[str]:
    """The columns that such a rule asks for where the address or number is shared."""
    return [SHARED_COLUMNS.get(column, column) for column in rule_columns(rule.same)]


def keyed_by_shared(connection: duckdb.DuckDBPyConnection, rule: Rule) -> DuckDBPyRelation:
    """The records that share an address or number and have the very same name, as :func:`keyed_records` gives them."""
    records = connection.table("compared_records")
    others = [field for field in OTHER_FIELDS if field in {*rule.unless_differ, *TELLING_APART} - {*rule.same}]
    columns = [*map(Column, shared_columns(rule)), SQLExpression(WHOLE_NAME)]
    asked = columns[0].isnotnull()
    for column in columns[1:]:
        asked = asked & column.isnotnull()
    return _keyed(records.filter(asked), columns, others, looks_at_name=False)


def keyed_records(connection: duckdb.DuckDBPyConnection, rule: Rule) -> DuckDBPyRelation:
    """The records a rule is about.

    Returns:
        record_no, group_key (equal where `same` is equal), variant_key (equal where nothing the rule looks at
        differs), the name where the rule looks at it, and the other fields that must not differ.
    """
    must = rule_columns([*rule.same, *rule.alike, *rule.partly])
    records = _organisations(connection) if rule.of == "organisation" else connection.table("compared_records")
    for column in must:
        records = records.filter(Column(column).isnotnull())
    compared = [*rule.alike, *rule.unless_differ]
    return _keyed(
        records,
        [Column(column) for column in rule_columns(rule.same)],
        [field for field in OTHER_FIELDS if field in compared],
        looks_at_name="full_name" in (*compared, *rule.partly),
    )


def keyed_by_near_names(connection: duckdb.DuckDBPyConnection, rule: Rule) -> DuckDBPyRelation:
    """One record of every writing, in a group for each pair of near_names, as :func:`keyed_records` gives them."""
    others = [field for field in OTHER_FIELDS if field in rule.unless_differ]
    name = Column("company_key")
    records = _organisations(connection).filter(name.isnotnull())
    differing = ", ".join(["company_key", *rule_columns(others)])
    firsts = records.aggregate(f"min(record_no) AS record_no, {differing}", differing)
    near = connection.table("near_names")
    if rule.decision == "same":
        near = near.filter(Column("is_slip"))
    pair = Function("hash", Column("name_l"), Column("name_r")).alias("near")
    written = near.select(pair, Column("name_l").alias("company_key")).union(
        near.select(pair, Column("name_r").alias("company_key"))
    )
    return _keyed(firsts.join(written, "company_key"), [Column("near")], others, told_apart=[name], looks_at_name=False)


def _organisations(connection: duckdb.DuckDBPyConnection) -> DuckDBPyRelation:
    return connection.table("compared_records").filter(Column("record_kind") == Constant("organisation"))


def _keyed(
    records: DuckDBPyRelation,
    key: Sequence[Expression],
    others: Sequence[str],
    *,
    told_apart: Sequence[Expression] = (),
    looks_at_name: bool,
) -> DuckDBPyRelation:
    nothing = Constant(None).cast("VARCHAR")
    name = {
        alias: (Column(column) if looks_at_name else nothing).alias(alias)
        for alias, column in {
            "name": "name_key", "name_pair": "name_pair", "name_latin": "name_latin", "first_name": "first_name",
            "last_name": "last_name",
        }.items()
    }  # fmt: skip
    seen = [Column(column) for column in rule_columns([*(["full_name"] if looks_at_name else []), *others])]
    return records.select(
        Column("record_no"),
        Function("hash", *key).alias("group_key"),
        Function("hash", *key, *told_apart, *seen).alias("variant_key"),
        *name.values(),
        Function("list_value", *[Column(*RULE_COLUMNS[field]) for field in others]).cast("VARCHAR[]").alias("others"),
    )


def join_by_rules(connection: duckdb.DuckDBPyConnection, count: int) -> int:
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
