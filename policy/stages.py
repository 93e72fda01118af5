"""Sales processes: stages in order, what each is worth, how long it may take, and what sources call it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from policy.base import Language, Model, Name, Share, Text, Texts
from policy.suggest import nearest

Canonical = Literal["validation", "solution_exchange", "negotiation", "won", "lost"]
Segment = Literal["M2L", "L2O", "CPQ+"]

CANONICAL_STAGES: tuple[str, ...] = get_args(Canonical)


def alias_key(name: str) -> str:
    r"""A stage name folded for comparison: lower case, letters and digits only.

    SQL folds alike: ``regexp_replace(lower(name), '[^\\p{L}\\p{N}]+', '', 'g')``.
    """
    return re.sub(r"[\W_]+", "", name.lower())


class Stage(Model):
    """One stage.

    Attributes:
        stage: name within the process.
        en: English label.
        zh: Chinese label.
        canonical: the stage of the default process that it corresponds to.
        segment: M2L, L2O or CPQ+.
        win_weight: prior probability that a deal in the stage is won; 1 for won, 0 for lost.
        step_benchmark: share that goes on to the next stage; None without a benchmark.
        expected_days: usual stay.
        limit_days: longest stay before the deal is overdue; None without a limit.
        aliases: further names, beside the stage's own name and labels.
    """

    stage: Name
    en: Text
    zh: Text
    canonical: Canonical
    segment: Segment = "L2O"
    win_weight: Share
    step_benchmark: Share | None = None
    expected_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    limit_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    aliases: Texts = []

    @property
    def status(self) -> Literal["open", "won", "lost"]:
        """What a deal in the stage is."""
        return "won" if self.canonical == "won" else "lost" if self.canonical == "lost" else "open"

    def label(self, language: Language) -> str:
        """The stage's label."""
        return self.zh if language == "zh" else self.en


def _check_order(stages: list[Stage]) -> None:
    names = [stage.stage for stage in stages]
    if len(set(names)) != len(names):
        raise ValueError("a stage is named twice")
    ranks = [CANONICAL_STAGES.index(stage.canonical) for stage in stages]
    if ranks != sorted(ranks):
        raise ValueError("stages must follow the order of their canonical stages, won and lost last")
    for status in ("won", "lost"):
        if sum(stage.status == status for stage in stages) != 1:
            raise ValueError(f"expected exactly one stage whose canonical stage is {status}")
    open_stages = [stage for stage in stages if stage.status == "open"]
    if not open_stages:
        raise ValueError("expected at least one open stage")
    weights = [stage.win_weight for stage in open_stages]
    if weights != sorted(weights):
        raise ValueError("win_weight must not fall from stage to stage")
    for stage in stages:
        if stage.status != "open" and stage.win_weight != (1 if stage.status == "won" else 0):
            raise ValueError(f"win_weight of {stage.stage} must be {1 if stage.status == 'won' else 0}")
        if None not in (stage.expected_days, stage.limit_days) and stage.expected_days > stage.limit_days:  # type: ignore[operator]
            raise ValueError(f"limit_days of {stage.stage} is shorter than its expected_days")


class Preset(Model):
    """A ready-made process.

    Attributes:
        preset: unique name.
        stages: in order, won and lost last.
    """

    preset: Name
    stages: list[Stage]

    @model_validator(mode="after")
    def _in_order(self) -> Preset:
        _check_order(self.stages)
        return self


class Process(Model):
    """A process that deals follow: a preset, or stages of its own.

    Attributes:
        process: unique name.
        preset: name of the preset.
        stages: instead of a preset.
        product_lines: product lines whose deals follow it.
        products: single products whose deals follow it; they win over lines.
        names: what sources write in their process field (pipeline, record type, ...).
    """

    process: Name
    preset: Name | None = None
    stages: list[Stage] | None = None
    product_lines: Texts = []
    products: Texts = []
    names: Texts = []

    @model_validator(mode="after")
    def _one_source(self) -> Process:
        if (self.preset is None) == (self.stages is None):
            raise ValueError("expected either a preset or stages")
        if self.stages is not None:
            _check_order(self.stages)
        return self


class ValueIndex(Model):
    """How worthwhile an open deal is to pursue: where it stands among the open deals, 0 the last and 100 the first.

    Attributes:
        amount_weight: of the place by amount in base currency.
        win_probability_weight: of the place by win probability.
        tier_1_from: from this index on a deal is of tier 1.
        tier_2_from: from this index on of tier 2; below, of tier 3.
    """

    amount_weight: Annotated[float, Field(ge=0, le=1000)] = 50
    win_probability_weight: Annotated[float, Field(ge=0, le=1000)] = 50
    tier_1_from: Annotated[float, Field(ge=0, le=100)] = 66.67
    tier_2_from: Annotated[float, Field(ge=0, le=100)] = 33.33

    @model_validator(mode="after")
    def _weighs_and_falls(self) -> ValueIndex:
        if self.amount_weight + self.win_probability_weight <= 0:
            raise ValueError("one of the weights must be above 0")
        if self.tier_2_from > self.tier_1_from:
            raise ValueError("tier_2_from must not be above tier_1_from")
        return self


