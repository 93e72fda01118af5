"""Fields put into their one form through a map of their distinct values, joined back to the lines.

A file of a million lines has far fewer names of countries, and a library that reads a telephone number is asked once
for each number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from duckdb import DuckDBPyRelation
from sqlglot import exp

from assets.engine import Engine
from assets.intake.countries import STATES, countries
from assets.intake.expressions import call
from assets.intake.normalise import company_codes, domain_of, emails
from assets.intake.person_name import split_names
from assets.intake.telephones import DIALLING_CODE, phones
from policy.feeds import Feed, Rule
from policy.model import Policy
from sources.telephone_numbers import is_a_mobiles

if TYPE_CHECKING:
    import pyarrow as pa

#: An address that needs no library to be accepted, once in lower case.
PLAIN_EMAIL = (
    r"[a-z0-9_+%-]+(\.[a-z0-9_+%-]+)*@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.[a-z]{2,24}"
)

#: The beginning of a telephone number with the code of the United States.
AMERICAN_NUMBER = r"^[^\d+]*(\+|00)\s*1\D*[2-9]\d\d"

#: What a column of extensions holds: digits, with a word before them and what a spreadsheet puts behind numbers.
EXTENSION_CELL = r"^[^\d]{0,12}(\d{1,7})(?:\.0+)?[^\d]{0,3}$"


def with_names(
    engine: Engine, rows: DuckDBPyRelation, rule: Rule, no_given_names: Sequence[str]
) -> tuple[DuckDBPyRelation, list[tuple[exp.Expr, str, str, str]]]:
    """Names with the family name first and a comma taken apart, or left out where policy would rather have none.

    Returns:
        The rows, and the repair as :func:`repairs` takes it; none where no name is written so.
    """
    whole = "contains(translate(full_name, '，', ','), ',') AND first_name IS NULL AND last_name IS NULL"
    found = split_names(_distinct(rows, "full_name", where=whole)["full_name"], no_given_names)
    if found.empty:
        return rows, []
    if rule == "null":
        found[["full_name", "first_name", "last_name"]] = None
    found.columns = pd.Index(["name_was", "name_is", "given_is", "family_is"])
    mapped = engine.connection.from_arrow(_texts_table(found))
    on = "r.full_name = m.name_was AND r.first_name IS NULL AND r.last_name IS NULL"
    joined = rows.set_alias("r").join(mapped.set_alias("m"), on, how="left")
    names = [f"r.{name}" for name in rows.columns if name not in {"full_name", "first_name", "last_name"}]
    found_columns = [
        "CASE WHEN m.name_was IS NULL THEN r.full_name ELSE m.name_is END AS full_name",
        "coalesce(r.first_name, m.given_is) AS first_name",
        "coalesce(r.last_name, m.family_is) AS last_name",
        "m.name_was AS full_name_text",
    ]
    code = "not-mended" if rule == "null" else "name-split"
    test = exp.column("full_name_text").is_(exp.null()).not_()
    return joined.project(", ".join([*names, *found_columns])), [(test, "full_name", code, "full_name_text")]


def _distinct(rows: DuckDBPyRelation, *names: str, where: str | None = None) -> pd.DataFrame:
    selected = rows.filter(where) if where else rows
    return selected.select(*names).distinct().df().dropna(subset=[names[0]])


def with_countries(engine: Engine, rows: DuckDBPyRelation) -> DuckDBPyRelation:
    """Countries as ISO codes where they could be told, as given where not."""
    found = countries(_distinct(rows, "country")["country"])[["value", "country"]]
    mapped = engine.connection.from_arrow(
        _texts_table(found.rename(columns={"value": "country_was", "country": "country_is"}))
    )
    joined = rows.set_alias("r").join(mapped.set_alias("m"), "r.country = m.country_was", how="left")
    names = [f"r.{name}" for name in rows.columns if name != "country"]
    told = joined.project(
        ", ".join([*names, "coalesce(m.country_is, r.country) AS country", "r.country AS country_was"])
    )
    return _with_states(told).project("* EXCLUDE (country_was)")


def _with_states(rows: DuckDBPyRelation) -> DuckDBPyRelation:
    """Georgia as the state it also is, where the rest of the row tells of the United States."""
    signs: list[exp.Expr] = []
    if "region" in rows.columns:
        signs.append(_folded("region").isin(*sorted(STATES)))
    if "phone" in rows.columns:
        signs.append(call("regexp_matches", exp.column("phone"), exp.Literal.string(AMERICAN_NUMBER)))
    if not signs:
        return rows
    named = exp.EQ(this=_folded("country_was"), expression=exp.Literal.string("georgia"))
    is_state = exp.and_(named, exp.or_(*signs))
    changed: dict[str, exp.Expr] = {"country": exp.Literal.string("US")}
    if "region" in rows.columns:
        changed["region"] = exp.func("COALESCE", exp.column("region"), exp.column("country_was"))
    kept = [
        exp.Case(ifs=[exp.If(this=is_state.copy(), true=value)], default=exp.column(name)).as_(name)
        for name, value in changed.items()
    ]
    return rows.project(exp.Star(**{"replace": kept}).sql("duckdb"))


def _folded(name: str) -> exp.Expr:
    return exp.func("LOWER", exp.func("TRIM", exp.column(name)))


def with_emails(engine: Engine, rows: DuckDBPyRelation) -> DuckDBPyRelation:
    """E-mail in lower case; what is not plain goes through the checker once per distinct value."""
    lowered = exp.func("LOWER", exp.column("email"))
    plain = exp.Anonymous(this="regexp_full_match", expressions=[lowered, exp.Literal.string(PLAIN_EMAIL)])
    odd = emails(_distinct(rows, "email", where=exp.not_(plain).sql("duckdb"))["email"])
    odd = odd[["value", "email", "problem", "repair"]].rename(
        columns={"value": "email_was", "email": "email_is", "problem": "email_problem", "repair": "email_repair_odd"}
    )
    mapped = engine.connection.from_arrow(_texts_table(odd))
    joined = rows.set_alias("r").join(mapped.set_alias("m"), "r.email = m.email_was", how="left")
    names = [f"r.{name}" for name in rows.columns if name != "email"]
    value = exp.Case(ifs=[exp.If(this=plain.copy(), true=lowered.copy())], default=exp.column("email_is"))
    was_lowered = exp.and_(plain.copy(), exp.NEQ(this=lowered.copy(), expression=exp.column("email")))
    repair = exp.Case(
        ifs=[exp.If(this=was_lowered, true=exp.Literal.string("lower-case"))], default=exp.column("email_repair_odd")
    )
    selects = [
        value.as_("email"),
        exp.column("email").as_("email_text"),
        exp.column("email_problem"),
        repair.as_("email_repair"),
    ]
    return joined.project(", ".join([*names, *[select.sql("duckdb") for select in selects]]))


def with_phones(engine: Engine, rows: DuckDBPyRelation, feed: Feed) -> DuckDBPyRelation:
    """Phone numbers as E.164, the country from the number, the row's dialling code, the feed or the row."""
    given = exp.Literal.string(feed.phone_region) if feed.phone_region else exp.null()
    own = exp.column("country") if "country" in rows.columns else exp.null()
    region = exp.cast(exp.func("COALESCE", given, own, exp.Literal.string("")), "VARCHAR")
    rows = rows.project(", ".join(["*", region.as_("phone_region").sql("duckdb")]))
    coded = [DIALLING_CODE] if DIALLING_CODE in rows.columns else []
    listed = _distinct(rows, "phone", "phone_region", *coded)
    listed = listed.rename(columns={"phone": "value", "phone_region": "region"})
    found = phones(listed, feed.phone_region_needs).rename(
        columns={
            "value": "phone_was", "region": "region_was", DIALLING_CODE: "code_was", "phone": "phone_is",
            "problem": "phone_problem", "repair": "phone_repair",
        }
    )  # fmt: skip
    beside = _has_extensions(rows, feed)  # what kind of number each is takes as long as to read it
    found["takes_extension"] = [_takes_extension(number) if beside else "no" for number in found["phone_is"]]
    mapped = engine.connection.from_arrow(_texts_table(found))
    on = "r.phone = m.phone_was AND r.phone_region = m.region_was"
    if coded:
        on += f" AND r.{DIALLING_CODE} IS NOT DISTINCT FROM m.code_was"
    joined = rows.set_alias("r").join(mapped.set_alias("m"), on, how="left")
    names = [f"r.{name}" for name in rows.columns if name not in {"phone", "phone_region", DIALLING_CODE}]
    found_columns = [
        "m.phone_is AS phone",
        "r.phone AS phone_text",
        "m.phone_problem",
        "m.phone_repair",
        "coalesce(m.takes_extension, 'no') = 'yes' AS takes_extension",
    ]
    return _with_extensions(joined.project(", ".join([*names, *found_columns])), feed)


