"""Samples of a page's legend: the marker, the line or both, as matplotlib draws them."""

from functools import cache
from xml.etree.ElementTree import Element, SubElement, tostring

from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from harness.plots.style import Key

HEIGHT, LINE, MARKER = 12.0, 26.0, 12.0
"""Sizes of samples: their height, and the width of a line and of a marker alone."""
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}


@cache
def swatch(key: Key) -> str:
    """Return the sample of a key as an SVG element."""
    width, tint = LINE if key.line else MARKER, f"var(--{key.look.role})"
    size = {"width": f"{width:g}", "height": f"{HEIGHT:g}", "viewBox": f"0 0 {width:g} {HEIGHT:g}"}
    drawn = Element("svg", {"class": "swatch", "aria-hidden": "true", "focusable": "false", **size})
    if key.line:
        line = {"d": f"M0 {HEIGHT / 2:g}H{width:g}", "stroke": tint, "stroke-width": "1.8", "fill": "none"}
        dashes = {"stroke-dasharray": " ".join(f"{length:g}" for length in key.look.dashes)}
        SubElement(drawn, "path", line | (dashes if key.look.dashes else {}))
    if key.look.marker:
        thick = "2" if key.look.marker == "|" else "0.5"
        SubElement(drawn, "path", {"d": _outline(key, width), "fill": tint, "stroke": tint, "stroke-width": thick})
    return tostring(drawn, encoding="unicode")


def _outline(key: Key, width: float) -> str:
    """Return a marker's outline around the middle of a sample."""
    size = HEIGHT * (0.55 if key.line else 0.72)
    style = MarkerStyle(key.look.marker)
    path = style.get_path().transformed(style.get_transform())
    steps = []
    for points, code in path.iter_segments():
        places = [f"{width / 2 + size * x:.2f} {HEIGHT / 2 - size * y:.2f}" for x, y in points.reshape(-1, 2)]
        steps.append(LETTERS[code] + ("" if code == Path.CLOSEPOLY else " ".join(places)))
    return "".join(steps)
