"""Who stands for the records of a file that no longer counts, as far as what is published can tell."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa

from policy.model import Policy
from serving.published import opened
from sources.admission import CUT_SHORT, REPLACED, cut_files
from sources.feed_files import files_of_feeds
from sources.raw import raw_dir_of
from sources.retractions import keep_heirs, kept_heirs


def heirs_of(home: Path, file_id: str, sources: Collection[str] | None = None) -> dict[str, str | None]:
    """Each published record of a file, or of it as some sources have it -> the first other record of its lead."""
    with opened(home) as warehouse, warehouse.reading() as connection:
        records, identities = (warehouse.schema.tables[name] for name in ("lead_records", "lead_identities"))
        if not sa.inspect(connection).has_table(records.name, schema=records.schema):
            return {}  # nothing was published yet: no id to keep
        joined = sa.join(records, identities, records.c.record_id == identities.c.record_id)
        is_its = records.c.file_id == file_id
        if sources is not None:
            is_its &= records.c.source_name.in_(sorted(sources))
        touched = sa.select(identities.c.lead_id).select_from(joined).where(is_its)
        order = [records.c[name] for name in ("received_at", "known_at", "content_hash", "record_id")]
        query = (
            sa.select(identities.c.lead_id, records.c.record_id, is_its.label("is_its"))
            .select_from(joined)
            .where(identities.c.lead_id.in_(touched))
            .order_by(*order)
        )
        rows = connection.execute(query).all()
    first: dict[str, str] = {}
    for lead_id, record_id, is_gone in rows:
        if not is_gone:
            first.setdefault(lead_id, record_id)
    return {record_id: first.get(lead_id) for lead_id, record_id, is_gone in rows if is_gone}


def keep_heirs_of_replaced(home: Path, policy: Policy) -> None:
    """Journals the heirs of files whose place a newer version took, while readers still have their records.

    Args:
        home: the deployment; the caller holds it.
        policy: says which versions take the place of others.
    """
    raw_dir = raw_dir_of(home)
    if all(feed.new_version != "replace" for feed in policy.feeds) and not cut_files(raw_dir):
        return
    replaced = {
        file.raw_file.file_id
        for file in files_of_feeds(raw_dir, policy.feeds)
        if file.raw_file.refused and file.raw_file.refused["code"] in {CUT_SHORT, REPLACED}
    }
    for file_id in sorted(replaced - kept_heirs(raw_dir)):
        keep_heirs(raw_dir, file_id, heirs_of(home, file_id))
