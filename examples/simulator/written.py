"""What the company's own systems write: event streams, the sales system's exports, reference tables."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from examples.simulator import names
from examples.simulator.behaviour import EVENT_TYPES, NAMED, Events
from examples.simulator.deals import COMPETITORS, LOSS_REASONS, OPEN, STAGES, WON, Changes, Deals
from examples.simulator.people import NOBODY, Companies, People
from examples.simulator.records import CAMPAIGNS
from examples.simulator.reference import PRODUCTS
from examples.simulator.text import (
    berlin,
    cents,
    choose,
    csv_line,
    date_text,
    hex_id,
    join,
    json_member,
    mixed,
    number,
    padded,
    pick,
    time_text,
    where,
)  # fmt: skip

Array = npt.NDArray[Any]

EVENT_COLUMNS = (
    "event_id", "event_type", "occurred_at", "collected_at", "anonymous_id", "email", "session_id",
    "asset", "product", "dwell_seconds", "campaign",
)  # fmt: skip
PAGES = ("/", "/product", "/customers", "/blog", "/integrations", "/careers", "/about")
ASSETS: dict[str, tuple[str, ...]] = {
    "page_view": PAGES,
    "email_open": ("newsletter", "invitation", "nurture-1", "nurture-2"),
    "email_click": ("newsletter", "invitation", "nurture-1", "nurture-2"),
    "whitepaper_download": ("guide-to-tides", "roi-of-lanterns", "harbour-security"),
    "pricing_view": ("/pricing",),
    "product_doc_view": ("doc-install", "doc-api", "doc-security", "doc-admin", "doc-limits"),
    "webinar_attend": ("tide-1", "tide-2", "tide-3", "tide-4"),
    "demo_request": ("/demo",),
    "form_submit": ("/contact",),
}
_ASSET_TEXTS = [asset for kind in EVENT_TYPES for asset in ASSETS[kind]]
_ASSET_START = np.cumsum([0] + [len(ASSETS[kind]) for kind in EVENT_TYPES])[:-1]
_ASSET_COUNT = np.array([len(ASSETS[kind]) for kind in EVENT_TYPES])
_HAS_PRODUCT = np.isin(np.arange(len(EVENT_TYPES)), [2, 4, 5, 6, 7])


def event_table(happened: Events, rows: slice, persons: People) -> pa.Table:
    """These events as text, null where there is nothing to say."""
    person, kind = happened.person[rows], happened.type[rows]
    occurred, event = happened.occurred[rows], happened.number[rows]
    stranger = person == NOBODY
    # everything else about an event follows from its number, so that one sent twice says the same twice
    dice = mixed(event, 3)

    def roll(shift: int, sides: int) -> Array:
        return ((dice >> np.uint64(shift)) % np.uint64(sides)).astype(np.int64)

    known = ~stranger & (occurred >= persons.identified[person])
    with_email = known & (NAMED[kind] | (roll(0, 100) < 25))
    by_mail_only = kind == EVENT_TYPES.index("email_open")
    visitor = choose(stranger, hex_id(happened.stranger[rows], 12), hex_id(person, 11))
    asset = _ASSET_START[kind] + roll(8, 2520) % _ASSET_COUNT[kind]
    has_session = (happened.session[rows] >= 0) & ~by_mail_only
    own = np.where(stranger, roll(24, 5), persons.product[person])
    return pa.table(
        [
            hex_id(event, 13),
            pick(EVENT_TYPES, kind),
            time_text(occurred),
            time_text(happened.received[rows]),
            where(~by_mail_only, visitor),
            where(with_email, pick(persons.email, np.maximum(person, 0))),
            where(has_session, join("s", number(happened.session[rows]))),
            pick(_ASSET_TEXTS, asset),
            where(_HAS_PRODUCT[kind], pick(PRODUCTS, np.where(roll(16, 10) < 7, own, roll(20, 5)))),
            where(~by_mail_only, number(3 + roll(28, 40) * (1 + roll(34, 12)))),
            where(roll(40, 10) < 4, pick(CAMPAIGNS, roll(44, len(CAMPAIGNS)))),
        ],
        names=list(EVENT_COLUMNS),
    )


def event_json(table: pa.Table) -> pa.Array:
    """The events as JSON objects, without what is null."""
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    first = join('{"event_id":"', columns.pop("event_id"), '"')
    members = [json_member(name, texts, quoted=name != "dwell_seconds") for name, texts in columns.items()]
    return join(first, *members, "}")


def event_csv(table: pa.Table) -> pa.Array:
    """The events as CSV lines."""
    return csv_line([table[name].combine_chunks() for name in table.column_names])


def opportunity_refs(all_deals: Deals, rows: Array) -> pa.Array:
    """`OPP-000001`, and `D-000001` in the subsidiary's system."""
    return join(choose(all_deals.second_system[rows], "D-", "OPP-"), padded(rows + 1, 6))


CHANGES_HEADER = (
    "Opportunity ID,Lead Key,Email,Company,Opportunity Name,Stage,Changed At,Amount,Currency,Expected Close,"
    "Product,Owner,Lost Reason,Competitor"
)


