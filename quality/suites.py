"""Great Expectations suites of the published tables, derived from their contracts, run where they are staged.

Suites hold what no input can break, only a fault of ours: nulls, lists of words, keys, rates and scores out of
bounds, intervals the wrong way round. So each of them blocks. What input can break is a truth with a warning.
Small tables are given to Great Expectations as they are. For a big one the checks are pushed into one pass of SQL
and Great Expectations sees their counts: it takes seconds per check and million rows otherwise.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq
import sqlalchemy as sa

from assets.columns import COLUMNS
from assets.contract import Table, sqlalchemy_table

#: Tables with more staged rows than this are counted in one pass.
NATIVE_ROWS = 100_000
#: Of the Data Docs, as Great Expectations is told of classes.
PAGE_VIEW = {"module_name": "quality.page_view", "class_name": "PageView"}
#: How many offending rows a failure names.
NAMED_ROWS = 5

Kind = Literal["not_null", "words", "between", "length", "ordered", "unique", "row_count"]

UNIT_INTERVAL = re.compile(
    r"(_probability|_rate)$|^(p_close_by_period_end|conversion_low|conversion_high|rate_low|rate_high|probability_of_target)$"
)
HUNDRED = {"score", "value_index"}
NOT_NEGATIVE = re.compile(
    r"(_count|_days)$|^(rows_\w+|entered|advanced|lost|still_open|leads|qualified|opportunities|won|days)$"
)
RANGES: dict[str, tuple[float | None, float | None]] = {
    "margin_rate": (None, 1),
    "line_no": (1, None),
    "fiscal_quarter": (1, 4),
    "month_of_year": (1, 12),
    "iso_week": (1, 53),
    "day_of_week": (1, 7),
}
#: Ids that this project makes have one length.
LENGTHS = {("leads", "lead_id"): 21, ("accounts", "account_id"): 21, ("opportunities", "opportunity_id"): 21}
#: Pairs of columns of which the first is never greater than the second.
ORDERED: dict[str, tuple[tuple[str, str], ...]] = {
    "funnel_stages": (
        ("advanced", "entered"),
        ("conversion_low", "conversion_rate"),
        ("conversion_rate", "conversion_high"),
        ("median_days", "p90_days"),
    ),
    "forecasts": (("p10", "p50"), ("p50", "p90")),
    "stage_intervals": (("entered_at", "left_at"),),
    "source_performance": (
        ("qualified", "leads"),
        ("opportunities", "leads"),
        ("won", "leads"),
        ("rate_low", "rate_high"),
    ),
}


@dataclass(frozen=True)
class KeptTable:
    """A table as the lake keeps it: its contract and its Parquet file."""

    table: Table
    path: Path

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(pq.ParquetFile(self.path).metadata.num_rows)


@dataclass(frozen=True)
class StagedTable:
    """A table that waits to be published.

    Attributes:
        table: its contract.
        name: the staged table; None when readers have all its rows already, audited when they got them.
        rows_staged: rows that are new or changed.
        rows: rows of the whole table in the lake.
    """

    table: Table
    name: str | None
    rows_staged: int
    rows: int


@dataclass(frozen=True)
class Check:
    """One promise of one table."""

    name: str
    table: str
    kind: Kind
    columns: tuple[str, ...]
    expected: str
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What became of a check.

    Attributes:
        passed: None when it could not run.
        observed: what was found; rows are named by their ids, never by personal values.
    """

    check: Check
    passed: bool | None
    observed: str
    rows_affected: int = 0


def checks_of(table: Table) -> list[Check]:
    """Every check of a table, in a fixed order."""
    found: list[Check] = []

    def add(name: str, kind: Kind, columns: Sequence[str], expected: str, **bounds: Any) -> None:
        found.append(Check(name, table.name, kind, tuple(columns), expected, **bounds))

    add("every_staged_row_arrived", "row_count", (), "as many rows as were staged")
    add("key_is_unique", "unique", table.key, f"one row for each ({', '.join(table.key)})")
    for name in table.columns:
        if table.is_required(name):
            add(f"{name}_is_never_null", "not_null", (name,), "no null")
        if name in table.words:
            words = table.words[name]
            add(f"{name}_is_a_known_word", "words", (name,), f"one of {', '.join(words)}", words=words)
        bounds = _bounds(name)
        if bounds is not None:
            low, high = bounds
            said = f"{'' if low is None else f'at least {low:g}'} {'' if high is None else f'at most {high:g}'}".strip()
            add(f"{name}_is_within_bounds", "between", (name,), said, low=low, high=high)
        if (table.name, name) in LENGTHS:
            length = LENGTHS[table.name, name]
            add(f"{name}_has_its_form", "length", (name,), f"{length} characters", low=length, high=length)
    for low_name, high_name in ORDERED.get(table.name, ()):
        add(f"{low_name}_is_at_most_{high_name}", "ordered", (low_name, high_name), f"{low_name} <= {high_name}")
    return found


