"""The calendar: which month, quarter and fiscal year a day belongs to, when it begins, whether it is worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from policy.business import Business, Calendar
from policy.model import Policy

#: Nothing in the data is older than this; a wrong century must not make a calendar of two thousand years.
EARLIEST_YEAR = 1970

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def dates(
    golden_records: duckdb.DuckDBPyRelation,
    opportunity_states: duckdb.DuckDBPyRelation,
    policy: Policy,
    as_of: datetime,
) -> pd.DataFrame:
    """The table `dates`, from two years before the earliest lead or deal to two years after as_of.

    Args:
        golden_records: leads; only ``first_seen_at`` is looked at.
        opportunity_states: deals; only ``created_at`` is looked at.
        policy: zone, fiscal year and calendar.
        as_of: naive, UTC.

    Returns:
        One row per day of whole fiscal years, so that months and quarters are never cut.
    """
    firsts = [
        relation.aggregate(f"min({column}) AS first_at").fetchall()[0][0]
        for relation, column in ((golden_records, "first_seen_at"), (opportunity_states, "created_at"))
    ]
    first = min([at.date() for at in firsts if at is not None and at < as_of] + [as_of.date()])
    start = policy.business.fiscal_year_start_month
    first_year = max(first.year - (first.month < start) - 2, EARLIEST_YEAR)
    last_year = as_of.year - (as_of.month < start) + 2
    return calendar_days(date(first_year, start, 1), date(last_year + 1, start, 1) - timedelta(days=1), policy.business)


def calendar_days(first: date, last: date, business: Business) -> pd.DataFrame:
    """The rows of `dates` from one day to another, both included.

    A fiscal year is named after the calendar year it begins in.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    zone = ZoneInfo(business.timezone)
    start = business.fiscal_year_start_month
    fiscal_years = [day.year - (day.month < start) for day in days]
    fiscal_quarters = [(day.month - start) % 12 // 3 + 1 for day in days]
    worked = working_days(days, business.calendar)
    return pd.DataFrame(
        {
            "date": days,
            "month": [f"{day.year:04d}-{day.month:02d}" for day in days],
            "quarter": [f"{year:04d}-Q{number}" for year, number in zip(fiscal_years, fiscal_quarters, strict=True)],
            "fiscal_year": fiscal_years,
            "fiscal_quarter": fiscal_quarters,
            "month_of_year": [day.month for day in days],
            "iso_week": [day.isocalendar().week for day in days],
            "day_of_week": [day.isoweekday() for day in days],
            "day_name": [DAY_NAMES[day.weekday()] for day in days],
            "is_working_day": worked,
            "starts_at": pd.Series(
                [datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None) for day in days],
                dtype="datetime64[us]",
            ),
        }
    )


def working_days(days: list[date], calendar: Calendar) -> list[bool]:
    """Whether each day is worked: the calendar's own exceptions, then public holidays, then the week."""
    import holidays

    country = (
        holidays.country_holidays(calendar.country, years=range(days[0].year, days[-1].year + 1))
        if calendar.country and days
        else {}
    )
    made_up: set[date] = set(getattr(country, "weekend_workdays", ()))
    off = set(country)
    extra_off, extra_on = set(calendar.extra_holidays), set(calendar.extra_workdays)
    workdays = {_WEEKDAYS.index(day) for day in calendar.workdays}
    return [
        day not in extra_off and (day in extra_on or day in made_up or (day.weekday() in workdays and day not in off))
        for day in days
    ]
