"""Postal addresses and postcodes as they are compared."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.identity.folding import folded, or_null, replaced
from assets.identity.words.lists import address_words

_PO_BOX = (
    r"\b(?:p\s*o\s*b(?:ox)?|po\s*box|post\s*office\s*box|postbox|postfach|pf|apartado(?: de correos| postal)?|"
    r"casilla(?: de correo)?|caixa postal|boite postale|casella postale|postbus)\s*(?:no |nr )?(\d+)"
)


def address_key(values: pa.ChunkedArray, words: dict[str, str] | None = None) -> pa.ChunkedArray:
    """Addresses, folded: small letters, words in their short form, ordinals as numbers.

    "123 North Main Street, Apt. #4" becomes "123 n main st unit 4", "Hauptstraße 5" and "Haupt-Str. 5" both "haupt st
    5", "P.O. Box 12" "pobox 12", "中山路１号 101室" "中山路1号101".

    Args:
        values: addresses as given.
        words: word -> its short form; the shipped ones.

    Returns:
        The keys; null where there is no letter or digit.
    """
    words = words if words is not None else address_words()
    text = folded(values)
    text = replaced(text, r"[.'’‘`´]", "")
    text = replaced(text, r"#\s*", " unit ")
    text = replaced(text, r"[^\p{L}\p{N}\p{M} ]+", " ")
    text = pc.utf8_trim_whitespace(replaced(text, " {2,}", " "))
    text = replaced(text, _PO_BOX, r"pobox \1")
    # Hauptstrasse and Hauptstr are one word in one writing and two in another
    text = replaced(text, r"(\p{L}{3})(?:strasse|str)( |$)", r"\1 st\2")
    text = _short_words(text, words)
    # two words for a flat (Apt #4) are one
    text = replaced(text, r"\bunit(?: unit)+\b", "unit")
    text = replaced(text, r"(\p{Han})\s+|\s+(\p{Han})", r"\1\2")
    text = replaced(text, r"(\d+)(?:室|房)$", r"\1")
    return or_null(text)


def _short_words(text: pa.ChunkedArray, words: dict[str, str]) -> pa.ChunkedArray:
    """Each word in its short form; every distinct word is looked up once."""
    whole = text.combine_chunks()
    split = pc.utf8_split_whitespace(whole)
    parts = split.flatten().dictionary_encode()
    short = pa.array([words.get(word, word) for word in parts.dictionary.to_pylist()], pa.string())
    sizes = pc.fill_null(pc.list_value_length(split), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32))
    lists = pa.ListArray.from_arrays(offsets, short.take(parts.indices))
    return pa.chunked_array([pc.if_else(pc.is_null(whole), None, pc.binary_join(lists, " "))])


def postcode_key(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Postcodes, folded: small letters, no spaces, dashes or country in front, ZIP+4 as ZIP.

    Args:
        values: postcodes as given.

    Returns:
        The keys; null where there is no letter or digit.
    """
    text = folded(values)
    # a spreadsheet made a number of it
    text = replaced(text, r"^\s*(\d+)\.0\s*$", r"\1")
    text = replaced(text, r"^\s*(\d{5})\s*-\s*\d{4}\s*$", r"\1")
    text = replaced(text, r"^\s*(?:[a-z]{1,3})\s*-\s*(\d{4,6}\b)", r"\1")
    text = replaced(text, r"[^\p{L}\p{N}]+", "")
    return or_null(text)
