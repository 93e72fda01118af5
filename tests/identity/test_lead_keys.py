"""By which keys rows of other kinds find their lead, and how anonymous events become a person's."""

from datetime import datetime

import pandas as pd
import pytest

from assets.identity.tables import LEAD_IDENTITIES
from assets.intake.tables import EVENT_ROWS, LEAD_RECORDS
from tests.identity.conftest import Bench, record, rows
from tests.literal import pick, run


def _event(event_id, hour=0, day=1, minute=0, **fields):
    at = datetime(2026, 2, day, hour, minute)
    return {
        "event_id": event_id,
        "file_id": "e",
        "source_name": "web",
        "channel": "event",
        "line_no": 1,
        "received_at": at,
        "known_at": at,
        "event_type": "page_view",
        "occurred_at": at,
        **fields,
    }


@pytest.fixture
def stitched(bench: Bench):
    """Events with the lead each was found to be of, over given lead records that are each a lead of their
    own."""

    def made(records, events, identities=None):
        named = identities or {row["record_id"]: row["record_id"] for row in records}
        tables = {
            "lead_records": bench.table(LEAD_RECORDS, records),
            "lead_identities": bench.table(
                LEAD_IDENTITIES, [{"record_id": r, "lead_id": lead} for r, lead in named.items()]
            ),
            "event_rows": bench.table(EVENT_ROWS, events),
        }
        tables = bench.with_value_keys(**tables)
        tables["lead_keys"] = bench.sql("lead_keys", **tables)
        tables["lead_events"] = bench.sql("lead_events", group="intake", **tables)
        return tables

    return made


@pytest.mark.parametrize("word", ["undefined", "NULL", " null ", "0", "00000000-0000-0000-0000-000000000000"])
def test_a_word_in_the_place_of_an_id_is_nobodys(stitched, word: str):
    records = [record("r1", email="a@acme.org", anonymous_id=word), record("r2", anonymous_id="b7")]
    events = [
        _event("e1", anonymous_id=word, user_id=word, email="a@acme.org"),
        _event("e2", anonymous_id=word),
        _event("e3", user_id=word),
        _event("e4", anonymous_id="b7", user_id=word),
    ]
    tables = stitched(records, events)
    assert rows(tables["lead_events"], "event_id", "lead_id") == [
        ("e1", "r1"), ("e2", None), ("e3", None), ("e4", "r2")
    ]  # fmt: skip
    found = rows(tables["lead_keys"].filter("key_type NOT IN ('lead_id', 'email')"), "key_type", "key_value", "lead_id")
    assert found == [("anonymous_id", "b7", "r2")]


def test_a_key_leads_to_one_lead_and_a_shared_one_to_the_first(stitched):
    keys = stitched(
        [
            record("r2", day=2, email="home@acme.org", source_key="7", source_name="crm"),
            record("r1", day=1, email="home@acme.org", phone="+14155550100", source_key="7"),
            record("r3", day=3, source_key="8"),
        ],
        [],
    )["lead_keys"]
    assert rows(keys.filter("key_type <> 'lead_id'"), "key_type", "key_source", "key_value", "lead_id") == [
        ("email", "", "home@acme.org", "r1"),
        ("phone", "", "+14155550100", "r1"),
        ("record_key", "", "8", "r3"),  # without a source only a key that means one lead
        ("record_key", "crm", "7", "r2"),
        ("record_key", "form", "7", "r1"),
        ("record_key", "form", "8", "r3"),
    ]


def test_an_event_is_of_the_lead_it_names_and_the_record_key_comes_before_email_and_phone(stitched):
    records = [
        record("r1", source_key="7"),
        record("r2", email="b@acme.org"),
        record("r3", phone="+14155550100"),
    ]
    events = [
        _event("e1", record_key="7", email="b@acme.org", phone="+14155550100"),
        _event("e2", email="b@acme.org", phone="+14155550100"),
        _event("e3", phone="+14155550100"),
        _event("e4", lead_id="r2"),
        _event("e5", record_key="7", record_source="elsewhere"),
        _event("e6", email="nobody@acme.org"),
    ]
    made = stitched(records, events)["lead_events"]
    assert rows(made, "event_id", "lead_id") == [
        ("e1", "r1"),
        ("e2", "r2"),
        ("e3", "r3"),
        ("e4", "r2"),
        ("e5", None),
        ("e6", None),
    ]


def test_another_writing_of_a_mailbox_leads_where_all_of_its_writings_lead(stitched):
    records = [
        record("r1", email="anna.berg@gmail.com"),
        record("r2", email="bo@acme.org"),
        record("r3", email="cy+fair@acme.org"),
        record("r4", email="cy+shop@acme.org"),
    ]
    written = {
        "e1": "annaberg+news@googlemail.com",
        "e2": "anna.berg@acme.org",
        "e3": "bo+news@acme.org",
        "e4": "cy@acme.org",  # of two people, it seems
        "e5": "cy+shop@acme.org",
    }
    events = [_event(name, email=email, anonymous_id=f"b-{name}") for name, email in written.items()]
    tables = stitched(records, [*events, _event("e6", anonymous_id="b-e3")])
    assert rows(tables["lead_events"], "event_id", "lead_id") == [
        ("e1", "r1"), ("e2", None), ("e3", "r2"), ("e4", None), ("e5", "r4"), ("e6", "r2")
    ]  # fmt: skip


