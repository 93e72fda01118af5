"""Every code there is, is expected by some test of what produces it."""

from __future__ import annotations

import ast
import gzip
import os
from pathlib import Path

import pytest

from sources.codes import CODES, SUPPRESSED
from sources.landing import take_landing
from tests.sources.rows import policy, take
from tests.sources.test_readers import TABLE, workbook

TESTS = Path(__file__).resolve().parents[1]
#: Kept for answers that another room gives; nothing is refused with it yet where it is missing from `CODES`.
PLANNED = {"test-row"}


def expected_words() -> set[str]:
    """Every text that stands by itself in a test: among them the codes that a test expects."""
    return {
        node.value
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_is_expected_by_a_test():
    words = expected_words()
    assert [(place, code) for place, codes in CODES.items() for code in codes if code not in words] == []


def test_codes_that_suppress_are_codes():
    known = {code for codes in CODES.values() for code in codes}
    assert known | PLANNED >= SUPPRESSED


def test_a_damaged_archive_is_refused(tmp_path: Path):
    packed = bytearray(gzip.compress(b"id,name\n" + b"1,Anna\n" * 1000))
    packed[-6] ^= 0xFF
    refused = take(tmp_path, bytes(packed)).refused
    assert refused is not None
    assert refused["code"] == "broken-archive"


def test_a_sheet_that_is_not_there_is_refused(tmp_path: Path):
    refused = take(tmp_path, workbook(("Leads", TABLE)), sheet="Contacts").refused
    assert refused is not None
    assert refused["code"] == "sheet-not-found"


def left_out(home: Path) -> list[tuple[str, str]]:
    return [(left.path, left.code) for left in take_landing(home, policy()).left_out]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A landing zone with one file."""
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / "a.csv").write_text("id\n1\n", encoding="utf-8")
    return folder


def test_a_file_that_grows_is_left(landing: Path, monkeypatch: pytest.MonkeyPatch):
    def written_meanwhile(_: float) -> None:
        with (landing / "a.csv").open("a", encoding="utf-8") as stream:
            stream.write("2\n")

    monkeypatch.setattr("sources.landing.time.sleep", written_meanwhile)
    assert left_out(landing.parent) == [("a.csv", "still-growing")]


def test_a_file_that_may_not_be_read_is_left(landing: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.open

    def refuse(path: object, *arguments: int, **named: int) -> int:
        if str(path).endswith("a.csv"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("sources.landing.os.open", refuse)
    assert left_out(landing.parent) == [("a.csv", "no-permission")]
