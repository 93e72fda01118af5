"""Who gets which lead and deal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from policy.base import Label, Model, Name, Text, Texts
from policy.conditions import Condition


class RoutingRule(Model):
    """Where leads go; the first rule that fits decides.

    Attributes:
        rule: unique name.
        reason: what readers see.
        when: all must hold; empty fits every lead.
        bands: score bands; any when empty.
        owner: goes to this salesperson.
        team: goes to somebody of this team.
        levels: of these levels.
        skills: with one of these skills.
        same_region: prefers salespeople of the lead's region.
    """

    rule: Name
    reason: Label
    when: list[Condition] = []
    bands: list[Literal["hot", "warm", "cold"]] = []
    owner: Text | None = None
    team: Text | None = None
    levels: Texts = []
    skills: Texts = []
    same_region: bool = False


class Pool(Model):
    """When a lead goes back for others to take.

    Attributes:
        reclaim_hours: without a first contact for so many hours.
        reclaim_hours_by_band: instead, by score band.
    """

    reclaim_hours: Annotated[int, Field(ge=1, le=8760)] = 48
    reclaim_hours_by_band: dict[Literal["hot", "warm", "cold"], Annotated[int, Field(ge=1, le=8760)]] = {}


class Routing(Model):
    """`routing.yaml`.

    Attributes:
        keep_owner: a lead or deal that names an owner keeps it.
        default_capacity: open deals a salesperson carries when reference data says nothing.
        rules: first fit decides.
        pool: when a lead goes back.
        max_reassigned_share: most of a salesperson's open deals proposed for reassignment in a week.
    """

    keep_owner: bool = True
    default_capacity: Annotated[int, Field(ge=1, le=10_000)] = 40
    rules: list[RoutingRule] = []
    pool: Pool = Pool()
    max_reassigned_share: Annotated[float, Field(ge=0, le=1)] = 0.2

    @model_validator(mode="after")
    def _unique_names(self) -> Routing:
        names = [rule.rule for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("a routing rule is named twice")
        return self
