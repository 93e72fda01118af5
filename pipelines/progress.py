"""Progress of a run on a terminal: a bar that names the step at work; lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress:
    """Tells what is being done, on stderr.

    Args:
        quiet: says nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.done = 0
        self.total: int | None = None
        self.at = ""
        self.console = Console(file=sys.stderr)
        self.bar: Bar | None = None
        self.started = time.monotonic()

    def __enter__(self) -> Progress:
        """Shows the bar on a terminal."""
        if not self.quiet and self.console.is_terminal:
            self.bar = Bar(
                TextColumn("{task.description:<32.32}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            self.task = self.bar.add_task("starting", total=None)
            self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Takes the bar away."""
        if self.bar:
            self.bar.stop()

    def expect(self, total: int) -> None:
        """How many steps there will be."""
        self.total = total
        if self.bar:
            self.bar.update(self.task, total=total, completed=0)

    def step(self, name: str) -> None:
        """A step begins."""
        self.done += 1
        self.at = name
        if self.bar:
            self.bar.update(self.task, description=name, completed=self.done)
        elif not self.quiet:
            of = f"/{self.total}" if self.total else ""
            self._print(f"{self.done}{of}  {name}")

    def note(self, text: str) -> None:
        """What the step is at."""
        if self.bar:
            self.bar.update(self.task, description=text)
        elif not self.quiet:
            self._print(f"        {text}")

    def file(self, path: str, done: int, total: int) -> None:
        """A file was taken."""
        shown = path.encode("unicode_escape").decode()  # a name may be anything, also what a terminal obeys
        if self.bar:
            self.bar.update(self.task, description=shown, completed=done, total=total)
        elif not self.quiet:
            self._print(f"file {done}/{total}  {shown}")

    def _print(self, text: str) -> None:
        with suppress(OSError):  # where stderr goes may be full; that is no reason to stop
            print(f"{time.monotonic() - self.started:7.1f} s  {text}", file=sys.stderr, flush=True)
