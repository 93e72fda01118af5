"""The world from its seed: who lives in it, what they do, and every file that comes of it."""

import datetime as dt
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from examples.simulator import behaviour, deals, mess, names, records, reference, written
from examples.simulator.files import Landing, person_ids
from examples.simulator.people import NOBODY, Companies, People, at_work, companies, people
from examples.simulator.text import csv_line, hex_id, pick

Array = npt.NDArray[Any]
Progress = Callable[[str, float], None]

UNTIL = dt.date(2026, 10, 31)  # last day of the world: a constant, so that the clock has no say in it
RECORDS_EACH = (0.74, 0.18, 0.06, 0.02)  # of the people leave 1, 2, 3, 4 records
CHUNK = 250_000  # rows turned into text at once
# the sample has most of the same systems; the simulator adds two partners
FEEDS = (Path(__file__).parents[1] / "policy" / "feeds", Path(__file__).parent / "feeds")
_RATES_KNOWN = ("EUR", "USD", "GBP", "CNY")


def simulate(
    home: Path,
    *,
    leads: int = 2000,
    months: int = 12,
    events_per_lead: float = 10,
    seed: int = 1,
    until: dt.date | None = None,
    messy: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write a world into `home`: what its systems drop, what is true, and how to read it.

    The files are in `landing/`, the truth in `truth/`, the feeds in `policy/feeds/`.

    Args:
        home: the deployment; its `policy/business.yaml` names the base currency, else it is USD.
        leads: lead records (rows of forms and partner files) of about three quarters as many people.
        months: months of history.
        events_per_lead: different events per lead record.
        seed: same seed and arguments, same bytes.
        until: last day of the world; a fixed day when None.
        messy: add lines and files that nobody could use, listed in `truth/mess.parquet`.
        progress: called with what is being done and the share that is done, 0 to 1.

    Returns:
        `people`, `companies`, `opportunities`, `files`, `rows` by kind, `mess` by kind, `from`, `until`.

    Raises:
        ValueError: a number is out of range.
    """
    if leads < 1 or months < 1 or events_per_lead < 0:
        raise ValueError("leads and months must be at least 1, events_per_lead at least 0")
    last_day = until or UNTIL
    first_day = _months_before(last_day, months)
    said = progress or (lambda _, __: None)
    world = _imagine(leads, round(leads * events_per_lead), seed, first_day, last_day, said)

    landing = Landing(home / "landing")
    base = _base_currency(home)
    _write_leads(landing, world, messy, said)
    _write_events(landing, world, messy, said)
    said("sales system", 0.9)
    newest = _write_sales(landing, world, messy)
    _write_reference(landing, world, base)
    if messy:
        _drop_odd_files(landing)
    said("truth", 0.97)
    _write_truth(home / "truth", landing, world, newest)
    _write_feeds(home)
    said("done", 1.0)
    kinds = [kind for _, _, kind in landing.mess]
    return {
        "people": len(world.people.country),
        "companies": len(world.companies.country),
        "opportunities": len(world.deals.created),
        "files": landing.files,
        "rows": landing.rows,
        "mess": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "from": first_day.isoformat(),
        "until": last_day.isoformat(),
    }


@dataclass(frozen=True)
class World:
    """Everything there is, before anybody writes it down."""

    seed: int
    start: int  # first instant
    end: int  # first instant after the last
    companies: Companies
    people: People
    records: records.Records
    first_record: Array  # of each person
    keys: pa.Array  # by which the sales system knows each person
    events: behaviour.Events
    decisions: behaviour.Decisions
    reps: reference.Reps
    deals: deals.Deals

    def rng(self, purpose: str) -> np.random.Generator:
        """Chance for one purpose, independent of every other."""
        return _rng(self.seed, purpose)


def _rng(seed: int, purpose: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])))


def _imagine(leads: int, events: int, seed: int, first_day: dt.date, last_day: dt.date, said: Progress) -> World:
    start, end = _midnight(first_day), _midnight(last_day + dt.timedelta(days=1))
    said("people", 0.0)
    rng = _rng(seed, "people")
    each = rng.choice(4, leads, p=RECORDS_EACH) + 1
    each = each[: int(np.searchsorted(np.cumsum(each), leads)) + 1]
    each[-1] -= int(each.sum()) - leads
    firms = companies(_rng(seed, "companies"), max(20, len(each) // 5))
    persons = people(rng, len(each), firms, start, end)
    traces = records.records(_rng(seed, "records"), persons, each, end)
    first = np.empty(len(each), np.int64)
    first[traces.person[traces.place == 0]] = np.flatnonzero(traces.place == 0)
    said("behaviour", 0.05)
    forms = np.flatnonzero(np.isin(traces.source, records.FORMS))
    happened = behaviour.events(
        _rng(seed, "events"), persons, events, traces.person[forms], traces.at[forms], start, end
    )
    said("decisions", 0.15)
    decided = behaviour.decisions(_rng(seed, "decisions"), persons, happened, end)
    team = reference.reps(_rng(seed, "reps"), len(each), last_day)
    sold = deals.deals(_rng(seed, "deals"), persons, firms, decided, team, start, end)
    return World(
        seed=seed,
        start=start,
        end=end,
        companies=firms,
        people=persons,
        records=traces,
        first_record=first,
        keys=traces.key(first),
        events=happened,
        decisions=decided,
        reps=team,
        deals=sold,
    )


def _write_leads(landing: Landing, world: World, messy: bool, said: Progress) -> None:
    """Forms and partner files; monthly where there is much to say."""
    traces = world.records
    spoilers = {
        records.WEBSITE: mess.JSON_FORM,
        records.LANDING: mess.LANDING,
        records.RHEIN: mess.RHEIN,
        records.HUAXIN: mess.HUAXIN,
        records.LUMIERE: mess.LUMIERE,
    }
    for source, name in enumerate(records.SOURCES):
        rows = np.flatnonzero(traces.source == source)
        said(name, 0.2 + 0.04 * source)
        if len(rows) == 0:
            continue
        rng = world.rng(f"write {name}")
        if source == records.BADGES:
            all_written = records.write_down(rng, traces, rows, world.people, world.companies)
            above = ["Messehaus Nord - scanned badges", "one line per visitor and scanner", ""]
            table = records.badge_rows(all_written)
            path = "partners/messehaus/badges.xlsx"
            landing.write_workbook(path, "leads", "Leads", above, records.BADGE_HEADER, table, traces.person[rows])
            continue
        for path, part, options in _lead_files(world, source, rows):
            soil = (
                mess.Insertions(world.rng(f"mess {path}"), spoilers[source]) if messy and source in spoilers else None
            )
            if messy and source == records.RHEIN and part[0] == rows[0]:
                options["head"] = ["Rheinkontakt GmbH - Lieferung", "", *options["head"]]
                options["tail"] = b"Summe;;;;;;;;;;;;\n"
                landing.mess += [(path, 1, "title-row"), (path, None, "footer-row")]
            if messy and source == records.LANDING:
                options["tail"] = b"LPB-1,2026-01-05 10:00:00,J\xfcrgen,Bytes,bad.bytes@example.com,,,DE,,,,yes\n"
                landing.mess.append((path, None, "bad-bytes"))
            chunks = (
                (
                    records.LINE_OF[source](records.write_down(rng, traces, some, world.people, world.companies)),
                    traces.person[some],
                )
                for some in _pieces(part)
            )
            landing.write_lines(path, "leads", chunks, mess=soil, **options)


def _lead_files(world: World, source: int, rows: Array) -> Iterator[tuple[str, Array, dict[str, Any]]]:
    """The files of one source: path, its records, and how it is written."""
    at = world.records.at[rows]
    match source:
        case records.WEBSITE:
            for place, (month, part) in enumerate(_by_period(rows, at, "M")):
                yield f"forms/website_{month}.jsonl{'.gz' if place == 1 else ''}", part, {}
        case records.WEBINAR:
            head, tail = ['{"exported":"by hand","data":{"submissions":['], b"\n]}}\n"
            yield "forms/webinar.json", rows, {"head": head, "tail": tail, "between": ",\n", "array": True}
        case records.LANDING:
            yield "forms/landing_pages.csv", rows, {"head": [records.LANDING_HEADER], "line_end": "\r\n"}
        case records.RHEIN:
            for month, part in _by_period(rows, at, "M"):
                path = f"partners/rheinkontakt/leads_{month}.csv"
                yield (
                    path,
                    part,
                    {"head": [records.RHEIN_HEADER], "encoding": "utf-8-sig", "line_end": "\r\n"},
                )
        case records.HUAXIN:
            for month, part in _by_period(rows, at, "M"):
                path = f"partners/huaxin/leads_{month}.csv"
                yield path, part, {"head": [records.HUAXIN_HEADER], "encoding": "gb18030", "line_end": "\r\n"}
        case records.LUMIERE:
            for quarter, part in _by_period(rows, at, "Q"):
                path = f"partners/lumiere/contacts_{quarter}.tsv"
                yield path, part, {"head": [records.LUMIERE_HEADER], "encoding": "utf-16", "line_end": "\r\n"}


def _write_events(landing: Landing, world: World, messy: bool, said: Progress) -> None:
    """One file a month by the time of collection: JSON Lines, some compressed, one CSV, one Parquet."""
    happened = world.events
    months = list(_by_period(np.arange(len(happened.number)), happened.received, "M"))
    for place, (month, rows) in enumerate(months):
        said(f"events {month}", 0.5 + 0.4 * place / len(months))
        pieces = [slice(int(some[0]), int(some[-1]) + 1) for some in _pieces(rows)]
        tables = (written.event_table(happened, some, world.people) for some in pieces)
        soil = mess.Insertions(world.rng(f"mess events {month}"), mess.JSON_EVENT) if messy else None
        if place == 1:
            lines = ((written.event_csv(table), None) for table in tables)
            landing.write_lines(f"events/web_{month}.csv", "events", lines, head=[",".join(written.EVENT_COLUMNS)])
        elif place == 2:
            landing.write_parquet(f"events/web_{month}.parquet", "events", tables)
        else:
            ending = ".jsonl.gz" if place % 3 == 0 and place else ".jsonl"
            lines = ((written.event_json(table), None) for table in tables)
            landing.write_lines(f"events/web_{month}{ending}", "events", lines, mess=soil)


def _write_sales(landing: Landing, world: World, messy: bool) -> Array:
    """Stage changes, the subsidiary's deals, outcomes and activities.

    Returns:
        The newest (amount, expected close) of each deal.
    """
    sold, owners = world.deals, world.reps.name
    noted, newest = deals.changes(world.rng("changes"), sold, world.end)
    main = np.flatnonzero(~sold.second_system[noted.deal])
    for month, rows in _by_period(main, noted.at[main], "M"):
        path = f"crm/stage_changes_{month}.csv"
        soil = mess.Insertions(world.rng(f"mess {path}"), mess.CHANGES) if messy else None
        lines = written.change_lines(noted, rows, sold, world.people, world.companies, world.keys, owners)
        landing.write_table(path, written.CHANGES_HEADER, lines, "opportunities", soil)
    second = np.flatnonzero(sold.second_system)
    lines = written.deal_lines(sold, second, newest, world.companies, owners)
    landing.write_table("crm/subsidiary_deals.csv", written.DEALS_HEADER, lines, "opportunities")

    person, outcome, at = _outcomes(world)
    told = world.rng("told").random(len(person)) < 0.7
    lines = written.outcome_lines(person[told], outcome.filter(pa.array(told)), at[told], world.keys, world.people)
    landing.write_table("crm/outcomes.csv", written.OUTCOMES_HEADER, lines, "outcomes")

    deal, whom, when = _activities(world)
    for month, rows in _by_period(np.arange(len(deal)), when, "M"):
        chance = world.rng(f"activities {month}")
        lines = written.activity_lines(chance, rows, deal[rows], whom[rows], when[rows], sold, world.keys, owners)
        landing.write_table(f"crm/activities_{month}.csv", written.ACTIVITIES_HEADER, lines, "activities")
    return newest


def _outcomes(world: World) -> tuple[Array, pa.Array, Array]:
    """What became of people by the end: (person, outcome, instant), by time."""
    rng, count = world.rng("outcomes"), len(world.people.country)
    decided, sold = world.decisions, world.deals
    converted = np.flatnonzero(decided.converts)
    low = 1 / (1 + np.exp(1.5 + 1.3 * world.people.quality))
    lot = rng.random(count)
    first_try = world.people.identified + rng.integers(1, 8, count) * 86_400
    hopeless = ~decided.converts & (first_try < world.end)
    junk = np.flatnonzero(hopeless & (lot < 0.4 * low))
    unreachable = np.flatnonzero(hopeless & (lot >= 0.4 * low) & (lot < 0.4 * low + 0.05))
    ended = np.flatnonzero((sold.person != NOBODY) & (sold.result != deals.OPEN))
    won = sold.result[ended] == deals.WON
    person = np.concatenate([converted, junk, unreachable, sold.person[ended]])
    kind = np.concatenate(
        [np.zeros(len(converted)), np.ones(len(junk)), np.full(len(unreachable), 2), 3 + ~won]
    ).astype(int)
    at = np.concatenate([decided.decided[converted], first_try[junk], first_try[unreachable], sold.closed[ended]])
    order = np.lexsort((kind, person, at))
    outcome = pick(("converted", "junk", "unreachable", "won", "lost"), kind[order])
    return person[order].astype(np.int64), outcome, at[order]


def _activities(world: World) -> tuple[Array, Array, Array]:
    """First calls to leads, and what is done about open deals: (deal, person, instant), by time."""
    rng, sold, persons = world.rng("activities"), world.deals, world.people
    called = np.flatnonzero(rng.random(len(persons.country)) < 0.45)
    calls = at_work(persons.identified[called] + rng.exponential(20 * 3600, len(called)).astype(np.int64))
    ends = np.minimum(sold.closed, world.end)
    times = np.clip((ends - sold.created) / (9 * 86_400), 1, 12)
    each = rng.poisson(times)
    deal = np.repeat(np.arange(len(each)), each)
    at = at_work((sold.created[deal] + rng.random(len(deal)) * (ends - sold.created)[deal]).astype(np.int64))
    deal = np.concatenate([np.full(len(called), NOBODY), deal])
    at = np.concatenate([calls, at])
    person = np.where(
        deal == NOBODY, np.concatenate([called, np.zeros(len(deal) - len(called), int)]), sold.person[deal]
    )
    kept = at < world.end
    order = np.lexsort((person[kept], deal[kept], at[kept]))
    return deal[kept][order], person[kept][order], at[kept][order]


def _write_reference(landing: Landing, world: World, base: str) -> None:
    team, last_day = world.reps, dt.date(1970, 1, 1) + dt.timedelta(days=world.end // 86_400 - 1)
    first_day = dt.date(1970, 1, 1) + dt.timedelta(days=world.start // 86_400)
    rows = [
        (
            name,
            name,
            team.level[place],
            team.region[place],
            str(team.capacity[place]),
            team.hired[place].isoformat(),
            team.team[place],
        )
        for place, name in enumerate(team.name)
    ]
    _write_small(landing, "reps", "owner,name,level,region,capacity,hired_on,team", rows)
    prices = [f"{price:.2f}" for price in reference.PRODUCT_PRICES]
    products = zip(
        reference.PRODUCTS,
        reference.PRODUCTS,
        reference.PRODUCT_LINES,
        prices,
        ["EUR"] * 5,
        reference.PRODUCT_MARGINS,
        strict=True,
    )
    _write_small(landing, "products", "product,name,line,price,currency,margin_rate", list(products))
    rates = reference.fx_rates(world.rng("rates"), first_day - dt.timedelta(days=130), last_day, base)
    _write_small(landing, "fx_rates", "date,currency,rate_to_base", rates)
    sold = world.deals
    euros = sold.amount / 100 * reference.euro_value(sold.currency)
    won_a_year = float(euros[sold.result == deals.WON].sum()) * 365 * 86_400 / (world.end - world.start)
    goals = reference.targets(team, first_day, last_day, max(won_a_year * 1.1, 100_000.0), "EUR")
    _write_small(landing, "targets", "period,owner,team,amount,currency", goals)
    known = np.flatnonzero(world.rng("accounts").random(len(world.companies.country)) < 0.6)
    landing.write_table(
        "reference/accounts.csv",
        written.ACCOUNTS_HEADER,
        written.account_lines(known, world.companies),
        "accounts",
    )


def _write_small(landing: Landing, kind: str, header: str, rows: Iterable[Sequence[str]]) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    landing.write_table(f"reference/{kind}.csv", header, csv_line(columns, free=tuple(range(len(columns)))), kind)


def _drop_odd_files(landing: Landing) -> None:
    """Files that are empty, unfinished, somebody's litter, or there already under another name."""
    partners = sorted((landing.root / "partners/rheinkontakt").glob("leads_*.csv"))
    if partners:
        shutil.copyfile(partners[-1], landing.root / "partners/rheinkontakt/copy of last delivery.csv")
        landing.mess.append(("partners/rheinkontakt/copy of last delivery.csv", None, "same-bytes"))
    for path, content, kind in (
        ("forms/website_empty.jsonl", b"", "empty-file"),
        (
            "events/web_torn.jsonl.gz",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xab\x56",
            "truncated-archive",
        ),
        ("partners/messehaus/~$badges.xlsx", b"\x05Somebody", "litter"),
        ("events/.DS_Store", b"\x00\x00\x00\x01Bud1", "litter"),
        ("partners/huaxin/leads.csv.part", b"half a li", "litter"),
        (
            "partners/rheinkontakt/page.csv",
            b"<!DOCTYPE html><html><body>Session expired</body></html>\n",
            "html-page",
        ),
    ):
        with landing.open(path) as file:
            file.write(content)
        landing.mess.append((path, None, kind))


def _write_truth(folder: Path, landing: Landing, world: World, newest: Array) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    persons, decided, sold = world.people, world.decisions, world.deals
    everybody = np.arange(len(persons.country))
    utc = pa.timestamp("s")
    firm = pa.array(np.maximum(persons.company, 0), mask=persons.company == NOBODY)
    first, last = (
        pick(pool.written, place) for pool, place in zip(_pools(), (persons.first_name, persons.surname), strict=True)
    )
    tables = {
        "people": pa.table(
            {
                "person_id": person_ids(everybody),
                "first_name": first,
                "last_name": last,
                "email": persons.email,
                "phone": persons.mobile.written(everybody, np.zeros(len(everybody), int)),
                "country": pick(names.COUNTRIES, persons.country),
                "company": world.companies.name.take(firm),
                "domain": world.companies.domain.take(firm),
                "anonymous_id": hex_id(everybody, 11),
                "first_seen_at": pa.array(persons.first_seen).cast(utc),
                "identified_at": pa.array(persons.identified).cast(utc),
                "quality": persons.quality.astype(float),
                "fit": persons.fit.astype(float),
                "intent": decided.intent.astype(float),
                "conversion_probability": decided.chance.astype(float),
                "record_count": np.bincount(world.records.person, minlength=len(everybody)),
            }
        ),
        "record_people": landing.truth_of_lines(),
        "mess": landing.truth_of_mess(),
    }
    person, outcome, at = _outcomes(world)
    tables["outcomes"] = pa.table({"person_id": person_ids(person), "outcome": outcome, "at": pa.array(at).cast(utc)})
    refs = written.opportunity_refs(sold, np.arange(len(sold.created)))
    tables["win_probabilities"] = pa.table(
        {"opportunity_ref": refs, "p": sold.chance, "p_at_creation": sold.chance_at_first}
    )
    tables["opportunities"] = pa.table(
        {
            "opportunity_ref": refs,
            "person_id": person_ids(sold.person),
            "stage": pick(deals.STAGES, sold.last),
            "status": pick(("won", "lost", "open"), np.where(sold.result == deals.OPEN, 2, sold.result - deals.WON)),
            "becomes": pick(("won", "lost"), sold.becomes - deals.WON),
            "created_at": pa.array(sold.created).cast(utc),
            "closes_at": pa.array(sold.closed).cast(utc),
            "amount": newest[:, 0] / 100,
            "currency": pick(names.CURRENCIES, sold.currency),
        }
    )
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _write_feeds(home: Path) -> None:
    folder = home / "policy" / "feeds"
    folder.mkdir(parents=True, exist_ok=True)
    for feed in sorted(feed for origin in FEEDS for feed in origin.glob("*.yaml")):
        if not (folder / feed.name).exists():
            shutil.copyfile(feed, folder / feed.name)


def _pools() -> tuple[Any, Any]:
    return names.first_name_pool(), names.surname_pool()


def _base_currency(home: Path) -> str:
    """The home's base currency, where the world has rates for it."""
    file = home / "policy" / "business.yaml"
    given = yaml.safe_load(file.read_text("utf-8")) if file.exists() else None
    base = (given or {}).get("base_currency", "USD")
    if base not in _RATES_KNOWN:
        raise ValueError(f"base_currency {base} in {file}: the simulated world has rates for {', '.join(_RATES_KNOWN)}")
    return str(base)


def _by_period(rows: Array, at: Array, unit: str) -> Iterator[tuple[str, Array]]:
    """The rows of each month or quarter, in the order given, none empty."""
    if len(rows) == 0:
        return
    month = (at // 86_400).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    period = month if unit == "M" else month // 3
    order = np.argsort(period, kind="stable")
    kinds, firsts = np.unique(period[order], return_index=True)
    for key, part in zip(kinds.tolist(), np.split(rows[order], firsts[1:]), strict=True):
        year, place = divmod(key, 12 if unit == "M" else 4)
        yield (f"{1970 + year}-{place + 1:02d}" if unit == "M" else f"{1970 + year}-Q{place + 1}"), part


def _pieces(rows: Array) -> list[Array]:
    return [rows[place : place + CHUNK] for place in range(0, len(rows), CHUNK)]


def _midnight(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400


def _months_before(last_day: dt.date, months: int) -> dt.date:
    """The first day of a history of so many months that ends with this day."""
    following = last_day + dt.timedelta(days=1)
    month = following.year * 12 + following.month - 1 - months
    year, place = divmod(month, 12)
    leap_free = min(following.day, 28)
    return dt.date(year, place + 1, leap_free)
