"""The parts of a claim: each of its quantities, estimated and tested at the claim's threshold."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness import catalog
from harness.claims.declaration import Claim
from harness.claims.estimate import ClaimEstimate, estimate
from harness.claims.kernel_speed import speeds
from harness.claims.quantities import KernelSpeed, MeanQuantity, Quantity
from harness.claims.rules import Thresholds, thresholds
from harness.claims.samples import Samples
from harness.claims.verdict import Part
from harness.claims.wording import shown_bounds, shown_figure
from harness.statistics import TTest, plural
from harness.store import RunStore
from harness.tables.scales import Scale

FACTOR = Scale("log10", higher_is_better=True)


@dataclass(frozen=True)
class Evidence:
    """Records of one profile, on which claims are judged."""

    store: RunStore
    samples: Samples
    profile: str


def parts_of(claim: Claim, evidence: Evidence) -> tuple[Part, ...]:
    """Return the parts of a claim, at least one for each of its quantities.

    Raises:
        UnknownName: a quantity names a task, contender or kernel that does not exist.
        UsageError: a quantity cannot be computed, e.g. its metric has no known direction.
    """
    return tuple(part for quantity in claim.quantities for part in _parts(claim, quantity, evidence))


def _parts(claim: Claim, quantity: Quantity, evidence: Evidence) -> Iterator[Part]:
    if not isinstance(quantity, KernelSpeed):
        yield _part(claim, quantity, estimate(quantity, evidence.samples))
        return
    found = list(speeds(evidence.store, quantity, evidence.profile))
    if not found:
        yield Part(quantity, absent=True, remark=f"no measurements of kernel {quantity.kernel}, {quantity.case}")
    for case, test, remark in found:
        if test is None:
            yield Part(quantity, title=_kernel_title(quantity, case), remark=f"{case}: {remark}")
        else:
            yield _tested(claim, quantity, FACTOR, test, _kernel_title(quantity, case), "")


def _kernel_title(quantity: KernelSpeed, case: str) -> str:
    return quantity.title.removesuffix(quantity.case) + case


def _part(claim: Claim, quantity: MeanQuantity, found: ClaimEstimate) -> Part:
    if found.absent:
        return Part(quantity, absent=True, remark=f"no records of {', '.join(found.absent)}")
    if found.failed:
        return Part(quantity, failed=True, remark=_failure(claim, quantity, found))
    if found.test is None:
        return Part(quantity, remark="no fold and no seed is common to all sides")
    missing = f"{plural(found.missing, 'trial')} missing, judged on the common trials" if found.missing else ""
    return _tested(claim, quantity, found.scale, found.test, quantity.title, missing)


def _tested(claim: Claim, quantity: Quantity, scale: Scale, test: TTest, title: str, remark: str) -> Part:
    bounds = thresholds(claim, quantity, scale)
    interval = test.interval_at(1 - 2 * claim.alpha)
    part = Part(
        quantity,
        title=title,
        interval=interval if interval.known else None,
        estimate=test.difference,
        n=test.n,
        over=interval.over,
        unit=test.unit,
        available=_available(quantity),
        deviation=test.error * math.sqrt(test.n),
        distance=bounds.distance(test.difference),
        remark=remark,
        figure=shown_figure(quantity, scale, interval),
        bounds=shown_bounds(quantity, scale, interval),
    )
    if test.n < claim.minimal_units:
        return replace(part, remark=f"{interval.over}; a verdict needs at least {claim.minimal_units}")
    exact = _exact_p(bounds, test, claim.alpha)
    return replace(
        part,
        p=bounds.p_holds(test),
        p_against=bounds.p_fails(test),
        test=test.method,
        exact_p=exact,
        exact_test=test.exact_method if exact is not None else "",
    )


def _available(quantity: Quantity) -> int:
    """Return the smallest number of folds of the quantity's tasks; 0 for tasks that are repeated over seeds."""
    if isinstance(quantity, KernelSpeed):
        return 0
    tasks = [catalog.task(term.task) for term in quantity.terms]
    return min(task.most_folds if task.over_folds else 0 for task in tasks)


def _exact_p(bounds: Thresholds, test: TTest, alpha: float) -> float | None:
    """Return the two-sided p of the exact test if it tests the claim's own threshold and can reach alpha."""
    if bounds.low != 0 or bounds.two_sided or 2 * test.exact_floor > alpha:
        return None
    return test.exact_p


def _failure(claim: Claim, quantity: MeanQuantity, found: ClaimEstimate) -> str:
    """Return which contenders failed, and the decision that the common trials alone would support."""
    failures = "; ".join(
        f"{sample} failed in {sum(sample.failures.values())} of {plural(len(sample.values), 'trial')} "
        f"({', '.join(sample.failures)}), so it ranks last"
        for sample in found.failed
    )
    if found.test is None:
        return f"{failures}; no common trial is left"
    bounds = thresholds(claim, quantity, found.scale)
    holds, fails = bounds.p_holds(found.test) <= claim.alpha, bounds.p_fails(found.test) <= claim.alpha
    word = "hold" if holds else "fail" if fails else "be undecided"
    return f"{failures}; on the {found.test.interval.over} that finished on all sides the claim would {word}"