def test_what_is_not_known_yet_adds_no_key(stitched):
    late = _event("e1", email="bo+news@acme.org") | {"known_at": datetime(2026, 7, 1)}
    keys = stitched([record("r1", email="bo@acme.org")], [late])["lead_keys"].filter("key_type = 'email'")
    assert rows(keys, "key_value", "lead_id") == [("bo@acme.org", "r1")]


def test_an_extension_leads_to_who_sits_there_and_the_switchboard_to_who_came_first(stitched):
    records = [record(f"r{n}", day=n, phone="+4930123450", phone_extension=str(n)) for n in (1, 2)]
    numbers = {"e1": "+4930123450;ext=2", "e2": "+4930123450", "e3": "+4930123450;ext=3"}
    made = stitched(records, [_event(name, phone=phone) for name, phone in numbers.items()])["lead_events"]
    assert rows(made, "event_id", "lead_id") == [("e1", "r2"), ("e2", "r1"), ("e3", None)]


def test_an_anonymous_visitor_becomes_a_person_backwards_in_time_too(stitched):
    made = stitched(
        [record("r1", email="ada@acme.org"), record("r2", anonymous_id="B")],
        [
            _event("e1", hour=1, anonymous_id="A"),
            _event("e2", hour=2, anonymous_id="A", email="ada@acme.org"),
            _event("e3", hour=3, anonymous_id="A"),
            _event("e4", hour=4, anonymous_id="B"),
            _event("e5", hour=5, anonymous_id="C"),
        ],
    )["lead_events"]
    assert rows(made, "event_id", "lead_id") == [
        ("e1", "r1"),
        ("e2", "r1"),
        ("e3", "r1"),
        ("e4", "r2"),
        ("e5", None),
    ]


def test_a_signed_in_user_carries_an_identity_from_device_to_device(stitched):
    made = stitched(
        [record("r1", email="ada@acme.org")],
        [
            _event("e1", anonymous_id="A", user_id="u", email="ada@acme.org"),
            _event("e2", anonymous_id="B", user_id="u"),
            _event("e3", anonymous_id="B"),
        ],
    )["lead_events"]
    assert rows(made, "event_id", "lead_id") == [("e1", "r1"), ("e2", "r1"), ("e3", "r1")]


def test_who_alone_signs_in_in_the_browsers_of_one_lead_is_that_lead_in_other_browsers_too(stitched):
    records = [record("r1", anonymous_id="form"), record("r2", day=2, anonymous_id="family", email="b@x.org")]
    events = [
        _event("e1", anonymous_id="form", user_id="ann"),
        _event("e2", 1, anonymous_id="phone", user_id="ann"),
        _event("e3", 2, anonymous_id="phone"),
        # two users in one browser: neither of them need be its lead
        _event("e4", anonymous_id="family", user_id="mum"),
        _event("e5", 1, anonymous_id="family", user_id="dad"),
        _event("e6", 2, anonymous_id="office", user_id="dad"),
        # whoever is known by an address is that person, in whose browser ever
        _event("e7", 3, user_id="bob", email="b@x.org"),
        _event("e8", 4, anonymous_id="loft", user_id="bob"),
    ]
    found = rows(stitched(records, events)["lead_events"], "event_id", "lead_id")
    assert found == [
        ("e1", "r1"), ("e2", "r1"), ("e3", "r1"), ("e4", "r2"), ("e5", "r2"), ("e6", None), ("e7", "r2"), ("e8", "r2"),
    ]  # fmt: skip


def test_a_user_who_alone_signs_in_in_browsers_of_two_leads_is_neither(stitched):
    records = [record("r1", anonymous_id="a"), record("r2", day=2, anonymous_id="b")]
    events = [_event(f"e{name}", anonymous_id=name, user_id="ann") for name in "abc"]
    found = rows(stitched(records, events)["lead_events"], "event_id", "lead_id")
    assert found == [("ea", "r1"), ("eb", "r2"), ("ec", None)]


def test_a_shared_device_stays_anonymous_but_named_events_keep_their_lead(stitched):
    made = stitched(
        [record("r1", email="a@acme.org"), record("r2", email="b@acme.org")],
        [
            _event("e1", anonymous_id="A", email="a@acme.org"),
            _event("e2", anonymous_id="A", email="b@acme.org"),
            _event("e3", anonymous_id="A"),
        ],
    )["lead_events"]
    assert rows(made, "event_id", "lead_id") == [("e1", "r1"), ("e2", "r2"), ("e3", None)]


