from __future__ import annotations

import itertools
import shutil
from math import isclose

import pytest

from policy.load import DEFAULTS, load_policy
from policy.stages import CANONICAL_STAGES, Process, Stages, alias_key


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(DEFAULTS, home / "policy")
    return load_policy(home).stages


def test_default_process_has_the_prior_weights_of_the_benchmarks(stages: Stages) -> None:
    listed = stages.stages_of(stages.default_process)
    assert [stage.zh for stage in listed] == ["验证", "交流", "谈判", "成交", "输单"]
    assert [stage.win_weight for stage in listed] == [0.072, 0.12, 0.30, 1, 0]
    assert [stage.step_benchmark for stage in listed[:3]] == [0.60, 0.40, 0.30]


def test_every_preset_maps_onto_the_canonical_stages_and_its_weights_follow_its_benchmarks(
    stages: Stages,
) -> None:
    assert len(stages.presets) == 5
    for preset in stages.presets:
        assert {stage.canonical for stage in preset.stages} <= set(CANONICAL_STAGES)
        going_on = [stage for stage in preset.stages if stage.status != "lost"]
        for stage, following in itertools.pairwise(going_on):
            assert stage.step_benchmark is not None
            assert isclose(stage.win_weight, stage.step_benchmark * following.win_weight, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("Prospecting", "validation"),
        ("Qualification", "validation"),
        ("初步接洽", "validation"),
        ("Engaging", "solution_exchange"),
        ("Needs Analysis", "solution_exchange"),
        ("Id. Decision Makers", "solution_exchange"),
        ("需求确认", "solution_exchange"),
        ("Proposal/Price Quote", "negotiation"),
        ("Negotiation/Review", "negotiation"),
        (" negotiation / REVIEW ", "negotiation"),
        ("报价", "negotiation"),
        ("Closed Won", "won"),
        ("Won", "won"),
        ("签约", "won"),
        ("closed_lost", "lost"),
        ("Lost", "lost"),
        ("输单", "lost"),
        ("4f6e", None),
    ],
)
def test_names_of_other_systems_resolve(stages: Stages, name: str, stage: str | None) -> None:
    assert stages.resolve("standard", name) == stage


def test_a_process_of_its_own_words_comes_first_and_missing_stages_fall_on_the_next(stages: Stages) -> None:
    processes = [
        *stages.processes,
        Process(process="projects", preset="contract", product_lines=["Projects"]),
    ]
    processes.append(Process(process="plain", preset="discovery", names=["Pipeline B"]))
    more = stages.model_copy(update={"processes": processes})
    assert more.resolve("projects", "需求确认") == "needs_confirmed"
    assert more.resolve("standard", "需求确认") == "solution_exchange"
    assert more.resolve("projects", "Closed Won") == "contract_signed"
    assert more.resolve("plain", "Prospecting") == "identified"
    assert more.resolve("plain", "Negotiation/Review") == "proposal"
    assert more.process_of(line="projects") == "projects"
    assert more.process_of(line="projects", name="pipeline b") == "plain"
    assert more.process_of(line="unheard of") == "standard"


def test_alias_key_folds_case_spaces_and_punctuation() -> None:
    assert alias_key("Closed - Won ") == alias_key("closed_won") == "closedwon"
