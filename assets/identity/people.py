"""Names of people: folded, put into given and family name, and written in Latin letters for comparison."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.identity.folding import (
    HAN,
    HANGUL,
    KANA,
    changed,
    folded,
    latin_letters,
    or_null,
    pinyin_syllables,
    replaced,
)
from assets.identity.name_patterns import read_by_pattern
from assets.identity.plain_names import SPLIT, chinese_sound, plain_names, written_out
from assets.identity.words.lists import PersonWords, alternatives, person_words

_UNSPACED = re.compile(f"[{HAN}{HANGUL}{KANA}]")
_ONLY_HAN = re.compile(f"[{HAN}]+")
_ONLY_HANGUL = re.compile(f"[{HANGUL}]+")
#: Characters of the longest Chinese name that is no foreign name written by its sound.
_LONGEST_HAN = 5
#: A family name in capitals in front of a given name that is not.
_CAPITALS_FIRST = r"^\s*\p{Lu}[\p{Lu}'’-]{2,}\s+\p{Lu}\p{Ll}"
#: Initials without a space behind their points, as Arrow looks for them and as they are taken apart.
_HAS_INITIALS = r"(?:^\s*|, *)\p{L}\.\p{L}"
_INITIALS = re.compile(r"(^\s*|, *)((?:[^\W\d_]\.)+)(?=[^\W\d_])")
_BRACKETED_HAN = r"^[^\p{Han}]*\p{Latin}[^\p{Han}]*\(\p{Han}{2,4}\)\s*$"
_SHORT_PARTICLES = r"(\p{L}{2,},? )(?:v\. ?d\.|v/d\.?|vd\.?) (\p{L}{2,})"
#: A family name of one syllable that stands so far behind in the table is rarer than one of two that begins with it.
_RARE_FAMILY = 100
#: One to three Korean syllables in Latin letters.
_KOREAN = re.compile(
    r"(?:(?:kk|tt|pp|ss|jj|ch|sh|[kgndtrlmbpsjhcw])?"
    r"(?:yeo|yae|wae|yoo|you|eui|eo|eu|ae|oe|wa|wo|wi|ui|ya|ye|yo|yu|ee|oo|ou|a|e|i|o|u)"
    r"(?:ng|[nmkglptb])?){1,3}"
)
#: Ways of writing the same Korean sound.
_KOREAN_SOUNDS = (("yeo", "yu"), ("you", "yu"), ("eo", "u"), ("oo", "u"), ("ou", "u"), ("ee", "i"), ("eui", "i"),
                  ("ui", "i"), ("sh", "s"))  # fmt: skip
#: first name, last name, Latin letters, whether the family name was found to stand first
Split = tuple[str | None, str | None, str | None, bool | None]


@lru_cache(maxsize=8)
def _listed(told: frozenset[str]) -> frozenset[str]:
    """Every word that is no part of a name."""
    return frozenset(re.findall("[a-z]+", " ".join(told)))


def _keys(text: pa.ChunkedArray, words: PersonWords) -> pa.ChunkedArray:
    """Letters only, without titles, in the order given name, family name, of folded names."""
    suffixes = alternatives([*words.suffixes])
    text = replaced(text, r"\([^)]*\)|\"[^\"]*\"|“[^”]*”", " ")
    text = replaced(text, rf"(^|[\s,])(?:{alternatives([*words.pointed_titles])})\.\s*([^\s.])", r"\1\2")
    text = replaced(text, rf"^((?:{alternatives([*words.titles])})\.)([^\s.,-])", r"\1 \2")
    text = changed(
        text,
        pc.match_substring_regex(text, _HAS_INITIALS),
        lambda some: pa.array(map(_initials_apart, some.to_pylist()), pa.string()),
    )
    text = replaced(text, r"[.'’‘`´]", "")
    for _ in range(2):
        text = replaced(text, rf"[\s,]*,\s*(?:{suffixes})\s*$", "")
    text = replaced(text, r"^\s*([^,]+?)\s*,\s*([^,]+?)\s*$", r"\2 \1")
    text = replaced(text, r"[^\p{L}\p{N}\p{M} ]+", " ")
    text = pc.utf8_trim_whitespace(replaced(text, " {2,}", " "))
    text = _without_titles(text, words)
    text = replaced(text, rf"([^ ])(?: (?:{suffixes}))+$", r"\1")
    text = replaced(text, r"([\p{Han}])\s+([\p{Han}])", r"\1\2")
    text = replaced(text, rf"(.)(?:{alternatives([*words.unspaced_suffixes])})\s*$", r"\1")
    positions = alternatives([*words.korean_positions])
    text = replaced(text, rf"(\p{{Hangul}}{{2}} |\p{{Hangul}}{{3}})(?:{positions})\s*$", r"\1")
    return pc.utf8_trim_whitespace(text)


def _initials_apart(text: str) -> str:
    """R.M.Feldman as R. M. Feldman, and so behind a family name."""
    return _INITIALS.sub(lambda found: found[1] + found[2].replace(".", ". "), text)


def _without_titles(text: pa.ChunkedArray, words: PersonWords) -> pa.ChunkedArray:
    """Without titles in front, those with their faculties: "dr rer nat", "prof dr dr hc"."""
    titles, around = alternatives([*words.titles]), alternatives([*words.titles, *words.faculties])
    doubtful = alternatives([*words.doubtful_faculties])
    for _ in range(2):
        text = replaced(text, rf"^((?:{titles}) (?:(?:{around}) )*)(?:{doubtful}) ([^ ]+ [^ ])", r"\1\2")
    return replaced(text, rf"^(?:{titles})(?: |$)(?:(?:{around})(?: |$))*", "")


def person_names(names: pa.ChunkedArray, words: PersonWords | None = None) -> pa.Table:
    """Names of people as they are compared. Distinct values are best: each is taken apart once.

    The family name is known to stand first by script (Chinese, Korean, Japanese letters), by tables of family names
    (Chinese, Korean, Vietnamese, Japanese and Hungarian in Latin letters) or since it alone is in capitals; particles
    (van der, de la, al) belong to the family name. In Latin letters 王小明 is "wang xiaoming", and so are "Wang
    Xiao-Ming" and "Xiaoming WANG"; short forms stand as the name they are short for, so that "Bob Smith" and "Robert
    Smith" are the same there. The readings of Japanese given names cannot be told from their characters: such names
    have none.

    Args:
        names: as given.
        words: the word lists; the shipped ones.

    Returns:
        A row for each name: name_key (letters only, small, without marks and titles, in the order given name, family
        name: "Lovelace, Dr. Ada" becomes "ada lovelace", "王 小明 先生" "王小明"; null where nothing is left),
        first_name, last_name (of name_key, null where there is one word), name_latin (words in alphabetical order),
        is_family_first (null where nothing tells).
    """
    words = words or person_words()
    read = read_by_pattern(
        _written_out(folded(names), words),
        _listed(words.around),
        lambda text: pa.table({"name_key": _keys(text, words)}),
    )
    keys = or_null(read["name_key"]).combine_chunks()
    capitals = pc.fill_null(pc.match_substring_regex(names, _CAPITALS_FIRST), False).combine_chunks()
    plain = plain_names(keys, capitals, words)
    others = np.setdiff1d(np.arange(len(keys)), plain.places, assume_unique=True)
    splitter = _Splitter(words)
    nothing: Split = (None, None, None, None)
    looked_at = zip(keys.take(pa.array(others)).to_pylist(), capitals.take(pa.array(others)).to_pylist(), strict=True)
    split = [splitter.split(key, first) if key else nothing for key, first in looked_at]
    parts = list(zip(*split, strict=True)) or [()] * len(SPLIT)
    rest = pa.table([pa.array(part, kind) for part, kind in zip(parts, SPLIT.types, strict=True)], schema=SPLIT)
    order = np.argsort(np.concatenate([plain.places, others]))
    return pa.concat_tables([plain.split, rest]).take(pa.array(order)).add_column(0, "name_key", keys)


def _written_out(text: pa.ChunkedArray, words: PersonWords) -> pa.ChunkedArray:
    """Jan v.d. Berg as Jan van der Berg; a Chinese name in brackets stays where the other is of its family."""

    def unbracketed(name: str) -> str:
        latin, _, native = name.rpartition("(")
        native = native.rstrip(") ")
        families = (words.chinese_readings.get(part) or latin_letters(part) for part in (native[:1], native[:2]))
        return f"{latin}{native}" if not {*families}.isdisjoint(latin.split()) else name

    text = replaced(text, _SHORT_PARTICLES, r"\1van der \2")
    return changed(
        text,
        pc.match_substring_regex(text, _BRACKETED_HAN),
        lambda some: pa.array(map(unbracketed, some.to_pylist()), pa.string()),
    )


class _Splitter:
    """Takes folded names apart.

    Attributes:
        words: the word lists.
    """

    def __init__(self, words: PersonWords) -> None:
        self.words = words
        self._latin: dict[str, str] = {}
        self._chinese: dict[str, bool] = {}
        self._korean_ranks = {name: place for place, name in enumerate(words.korean_latin)}

    def split(self, key: str, has_capitals: bool) -> Split:
        """First name, last name, Latin letters and whether the family name stands first."""
        if not key.isascii() and _UNSPACED.search(key):
            return self._unspaced(key)
        parts = key.split(" ")
        if len(parts) == 1:
            return key, None, self._formal(self.latin(key)) or None, None
        latin = [self.latin(part) for part in parts]
        joined = self._joined(parts, latin)
        if joined:
            return joined
        family_first = self._family_first(latin)
        if family_first is None and has_capitals:
            family_first = True
        if family_first:
            return self._family_name_first(parts, latin)
        start = len(parts) - 1
        for place in range(1, len(parts) - 1):
            if parts[place] in self.words.particles:
                start = place
                break
        first, last = parts[0], " ".join(parts[start:])
        return first, last, self._sorted([self._formal(latin[0]), *latin[1:]]), family_first

    def _family_name_first(self, parts: list[str], latin: list[str]) -> Split:
        vietnamese = latin[0] in self.words.vietnamese and latin[0] not in self.words.hungarian
        # a Vietnamese given name stands last, what is between is the middle name
        first = parts[-1] if vietnamese else parts[1]
        return first, parts[0], self._sorted([latin[0], *map(self._formal, latin[1:])]), True

    def latin(self, word: str) -> str:
        """A word in Latin letters."""
        found = self._latin.get(word)
        if found is None:
            found = self._latin[word] = latin_letters(word)
        return found

    def _formal(self, word: str) -> str:
        return self.words.formal_names.get(word, word)

    def _sorted(self, latin: list[str]) -> str | None:
        # initials say too little to set two writings of a name apart
        kept = {written_out(word) for word in latin if len(word) > 1} or set(latin) - {""}
        return " ".join(sorted(kept)) or None

    def _is_chinese(self, word: str) -> bool:
        found = self._chinese.get(word)
        if found is None:
            found = self._chinese[word] = _is_pinyin(word)
        return found

    def _joined(self, parts: list[str], latin: list[str]) -> Split | None:
        """Chinese and Korean names in Latin letters, whose given name is one word in one writing and two in another."""
        if len(parts) > 4:
            return None
        parts, latin = self._with_compound(parts, latin)
        for names, ranks, is_given, sound in (
            ([chinese_sound(word) for word in latin], self.words.chinese, self._is_chinese, chinese_sound),
            (latin, self._korean_ranks, _is_korean, _korean_sound),
        ):
            front = names[0] in ranks and all(map(is_given, names[1:]))
            back = names[-1] in ranks and all(map(is_given, names[:-1]))
            if front and not back and any(word in self.words.formal_names for word in latin[1:]):
                front = False  # as in Lee Ann
            if not front and not back:
                continue
            if front and back:
                front = ranks[names[0]] <= ranks[names[-1]]
            family, given = (names[0], names[1:]) if front else (names[-1], names[:-1])
            read = sorted(
                (self.words.korean_latin[family] if ranks is self._korean_ranks else family, sound("".join(given)))
            )
            written = parts[1:] if front else parts[:-1]
            return "".join(written), parts[0] if front else parts[-1], " ".join(read), front
        return None

    def _with_compound(self, parts: list[str], latin: list[str]) -> tuple[list[str], list[str]]:
        """A family name of two syllables in one word, as in Ou Yang Nana."""
        ranks = self.words.chinese
        for at in (0, len(latin) - 2) if len(latin) > 2 else ():
            first, family = latin[at], latin[at] + latin[at + 1]
            if family in self.words.chinese_compound_latin and ranks.get(first, _RARE_FAMILY) >= _RARE_FAMILY:
                joined = parts[at] + parts[at + 1]
                return [*parts[:at], joined, *parts[at + 2 :]], [*latin[:at], family, *latin[at + 2 :]]
        return parts, latin

    def _family_first(self, latin: list[str]) -> bool | None:
        words = self.words
        first, last = latin[0], latin[-1]
        if first in words.hungarian_given and last in words.hungarian and last not in words.hungarian_given:
            return False
        if first in words.hungarian and last in words.hungarian_given:
            return True
        if first in words.japanese_latin or last in words.japanese_latin:
            return first in words.japanese_latin and last not in words.japanese_latin
        plainly = first in words.vietnamese_plain or any(word in words.vietnamese_middle for word in latin[1:-1])
        if first in words.vietnamese and plainly:
            return last not in words.vietnamese or words.vietnamese[first] <= words.vietnamese[last]
        if last in words.vietnamese_plain:
            return False
        if first in words.formal_names and last not in words.formal_names:
            return False
        return None

    def _unspaced(self, key: str) -> Split:
        parts = key.split(" ")
        # of a name in two scripts, the one that has more to say
        native = [part for part in parts if _UNSPACED.search(part)]
        if len(native) == 1 and (len(native[0]) > 1 or len(parts) == 1):
            name = native[0]
            if _ONLY_HAN.fullmatch(name):
                return self._han(name)
            if _ONLY_HANGUL.fullmatch(name):
                return self._hangul(name)
            return name, None, latin_letters(name) or None, None
        if len(native) == 2 and len(parts) == 2:
            family, given = parts
            if _ONLY_HAN.search(given):  # a Japanese given name, whose reading is its bearer's
                return given, family, None, True
            read = latin_letters(given)
            latin = self._family(family), _korean_sound(read) if _ONLY_HANGUL.fullmatch(given) else read
            return given, family, " ".join(sorted(latin)) if all(latin) else None, True
        if len(parts) == 1:
            return key, None, None, None
        return parts[0], parts[-1], self._sorted([self._formal(self.latin(part)) for part in parts]), None

    def _family(self, name: str) -> str:
        words = self.words
        for table in (words.japanese, words.korean, words.chinese_readings):
            if name in table:
                return table[name]
        return latin_letters(name)

    def _han(self, name: str) -> Split:
        words = self.words
        if len(name) == 1 or len(name) > _LONGEST_HAN:
            return name, None, latin_letters(name) or None, None
        for length in (3, 2):
            if len(name) > 3 and name[:length] in words.japanese:
                return name[length:], name[:length], None, True
        length = next((n for n in (4, 3, 2) if len(name) > n and name[:n] in words.chinese_compound), 1)
        if length == 1 and len(name) > 3:
            if len(name) > 4 or not words.chinese_characters.issuperset(name[:2]):
                return name, None, latin_letters(name) or None, None
            length = 2  # the names of both families
        family, given = name[:length], name[length:]
        read = words.chinese_readings.get(family) or latin_letters(family)
        return given, family, " ".join(sorted((chinese_sound(read), chinese_sound(latin_letters(given))))), True

    def _hangul(self, name: str) -> Split:
        words = self.words
        length = 2 if name[:2] in words.korean and len(name) > 2 else 1
        family, given = name[:length], name[length:]
        if not given or len(name) > _LONGEST_HAN or family not in words.korean:
            return name, None, latin_letters(name) or None, None
        return given, family, " ".join(sorted((words.korean[family], _korean_sound(latin_letters(given))))), True


@lru_cache(maxsize=100_000)
def _is_pinyin(word: str) -> bool:
    """Whether a word is one, two or three Chinese syllables."""
    known = pinyin_syllables()

    def read(rest: str, left: int) -> bool:
        if not rest:
            return True
        return left > 0 and any(
            rest[:length] in known and read(rest[length:], left - 1) for length in range(min(6, len(rest)), 0, -1)
        )

    return word.isalpha() and len(word) <= 18 and read(word, 3)


def _is_korean(word: str) -> bool:
    return _KOREAN.fullmatch(word) is not None


def _korean_sound(latin: str) -> str:
    for written, sound in _KOREAN_SOUNDS:
        latin = latin.replace(written, sound)
    return latin
