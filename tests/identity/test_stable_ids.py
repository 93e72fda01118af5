"""A lead's id depends on what its records say and when they came, never on where they stand."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as examples
from hypothesis import strategies as st

from assets.engine import Engine
from tests.identity.conftest import Bench, record
from tests.literal import policy_with

PEOPLE = ("Ada Lovelace", "Mary Shelley", "Lovelace, Ada", "Grace Hopper", None)
MAILS = ("ada@engines.example", "mary@novels.example", "info@engines.example", None)
PHONES = ("+14155550100", "+14155550101", None)
DRAWN = st.tuples(*(st.sampled_from(values) for values in (PEOPLE, MAILS, PHONES, range(1, 6))))


@pytest.fixture(scope="module")
def house() -> Iterator[Bench]:
    """A bench that decides by rules alone: the model needs more records than a property draws."""
    with TemporaryDirectory() as folder:
        engine = Engine(Path(folder), "1GB", 1)
        yield Bench(engine, policy_with(identity={"use_model": False}))
        engine.close()


def arrived(drawn: list[tuple[str | None, str | None, str | None, int]], seed: int) -> list[dict[str, object]]:
    """The records in an order and under file names and line numbers that the seed says."""
    rows = [
        record(f"r{n:02d}", full_name=name, email=mail, phone=phone, day=day)
        for n, (name, mail, phone, day) in enumerate(drawn)
    ]
    chance = random.Random(seed)
    chance.shuffle(rows)
    return [{**row, "file_id": f"f{chance.randrange(3)}", "line_no": n + 2} for n, row in enumerate(rows)]


@pytest.mark.slow
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@examples(drawn=st.lists(DRAWN, min_size=4, max_size=12), seed=st.integers(1, 1000))
def test_the_order_of_rows_and_files_changes_no_id(house: Bench, drawn: list, seed: int) -> None:
    leads = house.leads(arrived(drawn, 0))
    assert house.leads(arrived(drawn, seed)) == leads
    came = {f"r{n:02d}": (day, f"r{n:02d}") for n, (_, _, _, day) in enumerate(drawn)}
    assert [group[0] for group in leads] == [min(group, key=came.__getitem__) for group in leads]
