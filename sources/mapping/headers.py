"""Names of columns: taken apart, and how much one looks like another.

A name is compared by its words, not by its letters alone: case, punctuation, units in brackets, words such as "your"
and the decoration that all columns of one file share (``crm_``, ``_v2``) do not count, and short forms count as what
they are short for. Short forms are recognised by how people shorten: the first letters of words (``CustNam``), words
without their vowels (``cstmrnm``), initials.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sources.mapping.tables import abbreviations, passing_chinese, passing_endings, passing_words, simplified
from sources.mapping.tables import words as listed

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"), None)
_BRACKETS = re.compile(r"[(\[{<（【〔［「]([^()\[\]{}<>（）【】〔〕［］「」]*)[)\]}>）】〕］」]")
_CAMEL = re.compile(r"(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_VERSION = re.compile(r"^v\d{1,2}$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_VOWELS = frozenset("aeiouy")

#: A word in front of or behind this share of the names of a file is its decoration.
_SHARED = 0.6
_FEWEST = 3

#: The number of a question in front of a name.
QUESTION = re.compile(
    r"^\s*[(（\[]?(?:第?(\d{1,3})题?\s*[、.．:：)）\]_]+|[Qq](\d{1,3})[\s、.．:：)）\]_-]+)\s*(?=[^\W\d_])"
)
#: The number of one of several, with or without its English ending.
_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)(?:\s?(?:st|nd|rd|th)\b)?")
#: A sign of a number in front of a name or behind it, without a number.
_NUMBER_SIGN = re.compile(r"^\s*#(?!\s*\d)|#\s*[)）\]]?\s*$")
#: What has no number comes before all that has one.
_NO_NUMBER = 0
_ORDINALS = {"primary": _NO_NUMBER, "main": _NO_NUMBER, "secondary": 2, "alternate": 2, "alternative": 2, "tertiary": 3}

#: A longer text is a line of something else, not a name; comparing it letter by letter would take minutes.
_LONGEST = 200

#: How likely a short form with 1, 2, ... letters is one by intent, before the share of letters kept counts.
_BY_LETTERS_KEPT = (0.66, 0.72, 0.8, 0.86, 0.9)


@dataclass(frozen=True)
class Name:
    """A column's name, taken apart.

    Attributes:
        words: its words in lower case without accents; empty when it has no letter and no digit.
        core: the same without the decoration of its file and words of programs.
        bare: the same without words that say whose the value is.
        unit: what stood in brackets, in lower case.
        is_chinese: whether it has a Chinese character.
    """

    words: tuple[str, ...]
    core: tuple[str, ...]
    bare: tuple[str, ...]
    unit: str
    is_chinese: bool

    @property
    def plain(self) -> str:
        """Letters and digits in one."""
        return "".join(self.words)


def folded(text: str) -> str:
    """Text in lower case, full-width and accented letters plain, Chinese simplified."""
    spread = unicodedata.normalize("NFKD", text.translate(_INVISIBLE))
    letters = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return simplified(unicodedata.normalize("NFKC", letters).casefold())


def _split(name: str) -> tuple[list[str], str]:
    """The words of a name and what stands in its brackets; brackets count as words when there is nothing else.

    A text too long for a name has neither, so it is like no other.
    """
    if len(name) > _LONGEST:
        return [], ""
    text = unicodedata.normalize("NFKC", name.translate(_INVISIBLE))
    units = [found.group(1) for found in _BRACKETS.finditer(text)]
    outside = _BRACKETS.sub(" ", text)
    if not any(letter.isalnum() for letter in outside):
        outside, units = text, []
    outside = re.sub(r"[‘’'`´]", "", outside)
    words: list[str] = []
    for part in re.split(r"[\W_]+", outside):
        for piece in _CAMEL.split(part):
            low = folded(piece)
            if _VERSION.match(low):
                words.append(low)
                continue
            behind = re.match(r"^(.*[^\W\d_])(v\d{1,2})$", low)
            runs = [*_WORDS.findall(behind.group(1)), behind.group(2)] if behind else _WORDS.findall(low)
            for run in runs:
                words += _by_script(run)
    return words, " ".join(folded(unit).strip() for unit in units)


def _by_script(run: str) -> list[str]:
    """Chinese and other letters apart: ``公司email`` is two words."""
    return [part for part in re.split(r"([\u3400-\u9fff]+)", run) if part]


def _without(words: Sequence[str], left_out: frozenset[str]) -> tuple[str, ...]:
    """The words that are not left out, unless none would remain."""
    return tuple(word for word in words if word not in left_out and not _VERSION.match(word)) or tuple(words)


def without_question_numbers(headers: Sequence[str]) -> list[str]:
    """Names without the number of their question (``3、邮箱``, ``Q3_Email``).

    What stands in front of a name may also number people or addresses, so it is taken for a question's only where
    several columns have one and none has that of another, or a mark that nothing else is written with.
    """
    asked = [QUESTION.match(header) for header in headers]
    numbers = [found.group(1) or found.group(2) for found in asked if found]
    is_list = len(numbers) > 1 and len(set(numbers)) == len(numbers)
    return [
        header[found.end() :] if found and (is_list or "、" in found.group()) else header
        for header, found in zip(headers, asked, strict=True)
    ]


def named(name: str) -> Name:
    """A name by itself."""
    return _named(name, (), ())


@lru_cache(maxsize=50_000)
def _named(name: str, front: tuple[str, ...], back: tuple[str, ...]) -> Name:
    words, unit = _split(name)
    core = tuple(words)
    if front and core[: len(front)] == front and len(core) > len(front):
        core = core[len(front) :]
    if back and core[-len(back) :] == back and len(core) > len(back):
        core = core[: -len(back)]
    core = _without(core, listed("technical"))
    is_chinese = any(_HAN.search(word) for word in words)
    return Name(tuple(words), core, _without(core, passing_words()), unit, is_chinese)


def names_of(headers: Sequence[str]) -> list[Name]:
    """The names of one file's columns, without the decoration that most of them share in front or behind."""
    split = [_split(header)[0] for header in headers]
    front = _shared([words[::1] for words in split])
    rest = [words[len(front) :] if tuple(words[: len(front)]) == front else words for words in split]
    back = tuple(reversed(_shared([words[::-1] for words in rest])))
    return [_named(header, front, back) for header in headers]


