"""Learning curves, a panel each: the mean of its runs, their middle 80 %, and the other means in grey."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.plots.board_charts import Curve, CurveChart
from harness.plots.frames import PAD, Ruler, ruler
from harness.plots.heading import headed
from harness.plots.pen import Place
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key, Look, look_of
from harness.statistics.intervals import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL, NAME = 92.0, 16.0
"""Heights of a panel and of the name above it."""
ABOVE, BELOW = 15.0, 30.0
MARKS = 8
"""Places on a curve that have words."""


def keys(chart: CurveChart) -> tuple[Key, ...]:
    """Return no legend: each panel has a name."""
    return ()


def draw(chart: CurveChart, medium: Medium) -> Sheet:
    """Draw a panel for each curve on shared axes."""
    columns = min(3 if medium.standalone else 2, len(chart.curves))
    lines = -(-len(chart.curves) // columns)
    sheet = headed(medium, chart, ABOVE + lines * (PANEL + NAME) + BELOW)
    steps = [step for curve in chart.curves for step in curve.steps]
    x, y = ruler(chart.x, (min(steps), max(steps)), 4), ruler(chart.y, chart.within, 4)
    left = y.widest + PAD
    width = (sheet.width - left - PAD) / columns
    sheet.text(0.0, 5.0, shortened(chart.y.label, sheet.width), "muted")
    for number, curve in enumerate(chart.curves):
        line, column = divmod(number, columns)
        start, top = left + width * column, ABOVE + line * (PANEL + NAME) + NAME
        axes = sheet.axes(start, top, start + width - PAD, top + PANEL)
        x.across(sheet, axes, labels=number + columns >= len(chart.curves))
        y.upwards(sheet, axes, labels=column == 0)
        sheet.text(start, top - 6.0, _name(curve, width - PAD), look_of(curve.kind).role)
        _panel(sheet, axes, chart, curve, y)
    sheet.text((left + sheet.width) / 2, sheet.height - 6.0, chart.x.label, "muted", ha="center")
    return sheet


def _panel(sheet: Sheet, axes: "Axes", chart: CurveChart, curve: Curve, y: Ruler) -> None:
    pen, role = sheet.on(axes), look_of(curve.kind).role
    for other in chart.curves:
        if other is not curve:
            pen.line(_places(other, other.mean), "faint", 0.9, clipped=True, z=1)
    low, high = _places(curve, curve.low), _places(curve, curve.high)
    pen.areas([[*high, *reversed(low)]], role, [0.18], clipped=True, z=1.5)
    pen.line(_places(curve, curve.mean), role, 1.6, clipped=True)
    shown = [at for at in _spaced(len(curve.steps)) if y.span[0] <= curve.mean[at] <= y.span[1]]
    words = [
        f"{curve.label}, {chart.x.label} {curve.steps[at]:g}: {chart.y.label} {curve.mean[at]:.3g} "
        f"({curve.low[at]:.3g} to {curve.high[at]:.3g})"
        for at in shown
    ]
    places = _places(curve, curve.mean)
    pen.markers([places[at] for at in shown], Look(role, "o"), 9, ghost=True, words=words)


def _name(curve: Curve, room: float) -> str:
    """Return the name of a panel, with the number of runs where there is room for it."""
    whole = f"{curve.label} ({plural(curve.runs, 'run')})"
    return whole if text_width(whole) <= room else shortened(curve.label, room)


def _spaced(length: int) -> list[int]:
    return list(dict.fromkeys(np.linspace(0, length - 1, MARKS).round().astype(int).tolist()))


def _places(curve: Curve, values: Sequence[float]) -> list[Place]:
    return list(zip(curve.steps, values, strict=True))
