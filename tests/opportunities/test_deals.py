"""What a CRM says about deals: lead, product and stage found, the course of a deal, its state."""

import itertools
from typing import Any

import pytest

from policy.model import Policy
from tests.literal import Row, pick, policy_with, run

KEYS = [
    {"key_type": "lead_id", "key_source": "", "key_value": "r1", "lead_id": "r1"},
    {"key_type": "record_key", "key_source": "forms", "key_value": "K1", "lead_id": "r1"},
    {"key_type": "record_key", "key_source": "fair", "key_value": "K1", "lead_id": "r2"},
    {"key_type": "record_key", "key_source": "fair", "key_value": "K2", "lead_id": "r2"},
    {"key_type": "record_key", "key_source": "", "key_value": "K2", "lead_id": "r2"},
    {"key_type": "email", "key_source": "", "key_value": "ann@acme.com", "lead_id": "r1"},
    {"key_type": "phone", "key_source": "", "key_value": "+4930123", "lead_id": "r3"},
]
PRODUCTS = [
    {"name_key": "gtxpro", "product": "GTX Pro", "name": "GTX Pro", "line": "GTX"},
    {"name_key": "mg", "product": "MG", "name": "MG", "line": "Services"},
]


def statement(line_no: int, **values: Any) -> Row:
    """A statement about deal D1, known on the first of May."""
    return {
        "file_id": "f", "source_name": "crm", "line_no": line_no, "content_hash": f"h{line_no}",
        "received_at": "2026-06-01", "known_at": "2026-05-01", "opportunity_ref": "D1", **values,
    }  # fmt: skip


def deal_rows(*statements: Row, policy: Policy | None = None, as_of: str = "2026-06-30") -> list[dict[str, Any]]:
    return run(
        "opportunities/deal_rows",
        as_of,
        policy,
        opportunity_rows=[{"channel": "crm", **row} for row in statements],
        lead_keys=KEYS,
        product_names=PRODUCTS,
    )


def course(*statements: Row, as_of: str = "2026-06-30") -> list[tuple[str, str]]:
    """The stages of D1 and the days on which it entered them."""
    rows = run("opportunities/deal_changes", as_of, deal_rows=deal_rows(*statements, as_of=as_of))
    assert pick(rows, "change_no") == list(range(1, len(rows) + 1))
    return [(row["stage"], f"{row['changed_at']:%m-%d}") for row in rows]


def deal(*statements: Row, as_of: str = "2026-06-30") -> dict[str, Any]:
    """D1 as it stands."""
    known = deal_rows(*statements, as_of=as_of)
    changes = run("opportunities/deal_changes", as_of, deal_rows=known)
    (row,) = run("opportunities/deals", as_of, deal_rows=known, deal_changes=changes)
    return row


# --- one statement -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "lead"),
    [
        ({"lead_id": "r1"}, "r1"),
        ({"record_key": "K1", "record_source": "fair"}, "r2"),
        ({"record_key": "K1", "record_source": "forms"}, "r1"),
        ({"record_key": "K2"}, "r2"),
        ({"email": "ann@acme.com"}, "r1"),
        ({"phone": "+4930123"}, "r3"),
        ({"record_key": "K1"}, None),
        ({"email": "nobody@acme.com"}, None),
        ({"record_key": "K2", "email": "ann@acme.com"}, "r2"),
        ({}, None),
    ],
)
def test_a_deal_finds_its_lead_by_id_then_key_then_address(said: Row, lead: str | None):
    assert pick(deal_rows(statement(1, stage="Proposal", **said)), "lead_id") == [lead]


def test_a_statement_stays_one_row_whatever_it_can_be_joined_by():
    said = {"lead_id": "r1", "record_key": "K2", "email": "ann@acme.com", "phone": "+4930123"}
    assert len(deal_rows(statement(1, stage="谈判", status="open", product="gtx-pro", **said))) == 1


