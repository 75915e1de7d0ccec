"""A figure on a page: the drawing, its key, and the same numbers as a table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from harness.report.tables import Table


@dataclass(frozen=True)
class Key:
    """An entry of a figure's legend.

    Attributes:
        series: what it shows and hides; empty for an entry that only explains a sign.
        css: class of its colour.
        shape: of its swatch: a marker's or ``line``.
        dash: of the line, as in SVG; "" for a solid one.
    """

    series: str
    label: str
    css: str
    shape: str
    dash: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure with everything that says the same without it.

    Attributes:
        name: identifier on the page.
        caption: what to know to read it.
        data: its numbers.
    """

    name: str
    title: str
    drawing: Markup
    keys: tuple[Key, ...]
    caption: str
    data: "Table"
