"""Lines of contenders over levels, times or bandwidths, with standard deviations and lines to compare with."""

import math
from collections.abc import Sequence

from harness.plots.charts import LineChart, Scaled, Series
from harness.report.figures.axes import Axis, plain, spanning
from harness.report.figures.canvas import Canvas
from harness.report.figures.figure import Figure, Key
from harness.report.tables import Table

WIDTH, HEIGHT = 390.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 18.0, 44.0
PALETTE = 8
DASHES = ("", "7 3", "2 3", "8 3 2 3")
SHAPES = ("diamond", "circle", "square", "triangle")


def line_figure(chart: LineChart, name: str, data: Table) -> Figure:
    """Return the figure of a line chart; `data` are its numbers."""
    canvas = Canvas(name, WIDTH, HEIGHT, chart.title, chart.alt)
    x, y = _axes(canvas, chart)
    for one in sorted(chart.series, key=lambda s: s.kind == "method"):  # methods last, on top
        _draw(canvas, one, x, y)
    keys = [Key(f"s{s.number}", s.label, _css(s), "line", _dash(s)) for s in chart.series]
    dashed = [Key("", label, "c-paper", "line", "4 3") for label, _ in chart.rules]
    return Figure(name, chart.title, canvas.markup(), (*keys, *dashed), chart.caption, data)


def _css(one: Series) -> str:
    return f"c-{one.number % PALETTE}"


def _dash(one: Series) -> str:
    return DASHES[one.number // PALETTE % len(DASHES)]


def _axes(canvas: Canvas, chart: LineChart) -> tuple[Axis, Axis]:
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    spots = [spot for one in chart.series for spot in one.spots]
    heights = [v for s in spots for v in (s.y, s.y - s.std, s.y + s.std)] + [value for _, value in chart.rules]
    ends = (right, LEFT) if chart.x.reversed else (LEFT, right)
    x = spanning([*(s.x for s in spots), chart.upright], *ends, logarithmic=chart.x.logarithmic)
    y = spanning(heights, floor, TOP, logarithmic=chart.y.logarithmic)
    for tick in _ticks(x, chart.x):
        canvas.line((x(tick), TOP), (x(tick), floor), "grid")
        canvas.text((x(tick), floor + 15), plain(tick), "tick", "middle")
    for tick in _ticks(y, chart.y):
        canvas.line((LEFT, y(tick)), (right, y(tick)), "grid")
        canvas.text((LEFT - 6, y(tick) + 4), plain(tick), "tick", "end")
    for _, value in chart.rules:
        canvas.line((LEFT, y(value)), (right, y(value)), "rule")
    if math.isfinite(chart.upright):
        canvas.line((x(chart.upright), TOP), (x(chart.upright), floor), "rule")
    canvas.text(((LEFT + right) / 2, HEIGHT - 6), chart.x.label, "axis", "middle")
    canvas.text((4, TOP - 7), chart.y.label, "axis")
    return x, y


def _ticks(axis: Axis, scaled: Scaled) -> Sequence[float]:
    return [tick for tick in scaled.ticks if axis.holds(tick)] or axis.ticks()


def _draw(canvas: Canvas, one: Series, x: Axis, y: Axis) -> None:
    shape = SHAPES[one.number % len(SHAPES)]
    with canvas.series(f"s{one.number}", _css(one)):
        line = "curve heavy" if one.kind == "method" else "curve"
        canvas.path([(x(spot.x), y(spot.y)) for spot in one.spots], line, dash=_dash(one))
        for spot in one.spots:
            if math.isfinite(spot.std) and spot.std > 0:
                canvas.line((x(spot.x), y(spot.y - spot.std)), (x(spot.x), y(spot.y + spot.std)), "interval")
            with canvas.mark(f"{one.label}: {spot.says}"):
                canvas.marker((x(spot.x), y(spot.y)), shape, "point", 4)
        if one.mark is not None:
            with canvas.mark(f"{one.label}: {one.mark.says}"):
                canvas.marker((x(one.mark.x), y(one.mark.y)), "circle", "ring", 8)
