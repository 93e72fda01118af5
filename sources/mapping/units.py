"""What the brackets in a column's name say of its numbers: a multiple such as 万元 or k€, and a currency."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sources.currencies import CURRENCIES
from sources.mapping.headers import folded, named

#: Multiples -> their words, as people write them.
_WORDS: dict[int, tuple[str, ...]] = {
    10**2: ("百", "hundreds", "hundred"),
    10**3: (
        "thousands", "thousand", "tausend", "tausende", "tsd", "k", "t", "千", "천", "тыс", "тысяч", "тысячи", "тис",
        "'000s", "'000's", "'000", "000s", "000's", "000", "mil", "mille", "milliers", "miles", "mile", "milhares",
        "migliaia", "tys", "tysiące", "tysięcy", "tis", "tisíc", "tisíce", "tusen", "tusinder", "tuhat", "tuhatta",
        "duizend", "duizenden", "ezer", "mii", "bin", "χιλ", "χιλιάδες", "nghìn", "ngàn", "ribu", "พัน",
    ),
    10**4: ("万", "만"),
    10**5: ("十万", "십만", "lakhs", "lakh", "lacs", "lac"),
    10**6: (
        "millions", "million", "millionen", "millioner", "miljoner", "miljoen", "miljoenen", "miljoonaa", "mio", "mill",
        "milj", "miljn", "mln", "mn", "mnk", "mm", "m", "百万", "백만", "млн", "миллионов", "миллионы", "мільйонів",
        "millón", "millones", "milhão", "milhões", "milione", "milioni", "miliony", "milionů", "milionów", "milioane",
        "millió", "milyon", "εκατ", "εκατομμύρια", "triệu", "juta", "ล้าน",
    ),
    10**7: ("千万", "천만", "crores", "crore", "cr"),
    10**8: ("亿", "億", "억"),
    10**9: (
        "billions", "billion", "milliarde", "milliarden", "milliards", "milliard", "miljard", "miljarder", "miljardia",
        "milliarder", "miliardi", "miliardy", "miliard", "mrd", "mld", "md", "mdr", "mia", "bn", "bio", "bilhões",
        "十亿", "십억", "млрд", "миллиардов", "milyar", "δισ", "tỷ",
    ),
}  # fmt: skip
_MULTIPLES = {folded(word): times for times, words in _WORDS.items() for word in words}
#: Letters that say as little alone as they say much beside a currency.
_SHORT = frozenset({"t", "cr", "百", "bin", "md", "mia", "mile", "mille", "mii", "tis", "mil"})
#: Those that say it when nothing else stands in the brackets: (M), but not (M/F).
_SHORT_ALONE = frozenset({"k", "m", "000"})

#: Currencies -> their words in names of columns; none where several currencies share them.
_CURRENCY_WORDS: dict[str, tuple[str, ...]] = {
    "": (
        "$", "¥", "元", "圆", "圓", "块", "ドル", "dollars", "dollar", "dólares", "kr", "kronor", "kroner", "rs",
        "rupees", "pesos",
    ),
    "BRL": ("r$", "reais"), "BGN": ("лв", "лева"), "CNY": ("人民币", "元人民币", "人民幣", "rmb", "yuan"),
    "CZK": ("kč", "korun"),
    "EUR": ("€", "euros", "euro", "euroa", "eura", "欧元", "歐元", "ユーロ", "유로", "евро", "ευρώ"),
    "GBP": ("£", "英镑", "英鎊", "pounds"), "HKD": ("hk$", "港币", "港幣", "港元"), "HUF": ("ft", "forint"),
    "IDR": ("rp", "rupiah"), "INR": ("₹",), "JPY": ("円", "日元", "日圓", "yen"), "KRW": ("₩", "원", "won"),
    "PHP": ("₱",), "PLN": ("zł", "złotych"), "RON": ("lei",), "RUB": ("₽", "руб", "рублей", "р"),
    "SGD": ("s$",), "AUD": ("a$", "au$"), "CAD": ("c$", "ca$"), "NZD": ("nz$",), "THB": ("฿", "บาท"),
    "TRY": ("₺", "tl"), "TWD": ("nt$", "新台币", "新台幣"), "UAH": ("₴", "грн", "гривень"),
    "USD": ("us$", "u$s", "u$", "美元", "美金", "미국달러", "米ドル"), "VND": ("₫", "đồng"),
    **{
        code: (code.lower(),)
        for line in ("AED ARS CHF CLP COP DKK EGP ILS ISK KZT MXN", "MYR NGN NOK PEN PKR QAR RSD SAR SEK ZAR")
        for code in line.split()
    },
}  # fmt: skip
_CURRENCIES = {folded(word): code for code, words in _CURRENCY_WORDS.items() for word in words} | {
    code.lower(): code for code in _CURRENCY_WORDS if code
}


def _any_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_CURRENCY = _any_of(_CURRENCIES)
_PERSONS = r"人|名|명|people|persons?|employees|heads?"
#: What leads to a unit: in k€, x 1000, 单位：万元, en miles de euros.
_LEAD = r"(?:(?:单位|単位|단위)\s*:?\s*)?(?:(?:in|[x×*])\s*|(?:en|em|im|i|w|v|в|у|σε)\s+)?"
_OF = r"(?:\s*(?:of|d')\s*|\s+(?:de|des|di|do|da|von)\s+)?"
_END = r"\.?(?=$|[\s,;:/、])"
#: A unit by its word. Behind a number it is an amount (over 5 million), and behind "per" no unit of this column.
_UNIT = re.compile(
    rf"(?:^|[\s,;:/、])(?<!\b\d\s)(?<!\b\d\d\s)(?<!\b\d\d\d\s)(?<!\bper\s)(?<!\bpro\s){_LEAD}"
    rf"(?P<before>{_CURRENCY})?[\s,\-–]*(?:(?:in|[x×*])\s*)?"
    rf"(?P<word>{_any_of(_MULTIPLES)})(?P<point>\.?)"
    rf"{_OF}[\s\-–]*(?P<behind>{_CURRENCY}|{_PERSONS})?{_END}"
)
#: A unit by a round number, which alone may be an amount: it has nothing but a currency or what leads to it beside it.
_ROUND_UNIT = re.compile(
    rf"(?:^|[,;、])\s*(?P<lead>{_LEAD})(?P<before>{_CURRENCY})?\s*(?:[x×*]\s*)?"
    r"(?P<number>1(?P<mark>[.,' ]?)000(?:(?P=mark)000)?)(?:'?s)?"
    rf"{_OF}[\s\-–]*(?P<behind>{_CURRENCY}|{_PERSONS})?\.?(?=\s*(?:$|[,;、]))"
)
_ALONE = re.compile(rf"{_LEAD}(?P<word>{_any_of(_SHORT_ALONE)})\.?")
_CURRENCY_ALONE = re.compile(rf"{_LEAD}(?P<currency>{_CURRENCY}|[a-z]{{3}})\.?")
#: Currencies whose words mean something else where no multiple is beside them: Amount (won), Budget (all).
_OTHER_WORDS = frozenset({"won", "all", "top"})

#: Currencies of those for whom mil is a thousand; where it shortens million it has its point, or one of the others.
_MIL_OF_THOUSANDS = frozenset({"ARS", "BRL", "CLP", "COP", "EUR", "MXN", "PEN"})
_MIL_OF_MILLIONS = frozenset({"CZK", "RON", "RSD"})


def _unit(header: str) -> str:
    """What stands in the brackets of a name, with one kind of apostrophe."""
    return re.sub("[’‘`]", "'", named(header).unit)


def _unit_in(unit: str) -> tuple[int, str | None] | None:
    """The multiple that brackets say and the word of their currency; None where they say no multiple."""
    if number := _ROUND_UNIT.search(unit):
        currency = number["before"] or number["behind"]
        is_said = currency or number["lead"].strip()
        return (int(re.sub(r"\D", "", number["number"])), currency) if is_said else None
    found = _UNIT.search(unit)
    if found is None:
        return None
    word, currency = found["word"], found["before"] or found["behind"]
    if word == "mil" and currency:
        code = _CURRENCIES.get(currency, "")
        if found["point"] or code in _MIL_OF_MILLIONS:
            return 10**6, currency
        return (10**3, currency) if code in _MIL_OF_THOUSANDS or currency == "pesos" else None
    if not currency and (word in _SHORT or (word in _SHORT_ALONE and not _ALONE.fullmatch(unit))):
        return None
    return _MULTIPLES[word], currency


def multiple_of(header: str) -> int | None:
    """By how much the numbers of a column are to be multiplied, as its name says in brackets; None where it does not.

    ``预算（万元）`` says 10,000, ``Budget (k€)`` 1,000 and ``Revenue (USD millions)`` 1,000,000.
    """
    said = _unit_in(_unit(header))
    return said[0] if said else None


def multiple_of_people(header: str) -> int | None:
    """The same for a column that counts people, of whom (M) are men."""
    return None if re.fullmatch(r"m\.?", _unit(header)) else multiple_of(header)


def currency_of(header: str) -> str | None:
    """The currency that the brackets of a column's name say, as its code; None where they say none, or a shared word.

    ``Budget (k€)`` and ``Budget (in EUR)`` say EUR; a dollar may be that of several countries.
    """
    unit = _unit(header)
    if said := _unit_in(unit):
        return _CURRENCIES.get(said[1] or "") or None
    parts = [_CURRENCY_ALONE.fullmatch(part.strip()) for part in re.split("[,;:/、]", unit)]
    words = {found["currency"] for found in parts if found} - _OTHER_WORDS
    codes = {_CURRENCIES.get(word, word.upper()) for word in words} & CURRENCIES
    return codes.pop() if len(codes) == 1 else None
