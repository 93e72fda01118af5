"""Web forms as their senders write them: posts of browsers, named values, documents one behind the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.feeds import Feed
from policy.load import DEFAULTS
from sources.blanked_texts import blanked_texts
from sources.original_text import record_spans, record_texts
from sources.readers.form_posts import is_form_posts
from sources.readers.json_pairs import Pairs, Titles, paired
from sources.readers.json_records import is_own, record_slices
from sources.receipt import write_receipt
from tests.sources.rows import read_both, rows, take

# --- form posts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name=Jane+Doe&email=jane%40example.com", True),
        ("?name=Jane+Doe&email=jane@example.com&consent=", True),
        ("email=jane%40example.com", True),
        ("a=1&b=two words", True),
        ("姓名=王小红&电话=138", True),
        ("a=1&b=2\nnot a post\nc=3&d=4", True),
        ("Key=a sentence with = in it", False),
        ("name,email\nx=1&y=2,joe@x.de", False),
        ("https://x.de/?utm_source=a&utm_medium=b,joe@x.de\n", False),
        ("id\tquery\n1\ta=1&b=2", False),
        ("= SUM(A1)", False),
        ("", False),
    ],
)
def test_posts_are_known_by_how_they_are_written(text: str, expected: bool) -> None:
    assert is_form_posts(text.splitlines()) is expected


def test_posts_become_rows_whatever_the_order_of_their_names(tmp_path: Path) -> None:
    file = take(tmp_path, b"name=Jane+D%26Co&email=j%40x.de\n\nemail=k%40x.de&tick=a&tick=b&name=\r\n", "any.name")
    assert (file.dialect["kind"], file.headers) == ("form", ["name", "email", "tick"])
    assert rows(file) == [(1, "Jane D&Co", "j@x.de", None), (3, None, "k@x.de", "a, b")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_percent_encoded_text_is_told_from_its_bytes(tmp_path: Path, encoding: str) -> None:
    from urllib.parse import urlencode

    people = [("张伟", "华信科技有限公司", "上海市浦东新区"), ("李娜", "中国银行股份有限公司", "北京市海淀区")]
    lines = [urlencode({"姓名": n, "公司": c, "地址": a}, encoding=encoding) for n, c, a in people]
    file = take(tmp_path, "\n".join(lines).encode(), "post.txt")
    assert (file.headers, rows(file)) == (["姓名", "公司", "地址"], [(i, *row) for i, row in enumerate(people, 1)])


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"a=%00&b=1", "nul-byte"), (b"a=%ff%fe%81&b=1", "bad-bytes"), (b"no post at all", "broken-form")],
)
def test_a_broken_post_is_a_problem_of_its_line(tmp_path: Path, line: bytes, code: str) -> None:
    file = take(tmp_path, b"a=1&b=2\n" + line + b"\na=3&b=4\n", "post.txt")
    assert rows(file) == [(1, "1", "2"), (2, code), (3, "3", "4")]


def test_a_post_is_answered_behind_its_own_names(tmp_path: Path) -> None:
    data = b"name=Jane&x=%E7%8E%8B\r\n\nname=Bob"
    file = take(tmp_path, data, "post.txt")
    answers = pd.DataFrame(
        {"line_no": [1, 3], "sluice_verdict": ["accepted", "rejected"], "sluice_reason": ["", "=没有 & x"]}
    )
    answered = write_receipt(file, answers, tmp_path / "out.txt").read_bytes()
    assert answered == (
        b"name=Jane&x=%E7%8E%8B&sluice_verdict=accepted&sluice_reason=\r\n\n"
        b"name=Bob&sluice_verdict=rejected&sluice_reason=%27%3D%E6%B2%A1%E6%9C%89+%26+x"
    )
    back = take(tmp_path / "again", answered, "post.txt")
    assert (back.headers, rows(back)) == (file.headers, rows(file))
    assert record_texts(file, {3}) == {3: "name=Bob"}


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda t: t.strip() and not is_own(t)
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(WORD, WORD, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_a_browser_encodes_is_what_is_read(posts: list[dict[str, str]]) -> None:
    from urllib.parse import urlencode

    data = "\n".join(urlencode(post) for post in posts).encode()
    _, (headers, ignored, found) = read_both(data, "post.txt")
    assert ignored == []
    read = [{name: row[f"c{i}"] for i, name in enumerate(headers) if row[f"c{i}"] is not None} for row in found]
    assert read == [{name.strip(): value for name, value in post.items()} for post in posts]


# --- named values --------------------------------------------------------------------------------------------

META = Pairs("field_data", ("name",), ("values",))
TYPES = Pairs("answers", ("type",), ("email", "phone_number"))
QUESTIONS = Pairs(
    "answers", ("field.id",), ("email", "phone_number", "choices.labels"), Titles("form.fields", ("ref", "id"), "title")
)


@pytest.mark.parametrize(
    ("pairs", "record", "expected"),
    [
        (META, {"id": 1, "field_data": [{"name": "a", "values": ["x"]}]}, {"id": 1, "field_data": {"a": "x"}}),
        (META, {"field_data": [{"name": "a", "values": ["x", "y"]}]}, {"field_data": {"a": "x, y"}}),
        (META, {"field_data": [{"name": "a", "values": []}]}, {"field_data": {"a": None}}),
        (META, {"field_data": []}, {"field_data": {}}),
        (META, {"field_data": "none"}, {"field_data": "none"}),
        (META, {"field_data": [1, 2]}, {"field_data": [1, 2]}),
        (META, {"other": 1}, {"other": 1}),
        (META, {"field_data": [{"values": ["x"]}]}, {"field_data": {"1": "x"}}),
        (
            META,
            {
                "field_data": [
                    {"name": "a", "values": ["x"]},
                    {"name": "a", "values": ["x"]},
                    {"name": "a", "values": "y"},
                ]
            },
            {"field_data": {"a": "x", "a 2": "y"}},
        ),
        (META, {"field_data": [{"name": "a", "file": "f.pdf"}]}, {"field_data": {"a": {"name": "a", "file": "f.pdf"}}}),
        (
            Pairs("properties", (), ("value",)),
            {"properties": {"email": {"value": "a@b.c", "versions": []}, "plain": "p"}},
            {"properties": {"email": "a@b.c", "plain": "p"}},
        ),
        (
            Pairs("a.b", ("n.m",), ("v.w",)),
            {"a": {"b": [{"n": {"m": "x"}, "v": {"w": 1}}], "c": 2}},
            {"a": {"b": {"x": 1}, "c": 2}},
        ),
        (
            Pairs("answers", (), ("text.answers.value",)),
            {"answers": {"q1": {"text": {"answers": [{"value": "x"}, {"value": "y"}]}}}},
            {"answers": {"q1": "x, y"}},
        ),
        (
            Pairs("data", ("name",), ("value",), lift=True),
            {"name": "a form", "city": None, "data": [{"name": n, "value": n} for n in ("name", "city", "mail")]},
            {"name": "a form", "city": "city", "mail": "mail", "data": {"name": "name"}},
        ),
        (Pairs("data", (), ("value",), lift=True), {"data": {"mail": "x"}}, {"mail": "x"}),
        (Pairs("data", (), ("value",), lift=True), {"data": {}}, {"data": {}}),
    ],
)
def test_named_values_become_members(pairs: Pairs, record: dict[str, Any], expected: dict[str, Any]) -> None:
    before = json.dumps(record)
    assert paired(record, [pairs]) == expected
    assert json.dumps(record) == before


def test_the_same_answers_are_named_by_their_type_and_by_their_question() -> None:
    record = {
        "form": {
            "fields": [
                {"id": "q1", "title": "Work e-mail?"},
                {"id": "g", "properties": {"fields": [{"id": "q2", "title": "City"}]}},
            ]
        },
        "answers": [
            {"type": "email", "email": "a@b.c", "field": {"id": "q1"}},
            {"type": "choices", "choices": {"labels": ["x", "y"]}, "field": {"id": "q2"}},
            {"type": "new", "new": 7, "field": {"id": "q3"}},
        ],
    }
    assert paired(record, [TYPES, QUESTIONS]) == {
        "form": {},
        "answers": {
            "email": "a@b.c",
            "Work e-mail?": "a@b.c",
            "City": "x, y",
            "q3": {"type": "new", "new": 7, "field": {"id": "q3"}},
        },
    }


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({"type": "company", "id": "c9"}, {"1": "c9"}),
        ({"type": "company", "id": "c9", "name": "Acme"}, {"company": "Acme", "1": "c9"}),
    ],
)
def test_the_id_of_a_company_in_intercom_is_not_its_name(company: dict[str, Any], expected: dict[str, Any]) -> None:
    told = yaml.safe_load((DEFAULTS / "feeds" / "intercom_contacts.yaml").read_text(encoding="utf-8"))
    pairs = [Pairs.of(pair) for pair in Feed.model_validate(told).pairs]
    record = {"companies": {"type": "list", "data": [company]}}
    assert paired(record, pairs) == {"companies": {"type": "list", "data": expected}}


@pytest.mark.parametrize(
    ("name", "data", "line_no", "expected"),
    [
        ("x.json", '[{"a": 1, "Key" : "s\\"3", "b": "s3"}]', 1, '{"a": 1, "Key" : "", "b": "s3"}'),
        ("x.json", '[{"key": 37, "b": {"key": null}}]', 1, '{"key": "", "b": {"key": ""}}'),
        ("x.jsonl", '{"a": 1}\n{"key": "s3", oops\n', 2, '{"key": "", oops'),
        ("x.csv", 'a,key,b\n1,"s,3",ss,33\n1,s3,s33\n2,"s,3",x\n', 4, '2,"",x'),
        ("x.txt", "a=1&key=s3%20&b=2\na=2&key=s4&b=2\n", 2, "a=2&key=&b=2"),
    ],
)
def test_columns_that_are_kept_nowhere_else_are_left_empty_in_the_text_of_a_record(
    tmp_path: Path, name: str, data: str, line_no: int, expected: str
) -> None:
    file = take(tmp_path, data.encode(), name)
    assert blanked_texts(file, record_texts(file, {line_no}), ["key"]) == {line_no: expected}


def test_named_values_are_read_in_documents_and_in_lines(tmp_path: Path) -> None:
    one = {"id": 1, "field_data": [{"name": "email", "values": ["a@b.c"]}]}
    two = {"id": 2, "field_data": [{"name": "city", "values": ["Wuhan"]}]}
    for name, data in [("x.json", json.dumps([one, two])), ("x.jsonl", f"{json.dumps(one)}\n{json.dumps(two)}\n")]:
        file = take(tmp_path / name, data.encode(), name, pairs=(META,))
        assert (file.headers, rows(file)) == (
            ["id", "field_data.email", "field_data.city"],
            [(1, "1", "a@b.c", None), (2, "2", None, "Wuhan")],
        )


def test_the_fast_reader_and_the_exact_one_agree_on_named_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.readers.reading.FAST_FROM_BYTES", 0)
    plain = [json.dumps({"id": i, "city": "Wuhan"}) for i in range(3000)]
    odd = [
        json.dumps({"id": -1, "properties": {"email": {"value": "a@b.c"}}}),
        json.dumps({"id": -2, "properties": [{"name": "email", "value": "a@b.c"}]}),
    ]
    pairs = (Pairs("properties", ("name",), ("value",)), Pairs("other", (), ("value",)))
    for lines in (plain, [*plain, odd[0]], [*plain, odd[1]], [odd[1], *plain]):
        fast, exact = read_both("\n".join(lines).encode(), "x.jsonl", pairs=pairs)
        assert fast == exact


# --- where the records are -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "records", "expected"),
    [
        ('{"current": {"id": 1}, "previous": null}', ["$.current", "$.data", "$"], [{"id": "1"}]),
        ('{"data": [{"id": 1}, {"id": 2}]}', ["$.current", "$.data", "$"], [{"id": "1"}, {"id": "2"}]),
        ('{"id": 3, "data": null}', ["$.current", "$.data", "$"], [{"id": "3", "data": None}]),
        ('{"id": 3, "data": "x"}', ["$.data", "$"], [{"id": "3", "data": "x"}]),
        ('{"data": []}', ["$.data", "$"], []),
        ('{"a": 1}\n{"a": 2}', None, [{"a": "1"}, {"a": "2"}]),
        ('{\n"a": 1\n}\n{\n"a": 2}\n[{"a": 3}]', None, [{"a": "1"}, {"a": "2"}, {"a": "3"}]),
        ('{"d": {"a": 1}}\n[{"d": {"a": 2}}, {"d": {"a": 3}}]\n', "$.d", [{"a": "1"}, {"a": "2"}, {"a": "3"}]),
    ],
)
def test_records_are_found_in_every_envelope(text: str, records: Any, expected: list[dict[str, Any]]) -> None:
    found = list(record_slices(text, records))
    assert [record.value for record in found] == expected
    assert all(json.loads(text[record.start : record.end]) is not None for record in found)


def test_a_broken_line_among_documents_is_a_problem_of_that_line(tmp_path: Path) -> None:
    data = b'{"d": {"a": 1}}\n{"d": oops}\n{"x": 1}\n{"d": {"a": 2}}\n'
    file = take(tmp_path, data, "log.json", records="$.d")
    assert rows(file) == [(1, "1"), (2, "broken-json"), (3, "records-not-found"), (4, "2")]
    answers = pd.DataFrame({"line_no": record_spans(file), "sluice_verdict": ["a", "b", "c", "d"]})
    lines = write_receipt(file, answers, tmp_path / "out.json").read_bytes().splitlines()
    assert lines[0] == b'{"d": {"a": 1,"sluice":{"verdict": "a"}}}'
    assert json.loads(lines[1]) == {"line": '{"d": oops}', "sluice": {"verdict": "b"}}
    assert json.loads(lines[3])["d"]["sluice"] == {"verdict": "d"}
