"""Named points on two axes, as quality against time, with the front of those that none beats in both."""

from collections.abc import Sequence

from harness.plots.board_charts import PointChart, kinds
from harness.plots.frames import ruler, two_axes
from harness.plots.labels import Box, Label, place_labels
from harness.plots.sheet import Medium, Sheet, text_width
from harness.plots.style import Key, kind_keys, look_of
from harness.plots.ticks import spanning

HEIGHT = 230.0
ROOM = 0.1


def keys(chart: PointChart) -> tuple[Key, ...]:
    """Return the legend."""
    return kind_keys(kinds(chart.points))


def draw(chart: PointChart, medium: Medium) -> Sheet:
    """Draw the points, and names that fit; a drawing that stands alone has all names."""
    x = ruler(chart.x, spanning((p.x for p in chart.points), logarithmic=chart.x.logarithmic, room=ROOM), 6)
    y = ruler(chart.y, spanning((p.y for p in chart.points), logarithmic=chart.y.logarithmic, room=ROOM))
    sheet, axes = two_axes(medium, chart, x, y, height=HEIGHT, keys=keys(chart))
    pen = sheet.on(axes)
    front = [*chart.front, (x.span[1], chart.front[-1][1])] if chart.front else []
    pen.line(front, "muted", 1.0, dashes=(1.6, 2), z=1)
    for kind in dict.fromkeys(kinds(chart.points)):
        own = [point for point in chart.points if point.kind == kind]
        words = [point.words for point in own]
        pen.markers([(p.x, p.y) for p in own], look_of(kind), 6.5, series=kind, words=words, z=3)
    wanted = [(sheet.place(axes, p.x, p.y), text_width(p.label)) for p in chart.points]
    line = [sheet.place(axes, *corner) for corner in front]
    labels = place_labels(wanted, Box(*sheet.corners(axes)), line, all_of_them=medium.standalone)
    _write(sheet, chart, labels)
    return sheet


def _write(sheet: Sheet, chart: PointChart, labels: Sequence[Label | None]) -> None:
    for point, label in zip(chart.points, labels, strict=True):
        if label is None:
            continue
        if label.far:
            sheet.pen.segments([(label.point, label.at)], "muted", 0.5, series=point.kind, z=2.5)
        sheet.text(*label.at, point.label, ha=label.ha, series=point.kind)
