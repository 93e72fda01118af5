"""Doubtful pairs are asked about in a file; what a person writes into it holds for ever."""

import csv
import io
import shutil
from pathlib import Path

import openpyxl
import pytest

from pipelines.explain import _waterfall, explained, explanation_text
from pipelines.second_chances import retract_file
from pipelines.verify import verified
from serving.published import published_rows
from serving.review_file import evidence_words
from tests.serving.whole import Whole

COLUMNS = {"full_name": "Name", "email": "Email", "phone": "Phone", "company": "Company", "city": "City"}
PEOPLE = (
    "Ref,Name,Email,Phone,Company,City\n"
    "1,Ada Lovelace,ada@engines.example,,Engines,London\n"
    "2,A. Lovelace,,+14155550100,Engines,London\n"
    "3,Bob Stone,bob@x.example,,=cmd|'x',Rome\n"
    "4,Robert Stone,bob.stone@x.example,,=cmd|'x',Rome\n"
)
FIRST, SECOND, THIRD = "2026-06-28", "2026-06-29", "2026-06-30"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A home with one partner, whose policy asks about every pair that is not certain, after its first run."""
    made = Whole.made(tmp_path_factory.mktemp("asked") / "home")
    made.feed("acme", key=["Ref"], columns=COLUMNS)
    identity = made.path / "policy" / "identity.yaml"
    text = identity.read_text(encoding="utf-8")
    identity.write_text(text.replace("same: 0.95", "same: 0.99999999").replace("review: 0.80", "review: 0.0001"))
    made.drop("partners/acme/people.csv", PEOPLE)
    made.run(FIRST)
    return made


@pytest.fixture
def whole(asked: Whole, tmp_path: Path) -> Whole:
    """A copy of that home."""
    shutil.copytree(asked.path, tmp_path / "home")
    return Whole(tmp_path / "home", asked.runs)


def exported(whole: Whole) -> list[dict[str, str]]:
    """The lines of the review file."""
    text = (whole.path / "out" / "exports" / "identity_review.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def keys(whole: Whole) -> dict[str, str]:
    """The partner's key of each record."""
    return {row["record_id"]: row["source_key"] for row in published_rows(whole.path, "lead_records")}


def leads(whole: Whole, day: str) -> list[list[str]]:
    """Which of the partner's keys are one lead."""
    assert verified(whole.path, "identity")["holds"]
    known, groups = keys(whole), {}
    for record, lead in whole.table("lead_identities", "record_id", "lead_id", as_of=day):
        groups.setdefault(lead, []).append(known[record])
    return sorted(map(sorted, groups.values()))


def filled(whole: Whole, pair: set[str], answer: str) -> bytes:
    """The workbook with an answer about one pair, saved again by a spreadsheet program."""
    known = keys(whole)
    book = openpyxl.load_workbook(whole.path / "out" / "exports" / "identity_review.xlsx")
    page = book.active
    header = [cell.value for cell in page[1]]
    ids = [header.index("record 1"), header.index("record 2")]
    for line in page.iter_rows(min_row=2):
        if {known[line[at].value] for at in ids} == pair:
            line[header.index("same or different?")].value = answer
            line[header.index("reviewed by")].value = "Grace"
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def answers(whole: Whole, name: str) -> list[tuple[str, str]]:
    """Verdict and code of each line of a receipt."""
    page = openpyxl.load_workbook(whole.path / "out" / "receipts" / "reviews" / name).active
    header = [cell.value for cell in page[1]]
    at = header.index("sluice_verdict"), header.index("sluice_code")
    return sorted((line[at[0]].value, line[at[1]].value) for line in page.iter_rows(min_row=2))


def test_what_a_person_fills_in_joins_and_parts_for_ever(whole: Whole):
    assert leads(whole, FIRST) == [["1"], ["2"], ["3"], ["4"]]
    asked = exported(whole)
    assert {frozenset((keys(whole)[line["record 1"]], keys(whole)[line["record 2"]])) for line in asked} >= {
        frozenset("12"), frozenset("34")
    }  # fmt: skip
    assert all(line["company 1"].startswith(("Engines", "'=")) for line in asked)

    whole.drop("reviews/from Grace.xlsx", filled(whole, {"1", "2"}, "Same"))
    whole.run(SECOND)
    assert leads(whole, SECOND) == [["1", "2"], ["3"], ["4"]]
    ((event, reason),) = whole.table("identity_events", "event", "reason", as_of=SECOND)
    assert (event, reason) == ("merged", "a person decided that it is the other lead")
    assert set(answers(whole, "from Grace.xlsx")) == {("accepted", "decided-same"), ("review", "still-open")}
    assert len(exported(whole)) == len(asked) - 1
    lead = next(lead for record, lead in whole.table("lead_identities", "record_id", "lead_id", as_of=SECOND)
                if keys(whole)[record] == "2")  # fmt: skip
    assert "same by decision" in explanation_text(explained(whole.path, lead))

    whole.drop("reviews/on second thought.csv", "同一人/不同?,记录 1 编号,记录 2 编号\n不同,{},{}\n".format(
        *[record for record, key in keys(whole).items() if key in "12"]
    ))  # fmt: skip
    whole.run(THIRD)
    assert leads(whole, THIRD) == [["1"], ["2"], ["3"], ["4"]]
    ((event, reason),) = whole.table("identity_events", "event", "reason", as_of=THIRD)
    assert (event, reason) == ("split", "a person decided that it is not the other lead")
    ((decision, overruled),) = whole.table("identity_decisions", "decision", "overruled_count", as_of=THIRD)
    assert (decision, overruled) == ("different", 1)
    assert ("accepted", "decided-otherwise") in answers(whole, "from Grace.xlsx")


