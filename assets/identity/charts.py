"""Splink's own charts of the model, for who wants to see what each comparison is worth."""

from __future__ import annotations

from typing import Any

import pandas as pd

from assets.identity.model import model_of
from assets.scope import Scope
from sources.durable import write_bytes

#: Charts by their method of Splink's linker.
CHARTS = ("match_weights_chart", "m_u_parameters_chart")


def model_charts(scope: Scope, match_model: pd.DataFrame) -> dict[str, Any]:
    """The charts as pages that need no network, in `out/identity_model/`, and as Vega-Lite.

    Args:
        scope: home and policy.
        match_model: as :func:`assets.identity.training.match_model` returns it.

    Returns:
        Metadata for who looks at the table; nothing where the model was not trained.
    """
    if match_model.empty or not match_model["is_trained"].any():
        return {}
    import duckdb
    from splink import DuckDBAPI, Linker

    model = model_of(match_model, scope.policy.identity.training)
    connection = duckdb.connect()
    try:
        database = DuckDBAPI(connection)
        # charts are made of the settings; a linker will not be made without a table
        columns = sorted({found["output_column_name"] for found in model.settings["comparisons"]})
        nobody = pd.DataFrame(columns=["record_no", *columns], dtype="string")
        linker = Linker(database.register(nobody), dict(model.settings), log_level=None, validate_settings=False)
        metadata: dict[str, Any] = {}
        for name in CHARTS:
            chart = getattr(linker.visualisations, name)()
            path = scope.home / "out" / "identity_model" / f"{name}.html"
            write_bytes(path, chart.to_html(inline=True).encode())
            metadata[name] = chart.chart_dict
            metadata[f"{name}_page"] = str(path.relative_to(scope.home))
        return metadata
    finally:
        connection.close()
