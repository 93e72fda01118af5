"""Which links between records are refused, because they would glue strangers.

What hangs together by links may still contradict itself: a chain of weak links, two registry codes, two dates of
birth. Such groups are built again link by link, the strongest first (Kruskal 1956), and a link is refused where the
two groups it would join contradict each other. Groups without trouble, which are nearly all, are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt

from assets.identity.clusters import arrow_table, components
from assets.identity.comparisons import COMPARISONS
from policy.identity import Contradiction, Identity

Numbers = npt.NDArray[np.int64]

#: Why a link was refused, where no field says it.
BY_DECISION, BY_GROUP, BY_SIZE = "decision", "group", "size"
#: Beyond this no evidence counts for or against two groups: one in a thousand is wrong.
MOST_BITS = 9.97
#: Pairs between two groups must on average speak for them, in bits. It is measured where both groups have some records:
#: a single record that resembles one writing of a person more than the others is as often the person as not.
LEAST_BITS = 0.0
LEAST_RECORDS = 2
#: Where an organisation is: number of the house, first long word of the street and postcode, as far as they are told.
HOUSE = "house"
STATED_HOUSE = (
    "nullif(regexp_extract(address, '[0-9]+'), '')"
    " || '|' || regexp_extract(address, '[^0-9 ]{4,}') || '|' || coalesce(postcode, '')"
)
#: Fields that the model has weighed when it judged a pair.
WEIGHED_FIELDS = frozenset({HOUSE, *(comparison.name for comparison in COMPARISONS)})


@dataclass(frozen=True)
class Link:
    """A link that joins two records, unless it is refused.

    Attributes:
        left, right: the records.
        is_firm: by a rule or a decision; weak evidence between two groups says nothing against it.
        heeds: fields whose contradiction refuses it, however it was judged.
        weighed: fields whose contradiction refuses it unless the two records were judged in spite of it.
    """

    left: int
    right: int
    is_firm: bool
    heeds: frozenset[str] = frozenset()
    weighed: frozenset[str] = frozenset()


@dataclass
class _Group:
    """What is known of the records joined so far.

    Attributes:
        records: how many there are.
        values: by field, the different values of its records.
        weighed: by the root of another group, how many pairs between the two were weighed, the sum of their weights
            in bits, and how many of them are links.
        apart: roots of groups that a person told apart from this one.
    """

    records: int = 1
    values: dict[str, set[str]] = field(default_factory=dict)
    weighed: dict[int, tuple[int, float, int]] = field(default_factory=dict)
    apart: set[int] = field(default_factory=set)


class Groups:
    """Groups of records that grow link by link."""

    def __init__(
        self,
        weighed: Sequence[tuple[int, int, float, bool]],
        values: Mapping[str, Mapping[int, str]],
        apart: Sequence[tuple[int, int]],
        contradictions: Mapping[str, int],
        *,
        most: int,
        links: int = 3,
    ) -> None:
        """Every record is a group of its own.

        Args:
            weighed: pairs, their weight in bits, and whether they are links.
            values: by field and record, its value.
            apart: pairs that a person told apart.
            contradictions: by field, in how many characters two values must differ to contradict each other.
            most: records of a group from which on a single link is not enough.
            links: so many are, or one for each record of the smaller side.
        """
        self.of: dict[int, int] = {}
        self.groups: dict[int, _Group] = {}
        self.values = values
        self.contradictions = contradictions
        self.most = most
        self.links = links
        for name, by_record in values.items():
            for record, value in by_record.items():
                self._at(record).values[name] = {value}
        for left, right, weight, is_link in weighed:
            told = (1, min(max(weight, -MOST_BITS), MOST_BITS), int(is_link))
            for one, other in ((left, right), (right, left)):
                self._at(one).weighed[other] = told
        for left, right in apart:
            self._at(left).apart.add(right)
            self._at(right).apart.add(left)

    def _at(self, record: int) -> _Group:
        self.of.setdefault(record, record)
        return self.groups.setdefault(record, _Group())

    def root(self, record: int) -> int:
        """The record that stands for a record's group."""
        self._at(record)
        while self.of[record] != record:
            self.of[record] = self.of[self.of[record]]
            record = self.of[record]
        return record

    def refusal(self, link: Link) -> str | None:
        """Why a link must not join the groups of its records; None where it may."""
        one, other = self.root(link.left), self.root(link.right)
        if one == other:
            return None
        left, right = self.groups[one], self.groups[other]
        if other in left.apart:
            return BY_DECISION
        for name in sorted(link.heeds | link.weighed):
            if not self._contradict(name, left.values.get(name), right.values.get(name)):
                continue
            if name in link.heeds or not self._contradict(
                name, self._value(name, link.left), self._value(name, link.right)
            ):
                return name
        if link.is_firm:
            return None
        pairs, weight, links = left.weighed.get(other, (0, 0.0, 0))
        smaller = min(left.records, right.records)
        if smaller >= LEAST_RECORDS and weight < LEAST_BITS * pairs:
            return BY_GROUP
        if left.records + right.records > self.most and links < min(smaller, self.links):
            return BY_SIZE
        return None

    def join(self, link: Link) -> None:
        """Makes one group of the groups of a link's records; the smaller moves into the larger."""
        one, other = self.root(link.left), self.root(link.right)
        if one == other:
            return
        if len(self.groups[one].weighed) < len(self.groups[other].weighed):
            one, other = other, one
        into, gone = self.groups[one], self.groups.pop(other)
        self.of[other] = one
        into.records += gone.records
        for name, values in gone.values.items():
            into.values.setdefault(name, set()).update(values)
        into.weighed.pop(other, None)
        for third, (pairs, weight, links) in gone.weighed.items():
            if third == one:
                continue
            known = into.weighed.get(third, (0, 0.0, 0))
            told = (known[0] + pairs, known[1] + weight, known[2] + links)
            into.weighed[third] = told
            back = self.groups[third].weighed
            del back[other]
            back[one] = told
        for third in gone.apart:
            self.groups[third].apart.discard(other)
            self.groups[third].apart.add(one)
        into.apart |= gone.apart

    def _value(self, name: str, record: int) -> set[str] | None:
        value = self.values[name].get(record)
        return None if value is None else {value}

    def _contradict(self, name: str, left: set[str] | None, right: set[str] | None) -> bool:
        if not left or not right or not left.isdisjoint(right):
            return False
        apart = self.contradictions[name]
        if name == HOUSE:
            return all(are_two_houses(one, other) for one in left for other in right)
        return all(characters_apart(one, other) >= apart for one in left for other in right)


