"""How a text file is laid out: its delimiter and quotes, its header rows. Pure functions on a sample of its lines."""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sources.errors import RefusedFileError
from sources.header_names import is_header_name, says_little

SAMPLE_RECORDS = 500
HEADER_SEARCH_ROWS = 50
USUAL_DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x1f", "\x01", "\u00a6", "\uff0c", "\u3001", "\uff1b")
#: Marks that also stand inside values: believed only when every row agrees.
RARE_DELIMITERS = (":", "*", "#", "!", "/", " ")


@dataclass(frozen=True)
class Dialect:
    """How records are laid out in lines; line numbers are physical and 1-based.

    Attributes:
        delimiter: between fields.
        quote: around fields; None where there are no quotes.
        skip_space: whether a space behind the delimiter belongs to it.
        header_line: the line that the header begins at; what stands above is title and notes.
        header_records: how many records the header has.
        wrapped: the header, like other lines, is one quoted field: spreadsheets save a line so that they did not split.
    """

    delimiter: str
    quote: str | None
    skip_space: bool
    header_line: int
    header_records: int = 1
    wrapped: bool = False

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Dialect:
        """The dialect that is noted of a file."""
        wrapped = said.get("wrapped", False)
        return cls(said["delimiter"], said.get("quote"), said.get("skip_space", False), said["header_line"], 1, wrapped)

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
    above = (header_row or 1) - 1
    if header_row is None and (said := _SAID.match(lines[0])):
        above, delimiter = 1, delimiter or said[1]  # a line for the spreadsheet only
    body = lines[above:]
    if not any(line.strip() for line in body):
        raise RefusedFileError("header-not-found", detail="there is no text below its first line")
    plain = [unwrapped(line) or line for line in body]
    wrapped = _are_wrapped(body, plain, delimiter)
    if any(_answered_header(line) for line in body[:HEADER_SEARCH_ROWS]):
        wrapped, plain = True, [_with_answer(_ANSWERED_LINE.fullmatch(line)) or line for line in body]
    if wrapped:
        body = plain
    chosen = delimiter or _best_delimiter(body)
    quote, skip_space = _quotes(body, chosen)
    draft = Dialect(chosen, quote, skip_space, above + 1, wrapped=wrapped)
    if header_row is not None:
        return draft
    records = sample_records(body, draft)
    first, last = header_rows([cells for _, cells in records])
    return replace(draft, header_line=above + records[first][0], header_records=last - first + 1)


#: `sep=;` in the first line tells Excel the delimiter.
_SAID = re.compile(r"\s*\"?sep=(.)\"?[,;\t]*\s*\Z", re.I | re.S)


#: A line that is one quoted field with the answer of a receipt behind it, and such a header.
_ANSWERED_LINE = re.compile(r'"((?:[^"]|"")++)"([,;\t|].+)', re.S)
_ANSWERED_HEADER = re.compile(r'"((?:[^"]|"")++)"([,;\t|]*)([,;\t|]sluice_[a-z].*)', re.S)


def _with_answer(found: re.Match[str] | None) -> str | None:
    return found[1].replace('""', '"') + found[2] if found else None


def _answered_header(line: str) -> re.Match[str] | None:
    """A header of several columns that was quoted whole before a receipt put its own behind it."""
    found = _ANSWERED_HEADER.fullmatch(line)
    return found if found and any(mark in found[1][1:-1] for mark in ",;\t|") else None


def unwrapped(line: str) -> str | None:
    """The text inside a line that is one quoted field; None for other lines.

    Delimiters that follow it are nothing, and our columns that follow a header are columns.
    """
    if answered := _answered_header(line):  # what delimiters stood behind the header are fields of ours by now
        fields = [f"{mark}sluice_field_{at}" for at, mark in enumerate(answered[2], 2)]
        return "".join([answered[1].replace('""', '"'), *fields, answered[3]])
    body = line.rstrip("\r\n")
    text = body.rstrip(",;\t|")
    if len(text) < 3 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1].replace('""', ""):
        return None
    return text[1:-1].replace('""', '"') + line[len(body) :]


