"""Signs of Windows that stand where no letter can: proof of its Western encoding where there is little else.

One euro sign is as likely as one letter of another alphabet; behind a number it is the likelier by far. Each sign is
believed only where the letters that its byte is elsewhere make no sense.
"""

from __future__ import annotations

import re

NAME = "cp1252"
_LETTER = r"[^\W\d_]"
_PLACES = (
    rf"(?<!{_LETTER})€(?!{_LETTER}|\.)",  # beside a number, or by itself; elsewhere it may be an initial
    r"£(?= ?\d)|(?<=\d)£(?!\w)",
    r"(?<![A-Za-z])(?:[cdjlmnstCDJLMNST]|[Qq]u)’(?=[aeiouhyAEIOUHYéèêÉ]\w{3})",  # l’atelier; of D\u00edaz D’az is left
    r"(?<![A-Za-z])O’(?=[A-Z][a-z]{2})",  # O’Neil
    r"(?<=[A-Za-z]{3})’s(?![A-Za-z])",  # Anna’s
    r"(?<!\w)[“„](?=\w)(?P<quoted>[^“”„\r\n]{1,80})(?<! )[“”](?!\w)",
    r"(?<=[ \d])[–—](?=[ \d])",
    rf"(?<=[A-Za-z\d]{{3}})[™®](?!{_LETTER})",
    r"(?<=\d)\u00a0?°|(?<=\d )°|(?<![A-Za-z])[kcm]?m[²³](?!\w)|©(?= ?\d{4})|N[º°](?= ?\d)",
    r"(?<=[BCHMNSVbchmnsv])[œŒ](?=[uU])|(?<!\w)[œŒ](?:(?=uvre|uf|illet|nolog|UVRE)|(?=ils?(?!\w)))",  # cœur, œuvre
)
_SENSIBLE = re.compile("|".join(_PLACES))
#: The bytes of all signs, and those of ASCII.
_SIGNS_AND_ASCII = "€£’“”„–—™®°²³©ºœŒ\u00a0".encode(NAME) + bytes(range(0x80))


def has_only_windows_signs(sample: bytes) -> bool:
    """Whether all that is not ASCII in a text are signs that only Windows can mean."""
    if sample.translate(None, _SIGNS_AND_ASCII):  # looking for the signs takes as long as reading the file
        return False
    rest = without_windows_signs(sample)
    return rest is not None and rest.isascii()


def without_windows_signs(sample: bytes) -> bytes | None:
    """A text without the signs that only Windows can mean; None where it has none, or is not of that encoding."""
    try:
        text = sample.decode(NAME)
    except UnicodeDecodeError:
        return None
    left = _SENSIBLE.sub(r"\g<quoted>", text)
    return left.encode(NAME) if left != text else None
