"""How a table is declared as a Dagster asset: one call, with its upstream read from the SQL or the signature.

An SQL file's FROM clauses are its dependencies, its column lineage is derived from it and its leading comment is
its description. A Python function's parameters are its dependencies. So every table names its upstream once.
"""

# no `from __future__ import annotations` here: Dagster compares the annotation of `context` with the class itself
import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
from sqlglot import exp
from sqlglot.optimizer.scope import Scope as SqlScope
from sqlglot.optimizer.scope import build_scope

from assets.contract import Table, dagster_schema
from assets.engine import Source, output_names, parsed, table_names
from assets.lake import Made, table_path
from assets.scope import Scope, is_given
from assets.unfinished import MADE_ANEW

#: One partition a day of as_of. Runs may speak for days ahead (a plan, a test), hence the far end.
DAYS = dg.DailyPartitionsDefinition(start_date="2010-01-01", end_offset=3653)

OWNERS = ["team:sluice"]

Function = Callable[..., Any]

#: Every table declared, by name.
DECLARED: dict[str, Table] = {}


def sql_table(table: Table, folder: str, *, upstream: dict[str, Table] | None = None) -> dg.AssetsDefinition:
    """The asset of a table that one SQL file makes.

    Args:
        table: the contract; the file is ``<table>.sql`` beside the caller.
        folder: ``__file__`` of the caller.
        upstream: contracts of tables read, for column lineage; those not given are traced by table only.

    Returns:
        The asset. Its function runs the SELECT over its inputs and leaves keeping to the lake.
    """
    del upstream
    sql = (Path(folder).parent / f"{table.name}.sql").read_text(encoding="utf-8")
    names = table_names(sql)
    output_names(sql)  # kept from now on: parsing the longest takes a tenth of a second
    inputs = [name for name in names if not is_given(name)]
    given = [name for name in names if is_given(name)]

    def made(context: dg.AssetExecutionContext) -> Made:
        scope: Scope = context.resources.scope
        scope.started(table.name)
        if _is_made(table, scope):
            return Made(table, None)
        tables: dict[str, Source] = {name: _kept(name, scope) for name in inputs}
        return Made(table, scope.engine.select(sql, {**tables, **{name: scope.given(name) for name in given}}))

    return _asset(
        table,
        made,
        inputs,
        kinds={"sql", "duckdb"},
        code_version=hashlib.sha256(sql.encode()).hexdigest()[:12],
        metadata={
            "sql": dg.MetadataValue.md(f"```sql\n{sql}\n```"),
            "dagster/column_lineage": dg.TableColumnLineage(
                {
                    column: [
                        dg.TableColumnDep(asset_key=dg.AssetKey(name), column_name=source) for name, source in deps
                    ]
                    for column, deps in column_lineage(sql).items()
                }
            ),
        },
    )


def frame_table(table: Table, function: Function, shown: Function | None = None) -> dg.AssetsDefinition:
    """The asset of a table that one Python function makes.

    A parameter named like a table receives it, as a pandas frame or, when annotated so, as a DuckDB relation;
    ``as_of`` (naive, UTC), ``policy``, ``scope`` and the given inputs are settled by the run.

    Args:
        table: the contract.
        function: returns a frame, an Arrow table or a relation.
        shown: from the run's scope and what the function returned to metadata that Dagster shows beside the table.
    """
    parameters = inspect.signature(function, eval_str=True).parameters
    inputs = [name for name in parameters if name not in {"as_of", "policy", "scope"} and not is_given(name)]

    def made(context: dg.AssetExecutionContext) -> Made:
        scope: Scope = context.resources.scope
        scope.started(table.name)
        if _is_made(table, scope):
            return Made(table, None)
        arguments: dict[str, Any] = {}
        for name, parameter in parameters.items():
            if name == "as_of":
                arguments[name] = scope.as_of.replace(tzinfo=None)
            elif name == "policy":
                arguments[name] = scope.policy
            elif name == "scope":
                arguments[name] = scope
            else:
                source = scope.engine.relation(scope.given(name) if is_given(name) else _kept(name, scope))
                arguments[name] = source.df() if parameter.annotation is pd.DataFrame else source
        rows = function(**arguments)
        if shown is not None:
            context.add_output_metadata(shown(scope, rows))
        return Made(table, rows)

    return _asset(
        table,
        made,
        inputs,
        kinds={"python", "pandas"},
        code_version=None,
        metadata={"function": f"{function.__module__}.{function.__qualname__}"},
    )


def _kept(name: str, scope: Scope) -> Path:
    """Where the lake keeps a table that another declaration made."""
    return table_path(scope.lake, DECLARED[name], str(scope.day))


