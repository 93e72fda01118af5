"""The schema contract of a feed: its files have the columns of the first accepted one, holding what they held first.

Columns come and go, and what a column holds may change. Under `contract: evolve` a difference is noted, under
`contract: freeze` it sets the file aside. What a column holds is told by the first accepted file that has a value in
it, which a file of headers alone has not. Nothing is remembered for it: the files are found in the ledger again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression

from assets.engine import Engine
from assets.intake.fields import MONEY_FIELDS, REAL_FIELDS, WHOLE_FIELDS
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed
from sources.codes import Composed, reason
from sources.raw import RawFile
from sources.readers.reading import OWN_PREFIX, fold_header

#: A column is told by its first rows: reading all of a long file for this would cost as much as using it.
LOOKED_AT_LINES = 2_000
#: Cells that may be otherwise: that many are refused one by one, more are another kind of column.
ODD_SHARE = 0.05
_NUMBER = r"[+-]?(0|[1-9]\d*|[1-9]\d{0,2}([.,' ]\d{3})+)([.,]\d+)?([eE][+-]?\d{1,3})?"
_DATE = r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(\D.*)?"

#: What a column may hold, in both languages.
WORDS = {
    "number": {"en": "numbers", "zh": "数字"},
    "date": {"en": "dates", "zh": "日期"},
    "text": {"en": "text", "zh": "文本"},
}

#: One difference: its code in `sources.codes`, and the values of its text.
Difference = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Agreed:
    """What the accepted files of a feed agree on so far.

    Attributes:
        headers: of the first of them.
        types: folded header -> number, date or text, as the first of them with a value there has it.
    """

    headers: Sequence[str]
    types: Mapping[str, str] = field(default_factory=dict)

    def and_then(self, types: Mapping[str, str]) -> Agreed:
        """The same after one more file was accepted."""
        return Agreed(self.headers, {**types, **self.types})


def column_types(files: Sequence[RawFile], feed: Feed, engine: Engine) -> dict[str, dict[str, str]]:
    """What the columns of files with the same headers hold.

    Args:
        files: with the same headers.
        feed: a column that it maps to a field of text is text whatever stands in it.
        engine: where the rows are read.

    Returns:
        file_id -> folded header -> number, date or text; columns without a value are left out.
    """
    texts = _text_headers(feed)
    asked = [
        (at, fold_header(header))
        for at, header in enumerate(files[0].headers)
        if not fold_header(header).startswith(OWN_PREFIX)
    ]
    if not asked or not files:
        return {}
    rows = engine.connection.read_parquet([str(file.rows_path) for file in files], filename=True)
    head = rows.filter(ColumnExpression("line_no") <= ConstantExpression(LOOKED_AT_LINES))
    counts = [
        _count(test).alias(f"{name}{at}") for at, header in asked for name, test in _tests(at, header in texts).items()
    ]
    found = head.aggregate([ColumnExpression("filename"), *counts]).fetchall()
    by_path = {str(file.rows_path): file.file_id for file in files}
    types: dict[str, dict[str, str]] = {}
    for path, *numbers in found:
        listed = iter([number or 0 for number in numbers])  # of a column without any value there is no count
        mine = types.setdefault(by_path[path], {})
        for _, header in asked:
            filled = next(listed) or 0
            if header in texts:
                word = "text"
            else:
                number, day = next(listed) or 0, next(listed) or 0
                enough = filled * (1 - ODD_SHARE)
                word = "date" if day >= enough else "number" if number >= enough else "text"
            if filled:
                mine[header] = word
    return types


def _text_headers(feed: Feed) -> set[str]:
    typed = {*TIME_FIELDS, *DATE_FIELDS, *MONEY_FIELDS, *WHOLE_FIELDS, *REAL_FIELDS}
    fields = [field for field in CANONICAL_FIELDS[feed.kind] if field not in typed]
    mapped = [header for field in fields for header in feed.columns.get(field, [])]
    return {fold_header(header) for header in (*mapped, *feed.key)}


def _tests(at: int, is_text: bool) -> dict[str, duckdb.Expression]:
    cell = FunctionExpression("trim", ColumnExpression(f"c{at}"))
    filled = cell != ConstantExpression("")
    if is_text:
        return {"filled": filled}

    def matches(pattern: str) -> duckdb.Expression:
        return FunctionExpression("regexp_full_match", cell, ConstantExpression(pattern))

    return {"filled": filled, "number": matches(_NUMBER), "date": matches(_DATE)}


def _count(test: duckdb.Expression) -> duckdb.Expression:
    return FunctionExpression("count_if", test)


def differences(agreed: Agreed, headers: Sequence[str], types: Mapping[str, str]) -> list[Difference]:
    """How a file differs from what those before it agree on.

    Text takes everything, so only a column of numbers or dates can become another one.

    Args:
        agreed: what the feed's accepted files before it agree on.
        headers: of the file.
        types: folded header -> number, date or text, of the file.

    Returns:
        New columns, then missing ones, then changed ones, each in the order of its file.
    """
    before = {fold_header(header): header for header in agreed.headers}
    now = {fold_header(header): header for header in headers}
    found: list[Difference] = [("new-column", {"column": now[key]}) for key in now if key not in before]
    found += [("gone-column", {"column": before[key]}) for key in before if key not in now]
    for key in before:
        expected, word = agreed.types.get(key), types.get(key)
        if key in now and expected in {"number", "date"} and word not in {None, expected}:
            found.append(("changed-type", {"column": now[key], "expected": str(expected), "found": str(word)}))
    return found


def needed_columns(missing: Sequence[str], headers: Sequence[str]) -> list[Difference]:
    """What a feed needs and a file lacks, each with what comes nearest in the file.

    Args:
        missing: from :func:`sources.feed_columns.missing_headers`; several ways are joined by `` or ``.
        headers: of the file.
    """
    found: list[Difference] = []
    folded = {fold_header(header): header for header in reversed(headers)}
    for names in missing:
        close = [
            match for name in names.split(" or ") for match in get_close_matches(fold_header(name), folded, 1, 0.5)
        ]
        values = {"column": names.split(" or ")[0], "expected": names, "nearest": folded[close[0]] if close else "-"}
        found.append(("needed-column", {**values, "found": ", ".join(headers)}))
    return found


def described(found: Sequence[Difference], language: str) -> Composed:
    """Differences in words, all of them."""
    texts = []
    for code, values in found:
        said = {name: WORDS.get(text, {}).get(language, text) for name, text in values.items()}
        texts.append(reason(code, language, said, "column"))
    return Composed((";" if language == "zh" else "; ").join(texts))
