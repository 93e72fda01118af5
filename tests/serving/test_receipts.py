"""The answer to a file: what it says of each line, and that it can be mended and dropped back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from serving.receipt_proofs import receipt_findings
from sources.raw import RawFile
from sources.receipt import write_receipt
from tests.serving.whole import Whole

KEYED = {"columns": {"full_name": "Name", "email": "E-Mail", "company": "Firma"}, "key": ["Nr"]}
ROWS = [
    ["Nr", "Name", "E-Mail", "Firma"],
    ["1", "Anna Berg", "ANNA@berg.example", "Berg; Söhne"],
    ["2", "Bo\nLind", "bo@lind.example", "Lind AB"],
    ["3", "Cy Nobody", "", "=HYPERLINK(1)"],
]
FIXED = "cy@nobody.example"


def delimited(delimiter: str, encoding: str, line_end: str = "\r\n") -> Callable[[list[list[str]]], bytes]:
    def write(rows: list[list[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
        return text.getvalue().encode(encoding)

    return write


def read_delimited(delimiter: str, encoding: str) -> Callable[[bytes], list[list[str]]]:
    return lambda data: list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Leads"
    for row in rows:
        page.append(row)
        for cell in page[page.max_row]:
            cell.data_type = "s" if cell.value else cell.data_type
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_workbook(data: bytes) -> list[list[str]]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [[str(cell) for cell in row] for row in rows]


def document(rows: list[list[str]]) -> bytes:
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return json.dumps({"data": {"rows": records}}, ensure_ascii=False, indent=1).encode()


def lines(rows: list[list[str]]) -> bytes:
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def flat(records: list[dict[str, Any]]) -> list[list[str]]:
    """Records with their object `sluice` as rows with a header, as the readers of tables give them."""
    told = [{**record, **{f"sluice_{k}": v or "" for k, v in record.pop("sluice").items()}} for record in records]
    return [list(told[0]), *[list(record.values()) for record in told]]


KINDS: dict[str, tuple[str, Callable[..., bytes], Callable[[bytes], list[list[str]]], dict[str, Any]]] = {
    "gb18030": ("a.csv", delimited(";", "gb18030"), read_delimited(";", "gb18030"), {"encoding": "gb18030"}),
    "utf16": ("a.tsv", delimited("\t", "utf-16"), read_delimited("\t", "utf-16"), {}),
    "xlsx": ("a.xlsx", workbook, read_workbook, {}),
    "json": (
        "a.json",
        document,
        lambda data: flat(json.loads(data)["data"]["rows"]),
        {"records": "$.data.rows"},
    ),
    "jsonl": ("a.jsonl", lines, lambda data: flat([json.loads(line) for line in data.splitlines()]), {}),
}


def mended(kind: str, data: bytes) -> bytes:
    """A receipt with the missing address of the third line filled in, all else as it is."""
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        book["Leads"].cell(4, 3).value = FIXED
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()
    encoding = {"gb18030": "gb18030", "utf16": "utf-16"}.get(kind, "utf-8")
    text = data.decode(encoding)
    for before, after in (
        ("Cy Nobody;;", f"Cy Nobody;{FIXED};"),
        ("Cy Nobody\t\t", f"Cy Nobody\t{FIXED}\t"),
        ('"Cy Nobody", "E-Mail": ""', f'"Cy Nobody", "E-Mail": "{FIXED}"'),
        ('"Cy Nobody",\n    "E-Mail": ""', f'"Cy Nobody",\n    "E-Mail": "{FIXED}"'),
    ):
        text = text.replace(before, after)
    return text.encode(encoding)


def column(rows: list[list[str]], name: str) -> list[str]:
    at = max(place for place, header in enumerate(rows[0]) if header == name)  # the last is the newest answer
    return [str(row[at]) for row in rows[1:]]


def holds(whole: Whole) -> None:
    with whole.scope() as scope:
        findings = receipt_findings(scope)
    assert all(finding.passed for finding in findings), findings


#: Every format, and every way of taking equal rows; the other pairs of them take a minute.
MENDED = [("keyed", kind) for kind in KINDS] + [("duplicate", "gb18030"), ("keep", "xlsx")]
ALL = [(identical, kind) for identical in ("keyed", "duplicate", "keep") for kind in KINDS]


@pytest.mark.parametrize(
    ("identical", "kind"), [pytest.param(*each, marks=[] if each in MENDED else pytest.mark.slow) for each in ALL]
)
def test_of_a_mended_receipt_only_what_was_mended_counts(tmp_path: Path, kind: str, identical: str) -> None:
    name, write, read, reading = KINDS[kind]
    whole = Whole.made(tmp_path / "home")
    feed = KEYED | reading | ({} if identical == "keyed" else {"key": [], "identical": identical})
    whole.feed("acme", **feed)
    whole.drop(f"partners/acme/{name}", write(ROWS))
    assert whole.answer(received_at="2026-06-01") == [f"partners/acme/{name}"]
    first = whole.receipt(f"partners/acme/{name}")
    rows = read(first)
    assert [row[:4] for row in rows] == ROWS
    assert column(rows, "sluice_verdict") == ["accepted", "accepted", "rejected"]
    assert column(rows, "sluice_code")[2] == "no-contact"
    assert column(rows, "sluice_repairs")[0] == "E-Mail: written as one address (was ANNA@berg.example)"
    leads = whole.table("lead_identities", "lead_id")
    assert sorted(filter(None, column(rows, "sluice_lead_id"))) == leads
    whole.drop(f"partners/acme/back_{name}", mended(kind, first))
    whole.answer(received_at="2026-06-02")
    again = read(whole.receipt(f"partners/acme/back_{name}")) if "json" not in kind else None
    if again is not None:
        assert column(again, "sluice_verdict") == ["duplicate", "duplicate", "accepted"]
        assert (
            column(again, "sluice_reason")[0]
            == f"The same row came before (partners/acme/{name}, line 2); it counts once."
        )
    told = dict(whole.table("source_files", "path", "rows_accepted"))
    assert told == {f"partners/acme/{name}": 2, f"partners/acme/back_{name}": 1}
    assert len(whole.table("lead_identities", "lead_id")) == 3
    assert set(leads) < set(whole.table("lead_identities", "lead_id"))
    holds(whole)


def test_equal_rows_of_a_feed_that_keeps_them_do_not_count_again_in_a_receipt(tmp_path: Path) -> None:
    whole = Whole.made(tmp_path / "home")
    whole.feed("fair", columns={"full_name": "Name"}, require=[], identical="keep")
    whole.drop("partners/fair/a.csv", "Name,Ort\nAnna,Ulm\nAnna,Ulm\nBo,Bonn\n")
    whole.answer(received_at="2026-06-01")
    receipt = whole.receipt("partners/fair/a.csv").decode().splitlines()
    whole.drop("partners/fair/b.csv", "\n".join([*receipt, receipt[1]]))
    whole.answer(received_at="2026-06-02")
    verdicts = column(read_delimited(",", "utf-8")(whole.receipt("partners/fair/b.csv")), "sluice_verdict")
    assert verdicts == ["duplicate", "duplicate", "duplicate", "accepted"]
    assert dict(whole.table("source_files", "path", "rows_accepted")) == {
        "partners/fair/a.csv": 3,
        "partners/fair/b.csv": 1,
    }
    assert len(set(whole.table("lead_records", "record_id"))) == 4
    holds(whole)


def test_a_number_in_a_cell_that_is_formatted_as_a_date_stays_in_the_receipt(tmp_path: Path) -> None:
    whole = Whole.made(tmp_path / "home")
    whole.feed("acme", columns={"full_name": "Name", "phone": "Tel"}, constants={"country": "CN"})
    book = openpyxl.Workbook()
    book.active.append(["Name", "Tel"])
    book.active.append(["Anna", 13812345678])
    book.active["B2"].number_format = "yyyy-mm-dd"
    data = io.BytesIO()
    book.save(data)
    whole.drop("partners/acme/a.xlsx", data.getvalue())
    whole.answer()
    assert float(read_workbook(whole.receipt("partners/acme/a.xlsx"))[1][1]) == 13812345678
    holds(whole)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("line", ["2,Bo,bo@lind.example", "2,Bo,bo@lind.example,Lind,Ulm,+49 30 1234,hallo,mehr"])
def test_a_ragged_line_stays_one_when_a_spreadsheet_has_saved_its_receipt(
    tmp_path: Path, line: str, suffix: str
) -> None:
    whole = Whole.made(tmp_path / "home")
    whole.feed("acme", columns={"full_name": "Name", "email": "E-Mail", "phone": "Tel"}, key=["Nr"])
    header = "Nr,Name,E-Mail,Firma,Ort,Tel,Text\n"
    whole.drop("partners/acme/a.csv", f"{header}1,Anna,anna@berg.example,Berg,Bonn,,hi\n{line}\n")
    whole.answer(received_at="2026-06-01")
    for times, folder in enumerate(("receipts", "rejects"), 2):
        data = (whole.path / "out" / folder / "partners" / "acme" / "a.csv").read_bytes()
        rows = read_delimited(",", "utf-8")(data)
        padded = [[*row, *[""] * max(map(len, rows))][: max(map(len, rows))] for row in rows]
        written = (workbook if suffix == "xlsx" else delimited(",", "utf-8"))(padded)
        whole.drop(f"partners/acme/{folder}.{suffix}", written)
        whole.answer(received_at="2026-06-02")
        assert len(set(whole.table("lead_records", "record_id"))) == 1
        assert whole.table("rejected_rows", "code") == ["ragged-row"] * times


def answered(whole: Whole, path: str, *columns: str) -> list[tuple[str, ...]]:
    rows = read_delimited(",", "utf-8")(whole.receipt(path))
    return list(zip(*[column(rows, f"sluice_{name}") for name in columns], strict=True))


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """A home with one partner, whose receipts are in Chinese."""
    made = Whole.made(tmp_path / "home")
    made.feed("acme", language="zh", columns={"full_name": "姓名", "email": "邮箱", "phone": "手机"}, key=["编号"])
    return made


HEAD = "编号,姓名,邮箱,手机\n"


def test_a_line_that_was_cut_off_is_quoted_as_it_was_and_proven(tmp_path: Path) -> None:
    whole = Whole.made(tmp_path / "home")
    whole.feed("acme", **KEYED)
    whole.drop(
        "partners/acme/a.jsonl", lines(ROWS[:2]) + b'{"Ref": "9", "Name": "Cut ' + b" \n" + lines([ROWS[0], ROWS[2]])
    )
    whole.answer(received_at="2026-06-01")
    answered = [json.loads(line) for line in whole.receipt("partners/acme/a.jsonl").splitlines()]
    assert [record["sluice"]["verdict"] for record in answered] == ["accepted", "rejected", "accepted"]
    assert answered[1]["line"].startswith('{"Ref": "9", "Name": "Cut ')
    holds(whole)


def test_reasons_and_repairs_are_in_the_language_of_the_feed_and_name_its_columns(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,Wang@Fang.example,\n2,李明,li@ming.example,12\n3,无名,,\n")
    whole.answer()
    assert answered(whole, "partners/acme/a.csv", "verdict", "repairs", "reason") == [
        ("accepted", "邮箱:已规范为标准邮箱(原为 Wang@Fang.example)", ""),
        ("accepted", "手机:不是有效电话,已留空(原为 12)", ""),
        ("rejected", "", "没有电子邮箱,也没有电话号码,无法联系此人。请至少填写一项。"),
    ]


def test_what_the_encoding_cannot_write_falls_back_to_english(whole: Whole) -> None:
    whole.feed("acme", language="zh", encoding="cp1252", columns={"full_name": "Name", "email": "Mail"})
    whole.drop("partners/acme/a.csv", "Name,Mail\nBjörn,BJ@x.example\n".encode("cp1252"))
    whole.answer()
    (row,) = read_delimited(",", "cp1252")(whole.receipt("partners/acme/a.csv"))[1:]
    assert "Mail: written as one address (was BJ@x.example)" in row


def test_rejected_lines_can_be_mended_and_dropped_and_their_file_goes_when_none_is_left(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n2,无名,,\n")
    whole.answer(received_at="2026-06-01")
    assert whole.rejects() == ["partners/acme/a.csv"]
    rejects = whole.path / "out" / "rejects" / "partners" / "acme" / "a.csv"
    rows = read_delimited(",", "utf-8")(rejects.read_bytes())
    assert [row[:5] for row in rows] == [
        ["编号", "姓名", "邮箱", "手机", "sluice_code"],
        ["2", "无名", "", "", "no-contact"],
    ]
    whole.drop("partners/acme/a.csv", rejects.read_text("utf-8").replace("无名,,", "无名,wu@ming.example,"))
    whole.answer(received_at="2026-06-02")
    assert answered(whole, "partners/acme/a.csv", "verdict") == [("accepted",)]
    assert len(whole.table("lead_records", "record_id")) == 2
    assert whole.rejects() == []
    holds(whole)


def test_a_row_that_is_known_says_where_it_was_first(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n")
    whole.answer(received_at="2026-06-01")
    whole.drop("partners/acme/b.csv", HEAD + "1,王芳,wang@fang.example,\n1,王芳芳,wang@fang.example,\n")
    whole.answer(received_at="2026-06-02")
    assert answered(whole, "partners/acme/b.csv", "verdict", "code", "reason") == [
        ("duplicate", "repeated-row", "相同的数据此前已收到(partners/acme/a.csv 第 2 行),只计一次。"),
        ("updated", "changed-row", "该编号的数据此前已收到(partners/acme/a.csv 第 2 行),已按新内容更新。"),
    ]


def test_the_same_bytes_under_another_path_are_answered_too(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n2,无名,,\n")
    whole.answer(received_at="2026-06-01")
    whole.drop("partners/acme/copy.csv", HEAD + "1,王芳,wang@fang.example,\n2,无名,,\n")
    assert whole.answer(received_at="2026-06-02") == ["partners/acme/copy.csv"]
    assert answered(whole, "partners/acme/copy.csv", "verdict", "code") == [
        ("duplicate", "same-bytes"),
        ("rejected", "no-contact"),
    ]
    holds(whole)


def test_the_same_bytes_under_another_feed_are_answered_as_a_duplicate_of_those_that_count(whole: Whole) -> None:
    text = HEAD + "1,王芳,wang@fang.example,\n2,无名,,\n"
    whole.feed("other", columns={"full_name": "姓名", "email": "邮箱"})
    whole.feed("clicks", kind="events", columns={"email": "邮箱", "event_type": "姓名", "occurred_at": "手机"})
    for path in ("partners/acme/a.csv", "partners/other/a.csv", "partners/unknown/a.csv"):
        whole.drop(path, text)
    whole.answer(received_at="2026-06-01")
    lead = answered(whole, "partners/acme/a.csv", "verdict", "code", "lead_id")[0][2]
    assert lead
    for path in ("partners/other/a.csv", "partners/unknown/a.csv"):
        assert answered(whole, path, "verdict", "code", "lead_id") == [
            ("duplicate", "same-bytes", lead),
            ("rejected", "no-contact", ""),
        ]
    whole.drop("partners/clicks/b.csv", HEAD + "9,查看,bo@lind.example,2026-05-01\n")
    whole.drop("partners/other/b.csv", HEAD + "9,查看,bo@lind.example,2026-05-01\n")
    whole.answer(received_at="2026-06-02")
    assert answered(whole, "partners/other/b.csv", "verdict", "code") == [("duplicate", "same-bytes")]
    holds(whole)


def test_a_file_that_does_not_fit_its_feed_says_so_on_every_line_and_shows_what_comes_nearest(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", "序号,姓名,邮箱\n1,王芳,wang@fang.example\n")
    whole.answer()
    assert answered(whole, "partners/acme/a.csv", "verdict", "code") == [("rejected", "missing-column")]
    words = whole.receipt("partners/acme/a.csv.receipt.txt").decode()
    assert "column\texpected\tfound\tnearest\n编号\t编号\t序号, 姓名, 邮箱\t序号\n" in words
    assert whole.rejects() == []
    holds(whole)
    whole.feed("acme", language="zh", columns={"full_name": "姓名", "email": "邮箱"}, key=["序号"])
    whole.answer()
    assert answered(whole, "partners/acme/a.csv", "verdict") == [("accepted",)]
    assert not (whole.path / "out/receipts/partners/acme/a.csv.receipt.txt").exists()


def test_a_file_moved_from_a_feed_whose_columns_it_lacks_is_read_where_it_went(whole: Whole) -> None:
    text = "Name,Email\nWanda Lost,wanda@lost.example\n"
    whole.drop("partners/acme/a.csv", text)
    whole.answer(received_at="2026-06-01")
    assert answered(whole, "partners/acme/a.csv", "verdict", "code") == [("rejected", "missing-column")]
    (whole.path / "landing/partners/acme/a.csv").unlink()
    whole.drop("partners/free/a.csv", text)
    whole.answer(received_at="2026-06-02")
    assert answered(whole, "partners/free/a.csv", "verdict", "code") == [("accepted", "")]
    said = "The same bytes came as partners/free/a.csv too, and are answered there."
    before = [("partners/acme/a.csv", "unchanged", said), ("partners/free/a.csv", "accepted", None)]
    assert whole.table("source_files", "path", "status", "reason") == before
    whole.drop("partners/again/a.csv", text)  # a copy that came later takes nothing over, whatever its name
    whole.answer(received_at="2026-06-03")
    copy = ("partners/again/a.csv", "unchanged", said)
    assert whole.table("source_files", "path", "status", "reason") == sorted([*before, copy])
    holds(whole)


def test_a_file_moved_from_a_feed_that_set_it_aside_for_its_contents_is_read_where_it_went(whole: Whole) -> None:
    whole.feed("acme", columns={"full_name": "Name", "email": "Email", "submitted_at": "Date"})
    columns = {"full_name": "Name", "email": "Email", "submitted_at": "Date"}
    whole.feed("german", columns=columns, formats={"submitted_at": "%d/%m/%Y"})
    text = "Name,Email,Date\nWanda Lost,wanda@lost.example,03/04/2026\n"
    whole.drop("partners/acme/a.csv", text)
    whole.answer(received_at="2026-06-01")
    assert answered(whole, "partners/acme/a.csv", "verdict", "code") == [("rejected", "doubtful-date")]
    (whole.path / "landing/partners/acme/a.csv").unlink()
    whole.drop("partners/german/a.csv", text)
    for day in ("2026-06-02", "2026-06-03"):
        whole.answer(received_at=day)
        assert answered(whole, "partners/german/a.csv", "verdict", "code") == [("accepted", "")]
        assert whole.table("source_files", "path", "status", "rows_accepted") == [
            ("partners/acme/a.csv", "unchanged", 0), ("partners/german/a.csv", "accepted", 1),
        ]  # fmt: skip
    whole.drop("partners/other/a.csv", text)  # a copy of what counts takes nothing over
    whole.answer(received_at="2026-06-04")
    statuses = dict(whole.table("source_files", "path", "status"))
    assert (statuses["partners/german/a.csv"], statuses["partners/other/a.csv"]) == ("accepted", "unchanged")
    holds(whole)


def test_a_file_nobody_can_read_is_answered_in_words(whole: Whole) -> None:
    whole.drop("partners/acme/a.csv", b"")
    assert whole.answer() == ["partners/acme/a.csv.receipt.txt"]
    words = whole.receipt("partners/acme/a.csv.receipt.txt").decode()
    assert "0 bytes" in words
    assert "文件为空" in words
    holds(whole)


def test_receipts_are_issued_again_with_outcomes_and_left_alone_in_between(tmp_path: Path) -> None:
    whole = Whole.made(tmp_path / "home", receipts={"outcomes_after_days": [30, 60]})
    whole.feed("acme", columns={"full_name": "Name", "email": "Mail"}, key=["Ref"])
    whole.drop("partners/acme/a.csv", "Ref,Name,Mail\n1,Anna,a@x.example\n2,Bo,b@x.example\n3,Cy,c@x.example\n")
    name = "partners/acme/a.csv"
    assert whole.answer("2026-06-01T12:00:00Z") == [name]
    assert "sluice_outcome" not in whole.receipt(name).decode()
    anna, bo, _ = [lead for (lead,) in answered(whole, name, "lead_id")]
    known = {
        "opportunities": [
            {"opportunity_id": "o1", "opportunity_ref": "D1", "lead_id": anna, "status": "won", "amount": 900,
             "currency": "EUR", "created_at": "2026-06-10", "closed_at": "2026-07-15"},
            {"opportunity_id": "o2", "lead_id": bo, "status": "open", "amount": 50, "currency": "USD",
             "created_at": "2026-07-02"},
        ],
        "deal_rows": [
            {"opportunity_ref": "D1", "changed_at": day, "known_at": day, "received_at": day, "amount": amount,
             "currency": "EUR", "file_id": "f", "source_name": "crm", "line_no": at}
            for at, (day, amount) in enumerate([("2026-06-10", 500), ("2026-07-10", 900)])
        ],
    }  # fmt: skip
    told = ("opportunity_id", "outcome", "amount", "currency", "outcome_date")
    assert whole.answer("2026-06-30", **known) == []
    assert whole.answer("2026-07-02", **known) == [name]
    assert answered(whole, name, *told) == [
        ("o1", "open", "500.00", "EUR", "2026-07-01"),
        ("", "", "", "", "2026-07-01"),
        ("", "", "", "", "2026-07-01"),
    ]
    after_30_days = whole.receipt(name)
    assert [whole.answer(day, **known) for day in ("2026-07-03", "2026-07-20", "2026-07-30")] == [[], [], []]
    assert whole.answer("2026-07-31T12:00:00Z", **known) == [name]
    assert answered(whole, name, *told) == [
        ("o1", "won", "900.00", "EUR", "2026-07-31"),
        ("o2", "open", "50.00", "USD", "2026-07-31"),
        ("", "", "", "", "2026-07-31"),
    ]
    holds(whole)
    (whole.path / "lake" / "receipts.json").unlink()
    assert whole.answer("2026-07-20", **known) == [name]
    assert whole.receipt(name) == after_30_days


@pytest.mark.parametrize("damage", ["a line is gone", "a cell is changed", "an answer is gone", "a verdict is made up"])
def test_verify_finds_a_receipt_that_is_not_the_file_or_does_not_answer(whole: Whole, damage: str) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n2,李明,li@ming.example,\n")
    whole.answer()
    holds(whole)
    path = whole.path / "out/receipts/partners/acme/a.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    if damage == "a line is gone":
        lines.pop()
    elif damage == "a cell is changed":
        lines[1] = lines[1].replace("王芳", "王方")
    elif damage == "an answer is gone":
        lines[2] = "2,李明,li@ming.example,\n"
    else:
        lines[2] = lines[2].replace("accepted", "splendid")
    path.write_text("".join(lines), "utf-8")
    with whole.scope() as scope:
        assert [finding.passed for finding in receipt_findings(scope)] == [True, False]


def test_rows_of_one_person_and_rows_in_doubt_say_so(whole: Whole) -> None:
    whole.drop(
        "partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n2,王芳,w@fang.example,\n3,李明,li@ming.example,\n"
    )
    whole.answer()
    first, second, third = [lead for (lead,) in answered(whole, "partners/acme/a.csv", "lead_id")]
    whole.answer(
        lead_identities=[{"record_id": second, "lead_id": first}],
        record_matches=[{"record_id_l": third, "record_id_r": first, "decision": "review"}],
    )
    assert answered(whole, "partners/acme/a.csv", "verdict", "code", "lead_id", "reason") == [
        ("review", "possible-same-person", first, "可能与已有线索是同一人;在有人确认之前单独保留。"),
        ("merged", "same-person", first, "与 partners/acme/a.csv 第 2 行是同一人,两行合并为一条线索。"),
        ("review", "possible-same-person", third, "可能与已有线索是同一人;在有人确认之前单独保留。"),
    ]


@pytest.mark.parametrize(("twice", "verdict"), [("email", "rejected"), ("note", "accepted")])
def test_a_parquet_file_with_a_name_twice_is_answered(whole: Whole, twice: str, verdict: str) -> None:
    cells = {"name": "Anna Berg", "email": "anna@berg.example"}
    columns = [*cells.items(), (twice, "x"), (twice, "y")]
    table = pa.Table.from_arrays([pa.array([cell]) for _, cell in columns], names=[name for name, _ in columns])
    stream = io.BytesIO()
    pq.write_table(table, stream)
    whole.feed("twice", columns={"full_name": "name", "email": "email"})
    whole.drop("partners/twice/a.parquet", stream.getvalue())
    whole.answer()
    answered = pq.ParquetFile(io.BytesIO(whole.receipt("partners/twice/a.parquet"))).read()
    assert answered.select(range(len(columns))).equals(table)
    assert answered.column("sluice_verdict").to_pylist() == [verdict]
    holds(whole)


def test_a_receipt_that_cannot_be_written_keeps_back_no_other(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.drop("partners/acme/a.csv", HEAD + "1,王芳,wang@fang.example,\n")
    whole.drop("partners/acme/b.csv", HEAD + "2,李明,li@ming.example,\n")

    def stumbling(raw_file: RawFile, *arguments: Any) -> Path:
        if raw_file.path.endswith("a.csv"):
            raise KeyError("out of order")
        return write_receipt(raw_file, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr("serving.receipts.write_receipt", stumbling)
        words, other = "partners/acme/a.csv.receipt.txt", "partners/acme/b.csv"
        assert whole.answer() == [words, other]
        assert "receipt-failed" in whole.receipt(words).decode()
        assert whole.answer() == [words], "it is tried again"
    assert whole.answer() == ["partners/acme/a.csv"]
    assert not (whole.path / "out" / "receipts" / words).exists()


def test_records_under_keys_of_their_own_are_answered_in_their_places(whole: Whole) -> None:
    name = "partners/keyed/a.json"
    whole.feed("keyed", columns={"full_name": "name", "email": "email"})
    whole.drop(name, '{"-Na1": {"name": "Anna", "email": "anna@x.example"},\n "-Na2": {"name": "Bo", "email": ""}}\n')
    whole.answer()
    told = json.loads(whole.receipt(name))
    assert {key: record["sluice"]["verdict"] for key, record in told.items()} == {
        "-Na1": "accepted",
        "-Na2": "rejected",
    }
    (rejected,) = json.loads((whole.path / "out" / "rejects" / name).read_bytes())
    assert (rejected["name"], rejected["sluice"]["code"]) == ("Bo", "no-contact")
    holds(whole)
