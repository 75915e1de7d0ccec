"""Intervals within the bounds of a metric: worked digits, bounds, coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import TrialLayout, summary, t_interval
from harness.statistics.intervals import within_bounds

SEEDS = TrialLayout.SEEDS_FIXED_SPLIT


def seeds(values: list[float]) -> dict[tuple[int, int], float]:
    return {(0, seed): value for seed, value in enumerate(values)}


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0.957, 0.963, 0.948], 0.932937, 0.971375), ([1, 0.9474, 0.8947, 0.9474, 1], 0.854283, 0.988802)],
)
def test_logit_intervals_of_shares(values: list[float], low: float, high: float) -> None:
    found = within_bounds(t_interval(values), (0.0, 1.0))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert summary(seeds(values), SEEDS, bounds=(0.0, 1.0)).low == pytest.approx(low, abs=1e-6)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=12),
    st.sampled_from([(0.0, 1.0), (0.0, math.inf), (-math.inf, 1.0)]),
    st.integers(0, 500),
)
def test_no_interval_leaves_the_bounds(values: list[float], bounds: tuple[float, float], items: int) -> None:
    found = summary(seeds(values), SEEDS, bounds=bounds, items=items)
    assert bounds[0] <= found.low <= found.high <= bounds[1]
    assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9 or items


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_positive_metrics_get_the_same_relative_interval_at_any_scale(factor: float) -> None:
    plain = summary(seeds([2.0, 3.0, 7.0]), SEEDS, bounds=(0.0, math.inf))
    scaled = summary(seeds([2.0 * factor, 3.0 * factor, 7.0 * factor]), SEEDS, bounds=(0.0, math.inf))
    assert (scaled.low / factor, scaled.high / factor) == pytest.approx((plain.low, plain.high))
    assert plain.low > 0


@pytest.mark.parametrize("n", [3, 5, 10])
def test_equal_runs_are_not_certain_where_test_items_are_few(n: int) -> None:
    found = summary(seeds([1.0] * n), SEEDS, bounds=(0.0, 1.0), items=19)
    assert found.estimate == 1.0
    assert 0.7 < found.low < 0.99


@pytest.mark.parametrize(("mean", "items", "sd"), [(0.93, 1000, 0.01), (0.97, 100, 0.01), (0.93, 19, 0.0)])
@pytest.mark.parametrize("n", [3, 10])
def test_coverage_of_bounded_intervals(mean: float, items: int, sd: float, n: int) -> None:
    rng, runs = np.random.default_rng((n, items)), 800
    shares = np.clip(mean + sd * rng.standard_normal((runs, n)), 0, 1)
    values = rng.binomial(items, shares) / items
    covered = sum(mean in summary(seeds(row.tolist()), SEEDS, bounds=(0.0, 1.0), items=items) for row in values)
    assert covered / runs >= 0.95 - 3.5 * math.sqrt(0.05 * 0.95 / runs)
