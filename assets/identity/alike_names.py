"""Whether two names can be one person's, as SQL over two rows l and r: writings of one name, or slips of the pen.

A name is alike another that is written shorter (all of its words stand in the longer one), in another order or script,
with initials, or with a slip. Another initial and another syllable of a given name are no slips: they are what tells a
family apart.
"""

from __future__ import annotations

from assets.identity.folding import HAN, HANGUL, KANA

#: What is asked of each row besides name, name_pair, name_latin, first_name and last_name.
WORDS = """
string_split(name, ' ') AS words,
string_split(coalesce(name_latin, name), ' ') AS latin_words,
list_filter(string_split(name, ' '), lambda word: length(word) = 1) AS initials
"""

_UNSPACED = f"[{HAN}{HANGUL}{KANA}]"
#: One letter of four or more, or two of a longer word that is alike; characters and syllables are no letters.
_SLIP = """(
    NOT regexp_matches({one}, '{unspaced}')
    AND (
        damerau_levenshtein({one}, {other}) <= 1 AND greatest(length({one}), length({other})) >= 4
        OR damerau_levenshtein({one}, {other}) <= 2 AND least(length({one}), length({other})) >= 5
        AND (least(length({one}), length({other})) >= 9 OR jaro_winkler_similarity({one}, {other}) >= 0.93)
    )
)"""


def _is_slip(one: str, other: str) -> str:
    return _SLIP.format(one=one, other=other, unspaced=_UNSPACED)


#: Short forms that begin alike are one given name, initials among them.
FIRST_ALIKE = f"""(
    starts_with(l.first_name, r.first_name) OR starts_with(r.first_name, l.first_name)
    OR {_is_slip("l.first_name", "r.first_name")}
)"""
_LAST_ALIKE = f"""(
    l.last_name = r.last_name
    OR jaro_winkler_similarity(l.last_name, r.last_name) >= 0.9
    AND NOT regexp_matches(l.last_name, '{_UNSPACED}')
)"""
_TURNED = f"""(
    (l.first_name = r.last_name OR {_is_slip("l.first_name", "r.last_name")})
    AND (l.last_name = r.first_name OR {_is_slip("l.last_name", "r.first_name")})
)"""

#: Latin letters leave initials out: those of one are to be among those of the other. A slip is one only where a name is
#: written in letters.
_LATIN_ALIKE = f"""(
    (list_has_all(l.initials, r.initials) OR list_has_all(r.initials, l.initials))
    AND (
        l.name_latin = r.name_latin
        OR damerau_levenshtein(l.name_latin, r.name_latin) <= 1
        AND NOT (regexp_matches(l.name, '{_UNSPACED}') AND regexp_matches(r.name, '{_UNSPACED}'))
        AND len(list_filter(
            l.latin_words, lambda word: length(word) < 4 AND NOT list_contains(r.latin_words, word)
        )) = 0
    )
)"""
_WITHIN = """(
    len(list_distinct(l.words)) >= 2 AND len(list_distinct(r.words)) >= 2
    AND (
        list_has_all(list_concat(l.words, l.latin_words), r.words)
        OR list_has_all(list_concat(r.words, r.latin_words), l.words)
    )
)"""

NAMES_DIFFER = f"""(
    l.name IS NOT NULL AND r.name IS NOT NULL
    AND NOT (
        l.name = r.name
        OR l.name_pair = r.name_pair
        OR replace(l.name, ' ', '') = replace(r.name, ' ', '')
        OR coalesce({_LATIN_ALIKE}, false)
        OR {_WITHIN}
        OR (
            (
                l.last_name IS NOT NULL AND r.last_name IS NOT NULL
                OR l.first_name IS NOT NULL AND r.first_name IS NOT NULL
            )
            AND (coalesce({FIRST_ALIKE}, true) AND coalesce({_LAST_ALIKE}, true) OR coalesce({_TURNED}, false))
        )
    )
)"""
