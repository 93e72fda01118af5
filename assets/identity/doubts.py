"""Pairs that the model would join and a person is asked about: what joins them may as well be what two people share.

Two companies have names one letter apart as often as one company's name is mistyped, and John and Jane Smith are both
the J. Smith who writes from their mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant

from assets.identity.alike_names import FIRST_ALIKE, NAMES_DIFFER, asked_with
from assets.identity.folding import HAN
from assets.identity.strangers import table_of_forms
from assets.identity.weighing import bits
from assets.identity.words.lists import person_words
from policy.identity import Identity

EMAIL, PHONE, COMPANY, BIRTH, FIRST, LAST = "email", "phone", "company", "birth_date", "first_name", "last_name"

#: Judged pairs with what they weigh, the rule that decided and their two records.
PAIRS = """judged_pairs AS judged
JOIN told_weights AS told ON judged.record_no_l = told.record_no_l AND judged.record_no_r = told.record_no_r
LEFT JOIN rule_names ON judged.rule_no = rule_names.rule_no
JOIN compared_records AS l ON judged.record_no_l = l.record_no
JOIN compared_records AS r ON judged.record_no_r = r.record_no"""
#: Whether two records are versions of one row, by the key of their source.
ARE_ONE_ROW = "coalesce(l.source_name = r.source_name AND l.source_key = r.source_key, false)"

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

#: Two given names of people who write from mailboxes, of their own or their family's, or who share a telephone: they
#: have a home or a company in common, and perhaps a rare name.
TWO_GIVEN_NAMES = f"""
INSERT INTO doubted_pairs
SELECT judged.record_no_l, judged.record_no_r, 'full_name' AS reason
FROM {PAIRS}
WHERE
    judged.decision = 'same' AND rule_names.decision IS DISTINCT FROM 'same'
    AND told.first_name < 0 AND told.birth_date <= 0
    AND l.record_kind = 'person' AND r.record_kind = 'person'
    AND (l.email IS NOT NULL AND r.email IS NOT NULL OR l.phone = r.phone) AND l.last_name = r.last_name
    AND least(length(l.first_name), length(r.first_name)) > 1
"""

#: One given name and two family names at one company: whose telephone it is, a colleague's or that of who has married.
TWO_FAMILY_NAMES = f"""
INSERT INTO doubted_pairs
SELECT judged.record_no_l, judged.record_no_r, 'full_name' AS reason
FROM {PAIRS}
WHERE
    judged.decision = 'same' AND rule_names.decision IS DISTINCT FROM 'same'
    AND told.last_name < 0 AND told.company > 0 AND told.birth_date <= 0
    AND l.record_kind = 'person' AND r.record_kind = 'person' AND l.phone = r.phone AND l.email <> r.email
"""

#: A man's given name and the woman's that is made of it, with a mailbox each: they may share a telephone besides.
#: Without a mailbox in common no more speaks for one than a family name and a company, whose telephone is everybody's.
MAN_AND_WOMAN = f"""
INSERT INTO doubted_pairs
SELECT judged.record_no_l, judged.record_no_r, 'full_name' AS reason
FROM {PAIRS}
WHERE
    judged.decision = 'same' AND coalesce(judged.rule_no, 0) >= 0 AND told.birth_date <= 0
    AND (
        l.email <> r.email
        OR told.email <= 0 AND (told.company > 0 OR judged.rule_no IS NULL AND told.phone <= 0)
    )
    AND NOT {ARE_ONE_ROW}
    AND (
        (split_part(l.first_name, ' ', 1), split_part(r.first_name, ' ', 1)) IN (FROM female_forms)
        OR (split_part(r.first_name, ' ', 1), split_part(l.first_name, ' ', 1)) IN (FROM female_forms)
    )
