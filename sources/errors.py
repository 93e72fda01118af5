"""What can go wrong between the outside and the raw layer, one class each."""

from __future__ import annotations

from pathlib import Path


class SourceError(Exception):
    """Anything this room cannot go on from; `exit_code` is what the command line answers."""

    exit_code = 3


class LandingMissingError(SourceError):
    """The landing folder is not there: not the same as a folder without files."""


class StorageError(SourceError):
    """A file of the lake could not be written or read (disk full, read-only, quota, permission)."""

    def __init__(self, path: Path, doing: str, cause: BaseException) -> None:
        """Say what was being done to which path, and why it failed."""
        self.path = path
        reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        super().__init__(f"cannot {doing} {path}: {reason}; nothing was lost, run again when this is mended")


class JournalError(SourceError):
    """The journal was asked to do what an append-only record must not do."""


class FeedConflictError(SourceError):
    """Two feeds of one kind claim one file: a mistake in the policy, not in the file."""

    exit_code = 2


class RefusedFileError(SourceError):
    """A reader cannot answer for a file as a whole; `code` is a key of `sources.codes`."""

    def __init__(self, code: str, **values: object) -> None:
        """Keep the code and the values of its text."""
        self.code = code
        self.values = values
        super().__init__(code)
