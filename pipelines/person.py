"""Finding a person, by what is published: the lead, what it is reached by, and which of that is nobody else's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from assets.identity.folding import folded_text
from assets.identity.mailboxes import email_key
from assets.identity.people import person_names
from assets.identity.words.lists import company_words, letters_only
from assets.intake.erased_lines import is_nobodys
from assets.intake.normalise import emails
from assets.intake.telephones import phones
from pipelines.errors import UsageError
from policy.identity import Identity
from policy.load import load_policy
from serving.published import opened
from sources.tombstones import (
    ANONYMOUS_ID,
    CONTENT,
    EMAIL,
    EXTENSION,
    NAMED,
    PHONE,
    RECORD_KEY,
    in_any_order,
    mailbox_kind,
    named,
    of_source,
    phone_forms,
    short_names,
)

#: Columns of records by which a person is told again.
_TELLING = {EMAIL: "email", PHONE: "phone", ANONYMOUS_ID: "anonymous_id"}


@dataclass
class Person:
    """Who is to be erased.

    Attributes:
        lead_id: None where nobody here is known by the identifier.
        records: rows of `lead_records` of the lead.
        events: rows of `lead_events` of the lead.
        deals: references of the deals that name the lead.
        identifiers: what is the person's alone, in the form intake keeps it, by kind.
        shared: what others are reached by as well: it stays, and so do they.
        names: full names that nobody else has, as written.
    """

    lead_id: str | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)
    identifiers: dict[str, set[str]] = field(default_factory=dict)
    shared: dict[str, set[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    @property
    def record_ids(self) -> set[str]:
        """The records that are this lead."""
        return {row["record_id"] for row in self.records}

    def hashed(self) -> dict[str, set[str]]:
        """What tombstones are made of: telephone numbers in each form in which they may come back."""
        told = {kind: set(values) for kind, values in self.identifiers.items()}
        told[PHONE] = {form for number in told.get(PHONE, ()) for form in phone_forms(number)}
        return {kind: values for kind, values in told.items() if values}


def find_person(
    home: Path, *, email: str | None = None, phone: str | None = None, lead_id: str | None = None
) -> Person:
    """The one person that an address, a number or a lead id means.

    Args:
        home: the deployment.
        email: an address.
        phone: a number, best with its country.
        lead_id: an id, also one that is no longer current.

    Raises:
        UsageError: it is no address or number, no lead has the id, or several leads share what was given.
    """
    given = _given(email, phone)
    identity = load_policy(home).identity
    with opened(home) as warehouse, warehouse.reading() as connection:
        tables = warehouse.schema.tables
        if not sa.inspect(connection).has_table("lead_records", schema=tables["lead_records"].schema):
            return _nobody(given, lead_id, identity)
        records, identities = tables["lead_records"], tables["lead_identities"]
        if lead_id:
            current = _current(connection, tables, lead_id)
            found = [current] if current else []
        else:
            query = sa.select(identities.c.lead_id).distinct()
            query = query.join(records, records.c.record_id == identities.c.record_id)
            found = sorted(connection.execute(query.where(_is_given(connection, records, given, identity))).scalars())
        if not found:
            return _nobody(given, lead_id, identity)
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} leads are reached by it ({', '.join(found[:10])}): whom do you mean? "
                "Say --lead-id; what the others are reached by as well then stays"
            )
        return _person(connection, tables, found[0], identity)


def _given(email: str | None, phone: str | None) -> dict[str, set[str]]:
    if email is not None:
        if not is_address(email):
            raise UsageError(f"{email!r} is no e-mail address")
        return {EMAIL: _read_addresses(email)}
    if phone is not None:
        if not is_number(phone):
            raise UsageError(f"{phone!r} is no phone number; write it with its country, such as +49 30 1234567")
        return {PHONE: _read_numbers(phone)}
    return {}


def _read_addresses(text: str) -> set[str]:
    return set(emails(pd.Series([text], dtype="object"))["email"].dropna())


def _read_numbers(text: str) -> set[str]:
    return set(phones(pd.DataFrame({"value": [text], "region": [""]}, dtype="object"))["phone"].dropna())


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address: "unknown" where one was asked for says nothing of anybody."""
    return bool(_read_addresses(text))


def is_number(text: str) -> bool:
    """Whether a text is a telephone number by which somebody is told again."""
    return any(phone_forms(number) for number in _read_numbers(text))


def _is_given(
    connection: sa.Connection, records: sa.Table, given: dict[str, set[str]], identity: Identity
) -> sa.ColumnElement[bool]:
    if EMAIL in given:
        return records.c.email.in_(given[EMAIL] | _writings(connection, records, given[EMAIL], identity).keys())
    endings = {form for number in given[PHONE] for form in phone_forms(number)}
    number = _value(records, PHONE)
    return sa.or_(number.in_(given[PHONE]), *[number.like(f"+%{form}") for form in endings])


