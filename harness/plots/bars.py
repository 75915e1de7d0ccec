"""A bar for each contender, stacked of parts, with its total at its end."""

from harness.plots.charts import BarChart, Scaled
from harness.plots.frames import PAD, Rows, named_rows
from harness.plots.sheet import Medium, Sheet, text_width
from harness.plots.style import PARTS, Key, Look

ROW, BAR = 16.0, 0.66
"""A row's height in points, and the share of it that its bar takes."""


def keys(chart: BarChart) -> tuple[Key, ...]:
    """Return the legend."""
    return tuple(Key(f"s{n}", part, Look(_role(n), "s")) for n, part in enumerate(chart.parts))


def draw(chart: BarChart, medium: Medium) -> Sheet:
    """Draw a stacked bar for each contender."""
    rows = Rows(ROW, right=max(map(text_width, chart.totals)) + PAD, within=(0.0, max(map(sum, chart.values))))
    roles = ["method" if kind == "method" else "ink" for kind in chart.kinds]
    ends = [0.0, *map(sum, chart.values)]
    sheet, axes = named_rows(
        medium, chart, rows, chart.rows, Scaled(chart.axis), ends, roles=roles, keys=keys(chart)
    )
    pen = sheet.on(axes)
    for number, part in enumerate(chart.parts):
        shown = [(place, own) for place, own in enumerate(chart.values) if own[number] > 0]
        outlines = [_outline(place, sum(own[:number]), own[number]) for place, own in shown]
        words = [f"{chart.rows[place]}, {part}: {own[number]:.3g} {chart.axis}" for place, own in shown]
        pen.areas(outlines, _role(number), series=f"s{number}", words=words)
    for place, (total, own) in enumerate(zip(chart.totals, chart.values, strict=True)):
        sheet.text(sheet.place(axes, sum(own), place)[0] + 4.0, rows.middle(place), total, "muted")
    return sheet


def _outline(place: int, start: float, length: float) -> list[tuple[float, float]]:
    top, bottom, end = place - BAR / 2, place + BAR / 2, start + length
    return [(start, top), (end, top), (end, bottom), (start, bottom)]


def _role(number: int) -> str:
    return PARTS[number % len(PARTS)]
