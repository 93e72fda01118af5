"""Typed lines in their one form: e-mails, telephones, countries, names and currencies, with the answer to each row."""

from __future__ import annotations

from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.engine import Engine
from assets.intake.distinct_values import (
    with_company_codes,
    with_countries,
    with_domain,
    with_emails,
    with_names,
    with_phones,
)
from assets.intake.row_rules import (
    MAPPED_FIELDS,
    answers,
    currency_repairs,
    kept_text,
    kept_value,
    mapped_repairs,
    multiplied_repairs,
    repairs,
    revenue_repairs,
    typed_fields,
)
from assets.intake.said_nothing import without_nothing
from assets.intake.text_marks import without_text_marks
from policy.feeds import CANONICAL_FIELDS, Feed
from policy.model import Policy


def normalised(rows: DuckDBPyRelation, feed: Feed, policy: Policy, engine: Engine) -> DuckDBPyRelation:
    """Lines with e-mails, phones, countries, names and currencies in their one form, and the answer to each row.

    Args:
        rows: typed rows of one feed, with file_id, source_name, channel, reading and received_at.
        feed: the feed.
        policy: the policy.
        engine: where SQL runs.

    Returns:
        file_id, source_name, channel, reading, line_no, received_at, known_at, source_key, content_hash, every
        canonical field of the kind, attributes, repairs, code, field, offending; for leads also `domain`.
    """
    fields = CANONICAL_FIELDS[feed.kind]
    rows, extra = without_text_marks(rows, feed)
    rows = without_nothing(rows, feed, policy.business.says_nothing, policy.business.says_nothing_but_in)
    if "country" in fields:
        rows = with_countries(engine, rows)
    if "email" in fields:
        rows = with_emails(engine, rows)
    if "phone" in fields:
        rows = with_phones(engine, rows, feed)
    if "phone_extension" in fields:
        unused = exp.not_(exp.column("phone_extension").is_(exp.null()))
        extra.append((unused, "phone_extension", "extension-unused", "phone_extension"))
    if "company_code" in fields:
        rows = with_company_codes(engine, rows)
    has_parts = {"full_name", "first_name", "last_name"} <= set(fields)
    if has_parts:
        rows, split = with_names(engine, rows, feed.rule("full_name"), policy.business.no_given_names)
        extra += split
    for name in (name for name in MAPPED_FIELDS if name in fields):
        extra += mapped_repairs(name, feed.rule(name))
        if feed.rule(name) == "null":
            kept = kept_text(name, "null").as_(name)
            rows = rows.project(exp.Star(**{"replace": [kept]}).sql("duckdb"))
    if "currency" in fields:
        extra += currency_repairs()
    extra += multiplied_repairs(rows.columns, feed)
    extra += revenue_repairs(rows.columns, policy.business.base_currency)
    changed: dict[str, exp.Expr] = {
        **{field: kept_value(field, feed) for field in typed_fields(feed.kind)},
        "currency": exp.func("UPPER", exp.column("currency")),
        "full_name": exp.func("COALESCE", exp.column("full_name"), _together())
        if has_parts
        else exp.column("full_name"),
        "outcome": exp.func("LOWER", exp.column("outcome")),
    }
    if feed.kind == "leads":
        rows = with_domain(engine, rows, policy)
    selects: list[exp.Expr] = [
        *[exp.column(n) for n in ("file_id", "source_name", "channel", "reading", "line_no", "received_at")],
        exp.func("COALESCE", exp.column("known_time"), exp.column("received_at")).as_("known_at"),
        *[exp.column(n) for n in ("source_key", "content_hash", "attributes")],
        *[(changed[field] if field in changed else exp.column(field)).as_(field) for field in fields],
        *([exp.column("domain")] if feed.kind == "leads" else []),
        repairs(feed, extra),
        *answers(feed),
    ]
    return rows.project(", ".join(select.sql("duckdb") for select in selects))


#: Names of which the parts are written in one, the family name in front.
_UNSPACED = "[\u4e00-\u9fff]|^[\uac00-\ud7a3]{2,4}$"


def _together() -> exp.Expr:
    """Given and family name in one: family name first and unspaced in Chinese and Korean; null without any.

    A name of more than four Korean syllables is one of another language, written by its sound.
    """
    first, last = exp.column("first_name"), exp.column("last_name")
    both = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(""), last, first])
    chinese = exp.Anonymous(this="regexp_matches", expressions=[both, exp.Literal.string(_UNSPACED)])
    spaced = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), first.copy(), last.copy()])
    together = exp.Case(ifs=[exp.If(this=chinese, true=both.copy())], default=spaced)
    return exp.func("NULLIF", together, exp.Literal.string(""))
