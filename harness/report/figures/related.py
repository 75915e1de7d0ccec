"""The figures of a task's related metrics, with the cells of their tables as numbers."""

from collections.abc import Iterator, Mapping

from harness.plots.charts import BarChart, DotChart, LineChart
from harness.plots.related import related_charts
from harness.report.figures.figure import Figure
from harness.report.figures.lines import line_figure
from harness.report.figures.matrices import matrix_figure
from harness.report.figures.rows import bar_figure, dot_figure
from harness.report.tables import table_of
from harness.report.text import anchor
from harness.tables.related import RelatedTable, related_tables
from harness.tables.values import TaskTable


def related_figures(table: TaskTable) -> Iterator[Figure]:
    """Yield the figures of related metrics; none where the task has no such metrics."""
    numbers: Mapping[str, RelatedTable] = {one.group: one for one in related_tables(table)}
    for chart in related_charts(table):
        name = anchor("figure", chart.name)
        data = table_of(f"{name}-data", "The numbers of the figure", numbers[chart.group].columns)
        if isinstance(chart, LineChart):
            yield line_figure(chart, name, data)
        elif isinstance(chart, DotChart):
            yield dot_figure(chart, name, data)
        else:
            yield bar_figure(chart, name, data) if isinstance(chart, BarChart) else matrix_figure(chart, name, data)
