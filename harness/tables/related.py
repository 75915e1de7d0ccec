"""Tables of related metrics below a ranking: accuracy by level, by attack, confusions, bytes and times.

A protocol declares the tables of its metrics (`harness.contract.metric`). A table is shown where a contender has
one of its metrics; contenders without any of them are named below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.contract.metric import Metric, MetricTable
from harness.statistics.intervals import plural
from harness.tables.columns import ABSENT, Column, listed
from harness.tables.labels import name
from harness.tables.measured import measured, number
from harness.tables.values import BoardRow, TaskTable


@dataclass(frozen=True)
class RelatedTable:
    """A table of related metrics; `notes` explain its cells and name absent contenders."""

    group: str
    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


def related_tables(table: TaskTable, drawn: bool = False) -> list[RelatedTable]:
    """Return the tables of related metrics of a task, in the order of the page; none where there are no such.

    Args:
        drawn: whether tables that only a chart shows are among them.
    """
    found = grouped(table)
    shown = [one for one in table.task.metrics.tables if (one.shown or drawn) and one.name in found]
    return [_related(table, one, found[one.name]) for one in shown]


def grouped(table: TaskTable) -> dict[str, list[Metric]]:
    """Return the metrics that any row has by their table, each in the order of its columns."""
    names = dict.fromkeys(key for row in table.rows for key in row.measures)
    groups: dict[str, list[Metric]] = {}
    for found in sorted((table.task.metrics[key] for key in names), key=lambda m: m.place):
        if found.table:
            groups.setdefault(found.table, []).append(found)
    return groups


def having(table: TaskTable, metrics: Sequence[Metric]) -> list[BoardRow]:
    """Return the rows that have any of these metrics, in the order of the table."""
    return [row for row in table.rows if any(m.name in row.measures for m in metrics)]


def _related(table: TaskTable, declared: MetricTable, metrics: Sequence[Metric]) -> RelatedTable:
    rows = having(table, metrics)
    columns = [Column("contender", "contender", "left", tuple(name(row) for row in rows))]
    columns += (_matrix_columns if declared.layout == "matrix" else _columns)(rows, metrics)
    notes = _notes(table, declared, rows, metrics)
    return RelatedTable(declared.name, declared.title, tuple(columns), tuple(notes))


def _columns(rows: Sequence[BoardRow], metrics: Sequence[Metric]) -> list[Column]:
    """Return a column for each metric: mean ± standard deviation, in brackets the metric declared beside it."""
    beside = {m.beside.format(**m.values): m for m in metrics if m.beside}

    def cell(metric: Metric, row: BoardRow) -> str:
        text = measured(metric, row.measures.get(metric.name))
        other = beside.get(metric.name)
        known = row.measures.get(other.name) if other else None
        return f"{text} ({number(other, known.mean)})" if other and known and text != ABSENT else text

    alone = [m for m in metrics if not m.beside]
    return [Column(f"metric.{m.name}", m.header, "right", tuple(cell(m, row) for row in rows)) for m in alone]


def _matrix_columns(rows: Sequence[BoardRow], metrics: Sequence[Metric]) -> list[Column]:
    """Return a column for each value of the first parameter: shares in the order that its header gives."""
    first, second = metrics[0].parameters
    columns = []
    for value in dict.fromkeys(m.values[first.name] for m in metrics):
        own = [m for m in metrics if m.values[first.name] == value]
        header = f"{first.title(value)} as {' / '.join(second.title(m.values[second.name]) for m in own)}"
        shares = ([row.measures.get(m.name) for m in own] for row in rows)
        cells = (" / ".join(f"{100 * s.mean:.0f}" if s else ABSENT for s in listed) for listed in shares)
        columns.append(Column(f"metric.{own[0].table}_{value}", header, "right", tuple(cells)))
    return columns


def _notes(
    table: TaskTable, declared: MetricTable, rows: Sequence[BoardRow], metrics: Sequence[Metric]
) -> list[str]:
    units = [measure.n for row in rows for m in metrics if (measure := row.measures.get(m.name))]
    most = max(units, default=1)
    what = "Means" if most < 2 or declared.layout == "matrix" else "Mean ± standard deviation"
    notes = [f"{what} over {plural(most, table.unit)}, untested."]
    if declared.remark:
        notes.append(declared.remark)
    absent = [row.contender for row in table.rows if row not in rows and row.state != "failed"]
    if absent:
        notes.append(f"No such measurement: {listed(absent)}.")
    return notes
