"""The ranked metric: is a contender not worse than its reference, trial by trial?

Differences are paired by fold and seed, whose data and random streams agree, and tested over the task's independent
unit: folds with the correction of Nadeau and Bengio, or seeds. With Δ the margin and d = new − reference in the
better direction, corrected over all comparisons of the run that moved (:mod:`harness.regression.noninferiority`):

    regressed   a loss beyond Δ is shown; or d is the same loss beyond Δ in every one of n ≥ 2 units: the program is
                deterministic given seeds and data, so what does not vary is no noise
    unmeasured  a loss is shown and d exceeds Δ, but a true loss within Δ is not excluded; or one unit lost more
                than Δ, and one unit has no interval
    improved    a gain beyond Δ is shown
    same        a loss beyond Δ is excluded
    unsure      none of these: d is within what this run can show, Δ and the noise of all its comparisons together

Equality to the bit is required only where it is possible: generated data and the same environment. There a result
that differs without a significant loss is *changed*. A failure where the reference succeeded is a regression.
Source: statistics.md, sections 0 and 5; deciding.md, section 2.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.errors import CouldNotMeasure
from harness.families import dataset_entries
from harness.regression.changes import Change, ChangeWord
from harness.regression.margins import Margin, margin, shown_loss
from harness.regression.noninferiority import Comparison, Judgement, decide
from harness.statistics import TTest, arrange, common_units, compare, describe_units, plural, runs_to_decide
from harness.statistics.samples import round_away_noise
from harness.store import Entry
from harness.tables.scales import MINUS, Scale, scale_of
from harness.tables.units import LAYOUTS, test_train_ratio
from harness.tables.words import p_value
from harness.task import Task

MANY = 1000
"""Largest number of units that a message suggests to run."""

Entries = Mapping[tuple[int, int], Entry]
Found = Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class Tested:
    """A contender on a task whose trials could be paired."""

    change: Change
    task: Task
    comparison: Comparison
    margin: Margin
    exact: bool


def metric_changes(pairs: Sequence[tuple[Task, str, Entries, Entries]]) -> list[Change]:
    """Judge all contenders together: (task, contender, reference, new), each side by (fold, seed)."""
    found = [_paired(*pair) for pair in pairs]
    together = [f for f in found if isinstance(f, Tested) and f.comparison.test.n > 1]
    decisions = iter(decide([tested.comparison for tested in together]))
    return [
        f if isinstance(f, Change) else _judged(f, next(decisions)) if f.comparison.test.n > 1 else _single(f)
        for f in found
    ]


def _paired(task: Task, contender: str, reference: Entries, new: Entries) -> Change | Tested:
    """Return the test over the trials that both sides finished, or the change where no test is possible."""
    scale = scale_of(task.ranked)
    before, after = (_values(task, scale, side) for side in (reference, new))
    blank = Change("metric", task.name, contender, "unmeasured", quantity=task.ranked.title)
    finite = [cell for cell, value in before.items() if math.isfinite(value)]
    broken = [cell for cell in finite if cell in after and not math.isfinite(after[cell])]
    if broken:
        reason = f"{_failure(new, broken)} in {plural(len(broken), 'trial')} that the reference finished"
        return _outcome(blank, "regressed", "now fails", reason)
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
    blank = replace(blank, reference=_value(task, scale, means[0]), new=_value(task, scale, means[1]))
    exact = _reproducible(task, [reference[c] for c in finite], [new[c] for c in finite])
    if values[0] == values[1]:
        other = exact and any(reference[cell].digest != new[cell].digest for cell in finite)
        equality = "the same values, from other predictions" if other else "identical"
        return replace(blank, word="changed" if other else "same", change=scale.difference(0.0), certainty=equality)
    sign = 1.0 if task.higher_is_better else -1.0
    signed = [{cell: sign * value for cell, value in side.items()} for side in values]
    layout = LAYOUTS[task.layout]
    test = compare(signed[1], signed[0], layout, test_train_ratio=test_train_ratio(task))
    after_units, before_units = (arrange(side, layout).units() for side in reversed(signed))
    differences = round_away_noise(after_units - before_units, after_units, before_units)
    allowed = margin(task.ranked, values[0], layout)
    comparison = Comparison(task.name, differences, test, allowed.value, allowed.field)
    return Tested(blank, task, comparison, allowed, exact)


def _judged(found: Tested, decision: Judgement) -> Change:
    test, scale = decision.test, scale_of(found.task.ranked)
    change = replace(found.change, change=_difference(scale, test), reason=found.margin.reason)
    over = f"over {test.over}"
    if decision.constant and decision.finding in ("regressed", "improved"):
        change = replace(change, reason=found.margin.field_reason)
        what = "loss" if decision.finding == "regressed" else "gain"
        return replace(change, word=decision.finding, certainty=f"the same {what} in {test.over}")
    if decision.finding in ("regressed", "improved"):
        return replace(change, word=decision.finding, certainty=f"p (Holm) {p_value(decision.p)} {over}")
    if decision.finding == "hidden":
        return replace(
            change, certainty=f"p (Holm) of a loss {p_value(decision.p)}, {over}", reason=_too_few(found)
        )
    if decision.finding == "unsure":
        shown = shown_loss(found.task.ranked, decision.visible)
        return replace(change, word="unsure", certainty=f"a loss of {shown} or more would be shown {over}")
    kept = f"no loss beyond the margin: p {p_value(decision.p)} {over}"
    return replace(change, word="changed" if found.exact else "same", certainty=kept)


def _too_few(found: Tested) -> str:
    """Return why a loss that is shown is no regression, and the number of units that would decide."""
    test = found.comparison.test
    distance = abs(test.difference + found.margin.value)
    needed = runs_to_decide(test.error * math.sqrt(test.n), distance) if distance else math.inf
    more = f"; about {plural(int(needed), test.unit)} would decide" if test.n < needed < MANY else ""
    return f"worse, but not shown to exceed the {found.margin.reason}{more}"


def _single(found: Tested) -> Change:
    """Judge a single unit, which has no interval."""
    difference, allowed = found.comparison.test.difference, found.margin
    change = replace(
        found.change, change=_difference(scale_of(found.task.ranked), found.comparison.test), reason=allowed.reason
    )
    if difference < -allowed.value:
        return replace(change, reason=f"beyond the {allowed.reason}; one trial has no interval")
    if found.exact:
        better = "better" if difference > 0 else "worse" if difference < 0 else "other bits"
        return replace(change, word="changed", certainty=f"{better}; same machine, data and seed, one trial")
    if difference > allowed.value:
        return replace(change, word="changed", certainty="better; one trial, no interval")
    return replace(change, word="same", certainty="within the margin; one trial, no interval")


def _outcome(blank: Change, word: ChangeWord, change: str, reason: str = "") -> Change:
    return replace(blank, kind="outcome", quantity="", word=word, change=change, reason=reason)


def _failed_before(blank: Change, before: Found, after: Found) -> Change:
    """Judge a contender without a finished trial in the reference."""
    if not before:
        return replace(blank, reason="no baseline: the reference has no such trial")
    if not after:
        return replace(blank, reason="not run; it failed in the reference")
    if all(math.isfinite(value) for value in after.values()):
        return _outcome(blank, "improved", "no longer fails")
    return _outcome(blank, "same", "fails as before")


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


def _value(task: Task, scale: Scale, mean: float) -> str:
    """Write a mean with the metric's unit."""
    return f"{scale.value(mean)} {task.ranked.unit}".strip()


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
