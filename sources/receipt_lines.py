"""The answer to delimited text: fields behind the last line of every record, all bytes before them unchanged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from sources.field_counts import FieldCounter, Fields, stretches
from sources.original_text import split_end
from sources.raw import RawFile
from sources.readers.answered_rows import OWN_BEYOND, OWN_FIELDS
from sources.receipt_answers import Answers, harmless

#: A record with more fields than these behind those of the header is answered behind its last one, under no name:
#: it is a file that lost its line ends, and the columns would be too many for all others.
MOST_BEYOND = 100
_LINE_ENDS = re.compile(r"[\r\n]+")


@dataclass(frozen=True)
class _Style:
    """How an appended field is written."""

    delimiter: str
    quote: str | None

    def field(self, text: str) -> str:
        if text.isalnum() and text.isascii():  # most are: ids, words, grades
            return text
        text = harmless(_LINE_ENDS.sub(" ", text).replace("\0", "").strip())
        if self.quote is None:
            return text.replace(self.delimiter, " ")
        if self.delimiter in text or self.quote in text:
            return self.quote + text.replace(self.quote, self.quote * 2) + self.quote
        return text

    def fields(self, texts: Sequence[str]) -> str:
        return "".join(self.delimiter + self.field(text) for text in texts)


@dataclass(frozen=True)
class _Table:
    """Where the answers to the records of a file stand, so that each stands under its name.

    Attributes:
        width: how many fields the header has.
        beyond: how many fields more the widest record has.
        is_ragged: whether a record has too few or too many, so that it is said how many.
    """

    width: int
    beyond: int
    is_ragged: bool

    def header(self, own: int, names: Sequence[str]) -> list[str]:
        """What is appended to a header that has `own` fields in its last line."""
        beyond = [f"{OWN_BEYOND}{self.width + at}" for at in range(1, self.beyond + 1)]
        left = beyond[
            max(0, own - self.width) :
        ]  # of a header that was quoted whole delimiters may stand there already
        return [*[""] * (self.width - own), *left, *names, *([OWN_FIELDS] if self.is_ragged else [])]

    def record(self, fields: Fields, answer: Sequence[str]) -> list[str]:
        """What is appended to a record."""
        said = [str(fields.number) if fields.is_ragged else ""] if self.is_ragged else []
        return [*[""] * (self.width + self.beyond - fields.number), *answer, *said]


def write_delimited(raw_file: RawFile, answers: Answers, encoding: str, target: IO[bytes]) -> None:
    """Append the answers behind the last line of each record, such that each stands under its name."""
    counter = FieldCounter(raw_file)
    style = _Style(counter.dialect.delimiter, counter.dialect.quote)
    table = _table(raw_file, answers, counter)
    for stretch in stretches(raw_file):
        appended: Sequence[str] = ()
        if stretch.place == "header":
            appended = table.header(counter.of_header(stretch.lines), answers.columns)
        elif stretch.place == "record":
            if not answers.has(stretch.line_no):
                continue
            appended = answers.of(stretch.line_no, encoding)
            if table.beyond or table.is_ragged:  # in most files no record differs from the header
                appended = table.record(counter.of_record(stretch.lines), appended)
        elif stretch.place == "between" and not answers.whole:
            continue
        *before, last = stretch.lines
        body, end = split_end(last, encoding)
        text = style.fields(appended).encode(encoding, "replace")
        target.write(b"".join([*before, body, text, end, *(stretch.blanks if answers.whole else ())]))


def _table(raw_file: RawFile, answers: Answers, counter: FieldCounter) -> _Table:
    width = widest = counter.width
    is_ragged = False
    for stretch in stretches(raw_file):
        if stretch.place == "header":
            widest = max(widest, counter.of_header(stretch.lines))
        elif stretch.place == "record" and answers.has(stretch.line_no):
            fields = counter.of_record(stretch.lines)
            is_ragged = is_ragged or fields.is_ragged
            if widest < fields.number <= width + MOST_BEYOND:
                widest = fields.number
    return _Table(width, widest - width, is_ragged)
