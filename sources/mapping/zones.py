"""Zones of times as people name them: in the name of a column, in a column of their own, behind a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from sources.mapping.headers import folded, named
from sources.mapping.tables import words

#: Abbreviations of one meaning -> the zone that people mean by them, whose clocks change, and the offset that programs
#: mean by them behind a single time: in July they write CEST, and whoever writes CET by hand then means his clock.
_ABBREVIATIONS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("CET", "MEZ"), ("Europe/Berlin", "+01:00")),
    **dict.fromkeys(("CEST", "MESZ"), ("Europe/Berlin", "+02:00")),
    "WET": ("Europe/Lisbon", "+00:00"), "WEST": ("Europe/Lisbon", "+01:00"),
    "EET": ("Europe/Helsinki", "+02:00"), "EEST": ("Europe/Helsinki", "+03:00"),
    "BST": ("Europe/London", "+01:00"), "MSK": ("Europe/Moscow", "+03:00"),
    "EST": ("America/New_York", "-05:00"), "EDT": ("America/New_York", "-04:00"),
    "CDT": ("America/Chicago", "-05:00"), "MDT": ("America/Denver", "-06:00"),
    "PST": ("America/Los_Angeles", "-08:00"), "PDT": ("America/Los_Angeles", "-07:00"),
    "JST": ("Asia/Tokyo", "+09:00"), "KST": ("Asia/Seoul", "+09:00"),
    "HKT": ("Asia/Hong_Kong", "+08:00"), "SGT": ("Asia/Singapore", "+08:00"),
    "AEDT": ("Australia/Sydney", "+11:00"),
    "NZST": ("Pacific/Auckland", "+12:00"), "NZDT": ("Pacific/Auckland", "+13:00"),
    **dict.fromkeys(("UTC", "GMT"), ("UTC", "+00:00")),
}  # fmt: skip
#: Abbreviations that zones with other clocks share -> those zones: where one of them counts anyway, it is meant.
_SHARED: dict[str, frozenset[str]] = {
    "CST": frozenset({"America/Chicago", "America/Mexico_City", "Asia/Shanghai", "Asia/Taipei", "Asia/Macau"}),
    "IST": frozenset({"Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"}),
    "MST": frozenset({"America/Denver", "America/Phoenix", "Asia/Kuala_Lumpur"}),
    "AST": frozenset({"America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"}),
    "AEST": frozenset({"Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane"}),
}
#: The offset of every abbreviation that a time may have behind it, and those of which nobody can tell it.
OFFSETS = {word: offset for word, (_, offset) in _ABBREVIATIONS.items()}
SHARED = tuple(_SHARED)

#: Zones by what else they are called.
_WORDS = {
    **{word.casefold(): zone for word, (zone, _) in _ABBREVIATIONS.items()},
    **dict.fromkeys(("北京时间", "中国时间", "东八区", "china standard time", "beijing time"), "Asia/Shanghai"),
    "日本时间": "Asia/Tokyo", "z": "UTC",
    **dict.fromkeys(("eastern time", "us eastern time"), "America/New_York"),
    **dict.fromkeys(("central european time", "mitteleuropaische zeit"), "Europe/Berlin"),
    **dict.fromkeys(("pacific time", "us pacific time"), "America/Los_Angeles"),
    **dict.fromkeys(("central time", "us central time"), "America/Chicago"),
    **dict.fromkeys(("mountain time", "us mountain time"), "America/Denver"),
}  # fmt: skip
_PHRASES = "|".join(sorted((word for word in _WORDS if " " in word), reverse=True))
#: Names of several words, anywhere in a text; Australia has an Eastern Time as well.
_SEVERAL_WORDS = re.compile(rf"(?<!australian )(?<!australia )\b(?:{_PHRASES})\b")
#: What stands behind the name of a zone in brackets of its own, as in Eastern Time (US & Canada).
_OF_WHICH_COUNTRIES = re.compile(r"\s*\((?:US|USA) (?:&|and) Canada\)", re.I)
#: Zones of the United States by two letters: words of other languages as well, so that they count in capitals only.
_CAPITALS = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
}  # fmt: skip
#: The parts of the world whose zones are called after cities, and what is called otherwise there, or is a word as well.
_WITH_CITIES = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
_NO_CITIES = frozenset({
    "act", "christmas", "easter", "knox in", "lhi", "midway", "nome", "north", "nsw", "oral", "south", "victoria",
    "virgin", "wake", "west",
})  # fmt: skip
#: Zones of offsets that are no whole hours, without a change of clocks.
_PARTS_OF_HOURS = {
    "+04:30": "Asia/Kabul", "+05:30": "Asia/Kolkata", "+05:45": "Asia/Kathmandu", "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla", "+09:30": "Australia/Darwin",
}  # fmt: skip

_SIGNED = r"(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?"
#: A name's end that says a zone, in brackets or behind a space.
_OFFSET = re.compile(rf"(?:(?:^|[\s_(（\[])(?:utc|gmt)\s?|[(（\[]){_SIGNED}(?=[\s,，)）\]]|$)")
_UTC = re.compile(r"[\s_(（\[](?:utc|gmt)[)）\]]?$")
#: A text that is an offset and nothing else.
_ONLY_AN_OFFSET = re.compile(rf"[(\[]?(?:utc|gmt)?\s?{_SIGNED}[)\]]?")


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name} | _WORDS


@cache
def _cities() -> dict[str, str]:
    """The zones that are called after a city of which there is one, by its name in lower case."""
    found: dict[str, list[str]] = {}
    for zone in available_timezones():
        area, _, city = zone.partition("/")
        if area in _WITH_CITIES and "/" not in city:
            found.setdefault(city.replace("_", " ").casefold(), []).append(zone)
    return {city: zones[0] for city, zones in found.items() if len(zones) == 1 and city not in _NO_CITIES}


def zone_of(header: str) -> str | None:
    """What the name of a column says of the zone of its times; None where it does not.

    ``Submitted at (UTC+8)``, ``Created (CET)``, ``Created (Berlin)`` and ``提交时间（北京时间）`` say a zone; ``(CST)``
    says an abbreviation that several share, which is given back as it is. A city counts in brackets, or as in
    ``Created at Berlin time``.
    """
    header = _OF_WHICH_COUNTRIES.sub("", header)
    text = _plain(header)
    offset = _OFFSET.search(text)
    if offset:
        return _zone_of_offset(offset)
    if _UTC.search(text):
        return "UTC"
    unit = named(header).unit
    listed, alone = re.split(r"\s*[,，;/|]\s*", unit), re.split(r"[\s,，;/|]+", unit)
    whole = [_zone_of_word(part, header) or _cities().get(part.removeprefix("in ")) for part in listed]
    for zones in ([_zone_of_word(unit, header)], whole, [_zone_of_word(part, header) for part in alone]):
        found = {zone for zone in zones if zone}
        if found:
            return found.pop() if len(found) == 1 else None
    return _zone_in_words(unit) or _zone_in_words(text, at_the_end=True)


def zone_named(text: str) -> str | None:
    """The IANA name of a zone: as such, as an offset, or by an abbreviation of one meaning; None for anything else."""
    plain = _plain(text)
    offset = _ONLY_AN_OFFSET.fullmatch(plain)
    return _zone_of_offset(offset) if offset else _zones().get(plain)


def may_be(text: str, zone: str) -> bool:
    """Whether a text is an abbreviation that several zones share, this one among them."""
    return zone in _SHARED.get(_shared(_plain(text)) or "", ())


def zone_column(headers: Sequence[str]) -> int | None:
    """The place of the column that names the zone of each row's times; None without one, and with several."""
    known = {named(word).plain for word in words("zone_columns")}
    found = [at for at, header in enumerate(headers) if named(header).plain in known]
    return found[0] if len(found) == 1 else None


