"""Text that was decoded in the wrong encoding before it came: recognised, and put right where that is exact.

The file itself may be good UTF-8 and hold `MÃ¼ller`, because somebody before read UTF-8 as cp1252. Such text is
encoded again as it was wrongly read, and decoded as it should have been; only what comes back to the same characters
counts. Western text is judged cell by cell, since the signs of it hardly ever stand together otherwise. Chinese text
read as another Chinese encoding gives characters that are each possible, so it is judged by whole columns, and by how
likely people write either text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.encodings import MARGIN
from sources.likelihood import likelihood
from sources.readers.reading import Reading, storable

#: Rows of the first batch that columns are judged by.
LOOKED_AT_ROWS = 10_000
MOST_TEXTS = 500
#: Of a garbled column so many texts at least can be put right; a few were cut in the middle of a character.
LEAST_SHARE = 0.9
#: Text may have gone wrong more than once.
MOST_TIMES = 3

_CP1252 = {bytes([byte]).decode("cp1252", "replace"): byte for byte in range(0x80, 0xA0)}
_CP1252.pop("\ufffd", None)
_REST = "".join(_CP1252) + "\u0080-\u00bf"
_SURE = f"[\u00c2\u00c3][{_REST}]|[\u00e0-\u00ef][{_REST}][{_REST}]|[\u00f0-\u00f4][{_REST}][{_REST}][{_REST}]"
_OTHERS = f"[\u00c4\u00c5\u00ce-\u00d1\u00d7-\u00d9][{_REST}]"
#: Signs of UTF-8 read as cp1252 or latin-1.
WESTERN_SIGNS = f"(?s:{_SURE}|{_OTHERS}.*(?:{_OTHERS}))"
_WESTERN = re.compile(WESTERN_SIGNS)
#: Names in capitals with a trade mark or a closing quote behind them (`IRMÃ®`) only look like it.
_CAPITALS = re.compile(f"[A-Z\u00c0-\u00dc][\u00c2-\u00df][®™»”’…](?![{_REST}])")

#: How columns went wrong, by their position.
Decided = dict[int, tuple[str, str]]
#: How Chinese text goes wrong: read as the first, written as the second.
EASTERN = (("gb18030", "big5"), ("big5", "gb18030"), ("gb18030", "utf-8"))


def western(text: str) -> str | None:
    """The text that was UTF-8 and read as cp1252 or latin-1; None where it was not, or not exactly that."""
    found = text
    for _ in range(MOST_TIMES):
        if not _WESTERN.search(found) or _CAPITALS.search(found):
            break
        again = _as_utf8(found)
        if again is None:
            break
        found = again
    return None if found == text else found


def _as_utf8(text: str) -> str | None:
    data = bytearray()
    for char in text:
        if char in _CP1252:
            data.append(_CP1252[char])
        elif ord(char) < 0x100:
            data.append(ord(char))
        else:
            return None
    try:
        found = data.decode()
    except UnicodeDecodeError:
        return None
    kept = all(char.isprintable() or char in "\t\r\n\u00a0\u00ad" for char in found if char not in text)
    return found if kept else None


def eastern(text: str, read_as: str, written_as: str) -> str | None:
    """The text that was read in one Chinese encoding and written in another; None where that is not exact."""
    try:
        data = text.encode(read_as)
        found = data.decode(written_as)
    except UnicodeError:
        return None
    exact = found.encode(written_as) == data and data.decode(read_as) == text
    return found if exact and found != text and found.isprintable() else None


def garbled_as(texts: Sequence[str]) -> tuple[str, str] | None:
    """How the texts of a column, all with characters outside ASCII, went wrong: one of :data:`EASTERN`, or None."""
    best: tuple[str, str] | None = None
    best_lead = MARGIN
    for read_as, written_as in EASTERN:
        pairs = [(text, found) for text in texts if (found := eastern(text, read_as, written_as))]
        if not pairs or len(pairs) < LEAST_SHARE * len(texts):
            continue
        now = likelihood(text for text, _ in pairs)
        then = likelihood(found for _, found in pairs)
        lead = then.sum - now.sum
        if lead > best_lead and then.is_plausible:
            best, best_lead = (read_as, written_as), lead
    return best


def with_text_mended(reading: Reading) -> Reading:
    """The reading with cells and headers that were decoded wrongly put right, and said so in the rows' repairs.

    A repair is {field, code, was}: `text-decoded`, or `text-garbled` where the cell could not be put right exactly and
    was left. Headers that were put right stand in the dialect as `decoded_headers`, new to old.
    """
    first = next(reading.batches, None)
    if first is None:
        return replace(reading, batches=iter(()))
    cells = len(first.schema.names) - len(reading.headers)
    decided = _decided(first.slice(0, LOOKED_AT_ROWS), cells)
    ways = list(dict.fromkeys(decided.values()))
    headers = [_header(name, ways) for name in reading.headers]
    told = {new: old for new, old in zip(headers, reading.headers, strict=True) if new != old}
    if told:
        reading.dialect["decoded_headers"] = told
    return replace(reading, headers=headers, batches=_mended(first, reading.batches, headers, cells, decided))


def _header(name: str, ways: Sequence[tuple[str, str]]) -> str:
    if name.isascii():
        return name
    for read_as, written_as in ways:
        if found := eastern(name, read_as, written_as):
            return found
    return western(name) or name


def _is_ascii(column: pa.Array) -> bool:
    """Whether all texts of a column are, told by its bytes as a whole: a fraction of the time of asking each."""
    _, ends, text = column.buffers()
    if column.null_count == len(column) or text is None:
        return True
    first, last = np.frombuffer(ends, np.int32)[[column.offset, column.offset + len(column)]].tolist()
    return bool(text.slice(first, last - first).to_pybytes().isascii())


def _foreign(column: pa.Array) -> pa.Array:
    return pc.fill_null(pc.invert(pc.string_is_ascii(column)), False)


def _decided(batch: pa.RecordBatch, cells: int) -> Decided:
    decided: Decided = {}
    for at in range(cells, batch.num_columns):
        column = batch.column(at)
        if _is_ascii(column):
            continue
        texts = pc.unique(column.filter(_foreign(column))).to_pylist()[:MOST_TEXTS]
        eastern_texts = [text for text in texts if max(text) > "\u2e80"]
        if eastern_texts and (way := garbled_as(eastern_texts)):
            decided[at] = way
    return decided


def _mended(
    first: pa.RecordBatch, others: Iterator[pa.RecordBatch], headers: Sequence[str], cells: int, decided: Decided
) -> Iterator[pa.RecordBatch]:
    yield _mended_batch(first, headers, cells, decided)
    for batch in others:
        yield _mended_batch(batch, headers, cells, decided)


def _mended_batch(batch: pa.RecordBatch, headers: Sequence[str], cells: int, decided: Decided) -> pa.RecordBatch:
    arrays = list(batch.columns)
    repairs: dict[int, list[dict[str, str]]] = {}
    for at in range(cells, batch.num_columns):
        column, way = arrays[at], decided.get(at)
        if _is_ascii(column):
            continue
        asked = _foreign(column)
        if not pc.any(asked).as_py():
            continue
        if way is None:  # each distinct text is looked at once
            texts = pc.unique(column.filter(asked))
            signs = texts.filter(pc.match_substring_regex(texts, WESTERN_SIGNS))
            if not len(signs):
                continue
            asked = pc.is_in(column, signs)
        values: list[str | None] = column.to_pylist()
        for row, wanted in enumerate(asked.to_pylist()):
            text = values[row]
            if not wanted or text is None:
                continue
            found = (eastern(text, *way) if way and max(text) > "\u2e80" else None) or western(text)
            sure = found is not None or (way is not None and max(text) > "\u2e80") or not _CAPITALS.search(text)
            if sure:
                code = "text-decoded" if found else "text-garbled"
                repairs.setdefault(row, []).append({"field": headers[at - cells], "code": code, "was": text})
            values[row] = found or text
        arrays[at] = pa.array(values, pa.string())
    if not repairs:
        return batch
    names = batch.schema.names
    problems, details = batch.column(names.index("problem")), batch.column(names.index("detail")).to_pylist()
    for row, listed in repairs.items():
        if not problems[row].is_valid:
            known = json.loads(details[row]) if details[row] else []
            details[row] = storable(json.dumps([*known, *listed], ensure_ascii=False))
    arrays[names.index("detail")] = pa.array(details, pa.string())
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)
