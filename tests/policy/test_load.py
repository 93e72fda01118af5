from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policy.errors import PolicyError
from policy.feeds import DEFAULT_RULES
from policy.identity import Training
from policy.ladders import shipped_ladders
from policy.load import DEFAULTS, FILES, check_policy, load_policy
from policy.stages import ValueIndex

FEED = 'feed: acme\nkind: leads\nmatch: "partners/acme/*.csv"\ncolumns:\n  email: [Email]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(DEFAULTS, tmp_path / "policy")
    return tmp_path


def write(home: Path, name: str, text: str) -> None:
    (home / "policy" / name).write_text(text, encoding="utf-8")


def problems(home: Path) -> list[str]:
    return [str(problem) for problem in check_policy(home)]


def test_shipped_policy_is_valid(home: Path) -> None:
    policy = load_policy(home)
    assert {feed.kind for feed in policy.feeds} >= {
        "leads",
        "events",
        "opportunities",
        "outcomes",
        "activities",
    }
    assert all(feed.fallback for feed in policy.feeds)


@pytest.mark.parametrize("name", ["business", "routing", "forecast"])
def test_a_key_left_out_means_what_the_shipped_file_says(home: Path, name: str) -> None:
    shipped = getattr(load_policy(home), name)
    bare = FILES[f"{name}.yaml"]()
    left_out = {"rules", "pool"} if name == "routing" else set()
    assert bare.model_dump(exclude=left_out) == shipped.model_dump(exclude=left_out)


def test_the_shipped_ladders_are_the_model_s_own(home: Path) -> None:
    assert load_policy(home).identity.training.ladders == shipped_ladders() == Training().ladders


def test_a_value_index_left_out_is_the_shipped_one(home: Path) -> None:
    assert load_policy(home).stages.value_index == ValueIndex()


def test_a_file_left_out_is_the_shipped_one(home: Path) -> None:
    version = load_policy(home).version
    (home / "policy" / "scoring.yaml").unlink()
    assert load_policy(home).version == version


def test_version_changes_with_content_and_not_with_comments(home: Path) -> None:
    version = load_policy(home).version
    path = home / "policy" / "promotion.yaml"
    path.write_text(path.read_text("utf-8") + "\n# a comment\n", encoding="utf-8")
    assert load_policy(home).version == version
    path.write_text(path.read_text("utf-8").replace("episode_days: 180", "episode_days: 90"), encoding="utf-8")
    assert load_policy(home).version != version


def test_limits_of_the_business_are_those_of_every_feed_that_has_none_of_its_own(home: Path) -> None:
    write(home, "business.yaml", "limits: {days_ahead: {birth_date: 0}, max_values: {employee_count: 50}}\n")
    write(
        home, "feeds/acme.yaml", FEED + "  submitted_at: When\nreceived: submitted_at\ndays_ahead: {purchase_date: 9}\n"
    )
    (acme,) = [feed for feed in load_policy(home).feeds if feed.feed == "acme"]
    assert acme.days_ahead == {"submitted_at": 1826, "birth_date": 0, "purchase_date": 9}
    assert {field: int(most) for field, most in acme.max_values.items()} == {
        "annual_revenue": 10**15, "budget_amount": 10**12, "employee_count": 50,
    }  # fmt: skip
    assert (acme.max_rejected_share, acme.repair_mojibake) == (1.0, True)


def test_words_that_are_values_hold_in_each_field_that_the_business_says_nothing_of(home: Path) -> None:
    shipped = load_policy(home).business.says_nothing_but_in
    write(home, "business.yaml", "says_nothing_but_in: {company: [same], country: []}\n")
    assert load_policy(home).business.says_nothing_but_in == {**shipped, "company": ["same"], "country": []}
    write(home, "business.yaml", "timezone: UTC\n")
    assert load_policy(home).business.says_nothing_but_in == shipped


def test_refusals_are_asked_only_of_rows_that_have_consent(home: Path) -> None:
    columns = "columns: {event_id: id, event_type: type, occurred_at: at}\n"
    write(home, "feeds/clicks.yaml", f"feed: clicks\nkind: events\nmatch: events/*\n{columns}refusals: [optout]\n")
    (problem,) = check_policy(home)
    assert str(problem).endswith("refusals are about consent, which rows of events do not have; expected none")


def test_no_policy_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="sluice init"):
        load_policy(tmp_path)