@pytest.mark.parametrize("name", ["GTXPro", "GTX Pro", "gtx-pro", "GTX PRO"])
def test_a_product_is_found_however_it_is_spelled(name: str):
    assert pick(deal_rows(statement(1, product=name)), "product") == ["GTX Pro"]


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("Prospecting", "validation"),
        ("Engaging", "solution_exchange"),
        ("Negotiation/Review", "negotiation"),
        ("negotiation review", "negotiation"),
        ("商务谈判", "negotiation"),
        ("验证", "validation"),
        ("Closed Won", "won"),
        ("赢单", "won"),
        ("丢单", "lost"),
    ],
)
def test_stages_are_known_by_their_english_and_chinese_names(word: str, stage: str):
    assert pick(deal_rows(statement(1, stage=word)), "stage", "is_unknown_stage") == [(stage, False)]


def test_a_stage_that_policy_does_not_know_is_flagged_and_taken_as_policy_says():
    (row,) = deal_rows(statement(1, stage="Hibernating", changed_at="2026-05-01"))
    assert (row["stage"], row["source_stage"], row["is_unknown_stage"]) == ("validation", "Hibernating", True)
    assert deal(statement(1, stage="Hibernating", status="open"))["has_unknown_stage"]


def test_a_status_of_open_does_not_hide_a_stage_that_is_not_known():
    policy = policy_with(stages={"unknown_stage": "negotiation"})
    (row,) = deal_rows(statement(1, stage="Hibernating", status="Open"), policy=policy)
    assert (row["stage"], row["is_unknown_stage"]) == ("negotiation", True)


def test_a_status_of_won_or_lost_closes_a_deal_without_a_stage():
    assert pick(deal_rows(statement(1, status="Won"), statement(2, status="失败")), "stage") == ["won", "lost"]


def test_a_deal_told_as_lost_is_lost_though_its_stage_still_says_negotiation():
    present = statement(1, stage="Negotiation", status="Lost", created_at="2026-03-01", closed_at="2026-04-01")
    assert pick([deal(present)], "stage", "status") == [("lost", "lost")]


def test_a_status_repeated_on_every_stage_change_closes_none_of_them():
    rows = [
        statement(1, stage="Prospecting", status="Won", changed_at="2026-03-01"),
        statement(2, stage="Closed Won", status="Won", changed_at="2026-04-01"),
    ]
    assert course(*rows) == [("validation", "03-01"), ("won", "04-01")]


def test_a_deal_follows_the_process_named_then_that_of_its_product_then_of_its_line():
    processes = [
        {"process": "standard", "preset": "exchange"},
        {"process": "projects", "preset": "contract", "names": ["Projects"], "product_lines": ["Services"]},
        {"process": "boxes", "preset": "quotation", "products": ["GTX Pro"]},
    ]
    policy = policy_with(stages={"processes": processes})

    def process(*statements: Row) -> set[str]:
        return set(pick(deal_rows(*statements, policy=policy), "process"))

    assert process(statement(1)) == {"standard"}
    assert process(statement(1, process="PROJECTS", product="GTXPro")) == {"projects"}
    assert process(statement(1, product="GTXPro")) == {"boxes"}
    assert process(statement(1, product="MG")) == {"projects"}
    # a later statement that names none takes nothing away
    assert process(statement(1, product="GTXPro"), statement(2, known_at="2026-06-01")) == {"boxes"}


def test_what_is_not_known_yet_is_not_there():
    assert deal_rows(statement(1, known_at="2026-07-01"), as_of="2026-06-30") == []


# --- the course of a deal --------------------------------------------------------------------------------------


def test_rows_that_repeat_a_stage_are_one_stay():
    rows = [
        statement(1, stage="Prospecting", changed_at="2026-03-01"),
        statement(2, stage="Qualification", changed_at="2026-03-05"),
        statement(3, stage="Negotiation", changed_at="2026-03-09"),
        statement(4, stage="Negotiation", changed_at="2026-03-09", amount=5),
    ]
    assert course(*rows) == [("validation", "03-01"), ("negotiation", "03-09")]


