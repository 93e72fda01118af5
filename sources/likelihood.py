"""How likely bytes are as text in each of the encodings that people use, as logarithms that can be compared."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sources.header_names import is_header_name
from sources.scripts import BEHIND_WORDS, CANDIDATES, EAST_SIGNS, SELDOM, WEST_SIGNS, frequencies

#: Distinct words that are weighed; more would not change the answer.
MOST_WORDS = 1_000
#: Bytes of one word, and of all words, that are weighed: what has no delimiters is one long word.
LONGEST_WORD, MOST_WORD_BYTES = 2_000, 60_000
#: What a known header name is worth.
KNOWN_NAME = 9.0
#: What it takes off to be an encoding that is seldom met.
SELDOM_MET = -4.0
#: A word that an encoding cannot decode is as unlikely as this for every byte; more than a few rule the encoding out.
BROKEN_BYTE = -8.0
MOST_BROKEN = 0.02
#: A sign at the end or in the middle of a word, where letters are expected, is rarer than signs elsewhere by this.
SIGN_IN_WORD = -4.0

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
#: and those that do not: nobody writes one word in two alphabets.
_OWN = {
    "d": {"d": 0.2, "a": 0.2, "x": 0.58, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "a": {"d": 0.1, "a": 0.88, "x": 3e-5, "s": 0.004, "h": 1e-6, "o": 1e-5},
    "x": {"d": 0.05, "a": 3e-5, "x": 0.93, "s": 0.004, "h": 1e-6, "o": 1e-5},
    "s": {"d": 0.3, "a": 0.2, "x": 0.45, "s": 0.02, "h": 1e-6, "o": 1e-5},
    "o": {"d": 0.2, "a": 0.1, "x": 0.1, "s": 0.02, "h": 1e-6, "o": 1e-4},
}
#: How likely a letter outside ASCII is at least, on average, in text that people wrote.
_LEAST_LIKELY = {id(_EAST): -12.0, id(_WEST): -10.5, id(_OWN): -5.0}
_CASE = {(True, True): 0.45, (True, False): 0.55, (False, True): 0.008, (False, False): 0.99}
_CASE_STEPS = {cases: math.log(chance) for cases, chance in _CASE.items()}


class Weigher:
    """How likely texts are in one encoding, in natural logarithms."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.script = CANDIDATES[name]
        chances: dict[str, float] = {}
        for table, share, flat in self.script.tables:
            for char, chance in frequencies(table, flat).items():
                chances[char] = chances.get(char, 0.0) + share * chance
        self.letters = {char: math.log(chance) for char, chance in chances.items()}
        signs = self.script.signs
        total = sum(1 / (rank + 3) for rank in range(len(signs)))
        self.signs = {char: math.log(1 / (rank + 3) / total) for rank, char in enumerate(signs)}
        pairs = self.script.pairs
        self.pairs = {pair: math.log(chance) for pair, chance in frequencies(pairs, 15).items()} if pairs else {}
        self.own = {char for pair in self.pairs for char in pair if not char.isascii()}
        self.after = _WEST if pairs else _EAST if signs is EAST_SIGNS else _OWN
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
            if kind == "s" and before in "ax" and self.after is not _EAST and char not in BEHIND_WORDS:
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
        if "\uff01" <= char <= "\uff5e" or "\u3000" <= char <= "\u303f" or char in WEST_SIGNS:
            return "s", math.log(1 / 400)
        if char.isalpha() and self.script.tables:
            if self.script.repertoire(char):
                return "x", math.log(self.script.rest / self.script.repertoire_size)
            return "x", math.log(self.script.rest / 200_000)
        if char.isalpha():
            return "x", math.log(1e-6)
        return ("s", math.log(1 / 2_000)) if char.isprintable() else ("o", math.log(1 / 200))


_SHARES = "12 9 8.2 7.6 7.3 7 6.3 6.2 5 4.2 4 3 2.8 2.7 2.4 2.2 2 2 2 1.5 1.1 0.9 0.4 0.3 0.3 0.3"
#: How often the letters stand in English, in percent.
_ASCII_LETTERS = {
    letter: math.log(float(share) / 100)
    for letter, share in zip("etaoinsrhldcumfpgwybvkxjqz", _SHARES.split(), strict=True)
}


@cache
def weigher_of(name: str) -> Weigher:
    """That of an encoding of `CANDIDATES`; it learns as it weighs."""
    return Weigher(name)


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
    words = foreign_words(sample, most_words)
    head = sample[: max(4_096, sample.find(b"\n", 4_096) + 1)]
    found: list[Weighed] = []
    for name in names:
        weigher = weigher_of(name)
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
            known = known_names(head.decode(name, "replace"))
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
        weigher = weigher_of(name)
        weights = [weigher.weigh(text) for text in listed]
        per_letter = sum(own for _, own, _ in weights) / max(1, sum(count for *_, count in weights))
        found.append((sum(whole for whole, *_ in weights), per_letter >= weigher.least_likely))
    best, plausible = max(found)
    return Likelihood(best, plausible)


def foreign_words(sample: bytes, most: int) -> list[bytes]:
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


def known_names(text: str) -> int:
    """How many cells of the first lines are names that headers have, in letters outside ASCII."""
    cells = {cell.strip(" \"'*").casefold() for line in text.splitlines()[:10] for cell in re.split(r"[,;\t|]", line)}
    return sum(is_header_name(cell) for cell in cells if not cell.isascii())
