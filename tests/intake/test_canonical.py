"""From a file's cells to canonical fields."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.intake.canonical import canonical_rows
from policy.feeds import Feed
from policy.identity import Identity
from policy.load import DEFAULTS
from sources.feed_columns import missing_headers
from sources.mapping.tables import words
from tests.literal import engine, pick


def feed(**values: Any) -> Feed:
    return Feed.model_validate({"feed": "acme", "kind": "leads", "match": "partners/acme/*.csv", **values})


def canonical(
    told: Feed, headers: list[str], *rows: tuple[str | None, ...], no: Collection[str] = ()
) -> list[dict[str, Any]]:
    cells = {f"c{at}": pa.array([row[at] for row in rows], pa.string()) for at in range(len(headers))}
    table = pa.table(
        {
            "line_no": pa.array(range(1, len(rows) + 1), pa.int64()),
            **{name: pa.nulls(len(rows), pa.string()) for name in ("problem", "detail", "raw")},
            **cells,
        }
    )
    made = canonical_rows(engine().connection.from_arrow(table), headers, told, no)
    found: list[dict[str, Any]] = sorted(made.to_arrow_table().to_pylist(), key=lambda row: row["line_no"])
    return found


@pytest.mark.parametrize("written", ["E-Mail", "e-mail", " E-Mail ", "Ｅ-Mail", "E-\u200bMail", "E - Mail"])
def test_a_header_is_found_whatever_its_case_width_and_spaces(written: str):
    rows = canonical(feed(columns={"email": ["E-Mail"]}), [written], ("ann@acme.com",))
    assert pick(rows, "email", "attributes") == [("ann@acme.com", "{}")]


def test_the_first_header_that_is_filled_wins():
    told = feed(columns={"email": ["Email", "邮箱"]})
    rows = canonical(told, ["邮箱", "Email"], ("b@x.cn", "a@x.cn"), ("b@x.cn", "  "), ("b@x.cn", None), ("", None))
    assert pick(rows, "email") == ["a@x.cn", "b@x.cn", "b@x.cn", None]


@pytest.mark.parametrize("blank", ["", "  ", "\t", "\u3000", "\u00a0 ", None])
def test_a_blank_cell_is_no_value(blank: str | None):
    rows = canonical(feed(columns={"company": ["Firm"]}), ["Firm", "Other"], (blank, blank))
    assert pick(rows, "company", "attributes") == [(None, "{}")]


@pytest.mark.parametrize(
    ("array", "value"),
    [
        *(("[]", None), ("[ ]", None), ('["",null]', None), ("[null]", None)),
        *(('["X GmbH"]', "X GmbH"), ('[ " \\"X\\" GmbH" ]', '"X" GmbH'), ('["  "]', None)),
        *(('["a","b"]', '["a","b"]'), ('["\\q"]', '["\\q"]'), ("[VIP] Acme", "[VIP] Acme"), ("[1]", "[1]")),
    ],
)
def test_an_empty_array_says_nothing_and_a_single_text_is_the_value(array: str, value: str | None):
    told = feed(columns={"company": ["Firm", "Other"], "consent": ["Consent"]})
    rows = canonical(told, ["Firm", "Consent", "Other"], (array, array, None), (array, array, "Else"))
    assert pick(rows, "company", "consent") == [(value, value), (value or "Else", value)]
    assert pick(rows, "attributes") == ["{}", '{"Other":"Else"}' if value else "{}"]


def test_text_is_taken_out_of_formulas_that_keep_spreadsheets_from_changing_it():
    told = feed(columns={"full_name": ["Name"], "phone": ["Phone"]}, key=["Ref"])
    headers = ["Ref", "Name", "Phone", "Note"]
    rows = canonical(
        told,
        headers,
        ('="01"', '="Anna ""Vogel"""', '="+491701234567"', '="x"'),
        ("02", '="a"&"b"', '=""', '="'),
        ("03", '" "', None, '=" "'),
        ("04", "Ann", None, None),
    )
    assert pick(rows, "source_key", "full_name", "phone", "attributes") == [
        ("01", 'Anna "Vogel"', "+491701234567", '{"Note":"x"}'),
        ("02", '="a"&"b"', None, '{"Note":"=\\""}'),
        ("03", '" "', None, "{}"),
        ("04", "Ann", None, "{}"),
    ]
    found = [row["detail"] and [(e["field"], e["code"], e["was"]) for e in json.loads(row["detail"])] for row in rows]
    assert found == [
        [
            ("Ref", "excel-text", '="01"'), ("full_name", "excel-text", '="Anna ""Vogel"""'),
            ("phone", "excel-text", '="+491701234567"'), ("Note", "excel-text", '="x"'),
        ],
        [("phone", "excel-text", '=""')],
        [("Note", "excel-text", '=" "')],
        None,
    ]  # fmt: skip


