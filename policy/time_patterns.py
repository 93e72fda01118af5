"""What a pattern of dates and times may be made of: what the engine's strptime knows, told without the engine."""

from __future__ import annotations

import re

#: Of one day; `-` reads numbers without a leading zero as well.
_DAY = ("%d", "%-d", "%j", "%-j", "%U", "%V", "%W", "%c", "%x")
_YEAR = ("%Y", "%y", "%-y", "%G", "%c", "%x")
#: A month alone is its first day.
_MONTH = ("%m", "%-m", "%b", "%B", "%h")
_OTHER = (
    *("%a", "%A", "%f", "%g", "%H", "%-H", "%I", "%-I", "%M", "%-M", "%n", "%p"),
    *("%S", "%-S", "%T", "%u", "%w", "%X", "%z", "%Z", "%%"),
)
#: All that strptime knows.
SPECIFIERS = (*_DAY, *_MONTH, *[name for name in _YEAR if name not in _DAY], *_OTHER)

#: What others write for the same.
_MEANT = {
    **{"%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%R": "%H:%M", "%r": "%I:%M:%S %p"},
    **{"%e": "%-d", "%k": "%-H", "%l": "%-I", "%P": "%p", "%L": "%f", "%s": "the word epoch_s"},
}
_SPECIFIER = re.compile(r"%-?.?", re.DOTALL)


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern reads no day; None where it does.

    Args:
        pattern: such as ``%Y-%m-%d %H:%M``.
    """
    used = _SPECIFIER.findall(pattern)
    unknown = next((name for name in used if name not in SPECIFIERS), None)
    if unknown in {"%", "%-"}:
        return (
            f'the pattern {pattern!r} ends within a specifier; expected one such as "%Y-%m-%d" (%% is a percent sign)'
        )
    if unknown is not None:
        meant = f"; expected {_MEANT[unknown]}" if unknown in _MEANT else f"; expected {' '.join(sorted(SPECIFIERS))}"
        return f"the pattern {pattern!r} has {unknown}, which is not known{meant}"
    for what, names in (("year", _YEAR), ("day or month", (*_DAY, *_MONTH))):
        if not set(names) & set(used):
            return f'the pattern {pattern!r} has no {what}; expected one such as "%Y-%m-%d"'
    return None
