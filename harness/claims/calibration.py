"""Error rates of verdicts and boards by simulation.

Claims are simulated with the truth exactly on a threshold: a test at α = 0.05 may pass in 5 % of the runs, and its
95 % interval must contain the truth in 95 %. Boards are simulated with equally good contenders of unequal variance:
each of them is a best one, and none is worse. Data are normal; folds share training data and correlate by 0.1, the
value that the correction assumes for ten folds. Shares of test items are simulated for bounded intervals.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.claims.rules import Assertion
from harness.statistics import (
    TrialLayout,
    TTest,
    compare,
    decide_table,
    holm,
    independent_sum,
    paired_t,
    summary,
    welch_t,
)

REPLICATIONS = 4000
ALPHA = 0.05
FAMILY = 20
"""Number of claims in the simulated suite."""

Draw = Callable[[np.random.Generator], TTest]


@dataclass(frozen=True)
class Calibration:
    """A simulated rate, and the largest or smallest that is allowed.

    Attributes:
        subject: what is simulated.
        rate: name of the rate.
        share: of the runs.
        allowed: bounds of the share, before the error of the simulation.
        runs: number of simulated runs.
    """

    subject: str
    rate: str
    share: float
    allowed: tuple[float, float]
    runs: int

    @property
    def passed(self) -> bool:
        """Whether the share is allowed, given 3.5 standard errors of the simulation."""
        low, high = self.allowed
        return low - margin_of(low, self.runs) <= self.share <= high + margin_of(high, self.runs)


def margin_of(rate: float, runs: int) -> float:
    """Return 3.5 standard errors of a simulated rate, the largest deviation by chance alone."""
    return 3.5 * math.sqrt(rate * (1 - rate) / runs)


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


def pooled(*sizes: int) -> Draw:
    """Draw the mean over tasks with some paired seeds each, a task twice as noisy as the one before."""
    return lambda rng: independent_sum([paired_t(2.0**i * rng.standard_normal(n)) for i, n in enumerate(sizes)])


LAYOUTS: dict[str, Draw] = {
    "3 paired seeds": paired(3),
    "5 processes": paired(5),
    "10 paired seeds": paired(10),
    "8 and 8 independent seeds": independent(8, 8, 1.0),
    "10 and 6 independent seeds, one twice as noisy": independent(10, 6, 2.0),
    "10 folds": folds(1),
    "10 folds, 5 seeds in each": folds(5),
    "mean over 2 tasks, 10 and 8 paired seeds": pooled(10, 8),
    "mean over 4 tasks, 5 paired seeds": pooled(5, 5, 5, 5),
}
BOARDS = ((3, 3, 0.0), (14, 3, 0.0), (14, 5, 0.0), (14, 10, 0.0), (14, 10, 0.1))
"""Contenders, units and correlation of units (of folds) of the simulated boards."""
SHARES = ((0.93, 1000, 0.01), (0.97, 100, 0.01), (0.99, 1000, 0.003))
"""Mean share, test items and standard deviation between runs of the simulated accuracies."""


def calibrate(runs: int = REPLICATIONS, seed: int = 0) -> list[Calibration]:
    """Return the error rates of claims in every layout, of a family of claims, of boards and of intervals."""
    found = [rate for number, layout in enumerate(LAYOUTS) for rate in claims(layout, runs, seed, number)]
    found.append(suite_of_nulls(max(50, runs // 4), seed))
    found += [rate for k, n, correlation in BOARDS for rate in board(k, n, max(50, runs // 20), seed, correlation)]
    return found + [share(*one, max(50, runs // 4), seed) for one in SHARES]


def claims(layout: str, runs: int, seed: int, number: int) -> list[Calibration]:
    """Return how often a direction and a range are found that lie on their threshold, and two coverages."""
    rng = np.random.default_rng((seed, number))
    drawn = [LAYOUTS[layout](rng) for _ in range(runs)]
    direction, size = Assertion(direction=0.0), Assertion(direction=0.0, low=-1.0, high=1.0)
    above = float(np.mean([direction.p_values(test)["above"] <= ALPHA for test in drawn]))
    reverse = float(np.mean([direction.p_values(test)["below"] <= ALPHA for test in drawn]))
    on_edge = [replace(test, difference=test.difference + 1.0) for test in drawn]
    inside = float(np.mean([size.p_values(test)["inside"] <= ALPHA for test in on_edge]))
    covered = float(np.mean([0.0 in test.interval_at(0.95) for test in drawn]))
    return [
        Calibration(layout, "false “direction holds”", above, (0.0, ALPHA), runs),
        Calibration(layout, "false “reversed”", reverse, (0.0, ALPHA), runs),
        Calibration(layout, "false “size”", inside, (0.0, ALPHA), runs),
        Calibration(layout, "95 % interval covers", covered, (0.93, 0.98), runs),
    ]


def suite_of_nulls(runs: int, seed: int = 0) -> Calibration:
    """Return how often Holm's correction passes any claim of a family, with each claim on its threshold."""
    rng, found = np.random.default_rng((seed, len(LAYOUTS))), 0
    for _ in range(runs):
        tests = [paired_t(sample) for sample in rng.standard_normal((FAMILY, 10))]
        found += bool((holm([test.p_greater(0.0) for test in tests]) <= ALPHA).any())
    return Calibration(f"any of {FAMILY} claims, Holm", "false “direction holds”", found / runs, (0.0, ALPHA), runs)


