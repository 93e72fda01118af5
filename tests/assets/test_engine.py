"""A query reads its tables as they are, however often they were read before."""

from pathlib import Path

import pandas as pd
import pytest

from assets.engine import Engine


@pytest.fixture
def engine(tmp_path: Path):
    made = Engine(tmp_path / "spill", threads=1)
    yield made
    made.close()


def test_a_table_that_was_replaced_is_opened_again(engine: Engine, tmp_path: Path):
    path, read = tmp_path / "leads.parquet", "SELECT sum(n) FROM leads"
    for numbers, total in (([1, 2], 3), ([4, 5, 6], 15)):
        pd.DataFrame({"n": numbers}).to_parquet(path)
        for _ in range(2):
            assert engine.query(read, {"leads": path}).fetchall() == [(total,)]


def test_one_name_is_whatever_it_was_given_last(engine: Engine, tmp_path: Path):
    first, second, read = tmp_path / "a.parquet", tmp_path / "b.parquet", "SELECT max(n) FROM leads"
    pd.DataFrame({"n": [1]}).to_parquet(first)
    pd.DataFrame({"n": [2]}).to_parquet(second)
    for source, found in ((first, 1), (second, 2), (engine.relation(first), 1), (second, 2), (first, 1)):
        assert engine.query(read, {"leads": source}).fetchall() == [(found,)]
