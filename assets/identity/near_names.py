"""Companies whose names one slip of the pen tells apart: a letter too many, one missing, another, or two exchanged.

A slip is within a single word, and the rest of the name is the same; or the name is written in more words or fewer.
Which of them are slips the names themselves tell: a spelling that hardly any name has beside one that many have. That
of many or of abroad (schools, centre) is one as well. Words are found by what is left when a letter is taken away, as
spelling correctors do (symmetric delete), so that nothing has to be compared with everything.
"""

from __future__ import annotations

import duckdb
from duckdb import DuckDBPyRelation

from assets.identity.folding import HAN, HANGUL, KANA
from policy.identity import Slips

#: The letters of these scripts are words.
UNSPACED = f"[{HAN}{HANGUL}{KANA}]"

NEAR_NAMES = """
CREATE OR REPLACE TEMP TABLE near_names AS
WITH names AS MATERIALIZED (
    SELECT DISTINCT company_key AS name, string_split(company_key, ' ') AS words
    FROM organisation_names_view
    WHERE company_key IS NOT NULL AND NOT regexp_matches(company_key, $unspaced)
),

placed AS MATERIALIZED (
    SELECT
        names.name, names.words[places.place] AS word, len(names.words) > 1 AS has_others,
        hash(names.words[:places.place - 1], names.words[places.place + 1:]) AS others
    FROM names, unnest(range(1, len(names.words) + 1)) AS places(place)
),

met AS (
    SELECT word, name_count
    FROM (SELECT word, count(*) AS name_count FROM placed GROUP BY word)
    WHERE length(word) >= $least_letters AND NOT regexp_matches(word, '[0-9]')
),

shortened AS MATERIALIZED (
    SELECT word, name_count, word AS left_of FROM met
    UNION ALL
    SELECT word, name_count, substr(word, 1, letters.gone - 1) || substr(word, letters.gone + 1) AS left_of
    FROM met, unnest(range(1, length(word) + 1)) AS letters(gone)
),

near_words AS (
    SELECT DISTINCT
        l.word AS word_l, r.word AS word_r,
        least(l.name_count, r.name_count) AS rarer, greatest(l.name_count, r.name_count) AS usual,
        least(length(l.word), length(r.word)) AS letters, l.word[1] = r.word[1] AS begin_alike,
        l.word || 's' = r.word OR r.word || 's' = l.word
        OR regexp_replace(l.word, 're$', 'er') = regexp_replace(r.word, 're$', 'er') AS is_usage
    FROM shortened AS l
    JOIN shortened AS r ON l.left_of = r.left_of AND l.word < r.word
    WHERE damerau_levenshtein(l.word, r.word) = 1
),

slips AS (
    SELECT
        l.name AS name_l, r.name AS name_r, l.has_others,
        l.has_others AND near.is_usage
        OR near.rarer <= $rare AND near.usual >= $times * near.rarer
        AND (l.has_others OR near.letters >= $least_letters_alone)
        AND (near.begin_alike OR near.letters >= $least_letters_begun_wrongly) AS is_slip
    FROM near_words AS near
    JOIN placed AS l ON near.word_l = l.word
    JOIN placed AS r ON near.word_r = r.word AND l.others = r.others AND l.has_others = r.has_others
    WHERE near.rarer <= $rare OR near.is_usage
),

spaced AS (
    SELECT l.name AS name_l, r.name AS name_r, true AS is_slip
    FROM names AS l
    JOIN names AS r ON replace(l.name, ' ', '') = replace(r.name, ' ', '') AND l.name < r.name
)

SELECT least(name_l, name_r) AS name_l, greatest(name_l, name_r) AS name_r, bool_or(is_slip) AS is_slip
FROM (SELECT * EXCLUDE (has_others) FROM slips WHERE is_slip OR has_others UNION ALL FROM spaced)
GROUP BY ALL
"""


def find_near_names(connection: duckdb.DuckDBPyConnection, names: DuckDBPyRelation, slips: Slips) -> None:
    """Makes near_names: name_l, name_r, and is_slip, whether one of them is a rare spelling of the other.

    Names of a single word are there only where that is so: gale, hale and yale are three.

    Args:
        connection: where the table is made.
        names: company_key.
        slips: how long a word must be, and how rare a spelling, to be a slip.
    """
    names.create_view("organisation_names_view", replace=True)
    connection.execute(NEAR_NAMES, {"unspaced": UNSPACED, **slips.model_dump()})
    connection.execute("DROP VIEW organisation_names_view")
