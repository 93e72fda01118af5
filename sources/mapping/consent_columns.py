"""Columns in which yes means no: which of them count, and what their words mean."""

from __future__ import annotations

from collections.abc import Sequence

from sources.mapping.evidence import Profile
from sources.mapping.fields import Likely
from sources.mapping.headers import is_refusal, named
from sources.mapping.tables import words


def refusals_first(
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


def meanings_of_refusals(header_of: dict[str, str]) -> dict[str, dict[str, str | None]]:
    """Of a column in which yes is a refusal, the words turned round: no refusal is not yet consent."""
    if "consent" not in header_of or not is_refusal(named(header_of["consent"])):
        return {}
    told: dict[str, str | None] = {}
    for about, meaning in (("refused", "no"), ("not_refused", None)):
        for word in sorted(words(about)):
            told |= dict.fromkeys((word, word.capitalize(), word.upper()), meaning)
    return {"consent": told}
