"""Times that stand in two columns: the day in one, the time of day in the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sources.mapping.headers import named, says_how_long

#: What a column of days is called -> what that of their times of day is called, as :func:`named` writes them.
_CALLED: dict[str, tuple[str, ...]] = {
    "date": ("time", "clock", "hour"),
    "day": ("time",),
    "datum": ("uhrzeit", "zeit", "tijd", "tid", "cas"),
    "fecha": ("hora",),
    "data": ("hora", "ora", "godzina"),
    "dato": ("tid",),
    "jour": ("heure",),
    "日期": ("时间", "时刻"),
    "日": ("时间", "时刻"),
}


_CLOCKS = frozenset(clock for clocks in _CALLED.values() for clock in clocks)


def clock_column(header: str, others: Iterable[str]) -> str | None:
    """The column with the times of day of a column of days: ``Created time`` of ``Created date``; None without one."""
    day = named(header).plain
    wanted = {day.replace(called, clock) for called, clocks in _CALLED.items() if called in day for clock in clocks} | (
        {f"{day}time"} if day.isascii() else set()
    )
    return next((other for other in others if named(other).plain in wanted and not says_how_long(named(other))), None)


def only_clock_column(others: Collection[str]) -> str | None:
    """The one column that is called Time and no more; None without one, and beside another column of days.

    Args:
        others: the columns that nothing else is known of.
    """
    names = {other: named(other) for other in others}
    clocks = [other for other, name in names.items() if name.plain in _CLOCKS and not says_how_long(name)]
    if len(clocks) != 1 or any(called in name.plain for name in names.values() for called in _CALLED):
        return None
    return clocks[0]
