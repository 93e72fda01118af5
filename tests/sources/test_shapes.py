"""Tables of every shape that people drop: what is read of each, cell by cell, or why it is refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sources.raw import RawFile
from tests.sources.rows import rows, take

Cells = Sequence[Sequence[Any]]


def repairs(file: RawFile) -> dict[int, str]:
    """What the reader put right: line -> JSON."""
    found = pq.read_table(file.rows_path, columns=["line_no", "problem", "detail"]).to_pylist()
    return {row["line_no"]: row["detail"] for row in found if row["problem"] is None and row["detail"]}


def xlsx(cells: Cells, merged: Sequence[str] = (), **options: Any) -> bytes:
    """A workbook of one sheet. A cell (formula, value) is a formula; merged ranges keep their first cell."""
    return sheets({"Sheet1": cells}, merged=merged, **options)


def sheets(given: Mapping[str, Cells], merged: Sequence[str] = (), hidden: Sequence[str] = (), **options: Any) -> bytes:
    """A workbook; `merged` is of its first sheet."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, (name, cells) in enumerate(given.items()):
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            else:
                sheet.activate()
            for row, line in enumerate(cells):
                for column, cell in enumerate(line):
                    if isinstance(cell, tuple):
                        sheet.write_formula(row, column, cell[0], None, cell[1])
                    elif isinstance(cell, datetime | date):
                        sheet.write_datetime(row, column, cell, day)
                    elif cell is not None:
                        sheet.write(row, column, cell)
            for cells_ in merged if number == 0 else ():
                first, _, last = cells_.partition(":")
                top, left = int(first[1:]) - 1, ord(first[0]) - 65
                bottom, right = int(last[1:]) - 1, ord(last[0]) - 65
                line = given[name][top]
                sheet.merge_range(top, left, bottom, right, line[left] if left < len(line) else None)
    return packed.getvalue()


