"""In which encoding a text is written: declared, marked, UTF-8, or the one in which its bytes make the likeliest text.

Each candidate decodes the same bytes, and the text it gives is weighed by what people write in that encoding: which
characters, how often, beside which others, in which case, and whether the header names what headers name. The weights
are logarithms of probabilities of the same bytes, so they can be compared across encodings. What does not lead by a
clear margin is refused with the candidates: never the order of trial decides, nor a detector alone.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from sources.errors import RefusedFileError
from sources.likelihood import (
    BROKEN_BYTE,
    KNOWN_NAME,
    MOST_WORDS,
    Weighed,
    foreign_words,
    known_names,
    weighed,
    weigher_of,
)
from sources.readers.lines import SHIFT_MARKS, TextProfile, unit_of
from sources.scripts import CANDIDATES, ranks
from sources.windows_signs import NAME as WINDOWS
from sources.windows_signs import has_only_windows_signs, without_windows_signs

SAMPLE_BYTES = 1 << 20
#: The first words leave out what is behind by this: weighing all words in all encodings is the price of a small file.
FIRST_WORDS, HOPELESS = 120, 100.0
#: By how much (in natural logarithms) the likeliest text must lead the next that differs from it.
MARGIN = 8.0
#: The same where signs of Windows say already that it is no encoding of DOS or of another alphabet.
SIGNED_MARGIN = 4.0
#: A short text may be UTF-8 though it has so many lines that are not.
MOST_BAD_LINES = 2

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}


@dataclass(frozen=True)
class Encoding:
    """An encoding by its Python name, and the length of the byte order mark to skip."""

    name: str
    mark: int = 0


def byte_order_mark(head: bytes) -> Encoding | None:
    """The encoding a byte order mark names; tools that each set one leave several, and all are skipped."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            length = len(mark)
            while head.startswith(mark, length):
                length += len(mark)
            return Encoding(name, length)
    return None


def decide_encoding(sample: bytes, profile: TextProfile | None, declared: str | None = None) -> Encoding:
    """The encoding of a text of which `sample` is the beginning.

    `profile` tells about the whole file; without it the sample is the whole. Raises RefusedFileError
    unknown-encoding, which names the candidates.
    """
    marked = byte_order_mark(sample)
    if declared:
        name = codecs.lookup(declared).name
        name = _NAMES.get(name, name)
        if marked and (marked.name == name or unit_of(name) == unit_of(marked.name)):
            return marked
        return Encoding(name)
    if marked:
        return marked
    wide = _unmarked_utf16(sample)
    if wide:
        return Encoding(wide)
    is_utf8 = profile.is_utf8 if profile else _decodes(sample, "utf-8")
    if is_utf8:
        return Encoding(_shifting(sample) or "utf-8")
    if _mostly_utf8(sample):
        return Encoding("utf-8")
    name = _windows_or_most_likely(sample)
    return Encoding(LATIN_9 if name in {"cp1252", "latin-1"} and _is_latin_9(sample) else name)


_SHIFT = re.compile(rb"\x1b\$[@AB()]")
_KOREAN_SHIFT = b"\x1b$)C"
_JAPANESE = ("iso2022_jp", "iso2022_jp_ext")
#: An answer behind such a line would be read as what the line ends in.
_LEFT_OPEN = re.compile(rb"\x1b(?!\([BJ])[^\x1b]*\Z")
_HZ_PAIR = re.compile(rb"~\{((?:[!-w][!-~])+)~\}")


