"""Declarations of the charts that the engine makes of any board; families declare theirs with `charts`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.plots.charts import NAN, Captioned, Scaled


@dataclass(frozen=True)
class Described(Captioned):
    """A chart that was described where it was prepared; `alt` is the chart in words."""

    alt: str


@dataclass(frozen=True)
class MeanMark:
    """A row with an estimate and its interval.

    Attributes:
        kind: kind of contender or role of implementation; chooses colour and marker.
        words: all of the row in words.
        estimate: NaN where there is none; `instead` is then the reason.
        low, high: NaN where there is no interval.
        other: a second value, drawn as a bar; NaN for none.
        aside: written at the right.
    """

    label: str
    kind: str
    words: str
    estimate: float = NAN
    low: float = NAN
    high: float = NAN
    other: float = NAN
    aside: str = ""
    instead: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the interval are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True)
class IntervalChart(Described):
    """Estimates with intervals, a row each, on one axis.

    Attributes:
        aside: header of what is written at the right; "" for nothing.
        other: meaning of the rows' second values; "" where none has one.
        rule: a value to compare with, drawn as a vertical line; NaN for none.
        within: the axis goes no further; what lies beyond ends in an arrowhead.
    """

    axis: Scaled
    rows: tuple[MeanMark, ...]
    aside: str = ""
    other: str = ""
    rule: float = NAN
    within: tuple[float, float] = (-math.inf, math.inf)


@dataclass(frozen=True)
class Point:
    """A named point; `words` say its values."""

    x: float
    y: float
    label: str
    kind: str
    words: str


@dataclass(frozen=True)
class PointChart(Described):
    """Named points on two axes, the most important first, above or below the corners of a `front`."""

    x: Scaled
    y: Scaled
    points: tuple[Point, ...]
    front: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Curve:
    """A contender's curve: the mean over its runs, and their middle 80 % (`low`, `high`), shape (steps,) each."""

    label: str
    kind: str
    runs: int
    steps: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class CurveChart(Described):
    """A panel for each curve, which shows the means of the others in grey.

    Attributes:
        within: the shared y axis; what leaves it is cut off.
    """

    x: Scaled
    y: Scaled
    curves: tuple[Curve, ...]
    within: tuple[float, float]


@dataclass(frozen=True)
class RankChart(Described):
    """Mean ranks, the best first, and `groups` of contenders that no test separates, by place."""

    axis: str
    names: tuple[str, ...]
    ranks: tuple[float, ...]
    groups: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Roof:
    """A limit of the machine: `peak` operations a second, as far as reading `read` bytes a second allows (10⁹)."""

    label: str
    peak: float
    read: float


@dataclass(frozen=True)
class RooflineChart(Described):
    """Operations a second against operations a byte (Williams et al., 2009); `points` are of kernels (`kind`)."""

    x: Scaled
    y: Scaled
    points: tuple[Point, ...]
    roofs: tuple[Roof, ...]


BoardChart = IntervalChart | PointChart | CurveChart | RankChart | RooflineChart


def kinds(rows: Sequence[MeanMark | Point]) -> list[str]:
    """Return the kinds of rows or points."""
    return [row.kind for row in rows]
