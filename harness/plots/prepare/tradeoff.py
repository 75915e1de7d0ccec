"""Quality against fit time, with the front of contenders that no other beats in both."""

from collections.abc import Sequence

from harness.plots.board_charts import Point, PointChart
from harness.plots.charts import Scaled
from harness.plots.prepare.task_intervals import shown_value
from harness.tables.labels import mean, metric_header, name
from harness.tables.values import BoardRow, TaskTable
from harness.tables.words import seconds


def tradeoff_chart(table: TaskTable) -> PointChart | None:
    """Return the mean of each contender against its median fit time; None with fewer than two such points."""
    rows = [row for row in table.ranked if row.costs.fit_seconds > 0]
    if len(rows) < 2:
        return None
    front = pareto_front(rows, table.scale.higher_is_better)
    names = " or ".join(row.contender for row in front)
    title = f"{table.task.title}: no contender is both faster and better than {names}"
    ordered = [*front, *(row for row in rows if row not in front)]
    return PointChart(
        f"{table.task.name}-time",
        "",
        title,
        "Median fit time, the search over configurations included; the line is the Pareto front.",
        f"{title}. {'; '.join(_words(table, row) for row in rows)}.",
        Scaled("median fit time in seconds", logarithmic=True),
        Scaled(metric_header(table), logarithmic=table.scale.kind == "log10"),
        tuple(
            Point(row.costs.fit_seconds, _quality(table, row), row.contender, row.kind, _words(table, row))
            for row in ordered
        ),
        tuple(_staircase([(row.costs.fit_seconds, _quality(table, row)) for row in front])),
    )


def pareto_front(rows: Sequence[BoardRow], higher_is_better: bool) -> list[BoardRow]:
    """Return the rows that no other row equals or beats in both score and fit time, the fastest first."""
    sign = 1.0 if higher_is_better else -1.0
    front: list[BoardRow] = []
    for row in sorted(rows, key=lambda r: (r.costs.fit_seconds, -sign * r.score)):
        if not front or sign * row.score > sign * front[-1].score:
            front.append(row)
    return front


def _staircase(front: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of the front, from its fastest member on."""
    corners: list[tuple[float, float]] = []
    for x, y in front:
        corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
    return corners


def _quality(table: TaskTable, row: BoardRow) -> float:
    return shown_value(table, row.estimate.estimate if row.estimate is not None else row.score)


def _words(table: TaskTable, row: BoardRow) -> str:
    unit = f" {table.scale.unit}" if table.scale.unit else ""
    return f"{name(row)}: {mean(table, row)}{unit} in {seconds(row.costs.fit_seconds)}"
