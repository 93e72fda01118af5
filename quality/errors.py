"""What can go wrong in an audit: the data is bad, or the check could not run. The two are never the same."""

from __future__ import annotations


class AuditError(Exception):
    """Base of the audit's errors; ``exit_code`` is what the command line returns."""

    exit_code = 70


class AuditFailed(AuditError):
    """A blocking check does not hold; the message names the checks and the rows."""

    exit_code = 1


class CheckCouldNotRun(AuditError):
    """A blocking check gave no answer, so that nothing is known about the data."""

    exit_code = 3
