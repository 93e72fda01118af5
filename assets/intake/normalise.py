"""Values as people write them, brought into one form, field by field. Each distinct value is looked at once.

A value that cannot be read comes back empty with the code of its problem; one that was put right carries the code of
the repair, several joined by ``+``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import cache
from operator import mul

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Characters that print nothing: zero-width spaces and joiners, soft hyphen, byte order mark, direction marks.
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))

#: What an address nobody doubts looks like; all others are read by email-validator. An apostrophe in front of it is a
#: spreadsheet's mark of text.
_PLAIN_EMAIL = (
    r"^[a-z0-9!#$%&*+/=?^_`{|}~-][a-z0-9!#$%&'*+/=?^_`{|}~-]*(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$"
)
_LONGEST_EMAIL = 254

#: A number such as 1.38E+10, of which a spreadsheet has lost digits.
SCIENTIFIC = re.compile(r"^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$")

#: A value in its one form, the code of its problem, the codes of its repairs.
Found = tuple[str | None, str | None, str | None]


def texts_of(values: pd.Series) -> pa.Array:
    """Values as texts, nothing as null."""
    return pa.array(
        values.astype(object).where(values.notna(), None).map(lambda v: v if v is None else str(v)),
        pa.string(),
    )


def frame_of(**columns: list[str | None]) -> pd.DataFrame:
    """Columns of texts, nothing as None."""
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})


#: Characters; what is longer is no address and no number, and patterns would look at it for long.
LONGEST_TEXT = 1_000


def cleaned(text: str) -> str:
    """A text with full-width letters and digits plain, without what prints nothing and blanks around it."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


# --- e-mail --------------------------------------------------------------------------------------------------


def emails(values: pd.Series) -> pd.DataFrame:
    """E-mail addresses in lower case, international domains in their ASCII form.

    Args:
        values: addresses as given, distinct.

    Returns:
        value, email, problem (no-at, bad-address, too-long), repair (lower-case, cleaned, mailto, name-dropped,
        first-of-several, ascii-domain).
    """
    texts = texts_of(values)
    plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN_EMAIL), False)
    short = pc.fill_null(pc.less_equal(pc.binary_length(texts), _LONGEST_EMAIL), False)
    given = texts.to_pylist()
    rows = [
        (text, None, None) if easy or text is None else _email(text)
        for text, easy in zip(given, pc.and_(plain, short).to_pylist(), strict=True)
    ]
    return frame_of(
        value=given,
        email=[row[0] for row in rows],
        problem=[row[1] for row in rows],
        repair=[row[2] for row in rows],
    )


def _email(text: str) -> tuple[str | None, str | None, str | None]:
    repairs = []
    found = cleaned(text)
    if len(found) > LONGEST_TEXT:
        return None, "too-long", None
    if found != text:
        repairs.append("cleaned")
    if found.lower().startswith("mailto:"):
        found = found[7:].split("?", 1)[0].strip()
        repairs.append("mailto")
    inside = re.search(r"<([^<>]+@[^<>]+)>", found)
    if inside:
        found = inside.group(1).strip()
        repairs.append("name-dropped")
    parts = [part for part in re.split(r"[;,\s]+", found) if "@" in part]
    if len(parts) > 1:
        found = parts[0]
        repairs.append("first-of-several")
    stripped = found.strip(" \t<>\"'.,;:()[]")
    if stripped != found:
        found = stripped
        if "cleaned" not in repairs:
            repairs.append("cleaned")
    if not found:
        return None, None, None
    if "@" not in found:
        return None, "no-at", None
    if len(found) > _LONGEST_EMAIL:
        return None, "too-long", None
    lowered = found.lower()
    if lowered != found:
        repairs.append("lower-case")
    if not re.match(_PLAIN_EMAIL, lowered):
        from email_validator import EmailNotValidError, validate_email

        try:
            checked = validate_email(lowered, check_deliverability=False, allow_smtputf8=True, test_environment=True)
        except EmailNotValidError:
            return None, "bad-address", None
        ascii_form = f"{checked.local_part}@{checked.ascii_domain}".lower()
        if len(ascii_form.rsplit(".", 1)[-1]) < 2:
            return None, "bad-address", None
        if ascii_form != lowered:
            repairs.append("ascii-domain")
        lowered = ascii_form
    return lowered, None, "+".join(repairs) or None


# --- domains -------------------------------------------------------------------------------------------------


@cache
def _extract() -> Callable[[str], tuple[str, str]]:
    import tldextract

    # the list that comes with the package: nothing is fetched
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)

    def split(host: str) -> tuple[str, str]:
        found = extract(host)
        return found.domain, found.suffix

    return split