def _are_wrapped(lines: Sequence[str], plain: Sequence[str], delimiter: str | None) -> bool:
    """Whether lines that are one field each, the header among them, are records that were quoted whole."""
    filled = [(line, inner) for line, inner in zip(lines, plain, strict=True) if line.strip()]
    wrapped = [(line, inner) for line, inner in filled if inner is not line]
    if not wrapped or filled[0][0] is filled[0][1] or 2 * len(wrapped) < len(filled):
        return False
    draft = Dialect(delimiter or _best_delimiter(plain), '"', False, 1)
    records = [cells for _, cells in sample_records(plain, draft)]
    widths = Counter(map(len, records))
    names, below = records[0], records[1:]
    is_header = _known(names) and not any(name[:1].isspace() for name in names)
    # a header that holds names of columns tells it of a few lines too, of which one may be amiss
    if (
        is_header
        and 2 * (widths[len(names)] - 1) >= len(below)
        and any(_is_value(cell) for row in below for cell in row)
    ):
        return True
    width, often = widths.most_common(1)[0]
    # a column of names such as "Smith, Anna" is no table
    sure = width > 2 or (width == 2 and any('""' in line for line, _ in wrapped))
    return sure and often >= 0.9 * sum(widths.values())


def fields_of(text: str, dialect: Dialect, escape: str | None = None) -> list[str] | None:
    """The fields of one record; None where it is none."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        strict=True,
        escapechar=escape,
        **dialect.parameters(),  # type: ignore[arg-type]
    )
    try:
        records = list(itertools.islice(reader, 2))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


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


def header_rows(rows: Sequence[Sequence[str | None]]) -> tuple[int, int]:
    """Which of the first rows hold the column names: first and last of them.

    A second row belongs to the header when it names what the first one leaves open (groups above, names below), or
    repeats the names in another language.
    """
    at = header_index(rows)
    if at and _names_groups(rows[at - 1], rows[at]):
        return at - 1, at
    if at + 1 < len(rows) and _goes_on(rows[at], rows[at + 1], rows[at + 2 : at + 12]):
        return at, at + 1
    return at, at


def joined_header(rows: Sequence[Sequence[str | None]]) -> list[str]:
    """Column names out of the rows of a header: the lowest name, with its groups where it would not stand alone.

    Where a group tells equal names apart (Person Email, Firm Email), its Name or Number is not anybody's either.
    """
    width = max(len(row) for row in rows)
    cells = [[shown(row[i]) if i < len(row) else "" for i in range(width)] for row in rows]
    if len(cells) == 1:
        return cells[0]
    if len(cells) == 2 and _are_two_languages(*cells):
        return [first or second for first, second in zip(*cells, strict=True)]
    names: list[str] = []
    paths: list[list[str]] = []
    for i in range(width):
        own = [row[i] for row in cells]
        lowest = max((at for at, name in enumerate(own) if name), default=0)
        above = []
        for at in range(lowest):  # a group's name stands in the first of its columns
            left = next((cells[at][j] for j in range(i, -1, -1) if cells[at][j]), "")
            above.append(own[at] or left)
        names.append(own[lowest])
        paths.append([name for name in dict.fromkeys(above) if name and name != own[lowest]])
    for depth in range(1, len(cells)):
        often = Counter(name.casefold() for name in names)
        for i, path in enumerate(paths):
            lone = not _LETTERS.search(_UNITS.sub("", names[i]))
            if names[i] and len(path) >= depth and (often[names[i].casefold()] > 1 or (lone and depth == 1)):
                names[i] = f"{path[-depth]} {names[i]}"
    told_apart = {path[-1] for name, path in zip(names, paths, strict=True) if path and name.startswith(f"{path[-1]} ")}
    return [
        f"{path[-1]} {name}" if path and path[-1] in told_apart and says_little(name) else name
        for name, path in zip(names, paths, strict=True)
    ]


def _are_two_languages(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two rows name the same columns twice, rather than groups of columns and the columns."""
    both = [pair for pair in zip(first, second, strict=True) if all(pair)]
    groups = [name for name in first if name]
    alone = len(set(groups)) == len(groups) and len(both) >= 0.6 * len(first)
    return alone and _known(first) and _known(second)


_UNITS = re.compile(r"[(\[（].*?[)\]）]")
_LETTERS = re.compile(r"[^\W\d_]")


def shown(cell: str | None) -> str:
    """A header cell on one line, without white space around it."""
    return " ".join(unicodedata.normalize("NFC", cell or "").replace("\ufeff", "").split())


def _known(cells: Sequence[str | None]) -> bool:
    """Whether most of the cells are names that headers have."""
    filled = [cell for cell in cells if cell and cell.strip()]
    known = sum(map(is_header_name, filled))
    return known >= 2 and known >= 0.6 * len(filled)


def _is_value(cell: str) -> bool:
    """Text that a record has rather than a header: with an address, or mostly digits."""
    return "@" in cell or "://" in cell or sum(map(str.isdigit, cell)) > 0.3 * len(cell)


