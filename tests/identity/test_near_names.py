"""Company names that a slip of the pen tells apart."""

from collections.abc import Iterator

import duckdb
import pytest

from assets.identity.near_names import find_near_names
from policy.identity import Slips
from tests.identity.conftest import Bench, record

#: Names that make a spelling usual.
MANY = [f"mercer {trade}" for trade in ("foods", "tools", "energy", "logistics", "partners")]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def near(connection: duckdb.DuckDBPyConnection, *names: str) -> list[tuple[str, str, bool]]:
    listed = connection.sql("SELECT unnest($names) AS company_key", params={"names": [*names]})
    find_near_names(connection, listed, Slips())
    return connection.sql("FROM near_names ORDER BY ALL").fetchall()


@pytest.mark.parametrize(
    "slip", ["merccer foods", "mecer foods", "merver foods", "mrecer foods", "mercers foods", "mer cer foods"]
)
def test_a_rare_spelling_of_a_usual_word_is_a_slip(connection: duckdb.DuckDBPyConnection, slip: str):
    assert near(connection, *MANY, slip) == [(*sorted(("mercer foods", slip)), True)]


@pytest.mark.parametrize(
    "other",
    ["merger tools east", "mercer food and tools", "mxrcxr foods", "foods mercer", "mercer", "berger foods"],
)
def test_what_differs_in_more_is_another_name(connection: duckdb.DuckDBPyConnection, other: str):
    assert near(connection, *MANY, other) == []


def test_two_spellings_as_usual_as_each_other_may_be_two_companies(connection: duckdb.DuckDBPyConnection):
    assert near(connection, "barden foods", "barten foods") == [("barden foods", "barten foods", False)]
    many = [name.replace("mercer", "merger") for name in MANY]
    assert near(connection, *MANY, *many) == []


def test_a_name_of_one_word_and_a_word_of_few_letters_tell_companies_apart(connection: duckdb.DuckDBPyConnection):
    assert near(connection, "gale", "hale", "yale") == []
    assert (
        near(connection, *[f"ibm {trade}" for trade in ("foods", "tools", "energy", "mills", "oil")], "ibn oil") == []
    )
    assert near(connection, *[f"line 11 {trade}" for trade in ("a", "b", "c", "d", "e")], "line 12 a") == []
    assert near(connection, "小米科技", "小来科技") == []


def test_of_many_and_of_abroad(connection: duckdb.DuckDBPyConnection):
    assert near(connection, "lake shore schools", "lake shore school") == [
        ("lake shore school", "lake shore schools", True)
    ]
    assert near(connection, "metre works", "meter works") == [("meter works", "metre works", True)]
    assert near(connection, "fresh start day care", "fresh start daycare") == [
        ("fresh start day care", "fresh start daycare", True)
    ]


def organisations(*names: str, **fields: object) -> list[dict]:
    return [
        record(f"r{place}", full_name=None, company=name.title(), **fields) for place, name in enumerate(names)
    ]  # fmt: skip


def test_a_slip_joins_organisations_and_what_may_be_none_is_asked(bench: Bench):
    records = organisations(*MANY, "mecer foods", "barden oil", "barten oil")
    leads = bench.leads(records)
    assert ["r0", "r5"] in leads
    assert (["r6"] in leads, ["r7"] in leads) == (True, True)
    matches = bench.identified(records)["record_matches"].df().to_dict("records")
    told = {(row["record_id_l"], row["record_id_r"]): (row["decision"], row["rule"]) for row in matches}
    assert told == {
        ("r0", "r5"): ("same", "slip_in_organisation_name"),
        ("r6", "r7"): ("review", "organisations_named_nearly_the_same"),
    }
    (asked,) = [row for row in matches if row["decision"] == "review"]
    assert round(asked["match_probability"], 2) == 0.8


def test_a_slip_joins_nobody_elsewhere(bench: Bench):
    elsewhere = record("x", full_name=None, company="Mecer Foods", country="DE", city="Köln")
    records = [*organisations(*MANY, country="DE", city="Bonn"), elsewhere]
    assert len(bench.leads(records)) == 6
