"""Names beside points, placed one after another where they cover neither points, nor each other, nor a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from harness.plots.pen import Place

DISTANCES = (6.0, 11.0, 18.0, 27.0, 38.0)
DIRECTIONS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
HEIGHT = 10.0
RADIUS = 4.0
FAR = 16.0
"""Points from which a thin line leads from a point to its name."""


class Box(NamedTuple):
    """Corners in points, y downwards."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Label:
    """Place of a point's name: the middle, left or right end (`ha`) of its line is at `at`."""

    point: Place
    at: Place
    ha: str
    box: Box

    @property
    def far(self) -> bool:
        """Whether it needs a line to its point."""
        return hypot(self.at[0] - self.point[0], self.at[1] - self.point[1]) > FAR


def place_labels(
    points: Sequence[tuple[Place, float]], frame: Box, avoid: Sequence[Place] = (), *, all_of_them: bool = False
) -> list[Label | None]:
    """Return where the name of each point, given with the name's width, is written; earlier ones choose first.

    Of all places around a point, the first that is in the frame and covers no point, no name and not the line
    through `avoid` is taken; a name without such a place has none (None), or with `all_of_them` the place that
    covers least.
    """
    taken = [_around(point, point, RADIUS) for point, _ in points]
    taken += [_around(a, b, 1.0) for a, b in pairwise(avoid)]
    labels: list[Label | None] = []
    for point, width in points:
        tried = [_label(point, width, distance, *towards) for distance in DISTANCES for towards in DIRECTIONS]
        label = next((label for label in tried if not _covers(label.box, taken, frame)), None)
        if label is None and all_of_them:
            label = min(tried, key=lambda label: _covered(label.box, taken, frame))
        labels.append(label)
        if label is not None:
            taken.append(label.box)
    return labels


def _label(point: Place, width: float, distance: float, right: int, down: int) -> Label:
    slanted = 0.75 if right and down else 1.0
    x = point[0] + right * distance * slanted
    y = point[1] + down * (distance * slanted + HEIGHT / 2)
    left = x - width * {1: 0.0, 0: 0.5, -1: 1.0}[right]
    box = Box(left, y - HEIGHT / 2, left + width, y + HEIGHT / 2)
    return Label(point, (x, y), {1: "left", 0: "center", -1: "right"}[right], box)


def _around(a: Place, b: Place, radius: float) -> Box:
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return Box(x0 - radius, y0 - radius, x1 + radius, y1 + radius)


def _covers(box: Box, taken: Sequence[Box], frame: Box) -> bool:
    inside = (
        frame.left <= box.left and frame.top <= box.top and box.right <= frame.right and box.bottom <= frame.bottom
    )
    return not inside or any(
        box.left < other.right and other.left < box.right and box.top < other.bottom and other.top < box.bottom
        for other in taken
    )


def _covered(box: Box, taken: Sequence[Box], frame: Box) -> float:
    """Return the area of `box` that lies on taken boxes or outside the frame."""
    area = (box.right - box.left) * (box.bottom - box.top)
    return sum(_shared(box, other) for other in taken) + area - _shared(box, frame)


def _shared(a: Box, b: Box) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(width, 0.0) * max(height, 0.0)
