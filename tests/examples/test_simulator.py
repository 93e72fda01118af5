"""The simulated world: reproducible, and as true as its truth says."""

import csv
import gzip
import hashlib
import io
import json
from datetime import date
from functools import cache
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import python_calamine
import yaml

from examples.simulator.simulate import simulate
from policy.load import load_policy
from sources.feed_match import feeds_for

TINY = {"leads": 30, "months": 1, "events_per_lead": 1}
SMALL = {"leads": 400, "months": 5, "events_per_lead": 6, "seed": 7}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("world")
    simulate(home, leads=2500, months=6, events_per_lead=8, seed=3)
    return home


@pytest.fixture(scope="module")
def messy_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("messy")
    simulate(home, **SMALL, messy=True)
    return home


def hashes(home: Path) -> dict[str, str]:
    files = sorted(path for path in home.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def truth(home: Path, name: str) -> pa.Table:
    return pq.read_table(home / "truth" / f"{name}.parquet")


def physical_lines(home: Path, path: str) -> dict[int, str]:
    """What stands at each line_no of a file: a line, the cells of a sheet row, an item of an array."""
    file = home / "landing" / path
    if path.endswith(".xlsx"):
        sheet = python_calamine.load_workbook(file).get_sheet_by_name("Leads").to_python()
        return {place: " ".join(map(str, row)) for place, row in enumerate(sheet, 1)}
    content = gzip.decompress(file.read_bytes()) if path.endswith(".gz") else file.read_bytes()
    if path.endswith(".json"):
        items = json.loads(content)["data"]["submissions"]
        return {place: json.dumps(item, ensure_ascii=False) for place, item in enumerate(items, 1)}
    encoding = {"huaxin": "gb18030", "lumiere": "utf-16", "rheinkontakt": "utf-8-sig"}
    text = content.decode(next((code for part, code in encoding.items() if part in path), "utf-8"), errors="replace")
    return dict(enumerate(text.replace("\r\n", "\n").split("\n"), 1))


@pytest.mark.parametrize("messy", [False, True])
def test_same_seed_gives_same_bytes(tmp_path: Path, messy: bool) -> None:
    told = [simulate(tmp_path / side, **SMALL, messy=messy) for side in ("left", "right")]
    assert told[0] == told[1]
    assert hashes(tmp_path / "left") == hashes(tmp_path / "right")


def test_another_seed_gives_another_world(tmp_path: Path, messy_world: Path) -> None:
    simulate(tmp_path, **{**SMALL, "seed": 8}, messy=True)
    mine, other = hashes(tmp_path), hashes(messy_world)
    assert mine["landing/forms/landing_pages.csv"] != other["landing/forms/landing_pages.csv"]
    assert mine["truth/people.parquet"] != other["truth/people.parquet"]


def test_every_lead_row_has_its_person(world: Path) -> None:
    lines = truth(world, "record_people")
    assert lines.num_rows == 2500
    assert lines.select(["path", "line_no"]).group_by(["path", "line_no"]).aggregate([]).num_rows == 2500
    people = set(truth(world, "people")["person_id"].to_pylist())
    assert set(lines["person_id"].to_pylist()) == people


@pytest.mark.parametrize("which", ["world", "messy_world"])
def test_line_numbers_of_the_truth_point_at_the_persons_row(which: str, request: pytest.FixtureRequest) -> None:
    home: Path = request.getfixturevalue(which)
    people = {row["person_id"]: row for row in truth(home, "people").to_pylist()}
    lines_of = cache(lambda path: physical_lines(home, path))
    recognised = 0
    rows = truth(home, "record_people").to_pylist()
    for row in rows:
        there = lines_of(row["path"])[row["line_no"]].lower()
        person = people[row["person_id"]]
        signs = (
            person["last_name"],
            person["first_name"],
            person["email"].split("@")[0],
            person["phone"][-7:],
        )
        recognised += any(sign.lower() in there for sign in signs)
    # the rest wrote Latin letters, a typo in both names, and gave another address and number
    assert recognised / len(rows) > 0.97


def test_every_channel_and_format_is_there(world: Path) -> None:
    names = {
        path.relative_to(world / "landing").as_posix() for path in (world / "landing").rglob("*") if path.is_file()
    }
    for ending in ("forms/*.jsonl", "forms/*.jsonl.gz", "forms/*.json", "forms/*.csv", "events/*.jsonl"):
        assert list((world / "landing").glob(ending)), ending
    for ending in (
        "events/*.jsonl.gz",
        "events/*.csv",
        "events/*.parquet",
        "partners/*/*.tsv",
        "partners/*/*.xlsx",
    ):
        assert list((world / "landing").glob(ending)), ending
    assert {"crm/subsidiary_deals.csv", "crm/outcomes.csv", "reference/fx_rates.csv"} <= names


def test_every_file_is_read_by_exactly_one_feed_of_a_kind(world: Path) -> None:
    feeds = load_policy(world).feeds
    for path in sorted((world / "landing").rglob("*")):
        if path.is_file():
            name = path.relative_to(world / "landing").as_posix()
            assert len(feeds_for(name, feeds)) == 1, name


def test_conversion_rises_with_what_people_do_before(world: Path) -> None:
    people = truth(world, "people")
    events = all_events(world)
    converted = truth(world, "outcomes").filter(pc.field("outcome") == "converted")
    decided = dict(zip(converted["person_id"].to_pylist(), converted["at"].to_pylist(), strict=True))
    person_of = dict(zip(people["anonymous_id"].to_pylist(), people["person_id"].to_pylist(), strict=True))
    # among those who had time to decide: how many asked for prices, documents or a demonstration before
    eager = {"pricing_view", "product_doc_view", "demo_request", "webinar_attend"}
    seen = dict.fromkeys(person_of.values(), 0)
    for kind, at, visitor in events:
        person = person_of.get(visitor or "")
        if person and kind in eager and (person not in decided or at <= decided[person].isoformat()):
            seen[person] += 1
    rates = []
    for low, high in ((0, 0), (1, 3), (4, 10_000)):
        group = [person for person, count in seen.items() if low <= count <= high]
        assert len(group) > 50
        rates.append(sum(person in decided for person in group) / len(group))
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] > 3 * rates[0]


