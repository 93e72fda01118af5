"""What values are, told by their form or by lists of words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.evidence import is_social_credit_code, kinds_of, profile, shape_of


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("ann@acme.com", "email"),
        ("Ann Lee <ann@acme.com>", "email"),
        ("mailto:ann@acme.co.uk", "email"),
        ("https://acme.com/x?y=1", "url"),
        ("www.acme.de", "url"),
        ("acme.co.uk", "domain"),
        ("+49 30 1234567", "phone phone_like"),
        ("(212) 555-0100", "phone phone_like"),
        ("13800138000", "phone mobile_cn"),
        ("030/1234567", "phone"),
        ("电话:021-62345678", "phone"),
        ("13800138000/13900139000", "phone mobile_cn"),
        ("13800138000 13900139000", "phone mobile_cn"),
        ("13800138000转12", "phone mobile_cn"),
        ("030 1234567 / 0170 1234567", "phone"),
        ("030 123456 Durchwahl 12", "phone"),
        ("1.38E+10", "scientific"),
        ("2026-03-31", "date"),
        ("2026-03-31T10:00:00Z", "date clock"),
        ("31.03.2026", "date"),
        ("3/31/26 2:05 PM", "date clock"),
        ("2026-03-31 10:00 CET", "date clock"),
        ("2026-03-31 10:00 Europe/Berlin", "date clock"),
        ("31.03.2026 10:00 (MESZ)", "date clock"),
        ("31.03.2026 10:00 UTC+8", "date clock"),
        ("2026年3月31日", "date"),
        ("1 de março de 2026 às 00:05", "date clock"),
        ("31 de enero de 2026 a las 13:00", "date clock"),
        ("1/31/2026, 1:00:05 PM", "date clock"),
        ("31/1/2026 1:00 p. m.", "date clock"),
        ("31.01.2026, 13.00 Uhr", "date"),
        ("31/01/2026 13h00", "date"),
        ("2026/1/31 下午 01:00", "date clock"),
        ("2026. 1. 31. 오후 1:00:00", "date clock"),
        ("2026年1月31日 午後1時00分", "date"),
        ("20260304000509", "date number"),
        ("31 Mar 2026", "date"),
        ("March 31, 2026", "date"),
        ("20260331", "date number"),
        ("1767225600", "epoch"),
        ("2026-Q1", "period"),
        ("1,234.50", "number"),
        ("1.234,50", "number"),
        ("-12", "number integer"),
        ("€ 1.200", "number money"),
        ("50万元", "money"),
        ("50-200", "range"),
        ("1000+", "range"),
        ("50人以上", "range"),
        ("Germany", "country"),
        ("DE", "country"),
        ("中国", "country"),
        ("Acme GmbH", "company"),
        ("Acme, Inc.", "company"),
        ("上海华远机械有限公司", "company"),
        ("Anna Schmidt", "person two_words"),
        ("van der Berg, Jan", "person"),
        ("李伟", "person_zh"),
        ("歐陽娜娜", "person_zh"),
        ("王先生", "person_zh"),
        ("Anna", "given_name word"),
        ("Purchasing Manager", "title"),
        ("采购经理", "title"),
        ("市场部", "department"),
        ("制造业", "industry"),
        ("浙江省", "region"),
        ("杭州市", "city"),
        ("Hauptstraße 12", "address"),
        ("1200 Main Street", "address"),
        ("上海市浦东新区张江路100号", "address"),
        ("SW1A 1AA", "postcode"),
        ("91310115058088260X", "company_code"),
        ("HRB 12345", "register_number"),
        ("550e8400-e29b-41d4-a716-446655440000", "uuid"),
        ("GA1.2.1234567890.1767225600", "cookie"),
        ("zh-CN", "language"),
        ("EUR", "currency"),
        ("是", "boolean"),
        ("FALSCH", "boolean"),
        ("PRAWDA", "boolean"),
        ("YANLIŞ", "boolean"),
        ("10.0.0.1", "ip"),
        ('{"k": 1}', "json"),
        ("We are looking for a supplier of bearings for two plants", "prose"),
    ],
)
def test_a_value_is_of_its_kinds(value: str, kinds: str) -> None:
    assert set(kinds.split()) <= kinds_of(value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("461444.0", "phone"),
        ("2026-03-31", "phone_like"),
        ("1,234,567", "phone"),
        ("10.0.0.1", "phone_like"),
        ("99/99/2026", "date"),
        ("Room 12 2026", "date"),
        ("Acme GmbH", "person"),
        ("有限公司", "person_zh"),
        ("北京", "person_zh"),
        ("李伟", "company"),
        ("91310115058088260Y", "company_code"),
        ("ann at acme.com", "email"),
        ("12345", "phone_like"),
        ("hello", "country"),
    ],
)
def test_a_value_is_not_what_it_only_resembles(value: str, kind: str) -> None:
    assert kind not in kinds_of(value)


def test_a_profile_counts_distinct_filled_values() -> None:
    found = profile(["ann@acme.com", "", None, "ann@acme.com", "n/a", "x"])
    assert (found.values, found.filled) == (("ann@acme.com", "x"), 3)
    assert found.share("email") == 0.5
    assert found.share("phone") == 0.0
    assert round(found.distinct_share, 3) == 0.667


def test_a_column_without_values_has_no_shares() -> None:
    found = profile([None, " ", "-"])
    assert (found.values, found.shares, found.distinct_share) == ((), {}, 0.0)


@pytest.mark.parametrize(("value", "shape"), [("Ab12-x", "Aa9-a"), ("李1", "文9"), ("a  b", "a a"), ("", "")])
def test_a_shape_is_runs_of_signs(value: str, shape: str) -> None:
    assert shape_of(value) == shape


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
@settings(deadline=None)
def test_one_of_31_last_characters_completes_a_credit_code(first: str) -> None:
    endings = [letter for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_social_credit_code(first + letter)]
    assert len(endings) == 1


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_has_kinds_and_a_shape(text: str) -> None:
    assert all(kind.isidentifier() for kind in kinds_of(text))
    assert len(shape_of(text)) <= 12
