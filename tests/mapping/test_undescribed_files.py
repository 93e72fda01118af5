"""A partner's folder without a feed: its files are read by names and values, or wait with a proposal beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.homes import make_home
from policy.feeds import Feed
from policy.load import load_policy
from sources.feed_files import FeedFile, files_of_feeds
from sources.feed_match import feeds_for
from sources.landing import take_landing
from sources.mapping.guess import match_of, source_name_of
from sources.mapping.waiting import proposal_path, write_proposals
from sources.raw import raw_dir_of, read_ledger

GERMAN = "E-Mail;Kontakt;Firma;Telefon\nann@acme.de;Anna Schmidt;Acme GmbH;030 1234567\nbob@beta.de;Bob Maier;Beta AG;089 7654321\n"  # fmt: skip # noqa: E501
CHINESE = "客户姓名,手机号码,所在公司,您的邮箱\n李伟,13800138000,上海华远有限公司,li@hy.cn\n王芳,13900139000,北京瑞康有限公司,w@rk.cn\n"  # fmt: skip # noqa: E501
STRANGE = "a,b,c\n1,2,3\n4,5,6\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home")
    return tmp_path / "home"


def drop(home: Path, path: str, text: str, encoding: str = "utf-8") -> None:
    target = home / "landing" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode(encoding))


def describe(home: Path, name: str, **feed: Any) -> None:
    told = yaml.safe_dump(feed, allow_unicode=True)
    (home / "policy" / "feeds" / f"{name}.yaml").write_text(told, encoding="utf-8")


def files(home: Path) -> dict[str, FeedFile]:
    policy = load_policy(home)
    take_landing(home, policy)
    return {file.path: file for file in files_of_feeds(raw_dir_of(home), policy.feeds)}


def feed_of(file: FeedFile) -> Feed:
    assert isinstance(file.feed, Feed)
    return file.feed


def test_a_file_without_a_feed_is_read_by_its_columns_and_named_after_its_folder(home: Path) -> None:
    drop(home, "partners/newco/2026/a.csv", GERMAN)
    (file,) = files(home).values()
    feed = feed_of(file)
    assert (file.status, feed.feed, feed.kind, feed.channel, feed.language) == (
        "accepted",
        "newco",
        "leads",
        "partner",
        "en",
    )
    assert feed.columns == {"full_name": ["Kontakt"], "email": ["E-Mail"], "phone": ["Telefon"], "company": ["Firma"]}
    assert (feed.phone_region, feed.require, feed.others) == ("DE", [["email", "phone"]], "keep")
    assert file.note is not None
    assert "email = E-Mail (1.00)" in file.note


def test_who_is_unsubscribed_in_a_file_without_a_feed_has_refused(home: Path) -> None:
    drop(home, "partners/newco/a.csv", "Email,Unsubscribed\nann@acme.com,yes\nbob@beta.com,no\n")
    (file,) = files(home).values()
    feed = feed_of(file)
    assert (feed.columns, feed.refusals) == ({"email": ["Email"]}, ["Unsubscribed"])
    assert file.note == "email = Email (1.00); refusals = Unsubscribed"


def test_each_file_of_a_folder_is_read_by_its_own_columns(home: Path) -> None:
    drop(home, "partners/newco/a.csv", GERMAN)
    drop(home, "partners/newco/b.csv", CHINESE, "gb18030")
    found = files(home)
    german, chinese = feed_of(found["partners/newco/a.csv"]), feed_of(found["partners/newco/b.csv"])
    assert german.feed == chinese.feed == "newco"
    assert (german.language, chinese.language) == ("en", "zh")
    assert (chinese.columns["phone"], chinese.phone_region) == (["手机号码"], "CN")


def test_a_file_that_cannot_be_matched_waits_with_a_proposal_beside_it(home: Path) -> None:
    drop(home, "partners/who/x.csv", STRANGE)
    found = files(home)
    file = found["partners/who/x.csv"]
    refused = file.raw_file.refused or {}
    assert (file.status, refused["code"], feed_of(file).feed) == ("quarantined", "mapping-doubtful", "who")
    assert "email | phone" in refused["en"]
    assert "out/rejects/partners/who/x.csv.feed.yaml" in refused["zh"]
    (written,) = write_proposals(home, list(found.values()))
    assert written == home / "out" / "rejects" / "partners" / "who" / "x.csv.feed.yaml"
    assert "# Missing: a column for email or phone." in written.read_text(encoding="utf-8")
    assert write_proposals(home, list(found.values())) == []


@pytest.mark.parametrize("text", ["[]", '{"leads": []}', '{"status": "ok", "data": {"rows": []}, "total": 0}'])
def test_a_document_without_rows_is_a_file_without_rows(home: Path, text: str) -> None:
    drop(home, "partners/newco/a.json", text)
    (file,) = files(home).values()
    assert (file.status, file.raw_file.rows, file.raw_file.refused, file.note) == ("accepted", 0, None, None)


def test_the_mended_proposal_reads_the_file_and_is_taken_away(home: Path) -> None:
    drop(home, "partners/who/x.csv", "a,b\nann@acme.com,1\nbob@beta.com,2\nunknown,3\n")
    (waiting,) = files(home).values()
    assert waiting.status == "quarantined"
    (proposal,) = write_proposals(home, [waiting])
    text = proposal.read_text(encoding="utf-8")
    assert "# ? email: a" in text
    mended = text.replace("columns: {}", "columns:").replace("# ? email", "email")
    (home / "policy" / "feeds" / "who.yaml").write_text(mended, encoding="utf-8")
    (again,) = files(home).values()
    assert (again.status, feed_of(again).columns, again.guess) == ("accepted", {"email": ["a"]}, None)
    assert write_proposals(home, [again]) == []
    assert not proposal.exists()


def test_the_floor_is_policy(home: Path) -> None:
    drop(home, "partners/newco/a.csv", "column 1\nann@acme.com\nbob@beta.com\n")
    (file,) = files(home).values()
    assert (file.status, feed_of(file).columns) == ("accepted", {"email": ["column 1"]})
    (home / "policy" / "business.yaml").write_text("mapping: {floor: 1}\n", encoding="utf-8")
    (file,) = files(home).values()
    assert file.status == "quarantined"


def test_what_a_guess_rests_on_is_the_file_and_nothing_else(home: Path) -> None:
    drop(home, "partners/newco/a.csv", GERMAN)
    before = feed_of(files(home)["partners/newco/a.csv"])
    drop(home, "partners/newco/b.csv", CHINESE)
    drop(home, "partners/other/c.csv", STRANGE)
    assert feed_of(files(home)["partners/newco/a.csv"]) == before


def test_the_same_bytes_under_a_second_path_are_unchanged(home: Path) -> None:
    drop(home, "partners/newco/a.csv", GERMAN)
    files(home)
    drop(home, "partners/second/a.csv", GERMAN)
    found = files(home)
    assert {path: (file.status, feed_of(file).feed) for path, file in found.items()} == {
        "partners/newco/a.csv": ("accepted", "newco"),
        "partners/second/a.csv": ("unchanged", "second"),
    }


def test_a_file_that_waits_is_read_where_a_feed_describes_it(home: Path) -> None:
    describe(home, "acme", feed="acme", kind="leads", match="partners/acme/*.csv", columns={"email": "a"})
    drop(home, "partners/who/x.csv", STRANGE)
    assert [file.status for file in files(home).values()] == ["quarantined"]
    drop(home, "partners/acme/x.csv", STRANGE)
    assert {path: file.status for path, file in files(home).items()} == {
        "partners/who/x.csv": "unchanged",
        "partners/acme/x.csv": "accepted",
    }


def test_a_folder_that_a_feed_describes_is_not_guessed_at(home: Path) -> None:
    describe(home, "acme", feed="acme", kind="leads", match="partners/acme/*.csv", columns={"email": "E-Mail"})
    describe(home, "named", feed="big-co", kind="leads", match="partners/elsewhere/*.csv", columns={"email": "a"})
    describe(home, "both", feed="both", kind="leads", match="partners/{foo,bar}/*.csv", columns={"email": "E-Mail"})
    policy = load_policy(home)
    found = {
        path: [feed.feed for feed in feeds_for(path, policy.feeds)]
        for path in (
            "partners/acme/a.csv",
            "partners/acme/a.xlsx",
            "partners/foo/a.xlsx",
            "partners/big co/a.xlsx",
            "partners/baz/a.xlsx",
            "partners/loose.csv",
            "crm/acme/a.csv",
        )
    }
    assert found == {
        "partners/acme/a.csv": ["acme"],
        "partners/acme/a.xlsx": [],
        "partners/foo/a.xlsx": [],
        "partners/big co/a.xlsx": [],
        "partners/baz/a.xlsx": ["partner_files"],
        "partners/loose.csv": [],
        "crm/acme/a.csv": [],
    }


def test_any_feed_that_reads_a_file_goes_before_a_guess(home: Path) -> None:
    describe(home, "all", feed="all", kind="outcomes", match="partners/**/*.csv", columns={"email": "E-Mail"})
    policy = load_policy(home)
    assert [feed.feed for feed in feeds_for("partners/newco/a.csv", policy.feeds)] == ["all"]


def test_a_guessing_feed_of_ones_own_takes_the_place_of_the_shipped_one(home: Path) -> None:
    describe(
        home,
        "mine",
        feed="mine",
        kind="leads",
        match="partners/*/**/*",
        guess=0.5,
        constants={"country": "AT", "campaign": "expo"},
        require=[],
    )
    drop(home, "partners/newco/a.csv", "Firma;Ort\nAcme GmbH;Wien\n")
    (file,) = files(home).values()
    feed = feed_of(file)
    assert (file.status, feed.feed, feed.constants) == ("accepted", "newco", {"country": "AT", "campaign": "expo"})
    assert feed.columns == {"company": ["Firma"], "city": ["Ort"]}


def test_a_guessing_feed_names_no_columns(home: Path) -> None:
    with pytest.raises(ValueError, match="either guess, or columns and key"):
        Feed(feed="x", kind="leads", match="partners/*/*", guess=0.5, columns={"email": ["a"]})
    assert [feed.feed for feed in load_policy(home).feeds if feed.guess is not None] == ["partner_files"]


def test_an_unreadable_file_says_so_and_nothing_is_guessed(home: Path) -> None:
    drop(home, "partners/newco/a.csv", "")
    (file,) = files(home).values()
    assert (file.status, file.feed, file.guess) == ("quarantined", None, None)
    assert read_ledger(raw_dir_of(home))[0].refused is not None


def test_a_key_is_used_only_where_no_value_comes_twice(home: Path) -> None:
    rows = "".join(f"R{n * 7},p{n}@acme.com\n" for n in range(20))
    drop(home, "partners/once/a.csv", "Ref No,Email\n" + rows)
    drop(home, "partners/twice/a.csv", "Ref No,Email\n" + rows + "R7,again@acme.com\n")
    found = {feed_of(file).feed: feed_of(file).key for file in files(home).values()}
    assert found == {"once": ["Ref No"], "twice": []}


def test_marks_of_numbers_and_orders_of_days_are_left_to_all_values(home: Path) -> None:
    drop(home, "partners/newco/a.csv", "E-Mail;Umsatz;Datum\na@b.de;1.234,50;31.01.2026\nc@d.de;7,5;01.02.2026\n")
    (file,) = files(home).values()
    assert feed_of(file).formats == {}


@pytest.mark.parametrize(
    ("path", "name", "match"),
    [
        ("partners/acme/a.csv", "acme", "partners/acme/**/*"),
        ("partners/ACME GmbH & Co/a.csv", "ACME-GmbH-Co", "partners/ACME GmbH & Co/**/*"),
        ("partners/华信/a.csv", "华信", "partners/华信/**/*"),
        ("partners/{x}[1]/a.csv", "x-1", "partners/?x??1?/**/*"),
        ("partners/.../a.csv", "partner", "partners/.../**/*"),
    ],
)
def test_a_folder_names_its_feed_whatever_it_is_called(path: str, name: str, match: str) -> None:
    assert (source_name_of(path), match_of(path)) == (name, match)
    feed = Feed(feed=name, kind="leads", match=match, columns={"email": ["a"]})
    assert feeds_for(path, [feed]) == [feed]


def test_a_proposal_stays_in_its_folder_and_its_name_is_not_too_long(tmp_path: Path) -> None:
    long = "很" * 120 + ".csv"
    found = proposal_path(tmp_path, f"partners/../who/{long}")
    assert found.parent == tmp_path / "out" / "rejects" / "partners" / "who"
    assert len(found.name.encode()) <= 240
    assert found != proposal_path(tmp_path, f"partners/who/{long}x")
