"""Names, addresses and e-mails as given, with the keys they are compared by. Each value is folded once."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation

from assets.identity.companies import company_names
from assets.identity.kept import kept_of
from assets.identity.mailboxes import email_key
from assets.identity.people import person_names
from assets.identity.places import address_key, postcode_key
from assets.identity.words.lists import address_words, company_words, person_words
from assets.scope import Scope

GIVEN_NAMES = """
SELECT 'person' AS kind, coalesce(full_name, nullif(trim(concat_ws(' ', first_name, last_name)), '')) AS name
FROM lead_records
UNION
SELECT 'company' AS kind, company AS name FROM lead_records
UNION
SELECT 'company' AS kind, company AS name FROM account_rows
UNION
SELECT 'company' AS kind, parent AS name FROM account_rows
UNION
SELECT 'company' AS kind, company AS name FROM opportunity_rows
"""

#: Names that were folded before and are still given; nothing is kept of those that are not.
KNOWN_NAMES = "SELECT earlier_names.* FROM earlier_names SEMI JOIN given_names USING (kind, name)"
NEW_NAMES = """
SELECT given_names.* FROM given_names ANTI JOIN known_names USING (kind, name) WHERE given_names.name IS NOT NULL
"""
NAMES_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in (
            "kind", "name", "name_key", "name_latin", "first_name", "last_name", "name_order", "name_brand",
        )
    ]
)  # fmt: skip

GIVEN_VALUES = """
SELECT 'email' AS kind, email AS name FROM lead_records WHERE email IS NOT NULL
UNION
SELECT 'address' AS kind, address AS name FROM lead_records WHERE address IS NOT NULL
UNION
SELECT 'postcode' AS kind, postcode AS name FROM lead_records WHERE postcode IS NOT NULL
"""


def name_keys(
    lead_records: DuckDBPyRelation,
    account_rows: DuckDBPyRelation,
    opportunity_rows: DuckDBPyRelation,
    scope: Scope,
) -> pa.Table:
    """Every name of a person or company as given, with the keys it is compared by.

    Args:
        lead_records: full_name, first_name, last_name, company.
        account_rows: company, parent.
        opportunity_rows: company.
        scope: engine and policy.

    Returns:
        kind (person or company), name, name_key; of persons name_latin, first_name, last_name, name_order; of
        companies name_brand. Names of which nothing is left are not there.
    """
    engine, added = scope.engine, scope.policy.identity.words
    given_names = engine.query(
        GIVEN_NAMES,
        {"lead_records": lead_records, "account_rows": account_rows, "opportunity_rows": opportunity_rows},
    )
    kept, made_from = kept_of(scope), json.dumps([added.model_dump(mode="json"), _sources()])
    earlier = kept.rows(engine.connection, "names", made_from)
    if earlier is None:
        earlier = engine.connection.from_arrow(NAMES_SCHEMA.empty_table())
    known = engine.query(KNOWN_NAMES, {"given_names": given_names, "earlier_names": earlier}).to_arrow_table()
    found = engine.connection.from_arrow(known)
    given = engine.query(NEW_NAMES, {"given_names": given_names, "known_names": found}).df()
    people, companies = given[given["kind"] == "person"], given[given["kind"] == "company"]
    persons = person_names(people["name"], person_words(added))
    persons["name_order"] = persons["is_family_first"].map({True: "family_first", False: "given_first"})
    parts = [
        people.join(persons),
        companies.join(company_names(companies["name"], company_words(added))),
    ]
    folded = [_typed(part, NAMES_SCHEMA) for part in parts if not part.empty]
    names = pa.concat_tables([known, *folded])
    if folded or len(known) < earlier.count("*").fetchall()[0][0]:
        kept.keep_rows(engine.connection.from_arrow(names), "names", made_from)
    return names.filter(pc.is_valid(names["name_key"]))


@cache
def _sources() -> str:
    """The code and the words that fold names, as one number."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), *sorted((here / "words").glob("*.*"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def value_keys(lead_records: DuckDBPyRelation, scope: Scope) -> pa.Table:
    """E-mail addresses, postal addresses and postcodes whose key is not what was given.

    Args:
        lead_records: email, address, postcode.
        scope: engine and policy.

    Returns:
        kind (email, address, postcode), name, name_key.
    """
    given = scope.engine.query(GIVEN_VALUES, {"lead_records": lead_records}).df()
    policy = scope.policy.identity
    words = address_words(policy.words)
    parts = []
    for kind, of_kind in given.groupby("kind", sort=True):
        values = of_kind["name"]
        if kind == "email":
            keys = email_key(values, policy.mail_providers)
        else:
            keys = address_key(values, words) if kind == "address" else postcode_key(values)
        parts.append(of_kind.assign(name_key=keys)[keys != values])
    schema = pa.schema([("kind", pa.string()), ("name", pa.string()), ("name_key", pa.string())])
    return pa.concat_tables([schema.empty_table(), *(_typed(part, schema) for part in parts)])


def _typed(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    filled = frame.reindex(columns=schema.names).astype(object)
    return pa.Table.from_pandas(filled.where(filled.notna(), None), schema=schema, preserve_index=False)
