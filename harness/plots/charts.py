"""What figures of related metrics show, apart from how it is drawn: the PNG of a board and the SVG of a page agree.

A chart has the `name` of its file, the `group` of metrics whose table has its numbers, a `title` that says what is
seen, and a `caption` that says how to read it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.statistics.intervals import plural

if TYPE_CHECKING:
    from harness.tables.values import TaskTable

NAN = math.nan


@dataclass(frozen=True)
class Spot:
    """A point: its place, the standard deviation of y (NaN without one), and what it is in words."""

    x: float
    y: float
    std: float
    says: str


@dataclass(frozen=True)
class Series:
    """A contender's points, joined in this order.

    Attributes:
        number: by which its colour and dashes are chosen, the same in all charts of a task.
        mark: a place on its line that is marked, as a break-even; None for none.
    """

    label: str
    kind: str
    number: int
    spots: tuple[Spot, ...]
    mark: Spot | None = None


@dataclass(frozen=True)
class Scaled:
    """An axis: what it shows, whether it is logarithmic, whether its larger values come first, wanted ticks."""

    label: str
    logarithmic: bool = False
    reversed: bool = False
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Captioned:
    """What every chart has."""

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
    """

    x: Scaled
    y: Scaled
    series: tuple[Series, ...]
    rules: tuple[tuple[str, float], ...] = ()
    upright: float = NAN

    @property
    def alt(self) -> str:
        """The chart in words."""
        lines = [f"{label}: {value:.1f} throughout" for label, value in self.rules]
        lines += [f"{one.label}: {', '.join(spot.says for spot in one.spots)}" for one in self.series]
        return f"{self.title}. {'; '.join(lines)}."


@dataclass(frozen=True)
class DotChart(RowChart):
    """A row of dots for each contender, one for each condition; NaN where there is no value.

    Attributes:
        values, stds: shape (rows, conditions), shown values.
    """

    conditions: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    stds: tuple[tuple[float, ...], ...]

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}. {_rows_in_words(self.rows, self.conditions, self.values)}."


@dataclass(frozen=True)
class BarChart(RowChart):
    """A bar for each contender, stacked of parts.

    Attributes:
        values: shape (rows, parts), 0 where a part is absent.
        totals: what stands at the end of each bar.
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
    """A square matrix for each contender: shares (percent) of true classes (rows) told as each (columns)."""

    labels: tuple[str, ...]
    names: tuple[str, ...]
    matrices: tuple[tuple[tuple[float, ...], ...], ...]

    @property
    def alt(self) -> str:
        """The chart in words."""
        told = []
        for name, matrix in zip(self.names, self.matrices, strict=True):
            rows = [f"{true} as {_pairs(self.labels, row)}" for true, row in zip(self.labels, matrix, strict=True)]
            told.append(f"{name}: {', '.join(rows)}")
        return f"{self.title}. {'; '.join(told)}."


Chart = LineChart | DotChart | BarChart | MatrixChart


def averaged(table: "TaskTable", spreads: bool = False) -> str:
    """Say what the shown values are: "Means over 3 seeds", and that bars are `spreads` where there are any."""
    if table.units < 2:
        return f"One {table.unit}"
    return f"Means over {plural(table.units, table.unit)}" + ("; bars are standard deviations" if spreads else "")


def _rows_in_words(rows: Sequence[str], names: Sequence[str], values: Sequence[Sequence[float]]) -> str:
    return "; ".join(f"{row}: {_pairs(names, own)}" for row, own in zip(rows, values, strict=True))


def _pairs(names: Sequence[str], values: Sequence[float]) -> str:
    known = [(name, value) for name, value in zip(names, values, strict=True) if math.isfinite(value)]
    return ", ".join(f"{name} {value:.3g}" for name, value in known)