def test_spaces_around_a_value_go_and_those_inside_stay():
    assert pick(canonical(feed(columns={"city": ["C"]}), ["C"], ("\u3000New  York ",)), "city") == ["New  York"]


def test_a_constant_is_the_value_of_every_row():
    told = feed(constants={"country": "CN"}, columns={"city": ["City"]})
    assert pick(canonical(told, ["City"], ("Wuhan",), (None,)), "country", "city") == [("CN", "Wuhan"), ("CN", None)]


def test_words_are_translated_and_may_mean_no_value():
    told = feed(columns={"industry": ["行业"]}, values={"industry": {"制造业": "manufacturing", "其他": None}})
    rows = canonical(told, ["行业"], ("制造业",), ("其他",), ("零售",), (None,))
    assert pick(rows, "industry") == ["manufacturing", None, "零售", None]


def test_a_word_that_means_no_value_leaves_the_field_to_the_next_column():
    told = feed(columns={"consent": ["A", "B"]}, values={"consent": {"yes": "no", "false": None}})
    rows = canonical(told, ["A", "B"], ("false", "yes"), ("yes", "false"), ("false", "false"))
    assert pick(rows, "consent") == ["no", "no", None]


def test_attributes_hold_the_filled_columns_that_the_feed_does_not_map():
    told = feed(columns={"email": ["Email"]}, key=["Id"])
    rows = canonical(
        told,
        ["Id", "Email", "Size", 'Note "x"', "a.b"],
        ("1", "a@x.com", "10", None, ""),
        ("2", "b@x.com", " ", "é, 中", "7"),
    )
    assert [json.loads(row["attributes"]) for row in rows] == [{"Size": "10"}, {'Note "x"': "é, 中", "a.b": "7"}]


def test_attributes_hold_what_a_column_before_it_outdid():
    told = feed(columns={"email": ["Email", "Secondary Email"], "title": ["Role", "Job"], "department": ["Job"]})
    rows = canonical(
        told,
        ["SECONDARY EMAIL", "Email", "Role", "Job"],
        ("b@x.com", "a@x.com", "Head", "Sales"),
        ("b@x.com", None, None, "Sales"),
        ("a@x.com", "a@x.com", None, None),
    )
    assert pick(rows, "email", "attributes") == [
        ("a@x.com", '{"Secondary Email":"b@x.com"}'),
        ("b@x.com", "{}"),
        ("a@x.com", "{}"),
    ]


@pytest.mark.parametrize(
    ("headers", "row", "of_column", "of_row"),
    [
        (["Created (CET)"], ("2026-03-01 10:00",), "Europe/Berlin", None),
        (["Created (CST)"], ("2026-03-01 10:00",), "CST", None),
        (["Created (CET)", "Time zone"], ("2026-03-01 10:00", "Asia/Tokyo"), "Europe/Berlin", "Asia/Tokyo"),
        (["Created (CET)", "TZ"], ("2026-03-01 10:00", ""), "Europe/Berlin", None),
    ],
)
def test_the_zones_that_its_row_and_its_column_say_stand_beside_a_time(
    headers: list[str], row: tuple[str, ...], of_column: str, of_row: str | None
):
    said = canonical(feed(columns={"submitted_at": [headers[0]]}), headers, row)
    assert (said[0]["submitted_at_zone"], said[0].get("row_zone")) == (of_column, of_row)


