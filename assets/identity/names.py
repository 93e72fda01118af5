"""Names, addresses and e-mails as given, with the keys they are compared by. Each value is folded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyRelation

from assets.identity.companies import company_names, keys_by_place
from assets.identity.kept import kept_of
from assets.identity.mailboxes import email_key
from assets.identity.people import person_names
from assets.identity.places import address_key, postcode_key
from assets.identity.words.lists import CompanyWords, address_words, company_words, person_words
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

KEYS_SCHEMA = pa.schema([("kind", pa.string()), ("name", pa.string()), ("name_key", pa.string())])
#: What folding makes on its way stays small.
FOLDED_AT_ONCE = 200_000
FOLDED_BESIDE = 2

GIVEN_VALUES = """
SELECT 'email' AS kind, email AS name FROM lead_records WHERE email IS NOT NULL
UNION
SELECT 'email' AS kind, email AS name FROM event_rows WHERE email IS NOT NULL
UNION
SELECT 'email' AS kind, email AS name FROM activity_rows WHERE email IS NOT NULL
UNION
SELECT 'email' AS kind, email AS name FROM outcome_rows WHERE email IS NOT NULL
UNION
SELECT 'email' AS kind, email AS name FROM opportunity_rows WHERE email IS NOT NULL
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
    ).to_arrow_table()  # two queries read it
    kept, made_from = kept_of(scope), json.dumps([added.model_dump(mode="json"), _sources()])
    earlier = kept.rows(engine.connection, "names", made_from)
    if earlier is None:
        known, new, gone = NAMES_SCHEMA.empty_table(), given_names.filter(pc.field("name").is_valid()), 0
    else:
        known = engine.query(KNOWN_NAMES, {"given_names": given_names, "earlier_names": earlier}).to_arrow_table()
        found = engine.connection.from_arrow(known)
        new = engine.query(NEW_NAMES, {"given_names": given_names, "known_names": found}).to_arrow_table()
        gone = earlier.count("*").fetchall()[0][0] - len(known)
    folds: dict[str, Callable[[pa.ChunkedArray], pa.Table]] = {
        "person": lambda names: _with_order(person_names(names, person_words(added))),
        "company": lambda names: company_names(names, company_words(added)),
    }

    def made(asked: tuple[str, pa.ChunkedArray]) -> pa.Table:
        kind, part = asked
        return _typed(kind, part, folds[kind](part), NAMES_SCHEMA)

    with ThreadPoolExecutor(max_workers=FOLDED_BESIDE) as pool:  # Arrow's own work needs no lock
        asked = [(kind, part) for kind in folds for part in _of_kind(new, kind)]
        names = pa.concat_tables([known, *pool.map(made, asked)])
    if len(new) or gone:
        kept.keep_rows(engine.connection, engine.connection.from_arrow(names), "names", made_from)
    # hardly any name has no key: what has none left out is not copied
    filled = [
        part.filter(part["name_key"].is_valid()) if part["name_key"].null_count else part for part in names.to_batches()
    ]
    return _apart_by_place(pa.Table.from_batches(filled, NAMES_SCHEMA), company_words(added))


def _apart_by_place(names: pa.Table, words: CompanyWords) -> pa.Table:
    """Companies of one key that are registered in different places, under keys of their own."""
    is_unspaced = pc.match_substring_regex(names["name_key"], r"\p{Han}")
    companies = names.filter(pc.and_(pc.equal(names["kind"], "company"), is_unspaced))
    apart = keys_by_place(
        dict(zip(companies["name"].to_pylist(), companies["name_key"].to_pylist(), strict=True)), words
    )
    if not apart:
        return names
    place = pc.index_in(names["name"], pa.array([*apart], pa.string()))
    told = pa.array([*apart.values()], pa.string()).take(place.combine_chunks())
    keys = pc.if_else(pc.equal(names["kind"], "company"), pc.coalesce(told, names["name_key"]), names["name_key"])
    return names.set_column(names.schema.get_field_index("name_key"), "name_key", keys)


@cache
def _sources() -> str:
    """The code and the words that fold names, as one number."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), *sorted((here / "words").glob("*.*"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def value_keys(
    lead_records: DuckDBPyRelation,
    event_rows: DuckDBPyRelation,
    activity_rows: DuckDBPyRelation,
    outcome_rows: DuckDBPyRelation,
    opportunity_rows: DuckDBPyRelation,
    scope: Scope,
) -> pa.Table:
    """E-mail addresses, postal addresses and postcodes whose key is not what was given.

    Args:
        lead_records: email, address, postcode.
        event_rows: email, by which it finds its lead; so the other rows.
        activity_rows: email.
        outcome_rows: email.
        opportunity_rows: email.
        scope: engine and policy.

    Returns:
        kind (email, address, postcode), name, name_key.
    """
    given = scope.engine.query(
        GIVEN_VALUES,
        {
            "lead_records": lead_records,
            "event_rows": event_rows,
            "activity_rows": activity_rows,
            "outcome_rows": outcome_rows,
            "opportunity_rows": opportunity_rows,
        },
    ).to_arrow_table()
    policy = scope.policy.identity
    words = address_words(policy.words)
    folds: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
        "address": lambda values: address_key(values, words),
        "email": lambda values: email_key(values, policy.mail_providers, policy.plus_tags),
        "postcode": postcode_key,
    }
    parts = [KEYS_SCHEMA.empty_table()]
    for kind, fold in folds.items():
        for values in _of_kind(given, kind):
            keys = pa.table({"name_key": fold(values)})
            differs = pc.fill_null(pc.not_equal(keys["name_key"], values), True)
            parts.append(_typed(kind, values.filter(differs), keys.filter(differs), KEYS_SCHEMA))
    return pa.concat_tables(parts)


def _of_kind(given: pa.Table, kind: str) -> Iterator[pa.ChunkedArray]:
    """The names of a kind, so many at a time."""
    names = given.filter(pc.equal(given["kind"], kind))["name"]
    for first in range(0, len(names), FOLDED_AT_ONCE):
        yield names.slice(first, FOLDED_AT_ONCE)


def _with_order(names: pa.Table) -> pa.Table:
    order = pc.if_else(names["is_family_first"], "family_first", "given_first")
    return names.drop_columns("is_family_first").append_column("name_order", order)


def _typed(kind: str, names: pa.ChunkedArray, keys: pa.Table, schema: pa.Schema) -> pa.Table:
    """Names with their keys, in the columns of the schema; null where the kind has no such key."""
    found = {"kind": pa.repeat(kind, len(names)), "name": names, **dict(zip(keys.column_names, keys, strict=True))}
    none = pa.nulls(len(names), pa.string())
    return pa.table({name: found.get(name, none) for name in schema.names}, schema=schema)
