"""ZIP archives: members are files of their own, and nothing in an archive gets out of it."""

from __future__ import annotations

import gzip
import io
import random
import signal
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sources.archives import MOST_MEMBERS, matched_paths, members_of
from sources.errors import FeedConflictError, RefusedFileError
from sources.feed_files import files_of_feeds
from sources.feed_match import feeds_for
from sources.landing import take_landing
from sources.original_text import record_spans, record_texts
from sources.raw import RawFile, raw_dir_of, read_archives, read_ledger
from sources.readers.reading import ReadOptions
from sources.receipt import write_receipt
from tests.sources.fuzz import seeds
from tests.sources.rows import feed, policy, rows, take
from tests.sources.test_landing import CSV, counts, drop, home, ledger
from tests.sources.test_readers import workbook

assert home  # a fixture

OTHER = "编号,姓名\n7,王小红\n".encode("gb18030")
ROOM = Path(__file__).parents[2]


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def linked(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def encrypted(data: bytes, name: bytes) -> bytes:
    """The archive with the mark of encryption on one member, in its directory and before its bytes."""
    changed = bytearray(data)
    for mark, flags, length, start in ((b"PK\x03\x04", 6, 26, 30), (b"PK\x01\x02", 8, 28, 46)):
        at = data.find(mark)
        while at >= 0:
            size = struct.unpack_from("<H", data, at + length)[0]
            if data[at + start : at + start + size] == name:
                changed[at + flags] |= 1
            at = data.find(mark, at + 4)
    return bytes(changed)


def answers_of(home: Path, *feeds: Any) -> dict[str, str]:
    """path -> status, or the code of the refusal."""
    return {
        file.path: file.raw_file.refused["code"] if file.raw_file.refused else file.status
        for file in files_of_feeds(raw_dir_of(home), list(feeds))
    }


def of(home: Path, path: str) -> RawFile:
    return next(file for file in read_ledger(raw_dir_of(home)) if file.path == path)


def test_members_are_files_of_their_own(home: Path) -> None:
    drop(home, "partners/acme/may.zip", packed(("a.csv", CSV), ("in/b.csv", OTHER), ("in/", b""), ("c.xlsx", BOOK)))
    intake = take_landing(home, policy())
    assert counts(intake) == (3, 0, 0)
    assert ledger(home) == [
        ("partners/acme/may.zip/a.csv", 2),
        ("partners/acme/may.zip/c.xlsx", 1),
        ("partners/acme/may.zip/in/b.csv", 1),
    ]
    assert rows(of(home, "partners/acme/may.zip/in/b.csv")) == [(2, "7", "王小红")]
    assert counts(take_landing(home, policy())) == (0, 1, 0)


BOOK = workbook(("Leads", [["id", "name"], [1, "Anna"]]))


def test_the_bytes_of_an_archive_are_kept_once(home: Path) -> None:
    data = packed(("a.csv", CSV), ("b.csv", OTHER))
    drop(home, "x.zip", data)
    take_landing(home, policy())
    kept = list(raw_dir_of(home).rglob("*.bytes.gz"))
    assert [gzip.decompress(path.read_bytes()) for path in kept] == [data]
    assert [file.bytes_path for file in read_ledger(raw_dir_of(home))] == kept * 2


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (("../../etc/cron.d/x.csv", CSV), "member-path"),
        (("/etc/x.csv", CSV), "member-path"),
        (("C:\\x.csv", CSV), "member-path"),
        (("..\\x.csv", CSV), "member-path"),
        (linked("link.csv", b"/etc/passwd"), "member-not-a-file"),
        (("inner.zip", packed(("deep.csv", CSV))), "nested-archive"),
        (("inner.csv.gz", gzip.compress(packed(("deep.csv", CSV)))), "nested-archive"),
        (("inner.7z", b"7z\xbc\xaf\x27\x1c...."), "unsupported-archive"),
        (("A.csv", b"id,name\n3,C\n"), "member-name-twice"),
        (("a.csv/b.csv", b"id,name\n3,C\n"), "member-name-twice"),
        (("empty.csv", b""), "empty-file"),
        (("bomb.csv", b"id,name\n" + b"1,A\n" * (20 << 20)), "zip-bomb"),
    ],
)
def test_a_bad_member_is_answered_and_its_neighbours_are_taken(
    home: Path, member: tuple[Any, bytes], code: str
) -> None:
    filler = (
        "filler.csv",
        b"id,name\n" + random.Random(1).randbytes(600_000).hex().encode() + b",1\n",
    )  # so that only one is a bomb
    drop(home, "x.zip", packed(("a.csv", CSV), member, filler))
    intake = take_landing(home, policy())
    said = answers_of(home)
    assert [said.pop("x.zip/a.csv"), said.pop("x.zip/filler.csv")] == ["accepted", "accepted"]
    assert list(said.values()) == [code]
    assert counts(intake) == (2, 0, 1)
    assert next(iter(said)).startswith("x.zip/")
    assert ".." not in next(iter(said))


