"""How the forecast is made: periods, prior strength, the money grid, when a forecast may claim skill."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from policy.base import Model, Share


class NewBusiness(Model):
    """Deals that do not exist yet.

    Attributes:
        use: whether they are part of the forecast.
        history_periods: closed periods looked at.
        min_periods: with fewer, nothing is added.
    """

    use: bool = True
    history_periods: Annotated[int, Field(ge=1, le=60)] = 8
    min_periods: Annotated[int, Field(ge=1, le=60)] = 2


class Skill(Model):
    """When a forecast may claim to be better than a guess.

    Attributes:
        min_closed_periods: with fewer closed forecasts the label says that it cannot be told.
        min_skill: improvement over the best baseline that counts as skill.
        baselines: what it is compared with.
    """

    min_closed_periods: Annotated[int, Field(ge=1, le=100)] = 4
    min_skill: Share = 0.05
    baselines: list[Literal["last_value", "same_period_last_year", "stage_weights", "benchmarks"]] = [
        "last_value",
        "same_period_last_year",
        "stage_weights",
        "benchmarks",
    ]


class Forecast(Model):
    """`forecast.yaml`.

    Attributes:
        period: forecasts are made for such periods of the fiscal year.
        horizon_periods: the current one and so many more.
        segments: totals are also made by these; `all` is always there.
        prior_strength: closed deals that the prior win weights are worth against own history.
        half_life_days: weight of a closed deal halves in so many days of age; None weighs all alike.
        grid_points: points of the money grid on which the distribution of the sum is computed.
        min_closed_deals: below so many closed deals the prior stands alone, and the label says so.
        default_cycle_days: time from creation to win while own history is too short.
        slip_probability: share of deals that close after their expected date, prior.
        new_business: deals that do not exist yet.
        skill: when skill may be claimed.
        funnel_confidence: of intervals and verdicts.
        funnel_segments: the funnel is also counted by these; `all` is always there.
        cohort_min_entered: smaller cohorts get no verdict.
        cohort_maturity_quantile: a cohort is mature once this share of the usual time to close has passed.
        cohort_doubtful_share: of those entered that may be inferred, too young or too early in a comparable cohort.
    """

    period: Literal["month", "quarter"] = "quarter"
    horizon_periods: Annotated[int, Field(ge=0, le=24)] = 2
    segments: list[Literal["owner", "team", "product", "line", "process", "region", "source_name"]] = [
        "owner",
        "product",
    ]
    prior_strength: Annotated[float, Field(gt=0, le=100_000)] = 20
    half_life_days: Annotated[float, Field(gt=0, le=36500)] | None = 365
    grid_points: Annotated[int, Field(ge=64, le=65536)] = 16384
    min_closed_deals: Annotated[int, Field(ge=0)] = 30
    default_cycle_days: Annotated[float, Field(gt=0, le=3650)] = 90
    slip_probability: Share = 0.3
    new_business: NewBusiness = NewBusiness()
    skill: Skill = Skill()
    funnel_confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    funnel_segments: list[
        Literal["source_name", "medium", "channel", "campaign", "country", "industry", "product", "owner"]
    ] = ["source_name", "medium", "product"]
    cohort_min_entered: Annotated[int, Field(ge=1)] = 5
    cohort_maturity_quantile: Annotated[float, Field(gt=0, lt=1)] = 0.9
    cohort_doubtful_share: Annotated[float, Field(ge=0, lt=1)] = 0.1

    @model_validator(mode="after")
    def _enough_history(self) -> Forecast:
        if self.new_business.min_periods > self.new_business.history_periods:
            raise ValueError("new_business.min_periods must not be above history_periods")
        return self
