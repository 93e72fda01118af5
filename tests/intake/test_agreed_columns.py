"""The schema contract of a feed: what its first accepted file has is what the others are held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.intake.agreed_columns import Agreed, differences, needed_columns
from sources.retractions import decide
from tests.intake.conftest import Home
from tests.sources.rows import take

COLUMNS = {"full_name": "Name", "email": "Mail", "budget_amount": "Budget", "submitted_at": "When"}
FIRST = ("Name,Mail,Budget,When,Score", "Anna,a@x.example,100,2026-05-01,7", "Bo,b@x.example,200,2026-05-02,8")
OTHER = ("Name,Mail,When,Score,Shoe", "Cy,c@x.example,soon,many,44", "Di,d@x.example,later,more,41")
EN = (
    "new column Shoe; column Budget is missing; column When holds text instead of dates; "
    "column Score holds text instead of numbers"
)
ZH = "新增列 Shoe;缺少列 Budget;列 When 由日期变为文本;列 Score 由数字变为文本"


def told(home: Home) -> dict[str, dict[str, Any]]:
    made = home.run("2026-06-03")
    paths = {row["file_id"]: row["path"].rsplit("/", 1)[1] for row in made.landed}
    return {paths[row["file_id"]]: row for row in made.readings}


def taken(home: Home, contract: str | None) -> dict[str, dict[str, Any]]:
    home.feed("acme", columns=COLUMNS, **({"contract": contract} if contract else {}))
    home.drop("partners/acme/b_first.csv", *FIRST)
    home.run("2026-06-01")
    home.drop("partners/acme/a_other.csv", *OTHER)
    home.run("2026-06-02")
    return told(home)


@pytest.mark.parametrize("contract", [None, "evolve"])
def test_evolve_takes_the_file_and_notes_what_changed(home: Home, contract: str | None) -> None:
    files = taken(home, contract)
    other = files["a_other.csv"]
    assert (other["code"], other["rows_usable"], other["note_code"]) == (None, 2, "contract-evolved")
    assert EN in other["note"]
    assert ZH in other["note_zh"]
    assert files["b_first.csv"]["note"] is None


def test_freeze_sets_the_file_aside_with_the_exact_list(home: Home) -> None:
    files = taken(home, "freeze")
    other = files["a_other.csv"]
    assert (other["code"], other["rows_read"], other["rows_usable"]) == ("contract-changed", 0, 0)
    assert EN in other["reason"]
    assert ZH in other["reason_zh"]
    assert files["b_first.csv"]["code"] is None


def test_without_the_first_file_the_next_one_is_what_is_agreed(home: Home) -> None:
    first = next(row["file_id"] for row in [*taken(home, "freeze").values()] if row["code"] is None)
    scope = home.scope("2026-06-03")
    decide(scope.raw, first, scope.received_at, "", retracted=True, heirs={})
    assert [(name, row["code"]) for name, row in told(home).items()] == [("a_other.csv", None)]


@pytest.mark.parametrize(
    ("row", "is_noted"),
    [
        ("Cy,c@x.example,150,2026-05-03,9", False),
        ("Cy,c@x.example,,,", False),  # nothing filled says nothing
        ("Cy,+49 (0)731 1,150,2026-05-03,9", False),  # what is mapped to text is text
        ("Cy,c@x.example,12 EUR,2026-05-03,9", True),
        ("Cy,c@x.example,150,2026-05-03,n/a", True),
    ],
)
def test_only_numbers_and_dates_can_become_something_else(home: Home, row: str, is_noted: bool) -> None:
    home.feed("acme", columns=COLUMNS, require=[])
    home.drop("partners/acme/1.csv", *FIRST)
    home.run("2026-06-01")
    home.drop("partners/acme/2.csv", FIRST[0], row)
    assert bool(told(home)["2.csv"]["note_code"]) is is_noted


def test_a_few_odd_cells_are_refused_one_by_one_and_are_no_other_kind_of_column(home: Home) -> None:
    home.feed("acme", columns=COLUMNS, contract="freeze")
    home.drop("partners/acme/1.csv", *FIRST)
    home.run("2026-06-01")
    home.drop(
        "partners/acme/2.csv", FIRST[0], "Odd,o@x.example,n/a,2026-05-03,9",
        *[f"N{at},n{at}@x.example,{at},2026-05-03,9" for at in range(1, 30)],
    )  # fmt: skip
    assert told(home)["2.csv"]["code"] is None


def test_a_missing_column_names_what_was_expected_and_what_comes_nearest(home: Home) -> None:
    home.feed("acme", columns={"email": ["E-Mail", "Mail address"]}, require=[["email"]])
    home.drop("partners/acme/1.csv", "Name,Mail adress", "Anna,a@x.example")
    said = told(home)["1.csv"]
    assert said["code"] == "missing-column"
    assert "E-Mail (expected E-Mail or Mail address; nearest in the file: Mail adress)" in said["reason"]
    assert "E-Mail(应为 E-Mail or Mail address;文件中最接近的是 Mail adress)" in said["reason_zh"]


@pytest.mark.parametrize("contract", ["evolve", "freeze"])
@pytest.mark.parametrize("empty", [(), (",,,,",)], ids=["headers alone", "empty cells"])
def test_what_a_column_holds_is_told_by_the_first_file_that_has_a_value_in_it(
    home: Home, contract: str, empty: tuple[str, ...]
) -> None:
    home.feed("acme", columns=COLUMNS, require=[], contract=contract)
    home.drop("partners/acme/a.csv", FIRST[0], *empty)
    home.run("2026-06-01")
    home.drop("partners/acme/b.csv", *FIRST)
    assert {(row["code"], row["note_code"]) for row in home.run("2026-06-02").readings} == {(None, None)}
    home.drop("partners/acme/c.csv", FIRST[0], "Cy,c@x.example,1,soon,many")
    home.run("2026-06-03")
    files = told(home)
    assert [files[name]["code"] or files[name]["note_code"] for name in ("a.csv", "b.csv")] == [None, None]
    kind, text = ("code", "reason") if contract == "freeze" else ("note_code", "note")
    assert files["c.csv"][kind] == ("contract-changed" if contract == "freeze" else "contract-evolved")
    assert "column When holds text instead of dates" in files["c.csv"][text]
    assert "column Score holds text instead of numbers" in files["c.csv"][text]


@pytest.mark.parametrize("contract", ["evolve", "freeze"])
@pytest.mark.parametrize("names", [("1.json", "2.csv"), ("1.csv", "2.json", "3.csv")])
@pytest.mark.parametrize("empty", ["[]", '{"items": []}'])
def test_a_list_without_rows_has_no_columns_that_could_be_missing(
    home: Home, contract: str, names: tuple[str, ...], empty: str
) -> None:
    home.feed("acme", columns=COLUMNS, contract=contract)
    for day, name in enumerate(names, 1):
        home.drop(f"partners/acme/{name}", *([empty] if name.endswith("json") else [FIRST[0], f"N,{day}@x.example,,,"]))
        home.run(f"2026-06-0{day}")
    files = told(home)
    assert [(name, row["code"], row["note_code"]) for name, row in sorted(files.items())] == [
        (name, None, None) for name in names
    ]


def test_every_difference_has_its_code(tmp_path: Path) -> None:
    first, other = (take(tmp_path, "\n".join(rows).encode()) for rows in (FIRST, OTHER))
    found = differences(Agreed(first.headers, {"score": "number"}), other.headers, {"score": "text"})
    assert [code for code, _ in found] == ["new-column", "gone-column", "changed-type"]
    assert [code for code, _ in needed_columns(["Ref or Id"], ["Name"])] == ["needed-column"]