def test_every_problem_of_every_file_is_named_with_its_line(home: Path) -> None:
    write(home, "business.yaml", "timezone: Asia/Shangai\nbase_curency: CNY\n")
    write(home, "feeds/acme.yaml", FEED.replace("  email:", "  emial:"))
    found = problems(home)
    assert len(found) == 3
    assert found[0].startswith("policy/business.yaml:1: timezone: 'Asia/Shangai' is no time zone")
    assert found[1] == 'policy/business.yaml:2: base_curency: unknown key; did you mean "base_currency"?'
    assert found[2] == (
        "policy/feeds/acme.yaml:5: columns.emial: 'emial' is no field of leads; did you mean \"email\"?"
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "business.yaml",
            "language: fr\n",
            "policy/business.yaml:1: language: 'fr' is not known; expected one of: en, zh",
        ),
        (
            "business.yaml",
            "says_nothing_but_in: {cuntry: [na]}\n",
            "business.yaml:1: says_nothing_but_in: 'cuntry' is no field; did you mean \"country\"?",
        ),
        (
            "business.yaml",
            "calendar:\n  countr: CN\n",
            'business.yaml:2: calendar.countr: unknown key; did you mean "country"?',
        ),
        (
            "business.yaml",
            "timezone: UTC\ntimezone: UTC\n",
            "business.yaml:2: the key 'timezone' is written twice (first on line 1)",
        ),
        (
            "business.yaml",
            "timezone: !!python/object:os.system {}\n",
            "business.yaml:1: the tag !!python/object:os.system is not allowed",
        ),
        ("business.yaml", "timezone: [UTC\nlanguage: en\n", "broken YAML"),
        ("business.yaml", "- UTC\n", "business.yaml:1: expected keys with values"),
        ("business.yaml", "timezone: UTC\n---\nlanguage: en\n", "broken YAML: expected a single document"),
        ("business.yaml", "a: &x [1]\nb: " + "[" * 60 + "]" * 60 + "\n", "too deeply nested"),
        ("scorng.yaml", "", 'no policy file has this name; did you mean "scoring.yaml"?'),
        ("feeds/acme.yml", FEED, "expected a name ending in .yaml"),
        (
            "feeds/acme.yaml",
            FEED + "key: [A]\nkye: [A]\n",
            'acme.yaml:7: kye: unknown key; did you mean "key"?',
        ),
        ("feeds/acme.yaml", "kind: leads\nmatch: a.csv\n", 'feed: the key "feed" is missing'),
        (
            "feeds/acme.yaml",
            FEED.replace("kind: leads", "kind: lead"),
            "kind: 'lead' is not known; did you mean \"leads\"?",
        ),
        ("feeds/acme.yaml", FEED + "received: submited_at\n", 'did you mean "submitted_at"?'),
        ("feeds/acme.yaml", FEED + "received: email\n", "'email' is no time of leads"),
        (
            "feeds/acme.yaml",
            FEED + "days_ahead: {submited_at: 3}\n",
            "days_ahead.submited_at: 'submited_at' is no date or time of leads; did you mean \"submitted_at\"?",
        ),
        ("feeds/acme.yaml", FEED + "max_values: {amount: 5}\n", "max_values.amount: 'amount' is no number of leads"),
        ("feeds/acme.yaml", FEED + "max_rejected_share: 5\n", "max_rejected_share"),
        ("feeds/acme.yaml", FEED + "clock_changes: {repeated: first}\n", "'first' is not known"),
        ("business.yaml", "limits: {days_ahead: {emial: 3}}\n", "'emial' is no date or time"),
        ("business.yaml", "limits: {max_values: {amount: 0}}\n", "limits.max_values.amount"),
        ("business.yaml", "limits: {max_values: {amont: 5}}\n", "'amont' is no number; did you mean \"amount\"?"),
        (
            "feeds/acme.yaml",
            FEED + "require: [[emial]]\n",
            "acme.yaml:6: require[0][0]: 'emial' is no field of leads",
        ),
        ("feeds/acme.yaml", FEED + "values: {industri: {a: b}}\n", 'did you mean "industry"?'),
        (
            "feeds/acme.yaml",
            FEED + "constants: {email: a@b.c}\n",
            "email stands both in columns and in constants",
        ),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: YYYY}\n", "expected a pattern such as"),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: '%F %H:%M'}\n", "has %F, which is not known; expected %Y-"),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: '%Y-%m-%d %Q'}\n", "has %Q, which is not known"),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: '%Y-%m-%d %'}\n", "ends within a specifier"),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: '%d/%m'}\n", "has no year"),
        ("feeds/acme.yaml", FEED + "formats: {submitted_at: '%H:%M %Y'}\n", "has no day or month"),
        ("feeds/acme.yaml", FEED + "received: submitted_at\n", "6: received: nothing is mapped to 'submitted_at'"),
        ("feeds/acme.yaml", FEED.replace("acme/*.csv", "{a/*.csv"), "acme.yaml:3: match: a brace is not closed"),
        ("feeds/acme.yaml", FEED.replace("  email: [Email]\n", ""), "acme.yaml:4: columns"),
        ("feeds/acme.yaml", FEED.replace("  email", "\temail"), "acme.yaml:5: broken YAML: a tab; use spaces"),
        ("feeds/acme.yaml", FEED + "formats: {decimal: x}\n", 'expected "." or ","'),
        ("feeds/acme.yaml", FEED + "formats: {timezone: Mars}\n", "is no time zone"),
        ("feeds/acme.yaml", FEED + "encoding: utf-9\n", "is no encoding"),
        (
            "feeds/acme.yaml",
            FEED + "header_row: 0\n",
            "acme.yaml:6: header_row: input should be greater than or equal to 1; found '0'",
        ),
        (
            "feeds/acme.yaml",
            FEED.replace("partners/acme/*.csv", "../x.csv"),
            "expected a path under landing/",
        ),
    ],
)
def test_a_mistake_is_said_in_one_line_with_file_line_key_and_expectation(
    home: Path, name: str, text: str, expected: str
) -> None:
    write(home, name, text)
    found = problems(home)
    assert len(found) == 1, found
    assert expected in found[0]
    assert "\n" not in found[0]


