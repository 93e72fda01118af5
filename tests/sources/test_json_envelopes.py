"""Where the records of an undescribed document are."""

import json
from typing import Any

import pytest

from sources.errors import RefusedFileError
from sources.readers.json_envelopes import records_in

ADA = {"name": "Ada", "email": "ada@x.org"}
BOB = {"name": "Bob", "email": "bob@x.org"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"status": "ok", "data": {"submissions": [ADA, BOB]}}, "$.data.submissions"),
        ({"form": {"name": "Contact us"}, "leads": [ADA]}, "$.leads"),
        ({"数据": {"our rows": [{"姓名": "王伟", "联系方式": {"手机号": "13800138000"}}]}}, "$.数据['our rows']"),
        ({"rows": [ADA, BOB], "test": [ADA]}, "$.rows"),
        ({"rows": [ADA, ADA, ADA, ADA, {"name": "no way to reach them"}]}, "$.rows"),
        ({"rows": [ADA, ADA, ADA, ADA, "no object"]}, "$.rows"),
        ({"-Nab1": ADA, "-Nab2": BOB}, "$.*"),
        ({"leads": {"0": ADA, "1": {**BOB, "tags": {"a": 1}}}, "count": 2}, "$.leads.*"),
        ({"1": {**ADA, "friends": [BOB, BOB, BOB]}, "2": BOB}, "$.*"),
        (
            {"name": {"first": "Ada", "last": "Berg"}, "contact": {"email": "ada@x.org", "phone": "+1 212 555 0100"}},
            None,
        ),
        ({**ADA, "colleagues": {"1": ADA, "2": BOB}}, None),
        ({"name": ["Ada"], "email": ["ada@x.org"]}, None),
        ([ADA, BOB], None),
        ({**ADA, "friends": [BOB, BOB]}, None),
        ({"lead": ADA, "friends": [BOB, BOB]}, None),
        ({"answers": [{"type": "email", "email": "ada@x.org"}, {"type": "text", "text": "Ada"}]}, None),
        ({"mails": [{"email": "ada@x.org"}]}, None),
        ({"rows": [ADA, "and more"]}, None),
        ({"a": {"b": {"c": {"d": {"rows": [ADA]}}}}}, None),
        ({"it's": [ADA]}, None),
        ({"leads": []}, "$.leads"),
        ({"status": "ok", "data": {"submissions": []}, "page": 1, "more": False, "next": None}, "$.data.submissions"),
        ({"leads": [], "note": "Ada Berg"}, None),
        ({"kontakt": 1701234567, "phone": 1701234567, "tags": []}, None),
        ({"leads": [], "left": ["ada@x.org"]}, None),
        ({**ADA, "tags": []}, None),
        ({}, None),
    ],
)
def test_the_array_of_those_who_can_be_reached(document: Any, path: str | None):
    assert records_in(json.dumps(document)) == path
    assert records_in("\ufeff\n" + json.dumps(document, indent=2, ensure_ascii=False)) == path


@pytest.mark.parametrize("text", ["", "{", '{"rows": [{"email": "a@x.org"}]} {}', '{"a":' * 100_000])
def test_what_is_no_document_has_no_records(text: str):
    assert records_in(text) is None


@pytest.mark.parametrize(
    "document",
    [
        {"name": ["Ada", "Bob"], "email": ["ada@x.org", "bob@x.org"]},
        {"data": {"name": {"0": "Ada", "1": "Bob"}, "email": {"0": "ada@x.org", "1": "bob@x.org"}}},
        {"ada@x.org": ADA, "bob@x.org": BOB},
    ],
)
def test_columns_and_rows_under_addresses_are_refused(document: Any):
    with pytest.raises(RefusedFileError, match="json-of-columns"):
        records_in(json.dumps(document))