def _is_made(table: Table, scope: Scope) -> bool:
    """Whether an interrupted run has made this table of the very same input."""
    if scope.unfinished is None or table.name in MADE_ANEW:
        return False
    return scope.unfinished.has(table_path(scope.lake, table, str(scope.day)))


def _asset(
    table: Table,
    made: Function,
    inputs: list[str],
    *,
    kinds: set[str],
    code_version: str | None,
    metadata: dict[str, Any],
) -> dg.AssetsDefinition:
    made.__name__ = table.name
    DECLARED[table.name] = table
    return dg.asset(
        name=table.name,
        # not `ins`: Dagster would open each input for each table, although a query opens its tables itself
        deps=inputs,
        group_name=table.group,
        description=table.description + (f"\n\n{table.question}" if table.question else ""),
        io_manager_key="lake",
        required_resource_keys={"scope"},
        partitions_def=DAYS if table.dated else None,
        kinds=kinds,
        owners=OWNERS,
        code_version=code_version,
        metadata={
            "group": table.group,
            "dagster/column_schema": dagster_schema(table),
            "dagster/table_name": table.name,
            **metadata,
        },
        tags={"published": "yes"} if table.published else {},
    )(made)


def column_lineage(sql: str) -> dict[str, list[tuple[str, str]]]:
    """For each output column, the columns of tables it is computed from.

    Args:
        sql: one SELECT in the DuckDB dialect whose columns are all named.

    Returns:
        Output column -> sorted (table, column) pairs; given inputs (scope, policy, journal) are left out. A
        column that stands under ``*`` is not traced.
    """
    root = build_scope(parsed(sql))
    if root is None:
        return {}
    cache: dict[tuple[int, str], set[tuple[str, str]]] = {}

    def sources(scope: SqlScope, name: str) -> set[tuple[str, str]]:
        key = (id(scope), name)
        if key in cache:
            return cache[key]
        cache[key] = set()  # a recursive reference adds nothing to itself
        found: set[tuple[str, str]] = set()
        if scope.set_operation_scopes:
            position = next((i for i, e in enumerate(_selects(scope)) if e.alias_or_name == name), None)
            for part in scope.set_operation_scopes:
                selects = _selects(part)
                # columns of a union go by place, unless a star hides the places
                has_star = any(select.is_star for select in selects)
                place = None if has_star or position is None or position >= len(selects) else position
                found |= sources(part, name if place is None else selects[place].alias_or_name)
        else:
            named = [select for select in _selects(scope) if select.alias_or_name == name and not select.is_star]
            stars = [] if named else [select for select in _selects(scope) if select.is_star]
            for select in named:
                for column in select.find_all(exp.Column):
                    found |= origin(scope_of(scope, column), column.table, column.name)
            for star in stars:
                tables = [star.table] if isinstance(star, exp.Column) else list(scope.selected_sources)
                for table in tables:
                    found |= origin(scope, table, name)
        cache[key] = found
        return found

    def scope_of(scope: SqlScope, column: exp.Column) -> SqlScope:
        """The scope in which a column of an expression stands: that of a subquery inside it, or the given one."""
        nearest = column.find_ancestor(exp.Select)
        inner = [*scope.subquery_scopes, *(deeper for sub in scope.subquery_scopes for deeper in sub.subquery_scopes)]
        return next((sub for sub in inner if sub.expression is nearest), scope)

    def origin(scope: SqlScope, table: str, name: str) -> set[tuple[str, str]]:
        if not table:
            return unqualified(scope, name)
        at: SqlScope | None = scope
        while at is not None:
            source = at.sources.get(table)
            if source is not None:
                return of_source(source, name)
            at = at.parent
        return set()

    def of_source(source: exp.Table | SqlScope, name: str) -> set[tuple[str, str]]:
        if isinstance(source, SqlScope):
            return sources(source, name)
        return set() if is_given(source.name) else {(source.name, name)}

    def unqualified(scope: SqlScope, name: str) -> set[tuple[str, str]]:
        """A column without its table: that of the subquery which names it, else of the tables read beside it."""
        read: list[exp.Table | SqlScope] = [source for _, source in scope.selected_sources.values()]
        inner = [source for source in read if isinstance(source, SqlScope)]
        naming = [source for source in inner if name in {select.alias_or_name for select in _selects(source)}]
        found: set[tuple[str, str]] = set()
        plain: list[exp.Table | SqlScope] = [source for source in read if isinstance(source, exp.Table)]
        for source in [*naming] or plain or inner:
            found |= of_source(source, name)
        return found

    return {select.alias_or_name: sorted(sources(root, select.alias_or_name)) for select in _selects(root)}


def _selects(scope: SqlScope) -> list[Any]:
    """The columns that the query of a scope gives."""
    selects: list[Any] = scope.expression.selects  # type: ignore[attr-defined]  # a scope's expression is a query
    return selects
