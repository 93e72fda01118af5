"""Values that were left out of rows whose repairs stand in no table: counted by file, so that nobody misses them."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation, Expression, FunctionExpression

from assets.intake.instants import DOUBTFUL, FUTURE
from assets.intake.numbers import DOUBTFUL_NUMBER, NOT_WHOLE
from assets.intake.row_rules import TOO_LARGE

#: Codes of repairs that leave nothing of a value, beside those that begin with bad.
_NOTHING_LEFT = (
    DOUBTFUL_NUMBER,
    NOT_WHOLE,
    "negative-number",
    TOO_LARGE,
    FUTURE,
    DOUBTFUL,
    "digits-lost",
    "not-mended",
)


def left_out(lines: DuckDBPyRelation, kind: str) -> dict[str, dict[str, int]]:
    """How many values of usable rows were left out, by file_id and by field and code: ``price (doubtful-number)``.

    Args:
        lines: file_id, repairs and code of lines.
        kind: of leads nothing is counted: each has its repairs beside it, in its table and in its receipt.
    """
    if kind == "leads":
        return {}
    each = FunctionExpression("unnest", FunctionExpression("from_json", ColumnExpression("repairs"), _text('["JSON"]')))
    entries = lines.filter(ColumnExpression("code").isnull()).select(ColumnExpression("file_id"), each.alias("entry"))
    told = [
        FunctionExpression("json_extract_string", ColumnExpression("entry"), _text(f"$.{name}")).alias(name)
        for name in ("field", "code")
    ]
    counts = entries.select("file_id", *told).aggregate('file_id, "field", code, count(*)').fetchall()
    found: dict[str, dict[str, int]] = {}
    for file_id, field, code, count in sorted(counts):
        if code.startswith("bad-") or code in _NOTHING_LEFT:
            found.setdefault(file_id, {})[f"{field} ({code})"] = count
    return found


def _text(value: str) -> Expression:
    return ConstantExpression(value).cast("VARCHAR")


def in_words(counts: Mapping[str, int]) -> str:
    """What was left out, in words of no language: ``price (doubtful-number): 3``."""
    return "; ".join(f"{what}: {count}" for what, count in sorted(counts.items()))
