"""What the brackets in a column's name say of its numbers: a multiple such as 万元 or k€, and a currency."""

from __future__ import annotations

import re

from sources.mapping.headers import named

#: Multiples -> their words, as :func:`sources.mapping.headers.folded` has them.
_WORDS: dict[int, tuple[str, ...]] = {
    10**2: ("百", "hundreds", "hundred"),
    10**3: (
        "thousands", "thousand", "tausend", "tsd", "k", "t", "千", "천", "тыс", "тысяч", "000s", "'000", "000", "x1000",
        "mil", "milliers", "tys", "tis",
    ),
    10**4: ("万", "만"),
    10**5: ("十万", "lakhs", "lakh", "lacs", "lac"),
    10**6: (
        "millions", "million", "millionen", "mio", "mln", "mn", "mm", "m", "百万", "백만", "млн", "миллионов",
        "millones", "milhoes", "milioni",
    ),
    10**7: ("千万", "천만", "crores", "crore", "cr"),
    10**8: ("亿", "億", "억"),
    10**9: ("billions", "billion", "milliarden", "milliards", "mrd", "mld", "bn", "bio", "十亿", "млрд"),
}  # fmt: skip
_MULTIPLES = {word: times for times, words in _WORDS.items() for word in words}
#: Letters that say as little alone as they say much beside a currency.
_SHORT = frozenset({"m", "t", "mil", "cr", "000", "百"})
_CURRENCY = (
    r"us\$|hk\$|nt\$|r\$|[$€£¥₹₩₽]|usd|eur(?:os?)?|gbp|chf|cny|rmb|jpy|krw|inr|hkd|twd|sgd|aud|nzd|cad|brl|rub|pln|czk|sek"
    r"|nok|dkk|huf|try|zar|thb|dollars?|人民币|美元|美金|欧元|港币|港元|日元|英镑|新台币|元|圆|円|원|руб(?:лей|\.)?"
)
_PERSONS = r"人|名|명|people|persons?|employees|heads?"
_UNIT = re.compile(
    rf"(?:^|[\s,，;/])(?:in\s*)?(?P<before>{_CURRENCY})?\s*"
    rf"(?P<word>{'|'.join(re.escape(word) for word in sorted(_MULTIPLES, key=lambda word: (-len(word), word)))})"
    rf"\.?(?:\s*of)?\s*(?P<behind>{_CURRENCY}|{_PERSONS})?(?=$|[\s,，;/])"
)


def multiple_of(header: str) -> int | None:
    """By how much the numbers of a column are to be multiplied, as its name says in brackets; None where it does not.

    ``预算（万元）`` says 10,000, ``Budget (k€)`` 1,000 and ``Revenue (USD millions)`` 1,000,000.
    """
    found = _UNIT.search(named(header).unit)
    if found is None or (found["word"] in _SHORT and not (found["before"] or found["behind"])):
        return None
    return _MULTIPLES[found["word"]]


def currency_of(header: str) -> str:
    """What stands in the brackets of a column's name but the multiple, in lower case."""
    unit = named(header).unit
    found = _UNIT.search(unit)
    return unit if found is None or multiple_of(header) is None else found["before"] or found["behind"] or ""