def _keys(addresses: Iterable[str], identity: Identity) -> dict[str, str]:
    """Addresses and, of each, the mailbox as identity knows it."""
    listed = sorted(addresses)
    column = pa.chunked_array([pa.array(listed, pa.string())])
    keys = email_key(column, identity.mail_providers, identity.plus_tags).to_pylist()
    return {address: key or address for address, key in zip(listed, keys, strict=True)}


def _mailboxes(addresses: Iterable[str], identity: Identity) -> dict[str, set[str]]:
    """The mailboxes of addresses, each at all domains that deliver to it, by what they ignore."""
    found: dict[str, set[str]] = {}
    for key in set(_keys(addresses, identity).values()):
        name, _, domain = key.rpartition("@")
        provider = next((one for one in identity.mail_providers if domain in one.domains), None)
        domains = provider.domains if provider and provider.one_mailbox else [domain]
        ignored = {*(provider.ignores if provider else ()), *(("plus",) if identity.has_tags(domain) else ())}
        kind = mailbox_kind(ignored) if ignored else EMAIL
        found.setdefault(kind, set()).update(f"{name}@{one}" for one in domains)
    return found


def _with_mailboxes(addresses: set[str], mailboxes: dict[str, set[str]]) -> dict[str, set[str]]:
    """Addresses, and mailboxes of which any writing is meant."""
    return {**mailboxes, EMAIL: addresses.union(*mailboxes.values())}


def _writings(
    connection: sa.Connection, records: sa.Table, addresses: Iterable[str], identity: Identity
) -> dict[str, str]:
    """The addresses of records that are writings of the same mailboxes as some, and which mailbox each is of."""
    keys = set(_keys(addresses, identity).values())
    beginnings = {_plain(key.rpartition("@")[0]) for key in keys}
    written = _plain(records.c.email)
    # a first look, wider than what identity takes for the same, which is asked of what is found
    alike = [written.startswith(name, autoescape=True) for name in sorted(beginnings)]
    alike += [written.contains(f"@{name}", autoescape=True) for name in sorted(beginnings)]
    maybe = connection.execute(sa.select(records.c.email).where(sa.or_(*alike)).distinct()).scalars()
    return {address: key for address, key in _keys(maybe, identity).items() if key in keys}


def _plain(text: Any) -> Any:
    """A text, or a column of texts, without marks that mailboxes may ignore."""
    for mark in ".-_":
        text = text.replace(mark, "") if isinstance(text, str) else sa.func.replace(text, mark, "")
    return text


def _value(records: sa.Table, kind: str) -> sa.ColumnElement[str]:
    """What tells a person again, of each record: a number together with its extension."""
    if kind != PHONE:
        return records.c[_TELLING[kind]]
    return records.c.phone + sa.func.coalesce(EXTENSION + records.c.phone_extension, "")


def _nobody(given: dict[str, set[str]], lead_id: str | None, identity: Identity) -> Person:
    if lead_id:
        raise UsageError(f"no lead has the id {lead_id}; ids are in the table leads")
    if EMAIL in given:
        given = _with_mailboxes(given[EMAIL], _mailboxes(given[EMAIL], identity))
    return Person(identifiers=given)


def _current(connection: sa.Connection, tables: dict[str, sa.Table], lead_id: str) -> str | None:
    """The id that a lead has now."""
    identities, aliases = tables["lead_identities"], tables["lead_aliases"]
    own = sa.select(identities.c.lead_id).where(identities.c.record_id == lead_id)
    return (
        connection.execute(own).scalar()
        or connection.execute(sa.select(aliases.c.lead_id).where(aliases.c.old_lead_id == lead_id)).scalar()
    )


