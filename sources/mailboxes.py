"""Addresses without what their provider ignores: what is left of all writings of a mailbox is the same."""

from __future__ import annotations

from collections.abc import Collection

_DROPPED = {"dots": ".", "hyphens": "-", "underscores": "_"}


def untagged(address: str) -> str:
    """An address without what follows the first plus; one with nothing before that is left as it is."""
    return bare_address(address, ("plus",))


def bare_address(address: str, ignored: Collection[str]) -> str:
    """An address without what its mailbox ignores; a name of which nothing would be left stays.

    Args:
        address: as it is written, in small letters.
        ignored: dots, hyphens, underscores, plus, as in `mail_providers` of the policy; anything else is passed over.
    """
    name, mark, host = address.rpartition("@")
    if "plus" in ignored:
        name = name.split("+", 1)[0] or name
    bare = name
    for one in ignored:
        bare = bare.replace(_DROPPED.get(one, "\0"), "")
    return f"{bare or name}{mark}{host}"


def without_subdomain(address: str) -> str | None:
    """`tag@name.provider` as `name@provider`, where a domain of at least two words is left of the provider's."""
    name, _, provider = address.rpartition("@")[2].partition(".")
    return f"{name}@{provider}" if "." in provider else None
