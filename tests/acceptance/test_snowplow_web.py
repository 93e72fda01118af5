"""Web events whose traps are labelled, against the sessions, views and users that their makers expect."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FEED = Path(__file__).parents[2] / "policy" / "defaults" / "feeds" / "snowplow_events.yaml"


#: Who filled in a form, by what the makers call the events of that browser.
FORMS = {
    "rotating@x.example": "Rotating domain_userid per session",
    "stitch@x.example": "user stitch - session: 2nd id: 10",
    "plain@x.example": "No edge cases",
}
FORM_FEED = """
feed: forms
kind: leads
match: "forms/*.csv"
channel: form
columns: {email: email, anonymous_id: browser}
"""


@pytest.fixture(scope="module")
def source(acceptance_data: Path) -> list[dict[str, str]]:
    return table(acceptance_data, "source/snowplow_web_events.csv")


@pytest.fixture(scope="module")
def snowplow(world: Callable[..., Any], source: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    browsers = {row["user_id"]: row["domain_userid"] for row in reversed(source)}
    forms = tmp_path_factory.mktemp("forms") / "forms.csv"
    lines = ["email,browser", *(f"{email},{browsers[user]}" for email, user in FORMS.items())]
    forms.write_text("\n".join(lines), encoding="utf-8")
    files = [
        ("snowplow_web/source/snowplow_web_events.csv", "events/snowplow_web_events.csv"),
        (str(forms), "forms/forms.csv"),
    ]
    return world(files, [FEED.read_text(encoding="utf-8"), FORM_FEED], "2026-01-02")


@pytest.fixture(scope="module")
def users(acceptance_data: Path) -> list[dict[str, str]]:
    return table(acceptance_data, "expected/snowplow_web_users_expected.csv")


def table(data: Path, name: str) -> list[dict[str, str]]:
    with (data / "snowplow_web" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def instants(text: str) -> str:
    return text.replace("T", " ").rstrip("Z").removesuffix("+00:00")[:23]


def test_every_event_is_answered_and_none_is_refused(snowplow, source):
    read, accepted, rejected, duplicate = snowplow.rows(
        "SELECT rows_read, rows_accepted, rows_rejected, rows_duplicate FROM source_files WHERE path LIKE 'events/%'"
    )[0]
    ids = {row["event_id"] for row in source}
    assert (read, accepted, rejected, duplicate) == (len(source), len(ids), 0, len(source) - len(ids))


def test_an_event_delivered_twice_counts_once_as_it_first_was(snowplow, source):
    kept = {row[0]: row[1] for row in snowplow.rows("SELECT event_id, occurred_at FROM lead_events")}
    assert sorted(kept) == sorted({row["event_id"] for row in source})
    first: dict[str, str] = {}
    for row in source:
        first[row["event_id"]] = min(first.get(row["event_id"], "9"), row["derived_tstamp"])
    assert {name: instants(at) for name, at in kept.items()} == {name: at[:23] for name, at in first.items()}


def test_events_without_browser_or_session_are_kept_without_one(snowplow, source):
    for column, nulls in (
        ("domain_userid", "SELECT count(*) FROM lead_events WHERE anonymous_id IS NULL"),
        ("domain_sessionid", "SELECT count(*) FROM lead_events WHERE session_id IS NULL"),
    ):
        missing = sum(not row[column] for row in source)
        assert missing > 0
        assert snowplow.value(nulls) == missing


def test_late_arrivals_count_when_they_happened(snowplow, source):
    late = [row for row in source if row["user_id"].startswith("late arriving")]
    assert late
    for row in late:
        found = snowplow.value("SELECT occurred_at FROM lead_events WHERE event_id = ?", row["event_id"])
        assert instants(found) == row["derived_tstamp"][:23]


def test_stray_pings_are_events_of_their_session(snowplow, source):
    stray = Counter(row["domain_sessionid"] for row in source if row["user_id"] == "stray page ping")
    for session, count in stray.items():
        assert snowplow.value("SELECT count(*) FROM lead_events WHERE session_id = ?", session) == count


def test_page_views_of_expected_sessions_are_theirs(snowplow, acceptance_data):
    """Where the makers count what we count: page views that are events, in sessions without events they leave out."""
    expected = table(acceptance_data, "expected/snowplow_web_page_views_expected.csv")
    ours = dict(snowplow.rows("SELECT event_id, session_id FROM lead_events"))
    browsers = dict(snowplow.rows("SELECT event_id, anonymous_id FROM lead_events"))
    for row in expected:
        assert row["event_id"] in ours
        assert (browsers[row["event_id"]] or "") == row["original_domain_userid"]
    known = [row for row in expected if row["original_domain_sessionid"]]
    assert [row for row in known if ours[row["event_id"]] != row["original_domain_sessionid"]] == []


def test_browsers_begin_and_end_as_the_makers_expect(snowplow, users):
    for row in users:
        if not row["original_domain_userid"]:
            continue
        first = snowplow.value(
            "SELECT min(occurred_at) FROM lead_events WHERE anonymous_id = ?", row["original_domain_userid"]
        )
        assert instants(first)[:10] == row["start_tstamp"][:10]


def test_events_become_those_of_whoever_filled_in_a_form_in_that_browser(snowplow, source):
    """Backwards in time, from browser to browser by the user who signs in, and whoever else signs in there."""
    users = {row["event_id"]: row["user_id"] for row in source}
    found = snowplow.rows(
        "SELECT event_id, email FROM lead_events LEFT JOIN leads ON lead_events.lead_id = leads.lead_id"
    )
    by_user: dict[str, set[str | None]] = {}
    for event, email in found:
        by_user.setdefault(users[event], set()).add(email)
    # three browsers, one of which filled in the form
    assert by_user.pop("Rotating domain_userid per session") == {"rotating@x.example"}
    assert by_user.pop("No edge cases") == {"plain@x.example"}
    # one browser: two users in its first session, eight more in its second
    stitched = [by_user.pop(user) for user in list(by_user) if user.startswith("user stitch")]
    assert stitched == [{"stitch@x.example"}] * 10
    assert set().union(*by_user.values()) == {None}
