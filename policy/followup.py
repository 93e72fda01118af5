"""The follow-up plan: what is done when, each step counted from the step before."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from policy.base import Label, Model, Name, Texts

Hours = Annotated[float, Field(ge=0, le=87600)]


class Step(Model):
    """One step and its window.

    Attributes:
        step: unique name.
        label: what readers see.
        after: step whose completion opens the clock; the beginning (promotion or assignment) when None.
        opens_hours: the window opens so many hours after it.
        closes_hours: the window closes.
        done_by: activity types that complete the step.
    """

    step: Name
    label: Label
    after: Name | None = None
    opens_hours: Hours = 0
    closes_hours: Hours
    done_by: Annotated[Texts, Field(min_length=1)]

    @model_validator(mode="after")
    def _opens_first(self) -> Step:
        if self.closes_hours <= self.opens_hours:
            raise ValueError("closes_hours must be later than opens_hours")
        return self


class StageTask(Model):
    """A key task of a stage.

    Attributes:
        task: unique name.
        label: what readers see.
        stage: canonical stage that it belongs to.
        since: the clock starts when the opportunity is created, or when it enters the stage.
        due_days: due so many days later.
        done_by: activity types that complete it.
        requires: documents that must be there first.
    """

    task: Name
    label: Label
    stage: Literal["validation", "solution_exchange", "negotiation"]
    since: Literal["created", "entered"] = "entered"
    due_days: Annotated[float, Field(gt=0, le=3650)]
    done_by: Annotated[Texts, Field(min_length=1)]
    requires: list[Label] = []


class Escalation(Model):
    """Who is told when something stays overdue.

    Attributes:
        level: who.
        after_days: so many days after it was due.
    """

    level: Literal["owner", "manager", "director"]
    after_days: Annotated[float, Field(ge=0, le=3650)]


class Followup(Model):
    """`followup.yaml`.

    Attributes:
        clock: elapsed hours, or hours of the working calendar.
        plan: steps in order.
        stage_tasks: key tasks of stages.
        escalation: levels, first to last.
        stale_days: days without any update after which the team is reminded.
        cadence_days: shortest and longest gap between touches, by canonical stage.
    """

    clock: Literal["elapsed", "working"] = "elapsed"
    plan: list[Step] = []
    stage_tasks: list[StageTask] = []
    escalation: list[Escalation] = []
    stale_days: Annotated[int, Field(ge=1, le=3650)] = 14
    cadence_days: dict[
        Literal["validation", "solution_exchange", "negotiation"],
        Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)],
    ] = {}

    @model_validator(mode="after")
    def _chained(self) -> Followup:
        seen: set[str] = set()
        for step in self.plan:
            if step.step in seen:
                raise ValueError(f"the step {step.step!r} is named twice")
            if step.after is not None and step.after not in seen:
                raise ValueError(f"the step {step.step!r} comes after {step.after!r}, which must stand before it")
            seen.add(step.step)
        tasks = [task.task for task in self.stage_tasks]
        if len(set(tasks)) != len(tasks):
            raise ValueError("a stage task is named twice")
        days = [level.after_days for level in self.escalation]
        if days != sorted(days):
            raise ValueError("escalation levels must stand in the order of after_days")
        return self