@pytest.mark.parametrize(
    ("headers", "row", "read"),
    [
        (("Created date", "Created time"), ("2026-03-01", "10:30"), "2026-03-01 10:30"),
        (("Date", "Time"), ("03/14/2026", "9:05 PM"), "03/14/2026 9:05 PM"),
        (("Datum", "Uhrzeit"), ("14.03.2026", "10:30:15"), "14.03.2026 10:30:15"),
        (("提交日期", "提交时间"), ("2026-03-01", "10:30"), "2026-03-01 10:30"),
        (("created_date", "created_time"), ("2026-03-01 00:00:00", "10:30"), "2026-03-01 10:30"),
        (("Created", "Created time"), ("2026-03-01", "10:30"), "2026-03-01 10:30"),
        (("Created date", "Created time"), ("2026-03-01 08:00", "10:30"), "2026-03-01 08:00"),
        (("Created date", "Created time"), ("2026-03-01", "soon"), "2026-03-01"),
        (("Created date", "Created time"), ("2026-03-01", ""), "2026-03-01"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 Uhr"), "15.03.2026 10:00"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "9.30 Uhr"), "15.03.2026 9:30"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10 Uhr"), "15.03.2026 10:00"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00:05 Uhr"), "15.03.2026 10:00:05"),
        (("Jour", "Heure"), ("15/03/2026", "10h30"), "15/03/2026 10:30"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 h"), "15.03.2026 10:00"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 (MEZ)"), "15.03.2026 10:00 (MEZ)"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 UTC+8"), "15.03.2026 10:00 UTC+8"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 ca"), "15.03.2026"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:00 noon"), "15.03.2026"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "25:00"), "15.03.2026"),
        (("Date", "Time"), ("03/14/2026", "14:05 PM"), "03/14/2026"),
        (("Date", "Time"), ("03/14/2026", "9:05PM"), "03/14/2026 9:05 PM"),
        (("日期", "时间"), ("2026年3月14日", "9:05 PM"), "2026年3月14日 9:05 PM"),
        (("Date", "Time"), ("31/01/2026", "9:05 p.m."), "31/01/2026 9:05 PM"),
        (("Date", "Time"), ("31/01/2026", "9pm"), "31/01/2026 9:00 PM"),
        (("Date", "Time"), ("31/01/2026", "9 a.m. EST"), "31/01/2026 9:00 AM EST"),
        (("Fecha", "Hora"), ("31/01/2026", "12:05 a.\u00a0m."), "31/01/2026 12:05 AM"),
        (("Date", "Time"), ("31/01/2026", "14.30"), "31/01/2026 14:30"),
        (("Date", "Time"), ("31/01/2026", "0905"), "31/01/2026 09:05"),
        (("Date", "Time"), ("31/01/2026", "0.604166667"), "31/01/2026 14:30:00"),
        (("Date", "Time"), ("31/01/2026", "0.5"), "31/01/2026 12:00:00"),
        (("Date", "Time"), ("31/01/2026", "30/12/1899 14:30:00"), "31/01/2026 14:30:00"),
        (("日期", "时间"), ("2026-01-31", "下午2:30"), "2026-01-31 2:30 PM"),
        (("日期", "时间"), ("2026-01-31", "9时5分3秒"), "2026-01-31 9:05:03"),
        (("日期", "时间"), ("2026-01-31", "午後0時30分"), "2026-01-31 12:30 PM"),
        (("Created date", "Created time"), ("2026-03-01", "10:30+02:00"), "2026-03-01 10:30+02:00"),
        (("Datum", "Uhrzeit"), ("15.03.2026", "10:30+02:00"), "15.03.2026"),
        (("Created date", "Response time"), ("2026-03-01", "10:30"), "2026-03-01"),
        (("Submitted date", "Time"), ("2026-03-01", "10:30"), "2026-03-01 10:30"),
        (("Erstellt am", "Zeit"), ("14.03.2026", "10:30"), "14.03.2026 10:30"),
        (("Submitted date", "Time"), ("2026-03-01 08:00", "10:30"), "2026-03-01 08:00"),
        (("Submitted date", "Time"), ("2026-03-01", "45 min"), "2026-03-01"),
        (("Submitted date", "Time (h)"), ("2026-03-01", "1:30"), "2026-03-01"),
        (("Date", "Time (h)"), ("2026-03-01", "1:30"), "2026-03-01"),
        (("Submitted date", "Time spent"), ("2026-03-01", "1:30"), "2026-03-01"),
    ],
)
def test_a_day_has_the_time_of_day_of_the_column_beside_it(headers: tuple[str, str], row: tuple[str, str], read: str):
    told = feed(columns={"submitted_at": [headers[0]]})
    assert canonical(told, list(headers), row)[0]["submitted_at"] == read


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        ("noon", "31/01/2026 noon"),
        ("0.50", "31/01/2026 0.50"),
        ("9pm", None),
        ("", None),
        ("45 min", "31/01/2026 45 min"),
    ],
)
def test_a_time_of_day_that_is_not_read_stands_beside_its_day(clock: str, told: str | None):
    told_by_feed = feed(columns={"submitted_at": ["Date"]})
    (row,) = canonical(told_by_feed, ["Date", "Time"], ("31/01/2026", clock))
    assert row["submitted_at_with_clock"] == told
    (row,) = canonical(told_by_feed, ["Date", "Time"], ("31/01/2026 10:30", clock))
    assert row["submitted_at_with_clock"] is None


