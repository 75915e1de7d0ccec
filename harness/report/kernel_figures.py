"""The figures of a kernel: its ratios on a case, and the growth of its time."""

from collections.abc import Iterator, Sequence

from harness.kernels.results import CaseBoard, KernelBoard
from harness.leaderboard.kernel_cells import case_columns
from harness.plots.charts import LineChart
from harness.plots.prepare.kernel_growth import growth_charts
from harness.plots.prepare.kernel_ratios import ratio_chart
from harness.report.figures import Figure, figure_of
from harness.report.text import anchor
from harness.tables.columns import ABSENT, Column
from harness.tables.words import three_digits, time_text


def ratio_figure(board: KernelBoard, case: CaseBoard, name: str) -> Figure | None:
    """Return the ratios of a case at the fewest threads; None where there is none."""
    chart = ratio_chart(board, case)
    if chart is None:
        return None
    threads = min(board.threads, default=1)
    wanted = {"implementation", "role", f"time{threads}", f"ratio{threads}"}
    columns = [column for column in case_columns(board, case) if column.name in wanted]
    return figure_of(chart, name, columns, heading="implementation")


def growth_figures(board: KernelBoard) -> Iterator[Figure]:
    """Yield a figure for each series of at least two sizes."""
    for chart, cases in growth_charts(board):
        yield figure_of(chart, anchor("kernel", chart.name), _times(board, chart, cases), heading="size")


def _times(board: KernelBoard, chart: LineChart, cases: Sequence[CaseBoard]) -> list[Column]:
    """Return a row for each size and a column for each implementation."""
    columns = [Column("size", board.kernel.size_name, "right", tuple(three_digits(c.case.size) for c in cases))]
    for line in chart.series:
        times = {spot.x: spot.y for spot in line.spots}
        cells = tuple(time_text(times[c.case.size]) if c.case.size in times else ABSENT for c in cases)
        columns.append(Column(line.label, line.label, "right", cells))
    return columns