class Stages(Model):
    """`stages.yaml`.

    Attributes:
        default_process: followed by deals whose product line names no other.
        processes: in use.
        presets: to choose from.
        aliases: canonical stage -> names as sources write them.
        unknown_stage: canonical stage taken, and flagged, for a name that nothing resolves.
        lead_to_opportunity_benchmark: benchmark of the first step of the funnel; None without one.
        value_index: how worthwhile an open deal is to pursue.
    """

    default_process: Name
    processes: Annotated[list[Process], Field(min_length=1)]
    presets: list[Preset]
    aliases: dict[Canonical, Texts] = {}
    unknown_stage: Literal["validation", "solution_exchange", "negotiation"] = "validation"
    lead_to_opportunity_benchmark: Share | None = None
    value_index: ValueIndex = ValueIndex()

    @model_validator(mode="after")
    def _fits_together(self) -> Stages:
        presets = [preset.preset for preset in self.presets]
        names = [process.process for process in self.processes]
        if len(set(presets)) != len(presets) or len(set(names)) != len(names):
            raise ValueError("a preset or process is named twice")
        if self.default_process not in names:
            raise ValueError(f"no process is named {self.default_process!r}; {nearest(self.default_process, names)}")
        for process in self.processes:
            if process.preset is not None and process.preset not in presets:
                raise ValueError(f"no preset is named {process.preset!r}; {nearest(process.preset, presets)}")
        for kind in ("product_lines", "products", "names"):
            seen: set[str] = set()
            for process in self.processes:
                for value in getattr(process, kind):
                    if value.lower() in seen:
                        raise ValueError(f"{value!r} stands in the {kind} of two processes")
                    seen.add(value.lower())
        keys: dict[str, str] = {}
        for canonical, aliases in self.aliases.items():
            for alias in aliases:
                if keys.setdefault(alias_key(alias), canonical) != canonical:
                    raise ValueError(f"the alias {alias!r} stands for two canonical stages")
        return self

    def stages_of(self, process: str) -> list[Stage]:
        """The stages of a process, in order.

        Raises:
            KeyError: no such process.
        """
        found = {item.process: item for item in self.processes}[process]
        if found.stages is not None:
            return found.stages
        return next(preset.stages for preset in self.presets if preset.preset == found.preset)

    def process_of(self, product: str | None = None, line: str | None = None, name: str | None = None) -> str:
        """The process a deal follows: by the source's word, else product, product line, or the default."""
        for value, kind in (
            (name, "names"),
            (name, "process"),
            (product, "products"),
            (line, "product_lines"),
        ):
            for process in self.processes if value else ():
                words = [process.process] if kind == "process" else getattr(process, kind)
                if str(value).strip().lower() in (word.lower() for word in words):
                    return process.process
        return self.default_process

    def alias_keys(self, process: str) -> dict[str, str]:
        """Folded name -> stage of the process. The process's own names win over those of the cross-walk.

        A name known only by its canonical stage resolves to the first stage of the process at or after it.
        """
        stages = self.stages_of(process)
        found: dict[str, str] = {}
        for stage in stages:
            for name in (stage.stage, stage.en, stage.zh, *stage.aliases):
                found.setdefault(alias_key(name), stage.stage)
        crosswalk: list[tuple[str, str]] = [(name, c) for c, names in self.aliases.items() for name in (c, *names)]
        crosswalk += [(c, c) for c in CANONICAL_STAGES]
        for preset in self.presets:
            for stage in preset.stages:
                crosswalk += [(name, stage.canonical) for name in (stage.stage, stage.en, stage.zh, *stage.aliases)]
        for name, canonical in crosswalk:
            found.setdefault(alias_key(name), self.by_canonical(process, canonical))
        return found

    def by_canonical(self, process: str, canonical: str) -> str:
        """The first stage of the process that stands at or after the canonical stage.

        Won and lost map to themselves, never to each other.
        """
        stages = self.stages_of(process)
        if canonical in {"won", "lost"}:
            return next(stage.stage for stage in stages if stage.canonical == canonical)
        rank = CANONICAL_STAGES.index(canonical)
        open_stages = [stage for stage in stages if stage.status == "open"]
        later = [stage.stage for stage in open_stages if CANONICAL_STAGES.index(stage.canonical) >= rank]
        return later[0] if later else open_stages[-1].stage

    def resolve(self, process: str, name: str) -> str | None:
        """The stage of the process that a source's name means; None when nothing resolves it."""
        return self.alias_keys(process).get(alias_key(name))
