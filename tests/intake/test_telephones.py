"""Telephone numbers as people write them, and the one form they are brought into."""

import pandas as pd
import pytest

from assets.intake.telephones import DIALLING_CODE, _phone, phones


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
        ("030 1234 5678 90123", "DE", None, "too-long", None),
        ("+49 30 1234 5678 90123", "", None, "too-long", None),
        ("030 1234567890123", "DE", None, "too-long", None),
        ("030 12345678901", "DE", "+493012345678901", None, "country-added"),
        ("Fax 030 1234567", "DE", "+49301234567", None, "country-added"),
        ("Fax 030 111111, Tel 030 222222", "DE", "+4930222222", None, "first-of-several+country-added"),
        ("Tel 030 222222, Fax 030 111111", "DE", "+4930222222", None, "first-of-several+country-added"),
        ("Telefax: 030 111111; Telefon: 030 222222", "DE", "+4930222222", None, "first-of-several+country-added"),
        ("030 1111111 (Fax) / 030 2222222", "DE", "+49302222222", None, "first-of-several+country-added"),
        (
            "Fax 030 111111, Tel 030 222222, Mobil 0170 1234518",
            "DE",
            "+4930222222",
            None,
            "first-of-several+country-added",
        ),
        ("Fax 030 111111, Fax 030 333333, Tel 030 222222", "DE", "+4930222222", None, "first-of-several+country-added"),
        ("Fax 030 111111, Fax 030 333333", "DE", "+4930111111", None, "first-of-several+country-added"),
        ("Fax 030 1111111/12", "DE", "+49301111111", None, "first-of-several+country-added"),
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
    ("given", "region", "phone"),
    [
        ("0170 1234564/65", "DE", "+491701234564"),
        ("0170 1234564/65 (privat)", "DE", "+491701234564"),
        ("030 123456-10/-11", "DE", "+493012345610"),
        ("030/123456-10/-11", "DE", "+493012345610"),
        ("030 123456 10/11/12", "DE", "+493012345610"),
        ("030 123456 -10,-11,-12", "DE", "+493012345610"),
        ("030 123456-10 bis -19", "DE", "+493012345610"),
        ("030 123456-10 – 19", "DE", "+493012345610"),
        ("030 1234567 u. 68", "DE", "+49301234567"),
        ("030 1234567, 68", "DE", "+49301234567"),
        ("0721/123456/78", "DE", "+49721123456"),
        ("01 42 68 53 00/01", "FR", "+33142685300"),
        ("044 668 18 00/01", "CH", "+41446681800"),
        ("212-555-0188/0189", "US", "+12125550188"),
        ("010-62345678/79", "CN", "+861062345678"),
    ],
)
def test_last_digits_of_further_numbers_are_not_glued_to_the_first(given, region, phone):
    assert _phone((given, region)) in {
        (phone, None, "first-of-several"),
        (phone, None, "first-of-several+country-added"),
    }


@pytest.mark.parametrize(
    ("given", "region", "phone"),
    [
        ("030/1234567", "DE", "+49301234567"),
        ("030 / 123 45 67", "DE", "+49301234567"),
        ("0170-123/4567", "DE", "+491701234567"),
        ("0170/123/45/67", "DE", "+491701234567"),
        ("01/42/68/53/00", "FR", "+33142685300"),
        ("1/212/555/0188", "US", "+12125550188"),
        ("+49 30 1234/567", "", "+49301234567"),
        ("0049 (0)36221/12345678", "", "+493622112345678"),
    ],
)
def test_a_slash_may_stand_within_a_number(given, region, phone):
    assert _phone((given, region))[0] == phone


@pytest.mark.parametrize(
    ("given", "region", "phone"),
    [
        *[
            (f"13800138000{between}13900139000", "CN", "+8613800138000")
            for between in ("/", ",", "，", "、", ";", "；", " ", "  ", " / ", "\n", "|")
        ],
        ("138 0013 8000 139 0013 9000", "CN", "+8613800138000"),
        ("13800138000 13900139000 13700137000", "CN", "+8613800138000"),
        ("13800138000(13900139000)", "CN", "+8613800138000"),
        ("13800138000/010-62345678", "CN", "+8613800138000"),
        ("010-62345678/62345679", "CN", "+861062345678"),
        ("+86 138 0013 8000 +86 139 0013 9000", "", "+8613800138000"),
        ("8613800138000 8613900139000", "", "+8613800138000"),
        ("+491701234567+491517654321", "", "+491701234567"),
        ("0170 1234567 0151 76543210", "DE", "+491701234567"),
        ("212-555-0188/646-555-0199", "US", "+12125550188"),
        ("0612345678 0712345678", "FR", "+33612345678"),
        ("98123 45678, 99123 45678", "IN", "+919812345678"),
    ],
)
def test_the_first_of_two_numbers_counts_whatever_stands_between_them(given, region, phone):
    assert _phone((given, region)) in {
        (phone, None, "first-of-several"),
        (phone, None, "first-of-several+country-added"),
    }


