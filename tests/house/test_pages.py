"""What people look at, in a real browser: the report of a run, on a desk and on a phone, and Dagster's own pages."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.scoring import tables as scoring
from quality.tables import QUALITY_RESULTS
from serving.report_texts import amount, count, percent, text

ROOT = Path(__file__).parents[2]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
DESK, PHONE = 1280, 390

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The machine's own Chromium."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """A page that is looked at, with what it asked for and what it complained of.

    Attributes:
        page: Playwright's page.
        requests: every address asked for.
        errors: errors on the console and in scripts.
    """

    def __init__(self, browser: Any, width: int) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(180_000)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def rows(self, section: str) -> list[list[str]]:
        """The cells of every row of the tables of a section, in order."""
        rows = self.page.locator(f"section[aria-labelledby={section}] tbody tr").all()
        return [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()] for row in rows]


def asked(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse."""
    with sqlite3.connect(home / "warehouse.db") as connection:
        return connection.execute(query).fetchall()


# --- the report ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_report_fits_its_window_asks_nobody_and_complains_of_nothing(ran, browser, width: int):
    report = (ran[0] / "out" / "report" / "index.html").as_uri()
    visit = Visit(browser, width)
    visit.page.goto(report)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    outside = visit.page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && !e.closest('.hide')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"
    )
    assert outside == []
    assert visit.requests == [report]
    assert visit.errors == []


def test_the_report_says_what_the_warehouse_says(ran, browser):
    home = ran[0]
    visit = Visit(browser, DESK)
    visit.page.goto((home / "out" / "report" / "index.html").as_uri())
    headings = visit.page.locator("section > h2").all_inner_texts()
    assert headings[:2] == [text("funnel", "en"), text("forecast", "en")]

    funnel = asked(
        home,
        "SELECT entered, advanced, lost, still_open, conversion_rate FROM funnel_stages "
        "WHERE as_of = (SELECT max(as_of) FROM funnel_stages) "
        "AND basis = 'cohort' AND period = 'all' AND segment_type = 'all'",
    )
    shown = [[*row[1:5], row[6].partition(" %")[0] + " %"] for row in visit.rows("funnel")]
    assert len(shown) > 3
    assert sorted(shown) == sorted([*map(count, counts), percent(rate)] for *counts, rate in funnel)

    forecast = asked(
        home,
        "SELECT period, won_to_date, p10, p90, p50, mean, new_business_mean, target FROM forecasts "
        "WHERE as_of = (SELECT max(as_of) FROM forecasts) AND segment_type = 'all'",
    )
    expected = [
        [period, amount(won, "en"), f"{amount(p10, 'en')} – {amount(p90, 'en')}"]
        + [amount(value, "en") for value in (p50, mean, new, target)]
        for period, won, p10, p90, p50, mean, new, target in forecast
    ]
    shown = [[row[0], *row[2:7], row[7].partition(f" {text('probability_of_target', 'en')}")[0]] for row in
             visit.rows("forecast")]  # fmt: skip
    assert len(shown) > 2
    assert sorted(shown) == sorted(expected)


# --- Dagster ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Dagster's pages over the definitions of the house, in an instance of their own."""
    folder = tmp_path_factory.mktemp("dagster")
    shutil.copy(ROOT / "dagster.yaml", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "webserver.log"
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("dagster-webserver"), "-w", "workspace.yaml", "-h", "127.0.0.1", "-p",
             str(port)],
            cwd=ROOT,
            env={**os.environ, "DAGSTER_HOME": str(folder), "SLUICE_HOME": str(folder / "home")},
            start_new_session=True,
            stdout=said,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 600
        while not is_up(f"http://127.0.0.1:{port}/server_info"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it has nothing to keep, and would wait for its code server
        process.wait(30)


def is_up(address: str) -> bool:
    """Whether a server answers."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def test_dagster_draws_the_assets_and_shows_columns_and_checks_of_one(browser, dagster: str):
    from serving.tables import publication

    visit = Visit(browser, DESK)
    page = visit.page
    page.goto(f"{dagster}/locations/sluice/asset-groups/scoring/lineage")
    for table in (scoring.LEAD_FACTS, scoring.LEAD_ACTIVITY, scoring.SCORE_LEDGER, scoring.LEAD_SCORES):
        page.get_by_text(table.name, exact=True).first.wait_for()
    page.get_by_text("golden_records", exact=True).first.wait_for()

    page.goto(f"{dagster}/assets/{QUALITY_RESULTS.name}")
    page.get_by_text(QUALITY_RESULTS.description, exact=True).wait_for()
    for column in QUALITY_RESULTS.fields():
        page.get_by_role("cell", name=column.name, exact=True).wait_for()
        page.get_by_text(column.meaning, exact=True).wait_for()

    page.get_by_role("tab", name="Checks").click()
    checks = sorted(key.name for key in publication.check_keys)
    page.get_by_text(f"Checks ({len(checks)})", exact=True).wait_for()
    for name in checks[:5]:
        page.get_by_text(name, exact=True).first.wait_for(state="attached")

    assert {request.split("/")[2] for request in visit.requests if "://" in request} == {dagster.split("/")[2]}
    assert visit.errors == []
