"""Colleagues and families: people of different names who share a company, a house, a surname, and no more than that.

The model adds up what fields say as if they knew nothing of each other (Fellegi and Sunter 1969). Company, street,
postcode and town of two colleagues all agree for the one reason that they work in one place, and together would
outweigh that nothing of their names does. So between two people whose names differ, and who have neither an e-mail
address nor a telephone in common nor dates of birth that speak for them, what people of one place share counts less:
for nothing where neither the first name nor the last is alike; where one of them is, only the strongest of it, if they
are of one company or have mailboxes or telephones of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

import duckdb
from duckdb import CaseExpression as Case
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation
from duckdb import FunctionExpression as Function

#: What people who work or live together have in common, or nearly so: mailboxes of one domain, extensions in a row.
OF_A_PLACE = ("company", "city", "postcode", "address", "email", "phone")
FIRST, LAST, BIRTH = "first_name", "last_name", "birth_date"

STRANGERS = """
CREATE OR REPLACE TEMP TABLE strangers AS
SELECT apart.record_no_l, apart.record_no_r
FROM people_apart AS apart
JOIN compared_records AS l ON apart.record_no_l = l.record_no
JOIN compared_records AS r ON apart.record_no_r = r.record_no
WHERE
    l.record_kind = 'person' AND r.record_kind = 'person'
    AND NOT coalesce(l.email = r.email, false) AND NOT coalesce(l.phone = r.phone, false)
"""


def without_common_ground(
    connection: duckdb.DuckDBPyConnection, weights: DuckDBPyRelation, names: Sequence[str]
) -> DuckDBPyRelation:
    """Weights of pairs, of which those of strangers leave out what colleagues and families share.

    Args:
        connection: where compared_records is; the table strangers is made there.
        weights: record_no_l, record_no_r, and per comparison its weight in bits, under its name.
        names: the comparisons that take part.

    Returns:
        The same pairs and columns.
    """
    place = [name for name in OF_A_PLACE if name in names]
    differ = [Column(name) < Constant(0.0) for name in (FIRST, LAST) if name in names]
    if not differ or not place:
        return weights
    apart = reduce(or_, differ) if BIRTH not in names else reduce(or_, differ) & (Column(BIRTH) <= Constant(0.0))
    weights.filter(apart).select("record_no_l", "record_no_r").create_view("people_apart", replace=True)
    connection.execute(STRANGERS)
    connection.execute("DROP VIEW people_apart")
    strangers = connection.table("strangers").select("record_no_l", "record_no_r", Constant(True).alias("is_strange"))
    joined = weights.join(strangers, "record_no_l, record_no_r", how="left")
    wholly = Column("is_strange") & reduce(and_, differ)
    told_apart = [Column("company") > Constant(0.0)] if "company" in names else []
    told_apart += [Column(name) < Constant(0.0) for name in ("email", "phone") if name in names]
    strange = Column("is_strange") & reduce(or_, told_apart) if told_apart else wholly
    told = {}
    for at, name in enumerate(place):
        least = Function("least", Column(name), Constant(0.0))
        # of equal ones the first
        more = [Column(other) > Column(name) for other in place if other != name]
        more += [Column(other) == Column(name) for other in place[:at]]
        weaker = reduce(or_, more) if more else Constant(False)
        told[name] = Case(wholly, least).when(strange & weaker, least).otherwise(Column(name)).alias(name)
    return joined.select("record_no_l", "record_no_r", *[told.get(name, Column(name)) for name in names])
