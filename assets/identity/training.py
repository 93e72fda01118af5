"""What the model learns without labels, once for each period that policy names."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
from duckdb import CaseExpression, DuckDBPyRelation
from duckdb import ColumnExpression as Column
from duckdb import ConstantExpression as Constant

from assets.identity.comparisons import COMPARED_COLUMNS, COMPARISONS, Comparison, comparisons, view_compared_records
from assets.identity.kept import Kept, kept_of
from assets.identity.model import Model, levels_of, settings_of
from assets.scope import Scope
from policy.identity import Blocking, Identity, Training

if TYPE_CHECKING:
    from splink import Linker


LOG = logging.getLogger(__name__)

#: A comparison takes part when at least this share of the records has its field.
FILLED = 0.01

#: A field is trained on when at least this share of the records has it, and this many pairs share a value.
TRAINING_FILLED = 0.05

TRAINING_PAIRS = 50

#: What training says is kept between these, so that no single field can decide alone, and rounded.
M_RANGE = (0.001, 0.999)

U_RANGE = (0.000001, 0.9999)

DIGITS = 6

#: Above so many records each round of expectation maximisation works on a sample of pairs, a quarter of
#: max_pairs.
SAMPLED_FROM = 50_000

#: Pairs that are equal in this do not say how the names of one person differ.
SHARED_AT_WORK = frozenset({"company_key"})

NAMES = frozenset({"first_name", "last_name"})

#: So many parts of what is learned at a time.
TRAINED_AT_ONCE = 2


def training_cutoff(as_of: datetime, every: str) -> datetime:
    """The start of the period that as_of lies in: what the model has learned does not change within it."""
    start = as_of.replace(hour=0, minute=0, second=0, microsecond=0, day=1)
    if every == "quarter":
        return start.replace(month=(start.month - 1) // 3 * 3 + 1)
    if every == "year":
        return start.replace(month=1)
    return start


def match_model(match_records: DuckDBPyRelation, as_of: datetime, scope: Scope) -> pd.DataFrame:
    """What the model is worth that weighs pairs: learned from what was known when the period of policy began.

    Where too little was known by then, it is learned from what is known now; where that is too little too, the priors
    of policy stand.

    Args:
        match_records: the records as they are compared.
        as_of: says which period it is.
        scope: engine and policy.

    Returns:
        The model as :func:`assets.identity.model.levels_of` tells it.
    """
    connection, identity = scope.engine.connection, scope.policy.identity
    view_compared_records(connection, match_records)
    until = choose_training_records(connection, identity.training, as_of)
    model = fitted_model(connection, identity, kept_of(scope))
    count = connection.table("training_view").count("*").fetchall()[0][0]
    connection.execute("DROP VIEW training_view")
    connection.execute("DROP VIEW compared_records")
    return levels_of(model, count, until)


def choose_training_records(
    connection: duckdb.DuckDBPyConnection, training: Training, as_of: datetime
) -> datetime | None:
    """Makes the view training_view of compared_records; returns by when they were known, None for all there are."""
    chosen, until = counted_records(connection, training, as_of)
    chosen = chosen.filter(Column("record_kind") != Constant("unnamed"))
    if training.every == "never":
        chosen = chosen.limit(0)
    chosen.select(*LEARNED_FROM).create_view("training_view", replace=True)
    return until


def make_training_records(connection: duckdb.DuckDBPyConnection, blocking: Blocking) -> None:
    """Makes training_records of training_view, in order; no temporary table, which other connections do not see.

    It has a column ``training_<field>`` for each field that pairs are trained on: its value, or null where too many
    records share it.
    """
    connection.execute(TRAINING_RECORDS, {"most": blocking.max_records})


def counted_records(
    connection: duckdb.DuckDBPyConnection, training: Training, as_of: datetime
) -> tuple[DuckDBPyRelation, datetime | None]:
    """The records that the model learns from, and in which values are counted.

    Returns:
        Those of compared_records that were known when the period began, and that instant; all of them, and None, where
        too little was known by then. Of many those that came first, :func:`settled_count`.
    """
    records, until = _as_they_came(connection.table("compared_records")), training_cutoff(as_of, training.every)
    early = records.filter(Column("known_at") < Constant(until))
    named = early.filter(Column("record_kind") != Constant("unnamed")).count("*").fetchall()[0][0]
    if named < training.min_records or training.every == "never":
        return _first_of(records, training), None
    return _first_of(early, training), until


def settled_count(record_count: int, training: Training) -> int:
    """From how many of so many records is learned.

    Beyond `settled_from` it grows in steps: whatever is added, on whatever day it says that it was known, would
    otherwise mean to learn again and to weigh all pairs again.
    """
    if record_count <= training.settled_from:
        return record_count
    steps = math.floor(math.log(record_count / training.settled_from, training.steps) + 1e-9)
    return int(training.settled_from * training.steps**steps)


def _first_of(records: DuckDBPyRelation, training: Training) -> DuckDBPyRelation:
    count = records.count("*").fetchall()[0][0]
    settled = settled_count(count, training)
    if settled == count:
        return records
    [(last,)] = records.order("record_no").limit(1, settled - 1).select("record_no").fetchall()
    return records.filter(Column("record_no") <= Constant(last))


def _as_they_came(records: DuckDBPyRelation) -> DuckDBPyRelation:
    """With the values that take no part because later records showed them to be shared.

    Without them a new record could change what the old ones teach, and all pairs would have to be weighed again.
    """
    given = {
        name: CaseExpression(Column(name).isnotnull(), Column(name)).otherwise(Column(f"shared_{name}")).alias(name)
        for name in ("email", "phone")
    }
    return records.select(*[given.get(name, Column(name)) for name in records.columns])


#: What of a record the model learns from.
LEARNED_FROM = ("record_no", *COMPARED_COLUMNS)

#: Splink's expectation maximisation has no bound on blocks of its own: values of too many records train
#: nothing.
TRAINING_RECORDS = """
CREATE OR REPLACE TABLE training_records AS
WITH emails AS (SELECT email FROM training_view GROUP BY email HAVING count(*) > $most),
phones AS (SELECT phone FROM training_view GROUP BY phone HAVING count(*) > $most),
birth_dates AS (SELECT birth_date FROM training_view GROUP BY birth_date HAVING count(*) > $most),
company_keys AS (SELECT company_key FROM training_view GROUP BY company_key HAVING count(*) > $most),
postcodes AS (SELECT postcode FROM training_view GROUP BY postcode HAVING count(*) > $most),
names AS (
    SELECT first_name, last_name FROM training_view GROUP BY first_name, last_name HAVING count(*) > $most
)