"""

#: Two names in Chinese characters that only sound alike, with a mailbox each: colleagues at one telephone, or a slip.
SOUND_ALIKE = f"""
INSERT INTO doubted_pairs
SELECT judged.record_no_l, judged.record_no_r, 'full_name' AS reason
FROM {PAIRS}
WHERE
    judged.decision = 'same' AND coalesce(judged.rule_no, 0) >= 0 AND told.birth_date <= 0
    AND l.email <> r.email AND l.name_key <> r.name_key AND l.name_latin = r.name_latin
    AND NOT {ARE_ONE_ROW}
    AND regexp_matches(l.name_key, $han) AND regexp_matches(r.name_key, $han)
"""

#: Two organisations of different names with one mailbox that tells neither: somebody writes for both. A mailbox in
#: which a word of a name stands is that firm's own, and the other name is its legal or its brand name.
TWO_ORGANISATIONS = f"""
INSERT INTO doubted_pairs
SELECT judged.record_no_l, judged.record_no_r, 'company' AS reason
FROM {PAIRS}
WHERE
    judged.decision = 'same' AND coalesce(judged.rule_no, 0) >= 0 AND told.company < 0
    AND l.record_kind = 'organisation' AND r.record_kind = 'organisation' AND l.email = r.email
    AND NOT coalesce(l.company_code = r.company_code, false)
    AND len(list_filter(
        string_split(concat(l.company_key, ' ', r.company_key), ' '),
        lambda word: length(word) >= 3 AND contains(l.email, word)
    )) = 0
    AND NOT {ARE_ONE_ROW}
"""

#: An initial that two people of different given names have, whom the model takes for one with it each.
INITIAL_OF_TWO = """
INSERT INTO doubted_pairs
WITH met AS (
    SELECT
        judged.record_no_l, judged.record_no_r, judged.rule_no, told.birth_date,
        length(l.first_name) < length(r.first_name) AS is_left_short,
        CASE WHEN is_left_short THEN l.record_no ELSE r.record_no END AS short,
        CASE WHEN is_left_short THEN r.first_name ELSE l.first_name END AS given
    FROM judged_pairs AS judged
    JOIN told_weights AS told ON judged.record_no_l = told.record_no_l AND judged.record_no_r = told.record_no_r
    JOIN compared_records AS l ON judged.record_no_l = l.record_no
    JOIN compared_records AS r ON judged.record_no_r = r.record_no
    WHERE
        judged.decision = 'same' AND l.record_kind = 'person' AND r.record_kind = 'person'
        AND least(length(l.first_name), length(r.first_name)) = 1
        AND greatest(length(l.first_name), length(r.first_name)) > 1
),

several AS (FROM met SEMI JOIN (SELECT short FROM met GROUP BY short HAVING count(DISTINCT given) > 1) USING (short))

SELECT DISTINCT one.record_no_l, one.record_no_r, 'full_name' AS reason
FROM several AS one
JOIN several AS other ON one.short = other.short AND one.given <> other.given
LEFT JOIN rule_names ON one.rule_no = rule_names.rule_no
WHERE
    NOT starts_with(one.given, other.given) AND NOT starts_with(other.given, one.given)
    AND jaro_winkler_similarity(one.given, other.given) < $given_alike
    AND rule_names.decision IS DISTINCT FROM 'same' AND one.birth_date <= 0
"""

#: Letters of a mailbox or a name: ü is written ue in mailboxes, and u in names as they are compared.
LETTERS = r"lambda text: regexp_replace(regexp_replace(text, '[^a-z]', '', 'g'), '([aou])e', '\1', 'g')"

#: Two given names of people with a mailbox each, who share no telephone: few of all pairs.
TWO_WRITERS = f"""
CREATE OR REPLACE TEMP TABLE two_writers AS
SELECT
    judged.record_no_l, judged.record_no_r, judged.decision,
    list_transform([split_part(l.email, '@', 1), l.first_name, l.last_name], {LETTERS}) AS told_l,
    list_transform([split_part(r.email, '@', 1), r.first_name, r.last_name], {LETTERS}) AS told_r
FROM {PAIRS}
WHERE
    judged.rule_no IS NULL AND told.phone <= 0 AND told.birth_date <= 0
    AND l.record_kind = 'person' AND r.record_kind = 'person'
    AND l.email <> r.email AND l.first_name <> r.first_name
