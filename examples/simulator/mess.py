"""What goes wrong on the way: lines that nobody could use, put between the good ones and counted."""

# ruff: noqa: E501 - rows stand as they are written

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array = npt.NDArray[Any]

SHARE = 0.002  # of the lines, for each kind of mess; at least one a chunk

# A spoiler makes a line out of a good line and a running number. Those that keep the person are still usable.
Spoiler = Callable[[str, int], str]


def _cut(line: str, _: int) -> str:
    return line[: max(2, len(line) * 3 // 5)].replace("\n", " ")


def _same(line: str, _: int) -> str:
    return line


def _blank(_: str, __: int) -> str:
    return ""


JSON_FORM: dict[str, Spoiler] = {
    "broken-json": _cut,
    "duplicate-line": _same,
    "no-contact": lambda _, n: (
        f'{{"submission_id":"WEBX-{n}","submitted_at":"2026-01-05T10:00:00Z","name":"No Way","email":"at home","phone":"call me"}}'
    ),
    "odd-date": lambda _, n: (
        f'{{"submission_id":"WEBY-{n}","submitted_at":"2026-13-45 99:99","name":"Late Lately","email":"late.lately{n}@example.com"}}'
    ),
}
JSON_EVENT: dict[str, Spoiler] = {
    "broken-json": _cut,
    "duplicate-line": _same,
    "no-time": lambda _, n: f'{{"event_id":"without-time-{n}","event_type":"page_view","anonymous_id":"nobody"}}',
}
LANDING: dict[str, Spoiler] = {
    "ragged-row": lambda _, n: f"LPX-{n},2026-01-05 10:00:00,Too,Short",
    "no-contact": lambda _, n: f"LPY-{n},2026-01-05 10:00:00,No,Way,,,Beispiel Ltd,GB,,,,yes",
    "duplicate-line": _same,
}
RHEIN: dict[str, Spoiler] = {
    "ragged-row": lambda _, n: (
        f"RKX-{n};Zu;Viel;Beispiel GmbH;;zu.viel{n}@example.com;+49 151 0000;Handel;5;1,00;DE;Köln;05.01.2026 10:00;und;noch;mehr"
    ),
    "destroyed-phone": lambda _, n: (
        f"RKY-{n};Excel;Opfer;Beispiel GmbH;;;4,91512E+11;Handel;5;;DE;Köln;05.01.2026 10:00"
    ),
    "odd-date": lambda _, n: (
        f"RKZ-{n};Nie;Gewesen;Beispiel GmbH;;nie.gewesen{n}@example.com;;Handel;5;;DE;Köln;31.02.2026 10:00"
    ),
    "duplicate-line": _same,
    "blank-line": _blank,
}
HUAXIN: dict[str, Spoiler] = {
    "no-contact": lambda _, n: f"HXX{n},无名,某某有限公司,,,,经理,软件,10,,上海,2026/01/05 10:00",
    "destroyed-phone": lambda _, n: f"HXY{n},张三,某某有限公司,,,1.38E+10,经理,软件,10,,上海,2026/01/05 10:00",
    "wrong-code": lambda _, n: (
        f"HXZ{n},李四,某某有限公司,913101150000000000,lisi{n}@example.com,,经理,软件,10,,上海,2026/01/05 10:00"
    ),
    "ragged-row": lambda _, n: f"HXW{n},王五,短",
}
LUMIERE: dict[str, Spoiler] = {
    "no-contact": lambda _, n: f"Personne {n}\t\t\tExemple SA\t\tsoftware\t10\tFR\t\t2026-01-05 10:00",
    "duplicate-line": _same,
}
CHANGES: dict[str, Spoiler] = {
    "bad-date": lambda _, n: f"OPPX-{n},,someone{n}@example.com,,Odd deal,Validation,soon,100.00,EUR,,,,,",
    "ragged-row": lambda _, n: f"OPPY-{n},too short",
    "duplicate-line": _same,
}


@dataclass
class Insertions:
    """The mess that belongs into one file."""

    rng: np.random.Generator
    spoilers: dict[str, Spoiler]
    made: int = 0

    def into(self, rows: pa.Array, person: Array | None) -> tuple[pa.Array, Array | None, list[tuple[int, str]]]:
        """The rows with mess between them, whose they are, and (place, kind) of each piece of mess."""
        count = len(rows)
        if count == 0:
            return rows, person, []
        after, texts, kinds, whose = [], [], [], []
        for kind, spoil in self.spoilers.items():
            for place in np.sort(self.rng.integers(0, count, max(1, int(count * SHARE)))):
                after.append(int(place))
                texts.append(spoil(rows[int(place)].as_py(), self.made))
                kinds.append(kind)
                whose.append(int(person[place]) if person is not None and kind == "duplicate-line" else -1)
                self.made += 1
        order = np.argsort(np.concatenate([np.arange(count) * 2, np.array(after) * 2 + 1]), kind="stable")
        mixed = pa.concat_arrays([rows, pa.array(texts, rows.type)]).take(pa.array(order))
        where = np.empty(len(order), np.int64)
        where[order] = np.arange(len(order))
        said = sorted(zip(where[count:].tolist(), kinds, strict=True))
        people = None if person is None else np.concatenate([person, np.array(whose, person.dtype)])[order]
        return mixed, people, said
