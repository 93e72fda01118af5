"""What the command line answers when it cannot go on: one class an exit code, one sentence each."""

from __future__ import annotations

import os
import sys

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


def told(error: BaseException, step: str = "the command") -> BaseException:
    """The error as the command line answers it: what the machine refuses is one sentence and exit code 3.

    A disk that is full, a folder that may not be written and a database that is gone come as errors of whatever
    library met them; an error that knows its exit code, and one that is nobody's trouble but ours, stay as they are.

    Args:
        error: as it was raised.
        step: what was at work, for errors that do not say which file they are about.
    """
    if hasattr(error, "exit_code"):
        return error
    # What raised it is imported; what is not imported cannot have raised it.
    adbc, duckdb, sqlalchemy = (sys.modules.get(name) for name in ("adbc_driver_manager", "duckdb", "sqlalchemy"))
    if sqlalchemy is not None and isinstance(error, sqlalchemy.exc.DBAPIError):
        from serving.warehouse import is_trouble, unavailable

        return unavailable(error, _warehouse()) if is_trouble(error) else error
    if adbc is not None and isinstance(error, adbc.OperationalError):
        from serving.warehouse import unavailable

        return unavailable(error, _warehouse())
    if duckdb is not None and isinstance(error, duckdb.IOException):
        return UnreachableError(f"{str(error).removeprefix('IO Error: ')}; {_AGAIN}")
    if isinstance(error, MemoryError) or (duckdb is not None and isinstance(error, duckdb.OutOfMemoryException)):
        return UnreachableError(
            f"{step} needs more memory than there is; nothing was lost: give the machine more, or drop large files in "
            "parts, and run again"
        )
    if isinstance(error, OSError):
        file, reason = error.filename, error.strerror or str(error) or type(error).__name__
        what = f"cannot use {file}" if file else f"{step} could not write or read a file"
        return UnreachableError(f"{what}: {reason}; {_AGAIN}")
    return error


def exit_code_of(error: BaseException) -> int:
    """What the process exits with because of an error."""
    known = told(error)
    return USAGE if type(known).__name__ == "PolicyError" else int(getattr(known, "exit_code", UNEXPECTED))


def _warehouse() -> str:
    """Where the warehouse is, for messages."""
    import sqlalchemy

    from serving.published import URL_VARIABLE
    from serving.warehouse import place_of

    url = os.environ.get(URL_VARIABLE)
    return place_of(sqlalchemy.make_url(url)) if url else "of this home"


_AGAIN = "nothing was lost, run again when this is mended"
