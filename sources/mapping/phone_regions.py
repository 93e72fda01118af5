"""The country whose telephone numbers a file writes without their country code."""

from __future__ import annotations

from collections.abc import Sequence

from policy.feeds import PhoneNeed
from sources.mapping.evidence import Profile

#: Top-level domains of countries that mail comes from, as far as they tell where numbers are written.
_REGION_OF_DOMAIN = {"uk": "GB"}
_NOT_A_REGION = frozenset({"io", "co", "ai", "me", "tv", "cc", "eu", "ly", "fm", "to", "la"})


def _without_code(numbers: Sequence[str]) -> list[str]:
    return [text for text in numbers if not text.lstrip("( ").startswith(("+", "00"))]


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
    if phones.share("mobile_cn") >= 0.9:
        return "CN"
    domains = [
        text.rsplit(".", 1)[-1].casefold().strip(">")
        for text in values_of.get("email", Profile((), 0)).values
        if "@" in text
    ]
    national = [domain for domain in domains if len(domain) == 2 and domain not in _NOT_A_REGION]
    if 2 * len(national) < len(domains) or not national:
        return None
    common = max(sorted(set(national)), key=national.count)
    region = _REGION_OF_DOMAIN.get(common, common.upper())
    return region if 10 * national.count(common) >= 9 * len(national) and _valid_there(local, region) else None


def _valid_there(numbers: Sequence[str], region: str) -> bool:
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        return False
    valid = 0
    for text in numbers:
        try:
            valid += phonenumbers.is_valid_number(phonenumbers.parse(text, region))
        except phonenumbers.NumberParseException:
            continue
    return 10 * valid >= 9 * len(numbers)