def ods(cells: Cells, sheet: str = "Leads") -> bytes:
    """A spreadsheet as LibreOffice writes it, all cells text."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in line
        )
        + "</table:table-row>"
        for line in cells
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="{sheet}">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><m:manifest xmlns:m="urn:x"/>')
    return packed.getvalue()


def csv_text(cells: Cells) -> bytes:
    return "".join(",".join("" if cell is None else str(cell) for cell in line) + "\r\n" for line in cells).encode()


# --- headers ---------------------------------------------------------------------------------------------------

TWO_ROW_HEADERS: list[tuple[Cells, int, list[str]]] = [
    # groups above, names below; a name that stands alone needs no group
    (
        [["Name", "Contact", None], [None, "Email", "Phone"], ["Anna", "a@x.de", "1"], ["Bob", "b@x.de", "2"]],
        2,
        ["Name", "Email", "Phone"],
    ),
    # equal names below take their group
    (
        [
            ["Name", "Billing", None, "Delivery", None],
            [None, "City", "Street", "City", "Street"],
            ["Anna", "Ulm", "A 1", "Bonn", "B 2"],
            ["Bob", "Bonn", "C 3", "Ulm", "D 4"],
        ],
        2,
        ["Name", "Billing City", "Billing Street", "Delivery City", "Delivery Street"],
    ),
    # a name beside them is that of its group as well
    (
        [
            ["Personal", None, None, "Firm", None],
            ["First", "Last", "Email", "Name", "Email"],
            ["Ida", "Bo", "ida@x.de", "Acme", "info@acme.de"],
            ["Cy", "Do", "cy@x.de", "Beta", "info@beta.de"],
        ],
        2,
        ["First", "Last", "Personal Email", "Firm Name", "Firm Email"],
    ),
    # the same names in two languages
    (
        [["Name", "Email", "Phone"], ["姓名", "邮箱", "电话"], ["王小红", "w@x.cn", "1"], ["李明", "l@x.cn", "2"]],
        2,
        ["Name", "Email", "Phone"],
    ),
    # a first record without an address is no second header row
    ([["Name", "Email", "City"], ["Anna", None, "Ulm"], ["Bob", "b@x.de", "Bonn"]], 1, ["Name", "Email", "City"]),
]


@pytest.mark.parametrize(("cells", "last", "headers"), TWO_ROW_HEADERS)
@pytest.mark.parametrize("write", [csv_text, xlsx])
def test_a_header_of_two_rows_names_each_column_once(
    tmp_path: Path, write: Any, cells: Cells, last: int, headers: list[str]
) -> None:
    file = take(tmp_path, write(cells))
    assert file.headers == headers
    assert rows(file) == [(line_no, *cells[line_no - 1]) for line_no in range(last + 1, len(cells) + 1)]


@pytest.mark.parametrize(
    ("cells", "merged", "headers"),
    [
        (
            [["Name", "Contact", None], [None, "Email", "Phone"], ["Anna", "a@x.de", "1"]],
            ["A1:A2", "B1:C1"],
            ["Name", "Email", "Phone"],
        ),
        (
            [["Leads of May", None, None], ["Name", "Email", "Phone"], ["Anna", "a@x.de", "1"]],
            ["A1:C1"],
            ["Name", "Email", "Phone"],
        ),
    ],
)
def test_merged_cells_over_clear_names_are_read(
    tmp_path: Path, cells: Cells, merged: list[str], headers: list[str]
) -> None:
    file = take(tmp_path, xlsx(cells, merged))
    assert (file.headers, rows(file)) == (headers, [(3, "Anna", "a@x.de", "1")])


def test_a_header_merged_across_columns_without_names_below_is_refused_by_its_cells(tmp_path: Path) -> None:
    refused = take(tmp_path, xlsx([["id", "name", None], [1, "a", "b"], [2, "c", "d"]], ["B1:C1"])).refused
    assert refused is not None
    assert (refused["code"], "B1:C1" in refused["en"], "B1:C1" in refused["zh"]) == ("merged-header", True, True)


def test_a_value_merged_down_belongs_to_each_of_its_rows(tmp_path: Path) -> None:
    cells: Cells = [
        ["Company", "Name", "Email"],
        ["Acme", "Anna", "a@x.de"],
        [None, "Bob", "b@x.de"],
        ["Nil", "Cy", "c@x.de"],
    ]
    assert rows(take(tmp_path, xlsx(cells, ["A2:A3"]))) == [
        (2, "Acme", "Anna", "a@x.de"),
        (3, "Acme", "Bob", "b@x.de"),
        (4, "Nil", "Cy", "c@x.de"),
    ]


@pytest.mark.parametrize("write", [csv_text, xlsx])
def test_titles_notes_and_blank_lines_above_a_table_are_no_rows(tmp_path: Path, write: Any) -> None:
    cells: Cells = [
        ["Leads of the spring fair", None, None],
        ["Exported by Anna", "2026-05-01", None],
        [None, None, None],
        ["Name", "Email", "City"],
        ["Anna", "a@x.de", "Ulm"],
        ["Bob", "b@x.de", "Bonn"],
    ]
    file = take(tmp_path, write(cells))
    assert (file.headers, file.dialect["header_line"]) == (["Name", "Email", "City"], 4)
    assert rows(file) == [(5, "Anna", "a@x.de", "Ulm"), (6, "Bob", "b@x.de", "Bonn")]


@pytest.mark.parametrize("write", [csv_text, xlsx])
@pytest.mark.parametrize(
    "total",
    [
        ["Total", None, "35"],
        ["合计", None, "35"],
        ["Grand total: 2", None, None],
        ["合计", None, "8万"],
        ["总计", None, "1.5亿元"],
        ["合计", None, "3家"],
        ["合计：1条", None, None],
        ["Total (1 lead)", None, "3"],
        ["合计（2人）", None, None],
        ["Subtotal", None, None],
    ],
)
def test_a_total_at_the_end_is_no_lead(tmp_path: Path, write: Any, total: list[str | None]) -> None:
    cells: Cells = [["Name", "Email", "Employees"], ["Anna", "a@x.de", "10"], ["Total Energies", "t@x.de", "25"], total]
    assert rows(take(tmp_path, write(cells))) == [
        (2, "Anna", "a@x.de", "10"),
        (3, "Total Energies", "t@x.de", "25"),
        (4, "total-row"),
    ]


PEOPLE: list[list[Any]] = [["Name", "Email", "City"], ["Anna", "a@x.de", "Ulm"], ["Bob", "b@x.de", "Bonn"]]
BLANK = [None, None, None]


@pytest.mark.parametrize("write", [csv_text, xlsx, "short"])
@pytest.mark.parametrize(
    ("below", "codes"),
    [
        ([["Exported on 2026-05-31 by Anna"]], ["note-row"]),
        ([["Exported by", "admin@vendor.com", "2026-05-31"]], ["note-row"]),
        ([BLANK, ["Prepared by:", "ann@vendor.com"], ["制表人:", "li@vendor.cn"]], ["note-row", "note-row"]),
        ([["Source: spring fair", None], ["Page 1 of 1", None]], ["note-row", "note-row"]),
        ([["数据来源:春季展会"], ["导出时间:2026-05-31 10:00"]], ["note-row", "note-row"]),
        ([["資料來源:春季展覽"]], ["note-row"]),
        ([BLANK, ["Confidential"], BLANK, ["* by phone only"]], ["note-row", "note-row"]),
        ([["Total", None, "2"], ["End of report"]], ["total-row", "note-row"]),
        ([BLANK, ["Total", None, "2"], BLANK, ["These people asked us to call them."]], ["total-row", "note-row"]),
    ],
)
def test_notes_below_a_table_are_no_leads_and_the_file_says_so(
    tmp_path: Path, write: Any, below: list[list[Any]], codes: list[str]
) -> None:
    padded = [[*row, *[None] * (3 - len(row))] for row in below]
    if write == "short":  # lines that end behind the note
        last = "".join(",".join(cell or "" for cell in row).rstrip(",") + "\n" for row in padded)
        file = take(tmp_path, csv_text(PEOPLE) + last.encode())
    else:
        file = take(tmp_path, write([*PEOPLE, *padded]))
    answered = [row for row in rows(file)[2:] if row[1:] != tuple(BLANK)]
    assert rows(file)[:2] == [(2, "Anna", "a@x.de", "Ulm"), (3, "Bob", "b@x.de", "Bonn")]
    assert [row[1] for row in answered] == codes
    notes = [row[0] for row in answered if row[1] == "note-row"]
    assert file.dialect["footer_lines"] == [notes[0], len(notes)]


@pytest.mark.parametrize("write", [csv_text, xlsx])
@pytest.mark.parametrize(
    "last",
    [
        ["c@x.de", None, None],
        ["+49 30 1234567", None, None],
        ["Source: c@x.de", None, None],
        ["(030) 1234567", None, None],
        [None, "Tel: 030 1234567", None],
        ["Acme Trading Company Ltd", None, None],
        ["10023", None, None],
        [None, None, "Source: spring fair"],
        ["Note: Cy", "c@x.de", None],
        ["Cy", "c@x.de", "Exported on Monday"],
    ],
)
def test_a_last_row_that_may_be_of_use_is_no_note(tmp_path: Path, write: Any, last: list[Any]) -> None:
    for below in ([last], [BLANK, last]):
        file = take(tmp_path, write([*PEOPLE, *below]))
        assert "footer_lines" not in file.dialect
        assert rows(file)[-1] == (3 + len(below), *last)


def test_blank_lines_between_all_rows_set_no_note_off(tmp_path: Path) -> None:
    lines = [[cell for row in PEOPLE for cell in (row, [])], [[], ["Cy: by phone", None, None]]]
    text = "".join(",".join(cell or "" for cell in row) + "\n" for part in lines for row in part)
    assert rows(take(tmp_path, text.encode()))[-1][1:] == ("Cy: by phone", None, None)


def test_the_only_column_has_no_notes_below(tmp_path: Path) -> None:
    file = take(tmp_path, b"Remark\nfirst\nsecond\n\nSource: spring fair\n")
    assert rows(file)[-1] == (5, "Source: spring fair")
    assert "footer_lines" not in file.dialect


def test_notes_below_a_long_table_are_found_whatever_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.readers.reading.FAST_FROM_BYTES", 0)
    long = [PEOPLE[0], *PEOPLE[1:] * 30_000]
    for last in (
        "Exported on 2026-05-31,,",
        "Source: fairs, in spring, of Ulm, and of Bonn",
        '"Source: ""Ulm"", 2026",,',
    ):
        file = take(tmp_path, csv_text(long) + last.encode())
        assert (file.rows, file.dialect["footer_lines"]) == (60_001, [60_002, 1])


@pytest.mark.parametrize("write", [csv_text, xlsx])
def test_a_header_that_comes_again_is_no_lead(tmp_path: Path, write: Any) -> None:
    cells: Cells = [["Name", "Email"], ["Anna", "a@x.de"], ["Name", "Email"], ["Bob", "b@x.de"]]
    assert rows(take(tmp_path, write(cells))) == [
        (2, "Anna", "a@x.de"),
        (3, "repeated-header"),
        (4, "Bob", "b@x.de"),
    ]


@pytest.mark.parametrize("write", [csv_text, xlsx])
@pytest.mark.parametrize("header_row", [None, 1])
@pytest.mark.parametrize(
    "rows",
    [
        [["Anna Vogel", "anna@nh.example", "Firma GmbH"], ["Max Huber", "max@nh.example", "Huber KG"]],
        [["Anna Vogel", "+49 170 1234567"], ["Max Huber", "+43 664 1234567"]],
        [["张三", "13800138000"], ["李四", "13800138001"]],
        [["Anna Vogel <anna@nh.example>"], ["Max Huber <max@nh.example>"]],
        [["anna@nh.example"], ["max@nh.example"]],
    ],
)
def test_a_list_without_column_names_is_refused_rather_than_losing_its_first_record(
    tmp_path: Path, write: Any, header_row: int | None, rows: list[list[Any]]
) -> None:
    file = take(tmp_path, write(rows), header_row=header_row)
    assert (file.refused or {}).get("code") == "no-column-names"


@pytest.mark.parametrize("write", [csv_text, xlsx])
def test_blank_columns_and_empty_headers_keep_their_place(tmp_path: Path, write: Any) -> None:
    cells: Cells = [["Name", None, "Email", None], ["Anna", None, "a@x.de", "vip"], ["Bob", None, "b@x.de", None]]
    file = take(tmp_path, write(cells))
    assert file.headers == ["Name", "column 2", "Email", "column 4"]
    assert rows(file) == [(2, "Anna", None, "a@x.de", "vip"), (3, "Bob", None, "b@x.de", None)]


# --- lines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "repaired"),
    [
        (
            'Name,Email,City\r\n"Anna,a@x.de,""Ulm, Mitte"""\r\nBob,b@x.de,Bonn\r\n',
            [(2, "Anna", "a@x.de", "Ulm, Mitte"), (3, "Bob", "b@x.de", "Bonn")],
            [2],
        ),
        (
            '"Name,Email,City"\r\n"Anna,a@x.de,Ulm"\r\n"Bob,b@x.de,Bonn"\r\n',
            [(2, "Anna", "a@x.de", "Ulm"), (3, "Bob", "b@x.de", "Bonn")],
            [2, 3],
        ),
        (
            '"Name";"Email"\r\n"Anna";"a@x.de"\r\n"Bob \\"B\\" Bo";"b@x.de"\r\n',
            [(2, "Anna", "a@x.de"), (3, 'Bob "B" Bo', "b@x.de")],
            [3],
        ),
        ('Name,Email\r"Anna\rMaria",a@x.de\rBob,b@x.de', [(2, "Anna\rMaria", "a@x.de"), (4, "Bob", "b@x.de")], []),
        ('Name,Email\n"Anna\n\nMaria",a@x.de\n', [(2, "Anna\n\nMaria", "a@x.de")], []),
        ("Name;Email\r\nAnna;a@x.de\r\n\x1a", [(2, "Anna", "a@x.de")], []),
        ("Email\r\na@x.de\r\n\x1a", [(2, "a@x.de")], []),
        ("Name,Email\nAnna,a@x.de,,,\nBob\n", [(2, "Anna", "a@x.de"), (3, "ragged-row")], []),
        ("Name,Email\nAn\0na,a@x.de\nBob,b@x.de\n", [(2, "nul-byte"), (3, "Bob", "b@x.de")], []),
        ("sep=;\nName;Email\nAnna;a@x.de\n", [(3, "Anna", "a@x.de")], []),
        ("Name,Email\n,\nBob,b@x.de\n", [(2, None, None), (3, "Bob", "b@x.de")], []),
    ],
)
def test_lines_are_read_as_they_were_meant(tmp_path: Path, text: str, expected: list[Any], repaired: list[int]) -> None:
    file = take(tmp_path, text.encode())
    assert rows(file) == expected
    assert list(repairs(file)) == repaired


