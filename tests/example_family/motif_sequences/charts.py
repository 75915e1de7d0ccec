"""The chart of a task: how well each contender finds each motif."""

import math

from harness.plots.charts import DotChart, averaged
from harness.tables.related import grouped, having
from harness.tables.values import TaskTable


def recall_chart(table: TaskTable) -> DotChart | None:
    """Return the recall of each motif, a row a contender; None where no recall was scored."""
    metrics = grouped(table).get("recalls", [])
    if not metrics:
        return None
    rows = having(table, metrics)
    means = tuple(tuple(100 * row.measures[m.name].mean for m in metrics) for row in rows)
    spreads = tuple(tuple(100 * row.measures[m.name].std for m in metrics) for row in rows)
    lowest = {row.contender: min(own) for row, own in zip(rows, means, strict=True)}
    best = max(lowest, key=lambda name: lowest[name] if math.isfinite(lowest[name]) else -math.inf)
    return DotChart(
        f"{table.task.name}-recalls",
        "recalls",
        f"{table.task.title}: {best} finds at least {lowest[best]:.0f} % of every motif",
        f"{averaged(table, spreads=True)}.",
        "recall %",
        tuple(row.contender for row in rows),
        tuple(row.kind for row in rows),
        tuple(m.header for m in metrics),
        means,
        spreads,
    )