def _plain(text: str) -> str:
    return folded(text).replace("\u2212", "-").strip()


def _zone_of_word(word: str, header: str) -> str | None:
    """The zone that a word of what stands in brackets is; of two letters, if the header has them in capitals."""
    capitals = word.upper() if re.search(rf"\b{re.escape(word.upper())}\b", header) else ""
    return _zones().get(word) or _shared(word) or _CAPITALS.get(capitals)


def _zone_in_words(text: str, *, at_the_end: bool = False) -> str | None:
    """The zone that stands in a text as several words: Eastern Time, Berlin time."""
    zones = _zones()
    found = {zones[said.group()] for said in _SEVERAL_WORDS.finditer(text) if not at_the_end or said.end() == len(text)}
    if found:
        return found.pop() if len(found) == 1 else None
    if not text.endswith(" time"):
        return None
    before = text.removesuffix(" time").removesuffix(" local").split()
    cities = (_cities().get(" ".join(before[-count:])) for count in (3, 2, 1))
    return next((city for city in cities if city), None)


def _shared(part: str) -> str | None:
    return word if (word := part.upper()) in _SHARED else None


def _zone_of_offset(offset: re.Match[str]) -> str | None:
    hours, minutes = int(offset["hours"]), offset["minutes"] or "00"
    if minutes != "00":
        return _PARTS_OF_HOURS.get(f"{offset['sign']}{hours:02}:{minutes}")
    if hours == 0:
        return "UTC"
    # in the names of these zones the sign is that of what is added to get to UTC
    name = f"Etc/GMT{'-' if offset['sign'] == '+' else '+'}{hours}"
    return _zones().get(name.casefold())
