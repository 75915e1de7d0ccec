"""Worked examples and properties of the tests for two contenders on one data set."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import corrected_t, paired_t, t_interval, welch_t, wilson_interval
from harness.statistics.ranks import wilcoxon

FOLDS_A = np.array([0.82, 0.79, 0.85, 0.80, 0.77, 0.84, 0.81, 0.83, 0.78, 0.86])
FOLDS_B = np.array([0.80, 0.78, 0.82, 0.79, 0.78, 0.81, 0.80, 0.80, 0.77, 0.83])
SEEDS_A = np.array([0.742, 0.751, 0.739, 0.748, 0.745, 0.750, 0.741, 0.747, 0.744, 0.749])
SEEDS_B = np.array([0.735, 0.741, 0.738, 0.736, 0.742, 0.739, 0.733, 0.740, 0.737, 0.741])
EQUIVALENT = np.array([1, 2, -2, 1, 2, -1, -1, 2, -1, 1]) / 1000

samples = st.lists(st.integers(-50, 50).map(lambda i: i / 100), min_size=2, max_size=10)


def test_corrected_t_on_ten_folds():
    result = corrected_t(FOLDS_A - FOLDS_B)
    assert result.difference == pytest.approx(0.017)
    assert result.error == pytest.approx(0.00614536, abs=5e-9)
    assert result.difference / result.error == pytest.approx(2.766315, abs=5e-7)
    assert result.p == pytest.approx(0.021885, abs=5e-7)
    assert (result.interval.low, result.interval.high) == pytest.approx((0.003098, 0.030902), abs=5e-7)


def test_naive_t_on_ten_folds_is_what_the_correction_replaces():
    naive = paired_t(FOLDS_A - FOLDS_B)
    assert naive.difference / naive.error == pytest.approx(4.019363, abs=5e-7)
    assert naive.p == pytest.approx(0.003021, abs=5e-7)


def test_paired_seeds():
    result = paired_t(SEEDS_A - SEEDS_B)
    assert result.difference == pytest.approx(0.0074)
    assert result.error * math.sqrt(10) == pytest.approx(0.00337310, abs=5e-9)
    assert result.difference / result.error == pytest.approx(6.9375, abs=5e-5)
    assert result.p == pytest.approx(6.778e-5, abs=5e-9)
    assert (result.interval.low, result.interval.high) == pytest.approx((0.004987, 0.009813), abs=5e-7)


@pytest.mark.parametrize(
    ("margin", "t", "p_greater", "p_less"),
    [(0.0, 6.9375, 3.39e-5, 1 - 3.39e-5), (0.005, 2.25, 0.02550, 0.97450), (0.01, -2.4375, 0.98124, 0.018759)],
)
def test_margins_of_paired_seeds(margin, t, p_greater, p_less):
    result = paired_t(SEEDS_A - SEEDS_B)
    assert (result.difference - margin) / result.error == pytest.approx(t, abs=5e-5)
    assert result.p_greater(margin) == pytest.approx(p_greater, abs=6e-6)
    assert result.p_less(margin) == pytest.approx(p_less, abs=6e-6)


def test_ninety_percent_interval_of_paired_seeds():
    interval = paired_t(SEEDS_A - SEEDS_B).interval_at(0.90)
    assert (interval.low, interval.high) == pytest.approx((0.005445, 0.009355), abs=6e-7)


def test_equivalence_by_two_one_sided_tests():
    result = paired_t(EQUIVALENT)
    assert result.difference == pytest.approx(0.0004)
    assert result.error == pytest.approx(4.760952e-4, abs=5e-11)
    ninety = result.interval_at(0.90)
    assert (ninety.low, ninety.high) == pytest.approx((-0.000473, 0.001273), abs=5e-7)
    for margin, p in ((0.005, 2.38e-6), (0.001, 0.1196)):
        assert max(result.p_greater(-margin), result.p_less(margin)) == pytest.approx(p, rel=1e-3)


def test_wilson():
    interval = wilson_interval(900, 1000)
    assert (interval.low, interval.high) == pytest.approx((0.87985, 0.91709), abs=5e-6)
    assert wilson_interval(0, 10).low == 0.0
    assert wilson_interval(10, 10).high == 1.0


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(case):
    ours, theirs = wilson_interval(*case), stats.binomtest(*case).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


@given(samples, samples)
def test_unpaired_tests_agree_with_scipy(a, b):
    if len(set(a)) > 1 and len(set(b)) > 1:
        ours, theirs = welch_t(a, b), stats.ttest_ind(a, b, equal_var=False)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-8, abs=1e-12)
        assert ours.df == pytest.approx(theirs.df)
        interval = theirs.confidence_interval(0.95)
        assert (ours.interval.low, ours.interval.high) == pytest.approx((interval.low, interval.high))


@given(samples)
def test_paired_t_agrees_with_scipy(d):
    if len(set(d)) == 1:
        return
    ours, theirs = paired_t(d), stats.ttest_1samp(d, 0.0)
    interval = theirs.confidence_interval(0.95)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-8, abs=1e-12)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((interval.low, interval.high))
    assert ours.p_greater() == pytest.approx(stats.ttest_1samp(d, 0.0, alternative="greater").pvalue, rel=1e-8)
    single = t_interval(d)
    assert (single.low, single.high) == (ours.interval.low, ours.interval.high)


@given(samples, st.floats(0.5, 0.999))
def test_interval_excludes_zero_exactly_where_p_is_small(d, level):
    result = corrected_t(d)
    if result.error > 0 and abs(result.p - (1 - level)) > 1e-9:
        assert (0.0 not in result.interval_at(level)) == (result.p < 1 - level)


def test_equal_differences_do_not_become_certainty():
    """No variance was seen in three runs: t would say p = 0, three flips of sign cannot go below 1/4."""
    result = paired_t([0.3 - 0.2, 0.4 - 0.3, 0.9 - 0.8])
    assert result.error == 0.0
    assert result.p == 0.25
    assert result.p_greater() == 0.125
    assert result.p_greater(0.2) == 1.0
    assert paired_t([0.0, 0.0]).p == 1.0
    assert welch_t([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]).p == pytest.approx(2 / 20)


@pytest.mark.parametrize("test", [paired_t, corrected_t])
def test_one_unit_decides_nothing(test):
    result = test([0.5])
    assert result.p == 1.0
    assert result.p_greater() == result.p_less() == 1.0
    assert (result.interval.low, result.interval.high) == (-math.inf, math.inf)
    assert not result.interval.known


def test_smallest_p_of_the_signed_rank_test():
    for n in (4, 5, 6, 7, 8, 10):
        wins = np.arange(1, n + 1) / 100
        assert wilcoxon(wins, 0 * wins).p == 2 / 2**n
