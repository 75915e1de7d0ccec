"""Quality against fit time, with the front of contenders that no other beats in both."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.plots.labels import label_points
from harness.plots.style import (
    FAINT,
    Drawn,
    colour,
    decimal_ticks,
    heading,
    kind_legend,
    marker,
    new_figure,
    png,
    styled,
)
from harness.tables.labels import metric_header
from harness.tables.values import Row, TaskTable
from harness.tables.words import seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def tradeoff(table: TaskTable) -> Drawn | None:
    """Draw the mean of each contender against its median fit time; None with fewer than two such points."""
    rows = [row for row in table.ranked if row.costs.fit_seconds > 0]
    if len(rows) < 2:
        return None
    front = pareto_front(rows, table.scale.higher_is_better)
    names = " or ".join(row.contender for row in front)
    title = f"{table.task.title}: nobody is both faster and better than {names}"
    with styled():
        figure = new_figure(4.2)
        axes = figure.add_subplot()
        _draw(axes, table, rows, front)
        heading(figure, title)
        figure.canvas.draw()  # labels need the final layout
        figure.set_layout_engine("none")
        labels = [(_point(table, row), row.contender, colour(row.kind)) for row in rows]
        label_points(axes, labels, avoid=_staircase(table, rows, front))
        shown = ", ".join(f"{r.contender} {_value(table, r)} in {seconds(r.costs.fit_seconds)}" for r in rows)
        return Drawn(f"{table.task.name}-time", f"{title}. {shown}.", png(figure))


def pareto_front(rows: Sequence[Row], higher_is_better: bool) -> list[Row]:
    """Return the rows that no other row equals or beats in both score and fit time, the fastest first."""
    sign = 1.0 if higher_is_better else -1.0
    front: list[Row] = []
    for row in sorted(rows, key=lambda r: (r.costs.fit_seconds, -sign * r.score)):
        if not front or sign * row.score > sign * front[-1].score:
            front.append(row)
    return front


def _draw(axes: "Axes", table: TaskTable, rows: Sequence[Row], front: Sequence[Row]) -> None:
    axes.plot(*zip(*_staircase(table, rows, front), strict=True), color=FAINT, linewidth=1.4, zorder=0)
    for row in rows:
        axes.plot(
            *_point(table, row), marker=marker(row.kind), color=colour(row.kind), linestyle="none", markersize=6
        )
    axes.set_xscale("log")
    decimal_ticks(axes.xaxis, [row.costs.fit_seconds for row in rows])
    axes.margins(x=0.12, y=0.12)
    if table.scale.kind == "log10":
        axes.set_yscale("log")
    axes.grid(color="#EDEDED", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("median fit time in seconds (search included); grey: Pareto front")
    axes.set_ylabel(metric_header(table))
    kind_legend(axes, [row.kind for row in rows])


def _staircase(table: TaskTable, rows: Sequence[Row], front: Sequence[Row]) -> list[tuple[float, float]]:
    """Return the corners of the Pareto front, from its fastest member to the slowest contender."""
    corners: list[tuple[float, float]] = []
    for x, y in (_point(table, row) for row in front):
        corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
    return [*corners, (max(row.costs.fit_seconds for row in rows), corners[-1][1])]


def _point(table: TaskTable, row: Row) -> tuple[float, float]:
    value = row.estimate.estimate if row.estimate is not None else row.score
    factor = 100.0 if table.scale.kind == "percent" else 1.0
    return row.costs.fit_seconds, factor * table.scale.restored(value)


def _value(table: TaskTable, row: Row) -> str:
    return table.scale.value(row.estimate.estimate) if row.estimate is not None else ""
