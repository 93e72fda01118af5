"""Which columns have the names of the lead: whole, in parts, and those of someone else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sources.mapping.evidence import Profile
from sources.mapping.fields import Likely, as_confidence, value_odds
from sources.mapping.headers import folded, named
from sources.mapping.tables import words

#: From this likeness a column is called so, and no other way.
_PLAINLY = 0.95


def with_parts_of_names(
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


def without_other_names(
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
