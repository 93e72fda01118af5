"""From text to instants, dates and numbers."""

import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp

from assets.intake.column_orders import column_orders
from assets.intake.instants import AMBIGUOUS, NONEXISTENT, UNCLEAR_ZONE, ZONE_OF_ROW, clock_changes
from assets.intake.interpret import typed_rows
from assets.intake.numbers import currency_code
from policy.feeds import CANONICAL_FIELDS, Feed
from policy.time_patterns import SPECIFIERS
from tests.literal import engine


def typed(
    field: str,
    *texts: str | None,
    zone: str = "UTC",
    kind: str = "leads",
    beside: dict[str, str | None] | None = None,
    **values: Any,
) -> tuple[list[dict[str, Any]], str | None]:
    """Each text as it is read, with its mark; and the doubt about the column."""
    feed = Feed.model_validate(
        {"feed": "f", "kind": kind, "match": "x", "columns": {field: [field]}, "require": [], **values}
    )
    count = len(texts)
    table = pa.table(
        {
            "file_id": pa.array(["a"] * count),
            "line_no": pa.array(range(count), pa.int64()),
            "received_at": pa.array([datetime(2026, 6, 1)] * count, pa.timestamp("us")),
            **{name: pa.nulls(count, pa.string()) for name in ("problem", "detail", "source_key", "content_hash")},
            "attributes": pa.array(["{}"] * count),
            **{name: pa.nulls(count, pa.string()) for name in CANONICAL_FIELDS[kind] if name != field},
            **{name: pa.array([value] * count, pa.string()) for name, value in (beside or {}).items()},
            field: pa.array(texts, pa.string()),
        }
    )
    given = engine().connection.from_arrow(table)
    orders = column_orders(given, feed).get("a", {})
    rows = typed_rows(given, feed, zone, orders)
    found = sorted(rows.to_arrow_table().to_pylist(), key=lambda row: row["line_no"])
    return found, orders[field].doubt if field in orders else None


def instants(*texts: str, **values: Any) -> list[str | None]:
    rows, doubt = typed("submitted_at", *texts, **values)
    assert doubt is None
    return [row["submitted_at"] and row["submitted_at"].isoformat() for row in rows]


def dates(*texts: str, **values: Any) -> list[date | None]:
    return [row["purchase_date"] for row in typed("purchase_date", *texts, **values)[0]]


def numbers(*texts: str, field: str = "budget_amount", **formats: str) -> list[Any]:
    return [row[field] for row in typed(field, *texts, formats=formats)[0]]


# --- ISO 8601 and zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31", "2026-03-31T00:00:00"),
        ("2026-03-31 14:05", "2026-03-31T14:05:00"),
        ("2026-03-31T14:05:06", "2026-03-31T14:05:06"),
        ("2026-03-31T14:05:06.789", "2026-03-31T14:05:06.789000"),
        ("2026/03/31 14:05:06", "2026-03-31T14:05:06"),
        ("2026-03-31T14:05:06Z", "2026-03-31T14:05:06"),
        ("2026-03-31T14:05Z", "2026-03-31T14:05:00"),
        ("2026-03-31T14:05:06+08:00", "2026-03-31T06:05:06"),
        ("2026-03-31T14:05:06+0800", "2026-03-31T06:05:06"),
        ("2026-03-31 14:05:06 +08", "2026-03-31T06:05:06"),
        ("2026-03-31 14:05+08:00", "2026-03-31T06:05:00"),
        ("2026-03-31 14:05:06 UTC", "2026-03-31T14:05:06"),
        ("2026-03-31 14:05:06 GMT", "2026-03-31T14:05:06"),
        ("2026-03-31T14:05:06.5-03:30", "2026-03-31T17:35:06.500000"),
    ],
)
def test_iso_8601_is_read_without_being_told(text: str, instant: str):
    assert instants(text) == [instant]


def test_a_zone_in_the_value_wins_over_the_feed_and_the_feed_over_the_business():
    texts = ["2026-01-15T10:00:00", "2026-01-15T10:00:00Z", "2026-01-15T10:00:00-05:00"]
    assert instants(*texts, zone="America/New_York", formats={"timezone": "Asia/Shanghai"}) == [
        "2026-01-15T02:00:00", "2026-01-15T10:00:00", "2026-01-15T15:00:00",
    ]  # fmt: skip
    assert instants(texts[0], zone="America/New_York") == ["2026-01-15T15:00:00"]


@pytest.mark.parametrize(
    ("beside", "instant", "mark"),
    [
        (None, "2026-03-04T23:00:00", None),
        ("Etc/GMT-8", "2026-03-05T00:00:00", None),
        ("CET", "2026-03-05T07:00:00", None),
        ("America/New_York", "2026-03-05T13:00:00", None),
        ("CST", "2026-03-04T23:00:00", UNCLEAR_ZONE),
        ("home", "2026-03-04T23:00:00", UNCLEAR_ZONE),
    ],
)
def test_a_zone_beside_the_value_wins_over_the_feed(beside: str | None, instant: str, mark: str | None):
    told: dict[str, Any] = {"beside": {"submitted_at_zone": beside}, "formats": {"timezone": "Asia/Tokyo"}}
    assert marked("2026-03-05 08:00", **told) == [(instant, mark)]
    assert marked("2026-03-05 08:00Z", **told) == [("2026-03-05T08:00:00", None)]
    assert marked("2026-03-05 08:00 CET", **told) == [("2026-03-05T07:00:00", None)]


