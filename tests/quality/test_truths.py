"""Each truth holds in a small sound world and fails when one row is changed: a check that cannot fail is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlglot

from assets.columns import COLUMNS
from assets.contract import ENGINE_TYPES
from assets.engine import Engine
from quality.audit import BALANCES_SQL, balances
from quality.truths import FOLDER, check_truth, load_truths, truths_named
from quality.verify import PROOFS, verify

AT = datetime(2026, 3, 1, 12)
EARLY = datetime(2026, 1, 1, 9)
FILE = "f" * 16
Rows = dict[str, list[dict[str, Any]]]


def sound_world() -> Rows:
    """Two leads of three records, one won, one open deal, one refused line; everything fits together."""

    def record(id_: str, line: int, at: datetime) -> dict[str, Any]:
        return {
            "record_id": id_, "file_id": FILE, "line_no": line, "source_name": "web", "content_hash": id_,
            "received_at": at, "known_at": at, "submitted_at": at, "verdict": "accepted",
        }  # fmt: skip

    later = datetime(2026, 2, 1)
    cells = {
        **dict.fromkeys(
            ("full_name", "email", "phone", "company", "title", "region", "city", "source_name", "channel", "consent")
        ),
        **{"industry": "(none)", "country": "(none)", "medium": "(none)", "campaign": "c"},
    }
    records = [record("r1", 2, EARLY), record("r2", 3, later), record("r3", 4, later)]
    deals = [
        {
            "opportunity_id": "o1", "opportunity_ref": "D-1", "origin": "crm", "lead_id": "r1", "account_id": "a1",
            "product": "GTX", "status": "won", "amount": Decimal("100.00"), "amount_base": Decimal("100.00"),
            "win_probability": 1.0, "expected_amount_base": Decimal("100.00"), "expected_close_date": None,
            "owner": "Ann", "created_at": EARLY, "closed_at": later, "flags": "[]",
        },
        {
            "opportunity_id": "o2", "opportunity_ref": None, "origin": "promoted", "lead_id": "r3", "account_id": None,
            "product": "GTX", "status": "open", "amount": Decimal("50.00"), "amount_base": Decimal("50.00"),
            "win_probability": 0.25, "expected_amount_base": Decimal("12.50"), "expected_close_date": date(2026, 4, 1),
            "owner": "Ann", "created_at": later, "closed_at": None, "flags": "[]",
        },
    ]  # fmt: skip
    return {
        "policy_feeds": [
            {"source_name": "web", "expected_within_days": 40, "owner": "Dana Wolf"},
            {"source_name": "other", "expected_within_days": None, "owner": None},
        ],
        "policy_quality": [{"max_unused_share": 0.5, "small_file_rows": 20}],
        "run_scope": [{"as_of": AT, "as_of_date": AT.date()}],
        "source_files": [
            {
                "file_id": FILE, "path": "forms/a.csv", "sha256": FILE * 4, "source_name": "web",
                "status": "accepted",
                "received_at": later, "rows_read": 5, "rows_accepted": 3, "rows_rejected": 1, "rows_duplicate": 1,
            }
        ],
        "rejected_rows": [{"file_id": FILE, "source_name": "web", "line_no": 5}],
        "lead_rows": [*records, {**record("r3", 6, later), "verdict": "duplicate"}],
        "lead_records": records,
        "lead_events": [{"event_id": "e1", "lead_id": "r1", "occurred_at": EARLY, "known_at": EARLY}],
        "record_matches": [{"record_id_l": "r1", "record_id_r": "r2"}],
        "lead_identities": [
            {"record_id": "r1", "lead_id": "r1"},
            {"record_id": "r2", "lead_id": "r1"},
            {"record_id": "r3", "lead_id": "r3"},
        ],
        "lead_aliases": [{"old_lead_id": "r2", "lead_id": "r1"}],
        "identity_events": [
            {"event": "created", "lead_id": "r3", "other_lead_id": None},
            {"event": "merged", "lead_id": "r2", "other_lead_id": "r1"},
        ],
        "leads": [
            {**cells, "lead_id": "r1", "record_count": 2, "account_id": "a1", "email": "x@y.z"},
            {**cells, "lead_id": "r3", "record_count": 1, "account_id": None, "phone": "+1"},
        ],
        "lead_provenance": [
            {"lead_id": "r1", "field": "email", "record_id": "r2"},
            {"lead_id": "r1", "field": "campaign", "record_id": "r1"},
            {"lead_id": "r1", "field": "need", "record_id": "r1"},  # no column of leads
            {"lead_id": "r3", "field": "(all)", "record_id": "r3"},
        ],
        "accounts": [{"account_id": "a1", "parent_account_id": None, "won_amount_base": Decimal("100.00")}],
        "campaigns": [{"campaign": "c"}],
        "reps": [{"owner": "Ann"}],
        "products": [{"product": "GTX"}],
        "score_ledger": [
            {"lead_id": "r1", "component": "fit", "points": Decimal("10.00")},
            {"lead_id": "r1", "component": "behaviour", "points": Decimal("5.55")},
            {"lead_id": "r1", "component": "behaviour", "points": Decimal("-0.55")},
        ],
        "lead_scores": [
            {
                "lead_id": "r1", "fit_points": Decimal("10.00"), "behaviour_points": Decimal("5.00"),
                "learned_points": Decimal("0.00"), "score": Decimal("15.00"),
            },
            {
                "lead_id": "r3", "fit_points": Decimal("0.00"), "behaviour_points": Decimal("0.00"),
                "learned_points": Decimal("0.00"), "score": Decimal("0.00"),
            },
        ],
        "promotions": [{"opportunity_id": "o2", "lead_id": "r3"}],
        "promotion_decisions": [{"lead_id": "r1", "opportunity_id": "o1"}, {"lead_id": "r3", "opportunity_id": "o2"}],
        "opportunity_rows": [{"opportunity_ref": "D-1"}],
        "opportunity_states": [dict(deal) for deal in deals],
        "opportunities": deals,
        "stage_intervals": [
            {
                "opportunity_id": "o1", "stage_order": 1, "entered_at": EARLY, "left_at": datetime(2026, 1, 9),
                "is_current": False,
            },
            {
                "opportunity_id": "o1", "stage_order": 2, "entered_at": datetime(2026, 1, 9), "left_at": later,
                "is_current": False,
            },
            {"opportunity_id": "o2", "stage_order": 1, "entered_at": later, "left_at": None, "is_current": True},
        ],
        "opportunity_forecasts": [{"opportunity_id": "o2", "p_close_by_period_end": 0.2}],
        "close_probabilities": [{"opportunity_id": "o2", "period": "2026-Q1", "close_probability": 0.2}],
        "forecasts": [
            {
                "as_of": AT, "period": "2026-Q1", "segment_type": "all", "segment": "all", "p10": Decimal("100.00"),
                "p50": Decimal("100.00"), "p90": Decimal("150.00"), "mean": Decimal("112.00"),
                "won_to_date": Decimal("100.00"), "new_business_mean": Decimal("2.00"),
            }
        ],
        "dates": [
            {"date": day, "month": f"{day:%Y-%m}", "quarter": "2026-Q1", "starts_at": datetime.combine(day, time())}
            for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
        ],
        "funnel_stages": [
            {
                "as_of": AT, "basis": basis, "period": period, "segment_type": "all", "segment": "all",
                "process": "p", "from_stage": "lead", "to_stage": "opportunity", "entered": 3, "advanced": 1,
                "lost": 1, "still_open": 1,
            }
            for basis, period in (("cohort", "2026-01"), ("period", "2026-01"), ("period", "2026-02"))
        ],
        # as the last day of January was published: of January nothing has changed since, of February it has
        "previous_funnel_stages": [
            {
                "as_of": datetime(2026, 1, 31, 23, 59, 59, 999999), "basis": basis, "period": period,
                "segment_type": "all", "segment": "all", "process": "p", "from_stage": "lead",
                "to_stage": "opportunity", "entered": entered, "advanced": advanced, "lost": 1, "still_open": 1,
            }
            for basis, period, entered, advanced in (
                ("cohort", "2026-01", 2, 0), ("period", "2026-01", 3, 1), ("period", "2026-02", 2, 0),
            )
        ],
        "source_performance": [{"source_name": "web", "leads": 2, "won_amount_base": Decimal("100.00")}],
        "balances": [{"equation": "a = a", "scope": "all", "difference": 0.0}],
    }  # fmt: skip


ARROW = {
    "VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "DECIMAL(18,2)": pa.decimal128(18, 2),
    "DECIMAL(9,2)": pa.decimal128(9, 2), "BOOLEAN": pa.bool_(), "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32(),
}  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "spill", threads=1)
    yield engine
    engine.close()


def inputs(engine: Engine, world: Rows) -> dict[str, Any]:
    """The world's tables as relations, typed as the dictionary of columns says."""
    names = {name: list(rows[0]) for name, rows in sound_world().items()}

    def kind(column: str) -> pa.DataType:
        if column == "as_of_date":
            return pa.date32()
        if column == "verdict":
            return pa.string()
        if column in {"expected_within_days", "small_file_rows"}:
            return pa.int64()
        if column == "max_unused_share":
            return pa.float64()
        return ARROW[ENGINE_TYPES[COLUMNS[column].type]]

    return {
        name: engine.connection.from_arrow(
            pa.Table.from_pylist(rows, schema=pa.schema([pa.field(c, kind(c)) for c in names[name]]))
        )
        for name, rows in world.items()
    }


