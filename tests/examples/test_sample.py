"""The committed sample: it is what its script writes and what its README counts."""

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest
import python_calamine
from wcmatch import glob

import examples
from examples.make_landing import make_landing
from policy.load import load_policy
from sources.feed_match import feeds_for

EXAMPLES = Path(examples.__file__).parent
LANDING = EXAMPLES / "landing"


def readme_rows() -> list[list[str]]:
    """The cells of the README's table of files."""
    lines = (EXAMPLES / "README.md").read_text("utf-8").splitlines()
    folders = ("| forms/", "| partners/", "| events/", "| crm/", "| reference/")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith(folders)]


def landed() -> list[str]:
    return sorted(path.relative_to(LANDING).as_posix() for path in LANDING.rglob("*") if path.is_file())


def rows_of(path: str) -> list[list[str]] | list[str]:
    """The data rows of a file, broken ones included."""
    file = LANDING / path
    if path.endswith(".xlsx"):
        return [
            list(map(str, row)) for row in python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()[3:]
        ]
    content = gzip.decompress(file.read_bytes()) if path.endswith(".gz") else file.read_bytes()
    text = content.decode("gb18030" if "huaxin" in path else "utf-8")
    if path.endswith(".json"):
        return [json.dumps(row) for row in json.loads(text)["data"]["submissions"]]
    if ".jsonl" in path:
        return text.splitlines()
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def table(path: str) -> list[dict[str, str]]:
    with (LANDING / path).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if None not in row.values()]


def test_the_script_writes_what_is_committed(tmp_path: Path) -> None:
    make_landing(tmp_path)
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert sorted(written) == landed()
    assert [path for path, content in written.items() if content != (LANDING / path).read_bytes()] == []


def test_readme_lists_every_file_with_its_rows() -> None:
    listed = {cells[0]: int(cells[2]) for cells in readme_rows()}
    assert listed == {path: len(rows_of(path)) for path in landed()}


def test_readme_counts_add_up() -> None:
    for path, _, read, usable, duplicate, rejected, _ in readme_rows():
        assert int(read) == int(usable) + int(duplicate) + int(rejected), path


def test_every_file_is_read_by_the_one_feed_that_the_readme_names() -> None:
    feeds = load_policy(EXAMPLES).feeds
    for path, named, *_ in readme_rows():
        assert [feed.feed for feed in feeds_for(path, feeds)] == [named], path


def test_every_mapped_header_is_there() -> None:
    heads = {path: rows_and_head(path) for path in landed() if path.endswith(".csv")}
    for feed in load_policy(EXAMPLES).feeds:
        for path, head in heads.items():
            if glob.globmatch(path, feed.match, flags=glob.GLOBSTAR | glob.BRACE):
                wanted = {header for headers in feed.columns.values() for header in headers} | set(feed.key)
                assert wanted <= set(head), (path, wanted - set(head))


def rows_and_head(path: str) -> list[str]:
    text = (LANDING / path).read_bytes().decode("gb18030" if "huaxin" in path else "utf-8")
    return next(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("path", "duplicates"),
    [
        ("forms/website_2026-H1.jsonl", 1),
        ("forms/website_2026-H2.jsonl", 0),
        ("partners/huaxin/leads_2026.csv", 1),
        ("partners/messehaus/badges_2026.xlsx", 1),
        ("events/web_2026-H1.jsonl", 1),
        ("crm/stage_changes_2026.csv", 1),
    ],
)
def test_equal_lines_are_as_many_as_the_readme_says(path: str, duplicates: int) -> None:
    seen = Counter(map(str, rows_of(path)))
    assert sum(count - 1 for count in seen.values()) == duplicates
    assert next(int(cells[4]) for cells in readme_rows() if cells[0] == path) == duplicates


def test_deals_stand_as_the_readme_says() -> None:
    newest = {row["Opportunity ID"]: row for row in table("crm/stage_changes_2026.csv") if row["Changed At"] != "soon"}
    found: Counter[str] = Counter()
    for row in newest.values():
        closed = row["Stage"].startswith("Closed")
        found[_quarter(row["Changed At"]) + " " + row["Stage"].split()[1] if closed else "open"] += 1
    for row in table("crm/subsidiary_deals.csv"):
        found[_quarter(row["closed"]) + " " + row["status"] if row["closed"] else "open"] += 1
    lines = (EXAMPLES / "README.md").read_text("utf-8").splitlines()
    said = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| Q")]
    expected = {
        f"{quarter} {word}": int(count)
        for quarter, *pair in said
        for word, count in zip(("won", "lost"), pair, strict=True)
    }
    assert found == {**expected, "open": 12}


def _quarter(day: str) -> str:
    return f"Q{(int(day[5:7]) + 2) // 3}"


def test_numbers_are_valid() -> None:
    for path in ("forms/website_2026-H1.jsonl", "forms/website_2026-H2.jsonl"):
        for line in rows_of(path):
            phone = json.loads(line).get("phone") if line.endswith("}") else None
            if phone and phone != "call me":
                region = json.loads(line)["country"]
                assert phonenumbers.is_valid_number(phonenumbers.parse(phone, region)), phone


def test_dates_are_in_the_year_the_sample_tells_of() -> None:
    for row in table("crm/stage_changes_2026.csv"):
        assert row["Changed At"] == "soon" or "2026-01-01" < row["Changed At"] < "2026-11-22"