@pytest.mark.parametrize(
    ("columns", "beside"),
    [
        ({"submitted_at": ["Submitted"]}, ("Time", "Uhrzeit")),
        ({"submitted_at": ["Submitted"]}, ("Time", "Event date")),
        ({"submitted_at": ["Submitted", "Created"]}, ("Time", "Created")),
        ({"submitted_at": ["Submitted"], "message": ["Time"]}, ("Time", "Other")),
    ],
)
def test_a_column_called_time_is_of_no_one_day_where_it_may_be_of_another(
    columns: dict[str, list[str]], beside: tuple[str, str]
):
    (row,) = canonical(feed(columns=columns), ["Submitted", *beside], ("2026-03-01", "10:30", ""))
    assert row["submitted_at"] == "2026-03-01"


def test_the_zone_of_a_time_stands_in_the_name_of_the_column_called_time():
    told, row = feed(columns={"submitted_at": ["Submitted date"]}), ("2026-03-01", "10:30")
    found = [canonical(told, ["Submitted date", name], row)[0] for name in ("Time (UTC+8)", "Time (ET)")]
    assert [one["submitted_at_zone"] for one in found] == ["Etc/GMT-8", "America/New_York"]


def test_a_pattern_says_all_there_is_of_a_time():
    told = feed(columns={"submitted_at": ["Created date"]}, formats={"submitted_at": "%Y-%m-%d"})
    headers = ["Created date", "Created time (CET)"]
    assert canonical(told, headers, ("2026-03-01", "10:30"))[0]["submitted_at"] == "2026-03-01"
    (row,) = canonical(feed(columns={"submitted_at": ["Created date"]}), headers, ("2026-03-01", "10:30"))
    assert row["submitted_at_zone"] == "Europe/Berlin"


def test_the_order_of_dates_is_the_one_that_the_name_of_their_column_says():
    told = feed(columns={"submitted_at": ["Datum (TT.MM.JJJJ)"], "birth_date": ["Born", "Birthday (MM/DD/YYYY)"]})
    headers = ["Datum (TT.MM.JJJJ)", "Birthday (MM/DD/YYYY)", "Born"]
    rows = canonical(told, headers, ("03.04.2026", "03/04/1990", ""), ("03.04.2026", "", "03/04/1990"))
    assert [(row["submitted_at_order"], row["birth_date_order"]) for row in rows] == [("dmy", "mdy"), ("dmy", None)]