def are_two_houses(left: str, right: str) -> bool:
    """Whether two houses differ in their number and in street or postcode; one alone may be a slip of the pen.

    >>> are_two_houses("12|main|", "14|oak|60603"), are_two_houses("12|main|60603", "21|main|60603")
    (True, False)
    """
    number, *place = left.split("|")
    other_number, *other_place = right.split("|")
    differs = any(one and other and one != other for one, other in zip(place, other_place, strict=True))
    return number != other_number and differs


def characters_apart(left: str, right: str) -> int:
    """In how many places two texts differ; parts of a date in another order are no difference.

    >>> characters_apart("1985-03-30", "1985-08-30"), characters_apart("1985-03-12", "1985-12-03")
    (1, 0)
    """
    if sorted(left.split("-")) == sorted(right.split("-")):
        return 0
    return sum(one != other for one, other in zip(left, right, strict=False)) + abs(len(left) - len(right))


def refusals(links: Sequence[Link], groups: Groups) -> dict[int, str]:
    """Joins records link by link.

    Args:
        links: the strongest first.
        groups: the records before any is joined; what they have become afterwards.

    Returns:
        By place in `links`, why a link was refused. A link whose records came together otherwise is not.
    """
    refused: dict[int, str] = {}
    for place, link in enumerate(links):
        why = groups.refusal(link)
        if why is None:
            groups.join(link)
        else:
            refused[place] = why
    return {
        place: why
        for place, why in refused.items()
        if groups.root(links[place].left) != groups.root(links[place].right)
    }


