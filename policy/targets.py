"""What is to be reached: sales targets by period, and KPIs with baseline and target."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from policy.base import Currency, Model, Text

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?$")]


class Target(Model):
    """A sales target.

    Attributes:
        period: 2026, 2026-Q1 or 2026-03, in the fiscal year.
        amount: to be won.
        currency: of the amount; the base currency when None.
        owner: of one salesperson.
        team: of one team; of the whole company when neither is named.
    """

    period: Period
    amount: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
    currency: Currency | None = None
    owner: Text | None = None
    team: Text | None = None


class Kpi(Model):
    """A measure with what it was and what it is to become.

    Attributes:
        kpi: which.
        unit: of the numbers.
        baseline: before; measured from own data when None.
        target: to be reached.
    """

    kpi: Literal[
        "lead_to_opportunity_rate",
        "stage_conversion_rate",
        "win_rate",
        "cycle_days",
        "forecast_error_rate",
        "forecast_accuracy_rate",
        "opportunities_per_rep",
        "ramp_rate",
    ]
    unit: Literal["rate", "days", "count"]
    baseline: float | None = None
    target: float | None = None


class Targets(Model):
    """`targets.yaml`; rows of target files dropped under landing/ stand beside these.

    Attributes:
        targets: sales targets.
        kpis: measures.
    """

    targets: list[Target] = []
    kpis: list[Kpi] = []

    @model_validator(mode="after")
    def _no_repetition(self) -> Targets:
        keys = [(target.period, target.owner, target.team) for target in self.targets]
        for key in keys:
            if keys.count(key) > 1:
                who = key[1] or key[2] or "the whole company"
                raise ValueError(f"two targets for {key[0]} and {who}")
        if len({kpi.kpi for kpi in self.kpis}) != len(self.kpis):
            raise ValueError("a kpi is named twice")
        return self
