"""Small charts as inline SVG: no script, no network, colours from the page's style sheet.

Every chart is only a second way to read numbers that stand beside it as text; screen readers skip it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

#: Width in user units; charts scale with the page.
WIDTH = 640.0


def _svg(width: float, height: float, parts: Sequence[str], css: str = "", label: str = "") -> Markup:
    attributes = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(
        f'<svg class="chart {escape(css)}" viewBox="0 0 {width:g} {height:g}" {attributes} '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def _rect(x: float, y: float, width: float, height: float, css: str, radius: float = 2) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="{radius:g}" class="{css}"/>'


def _circle(x: float, y: float, radius: float, css: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{css}"/>'


def _text(x: float, y: float, words: str, css: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}">{escape(words)}</text>'


def shares_bar(parts: Sequence[tuple[float, str]], whole: float) -> Markup:
    """A bar of parts that follow each other.

    Args:
        parts: size and style class of each.
        whole: what the full width stands for.
    """
    drawn, at = [_rect(0, 3, 200, 14, "track")], 0.0
    for size, css in parts:
        width = 200 * size / whole if whole else 0
        drawn.append(_rect(at, 3, max(width, 1.5) if size else 0, 14, css))
        at += width
    return _svg(200, 20, drawn, "bar")


def interval(
    rate: float | None, low: float | None, high: float | None, benchmark: float | None, hollow: bool, scale: float = 1.0
) -> Markup:
    """A rate with its interval, on a line from 0 to `scale`, and a tick at the benchmark."""
    drawn = [_line(2, 10, 198, 10, "track-line")]

    def at(value: float) -> float:
        return 2 + 196 * min(value / scale, 1)

    if benchmark is not None:
        drawn.append(_line(at(benchmark), 1, at(benchmark), 19, "benchmark"))
    if rate is not None and low is not None and high is not None:
        drawn.append(
            _rect(at(low), 7.5, max(at(high) - at(low), 1), 5, "interval hollow" if hollow else "interval", 2.5)
        )
        drawn.append(_circle(at(rate), 10, 4.5, "point hollow" if hollow else "point"))
    return _svg(200, 20, drawn, "bar")


@dataclass(frozen=True)
class Cohort:
    """One point of the cohort chart; rates 0-1."""

    label: str
    rate: float
    low: float
    high: float
    hollow: bool


def cohort_chart(cohorts: Sequence[Cohort], label: str) -> Markup:
    """Rates by cohort with their intervals; those that are not comparable are hollow and left out of the line."""
    height, left, right, top, bottom = 220.0, 44.0, 12.0, 12.0, 30.0
    highest = max([c.high for c in cohorts if not c.hollow] or [c.high for c in cohorts])
    scale = _nice(min(highest * 1.05, 1.0))
    step = (WIDTH - left - right) / max(len(cohorts), 1)

    def x(place: int) -> float:
        return left + step * (place + 0.5)

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - min(value / scale, 1))

    drawn = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        drawn.append(_line(left, y(scale * share), WIDTH - right, y(scale * share), "grid"))
        drawn.append(_text(left - 6, y(scale * share) + 4, f"{scale * share * 100:.3g} %", "tick", "end"))
    path = [(x(n), y(c.rate)) for n, c in enumerate(cohorts) if not c.hollow]
    if len(path) > 1:
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in path)
        drawn.append(f'<polyline points="{points}" class="trend"/>')
    every = max(1, -(-len(cohorts) // 9))
    for place, cohort in enumerate(cohorts):
        css = " hollow" if cohort.hollow else ""
        drawn.append(_line(x(place), y(cohort.low), x(place), y(cohort.high), f"whisker{css}"))
        drawn.append(_circle(x(place), y(cohort.rate), 4.5, f"point{css}"))
        if place % every == 0:
            drawn.append(_text(x(place), height - 10, cohort.label, "tick", "middle"))
    return _svg(WIDTH, height, drawn, "wide", label)


def range_bar(won: float, low: float, middle: float, high: float, target: float | None, scale: float) -> Markup:
    """What is won, the band of likely outcomes, its median, and the target, on a line from 0 to `scale`."""

    def at(value: float) -> float:
        return 2 + 296 * min(max(value, 0) / scale, 1) if scale else 2

    drawn = [_rect(2, 6, 296, 12, "track"), _rect(2, 6, at(won) - 2, 12, "won")]
    drawn.append(_rect(at(low), 4, max(at(high) - at(low), 2), 16, "band", 3))
    drawn.append(_line(at(middle), 2, at(middle), 22, "median"))
    if target is not None:
        drawn.append(_line(at(target), 0, at(target), 24, "benchmark"))
    return _svg(300, 24, drawn, "bar range")


def exceedance_chart(
    amounts: Sequence[float],
    shares: Sequence[float],
    marks: Sequence[tuple[float, str, str]],
    written: Callable[[float], str],
    axis: str,
    label: str,
) -> Markup:
    """How likely it is that an amount is reached.

    Args:
        amounts: falling probability, rising amount.
        shares: probability that each is reached.
        marks: amount, words and style class of vertical lines.
        written: how an amount is written on the axis.
        axis: words of the vertical axis.
        label: for readers who cannot see it.
    """
    height, left, right, top, bottom = 250.0, 48.0, 14.0, 34.0, 30.0
    low = min([amounts[0], *(mark[0] for mark in marks)])
    high = max([amounts[-1], *(mark[0] for mark in marks)])
    margin = (high - low) * 0.04 or max(abs(high) * 0.04, 1)
    low, high = max(low - margin, 0), high + margin

    def x(value: float) -> float:
        return left + (WIDTH - left - right) * (value - low) / (high - low)

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    drawn = [_text(6, 16, axis, "tick")]
    for share in (0, 0.1, 0.5, 0.9, 1):
        drawn.append(_line(left, y(share), WIDTH - right, y(share), "grid"))
        drawn.append(_text(left - 6, y(share) + 4, f"{share * 100:.0f} %", "tick", "end"))
    step = _nice((high - low) / 5)
    for part in range(int(low // step), int(high // step) + 2):
        if low <= part * step <= high:
            drawn.append(_text(x(part * step), height - 10, written(part * step), "tick", "middle"))
    curve = [(x(low), y(1.0)), *((x(a), y(s)) for a, s in zip(amounts, shares, strict=True))]
    inside = [(x(a), y(s)) for a, s in zip(amounts, shares, strict=True) if 0.1 <= s <= 0.9]
    if inside:
        area = [(inside[0][0], y(0)), *inside, (inside[-1][0], y(0))]
        drawn.append(f'<polygon points="{_points(area)}" class="area"/>')
    drawn.append(f'<polyline points="{_points(curve)}" class="trend"/>')
    taken: list[float] = []
    for value, words, css in sorted(marks):
        raised = any(abs(x(value) - other) < 90 for other in taken)
        taken.append(x(value))
        drawn.append(_line(x(value), top - (14 if raised else 2), x(value), y(0), css))
        anchor = "end" if x(value) > WIDTH - 120 else "start" if x(value) < 120 else "middle"
        drawn.append(_text(x(value), top - (18 if raised else 5), words, "mark", anchor))
    return _svg(WIDTH, height, drawn, "wide", label)


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in pairs)


def _nice(value: float) -> float:
    """The next of 1, 2, 4, 6, 8 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next((power * n for n in (1, 2, 4, 6, 8) if power * n >= value), power * 10)