@pytest.mark.parametrize(
    ("row", "instant", "mark"),
    [
        (None, "2026-03-05T07:00:00", None),
        ("Europe/Vienna", "2026-03-05T07:00:00", None),
        ("America/New_York", "2026-03-05T13:00:00", ZONE_OF_ROW),
        ("home", "2026-03-05T07:00:00", UNCLEAR_ZONE),
    ],
)
def test_a_time_that_its_row_moves_into_another_zone_is_marked(row: str | None, instant: str, mark: str | None):
    told: dict[str, Any] = {
        "beside": {"row_zone": row, "submitted_at_zone": "CET"},
        "formats": {"timezone": "Asia/Tokyo"},
    }
    assert marked("2026-03-05 08:00", **told) == [(instant, mark)]
    assert marked("2026-03-05 08:00Z", "2026-03-05 08:00 EST", **told) == [
        ("2026-03-05T08:00:00", None), ("2026-03-05T13:00:00", None),
    ]  # fmt: skip


def test_a_doubtful_hour_in_the_zone_of_its_row_keeps_the_mark_of_the_doubt():
    told: dict[str, Any] = {"beside": {"row_zone": "Europe/Berlin"}}
    assert marked("2026-03-29 02:30", **told) == [("2026-03-29T01:30:00", NONEXISTENT)]


def test_a_zone_beside_the_value_knows_summer_and_winter_and_doubtful_hours():
    berlin: dict[str, Any] = {"beside": {"submitted_at_zone": "CET"}}
    assert marked("2026-05-05 08:00", "2026-01-05 08:00", "2026-03-29 02:30", **berlin) == [
        ("2026-05-05T06:00:00", None),
        ("2026-01-05T07:00:00", None),
        ("2026-03-29T01:30:00", NONEXISTENT),
    ]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01 10:00 CET", "2026-03-01T09:00:00"),
        ("2025-07-01 10:00:30 (CEST)", "2025-07-01T08:00:30"),
        ("2025-10-26 02:30 CET", "2025-10-26T01:30:00"),
        ("13.03.2026 10:00 MEZ", "2026-03-13T09:00:00"),
        ("03/14/2026 10:00 PM EDT", "2026-03-15T02:00:00"),
        ("2026-03-01 10:00 est", "2026-03-01T15:00:00"),
        ("2026-03-01T10:00 JST", "2026-03-01T01:00:00"),
        ("2026/03/01 10:00 GMT", "2026-03-01T10:00:00"),
        ("2026-03-15 10:00 UTC+8", "2026-03-15T02:00:00"),
        ("2026-03-15 10:00 GMT+2", "2026-03-15T08:00:00"),
        ("2026-03-15 10:00:30 UTC-5", "2026-03-15T15:00:30"),
        ("2026-03-15T10:00 UTC+08:00", "2026-03-15T02:00:00"),
        ("2026-03-15 10:00 (GMT+0530)", "2026-03-15T04:30:00"),
        ("2026-03-15 10:00UTC -03:30", "2026-03-15T13:30:00"),
        ("15.03.2026 10:00 UTC+8", "2026-03-15T02:00:00"),
        ("03/15/2026 10:00 PM UTC-5", "2026-03-16T03:00:00"),
    ],
)
def test_an_abbreviation_behind_a_time_is_its_zone(text: str, instant: str):
    assert marked(text, zone="Asia/Tokyo") == [(instant, None)]


@pytest.mark.parametrize(
    ("text", "instant", "mark"),
    [
        ("2026-03-01 10:00 Europe/Berlin", "2026-03-01T09:00:00", None),
        ("2026-07-01T10:00:30 (Europe/Berlin)", "2026-07-01T08:00:30", None),
        ("13.07.2026 10:00 europe/berlin", "2026-07-13T08:00:00", None),
        ("03/14/2026 10:00 PM America/New_York", "2026-03-15T02:00:00", None),
        ("2026-03-01 10:00 America/Argentina/Buenos_Aires", "2026-03-01T13:00:00", None),
        ("2026-03-01 10:00 America/New_York", "2026-03-01T15:00:00", None),
        ("2026-03-29 02:30 Europe/Berlin", "2026-03-29T01:30:00", NONEXISTENT),
        ("2026-03-01 10:00 Mars/Olympus", "2026-03-01T01:00:00", UNCLEAR_ZONE),
    ],
)
def test_the_name_of_a_zone_behind_a_time_is_its_zone(text: str, instant: str, mark: str | None):
    assert marked(text, zone="Asia/Tokyo") == [(instant, mark)]
    if mark != UNCLEAR_ZONE:
        assert marked(text, zone="Asia/Tokyo", beside={"row_zone": "UTC"}) == [(instant, mark)]


def test_an_abbreviation_that_several_zones_share_is_the_usual_one_or_is_marked():
    assert marked("2026-03-01 10:00 CST", zone="Asia/Shanghai") == [("2026-03-01T02:00:00", None)]
    assert marked("2026-03-01 10:00 CST", zone="America/Chicago") == [("2026-03-01T16:00:00", None)]
    assert marked("2026-03-01 10:00 CST") == [("2026-03-01T10:00:00", UNCLEAR_ZONE)]


