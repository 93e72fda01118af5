"""From text to numbers: decimal marks, grouping, currencies in the cell, units such as 万."""

from __future__ import annotations

from sqlglot import exp

from assets.intake.expressions import call, literals, narrow, try_cast

#: Currencies as they stand in cells; a sign that several currencies share names none.
_CURRENCY_WORDS: dict[str, str | None] = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND", "฿": "THB", "₱": "PHP",
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD",
    "R$": "BRL", "NZ$": "NZD", "zł": "PLN", "Kč": "CZK", "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "歐元": "EUR", "港币": "HKD", "港元": "HKD", "港幣": "HKD",
    "日元": "JPY", "日圓": "JPY", "円": "JPY", "英镑": "GBP", "英鎊": "GBP", "新台币": "TWD", "新台幣": "TWD",
    "$": None, "¥": None, "元": None, "圆": None, "圓": None, "块": None, "kr": None,
    **{
        code: code
        for line in (
            "AED ARS AUD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW KZT MXN MYR NGN NOK",
            "NZD PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR",
        )
        for code in line.split()
    },
}  # fmt: skip
_CURRENCY = "|".join(word.replace("$", r"\$") for word in sorted(_CURRENCY_WORDS, key=lambda word: (-len(word), word)))

#: Signs that several currencies share -> those of them that a home may be in and mean by it. A dollar is nobody's.
_SHARED_SIGNS: dict[str, frozenset[str]] = {
    "$": frozenset(),
    "¥": frozenset({"CNY", "JPY"}),
    **dict.fromkeys(("元", "圆", "圓", "块"), frozenset({"CNY", "HKD", "TWD"})),
    "kr": frozenset({"DKK", "NOK", "SEK"}),
}

#: Currencies that the sign of a dollar may mean.
DOLLARS = ("AUD", "CAD", "HKD", "NZD", "SGD", "TWD", "USD")

#: In a column of currencies yuan are those of most who write so.
_USUAL_CURRENCIES = dict.fromkeys(("元", "圆", "块"), "CNY") | {"EURO": "EUR", "EUROS": "EUR"}

#: The currency that the signs mean in a country.
_COUNTRY_CURRENCIES = {
    "CN": "CNY", "JP": "JPY", "HK": "HKD", "TW": "TWD", "DK": "DKK", "NO": "NOK", "SE": "SEK",
}  # fmt: skip

#: Units behind numbers, in lower case.
_UNITS = {
    **dict.fromkeys(("千", "k", "tsd", "tausend", "thousand", "тыс"), 10**3),
    **dict.fromkeys(("万", "萬"), 10**4),
    "十万": 10**5,
    **dict.fromkeys(("百万", "百萬", "m", "mm", "mn", "mio", "mln", "million", "millions", "millionen", "млн"), 10**6),
    **dict.fromkeys(("千万", "千萬"), 10**7),
    **dict.fromkeys(("亿", "億"), 10**8),
    **dict.fromkeys(("十亿", "b", "bn", "billion", "billions", "mrd", "mld", "milliarde", "milliarden", "млрд"), 10**9),
}
#: Longer ones first, with the point of a short form; whatever their case.
UNIT = "(?i:" + "|".join(sorted(_UNITS, key=lambda word: (-len(word), word))) + r")\.?"

#: A dash in the place of decimals: 500,- and 1.500,-
_NO_DECIMALS = r"[.,][-–—]{1,2}"

#: The largest number of each type that amounts and counts have.
_MOST = {"DECIMAL(18,2)": "9999999999999999.99", "BIGINT": "9223372036854775807"}


def _shapes(decimal: str, groups: str) -> str:
    """What only a number with this decimal mark looks like."""
    part, group = "\\" + decimal, "\\" + groups
    return "|".join(
        [
            rf"\d+{part}\d{{1,2}}",
            rf"\d*{part}\d{{4,}}",
            rf"0*{part}\d+",
            rf"\d{{4,}}{part}\d+",
            rf"\d{{1,3}}({group}\d{{3}})+{part}\d+",
            rf"\d{{1,3}}({group}\d{{3}}){{2,}}",
        ]
    )


def _telling_shapes(decimal: str, groups: str) -> str:
    """What only a number with this decimal mark looks like that has three decimals or more, or both marks."""
    part, group = "\\" + decimal, "\\" + groups
    return rf"\d*{part}\d{{4,}}|0*{part}\d{{3}}|\d{{4,}}{part}\d{{3,}}|\d{{1,3}}({group}\d{{3}})+{part}\d+"


COMMA_SHAPES, POINT_SHAPES = _shapes(",", "."), _shapes(".", ",")
TELLING_COMMA_SHAPES, TELLING_POINT_SHAPES = _telling_shapes(",", "."), _telling_shapes(".", ",")

#: A number that both marks allow: of 1.200 nobody can tell whether the mark groups thousands or begins decimals.
_GROUP_OR_DECIMALS = r"[1-9]\d{{0,2}}\{mark}\d{{3}}"
GROUP_BY_POINT, GROUP_BY_COMMA = (_GROUP_OR_DECIMALS.format(mark=mark) for mark in ".,")

