"""The part of a sheet in which values have places, on linear or logarithmic scales."""

from typing import NamedTuple

from matplotlib.scale import LogTransform
from matplotlib.transforms import (
    Bbox,
    BboxTransform,
    IdentityTransform,
    Transform,
    TransformedBbox,
    blended_transform_factory,
)

from harness.plots.pen import Pen, Place
from harness.plots.sheet import Sheet


class Corners(NamedTuple):
    """Left, top, right and bottom of a part of a sheet, in points."""

    left: float
    top: float
    right: float
    bottom: float


class AxisScale(NamedTuple):
    """The values at the left and the right end of a plane, or at its bottom and its top."""

    start: float
    end: float
    logarithmic: bool = False

    @property
    def transform(self) -> Transform:
        """The transformation of values to the scale of the axis, linear or logarithmic."""
        return LogTransform(10) if self.logarithmic else IdentityTransform()


class Plane:
    """A plane between corners of a sheet; its `pen` draws in the places of values."""

    def __init__(self, sheet: Sheet, corners: Corners, x: AxisScale, y: AxisScale) -> None:
        self.sheet, self.corners, self.x, self.y = sheet, corners, x, y
        spaced = blended_transform_factory(x.transform, y.transform)
        values = Bbox(spaced.transform([(x.start, y.start), (x.end, y.end)]))
        left, top, right, bottom = corners
        self._to_points = spaced + BboxTransform(values, Bbox([(left, bottom), (right, top)]))
        clip = TransformedBbox(Bbox([(left, top), (right, bottom)]), sheet.points)
        self.pen = Pen(sheet, self._to_points + sheet.points, clip)

    def place(self, x: float, y: float) -> Place:
        """Return the place of values on the sheet."""
        at = self._to_points.transform((x, y))
        return float(at[0]), float(at[1])

    def across(self, x: float) -> float:
        """Return how far to the right on the sheet a value is."""
        return self.place(x, self.y.start)[0]

    def down(self, y: float) -> float:
        """Return how far down on the sheet a value is."""
        return self.place(self.x.start, y)[1]
