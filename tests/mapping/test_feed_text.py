"""A proposal as YAML: policy reads it, and finds in it what was proposed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.homes import make_home
from policy.feeds import CANONICAL_FIELDS, Feed
from policy.load import check_policy, load_policy
from sources.mapping.columns import ColumnGuess
from sources.mapping.feed_text import feed_text
from sources.mapping.proposal import Proposal, propose

EMAILS = ["ann@acme.de", "bob@beta.com"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("texts") / "home"
    make_home(place)
    return place


def read_back(home: Path, text: str, name: str = "acme") -> Feed:
    target = home / "policy" / "feeds" / "proposed.yaml"
    target.write_text(text, encoding="utf-8")
    assert check_policy(home) == []
    return next(feed for feed in load_policy(home).feeds if feed.feed == name)


def test_policy_reads_what_was_proposed(home: Path) -> None:
    headers = ["Ref No", "E-Mail: privat", "Tel.", "Umsatz (EUR)", "Datum", "Kontaktperson?", "no", "次", "Opted Out"]
    rows = [
        ["77", "ann@acme.de", "030 1234567", "1.234,50", "31.01.2026", "Anna Schmidt", "x", "1", "Yes"],
        ["12", "bob@acme.de", "089 7654321", "99,00", "02.02.2026", "Bernd Maier", "y", "2", "no"],
    ]
    found = propose(headers, rows, "leads")
    text = feed_text(found, feed="acme", match="partners/acme/**/*", encoding="gb18030", dialect={"kind": "delimited"})
    feed = read_back(home, text)
    assert feed.columns == found.mapping
    assert feed.columns["email"] == ["E-Mail: privat"]
    assert (feed.key, feed.phone_region, feed.encoding, feed.channel) == (["Ref No"], "DE", "gb18030", "partner")
    assert feed.formats == {"decimal": ",", "submitted_at": "dmy"}
    assert feed.constants == {"currency": "EUR"}
    assert feed.refusals == ["Opted Out"]
    assert "# read as gb18030" in text


def test_doubts_and_questions_are_comments(home: Path) -> None:
    columns = (
        ColumnGuess("Mail", "email", 0.97, "name, values"),
        ColumnGuess("Wer?", None, 0.45, "values only", maybe="full_name"),
        ColumnGuess("Rest", None, 0.0, "like no field"),
    )
    asked = Proposal("leads", columns, questions=("is 01/02/2026 dmy or mdy?",), missing=(("company",),))
    text = feed_text(asked, feed="acme", match="partners/acme/*")
    assert read_back(home, text).columns == {"email": ["Mail"]}
    assert '# ? full_name: "Wer?"  # 0.45 values only' in text
    assert "# Question: is 01/02/2026 dmy or mdy?" in text
    assert "#   Rest  (like no field)" in text
    assert "# Missing: a column for company." in text


def test_a_doubt_becomes_a_column_when_its_mark_is_taken_away(home: Path) -> None:
    columns = (ColumnGuess("Mail", "email", 0.97, "name"), ColumnGuess("Wer?", None, 0.45, "values", maybe="full_name"))
    text = feed_text(Proposal("leads", columns), feed="acme", match="partners/acme/*")
    feed = read_back(home, text.replace("# ? full_name", "full_name"))
    assert feed.columns == {"email": ["Mail"], "full_name": ["Wer?"]}


def test_a_file_of_which_nothing_is_known_is_still_a_feed(home: Path) -> None:
    found = propose(["a", "b"], [["1", "2"]], "leads")
    feed = read_back(home, feed_text(found, feed="acme", match="partners/acme/**/*"))
    assert (feed.columns, feed.key) == ({}, [])


@pytest.mark.parametrize("kind", CANONICAL_FIELDS)
def test_every_field_of_every_kind_can_be_written(home: Path, kind: str) -> None:
    columns = tuple(ColumnGuess(f"H {name}", name, 0.9, "name") for name in CANONICAL_FIELDS[kind])
    feed = read_back(home, feed_text(Proposal(kind, columns), feed="acme", match="reference/acme/*"))
    assert feed.columns == {name: [f"H {name}"] for name in CANONICAL_FIELDS[kind]}


HEADER = st.text(min_size=1, max_size=30).map(str.strip).filter(bool).filter(lambda t: t.isprintable() or "\n" in t)


@given(st.lists(HEADER, min_size=1, max_size=12, unique=True))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_of_a_column_survives(home: Path, headers: list[str]) -> None:
    names = CANONICAL_FIELDS["leads"]
    columns = tuple(ColumnGuess(header, name, 0.9, header) for header, name in zip(headers, names, strict=False))
    feed = read_back(home, feed_text(Proposal("leads", columns), feed="acme", match="partners/acme/*"))
    assert feed.columns == {name: [header] for header, name in zip(headers, names, strict=False)}
