"""Bodies of real webhooks and APIs, read by the feeds that every home begins with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sources.feed_files import files_of_feeds
from sources.raw import raw_dir_of

FEEDS = sorted((Path(__file__).parents[2] / "policy" / "defaults" / "feeds").glob("*.yaml"))

#: Where each payload belongs; what it is may stand in its name or in the name of its folder.
PLACES = {
    "official_shapes/typeform_form_response.json": "forms/typeform_form_response.json",
    "official_shapes/google_ads_lead_form.json": "forms/google_ads/lead_form.json",
    "official_shapes/meta_lead_retrieved.json": "forms/meta_lead_retrieved.json",
    "official_shapes/meta_leadgen_notification.json": "events/meta_leadgen_notification.json",
    "official_shapes/hubspot_webhook_batch.json": "events/hubspot_webhook_batch.json",
    "official_shapes/segment_identify.json": "events/segment_identify.json",
    "official_shapes/segment_track.json": "events/segment/track.json",
    "official_shapes/website_form_urlencoded.txt": "forms/website_form_urlencoded.txt",
    "activepieces/google-forms-0.3.0__new-form-response_0.json": "forms/google-forms-0.3.0__new-form-response_0.json",
    "activepieces/hubspot-0.2.0__add-contact-to-list-action_0.json": "forms/hubspot/add-contact-to-list.json",
    "activepieces/typeform-0.2.0__new-submission_0.json": "forms/typeform/new-submission_0.json",
    "activepieces/webflow-0.3.0__index_0.json": "forms/webflow-0.3.0__index_0.json",
    "activepieces/pipedrive-0.2.0__add-person.action_0.json": "crm/pipedrive-0.2.0__add-person.action_0.json",
    "activepieces/pipedrive-0.2.0__new-activity_0.json": "crm/pipedrive-0.2.0__new-activity_0.json",
    "activepieces/pipedrive-0.2.0__new-deal_0.json": "crm/pipedrive/new-deal_0.json",
    **{
        f"activepieces/intercom-0.7.5__index_{number}.json": f"{folder}/intercom-0.7.5__index_{number}.json"
        for number, folder in [
            *((number, "events") for number in (0, 1, 6, 7, 11, 13)),
            *((number, "forms") for number in (3, 10, 14)),
        ]
    },
}

#: Files without anybody in them, and what they are told.
NOBODY = {
    "forms/google-forms-0.3.0__new-form-response_0.json": "missing-column",
    "forms/hubspot/add-contact-to-list.json": "missing-column",
    "forms/typeform/new-submission_0.json": "missing-column",
    "forms/webflow-0.3.0__index_0.json": "missing-column",
}


@pytest.fixture(scope="module")
def webhooks(world: Callable[..., Any]) -> Any:
    files = [(f"webhook_payloads/{source}", target) for source, target in PLACES.items()]
    return world(files, [feed.read_text(encoding="utf-8") for feed in FEEDS], "2026-01-02")


def test_every_payload_has_its_place(acceptance_data: Path):
    folder = acceptance_data / "webhook_payloads"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()} == set(PLACES)


def test_every_payload_is_parsed_by_the_feed_of_its_sender(webhooks):
    assert webhooks.result["status"] == "published"
    read = files_of_feeds(raw_dir_of(webhooks.home), [])
    assert {file.path: file.raw_file.refused for file in read} == dict.fromkeys(PLACES.values())
    by_path = dict(webhooks.rows("SELECT path, source_name FROM source_files"))
    senders = {"website_form_urlencoded": "website_forms", "meta_leadgen": "meta_lead_notifications"}
    for path, feed in by_path.items():
        stem = path.split("/", 1)[1]
        sender = next((name for word, name in senders.items() if word in stem), stem.split("_")[0].split("-")[0])
        assert feed.split("_")[0] == sender.split("_")[0].split("/")[0], path


def test_files_with_somebody_in_them_are_accepted_and_the_others_are_told_why(webhooks):
    said = webhooks.rows("SELECT path, code FROM source_files WHERE status <> 'accepted'")
    assert dict(said) == NOBODY


def test_people_come_out_of_every_shape(webhooks):
    people = {
        source: (name, email, phone, company, campaign)
        for source, name, email, phone, company, campaign in webhooks.rows(
            "SELECT source_name, full_name, email, phone, company, campaign FROM lead_records "
            "WHERE source_name <> 'intercom_contacts'"
        )
    }
    assert people == {
        "typeform": ("Laura", "laura@example.com", None, None, None),
        "meta_lead_ads": ("Joe Example", "joe@example.com", "+380670000000", None, "<AD_ID>"),
        "segment_identify": ("Peter Gibbons", "peter@example.com", None, None, "TPS Innovation Newsletter"),
        "website_forms": ("Jane Doe", "jane@example.com", "+12135550144", "Acme & Sons", None),
        "pipedrive_persons": ("Will Smith", "12345@email.com", "12345", "Organization name", None),
    }
    contacts = webhooks.rows("SELECT full_name, email FROM lead_records WHERE source_name = 'intercom_contacts'")
    assert contacts == [("John Doe", "john.doe@example.com")] * 3


def test_answers_of_every_kind_are_kept(webhooks):
    kept = {
        source: json.loads(attributes)
        for source, attributes in webhooks.rows("SELECT source_name, attributes FROM lead_records")
    }
    assert kept["meta_lead_ads"]["field_data.选择您感兴趣的产品"] == "方案A, 方案B"
    typeform = kept["typeform"]
    assert typeform["answers.When did you move to the place where you live?"] == "2005-10-15"
    assert "London, Sydney" in typeform.values()
    assert kept["website_forms"]["gclid"] == "abc"
    assert webhooks.value("SELECT message FROM lead_records WHERE source_name = 'website_forms'") == "café – call me"


def test_what_google_marks_as_a_test_is_set_aside_with_its_reason(webhooks):
    refused = webhooks.rows("SELECT code, reason, field FROM rejected_rows WHERE code = 'test-row'")
    assert [(code, field) for code, _, field in refused] == [("test-row", "is_test")]
    assert "is_test is true" in refused[0][1]
    assert json.loads(webhooks.value("SELECT raw FROM rejected_rows WHERE code = 'test-row'"))["google_key"] == ""
    assert webhooks.value("SELECT count(*) FROM lead_records WHERE source_name = 'google_ads_leads'") == 0
    assert webhooks.value("SELECT rows_rejected FROM source_files WHERE source_name = 'google_ads_leads'") == 1


def test_what_happened_is_an_event_of_whom_it_happened_to(webhooks):
    events = webhooks.rows("SELECT source_name, event_type, occurred_at FROM lead_events ORDER BY 1, 2, 3")
    by_source: dict[str, list[str]] = {}
    for source, event_type, _ in events:
        by_source.setdefault(source, []).append(event_type)
    assert by_source == {
        "hubspot_events": ["contact.creation", "contact.merge", "contact.propertyChange"],
        "intercom_events": ["contact_tag", "contact_tag", "conversation", "conversation", "ticket", "ticket"],
        "meta_lead_notifications": ["leadgen"],
        "segment_events": ["Demo Requested", "identify"],
    }
    assert webhooks.value("SELECT occurred_at FROM lead_events WHERE event_type = 'leadgen'").startswith("2015-08-21")
    known = "SELECT count(*) FROM lead_events WHERE lead_id IS NOT NULL AND source_name = ?"
    assert webhooks.value(known, "segment_events") == 2  # the browser that asked for a demo said later who it is
    assert webhooks.value(known, "intercom_events") == 2


def test_deals_and_activities_of_a_crm_are_there(webhooks):
    (deal,) = webhooks.rows("SELECT opportunity_ref, name, status, amount, currency, owner FROM opportunities")
    assert deal[:4] == ("1", "Deal One", "open", 5000)
    assert deal[4:] == ("EUR", "Creator")
