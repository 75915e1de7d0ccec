"""Accuracy: is a contender not worse than its reference, trial by trial?

Differences are paired by fold and seed, whose data and random streams agree, and tested over the task's independent
unit: folds with the correction of Nadeau and Bengio, or seeds. With Δ the margin and d = new − reference in the
better direction: *regressed* if the upper one-sided 95 % bound of d is below −Δ (p with Holm's correction over all
contenders of all tasks gated together), *unsure* if the interval reaches below −Δ, *improved* if d > Δ by the same
test, else *same*. A single unit has no interval: then only a difference within the margin is *same*.

Equality to the bit is required only where it is possible: generated data and the same environment. There a result
that differs without a significant loss is *changed*. A failure where the reference succeeded is a regression.
Source: statistics.md, sections 0 and 5.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.errors import CouldNotMeasure
from harness.families import dataset_entries
from harness.regression.changes import Change
from harness.regression.margins import Margin, margin
from harness.statistics import TTest, common_units, compare, describe_units, holm, plural
from harness.store import Entry
from harness.tables.scales import MINUS, Scale, scale_of
from harness.tables.units import LAYOUTS, test_train_ratio
from harness.tables.words import p_value
from harness.task import Task

ALPHA = 0.05
Entries = Mapping[tuple[int, int], Entry]
Found = Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class Tested:
    """A contender on a task whose trials could be paired: the test of new − reference, better = positive."""

    change: Change
    test: TTest
    margin: Margin
    exact: bool


def accuracy_changes(pairs: Sequence[tuple[Task, str, Entries, Entries]]) -> list[Change]:
    """Judge all contenders together: (task, contender, reference, new), each side by (fold, seed).

    Holm's correction is over all of `pairs`, fixed before the tests; a pair that is not tested counts with p = 1.
    """
    found = [_paired(*pair) for pair in pairs]
    losses = holm([1.0 if isinstance(f, Change) else f.test.p_less(-f.margin.value) for f in found]).tolist()
    gains = holm([1.0 if isinstance(f, Change) else f.test.p_greater(f.margin.value) for f in found]).tolist()
    return [
        f if isinstance(f, Change) else _judged(f, loss, gain)
        for f, loss, gain in zip(found, losses, gains, strict=True)
    ]


def _paired(task: Task, contender: str, reference: Entries, new: Entries) -> Change | Tested:
    """Return the test over the trials that both sides finished, or the change where no test is possible."""
    scale = scale_of(task.ranked)
    before, after = (_values(task, scale, side) for side in (reference, new))
    blank = Change("accuracy", task.name, contender, "unmeasured")
    finite = [cell for cell, value in before.items() if math.isfinite(value)]
    broken = [cell for cell in finite if cell in after and not math.isfinite(after[cell])]
    if broken:
        reason = f"{_failure(new, broken)} in {plural(len(broken), 'trial')} that the reference finished"
        return replace(blank, kind="outcome", word="regressed", change="now fails", reason=reason)
    if not finite:
        return _failed_before(blank, before, after)
    missing = [cell for cell in finite if cell not in after]
    if missing:
        return replace(blank, reason=f"not run: {describe_units(missing)}")
    try:
        values = common_units(before, {cell: after[cell] for cell in finite})
    except CouldNotMeasure as error:
        return replace(blank, reason=str(error))
    means = [sum(side.values()) / len(side) for side in values]
    blank = replace(blank, reference=scale.value(means[0]), new=scale.value(means[1]))
    exact = _reproducible(task, [reference[c] for c in finite], [new[c] for c in finite])
    if values[0] == values[1]:
        other = exact and any(reference[cell].digest != new[cell].digest for cell in finite)
        equality = "the same values, from other predictions" if other else "identical"
        return replace(blank, word="changed" if other else "same", change=scale.difference(0.0), certainty=equality)
    sign = 1.0 if task.higher_is_better else -1.0
    signed = [{cell: sign * value for cell, value in side.items()} for side in values]
    layout, ratio = LAYOUTS[task.layout], test_train_ratio(task)
    test = compare(signed[1], signed[0], layout, test_train_ratio=ratio)
    return Tested(blank, test, margin(scale, values[0], layout), exact)


def _judged(found: Tested, p_loss: float, p_gain: float) -> Change:
    test, allowed = found.test, found.margin
    scale = _scale(found.change)
    change = replace(found.change, change=_difference(scale, test), reason=allowed.reason)
    if test.n < 2:
        return _single(change, found)
    if p_loss < ALPHA:
        return replace(change, word="regressed", certainty=f"p (Holm) {p_value(p_loss)} over {test.over}")
    if p_gain < ALPHA:
        return replace(change, word="improved", certainty=f"p (Holm) {p_value(p_gain)} over {test.over}")
    p_kept = test.p_greater(-allowed.value)
    if p_kept >= ALPHA:
        p_values = f"p of a loss {p_value(test.p_less(-allowed.value))}, of no loss {p_value(p_kept)}"
        return replace(change, word="unsure", certainty=f"{p_values}, over {test.over}")
    kept = f"no loss beyond the margin: p {p_value(p_kept)} over {test.over}"
    return replace(change, word="changed" if found.exact else "same", certainty=kept)


def _single(change: Change, found: Tested) -> Change:
    """Judge a single unit, which has no interval."""
    if found.exact:
        better = "better" if found.test.difference > 0 else "worse" if found.test.difference < 0 else "other bits"
        return replace(change, word="changed", certainty=f"{better}; same machine, data and seed, one trial")
    if abs(found.test.difference) <= found.margin.value:
        return replace(change, word="same", certainty="within the margin; one trial, no interval")
    return replace(change, reason=f"beyond the {found.change.kind} margin, and one trial has no interval")


def _failed_before(blank: Change, before: Found, after: Found) -> Change:
    """Judge a contender without a finished trial in the reference."""
    if not before:
        return replace(blank, reason="no baseline: the reference has no such trial")
    if not after:
        return replace(blank, reason="not run; it failed in the reference")
    if all(math.isfinite(value) for value in after.values()):
        return replace(blank, kind="outcome", word="improved", change="no longer fails")
    return replace(blank, kind="outcome", word="same", change="fails as before")


def _values(task: Task, scale: Scale, entries: Entries) -> dict[tuple[int, int], float]:
    """Return the metric on the analysed scale by (fold, seed); NaN for a failed trial."""
    import numpy as np

    found = {}
    for cell, entry in entries.items():
        value = float(entry.record.metrics.get(task.metric, math.nan)) if entry.record.done else math.nan
        found[cell] = float(scale.analysed(np.array([value]))[0]) if math.isfinite(value) else math.nan
    return found


def _reproducible(task: Task, reference: Sequence[Entry], new: Sequence[Entry]) -> bool:
    """Whether both sides should agree to the bit: generated data, one environment."""
    environments = {entry.record.environment for entry in (*reference, *new)}
    dataset = dataset_entries().get(task.dataset)
    return len(environments) == 1 and dataset is not None and dataset.kind != "real"


def _failure(entries: Entries, cells: Sequence[tuple[int, int]]) -> str:
    failures = [entries[cell].record.failure for cell in cells]
    return next((f"{f.kind}: {f.message}" for f in failures if f is not None), "a metric that is not finite")


def _scale(change: Change) -> Scale:
    from harness import catalog

    task = catalog.task(change.subject)
    return scale_of(task.ranked)


def _difference(scale: Scale, test: TTest) -> str:
    """Write new − reference in the metric's own direction, with its 95 % interval."""
    sign = 1.0 if scale.higher_is_better else -1.0
    bounds = sorted((sign * test.interval.low, sign * test.interval.high))
    text = scale.difference(sign * test.difference)
    unit = f" {scale.difference_unit}" if scale.kind == "percent" else ""
    if not test.interval.known:
        return f"{text}{unit}"
    low, high = (scale.difference(bound) for bound in bounds)
    return f"{text}{unit} [{low}, {high}]".replace("-", MINUS)
