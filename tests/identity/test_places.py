"""Writings of one address become equal."""

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assets.identity.places import address_key, postcode_key
from tests.identity.conftest import texts


@pytest.mark.parametrize(
    ("key", "writings"),
    [
        ("123 n main st unit 4", ["123 North Main Street, Apt. #4", "123 N. Main St Apt 4", "123 N MAIN ST #4"]),
        ("haupt st 5", ["Hauptstraße 5", "Hauptstr. 5", "Haupt-Str. 5", "HAUPTSTRASSE 5"]),
        ("pobox 12", ["P.O. Box 12", "PO Box 12", "p o box 12", "Postfach 12", "Post Office Box 12"]),
        ("5 1 ave", ["5 1st Ave", "5 First Avenue"]),
        ("12 blvd voltaire", ["12, boulevard Voltaire", "12 Bd. Voltaire", "12 bd Voltaire"]),
        ("中山路1号101", ["中山路１号 101室", "中山路1號101", "中山路 1号 101 室"]),
        ("1600 pennsylvania ave nw", ["1600 Pennsylvania Avenue NW", "1600 Pennsylvania Ave., Northwest"]),
    ],
)
def test_writings_of_one_address_have_one_key(key, writings):
    assert address_key(texts(*writings)).to_pylist() == [key] * len(writings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Main St", "12 Main Ave"),
        ("12 N Main St", "12 S Main St"),
        ("12 Main St Apt 1", "12 Main St Apt 2"),
        ("PO Box 12", "PO Box 13"),
        ("中山路1号", "中山路2号"),
    ],
)
def test_different_addresses_stay_apart(one, other):
    first, second = address_key(texts(one, other)).to_pylist()
    assert first != second


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("12345-6789", "12345"),
        ("SW1A 1AA", "sw1a1aa"),
        ("sw1a1aa", "sw1a1aa"),
        ("D-80331", "80331"),
        ("1234 AB", "1234ab"),
        ("00501", "00501"),
        ("2139.0", "2139"),
        ("150-0001", "1500001"),
        ("--", None),
        (None, None),
    ],
)
def test_a_postcode_is_folded(given, key):
    assert postcode_key(texts(given)).to_pylist() == [key]


@settings(max_examples=40, deadline=None)
@examples(st.lists(st.text(max_size=40), max_size=10))
def test_any_text_has_a_key_whatever_the_space_around_it(given):
    plain, padded = texts(*given), texts(*(f"  {text} " for text in given))
    for fold in (address_key, postcode_key):
        assert fold(plain).to_pylist() == fold(padded).to_pylist()
