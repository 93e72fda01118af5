"""Named places at which a test may kill the process, to prove that nothing is ever half done."""

from __future__ import annotations

import os
import signal

VARIABLE = "SLUICE_CRASHPOINT"


def crashpoint(name: str) -> None:
    """Kill this process with SIGKILL when the environment names this point; otherwise do nothing."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
