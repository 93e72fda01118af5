"""Columns matched with the canonical fields of a kind: by tables of names, and by what values are like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, NUMBER_FIELDS, TIME_FIELDS
from sources.mapping.assignment import best_assignment
from sources.mapping.evidence import Profile, kinds_of
from sources.mapping.headers import (
    Name,
    has_number_sign,
    is_another_persons,
    is_negated_consent,
    is_permission,
    likeness,
    named,
    names_of,
    number_of,
    says_how_long,
    without_number,
)
from sources.mapping.matching import name_odds
from sources.mapping.tables import abbreviations, field_names, key_names, other_names, words

#: The word for columns that are no field.
NO_FIELD = ""

#: Log odds of a name that looks like none of a field's names, and of one that says nothing at all (``column 3``).
_UNLIKE, _SAYS_NOTHING = -4.5, -2.5
#: A name that a field lists further back is less likely to mean it.
_PER_PLACE, _MOST_PLACES = 0.08, 15
#: Names told by likeness rather than found in the tables have hundreds of rivals that are not in the tables.
_NOT_LISTED = 0.8
#: Fewer distinct values than this say less.
_MANY_VALUES = 8
#: Fields of which a row may have several columns, the first filled one counts.
SEVERAL = ("email", "phone")
#: What a person has: none of it may be taken from a column that names someone else.
_OF_THE_LEAD = frozenset({"email", "phone", "full_name", "first_name", "last_name", "title", "department", "company"})
#: What has a name as often as an id, and how much less the id says.
_NAMED, _ONLY_AN_ID = frozenset({"campaign", "product", "owner"}), 0.5
MOST_SURE = 0.9999
#: From this likeness a name is one of the tables'.
IN_THE_TABLES = 0.93
#: From this share of the cells that say yes or no, a column is one of them; what else it holds stays as it is.
_NEARLY_ALL = 0.9
_NO_PERSON = frozenset({"email", "url", "number", "date", "phone", "company", "uuid", "json", "address"})
_NO_WORD = frozenset({"email", "url", "date", "uuid", "json", "phone"})


@dataclass(frozen=True)
class Expectation:
    """What the values of a field are like.

    Attributes:
        proof: log odds for the field when all values are of a kind, by kind.
        must: kinds of which values have to be one, where there are any.
        refuse: kinds that values cannot be.
        unlike: log odds against the field when all values are of a kind, by kind.
        unmistakable: kinds of which one value says as much as many.
    """

    proof: dict[str, float] = field(default_factory=dict)
    must: frozenset[str] = frozenset()
    refuse: frozenset[str] = frozenset()
    unlike: dict[str, float] = field(default_factory=dict)
    unmistakable: frozenset[str] = frozenset()


def _expect(
    proof: dict[str, float] | None = None,
    must: str = "",
    refuse: frozenset[str] = frozenset(),
    unlike: dict[str, float] | None = None,
    unmistakable: str = "",
) -> Expectation:
    return Expectation(proof or {}, frozenset(must.split()), refuse, unlike or {}, frozenset(unmistakable.split()))


_NUMBERS = "number money range"
_TIMES = "date epoch serial period"

_EXPECTED = {
    "email": _expect({"email": 7.0}, must="email", unmistakable="email"),
    "phone": _expect({"mobile_cn": 6.5, "phone": 5.5, "phone_like": 2.0}, must="phone phone_like scientific"),
    "phone_extension": _expect(
        {"integer": 1.0}, must="number reference", refuse=frozenset({"phone", "phone_like", "date"})
    ),
    "full_name": _expect({"person_zh": 5.0, "person": 5.0, "two_words": 2.0}, refuse=_NO_PERSON, unlike={"word": 1.5}),
    "first_name": _expect({"given_name": 5.0, "word": 0.5}, refuse=_NO_PERSON | {"person_zh", "person"}),
    "last_name": _expect({"word": 0.5}, "", _NO_PERSON | {"person_zh", "person", "given_name"}, {"two_words": 2.0}),
    "company": _expect({"company": 5.5}, refuse=_NO_WORD | {"number", "prose"}),
    "company_code": _expect({"company_code": 8.0, "register_number": 2.5}, refuse=_NO_WORD | {"person", "two_words"}),
    "website": _expect({"domain": 5.0, "url": 4.0}, must="domain url"),
    "domain": _expect({"domain": 5.0, "url": 3.5}, must="domain url"),
    "landing_page": _expect({"path": 3.5, "url": 2.5}, refuse=_NO_WORD - {"url"}),
    "referrer": _expect({"url": 2.0, "domain": 1.0}, "", _NO_WORD - {"url"}, {"two_words": 6.0, "person_zh": 6.0}),
    "title": _expect({"title": 4.5}, refuse=_NO_WORD | {"number", "company"}),
    "department": _expect({"department": 4.0}, refuse=_NO_WORD | {"number"}),
    "industry": _expect({"industry": 4.5}, refuse=_NO_WORD | {"number"}),
    "employee_count": _expect({"range": 1.0}, must=_NUMBERS),
    # however few they are, numbers are dialling codes and words such as open and closed another kind of state
    "country": _expect({"country": 5.2}, refuse=_NO_WORD | {"number"}, unlike={"number": 12.0}),
    "region": _expect({"region": 4.2}, refuse=_NO_WORD | {"number"}, unlike={"stage": 12.0}),
    "city": _expect({"city": 4.6}, refuse=_NO_WORD | {"number"}),
    "postcode": _expect({"postcode": 1.0}, refuse=_NO_WORD),
    "address": _expect({"address": 4.6}, refuse=_NO_WORD | {"number"}),
    "need": _expect({"prose": 1.5, "phrase": 0.5}, refuse=_NO_WORD),
    "message": _expect({"prose": 3.0, "phrase": 1.0}, refuse=_NO_WORD),
    "notes": _expect({"prose": 3.0, "phrase": 1.0}, refuse=_NO_WORD),
    "currency": _expect({"currency": 4.5}, must="currency"),
    "language": _expect({"language": 4.0}, refuse=_NO_WORD | {"number"}),
    "consent": _expect({"boolean": 1.5}, refuse=_NO_WORD),
    "anonymous_id": _expect({"cookie": 4.0, "uuid": 2.5}, refuse=frozenset({"email", "date", "person", "two_words"})),
    "medium": _expect({"medium": 3.5}, refuse=_NO_WORD | {"number"}),
    "product": _expect(refuse=_NO_WORD),
    "campaign": _expect(refuse=_NO_WORD),
    "owner": _expect({"person": 0.5, "person_zh": 0.5}, refuse=frozenset({"url", "date", "json", "money"})),
    "event_type": _expect({"event_type": 4.5}, refuse=_NO_WORD | {"number"}),
    "stage": _expect({"stage": 4.0}, refuse=_NO_WORD | {"money"}),
    "activity_type": _expect({"activity_type": 4.0}, refuse=_NO_WORD | {"number"}),
    "outcome": _expect({"outcome": 4.0, "boolean": 0.5}, refuse=_NO_WORD),
    "status": _expect({"outcome": 2.0, "stage": 1.0, "boolean": 0.5}, refuse=_NO_WORD),
    "period": _expect({"period": 4.5}, refuse=frozenset({"email", "url", "phone", "person", "person_zh"})),
    "asset": _expect({"url": 1.0, "path": 1.5}, refuse=frozenset({"email", "date", "number"})),
    "date": _expect({"date": 2.0}, must=_TIMES),
    "name": _expect(refuse=_NO_WORD | {"number"}),
    "lost_reason": _expect({"phrase": 0.3}, refuse=_NO_WORD | {"number"}),
}


@cache
def expectation(name: str) -> Expectation:
    """What the values of a canonical field are like; nothing in particular where nothing is known."""
    if name in _EXPECTED:
        return _EXPECTED[name]
    if name in TIME_FIELDS:
        return _expect({"clock": 1.5, "date": 0.8, "epoch": 0.8}, must=_TIMES)
    if name in DATE_FIELDS:
        return _expect({"date": 0.8}, must=_TIMES)
    if name in NUMBER_FIELDS:
        return _expect({"money": 2.0}, must=_NUMBERS)
    return Expectation()


def value_odds(name: str, values: Profile) -> float:
    """Log odds for a field from the values of a column; 0 where there are none."""
    if not values.values:
        return 0.0
    expected = expectation(name)
    is_plain = any(values.share(kind) == 1 for kind in expected.unmistakable)
    known = 1.0 if is_plain else math.sqrt(min(1.0, len(values.values) / _MANY_VALUES))
    odds = max((values.share(kind) * gain for kind, gain in expected.proof.items()), default=0.0)
    if expected.must:
        fitting = min(1.0, sum(values.share(kind) for kind in expected.must))
        odds -= 9.0 * max(0.0, 1 - fitting / 0.6)
    against = max((values.share(kind) for kind in sorted(expected.refuse)), default=0.0)
    odds -= 6.0 * max(0.0, against - 0.2)
    odds -= sum(values.share(kind) * loss for kind, loss in expected.unlike.items())
    return known * odds


@dataclass(frozen=True)
class Likely:
    """How likely a column is a field.

    Attributes:
        field: canonical field, or :data:`NO_FIELD`.
        confidence: 0 to 1.
        by_name: likeness of the names, 0 to 1.
        like: the name in the tables that is most like the column's.
        by_value: log odds that the values add.
        place: of the name in the table of its field; the first ones mean it most.
    """

    field: str
    confidence: float
    by_name: float
    like: str
    by_value: float
    place: int = 0


@dataclass(frozen=True)
class _Listed:
    """A name in the tables: of a field, at which place in its list."""

    name: Name
    text: str
    field: str
    place: int


class NameIndex:
    """The tables' names of one kind, found by word, by first letter and by pairs of Chinese characters."""

    def __init__(self, kind: str) -> None:
        known = field_names(kind)
        self.listed: list[_Listed] = []
        taken: set[str] = set()
        for canonical in CANONICAL_FIELDS[kind]:
            names = dict.fromkeys([canonical.replace("_", " "), *known.get(canonical, ())])
            for place, text in enumerate(names):
                name = named(text)
                self.listed.append(_Listed(name, text, canonical, place))
                taken |= {name.plain, "".join(name.core)}
        for text in (*other_names(), *key_names()):
            name = named(text)
            if not {name.plain, "".join(name.core)} & taken:
                self.listed.append(_Listed(name, text, NO_FIELD, 0))
        self.by_clue: dict[str, list[int]] = {}
        for at, listed in enumerate(self.listed):
            for clue in _clues(listed.name, listed=True):
                self.by_clue.setdefault(clue, []).append(at)

    def alike(self, name: Name) -> dict[str, tuple[float, str, int]]:
        """By field: how much its most similar name is like this one, which it is, and its place."""
        near = sorted({at for clue in _clues(name, listed=False) for at in self.by_clue.get(clue, ())})
        found: dict[str, tuple[float, str, int]] = {}
        for at in near:
            listed = self.listed[at]
            share = likeness(name, listed.name, short=listed.field != NO_FIELD)
            if share > found.get(listed.field, (0.0,))[0]:
                found[listed.field] = (share, listed.text, listed.place)
        return found


