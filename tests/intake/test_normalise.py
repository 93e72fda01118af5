"""Values as people write them, and the one form they are brought into."""

import pandas as pd
import pytest

from assets.intake.normalise import (
    _phone,
    company_codes,
    countries,
    domain_of,
    emails,
    is_social_credit_code,
    phones,
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


@pytest.mark.parametrize(
    ("given", "region", "phone", "problem", "repair"),
    [
        ("138 0013 8000", "CN", "+8613800138000", None, "country-added"),
        ("１３８００１３８０００", "CN", "+8613800138000", None, "country-added"),
        ("+49 (0)30 901820", "", "+4930901820", None, "cleaned"),
        ("+4930901820", "", "+4930901820", None, None),
        ("0049 30 901820", "US", "+4930901820", None, "zeros-for-plus"),
        ("(415) 555-0132 x12", "US", "+14155550132", None, "extension-dropped+country-added"),
        ("010-62345678转123", "CN", "+861062345678", None, "extension-dropped+country-added"),
        ("电话：13800138000", "CN", "+8613800138000", None, "country-added"),
        ("13800138000.0", "CN", "+8613800138000", None, "country-added"),
        ("1.38E+10", "CN", None, "scientific-notation", None),
        ("2262649", "US", "2262649", None, "no-area-code"),
        ("226-2649", "", "2262649", None, "no-country"),
        ("12", "US", None, "too-short", None),
        ("+86 138 0013 8000 0000", "", None, "too-long", None),
        ("n/a", "US", None, "not-a-number", None),
        ("0000000000", "US", None, "not-a-number", None),
        (None, "US", None, None, None),
    ],
)
def test_a_telephone_number_is_e164_where_its_country_is_known(given, region, phone, problem, repair):
    row = phones(pd.DataFrame({"value": pd.Series([given], dtype=object), "region": [region]})).iloc[0].tolist()
    assert row == [given, region, phone, problem, repair]


def test_two_processes_read_telephone_numbers_in_the_order_given(monkeypatch):
    monkeypatch.setattr("assets.intake.normalise.PARALLEL_FROM", 3)
    numbers = pd.DataFrame({"value": [f"415 555 01{n:02d}" for n in range(20)], "region": "US"})
    assert phones(numbers)["phone"].tolist() == [_phone((value, "US"))[0] for value in numbers["value"]]


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


def test_a_country_is_known_by_code_and_name():
    given = [
        "cn",
        "CHN",
        "中国",
        "P.R. China",
        "U.S.A.",
        "Deutschland",
        "Türkiye",
        "UK",
        "zw",
        "Atlantis",
        None,
    ]
    found = countries(pd.Series(given, dtype=object))
    assert found["country"].tolist() == ["CN", "CN", "CN", "CN", "US", "DE", "TR", "GB", "ZW", None, None]
    assert found["problem"].tolist() == [None] * 9 + ["unknown-country", None]


def test_a_social_credit_code_carries_its_check():
    assert is_social_credit_code("91350100M000100Y43")
    assert not is_social_credit_code("91350100M000100Y44")
    assert not is_social_credit_code("91350100M000100Y4")
    found = company_codes(pd.Series([" 91350100m000100y43", "91350100M000100Y44", "HRB 12345", None], dtype=object))
    assert found["company_code"].tolist() == ["91350100M000100Y43", None, "HRB12345", None]
    assert found["problem"].tolist() == [None, "bad-check-digit", None, None]
