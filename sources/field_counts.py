"""How many fields each record of a delimited file has, as whoever opens it in a spreadsheet sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from sources.dialects import Dialect, fields_of, sample_records
from sources.original_text import line_encoding, open_original, record_spans
from sources.raw import RawFile
from sources.readers.lines import byte_lines, chunks

_BLANK = b"\r\n\t \0\x1a"


class Stretch(NamedTuple):
    """Lines of a file that belong together.

    Attributes:
        place: where they stand, or what they are; between the header and the first record nothing is.
        lines: as they came.
        line_no: of a record.
        blanks: blank lines behind a record.
    """

    place: Literal["above", "header", "between", "record"]
    lines: list[bytes]
    line_no: int = 0
    blanks: Sequence[bytes] = ()


class Fields(NamedTuple):
    """How many fields a record has, and whether it has too few, or too many that say something."""

    number: int
    is_ragged: bool


def stretches(raw_file: RawFile) -> Iterator[Stretch]:
    """The lines of a delimited file by what they are; a record ends before the blank lines and the next record."""
    _, unit, big_endian = line_encoding(raw_file)
    first, last = raw_file.dialect["header_line"], raw_file.dialect["header_end_line"]
    starts = iter(record_spans(raw_file))
    upcoming = next(starts, None)
    header: list[bytes] = []
    record: list[bytes] = []
    current = 0
    with open_original(raw_file) as stream:
        for number, line in enumerate(byte_lines(chunks(stream), unit, big_endian), 1):
            if number == upcoming:
                if current:
                    yield _record(record, current)
                record, current, upcoming = [], number, next(starts, None)
            if current:
                record.append(line)
            elif number < first:
                yield Stretch("above", [line])
            elif number > last:
                yield Stretch("between", [line])
            else:
                header.append(line)
                if number == last:
                    yield Stretch("header", header)
    if current:
        yield _record(record, current)


def _record(lines: list[bytes], line_no: int) -> Stretch:
    end = len(lines)
    while end > 1 and not lines[end - 1].strip(_BLANK):
        end -= 1
    return Stretch("record", lines[:end], line_no, lines[end:])


class FieldCounter:
    """Counts the fields of the records of one file."""

    def __init__(self, raw_file: RawFile) -> None:
        """Take the dialect of a file, and how many columns it has."""
        self.dialect = Dialect.of(raw_file.dialect)
        self.encoding = line_encoding(raw_file)[0]
        #: where every line is one quoted field, so is the header, before the columns of an earlier receipt
        self.width = (1 if self.dialect.wrapped else len(raw_file.headers)) + len(raw_file.ignored_headers)
        self._whole = Fields(self.width, False)
        self._are_quotes_stray = raw_file.dialect.get("stray_quotes", False)

    def of_header(self, lines: Sequence[bytes]) -> int:
        """How many fields the last record of the header has."""
        texts = self._text(lines).splitlines(keepends=True)
        found = len(sample_records(texts, self.dialect)[-1][1])
        return found if self.dialect.wrapped else min(found, self.width)

    def of_record(self, lines: Sequence[bytes]) -> Fields:
        """How many fields a record has; as many as the header where it cannot be told."""
        text = self._text(lines)
        delimiter, quote = self.dialect.delimiter, self.dialect.quote
        between = text.split(quote)[1::2] if quote is not None and quote in text else ()
        if text.count(delimiter) + 1 == self.width and not any(delimiter in part for part in between):
            return self._whole  # as nearly all
        fields: Sequence[str] = text.split(delimiter)
        if quote is not None and between:
            fields = self._quoted_fields(text, quote)
        few = len(fields) < self.width
        many = any(field.strip() for field in fields[self.width :])
        return Fields(len(fields), (few or many) and not self.dialect.wrapped)

    def _text(self, lines: Sequence[bytes]) -> str:
        data = lines[0] if len(lines) == 1 else b"".join(lines)
        return data.decode(self.encoding, "backslashreplace").rstrip("\r\n").lstrip("\ufeff")

    def _quoted_fields(self, text: str, quote: str) -> Sequence[str]:
        found = fields_of(text, self.dialect)
        if found is not None and len(found) == self.width:
            return found
        if self._are_quotes_stray:
            return text.split(self.dialect.delimiter)
        escaped = fields_of(text, self.dialect, escape="\\") if "\\" + quote in text else None
        if escaped is not None and len(escaped) == self.width:
            return escaped
        return [""] * self.width if found is None else found
