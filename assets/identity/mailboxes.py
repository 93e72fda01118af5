"""E-mail addresses as they are compared: without what their provider is known to ignore."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from policy.identity import MailProvider

_DROPPED = {"dots": ".", "hyphens": "-", "underscores": "_"}


def email_key(values: pd.Series, providers: Iterable[MailProvider]) -> pd.Series:
    """Addresses, folded: small letters, domains in ASCII, and of known providers without what they ignore.

    "Jane.Doe+news@googlemail.com" becomes "janedoe@gmail.com"; of a provider that is not known nothing but case goes.

    Args:
        values: addresses as given.
        providers: what each provider ignores, and which of its domains are one.

    Returns:
        The keys, with the same index; null where there is no @ with something on both sides.
    """
    given = pa.array(values.astype(object).where(values.notna(), None), type=pa.string())
    text = pc.utf8_trim_whitespace(pc.utf8_lower(given))
    rules = {domain: provider for provider in providers for domain in provider.domains}
    deep = tuple(f".{domain}" for domain, provider in rules.items() if "subdomain" in provider.ignores)
    domains = pc.replace_substring_regex(text, r"^.*@", "")
    listed = pc.unique(domains).to_pylist()
    # few domains have many addresses: only those of a provider, or with letters beyond ASCII, are looked at one by one
    odd = [name for name in listed if name and (name in rules or not name.isascii() or (deep and name.endswith(deep)))]
    looked_at = pc.fill_null(pc.is_in(domains, pa.array(odd, pa.string())), False)
    found = text.to_pylist()
    for place in pc.indices_nonzero(looked_at).to_pylist():
        found[place] = _key(found[place], rules)
    kept = [address if address and 0 < address.find("@") < len(address) - 1 else None for address in found]
    return pd.Series(kept, index=values.index, dtype=object)


def _key(address: str, rules: dict[str, MailProvider]) -> str:
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode().lower()
        except UnicodeError:
            return address
    provider = rules.get(domain)
    if provider is None:
        name, _, parent = domain.partition(".")
        if parent not in rules or "subdomain" not in rules[parent].ignores:
            return f"{local}@{domain}"
        local, domain, provider = name, parent, rules[parent]
    if "plus" in provider.ignores:
        local = local.split("+", 1)[0] or local
    bare = local
    for ignored in provider.ignores:
        bare = bare.replace(_DROPPED.get(ignored, "\0"), "")
    if provider.one_mailbox:
        domain = provider.domains[0]
    return f"{bare or local}@{domain}"
