"""In which encoding a text is written: declared, marked, UTF-8, or the one in which its bytes make the likeliest text.

Each candidate decodes the same bytes, and the text it gives is weighed by what people write in that encoding: which
characters, how often, beside which others, in which case, and whether the header names what headers name. The weights
are logarithms of probabilities of the same bytes, so they can be compared across encodings. What does not lead by a
clear margin is refused with the candidates: never the order of trial decides, nor a detector alone.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from sources.errors import RefusedFileError
from sources.header_names import is_header_name
from sources.readers.lines import TextProfile, unit_of

SAMPLE_BYTES = 1 << 20
#: Distinct words that are weighed; more would not change the answer.
MOST_WORDS = 1_000
#: The first words leave out what is behind by this: weighing all words in all encodings is the price of a small file.
FIRST_WORDS, HOPELESS = 120, 100.0
#: Bytes of one word, and of all words, that are weighed: what has no delimiters is one long word.
LONGEST_WORD, MOST_WORD_BYTES = 2_000, 60_000
#: By how much (in natural logarithms) the likeliest text must lead the next that differs from it.
MARGIN = 8.0
#: What a known header name is worth.
KNOWN_NAME = 9.0
#: A word that an encoding cannot decode is as unlikely as this for every byte; more than a few rule the encoding out.
BROKEN_BYTE = -8.0
MOST_BROKEN = 0.02
#: A short text may be UTF-8 though it has so many lines that are not.
MOST_BAD_LINES = 2
#: A sign at the end or in the middle of a word, where letters are expected, is rarer than signs elsewhere by this.
SIGN_IN_WORD = -4.0

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
    is_utf8 = profile.is_utf8 if profile else _is_utf8(sample)
    if is_utf8 or _mostly_utf8(sample):
        return Encoding("utf-8")
    return Encoding(_most_likely(sample))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
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
        return char in _ranks("simplified") or char in _ranks("traditional") or char in _ranks("kanji")
    return (
        char < "\u0530" or "\u2010" <= char <= "\u2122" or "\u3000" <= char <= "\u30ff" or "\uac00" <= char <= "\ufffd"
    )


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


# --- how likely a text is ------------------------------------------------------------------------------------

_LETTERS = Path(__file__).with_name("letters.txt")


@cache
def _tables() -> dict[str, list[str]]:
    """Characters, or pairs of letters, from the most frequent down, by the name of what writes them."""
    tables: dict[str, list[str]] = {}
    for line in _LETTERS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("["):
            current = tables.setdefault(line.strip("[]"), [])
        else:
            current.extend(line.split() if " " in line else line)
    return tables


@cache
def _ranks(name: str) -> dict[str, int]:
    return {text: rank for rank, text in enumerate(_tables()[name])}


@cache
def _frequencies(name: str, flat: int) -> dict[str, float]:
    """Probability by rank, 1 / (rank + flat): how characters and pairs of them are distributed in any language."""
    ranks = _ranks(name)
    total = sum(1 / (rank + flat) for rank in ranks.values())
    return {text: 1 / (rank + flat) / total for text, rank in ranks.items()}


def _in_level_one(char: str, codec: str, first: int, last: int) -> bool:
    try:
        code = char.encode(codec)
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and first <= code[0] <= last


#: Punctuation and signs, by how often they stand in tables.
_EAST_SIGNS = "()、,。:;·—/-“”-《》【】!?「」『』…~*％&+.〒№①②③④⑤℃　"
_WEST_SIGNS = "’–€°“”—…«»‘®§©£™·º²ª½³´¿¡•„"
_BEHIND_WORDS = "’–—”»®™©…·"


@dataclass(frozen=True)
class _Script:
    """What is written in an encoding.

    Attributes:
        tables: name of a table, its share of the letters, how flat its distribution is.
        rest: share of letters of the repertoire that no table has, and how many there are.
        repertoire: whether such a letter is one of a well-known set.
        signs: its punctuation.
        pairs: for alphabets with few letters outside ASCII, the table of pairs of letters that they stand in.
    """

    tables: tuple[tuple[str, float, int], ...] = ()
    rest: float = 1e-3
    repertoire: Callable[[str], bool] = field(default=lambda _: False)
    repertoire_size: int = 5_000
    signs: str = _EAST_SIGNS
    pairs: str | None = None


_CHINESE = partial(_in_level_one, codec="gb2312", first=0xB0, last=0xF7)
_TAIWANESE = partial(_in_level_one, codec="big5", first=0xA4, last=0xC6)
_JAPANESE = partial(_in_level_one, codec="shift_jis", first=0x88, last=0x98)
_KOREAN = partial(_in_level_one, codec="euc_kr", first=0xB0, last=0xC8)
_JAPAN = _Script((("kana", 0.5, 8), ("kanji", 0.47, 30)), 0.03, _JAPANESE, 2_965)
_RUSSIA = _Script((("cyrillic", 0.99, 5),), signs=_WEST_SIGNS + "№")

_GREECE = _Script((("greek", 0.99, 5),), signs=_WEST_SIGNS)

#: Python codecs in the order in which one text that several give is named, and what is written in them.
CANDIDATES: Mapping[str, _Script] = {
    "gb18030": _Script((("simplified", 0.95, 30), ("traditional", 0.03, 30)), 0.01, _CHINESE, 6_763),
    "big5": _Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "cp950": _Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "big5hkscs": _Script((("traditional", 0.98, 30),), 0.01, _TAIWANESE, 5_401),
    "cp932": _JAPAN,
    "euc_jp": _JAPAN,
    "cp949": _Script((("hangul", 0.97, 20),), 0.03, _KOREAN, 2_350),
    "cp1252": _Script(pairs="western", signs=_WEST_SIGNS),
    "latin-1": _Script(pairs="western", signs=_WEST_SIGNS),
    "cp1250": _Script(pairs="central", signs=_WEST_SIGNS),
    "iso8859-2": _Script(pairs="central", signs=_WEST_SIGNS),
    "cp1254": _Script(pairs="turkish", signs=_WEST_SIGNS),
    "cp1257": _Script(pairs="baltic", signs=_WEST_SIGNS),
    "cp1251": _RUSSIA,
    "koi8-r": _RUSSIA,
    "cp1253": _GREECE,
    "iso8859-7": _GREECE,
    "cp866": _RUSSIA,
    "mac-cyrillic": _RUSSIA,
    "cp1255": _Script((("hebrew", 0.99, 5),), signs=_WEST_SIGNS),
    "cp1256": _Script((("arabic", 0.99, 5),), signs=_WEST_SIGNS),
    "cp874": _Script((("thai", 0.99, 8),), signs=_WEST_SIGNS),
    "mac-roman": _Script(pairs="western", signs=_WEST_SIGNS),
    "cp850": _Script(pairs="western", signs=_WEST_SIGNS),
    "cp437": _Script(pairs="western", signs=_WEST_SIGNS),
    "cp852": _Script(pairs="central", signs=_WEST_SIGNS),
    "mac-latin2": _Script(pairs="central", signs=_WEST_SIGNS),
}

#: Seldom met, but each would pass for another if it were not weighed.
SELDOM = {
    "euc_jp",
    "koi8-r",
    "cp866",
    "mac-cyrillic",
    "mac-roman",
    "cp850",
    "cp437",
    "cp852",
    "mac-latin2",
    "cp1257",
    "cp874",
}
SELDOM_MET = -4.0

#: Likelihood of the kind of a character by the kind of the one before: (d)igit, delimiter or nothing, (a)scii letter,
#: (x) letter of the script, (s)ign of the script, (h)alf-width kana, (o)ther.
_EAST = {
    "d": {"d": 0.2, "a": 0.2, "x": 0.55, "s": 0.04, "h": 5e-4, "o": 1e-4},
    "a": {"d": 0.1, "a": 0.8, "x": 0.04, "s": 0.05, "h": 1e-4, "o": 1e-4},
    "x": {"d": 0.1, "a": 0.02, "x": 0.8, "s": 0.07, "h": 1e-3, "o": 1e-4},
    "s": {"d": 0.2, "a": 0.2, "x": 0.5, "s": 0.05, "h": 1e-3, "o": 1e-4},
    "h": {"d": 0.1, "a": 0.01, "x": 0.01, "s": 0.01, "h": 0.86, "o": 1e-4},
    "o": {"d": 0.1, "a": 0.1, "x": 0.1, "s": 0.1, "h": 1e-3, "o": 1e-2},
}
#: Alphabets that share most letters with ASCII,
_WEST = {
    "d": {"d": 0.1, "a": 0.85, "x": 0.03, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "a": {"d": 0.05, "a": 0.85, "x": 0.08, "s": 0.004, "h": 1e-6, "o": 1e-5},
    "x": {"d": 0.05, "a": 0.92, "x": 0.02, "s": 0.003, "h": 1e-6, "o": 1e-5},
    "s": {"d": 0.3, "a": 0.6, "x": 0.05, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "o": {"d": 0.2, "a": 0.2, "x": 0.02, "s": 0.02, "h": 1e-6, "o": 1e-4},
}
#: and those that do not.
_OWN = {
    "d": {"d": 0.2, "a": 0.2, "x": 0.58, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "a": {"d": 0.1, "a": 0.88, "x": 0.003, "s": 0.004, "h": 1e-6, "o": 1e-5},
    "x": {"d": 0.05, "a": 0.003, "x": 0.93, "s": 0.004, "h": 1e-6, "o": 1e-5},
    "s": {"d": 0.3, "a": 0.2, "x": 0.45, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "o": {"d": 0.2, "a": 0.1, "x": 0.1, "s": 0.02, "h": 1e-6, "o": 1e-4},
}
#: How likely a letter outside ASCII is at least, on average, in text that people wrote.
_LEAST_LIKELY = {id(_EAST): -12.0, id(_WEST): -10.5, id(_OWN): -5.0}
_CASE = {(True, True): 0.45, (True, False): 0.55, (False, True): 0.008, (False, False): 0.99}
_CASE_STEPS = {cases: math.log(chance) for cases, chance in _CASE.items()}


class _Weigher:
    """How likely texts are in one encoding, in natural logarithms."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.script = CANDIDATES[name]
        chances: dict[str, float] = {}
        for table, share, flat in self.script.tables:
            for char, chance in _frequencies(table, flat).items():
                chances[char] = chances.get(char, 0.0) + share * chance
        self.letters = {char: math.log(chance) for char, chance in chances.items()}
        signs = self.script.signs
        total = sum(1 / (rank + 3) for rank in range(len(signs)))
        self.signs = {char: math.log(1 / (rank + 3) / total) for rank, char in enumerate(signs)}
        pairs = self.script.pairs
        self.pairs = {pair: math.log(chance) for pair, chance in _frequencies(pairs, 15).items()} if pairs else {}
        self.own = {char for pair in self.pairs for char in pair if not char.isascii()}
        self.after = _WEST if pairs else _EAST if signs is _EAST_SIGNS else _OWN
        self.steps = {(a, b): math.log(chance) for a, then in self.after.items() for b, chance in then.items()}
        self.known: dict[str, tuple[str, float, bool | None, bool]] = {}
        self.unseen_pair = math.log(2e-5)
        self.least_likely = _LEAST_LIKELY[id(self.after)]

    def weigh(self, text: str) -> tuple[float, float, int]:
        """Likelihood of a text, that of its letters outside ASCII alone, and how many these are."""
        likelihood, own, foreign, before = 0.0, 0.0, 0, "d"
        upper_before: bool | None = None
        for at, char in enumerate(text):
            kind, chance, upper, is_ascii = self.known.get(char) or self._learnt(char, text, at)
            chance += self.steps[before, kind]
            if kind == "s" and before in "ax" and self.after is not _EAST and char not in _BEHIND_WORDS:
                chance += SIGN_IN_WORD
            if upper is not None and upper_before is not None:
                chance += _CASE_STEPS[upper_before, upper]
            likelihood += chance
            if not is_ascii:
                own += chance
                foreign += 1
            before, upper_before = kind, upper
        return likelihood, own, foreign

    def _learnt(self, char: str, text: str, at: int) -> tuple[str, float, bool | None, bool]:
        """Kind, likelihood, case and whether it is ASCII; kept where the characters beside it do not matter."""
        kind, chance = self._char(char, text, at)
        upper = char.isupper() if kind in "ax" and char.lower() != char.upper() else None
        learnt = kind, chance, upper, char.isascii()
        if not (self.pairs and char.lower() in self.own):
            self.known[char] = learnt
        return learnt

    def _char(self, char: str, text: str, at: int) -> tuple[str, float]:
        """The kind of a character, and how likely it is among its kind."""
        if char.isascii():
            if char.isalpha():
                return "a", _ASCII_LETTERS[char.lower()]
            return ("d", math.log(1 / 40)) if char.isprintable() or char == "\t" else ("o", math.log(1 / 100))
        if (sign := self.signs.get(char)) is not None:
            return "s", sign
        lower = char.lower()
        if self.pairs and lower in self.own:
            first = text[at - 1].lower() if at and text[at - 1].isalpha() else "^"
            then = text[at + 1].lower() if at + 1 < len(text) and text[at + 1].isalpha() else "$"
            given = self.pairs.get(first + lower, self.unseen_pair) + self.pairs.get(lower + then, self.unseen_pair)
            return "x", max(given / 2 + 1.5, self.unseen_pair)
        if (known := self.letters.get(lower)) is not None:
            return "x", known
        if "\uff61" <= char <= "\uff9f":
            return "h", math.log(1 / 60)
        if "\uff01" <= char <= "\uff5e" or "\u3000" <= char <= "\u303f" or char in _WEST_SIGNS:
            return "s", math.log(1 / 400)
        if char.isalpha() and self.script.tables:
            if self.script.repertoire(char):
                return "x", math.log(self.script.rest / self.script.repertoire_size)
            return "x", math.log(self.script.rest / 200_000)
        if char.isalpha():
            return "x", math.log(1e-6)
        return ("s", math.log(1 / 2_000)) if char.isprintable() else ("o", math.log(1 / 200))