def test_a_feeds_zone_knows_summer_and_winter():
    assert instants("2026-01-15 10:00", "2026-07-15 10:00", formats={"timezone": "Europe/Berlin"}) == [
        "2026-01-15T09:00:00", "2026-07-15T08:00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rubbish", ["soon", "n/a", "-", "31.31.2026", "2026-02-30", "now", "today", "epoch", "infinity"]
)
def test_rubbish_is_no_instant(rubbish: str):
    assert instants(rubbish) == [None]


@pytest.mark.parametrize(
    "placeholder", ["0001-01-01", "1900-01-01T00:00:00", "1970-01-01T00:00:00Z", "9999-12-31", "26-03-01"]
)
def test_placeholders_are_no_instants(placeholder: str):
    assert instants(placeholder) == [None]


def test_people_may_be_older_than_instants():
    rows, _ = typed("birth_date", "1815-11-11", "1900-01-01", "0001-01-01", "9999-12-31")
    assert [row["birth_date"] for row in rows] == [date(1815, 11, 11), None, None, None]


# --- clocks that change ----------------------------------------------------------------------------------------

BERLIN = {"formats": {"timezone": "Europe/Berlin"}}


def marked(*texts: str, **values: Any) -> list[tuple[str | None, str | None]]:
    rows, _ = typed("submitted_at", *texts, **values)
    return [(row["submitted_at"] and row["submitted_at"].isoformat(), row["submitted_at_clock"]) for row in rows]


def test_a_local_time_that_occurs_twice_is_the_earlier_one_and_marked():
    assert marked("2026-10-25 01:59:59", "2026-10-25 02:00", "2026-10-25 02:59:59", "2026-10-25 03:00", **BERLIN) == [
        ("2026-10-24T23:59:59", None),
        ("2026-10-25T00:00:00", AMBIGUOUS),
        ("2026-10-25T00:59:59", AMBIGUOUS),
        ("2026-10-25T02:00:00", None),
    ]


def test_a_local_time_that_is_skipped_is_shifted_forward_and_marked():
    assert marked("2026-03-29 01:59:59", "2026-03-29 02:30", "2026-03-29 03:00", **BERLIN) == [
        ("2026-03-29T00:59:59", None),
        ("2026-03-29T01:30:00", NONEXISTENT),
        ("2026-03-29T01:00:00", None),
    ]


def test_a_value_with_its_own_zone_is_never_doubtful():
    assert marked("2026-10-25T02:30:00+01:00", "2026-10-25T00:30:00Z", **BERLIN) == [
        ("2026-10-25T01:30:00", None),
        ("2026-10-25T00:30:00", None),
    ]


def test_doubtful_local_times_are_found_behind_patterns_and_orders_too():
    assert marked("25.10.2026 02:30", "29.03.2026 02:30", **BERLIN) == [
        ("2026-10-25T00:30:00", AMBIGUOUS),
        ("2026-03-29T01:30:00", NONEXISTENT),
    ]
    formats = {"timezone": "Europe/Berlin", "submitted_at": "%d-%b-%y %H:%M"}
    assert marked("25-Oct-26 02:30", formats=formats) == [("2026-10-25T00:30:00", AMBIGUOUS)]


def test_epochs_and_zones_of_fixed_offset_have_no_doubtful_times():
    assert marked("1792893600", formats={"timezone": "Europe/Berlin", "submitted_at": "epoch_s"}) == [
        ("2026-10-25T02:00:00", None)
    ]
    assert marked("2026-10-25 02:30", formats={"timezone": "Asia/Shanghai"}) == [("2026-10-24T18:30:00", None)]
    assert clock_changes("Asia/Tokyo") == clock_changes("UTC") == ()


def test_half_an_hour_is_a_change_of_clocks_too():
    assert marked("2026-04-05 01:45", "2026-10-04 02:15", formats={"timezone": "Australia/Lord_Howe"}) == [
        ("2026-04-04T14:45:00", AMBIGUOUS),
        ("2026-10-03T15:45:00", NONEXISTENT),
    ]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Shanghai", "America/Sao_Paulo"]
)
def test_every_local_time_is_read_as_python_reads_the_earlier_one(zone: str):
    years = (1988, 2018)
    chance = Random(f"{zone} 2026")
    times = [datetime(chance.choice(years), 1, 1) + timedelta(minutes=chance.randrange(525_600)) for _ in range(60)]
    for change in clock_changes(zone):
        if change.start.year in years:
            times += [at + timedelta(seconds=off) for at in (change.start, change.end) for off in (-1, 0, 1, 900)]
    expected = [
        at.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None).isoformat() for at in times
    ]
    assert instants(*[at.isoformat(sep=" ") for at in times], formats={"timezone": zone}) == expected


# --- orders of day and month -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (("03/04/2026", "31/12/2026"), "2026-04-03T00:00:00"),
        (("03/04/2026", "12/31/2026"), "2026-03-04T00:00:00"),
        (("03.04.2026 10:05", "31.12.2026 08:00:09"), "2026-04-03T10:05:00"),
        (("3/4/2026 3:05 PM", "12/31/2026 8:00 AM"), "2026-03-04T15:05:00"),
        (("2026年3月4日", "2026年12月31日 18:30"), "2026-03-04T00:00:00"),
        (("2026.03.04", "2026.12.31"), "2026-03-04T00:00:00"),
        (("20260304", "20261231"), "2026-03-04T00:00:00"),
        (("3 Apr 2026", "31 Dec 2026"), "2026-04-03T00:00:00"),
        (("April 3, 2026", "Dec 31, 2026"), "2026-04-03T00:00:00"),
        (("1775174400", "1798675200"), "2026-04-03T00:00:00"),
        (("1775174400000", "1798675200000"), "2026-04-03T00:00:00"),
        (("1775174400000000", "1798675200000000"), "2026-04-03T00:00:00"),
        (("03/04/2026", "31/12/2026", "2026-05-06"), "2026-04-03T00:00:00"),
    ],
)
def test_the_order_is_decided_by_the_values_of_the_whole_column(texts: tuple[str, ...], first: str):
    found = instants(*texts)
    assert found[0] == first
    assert None not in found


