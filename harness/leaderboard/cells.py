"""The columns of a table as text, shared by the terminal, markdown and LaTeX."""

import math
from collections.abc import Callable
from typing import Literal

from harness.contract.metric import Metric
from harness.tables.columns import ABSENT, Column
from harness.tables.labels import interval, mean, metric_header, name
from harness.tables.measured import number
from harness.tables.values import BoardRow, TaskTable
from harness.tables.words import count, p_value, seconds, size


def ranking_columns(table: TaskTable) -> list[Column]:
    """Return group, mean, interval, difference to the reference, the paper's figure, costs; empty ones left out."""
    reference = table.reference
    columns = [
        Column("group", "group", "left", groups(table)),
        _column(table, "contender", "contender", "left", name),
        _column(table, "mean", metric_header(table), "right", lambda r: mean(table, r)),
        _column(table, "interval", "95 % interval", "left", lambda r: interval(table, r)),
        _column(table, "to_reference", change_header(table, reference), "right", lambda r: against(table, r)),
        _column(table, "paper", "paper", "right", lambda r: str(r.paper) if r.paper else ABSENT),
        _column(table, "fit", "fit time", "right", lambda r: seconds(r.costs.fit_seconds)),
        _column(table, "memory", "memory", "right", lambda r: size(r.costs.peak_bytes)),
        _column(table, "parameters", "parameters", "right", lambda r: count(r.costs.parameters)),
    ]
    return [column for column in columns if not column.empty]


def detail_columns(table: TaskTable) -> list[Column]:
    """Return contender, possible ranks, differences, p values, spreads and trials; empty columns are left out."""
    scale = table.scale
    part = table.task.layout if table.task.over_folds else "folds"
    best = table.rows[0].contender
    columns = [
        _column(table, "contender", "contender", "left", name),
        _column(table, "rank", "rank", "right", lambda r: r.rank if table.units > 1 else ABSENT),
        _column(table, "to_best", change_header(table, best), "right", lambda r: change_text(table, r.to_best)),
        _column(table, "p_best", "p best", "right", lambda r: p_value(r.p_best)),
        _column(table, "p_reference", f"p, {table.reference}", "right", _p_reference),
        _column(table, "fold_std", f"sd {part}", "right", lambda r: scale.spread(r.fold_std)),
        _column(table, "seed_std", "sd seeds", "right", lambda r: scale.spread(r.seed_std)),
        _column(table, "trials", "trials", "right", trials),
        _column(table, "predict", "predict", "right", lambda r: seconds(r.costs.predict_seconds)),
        _column(table, "tried", "tried", "right", lambda r: count(r.costs.configurations_tried)),
    ]
    return [column for column in columns if not column.empty]


def groups(table: TaskTable) -> tuple[str, ...]:
    """Return the group of each row; one unit allows none but ``failed``."""
    return tuple(row.group if table.units > 1 or row.group == "failed" else "" for row in table.rows)


def against(table: TaskTable, row: BoardRow) -> str:
    """Return the difference to the reference, starred where Dunnett's test separates the two."""
    if row.to_reference is None:
        return ABSENT
    star = "*" if row.to_reference.p <= table.decisions.alpha else ""
    return change_text(table, row.to_reference.difference) + star


def _p_reference(row: BoardRow) -> str:
    return ABSENT if row.to_reference is None else p_value(row.to_reference.p)


def diagnostic_columns(table: TaskTable) -> list[Column]:
    """Return contender and the metrics that are neither ranked nor in a table of their own; empty ones left out."""
    columns = [_column(table, "contender", "contender", "left", name)]
    for diagnostic in dict.fromkeys(key for row in table.rows for key in row.diagnostics):
        known = table.task.metrics[diagnostic]
        if not known.table:
            text = _diagnostic(known, diagnostic)
            columns.append(_column(table, f"metric.{diagnostic}", known.header, "right", text))
    return [column for column in columns if not column.empty]


def _diagnostic(metric: Metric, name: str) -> Callable[[BoardRow], str]:
    def text(row: BoardRow) -> str:
        return number(metric, row.diagnostics.get(name, math.nan))

    return text


def _column(
    table: TaskTable, key: str, header: str, align: Literal["left", "right"], text: Callable[[BoardRow], str]
) -> Column:
    return Column(key, header, align, tuple(text(row) for row in table.rows))


def change_header(table: TaskTable, other: str) -> str:
    """Return the header of the column of differences to, or ratios over, another contender."""
    return f"{'÷' if table.scale.kind == 'log10' else '−'} {other}"


def change_text(table: TaskTable, difference: float) -> str:
    """Return a difference in points or as a ratio; absent where there is none."""
    return table.scale.difference(difference) if math.isfinite(difference) else ABSENT


def trials(row: BoardRow) -> str:
    """Return the numbers of trials, of failed trials and of missing trials."""
    parts = [str(row.trials)]
    if row.failures:
        parts.append(f"{row.failed_trials} failed")
    if row.missing:
        parts.append(f"{row.missing} missing")
    return ", ".join(parts)
