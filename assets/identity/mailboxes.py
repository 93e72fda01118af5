"""E-mail addresses as they are compared: without what their provider is known to ignore, and without their tags."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from assets.identity.folding import changed
from policy.identity import MailProvider, PlusTags
from sources.mailboxes import bare_address, untagged, without_subdomain


def email_key(
    addresses: pa.ChunkedArray, providers: Iterable[MailProvider], plus_tags: PlusTags = "everywhere"
) -> pa.ChunkedArray:
    """Addresses, folded: small letters, domains in ASCII, no tags, and of known providers without what they ignore.

    "Jane.Doe+news@googlemail.com" becomes "janedoe@gmail.com"; of a provider that is not known nothing goes but case
    and, where plus tags are ignored everywhere, the tag: "jane.doe+news@acme.com" becomes "jane.doe@acme.com".

    Args:
        addresses: as given.
        providers: what each provider ignores, and which of its domains are one.
        plus_tags: whose addresses are one mailbox with and without what follows a plus.

    Returns:
        The keys; null where there is no @ with something on both sides.
    """
    text = pc.utf8_trim_whitespace(pc.utf8_lower(addresses))
    if plus_tags == "everywhere":
        text = changed(
            text,
            pc.match_substring(text, "+"),
            lambda some: pa.array([untagged(address) for address in some.to_pylist()], pa.string()),
        )
    rules = {domain: provider for provider in providers for domain in provider.domains}
    deep = tuple(f".{domain}" for domain, provider in rules.items() if "subdomain" in provider.ignores)
    domains = pc.replace_substring_regex(text, r"^.*@", "")
    listed = pc.unique(domains).to_pylist()
    # few domains have many addresses: only those of a provider, or with letters beyond ASCII, are looked at one by one
    odd = [name for name in listed if name and (name in rules or not name.isascii() or (deep and name.endswith(deep)))]
    text = changed(
        text,
        pc.is_in(domains, pa.array(odd, pa.string())),
        lambda some: pa.array([_key(address, rules) for address in some.to_pylist()], pa.string()),
    )
    return pc.if_else(pc.match_substring_regex(text, r"^[^@]+@(?s:.)"), text, None)


def _key(address: str, rules: dict[str, MailProvider]) -> str:
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode().lower()
        except UnicodeError:
            return address
    address = f"{local}@{domain}"
    provider = rules.get(domain)
    if provider is None:
        parent = domain.partition(".")[2]
        if parent not in rules or "subdomain" not in rules[parent].ignores:
            return address
        provider, address = rules[parent], without_subdomain(address) or address
    bare = bare_address(address, provider.ignores)
    return f"{bare.rpartition('@')[0]}@{provider.domains[0]}" if provider.one_mailbox else bare
