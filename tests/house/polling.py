"""A reader in a process of its own, as a dashboard is one: it asks again and again, several tables in a transaction.

It knows nothing of Sluice: the driver, the names of the tables and the snapshot that one transaction sees.

Run as a program it is that reader: "ready" on stdout, and when it is told to end, in one line, every answer that
differed from the one before.
"""

from __future__ import annotations

import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg


@dataclass
class Polled:
    """What a reader has seen.

    Attributes:
        answers: publication and content of each table, in the order seen, each as long as it stayed.
        polls: how often it asked.
        longest: seconds that the slowest transaction waited for its answers.
    """

    answers: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0
    longest: float = 0.0


@contextmanager
def reading(url: str, *tables: str, every: float = 0.01) -> Iterator[Polled]:
    """A reader at work meanwhile; what it has seen is there afterwards.

    Args:
        url: the SQLAlchemy URL of the warehouse.
        tables: what it reads in each transaction, beside the current publication.
        every: seconds from one answer to the next question.
    """
    found = Polled()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), str(every), url, *tables],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    for name, value in json.loads(out).items():
        setattr(found, name, value)


def answer(url: str, *tables: str) -> dict[str, Any]:
    """What a reader sees who asks once."""
    connection = _connected(url)
    try:
        return _asked(connection, tables, lambda: None)
    finally:
        connection.close()


# --- the reader ------------------------------------------------------------------------------------------------


def _connected(url: str) -> Any:
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    connection.execute("SET search_path = sluice_data")
    return connection


def _asked(connection: Any, tables: tuple[str, ...], pause: Any) -> dict[str, Any]:
    """One transaction: the current publication, and number of rows and content of each table."""
    sqlite = isinstance(connection, sqlite3.Connection)
    connection.execute("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        current = "SELECT publication_id FROM publications WHERE is_current"
        seen: dict[str, Any] = {"publications": [row[0] for row in connection.execute(current)]}
        for table in tables:
            pause()
            rows = sorted(repr(row) for row in connection.execute(_EVERYTHING[table]))
            seen[table] = [len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]]
        return seen
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable) as error:
        if "no such table" in str(error) or isinstance(error, psycopg.Error):
            return {"publications": []}  # nobody has published here yet
        raise
    finally:
        connection.execute("ROLLBACK")


#: A dashboard's questions.
_EVERYTHING = {
    "accounts": "SELECT * FROM accounts",
    "funnel_stages": "SELECT * FROM funnel_stages",
    "lead_events": "SELECT * FROM lead_events",
    "lead_scores": "SELECT * FROM lead_scores",
    "leads": "SELECT * FROM leads",
    "opportunities": "SELECT * FROM opportunities",
    "score_ledger": "SELECT * FROM score_ledger",
}


def _poll(every: float, url: str, tables: tuple[str, ...]) -> None:
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    chance, connection, found = random.Random(1), _connected(url), Polled()
    waited = 0.0

    def pause() -> None:
        """Between two questions, long enough for a publication to come between them."""
        nonlocal waited
        before = time.monotonic()
        time.sleep(chance.choice((0, 0.002, 0.03)))
        waited += time.monotonic() - before

    print("ready", flush=True)
    while True:
        last = bool(stopped)  # what is there at the end is always seen
        waited, begun = 0.0, time.monotonic()
        seen = _asked(connection, tables, pause)
        found.longest = max(found.longest, time.monotonic() - begun - waited)
        found.polls += 1
        if not found.answers or seen != found.answers[-1]:
            found.answers.append(seen)
        if last:
            break
        time.sleep(every)
    connection.close()
    # only now: what is printed right after "ready" could be read with it, and be lost to who reads on from there
    print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    _poll(float(sys.argv[1]), sys.argv[2], tuple(sys.argv[3:]))
