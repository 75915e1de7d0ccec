"""Sums of independent estimates, and partial conjunctions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import independent_sum, paired_t, partial_conjunction, welch_t

X, Y = np.random.default_rng(0).standard_normal((2, 9)) * [[1.0], [3.0]]


def test_two_parts_are_welchs_t():
    summed, welch = independent_sum([paired_t(X), paired_t(-Y[:6])]), welch_t(X, Y[:6])
    for name in ("difference", "error", "df", "p"):
        assert getattr(summed, name) == pytest.approx(getattr(welch, name)), name
    assert (summed.interval.low, summed.interval.high) == pytest.approx((welch.interval.low, welch.interval.high))


def test_one_part_is_itself():
    assert independent_sum([paired_t(X)]) == paired_t(X)


def test_a_part_of_one_value_leaves_no_interval():
    summed = independent_sum([paired_t(X), paired_t([0.3])])
    assert summed.n == 1
    assert not summed.interval.known
    assert summed.p == summed.p_greater() == 1.0


def test_parts_without_spread():
    summed = independent_sum([paired_t([1.0] * 4), paired_t([2.0] * 3)])
    assert (summed.difference, summed.error) == (3.0, 0.0)
    assert summed.p_greater() == 0.125, "the smallest p of three signs"


def test_a_sum_of_nothing():
    with pytest.raises(ValueError, match="at least one"):
        independent_sum([])


def test_partial_conjunction():
    p = [0.012, 0.04, 0.03, 0.005]
    assert [partial_conjunction(p, k) for k in (1, 2, 3, 4)] == pytest.approx([0.02, 0.036, 0.06, 0.04])
    with pytest.raises(ValueError, match=r"count must lie within 1\.\.4, got 5"):
        partial_conjunction(p, 5)
    with pytest.raises(ValueError, match=r"within \[0, 1\]"):
        partial_conjunction([1.2], 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_extremes_are_the_largest_p_and_bonferroni(p):
    assert partial_conjunction(p, len(p)) == max(p)
    assert partial_conjunction(p, 1) == min(1.0, len(p) * min(p))
