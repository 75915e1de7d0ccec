"""Charts of calibration: the estimated transition matrices beside the true one."""

import math
from collections.abc import Sequence
from itertools import chain

from harness.contract.metric import Metric
from harness.plots.charts import MatrixChart, averaged
from harness.protocols.noisy_labels.metrics import BASES, SHOWN_BASE
from harness.tables.related import grouped, having
from harness.tables.values import BoardRow, TaskTable

Cells = tuple[tuple[float, ...], ...]
TRUTH = "true shares"


def transition_chart(table: TaskTable) -> MatrixChart | None:
    """Return the true transition matrix and each contender's estimate; None where no contender has one."""
    groups = grouped(table)
    estimates, truths = groups.get("estimated transitions", []), groups.get("true transitions", [])
    if not estimates or not truths:
        return None
    rows = having(table, estimates)
    labels = tuple(dict.fromkeys(metric.values["true"] for metric in estimates))
    truth = _cells(next(iter(having(table, truths))), truths, labels)
    matrices = tuple(_cells(row, estimates, labels) for row in rows)
    distances = [_distance(matrix, truth) for matrix in matrices]
    nearest = min(range(len(rows)), key=lambda n: (not math.isfinite(distances[n]), distances[n]))
    return MatrixChart(
        f"{table.task.name}-transitions",
        "estimated transitions",
        f"{table.task.title}: the estimate of {rows[nearest].contender} is nearest to the true shares, "
        f"{distances[nearest]:.1f} points away on average",
        f"{averaged(table)}, on the classifier {BASES[SHOWN_BASE]}; a row is a class, its cells the percent of its "
        "images with each noisy label.",
        labels,
        (TRUTH, *(row.contender for row in rows)),
        (truth, *matrices),
    )


def _cells(row: BoardRow, metrics: Sequence[Metric], labels: Sequence[str]) -> Cells:
    """Return the matrix of a row in percent; NaN where it has no value."""
    names = {(m.values["true"], m.values["noisy"]): m.name for m in metrics}

    def cell(true: str, noisy: str) -> float:
        measure = row.measures.get(names.get((true, noisy), ""))
        return 100 * measure.mean if measure else math.nan

    return tuple(tuple(cell(true, noisy) for noisy in labels) for true in labels)


def _distance(matrix: Cells, truth: Cells) -> float:
    """Return the mean absolute difference of two matrices, in points."""
    pairs = zip(chain.from_iterable(matrix), chain.from_iterable(truth), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(truth) ** 2
