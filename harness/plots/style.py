"""What all figures share: colours that the colour-blind can tell apart, fonts, and deterministic PNG."""

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from harness.tables.values import Row

DPI = 150
WIDTH = 7.0
PALETTE_SIZE = 64
MANY_COLOURS = 256

# The palette of Okabe and Ito (2008); markers repeat what the colours say.
COLOURS: Mapping[str, str] = {
    "method": "#D55E00",
    "baseline": "#0072B2",
    "control": "#009E73",
    "plug-in": "#CC79A7",
}
MARKERS: Mapping[str, str] = {"method": "D", "baseline": "o", "control": "s", "plug-in": "^"}
PAPER_COLOUR = "#595959"
FAINT = "#BFBFBF"
TEXT = "#222222"

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#808080",
    "axes.labelcolor": TEXT,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "legend.frameon": False,
}


SERIES_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#8F6B00", "#56B4E9", "#5650C8", "#595959")
SERIES_MARKERS = ("D", "o", "s", "^", "v", "P", "X", "d")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
"""Lines of many contenders: colour and marker go round, and each round has dashes of its own."""


@dataclass(frozen=True)
class Drawn:
    """A figure: the stem of its file's name, what it shows in words, and its bytes."""

    name: str
    alt: str
    png: bytes


@contextmanager
def styled() -> Iterator[None]:
    """Draw inside with our settings alone, whatever the user's configuration of matplotlib is."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def new_figure(height: float, width: float = WIDTH) -> "Figure":
    """Return an empty figure of a size in inches, with a canvas of its own and no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: "Figure", palette: int = PALETTE_SIZE) -> bytes:
    """Return the figure as PNG bytes without date and version, in 64 colours by default: a third of the size.

    Figures that tell many contenders or conditions apart by colour need a `palette` of 256: of 64 colours the thin
    lines would get none.
    """
    from PIL import Image

    figure.canvas.draw()
    pixels = Image.frombuffer("RGBA", figure.canvas.get_width_height(), figure.canvas.buffer_rgba())  # type: ignore[attr-defined]
    buffer = io.BytesIO()
    pixels.convert("RGB").quantize(palette).save(buffer, format="png", dpi=(DPI, DPI), optimize=True)
    return buffer.getvalue()


def wrapped(title: str, characters: int = 80) -> str:
    """Break a title into lines that fit the figure."""
    return textwrap.fill(title, characters, break_on_hyphens=False)


def numbered(rows: "Sequence[Row]") -> dict[str, int]:
    """Return a number for each contender, methods first; it chooses colour and dashes in all charts of a task."""
    methods = [row.contender for row in rows if row.kind == "method"]
    return {name: n for n, name in enumerate(dict.fromkeys([*methods, *(row.contender for row in rows)]))}


def line_style(number: int) -> dict[str, Any]:
    """Return colour, marker and dashes of the contender with a number."""
    place, turn = number % len(SERIES_COLOURS), number // len(SERIES_COLOURS)
    return {
        "color": SERIES_COLOURS[place],
        "marker": SERIES_MARKERS[place],
        "linestyle": DASHES[turn % len(DASHES)],
    }


def colour(kind: str) -> str:
    """Return the colour of a kind of contender."""
    return COLOURS.get(kind, PAPER_COLOUR)


def marker(kind: str) -> str:
    """Return the marker of a kind of contender."""
    return MARKERS.get(kind, "o")


def heading(figure: "Figure", title: str) -> None:
    """Write a figure's title at its top left."""
    figure.suptitle(wrapped(title), x=0.01, ha="left", fontsize=10, fontweight="bold")


def decimal_ticks(axis: "Axis", values: Sequence[float], few: float = 40.0, finer: float = 1.0) -> None:
    """Label a logarithmic axis with plain numbers, between the decades too where it spans less than a factor `few`.

    Below a factor `finer` there are more of them.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    span = max(values) / min(values)
    between = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0) if span < finer else (1.0, 2.0, 5.0) if span < few else (1.0,)
    axis.set_major_locator(LogLocator(subs=between))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def kind_legend(axes: "Axes", kinds: Sequence[str]) -> None:
    """Add, above the axes, a legend of the kinds of contender that are shown, if there are several."""
    from matplotlib.lines import Line2D

    shown = [kind for kind in COLOURS if kind in kinds]
    handles = [Line2D([], [], color=colour(k), marker=marker(k), linestyle="none", label=k) for k in shown]
    if len(shown) > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 1.0), "ncols": len(shown)}
        axes.legend(handles=handles, borderpad=0.2, handletextpad=0.2, fontsize=8, **place)