def test_without_evidence_the_column_is_in_doubt_and_the_value_is_named():
    assert typed("submitted_at", "03/04/2026", "05/06/2026")[1] == "03/04/2026"


@pytest.mark.parametrize(
    ("said", "texts", "read"),
    [
        ("dmy", ["03.04.2026", "05.06.2026"], ["2026-04-03T00:00:00", "2026-06-05T00:00:00"]),
        ("mdy", ["03/04/2026", "05/06/2026"], ["2026-03-04T00:00:00", "2026-05-06T00:00:00"]),
        ("dmy", ["03.04.26", "05.06.26"], ["2026-04-03T00:00:00", "2026-06-05T00:00:00"]),
        ("ymd", ["2026/03/04", "26/03/05"], ["2026-03-04T00:00:00", "2026-03-05T00:00:00"]),
        ("dmy", ["2026-03-04", "2026-05-06"], ["2026-03-04T00:00:00", "2026-05-06T00:00:00"]),
        ("ydm", ["2026-03-04", "2026-14-03 10:05"], ["2026-04-03T00:00:00", "2026-03-14T10:05:00"]),
        ("ydm", ["2026/03/04", "2026/05/06"], ["2026-04-03T00:00:00", "2026-06-05T00:00:00"]),
        ("ydm", ["2026-14-03 10:05 EST", "2026-14-03 10:05Z"], ["2026-03-14T15:05:00", None]),
        ("mdy", ["46086", "46087"], ["2026-03-05T00:00:00", "2026-03-06T00:00:00"]),
    ],
)
def test_the_name_of_a_column_says_the_order_where_values_cannot(said: str, texts: list[str], read: list[str]):
    assert instants(*texts, beside={"submitted_at_order": said}) == read


def test_values_against_the_order_that_the_name_of_their_column_says_are_a_doubt():
    assert typed("submitted_at", "03.04.2026", "03.14.2026", beside={"submitted_at_order": "dmy"})[1] == "03.14.2026"
    assert typed("submitted_at", "03.04.2026", "05.06.2026", beside={"submitted_at_order": "ymd"})[1] == "03.04.2026"
    assert typed("submitted_at", "2026-03-04", "2026-03-14", beside={"submitted_at_order": "ydm"})[1] == "2026-03-14"


def test_values_that_are_the_same_in_both_orders_leave_no_doubt():
    assert instants("03/03/2026", "05/05/2026") == ["2026-03-03T00:00:00", "2026-05-05T00:00:00"]


def test_evidence_for_both_orders_is_a_doubt():
    assert typed("submitted_at", "31/12/2026", "12/31/2026", "03/04/2026")[1] == "03/04/2026"


def test_one_odd_value_among_many_is_refused_alone():
    texts = [f"{day}/01/2026" for day in range(13, 32)] * 2 + ["12/31/2026", "03/04/2026"]
    found = instants(*texts)
    assert found[-2:] == [None, "2026-04-03T00:00:00"]


def test_a_single_undecided_value_among_iso_dates_is_refused_alone():
    assert instants("2026-01-02", "2026-01-03", "2026-01-04", "03/04/2026")[-1] is None


def test_the_feed_says_the_order_where_values_cannot():
    assert instants("03/04/2026", formats={"submitted_at": "dmy"}) == ["2026-04-03T00:00:00"]
    assert instants("03/04/2026", formats={"timestamp": "mdy"}) == ["2026-03-04T00:00:00"]
    assert dates("03/04/2026", formats={"date": "dmy"}) == [date(2026, 4, 3)]
    # the most specific says it
    assert dates("03/04/2026", formats={"date": "dmy", "purchase_date": "mdy"}) == [date(2026, 3, 4)]


@pytest.mark.parametrize(
    ("text", "word", "instant"),
    [
        ("05.03.26", "dmy", "2026-03-05T00:00:00"),
        ("05-03-26 14:30", "dmy", "2026-03-05T14:30:00"),
        ("3/25/26 14:30", "mdy", "2026-03-25T14:30:00"),
        ("26/3/5", "ymd", "2026-03-05T00:00:00"),
        ("05.03.46", "dmy", "2046-03-05T00:00:00"),
        ("05.03.82", "dmy", "1982-03-05T00:00:00"),
    ],
)
def test_years_of_two_digits_are_read_where_the_order_is_said(text: str, word: str, instant: str):
    assert instants(text, formats={"submitted_at": word}) == [instant]


