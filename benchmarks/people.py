"""Made-up records whose true persons are known: people with gaps, customers with e-mail, writings of company names.

Every function takes a seed and gives the same rows for it. Slips are of the kinds that public benchmarks of record
linkage have (Christen and Churches, FEBRL, 2005): a letter changed, dropped, doubled or in another's place, names in
each other's place, values missing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta

Row = dict[str, str]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SYLLABLES = ("an", "bel", "cor", "dan", "el", "fen", "gar", "hol", "in", "jor", "kel", "lor", "mar", "nor", "os", "per")
ENDINGS = ("a", "ardt", "berg", "cott", "der", "er", "field", "gate", "ham", "in", "king", "ley", "man", "ner", "son")
FIRST = (
    "james", "mary", "robert", "patricia", "john", "jennifer", "michael", "linda", "david", "elizabeth", "william",
    "barbara", "richard", "susan", "joseph", "jessica", "thomas", "karen", "charles", "sarah", "daniel", "lisa",
    "matthew", "nancy", "anthony", "sandra", "mark", "ashley", "paul", "emily", "steven", "donna", "andrew", "carol",
    "kenneth", "amanda", "joshua", "melissa", "kevin", "deborah", "brian", "stephanie", "george", "rebecca",
)  # fmt: skip
CITIES = ("london", "leeds", "bath", "york", "hull", "bristol", "derby", "oxford", "truro", "wells", "ripon", "exeter")
TRADES = ("farmer", "lawyer", "teacher", "painter", "engineer", "writer", "surgeon", "sailor")
FORMS = ("", "", " inc", " inc.", " ltd", " limited", ", inc.", " llc", " corp", " corporation", " co.", " gmbh", " ag")


def slipped(text: str, chance: random.Random) -> str:
    """The text with one slip of the pen."""
    if len(text) < 3:
        return text
    at = chance.randrange(len(text) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice(LETTERS) + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _maybe(text: str, share: float, chance: random.Random, slip: Callable[[str, random.Random], str]) -> str:
    return slip(text, chance) if chance.random() < share else text


def _surname(chance: random.Random, syllables: int = 2) -> str:
    first = chance.choice(SYLLABLES)
    return first + "".join(chance.choice(("", *SYLLABLES)) for _ in range(syllables - 1)) + chance.choice(ENDINGS)


def _birth_date(chance: random.Random) -> date:
    return date(1940, 1, 1) + timedelta(days=chance.randrange(60 * 365))


def _another_date(day: str, chance: random.Random) -> str:
    kind = chance.randrange(3)
    if kind == 0:
        return day[:5] + "01-01"
    if kind == 1:
        return slipped_digit(day, chance)
    return (date.fromisoformat(day) + timedelta(days=chance.choice((-365, -31, 31, 365)))).isoformat()


def slipped_digit(text: str, chance: random.Random) -> str:
    """The text with its last digit changed."""
    return text[:-1] + chance.choice([digit for digit in "123456789" if digit != text[-1]])


def _postcode(chance: random.Random) -> str:
    return f"{chance.choice(LETTERS)}{chance.choice(LETTERS)}{chance.randrange(1, 30)} {chance.randrange(1, 9)}xy"


def people_with_gaps(count: int, seed: int) -> list[Row]:
    """Persons seen up to twenty times, a value in five missing: id, cluster, first_name, surname, dob, city, ..."""
    chance = random.Random(seed)
    rows: list[Row] = []
    person = 0
    while len(rows) < count:
        person += 1
        first, last, born = chance.choice(FIRST), _surname(chance), _birth_date(chance).isoformat()
        city, code, trade = chance.choice(CITIES), _postcode(chance), chance.choice(TRADES)
        for _ in range(min(1 + int(chance.expovariate(1 / 6)), 20)):
            given, family = _maybe(first, 0.2, chance, slipped), _maybe(last, 0.2, chance, slipped)
            if chance.random() < 0.05:
                given, family = family, given
            row = {
                "first_name": given,
                "surname": family,
                "dob": _maybe(born, 0.25, chance, _another_date),
                "birth_place": _maybe(city, 0.1, chance, slipped),
                "postcode": _postcode(chance) if chance.random() < 0.3 else _maybe(code, 0.1, chance, slipped),
                "occupation": trade if chance.random() < 0.8 else chance.choice(TRADES),
            }
            kept = {name: "" if chance.random() < 0.22 else value for name, value in row.items()}
            rows.append({"id": str(len(rows)), "cluster": str(person), **kept})
    return _shuffled(rows[:count], chance)


def customers(count: int, seed: int, syllables: int = 2) -> list[Row]:
    """Customers with e-mail, phone and company, a third of them twice or three times, as CRM systems have them.

    Args:
        count: rows.
        seed: of chance.
        syllables: of family names at most; with three there are enough for a million.
    """
    chance = random.Random(seed)
    firms = [_firm(chance, syllables) for _ in range(max(count // 8, 3))]
    rows: list[Row] = []
    person = 0
    while len(rows) < count:
        person += 1
        first, last, firm = chance.choice(FIRST), _surname(chance, syllables), chance.choice(firms)
        domain = firm.replace(" ", "") + ".com"
        mail = chance.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}{chance.randrange(99)}"))
        phone = (
            f"+1415555{chance.randrange(10_000):04d}"
            if chance.random() < 0.02
            else f"+1212{chance.randrange(2_000_000, 9_999_999)}"
        )
        for copy in range(chance.choice((1, 1, 1, 2, 3))):
            at = domain if chance.random() < 0.8 else chance.choice(("gmail.com", "outlook.com"))
            given = first[0] + "." if copy and chance.random() < 0.15 else _maybe(first, 0.1, chance, slipped)
            rows.append(
                {
                    "id": str(len(rows)),
                    "cluster": str(person),
                    "first_name": given,
                    "last_name": _maybe(last, 0.1, chance, slipped),
                    "email": "" if chance.random() < 0.25 else _maybe(f"{mail}@{at}", 0.1, chance, slipped),
                    "phone": "" if chance.random() < 0.4 else _maybe(phone, 0.1, chance, slipped_digit),
                    "company": "" if chance.random() < 0.15 else firm + chance.choice(FORMS),
                    "city": "" if chance.random() < 0.3 else chance.choice(CITIES),
                }
            )
    return _shuffled(rows[:count], chance)


def _firm(chance: random.Random, syllables: int = 2) -> str:
    return " ".join(
        (
            _surname(chance, syllables),
            chance.choice(("systems", "foods", "partners", "logistics", "labs", "energy", "media")),
        )
    )


def company_writings(count: int, seed: int) -> list[Row]:
    """Names of companies and nothing else, in many writings; one company is a third of the table."""
    chance = random.Random(seed)
    rows: list[Row] = []
    company = 0
    while len(rows) < count:
        company += 1
        name = _firm(chance)
        for _ in range(count // 3 if company == 1 else chance.choice((1, 2, 3, 5, 8))):
            written = _maybe(name, 0.15, chance, slipped) + chance.choice(FORMS)
            written = chance.choice((written, written.upper(), written.title(), written.replace(" ", "  ")))
            rows.append({"id": str(len(rows)), "cluster": str(company), "company": written})
    return _shuffled(rows[:count], chance)


def _shuffled(rows: Sequence[Row], chance: random.Random) -> list[Row]:
    mixed = list(rows)
    chance.shuffle(mixed)
    return mixed
