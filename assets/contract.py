"""What a table promises: grain, key, columns. One contract, rendered for every place that has to know.

A contract is rendered to SQLAlchemy (types, keys, comments), to a Dagster column schema, to a Parquet schema and
to the data dictionary, so that none of them can say something else than the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assets.columns import COLUMNS, Column

if TYPE_CHECKING:
    import dagster as dg
    import pyarrow as pa
    import sqlalchemy as sa

GROUPS = ("intake", "identity", "scoring", "opportunities", "funnel", "forecast", "quality", "serving")

#: Type of a column in DuckDB (and, through sqlglot, in Spark).
ENGINE_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "money": "DECIMAL(18,2)",
    "points": "DECIMAL(9,2)",
    "rate6": "DECIMAL(18,6)",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}


@dataclass(frozen=True)
class Table:
    """The promise of one table.

    Attributes:
        name: the asset key, the file name in the lake, the SQL name, the parameter name.
        description: begins "One row per ...".
        group: the folder it is made in.
        key: columns that identify a row; never null, unique together.
        columns: names from :data:`assets.columns.COLUMNS`, in order, the key among them.
        required: further columns that are never null.
        words: closed lists of values by column.
        references: column -> table whose single-column key it points at.
        published: whether readers get it in the warehouse; otherwise it stays in the lake.
        history: whether it keeps the rows of every as_of (readers see all of them), instead of the newest only.
        dated: whether it is made once for each day of as_of; intake tables are not, they are filtered by known_at.
        question: the question the table answers, for the README and the dictionary.
    """

    name: str
    description: str
    group: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    published: bool = False
    history: bool = False
    dated: bool = True
    question: str = ""

    def __post_init__(self) -> None:
        """Refuses a contract that contradicts itself.

        Raises:
            ValueError: names the table and what is wrong with its contract.
        """
        named = [*self.key, *self.required, *self.words, *self.references]
        unknown = [name for name in self.columns if name not in COLUMNS] + [n for n in named if n not in self.columns]
        if unknown:
            raise ValueError(f"contract of {self.name}: columns not defined: {unknown}")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"contract of {self.name}: a column is named twice")
        if not self.description.startswith("One row per "):
            raise ValueError(f"contract of {self.name}: the description must begin 'One row per '")
        if self.group not in GROUPS:
            raise ValueError(f"contract of {self.name}: no group {self.group!r}")
        if self.history and "as_of" not in self.key:
            raise ValueError(f"contract of {self.name}: a table of history has as_of in its key")

    def fields(self) -> list[Column]:
        """The columns, in order."""
        return [COLUMNS[name] for name in self.columns]

    def is_required(self, name: str) -> bool:
        """Whether the column is never null: key columns, required ones, and every boolean but `passed`."""
        return name in self.key or name in self.required or (COLUMNS[name].type == "boolean" and name != "passed")


def words(*values: str) -> tuple[str, ...]:
    """A closed list of values."""
    return values


def arrow_schema(table: Table) -> pa.Schema:
    """The Parquet schema: names, types and nullability, with each column's meaning as field metadata."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "json": pa.string(),
        "integer": pa.int64(),
        "double": pa.float64(),
        "money": pa.decimal128(18, 2),
        "points": pa.decimal128(9, 2),
        "rate6": pa.decimal128(18, 6),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "date": pa.date32(),
    }
    return pa.schema(
        [
            pa.field(
                column.name,
                types[column.type],
                nullable=not table.is_required(column.name),
                metadata={"meaning": column.meaning},
            )
            for column in table.fields()
        ],
        metadata={"description": table.description},
    )


def dagster_schema(table: Table) -> dg.TableSchema:
    """The column schema that the Dagster UI shows."""
    import dagster as dg

    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                ENGINE_TYPES[column.type].lower(),
                description=column.meaning + (f" ({column.unit})" if column.unit else ""),
                constraints=dg.TableColumnConstraints(
                    nullable=not table.is_required(column.name), unique=table.key == (column.name,)
                ),
                tags={"personal": ""} if column.personal else {},
            )
            for column in table.fields()
        ]
    )


def sqlalchemy_table(table: Table, metadata: sa.MetaData, *, name: str | None = None, keys: bool = True) -> sa.Table:
    """The warehouse table: types, primary key, not-null and comments.

    Args:
        table: the contract.
        metadata: where the table is registered; its ``schema`` is used.
        name: another name, for staging copies.
        keys: whether the primary key is declared; staging copies have none, so that the audit can find doubles.

    Returns:
        The SQLAlchemy table. Instants are ``timestamptz`` on PostgreSQL and fixed-width ISO text on SQLite;
        money is exact on PostgreSQL and a number to the cent on SQLite.
    """
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql, sqlite

    instant = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    types: dict[str, sa.types.TypeEngine[Any]] = {
        "text": sa.Text(),
        "json": sa.Text(),
        "integer": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        "double": sa.Double().with_variant(sqlite.REAL(), "sqlite"),
        "money": sa.Numeric(18, 2),
        "points": sa.Numeric(9, 2),
        "rate6": sa.Numeric(18, 6),
        "boolean": postgresql.BOOLEAN().with_variant(sa.Integer(), "sqlite"),
        "timestamp": instant,
        "date": sa.Date().with_variant(sa.Text(), "sqlite"),
    }
    return sa.Table(
        name or table.name,
        metadata,
        *[
            sa.Column(
                column.name,
                types[column.type],
                primary_key=keys and column.name in table.key,
                nullable=not (keys and table.is_required(column.name)),
                comment=column.meaning + (f" ({column.unit})" if column.unit else ""),
                autoincrement=False,
            )
            for column in table.fields()
        ],
        comment=table.description,
    )


def dictionary_lines(table: Table) -> list[str]:
    """The table's section of the data dictionary, as Markdown lines."""
    lines = [f"### `{table.name}`", "", table.description, ""]
    if table.question:
        lines += [f"*Answers:* {table.question}", ""]
    lines += ["| column | type | null | meaning |", "|---|---|---|---|"]
    for column in table.fields():
        marks = " **key**" if column.name in table.key else ""
        marks += " *personal*" if column.personal else ""
        allowed = f" One of: {', '.join(table.words[column.name])}." if column.name in table.words else ""
        unit = f" Unit: {column.unit}." if column.unit else ""
        null = "no" if table.is_required(column.name) else "yes"
        type_ = ENGINE_TYPES[column.type].lower()
        lines.append(f"| `{column.name}`{marks} | {type_} | {null} | {column.meaning}{allowed}{unit} |")
    return [*lines, ""]