def test_the_order_of_rows_does_not_matter_their_times_do():
    rows = [
        statement(1, stage="Closed Won", changed_at="2026-04-01"),
        statement(2, stage="Prospecting", changed_at="2026-03-01"),
        statement(3, stage="Negotiation", changed_at="2026-03-20"),
    ]
    courses = {tuple(course(*order)) for order in itertools.permutations(rows)}
    assert courses == {(("validation", "03-01"), ("negotiation", "03-20"), ("won", "04-01"))}


def test_stages_entered_at_one_instant_stand_in_the_order_of_the_process():
    rows = [
        statement(1, stage="Closed Won", changed_at="2026-03-01"),
        statement(2, stage="Prospecting", changed_at="2026-03-01"),
        statement(3, stage="Negotiation", changed_at="2026-03-01"),
    ]
    assert course(*rows) == [("validation", "03-01"), ("negotiation", "03-01"), ("won", "03-01")]


def test_changes_after_as_of_have_not_happened():
    rows = [
        statement(1, stage="Prospecting", changed_at="2026-05-01"),
        statement(2, stage="Closed Won", changed_at="2026-06-20"),
    ]
    assert course(*rows, as_of="2026-06-10") == [("validation", "05-01")]
    assert deal(*rows, as_of="2026-06-10")["status"] == "open"
    assert deal(*rows, as_of="2026-06-30")["status"] == "won"


def test_a_deal_that_went_on_after_it_was_closed_is_open_and_flagged():
    row = deal(
        statement(1, stage="Prospecting", changed_at="2026-03-01"),
        statement(2, stage="Closed Lost", changed_at="2026-03-10", lost_reason="price"),
        statement(3, stage="Negotiation", changed_at="2026-04-01"),
    )
    assert pick([row], "status", "stage", "closed_at", "lost_reason", "is_reopened", "is_backwards") == [
        ("open", "negotiation", None, None, True, True)
    ]


def test_a_deal_that_went_back_a_stage_is_flagged():
    row = deal(
        statement(1, stage="Negotiation", changed_at="2026-03-01"),
        statement(2, stage="Needs Analysis", changed_at="2026-03-10"),
    )
    assert pick([row], "stage", "is_backwards", "is_reopened") == [("solution_exchange", True, False)]


def test_a_deal_told_in_its_present_state_begins_at_created_at_and_ends_at_closed_at():
    present = statement(1, stage="Won", created_at="2026-03-01", closed_at="2026-04-15", amount="99.50")
    assert course(present) == [("validation", "03-01"), ("won", "04-15")]
    row = deal(present)
    assert f"{row['created_at']:%m-%d} {row['closed_at']:%m-%d}" == "03-01 04-15"
    assert not row["is_created_assumed"]


def stages_assumed(*statements: Row, as_of: str = "2026-06-30") -> list[tuple[str, bool]]:
    """The stages of D1, and whether each is assumed."""
    rows = run("opportunities/deal_changes", as_of, deal_rows=deal_rows(*statements, as_of=as_of))
    return pick(rows, "stage", "is_assumed")


CLOSED: dict[str, Any] = {"created_at": "2026-03-01", "closed_at": "2026-04-15"}


