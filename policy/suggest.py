"""Suggests the known name nearest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause for an error message: the nearest known name, or the list of them.

    Args:
        name: what was written.
        known: what could have been written.
    """
    names = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    close = get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{folded[close[0]]}"?'
    return f"expected one of: {', '.join(names)}" if names else "nothing is expected here"
