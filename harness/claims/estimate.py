"""Estimates of quantities with their tests: unit and test follow from the layout of the task."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness import catalog
from harness.claims.quantities import MeanDifference, MeanLevel, MeanQuantity, Term
from harness.claims.quantity_scale import scale_of_quantity
from harness.claims.samples import Sample, Samples
from harness.errors import CouldNotMeasure, UsageError
from harness.statistics import (
    TrialLayout,
    TTest,
    Values,
    arrange,
    common_units,
    corrected_t,
    independent_sum,
    paired_t,
    plural,
    round_away_noise,
    welch_t,
)
from harness.tables.scales import Scale
from harness.tables.units import LAYOUTS, test_train_ratio


@dataclass(frozen=True)
class ClaimEstimate:
    """The estimate of a quantity from the records.

    Attributes:
        test: test of the quantity against 0, oriented so that larger is better for the claim; None without common
            units. After failures it covers the finished trials only, and no verdict may rest on it.
        absent: contenders without a record, as "sep-g on mutag".
        failed: samples in which a trial failed; a failure ranks last.
        missing: number of trials that one side has and another lacks; the comparison is on the common ones.
    """

    scale: Scale
    test: TTest | None
    absent: tuple[str, ...] = ()
    failed: tuple[Sample, ...] = ()
    missing: int = 0


def estimate(quantity: MeanQuantity, samples: Samples) -> ClaimEstimate:
    """Estimate a quantity: terms on one task are paired by unit, terms on different tasks are independent.

    Seeds are averaged within folds, whose differences get the Nadeau–Bengio variance; seeds on one split are
    paired, or independent where the quantity declares it.

    Raises:
        UsageError: the quantity's terms do not fit together, or its metric has no known direction.
        UnknownName: no such task.
    """
    return _estimate((quantity,), samples)


def level_over_seeds(level: MeanLevel, samples: Samples) -> ClaimEstimate:
    """Estimate a mean with the spread between seeds, folds averaged in each: that of repeated cross-validation.

    A paper's "85.6 ± 1.1" is the spread of its repetitions, so a claim on a number is compared with ours. A task on
    one split, or with one seed, is estimated as by :func:`estimate`.
    """
    found = estimate(level, samples)
    values = samples.sample(level.terms[0], found.scale).values
    if found.test is None or found.failed or not _layout(level.task).correlated:
        return found
    grid = arrange(values, _layout(level.task))
    if len(grid.seeds) < 2:
        return found
    sign = 1.0 if found.scale.higher_is_better else -1.0
    over = f"{plural(len(grid.seeds), 'seed')} ({len(grid.folds)} folds averaged in each)"
    test = paired_t(sign * grid.values.mean(axis=0), unit="seed", over=over)
    return replace(found, test=replace(test, method="t"))


@dataclass(frozen=True)
class PooledEstimate:
    """The mean of quantities over levels and tasks.

    Attributes:
        these: test of the mean over these tasks; levels of one task are averaged by unit, different tasks count as
            independent (Satterthwaite).
        beyond: test over "tasks like these": t over the tasks' own means; None for fewer than two tasks.
        tasks: number of tasks, of which `positive` have an estimate above 0.
    """

    these: TTest
    beyond: TTest | None
    tasks: int
    positive: int


def pool(quantities: Sequence[MeanQuantity], samples: Samples) -> PooledEstimate:
    """Estimate the mean of quantities that all have records and no failures.

    Raises:
        CouldNotMeasure: a task has no trials that all its sides have in common.
    """
    levels: dict[frozenset[str], list[MeanQuantity]] = {}
    for quantity in quantities:
        levels.setdefault(frozenset(term.task for term in quantity.terms), []).append(quantity)
    tests = []
    for tasks, group in levels.items():
        test = _estimate(group, samples).test
        if test is None:
            raise CouldNotMeasure(f"no fold and no seed is common to all sides on {', '.join(sorted(tasks))}")
        tests.append(test)
    k = len(tests)
    these = independent_sum([replace(t, difference=t.difference / k, error=t.error / k) for t in tests])
    means = np.array([test.difference for test in tests])
    beyond = paired_t(means, unit="task") if k > 1 else None
    return PooledEstimate(these, beyond, k, int((means > 0).sum()))


def _estimate(quantities: Sequence[MeanQuantity], samples: Samples) -> ClaimEstimate:
    """Estimate the mean of quantities on the same tasks."""
    scales = {scale_of_quantity(quantity) for quantity in quantities}
    if len(scales) > 1:
        raise UsageError(f"{quantities[0].title}: a mean over quantities needs one scale, got {len(scales)}")
    scale = scales.pop()
    share = 1 / len(quantities)
    terms = [replace(term, weight=share * term.weight) for quantity in quantities for term in quantity.terms]
    drawn = [(term, samples.sample(term, scale)) for term in terms]
    absent = tuple(dict.fromkeys(str(sample) for _, sample in drawn if not sample.values))
    failed = tuple({str(sample): sample for _, sample in drawn if sample.failures}.values())
    if absent:
        return ClaimEstimate(scale, None, absent, failed)
    sign = 1.0 if scale.higher_is_better else -1.0
    oriented = [(replace(term, weight=sign * term.weight), sample.values) for term, sample in drawn]
    try:
        test = _test(quantities, oriented)
    except CouldNotMeasure:
        test = None
    return ClaimEstimate(scale, test, absent, failed, _missing(drawn))


WeightedTerm = tuple[Term, Values]


def _test(quantities: Sequence[MeanQuantity], weighted: Sequence[WeightedTerm]) -> TTest:
    quantity, alone = quantities[0], len(quantities) == 1
    unpaired = alone and isinstance(quantity, MeanDifference) and not quantity.paired
    if unpaired and not _layout(weighted[0][0].task).correlated:
        sides = [_units([side]) for side in weighted]
        return welch_t(sides[0], -sides[1])
    if not quantity.paired:
        return independent_sum([_group([one]) for one in weighted])
    tasks = dict.fromkeys(term.task for term, _ in weighted)
    return independent_sum([_group([one for one in weighted if one[0].task == task]) for task in tasks])


def _group(weighted: Sequence[WeightedTerm]) -> TTest:
    """Test the weighted sum of paired values on one task."""
    name = weighted[0][0].task
    units, layout = _units(weighted), _layout(name)
    if layout.correlated:
        over = arrange(_common([values for _, values in weighted])[0], layout).over
        return corrected_t(units, test_train_ratio=test_train_ratio(catalog.task(name)), over=over)
    unit = catalog.task(name).unit
    if len(weighted) > 1:
        return paired_t(units, unit=unit, over=plural(len(units), f"paired {unit}"))
    return replace(paired_t(units, unit=unit), method="t")


def _units(weighted: Sequence[WeightedTerm]) -> np.ndarray:
    """Return the weighted sum of the common values, one for each independent unit.

    Raises:
        CouldNotMeasure: there is no fold and no seed in which every trial of all sides finished.
    """
    layout = _layout(weighted[0][0].task)
    shared = _common([values for _, values in weighted])
    parts = [
        term.weight * arrange(values, layout).units() for (term, _), values in zip(weighted, shared, strict=True)
    ]
    return round_away_noise(np.sum(parts, axis=0), *parts)


def _common(sides: Sequence[Values]) -> list[dict[tuple[int, int], float]]:
    """Return the values of all sides on the complete table of trials that finished on each."""
    kept: Values = sides[0]
    for other in sides:
        kept = common_units(kept, other)[0]
    return [{cell: float(side[cell] or 0.0) for cell in kept} for side in sides]


def _layout(task: str) -> TrialLayout:
    return LAYOUTS[catalog.task(task).layout]


def _missing(drawn: Sequence[tuple[Term, Sample]]) -> int:
    """Return the number of trials that one side of a task has and another lacks."""
    tasks = dict.fromkeys(term.task for term, _ in drawn)
    missing = 0
    for task in tasks:
        sides = [set(sample.values) for term, sample in drawn if term.task == task]
        missing += sum(len(set.union(*sides) - side) for side in sides)
    return missing