def test_columns_that_are_not_kept_are_dropped():
    rows = canonical(feed(columns={"email": ["Email"]}, others="drop"), ["Email", "Size"], ("a@x.com", "10"))
    assert pick(rows, "attributes") == ["{}"]


def test_the_key_is_made_of_all_its_columns_or_is_none():
    one = feed(key=["Ref No"])
    assert pick(canonical(one, ["refno"], ("7",), (None,)), "source_key") == ["7", None]
    two = feed(key=["Year", "No"])
    rows = canonical(two, ["No", "Year"], ("1", "2026"), ("12", "026"), ("1", None))
    keys = pick(rows, "source_key")
    assert keys[2] is None
    assert keys[0] != keys[1]
    assert pick(canonical(two, ["No"], ("1",)), "source_key") == [None]
    assert pick(canonical(feed(), ["No"], ("1",)), "source_key") == [None]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.permutations(range(4)), st.lists(st.sampled_from(["", "a", "b|c", "1"]), min_size=4, max_size=4))
def test_the_content_hash_does_not_know_the_order_of_columns(order: list[int], cells: list[str]):
    headers = ["Email", "Name", "City", "Note"]
    told = feed(columns={"email": ["Email"]})
    (here,) = canonical(told, headers, tuple(cells))
    (there,) = canonical(told, [headers[at] for at in order], tuple(cells[at] for at in order))
    assert here["content_hash"] == there["content_hash"]
    assert here["attributes"] == there["attributes"]


def test_the_content_hash_is_of_the_filled_cells_and_their_headers():
    told = feed(columns={"email": ["Email"]})
    plain = canonical(told, ["Email", "A", "B"], ("a@x.com", "1", None), ("a@x.com", None, "1"), (" a@x.com ", "1", ""))
    assert plain[0]["content_hash"] == plain[2]["content_hash"] != plain[1]["content_hash"]
    # an empty column more, or the columns of our own receipt, change nothing
    more = canonical(told, ["A", "Email", "sluice_verdict", "Z"], ("1", "a@x.com", "accepted", None))
    assert more[0]["content_hash"] == plain[0]["content_hash"]


def test_the_content_hash_does_not_confuse_neighbouring_cells():
    told = feed()
    first, second = canonical(told, ["A", "B"], ("1", "23"), ("12", "3"))
    assert first["content_hash"] != second["content_hash"]


def test_a_file_that_lacks_its_key_or_every_way_to_reach_the_person_does_not_fit():
    told = feed(key=["Ref"], columns={"email": ["Email", "邮箱"], "phone": ["Tel"]})
    assert missing_headers(told, ["ref", "TEL"]) == []
    assert missing_headers(told, ["Ref", "邮箱"]) == []
    assert missing_headers(told, ["Name", "City"]) == ["Ref", "Email or 邮箱 or Tel"]


def test_a_constant_fills_a_required_field_of_every_file():
    told = feed(columns={"email": ["Email"]}, constants={"campaign": "expo"}, require=[["campaign"]])
    assert missing_headers(told, ["Name"]) == []


def test_a_required_field_that_nothing_maps_is_named_itself():
    assert missing_headers(feed(require=[["company", "need"]]), ["Name"]) == ["company or need"]


def test_a_fallback_feed_does_without_its_key():
    told = feed(key=["submission_id"], columns={"email": ["Email"]}, fallback=True)
    assert missing_headers(told, ["Email"]) == []
    assert pick(canonical(told, ["Email"], ("a@x.com",)), "source_key") == [None]


