"""Figures of a leaderboard, drawn by matplotlib's Agg without a display: the same bytes for the same records."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.plots.curves import learning_curves
from harness.plots.forest import forest
from harness.plots.ranks import rank_diagram
from harness.plots.related import draw, related_charts
from harness.plots.style import Drawn
from harness.plots.tradeoff import tradeoff

if TYPE_CHECKING:
    from harness.store import RunStore
    from harness.tables.values import Board

__all__ = ["Drawn", "board_figures", "forest", "learning_curves", "rank_diagram", "tradeoff"]


def board_figures(board: "Board", store: "RunStore | None" = None) -> Iterator[tuple[str, Drawn]]:
    """Iterate over a board's figures as (task or table of mean ranks, figure); learning curves need the `store`.

    A figure that would show nothing (no contender with an estimate, no logged curve) is left out.
    """
    for table in board.tables:
        name = table.task.name
        figures = [forest(table), *map(draw, related_charts(table)), tradeoff(table)]
        if store is not None:
            figures.append(learning_curves(table, store, board.profile))
        yield from ((name, figure) for figure in figures if figure is not None)
    for standing in board.standings:
        diagram = rank_diagram(standing)
        if diagram is not None:
            yield standing.slug, diagram
