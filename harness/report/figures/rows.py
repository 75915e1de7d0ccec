"""A row for each contender: a dot for each condition, or a bar stacked of parts."""

import math
from collections.abc import Iterable

from harness.plots.charts import BarChart, DotChart
from harness.plots.rows import dodged
from harness.report.figures.axes import Axis, plain, spanning
from harness.report.figures.canvas import Canvas
from harness.report.figures.figure import Figure, Key
from harness.report.figures.intervals import CHARACTER, shortened
from harness.report.figures.lines import PALETTE, SHAPES
from harness.report.tables import Table

WIDTH, LINE, TOP, BOTTOM, RIGHT = 390.0, 22.0, 8.0, 40.0, 12.0
BAR = 14.0


def dot_figure(chart: DotChart, name: str, data: Table) -> Figure:
    """Return the figure of a dot chart; `data` are its numbers."""
    canvas = _canvas(chart, name)
    values = [value for own in chart.values for value in own]
    axis = _axis(canvas, chart, values, within=(0.0, 100.0), right=WIDTH - RIGHT)
    for place, own in enumerate(chart.values):
        known = [value for value in own if math.isfinite(value)]
        y = TOP + LINE * (place + 0.5)
        canvas.line((axis(min(known)), y), (axis(max(known)), y), "grid")
    for number, condition in enumerate(chart.conditions):
        aside = dodged(number, len(chart.conditions))
        with canvas.series(f"s{number}", f"c-{number % PALETTE}"):
            for place, row in enumerate(chart.rows):
                value, std = chart.values[place][number], chart.stds[place][number]
                if math.isfinite(value):
                    says = f"{row}, {condition}: {value:.1f} %" + (f" ± {std:.1f}" if math.isfinite(std) else "")
                    _dot(canvas, axis, place + aside, (value, std), number, says)
    keys = tuple(
        Key(f"s{n}", condition, f"c-{n % PALETTE}", SHAPES[n % len(SHAPES)])
        for n, condition in enumerate(chart.conditions)
    )
    return Figure(name, chart.title, canvas.markup(), keys, chart.caption, data)


def _dot(canvas: Canvas, axis: Axis, place: float, measured: tuple[float, float], number: int, says: str) -> None:
    value, std = measured
    y = TOP + LINE * (place + 0.5)
    if math.isfinite(std):
        canvas.line((axis(value - std), y), (axis(value + std), y), "interval")
    with canvas.mark(says):
        canvas.marker((axis(value), y), SHAPES[number % len(SHAPES)], "point", 4.5)


def bar_figure(chart: BarChart, name: str, data: Table) -> Figure:
    """Return the figure of a bar chart; `data` are its numbers."""
    canvas = _canvas(chart, name)
    widest = max(sum(own) for own in chart.values)
    room = CHARACTER * max(map(len, chart.totals)) + 8
    axis = _axis(canvas, chart, [0.0, widest], within=(0.0, math.inf), right=WIDTH - room)
    for number, part in enumerate(chart.parts):
        with canvas.series(f"s{number}", f"c-{_part(number)}"):
            for place, (row, own) in enumerate(zip(chart.rows, chart.values, strict=True)):
                top, start = TOP + LINE * place + (LINE - BAR) / 2, sum(own[:number])
                if own[number] > 0:
                    with canvas.mark(f"{row}: {part} {own[number]:.3g} ms"):
                        canvas.box((axis(start), top), (axis(start + own[number]), top + BAR), "part")
    for place, (total, own) in enumerate(zip(chart.totals, chart.values, strict=True)):
        canvas.text((axis(sum(own)) + 5, TOP + LINE * (place + 0.5) + 4), total, "tick")
    keys = tuple(Key(f"s{n}", part, f"c-{_part(n)}", "square") for n, part in enumerate(chart.parts))
    return Figure(name, chart.title, canvas.markup(), keys, chart.caption, data)


def _part(number: int) -> int:
    """Return the colour of a part: the first, which all have in common, is grey."""
    return (PALETTE - 1, 0, 1, 3, 4)[number % 5]


def _canvas(chart: DotChart | BarChart, name: str) -> Canvas:
    return Canvas(name, WIDTH, TOP + LINE * len(chart.rows) + BOTTOM, chart.title, chart.alt)


def _axis(
    canvas: Canvas, chart: DotChart | BarChart, values: Iterable[float], within: tuple[float, float], right: float
) -> Axis:
    """Draw the axis and the names of the rows, methods in their colour."""
    left = min(CHARACTER * max(map(len, chart.rows)) + 12, 0.45 * WIDTH)
    floor = TOP + LINE * len(chart.rows)
    axis = spanning(values, left, right, within=within)
    for tick in axis.ticks():
        canvas.line((axis(tick), TOP), (axis(tick), floor), "grid")
        canvas.text((axis(tick), floor + 15), plain(tick), "tick", "middle")
    canvas.text(((left + right) / 2, floor + BOTTOM - 6), chart.axis, "axis", "middle")
    for place, (row, kind) in enumerate(zip(chart.rows, chart.kinds, strict=True)):
        css = "label ours" if kind == "method" else "label"
        canvas.text((left - 10, TOP + LINE * (place + 0.5) + 4), shortened(row, left - 12), css, "end")
    return axis