def test_years_of_two_digits_are_read_where_the_order_is_decided():
    assert instants("05.03.26", "25.03.2026") == ["2026-03-05T00:00:00", "2026-03-25T00:00:00"]
    assert instants("5-Mar-26", "25-Mar-26") == ["2026-03-05T00:00:00", "2026-03-25T00:00:00"]
    assert instants("05.03.26", "26/03/05") == [None, None]
    assert instants("26-03-05", "5 Mar 26") == [None, "2026-03-05T00:00:00"]
    assert instants("26/03/05", "05.03.26", "25.03.2026") == [None, "2026-03-05T00:00:00", "2026-03-25T00:00:00"]
    assert instants("26/3/5", "2026年3月5日") == [None, "2026-03-05T00:00:00"]
    assert dates("05.03.82", "25.03.2026") == [date(1982, 3, 5), date(2026, 3, 25)]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["03/31/26", "12/31/25", "01/02/26"], ["2026-03-31", "2025-12-31", "2026-01-02"]),
        (["31/03/26 14:05", "25/12/25 09:00"], ["2026-03-31", "2025-12-25"]),
        (["04.03.26", "31.12.25"], ["2026-03-04", "2025-12-31"]),
        (["1/31/26 12:05 AM", "2/3/26"], ["2026-01-31", "2026-02-03"]),
        (["26-03-05", "26-03-31"], ["2026-03-05", "2026-03-31"]),
        (["2026-03-04", "31/03/26"], ["2026-03-04", "2026-03-31"]),
        (["5 Mar 26", "31-03-26"], ["2026-03-05", "2026-03-31"]),
        (["3/2/26", "1/5/26"], [None, None]),
        (["26/03/05", "26/04/06"], [None, None]),
        (["31/03/26", "03/31/26"], [None, None]),
        (["31/03/26", "05.03.26"], ["2026-03-31", None]),
    ],
)
def test_years_of_two_digits_are_read_where_one_order_alone_allows_them(texts: list[str], read: list[str | None]):
    assert [found and found[:10] for found in instants(*texts)] == read


def test_dates_of_birth_with_years_of_two_digits_lie_in_the_century_that_spreadsheets_take():
    rows, _ = typed("birth_date", "31/03/85", "01/02/04", "25/12/30", "25/12/46")
    assert [row["birth_date"].year for row in rows] == [1985, 2004, 1930, 1946]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026年03月05日 14时30分05秒", "2026-03-05T14:30:05"),
        ("2026年3月5日14:30", "2026-03-05T14:30:00"),
        ("2026年3月5日下午2点30分", "2026-03-05T14:30:00"),
        ("2026年3月5日 下午2點30分05秒", "2026-03-05T14:30:05"),
        ("2026年3月25日上午9点", "2026-03-25T09:00:00"),
        ("2026/3/5 下午 2:30:00", "2026-03-05T14:30:00"),
        ("20260305143000", "2026-03-05T14:30:00"),
        ("20260305T143000", "2026-03-05T14:30:00"),
        ("2026年1月31日19时1分23秒", "2026-01-31T19:01:23"),
        ("2026年10月5日6时2分9秒", "2026-10-05T06:02:09"),
        ("2026年10月5日6時2分", "2026-10-05T06:02:00"),
        ("2026年10月5日 下午6点2分19秒", "2026-10-05T18:02:19"),
        ("2026年10月5日 18点2分19", "2026-10-05T18:02:19"),
        ("2026年10月5日 18:2:19秒", "2026-10-05T18:02:19"),
        ("2026年10月5日6点半", "2026-10-05T06:30:00"),
        ("2026年10月5号6点", "2026-10-05T06:00:00"),
        ("2026年3月4日 午前0時5分9秒", "2026-03-04T00:05:09"),
        ("2026年3月4日午後1時02分", "2026-03-04T13:02:00"),
        ("2026年3月4日 午後0時30分", "2026-03-04T12:30:00"),
        ("2026년 3월 14일 19시 1분 23초", "2026-03-14T19:01:23"),
        ("2026년 3월 4일 오후 6시 2분", "2026-03-04T18:02:00"),
        ("2026년 3월 4일", "2026-03-04T00:00:00"),
        ("2026年3月14日 9:05 PM", "2026-03-14T21:05:00"),
    ],
)
def test_times_in_chinese_and_without_marks_are_read(text: str, instant: str):
    assert instants(text) == [instant]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1/31/2026, 1:00 PM", "2026-01-31T13:00:00"),
        ("31.1.2026, 13:00:00", "2026-01-31T13:00:00"),
        ("2026-01-31, 13:05", "2026-01-31T13:05:00"),
        ("1/31/2026 1:00PM", "2026-01-31T13:00:00"),
        ("1/31/2026 1:00\u202fPM", "2026-01-31T13:00:00"),
        ("01/31/2026 12:05 a.m.", "2026-01-31T00:05:00"),
        ("31/1/2026 1:00:00 p.\u00a0m.", "2026-01-31T13:00:00"),
        ("1/31/2026 9pm", "2026-01-31T21:00:00"),
        ("1/31/2026 - 1:00 PM", "2026-01-31T13:00:00"),
        ("31.3.2026 9.05", "2026-03-31T09:05:00"),
        ("31.03.2026, 14.05 Uhr", "2026-03-31T14:05:00"),
        ("31.03.2026 um 9 Uhr", "2026-03-31T09:00:00"),
        ("31. 3. 2026 13:00 h", "2026-03-31T13:00:00"),
        ("31/01/2026 13h00", "2026-01-31T13:00:00"),
        ("20260304000509", "2026-03-04T00:05:09"),
        ("2026/1/31 下午 01:00", "2026-01-31T13:00:00"),
        ("2026. 1. 31. 오후 1:00:00", "2026-01-31T13:00:00"),
        ("2026年1月31日 午後1時00分", "2026-01-31T13:00:00"),
        ("2026年1月31日 凌晨12点5分", "2026-01-31T00:05:00"),
        ("2026年1月31日 中午12点7分", "2026-01-31T12:07:00"),
        ("2026年1月31日 晚上8点", "2026-01-31T20:00:00"),
        ("2026年1月31日 晚上12点", None),
        ("1 de março de 2026 às 00:05", "2026-03-01T00:05:00"),
        ("2 de outubro de 2026", "2026-10-02T00:00:00"),
        ("31 de enero de 2026 a las 13:00", "2026-01-31T13:00:00"),
        ("4 de marzo de 2026, 0:05", "2026-03-04T00:05:00"),
        ("1er août 2026 à 13h05", "2026-08-01T13:05:00"),
        ("03 févr. 2026 00:30", "2026-02-03T00:30:00"),
        ("4. März 2026, 00:05 Uhr", "2026-03-04T00:05:00"),
        ("6-mag-2026 12:07", "2026-05-06T12:07:00"),
        ("31.03.2026 9.65", None),
        ("31 de brumario de 2026", None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, instant: str | None):
    assert instants(text) == [instant]