@dataclass(frozen=True)
class Change:
    """One change that must be noticed, and what is said of it."""

    truth: str
    change: Callable[[Rows], Any]
    offender: str
    amount: str | None = None


def put(table: str, row: int, **values: Any) -> Callable[[Rows], Any]:
    return lambda world: world[table][row].update(values)


def drop(table: str, row: int = 0) -> Callable[[Rows], Any]:
    return lambda world: world[table].pop(row)


def add(table: str, row: int = 0, **values: Any) -> Callable[[Rows], Any]:
    return lambda world: world[table].append({**world[table][row], **values})


LATER = datetime(2027, 1, 1)
CHANGES = [
    Change("every_record_has_one_lead", drop("lead_identities", 1), "r2"),
    Change("every_record_has_one_lead", add("lead_identities", record_id="r9"), "r9"),
    Change("lead_id_is_id_of_first_record", put("lead_records", 0, received_at=LATER), "r1"),
    Change("every_lead_counts_its_records", put("leads", 0, record_count=3), "r1"),
    Change("every_lead_counts_its_records", drop("leads", 1), "r3"),
    Change("every_lead_counts_its_records", add("leads", lead_id="r9"), "r9"),
    Change("every_lead_has_a_score", drop("lead_scores", 1), "r3"),
    Change("ledger_sums_to_score", put("score_ledger", 0, points=Decimal("10.01")), "r1"),
    Change("ledger_sums_to_score", put("score_ledger", 0, component="learned"), "r1"),
    Change("ledger_sums_to_score", add("score_ledger", lead_id="r9"), "r9"),
    Change("every_alias_resolves", put("lead_aliases", 0, lead_id="r9"), "r2"),
    Change("every_alias_resolves", put("lead_aliases", 0, old_lead_id="r3"), "r3"),
    Change("every_cell_of_a_lead_names_its_record", drop("lead_provenance", 1), "r1"),
    Change("every_cell_of_a_lead_names_its_record", put("leads", 0, phone="+1"), "r1"),
    Change("every_cell_of_a_lead_names_its_record", drop("lead_provenance", 3), "r3"),
    Change("every_cell_of_a_lead_names_its_record", put("lead_provenance", 0, record_id="r3"), "r1 email"),
    Change("identity_events_are_seen_in_leads", put("identity_events", 0, lead_id="r9"), "r9"),
    Change("identity_events_are_seen_in_leads", put("identity_events", 0, event="erased"), "r3"),
    Change("identity_events_are_seen_in_leads", put("identity_events", 1, other_lead_id="r3"), "r2"),
    Change("every_opportunity_traces_to_its_origin", drop("promotions"), "o2", "50.00"),
    Change("every_opportunity_traces_to_its_origin", drop("opportunity_rows"), "o1", "100.00"),
    Change("every_opportunity_traces_to_its_origin", put("opportunities", 0, opportunity_ref=None), "o1", "100.00"),
    Change("every_reference_is_found", put("leads", 0, account_id="a9"), "leads.account_id=a9"),
    Change("every_reference_is_found", put("accounts", 0, parent_account_id="a9"), "accounts.parent_account_id=a9"),
    Change("every_reference_is_found", put("leads", 0, campaign="z"), "leads.campaign=z"),
    Change("every_reference_is_found", put("lead_events", 0, lead_id="r9"), "lead_events.lead_id=r9"),
    Change("every_reference_is_found", put("record_matches", 0, record_id_l="r9"), "record_matches.record_id_l=r9"),
    Change("every_reference_is_found", put("record_matches", 0, record_id_r="r9"), "record_matches.record_id_r=r9"),
    Change("every_reference_is_found", put("promotion_decisions", 0, lead_id="r9"), "promotion_decisions.lead_id=r9"),
    Change(
        "every_reference_is_found",
        put("promotion_decisions", 0, opportunity_id="o9"),
        "promotion_decisions.opportunity_id=o9",
    ),
    Change("every_reference_is_found", put("opportunities", 0, lead_id="r9"), "opportunities.lead_id=r9"),
    Change("every_reference_is_found", put("opportunities", 0, account_id="a9"), "opportunities.account_id=a9"),
    Change("every_reference_is_found", put("opportunities", 0, owner="Bob"), "opportunities.owner=Bob"),
    Change("every_reference_is_found", put("opportunities", 0, product="X"), "opportunities.product=X"),
    Change(
        "every_reference_is_found", put("stage_intervals", 0, opportunity_id="o9"), "stage_intervals.opportunity_id=o9"
    ),
    Change(
        "every_reference_is_found",
        put("opportunity_forecasts", 0, opportunity_id="o9"),
        "opportunity_forecasts.opportunity_id=o9",
    ),
    Change("every_row_traces_to_its_file", put("lead_records", 0, file_id="0"), "0 line 2"),
    Change("every_row_traces_to_its_file", put("rejected_rows", 0, line_no=0), f"{FILE} line 0"),
    Change("every_line_is_answered", put("source_files", 0, rows_read=6), f"{FILE} by web"),
    Change("every_line_is_answered", drop("rejected_rows"), f"{FILE} by web"),
    Change(
        "stage_intervals_follow_each_other", put("stage_intervals", 0, left_at=datetime(2026, 1, 8)), "o1", "100.00"
    ),
    Change(
        "stage_intervals_follow_each_other", put("stage_intervals", 0, left_at=datetime(2026, 1, 10)), "o1", "100.00"
    ),
    Change("stage_intervals_follow_each_other", put("stage_intervals", 2, is_current=False), "o2", "50.00"),
    Change("stage_intervals_follow_each_other", put("stage_intervals", 1, left_at=EARLY), "o1", "100.00"),
    Change(
        "stage_intervals_follow_each_other",
        put("stage_intervals", 0, left_at=None, is_current=True),
        "o1",
        "100.00",
    ),
    Change(
        "funnel_accounts_for_everyone_who_entered",
        put("funnel_stages", 0, still_open=0),
        "cohort / 2026-01 / all / all / p / lead / opportunity",
    ),
    Change(
        "forecast_quantiles_are_ordered", put("forecasts", 0, p10=Decimal("101.00")), "2026-Q1 / all / all", "100.00"
    ),
    Change(
        "forecast_quantiles_are_ordered", put("forecasts", 0, p90=Decimal("99.00")), "2026-Q1 / all / all", "100.00"
    ),
    Change("forecast_mean_is_as_defined", put("forecasts", 0, mean=Decimal("112.02")), "2026-Q1", "112.02"),
    Change("forecast_mean_is_as_defined", drop("close_probabilities"), "2026-Q1", "112.00"),
    Change("every_open_opportunity_has_a_forecast", drop("opportunity_forecasts"), "o2", "50.00"),
    Change("every_open_opportunity_has_a_forecast", put("opportunities", 0, win_probability=0.9), "o1", "100.00"),
    Change("every_open_opportunity_has_a_forecast", put("opportunities", 0, status="lost"), "o1", "100.00"),
    Change("every_open_opportunity_has_a_forecast", add("opportunity_forecasts", opportunity_id="o1"), "o1", "100.00"),
    Change(
        "expected_amount_is_amount_times_probability",
        put("opportunities", 1, expected_amount_base=Decimal("12.52")),
        "o2",
        "50.00",
    ),
    Change(
        "expected_amount_is_amount_times_probability", put("opportunities", 1, expected_amount_base=None), "o2", "50.00"
    ),
    Change("won_amounts_add_up", put("accounts", 0, won_amount_base=Decimal("99.99")), "accounts", "-0.01"),
    Change(
        "won_amounts_add_up",
        put("source_performance", 0, won_amount_base=Decimal("99.99")),
        "source_performance",
        "-0.01",
    ),
    Change(
        "every_lead_is_counted_by_its_source", put("source_performance", 0, leads=3), "sources count 3, there are 2"
    ),
    Change(
        "closed_periods_are_as_published",
        put("funnel_stages", 1, entered=4, still_open=2),
        "2026-01 p lead to opportunity: 4 entered and 1 advanced, 3 and 1 before",
    ),
    Change(
        "closed_periods_are_as_published",
        drop("funnel_stages", 1),
        "2026-01 p lead to opportunity: 0 entered and 0 advanced, 3 and 1 before",
    ),
    Change("every_balance_is_even", put("balances", 0, difference=-1.0), "a = a of all"),
    Change("nothing_is_known_from_the_future", put("lead_records", 0, known_at=LATER), "r1"),
    Change("nothing_is_known_from_the_future", put("lead_events", 0, known_at=LATER), "e1"),
    Change("open_opportunities_have_a_close_date", put("opportunities", 1, expected_close_date=None), "o2", "50.00"),
    Change(
        "open_opportunities_close_in_the_future",
        put("opportunities", 1, expected_close_date=date(2026, 2, 28)),
        "o2",
        "50.00",
    ),
    Change("open_opportunities_have_an_amount", put("opportunities", 1, amount=None), "o2", "50.00"),
    Change("open_opportunities_have_an_amount", put("opportunities", 1, amount=Decimal("0.00")), "o2", "50.00"),
    Change("amounts_have_a_rate_to_the_base_currency", put("opportunities", 1, amount_base=None), "o2"),
    Change("open_opportunities_have_an_owner", put("opportunities", 1, owner="(none)"), "o2", "50.00"),
    Change("deals_happen_in_a_possible_order", put("opportunities", 0, closed_at=datetime(2025, 1, 1)), "o1", "100.00"),
    Change("deals_happen_in_a_possible_order", put("opportunities", 0, closed_at=LATER), "o1", "100.00"),
    Change("leads_can_be_reached", put("leads", 0, email=None), "r1"),
    Change("instants_are_plausible", put("lead_records", 0, submitted_at=datetime(1970, 1, 1)), "r1"),
    Change("instants_are_plausible", put("lead_events", 0, occurred_at=LATER), "e1"),
    Change(
        "expected_files_came",
        put("source_files", 0, received_at=EARLY),
        "web (owner: Dana Wolf), last file on 2026-01-01, one expected within 40 days",
    ),
    Change(
        "expected_files_came",
        put("policy_feeds", 0, source_name="fair"),
        "fair (owner: Dana Wolf), no file yet, one expected within 40 days",
    ),
    Change("files_are_accepted", put("source_files", 0, status="quarantined"), FILE),
    Change(
        "files_have_usable_rows", put("source_files", 0, rows_read=0, rows_rejected=0), "forms/a.csv (web): no rows"
    ),
    Change(
        "files_have_usable_rows",
        put("source_files", 0, rows_read=40, rows_rejected=39),
        "forms/a.csv (web): 39 of 40 rows not used",
    ),
]


