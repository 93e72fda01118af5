"""Writes `examples/landing/`: a small world, row by row as it stands in `examples/sample_rows/`.

Run `python -m examples.make_landing` after a change; the same rows are always the same bytes. Blocks are read cell by
cell, `|` between cells, empty cells left out of JSON. README.md tells the story and counts the lines.
"""

import datetime as dt
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from examples.sample_rows.deals import ACTIVITIES, CHANGES, DEALS, OUTCOMES, STAGES, SUBSIDIARY
from examples.sample_rows.events import EVENTS
from examples.sample_rows.forms import LANDING, WEBINAR, WEBSITE_H1, WEBSITE_H2, WEBSITE_KEYS
from examples.sample_rows.partners import BADGES, HUAXIN
from examples.sample_rows.reference import ACCOUNTS, PRODUCTS, QUARTERLY_TARGETS, QUARTERS, RATES, REPS, TEAMS
from examples.simulator.files import Landing
from examples.simulator.records import BADGE_HEADER, HUAXIN_HEADER, LANDING_HEADER
from examples.simulator.written import (
    ACCOUNTS_HEADER,
    ACTIVITIES_HEADER,
    CHANGES_HEADER,
    DEALS_HEADER,
    EVENT_COLUMNS,
    OUTCOMES_HEADER,
)  # fmt: skip


def rows(block: str, cells: str = "|") -> list[list[str]]:
    """The lines of a block, split into cells."""
    return [[cell.strip() for cell in line.split(cells)] for line in block.strip().splitlines()]


def website(block: str) -> str:
    """Form submissions as JSON Lines."""
    lines = []
    for line in block.strip().splitlines():
        if line.startswith("!"):
            lines.append(line[1:])
            continue
        filled = {
            key: cell.strip().replace("\\n", "\n")
            for key, cell in zip(WEBSITE_KEYS, line.split("|"), strict=True)
            if cell.strip()
        }
        utm = {key: filled.pop(key) for key in ("medium", "campaign") if key in filled}
        whole = ("employees", "budget")
        lines.append(_json({key: int(cell) if key in whole else cell for key, cell in filled.items()} | {"utm": utm}))
    return "\n".join(lines) + "\n"


def webinar() -> str:
    """Registrations as one JSON document."""
    submissions = []
    for key, at, first, last, email, phone, organisation, country, title, consent in rows(WEBINAR):
        asked = {"first": first, "last": last, "email": email, "phone": phone, "organisation": organisation}
        attendee = {name: value for name, value in {**asked, "country": country}.items() if value}
        submissions.append({"id": key, "registered": at, "attendee": attendee, "webinar": title, "consent": consent})
    body = ",\n".join("  " + _json(submission) for submission in submissions)
    return '{"exported":"by hand","data":{"submissions":[\n' + body + "\n]}}\n"


def events() -> list[dict[str, str]]:
    """Behaviour by time. Event numbers follow the order of the block."""
    found: list[dict[str, str]] = []
    for who, kind, asset, product, seconds, times in rows(EVENTS):
        browser, _, email = who.partition("@") if who.startswith("v-") else ("", "", who)
        for at in times.split():
            said = (
                f"e{len(found) + 1:04}",
                kind,
                at,
                at.replace("00Z", "05Z"),
                browser,
                email,
                "",
                asset,
                product,
                seconds,
                "",
            )
            found.append(dict(zip(EVENT_COLUMNS, said, strict=True)))
    return sorted(found, key=lambda event: (event["occurred_at"], event["event_id"]))


def stage_changes() -> str:
    """The sales system's history as CSV, with one duplicate line, one bad date and one short line."""
    deals = {cells[0]: cells for cells in rows(DEALS)}
    lines = []
    for ref, *steps in rows(CHANGES):
        _, key, email, company, product, currency, owner, competitor, reason = deals[ref]
        for step in steps:
            stage, day, amount, expected = step.split()
            why = reason if stage == "L" else ""
            cells = [
                ref,
                key,
                email,
                company,
                f"{company} / {product}",
                STAGES[stage],
                f"{day} 10:00:00",
                f"{amount}.00",
            ]
            lines.append((day, ref, ",".join([*cells, currency, expected, product, owner, why, competitor])))
    lines.sort()
    texts = [text for _, _, text in lines]
    texts.insert(20, texts[19])
    texts.insert(40, "OPP-1098,,,Odd AG,Odd AG / Tideline Core,Validation,soon,100.00,EUR,,Tideline Core,Tim Falk,,")
    texts.insert(60, "OPP-1099,too short")
    return _lines([CHANGES_HEADER, *texts])


