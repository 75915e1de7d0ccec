"""Roofline chart: operations per second against operations per byte, below the limits of the machine."""

import math

from harness.plots.board_charts import RooflineChart
from harness.plots.frames import PAD, ruler, two_axes
from harness.plots.sheet import Medium, Sheet, text_width
from harness.plots.style import Key, look
from harness.plots.ticks import spanning

HEIGHT = 260.0
BEYOND = 10.0
"""Factor by which the axis extends beyond the ridges, on both sides."""


def keys(chart: RooflineChart) -> tuple[Key, ...]:
    """Return the legend, an entry a kernel."""
    names = dict.fromkeys(point.kind for point in chart.points)
    return tuple(Key(f"s{n}", name, look(n).dot) for n, name in enumerate(names))


def draw(chart: RooflineChart, medium: Medium) -> Sheet:
    """Draw the points and the roofs, each a slope that ends in a flat part."""
    ridges = [roof.peak / roof.read for roof in chart.roofs]
    across = [*(point.x for point in chart.points), *(ridge / BEYOND for ridge in ridges), max(ridges) * BEYOND]
    x = spanning(across, logarithmic=True, room=0.0)
    flat = [roof.peak for roof in chart.roofs]
    lowest = min(roof.read * x[0] for roof in chart.roofs)
    y = spanning([*(point.y for point in chart.points), *flat, lowest], logarithmic=True, room=0.05)
    named = keys(chart)
    right = max(text_width(roof.label) for roof in chart.roofs) + 2 * PAD
    rulers = ruler(chart.x, x, 7), ruler(chart.y, y)
    plane = two_axes(medium, chart, *rulers, height=HEIGHT, keys=named, right=right)
    sheet, pen = plane.sheet, plane.pen
    for roof, ridge in zip(chart.roofs, ridges, strict=True):
        pen.line([(x[0], roof.read * x[0]), (ridge, roof.peak), (x[1], roof.peak)], "ink", 1.2, z=1)
        sheet.text(plane.corners.right + PAD, plane.down(roof.peak), roof.label)
    read = max(roof.read for roof in chart.roofs)
    sheet.text(plane.corners.left + 22.0, plane.down(read * x[0]), f"read {read:.0f} GB/s")
    for number, key in enumerate(named):
        own = [point for point in chart.points if point.kind == key.label]
        places = [(point.x, point.y) for point in own if math.isfinite(point.y)]
        pen.markers(places, look(number).dot, series=key.series, words=[point.words for point in own])
    return sheet
