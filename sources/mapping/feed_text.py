"""A proposal as the YAML of a feed, with what it rests on in comments; `policy.load` reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sources.mapping.columns import ColumnGuess
from sources.mapping.proposal import Proposal

_PLAIN = re.compile(r"^[^\W\d_][\w .\-]*(?<! )$")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def feed_text(
    proposal: Proposal,
    *,
    feed: str,
    match: str,
    channel: str | None = None,
    encoding: str | None = None,
    dialect: Mapping[str, Any] | None = None,
) -> str:
    """The proposal as a feed file.

    Args:
        proposal: what columns are.
        feed: name of the feed.
        match: which files it reads.
        channel: how they come; told from the folder of `match` when None.
        encoding: how the file was decoded; written where it is not UTF-8.
        dialect: how the file was read, for a comment.

    Returns:
        YAML that `policy.load` accepts; doubtful columns and open questions are comments.
    """
    lines = [
        "# Proposed from the names and values of the columns. Behind each: how sure that is, and why.",
        "# A line that begins with `# ?` is likely, but not enough: take the mark away where it is right.",
        f"feed: {_scalar(feed)}",
        f"kind: {proposal.kind}",
        f"match: {_quoted(match)}",
    ]
    if channel:
        lines.append(f"channel: {channel}")
    lines.append(f"language: {proposal.language}")
    if dialect:
        lines.append(f"# {_read_as(encoding, dialect)}")
        if dialect.get("records"):
            lines.append(f"records: {_quoted(dialect['records'])}")
    if encoding and encoding.replace("_", "-").lower() not in {"utf-8", "utf-8-sig", "ascii"}:
        lines.append(f"encoding: {encoding}")
    lines += _key(proposal)
    lines += _columns(proposal)
    if proposal.constants:
        lines += ["constants:", *[f"  {name}: {_scalar(value)}" for name, value in sorted(proposal.constants.items())]]
    if proposal.refusals:
        lines.append(f"refusals: {_listed(proposal.refusals)}  # yes, or the day it was said, is a refusal of consent")
    if proposal.states:
        lines.append(f"states: {_listed(proposal.states)}  # words such as unsubscribed are a refusal of consent")
    if proposal.phone_region:
        lines.append(f"phone_region: {proposal.phone_region}  # numbers without a country code are valid there")
        if proposal.phone_region_needs:
            lines.append(f"phone_region_needs: [{', '.join(proposal.phone_region_needs)}]  # others stay without it")
    if proposal.formats:
        lines += ["formats:", *[f"  {name}: {_scalar(word)}" for name, word in sorted(proposal.formats.items())]]
    lines += [f"# Question: {_one_line(question)}" for question in proposal.questions]
    unmapped = [column for column in proposal.columns if not column.field and not column.maybe]
    unmapped = [column for column in unmapped if column.header not in {proposal.key, *proposal.refusals}]
    lines.append("others: keep")
    lines += [f"#   {_one_line(column.header)}  ({column.why})" for column in unmapped]
    lines += [f"# Missing: a column for {' or '.join(group)}." for group in proposal.missing]
    if proposal.missing:
        lines.append("# require: []  # would take rows that have none of it")
    return "\n".join(lines) + "\n"


def _key(proposal: Proposal) -> list[str]:
    if proposal.key is None:
        return ["# key: none found; rows are known by their content"]
    seen = "some values come twice: is a row that comes again a changed one?" if proposal.key_repeats else "all differ"
    return [f"key: [{_scalar(proposal.key)}]  # named like a key; {seen}"]


def _columns(proposal: Proposal) -> list[str]:
    by_header = {column.header: column for column in proposal.columns}
    entries = [
        (name, _headers(headers), min((by_header[header] for header in headers), key=lambda c: c.confidence))
        for name, headers in proposal.mapping.items()
    ]
    width = max((len(f"{name}: {text}") for name, text, _ in entries), default=0)
    lines = [f"  {f'{name}: {text}':<{min(width, 60)}}  # {_sure(column)}" for name, text, column in entries]
    maybe = [column for column in proposal.columns if column.maybe]
    lines += [f"  # ? {column.maybe}: {_scalar(column.header)}  # {_sure(column)}" for column in maybe]
    return ["columns:" if entries else "columns: {}", *lines]


def _sure(column: ColumnGuess) -> str:
    return f"{column.confidence:.2f} {_one_line(column.why)}"


def _headers(headers: Sequence[str]) -> str:
    return _scalar(headers[0]) if len(headers) == 1 else _listed(headers)


def _listed(headers: Sequence[str]) -> str:
    return f"[{', '.join(_scalar(header) for header in headers)}]"


def _read_as(encoding: str | None, dialect: Mapping[str, Any]) -> str:
    said = [f"{name} {dialect[name]!r}" for name in ("kind", "delimiter", "sheet", "header_line") if dialect.get(name)]
    return _one_line(", ".join(["read as", *([encoding] if encoding else []), *said]).replace("read as,", "read as"))


def _scalar(text: str) -> str:
    """A text as YAML, in quotes unless it can stand without."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS_OF_YAML else _quoted(text)


def _quoted(text: str) -> str:
    """A text in double quotes: what JSON escapes, YAML reads."""
    return "".join(_escaped(letter) for letter in json.dumps(text, ensure_ascii=False))


def _escaped(letter: str) -> str:
    """Letters that YAML takes for line ends, or does not take at all, as their escape."""
    code = ord(letter)
    if code in {0x85, 0x2028, 0x2029, 0x7F, 0xFEFF} or 0x80 <= code < 0xA0 or 0xFFFE <= code <= 0xFFFF:
        return f"\\u{code:04x}"
    return letter


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]
