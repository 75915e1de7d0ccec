"""A task's means with their intervals: who leads, and whom the tests cannot tell from it."""

import math

from harness.leaderboard.cells import interval, mean, ranking_columns
from harness.plots.forest import alt, title
from harness.report.figures.axes import plain
from harness.report.figures.canvas import KIND_SHAPES
from harness.report.figures.figure import Figure, Key
from harness.report.figures.intervals import Frame, Line, draw_intervals
from harness.report.tables import table_of
from harness.report.text import anchor
from harness.tables.columns import ABSENT
from harness.tables.labels import failures, headline, metric_header, name
from harness.tables.values import Row, TaskTable

SHOWN = ("contender", "mean", "interval", "rank", "paper")


def dot_plot(table: TaskTable) -> Figure | None:
    """Return the dot plot of a task; None if all contenders failed."""
    if not table.ranked:
        return None
    what = f"{anchor('task', table.task.name)}-intervals"
    percent = table.scale.kind == "percent"
    frame = Frame(
        axis=metric_header(table),
        ticks=plain,
        aside="rank" if table.units > 1 else "",
        logarithmic=table.scale.kind == "log10",
        within=(0.0, 100.0) if percent else (-math.inf, math.inf),
    )
    columns = {column.name: column for column in ranking_columns(table)}
    return Figure(
        what,
        title(table),
        draw_intervals(what, title(table), alt(table), [_line(table, row) for row in table.rows], frame),
        keys=(*kind_keys([row.kind for row in table.rows]), *_signs(table)),
        caption=_caption(table),
        data=table_of(f"{what}-data", "The numbers of the figure", [columns[n] for n in SHOWN if n in columns]),
    )


def kind_keys(kinds: list[str]) -> tuple[Key, ...]:
    """Return the legend of the kinds of contender that are shown."""
    return tuple(Key(kind, kind, f"c-{kind}", shape) for kind, shape in KIND_SHAPES.items() if kind in kinds)


def kind_shape(kind: str) -> str:
    """Return the marker of a kind of contender."""
    return KIND_SHAPES.get(kind, "circle")


def _line(table: TaskTable, row: Row) -> Line:
    percent = table.scale.kind == "percent"
    paper = row.paper.value if row.paper and row.paper.unit == "percent" and percent else math.nan
    label, rank = name(row), row.rank if table.units > 1 else ""
    if row.estimate is None:
        why = failures(row) if row.failures else "no complete fold"
        return Line(label, row.kind, "circle", f"{label}: {why}", aside=rank, instead=why, other=paper)
    estimate = row.estimate
    bounds = interval(table, row)
    says = f"{label}: {mean(table, row)}{table.scale.unit and ' ' + table.scale.unit}"
    says += f" {bounds}" if bounds != ABSENT else ""
    says += f", rank {rank}" if rank else ""
    says += f"; paper {row.paper}" if row.paper else ""
    low, high = (estimate.low, estimate.high) if estimate.known else (math.nan, math.nan)
    return Line(
        label,
        row.kind,
        kind_shape(row.kind),
        says,
        shown(table, estimate.estimate),
        shown(table, low),
        shown(table, high),
        aside=rank,
        other=paper,
    )


def shown(table: TaskTable, value: float) -> float:
    """Return an analysed value as the figures show it: percent, or the metric's own unit."""
    return table.scale.restored(value) * (100.0 if table.scale.kind == "percent" else 1.0)


def _signs(table: TaskTable) -> tuple[Key, ...]:
    drawn = any(row.paper and row.paper.unit == "percent" for row in table.rows) and table.scale.kind == "percent"
    return (Key("", "the paper's figure", "c-paper", "bar"),) if drawn else ()


def _caption(table: TaskTable) -> str:
    kind = "Geometric means" if table.scale.kind == "log10" else "Means"
    bars = "; bars are 95 % intervals, an arrowhead where one goes on beyond the axis" if table.units > 1 else ""
    return f"{kind} over {headline(table)}{bars}."