def test_won_deals_had_better_chances(world: Path) -> None:
    deals = truth(world, "opportunities").join(truth(world, "win_probabilities"), "opportunity_ref")
    means = dict(
        deals.group_by("becomes")
        .aggregate([("p_at_creation", "mean")])
        .select(["becomes", "p_at_creation_mean"])
        .to_pandas()
        .to_numpy()
    )
    assert means["won"] > means["lost"]
    negotiated = deals.filter(pc.field("stage") == "Negotiation")
    won = pc.mean(pc.equal(negotiated["becomes"], "won")).as_py()
    assert won == pytest.approx(pc.mean(negotiated["p"]).as_py(), abs=0.15)


def test_events_are_sent_twice_and_late_but_never_after_the_end(world: Path) -> None:
    lines = [
        json.loads(line)
        for file in sorted((world / "landing/events").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    by_id: dict[str, dict[str, object]] = {}
    twice = 0
    for line in lines:
        first = by_id.setdefault(line["event_id"], line)
        if first is not line:
            twice += 1
            assert {**first, "collected_at": ""} == {**line, "collected_at": ""}
    assert twice > 0
    assert all(line["occurred_at"] <= line["collected_at"] < "2026-11-01" for line in lines)
    assert any(line["occurred_at"][:7] < line["collected_at"][:7] for line in lines)


def test_numbers_are_valid_and_registry_codes_check(world: Path) -> None:
    for phone in truth(world, "people")["phone"].to_pylist():
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone
    with (world / "landing/reference/accounts.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["company_code"] for row in csv.DictReader(file) if row["country"] == "CN"]
    assert codes
    assert all(registry_code_is_valid(code) for code in codes)


def test_mess_stands_where_the_truth_says(messy_world: Path) -> None:
    mess = truth(messy_world, "mess").to_pylist()
    broken = [row for row in mess if row["kind"] == "broken-json"]
    assert broken
    for row in broken:
        with pytest.raises(json.JSONDecodeError):
            json.loads(physical_lines(messy_world, row["path"])[row["line_no"]])
    for row in mess:
        if row["kind"] == "no-contact" and row["path"].endswith(".jsonl"):
            assert json.loads(physical_lines(messy_world, row["path"])[row["line_no"]])["phone"] == "call me"
    kinds = {row["kind"] for row in mess}
    assert {
        "ragged-row",
        "destroyed-phone",
        "same-bytes",
        "truncated-archive",
        "title-row",
        "duplicate-line",
    } <= kinds


def test_mess_takes_nothing_away(tmp_path: Path, messy_world: Path) -> None:
    simulate(tmp_path, **SMALL)
    clean = truth(tmp_path, "record_people").group_by("person_id").aggregate([("line_no", "count")])
    messy = truth(messy_world, "record_people").group_by("person_id").aggregate([("line_no", "count")])
    most = dict(zip(messy["person_id"].to_pylist(), messy["line_no_count"].to_pylist(), strict=True))
    assert all(
        most[person] >= count
        for person, count in zip(clean["person_id"].to_pylist(), clean["line_no_count"].to_pylist(), strict=True)
    )


@pytest.mark.parametrize(("leads", "months", "events"), [(1, 1, 0), (3, 1, 1), (30, 2, 0.5), (120, 14, 3)])
def test_small_and_odd_worlds_can_be_made(tmp_path: Path, leads: int, months: int, events: float) -> None:
    told = simulate(tmp_path, leads=leads, months=months, events_per_lead=events, until=date(2024, 2, 29))
    assert told["rows"]["leads"] == leads
    assert told["until"] == "2024-02-29"


def test_rates_follow_the_base_currency_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy/business.yaml").write_text("base_currency: CNY\n", "utf-8")
    simulate(tmp_path, **TINY)
    text = (tmp_path / "landing/reference/fx_rates.csv").read_text("utf-8")
    assert {row["currency"] for row in csv.DictReader(io.StringIO(text))} == {"EUR", "USD", "GBP"}


def test_an_edited_feed_is_left_alone(tmp_path: Path) -> None:
    feed = tmp_path / "policy/feeds/website.yaml"
    feed.parent.mkdir(parents=True)
    feed.write_text("feed: mine\n", "utf-8")
    simulate(tmp_path, **TINY)
    assert yaml.safe_load(feed.read_text("utf-8")) == {"feed": "mine"}


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    shares: list[float] = []
    simulate(tmp_path, **TINY, progress=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_numbers_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        simulate(tmp_path, leads=0)


def all_events(home: Path) -> list[tuple[str, str, str | None]]:
    """(event_type, occurred_at, anonymous_id) of every event file."""
    found = []
    for file in sorted((home / "landing/events").iterdir()):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        if file.suffix == ".parquet":
            rows = pq.read_table(file).to_pylist()
        elif file.suffix == ".csv":
            rows = list(csv.DictReader(io.StringIO(content.decode())))
        else:
            rows = [json.loads(line) for line in content.decode().splitlines()]
        found += [(row["event_type"], row["occurred_at"], row.get("anonymous_id")) for row in rows]
    return found


def registry_code_is_valid(code: str) -> bool:
    """GB 32100-2015, written out from the standard rather than from the simulator."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    body = sum(int(digit, 36) * weight for digit, weight in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    inner = {10: "X", 11: "0"}.get(11 - body % 11, str(11 - body % 11))
    return len(code) == 18 and letters[(31 - total % 31) % 31] == code[17] and inner == code[16]
