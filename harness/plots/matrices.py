"""Confusion matrices, a small one for each contender; the shade of a cell repeats its number."""

import math

from harness.plots.charts import MatrixChart
from harness.plots.heading import headed
from harness.plots.pen import Place, rectangle
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key

CELL, NAME, FOOT, BETWEEN = 22.0, 17.0, 20.0, 12.0
"""Points: the side of a cell (wider for long labels), the name above a matrix, the labels below, a gap."""
WIDEST_LABEL = 0.25
"""Share of a sheet that the label of a row may take."""
DARKEST = 0.5
"""Opacity of a share of 100 %: the number on it stays readable in both themes."""


def keys(chart: MatrixChart) -> tuple[Key, ...]:
    """Return no legend: the numbers are in the cells."""
    return ()


def draw(chart: MatrixChart, medium: Medium) -> Sheet:
    """Draw a matrix for each contender, as many in a line as there is room for."""
    widest = max(map(text_width, chart.labels))
    left = min(widest + 5.0, WIDEST_LABEL * medium.width)
    cell = max(min(widest + 4.0, (medium.width - left) / len(chart.labels)), CELL)
    side, height = cell * len(chart.labels), NAME + CELL * len(chart.labels) + FOOT
    step = left + side + BETWEEN
    columns = max(1, min(int((medium.width + BETWEEN) // step), len(chart.names)))
    lines = -(-len(chart.names) // columns)
    sheet = headed(medium, chart, lines * height)
    for number, name in enumerate(chart.names):
        line, column = divmod(number, columns)
        x, y = left + column * step, line * height + NAME
        middle = x + side / 2
        room = min(step - 2.0, 2 * middle, 2 * (sheet.width - middle))
        sheet.text(middle, y - 8.0, shortened(name, room), ha="center")
        _matrix(sheet, chart, number, (x, y), cell)
    return sheet


def _matrix(sheet: Sheet, chart: MatrixChart, number: int, corner: Place, cell: float) -> None:
    """Draw the cells of one matrix, whose top left corner is at a place; `cell` is their width."""
    x, y = corner
    room = WIDEST_LABEL * sheet.width - 4.0
    outlines, shades, words = [], [], []
    for row, (true, shares) in enumerate(zip(chart.labels, chart.matrices[number], strict=True)):
        top = y + CELL * row
        sheet.text(x - 4.0, top + CELL / 2, shortened(true, room), "muted", ha="right")
        for column, (taken, share) in enumerate(zip(chart.labels, shares, strict=True)):
            if math.isfinite(share):
                start = x + cell * column
                outlines.append(rectangle(start, top, start + cell - 1, top + CELL - 1))
                shades.append(DARKEST * share / 100)
                words.append(f"{chart.names[number]}: {share:.0f} % of {true} taken for {taken}")
                sheet.text(start + cell / 2, top + CELL / 2, f"{share:.0f}", ha="center")
    sheet.pen.areas(outlines, "baseline", shades, words=words)
    for column, label in enumerate(chart.labels):
        at = x + cell * (column + 0.5), y + CELL * len(chart.labels) + 8.0
        sheet.text(*at, shortened(label, cell), "muted", ha="center")