def test_an_encrypted_member_is_refused_alone(home: Path) -> None:
    drop(home, "x.zip", encrypted(packed(("a.csv", CSV), ("secret.csv", OTHER)), b"secret.csv"))
    take_landing(home, policy())
    assert answers_of(home) == {"x.zip/a.csv": "accepted", "x.zip/secret.csv": "member-encrypted"}


def test_a_damaged_member_is_refused_alone(home: Path) -> None:
    data = packed(("a.csv", CSV), ("b.csv", b"id,name\n" + b"9,Zoe\n" * 50), method=zipfile.ZIP_STORED)
    drop(home, "x.zip", data.replace(b"9,Zoe", b"9,Zob", 1))
    take_landing(home, policy())
    assert answers_of(home) == {"x.zip/a.csv": "accepted", "x.zip/b.csv": "broken-archive"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (packed(), "empty-archive"),
        (packed(("folder/", b""), ("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x")), "empty-archive"),
        (packed(("a.csv", b"1" * (100 << 20))), "zip-bomb"),
        (packed(*((f"{i}.csv", b"") for i in range(MOST_MEMBERS + 1))), "too-many-members"),
        (packed(("a.csv", CSV))[:-30], "truncated-archive"),
        (packed(("word/document.xml", b"x"), ("[Content_Types].xml", b"x")), "unreadable-content"),
        (packed(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"x")), "unreadable-content"),
        (packed(("MimeType", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"x")), "unreadable-content"),
    ],
)
def test_an_archive_that_may_not_be_opened_is_refused_whole(home: Path, data: bytes, code: str) -> None:
    drop(home, "x.zip", data)
    intake = take_landing(home, policy())
    assert (counts(intake), answers_of(home)) == ((0, 0, 1), {"x.zip": code})


def test_a_directory_too_long_to_read_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 200 << 20, 0, 0)
    path.write_bytes(b"PK\x03\x04" + b"\0" * 100 + end)
    with pytest.raises(RefusedFileError, match="too-many-members"):
        members_of(path)


def test_a_member_that_is_more_than_its_directory_says_is_refused(home: Path) -> None:
    data = bytearray(packed(("a.csv", CSV * 1000)))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    drop(home, "x.zip", bytes(data))
    take_landing(home, policy())
    assert answers_of(home) == {"x.zip/a.csv": "broken-archive"}


def test_names_are_shown_so_that_any_log_and_file_system_holds_them(home: Path) -> None:
    drop(home, "x.zip", packed(("x\u202ey\n.csv", CSV), ("名" * 300 + "/a.csv", b"id\n5\n")))
    take_landing(home, policy())
    paths = sorted(answers_of(home), key=len)
    assert (len(paths), paths[0]) == (2, "x.zip/x_y_.csv")
    assert max(len(part.encode()) for path in paths for part in path.split("/")) < 200


def test_a_name_in_a_chinese_code_page_is_read(tmp_path: Path) -> None:
    data = packed(("ABCD.csv", CSV)).replace(b"ABCD.csv", "名单".encode("gb18030") + b".csv")
    (tmp_path / "x.zip").write_bytes(data)
    assert [member.name for member in members_of(tmp_path / "x.zip")] == ["名单.csv"]


