"""The raw rows of files that one feed reads, under the same columns in whatever order each file has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import reduce

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation

from assets.engine import Engine
from policy.feeds import Feed
from sources.mapping.day_orders import day_order_of
from sources.mapping.units import multiple_of
from sources.mapping.zones import zone_of
from sources.raw import RawFile
from sources.readers.reading import fold_header


def raw_rows(
    alike: Mapping[tuple[str, ...], Sequence[RawFile]], feed: Feed, engine: Engine
) -> tuple[list[str], DuckDBPyRelation]:
    """The raw rows of files, whatever the order of their columns.

    Args:
        alike: headers -> files that have them in this order.
        feed: headers that it maps are the same column in all files, however each file writes them.
        engine: where they are read.

    Returns:
        All headers, and line_no, problem, detail, c0..cN in their order (null where a file has no such column), with
        the file_id, reading and received_at of each row.
    """
    import pyarrow as pa

    nothing = ConstantExpression(None).cast("VARCHAR")
    mapped = {fold_header(header) for headers in (*feed.columns.values(), feed.key) for header in headers}
    spelled: dict[tuple[object, ...], str] = {}
    numbered = {headers: _numbered(headers, mapped, spelled) for headers in alike}
    known = list(dict.fromkeys(header for headers in numbered.values() for header in headers))
    parts = []
    for headers, files in alike.items():
        position = {header: at for at, header in enumerate(numbered[headers])}
        rows = engine.connection.read_parquet([str(file.rows_path) for file in files], filename=True)
        cells = [ColumnExpression(f"c{position[header]}") if header in position else nothing for header in known]
        parts.append(
            rows.select(
                *[ColumnExpression(name) for name in ("filename", "line_no", "problem", "detail")],
                *[value.alias(f"c{at}") for at, value in enumerate(cells)],
            )
        )
    told = [file for files in alike.values() for file in files]
    facts = pa.table(
        {
            "filename": [str(file.rows_path) for file in told],
            "file_id": [file.file_id for file in told],
            "reading": [file.reading for file in told],
            "received_at": pa.array([file.received_at.replace(tzinfo=None) for file in told], pa.timestamp("us")),
        }
    )
    rows = reduce(DuckDBPyRelation.union, parts)
    return [header for header, _ in known], rows.join(engine.connection.from_arrow(facts), "filename")


def _numbered(
    headers: Sequence[str], mapped: Set[str], spelled: dict[tuple[object, ...], str]
) -> list[tuple[str, int]]:
    """Headers with how often each stood before, since a file may repeat them.

    Those that the feed maps and that say the same of their values are one, as the first file spells them: folded they
    would say less, since ET is a zone in capitals only, and the words of Eastern Time would run together.
    """
    seen: Counter[str] = Counter()
    numbered = []
    for header in headers:
        name = header
        if (folded := fold_header(header)) in mapped:
            said = (folded, zone_of(header), day_order_of(header), multiple_of(header))
            name = spelled.setdefault(said, header)
        numbered.append((name, seen[name]))
        seen[name] += 1
    return numbered
