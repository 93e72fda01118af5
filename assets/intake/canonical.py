"""From a file's cells to canonical fields: the feed's mapping, as DuckDB expressions. Text in, text out.

Nothing is interpreted here. A cell that is blank counts as missing; every other value keeps its characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase

from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    DuckDBPyRelation,
    Expression,
    FunctionExpression,
)

from assets.intake.consent import strictest
from assets.intake.fields import MONEY_FIELDS, WHOLE_FIELDS
from policy.feeds import CANONICAL_FIELDS, Feed
from sources.erased_rows import HASH_MARK
from sources.mapping.bracketed import multiple_of
from sources.readers.reading import OWN_PREFIX, distinct_names, fold_header

#: What rows of several files carry along from their file, where they are read together.
FILE_COLUMNS = ("file_id", "reading", "received_at")

NO = ConstantExpression(False)

#: The field that is read by the strictest of its columns, and of some that no field is taken from.
CONSENT = "consent"

_BLANKS = " \t\r\n\u3000\u00a0\ufeff"
#: Text as a formula, and how it begins.
_FORMULA, _FORMULA_BEGINS = r'="((?:[^"]|"")*)"', '="'

#: Separates header and value, and cell and cell, where content is hashed: never part of text that people write.
UNIT, RECORD = "\x1f", "\x1e"


def _function(name: str, *arguments: Expression) -> Expression:
    return FunctionExpression(name, *arguments)


def _text(value: str | None) -> Expression:
    return ConstantExpression(value).cast("VARCHAR")


def _may_be_formula(position: int) -> Expression:
    """Whether a cell begins as a formula of a text does: seen at once, and hardly any cell does."""
    return _function("starts_with", ColumnExpression(f"c{position}"), _text(_FORMULA_BEGINS))


def _is_formula(position: int) -> Expression:
    """Whether a cell is text that was made a formula for a spreadsheet to leave alone: ``="01234"``."""
    return _function("regexp_full_match", ColumnExpression(f"c{position}"), _text(_FORMULA))


def _formula_text(position: int) -> Expression:
    """The text in such a formula, trimmed; null when blank."""
    raw = ColumnExpression(f"c{position}")
    inside = _function("regexp_extract", raw, _text(_FORMULA), ConstantExpression(1))
    plain = _function("replace", inside, _text('""'), _text('"'))
    return _function("nullif", _function("trim", plain, _text(_BLANKS)), _text(""))


def cell(position: int, *, is_read: bool = True) -> Expression:
    """A raw cell, trimmed; null when blank (the ideographic and no-break spaces count as blank).

    Trimming takes three times as long as seeing that there is nothing to trim, and trimming a set of characters three
    times as long as trimming spaces of all kinds: each is done only where it could change something.

    Args:
        position: of its column.
        is_read: whether text in a formula such as ``="01234"`` is taken out of it; content is hashed as it is given.
    """
    raw = ColumnExpression(f"c{position}")
    ends = _function("ends_with", raw, _text("\ufeff"))
    for mark in "\t\r\n":
        ends = ends | _function("ends_with", raw, _text(mark))
    first = raw < _text("!")
    odd = first | _function("starts_with", raw, _text("\ufeff")) | ends
    everything = _function("trim", raw, _text(_BLANKS))
    trimmed = _function("nullif", CaseExpression(odd, everything).otherwise(_function("trim", raw)), _text(""))
    beyond_ascii = _function("length", raw) != _function("strlen", raw)
    trims = first | _function("ends_with", raw, _text(" ")) | ends | beyond_ascii
    if not is_read:
        return CaseExpression(trims, trimmed).otherwise(raw)
    of_formula = CaseExpression(_is_formula(position), _formula_text(position)).otherwise(trimmed)
    return CaseExpression(_may_be_formula(position), of_formula).when(trims, trimmed).otherwise(raw)


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
        Amounts and counts with a column whose name says a multiple have it beside them as `<field>_times`.
    """
    position: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        position.setdefault(fold_header(header), []).append(index)
    ignored = {fold_header(header) for header in feed.ignored}
    content = sorted(
        (fold_header(header), header, index)
        for index, header in enumerate(headers)
        if not fold_header(header).startswith(OWN_PREFIX) and fold_header(header) not in ignored
    )
    mapped = {fold_header(header) for wanted in feed.columns.values() for header in wanted} | {
        fold_header(h) for h in feed.key
    }
    fields = [field_value(name, feed, position, no).alias(name) for name in CANONICAL_FIELDS[feed.kind]]
    for name in (name for name in (*MONEY_FIELDS, *WHOLE_FIELDS) if name in feed.columns):
        times = _times(name, feed, headers, position)
        if times is not None:
            fields.append(times.alias(f"{name}_times"))

    keys = [position[fold_header(header)][0] for header in feed.key if fold_header(header) in position]
    whole = None
    for index in keys:
        test = cell(index).isnotnull()
        whole = test if whole is None else whole & test
    source_key = _text(None)
    if keys and len(keys) == len(feed.key) and whole is not None:
        joined = cell(keys[0]) if len(keys) == 1 else _function("concat_ws", _text(UNIT), *[cell(i) for i in keys])
        source_key = CaseExpression(whole, joined).otherwise(_text(None))

    names = distinct_names(headers)
    others = [
        (names[index], index) for _, header, index in content if fold_header(header) not in mapped and header.strip()
    ]
    kept = [
        *((header, cell(index)) for header, index in others),
        *passed_over(feed, position, no).items(),
    ]
    attributes = _text("{}")
    if feed.others == "keep" and kept:
        pairs = [part for header, value in kept for part in (_text(header.strip()), value)]
        # a merge patch takes out members that are null, so that only filled cells are kept
        attributes = _function("json_merge_patch", _text("{}").cast("JSON"), _function("json_object", *pairs)).cast(
            "VARCHAR"
        )

    volatile = {fold_header(header) for header in feed.volatile}
    hashed = [(name, index) for name, _, index in content if name not in volatile]
    cells = [
        _function("||", _text(name + UNIT), cell(index, is_read=False)) for name, index in hashed
    ]  # null where blank
    content_hash = _function("md5", _function("concat_ws", _text(RECORD), *cells) if cells else _text(""))
    hash_kept = _function("json_extract_string", ColumnExpression("detail"), _text("$[#-1].hash"))
    has_kept = _function("contains", ColumnExpression("detail"), _text(HASH_MARK))  # a part of it was erased
    content_hash = CaseExpression(has_kept, hash_kept).otherwise(content_hash)
    if feed.kind == "events":  # the id of an event that has none; the others do without
        named = field_value("event_id", feed, position).isnotnull()
        content_hash = CaseExpression(named, _text(None)).otherwise(content_hash)
    problem, detail = _problem_or_test(feed, position, _with_formulas(feed, headers))
    return rows.select(
        *[ColumnExpression(name) for name in FILE_COLUMNS if name in rows.columns],
        ColumnExpression("line_no"),
        problem.alias("problem"),
        detail.alias("detail"),
        *fields,
        attributes.alias("attributes"),
        source_key.alias("source_key"),
        content_hash.alias("content_hash"),
    )