# --- which feed reads a member -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("partners/acme/a.csv", ["partners/acme/a.csv"]),
        ("forms/a.json.zip/export.json", ["forms/a.json.zip/export.json", "forms/export.json", "forms/a.json"]),
        ("p/A.ZIP/in/b.csv", ["p/A.ZIP/in/b.csv", "p/in/b.csv", "p/b.csv", "p/A"]),
        ("x.zip/a.csv", ["x.zip/a.csv", "a.csv", "x"]),
    ],
)
def test_a_member_is_matched_beside_its_archive_and_as_its_archive(path: str, ways: list[str]) -> None:
    assert matched_paths(path) == ways


def test_the_first_way_that_a_feed_of_its_own_matches_counts() -> None:
    guess = feed("guess", "forms/**/*.json", fallback=True)
    own = feed("own", "forms/leads.json")
    other = feed("other", "forms/export.json")
    path = "forms/leads.json.zip/export.json"
    assert [found.feed for found in feeds_for(path, [guess])] == ["guess"]
    assert [found.feed for found in feeds_for(path, [guess, own])] == ["own"]
    assert [found.feed for found in feeds_for(path, [guess, own, other])] == ["other"]


def test_of_two_guesses_the_one_of_more_words_counts() -> None:
    guesses = [
        feed("forms", "forms/**/*.{json,csv}", fallback=True),
        feed("typeform", "forms/**/*typeform*{,/**/*}.{json,jsonl}", fallback=True),
    ]
    assert [found.feed for found in feeds_for("forms/typeform/x.json", guesses)] == ["typeform"]
    assert [found.feed for found in feeds_for("forms/x.json", guesses)] == ["forms"]
    with pytest.raises(FeedConflictError):
        feeds_for("forms/x.json", [*guesses, feed("twin", "forms/**/*.{json,csv}", fallback=True)])


def test_an_archive_without_its_ending_is_one_all_the_same(home: Path) -> None:
    drop(home, "partners/acme/leads.csv", packed(("inner.csv", CSV)))
    take_landing(home, policy())
    own = feed("acme", "partners/acme/leads.csv")
    assert [(f.path, f.feed.feed) for f in files_of_feeds(raw_dir_of(home), [own])] == [
        ("partners/acme/leads.csv.zip/inner.csv", "acme")
    ]


def test_two_feeds_of_one_kind_on_a_member_stop_before_anything_of_it_is_taken(home: Path) -> None:
    drop(home, "x.zip", packed(("b.csv", OTHER), ("a.csv", CSV)))
    with pytest.raises(FeedConflictError, match=r"x\.zip/a\.csv"):
        take_landing(home, policy(feed("one", "a.csv"), feed("two", "*a.csv")))
    assert ledger(home) == []


# --- the same bytes in and beside archives -------------------------------------------------------------------


def test_bytes_met_in_an_archive_and_beside_it_count_once(home: Path) -> None:
    drop(home, "a.zip", packed(("x.csv", CSV), ("y.csv", CSV)))
    drop(home, "b.csv", CSV)
    intake = take_landing(home, policy())
    assert (counts(intake), ledger(home)) == ((1, 2, 0), [("a.zip/x.csv", 2)])
    assert answers_of(home) == {"a.zip/x.csv": "accepted", "a.zip/y.csv": "unchanged", "b.csv": "unchanged"}
    drop(home, "c.zip", (home / "landing" / "a.zip").read_bytes())
    again = take_landing(home, policy())
    assert (again.accepted, again.unchanged) == (0, 3)
    assert answers_of(home) | {"c.zip/x.csv": "unchanged", "c.zip/y.csv": "unchanged"} == answers_of(home)


def test_an_archive_that_comes_twice_at_once_is_answered_under_both_names(home: Path) -> None:
    data = packed(("x.csv", CSV))
    for name in ("a.zip", "copy.zip"):
        drop(home, name, data)
    drop(home, "refused.zip", packed())
    drop(home, "refused again.zip", packed())
    take_landing(home, policy())
    assert answers_of(home) == {
        "a.zip/x.csv": "accepted",
        "copy.zip/x.csv": "unchanged",
        "refused again.zip": "empty-archive",
        "refused.zip": "empty-archive",
    }
    assert take_landing(home, policy()).changed is False


