"""Whatever is in a file: each of its lines is answered once, and the counts of the run say the same."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlencode

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from serving.receipt_proofs import receipt_findings
from sources.readers.answered_rows import VERDICTS
from tests.serving.whole import Whole

HEADERS = ("Nr", "Name", "E-Mail", "Firma")
VERDICT = "sluice_verdict"
#: How the receipts of records in JSON name it.
INNER = "verdict"
Row = tuple[str, ...]


def _row(nr: int, name: str, mail: str, company: str) -> Row:
    return (f"n{nr}", name, mail, company)


#: Few values, so that rows repeat and keys come back with other values.
ROWS = st.builds(
    _row,
    st.integers(1, 6),
    st.sampled_from(["Anna Berg", "王小红", "O'Neil, Bo", 'Cy "C" Ray', "=1+1", "two\nlines", "x;y"]),
    st.sampled_from(["anna@berg.example", "ANNA@berg.example", "bo@lind.example", "not an address", "", "a@b@c"]),
    st.sampled_from(["Berg GmbH", "华信科技有限公司", "", "+49"]),
)
TABLES = st.lists(ROWS, min_size=1, max_size=12)
#: What a line of a text may be instead of a record.
ODD = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["short", "long", "nul"])), max_size=3, unique_by=lambda o: o[0]
)


def delimited(delimiter: str, encoding: str, line_end: str) -> Callable[[list[Row], list[tuple[int, str]]], bytes]:
    def write(rows: list[Row], odd: list[tuple[int, str]]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
        writer.writerow(HEADERS)
        kinds = dict(odd)
        for at, row in enumerate(rows):
            cells = {"short": row[:1], "long": (*row, "more"), "nul": (row[0], "a\0b", *row[2:])}.get(
                kinds.get(at, ""), row
            )
            writer.writerow(["n" if cell == "" and len(cells) == 1 else cell for cell in cells])
        return text.getvalue().encode(encoding)

    return write


def json_lines(rows: list[Row], odd: list[tuple[int, str]]) -> bytes:
    kinds = dict(odd)
    broken = {"short": "{oops", "long": "[1]", "nul": '{"Nr": "\\u0000"}'}
    written = [json.dumps(dict(zip(HEADERS, row, strict=True)), ensure_ascii=False) for row in rows]
    return "".join(broken.get(kinds.get(at, ""), line) + "\n" for at, line in enumerate(written)).encode()


def document(rows: list[Row], _: list[tuple[int, str]]) -> bytes:
    return json.dumps([dict(zip(HEADERS, row, strict=True)) for row in rows], indent=1).encode()


def form_posts(rows: list[Row], _: list[tuple[int, str]]) -> bytes:
    return "\n".join(urlencode(dict(zip(HEADERS, row, strict=True))) for row in rows).encode()


def workbook(rows: list[Row], _: list[tuple[int, str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADERS, *rows):
        book.active.append(["'" + cell if cell.startswith("=") else cell for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def parquet(rows: list[Row], _: list[tuple[int, str]]) -> bytes:
    target = io.BytesIO()
    columns = {name: pa.array([row[at] for row in rows]) for at, name in enumerate(HEADERS)}
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


# --- what the receipts say, read by other readers than ours --------------------------------------------------


def delimited_verdicts(delimiter: str, encoding: str) -> Callable[[bytes], list[str]]:
    def read(data: bytes) -> list[str]:
        header, *rows = csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter)
        return [row[header.index(VERDICT)] for row in rows]

    return read


def json_verdicts(data: bytes) -> list[str]:
    text = data.decode()
    records = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [record["sluice"][INNER] for record in records]


def form_verdicts(data: bytes) -> list[str]:
    return [parse_qs(line)[VERDICT][0] for line in data.decode().splitlines()]


def workbook_verdicts(data: bytes) -> list[str]:
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return [str(row[header.index(VERDICT)]) for row in rows]


def parquet_verdicts(data: bytes) -> list[str]:
    return [str(text) for text in pq.read_table(pa.BufferReader(data)).column(VERDICT).to_pylist()]


Writer = Callable[[list[Row], list[tuple[int, str]]], bytes]
FORMATS: dict[str, tuple[str, Writer, Callable[[bytes], list[str]]]] = {
    "plain": ("a.csv", delimited(",", "utf-8", "\n"), delimited_verdicts(",", "utf-8")),
    "western": ("b.csv", delimited(";", "utf-8-sig", "\r\n"), delimited_verdicts(";", "utf-8-sig")),
    "chinese": ("c.csv", delimited(",", "gb18030", "\r\n"), delimited_verdicts(",", "gb18030")),
    "wide": ("d.txt", delimited("\t", "utf-16", "\r\n"), delimited_verdicts("\t", "utf-16")),
    "lines": ("e.jsonl", json_lines, json_verdicts),
    "document": ("f.json", document, json_verdicts),
    "posts": ("g.txt", form_posts, form_verdicts),
    "book": ("h.xlsx", workbook, workbook_verdicts),
    "columns": ("i.parquet", parquet, parquet_verdicts),
}


@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.fixed_dictionaries({name: st.tuples(TABLES, ODD) for name in FORMATS}))
def test_every_line_is_answered_once_and_the_counts_agree(
    tables: dict[str, tuple[list[Row], list[tuple[int, str]]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Whole.made(Path(folder) / "home")
        for name in FORMATS:
            columns = {"full_name": "Name", "email": "E-Mail", "company": "Firma"}
            encoding = {"encoding": "gb18030"} if name == "chinese" else {}
            home.feed(name, columns=columns, key=["Nr"], **encoding)
            file, write, _ = FORMATS[name]
            home.drop(f"partners/{name}/{file}", write(*tables[name]))
        home.answer()
        counted = {
            source: counts
            for source, *counts in home.table(
                "source_files", "source_name", "rows_read", "rows_accepted", "rows_rejected", "rows_duplicate", "code"
            )
        }
        for name, (file, _, read) in FORMATS.items():
            lines, (rows_read, accepted, rejected, duplicate, code) = len(tables[name][0]), counted[name]
            if code == "identical":
                continue
            said = Counter(read(home.receipt(f"partners/{name}/{file}")))
            assert set(said) <= set(VERDICTS), (name, said)
            assert rows_read == lines == said.total() == accepted + rejected + duplicate, (name, said, code)
            assert said["rejected"] == rejected, (name, said)
            assert said["duplicate"] == duplicate, (name, said)
        with home.scope() as scope:
            assert [finding for finding in receipt_findings(scope) if not finding.passed] == []


#: The same with numbers of which most stand once.
LINES = st.lists(
    st.tuples(ROWS, st.integers(1, 30)).map(lambda pair: (f"n{pair[1]}", *pair[0][1:])), min_size=12, max_size=24
)


@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_answer_but_those_of_lines_of_one_key(rows: list[Row], chance: Random) -> None:
    def answers(order: list[Row], home: Whole) -> dict[Row, list[tuple[str, ...]]]:
        columns = {"full_name": "Name", "email": "E-Mail", "company": "Firma"}
        home.feed("plain", columns=columns, key=["Nr"])
        home.drop("partners/plain/a.csv", delimited(",", "utf-8", "\n")(order, []))
        home.answer(received_at="2026-06-01")
        said: dict[Row, list[tuple[str, ...]]] = {}
        for row in csv.DictReader(io.StringIO(home.receipt("partners/plain/a.csv").decode(), newline="")):
            its = tuple(row[name] for name in HEADERS)
            said.setdefault(its, []).append((row[VERDICT], row["sluice_code"], row["sluice_lead_id"]))
        return said

    shuffled = list(rows)
    chance.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one = answers(rows, Whole.made(Path(folder) / "one"))
        other = answers(shuffled, Whole.made(Path(folder) / "other"))
    assert {row: len(said) for row, said in one.items()} == {row: len(said) for row, said in other.items()}
    often = Counter(row[0] for row in rows)
    lone = [row for row in one if often[row[0]] == 1]
    assert [one[row] for row in lone] == [other[row] for row in lone]
    leads = [{(row, lead) for row, said in found.items() for *_, lead in said if lead} for found in (one, other)]
    assert leads[0] == leads[1]
