"""What each column is likely to be, and which of several of one field counts first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sources.mapping.evidence import Profile
from sources.mapping.fields import IN_THE_TABLES, NO_FIELD, SEVERAL, Likely
from sources.mapping.headers import is_another_persons, is_mobile, named, number_of

#: Fields that several columns of a file may be, and when those beside the first count.
_FURTHER = dict.fromkeys(SEVERAL, "where the first is empty") | {"consent": "where it is the strictest"}


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


def guess_of(
    header: str,
    pick: Likely | None,
    found: dict[str, Likely],
    values: Profile,
    floor: float,
    *,
    is_anothers: bool = False,
) -> ColumnGuess:
    """What a column is taken for, once it was decided which field gets which column."""
    if pick is None and not found:
        return ColumnGuess(header, None, 0.0, "yes, or a day, is a refusal")
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


def with_further_columns(
    columns: Sequence[ColumnGuess], likely: Sequence[dict[str, Likely]], profiles: Sequence[Profile], floor: float
) -> list[ColumnGuess]:
    """Second telephones and addresses, and columns of consent, where their names say so plainly."""
    taken = {column.field for column in columns if column.field}
    found: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        plain = (name for name in _FURTHER if name in taken and _is_plain(likely[at].get(name), floor))
        name = column.field if column.field in _FURTHER else None if column.field else next(plain, None)
        if name:
            found.setdefault(name, []).append(at)
    out = list(columns)
    for name, places in found.items():
        first, *others = sorted(places, key=lambda at: _rank(columns[at], likely[at][name], profiles[at]))
        out[first] = guess_of(columns[first].header, likely[first][name], likely[first], profiles[first], floor)
        for place, at in enumerate(others, 1):
            sure = likely[at][name].confidence
            out[at] = ColumnGuess(columns[at].header, name, sure, _FURTHER[name], further=place)
    return out


def without_lone_extension(columns: Sequence[ColumnGuess]) -> list[ColumnGuess]:
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
