"""Names of two words that no table of names in another order knows: nearly all, and taken apart all at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.identity.words.lists import PersonWords

_TWO_WORDS = "^[!-~]+ [!-~]+$"
#: ae, oe and ue where they stand for a letter with two dots, and aa where it stands for one with a ring.
_WRITTEN_OUT = re.compile("(?<=[bcdfghjklmnpqrstvwxz])([aou])e(?=[bcdfghjklmnpqrstvwxz])|(a)a")
_MAY_BE_WRITTEN_OUT = "[aou]e|aa"
_LU = re.compile("([ln])(?:yu|v)(?=e|[^aeiouy]|$)")

SPLIT = pa.schema(
    [
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("name_latin", pa.string()),
        ("is_family_first", pa.bool_()),
    ]
)


class PlainNames(NamedTuple):
    """The plain ones of some names.

    Attributes:
        places: where they stand among the names.
        split: first_name, last_name, name_latin and is_family_first of each.
    """

    places: np.ndarray
    split: pa.Table


def plain_names(keys: pa.Array, has_capitals: pa.Array, words: PersonWords) -> PlainNames:
    """Finds the names of two words in Latin letters, neither of them a family name of another order, and splits them.

    Args:
        keys: folded names.
        has_capitals: whether a family name in capitals stands in front.
        words: the word lists.

    Returns:
        Those names of which both words differ and are more than an initial, as they are written in Latin letters.
    """
    places = np.flatnonzero(pc.fill_null(pc.match_substring_regex(keys, _TWO_WORDS), False))
    two = keys.take(pa.array(places))
    split = pc.split_pattern(two, " ").flatten().dictionary_encode()
    known = split.dictionary
    first, last = np.asarray(split.indices).reshape(-1, 2).T
    sound = _changed_words(known, "[ln](?:yu|v)", chinese_sound)
    tabled = pa.array(sorted(words.names_of_another_order), pa.string())
    is_plain = ~np.asarray(pc.or_(pc.is_in(known, tabled), pc.is_in(sound, tabled)))
    nicknames = pa.array(list(words.formal_names), pa.string())
    form = pc.index_in(known, nicknames)
    is_formal = np.asarray(form.is_valid())
    given_first = is_formal[first] & ~is_formal[last]
    family_first = np.asarray(has_capitals.take(pa.array(places))) & ~given_first
    first, last = np.where(family_first, last, first), np.where(family_first, first, last)
    formal = pc.coalesce(pa.array(list(words.formal_names.values()), pa.string()).take(form), known)
    forms = pa.concat_arrays([_changed_words(part, _MAY_BE_WRITTEN_OUT, written_out) for part in (formal, known)])
    writings = pc.unique(forms)
    writings = writings.take(pc.sort_indices(writings))
    ranks = np.asarray(pc.index_in(forms, writings))
    given, family = ranks[: len(known)][first], ranks[len(known) :][last]
    is_more = np.asarray(pc.greater(pc.utf8_length(writings), 1))
    found = is_plain[first] & is_plain[last] & (given != family) & is_more[given] & is_more[family]
    front, back = np.minimum(given, family)[found], np.maximum(given, family)[found]
    columns = (
        split.dictionary.take(pa.array(first[found])),
        split.dictionary.take(pa.array(last[found])),
        pc.binary_join_element_wise(writings.take(pa.array(front)), writings.take(pa.array(back)), " "),
        pa.array(family_first[found], mask=~(family_first | given_first)[found]),
    )
    return PlainNames(places[found], pa.table(dict(zip(SPLIT.names, columns, strict=True)), schema=SPLIT))


def _changed_words(words: pa.Array, pattern: str, change: Callable[[str], str]) -> pa.Array:
    """The words, those changed in which the pattern is found: few."""
    is_found = pc.match_substring_regex(words, pattern)
    some = [change(word) for word in words.filter(is_found).to_pylist()]
    return pc.replace_with_mask(words, is_found, pa.array(some, pa.string()))


def written_out(word: str) -> str:
    """The word with ö written as oe written as o, as it stands where the dots were left out, and å as a."""
    return _WRITTEN_OUT.sub(r"\1\2", word) if "ae" in word or "oe" in word or "ue" in word or "aa" in word else word


def chinese_sound(latin: str) -> str:
    """A syllable in pinyin with lü and nü in the one writing that is taken for both."""
    return _LU.sub(r"\1u", latin) if "v" in latin or "yu" in latin else latin