# --- tests of the sender, and deliveries of the same row ---------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "is_test"),
    [
        ("test@acme.com", True),
        ("TEST@acme.com", True),
        ("test+form7@acme.com", True),
        ("testa@acme.com", False),
        ("latest@acme.com", False),
        ("", False),
    ],
)
def test_an_address_made_for_testing_is_a_test(email: str, is_test: bool):
    rows = canonical(feed(columns={"email": ["Email"]}), ["Email"], (email,))
    assert pick(rows, "problem") == ["test-row" if is_test else None]


@pytest.mark.parametrize("kind", ["events", "activities", "outcomes"])
def test_what_a_test_address_did_is_a_test_too(kind: str):
    rows = canonical(feed(kind=kind, columns={"email": ["Email"]}), ["Email"], ("test@acme.com",), ("a@acme.com",))
    assert pick(rows, "problem") == ["test-row", None]


def test_a_feed_says_which_words_make_a_test_and_may_say_none():
    told = feed(columns={"email": ["Email"]}, tests={"email": [], "Source": ["qa*", "*[staging]"]})
    headers = ["Email", "source"]
    cells = [("test@x.de", "web"), ("a@x.de", "QA run"), ("a@x.de", "web [staging]"), ("a@x.de", None)]
    assert pick(canonical(told, headers, *cells), "problem") == [None, "test-row", "test-row", None]


def test_a_test_says_which_value_made_it_one():
    (row,) = canonical(feed(columns={"email": ["Email"]}), ["Email"], ("test@x.de",))
    assert json.loads(row["detail"]) == {"field": "email", "value": "test@x.de"}


def test_what_differs_from_delivery_to_delivery_is_no_content():
    told = feed(columns={"email": ["Email"]}, volatile=["attempt"])
    rows = canonical(told, ["Email", "Attempt", "X"], ("a@x.de", "1", "x"), ("a@x.de", "2", "x"), ("a@x.de", "2", "y"))
    first, second, third = pick(rows, "content_hash")
    assert first == second != third


def test_the_secret_of_a_google_form_is_kept_nowhere():
    shipped = Path(__file__).parents[2] / "policy" / "defaults" / "feeds" / "google_ads_leads.yaml"
    told = Feed.model_validate(yaml.safe_load(shipped.read_text("utf-8")))
    rows = canonical(told, ["lead_id", "Google_Key", "gcl_id"], ("1", "s3cret", "x"), ("1", "0ther", "x"))
    assert pick(rows, "attributes") == ['{"gcl_id":"x"}'] * 2
    assert len(set(pick(rows, "content_hash"))) == 1


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Phone code", ["+49", "0049", "49", "30"]),
        ("Country code", ["+49", "0049", "49", "30"]),
        ("Vorwahl", ["+49", "0049", "49", None]),
        ("区号", ["+49", "0049", None, None]),
        ("Code", None),
        ("Postcode", None),
    ],
)
def test_what_a_column_of_dialling_codes_says_is_told_beside_the_telephone(header: str, said: list[str | None] | None):
    told = feed(columns={"phone": ["Phone"]})
    rows = canonical(told, [header, "Phone"], *[(code, "151 2345678") for code in ("+49", "0049", "49", "30")])
    assert [row.get("dialling_code") for row in rows] == (said or [None] * 4)
    assert ("dialling_code" in rows[0]) == (said is not None)


def test_of_several_columns_of_dialling_codes_the_first_filled_one_counts():
    told = feed(columns={"phone": ["Phone"]})
    rows = canonical(told, ["Vorwahl", "Dial code", "Phone"], ("+43", "+49", "1"), ("+43", None, "1"))
    assert pick(rows, "dialling_code") == ["+49", "+43"]


#: Words that mean no, as policy lists them.
NO = ("no", "n", "0", "never", "none", "unsubscribed", "withdrawn", "do not agree")


#: The words of the policy that is shipped.
SHIPPED_NO = Identity.model_validate(
    yaml.safe_load((DEFAULTS / "identity.yaml").read_text(encoding="utf-8"))
).refusing_words


def consents(
    told: Feed, headers: list[str], *rows: tuple[str | None, ...], no: Collection[str] = NO
) -> list[str | None]:
    return pick(canonical(told, headers, *rows, no=no), "consent")


