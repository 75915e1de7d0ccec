"""Which class is taken for which: a small matrix for each contender, shades repeating its numbers."""

import math

from harness.plots.charts import MatrixChart
from harness.plots.heading import headed
from harness.plots.pen import Place
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key

CELL, NAME, FOOT, BETWEEN = 22.0, 17.0, 20.0, 12.0
"""Points: the side of a cell, the name above a matrix, the labels below it, and from matrix to matrix."""
DARKEST = 0.5
"""Opacity of a share of 100 %: the number on it stays readable in both themes."""


def keys(chart: MatrixChart) -> tuple[Key, ...]:
    """Return no legend: the numbers are in the cells."""
    return ()


def draw(chart: MatrixChart, medium: Medium) -> Sheet:
    """Draw a matrix for each contender, as many in a line as there is room for."""
    side = CELL * len(chart.labels)
    labels = max(map(text_width, chart.labels)) + 5.0
    step = labels + side + BETWEEN
    columns = max(1, min(int((medium.width + BETWEEN) // step), len(chart.names)))
    lines = -(-len(chart.names) // columns)
    sheet = headed(medium, chart, lines * (NAME + side + FOOT))
    for number, name in enumerate(chart.names):
        line, column = divmod(number, columns)
        x, y = labels + column * step, line * (NAME + side + FOOT) + NAME
        sheet.text(x + side / 2, y - 8.0, shortened(name, step - 2.0), ha="center")
        _matrix(sheet, chart, number, (x, y))
    return sheet


def _matrix(sheet: Sheet, chart: MatrixChart, number: int, corner: Place) -> None:
    x, y = corner
    outlines, shades, words = [], [], []
    for row, (true, shares) in enumerate(zip(chart.labels, chart.matrices[number], strict=True)):
        top = y + CELL * row
        sheet.text(x - 4.0, top + CELL / 2, true, "muted", ha="right")
        for column, (taken, share) in enumerate(zip(chart.labels, shares, strict=True)):
            if math.isfinite(share):
                start = x + CELL * column
                end, bottom = start + CELL - 1, top + CELL - 1
                outlines.append([(start, top), (end, top), (end, bottom), (start, bottom)])
                shades.append(DARKEST * share / 100)
                words.append(f"{chart.names[number]}: {share:.0f} % of {true} told as {taken}")
                sheet.text(start + CELL / 2, top + CELL / 2, f"{share:.0f}", ha="center")
    sheet.pen.areas(outlines, "baseline", shades, words=words)
    for column, label in enumerate(chart.labels):
        sheet.text(x + CELL * (column + 0.5), y + CELL * len(chart.labels) + 8.0, label, "muted", ha="center")