@cache
def name_index(kind: str) -> NameIndex:
    """The index of a kind, made once."""
    return NameIndex(kind)


def _clues(name: Name, *, listed: bool) -> set[str]:
    """What names have in common that are alike at all."""
    clues = {f"={name.plain}"}
    for part in {*name.words, *name.core, *name.bare}:
        if part.isascii() or not name.is_chinese:
            clues.add(f"w{part[:3]}")
        else:
            clues |= {f"z{part[i : i + 2]}" for i in range(len(part) - 1)} or {f"z{part}"}
    for part in name.words:
        clues |= {f"w{whole[:3]}" for whole in abbreviations().get(part, "").split()}
    plain = "".join(name.core)
    if plain and plain.isascii() and (listed or len(name.words) == 1 or len(plain) <= 6):
        clues.add(f"a{plain[0]}")
        clues.add(f"a{next((c for c in plain if c not in 'aeiouy'), plain[0])}")
    return clues


def likely_fields(
    kind: str, headers: Sequence[str], profiles: Sequence[Profile], of_others: frozenset[int] = frozenset()
) -> list[dict[str, Likely]]:
    """For each column, how likely it is each field of a kind; what is next to impossible is left out.

    The confidences of one column, that of being no field at all included, add up to 1. Each column is judged by
    itself, but for decoration that its name shares with the others.

    Args:
        kind: kind of row.
        headers: of the columns.
        profiles: of their values.
        of_others: places of columns that tell of someone else than the lead, whatever their names say.
    """
    index = name_index(kind)
    found = []
    for at, (header, name, values) in enumerate(zip(headers, names_of(headers), profiles, strict=True)):
        alike = index.alike(name)
        base = _SAYS_NOTHING if says_nothing(name) else _UNLIKE
        is_anothers = is_another_persons(name)
        is_lasting = says_how_long(name) and values.share("date") + values.share("epoch") < 0.5
        is_dated = any(alike.get(dated, (0.0,))[0] >= IN_THE_TABLES for dated in (*TIME_FIELDS, *DATE_FIELDS))
        said = IN_THE_TABLES if is_permission(name, holds_yes_or_no=_holds_yes_or_no(values)) else 0.0
        candidates: dict[str, tuple[float, float, str, float, int]] = {}
        for canonical in (*CANONICAL_FIELDS[kind], NO_FIELD):
            share, text, place = alike.get(canonical, (0.0, "", 0))
            if canonical == "consent" and (is_negated_consent(name) or has_number_sign(header)):
                continue
            if canonical == "consent":
                share = max(share, said)
            elif canonical in SEVERAL and share < IN_THE_TABLES:
                share, text, place = _one_of_several(index, header, canonical) or (share, text, place)
            if is_lasting and (canonical in TIME_FIELDS or canonical in DATE_FIELDS):
                continue
            if canonical == "company" and is_dated:
                continue
            if canonical in _OF_THE_LEAD and (at in of_others or (is_anothers and share < IN_THE_TABLES)):
                continue
            odds = name_odds(share) - _PER_PLACE * min(place, _MOST_PLACES)
            odds = max(odds - (_NOT_LISTED if share < IN_THE_TABLES else 0.0), base)
            by_value = value_odds(canonical, values) if canonical else 0.0
            if canonical == NO_FIELD:
                odds = max(odds, 0.0)
            elif canonical in _NAMED and name.words[-1:] == ("id",):
                odds -= _ONLY_AN_ID
            candidates[canonical] = (odds + by_value, share, text, by_value, place)
        total = sum(math.exp(odds) for odds, *_ in candidates.values())
        found.append(
            {
                canonical: Likely(canonical, as_confidence(math.exp(odds) / total), share, text, by_value, place)
                for canonical, (odds, share, text, by_value, place) in candidates.items()
                if math.exp(odds) / total >= 0.01 or canonical == NO_FIELD
            }
        )
    return found


