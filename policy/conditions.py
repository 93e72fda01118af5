"""Conditions on what is known of a lead and filters on what it did, for scoring rules and promotion gates."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from policy.base import Model, Texts
from policy.suggest import nearest

#: Fields of a lead that conditions may name; `attributes.<Name>` stands beside them for any other column.
LEAD_FIELDS = (
    *("lead_kind", "full_name", "first_name", "last_name", "email", "phone", "company", "company_code"),
    *("domain", "website", "title", "department", "industry", "employee_count", "annual_revenue", "country"),
    *("region", "city", "postcode", "address", "need", "product", "budget_amount", "currency"),
    *("budget_amount_base", "purchase_date", "message", "language", "consent", "source_name", "channel"),
    *("medium", "campaign", "referrer", "landing_page", "owner", "record_count", "has_refused_consent"),
)
ATTRIBUTE_PREFIX = "attributes."

#: Fields of an event that a filter may look at.
EVENT_FIELDS = ("asset", "product", "campaign")

_OPERATORS = ("in_", "not_in", "gte", "lte", "between", "contains", "matches", "present", "within_days")


def _known_field(value: str) -> str:
    if value.startswith(ATTRIBUTE_PREFIX):
        if not value.removeprefix(ATTRIBUTE_PREFIX).strip():
            raise ValueError('expected a column name behind "attributes."')
        return value
    if value not in LEAD_FIELDS:
        hint = nearest(value, LEAD_FIELDS)
        raise ValueError(f"{value!r} is no field of a lead; {hint} (any other column is attributes.<Name>)")
    return value


def _linear_pattern(value: str) -> str:
    """Only what a linear-time engine runs: no look-around, no back-reference."""
    if len(value) > 500:
        raise ValueError("a pattern may have at most 500 characters")
    if re.search(r"\(\?(=|!|<[=!]|P=|\(|>)|\\[1-9]|[*+?}]\+", value):
        raise ValueError("look-around, back-references and possessive repeats are not supported in patterns")
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


LeadField = Annotated[str, AfterValidator(_known_field)]
Pattern = Annotated[str, AfterValidator(_linear_pattern)]


class Condition(Model):
    """One test of one field. Exactly one operator; words are compared without regard to case.

    Attributes:
        field: a field of the lead, or attributes.<Name>.
        in_: (`in`) one of these values.
        not_in: filled, and none of these values.
        gte: a number of at least this.
        lte: a number of at most this.
        between: a number from the first to the second, both included.
        contains: the text contains one of these.
        matches: the text matches this regular expression somewhere.
        present: filled (true) or not filled (false).
        within_days: a date not past and at most so many days after as_of.
    """

    field: LeadField
    in_: Annotated[Texts | None, Field(alias="in")] = None
    not_in: Texts | None = None
    gte: float | None = None
    lte: float | None = None
    between: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    contains: Texts | None = None
    matches: Pattern | None = None
    present: bool | None = None
    within_days: Annotated[int, Field(ge=0, le=36500)] | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> Condition:
        given = [name.rstrip("_") for name in _OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(name.rstrip("_") for name in _OPERATORS)
            raise ValueError(f"expected exactly one of {names}; found {', '.join(given) or 'none'}")
        if self.between and self.between[0] > self.between[1]:
            raise ValueError("between expects the smaller number first")
        return self

    @property
    def operator(self) -> str:
        """The operator's name as written in YAML."""
        return next(name.rstrip("_") for name in _OPERATORS if getattr(self, name) is not None)


class AnyOf(Model):
    """Alternatives: holds when one of them does.

    Attributes:
        any: the alternatives.
    """

    any: Annotated[list[Condition], Field(min_length=1)]


class EventFilter(Model):
    """Which events count.

    Attributes:
        event_type: one of these types.
        asset: the asset contains one of these texts; any asset when left out.
        product: the product is one of these.
        campaign: the campaign is one of these.
        window_days: only events of the last so many days.
    """

    event_type: Annotated[Texts, Field(min_length=1)]
    asset: Texts | None = None
    product: Texts | None = None
    campaign: Texts | None = None
    window_days: Annotated[int, Field(ge=1, le=3650)] = 365


def one_condition_or_any(value: Any) -> str:
    """Tells a condition from a set of alternatives, for pydantic's discriminator."""
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return "any" if "any" in keys else "condition"