def lineage_chart(
    groups: Sequence[tuple[str, str, Sequence[str]]],
    edges: Sequence[tuple[str, str]],
    notes: Mapping[str, str],
    label: str,
) -> Markup:
    """Tables in columns by group, with curves from each table to those made from it.

    Args:
        groups: style class, words and tables of each column.
        edges: upstream and downstream table.
        notes: a line under a table's name.
        label: for readers who cannot see it.
    """
    column, box, tall, gap = 196.0, 164.0, 34.0, 10.0
    most = max((len(tables) for _, _, tables in groups), default=0)
    width, height = column * len(groups) - (column - box) + 4, 34 + most * (tall + gap)
    places = {
        table: (2 + column * number, 34 + row * (tall + gap))
        for number, (_, _, tables) in enumerate(groups)
        for row, table in enumerate(tables)
    }
    drawn = []
    for upstream, downstream in edges:
        if upstream not in places or downstream not in places:
            continue
        (x1, y1), (x2, y2) = places[upstream], places[downstream]
        y1, y2 = y1 + tall / 2, y2 + tall / 2
        if x1 == x2:  # within a column: round the right side
            start = end = x1 + box
            bend = start + 10 + abs(y2 - y1) * 0.06
        else:
            start, end = (x1 + box, x2) if x2 > x1 else (x1, x2 + box)
            bend = (start + end) / 2
        path = f"M{start:.1f},{y1:.1f} C{bend:.1f},{y1:.1f} {bend:.1f},{y2:.1f} {end:.1f},{y2:.1f}"
        drawn.append(f'<path d="{path}" class="edge"/>')
    for number, (css, words, tables) in enumerate(groups):
        drawn.append(_text(2 + column * number, 18, words, "group-name"))
        for table in tables:
            x, y = places[table]
            drawn.append(_rect(x, y, box, tall, f"node {escape(css)}", 6))
            note = notes.get(table, "")
            drawn.append(_text(x + 9, y + (15 if note else 21), table, "node-name"))
            if note:
                drawn.append(_text(x + 9, y + 28, note, "node-note"))
    svg = _svg(width, height, drawn, "lineage", label)
    return Markup(str(svg).replace("<svg ", f'<svg style="min-width:{width * 0.72:.0f}px" ', 1))
