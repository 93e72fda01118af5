"""Columns in which consent is refused, and those that tell of a state in which it was."""

from __future__ import annotations

from collections.abc import Sequence

from policy.feeds import CANONICAL_FIELDS
from sources.mapping.columns import ColumnGuess
from sources.mapping.evidence import Profile
from sources.mapping.headers import has_number_sign, is_refusal, is_state, named

#: Where this share of the values are addresses, a column called Unsubscribed lists them.
_HALF = 0.5


def refusal_columns(kind: str, headers: Sequence[str], profiles: Sequence[Profile]) -> set[int]:
    """The places of columns in which consent is refused; those that list whom to leave alone are of addresses."""
    if "consent" not in CANONICAL_FIELDS[kind]:
        return set()
    return {
        at
        for at, (header, values) in enumerate(zip(headers, profiles, strict=True))
        if is_refusal(named(header), holds_yes_or_no=_says_yes_or_no(values))
        and not (has_number_sign(header) and values.share("number") >= _HALF)
        and max(values.share(other) for other in ("email", "url", "mobile_cn")) < _HALF
    }


def _says_yes_or_no(values: Profile) -> bool:
    """Whether a column says yes and no in words: 0 and 1 may be counted."""
    return values.share("boolean") >= _HALF > values.share("number")


def state_columns(kind: str, columns: Sequence[ColumnGuess]) -> tuple[str, ...]:
    """The headers of columns that no field is taken from and that tell of somebody's state: Email status."""
    if "consent" not in CANONICAL_FIELDS[kind]:
        return ()
    return tuple(column.header for column in columns if column.field is None and is_state(named(column.header)))
