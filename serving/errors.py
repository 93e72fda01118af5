"""What can go wrong between the lake and its readers: one base class, one sentence each."""

from __future__ import annotations


class ServingError(Exception):
    """Base of this room's errors; ``exit_code`` is what the command line returns."""

    exit_code = 70


class WarehouseUnavailable(ServingError):
    """The warehouse cannot be reached, is full or stays locked; the message names host and database only."""

    exit_code = 3


class BadWarehouse(ServingError):
    """The warehouse URL cannot be used, or its tables were made for another key."""

    exit_code = 2


class ForeignHome(ServingError):
    """The warehouse belongs to another home."""

    exit_code = 2


class FencedOut(ServingError):
    """A later run has taken over; this one may not publish any more."""

    exit_code = 4


class ConstraintBroken(ServingError):
    """The tables contradict a key that the database declares; nothing was published."""

    exit_code = 1


class StagingLost(ServingError):
    """Staged rows, or published ones, are not what they were when they were compared; stage again."""

    exit_code = 3


class ReceiptsUnwritten(ServingError):
    """What became of a file could not be written into a receipt, for a reason that is nobody's trouble but ours."""
