"""The original text of records without the values of columns that are kept nowhere else, such as a shared secret.

Where a name stands beside each value it is found by its name, also in a record that could not be read. In a table it
is found by the value that was read: a record of a table that could not be read has no columns to find it by.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote_plus

import pyarrow.parquet as pq

from sources.raw import RawFile
from sources.readers.reading import fold_header

_JSON_VALUE = r'("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)'


def blanked_texts(raw_file: RawFile, texts: Mapping[int, str], names: Collection[str]) -> dict[int, str]:
    """Texts of records with the values of some columns left empty.

    Args:
        raw_file: where they are from.
        texts: by line_no, as :func:`sources.original_text.record_texts` gives them.
        names: headers of the columns.

    Returns:
        The same, by line_no.
    """
    if not names or not texts:
        return dict(texts)
    kind = raw_file.dialect.get("kind")
    folded = {fold_header(name) for name in names}
    called = {*names, *(header for header in raw_file.headers if fold_header(header) in folded)}
    if kind == "delimited":
        return _blanked_cells(raw_file, texts, folded)
    pattern = _of_a_post(called) if kind == "form" else _of_an_object(called)
    empty = r"\1" if kind == "form" else r'\1""'
    return {line_no: pattern.sub(empty, text) for line_no, text in texts.items()}


def _of_an_object(names: Collection[str]) -> re.Pattern[str]:
    keys = "|".join(sorted({re.escape(key) for name in names for key in (name, name.rsplit(".", 1)[-1])}))
    return re.compile(rf'("(?:{keys})"\s*:\s*){_JSON_VALUE}', re.IGNORECASE)


def _of_a_post(names: Collection[str]) -> re.Pattern[str]:
    keys = "|".join(sorted({re.escape(key) for name in names for key in (name, quote_plus(name))}))
    return re.compile(rf"((?:^|&)(?:{keys})=)[^&\s]*", re.IGNORECASE)


def _blanked_cells(raw_file: RawFile, texts: Mapping[int, str], folded: Collection[str]) -> dict[int, str]:
    places = [at for at, header in enumerate(raw_file.headers) if fold_header(header) in folded]
    columns = [f"c{at}" for at in places]
    rows = pq.read_table(
        raw_file.rows_path, columns=["line_no", *columns], filters=[("line_no", "in", sorted(texts))]
    ).to_pylist()
    blanked = dict(texts)
    quote = raw_file.dialect.get("quote") or '"'
    ends = rf"{re.escape(raw_file.dialect['delimiter'])}|{re.escape(quote)}|\s"
    for row in rows:
        for value in filter(None, (row[column] for column in columns)):
            cell = re.compile(rf"(^|{ends}){re.escape(value.replace(quote, quote * 2))}(?=$|{ends})")
            blanked[row["line_no"]] = cell.sub(r"\1", blanked[row["line_no"]])
    return blanked
