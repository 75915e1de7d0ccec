"""Title, caption and legend of a drawing that stands alone; on a page they stand around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.plots.charts import Captioned
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import Key

TITLE, LINE = 10.0, 13.0
SAMPLE, GAP, BETWEEN = 14.0, 4.0, 12.0
"""Points: a legend's sample, from it to its label, and on to the next sample."""


@dataclass(frozen=True)
class Heading:
    """Lines of a title and a caption, and rows of a legend as (x, key)."""

    title: tuple[str, ...]
    caption: tuple[str, ...]
    legend: tuple[tuple[tuple[float, Key], ...], ...]

    @property
    def height(self) -> float:
        """Points that it takes."""
        lines = LINE * (len(self.title) + len(self.caption) + len(self.legend))
        return lines + 3.0 * bool(self.legend) + 7.0

    def write(self, sheet: Sheet) -> None:
        """Write it above the sheet's body."""
        y = LINE * 0.75 - self.height
        for line in self.title:
            sheet.text(0.0, y, line, size=TITLE, weight="bold", va="center")
            y += LINE
        for line in self.caption:
            sheet.text(0.0, y, line, "muted", va="center")
            y += LINE
        y += 3.0
        for row in self.legend:
            for x, key in row:
                _sample(sheet, x, y, key)
                sheet.text(x + SAMPLE + GAP, y, shortened(key.label, sheet.width - SAMPLE - GAP), va="center")
            y += LINE


def headed(medium: Medium, chart: Captioned, height: float, keys: Sequence[Key] = ()) -> Sheet:
    """Return a sheet of a height for a chart, under its heading where it stands alone."""
    if not medium.standalone:
        return Sheet(medium, height)
    heading = Heading(
        tuple(_wrapped(chart.title, medium.width, TITLE, "bold")),
        tuple(_wrapped(chart.caption, medium.width)),
        tuple(_rows(keys, medium.width)),
    )
    sheet = Sheet(medium, height, heading.height)
    heading.write(sheet)
    return sheet


def _sample(sheet: Sheet, x: float, y: float, key: Key) -> None:
    if key.line:
        sheet.pen.line([(x, y), (x + SAMPLE, y)], key.look.role, dashes=key.look.dashes)
    if key.look.marker:
        sheet.pen.markers([(x + SAMPLE / 2, y)], key.look)


def _wrapped(text: str, width: float, *font: float | str) -> Iterator[str]:
    """Yield the lines of a text that fit a width."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and text_width(longer, *font) > width:  # type: ignore[arg-type]
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _rows(keys: Sequence[Key], width: float) -> Iterator[tuple[tuple[float, Key], ...]]:
    row: list[tuple[float, Key]] = []
    x = 0.0
    for key in keys:
        taken = SAMPLE + GAP + text_width(key.label)
        if row and x + taken > width:
            yield tuple(row)
            row, x = [], 0.0
        row.append((x, key))
        x += taken + BETWEEN
    if row:
        yield tuple(row)
