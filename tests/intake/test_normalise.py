"""Values as people write them, and the one form they are brought into."""

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings

from assets.intake.normalise import (
    company_codes,
    domain_of,
    emails,
    is_social_credit_code,
)


@pytest.mark.parametrize(
    ("given", "email", "problem", "repair"),
    [
        ("jane@acme.com", "jane@acme.com", None, None),
        (" Jane.DOE@Acme.COM ", "jane.doe@acme.com", None, "cleaned+lower-case"),
        ("mailto:jane@acme.com?subject=Hi", "jane@acme.com", None, "mailto"),
        ("Jane Doe <jane@acme.com>", "jane@acme.com", None, "name-dropped"),
        ("a@acme.com; b@acme.com", "a@acme.com", None, "first-of-several"),
        ("ｊａｎｅ＠ａｃｍｅ．ｃｏｍ", "jane@acme.com", None, "cleaned"),
        ("jane@bücher.de", "jane@xn--bcher-kva.de", None, "ascii-domain"),
        ("jane@acme.com,", "jane@acme.com", None, "cleaned"),
        ("'jane@acme.com", "jane@acme.com", None, "cleaned"),
        ("o'brien@acme.com", "o'brien@acme.com", None, None),
        ("jane.acme.com", None, "no-at", None),
        ("jane..doe@acme.com", None, "bad-address", None),
        ("jane@localhost", None, "bad-address", None),
        ("jane@acme.c", None, "bad-address", None),
        (f"{'j' * 250}@acme.com", None, "too-long", None),
        ("   ", None, None, None),
        (None, None, None, None),
    ],
)
def test_an_email_address_has_one_form_or_a_problem(given, email, problem, repair):
    row = emails(pd.Series([given], dtype=object)).iloc[0].tolist()
    assert row == [given, email, problem, repair]


def test_a_domain_is_the_companys_own():
    given = [
        "https://www.acme.co.uk/x?y=1", "jane@mail.acme.com", "acme.com:8080", "gmail.com", "jane@qq.com",
        "bücher.de",
        "localhost", "co.uk", None,
    ]  # fmt: skip
    found = domain_of(pd.Series(given, dtype=object), ["gmail.com", "qq.com"])
    assert found["domain"].tolist() == [
        "acme.co.uk", "acme.com", "acme.com", None, None, "xn--bcher-kva.de", None, None, None,
    ]  # fmt: skip


def test_the_host_of_strangers_pages_is_nobodys_domain_but_of_those_who_work_there():
    given = [
        "https://sites.google.com/view/geeworks", "joes.wixsite.com", "www.Facebook.com/fbone", "facebook.com",
        "https://youtube.com/@acme.co", "a1b2@members.ebay.com", "jane@google.com", "fbone.com/facebook.com",
    ]  # fmt: skip
    hosts = ["google.com", "wixsite.com", "facebook.com", "youtube.com", "ebay.com"]
    found = domain_of(pd.Series(given, dtype=object), [], hosts)
    assert found["domain"].tolist() == [None, None, None, None, None, None, "google.com", "fbone.com"]


def test_a_social_credit_code_carries_its_check():
    assert is_social_credit_code("91350100M000100Y43")
    assert not is_social_credit_code("91350100M000100Y44")
    assert not is_social_credit_code("91350100M000100Y4")


@pytest.mark.parametrize(
    ("given", "code", "problem", "repair"),
    [
        ("91350100M000100Y43", "91350100M000100Y43", None, None),
        (" 91350100m000100y43", "91350100M000100Y43", None, "cleaned+upper-case"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43", None, "cleaned"),
        ("91350100-M000100Y-43", "91350100M000100Y43", None, "marks-dropped"),
        ("91350100M000100Y44", None, "bad-check-digit", None),
        ("91350100M000100Y34", None, "bad-check-digit", None),  # two changed places
        ("91350100M0001OOY43", None, "bad-check-digit", None),  # the letter O is in none
        ("9.13501E+17", None, "scientific-notation", None),
        ("911100008021004000", None, "bad-check-digit", None),  # rounded by a spreadsheet
        ("HRB 12345 B", "HRB12345B", None, "marks-dropped"),
        ("CHE-123.456.788", "CHE123456788", None, "marks-dropped"),
        ("12/345", "12/345", None, None),
        ("SC123456", "SC123456", None, None),
        ("05123456.0", "05123456", None, "cleaned"),
        ("n/a", None, "not-a-code", None),
        ("无", None, "not-a-code", None),
        ("-", None, "not-a-code", None),
        ("000000000000000000", None, "not-a-code", None),
        ("\u200b ", None, None, None),
        (None, None, None, None),
    ],
)
def test_a_registry_number_has_one_form_or_a_problem(given, code, problem, repair):
    row = company_codes(pd.Series([given], dtype=object)).iloc[0].tolist()
    assert row == [given, code, problem, repair]


def test_registry_numbers_come_back_in_the_order_given_and_none_is_no_number():
    given = ["HRB 1 2", None, "91350100M000100Y43", "n/a"]
    found = company_codes(pd.Series(given, dtype=object))
    assert found.columns.tolist() == ["value", "company_code", "problem", "repair"]
    assert found["value"].tolist() == given
    assert found["company_code"].tolist() == ["HRB12", None, "91350100M000100Y43", None]
    assert company_codes(pd.Series([], dtype=object)).empty


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    body=st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    place=st.integers(0, 17),
    letter=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_the_check_finds_every_single_wrong_character(body, place, letter):
    first = f"9135010{place % 10}{body}1"
    (code,) = (first + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_social_credit_code(first + last))
    assert is_social_credit_code(code[:place] + letter + code[place + 1 :]) is (letter == code[place])