def _bounds(name: str) -> tuple[float | None, float | None] | None:
    if name in RANGES:
        return RANGES[name]
    if COLUMNS[name].type not in {"integer", "double", "points"}:
        return None
    if UNIT_INTERVAL.search(name):
        return 0, 1
    if name in HUNDRED:
        return 0, 100
    return (0, None) if NOT_NEGATIVE.search(name) else None


def suites_fingerprint(tables: Iterable[Table]) -> str:
    """Changes when any check of these tables changes; then every row is audited anew, not only changed ones."""
    said = repr([check for table in tables for check in checks_of(table)])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


# --- running --------------------------------------------------------------------------------------------------


def run_suites(
    staged: Sequence[StagedTable],
    url: str,
    schema: str | None,
    docs_folder: Path | None,
    *,
    native_rows: int = NATIVE_ROWS,
) -> list[CheckResult]:
    """Runs the suites on staged tables through SQLAlchemy.

    Args:
        staged: the tables.
        url: the SQLAlchemy URL by which they are reached.
        schema: the schema they are in, if any.
        docs_folder: where the Data Docs go; left out when None.
        native_rows: tables with more staged rows are counted in one pass.

    Returns:
        One result per check of each table, in order. An error of Great Expectations or of the database is a result
        that has not passed and has not failed.
    """
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, hide_parameters=True)
    session = None
    results: list[CheckResult] = []
    try:
        for place in staged:
            checks = checks_of(place.table)
            if place.name is None:
                results += [CheckResult(check, True, "holds") for check in checks]
                continue
            try:
                session = session or _Session(url, schema)
                found = session.validate(engine, place, checks, native=place.rows_staged <= native_rows)
            except Exception as error:  # whatever is thrown, the data is not known to be bad
                reason = f"the check could not run: {type(error).__name__}"
                found = [CheckResult(check, None, reason) for check in checks]
            results += found
        if docs_folder is not None and session is not None:
            session.write_docs(docs_folder)
    finally:
        if session is not None:
            session.drop_counts(engine)
        engine.dispose()
    return results


