"""Companies whose names one slip of the pen tells apart: a letter too many, one missing, another, or two exchanged.

A slip is within a single word, and the rest of the name is the same; or the name is written in more words or fewer.
Which of them are slips the names themselves tell: a spelling that hardly any name has beside one that many have. That
of many or of abroad (schools, centre) is one as well. Names are found by what is left when a letter is taken away, as
spelling correctors do (symmetric delete), so that nothing has to be compared with everything.
"""

from __future__ import annotations

import duckdb
from duckdb import DuckDBPyRelation

#: Words of fewer letters are abbreviations: another letter is another one. A word that is the whole name tells more,
#: and few begin with the wrong letter.
LEAST_LETTERS, LEAST_ALONE, LEAST_BEGUN_WRONGLY = 4, 6, 8
#: What is rare: a spelling that so many names have at most, beside one that so many times as many have.
RARE, TIMES = 2, 5

#: The letters of these scripts are words.
UNSPACED = "[\u3040-\u9fff\uac00-\ud7af]"

NEAR_NAMES = f"""
CREATE OR REPLACE TEMP TABLE near_names AS
WITH names AS (
    SELECT DISTINCT company_key AS name, string_split(company_key, ' ') AS words
    FROM organisation_names_view
    WHERE company_key IS NOT NULL AND NOT regexp_matches(company_key, '{UNSPACED}')
),

placed AS (
    SELECT
        names.name, names.words[places.place] AS word, len(names.words) > 1 AS has_others,
        hash(names.words[:places.place - 1], names.words[places.place + 1:]) AS others
    FROM names, unnest(range(1, len(names.words) + 1)) AS places(place)
),

met AS (SELECT word, count(DISTINCT name) AS name_count FROM placed GROUP BY word),

writable AS (
    SELECT placed.*, met.name_count
    FROM placed
    JOIN met USING (word)
    WHERE length(word) >= {LEAST_LETTERS} AND NOT regexp_matches(word, '[0-9]')
),

shortened AS (
    SELECT name, word, name_count, has_others, hash(others, word) AS left_of FROM writable
    UNION ALL
    SELECT
        name, word, name_count, has_others,
        hash(others, substr(word, 1, letters.gone - 1) || substr(word, letters.gone + 1)) AS left_of
    FROM writable, unnest(range(1, length(word) + 1)) AS letters(gone)
),

grouped AS (
    SELECT * FROM shortened
    QUALIFY count(*) OVER (PARTITION BY left_of) BETWEEN 2 AND $most
),

slips AS (
    SELECT
        l.name AS name_l, r.name AS name_r, l.has_others,
        least(l.name_count, r.name_count) <= {RARE}
        AND greatest(l.name_count, r.name_count) >= {TIMES} * least(l.name_count, r.name_count)
        AND (l.has_others OR least(length(l.word), length(r.word)) >= {LEAST_ALONE})
        AND (l.word[1] = r.word[1] OR least(length(l.word), length(r.word)) >= {LEAST_BEGUN_WRONGLY})
        OR l.has_others AND (
            l.word || 's' = r.word OR r.word || 's' = l.word
            OR regexp_replace(l.word, 're$', 'er') = regexp_replace(r.word, 're$', 'er')
        ) AS is_slip
    FROM grouped AS l
    JOIN grouped AS r ON l.left_of = r.left_of AND l.name < r.name
    WHERE damerau_levenshtein(l.word, r.word) = 1 AND l.has_others = r.has_others
),

spaced AS (
    SELECT l.name AS name_l, r.name AS name_r, true AS is_slip
    FROM names AS l
    JOIN names AS r ON replace(l.name, ' ', '') = replace(r.name, ' ', '') AND l.name < r.name
)

SELECT name_l, name_r, bool_or(is_slip) AS is_slip
FROM (SELECT * EXCLUDE (has_others) FROM slips WHERE is_slip OR has_others UNION ALL FROM spaced)
GROUP BY name_l, name_r
"""


def find_near_names(connection: duckdb.DuckDBPyConnection, names: DuckDBPyRelation, most: int) -> None:
    """Makes near_names: name_l, name_r, and is_slip, whether one of them is a rare spelling of the other.

    Names of a single word are there only where that is so: gale, hale and yale are three.

    Args:
        connection: where the table is made.
        names: company_key.
        most: what so many names come to when a letter is taken away is not looked at.
    """
    names.create_view("organisation_names_view", replace=True)
    connection.execute(NEAR_NAMES, {"most": most})
    connection.execute("DROP VIEW organisation_names_view")