def domain_of(values: pd.Series, free_mail: Iterable[str], hosting: Iterable[str] = ()) -> pd.DataFrame:
    """The registrable domain of web sites, e-mail addresses or hosts; none where it says nothing of the company.

    Mail providers say nothing, and neither do hosts on whose domains strangers have their pages: ``acme.wixsite.com``
    is not Wix. Who has a mailbox at such a domain itself works there.

    Args:
        values: ``https://www.acme.co.uk/x``, ``jane@acme.co.uk`` or ``acme.co.uk``; distinct.
        free_mail: domains of mail providers.
        hosting: domains of hosts of strangers' pages.

    Returns:
        value, domain.
    """
    given = texts_of(values).to_pylist()
    free = {name.lower() for name in free_mail}
    shared = {name.lower() for name in hosting}
    known: dict[tuple[str, bool], str | None] = {}
    domains: list[str | None] = []
    for text in given:
        host, is_mail = _host(text) if text else ("", False)
        if (host, is_mail) not in known:
            name, suffix = _extract()(host) if "." in host else ("", "")
            whole = f"{name}.{suffix}"
            is_own = name and suffix and whole not in free and host not in free
            known[host, is_mail] = whole if is_own and not _is_hosted(host, shared, is_mail=is_mail) else None
        domains.append(known[host, is_mail])
    return frame_of(value=given, domain=domains)


def _is_hosted(host: str, shared: Collection[str], *, is_mail: bool) -> bool:
    """Whether a host is one of those on which strangers have their pages, or below; at it, mailboxes are its own."""
    parts = host.split(".")
    above = {".".join(parts[first:]) for first in range(1 if is_mail else 0, len(parts) - 1)}
    return not above.isdisjoint(shared)


def _host(text: str) -> tuple[str, bool]:
    """The host that a text names, and whether as that of a mailbox."""
    found = text if text.isascii() else cleaned(text)
    found = found.strip().lower()
    found = found.split("://", 1)[-1]
    # first the path: the names of people's pages may have an @
    for mark in "/?#":
        found = found.split(mark, 1)[0]
    _, at, found = found.rpartition("@")
    found = found.split(":", 1)[0].strip(" .")
    if not found.isascii():
        try:
            found = found.encode("idna").decode()
        except UnicodeError:
            return "", bool(at)
    return found, bool(at)


# --- registry numbers ----------------------------------------------------------------------------------------

_CODE_VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
#: First characters in use: who registered the organisation.
_CODE_AUTHORITIES = "123456789ANY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_social_credit_code(text: str) -> bool:
    """Whether a 统一社会信用代码 is whole: 18 characters, the last one the check of the others.

    The check follows GB 32100-2015: with the last character the weighted sum is a multiple of 31.
    """
    if len(text) != 18 or not _CODE_VALUES.keys() >= set(text):
        return False
    values = [_CODE_VALUES[letter] for letter in text]
    total: int = sum(map(mul, values, _CODE_WEIGHTS))
    return (total + values[17]) % 31 == 0


def company_codes(values: pd.Series) -> pd.DataFrame:
    """Registry numbers of companies, in capitals and without spaces, dashes and dots.

    Args:
        values: numbers as given, distinct.

    Returns:
        value, company_code, problem (bad-check-digit: 18 characters that begin like a 统一社会信用代码 but whose last
        one does not fit; scientific-notation; not-a-code: no digit, or one character over and over), repair (cleaned,
        upper-case, marks-dropped).
    """
    given = texts_of(values).to_pylist()
    rows = [_company_code(text) for text in given]
    return frame_of(
        value=given,
        company_code=[row[0] for row in rows],
        problem=[row[1] for row in rows],
        repair=[row[2] for row in rows],
    )


def _company_code(text: str | None) -> Found:
    if text is None:
        return None, None, None
    repairs = []
    found = (text.strip() if text.isascii() else cleaned(text)).removesuffix(".0")  # a spreadsheet made a number of it
    if found != text:
        repairs.append("cleaned")
    if not found:
        return None, None, None
    if SCIENTIFIC.match(found):
        return None, "scientific-notation", None  # a spreadsheet destroyed this one
    upper = found.upper()
    if upper != found:
        repairs.append("upper-case")
    code = re.sub(r"[\s\-_.]", "", upper)
    if code != upper:
        repairs.append("marks-dropped")
    if len(set(code)) < 2 or not any(character.isdigit() for character in code):
        return None, "not-a-code", None  # n/a, 无, 000000 stand for no answer
    claims = len(code) == 18 and code[0] in _CODE_AUTHORITIES and code[2:8].isdigit()
    if claims and not is_social_credit_code(code):
        return None, "bad-check-digit", None
    return code, None, "+".join(repairs) or None
