"""Which pairs can weigh enough to be asked about: what is quick to compare is looked at first.

Most pairs that share a block are strangers, and names and telephones show it. What is slow to compare (addresses of any
kind, names of companies) is taken at its best here, so that what a pair may weigh at most is never less than what it
does weigh: no pair that would be judged is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import duckdb
from duckdb import CaseExpression as Case
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant
from duckdb import DuckDBPyRelation, Expression
from duckdb import FunctionExpression as Function
from duckdb import SQLExpression as Sql
from duckdb import StarExpression as Star

from assets.identity.comparisons import COMPARISONS
from assets.identity.model import LEAST_FREQUENCY, Model, bits_of

#: Each weight of evidence is rounded to two places.
ROUNDING = 0.1

#: Columns whose every question is answered in a fraction of a microsecond, those first that tell most strangers apart:
#: what an earlier answer leaves too light is not asked the next.
QUICK = ("last_name", "birth_date", "phone", "first_name", "postcode", "city")
#: Columns of which those questions ask no more than whether they are equal.
EQUALLED = ("name_latin", "mailbox_name", "email")


def look_at(connection: duckdb.DuckDBPyConnection, model: Model, least: float | None) -> None:
    """Makes looked_pairs: fresh_pairs, and whether they are promising, that is may weigh so much.

    Args:
        connection: where the tables are: fresh_pairs, fresh_records, and frequencies_<column> of each column whose rare
            values weigh more.
        model: what each level of a comparison is worth.
        least: in bits, without the prior; None where all are promising.
    """
    if least is None:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE looked_pairs AS SELECT *, true AS is_promising FROM fresh_pairs"
        )
        return
    looked_records(connection, model).create_view("looked_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE looked_records AS SELECT * FROM looked_view")
    looked_pairs(connection, model, least - ROUNDING).create_view("looked_at_view", replace=True)
    connection.execute("CREATE OR REPLACE TEMP TABLE looked_pairs AS SELECT * FROM looked_at_view")
    for statement in ("DROP VIEW looked_at_view", "DROP VIEW looked_view", "DROP TABLE looked_records"):
        connection.execute(statement)


def looked_records(connection: duckdb.DuckDBPyConnection, model: Model) -> DuckDBPyRelation:
    """Each of fresh_records with what is quick to compare, and the rest as a number.

    Returns:
        record_no, the columns of `QUICK` as they are, those of `EQUALLED` as numbers; of each comparison <name>_value
        (a number for the value, null where there is none) and, where rare values weigh more, <name>_same: what it
        weighs where both have it, in bits.
    """
    relation = connection.table("fresh_records").set_alias("records")
    columns: list[Expression] = [Column("records", "record_no"), *[Column("records", name) for name in QUICK]]
    for name in EQUALLED:
        written = Column("records", name)
        columns.append(Case(written.isnotnull(), Function("hash", written)).alias(name))
    for comparison, column in _compared(model):
        name = comparison["output_column_name"]
        value = Column("records", column)
        columns.append(Case(value.isnotnull(), Function("hash", value)).alias(f"{name}_value"))
        level = comparison["comparison_levels"][1]
        if "tf_adjustment_column" in level:
            frequencies = connection.table(f"frequencies_{column}").set_alias(f"f_{column}")
            relation = relation.join(frequencies, value == Column(f"f_{column}", "value"), how="left")
            seen = Function("greatest", Column(f"f_{column}", "frequency"), Constant(LEAST_FREQUENCY))
            # m / u times u / frequency: how much rarer the value is by chance
            columns.append((Constant(math.log2(level["m_probability"])) - Function("log2", seen)).alias(f"{name}_same"))
    return relation.select(*columns)


def looked_pairs(connection: duckdb.DuckDBPyConnection, model: Model, least: float) -> DuckDBPyRelation:
    """Each of fresh_pairs, with whether it may weigh so many bits.

    Returns:
        record_no_l, record_no_r, is_decided, is_promising.
    """
    names = [name for name in connection.table("looked_records").columns if name != "record_no"]
    sides = []
    for side in "lr":
        told = [Column(name).alias(f"{name}_{side}") for name in names]
        sides.append(connection.table("looked_records").select(Column("record_no").alias(f"record_no_{side}"), *told))
    pairs = connection.table("fresh_pairs").join(sides[0], "record_no_l").join(sides[1], "record_no_r")
    compared = {column: comparison for comparison, column in _compared(model)}
    most: Expression = Constant(0.0).cast("DOUBLE")
    for comparison in compared.values():
        most = most + _at_best(comparison)
    looked = pairs.select(Star(), most.alias("most"))
    for column, comparison in ((column, compared[column]) for column in QUICK if column in compared):
        is_open = (Column("most") >= Constant(least)) & _differs(comparison)
        similarity = Function("jaro_winkler_similarity", Column(f"{column}_l"), Column(f"{column}_r"))
        looked = looked.select(Star(), Case(is_open, similarity).alias("similarity"))
        found = Case(is_open, Column("most") + _lost(comparison, column)).otherwise(Column("most")).alias("most")
        looked = looked.select(Star(exclude=["most", "similarity"]), found)
    promising = (Column("most") >= Constant(least)).alias("is_promising")
    return looked.select(Column("record_no_l"), Column("record_no_r"), Column("is_decided"), promising)


def _compared(model: Model) -> Iterator[tuple[dict[str, Any], str]]:
    """The comparisons that take part, each with its column."""
    columns = {comparison.name: comparison.column for comparison in COMPARISONS}
    for comparison in model.settings["comparisons"]:
        yield comparison, columns[comparison["output_column_name"]]


def _sides(comparison: dict[str, Any]) -> tuple[Expression, Expression]:
    name = comparison["output_column_name"]
    return Column(f"{name}_value_l"), Column(f"{name}_value_r")


def _differs(comparison: dict[str, Any]) -> Expression:
    """Whether both have a value and the two are not equal; null where one is missing."""
    left, right = _sides(comparison)
    return left != right


def _at_best(comparison: dict[str, Any]) -> Expression:
    """What a comparison weighs, where two values differ the most that it may."""
    left, right = _sides(comparison)
    same = comparison["comparison_levels"][1]
    name = comparison["output_column_name"]
    weight = Column(f"{name}_same_l") if "tf_adjustment_column" in same else Constant(bits_of(same))
    nothing = ~left.isnotnull() | ~right.isnotnull()
    return Case(nothing, Constant(0.0)).when(left == right, weight).otherwise(Constant(_best(comparison)))


def _best(comparison: dict[str, Any]) -> float:
    """The most that two values weigh which differ."""
    return max(map(bits_of, comparison["comparison_levels"][2:]))


def _lost(comparison: dict[str, Any], column: str) -> Expression:
    """What two values that differ weigh less than at best, all questions asked; of none more than 0."""
    *asked, last = comparison["comparison_levels"][2:]
    best, otherwise = _best(comparison), Constant(bits_of(last) - _best(comparison))
    if not asked:
        return otherwise
    lost = Case(Sql(_asked_once(asked[0], column)), Constant(bits_of(asked[0]) - best))
    for level in asked[1:]:
        lost = lost.when(Sql(_asked_once(level, column)), Constant(bits_of(level) - best))
    return lost.otherwise(otherwise)


def _asked_once(level: dict[str, Any], column: str) -> str:
    """The question of a level, where how similar the two values are stands in the column `similarity` already."""
    question: str = level["sql_condition"]
    return question.replace(f"jaro_winkler_similarity({column}_l, {column}_r)", "similarity")