def test_every_truth_holds_in_a_sound_world(engine: Engine) -> None:
    tables = inputs(engine, sound_world())
    results = [check_truth(truth, engine, tables) for truth in load_truths()]
    assert [(r.truth.name, r.observed) for r in results if r.passed is not True] == []


@pytest.mark.parametrize("change", CHANGES, ids=[f"{i}-{c.truth}" for i, c in enumerate(CHANGES)])
def test_a_truth_fails_when_a_row_is_changed_and_names_it(engine: Engine, change: Change) -> None:
    world = sound_world()
    change.change(world)
    [truth] = truths_named([change.truth])
    result = check_truth(truth, engine, inputs(engine, world))
    assert (result.passed, result.rows_affected) == (False, 1), result.observed
    assert result.observed == f"1 rows, first: {change.offender}"
    assert result.amount_at_risk_base == (None if change.amount is None else Decimal(change.amount))


def test_every_truth_has_been_seen_to_fail() -> None:
    assert {truth.name for truth in load_truths()} == {change.truth for change in CHANGES}


def test_a_truth_that_cannot_be_looked_at_has_neither_passed_nor_failed(engine: Engine) -> None:
    [truth] = truths_named(["every_alias_resolves"])
    tables = inputs(engine, sound_world())
    del tables["leads"]
    assert check_truth(truth, engine, tables).passed is None
    broken = {**tables, "leads": pd.DataFrame({"other": [1]})}
    assert check_truth(truth, engine, broken).passed is None


