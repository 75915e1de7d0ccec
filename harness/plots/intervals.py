"""Estimates with their intervals, a row each: who leads a task, how many times faster a kernel is."""

import math
from typing import TYPE_CHECKING

from harness.plots.board_charts import Estimate, IntervalChart, kinds
from harness.plots.frames import PAD, Rows, named_rows
from harness.plots.pen import Pen, Place, rectangle
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key, Look, kind_keys, look_of
from harness.plots.ticks import Range

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 15.0
OTHER = Look("muted", "|")


def keys(chart: IntervalChart) -> tuple[Key, ...]:
    """Return the legend."""
    shown = kind_keys(kinds(chart.rows))
    return (*shown, Key("", chart.other, OTHER)) if chart.other else shown


def draw(chart: IntervalChart, medium: Medium) -> Sheet:
    """Draw a row for each estimate; an interval that goes on beyond the axis ends in an arrowhead."""
    asides = max(text_width(text) for text in (chart.aside, *(row.aside for row in chart.rows)))
    rows = Rows(ROW, 14.0 if chart.aside else 4.0, asides + 2 * PAD, chart.within)
    values = [value for row in chart.rows for value in (row.estimate, row.low, row.high, row.other)]
    names = [row.label for row in chart.rows]
    sheet, axes = named_rows(medium, chart, rows, names, chart.axis, [*values, chart.rule], keys=keys(chart))
    pen = sheet.on(axes)
    if math.isfinite(chart.rule):
        pen.segments([((chart.rule, -0.5), (chart.rule, len(names) - 0.5))], "muted", 1.0, z=1)
    others = [(row.other, float(place)) for place, row in enumerate(chart.rows) if math.isfinite(row.other)]
    pen.markers(others, OTHER, 9)
    for kind in dict.fromkeys(kinds(chart.rows)):
        _kind(pen, kind, [(n, row) for n, row in enumerate(chart.rows) if row.kind == kind], axes.get_xlim())
    _texts(sheet, chart, rows, axes)
    return sheet


def _kind(pen: Pen, kind: str, rows: list[tuple[int, Estimate]], span: Range) -> None:
    """Draw the rows of a kind; the whole row has its words, as a band that is seen when it is pointed at."""
    style = look_of(kind)
    low, high = span
    bands = [rectangle(low, place - 0.5, high, place + 0.5) for place, _ in rows]
    pen.areas(bands, style.role, ghost=True, series=kind, words=[row.words for _, row in rows])
    shown = [(place, row) for place, row in rows if row.has_interval]
    ends = [((max(row.low, low), place), (min(row.high, high), place)) for place, row in shown]
    pen.segments(ends, style.role, 1.5, series=kind)
    points: list[Place] = [(row.estimate, place) for place, row in rows if math.isfinite(row.estimate)]
    pen.markers(points, style, series=kind)
    pen.markers([(low, place) for place, row in shown if row.low < low], Look(style.role, "<"), series=kind)
    pen.markers([(high, place) for place, row in shown if row.high > high], Look(style.role, ">"), series=kind)


def _texts(sheet: Sheet, chart: IntervalChart, rows: Rows, axes: "Axes") -> None:
    """Write what stands at the right of the rows, and why a row has no estimate, beside its second value."""
    left, _, right, _ = sheet.corners(axes)
    sheet.text(sheet.width, 5.0, chart.aside, "muted", ha="right")
    for place, row in enumerate(chart.rows):
        sheet.text(sheet.width, rows.middle(place), row.aside, "muted", ha="right")
        if not math.isfinite(row.estimate):
            reason = shortened(row.instead, right - left - 2 * PAD)
            hidden = left < sheet.place(axes, row.other, place)[0] < left + text_width(reason) + 2 * PAD
            x, ha = (right - PAD, "right") if hidden else (left + PAD, "left")
            sheet.text(x, rows.middle(place), reason, "muted", ha=ha)
