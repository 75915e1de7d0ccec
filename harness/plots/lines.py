"""Lines of contenders over levels, times, bandwidths or sizes, with lines of reference.

A drawing that stands alone names the lines beside their ends, pushed apart where names would cover each other.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import isotonic_regression

from harness.plots.charts import LineChart, Series
from harness.plots.frames import PAD, WIDEST_NAME, Ruler, ruler, two_axes
from harness.plots.pen import rectangle
from harness.plots.plane import Plane
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key, Look, look
from harness.plots.ticks import spanning

HEIGHT = 240.0
NAME = 12.0
"""Points between two names beside the axes."""
SAMPLE = 22.0
NEAR = 3.0
"""Points around a line of reference within which the pointer shows its text."""
HEAVY = ("method", "headline")
RULE = Look("muted", "", (4, 3))
"""Look of a line of reference."""


def keys(chart: LineChart) -> tuple[Key, ...]:
    """Return the legend."""
    lines = [Key(f"s{one.number}", one.label, _look(one), line=True) for one in chart.series]
    return (*lines, *(Key("", label, RULE, line=True) for label, _ in chart.rules))


def draw(chart: LineChart, medium: Medium) -> Sheet:
    """Draw a line for each series, thick ones last, on top."""
    named = keys(chart)
    right, height = PAD, HEIGHT
    if medium.standalone:
        widest = max((text_width(key.label) for key in named), default=0.0)
        right = min(widest, WIDEST_NAME * medium.width) + SAMPLE + 2 * PAD
        height = max(height, NAME * len(named) + 50.0)
    x, y = _rulers(chart)
    plane = two_axes(medium, chart, x, y, height=height, right=right)
    _compared(plane, chart)
    _limit(plane, chart)
    for place, one in enumerate(sorted(chart.series, key=lambda one: one.kind in HEAVY)):
        _line(plane, one, 2.0 + 0.01 * place)
    if medium.standalone:
        _names(plane, chart)
    return plane.sheet


def _rulers(chart: LineChart) -> tuple[Ruler, Ruler]:
    spots = [spot for one in chart.series for spot in one.spots] + list(chart.limit)
    heights = [value for s in spots for value in (s.y, s.y - s.std, s.y + s.std)]
    across = [*(spot.x for spot in spots), chart.upright]
    heights += [value for _, value in chart.rules]
    x = ruler(chart.x, spanning(across, logarithmic=chart.x.logarithmic), 6)
    return x, ruler(chart.y, spanning(heights, logarithmic=chart.y.logarithmic))


def _compared(plane: Plane, chart: LineChart) -> None:
    pen, (left, top, right, bottom) = plane.sheet.pen, plane.corners
    for label, value in chart.rules:
        y = plane.down(value)
        pen.line([(left, y), (right, y)], RULE.role, 1.0, dashes=RULE.dashes, z=1)
        band, words = rectangle(left, y - NEAR, right, y + NEAR), f"{label}: {value:.1f} throughout"
        pen.areas([band], RULE.role, ghost=True, words=[words], z=1)
    if math.isfinite(chart.upright):
        x = plane.across(chart.upright)
        pen.line([(x, top), (x, bottom)], RULE.role, 1.0, dashes=RULE.dashes, z=1)


def _limit(plane: Plane, chart: LineChart) -> None:
    if not chart.limit:
        return
    line, lowest = [(spot.x, spot.y) for spot in chart.limit], plane.y.start
    plane.pen.areas([[(line[0][0], lowest), *line, (line[-1][0], lowest)]], "faint", [0.6], z=0.2)
    plane.pen.line(line, "ink", 1.0, z=1.5)
    words = [spot.words for spot in chart.limit]
    plane.pen.markers(line, Look("ink", "o"), 9, ghost=True, words=words, z=1.5)
    _, _, right, bottom = plane.corners
    plane.sheet.text(right - PAD, bottom - 2 * PAD, "below the limit", "muted", ha="right")


def _line(plane: Plane, one: Series, z: float) -> None:
    pen, lowest = plane.pen, min(plane.y.start, plane.y.end)
    style, key, heavy = _look(one), f"s{one.number}", one.kind in HEAVY
    places = [(spot.x, spot.y) for spot in one.spots]
    pen.line(places, style.role, 2.2 if heavy else 1.3, dashes=style.dashes, series=key, z=z)
    spreads = [spot for spot in one.spots if math.isfinite(spot.std) and spot.std > 0]
    bars = [((spot.x, max(spot.y - spot.std, lowest)), (spot.x, spot.y + spot.std)) for spot in spreads]
    pen.segments(bars, style.role, 1.0, series=key, z=z)
    words = [f"{one.label}: {spot.words}" for spot in one.spots]
    pen.markers(places, style, 5.0 if heavy else 4.2, series=key, words=words, z=z)
    if one.mark is not None:
        at = [(one.mark.x, one.mark.y)]
        ring = replace(style, marker="o")
        pen.markers(at, ring, 9, hollow=True, series=key, words=[f"{one.label}: {one.mark.words}"], z=z)


def _look(one: Series) -> Look:
    style = look(one.number)
    return replace(style, marker=one.marker) if one.marker else style


def _names(plane: Plane, chart: LineChart) -> None:
    """Write the names beside the axes, each with a piece of its line, as near the height of its end as fits."""
    sheet, right = plane.sheet, plane.corners.right
    ends = [(plane.down(value), label, RULE) for label, value in chart.rules]
    for one in chart.series:
        if one.spots:
            end = max(plane.place(spot.x, spot.y) for spot in one.spots)
            ends.append((end[1], one.label, _look(one)))
    ends.sort(key=lambda end: end[0])
    heights = spread([end[0] for end in ends], NAME, NAME, sheet.height - 4 * PAD)
    start, stop = right + PAD, right + PAD + SAMPLE - 4.0
    for (_, label, style), y in zip(ends, heights, strict=True):
        sheet.pen.line([(start, y), (stop, y)], style.role, dashes=style.dashes)
        if style.marker:
            sheet.pen.markers([((start + stop) / 2, y)], style, 4.2)
        sheet.text(stop + 4.0, y, shortened(label, sheet.width - stop - 4.0), style.role)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return ascending places near the ascending `wanted` ones, `gap` apart, within the bounds if they have room.

    Of all such places these have the least squared distances to the wanted ones.
    """
    if not wanted:
        return []
    steps = gap * np.arange(len(wanted))
    free = isotonic_regression(np.asarray(wanted) - steps).x
    places: list[float] = (np.clip(free, low, max(high - steps[-1], low)) + steps).tolist()
    return places