#: Links are taken by the ladder, then by weight, then in the order in which their records arrived.
LINKS = """
SELECT
    pairs.record_no_l AS l,
    pairs.record_no_r AS r,
    coalesce(pairs.rule_no, 1000000) AS rule_no,
    coalesce(
        one.email <> other.email
        AND right(one.birth_date, 5) <> right(other.birth_date, 5)
        AND abs(CAST(one.birth_year AS INTEGER) - CAST(other.birth_year AS INTEGER)) BETWEEN $youngest AND $oldest,
        false
    ) AS is_a_generation_apart
FROM judged_pairs AS pairs
JOIN troubled_records ON pairs.record_no_l = troubled_records.record_no
JOIN compared_records AS one ON pairs.record_no_l = one.record_no
JOIN compared_records AS other ON pairs.record_no_r = other.record_no
WHERE pairs.decision = 'same'
ORDER BY rule_no, pairs.model_weight DESC, l, r
"""

WEIGHED = """
SELECT
    summed.record_no_l AS l,
    summed.record_no_r AS r,
    CASE
        WHEN judged.rule_no IS NOT NULL AND judged.decision = 'same' THEN $most_bits
        ELSE summed.evidence_weight + $prior
    END AS weight,
    coalesce(judged.decision = 'same', false) AS is_link
FROM summed_weights AS summed
JOIN component_records AS l ON summed.record_no_l = l.record_no
JOIN component_records AS r ON summed.record_no_r = r.record_no AND l.component = r.component
LEFT JOIN judged_pairs AS judged
    ON summed.record_no_l = judged.record_no_l AND summed.record_no_r = judged.record_no_r
"""

APART = """
SELECT pairs.record_no_l AS l, pairs.record_no_r AS r
FROM judged_pairs AS pairs
JOIN component_records AS l ON pairs.record_no_l = l.record_no
JOIN component_records AS r ON pairs.record_no_r = r.record_no AND l.component = r.component
WHERE pairs.decision = 'different'
"""

DROPPED = (
    "DROP TABLE inner_weights",
    "DROP TABLE inner_apart",
    "DROP TABLE component_records",
    "DROP TABLE IF EXISTS troubled_records",
)


