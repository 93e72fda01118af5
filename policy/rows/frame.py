"""A frame of few rows whose columns keep their types, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

#: Types of columns: an empty table keeps them, and a missing number stays null.
TYPES = {"text": "string", "integer": "Int64", "double": "Float64", "boolean": "boolean"}

Rows = Iterable[Mapping[str, Any]]


def frame(rows: Rows, **types: str) -> pd.DataFrame:
    """A frame with exactly these columns and types."""
    listed = list(rows)
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in listed], dtype=TYPES[type_]) for name, type_ in types.items()}
    )