@pytest.mark.parametrize("path", [BALANCES_SQL, *sorted(FOLDER.glob("*.sql"))], ids=lambda path: path.stem)
def test_truths_translate_to_spark(path: Path) -> None:
    [spark] = sqlglot.transpile(path.read_text(encoding="utf-8"), read="duckdb", write="spark")
    assert sqlglot.parse_one(spark, read="spark")


def test_the_balances_of_a_sound_world_are_even(engine: Engine) -> None:
    frame = balances(engine, inputs(engine, sound_world()))
    assert frame["difference"].tolist() == [0.0] * len(frame)
    assert not frame.duplicated(["equation", "scope"]).any()


@pytest.mark.parametrize(
    ("change", "equation"),
    [
        (put("source_files", 0, rows_duplicate=0), "rows read = accepted + duplicate + rejected"),
        (drop("lead_records"), "lead rows used = records + records known later"),
        (put("leads", 0, record_count=1), "records = records of leads"),
        (drop("promotion_decisions"), "leads = promoted + nurtured + under review + rejected"),
        (drop("score_ledger"), "points of the ledger = scores"),
        (put("opportunities", 0, status="gone"), "opportunities = open + won + lost"),
        (drop("opportunities"), "opportunities = states they were made of"),
        (
            put("accounts", 0, won_amount_base=Decimal("1.00")),
            "won amount of opportunities = of accounts + without account",
        ),
        (put("funnel_stages", 0, advanced=2), "entered = advanced + lost + still open"),
    ],
)
def test_a_balance_is_uneven_when_a_row_is_lost(engine: Engine, change: Callable[[Rows], Any], equation: str) -> None:
    world = sound_world()
    change(world)
    frame = balances(engine, inputs(engine, world))
    uneven = frame.loc[frame["difference"] != 0]
    assert equation in set(uneven["equation"])


