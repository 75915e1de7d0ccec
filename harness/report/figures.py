"""The figures of a page: a drawing, its legend, and the same numbers as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.leaderboard.cells import ranking_columns
from harness.plots.board_charts import BoardChart, CurveChart
from harness.plots.charts import Chart
from harness.plots.drawing import svg
from harness.plots.prepare.learning_curves import chosen, curve_chart
from harness.plots.prepare.mean_ranks import rank_chart
from harness.plots.prepare.task_intervals import interval_chart
from harness.plots.prepare.tradeoff import tradeoff_chart
from harness.plots.related import related_charts
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor
from harness.statistics.intervals import plural
from harness.store import RunStore
from harness.store.current import current_records
from harness.tables.columns import Column
from harness.tables.related import RelatedTable, related_tables
from harness.tables.values import Standing, TaskTable

ESTIMATES = ("group", "contender", "mean", "interval", "paper")
TRADEOFF = ("contender", "mean", "fit")
CAPTION = "The numbers of the figure"


@dataclass(frozen=True)
class LegendEntry:
    """An entry of a legend: the series that it shows and hides ("" for a sign), its name and its sample."""

    series: str
    label: str
    swatch: Markup


@dataclass(frozen=True)
class Figure:
    """A figure, with the same information as text and as a table.

    Attributes:
        name: identifier on the page.
        caption: explanation for the reader.
        data: its numbers.
    """

    name: str
    title: str
    drawing: Markup
    legend: tuple[LegendEntry, ...]
    caption: str
    data: PageTable


def figure_of(
    chart: Chart | BoardChart, name: str, columns: Sequence[Column], heading: str = "contender"
) -> Figure:
    """Return the figure of a chart, whose numbers are in `columns`; `name` is its identifier on the page."""
    drawing = svg(chart, name)
    legend = (LegendEntry(key.series, key.label, Markup(sample)) for key, sample in drawing.legend)
    data = table_of(f"{name}-data", CAPTION, columns, heading=heading)
    return Figure(name, chart.title, Markup(drawing.svg), tuple(legend), chart.caption, data)


def task_figures(table: TaskTable, store: RunStore, profile: str) -> Iterator[Figure]:
    """Yield the figures of a task: estimates, related metrics, quality against time, learning curves."""
    name = anchor("task", table.task.name)
    ranking = {column.name: column for column in ranking_columns(table)}
    intervals, tradeoff = interval_chart(table), tradeoff_chart(table)
    if intervals is not None:
        yield figure_of(intervals, f"{name}-intervals", [ranking[n] for n in ESTIMATES if n in ranking])
    yield from related_figures(table)
    if tradeoff is not None:
        yield figure_of(tradeoff, f"{name}-time", [ranking[n] for n in TRADEOFF if n in ranking])
    curves = curve_figure(table, store, profile)
    if curves is not None:
        yield curves


def related_figures(table: TaskTable) -> Iterator[Figure]:
    """Yield the figures of related metrics; none where the task has no such metrics."""
    numbers: Mapping[str, RelatedTable] = {one.group: one for one in related_tables(table, drawn=True)}
    for chart in related_charts(table):
        yield figure_of(chart, anchor("figure", chart.name), numbers[chart.group].columns)


def curve_figure(table: TaskTable, store: RunStore, profile: str, contenders: Sequence[str] = ()) -> Figure | None:
    """Return the learning curves of `contenders` (by default the best, the reference and methods, at most six).

    None where none of them has logged a loss.
    """
    known = {row.contender for row in table.rows if row.state != "failed"}
    names = [name for name in contenders if name in known] if contenders else chosen(table)
    chart = curve_chart(table, current_records(store, table.task.name, profile, names))
    if chart is None:
        return None
    return figure_of(chart, f"{anchor('task', table.task.name)}-curves", curve_columns(chart))


def curve_columns(chart: CurveChart) -> list[Column]:
    """Return the numbers of learning curves, a row each."""
    cells: Mapping[str, list[str]] = {
        "contender": [curve.label for curve in chart.curves],
        "runs": [plural(curve.runs, "run") for curve in chart.curves],
        "first mean": [f"{curve.mean[0]:.3g}" for curve in chart.curves],
        "lowest mean": [f"{min(curve.mean):.3g}" for curve in chart.curves],
        "at epoch": [f"{curve.steps[curve.mean.index(min(curve.mean))]:g}" for curve in chart.curves],
        "last mean": [f"{curve.mean[-1]:.3g}" for curve in chart.curves],
    }
    return [
        Column(header, header, "left" if header == "contender" else "right", tuple(texts))
        for header, texts in cells.items()
    ]


def rank_figure(standing: Standing, columns: Sequence[Column]) -> Figure | None:
    """Return the mean ranks of a protocol; None with fewer than two contenders."""
    chart = rank_chart(standing)
    return None if chart is None else figure_of(chart, anchor("ranks", standing.slug, "figure"), columns)