class _Session:
    """One ephemeral Great Expectations context over one database. Importing it takes five seconds."""

    def __init__(self, url: str, schema: str | None) -> None:
        # Both are read at import: no usage statistics, no progress bars between ours.
        os.environ["GX_ANALYTICS_ENABLED"] = "False"
        os.environ["TQDM_DISABLE"] = "1"
        import great_expectations as gx

        self.gx: Any = gx
        self.schema = schema
        self.context: Any = gx.get_context(mode="ephemeral")
        no_bars: Any = {"globally": False, "metric_calculations": False}
        self.context.variables.progress_bars = no_bars
        with warnings.catch_warnings():
            # the specific data source for PostgreSQL knows another driver only
            warnings.simplefilter("ignore")
            self.source = self.context.data_sources.add_sql("staged", connection_string=url)
        self.counts: list[sa.Table] = []

    def validate(
        self, engine: sa.Engine, place: StagedTable, checks: list[Check], *, native: bool
    ) -> list[CheckResult]:
        table = sqlalchemy_table(place.table, sa.MetaData(schema=self.schema), name=place.name, keys=False)
        if native:
            looked_at, one_by_one = str(place.name), [(check, _expectation(check, place)) for check in checks]
        else:
            looked_at = self._count(engine, table, place, checks)
            one_by_one = [(check, _count_expectation(check)) for check in checks]
        told: list[tuple[tuple[Check, ...], Any]] = [
            ((check,), expectation) for check, expectation in one_by_one if expectation is not None
        ]
        required = tuple(check for check in checks if check.kind == "not_null")
        if required:
            told.append((required, _no_row_without(required, native=native)))
        for of, expectation in told:
            expectation.meta = {"checks": [check.name for check in of]}
            expectation.notes = "; ".join(f"{check.name}: {check.expected}" for check in of)
        # all at once: a suite that is known already is written anew for every expectation it is given
        expectations = [expectation for _, expectation in told]
        suite = self.context.suites.add(self.gx.ExpectationSuite(name=place.table.name, expectations=expectations))
        asset = self.source.add_table_asset(place.table.name, table_name=looked_at, schema_name=self.schema)
        batch = asset.add_batch_definition_whole_table("staged rows")
        definition = self.context.validation_definitions.add(
            self.gx.ValidationDefinition(name=place.table.name, data=batch, suite=suite)
        )
        with configured_once():
            # No sample values: what a person is called has no place in a report about checks.
            outcome = definition.run(result_format={"result_format": "BOOLEAN_ONLY"})
        by_name = {name: result for result in outcome.results for name in result.expectation_config.meta["checks"]}
        return [_result(check, by_name.get(check.name), engine, table, place) for check in checks]

    def _count(self, engine: sa.Engine, table: sa.Table, place: StagedTable, checks: list[Check]) -> str:
        base, _, epoch = table.name.rpartition("__")
        columns = [sa.Column(check.name, sa.BigInteger()) for check in checks]
        counts = sa.Table(f"{base}__counts__{epoch}", sa.MetaData(schema=self.schema), *columns)
        with engine.begin() as connection:
            counts.drop(connection, checkfirst=True)
            counts.create(connection)
            self.counts.append(counts)
            connection.execute(
                sa.insert(counts).from_select(
                    [column.name for column in columns],
                    sa.select(*[_count_of(check, table, place) for check in checks]).select_from(table),
                )
            )
        return counts.name

    def drop_counts(self, engine: sa.Engine) -> None:
        try:
            with engine.begin() as connection:
                for table in self.counts:
                    table.drop(connection, checkfirst=True)
        except sa.exc.DBAPIError:
            return  # the next run sweeps them away

    def write_docs(self, folder: Path) -> None:
        fresh = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        self.context.add_data_docs_site(
            site_name="local",
            site_config={
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(fresh)},
                "site_section_builders": {
                    "expectations": {"view": PAGE_VIEW},
                    "validations": {"view": PAGE_VIEW},
                    "profiling": "None",  # nobody profiles here
                },
                "site_index_builder": {
                    "class_name": "DefaultSiteIndexBuilder",
                    "view": PAGE_VIEW | {"class_name": "IndexPageView"},
                },
            },
        )
        self.context.build_data_docs(site_names=["local"])
        for page in fresh.rglob("*.html"):
            page.write_text(_offline(page.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)


@contextmanager
def configured_once() -> Iterator[None]:
    """While it lasts, Great Expectations builds the configuration of an expectation once, as long as nothing is set.

    It asks an expectation for it some eighty times in one validation, once for each argument of each metric, and
    builds it anew from the model every time: a third of the time that validating a small table takes.
    """
    import great_expectations.expectations.expectation as of_all

    base: Any = of_all.Expectation
    built = base.configuration
    known: dict[int, tuple[Any, dict[str, Any], Any]] = {}  # the expectation is kept so that its id stays its own

    def configuration(expectation: Any) -> Any:
        found = known.get(id(expectation))
        if found is None or found[1] != expectation.__dict__:
            found = expectation, dict(expectation.__dict__), built.fget(expectation)
            known[id(expectation)] = found
        return found[2]

    base.configuration = property(configuration)
    try:
        yield
    finally:
        base.configuration = built


def _expectations() -> Any:
    import great_expectations.expectations

    return great_expectations.expectations


def _expectation(check: Check, place: StagedTable) -> Any:
    gxe = _expectations()
    if check.kind == "row_count":
        return gxe.ExpectTableRowCountToEqual(value=place.rows_staged)
    if check.kind == "unique":
        if len(check.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=check.columns[0])
        return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(check.columns))
    if check.kind == "ordered":
        low, high = check.columns
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=high, column_B=low, or_equal=True, ignore_row_if="either_value_is_missing"
        )
    column = check.columns[0]
    if check.kind == "not_null":
        return None
    if check.kind == "words":
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(check.words))
    if check.kind == "length":
        return gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=check.low, max_value=check.high)
    return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=check.low, max_value=check.high)


def _count_expectation(check: Check) -> Any:
    if check.kind == "not_null":
        return None
    return _expectations().ExpectColumnValuesToBeBetween(column=check.name, min_value=0, max_value=0)


def _no_row_without(checks: Sequence[Check], *, native: bool) -> Any:
    """That no row lacks what is required: one expectation for all columns, where each would cost as much as all do.

    Where it fails, :func:`_result` counts which of the columns it is.
    """
    lacking: list[sa.ColumnElement[bool]]
    if native:
        lacking = [sa.column(check.columns[0]).is_(None) for check in checks]
    else:
        lacking = [sa.column(check.name) != 0 for check in checks]
    # nothing of the rows themselves is asked for, so nothing of them can be shown
    query: sa.Select[Any] = (
        sa.select(sa.literal_column("1").label("lacking")).select_from(sa.text("{batch}")).where(sa.or_(*lacking))
    )
    said = str(query.compile(compile_kwargs={"literal_binds": True}))
    return _expectations().UnexpectedRowsExpectation(unexpected_rows_query=said)


