"""The company as a whole: zone, calendar, currency, language."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from policy.base import Currency, Language, Model, TimeZone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Calendar(Model):
    """Which days are worked.

    Attributes:
        country: ISO 3166-1 code whose public holidays (make-up working days included) count; None for none.
        workdays: working days of the week.
        opens_at: first working hour, 0-23.
        closes_at: hour at which work ends, 1-24.
        extra_holidays: further days off.
        extra_workdays: days worked although they look free.
    """

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    workdays: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    opens_at: Annotated[int, Field(ge=0, le=23)] = 9
    closes_at: Annotated[int, Field(ge=1, le=24)] = 18
    extra_holidays: list[date] = []
    extra_workdays: list[date] = []


class Receipts(Model):
    """When receipts are issued again.

    Attributes:
        outcomes_after_days: days after a file was received at which its receipt is issued again, with what became of
            each lead until then.
    """

    outcomes_after_days: list[Annotated[int, Field(ge=1, le=3650)]] = [30, 60, 90]


class Business(Model):
    """`business.yaml`.

    Attributes:
        timezone: IANA zone that days, months and quarters are cut in, and of instants written without a zone.
        calendar: working days and hours.
        base_currency: ISO 4217 code that amounts are converted to.
        language: of reasons and labels.
        fiscal_year_start_month: 1-12.
        receipts: when receipts are issued again.
    """

    timezone: TimeZone = "UTC"
    calendar: Calendar = Calendar()
    base_currency: Currency = "USD"
    language: Language = "en"
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    receipts: Receipts = Receipts()
