"""The charts of related metrics of a task, as far as its records have them."""

from collections.abc import Iterator

from harness.catalog import resolve
from harness.families import protocol_entry
from harness.plots.charts import Chart
from harness.tables.values import TaskTable


def related_charts(table: TaskTable) -> Iterator[Chart]:
    """Yield the charts that the task's protocol declares, as far as the table has their metrics."""
    for target in protocol_entry(table.task.protocol).charts:
        chart = resolve(target)(table)
        if chart is not None:
            yield chart
