"""The fast readers may decline, but never answer otherwise than the exact ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.readers import json_quick, reading
from sources.readers.content import read
from sources.readers.reading import ReadOptions
from tests.sources.rows import read_both


@pytest.fixture(autouse=True, scope="module")
def fast_from_the_first_byte() -> Iterator[None]:
    usual, reading.FAST_FROM_BYTES = reading.FAST_FROM_BYTES, 0
    yield
    reading.FAST_FROM_BYTES = usual


PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
PIECES = st.sampled_from(
    [
        "a",
        "b1",
        "",
        " ",
        '"',
        '""',
        "'",
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "é",
        "王",
        "=1",
        "\\",
        "#",
        "\0",
        "\ufeff",
        '"x"',
        '"x, y"',
        '"l1\nl2"',
        '"q""q"',
        "null",
        "NaN",
        "1.50",
        "\x85",
        "\u2028",
        "\x0b",
    ]
)


@PROPERTY
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_behind_a_header_reads_the_same(text: str) -> None:
    fast, exact = read_both(("id,name,note\n" + text).encode(), "x.csv")
    assert fast is None or fast == exact


@pytest.mark.parametrize(
    "body", [",,,\n", "1,2,3,\n", "1,2,\n", '1,"2,2",3,\n', '1,"2,2",3\n', '1,"2,2"\n', "1,2,3\n\n4,5,6\n"]
)
def test_fields_too_many_or_too_few_are_never_overlooked(body: str) -> None:
    fast, exact = read_both(("id,name,note\n7,8,9\n" + body + "4,5,6\n").encode(), "x.csv")
    assert fast is None or fast == exact


CELL = st.sampled_from(
    ["a", "b 1", "", " x ", "王小红", "O'Neil", "1.50", "007", "=1+1", "NULL", "x,y", 'say "hi"', "-"]
)


@PROPERTY
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_well_formed_files_read_the_same_and_are_read_fast(
    cells: list[tuple[str, str, str]], line_end: str, last: bool
) -> None:
    def field(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",') else text

    lines = ["id,name,note", *(",".join(map(field, ("k", *row))) for row in [(a, b) for a, b, _ in cells])]
    fast, exact = read_both((line_end.join(lines) + line_end * last).encode(), "x.csv")
    assert fast == exact
    assert [row["line_no"] for row in exact[2]] == list(range(2, len(cells) + 2))


FOLDED = st.sampled_from(
    ["a", "b 1", "", "x,y", 'say "hi"', "two\nlines", "blank\n\nbetween", "1,2\n3,4", "t\r\nu", "总计"]
)


@PROPERTY
@given(
    st.lists(st.tuples(FOLDED, FOLDED), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]), st.sampled_from("kt")
)
def test_cells_of_several_lines_read_the_same(cells: list[tuple[str, str]], line_end: str, key: str) -> None:
    def field(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text

    first = ["id,name,note", 'k,"one cell\nof two lines",z']
    lines = [*first, *(",".join(map(field, (key, *row))) for row in cells)]
    fast, exact = read_both((line_end.join(lines) + line_end).encode(), "x.csv")
    assert fast == exact or (fast is None and "总计" in str(cells))
    assert [row["line_no"] for row in exact[2]][:2] == [2, 4]


KEY = st.sampled_from(["a", "b", "A", "a.b", "props", "sluice_x", "va lue", "é", "null", ""])
SCALAR = st.sampled_from(
    [
        "1",
        "-0",
        "-0.0",
        "1.50",
        "1e5",
        "12345678901234567890123",
        "true",
        "null",
        '"x"',
        '":1,"',
        '"a\\"b"',
        '"\\u0000"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"[x]"',
        '"{}"',
        "[1, 2.50]",
        "{}",
        "NaN",
        "-Infinity",
        '"NaN"',
        '" : "',
        '"é"',
        '"\\\\"',
        "01",
        '""',
        "9007199254740993",
        '"a,}"',
        '"\\/"',
        "0.1E+2",
        "1E400",
        "[]",
        '{"x":null}',
        "tru",
    ]
)


def _objects(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(KEY.map(json.dumps), st.sampled_from([":", ": ", " : ", "  :"]), children), max_size=4)
    return st.builds(
        lambda pairs, comma, end: "{" + comma.join(k + c + v for k, c, v in pairs) + end + "}",
        members,
        st.sampled_from([",", ", ", " ,"]),
        st.sampled_from(["", "", "", "", " ", ","]),
    )


OBJECT = _objects(st.one_of(SCALAR, SCALAR, _objects(SCALAR)))
LINE = st.one_of(OBJECT, OBJECT, OBJECT, st.sampled_from(["{", "[1]", '"x"', "", " ", "1", '{"a":1} x', "{'a':1}"]))


@PROPERTY
@given(st.lists(LINE, min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_any_lines_of_json_read_the_same(lines: list[str], line_end: str) -> None:
    fast, exact = read_both(line_end.join(lines).encode(), "x.jsonl")
    assert fast is None or fast == exact


PLAIN = st.fixed_dictionaries(
    {"id": st.integers(), "value": st.floats(allow_nan=False, allow_infinity=False), "name": st.text(max_size=8)},
    optional={
        "email": st.none() | st.text(max_size=5),
        "ok": st.booleans(),
        "props": st.fixed_dictionaries({"p": st.integers()}),
    },
)


@PROPERTY
@given(st.lists(PLAIN, min_size=1, max_size=20), st.booleans())
def test_plain_objects_read_the_same_and_are_read_fast(records: list[dict[str, object]], compact: bool) -> None:
    separators = (",", ":") if compact else None
    text = "\n".join(json.dumps(record, ensure_ascii=False, separators=separators) for record in records)
    fast, exact = read_both(text.encode(), "x.jsonl")
    assert fast is not None
    assert fast == exact


@pytest.mark.parametrize(
    "line",
    [
        '{"a":1,"a":null}',
        '{"a":1,"zzz":null}',
        '{"a":1,"b":{"c":2}}',
        '{"a":{"x":1}}',
        '{"a":1.10,"b":[1.10]}',
        '{"a":1,}',
        '{"a":NaN}',
        '{"a":-0}',
        '{"a":": 1,"}',
        '{"zz":1}',
        '{"a":"\\u0000"}',
        '{"sluice":{"verdict":"x"},"a":1}',
        '{"a":1,"sluice_verdict":"ok"}',
        '{"a":"x","a":"y"}',
        '{"b":{"c":1},"b.c":2}',
        '{"a":{}}',
        '{"a":null}',
        '{"a" :1}',
        '{"a"\t:1}',
        "[]",
        '{"b":7}',
        '{"b":null}',
    ],
)
def test_one_odd_line_among_plain_ones_is_answered_exactly(line: str) -> None:
    plain = '{"a":"x","b":{"c":3}}\n'
    fast, exact = read_both((plain * 3 + line + "\n" + plain).encode(), "x.jsonl")
    assert fast is None or fast == exact


def test_keys_that_only_late_lines_have_are_learnt() -> None:
    text = '{"a":1,"b":"x"}\n' * 30_000 + '{"a":1,"late":2.50}\n' + '{"a":2,"b":"y"}\n' * 30_000
    fast, exact = read_both(text.encode(), "x.jsonl")
    assert fast is not None
    assert fast[0] == ["a", "b", "late"] == exact[0]
    assert fast[2][30_000] == exact[2][30_000]


MIXED = [
    '{"id":1,"at":"2026-01-01 10:00:00","email":null,"page":{"path":"/","n":3},"value":1.10}',
    '{"id":22,"at":"a:b","email":"a@b.example","page":{"path":"x {a} : 1.5","n":30},"value":20}',
    '{"id":333,"at":"","email":"","page":null,"value":null}',
    '{"id":4444,"at":null,"email":"1.50","page":{"path":null,"n":null},"value":-1.50}',
    '{"at": "c", "id": -5, "value": 1E3}',
    '{"id":6,"value":"1.10","email":"null"}',
    '{"id":12345678901234567890,"at":"\\u00e9\\/","value":7}',
]


def test_plain_lines_need_no_second_attempt(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(MIXED * 50), encoding="utf-8")
    made = read(path, ReadOptions(), "x.jsonl", tmp_path)
    batches = list(made.batches)  # would raise NotCleanError
    assert sum(map(len, batches)) == len(MIXED) * 50
    assert batches[0].column(4 + made.headers.index("value")).to_pylist()[:7] == [
        *("1.10", "20", None, "-1.50", "1E3", "1.10", "7"),
    ]


@settings(PROPERTY, max_examples=8)
@given(
    st.lists(st.sampled_from(MIXED), min_size=1, max_size=60), st.integers(150, 600), st.sampled_from(["\n", "\r\n"])
)
def test_pieces_of_any_length_read_the_same(lines: list[str], piece: int, line_end: str) -> None:
    usual, json_quick.PIECE_BYTES = json_quick.PIECE_BYTES, piece
    try:
        fast, exact = read_both(line_end.join(lines).encode(), "x.jsonl")
    finally:
        json_quick.PIECE_BYTES = usual
    assert fast is not None
    assert fast == exact


@pytest.mark.parametrize(
    "odd",
    [
        ('{"id":1.10}',),
        ('{"id":"5"}', '{"at":1.10}'),
        ('{"page":7}', '{"at":{"path":"x"}}'),
        ('{"page":7}', '{"at":{}}'),
        ('{"page":"x"}', '{"at":":{"}'),
        ('{"id":null}', '{"zz":null}'),
        ('{"id":1,"id":null}',),
        ('{"id":null,"id":1}',),
        ('{"id":null,"id":null}', "{}"),
        ('{"page":null}',),
        ('{"page":null,"page":{"path":"x"}}',),
        ('{"other":{"id":null}}',),
        ('{"page":{"id":null}}',),
        ('{"at":":null"}', '{"at":null}'),
        ('{"i\\u0064":null}',),
        ('{"id":nul}',),
        ('{"page":{"path":"x","zz":null}}',),
        ('{"page":{"value":2.50}}',),
        ('{"other":{"value":2.50}}',),
        ('{"value":1.10,"value":2.20}',),
        ('{"value":":1.10"}',),
        ('{"ID":3}',),
        ('{"value":NaN}', '{"value":-Infinity}'),
        ('{"at":nan}',),
        ('{"value":1.10,}',),
        (' {"id":1}',),
        ('{"\\u0069d":1}',),
        ('{"at":"\\ud800"}',),
        ('{"at":"' + "x" * 32_767 + '"}',),
    ],
)
def test_odd_lines_never_make_up_for_one_another(odd: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_quick, "PIECE_BYTES", 1 << 17)
    plain = "\n".join(MIXED[:3]) + "\n"
    text = plain * 500 + "\n".join(odd) + "\n" + plain
    fast, exact = read_both(text.encode(), "x.jsonl")
    assert fast is None or fast == exact
