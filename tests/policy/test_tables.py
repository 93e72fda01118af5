from __future__ import annotations

import itertools
import shutil

import duckdb
import pytest

from policy.load import DEFAULTS, load_policy
from policy.model import Policy
from policy.stages import alias_key
from policy.tables import policy_tables


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(DEFAULTS, home / "policy")
    return load_policy(home)


def test_every_table_keeps_its_types_even_when_it_is_empty(policy: Policy) -> None:
    connection = duckdb.connect()
    for name, frame in policy_tables(policy).items():
        assert name.startswith("policy_")
        connection.register(name, frame)
        whole = connection.table(name)
        connection.register("emptied", frame.iloc[:0])
        assert connection.table("emptied").types == whole.types, name
        assert set(map(str, whole.types)) <= {"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"}, name


def test_paths_of_the_gates_hold_no_path_within_them(policy: Policy) -> None:
    paths = [set(path) for path in policy.promotion.paths()]
    assert not any(a < b for a, b in itertools.permutations(paths, 2))
    for path in paths:
        for criterion in policy.promotion.criteria:
            assert any(set(alternative) <= path for alternative in criterion.alternatives())


def test_sql_folds_stage_names_as_python_does(policy: Policy) -> None:
    aliases = policy_tables(policy)["policy_stage_aliases"]
    assert set(aliases["alias"]) == {alias_key(alias) for alias in aliases["alias"]}
    names = ["Negotiation/Review", " Id. Decision Makers", "初步 接洽", "closed_won", "Café—Phase 2"]
    folded = duckdb.connect().execute(
        "SELECT list(regexp_replace(lower(name), '[^\\p{L}\\p{N}]+', '', 'g')) FROM (SELECT unnest(?) AS name)",
        [names],
    )
    assert folded.fetchall()[0][0] == [alias_key(name) for name in names]


def test_grades_leave_no_gap(policy: Policy) -> None:
    grades = policy_tables(policy)["policy_grades"]
    for _, axis in grades.groupby("axis"):
        assert axis["below_points"].isna().tolist()[0]
        assert axis["from_points"].isna().tolist()[-1]
        assert axis["below_points"].tolist()[1:] == axis["from_points"].tolist()[:-1]
