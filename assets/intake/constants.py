"""Whether the constants of a feed are what the values of their fields must be.

They are read as a line of the feed would be: a value that is put right when it stands in a file is as good here.
"""

from __future__ import annotations

import json
from datetime import datetime

import pandas as pd
import pyarrow as pa

from assets.engine import Engine
from assets.intake.canonical import canonical_rows
from assets.intake.countries import countries
from assets.intake.fields import type_of
from assets.intake.interpret import typed_rows
from assets.intake.normalised_lines import normalised
from policy.feeds import CANONICAL_FIELDS, DATE_FIELDS, TIME_FIELDS, Feed
from policy.model import Policy
from sources.currencies import CURRENCIES
from sources.readers.reading import row_schema

#: Fields of text whose values have a form.
FORMED = ("email", "phone", "company_code", "country", "currency")
EXPECTED = {
    "country": "expected an ISO code such as DE, or the name of a country",
    "currency": "expected an ISO code such as EUR",
    "email": "expected one address such as ann@example.com",
    "phone": "expected a number with its country, such as +49 30 1234567",
    "company_code": "expected a registry number",
}


def wrong_constants(feed: Feed, policy: Policy, engine: Engine, now: datetime) -> dict[str, str]:
    """The constants of a feed that are no values of their fields.

    Args:
        feed: the feed.
        policy: the policy.
        engine: where the constants are read.
        now: a line of this instant (UTC, naive) is looked at: dates may not lie far ahead.

    Returns:
        Field -> what is wrong with it, and what was expected.
    """
    words = feed.values  # noqa: PD011 - of a feed, not of a frame
    said = {name: words.get(name, {}).get(text, text) for name, text in feed.constants.items()}
    asked = {name: text for name, text in said.items() if text is not None and _has_form(name)}
    wrong = [name for name, text in asked.items() if name == "country" and not _is_country(text)]
    others = [name for name, text in asked.items() if name != "country" and text not in CURRENCIES]
    if others:
        line = _line(feed.model_copy(update={"ignored": [], "tests": {}}), policy, engine, now)
        unknown = {one["field"] for one in json.loads(line["repairs"] or "[]") if one["code"] == "unknown-currency"}
        wrong += [name for name in others if line[name] is None or name in unknown]
    return {name: f"{asked[name]!r} is no {_called(name)}; {_expected(name, feed)}" for name in wrong}


def _has_form(name: str) -> bool:
    return name in FORMED or type_of(name) != "VARCHAR"


def _is_country(text: str) -> bool:
    """Whether it is a country; in a line it is kept also where it is none, which helps nobody as that of every line."""
    return not countries(pd.Series([text]))["problem"].notna().any()


def _line(feed: Feed, policy: Policy, engine: Engine, now: datetime) -> dict[str, str | None]:
    row = pa.table(
        {
            **{field.name: pa.array([None], field.type) for field in row_schema(0)},
            "line_no": pa.array([1], pa.int64()),
            **{name: pa.array([""]) for name in ("file_id", "reading", "source_name", "channel")},
            "received_at": pa.array([now], pa.timestamp("us")),
        }
    )
    rows = canonical_rows(engine.connection.from_arrow(row), [], feed)
    typed = typed_rows(rows, feed, policy.business.timezone, base_currency=policy.business.base_currency)
    told = typed.project("'' AS source_name, '' AS channel, *")
    fields = [name for name in CANONICAL_FIELDS[feed.kind] if name in feed.constants]
    chosen = ", ".join([*(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in fields), "repairs"])
    found = normalised(told, feed, policy, engine).project(chosen)
    return dict(zip(found.columns, found.fetchall()[0], strict=True))


def _called(name: str) -> str:
    if name in TIME_FIELDS or name in DATE_FIELDS:
        return "date"
    return {"email": "e-mail address", "phone": "telephone number", "company_code": "registry number"}.get(
        name, name if name in FORMED else "number"
    )


def _expected(name: str, feed: Feed) -> str:
    if name in TIME_FIELDS or name in DATE_FIELDS:
        return f"expected it as the feed's format says ({feed.formats.get(name, 'such as 2026-05-31')})"
    return EXPECTED.get(name, "expected a number such as 1200.50, written as the feed's lines write theirs")
