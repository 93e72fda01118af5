"""Company names of real life in every encoding that Chinese files come in."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from sources.encodings import decide_encoding
from sources.errors import RefusedFileError

pytestmark = pytest.mark.acceptance
SEED = 20_260_101


@pytest.fixture(scope="module")
def companies(acceptance_data: Path) -> list[str]:
    text = (acceptance_data / "chinese_companies" / "company_short_names_20000.txt").read_text(encoding="utf-8-sig")
    return [line.strip() for line in text.splitlines()[3:] if line.strip()]


def _decided(data: bytes) -> str | None:
    try:
        return decide_encoding(data, None).name
    except RefusedFileError:
        return None


def _written(companies: list[str], encoding: str) -> list[str]:
    """The names that an encoding can write: of Big5 those whose characters are the same in both scripts."""
    return [name for name in companies if not _lost(name, encoding)]


def _lost(name: str, encoding: str) -> bool:
    try:
        name.encode(encoding)
    except UnicodeEncodeError:
        return True
    return name.isascii()


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("header", "least"), [("id,company,email", 0.6), ("编号,公司,邮箱", 0.97)])
def test_files_of_any_length_are_read_or_refused(
    companies: list[str], encoding: str, header: str, least: float
) -> None:
    header = header.replace("编号", "編號").replace("邮箱", "電郵") if encoding == "big5" else header
    names = _written(companies, encoding)
    draw = random.Random(f"{SEED} {encoding} {header}")
    counts: Counter[str] = Counter()
    for rows in (1, 2, 3, 5, 20):
        for _ in range(40):
            lines = [f"{n},{draw.choice(names)},a{n}@example.cn" for n in range(rows)]
            text = "\n".join([header, *lines, ""])
            found = _decided(text.encode(encoding))
            size = "short" if rows < 5 else "long"
            right = found is not None and text.encode(encoding).decode(found, "replace") == text
            counts[f"{'right' if right else 'wrong' if found else 'refused'} {size}"] += 1
    assert counts["wrong short"] + counts["wrong long"] == 0
    assert counts["refused long"] == 0
    assert counts["right short"] >= least * 120


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le"])
def test_the_whole_list_is_read(companies: list[str], encoding: str) -> None:
    assert _decided("\n".join(companies).encode(encoding)) == encoding
