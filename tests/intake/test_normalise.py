"""Values as people write them, and the one form they are brought into."""

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings

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
        ("(415) 555-0132 x12", "US", "+14155550132;ext=12", None, "extension-apart+country-added"),
        ("010-62345678转123", "CN", "+861062345678;ext=123", None, "extension-apart+country-added"),
        ("电话：13800138000", "CN", "+8613800138000", None, "country-added"),
        ("13800138000.0", "CN", "+8613800138000", None, "country-added"),
        ("1.38E+10", "CN", None, "scientific-notation", None),
        ("2262649", "US", "2262649", None, "no-area-code"),
        ("226-2649", "", "2262649", None, "no-country"),
        ("12", "US", None, "too-short", None),
        ("+86 138 0013 8000 0000", "", None, "too-long", None),
        ("n/a", "US", None, "not-a-number", None),
        ("0000000000", "US", None, "not-a-number", None),
        ("p:+8613800138000", "", "+8613800138000", None, "cleaned"),
        ("86-139-1234-5678", "", "+8613912345678", None, "country-added"),
        ("8613912345679", "", "+8613912345679", None, "country-added"),
        ("13912345679", "", "13912345679", None, "no-country"),
        ("138****5678", "", None, "not-a-number", None),
        ("138＊＊＊＊5678", "CN", None, "not-a-number", None),
        ("138xxxx5678", "CN", None, "not-a-number", None),
        ("13812XXX678", "CN", None, "not-a-number", None),
        ("13812###678", "CN", None, "not-a-number", None),
        ("+49 151 ••••678", "", None, "not-a-number", None),
        ("2026-03-05", "", None, "not-a-number", None),
        ("2009-07-06 00:00:00", "US", None, "not-a-number", None),
        ("05.03.2026", "DE", None, "not-a-number", None),
        ("14:30:00", "DE", None, "not-a-number", None),
        ("01.02.03.04.05", "FR", "+33102030405", None, "country-added"),
        ("2012-1234", "", "20121234", None, "no-country"),
        ("+49 170 1234518 / +49 30 1234567", "", "+491701234518", None, "first-of-several"),
        ("+49 170 1234518/+49 30 1234567", "", "+491701234518", None, "first-of-several"),
        ("0170 1234518 / 030 1234567", "DE", "+491701234518", None, "first-of-several+country-added"),
        ("21234567 / 91234567", "HK", "+85221234567", None, "first-of-several+country-added"),
        ("+49 36221/1234567", "", "+49362211234567", None, "cleaned"),
        ("+49 170 1234519; +49 30 1234567", "", "+491701234519", None, "first-of-several"),
        ("+49 170 1234520\n+49 30 1234567", "", "+491701234520", None, "first-of-several"),
        ("+49 170 1234521, +49 30 1234567", "", "+491701234521", None, "first-of-several"),
        ("+49 170 1234522 or +49 30 1234567", "", "+491701234522", None, "first-of-several"),
        ("+49 170 1234523 ::: +49 30 1234567", "", "+491701234523", None, "first-of-several"),
        ("13800138000、13900139000", "CN", "+8613800138000", None, "first-of-several+country-added"),
        ("Tel: +49 30 1234567, Mobil: +49 170 1234521", "", "+49301234567", None, "first-of-several"),
        ("+49 170 1234512 (mobil)", "", "+491701234512", None, "cleaned"),
        ("WhatsApp +49 170 1234508", "", "+491701234508", None, "cleaned"),
        ("M: +49 170 1234513", "", "+491701234513", None, "cleaned"),
        ("+86 10 12345678-8001", "", "+861012345678;ext=8001", None, "extension-apart"),
        ("010-12345678-8001", "CN", "+861012345678;ext=8001", None, "extension-apart+country-added"),
        ("030-1234567-12", "DE", "+4930123456712", None, "country-added"),
        ("+1 212-555-0188,,12#", "", "+12125550188;ext=12", None, "extension-apart"),
        ('["+49 170 1234567"]', "", "+491701234567", None, "cleaned"),
        ('["+49 170 1234567", "+49 30 1234567"]', "", "+491701234567", None, "first-of-several"),
        ("[8613800138000]", "", "+8613800138000", None, "cleaned+country-added"),
        ("[]", "", None, "not-a-number", None),
        ("491701234567", "DE", "+491701234567", None, "plus-added"),
        ("49 170 1234567", "DE", "+491701234567", None, "plus-added"),
        ("49-170-1234567", "DE", "+491701234567", None, "plus-added"),
        ("49/170/1234567", "DE", "+491701234567", None, "plus-added"),
        ("49 (0)170 1234567", "DE", "+491701234567", None, "plus-added"),
        ("(49) 170 1234567", "DE", "+491701234567", None, "plus-added"),
        ("0491 701234", "DE", "+49491701234", None, "country-added"),
        ("30 901820", "DE", "+4930901820", None, "country-added"),
        ("9198200123", "IN", "+919198200123", None, "country-added"),
        ("8613912345679", "CN", "+8613912345679", None, "plus-added"),
        ("06 12345678", "IT", "+390612345678", None, "country-added"),
        ("436641234567", "AT", "+436641234567", None, "plus-added"),
        (None, "US", None, None, None),
    ],
)
def test_a_telephone_number_is_e164_where_its_country_is_known(given, region, phone, problem, repair):
    row = phones(pd.DataFrame({"value": pd.Series([given], dtype=object), "region": [region]})).iloc[0].tolist()
    assert row == [given, region, phone, problem, repair]


@pytest.mark.parametrize(
    ("given", "needs", "phone", "repair"),
    [
        ("1 (212) 555-0188", [], "+4912125550188", "country-added"),
        ("1 (212) 555-0188", ["valid"], "12125550188", "no-country"),
        ("0171 1234502", ["valid", "trunk"], "+491711234502", "country-added"),
        ("(0221) 1234567", ["valid", "trunk"], "+492211234567", "country-added"),
        ("49 170 1234567", ["valid", "trunk"], "+491701234567", "plus-added"),
        ("171 1234502", ["valid"], "+491711234502", "country-added"),
        ("212 555 0187", ["valid"], "+492125550187", "country-added"),
        ("212 555 0187", ["valid", "trunk"], "2125550187", "no-country"),
        ("+1 212 555 0187", ["valid", "trunk"], "+12125550187", "cleaned"),
    ],
)
def test_a_number_may_need_more_to_be_one_of_a_country_that_nobody_named(given, needs, phone, repair):
    row = phones(pd.DataFrame({"value": [given], "region": ["DE"]}), needs).iloc[0].tolist()
    assert row == [given, "DE", phone, None, repair]


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


def test_the_host_of_strangers_pages_is_nobodys_domain_but_of_those_who_work_there():
    given = [
        "https://sites.google.com/view/geeworks", "joes.wixsite.com", "www.Facebook.com/fbone", "facebook.com",
        "https://youtube.com/@acme.co", "a1b2@members.ebay.com", "jane@google.com", "fbone.com/facebook.com",
    ]  # fmt: skip
    hosts = ["google.com", "wixsite.com", "facebook.com", "youtube.com", "ebay.com"]
    found = domain_of(pd.Series(given, dtype=object), [], hosts)
    assert found["domain"].tolist() == [None, None, None, None, None, None, "google.com", "fbone.com"]


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