def test_broken_yaml_names_its_line(home: Path) -> None:
    write(home, "targets.yaml", "targets: []\nkpis: [\n  {kpi: win_rate\n")
    (found,) = check_policy(home)
    assert found.file == "policy/targets.yaml"
    assert found.line >= 2


def test_a_file_that_is_not_utf8_names_its_line(home: Path) -> None:
    (home / "policy" / "business.yaml").write_bytes("timezone: UTC\n# 时区\n".encode("gb18030"))
    (found,) = check_policy(home)
    assert (found.line, found.message) == (2, "not UTF-8; save the file as UTF-8")


def test_two_feeds_of_one_name_are_refused(home: Path) -> None:
    write(home, "feeds/a.yaml", FEED)
    write(home, "feeds/b.yaml", FEED.replace("partners/acme/", "partners/other/"))
    (found,) = problems(home)
    assert "the name 'acme' is taken by policy/feeds/a.yaml" in found


def test_two_feeds_of_one_kind_with_one_pattern_are_refused_and_of_two_kinds_are_not(home: Path) -> None:
    write(home, "feeds/a.yaml", FEED)
    write(home, "feeds/b.yaml", FEED.replace("feed: acme", "feed: b"))
    (found,) = problems(home)
    assert "expected one feed of kind leads for a file" in found
    write(home, "feeds/b.yaml", FEED.replace("feed: acme", "feed: b").replace("kind: leads", "kind: outcomes"))
    assert problems(home) == []


def test_words_stay_the_words_that_were_written(home: Path) -> None:
    text = FEED + 'constants: {country: NO}\nvalues: {consent: {yes: true, 001: "1"}, region: {86: 010, off: null}}\n'
    write(home, "feeds/acme.yaml", text)
    feed = next(feed for feed in load_policy(home).feeds if feed.feed == "acme")
    assert feed.constants == {"country": "NO"}
    assert feed.values == {"consent": {"yes": "true", "001": "1"}, "region": {"86": "010", "off": None}}