def _with_formulas(feed: Feed, headers: Sequence[str]) -> Expression:
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
        raw, begins = ColumnExpression(f"c{index}"), _may_be_formula(index)
        told = (_text("field"), _text(name), _text("code"), _text("excel-text"), _text("was"), raw)
        entry = _function("json_object", *told).cast("VARCHAR")
        entries.append(CaseExpression(begins & _is_formula(index), entry).otherwise(_text(None)))
        any_formula = begins if any_formula is None else any_formula | begins
    assert any_formula is not None
    others = _function("nullif", _function("substr", detail, ConstantExpression(2)), _text("]"))
    others = _function("left", others, _function("length", others) - ConstantExpression(1))
    listed = _function("concat_ws", _text(","), *entries, others)
    return CaseExpression(
        ColumnExpression("problem").isnull() & any_formula,
        _function("nullif", _function("concat", _text("["), listed, _text("]")), _text("[]")),
    ).otherwise(detail)


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
            test = CoalesceOperator(_is_like(_function("lower", value), word.lower()), NO)
            told = _function("json_object", _text("field"), _text(name), _text("value"), value).cast("VARCHAR")
            cases.append((test, told))
    if len(cases) == 1:
        return problem, put_right
    code, told = CaseExpression(cases[0][0], problem), CaseExpression(*cases[0])
    for test, values in cases[1:]:
        code, told = code.when(test, _text("test-row")), told.when(test, values)
    return code.otherwise(_text(None)), told.otherwise(put_right)


