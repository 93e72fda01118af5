"""Runs the checks of the house two at a time, then the tests, timed, and says at the end which failed.

Usage: ``.venv/bin/python .ci/steps.py [check|test|soak] [step ...]``. A failed step does not keep the next from
running: one go shows everything that is wrong. Exit 1 when a step failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SQLFLUFF = ["sqlfluff", "lint", "--processes", "1", "--disable-progress-bar", "assets", "quality", "serving"]

#: Name, what it looks at, command. The command's first word is a program of .venv. The longest first.
STEPS = [
    ("types", "mypy", ["mypy"]),
    ("sql", "sqlfluff", SQLFLUFF),
    ("format", "ruff format", ["ruff", "format", "--check", "--output-format", "concise", "."]),
    ("lint", "ruff", ["ruff", "check", "--output-format", "concise", "."]),
    ("imports", "import-linter: rooms, groups, pure modules", ["lint-imports"]),
    ("docs", "dictionary, lineage, README tables are fresh", ["python", "docs/generate.py", "--check"]),
    ("tests", "pytest, but for what is slow", ["pytest", "-m", "not slow"]),
    ("soak", "pytest: what is slow", ["pytest", "-m", "slow"]),
]


def run(name: str, what: str, command: list[str], *, at_once: bool = False) -> tuple[str, int, float]:
    """Runs one step; the result is its name, exit code and seconds.

    Args:
        name: of the step.
        what: it looks at.
        command: a program of .venv and its arguments.
        at_once: shows its output as it comes; otherwise when it is done, so that steps at work together stay apart.
    """
    if at_once:
        print(f"\n== {name}: {what}", flush=True)
    started = time.monotonic()
    shown = None if at_once else subprocess.PIPE
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        check=False,
        stdout=shown,
        stderr=None if at_once else subprocess.STDOUT,
        text=True,
    )
    seconds = time.monotonic() - started
    said = f"== {name}: {'ok' if done.returncode == 0 else f'FAILED (exit {done.returncode})'} after {seconds:.0f} s"
    print(said if at_once else f"\n== {name}: {what}\n{done.stdout.rstrip()}\n{said}", flush=True)
    return name, done.returncode, seconds


def main(wanted: str, only: list[str]) -> int:
    """Runs the checks (`check`), the tests as well (`test`), the slow tests (`soak`), or the steps named."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # The tests start hundreds of processes; each would compile its two thousand modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    names = {name for name, *_ in STEPS}
    asked = {"check": names - {"tests", "soak"}, "test": names - {"soak"}, "soak": {"soak"}}[wanted]
    steps = [step for step in STEPS if step[0] in (only or asked)]
    checks = [step for step in steps if step[0] not in {"tests", "soak"}]
    if checks:
        print(f"two at a time: {', '.join(name for name, *_ in checks)}", flush=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = [found.result() for found in [pool.submit(run, *step) for step in checks]]
    results += [run(*step, at_once=True) for step in steps if step not in checks]
    failed = [name for name, code, _ in results if code]
    print()
    for name, code, seconds in results:
        print(f"{name:8} {'FAILED' if code else 'ok':6} {seconds:5.0f} s")
    if failed:
        print(f"Failed: {', '.join(failed)}. One step alone: make {wanted} STEPS={failed[0]}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "test", sys.argv[2:]))
