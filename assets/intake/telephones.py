"""Telephone numbers as people write them, brought into one form."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

import pandas as pd

from assets.intake.normalise import LONGEST_TEXT, SCIENTIFIC, Found, cleaned, frame_of, texts_of
from policy.feeds import PhoneNeed
from sources.telephone_cells import FEWEST_DIGITS, MOST_DIGITS, first_number, number_and_extension
from sources.telephone_numbers import is_a_number

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

#: From so many numbers on two processes read them.
PARALLEL_FROM = 50_000
#: An extension as it is written in China, behind the area code and the number.
_CHINESE_EXTENSION = re.compile(r"((?:(?:\+|00)86[- ]?\(?0?|\(?0)\d{2,3}\)?[- ]?\d{7,8})-(\d{2,6})")
#: A Chinese mobile number with its country's code: without + it is no other country's number either.
_CHINESE_MOBILE = re.compile(r"861[3-9]\d{9}")
#: Digits with at most one sign between them: one number, with nothing around it.
_BARE_NUMBER = re.compile(r"\+?\d+(?:[ .-]\d+)*")
#: Signs that stand for digits somebody hid: the digits beside them are no number.
_MASK = re.compile(r"[*#•●○∙]|__")
#: Dates and times of day, which have as many digits as telephone numbers have.
_MOMENT = re.compile(
    r"(?:(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|"
    r"(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d)?"
    r"(?:[T ]?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
#: The column of what a row says in a column of dialling codes.
DIALLING_CODE = "dialling_code"
#: A dialling code as it stands in a cell: +49, 0049, 49, Germany (+49).
_DIALLING_CODE = re.compile(r"(?P<sign>[^\d+]*\+\s?|[^\d+]*00)?(?P<code>[1-9]\d{0,2})(?:\.0+)?\D*")
_LONGEST_CODE = 3
#: Repairs of numbers that stay without +.
NO_COUNTRY, NO_AREA_CODE = "no-country", "no-area-code"


def phones(values: pd.DataFrame, needs: Collection[PhoneNeed] = ()) -> pd.DataFrame:
    """Telephone numbers as E.164, behind a switchboard with the extension as RFC 3966 has it: ``+493012345;ext=12``.

    A number whose country cannot be told, or that lacks its area code, keeps its digits without ``+``: it can still
    be compared, but not dialled from elsewhere. Numbers of no existing exchange are kept, since films, tests and new
    ranges have them; those of the wrong length are not.

    A dialling code told beside a number comes before its region, unless the two together are no number.

    Args:
        values: value, region (ISO 3166-1 alpha-2, or empty), and :data:`DIALLING_CODE` as given, if any; distinct.
        needs: what a number without a country code must have to be taken as one of its region.

    Returns:
        value, region, the code as it came, phone, problem (scientific-notation, too-short, too-long, not-a-number),
        repair (cleaned, first-of-several, country-added, plus-added, extension-apart, zeros-for-plus, no-country,
        no-area-code).
    """
    given = {name: texts_of(values[name]).to_pylist() for name in ("value", "region", DIALLING_CODE) if name in values}
    numbers = list(zip(given["value"], given["region"], given.get(DIALLING_CODE, repeat(None)), strict=False))
    read = partial(_number, needs=frozenset(needs))
    rows = _in_two(read, numbers) if len(numbers) >= PARALLEL_FROM else [read(number) for number in numbers]
    return frame_of(
        **given,
        phone=[row[0] for row in rows],
        problem=[row[1] for row in rows],
        repair=[row[2] for row in rows],
    )


Pair = tuple[str | None, str | None]
#: A number, its region, and the dialling code beside it.
Given = tuple[str | None, str | None, str | None]


def _in_two(function: Callable[[Given], Found], numbers: list[Given]) -> list[Found]:
    """The function over all numbers, in order, by two processes; by this one where none can be started."""
    import multiprocessing

    # a fresh interpreter, since a forked one would take over the engine's threads in whatever state they are
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
            return list(pool.map(function, numbers, chunksize=5_000))
    except (OSError, BrokenProcessPool):  # none can be started, or the machine took one away
        return [function(number) for number in numbers]


def _number(given: Given, needs: Collection[PhoneNeed] = ()) -> Found:
    """A number by the dialling code beside it, else by its region."""
    text, region, code = given
    if text is not None and code is not None:
        found = _dialled(text, code)
        if found is not None:
            return found
    return _phone((text, region), needs)


def _dialled(text: str, code: str) -> Found | None:
    """A number by its dialling code; None where that is none, or the two together are no whole number."""
    import phonenumbers

    said = _DIALLING_CODE.fullmatch(cleaned(code))
    region = phonenumbers.region_code_for_country_code(int(said["code"])) if said else None
    if said is None or region not in phonenumbers.SUPPORTED_REGIONS:
        return None
    # three digits alone may be an area code, and a number that begins with the code may have it already
    is_doubtful = len(said["code"]) == _LONGEST_CODE and not said["sign"]
    is_doubtful = is_doubtful or re.sub(r"\D", "", text).startswith(said["code"])
    needs: tuple[PhoneNeed, ...] = ("valid",) if is_doubtful else ()
    found = _phone((text, region), needs)
    return found if (found[0] or "").startswith("+") else None


def _phone(pair: Pair, needs: Collection[PhoneNeed] = ()) -> Found:
    import phonenumbers

    given, region = pair
    if given is None:
        return None, None, None
    text = cleaned(given)
    if len(text) > LONGEST_TEXT:
        return None, "too-long", None
    repairs, extension = list[str](), None
    is_bare = _BARE_NUMBER.fullmatch(text) is not None and len(text) <= MOST_DIGITS + text.count(" ")
    if not is_bare:  # most are: what follows costs more than all the rest
        text, repairs = first_number(text)
    if not text:
        return None, None, None
    if SCIENTIFIC.match(text):
        return None, "scientific-notation", None  # a spreadsheet destroyed this number
    chinese = _CHINESE_EXTENSION.fullmatch(text)
    if chinese and (region == "CN" or text.startswith(("+86", "0086"))):
        text, is_bare = f"{chinese.group(1)} ext {chinese.group(2)}", False
    if not is_bare:
        text, extension = number_and_extension(text)
    ending = f";ext={extension}" if extension else ""
    if extension:
        repairs.append("extension-apart")
    text = re.sub(r"\.0$", "", text)  # a spreadsheet made a number of it
    if re.search(r"[^\W\d_]", text) or _MASK.search(text) or _MOMENT.fullmatch(text):
        return None, "not-a-number", None
    digits = re.sub(r"\D", "", text)
    if len(digits) < FEWEST_DIGITS:
        return None, "too-short" if digits else "not-a-number", None
    if len(set(digits)) == 1:
        return None, "not-a-number", None  # 0000000000 stands for no answer
    if text.lstrip("( ").startswith("00") and not text.lstrip("( ").startswith("000"):
        text = "+" + digits[2:]
        repairs.append("zeros-for-plus")
    known = (region or "").upper() or None
    if known not in phonenumbers.SUPPORTED_REGIONS:
        known = None
    international = text.lstrip("( ").startswith("+")
    if not international and known is None and _CHINESE_MOBILE.fullmatch(digits):
        return f"+{digits}{ending}", None, "+".join([*repairs, "country-added"])
    if not international and known is None:
        if len(digits) > MOST_DIGITS:
            return None, "too-long", None
        return digits + ending, None, "+".join([*repairs, NO_COUNTRY])
    if not international and known and _begins_with_its_code(text, digits, known):
        text, international = f"+{text}", True
        repairs.append("plus-added")
    try:
        number = phonenumbers.parse(text, None if international else known)
    except phonenumbers.NumberParseException as error:
        too_long = error.error_type == phonenumbers.NumberParseException.TOO_LONG
        return None, "too-long" if too_long else "not-a-number", None
    if not international and not _is_national(number, text, str(known), needs):
        if len(digits) > MOST_DIGITS:
            return None, "too-long", None
        return digits + ending, None, "+".join([*repairs, NO_COUNTRY])
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return digits + ending, None, "+".join([*repairs, NO_AREA_CODE])
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        return None, "too-short", None
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return None, "too-long", None
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None, "not-a-number", None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(found) - len("+") > MOST_DIGITS:  # of some countries the library takes longer ones
        return None, "too-long", None
    if not international:
        repairs.append("country-added")
    elif found != given and not repairs:
        repairs.append("cleaned")
    return found + ending, None, "+".join(repairs) or None


def _is_national(number: PhoneNumber, text: str, region: str, needs: Collection[PhoneNeed]) -> bool:
    """Whether a number without a country code has what it needs to be one of its region."""
    import phonenumbers

    if "valid" in needs and not is_a_number(number):
        return False
    trunk = phonenumbers.ndd_prefix_for_region(region, True)
    return "trunk" not in needs or trunk != "0" or text.lstrip("( ").startswith(trunk)


def _begins_with_its_code(text: str, digits: str, region: str) -> bool:
    """Whether a number without + is an international one of its country: ``49 170 1234567`` in Germany.

    Only where national numbers begin with a zero, which this one lacks: of others the library decides it.
    """
    import phonenumbers

    code = phonenumbers.country_code_for_region(region)
    if not digits.startswith(str(code)) or phonenumbers.ndd_prefix_for_region(region, True) != "0":
        return False
    try:
        number = phonenumbers.parse(f"+{text}", None)
    except phonenumbers.NumberParseException:
        return False
    return bool(number.country_code == code and phonenumbers.is_valid_number(number))
