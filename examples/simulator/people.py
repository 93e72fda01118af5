"""Companies and people as they are: nothing here has been mistyped, left out or sent in yet."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from examples.simulator import names
from examples.simulator.text import choose, join, number, padded, pick

Array = npt.NDArray[Any]
NOBODY = -1

FREE_MAIL = ("mail.example.com", "post.example.net", "inbox.example.org")
_CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of a 统一社会信用代码 (GB 32100): no I, O, S, V, Z
_CODE_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])  # of the organisation code inside it (GB 11714)

# Country code, area, digits that follow and the range they are drawn from: mobile, then fixed line.
_MOBILE = {
    "DE": ("+49", "1511", 7, 0, 10**7),
    "GB": ("+44", "740", 7, 0, 10**7),
    "US": ("+1", "312", 7, 2_200_000, 8_000_000),
    "FR": ("+33", "61", 7, 0, 10**7),
    "NL": ("+31", "61", 7, 0, 10**7),
    "ES": ("+34", "64", 7, 0, 10**7),
    "CN": ("+86", "138", 8, 0, 10**8),
}
_FIXED = {
    "DE": ("+49", "89", 7, 2_000_000, 9_000_000),
    "GB": ("+44", "20", 8, 79_000_000, 80_000_000),
    "US": ("+1", "617", 7, 2_200_000, 8_000_000),
    "FR": ("+33", "1", 8, 40_000_000, 60_000_000),
    "NL": ("+31", "20", 7, 2_000_000, 8_000_000),
    "ES": ("+34", "91", 7, 1_000_000, 9_000_000),
    "CN": ("+86", "21", 8, 50_000_000, 70_000_000),
}
_TRUNK = ("0", "0", "", "0", "0", "", "")


@dataclass(frozen=True)
class Phones:
    """Numbers in their three parts, to be written in many ways."""

    country: Array
    prefix: pa.Array
    area: pa.Array
    rest: pa.Array

    def written(self, rows: Array, style: Array) -> pa.Array:
        """The numbers of these rows: style 0 is +49…, 1 +49 151 …, 2 0049 151…, 3 0151 …, as at home."""
        prefix, area, rest = (part.take(pa.array(rows)) for part in (self.prefix, self.area, self.rest))
        trunk = pick(_TRUNK, self.country[rows])
        digits = pc.utf8_slice_codeunits(prefix, 1)
        text = join(prefix, area, rest)
        text = choose(style == 1, join(prefix, " ", area, " ", rest), text)
        text = choose(style == 2, join("00", digits, " ", area, rest), text)
        return choose(style == 3, join(trunk, area, " ", rest), text)


@dataclass(frozen=True)
class Companies:
    """One row per company."""

    country: Array
    city: Array  # place within the cities of the country
    industry: Array
    employees: Array
    revenue: Array
    name: pa.Array
    short_name: pa.Array
    domain: pa.Array
    code: pa.Array
    switchboard: Phones
    draw: Array  # cumulative chance of each to employ the next person, within its country
    first: Array  # first row of each country


@dataclass(frozen=True)
class People:
    """One row per person. Instants are seconds since 1970 in UTC."""

    country: Array
    company: Array  # NOBODY for those who act for themselves
    first_name: Array
    surname: Array
    title: Array
    email: pa.Array
    private_email: pa.Array
    mobile: Phones
    former_mobile: Phones
    quality: Array  # latent, about normal; nobody in the world sees it
    fit: Array  # how well company and position suit the offer
    product: Array
    first_seen: Array
    identified: Array


def phones(rng: np.random.Generator, country: Array, book: dict[str, tuple[str, str, int, int, int]]) -> Phones:
    """A valid number for each row."""
    rows = [book[code] for code in names.COUNTRIES]
    low, high = (np.array([row[place] for row in rows])[country] for place in (3, 4))
    digits = rng.integers(low, high)
    width = np.array([row[2] for row in rows])[country]
    rest = choose(width == 8, padded(digits, 8), padded(digits, 7))
    return Phones(country, pick([r[0] for r in rows], country), pick([r[1] for r in rows], country), rest)


def registry_codes(rng: np.random.Generator, count: int) -> list[str]:
    """Unified social credit codes (统一社会信用代码) with both check digits right."""
    body = rng.integers(0, 10, (count, 8))
    inner = (11 - body @ _BODY_WEIGHTS % 11) % 11
    region = np.array([[int(digit) for digit in code] for code in names.CHINESE_CITY_CODES])
    digits = np.column_stack([np.full(count, 9), np.full(count, 1), region[rng.integers(0, len(region), count)], body])
    digits = np.column_stack([digits, np.where(inner == 10, _CODE_DIGITS.index("X"), inner)])
    check = (31 - digits @ _CODE_WEIGHTS % 31) % 31
    alphabet = np.array(list(_CODE_DIGITS))
    return ["".join(row) for row in alphabet[np.column_stack([digits, check])]]


def companies(rng: np.random.Generator, count: int) -> Companies:
    """So many companies (at least a few in each country), with sizes as uneven as in life."""
    per_country = np.maximum(3, np.round(np.array(names.COUNTRY_SHARE) * count)).astype(int)
    country = np.repeat(np.arange(len(names.COUNTRIES), dtype=np.int8), per_country)
    total = len(country)
    city = rng.integers(0, [len(names.CITIES[code]) for code in names.COUNTRIES] * np.ones((total, 1), int))
    city = city[np.arange(total), country]
    industry = rng.integers(0, len(names.INDUSTRIES), total)
    employees = np.clip(np.exp(rng.normal(4.4, 1.5, total)), 2, 150_000).astype(np.int64)
    revenue = (employees * np.exp(rng.normal(11.6, 0.5, total)) // 1000).astype(np.int64) * 1000

    full, short, domain, code = [], [], [], []
    for place, key in enumerate(names.COUNTRIES):
        rows = np.flatnonzero(country == place)
        forms = pick(names.LEGAL_FORMS[key], rng.choice(3, len(rows), p=[0.7, 0.2, 0.1]))
        trades = pick(names.TRADE_WORDS[key], industry[rows])
        if key == "CN":
            characters, sounds = names.chinese_stems()
            stem, turn = _without_repeats(rng, len(characters) * 8, len(rows))
            stem, home = stem // 8, stem % 8
            middle = pick(characters, stem)
            towns = pick(names.CITIES[key], home)
            short.append(join(middle, trades))
            full.append(join(towns, middle, trades, forms))
            slug = join(pick(sounds, stem), "-", pick(names.TRADE_SOUNDS, industry[rows]), "-")
            slug = join(slug, pick(names.CHINESE_CITY_SOUNDS, home))
            code.append(pa.array(registry_codes(rng, len(rows)), pa.string()))
        else:
            words = names.stems()
            stem, turn = _without_repeats(rng, len(words), len(rows))
            short.append(join(pick(words, stem), " ", trades))
            full.append(join(short[-1], " ", forms))
            slug = join(pick([word.lower() for word in words], stem), "-")
            slug = join(slug, pick([names.folded(word) for word in names.TRADE_WORDS[key]], industry[rows]))
            slug = slug if key == "DE" else join(slug, "-", key.lower())
            serial = rng.permutation(900_000)[: len(rows)] + 100_000 if len(rows) <= 900_000 else np.arange(len(rows))
            registry = {"DE": join("HRB ", number(serial)), "GB": join("0", number(serial), "7")}
            code.append(registry.get(key, pa.nulls(len(rows), pa.string())))
        domain.append(join(slug, choose(turn > 0, number(turn), ""), ".example"))

    weight = np.sqrt(employees.astype(float))
    first = np.concatenate([[0], np.cumsum(per_country)])
    draw = np.empty(total)
    for start, end in pairwise(first):
        draw[start:end] = np.cumsum(weight[start:end]) / weight[start:end].sum()
    return Companies(
        country=country,
        city=city,
        industry=industry,
        employees=employees,
        revenue=revenue,
        name=pa.concat_arrays(full),
        short_name=pa.concat_arrays(short),
        domain=pa.concat_arrays(domain),
        code=pa.concat_arrays(code),
        switchboard=phones(rng, country, _FIXED),
        draw=draw,
        first=first,
    )


def people(rng: np.random.Generator, count: int, firms: Companies, start: int, end: int) -> People:
    """So many people who first show up between start and end, and give their name some time after."""
    country = np.searchsorted(np.cumsum(names.COUNTRY_SHARE)[:-1], rng.random(count), side="right").astype(np.int8)
    company = np.full(count, NOBODY, np.int32)
    chance = rng.random(count)
    for place in range(len(names.COUNTRIES)):
        rows = np.flatnonzero(country == place)
        low, high = firms.first[place], firms.first[place + 1]
        company[rows] = low + np.searchsorted(firms.draw[low : high - 1], chance[rows], side="right")
    company[rng.random(count) < 0.04] = NOBODY

    first_pool, surname_pool = names.first_name_pool(), names.surname_pool()
    first_name = first_pool.draw(country, rng.random(count))
    surname = surname_pool.draw(country, rng.random(count))
    title = np.searchsorted(np.cumsum([0.08, 0.12, 0.12, 0.18, 0.22, 0.22]), rng.random(count)).astype(np.int8)

    quality = rng.normal(0, 1, count).astype(np.float32)
    size = np.where(company == NOBODY, 0.0, np.log(firms.employees[company]))
    fit = 0.25 * np.array(names.SENIORITY)[title] + 0.15 * (size - 4.4) + 0.25 * (firms.industry[company] < 3)

    email, private = _addresses(rng, country, company, firms, first_pool, surname_pool, first_name, surname)
    first_seen = working_times(rng, count, start, end)
    pause = rng.exponential(6 * 86_400, count).astype(np.int64)
    pause[rng.random(count) < 0.4] = 240
    identified = np.minimum(first_seen + pause, end - 1 - rng.integers(0, 1800, count))
    return People(
        country=country,
        company=company,
        first_name=first_name,
        surname=surname,
        title=title,
        email=email,
        private_email=private,
        mobile=phones(rng, country, _MOBILE),
        former_mobile=phones(rng, country, _MOBILE),
        quality=quality,
        fit=fit.astype(np.float32),
        product=rng.integers(0, 5, count).astype(np.int8),
        first_seen=np.minimum(first_seen, identified),
        identified=identified,
    )


def working_times(rng: np.random.Generator, count: int, start: int, end: int) -> Array:
    """Instants when people are at work: few at weekends, in August and December, more every month."""
    days = np.arange(start // 86_400, end // 86_400)
    weekday = (days + 3) % 7
    weight = np.where(weekday < 5, 1.0, 0.15) * (1.0 + 0.5 * np.arange(len(days)) / len(days))
    month = (days.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12
    weight *= np.array([0.9, 1.05, 1.15, 1.0, 1.0, 0.95, 0.8, 0.65, 1.1, 1.2, 1.1, 0.6])[month]
    day = days[np.searchsorted(np.cumsum(weight / weight.sum())[:-1], rng.random(count), side="right")]
    clock = np.clip(rng.normal(11.5, 2.6, count), 6.0, 18.9) * 3600
    started: Array = day * 86_400 + clock.astype(np.int64)
    return started


def at_work(seconds: Array) -> Array:
    """The same instants moved into a working day (07:00 to 16:00 UTC, Monday to Friday), never earlier."""
    day, clock = seconds // 86_400, seconds % 86_400
    late = clock > 16 * 3600
    day = day + late
    clock = np.where(late | (clock < 7 * 3600), 7 * 3600 + clock % 7200, clock)
    weekday = (day + 3) % 7
    moved: Array = (day + np.where(weekday >= 5, 7 - weekday, 0)) * 86_400 + clock
    return moved


def _without_repeats(rng: np.random.Generator, choices: int, count: int) -> tuple[Array, Array]:
    """So many draws; each choice once before any comes again, and the how-manieth time it is."""
    rounds = -(-count // choices)
    draws = np.concatenate([rng.permutation(choices) for _ in range(rounds)])[:count]
    return draws, np.arange(count) // choices


def _addresses(
    rng: np.random.Generator,
    country: Array,
    company: Array,
    firms: Companies,
    first_pool: names.NamePool,
    surname_pool: names.NamePool,
    first_name: Array,
    surname: Array,
) -> tuple[pa.Array, pa.Array]:
    """The address at work and the private one; no two people share one."""
    count = len(country)
    first, last = pick(first_pool.folded, first_name), pick(surname_pool.folded, surname)
    initial = pc.utf8_slice_codeunits(first, 0, 1)
    style = rng.choice(4, count, p=[0.6, 0.2, 0.12, 0.08])
    local = join(first, ".", last)
    local = choose(style == 1, join(initial, ".", last), local)
    local = choose(style == 2, join(initial, last), local)
    local = choose(style == 3, join(last, ".", first), local)
    free = pick(FREE_MAIL, rng.integers(0, len(FREE_MAIL), count))
    alone = (company == NOBODY) | (rng.random(count) < 0.05)
    host = choose(alone, free, pick(firms.domain, np.maximum(company, 0)))
    return _unique(local, host), _unique(join(first, last, "_", number(rng.integers(60, 100, count))), free)


def _unique(local: pa.Array, host: pa.Array) -> pa.Array:
    """The addresses, numbered from 2 where a local part would come again at one host."""
    codes = join(local, "@", host).dictionary_encode().indices.to_numpy()
    turn = pd.Series(codes).groupby(codes).cumcount().to_numpy()
    return join(local, choose(turn > 0, number(turn + 1), ""), "@", host)
