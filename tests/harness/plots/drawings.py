"""Reading drawings back: their marks, where shapes and texts are, which colours they have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from harness.plots.sheet import text_width

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> Element:
    return ElementTree.fromstring(svg)


def groups(root: Element, css: str) -> list[Element]:
    return [group for group in root.iter(f"{SVG}g") if css in group.get("class", "").split()]


def marks(root: Element) -> list[str]:
    """Return the words of the marks, in the order of the drawing."""
    return [group.attrib["aria-label"] for group in groups(root, "mark")]


def uses(parent: Element) -> list[tuple[float, float]]:
    """Return the places of the markers."""
    return [(float(e.attrib["x"]), float(e.attrib["y"])) for e in parent.iter(f"{SVG}use")]


def outline(path: Element) -> list[tuple[float, float]]:
    """Return the corners of a path of straight lines."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def ids(root: Element) -> list[str]:
    return [element.attrib["id"] for element in root.iter() if "id" in element.attrib]


def references(root: Element) -> set[str]:
    """Return the identifiers that the drawing refers to."""
    found = {element.attrib["href"].removeprefix("#") for element in root.iter() if "href" in element.attrib}
    for element in root.iter():
        found |= set(re.findall(r"url\(#([^)]+)\)", element.get("clip-path", "")))
        found |= set(element.get("aria-labelledby", "").split())
    return found


def colours(root: Element) -> set[str]:
    return {element.attrib[key] for element in root.iter() for key in ("fill", "stroke") if key in element.attrib}


def size(root: Element) -> tuple[float, float]:
    width, height = root.attrib["viewBox"].split()[2:]
    return float(width), float(height)


@dataclass(frozen=True)
class Box:
    """A line of text and about the room that it takes."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def texts(root: Element) -> Iterator[Box]:
    """Yield the texts with their boxes; letters without descent, so that lines may come close."""
    for element in root.iter(f"{SVG}text"):
        text, points = element.text or "", float(element.attrib["font-size"])
        width = text_width(text, points)
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
        yield Box(text, left, y - 0.75 * points, left + width, y)
