"""A row for each contender with a dot for each condition, and a thin line for its standard deviation."""

import math

from harness.plots.charts import DotChart, Scaled
from harness.plots.frames import Rows, named_rows
from harness.plots.pen import Place
from harness.plots.plane import Plane
from harness.plots.sheet import Medium, Sheet
from harness.plots.style import Key, look

SMALLEST_ROW, DOT = 15.0, 2.4
"""Points: the height of a row, and what each of its conditions needs."""
DODGE = 0.72
"""Rows over which the dots of a row are spread."""
PERCENT = (0.0, 100.0)


def keys(chart: DotChart) -> tuple[Key, ...]:
    """Return the legend."""
    return tuple(Key(f"s{n}", condition, look(n).dot) for n, condition in enumerate(chart.conditions))


def draw(chart: DotChart, medium: Medium) -> Sheet:
    """Draw the dots of each contender, spread over its row so that equal values stay apart."""
    within = PERCENT if chart.unit == "%" else (-math.inf, math.inf)
    rows = Rows(max(SMALLEST_ROW, DOT * len(chart.conditions) / DODGE), within=within)
    values = [value for own in chart.values for value in own]
    plane = named_rows(
        medium, chart, rows, chart.rows, Scaled(chart.axis), values, kinds=chart.kinds, keys=keys(chart)
    )
    for number in range(len(chart.conditions)):
        _dots(plane, chart, number)
    edges = [place + 0.5 for place in range(len(chart.rows) - 1)]
    plane.pen.segments([((plane.x.start, y), (plane.x.end, y)) for y in edges], "faint", 0.8, z=1)
    return plane.sheet


def _dots(plane: Plane, chart: DotChart, number: int) -> None:
    style, key = look(number).dot, f"s{number}"
    aside = dodged(number, len(chart.conditions))
    points: list[Place] = []
    bars: list[tuple[Place, Place]] = []
    words = []
    for place, (row, own, spread) in enumerate(zip(chart.rows, chart.values, chart.stds, strict=True)):
        value, std = own[number], spread[number]
        if math.isfinite(value):
            points.append((value, place + aside))
            deviation = f" ± {std:.1f}" if math.isfinite(std) else ""
            words.append(f"{row}, {chart.conditions[number]}: {value:.1f} {chart.unit}{deviation}")
            if math.isfinite(std):
                ends = max(value - std, plane.x.start), min(value + std, plane.x.end)
                bars.append(((ends[0], place + aside), (ends[1], place + aside)))
    plane.pen.segments(bars, style.role, 1.0, series=key)
    plane.pen.markers(points, style, 4.5, series=key, words=words)


def dodged(number: int, conditions: int) -> float:
    """Return how far below the middle of its row, in rows, a condition's dot is."""
    return DODGE * (number - (conditions - 1) / 2) / max(conditions, 1)
