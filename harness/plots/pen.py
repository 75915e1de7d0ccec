"""The strokes that charts are drawn with: their colours are of the palette, they may have words and a legend."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from harness.plots.style import PALETTE, Look
from harness.plots.svg import Tag

if TYPE_CHECKING:
    from harness.plots.sheet import Sheet

Place = tuple[float, float]
POINT = 5.5
"""Size of a marker in points."""


def rectangle(left: float, top: float, right: float, bottom: float) -> list[Place]:
    """Return the outline between two corners."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


class Pen:
    """Draws on the axes or the figure of a sheet, in the places of a transform.

    All strokes take a `series` (the part of the legend), `words` (of each shape in its order), `z` (what is higher
    covers what is lower), and `ghost`: not seen before it is pointed at on a page.
    """

    def __init__(self, sheet: "Sheet", host: Axes | Figure, transform: Transform) -> None:
        self._sheet, self._host, self._transform = sheet, host, transform

    def line(
        self,
        places: Sequence[Place],
        role: str,
        width: float = 1.3,
        *,
        dashes: Sequence[float] = (),
        **options: Any,
    ) -> None:
        """Draw a line through places."""
        x, y = zip(*places, strict=True) if places else ((), ())
        style = (0, tuple(dashes)) if dashes else "-"
        self._add(Line2D(x, y, color=PALETTE[role], linewidth=width, linestyle=style), **options)

    def segments(self, pairs: Sequence[tuple[Place, Place]], role: str, width: float = 1.3, **options: Any) -> None:
        """Draw a straight line between the places of each pair."""
        if pairs:
            self._add(LineCollection(pairs, colors=PALETTE[role], linewidths=width, capstyle="butt"), **options)

    def markers(
        self, places: Sequence[Place], look: Look, size: float = POINT, *, hollow: bool = False, **options: Any
    ) -> None:
        """Draw a marker at each place; a `hollow` one is a ring."""
        if not places:
            return
        x, y = zip(*places, strict=True)
        tint = PALETTE[look.role]
        edge = tint if hollow or look.marker in "|_" else PALETTE["paper"]
        width = 1.5 if edge == tint else 0.6
        drawn = Line2D(x, y, marker=look.marker, markersize=size, linestyle="none", color=tint)
        drawn.set(markeredgecolor=edge, markeredgewidth=width, markerfacecolor="none" if hollow else tint)
        self._add(drawn, **options)

    def areas(
        self, outlines: Sequence[Sequence[Place]], role: str, shades: Sequence[float] = (), **options: Any
    ) -> None:
        """Fill the area in each outline, as opaque as its shade (1 where there are none)."""
        if outlines:
            fills = [to_rgba(PALETTE[role], shade) for shade in shades or [1.0] * len(outlines)]
            self._add(PolyCollection(outlines, facecolors=fills, linewidths=0), **options)

    def _add(
        self,
        artist: Any,
        *,
        series: str = "",
        words: Sequence[str] = (),
        z: float = 2.0,
        ghost: bool = False,
        clipped: bool = False,
    ) -> None:
        if ghost and self._sheet.medium.standalone:
            return
        artist.set(zorder=z, transform=self._transform)
        if series or words:
            self._sheet.tag(artist, Tag(series, tuple(words), ghost))
        self._place(artist)
        artist.set_clip_on(clipped)

    def _place(self, artist: Artist) -> None:
        if isinstance(self._host, Figure):
            self._host.add_artist(artist)
        elif isinstance(artist, Line2D):
            self._host.add_line(artist)
        else:
            self._host.add_collection(artist, autolim=False)  # type: ignore[arg-type]
