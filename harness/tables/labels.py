"""Names and headings of tables and their rows."""

from harness.statistics.intervals import plural
from harness.tables.columns import ABSENT, PARTIAL_MARK
from harness.tables.scales import Scale
from harness.tables.values import BoardRow, TaskTable
from harness.task import Task


def metric_header(table: TaskTable) -> str:
    """Return the ranked metric with its unit and an arrow to the better side, e.g. "accuracy % ↑"."""
    return ranked_header(table.task, table.scale)


def ranked_header(task: Task, scale: Scale) -> str:
    """Return the name, the unit and the arrow of a task's ranked metric."""
    return " ".join(part for part in (task.metric, task.ranked.unit, scale.arrow) if part)


def name(row: BoardRow) -> str:
    """Return the contender's name, marked if it lacks trials."""
    return row.contender + (PARTIAL_MARK if row.state == "partial" else "")


def failures(row: BoardRow) -> str:
    """Return the failures as text: "2 of 10 trials failed: Timeout"; several kinds are counted one by one."""
    kinds = [kind if len(row.failures) == 1 else f"{kind} ({number})" for kind, number in row.failures.items()]
    return f"{row.failed_trials} of {row.trials} trials failed: {', '.join(kinds)}"


def headline(table: TaskTable) -> str:
    """Return the number of units behind a table's means as text, e.g. "3 of 10 folds"."""
    of = table.task.most_folds if table.task.over_folds else 0  # a number of seeds has no natural end
    return f"{table.units} of {of} {table.unit}s" if of > table.units else plural(table.units, table.unit)


def mean(table: TaskTable, row: BoardRow) -> str:
    """Return the mean as text, or that the contender failed."""
    if row.state == "failed":
        return "failed"
    return ABSENT if row.estimate is None else table.scale.value(row.estimate.estimate)


def interval(table: TaskTable, row: BoardRow) -> str:
    """Return the interval in brackets; absent for failures and single units."""
    known = row.estimate is not None and row.estimate.known
    return table.scale.interval(row.estimate.low, row.estimate.high) if known and row.estimate else ABSENT