def _shared(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The longest beginning that most of the lists share, always leaving each a word."""
    shared: tuple[str, ...] = ()
    while True:
        counts: dict[str, int] = {}
        for words in lists:
            if len(words) > len(shared) + 1 and tuple(words[: len(shared)]) == shared:
                word = words[len(shared)]
                counts[word] = counts.get(word, 0) + 1
        word, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if count < max(_FEWEST, _SHARED * len(lists)):
            return shared
        shared += (word,)


def number_of(header: str) -> int:
    """Which of several a name means, by its one number or a word such as secondary; 0 where it does not say."""
    found = _NUMBER.findall(header)
    if found:
        return int(found[0]) if len(found) == 1 else _NO_NUMBER
    return next((_ORDINALS[word] for word in named(header).words if word in _ORDINALS), _NO_NUMBER)


def without_number(header: str) -> str:
    """A name without its number, unless it has several."""
    return _NUMBER.sub("", header) if len(_NUMBER.findall(header)) == 1 else header


def without_ordinal(header: str) -> str:
    """A name without words such as primary and secondary."""
    return " ".join(word for word in named(header).words if word not in _ORDINALS)


def is_mobile(header: str) -> bool:
    """Whether a name says that the telephone is carried about: those are answered by the one person."""
    return _says(named(header), "mobiles")


def says_how_long(name: Name) -> bool:
    """Whether a name says in brackets that it is about how long something lasts: ``Time (h)``, ``时间（分钟）``."""
    return name.unit.removeprefix("in ").strip(". ") in listed("units_of_time")


def is_another_persons(name: Name) -> bool:
    """Whether a name says that the value is that of a referrer, a seller or someone else beside the lead."""
    first = _expanded(name.words)[:1]
    return bool(set(first) & listed("another_person_in_front")) or _says(name, "another_person")


def is_refusal(name: Name, *, holds_yes_or_no: bool = False) -> bool:
    """Whether yes, or a day, means no in a column of this name: unsubscribed, opt out, opted out at.

    Args:
        name: of the column.
        holds_yes_or_no: whether it holds words such as yes and no; else the name may say that it counts refusals
            (Number of unsubscribes), and 1 is no yes.
    """
    if " ".join(name.words) in listed("refusals_alone"):
        return True
    withdrawn = _says(name, "withdrawals") and _says(name, "agreed_to")
    is_told = _ends_with(name, "told_of_consent") and not listed("pointing") & {*name.words[-2:-1]}
    if not (withdrawn or _says(name, "refusals")) or is_told:
        return False
    if (_says(name, "counts") and not holds_yes_or_no) or _ends_with(name, "refusals_of_something_else"):
        return False
    return not _says(named(_without_listed(name, "refusals")), "either_way")


def names_what_is_refused(header: str) -> bool:
    """Whether the values of a column of refusals are what was refused, as its name says: Unsubscribed from."""
    return named(header).plain.endswith(tuple(word.replace(" ", "") for word in listed("refused_in_front_of")))


def is_of_a_subscription(header: str) -> bool:
    """Whether a column of states tells of a subscription to what is sent, which ends by being cancelled."""
    return named(header).plain in {word.replace(" ", "") for word in listed("subscriptions")}


def has_number_sign(header: str) -> bool:
    """Whether a name says by # that its values are counted: # unsubscribes, Unsubscribes (#); no numbered question."""
    return bool(_NUMBER_SIGN.search(header))


def is_permission(name: Name, *, holds_yes_or_no: bool = False) -> bool:
    """Whether a column of this name says if someone agreed to be written to.

    Args:
        name: of the column.
        holds_yes_or_no: whether it holds next to nothing else; then a name such as Marketing says so as well.
    """
    if holds_yes_or_no and listed("permissions_of_yes_or_no") & {" ".join(name.words), " ".join(name.core)}:
        return True
    return (
        _says(name, "permissions")
        and not _says(name, "agreed_to_otherwise")
        and not _ends_with(name, "told_of_consent")
        and not _ends_with(name, "days_of_consent")
    )


def is_negated_consent(name: Name) -> bool:
    """Whether a name denies a consent in a way that leaves open what yes means: Consent not required."""
    return _says(name, "negations") and _says(name, "agreed_to")


def is_state(name: Name) -> bool:
    """Whether a column of this name tells of somebody's state, in which one may have been left alone: Email status."""
    return _ends_with(name, "states")


def _ends_with(name: Name, about: str) -> bool:
    """Whether a name ends with a word of a list."""
    return any(
        name.plain.endswith(word) if not word.isascii() else name.words[-1:] == (word,) for word in listed(about)
    )


@lru_cache(maxsize=50_000)
def _says(name: Name, about: str) -> bool:
    """Whether some words of a list stand in a name, one behind the other, as they are or written out."""
    spoken = f" {' '.join(name.words)} | {' '.join(_expanded(name.words))} "
    return any(f" {word} " in spoken if word.isascii() else word in name.plain for word in listed(about))


def _without_listed(name: Name, about: str) -> str:
    """The words of a name without those of a list."""
    text = f" {' '.join(name.words)} "
    for word in sorted(listed(about), key=len, reverse=True):
        text = text.replace(f" {word} " if word.isascii() else word, " ")
    return text


# --- how much one name looks like another --------------------------------------------------------------------


def similarity(one: Name, other: Name) -> float:
    """How much two names look like one, from 0 to 1; the same whichever comes first."""
    return _similarity(*sorted((one, other), key=lambda name: (name.words, name.core, name.unit)), "both")


def likeness(name: Name, known: Name, *, short: bool = True) -> float:
    """How much a column's name looks like one in a table, from 0 to 1.

    Args:
        name: of a column; it may be a short form of the known one unless `short` is false.
        known: in a table; never a short form.
        short: whether a short form counts as alike.
    """
    return _similarity(name, known, "first" if short else "none")


@lru_cache(maxsize=200_000)
def _similarity(one: Name, other: Name, short: str) -> float:
    if not one.words or not other.words:
        return 0.0
    if one.plain == other.plain:
        return 1.0
    numbered = 1.0 if _digits(one) == _digits(other) else 0.85  # a second phone is not the phone
    if one.is_chinese or other.is_chinese:
        return numbered * _chinese(one, other)
    # decoration that one side shows as words may be part of one word on the other, so both readings are tried
    best = _alike(one.core, other.core, short)
    if one.words != one.core or other.words != other.core:
        best = 0.98 * max(best, *[_alike(a, b, short) for a, b in _readings(one, other)])
    bare = _expanded(one.bare)
    if best < 0.93 and "".join(bare) == "".join(_expanded(other.bare)):
        best = max(best, 0.7 if "".join(bare) in listed("generic") else 0.93)
    return numbered * best


def _digits(name: Name) -> str:
    return "".join(word for word in name.words if word.isdigit())


def _readings(one: Name, other: Name) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(one.words, other.words), (one.words, other.core), (one.core, other.words)} - {(one.core, other.core)}


