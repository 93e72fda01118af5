"""Broken files of every format: each is taken or refused with a reason, in time, and no neighbour is lost.

`SLUICE_TEST_FUZZ=50000 pytest tests/sources/test_fuzz.py` breaks as many files; `SLUICE_TEST_FUZZ_SEED`
breaks others.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sources.feed_files import files_of_feeds
from sources.file_codes import FILE_CODES
from sources.landing import take_landing
from sources.original_text import record_spans, record_texts
from sources.raw import RawFile, raw_dir_of, read_ledger
from sources.receipt import write_receipt, write_words
from sources.row_codes import ROW_CODES
from tests.sources.fuzz import mutants
from tests.sources.rows import feed, policy, take

MUTANTS = int(os.environ.get("SLUICE_TEST_FUZZ", "160"))
SEED = int(os.environ.get("SLUICE_TEST_FUZZ_SEED", "20260301"))
BATCH = 40
#: Batches in which something was found that is mended.
FOUND = (60_010_960, 20_273_643, 20_307_364)
#: Of the processor: what else the machine does is not the reader's fault, and what waits for ever meets the time-out.
SECONDS_PER_MEGABYTE = 5.0
NEIGHBOUR = b"id,name\n1,Anna\n2,Bob\n"

FEEDS = policy(
    feed("envelopes", "broken/*envelope*", records=["$.data.rows", "$"]),
    feed("others", "broken/[!e]*-[!e]*"),
    feed("neighbours", "*.csv"),
)


@pytest.mark.timeout(max(300, MUTANTS))
@pytest.mark.parametrize("seed", [*FOUND, *range(SEED, SEED + MUTANTS, BATCH)])
def test_every_broken_file_is_answered_in_time_and_its_neighbours_are_taken(tmp_path: Path, seed: int) -> None:
    home = tmp_path
    broken = dict(mutants(seed, BATCH))
    (home / "landing" / "broken").mkdir(parents=True)
    for name, data in broken.items():
        (home / "landing" / "broken" / name).write_bytes(data)
    for name in ("a.csv", "z.csv"):
        (home / "landing" / name).write_bytes(NEIGHBOUR + name.encode() + b",x\n")
    taken: dict[str, float] = {}
    last = time.process_time()

    def progress(path: str, done: int, total: int) -> None:
        nonlocal last
        del done, total
        taken[path] = time.process_time() - last
        last = time.process_time()

    take_landing(home, FEEDS, progress=progress)
    answered = {file.path: file for file in files_of_feeds(raw_dir_of(home), FEEDS.feeds)}
    assert [answered[name].raw_file.rows for name in ("a.csv", "z.csv")] == [3, 3]
    for name, data in broken.items():
        path = f"broken/{name}"
        members = [at for at in answered if at.startswith((f"{path}/", f"{path}.zip/"))]
        assert path in answered or members, f"{name} of seed {seed} was not answered"
        limit = 2 + SECONDS_PER_MEGABYTE * max(1, len(data) / 1e6)
        assert taken.get(path, 0) < limit, f"{name} of seed {seed} took {taken[path]:.1f} s"
    for raw_file in read_ledger(raw_dir_of(home)):
        check(raw_file, home / "out", f"{raw_file.path} of seed {seed}")
    shutil.rmtree(home / "lake")


def check(raw_file: RawFile, out: Path, about: str) -> None:
    """What later steps of a run ask of a file."""
    if raw_file.refused:
        assert raw_file.refused["code"] in FILE_CODES, about
        assert raw_file.refused["code"] != "reader-failed", f"{about}: {raw_file.refused['values']}"
        assert raw_file.refused["en"], about
        assert raw_file.refused["zh"], about
        assert write_words(out / raw_file.path, raw_file.refused["en"]).is_file(), about
        return
    table = pq.read_table(raw_file.rows_path)
    numbers = table.column("line_no").to_pylist()
    assert numbers == sorted(set(numbers)), about
    assert numbers == record_spans(raw_file), about
    assert {code for code in table.column("problem").to_pylist() if code} <= set(ROW_CODES), about
    texts = record_texts(raw_file, set(numbers))
    assert set(texts) == set(numbers), about
    answers = pd.DataFrame({"line_no": numbers, "sluice_verdict": "ok", "sluice_reason": '=原因, "x"\n'})
    assert write_receipt(raw_file, answers, out / raw_file.path).stat().st_size > 0, about


@pytest.mark.parametrize(
    "piece",
    [b"x\xfc" + b"x" * 998, "汉".encode("gb18030") * 500, b'"', b"\r", b"\0x", b'{"a":', b"[", b"a=%fc&", b"\xff\xfe"],
    ids=["a-long-word", "long-chinese", "quotes", "returns", "nul", "objects", "arrays", "post", "marks"],
)
def test_a_megabyte_of_one_thing_is_answered_in_time(tmp_path: Path, piece: bytes) -> None:
    data = b"id,name\n1,\xe9" + piece * (1_000_000 // len(piece))
    started = time.process_time()
    take(tmp_path, data)
    assert time.process_time() - started < 2 + SECONDS_PER_MEGABYTE
