"""Sales processes as tables."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa

from policy.model import Policy
from policy.rows.rows import table
from policy.stages import ValueIndex


def stage_tables(policy: Policy) -> dict[str, pa.Table]:
    """Stages: stage of a process. Aliases: name of it. Matches: what leads to a process. Benchmarks: step.

    Value index: one row.
    """
    stages = policy.stages
    rows: list[dict[str, Any]] = []
    aliases: list[dict[str, Any]] = []
    benchmarks: list[dict[str, Any]] = []
    matches: dict[tuple[str, str], str] = {}
    for process in stages.processes:
        name, listed = process.process, stages.stages_of(process.process)
        following = [stage for stage in listed if stage.status != "lost"]
        after = {a.stage: b.stage for a, b in itertools.pairwise(following)}
        rows += [
            {
                "process": name,
                "stage": stage.stage,
                "stage_order": order,
                "canonical_stage": stage.canonical,
                "segment": stage.segment,
                "label": stage.en,
                "label_zh": stage.zh,
                "status": stage.status,
                "is_won": stage.status == "won",
                "is_lost": stage.status == "lost",
                "win_weight": stage.win_weight,
                "step_benchmark": stage.step_benchmark,
                "next_stage": after.get(stage.stage),
                "expected_days": stage.expected_days,
                "limit_days": stage.limit_days,
            }
            for order, stage in enumerate(listed, start=1)
        ]
        aliases += [
            {"process": name, "alias": alias, "stage": stage}
            for alias, stage in sorted(stages.alias_keys(name).items())
        ]
        first = {
            "from_stage": "lead",
            "to_stage": listed[0].stage,
            "benchmark_rate": stages.lead_to_opportunity_benchmark,
        }
        steps = [first] + [
            {
                "from_stage": stage.stage,
                "to_stage": after[stage.stage],
                "benchmark_rate": stage.step_benchmark,
            }
            for stage in listed
            if stage.stage in after
        ]
        benchmarks += [{"process": name, "step_order": order, **step} for order, step in enumerate(steps)]
        named = {"name": [name, *process.names], "product": process.products, "line": process.product_lines}
        for basis, words in named.items():
            for word in words:  # each word leads to one process, however often it is written
                matches.setdefault((basis, word.lower()), name)
    return {
        "policy_stages": table(
            rows,
            process="text",
            stage="text",
            stage_order="integer",
            canonical_stage="text",
            segment="text",
            label="text",
            label_zh="text",
            status="text",
            is_won="boolean",
            is_lost="boolean",
            win_weight="double",
            step_benchmark="double",
            next_stage="text",
            expected_days="integer",
            limit_days="integer",
        ),
        "policy_stage_aliases": table(aliases, process="text", alias="text", stage="text"),
        "policy_processes": table(
            (
                {
                    "process": process.process,
                    "is_default": process.process == stages.default_process,
                    "unknown_stage": stages.by_canonical(process.process, stages.unknown_stage),
                }
                for process in stages.processes
            ),
            process="text",
            is_default="boolean",
            unknown_stage="text",
        ),
        "policy_process_matches": table(
            ({"process": process, "basis": basis, "word": word} for (basis, word), process in matches.items()),
            process="text",
            basis="text",
            word="text",
        ),
        "policy_value_index": table(
            [stages.value_index.model_dump()], **dict.fromkeys(ValueIndex.model_fields, "double")
        ),
        "policy_benchmarks": table(
            benchmarks,
            process="text",
            step_order="integer",
            from_stage="text",
            to_stage="text",
            benchmark_rate="double",
        ),
    }