def _names_groups(above: Sequence[str | None], header: Sequence[str | None]) -> bool:
    """Whether the row above a header names groups of columns, and the header cannot do without."""
    groups = [shown(cell) for cell in above]
    names = [shown(cell) for cell in header]
    if len(groups) != len(names) or sum(map(bool, groups)) < 2 or any(map(_is_value, groups)):
        return False
    filled = [name.casefold() for name in names if name]
    open_names = [i for i, name in enumerate(names) if not name and groups[i]]
    return len(set(filled)) < len(filled) or bool(open_names)


def _goes_on(
    header: Sequence[str | None], below: Sequence[str | None], records: Sequence[Sequence[str | None]]
) -> bool:
    """Whether the row below a header is one more row of it."""
    names, more = [shown(cell) for cell in header], [shown(cell) for cell in below]
    if len(names) != len(more) or any(map(_is_value, more)) or not any(more):
        return False
    if _known(names) and _known(more):
        return True
    gaps = [i for i, name in enumerate(names) if not name]
    if not gaps or gaps[0] == 0 or not all(more[i] for i in gaps) or all(more):
        return False
    if any(is_header_name(more[i]) for i in gaps):
        return True
    values = [shown(row[i]) for row in records for i in range(min(len(row), len(more))) if more[i]]
    return any(map(_is_value, values)) and sum(map(_is_value, values)) >= 0.3 * sum(map(bool, values))


def _has_own_records(row: Sequence[object], below: Sequence[Sequence[object]]) -> bool:
    """Whether records are as wide as this row of three names or more, though a longer line makes a wider table."""
    named = sum(map(bool, map(str.strip, _texts(row)))) == len(row) >= 3
    return named and any(len(other) == len(row) and any(map(_is_value, _texts(other))) for other in below)


def _texts(row: Sequence[object]) -> list[str]:
    return [str(cell) for cell in row if cell is not None]


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
    for i, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        if (filled[i] >= 0.5 * typical or _has_own_records(row, rows[i + 1 :])) and _known(_texts(row)):
            return i
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


#: How the last row of a table begins that sums up the others.
_TOTAL_WORDS = re.compile(
    r"(?:grand |sub ?|sub-)?totals?(?: rows| records| count)?|sum|summary|sums|count|"
    r"合计|总计|小计|共计|总和|总数|汇总|合計|總計|小計|共計|總和|總數|加總|計|합계|총계|소계|총합|итого|всего|сумма|"
    r"summe|gesamt|gesamtsumme|insgesamt|total général|totaux|totales|totale|totali|suma|razem|celkem|összesen|toplam|"
    r"genel toplam|totalt|sammanlagt|yhteensä|σύνολο",
    re.I,
)
_COUNTED = re.compile(
    r"[-(]?[^\w\s+@]{0,2}\s?\d[\d.,' \u00a0\u202f]*\)?\s?[百千]?[万萬亿億]?\s?"
    r"(?:[%€$£¥元]|[A-Z]{3}|rows?|records?|leads?|contacts?|people|persons?|entries|companies|customers?|"
    r"[条條件家个個位人名项項笔筆]|행|건)?"
)
#: The first cell of such a row: the word, and what was counted behind a colon or in parentheses.
_TOTAL = re.compile(r"(?P<word>[^:(]+?)\s*(?::\s*(?P<counted>.*)|\((?P<inside>[^()]+)\))?")


def is_total(cells: Sequence[str | None]) -> bool:
    """Whether a row sums up the rows above it: a word for that, numbers, and little else."""
    filled = [unicodedata.normalize("NFKC", cell).strip() for cell in cells if cell and cell.strip()]
    if len(cells) < 2 or not filled or len(filled) > max(1, len(cells) / 2 + 1):
        return False
    total = _TOTAL.fullmatch(filled[0])
    if not total or not _TOTAL_WORDS.fullmatch(total["word"].strip()):
        return False
    behind = total["counted"] or total["inside"]
    return all(_COUNTED.fullmatch(cell) for cell in [*([behind] if behind else []), *filled[1:]])


