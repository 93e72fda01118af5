"""Which canonical fields hold what: money, whole numbers, real numbers; and their DuckDB types."""

from __future__ import annotations

from assets.intake.instants import FIRST_DATE_YEAR, FIRST_YEAR
from policy.feeds import DATE_FIELDS, OLD_DATE_FIELDS, TIME_FIELDS

MONEY_FIELDS = ("annual_revenue", "budget_amount", "amount", "price")
WHOLE_FIELDS = ("employee_count", "capacity")
REAL_FIELDS = ("dwell_seconds", "duration_minutes", "influence", "stance", "margin_rate", "rate_to_base")

#: The money field that the currency of a row is about.
PRICED_FIELDS = ("budget_amount", "amount", "price")

#: The money field that has no currency beside it.
REVENUE = "annual_revenue"


def first_year_of(field: str) -> int:
    """The first year that is no placeholder in a date or time."""
    return FIRST_DATE_YEAR if field in OLD_DATE_FIELDS else FIRST_YEAR


def type_of(field: str) -> str:
    """The DuckDB type of a canonical field."""
    if field in TIME_FIELDS:
        return "TIMESTAMP"
    if field in DATE_FIELDS:
        return "DATE"
    if field in MONEY_FIELDS:
        return "DECIMAL(18,2)"
    if field in WHOLE_FIELDS:
        return "BIGINT"
    if field in REAL_FIELDS:
        return "DECIMAL(18,6)" if field == "rate_to_base" else "DOUBLE"
    return "VARCHAR"
