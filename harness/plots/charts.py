"""Declarations of charts: their content, without the drawing. Families declare their charts with these.

A chart has the `name` of its file, the `group` of metrics whose table has its numbers, a `title` that states what
is seen, and a `caption` that explains how to read it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.plots.ticks import plain
from harness.statistics.intervals import plural

if TYPE_CHECKING:
    from harness.tables.values import TaskTable

NAN = math.nan


@dataclass(frozen=True)
class Spot:
    """A point: its place, the standard deviation of y (NaN without one), and its values in words."""

    x: float
    y: float
    std: float
    words: str


@dataclass(frozen=True)
class Series:
    """A contender's points, joined in this order.

    Attributes:
        kind: lines of methods and of a kernel's headline are thick and on top.
        number: by which its colour and dashes are chosen, the same in all charts of a task.
        mark: a place on its line that is marked, as a break-even; None for none.
        marker: of its points (matplotlib's letter); "" for the one that `number` chooses.
    """

    label: str
    kind: str
    number: int
    spots: tuple[Spot, ...]
    mark: Spot | None = None
    marker: str = ""


@dataclass(frozen=True)
class Scaled:
    """An axis.

    Attributes:
        reversed: whether its larger values come first.
        ticks: values of the ticks; round values are chosen where there are none.
        written: conversion of a tick to text.
    """

    label: str
    logarithmic: bool = False
    reversed: bool = False
    ticks: tuple[float, ...] = ()
    written: Callable[[float], str] = plain


@dataclass(frozen=True)
class Captioned:
    """Name, group, title and caption of a chart."""

    name: str
    group: str
    title: str
    caption: str


@dataclass(frozen=True)
class RowChart(Captioned):
    """A row for each contender along one `axis`, coloured by its kind."""

    axis: str
    rows: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class LineChart(Captioned):
    """Lines of contenders.

    Attributes:
        rules: (label, y) of horizontal lines to compare with.
        upright: x of a vertical line to compare with; NaN for none.
        limit: a line, from left to right, that nothing can be below; the area there is shaded.
    """

    x: Scaled
    y: Scaled
    series: tuple[Series, ...]
    rules: tuple[tuple[str, float], ...] = ()
    upright: float = NAN
    limit: tuple[Spot, ...] = ()

    @property
    def alt(self) -> str:
        """The chart in words."""
        lines = [f"{label}: {value:.1f} throughout" for label, value in self.rules]
        lines += [f"{one.label}: {', '.join(spot.words for spot in one.spots)}" for one in self.series]
        return f"{self.title}. {'; '.join(lines)}."


@dataclass(frozen=True)
class DotChart(RowChart):
    """A row of dots for each contender, one for each condition; NaN where there is no value.

    Attributes:
        values, stds: shape (rows, conditions), shown values.
        unit: of the values; percents stay within 0 and 100.
    """

    conditions: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    stds: tuple[tuple[float, ...], ...]
    unit: str = "%"

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. {_rows_in_words(self.rows, self.conditions, self.values)}."


@dataclass(frozen=True)
class BarChart(RowChart):
    """A bar for each contender, stacked of parts.

    Attributes:
        values: shape (rows, parts), 0 where a part is absent.
        totals: text at the end of each bar.
    """

    parts: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    totals: tuple[str, ...]

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. {_rows_in_words(self.rows, self.parts, self.values)}."


@dataclass(frozen=True)
class MatrixChart(Captioned):
    """A square matrix for each contender: percentage of the items of a true class (row) by predicted class."""

    labels: tuple[str, ...]
    names: tuple[str, ...]
    matrices: tuple[tuple[tuple[float, ...], ...], ...]

    @property
    def alt(self) -> str:
        """The chart in words."""
        listed = []
        for name, matrix in zip(self.names, self.matrices, strict=True):
            rows = [f"{true} as {_pairs(self.labels, row)}" for true, row in zip(self.labels, matrix, strict=True)]
            listed.append(f"{name}: {', '.join(rows)}")
        return f"{self.title}. {'; '.join(listed)}."


Chart = LineChart | DotChart | BarChart | MatrixChart


def averaged(table: "TaskTable", spreads: bool = False) -> str:
    """Describe the shown values: "Means over 3 seeds", and the bars (standard deviations) of `spreads`."""
    if table.units < 2:
        return f"One {table.unit}"
    return f"Means over {plural(table.units, table.unit)}" + ("; bars are standard deviations" if spreads else "")


def _rows_in_words(rows: Sequence[str], names: Sequence[str], values: Sequence[Sequence[float]]) -> str:
    return "; ".join(f"{row}: {_pairs(names, own)}" for row, own in zip(rows, values, strict=True))


def _pairs(names: Sequence[str], values: Sequence[float]) -> str:
    known = [(name, value) for name, value in zip(names, values, strict=True) if math.isfinite(value)]
    return ", ".join(f"{name} {value:.3g}" for name, value in known)
