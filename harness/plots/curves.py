"""Learning curves: the validation loss by epoch, its mean and spread over folds or seeds, a panel a contender."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.plots.style import FAINT, Drawn, colour, heading, new_figure, png, styled
from harness.statistics.intervals import plural
from harness.tables.values import TaskTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.store import RunStore
    from harness.trial import Record

PANELS = 6
QUANTITIES = {"valid_loss": "validation loss", "train_loss": "training loss"}


def learning_curves(table: TaskTable, store: "RunStore", profile: str) -> Drawn | None:
    """Draw the learning curves of a few contenders: the best, the reference, methods, then down the table.

    The mean ends where fewer than half of the runs are still training, since the rest would be a selection.

    Returns:
        None where no contender has logged a loss.
    """
    records = _records(store, table, profile, chosen(table))
    logged = {name for listed in records.values() for record in listed for row in record.curve for name in row}
    quantity = next((name for name in QUANTITIES if name in logged), "")
    curves = {name: stacked(rs, quantity) for name, rs in records.items() if quantity}
    curves = {name: (steps, runs) for name, (steps, runs) in curves.items() if len(steps) > 1}
    if not curves:
        return None
    what = QUANTITIES[quantity]
    lowest = {name: np.nanmean(runs, axis=0).min() for name, (_, runs) in curves.items()}
    leader = min(lowest, key=lowest.__getitem__)
    title = f"{table.task.title}: {leader} reaches the lowest mean {what}, {lowest[leader]:.3g}"
    kinds = {row.contender: row.kind for row in table.rows}
    with styled():
        columns = min(3, len(curves))
        lines = -(-len(curves) // columns)
        figure = new_figure(0.8 + 1.9 * lines)
        panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, name in zip(panels, curves, strict=False):
            _panel(axes, name, colour(kinds[name]), curves)
        for axes in panels[len(curves) :]:
            axes.set_axis_off()
        _frame(panels[0], curves, logarithmic=table.scale.kind == "log10")
        figure.supxlabel("epoch (line: mean of the runs, band: middle 80 %, grey: other panels)", fontsize=9)
        figure.supylabel(what, fontsize=9)
        heading(figure, title)
        alt = f"{title}. {'; '.join(_described(name, steps, runs) for name, (steps, runs) in curves.items())}."
        return Drawn(f"{table.task.name}-curves", alt, png(figure))


def chosen(table: TaskTable) -> list[str]:
    """Return the contenders to draw, at most six, in the order of the table."""
    names = [row.contender for row in table.rows if row.state != "failed"]
    methods = [row.contender for row in table.rows if row.kind == "method" and row.contender in names]
    first = dict.fromkeys([*names[:1], *(n for n in names if n == table.reference), *methods, *names])
    taken = list(first)[:PANELS]
    return [name for name in names if name in taken]


def _records(store: "RunStore", table: TaskTable, profile: str, names: Sequence[str]) -> dict[str, list["Record"]]:
    columns = store.columns(tasks=[table.task.name], contenders=names, profile=profile, metrics=False)
    found: dict[str, list[Record]] = {name: [] for name in names}
    for key, name in zip(columns.key, columns.contender, strict=True):
        done = [record for record in store.find(key) if record.done]
        found[name] += done[-1:]
    return found


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


def _panel(axes: "Axes", name: str, tint: str, curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for steps, runs in curves.values():
        axes.plot(steps, np.nanmean(runs, axis=0), color=FAINT, linewidth=0.7, zorder=0)
    steps, runs = curves[name]
    low, high = np.nanquantile(runs, [0.1, 0.9], axis=0)
    axes.fill_between(steps, low, high, color=tint, alpha=0.22, linewidth=0)
    axes.plot(steps, np.nanmean(runs, axis=0), color=tint, linewidth=1.6)
    axes.set_title(f"{name} ({plural(len(runs), 'run')})", fontsize=8.5, fontweight="normal", color=tint)
    axes.grid(color="#EDEDED", linewidth=0.7)
    axes.set_axisbelow(True)


def _frame(axes: "Axes", curves: Mapping[str, tuple[np.ndarray, np.ndarray]], logarithmic: bool) -> None:
    """Set the shared limits so that one diverging run does not flatten the others."""
    if logarithmic and all((runs[~np.isnan(runs)] > 0).all() for _, runs in curves.values()):
        axes.set_yscale("log")
        return
    means = np.concatenate([np.nanmean(runs, axis=0) for _, runs in curves.values()])
    low, high = np.quantile(means, [0.0, 0.98])
    room = 0.25 * (high - low) or 1.0
    axes.set_ylim(max(low - room, 0.0) if low >= 0 else low - room, high + room)


def _described(name: str, steps: np.ndarray, runs: np.ndarray) -> str:
    mean = np.nanmean(runs, axis=0)
    at = int(mean.argmin())
    return f"{name}: lowest mean {mean[at]:.3g} at epoch {int(steps[at])}"
