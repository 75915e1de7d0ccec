"""Minimal counts: the published tables, scipy's distributions, and simulated power."""

import math

import numpy as np
import pytest
from scipy import stats

from harness.statistics import (
    datasets_needed,
    equivalence_power,
    equivalence_runs,
    mann_whitney_p,
    noether_runs,
    paired_t,
    paired_t_power,
    paired_t_runs,
    runs_for_mann_whitney,
    runs_to_decide,
    sign_flip_p,
    sign_test_wins,
    smallest_p_mann_whitney,
    smallest_p_signs,
    t_half_width,
    wilcoxon,
)


def test_smallest_p_of_sign_flips_is_what_the_tests_return():
    expected = {4: 0.125, 5: 0.0625, 6: 0.03125, 7: 0.015625, 8: 0.0078125, 10: 0.001953125}
    for n, p in expected.items():
        wins = np.arange(1, n + 1) / 100
        assert smallest_p_signs(n) == sign_flip_p(wins) == wilcoxon(wins, 0 * wins).p == p


def test_data_sets_needed_with_holm():
    assert {m: datasets_needed(m) for m in (1, 2, 3, 5, 10, 15, 45)} == {
        1: 6, 2: 7, 3: 7, 5: 8, 10: 9, 15: 10, 45: 11,
    }  # fmt: skip


def test_wins_of_the_sign_test():
    expected = {5: None, 6: 6, 7: 7, 8: 8, 9: 8, 10: 9, 12: 10, 14: 12, 15: 12, 20: 15}
    assert {n: sign_test_wins(n) for n in expected} == expected
    for n, wins in expected.items():
        if wins:
            assert stats.binomtest(wins, n).pvalue <= 0.05 < stats.binomtest(wins - 1, n).pvalue


def test_smallest_p_of_mann_whitney_is_what_the_test_returns():
    expected = {4: 0.0286, 5: 0.0079, 6: 0.00216, 7: 0.00058}
    for n, p in expected.items():
        assert smallest_p_mann_whitney(n, n) == pytest.approx(p, rel=6e-3)
        assert smallest_p_mann_whitney(n, n) == pytest.approx(mann_whitney_p(range(n), range(n, 2 * n)))
    assert runs_for_mann_whitney(alpha=0.002) == 7
    assert runs_for_mann_whitney() == 4


def test_half_width_of_t():
    assert t_half_width(3) == pytest.approx(2.48, abs=5e-3)
    assert t_half_width(5) == pytest.approx(1.24, abs=5e-3)
    assert t_half_width(10) == pytest.approx(0.715, abs=5e-4)
    assert math.isinf(t_half_width(1))


def test_paired_runs_for_power():
    expected = {0.5: 34, 0.75: 16, 1: 10, 1.25: 8, 1.5: 6, 2: 5, 3: 4}
    assert {effect: paired_t_runs(effect) for effect in expected} == expected
    for effect, n in expected.items():
        assert paired_t_power(effect, n) >= 0.8 > paired_t_power(effect, n - 1)


def test_equivalence_runs_for_power():
    expected = {0.5: 36, 0.75: 17, 1: 11, 1.5: 6, 2: 4}
    assert {margin: equivalence_runs(margin) for margin in expected} == expected


def test_power_is_what_simulation_finds():
    rng = np.random.default_rng(0)
    runs = [paired_t(row) for row in rng.normal(0.75, 1.0, (3000, 12))]
    error = 3.5 * math.sqrt(0.25 / 3000)
    assert np.mean([r.p <= 0.05 for r in runs]) == pytest.approx(paired_t_power(0.75, 12), abs=error)
    equal = [paired_t(row).p_equivalent(0.9) for row in rng.normal(0.0, 1.0, (3000, 12))]
    assert np.mean(np.array(equal) <= 0.05) == pytest.approx(equivalence_power(0.9, 12), abs=error)


def test_noether_sample_sizes():
    assert [noether_runs(gamma) for gamma in (0.75, 0.7, 0.8)] == [29, 46, 21]
    assert [noether_runs(gamma, power=0.8, two_sided=True) for gamma in (0.75, 0.7, 0.8)] == [21, 33, 15]


def test_runs_to_decide_from_a_pilot():
    assert runs_to_decide(2.0, 1.0) == math.ceil((1.645 + 0.842) ** 2 * 4)
    assert runs_to_decide(0.0, 1.0) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: smallest_p_signs(0), "n must be at least 1, got 0"),
        (lambda: datasets_needed(0), "comparisons must be at least 1"),
        (lambda: paired_t_runs(0.0), "effect must be positive"),
        (lambda: paired_t_runs(1e-6), "more than 100000 runs"),
        (lambda: equivalence_runs(-1.0), "margin must be positive"),
        (lambda: noether_runs(0.5), "gamma − 0.5"),
        (lambda: noether_runs(0.7, power=1.0), "power must lie strictly between 0 and 1"),
        (lambda: runs_to_decide(1.0, 0.0), "distance must be positive"),
        (lambda: runs_to_decide(-1.0, 1.0), "deviation must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