@pytest.mark.parametrize("text", ["1/31/2026, 1:00 p.m. EST", "31 de enero de 2026 a las 13h00 EST"])
def test_the_zone_behind_a_time_counts_however_it_is_written(text: str):
    assert marked(text, zone="Asia/Tokyo") == [("2026-01-31T18:00:00", None)]


def test_a_zone_behind_a_time_without_marks_counts():
    assert instants("20260305T143000Z", zone="Asia/Shanghai") == ["2026-03-05T14:30:00"]


def test_a_pattern_is_read_as_written_and_nothing_else_is():
    assert instants("26-03-31 14h05", "2026-03-31", formats={"submitted_at": "%y-%m-%d %Hh%M"}) == [
        "2026-03-31T14:05:00", None,
    ]  # fmt: skip


def test_a_pattern_of_a_feed_is_made_of_what_the_engine_knows_and_of_nothing_else():
    def is_known(name: str) -> bool:
        try:
            duckdb.sql("SELECT try_strptime(word, [$1]) FROM (SELECT 'x' AS word)", params=[f"%Y {name}"]).fetchall()
        except duckdb.Error:
            return False
        return True

    names = [f"%{mark}{letter}" for mark in ("", "-") for letter in [*string.ascii_letters, "%"]]
    assert {name for name in names if is_known(name)} == set(SPECIFIERS)


def test_a_pattern_may_name_the_zone():
    formats = {"submitted_at": "%d/%b/%Y:%H:%M:%S %z", "timezone": "Asia/Shanghai"}
    assert instants("31/Mar/2026:14:05:00 +0200", formats=formats) == ["2026-03-31T12:05:00"]


def test_wide_digits_are_digits():
    assert instants("２０２６年３月３１日 14:05", "2026年3月31日") == ["2026-03-31T14:05:00", "2026-03-31T00:00:00"]
    assert numbers("１２，３４５．５") == [Decimal("12345.50")]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("45747", "2025-03-31T00:00:00"),
        ("45747.5", "2025-03-31T12:00:00"),
        ("45747.416666666664", "2025-03-31T10:00:00"),
        ("45747.416667", "2025-03-31T10:00:00"),
        ("1e300", None),
        ("-106751991167301", None),
        ("Monday", None),
    ],
)
def test_serial_numbers_of_excel_are_read_to_the_second(text: str, instant: str | None):
    assert instants(text, formats={"submitted_at": "excel"}) == [instant]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["46086", "46087.5"], ["2026-03-05T00:00:00", "2026-03-06T12:00:00"]),
        (["46086", "2026-03-06 10:00"], ["2026-03-05T00:00:00", "2026-03-06T10:00:00"]),
        (["20260305", "20260306"], ["2026-03-05T00:00:00", "2026-03-06T00:00:00"]),
        (["146086", "1234"], [None, None]),
        (["1767600000"], ["2026-01-05T08:00:00"]),
    ],
)
def test_a_column_of_days_as_spreadsheets_count_them_is_found(texts: list[str], read: list[str | None]):
    assert instants(*texts) == read


def test_days_as_spreadsheets_count_them_are_marked():
    rows, _ = typed("birth_date", "32874", "1990-01-02", "20000")
    assert [(row["birth_date"], row["birth_date_clock"]) for row in rows] == [
        (date(1990, 1, 1), "serial-date"), (date(1990, 1, 2), None), (date(1954, 10, 3), "serial-date"),
    ]  # fmt: skip


def test_a_day_beside_which_a_time_of_day_is_not_read_begins_at_midnight_and_is_marked():
    beside: dict[str, str | None] = {"submitted_at_with_clock": "2026-01-31 noon"}
    rows, _ = typed("submitted_at", "2026-01-31", "soon", beside=beside)
    assert [(row["submitted_at_clock"], row["submitted_at_text"]) for row in rows] == [
        ("unread-time", "2026-01-31 noon"), (None, "2026-01-31 noon"),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["epoch_s", "epoch_ms", "epoch_us"])
def test_numbers_beyond_time_are_no_instants(word: str):
    assert instants("9e18", "-9e18", "1e300", "x", formats={"submitted_at": word}) == [None] * 4


