"""The command line in processes of their own that have imported everything already.

Importing Dagster, Great Expectations and the rest takes longer than a run of a few dozen rows. A server imports them
once and forks a child for each command, so that a test may kill, limit and interrupt real processes by the dozen.

Run as a program it is that server: each line on stdin asks for something, each line on stdout answers it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

#: A line of progress: seconds, then a step with its number, or what a step is at.
PROGRESS = re.compile(r"^ *[0-9.]+ s  (?:[0-9]+(?:/[0-9]+)?  (?P<step>.+)|(?:file| ) .*)$")


@dataclass(frozen=True)
class Answer:
    """What a command came to; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """What it said to the person at the terminal, without the lines of progress."""
        return "\n".join(line for line in self.err.splitlines() if not PROGRESS.match(line))

    @property
    def step(self) -> str | None:
        """The step that began last; None when none did."""
        lines = [PROGRESS.match(line) for line in self.err.splitlines()]
        return next((found["step"] for found in reversed(lines) if found and found["step"]), None)


@dataclass
class Running:
    """A command at work."""

    server: Forked
    pid: int
    folder: Path

    def send(self, number: int) -> None:
        """Sends it a signal; one that has ended waits to be asked about, so the number is still its own."""
        os.kill(self.pid, number)

    def said(self) -> str:
        """What it has written to stderr so far."""
        return (self.folder / f"{self.pid}.err").read_text(encoding="utf-8")

    def wait_until(self, text: str) -> None:
        """Waits until it has written this to stderr, or has ended."""
        while text not in self.said() and not self.server.ask({"has_ended": self.pid})["answer"]:
            time.sleep(0.01)

    def wait(self) -> Answer:
        """Waits until it has ended."""
        code = int(self.server.ask({"wait": self.pid})["code"])
        out = (self.folder / f"{self.pid}.out").read_text(encoding="utf-8")
        return Answer(code, out, self.said())


@dataclass
class Forked:
    """The server; call it with the arguments of a command."""

    folder: Path
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
        # a thread of the linear algebra library would not survive the fork, and the tables are small
        # tables of a few rows are not worth a second thread, and other tests are at work
        environment |= {"SLUICE_THREADS": "1"}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        """One question, one answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def start(
        self, *arguments: str, as_anyone: bool = False, largest_file: int | None = None, **environment: str
    ) -> Running:
        """Starts a command.

        Args:
            arguments: of the command line.
            as_anyone: whether it does without what root may do, so that what may not be written is not written.
            largest_file: bytes beyond which no file may grow, as on a disk that is full.
            environment: variables.
        """
        asked = self.ask(
            {
                "start": arguments,
                "environment": environment,
                "largest_file": largest_file,
                "as_anyone": as_anyone,
                "folder": str(self.folder),
            }
        )
        return Running(self, int(asked["pid"]), self.folder)

    def __call__(
        self, *arguments: str, as_anyone: bool = False, largest_file: int | None = None, **environment: str
    ) -> Answer:
        """A command from beginning to end, started in the same way."""
        return self.start(*arguments, as_anyone=as_anyone, largest_file=largest_file, **environment).wait()

    def close(self) -> None:
        """Ends the server and what it still has at work."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


# --- the server ------------------------------------------------------------------------------------------------


def _import_everything() -> None:
    """What a run imports on its way."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    import adbc_driver_postgresql.dbapi
    import adbc_driver_sqlite.dbapi
    import great_expectations.expectations
    import psycopg
    import splink

    import pipelines.cli
    import pipelines.definitions
    import pipelines.run
    import pipelines.step_times
    import quality.page_view

    del adbc_driver_postgresql, adbc_driver_sqlite, great_expectations, psycopg, splink, pipelines, quality
    # else each child looks through all of it for garbage, and copies every page that it has looked at
    gc.collect()
    gc.freeze()


def _be_an_ordinary_user() -> None:
    """Gives up what root may do beyond its own files, so that a file without write permission is not writable."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return
    import ctypes

    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the call, this process
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _become(asked: dict[str, Any]) -> None:
    """The child: becomes the command, and never returns."""
    import resource

    folder, pid = Path(asked["folder"]), os.getpid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(folder / f"{pid}.out", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    err = os.open(folder / f"{pid}.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for given, taken in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(given, taken)
    os.environ.update(asked["environment"])
    if asked["as_anyone"]:
        _be_an_ordinary_user()
    if asked["largest_file"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["largest_file"], asked["largest_file"]))
    from pipelines.cli import main

    code = 99  # main always tells how it ended
    try:
        main(asked["start"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _serve() -> None:
    _import_everything()
    at_work: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            (Path(asked["folder"])).mkdir(parents=True, exist_ok=True)
            pid = os.fork()
            if pid == 0:
                _become(asked)
            for ending in ("out", "err"):
                (Path(asked["folder"]) / f"{pid}.{ending}").touch()
            at_work.add(pid)
            answer: dict[str, Any] = {"pid": pid}
        elif "has_ended" in asked:
            ended = os.waitid(os.P_PID, asked["has_ended"], os.WEXITED | os.WNOHANG | os.WNOWAIT)
            answer = {"answer": ended is not None}
        else:
            _, status = os.waitpid(asked["wait"], 0)
            at_work.discard(asked["wait"])
            answer = {"code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(answer), flush=True)
    for pid in at_work:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _serve()