# --- workbooks -------------------------------------------------------------------------------------------------

LEADS = [["Name", "Email"], ["Anna", "a@x.de"]]


def test_of_several_sheets_the_one_with_leads_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    given = {
        "Read me": [["Please fill in the next sheet"]],
        "Codes": [["code", "meaning"], ["A", "new"], ["B", "old"], ["C", "gone"]],
        "Liste": LEADS,
        "Empty": [],
        "Archive": [["Name", "Email"], *[[f"Old {n}", f"o{n}@x.de"] for n in range(9)]],
    }
    file = take(tmp_path, sheets(given, hidden=["Archive"]))
    assert (file.dialect["sheet"], rows(file)) == ("Liste", [(2, "Anna", "a@x.de")])
    assert file.dialect["other_sheets"] == {"Read me": 1, "Codes": 4, "Archive": 10}


def test_sheets_that_are_parts_of_one_list_are_refused_unless_one_is_named(tmp_path: Path) -> None:
    given = {"Jan": LEADS, "Feb": [["Name", "Email"], ["Bo", "b@x.de"]], "Mar": [["Name", "Email"]], "Old": LEADS}
    refused = take(tmp_path / "1", sheets(given, hidden=["Old"])).refused
    assert refused is not None
    assert (refused["code"], refused["values"]) == ("sheets-alike", {"sheets": "Jan, Feb"})
    assert rows(take(tmp_path / "2", sheets(given), sheet="Feb")) == [(2, "Bo", "b@x.de")]


