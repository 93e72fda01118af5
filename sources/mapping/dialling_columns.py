"""Columns that hold the dialling code of the telephone numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence

from sources.mapping.headers import named
from sources.mapping.tables import area_or_dialling_codes, words


def dialling_columns(headers: Sequence[str]) -> list[tuple[int, frozenset[str] | None]]:
    """The columns of dialling codes: place, and the codes that count without + or 00 in front.

    None stands for all codes. Of a name that area codes have as well (Vorwahl, 区号) few do: 30 is Greece, and Berlin.
    """
    plain = {named(word).plain for word in words("dialling_codes")}
    either = {named(word).plain: codes for word, codes in area_or_dialling_codes().items()}
    names = [(at, named(header).plain) for at, header in enumerate(headers)]
    return [
        *[(at, None) for at, name in names if name in plain],
        *[(at, either[name]) for at, name in names if name in either],
    ]
