"""A table of few rows whose columns keep their types, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

#: Types of columns: an empty table keeps them.
TYPES = {"text": pa.string(), "integer": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}

Rows = Iterable[Mapping[str, Any]]


def table(rows: Rows, **types: str) -> pa.Table:
    """A table with exactly these columns and types."""
    listed = list(rows)
    return pa.table({name: pa.array([row[name] for row in listed], TYPES[type_]) for name, type_ in types.items()})
