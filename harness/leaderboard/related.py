"""Tables of related metrics below a ranking: accuracy by level, by attack, confusions, bytes and times.

Which metrics belong together is read from their names (`harness.tables.metrics`). A table is there as soon as
a contender has one of its metrics; contenders that have none of them are named below it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.leaderboard.cells import ABSENT, Column, listed, name
from harness.leaderboard.measured import measured, number
from harness.leaderboard.values import Row, TaskTable
from harness.statistics.intervals import plural
from harness.tables.metrics import Metric, metric

TITLES: Mapping[str, str] = {
    "levels": "Accuracy % by level of density (weights kept, %)",
    "level times": "Measured time of the pruned network ÷ the dense one",
    "blocks": "Share of kept weights inside dense blocks, %",
    "conditions": "Accuracy % by kind of signal",
    "held out": "Accuracy % at radii that nothing was built for, by attack",
    "white box": "Accuracy % under white-box attacks on the contender itself",
    "families": "Which attack it was: accuracy and recall, %",
    "confusion": "Attacks told as …, % of the signals of each attack",
    "signals": "Time a signal, and what the solver says",
    "traffic": "Bytes a worker sends in a step, and where its time goes (ms)",
    "links": "Modelled time of a step (ms) by bandwidth of the link",
    "classes": "Recall by class, %",
}
"""Group of metrics -> title of its table, in the order of the page."""

REMARKS: Mapping[str, str] = {
    "levels": "A level is the density that was asked for; in brackets: the share of weights that was kept.",
    "level times": "Both networks ran in the same process, compiled as they would be used; below 1 is faster.",
    "links": "A model: measured computing, encoding and decoding, counted bytes, no overlap. “Pays up to” is the "
    "bandwidth at which a step takes as long as with dense gradients, computing being equal; below it takes less.",
    "white box": "Made with the true labels after training; only contenders that are networks can be attacked so.",
}


@dataclass(frozen=True)
class RelatedTable:
    """A table of related metrics; `notes` say what its cells are and who is not in it."""

    group: str
    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


def related_tables(table: TaskTable) -> list[RelatedTable]:
    """Return the tables of related metrics of a task, in the order of the page; none where there are no such."""
    found = grouped(table)
    return [_related(table, group, found[group]) for group in TITLES if group in found]


def grouped(table: TaskTable) -> dict[str, list[Metric]]:
    """Return the metrics that any row has by group, each in the order of its columns."""
    names = dict.fromkeys(key for row in table.rows for key in row.measures)
    groups: dict[str, list[Metric]] = {}
    for found in sorted(map(metric, names), key=lambda m: m.place):
        if found.group:
            groups.setdefault(found.group, []).append(found)
    return groups


def having(table: TaskTable, metrics: Sequence[Metric]) -> list[Row]:
    """Return the rows that have any of these metrics, in the order of the table."""
    return [row for row in table.rows if any(m.name in row.measures for m in metrics)]


def _related(table: TaskTable, group: str, metrics: Sequence[Metric]) -> RelatedTable:
    rows = having(table, metrics)
    columns = [Column("contender", "contender", "left", tuple(name(row) for row in rows))]
    columns += _COLUMNS.get(group, _plain_columns)(rows, metrics)
    return RelatedTable(group, TITLES[group], tuple(columns), tuple(_notes(table, group, rows, metrics)))


def _plain_columns(rows: Sequence[Row], metrics: Sequence[Metric]) -> list[Column]:
    """Return a column for each metric: mean ± standard deviation."""
    return [
        Column(m.name, m.header, "right", tuple(measured(m, row.measures.get(m.name)) for row in rows))
        for m in metrics
    ]


def _level_columns(rows: Sequence[Row], metrics: Sequence[Metric]) -> list[Column]:
    """Return a column for each level: accuracy, and the density that was really kept in brackets."""
    kept = {m.at: m for m in metrics if m.name.startswith("density")}

    def cell(accuracy: Metric, row: Row) -> str:
        text = measured(accuracy, row.measures.get(accuracy.name))
        density = kept.get(accuracy.at)
        known = row.measures.get(density.name) if density else None
        return f"{text} ({number(density, known.mean)})" if density and known and text != ABSENT else text

    accuracies = [m for m in metrics if m.name.startswith("accuracy")]
    return [Column(m.name, m.header, "right", tuple(cell(m, row) for row in rows)) for m in accuracies]


def _confusion_columns(rows: Sequence[Row], metrics: Sequence[Metric]) -> list[Column]:
    """Return a column for each true attack: the shares told as each attack, in the order that its header says."""
    columns = []
    for true in dict.fromkeys(m.header.split(" as ")[0] for m in metrics):
        told = [m for m in metrics if m.header.startswith(f"{true} as ")]
        header = f"{true} as {' / '.join(m.header.split(' as ')[1] for m in told)}"
        shares = ([row.measures.get(m.name) for m in told] for row in rows)
        cells = (" / ".join(f"{100 * s.mean:.0f}" if s else ABSENT for s in own) for own in shares)
        columns.append(Column(f"attacks_{true}", header, "right", tuple(cells)))
    return columns


_COLUMNS: Mapping[str, Callable[[Sequence[Row], Sequence[Metric]], list[Column]]] = {
    "levels": _level_columns,
    "confusion": _confusion_columns,
}


def _notes(table: TaskTable, group: str, rows: Sequence[Row], metrics: Sequence[Metric]) -> list[str]:
    units = [measure.n for row in rows for m in metrics if (measure := row.measures.get(m.name))]
    most = max(units, default=1)
    what = "Means" if most < 2 or group == "confusion" else "Mean ± standard deviation"
    said = [f"{what} over {plural(most, table.unit)}, untested."]
    if group in REMARKS:
        said.append(REMARKS[group])
    absent = [row.contender for row in table.rows if row not in rows and row.state != "failed"]
    if absent:
        said.append(f"No such measurement: {listed(absent)}.")
    return said
