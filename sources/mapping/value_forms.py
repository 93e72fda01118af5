"""How the values of columns are written: day orders, decimal marks, units; what they leave open is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policy.feeds import DATE_FIELDS, NUMBER_FIELDS, TIME_FIELDS
from sources.mapping.day_orders import day_order_of
from sources.mapping.evidence import Profile
from sources.mapping.headers import named
from sources.mapping.units import currency_of, multiple_of

_ORDER_OF_DAY = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](?:\d{4}|\d{2})\b")
_DECIMAL_COMMA = re.compile(r"\d,\d{1,2}(?!\d)|\d\.\d{3},\d")
_DECIMAL_POINT = re.compile(r"\d\.\d{1,2}(?!\d)|\d,\d{3}\.\d|\d\.\d{4,}")
_ONE_GROUP = re.compile(r"^\D*\d{1,3}\.\d{3}\D*$")
_ONE_GROUP_BY_COMMA = re.compile(r"^\D*[1-9]\d{0,2},\d{3}\D*$")
_MULTIPLES = re.compile(r"[万亿千百]|\b(?:thousand|million|mio|tsd|k|m|mn|mil|1[.,]?000)\b")


def formats_of(values_of: dict[str, Profile], header_of: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Day orders and decimal mark that the values decide, or the names of columns; and questions where they do not."""
    formats: dict[str, str] = {}
    questions: list[str] = []
    for name in (*TIME_FIELDS, *DATE_FIELDS):
        if name in values_of:
            order, doubt = day_order(values_of[name].values)
            said = day_order_of(header_of[name])
            if said in {"dmy", "mdy"} and order not in {None, said}:
                questions.append(f"{name}: the column's name says {said}, and its values are written {order}.")
                continue
            if said in {"dmy", "mdy"} and not order:
                order, doubt = said, None
            if order:
                formats[name] = order
            if doubt:
                questions.append(f"{name}: is {doubt} day first (dmy) or month first (mdy)? No value decides.")
    texts = [text for name in NUMBER_FIELDS if name in values_of for text in values_of[name].values]
    commas = sum(bool(_DECIMAL_COMMA.search(text)) for text in texts)
    points = sum(bool(_DECIMAL_POINT.search(text)) for text in texts)
    either = next((text for text in texts if _ONE_GROUP_BY_COMMA.match(text)), None)
    if commas > points and either is None:
        formats["decimal"] = ","
    elif commas and either is not None:
        questions.append(f'numbers: is {either} written with a thousands mark or a decimal comma (decimal: ",")?')
    elif not points and any(_ONE_GROUP.match(text) for text in texts):
        shown = next(text for text in texts if _ONE_GROUP.match(text))
        questions.append(f'numbers: is {shown} written with a decimal point or a thousands mark (decimal: ",")?')
    return formats, questions


def day_order(values: Sequence[str]) -> tuple[str | None, str | None]:
    """Day or month first, as values decide it.

    Returns:
        (`dmy` or `mdy` or None where no value is written so, a value that can be read both ways when none decides or
        values contradict each other).
    """
    day_first = month_first = doubt = None
    for text in values:
        found = _ORDER_OF_DAY.match(text)
        if not found:
            continue
        first, second = int(found.group(1)), int(found.group(2))
        if first > 12 >= second:
            day_first = day_first or text
        elif second > 12 >= first:
            month_first = month_first or text
        elif first != second and doubt is None:
            doubt = text
    if day_first and not month_first:
        return "dmy", None
    if month_first and not day_first:
        return "mdy", None
    return None, day_first if day_first and month_first else doubt


def units_of(header_of: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """A currency that stands in the name of an amount; and a question where a name has a multiple nobody knows."""
    found: set[str] = set()
    questions = []
    for name in ("budget_amount", "annual_revenue", "amount", "price"):
        unit = named(header_of[name]).unit if name in header_of else ""
        if not unit:
            continue
        if _MULTIPLES.search(unit) and multiple_of(header_of[name]) is None:
            questions.append(f"{name}: the column's name says {unit}; amounts are read as they stand.")
        if code := currency_of(header_of[name]):
            found.add(code)
    if len(found) == 1 and "currency" not in header_of:
        return {"currency": found.pop()}, questions
    return {}, questions
