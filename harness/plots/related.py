"""The charts of related metrics of a task, whatever of them its records have."""

from collections.abc import Iterator

from harness.leaderboard.values import TaskTable
from harness.plots.charts import Chart
from harness.protocols.attacks.charts import condition_chart, confusion_chart
from harness.protocols.gradients.charts import link_chart, step_chart
from harness.protocols.pruning.charts import density_chart, time_chart

CHARTS = (density_chart, time_chart, condition_chart, confusion_chart, step_chart, link_chart)


def related_charts(table: TaskTable) -> Iterator[Chart]:
    """Yield the charts of a task's related metrics; none where it has no such metrics."""
    for make in CHARTS:
        chart = make(table)
        if chart is not None:
            yield chart
