"""The landing zone: taken once and only once, whatever happens to names, files and processes."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sources import journal
from sources.durable import PARTIAL, write_bytes
from sources.errors import FeedConflictError, LandingMissingError, StorageError
from sources.feed_files import files_of_feeds
from sources.feed_match import feeds_for
from sources.landing import take_landing
from sources.raw import raw_dir_of, read_ledger
from tests.sources.rows import feed, policy, rows

CSV = b"id,name\n1,Anna\n2,Bob\n"
ROOM = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "landing" / "partners" / "acme").mkdir(parents=True)
    return tmp_path


def drop(home: Path, path: str, data: bytes = CSV) -> Path:
    target = home / "landing" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def ledger(home: Path) -> list[tuple[str, int]]:
    return [(file.path, file.rows) for file in read_ledger(raw_dir_of(home))]


def counts(intake: Any) -> tuple[int, int, int]:
    return intake.accepted, intake.unchanged, intake.quarantined


# --- once and only once --------------------------------------------------------------------------------------


def test_a_file_is_taken_once_whatever_its_name(home: Path) -> None:
    first = drop(home, "partners/acme/may.csv")
    assert counts(take_landing(home, policy())) == (1, 0, 0)
    drop(home, "partners/acme/may.csv")
    os.utime(first, (1, 1))
    drop(home, "elsewhere/copy.txt")
    second = take_landing(home, policy())
    assert (counts(second), second.new_paths) == ((0, 2, 0), 1)
    third = take_landing(home, policy())
    assert (counts(third), third.changed) == ((0, 2, 0), False)
    assert ledger(home) == [("partners/acme/may.csv", 2)]
    seen = [(file.path, file.status) for file in files_of_feeds(raw_dir_of(home), [])]
    assert seen == [("partners/acme/may.csv", "accepted"), ("elsewhere/copy.txt", "unchanged")]


def test_equal_files_in_one_drop_are_one_file_and_one_more_path(home: Path) -> None:
    drop(home, "b.csv")
    drop(home, "a.csv")
    intake = take_landing(home, policy())
    assert (counts(intake), ledger(home)) == ((1, 1, 0), [("a.csv", 2)])


def test_changed_bytes_under_an_old_name_are_a_new_file(home: Path) -> None:
    drop(home, "a.csv")
    take_landing(home, policy(), received_at=datetime(2024, 5, 1, tzinfo=UTC))
    drop(home, "a.csv", CSV + b"3,Cleo\n")
    take_landing(home, policy(), received_at=datetime(2024, 5, 2, tzinfo=UTC))
    assert ledger(home) == [("a.csv", 2), ("a.csv", 3)]


def test_files_of_one_run_share_one_received_at(home: Path) -> None:
    drop(home, "a.csv")
    drop(home, "b.csv", b"id,name\n9,Z\n")
    intake = take_landing(home, policy())
    assert {file.received_at for file in read_ledger(raw_dir_of(home))} == {intake.received_at}


def test_a_refused_file_is_kept_and_counted(home: Path) -> None:
    drop(home, "a.csv", b"")
    intake = take_landing(home, policy())
    assert (counts(intake), intake.files[0].refused is not None) == ((0, 0, 1), True)
    assert counts(take_landing(home, policy())) == (0, 1, 0)


# --- what is no file, or not yet -----------------------------------------------------------------------------


def test_a_file_that_memory_does_not_suffice_for_is_tried_again_and_not_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*_: Any, **__: Any) -> Any:
        raise MemoryError

    drop(home, "a.csv")
    with monkeypatch.context() as patch:
        patch.setattr("sources.raw.read", too_much)
        with pytest.raises(MemoryError):
            take_landing(home, policy())
    assert read_ledger(raw_dir_of(home)) == []
    take_landing(home, policy())
    assert [file.refused for file in read_ledger(raw_dir_of(home))] == [None]


def test_a_missing_landing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(LandingMissingError, match="not the same as an empty one"):
        take_landing(tmp_path, policy())


def test_links_pipes_and_sockets_are_neither_followed_nor_waited_for(home: Path) -> None:
    secret = home / "secret.csv"
    secret.write_bytes(CSV)
    (home / "landing" / "link.csv").symlink_to(secret)
    (home / "landing" / "folder").symlink_to(home)
    os.mkfifo(home / "landing" / "pipe.csv")
    intake = take_landing(home, policy())
    assert counts(intake) == (0, 0, 0)
    assert sorted((left.path, left.code) for left in intake.left_out) == [
        ("folder", "not-a-file"),
        ("link.csv", "not-a-file"),
        ("pipe.csv", "not-a-file"),
    ]


def test_unfinished_and_system_names_are_ignored_and_counted(home: Path) -> None:
    for name in ["a.csv.part", "a.tmp", "~$book.xlsx", ".DS_Store", "Thumbs.db", "x.filepart", ".hidden", "b.csv.done"]:
        drop(home, name)
    intake = take_landing(home, policy())
    assert (intake.ignored, counts(intake)) == (8, (0, 0, 0))


def test_a_growing_file_is_left_for_the_next_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.looks.STILL_SECONDS", 0.2)
    target = drop(home, "a.csv")
    drop(home, "still.csv", b"id\n1\n")
    stop = threading.Event()

    def write() -> None:
        with target.open("ab") as stream:
            while not stop.wait(0.01):
                stream.write(b"3,more\n")
                stream.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        intake = take_landing(home, policy())
    finally:
        stop.set()
        writer.join()
    assert (intake.left_growing, ledger(home)) == (1, [("still.csv", 1)])
    assert counts(take_landing(home, policy())) == (1, 1, 0)


def test_a_file_that_vanishes_between_looks_is_survived(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = drop(home, "a.csv")
    monkeypatch.setattr(time, "sleep", lambda _: target.unlink())
    intake = take_landing(home, policy())
    assert [left.code for left in intake.left_out] == ["vanished"]


def test_the_pause_is_one_for_the_whole_scan_and_none_without_news(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("sources.looks.STILL_SECONDS", 0.2)
    monkeypatch.setattr(time, "sleep", pauses.append)
    for i in range(20):
        target = drop(home, f"{i}.csv", b"id\n%d\n" % i)
        os.utime(target, (1, 1))
    take_landing(home, policy())
    assert pauses == [0.2]


def test_a_thousand_odd_names_are_only_data(home: Path) -> None:
    odd = [
        b"new\nline.csv",
        b"tab\t.csv",
        b"rtl\xe2\x80\xae.csv",
        b"emoji\xf0\x9f\x98\x80.csv",
        b"bad\xff\xfebytes.csv",
        b"CON",
        b"dot.",
        b"-rf",
        b"*.csv",
        b"[a].csv",
        b"{a,b}.csv",
        b"quote'\".csv",
        b"$(x).csv",
        b"%00.csv",
        b"a;b.csv",
        "e\u0301.csv".encode(),
        "\u00e9.csv".encode(),
        b"A.csv",
        b"a.csv",
        b"x" * 250 + b".csv",
        b"\x1b[31m.csv",
        b"..csv",
    ]
    names = odd + [f"file {i} \u202e{i}.csv".encode() for i in range(1000 - len(odd))]
    folder = os.fsencode(home / "landing")
    for i, name in enumerate(names):
        with open(os.path.join(folder, name), "wb") as stream:  # noqa: PTH118, PTH123
            stream.write(b"id,name\n%d,x\n" % i)
    ignored = sum(name.startswith(b".") for name in names)
    intake = take_landing(home, policy(feed("all", "**/*.csv")))
    assert (intake.accepted, intake.ignored) == (1000 - ignored, ignored)
    paths = [file.path for file in read_ledger(raw_dir_of(home))]
    assert len(paths) == 1000 - ignored
    assert all(path.encode() for path in paths)
    started = time.perf_counter()
    read_ledger(raw_dir_of(home))
    assert time.perf_counter() - started < 5


# --- feeds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("partners/acme/**/*.{csv,xlsx,txt}", "partners/acme/a.csv", True),
        ("partners/acme/**/*.{csv,xlsx,txt}", "partners/acme/2024/05/a.xlsx", True),
        ("partners/acme/**/*.{csv,xlsx,txt}", "partners/acme/a.csv.gz", True),
        ("partners/acme/**/*.{csv,xlsx,txt}", "partners/acme/a.CSV", False),
        ("partners/acme/*.csv", "partners/acme/deep/a.csv", False),
        ("events/*.jsonl", "events/e.jsonl.zip", True),
        ("forms/form?.json", "forms/form1.json", True),
        ("forms/*.json", "forms/new\nline.json", True),
    ],
)
def test_patterns_match_like_globstar_in_bash(pattern: str, path: str, matches: bool) -> None:
    assert bool(feeds_for(path, [feed("x", pattern)])) is matches


def test_two_feeds_of_one_kind_on_one_file_stop_the_run_naming_both(home: Path) -> None:
    drop(home, "partners/acme/a.csv")
    both = policy(feed("acme", "partners/acme/*.csv"), feed("any", "partners/**/*.csv"))
    with pytest.raises(FeedConflictError, match="acme and any") as caught:
        take_landing(home, both)
    assert (caught.value.exit_code, ledger(home)) == (2, [])


def test_feeds_of_different_kinds_share_a_file_and_a_fallback_steps_back() -> None:
    feeds = [feed("a", "*.csv"), feed("b", "*.csv", kind="outcomes"), feed("c", "**/*", fallback=True)]
    assert [found.feed for found in feeds_for("x.csv", feeds)] == ["a", "b"]
    assert [found.feed for found in feeds_for("x.json", feeds)] == ["c"]


def test_stored_bytes_are_read_again_when_a_feed_asks_for_another_reading(home: Path) -> None:
    drop(home, "a.csv", b"x,y\nid,name\n1,A\n")
    first = take_landing(home, policy(feed("a", "*.csv")), received_at=datetime(2024, 5, 1, tzinfo=UTC))
    (home / "landing" / "a.csv").unlink()
    again = policy(feed("a", "*.csv"), feed("b", "*.csv", kind="outcomes", header_row=1))
    second = take_landing(home, again)
    assert (counts(second), [file.headers for file in second.read_again]) == ((0, 0, 0), [["x", "y"]])
    assert second.read_again[0].received_at == first.received_at
    found = {row.feed.feed: row.raw_file.headers for row in files_of_feeds(raw_dir_of(home), again.feeds)}
    assert found == {"a": ["id", "name"], "b": ["x", "y"]}
    assert take_landing(home, again).changed is False


def test_a_refused_file_is_tried_again_when_its_feed_says_how_to_read_it(home: Path) -> None:
    drop(home, "a.csv", "id,x\n1,áâ\n2,ÌÜ\n".encode("cp1252"))
    assert counts(take_landing(home, policy(feed("a", "*.csv")))) == (0, 0, 1)
    mended = take_landing(home, policy(feed("a", "*.csv", encoding="cp1252")))
    assert [rows(file) for file in mended.read_again] == [[(2, "1", "áâ"), (3, "2", "ÌÜ")]]


# --- interruptions -------------------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {room!r})
from sources.landing import take_landing
from tests.sources.rows import policy
take_landing(Path({home!r}), policy())
"""


