"""Speed ratios over processes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import speed_ratio, welch_t
from harness.statistics.ranks import wilcoxon

TIMES_A = [10.21, 10.35, 10.18, 10.40, 10.25, 10.31, 10.22, 10.55, 10.27, 10.30]
TIMES_B = [9.12, 9.25, 9.05, 9.31, 9.11, 9.20, 9.08, 9.48, 9.15, 9.17]


def test_geometric_ratio_with_its_t_interval():
    ratio = speed_ratio(TIMES_A, TIMES_B)
    assert ratio.estimate == pytest.approx(0.892049, abs=5e-7)
    assert (ratio.low, ratio.high) == pytest.approx((0.889742, 0.894361), abs=5e-7)
    assert (ratio.n, ratio.over) == (10, "10 processes")


def test_tests_of_the_same_times():
    assert wilcoxon(TIMES_A, TIMES_B).p == pytest.approx(0.001953, abs=5e-7)
    # with equal counts Welch's statistic is that of the pooled test which pyperf uses (18 degrees of freedom)
    welch = welch_t(TIMES_A, TIMES_B)
    assert welch.difference / welch.error == pytest.approx(20.9155, abs=5e-5)
    assert stats.t.ppf(0.975, 18) == pytest.approx(2.1009, abs=5e-5)


def test_rounds_inside_a_process_are_one_unit():
    a = [[1.0, 2.0], [3.0, 4.0, 5.0], [2.0]]
    b = [[2.0, 4.0], [3.0, 4.0, 5.0], [4.0]]
    ratio, of_processes = speed_ratio(a, b), speed_ratio([1.0, 1.0, 1.0], [2.0, 1.0, 2.0])
    assert (ratio.n, ratio.estimate) == (3, pytest.approx(2 ** (2 / 3)))
    assert (ratio.low, ratio.high) == pytest.approx((of_processes.low, of_processes.high))
    repeated = speed_ratio([row * 50 for row in a], [row * 50 for row in b])
    assert (repeated.low, repeated.high) == pytest.approx((ratio.low, ratio.high)), "more rounds are not more units"


def test_one_process_has_no_interval():
    ratio = speed_ratio([2.0], [1.0])
    assert (ratio.estimate, ratio.low, ratio.high) == (0.5, 0.0, math.inf)
    assert not ratio.known


times = st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=2, max_size=8)


@given(times, st.floats(0.1, 10))
def test_ratio_inverts_and_ignores_the_unit_of_time(pairs, unit):
    a, b = zip(*pairs, strict=True)
    forth, back = speed_ratio(a, b), speed_ratio(b, a)
    assert forth.estimate * back.estimate == pytest.approx(1.0)
    if math.isfinite(forth.high) and forth.low > 1e-100 and forth.high < 1e100:
        assert forth.low * back.high == pytest.approx(1.0, rel=1e-6)
        scaled = speed_ratio([unit * x for x in a], [unit * x for x in b])
        assert (scaled.low, scaled.high) == pytest.approx((forth.low, forth.high), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: speed_ratio([1.0], [1.0, 2.0]), "got 1 and 2"),
        (lambda: speed_ratio([], []), "at least 1"),
        (lambda: speed_ratio([1.0, 0.0], [1.0, 2.0]), "positive seconds, got 0.0 in process 1"),
        (lambda: speed_ratio([[1.0, 2.0]], [[1.0]]), "process 0 has 2 rounds of A but 1 of B"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
