"""False alarms and coverage, simulated: the rates that the formulas promise, and the rates of the naive ones."""

import math

import numpy as np
import pytest

from harness.statistics import (
    TrialLayout,
    compare,
    corrected_t,
    paired_t,
    rank_intervals,
    summary,
    t_interval,
    welch_t,
    wilson_interval,
)
from tests.harness.statistics.all_pairs import pairwise


def margin(rate, trials):
    """Return 3.5 standard errors of a simulated rate."""
    return 3.5 * math.sqrt(rate * (1 - rate) / trials)


def correlated(rng, trials, n, rho):
    """Return differences without a true effect, shape (trials, n), of which any two correlate by `rho`."""
    return math.sqrt(1 - rho) * rng.standard_normal((trials, n)) + math.sqrt(rho) * rng.standard_normal((trials, 1))


def test_false_alarms_on_correlated_splits():
    """30 differences of 3 × 10 folds correlated by 0.1: plain t cries wolf in a third of the cases."""
    d = correlated(np.random.default_rng(0), 4000, 30, 0.1)
    naive = np.mean([paired_t(row).p <= 0.05 for row in d])
    corrected = np.mean([corrected_t(row, test_train_ratio=1 / 9).p <= 0.05 for row in d])
    assert naive == pytest.approx(0.33, abs=0.03)
    assert corrected == pytest.approx(0.048, abs=margin(0.048, 4000))


def test_false_alarms_with_seeds_inside_fixed_folds():
    """Averaging seeds first keeps the level; fold effects shared by all seeds would fool seeds as units."""
    rng = np.random.default_rng(1)
    alarms, seeds_as_units, trials = 0, 0, 1500
    for folds in correlated(rng, trials, 10, 0.1):
        gains = folds + 0.5 * rng.standard_normal((3, 10))
        values = {(f, s): float(gains[s, f]) for s in range(3) for f in range(10)}
        alarms += compare(values, dict.fromkeys(values, 0.0), TrialLayout.FOLDS).p <= 0.05
        seeds_as_units += paired_t(gains.ravel()[:30]).p <= 0.05
    assert alarms / trials <= 0.05 + margin(0.05, trials)
    assert seeds_as_units / trials > 0.3


@pytest.mark.parametrize("n", [3, 5, 10])
def test_false_alarms_of_paired_and_unpaired_seeds(n):
    rng = np.random.default_rng(n)
    a, b = rng.standard_normal((2, 2500, n))
    paired = np.array([test.p for test in map(paired_t, a - b)]) <= 0.05
    independent = np.array([test.p for test in map(welch_t, a, b)]) <= 0.05
    assert paired.mean() == pytest.approx(0.05, abs=margin(0.05, 2500))
    assert independent.mean() <= 0.05 + margin(0.05, 2500)


def test_false_alarms_of_a_family_and_coverage_of_ranks():
    """Six equal contenders: any decision is false, and every rank interval must hold every rank."""
    rng = np.random.default_rng(4)
    trials, unadjusted, adjusted, covered = 600, 0, 0, 0
    for _ in range(trials):
        values = {f"m{i}": {(0, s): float(x) for s, x in enumerate(rng.standard_normal(6))} for i in range(6)}
        family = pairwise(values, TrialLayout.SEEDS_FIXED_SPLIT)
        unadjusted += any(pair.p <= 0.05 for pair in family.pairs)
        adjusted += any(pair.better for pair in family.pairs)
        covered += all((row.low, row.high) == (1, 6) for row in rank_intervals(family))
    assert unadjusted / trials > 0.25
    assert adjusted / trials <= 0.05 + margin(0.05, trials)
    assert covered / trials >= 0.95 - margin(0.05, trials)


def test_rank_intervals_cover_true_ranks_that_differ():
    rng = np.random.default_rng(6)
    trials, covered, widths = 400, 0, []
    for _ in range(trials):
        values = {f"m{i}": {(0, s): i + float(x) for s, x in enumerate(rng.standard_normal(8))} for i in range(5)}
        rows = rank_intervals(pairwise(values, TrialLayout.SEEDS_FIXED_SPLIT))
        covered += all(row.low <= 5 - i <= row.high for i, row in enumerate(rows))
        widths += [row.high - row.low for row in rows]
    assert covered / trials >= 0.95 - margin(0.05, trials)
    assert np.mean(widths) < 2.5, "the intervals must not be trivially wide"


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_coverage_of_wilson(share):
    counts = np.random.default_rng(7).binomial(60, share, 3000)
    assert np.mean([share in wilson_interval(int(c), 60) for c in counts]) == pytest.approx(0.95, abs=0.025)


def test_interval_over_folds_of_a_real_cross_validation():
    """Least squares on Gaussian classes, 10 folds: the plain interval over folds misses the expected accuracy."""
    rng = np.random.default_rng(8)
    trials, n, p, folds = 600, 100, 40, 10
    y = np.tile(np.arange(n) % 2, (trials, 1))
    X = rng.standard_normal((trials, n, p + 1))
    X[..., 0] += 1.5 * y
    X[..., p] = 1.0
    part = np.arange(n) // 2 % folds
    accuracy, expected = np.empty((trials, folds)), np.empty((trials, folds))
    for fold in range(folds):
        train, test = part != fold, part == fold
        Z, target = X[:, train], 2.0 * y[:, train, None] - 1.0
        w = np.linalg.solve(Z.transpose(0, 2, 1) @ Z, Z.transpose(0, 2, 1) @ target)[..., 0]
        accuracy[:, fold] = (((X[:, test] @ w[..., None])[..., 0] > 0) == y[:, test]).mean(axis=1)
        norm = np.linalg.norm(w[:, :p], axis=1)
        margins = np.stack([-w[:, p] / norm, (1.5 * w[:, 0] + w[:, p]) / norm])
        expected[:, fold] = np.vectorize(lambda m: 0.5 * math.erfc(-m / math.sqrt(2)))(margins).mean(axis=0)
    truth = expected.mean()
    plain = np.mean([truth in t_interval(row) for row in accuracy])
    corrected = np.mean(
        [truth in summary({(f, 0): x for f, x in enumerate(row)}, TrialLayout.FOLDS) for row in accuracy]
    )
    assert plain < 0.93
    assert corrected >= 0.95
