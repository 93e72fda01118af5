"""Proves that every partner and form file has its receipt, and that the receipt still is the file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from assets.scope import Scope
from quality.verify import Finding
from serving.receipts import answered_files, receipt_path
from sources.landing import FeedFile
from sources.raw import RawFile, line_encoding, open_original
from sources.readers.json_records import record_slices
from sources.readers.lines import byte_lines, chunks

HAS_RECEIPT = "Every partner and form file has a receipt."
ANSWERS_ALL = "A receipt answers every line, and without the added columns it is the file."


def receipt_findings(scope: Scope) -> list[Finding]:
    """Compares every receipt with the original bytes.

    Args:
        scope: the home whose receipts are looked at.
    """
    missing: list[str] = []
    different: list[str] = []
    for file in answered_files(scope):
        found = _receipt_of(scope.home, file)
        if found is None:
            missing.append(file.path)
        elif not file.raw_file.refused and file.feed is not None:
            trouble = _difference(file.raw_file, found)
            if trouble:
                different.append(f"{file.path}: {trouble}")
    return [_finding(HAS_RECEIPT, missing), _finding(ANSWERS_ALL, different)]


def _finding(statement: str, offenders: list[str]) -> Finding:
    said = "holds" if not offenders else "; ".join(ascii(name) for name in offenders[:5])
    return Finding("receipts", statement, not offenders, said, len(offenders))


def _receipt_of(home: Path, file: FeedFile) -> Path | None:
    target = receipt_path(home, file.path)
    ways = (target, target.with_suffix(".xlsx"), target.with_name(f"{target.name[:200]}.receipt.txt"))
    return next((path for path in ways if path.exists()), None)


def _difference(raw: RawFile, receipt: Path) -> str | None:
    kind = raw.dialect.get("kind")
    if kind in {"delimited", "form"}:
        return _lines_differ(raw, receipt)
    if kind in {"json", "jsonl"}:
        return _records_differ(raw, receipt, lines=kind == "jsonl")
    if kind in {"xlsx", "xls", "ods"}:
        return _cells_differ(raw, receipt)
    return None


def _opened(raw: RawFile, receipt: Path) -> Any:
    return gzip.open(receipt) if raw.dialect.get("compression") == "gzip" else receipt.open("rb")


def _lines_differ(raw: RawFile, receipt: Path) -> str | None:
    """Every physical line of the original must begin the same line of the receipt."""
    _, unit, big_endian = line_encoding(raw)
    ends = ("\r\n", "\n", "\r")
    encoding = line_encoding(raw)[0]

    def bare(line: bytes) -> bytes:
        for end in ends:
            mark = end.encode("utf-16-be" if big_endian else "utf-16-le") if unit == 2 else end.encode(encoding)
            if line.endswith(mark):
                return line[: -len(mark)]
        return line

    with open_original(raw) as stream, _opened(raw, receipt) as answered:
        before = byte_lines(chunks(stream), unit, big_endian)
        after = byte_lines(chunks(answered), unit, big_endian)
        for number, line in enumerate(before, 1):
            found = next(after, None)
            if found is None:
                return f"the receipt ends before line {number}"
            if not found.startswith(bare(line)):
                return f"line {number} is not the original"
        return "the receipt has more lines" if next(after, None) is not None else None


def _records_differ(raw: RawFile, receipt: Path, *, lines: bool) -> str | None:
    """Every record must be the original and an object `sluice`; lines that are no JSON must be unchanged."""
    encoding = raw.encoding or "utf-8"
    with open_original(raw) as stream, _opened(raw, receipt) as answered:
        before, after = (
            s.read().decode(encoding, "surrogateescape").removeprefix("\ufeff") for s in (stream, answered)
        )
    if lines:
        pairs = zip(before.splitlines(), after.splitlines(), strict=False)
        if len(before.splitlines()) != len(after.splitlines()):
            return "the number of lines differs"
    else:
        where = raw.dialect.get("records")
        one, other = ([text[r.start : r.end] for r in record_slices(text, where)] for text in (before, after))
        if len(one) != len(other):
            return "the number of records differs"
        pairs = zip(one, other, strict=True)
    for number, (original, found) in enumerate(pairs, 1):
        if original == found:
            continue
        try:
            record = json.loads(found)
            record.pop("sluice", None)
            # a line that is no JSON object is answered as an object that quotes it
            if record != {"line": original} and record != json.loads(original):
                return f"record {number} is not the original"
        except (ValueError, AttributeError):
            return f"record {number} is not the original"
    return None


def _cells_differ(raw: RawFile, receipt: Path) -> str | None:
    """Every cell of the sheet that was read must be as it was."""
    import io

    from python_calamine import CalamineWorkbook

    with open_original(raw) as stream:
        original = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
    sheet = raw.dialect.get("sheet") or original.sheet_names[0]
    before = original.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    after = CalamineWorkbook.from_path(str(receipt)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for number, row in enumerate(before, 1):
        found = after[number - 1][: len(row)] if number <= len(after) else []
        if list(found) != list(row):
            return f"row {number} is not the original"
    return None