@pytest.mark.parametrize(
    "cell",
    [
        *("yes", "TRUE", "1", "1.0", "x", "是", "withdrawn", "unsubscribed", "yes (by phone)", "Opted out"),
        *("unsubscribed from all e-mails", "yes since 2024"),
        *("2024-01-02", "2024-01-02T10:00:00Z", "02.13.2024", "13/02/24", "3 Jan 2024", "Jan 3, 2024", "2024年1月2日"),
        *(
            "WAHR",
            "Wahr",
            "VRAI",
            "VERDADERO",
            "VERO",
            "VERDADEIRO",
            "PRAWDA",
            "ИСТИНА",
            "WAAR",
            "SAND",
            "TOSI",
            "DOĞRU",
        ),
        *("IGAZ", "PRAVDA", "ADEVĂRAT", "SANT", "ΑΛΗΘΗΣ", "-1"),
        *("igen", "evet", "Так", "ναι", "はい", "예", "네", "unsub", "'yes", "'2024-01-02"),
        *("1706918400", "1706918400000", "45000", "45000.5", "20240102", "Tue, 3 Jan 2024 10:00:00 +0000", "2024-03"),
    ],
)
def test_yes_or_a_day_in_a_column_of_refusals_is_one_whatever_else_was_said(cell: str):
    told = feed(columns={"consent": ["GDPR"]}, refusals=["Opt out"])
    assert consents(told, ["GDPR", "OPT OUT"], ("yes", cell), (None, cell)) == ["no", "no"]
    assert consents(told, ["GDPR", "OPT OUT"], ("yes", cell), no=SHIPPED_NO) == ["no"]


@pytest.mark.parametrize(
    "cell",
    [
        *("no", "FALSE", "0", "0.0", "never", "none", "-", "n/a", "unknown", "subscribed", "否", "", None, "weekly"),
        *(
            "FALSCH",
            "FAUX",
            "FALSO",
            "FAŁSZ",
            "ЛОЖЬ",
            "ONWAAR",
            "FALSK",
            "EPÄTOSI",
            "YANLIŞ",
            "HAMIS",
            "NEPRAVDA",
            "FALS",
        ),
        *("nem", "Hayır", "нет", "όχι", "nu", "いいえ", "아니요", "'no"),
        *("not opted out", "0000-00-00", "1900-01-01", "1970-01-01", "9999-12-31"),
    ],
)
def test_no_in_a_column_of_refusals_says_nothing(cell: str | None):
    told = feed(columns={"consent": ["GDPR"]}, refusals=["Opt out"])
    assert consents(told, ["GDPR", "Opt out"], ("yes", cell), (None, cell)) == ["yes", None]
    assert consents(told, ["GDPR", "Opt out"], ("yes", cell), no=SHIPPED_NO) == ["yes"]


def test_false_in_the_language_of_a_spreadsheet_is_no_consent_and_true_is_kept():
    told = feed(columns={"consent": ["GDPR", "Newsletter"]})
    assert words("false_words") <= {word.casefold() for word in SHIPPED_NO}
    assert not words("true_words") & SHIPPED_NO
    said = ["FALSCH", "FAŁSZ", "ЛОЖЬ", "YANLIŞ", "EPÄTOSI", "ΨΕΥΔΗΣ", "WAHR", "DOĞRU"]
    rows = consents(told, ["GDPR", "Newsletter"], *[("yes", cell) for cell in said], no=SHIPPED_NO)
    assert rows == [*said[:6], "yes", "yes"]


@pytest.mark.parametrize("header", ["Unsubscribed from", "Opted out of"])
@pytest.mark.parametrize(
    ("cell", "consent"),
    [
        *((cell, "no") for cell in ("Newsletter A", "yes", "true", "all", "2024-01-02", "Newsletter A; Newsletter B")),
        *((cell, "yes") for cell in ("no", "none", "never", "0", "false", "-", "n/a", "[]", "nein", "", None)),
    ],
)
def test_whatever_somebody_unsubscribed_from_is_a_refusal(header: str, cell: str | None, consent: str):
    told = feed(columns={"consent": ["GDPR"]}, refusals=[header])
    assert consents(told, ["GDPR", header], ("yes", cell)) == [consent]


