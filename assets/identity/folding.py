"""Letters folded, so that writings that differ in case, marks, width or script variant become equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

#: Letters that are no letter with a mark, and how they are written without their own key.
PLAIN_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ё": "е"}
#: Han, as the patterns of this group mean it: unified ideographs, extension A and the compatibility block.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufadf\u3005\u3006"
HANGUL = "\uac00-\ud7a3"
KANA = "\u3041-\u30ff"
_MARKS = re.compile("[\u0300-\u036f]")
#: Signs of no width that come along when text is copied: they part no words.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


@cache
def _simplification() -> dict[int, str]:
    """Traditional character -> simplified one, by OpenCC."""
    import opencc

    convert = opencc.OpenCC("t2s").convert
    found = {}
    for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00)):
        simple = convert(chr(code))
        if simple != chr(code) and len(simple) == 1:
            found[code] = simple
    # a chain (a -> b -> c) would make folding twice differ from folding once
    for code, simple in found.items():
        while ord(simple) in found:
            simple = found[ord(simple)]
        found[code] = simple
    return found


def simplified(text: str) -> str:
    """Chinese characters in their simplified form, one by one: 臺灣 becomes 台湾."""
    return text.translate(_simplification())


def folded_text(text: str) -> str:
    """One text as :func:`folded` folds it."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).lower())
    for letter, plain in PLAIN_LETTERS.items():
        text = text.replace(letter, plain)
    return simplified(unicodedata.normalize("NFC", text))


def folded(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Compatibility characters as plain ones, no marks on letters, small letters, simplified characters."""
    return changed(pc.utf8_lower(text), pc.invert(pc.string_is_ascii(text)), _folded_letters)


def _folded_letters(text: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(text, r"[\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{FEFF}]", "")
    text = pc.utf8_lower(pc.utf8_normalize(text, form="NFKD"))
    # marks are taken off Latin, Greek and Cyrillic letters; in other scripts they are part of the letter
    text = pc.replace_substring_regex(text, r"[\x{0300}-\x{036F}]", "")
    for letter, plain in PLAIN_LETTERS.items():
        text = pc.replace_substring(text, letter, plain)
    text = pc.utf8_normalize(text, form="NFC")
    return pa.array([simplified(value) for value in text.to_pylist()], pa.string())


def changed(text: pa.ChunkedArray, chosen: pa.ChunkedArray, change: Callable[[pa.Array], pa.Array]) -> pa.ChunkedArray:
    """The texts, those chosen changed: what few need is done for few."""
    chosen = pc.fill_null(chosen, False)
    some = pc.filter(text, chosen)
    if len(some) == 0:
        return text
    made = change(some.combine_chunks() if isinstance(some, pa.ChunkedArray) else some)
    return pa.chunked_array([pc.replace_with_mask(text.combine_chunks(), chosen.combine_chunks(), made)])


def replaced(text: pa.ChunkedArray, pattern: str, replacement: str) -> pa.ChunkedArray:
    """The texts with what the pattern finds replaced; looking first costs a fraction of replacing."""
    return changed(
        text,
        pc.match_substring_regex(text, pattern),
        lambda some: pc.replace_substring_regex(some, pattern, replacement),
    )


def or_null(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts; null where nothing is left."""
    return pc.if_else(pc.equal(text, ""), None, text)


def latin_letters(text: str) -> str:
    """A word in small Latin letters: pinyin for Chinese characters, transliterated by AnyAscii otherwise."""
    if text.isascii():
        return text
    from anyascii import anyascii

    return re.sub("[^a-z0-9]", "", anyascii(text).lower())


@cache
def pinyin_syllables() -> frozenset[str]:
    """Every syllable that a Chinese character is read as, and the ways of writing ü."""
    from anyascii import anyascii

    read = {anyascii(chr(code)).lower() for code in range(0x4E00, 0x9FA6)}
    return frozenset({word for word in read if word.isalpha()} | {"lv", "nv", "lyu", "nyu", "lue", "nue", "lve", "nve"})