def change_lines(
    noted: Changes,
    rows: Array,
    all_deals: Deals,
    persons: People,
    firms: Companies,
    keys: pa.Array,
    owners: list[str],
) -> pa.Array:
    """The sales system's history, one line per change, wall clock of Berlin."""
    deal, stage = noted.deal[rows], noted.stage[rows]
    person, company = all_deals.person[deal], all_deals.company[deal]
    known = person != NOBODY
    names_of_deals = join(
        _companies(company, firms).fill_null("Private"), " / ", pick(PRODUCTS, all_deals.product[deal])
    )
    cells = [
        opportunity_refs(all_deals, deal),
        where(known, pick(keys, np.maximum(person, 0))),
        where(known & (deal % 10 < 9), pick(persons.email, np.maximum(person, 0))),
        _companies(company, firms),
        names_of_deals,
        pick(STAGES, stage),
        time_text(berlin(noted.at[rows]), middle=" ", end=""),
        cents(noted.amount[rows]),
        pick(names.CURRENCIES, all_deals.currency[deal]),
        date_text(noted.expected[rows]),
        pick(PRODUCTS, all_deals.product[deal]),
        pick(owners, all_deals.owner[deal]),
        where(stage == len(STAGES) - 1, pick(LOSS_REASONS, np.maximum(all_deals.reason[deal], 0))),
        where(all_deals.competitor[deal] != NOBODY, pick(COMPETITORS, np.maximum(all_deals.competitor[deal], 0))),
    ]
    return csv_line(cells, free=(3, 4))


DEALS_HEADER = (
    "deal,organisation,title,status,stage,value,currency,added,closed,expected_close,owner,lost_reason,product"
)


def deal_lines(all_deals: Deals, rows: Array, newest: Array, firms: Companies, owners: list[str]) -> pa.Array:
    """The subsidiary's system, one line per deal as it stands, UTC."""
    result = all_deals.result[rows]
    company = _companies(all_deals.company[rows], firms)
    return csv_line(
        [
            opportunity_refs(all_deals, rows),
            company,
            join(company.fill_null("Private"), " / ", pick(PRODUCTS, all_deals.product[rows])),
            choose(result == OPEN, "open", choose(result == WON, "won", "lost")),
            pick(STAGES, all_deals.last[rows]),
            cents(newest[rows, 0]),
            pick(names.CURRENCIES, all_deals.currency[rows]),
            time_text(all_deals.created[rows]),
            where(result != OPEN, time_text(all_deals.closed[rows])),
            where(result == OPEN, date_text(newest[rows, 1])),
            pick(owners, all_deals.owner[rows]),
            where(all_deals.reason[rows] != NOBODY, pick(LOSS_REASONS, np.maximum(all_deals.reason[rows], 0))),
            pick(PRODUCTS, all_deals.product[rows]),
        ],
        free=(1, 2),
    )


OUTCOMES_HEADER = "lead_key,email,outcome,decided_at,reason"


def outcome_lines(person: Array, outcome: pa.Array, at: Array, keys: pa.Array, persons: People) -> pa.Array:
    """What became of leads, as sales says."""
    junk = pc.equal(outcome, "junk")
    reason = pc.if_else(junk, "student or competitor", pa.scalar(None, pa.string()))
    return csv_line([pick(keys, person), pick(persons.email, person), outcome, time_text(at), reason])


ACTIVITIES_HEADER = "activity,opportunity,lead_key,type,at,owner,result,minutes"
ACTIVITY_TYPES = ("call", "email", "meeting", "demo")


def activity_lines(
    rng: np.random.Generator,
    numbers: Array,
    deal: Array,
    person: Array,
    at: Array,
    all_deals: Deals,
    keys: pa.Array,
    owners: list[str],
) -> pa.Array:
    """Calls, mails and meetings about deals, and first calls to leads (deal NOBODY)."""
    count = len(deal)
    has_deal = deal != NOBODY
    kind = np.where(has_deal, rng.choice(4, count, p=[0.4, 0.3, 0.2, 0.1]), 0)
    minutes = np.where(kind == 1, 0, rng.integers(1, 13, count) * 5)
    owner = np.where(has_deal, all_deals.owner[deal], rng.integers(0, len(owners), count))
    return csv_line(
        [
            join("A", padded(numbers + 1, 7)),
            where(has_deal, opportunity_refs(all_deals, np.maximum(deal, 0))),
            where(person != NOBODY, pick(keys, np.maximum(person, 0))),
            pick(ACTIVITY_TYPES, kind),
            time_text(berlin(at), middle=" ", end="", seconds=False),
            pick(owners, owner),
            pick(("reached", "no answer", "left message"), rng.choice(3, count, p=[0.6, 0.3, 0.1])),
            where(minutes > 0, number(minutes)),
        ]
    )


ACCOUNTS_HEADER = "company,company_code,domain,industry,country,employee_count,annual_revenue,parent"


def account_lines(rows: Array, firms: Companies) -> pa.Array:
    """What is already known about some companies; every fortieth belongs to the one before it."""
    company = pick(firms.name, rows)
    before = pick(firms.name, np.concatenate([rows[:1], rows[:-1]]))
    same_country = firms.country[rows] == firms.country[np.concatenate([rows[:1], rows[:-1]])]
    child = (np.arange(len(rows)) % 40 == 39) & same_country
    cells = [
        company,
        pick(firms.code, rows),
        pick(firms.domain, rows),
        pick(names.INDUSTRIES, firms.industry[rows]),
    ]
    cells += [
        pick(names.COUNTRIES, firms.country[rows]),
        number(firms.employees[rows]),
        number(firms.revenue[rows]),
    ]
    return csv_line([*cells, where(child, before)], free=(0, 7))


def _companies(company: Array, firms: Companies) -> pa.Array:
    return where(company != NOBODY, pick(firms.name, np.maximum(company, 0)))