def _alike(one: tuple[str, ...], other: tuple[str, ...], short: str) -> float:
    if "".join(one) == "".join(other):
        return 1.0
    expanded, other_expanded = _expanded(one), _expanded(other)
    if sorted(expanded) == sorted(other_expanded) or "".join(expanded) == "".join(other_expanded):
        return 0.96
    return max(
        _by_words(expanded, other_expanded),
        _as_short_form(one, other) if short != "none" else 0.0,
        _as_short_form(other, one) if short == "both" else 0.0,
        0.0 if set(one) < set(other) or set(other) < set(one) else _by_letters("".join(one), "".join(other)),
    )


@lru_cache(maxsize=50_000)
def _expanded(words: tuple[str, ...]) -> tuple[str, ...]:
    """Short forms written out."""
    out: list[str] = []
    for word in words:
        out += abbreviations().get(word, word).split()
    return tuple(out)


def _by_words(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Words in common, each once; the last word says what a thing is and counts more than those before it."""
    pairs = sorted(
        (-likeness, abs(i / len(one) - j / len(other)), i, j)
        for i, a in enumerate(one)
        for j, b in enumerate(other)
        if (likeness := _word(a, b))
    )
    if not pairs:
        return 0.0
    weights, other_weights = _weights(one), _weights(other)
    found = 0.0
    left, right = set(range(len(one))), set(range(len(other)))
    for minus, _, i, j in pairs:
        if i in left and j in right:
            left.discard(i)
            right.discard(j)
            found += -minus * (weights[i] + other_weights[j])
    return 0.92 * found / (sum(weights) + sum(other_weights))


@lru_cache(maxsize=50_000)
def _weights(words: tuple[str, ...]) -> tuple[float, ...]:
    last = len(words) - 1
    return tuple(
        0.35 if word.isdigit() or len(word) == 1 else 1.5 if at == last else 1.0 for at, word in enumerate(words)
    )


@lru_cache(maxsize=100_000)
def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one.isdigit() or other.isdigit():
        return 0.0
    if one.rstrip("s") == other.rstrip("s") and min(len(one), len(other)) > 3:
        return 0.97
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short):
        return 0.8 + 0.15 * len(short) / len(long)
    if len(short) >= 3 and _skeleton(short) == _skeleton(long) and short[0] == long[0]:
        return 0.85
    if len(short) < 4 or _letters_apart(one, other) > 0.25 * len(long):
        return 0.0
    share = 1 - _distance(one, other) / len(long)
    return share if share >= 0.75 else 0.0


@lru_cache(maxsize=50_000)
def _skeleton(word: str) -> str:
    return "".join(letter for letter in word if letter not in _VOWELS)


def _by_letters(one: str, other: str) -> float:
    """Names written with slips; worth less the shorter they are."""
    short, long = sorted((len(one), len(other)))
    if short < 4 or 0.6 * long >= short or _letters_apart(one, other) >= 0.4 * long:
        return 0.0
    if 3 * len(_pairs(one) & _pairs(other)) < long:  # each slip breaks two neighbours at most
        return 0.0
    share = 1 - _distance(one, other) / long
    return max(0.0, share - 0.6 / short) if share > 0.6 else 0.0


def _letters_apart(one: str, other: str) -> int:
    """Letters that one has and the other lacks, each counted once: never more than the distance, and quick."""
    a, b = _letter_set(one), _letter_set(other)
    return max((a & ~b).bit_count(), (b & ~a).bit_count())


@lru_cache(maxsize=50_000)
def _letter_set(text: str) -> int:
    """A bit for each letter and digit in a text."""
    found = 0
    for letter in text:
        found |= 1 << (ord(letter) & 63)
    return found


@lru_cache(maxsize=200_000)
def _distance(one: str, other: str) -> int:
    """Letters to insert, remove, replace or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]


