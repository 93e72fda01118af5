"""Whether two names can be one person's, as SQL over two rows l and r: writings of one name, or slips of the pen.

A name is alike another that is written shorter (all of its words stand in the longer one), in another order or script,
with initials, or with a slip. Another initial and another syllable of a given name are no slips: they are what tells a
family apart.
"""

from __future__ import annotations

import re

from assets.identity.folding import HAN, HANGUL, KANA
from policy.identity import NameSlips

_WORDS = "string_split({side}.name, ' ')"
_LATIN_WORDS = "string_split(coalesce({side}.name_latin, {side}.name), ' ')"
_INITIALS = "list_filter(string_split({side}.name, ' '), lambda word: length(word) = 1)"
_L, _R = (
    {
        "words": _WORDS.format(side=side),
        "latin": _LATIN_WORDS.format(side=side),
        "initials": _INITIALS.format(side=side),
    }
    for side in ("l", "r")
)

_UNSPACED = f"[{HAN}{HANGUL}{KANA}]"
#: One letter of four or more, or two of a longer word that is alike; characters and syllables are no letters. Two
#: letters in each other's place are two of the plain edit distance, which takes an eighth of the time: it is asked
#: first.
_SLIP = """CASE
    WHEN levenshtein({one}, {other}) > 4 THEN false
    ELSE
        NOT regexp_matches({one}, $unspaced)
        AND (
            damerau_levenshtein({one}, {other}) <= 1 AND greatest(length({one}), length({other})) >= $one_from
            OR damerau_levenshtein({one}, {other}) <= 2 AND least(length({one}), length({other})) >= $two_from
            AND (
                least(length({one}), length({other})) >= $two_always_from
                OR jaro_winkler_similarity({one}, {other}) >= $two_alike
            )
        )
END"""


def _is_slip(one: str, other: str) -> str:
    return _SLIP.format(one=one, other=other)


#: Short forms that begin alike are one given name, initials among them.
FIRST_ALIKE = f"""(
    starts_with(l.first_name, r.first_name) OR starts_with(r.first_name, l.first_name)
    OR {_is_slip("l.first_name", "r.first_name")}
)"""
#: The particles of a family name are left out by some.
_LAST_ALIKE = """(
    l.last_name = r.last_name
    OR ends_with(l.last_name, concat(' ', r.last_name)) OR ends_with(r.last_name, concat(' ', l.last_name))
    OR jaro_winkler_similarity(l.last_name, r.last_name) >= $family_alike
    AND NOT regexp_matches(l.last_name, $unspaced)
)"""
_TURNED = f"""(
    (l.first_name = r.last_name OR {_is_slip("l.first_name", "r.last_name")})
    AND (l.last_name = r.first_name OR {_is_slip("l.last_name", "r.first_name")})
)"""

#: The family name alone, as in Müller and Max Müller.
_FAMILY_ALONE = " OR ".join(
    f"""CASE
    WHEN {short}.last_name IS NOT NULL THEN false
    ELSE
        {short}.first_name = {long}.last_name OR ends_with({long}.last_name, concat(' ', {short}.first_name))
        OR {_is_slip(f"{short}.first_name", f"{long}.last_name")}
END"""
    for short, long in ("lr", "rl")
)
#: An initial, and the rest of the name is the same: what stands in a field of given names may have particles behind it.
_INITIAL = """(
    contains(l.name, ' ') AND substr(l.name, strpos(l.name, ' ')) = substr(r.name, strpos(r.name, ' '))
    AND least(strpos(l.name, ' '), strpos(r.name, ' ')) = 2 AND l.name[1] = r.name[1]
)"""

#: Latin letters leave initials out: those of one are to be among those of the other. A slip is one only where a name is
#: written in letters.
_LATIN_ALIKE = f"""CASE
    WHEN levenshtein(l.name_latin, r.name_latin) > 2 THEN false
    ELSE
        abs(length(l.name_latin) - length(r.name_latin)) <= 1
        AND (list_has_all({_L["initials"]}, {_R["initials"]}) OR list_has_all({_R["initials"]}, {_L["initials"]}))
        AND (
            l.name_latin = r.name_latin
            OR damerau_levenshtein(l.name_latin, r.name_latin) <= 1
            AND NOT (regexp_matches(l.name, $unspaced) AND regexp_matches(r.name, $unspaced))
            AND len(list_filter(
                {_L["latin"]}, lambda word: length(word) < $one_from AND NOT list_contains({_R["latin"]}, word)
            )) = 0
        )
END"""
_WITHIN = f"""(
    (
        contains(concat(l.name, ' ', l.name_latin), split_part(r.name, ' ', 1))
        OR contains(concat(r.name, ' ', r.name_latin), split_part(l.name, ' ', 1))
    )
    AND len(list_distinct({_L["words"]})) >= 2 AND len(list_distinct({_R["words"]})) >= 2
    AND (
        list_has_all(list_concat({_L["words"]}, {_L["latin"]}), {_R["words"]})
        OR list_has_all(list_concat({_R["words"]}, {_R["latin"]}), {_L["words"]})
    )
)"""

# Each question is asked only of the pairs that those before it left open. What is not known is no answer to WHEN.
NAMES_DIFFER = f"""CASE
    WHEN l.name IS NULL OR r.name IS NULL THEN false
    WHEN l.name = r.name OR l.name_pair = r.name_pair THEN false
    WHEN l.last_name = r.last_name AND (
        starts_with(l.first_name, r.first_name) OR starts_with(r.first_name, l.first_name)
    ) THEN false
    WHEN
        (
            l.last_name IS NOT NULL AND r.last_name IS NOT NULL
            OR l.first_name IS NOT NULL AND r.first_name IS NOT NULL
        )
        AND (l.last_name IS NULL OR r.last_name IS NULL OR {_LAST_ALIKE})
        AND (l.first_name IS NULL OR r.first_name IS NULL OR {FIRST_ALIKE})
        THEN false
    WHEN {_INITIAL} OR {_FAMILY_ALONE} THEN false
    WHEN {_TURNED} THEN false
    WHEN replace(l.name, ' ', '') = replace(r.name, ' ', '') THEN false
    WHEN {_WITHIN} THEN false
    WHEN {_LATIN_ALIKE} THEN false
    ELSE true
END"""


def asked_with(sql: str, slips: NameSlips) -> dict[str, str | int | float]:
    """The parameters of a query in which one of these expressions stands, those that it names.

    Args:
        sql: the query.
        slips: how long a name must be, and how alike another, for a slip.
    """
    told = {"unspaced": _UNSPACED, **slips.model_dump()}
    named = {*re.findall(r"[$]([a-z_]+)", sql)}
    return {name: value for name, value in told.items() if name in named}