def test_sheets_of_one_list_may_differ_by_a_column_or_two(tmp_path: Path) -> None:
    names = ["Name", "Email", "City"]
    leads = [names, ["Anna", "a@x.de", "Ulm"]]
    refused = [[*names, "Reason"], ["Bo", "b@x.de", "Bonn", "no budget"]]
    told = take(tmp_path / "1", sheets({"Leads": leads, "Rejected": refused})).refused
    assert told is not None
    assert (told["code"], told["values"]) == ("sheets-alike", {"sheets": "Leads, Rejected"})
    owners = [["Name", "Email"], ["Rep One", "rep@us.com"]]
    assert take(tmp_path / "2", sheets({"Leads": leads, "Owners": owners})).dialect["sheet"] == "Leads"


def test_a_hidden_sheet_is_read_only_by_its_name(tmp_path: Path) -> None:
    data = sheets({"Notes": [["a", "b"], [1, 2]], "Leads": LEADS}, hidden=["Leads"])
    assert take(tmp_path / "1", data).dialect["sheet"] == "Notes"
    assert rows(take(tmp_path / "2", data, sheet="Leads")) == [(2, "Anna", "a@x.de")]


def test_macros_are_never_run_and_said_to_be_there(tmp_path: Path) -> None:
    packed = io.BytesIO(xlsx(LEADS))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 a program")
    file = take(tmp_path, packed.getvalue(), "leads.xlsm")
    assert (rows(file), file.dialect["macros"]) == ([(2, "Anna", "a@x.de")], True)
    assert "macros" not in take(tmp_path / "plain", xlsx(LEADS)).dialect