def _as_short_form(short: tuple[str, ...], long: tuple[str, ...]) -> float:
    """How likely `short` is a short form of `long`; grows with the letters that were kept."""
    small, full = "".join(short), "".join(long)
    if len(small) >= len(full) or _letter_set(small) & ~_letter_set(full):
        return 0.0
    if small == _skeleton(full):  # all vowels left out
        return 1 - 0.55 / (len(small) + 0.6)
    share = _kept_share(small, long)
    if not share:
        return 0.0
    base = _BY_LETTERS_KEPT[min(len(small), len(_BY_LETTERS_KEPT)) - 1]
    if len(short) > 1 and len(short) == len(long):  # the words of the short form are known apart
        share += 0.25 * (1 - share)
    return base + (1 - base) * 0.5 * share


@lru_cache(maxsize=200_000)
def _kept_share(small: str, words: tuple[str, ...]) -> float:
    """`small` as pieces of words, in order, each beginning as its word does.

    A piece is the beginning of a word, or its first letter and some of its consonants in order. Every word has a
    piece, but that words said in passing may be left out.

    Returns:
        Mean share of letters kept in the words; 0 when it is no such thing.
    """
    best = {0: (0.0, 0)}
    for word in words:
        reached: dict[int, tuple[float, int]] = {}
        for at, (share, count) in best.items():
            options = [(at, share, count)] if len(words) > 1 and word in passing_words() else []
            for length in range(1, min(len(word), len(small) - at) + 1):
                piece = small[at : at + length]
                if word.startswith(piece):
                    options.append((at + length, share + length / len(word), count + 1))
                elif length > 1 and _is_bones(piece, word):
                    options.append((at + length, share + 0.9 * length / len(word), count + 1))
            for end, total, pieces in options:
                if end not in reached or total > reached[end][0]:
                    reached[end] = (total, pieces)
        best = reached
    share, count = best.get(len(small), (0.0, 0))
    return share / count if count else 0.0


