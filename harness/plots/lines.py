"""Lines of contenders over levels, times, bandwidths or sizes, with what there is to compare with.

A drawing that stands alone names the lines beside their ends, pushed apart where names would cover each other.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.plots.charts import LineChart, Series
from harness.plots.frames import PAD, WIDEST_NAME, Ruler, ruler, two_axes
from harness.plots.pen import Pen, rectangle
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key, Look, look
from harness.plots.ticks import spanning

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 240.0
NAME = 12.0
"""Points between two names beside the axes."""
SAMPLE = 22.0
NEAR = 3.0
"""Points from a line to compare with within which it has words."""
HEAVY = ("method", "headline")
RULE = Look("muted", "", (4, 3))
"""What there is to compare with."""


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
    sheet, axes = two_axes(medium, chart, x, y, height=height, right=right)
    _compared(sheet, axes, chart)
    _limit(sheet, axes, chart)
    pen = sheet.on(axes)
    for place, one in enumerate(sorted(chart.series, key=lambda one: one.kind in HEAVY)):
        _line(pen, one, y.span[0], 2.0 + 0.01 * place)
    if medium.standalone:
        _names(sheet, axes, chart, sheet.width - right)
    return sheet


def _rulers(chart: LineChart) -> tuple[Ruler, Ruler]:
    spots = [spot for one in chart.series for spot in one.spots] + list(chart.limit)
    heights = [value for s in spots for value in (s.y, s.y - s.std, s.y + s.std)]
    across = [*(spot.x for spot in spots), chart.upright]
    return (
        ruler(chart.x, spanning(across, logarithmic=chart.x.logarithmic), 6),
        ruler(
            chart.y,
            spanning([*heights, *(value for _, value in chart.rules)], logarithmic=chart.y.logarithmic),
        ),
    )


def _compared(sheet: Sheet, axes: "Axes", chart: LineChart) -> None:
    left, top, right, bottom = sheet.corners(axes)
    for label, value in chart.rules:
        _, y = sheet.place(axes, axes.get_xlim()[0], value)
        sheet.pen.line([(left, y), (right, y)], RULE.role, 1.0, dashes=RULE.dashes, z=1)
        band, words = rectangle(left, y - NEAR, right, y + NEAR), f"{label}: {value:.1f} throughout"
        sheet.pen.areas([band], RULE.role, ghost=True, words=[words], z=1)
    if math.isfinite(chart.upright):
        x, _ = sheet.place(axes, chart.upright, axes.get_ylim()[0])
        sheet.pen.line([(x, top), (x, bottom)], RULE.role, 1.0, dashes=RULE.dashes, z=1)


def _limit(sheet: Sheet, axes: "Axes", chart: LineChart) -> None:
    if not chart.limit:
        return
    _, _, right, bottom = sheet.corners(axes)
    line = [sheet.place(axes, spot.x, spot.y) for spot in chart.limit]
    sheet.pen.areas([[(line[0][0], bottom), *line, (line[-1][0], bottom)]], "faint", [0.6], z=0.2)
    sheet.pen.line(line, "ink", 1.0, z=1.5)
    words = [spot.words for spot in chart.limit]
    sheet.pen.markers(line, Look("ink", "o"), 9, ghost=True, words=words, z=1.5)
    sheet.text(right - PAD, bottom - 2 * PAD, "below the limit", "muted", ha="right")


def _line(pen: Pen, one: Series, lowest: float, z: float) -> None:
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


def _names(sheet: Sheet, axes: "Axes", chart: LineChart, right: float) -> None:
    """Write the names beside the axes, each with a piece of its line, as near the height of its end as fits."""
    ends: list[tuple[float, str, Look]] = []
    for one in chart.series:
        if one.spots:
            end = max(sheet.place(axes, spot.x, spot.y) for spot in one.spots)
            ends.append((end[1], one.label, _look(one)))
    for label, value in chart.rules:
        ends.append((sheet.place(axes, axes.get_xlim()[0], value)[1], label, RULE))
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

    Neighbours that are too close form a block around the mean of what they want; blocks that meet are joined.
    """
    blocks: list[list[float]] = []
    for place in wanted:
        blocks.append([place])
        while len(blocks) > 1 and _bottom(blocks[-1], gap, low, high) - _top(blocks[-2], gap, low, high) < gap:
            last = blocks.pop()
            blocks[-1] += last
    return [_bottom(block, gap, low, high) + i * gap for block in blocks for i in range(len(block))]


def _bottom(block: Sequence[float], gap: float, low: float, high: float) -> float:
    length = gap * (len(block) - 1)
    centred = sum(block) / len(block) - length / 2
    return max(min(centred, high - length), low)


def _top(block: Sequence[float], gap: float, low: float, high: float) -> float:
    return _bottom(block, gap, low, high) + gap * (len(block) - 1)
