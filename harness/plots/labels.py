"""Labels beside points, placed one after another where they cover neither points nor each other."""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

from harness.plots.style import FAINT

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

DISTANCES = (7.0, 14.0, 22.0, 32.0, 44.0)
DIRECTIONS = ((1, 0), (1, 1), (1, -1), (-1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1))
FAR = 12.0
POINT_RADIUS = 4.0


Point = tuple[float, float]


def label_points(
    axes: "Axes", labels: Sequence[tuple[Point, str, str]], avoid: Sequence[Point] = ()
) -> list["Bbox"]:
    """Write each (point, text, colour) near its point; far ones get a thin line to it. Return their boxes.

    Of all places around a point, the first that overlaps no point, no label and not the line through `avoid` is
    taken, else the one that overlaps least. The axes must have their final limits and size.
    """
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    pixel = axes.figure.dpi / 72
    to_pixels = axes.transData.transform
    taken = [_around(to_pixels(point), to_pixels(point), POINT_RADIUS * pixel) for point, _, _ in labels]
    taken += [_around(to_pixels(a), to_pixels(b), pixel) for a, b in pairwise(avoid)]
    frame = axes.get_window_extent(renderer)
    boxes = []
    for point, text, tint in labels:
        label = axes.annotate(text, point, xytext=(0, 0), textcoords="offset points", color=tint, fontsize=8)
        size = label.get_window_extent(renderer)
        places = [(x * d, y * d) for d in DISTANCES for x, y in DIRECTIONS]
        tried = [_box(to_pixels(point), offset, pixel, size) for offset in places]
        costs = [_covered(box, taken, frame) for box in tried]
        best = costs.index(min(costs))
        label.remove()
        _write(axes, point, text, tint, places[best])
        boxes.append(tried[best])
        taken.append(tried[best])
    return boxes


def _write(axes: "Axes", point: Point, text: str, tint: str, offset: Point) -> None:
    line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.7, "shrinkB": 3} if hypot(*offset) > FAR else None
    axes.annotate(
        text,
        point,
        xytext=offset,
        textcoords="offset points",
        ha=("center", "left", "right")[_side(offset[0])],
        va=("center", "bottom", "top")[_side(offset[1])],
        color=tint,
        fontsize=8,
        arrowprops=line,
    )


def _side(offset: float) -> int:
    return 0 if offset == 0 else 1 if offset > 0 else -1


def _box(point: "np.ndarray", offset: Point, pixel: float, size: "Bbox") -> "Bbox":
    """Return the box of a label of a size that is written at an offset (in points) from a point (in pixels)."""
    from matplotlib.transforms import Bbox

    start = {0: -0.5, 1: 0.0, -1: -1.0}
    x = point[0] + offset[0] * pixel + start[_side(offset[0])] * size.width
    y = point[1] + offset[1] * pixel + start[_side(offset[1])] * size.height
    return Bbox.from_bounds(x, y, size.width, size.height)


def _around(a: "np.ndarray", b: "np.ndarray", radius: float) -> "Bbox":
    from matplotlib.transforms import Bbox

    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return Bbox.from_extents(x0 - radius, y0 - radius, x1 + radius, y1 + radius)


def _covered(box: "Bbox", taken: Sequence["Bbox"], frame: "Bbox") -> float:
    """Return the area of `box` that lies on taken boxes or outside the frame."""
    area = box.width * box.height
    inside = _shared(box, frame)
    return sum(_shared(box, other) for other in taken) + (area - inside if inside < area * 0.999 else 0.0)


def _shared(a: "Bbox", b: "Bbox") -> float:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0.0) * max(height, 0.0)
