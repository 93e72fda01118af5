"""Making a home: one directory is one deployment."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.errors import UsageError
from policy.errors import Problem
from policy.load import DEFAULTS
from serving.published import home_id
from sources.raw import raw_dir_of

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LANDING_FOLDERS = ("forms", "events", "partners", "crm", "reference")


def is_home(home: Path) -> bool:
    """Whether the directory is a deployment; one whose landing zone is not mounted now still is."""
    return (home / "policy").is_dir() and ((home / "landing").is_dir() or raw_dir_of(home).is_dir())


def checked_home(home: Path) -> Path:
    """The home as an absolute path.

    Raises:
        UsageError: it is no home, and what to do.
    """
    if not is_home(home):
        raise UsageError(f"{home} is no home (no policy/ and landing/ in it); make one with `sluice init {home}`")
    return home.resolve()


def make_home(home: Path, *, from_example: bool = False) -> dict[str, str]:
    """Makes a home with the default policy, or adds what a home lacks.

    Args:
        home: the directory; must be empty, missing or a home already.
        from_example: with the sample policy and landing zone.

    Returns:
        Paths of what was made.

    Raises:
        UsageError: the directory holds something else.
    """
    if home.exists() and not home.is_dir():
        raise UsageError(f"{home} is a file; name a directory")
    if home.is_dir() and any(home.iterdir()) and not is_home(home):
        raise UsageError(f"{home} is not empty and no home; name an empty or new directory")
    for folder in LANDING_FOLDERS:
        (home / "landing" / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("lake/raw", "out", "policy/feeds"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    _copy_missing(DEFAULTS, home / "policy", skip="feeds" if from_example else None)
    if from_example:
        _copy_missing(EXAMPLES / "policy", home / "policy", replace=True)
        _copy_missing(EXAMPLES / "landing", home / "landing")
    home_id(raw_dir_of(home))
    return {"home": str(home), "policy": str(home / "policy"), "landing": str(home / "landing")}


def make_home_if_missing(home: Path) -> None:
    """Makes a home without feeds where there is none, for a simulated world that brings its own."""
    if not is_home(home):
        make_home(home)
        shutil.rmtree(home / "policy" / "feeds")
        (home / "policy" / "feeds").mkdir()


def _copy_missing(source: Path, target: Path, *, skip: str | None = None, replace: bool = False) -> None:
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if skip and relative.parts[0] == skip:
            continue
        if path.is_dir():
            (target / relative).mkdir(parents=True, exist_ok=True)
        elif replace or not (target / relative).exists():
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / relative)


def policy_problems(home: Path) -> list[Problem]:
    """Everything that is wrong with a home's policy."""
    from pipelines.policies import policy_problems_of

    return policy_problems_of(checked_home(home))
