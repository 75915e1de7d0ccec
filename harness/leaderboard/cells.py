"""The columns of a table as text, shared by the terminal, markdown and LaTeX."""

import math
from collections.abc import Callable
from typing import Literal

from harness.contract.metric import Metric
from harness.tables.columns import ABSENT, Column
from harness.tables.labels import interval, mean, metric_header, name
from harness.tables.values import BoardDifference, BoardRow, TaskTable
from harness.tables.words import count, p_value, seconds, size


def ranking_columns(table: TaskTable) -> list[Column]:
    """Return rank, mean, interval, spreads, differences and the paper's figure; empty columns are left out."""
    scale = table.scale
    best = table.rows[0].contender

    def against_reference(row: BoardRow) -> str:
        return change_text(table, row.to_reference)

    spread = f" ({scale.spread_unit})" if scale.spread_unit else ""
    part = table.task.layout if table.task.over_folds else "folds"
    columns = [
        _column(table, "rank", "rank", "right", lambda r: r.rank),
        _column(table, "contender", "contender", "left", name),
        _column(table, "mean", metric_header(table), "right", lambda r: mean(table, r)),
        _column(table, "interval", "95 % interval", "left", lambda r: interval(table, r)),
        _column(table, "fold_std", f"sd over {part}{spread}", "right", lambda r: scale.spread(r.fold_std)),
        _column(table, "seed_std", f"sd over seeds{spread}", "right", lambda r: scale.spread(r.seed_std)),
        _column(table, "to_best", change_header(table, best), "right", lambda r: change_text(table, r.to_best)),
        _column(table, "p_best", "p (Holm)", "right", lambda r: adjusted(r.to_best)),
    ]
    if table.reference != best:
        columns += [
            _column(table, "to_reference", change_header(table, table.reference), "right", against_reference),
            _column(table, "p_reference", "p (Holm)", "right", lambda r: adjusted(r.to_reference)),
        ]
    columns.append(_column(table, "paper", "paper", "right", lambda r: str(r.paper) if r.paper else ABSENT))
    columns.append(_column(table, "trials", "trials", "right", trials))
    return [column for column in columns if not column.empty]


def cost_columns(table: TaskTable) -> list[Column]:
    """Return contender, costs and the diagnostics of no table of their own; empty columns are left out."""
    columns = [
        _column(table, "contender", "contender", "left", name),
        _column(table, "fit", "fit time", "right", lambda r: seconds(r.costs.fit_seconds)),
        _column(table, "predict", "inference time", "right", lambda r: seconds(r.costs.predict_seconds)),
        _column(table, "memory", "peak memory", "right", lambda r: size(r.costs.peak_bytes)),
        _column(table, "parameters", "parameters", "right", lambda r: count(r.costs.parameters)),
        _column(table, "tried", "configurations tried", "right", lambda r: count(r.costs.configurations_tried)),
    ]
    for diagnostic in dict.fromkeys(key for row in table.rows for key in row.diagnostics):
        known = table.task.metrics[diagnostic]
        if not known.table:
            columns.append(_column(table, diagnostic, known.header, "right", _diagnostic(known, diagnostic)))
    return [column for column in columns if not column.empty]


def _diagnostic(metric: Metric, name: str) -> Callable[[BoardRow], str]:
    def text(row: BoardRow) -> str:
        value = row.diagnostics.get(name, math.nan)
        if not math.isfinite(value):
            return ABSENT
        return f"{100 * value:.1f}" if metric.kind == "share" else f"{value:.3g}"

    return text


def _column(
    table: TaskTable, key: str, header: str, align: Literal["left", "right"], text: Callable[[BoardRow], str]
) -> Column:
    return Column(key, header, align, tuple(text(row) for row in table.rows))


def change_header(table: TaskTable, other: str) -> str:
    """Return the header of the column of differences to, or ratios over, another contender."""
    sign, unit = ("÷", "") if table.scale.kind == "log10" else ("−", table.scale.difference_unit)
    return f"{sign} {other}" + (f" ({unit})" if unit else "")


def change_text(table: TaskTable, difference: BoardDifference | None) -> str:
    """Return a difference in points or as a ratio; absent where it was not tested."""
    if difference is None or difference.comparison is None:
        return ABSENT
    return table.scale.difference(difference.comparison.difference)


def adjusted(difference: BoardDifference | None) -> str:
    """Return the adjusted p value of a difference."""
    return ABSENT if difference is None else p_value(difference.p_holm)


def trials(row: BoardRow) -> str:
    """Return the numbers of trials, of failed trials and of missing trials."""
    parts = [str(row.trials)]
    if row.failures:
        parts.append(f"{row.failed_trials} failed")
    if row.missing:
        parts.append(f"{row.missing} missing")
    return ", ".join(parts)