def refuse_links(connection: duckdb.DuckDBPyConnection, policy: Identity, count: int, prior: float) -> None:
    """Makes refused_pairs: record_no_l, record_no_r, reason.

    Reads judged_pairs, summed_weights and compared_records.

    Args:
        connection: where they are.
        policy: rules, contradictions and the size from which on a group is looked at.
        count: of the records.
        prior: bits of a pair of which nothing is known.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE refused_pairs (record_no_l BIGINT, record_no_r BIGINT, reason VARCHAR)"
    )
    pairs = connection.execute(
        "SELECT record_no_l - 1 AS l, record_no_r - 1 AS r FROM judged_pairs WHERE decision = 'same'"
    ).fetchnumpy()
    first = components(count, np.asarray(pairs["l"], dtype=np.int64), np.asarray(pairs["r"], dtype=np.int64))
    sizes = np.bincount(first, minlength=max(count, 1))
    together = np.flatnonzero(sizes[first] > 1) if count else first
    connection.register("component_view", arrow_table(record_no=together + 1, component=first[together]))
    connection.execute("CREATE OR REPLACE TEMP TABLE component_records AS SELECT * FROM component_view")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE inner_weights AS " + WEIGHED, {"most_bits": MOST_BITS, "prior": prior}
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE inner_apart AS " + APART)
    troubled = [np.flatnonzero(sizes > policy.max_records_per_lead)]
    for query, given in (
        (
            "SELECT DISTINCT component FROM inner_weights JOIN component_records ON l = record_no WHERE weight < ?",
            [LEAST_BITS],
        ),
        ("SELECT DISTINCT component FROM inner_apart JOIN component_records ON l = record_no", []),
    ):
        troubled.append(np.asarray(connection.execute(query, given).fetchnumpy()["component"], dtype=np.int64))
    values: dict[str, dict[int, str]] = {}
    for contradiction in policy.contradictions:
        stated = _stated(connection, contradiction)
        stated.create_view("stated_values", replace=True)
        found = connection.execute(
            "SELECT component FROM stated_values GROUP BY component HAVING count(DISTINCT value) > 1"
        ).fetchnumpy()
        troubled.append(np.asarray(found["component"], dtype=np.int64))
    chosen = np.unique(np.concatenate(troubled))
    if len(chosen):
        connection.register("troubled_components", arrow_table(component=chosen))
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE troubled_records AS "
            "SELECT * FROM component_records SEMI JOIN troubled_components USING (component)"
        )
        for contradiction in policy.contradictions:
            stated = _stated(connection, contradiction)
            stated.create_view("stated_values", replace=True)
            values[contradiction.field] = dict(
                connection.execute(
                    "SELECT record_no, value FROM stated_values SEMI JOIN troubled_components USING (component)"
                ).fetchall()
            )
        _refuse(connection, policy, values)
    for statement in DROPPED:
        connection.execute(statement)


def _stated(connection: duckdb.DuckDBPyConnection, contradiction: Contradiction) -> duckdb.DuckDBPyRelation:
    """component, record_no and value of the records that state a field."""
    if contradiction.field == HOUSE:
        value: duckdb.Expression = duckdb.SQLExpression(STATED_HOUSE)
    else:
        value = duckdb.ColumnExpression(contradiction.field)
    records = connection.table("compared_records").filter(value.isnotnull())
    if contradiction.of != "anyone":
        records = records.filter(duckdb.ColumnExpression("record_kind") == duckdb.ConstantExpression(contradiction.of))
    return records.select(duckdb.ColumnExpression("record_no"), value.cast("VARCHAR").alias("value")).join(
        connection.table("component_records"), "record_no"
    )


def _refuse(connection: duckdb.DuckDBPyConnection, policy: Identity, values: dict[str, dict[int, str]]) -> None:
    """Fills refused_pairs from the groups in trouble."""
    weighed = connection.execute(
        "SELECT l, r, weight, is_link FROM inner_weights SEMI JOIN troubled_records ON l = record_no ORDER BY l, r"
    ).fetchall()
    apart = connection.execute("SELECT l, r FROM inner_apart ORDER BY l, r").fetchall()
    youngest, oldest = policy.generation_years
    found = connection.execute(LINKS, {"youngest": youngest, "oldest": oldest}).fetchall()
    kinds = {told: _of_rule(policy, *told) for told in sorted({row[2:] for row in found})}
    links = [Link(row[0], row[1], *kinds[row[2:]]) for row in found]
    groups = Groups(
        weighed, values, apart, {entry.field: entry.apart for entry in policy.contradictions},
        most=policy.max_records_per_lead, links=policy.links_of_large_groups,
    )  # fmt: skip
    refused = sorted(refusals(links, groups).items())
    if refused:
        import pyarrow as pa

        told = pa.table(
            {
                "l": [links[place].left for place, _ in refused],
                "r": [links[place].right for place, _ in refused],
                "reason": [why for _, why in refused],
            }
        )
        connection.register("refused_view", told)
        connection.execute("INSERT INTO refused_pairs SELECT l, r, reason FROM refused_view")


def _of_rule(policy: Identity, number: int, is_a_generation_apart: bool) -> tuple[bool, frozenset[str], frozenset[str]]:
    """Of links by one rule, or by the model: is_firm, heeds, weighed.

    A slip in a date of birth is weighed; a generation and a mailbox of one's own tell father and son apart.
    """
    every = frozenset(entry.field for entry in policy.contradictions)
    if number < 0:  # a person's decision
        return True, frozenset(), frozenset()
    if number >= len(policy.rules):
        weighed = frozenset() if is_a_generation_apart else every & WEIGHED_FIELDS
        return False, every - weighed, weighed
    rule = policy.rules[number]
    if "source_key" in rule.same:
        return True, frozenset(), frozenset()
    strong = {entry.field for entry in policy.contradictions if entry.outranks == "rules"}
    differing = {*rule.unless_differ} | ({HOUSE} if {"address", "postcode"} <= {*rule.unless_differ} else set())
    return True, frozenset(strong | (every & differing)), frozenset()
