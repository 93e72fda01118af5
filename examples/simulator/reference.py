"""Who sells what at which price: the small tables that everything else refers to."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from examples.simulator import names

Array = npt.NDArray[Any]

PRODUCTS = ("Tideline Core", "Tideline Insight", "Harbour Edge", "Harbour Fleet", "Lantern Care")
PRODUCT_LINES = ("Tideline", "Tideline", "Harbour", "Harbour", "Lantern")
PRODUCT_PRICES = np.array([24_000.0, 38_000.0, 15_000.0, 62_000.0, 9_000.0])
PRODUCT_MARGINS = ("0.72", "0.68", "0.55", "0.49", "0.61")
TEAMS = ("Inside", "Field", "Strategic")

_EURO_RATES = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17, "CNY": 0.128}


@dataclass(frozen=True)
class Reps:
    """One row per salesperson."""

    name: list[str]
    level: list[str]
    region: list[str]
    team: list[str]
    capacity: list[int]
    hired: list[dt.date]
    skill: Array


def reps(rng: np.random.Generator, people: int, end: dt.date) -> Reps:
    """About one salesperson for 250 people, from 6 to 80."""
    count = int(np.clip(people // 250, 6, 80))
    country = rng.integers(0, names.CN, count).astype(np.int8)
    first, last = names.first_name_pool(), names.surname_pool()
    firsts, lasts = first.draw(country, rng.random(count)), last.draw(country, rng.random(count))
    whole = [f"{first.written[a]} {last.written[b]}" for a, b in zip(firsts, lasts, strict=True)]
    known = [name if name not in whole[:place] else f"{name} {place}" for place, name in enumerate(whole)]
    tenure = rng.integers(40, 3200, count)
    veteran = tenure > 700
    return Reps(
        name=known,
        level=[("junior", "senior")[int(old)] for old in veteran],
        region=[names.COUNTRIES[i] for i in rng.choice(len(names.COUNTRIES), count, p=names.COUNTRY_SHARE)],
        team=[TEAMS[i] for i in rng.integers(0, len(TEAMS), count)],
        capacity=[int(c) for c in rng.integers(20, 60, count)],
        hired=[end - dt.timedelta(days=int(days)) for days in tenure],
        skill=rng.normal(0, 0.25, count) + 0.2 * veteran - 0.1,
    )


def fx_rates(rng: np.random.Generator, start: dt.date, end: dt.date, base: str) -> list[tuple[str, str, str]]:
    """A rate to the base currency for each Monday and foreign currency: (date, currency, rate)."""
    monday = start - dt.timedelta(days=start.weekday() + 7)
    euro = dict(_EURO_RATES)
    rows = []
    while monday <= end:
        for currency in euro:
            if currency != "EUR":
                euro[currency] *= float(np.exp(rng.normal(0, 0.006)))
        rows += [
            (monday.isoformat(), currency, f"{euro[currency] / euro[base]:.6f}")
            for currency in euro
            if currency != base
        ]
        monday += dt.timedelta(days=7)
    return rows


def targets(team: Reps, start: dt.date, end: dt.date, yearly_amount: float, currency: str) -> list[tuple[str, ...]]:
    """What each rep is to sell in each quarter: (period, owner, team, amount, currency)."""
    quarters = sorted({f"{d.year}-Q{(d.month + 2) // 3}" for d in _months(start, end + dt.timedelta(days=100))})
    share = yearly_amount / 4 / len(team.name)
    weight = {"senior": 1.15, "junior": 0.7}
    return [
        (quarter, owner, team.team[place], f"{round(share * weight[team.level[place]], -3):.2f}", currency)
        for quarter in quarters
        for place, owner in enumerate(team.name)
    ]


def euro_value(currency: Array) -> Array:
    """About how many euros one unit of each currency (place within CURRENCIES) is worth."""
    return np.array([_EURO_RATES[code] for code in names.CURRENCIES])[currency]


def _months(start: dt.date, end: dt.date) -> list[dt.date]:
    found, month = [], start.replace(day=1)
    while month <= end:
        found.append(month)
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return found
