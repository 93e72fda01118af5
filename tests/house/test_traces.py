"""Whatever a home keeps is searched in any encoding and packing, and what cannot be is named with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import cli
from pipelines.discard import discard_file
from pipelines.erase import erase_person, erasure_text
from pipelines.file_texts import Met, file_texts
from pipelines.sought import Erased, Words
from pipelines.traces import Unsearched, find_traces
from pipelines.verify import verified
from sources.tombstones import EMAIL, PHONE, Key, Tombstones
from tests.serving.whole import Whole

MAIL, NUMBER, NAME = "zoë.quist@quist.example", "+49 170 1234567", "Zoë Quist-张"
KEY = Key("x", b"secret")
WORDS = Words(frozenset({MAIL, NUMBER, NAME}))
ERASED = Erased(
    Tombstones((KEY,), {EMAIL: frozenset({KEY.of(EMAIL, MAIL)}), PHONE: frozenset({KEY.of(PHONE, "1701234567")})})
)
TEXT = f"a,b,c\n{NAME},{MAIL},{NUMBER}\n"
OTHERS = "".join(f"Ola Nordmann {at},ola.{at}@nordmann.example,+47 22 {at:06d}\n" for at in range(5000))


def zipped(data: bytes, name: str = "list.csv") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def locked(data: bytes) -> bytes:
    """An archive whose member says that it is encrypted."""
    packed = bytearray(zipped(data))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", packed, packed.index(mark) + at, 1)
    return bytes(packed)


def parquet(**columns: list[str]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append([NAME, MAIL, NUMBER])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


FOUND = {
    "UTF-8": (TEXT.encode(), 3),
    "large": ((OTHERS + TEXT + OTHERS).encode(), 3),
    "UTF-16": (TEXT.encode("utf-16"), 3),
    "UTF-16-LE": ((OTHERS + TEXT).encode("utf-16-le"), 3),
    "UTF-16-BE": (TEXT.encode("utf-16-be"), 3),
    "UTF-32": (TEXT.encode("utf-32"), 3),
    "GB18030": (TEXT.encode("gb18030"), 3),
    "Latin-1": (TEXT.replace("张", "").encode("latin-1"), 2),
    "JSON": (json.dumps({"a": TEXT}).encode(), 3),
    "form post": (quote_plus(TEXT, safe=",").encode() + b"&x=1", 3),
    "HTML": (TEXT.replace("ë", "&#235;").encode(), 3),
    "gzip": (gzip.compress(TEXT.encode()), 3),
    "bzip2": (bz2.compress(TEXT.encode()), 3),
    "xz": (lzma.compress(TEXT.encode()), 3),
    "packed thrice": (zipped(gzip.compress(zipped(TEXT.encode()))), 3),
    "workbook": (workbook(), 3),
    "Parquet": (parquet(a=["x", NAME], b=["y", MAIL], c=[NUMBER, "z"]), 3),
    "large Parquet": (parquet(a=["x"] * 100_000, b=[*["y@y.example"] * 99_999, MAIL]), 1),
}


@pytest.mark.parametrize("kind", FOUND)
def test_a_person_is_found_whatever_the_file_is(tmp_path: Path, kind: str) -> None:
    data, times = FOUND[kind]
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "file").write_bytes(data)
    by_words, by_hash = find_traces(tmp_path, WORDS, ERASED)
    assert (by_words.total, by_words.places[:1], by_words.unsearched) == (times, ["landing: landing/file"], [])
    assert by_hash.total == min(times, 2) if times != 2 else 2, "names have no tombstone"
    assert by_words.hits == {**dict.fromkeys(by_words.hits, 0), "landing": times}


def test_a_large_column_says_the_same_as_each_of_its_values() -> None:
    rng = random.Random(20261123)
    marks = ["", "@", " ", "-", ".", "'", ",", "＠", "/", "(", ")", "a", "0", "\n", NUMBER, "0170-123 45 67", MAIL, "é"]
    texts = ["".join(rng.choices(marks, k=rng.randrange(6))) for _ in range(9_000)]
    column = pa.chunked_array([pa.array([*texts, *[""] * 9_000, None])])
    assert column.nbytes > 1 << 16
    by_value = [at for at, text in enumerate(texts) if ERASED.tombstones.names(text)]
    assert 1_000 < len(by_value) < 8_000
    assert ERASED.tombstones.rows(column) == by_value
    nothing = pa.chunked_array([pa.array([*[""] * 40_000, None])])
    assert len(ERASED.maybe(nothing)) == 0


BROKEN = {
    "gzip.csv.gz": (gzip.compress(TEXT.encode() * 99)[:-20], "damaged"),
    "bytes.gz": (b"\x1f\x8b\x08\x00" + b"x" * 99, "damaged"),
    "bzip.bz2": (bz2.compress(TEXT.encode())[:-9], "damaged"),
    "list.zip": (zipped(TEXT.encode())[:-9], "a damaged ZIP archive"),
    "locked.zip": (locked(TEXT.encode()), "protected by a password"),
    "locked.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a password"),
    "list.parquet": (parquet(a=[MAIL])[:-9], "Parquet that cannot be opened"),
    "locked.parquet": (b"PARE" + b"x" * 99 + b"PARE", "Parquet that cannot be opened"),
    "list.7z": (b"7z\xbc\xaf\x27\x1c" + b"x" * 99, "a 7z archive"),
    "list.rar": (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
    "list.pdf": (b"%PDF-1.7\n<</Filter /FlateDecode>>\nstream\n", "a PDF with packed text"),
    "deep.gz": (gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x"))))), "more than 4 times"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_opened_is_named_and_why(tmp_path: Path, name: str) -> None:
    data, reason = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    met = Met()
    list(file_texts(tmp_path / name, met))
    ((inside, said),) = met.closed
    assert reason in said
    assert inside == ("list.csv" if name == "locked.zip" else "")


def test_a_member_that_cannot_be_opened_hides_no_other(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bad.gz", BROKEN["gzip.csv.gz"][0])
        archive.writestr("good.csv", TEXT)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing/both.zip").write_bytes(stream.getvalue())
    (traces,) = find_traces(tmp_path, WORDS)
    assert traces.total >= 3
    assert [(gap.store, gap.path) for gap in traces.unsearched] == [("landing", "landing/both.zip (bad.gz)")]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/list.csv").write_text("x", encoding="utf-8")

    plain = Path.open

    def refuse(self: Path, *arguments: Any, **named: Any) -> Any:
        if self.name == "list.csv":
            raise PermissionError(13, "Permission denied")
        return plain(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", refuse)
    (traces,) = find_traces(tmp_path, WORDS)
    assert [gap.reason for gap in traces.unsearched] == ["it cannot be read: Permission denied"]


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    made = Whole.made(tmp_path / "home")
    made.feed("acme", columns={"full_name": "Name", "email": "Mail"})
    return made


def test_a_file_that_cannot_be_searched_leaves_no_erasure_proven_until_it_is_discarded(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole.drop("partners/acme/list.csv", "Name,Mail\nIda Quist,ida@quist.example\nOlaf Berg,olaf@berg.example\n")
    whole.drop("partners/acme/locked.xlsx", BROKEN["locked.xlsx"][0])
    whole.run()

    def run(*_: object, **__: object) -> dict[str, str]:
        whole.run()
        return {"status": "published"}

    monkeypatch.setattr("pipelines.erase.run_once", run)
    told = erase_person(whole.path, email="ida@quist.example", quiet=True)
    assert told["residual"] == 0
    file_id = whole.file_id("partners/acme/locked.xlsx")
    landing, raw = sorted(told["unsearched"], key=lambda one: one["store"])
    assert (landing["path"], raw["store"]) == ("landing/partners/acme/locked.xlsx", "raw")
    assert "password" in raw["reason"]
    assert f"sluice erase --discard {file_id}" in raw["remedy"]
    assert str(Unsearched(**raw)) in erasure_text(told)
    assert erasure_text(told).endswith("residual 0, and 2 could not be searched")
    found = verified(whole.path, "erasure")
    (broken,) = [item for item in found["findings"] if not item["passed"]]
    assert (broken["rows_affected"], "--discard" in broken["observed"]) == (1, True)

    def exit_code(*arguments: str) -> int:
        codes: list[int] = []
        cli.main([*arguments, "--home", str(whole.path)], codes.append)
        return codes[-1]

    assert exit_code("verify", "erasure") == 1
    assert exit_code("erase", "--email", "ida@quist.example", "--quiet") == 1
    assert "not searched: raw: lake/raw/" in capsys.readouterr().out
    told = discard_file(whole.path, file_id, quiet=True)
    assert (told["residual"], told["unsearched"]) == (0, [])
    assert not (whole.path / "landing/partners/acme/locked.xlsx").exists()
    assert exit_code("verify", "erasure") == 0
    assert exit_code("erase", "--email", "ida@quist.example", "--quiet") == 0
