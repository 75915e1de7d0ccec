"""Axes: every value inside, round ticks, labels short of ambiguity."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.plots.ticks import plain, spanning, ticks

finite = st.floats(min_value=-1e6, max_value=1e6)
positive = st.floats(min_value=1e-9, max_value=1e9)


@given(st.lists(finite, min_size=1, max_size=20))
def test_a_linear_axis_holds_its_values(values: list[float]):
    low, high = spanning(values)
    assert low < high
    assert all(low <= value <= high for value in values)


@given(st.lists(positive, min_size=1, max_size=20))
def test_a_logarithmic_axis_holds_its_values(values: list[float]):
    low, high = spanning(values, logarithmic=True)
    assert 0 < low < high
    assert all(low <= value <= high for value in values)


@given(finite, st.floats(min_value=1e-3, max_value=1e6))
def test_linear_ticks_are_few_even_and_inside(low: float, span: float):
    assume(span > abs(low) * 1e-6)
    places = ticks(low, low + span)
    assert 2 <= len(places) <= 7
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in places)
    steps = {round((b - a) / span, 6) for a, b in pairwise(places)}
    assert len(steps) == 1


@given(positive, st.floats(min_value=1.01, max_value=1e9))
def test_log_ticks_are_ascending_inside_and_few(low: float, factor: float):
    places = ticks(low, low * factor, logarithmic=True)
    assert 2 <= len(places) <= 7
    assert places == sorted(set(places))
    assert all(low * (1 - 1e-6) <= tick <= low * factor * (1 + 1e-6) for tick in places)


def test_ticks_are_round():
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert ticks(0.8, 300, logarithmic=True) == [1, 10, 100]
    assert ticks(3, 60, logarithmic=True) == [5, 10, 20, 50]
    assert ticks(1.5e-4, 0.05, logarithmic=True) == pytest.approx([1e-3, 1e-2]), "few enough for long labels"
    assert ticks(31, 39, logarithmic=True) == [32, 34, 36, 38]
    assert ticks(1e-5, 2e3, logarithmic=True)[:2] == pytest.approx([1e-5, 1e-3], rel=1e-6)


def test_a_logarithmic_axis_ignores_what_it_cannot_show_and_needs_one_value():
    assert spanning([1.0, 100.0, 0.0, -3.0, math.nan], logarithmic=True)[0] > 0
    with pytest.raises(ValueError, match="at least one finite value"):
        spanning([math.nan, -1.0], logarithmic=True)


def test_an_axis_stays_within_its_bounds():
    assert spanning([20.0, 140.0], within=(0.0, 100.0))[1] == 100.0
    assert spanning([0.0, 50.0], within=(0.0, math.inf))[0] == 0.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (40, "40"), (2000, "2,000"), (1e5, "10⁵"), (2e-4, "2×10⁻⁴"), (-3.5, "−3.5")],
)
def test_ticks_are_written_short(value: float, text: str):
    assert plain(value) == text
