"""Runs the checks of the house one after the other, announced and timed, and says at the end which failed.

Usage: ``.venv/bin/python .ci/steps.py [check|test] [step ...]``. A failed step does not keep the next from
running: one go shows everything that is wrong. Exit 1 when a step failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SQLFLUFF = ["sqlfluff", "lint", "--processes", "2", "--disable-progress-bar", "assets", "quality", "serving"]

#: Name, what it looks at, command. The command's first word is a program of .venv.
STEPS = [
    ("format", "ruff format", ["ruff", "format", "--check", "--output-format", "concise", "."]),
    ("lint", "ruff", ["ruff", "check", "--output-format", "concise", "."]),
    ("types", "mypy", ["mypy"]),
    ("imports", "import-linter: rooms, groups, pure modules", ["lint-imports"]),
    ("sql", "sqlfluff", SQLFLUFF),
    ("docs", "dictionary, lineage, README tables are fresh", ["python", "docs/generate.py", "--check"]),
    ("tests", "pytest", ["pytest"]),
]


def run(name: str, what: str, command: list[str]) -> tuple[str, int, float]:
    """Runs one step with its output as it comes; the result is its name, exit code and seconds."""
    print(f"\n== {name}: {what}", flush=True)
    started = time.monotonic()
    code = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode
    seconds = time.monotonic() - started
    print(f"== {name}: {'ok' if code == 0 else f'FAILED (exit {code})'} after {seconds:.0f} s", flush=True)
    return name, code, seconds


def main(wanted: str, only: list[str]) -> int:
    """Runs all steps, all but the tests (`check`), or the steps named."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # The tests start hundreds of processes; each would compile its two thousand modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    left_out = set() if wanted == "test" else {"tests"}
    steps = [step for step in STEPS if step[0] in (only or {name for name, *_ in STEPS} - left_out)]
    results = [run(*step) for step in steps]
    failed = [name for name, code, _ in results if code]
    print()
    for name, code, seconds in results:
        print(f"{name:8} {'FAILED' if code else 'ok':6} {seconds:5.0f} s")
    if failed:
        print(f"Failed: {', '.join(failed)}. One step alone: make {wanted} STEPS={failed[0]}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "test", sys.argv[2:]))