@pytest.mark.parametrize("first", ["alone", "inside"])
def test_an_archive_in_another_is_refused_there_and_opened_on_its_own(home: Path, first: str) -> None:
    inner = packed(("x.csv", CSV))
    drops = {"alone": ("a.zip", inner), "inside": ("b.zip", packed(("in.zip", inner), ("ok.csv", OTHER)))}
    for which in sorted(drops, key=lambda which: which != first):
        drop(home, *drops[which])
        take_landing(home, policy())
    expected = {"a.zip/x.csv": "accepted", "b.zip/in.zip": "nested-archive", "b.zip/ok.csv": "accepted"}
    assert answers_of(home) == expected
    assert take_landing(home, policy()).changed is False


def test_a_file_met_again_is_read_as_the_new_path_asks(home: Path) -> None:
    data = b"a;b\n1;2\n"
    drop(home, "a.zip", packed(("x.txt", data)))
    drop(home, "b.csv", data)
    told = feed("told", "b.csv", delimiter="\x01")
    take_landing(home, policy(told))
    read = [f for f in files_of_feeds(raw_dir_of(home), [told]) if f.feed]
    assert [(f.path, f.raw_file.headers, f.status) for f in read] == [("b.csv", ["a;b"], "accepted")]


def test_a_file_that_one_feed_refuses_is_read_by_the_feed_of_another_path(home: Path) -> None:
    for name in ("a.json", "b.json"):
        drop(home, name, b'{"id": 1}')
    feeds = feed("nested", "a.json", records="$.data.items"), feed("plain", "b.json")
    take_landing(home, policy(*feeds))
    assert answers_of(home, *feeds) == {"a.json": "records-not-found", "b.json": "accepted"}
    read = {file.path: file.status for file in files_of_feeds(raw_dir_of(home), list(feeds))}
    assert read == {"a.json": "unchanged", "b.json": "accepted"}


