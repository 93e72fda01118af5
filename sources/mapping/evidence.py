"""What the values of a column say about its meaning, whatever the column is called.

Each kind of value is told by its form or by a list of words; a column's profile is the share of its distinct values
that each kind could be. One value may be of several kinds: ``20240131`` is a date and a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sources.mapping.headers import folded
from sources.mapping.tables import country_names, letters, simplified, words
from sources.mapping.zones import OFFSETS, SHARED
from sources.telephone_cells import bare_number

#: Distinct values looked at in a column; the first ones, so that a longer file says the same.
MOST_VALUES = 200
#: Longer values are looked at no further than this.
LONGEST = 2_000

EMAIL = re.compile(r"^(?:mailto:)?(?:[^<>@]*<)?[^\s@<>;,]+@[^\s@<>;,]+\.[^\s@<>;,.]{2,}>?$", re.I)
_EMAIL_INSIDE = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}", re.I)
_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.I)
_PATH = re.compile(r"^/[\w\-./%?=&#]*$")
_DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:[a-z]{2,14}|xn--[a-z0-9]+)/?$", re.I)
_NUMBER = re.compile(
    r"^[-+(]?\s*(?:[$€£¥]|[A-Z]{3}\s)?\s*\d{1,3}(?:(?:[ ,.'’\u00a0]\d{3})+|\d*)(?:[.,]\d+)?\s*(?:[$€£¥%]|[A-Z]{3})?\)?$"
)
_MONEY = re.compile(
    r"\d[.,][-–—]|[$€£¥]|\b(?:USD|EUR|GBP|CNY|RMB|CHF|JPY)\b|[千万亿元]|\d\s*(?:k|m|mio|mrd|bn)\b", re.I
)
_MONEY_TEXT = re.compile(
    r"^(?:(?:[$€£¥]|USD|EUR|GBP|CNY|RMB|CHF|约|大约|<|>|~|ca\.?|über|over|under)\s*)*[\d.,'\s]+(?:[-–—]{1,2})?\s*"
    r"(?:k|m|mio\.?|mrd\.?|bn|million|billion|[万亿千百]*(?:元|人民币|美元|美金|欧元)?|[$€£]|USD|EUR|GBP|CNY|RMB|CHF)?\s*"
    r"(?:[-–~至到]\s*(?:[$€£¥]\s*)?[\d.,'\s]+\s*(?:k|m|[万亿千百]*元?|[$€£])?)?(?:以上|以下|\+)?$",
    re.I,
)
_RANGE = re.compile(
    r"^(?:[<>~≥≤]\s*)?[\d.,]+\s*(?:k|人)?\s*(?:(?:[-–—~至到]|to|bis|a)\s*[\d.,]+\s*k?|\+)?\s*"
    r"(?:人|名|employees|people|mitarbeiter|employés|empleados)?\s*(?:以上|以下|\+|or more)?$",
    re.I,
)
#: Words between a day and its time, halves of a day in front of it, and times as people write them.
_AT = r"(?:at|um|[aà]s|[aà]|a las?|om|kl\.?|alle(?: ore)?|ore)"
_HALF_OF_DAY = r"(?:上午|下午|午前|午後|凌晨|早上|中午|晚上|오전|오후)"
_HALF_BEHIND = r"(?:[ap]\.?\s?m\.?|uhr|h)"
_HOURS = rf"(?:\d{{1,2}}[:.h]\d{{2}}(?:[:.]\d{{2}}(?:[.,]\d+)?)?\s*{_HALF_BEHIND}?|\d{{1,2}}\s?{_HALF_BEHIND})"
_BETWEEN = rf"(?:[T, ]+|,? - |,? {_AT} )"
_CLOCK_BEHIND = rf"(?:{_BETWEEN}(?:{_HALF_OF_DAY}\s*)?{_HOURS})?"
#: Of words with so many letters in a date these are of its time.
_WORDS_OF_CLOCK = frozenset({"uhr", "las", "alle", "ore"})
_FROM_UTC = r"\(?(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d{2})?\)?"
_NAME_OF_ZONE = r"[a-z]+(?:/[a-z_-]+)+"
_ZONE_BEHIND = rf"\s*(?:Z|[+-]\d{{2}}:?\d{{2}}|{_FROM_UTC}|\(?(?:{'|'.join((*OFFSETS, *SHARED, _NAME_OF_ZONE))})\)?)?$"
_DATES = (
    re.compile(r"^\d{4}(?:[-/]|\. ?)\d{1,2}(?:[-/]|\. ?)\d{1,2}\.?" + _CLOCK_BEHIND + _ZONE_BEHIND, re.I),
    re.compile(r"^\d{1,2}(?:[-/]|\. ?)\d{1,2}(?:[-/]|\. ?)(?:\d{4}|\d{2})" + _CLOCK_BEHIND + _ZONE_BEHIND, re.I),
    re.compile(
        r"^\d{4}[年년]\s?\d{1,2}[月월](?:\s?\d{1,2}[日号號일]?)?"
        rf"(?:\s*{_HALF_OF_DAY}?\s*\d{{1,2}}\s?[:点點时時시]\s?\d{{0,2}}.*)?$"
    ),
    re.compile(
        r"^\d{1,2}(?:er|[oºª])?[-. ]+(?:de )?[^\W\d_]{3,10}\.?(?: del? |[-, ]+)\d{2,4}"
        rf"(?:{_BETWEEN}{_HOURS}.*)?$",
        re.I,
    ),
    re.compile(
        r"^(?:[^\W\d_]{3,10}\.?,?\s+)?[^\W\d_]{3,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}(?:[ ,]+\d{1,2}:\d{2}.*)?$"
    ),
    re.compile(r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?$"),
)
_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?E\+?\d{1,2}$", re.I)
_EPOCH = re.compile(r"^1[0-9]{9}(?:\d{3}|\d{6})?(?:\.\d+)?$")
#: Days from 1954 to 2064 as a spreadsheet counts them.
_SERIAL = re.compile(r"^[2-6]\d{4}(?:\.\d+)?$")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_PERIOD = re.compile(
    r"^(?:(?:19|20)\d{2}[-/ ]?(?:Q[1-4]|H[12]|(?:0?[1-9]|1[0-2]))|Q[1-4][-/ ]?(?:19|20)\d{2}"
    r"|(?:19|20)\d{2}年?(?:第?[一二三四1-4]季度|\d{1,2}月)?)$",
    re.I,
)
_PHONE_SIGNS = re.compile(r"^(?:tel|phone|mobile|电话|手机|t|m|p)?[.:：]?\s*[+(]?[\d][\d\s().\-–/·+]*$", re.I)
#: Numbers, with words and further ones, in so many characters; what is longer is prose.
_LONGEST_PHONE = 80
_MOBILE_CN = re.compile(r"^(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}$")
_UUID = re.compile(r"^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$", re.I)
_COOKIE = re.compile(r"^(?:GA\d\.\d\.|fb\.\d\.)?\d{6,}\.\d{9,}$|^(?=.*\d)(?=.*[a-f])[0-9a-f]{16,64}$", re.I)
_REFERENCE = re.compile(r"^(?=.*\d)[A-Z0-9]{1,8}(?:[-_/#.]?[A-Z0-9]{1,12}){0,4}$", re.I)
_POSTCODE = re.compile(
    r"^(?:\d{4,6}|\d{5}-\d{4}|[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}|\d{4}-\d{3}|\d{2}-\d{3}|"
    r"\d{3}-\d{4}|(?:D|A|CH|F|B|L|I|NL)-\d{4,5}|\d{5}-\d{3}|\d{3}\s\d{2})$",
    re.I,
)
_STREET = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|suite|floor|box|rue|calle|via|viale|av|platz|plaza|weg|"
    r"laan|straat|rua|avenida|ul|place|square|highway|parkway|circle)\b|(?:str\.|straße|strasse|gasse|allee|weg|platz|ring|straat)\s*\d|[路街道巷弄号楼室]",
    re.I,
)  # fmt: skip
_ADDRESS_ZH = re.compile(r"[省市区县].*(?:[路街道巷弄镇村]|\d+号)|[路街道巷弄]\d*.*\d+号?")
_IP = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")
_PERSON_HAN = re.compile(r"^[\u3400-\u9fff·]{2,5}$")
_HONORIFIC_ZH = re.compile(r"^[\u3400-\u9fff]{1,2}(?:先生|女士|小姐|老师|经理|总|工)$")
_NAME_WORD = re.compile(r"^(?:[^\W\d_][^\W\d_'’.\-]*(?:[-'’][^\W\d_]+)*|[^\W\d_]\.)$")
_TITLES_BEFORE = frozenset(
    ["mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "m", "sr", "sra", "dott", "ing", "dipl"]
)
_PARTICLES = frozenset(
    ["van", "von", "de", "der", "den", "di", "da", "la", "le", "du", "del", "bin", "al", "zu", "dos", "el", "ter"]
)
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_REGISTER = re.compile(
    r"^(?:HR[AB]\s?\d+|[A-Z]{2}\s?U?\d[\dA-Z\s.]{6,13}|\d{2}-\d{7}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|\d{15}|\d{8})$"
)

#: Kinds told by a list of words.
_LISTED = {
    "title": "titles",
    "department": "departments",
    "industry": "industries",
    "region": "regions",
    "city": "cities",
    "boolean": "yes_no",
    "language": "languages",
    "currency": "currencies",
    "medium": "media",
    "stage": "stages",
    "activity_type": "activity_types",
    "event_type": "event_types",
    "outcome": "outcomes",
}


@dataclass(frozen=True)
class Profile:
    """What was found in the values of one column.

    Attributes:
        values: distinct filled values in order of appearance, at most :data:`MOST_VALUES`.
        filled: filled cells in the sample.
        shares: share of the distinct values that could be of a kind, by kind; kinds without a value are left out.
        shapes: share of the distinct values by shape (``Aa9`` for runs of capitals, small letters and digits).
        mean_length: of the distinct values, in characters.
        yes_or_no: share of the filled cells that say yes or no, however few distinct values there are.
    """

    values: tuple[str, ...]
    filled: int
    shares: dict[str, float] = field(default_factory=dict)
    shapes: dict[str, float] = field(default_factory=dict)
    mean_length: float = 0.0
    yes_or_no: float = 0.0

    def share(self, kind: str) -> float:
        """Share of the values that could be of a kind; 0 where there are no values."""
        return self.shares.get(kind, 0.0)

    @property
    def distinct_share(self) -> float:
        """Share of the filled cells that no other repeats, as far as values were looked at; 0 without values."""
        return min(1.0, len(self.values) / min(self.filled, MOST_VALUES)) if self.filled else 0.0


def profile(cells: Iterable[str | None]) -> Profile:
    """The profile of a column.

    Args:
        cells: the column's cells from the top, missing ones as None or blank.
    """
    filled, seen = 0, Counter[str]()
    for cell in cells:
        text = (cell or "").strip()
        if text and text.casefold() not in {"null", "none", "n/a", "nan", "-", "\\n", "#n/a"}:
            filled += 1
            if len(seen) < MOST_VALUES or text[:LONGEST] in seen:
                seen[text[:LONGEST]] += 1
    values = tuple(seen)
    if not values:
        return Profile((), 0)
    kinds = Counter(kind for value in values for kind in kinds_of(value))
    shapes = Counter(shape_of(value) for value in values)
    count = len(values)
    return Profile(
        values,
        filled,
        {kind: kinds[kind] / count for kind in sorted(kinds)},
        {shape: shapes[shape] / count for shape in sorted(shapes)},
        sum(map(len, values)) / count,
        sum(seen[value] for value in values if "boolean" in kinds_of(value)) / filled,
    )


@lru_cache(maxsize=50_000)
def kinds_of(value: str) -> frozenset[str]:
    """Every kind that a value could be."""
    text = unicodedata.normalize("NFKC", value).strip()
    low = folded(text)
    found = {kind for kind, listed in _LISTED.items() if low in words(listed) or text.casefold() in words(listed)}
    if EMAIL.match(text) or _EMAIL_INSIDE.fullmatch(text.strip("<>;,. ")):
        return frozenset(found | {"email"})
    if _URL.match(text):
        return frozenset(found | {"url"})
    found |= _numeric_kinds(text)
    if _DOMAIN.match(text) and not found & {"number", "date"}:
        found.add("domain")
    if _PATH.match(text):
        found.add("path")
    if text.casefold() in country_names() or low in country_names():
        found.add("country")
    if _UUID.match(text):
        found.add("uuid")
    if _COOKIE.match(text):
        found.add("cookie")
    if _REFERENCE.match(text):
        found.add("reference")
    if _POSTCODE.match(text):
        found.add("postcode")
    if is_social_credit_code(text.upper()):
        found.add("company_code")
    elif _REGISTER.match(text):
        found.add("register_number")
    if text[:1] in "{[" and text[-1:] in "}]":
        found.add("json")
    if any(letter.isalpha() for letter in text) and not found & {"date", "uuid", "json", "number"}:
        found |= _wordy_kinds(text, low)
    return frozenset(found)


def _numeric_kinds(text: str) -> set[str]:
    found: set[str] = set()
    if any(pattern.match(text) for pattern in _DATES) and _can_be_date(text):
        found.add("date")
        if _CLOCK.search(text):
            found.add("clock")
    if _EPOCH.match(text):
        found.add("epoch")
    if _SERIAL.match(text):
        found.add("serial")
    if _PERIOD.match(text):
        found.add("period")
    if _IP.match(text):
        found.add("ip")
    digits = sum(letter.isdigit() for letter in text)
    if not digits:
        return found
    if _SCIENTIFIC.match(text):
        found.add("scientific")
    if _NUMBER.match(text) and "date" not in found - {"date"} and not _IP.match(text):
        found.add("number")
        if text.lstrip("+-").isdigit():
            found.add("integer")
    if _MONEY.search(text) and _MONEY_TEXT.match(text):
        found.add("money")
    if _RANGE.match(text) and not text.isdigit() and ("date" not in found):
        found.add("range")
    if digits >= 7 and len(text) <= _LONGEST_PHONE and not found & {"date", "ip"}:
        found |= _phone_kinds(text, is_money="money" in found)
    return found


def _phone_kinds(text: str, *, is_money: bool) -> set[str]:
    """What the first telephone number of a text looks like, if it holds any."""
    if is_money or re.match(r"^[-+]?\d+[.,]\d{1,6}$", text):
        return set()
    number, found = bare_number(text), set[str]()
    if not 7 <= sum(map(str.isdigit, number)) <= 17 or not _PHONE_SIGNS.match(number):
        return set()
    found.add("phone_like")
    local = number.startswith(("+", "00", "0", "(")) or bool(_MOBILE_CN.match(number))
    grouped = len(re.findall(r"\d+", number)) >= 2 and not re.match(r"^\d{1,3}(?:[ ,.']\d{3})+$", number)
    if local or grouped:
        found.add("phone")
    if _MOBILE_CN.match(number):
        found.add("mobile_cn")
    return found


def _can_be_date(text: str) -> bool:
    """Whether the numbers of a date can be a day and a month; words in it must be months or weekdays."""
    numbers = [int(number) for number in re.findall(r"\d+", text)[:3]]
    without_zone = re.sub(rf"\s\(?{_NAME_OF_ZONE}\)?$", "", text, flags=re.I)
    names = [name for name in re.findall(r"[^\W\d_]{3,}", without_zone) if name.upper() not in {*OFFSETS, *SHARED}]
    names = [name for name in names if name.casefold() not in _WORDS_OF_CLOCK]
    if names and not any(folded(name)[:3] in words("months") for name in names) and not re.search(r"[年月日]", text):
        return False
    small = [number for number in numbers if number <= 31]
    return len(small) >= 1 or bool(re.match(r"^\d{8}(?:\d{6})?$", text)) or "年" in text


def _wordy_kinds(text: str, low: str) -> set[str]:
    found: set[str] = set()
    parts = re.split(r"[\s,;/&.()-]+", low)
    if (len(parts) > 1 and set(parts) & words("legal_forms")) or any(form in text for form in _forms_zh()):
        found.add("company")
    simple = simplified(text)
    if re.search(r"[\u3400-\u9fff]", text):
        if any(simple.endswith(title) for title in words("titles")) and len(simple) <= 12:
            found.add("title")
        if simple.rstrip("省市区") in words("regions") or simple.removesuffix("自治区") in words("regions"):
            found.add("region")
        if simple.removesuffix("市") in words("cities"):
            found.add("city")
        if simple.endswith(("部", "科", "处", "室")) and len(simple) <= 8:
            found.add("department")
        if _ADDRESS_ZH.search(simple) and len(simple) >= 6:
            found.add("address")
        if simple.endswith(("业", "行业")) and len(simple) <= 8:
            found.add("industry")
        if not found & {"company", "title", "region", "city", "address", "industry", "department"} and _is_person_zh(
            simple
        ):
            found.add("person_zh")
    else:
        if any(part in words("titles") for part in parts) and len(parts) <= 6:
            found.add("title")
        if _STREET.search(text) and any(letter.isdigit() for letter in text):
            found.add("address")
        found |= _western_name(text, found)
    if len(text) >= 40 and (text.count(" ") >= 5 or re.search(r"[\u3400-\u9fff]{10}", text)):
        found.add("prose")
    elif len(text) >= 12 and (text.count(" ") >= 3 or re.search(r"[,。?!,?!]", text)):
        found.add("phrase")
    return found


def _western_name(text: str, found: set[str]) -> set[str]:
    tokens = [token for token in re.split(r"[\s,]+", text) if token]
    while tokens and folded(tokens[0]).rstrip(".") in _TITLES_BEFORE:
        tokens = tokens[1:]
    if not tokens or len(tokens) > 5 or not all(_NAME_WORD.match(token) for token in tokens):
        return set()
    given = any(folded(token) in words("given_names") or token.casefold() in words("given_names") for token in tokens)
    big = [token for token in tokens if folded(token) not in _PARTICLES]
    if len(big) == 1:
        return {"word", "given_name"} if given else {"word"}
    if all(token[:1].isupper() or not token.isascii() for token in big) or given:
        return {"two_words", "person"} if given and "company" not in found else {"two_words"}
    return set()


def _is_person_zh(text: str) -> bool:
    if _HONORIFIC_ZH.match(text):
        return text[0] in letters("surnames")
    if not _PERSON_HAN.match(text):
        return False
    if "·" in text:
        return True
    return (len(text) <= 3 and text[0] in letters("surnames")) or (len(text) <= 4 and text[:2] in words("two_surnames"))


def _forms_zh() -> tuple[str, ...]:
    return tuple(form for form in words("legal_forms") if not form.isascii())


def is_social_credit_code(text: str) -> bool:
    """Whether a 统一社会信用代码 is whole: 18 characters, the last the check of the others (GB 32100-2015)."""
    if len(text) != 18 or any(letter not in _CODE_LETTERS for letter in text):
        return False
    total = sum(_CODE_LETTERS.index(letter) * weight for letter, weight in zip(text, _CODE_WEIGHTS, strict=False))
    return _CODE_LETTERS[(31 - total % 31) % 31] == text[17]


@lru_cache(maxsize=50_000)
def shape_of(value: str) -> str:
    """Runs of capitals, small letters, digits and Chinese characters as one sign each: ``Ab12-x`` is ``Aa9-a``."""
    signs: list[str] = []
    for letter in value[:40]:
        if letter.isdigit():
            sign = "9"
        elif "\u3400" <= letter <= "\u9fff":
            sign = "文"
        elif letter.isupper():
            sign = "A"
        elif letter.isalpha():
            sign = "a"
        else:
            sign = " " if letter.isspace() else letter
        if not signs or signs[-1] != sign:
            signs.append(sign)
    return "".join(signs[:12])


def as_number(text: str) -> float | None:
    """A plain number, decimals behind a point; None for anything else."""
    try:
        return float(text.replace(",", "")) if re.match(r"^[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?$", text) else None
    except ValueError:
        return None


def numbers_of(values: Sequence[str]) -> list[float]:
    """The plain numbers among values, sorted."""
    return sorted(number for value in values if (number := as_number(value)) is not None)
