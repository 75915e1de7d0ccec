"""Error rates of verdicts by simulation: each layout and kind with the truth exactly on its threshold.

There a claim neither holds nor fails, so either word is an error; a test at α = 0.05 may err in 5 % of the runs,
its 95 % interval must contain the truth in 95 % and the 90 % interval of verdicts in 90 %. The data are normal with
unit variance; folds share training data and correlate by 0.1, the value that the correction assumes for ten folds.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.claims.declaration import Claim
from harness.claims.quantities import MeanDifference
from harness.claims.rules import Thresholds, thresholds
from harness.statistics import TrialLayout, TTest, compare, holm, independent_sum, paired_t, welch_t
from harness.tables.scales import Scale

REPLICATIONS = 4000
ALPHA = 0.05
FAMILY = 20
"""Number of claims in the simulated suite."""

Draw = Callable[[np.random.Generator], TTest]


@dataclass(frozen=True)
class Calibration:
    """Error rates of one layout and family of kinds, with the truth on the threshold.

    Attributes:
        false_holds, false_fails: share of runs with the word "holds", with the word "fails".
        coverage_95, coverage_90: share of runs whose interval contains the truth.
    """

    layout: str
    kinds: str
    replications: int
    false_holds: float
    false_fails: float
    coverage_95: float
    coverage_90: float


def paired(n: int) -> Draw:
    """Draw differences of n paired seeds, or log ratios of n processes."""
    return lambda rng: paired_t(rng.standard_normal(n))


def independent(n: int, m: int, ratio: float) -> Draw:
    """Draw means of n and m independent runs, the second with `ratio` times the deviation."""
    return lambda rng: welch_t(rng.standard_normal(n), ratio * rng.standard_normal(m))


def folds(seeds: int, correlation: float = 0.1) -> Draw:
    """Draw ten fixed folds with some seeds each: differences that correlate, and noise of each seed."""

    def draw(rng: np.random.Generator) -> TTest:
        shared, own = math.sqrt(correlation) * rng.standard_normal(), math.sqrt(1 - correlation)
        gains = shared + own * rng.standard_normal(10) + 0.5 * rng.standard_normal((seeds, 10))
        values = {(f, s): float(gains[s, f]) for f in range(10) for s in range(seeds)}
        return compare(values, dict.fromkeys(values, 0.0), TrialLayout.FOLDS)

    return draw


def two_tasks(n: int, m: int) -> Draw:
    """Draw a difference of differences over two tasks with n and m paired seeds."""
    return lambda rng: independent_sum([paired_t(rng.standard_normal(n)), paired_t(2.0 * rng.standard_normal(m))])


LAYOUTS: dict[str, Draw] = {
    "3 paired seeds": paired(3),
    "5 processes": paired(5),
    "10 paired seeds": paired(10),
    "8 and 8 independent seeds": independent(8, 8, 1.0),
    "10 and 6 independent seeds, one twice as noisy": independent(10, 6, 2.0),
    "10 folds": folds(1),
    "10 folds, 3 seeds in each": folds(3),
    "two tasks, 10 and 8 paired seeds": two_tasks(10, 8),
}

PLAIN = Scale("plain", higher_is_better=True)
MARGIN = 1.0
"""Margin of the simulated equivalence claims: one standard deviation of a unit, so that both edges matter."""


def null_cases() -> dict[str, tuple[Thresholds, float]]:
    """Return the thresholds of both groups of kinds, each with a truth that lies on one of them.

    Kinds with one threshold differ by a shift only, and so do the two kinds with a margin around a value.
    """
    difference = (MeanDifference("task", "a", "b"),)
    above = Claim("null", "", "superiority", difference, "simulated", 2, size=0.5)
    within = Claim("null", "", "equal", difference, "simulated", 2, margin=MARGIN)
    return {
        "superiority, no worse, faster": (thresholds(above, above.quantities[0], PLAIN), 0.5),
        "equal, number": (thresholds(within, within.quantities[0], PLAIN), -MARGIN),
    }


def calibrate(replications: int = REPLICATIONS, seed: int = 0) -> list[Calibration]:
    """Return the error rates of every layout and kind, and of a whole suite under Holm's correction."""
    cases = null_cases()
    found = []
    for number, (layout, draw) in enumerate(LAYOUTS.items()):
        rng = np.random.default_rng((seed, number))
        runs = [draw(rng) for _ in range(replications)]
        covered = [_coverage(runs, level) for level in (0.95, 0.90)]
        for kinds, (bounds, truth) in cases.items():
            moved = [replace(run, difference=run.difference + truth) for run in runs]
            holds = float(np.mean([bounds.p_holds(run) <= ALPHA for run in moved]))
            fails = float(np.mean([bounds.p_fails(run) <= ALPHA for run in moved]))
            found.append(Calibration(layout, kinds, replications, holds, fails, covered[0], covered[1]))
    return [*found, suite_of_nulls(replications // 4, seed)]


def _coverage(runs: Sequence[TTest], level: float) -> float:
    return float(np.mean([0.0 in run.interval_at(level) for run in runs]))


def suite_of_nulls(replications: int, seed: int = 0) -> Calibration:
    """Return how often Holm's correction passes any claim of a suite, with each claim on its threshold."""
    rng, bounds = np.random.default_rng((seed, len(LAYOUTS))), Thresholds(0.0)
    holds = fails = 0
    for _ in range(replications):
        runs = [paired_t(sample) for sample in rng.standard_normal((FAMILY, 10))]
        holds += bool((holm([bounds.p_holds(run) for run in runs]) <= ALPHA).any())
        fails += bool((holm([bounds.p_fails(run) for run in runs]) <= ALPHA).any())
    rates = (holds / replications, fails / replications)
    return Calibration(f"any of {FAMILY} claims, Holm", "superiority", replications, *rates, math.nan, math.nan)


def simulation_margin(rate: float, replications: int) -> float:
    """Return 3.5 standard errors of a simulated rate, the largest deviation by chance alone."""
    return 3.5 * math.sqrt(rate * (1 - rate) / replications)


def render(found: Sequence[Calibration]) -> str:
    """Return the error rates as a table, with the precision of the simulation."""
    from tabulate import tabulate

    rows = [
        [c.layout, c.kinds, *(_percent(x) for x in (c.false_holds, c.false_fails, c.coverage_95, c.coverage_90))]
        for c in found
    ]
    headers = ["layout", "kinds", "false “holds” %", "false “fails” %", "95 % covers", "90 % covers"]
    table = tabulate(rows, headers, "simple", colalign=("left", "left", *["right"] * 4), disable_numparse=True)
    n = found[0].replications
    five, ten = (100 * simulation_margin(rate, n) for rate in (0.05, 0.1))
    return (
        f"{table}\n\n{n:,} replications a layout, {found[-1].replications:,} suites; seeded. The truth lies on the "
        "threshold, so each word\nis an error: 5 % are allowed. Simulated rates near 5 and 95 % are known to "
        f"± {five:.1f}, near 90 % to ± {ten:.1f} (3.5 standard errors)."
    )


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"
