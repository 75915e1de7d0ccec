"""Pruned networks by level: accuracy against live density, and against the time that was measured."""

import math
from collections.abc import Mapping, Sequence

from harness.contract.metric import Metric
from harness.plots.charts import LineChart, Scaled, Series, Spot, averaged
from harness.plots.style import numbered
from harness.tables.related import grouped, having
from harness.tables.values import BoardRow, Measure, TaskTable

WHOLE = 0.9995
"""Least share kept at every level by the dense network, which is drawn as a line for comparison."""


NEARLY = 1.05
"""Factor of the level up to which a kept density counts as that level."""


def density_chart(table: TaskTable) -> LineChart | None:
    """Return accuracy against live density; None with fewer than two levels."""
    accuracies = _by_level(table, "levels", "accuracy")
    densities = _by_level(table, "levels", "density")
    if len(accuracies) < 2:
        return None
    rows = having(table, list(accuracies.values()))
    dense = [row for row in rows if _whole(row, list(densities.values()))]
    numbers = numbered(table.rows)
    series = []
    for row in rows:
        spots = [_spot(row, accuracies[at], densities.get(at)) for at in accuracies]
        if row not in dense:
            series.append(Series(row.contender, row.kind, numbers[row.contender], _known(spots)))
    ticks = list(accuracies)
    if any(spot.x > NEARLY * max(accuracies) for one in series for spot in one.spots):
        ticks.insert(0, 100.0)  # a contender kept more than its level, such as all weights
    sparsest = accuracies[min(accuracies)]
    ends = {row.contender: row.measures[sparsest.name].mean for row in rows if sparsest.name in row.measures}
    pruned = {name: value for name, value in ends.items() if name not in [row.contender for row in dense]} or ends
    best = max(pruned, key=pruned.__getitem__, default="")
    title = f"{table.task.title}: accuracy by live density"
    if best:
        title += f"; with about {min(accuracies):g} % kept, {best} has the best mean ({100 * pruned[best]:.1f} %)"
    return LineChart(
        f"{table.task.name}-density",
        "levels",
        title,
        f"{averaged(table, spreads=True)}; fewer live weights to the right.",
        Scaled("live weights, % (sparser to the right)", True, True, tuple(ticks)),
        Scaled("accuracy %"),
        tuple(series),
        tuple((row.contender, _mean_level(row, list(accuracies.values()))) for row in dense),
    )


def time_chart(table: TaskTable) -> LineChart | None:
    """Return accuracy against measured time ÷ dense, a point a level; None where no time was measured."""
    accuracies, times = _by_level(table, "levels", "accuracy"), _by_level(table, "level times", "time")
    shared = [at for at in accuracies if at in times]
    rows = having(table, [times[at] for at in shared])
    dense = [row for row in rows if _whole(row, list(_by_level(table, "levels", "density").values()))]
    numbers = numbered(table.rows)
    series = tuple(
        Series(row.contender, row.kind, numbers[row.contender], spots)
        for row in rows
        if row not in dense
        and (spots := _known([_spot(row, accuracies[at], times[at], "of dense's time") for at in shared]))
    )
    if not series:
        return None
    faster = [(spot.y, one.label, spot.x) for one in series for spot in one.spots if spot.x < 1]
    title = f"{table.task.title}: no contender is faster than the dense network"
    if faster:
        accuracy, who, time = max(faster)
        title = (
            f"{table.task.title}: of those faster than the dense network, {who} has the best mean, "
            f"{accuracy:.1f} % in {time:.2f} of its time"
        )
    return LineChart(
        f"{table.task.name}-ticket-time",
        "level times",
        title,
        f"{averaged(table, spreads=True)}; a point a level, joined from dense to sparse.",
        Scaled("measured time ÷ dense network (right of 1: faster)", logarithmic=True, reversed=True),
        Scaled("accuracy %"),
        series,
        tuple((row.contender, _mean_level(row, list(accuracies.values()))) for row in dense),
        upright=1.0,
    )


def _by_level(table: TaskTable, group: str, stem: str) -> Mapping[float, Metric]:
    """Return the metrics of a group by level, from dense to sparse."""
    return {m.at: m for m in grouped(table).get(group, []) if m.name.startswith(f"{stem}_")}


def _spot(row: BoardRow, accuracy: Metric, across: Metric | None, unit: str = "% kept") -> Spot:
    """Return a row's point at a level; a missing density counts as the level."""
    nothing = Measure(math.nan, math.nan, 0)
    y = row.measures.get(accuracy.name, nothing)
    x = row.measures.get(across.name, nothing).mean if across else accuracy.at / 100
    shown = 100 * x if across is None or across.kind == "share" else x
    label = f"{100 * y.mean:.1f} % at {shown:.3g} {unit}"
    return Spot(shown, 100 * y.mean, 100 * y.std, label)


def _known(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    return tuple(spot for spot in spots if math.isfinite(spot.x) and math.isfinite(spot.y) and spot.x > 0)


def _whole(row: BoardRow, densities: Sequence[Metric]) -> bool:
    kept = [row.measures[m.name].mean for m in densities if m.name in row.measures]
    return bool(kept) and min(kept) >= WHOLE


def _mean_level(row: BoardRow, accuracies: Sequence[Metric]) -> float:
    values = [row.measures[m.name].mean for m in accuracies if m.name in row.measures]
    return 100 * sum(values) / len(values)
