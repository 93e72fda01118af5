"""Dates and times as people write them, rewritten as the patterns read them: 4 de março de 2026 às 9h05, 下午2点30分.

Most values are written as they are read. To see that costs little, and only the others are rewritten, step by step.
"""

from __future__ import annotations

from sqlglot import exp

from assets.intake.expressions import call, literals, narrow

#: Spaces that programs put into times, as in JavaScript's 1:00\u202fPM.
_SPACES = "\u202f\u00a0\u2009\u3000"

#: Months in Portuguese, Spanish, French, German, Italian and Dutch without accents, by their English abbreviation.
_MONTHS = {
    "Jan": "janeiro|enero|januar|janner|janvier|gennaio|januari|janv|ene|gen",
    "Feb": "fevereiro|febrero|februar|fevrier|febbraio|februari|fev|fevr",
    "Mar": "marco|marzo|marz|maerz|mars|maart|mrz|mrt",
    "Apr": "abril|avril|aprile|abr|avr",
    "May": "maio|mayo|mai|maggio|mei|mag",
    "Jun": "junho|junio|juni|juin|giugno|giu",
    "Jul": "julho|julio|juli|juillet|luglio|juil|lug",
    "Aug": "agosto|aout|augustus|ago",
    "Sep": "setembro|septiembre|setiembre|septembre|settembre|sept|set",
    "Oct": "outubro|octubre|oktober|octobre|ottobre|out|okt|ott",
    "Nov": "novembro|noviembre|novembre",
    "Dec": "dezembro|diciembre|dezember|decembre|dicembre|dez|dic",
}
_ANY_MONTH = "|".join((*_MONTHS.values(), "(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\\."))
_BEFORE_MONTH = r"(?i)^(\d{1,2})(?:er|o|\.|\x{ba}|\x{aa})?[\s-]+(?:de\s+)?"
_BEHIND_MONTH = r"\.?(?:\s+del?\s+|[\s-]+)(\d{4}|\d{2})\b"
#: The end of a day, and words between a day and its time.
_END_OF_DAY = r"(\d{4}|[-/.]\d{1,2})"
_AT = r"(?:(?:at|um|as|a|a\s+las?|om|kl\.?|alle(?:\s+ore)?|ore)\s+)?"

