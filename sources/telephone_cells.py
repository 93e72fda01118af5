"""What a cell of telephone numbers holds: one number or several, words around them, an extension behind them.

Nothing is said here of what countries' numbers are like.
"""

from __future__ import annotations

import json
import re
import unicodedata

#: Fewest and most digits of a telephone number (E.164 allows 15).
FEWEST_DIGITS, MOST_DIGITS = 5, 15
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
_REMARK = re.compile(r"(?<=[\w)])\s*[(\[][^\d()\[\]]+[)\]]$")
#: What stands before numbers: a word for telephone, or the mark that Meta's exports of leads put there.
_LABEL = re.compile(
    r"^(?:(?:telephone|telefon|tel|phone|mobile|mobil|mob|handy|cell|whats\s?app|viber|telegram|signal|联系电话|电话|電話"
    r"|手机号码|手机号|手机|手機|座机|固话|fax)\s*[:.]?|[pmtcwh]\s*:)\s*",
    re.IGNORECASE,
)
#: Says that a number is none to call.
_FAX = re.compile(r"(?<![^\W\d_])(?:tele)?fax(?![^\W\d_])|传真|傳真", re.IGNORECASE)


def first_number(text: str) -> tuple[str, list[str]]:
    """The first of several numbers in one cell, without words before and behind it; arrays of JSON have it first.

    That of a fax is passed over for one behind it.

    Returns:
        The number, with its extension, and what was put right: first-of-several, cleaned, or nothing.
    """
    text, repairs = _REMARK.sub("", text), list[str]()
    if text.startswith("[") and text.endswith("]"):
        elements = _elements(text)
        if elements:
            text = elements[0]
            repairs = ["first-of-several"] if len(elements) > 1 else ["cleaned"]
    end = _end_of_first(text)
    if end is None:
        end = _end_before_short_forms(text)
    if end is not None:
        text, repairs = _first_to_call(text, end), ["first-of-several"]
    return _REMARK.sub("", _LABEL.sub("", re.sub(r"\s+", " ", _AS_TEXT.sub("", text)))), repairs


def number_and_extension(text: str) -> tuple[str, str | None]:
    """A number, and the digits of the extension behind it; None where there is none."""
    bracketed = _BRACKETED_EXTENSION.search(text)
    if bracketed and _digit_count(text[: bracketed.start()]) >= _WHOLE_NUMBER:
        text = f"{text[: bracketed.start()]} {'#' if bracketed.group(1).isdigit() else ''}{bracketed.group(1)}"
    extension = _EXTENSION.search(text)
    if extension is None or _digit_count(text[: extension.start()]) < FEWEST_DIGITS:
        return text, None
    return text[: extension.start()], extension.group(1)


def bare_number(cell: str) -> str:
    """The first number of a cell as it is written, without what stands before and behind it."""
    return number_and_extension(first_number(unicodedata.normalize("NFKC", cell).strip())[0])[0]


def _first_to_call(text: str, end: int) -> str:
    """The first of several numbers that is not a fax's, or the first where all are; it ends at `end`."""
    first, behind = text[:end], text[end:]
    if not _FAX.search(first):
        return first
    mark = _BETWEEN.match(behind)
    behind = behind[mark.end() :] if mark else behind.strip()
    next_end = _end_of_first(behind)
    following = behind if next_end is None else _first_to_call(behind, next_end)
    return first if _FAX.search(following) or _digit_count(following) < _WHOLE_NUMBER else following


def _end_of_first(text: str) -> int | None:
    """Where the first of several whole numbers ends; None where there is one."""
    for mark in _BETWEEN.finditer(text):
        before, behind = text[: mark.start()], text[mark.end() :]
        after = _LABEL.sub("", re.split(r"[;；、|/,，\n]|:::", behind, maxsplit=1)[0])
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
    return _digit_count(re.sub(r"^\s*[(\s]*00|\(0\)", "", text)) > MOST_DIGITS


def _elements(text: str) -> list[str]:
    """The filled texts and numbers of an array of JSON; none where it is no such array."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [str(item) for item in found if isinstance(item, str | int) and str(item).strip()]


def _digit_count(text: str) -> int:
    return sum(map(str.isdigit, text))