@pytest.mark.parametrize(
    ("given", "region", "phone"),
    [
        *[
            (f"030 123456{written}", "DE", "+4930123456;ext=12")
            for written in (
                *(" DW 12", " DW: -12", "DW12", " / DW 12", " (DW 12)", " Durchwahl 12", ", Durchwahl: 12", " Nst. 12"),
                *(" Nebenstelle 12", " App. 12", " Apparat 12", " Kl. 12", " #12", " ext:12", " Ext. No. 12", " [x12]"),
            )
        ],
        ("01 42 68 53 00 poste 12", "FR", "+33142685300;ext=12"),
        ("06 12345678 int. 12", "IT", "+390612345678;ext=12"),
        ("03-1234-5678内線12", "JP", "+81312345678;ext=12"),
        ("010-62345678 内线12", "CN", "+861062345678;ext=12"),
        ("010-62345678分机号12", "CN", "+861062345678;ext=12"),
        ("13800138000 转 12", "CN", "+8613800138000;ext=12"),
        ("0086 10 62345678 转 8001", "", "+861062345678;ext=8001"),
        ("+7 495 123-45-67 доб. 12", "", "+74951234567;ext=12"),
        ("+7 495 123-45-67 вн. 12", "", "+74951234567;ext=12"),
        ("22 123 45 67 wewn. 12", "PL", "+48221234567;ext=12"),
        ("217 123 456 linha 12", "PT", "+351217123456;ext=12"),
        ("(11) 3123-4567 ramal 12", "BR", "+551131234567;ext=12"),
        ("(01) 234-5678 anexo 12", "PE", "+5112345678;ext=12"),
        ("020 123 4567 toestel 12", "NL", "+31201234567;ext=12"),
        ("212-555-0188 (12)", "US", "+12125550188;ext=12"),
        ("212-555-0188 ext. 12 or 13", "US", "+12125550188;ext=12"),
        ("+33 1 42 68 53 00 x 12345", "", "+33142685300;ext=12345"),
    ],
)
def test_an_extension_is_told_by_the_word_before_it(given, region, phone):
    found, problem, repair = _phone((given, region))
    assert (found, problem) == (phone, None)
    assert "extension-apart" in str(repair)


@pytest.mark.parametrize(
    ("given", "region", "phone"),
    [
        ("'+491701234567", "", "+491701234567"),
        ("'01701234567", "DE", "+491701234567"),
        ('="+491701234567"', "", "+491701234567"),
        ('="01701234567"', "DE", "+491701234567"),
        ("tel:+1-212-555-0188;ext=12", "", "+12125550188;ext=12"),
        ("\u202a+49 170 1234567\u202c", "", "+491701234567"),
        ("+49\u200b170\u200b1234567", "", "+491701234567"),
        ("００４９ １７０ １２３４５６７", "", "+491701234567"),
        ("٠١٠١٢٣٤٥٦٧٨", "EG", "+201012345678"),
        ("011 49 170 1234567", "US", "+491701234567"),
        ("0044 (0) 20 7946 0958", "", "+442079460958"),
        ("+49 0170 1234567", "", "+491701234567"),
        ("1701234567", "DE", "+491701234567"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("1-800-FLOWERS", "US", None),
        ("4.91701E+11", "DE", None),
    ],
)
def test_what_programs_and_people_put_around_a_number_changes_nothing(given, region, phone):
    assert _phone((given, region))[0] == phone


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


@pytest.mark.parametrize(
    ("given", "region", "code", "phone", "repair"),
    [
        ("151 2345678", "", "+49", "+491512345678", "country-added"),
        ("0151 2345678", "", "0049", "+491512345678", "country-added"),
        ("151 2345678", "", "49.0", "+491512345678", "country-added"),
        ("151 2345678", "FR", "Germany (+49)", "+491512345678", "country-added"),
        ("13812345678", "", "86", "+8613812345678", "country-added"),
        ("49 170 1234567", "", "+49", "+491701234567", "plus-added"),
        ("06 698 12345", "", "+39", "+390669812345", "country-added"),
        # the number has its own already
        ("+33 6 12 34 56 78", "", "+49", "+33612345678", "cleaned"),
        # no dialling code of this number: an area code, a country by letters or by its number in a list, nonsense
        ("5550123", "US", "212", "5550123", "no-area-code"),
        ("170 1234567", "DE", "030", "+491701234567", "country-added"),
        ("6 12 34 56 78", "FR", "250", "+33612345678", "country-added"),
        ("170 1234567", "", "DE", "1701234567", "no-country"),
        ("170 1234567", "", "+999", "1701234567", "no-country"),
        ("170 1234567", "", None, "1701234567", "no-country"),
    ],
)
def test_a_dialling_code_beside_a_number_completes_it(given, region, code, phone, repair) -> None:
    row = phones(pd.DataFrame({"value": [given], "region": [region], DIALLING_CODE: [code]}, dtype=object)).iloc[0]
    assert (row["phone"], row["problem"], row["repair"]) == (phone, None, repair)


def test_numbers_that_ofcom_keeps_for_films_are_numbers() -> None:
    given = ["07700 900123", "020 7946 0958", "0161 496 0123", "01632 960001"]
    found = phones(pd.DataFrame({"value": given, "region": "GB"}), ["valid", "trunk"])
    assert found["phone"].tolist() == ["+447700900123", "+442079460958", "+441614960123", "+441632960001"]


def test_two_processes_read_telephone_numbers_in_the_order_given(monkeypatch):
    monkeypatch.setattr("assets.intake.telephones.PARALLEL_FROM", 3)
    numbers = pd.DataFrame({"value": [f"415 555 01{n:02d}" for n in range(20)], "region": "US"})
    assert phones(numbers)["phone"].tolist() == [_phone((value, "US"))[0] for value in numbers["value"]]
