"""Telephone numbers as people write them, brought into one form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from assets.intake.normalise import LONGEST_TEXT, SCIENTIFIC, Found, cleaned, frame_of, texts_of
from policy.feeds import PhoneNeed

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

#: From so many numbers on two processes read them.
PARALLEL_FROM = 50_000
#: What stands before an extension, as a word of its own.
_EXTENSION_WORDS = (
    r"extension|extensi[oó]n|extn?|x|dw|durchw(?:ahl)?|nst|nebenst(?:elle)?|app(?:arat)?|kl(?:appe)?|poste|interno|interne|int"
    r"|доб(?:авочный)?|внутр(?:енний)?|вн|wewn(?:ętrzny)?|wew|linha|ramal|anexo|toestel|tst|linka|lokal|anknytning|dahili"
)
_EXTENSION = re.compile(
    rf"[\s,/]*(?:;ext=|,+|#|[转轉]|分机号?|分機|[内內][線线]|내선|(?<![^\W\d_])(?:{_EXTENSION_WORDS}))"
    r"[.:\s]*(?:no|nr)?[.:\s]*[-–]?\s*(\d{1,7})\s*#?\s*$",
    re.IGNORECASE,
)
#: The same in brackets, where it needs no word.
_BRACKETED_EXTENSION = re.compile(r"\s*[(\[]([^()\[\]]*(?<!\d)\d{1,5})[)\]]$")
#: An extension as it is written in China, behind the area code and the number.
_CHINESE_EXTENSION = re.compile(r"((?:(?:\+|00)86[- ]?\(?0?|\(?0)\d{2,3}\)?[- ]?\d{7,8})-(\d{2,6})")
#: What stands between two numbers, if they are two; a slash, a comma or a bar may also stand within one.
_BETWEEN = re.compile(
    r"\s*(?:\n|:::|[;；、|]|\s(?:or|oder|ou|and|und|et|&)\s|或)\s*|(?P<doubtful>\s*[/,，(]\s*)", re.IGNORECASE
)
#: Behind a number the last digits of others, or of the last one of a range: ``1234564/65``, ``123456-10/-11``.
_SHORT_FORMS = re.compile(
    r"(?:\s*(?:[/\\;；、，|]|,(?=[\s-])|[或至到~]|\s(?:or|oder|ou|and|und|u\.|et|&|bis|to|à)\s|(?<=-\d\d)\s[-–—]\s))"
    r"\s*(?P<first>[-–]?\d{1,4})(?:\s*[/\\;；、,，|]\s*[-–]?\d{1,4})*[\s.]*$",
    re.IGNORECASE,
)
#: Most digits of a short form; how many more the number before it has at least, and how many more with its country's.
_LONGEST_SHORT, _BEFORE_SHORT, _COUNTRY_CODE = 4, 5, 2
#: Fewest digits that make a number with others beside it, and one with another behind a mere blank.
_WHOLE_NUMBER, _LONG_NUMBER = 7, 10
#: What a spreadsheet puts around a number to leave it as it is: ``'+49``, ``="030"``.
_AS_TEXT = re.compile(r"^=?[\"'‘’`]+|[\"'‘’`]+$")
#: A word behind a number: ``(mobil)``.
_PHONE_REMARK = re.compile(r"\s*[(\[][^\d()\[\]]+[)\]]$")
#: What stands before numbers: a word for telephone, or the mark that Meta's exports of leads put there.
_PHONE_LABEL = re.compile(
    r"^(?:(?:telephone|telefon|tel|phone|mobile|mobil|mob|handy|cell|whats\s?app|viber|telegram|signal|联系电话|电话|電話"
    r"|手机号码|手机号|手机|手機|座机|固话|fax)\s*[:.]?|[pmtcwh]\s*:)\s*",
    re.IGNORECASE,
)
#: A Chinese mobile number with its country's code: without + it is no other country's number either.
_CHINESE_MOBILE = re.compile(r"861[3-9]\d{9}")
#: Signs that stand for digits somebody hid: the digits beside them are no number.
_MASK = re.compile(r"[*#•●○∙]|__")
#: Dates and times of day, which have as many digits as telephone numbers have.
_MOMENT = re.compile(
    r"(?:(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|"
    r"(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d)?"
    r"(?:[T ]?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
#: Repairs of numbers that stay without +.
NO_COUNTRY, NO_AREA_CODE = "no-country", "no-area-code"
#: Fewest and most digits of a telephone number (E.164 allows 15).
_DIGITS = (5, 15)


def phones(values: pd.DataFrame, needs: Collection[PhoneNeed] = ()) -> pd.DataFrame:
    """Telephone numbers as E.164, behind a switchboard with the extension as RFC 3966 has it: ``+493012345;ext=12``.

    A number whose country cannot be told, or that lacks its area code, keeps its digits without ``+``: it can still
    be compared, but not dialled from elsewhere. Numbers of no existing exchange are kept, since films, tests and new
    ranges have them; those of the wrong length are not.

    Args:
        values: value, region (ISO 3166-1 alpha-2, or empty); distinct.
        needs: what a number without a country code must have to be taken as one of its region.

    Returns:
        value, region, phone, problem (scientific-notation, too-short, too-long, not-a-number), repair (cleaned,
        first-of-several, country-added, plus-added, extension-apart, zeros-for-plus, no-country, no-area-code).
    """
    pairs = list(zip(texts_of(values["value"]).to_pylist(), texts_of(values["region"]).to_pylist(), strict=True))
    read = partial(_phone, needs=frozenset(needs))
    rows = _in_two(read, pairs) if len(pairs) >= PARALLEL_FROM else [read(pair) for pair in pairs]
    return frame_of(
        value=[pair[0] for pair in pairs],
        region=[pair[1] for pair in pairs],
        phone=[row[0] for row in rows],
        problem=[row[1] for row in rows],
        repair=[row[2] for row in rows],
    )


Pair = tuple[str | None, str | None]


def _in_two(function: Callable[[Pair], Found], pairs: list[Pair]) -> list[Found]:
    """The function over all pairs, in order, by two processes; by this one where none can be started."""
    import multiprocessing

    # a fresh interpreter, since a forked one would take over the engine's threads in whatever state they are
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
            return list(pool.map(function, pairs, chunksize=5_000))
    except (OSError, BrokenProcessPool):  # none can be started, or the machine took one away
        return [function(pair) for pair in pairs]


def _phone(pair: Pair, needs: Collection[PhoneNeed] = ()) -> Found:
    import phonenumbers

    given, region = pair
    if given is None:
        return None, None, None
    text = cleaned(given)
    if len(text) > LONGEST_TEXT:
        return None, "too-long", None
    text, repairs = _first_number(_PHONE_REMARK.sub("", text))
    text = _PHONE_REMARK.sub("", _PHONE_LABEL.sub("", re.sub(r"\s+", " ", _AS_TEXT.sub("", text))))
    if not text:
        return None, None, None
    if SCIENTIFIC.match(text):
        return None, "scientific-notation", None  # a spreadsheet destroyed this number
    chinese = _CHINESE_EXTENSION.fullmatch(text)
    if chinese and (region == "CN" or text.startswith(("+86", "0086"))):
        text = f"{chinese.group(1)} ext {chinese.group(2)}"
    bracketed = _BRACKETED_EXTENSION.search(text)
    if bracketed and _digit_count(text[: bracketed.start()]) >= _WHOLE_NUMBER:
        text = f"{text[: bracketed.start()]} {'#' if bracketed.group(1).isdigit() else ''}{bracketed.group(1)}"
    extension, ending = _EXTENSION.search(text), ""
    if extension and len(re.sub(r"\D", "", text[: extension.start()])) >= _DIGITS[0]:
        text, ending = text[: extension.start()], f";ext={extension.group(1)}"
        repairs.append("extension-apart")
    text = re.sub(r"\.0$", "", text)  # a spreadsheet made a number of it
    if re.search(r"[^\W\d_]", text) or _MASK.search(text) or _MOMENT.fullmatch(text):
        return None, "not-a-number", None
    digits = re.sub(r"\D", "", text)
    if len(digits) < _DIGITS[0]:
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
        if len(digits) > _DIGITS[1]:
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
        if len(digits) > _DIGITS[1]:
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
    if not international:
        repairs.append("country-added")
    elif found != given and not repairs:
        repairs.append("cleaned")
    return found + ending, None, "+".join(repairs) or None


def _is_national(number: PhoneNumber, text: str, region: str, needs: Collection[PhoneNeed]) -> bool:
    """Whether a number without a country code has what it needs to be one of its region."""
    import phonenumbers

    if "valid" in needs and not phonenumbers.is_valid_number(number):
        return False
    trunk = phonenumbers.ndd_prefix_for_region(region, True)
    return "trunk" not in needs or trunk != "0" or text.lstrip("( ").startswith(trunk)


def _first_number(text: str) -> tuple[str, list[str]]:
    """The first of several numbers in one cell, and that there are several; arrays of JSON have their first element."""
    repairs = []
    if text.startswith("[") and text.endswith("]"):
        elements = _elements(text)
        if elements:
            text = elements[0]
            repairs = ["first-of-several"] if len(elements) > 1 else ["cleaned"]
    end = _end_of_first(text)
    if end is None:
        end = _end_before_short_forms(text)
    return (text, repairs) if end is None else (text[:end], ["first-of-several"])


def _end_of_first(text: str) -> int | None:
    """Where the first of several whole numbers ends; None where there is one."""
    for mark in _BETWEEN.finditer(text):
        before, behind = text[: mark.start()], text[mark.end() :]
        after = _PHONE_LABEL.sub("", re.split(r"[;；、|/,，\n]|:::", behind, maxsplit=1)[0])
        if min(_digit_count(before), _digit_count(after)) < _WHOLE_NUMBER:
            continue
        begins_anew = after.startswith(("+", "0", "(")) or mark.group() == " / "
        if not mark["doubtful"] or begins_anew or _is_too_much(before + after):
            return mark.start()
    return _end_at_blank(text)


def _end_at_blank(text: str) -> int | None:
    """Where the first of two numbers ends that have but a blank, or the plus of the second, between them.

    They are two where they are too much for one; where they part is told by halves of equal length, by a first one
    written without blanks, or by the one place at which a number can begin.
    """
    again = re.search(r"(?<=\d)\s*(?=\+\s?\d)", text)
    if again and min(map(_digit_count, (text[: again.start()], text[again.end() :]))) >= _WHOLE_NUMBER:
        return again.start()
    text = _EXTENSION.sub("", text)
    if not _is_too_much(text):
        return None
    anew = []
    for blank in re.finditer(r"(?<=\d)\s+(?=[(\d])", text):
        halves = _digit_count(text[: blank.start()]), _digit_count(text[blank.end() :])
        is_alone = halves[0] >= _LONG_NUMBER and not re.search(r"\s", text[: blank.start()].strip())
        if halves[0] == halves[1] or is_alone:
            return blank.start()
        if min(halves) >= _WHOLE_NUMBER and text[blank.end()] in "0(":
            anew.append(blank.start())
    return anew[0] if len(anew) == 1 else None


def _end_before_short_forms(text: str) -> int | None:
    """Where a number ends behind which others are told by their last digits alone; None where none are."""
    short = _SHORT_FORMS.search(text)
    if short is None:
        return None
    before, last = text[: short.start()], _digit_count(short["first"])
    # 01/42/68/53/00 is one number: all of its groups are short
    is_grouped = "/" in before and all(_digit_count(group) <= _LONGEST_SHORT for group in text.split("/"))
    fewest = last + _BEFORE_SHORT + (_COUNTRY_CODE if before.lstrip("( ").startswith(("+", "00")) else 0)
    is_whole = _digit_count(before) >= max(_WHOLE_NUMBER, fewest)
    return None if is_grouped or not is_whole else short.start()


def _is_too_much(text: str) -> bool:
    """Whether these are more digits than a number has, that of its country and what is dialled before it included."""
    return _digit_count(re.sub(r"^\s*[(\s]*00|\(0\)", "", text)) > _DIGITS[1]


def _elements(text: str) -> list[str]:
    """The filled texts and numbers of an array of JSON; none where it is no such array."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(item) for item in found if isinstance(item, str | int) and str(item).strip()]


def _digit_count(text: str) -> int:
    return sum(map(str.isdigit, text))


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
