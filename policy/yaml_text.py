"""Reads YAML as plain values and remembers the line of every key.

Only plain values are taken: no tags (``!!python/object`` is refused), no key twice in one mapping, one
document a file. Plain words are read as YAML 1.2 reads them: ``NO`` is Norway and not false, ``12:30`` is no
number, and a date stays the text that was written.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]

#: Aliases can make a small file grow without bound; a policy never comes near this many values.
MAX_VALUES = 200_000
MAX_DEPTH = 40

# The base loader leaves every untagged value as text: what it means is decided here. The C parser is 20 times
# as fast, and not built everywhere.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_NULL = re.compile(r"^(~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(true|True|TRUE|false|False|FALSE)$")
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")  # a number with leading zeros is a code, and stays text
_NUMBER = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9]")

_INDENTED_BY_TAB = re.compile(r" *\t")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}


class YamlProblem(Exception):
    """The text is not plain YAML; says on which line, and why."""

    def __init__(self, line: int, message: str) -> None:
        """Keeps the place.

        Args:
            line: 1-based line.
            message: what is wrong.
        """
        self.line = line
        self.message = message
        super().__init__(f"line {line}: {message}")


@dataclass
class YamlText:
    """A parsed file.

    Attributes:
        values: plain dictionaries, lists, texts, numbers, booleans and None.
        lines: 1-based line by path of keys and positions.
    """

    values: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of the deepest part of the path that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


# a run reads its policy three times over, and models copy what they take
@functools.lru_cache(maxsize=256)
def read_yaml(text: str) -> YamlText:
    """Reads one YAML document; what it returns is to be read only.

    Args:
        text: the document; empty means an empty mapping.

    Raises:
        YamlProblem: it is broken, holds a tag or a key twice, or is more than one document.
    """
    loader = _LOADER(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        if mark and _INDENTED_BY_TAB.match([*text.split("\n"), ""][mark.line]):
            what = "a tab; use spaces"
        raise YamlProblem(mark.line + 1 if mark else 0, f"broken YAML: {what}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise YamlProblem(0, f"broken YAML: {first}") from error
    finally:
        loader.dispose()
    result = YamlText({})
    if root is not None:
        values = _value(root, (), result.lines, [0])
        result.values = {} if values is None else values
    return result


def _value(node: Node, path: Path, lines: dict[Path, int], count: list[int]) -> Any:
    count[0] += 1
    line = node.start_mark.line + 1
    if count[0] > MAX_VALUES or len(path) > MAX_DEPTH:
        raise YamlProblem(line, "too many values or too deeply nested for a policy file")
    if node.tag not in _PLAIN_TAGS:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        raise YamlProblem(line, f"the tag {tag} is not allowed; write plain values")
    lines.setdefault(path, line)
    if isinstance(node, MappingNode):
        return _mapping(node, path, lines, count)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), lines, count) for index, item in enumerate(node.value)]
    return _scalar(str(node.value), getattr(node, "style", None))


def _mapping(node: MappingNode, path: Path, lines: dict[Path, int], count: list[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
            raise YamlProblem(line, "a key must be a plain word")
        key = key_node.value  # as written: 001 and NO stay what the source writes
        if key in found:
            raise YamlProblem(line, f"the key {key!r} is written twice (first on line {lines[(*path, key)]})")
        lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), lines, count)
    return found


def _scalar(text: str, style: str | None) -> Any:
    if style in {"'", '"', "|", ">"}:
        return text
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _INTEGER.match(text):
        return int(text) if len(text) < 16 else text
    if _NUMBER.match(text) and not _LEADING_ZERO.match(text) and len(text) < 40:
        return float(text)
    return text
