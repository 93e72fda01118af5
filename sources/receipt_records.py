"""The answer to records of named values: an object `sluice` in JSON, further names and values in posts of forms."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import IO, Any
from urllib.parse import quote_plus

from sources.original_text import original_text, problem_lines, record_spans, split_end
from sources.raw import RawFile
from sources.readers.json_records import MEMBERS, OWN_OBJECT, QUOTED_LINE, record_slices, split_path
from sources.receipt_answers import Answers, can_write, harmless

JSON_SPACE = " \t\r\n"


def _object_text(answers: Answers, line_no: int, encoding: str) -> str:
    prefix = "sluice_"
    row = dict(zip(answers.columns, answers.of(line_no), strict=True))
    said = {name.removeprefix(prefix): text or None for name, text in row.items()}
    text = json.dumps(said, ensure_ascii=False)
    return text if can_write(text, encoding) else json.dumps(said)


def _with_object(record: str, answers: Answers, line_no: int, encoding: str) -> str:
    """The text of a JSON object with an object `sluice` as its last member."""
    if not record.lstrip(JSON_SPACE).startswith("{"):  # nothing can be added to what is no object
        return _quoted(record, answers, line_no, encoding)
    body = record.rstrip(JSON_SPACE)
    inner = body[:-1].rstrip(JSON_SPACE)
    comma = "" if inner.endswith("{") else ","
    return f'{inner}{comma}"sluice":{_object_text(answers, line_no, encoding)}}}{record[len(body) :]}'


def _quoted(text: str, answers: Answers, line_no: int, encoding: str) -> str:
    """An object that quotes a line which is none."""
    return f'{{"{QUOTED_LINE}":{json.dumps(text)},"{OWN_OBJECT}":{_object_text(answers, line_no, encoding)}}}'


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _answered_lines(
    raw_file: RawFile, answers: Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, text and end of each line that is to be answered; the lines between records are written as they are."""
    starts = set(record_spans(raw_file))
    for number, line in enumerate(lines, 1):
        if number not in starts:
            if answers.whole:
                target.write(line)
        elif answers.has(number):
            yield number, *split_end(line, encoding)


def write_json_lines(
    raw_file: RawFile, answers: Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    """Give every record an object `sluice` as its last member; what is no object is quoted beside it."""
    doubtful = problem_lines(raw_file)
    for number, body, end in _answered_lines(raw_file, answers, lines, encoding, target):
        text = body.decode(encoding, "backslashreplace")
        mark = text[: len(text) - len(text.lstrip("\ufeff"))]
        text = text.lstrip("\ufeff")
        if number not in doubtful or _is_object(text):
            answer = mark + _with_object(text, answers, number, encoding)
        else:
            answer = mark + _quoted(text, answers, number, encoding)
        target.write(answer.encode(encoding, "backslashreplace") + end)


def write_form_posts(
    raw_file: RawFile, answers: Answers, lines: Iterator[bytes], encoding: str, target: IO[bytes]
) -> None:
    """Append our names and values as a browser would; the percent-encoded bytes are of the file's inner encoding."""
    inner = raw_file.dialect.get("inner_encoding", "utf-8")
    for number, body, end in _answered_lines(raw_file, answers, lines, encoding, target):
        given = zip(answers.columns, answers.of(number, inner), strict=True)
        fields = (f"&{name}={quote_plus(harmless(text) if text else '', encoding=inner)}" for name, text in given)
        target.write(body + "".join(fields).encode(encoding) + end)


def write_document(raw_file: RawFile, answers: Answers, stream: Any, target: IO[bytes]) -> None:
    """Give every record of a document an object `sluice`; where only some are answered, documents of these."""
    text = original_text(raw_file, stream)
    encoding = raw_file.encoding or "utf-8"
    parts = ["\ufeff"] if raw_file.dialect.get("bom") else []
    records = raw_file.dialect.get("records")
    done = 0
    chosen: list[tuple[str, str]] = []  # the path it stands at, and the answered record
    for line_no, record in enumerate(record_slices(text, records), 1):
        piece = text[record.start : record.end]
        if not answers.has(line_no):
            continue
        whole = record.problem is None or _is_object(piece)
        answered = (_with_object if whole else _quoted)(piece, answers, line_no, encoding)
        if answers.whole:
            parts += [text[done : record.start], answered]
            done = record.end
        else:
            chosen.append((record.path, answered))
    if answers.whole:
        parts.append(text[done:])
    else:  # a document for each stretch of records of one place, so that the feed finds them where they were
        stretches = itertools.groupby(chosen, key=lambda one: one[0])
        parts.append("\n".join(_document_of(path, [answered for _, answered in some]) for path, some in stretches))
    target.write("".join(parts).encode(encoding, "backslashreplace"))


def _document_of(path: str, records: Sequence[str]) -> str:
    """A document in which the same keys lead to these records."""
    opened, closed = "", ""
    for key in split_path(path):
        opened, closed = (
            (opened + "[", "]" + closed) if key in {"*", MEMBERS} else (opened + f"{{{json.dumps(key)}:", "}" + closed)
        )
    array = ",".join(records) if opened.endswith("[") else f"[{','.join(records)}]"
    return f"{opened}{array}{closed}"
