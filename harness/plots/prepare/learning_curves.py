"""Learning curves: the loss by epoch of a few contenders, its mean and spread over folds or seeds."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.plots.board_charts import Curve, CurveChart
from harness.plots.charts import Scaled
from harness.plots.ticks import Range, spanning
from harness.tables.values import TaskTable

if TYPE_CHECKING:
    from harness.trial import Record

PANELS = 6
QUANTITIES = {"valid_loss": "validation loss", "train_loss": "training loss"}
Runs = Mapping[str, Sequence["Record"]]


def curve_chart(table: TaskTable, records: Runs) -> CurveChart | None:
    """Return the learning curves of contenders, given with their records.

    The mean ends where fewer than half of the runs are still training, since the rest would be a selection.

    Returns:
        None where no contender has logged a loss.
    """
    done = {name: [record for record in own if record.done] for name, own in records.items()}
    logged = {key for own in done.values() for record in own for row in record.curve for key in row}
    quantity = next((name for name in QUANTITIES if name in logged), "")
    kinds = {row.contender: row.kind for row in table.rows}
    curves = [_curve(name, kinds[name], *stacked(own, quantity)) for name, own in done.items() if quantity]
    curves = [curve for curve in curves if len(curve.steps) > 1]
    if not curves:
        return None
    meaning = QUANTITIES[quantity]
    leader = min(curves, key=lambda curve: min(curve.mean))
    title = f"{table.task.title}: {leader.label} reaches the lowest mean {meaning}, {min(leader.mean):.3g}"
    logarithmic, within = _range(curves, table.scale.kind == "log10")
    return CurveChart(
        f"{table.task.name}-curves",
        "",
        title,
        "Lines: mean of the runs, as far as half of them go on; bands: their middle 80 %; grey: the other means.",
        f"{title}. {'; '.join(map(_lowest, curves))}.",
        Scaled("epoch"),
        Scaled(meaning, logarithmic=logarithmic),
        tuple(curves),
        within,
    )


def chosen(table: TaskTable) -> list[str]:
    """Return the contenders to draw, at most six, in the order of the table: the best, the reference, methods."""
    names = [row.contender for row in table.rows if row.state != "failed"]
    methods = [row.contender for row in table.rows if row.kind == "method" and row.contender in names]
    first = dict.fromkeys([*names[:1], *(n for n in names if n == table.reference), *methods, *names])
    taken = list(first)[:PANELS]
    return [name for name in names if name in taken]


def stacked(records: Sequence["Record"], quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Return steps, shape (steps,), and values, shape (runs, steps), with NaN where a run has no value.

    Of a trial that searched, the configuration with the lowest value is taken, by the rule that selects it.
    """
    runs = [run for record in records if (run := _run(record, quantity))]
    steps = sorted({step for run in runs for step in run})
    values = np.full((len(runs), len(steps)), np.nan)
    for line, run in enumerate(runs):
        values[line] = [run.get(step, np.nan) for step in steps]
    enough = (~np.isnan(values)).sum(axis=0) * 2 >= len(runs)
    return np.array(steps)[enough], values[:, enough]


def _run(record: "Record", quantity: str) -> dict[float, float]:
    by_configuration: dict[float, dict[float, float]] = {}
    for row in record.curve:
        if quantity in row and np.isfinite(row[quantity]):
            by_configuration.setdefault(row.get("configuration", 0), {})[row["step"]] = row[quantity]
    return min(by_configuration.values(), key=lambda run: min(run.values()), default={})


def _curve(name: str, kind: str, steps: np.ndarray, runs: np.ndarray) -> Curve:
    if not len(steps):
        return Curve(name, kind, 0, (), (), (), ())
    low, high = np.nanquantile(runs, [0.1, 0.9], axis=0)
    mean = np.nanmean(runs, axis=0)
    lines = (tuple(map(float, line)) for line in (steps, mean, low, high))
    return Curve(name, kind, len(runs), *lines)


def _range(curves: Sequence[Curve], logarithmic: bool) -> tuple[bool, Range]:
    """Return whether the y axis is logarithmic, and its range: one diverging run must not flatten the others."""
    means = np.concatenate([curve.mean for curve in curves])
    if logarithmic and bool((means > 0).all()):
        return True, spanning(means.tolist(), logarithmic=True, room=0.06)
    lowest = 0.0 if means.min() >= 0 else -math.inf
    ends = np.quantile(means, [0.0, 0.98])
    return False, spanning(ends.tolist(), within=(lowest, math.inf), room=0.25)


def _lowest(curve: Curve) -> str:
    at = int(np.argmin(curve.mean))
    return f"{curve.label}: lowest mean {curve.mean[at]:.3g} at epoch {curve.steps[at]:g}"
