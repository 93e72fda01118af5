"""SQL expressions that the reading of dates and of numbers is built from."""

from __future__ import annotations

from sqlglot import exp

#: Digits and marks as Chinese and Japanese keyboards write them, and as numbers are read.
_WIDE, _NARROW = "０１２３４５６７８９．，－＋：／年月日￥＄", "0123456789.,-+:/年月日¥$"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function of the engine by its name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def try_cast(value: exp.Expr, type_: str) -> exp.Expr:
    """A cast that gives null where the value does not fit."""
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(type_, dialect="duckdb"))


def narrow(text: exp.Expr) -> exp.Expr:
    """A text with full-width digits and marks written in ASCII."""
    return call("translate", text.copy(), exp.Literal.string(_WIDE), exp.Literal.string(_NARROW))


def literals(*values: str) -> list[exp.Expr]:
    """Texts as literals."""
    return [exp.Literal.string(value) for value in values]


def sql(expression: exp.Expr) -> str:
    """An expression in the engine's dialect."""
    return expression.sql("duckdb")
