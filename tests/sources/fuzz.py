"""Files as people drop them, and what becomes of files on their way: flipped bits, broken ends, pieces of others."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq

from tests.sources.test_readers import workbook

HEADERS = ("编号", "Name", "Email", "Phone", "Company", "Date", "Amount")
PEOPLE = [
    (
        f"{i:04}",
        ["王小红", "Zoë Müller", "O'Neil, Ann", 'Bob "B" Ray', "李明"][i % 5],
        f"user{i}@firma{i % 7}.de" if i % 9 else "",
        ["+49 30 1234567", "138 0013 8000", "1.38E+10", ""][i % 4],
        ["华信科技有限公司", "Acme GmbH & Co. KG", "Line\nbreak Ltd", "x"][i % 4],
        ["2026-03-01", "2026/3/1 14:05", "31.12.2025", ""][i % 4],
        ["1,234.56", "1.234,56", "12万", "-3"][i % 4],
    )
    for i in range(40)
]
#: What breaks readers: quotes, delimiters, marks, brackets, encodings, formulas, long runs.
TOKENS = [
    b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\0\0\0\0", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xfe\xff", b"\x80", b"\xff", b"\xed\xa0\x80", b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b"[[[[[[[[",
    b'{"a":' * 300, b":", b"=", b"&", b"%", b"%00", b"%ff", b"=1+1", b"NaN", b"1e999", b"-0", b"null", b"true",
    b"9" * 400, b"x" * 40_000, b"\x1a", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"<html>", b"<!DOCTYPE x [", b"\xc2\x85",
    b"\xe2\x80\xa8", b"sep=;\n", b"\xa0", b"\x01",
]  # fmt: skip


def _delimited(delimiter: str, encoding: str, quote_all: bool = False) -> bytes:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows([HEADERS, *PEOPLE])
    return text.getvalue().encode(encoding, "replace")


def _western(data: bytes) -> bytes:
    text = data.decode()
    for chinese, western in (
        ("编号", "Numéro"),
        ("王小红", "Renée Lefèvre"),
        ("李明", "João Gonçalves"),
        ("华信科技有限公司", "Böhm & Söhne"),
        ("万", "€"),
    ):
        text = text.replace(chinese, western)
    return text.encode("cp1252")


def _json() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [dict(zip(HEADERS, person, strict=True)) for person in PEOPLE]
    for at, row in enumerate(rows):
        row["n"] = at * 1.10
        row["deep"] = {"a": {"b": [1, None, {"c": "ü"}]}, "x": at % 2 == 0}
        row["field_data"] = [{"name": "email", "values": [row["Email"]]}, {"name": "城市", "values": ["Wuhan", "X"]}]
    return rows


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _ods() -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{at}{cell}</text:p></table:table-cell>'
            for cell in ("a", "b", "c")
        )
        + "</table:table-row>"
        for at in range(20)
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="S">{cells}</table:table></office:spreadsheet>'
    content = f'<?xml version="1.0"?><office:document-content {names}>{body}</office:body></office:document-content>'
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def _parquet() -> bytes:
    stream = io.BytesIO()
    columns = {name: pa.array([person[at] for person in PEOPLE]) for at, name in enumerate(HEADERS)}
    pq.write_table(pa.table({**columns, "n": pa.array(range(len(PEOPLE)))}), stream)
    return stream.getvalue()


@cache
def seeds() -> dict[str, bytes]:
    """One whole file of every format, by a name it could have."""
    rows = _json()
    book = workbook(("Notes", [["May 2026"]]), ("Leads", [["Export"], list(HEADERS), *map(list, PEOPLE)]))
    plain = _delimited(",", "utf-8")
    posts = "\n".join(urlencode({"name": p[1], "email": p[2], "company": p[4]}) for p in PEOPLE).encode()
    return {
        "plain.csv": plain,
        "excel.csv": b"\xef\xbb\xbf" + _delimited(";", "utf-8", quote_all=True),
        "western.csv": _western(_delimited(";", "utf-8")),
        "chinese.csv": _delimited(",", "gb18030", quote_all=True),
        "wide.txt": _delimited("\t", "utf-16"),
        "old.tsv": _delimited("\t", "utf-8").replace(b"\r\n", b"\r"),
        "lines.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(),
        "list.json": json.dumps(rows, indent=1).encode(),
        "envelope.json": json.dumps({"data": {"rows": rows[:20]}, "next": None}).encode(),
        "posts.txt": posts,
        "book.xlsx": book,
        "book.ods": _ods(),
        "table.parquet": _parquet(),
        "plain.csv.gz": gzip.compress(plain, mtime=0),
        "taiwan.csv": _delimited(",", "big5").replace(b"?", b"x"),
        "wide_be.csv": b"\xfe\xff" + _delimited(",", "utf-16-be"),
        "lines.jsonl.gz": gzip.compress("\n".join(map(json.dumps, rows)).encode(), mtime=0),
        "book.xlsx.gz": gzip.compress(book, mtime=0),
        "table.zip": packed({"table.parquet": _parquet(), "posts.txt": posts}, zipfile.ZIP_STORED),
        "several.zip": packed({"a.csv": plain, "in/b.jsonl": json.dumps(rows[0]).encode(), "c.xlsx": book}),
    }


# --- mutations -----------------------------------------------------------------------------------------------

Mutation = Callable[[random.Random, bytes], bytes]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _truncate(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] if chance.random() < 0.8 else data[at:]


def _splice(chance: random.Random, data: bytes) -> bytes:
    other = chance.choice(list(seeds().values()))
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 2, 7, 100, 3000)) :]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.choice((1, 10, 500))
    return data[:at] + data[at : at + size] * chance.choice((2, 3, 40)) + data[at + size :]


def _insert(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(TOKENS) + data[at:]
    return data


def _shuffle(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _noise(chance: random.Random, data: bytes) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.choice((1, 8, 200))
    return data[:at] + chance.randbytes(size) + data[at + size :]


MUTATIONS: tuple[Mutation, ...] = (_flip, _truncate, _splice, _cut, _repeat, _insert, _shuffle, _noise)


def _inside(chance: random.Random, data: bytes) -> bytes:
    """A mutation of what is packed, packed again: otherwise a checksum hides the readers behind it."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.compress(_mutate(chance, gzip.decompress(data)), mtime=0)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = chance.choice(list(members))
    members[name] = _mutate(chance, members[name])
    return packed(members, chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))


def _mutate(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choice(MUTATIONS)(chance, data)
    return data


def mutants(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of `count` broken files; the same seed gives the same files."""
    chance = random.Random(seed)
    names = list(seeds())
    for number in range(count):
        name = names[number % len(names)]
        data = seeds()[name]
        is_packed = data.startswith((b"\x1f\x8b", b"PK\x03\x04"))
        data = (_inside if is_packed and chance.random() < 0.7 else _mutate)(chance, data)
        if chance.random() < 0.1:  # under the name of another format
            name = chance.choice(names)
        yield f"{number:06}-{name}", data
