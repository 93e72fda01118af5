"""What a row says of being contacted, read by the strictest: a refusal in one column outranks consent in another.

There are three kinds of columns. In one of consent, words that policy lists mean no, and any other text is kept as it
is. In one of refusals (Unsubscribed, Opt out) yes means no, and so does the day on which it was said; no is not yet
consent. If its name asks what was refused (Unsubscribed from), whatever stands there is a refusal, but for no. In one
of states (Status) only words that can mean nothing else are a refusal; a subscription (Subscription) is refused by
being cancelled as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from duckdb import CaseExpression, CoalesceOperator, ConstantExpression, Expression, FunctionExpression

from sources.mapping.tables import words

#: What a refusal in a column of refusals or of states is called: a word that policy cannot but list.
NO = "no"

#: What a spreadsheet may have put in front of a text, and of a day.
_TEXT_MARK = "'?"

#: What may stand behind a word: a comma or a bracket and what follows, a decimal, a date. As in `golden_records`.
_BEHIND_WORDS = r"(?:\s*(?:[,;:!(，；：！（。].*|\.0*|\s[-–—]\s.*|\d{4}[-/.年].*))?"

#: What else may stand behind words of more than two letters in columns that are about nothing but refusals.
_TOLD_OF_REFUSALS = r"(?:\s(?:from|of|since|on|by|via|von|vom|seit|am|per|du|des|le|el|depuis|desde|da|dal)\s.*)?"

#: Days as people and programs write them, but for those that stand for none: nobody opted out before 1980.
_YEAR, _DAY, _MONTH = r"(?:19[89]\d|20\d\d|21\d\d)", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_NAME_OF_MONTH = r"\p{L}{3,}\.?"
_DAYS = (
    rf"{_YEAR}(?:\s?[-/.年 ]\s?{_MONTH}(?:\s?[-/.月 ]\s?{_DAY}日?)?月?)?",
    rf"{_YEAR}[01]\d[0-3]\d",
    rf"{_DAY}\s?[-/. ]\s?{_DAY}\s?[-/. ]\s?(?:{_YEAR}|\d\d)",
    rf"{_DAY}(?:st|nd|rd|th)?\.?[-\s]\s?{_NAME_OF_MONTH},?[-\s]\s?(?:{_YEAR}|\d\d)",
    rf"{_NAME_OF_MONTH}\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}",
    r"1\d{9}(?:\d{3}){0,2}(?:\.\d*)?",  # seconds since 1970, and thousandths
    r"[34]\d{4}(?:\.\d*)?",  # days of a spreadsheet
)
_DATE = rf"{_TEXT_MARK}(?:\p{{L}}{{2,}}\.?,?\s)?(?:{'|'.join(_DAYS)})(?:[T\s,].*)?"


#: Anything that is said: no mark alone, and no zero.
_SAID = r"[\p{L}1-9✓✔]"


def strictest(
    consents: Sequence[Expression],
    refusals: Sequence[Expression],
    refused: Sequence[Expression],
    states: Sequence[Expression],
    subscriptions: Sequence[Expression],
    no: Collection[str],
) -> Expression:
    """What a row says of consent: null where no column says anything of it.

    Args:
        consents: values of columns of consent, in order of preference.
        refusals: values of columns of refusals.
        refused: values of columns of refusals that say what was refused.
        states: values of columns of states.
        subscriptions: those of them that tell of a subscription to what is sent.
        no: words of policy that mean no, in small letters.
    """
    told = (words("refused") | {*no}) - words("not_refused")
    nothing = words("not_refused") | words("refused_nothing")
    tests = [
        *[_is_refused(value, told) | _function("regexp_full_match", value, _text(_DATE)) for value in refusals],
        *[_function("regexp_matches", value, _text(_SAID)) & ~_is_word(value, nothing) for value in refused],
        *[_is_refused(value, words("refusing_states")) for value in states],
        *[_is_refused(value, words("ended_subscriptions")) for value in subscriptions],
    ]
    cases = [(test, _text(NO)) for test in tests]
    if len(consents) > 1:
        cases += [(_is_word(value, no), value) for value in consents]
    first = consents[0] if len(consents) == 1 else CoalesceOperator(*consents) if consents else _text(None)
    if not cases:
        return first
    case = CaseExpression(*cases[0])
    for test, said in cases[1:]:
        case = case.when(test, said)
    return case.otherwise(first)


def _is_refused(value: Expression, listed: Collection[str]) -> Expression:
    """Whether a value is one of some words, also with what was refused, and when."""
    long = [word for word in listed if len(word) > len(NO)]
    return _is_word(value, listed) | _is_word(value, long, _TOLD_OF_REFUSALS)


def _is_word(value: Expression, listed: Collection[str], behind: str = _BEHIND_WORDS) -> Expression:
    """Whether a value is one of some words, alone or with something behind it.

    As one pattern: a list of hundreds of words would be joined as a table, once for every column.
    """
    known = "|".join(re.escape(word) for word in sorted(listed))
    if not known:
        return ConstantExpression(False)
    return _function("regexp_full_match", value, _text(f"(?is){_TEXT_MARK}(?:{known}){behind}"))


def _function(name: str, *arguments: Expression) -> Expression:
    return FunctionExpression(name, *arguments)


def _text(value: str | None) -> Expression:
    return ConstantExpression(value).cast("VARCHAR")