def _is_bones(piece: str, word: str) -> bool:
    """Whether a piece is the first letter of a word and consonants of it, in order."""
    if piece[0] != word[0] and piece[0] != _skeleton(word)[:1]:
        return False
    rest = iter(word[word.index(piece[0]) + 1 :])
    return all(letter not in "aeiou" and letter in rest for letter in piece[1:])


def _chinese(one: Name, other: Name) -> float:
    """Chinese names: what a thing is stands at the end, whose it is in front."""
    a, b = _core("".join(one.core)), _core("".join(other.core))
    if a == b:
        return 0.6 if a in listed("generic") else 0.95
    short, long = sorted((a, b), key=len)
    if len(short) >= 2 and long.endswith(short):
        return 0.6 + 0.3 * len(short) / len(long)
    if len(short) >= 2 and long.startswith(short):
        return 0.45 + 0.3 * len(short) / len(long)
    if len(short) >= 3 and short in long:
        return 0.4 + 0.3 * len(short) / len(long)
    pairs, other_pairs = _pairs(a), _pairs(b)
    common = len(pairs & other_pairs)
    return 0.8 * 2 * common / (len(pairs) + len(other_pairs)) if common else 0.0


@lru_cache(maxsize=50_000)
def _pairs(text: str) -> frozenset[str]:
    """Every two neighbouring letters."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


@lru_cache(maxsize=50_000)
def _core(text: str) -> str:
    """A Chinese name without the words said in passing, unless nothing would be left."""
    changed = True
    while changed:
        changed = False
        for word in passing_chinese():
            if text.startswith(word) and len(text) - len(word) >= 2:
                text, changed = text[len(word) :], True
        for word in passing_endings():
            if text.endswith(word) and len(text) - len(word) >= 2:
                text, changed = text[: -len(word)], True
    return text
