"""From a file's cells to canonical fields: the feed's mapping, as DuckDB expressions. Text in, text out.

Nothing is interpreted here. A cell that is blank counts as missing; every other value keeps its characters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from duckdb import CaseExpression, CoalesceOperator, ColumnExpression, DuckDBPyRelation, Expression

from assets.intake.cells import NO, cell, function, text, with_formulas
from assets.intake.field_values import clock_beside, field_value, told_by_name, unread_clock
from assets.intake.fields import MONEY_FIELDS, WHOLE_FIELDS
from assets.intake.row_content import content_hash, source_key
from assets.intake.row_zones import ROW_ZONE
from assets.intake.telephones import DIALLING_CODE
from assets.intake.unmapped import attributes
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed
from sources.mapping.day_orders import day_order_of
from sources.mapping.dialling_columns import dialling_columns
from sources.mapping.units import multiple_of, multiple_of_people
from sources.mapping.zones import zone_column, zone_of
from sources.readers.reading import fold_header

#: A dialling code with its sign, or one of some without.
_OTHER_THAN_AREA = r"[^\d+]*(?:\+|00).*|(?:{})(?:\.0+)?"

#: What rows of several files carry along from their file, where they are read together.
FILE_COLUMNS = ("file_id", "reading", "received_at")


def headers_of_fields(feed: Feed, headers: Sequence[str]) -> dict[str, str]:
    """Canonical field -> the first of its headers that the file has, as the file writes it."""
    present = {fold_header(header): header for header in reversed(headers)}
    return {
        name: next(present[fold_header(header)] for header in wanted if fold_header(header) in present)
        for name, wanted in feed.columns.items()
        if any(fold_header(header) in present for header in wanted)
    }


def canonical_rows(
    rows: DuckDBPyRelation, headers: Sequence[str], feed: Feed, no: Collection[str] = ()
) -> DuckDBPyRelation:
    """The rows of files with the same headers, with the feed's canonical fields.

    Args:
        rows: line_no, problem, detail, raw, c0..cN as the raw layer keeps them, and :data:`FILE_COLUMNS`, if any.
        headers: header of each position.
        feed: the mapping.
        no: words of policy that are a refusal of consent, in small letters.

    Returns:
        The file columns, line_no, problem, detail, every canonical field of the feed's kind as text, `attributes`
        (JSON of what the feed does not map, or passes over), `source_key` (null without a key), `content_hash` (of all
        filled cells by header but those the feed calls volatile or ignored, the same in whatever order the columns
        stand; null for events that have an id). Rows that the feed knows as tests of the sender have the problem
        `test-row`.
        Amounts and counts with a column whose name says a multiple have it beside them as `<field>_times`; times have
        the zone that the name of their column says as `<field>_zone`, the one that their row says, as it is written
        there, as :data:`ROW_ZONE`, and themselves with a time of day beside them that is not read as
        `<field>_with_clock`; dates and times have the order of day and month that the name of their column says as
        `<field>_order`; telephones have the dialling code of a column of such codes as :data:`DIALLING_CODE`.
    """
    position: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        position.setdefault(fold_header(header), []).append(index)
    fields = [field_value(name, feed, position, no).alias(name) for name in CANONICAL_FIELDS[feed.kind]]
    fields += [said.alias(name) for name, said in _told(feed, headers, position).items() if said is not None]
    problem, detail = _problem_or_test(feed, position, with_formulas(feed, headers))
    return rows.select(
        *[ColumnExpression(name) for name in FILE_COLUMNS if name in rows.columns],
        ColumnExpression("line_no"),
        problem.alias("problem"),
        detail.alias("detail"),
        *fields,
        attributes(feed, headers, position, no).alias("attributes"),
        source_key(feed, position).alias("source_key"),
        content_hash(feed, headers, position).alias("content_hash"),
    )


def _told(feed: Feed, headers: Sequence[str], position: dict[str, list[int]]) -> dict[str, Expression | None]:
    """What is told of values beside them: by the names of their columns, and of times by the row's own zone."""
    told: dict[str, Expression | None] = {}
    zone_at = zone_column(headers)
    if "phone" in feed.columns:
        told[DIALLING_CODE] = _dialling_code(headers)
    for name in feed.columns:
        if name in (*MONEY_FIELDS, *WHOLE_FIELDS):
            times = multiple_of if name in MONEY_FIELDS else multiple_of_people
            told[f"{name}_times"] = told_by_name(name, feed, headers, position, times)
        elif name in TIME_FIELDS:
            told[f"{name}_zone"] = told_by_name(
                name, feed, headers, position, partial(_zone_said, name, feed, headers, position)
            )
            told[ROW_ZONE] = None if zone_at is None else cell(zone_at)
            told[f"{name}_with_clock"] = unread_clock(name, feed, position)
        if name in TIME_FIELDS or name in DATE_FIELDS:
            told[f"{name}_order"] = told_by_name(name, feed, headers, position, day_order_of)
    return told


def _dialling_code(headers: Sequence[str]) -> Expression | None:
    """What columns of dialling codes say; of those that may be of area codes what cannot be one."""
    said = [
        cell(at)
        if bare is None
        else CaseExpression(
            function("regexp_full_match", cell(at), text(_OTHER_THAN_AREA.format("|".join(bare)))), cell(at)
        )
        for at, bare in dialling_columns(headers)
    ]
    return (said[0] if len(said) == 1 else CoalesceOperator(*said)) if said else None


def _zone_said(
    name: str, feed: Feed, headers: Sequence[str], position: dict[str, list[int]], header: str
) -> str | None:
    """The zone that the name of a column says, or that of the column with its times of day."""
    clock = clock_beside(name, header, feed, position)
    return zone_of(header) or (zone_of(headers[position[clock][0]]) if clock else None)


def _problem_or_test(
    feed: Feed, position: dict[str, list[int]], put_right: Expression
) -> tuple[Expression, Expression]:
    """What is wrong with the line itself, else that it is a test: code, and the values of its text as JSON.

    Of a row that is fine, what was put right.
    """
    problem, detail = ColumnExpression("problem"), ColumnExpression("detail")
    cases: list[tuple[Expression, Expression]] = [(problem.isnotnull(), detail)]
    for name, words in feed.tests.items():
        if name in CANONICAL_FIELDS[feed.kind] and (name in feed.columns or name in feed.constants):
            value = field_value(name, feed, position)
        elif fold_header(name) in position:
            value = cell(position[fold_header(name)][0])
        else:
            continue
        for word in words:
            test = CoalesceOperator(_is_like(function("lower", value), word.lower()), NO)
            told = function("json_object", text("field"), text(name), text("value"), value).cast("VARCHAR")
            cases.append((test, told))
    if len(cases) == 1:
        return problem, put_right
    code, told = CaseExpression(cases[0][0], problem), CaseExpression(*cases[0])
    for test, values in cases[1:]:
        code, told = code.when(test, text("test-row")), told.when(test, values)
    return code.otherwise(text(None)), told.otherwise(put_right)


def _is_like(value: Expression, word: str) -> Expression:
    """Whether a value is a word in which `*` stands for anything; what needs no pattern costs none."""
    if "*" not in word:
        return value == text(word)
    if word.index("*") == len(word) - 1:
        return function("starts_with", value, text(word[:-1]))
    return function("regexp_full_match", value, text(".*".join(f"\\Q{part}\\E" for part in word.split("*"))))
