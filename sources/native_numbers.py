"""Numbers that a file holds as numbers rather than as text: what mark they have is never a question."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from sources.original_text import open_original
from sources.raw import RawFile
from sources.readers.columnar import as_text, flat
from sources.readers.workbooks import cell_text

#: Numbers that as text could be thousands as well.
_THREE_DECIMALS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_JSON_NUMBER = re.compile(r"(?<![\d.])[1-9]\d{0,2}\.\d{3}(?![\d.eE])")


def native_numbers(raw_file: RawFile) -> frozenset[str]:
    """Numbers such as 1.125 that the file holds as numbers, without their sign, as its rows have them."""
    kind = raw_file.dialect.get("kind")
    if kind in {"json", "jsonl"}:
        return _of_json(raw_file)
    if kind == "parquet":
        return _of_parquet(raw_file)
    return _of_workbook(raw_file) if kind in {"xlsx", "xls", "ods"} else frozenset()


def _of_json(raw_file: RawFile) -> frozenset[str]:
    found: set[str] = set()
    with open_original(raw_file) as stream:
        for line in io.TextIOWrapper(stream, raw_file.encoding or "utf-8", errors="replace"):
            found.update(_JSON_NUMBER.findall(_JSON_TEXT.sub('""', line)))
    return frozenset(found)


def _of_parquet(raw_file: RawFile) -> frozenset[str]:
    with open_original(raw_file) as stream:
        table = flat(pq.read_table(io.BytesIO(stream.read())))
    numeric = (
        column for column in table.columns if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    )
    return _shaped(text for column in numeric for text in as_text(column).unique().to_pylist())


def _of_workbook(raw_file: RawFile) -> frozenset[str]:
    from python_calamine import CalamineWorkbook

    with open_original(raw_file) as stream:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(stream.read())).get_sheet_by_name(raw_file.dialect["sheet"])
    return _shaped(cell_text(cell) for row in sheet.iter_rows() for cell in row if isinstance(cell, float))


def _shaped(texts: Iterable[str | None]) -> frozenset[str]:
    bare = (text.lstrip("-") for text in texts if text)
    return frozenset(text for text in bare if _THREE_DECIMALS.fullmatch(text))
