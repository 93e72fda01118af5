"""Colleagues and families: people of different names who share a company, a house, a surname, and no more than that.

The model adds up what fields say as if they knew nothing of each other (Fellegi and Sunter 1969). Company, street,
postcode and town of two colleagues all agree for the one reason that they work in one place, and together would
outweigh that nothing of their names does. So between two people whose names differ, and who have neither an e-mail
address nor a telephone in common nor dates of birth that speak for them, what people of one place share counts less:
for nothing where neither the first name nor the last is alike; where one of them is, only the strongest of it, if they
are of one company or have mailboxes or telephones of their own. First names that are merely similar (Mark and Mary) are
two where each has a telephone, and so are nearly the same ones (Maria and Marie) where it is the next desk's. A man's
name and the woman's that is made of it (Johann and Johanna) are two where each has a mailbox, or one of them a mailbox
and the other a telephone.

Where a mailbox or a telephone is shared, first names that are similar and no slip (Sunita and Sunil) are a family's,
and what families share counts for nothing.
The telephone of a company is answered by all who work there: where first names differ it is what they share, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add, and_, or_

import duckdb
import pyarrow as pa
from duckdb import CaseExpression as Case
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation, Expression
from duckdb import FunctionExpression as Function
from duckdb import StarExpression as Star

from assets.identity.alike_names import FIRST_ALIKE, asked_with
from policy.identity import NameSlips

FIRST, LAST, BIRTH, EMAIL, PHONE = "first_name", "last_name", "birth_date", "email", "phone"
COMPANY = "company"

STRANGERS = f"""
CREATE OR REPLACE TEMP TABLE strangers AS
SELECT
    apart.*,
    apart.differs_in_last AND coalesce(NOT {FIRST_ALIKE}, true) AS has_another_name,
    apart.are_colleagues AND (apart.differs_in_first OR has_another_name) AS are_two_colleagues,
    -- the telephone of a company is answered by all who work there
    coalesce(l.email = r.email, false) OR coalesce(l.phone = r.phone, false) AND NOT are_two_colleagues AS is_family,
    (
        coalesce(l.email <> r.email, false)
        OR NOT coalesce(l.email = r.email, false) AND NOT coalesce(l.phone = r.phone, false)
        AND coalesce(l.email, l.phone) IS NOT NULL AND coalesce(r.email, r.phone) IS NOT NULL
    ) AND (
        (split_part(l.first_name, ' ', 1), split_part(r.first_name, ' ', 1)) IN (FROM female_forms)
        OR (split_part(r.first_name, ' ', 1), split_part(l.first_name, ' ', 1)) IN (FROM female_forms)
    ) AS are_man_and_woman
FROM people_apart AS apart
JOIN compared_records AS l ON apart.record_no_l = l.record_no
JOIN compared_records AS r ON apart.record_no_r = r.record_no
WHERE
    l.record_kind = 'person' AND r.record_kind = 'person'
    AND CASE
        WHEN are_man_and_woman THEN true
        WHEN is_family THEN NOT apart.has_two_names AND l.last_name = r.last_name AND NOT {FIRST_ALIKE}
        WHEN apart.has_two_names THEN true
        ELSE
            l.phone IS NOT NULL AND r.phone IS NOT NULL
            AND NOT starts_with(l.first_name, r.first_name) AND NOT starts_with(r.first_name, l.first_name)
            AND (
                left(l.phone, -2) = left(r.phone, -2)
                OR jaro_winkler_similarity(l.first_name, r.first_name) < $given_alike
            )
    END
