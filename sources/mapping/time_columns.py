"""Times that stand in two columns: the day in one, the time of day in the other."""

from __future__ import annotations

from collections.abc import Iterable

from sources.mapping.headers import named

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


def clock_column(header: str, others: Iterable[str]) -> str | None:
    """The column with the times of day of a column of days: ``Created time`` of ``Created date``; None without one."""
    day = named(header).plain
    wanted = {day.replace(called, clock) for called, clocks in _CALLED.items() if called in day for clock in clocks} | (
        {f"{day}time"} if day.isascii() else set()
    )
    return next((other for other in others if named(other).plain in wanted), None)