def _holds_yes_or_no(values: Profile) -> bool:
    """Whether nearly all cells say yes or no, and none of the others is a number: those of a budget may be 0 and 1."""
    others = [value for value in values.values if "boolean" not in kinds_of(value)]
    return values.yes_or_no >= _NEARLY_ALL and not any("number" in kinds_of(value) for value in others)


def _one_of_several(index: NameIndex, header: str, canonical: str) -> tuple[float, str, int] | None:
    """What a column that has a number (Email 3) is like without it: likeness, name and place, where that is plain."""
    number = number_of(header)
    bare = without_number(header)
    if not number or bare == header:
        return None
    share, text, place = index.alike(named(bare)).get(canonical, (0.0, "", 0))
    return (IN_THE_TABLES, text, place + number) if share >= IN_THE_TABLES else None


def says_nothing(name: Name) -> bool:
    """Whether a name is only a place: ``column 3``, ``Field1``, ``字段2``."""
    return all(word.isdigit() or len(word) == 1 or word in words("placeholders") for word in name.words)


def assigned(kind: str, headers: Sequence[str], likely: Sequence[dict[str, Likely]]) -> list[Likely | None]:
    """The one-to-one assignment of columns to fields with the greatest total confidence.

    Of columns that are as sure, that one is taken whose name stands further in front in its field's table.

    Args:
        kind: kind of row.
        headers: of the columns; equal confidences are decided by their alphabetical order.
        likely: from :func:`likely_fields`.

    Returns:
        For each column its field, however low the confidence, or None.
    """
    order = sorted(range(len(headers)), key=lambda at: (headers[at], at))
    canonical = CANONICAL_FIELDS[kind]
    gains = [
        [_gain(likely[at][name]) if name in likely[at] else 0.0 for at in order] for name in canonical
    ]  # fmt: skip
    chosen: list[Likely | None] = [None] * len(headers)
    for name, place in zip(canonical, best_assignment(gains), strict=True):
        if place is not None:
            chosen[order[place]] = likely[order[place]][name]
    return chosen


def as_confidence(share: float) -> float:
    """A confidence to four places; no guess is certain, so that a floor of 1 is reached by none."""
    return min(round(share, 4), MOST_SURE)


def _gain(likely: Likely) -> float:
    """The confidence, less than its last decimal the lower the further behind the name stands."""
    return max(0.0, likely.confidence - 1e-6 * likely.place)