def test_the_proofs_hold_in_a_sound_world_and_read_only_published_tables(engine: Engine) -> None:
    tables = inputs(engine, sound_world())
    internal = {"lead_rows", "promotions", "opportunity_rows", "opportunity_states", "close_probabilities", "run_scope"}
    found = verify(
        PROOFS,
        lambda name: tables[name] if name not in internal else pytest.fail(f"{name} is not published"),
        engine,
        {"run_scope": tables["run_scope"]},
        ids_published=pd.DataFrame({"lead_id": ["r1", "r2", "r3"]}),
        frozen_forecasts=tables["forecasts"],
        forecast_period="2026-Q1",
    )
    assert [(f.statement, f.observed) for f in found if f.passed is not True] == []


@pytest.mark.parametrize(
    ("proof", "change", "observed"),
    [
        ("identity", drop("lead_aliases"), "1 rows, first: r2"),
        (
            "forecast",
            put("forecasts", 0, mean=Decimal("113.00")),
            "1 rows, first: mean 113.00, its parts make 102.00 + 10.00",
        ),
        ("forecast", put("forecasts", 0, p90=Decimal("151.00")), "1 rows, first: 2026-03-01 2026-Q1 all all"),
        ("ledger", drop("score_ledger"), "1 rows, first: r1"),
        ("balance", put("balances", 0, difference=1.0), "1 rows, first: a = a of all"),
    ],
)
def test_a_proof_fails_when_a_published_row_is_changed(
    engine: Engine, proof: str, change: Callable[[Rows], Any], observed: str
) -> None:
    sound = inputs(engine, sound_world())
    world = sound_world()
    change(world)
    tables = inputs(engine, world)
    found = verify(
        [proof],
        tables.__getitem__,
        engine,
        {"run_scope": tables["run_scope"]},
        ids_published=pd.DataFrame({"lead_id": ["r1", "r2", "r3"]}),
        frozen_forecasts=sound["forecasts"],
        forecast_period="2026-Q1",
    )
    assert observed in [finding.observed for finding in found if finding.passed is False]


def test_determinism_names_the_table_whose_hash_differs(engine: Engine) -> None:
    found = verify(
        ["determinism"], pytest.fail, engine, {}, rehashed=lambda: {"leads": ("a", "a"), "accounts": ("b", "c")}
    )
    assert [(finding.passed, finding.observed) for finding in found] == [(False, "published b, now c"), (True, "holds")]
