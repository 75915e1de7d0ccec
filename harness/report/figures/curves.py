"""Learning curves: the loss by epoch of a few contenders, its mean and spread over folds or seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.plots.curves import QUANTITIES, chosen, stacked
from harness.report.figures.axes import Axis, plain, spanning
from harness.report.figures.canvas import Canvas
from harness.report.figures.figure import Figure, Key
from harness.report.records import current_records
from harness.report.tables import table_of
from harness.report.text import anchor
from harness.statistics.intervals import plural
from harness.tables.columns import Column
from harness.tables.values import TaskTable

if TYPE_CHECKING:
    from harness.store import RunStore

WIDTH, HEIGHT = 390.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 18.0, 44.0
MARKS = 8
"""Places on a curve that say their values."""
DASHES = ("", "7 3", "2 3", "8 3 2 3", "12 4", "4 2")


@dataclass(frozen=True)
class Curve:
    """Runs of a contender, shape (runs, steps), NaN where a run has no value; their mean and middle 80 %."""

    name: str
    steps: np.ndarray
    runs: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean over runs, shape (steps,)."""
        return np.nanmean(self.runs, axis=0)

    @property
    def band(self) -> tuple[np.ndarray, np.ndarray]:
        """10 % and 90 % quantiles over runs, each of shape (steps,)."""
        low, high = np.nanquantile(self.runs, [0.1, 0.9], axis=0)
        return low, high


def learning_curves(
    table: TaskTable, store: "RunStore", profile: str, contenders: Sequence[str] = ()
) -> Figure | None:
    """Return the learning curves of `contenders` (by default the best, the reference and methods, at most six).

    None where none of them has logged a loss.
    """
    known = {row.contender for row in table.rows if row.state != "failed"}
    names = [name for name in contenders if name in known] if contenders else chosen(table)
    quantity, curves = read_curves(table, store, profile, names)
    if not curves:
        return None
    what = f"{anchor('task', table.task.name)}-curves"
    meaning = QUANTITIES[quantity]
    leader = min(curves, key=lambda curve: float(curve.mean.min()))
    title = f"{table.task.title}: {leader.name} reaches the lowest mean {meaning}, {leader.mean.min():.3g}"
    data = _data(curves)
    canvas = Canvas(what, WIDTH, HEIGHT, title, f"{title}. {'; '.join(map(_lowest, curves))}.")
    x, y = _axes(canvas, curves, meaning, table.scale.kind == "log10")
    for number, curve in enumerate(curves):
        _draw(canvas, curve, number, x, y, meaning)
    return Figure(
        what,
        title,
        canvas.markup(),
        keys=tuple(
            Key(f"s{n}", curve.name, f"c-{n}", "line", DASHES[n % len(DASHES)]) for n, curve in enumerate(curves)
        ),
        caption="Lines: mean of the runs, as far as half of them go on; bands: their middle 80 %.",
        data=table_of(f"{what}-data", "The numbers of the figure", data),
    )


def read_curves(table: TaskTable, store: "RunStore", profile: str, names: Sequence[str]) -> tuple[str, list[Curve]]:
    """Return the logged quantity and the curves of those contenders that have one of two steps or more."""
    records = {
        name: [r for r in rs if r.done] for name, rs in current_records(store, table, profile, names).items()
    }
    logged = {key for listed in records.values() for record in listed for row in record.curve for key in row}
    quantity = next((name for name in QUANTITIES if name in logged), "")
    if not quantity:
        return "", []
    curves = [Curve(name, *stacked(listed, quantity)) for name, listed in records.items()]
    return quantity, [curve for curve in curves if len(curve.steps) > 1]


def _axes(canvas: Canvas, curves: Sequence[Curve], meaning: str, logarithmic: bool) -> tuple[Axis, Axis]:
    """Draw axes whose range follows the means, so that one diverging run does not flatten the others."""
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    x = spanning([float(s) for curve in curves for s in curve.steps], LEFT, right, room=0.0)
    means = np.concatenate([curve.mean for curve in curves])
    logarithmic = logarithmic and bool((means > 0).all())
    ends = means if logarithmic else np.quantile(means, [0.0, 0.98])
    lowest = 0.0 if means.min() >= 0 else -math.inf
    room = 0.06 if logarithmic else 0.25
    y = spanning(ends.tolist(), floor, TOP, logarithmic=logarithmic, within=(lowest, math.inf), room=room)
    for tick in x.ticks():
        canvas.text((x(tick), floor + 15), plain(tick), "tick", "middle")
    for tick in y.ticks():
        canvas.line((LEFT, y(tick)), (right, y(tick)), "grid")
        canvas.text((LEFT - 6, y(tick) + 4), plain(tick), "tick", "end")
    canvas.text(((LEFT + right) / 2, HEIGHT - 6), "epoch", "axis", "middle")
    canvas.text((4, TOP - 7), meaning, "axis")
    return x, y


def _draw(canvas: Canvas, curve: Curve, number: int, x: Axis, y: Axis, meaning: str) -> None:
    low, high = curve.band
    edges = _open_ended(y)
    pixels = [x(float(step)) for step in curve.steps]
    upper = [(a, edges(v)) for a, v in zip(pixels, high, strict=True)]
    lower = [(a, edges(v)) for a, v in zip(pixels, low, strict=True)]
    line = [(a, edges(v)) for a, v in zip(pixels, curve.mean, strict=True)]
    with canvas.series(f"s{number}", f"c-{number}"):
        with canvas.clipped(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM):
            canvas.path([*upper, *reversed(lower)], "band", closed=True)
            canvas.path(line, "curve", dash=DASHES[number % len(DASHES)])
        for at in dict.fromkeys(np.linspace(0, len(line) - 1, MARKS).round().astype(int).tolist()):
            if y.holds(float(curve.mean[at])):
                says = f"{curve.name}, epoch {curve.steps[at]:g}: {meaning} {curve.mean[at]:.3g}"
                with canvas.mark(f"{says} ({low[at]:.3g} to {high[at]:.3g})"):
                    canvas.marker(line[at], "circle", "hidden-point", 7)


def _open_ended(axis: Axis) -> Axis:
    """Return the axis drawn on beyond both ends as far again: what leaves the frame is cut off, not bent."""
    length = axis.end - axis.start
    if axis.logarithmic:
        factor = axis.high / axis.low
        return Axis(axis.low / factor, axis.high * factor, axis.start - length, axis.end + length, True)
    span = axis.high - axis.low
    return Axis(axis.low - span, axis.high + span, axis.start - length, axis.end + length)


def _lowest(curve: Curve) -> str:
    at = int(curve.mean.argmin())
    return f"{curve.name}: lowest mean {curve.mean[at]:.3g} at epoch {curve.steps[at]:g}"


def _data(curves: Sequence[Curve]) -> list[Column]:
    cells: Mapping[str, list[str]] = {
        "contender": [c.name for c in curves],
        "runs": [plural(len(c.runs), "run") for c in curves],
        "first": [f"{c.mean[0]:.3g}" for c in curves],
        "lowest": [f"{c.mean.min():.3g}" for c in curves],
        "epoch": [f"{c.steps[int(c.mean.argmin())]:g}" for c in curves],
        "last": [f"{c.mean[-1]:.3g}" for c in curves],
    }
    headers = {"lowest": "lowest mean", "epoch": "at epoch", "first": "first mean", "last": "last mean"}
    return [
        Column(key, headers.get(key, key), "left" if key == "contender" else "right", tuple(texts))
        for key, texts in cells.items()
    ]
