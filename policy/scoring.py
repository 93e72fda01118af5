"""Scoring rules: points for who a lead is (fit) and what it did (behaviour), with caps, decay and grades."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from policy.base import Label, Model
from policy.conditions import AnyOf, Condition, EventFilter, one_condition_or_any

Points = Annotated[Decimal, Field(ge=-1000, le=1000, max_digits=6, decimal_places=2)]
Cap = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]
Clause = Annotated[
    Annotated[Condition, Tag("condition")] | Annotated[AnyOf, Tag("any")], Discriminator(one_condition_or_any)
]

#: Beginnings of rule names that the ledger keeps for itself.
RESERVED = ("cap.", "floor.", "gate.")


def _free_name(value: str) -> str:
    if value.startswith(RESERVED):
        raise ValueError(f"names beginning with {', '.join(RESERVED)} are kept for the ledger's own lines")
    return value


RuleName = Annotated[str, StringConstraints(pattern=r"^[\w][\w.\-]{0,79}$"), AfterValidator(_free_name)]


class FitRule(Model):
    """Points for what is known of a lead, given once when every clause of `when` holds.

    Attributes:
        rule: unique name.
        points: given, or taken when negative.
        reason: what readers of the ledger see.
        when: conditions, or `any:` lists of alternatives; all must hold.
    """

    rule: RuleName
    points: Points
    reason: Label
    when: Annotated[list[Clause], Field(min_length=1)]


class BehaviourRule(EventFilter):
    """Points for events.

    Attributes:
        rule: unique name.
        points: for each event, each minute, or once.
        reason: what readers of the ledger see.
        per: event | minute (of dwell time) | once (when `at_least` different things were touched).
        distinct: what `once` counts: assets, products or events.
        at_least: how many of them.
        max_per_day: events (or minutes) of one day of the business zone that count.
        cap: most points of this rule, taken after decay.
        half_life_days: points halve in so many days; no decay when None.
    """

    rule: RuleName
    points: Points
    reason: Label
    per: Literal["event", "minute", "once"] = "event"
    distinct: Literal["asset", "product", "event"] = "event"
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1
    max_per_day: Annotated[int, Field(ge=1, le=100_000)] | None = None
    cap: Cap | None = None
    half_life_days: Annotated[float, Field(gt=0, le=3650)] | None = None

    @model_validator(mode="after")
    def _at_least_needs_once(self) -> BehaviourRule:
        if self.per != "once" and (self.at_least > 1 or self.distinct != "event"):
            raise ValueError("`distinct` and `at_least` are for rules with `per: once`")
        if self.per == "once" and self.max_per_day is not None:
            raise ValueError("`max_per_day` has no meaning for a rule with `per: once`")
        return self


class Pack(Model):
    """Further fit rules for leads of one industry.

    Attributes:
        pack: unique name.
        when: which leads the pack is for; joined to each of its rules.
        rules: the rules.
    """

    pack: RuleName
    when: Annotated[list[Clause], Field(min_length=1)]
    rules: Annotated[list[FitRule], Field(min_length=1)]


class Fit(Model):
    """Rules for who a lead is.

    Attributes:
        cap: most points of all fit rules together.
        rules: for every lead.
        packs: for leads of one industry.
    """

    cap: Cap = Decimal(60)
    rules: list[FitRule] = []
    packs: list[Pack] = []


class Behaviour(Model):
    """Rules for what a lead did.

    Attributes:
        cap: most points of all behaviour rules together.
        rules: the rules.
    """

    cap: Cap = Decimal(60)
    rules: list[BehaviourRule] = []


class FitGrade(Model):
    """A letter from fit points on.

    Attributes:
        grade: the letter.
        min_points: from so many fit points on; None for the rest.
    """

    grade: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
    min_points: Points | None = None


class EngagementGrade(Model):
    """A number from behaviour points on.

    Attributes:
        grade: the number.
        min_points: from so many behaviour points on; None for the rest.
    """

    grade: Annotated[int, Field(ge=1, le=9)]
    min_points: Points | None = None


class Band(Model):
    """A band from a score on.

    Attributes:
        band: its name.
        min_score: from this score on; None for the rest.
    """

    band: Literal["hot", "warm", "cold"]
    min_score: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None = None


class LifecycleStep(Model):
    """What a lead must have reached to be in a step; a lead is in the last step it reached.

    Attributes:
        lifecycle: the step.
        min_score: at least this score.
        min_behaviour_points: at least so many behaviour points.
        verdict: this verdict of the promotion gates.
    """

    lifecycle: Literal["raw", "engaged", "mql", "sql"]
    min_score: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None = None
    min_behaviour_points: Points | None = None
    verdict: Literal["promote", "review", "nurture"] | None = None


def _falling(thresholds: list[Decimal | None]) -> bool:
    numbers = [number for number in thresholds[:-1] if number is not None]
    whole = len(numbers) == len(thresholds) - 1 and thresholds[-1] is None
    return whole and all(a > b for a, b in itertools.pairwise(numbers))


class Scoring(Model):
    """`scoring.yaml`.

    Attributes:
        cap: highest score; what is over falls on the components pro rata.
        fit: rules for who a lead is.
        behaviour: rules for what it did.
        fit_grades: letters, best first.
        engagement_grades: numbers, best first.
        bands: best first.
        lifecycle: steps, first to last.
    """

    cap: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)] = Decimal(100)
    fit: Fit = Fit()
    behaviour: Behaviour = Behaviour()
    fit_grades: Annotated[list[FitGrade], Field(min_length=1)]
    engagement_grades: Annotated[list[EngagementGrade], Field(min_length=1)]
    bands: Annotated[list[Band], Field(min_length=1)]
    lifecycle: Annotated[list[LifecycleStep], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self) -> Scoring:
        if self.repeated_names():
            raise ValueError(f"the rule {self.repeated_names()[0]!r} is defined twice")
        for name, thresholds in (
            ("fit_grades", [grade.min_points for grade in self.fit_grades]),
            ("engagement_grades", [grade.min_points for grade in self.engagement_grades]),
            ("bands", [band.min_score for band in self.bands]),
        ):
            if not _falling(thresholds):
                raise ValueError(f"{name}: expected falling thresholds, and none on the last line (it takes the rest)")
        return self

    def fit_rules(self) -> list[tuple[FitRule, Pack | None]]:
        """Every fit rule, with the pack it belongs to."""
        packed: list[tuple[FitRule, Pack | None]] = [(rule, pack) for pack in self.fit.packs for rule in pack.rules]
        return [(rule, None) for rule in self.fit.rules] + packed

    def repeated_names(self) -> list[str]:
        """Rule names used more than once."""
        names = [rule.rule for rule, _ in self.fit_rules()] + [rule.rule for rule in self.behaviour.rules]
        return sorted({name for name in names if names.count(name) > 1})
