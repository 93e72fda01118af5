"""Names of columns, compared as a person compares them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.day_orders import day_order_of
from sources.mapping.headers import folded, likeness, named, names_of, similarity, without_question_numbers
from sources.mapping.matching import FLOOR, name_odds
from sources.mapping.units import currency_of, multiple_of, multiple_of_people
from sources.mapping.zones import zone_column, zone_named, zone_of

TEXT = st.text(alphabet="abcEmailPhone姓名电话 _-.()12", max_size=25)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("first_name", "firstName"),
        ("FIRST NAME", "first-name"),
        ("Ｅｍａｉｌ", "email"),
        ("E-Mail", "email"),
        ("Téléphone", "TELEPHONE"),
        ("電話號碼", "电话号码"),
        ("Budget (EUR)", "budget"),
        ("预算(万元)", "预算"),
        ("address__line__1", "AddressLine1"),
    ],
)
def test_spelling_is_no_difference(one: str, other: str) -> None:
    assert similarity(named(one), named(other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Your e-mail", "email"),
        ("您的邮箱", "邮箱"),
        ("联系人手机", "手机"),
        ("您的职位是?", "职位"),
        ("Cust Nm", "customer name"),
        ("Tel No", "telephone number"),
        ("dept", "department"),
        ("phone_v2", "phone"),
        ("raw_email_clean", "email"),
        ("Emial", "email"),
        ("Comapny Name", "company name"),
        ("name last", "last name"),
    ],
)
def test_what_says_the_same_looks_alike(one: str, other: str) -> None:
    assert similarity(named(one), named(other)) >= 0.7


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("CustNam", "customer_name"),
        ("MarSta", "MaritalStatus"),
        ("OwORF", "OwnOrRentFlag"),
        ("crdtrtng", "CreditRating"),
        ("ddrssln1", "AddressLine1"),
        ("LAD", "last_activity_date"),
        ("PosCo", "PostalCode"),
    ],
)
def test_short_forms_are_known_by_how_people_shorten(short: str, long: str) -> None:
    assert similarity(named(short), named(long)) >= 0.75


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gender", "city"),
        ("mplr", "gncd"),
        ("Fax", "Phone"),
        ("customer_id", "order_id"),
        ("公司名称", "联系电话"),
        ("created at", "closed at"),
        ("participant", "participant id"),
        ("", "email"),
    ],
)
def test_what_says_something_else_is_no_match(one: str, other: str) -> None:
    assert name_odds(similarity(named(one), named(other))) < 0.5


def test_a_second_phone_is_not_the_phone() -> None:
    assert similarity(named("phone 2"), named("phone")) < similarity(named("phones"), named("phone"))


def test_a_name_of_the_table_is_no_short_form_of_a_columns_name() -> None:
    assert similarity(named("currency"), named("crncy")) > 0.8 > likeness(named("currency"), named("crncy"))
    assert likeness(named("crncy"), named("currency")) > 0.8


def test_decoration_that_most_columns_share_is_left_out() -> None:
    found = names_of(["crm_email_x1", "crm_phone_x1", "crm_company_x1", "other"])
    assert [name.core for name in found] == [("email",), ("phone",), ("company",), ("other",)]
    assert found[0].words == ("crm", "email", "x", "1")


@pytest.mark.parametrize(
    ("headers", "without"),
    [
        ("1、姓名|2、手机|8、A|8、B", "姓名|手机|A|B"),
        ("1.姓名|2.手机|公司", "姓名|手机|公司"),
        ("Q1_姓名|Q2 Email|Q10: Phone", "姓名|Email|Phone"),
        ("1. Name|(2) Email", "Name|Email"),
        ("1_Name|1_Email|2_Name|2_Email", "1_Name|1_Email|2_Name|2_Email"),
        ("1. Name|Email", "1. Name|Email"),
        ("2nd Contact|3D model|1.5 GHz|Q1|2024_revenue", "2nd Contact|3D model|1.5 GHz|Q1|2024_revenue"),
    ],
)
def test_the_numbers_of_questions_are_no_part_of_names(headers: str, without: str) -> None:
    assert without_question_numbers(headers.split("|")) == without.split("|")


def test_two_columns_share_by_chance() -> None:
    assert [name.core for name in names_of(["first name", "last name"])] == [("first", "name"), ("last", "name")]


@given(TEXT, TEXT)
@settings(max_examples=300, deadline=None)
def test_likeness_has_no_direction_and_stays_between_0_and_1(one: str, other: str) -> None:
    a, b = named(one), named(other)
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert 0 <= likeness(a, b) <= similarity(a, b) + 1e-9


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_a_name_is_like_itself_in_any_case(text: str) -> None:
    name = named(text)
    if name.words:
        assert similarity(name, name) == 1.0
        assert folded(text) == folded(folded(text))


def test_odds_grow_with_likeness_and_cross_the_floor_between_unlike_and_alike() -> None:
    odds = [name_odds(step / 100) for step in range(101)]
    assert odds == sorted(odds)
    assert odds[50] < 0 < odds[80]
    assert FLOOR == 0.5


@pytest.mark.parametrize(
    "line", ["a" * 2_000_000, "姓名" * 100_000, "e-mail " * 200_000], ids=["letters", "zh", "words"]
)
def test_a_text_too_long_for_a_name_is_like_none_and_costs_nothing(line: str) -> None:
    began = time.process_time()
    (name,) = names_of([line])
    assert similarity(name, named("email")) == likeness(name, named("姓名")) == 0.0
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("header", "multiple", "currency"),
    [
        ("预算（万元）", 10_000, None),
        ("预算(万)", 10_000, None),
        ("預算（必填）（萬元）", 10_000, None),
        ("预算（单位：万元）", 10_000, None),
        ("預算（單位：萬元）", 10_000, None),
        ("预算（单位：元）", None, None),
        ("预算（万元人民币）", 10_000, "CNY"),
        ("采购预算（千元）", 1_000, None),
        ("年营业额(亿元)", 100_000_000, None),
        ("売上高（百万円）", 1_000_000, "JPY"),
        ("売上高（単位：千円）", 1_000, "JPY"),
        ("매출(단위: 백만원)", 1_000_000, "KRW"),
        ("Budget (k€)", 1_000, "EUR"),
        ("Budget (TEUR)", 1_000, "EUR"),
        ("Budget (000)", 1_000, None),
        ("Budget (000s)", 1_000, None),
        ("Budget (000's)", 1_000, None),
        ("Budget (€ ’000)", 1_000, "EUR"),
        ("Budget ($000)", 1_000, None),
        ("Budget (in 1000 EUR)", 1_000, "EUR"),
        ("Budget (in 1.000 €)", 1_000, "EUR"),
        ("Budget (CHF 1'000)", 1_000, "CHF"),
        ("Budget (1 000 €)", 1_000, "EUR"),
        ("Budget (in 1.000.000 €)", 1_000_000, "EUR"),
        ("Budget (x 1,000)", 1_000, None),
        ("Omzet (x € 1.000)", 1_000, "EUR"),
        ("Presupuesto (miles de €)", 1_000, "EUR"),
        ("Ingresos (millones de euros)", 1_000_000, "EUR"),
        ("Fatturato (migliaia di euro)", 1_000, "EUR"),
        ("Fatturato (milioni di euro)", 1_000_000, "EUR"),
        ("CA (en milliers d’euros)", 1_000, "EUR"),
        ("Receita (milhões de reais)", 1_000_000, "BRL"),
        ("Receita (mil R$)", 1_000, "BRL"),
        ("Obrat (mil. Kč)", 1_000_000, "CZK"),
        ("Revenue (USD mil)", None, None),
        ("Бюджет (тыс. руб.)", 1_000, "RUB"),
        ("Выручка (млн ₽)", 1_000_000, "RUB"),
        ("Omsättning (tkr)", 1_000, None),
        ("Omsättning (MSEK)", 1_000_000, "SEK"),
        ("Umsatz [in Mio. €]", 1_000_000, "EUR"),
        ("Umsatz (in Mio. EUR)", 1_000_000, "EUR"),
        ("Annual revenue (USD millions)", 1_000_000, "USD"),
        ("Annual revenue (USD, millions)", 1_000_000, "USD"),
        ("Annual revenue (M)", 1_000_000, None),
        ("Annual revenue (in M)", 1_000_000, None),
        ("annualrevenue(inthousandsofusd)", 1_000, "USD"),
        ("Employees (thousands)", 1_000, None),
        ("Budget (2026, k€)", 1_000, "EUR"),
        ("Employees (m/f)", None, None),
        ("Revenue (M/F)", None, None),
        ("Budget (T)", None, None),
        ("Budget (monthly)", None, None),
        ("Budget (approved)", None, None),
        ("Budget (2026)", None, None),
        ("Budget (1000)", None, None),
        ("Budget (over 5 million)", None, None),
        ("Budget (over 1000 EUR)", None, None),
        ("Budget (up to 1,000,000 EUR)", None, None),
        ("Revenue (per thousand visitors)", None, None),
        ("Budget (EUR)", None, "EUR"),
        ("Budget (net, in €)", None, "EUR"),
        ("Budget (KES)", None, "KES"),
        ("Budget (net)", None, None),
        ("Amount (won)", None, None),
        ("Budget", None, None),
    ],
)
def test_brackets_in_a_name_may_say_a_multiple_and_a_currency(
    header: str, multiple: int | None, currency: str | None
) -> None:
    assert (multiple_of(header), currency_of(header)) == (multiple, currency)


def test_an_m_behind_a_count_of_people_is_no_million() -> None:
    assert [multiple_of_people(f"Employees ({unit})") for unit in ("M", "k", "thousands")] == [None, 1_000, 1_000]


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("Submitted at (UTC+8)", "Etc/GMT-8"),
        ("Submitted at (GMT-05:00)", "Etc/GMT+5"),
        ("提交时间（UTC+08:00）", "Etc/GMT-8"),
        ("Created at (+05:30)", "Asia/Kolkata"),
        ("Created (UTC)", "UTC"),
        ("created_at_utc", "UTC"),
        ("Created at GMT", "UTC"),
        ("Created at UTC+1", "Etc/GMT-1"),
        ("Created (UTC+0)", "UTC"),
        ("登记时间（北京时间）", "Asia/Shanghai"),
        ("Created (Europe/Berlin)", "Europe/Berlin"),
        ("Created (JST)", "Asia/Tokyo"),
        ("Created (CET)", "Europe/Berlin"),
        ("Created (CET/CEST)", "Europe/Berlin"),
        ("Erstellt (MEZ)", "Europe/Berlin"),
        ("Created (EST)", "America/New_York"),
        ("Created (PST)", "America/Los_Angeles"),
        ("Created (BST)", "Europe/London"),
        ("Created (dd.mm.yyyy, CET)", "Europe/Berlin"),
        ("Created (CST)", "CST"),
        ("Created (IST)", "IST"),
        ("Created (ET)", "America/New_York"),
        ("Created (PT)", "America/Los_Angeles"),
        ("Created (CT)", "America/Chicago"),
        ("Created (MM/DD/YYYY MT)", "America/Denver"),
        ("Date (jour et mois)", None),
        ("Created (pt)", None),
        ("Created (Eastern Time, US)", "America/New_York"),
        ("Created (MM/DD/YYYY, US Pacific Time)", "America/Los_Angeles"),
        ("Created (MM/DD/YYYY Eastern Time)", "America/New_York"),
        ("Created at Central Time", "America/Chicago"),
        ("Created (Eastern Time (US & Canada))", "America/New_York"),
        ("Created (Australian Eastern Time)", None),
        ("Created (Berlin)", "Europe/Berlin"),
        ("Created (Shanghai)", "Asia/Shanghai"),
        ("Created (dd.mm.yyyy, New York)", "America/New_York"),
        ("Created (Berlin time)", "Europe/Berlin"),
        ("Created (Berlin, Paris)", None),
        ("Created (Berlin office closed)", None),
        ("Created at Berlin time", "Europe/Berlin"),
        ("Created in Los Angeles local time", "America/Los_Angeles"),
        ("Created Berlin", None),
        ("Berlin", None),
        ("Arrival time", None),
        ("Created (general)", None),
        ("Created (Berlin, CET)", "Europe/Berlin"),
        ("Created (Berlin, EST)", None),
        ("Created (CET/EST)", None),
        ("Created (east)", None),
        ("Created at (UTC+99)", None),
        ("Created", None),
        ("Created (2026-03)", None),
        ("Shutc", None),
    ],
)
def test_the_name_of_a_column_may_say_the_zone_of_its_times(header: str, zone: str | None) -> None:
    assert zone_of(header) == zone


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("us/eastern", "US/Eastern"),
        ("CET", "Europe/Berlin"),
        ("+08:00", "Etc/GMT-8"),
        ("UTC−5", "Etc/GMT+5"),
        ("(GMT+5:30)", "Asia/Kolkata"),
        ("UTC", "UTC"),
        ("北京时间", "Asia/Shanghai"),
        ("CST", None),
        ("(UTC+01:00) Amsterdam, Berlin", None),
        ("Berlin", None),
    ],
)
def test_a_zone_is_known_by_its_name_its_offset_or_an_abbreviation_of_one_meaning(text: str, zone: str | None) -> None:
    assert zone_named(text) == zone


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("Created (DD.MM.YYYY)", "dmy"),
        ("Date (MM/DD/YYYY)", "mdy"),
        ("Created (M/D/YY hh:mm)", "mdy"),
        ("Datum (TT.MM.JJJJ)", "dmy"),
        ("Datum (JJJJ-MM-TT)", "ymd"),
        ("Date (JJ/MM/AAAA)", "dmy"),
        ("Data (GG/MM/AAAA)", "dmy"),
        ("日期(YYYY/MM/DD)", "ymd"),
        ("日期（日/月/年）", "dmy"),
        ("Date (YYYY-DD-MM)", "ydm"),
        ("Datum (JJJJ/TT/MM)", "ydm"),
        ("date_dmy", "dmy"),
        ("date_ddmmyyyy", "dmy"),
        ("Created", None),
        ("Created (DD.MM.YYYY or MM/DD/YYYY)", None),
        ("Summary", None),
        ("Comma", None),
    ],
)
def test_the_name_of_a_column_may_say_the_order_of_its_dates(header: str, order: str | None) -> None:
    assert day_order_of(header) == order


def test_one_column_names_the_zone_of_each_row() -> None:
    assert [zone_column(["Created", name]) for name in ("Time zone", "Timezone", "TZ", "时区", "Zeitzone", "Zone")] == [
        *(1, 1, 1, 1, 1, None)
    ]
    assert zone_column(["Created", "TZ", "Timezone"]) is None