"""


def without_common_ground(
    connection: duckdb.DuckDBPyConnection,
    weights: DuckDBPyRelation,
    names: Sequence[str],
    of_a_place: Sequence[str],
    least: float,
    female_forms: Iterable[tuple[str, str]],
    slips: NameSlips,
) -> DuckDBPyRelation:
    """Weights of pairs, of which those of strangers leave out what colleagues and families share.

    Args:
        connection: where compared_records is; the table strangers is made there.
        weights: record_no_l, record_no_r, and per comparison its weight in bits, under its name.
        names: the comparisons that take part.
        of_a_place: those of what people who work or live together have in common, or nearly so: mailboxes of one
            domain, extensions in a row. Of equally strong ones the first counts.
        least: pairs that weigh less bits, without the prior, are left as they are: nobody asks about them.
        female_forms: a man's given name and a woman's that is made of it.
        slips: which given names may be one, written with a slip.

    Returns:
        The same pairs and columns.
    """
    place = [name for name in of_a_place if name in names]
    differ = [Column(name) < Constant(0.0) for name in (FIRST, LAST) if name in names]
    if not differ or not place:
        return weights
    has_two_names = reduce(or_, differ)
    asked = has_two_names
    if FIRST in names:
        own = [Column(name) != Constant(0.0) for name in (EMAIL, PHONE) if name in names]
        own += [Column(COMPANY) > Constant(0.0)] if COMPANY in names else []
        asked = reduce(or_, [asked, *[(Column(FIRST) > Constant(0.0)) & is_told for is_told in own]])
    apart = asked & (reduce(add, map(Column, names)) >= Constant(least))
    if BIRTH in names:
        apart = apart & (Column(BIRTH) <= Constant(0.0))
    nowhere: Expression = Constant(False)
    weights.filter(apart).select(
        Star(),
        has_two_names.alias("has_two_names"),
        (Column(FIRST) < Constant(0.0) if FIRST in names else nowhere).alias("differs_in_first"),
        (Column(LAST) < Constant(0.0) if LAST in names else nowhere).alias("differs_in_last"),
        (Column(COMPANY) > Constant(0.0) if COMPANY in names else nowhere).alias("are_colleagues"),
    ).create_view("people_apart", replace=True)
    connection.register("female_forms", table_of_forms(female_forms))
    connection.execute(STRANGERS, asked_with(STRANGERS, slips))
    connection.unregister("female_forms")
    connection.execute("DROP VIEW people_apart")
    strangers = connection.table("strangers")
    wholly = reduce(and_, differ) | Column("is_family") | Column("are_man_and_woman")
    if {FIRST, LAST} <= {*names}:
        wholly = wholly | Column("has_another_name")
    told = {name: _left_of(name, place, names, wholly=wholly) for name in place}
    lighter = strangers.select("record_no_l", "record_no_r", *[told.get(name, Column(name)) for name in names])
    return weights.join(strangers, "record_no_l, record_no_r", how="anti").union(lighter)


def table_of_forms(female_forms: Iterable[tuple[str, str]]) -> pa.Table:
    """A man's given name and a woman's that is made of it, as columns man and woman."""
    men, women = list(zip(*sorted(female_forms), strict=True)) or [(), ()]
    return pa.table([pa.array(names, pa.string()) for names in (men, women)], names=["man", "woman"])


def _left_of(name: str, place: Sequence[str], names: Sequence[str], *, wholly: Expression) -> Expression:
    """What is left of a weight between strangers, who differ wholly or in a part of their names."""
    nothing = Function("least", Column(name), Constant(0.0))
    weaker = [Column(other) > Column(name) for other in place if other != name]
    weaker += [Column(other) == Column(name) for other in place[: place.index(name)]]  # of equal ones the first counts
    known_apart = [~Column("has_two_names")]  # but a telephone each
    known_apart += [Column(COMPANY) > Constant(0.0)] if COMPANY in names else []
    known_apart += [Column(own) < Constant(0.0) for own in (EMAIL, PHONE) if own in names]
    left = Case(wholly, nothing)
    if weaker:
        left = left.when(reduce(or_, known_apart) & reduce(or_, weaker), nothing)
    return left.otherwise(Column(name)).alias(name)
