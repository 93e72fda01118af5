"""The policy of a home, with what only the reader of lines can tell of it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from assets.engine import Engine
from assets.intake.constants import wrong_constants
from policy.errors import PolicyError, Problem
from policy.load import check_policy, load_policy
from policy.model import Policy
from policy.yaml_text import read_yaml


def usable_policy(home: Path) -> Policy:
    """The policy of a home for a run.

    Raises:
        PolicyError: naming every file, line and key that is wrong.
    """
    policy = load_policy(home)
    problems = _constant_problems(home, policy)
    if problems:
        raise PolicyError(problems)
    return policy


def policy_problems_of(home: Path) -> list[Problem]:
    """Everything wrong with the policy of a home, by file and line; empty when it can be used."""
    return check_policy(home) or _constant_problems(home, load_policy(home))


def _constant_problems(home: Path, policy: Policy) -> list[Problem]:
    """Constants of feeds that are no values of their fields."""
    feeds = {feed.feed: feed for feed in policy.feeds if feed.constants}
    if not feeds:
        return []
    problems: list[Problem] = []
    now = datetime.now(UTC).replace(tzinfo=None)
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder), "256MB", 1)
        for path in sorted((home / "policy" / "feeds").glob("**/*.yaml")):
            text = read_yaml(path.read_bytes().decode("utf-8-sig"))
            feed = feeds.get(str(text.values.get("feed")))
            for name, message in (wrong_constants(feed, policy, engine, now) if feed else {}).items():
                shown = path.relative_to(home).as_posix()
                problems.append(Problem(shown, text.line_of(("constants", name)), f"constants.{name}", message))
        engine.close()
    return problems
