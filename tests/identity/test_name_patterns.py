"""Names read by their patterns are what they are when each is read by itself."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.identity import companies, name_patterns, people
from assets.identity.folding import folded
from assets.identity.name_patterns import read_by_pattern
from assets.identity.words.lists import company_words, person_words


@pytest.fixture(autouse=True, scope="module")
def by_pattern():
    """Few names are read as they are; here they are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_patterns, "BY_PATTERN_FROM", 0)
        yield


def texts(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def doubled(text: pa.ChunkedArray) -> pa.Table:
    """Every name twice and without signs; null where it is 'none'. And as it is."""
    plain = pc.replace_substring(text, ",", "")
    twice = pc.binary_join_element_wise(plain, plain, " / ")
    return pa.table({"twice": pc.if_else(pc.equal(text, "none"), None, twice), "plain": plain})


def test_each_pattern_is_read_once():
    seen = []

    def read(text):
        seen.extend(text.to_pylist())
        return doubled(text)

    made = read_by_pattern(
        texts("acme, inc", "initech, inc", "acme ltd", None, "none", "小米 inc"), {"inc", "none"}, read
    )
    assert made.to_pylist() == [
        {"twice": "acme inc / acme inc", "plain": "acme inc"},
        {"twice": "initech inc / initech inc", "plain": "initech inc"},
        {"twice": "acme ltd / acme ltd", "plain": "acme ltd"},
        {"twice": None, "plain": None},
        {"twice": None, "plain": "none"},
        {"twice": "小米 inc / 小米 inc", "plain": "小米 inc"},
    ]
    # two names of a word and "inc" are one pattern; what is not in plain letters is read as it is
    assert len(seen) == len(set(seen)) == 5
    assert {"none", None, "小米 inc"} < set(seen)


def test_what_joins_a_word_to_another_reads_the_name_itself():
    made = read_by_pattern(
        texts("acme inc", "acme"), {"inc"}, lambda text: pa.table({"joined": pc.replace_substring(text, " ", "-")})
    )
    assert made["joined"].to_pylist() == ["acme-inc", "acme"]


def test_a_name_with_very_many_words_is_read_as_it_is():
    long = " ".join(f"w{'ab'[place % 2]}" for place in range(40))
    assert read_by_pattern(texts(long), set(), doubled)["plain"].to_pylist() == [long]
    assert read_by_pattern(texts(), set(), doubled).num_rows == 0


WORDS = [
    "acme",
    "initech",
    "umbrella",
    "van",
    "qxqza",
    "x",
    "9",
    "a1",
    "o'neil",
    "smith-jones",
    "müller",
    "小米",
    "c/o",
]
SIGNS = ["", "", "", ",", ".", ";", "/", " &", " (", ")", "'", ",,,", "\t", " - "]


def names(listed: list[str]) -> st.SearchStrategy[str]:
    """Words, of the lists and others, with signs behind them."""
    word = st.one_of(st.sampled_from(WORDS), st.sampled_from(listed), st.text("abxyz", min_size=1, max_size=4))
    parts = st.tuples(word, st.sampled_from(SIGNS), st.sampled_from([" ", " ", " ", "  ", ""]))
    return st.lists(parts, max_size=7).map(lambda told: "".join(map("".join, told)))


COMPANY = company_words()
COMPANY_LISTS = (COMPANY.legal_forms, COMPANY.legal_fronts, COMPANY.trades, COMPANY.regions, COMPANY.weak_words)
COMPANY_LISTED = sorted(
    {"dba", "doing business as", "trading as", "aka", "fka", "formerly", "care of", "www.acme", ".com", "the", "公司"}
    | {"p. a.", *COMPANY.and_words}.union(*COMPANY_LISTS)
)


@given(st.lists(names(COMPANY_LISTED), max_size=12))
@settings(deadline=None)
def test_companies_are_what_they_are_by_themselves(given_names):
    text = folded(texts(*given_names, None))
    assert companies.company_names(text).to_pylist() == companies._company_names(text, COMPANY).to_pylist()


PERSON = person_words()


@given(st.lists(names(sorted({*PERSON.titles, *PERSON.suffixes, *PERSON.particles, "bob"})), max_size=12))
@settings(deadline=None)
def test_people_are_what_they_are_by_themselves(given_names):
    text = folded(texts(*given_names, None))
    assert people.person_names(text)["name_key"].to_pylist() == [
        key or None for key in people._keys(text, PERSON).to_pylist()
    ]