def _is_like(value: Expression, word: str) -> Expression:
    """Whether a value is a word in which `*` stands for anything; what needs no pattern costs none."""
    if "*" not in word:
        return value == _text(word)
    if word.index("*") == len(word) - 1:
        return _function("starts_with", value, _text(word[:-1]))
    return _function("regexp_full_match", value, _text(".*".join(f"\\Q{part}\\E" for part in word.split("*"))))


def _times(name: str, feed: Feed, headers: Sequence[str], position: dict[str, list[int]]) -> Expression | None:
    """The multiple that the name of the column says from which a number is taken; None where no name says one."""
    taken: Expression | None = None
    words = feed.values.get(name, {})
    columns = [(index, multiple_of(headers[index])) for _, index in _columns_of(name, feed, position)]
    if not any(multiple for _, multiple in columns):
        return None
    for index, multiple in columns:
        test, told = _translated(cell(index), words).isnotnull(), ConstantExpression(multiple).cast("BIGINT")
        taken = CaseExpression(test, told) if taken is None else taken.when(test, told)
    return taken


def field_value(name: str, feed: Feed, position: dict[str, list[int]], no: Collection[str] = ()) -> Expression:
    """One canonical field: constant, or the first of its columns that says something, its words translated.

    Of consent the strictest of its columns, and of those in which it is refused.
    """
    words = feed.values.get(name, {})
    if name in feed.constants:
        values = [_translated(_text(feed.constants[name]), words)]
    else:
        values = [_translated(cell(index), words) for _, index in _columns_of(name, feed, position)]
    if name != CONSENT:
        return _first(values)
    refusals, states = (_cells_of(headers, position) for headers in (feed.refusals, feed.states))
    return strictest(values, refusals, states, no)


def _cells_of(headers: Sequence[str], position: dict[str, list[int]]) -> list[Expression]:
    """The cells of columns that are called so, where `*` stands for anything."""
    wanted = [fold_header(header) for header in headers]
    found = [name for name in position if any(name == one or ("*" in one and fnmatchcase(name, one)) for one in wanted)]
    return [cell(index) for name in found for index in position[name]]


def passed_over(feed: Feed, position: dict[str, list[int]], no: Collection[str] = ()) -> dict[str, Expression]:
    """By column as the feed writes it: what it holds where a column before it gave its only field another value.

    Of columns that the feed maps, files that write them otherwise are read together.
    """
    fields = [name for name in feed.columns if name in CANONICAL_FIELDS[feed.kind] and name not in feed.constants]
    columns = {name: _columns_of(name, feed, position) for name in fields}
    uses = Counter(map(fold_header, feed.key)) + Counter(
        fold_header(header) for found in columns.values() for header, _ in found
    )
    lost: dict[str, Expression] = {}
    for name, found in columns.items():
        words = feed.values.get(name, {})
        strictly = field_value(name, feed, position, no) if name == CONSENT else None
        for at, (header, index) in enumerate(found):
            if (at or strictly is not None) and uses[fold_header(header)] == 1:
                before = [_translated(cell(earlier), words) for _, earlier in found[:at]]
                taken = _first(before) if strictly is None else strictly
                is_other = taken.isnotnull() & (taken != _translated(cell(index), words))
                lost[header] = CaseExpression(CoalesceOperator(is_other, NO), cell(index)).otherwise(_text(None))
    return lost


def _columns_of(name: str, feed: Feed, position: dict[str, list[int]]) -> list[tuple[str, int]]:
    """The columns that a field is taken from, as the feed writes them, with their places; the first filled one wins."""
    wanted = {fold_header(header): header for header in reversed(feed.columns.get(name, []))}
    folded = dict.fromkeys(map(fold_header, feed.columns.get(name, [])))
    return [(wanted[header].strip(), index) for header in folded for index in position.get(header, [])]


def _first(values: Sequence[Expression]) -> Expression:
    """The first value that there is."""
    return _text(None) if not values else values[0] if len(values) == 1 else CoalesceOperator(*values)


def _translated(value: Expression, words: Mapping[str, str | None]) -> Expression:
    """A value in the words of this project; null where its word means nothing."""
    if not words:
        return value
    translated = None
    for word, ours in words.items():
        test = value == _text(word)
        translated = CaseExpression(test, _text(ours)) if translated is None else translated.when(test, _text(ours))
    assert translated is not None
    return translated.otherwise(value)
