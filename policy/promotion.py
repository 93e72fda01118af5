"""Promotion gates: when a lead becomes an opportunity, and what is missing when it does not."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from policy.base import Label, Model, Name
from policy.conditions import Condition, EventFilter

#: Conditions are bits of a 64-bit number, so that leads with the same answers are decided once.
MAX_CONDITIONS = 60
#: Ways to fulfil all criteria that are looked at for the shortest one.
MAX_PATHS = 4000


class Activity(EventFilter):
    """Enough events of a kind.

    Attributes:
        at_least: how many.
        distinct: of what.
    """

    at_least: Annotated[int, Field(ge=1, le=1000)] = 1
    distinct: Literal["asset", "product", "event"] = "event"


class ScoreAtLeast(Model):
    """A threshold on the score.

    Attributes:
        of: which number.
        gte: at least so much.
    """

    of: Literal["score", "fit_points", "behaviour_points"] = "score"
    gte: Annotated[float, Field(gt=0, le=1000)]


class GateCondition(Model):
    """One thing that can be true of a lead. Exactly one of `fact`, `activity`, `score`.

    Attributes:
        condition: unique name.
        action: what somebody would do to make it true; shown in the shortest path.
        cost: effort of that action, relative to the others.
        fact: something known of the lead.
        activity: something it did.
        score: a threshold on its score.
    """

    condition: Annotated[str, StringConstraints(pattern=r"^[\w][\w.\-]{0,79}$")]
    action: Label
    cost: Annotated[float, Field(gt=0, le=1000)] = 1.0
    fact: Condition | None = None
    activity: Activity | None = None
    score: ScoreAtLeast | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> GateCondition:
        given = [name for name in ("fact", "activity", "score") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of fact, activity, score; found {', '.join(given) or 'none'}")
        return self

    @property
    def kind(self) -> str:
        """fact, activity or score."""
        return "fact" if self.fact else "activity" if self.activity else "score"


class Criterion(Model):
    """A question that must be answered with yes.

    Attributes:
        criterion: contactable, intent, budget, timing, need, or your own.
        label: what readers see.
        any_of: alternatives, each a condition's name or a list of names that must hold together.
        on_fail: what becomes of a lead that fails; `open` leaves it to the other criteria and `review`.
    """

    criterion: Name
    label: Label
    any_of: Annotated[list[str | Annotated[list[str], Field(min_length=1)]], Field(min_length=1)]
    on_fail: Literal["open", "nurture", "reject"] = "open"

    def alternatives(self) -> list[tuple[str, ...]]:
        """The alternatives, each as the conditions that must hold together."""
        return [(item,) if isinstance(item, str) else tuple(item) for item in self.any_of]


class Review(Model):
    """When a person should look at a lead that is not promoted.

    Attributes:
        max_failed: at most so many criteria fail.
        min_score: the score is at least this.
    """

    max_failed: Annotated[int, Field(ge=0, le=20)] = 1
    min_score: Annotated[float, Field(ge=0, le=100)] = 50


class Rejection(Model):
    """A condition that rules a lead out.

    Attributes:
        reason: code in failed_criteria.
        condition: name of the condition.
    """

    reason: Name
    condition: str


class Promotion(Model):
    """`promotion.yaml`.

    Attributes:
        conditions: everything the gates look at, by name.
        criteria: all must hold for a promotion.
        reject_when: any rules the lead out.
        review: when a person should look.
        episode_days: a lead and product promoted within so many days is the same opportunity; a CRM deal for
            them adopts it.
    """

    conditions: list[GateCondition]
    criteria: Annotated[list[Criterion], Field(min_length=1)]
    reject_when: list[Rejection] = []
    review: Review = Review()
    episode_days: Annotated[int, Field(ge=1, le=3650)] = 180

    @model_validator(mode="after")
    def _fits_together(self) -> Promotion:
        from policy.suggest import nearest

        names = [condition.condition for condition in self.conditions]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"the condition {repeated[0]!r} is defined twice")
        if len(names) > MAX_CONDITIONS:
            raise ValueError(f"at most {MAX_CONDITIONS} conditions, found {len(names)}")
        criteria = [criterion.criterion for criterion in self.criteria] + [item.reason for item in self.reject_when]
        if len(set(criteria)) != len(criteria):
            raise ValueError("two criteria or reject reasons have the same name")
        used = [name for c in self.criteria for alternative in c.alternatives() for name in alternative]
        used += [item.condition for item in self.reject_when]
        for name in used:
            if name not in names:
                raise ValueError(f"no condition is named {name!r}; {nearest(name, names)}")
        count = 1
        for criterion in self.criteria:
            count *= len(criterion.any_of)
        if count > MAX_PATHS:
            raise ValueError(
                f"{count} ways to fulfil all criteria; expected at most {MAX_PATHS}: use fewer alternatives"
            )
        return self

    def paths(self) -> list[tuple[str, ...]]:
        """Every way to fulfil all criteria that holds no other way within it, as sorted condition names."""
        ways = {
            frozenset(name for alternative in choice for name in alternative)
            for choice in product(*(criterion.alternatives() for criterion in self.criteria))
        }
        ordered = sorted(ways, key=lambda way: (len(way), sorted(way)))
        least: list[frozenset[str]] = []
        for way in ordered:
            if not any(smaller < way for smaller in least):
                least.append(way)
        return [tuple(sorted(way)) for way in least]
