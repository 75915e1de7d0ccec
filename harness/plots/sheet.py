"""The sheet that a chart is drawn on, which becomes a PNG that stands alone or the SVG of a page's figure.

Places are in points, x from the left, y down from below the heading.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform

from harness.plots.pen import Pen
from harness.plots.style import PALETTE
from harness.plots.svg import Tag, themed

DPI = 150
FONT = "DejaVu Sans"
SIZE = 9.0
COLOURS = 256
"""Colours of a PNG: thin lines keep their colours, in a third of the bytes."""

SETTINGS = {
    "font.family": FONT,
    "font.size": SIZE,
    "text.parse_math": False,  # a name with two dollar signs is a name
    "lines.scale_dashes": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "bench",
    "path.simplify": False,
}


@dataclass(frozen=True)
class Medium:
    """Size and content of a drawing for its place: an image file or a page.

    Attributes:
        width: in points; of a page's figure small enough for a phone, which shows it as wide as itself.
        margin: points around it.
        standalone: whether title, caption, legend and all names are in the drawing; else they stand around it.
    """

    width: float
    margin: float
    standalone: bool


PICTURE = Medium(492.0, 6.0, True)
PAGE = Medium(280.0, 0.0, False)


class Sheet:
    """A sheet of a height below a heading of another height."""

    def __init__(self, medium: Medium, height: float, head: float = 0.0) -> None:
        self.medium, self.width, self.height = medium, medium.width, height
        self.tags: dict[str, Tag] = {}
        size = (self.width + 2 * medium.margin) / 72, (height + head + 2 * medium.margin) / 72
        self.figure = Figure(size, dpi=72, facecolor=PALETTE["paper"])
        self.figure.patch.set_visible(medium.standalone)
        flipped = Affine2D().scale(1, -1).translate(medium.margin, height + medium.margin).scale(1 / 72)
        self.points: Transform = flipped + self.figure.dpi_scale_trans
        self.pen = Pen(self, self.points)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        role: str = "ink",
        *,
        ha: str = "left",
        va: str = "center_baseline",
        size: float = SIZE,
        series: str = "",
        **font: Any,
    ) -> None:
        """Write text in a colour of the palette; nothing for ""."""
        if not text:
            return
        drawn = Text(
            x, y, text, color=PALETTE[role], ha=ha, va=va, fontsize=size, transform=self.points, zorder=4, **font
        )
        self.figure.add_artist(drawn)
        if series:
            self.tag(drawn, Tag((series,)))

    def tag(self, artist: Any, tag: Tag) -> None:
        """Let a page know what it is to know of an artist."""
        gid = f"tag{len(self.tags)}"
        artist.set_gid(gid)
        self.tags[gid] = tag

    def png(self) -> bytes:
        """Return the sheet as PNG bytes without date and version."""
        from PIL import Image

        self.figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())  # type: ignore[attr-defined]
        buffer = io.BytesIO()
        pixels.convert("RGB").quantize(COLOURS).save(buffer, format="png", dpi=(DPI, DPI), optimize=True)
        return buffer.getvalue()

    def svg(self, name: str, kind: str, title: str, description: str) -> str:
        """Return the sheet as an element of a page, a figure with a name there; see :func:`themed`."""
        buffer = io.StringIO()
        FigureCanvasSVG(self.figure).print_svg(buffer, metadata={"Date": None})
        return themed(buffer.getvalue(), name, kind, title, description, self.tags)


@contextmanager
def styled() -> Iterator[None]:
    """Draw inside with our settings only, independent of the user's configuration of matplotlib."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


@cache
def text_width(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Return the width of a line of text in points; the fonts of pages are narrower, seldom wider."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def shortened(text: str, room: float) -> str:
    """Return a text that fits into `room` points, its end cut off if it must be."""
    if text_width(text) <= room:
        return text
    kept = next((n for n in range(len(text) - 1, 0, -1) if text_width(text[:n] + "…") <= room), 0)
    return text[:kept] + "…"
