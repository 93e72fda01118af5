"""Names of companies have few patterns: what is read of a pattern holds for every name that has it.

Of "acme energy, inc." and "initech energy, inc." the legal form, the line of business and the comma are read alike;
which word stands in front says nothing, as long as no list of words has it. So such words are taken out, each pattern
is read once, and the words are put back.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from string import ascii_lowercase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Of fewer names each is read by itself: most of the time goes into the making of `read`'s patterns then.
BY_PATTERN_FROM = 2_000

#: What stands for a word, before the letter that tells which: no name has it.
_STAND_IN = "qxqz"
_STAND_INS = [_STAND_IN + letter for letter in ascii_lowercase]
#: A word that may be taken out, with the signs behind it that stay.
_WORD = "^[a-z]{2,}[,.;:]{0,2}$"


def read_by_pattern(names: pa.ChunkedArray, listed: Set[str], read: Callable[[pa.ChunkedArray], pa.Table]) -> pa.Table:
    """What `read` makes of each name, reading each pattern of names once.

    Args:
        names: folded.
        listed: every word that `read` knows; no other word of two and more Latin letters may mean anything to it.
        read: makes texts of texts, whose words are those of the name, or words that it puts in.

    Returns:
        The columns that `read` makes, a row for each name.
    """
    if len(names) < BY_PATTERN_FROM:
        return read(names)
    text = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    words = pc.split_pattern(text, " ")
    is_short = pc.less_equal(pc.list_value_length(words), len(_STAND_INS))
    is_plain = pc.and_(pc.string_is_ascii(text), pc.invert(pc.match_substring(text, _STAND_IN)))
    places = np.flatnonzero(pc.fill_null(pc.and_(is_short, is_plain), False))
    if len(places) == 0:
        return read(names)
    patterns = _Patterns(words.take(pa.array(places)), listed)
    made = read(pa.chunked_array([patterns.texts]))
    columns, is_whole = [], np.ones(len(places), dtype=bool)
    for column in made.columns:
        values, is_read = patterns.put_back(column.combine_chunks())
        columns.append(values)
        is_whole &= is_read
    whole = places[is_whole]
    others = np.setdiff1d(np.arange(len(text)), whole, assume_unique=True)
    kept = pa.table(columns, names=made.column_names).filter(pa.array(is_whole))
    if len(others) == 0:
        return kept
    rest = read(pa.chunked_array([text.take(pa.array(others))]))
    order = np.argsort(np.concatenate([whole, others]))
    return pa.concat_tables([kept, rest]).take(pa.array(order)).combine_chunks()


class _Patterns:
    """The different patterns of some names.

    Attributes:
        texts: the patterns.
    """

    def __init__(self, words: pa.ListArray, listed: Set[str]) -> None:
        """Takes the words that are not listed out of names.

        Args:
            words: of each name, in order.
            listed: the words that stay.
        """
        starts = np.asarray(words.offsets)
        given = words.flatten().dictionary_encode()
        known, codes = given.dictionary, np.asarray(given.indices)
        bare = pc.ascii_rtrim(known, characters=",.;:")
        is_out = np.asarray(
            pc.and_(
                pc.match_substring_regex(known, _WORD),
                pc.invert(pc.is_in(bare, pa.array(sorted(listed), pa.string()))),
            )
        )
        behind = pc.replace_substring_regex(pc.if_else(pa.array(is_out), known, ""), "^[a-z]+", "").dictionary_encode()
        out = is_out[codes]
        before = np.concatenate([[0], np.cumsum(out)])
        #: of each name, where its words that were taken out begin among all of those
        self._first = before[starts[:-1]]
        self._taken = bare.take(pa.array(codes[out]))
        place = before[:-1] - np.repeat(self._first, np.diff(starts))
        sign = np.asarray(behind.indices)[codes]
        stand_ins = [word + after for after in behind.dictionary.to_pylist() for word in _STAND_INS]
        vocabulary = pa.concat_arrays([known, pa.array(stand_ins, pa.string())])
        codes = np.where(out, len(known) + sign * len(_STAND_INS) + place, codes)
        texts = pc.binary_join(pa.ListArray.from_arrays(words.offsets, vocabulary.take(pa.array(codes))), " ")
        found = texts.dictionary_encode()
        self.texts = found.dictionary
        self._pattern = np.asarray(found.indices)

    def put_back(self, made: pa.Array) -> tuple[pa.Array, np.ndarray]:
        """What was made of the patterns as made of the names; of each name, whether its words could be put back."""
        words = pc.split_pattern(pc.fill_null(made, ""), " ")
        starts = np.asarray(words.offsets)
        given = words.flatten().dictionary_encode()
        known, codes = given.dictionary, np.asarray(given.indices)
        stands_for = pc.fill_null(pc.index_in(known, pa.array(_STAND_INS)), -1)
        is_torn = np.asarray(pc.and_(pc.match_substring(known, _STAND_IN), pc.equal(stands_for, -1)))
        torn = np.concatenate([[0], np.cumsum(is_torn[codes])])
        is_read = torn[starts[1:]] == torn[starts[:-1]]
        lengths = np.diff(starts)[self._pattern]
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        codes = codes[np.repeat(starts[:-1][self._pattern], lengths) + within]
        slot = np.asarray(stands_for)[codes]
        codes = np.where(slot < 0, codes, len(known) + np.repeat(self._first, lengths) + slot)
        vocabulary = pa.concat_arrays([known, self._taken])
        offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
        values = pc.binary_join(pa.ListArray.from_arrays(offsets, vocabulary.take(pa.array(codes))), " ")
        is_null = np.asarray(made.is_null())[self._pattern]
        return pc.if_else(pa.array(is_null), None, values), is_read[self._pattern]
