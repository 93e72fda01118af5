"""Finding a person, by what is published: the lead, what it is reached by, and which of that is nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from assets.identity.folding import folded_text
from assets.identity.words.lists import company_words, letters_only
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
    MAILBOX,
    NAMED,
    PHONE,
    RECORD_KEY,
    named,
    of_source,
    phone_forms,
    untagged,
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
    if EMAIL in given:
        given[MAILBOX] = _mailboxes(given[EMAIL], identity)
        given[EMAIL] |= given[MAILBOX]
    with opened(home) as warehouse, warehouse.reading() as connection:
        tables = warehouse.schema.tables
        if not sa.inspect(connection).has_table("lead_records", schema=tables["lead_records"].schema):
            return _nobody(given, lead_id)
        records, identities = tables["lead_records"], tables["lead_identities"]
        if lead_id:
            current = _current(connection, tables, lead_id)
            found = [current] if current else []
        else:
            query = sa.select(identities.c.lead_id).distinct()
            query = query.join(records, records.c.record_id == identities.c.record_id)
            found = sorted(connection.execute(query.where(_is_given(records, given))).scalars())
        if not found:
            return _nobody(given, lead_id)
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


def _is_given(records: sa.Table, given: dict[str, set[str]]) -> sa.ColumnElement[bool]:
    if EMAIL in given:
        return _at_addresses(records, given[EMAIL], given[MAILBOX])
    endings = {form for number in given[PHONE] for form in phone_forms(number)}
    number = _value(records, PHONE)
    return sa.or_(number.in_(given[PHONE]), *[number.like(f"+%{form}") for form in endings])


def _mailboxes(addresses: Iterable[str], identity: Identity) -> set[str]:
    """Addresses without their tags, of those that are one mailbox with any tag."""
    return {untagged(address) for address in addresses if identity.has_tags(address.rpartition("@")[2])}


def _at_addresses(records: sa.Table, addresses: Iterable[str], mailboxes: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a record has one of the addresses, or a tagged writing of one of the mailboxes."""
    email = records.c.email
    halves = [mailbox.rpartition("@") for mailbox in mailboxes]
    tagged = [
        sa.and_(email.startswith(f"{name}+", autoescape=True), email.endswith(f"@{host}", autoescape=True))
        for name, _, host in halves
    ]
    return sa.or_(email.in_({*addresses, *mailboxes}), *tagged)


def _value(records: sa.Table, kind: str) -> sa.ColumnElement[str]:
    """What tells a person again, of each record: a number together with its extension."""
    if kind != PHONE:
        return records.c[_TELLING[kind]]
    return records.c.phone + sa.func.coalesce(EXTENSION + records.c.phone_extension, "")


def _nobody(given: dict[str, set[str]], lead_id: str | None) -> Person:
    if lead_id:
        raise UsageError(f"no lead has the id {lead_id}; ids are in the table leads")
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
        mailboxes = _mailboxes(values, identity) if kind == EMAIL else set()
        is_told = _at_addresses(records, values, mailboxes) if kind == EMAIL else value.in_(values)
        others = set(connection.execute(sa.select(value).select_from(joined).where(~mine, is_told)).scalars())
        shared = values & others
        if kind == ANONYMOUS_ID:
            seen = sa.select(events.c.anonymous_id).where(
                events.c.anonymous_id.in_(values), events.c.lead_id.is_not(None), events.c.lead_id != lead_id
            )
            shared |= set(connection.execute(seen).scalars())
        if kind == EMAIL:
            person.identifiers[MAILBOX] = mailboxes - {untagged(address) for address in others}
            values |= person.identifiers[MAILBOX]
        person.identifiers[kind], person.shared[kind] = values - shared, shared
    person.identifiers[RECORD_KEY] = {
        of_source(row["source_name"], row["source_key"]) for row in person.records if row["source_key"]
    }
    names = {row["full_name"] for row in person.records if row["full_name"]}
    same = sa.select(records.c.full_name).select_from(joined)
    folded = sa.func.lower(records.c.full_name).in_({name.lower() for name in names})
    others_called = {name.casefold() for name in connection.execute(same.where(~mine, folded)).scalars()}
    person.names = {name for name in names if name.casefold() not in others_called}
    person.identifiers[NAMED] = _named(person)
    person.identifiers[CONTENT] = {
        of_source(row["source_name"], row["content_hash"]) for row in person.records if any(_reached_by(row))
    }
    return person


def _reached_by(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a record says of how somebody is reached or told again, by kind, and as lines have it."""
    if row["source_key"]:
        yield RECORD_KEY, of_source(row["source_name"], row["source_key"])
    if row["phone"]:
        yield PHONE, row["phone"] + (EXTENSION + row["phone_extension"] if row["phone_extension"] else "")
    yield from ((kind, row[_TELLING[kind]]) for kind in (EMAIL, ANONYMOUS_ID) if row[_TELLING[kind]])


def _named(person: Person) -> set[str]:
    """What tells the person again together with the name: keys, and what is shared by others of other names."""
    own = telling_names(person.names)
    return {
        named(kind, value, row["full_name"])
        for row in person.records
        if row["full_name"]
        for kind, value in _reached_by(row)
        if kind == RECORD_KEY or (row["full_name"] in own and value in person.shared.get(kind, ()))
    }


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