#: Codes of numbers that are not taken: nobody can tell what their mark means; a count that is not whole.
DOUBTFUL_NUMBER, NOT_WHOLE = "doubtful-number", "not-whole"

#: Currencies of countries that write decimals with a point: behind or before 1,200 they say that the comma groups.
POINT_CURRENCIES = r"[$£¥₹₩元円圆圓]|USD|GBP|CNY|RMB|HKD|TWD|SGD|JPY|KRW|INR|AUD|NZD|人民[币幣]"

#: Numbers as most are written: nothing has to be taken off, and seeing that costs a fraction of trying.
_PLAIN_NUMBER = r"-?\d+(\.\d+)?"


def bare_number(text: exp.Expr) -> exp.Expr:
    """A number's text in ASCII digits, without white space, apostrophes and the currency before or behind it."""
    front = call("regexp_replace", _joined(text), *literals(rf"^([+-]?)(?:{_CURRENCY})([+-]?\d)", r"\1\2", "i"))
    bare = call("regexp_replace", front, *literals(rf"([\d.,]|{UNIT})(?:{_CURRENCY})$", r"\1", "i"))
    is_plain = call("regexp_full_match", text.copy(), exp.Literal.string(_PLAIN_NUMBER))
    return exp.Case(ifs=[exp.If(this=is_plain, true=text.copy())], default=bare)


def _joined(text: exp.Expr) -> exp.Expr:
    """An amount in ASCII digits, without white space and apostrophes, and without the dash for decimals that are none.

    Behind 1.500 that says that the point groups, so zeros take its place.
    """
    spaced = call("regexp_replace", narrow(text), *literals("[\\s\u00a0\u202f'’]", "", "g"))
    whole = call("regexp_replace", spaced, *literals(r"^(\D*\d+)[.,][-–—]{1,2}(\D*)$", r"\1\2"))
    return call("regexp_replace", whole, *literals(r"^(\D*\d[\d.,]*)([.,])[-–—]{1,2}(\D*)$", r"\1\200\3"))


def number(
    bare: exp.Expr,
    type_: str,
    decimal: str = ".",
    thousands: str | None = None,
    times: exp.Expr | None = None,
    *,
    has_units: bool = True,
) -> exp.Expr:
    """A number written with the feed's decimal mark; grouping is accepted only where it groups by three.

    Args:
        bare: a column of what :func:`bare_number` makes of a text.
        type_: DuckDB type of the result.
        decimal: the decimal mark, ``.`` or ``,``.
        thousands: the grouping mark when the feed names one; otherwise the other one of the two marks.
        times: a column of what numbers without a unit of their own are multiplied by; null is once.
        has_units: whether a unit may stand behind it; of durations, m are no millions.
    """
    groups = thousands or ("," if decimal == "." else ".")
    unit: exp.Expr = exp.Literal.string("")
    plain = bare.copy()
    if has_units:
        written = call("regexp_extract", bare.copy(), exp.Literal.string(f"({UNIT})$"))
        unit = call("lower", call("rtrim", written, exp.Literal.string(".")))
        plain = call("regexp_replace", bare.copy(), *literals(f"({UNIT})$", ""))
    mark, point = "\\" + groups, "\\" + decimal
    grouped = call("regexp_full_match", plain, exp.Literal.string(rf"[+-]?\d{{1,3}}({mark}\d{{3}})+({point}\d+)?"))
    joined = call("replace", plain.copy(), *literals(groups, ""))
    digits: exp.Expr = exp.Case(ifs=[exp.If(this=grouped, true=joined)], default=plain.copy())
    shape = rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d{{1,2}})?"
    shaped = call("regexp_full_match", digits.copy(), exp.Literal.string(shape))
    if decimal != ".":
        digits = call("replace", digits.copy(), *literals(decimal, "."))
    factor = exp.Case()
    for word, many in _UNITS.items():
        factor = factor.when(exp.EQ(this=unit.copy(), expression=exp.Literal.string(word)), exp.Literal.number(many))
    no_unit: exp.Expr = exp.EQ(this=unit.copy(), expression=exp.Literal.string(""))
    if times is not None:
        factor = factor.else_(times)
        no_unit = exp.and_(no_unit, times.copy().is_(exp.null()))
    scaled = exp.Mul(this=try_cast(digits, "DOUBLE"), expression=factor)
    value = exp.Case(ifs=[exp.If(this=no_unit, true=try_cast(digits, type_))], default=try_cast(scaled, type_))
    careful = exp.Case(ifs=[exp.If(this=shaped, true=value)])
    # most numbers are written plainly, and seeing that costs a fraction of the above
    fraction = r"(\.\d+)?" if decimal == "." and groups != "." else ""
    is_plain = call("regexp_full_match", bare.copy(), exp.Literal.string(rf"-?\d+{fraction}"))
    if times is not None:
        is_plain = exp.and_(is_plain, times.copy().is_(exp.null()))
    return exp.Case(ifs=[exp.If(this=is_plain, true=try_cast(bare, type_))], default=careful)