def test_feed_defaults_follow_folder_kind_and_business(home: Path) -> None:
    write(home, "business.yaml", "language: zh\n")
    write(home, "feeds/acme.yaml", FEED)
    write(home, "feeds/won.yaml", 'feed: won\nkind: outcomes\nmatch: "crm/won.csv"\ncolumns: {email: Mail}\n')
    feeds = {feed.feed: feed for feed in load_policy(home).feeds}
    assert (feeds["acme"].channel, feeds["acme"].language, feeds["acme"].require) == (
        "partner",
        "zh",
        [["email", "phone"]],
    )
    assert (feeds["won"].channel, feeds["won"].require, feeds["won"].columns) == (
        "crm",
        [],
        {"email": ["Mail"]},
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("scoring.yaml", "points: 15", "ponits: 15", 'did you mean "points"?'),
        (
            "scoring.yaml",
            "field: employee_count, gte: 100}",
            "field: employees_count, gte: 100}",
            'did you mean "employee_count"?',
        ),
        (
            "scoring.yaml",
            "field: employee_count, gte: 100}",
            "field: employee_count, gte: 100, lte: 5}",
            "expected exactly one of in, not_in",
        ),
        (
            "scoring.yaml",
            "rule: fit.budget_named",
            "rule: fit.need_described",
            "the rule 'fit.need_described' is defined twice",
        ),
        ("scoring.yaml", "rule: fit.budget_named", "rule: cap.total", "kept for the ledger's own lines"),
        (
            "scoring.yaml",
            "{grade: B, min_points: 25}",
            "{grade: B, min_points: 50}",
            "expected falling thresholds",
        ),
        ("scoring.yaml", "matches: '(?i)\\b(chief", "matches: '(?=x)\\b(chief", "look-around"),
        ("scoring.yaml", "cap: 100", "cap: 101", "less than or equal to 100"),
        (
            "promotion.yaml",
            "any_of: [has_email, has_phone]",
            "any_of: [has_mail, has_phone]",
            'did you mean "has_email"?',
        ),
        ("promotion.yaml", "cost: 1.5", "cost: 0", "greater than 0"),
        ("stages.yaml", "preset: exchange\n\n#", "preset: exchnge\n\n#", 'did you mean "exchange"?'),
        (
            "stages.yaml",
            "win_weight: 0.30, step_benchmark: 0.30, expected_days: 21, limit_days: 45, aliases: [商务谈判]",
            "win_weight: 0.1",
            "win_weight must not fall",
        ),
        (
            "stages.yaml",
            "    - Engaging\n",
            "    - Engaging\n    - Prospecting\n",
            "stands for two canonical stages",
        ),
        ("followup.yaml", "after: first_call", "after: second_call", "which must stand before it"),
        ("targets.yaml", "targets: []", "targets: [{period: 2026-Q5, amount: 1}]", "targets[0].period"),
        ("identity.yaml", "same: 0.95", "same: 0.5", "review must not be above same"),
        ("identity.yaml", "short_form: {m: 0.05", "short_form: {m: 0.5", "the m of first_name add up to 1.45"),
        ("identity.yaml", "    birth_date:\n      same", "    birthdate:\n      same", 'did you mean "birth_date"?'),
        (
            "identity.yaml",
            "generation_years: [16, 60]",
            "generation_years: [60, 16]",
            "the first is the smaller one",
        ),
        ("identity.yaml", "  full_name: most_frequent", "  fullname: newest", 'did you mean "full_name"?'),
        ("business.yaml", "flag_after_days: 0", "flag_after_days: 50", "must not be above max_age_days"),
        ("business.yaml", "max_row_ratio: 2.0", "max_row_ratio: 1", "greater than 1"),
        ("stages.yaml", "tier_2_from: 33.33", "tier_2_from: 70", "tier_2_from must not be above tier_1_from"),
        (
            "stages.yaml",
            "amount_weight: 50\n  win_probability_weight: 50",
            "amount_weight: 0\n  win_probability_weight: 0",
            "one of the weights must be above 0",
        ),
        ("forecast.yaml", "min_periods: 2", "min_periods: 20", "must not be above history_periods"),
        ("routing.yaml", "bands: [hot]", "bands: [hott]", "'hott' is not known; did you mean \"hot\"?"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(home: Path, name: str, old: str, new: str, expected: str) -> None:
    path = home / "policy" / name
    text = path.read_text("utf-8")
    assert old in text
    write(home, name, text.replace(old, new, 1))
    found = problems(home)
    assert found, "nothing was found"
    assert any(expected in line for line in found), found


def test_rules_of_values_are_known_fields_and_those_of_a_feed_win(home: Path) -> None:
    write(home, "business.yaml", "repairs: {phone: reject, email: null}\n")
    write(home, "feeds/acme.yaml", FEED + "\nrepairs: {phone: repair}\n")
    acme = next(feed for feed in load_policy(home).feeds if feed.feed == "acme")
    assert [acme.rule(field) for field in ("phone", "email", "birth_date", "amount")] == [
        "repair",
        "null",
        "repair",
        "reject",
    ]
    write(home, "business.yaml", "repairs: {phon: reject}\n")
    write(home, "feeds/acme.yaml", FEED + "\nrepairs: {amount: repair}\n")
    with pytest.raises(PolicyError) as caught:
        load_policy(home)
    assert "'phon' is no field with a form of its own" in str(caught.value)
    assert "'amount' is no field of leads" in str(caught.value)


def test_every_field_with_a_form_has_a_rule_in_the_shipped_file(home: Path) -> None:
    import yaml

    shipped = yaml.safe_load((home / "policy" / "business.yaml").read_text(encoding="utf-8"))
    assert shipped["repairs"] == DEFAULT_RULES