def fx_rates() -> str:
    """A rate to EUR for each Monday and currency as CSV: that of the month."""
    months = {day[:7]: rates for day, *rates in rows(RATES)}
    lines, monday = [], dt.date(2025, 12, 29)
    while monday <= dt.date(2026, 11, 16):
        rates = months[max(monday.isoformat()[:7], "2026-01")]
        lines += [f"{monday},{code},{rate}" for code, rate in zip(("USD", "GBP", "CNY"), rates, strict=True)]
        monday += dt.timedelta(days=7)
    return _lines(["date,currency,rate_to_base", *lines])


def targets() -> str:
    """Quarterly targets of the reps as CSV."""
    lines = [
        f"{quarter},{owner},{TEAMS[owner]},{amount * 1000}.00,EUR"
        for quarter in QUARTERS
        for owner, amount in QUARTERLY_TARGETS.items()
    ]
    return _lines(["period,owner,team,amount,currency", *lines])


def make_landing(target: Path) -> None:
    """Write the landing zone into `target`, which may exist."""
    first, second = [
        [event for event in events() if (event["occurred_at"] < "2026-07") is half] for half in (True, False)
    ]
    first_lines = [_json(_filled(event)) for event in first]
    first_lines.insert(30, first_lines[29])  # sent twice
    first_lines.insert(50, first_lines[50][:70])  # cut off
    first_lines.append('{"event_id":"e9001","event_type":"page_view","anonymous_id":"v-stranger2"}')  # no time
    second_lines = [",".join(EVENT_COLUMNS), *(",".join(event.values()) for event in second)]
    landing_lines = [
        line[1:] if line.startswith("!") else ",".join(_quoted(cell) for cell in line.replace("\\n", "\n").split("|"))
        for line in LANDING.strip().splitlines()
    ]
    texts = {
        "forms/website_2026-H1.jsonl": website(WEBSITE_H1),
        "forms/website_2026-H2.jsonl": website(WEBSITE_H2),
        "forms/webinar.json": webinar(),
        "forms/landing_pages.csv": _lines([LANDING_HEADER, *landing_lines], "\r\n"),
        "events/web_2026-H1.jsonl": _lines(first_lines),
        "crm/stage_changes_2026.csv": stage_changes(),
        "crm/subsidiary_deals.csv": _lines([DEALS_HEADER, SUBSIDIARY.strip()]),
        "crm/outcomes.csv": _lines([OUTCOMES_HEADER, OUTCOMES.strip()]),
        "crm/activities_2026.csv": _lines([ACTIVITIES_HEADER, ACTIVITIES.strip()]),
        "reference/accounts.csv": _lines([ACCOUNTS_HEADER, ACCOUNTS.strip()]),
        "reference/reps.csv": _lines(["owner,name,level,region,capacity,hired_on,team", REPS.strip()]),
        "reference/products.csv": _lines(["product,name,line,price,currency,margin_rate", PRODUCTS.strip()]),
        "reference/targets.csv": targets(),
        "reference/fx_rates.csv": fx_rates(),
    }
    files = {path: text.encode() for path, text in texts.items()}
    chinese = [HUAXIN_HEADER + ",医院等级", *(",".join(cells) for cells in rows(HUAXIN))]
    files["partners/huaxin/leads_2026.csv"] = _lines(chinese, "\r\n").encode("gb18030")
    files["events/web_2026-H2.csv.gz"] = gzip.compress(_lines(second_lines).encode(), 9, mtime=0)
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    badges = [[cell or None for cell in cells] for cells in rows(BADGES)]
    above = ["Messehaus Nord - scanned badges, Hanover 2026", ""]
    nobody = np.full(len(badges), -1)
    Landing(target).write_workbook(
        "partners/messehaus/badges_2026.xlsx", "leads", "Leads", above, BADGE_HEADER, badges, nobody
    )


def _filled(event: dict[str, str]) -> dict[str, object]:
    return {key: int(value) if key == "dwell_seconds" else value for key, value in event.items() if value}


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n') else cell


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(lines: list[str], end: str = "\n") -> str:
    return "".join(line + end for line in lines)


if __name__ == "__main__":
    make_landing(Path(__file__).parent / "landing")
