"""Estimates of quantities with their tests: unit and test follow from the layout of the task."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness import catalog
from harness.claims.quantities import MeanDifference, MeanQuantity, Term
from harness.claims.samples import Sample, Samples, scale_of_quantity
from harness.errors import CouldNotMeasure
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
    """ClaimEstimate a quantity: terms on one task are paired by unit, terms on different tasks are independent.

    Seeds are averaged within folds, whose differences get the Nadeau–Bengio variance; seeds on one split are
    paired, or independent where the quantity declares it.

    Raises:
        UsageError: the quantity's terms do not fit together, or its metric has no known direction.
        UnknownName: no such task.
    """
    scale = scale_of_quantity(quantity)
    drawn = [(term, samples.sample(term, scale)) for term in quantity.terms]
    absent = tuple(dict.fromkeys(str(sample) for _, sample in drawn if not sample.values))
    failed = tuple({str(sample): sample for _, sample in drawn if sample.failures}.values())
    if absent:
        return ClaimEstimate(scale, None, absent, failed)
    sign = 1.0 if scale.higher_is_better else -1.0
    oriented = [(replace(term, weight=sign * term.weight), sample.values) for term, sample in drawn]
    try:
        test = _test(quantity, oriented)
    except CouldNotMeasure:
        test = None
    return ClaimEstimate(scale, test, absent, failed, _missing(drawn))


WeightedTerm = tuple[Term, Values]


def _test(quantity: MeanQuantity, weighted: Sequence[WeightedTerm]) -> TTest:
    if isinstance(quantity, MeanDifference) and not quantity.paired and not _layout(quantity.task).correlated:
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
    return replace(paired_t(units, unit=unit), method="t", exact_p=None, exact_method="")


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
