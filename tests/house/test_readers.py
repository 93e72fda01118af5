"""Readers never see tables of two runs, and never wait for a publication: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.house.polling import answer, reading
from tests.serving.publishing import World, account, lead

READ = ("leads", "accounts", "funnel_stages")

#: No reader queues behind a publication. How long an answer takes is the machine's business, but not as long as this.
STUCK_SECONDS = 60.0


@pytest.fixture
def world(tmp_path: Path, warehouse_url: str) -> World:
    return World(tmp_path, warehouse_url)


def settle(world: World, run: int) -> None:
    """The tables of a run: every row says which, and their number is another one each time."""
    world.run_id = f"run-{run}"
    world.rows = {
        "accounts": [account(number, f"{run}.25") for number in range(1, 4 + run % 3)],
        "leads": [lead(number, full_name=f"of run {run}") for number in range(200 + 7 * run)],
        "funnel_stages": [{"segment": "all", "entered": run}, {"segment": f"run-{run}", "entered": run}],
    }


def test_a_reader_at_every_statement_of_a_publication_sees_what_was_there_before(world: World) -> None:
    settle(world, 1)
    world.publish()
    before = answer(world.url, *READ)
    seen: list[tuple[str, dict[str, Any]]] = []
    warehouse = world.open()

    @sa.event.listens_for(warehouse.engine, "before_cursor_execute")
    def read(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append((statement, answer(world.url, *READ)))

    @sa.event.listens_for(warehouse.engine, "commit")
    def read_before_the_commit(_: object) -> None:
        seen.append(("COMMIT", answer(world.url, *READ)))

    settle(world, 2)
    world.publish(warehouse)
    warehouse.close()
    after = answer(world.url, *READ)
    writes = [
        at for at, (said, _) in enumerate(seen) if said.startswith(("INSERT", "UPDATE", "DELETE")) and "stage" in said
    ]
    assert all(any(name in seen[at][0] for at in writes) for name in READ)
    committed = next(at for at in range(writes[-1], len(seen)) if seen[at][0] == "COMMIT")
    assert [answers for _, answers in seen[: committed + 1]] == [before] * (committed + 1)
    assert [answers for _, answers in seen[committed + 1 :]] == [after] * (len(seen) - committed - 1)
    assert all(before[name] != after[name] for name in (*READ, "publications"))


def test_a_reader_who_polls_through_many_publications_never_sees_two_runs_at_once(
    tmp_path: Path, polled_url: str
) -> None:
    world = World(tmp_path, polled_url)
    runs = 12
    settle(world, 0)
    world.publish()
    published = [answer(world.url, *READ)]
    with reading(world.url, *READ) as polled:
        for run in range(1, runs):
            settle(world, run)
            world.publish()
            published.append(answer(world.url, *READ))
    assert len({repr(answers) for answers in published}) == runs
    order = [published.index(seen) for seen in polled.answers]
    assert order == sorted(order), "a reader was taken back to an earlier run"
    assert len(order) >= runs // 2, "the reader was too slow to see anything"
    assert order[-1] == runs - 1
    assert polled.longest < STUCK_SECONDS, "a reader had to wait for a publication"


def test_a_reader_before_the_first_publication_sees_none_then_all_of_it(world: World) -> None:
    world.open().close()
    before = answer(world.url, *READ)
    assert before["publications"] == []
    with reading(world.url, *READ) as polled:
        settle(world, 1)
        world.publish()
        after = answer(world.url, *READ)
    *earlier, last = polled.answers
    assert last == after
    assert all(answers["publications"] == [] for answers in earlier)
    assert all(rows == 0 for answers in earlier for rows, _ in map(answers.get, answers.keys() & set(READ)))
    assert after["leads"][0] == 207