SELECT
    records.record_no, records.first_name, records.last_name, records.name_latin, records.mailbox_name,
    records.birth_date, records.email, records.phone,
    records.company_key, records.city, records.postcode, records.address,
    CASE WHEN emails.email IS NULL THEN records.email END AS training_email,
    CASE WHEN phones.phone IS NULL THEN records.phone END AS training_phone,
    CASE WHEN birth_dates.birth_date IS NULL THEN records.birth_date END AS training_birth_date,
    CASE WHEN company_keys.company_key IS NULL THEN records.company_key END AS training_company_key,
    CASE WHEN postcodes.postcode IS NULL THEN records.postcode END AS training_postcode,
    CASE WHEN names.first_name IS NULL THEN records.first_name || ' ' || records.last_name END
        AS training_first_name_last_name
FROM training_view AS records
LEFT JOIN emails ON records.email = emails.email
LEFT JOIN phones ON records.phone = phones.phone
LEFT JOIN birth_dates ON records.birth_date = birth_dates.birth_date
LEFT JOIN company_keys ON records.company_key = company_keys.company_key
LEFT JOIN postcodes ON records.postcode = postcodes.postcode
LEFT JOIN names ON records.first_name = names.first_name AND records.last_name = names.last_name
ORDER BY records.record_no
"""


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Sums and samples in one order: in parallel they differ in the last digits from run to run."""
    kept = connection.execute(
        "SELECT current_setting('threads'), current_setting('preserve_insertion_order')"
    ).fetchall()[0]
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute("SET threads = ?", [kept[0]])
        connection.execute("SET preserve_insertion_order = ?", [kept[1]])


def _filled(connection: duckdb.DuckDBPyConnection, records: str) -> dict[str, float]:
    """Share of the records that have each field."""
    relation = connection.table(records)
    columns = [comparison.column for comparison in COMPARISONS]
    counts = relation.aggregate(
        [duckdb.FunctionExpression("count", duckdb.ColumnExpression(column)) for column in columns]
    ).fetchall()[0]
    total = relation.count("*").fetchall()[0][0]
    return {column: number / total if total else 0.0 for column, number in zip(columns, counts, strict=True)}


def comparisons_taking_part(connection: duckdb.DuckDBPyConnection, training: Training) -> list[Comparison]:
    """The comparisons whose field enough of compared_records have."""
    filled = _filled(connection, "compared_records")
    return [comparison for comparison in comparisons(training) if filled[comparison.column] >= FILLED]