def _shifting(sample: bytes) -> str | None:
    """The encoding of seven bits that shifts to Japanese or Chinese and back on each line; None for plain text.

    Raises RefusedFileError unknown-encoding where there are such shifts, and no encoding reads all lines by themselves.
    """
    if not any(mark in sample for mark in SHIFT_MARKS):
        return None
    lines = sample[: sample.rfind(b"\n") + 1 if len(sample) >= SAMPLE_BYTES else None].split(b"\n")
    if _SHIFT.search(sample):
        if _KOREAN_SHIFT in sample:  # says so once, at the beginning: no later line can be read without it
            raise RefusedFileError("unknown-encoding", candidates="iso2022_kr")
        name = next((name for name in _JAPANESE if all(_decodes(line, name) for line in lines)), None)
        if name and not any(_LEFT_OPEN.search(line.rstrip(b"\r")) for line in lines):
            return name
        raise RefusedFileError("unknown-encoding", candidates=", ".join(_JAPANESE))
    pairs = _HZ_PAIR.findall(sample)
    if not pairs or not all(_decodes(bytes(byte | 0x80 for byte in pair), "gb2312") for pair in pairs):
        return None
    if all(_decodes(line, "hz") for line in lines):
        return "hz"
    raise RefusedFileError("unknown-encoding", candidates="hz, utf-8")


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: in the right byte order there are line ends, delimiters and digits, in the other none."""
    if b"\0" not in sample or len(sample) < 4:
        return None
    texts = {name: sample[: len(sample) // 2 * 2].decode(name, "replace") for name in ("utf-16-le", "utf-16-be")}
    plain = {name: len(_PLAIN.findall(text)) for name, text in texts.items()}
    name = max(plain, key=lambda order: plain[order])
    if sum(plain.values()) > 1.1 * plain[name] or plain[name] < 0.005 * len(texts[name]):
        return None
    foreign = [char for char in texts[name] if not char.isascii()]
    likely = 0.2 if plain[name] > 0.25 * len(texts[name]) else 0.8
    return name if sum(map(_is_written, foreign)) >= likely * len(foreign) else None


#: Never the wrong half of a usual character, as capital letters are.
_PLAIN = re.compile(r"[\t\n\r ,;|\"0-9a-z]")


def _is_written(char: str) -> bool:
    """Whether people write the character, in any of the scripts that are looked for."""
    if "\u4e00" <= char <= "\u9fff":
        return char in ranks("simplified") or char in ranks("traditional") or char in ranks("kanji")
    return (
        char < "\u0530" or "\u2010" <= char <= "\u2122" or "\u3000" <= char <= "\u30ff" or "\uac00" <= char <= "\ufffd"
    )


#: Latin-1 but for eight signs that nobody missed, in whose places the euro and letters of French and others stand.
LATIN_9 = "iso8859-15"
_NEW_SIGNS = re.compile(r"[€ŠšŽžŒœŸ]")
#: Where they can be meant: letters stand beside letters, fractions beside digits; an accent stands beside letters, too.
_SENSIBLE = re.compile(r"€|(?<!\d)[ŠšŽžŒœ](?=[^\W\d_])|(?<=[^\W\d_])[šžœŸ]")
_ACCENTS = "ŽŸ"


def _is_latin_9(sample: bytes) -> bool:
    """Whether all bytes in which Latin-9 differs make sense in it alone: it is no candidate, being Latin-1 else."""
    if not _NOT_IN_LATIN_1.isdisjoint(sample):
        return False
    text = sample.decode(LATIN_9)
    found, sensible = _NEW_SIGNS.findall(text), _SENSIBLE.findall(text)
    return len(found) == len(sensible) and any(sign not in _ACCENTS for sign in sensible)


_NOT_IN_LATIN_1 = frozenset(range(0x80, 0xA0)) - {0x85}


def _mostly_utf8(sample: bytes) -> bool:
    """Whether the text is UTF-8 with a few bad bytes rather than another encoding."""
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    good = len(text) - len(text.encode("ascii", "ignore")) - text.count("\ufffd")
    if good >= 4 * bad:
        return True
    lines = max(1, text.count("\n"))
    if good or lines < 200:
        return False
    return sum("\ufffd" in line for line in text.split("\n")) <= 0.005 * lines


def _utf8_but_for_few_lines(sample: bytes) -> Weighed | None:
    """UTF-8 as one more candidate: some lines are, one or two and no more than those are not, and it makes sense.

    The script that fits best weighs it; a byte that is no UTF-8 is as unlikely as one that no candidate can decode.
    """
    text = sample.decode("utf-8", "replace")
    bad_lines = sum("\ufffd" in line for line in text.split("\n"))
    good_lines = sum("\ufffd" not in line and not line.isascii() for line in text.split("\n"))
    if bad_lines > min(good_lines, MOST_BAD_LINES):
        return None
    words = [word.decode("utf-8", "replace").replace("\ufffd", "") for word in foreign_words(sample, MOST_WORDS)]
    found: list[Weighed] = []
    for name in CANDIDATES:
        weights = [weigher_of(name).weigh(word) for word in words]
        per_letter = sum(own for _, own, _ in weights) / max(1, sum(letters for *_, letters in weights))
        if per_letter >= weigher_of(name).least_likely:
            found.append(Weighed("utf-8", sum(whole for whole, *_ in weights), per_letter, "\n".join(words)))
    best = max(found, key=lambda one: one.likelihood, default=None)
    known = KNOWN_NAME * known_names(text)
    return best and replace(best, likelihood=best.likelihood + BROKEN_BYTE * text.count("\ufffd") + known)


def _windows_or_most_likely(sample: bytes) -> str:
    """The likeliest encoding; that of Windows where signs of it are all there is, or decide what is else in doubt."""
    if has_only_windows_signs(sample):
        return WINDOWS
    try:
        return _most_likely(sample)
    except RefusedFileError:
        rest = without_windows_signs(sample)
        if rest is not None and _leads(weighed(rest), SIGNED_MARGIN, {WINDOWS, "latin-1"}):
            return WINDOWS
        raise


def _leads(ranked: Sequence[Weighed], margin: float, names: Container[str]) -> bool:
    """Whether the likeliest text is one of these encodings and leads the next that differs from it."""
    best = ranked[0]
    rival = next((one for one in ranked if one.text != best.text), None)
    return best.name in names and (rival is None or best.likelihood - rival.likelihood >= margin)


def _most_likely(sample: bytes) -> str:
    cut = max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1
    sample = sample[:cut] if cut and len(sample) >= SAMPLE_BYTES else sample
    first = weighed(sample, most_words=FIRST_WORDS)
    far = [one.name for one in first if one.likelihood < first[0].likelihood - HOPELESS]
    ranked = weighed(sample, [one.name for one in first if one.name not in far]) if first else first
    utf8 = _utf8_but_for_few_lines(sample)
    if utf8 and (not ranked or utf8.likelihood - ranked[0].likelihood >= MARGIN):
        return utf8.name
    if ranked:
        best = ranked[0]
        if _leads(ranked, MARGIN, CANDIDATES) and best.per_letter >= weigher_of(best.name).least_likely:
            # the same text under another name is no rival, and the names are in order of preference
            return min((one.name for one in ranked if one.text == best.text), key=list(CANDIDATES).index)
    near = [one.name for one in ranked if one.likelihood >= ranked[0].likelihood - 3 * MARGIN]
    if utf8 and utf8.likelihood >= ranked[0].likelihood:
        return utf8.name
    raise RefusedFileError("unknown-encoding", candidates=", ".join([*near[:5], "utf-8"]))
