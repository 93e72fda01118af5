"""What may and may not stand in the tree."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ROOMS = ("policy", "sources", "assets", "quality", "serving", "pipelines", "examples")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEXT = {".py", ".sql", ".md", ".yaml", ".yml", ".toml", ".in", ".lock", ".html", ".j2", ".css", ".js", ""}

#: Packages that are run or loaded by name rather than imported.
NOT_IMPORTED = {
    "dagster-dg-cli": "the program dg",
    "dagster-webserver": "the UI",
    "openpyxl": "the engine that pandas writes and reads workbooks with",
    "python-calamine": "the engine that pandas reads workbooks with",
    "psycopg": "the driver that SQLAlchemy loads by the address",
    "tzdata": "read by zoneinfo",
}
#: Packages that come with another one and belong to it.
CARRIED_BY = {
    "adbc-driver-manager": "adbc-driver-sqlite",
    "click": "typer",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
}
#: Written so that the pattern does not find itself.
ADDRESSES = re.compile(
    r"(?<![\w.~])/(?:wor[k]|roo[t]|far[m]|home/\w+|Users/\w+)/"
    r"|files\.python[h]osted|pypi\.or[g]/simple|registry\.npm[j]s|--(?:extra-)?index-ur[l][ =]"
)


def committed() -> list[Path]:
    """Files that are, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def modules(*rooms: str) -> list[Path]:
    """Python files of rooms."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    """A path as a test's id."""
    return str(path.relative_to(ROOT))


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in committed()
        if path.suffix in TEXT and "landing" not in path.parts and "data" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if ADDRESSES.search(line)
    ]
    assert not found


def test_no_lock_file_that_records_addresses_is_committed():
    assert not [path for path in committed() if path.name in {"uv.lock", "poetry.lock", "Pipfile.lock"}]


def test_no_drawer_collects_what_has_no_name():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [named(path) for path in modules(*ROOMS) if drawers & {*path.parts, path.stem}]


@pytest.mark.parametrize("path", [path for path in modules(*ROOMS) if path.name == "__init__.py"], ids=named)
def test_a_package_states_its_rule_and_exports_nothing_again(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "what belongs here, and what must be kept out?"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_a_package(room: str):
    folders = {path.parent for path in modules(room)}
    assert not [named(folder) for folder in folders if not (folder / "__init__.py").exists()]


@pytest.mark.parametrize("path", modules("policy", "assets"), ids=named)
def test_what_is_computed_asks_no_clock(path: Path):
    clocks = {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    }
    asked = [
        f"line {node.lineno}: {node.func.value.id}.{node.func.attr}()"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in clocks
    ]
    assert not asked


def test_every_code_has_its_text_in_both_languages():
    from sources.codes import CODES

    codes = [(key, code) for place in CODES.values() for key, code in place.items()]
    assert codes
    for key, code in codes:
        assert key == code.code
        assert re.search(r"[a-z]", code.en), key
        assert not re.search(r"[\u4e00-\u9fff]", code.en), key
        assert re.search(r"[\u4e00-\u9fff]", code.zh), key
        values = [sorted(set(re.findall(r"\{(\w+)\}", text))) for text in (code.en, code.zh)]
        assert values[0] == values[1], f"{key}: the two texts name different values"


# --- what is depended on ---------------------------------------------------------------------------------


def declared() -> dict[str, Requirement]:
    """What pyproject.toml asks for, without extras."""
    wanted = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def imported(rooms: tuple[str, ...] = ROOMS) -> dict[str, set[str]]:
    """Distribution -> files that import it."""
    distributions = importlib.metadata.packages_distributions()
    found: dict[str, set[str]] = {}
    for path in modules(*rooms):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - set(ROOMS):
                for distribution in set(distributions.get(name, [f"not installed: {name}"])):
                    found.setdefault(canonicalize_name(distribution), set()).add(named(path))
    return found


def test_every_package_imported_is_declared():
    wanted = {*declared(), *(name for name, carrier in CARRIED_BY.items() if carrier in declared())}
    assert {name: files for name, files in imported().items() if name not in wanted} == {}


def test_every_package_declared_is_used():
    assert sorted(set(declared()) - set(imported()) - set(NOT_IMPORTED)) == []


def pinned(lock: str) -> dict[str, set[str]]:
    """Package -> versions in a lock file (several where they differ by platform or Python)."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / lock).read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def test_the_lock_holds_every_dependency_within_its_range():
    pins = pinned("requirements.lock")
    for name, requirement in declared().items():
        assert name in pins, f"{name}: run `make lock`"
        assert all(version in requirement.specifier for version in pins[name]), f"{name}: run `make lock`"


def test_the_development_lock_holds_the_same_versions_and_the_tools():
    pins, dev_pins = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: versions for name, versions in pins.items() if dev_pins.get(name) != versions} == {}
    tools = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["dev"]]
    assert [tool.name for tool in tools if canonicalize_name(tool.name) not in dev_pins] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_its_hashes_and_none_an_address(lock: str):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    for pin in re.split(r"(?m)^(?=[\w.-]+(?:\[[^]]*\])?==)", text)[1:]:
        assert "--hash=sha256:" in pin, pin.splitlines()[0]
