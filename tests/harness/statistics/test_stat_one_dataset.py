"""Worked examples and properties of the tests for two contenders on one data set."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.errors import CouldNotMeasure
from harness.statistics import (
    bootstrap_interval,
    corrected_t,
    mann_whitney_p,
    mann_whitney_u,
    mcnemar_p,
    median_interval,
    median_order_statistics,
    paired_t,
    probability_better,
    probability_better_interval,
    sign_flip_p,
    t_interval,
    welch_t,
    wilson_interval,
)

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
    assert result.statistic == pytest.approx(2.766315, abs=5e-7)
    assert result.p == pytest.approx(0.021885, abs=5e-7)
    assert (result.interval.low, result.interval.high) == pytest.approx((0.003098, 0.030902), abs=5e-7)
    assert result.exact_p is None, "correlated folds cannot be flipped independently"


def test_naive_t_on_ten_folds_is_what_the_correction_replaces():
    naive = paired_t(FOLDS_A - FOLDS_B)
    assert naive.statistic == pytest.approx(4.019363, abs=5e-7)
    assert naive.p == pytest.approx(0.003021, abs=5e-7)


def test_paired_seeds():
    result = paired_t(SEEDS_A - SEEDS_B)
    assert result.difference == pytest.approx(0.0074)
    assert result.error * math.sqrt(10) == pytest.approx(0.00337310, abs=5e-9)
    assert result.statistic == pytest.approx(6.9375, abs=5e-5)
    assert result.p == pytest.approx(6.778e-5, abs=5e-9)
    assert (result.interval.low, result.interval.high) == pytest.approx((0.004987, 0.009813), abs=5e-7)
    assert result.exact_p == 2 / 1024


def test_unpaired_seeds():
    assert mann_whitney_u(SEEDS_A, SEEDS_B) == 93
    assert mann_whitney_p(SEEDS_A, SEEDS_B) == pytest.approx(4.8713e-4, abs=5e-9)
    assert probability_better(SEEDS_A, SEEDS_B) == 0.93


def test_bootstraps_of_paired_seeds():
    percentile = bootstrap_interval(SEEDS_A - SEEDS_B, np.random.default_rng(0))
    assert (round(percentile.low, 4), round(percentile.high, 4)) == (0.0053, 0.0093)
    bca = bootstrap_interval(SEEDS_A - SEEDS_B, np.random.default_rng(0), method="bca", resamples=9999)
    assert (round(bca.low, 4), round(bca.high, 4)) == (0.0051, 0.0092)


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
    assert result.p_equivalent(0.005) == pytest.approx(2.38e-6, abs=5e-9)
    assert result.p_equivalent(0.001) == pytest.approx(0.1196, abs=5e-5)
    with pytest.raises(ValueError, match="margin of an equivalence test"):
        result.p_equivalent(0.0)


def test_mcnemar_and_wilson():
    assert mcnemar_p(30, 15) == pytest.approx(0.035698, abs=5e-7)
    assert mcnemar_p(15, 30) == mcnemar_p(30, 15)
    assert mcnemar_p(7, 7) == mcnemar_p(0, 0) == 1.0
    interval = wilson_interval(900, 1000)
    assert (interval.low, interval.high) == pytest.approx((0.87985, 0.91709), abs=5e-6)
    assert wilson_interval(0, 10).low == 0.0
    assert wilson_interval(10, 10).high == 1.0


@pytest.mark.parametrize(
    ("n", "ranks"), [(6, (1, 6)), (8, (1, 8)), (10, (2, 9)), (15, (4, 12)), (20, (6, 15)), (30, (10, 21))]
)
def test_median_order_statistics(n, ranks):
    low, high = ranks
    assert median_order_statistics(n) == ranks
    assert stats.binom.cdf(high - 1, n, 0.5) - stats.binom.cdf(low - 1, n, 0.5) >= 0.95
    assert stats.binom.cdf(high - 2, n, 0.5) - stats.binom.cdf(low, n, 0.5) < 0.95, "a shorter one would do"


def test_median_of_five_has_no_interval():
    with pytest.raises(CouldNotMeasure, match=r"5 values.*93\.75 %"):
        median_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    interval = median_interval([6.0, 2.0, 3.0, 4.0, 5.0, 1.0])
    assert (interval.low, interval.estimate, interval.high) == (1.0, 3.5, 6.0)


@given(samples)
def test_sign_flip_agrees_with_listing_every_pattern(d):
    means = [abs(sum(s * x for s, x in zip(signs, d, strict=True))) for signs in product((1, -1), repeat=len(d))]
    expected = np.mean(np.array(means) >= abs(sum(d)) - 1e-9)
    assert sign_flip_p(d) == pytest.approx(expected, abs=1e-12)


def test_sign_flip_by_halves_is_exact_for_many_differences():
    ones = np.ones(24)
    ones[:4] = -1.0  # |20 − 4| = 16 or more: at most 4 of one sign
    assert sign_flip_p(ones) == pytest.approx(2 * stats.binom.cdf(4, 24, 0.5), rel=1e-12)
    assert paired_t(np.arange(25.0)).exact_p is None
    with pytest.raises(ValueError, match="at most 24 differences, got 25"):
        sign_flip_p(np.ones(25))


@given(samples, samples)
def test_unpaired_tests_agree_with_scipy(a, b):
    assert mann_whitney_u(a, b) == stats.mannwhitneyu(a, b).statistic
    if len(set(a + b)) == len(a + b):
        assert mann_whitney_p(a, b) == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue, abs=1e-12)
    if len(set(a)) > 1 and len(set(b)) > 1:
        ours, theirs = welch_t(a, b), stats.ttest_ind(a, b, equal_var=False)
        assert ours.p == pytest.approx(theirs.pvalue, rel=1e-8, abs=1e-12)
        assert ours.df == pytest.approx(theirs.df)
        interval = theirs.confidence_interval(0.95)
        assert (ours.interval.low, ours.interval.high) == pytest.approx((interval.low, interval.high))


def test_mann_whitney_with_ties_agrees_with_every_permutation():
    a, b = [1.0, 2.0, 2.0, 4.0], [2.0, 3.0, 4.0, 4.0, 5.0]
    exact = stats.permutation_test((a, b), lambda x, y: mann_whitney_u(x, y), n_resamples=np.inf).pvalue
    assert mann_whitney_p(a, b) == pytest.approx(exact, abs=1e-12)


def test_mann_whitney_of_many_runs_uses_the_normal_approximation():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 30, 45), rng.integers(3, 33, 40)
    expected = stats.mannwhitneyu(a, b, method="asymptotic").pvalue
    assert mann_whitney_p(a, b) == pytest.approx(expected, rel=1e-9)
    assert mann_whitney_p(np.ones(40), np.ones(40)) == 1.0


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
    result = corrected_t(d, level=level)
    if result.error > 0 and abs(result.p - (1 - level)) > 1e-9:
        assert (0.0 not in result.interval) == (result.p < 1 - level)


def test_equal_differences_do_not_become_certainty():
    """No variance was seen in three runs: t would say p = 0, three flips of sign can say no less than 1/4."""
    result = paired_t([0.3 - 0.2, 0.4 - 0.3, 0.9 - 0.8])
    assert result.error == 0.0
    assert result.p == result.exact_p == 0.25
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
    assert "no interval" in str(result)


def test_probability_better_of_pairs():
    a, b = [0.8, 0.9, 0.7, 0.6], [0.7, 0.8, 0.7, 0.9]
    assert probability_better(a, b, paired=True) == 2.5 / 4
    interval = probability_better_interval(a, b, np.random.default_rng(1))
    assert interval.estimate == 2.5 / 4
    assert 0.0 <= interval.low < interval.estimate < interval.high <= 1.0
    with pytest.raises(ValueError, match="equal lengths, got 4 and 3"):
        probability_better(a, b[:3], paired=True)


def test_results_print_as_sentences():
    text = str(paired_t(SEEDS_A - SEEDS_B))
    assert text == (
        "A − B = +0.0074 (95 % interval +0.0050…+0.0098, over 10 seeds; paired t p = 6.8e-05, sign-flip p = 0.002)"
    )
    assert str(t_interval(SEEDS_A, unit="seed")) == "0.7456 [0.7427, 0.7485] (95 % t interval, over 10 seeds)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_t([]), "at least 1 values"),
        (lambda: paired_t([0.1, math.nan]), "nan at position 1"),
        (lambda: paired_t([[0.1, 0.2]]), r"shape \(1, 2\)"),
        (lambda: paired_t([0.1, 0.2], level=1.0), "level must lie strictly between 0 and 1, got 1.0"),
        (
            lambda: corrected_t([0.1, 0.2], test_train_ratio=-0.1),
            "test_train_ratio must be finite and not negative",
        ),
        (lambda: t_interval([]), "at least 1 values"),
        (lambda: wilson_interval(11, 10), "successes=11, n=10"),
        (lambda: mcnemar_p(-1, 3), "must not be negative"),
        (lambda: bootstrap_interval([1.0], np.random.default_rng(0)), "at least 2 values"),
        (lambda: bootstrap_interval([1, 2], np.random.default_rng(0), method="magic"), "'percentile' or 'bca'"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