def to_train(
    connection: duckdb.DuckDBPyConnection, taking_part: Sequence[Comparison], training: Training
) -> dict[str, tuple[str, ...]]:
    """The blocking rules to train comparisons with on training_records, each with the fields that it asks to be equal.

    None where there is too little.
    """
    total = connection.table("training_records").count("*").fetchall()[0][0]
    fields = {comparison.column for comparison in taking_part}
    return _training_rules(connection, fields) if total >= training.min_records else {}


#: What was found of each level of a comparison, by its name: the share of pairs, None where no pair showed it.
Shares = dict[str, list[float | None]]


def train(
    connection: duckdb.DuckDBPyConnection,
    taking_part: Sequence[Comparison],
    rules: Mapping[str, tuple[str, ...]],
    training: Training,
    total: int,
) -> tuple[Shares, list[Shares]]:
    """Learns without labels: chance agreement from a sample of pairs, the rest by expectation maximisation.

    What one comparison agrees by chance says nothing about another, and the pairs of one rule nothing about those of
    another, so that they are learned beside each other, each on one thread.

    Args:
        connection: where training_records are.
        taking_part: the comparisons.
        rules: pairs to learn from, each with the fields in which they are equal.
        training: seed and sizes.
        total: records to learn from.

    Returns:
        u of all comparisons; of each rule the m of those that it can say something about.
    """
    with _one_thread(connection), ThreadPoolExecutor(TRAINED_AT_ONCE) as pool:

        def by_chance(part: Sequence[Comparison]) -> Shares:
            with _linker(connection, settings_of(part, 0.5, weigh_rare=False)) as linker:
                linker.training.estimate_u_using_random_sampling(max_pairs=training.max_pairs, seed=training.seed)
                return _shares(linker, "u_probability")

        chance = {name: shares for found in pool.map(by_chance, _parts(taking_part)) for name, shares in found.items()}
        begin = settings_of(taking_part, 1 / max(total, 2), weigh_rare=False)
        for comparison in begin["comparisons"]:
            shares = chance[comparison["output_column_name"]]
            for level, share in zip(comparison["comparison_levels"][1:], shares, strict=True):
                level["u_probability"] = U_RANGE[0] if share is None else share

        def of_rule(rule: str) -> Shares:
            with _linker(connection, begin) as linker:
                try:
                    session = linker.training.estimate_parameters_using_expectation_maximisation(
                        rule,
                        estimate_without_term_frequencies=True,
                        max_pairs=training.max_pairs / 4 if total > SAMPLED_FROM else None,
                    )
                except ValueError as error:  # pairs all alike: a level's share becomes smaller than a number can be
                    LOG.warning("nothing was learned from pairs with %s: %s", rule, error)
                    return {}
                learned = {comparison.output_column_name for comparison in session.core_model_settings.comparisons}
                if not SHARED_AT_WORK.isdisjoint(rules[rule]):
                    learned -= NAMES  # most pairs with a company in common are colleagues
                return {name: found for name, found in _shares(linker, "m_probability").items() if name in learned}

        return chance, list(pool.map(of_rule, rules))


def _parts(taking_part: Sequence[Comparison]) -> list[list[Comparison]]:
    """Comparisons in parts of about as many levels, as each is another question about every pair."""
    parts: list[list[Comparison]] = [[] for _ in range(min(TRAINED_AT_ONCE, len(taking_part)))]
    for comparison in sorted(taking_part, key=lambda one: -len(one.levels)):
        min(parts, key=lambda part: sum(len(one.levels) for one in part)).append(comparison)
    return parts