# --- dates -----------------------------------------------------------------------------------------------------


def test_a_date_is_the_day_as_written_and_of_an_instant_in_utc_the_day_it_was_there():
    texts = ["2026-03-01", "2026-03-01T00:00:00+08:00", "2026-03-01T23:30:00-05:00", "2026-02-28T16:00:00.000Z"]
    assert dates(*texts, formats={"timezone": "Asia/Shanghai"}) == [date(2026, 3, 1)] * 4
    assert dates(*texts) == [date(2026, 3, 1)] * 3 + [date(2026, 2, 28)]


def test_a_day_since_when_rows_are_known_begins_in_the_feeds_zone():
    rows, _ = typed("date", "2026-03-01", "", kind="fx_rates", received="date", formats={"timezone": "Asia/Shanghai"})
    assert [row["known_time"] for row in rows] == [datetime(2026, 2, 28, 16), None]


# --- numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1 234 567.8", "1234567.8"),
        ("1'234'567.8", "1234567.8"),
        ("-5", "-5"),
        ("+5.", "5"),
        (".5", ".5"),
        ("1e3", "1000"),
        ("12,34", None),
        ("1,2345", None),
        ("1.234,56", None),
        ("12 EUR", "12"),
        ("€12", "12"),
        ("-$1,200.50", "-1200.50"),
        ("USD 1,200", "1200"),
        ("¥8,000元", "8000"),
        ("￥８，０００", "8000"),
        ("12.5万", "125000"),
        ("10 万元", "100000"),
        ("1.2亿", "120000000"),
        ("人民币3千万", "30000000"),
        ("12 apples", None),
        ("EUR", None),
        ("万", None),
        ("EURO 5", None),
        ("n/a", None),
        ("1.2.3", None),
        ("99999999999999999999", None),
    ],
)
def test_numbers_are_read_strictly_with_a_point(text: str, number: str | None):
    assert numbers(text, decimal=".") == [number and Decimal(number).quantize(Decimal("0.01"))]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1.234", "1234"),
        ("1 234,5", "1234.5"),
        ("12.34", None),
        ("1.5", None),
        ("1,234.56", None),
    ],
)
def test_numbers_are_read_strictly_with_a_comma(text: str, number: str | None):
    assert numbers(text, decimal=",") == [number and Decimal(number).quantize(Decimal("0.01"))]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["1,50", "1.234"], ["1.50", "1234"]),
        (["1.234,56 €", "2.000"], ["1234.56", "2000"]),
        (["0,611", "12"], ["0.61", "12"]),
        (["1.234.567", "1.000"], ["1234567", "1000"]),
        (["1.50", "1,234"], ["1.50", "1234"]),
        (["1,234,567", "1,000"], ["1234567", "1000"]),
        (["1,5万", "2.000"], ["15000", "2000"]),
        (["1,50", "1.50"], [None, "1.50"]),
        (["1,234", "5"], ["1234", "5"]),
        (["1.200", "3.500", "12"], [None, None, "12"]),
        (["1.200 €", "-3.500"], [None, None]),
        (["$1,200", "3,500"], ["1200", "3500"]),
        (["1.250", "1,200.50"], ["1.25", "1200.50"]),
        (["1.250", "12.500", "1,234.5"], ["1.25", "12.50", "1234.50"]),
        (["1.250", "0.5"], ["1.25", "0.50"]),
        (["1,250", "0,5"], ["1.25", "0.50"]),
        (["1.250", "12.5"], ["1.25", "12.50"]),
        (["1.250", "2.125", "12.500"], [None, None, None]),
        (["1.200", "0.500"], ["1.20", "0.50"]),
        (["US$50,000", "£75,000", "€1.250,50", "$120,000"], ["50000", "75000", None, "120000"]),
        (["R$ 50.000,00", "$50,000"], [None, "50000"]),
        (["0,5", "50,000", "75,000"], ["0.5", None, None]),
        (["0,5", "-50,000", "-75,000", "2,5万", "5,000万"], ["0.5", None, None, "25000", None]),
        (["1.000.000,50", "250,000", "3,000,000"], [None, "250000", "3000000"]),
        (["1.250,50", "50.000"], ["1250.50", "50000"]),
        (["1,234.50", "50,000"], ["1234.50", "50000"]),
        (["0,500", "1,250", "0,125"], ["0.50", "1.25", "0.13"]),
        (["3.14159", "1.125", "12.5"], ["3.14", "1.13", "12.50"]),
        (["1,50", "2,50", "1.50"], ["1.50", "2.50", None]),
        (["1.200"] * 40 + ["12.5"], [None] * 40 + ["12.50"]),
        (["1.200", "1,50", "1.50"], [None, None, "1.50"]),
    ],
)
def test_the_values_of_a_column_show_which_mark_is_the_decimal_one(texts: list[str], read: list[str | None]):
    assert numbers(*texts) == [number and Decimal(number).quantize(Decimal("0.01")) for number in read]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("€1200", None, (1200, "EUR")),
        ("1200 usd", None, (1200, "USD")),
        ("HK$ 1,200", None, (1200, "HKD")),
        ("10万美元", None, (100_000, "USD")),
        ("$1200", "CAD", (1200, "CAD")),
        ("$1200", None, (1200, "$")),
        ("8000元", None, (8000, "元")),
        ("8000 kr", None, (8000, "KR")),
        ("1200", "EUR", (1200, "EUR")),
        ("EUR 1200", "eur", (1200, "EUR")),
        ("1200", "€", (1200, "EUR")),
        ("EUR 1200", "€", (1200, "EUR")),
        ("EUR 1200", "USD", (None, "USD")),
    ],
)
def test_a_currency_in_the_cell_counts_where_none_stands_beside_it(
    amount: str, currency: str | None, expected: tuple[int | None, str | None]
):
    columns = {"columns": {"budget_amount": ["budget_amount"], "currency": ["currency"]}}
    (row,) = typed("budget_amount", amount, beside={"currency": currency}, **columns)[0]
    assert (row["budget_amount"], row["currency"]) == expected


