"""`sluice map` as its users meet it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.homes import make_home
from policy.load import load_policy
from sources.mapping.tables import simplified

ROWS = "Ref No;E-Mail;Kontakt;Firma\n77;ann@acme.de;Anna Schmidt;Acme GmbH\n12;bob@beta.de;Bob Maier;Beta AG\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    make_home(place)
    (place / "landing" / "partners" / "newco").mkdir(parents=True)
    return place


@pytest.fixture
def file(home: Path) -> Path:
    target = home / "landing" / "partners" / "newco" / "may.csv"
    target.write_text(ROWS, encoding="utf-8")
    return target


def command(*arguments: str | Path) -> int:
    codes: list[int] = []
    main([str(argument) for argument in arguments], codes.append)
    return codes[-1]


def test_it_prints_a_table_and_the_yaml_and_writes_nothing(home: Path, file: Path, capsys) -> None:
    before = sorted((home / "policy" / "feeds").iterdir())
    assert command("map", file, "--home", home) == 0
    said = capsys.readouterr().out
    assert "E-Mail   email      1.00        name, values" in said
    assert "feed: newco\nkind: leads\n" in said
    assert sorted((home / "policy" / "feeds").iterdir()) == before


def test_of_an_archive_the_first_file_with_columns_is_proposed(home: Path, capsys) -> None:
    packed = home / "landing" / "partners" / "newco" / "may.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.zip", b"PK\x05\x06" + bytes(18))
        archive.writestr("read me.txt", "Leads of May\n")
        archive.writestr("in/a.csv", ROWS)
        archive.writestr("in/b.csv", "x,y\n1,2\n")
    assert command("map", packed, "--home", home, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [column["field"] for column in found["columns"]] == [None, "email", "full_name", "company"]
    assert (found["feed"], found["match"]) == ("newco", "partners/newco/**/*")
    assert "in/a.csv" in found["warnings"][0]


def test_an_archive_of_nothing_that_can_be_read_says_why(home: Path, tmp_path: Path, capsys) -> None:
    with zipfile.ZipFile(tmp_path / "may.zip", "w") as archive:
        archive.writestr("a.pdf", b"%PDF-1.7")
    assert command("map", tmp_path / "may.zip", "--home", home) == 2
    assert "PDF" in capsys.readouterr().err


def test_json_is_one_object_with_a_confidence_for_each_column(home: Path, file: Path, capsys) -> None:
    assert command("map", file, "--home", home, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(column["header"], column["field"]) for column in found["columns"]] == [
        ("Ref No", None),
        ("E-Mail", "email"),
        ("Kontakt", "full_name"),
        ("Firma", "company"),
    ]
    assert all(0 <= column["confidence"] <= 1 for column in found["columns"])
    assert (found["feed"], found["match"], found["key"]) == ("newco", "partners/newco/**/*", "Ref No")
    assert (found["encoding"], found["dialect"]["delimiter"], found["enough"]) == ("utf-8", ";", True)


def test_written_it_is_a_feed_of_the_policy_and_is_never_written_over(home: Path, file: Path, capsys) -> None:
    assert command("map", file, "--home", home, "--write") == 0
    target = home / "policy" / "feeds" / "newco.yaml"
    assert str(target) in capsys.readouterr().err
    feed = next(feed for feed in load_policy(home).feeds if feed.feed == "newco")
    assert feed.columns == {"full_name": ["Kontakt"], "email": ["E-Mail"], "company": ["Firma"]}
    assert command("map", file, "--home", home, "--write") == 0
    target.write_text(target.read_text("utf-8") + "# mine\n", encoding="utf-8")
    assert command("map", file, "--home", home, "--write") == 2
    assert "says something else" in capsys.readouterr().err
    assert target.read_text("utf-8").endswith("# mine\n")


def test_a_file_that_another_feed_reads_gets_no_second_one(home: Path, file: Path, capsys) -> None:
    text = 'feed: all\nkind: leads\nmatch: "partners/**/*.csv"\ncolumns: {email: E-Mail}\n'
    (home / "policy" / "feeds" / "all.yaml").write_text(text, encoding="utf-8")
    assert command("map", file, "--home", home, "--write") == 2
    assert "the feed all reads this file already" in capsys.readouterr().err
    assert not (home / "policy" / "feeds" / "newco.yaml").exists()


def test_a_file_elsewhere_is_named_after_itself(tmp_path: Path, capsys) -> None:
    file = tmp_path / "deals.2026.csv"
    file.write_text("opportunity_id,stage,amount\nO1,won,5\nO2,lost,7\n", encoding="utf-8")
    assert command("map", file, "--home", tmp_path / "nowhere", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["feed"], found["kind"], found["match"]) == ("deals", "opportunities", "crm/deals/**/*")
    assert "drop it into" in found["warnings"][0]


def test_columns_of_one_name_are_warned_about(tmp_path: Path, capsys) -> None:
    file = tmp_path / "twice.csv"
    file.write_text("Email,E mail ,email,Name,Note,note\na@x.org,,b@x.org,Al,,\n", encoding="utf-8")
    assert command("map", file, "--home", tmp_path / "nowhere", "--json") == 0
    (said,) = [text for text in json.loads(capsys.readouterr().out)["warnings"] if "several" in text]
    assert said == "several columns are named email: a run refuses the file until each has its own"


def test_the_kind_can_be_said(home: Path, file: Path, capsys) -> None:
    assert command("map", file, "--home", home, "--kind", "accounts", "--json") == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "accounts"


def test_what_is_missing_is_said(home: Path, capsys) -> None:
    file = home / "landing" / "partners" / "newco" / "x.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert command("map", file, "--home", home) == 0
    assert "no column is sure enough for email or phone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "more", "said"),
    [
        ("gone.csv", None, (), "there is no file"),
        ("", None, (), "is a folder"),
        ("empty.csv", b"", (), "0 bytes"),
        ("scan.pdf", b"%PDF-1.7", (), "PDF"),
        ("a.csv", b"a,b\n1,2\n", ("--kind", "lead"), 'did you mean "leads"'),
    ],
)
def test_bad_usage_exits_with_2_and_one_message(
    home: Path, capsys, name: str, content: bytes | None, more: tuple[str, ...], said: str
) -> None:
    file = home / "landing" / "partners" / "newco" / name
    if content is not None:
        file.write_bytes(content)
    assert command("map", file, "--home", home, *more) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_writing_needs_a_home(tmp_path: Path, capsys) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ROWS, encoding="utf-8")
    assert command("map", file, "--home", tmp_path / "nowhere", "--write") == 2
    assert "sluice init" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16"])
def test_a_chinese_file_is_read_in_its_own_encoding(home: Path, capsys, encoding: str) -> None:
    file = home / "landing" / "partners" / "newco" / "zh.csv"
    text = "姓名,電子郵件,公司名稱,備註\n" + "陳大文,ann@acme.com,台積電股份有限公司,請電話聯絡\n" * 20
    file.write_bytes((simplified(text) if encoding == "gb18030" else text).encode(encoding))
    assert command("map", file, "--home", home, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [column["field"] for column in found["columns"]] == ["full_name", "email", "company", "message"]
    assert found["language"] == "zh"
    assert found["encoding"].replace("-", "").startswith(encoding.replace("-", ""))
