"""Who is told as whom: a small matrix for each contender, shades repeating what its numbers say."""

import math

from harness.plots.charts import MatrixChart
from harness.report.figures.canvas import Canvas, Point
from harness.report.figures.figure import Figure
from harness.report.figures.intervals import CHARACTER, shortened
from harness.report.tables import Table

WIDTH, CELL, GAP, HEAD, FOOT = 390.0, 30.0, 14.0, 24.0, 22.0
DARKEST = 0.5
"""Opacity of a share of 100 %: the number on it stays readable in both themes."""


def matrix_figure(chart: MatrixChart, name: str, data: Table) -> Figure:
    """Return the figure of confusion matrices; `data` are their numbers."""
    side = CELL * len(chart.labels)
    left = CHARACTER * max(map(len, chart.labels)) + 8
    columns = max(1, int((WIDTH + GAP) // (left + side + GAP)))
    lines = -(-len(chart.names) // columns)
    step = HEAD + side + FOOT
    canvas = Canvas(name, WIDTH, lines * step, chart.title, chart.alt)
    for number, (contender, matrix) in enumerate(zip(chart.names, chart.matrices, strict=True)):
        line, column = divmod(number, columns)
        corner = (left + column * (left + side + GAP), line * step + HEAD)
        canvas.text(
            (corner[0] + side / 2, corner[1] - 8), shortened(contender, left + side + GAP / 2), "label", "middle"
        )
        _matrix(canvas, chart.labels, contender, matrix, corner)
    return Figure(name, chart.title, canvas.markup(), (), chart.caption, data)


def _matrix(
    canvas: Canvas, labels: tuple[str, ...], contender: str, matrix: tuple[tuple[float, ...], ...], corner: Point
) -> None:
    x, y = corner
    for row, (true, shares) in enumerate(zip(labels, matrix, strict=True)):
        top = y + CELL * row
        canvas.text((x - 6, top + CELL / 2 + 4), true, "tick", "end")
        for column, (told, share) in enumerate(zip(labels, shares, strict=True)):
            if math.isfinite(share):
                start = x + CELL * column
                with canvas.mark(f"{contender}: {share:.0f} % of {true} told as {told}"):
                    canvas.box((start, top), (start + CELL - 1, top + CELL - 1), "shade", DARKEST * share / 100)
                    canvas.text((start + CELL / 2, top + CELL / 2 + 4), f"{share:.0f}", "", "middle")
    for column, told in enumerate(labels):
        canvas.text((x + CELL * (column + 0.5), y + CELL * len(labels) + 14), told, "tick", "middle")
