"""How a text file is written: its encoding, its delimiter and quotes, its header row. Pure functions on a sample.

An encoding is declared, or marked by a byte order mark, or UTF-8, or decided by how plausible the decoded text is:
never by the order of trial (GB18030 decodes nearly anything) nor by a detector alone.
"""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sources.errors import RefusedFileError
from sources.readers.lines import TextProfile

SAMPLE_BYTES = 1 << 20
SAMPLE_RECORDS = 500
HEADER_SEARCH_ROWS = 50
USUAL_DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x1f", "\x01", "\u00a6", "\uff0c", "\u3001", "\uff1b")
#: Marks that also stand inside values: believed only when every row agrees.
RARE_DELIMITERS = (":", "*", "#", "!", "/", " ")
#: Below this share of plausible letters a candidate encoding is not believed,
PLAUSIBLE = 0.8
#: and it must lead the next by this much.
MARGIN = 0.15
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5hkscs": "big5hkscs",
    "utf-16": "utf-16-le",
}
CANDIDATES = ("gb18030", "big5", "cp1252")


@dataclass(frozen=True)
class Encoding:
    """An encoding by its Python name, and the length of the byte order mark to skip."""

    name: str
    mark: int = 0


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


def byte_order_mark(head: bytes) -> Encoding | None:
    """The encoding a byte order mark names."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    return None


def decide_encoding(sample: bytes, profile: TextProfile | None, declared: str | None = None) -> Encoding:
    """The encoding of a text of which `sample` is the beginning.

    `profile` tells about the whole file; without it the sample is the whole. Raises RefusedFileError
    unknown-encoding, which names the candidates.
    """
    marked = byte_order_mark(sample)
    if declared:
        name = codecs.lookup(declared).name
        name = _NAMES.get(name, name)
        if marked and (marked.name == name or name.startswith("utf-16") == marked.name.startswith("utf-16")):
            return marked
        return Encoding(name)
    if marked:
        return marked
    wide = _unmarked_utf16(sample)
    if wide:
        return Encoding(wide)
    is_utf8 = profile.is_utf8 if profile else _is_utf8(sample)
    if is_utf8 or _mostly_utf8(sample):
        return Encoding("utf-8")
    return Encoding(_most_plausible(sample))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: delimiters, digits and line ends put a NUL in every other byte, on one side only."""
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    first, second = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if max(first, second) < 0.04 * pairs or min(first, second) > 0.02 * pairs:
        return None
    name = "utf-16-le" if second > first else "utf-16-be"
    try:
        text = sample[: pairs * 2].decode(name, "ignore")
    except UnicodeDecodeError:
        return None
    return name if "\n" in text or "\r" in text or _plausibility(text) > PLAUSIBLE else None


def _mostly_utf8(sample: bytes) -> bool:
    """Whether the text is UTF-8 with a few bad bytes rather than another encoding."""
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    good = sum(not char.isascii() for char in text) - text.count("\ufffd")
    if good >= 4 * bad:
        return True
    lines = max(1, text.count("\n"))
    bad_lines = sum("\ufffd" in line for line in text.split("\n"))
    return good == 0 and lines >= 200 and bad_lines <= 0.005 * lines


def _most_plausible(sample: bytes) -> str:
    cut = max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1
    whole = sample[:cut] if cut and len(sample) >= SAMPLE_BYTES else sample
    scores: dict[str, float] = {}
    for name in CANDIDATES:
        try:
            scores[name] = _plausibility(whole.decode(name), name)
        except UnicodeDecodeError:
            continue
    ranked = sorted(scores, key=lambda name: -scores[name])
    if ranked and scores[ranked[0]] >= PLAUSIBLE:
        second = scores[ranked[1]] if len(ranked) > 1 else 0.0
        if scores[ranked[0]] - second >= MARGIN:
            return ranked[0]
    raise RefusedFileError("unknown-encoding", candidates=", ".join(ranked) or "none of the known encodings")


def _is_common_han(char: str) -> bool:
    """Han characters of the first level of GB 2312 or of Big5: what names and companies are written with."""
    try:
        simplified = char.encode("gb2312")
        if len(simplified) == 2 and 0xB0 <= simplified[0] <= 0xD7:
            return True
    except UnicodeEncodeError:
        pass
    try:
        traditional = char.encode("big5")
    except UnicodeEncodeError:
        return False
    return len(traditional) == 2 and 0xA4 <= traditional[0] <= 0xC6


def _plausibility(text: str, encoding: str | None = None) -> float:
    """0-1: share of the letters outside ASCII that people write, weighed by how often they occur."""
    counts = Counter(char for char in text if not char.isascii())
    total = sum(counts.values())
    if not total:
        return 1.0
    if encoding in {None, "gb18030", "big5"}:
        good = 0.0
        for char, count in counts.items():
            if "\u4e00" <= char <= "\u9fff":
                good += count * _han_weight(char, encoding)
            elif "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef" or char in "·—‘’“”…":
                good += count
        return good / total
    return _latin_plausibility(text, total)


def _han_weight(char: str, encoding: str | None) -> float:
    """Common characters count fully; those common only in the other script of Chinese count half."""
    if not _is_common_han(char):
        return 0.1
    if encoding is None:
        return 1.0
    level_one = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6)}[encoding]
    try:
        code = char.encode(level_one[0])
    except UnicodeEncodeError:
        return 0.5
    return 1.0 if len(code) == 2 and level_one[1] <= code[0] <= level_one[2] else 0.5


_LATIN_WORD = re.compile(r"[^\W\d_]+")


def _latin_plausibility(text: str, total: int) -> float:
    """Accented letters stand among plain ones, rarely two together, and capitals begin words."""
    letters = False
    good = sum(text.count(char) for char in "€£§°«»–—‘’“”…·®©™½²³º")
    for word in _LATIN_WORD.findall(text):
        accented = [char for char in word if not char.isascii()]
        if not accented:
            continue
        plain = len(word) - len(accented)
        inner_capital = any(char.isupper() for char in word[1:]) and not word.isupper()
        if (
            plain >= 2 * len(accented)
            and not inner_capital
            and all(unicodedata.name(char, "").startswith("LATIN ") for char in accented)
        ):
            good += len(accented)
            letters = True
    return good / total if letters else 0.5 * good / total  # signs alone are no evidence of a language


# --- delimiter, quotes, header row ---------------------------------------------------------------------------


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
