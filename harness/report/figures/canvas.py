"""An SVG drawing whose every string is escaped by the serialiser, styled by classes only.

Classes, not ``style`` attributes: the pages forbid inline styles, and colours follow the theme.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.etree import ElementTree

from markupsafe import Markup

from harness.report.text import printable

Point = tuple[float, float]
KIND_SHAPES = {"method": "diamond", "baseline": "circle", "control": "square", "plug-in": "triangle"}
NAMESPACE = "http://www.w3.org/2000/svg"


class Canvas:
    """A drawing of a size in its own units, which the page scales to the width it has.

    `title` names it and `description` says what it shows, for those who cannot see it.
    """

    def __init__(self, name: str, width: float, height: float, title: str, description: str) -> None:
        self.width, self.height = width, height
        self._root = ElementTree.Element(
            "svg",
            {
                "xmlns": NAMESPACE,
                "viewBox": f"0 0 {number(width)} {number(height)}",
                "role": "group",
                "aria-labelledby": f"{name}-title {name}-desc",
                "class": "chart",
            },
        )
        self._open = [self._root]
        self._child("title", id=f"{name}-title").text = printable(title)
        self._child("desc", id=f"{name}-desc").text = printable(description)

    def markup(self) -> Markup:
        """Return the drawing as markup that is safe to put on a page."""
        return Markup(ElementTree.tostring(self._root, encoding="unicode"))

    def line(self, a: Point, b: Point, css: str) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = a, b
        self._child("line", css, x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2))

    def path(self, points: Sequence[Point], css: str, *, closed: bool = False, dash: str = "") -> None:
        """Draw a line through points, or the area that they enclose."""
        steps = " ".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
        dashed = {"stroke-dasharray": dash} if dash else {}
        self._child("path", css, d=steps + (" Z" if closed else ""), **dashed)

    def text(self, at: Point, said: str, css: str = "", anchor: str = "start") -> None:
        """Write text; `anchor` is *start*, *middle* or *end*."""
        self._child("text", css, x=number(at[0]), y=number(at[1]), **{"text-anchor": anchor}).text = printable(said)

    def box(self, a: Point, b: Point, css: str, opacity: float = 1.0) -> None:
        """Fill the rectangle between two corners."""
        (x1, y1), (x2, y2) = a, b
        size = {"width": number(abs(x2 - x1)), "height": number(abs(y2 - y1))}
        shaded = {"fill-opacity": f"{opacity:.2f}"} if opacity < 1 else {}
        self._child("rect", css, x=number(min(x1, x2)), y=number(min(y1, y2)), **size, **shaded)

    def marker(self, at: Point, shape: str, css: str, radius: float = 4.5) -> None:
        """Draw a *circle*, *square*, *diamond*, *triangle* or *bar* around a point."""
        x, y = at
        if shape == "circle":
            self._child("circle", css, cx=number(x), cy=number(y), r=number(radius))
        elif shape == "bar":
            self.line((x, y - radius), (x, y + radius), css)
        else:
            corners = {
                "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
                "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
                "triangle": ((0, -1.2), (1.15, 0.9), (-1.15, 0.9)),
            }[shape]
            self.path([(x + dx * radius, y + dy * radius) for dx, dy in corners], css, closed=True)

    @contextmanager
    def series(self, key: str, css: str = "") -> Iterator[None]:
        """Group what a legend's entry shows and hides."""
        with self._inside(self._child("g", f"series {css}".strip(), **{"data-series": key})):
            yield

    @contextmanager
    def mark(self, says: str, css: str = "") -> Iterator[None]:
        """Group what stands for one value; `says` is read out and shown beside it."""
        group = self._child("g", f"mark {css}".strip(), role="img", **{"aria-label": printable(says)})
        with self._inside(group):
            self._child("title").text = printable(says)
            yield

    @contextmanager
    def clipped(self, left: float, top: float, right: float, bottom: float) -> Iterator[None]:
        """Cut off what is drawn inside beyond a rectangle."""
        width, height = number(right - left), number(bottom - top)
        box = {"viewBox": f"{number(left)} {number(top)} {width} {height}"}
        place = {"x": number(left), "y": number(top), "width": width, "height": height}
        with self._inside(self._child("svg", "plot", **box, **place)):
            yield

    def _child(self, tag: str, css: str = "", **attributes: str) -> ElementTree.Element:
        given = {"class": css, **attributes} if css else attributes
        return ElementTree.SubElement(self._open[-1], tag, given)

    @contextmanager
    def _inside(self, element: ElementTree.Element) -> Iterator[None]:
        self._open.append(element)
        yield
        self._open.pop()


def number(value: float) -> str:
    """Write a coordinate with a tenth of a pixel."""
    return f"{value:z.1f}".removesuffix(".0")