def test_only_words_that_mean_nothing_else_are_a_refusal_in_a_column_of_states():
    told = feed(columns={"email": ["Email"]}, states=["Email status"])
    said = [
        "active",
        "no",
        "Unsubscribed from all",
        "opted out",
        "2024-01-02",
        "rejected",
        None,
        "unsubscribed (2024-01-02)",
    ]
    rows = consents(told, ["Email", "Email status"], *[("ann@acme.com", cell) for cell in said])
    assert rows == [None, None, "no", "no", None, None, None, "no"]


@pytest.mark.parametrize(
    ("header", "consent"), [("Subscription", "no"), ("Email subscription", "no"), ("Stripe subscription", None)]
)
def test_a_subscription_to_what_is_sent_is_refused_by_being_cancelled(header: str, consent: str | None):
    told = feed(columns={"email": ["Email"]}, states=[header])
    cells = [("ann@acme.com", cell) for cell in ("Cancelled", "active", "unsub")]
    assert consents(told, ["Email", header], *cells) == [consent, None, "no"]


def test_of_several_columns_of_consent_a_refusal_counts_and_what_was_passed_over_is_kept():
    told = feed(columns={"consent": ["GDPR", "Newsletter"]}, refusals=["hs_optout_*"])
    headers = ["GDPR", "Newsletter", "hs_optout_7"]
    rows = canonical(
        told,
        headers,
        ("yes", "No", None),
        ("by phone", "weekly", None),
        ("yes", "yes", "true"),
        (None, None, "false"),
        ("ja", "n, danke", None),
        no=NO,
    )
    assert pick(rows, "consent") == ["No", "by phone", "no", None, "n, danke"]
    assert [json.loads(row["attributes"]) for row in rows] == [
        {"GDPR": "yes"},
        {"Newsletter": "weekly"},
        {"GDPR": "yes", "Newsletter": "yes", "hs_optout_7": "true"},
        {"hs_optout_7": "false"},
        {"GDPR": "ja"},
    ]


@pytest.mark.parametrize(
    ("sender", "header", "cell", "is_refusal"),
    [
        ("intercom_contacts", "unsubscribed_from_emails", "true", True),
        ("intercom_contacts", "unsubscribed_from_emails", "false", False),
        ("pipedrive_persons", "marketing_status", "unsubscribed", True),
        ("pipedrive_persons", "marketing_status", "no_consent", True),
        ("pipedrive_persons", "marketing_status", "archived", True),
        ("pipedrive_persons", "marketing_status", "subscribed", False),
        ("hubspot_forms", "hs_email_optout", "true", True),
        ("hubspot_forms", "hs_email_optout", "false", False),
        ("hubspot_forms", "hs_email_optout_8765", "true", True),
        ("website_forms", "opt_in", "no", True),
        ("website_forms", "newsletter", "no", True),
        ("website_forms", "unsubscribe", "1", True),
        ("website_forms", "unsubscribe", "0", False),
        ("website_forms", "email_opt_out", "on", True),
        ("website_forms", "newsletter", "yes", False),
    ],
)
def test_what_shipped_senders_say_of_a_refusal_is_seen(sender: str, header: str, cell: str, is_refusal: bool):
    def shipped(name: str) -> Any:
        return yaml.safe_load((DEFAULTS / f"{name}.yaml").read_text(encoding="utf-8"))

    words = Identity.model_validate(shipped("identity")).refusing_words
    (row,) = canonical(Feed.model_validate(shipped(f"feeds/{sender}")), ["email", header], ("a@b.cn", cell), no=words)
    assert (row["consent"] in words) == is_refusal
