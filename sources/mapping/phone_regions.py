"""The country whose telephone numbers a file writes without their country code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policy.feeds import PhoneNeed
from sources.mapping.evidence import Profile
from sources.telephone_cells import bare_number
from sources.telephone_numbers import is_a_number

#: Top-level domains of countries that mail comes from, as far as they tell where numbers are written.
_REGION_OF_DOMAIN = {"uk": "GB"}
_NOT_A_REGION = frozenset({"io", "co", "ai", "me", "tv", "cc", "eu", "ly", "fm", "to", "la"})
#: Below one of these every domain is one of its country.
_OF_A_COUNTRY = frozenset({"com", "co", "net", "org", "gov", "edu", "ac"})


def _without_code(numbers: Sequence[str]) -> list[str]:
    """The first number of each cell that has one, but for those that name their country."""
    bare = [bare_number(text) for text in numbers]
    return [text for text in bare if any(map(str.isdigit, text)) and not text.lstrip("( ").startswith(("+", "00"))]


def phone_needs(numbers: Sequence[str]) -> tuple[PhoneNeed, ...]:
    """What numbers of a country that nobody named must have: valid ones, with a zero where most of them have one."""
    local = _without_code(numbers)
    with_zero = sum(text.lstrip("( ").startswith("0") for text in local)
    return ("valid", "trunk") if 4 * with_zero >= 3 * len(local) else ("valid",)


def phone_region(phones: Sequence[Profile], values_of: dict[str, Profile]) -> str | None:
    """The country whose numbers the first column that tells has; none where each row names its own."""
    if "country" in values_of:
        return None
    return next((region for values in phones if (region := _region_of_numbers(values, values_of))), None)


def _region_of_numbers(phones: Profile, values_of: dict[str, Profile]) -> str | None:
    """The country whose numbers these are, where nearly all without a country code are valid there."""
    local = _without_code(phones.values)
    if len(local) < 2:
        return None
    mobiles = phones.share("mobile_cn")
    if mobiles >= 0.9 or (mobiles >= 0.5 and _valid_there(local, "CN")):
        return "CN"
    domains = _national_domains(values_of)
    national = [domain for domain in domains if domain]
    if 2 * len(national) < len(domains) or not national:
        return None
    common = max(sorted(set(national)), key=national.count)
    region = _REGION_OF_DOMAIN.get(common, common.upper())
    return region if 10 * national.count(common) >= 9 * len(national) and _valid_there(local, region) else None


def _national_domains(values_of: dict[str, Profile]) -> list[str | None]:
    """For each mailbox, or each web site where nobody has one, the domain of its country: ``uk`` of ``acme.co.uk``.

    None where the domain is no country's, or one that companies of all countries have.
    """
    nothing = Profile((), 0)
    hosts = [text.rsplit("@", 1)[-1] for text in values_of.get("email", nothing).values if "@" in text]
    if not hosts:
        hosts = [re.sub(r"^\w+://|[/?#:].*$", "", text) for text in values_of.get("website", nothing).values]
    found: list[str | None] = []
    for host in hosts:
        *_, second, top = ["", "", *host.casefold().strip(" .>").split(".")]
        is_national = len(top) == 2 and (top not in _NOT_A_REGION or second in _OF_A_COUNTRY)
        found.append(top if is_national else None)
    return found


def _valid_there(numbers: Sequence[str], region: str) -> bool:
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        return False
    valid = 0
    for text in numbers:
        try:
            valid += is_a_number(phonenumbers.parse(text, region))
        except phonenumbers.NumberParseException:
            continue
    return 10 * valid >= 9 * len(numbers)
