"""Names, addresses and e-mails as given, with the keys they are compared by. Each value is folded once."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyRelation

from assets.identity.companies import company_names
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
    given = scope.engine.query(
        GIVEN_NAMES,
        {"lead_records": lead_records, "account_rows": account_rows, "opportunity_rows": opportunity_rows},
    ).df()
    given = given[given["name"].notna()]
    added = scope.policy.identity.words
    people, companies = given[given["kind"] == "person"], given[given["kind"] == "company"]
    persons = person_names(people["name"], person_words(added))
    persons["name_order"] = persons["is_family_first"].map({True: "family_first", False: "given_first"})
    parts = [
        people.join(persons),
        companies.join(company_names(companies["name"], company_words(added))),
    ]
    schema = pa.schema(
        [
            (name, pa.string())
            for name in (
                "kind",
                "name",
                "name_key",
                "name_latin",
                "first_name",
                "last_name",
                "name_order",
                "name_brand",
            )
        ]
    )
    tables = [
        pa.Table.from_pylist([], schema=schema) if part.empty else _typed(part[part["name_key"].notna()], schema)
        for part in parts
    ]
    return pa.concat_tables(tables)


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