@pytest.mark.parametrize("date_1904", [False, True])
def test_serial_dates_are_days_whichever_year_the_workbook_counts_from(tmp_path: Path, date_1904: bool) -> None:
    cells: Cells = [["Name", "At"], ["Anna", datetime(2026, 5, 1, 14, 30)], ["Bob", datetime(2024, 2, 29)]]
    file = take(tmp_path, xlsx(cells, date_1904=date_1904))
    assert rows(file) == [(2, "Anna", "2026-05-01 14:30:00"), (3, "Bob", "2024-02-29")]


def test_numbers_stored_as_text_and_text_of_digits_keep_their_digits(tmp_path: Path) -> None:
    cells: Cells = [
        ["Name", "Phone", "Code", "Count"],
        ["Anna", "0049731123", "007", 13800138000],
        ["Bo", "1", "0", 1.5],
    ]
    assert rows(take(tmp_path, xlsx(cells))) == [
        (2, "Anna", "0049731123", "007", "13800138000"),
        (3, "Bo", "1", "0", "1.5"),
    ]


def test_digits_that_a_spreadsheet_lost_are_shown_as_lost(tmp_path: Path) -> None:
    # 15 digits are all that a spreadsheet keeps of a number
    file = take(tmp_path, xlsx([["Name", "ID"], ["Anna", 110101199003071234], ["Bob", 123456789012345]]))
    assert rows(file) == [(2, "Anna", "1.10101199003071E+17"), (3, "Bob", "123456789012345")]