def _has_extensions(rows: DuckDBPyRelation, feed: Feed) -> bool:
    """Whether extensions stand in a column of their own."""
    return "phone_extension" in {*feed.columns, *feed.constants} and "phone_extension" in rows.columns


def _takes_extension(number: str | None) -> str:
    """Whether an extension told beside a number may be one of it."""
    if not number or ";ext=" in number or (number.startswith("+") and is_a_mobiles(number)):
        return "no"
    return "yes"


def _with_extensions(rows: DuckDBPyRelation, feed: Feed) -> DuckDBPyRelation:
    """Numbers with the extensions that stand in a column of their own; what is none of its number is left there."""
    if not _has_extensions(rows, feed):
        return rows.project("* EXCLUDE (takes_extension)")
    digits = call(
        "regexp_extract", exp.column("phone_extension"), exp.Literal.string(EXTENSION_CELL), exp.Literal.number(1)
    )
    told = exp.func("NULLIF", call("ltrim", digits, exp.Literal.string("0")), exp.Literal.string(""))
    belongs = exp.and_(exp.column("takes_extension"), exp.not_(told.is_(exp.null())))
    whole = call("concat", exp.column("phone"), exp.Literal.string(";ext="), digits.copy())
    kept = [
        exp.Case(ifs=[exp.If(this=belongs, true=whole)], default=exp.column("phone")).as_("phone"),
        exp.Case(ifs=[exp.If(this=belongs.copy(), true=exp.null())], default=exp.column("phone_extension")).as_(
            "phone_extension"
        ),
    ]
    return rows.project(exp.Star(**{"replace": kept, "except_": [exp.column("takes_extension")]}).sql("duckdb"))