_ASCII_LETTERS = {
    letter: math.log(share / 100)
    for letter, share in zip(
        "etaoinsrhldcumfpgwybvkxjqz",
        (
            12,
            9,
            8.2,
            7.6,
            7.3,
            7,
            6.3,
            6.2,
            5,
            4.2,
            4,
            3,
            2.8,
            2.7,
            2.4,
            2.2,
            2,
            2,
            2,
            1.5,
            1.1,
            0.9,
            0.4,
            0.3,
            0.3,
            0.3,
        ),
        strict=True,
    )
}


@cache
def _weigher(name: str) -> _Weigher:
    return _Weigher(name)


# --- which of them ---------------------------------------------------------------------------------------------

#: Bytes that end a word in every encoding: none of them is the second byte of a character in any.
_WORD = re.compile(rb"[^\x00-\x2f:;<=>?]+")
_ASCII = bytes(range(128))


@dataclass(frozen=True)
class Weighed:
    """One candidate: how likely its text is in all, per letter outside ASCII, and the text."""

    name: str
    likelihood: float
    per_letter: float
    text: str


def weighed(sample: bytes, names: Iterable[str] = CANDIDATES, most_words: int = MOST_WORDS) -> list[Weighed]:
    """The candidates that can decode the bytes, likeliest first.

    Args:
        sample: the beginning of a text, with bytes outside ASCII.
        names: which encodings to weigh.
        most_words: how many distinct words are weighed.
    """
    words = _foreign_words(sample, most_words)
    head = sample[: max(4_096, sample.find(b"\n", 4_096) + 1)]
    found: list[Weighed] = []
    for name in names:
        weigher = _weigher(name)
        likelihood, own, letters, broken = 0.0, 0.0, 0, 0
        texts: list[str] = []
        for word in words:
            try:
                text = _decoded(word, name)
            except UnicodeDecodeError:
                broken += 1
                likelihood += BROKEN_BYTE * len(word)
                if broken > 1 + MOST_BROKEN * len(words) or broken == len(words):
                    break
                continue
            of_word, of_letters, count = weigher.weigh(text)
            likelihood += of_word
            own += of_letters
            letters += count
            texts.append(text)
        else:
            per_letter = own / max(1, letters)
            known = _known_names(head.decode(name, "replace"))
            likelihood += KNOWN_NAME * known + SELDOM_MET * (name in SELDOM)
            found.append(Weighed(name, likelihood, per_letter, "\n".join(texts)))
    return sorted(found, key=lambda one: -one.likelihood)