@pytest.mark.slow
def test_a_decision_outlives_its_file_and_everything_that_can_be_made_again(whole: Whole):
    whole.drop("reviews/one.xlsx", filled(whole, {"3", "4"}, "same"))
    whole.run(SECOND)
    before = whole.table("lead_identities", "record_id", "lead_id", as_of=SECOND)
    for path in (whole.path / "lake").iterdir():
        if path.name != "raw":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(whole.path / "landing" / "reviews")
    whole.run(THIRD)
    assert whole.table("lead_identities", "record_id", "lead_id", as_of=THIRD) == before
    assert leads(whole, THIRD) == [["1"], ["2"], ["3", "4"]]
    # what policy makes of the file later does not matter: the journal has the decision
    whole.feed("other_reviews", kind="reviews", match="nowhere/*", columns={"record_id_l": "a", "record_id_r": "b"})
    whole.run("2026-07-01")
    assert leads(whole, "2026-07-01") == [["1"], ["2"], ["3", "4"]]
    retract_file(whole.path, "reviews/one.xlsx", "the wrong pair")
    whole.run("2026-07-02")
    assert leads(whole, "2026-07-02") == [["1"], ["2"], ["3"], ["4"]]


def test_different_parts_two_records_that_a_third_would_join(whole: Whole):
    whole.drop("partners/acme/bridge.csv", "Ref,Name,Email,Phone,Company,City\n"
               "5,Ada Lovelace,ada@engines.example,+14155550100,Engines,London\n")  # fmt: skip
    whole.drop("reviews/apart.xlsx", filled(whole, {"1", "2"}, "different"))
    whole.run(SECOND)
    known = keys(whole)
    identities = whole.table("lead_identities", "record_id", "lead_id", as_of=SECOND)
    by_key = {known[record]: lead for record, lead in identities}
    assert by_key["1"] != by_key["2"]
    assert by_key["5"] in {by_key["1"], by_key["2"]}
    assert {by_key["1"], by_key["2"]} not in [
        {by_key[known[line["record 1"]]], by_key[known[line["record 2"]]]} for line in exported(whole)
    ]


def test_answers_and_records_that_nobody_knows_are_refused_with_a_reason(whole: Whole):
    one, other = (record for record, key in keys(whole).items() if key in "13")
    whole.drop("reviews/odd.csv", f"record 1,record 2,same or different?\n{one},{other},perhaps\n{one},r0,same\n")
    whole.drop("reviews/none.csv", "Name,Email\nAda,ada@engines.example\n")
    whole.run(SECOND)
    assert whole.table("rejected_rows", "line_no", "code", as_of=SECOND) == [
        (2, "unknown-decision"), (3, "unknown-record")
    ]  # fmt: skip
    files = whole.table("source_files", "path", "status", "rows_read", "rows_rejected", "code", as_of=SECOND)
    assert [file for file in files if file[0].startswith("reviews/")] == [
        ("reviews/none.csv", "quarantined", 0, 0, "missing-column"), ("reviews/odd.csv", "accepted", 2, 2, None)
    ]  # fmt: skip
    assert (whole.path / "out" / "rejects" / "reviews" / "odd.csv").exists()
    assert leads(whole, SECOND) == [["1"], ["2"], ["3"], ["4"]]


def test_the_review_file_is_bounded_says_so_and_is_the_same_bytes_again(whole: Whole):
    folder = whole.path / "out" / "exports"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    whole.run(FIRST)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    count = len(exported(whole))
    identity = whole.path / "policy" / "identity.yaml"
    identity.write_text(identity.read_text(encoding="utf-8").replace("max_pairs: 500", "max_pairs: 1"), "utf-8")
    whole.run(SECOND)
    assert len(exported(whole)) == 1
    assert f"{count - 1} more are left out" in (folder / "identity_review.txt").read_text(encoding="utf-8")


def test_the_weights_of_a_pair_are_added_up_one_below_the_other():
    found = {"prior": -16.6, "rule": 2.0, "email": 10.1, "last_name": -3.5}
    assert _waterfall(found) == [
        "      -16.60    -16.60  prior",
        "      +10.10     -6.50  email",
        "       -3.50    -10.00  last_name",
        "       +2.00     -8.00  rule",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "registry number contradicts; name agrees (+8.0); e-mail differs (-3.2)"),
        ("zh", "注册号相互矛盾;姓名一致或相近(+8.0);邮箱不同(-3.2)"),
    ],
)
def test_evidence_is_told_in_words_the_weightiest_first(language: str, words: str):
    evidence = '{"prior":-16.6,"contradiction":"company_code","email":-3.2,"full_name":8.0}'
    assert evidence_words(evidence, language) == words