def test_a_refused_member_is_read_again_when_readers_have_learnt(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(home, "x.zip", packed(("a.csv", CSV), ("b.csv", OTHER)))
    with monkeypatch.context() as patched:
        patched.setattr("sources.raw.READER_VERSION", 0)
        patched.setattr("sources.landing.READER_VERSION", 0)

        def refuse(*_: Any, **__: Any) -> None:
            raise RefusedFileError("unreadable-content", kind="x")

        patched.setattr("sources.raw.read", refuse)
        assert counts(take_landing(home, policy())) == (0, 0, 2)
    (home / "landing" / "x.zip").unlink()
    take_landing(home, policy())
    assert answers_of(home) == {"x.zip/a.csv": "accepted", "x.zip/b.csv": "accepted"}


def test_an_archive_that_an_older_reader_refused_is_opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(home, "x.zip", packed(("a.csv", CSV)))
    with monkeypatch.context() as patched:
        patched.setattr("sources.raw.READER_VERSION", 1)
        patched.setattr("sources.landing.READER_VERSION", 1)
        patched.setattr("sources.taking.is_archive", lambda _: False)
        take_landing(home, policy())
    assert answers_of(home) == {"x.zip": "nested-archive"}
    take_landing(home, policy())
    assert answers_of(home) == {"x.zip/a.csv": "accepted"}
    assert take_landing(home, policy()).changed is False


# --- answers -------------------------------------------------------------------------------------------------


def test_a_member_is_answered_in_its_own_dialect(home: Path, tmp_path: Path) -> None:
    drop(home, "x.zip", packed(("a.csv", OTHER), ("b.csv.gz", gzip.compress(CSV)), ("c.xlsx", BOOK)))
    take_landing(home, policy())
    file = of(home, "x.zip/a.csv")
    assert record_texts(file, {2}) == {2: "7,王小红"}
    answers = pd.DataFrame({"line_no": record_spans(file), "sluice_verdict": ["已接收"]})
    path = write_receipt(file, answers, tmp_path / "out" / file.path)
    assert path.read_bytes().decode("gb18030") == "编号,姓名,sluice_verdict\n7,王小红,已接收\n"
    inner = of(home, "x.zip/b.csv.gz")
    assert record_texts(inner, {3}) == {3: "2,Bob"}
    answers = pd.DataFrame({"line_no": [2, 3], "sluice_verdict": ["yes", "no"]})
    path = write_receipt(inner, answers, tmp_path / "out" / inner.path)
    assert gzip.decompress(path.read_bytes()) == b"id,name,sluice_verdict\n1,Anna,yes\n2,Bob,no\n"
    book = of(home, "x.zip/c.xlsx")
    answers = pd.DataFrame({"line_no": [2], "sluice_verdict": ["yes"]})
    assert write_receipt(book, answers, tmp_path / "out" / book.path).suffix == ".xlsx"


# --- kills ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point", ["landing.after_bytes", "landing.before_commit:2", "landing.after_commit:1", "landing.after_archive"]
)
def test_a_kill_in_the_middle_of_an_archive_leaves_whole_files_and_the_next_run_ends_it(home: Path, point: str) -> None:
    drop(home, "x.zip", packed(("a.csv", CSV), ("b.csv", OTHER), ("c.csv", b"id\n5\n")))
    name, _, hits = point.partition(":")
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        import sources.landing, sources.raw, sources.taking
        from tests.sources.rows import policy
        left = [int(sys.argv[3])]
        def crashpoint(name):
            if name == sys.argv[2]:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
        sources.taking.crashpoint = sources.raw.crashpoint = crashpoint
        sources.landing.take_landing(Path(sys.argv[1]), policy())
        """
    )
    killed = subprocess.run([sys.executable, "-c", script, str(home), name, hits or "0"], cwd=ROOM, check=False)
    assert killed.returncode == -signal.SIGKILL
    half = {file.path for file in read_ledger(raw_dir_of(home))}
    assert half <= {"x.zip/a.csv", "x.zip/b.csv", "x.zip/c.csv"}
    (home / "landing" / "x.zip").unlink()  # gone meanwhile: its bytes are kept
    take_landing(home, policy())
    assert ledger(home) == [("x.zip/a.csv", 2), ("x.zip/b.csv", 1), ("x.zip/c.csv", 1)]
    assert len({file.received_at for file in read_ledger(raw_dir_of(home))}) == 1
    assert [len(archive.dialect["members"]) for archive in read_archives(raw_dir_of(home))] == [3]
    assert take_landing(home, policy()).changed is False


PLAIN = [name for name in seeds() if not name.endswith((".gz", ".zip"))]


@pytest.mark.parametrize("name", PLAIN)
def test_every_format_is_the_same_packed_and_plain(tmp_path: Path, name: str) -> None:
    data = seeds()[name]
    squeezed = gzip.compress(data, mtime=0)
    options = policy(feed("envelopes", "*envelope*", records=["$.data.rows", "$"]))
    found: dict[str, RawFile] = {}
    for way, path, written in (
        ("plain", name, data),
        ("gz", f"{name}.gz", squeezed),
        ("zip", f"{name}.zip", packed((name, data))),
        ("both", f"{name}.zip", packed((f"{name}.gz", squeezed), method=zipfile.ZIP_STORED)),
    ):
        place = tmp_path / way
        (place / "landing").mkdir(parents=True)
        (place / "landing" / path).write_bytes(written)
        take_landing(place, options)
        [found[way]] = read_ledger(raw_dir_of(place))
    plain = found["plain"]
    assert plain.rows >= 19
    for way, file in found.items():
        assert file.refused is None, way
        assert (file.headers, rows(file)) == (plain.headers, rows(plain)), way
        answers = pd.DataFrame({"line_no": record_spans(file), "sluice_verdict": "accepted"})
        receipt = write_receipt(file, answers, tmp_path / "out" / way / file.path)
        written = receipt.read_bytes()
        assert written.startswith(b"\x1f\x8b") == receipt.name.endswith(".gz"), way
        again = take(tmp_path / "again" / way, written, receipt.name, records=ReadOptions.of(options.feeds[0]).records)
        assert [row[1:] for row in rows(again)] == [row[1:] for row in rows(plain)], way