@dataclass(frozen=True)
class Likelihood:
    """How likely East Asian texts are: `sum` in natural logarithms, and whether people write such text at all."""

    sum: float
    is_plausible: bool


def likelihood(texts: Iterable[str]) -> Likelihood:
    """How likely texts are in the one of the East Asian scripts that fits them best."""
    listed = list(texts)
    found = []
    for name in ("gb18030", "big5", "cp932", "cp949"):
        weigher = _weigher(name)
        weights = [weigher.weigh(text) for text in listed]
        per_letter = sum(own for _, own, _ in weights) / max(1, sum(count for *_, count in weights))
        found.append((sum(whole for whole, *_ in weights), per_letter >= weigher.least_likely))
    best, plausible = max(found)
    return Likelihood(best, plausible)


def _foreign_words(sample: bytes, most: int) -> list[bytes]:
    """Distinct words with bytes outside ASCII, in the order in which they are met; long ones are cut."""
    left = MOST_WORD_BYTES
    words: dict[bytes, None] = {}
    for found in _WORD.finditer(sample):
        word = found.group()
        if len(word) > LONGEST_WORD:  # the piece whose first byte outside ASCII begins a character
            start = max(0, len(word) - len(word.lstrip(_ASCII)) - LONGEST_WORD // 10)
            word = word[start : start + LONGEST_WORD]
        if word.isascii() or word in words:
            continue
        words[word] = None
        left -= len(word)
        if left <= 0 or len(words) == most:
            break
    return list(words)


def _decoded(word: bytes, name: str) -> str:
    if len(word) < LONGEST_WORD:
        return word.decode(name)
    return codecs.getincrementaldecoder(name)().decode(word)  # which may end in half a character


def _known_names(text: str) -> int:
    """How many cells of the first lines are names that headers have, in letters outside ASCII."""
    cells = {cell.strip(" \"'*").casefold() for line in text.splitlines()[:10] for cell in re.split(r"[,;\t|]", line)}
    return sum(is_header_name(cell) for cell in cells if not cell.isascii())


def _utf8_but_for_few_lines(sample: bytes) -> Weighed | None:
    """UTF-8 as one more candidate: some lines are, one or two and no more than those are not, and it makes sense.

    The script that fits best weighs it; a byte that is no UTF-8 is as unlikely as one that no candidate can decode.
    """
    text = sample.decode("utf-8", "replace")
    bad_lines = sum("\ufffd" in line for line in text.split("\n"))
    good_lines = sum("\ufffd" not in line and not line.isascii() for line in text.split("\n"))
    if bad_lines > min(good_lines, MOST_BAD_LINES):
        return None
    words = [word.decode("utf-8", "replace").replace("\ufffd", "") for word in _foreign_words(sample, MOST_WORDS)]
    found: list[Weighed] = []
    for name in CANDIDATES:
        weights = [_weigher(name).weigh(word) for word in words]
        per_letter = sum(own for _, own, _ in weights) / max(1, sum(letters for *_, letters in weights))
        if per_letter >= _weigher(name).least_likely:
            found.append(Weighed("utf-8", sum(whole for whole, *_ in weights), per_letter, "\n".join(words)))
    best = max(found, key=lambda one: one.likelihood, default=None)
    known = KNOWN_NAME * _known_names(text)
    return best and replace(best, likelihood=best.likelihood + BROKEN_BYTE * text.count("\ufffd") + known)


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
        # the same text under another name is no rival, and the names are in order of preference
        rival = next((one for one in ranked if one.text != best.text), None)
        leads = rival is None or best.likelihood - rival.likelihood >= MARGIN
        if leads and best.per_letter >= _weigher(best.name).least_likely:
            return min((one.name for one in ranked if one.text == best.text), key=list(CANDIDATES).index)
    near = [one.name for one in ranked if one.likelihood >= ranked[0].likelihood - 3 * MARGIN]
    if utf8 and utf8.likelihood >= ranked[0].likelihood:
        return utf8.name
    raise RefusedFileError("unknown-encoding", candidates=", ".join([*near[:5], "utf-8"]))
