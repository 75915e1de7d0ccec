"""What surrounds the marks: two axes with their grid, or rows with their names along one axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.plots.charts import Captioned, Scaled
from harness.plots.heading import headed
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key
from harness.plots.ticks import Range, spanning, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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

    def across(self, sheet: Sheet, axes: "Axes", labels: bool = True) -> None:
        """Give horizontal axes their range and scale; draw the grid and write the ticks below."""
        axes.set_xlim(self.span[::-1] if self.scaled.reversed else self.span)
        axes.set_xscale("log" if self.scaled.logarithmic else "linear")
        _, top, _, bottom = sheet.corners(axes)
        places = [sheet.place(axes, place, axes.get_ylim()[0])[0] for place in self.places]
        sheet.pen.segments([((x, top), (x, bottom)) for x in places], "faint", 0.8, z=0.5)
        for x, label in zip(places, self.labels if labels else (), strict=False):
            sheet.text(x, bottom + TICK, label, "muted", ha="center")

    def upwards(self, sheet: Sheet, axes: "Axes", labels: bool = True) -> None:
        """Give vertical axes their range and scale; draw the grid and write the ticks at the left."""
        axes.set_ylim(self.span[::-1] if self.scaled.reversed else self.span)
        axes.set_yscale("log" if self.scaled.logarithmic else "linear")
        left, _, right, _ = sheet.corners(axes)
        places = [sheet.place(axes, axes.get_xlim()[0], place)[1] for place in self.places]
        sheet.pen.segments([((left, y), (right, y)) for y in places], "faint", 0.8, z=0.5)
        for y, label in zip(places, self.labels if labels else (), strict=False):
            sheet.text(left - PAD, y, label, "muted", ha="right")


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
) -> tuple[Sheet, "Axes"]:
    """Return a sheet of a height with axes that end `right` points from its right edge."""
    sheet = headed(medium, chart, height, keys)
    left = y.widest + PAD
    axes = sheet.axes(left, ABOVE, sheet.width - right, height - BELOW)
    x.across(sheet, axes)
    y.upwards(sheet, axes)
    sheet.text(0.0, 5.0, shortened(y.scaled.label, sheet.width), "muted")
    label_below(sheet, axes, x.scaled.label)
    return sheet, axes


def label_below(sheet: Sheet, axes: "Axes", label: str) -> None:
    """Write the label of the horizontal axis at the sheet's foot: below its middle, if it fits there."""
    left, _, right, _ = sheet.corners(axes)
    shown = shortened(label, sheet.width)
    half = text_width(shown) / 2
    middle = min(max((left + right) / 2, half), sheet.width - half)
    sheet.text(middle, sheet.height - 6.0, shown, "muted", ha="center")


@dataclass(frozen=True)
class Rows:
    """How rows are laid out.

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
    roles: Sequence[str] = (),
    keys: Sequence[Key] = (),
) -> tuple[Sheet, "Axes"]:
    """Return a sheet with rows, whose middles are at y = 0, 1, ..., downwards, along an axis that holds `values`.

    `roles` are the colours of the names; ink where there are none.
    """
    bottom = rows.above + rows.height * len(names)
    sheet = headed(medium, chart, bottom + BELOW, keys)
    left = min(max(map(text_width, names)) + PAD + 4.0, WIDEST_NAME * sheet.width)
    axes = sheet.axes(left, rows.above, sheet.width - rows.right, bottom)
    ruler(x, spanning(values, logarithmic=x.logarithmic, within=rows.within)).across(sheet, axes)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for place, (name, role) in enumerate(zip(names, roles or ["ink"] * len(names), strict=True)):
        sheet.text(left - PAD, rows.middle(place), shortened(name, left - PAD), role, ha="right")
    label_below(sheet, axes, x.label)
    return sheet, axes
