"""What is wrong with a policy, said so that the person who edits it can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one policy file.

    Attributes:
        file: path of the file, relative to the home (``policy/scoring.yaml``).
        line: 1-based line of the key or value at fault; 0 when the file as a whole is at fault.
        key: dotted path of the key (``fit.rules[2].points``); empty when there is none.
        message: what was expected, and the nearest known name where there is one.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """The problem in one line: file, line, key, message."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class PolicyError(Exception):
    """The policy cannot be used; every problem found is named, one a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keeps the problems.

        Args:
            problems: everything found wrong, in the order of files and lines.
        """
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