@contextmanager
def _linker(connection: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Iterator[Linker]:
    """A linker with a connection of its own."""
    from splink import DuckDBAPI, Linker

    with connection.cursor() as own:
        database = DuckDBAPI(own)
        yield Linker(database.register("training_records"), deepcopy(settings), log_level=None, validate_settings=False)
        database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


def _shares(linker: Linker, which: str) -> Shares:
    return {
        comparison["output_column_name"]: [level.get(which) for level in comparison["comparison_levels"][1:]]
        for comparison in linker.misc.save_model_to_json()["comparisons"]
    }


def fitted_model(connection: duckdb.DuckDBPyConnection, identity: Identity, kept: Kept) -> Model:
    """The model for a table of records.

    Args:
        connection: where the tables are: compared_records, to be matched, which say what fields are filled, and
            training_view, to learn from.
        identity: seed, sizes, priors and similarities of the ladders.
        kept: what was learned before; from the same records the same is learned.

    Returns:
        The model; with the stated priors when there are fewer records than policy asks for, and for each
        comparison about which training had nothing to say or something that cannot be.
    """
    training = identity.training
    taking_part = comparisons_taking_part(connection, training)
    content = content_of(connection, "training_view")
    total = int(content[0])
    start = 1 / max(total, 2)
    made_from = json.dumps(
        [
            version("splink"),
            duckdb.__version__,
            hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
            settings_of(taking_part, start, weigh_rare=False),
            training.model_dump(mode="json"),
            identity.blocking.max_records,
            content,
        ]
    )
    known = kept.text("model", made_from)
    if known is not None:
        return Model.read(known)
    make_training_records(connection, identity.blocking)
    model = _learned(connection, taking_part, training, total)
    connection.execute("DROP TABLE training_records")
    kept.keep_text("model", made_from, model.told())
    return model


def _learned(
    connection: duckdb.DuckDBPyConnection, taking_part: Sequence[Comparison], training: Training, total: int
) -> Model:
    """The model that training_records teach."""
    rules = to_train(connection, taking_part, training)
    names = tuple(comparison.name for comparison in taking_part)
    start = 1 / max(total, 2)
    if not rules:
        return Model(settings_of(taking_part, start, weigh_rare=total >= training.min_records), names, is_trained=False)
    logging.getLogger("splink").setLevel(logging.ERROR)  # it reports progress; what matters is in the model
    # rare values are weighed when pairs are; training does without, and without their joins
    chance, found = train(connection, taking_part, rules, training, total)
    settings = settings_of(taking_part, start, weigh_rare=True)
    for comparison, ladder in zip(settings["comparisons"], taking_part, strict=True):
        _take_over(comparison, ladder, chance[ladder.name], [one[ladder.name] for one in found if ladder.name in one])
    return Model(settings, names, is_trained=True)


def content_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The number of rows of a table and the sum of their hashes: equal for equal rows in any order."""
    relation = connection.table(table)
    hashed = duckdb.FunctionExpression("hash", *[duckdb.ColumnExpression(name) for name in relation.columns])
    counted = relation.select(hashed.cast("HUGEINT").alias("row_hash")).aggregate("count(*), sum(row_hash)")
    return [str(value) for value in counted.fetchall()[0]]


def _training_rules(connection: duckdb.DuckDBPyConnection, fields: set[str]) -> dict[str, tuple[str, ...]]:
    """Blocking rules for expectation maximisation: fields that enough records have and share.

    A rule says nothing about its own fields, so that one without any other field to learn about is none.
    """
    rules = {}
    relation = connection.table("training_records")
    total = relation.count("*").fetchall()[0][0]
    for names in (*((c.column,) for c in COMPARISONS if c.trained_on), ("first_name", "last_name")):
        if fields <= set(names):
            continue
        column = "training_" + "_".join(names)
        value = duckdb.ColumnExpression(column)
        groups = relation.filter(value.isnotnull()).aggregate(
            [value, duckdb.FunctionExpression("count", value).alias("group_size")], column
        )
        records, pairs = groups.aggregate("sum(group_size), sum(group_size * (group_size - 1)) / 2").fetchall()[0]
        if (records or 0) >= TRAINING_FILLED * total and (pairs or 0) >= TRAINING_PAIRS:
            # the field itself stands in the rule too, so that Splink does not train it on its own agreement
            rules[" AND ".join(_equal(name) for name in (column, *names))] = names
    return rules


def _equal(column: str) -> str:
    return str(duckdb.ColumnExpression("l", column) == duckdb.ColumnExpression("r", column))


def _take_over(
    comparison: dict[str, Any],
    ladder: Comparison,
    chance: Sequence[float | None],
    of_rules: Sequence[list[float | None]],
) -> None:
    """Replaces priors by what was learned, of several rules the median, unless the same then spoke against."""
    levels = comparison["comparison_levels"][1:]
    found = []
    for at, (old, stated) in enumerate(zip(levels, ladder.levels, strict=True)):
        shares = [share for shares in of_rules if (share := shares[at]) is not None]
        by_chance = chance[at]
        found.append(
            (
                _within(median(shares) if shares else old["m_probability"], M_RANGE),
                _within(max(old["u_probability"] if by_chance is None else by_chance, stated.least_u), U_RANGE),
            )
        )
    weights = [math.log2(m / u) for m, u in found]
    if weights[0] <= 0 or weights[-1] >= 0 or weights[0] <= weights[-1]:
        return
    for level, (m, u) in zip(levels, found, strict=True):
        level["m_probability"], level["u_probability"] = m, u


def _within(value: float, limits: tuple[float, float]) -> float:
    return round(min(max(value, limits[0]), limits[1]), DIGITS)
