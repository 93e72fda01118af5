"""Telephone numbers as people write them, and the one form they are brought into."""

import pandas as pd
import pytest

from assets.intake.telephones import _phone, phones


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
    monkeypatch.setattr("assets.intake.telephones.PARALLEL_FROM", 3)
    numbers = pd.DataFrame({"value": [f"415 555 01{n:02d}" for n in range(20)], "region": "US"})
    assert phones(numbers)["phone"].tolist() == [_phone((value, "US"))[0] for value in numbers["value"]]