def board(
    k: int, n: int, runs: int, seed: int = 0, correlation: float = 0.0, spread: float = 1.0
) -> list[Calibration]:
    """Return how often a best contender stays in the best set, and how often any is falsely worse.

    All k contenders are equally good, with log variances that spread normally. Folds correlate, since they share
    training data; their factor is that of Nadeau and Bengio.
    """
    rng, kept, worse = np.random.default_rng((seed, k, n)), 0, 0
    for _ in range(runs):
        deviations = np.exp(spread / 2 * rng.standard_normal(k))
        shared, own = rng.standard_normal((k, 1)), rng.standard_normal((k, n))
        noise = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
        units = {str(i): row for i, row in enumerate(deviations[:, None] * noise + rng.standard_normal(n))}
        means = {name: float(row.mean()) for name, row in units.items()}
        decided = decide_table(means, units, inflation=1 / n + correlation / (1 - correlation))
        kept += "0" in decided.best_set
        worse += bool(decided.better.any())
    kind = "folds" if correlation else "units"
    subject = f"board of {k} contenders, {n} {kind}, unequal variances"
    return [
        Calibration(subject, "a best one in the best set", kept / runs, (0.95, 1.0), runs),
        Calibration(subject, "anyone falsely worse", worse / runs, (0.0, 0.08), runs),
    ]


def share(mean: float, items: int, deviation: float, runs: int, seed: int = 0, n: int = 5) -> Calibration:
    """Return how often the bounded interval of an accuracy over n runs contains its expectation."""
    rng = np.random.default_rng((seed, items))
    truth = np.clip(mean + deviation * rng.standard_normal((runs, n)), 0, 1)
    values = rng.binomial(items, truth) / items
    found = [
        summary({(0, i): float(v) for i, v in enumerate(row)}, TrialLayout.SEEDS_FIXED_SPLIT, bounds=(0.0, 1.0))
        for row in values
    ]
    covered = float(np.mean([truth.mean() in interval for interval in found]))
    subject = f"accuracy of {100 * mean:g} % on {items} items, {n} runs"
    return Calibration(subject, "95 % interval covers", covered, (0.93, 0.99), runs)


def render(found: Sequence[Calibration]) -> str:
    """Return the rates as a table, with what is allowed and the precision of the simulation."""
    from tabulate import tabulate

    rows = [
        [c.subject, c.rate, f"{100 * c.share:.1f}", _allowed(c.allowed), f"{c.runs:,}", "yes" if c.passed else "NO"]
        for c in found
    ]
    headers = ["simulated", "rate", "%", "allowed %", "runs", "passed"]
    table = tabulate(rows, headers, "simple", colalign=("left", "left", *["right"] * 4), disable_numparse=True)
    return (
        f"{table}\n\nSeeded. The truth lies on the threshold, so that each word is an error. A rate passes\n"
        "within 3.5 standard errors of the simulation."
    )


def _allowed(bounds: tuple[float, float]) -> str:
    low, high = bounds
    if low == 0.0:
        return f"≤ {100 * high:g}"
    return f"≥ {100 * low:g}" if high == 1.0 else f"{100 * low:g}–{100 * high:g}"
