"""The traces people leave: one to four records each, as forms, partners and badge scanners write them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from examples.simulator import names
from examples.simulator.people import NOBODY, Companies, People
from examples.simulator.reference import PRODUCT_PRICES, PRODUCTS
from examples.simulator.text import (
    DAY,
    berlin,
    choose,
    csv_line,
    date_text,
    hex_id,
    join,
    json_member,
    json_text,
    number,
    padded,
    pick,
    time_text,
    where,
)  # fmt: skip

Array = npt.NDArray[Any]

WEBSITE, WEBINAR, LANDING, RHEIN, HUAXIN, LUMIERE, BADGES = range(7)
SOURCES = ("website", "webinar", "landing_pages", "rheinkontakt", "huaxin", "lumiere", "messehaus")
FORMS = (WEBSITE, WEBINAR, LANDING)
BADGE_LIMIT = 20_000  # a workbook is slow to write and to read
WEBINAR_LIMIT = 20_000  # a JSON document is read as a whole
CAMPAIGNS = (
    "spring-launch",
    "expo-2026",
    "always-on-search",
    "partner-push",
    "customer-stories",
    "retargeting",
)
MEDIUMS = ("cpc", "organic", "email", "social", "referral", "display")
MESSAGES = (
    "Please send prices for 50 seats.",
    "We want to replace our present tool before summer.",
    'A colleague recommended your "Harbour Edge".',
    "Call me after 15:00; mornings are full.",
    "Two questions:\n1. Is there an API?\n2. Who hosts it?",
    "Bitte um Rückruf, danke!",
    "Nous cherchons une solution, budget validé.",
    "请与我联系，谢谢。",
    "just looking around",
)
NEEDS = ("replace existing system", "new project", "compliance", "cost reduction", "evaluation")


@dataclass(frozen=True)
class Records:
    """One row per record, by source and time."""

    person: Array
    source: Array
    at: Array
    place: Array  # 0 for the first record of a person, 1 for the second ...
    number: Array  # within the whole world

    def key(self, rows: Array) -> pa.Array:
        """The source's own key, empty where the source has none."""
        prefix = pick(("WEB-", "WBR-", "LP-", "RK-", "HX", "", "B"), self.source[rows])
        return choose(self.source[rows] == LUMIERE, "", join(prefix, padded(self.number[rows] + 1, 7)))


