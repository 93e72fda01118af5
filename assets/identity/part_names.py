"""People of whose names a part is the same, and the rest another: asked about, where they share what few share.

Who marries keeps the given name and the mailbox; and who writes in characters here and with a Western name there has
the family name in both. The readings of family names are tables: 王 is read Wang, 山本 Yamamoto and 김 Kim.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from assets.identity.folding import HAN, HANGUL, KANA

PART_NAMED_PAIRS = """
INSERT INTO rule_pairs
WITH variants AS (
    SELECT
        group_key, min(record_no) AS record_no, any_value(name) AS name, any_value(first_name) AS first_name,
        any_value(last_name) AS last_name, any_value(others) AS others,
        count(*) OVER (PARTITION BY group_key) AS variant_count
    FROM keyed_records
    GROUP BY group_key, variant_key
),

readings AS (SELECT family, list(latin) AS latin FROM family_readings GROUP BY family),

read AS (
    SELECT
        variants.*, string_split(name, ' ') AS words, regexp_matches(name, $unspaced) AS is_unspaced,
        list_concat(coalesce(readings.latin, []), coalesce(begun.latin, [])) AS readings
    FROM variants
    LEFT JOIN readings ON variants.last_name = readings.family
    -- three characters are taken for a Chinese name, and may as well be a Japanese one
    LEFT JOIN readings AS begun ON left(variants.name, 2) = begun.family AND variants.last_name <> begun.family
    WHERE variant_count <= $most
)

SELECT
    CAST($rule_no AS INTEGER) AS rule_no,
    least(l.record_no, r.record_no) AS record_no_l, greatest(l.record_no, r.record_no) AS record_no_r
FROM read AS l
JOIN read AS r ON l.group_key = r.group_key AND l.record_no < r.record_no
WHERE
    (
        l.first_name = r.first_name AND length(l.first_name) > 1 AND l.last_name <> r.last_name
        OR l.is_unspaced AND NOT r.is_unspaced AND list_has_any(l.readings, r.words)
        OR r.is_unspaced AND NOT l.is_unspaced AND list_has_any(r.readings, l.words)
    )
    AND NOT coalesce(list_bool_or(
        list_transform(list_zip(l.others, r.others), lambda pair: coalesce(pair[1] <> pair[2], false))
    ), false)
"""


def add_part_named(
    connection: duckdb.DuckDBPyConnection, rule_no: int, most: int, readings: Iterable[tuple[str, str]]
) -> None:
    """Adds to rule_pairs those of keyed_records whose names have a part in common.

    Args:
        connection: where the tables are.
        rule_no: the rule's place in the ladder.
        most: a value of more different names is left out.
        readings: family names in characters with each of their readings in Latin letters.
    """
    families, latin = list(zip(*sorted(readings), strict=True)) or [(), ()]
    told = pa.table([pa.array(names, pa.string()) for names in (families, latin)], names=["family", "latin"])
    connection.register("family_readings", told)
    connection.execute(PART_NAMED_PAIRS, {"rule_no": rule_no, "most": most, "unspaced": f"[{HAN}{HANGUL}{KANA}]"})
    connection.unregister("family_readings")