def run_child(home: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(before) + CHILD.format(room=str(ROOM), home=str(home))
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("point", "file_leaves"),
    [
        ("landing.after_bytes", False),
        ("landing.after_bytes", True),
        ("landing.before_commit", False),
        ("landing.after_commit", False),
    ],
)
def test_a_kill_at_any_point_loses_and_doubles_nothing(home: Path, point: str, file_leaves: bool) -> None:
    drop(home, "a.csv")
    drop(home, "b.csv", b"id\n7\n")
    assert run_child(home, SLUICE_CRASHPOINT=point).returncode == -signal.SIGKILL
    begun = (raw_dir_of(home) / journal.FOLDER / "intake-open.json").read_text()
    if file_leaves:
        (home / "landing" / "a.csv").unlink()
    intake = take_landing(home, policy())
    assert intake.received_at.isoformat()[:26] in begun
    assert ledger(home) == [("a.csv", 2), ("b.csv", 1)]
    assert {file.received_at for file in read_ledger(raw_dir_of(home))} == {intake.received_at}
    assert not list(home.rglob(f"*{PARTIAL}*"))
    assert not (home / "lake" / "scratch").exists()
    assert take_landing(home, policy()).changed is False


def test_a_full_disk_gives_one_clear_error_and_leaves_no_partial_file(home: Path) -> None:
    drop(home, "a.csv", b"id,name\n" + os.urandom(400_000).hex().encode().replace(b"0", b"\n1,"))
    limit = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    """
    failed = run_child(home, limit)
    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[-1].startswith("sources.errors.StorageError: cannot write")
    assert str(home) in failed.stderr.splitlines()[-1]
    assert not list(home.rglob(f"*{PARTIAL}*"))
    assert counts(take_landing(home, policy())) == (1, 0, 0)


def test_an_unwritable_lake_is_one_clear_error(home: Path) -> None:
    drop(home, "a.csv")
    (home / "lake").write_text("in the way")
    with pytest.raises(StorageError, match="lake"):
        take_landing(home, policy())


def test_an_explicit_received_at_wins_over_an_interrupted_one(home: Path) -> None:
    drop(home, "a.csv")
    begun = raw_dir_of(home) / journal.FOLDER / "intake-open.json"
    write_bytes(begun, b'{"received_at": "2024-04-01T00:00:00Z"}')
    pinned = datetime(2024, 5, 1, tzinfo=UTC)
    take_landing(home, SimpleNamespace(feeds=[]), received_at=pinned)
    assert [file.received_at for file in read_ledger(raw_dir_of(home))] == [pinned]


def test_stored_bytes_are_the_bytes_that_landed(home: Path) -> None:
    target = drop(home, "a.csv.gz", gzip.compress(CSV * 100))
    intake = take_landing(home, policy())
    assert gzip.decompress(intake.files[0].bytes_path.read_bytes()) == target.read_bytes()
