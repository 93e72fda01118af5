"""A row of an earlier receipt that came back: which of its cells its sender wrote.

Behind a line with too few fields stand empty ones, so that its answer stands under its names; lines with too many have
columns of ours to go on in. How many fields such a line had is said behind the answer: only so does a line that nobody
mended differ from one that was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sources.codes import CODES
from sources.readers.reading import OWN_PREFIX, Columns, fold_header

Cell = TypeVar("Cell", str, str | None)

#: What a line with too few or too many fields is answered with, and behind the first of them why.
OWN_VERDICT, OWN_CODE, RAGGED = f"{OWN_PREFIX}verdict", f"{OWN_PREFIX}code", "ragged-row"
VERDICTS_OF_RAGGED = ("rejected", "suppressed", "duplicate")
#: What a line can be answered with.
VERDICTS = ("accepted", "merged", "updated", "review", *VERDICTS_OF_RAGGED)
#: How many fields a line has that has not as many as the header.
OWN_FIELDS = f"{OWN_PREFIX}fields"
#: Where the fields stand that lines have beyond those of the header; the number of the column follows.
OWN_BEYOND = f"{OWN_PREFIX}field_"


def cells_of_sender(cells: list[Cell], columns: Columns) -> list[Cell]:
    """The cells of a row without those of our answer; as many as its sender wrote.

    Where it was mended since they are as many as it has now: a cell that was missing is filled (others that were may
    stay empty), one too many is empty, or delimiters were added or taken away, which moved the answer.

    Args:
        cells: the row as it stands.
        columns: of the table; without columns of ours every cell is the sender's.
    """
    width = len(columns.headers)
    if not columns.ignored or len(cells) <= width:  # a line that was added has no answer
        return cells
    if columns.kept != list(range(width)):  # somebody has put the columns in another order
        return [cells[at] for at in columns.kept] if len(cells) == columns.width else cells
    names = columns.folded
    behind = next((at for at in range(width, len(names)) if not names[at].startswith(OWN_BEYOND)), len(names))
    found = misplaced_answer(cells, columns)
    if found is not None:
        place = found
    elif len(cells) == columns.width or _begins_answer(cells, behind):
        place = behind
    else:  # delimiters were added or taken away before the answer
        place = behind + len(cells) - columns.width
        if not _begins_answer(cells, place):
            return cells
    moved = place - behind
    told = [at + moved for at, name in enumerate(names) if name == OWN_FIELDS]
    if found is not None and not told:  # in receipts without that number the answer stands behind the last field
        return cells[:found]
    counts = [int(text) for at in told if at < len(cells) and (text := cells[at] or "").isdecimal()]
    filled = max((at for at, cell in enumerate(cells[:place], 1) if cell and cell.strip()), default=0)
    number = min(counts, default=width) + moved
    if number < filled <= width:  # somebody went on where the line ended: what is empty behind is meant to be
        number = width
    return cells[: min(max(number, filled), place)]


def _begins_answer(cells: Sequence[str | None], place: int) -> bool:
    cell = cells[place] if 0 < place < len(cells) else None
    return cell in VERDICTS or any(cell in codes for codes in CODES.values())


def misplaced_answer(cells: Sequence[str | None], columns: Columns) -> int | None:
    """Where the answer to a line stands, if not in its own columns; None in nearly all rows."""
    for at, (cell, then, name) in enumerate(zip(cells, [*cells[1:], None], columns.folded, strict=False)):
        if cell == RAGGED and name != OWN_CODE:
            return at
        if cell in VERDICTS_OF_RAGGED and name != OWN_VERDICT and any(then in codes for codes in CODES.values()):
            return at
    return None


def repeats_header(cells: Sequence[str | None], columns: Columns) -> bool:
    """Whether a row is the header once more, as where files were put one behind the other."""
    names = columns.folded
    if not cells or not names or fold_header(cells[0] or "") != names[0]:
        return False  # as nearly all rows
    same = all(fold_header(cell or "") == name for cell, name in zip(cells, names, strict=False))
    return same and len(cells) in {len(names), len(columns.headers)} and sum(map(bool, names)) > 1