@pytest.mark.parametrize(
    ("text", "country", "base", "code"),
    [
        ("£", None, "USD", "GBP"),
        ("us$", None, "EUR", "USD"),
        ("元", None, "EUR", "CNY"),
        ("元", "TW", "EUR", "TWD"),
        ("¥", "JP", "CNY", "JPY"),
        ("￥", None, "CNY", "CNY"),
        ("¥", None, "EUR", "¥"),
        ("$", "US", "USD", "$"),
        ("xyz", None, "EUR", "XYZ"),
        (" Kč", None, "EUR", "CZK"),
        (None, None, "EUR", None),
    ],
)
def test_a_currency_is_its_code_where_it_names_one(text: str | None, country: str | None, base: str, code: str | None):
    rows = engine().connection.from_arrow(pa.table({"currency": pa.array([text], pa.string())}))
    found = currency_code(exp.column("currency"), country, base)
    assert rows.project(found.sql("duckdb")).fetchall() == [(code,)]


def test_the_feed_may_name_its_grouping_mark():
    assert numbers("1_234_567.5", thousands="_") == [Decimal("1234567.50")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10k", 10_000),
        ("10 K", 10_000),
        ("2M", 2_000_000),
        ("1.5m", 1_500_000),
        ("$1.5m", 1_500_000),
        ("2.5k€", 2_500),
        ("3千", 3_000),
        ("2 Mio", 2_000_000),
        ("2 Mio. €", 2_000_000),
        ("1,2 Mrd", 1_200_000_000),
        ("3.2bn", 3_200_000_000),
        ("10 tsd. EUR", 10_000),
        ("500,-", 500),
        ("500.-", 500),
        ("500.-- CHF", 500),
        ("CHF 1'250.–", 1_250),
        ("1.500,- EUR", 1_500),
        ("10k-20k", None),
        ("10k+", None),
        ("500 kr", 500),
        ("500 MXN", 500),
        ("10 kg", None),
    ],
)
def test_units_behind_amounts_are_multiplied_out_and_dashes_are_no_decimals(text: str, read: int | None):
    ((row,), _) = typed("budget_amount", text)
    assert row["budget_amount"] == read
    plain = read is None or not any(mark in text for mark in ("kr", "MXN"))
    assert row["budget_amount_normalised"] == plain or read is None


def test_the_currency_is_seen_beside_units_and_dashes():
    texts = ["500.-- CHF", "2 Mio. €", "10kEUR", "500 kr", "500 MXN"]
    codes = [typed("budget_amount", text)[0][0]["currency"] for text in texts]
    assert codes == ["CHF", "EUR", "EUR", "KR", "MXN"]


def test_the_minutes_of_a_duration_are_no_millions():
    assert typed("duration_minutes", "90m", kind="activities")[0][0]["duration_minutes"] is None


def test_counts_are_whole_numbers():
    assert numbers("1,200", "10.0", "many", field="employee_count") == [1200, 10, None]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["1.000", "2.500"], [1000, 2500]),
        (["1,000", "2,500"], [1000, 2500]),
        (["1.000", "12.5"], [None, None]),
        (["1,5", "1.200"], [None, 1200]),
        (["1.15万"], [11500]),
    ],
)
def test_a_count_has_no_decimals(texts: list[str], read: list[int | None]):
    assert numbers(*texts, field="employee_count") == read


def test_a_count_that_is_not_whole_is_not_rounded():
    rows, _ = typed("employee_count", "1,5", "12", formats={"decimal": ","})
    assert [(row["employee_count"], row["employee_count_doubt"]) for row in rows] == [(None, "not-whole"), (12, None)]


@pytest.mark.parametrize(
    ("field", "value", "budget"), [("annual_revenue", "3,5", 1200), ("employee_count", "1.000", 1200)]
)
def test_another_column_of_the_file_shows_the_mark(field: str, value: str, budget: int):
    columns = {"budget_amount": ["budget_amount"], field: [field]}
    rows, _ = typed("budget_amount", "1.200", "3.500", beside={field: value}, columns=columns)
    assert [row["budget_amount"] for row in rows] == [budget, 3500]


def test_another_column_never_shows_that_a_mark_begins_decimals():
    columns = {"budget_amount": ["budget_amount"], "annual_revenue": ["annual_revenue"]}
    for text, budget in (("1.200", None), ("1,200", 1200)):
        rows, _ = typed("budget_amount", text, beside={"annual_revenue": "12.5"}, columns=columns)
        assert [row["budget_amount"] for row in rows] == [budget]


def test_the_text_stays_beside_what_it_was_read_as():
    rows, _ = typed("budget_amount", "12 EUR", None)
    assert [row["budget_amount_text"] for row in rows] == ["12 EUR", None]
