"""Means with their intervals, one line a contender: who leads a task, and whom the tests cannot tell from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.plots.style import PAPER_COLOUR, Drawn, colour, heading, kind_legend, marker, new_figure, png, styled
from harness.tables.labels import failures, headline, metric_header
from harness.tables.values import Row, TaskTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_HEIGHT = 0.27


def forest(table: TaskTable) -> Drawn | None:
    """Draw a task's means, 95 % intervals, rank ranges and the paper's figures; None if all contenders failed."""
    if not table.ranked:
        return None
    with styled():
        figure = new_figure(1.4 + ROW_HEIGHT * len(table.rows))
        axes = figure.add_subplot()
        for height, row in enumerate(table.rows):
            _line(axes, table, row, height)
        _decorate(axes, table)
        heading(figure, title(table))
        return Drawn(f"{table.task.name}-intervals", alt(table), png(figure))


def title(table: TaskTable) -> str:
    """Say what the figure shows."""
    best = table.rows[0]
    what = f"{table.task.title}: {best.contender} has the best mean"
    if table.units < 2:
        return f"{what} of one {table.unit}; no test is possible"
    rivals = sum(row.best_rank == 1 for row in table.rows[1:] if row.state != "failed")
    if len(table.ranked) < 2:
        return f"{table.task.title}: {best.contender} alone has an estimate"
    if rivals:
        return f"{what}, but the tests leave rank 1 open to {rivals} other{'s' * (rivals > 1)}"
    return f"{what}, and the tests confirm it against every other"


def alt(table: TaskTable) -> str:
    """Describe the figure for those who cannot see it."""
    shown = ", ".join(
        f"{row.contender} {table.scale.value(row.estimate.estimate)}{table.scale.unit and ' ' + table.scale.unit}"
        for row in table.ranked
        if row.estimate is not None
    )
    return f"{title(table)}. Means over {headline(table)}: {shown}."


def _line(axes: "Axes", table: TaskTable, row: Row, height: int) -> None:
    restored, factor = table.scale.restored, _factor(table)
    if row.estimate is None:
        text = failures(row) if row.failures else "no complete fold"
        axes.annotate(text, (0.02, height), xycoords=axes.get_yaxis_transform(), va="center", color=PAPER_COLOUR)
        return
    x = factor * restored(row.estimate.estimate)
    if row.estimate.known:
        ends = [factor * restored(row.estimate.low), factor * restored(row.estimate.high)]
        axes.plot(ends, [height, height], color=colour(row.kind), linewidth=1.6, solid_capstyle="butt")
    axes.plot([x], [height], marker=marker(row.kind), color=colour(row.kind), markersize=5.5, linestyle="none")
    if row.paper is not None and row.paper.unit == "percent" and table.scale.kind == "percent":
        axes.plot(
            [row.paper.value],
            [height],
            marker="|",
            color=PAPER_COLOUR,
            markersize=11,
            markeredgewidth=1.8,
            zorder=1,
        )


def _decorate(axes: "Axes", table: TaskTable) -> None:
    rows: Sequence[Row] = table.rows
    axes.set_yticks(range(len(rows)), [row.contender + "†" * (row.state == "partial") for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)
    if table.scale.kind == "log10":
        axes.set_xscale("log")
    signs = ["grey bar: the paper's figure"] if any(row.paper is not None for row in rows) else []
    signs += ["†: trials missing"] if any(row.state == "partial" for row in rows) else []
    kind = "geometric mean" if table.scale.kind == "log10" else "mean"
    interval = " with 95 % interval" if table.units > 1 else ""
    axes.set_xlabel(f"{metric_header(table)}, {kind} over {headline(table)}{interval}\n{'; '.join(signs)}".strip())
    kind_legend(axes, [row.kind for row in table.ranked])
    if table.units > 1:
        right = axes.secondary_yaxis("right")
        right.set_yticks(range(len(rows)), [row.rank for row in rows])
        right.tick_params(length=0)
        right.spines["right"].set_visible(False)
        axes.annotate("rank", (1.0, 1.0), xycoords="axes fraction", xytext=(4, 2), textcoords="offset points")


def _factor(table: TaskTable) -> float:
    return 100.0 if table.scale.kind == "percent" else 1.0