def records(rng: np.random.Generator, people: People, each: Array, end: int) -> Records:
    """So many records of each person, the first when the person gives the name."""
    person = np.repeat(np.arange(len(each), dtype=np.int32), each)
    count = len(person)
    place = (np.arange(count) - np.repeat(np.cumsum(each) - each, each)).astype(np.int8)
    at = people.identified[person] + np.where(place == 0, 0, rng.exponential(35 * 86_400, count)).astype(np.int64)
    late = at >= end
    at[late] = (people.identified[person] + rng.random(count) * (end - people.identified[person]))[late].astype(
        np.int64
    )

    country = people.country[person]
    chance = rng.random(count)
    form = np.where(place == 0, 0.68, 0.4)
    source = np.where(chance < form * 0.8, WEBSITE, np.where(chance < form * 0.92, LANDING, WEBINAR))
    partner = np.array([RHEIN, BADGES, BADGES, LUMIERE, LUMIERE, LUMIERE, HUAXIN])[country]
    partner[(rng.random(count) < 0.12) & (country != names.CN)] = BADGES
    source = np.where(chance < form, source, partner).astype(np.int8)
    for limited, limit, instead in ((BADGES, BADGE_LIMIT, LUMIERE), (WEBINAR, WEBINAR_LIMIT, WEBSITE)):
        source[np.flatnonzero(source == limited)[limit:]] = instead
    # partners work by day, so that no clock time of theirs is ever one that summer time gives twice
    at = np.where(np.isin(source, FORMS), at, at // DAY * DAY + 7 * 3600 + at % DAY * 3 // 8)
    order = np.lexsort((person, at, source))
    return Records(person[order], source[order], at[order], place[order], np.arange(count))


@dataclass(frozen=True)
class Written:
    """The fields of some records as their sources have them: typos, nicknames, other addresses, gaps."""

    key: pa.Array
    first_name: pa.Array
    last_name: pa.Array
    full_name: pa.Array
    email: pa.Array
    phone: pa.Array
    company: pa.Array
    code: pa.Array
    title: pa.Array
    industry: Array
    employees: pa.Array
    country: pa.Array
    city: pa.Array
    need: pa.Array
    product: pa.Array
    budget: Array
    purchase: pa.Array
    message: pa.Array
    campaign: pa.Array
    medium: pa.Array
    consent: pa.Array
    device: pa.Array
    at: Array


def write_down(
    rng: np.random.Generator, all_records: Records, rows: Array, people: People, firms: Companies
) -> Written:
    """These records, as written down by their sources."""
    person, source = all_records.person[rows], all_records.source[rows]
    count, country, company = len(rows), people.country[person], people.company[person]
    form = np.isin(source, FORMS)
    employed = company != NOBODY

    def some(share: float | Array) -> Array:
        return rng.random(count) < share

    first_pool, surname_pool = names.first_name_pool(), names.surname_pool()
    a, b = people.first_name[person], people.surname[person]
    first = choose(some(0.08), pick(first_pool.short, a), pick(first_pool.written, a))
    first = choose(some(0.025), pick(first_pool.mistyped, a), first)
    first = choose(some(0.02) & ~form & (country != names.CN), join(pc.utf8_slice_codeunits(first, 0, 1), "."), first)
    last = choose(some(0.03), pick(surname_pool.mistyped, b), pick(surname_pool.written, b))
    # one in three Chinese visitors of the website writes Latin letters
    latin = (country == names.CN) & form & some(0.35)
    first = choose(latin, pc.utf8_capitalize(pick(first_pool.folded, a)), first)
    last = choose(latin, pc.utf8_capitalize(pick(surname_pool.folded, b)), last)
    whole = choose((country == names.CN) & ~latin, join(last, first), join(first, " ", last))
    whole = choose(some(0.03) & form, pc.utf8_lower(whole), whole)
    whole = choose(some(0.02), pc.utf8_upper(whole), whole)

    email = pick(people.email, person)
    email = choose(some(0.07), pick(people.private_email, person), email)
    email = choose(some(0.03), pc.utf8_title(email), email)
    email = choose(some(0.02), pc.replace_substring(email, "@", "+info@", max_replacements=1), email)
    email = choose(some(0.01), pc.replace_substring(email, ".example", ".exmaple", max_replacements=1), email)
    domain = pick(firms.domain, np.maximum(company, 0))
    shared = some(np.where(form, 0.01, 0.03)) & employed
    email = choose(shared, join("info@", domain), email)
    has_phone = some(np.where(form, 0.6, 0.88)) | shared
    email = where(some(np.where(form, 0.99, 0.78)) | ~has_phone, email)

    style = rng.choice(4, count, p=[0.4, 0.35, 0.1, 0.15])
    phone = people.mobile.written(person, style)
    phone = choose(some(0.07), people.former_mobile.written(person, style), phone)
    at_desk = some(0.06) & employed & ~shared
    phone = choose(at_desk, firms.switchboard.written(np.maximum(company, 0), style), phone)
    phone = where(has_phone, phone)

    firm = np.maximum(company, 0)
    name = choose(some(0.25), pick(firms.short_name, firm), pick(firms.name, firm))
    name = choose(some(0.04), pc.utf8_upper(name), name)
    keen = people.quality[person] + rng.normal(0, 0.8, count) > 0.2
    cities = [city for key in names.COUNTRIES for city in names.CITIES[key]]
    first_city = np.cumsum([0] + [len(names.CITIES[key]) for key in names.COUNTRIES])[:-1]
    titles = [title for key in names.COUNTRIES for title in names.TITLES[key].split(";")]
    budget = PRODUCT_PRICES[people.product[person]] * np.exp(rng.normal(0, 0.5, count) + 0.2 * people.quality[person])
    wished = all_records.at[rows] + rng.integers(20, 200, count) * 86_400
    local = 7.0 * (country == names.CN) + 1.0
    return Written(
        key=all_records.key(rows),
        first_name=first,
        last_name=last,
        full_name=whole,
        email=email,
        phone=phone,
        company=where(employed & some(np.where(form, 0.9, 0.97)), name),
        code=where(employed & some(0.7), pick(firms.code, firm)),
        title=where(some(0.7), pick(titles, people.title[person].astype(int) + 7 * country)),
        industry=np.where(employed & some(0.85), firms.industry[firm], NOBODY),
        employees=where(employed & some(0.75), number(firms.employees[firm])),
        country=pick(names.COUNTRIES, country),
        city=pick(cities, first_city[country] + np.where(employed, firms.city[firm], 0)),
        need=where(keen & some(0.8), pick(NEEDS, rng.integers(0, len(NEEDS), count))),
        product=where(some(0.6), pick(PRODUCTS, people.product[person])),
        budget=np.where(keen & some(0.7), (budget * local / local.min() // 500 * 500).astype(np.int64), 0),
        purchase=where(keen & some(0.6), date_text(wished)),
        message=where(form & some(0.4), pick(MESSAGES, rng.integers(0, len(MESSAGES), count))),
        campaign=where(some(0.75), pick(CAMPAIGNS, rng.integers(0, len(CAMPAIGNS), count))),
        medium=pick(MEDIUMS, rng.integers(0, len(MEDIUMS), count)),
        consent=choose(some(0.94), "yes", "no"),
        device=hex_id(person, 11),
        at=all_records.at[rows],
    )


def website_line(w: Written) -> pa.Array:
    """JSON Lines of the company's own form; what was not filled in is not there."""
    return join(
        '{"submission_id":"', w.key, '","submitted_at":"', time_text(w.at), '"',
        json_member("name", w.full_name), json_member("email", w.email), json_member("phone", w.phone),
        json_member("company", json_text(w.company)), json_member("job_title", w.title),
        json_member("employees", w.employees, quoted=False), json_member("country", w.country),
        json_member("need", w.need), json_member("product", w.product),
        json_member("budget", where(w.budget > 0, number(w.budget)), quoted=False),
        pc.if_else(pa.array(w.budget > 0), json_member("currency", _currency(w)), ""),
        json_member("purchase_date", w.purchase), json_member("message", json_text(w.message)),
        json_member("consent", w.consent), json_member("visitor_id", w.device),
        ',"utm":{"medium":"', w.medium, '"', json_member("campaign", w.campaign), "}}",
    )  # fmt: skip


def webinar_line(w: Written) -> pa.Array:
    """One object of the webinar tool's JSON document."""
    return join(
        '  {"id":"', w.key, '","registered":"', time_text(w.at), '","attendee":{"first":"', w.first_name,
        '","last":"', w.last_name, '"', json_member("email", w.email), json_member("phone", w.phone),
        json_member("organisation", json_text(w.company)), json_member("country", w.country),
        '},"webinar":"tide-', number(w.at // 86_400 % 9 + 1), '","consent":"', w.consent, '"}',
    )  # fmt: skip


LANDING_HEADER = "id,submitted_at,first_name,last_name,email,phone,company,country,job_title,message,campaign,consent"


def landing_line(w: Written) -> pa.Array:
    """CSV of the landing pages, with messages that may span lines."""
    times = time_text(w.at, middle=" ", end="")
    cells = [w.key, times, w.first_name, w.last_name, w.email, w.phone, w.company, w.country, w.title]
    return csv_line([*cells, w.message, w.campaign, w.consent], free=(3, 6, 8, 9))


RHEIN_HEADER = (
    "Kontakt-ID;Vorname;Nachname;Firma;Handelsregister;E-Mail;Telefon;Branche;Mitarbeiter;Budget (EUR);"
    "Land;Ort;Erfasst am"
)


def rhein_line(w: Written) -> pa.Array:
    """CSV of a German partner: semicolons, decimal commas, its own words, Berlin time."""
    industry = where(w.industry >= 0, pick(names.INDUSTRIES_GERMAN, np.maximum(w.industry, 0)))
    budget = where(w.budget > 0, join(number(w.budget), ",50"))
    times = time_text(berlin(w.at), "%d.%m.%Y", " ", "", seconds=False)
    cells = [
        w.key,
        w.first_name,
        w.last_name,
        w.company,
        w.code,
        w.email,
        w.phone,
        industry,
        w.employees,
        budget,
    ]
    return csv_line([*cells, w.country, w.city, times], ";", free=(3,))


HUAXIN_HEADER = "编号,姓名,公司名称,统一社会信用代码,邮箱,手机,职位,行业,员工人数,预算(元),城市,登记时间"


def huaxin_line(w: Written) -> pa.Array:
    """CSV of a Chinese partner, to be encoded in GB18030, Shanghai time."""
    industry = where(w.industry >= 0, pick(names.INDUSTRIES_CHINESE, np.maximum(w.industry, 0)))
    times = time_text(w.at + 8 * 3600, "%Y/%m/%d", " ", "", seconds=False)
    cells = [w.key, w.full_name, w.company, w.code, w.email, w.phone, w.title, industry, w.employees]
    return csv_line([*cells, where(w.budget > 0, number(w.budget)), w.city, times])


LUMIERE_HEADER = (
    "Full name\tEmail\tPhone\tOrganisation\tPosition\tIndustry\tHeadcount\tCountry\tProduct interest\tCollected"
)


def lumiere_line(w: Written) -> pa.Array:
    """Tab-separated text of a partner who gives no keys, to be encoded in UTF-16."""
    industry = where(w.industry >= 0, pick(names.INDUSTRIES, np.maximum(w.industry, 0)))
    times = time_text(w.at, middle=" ", end="", seconds=False)
    cells = [
        w.full_name,
        w.email,
        w.phone,
        w.company,
        w.title,
        industry,
        w.employees,
        w.country,
        w.product,
        times,
    ]
    return csv_line(cells, "\t")


BADGE_HEADER = [
    "Badge",
    "First name",
    "Last name",
    "Company",
    "Job title",
    "E-mail",
    "Mobile",
    "Country",
    "Rating",
    "Scanned at",
]


def badge_rows(w: Written) -> Iterator[tuple[str | None, ...]]:
    """Rows of the trade fair's workbook."""
    rating = pick(("A", "B", "C"), np.minimum(2, np.where(w.budget > 0, 0, 1 + (w.at % 2))))
    times = time_text(berlin(w.at), middle=" ", end="", seconds=False)
    cells = [w.key, w.first_name, w.last_name, w.company, w.title, w.email, w.phone, w.country, rating, times]
    return zip(*(cell.to_pylist() for cell in cells), strict=True)


LINE_OF: dict[int, Callable[[Written], pa.Array]] = {
    WEBSITE: website_line,
    WEBINAR: webinar_line,
    LANDING: landing_line,
    RHEIN: rhein_line,
    HUAXIN: huaxin_line,
    LUMIERE: lumiere_line,
}


def _currency(w: Written) -> pa.Array:
    codes = dict(zip(names.COUNTRIES, names.CURRENCIES, strict=True))
    return pick(list(codes.values()), pc.index_in(w.country, pa.array(list(codes))).to_numpy())
