"""Mean ranks over tasks; bars join contenders that no test separates."""

from harness.plots.board_charts import RankChart
from harness.plots.charts import Scaled
from harness.plots.frames import PAD, Rows, named_rows
from harness.plots.pen import Place
from harness.plots.sheet import Medium, Sheet, text_width
from harness.plots.style import Key, Look

ROW = 15.0
GROUP = 9.0
"""Points from one bar to the next."""
HEADER = "not separated"


def keys(chart: RankChart) -> tuple[Key, ...]:
    """Return no legend: the bars have a header."""
    return ()


def draw(chart: RankChart, medium: Medium) -> Sheet:
    """Draw a dot for each mean rank; a dot on a bar marks each member, for a bar may skip one between them."""
    right = max(GROUP * len(chart.groups), text_width(HEADER)) + 2 * PAD
    rows = Rows(ROW, 14.0, right, (0.8, len(chart.names) + 0.2))
    shown = [f"{name}  {rank:.1f}" for name, rank in zip(chart.names, chart.ranks, strict=True)]
    sheet, axes = named_rows(medium, chart, rows, shown, Scaled(chart.axis), [1.0, float(len(chart.names))])
    pen = sheet.on(axes)
    places: list[Place] = [(rank, float(place)) for place, rank in enumerate(chart.ranks)]
    pen.segments([((1.0, y), (x, y)) for x, y in places], "faint", 1.0, z=1)
    words = [f"{name}: mean rank {rank:.2f}" for name, rank in zip(chart.names, chart.ranks, strict=True)]
    pen.markers(places, Look("baseline", "o"), words=words)
    sheet.text(sheet.width - right + PAD, 5.0, HEADER, "muted")
    for number, group in enumerate(chart.groups):
        x = sheet.width - right + 2 * PAD + GROUP * number
        members = [(x, rows.middle(place)) for place in sorted(group)]
        sheet.pen.line(members, "ink", 1.8)
        sheet.pen.markers(members, Look("ink", "o"), 4.5)
    return sheet