def is_normalised(text: exp.Expr, bare: exp.Expr) -> exp.Expr:
    """Whether a number has a unit of its own, such as k or 万, or a dash for decimals that are none."""
    own = call("regexp_matches", bare, exp.Literal.string(f"({UNIT})$"))
    dashed = call("regexp_matches", text.copy(), exp.Literal.string(rf"\d\s*{_NO_DECIMALS}"))
    is_plain = call("regexp_full_match", text.copy(), exp.Literal.string(_PLAIN_NUMBER))
    return exp.and_(exp.not_(is_plain), exp.or_(own, dashed))


def is_multiplied(bare: exp.Expr, times: exp.Expr) -> exp.Expr:
    """Whether a number is multiplied by what the name of its column says, and so has no unit of its own."""
    own = call("regexp_matches", bare, exp.Literal.string(f"({UNIT})$"))
    return exp.and_(exp.not_(times.is_(exp.null())), exp.not_(own))


def may_be_thousands(bare: exp.Expr, decimal: str = ".") -> exp.Expr:
    """Whether the decimal mark in a number may group thousands as well, as in 1.200.

    A comma that may is taken to group where a point is the decimal mark or nothing tells: hardly any amount has three
    decimals behind one, and most that look like 1,200 are thousands, while programs write 350.500 where they keep three
    decimals.

    Args:
        bare: a column of what :func:`bare_number` makes of a text.
        decimal: the decimal mark, ``.`` or ``,``.
    """
    shape = rf"{GROUP_BY_COMMA}({UNIT})?" if decimal == "," else GROUP_BY_POINT
    return call("regexp_full_match", bare, exp.Literal.string(rf"[+-]?{shape}"))


def held(value: exp.Expr, bare: exp.Expr, type_: str) -> exp.Expr:
    """A number, or the most its type holds where more digits stand there: it is told to be too large, not to be none.

    Args:
        value: what :func:`number` makes of it.
        bare: a column of what :func:`bare_number` makes of a text.
        type_: DECIMAL(18,2) or BIGINT.
    """
    many = call("regexp_full_match", bare, exp.Literal.string(r"\+?(\d{17,}|\d{1,3}([.,]\d{3}){5,})([.,]\d+)?"))
    most = exp.cast(exp.Literal.string(_MOST[type_]), type_)
    return exp.func("COALESCE", value, exp.Case(ifs=[exp.If(this=many, true=most)]))


def cell_currency(text: exp.Expr, base: str = "") -> exp.Expr:
    """The currency that stands in the cell of an amount, as an ISO 4217 code; null where it names none.

    A sign that several currencies share stays as it is, so that nobody takes it for another, unless the base currency
    is one of them: then it is as if none stood there.
    """
    plain = call("upper", _joined(text))
    around = rf"(?i)^[+-]?((?:{_CURRENCY})?)[+-]?[\d.,]*\d[\d.,]*(?:{UNIT})?((?:{_CURRENCY})?)$"
    signs = [call("regexp_extract", plain.copy(), *literals(around), exp.Literal.number(at)) for at in (1, 2)]
    words = exp.Array(expressions=literals(*[word.upper() for word in _CURRENCY_WORDS]))
    kept = [code or ("" if base in _SHARED_SIGNS[word] else word.upper()) for word, code in _CURRENCY_WORDS.items()]
    codes = exp.Array(expressions=literals(*kept))
    found = call("list_extract", codes, call("list_position", words, call("concat", *signs)))
    is_plain = call("regexp_full_match", text.copy(), exp.Literal.string(_PLAIN_NUMBER))
    return exp.Case(ifs=[exp.If(this=exp.not_(is_plain), true=exp.func("NULLIF", found, exp.Literal.string("")))])


def currency_code(text: exp.Expr, country: str | None = None, base: str = "") -> exp.Expr:
    """A currency as its ISO 4217 code; as given, in capitals, where it names none, or several.

    Args:
        text: a text column.
        country: where a feed's rows are from, for signs that several currencies share.
        base: the currency of the business, for the same where no country says it.
    """
    homes = [_COUNTRY_CURRENCIES.get(country or "", ""), base]
    codes = _USUAL_CURRENCIES | {
        word.upper(): code or next((home for home in homes if home in _SHARED_SIGNS[word]), "")
        for word, code in _CURRENCY_WORDS.items()
        if code or any(home in _SHARED_SIGNS[word] for home in homes)
    }
    plain = call("upper", call("regexp_replace", narrow(text), *literals("[\\s\u00a0\u202f]", "", "g")))
    words, kept = (exp.Array(expressions=literals(*told)) for told in (codes, codes.values()))
    found = call("list_extract", kept, call("list_position", words, plain))
    return exp.func("COALESCE", found, call("upper", text.copy()))
