"""The figures of related metrics of a task, whatever of them its records have."""

from collections.abc import Iterator

from harness.catalog import resolve
from harness.families import protocol_entry
from harness.plots.charts import BarChart, Chart, DotChart, LineChart
from harness.plots.lines import draw_lines
from harness.plots.matrices import draw_matrices
from harness.plots.rows import draw_bars, draw_dots
from harness.plots.style import Drawn
from harness.tables.values import TaskTable


def related_charts(table: TaskTable) -> Iterator[Chart]:
    """Yield the charts that the task's protocol declares, as far as the table has their metrics."""
    for target in protocol_entry(table.task.protocol).charts:
        chart = resolve(target)(table)
        if chart is not None:
            yield chart


def draw(chart: Chart) -> Drawn:
    """Draw a chart as PNG."""
    if isinstance(chart, LineChart):
        return draw_lines(chart)
    if isinstance(chart, DotChart):
        return draw_dots(chart)
    return draw_bars(chart) if isinstance(chart, BarChart) else draw_matrices(chart)