def with_company_codes(engine: Engine, rows: DuckDBPyRelation) -> DuckDBPyRelation:
    """Registry numbers in their one form; what is none, or does not check, is left out and said in the repairs."""
    found = company_codes(_distinct(rows, "company_code")["company_code"])
    found.columns = pd.Index(["code_was", "code_is", "code_problem", "code_repair"])
    mapped = engine.connection.from_arrow(_texts_table(found))
    joined = rows.set_alias("r").join(mapped.set_alias("m"), "r.company_code = m.code_was", how="left")
    names = [f"r.{name}" for name in rows.columns if name != "company_code"]
    found_columns = [
        "m.code_is AS company_code",
        "r.company_code AS company_code_text",
        "m.code_problem AS company_code_problem",
        "m.code_repair AS company_code_repair",
    ]
    return joined.project(", ".join([*names, *found_columns]))


def with_domain(engine: Engine, rows: DuckDBPyRelation, policy: Policy) -> DuckDBPyRelation:
    """The company's domain, from the web site or else the e-mail; providers of mail and hosts of pages have none."""
    rows = rows.project("*, nullif(regexp_extract(email, '@.+$'), '') AS mail_host")
    listed = pd.concat([_distinct(rows, name)[name] for name in ("website", "mail_host")]).drop_duplicates()
    found = domain_of(listed, policy.identity.free_mail_domains, policy.identity.hosting_domains)
    found = found.dropna().rename(columns={"value": "domain_was", "domain": "domain_is"})
    mapped = engine.connection.from_arrow(_texts_table(found))
    joined = rows.set_alias("r").join(mapped.set_alias("w"), "r.website = w.domain_was", how="left")
    joined = joined.join(mapped.set_alias("m"), "r.mail_host = m.domain_was", how="left")
    names = [f"r.{name}" for name in rows.columns if name != "mail_host"]
    return joined.project(", ".join([*names, "coalesce(w.domain_is, m.domain_is) AS domain"]))


def _texts_table(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in frame.columns])
    return pa.Table.from_pandas(frame.astype(object).where(frame.notna(), None), schema=schema, preserve_index=False)
