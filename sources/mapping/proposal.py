"""A proposal: which field each column is likely to be, how sure that is, and what has to be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, DEFAULT_REQUIRE, KINDS, NUMBER_FIELDS, TIME_FIELDS, PhoneNeed
from sources.mapping.bracketed import currency_of, multiple_of
from sources.mapping.contacts import contacts_of
from sources.mapping.evidence import Profile, numbers_of, profile
from sources.mapping.fields import (
    IN_THE_TABLES,
    NO_FIELD,
    SEVERAL,
    Likely,
    as_confidence,
    assigned,
    likely_fields,
    value_odds,
)
from sources.mapping.headers import (
    folded,
    is_another_persons,
    is_mobile,
    is_refusal,
    likeness,
    named,
    number_of,
    without_question_numbers,
)
from sources.mapping.phone_regions import phone_needs, phone_region
from sources.mapping.tables import key_names, words

#: Confidence from which a column counts as found, where policy says nothing else.
FLOOR = 0.65
#: Below this a likely field is not worth a word.
WORTH_A_QUESTION = 0.3
#: Rows looked at: the first ones, so that a file that grows at its end is read the same.
SAMPLE_ROWS = 400

#: From this likeness a column is called so, and no other way.
_PLAINLY = 0.95

#: A key may come again with a changed row, but not often.
_MOSTLY = 0.9

#: What rows of a kind cannot do without, one group each: tells kinds apart.
_ESSENTIAL: dict[str, list[list[str]]] = {
    "leads": [["email", "phone", "full_name", "last_name", "company"]],
    "events": [["event_type", "asset"], ["occurred_at"]],
    "opportunities": [["stage", "amount", "status"], ["opportunity_ref", "name"]],
    "activities": [["activity_type"], ["occurred_at"]],
    "outcomes": [["outcome"], ["email", "phone", "lead_id", "record_key"]],
    "accounts": [["company", "company_code", "domain"]],
    "stakeholders": [["full_name", "email"], ["role", "influence", "stance"], ["opportunity_ref", "company"]],
    "assessments": [["dimension"], ["value"]],
    "reps": [["owner", "name"], ["team", "level", "skills", "capacity", "hired_on"]],
    "products": [["product", "name"], ["price", "line", "margin_rate"]],
    "targets": [["period"], ["amount"]],
    "fx_rates": [["date"], ["currency"], ["rate_to_base"]],
    "reviews": [["record_id_l"], ["record_id_r"], ["decision"]],
}
#: Fields that hardly any other kind has: a file that has them is of this kind.
_TELLING = {
    "leads": ("submitted_at", "message", "consent", "medium", "title", "landing_page", "need"),
    "events": ("event_type", "session_id", "event_id"),
    "opportunities": ("stage", "opportunity_ref", "closed_at", "expected_close_date", "lost_reason"),
    "activities": ("activity_type", "activity_id", "duration_minutes"),
    "outcomes": ("outcome", "decided_at"),
    "accounts": ("parent", "domain"),
    "stakeholders": ("influence", "stance"),
    "assessments": ("dimension", "assessor"),
    "reps": ("team", "capacity", "skills", "hired_on"),
    "products": ("price", "margin_rate", "line"),
    "targets": ("period",),
    "fx_rates": ("rate_to_base",),
    "reviews": ("record_id_l", "record_id_r"),
}
#: Kinds that lie in a folder of the landing zone.
_FOLDER_KINDS = {
    "forms": ("leads",),
    "partners": ("leads",),
    "events": ("events",),
    "crm": ("opportunities", "activities", "outcomes", "leads", "accounts"),
    "reference": ("accounts", "reps", "products", "targets", "fx_rates"),
    "reviews": ("reviews",),
}
_ORDER_OF_DAY = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](?:\d{4}|\d{2})\b")
_DECIMAL_COMMA = re.compile(r"\d,\d{1,2}(?!\d)|\d\.\d{3},\d")
_DECIMAL_POINT = re.compile(r"\d\.\d{1,2}(?!\d)|\d,\d{3}\.\d|\d\.\d{4,}")
_ONE_GROUP = re.compile(r"^\D*\d{1,3}\.\d{3}\D*$")
_ONE_GROUP_BY_COMMA = re.compile(r"^\D*[1-9]\d{0,2},\d{3}\D*$")
_CURRENCY_WORDS = {
    **dict.fromkeys(("人民币", "rmb"), "CNY"),
    **dict.fromkeys(("美元", "us$"), "USD"),
    **dict.fromkeys(("欧元", "€"), "EUR"),
    "港币": "HKD",
    "£": "GBP",
}
_CURRENCY = re.compile(r"^[a-z]{3}$")
_MULTIPLES = re.compile(r"[万亿千百]|\b(?:thousand|million|mio|tsd|k|m|mn)\b")
_KANA = re.compile(r"[\u3040-\u30ff]")
_COUNTERS = re.compile(r"^(?:#|no|nr|s no|sr no|sl no|序号|行号|row|row number|line|line number|lfd nr|index)$")


@dataclass(frozen=True)
class ColumnGuess:
    """What one column is likely to be.

    Attributes:
        header: as written.
        field: canonical field, None when nothing is likely enough.
        confidence: 0 to 1, of `field`, or of `maybe` where there is no field.
        why: in a few words.
        maybe: the field that is likely, but not enough.
        further: 0 for the best column of its field; others count where those before them are empty, in this order.
    """

    header: str
    field: str | None
    confidence: float
    why: str
    maybe: str | None = None
    further: int = 0


@dataclass(frozen=True)
class Proposal:
    """How an undescribed file is likely to be read.

    Attributes:
        kind: kind of row.
        columns: one guess a column, in the order of the file.
        key: the header of the source's own key, or None.
        key_repeats: whether a value of the key comes twice in the sample.
        formats: decided by values: `decimal`, and day orders by field.
        constants: canonical field -> value, from units in names.
        values: canonical field -> word of the file -> what it means, None for nothing.
        phone_region: ISO country of the telephone numbers, or None.
        phone_region_needs: what all others must have to be numbers of that country.
        language: zh when most names are Chinese, else en.
        questions: what values leave open, and what they show that a feed cannot say.
        missing: groups of fields of which a row needs one and no column is sure enough.
        floor: confidence from which a column counted as found.
    """

    kind: str
    columns: tuple[ColumnGuess, ...]
    key: str | None = None
    key_repeats: bool = False
    formats: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    phone_region: str | None = None
    phone_region_needs: tuple[PhoneNeed, ...] = ()
    language: str = "en"
    questions: tuple[str, ...] = ()
    missing: tuple[tuple[str, ...], ...] = ()
    floor: float = FLOOR

    @property
    def is_enough(self) -> bool:
        """Whether rows can be used as proposed."""
        return not self.missing and any(column.field for column in self.columns)

    @property
    def mapping(self) -> dict[str, list[str]]:
        """Headers by canonical field, the best first, fields in the order of their kind."""
        found: dict[str, list[ColumnGuess]] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.field, []).append(column)
        return {
            name: [column.header for column in sorted(found[name], key=lambda c: c.further)]
            for name in CANONICAL_FIELDS[self.kind]
            if name in found
        }


def propose(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    kind: str | None = None,
    *,
    floor: float = FLOOR,
    require: Sequence[Sequence[str]] | None = None,
    folder: str = "",
) -> Proposal:
    """Proposes what the columns of a file are.

    The same headers and rows give the same proposal; the order of columns does not matter.

    Args:
        headers: one a column, unlike each other.
        rows: sample of cells, missing ones None or blank; more than :data:`SAMPLE_ROWS` are not looked at.
        kind: kind of row; told from the columns when None.
        floor: confidence from which a column counts as found.
        require: groups of fields of which each row needs one; the kind's default when None.
        folder: top folder of the landing zone that the file lies in, a hint at its kind.

    Returns:
        The proposal; :attr:`Proposal.is_enough` says whether it can be used as it is.
    """
    sample = rows[:SAMPLE_ROWS]
    profiles = [profile(row[at] if at < len(row) else None for row in sample) for at in range(len(headers))]
    unnumbered = without_question_numbers(headers)
    kind = kind or _kind(unnumbered, profiles, floor, folder)
    contacts = contacts_of(kind, unnumbered)
    likely = likely_fields(kind, contacts.headers, profiles, contacts.of_others)
    likely = _refusals_first(headers, profiles, likely, floor)
    likely = _own_names(headers, sample, _whole_names(contacts.headers, sample, profiles, likely))
    least = min(floor, WORTH_A_QUESTION)
    chosen = [pick if pick and pick.confidence >= least else None for pick in assigned(kind, headers, likely)]
    columns = [
        _guess(header, pick, found, values, floor, is_anothers=at in contacts.of_others)
        for at, (header, pick, found, values) in enumerate(zip(headers, chosen, likely, profiles, strict=True))
    ]
    columns = _without_lone_extension(_further(columns, likely, profiles, floor))
    by_field = {column.field: at for at, column in enumerate(columns) if column.field and not column.further}
    filled = {column.field for column in columns if column.field}
    groups = DEFAULT_REQUIRE.get(kind, []) if require is None else require
    values_of = {str(name): profiles[at] for name, at in by_field.items()}
    formats, questions = _formats(values_of)
    constants, asked = _units({str(name): headers[at] for name, at in by_field.items()})
    key = _key(headers, columns, profiles) if kind == "leads" else None
    phones = [profiles[at] for at, column in enumerate(columns) if column.field == "phone"]
    region = phone_region(phones, values_of)
    names = [named(header) for header in headers]
    is_japanese = any(_KANA.search(header) for header in headers)
    is_chinese = not is_japanese and 2 * sum(name.is_chinese for name in names) > len(names)
    return Proposal(
        kind=kind,
        columns=tuple(columns),
        key=key,
        key_repeats=key is not None and profiles[list(headers).index(key)].distinct_share < 1,
        formats=formats,
        constants=constants,
        values=_meanings({str(name): headers[at] for name, at in by_field.items()}),
        phone_region=region,
        phone_region_needs=phone_needs([text for values in phones for text in values.values]) if region else (),
        language="zh" if is_chinese else "en",
        questions=(*questions, *asked),
        missing=tuple(tuple(group) for group in groups if not filled & set(group)),
        floor=floor,
    )


def _kind(headers: Sequence[str], profiles: Sequence[Profile], floor: float, folder: str) -> str:
    """The kind whose fields the columns fill best; leads where nothing tells."""
    best, chosen = 0.0, "leads"
    for kind in KINDS:
        picks = [pick for pick in assigned(kind, headers, likely_fields(kind, headers, profiles)) if pick]
        sure = {pick.field: pick.confidence for pick in picks if pick.confidence >= floor}
        if not all(set(group) & set(sure) for group in _ESSENTIAL[kind]):
            continue
        score = sum(sure.values()) + 1.5 * sum(name in sure for name in _TELLING[kind])
        score += 2.0 * (kind in _FOLDER_KINDS.get(folder, ()))
        if score > best:
            best, chosen = score, kind
    return chosen


def _whole_names(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    profiles: Sequence[Profile],
    likely: Sequence[dict[str, Likely]],
) -> list[dict[str, Likely]]:
    """A column called Name is one part of the name beside a column of the other part, and the full name elsewhere.

    In German it is the last name beside first names; beside last names it is the first name in any language. It stays
    the full name where its values have the other part in them.
    """

    def likely_at(name: str) -> set[int]:
        return {at for at, found in enumerate(likely) if name in found and found[name].confidence >= 0.5}

    whole = likely_at("full_name")
    beside = {
        "last_name": (likely_at("first_name"), likely_at("last_name") - whole),
        "first_name": (likely_at("last_name"), likely_at("first_name") - whole),
    }

    def is_part(at: int, part: Likely, full: Likely) -> bool:
        others, same = beside[part.field][0] - {at}, beside[part.field][1] - {at}
        if not others or same:
            return False
        has_other = _names_the_same(rows, at, sorted(others))
        return full.by_value <= part.by_value if has_other is None else not has_other

    out = []
    for at, found in enumerate(likely):
        full = found.get("full_name")
        parts = _parts_called_so(headers[at], profiles[at], found)
        if full is None or full.by_name < _PLAINLY or not parts:
            out.append(found)
            continue
        part = next((one for one in parts if is_part(at, one, full)), None)
        taken = part or full
        both = as_confidence(full.confidence + sum(one.confidence for one in parts))
        none = {one.field: replace(one, confidence=0.0) for one in (full, *parts)}
        out.append({**found, **none, taken.field: replace(taken, confidence=both)})
    return out


def _parts_called_so(header: str, values: Profile, found: dict[str, Likely]) -> list[Likely]:
    """The parts of a name that a column which may hold the full name is also called."""
    parts = [found[name] for name in ("last_name", "first_name") if name in found and found[name].by_name >= _PLAINLY]
    full = found.get("full_name")
    if full and "first_name" not in {part.field for part in parts} and named(header).plain in words("bare_names"):
        by_value = value_odds("first_name", values)
        parts.append(replace(full, field="first_name", confidence=0.0, by_value=by_value))
    return parts


def _refusals_first(
    headers: Sequence[str], profiles: Sequence[Profile], likely: Sequence[dict[str, Likely]], floor: float
) -> list[dict[str, Likely]]:
    """Where one column holds refusals and another consent, the refusals count: they outrank whatever else was said."""
    refusing = [is_refusal(named(header)) for header in headers]
    sure = [
        refuses and values.filled and "consent" in found and found["consent"].confidence >= floor
        for refuses, values, found in zip(refusing, profiles, likely, strict=True)
    ]
    if not any(sure):
        return list(likely)
    return [
        found if refuses else {name: one for name, one in found.items() if name != "consent"}
        for refuses, found in zip(refusing, likely, strict=True)
    ]


def _own_names(
    headers: Sequence[str], rows: Sequence[Sequence[str | None]], likely: Sequence[dict[str, Likely]]
) -> list[dict[str, Likely]]:
    """Beside first and last names, a column of other names is no full name: it names a seller, or whoever it is."""

    def best(name: str) -> int | None:
        sure = [(-found[name].confidence, headers[at], at) for at, found in enumerate(likely) if name in found]
        return min(sure)[2] if sure and -min(sure)[0] >= 0.5 else None

    first, last = best("first_name"), best("last_name")
    if first is None or last is None:
        return list(likely)
    out = []
    for at, found in enumerate(likely):
        if at in {first, last} or "full_name" not in found or _names_the_same(rows, at, (first, last)) is not False:
            out.append(found)
        else:
            out.append({name: likely_field for name, likely_field in found.items() if name != "full_name"})
    return out


def _names_the_same(rows: Sequence[Sequence[str | None]], full: int, parts: Sequence[int]) -> bool | None:
    """Whether most names have one of the parts of their rows in them; None where no row has both."""
    agreed = compared = 0
    for row in rows:
        whole, *words = [folded((row[at] if at < len(row) else None) or "").strip() for at in (full, *parts)]
        if whole and any(words):
            compared += 1
            agreed += any(word and (word in whole.split() or (not word.isascii() and word in whole)) for word in words)
    return 2 * agreed >= compared if compared else None


def _guess(
    header: str,
    pick: Likely | None,
    found: dict[str, Likely],
    values: Profile,
    floor: float,
    *,
    is_anothers: bool = False,
) -> ColumnGuess:
    if pick is None:
        none = found.get(NO_FIELD)
        why = f'known as "{none.like}", no field' if none and none.by_name >= 0.93 else "like no field"
        if is_anothers or is_another_persons(named(header)):
            why = "another person's"
        return ColumnGuess(header, None, 0.0, why)
    sure = pick.confidence >= floor
    return ColumnGuess(
        header, pick.field if sure else None, pick.confidence, _why(pick, values), None if sure else pick.field
    )


def _why(pick: Likely, values: Profile) -> str:
    said = []
    if pick.by_name >= 0.93:
        said.append("name")
    elif pick.by_name >= 0.5:
        said.append(f'name like "{pick.like}"')
    if pick.by_value >= 1.0:
        said.append("values" if said else "values only")
    elif pick.by_value <= -1.0:
        said.append("but values do not fit")
    elif not values.values:
        said.append("no values")
    return ", ".join(said) or "little to go by"


def _further(
    columns: Sequence[ColumnGuess], likely: Sequence[dict[str, Likely]], profiles: Sequence[Profile], floor: float
) -> list[ColumnGuess]:
    """Second telephones and addresses, where their names say so plainly; and further columns of refusals.

    A yes to being left alone counts in whichever column it stands. Beside a column in which yes is consent it cannot,
    since words mean the same in all columns of a field.
    """
    taken = {column.field for column in columns if column.field}
    refusals = any(column.field == "consent" and is_refusal(named(column.header)) for column in columns)
    found: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        several = (*SEVERAL, "consent") if refusals and is_refusal(named(column.header)) else SEVERAL
        plain = (name for name in several if name in taken and _is_plain(likely[at].get(name), floor))
        name = column.field if column.field in several else None if column.field else next(plain, None)
        if name:
            found.setdefault(name, []).append(at)
    out = list(columns)
    for name, places in found.items():
        first, *others = sorted(places, key=lambda at: _rank(columns[at], likely[at][name], profiles[at]))
        out[first] = _guess(columns[first].header, likely[first][name], likely[first], profiles[first], floor)
        for place, at in enumerate(others, 1):
            sure = likely[at][name].confidence
            out[at] = ColumnGuess(columns[at].header, name, sure, "where the first is empty", further=place)
    return out


def _without_lone_extension(columns: Sequence[ColumnGuess]) -> list[ColumnGuess]:
    """The columns, but that of extensions only where it is plain to which telephone they belong."""
    if sum(column.field == "phone" for column in columns) == 1:
        return list(columns)
    return [
        replace(column, field=None, why="of no one telephone") if column.field == "phone_extension" else column
        for column in columns
    ]


def _is_plain(likely: Likely | None, floor: float) -> bool:
    return likely is not None and likely.confidence >= floor and likely.by_name >= IN_THE_TABLES


def _rank(column: ColumnGuess, likely: Likely, values: Profile) -> tuple[bool, bool, int, bool, int, str]:
    """Which of several columns counts first: mobile telephones, lower numbers, and what was the likeliest."""
    is_fixed = likely.field == "phone" and not is_mobile(column.header)
    number = number_of(column.header)
    return not values.filled, is_fixed, number, column.field is None, likely.place, column.header


def _key(headers: Sequence[str], columns: Sequence[ColumnGuess], profiles: Sequence[Profile]) -> str | None:
    """The column that is named like a key, differs in nearly every row, and does not merely count the rows."""
    known = [named(name) for name in key_names()]
    best: tuple[float, str] | None = None
    for header, column, values in zip(headers, columns, profiles, strict=True):
        if column.field not in {None, "anonymous_id"} or values.distinct_share < _MOSTLY or len(values.values) < 2:
            continue
        name = named(header)
        alike = max(likeness(name, other) for other in known)
        if alike < 0.93 or _counts_rows(name.plain, values) or values.share("date") > 0.5:
            continue
        if best is None or (-alike, header) < best:
            best = (-alike, header)
    return best[1] if best else None


def _counts_rows(plain: str, values: Profile) -> bool:
    if _COUNTERS.match(folded(plain)):
        return True
    numbers = numbers_of(values.values)
    return len(numbers) == len(values.values) and numbers[0] <= 1 and numbers[-1] - numbers[0] == len(numbers) - 1


# --- how values are written ----------------------------------------------------------------------------------


def _formats(values_of: dict[str, Profile]) -> tuple[dict[str, str], list[str]]:
    """Day orders and decimal mark that the values decide; and questions where they do not."""
    formats: dict[str, str] = {}
    questions: list[str] = []
    for name in (*TIME_FIELDS, *DATE_FIELDS):
        if name in values_of:
            order, doubt = day_order(values_of[name].values)
            if order:
                formats[name] = order
            if doubt:
                questions.append(f"{name}: is {doubt} day first (dmy) or month first (mdy)? No value decides.")
    texts = [text for name in NUMBER_FIELDS if name in values_of for text in values_of[name].values]
    commas = sum(bool(_DECIMAL_COMMA.search(text)) for text in texts)
    points = sum(bool(_DECIMAL_POINT.search(text)) for text in texts)
    either = next((text for text in texts if _ONE_GROUP_BY_COMMA.match(text)), None)
    if commas > points and either is None:
        formats["decimal"] = ","
    elif commas and either is not None:
        questions.append(f'numbers: is {either} written with a thousands mark or a decimal comma (decimal: ",")?')
    elif not points and any(_ONE_GROUP.match(text) for text in texts):
        shown = next(text for text in texts if _ONE_GROUP.match(text))
        questions.append(f'numbers: is {shown} written with a decimal point or a thousands mark (decimal: ",")?')
    for name in NUMBER_FIELDS:
        multiples = [text for text in values_of.get(name, Profile((), 0)).values if _MULTIPLES.search(text.casefold())]
        if multiples:
            questions.append(f"{name}: {multiples[0]} is written with its multiple.")
    return formats, questions


def day_order(values: Sequence[str]) -> tuple[str | None, str | None]:
    """Day or month first, as values decide it.

    Returns:
        (`dmy` or `mdy` or None where no value is written so, a value that can be read both ways when none decides or
        values contradict each other).
    """
    day_first = month_first = doubt = None
    for text in values:
        found = _ORDER_OF_DAY.match(text)
        if not found:
            continue
        first, second = int(found.group(1)), int(found.group(2))
        if first > 12 >= second:
            day_first = day_first or text
        elif second > 12 >= first:
            month_first = month_first or text
        elif first != second and doubt is None:
            doubt = text
    if day_first and not month_first:
        return "dmy", None
    if month_first and not day_first:
        return "mdy", None
    return None, day_first if day_first and month_first else doubt


def _units(header_of: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """A currency that stands in the name of an amount; and a question where a name has a multiple nobody knows."""
    found: set[str] = set()
    questions = []
    for name in ("budget_amount", "annual_revenue", "amount", "price"):
        unit = named(header_of[name]).unit if name in header_of else ""
        if not unit:
            continue
        if _MULTIPLES.search(unit) and multiple_of(header_of[name]) is None:
            questions.append(f"{name}: the column's name says {unit}; amounts are read as they stand.")
        unit = currency_of(header_of[name])
        code = unit.upper() if _CURRENCY.match(unit) else _CURRENCY_WORDS.get(unit)
        if code:
            found.add(code)
    if len(found) == 1 and "currency" not in header_of:
        return {"currency": found.pop()}, questions
    return {}, questions


def _meanings(header_of: dict[str, str]) -> dict[str, dict[str, str | None]]:
    """Of a column in which yes is a refusal, the words turned round: no refusal is not yet consent."""
    if "consent" not in header_of or not is_refusal(named(header_of["consent"])):
        return {}
    told: dict[str, str | None] = {}
    for about, meaning in (("refused", "no"), ("not_refused", None)):
        for word in sorted(words(about)):
            told |= dict.fromkeys((word, word.capitalize(), word.upper()), meaning)
    return {"consent": told}
