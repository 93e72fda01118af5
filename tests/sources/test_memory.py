"""How much memory it takes to read a file does not depend on how many rows it has."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MOST_GROWTH = 1.3
#: Reads a file to its last row in a process of its own; prints the peak of its memory in MiB.
READ = """
import resource, sys
from pathlib import Path
import pyarrow as pa
from sources.raw import FileFacts, commit_file
from sources.readers.reading import ReadOptions
from datetime import UTC, datetime
path, folder = Path(sys.argv[1]), Path(sys.argv[2])
facts = FileFacts("0" * 64, path.name, path.stat().st_size, datetime(2026, 1, 1, tzinfo=UTC))
made = commit_file(folder / "raw", facts, ReadOptions(), path, folder)
unit = 2**20 if sys.platform == "darwin" else 2**10
print(made.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit)
"""


def _csv(at: int) -> str:
    mail, phone = f"user{at}@firm{at % 9_973}.example", f"+49 30 {at % 9_999_991:07}"
    return f"P-{at:08},2026-03-01,Anna,Berg,{mail},{phone},Berg & Co {at % 977}"


def _event(at: int) -> str:
    email = f"user{at % 7_919}@firm.example" if at % 3 else None
    page = {"path": "/pricing", "seconds": at % 600}
    return json.dumps({"id": f"{at:016x}", "email": email, "page": page, "value": at % 97 + 0.5})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "header", "line", "rows"),
    [
        ("leads.csv", "id,created,first,last,email,phone,company\n", _csv, 150_000),
        ("events.jsonl", "", _event, 100_000),
    ],
)
def test_four_times_the_rows_take_no_more_memory(
    tmp_path: Path, name: str, header: str, line: Callable[[int], str], rows: int
) -> None:
    peaks = []
    for count in (rows, 4 * rows):
        path = tmp_path / name
        path.write_text(header + "".join(f"{line(at)}\n" for at in range(count)), encoding="utf-8")
        said = subprocess.run(
            [sys.executable, "-c", READ, str(path), str(tmp_path)], capture_output=True, text=True, check=True
        ).stdout.split()[-2:]  # DuckDB shows its progress to what looks interactive
        assert int(said[0]) == count
        peaks.append(int(said[1]))
    assert peaks[1] < MOST_GROWTH * peaks[0], peaks
