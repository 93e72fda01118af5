"""What the fast reader of JSON Lines asks DuckDB for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Paths to ask DuckDB for: leaves without fractions, leaves with, and the objects they stand in."""

    whole: list[str]
    fractions: list[str]
    objects: list[tuple[str, ...]]
    places: dict[str, tuple[str, ...]]
