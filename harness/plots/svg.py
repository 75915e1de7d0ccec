"""Convert matplotlib's SVG to an element of a page, with theme, description and texts of its marks, without styles.

Colours of the palette become CSS variables, so that a page's theme chooses them. A shape with words becomes a group
that is read out and shows them on hover. Identifiers get the figure's name before them: a page has each once.
Every string is escaped by the serialiser. Attributes take the place of styles, which pages forbid.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from harness.plots.style import PALETTE

NAMESPACE = "http://www.w3.org/2000/svg"
SVG, HREF = f"{{{NAMESPACE}}}", "{http://www.w3.org/1999/xlink}href"
ROLES = {colour: role for role, colour in PALETTE.items()}
GEOMETRY = ("d", "x", "y", "width", "height", "transform", "clip-path")
STYLES = ("opacity", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap")
SIZE = re.compile(r"([\d.]+)px")
DECIMAL = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")


@dataclass(frozen=True)
class Tag:
    """The part of an artist in a page: its legend entry, its texts, its visibility.

    Attributes:
        series: the legend's entry that it belongs to: one for all its shapes, or one for each; () for none.
        words: one text for each shape, in their order; () for none.
        ghost: whether it is invisible until the pointer is on it.
    """

    series: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    ghost: bool = False


def themed(drawing: str, name: str, kind: str, title: str, description: str, tags: Mapping[str, Tag]) -> str:
    """Return matplotlib's drawing as a page's element.

    Args:
        name: identifier of the figure.
        kind: of chart, for the page's style.
        title, description: the drawing's name, and its content for those who cannot see it.
        tags: the tag of each group, by its identifier (gid).

    Raises:
        ValueError: a colour is not in the palette, or a tag has not as many words as shapes.
    """
    source = fromstring(drawing)
    root = Element(
        "svg",
        {
            "xmlns": NAMESPACE,
            "viewBox": _rounded(source.attrib["viewBox"]),
            "role": "group",
            "aria-labelledby": f"{name}-title {name}-desc",
            "class": "chart",
            "data-kind": kind,
            "stroke-linejoin": "round",
        },
    )
    SubElement(root, "title", id=f"{name}-title").text = title
    SubElement(root, "desc", id=f"{name}-desc").text = description
    _Theming(name, tags, SubElement(root, "defs")).copy(source, root)
    return tostring(root, encoding="unicode")


@dataclass
class _Theming:
    """Copies elements; `ids` are matplotlib's identifiers that something refers to, with ours."""

    name: str
    tags: Mapping[str, Tag]
    defs: Element
    ids: dict[str, str] = field(default_factory=dict)

    def copy(self, source: Element, target: Element, clip: Mapping[str, str] | None = None) -> None:
        """Copy what is drawn below `source`; groups stay where a tag gives them a meaning."""
        for child in source:
            kind = child.tag.removeprefix(SVG)
            if kind == "defs":
                self._define(child)
            elif kind == "g":
                tag = self.tags.get(child.get("id", ""))
                inside = {"clip-path": child.attrib["clip-path"]} if "clip-path" in child.attrib else clip
                if tag is None:
                    self.copy(child, target, inside)
                else:
                    self._tagged(child, target, tag)
            elif kind in ("path", "use", "text"):
                self._shape(child, target, clip or {})

    def _tagged(self, source: Element, target: Element, tag: Tag) -> None:
        """Copy the shapes of an artist, each with its words and into the group of its series."""
        drawn = Element("g")
        self.copy(source, drawn)
        shapes = list(drawn)
        if tag.words and len(shapes) != len(tag.words):
            raise ValueError(f"{self.name}: expected {len(tag.words)} shapes with words, got {len(shapes)}")
        for number, shape in enumerate(shapes):
            if tag.ghost:
                shape.set("class", "ghost")
            parent = _series(target, tag.series[number % len(tag.series)]) if tag.series else target
            parent.append(_mark(shape, tag.words[number]) if tag.words else shape)

    def _define(self, source: Element) -> None:
        """Copy the shapes of markers, without colours, which their uses have, and the outlines of clips."""
        for child in source:
            if child.tag == f"{SVG}path":
                SubElement(self.defs, "path", id=self._id(child.attrib["id"]), d=_rounded(child.attrib["d"]))
            elif child.tag == f"{SVG}clipPath":
                clip = SubElement(self.defs, "clipPath", id=self._id(child.attrib["id"]))
                for outline in child:
                    given = {key: _rounded(value) for key, value in outline.attrib.items()}
                    SubElement(clip, outline.tag.removeprefix(SVG), given)

    def _shape(self, source: Element, target: Element, clip: Mapping[str, str]) -> None:
        attributes = {
            key: self._referring(_rounded(value))
            for key, value in {**clip, **source.attrib}.items()
            if key in GEOMETRY
        }
        if reference := source.get(HREF):
            attributes["href"] = f"#{self._id(reference.removeprefix('#'))}"
        if source.tag == f"{SVG}text":
            attributes = _upright(attributes)
        attributes |= dict(_styles(source.get("style", "")))
        SubElement(target, source.tag.removeprefix(SVG), attributes).text = source.text

    def _id(self, given: str) -> str:
        return self.ids.setdefault(given, f"{self.name}-{len(self.ids)}")

    def _referring(self, value: str) -> str:
        return re.sub(r"url\(#(.*)\)", lambda match: f"url(#{self._id(match[1])})", value)


def _series(target: Element, series: str) -> Element:
    """Return the group of a series: the last one, if it is of this series, so that neighbours are in one group."""
    if len(target) and target[-1].get("data-series") == series:
        return target[-1]
    return SubElement(target, "g", {"class": "series", "data-series": series})


def _mark(shape: Element, words: str) -> Element:
    mark = Element("g", {"class": "mark", "role": "img", "aria-label": words})
    SubElement(mark, "title").text = words
    mark.append(shape)
    return mark


def _styles(style: str) -> Iterator[tuple[str, str]]:
    """Yield the attributes that take the place of a style."""
    for key, _, value in (part.strip().partition(": ") for part in style.split(";")):
        if key in ("fill", "stroke"):
            yield key, value if value == "none" else _variable(value)
        elif key in STYLES:
            yield key, _rounded(value)
        elif key in ("font", "font-size") and (found := SIZE.search(value)):
            yield "font-size", _rounded(found[1])
        elif key == "text-anchor" and value != "start":
            yield key, value


def _variable(colour: str) -> str:
    if colour not in ROLES:
        raise ValueError(f"got the colour {colour}, expected one of the palette: {', '.join(ROLES)}")
    return f"var(--{ROLES[colour]})"


def _upright(attributes: dict[str, str]) -> dict[str, str]:
    """Drop the rotation by 0 degrees that matplotlib gives all texts, a move to their place excepted."""
    transform = attributes.pop("transform", "")
    moved = re.match(r"translate\((\S+) (\S+)\)", transform)
    return attributes | ({"x": moved[1], "y": moved[2]} if moved else {})


def _rounded(value: str) -> str:
    """Write the numbers of an attribute with two digits after the point, a hundredth of a point at most."""
    short = DECIMAL.sub(lambda match: f"{float(match[0]):z.2f}".rstrip("0").rstrip("."), value)
    return re.sub(r"\s*([A-Za-z])\s+(?=[-\d])|\s+", lambda m: m[1] or " ", short).strip()
