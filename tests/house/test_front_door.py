"""The front door: what Dagster loads, how its instance is set, what the command line imports."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

#: Made when a run is audited or published, so by no asset's SQL or function.
MADE_AT_THE_END = {"quality_results", "balances", "publications"}


def test_workspace_and_dg_project_open_the_same_door():
    (entry,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    project = PYPROJECT["tool"]["dg"]["project"]
    assert entry["python_module"]["module_name"] == project["code_location_target_module"]
    assert entry["python_module"]["module_name"].split(".")[0] == project["root_module"]
    assert entry["python_module"]["location_name"] == project["code_location_name"]
    assert entry["python_module"]["working_directory"] == "."


def test_every_contract_is_an_asset_and_shows_its_columns_and_owner():
    from docs.generate import contracts
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    nodes = {key.path[-1]: graph.get(key) for key in graph.get_all_asset_keys()}
    tables = {table.name: table for table in contracts()}
    assert set(tables) - set(nodes) <= MADE_AT_THE_END
    for name in set(tables) & set(nodes):
        assert nodes[name].description.startswith("One row per "), name
        assert nodes[name].group_name == tables[name].group, name
        assert nodes[name].owners, name
        shown = nodes[name].metadata["dagster/column_schema"]
        columns = getattr(shown, "value", shown).columns
        assert [column.name for column in columns] == list(tables[name].columns), name


def test_the_instance_tells_nobody_and_gives_back_what_dead_runs_hold(tmp_path: Path):
    from dagster import DagsterInstance

    shutil.copy(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.get_settings("run_monitoring")["free_slots_after_run_end_seconds"] > 0
        assert instance.run_retries_enabled
        assert instance.get_settings("run_retries")["retry_on_asset_or_op_failure"] is False
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def test_help_imports_nothing_heavy():
    heavy = ["pandas", "numpy", "pyarrow", "duckdb", "dagster", "sqlalchemy", "great_expectations", "splink"]
    program = (
        "import json, sys\n"
        "sys.argv = ['sluice', '--help']\n"
        "from pipelines.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as stopped:\n"
        "    assert not stopped.code, stopped.code\n"
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=600
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.slow
def test_dg_finds_the_definitions():
    dg = Path(sys.executable).with_name("dg")
    done = subprocess.run(
        [dg, "check", "defs", "--no-check-yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
