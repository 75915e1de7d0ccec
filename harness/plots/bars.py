"""A bar for each contender, stacked of parts, with its total at its end."""

from harness.plots.charts import BarChart, Scaled
from harness.plots.frames import PAD, Rows, named_rows
from harness.plots.pen import rectangle
from harness.plots.sheet import Medium, Sheet, shortened, text_width
from harness.plots.style import PARTS, Key, Look

ROW, BAR = 16.0, 0.66
"""A row's height in points, and the share of it that its bar takes."""
WIDEST_TOTAL = 0.3
"""Share of a sheet that totals may take."""


def keys(chart: BarChart) -> tuple[Key, ...]:
    """Return the legend."""
    return tuple(Key(f"s{n}", part, Look(_role(n), "s")) for n, part in enumerate(chart.parts))


def draw(chart: BarChart, medium: Medium) -> Sheet:
    """Draw a stacked bar for each contender."""
    room = min(max(map(text_width, chart.totals)), WIDEST_TOTAL * medium.width) + 1.0
    rows = Rows(ROW, right=room + PAD, within=(0.0, max(map(sum, chart.values))))
    roles = ["method" if kind == "method" else "ink" for kind in chart.kinds]
    ends = [0.0, *map(sum, chart.values)]
    sheet, axes = named_rows(
        medium, chart, rows, chart.rows, Scaled(chart.axis), ends, roles=roles, keys=keys(chart)
    )
    pen = sheet.on(axes)
    for number, part in enumerate(chart.parts):
        shown = [(place, own) for place, own in enumerate(chart.values) if own[number] > 0]
        spans = [(place, sum(own[:number]), sum(own[: number + 1])) for place, own in shown]
        outlines = [rectangle(start, place - BAR / 2, end, place + BAR / 2) for place, start, end in spans]
        words = [f"{chart.rows[place]}, {part}: {own[number]:.3g} {chart.axis}" for place, own in shown]
        pen.areas(outlines, _role(number), series=f"s{number}", words=words)
    for place, (total, own) in enumerate(zip(chart.totals, chart.values, strict=True)):
        end, _ = sheet.place(axes, sum(own), place)
        sheet.text(end + 4.0, rows.middle(place), shortened(total, room), "muted")
    return sheet


def _role(number: int) -> str:
    return PARTS[number % len(PARTS)]