@pytest.mark.parametrize(
    ("said", "course_told", "last_stage"),
    [
        # nobody says where it was when it was closed
        ([{"stage": "Won", **CLOSED}], [("validation", True), ("won", False)], None),
        ([{"stage": "Closed Lost", "status": "Lost", **CLOSED}], [("validation", True), ("lost", False)], None),
        ([{"stage": "Hibernating", "status": "Lost", **CLOSED}], [("validation", True), ("lost", False)], None),
        # the stage beside the closing is where it was
        (
            [{"stage": "Negotiation", "status": "Lost", **CLOSED}],
            [("negotiation", False), ("lost", False)],
            "negotiation",
        ),
        # an earlier export said where it was
        (
            [
                {"stage": "Prospecting", "known_at": "2026-03-02", "created_at": "2026-03-01"},
                {"stage": "Won", **CLOSED},
            ],
            [("validation", False), ("won", False)],
            "validation",
        ),
        # the closing knows better than the export before it
        (
            [
                {"stage": "Prospecting", "known_at": "2026-03-02", "created_at": "2026-03-01"},
                {"stage": "Negotiation", "status": "Lost", **CLOSED},
            ],
            [("validation", False), ("lost", False)],
            "negotiation",
        ),
        # closed, opened again in a stage that is told, and closed again
        (
            [
                {"stage": "Lost", "known_at": "2026-03-12", "created_at": "2026-03-01", "closed_at": "2026-03-10"},
                {"stage": "Needs Analysis", "known_at": "2026-03-20", "created_at": "2026-03-01"},
                {"stage": "Won", "known_at": "2026-04-16", **CLOSED},
            ],
            [("validation", True), ("lost", False), ("solution_exchange", False), ("won", False)],
            "solution_exchange",
        ),
        # stage changes tell it, or do not
        (
            [
                {"stage": "Negotiation", "changed_at": "2026-03-01"},
                {"stage": "Closed Won", "changed_at": "2026-04-15"},
            ],
            [("negotiation", False), ("won", False)],
            "negotiation",
        ),
        ([{"stage": "Closed Won", "changed_at": "2026-04-15"}], [("won", False)], None),
    ],
)
def test_the_last_stage_of_a_closed_deal_is_one_that_a_source_names_or_none(
    said: list[Row], course_told: list[tuple[str, bool]], last_stage: str | None
):
    statements = [statement(number, **values) for number, values in enumerate(said, 1)]
    assert stages_assumed(*statements) == course_told
    assert pick([deal(*statements)], "last_stage") == [last_stage]


def test_what_was_assumed_is_not_when_a_later_export_says_it():
    told = [
        statement(1, stage="Lost", known_at="2026-03-12", created_at="2026-03-01", closed_at="2026-03-10"),
        statement(2, stage="Prospecting", known_at="2026-03-20", created_at="2026-03-01"),
        statement(3, stage="Won", known_at="2026-04-16", **CLOSED),
    ]
    assert stages_assumed(*told) == [("validation", False), ("lost", False), ("validation", False), ("won", False)]
    assert stages_assumed(told[0]) == [("validation", True), ("lost", False)]


def test_it_counts_as_closed_only_from_its_closing_on():
    present = statement(1, stage="Won", known_at="2026-03-01", created_at="2026-03-01", closed_at="2026-04-15")
    row = deal(present, as_of="2026-04-01")
    assert pick([row], "status", "closed_at", "stage") == [("open", None, "validation")]


def test_without_created_at_it_begins_when_it_became_known_and_says_so():
    row = deal(statement(1, stage="Negotiation", known_at="2026-05-03"))
    assert (f"{row['created_at']:%m-%d}", row["is_created_assumed"]) == ("05-03", True)


def test_what_a_later_export_says_anew_happened_when_it_became_known():
    begun = {"created_at": "2026-03-01"}
    exports = [
        statement(1, stage="Prospecting", known_at="2026-03-05", **begun),
        statement(2, stage="Prospecting", known_at="2026-03-12", amount=7, **begun),
        statement(3, stage="Negotiation", known_at="2026-03-19", **begun),
        statement(4, stage="Closed Won", known_at="2026-04-02", closed_at="2026-03-30", **begun),
    ]
    assert course(*exports) == [("validation", "03-01"), ("negotiation", "03-19"), ("won", "03-30")]


def test_the_newest_export_has_the_last_word_though_the_closing_came_before_the_one_before_it():
    begun = {"created_at": "2026-03-01"}
    exports = [
        statement(1, stage="Prospecting", known_at="2026-03-05", **begun),
        statement(2, stage="Negotiation", known_at="2026-03-19", **begun),
        statement(3, stage="Closed Won", known_at="2026-03-26", closed_at="2026-03-17", **begun),
    ]
    assert course(*exports) == [("validation", "03-01"), ("negotiation", "03-17"), ("won", "03-17")]
    assert pick([deal(*exports)], "status", "is_reopened") == [("won", False)]