def test_cells_without_a_value_are_empty_and_say_what_stood_there(tmp_path: Path) -> None:
    cells: Cells = [
        ["Name", "Budget", "Email"],
        ["Anna", ("=1/0", "#DIV/0!"), "a@x.de"],
        ["Bob", ("=B2*2", 12), "b@x.de"],
        ["Cy", ("=SUM(B2:B3)", ""), "c@x.de"],
    ]
    file = take(tmp_path, xlsx(cells))
    assert rows(file) == [(2, "Anna", None, "a@x.de"), (3, "Bob", "12", "b@x.de"), (4, "Cy", None, "c@x.de")]
    assert repairs(file) == {
        2: '[{"field": "Budget", "code": "cell-error", "was": "#DIV/0!"}]',
        4: '[{"field": "Budget", "code": "formula-without-value", "was": "=SUM(B2:B3)"}]',
    }


def test_an_open_document_reads_as_the_same_table(tmp_path: Path) -> None:
    cells: Cells = [["Name", "Email"], ["Anna", "a@x.de"], ["王小红", "w@x.cn"]]
    file = take(tmp_path, ods(cells))
    assert (file.dialect["kind"], file.dialect["sheet"], file.headers) == ("ods", "Leads", cells[0])
    assert rows(file) == [(2, *cells[1]), (3, *cells[2])]


@pytest.mark.parametrize("behind", ["", ",,", ",,,,"], ids=["bare", "as wide as the header", "wider"])
def test_of_a_few_lines_that_were_quoted_whole_only_the_ragged_one_is_rejected(tmp_path: Path, behind: str) -> None:
    lines = ["Email,Name,Company", 'a@x.de,Ann,""Acme, Inc.""', "b@x.de,Bob", "c@x.de,Cy,Gamma,more", "d@x.de,Di,"]
    lines += ["e@x.de,Ed,Eta", "f@x.de,Fay,Zeta"]
    file = take(tmp_path, "".join(f'"{line}"{behind}\r\n' for line in lines).encode())
    assert (file.refused, file.headers) == (None, ["Email", "Name", "Company"])
    assert rows(file) == [
        (2, "a@x.de", "Ann", "Acme, Inc."),
        (3, "ragged-row"),
        (4, "ragged-row"),
        (5, "d@x.de", "Di", None),
        (6, "e@x.de", "Ed", "Eta"),
        (7, "f@x.de", "Fay", "Zeta"),
    ]
    details = pq.read_table(file.rows_path, columns=["detail"]).column(0).to_pylist()
    assert [json.loads(told)["found"] for told in details[1:3]] == [2, 4]


@pytest.mark.parametrize(
    "lines",
    [
        ["Comment", "So, I think", "Well, no, never"],
        ["Name, Company", "Bell, Ann", "Cole, Bob"],
        ["Name,Company", "Bell,Ann", "Cole,Bob"],
        ["Comments, e.g. on price, product", "too high, really, no", "a, b, c@x.de", "c"],
    ],
    ids=["a word", "people", "people without a space", "a sentence"],
)
def test_one_column_of_quoted_texts_stays_one(tmp_path: Path, lines: list[str]) -> None:
    file = take(tmp_path, "".join(f'"{line}"\r\n' for line in lines).encode())
    assert file.headers == lines[:1]
    assert rows(file) == [(number, line) for number, line in enumerate(lines[1:], 2)]


def test_a_stray_quotation_mark_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    lines = [f"{n};Firm {n};Ulm" for n in range(40)]
    lines[7], lines[20], lines[30] = '7;"MEGA SERVICE;Ulm', '20;"Smith; Sons";Ulm', "30;Firm;Ulm;more"
    read = rows(take(tmp_path, "\n".join(["id;company;city", *lines]).encode()))
    assert [read[at] for at in (7, 20, 30)] == [
        (9, "7", '"MEGA SERVICE', "Ulm"),
        (22, "20", "Smith; Sons", "Ulm"),
        (32, "ragged-row"),
    ]
    assert [row[1] for row in read if len(row) > 2] == [str(n) for n in range(40) if n != 30]