def _person(connection: sa.Connection, tables: dict[str, sa.Table], lead_id: str, identity: Identity) -> Person:
    records, identities, events = (tables[name] for name in ("lead_records", "lead_identities", "lead_events"))
    joined = sa.join(records, identities, records.c.record_id == identities.c.record_id)
    mine = identities.c.lead_id == lead_id
    person = Person(lead_id)
    person.records = [
        dict(row) for row in connection.execute(sa.select(records).select_from(joined).where(mine)).mappings()
    ]
    person.events = [
        dict(row) for row in connection.execute(sa.select(events).where(events.c.lead_id == lead_id)).mappings()
    ]
    deals = tables["opportunities"]
    refs = sa.select(deals.c.opportunity_ref).where(deals.c.lead_id == lead_id, deals.c.opportunity_ref.is_not(None))
    person.deals = sorted(connection.execute(refs).scalars())
    for kind in _TELLING:
        value = _value(records, kind)
        values = set(connection.execute(sa.select(value).select_from(joined).where(mine, value.is_not(None))).scalars())
        if kind == ANONYMOUS_ID:
            values |= {row["anonymous_id"] for row in person.events if row["anonymous_id"]}
            values = {browser for browser in values if not is_nobodys(browser, identity.nobodys_identifiers)}
        written = _writings(connection, records, values, identity) if kind == EMAIL and values else {}
        is_told = value.in_(values | written.keys())
        others = set(connection.execute(sa.select(value).select_from(joined).where(~mine, is_told)).scalars())
        shared = values & others
        if kind == ANONYMOUS_ID:
            seen = sa.select(events.c.anonymous_id).where(
                events.c.anonymous_id.in_(values), events.c.lead_id.is_not(None), events.c.lead_id != lead_id
            )
            shared |= set(connection.execute(seen).scalars())
        person.identifiers[kind], person.shared[kind] = values - shared, shared
        if kind == EMAIL:
            of_others = {written[address] for address in others}
            alone = {address for address in values if written[address] not in of_others}
            person.identifiers |= _with_mailboxes(values - shared, _mailboxes(alone, identity))
    person.identifiers[RECORD_KEY] = {
        of_source(row["source_name"], row["source_key"]) for row in person.records if row["source_key"]
    }
    names = {row["full_name"] for row in person.records if row["full_name"]}
    same = sa.select(records.c.full_name).select_from(joined)
    folded = sa.func.lower(records.c.full_name).in_({name.lower() for name in names})
    others_called = {name.casefold() for name in connection.execute(same.where(~mine, folded)).scalars()}
    person.names = {name for name in names if name.casefold() not in others_called}
    told_by = [(row, list(_reached_by(row, identity.nobodys_identifiers))) for row in person.records]
    person.identifiers[NAMED] = _named(person, told_by)
    called = {
        (kind, value): set(
            connection.execute(
                sa.select(records.c.full_name)
                .select_from(joined)
                .where(~mine, _value(records, kind) == value, records.c.full_name.is_not(None))
            ).scalars()
        )
        for kind in (EMAIL, PHONE)
        for value in sorted(person.shared[kind])
    }
    person.identifiers[NAMED] |= _named_in_short(person, told_by, called)
    person.identifiers[CONTENT] = {of_source(row["source_name"], row["content_hash"]) for row, told in told_by if told}
    return person


def _reached_by(row: dict[str, Any], nobodys: Collection[str]) -> Iterator[tuple[str, str]]:
    """What a record says of how somebody is reached or told again, by kind, and as lines have it."""
    if row["source_key"]:
        yield RECORD_KEY, of_source(row["source_name"], row["source_key"])
    if row["phone"]:
        yield PHONE, row["phone"] + (EXTENSION + row["phone_extension"] if row["phone_extension"] else "")
    if row["email"]:
        yield EMAIL, row["email"]
    if row["anonymous_id"] and not is_nobodys(row["anonymous_id"], nobodys):
        yield ANONYMOUS_ID, row["anonymous_id"]


def _named(person: Person, told_by: Iterable[tuple[dict[str, Any], list[tuple[str, str]]]]) -> set[str]:
    """What tells the person again together with the name: keys and browsers, and what others of other names share."""
    own = telling_names(person.names)
    return {
        named(kind, value, row["full_name"])
        for row, told in told_by
        if row["full_name"]
        for kind, value in told
        if kind == RECORD_KEY
        or (kind == ANONYMOUS_ID and value in person.identifiers[kind])
        or (row["full_name"] in own and value in person.shared.get(kind, ()))
    }


def _named_in_short(
    person: Person,
    told_by: Iterable[tuple[dict[str, Any], list[tuple[str, str]]]],
    called: Mapping[tuple[str, str], Collection[str]],
) -> set[str]:
    """What others share, together with each name that is short for the person's and for none of theirs.

    Args:
        person: whose names are known.
        told_by: the records with what they are told by.
        called: the names of the others, by kind and value of what they share.
    """
    own = telling_names(person.names)
    return {
        named(kind, value, name)
        for row, told in told_by
        if row["full_name"] in own
        for kind, value in told
        if (kind, value) in called
        for name in _short_forms([row["full_name"]]) - _short_forms(called[kind, value])
    }


def _short_forms(names: Collection[str]) -> set[str]:
    """Names in any order of words, and those of them in Latin letters with initials and by the family name alone."""
    forms = {in_any_order(name) for name in names}
    split = person_names(pa.chunked_array([pa.array(sorted(names), pa.string())])).to_pylist()
    for row in split:
        key, family = row["name_key"], row["last_name"]
        if family and key.isascii():
            given = [
                row["first_name"],
                *[word for word in key.split() if word not in {row["first_name"], *family.split()}],
            ]
            forms |= short_names(given, family)
    return forms - {""}


def telling_names(names: Iterable[str]) -> set[str]:
    """Names that say who somebody is wherever they stand: of several words, or of three characters of their own.

    What stands in the place of a name where there is none, such as "not provided", says it nowhere.
    """
    return {
        name
        for name in names
        if (len(name.split()) > 1 or (len(name) >= 3 and re.fullmatch(r"[\u3400-\u9fff·]+", name)))
        and not _stands_for_none(name)
    }


def _stands_for_none(name: str) -> bool:
    """Whether a text, or each of its words, is what people write who do not want to say something."""
    listed = frozenset(company_words().no_company)
    whole, *words = [letters_only(folded_text(text)) for text in (name, *name.split())]
    return whole in listed or listed.issuperset(words)
