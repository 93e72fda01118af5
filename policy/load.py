"""Reads HOME/policy as a whole, and says everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policy.business import Business
from policy.errors import PolicyError, Problem
from policy.feeds import Feed
from policy.followup import Followup
from policy.forecast import Forecast
from policy.identity import Identity
from policy.model import Policy
from policy.promotion import Promotion
from policy.routing import Routing
from policy.scoring import Scoring
from policy.stages import Stages
from policy.suggest import nearest
from policy.targets import Targets
from policy.yaml_text import YamlProblem, YamlText, read_yaml

#: The shipped policy; a file that HOME/policy does not have is taken from here. Feeds never are.
DEFAULTS = Path(__file__).parent / "defaults"

FILES: Mapping[str, type[BaseModel]] = {
    "business.yaml": Business,
    "scoring.yaml": Scoring,
    "promotion.yaml": Promotion,
    "stages.yaml": Stages,
    "routing.yaml": Routing,
    "followup.yaml": Followup,
    "targets.yaml": Targets,
    "identity.yaml": Identity,
    "forecast.yaml": Forecast,
}

#: A policy file is written by hand; more than this is something else.
MAX_BYTES = 2_000_000

M = TypeVar("M", bound=BaseModel)


def load_policy(home: Path) -> Policy:
    """The policy of a home.

    Args:
        home: the deployment's directory, with `policy/` in it.

    Raises:
        PolicyError: naming every file, line and key that is wrong.
    """
    policy, problems = _read(home)
    if policy is None or problems:
        raise PolicyError(problems)
    return policy


def check_policy(home: Path) -> list[Problem]:
    """Everything wrong with the policy of a home, by file and line; empty when it can be used."""
    return _read(home)[1]


def _read(home: Path) -> tuple[Policy | None, list[Problem]]:
    folder = home / "policy"
    if not folder.is_dir():
        return None, [Problem("policy", 0, "", f"{home} has no policy folder; expected a home made by `sluice init`")]
    problems = _stray_files(folder)
    parts: dict[str, Any] = {}
    for name, model in FILES.items():
        path = folder / name
        part = _read_file(path if path.exists() else DEFAULTS / name, f"policy/{name}", model, problems)
        if part is not None:
            parts[name.removesuffix(".yaml")] = part
    parts["feeds"] = _read_feeds(folder / "feeds", parts.get("business"), problems)
    problems.sort()
    if problems:
        return None, problems
    return Policy(**parts), []


def _stray_files(folder: Path) -> list[Problem]:
    """Files that look like policy but would be ignored."""
    problems = []
    for path in sorted(folder.iterdir()):
        shown = f"policy/{path.name}"
        if path.name.startswith(".") or path.is_dir() or path.suffix not in {".yaml", ".yml"}:
            continue
        if path.name not in FILES:
            problems.append(Problem(shown, 0, "", f"no policy file has this name; {nearest(path.name, FILES)}"))
    for path in sorted((folder / "feeds").glob("**/*.yml")) if (folder / "feeds").is_dir() else []:
        shown = path.relative_to(folder.parent).as_posix()
        problems.append(Problem(shown, 0, "", "expected a name ending in .yaml; a .yml file would not be read"))
    return problems


def _read_feeds(folder: Path, business: Business | None, problems: list[Problem]) -> list[Feed]:
    feeds: dict[str, tuple[Feed, str]] = {}
    matched: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("**/*.yaml")) if folder.is_dir() else []:
        shown = path.relative_to(folder.parent.parent).as_posix()
        if path.name.startswith("."):
            continue
        feed = _read_file(path, shown, Feed, problems, _feed_problems)
        if not isinstance(feed, Feed):
            continue
        if feed.feed in feeds:
            message = f"the name {feed.feed!r} is taken by {feeds[feed.feed][1]}; each feed has its own"
            problems.append(Problem(shown, 1, "feed", message))
            continue
        place = (feed.kind, feed.match)
        if not feed.fallback and place in matched:
            message = f"{matched[place]} reads the same files; expected one feed of kind {feed.kind} for a file"
            problems.append(Problem(shown, 1, "match", message))
            continue
        if not feed.fallback:
            matched[place] = shown
        if feed.language is None:
            feed = feed.model_copy(update={"language": business.language if business else "en"})
        if business is not None:
            feed = business.applied_to(feed)
        feeds[feed.feed] = (feed, shown)
    if business is not None and not any(feed.guess is not None for feed, _ in feeds.values()):
        undescribed = Feed.of_undescribed_partners(business.mapping.floor, business.language)
        feeds.setdefault(undescribed.feed, (business.applied_to(undescribed), ""))
    if business is not None and not any(feed.kind == "reviews" for feed, _ in feeds.values()):
        reviews = business.applied_to(Feed.of_reviews(business.language))
        feeds.setdefault(reviews.feed, (reviews, ""))
    return [feeds[name][0] for name in sorted(feeds)]


def _feed_problems(feed: BaseModel, text: YamlText, shown: str) -> list[Problem]:
    if not isinstance(feed, Feed):
        return []
    return [Problem(shown, text.line_of(path), _dotted(path), message) for path, message in feed.unknown_fields()]


def _read_file(
    path: Path,
    shown: str,
    model: type[M],
    problems: list[Problem],
    further: Callable[[BaseModel, YamlText, str], list[Problem]] | None = None,
) -> M | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(Problem(shown, 0, "", f"larger than {MAX_BYTES} bytes; expected a policy written by hand"))
            return None
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(shown, 0, "", f"cannot be read: {error.strerror or error}"))
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(shown, line, "", "not UTF-8; save the file as UTF-8"))
        return None
    try:
        text = read_yaml(content)
    except YamlProblem as error:
        problems.append(Problem(shown, error.line, "", error.message))
        return None
    if not isinstance(text.values, dict):
        problems.append(Problem(shown, 1, "", "expected keys with values, such as `key: value`"))
        return None
    try:
        part = model.model_validate(text.values)
    except ValidationError as error:
        problems += [_problem(detail, text, shown, model) for detail in error.errors(include_url=False)]
        return None
    found = further(part, text, shown) if further else []
    problems += found
    return None if found else part


def _problem(detail: ErrorDetails, text: YamlText, shown: str, model: type[BaseModel]) -> Problem:
    path = _path_in(text, detail["loc"])
    key = _dotted(path) if path else _dotted(tuple(part for part in detail["loc"] if part in _keys_of(model)))
    line = text.line_of(path)
    given = detail.get("input")
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        message = f"unknown key; {nearest(str(path[-1]), known)}"
    elif kind == "missing":
        name = str(detail["loc"][-1])
        key = _dotted((*path, name))
        message = f'the key "{name}" is missing'
    elif kind == "literal_error":
        expected = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
        message = f"{given!r} is not known; {nearest(str(given), expected)}"
        if "did you mean" in message:
            message += f" (expected one of: {', '.join(expected)})"
    elif kind == "value_error":
        message = str(detail.get("ctx", {}).get("error", detail["msg"]))
    else:
        shown_value = "nothing" if given is None else f"{str(given)[:80]!r}"
        message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; found {shown_value}"
    return Problem(shown, line, key, message)


def _path_in(text: YamlText, loc: tuple[int | str, ...]) -> tuple[str | int, ...]:
    """The part of pydantic's location that is in the file; tags of unions stand between and are left out."""
    path: tuple[str | int, ...] = ()
    for part in loc:
        if (*path, part) in text.lines:
            path = (*path, part)
        elif part == "[key]":
            break
    return path


def _keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand in the mapping at a path."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        inner: list[type[BaseModel]] = []
        for candidate in models:
            for name, field in candidate.model_fields.items():
                if (field.alias or name) == part:
                    inner += _models_in(field.annotation)
        models = inner or models
    return list(dict.fromkeys(key for candidate in models for key in _keys_of(candidate)))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
