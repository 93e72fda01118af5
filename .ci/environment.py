"""Makes ``.venv`` from a lock file, with nothing but the standard library; quick when it is already there.

Usage: ``python3 .ci/environment.py requirements.lock``, or ``requirements-dev.lock``, which holds more.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: The development lock holds every pin of the other one, so an environment made from it serves both.
SERVES = {
    "requirements.lock": ("requirements.lock", "requirements-dev.lock"),
    "requirements-dev.lock": ("requirements-dev.lock",),
}


def fingerprint(lock: str) -> str:
    """What the environment depends on: the pins, the project's own metadata and the interpreter."""
    content = hashlib.sha256()
    for name in (lock, "pyproject.toml"):
        content.update((ROOT / name).read_bytes())
    content.update(f"{sys.version}|{ROOT}".encode())
    return content.hexdigest()


def stamp(lock: str) -> Path:
    """The file that says for which content the environment was made."""
    return VENV / f".made-from-{lock}"


def is_made(lock: str) -> bool:
    """Whether the environment is there, complete, for these very files."""
    return PYTHON.exists() and any(
        stamp(name).exists() and stamp(name).read_text() == fingerprint(name) for name in SERVES[lock]
    )


def installed(arguments: list[str], expected: int) -> None:
    """Runs pip, telling from time to time how far it is; pip's own words only where it fails.

    Args:
        arguments: of ``pip install``.
        expected: how many packages there are to fetch.
    """
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    process = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said, seen, told = [], 0, time.monotonic()
    for line in process.stdout:
        said.append(line)
        seen += line.startswith(("Collecting ", "Requirement already satisfied: "))
        if line.startswith("Installing collected") and expected > 1:
            print(f"  fetched {seen} packages, unpacking them (the longest part)", flush=True)
        elif time.monotonic() - told > 5 and seen:
            told = time.monotonic()
            print(f"  {min(seen, expected)} of about {expected} packages", flush=True)
    if process.wait():
        sys.stderr.writelines(said[-40:])
        sys.exit(
            f"\npip could not install {' '.join(arguments[:3])}; its last lines are above.\n"
            "Is the package registry reachable from here? Running the same command again is safe."
        )


def make(lock: str) -> None:
    """Makes the environment anew or brings it up to date."""
    started = time.monotonic()
    if VENV.exists() and subprocess.run([str(PYTHON), "-c", ""], capture_output=True, check=False).returncode:
        print("The interpreter of .venv is gone: making it anew.", flush=True)
        shutil.rmtree(VENV)
    if not PYTHON.exists():
        print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
            sys.exit("no virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv")
    for name in SERVES:
        stamp(name).unlink(missing_ok=True)
    text = (ROOT / lock).read_text(encoding="utf-8")
    print(f"Installing what {lock} pins (a few minutes the first time)", flush=True)
    installed(["--require-hashes", "-r", lock], len(re.findall(r"(?m)^[\w.-]+(\[[^]]*\])?==", text)))
    installed(["--no-deps", "--no-build-isolation", "--no-index", "-e", "."], 1)
    stamp(lock).write_text(fingerprint(lock))
    print(f"  .venv is ready after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    (wanted,) = sys.argv[1:]
    if not is_made(wanted):
        make(wanted)
