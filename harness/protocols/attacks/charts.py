"""Classifiers under attack: accuracy by kind of signal, and predicted against true attack."""

import math
from collections.abc import Sequence

from harness.contract.metric import Metric
from harness.plots.charts import DotChart, MatrixChart, averaged
from harness.tables.related import grouped, having
from harness.tables.values import BoardRow, TaskTable


def condition_chart(table: TaskTable) -> DotChart | None:
    """Return the accuracy of each contender by kind of signal; None where there are fewer than two kinds."""
    metrics = grouped(table).get("conditions", [])
    if len(metrics) < 2:
        return None
    rows = having(table, metrics)
    values = tuple(tuple(100 * _mean(row, m) for m in metrics) for row in rows)
    best, lowest, kind = _best_worst(rows, [m.header for m in metrics], values)
    return DotChart(
        f"{table.task.name}-conditions",
        "conditions",
        f"{table.task.title}: {best} has the best worst case, a mean of {lowest:.1f} % ({kind})",
        f"{averaged(table, spreads=True)}.",
        "accuracy %",
        tuple(row.contender for row in rows),
        tuple(row.kind for row in rows),
        tuple(m.header for m in metrics),
        values,
        tuple(tuple(100 * _std(row, m) for m in metrics) for row in rows),
    )


def confusion_chart(table: TaskTable) -> MatrixChart | None:
    """Return a confusion matrix for each contender that identifies attacks; None where none does."""
    metrics = grouped(table).get("confusion", [])
    if not metrics:
        return None
    pairs = {(true, predicted): m for m in metrics for true, predicted in [m.header.split(" as ")]}
    labels = tuple(dict.fromkeys(true for true, _ in pairs))
    rows = having(table, metrics)
    matrices = tuple(
        tuple(
            tuple(
                100 * _mean(row, pairs[true, predicted]) if (true, predicted) in pairs else math.nan
                for predicted in labels
            )
            for true in labels
        )
        for row in rows
    )
    recalls = {
        row.contender: sum(matrix[i][i] for i in range(len(labels))) / len(labels)
        for row, matrix in zip(rows, matrices, strict=True)
    }
    best = max(recalls, key=lambda name: (math.isfinite(recalls[name]), recalls[name]))
    return MatrixChart(
        f"{table.task.name}-confusion",
        "confusion",
        f"{table.task.title}: {best} recognises most attacks, {recalls[best]:.0f} % on average",
        f"{averaged(table)}; a row is an attack, its cells the percent of its signals predicted as each attack.",
        labels,
        tuple(row.contender for row in rows),
        matrices,
    )


def _mean(row: BoardRow, metric: Metric) -> float:
    return row.measures[metric.name].mean if metric.name in row.measures else math.nan


def _std(row: BoardRow, metric: Metric) -> float:
    return row.measures[metric.name].std if metric.name in row.measures else math.nan


def _best_worst(
    rows: Sequence[BoardRow], kinds: Sequence[str], values: Sequence[Sequence[float]]
) -> tuple[str, float, str]:
    """Return the contender with the largest minimum over the shared kinds of signal, that minimum, and its kind."""
    shared = [n for n in range(len(kinds)) if all(math.isfinite(own[n]) for own in values)] or range(len(kinds))
    worst = []
    for row, own in zip(rows, values, strict=True):
        lowest = min((n for n in shared if math.isfinite(own[n])), key=lambda n: own[n])
        worst.append((own[lowest], row.contender, kinds[lowest]))
    lowest_value, best, kind = max(worst, key=lambda one: one[0])
    return best, lowest_value, kind
