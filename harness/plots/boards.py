"""The figures of a leaderboard, as PNG: of its tasks and protocols, of kernels."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.plots.board_charts import BoardChart
from harness.plots.charts import Chart
from harness.plots.drawing import Drawn, png
from harness.plots.prepare.kernel_growth import growth_charts
from harness.plots.prepare.kernel_roofline import roofline_chart
from harness.plots.prepare.learning_curves import chosen, curve_chart
from harness.plots.prepare.mean_ranks import rank_chart
from harness.plots.prepare.task_intervals import interval_chart
from harness.plots.prepare.tradeoff import tradeoff_chart
from harness.plots.related import related_charts
from harness.store.current import current_records

if TYPE_CHECKING:
    from harness.kernels.results import KernelBoard
    from harness.store import RunStore
    from harness.tables.values import Board


def board_figures(board: "Board", store: "RunStore | None" = None) -> Iterator[tuple[str, Drawn]]:
    """Iterate over a board's figures as (task or protocol, figure); learning curves need the `store`.

    A figure that would show nothing (no contender with an estimate, no logged curve) is left out.
    """
    for table in board.tables:
        name = table.task.name
        charts: list[Chart | BoardChart | None] = [interval_chart(table)]
        charts += [*related_charts(table), tradeoff_chart(table)]
        if store is not None:
            records = current_records(store, name, board.profile, chosen(table))
            charts.append(curve_chart(table, records))
        yield from ((name, png(chart)) for chart in charts if chart is not None)
    for standing in board.standings:
        ranks = rank_chart(standing)
        if ranks is not None:
            yield standing.slug, png(ranks)


def kernel_figures(boards: "Sequence[KernelBoard]") -> Iterator[tuple[str, Drawn]]:
    """Yield (kernel name, figure): each series of sizes; last, under the empty name, the roofline of all."""
    for board in boards:
        yield from ((board.name, png(chart)) for chart, _ in growth_charts(board))
    roof = roofline_chart(boards)
    if roof is not None:
        yield "", png(roof)
