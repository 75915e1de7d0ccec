"""Frames of charts: two axes with their grid, or rows with their names along one axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.plots.charts import Captioned, Scaled
from harness.plots.heading import headed
from harness.plots.plane import AxisScale, Corners, Plane
from harness.plots.sheet import Medium, shortened, text_width
from harness.plots.style import Key
from harness.plots.ticks import Range, spanning, ticks

BELOW = 30.0
"""Points below axes, for ticks and the axis' label."""
ABOVE = 16.0
"""Points above axes, for the label of the vertical axis."""
WIDEST_NAME = 0.42
"""Share of a sheet that names of rows may take."""
PAD = 6.0
TICK = 9.0


@dataclass(frozen=True)
class Ruler:
    """An axis with its range and the places of its ticks."""

    scaled: Scaled
    span: Range
    places: tuple[float, ...]

    @property
    def labels(self) -> list[str]:
        """The ticks as text."""
        return [self.scaled.written(place) for place in self.places]

    @property
    def widest(self) -> float:
        """Points that the widest tick takes."""
        return max(map(text_width, self.labels), default=0.0)

    @property
    def scale(self) -> AxisScale:
        """The values at the ends of a plane."""
        start, end = self.span[::-1] if self.scaled.reversed else self.span
        return AxisScale(start, end, self.scaled.logarithmic)

    def across(self, plane: Plane, labels: bool = True) -> None:
        """Draw the vertical lines of the grid and write the ticks below."""
        _, top, _, bottom = plane.corners
        places = [plane.across(place) for place in self.places]
        plane.sheet.pen.segments([((x, top), (x, bottom)) for x in places], "faint", 0.8, z=0.5)
        for x, label in zip(places, self.labels if labels else (), strict=False):
            plane.sheet.text(x, bottom + TICK, label, "muted", ha="center")

    def upwards(self, plane: Plane, labels: bool = True) -> None:
        """Draw the horizontal lines of the grid and write the ticks at the left."""
        left, _, right, _ = plane.corners
        places = [plane.down(place) for place in self.places]
        plane.sheet.pen.segments([((left, y), (right, y)) for y in places], "faint", 0.8, z=0.5)
        for y, label in zip(places, self.labels if labels else (), strict=False):
            plane.sheet.text(left - PAD, y, label, "muted", ha="right")


def ruler(scaled: Scaled, span: Range, wanted: int = 5) -> Ruler:
    """Return an axis over a range, with the ticks that it wants or about `wanted` round ones."""
    given = tuple(tick for tick in scaled.ticks if span[0] <= tick <= span[1])
    return Ruler(scaled, span, given or tuple(ticks(*span, logarithmic=scaled.logarithmic, wanted=wanted)))


def two_axes(
    medium: Medium,
    chart: Captioned,
    x: Ruler,
    y: Ruler,
    *,
    height: float,
    keys: Sequence[Key] = (),
    right: float = PAD,
) -> Plane:
    """Return a plane on a sheet of a height, with axes that end `right` points from the sheet's right edge."""
    sheet = headed(medium, chart, height, keys)
    corners = Corners(y.widest + PAD, ABOVE, sheet.width - right, height - BELOW)
    plane = Plane(sheet, corners, x.scale, y.scale)
    x.across(plane)
    y.upwards(plane)
    sheet.text(0.0, 5.0, shortened(y.scaled.label, sheet.width), "muted")
    label_below(plane, x.scaled.label)
    return plane


def label_below(plane: Plane, label: str) -> None:
    """Write the label of the horizontal axis at the sheet's foot: below its middle, if it fits there."""
    sheet = plane.sheet
    shown = shortened(label, sheet.width)
    half = text_width(shown) / 2
    middle = min(max((plane.corners.left + plane.corners.right) / 2, half), sheet.width - half)
    sheet.text(middle, sheet.height - 6.0, shown, "muted", ha="center")


@dataclass(frozen=True)
class Rows:
    """Layout of rows.

    Attributes:
        height: of a row.
        above: points above the rows.
        right: points from the axis to the sheet's right edge.
        within: the axis goes no further.
    """

    height: float
    above: float = 4.0
    right: float = 2 * PAD
    within: Range = (-float("inf"), float("inf"))

    def middle(self, place: int) -> float:
        """Return how far down the middle of a row is."""
        return self.above + self.height * (place + 0.5)


def named_rows(
    medium: Medium,
    chart: Captioned,
    rows: Rows,
    names: Sequence[str],
    x: Scaled,
    values: Iterable[float],
    *,
    kinds: Sequence[str] = (),
    series: Sequence[str] = (),
    keys: Sequence[Key] = (),
) -> Plane:
    """Return a plane with rows, whose middles are at y = 0, 1, ..., downwards, along an axis that holds `values`.

    Names have the entries of the legend in `series`, and of `kinds` methods are set off.
    """
    bottom = rows.above + rows.height * len(names)
    sheet = headed(medium, chart, bottom + BELOW, keys)
    left = min(max(map(text_width, names)) + PAD + 4.0, WIDEST_NAME * sheet.width)
    axis = ruler(x, spanning(values, logarithmic=x.logarithmic, within=rows.within))
    corners = Corners(left, rows.above, sheet.width - rows.right, bottom)
    plane = Plane(sheet, corners, axis.scale, AxisScale(len(names) - 0.5, -0.5))
    axis.across(plane)
    for place, name in enumerate(names):
        role = "method" if kinds and kinds[place] == "method" else "ink"
        entry = series[place] if series else ""
        sheet.text(left - PAD, rows.middle(place), shortened(name, left - PAD), role, ha="right", series=entry)
    label_below(plane, x.label)
    return plane
