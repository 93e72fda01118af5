"""The cells of a row as expressions: trimmed, null where blank, text taken out of a spreadsheet's formula."""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
)

from policy.feeds import Feed
from sources.readers.reading import OWN_PREFIX, fold_header

NO = ConstantExpression(False)

_BLANKS = " \t\r\n\u3000\u00a0\ufeff"
#: Text as a formula, and how it begins.
_FORMULA, _FORMULA_BEGINS = r'="((?:[^"]|"")*)"', '="'
#: An array of JSON with a single text, or with nothing in it; escapes that not every parser takes are left alone.
_ARRAY = r'\[\s*(?:"(?:[^"\\\x00-\x1f]|\\["\\/nrt])*"|(?:(?:null|"")(?:\s*,\s*(?:null|""))*)?)\s*\]'


def function(name: str, *arguments: Expression) -> Expression:
    """A function of the engine by its name."""
    return FunctionExpression(name, *arguments)


def text(value: str | None) -> Expression:
    """A text, or null, as a constant."""
    return ConstantExpression(value).cast("VARCHAR")


def may_be_formula(position: int) -> Expression:
    """Whether a cell begins as a formula of a text does: seen at once, and hardly any cell does."""
    return function("starts_with", ColumnExpression(f"c{position}"), text(_FORMULA_BEGINS))


def is_formula(position: int) -> Expression:
    """Whether a cell is text that was made a formula for a spreadsheet to leave alone: ``="01234"``."""
    return function("regexp_full_match", ColumnExpression(f"c{position}"), text(_FORMULA))


def _formula_text(position: int) -> Expression:
    """The text in such a formula, trimmed; null when blank."""
    raw = ColumnExpression(f"c{position}")
    inside = function("regexp_extract", raw, text(_FORMULA), ConstantExpression(1))
    plain = function("replace", inside, text('""'), text('"'))
    return function("nullif", function("trim", plain, text(_BLANKS)), text(""))


def cell(position: int, *, is_read: bool = True) -> Expression:
    """A raw cell, trimmed; null when blank (the ideographic and no-break spaces count as blank).

    Trimming takes three times as long as seeing that there is nothing to trim, and trimming a set of characters three
    times as long as trimming spaces of all kinds: each is done only where it could change something.

    Args:
        position: of its column.
        is_read: whether text in a formula such as ``="01234"`` is taken out of it; content is hashed as it is given.
    """
    raw = ColumnExpression(f"c{position}")
    ends = function("ends_with", raw, text("\ufeff"))
    for mark in "\t\r\n":
        ends = ends | function("ends_with", raw, text(mark))
    first = raw < text("!")
    odd = first | function("starts_with", raw, text("\ufeff")) | ends
    everything = function("trim", raw, text(_BLANKS))
    trimmed = function("nullif", CaseExpression(odd, everything).otherwise(function("trim", raw)), text(""))
    beyond_ascii = function("length", raw) != function("strlen", raw)
    trims = first | function("ends_with", raw, text(" ")) | ends | beyond_ascii
    if not is_read:
        return CaseExpression(trims, trimmed).otherwise(raw)
    of_formula = CaseExpression(is_formula(position), _formula_text(position)).otherwise(trimmed)
    return CaseExpression(may_be_formula(position), of_formula).when(trims, trimmed).otherwise(raw)


def one_value(position: int) -> Expression:
    """A cell where one value is asked for: of a JSON array with a single text that text, of one that is empty null."""
    raw = ColumnExpression(f"c{position}")
    # what begins it is seen at once, and hardly any cell does
    is_array = function("starts_with", raw, text("[")) & function("regexp_full_match", raw, text(_ARRAY))
    only = function("trim", function("json_extract_string", raw, text("$[0]")), text(_BLANKS))
    return CaseExpression(is_array, function("nullif", only, text(""))).otherwise(cell(position))


def with_formulas(feed: Feed, headers: Sequence[str]) -> Expression:
    """The detail of a row without a problem, with what was taken out of formulas before what the reader put right."""
    detail = ColumnExpression("detail")
    fields = {fold_header(header): name for name, wanted in feed.columns.items() for header in wanted}
    asked = [
        (fields.get(fold_header(header), header), index)
        for index, header in enumerate(headers)
        if not fold_header(header).startswith(OWN_PREFIX)
    ]
    if not asked:
        return detail
    entries: list[Expression] = []
    any_formula: Expression | None = None
    for name, index in asked:
        raw, begins = ColumnExpression(f"c{index}"), may_be_formula(index)
        told = (text("field"), text(name), text("code"), text("excel-text"), text("was"), raw)
        entry = function("json_object", *told).cast("VARCHAR")
        entries.append(CaseExpression(begins & is_formula(index), entry).otherwise(text(None)))
        any_formula = begins if any_formula is None else any_formula | begins
    assert any_formula is not None
    others = function("nullif", function("substr", detail, ConstantExpression(2)), text("]"))
    others = function("left", others, function("length", others) - ConstantExpression(1))
    listed = function("concat_ws", text(","), *entries, others)
    return CaseExpression(
        ColumnExpression("problem").isnull() & any_formula,
        function("nullif", function("concat", text("["), listed, text("]")), text("[]")),
    ).otherwise(detail)