"""

#: The mailbox of each spells out its own name: two of a family, or colleagues, nobody to join and nothing to ask.
SPELLED_OUT = f"""
DELETE FROM judged_pairs
USING (
    SELECT pairs.record_no_l, pairs.record_no_r
    FROM (
        FROM two_writers
        WHERE
            least(length(told_l[2]), length(told_l[3]), length(told_r[2]), length(told_r[3])) > 1
            AND contains(told_l[1], told_l[2]) AND contains(told_l[1], told_l[3])
            AND contains(told_r[1], told_r[2]) AND contains(told_r[1], told_r[3])
    ) AS pairs
    JOIN (SELECT *, name_key AS name FROM compared_records) AS l ON pairs.record_no_l = l.record_no
    JOIN (SELECT *, name_key AS name FROM compared_records) AS r ON pairs.record_no_r = r.record_no
    WHERE NOT {FIRST_ALIKE} AND {NAMES_DIFFER}
) AS two
WHERE judged_pairs.record_no_l = two.record_no_l AND judged_pairs.record_no_r = two.record_no_r
"""

#: Rolf and Ralf whose mailboxes spell it so, too: a slip is not made twice.
SPELLED_ALIKE = """
INSERT INTO doubted_pairs
SELECT record_no_l, record_no_r, 'full_name' AS reason
FROM two_writers
WHERE
    decision = 'same' AND least(length(told_l[2]), length(told_r[2])) > 1
    AND NOT starts_with(told_l[2], told_r[2]) AND NOT starts_with(told_r[2], told_l[2])
    AND contains(told_l[1], told_l[2]) AND NOT contains(told_l[1], told_r[2])
    AND contains(told_r[1], told_r[2]) AND NOT contains(told_r[1], told_l[2])
"""

DOUBTED = """
UPDATE judged_pairs SET decision = 'review'
FROM doubted_pairs AS doubted
WHERE judged_pairs.record_no_l = doubted.record_no_l AND judged_pairs.record_no_r = doubted.record_no_r
"""


def doubt_pairs(connection: duckdb.DuckDBPyConnection, policy: Identity, names: Sequence[str]) -> None:
    """Makes doubted_pairs: record_no_l, record_no_r, reason; a person is to be asked about them in judged_pairs.

    Pairs of which the mailboxes say that they are two leave judged_pairs: nobody is asked about them.

    Args:
        connection: where judged_pairs, judged_weights, either_pairs and joined_records are.
        policy: thresholds, mail providers and what a slip is.
        names: the comparisons that take part.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE doubted_pairs (record_no_l BIGINT, record_no_r BIGINT, reason VARCHAR)"
    )
    told = [
        (Column(name) if name in names else Constant(0.0)).alias(name)
        for name in (EMAIL, PHONE, COMPANY, BIRTH, FIRST, LAST)
    ]
    weights = connection.table("judged_weights").select("record_no_l", "record_no_r", *told)
    weights.create_view("told_weights", replace=True)
    connection.execute(EITHER_OF_TWO)
    connection.execute(TWO_GIVEN_NAMES)
    connection.execute(TWO_FAMILY_NAMES)
    connection.register("female_forms", table_of_forms(person_words(policy.words).female_forms))
    connection.execute(MAN_AND_WOMAN)
    connection.unregister("female_forms")
    connection.execute(INITIAL_OF_TWO, {"given_alike": policy.name_slips.given_alike})
    connection.execute(
        NEAR_DOMAINS,
        {
            "same": bits(policy.thresholds.same),
            "free_mail": policy.free_mail_domains,
            "least_letters": policy.slips.least_letters_alone,
        },
    )
    connection.execute(SOUND_ALIKE, {"han": f"[{HAN}]"})
    connection.execute(TWO_ORGANISATIONS)
    connection.execute(TWO_WRITERS)
    connection.execute(SPELLED_OUT, asked_with(SPELLED_OUT, policy.name_slips))
    connection.execute(SPELLED_ALIKE)
    connection.execute("DROP TABLE two_writers")
    connection.execute(DOUBTED)
    connection.execute("DROP VIEW told_weights")
