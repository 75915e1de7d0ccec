"""Lines of contenders with their names beside them, pushed apart where they would cover each other."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.plots.charts import LineChart, Scaled, Series
from harness.plots.style import (
    MANY_COLOURS,
    PAPER_COLOUR,
    Drawn,
    decimal_ticks,
    heading,
    line_style,
    new_figure,
    png,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RULE: dict[str, Any] = {"color": PAPER_COLOUR, "linestyle": (0, (5, 3))}
"""What is there to compare with."""
LINE_HEIGHT = 11.0
"""Points between two names at the right."""


def draw_lines(chart: LineChart) -> Drawn:
    """Draw a line chart."""
    with styled():
        figure = new_figure(max(3.7, 1.3 + (len(chart.series) + len(chart.rules)) * LINE_HEIGHT / 72))
        axes = figure.add_subplot()
        for one in sorted(chart.series, key=lambda s: s.kind == "method"):  # methods last, on top
            _line(axes, one)
        for _, value in chart.rules:
            axes.axhline(value, **RULE, lw=1.1, zorder=0)
        if math.isfinite(chart.upright):
            axes.axvline(chart.upright, **RULE, lw=1.1, zorder=0)
        _frame(axes, chart)
        heading(figure, chart.title)
        names = [*(one.label for one in chart.series), *(label for label, _ in chart.rules)]
        right = 0.93 - 0.0098 * max(map(len, names), default=0)
        figure.set_layout_engine("constrained", rect=(0.0, 0.0, right, 1.0))
        figure.canvas.draw()  # names need the final layout
        figure.set_layout_engine("none")
        _names(axes, chart)
        return Drawn(chart.name, chart.alt, png(figure, MANY_COLOURS))


def _line(axes: "Axes", one: Series) -> None:
    style = line_style(one.number)
    x, y = [spot.x for spot in one.spots], [spot.y for spot in one.spots]
    bold = one.kind == "method"
    axes.plot(x, y, **style, lw=2.2 if bold else 1.3, ms=5 if bold else 4)
    bars = [(spot.x, spot.y, spot.std) for spot in one.spots if math.isfinite(spot.std)]
    if bars:
        x_bars, y_bars, lengths = zip(*bars, strict=True)
        axes.errorbar(
            x_bars, y_bars, lengths, fmt="none", ecolor=style["color"], elinewidth=1.0, capsize=2, alpha=0.8
        )
    if one.mark is not None:
        ring: dict[str, Any] = {"marker": "o", "markersize": 10, "markerfacecolor": "none", "markeredgewidth": 1.6}
        axes.plot([one.mark.x], [one.mark.y], linestyle="none", color=style["color"], **ring)


def _frame(axes: "Axes", chart: LineChart) -> None:
    spots = [spot for one in chart.series for spot in one.spots]
    for axis, scaled, values in (
        ("x", chart.x, [spot.x for spot in spots]),
        ("y", chart.y, [spot.y for spot in spots]),
    ):
        _scale(axes, axis, scaled, values)
    axes.margins(x=0.04, y=0.06)
    axes.grid(color="#EDEDED", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(chart.x.label)
    axes.set_ylabel(chart.y.label)
    if chart.x.reversed:
        axes.invert_xaxis()


def _scale(axes: "Axes", axis: str, scaled: Scaled, values: Sequence[float]) -> None:
    if not scaled.logarithmic:
        return
    {"x": axes.set_xscale, "y": axes.set_yscale}[axis]("log")
    drawn = axes.xaxis if axis == "x" else axes.yaxis
    if scaled.ticks:
        drawn.set_ticks(scaled.ticks, [f"{tick:g}" for tick in scaled.ticks])
        drawn.set_ticks([], minor=True)
    elif values:
        decimal_ticks(drawn, values, few=400, finer=6)


def _names(axes: "Axes", chart: LineChart) -> None:
    """Write the names beside the axes, each with a piece of its line, as near the height of its end as fits."""
    from matplotlib.lines import Line2D

    to_pixels = axes.transData.transform
    anywhere = next((spot.x for one in chart.series for spot in one.spots), 1.0)
    ends: list[tuple[float, str, dict[str, Any]]] = []
    for one in chart.series:
        if one.spots:
            end = max((to_pixels((spot.x, spot.y)) for spot in one.spots), key=lambda pixel: float(pixel[0]))
            ends.append((float(end[1]), one.label, line_style(one.number)))
    for label, value in chart.rules:
        ends.append((float(to_pixels((anywhere, value))[1]), label, RULE))
    ends.sort(key=lambda end: end[0])
    frame = axes.get_window_extent()
    heights = spread([end[0] for end in ends], LINE_HEIGHT * axes.figure.dpi / 72, frame.y0, frame.y1)
    for (_, label, style), height in zip(ends, heights, strict=True):
        y = (height - frame.y0) / frame.height
        sample = Line2D(
            [1.02, 1.07], [y, y], transform=axes.transAxes, clip_on=False, lw=1.4, ms=4, markevery=2, **style
        )
        axes.add_line(sample)
        tint = style["color"]
        axes.text(1.085, y, label, transform=axes.transAxes, color=tint, fontsize=8, va="center")


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
