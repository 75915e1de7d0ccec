"""A row for each contender: a dot for each condition, or a bar stacked of parts."""

import math
from typing import TYPE_CHECKING

from harness.plots.charts import BarChart, DotChart
from harness.plots.style import (
    MANY_COLOURS,
    SERIES_COLOURS,
    SERIES_MARKERS,
    TEXT,
    Drawn,
    colour,
    heading,
    new_figure,
    png,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_HEIGHT = 0.3
DODGE = 0.6
"""Rows over which the dots of a row are spread."""
PART_COLOURS = ("#B8B8B8", "#D55E00", "#56B4E9", "#CC79A7", "#8F6B00")
"""Of stacked parts: computing is grey, for all have it."""


def draw_dots(chart: DotChart) -> Drawn:
    """Draw a row of dots for each contender, one for each condition."""
    with styled():
        figure = new_figure(1.5 + ROW_HEIGHT * len(chart.rows))
        axes = figure.add_subplot()
        for place, values in enumerate(chart.values):
            known = [value for value in values if math.isfinite(value)]
            axes.plot([min(known), max(known)], [place, place], color="#D9D9D9", linewidth=1.2, zorder=0)
        for number, condition in enumerate(chart.conditions):
            _dots(axes, chart, number, condition)
        _name_rows(axes, chart.rows, chart.kinds)
        axes.set_xlabel(chart.axis)
        _legend(axes, len(chart.conditions))
        heading(figure, chart.title)
        return Drawn(chart.name, chart.alt, png(figure, MANY_COLOURS))


def _dots(axes: "Axes", chart: DotChart, number: int, condition: str) -> None:
    tint = SERIES_COLOURS[number % len(SERIES_COLOURS)]
    aside = dodged(number, len(chart.conditions))
    shown = [(own[number], row + aside) for row, own in enumerate(chart.values) if math.isfinite(own[number])]
    bars = [(own[number], row + aside, chart.stds[row][number]) for row, own in enumerate(chart.values)]
    bars = [bar for bar in bars if math.isfinite(bar[0]) and math.isfinite(bar[2])]
    for value, row, std in bars:
        axes.plot([value - std, value + std], [row, row], color=tint, linewidth=1.6, alpha=0.6)
    x, y = zip(*shown, strict=True) if shown else ((), ())
    axes.plot(
        x, y, marker=SERIES_MARKERS[number % len(SERIES_MARKERS)], color=tint, linestyle="none", markersize=5.5,
        markeredgecolor="white", markeredgewidth=0.5, label=condition,
    )  # fmt: skip


def dodged(number: int, conditions: int) -> float:
    """Return how far below the middle of its row, in rows, a condition's dot is: equal values stay apart."""
    return DODGE * (number - (conditions - 1) / 2) / max(conditions, 1)


def draw_bars(chart: BarChart) -> Drawn:
    """Draw a stacked bar for each contender."""
    with styled():
        figure = new_figure(1.5 + ROW_HEIGHT * len(chart.rows))
        axes = figure.add_subplot()
        left = [0.0] * len(chart.rows)
        for number, part in enumerate(chart.parts):
            widths = [own[number] for own in chart.values]
            tint = PART_COLOURS[number % len(PART_COLOURS)]
            axes.barh(
                range(len(widths)), widths, 0.68, left, color=tint, edgecolor="white", linewidth=0.6, label=part
            )
            left = [start + width for start, width in zip(left, widths, strict=True)]
        for row, (end, total) in enumerate(zip(left, chart.totals, strict=True)):
            axes.annotate(total, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=8)
        _name_rows(axes, chart.rows, chart.kinds)
        axes.margins(x=0.08)
        axes.set_xlim(left=0)
        axes.set_xlabel(chart.axis)
        _legend(axes, len(chart.parts))
        heading(figure, chart.title)
        return Drawn(chart.name, chart.alt, png(figure, MANY_COLOURS))


def _name_rows(axes: "Axes", rows: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    axes.set_yticks(range(len(rows)), rows)
    for label, kind in zip(axes.get_yticklabels(), kinds, strict=True):
        label.set_color(colour(kind) if kind == "method" else TEXT)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)


def _legend(axes: "Axes", entries: int) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=min(entries, 7), fontsize=8, borderpad=0.2,
        handletextpad=0.3, columnspacing=1.0, handlelength=1.2,
    )  # fmt: skip
