"""Who is told as whom: a small matrix for each contender, shades repeating what its numbers say."""

import math
from typing import TYPE_CHECKING

from harness.plots.charts import MatrixChart
from harness.plots.style import MANY_COLOURS, TEXT, Drawn, heading, new_figure, png, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_LINE = 4
SHADES = "Blues"
LIGHT_TEXT_FROM = 55.0
"""Percent from which a cell is so dark that its number is white."""


def draw_matrices(chart: MatrixChart) -> Drawn:
    """Draw a small matrix for each contender; shades repeat what the numbers say."""
    with styled():
        columns = min(PER_LINE, len(chart.names))
        lines = -(-len(chart.names) // columns)
        figure = new_figure(0.8 + 1.95 * lines)
        panels = figure.subplots(lines, PER_LINE, squeeze=False).ravel()
        places = [line * PER_LINE + column for line in range(lines) for column in range(columns)]
        for place, name, matrix in zip(places, chart.names, chart.matrices, strict=False):
            _matrix(panels[place], name, chart.labels, matrix)
        used = set(places[: len(chart.names)])
        for number, axes in enumerate(panels):
            if number not in used:
                axes.set_axis_off()
        heading(figure, chart.title)
        return Drawn(chart.name, chart.alt, png(figure, MANY_COLOURS))


def _matrix(axes: "Axes", name: str, labels: tuple[str, ...], matrix: tuple[tuple[float, ...], ...]) -> None:
    axes.imshow(matrix, cmap=SHADES, vmin=0.0, vmax=100.0, aspect="equal")
    for row, shares in enumerate(matrix):
        for column, share in enumerate(shares):
            if math.isfinite(share):
                tint = "white" if share > LIGHT_TEXT_FROM else TEXT
                axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=tint, fontsize=9)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_title(name, fontsize=8.5, fontweight="normal", loc="center")
    axes.set_ylabel("attack", fontsize=8)
    axes.set_xlabel("told as, %", fontsize=8)
