"""Estimates with their intervals, a row each: who leads a task, how many times faster a kernel is."""

import math

from harness.plots.board_charts import IntervalChart, MeanMark, kinds
from harness.plots.frames import PAD, Rows, named_rows
from harness.plots.pen import Place, rectangle
from harness.plots.plane import Plane
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key, Look, kind_keys, look_of

ROW = 15.0
OTHER = Look("muted", "|")


def keys(chart: IntervalChart) -> tuple[Key, ...]:
    """Return the legend."""
    shown = kind_keys(kinds(chart.rows))
    return (*shown, Key("", chart.other, OTHER)) if chart.other else shown


def draw(chart: IntervalChart, medium: Medium) -> Sheet:
    """Draw a row for each estimate; an interval that goes on beyond the axis ends in an arrowhead.

    The whole row has its words, as a band that is seen when it is pointed at.
    """
    asides = max(text_width(text) for text in (chart.aside, *(row.aside for row in chart.rows)))
    rows = Rows(ROW, 14.0 if chart.aside else 4.0, asides + 2 * PAD, chart.within)
    values = [value for row in chart.rows for value in (row.estimate, row.low, row.high, row.other)]
    names = [row.label for row in chart.rows]
    shown = kinds(chart.rows)
    plane = named_rows(
        medium, chart, rows, names, chart.axis, [*values, chart.rule], series=shown, keys=keys(chart)
    )
    if math.isfinite(chart.rule):
        plane.pen.segments([((chart.rule, -0.5), (chart.rule, len(names) - 0.5))], "muted", 1.0, z=1)
    others = [(row.other, float(place)) for place, row in enumerate(chart.rows) if math.isfinite(row.other)]
    plane.pen.markers(others, OTHER, 9)
    for kind in dict.fromkeys(shown):
        _kind(plane, kind, [(n, row) for n, row in enumerate(chart.rows) if row.kind == kind])
    bands = [rectangle(plane.x.start, n - 0.5, plane.x.end, n + 0.5) for n in range(len(names))]
    plane.pen.areas(bands, "muted", ghost=True, series=shown, words=[row.words for row in chart.rows], z=3)
    _texts(plane, chart, rows)
    return plane.sheet


def _kind(plane: Plane, kind: str, rows: list[tuple[int, MeanMark]]) -> None:
    """Draw the estimates and the intervals of the rows of a kind."""
    pen, style = plane.pen, look_of(kind)
    low, high = plane.x.start, plane.x.end
    shown = [(place, row) for place, row in rows if row.has_interval]
    ends = [((max(row.low, low), place), (min(row.high, high), place)) for place, row in shown]
    pen.segments(ends, style.role, 1.5, series=kind)
    points: list[Place] = [(row.estimate, place) for place, row in rows if math.isfinite(row.estimate)]
    pen.markers(points, style, series=kind)
    pen.markers([(low, place) for place, row in shown if row.low < low], Look(style.role, "<"), series=kind)
    pen.markers([(high, place) for place, row in shown if row.high > high], Look(style.role, ">"), series=kind)


def _texts(plane: Plane, chart: IntervalChart, rows: Rows) -> None:
    """Write what stands at the right of the rows, and why a row has no estimate, beside its second value."""
    sheet, left, right = plane.sheet, plane.corners.left, plane.corners.right
    sheet.text(sheet.width, 5.0, chart.aside, "muted", ha="right")
    for place, row in enumerate(chart.rows):
        sheet.text(sheet.width, rows.middle(place), row.aside, "muted", ha="right", series=row.kind)
        if not math.isfinite(row.estimate):
            reason = shortened(row.instead, right - left - 2 * PAD)
            hidden = left < plane.across(row.other) < left + text_width(reason) + 2 * PAD
            x, ha = (right - PAD, "right") if hidden else (left + PAD, "left")
            sheet.text(x, rows.middle(place), reason, "muted", ha=ha)
