"""The answer to delimited text: fields behind the last line of every record, all bytes before them unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from sources.original_text import record_spans, split_end
from sources.raw import RawFile
from sources.receipt_answers import Answers, harmless

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


def write_delimited(
    raw_file: RawFile, answers: Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    """Append behind the last line of every record; a record ends before the blank lines and the next record."""
    style = _Style(raw_file.dialect["delimiter"], raw_file.dialect.get("quote"))
    starts = iter(record_spans(raw_file))
    header_end = raw_file.dialect["header_end_line"]
    next_start = next(starts, None)
    current: int | None = None
    held: list[bytes] = []  # the lines of the record being read

    def finish() -> None:
        blanks: list[bytes] = []
        while len(held) > 1 and not held[-1].strip(b"\r\n\t \0\x1a"):
            blanks.append(held.pop())
        if current is not None and not answers.has(current):
            held.clear()
            return
        if current is not None and held:
            body, end = split_end(held[-1], encoding)
            appended = style.fields(answers.of(current, encoding)).encode(encoding, "replace")
            target.write(b"".join(held[:-1]) + body + appended + end)
        elif answers.whole:
            target.write(b"".join(held))
        if answers.whole:
            target.write(b"".join(reversed(blanks)))
        held.clear()

    for number, line in enumerate(lines, 1):
        if number <= header_end:
            if number == header_end:
                body, end = split_end(line, encoding)
                target.write(body + style.fields(answers.columns).encode(encoding, "replace") + end)
            else:
                target.write(line)
            continue
        if number == next_start:
            finish()
            current, next_start = number, next(starts, None)
        held.append(line)
        if current is None:
            finish()
    finish()