def offending(check: Check, table: sa.Table) -> sa.ColumnElement[bool] | None:
    """The rows that break a check; None for checks that are not about single rows."""
    if check.kind in {"row_count", "unique"}:
        return None
    column = table.c[check.columns[0]]
    if check.kind == "not_null":
        return column.is_(None)
    if check.kind == "words":
        return column.not_in(check.words)
    if check.kind == "ordered":
        return column > table.c[check.columns[1]]
    value = sa.func.length(column) if check.kind == "length" else column
    outside = [value < check.low] if check.low is not None else []
    outside += [value > check.high] if check.high is not None else []
    return sa.or_(*outside)


def _count_of(check: Check, table: sa.Table, place: StagedTable) -> sa.ColumnElement[Any]:
    if check.kind == "row_count":
        return sa.func.abs(sa.func.count() - place.rows_staged).label(check.name)
    if check.kind == "unique":
        # The lake holds the key unique, as many rows arrived, and the primary key refuses doubles: not sorted again.
        return sa.literal(0).label(check.name)
    return sa.func.count(sa.case((offending(check, table), 1))).label(check.name)  # type: ignore[arg-type]


def _result(check: Check, outcome: Any, engine: sa.Engine, table: sa.Table, place: StagedTable) -> CheckResult:
    if outcome is None or _raised(outcome.exception_info):
        return CheckResult(check, None, "the check could not run")
    if outcome.success:
        return CheckResult(check, True, "holds")
    with engine.connect() as connection:
        rows, named = _named(connection, check, table, place)
    # what looks at all required columns at once fails for those of them that lack something
    holds = check.kind == "not_null" and not rows
    return CheckResult(check, True, "holds") if holds else CheckResult(check, False, named, rows)


def _raised(info: Any) -> bool:
    if not isinstance(info, dict):
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(inner) for inner in info.values())


def _named(connection: sa.Connection, check: Check, table: sa.Table, place: StagedTable) -> tuple[int, str]:
    if check.kind == "row_count":
        found = int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        return abs(found - place.rows_staged), f"{found} rows where {place.rows_staged} were staged"
    personal = {name for name in place.table.key if COLUMNS[name].personal}
    shown = [table.c[name] for name in place.table.key if name not in personal]
    condition = offending(check, table)
    if condition is None:
        key = [table.c[name] for name in check.columns]
        doubles = sa.select(*key, sa.func.count().label("times")).group_by(*key).having(sa.func.count() > 1).subquery()
        rows = int(connection.execute(sa.select(sa.func.count()).select_from(doubles)).scalar_one())
        query = sa.select(*[doubles.c[c.name] for c in shown]).order_by(*[doubles.c[c.name] for c in shown])
    else:
        rows = int(connection.execute(sa.select(sa.func.count()).where(condition)).scalar_one())
        query = sa.select(*shown).where(condition).order_by(*shown)
    first = connection.execute(query.limit(NAMED_ROWS)).all()
    said = "; ".join(", ".join(f"{c.name}={v}" for c, v in zip(shown, row, strict=True)) for row in first)
    return rows, f"{rows} rows, first: {said}"


_OUTSIDE = re.compile(
    r"<script[^>]+src=[\"']https?://[^>]*>\s*</script>|<link[^>]+href=[\"']https?://[^>]*>"
    r"|<img[^>]+src=[\"']https?://[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_OUTSIDE_STYLE = re.compile(r"url\(['\"]?https?://[^)]*\)", re.IGNORECASE)
_STYLE = """<style>
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;color:#1d2733}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #d5dce4;padding:.25rem .6rem;text-align:left}
.modal,.collapse:not(.show),.navbar-toggler,script,.fa,footer{display:none}.text-success{color:#1b7f4d}.text-danger{color:#b3261e}
.fas{font-style:normal}.text-success::before{content:"\\2713"}.text-danger::before{content:"\\2717"}
a{color:#1a5fb4}ul{padding-left:1.2rem}
</style>"""


def _offline(page: str) -> str:
    """The page without what it would fetch from elsewhere, with enough style to be read."""
    page = _OUTSIDE_STYLE.sub("none", _OUTSIDE.sub("", page))
    return page.replace("</head>", f"{_STYLE}</head>", 1)