#: What a text has that is not written as it is read.
_UNUSUAL = "(?i)" + "|".join(
    (
        r",\s*\d{1,2}(?:[:.h]\d|\s?[ap]\.?\s?m)",
        r"\d[ap]\.?\s?m\b",
        r"\d\s[ap](?:\.\s?m|\sm)\b",
        r"\s\d{1,2}\s?(?:h|uhr)",
        r":\d{2}\s?(?:uhr|h)",
        r"\s\d{1,2}\.[0-5]\d",
        r"\d\s+(?:-|at|um|as|a|a las?|om|kl\.?|alle|ore)\s+\d",
        r"\s\d{1,2}\s[ap]\.?\s?m",
        r"^\d{1,4}\.\s\d",
        rf"^\d{{1,2}}(?:er|o|\.)?[\s-]+(?:de\s+)?(?:{_ANY_MONTH})",
    )
)
#: Steps from what people write in letters that most of Europe has to what is read.
_WESTERN = (
    # 31. 1. 2026
    (r"^(\d{1,4})\.\s?(\d{1,2})\.\s?(\d{2,4})\b\.?", r"\1.\2.\3"),
    *((rf"{_BEFORE_MONTH}(?:{names}){_BEHIND_MONTH}", rf"\1 {month} \2") for month, names in _MONTHS.items()),
    (rf"{_BEFORE_MONTH}([a-z]{{3,9}}){_BEHIND_MONTH}", r"\1 \2 \3"),
    # 31.1.2026, 13:00; 31.1.2026 um 13.00 Uhr; 31/01/2026 a las 13h00
    (rf"(?i){_END_OF_DAY}(?:,|\s+-)?\s+{_AT}(\d{{1,2}}(?:[:.h]\d|\s?(?:h|uhr|[ap]\.?\s?m)\b))", r"\1 \2"),
    (rf"(?i){_END_OF_DAY}\s+(\d{{1,2}})\s?(?:h|uhr)\s?([0-5]\d)(?:\s?(?:min|m)\b)?", r"\1 \2:\3"),
    (rf"(?i){_END_OF_DAY}\s+(\d{{1,2}})\s?(?:h|uhr)\b", r"\1 \2:00"),
    (rf"{_END_OF_DAY}\s+(\d{{1,2}})\.([0-5]\d)\.([0-5]\d)(\s?[A-Za-z].*)?$", r"\1 \2:\3:\4\5"),
    (rf"{_END_OF_DAY}\s+(\d{{1,2}})\.([0-5]\d)(\s?[A-Za-z].*)?$", r"\1 \2:\3\4"),
    (r"(?i)(:\d{2})\s?(?:uhr|hrs|h)\b", r"\1"),
    # 1:00PM, 1:00 p.m., 1 PM
    (r"(?i)(\d)\s*a\.?\s?m\b\.?", r"\1 AM"),
    (r"(?i)(\d)\s*p\.?\s?m\b\.?", r"\1 PM"),
    (rf"{_END_OF_DAY}\s+(\d{{1,2}}) ([AP]M)\b", r"\1 \2:00 \3"),
)
#: The same in Chinese, Japanese and Korean. Hours, minutes and seconds are told apart by their own words in one step:
#: where those of minutes are gone, 1 and 23 look like 12 and 3.
_EASTERN = (
    (r"年\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]", r"年\1月\2日"),
    (r"日[\s,]*([\d上下午오])", r"日 \1"),
    (r"^(\d{4})\.\s?(\d{1,2})\.\s?(\d{1,2})\.?(?:\s|$)", r"\1.\2.\3 "),
    (r"(\d)\s*[点點时時시:]\s*(\d{1,2})\s*[分분:]\s*(\d{1,2})(?:\s*[秒초])?", r"\1:\2:\3"),
    (r"(\d)\s*[点點时時시:]\s*(\d{1,2})(?:\s*[分분])?", r"\1:\2"),
    (r"(\d)\s*[点點时時시]半", r"\1:30"),
    (r"(\d)\s*[点點时時시]整?", r"\1:00"),
    (r"(上午|下午|午前|午後|오전|오후|凌晨)\s*0?0:", r"\1 12:"),
    (r"[\s,]*(?:上午|午前|오전|凌晨|早上)\s*([\d:]+)$", r" \1 AM"),
    (r"[\s,]*(?:下午|午後|오후)\s*([\d:]+)$", r" \1 PM"),
    # twelve in the evening is the end of the day, and eleven at noon is before it
    (r"[\s,]*(?:晚上\s*(0?[5-9]|1[01])|中午\s*(12|0?[12])):([\d:]+)$", r" \1\2:\3 PM"),
)
_IS_EASTERN = "[日午点點时時号號일오시]"


def usual_time(text: exp.Expr) -> exp.Expr:
    """A text with a date or time as the patterns read it; as it is where it is written so, or nothing is known of it.

    Args:
        text: best a column, since it is looked at several times.
    """
    is_ascii = exp.EQ(this=call("strlen", text.copy()), expression=exp.Length(this=text.copy()))
    is_unusual = call("regexp_matches", text.copy(), exp.Literal.string(_UNUSUAL))
    in_ascii = exp.Case(ifs=[exp.If(this=is_unusual, true=_rewritten(text, _WESTERN))], default=text.copy())
    plain = call("translate", narrow(text), *literals(_SPACES, " " * len(_SPACES)))
    is_eastern = call("regexp_matches", text.copy(), exp.Literal.string(_IS_EASTERN))
    eastern = _rewritten(call("translate", plain, *literals("년", "年")), _EASTERN)
    western = _rewritten(call("strip_accents", plain.copy()), _WESTERN)
    return exp.Case(
        ifs=[exp.If(this=is_ascii, true=in_ascii), exp.If(this=is_eastern, true=eastern)],
        default=western,
    )


def _rewritten(text: exp.Expr, steps: tuple[tuple[str, str], ...]) -> exp.Expr:
    rewritten = text.copy()
    for pattern, replacement in steps:
        rewritten = call("regexp_replace", rewritten, *literals(pattern, replacement))
    return rewritten