#: How a line begins that tells of the table above it: enough to know it by.
_TELLS_OF_TABLE = re.compile(
    r"(?:(?:data|report|file|list|table)\s+)?(?:last\s+)?"
    r"(?:exported|generated|created|printed|produced|downloaded|prepared|compiled|extracted|retrieved|updated)"
    r"\s*(?:(?:on|by|at|from|with|via|using)\b|:)|"
    r"(?:export|report|print|creation|run)\s*(?:date|time|id|by)?\s*:|"
    r"(?:data\s+)?sources?\s*:|(?:foot)?notes?\s*:|remarks?\s*:|disclaimers?\s*:|legend\s*:|"
    r"exportiert\s+(?:am|von|aus)\b|erstellt\s+(?:am|von|mit)\b|quelle\s*:|hinweis\s*:|stand\s*:|"
    r"(?:exporté|généré|créé|imprimé)\s+(?:le|par|depuis)\b|remarque\s*:|"
    r"(?:exportado|generado|creado|impreso)\s+(?:el|por|desde)\b|fuente\s*:|notas?\s*:|"
    r"(?:数据|資料|报表|報表)?(?:导出|匯出|生成|產生|创建|建立|打印|列印|制表|製表|下载|下載|更新|统计|統計|截止)"
    r"(?:时间|時間|日期|人|者|单位|單位|部门|部門)?\s*:|(?:导出|匯出|生成|產生|打印|列印|制表|製表)(?:时间|時間|日期|于|於|自)|"
    r"(?:数据|资料|資料|信息)?来源\s*:|(?:資料|數據)?來源\s*:|(?:备注|備註|附注|附註|注|註|说明|說明)\s*:|"
    r"出典\s*:|備考\s*:|(?:作成|出力)(?:日|者|日時)\s*:|출처\s*:|비고\s*:|(?:생성|출력)일?\s*:",
    re.I,
)
#: What a line looks like that tells of the table above it, where it is set off from it.
_READS_AS_NOTE = re.compile(
    r"[*#(\[©-].*|.*:.*|confidential\b.*|copyright\b.*|.*\ball rights reserved\b.*|page \d+(?: ?(?:of|/) ?\d+)?|"
    r"[-=* ]*end of (?:report|file|list|data|export|table)\b.*|(?:\S+\s+){4,}\S+[.!]|以上.*|本(?:表|报告|報告).*|"
    r"版权所有.*|版權所有.*|.{6,}[。!]",
    re.I | re.S,
)
#: A value to reach somebody by, as it is understood behind a label, too.
_CONTACT = re.compile(
    r"(?:[^:]*:)?\s*(?:<?[^\s@<>]+@[^\s@<>]+>?|(?:\+|00)[\d\s()./-]{7,})|"
    r"(?:tel|phone|mobile|mob|电话|電話|手机|手機|fax)\s*[:.]?\s*[\d+(].*",
    re.I | re.S,
)


def is_note(cells: Sequence[str | None], width: int, set_off: bool) -> bool:
    """Whether a row below the last record tells of the table rather than being a row of it.

    Args:
        cells: its fields, fewer than the header has where the line was not padded with delimiters, more where its text
            holds some.
        width: how many fields the header has; a table of one column has no notes, any text may be its value.
        set_off: whether something parts it from the records: a blank line, totals, another note.
    """
    filled = [
        (at, unicodedata.normalize("NFKC", cell).strip()) for at, cell in enumerate(cells) if cell and cell.strip()
    ]
    if width < 2 or not filled or filled[0][0] > 1:
        return False
    text = filled[0][1]
    told = _TELLS_OF_TABLE.match(text)
    if told and len(filled) > 1 and not text[told.end() :].strip(" :"):
        return True  # nobody is called "Exported by", whoever is named beside it
    if any(_CONTACT.fullmatch(cell) for _, cell in filled):
        return False
    if told:
        label = len(filled) == 2 and text.endswith(":") and width > 3
        return len(filled) == 1 or label or len(cells) != width  # of another width it is no record either way
    if not set_off or len(filled) > 1 or _is_value(text):
        return False
    return len(cells) < width or bool(_READS_AS_NOTE.fullmatch(text))


def _best_delimiter(lines: Sequence[str]) -> str:
    best, best_score = ",", 0.0
    text = "".join(lines)
    for rank, delimiter in enumerate((*USUAL_DELIMITERS, *RARE_DELIMITERS, *_odd_delimiters(lines))):
        if delimiter not in text:
            continue
        rare = delimiter not in USUAL_DELIMITERS
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


def _odd_delimiters(lines: Sequence[str]) -> list[str]:
    """Any other sign that stands equally often in every line."""
    filled = [line for line in lines[:SAMPLE_RECORDS] if line.strip()]
    if len(filled) < 3:
        return []
    signs = {char for char in filled[0] if not char.isalnum() and not char.isspace() and char not in "\"'.-_@+()&%$"}
    signs -= {*USUAL_DELIMITERS, *RARE_DELIMITERS}
    return sorted(sign for sign in signs if len({line.count(sign) for line in filled}) == 1)


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
