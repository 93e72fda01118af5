"""What sources said beyond the known columns, merged for each lead."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
from duckdb import DuckDBPyRelation

from assets.scope import Scope

#: Leads whose records say different things; all others keep what they have.
SEVERAL = """
SELECT identities.lead_id, records.attributes
FROM lead_records AS records
JOIN lead_identities AS identities ON records.record_id = identities.record_id
WHERE records.attributes <> '{}'
QUALIFY
    min(records.attributes) OVER (PARTITION BY identities.lead_id)
    <> max(records.attributes) OVER (PARTITION BY identities.lead_id)
ORDER BY
    identities.lead_id, records.known_at, records.submitted_at NULLS FIRST, records.received_at,
    records.content_hash, records.record_id
"""

ALL = """
SELECT single.lead_id, coalesce(merged_attributes.attributes, single.attributes) AS attributes
FROM (
    SELECT identities.lead_id, coalesce(max(nullif(records.attributes, '{}')), '{}') AS attributes
    FROM lead_records AS records
    JOIN lead_identities AS identities ON records.record_id = identities.record_id
    GROUP BY identities.lead_id
) AS single
LEFT JOIN merged_attributes ON single.lead_id = merged_attributes.lead_id
"""


def merged(texts: list[str]) -> str:
    """JSON objects, oldest first, as one: the newest filled value of each key wins; keys are sorted."""
    together: dict[str, Any] = {}
    for text in texts:
        together.update({key: value for key, value in orjson.loads(text).items() if value is not None and value != ""})
    return orjson.dumps(together, option=orjson.OPT_SORT_KEYS).decode()


def lead_attributes(
    lead_records: DuckDBPyRelation, lead_identities: DuckDBPyRelation, scope: Scope
) -> DuckDBPyRelation:
    """Each lead's attributes: the newest filled value of every key that any of its records has.

    Args:
        lead_records: record_id, attributes, and the columns that order records.
        lead_identities: record_id, lead_id.
        scope: for the engine.

    Returns:
        lead_id, attributes (JSON).
    """
    engine = scope.engine
    given = {"lead_records": lead_records, "lead_identities": lead_identities}
    leads: list[str] = []
    attributes: list[str] = []
    group: list[str] = []
    lead: str | None = None
    for batch in engine.query(SEVERAL, given).to_arrow_reader(100_000):
        for lead_id, text in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
            if lead_id != lead and lead is not None:
                leads.append(lead)
                attributes.append(merged(group))
                group = []
            lead = lead_id
            group.append(text)
    if lead is not None:
        leads.append(lead)
        attributes.append(merged(group))
    table = pa.table({"lead_id": pa.array(leads, pa.string()), "attributes": pa.array(attributes, pa.string())})
    engine.connection.register("merged_attributes", table)
    return engine.query(ALL, given)
