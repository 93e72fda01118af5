"""How a text file is laid out: its delimiter and quotes, its header row. Pure functions on a sample of its lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sources.errors import RefusedFileError

SAMPLE_RECORDS = 500
HEADER_SEARCH_ROWS = 50
USUAL_DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x1f", "\x01", "\u00a6", "\uff0c", "\u3001", "\uff1b")
#: Marks that also stand inside values: believed only when every row agrees.
RARE_DELIMITERS = (":", "*", "#", "!", "/", " ")


@dataclass(frozen=True)
class Dialect:
    """How records are laid out in lines; line numbers are physical and 1-based."""

    delimiter: str
    quote: str | None
    skip_space: bool
    header_line: int

    def parameters(self) -> dict[str, object]:
        """What `csv.reader` must be told to read it strictly."""
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "quoting": quoting,
            "doublequote": True,
            "skipinitialspace": self.skip_space,
        }


def decide_dialect(lines: Sequence[str], delimiter: str | None = None, header_row: int | None = None) -> Dialect:
    """The dialect of a text whose first physical lines (with their ends) are given.

    Raises RefusedFileError header-not-found.
    """
    if not any(line.strip() for line in lines):
        raise RefusedFileError("header-not-found", detail="there is no text in the file")
    if header_row is not None and header_row > len(lines):
        raise RefusedFileError("header-not-found", detail=f"the file has no line {header_row}")
    start = (header_row or 1) - 1
    body = lines[start:]
    chosen = delimiter or _best_delimiter(body)
    quote, skip_space = _quotes(body, chosen)
    draft = Dialect(chosen, quote, skip_space, header_row or 1)
    if header_row is not None:
        return draft
    records = sample_records(lines, draft)
    at = header_index([cells for _, cells in records])
    return Dialect(chosen, quote, skip_space, records[at][0])


def sample_records(lines: Sequence[str], dialect: Dialect) -> list[tuple[int, list[str]]]:
    """Records of a sample with the line each starts at, read leniently; blank lines are no records."""
    reader = csv.reader(iter(lines), strict=False, **dialect.parameters())  # type: ignore[arg-type]
    records: list[tuple[int, list[str]]] = []
    start = 0
    try:
        for cells in reader:
            if cells and not (len(cells) == 1 and not cells[0].strip()):
                records.append((start + 1, cells))
            start = reader.line_num
            if len(records) >= SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return records or [(1, [lines[0].rstrip("\r\n")])]


def header_index(rows: Sequence[Sequence[object]]) -> int:
    """Which of the first rows holds the column names: the first one about as full as rows usually are.

    Titles and notes above a table fill one or two cells of a row; the header fills nearly all.
    """
    filled = [sum(1 for cell in row if cell is not None and str(cell).strip()) for row in rows]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return next((i for i, count in enumerate(filled) if count), 0)
    width = max(widths, key=lambda w: (widths[w] * min(w, 12), w))
    usual = sorted(count for count, row in zip(filled, rows, strict=True) if len(row) == width)
    typical = usual[len(usual) // 2]
    wanted = max(2, min(0.6 * width, 0.6 * max(typical, 2)))
    best = 0
    for i in range(min(len(rows), HEADER_SEARCH_ROWS)):
        if filled[i] >= wanted and len(rows[i]) >= 0.6 * width:
            # below a title, a row whose last cells are blank is one more note if a fuller row follows at once
            if best < i and not str(rows[i][-1] or "").strip() and max(filled[i : i + 5]) > filled[i]:
                continue
            return i
        if filled[i] > filled[best]:
            best = i
    return best


def _best_delimiter(lines: Sequence[str]) -> str:
    best, best_score = ",", 0.0
    text = "".join(lines)
    for rank, delimiter in enumerate(USUAL_DELIMITERS + RARE_DELIMITERS):
        if delimiter not in text:
            continue
        rare = delimiter in RARE_DELIMITERS
        quote, skip_space = _quotes(lines, delimiter)
        rows = [cells for _, cells in sample_records(lines, Dialect(delimiter, quote, skip_space, 1))]
        widths = Counter(len(cells) for cells in rows)
        width = max(widths, key=lambda w: (widths[w] * (w > 1), w))
        if width < 2:
            continue
        share = widths[width] / len(rows)
        if rare and (share < 1 or len(rows) < 2):
            continue
        score = share * (1 + min(width, 20) / 100) - rank * 0.001 - (0.3 if rare else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _quotes(lines: Sequence[str], delimiter: str) -> tuple[str | None, bool]:
    """The quotation mark that fields are put in, and whether a space before it belongs to the delimiter."""
    text = "".join(lines)
    d = re.escape(delimiter)
    spaced = bool(delimiter != " " and re.search(rf'{d} +"[^"\r\n]*"(?:{d}|\s*[\r\n]|\Z)', text))
    if '"' not in text:
        single = len(re.findall(rf"(?:\A|[\r\n]|{d})'[^'\r\n]*'(?={d}|[\r\n]|\Z)", text))
        fields = text.count(delimiter) + len(lines)
        if single and single >= 0.5 * fields:
            return "'", False
    return '"', spaced