def test_a_closing_that_is_corrected_to_an_earlier_day_is_the_corrected_one():
    begun = {"created_at": "2026-03-01"}
    exports = [
        statement(1, stage="Closed Won", known_at="2026-03-20", closed_at="2026-03-18", **begun),
        statement(2, stage="Closed Lost", known_at="2026-03-25", closed_at="2026-03-10", **begun),
    ]
    assert course(*exports) == [("validation", "03-01"), ("lost", "03-10")]


def test_exports_that_close_reopen_and_close_again_at_one_instant_leave_one_closing():
    begun = {"created_at": "2026-03-01", "closed_at": "2026-03-01"}
    exports = [
        statement(1, stage="Closed Won", known_at="2026-03-02", **begun),
        statement(2, stage="Prospecting", known_at="2026-03-05", **begun),
        statement(3, stage="Closed Won", known_at="2026-03-09", **begun),
    ]
    assert course(*exports) == [("validation", "03-01"), ("won", "03-01")]


def test_a_deal_closed_before_it_began_is_kept_and_flagged():
    row = deal(statement(1, stage="Won", created_at="2026-03-08", closed_at="2026-03-06T19:00:00"))
    assert pick([row], "status", "is_closed_first") == [("won", True)]
    assert row["created_at"] <= row["closed_at"]


def test_a_closing_date_without_a_time_of_day_is_no_contradiction():
    row = deal(statement(1, stage="Won", created_at="2026-03-06T15:00:00", closed_at="2026-03-06"))
    assert not row["is_closed_first"]


# --- its state -------------------------------------------------------------------------------------------------


def test_each_field_has_its_newest_filled_value():
    row = deal(
        statement(1, stage="Prospecting", changed_at="2026-03-01", amount=100, currency="EUR", owner="ann"),
        statement(2, stage="Negotiation", changed_at="2026-03-20", amount=120, owner=None, product="MG"),
        statement(3, stage="Prospecting", changed_at="2026-03-02", amount=80),
    )
    assert pick([row], "amount", "currency", "owner", "product") == [(120, "EUR", "ann", "MG")]


def test_one_deal_told_by_two_exports_is_one_deal():
    row = deal(
        statement(1, stage="Prospecting", changed_at="2026-03-03"),
        statement(2, source_name="crm_deals", stage="Won", created_at="2026-03-01", lead_id="r1"),
    )
    assert pick([row], "status", "lead_id", "stage") == [("open", "r1", "validation")]
    assert f"{row['created_at']:%m-%d}" == "03-01"


# --- outcomes --------------------------------------------------------------------------------------------------


def test_the_newest_outcome_of_a_lead_counts():
    line = {
        "file_id": "f", "source_name": "s", "channel": "crm", "received_at": "2026-06-01", "known_at": "2026-05-01",
    }  # fmt: skip
    said = [
        {"content_hash": "a", "lead_id": "r1", "outcome": "converted", "decided_at": "2026-03-01"},
        {"content_hash": "b", "email": "ann@acme.com", "outcome": "junk", "decided_at": "2026-04-01"},
        {"content_hash": "c", "lead_id": "r1", "outcome": "won", "decided_at": "2026-07-01"},
        {"content_hash": "d", "record_key": "K2", "outcome": "lost", "reason": "price"},
        {"content_hash": "e", "phone": "+4930123"},
        {"content_hash": "f", "email": "nobody@acme.com", "outcome": "won"},
    ]
    rows = run(
        "opportunities/lead_outcomes",
        outcome_rows=[{**line, "line_no": line_no, **row} for line_no, row in enumerate(said, 1)],
        lead_keys=KEYS,
    )
    assert pick(rows, "lead_id", "outcome", "reason") == [("r1", "junk", None), ("r2", "lost", "price")]
