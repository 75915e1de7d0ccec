"""The parts of a claim, each of its quantities; and the whole on which its verdict rests."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness import catalog
from harness.claims.declaration import Claim
from harness.claims.estimate import ClaimEstimate, PooledEstimate, estimate, level_over_seeds, pool
from harness.claims.kernel_speed import speeds
from harness.claims.quantities import KernelSpeed, MeanLevel, MeanQuantity, Quantity
from harness.claims.rules import TESTS, PValues, assertion
from harness.claims.samples import Samples
from harness.claims.verdict import Part
from harness.claims.wording import shown_bounds, shown_figure
from harness.errors import CouldNotMeasure
from harness.statistics import TTest, independent_sum, partial_conjunction, plural
from harness.store import RunStore
from harness.tables.scales import Scale

FACTOR = Scale("log10", higher_is_better=True)
NOTHING: PValues = dict.fromkeys(TESTS, 1.0)


@dataclass(frozen=True)
class Evidence:
    """Records of one profile, on which claims are judged."""

    store: RunStore
    samples: Samples
    profile: str


@dataclass(frozen=True)
class TestedPart:
    """A part with its scale and its test; None where there is no estimate."""

    part: Part
    scale: Scale
    test: TTest | None = None


@dataclass(frozen=True)
class Whole:
    """What the verdict of a claim rests on.

    Attributes:
        part: estimate as text; without figures where it was not tested, with the reason as its remark.
        p: p values of the statements of its rules; all 1 without a test.
        beyond: interval over tasks like these, as text.
    """

    part: Part
    p: PValues
    beyond: str = ""


def parts_of(claim: Claim, evidence: Evidence) -> tuple[TestedPart, ...]:
    """Return the parts of a claim, at least one for each of its quantities.

    Raises:
        UnknownName: a quantity names a task, contender or kernel that does not exist.
        UsageError: a quantity cannot be computed, e.g. its metric has no known direction.
    """
    return tuple(part for quantity in claim.quantities for part in _parts(claim, quantity, evidence))


def whole_of(claim: Claim, parts: Sequence[TestedPart], evidence: Evidence) -> Whole:
    """Return the mean of the parts, the weakest ("each") or the strongest one ("some"), with its p values.

    "Each" is an intersection-union test: it holds by the largest p of its parts, and fails by the smallest, times
    their number (Bonferroni). "Some" is the reverse.
    """
    if any(one.test for one in parts):  # cases of a kernel that are not timed by design stay among the parts only
        parts = [one for one in parts if one.test or not isinstance(one.part.quantity, KernelSpeed)]
    hindrances = dict.fromkeys(one.part.remark for one in parts if one.test is None)
    if hindrances:
        absent = all(one.part.absent for one in parts)
        failed = any(one.part.failed for one in parts)
        remark = "; ".join(hindrances)
        return Whole(Part(parts[0].part.quantity, absent=absent, failed=failed, remark=remark), NOTHING)
    short = [one.part for one in parts if one.part.n < claim.minimal_units]
    if short:
        remark = f"{short[0].over}; a verdict needs at least {plural(claim.minimal_units, short[0].unit)}"
        return Whole(replace(short[0], remark=remark), NOTHING)
    if len(parts) == 1:
        return Whole(parts[0].part, _p_values(claim, parts[0]))
    return _mean(claim, parts, evidence) if claim.combine == "mean" else _one_part(claim, parts)


def _p_values(claim: Claim, one: TestedPart) -> PValues:
    assert one.test is not None
    return assertion(claim, one.part.quantity, one.scale).p_values(one.test)


def _one_part(claim: Claim, parts: Sequence[TestedPart]) -> Whole:
    """Return the part on which "each" or "some" depends."""
    all_p, each = [_p_values(claim, one) for one in parts], claim.combine == "each"
    p = {}
    for name in TESTS:
        found = [one[name] for one in all_p]
        for_the_claim = name in ("above", "at least", "at most", "inside")
        p[name] = partial_conjunction(found, len(found) if for_the_claim == each else 1)
    choose = max if each else min
    decisive = choose(range(len(parts)), key=lambda i: min(all_p[i]["above"], all_p[i]["inside"]))
    part = parts[decisive].part
    return Whole(replace(part, figure=f"{'weakest' if each else 'strongest'} of {len(parts)}: {part.figure}"), p)


def _mean(claim: Claim, parts: Sequence[TestedPart], evidence: Evidence) -> Whole:
    quantity, scale = parts[0].part.quantity, parts[0].scale
    tests = [one.test for one in parts if one.test is not None]
    k = len(tests)
    beyond = ""
    try:
        means = [one.part.quantity for one in parts if not isinstance(one.part.quantity, KernelSpeed)]
        if len(means) < k:
            test = independent_sum([replace(t, difference=t.difference / k, error=t.error / k) for t in tests])
        else:
            pooled = pool(means, evidence.samples)
            test = pooled.these
            beyond = _beyond(claim, quantity, scale, pooled)
    except CouldNotMeasure as error:
        return Whole(Part(quantity, remark=str(error)), NOTHING)
    part = _described(claim, quantity, scale, test, "", "")
    figure = f"mean of {k}, {part.figure}"
    part = replace(part, figure=figure, title=f"mean of {k}", over=_units(parts))
    return Whole(part, _p_values(claim, TestedPart(part, scale, test)), beyond)


def _beyond(claim: Claim, quantity: Quantity, scale: Scale, pooled: PooledEstimate) -> str:
    """Return the number of tasks above 0 and the interval over tasks like these; "" for a single task."""
    if pooled.beyond is None:
        return ""
    bounds = shown_bounds(quantity, scale, pooled.beyond.interval_at(1 - 2 * claim.alpha))
    return f"above 0 on {pooled.positive} of {plural(pooled.tasks, 'task')}; on tasks like these {bounds}"


def _units(parts: Sequence[TestedPart]) -> str:
    """Return the units of the parts: "10 folds", or "10 folds, 5 paired seeds" where they differ."""
    return ", ".join(dict.fromkeys(one.part.over for one in parts))


def _parts(claim: Claim, quantity: Quantity, evidence: Evidence) -> Iterator[TestedPart]:
    if not isinstance(quantity, KernelSpeed):
        if claim.kind == "number" and isinstance(quantity, MeanLevel):
            yield _part(claim, quantity, level_over_seeds(quantity, evidence.samples))
        else:
            yield _part(claim, quantity, estimate(quantity, evidence.samples))
        return
    found_speeds = list(speeds(evidence.store, quantity, evidence.profile))
    if not found_speeds:
        remark = f"no measurements of kernel {quantity.kernel}, {quantity.case}"
        yield TestedPart(Part(quantity, absent=True, remark=remark), FACTOR)
    for case, test, remark in found_speeds:
        title = quantity.title.removesuffix(quantity.case) + case
        if test is None:
            yield TestedPart(Part(quantity, title=title, remark=f"{case}: {remark}"), FACTOR)
        else:
            yield TestedPart(_described(claim, quantity, FACTOR, test, title, ""), FACTOR, test)


def _part(claim: Claim, quantity: MeanQuantity, found: ClaimEstimate) -> TestedPart:
    title = quantity.title
    if found.absent:
        remark = f"no records of {', '.join(found.absent)}"
        return TestedPart(Part(quantity, title=title, absent=True, remark=remark), found.scale)
    if found.failed:
        return TestedPart(Part(quantity, title=title, failed=True, remark=_failure(found)), found.scale)
    if found.test is None:
        remark = "no fold and no seed is common to all sides"
        return TestedPart(Part(quantity, title=title, remark=remark), found.scale)
    missing = f"{plural(found.missing, 'trial')} missing, judged on the common trials" if found.missing else ""
    described = _described(claim, quantity, found.scale, found.test, title, missing)
    return TestedPart(described, found.scale, found.test)


def _described(claim: Claim, quantity: Quantity, scale: Scale, test: TTest, title: str, remark: str) -> Part:
    asserted = assertion(claim, quantity, scale)
    interval = test.interval_at(1 - 2 * claim.alpha)
    p = asserted.p_values(test)
    return Part(
        quantity,
        title=title,
        interval=interval if interval.known else None,
        estimate=test.difference,
        n=test.n,
        over=interval.over,
        unit=test.unit,
        available=_available(quantity),
        p=p["inside"] if asserted.ranged else p["above"],
        test=test.method,
        deviation=test.error * math.sqrt(test.n),
        distance=asserted.distance(test.difference),
        remark=remark,
        figure=shown_figure(quantity, scale, interval),
        bounds=shown_bounds(quantity, scale, interval),
    )


def _available(quantity: Quantity) -> int:
    """Return the smallest number of folds of the quantity's tasks; 0 for tasks that are repeated over seeds."""
    if isinstance(quantity, KernelSpeed):
        return 0
    tasks = [catalog.task(term.task) for term in quantity.terms]
    return min(task.most_folds if task.over_folds else 0 for task in tasks)


def _failure(found: ClaimEstimate) -> str:
    """Return which contenders failed, and in how many trials."""
    return "; ".join(
        f"{sample} failed in {sum(sample.failures.values())} of {plural(len(sample.values), 'trial')} "
        f"({', '.join(sample.failures)})"
        for sample in found.failed
    )
