"""What the command line answers when it cannot go on: one class an exit code, one sentence each."""

from __future__ import annotations

PUBLISHED, BLOCKED, USAGE, UNREACHABLE, BUSY, UNEXPECTED = 0, 1, 2, 3, 4, 70


class CommandError(Exception):
    """Something a command cannot go on from.

    Attributes:
        exit_code: what the process exits with.
    """

    exit_code = UNEXPECTED


class UsageError(CommandError):
    """An option or a file is not what the command needs."""

    exit_code = USAGE


class BlockedError(CommandError):
    """A blocking check or a verification failed; nothing was published."""

    exit_code = BLOCKED


class UnreachableError(CommandError):
    """A component is unreachable or full, or a check could not run; safe to run again."""

    exit_code = UNREACHABLE


class HomeBusyError(CommandError):
    """Another run is at work on this home."""

    exit_code = BUSY
