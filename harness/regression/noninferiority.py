"""Statistics of the gate's ranked metrics: which comparisons show a loss, at one false-alarm rate a run.

Noise. The trajectories of a changed program differ, so the same contender scatters between two versions as between
seeds. Three units estimate that noise badly: the squared error of each comparison is shrunken towards the mean over
the contenders of its task that moved, with four prior degrees of freedom (deciding.md, section 2, d₀ = 4). An
erratic contender (ten times the median error) keeps its own error and is left out of the mean.

Family. All comparisons of the run that moved. Identical values cannot be a false alarm, and whether values moved
does not depend on the direction, so those that did not move are left out of Holm's correction.

Constant differences. The program is deterministic given seeds and data, so a difference that is the same in all
n ≥ 2 units comes from the change itself: beyond the margin of the field it is a loss (or a gain) with certainty,
however few the units. The exception is a task on whose coarse grid of few test items other contenders vary. Two
units of theirs agree by chance with probability c (the share of equal pairs), so n units agree with about cⁿ⁻¹,
independently of the size of the difference: its p value is that probability times the p of the test against no
change, half a step of the grid nearer. Without the exception, three folds that agree by chance raise an alarm in a
third of all calm runs.

Simulated, 250 calm runs of the standard profile (243 comparisons of 3 to 10 units, all retrained with other noise):
1.2 % have a *regressed* and a further 0.4 % a *hidden* comparison; 3.0 % of 1,000 runs of its two coarsest tasks
alone. Power: tests/harness/regression/test_gate_power.py.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from harness.statistics import TTest, holm
from harness.statistics.samples import erratic
from harness.statistics.student import t_quantile

ALPHA = 0.05
PRIOR_DF = 4.0
Finding = Literal["regressed", "hidden", "improved", "same", "unsure"]


@dataclass(frozen=True)
class Comparison:
    """One contender on one task, both sides measured on at least two units and not identical.

    Attributes:
        group: name of the task.
        differences: new − reference of each unit, better = positive, equal ones equal to the bit; shape (n,).
        test: test of their mean.
        margin: tolerated loss, on the analysed scale.
        field: the part of the margin without noise of the seeds; the margin of a constant difference.
    """

    group: str
    differences: np.ndarray
    test: TTest
    margin: float
    field: float

    @property
    def constant(self) -> bool:
        """Whether the difference is the same in all units."""
        return self.test.error == 0.0


@dataclass(frozen=True)
class Judgement:
    """Verdict on a comparison.

    Attributes:
        finding: *regressed*: a loss beyond the margin is shown; *hidden*: a loss is shown and its estimate exceeds
            the margin, but a true loss within the margin is not excluded; *improved*: a gain beyond the margin is
            shown; *same*: a loss beyond the margin is excluded; *unsure*: none of these.
        test: the test with the shrunken error.
        p: the p value behind the finding; corrected for the family except for *same*.
        constant: whether the difference is the same in all units.
        visible: the smallest loss that this run can show, margin and noise together.
    """

    finding: Finding
    test: TTest
    p: float
    constant: bool
    visible: float


def decide(comparisons: Sequence[Comparison]) -> list[Judgement]:
    """Judge all comparisons of a run together, in their order.

    The chance that a calm run has any comparison *regressed* or *hidden* is at most `ALPHA`: both need a p value
    against no change that Holm's correction leaves below it.
    """
    if not comparisons:
        return []
    tests, chances = _shrunken(comparisons), _coincidences(comparisons)
    rows = list(map(_p_values, comparisons, tests, chances, _steps(comparisons)))
    lost, worse, gained = (holm(column).tolist() for column in zip(*rows, strict=True))
    return [
        _judgement(c, test, chance, corrected, len(comparisons))
        for c, test, chance, *corrected in zip(comparisons, tests, chances, lost, worse, gained, strict=True)
    ]


def _shrunken(comparisons: Sequence[Comparison]) -> list[TTest]:
    """Return the tests with squared errors (df · e² + d₀ · mean of the task) / (df + d₀), on at most Σ df.

    Tests of erratic contenders stay as they are.
    """
    tests = [c.test for c in comparisons]
    tasks: dict[str, list[int]] = {}
    for place, comparison in enumerate(comparisons):
        tasks.setdefault(comparison.group, []).append(place)
    for places in tasks.values():
        spared = erratic(np.array([tests[i].error for i in places]))
        calm = [i for i, own in zip(places, spared, strict=True) if not own]
        prior = math.fsum(tests[i].error ** 2 for i in calm) / len(calm)
        most = math.fsum(tests[i].df for i in calm)
        for i in calm:
            df = tests[i].df
            squared = (df * tests[i].error ** 2 + PRIOR_DF * prior) / (df + PRIOR_DF)
            tests[i] = replace(tests[i], error=math.sqrt(squared), df=min(df + PRIOR_DF, most))
    return tests


def _coincidences(comparisons: Sequence[Comparison]) -> list[float]:
    """Return the probability that n units agree by chance for each constant difference; 1 for one that varies."""
    equal, pairs = Counter[str](), Counter[str]()
    own = [int((counts * (counts - 1)).sum()) // 2 for counts in map(_multiplicities, comparisons)]
    for c, agreeing in zip(comparisons, own, strict=True):
        equal[c.group] += agreeing
        pairs[c.group] += math.comb(c.test.n, 2)
    vary = {c.group for c in comparisons if not c.constant}
    return [
        ((equal[c.group] - agreeing + 1) / (pairs[c.group] - agreeing + 1)) ** (c.test.n - 1)
        if c.constant and c.group in vary
        else float(not c.constant)
        for c, agreeing in zip(comparisons, own, strict=True)
    ]


def _multiplicities(c: Comparison) -> np.ndarray:
    return np.asarray(np.unique(c.differences, return_counts=True)[1])


def _steps(comparisons: Sequence[Comparison]) -> list[float]:
    """Return the smallest difference of each task that is not 0: one test item, where the grid is coarse."""
    smallest: dict[str, float] = {}
    for c in comparisons:
        own = np.abs(c.differences[c.differences != 0]).min(initial=math.inf)
        smallest[c.group] = min(smallest.get(c.group, math.inf), float(own))
    return [smallest[c.group] for c in comparisons]


def _p_values(c: Comparison, test: TTest, chance: float, step: float) -> tuple[float, float, float]:
    """Return one-sided p values: of a loss beyond the margin, of any loss, of a gain beyond the margin.

    Args:
        step: grid of the differences; the half of it is the continuity correction of a constant difference.
    """
    usual = test.p_less(-c.margin), test.p_less(), test.p_greater(c.margin)
    if not c.constant:
        return usual
    loss, gain = chance * test.p_less(-step / 2), chance * test.p_greater(step / 2)
    beyond = loss if test.difference < -c.field else 1.0, loss, gain if test.difference > c.field else 1.0
    return min(usual[0], beyond[0]), min(usual[1], beyond[1]), min(usual[2], beyond[2])


def _judgement(c: Comparison, test: TTest, chance: float, corrected: Sequence[float], family: int) -> Judgement:
    lost, worse, gained = corrected
    margin = c.field if c.constant else c.margin
    noise = test.error * t_quantile(test.df, 1 - ALPHA / family)
    kept = min(test.p_greater(-margin), chance if test.difference >= -margin else 1.0)
    finding: Finding = "unsure"
    p = worse
    if lost < ALPHA:
        finding, p = "regressed", lost
    elif worse < ALPHA and test.difference < -margin:
        finding, p = "hidden", worse
    elif gained < ALPHA:
        finding, p = "improved", gained
    elif kept < ALPHA:
        finding, p = "same", kept
    return Judgement(finding, test, p, c.constant, margin + noise)
