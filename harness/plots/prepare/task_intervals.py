"""Means of a task with their intervals: the leader, and the contenders that the tests do not separate from it."""

import math

from harness.plots.board_charts import IntervalChart, MeanMark
from harness.plots.charts import NAN, Scaled
from harness.tables.columns import ABSENT
from harness.tables.labels import failures, headline, interval, mean, metric_header, name
from harness.tables.values import BoardRow, TaskTable

PERCENT = (0.0, 100.0)
ANYWHERE = (-math.inf, math.inf)


def interval_chart(table: TaskTable) -> IntervalChart | None:
    """Return a task's means, 95 % intervals, rank ranges and the paper's figures; None if all contenders failed."""
    if not table.ranked:
        return None
    rows = tuple(_row(table, row) for row in table.rows)
    return IntervalChart(
        f"{table.task.name}-intervals",
        "",
        title(table),
        _caption(table),
        alt(table),
        Scaled(metric_header(table), logarithmic=table.scale.kind == "log10"),
        rows,
        aside="rank" if table.units > 1 else "",
        other="the paper's figure" if any(math.isfinite(row.other) for row in rows) else "",
        within=PERCENT if table.scale.kind == "percent" else ANYWHERE,
    )


def title(table: TaskTable) -> str:
    """Return the finding of the figure."""
    best = table.rows[0]
    finding = f"{table.task.title}: {best.contender} has the best mean"
    if table.units < 2:
        return f"{finding} of one {table.unit}; no test is possible"
    rivals = len(table.best_set) - 1
    if len(table.ranked) < 2:
        return f"{table.task.title}: {best.contender} alone has an estimate"
    if rivals:
        return f"{finding}; {rivals} other{'s' * (rivals > 1)} may be best, too"
    return f"{finding}, and no other may be best"


def alt(table: TaskTable) -> str:
    """Describe the figure for those who cannot see it."""
    shown = ", ".join(
        f"{row.contender} {table.scale.value(row.estimate.estimate)}{table.scale.unit and ' ' + table.scale.unit}"
        for row in table.ranked
        if row.estimate is not None
    )
    return f"{title(table)}. Means over {headline(table)}: {shown}."


def shown_value(table: TaskTable, value: float) -> float:
    """Return an analysed value as the figures show it: percent, or the metric's own unit."""
    return table.scale.restored(value) * (100.0 if table.scale.kind == "percent" else 1.0)


def _row(table: TaskTable, row: BoardRow) -> MeanMark:
    percent = table.scale.kind == "percent"
    paper = row.paper.value if row.paper and row.paper.unit == "percent" and percent else NAN
    label, rank = name(row), row.rank if table.units > 1 else ""
    if row.estimate is None:
        reason = failures(row) if row.failures else "no complete fold"
        return MeanMark(label, row.kind, f"{label}: {reason}", other=paper, aside=rank, instead=reason)
    bounds = interval(table, row)
    words = f"{label}: {mean(table, row)}{table.scale.unit and ' ' + table.scale.unit}"
    words += f" {bounds}" if bounds != ABSENT else ""
    words += f", rank {rank}" if rank else ""
    words += f"; paper {row.paper}" if row.paper else ""
    estimate = row.estimate
    low, high = (estimate.low, estimate.high) if estimate.known else (NAN, NAN)
    return MeanMark(
        label,
        row.kind,
        words,
        shown_value(table, estimate.estimate),
        shown_value(table, low),
        shown_value(table, high),
        other=paper,
        aside=rank,
    )


def _caption(table: TaskTable) -> str:
    kind = "Geometric means" if table.scale.kind == "log10" else "Means"
    bars = "; bars are 95 % intervals, an arrowhead where one goes on beyond the axis" if table.units > 1 else ""
    missing = "; †: trials missing" if any(row.state == "partial" for row in table.rows) else ""
    return f"{kind} over {headline(table)}{bars}{missing}."
