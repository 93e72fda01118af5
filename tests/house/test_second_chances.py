"""A wrong drop is taken back and given back, and what was refused is read again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines.second_chances
from pipelines.errors import UsageError
from pipelines.second_chances import reprocess_files, retract_file
from pipelines.verify import _ids_to_resolve, verified
from serving.published import Published, ledger_state
from policy.load import load_policy
from sources.raw import raw_dir_of
from tests.house.conftest import published_hashes
from tests.serving.whole import Whole

COLUMNS = {
    "full_name": "Name", "email": "E-Mail", "company": "Company", "title": "Title", "budget_amount": "Budget",
    "purchase_date": "Buys", "need": "Need", "employee_count": "Staff", "product": "Product",
}  # fmt: skip
HEADER = ",".join(["Ref", *COLUMNS.values()])
#: Fits so well that the gate lets it through at once.
PROMISING = "{ref},{name},{email},Acme Corp,Chief Executive Officer,90000,2026-07-15,migrate our plant,900,GTX\n"
DULL = "{ref},{name},{email},,,,,,,\n"


@pytest.fixture(autouse=True, scope="module")
def files_that_are_still_at_once() -> Iterator[None]:
    """A run looks at each file twice; these are written before it looks at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.landing.STILL_SECONDS", 0)
        yield


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    made = Whole.made(tmp_path / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS)
    (made.path / "policy" / "promotion.yaml").write_text(OPEN_GATE, encoding="utf-8")
    return made


#: Whoever names a budget is promoted.
OPEN_GATE = "placeholder"


def drop(whole: Whole, name: str, *rows: str) -> None:
    whole.drop(f"partners/acme/{name}", HEADER + "\n" + "".join(rows))


def person(template: str, ref: str, name: str) -> str:
    return template.format(ref=ref, name=name, email=f"{name.split()[0].lower()}@{name.split()[1].lower()}.example")


def file_id(whole: Whole, path: str) -> str:
    return next(found for found, its_path in whole.table("source_files", "file_id", "path") if its_path == path)


def state(whole: Whole) -> str:
    return ledger_state(whole.path, load_policy(whole.path))
