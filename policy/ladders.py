"""How two values of a field are compared: ladders of levels, from the same to different, each with its prior.

Which question a level asks is the method, and stands in the code. How alike two values must be for it, and how much
an answer is worth before anything is learned, is what may be tuned, and stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field

from policy.base import Model
from policy.suggest import nearest

#: Shares of a ladder add up to 1, but for rounding.
ROUNDING = 0.01

OpenShare = Annotated[float, Field(gt=0, lt=1)]


class Level(Model):
    """One level of a ladder.

    Attributes:
        m: prior share of pairs of one person that are at this level.
        u: prior share of pairs taken at random that are.
        at_least: Jaro-Winkler similarity, 0-1, from which on the level holds; None where it asks something else.
        least_u: training may not find the level rarer by chance than this. People of one name have mailboxes of one
            name, and people of one company one domain: counted among random pairs, which share neither, such
            agreement would look like news.
    """

    m: OpenShare
    u: OpenShare
    at_least: OpenShare | None = None
    least_u: Annotated[float, Field(ge=0, lt=1)] = 0.0


def _shipped() -> dict[str, dict[str, Level]]:
    text = (Path(__file__).parent / "defaults" / "identity.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is 20 times as fast, and not built everywhere
    ladders = yaml.load(text, Loader=loader)["training"]["ladders"]
    return {field: {name: Level(**level) for name, level in levels.items()} for field, levels in ladders.items()}


#: The shipped ladders, as the default policy writes them.
LADDERS: Mapping[str, Mapping[str, Level]] = _shipped()


def _completed(given: Any) -> Any:
    """What is given, with the shipped value of everything that is left out."""
    if not isinstance(given, Mapping):
        return given
    for field, levels in given.items():
        if field not in LADDERS:
            raise ValueError(f"no field named {field!r} is compared; {nearest(str(field), LADDERS)}")
        for level in levels if isinstance(levels, Mapping) else ():
            if level not in LADDERS[field]:
                raise ValueError(f"{field} has no level {level!r}; {nearest(str(level), LADDERS[field])}")
    return {field: _with_levels(shipped, given.get(field, {})) for field, shipped in LADDERS.items()}


def _with_levels(shipped: Mapping[str, Level], given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {name: _with_numbers(level, given.get(name, {})) for name, level in shipped.items()}


def _with_numbers(shipped: Level, given: Any) -> Any:
    return {**shipped.model_dump(), **given} if isinstance(given, Mapping) else given


def _sound(ladders: dict[str, dict[str, Level]]) -> dict[str, dict[str, Level]]:
    for field, levels in ladders.items():
        for share in ("m", "u"):
            total = sum(getattr(level, share) for level in levels.values())
            if abs(total - 1) > ROUNDING:
                raise ValueError(
                    f"the {share} of {field} add up to {total:.4g}; expected 1: change `different` as well"
                )
        for name, level in levels.items():
            if (level.at_least is None) != (LADDERS[field][name].at_least is None):
                asked = "asks for no similarity" if level.at_least is not None else "needs a similarity"
                raise ValueError(f"the level {name} of {field} {asked} (at_least)")
        similarities = [level.at_least for level in levels.values() if level.at_least is not None]
        if similarities != sorted(similarities, reverse=True):
            raise ValueError(f"at_least of {field} must not rise from level to level")
    return ladders


Ladders = Annotated[dict[str, dict[str, Level]], BeforeValidator(_completed), AfterValidator(_sound)]


def shipped_ladders() -> dict[str, dict[str, Level]]:
    """The shipped ladders, to be a model's default."""
    return {field: dict(levels) for field, levels in LADDERS.items()}
