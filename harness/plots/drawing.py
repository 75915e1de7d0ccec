"""Any chart as the PNG of a leaderboard or the SVG of a page, by the one drawing of its kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from harness.plots.board_charts import (
    BoardChart,
    CurveChart,
    IntervalChart,
    PointChart,
    RankChart,
    RooflineChart,
)
from harness.plots.charts import BarChart, Chart, DotChart, LineChart, MatrixChart
from harness.plots.style import Key
from harness.tables.printable import printable

if TYPE_CHECKING:
    from harness.plots.sheet import Medium, Sheet

DRAWINGS: Mapping[type, str] = {
    BarChart: "bars",
    CurveChart: "curves",
    DotChart: "dots",
    IntervalChart: "intervals",
    LineChart: "lines",
    MatrixChart: "matrices",
    PointChart: "points",
    RankChart: "ranks",
    RooflineChart: "roofline",
}
"""Kind of chart -> module with its `keys` and `draw`, imported when something is drawn: it needs matplotlib."""

T = TypeVar("T")


@dataclass(frozen=True)
class Drawn:
    """A figure: the stem of its file's name, its content in words, and its bytes."""

    name: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class PageDrawing:
    """A drawing for a page, with the legend that the page writes beside it: each key with its sample."""

    svg: str
    legend: tuple[tuple[Key, str], ...]


def png(chart: Chart | BoardChart) -> Drawn:
    """Draw a chart as a PNG that stands alone."""
    from harness.plots.sheet import PICTURE, styled

    shown = cleaned(chart)
    with styled():
        return Drawn(chart.name, shown.alt, _draw(shown, PICTURE).png())


def svg(chart: Chart | BoardChart, name: str) -> PageDrawing:
    """Draw a chart for a page, on which `name` is the figure's identifier."""
    from harness.plots.sheet import PAGE, styled
    from harness.plots.swatches import swatch

    shown = cleaned(chart)
    with styled():
        drawing = _draw(shown, PAGE).svg(name, _kind(shown), shown.title, shown.alt)
        return PageDrawing(drawing, tuple((key, swatch(key)) for key in _module(shown).keys(shown)))


def cleaned(value: T) -> T:
    """Return a chart, or what one is made of, with every text printable and on one line."""
    made: Any = value
    if isinstance(made, str):
        made = re.sub(r"\s+", " ", printable(made))
    elif isinstance(made, tuple):
        made = tuple(map(cleaned, made))
    elif is_dataclass(made) and not isinstance(made, type):
        changed = {field.name: cleaned(getattr(made, field.name)) for field in fields(made)}
        made = replace(made, **changed)
    return made


def _draw(chart: Chart | BoardChart, medium: "Medium") -> "Sheet":
    sheet: Sheet = _module(chart).draw(chart, medium)
    return sheet


def _module(chart: Chart | BoardChart) -> Any:
    return import_module(f"harness.plots.{_kind(chart)}")


def _kind(chart: Chart | BoardChart) -> str:
    return next(DRAWINGS[kind] for kind in type(chart).__mro__ if kind in DRAWINGS)
