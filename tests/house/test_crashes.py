"""Kill -9 at every named point and at random moments, on both warehouses: the next run makes it good.

Good means: the same content hashes, ids, journal, raw layer and receipts as a run that nobody disturbed, nothing
left over, and readers who see either what they had or all of the new, at every moment in between.

Each run of a chain is killed and the last one is compared. `make test` has the moments before and after the commit of
a publication, on SQLite; `make soak` all the points, a random moment, and PostgreSQL. `SLUICE_TEST_KILLS=10` kills ten
more runs of each warehouse at random moments and more at every point by itself, first runs and later ones, and
compares after each. `SLUICE_TEST_SEED` sets the moments.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.house.forked import ROOT, Forked
from tests.house.polling import answer, reading
from tests.house.small import FIRST, SECOND, House, World
from tests.house.test_erase import POINTS as POINTS_OF_ERASURES
from tests.house.test_erase import POINTS_OF_NAMES

# chains of runs, on a machine that may have other things to do
pytestmark = pytest.mark.timeout(1800)

KILLS = int(os.environ.get("SLUICE_TEST_KILLS", "1"))
SEED = int(os.environ.get("SLUICE_TEST_SEED", "20261122"))

#: In the order in which a run comes to them.
POINTS = [
    "landing.after_bytes",
    "landing.before_commit",
    "landing.after_commit",
    "landing.after_archive",
    "publish.after_stage",
    "journal.before_record",
    "publish.after_prepare",
    "publish.before_commit",
    "publish.after_commit",
    "publish.after_settle",
]
#: Those at which the warehouse is in another state than before; the others differ in files only.
POINTS_OF_THE_WAREHOUSE = [
    "publish.after_stage",
    "publish.before_commit",
    "publish.after_commit",
    "publish.after_settle",
]
AROUND_THE_COMMIT = ["publish.before_commit", "publish.after_commit"]
AFTER_THE_COMMIT = {"publish.after_commit", "publish.after_settle"}
RECEIVED = {"new": FIRST, "published": SECOND}
READ = ("leads", "lead_scores", "score_ledger", "opportunities", "funnel_stages")


@pytest.fixture(scope="module")
def postgres_world(
    forked: Forked, sqlite_world: World, postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The same world on PostgreSQL: the same homes, and a database copied from one that was published to."""
    folder, made = tmp_path_factory.mktemp("postgresql"), []
    template = f"house_{uuid.uuid4().hex[:8]}"

    def run(statement: str, *names: str) -> None:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def url(name: str) -> str:
        return postgres_server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")

    def copied(what: str) -> House:
        name = f"house_{uuid.uuid4().hex[:8]}"
        run("CREATE DATABASE {} TEMPLATE {}", name, template if what == "published" else "template0")
        made.append(name)
        home = sqlite_world.copied(what).home.rename(folder / name)
        (home / "warehouse.db").unlink(missing_ok=True)
        return House(home, url(name))

    run("CREATE DATABASE {}", template)
    made.append(template)
    house = House(sqlite_world.copied("new").home, url(template))
    ran = forked(*house.command(FIRST), "--quiet", **house.environment)
    assert ran.code == 0, ran.err
    yield World(copied, sqlite_world.undisturbed, sqlite_world.progress, folder)
    for name in made:
        run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])])
def world(request: pytest.FixtureRequest) -> World:
    return request.getfixturevalue("sqlite_world" if request.param == "sqlite" else "postgres_world")


def test_every_point_that_the_house_names_is_tried():
    rooms = ("sources", "assets", "quality", "serving", "pipelines")
    named = {
        name
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r'crashpoint\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert named == {*POINTS, *POINTS_OF_ERASURES, *POINTS_OF_NAMES}


@pytest.mark.parametrize(
    ("world", "points"),
    [
        pytest.param("sqlite", AROUND_THE_COMMIT, id="sqlite"),
        pytest.param("sqlite", POINTS, marks=pytest.mark.slow, id="sqlite everywhere"),
        pytest.param(
            "postgresql",
            POINTS if KILLS > 1 else POINTS_OF_THE_WAREHOUSE,
            marks=[pytest.mark.postgres, pytest.mark.slow],
            id="postgresql",
        ),
    ],
    indirect=["world"],
)
def test_a_run_killed_at_each_point_in_turn_is_made_good_while_readers_read(
    world: World, forked: Forked, points: list[str]
):
    house = world.copied("published")
    before = answer(house.url, *READ)
    with reading(house.url, *READ, every=0.1) as polled:
        for point in points:
            if point == "publish.after_stage":
                killed_at_random(house, "published", world, forked, random.Random(SEED))
                if len(house.publication_ids()) == 2:  # killed in its last moments, it has nothing left to do
                    house = world.copied("published")
            killed = forked(*house.command(), "--quiet", **house.environment, SLUICE_CRASHPOINT=point)
            assert killed.code == -signal.SIGKILL, f"{point}: {killed}"
            assert len(house.publication_ids()) == (2 if point in AFTER_THE_COMMIT else 1), point
        made_good(world, house, "published", forked)
    after = answer(house.url, *READ)
    assert polled.answers == [before, after]
    assert polled.polls > len(points)
    assert before != after


if KILLS > 1:

    @pytest.mark.parametrize("number", range(KILLS))
    def test_a_run_killed_at_a_random_moment_is_made_good_by_the_next(world: World, forked: Forked, number: int):
        what = ("published", "new")[number % 2]
        house = world.copied(what)
        killed_at_random(house, what, world, forked, random.Random(f"{SEED} {number}"))
        made_good(world, house, what, forked)
        shutil.rmtree(house.home)

    @pytest.mark.parametrize("point", POINTS)
    @pytest.mark.parametrize("what", ["new", "published"])
    def test_a_run_killed_at_one_point_is_made_good_by_the_next(world: World, forked: Forked, what: str, point: str):
        house = world.copied(what)
        killed = forked(*house.command(RECEIVED[what]), "--quiet", **house.environment, SLUICE_CRASHPOINT=point)
        assert killed.code == -signal.SIGKILL, killed
        made_good(world, house, what, forked)
        shutil.rmtree(house.home)


def killed_at_random(house: House, what: str, world: World, forked: Forked, chance: random.Random) -> None:
    """Kills a run where an undisturbed one is at a random moment.

    The moment is counted from the line of progress before it: how long a run takes is the machine's business.
    """
    *lines, (end, _) = world.progress[what]
    moment = chance.uniform(0, end)
    at, said = max((line for line in lines if line[0] <= moment), default=(0.0, ""))
    running = forked.start(*house.command(RECEIVED[what]), **house.environment)
    running.wait_until(said)
    time.sleep(moment - at)
    running.send(signal.SIGKILL)
    killed = running.wait()
    print(f"{what}: killed {moment - at:.2f} s after {said!r} (exit {killed.code}, {killed.step})")


def made_good(world: World, house: House, what: str, forked: Forked) -> None:
    """Runs again, and compares with what an undisturbed run leaves behind."""
    again = forked(*house.command(RECEIVED[what]), "--quiet", **house.environment)
    assert again.code == 0, again.err
    assert world.made(house) == world.undisturbed[what]
    for proof in ("balance", "identity", "ledger", "forecast", "receipts"):
        proven = forked("verify", proof, "--home", str(house.home), **house.environment)
        assert proven.code == 0, proven.out + proven.err
