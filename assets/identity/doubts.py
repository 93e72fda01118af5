"""Pairs that the model would join and a person is asked about: what joins them may as well be what two people share.

Two companies have names one letter apart as often as one company's name is mistyped, and John and Jane Smith are both
the J. Smith who writes from their mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant

from assets.identity.weighing import bits
from policy.identity import Identity

EMAIL, COMPANY, BIRTH = "email", "company", "birth_date"

#: One name, and mailboxes at domains that hardly differ, which are all that makes the pair the same. Another digit and
#: another letter of a short word are another domain. Of a mail provider they are a slip, unless companies differ too.
NEAR_DOMAINS = r"""
INSERT INTO doubted_pairs
SELECT record_no_l, record_no_r, 'email' AS reason
FROM (
    SELECT
        judged.record_no_l, judged.record_no_r, told.company,
        coalesce(l.company_key <> r.company_key, false) AS have_two_companies,
        split_part(l.email, '@', 2) AS domain_l, split_part(r.email, '@', 2) AS domain_r,
        regexp_replace(domain_l, '\.[^.]*$', '') AS name_l, regexp_replace(domain_r, '\.[^.]*$', '') AS name_r
    FROM judged_pairs AS judged
    JOIN told_weights AS told
        ON judged.record_no_l = told.record_no_l AND judged.record_no_r = told.record_no_r
    LEFT JOIN rule_names ON judged.rule_no = rule_names.rule_no
    JOIN compared_records AS l ON judged.record_no_l = l.record_no
    JOIN compared_records AS r ON judged.record_no_r = r.record_no
    WHERE
        judged.decision = 'same' AND rule_names.decision IS DISTINCT FROM 'same'
        AND told.email > 0 AND told.birth_date <= 0 AND judged.model_weight - told.email < $same
        AND l.record_kind = 'person' AND l.name_key = r.name_key
)
WHERE
    name_l <> name_r AND damerau_levenshtein(domain_l, domain_r) <= 2
    AND (have_two_companies OR NOT list_has_any($free_mail, [domain_l, domain_r]))
    AND (
        regexp_replace(name_l, '[^0-9]', '', 'g') <> regexp_replace(name_r, '[^0-9]', '', 'g')
        OR least(strpos(domain_l, '.'), strpos(domain_r, '.')) <= $least_letters
        OR have_two_companies AND company <= 0
    )
"""

#: The records that rules have joined say the same: what is doubted of one of them is doubted of all. A date of birth
#: tells which of the two it is.
EITHER_OF_TWO = """
INSERT INTO doubted_pairs
WITH doubted AS (
    SELECT DISTINCT
        coalesce(l.first_position + 1, pairs.record_no_l) AS head_l,
        coalesce(r.first_position + 1, pairs.record_no_r) AS head_r
    FROM either_pairs AS pairs
    LEFT JOIN joined_records AS l ON pairs.record_no_l = l.position + 1
    LEFT JOIN joined_records AS r ON pairs.record_no_r = r.position + 1
),

judged AS (
    SELECT
        pairs.record_no_l, pairs.record_no_r,
        coalesce(l.first_position + 1, pairs.record_no_l) AS head_l,
        coalesce(r.first_position + 1, pairs.record_no_r) AS head_r
    FROM judged_pairs AS pairs
    LEFT JOIN rule_names ON pairs.rule_no = rule_names.rule_no
    LEFT JOIN joined_records AS l ON pairs.record_no_l = l.position + 1
    LEFT JOIN joined_records AS r ON pairs.record_no_r = r.position + 1
    WHERE pairs.decision = 'same' AND rule_names.decision IS DISTINCT FROM 'same'
)

SELECT judged.record_no_l, judged.record_no_r, 'full_name' AS reason
FROM judged
JOIN doubted
    ON least(judged.head_l, judged.head_r) = least(doubted.head_l, doubted.head_r)
    AND greatest(judged.head_l, judged.head_r) = greatest(doubted.head_l, doubted.head_r)
JOIN told_weights AS told ON judged.record_no_l = told.record_no_l AND judged.record_no_r = told.record_no_r
WHERE told.birth_date <= 0
GROUP BY ALL
"""

DOUBTED = """
UPDATE judged_pairs SET decision = 'review'
FROM doubted_pairs AS doubted
WHERE judged_pairs.record_no_l = doubted.record_no_l AND judged_pairs.record_no_r = doubted.record_no_r
"""


def doubt_pairs(connection: duckdb.DuckDBPyConnection, policy: Identity, names: Sequence[str]) -> None:
    """Makes doubted_pairs: record_no_l, record_no_r, reason; a person is to be asked about them in judged_pairs.

    Args:
        connection: where judged_pairs, judged_weights, either_pairs and joined_records are.
        policy: thresholds, mail providers and what a slip is.
        names: the comparisons that take part.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE doubted_pairs (record_no_l BIGINT, record_no_r BIGINT, reason VARCHAR)"
    )
    told = [(Column(name) if name in names else Constant(0.0)).alias(name) for name in (EMAIL, COMPANY, BIRTH)]
    weights = connection.table("judged_weights").select("record_no_l", "record_no_r", *told)
    weights.create_view("told_weights", replace=True)
    connection.execute(EITHER_OF_TWO)
    connection.execute(
        NEAR_DOMAINS,
        {
            "same": bits(policy.thresholds.same),
            "free_mail": policy.free_mail_domains,
            "least_letters": policy.slips.least_letters_alone,
        },
    )
    connection.execute("DROP VIEW told_weights")
    connection.execute(DOUBTED)
