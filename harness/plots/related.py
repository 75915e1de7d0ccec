"""The figures of related metrics of a task, whatever of them its records have."""

from collections.abc import Iterator

from harness.plots.charts import BarChart, Chart, DotChart, LineChart
from harness.plots.lines import draw_lines
from harness.plots.matrices import draw_matrices
from harness.plots.rows import draw_bars, draw_dots
from harness.plots.style import Drawn
from harness.protocols.attacks.charts import condition_chart, confusion_chart
from harness.protocols.gradients.charts import link_chart, step_chart
from harness.protocols.pruning.charts import density_chart, time_chart
from harness.tables.values import TaskTable

CHARTS = (density_chart, time_chart, condition_chart, confusion_chart, step_chart, link_chart)


def related_charts(table: TaskTable) -> Iterator[Chart]:
    """Yield the charts of a task's related metrics; none where it has no such metrics."""
    for make in CHARTS:
        chart = make(table)
        if chart is not None:
            yield chart


def draw(chart: Chart) -> Drawn:
    """Draw a chart as PNG."""
    if isinstance(chart, LineChart):
        return draw_lines(chart)
    if isinstance(chart, DotChart):
        return draw_dots(chart)
    return draw_bars(chart) if isinstance(chart, BarChart) else draw_matrices(chart)
