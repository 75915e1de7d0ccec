"""Names beside points: each at the first place where it covers neither a point nor another name, or nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.report.figures.canvas import Point

CHARACTER, HEIGHT, GAP, RADIUS = 7.0, 13.0, 8.0, 5.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """Where a text starts, ends or is centred (`side`), on its base line."""

    x: float
    y: float
    side: str


def place_labels(labels: Sequence[tuple[str, Point]], frame: Box, line: Sequence[Point] = ()) -> dict[str, Place]:
    """Return the places of those labels that fit into the frame (left, top, right, bottom), earlier ones first.

    None lies on `line`, whose parts are horizontal or vertical.
    """
    taken: list[Box] = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for _, (x, y) in labels]
    taken += [
        (min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)
        for a, b in pairwise(line)
    ]
    placed: dict[str, Place] = {}
    for text, point in labels:
        for place in _around(point):
            box = _box(text, place)
            if _inside(box, frame) and not any(_overlap(box, other) for other in taken):
                placed[text] = place
                taken.append(box)
                break
    return placed


def _around(point: Point) -> list[Place]:
    x, y = point
    beside = [Place(x + GAP, y + 4, "start"), Place(x - GAP, y + 4, "end")]
    above = [Place(x, y - GAP, "middle"), Place(x, y + GAP + 9, "middle")]
    slanted = [
        Place(x + sx * 5, y + (-GAP if up else GAP + 9), "start" if sx > 0 else "end")
        for up in (True, False)
        for sx in (1, -1)
    ]
    return [*beside, *above, *slanted]


def _box(text: str, place: Place) -> Box:
    width = CHARACTER * len(text)
    left = place.x - {"start": 0.0, "middle": width / 2, "end": width}[place.side]
    return left, place.y - HEIGHT + 3, left + width, place.y + 3


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