def test_on_a_shared_device_an_event_is_of_whom_it_was_last_seen_with_shortly_before(stitched, bench: Bench):
    records = [
        record("r1", email="a@acme.org"),
        record("r2", email="b@acme.org", anonymous_id="A", submitted_at=datetime(2026, 2, 1, 12)),
    ]
    events = [
        _event("e1", hour=1, anonymous_id="A"),  # before anybody was seen
        _event("e2", hour=2, anonymous_id="A", email="a@acme.org"),
        _event("e3", hour=2, minute=30, anonymous_id="A"),
        _event("e4", hour=2, minute=31, anonymous_id="A"),  # another visit
        _event("e5", hour=12, minute=10, anonymous_id="A"),  # after the second sent a form from there
        _event("e6", hour=13, anonymous_id="A", email="a@acme.org"),
        _event("e7", hour=13, anonymous_id="A", email="b@acme.org"),
        _event("e8", hour=13, minute=5, anonymous_id="A"),  # both were seen at one instant
        _event("e9", hour=13, minute=7, anonymous_id="A", email="b@acme.org"),
        _event("f1", hour=13, minute=8, anonymous_id="A"),
    ]
    found = rows(stitched(records, events)["lead_events"], "event_id", "lead_id")
    assert dict(found) == {
        "e1": None, "e2": "r1", "e3": "r1", "e4": None, "e5": "r2", "e6": "r1", "e7": "r2", "e8": None, "e9": "r2",
        "f1": "r2",
    }  # fmt: skip
    assert rows(stitched(records, events[::-1])["lead_events"], "event_id", "lead_id") == found
    shared = bench.policy.identity.shared_values.model_copy(update={"shared_device_minutes": 0})
    identity = bench.policy.identity.model_copy(update={"shared_values": shared})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    strict = dict(rows(stitched(records, events)["lead_events"], "event_id", "lead_id"))
    assert [strict[event] for event in ("e3", "e5", "f1", "e9")] == [None, None, None, "r2"]


def test_what_arrives_late_lands_where_it_happened_and_renames_what_came_before():
    """Three runs: a visitor; then who they are; then somebody else on the same device, and an event that was late."""
    records = [record("r1", email="a@acme.org"), record("r2", email="b@acme.org")]
    identities = [{"record_id": name, "lead_id": name} for name in ("r1", "r2")]
    events = [
        _event("e1", day=1, hour=1, anonymous_id="A"),
        {**_event("e2", day=1, hour=2, anonymous_id="A", email="a@acme.org"), "known_at": datetime(2026, 2, 10)},
        _event("e3", day=3, hour=1, anonymous_id="A"),
        {**_event("e4", day=1, hour=1, minute=59, anonymous_id="A"), "known_at": datetime(2026, 2, 20)},
        {**_event("e5", day=1, hour=2, minute=9, anonymous_id="A"), "known_at": datetime(2026, 2, 20)},
        {**_event("e6", day=4, hour=2, anonymous_id="A", email="b@acme.org"), "known_at": datetime(2026, 2, 20)},
    ]

    def at(as_of):
        given = {"lead_records": records, "event_rows": events}
        keys = run("identity/lead_keys", as_of, lead_identities=identities, **given)
        return dict(pick(run("intake/lead_events", as_of, lead_keys=keys, **given), "event_id", "lead_id"))

    assert at("2026-02-05") == {"e1": None, "e3": None}
    assert at("2026-02-15") == {"e1": "r1", "e2": "r1", "e3": "r1"}
    assert at("2026-02-25") == {"e1": None, "e2": "r1", "e3": None, "e4": None, "e5": "r1", "e6": "r2"}
    assert at("2026-02-15") == {"e1": "r1", "e2": "r1", "e3": "r1"}  # the past stays as it was known


def test_two_records_of_one_lead_do_not_make_a_device_shared(stitched):
    made = stitched(
        [record("r1", email="a@acme.org"), record("r2", email="b@acme.org")],
        [
            _event("e1", anonymous_id="A", email="a@acme.org"),
            _event("e2", anonymous_id="A", email="b@acme.org"),
            _event("e3", anonymous_id="A"),
        ],
        {"r1": "r1", "r2": "r1"},
    )["lead_events"]
    assert rows(made, "event_id", "lead_id") == [("e1", "r1"), ("e2", "r1"), ("e3", "r1")]


def test_what_became_known_after_as_of_does_not_count(stitched):
    made = stitched(
        [record("r1", email="a@acme.org")],
        [
            _event("e1", anonymous_id="A"),
            {**_event("e2", anonymous_id="A", email="a@acme.org"), "known_at": datetime(2026, 7, 1)},
        ],
    )["lead_events"]
    assert rows(made, "event_id", "lead_id") == [("e1", None)]


def test_every_id_once_published_leads_to_the_lead_of_today(bench: Bench):
    identities = [{"record_id": "r1", "lead_id": "r1"}, {"record_id": "r2", "lead_id": "r1"}]
    frozen = pd.DataFrame({"lead_id": ["r2", "r2", "r1"], "published_at": [datetime(2026, 1, 1)] * 3})
    made = bench.sql("lead_aliases", frozen_lead_ids=frozen, lead_identities=bench.table(LEAD_IDENTITIES, identities))
    assert rows(made, "old_lead_id", "lead_id") == [("r2", "r1")]
