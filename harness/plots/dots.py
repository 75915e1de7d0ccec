"""A row for each contender with a dot for each condition, and a thin line for its standard deviation."""

import math

from harness.plots.charts import DotChart, Scaled
from harness.plots.frames import Rows, named_rows
from harness.plots.pen import Pen, Place
from harness.plots.sheet import Medium, Sheet
from harness.plots.style import Key, Look, look

SMALLEST_ROW, DOT = 15.0, 2.4
"""Points: the height of a row, and what each of its conditions needs."""
DODGE = 0.72
"""Rows over which the dots of a row are spread."""
PERCENT = (0.0, 100.0)


def keys(chart: DotChart) -> tuple[Key, ...]:
    """Return the legend."""
    return tuple(Key(f"s{n}", condition, _look(n)) for n, condition in enumerate(chart.conditions))


def draw(chart: DotChart, medium: Medium) -> Sheet:
    """Draw the dots of each contender, spread over its row so that equal values stay apart."""
    within = PERCENT if chart.unit == "%" else (-math.inf, math.inf)
    rows = Rows(max(SMALLEST_ROW, DOT * len(chart.conditions) / DODGE), within=within)
    values = [value for own in chart.values for value in own]
    roles = ["method" if kind == "method" else "ink" for kind in chart.kinds]
    sheet, axes = named_rows(
        medium, chart, rows, chart.rows, Scaled(chart.axis), values, roles=roles, keys=keys(chart)
    )
    pen = sheet.on(axes)
    for number in range(len(chart.conditions)):
        _dots(pen, chart, number, axes.get_xlim())
    between = [
        ((low, place + 0.5), (high, place + 0.5))
        for place in range(len(chart.rows) - 1)
        for low, high in [axes.get_xlim()]
    ]
    pen.segments(between, "faint", 0.8, z=1)
    return sheet


def _dots(pen: Pen, chart: DotChart, number: int, span: tuple[float, float]) -> None:
    style, key = _look(number), f"s{number}"
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
                ends = max(value - std, span[0]), min(value + std, span[1])
                bars.append(((ends[0], place + aside), (ends[1], place + aside)))
    pen.segments(bars, style.role, 1.0, series=key)
    pen.markers(points, style, 4.5, series=key, words=words)


def dodged(number: int, conditions: int) -> float:
    """Return how far below the middle of its row, in rows, a condition's dot is."""
    return DODGE * (number - (conditions - 1) / 2) / max(conditions, 1)


def _look(number: int) -> Look:
    style = look(number)
    return Look(style.role, style.marker)
